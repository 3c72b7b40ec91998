# SPDX-License-Identifier: ISC
# backend-protocol: lines, requests, results, detail lines; the backend's
# process, and its end. Bodies, claimed commands, UPDATE and faults have files
# of their own.

load ../lib/common
load ../lib/session

prepare() {
	cases
}

# ---- lines

@test "the smallest useful backend" {
	printf 'one\n.two' >motd
	backend_script <<-'END'
		while IFS= read -r line; do
		  case $line in
		  'hello 1'|'hello 1 '*) echo 'OK 1' ;;
		  'login demo demo')     echo OK ;;
		  'login '*)             echo ERR ;;
		  'list demo')           printf '%s\n' "msg - welcome-1 $PWD/motd" OK ;;
		  *)                     echo DEFAULT ;;
		  esac
		done
	END
	session 'USER demo' 'PASS no' "${login[@]}" STAT LIST UIDL 'RETR 1' \
		'TOP 1 1' 'DELE 1' RSET NOOP QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *' '+OK *' '+OK 1 11' \
		'+OK *' '1 11' . '+OK *' '1 welcome-1' . '+OK *' one ..two . \
		'+OK *' one ..two . '+OK *' '+OK *' '+OK *' '+OK *'
	[ "$status" -eq 0 ]
	not_logged '^<[0-4]>'
}

@test "a whole session: every request as it is written" {
	echo x >file
	backend_cases <<-END
		'hello '*) echo OK 1 welcome to my server ;;
		'list '*) printf '%s\n' "lock $work/l" "msg - 1A2B $work/file" 'msg 20 1A2C' OK ;;
		'expunge '* | 'commit '*) echo OK ;;
	END
	echo 'printf "end\n" >>requests' >>backend
	session 'USER alice' 'PASS correct  horse' STAT 'RETR 1' 'RETR 2' \
		'DELE 2' 'DELE 1' QUIT
	matches '+OK welcome to my server' '+OK *' '+OK 2 messages' '+OK 2 23' \
		'+OK 3 octets' x . '+OK *' 'Subject: x' '' text . '+OK *' \
		'+OK *' '+OK *'
	grep -qE '^hello 1 [^ ]+ id=[0-9a-f]{16} log next part sent sizes$' requests
	all_asked 'hello 1' 'login alice correct  horse' 'list alice' 'retr 2 1A2C' \
		'dele 2 1A2C' "expunge 1 1A2B $work/file" 'expunge 2 1A2C' \
		'commit 2' end
}

@test "end of input is always last, whatever ended the session" {
	backend_cases </dev/null
	echo 'printf "end\n" >>requests' >>backend
	session QUIT
	all_asked 'hello 1' end
	fresh
	session "${login[@]}" 'DELE 1'
	all_asked 'hello 1' 'login demo demo' 'list demo' 'dele 1 u1' end
}

@test "empty lines in a reply are ignored, but for those in a body" {
	backend_cases <<-'END'
		'hello '*) printf '\n\nOK 1 there\n' ;;
		'list '*) printf '\nmsg 20 u1\n\n\nmsg 20 u2\n\nOK\n' ;;
		'retr '*) printf '|a\n|b\n\n\nOK\n' ;;
		'dele '*) printf '\nDEFAULT\n' ;;
	END
	session "${login[@]}" 'RETR 1' 'DELE 1' QUIT
	matches '+OK there' '+OK *' '+OK 2 *' '+OK *' a b . '+OK *' '-ERR *'
	not_logged '^<3>'
}

@test "P2.6: the password is the rest of the line, byte for byte" {
	local word
	backend_cases </dev/null
	for word in '' ' ' ' a  b ' '\a\\' "'\"" '*' -n $'\344\377' '=' \
		"$(printf '%0200d' 7)"; do
		fresh
		session 'USER demo' "PASS $word" QUIT
		matches '+OK *' '+OK *' '+OK *' '+OK *'
		all_asked 'hello 1' "login demo $word" 'list demo' 'commit 0'
	done
	fresh
	session 'USER demo' PASS QUIT
	all_asked 'hello 1'
}

