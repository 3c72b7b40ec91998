# SPDX-License-Identifier: ISC
# backend-protocol, UPDATE; RFC 1939 section 6; dele and rset before it.

load ../lib/common
load ../lib/session

prepare() {
	cases
	begin="$begin
send DELE 1
expect +OK *
send DELE 2
expect +OK *"
	kept='-ERR some deleted messages not removed'
}

# One session with both messages marked; then the answer to QUIT, and what was
# asked at the end.
quits() {
	local answer=$1
	shift
	session "${login[@]}" 'DELE 1' 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' "$answer" || return 1
	sed -n '/^\(expunge\|commit\)/p' requests | diff <(printf '%s\n' "$@") -
}

@test "P4.1: one expunge per marked message, in order, then commit" {
	backend_cases <<-'END'
		'list '*) printf 'msg 1 u1 /a b\nmsg 1 - /c/d:2,\nmsg 1 -\nOK\n' ;;
		'expunge '* | 'commit '*) echo OK ;;
	END
	session "${login[@]}" 'DELE 3' 'DELE 1' 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' '+OK *'
	[ "$status" -eq 0 ]
	all_asked 'hello 1' 'login demo demo' 'list demo' 'dele 3 -' \
		'expunge 1 u1 /a b' 'expunge 2 - /c/d:2,' 'expunge 3 -' \
		'commit 3'
}

@test "each expunged message is a log line at once, and all of them one more" {
	backend_cases <<-'END'
		'list '*) printf 'msg 7 u1\nmsg 8 - /c/d:2,\nmsg 9 u3\nOK\n' ;;
		'expunge 3'*) echo ERR ;;
		'expunge '*) echo OK ;;
	END
	session "${login[@]}" 'DELE 1' 'DELE 2' 'DELE 3' QUIT
	sed -n 's/^<6>expunged session=[0-9a-f]* //p' log |
		diff <(printf 'user=demo number=%s\n' '1 uid=u1 octets=7' \
			'2 uid=d octets=8') -
	logged '^<5>update .* user=demo marked=3 expunged=2 commit=good$'
	logged '^<6>ended .* dele=2 dele_octets=15 '
	# At once: what is killed right then has told it.
	fresh
	backend_cases <<-'END'
		'expunge 1 '*) echo OK ;;
		'expunge '*) kill -KILL "$PPID"; exec cat >&2 ;;
	END
	session "${login[@]}" 'DELE 1' 'DELE 2' QUIT
	logged '^<6>expunged .* number=1 uid=u1 octets=20$'
	not_logged 'number=2|>update '
}

# bats test_tags=long
@test "a deletion that commit refused, or never heard of, is not logged as done" {
	local end line
	while IFS=: read -r end line; do
		fresh
		backend_cases <<-END
			'expunge '*) echo OK ;;
			'commit '*) $end ;;
		END
		session "${login[@]}" 'DELE 1' 'DELE 2' QUIT
		grep -q '^-ERR' out
		[ "$(grep -c '>expunged ' log)" -eq 2 ]
		[ "$(grep -c '>update ' log)" -eq 1 ]
		logged "^<4>update .* marked=2 expunged=2 commit=$line\$"
		logged '^<6>ended .* dele=0 dele_octets=0 '
		not_logged removed
	done <<-'END'
		echo ERR the disk is full:refused text="the disk is full"
		echo TEMP:refused
		exit 3:unknown
		echo garbage:unknown
	END
	fresh
	backend_cases <<-'END'
		'expunge 1 '*) echo OK ;;
		'expunge '*) exit 3 ;;
	END
	session "${login[@]}" 'DELE 1' 'DELE 2' QUIT
	[ "$(grep -c '>expunged ' log)" -eq 1 ]
	logged '^<4>update .* marked=2 expunged=1 commit=unknown$'
	# Nothing marked: said where it failed alone.
	fresh
	backend_cases <<-'END'
		'commit '*) echo ERR no ;;
	END
	session "${login[@]}" QUIT
	logged '^<4>update .* marked=0 expunged=0 commit=refused text=no$'
	backend_cases </dev/null
	session "${login[@]}" 'DELE 1' RSET QUIT
	not_logged '>update '
	session "${login[@]}" 'DELE 1'
	logged '^<6>ended .* dele=0 dele_octets=0 '
}

