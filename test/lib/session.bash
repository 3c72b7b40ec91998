# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034,SC2154
#
# For the tests of the session, after lib/common and common_setup: a login,
# and a backend that notes what it is asked.

# Once per test.
session_setup() {
	login=('USER demo' 'PASS demo')
	begin='expect +OK *
send USER demo
expect +OK *
send PASS demo
expect +OK *'
	end='send QUIT
expect +OK *
eof'
}

# Makes the backend one that notes each request in the file `requests`, and
# "end" after the last. It knows everybody; its messages are the files in
# store/, by their names, which it removes. What it does at a request is
# another where `on VERB` gave it a script.
recorder() {
	mkdir -p store
	backend_script <<-'END'
	: >requests
	while IFS= read -r line; do
		printf '%s\n' "$line" >>requests
		verb=${line%% *}
		if [ -e "on.$verb" ]; then
			. "./on.$verb"
			continue
		fi
		case $verb in
		hello) echo OK 1 ;;
		login | commit) echo OK ;;
		list)
			for file in store/*; do
				[ "$file" = 'store/*' ] ||
					echo "msg - ${file#*/} $PWD/$file"
			done
			echo OK
			;;
		expunge)
			path=${line#* * * }
			rm -- "$path" && echo OK || echo ERR
			;;
		*) echo DEFAULT ;;
		esac
	done
	echo end >>requests
	END
}

# What the recorder does at a request: a POSIX script on stdin, where $line is
# the request.
on() {
	cat >"on.$1"
}

# Small messages of the recorder's, by their names.
store() {
	local name
	for name; do
		printf 'Subject: %s\n\ntext\n' "$name" >"store/$name"
	done
}

# The recorder's messages that are there, in one line.
kept() {
	(cd store && echo *)
}

# The recorder was asked this, after hello and up to its end.
requested() {
	printf '%s\n' "$@" end | diff - <(sed 1d requests)
}

# The recorder has been asked this so far, whatever else.
asked() {
	grep -qxF -e "$1" requests
}

# The string $2, $1 times.
times() {
	local blanks
	printf -v blanks '%*s' "$1" ''
	printf '%s' "${blanks// /$2}"
}

# The command fails. (`!` alone fails no test)
refute() {
	if "$@"; then
		return 1
	fi
}

# A program as root in a mount namespace of its own, or the test is skipped:
# private PREPARATION COMMAND [ARG]...; PREPARATION is a script that runs as
# root first, COMMAND runs as the ordinary user.
private() {
	local preparation=$1
	shift
	own
	box=$box unshare -m --propagation private -- \
		sh -c "set -e; $preparation"'; exec "$@"' - \
		"${user_prefix[@]}" "$@"
}

need_private() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	unshare -m true 2>/dev/null || skip "needs mount namespaces"
}