@test "a user name that is no name is refused, and nothing written" {
	local word
	backend_cases </dev/null
	for word in '' a/b /a .a -a 'a b' ' a' 'a ' $'a\001' $'a\177' $'a\tb'; do
		fresh
		session "USER $word" 'PASS demo' QUIT
		matches '+OK *' '-ERR *' '-ERR *' '+OK *'
		all_asked 'hello 1'
	done
	for word in a.b a-b @ '*' '~' $'\344' 'a@b.example'; do
		fresh
		session "USER $word" 'PASS demo' QUIT
		all_asked 'hello 1' "login $word demo" "list $word" 'commit 0'
	done
}

@test "any-user: a name may hold anything but blanks and controls" {
	local word
	backend_cases <<-'END'
		'hello '*) printf 'any-user\nOK 1\n' ;;
	END
	for word in a/b /a .a -a; do
		fresh
		session "USER $word" 'PASS demo' QUIT
		all_asked 'hello 1' "login $word demo" "list $word" 'commit 0'
	done
	for word in 'a b' $'a\001' ''; do
		fresh
		session "USER $word" QUIT
		matches '+OK *' '-ERR *' '+OK *'
		all_asked 'hello 1'
	done
}

@test "what would be an overlong request is refused, and nothing written" {
	local long
	backend_cases <<-'END'
		'login '*) echo ERR no ;;
	END
	long=$(printf '%08183d' 0)
	session "AUTH PLAIN $(printf '\0a\0%s' "$long" | base64 -w 0)" \
		"AUTH PLAIN $(printf '\0a\0%s0' "$long" | base64 -w 0)" \
		"AUTH PLAIN $(printf '\0a\0%s0' "$long" | base64 -w 0)" QUIT
	matches '+OK *' '-ERR *AUTH* no' '-ERR invalid argument' \
		'-ERR invalid argument' '+OK *'
	grep -qx "login a $long" requests
	[ "$(grep -c '^login' requests)" -eq 1 ]
	logged '^<5>note .*what="too long for a request to the backend"$'
	[ "$(grep -c 'what="too long' log)" -eq 1 ]
	not_logged '^<[0-3]>|000'
}

@test "token, auth and more may be as long as a line of AUTH brings them" {
	local line
	backend_cases <<-'END'
		'hello '*) printf 'sasl XFOO\nOK 1\n' ;;
		'auth XFOO') echo MORE ;;
		'auth '* | 'more '*) echo ERR no ;;
	END
	# The whole line has 12,288 octets, the request 12,287; the second,
	# after whose 12,284 base64 is over, 12,290.
	line=$(printf 'AUTH XFOO %012276d' 0)
	session "$line" 'AUTH XFOO' "$(printf '%012284d' 0)" "${line}0000" \
		'AUTH XFOO' "$(printf '%012288d' 0)" QUIT
	matches '+OK *' '-ERR *' '+ ' '-ERR *' '-ERR line too long' \
		'+ ' '-ERR line too long' '+OK *'
	grep -qx "auth XFOO ${line#* * }" requests
	grep -qx "more $(printf '%012284d' 0)" requests
	[ "$(grep -c 'note .*what="the client sent a line that is too long' log)" \
		-eq 1 ]
	not_logged '000'
}

# ---- results

@test "hello: ERR and TEMP turn the client away, with their text" {
	local result answer
	while IFS=: read -r result answer; do
		backend_cases <<-END
			'hello '*) echo '$result' ;;
		END
		session "${login[@]}" QUIT
		matches "$answer"
		[ "$status" -eq 0 ]
		all_asked 'hello 1'
		not_logged '^<[0-3]>'
		fresh
	done <<-'END'
		ERR:-ERR not welcome now
		ERR go away:-ERR go away
		ERR [IN-USE] all lines are:-ERR [IN-USE] all lines are
		TEMP:-ERR [SYS/TEMP] try again later
		TEMP come back at six:-ERR [SYS/TEMP] come back at six
	END
}

