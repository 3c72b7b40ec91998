# SPDX-License-Identifier: ISC
# RFC 2449 section 6.6: PIPELINING; and how few writes answers take.

load ../lib/common
load ../lib/session

prepare() {
	recorder
}

@test "P1.14 P5.8: commands in one packet are each answered, in order" {
	store a b
	for on in tcp socketpair pipe; do
		talk --on "$on" <<-'END'
			raw USER demo\r\nPASS demo\r\nSTAT\r\nNOOP\r\nUIDL 2\r\nFOO\r\nRETR 1\r\nLIST\r\nDELE 1\r\nRSET\r\nQUIT\r\n
			expect +OK POP3 server ready
			expect +OK send PASS
			expect +OK 2 messages
			expect +OK 2 40
			expect +OK nothing done
			expect +OK 2 b
			expect -ERR unknown TRANSACTION *
			expect +OK *
			mail store/a
			expect +OK 2 messages
			lines 2
			expect +OK message marked *
			expect +OK *
			expect +OK goodbye
			eof
		END
	done
}

@test "P1.14: one octet at a time, and cut anywhere" {
	store a
	talk <<-'END'
		drip 0.001 USER demo\r\nPASS demo\r\nRETR 1\r\nQUIT\r\n
		skip 3
		expect +OK *
		mail store/a
		expect +OK goodbye
		eof
	END
	python3 - <<-'END'
	whole = b"USER demo\r\nPASS demo\r\nSTAT\r\nRETR 1\r\nQUIT\r\n"
	with open("script", "w") as script:
	    for at in range(0, len(whole), 7):
	        piece = whole[at:at + 7].decode().encode("unicode_escape")
	        script.write("raw " + piece.decode() + "\nsilence 0\n")
	    script.write("skip 3\nexpect +OK 1 20\nexpect +OK *\nmail store/a\n")
	    script.write("expect +OK goodbye\neof\n")
	END
	sed -i 's/^silence 0$/shell :/' script
	talk --on tcp <script
}

@test "P5.8: 10,000 RETRs at once are answered in one go" {
	printf 'Subject: one\n\n.dot\n' >store/a
	python3 - <<-'END'
	body = b"+OK message follows\r\nSubject: one\r\n\r\n..dot\r\n.\r\n"
	open("sent", "wb").write(b"USER demo\r\nPASS demo\r\n" +
	                         b"RETR 1\r\n" * 10000 + b"QUIT\r\n")
	body = (body + body.replace(b"message follows", b"22 octets") * 9999)
	open("expected", "wb").write(
	    b"+OK POP3 server ready\r\n+OK send PASS\r\n+OK 1 messages\r\n" +
	    body + b"+OK goodbye\r\n")
	END
	session_from sent
	cmp expected out
	logged ' retr=10000 retr_octets=220000 '
}

@test "P5.8: input is not read without bound while the client reads nothing" {
	store a
	own
	cat >client <<-'END'
	import os, select, socket, subprocess, sys
	ours, theirs = socket.socketpair()
	process = subprocess.Popen(sys.argv[1:], stdin=theirs, stdout=theirs,
	                           stderr=open("log", "wb"))
	theirs.close()
	ours.setblocking(False)
	ours.send(b"USER demo\r\nPASS demo\r\n")
	data, sent = b"RETR 1\r\n" * 4096, 0
	# What the kernel and one read of the server's take, and no more.
	while select.select([], [ours], [], 1)[1] and sent < 64 << 20:
	    sent += ours.send(data[sent % 8:])
	assert sent < 8 << 20, sent
	# It was only waiting: each whole command has its answer.
	ours.shutdown(socket.SHUT_WR)
	ours.setblocking(True)
	got = b"".join(iter(lambda: ours.recv(1 << 20), b""))
	assert got.count(b"\r\n.\r\n") == sent // 8, (got.count(b"."), sent)
	assert process.wait(10) == 0
	END
	python3 client "${user_prefix[@]}" "$SKEL" "${options[@]}" -- \
		"${backend[@]}"
}

@test "a client that pipelines and never reads does not deadlock a good one" {
	store a
	talk --on tcp --rcvbuf 4096 --timeout 30 <<-END
		$begin
		flood 5000 RETR 1
		flood 5000 NOOP
		send UIDL 1
		shell true
		send QUIT
		drain all
	END
	[ "$(grep -c '^+OK ' all)" -eq 10002 ]
	[ "$(tail -n 1 all)" = $'+OK goodbye\r' ]
}

@test "a batch is answered in few writes, and asks for no timer" {
	tracing -e trace=write,writev,sendto,alarm,setitimer
	{
		printf '%s\r\n' "${login[@]}"
		yes NOOP | head -n 1000 | sed 's/$/\r/'
		printf 'QUIT\r\n'
	} >sent
	own
	"${traced[@]}" "$SKEL" "${options[@]}" -- "${backend[@]}" \
		<sent >out 2>log
	[ "$(grep -c '^+OK nothing done' out)" -eq 1000 ]
	[ "$(grep -cE '^(write|writev|sendto)\(1, ' trace)" -le 10 ]
	# alarm(2) is setitimer(2) in some C libraries.
	[ "$(grep -cE '^(alarm|setitimer)\(' trace)" -le 10 ]
}
