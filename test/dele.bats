# SPDX-License-Identifier: ISC
# RFC 1939 section 5: DELE, RSET and NOOP; the modes that change DELE.

setup_file() {
	load lib/common
	common_setup_file
}

setup() {
	load lib/common
	load lib/session
	common_setup
	session_setup
	recorder
}

teardown() {
	common_teardown
}

@test "P3.5: DELE marks; a second one is -ERR, and nothing of it is had" {
	store a b
	session "${login[@]}" 'DELE 1' 'DELE 1' 'RETR 1' 'TOP 1 0' 'LIST 1' \
		'UIDL 1' 'RETR 2'
	matches '+OK *' '+OK *' '+OK *' '+OK *' '-ERR *' '-ERR *' '-ERR *' \
		'-ERR *' '-ERR *' '+OK *' 'Subject: b' '' text .
	requested 'login demo demo' 'list demo' 'dele 1 a'
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
		"expunge 2 b $work/store/b" 'commit 1'
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

@test "dele and rset are asked until they are answered DEFAULT" {
	store a b c
	on dele <<-'END'
	case $line in
	*' 1 '*) echo 'OK as you like' ;;
	*' 2 '*) echo 'ERR not this one' ;;
	*' 3 '*) echo 'TEMP not now' ;;
	esac
	END
	on rset <<<'echo ERR never'
	session "${login[@]}" 'DELE 1' 'DELE 2' 'DELE 3' RSET STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK as you like' '-ERR not this one' \
		'-ERR [SYS/TEMP] not now' '-ERR never' '+OK 2 40' '+OK *'
	[ "$(kept)" = 'b c' ]
}

@test "--mode read-only: DELE is -ERR, and asks nobody" {
	store a
	options+=(--mode read-only)
	session "${login[@]}" 'DELE 1' STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '-ERR *read-only' '+OK 1 20' '+OK *'
	requested 'login demo demo' 'list demo' 'commit 0'
}

@test "--mode keep: DELE is +OK, and the mail stays" {
	store a b
	options+=(--mode keep)
	session "${login[@]}" 'DELE 1' STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK 1 20' '+OK *'
	requested 'login demo demo' 'list demo' 'commit 0'
	[ "$(kept)" = 'a b' ]
}

@test "P4.5: --mode fetch-once: QUIT removes what RETR sent whole" {
	store a b c d
	options+=(--mode fetch-once)
	session "${login[@]}" 'RETR 1' 'TOP 2 100' 'DELE 4' QUIT
	[ "$(kept)" = 'b c' ]
	# Only QUIT does; and RSET forgets it.
	session "${login[@]}" 'RETR 1'
	session "${login[@]}" 'RETR 1' RSET QUIT
	[ "$(kept)" = 'b c' ]
	session CAPA QUIT
	grep -qx $'EXPIRE 0\r' out
}