@test "login: ERR, TEMP and DEFAULT, each with its code" {
	local result answer
	while IFS=: read -r result answer; do
		backend_cases <<-END
			'login '*) echo '$result' ;;
		END
		session "${login[@]}" QUIT
		matches '+OK *' '+OK *' "$answer" '+OK *'
	done <<-'END'
		ERR:-ERR [AUTH] login failed
		ERR no such user:-ERR [AUTH] no such user
		ERR [IN-USE] mailbox is busy:-ERR [IN-USE] mailbox is busy
		ERR [LOGIN-DELAY] in a minute:-ERR [LOGIN-DELAY] in a minute
		TEMP:-ERR [SYS/TEMP] try again later
		TEMP the database is away:-ERR [SYS/TEMP] the database is away
		DEFAULT:-ERR [SYS/PERM] *
	END
}

@test "TEMP to a login neither counts as a guess nor delays" {
	backend_cases <<-'END'
		'login '*) if [ -e now ]; then echo OK; else echo TEMP; fi ;;
		'list '*) printf 'OK\n' ;;
	END
	options=(--cleartext always --auth-delay 10 --max-logins 1)
	talk <<-'END'
		expect +OK *
		mark
		send USER demo
		expect +OK *
		send PASS demo
		expect -ERR [SYS/TEMP] *
		send USER demo
		expect +OK *
		send PASS demo
		expect -ERR [SYS/TEMP] *
		within 0 9
		shell touch now
		send USER demo
		expect +OK *
		send PASS demo
		expect +OK 0 messages
		send QUIT
		expect +OK *
		eof
	END
	not_logged 'why=login'
}

@test "list: ERR and TEMP fail the login; the next may succeed" {
	backend_cases <<-'END'
		'list alice') printf 'msg 20 x\nERR [IN-USE] it is busy\n' ;;
		'list bob') printf 'msg 20 x\nmsg 20 y\nTEMP\n' ;;
	END
	session 'USER alice' 'PASS x' STAT 'USER bob' 'PASS x' STAT "${login[@]}" \
		STAT QUIT
	matches '+OK *' '+OK *' '-ERR [IN-USE] it is busy' '-ERR *' '+OK *' \
		'-ERR [SYS/TEMP] try again later' '-ERR *' '+OK *' '+OK *' \
		'+OK 2 40' '+OK *'
}

@test "the text of list's OK wins over that of login's, and that over ours" {
	backend_cases <<-'END'
		'login demo '*) echo OK from login ;;
		'login '*) echo OK ;;
		'list alice') echo OK from list ;;
		'list '*) echo OK ;;
	END
	session 'USER demo' 'PASS x' QUIT
	matches '+OK *' '+OK *' '+OK from login' '+OK *'
	session 'USER alice' 'PASS x' QUIT
	matches '+OK *' '+OK *' '+OK from list' '+OK *'
	session 'USER bob' 'PASS x' QUIT
	matches '+OK *' '+OK *' '+OK 0 messages' '+OK *'
}

@test "P1.10 P5.6: only a well-formed code may stand at the start of a text" {
	local result answer
	while IFS=: read -r result answer; do
		backend_cases <<-END
			'dele '*) printf '%s\n' '$result' ;;
		END
		session "${login[@]}" 'DELE 1' RSET QUIT
		matches '+OK *' '+OK *' '+OK *' "$answer" '+OK *' '*'
	done <<-'END'
		ERR [IN-USE] x:-ERR [IN-USE] x
		ERR [SYS/PERM] x:-ERR [SYS/PERM] x
		ERR [X-1/a b] x:-ERR - [X-1/a b] x
		ERR [in-use] x:-ERR - [in-use] x
		ERR [] x:-ERR - [] x
		ERR [A/] x:-ERR - [A/] x
		ERR [A x:-ERR - [A x
		OK [y]:+OK - [y]
		OK  [y]:+OK  [y]
		OK a\bc:+OK a\bc
	END
	backend_cases <<-'END'
		'dele '*) printf 'ERR a\tb\033[1m\344\n' ;;
	END
	session "${login[@]}" 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '-ERR a b [1m?' '*'
}

