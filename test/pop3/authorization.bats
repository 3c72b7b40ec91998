# SPDX-License-Identifier: ISC
# RFC 1939 sections 4 and 7: the AUTHORIZATION state; USER, PASS and APOP.

load ../lib/common
load ../lib/session

prepare() {
	recorder
}

# The backend lets nobody in but demo with the password demo.
strict() {
	on login <<-'END'
	case $line in
	'login demo demo') echo OK ;;
	*) echo ERR ;;
	esac
	END
}

@test "P2.3: QUIT before a login: +OK, the end, and no commit" {
	session 'USER demo' QUIT
	matches '+OK *' '+OK *' '+OK *'
	requested
	[ "$status" -eq 0 ]
}

@test "P2.4: USER says nothing about who is known" {
	strict
	session 'USER demo' 'USER nobody' QUIT
	matches '+OK *' '+OK send PASS' '+OK send PASS' '+OK *'
	requested
}

# bats test_tags=long
@test "P2.4: where secrets in clear are not allowed USER and PASS are -ERR" {
	for who in never local; do
		options=(--cleartext "$who" --auth-delay 0)
		session 'USER demo' 'PASS demo' CAPA QUIT
		matches '+OK *' '-ERR *TLS' '-ERR *' '+OK *' TOP UIDL \
			RESP-CODES AUTH-RESP-CODE PIPELINING \
			'IMPLEMENTATION *' . '+OK *'
		requested
	done
	# A socket pair is local, and so is a loopback address.
	talk <<-END
		$begin
		$end
	END
	talk --on tcp --local ::1 <<-END
		$begin
		$end
	END
	options=(--cleartext never)
	talk <<-'END'
		expect +OK *
		send USER demo
		expect -ERR *TLS
	END
}

@test "P2.5: PASS only after USER, with nothing but CAPA in between" {
	options+=(--max-errors 100)
	session 'PASS demo' \
		'USER demo' NOOP 'PASS demo' \
		'USER demo' 'CAPA x' 'PASS demo' \
		'USER demo' AUTH 'PASS demo' \
		'USER demo' CAPA STLS 'PASS demo' \
		'USER demo' "NOOP $(times 300 x)" 'PASS demo' \
		'USER demo' "$(times 13000 x)" 'PASS demo' \
		'USER demo' 'USER a b' 'PASS demo' \
		'USER demo' '' 'PASS demo' QUIT
	sed -n 's/^\(+OK\|-ERR\) .*/\1/p' out | tr '\n' ' ' >verdicts
	[ "$(cat verdicts)" = "+OK -ERR $(: \
		)+OK -ERR -ERR $(: \
		)+OK -ERR -ERR $(: \
		)+OK +OK -ERR $(: \
		)+OK +OK -ERR -ERR $(: \
		)+OK -ERR -ERR $(: \
		)+OK -ERR -ERR $(: \
		)+OK -ERR -ERR $(: \
		)+OK -ERR -ERR +OK " ]
	requested
}

@test "a client that asks CAPA between USER and PASS gets in" {
	session 'USER demo' CAPA capa 'PASS demo' QUIT
	sed -n 's/^\(+OK\|-ERR\) .*/\1/p' out | tr '\n' ' ' >verdicts
	[ "$(cat verdicts)" = '+OK +OK +OK +OK +OK +OK ' ]
	requested 'login demo demo' 'list demo' 'commit 0'
	# It brings no name of its own, and none back.
	session CAPA 'PASS demo' 'USER demo' 'PASS wrong' CAPA 'PASS demo' QUIT
	refute grep -q 'login demo demo' requests
}

@test "P2.5: after a PASS that failed a new USER is needed" {
	strict
	session 'USER demo' 'PASS wrong' 'PASS demo' \
		'USER demo' "PASS $(times 300 x)" 'PASS demo' \
		'USER demo' PASS 'PASS demo' "${login[@]}" QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '-ERR *' '+OK *' '-ERR *' \
		'-ERR *' '+OK *' '-ERR missing argument' '-ERR *' \
		'+OK *' '+OK *' '+OK *'
	requested 'login demo wrong' 'login demo demo' 'list demo' 'commit 0'
}

