# SPDX-License-Identifier: ISC
# RFC 1939 section 3 and RFC 2449 section 4: command lines, good and bad.
#
# bats file_tags=full

load ../lib/common
load ../lib/session

prepare() {
	recorder
}

@test "P1.1: keywords are case-insensitive, arguments are not" {
	session 'uSeR Demo' 'pAsS DeMo' StAt lIsT nOoP quit
	matches '+OK *' '+OK *' '+OK *' '+OK 0 0' '+OK *' . '+OK *' '+OK *'
	requested 'login Demo DeMo' 'list Demo' 'commit 0'
}

@test "P1.3: a bare LF ends a command as well; a lone CR does not" {
	session_raw 'USER demo\nPASS demo\nSTAT\r\nNOOP\rSTAT\nQUIT\n'
	matches '+OK *' '+OK *' '+OK *' '+OK 0 0' '-ERR *' '+OK *'
	only_crlf out
}

@test "P1.3: one blank separates, and no other" {
	store a
	session "${login[@]}" 'RETR  1' $'RETR\t1' ' STAT' 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '-ERR *' '-ERR *' '-ERR *' '+OK *' \
		'Subject: a' '' text . '+OK *'
}

@test "P1.5: 255 octets are taken, whether they end in CRLF or in LF" {
	# "USER " and CRLF are 7 of them.
	session "USER $(times 248 u)" 'PASS x' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *'
	session "USER $(times 249 u)" 'PASS x' QUIT
	matches '+OK *' '-ERR line too long' '-ERR *' '+OK *'
}

# bats test_tags=long
@test "P1.5: an overlong line is answered once, and none of it is a command" {
	for length in 256 512 4095 4096 8192 12285 12286 12287 12288 12289 \
		16383 16384 16385 40000; do
		# What looks like a command stands in it at each read's edge.
		session "$(times $((length / 7 + 1)) 'NOOP x ' |
			head -c "$length")" "${login[@]}" QUIT
		matches '+OK *' '-ERR line too long' '+OK *' '+OK *' '+OK *'
	done
}

@test "P1.5: an overlong line in pieces, and without an end" {
	times 9000 a >much
	talk <<-'END'
		expect +OK *
		bytes much
		silence 0.1
		bytes much
		silence 0.1
		raw \nNOOP x
		expect -ERR line too long
		bytes much
		raw \r
		silence 0.1
		raw \n
		expect -ERR line too long
		send CAPA
		expect +OK *
		lines 8
		bytes much
		bytes much
		close
		eof
	END
}

@test "P1.5: a line of a million octets gets one answer" {
	python3 -c 'print("USER " + "x" * 1000000 + "\r\nQUIT\r")' >sent
	session_from sent
	matches '+OK *' '-ERR line too long' '+OK *'
}

@test "P1.6: unknown, unimplemented, and with wrong arguments: -ERR" {
	options+=(--max-errors 100)
	store a
	session FOO STLS '' ' ' . "$(times 16 A)" "$(times 17 A)" "${login[@]}" \
		FOO 'FOO BAR' LAST 'LIST x' RETR 'RETR 1 2' 'STAT 1' '' 'QUIT 1' \
		'NOOP 1' 'RSET 1' 'UIDL x' DELE TOP XTND RPOP QUIT
	matches '+OK *' '-ERR unknown AUTHORIZATION state command' \
		'-ERR command unimplemented' '-ERR *' '-ERR *' '-ERR *' \
		'-ERR unknown AUTHORIZATION state command' \
		'-ERR unknown AUTHORIZATION state command' \
		'+OK *' '+OK *' \
		'-ERR unknown TRANSACTION state command' \
		'-ERR unknown TRANSACTION state command' \
		'-ERR unknown TRANSACTION state command' \
		'-ERR *' '-ERR *' '-ERR *' '-ERR *' '-ERR *' '-ERR *' '-ERR *' \
		'-ERR *' '-ERR *' '-ERR *' '-ERR *' \
		'-ERR unknown TRANSACTION state command' \
		'-ERR unknown TRANSACTION state command' '+OK *'
}

@test "P1.13: NUL and control octets anywhere in a command: -ERR" {
	options+=(--max-errors 100)
	store a
	session_raw 'USER a\0b\r\nUS\0ER a\r\n\0\r\nUSER a\1\r\nUSER a\33[A\r\n'$(:
		)'USER a\177\r\nUSER demo\r\nPASS de\0mo\r\n'$(:
		)'USER demo\r\nPASS de\rmo\r\nUSER demo\r\nPASS demo\r\n'$(:
		)'STAT\0\r\nRETR 1\0\r\nRETR\0 1\r\nRETR 1\r\r\nQUIT\0\r\nQUIT\r\n'
	matches '+OK *' '-ERR *' '-ERR *' '-ERR *' '-ERR *' '-ERR *' '-ERR *' \
		'+OK *' '-ERR *' '+OK *' '-ERR *' '+OK *' '+OK 1 *' \
		'-ERR *' '-ERR *' '-ERR *' '-ERR *' '-ERR *' '+OK *'
	requested 'login demo demo' 'list demo' 'commit 0'
}