@test "P4.2: a message that is not marked is never named" {
	backend_cases <<-'END'
		'expunge '* | 'commit '*) echo OK ;;
	END
	session "${login[@]}" 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *'
	sed -n '/^\(expunge\|commit\)/p' requests |
		diff <(printf 'expunge 2 u2\ncommit 1\n') -
}

@test "commit 0 is asked, where nothing is marked" {
	backend_cases </dev/null
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *'
	all_asked 'hello 1' 'login demo demo' 'list demo' 'commit 0'
}

@test "P2.3 P4.4: no commit without QUIT in TRANSACTION, with its LF" {
	backend_cases </dev/null
	session QUIT
	all_asked 'hello 1'
	fresh
	session_raw 'USER demo\r\nPASS demo\r\nDELE 1\r\nQUIT'
	all_asked 'hello 1' 'login demo demo' 'list demo' 'dele 1 u1'
	fresh
	session_raw 'USER demo\r\nPASS demo\r\nDELE 1\r\nQUIT\r'
	all_asked 'hello 1' 'login demo demo' 'list demo' 'dele 1 u1'
	fresh
	session_raw 'USER demo\r\nPASS demo\r\nDELE 1\r\nQUIT now\r\n'
	all_asked 'hello 1' 'login demo demo' 'list demo' 'dele 1 u1'
	fresh
	session_raw 'USER demo\r\nPASS demo\r\nDELE 1\r\nQUIT\n'
	all_asked 'hello 1' 'login demo demo' 'list demo' 'dele 1 u1' \
		'expunge 1 u1' 'commit 0'
}

@test "P4.1: after ERR to an expunge the others are still sent" {
	backend_cases <<-'END'
		'expunge 1 '*) echo 'ERR not this one' ;;
		'expunge '*) echo OK ;;
	END
	quits "$kept" 'expunge 1 u1' 'expunge 2 u2' 'commit 1'
	[ "$status" -eq 0 ]
	[ "$(grep -c '>expunged ' log)" -eq 1 ]
	logged '^<5>note .*what="not removed; expunge answered ERR" number=1 uid=u1 text="not this one"$'
}

@test "TEMP to an expunge, or to commit: the client may try again" {
	backend_cases <<-'END'
		'expunge 1 '*) echo TEMP ;;
		'expunge '*) echo OK ;;
	END
	quits '-ERR [SYS/TEMP] some deleted messages not removed' \
		'expunge 1 u1' 'expunge 2 u2' 'commit 1'
	fresh
	backend_cases <<-'END'
		'commit '*) echo TEMP ;;
		'expunge '*) echo OK ;;
	END
	quits '-ERR [SYS/TEMP] some deleted messages not removed' \
		'expunge 1 u1' 'expunge 2 u2' 'commit 2'
}

@test "DEFAULT to expunge: nothing is removed, and it is asked no more" {
	backend_cases </dev/null
	quits "$kept" 'expunge 1 u1' 'commit 0'
	not_logged '>expunged '
	logged '^<5>note .*what="nothing is removed; expunge answered DEFAULT" number=1 uid=u1$'
}

