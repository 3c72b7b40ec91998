# SPDX-License-Identifier: ISC
# RFC 1939 sections 3 and 5: RETR, and multi-line answers.

load ../lib/common
load ../lib/session

prepare() {
	recorder
}

# A session with the RETRs of all messages answers with them, each as this
# says that POP3 sends it.
same_mails() {
	local number=0 file
	{
		printf '%s\r\n' 'USER demo' 'PASS demo' LIST
		for file in store/*; do
			number=$((number + 1))
			printf 'RETR %s\r\n' "$number"
		done
		printf 'QUIT\r\n'
	} >sent
	session_from sent
	python3 - store/* >expected <<-'END'
	import re, sys
	listing, bodies = b"", b""
	for number, name in enumerate(sys.argv[1:], 1):
	    data = re.sub(rb"\r?\n", b"\r\n", open(name, "rb").read())
	    if data and not data.endswith(b"\n"):
	        data += b"\r\n"
	    listing += b"%d %d\r\n" % (number, len(data))
	    bodies += b"+OK %d octets\r\n" % len(data)
	    bodies += re.sub(rb"(?m)^\.", b"..", data) + b".\r\n"
	sys.stdout.buffer.write(
	    b"+OK POP3 server ready\r\n+OK send PASS\r\n+OK %d messages\r\n" %
	    number + b"+OK %d messages\r\n" % number + listing + b".\r\n" +
	    bodies + b"+OK goodbye\r\n")
	END
	cmp expected out
}

@test "P1.9 P3.4 P3.12: dots, line ends, lone CRs and NULs" {
	printf '' >store/a
	printf '.' >store/b
	printf '.\n' >store/c
	printf '.\r\n.' >store/d
	printf '..\n...\n.x\nx.\n' >store/e
	printf 'a\rb\r\r\nc\r' >store/f
	printf '\n.\n\n.\n' >store/g
	printf '\0.\n.\0\n\377\n' >store/h
	printf '\r.\n\r.' >store/i
	same_mails
	# By hand: so that not two agree who are both wrong.
	session "${login[@]}" 'RETR 1' 'RETR 2' 'RETR 4' 'RETR 5' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' . '+OK *' .. . \
		'+OK *' .. .. . '+OK *' ... .... ..x x. . '+OK *'
}

# bats test_tags=long
@test "P1.9: dots and line ends at the edges of what is read at once" {
	python3 - <<-'END'
	n = 0
	for end in b"\n", b"\r\n", b"\r", b"\r\r\n":
	    for line in b".", b"..", b".\r\n.", b"":
	        for at in range(65533, 65538):
	            data = b"x" * at + end + line + end + b"y" * 60 + end
	            open("store/%03d" % n, "wb").write(data)
	            n += 1
	END
	same_mails
}

# bats test_tags=long
@test "P1.9: nothing but dots, line ends or CRs, past every buffer" {
	python3 - <<-'END'
	for name, text in (("a", b".\n"), ("b", b"\n"), ("c", b"\r"),
	                   ("d", b"\r\n"), ("e", b"."), ("f", b".\r")):
	    open("store/" + name, "wb").write(text * 300001)
	END
	same_mails
}

@test "P3.4: not marked, not past the end, not what is no number" {
	store a b
	options+=(--max-errors 100)
	arguments=(0 00 3 -1 +1 1x '1 2' 4294967297 18446744073709551617 ' 1'
		'1 ' 01 $'1\t' '' x "$(times 200 1)")
	session "${login[@]}" 'DELE 2' RETR 'RETR 2' \
		"${arguments[@]/#/RETR }" QUIT
	[ "$(grep -c '^-ERR ' out)" -eq $((2 + ${#arguments[@]})) ]
	[ "$(grep -c '^+OK ' out)" -eq 5 ]
}

@test "P3.4: what cannot be had is -ERR before +OK, and the session goes on" {
	store a b c d e f
	chmod 0 store/a
	ln -sf /etc/motd store/b
	rm store/c store/d store/e
	mkfifo store/c
	mkdir store/d
	ln -s nowhere store/e
	session "${login[@]}" 'RETR 1' 'RETR 2' 'RETR 3' 'RETR 4' 'RETR 5' \
		'TOP 3 0' 'RETR 6' QUIT
	matches '+OK *' '+OK *' '+OK *' '-ERR *' '-ERR *' '-ERR *' '-ERR *' \
		'-ERR *' '-ERR *' '+OK *' 'Subject: f' '' text . '+OK *'
	# It was asked for once, by retr.
	asked "retr 2 b"
}

# bats test_tags=long
@test "P3.4: a file that shrinks while it is sent: no dot, nothing removed" {
	store a
	python3 -c 'open("store/b", "w").write("0123456789abcde\n" * 800000)'
	talk --rcvbuf 4096 <<-END
		$begin
		send DELE 1
		expect +OK *
		send RETR 2
		expect +OK *
		shell truncate -s 6400000 store/b
		send QUIT
		drain rest
	END
	# What came is the message's beginning, and not its end.
	sed 's/$/\r/' store/b >whole
	[ "$(stat -c %s rest)" -le "$(stat -c %s whole)" ]
	cmp -n "$(stat -c %s rest)" rest whole
	[ "$(kept)" = 'a b' ]
	requested 'login demo demo' 'list demo' 'dele 1 a'
	logged 'ended .* why="a message ended before its length"'
}

@test "a message of no octets, known and unknown, has a status and a dot" {
	: >store/a
	session "${login[@]}" 'RETR 1' STAT 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' . '+OK 1 0' '+OK 0 octets' . \
		'+OK *'
}

# bats test_tags=long
@test "a message that grows while it is sent ends where it ended" {
	python3 -c 'open("store/a", "w").write("0123456789abcde\n" * 200000)'
	cp store/a whole
	talk --rcvbuf 4096 <<-END
		$begin
		send RETR 1
		expect +OK *
		shell echo more >>store/a
		mail whole
		$end
	END
}

@test "the summary counts messages and octets of RETR, TOP and DELE" {
	store a b c
	session "${login[@]}" LIST 'RETR 1' 'RETR 2' 'TOP 3 0' 'DELE 1' QUIT
	logged "^<6>ended .* why=quit retr=2 retr_octets=40 top=1 $(: \
		)top_octets=14 dele=1 dele_octets=20 $(: \
		)in=$(stat -c %s sent) out=$(stat -c %s out) seconds=[0-9]+\$"
}

@test "1 GiB comes with less than 2 MiB of memory" {
	[ -z "${POP3_SKEL_SANITIZED-}" ] || skip "sanitizers take more"
	truncate -s 1G store/a
	talk --on tcp --timeout 60 <<-END
		$begin
		send RETR 1
		expect +OK *
		read 1073741824
		expect
		expect .
		shell awk '/^VmHWM/ { exit \$2 >= 2048 }' /proc/\$PID/status
		send STAT
		expect +OK 1 1073741826
		shell awk '/^VmHWM/ { exit \$2 >= 2048 }' /proc/\$PID/status
		$end
	END
	logged ' retr_octets=1073741826 '
}

@test "over TCP: one segment an answer, and no 40 ms for each RETR" {
	store a
	{
		printf '%s\n' "$begin" mark
		for _ in {1..100}; do
			printf '%s\n' 'send RETR 1' 'expect +OK *' 'lines 3'
		done
		printf '%s\n' 'within 0 3' "$end"
	} >script
	talk --on tcp <script
}

@test "over TCP: TCP_NODELAY, and each answer is one write" {
	tracing -s 99 -e trace=setsockopt,sendto,write,sendmsg,writev
	store a
	own
	"$TALK" --on tcp --stderr log -- "${traced[@]}" \
		"$SKEL" "${options[@]}" -- "${backend[@]}" <<-END
		$begin
		send LIST
		expect +OK *
		lines 1
		send RETR 1
		expect +OK *
		mail store/a
		raw STAT\r\nNOOP\r\nTOP 1 0\r\nRETR 1\r\n
		skip 3
		lines 2
		skip 1
		lines 3
		$end
	END
	grep -q '^setsockopt(1, SOL_TCP, TCP_NODELAY, \[1\], 4) *= 0' trace
	# Greeting, USER, PASS, LIST, RETR, four in a batch, QUIT.
	[ "$(grep -cE '^(sendto|write|sendmsg|writev)\(1, ' trace)" -eq 7 ]
	grep -q '^sendto(1, "+OK 20 octets.*\\r\\n\.\\r\\n", ' trace
}
