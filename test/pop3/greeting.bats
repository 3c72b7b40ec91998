# SPDX-License-Identifier: ISC
# RFC 1939 sections 3 and 4: the greeting, and what every status line is.

load ../lib/common
load ../lib/session

prepare() {
	recorder
}

@test "P2.1: one positive line, at once, before the client says anything" {
	talk <<-'END'
		expect +OK POP3 server ready
		silence 0.2
		send QUIT
		expect +OK goodbye
		eof
	END
}

@test "--greeting and --goodbye; the backend's own text wins" {
	options+=(--greeting 'mail at your service' --goodbye 'so long')
	session QUIT
	replies '+OK mail at your service' '+OK so long'
	on hello <<<'printf "%s\n" "option goodbye until tomorrow" \
		"OK 1 welcome to my server"'
	session QUIT
	replies '+OK welcome to my server' '+OK until tomorrow'
}

@test "P2.1: a < stands in the greeting for APOP only" {
	options+=(--greeting 'hello <a@b>')
	session QUIT
	replies '+OK hello (a@b)' '+OK goodbye'
	on hello <<<'echo "OK 1 I am <me>"'
	session QUIT
	replies '+OK I am (me)' '+OK goodbye'
}

@test "P2.2: USER is there, and AUTH where it is announced" {
	session CAPA "${login[@]}" QUIT
	grep -qx $'USER\r' out
	matches '+OK *' '+OK *' TOP UIDL RESP-CODES AUTH-RESP-CODE PIPELINING \
		'IMPLEMENTATION *' USER 'SASL PLAIN LOGIN' . \
		'+OK *' '+OK *' '+OK *'
	printf '\0demo\0demo' | base64 >initial
	session "AUTH PLAIN $(cat initial)" QUIT
	matches '+OK *' '+OK 0 messages' '+OK *'
}

@test "P1.4: a greeting of 5,000 octets is cut at 512" {
	on hello <<<"echo OK 1 $(times 5000 x)"
	session QUIT
	matches '+OK *x' '+OK *'
	[ "$(head -n 1 out | wc -c)" -eq 512 ]
	options+=(--greeting "$(times 5000 y)")
	on hello <<<'echo OK 1'
	session QUIT
	matches '+OK *y' '+OK *'
	[ "$(head -n 1 out | wc -c)" -eq 512 ]
}

@test "P1.4: every other text of the backend is cut at 512 as well" {
	on login <<<"echo ERR $(times 5000 x)"
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *x' '+OK *'
	[ "$(sed -n 3p out | wc -c)" -eq 512 ]
}

@test "P1.2 P1.11: CRLF, upper case, and a blank after the verdict" {
	store a b
	on dele <<<'echo OK'
	session FOO "${login[@]}" STAT LIST 'LIST 1' 'LIST 9' UIDL 'UIDL 1' \
		'RETR 1' 'TOP 1 0' 'DELE 1' 'RETR 1' NOOP RSET CAPA '' QUIT
	only_crlf out
	[ "$(grep -cE '^(\+OK|-ERR) ' out)" -eq 19 ]
	[ "$(grep -ciE '^(\+ok|-err)' out)" -eq 19 ]
	options+=(--greeting '' --goodbye '')
	session QUIT
	[ "$(grep -c '^+OK ' out)" -eq 2 ]
}

@test "P1.10 P5.6 P5.13: a code at the start of a text is kept, once" {
	on login <<<'case $line in
		*1) echo "ERR [IN-USE] busy" ;;
		*2) echo "ERR [X-MY/deep-er/level] mine" ;;
		*3) echo "TEMP [SYS/PERM] broken" ;;
		*4) echo "ERR wrong" ;;
		*5) echo "TEMP later" ;;
		esac'
	options+=(--max-logins 100)
	session 'USER a' 'PASS 1' 'USER a' 'PASS 2' 'USER a' 'PASS 3' \
		'USER a' 'PASS 4' 'USER a' 'PASS 5'
	grep -v '^+OK' out >err || :
	printf '%s\r\n' '-ERR [IN-USE] busy' '-ERR [X-MY/deep-er/level] mine' \
		'-ERR [SYS/PERM] broken' '-ERR [AUTH] wrong' \
		'-ERR [SYS/TEMP] later' | diff - err
}

@test "P1.10: any other [ at the start of a text is set off" {
	on hello <<<'echo "OK 1 [welcome to here"'
	on dele <<<'case $line in
		*" 1 "*) echo "ERR [in-use] lower case" ;;
		*" 2 "*) echo "ERR [] empty" ;;
		*" 3 "*) echo "OK [A//B] hollow" ;;
		esac'
	store a b c
	session "${login[@]}" 'DELE 1' 'DELE 2' 'DELE 3' QUIT
	matches '+OK - [welcome to here' '+OK *' '+OK *' \
		'-ERR - [in-use] lower case' '-ERR - [] empty' \
		'+OK - [A//B] hollow' '+OK *'
}

@test "P1.10 P1.12: 8-bit and control octets of a backend's text are replaced" {
	on hello <<<'printf "OK 1 gr\303\274n\t\033[1m\177\n"'
	session QUIT
	matches '+OK gr??n  [1m ' '+OK *'
	options+=(--greeting $'a\r\nb\377')
	on hello <<<'echo OK 1'
	session QUIT
	matches '+OK a  b?' '+OK *'
}

@test "hello answered ERR or TEMP turns the client away, and is no trouble" {
	on hello <<<'echo "ERR not you"'
	session "${login[@]}" QUIT
	matches '-ERR not you'
	[ "$status" -eq 0 ]
	logged '^<6>ended .* why="turned away by the backend"'
	on hello <<<'echo "TEMP come back"'
	session QUIT
	matches '-ERR [SYS/TEMP] come back'
	[ "$status" -eq 0 ]
}

@test "P2.9: APOP's timestamp is in the greeting, and never the same" {
	on hello <<<'printf "%s\n" apop "OK 1 hello"'
	session QUIT
	matches '+OK hello <*.*@*>' '+OK *'
	mv out first
	session QUIT
	matches '+OK hello <*.*@*>' '+OK *'
	refute cmp -s first out
	# However long the text: it is whole, and the line 512 octets at most.
	on hello <<<"echo apop; echo OK 1 $(times 600 x)"
	session QUIT
	matches '+OK *xxx <*.*@*>' '+OK *'
	[ "$(head -n 1 out | wc -c)" -le 512 ]
}