# bats test_tags=long
@test "commit: ERR fails QUIT, DEFAULT does not, the text of OK is said" {
	local result answer
	while IFS=: read -r result answer; do
		fresh
		backend_cases <<-END
			'expunge '*) echo OK ;;
			'commit '*) echo $result ;;
		END
		quits "$answer" 'expunge 1 u1' 'expunge 2 u2' 'commit 2'
	done <<-END
		ERR nothing is committed:$kept
		DEFAULT:+OK goodbye
		OK:+OK goodbye
		OK until tomorrow:+OK until tomorrow
	END
	# With nothing marked it has its say as well.
	fresh
	backend_cases <<-'END'
		'commit '*) echo ERR ;;
	END
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '+OK *' '-ERR nothing was marked, but the backend failed'
}

@test "dele: OK with a text, ERR and TEMP mark nothing" {
	backend_cases <<-'END'
		'list '*) printf 'msg 1 u1\nmsg 1 u2\nmsg 1 u3\nOK\n' ;;
		'dele 1 '*) echo OK on its way ;;
		'dele 2 '*) echo ERR not this one ;;
		'dele 3 '*) echo TEMP not now ;;
		'expunge '*) echo OK ;;
	END
	session "${login[@]}" 'DELE 1' 'DELE 2' 'DELE 3' 'DELE 3' STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK on its way' '-ERR not this one' \
		'-ERR [SYS/TEMP] not now' '-ERR [SYS/TEMP] not now' '+OK 2 2' \
		'+OK *'
	all_asked 'hello 1' 'login demo demo' 'list demo' 'dele 1 u1' 'dele 2 u2' \
		'dele 3 u3' 'dele 3 u3' 'expunge 1 u1' 'commit 1'
}

@test "rset: OK with a text, DEFAULT once for all, ERR keeps the marks" {
	backend_cases <<-'END'
		rset) echo OK all is as it was ;;
	END
	session "${login[@]}" 'DELE 1' RSET STAT RSET QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK all is as it was' \
		'+OK 2 40' '+OK *' '+OK *'
	all_asked 'hello 1' 'login demo demo' 'list demo' 'dele 1 u1' rset rset \
		'commit 0'
	fresh
	backend_cases </dev/null
	session "${login[@]}" 'DELE 1' RSET STAT RSET QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' '+OK 2 40' '+OK *' \
		'+OK *'
	all_asked 'hello 1' 'login demo demo' 'list demo' 'dele 1 u1' rset \
		'commit 0'
	fresh
	backend_cases <<-'END'
		rset) echo ERR ;;
	END
	session "${login[@]}" 'DELE 1' RSET STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '-ERR *' '+OK 1 20' "$kept"
}

@test "P4.4: SIGTERM and a vanished client change nothing in UPDATE" {
	backend_cases <<-'END'
		'expunge 1 '*)
			kill -TERM "$PPID"
			sleep 0.2
			echo OK
			;;
		'expunge '* | 'commit '*) echo OK ;;
	END
	session "${login[@]}" 'DELE 1' 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' '+OK *'
	[ "$(tail -n 1 requests)" = 'commit 2' ]
	fresh
	backend_cases <<-'END'
		'expunge 1 '*)
			while ! [ -e go ]; do sleep 0.05; done
			echo OK
			;;
		'expunge '* | 'commit '*) echo OK ;;
	END
	talk --on tcp <<-END
		$begin
		send QUIT
		until grep -q expunge requests
		vanish
		shell touch go
	END
	[ "$(tail -n 1 requests)" = 'commit 2' ]
}

# bats test_tags=long
@test "P4.4: before QUIT they end the session, and nothing is removed" {
	backend_cases </dev/null
	talk <<-END
		$begin
		signal TERM
		eof
	END
	refute grep -q '^\(expunge\|commit\)' requests
	fresh
	talk --on tcp <<-END
		$begin
		vanish
	END
	refute grep -q '^\(expunge\|commit\)' requests
	fresh
	options+=(--timeout 1)
	talk <<-END
		$begin
		eof
	END
	refute grep -q '^\(expunge\|commit\)' requests
	[ "$(tail -n 1 requests)" = 'dele 1 u1' ]
}