@test "P1.4: a text is cut so that its line has 512 octets" {
	backend_cases <<-'END'
		'dele 1 '*) printf 'ERR %05000d\n' 7 ;;
		'dele 2 '*) printf 'OK %05000d\n' 7 ;;
	END
	session "${login[@]}" 'DELE 1' 'DELE 2' QUIT
	[ "$(sed -n 4p out | wc -c)" -eq 512 ]
	[ "$(sed -n 5p out | wc -c)" -eq 512 ]
	only_crlf out
}

# ---- detail lines

@test "capa, of hello and of a login, in CAPA; dropped with ERR" {
	backend_cases <<-'END'
		'hello '*) printf 'capa X-ONE a b\ncapa X-TWO\nOK 1\n' ;;
		'login demo wrong') printf 'capa X-NO\nERR\n' ;;
		'login '*) printf 'capa X-THREE\nOK\n' ;;
	END
	session CAPA 'USER demo' 'PASS wrong' "${login[@]}" CAPA QUIT
	tr -d '\r' <out | sed -n '/^X-/p; /^\.$/p' |
		diff <(printf '%s\n' 'X-ONE a b' X-TWO . 'X-ONE a b' X-TWO \
			X-THREE .) -
}

@test "what a login brought goes with it where list fails" {
	backend_cases <<-'END'
		'hello '*) printf 'capa XH\noption goodbye of hello\nOK 1\n' ;;
		'login alice '*)
			printf 'capa XA\noption expire 7\n'
			printf 'option goodbye of alice\noption timeout 1\nOK\n'
			;;
		'list alice') echo ERR ;;
	END
	talk <<-'END'
		expect +OK *
		send USER alice
		expect +OK *
		send PASS x
		expect -ERR *
		silence 1.3
		send USER bob
		expect +OK *
		send PASS x
		expect +OK *
		send CAPA
		expect +OK *
		body capa
		send QUIT
		expect +OK of hello
	END
	grep -qx $'XH\r' capa
	refute grep 'XA\|EXPIRE' capa
}

@test "option: timeout, goodbye, expire and login-delay, for this session" {
	backend_cases <<-'END'
		'hello '*)
			printf 'option %s\n' 'goodbye so long' 'expire 7 USER' \
				'login-delay 300 USER'
			echo OK 1
			;;
		'login demo '*) printf 'option expire NEVER\nOK\n' ;;
		'login '*) printf 'option timeout 1\noption goodbye ciao\nOK\n' ;;
	END
	session CAPA "${login[@]}" CAPA QUIT
	tr -d '\r' <out | sed -n '/^EXP/p; /^LOGIN-/p; $p' |
		diff <(printf '%s\n' 'LOGIN-DELAY 300 USER' 'EXPIRE 7 USER' \
			'LOGIN-DELAY 300' 'EXPIRE NEVER' '+OK so long') -
	talk <<-'END'
		expect +OK *
		send USER other
		expect +OK *
		send PASS x
		expect +OK *
		eof
	END
	logged 'why="no command for 1 s"'
	session 'USER other' 'PASS x' QUIT
	[ "$(tail -n 1 out)" = $'+OK ciao\r' ]
	options+=(--goodbye 'of the command line')
	session QUIT
	[ "$(tail -n 1 out)" = $'+OK so long\r' ]
}

@test "no-password: neither announced nor taken" {
	backend_cases <<-'END'
		'hello '*) printf 'no-password\nOK 1\n' ;;
	END
	session CAPA 'USER demo' 'PASS demo' \
		"AUTH PLAIN $(printf '\0demo\0demo' | base64)" 'AUTH LOGIN' QUIT
	refute grep -q '^USER\|^SASL' out
	[ "$(grep -c '^-ERR' out)" -eq 4 ]
	all_asked 'hello 1'
}

