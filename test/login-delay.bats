# SPDX-License-Identifier: ISC
# The backend login-delay, before others.

setup_file() {
	load lib/common
	common_setup_file
}

setup() {
	load lib/common
	common_setup
	mkdir times
	backend=(login-delay 100 "$work/times" "${backend[@]}")
	messages new/1.a
	login=('USER demo' 'PASS demo')
	early='-ERR [LOGIN-DELAY] try again in *'
}

teardown() {
	common_teardown
}

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

@test "login-delay: no password in the environment of what it runs" {
	mkdir bin
	printf '%s\n' '#!/bin/sh' "env >>'$work/seen'" 'exec /bin/date "$@"' \
		>bin/date
	chmod a+rx bin/date
	local shell
	for shell in dash bash 'busybox sh' mksh ksh93; do
		rm -f times/demo
		# shellcheck disable=SC2206 # Words.
		backend=($shell "$POP3_SKEL_BACKENDS/login-delay" 100
			"$work/times" maildir -u "$work/users")
		PATH=$work/bin:$PATH request=x result=x details=x \
			session "${login[@]}" QUIT
		matches '+OK *' '+OK *' '+OK *' '+OK *'
	done
	grep -q '^POP3_PROTOCOL=1' seen
	run ! grep -F 'login demo' seen
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
	logged 'fault .*request=hello what=exited'
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	"$TALK" --stderr log -- "$SKEL" -- login-delay 10 "$work/times" maildir \
		<<-'END'
		status 75
		expect -ERR [SYS/TEMP] *
		eof
	END
	logged 'not as root'
}

@test "login-delay: in five shells, and no password in an argument" {
	local shell
	for shell in dash bash 'busybox sh' mksh ksh93; do
		rm -f times/demo
		# shellcheck disable=SC2206 # Words.
		backend=($shell "$POP3_SKEL_BACKENDS/login-delay" 100
			"$work/times" maildir -u "$work/users")
		session "${login[@]}" 'RETR 1' QUIT
		matches '+OK *' '+OK *' '+OK 1 messages' '+OK *' \
			'Subject: new/1.a' '' 'text of new/1.a' . '+OK *'
		session "${login[@]}" QUIT
		matches '+OK *' '+OK *' "$early"
	done
	# A request is written by a builtin: no program is run for it.
	rm times/demo
	own
	# Leaks cannot be looked for in a process that is traced.
	export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
	printf '%s\r\n' 'USER demo' 'PASS a-secret' QUIT |
		as_user strace -f -qq -e trace=execve -o trace "$SKEL" \
			"${options[@]}" -- mksh \
			"$POP3_SKEL_BACKENDS/login-delay" 100 "$work/times" \
			maildir -u "$work/users" >out 2>log
	grep -q '^-ERR \[AUTH\]' out
	grep -q execve trace
	run ! grep a-secret trace
}
