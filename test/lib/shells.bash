# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# The shells that a backend may be written for. With lib/common loaded:
#
#	on_list_handlers() { session 'USER demo' ...; replies ...; }
#	each_shell on_list_handlers
#
# runs the function once for each, with $shell set ("busybox sh") and, where a
# script was given to backend_script, $backend made to run it in that shell.

# One word, or two, each: unquoted they are the command.
shells=(dash bash 'busybox sh' mksh ksh93)

each_shell() {
	for shell in "${shells[@]}"; do
		printf 'in %s:\n' "$shell"
		# shellcheck disable=SC2206,SC2034 # One word each; for common.
		backend=($shell "$work/backend")
		"$@" || return 1
	done
}

# As session, in each shell, and all of them bring the same octets.
same_session() {
	local first=
	for shell in "${shells[@]}"; do
		printf 'in %s:\n' "$shell"
		# shellcheck disable=SC2206,SC2034
		backend=($shell "$work/backend")
		session "$@"
		if [ -z "$first" ]; then
			first=$work/first
			cp out "$first"
		elif ! cmp "$first" out; then
			diff <(cat -A "$first") <(cat -A out)
			cat log
			return 1
		fi
	done
}

# Requests, a line each, to the backend alone, without pop3-skel: `out` holds
# what it wrote, `log` its stderr.
requests() {
	own
	printf '%s\n' "$@" | as_user timeout 60 "${backend[@]}" >out 2>log
}