@test "user: the account that a login stands for, in list and in the log" {
	backend_cases <<-'END'
		'login demo '*) printf 'user alice@example.org\nOK\n' ;;
		'login '*) printf 'user a b\nOK\n' ;;
	END
	session "${login[@]}" QUIT
	all_asked 'hello 1' 'login demo demo' 'list alice@example.org' 'commit 0'
	logged '^<6>login .*user=alice@example.org'
	session 'USER x' 'PASS y' QUIT
	one_fault login '"*a user name*"'
}

@test "P2.7: lock, of a login or list: held to the end, [IN-USE] where busy" {
	local where
	for where in login list; do
		rm -f l
		fresh
		backend_cases <<-END
			'$where '*)
				printf 'lock %s/l\n' "\$PWD"
				[ $where = login ] || echo msg 20 u1
				echo OK
				;;
		END
		talk <<-END
			$begin
			shell ! flock -n l true
			shell [ "\$(stat -c %a l)" = 600 ]
			send STAT
			expect +OK *
			send QUIT
			expect +OK *
			shell flock -n l true
			eof
		END
		[ -e l ]
		fresh
		exec 8<l
		flock 8
		session "${login[@]}" STAT QUIT
		exec 8<&-
		matches '+OK *' '+OK *' '-ERR [IN-USE] *'
		[ "$status" -eq 0 ]
		not_logged '^<3>'
		[ "$(tail -n 1 requests)" = "$where demo${where#list}" ] ||
			[ "$(tail -n 1 requests)" = 'login demo demo' ]
	done
}

@test "lock: a folder; the same one twice; from the moment the line is read" {
	mkdir d
	backend_cases <<-'END'
		'login '*) printf 'lock %s/d\nOK\n' "$PWD" ;;
		'list '*)
			printf 'lock %s/d\nlock %s/l\nwait 60\n' "$PWD" "$PWD"
			until [ -e go ]; do sleep 0.05; done
			echo OK
			;;
	END
	talk <<-'END'
		expect +OK *
		send USER demo
		expect +OK *
		send PASS demo
		until grep -q ":$(stat -c %i l) " /proc/locks
		shell ! flock -n l true
		shell ! flock -n d true
		shell touch go
		expect +OK *
		vanish
	END
	flock -w 10 d true
	flock -w 10 l true
}

@test "lock: freed with an ERR, and when pop3-skel is killed" {
	backend_cases <<-'END'
		'login demo wrong') printf 'lock %s/l\nERR\n' "$PWD" ;;
		'login '*) printf 'lock %s/l\nOK\n' "$PWD" ;;
	END
	talk <<-'END'
		expect +OK *
		send USER demo
		expect +OK *
		send PASS wrong
		expect -ERR *
		shell flock -n l true
		send USER demo
		expect +OK *
		send PASS demo
		expect +OK *
		shell ! flock -n l true
		signal KILL
		eof
		shell flock -w 10 l true
	END
}

@test "close: the session ends after the reply, without UPDATE" {
	local verb answer
	while IFS=: read -r verb answer; do
		fresh
		backend_cases <<-END
			'$verb '* | $verb)
				case \$request in
				hello*) printf 'close\nOK 1\n' ;;
				retr*) printf 'close\n|x\nOK\n' ;;
				*) printf 'close\nOK text\n' ;;
				esac
				;;
			'list '*) printf 'msg 3 u1\nmsg 3 u2\nOK\n' ;;
		END
		session "${login[@]}" 'DELE 2' 'RETR 1' 'TOP 1 0' 'DELE 1' RSET QUIT
		[ "$(tail -n 1 out)" = "$answer"$'\r' ]
		[ "$(sed '/^sizes /d; s/ .*//' requests | tail -n 1)" = "$verb" ]
		[ "$status" -eq 0 ]
		logged '^<6>ended .*why="closed by the backend"'
		not_logged '^<3>'
	done <<-'END'
		hello:+OK POP3 server ready
		login:+OK text
		list:+OK text
		retr:.
		dele:+OK text
		rset:+OK text
	END
}