@test "P2.6: every blank of a password is the password's" {
	session 'USER demo' 'PASS   two before, one  inside, two after  ' QUIT
	requested 'login demo   two before, one  inside, two after  ' \
		'list demo' 'commit 0'
	session 'USER demo' 'PASS ' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *'
	[ "$(sed -n 's/login/&/p' requests | cat -A | tail -n 1)" = 'login demo $' ]
}

@test "P1.5 P1.13: a password of 248 octets, 8-bit, comes whole" {
	password=$(times 248 $'\377')
	session 'USER demo' "PASS $password" QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *'
	requested "login demo $password" 'list demo' 'commit 0'
	session $'USER d\303\251' 'PASS x' QUIT
	asked $'login d\303\251 x'
}

@test "a user name with a blank, or that is a path: -ERR, nothing is sent" {
	options+=(--max-errors 100)
	session 'USER a b' 'PASS x' 'USER ' 'PASS x' USER 'PASS x' \
		'USER ../x' 'PASS x' 'USER .x' 'PASS x' 'USER -x' 'PASS x' \
		'USER a/b' 'PASS x' $'USER a\tb' 'PASS x' $'USER a\177' 'PASS x' \
		QUIT
	[ "$(grep -c '^-ERR' out)" -eq 18 ]
	[ "$(grep -c '^+OK' out)" -eq 2 ]
	requested
}

@test "a user name of 248 octets is one" {
	name=$(times 248 n)
	session "USER $name" 'PASS x' QUIT
	requested "login $name x" "list $name" 'commit 0'
}

@test "P1.7: commands of the other state are -ERR, and say which" {
	options+=(--max-errors 100)
	store a
	session STAT LIST 'RETR 1' 'DELE 1' NOOP RSET 'TOP 1 0' UIDL QUIT
	matches '+OK *' '-ERR log in first' \
		'-ERR log in first' \
		'-ERR log in first' \
		'-ERR log in first' \
		'-ERR log in first' \
		'-ERR log in first' \
		'-ERR log in first' \
		'-ERR log in first' '+OK *'
	requested
	session "${login[@]}" 'USER demo' 'PASS demo' 'AUTH PLAIN' AUTH STLS \
		"APOP demo $(times 32 a)" STAT QUIT
	matches '+OK *' '+OK *' '+OK *' \
		'-ERR already logged in' \
		'-ERR already logged in' \
		'-ERR already logged in' \
		'-ERR already logged in' \
		'-ERR already logged in' \
		'-ERR already logged in' '+OK 1 *' '+OK *'
}

# bats test_tags=long
@test "P2.7: IN-USE where the lock cannot be had; free once it ends" {
	on login <<<'echo "lock $PWD/lock"; echo OK'
	talk <<-END
		$begin
		shell ! flock -n lock true
		$end
	END
	[ "$(stat -c %a lock)" = 600 ]
	flock -n lock true
	exec 7<lock
	flock -n 7
	talk <<-'END'
		expect +OK *
		send USER demo
		expect +OK *
		send PASS demo
		expect -ERR [IN-USE] *
		eof
	END
	# Whatever the result is: the manual warns of a lock before the password.
	on login <<<'echo "lock $PWD/lock"; echo ERR'
	session 'USER demo' 'PASS wrong'
	matches '+OK *' '+OK *' '-ERR [IN-USE] *'
	exec 7<&-
	# ... and by login's failure, where the client may try again.
	on login <<-'END'
	echo "lock $PWD/lock"
	case $line in
	*demo) echo OK ;;
	*) echo ERR ;;
	esac
	END
	talk <<-END
		expect +OK *
		send USER demo
		expect +OK *
		send PASS wrong
		expect -ERR [AUTH] *
		shell flock -n lock true
		send USER demo
		expect +OK *
		send PASS demo
		expect +OK *
		shell ! flock -n lock true
		vanish
	END
	flock -n lock true
}

