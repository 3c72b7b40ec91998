# SPDX-License-Identifier: ISC
# The backend login-delay, before others.

load ../lib/common

prepare() {
	mkdir times
	backend=(login-delay 100 "$work/times" "${backend[@]}")
	messages new/1.a
	early='-ERR [LOGIN-DELAY] try again in *'
}

# bats test_tags=long
@test "P5.7: a second login within the delay is -ERR [LOGIN-DELAY]" {
	session CAPA "${login[@]}" CAPA 'RETR 1' 'DELE 1' QUIT
	[ "$(grep -cx $'LOGIN-DELAY 100\r' out)" -eq 2 ]
	grep -q '^text of new/1.a' out
	[ -z "$(stored)" ]
	session "${login[@]}" STAT QUIT
	matches '+OK *' '+OK *' "$early"
	logged 'ended .*why="closed by the backend"'
	# It is no guess, and needs the right password.
	session 'USER demo' 'PASS wrong' QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *'
	session "AUTH PLAIN $(printf '\0demo\0demo' | base64)"
	matches '+OK *' "$early"
	# Somebody else may.
	printf 'other:{PLAIN}demo::::%s/demo\n' "$work" >>users
	session 'USER other' 'PASS demo' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *'
}

# bats test_tags=long
@test "login-delay: after the time a login is good again" {
	printf '%s\n' "$(($(date +%s) - 101))" >times/demo
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *'
	printf '%s\n' "$(($(date +%s) - 50))" >times/demo
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' "$early"
	# A clock that was set back, or a file that holds no time, locks nobody out.
	for time in "$(($(date +%s) + 1000))" '' 'x y' -1; do
		printf '%s\n' "$time" >times/demo
		session "${login[@]}" QUIT
		matches '+OK *' '+OK *' '+OK *' '+OK *'
	done
}

@test "login-delay: a login that cannot be noted is none" {
	mkdir times/demo
	session "${login[@]}" STAT QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
	logged 'ended .*why="closed by the backend"'
	logged 'backend .*cannot be noted'
	rm -r times
	session "${login[@]}" STAT QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
}

@test "login-delay: a name from an earlier answer of a claimed command" {
	backend_script <<-'END'
	while IFS= read -r line; do
		case $line in
		'hello '*) printf '%s\n' 'command USER auth' 'command PASS auth' \
			'OK 1' ;;
		'USER '*) printf '%s\n' "user ${line#* }" OK ;;
		'PASS '*) printf '%s\n' 'state trans' OK ;;
		'list '*) echo OK ;;
		*) echo DEFAULT ;;
		esac
	done
	END
	backend=(login-delay 100 "$work/times" "${backend[@]}")
	session 'USER demo' 'PASS x' STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK 0 0' '+OK *'
	[ -s times/demo ]
	session 'USER demo' 'PASS x' QUIT
	matches '+OK *' '+OK *' "$early"
}

@test "login-delay: mail of every kind passes unchanged, and nothing is left" {
	perl -e 'print "Subject: x\n\n", map { ".\n|\n OK\n" . "y" x ($_ % 99) . "\n" }
		1..20000' >"$box/new/2.b"
	talk <<-END
		expect +OK *
		send USER demo
		expect +OK*
		send PASS demo
		expect +OK 2 *
		shell ps -o pid= --ppid \$PID >backend.pid
		send RETR 2
		expect +OK *
		mail $box/new/2.b
		send QUIT
		expect +OK *
		eof
	END
	gone "$(tr -d ' ' <backend.pid)"
}

@test "login-delay: before backends that log in otherwise" {
	backend_script <<-'END'
	while IFS= read -r line; do
		case $line in
		'hello '*) printf '%s\n' apop 'sasl XOAUTH2 OTHER' \
			'command XLOG auth' 'OK 1' ;;
		'auth OTHER') echo MORE ;;
		'more '*) printf '%s\n' 'user demo' 'wait 1' OK ;;
		'XLOG') printf '%s\n' 'user demo' 'state trans' OK ;;
		'XLOG no') echo ERR ;;
		'apop '* | 'token '* | 'list '*) echo OK ;;
		*) echo DEFAULT ;;
		esac
	done
	END
	backend=(login-delay 100 "$work/times" "${backend[@]}")
	session 'XLOG no' XLOG STAT QUIT
	matches '+OK *' '-ERR *' '+OK *' '+OK 0 0' '+OK *'
	local way
	for way in XLOG "APOP demo $(printf '%032d' 0)" \
		"AUTH XOAUTH2 $(printf 'user=demo\1auth=Bearer t\1\1' | base64)"; do
		session "$way" QUIT
		matches '+OK *' "$early"
	done
	session 'AUTH OTHER' eA== QUIT
	matches '+OK *' '+ ' "$early"
	rm times/demo
	session 'AUTH OTHER' eA== QUIT
	matches '+OK *' '+ ' '+OK *' '+OK *'
	[ -s times/demo ]
}