@test "close with an ERR to a login: after the delay that it costs" {
	options=(--cleartext always --auth-delay 1)
	backend_cases <<-'END'
		'login '*) printf 'close\nERR\n' ;;
	END
	talk <<-'END'
		expect +OK *
		send USER demo
		expect +OK *
		mark
		send PASS demo
		expect -ERR [AUTH] *
		within 0.9 60
		eof
	END
	logged '^<6>ended .*why="closed by the backend"'
}

@test "wait: more time for the result; never less" {
	options+=(--backend-timeout 3)
	backend_cases <<-'END'
		'login '*) echo wait 60; sleep 3.3; echo OK ;;
		'list '*) echo wait 1; echo wait 0; sleep 1.3; printf 'msg 20 u1\nOK\n' ;;
		'expunge '* | 'commit '*) printf 'wait 600\nwait 600\nwait 600\nOK\n' ;;
	END
	session "${login[@]}" 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *'
	not_logged '^<3>'
	options+=(--backend-timeout 1)
	backend_cases <<-'END'
		'login '*) echo wait 2; exec sleep 1000 ;;
	END
	talk <<-'END'
		status 75
		expect +OK *
		send USER demo
		expect +OK *
		mark
		send PASS demo
		expect -ERR [SYS/TEMP] *
		within 1.9 60
		eof
	END
}

@test "a msg line gives the backend its time anew" {
	options+=(--backend-timeout 2)
	backend_cases <<-'END'
		'list '*)
			for i in 1 2 3; do sleep 0.8; echo "msg 20 u$i"; done
			echo OK
			;;
	END
	session "${login[@]}" STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK 3 60' '+OK *'
}

# ---- the backend's process

@test "its environment: what we tell, and not what others told us" {
	printf '#!/bin/sh\nenv >environment; read x; echo OK 1; read x\n' >backend
	chmod a+rx backend
	backend=("$work/backend")
	own
	env LISTEN_PID=1 LISTEN_FDS=1 LISTEN_FDNAMES=x NOTIFY_SOCKET=/x \
		WATCHDOG_USEC=1 WATCHDOG_PID=1 REMOTE_HOST=x TCPREMOTEIP=1.2.3.4 \
		SSL_TLS_SNI_SERVERNAME=x SOCAT_PEERADDR=1.2.3.4 \
		NCAT_REMOTE_ADDR=1.2.3.4 POP3_PASSWORD=x POP3_TLS=x \
		LC_ALL=C.UTF-8 KEEP=this PATH="$PATH:/mine" \
		"$TALK" --on tcp --stderr log -- "${user_prefix[@]}" "$SKEL" \
		"${options[@]}" --backend-timeout 77 -- "${backend[@]}" <<-'END'
		expect +OK *
		send USER mallory
		expect +OK *
	END
	grep -qx 'KEEP=this' environment
	grep -q '^PATH=.*:/mine$' environment
	grep -E '^(POP3_|LC_ALL)' environment | sed 's/PORT=[0-9]*$/PORT=N/' |
		sort | diff <(sort <<-END
			LC_ALL=C
			POP3_BACKEND_TIMEOUT=77
			POP3_FEATURES=log next part sent sizes
			POP3_LOCAL_ADDR=127.0.0.1
			POP3_LOCAL_PORT=N
			POP3_PROTOCOL=1
			POP3_REMOTE_ADDR=127.0.0.1
			POP3_REMOTE_PORT=N
			POP3_SESSION_ID=$(sed -n 's/.* session=\([0-9a-f]*\).*/\1/p;q' log)
			POP3_SKEL_BACKENDS=$POP3_SKEL_BACKENDS
			POP3_SKEL_SH=$POP3_SKEL_SH
			END
		) -
	refute grep -E '^(LISTEN|NOTIFY|WATCHDOG|REMOTE|TCP|SSL|SOCAT|NCAT)' environment
	refute grep -q mallory environment
}

