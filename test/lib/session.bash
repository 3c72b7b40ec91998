# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034,SC2154
#
# For the tests of the session and of the backend protocol, after lib/common: two
# backends that note what they are asked, and what is seen of that.
#
# `recorder` knows everybody and has messages, one a file; `backend_cases` has
# two that are made up, and answers as a test wants. Those of the folder
# protocol/faulty have one fault each.

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

# Small messages of the recorder's, by their names, and not of just now.
store() {
	local name
	for name; do
		printf 'Subject: %s\n\ntext\n' "$name" >"store/$name"
	done
	aged "${@/#/store/}"
}

# The recorder's messages that are there, in one line.
kept() {
	(cd store && echo *)
}

# The recorder was asked this, after hello and up to its end; but for the sizes
# that it was told behind that, where they are not what the test is about.
requested() {
	local but='/^sizes /d'
	[[ " $* " != *' sizes '* ]] || but=
	printf '%s\n' "$@" end | diff - <(sed -e 1d -e "$but" requests)
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

# Once per test of backend_cases: the messages u1 and u2; $whole is a session
# that comes to every request.
cases() {
	whole=("${login[@]}" 'RETR 1' 'DELE 1' 'DELE 2' QUIT)
	fresh
}

# Nothing asked yet, nothing deleted.
fresh() {
	[ ! -e mail ] || rm -rf mail
	mkdir mail
	: >mail/u1
	: >mail/u2
	: >requests
	: >pids
}

# Once per file: the backends with one fault each, where an ordinary user
# reaches them, in $faulty.
faulty_backends() {
	export faulty=$BATS_FILE_TMPDIR/faulty
	cp -R "$top/test/protocol/faulty" "$faulty"
	chmod -R a+rX "$faulty"
}

# The backend of a test: its stdin inside the loop that reads $request; what it
# leaves unanswered is DEFAULT. The requests are in the file `requests`.
backend_cases() {
	backend_script <<-END
		while IFS= read -r request; do
			printf '%s\n' "\$request" >>requests
			case \$request in
			$(cat)
			'hello '*) echo OK 1 ;;
			'login '*) echo OK ;;
			'list '*) printf 'msg 20 u1\nmsg 20 u2\nOK\n' ;;
			'retr '*) printf '|Subject: x\n|\n|text\nOK\n' ;;
			*) echo DEFAULT ;;
			esac
		done
	END
}

# All that was asked is this, but for the words behind hello's number, and sizes
# as above.
all_asked() {
	local but='/^sizes /d'
	[[ " $* " != *' sizes '* ]] || but=
	sed -e 's/^hello 1 .*/hello 1/' -e "$but" requests |
		diff <(printf '%s\n' "$@") -
}

# No process of the backend's group is left (one that is over and waits for
# its new parent is none).
none_left() {
	local group
	while read -r group; do
		kill -0 -- "-$group" 2>/dev/null || continue
		ps -e -o pgid=,stat=,pid=,args= | awk -v group="$group" '
			$1 == group && $2 !~ /^Z/ { print; left = 1 }
			END { exit left }' || return 1
	done <pids
}

# The log has one line about a fault: while REQUEST was asked or was the last,
# WHAT was wrong, and, with a third argument, SEEN quoted (patterns).
one_fault() {
	local line='' lines each
	mapfile -t lines <log
	for each in "${lines[@]}"; do
		[[ $each != '<3>fault '* ]] || line+=${line:+$'\n'}$each
	done
	[ -n "$line" ] || { cat log; return 1; }
	# shellcheck disable=SC2053 # Patterns.
	[[ $line != *$'\n'* && $line == *\ request=$1\ what=$2* &&
		$line == *"what="$2${3+" seen="$3}* ]] ||
		{ printf 'not %s %s %s:\n%s\n' "$1" "$2" "${3-}" "$line"; return 1; }
}

# From now on pop3-skel runs with an error of a system call, as strace(1) has
# it, maybe with one path alone: injecting pread64:error=EIO:when=3 [PATH]
injecting() {
	tracing ${2:+-P "$2"} -e trace="${1%%:*}" -e inject="$1"
	{
		printf '#!/bin/sh\nexec'
		printf " '%s'" "${traced[@]}" "$POP3_SKEL_STAGE/sbin/pop3-skel"
		printf ' "$@"\n'
	} >"$work/injecting"
	chmod a+rx "$work/injecting"
	SKEL=$work/injecting
	# It begins as root.
	user_prefix=()
}

# Whether it struck.
injected() {
	grep -q INJECTED trace
}
