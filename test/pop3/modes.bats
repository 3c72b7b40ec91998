# SPDX-License-Identifier: ISC
# --mode, with a Maildir: nothing of it needs the backend.

load ../lib/common

prepare() {
	messages new/1.a new/2.b cur/3.c:2,
}

# What is left, by the time in the name.
left() {
	stored | sed 's/.*\///; s/\..*//' | sort | tr -d '\n'
}

@test "normal is the default: DELE and QUIT remove" {
	session "${login[@]}" 'RETR 1' 'DELE 2' QUIT
	[ "$(left)" = 13 ]
	options+=(--mode normal)
	session "${login[@]}" 'DELE 1' QUIT
	[ "$(left)" = 3 ]
}

@test "read-only: DELE is refused, everything else works" {
	options+=(--mode read-only)
	session "${login[@]}" 'DELE 1' 'DELE 9' RSET STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '-ERR this maildrop is read-only' \
		'-ERR no such message' '+OK *' '+OK 3 *' '+OK *'
	[ "$(left)" = 123 ]
}

@test "keep: DELE is taken, hides the message for the session, and keeps it" {
	options+=(--mode keep)
	session "${login[@]}" 'DELE 1' 'DELE 1' 'RETR 1' 'LIST 1' STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '-ERR *' '-ERR *' '-ERR *' \
		'+OK 2 *' '+OK *'
	[ "$(left)" = 123 ]
	session "${login[@]}" 'DELE 1' RSET STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' '+OK 3 *' '+OK *'
	[ "$(left)" = 123 ]
}

@test "P4.5 P5.9: fetch-once says EXPIRE 0 and removes what RETR sent whole" {
	options+=(--mode fetch-once)
	session CAPA "${login[@]}" CAPA 'RETR 1' 'TOP 2 100' 'DELE 3' QUIT
	[ "$(grep -c '^EXPIRE 0.$' out)" -eq 2 ]
	[ "$(left)" = 2 ]
	[ "$(grep -c ' uid=' log)" -eq 2 ]
}

@test "fetch-once: RETR leaves the message there, and RSET spares it" {
	options+=(--mode fetch-once)
	session "${login[@]}" 'RETR 1' 'RETR 1' STAT RSET QUIT
	[ "$(grep -c '^Subject: new/1.a' out)" -eq 2 ]
	grep -q '^+OK 3 ' out
	[ "$(left)" = 123 ]
}

@test "P4.4: fetch-once: without QUIT nothing is removed" {
	options+=(--mode fetch-once)
	session "${login[@]}" 'RETR 1' 'RETR 2'
	session_raw 'USER demo\r\nPASS demo\r\nRETR 1\r\nQUIT'
	talk <<-END
		$begin
		send RETR 1
		expect +OK *
		mail $box/new/1.a
		signal TERM
		eof
	END
	[ "$(left)" = 123 ]
}

@test "fetch-once: what a client that is gone cannot have got stays" {
	options+=(--mode fetch-once)
	talk <<-END
		$begin
		signal STOP
		raw RETR 1\\r\\nQUIT\\r\\n
		vanish
		signal CONT
	END
	[ "$(left)" = 123 ]
	not_logged 'uid='
	# Whereas a message that it has said to delete is deleted.
	options+=(--mode normal)
	talk <<-END
		$begin
		signal STOP
		raw DELE 1\\r\\nQUIT\\r\\n
		vanish
		signal CONT
	END
	[ "$(left)" = 23 ]
}

@test "fetch-once: a message that broke off, or was not there, stays" {
	local path
	path=$work/mail
	printf 'one\n' >"$path"
	backend_script <<-END
	while IFS= read -r line; do
		case \$line in
		'hello '*) echo 'OK 1' ;;
		'list '*) printf '%s\n' 'msg 5 a $path' 'msg 5 b' 'msg 5 c' OK ;;
		'retr 2 '*) echo ERR ;;
		'retr 3 '*) printf '%s\n' '|one' OK ;;
		'expunge '*) echo "\$line" >>expunged; echo OK ;;
		*) echo OK ;;
		esac
	done
	END
	options+=(--mode fetch-once)
	session "${login[@]}" 'RETR 1' 'RETR 2' 'RETR 3' QUIT
	printf '%s\n' "expunge 1 a $path" 'expunge 3 c' | cmp - expunged
}

@test "a mode that is none" {
	options+=(--mode sometimes)
	session QUIT
	[ "$status" -eq 64 ]
}