@test "P1.13: 8-bit octets only in the arguments of USER, PASS and claims" {
	on hello <<<'printf "%s\n" "command XTELL trans" "OK 1"'
	on XTELL <<<'echo OK told'
	session_raw 'NOOP\377\r\nUSER\377 a\r\nCAPA \377\r\n'$(:
		)'USER \303\251\r\nPASS \200\377\r\n'$(:
		)'STAT\377\r\nRETR \377\r\nXTELL \303\251\r\nQUIT\r\n'
	matches '+OK *' '-ERR *' '-ERR *' '-ERR *' '+OK *' '+OK *' \
		'-ERR *' '-ERR *' '+OK told' '+OK *'
	asked $'login \303\251 \200\377'
	asked $'XTELL \303\251'
}

@test "more than 20 errors: closed, after one last -ERR" {
	mapfile -t commands < <(yes FOO | head -n 25)
	session "${commands[@]}" QUIT
	[ "$(grep -c '^-ERR ' out)" -eq 21 ]
	[ "$(tail -n 1 out)" = $'-ERR too many errors\r' ]
	[ "$status" -eq 0 ]
	logged 'ended .* why="too many errors"'
	# Twenty are borne, and what is good in between is not counted.
	session "${commands[@]:0:10}" CAPA "${login[@]}" NOOP \
		"${commands[@]:0:10}" NOOP QUIT
	[ "$(grep -c '^-ERR ' out)" -eq 20 ]
	[ "$(tail -n 1 out)" = $'+OK goodbye\r' ]
}

# What a mailbox's state refuses is asked in good faith, for each message maybe.
# bats test_tags=long
@test "25 marked messages, asked for again: QUIT is read, and all are removed" {
	mapfile -t names < <(seq -w 25)
	store "${names[@]}"
	mapfile -t numbers < <(seq 25)
	for again in 'TOP # 0' 'RETR #' 'LIST #' 'UIDL #' 'DELE #'; do
		store "${names[@]}"
		mapfile -t commands < <(printf "${again/\#/%d}\n" "${numbers[@]}")
		session "${login[@]}" "${numbers[@]/#/DELE }" "${commands[@]}" QUIT
		[ "$(grep -c '^-ERR no such message.$' out)" -eq 25 ]
		[ "$(tail -n 1 out)" = $'+OK goodbye\r' ]
		[ "$(kept)" = '*' ]
	done
}

@test "25 messages that vanished, 25 refusals: the session goes on" {
	mapfile -t names < <(seq -w 25)
	store "${names[@]}"
	mapfile -t numbers < <(seq 25)
	on retr <<<'echo ERR'
	on dele <<<'echo ERR not this one'
	on list <<-'END'
	for file in store/*; do
		echo "msg 9 ${file#*/} $PWD/$file"
	done
	rm store/*
	echo OK
	END
	session "${login[@]}" "${numbers[@]/#/RETR }" "${numbers[@]/#/DELE }" QUIT
	[ "$(grep -c '^-ERR ' out)" -eq 50 ]
	[ "$(tail -n 1 out)" = $'+OK goodbye\r' ]
	options+=(--mode read-only)
	store "${names[@]}"
	session "${login[@]}" "${numbers[@]/#/DELE }" QUIT
	[ "$(grep -c '^-ERR ' out)" -eq 25 ]
	[ "$(tail -n 1 out)" = $'+OK goodbye\r' ]
}

@test "--max-errors: every kind of bad command counts; nothing is removed" {
	store a
	options+=(--max-errors 5)
	session "${login[@]}" 'DELE 1' 'RETR 9' 'TOP 0 0' 'LIST x' $'\001' \
		"$(times 300 x)" 'USER x' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '-ERR *' '-ERR *' '-ERR *' \
		'-ERR *' '-ERR *' '-ERR too many errors'
	[ "$(kept)" = a ]
	refute grep -q 'expunge\|commit' requests
}

# A session whose limit, an option of prlimit(1), is tiny.
limited() {
	printf '%s\r\n' "${login[@]}" STAT 'RETR 1' QUIT >sent
	own
	status=0
	# shellcheck disable=SC2002 # Pipes on both sides, not files.
	cat sent | as_user timeout 60 prlimit "$1" "$SKEL" "${options[@]}" -- \
		"${backend[@]}" 2>log | cat >out
	status=${PIPESTATUS[1]}
}

@test "tiny limits: 75 and a line of the log, or all is well; no signal, no silence" {
	local limit
	[ -z "${POP3_SKEL_SANITIZED-}" ] || skip 'the sanitizers need their own'
	store a b
	for limit in --stack={16384,32768,65536,131072} \
		--data={131072,262144,524288,1048576} \
		--as={400000,700000,1000000,4000000} \
		--nofile={0,2,3,4,6,9,10,12} --nproc=1; do
		limited "$limit"
		printf '%s: %s\n' "$limit" "$status"
		case $status in
		0) grep -q '^+OK goodbye' out ;;
		75) logged '^<3>(fault|backend) ' ;;
		# The loader of a shared program is not ours.
		127) grep -q 'error while loading\|cannot allocate TLS' log ;;
		*) false ;;
		esac
		[ ! -s out ] || [ "$(tail -c 2 out)" = $'\r' ]
	done
	limited --stack=16384
	[ "$status" -eq 75 ]
	logged '^<3>fault what="RLIMIT_STACK is below 64 KiB"$'
	limited --nofile=4
	matches '-ERR [SYS/TEMP] the mail backend failed'
}
