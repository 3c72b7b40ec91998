# SPDX-License-Identifier: ISC
# RFC 1939 section 5: DELE, RSET and NOOP.

load ../lib/common
load ../lib/session

prepare() {
	recorder
}

@test "P3.5: DELE marks; a second one is -ERR, and nothing of it is had" {
	store a b
	session "${login[@]}" 'DELE 1' 'DELE 1' 'RETR 1' 'TOP 1 0' 'LIST 1' \
		'UIDL 1' 'RETR 2'
	matches '+OK *' '+OK *' '+OK *' '+OK *' '-ERR *' '-ERR *' '-ERR *' \
		'-ERR *' '-ERR *' '+OK *' 'Subject: b' '' text .
	requested 'login demo demo' 'list demo' 'dele 1 a' 'sizes 2 20'
	[ "$(kept)" = 'a b' ]
}

@test "P3.5: DELE of what is not there is -ERR, and asks nobody" {
	store a b
	options+=(--max-errors 100)
	arguments=(0 00 3 -1 +1 1x '1 2' 4294967297 18446744073709551617 ' 1'
		'1 ' 01 $'1\t' '' x)
	session "${login[@]}" DELE "${arguments[@]/#/DELE }" QUIT
	[ "$(grep -c '^-ERR ' out)" -eq $((1 + ${#arguments[@]})) ]
	requested 'login demo demo' 'list demo' 'commit 0'
	[ "$(kept)" = 'a b' ]
}

@test "P3.7: RSET unmarks all" {
	store a b c
	session "${login[@]}" 'DELE 1' 'DELE 3' RSET STAT 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' '+OK 3 messages' \
		'+OK 3 60' '+OK *' '+OK *'
	requested 'login demo demo' 'list demo' 'dele 1 a' rset \
		"expunge 2 b $work/store/b" 'commit 1' 'sizes 1 20 3 20'
	[ "$(kept)" = 'a c' ]
}

@test "P3.6: NOOP does nothing, and takes no argument" {
	session "${login[@]}" NOOP 'NOOP x' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '-ERR *' '+OK *'
	requested 'login demo demo' 'list demo' 'commit 0'
}

@test "P3.13: LAST is not there, as RFC 1939 has it" {
	session "${login[@]}" LAST QUIT
	matches '+OK *' '+OK *' '+OK *' \
		'-ERR unknown TRANSACTION state command' '+OK *'
}
