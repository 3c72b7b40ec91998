# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034,SC2154
#
# For the tests of the backend protocol; after lib/common. The backends with
# one fault each are in test/backends.

# Once per file: puts them where an ordinary user reaches them.
backends_setup_file() {
	cp -R "$BATS_TEST_DIRNAME/backends" "$BATS_FILE_TMPDIR/backends"
	chmod -R a+rX "$BATS_FILE_TMPDIR/backends"
}

# Once per test: the messages u1 and u2. $whole is a session that comes to
# every request; $login and $in, for session and talk, are one up to its login.
backends_setup() {
	faulty=$BATS_FILE_TMPDIR/backends
	login=('USER demo' 'PASS demo')
	in='expect +OK *
send USER demo
expect +OK *
send PASS demo
expect +OK *'
	whole=('USER demo' 'PASS demo' 'RETR 1' 'DELE 1' 'DELE 2' QUIT)
	fresh
}

# Nothing asked yet, nothing deleted.
fresh() {
	rm -rf mail requests pids
	mkdir mail
	touch mail/u1 mail/u2 requests pids
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

# What was asked is exactly this, but for the word behind hello's number.
asked() {
	sed 's/^hello 1 .*/hello 1/' requests | diff <(printf '%s\n' "$@") -
}

# No process of the backend's group is left (one that is over and waits for
# its new parent is none).
none_left() {
	ps -e -o pgid=,stat=,pid=,args= | awk '
		NR == FNR { group[$1]; next }
		$1 in group && $2 !~ /^Z/ { print; left = 1 }
		END { exit left }' pids -
}

# A command fails. (bats does not see a `!`)
no() {
	! "$@"
}

# The log has one line about a fault: while REQUEST was asked or was the last,
# WHAT was wrong, and, with a third argument, SEEN quoted (patterns).
one_fault() {
	local line
	line=$(grep '^<3>fault ' log) || { cat log; return 1; }
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