@test "its environment: what tells of a connection is not inherited, whoever told it" {
	printf '#!/bin/sh\nenv >environment; read x; echo OK 1; read x\n' >backend
	chmod a+rx backend
	own
	# Families by their other end, by PROTO, and what sshd(8) lets one choose.
	printf 'QUIT\r\n' | as_user env PROTO=XYZ XYZCONNNUM=evil \
		IPCREMOTEPATH=evil IPCREMOTEEUID=evil IPCCONNNUM=evil \
		UNIXREMOTEPATH=evil UNIXLOCALPATH=evil UDPREMOTEINFO=evil \
		NEW_OPENSSL_X509_COMMONNAME=evil NEW_PEERADDR=evil \
		REMOTE_IDENT=evil PEERNAME=evil LOCAL_NAME=evil TLS_SNI=evil \
		SSL_TLS_SNI_SERVERNAME=evil SSH_ORIGINAL_COMMAND=evil \
		LC_EVIL=evil LANG=evil LANGUAGE=evil \
		PYTHONUNBUFFERED=this IP=this UNI=this NEW=this PREMOT=this \
		MY_LOCAL=this VALUE=REMOTE_PEER VALUES=this "$SKEL" "$work/backend" \
		2>log | cat >out
	refute grep evil environment
	refute grep -q '^PROTO=' environment
	[ "$(grep -c '=this$' environment)" -eq 7 ]
	grep -qx VALUE=REMOTE_PEER environment
}

@test "its environment: none inherited; addresses unset where unknown" {
	printf '#!/bin/sh\n/usr/bin/env >environment; read x; echo OK 1; read x\n' >backend
	chmod a+rx backend
	own
	printf 'QUIT\r\n' | as_user env -i "$SKEL" "$work/backend" 2>log | cat >out
	grep -q '^PATH=.*/bin' environment
	grep -qx LC_ALL=C environment
	grep -q '^POP3_SKEL_SH=/.*/pop3-skel.sh$' environment
	grep -q '^POP3_SKEL_BACKENDS=/' environment
	refute grep -q 'POP3_REMOTE\|POP3_LOCAL\|POP3_TLS' environment
}

@test "its descriptors: three pipes and nothing else, not even a lock" {
	: >stray
	backend=(sh -c 'while read -r verb rest; do
			case $verb in
			hello) echo OK 1 ;;
			login) printf "lock %s/l\nOK\n" "$PWD" ;;
			list) printf "msg - - %s/stray\nOK\n" "$PWD" ;;
			*) echo DEFAULT ;;
			esac
		done')
	show='shell ls -l /proc/$(pgrep -P $PID)/fd | sed -n "s/.* \([0-9]*\) -> /\1 /p" | sed "s/\[.*//" >'
	printf '%s pipe:\n' 0 1 2 >three
	own
	talk --on tcp <<-END 7<stray
		expect +OK *
		$show fds.hello
		send USER demo
		expect +OK *
		send PASS demo
		expect +OK *
		send RETR 1
		expect +OK *
		body
		$show fds.retr
		send QUIT
		expect +OK *
		eof
	END
	diff three fds.hello
	diff three fds.retr
}

@test "its signals are at their defaults, none blocked; its group is its own" {
	backend=(sh -c 'read -r hello; echo OK 1; read -r end')
	own
	(
		trap '' HUP INT QUIT USR1 USR2 PIPE ALRM TERM TSTP TTIN TTOU WINCH
		talk <<-'END'
			expect +OK *
			shell grep -E '^Sig(Blk|Ign)' /proc/$(pgrep -P $PID)/status >signals
			shell ps -o pid=,pgid= --ppid $PID >group
			send QUIT
			expect +OK *
			eof
		END
	)
	grep -qx $'SigBlk:\t0000000000000000' signals
	# 32 and 33 are the C library's own; who has them ignored is not asked.
	grep -qE $'^SigIgn:\t0000000[01][08]0000000$' signals
	awk '{ exit $1 != $2 }' group
}