# bats test_tags=long
@test "each answer in UPDATE has its own deadline" {
	options+=(--backend-timeout 2)
	backend_cases <<-'END'
		'expunge '* | 'commit '*) sleep 0.8; echo OK ;;
	END
	quits '+OK *' 'expunge 1 u1' 'expunge 2 u2' 'commit 2'
	fresh
	backend_cases <<-'END'
		'expunge 2 '*) exec sleep 1000 ;;
		'expunge '* | 'commit '*) echo OK ;;
	END
	quits '-ERR [SYS/TEMP] some deleted messages not removed' \
		'expunge 1 u1' 'expunge 2 u2'
	[ "$status" -eq 75 ]
	one_fault '"expunge 2"' '"no result before its deadline"'
	[ "$(grep -c '>expunged ' log)" -eq 1 ]
}

@test "close is not for expunge and commit" {
	backend_cases <<-'END'
		'expunge 2 '*) printf 'close\nOK\n' ;;
		'expunge '* | 'commit '*) echo OK ;;
	END
	quits '-ERR [SYS/TEMP] some deleted messages not removed' \
		'expunge 1 u1' 'expunge 2 u2'
	one_fault '"expunge 2"' '"line not allowed here"' close
	fresh
	backend_cases <<-'END'
		'commit '*) printf 'close\nOK\n' ;;
		'expunge '*) echo OK ;;
	END
	quits '-ERR [SYS/TEMP] some deleted messages not removed' \
		'expunge 1 u1' 'expunge 2 u2' 'commit 2'
}

@test "P4.3 P4.6: the lock is free when the answer to QUIT is there" {
	backend_cases <<-'END'
		'list '*) printf 'lock %s\nmsg 20 u1\nmsg 20 u2\nOK\n' "$PWD/l" ;;
		'expunge '*) echo OK ;;
	END
	talk <<-END
		$begin
		shell ! flock -n l true
		send QUIT
		expect +OK *
		shell flock -n l true
		eof
	END
	fresh
	backend_cases <<-'END'
		'list '*) printf 'lock %s\nmsg 20 u1\nmsg 20 u2\nOK\n' "$PWD/l" ;;
		'expunge '*) echo ERR ;;
	END
	talk <<-END
		$begin
		send QUIT
		expect $kept
		shell flock -n l true
		eof
	END
}

# One session, each ppoll of which (by its number), or all from it on, fails.
blind() {
	backend_cases <<-'END'
		'expunge '*) sleep 0.02; echo OK; echo "${request#* }" >>gone ;;
		'commit '*) sleep 0.02; echo OK ;;
	END
	: >gone
	injecting "ppoll:error=ENOMEM:when=$1"
	session "${login[@]}" 'DELE 1' 'DELE 2' QUIT
}

# bats test_tags=long
@test "a poll that fails in UPDATE: it goes on, and each expunge has its line" {
	local n polls first struck=0
	blind 65535
	polls=$(wc -l <trace)
	for ((n = polls - 7; n <= polls; n++)); do
		fresh
		blind "$n"
		[ "$status" -eq 0 ]
		! injected || struck=$((struck + 1))
		matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' '+OK *'
		sed -n 's/^<6>expunged .* number=\(.*\) uid=\(.*\) octets.*/\1 \2/p' \
			log | diff gone -
		logged '^<6>update .* marked=2 expunged=2 commit=good$'
	done
	[ "$struck" -gt 0 ]
	# Where none succeeds any more: in UPDATE what is answered counts.
	for first in "$((polls - 2))" "$((polls - 5))" 1; do
		fresh
		blind "$first+"
		sed -n 's/^<6>expunged .* number=\(.*\) uid=\(.*\) octets.*/\1 \2/p' \
			log | diff gone -
		[ ! -s gone ] || logged '^<6>update .* expunged=2 commit=good$'
	done
	[ "$status" -eq 75 ]
	logged '^<6>ended .*why="the system cannot poll"'
}