@test "P2.7: a maildrop that cannot be had fails the login, and frees the lock" {
	on login <<<'echo "lock $PWD/lock"; echo OK'
	on list <<<'[ -e ready ] && echo "msg - a $PWD/store/a" && echo OK ||
		echo "TEMP not yet"'
	store a
	talk <<-END
		expect +OK *
		send USER demo
		expect +OK *
		send PASS demo
		expect -ERR [SYS/TEMP] not yet
		shell flock -n lock true && touch ready
		send STAT
		expect -ERR log in first
		send USER demo
		expect +OK *
		send PASS demo
		expect +OK 1 messages
		shell ! flock -n lock true
		$end
	END
}

@test "P2.8: numbered from 1, frozen for the session, no marks at its start" {
	store b
	talk <<-END
		$begin
		shell cp store/b store/a
		send LIST
		expect +OK 1 messages
		expect 1 20
		expect .
		send DELE 1
		expect +OK *
		vanish
	END
	session "${login[@]}" UIDL 'RETR 2' 'TOP 3 0' QUIT
	matches '+OK *' '+OK *' '+OK 2 messages' '+OK *' '1 a' '2 b' . \
		'+OK *' 'Subject: b' '' text . '-ERR no such message' \
		'+OK *'
	[ "$(kept)" = 'a b' ]
}

@test "P2.9: APOP: name, digest and timestamp reach the backend" {
	# RFC 1939 section 7 has this example.
	[ "$(printf '<1896.697170952@dbc.mtview.ca.us>tanstaaf' | md5sum)" = \
		'c4c9334bac560ecc979e58001b3e22fb  -' ]
	on hello <<<'printf "%s\n" apop "OK 1 hello"'
	on apop <<-'END'
	set -- $line
	digest=$(printf '%s' "$4tanstaaf" | md5sum)
	[ "$2" = mrose ] && [ "$digest" = "$3  -" ] && echo OK || echo ERR
	END
	cat >client <<-'END'
	import hashlib, sys
	stamp = open("greeting").read().split()[-1]
	print("APOP mrose " + hashlib.md5((stamp + "tanstaaf").encode())
	      .hexdigest())
	END
	mkfifo to from
	options+=(--max-logins 9)
	own
	"${user_prefix[@]}" "$SKEL" "${options[@]}" -- "${backend[@]}" <to >from 2>log 3>&- &
	pid=$!
	started+=("$pid")
	exec 8>to 9<from
	IFS= read -r -t 10 -u 9 line
	printf '%s\n' "${line%$'\r'}" >greeting
	printf 'APOP mrose %s\r\n' "$(times 32 0)" >&8
	IFS= read -r -t 10 -u 9 line
	[[ $line == '-ERR [AUTH] '* ]]
	# It is still the AUTHORIZATION state, and the timestamp the same.
	python3 client | tr -d '\n' >&8
	printf '\r\nSTAT\r\nQUIT\r\n' >&8
	IFS= read -r -t 10 -u 9 line
	[[ $line == '+OK 0 messages'* ]]
	IFS= read -r -t 10 -u 9 line
	[[ $line == '+OK 0 0'* ]]
	exec 8>&- 9<&-
	wait "$pid"
	stamp=$(sed 's/.* //' greeting)
	requested "apop mrose $(times 32 0) $stamp" \
		"$(python3 client | sed 's/^APOP/apop/') $stamp" \
		'list mrose' 'commit 0'
}