@test "its stderr is the log's: a line each, its own priority, no client's" {
	backend_cases <<-'END'
		'login '*)
			printf '%s\n' plain '<3>bad' '<7>fine' '<9>odd' '<3' >&2
			printf 'half a line' >&2
			printf 'a\001\377"b\n' >&2
			echo OK
			;;
	END
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *'
	sed -n 's/^\(<.>\)backend session=[0-9a-f]* \(user=demo \)\{0,1\}/\1/p' log |
		diff <(printf '%s\n' '<5>text=plain' '<3>text=bad' '<7>text=fine' \
			'<5>text=<9>odd' '<5>text=<3' \
			'<5>text="half a linea\x01\xff\"b"') -
	talk --on tcp --stderr-too <<-END
		$begin
		send QUIT
		expect +OK *
		eof
	END
}

@test "its last words are in the log, without an end of line too" {
	backend_cases <<-'END'
		'list '*) printf 'why I die' >&2; exit 3 ;;
	END
	session "${login[@]}"
	logged '^<5>backend .*text="why I die"'
	backend_cases </dev/null
	echo 'printf "bye" >&2' >>backend
	session QUIT
	logged '^<5>backend .*text=bye$'
}

@test "its name: a path with a slash, else an installed one, else PATH" {
	mkdir bin backends
	printf '#!/bin/sh\nread x; echo OK 1 from path; read x\n' >bin/probe
	sed 's/path/backends/' bin/probe >backends/probe
	printf '#!/bin/sh\nread x; echo "OK 1 $#:$1:$2:$3"; read x\n' >bin/words
	chmod a+rx bin/* backends/*
	export POP3_SKEL_BACKENDS=$work/backends PATH=$work/bin:$PATH
	backend=(probe)
	session QUIT
	matches '+OK from backends' '+OK *'
	rm backends/probe
	session QUIT
	matches '+OK from path' '+OK *'
	backend=(bin/probe)
	session QUIT
	matches '+OK from path' '+OK *'
	backend=(words '' ' a  b ' '$HOME *')
	session QUIT
	matches '+OK 3:: a  b :$HOME *' '+OK *'
}

@test "handing over: after its OK another program reads list" {
	messages new/1.a
	backend_script <<-'END'
		exec 3<&0 4>&1 </dev/null >&2
		while IFS= read -r line <&3; do
			case $line in
			'hello '*) echo OK 1 >&4 ;;
			'login demo demo')
				echo OK >&4
				exec "$POP3_SKEL_BACKENDS/maildir" --serve "$PWD/demo/Maildir" \
					<&3 >&4 3<&- 4>&-
				;;
			*) echo ERR >&4 ;;
			esac
		done
	END
	session 'USER demo' 'PASS no' "${login[@]}" 'DELE 1' QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *' '+OK 1 *' '+OK *' '+OK *'
	[ -z "$(stored)" ]
}

# ---- its end

@test "the client is done before the backend is" {
	backend_cases </dev/null
	echo 'trap "" TERM; printf "%s\n" $$ >>pids; until [ -e go ]; do sleep 0.05; done' \
		>>backend
	talk --on tcp <<-END
		$begin
		send QUIT
		expect +OK *
		eof
		until [ -s pids ]
		shell ! [ -e go ]
		shell kill -0 "\$(cat pids)"
		shell touch go
	END
}

@test "what the client still sends does not reset the last answer" {
	backend_cases </dev/null
	talk --on tcp <<-END
		$begin
		send QUIT
		flood 500 NOOP
		expect +OK *
		eof
	END
	logged '^<6>ended .*why=quit'
}
