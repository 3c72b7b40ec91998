# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154 # After lib/common.
#
# The examples of the manual pages. Each literal display there,
#
#	.\" example: NAME
#	.Bd -literal -offset indent
#	...
#	.Ed
#
# is printed, as a reader sees it, by `example pop3-skel.8 NAME`, which is also
# how examples.bats finds that a test knows it. PAGE is the file's name. Those
# of super-servers are marked "activation: NAME".

example_pages() {
	find "$top/src" "$top/scripts" -name '*.[1-8]' | sort
}

# "PAGE NAME", a line each; NAME is "?" where a display has none.
example_names() {
	local page
	example_pages | while read -r page; do
		awk -v page="${page##*/}" '
			/^\.\\" (example|activation): / { name = $3; next }
			/^\.Bd -literal/ { print page, name == "" ? "?" : name }
			{ name = "" }' "$page"
	done
}

# example PAGE NAME
example() {
	local page
	page=$(example_pages | grep -F "/$1") || return 1
	awk -v name="$2" '
		!on && found && /^\.Bd -literal/ { on = 1; next }
		{ found = /^\.\\" (example|activation): / && $3 == name }
		/^\.Ed/ { on = 0 }
		on { gsub(/\\&/, ""); gsub(/\\e/, "\\"); print; n++ }
		END { exit !n }' "$page"
}

# ... runs it as the ordinary user with a shell, the programs in PATH; what
# sed makes of it in between is the other arguments:
# run_example SHELL PAGE NAME [SED_OPTION]...
run_example() {
	example "$2" "$3" | sed "${@:4}" -e '' >example.sh
	own
	# shellcheck disable=SC2086 # A shell may be two words.
	as_user env PATH="${SKEL%/*}:$POP3_SKEL_BACKENDS:$PATH" \
		timeout 60 $1 ./example.sh
}