@test "P2.9: what is no digest, or no name, is -ERR and not asked" {
	on hello <<<'printf "%s\n" apop "OK 1 hello"'
	options+=(--max-errors 100)
	session APOP 'APOP demo' 'APOP demo abc' "APOP demo $(times 33 a)" \
		"APOP demo $(times 32 A)" "APOP demo $(times 31 a)g" \
		"APOP  $(times 32 a)" "APOP ../a $(times 32 a)" \
		"APOP demo $(times 32 a) x" QUIT
	[ "$(grep -c '^-ERR ' out)" -eq 9 ]
	requested
}

@test "P2.10: APOP is off where the backend did not offer it" {
	session "APOP demo $(times 32 a)" CAPA QUIT
	matches '+OK *' '-ERR command unimplemented' '+OK *' TOP UIDL RESP-CODES \
		AUTH-RESP-CODE PIPELINING 'IMPLEMENTATION *' USER \
		'SASL PLAIN LOGIN' . '+OK *'
	refute grep -q '<' out
	requested
}

@test "P2.10: a user may be open to APOP alone" {
	on hello <<<'printf "%s\n" apop no-password "OK 1"'
	session "${login[@]}" CAPA "APOP demo $(times 32 a)" QUIT
	matches '+OK *' '-ERR [SYS/PERM] *' '-ERR *' '+OK *' TOP UIDL \
		RESP-CODES AUTH-RESP-CODE PIPELINING 'IMPLEMENTATION *' . \
		'-ERR *' '+OK *'
	refute asked 'login demo demo'
}

@test "P5.12: which failure has which code" {
	on login <<-'END'
	case $line in
	*1) echo ERR ;;
	*2) echo TEMP ;;
	*3) echo DEFAULT ;;
	*4) echo 'ERR [LOGIN-DELAY] too early' ;;
	*5) exit 1 ;;
	esac
	END
	session 'USER a' 'PASS 1' 'USER a' 'PASS 2' 'USER a' 'PASS 3' \
		'USER a' 'PASS 4' 'USER a' 'PASS 5' QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] login failed' \
		'+OK *' '-ERR [SYS/TEMP] try again later' \
		'+OK *' '-ERR [SYS/PERM] this way *' \
		'+OK *' '-ERR [LOGIN-DELAY] too early' \
		'+OK *' '-ERR [SYS/TEMP] the mail backend failed'
	[ "$status" -eq 75 ]
	sed -n 's/.*refused.* user=/user=/p' log | diff - <(printf 'user=a %s\n' \
		why=login 'why="login answered TEMP"' \
		'why="login answered DEFAULT"' why=login)
}

@test "a maildrop that the backend refuses is a line of the log" {
	on list <<<'echo "ERR it is moving"'
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '-ERR it is moving' '+OK *'
	logged '^<5>refused .* user=demo why="list answered ERR" text="it is moving"$'
}

@test "what is pipelined behind a failed login is answered, unharmed" {
	strict
	store a
	session 'USER demo' 'PASS a very long password that is wrong' \
		"${login[@]}" STAT QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *' '+OK 1 *' '+OK 1 20' \
		'+OK *'
	requested 'login demo a very long password that is wrong' \
		'login demo demo' 'list demo' 'commit 0'
}

@test "a failed login is answered before its delay to those that came before" {
	strict
	options=(--cleartext always --auth-delay 60)
	talk <<-'END'
		expect +OK *
		raw USER demo\r\nPASS wrong\r\n
		expect +OK send PASS
		silence 0.3
		signal TERM
		eof
	END
}

@test "an idle timer shorter than a login's delay does not strike in it" {
	strict
	options=(--cleartext always --auth-delay 2 --timeout 1)
	talk <<-'END'
		expect +OK *
		raw USER demo\r\nPASS wrong\r\n
		expect +OK send PASS
		expect -ERR [AUTH] *
		# It waited; it did not spin for a second.
		shell awk '$14 + $15 > 50 { exit 1 }' /proc/$PID/stat
		send QUIT
		expect +OK *
	END
	logged 'ended .* why=quit'
}