@test "login-delay: wrong words, root, a backend that is not there" {
	local words
	for words in '' '10' '10 times' 'x times maildir' '-1 times maildir' \
		'08 times maildir'; do
		# shellcheck disable=SC2086 # Words.
		backend=(login-delay $words)
		session QUIT
		matches '-ERR [SYS/TEMP] *'
	done
	backend=(login-delay 10 "$work/times" "$work/none")
	session QUIT
	matches '-ERR [SYS/TEMP] *'
	logged 'fault .*request=(hello|start) what="exited before answering hello" '
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	"$TALK" --stderr log -- "$SKEL" -- login-delay 10 "$work/times" maildir \
		<<-'END'
		status 75
		expect -ERR [SYS/TEMP] *
		eof
	END
	logged 'not as root'
}

@test "login-delay: it runs the backend and nothing else, which sees no password" {
	tracing -f -v -s 9999 -e trace=execve
	own
	printf '%s\r\n' 'USER demo' 'PASS a-secret' "${login[@]}" QUIT |
		"${traced[@]}" "$SKEL" "${options[@]}" -- "${backend[@]}" \
			>out 2>log
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *' '+OK *' '+OK *'
	sed -n 's/.*execve("\([^"]*\)".* = 0$/\1/p' trace | sed 's|.*/||' |
		grep -vx setpriv >run
	printf '%s\n' pop3-skel login-delay maildir | cmp - run
	grep -q POP3_PROTOCOL trace
	run ! grep -e a-secret -e 'login demo' trace
}

# bats test_tags=long
@test "login-delay: of two logins at a time one is too early" {
	local first second
	for first in 1 2 3 4 5; do
		rm -f times/demo
		printf '%s\r\n' "${login[@]}" QUIT >sent
		own
		as_user "$SKEL" "${options[@]}" -- "${backend[@]}" <sent >one 2>log &
		second=$!
		as_user "$SKEL" "${options[@]}" -- "${backend[@]}" <sent >two 2>log2 || :
		wait "$second" || :
		[ "$(cat one two | grep -c '^-ERR \[LOGIN-DELAY\]')" -eq 1 ]
	done
}

# bats test_tags=long
@test "login-delay: bodies before a login pass, of any length, at their time" {
	cat >claims <<-'END'
	#!/usr/bin/python3
	import sys
	for line in sys.stdin:
	    verb = line.split()[0]
	    if verb == "hello":
	        print("command XBIG auth\ncommand XSLOW auth\nOK 1")
	    elif verb == "XBIG":
	        print("|" + "OK\0 " * 100000 + "\n|OK\n" + "|line\n" * 40000 + "OK")
	    elif verb == "XSLOW":
	        print("|first", flush=True)
	        sys.stdin.readline()
	    else:
	        print("OK")
	    sys.stdout.flush()
	END
	chmod a+rx claims
	backend=(login-delay 100 "$work/times" "$work/claims")
	talk <<-END
		expect +OK *
		send XBIG
		expect +OK*
		body got
		send USER demo
		expect +OK*
		send PASS x
		expect +OK 0 *
		send QUIT
		expect +OK*
		eof
	END
	perl -e 'print "OK\0 " x 100000, "\r\nOK\r\n", "line\r\n" x 40000' | cmp - got
	[ -s times/demo ]
	# What it has written of a body gives it more time, as without us.
	options+=(--backend-timeout 1 --debug)
	session XSLOW
	logged 'fault .*request=XSLOW'
	logged 'trace .*first'
}

@test "login-delay: a backend that ends, or speaks unasked, is seen at once" {
	backend_script <<-'END'
	read -r hello
	echo OK 1
	exit 9
	END
	backend=(login-delay 100 "$work/times" "${backend[@]}")
	talk <<-'END'
		status 75
		expect +OK *
		until grep -q 'status=9' log
		send NOOP
		drain
	END
	backend_script <<-'END'
	read -r hello
	printf '%s\n' 'OK 1' stray
	read -r more
	END
	backend=(login-delay 100 "$work/times" "${backend[@]}")
	session QUIT
	logged 'fault .*what="output'
}

@test "login-delay: --help, --version, and words that make no sense" {
	"$POP3_SKEL_BACKENDS/login-delay" --help | grep -q 'Usage: login-delay'
	"$POP3_SKEL_BACKENDS/login-delay" --version |
		grep -q '^login-delay (pop3-skel) '
	mkdir -p times
	run -64 "$POP3_SKEL_BACKENDS/login-delay" 100 "$work/times"
	run -64 "$POP3_SKEL_BACKENDS/login-delay" 1x "$work/times" maildir
	run -64 "$POP3_SKEL_BACKENDS/login-delay" 100 \
		"/$(head -c 5000 /dev/zero | tr '\0' x)" maildir
}
