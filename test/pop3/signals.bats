# SPDX-License-Identifier: ISC
# Signals, and clients that vanish: the session rolls back, the backend hears
# the end of its input, and the exit status is 0 (UPDATE: quit.bats).
#
# bats file_tags=full

load ../lib/common
load ../lib/session

prepare() {
	recorder
	store a
}

# A mail that no socket's or pipe's buffers hold.
large() {
	python3 -c 'open("store/a", "w").write("0123456789abcde\n" * 1000000)'
}

# bats test_tags=long
@test "SIGTERM in AUTHORIZATION and in TRANSACTION: no word, and status 0" {
	for name in TERM HUP INT; do
		talk <<-END
			expect +OK *
			signal $name
			eof
			status 0
		END
		requested
		logged '^<6>ended .* why=terminated '
		talk <<-END
			$begin
			send DELE 1
			expect +OK *
			signal $name
			eof
			status 0
		END
		requested 'login demo demo' 'list demo' 'dele 1 a'
		logged '^<6>ended .* why=terminated '
	done
}

@test "SIGTERM while the backend is asked: it is ended, no word" {
	on dele <<<': >reached; read -r line'
	talk <<-END
		$begin
		send DELE 1
		until test -e reached
		signal TERM
		eof
	END
	wait_until 5 asked end
	logged '^<6>ended .* why=terminated '
}

# bats test_tags=long
@test "SIGTERM while a body is sent: no dot, and it is said why" {
	large
	for on in tcp pipe; do
		talk --on "$on" --rcvbuf 4096 <<-END
			$begin
			send RETR 1
			expect +OK *
			signal TERM
			drain part
		END
		refute cmp -s <(tail -c 5 part) <(printf '\r\n.\r\n')
		logged '^<6>ended .* why=terminated '
	done
}

# bats test_tags=long
@test "SIGTERM while the client leaves its answers unread" {
	python3 -c 'open("store/a", "w").write("0123456789abcde\n" * 6400)'
	store b
	aged store/a
	options+=(--debug --max-errors 0)
	# What is no command may be a secret, and is not told.
	for last in QUIT FOO; do
		talk --on pipe <<-END
			$begin
			raw DELE 2\r\nRETR 1\r\n$last\r\n
			until grep -qE '< (QUIT|\*\*\*)' log
			signal TERM
			until grep -q '^<6>ended .* why=' log
			drain part
		END
		requested 'login demo demo' 'list demo' 'dele 2 b' \
			'sizes 1 108800'
		[ "$(kept)" = 'a b' ]
	done
}

@test "SIGTERM while a very large maildrop is counted" {
	truncate -s 1T store/a
	options+=(--debug)
	talk <<-END
		$begin
		send STAT
		until grep -q '< STAT' log
		signal TERM
		eof
	END
	logged '^<6>ended .* why=terminated '
}

@test "SIGTERM while the backend floods: a body that has no end" {
	on list <<<'echo "msg - a"; echo OK'
	on retr <<<'exec yes "|text"'
	options+=(--spool-max 100000)
	talk <<-END
		$begin
		send STAT
		until grep -q '^retr' requests
		signal TERM
		eof
	END
	logged '^<6>ended .* why=terminated '
}

@test "SIGTERM while the backend floods its stderr" {
	on hello <<<'yes noise >&2 & echo OK 1'
	talk <<-'END'
		expect +OK *
		signal TERM
		eof
	END
	logged '^<6>ended .* why=terminated '
}

# bats test_tags=long
@test "a client that vanishes while a body is sent: rolled back, status 0" {
	large
	for on in tcp socketpair pipe pty; do
		talk --on "$on" --rcvbuf 4096 <<-END
			$begin
			send DELE 1
			expect +OK *
			send RSET
			expect +OK *
			send RETR 1
			expect +OK *
			vanish
			status 0
		END
		wait_until 5 asked end
		refute grep -q 'expunge\|commit' requests
		logged '^<6>ended .* why="?(client|terminated)'
	done
}

@test "a client that vanishes while the backend is asked" {
	on dele <<<': >reached; while [ ! -e go ]; do sleep 0.02; done; echo OK'
	for on in tcp pipe; do
		rm -f reached go
		talk --on "$on" <<-END
			$begin
			send DELE 1
			until test -e reached
			shell (sleep 0.2; touch go) 3>&- >/dev/null 2>&1 &
			vanish
			status 0
		END
		wait_until 5 asked end
		refute grep -q 'expunge\|commit' requests
	done
}

# bats test_tags=long
@test "a client that is gone before the greeting" {
	# Once the session has started: who goes before has none (proxy.bats).
	on hello <<<': >reached; while [ ! -e go ]; do sleep 0.02; done; echo OK 1'
	for on in tcp socketpair pipe; do
		rm -f reached go
		talk --on "$on" <<-'END'
			until test -e reached
			vanish
			shell touch go
			status 0
		END
		logged '^<6>ended .* why="client '
	done
}

@test "half-close: what was sent is answered, then the end" {
	for on in tcp socketpair; do
		talk --on "$on" <<-'END'
			raw USER demo\r\nPASS demo\r\nRETR 1\r\n
			close
			skip 3
			expect +OK *
			mail store/a
			eof
		END
		requested 'login demo demo' 'list demo' 'sizes 1 20'
		logged '^<6>ended .* why="client closed" '
	done
}

@test "SIGTERM while the last answers wait for a client that reads nothing" {
	on list <<<'i=0; while [ $((i += 1)) -le 9000 ]; do
		echo "msg $i unique-id-$i"; done; echo OK'
	options+=(--max-errors 0)
	talk --rcvbuf 4096 <<-END
		$begin
		raw UIDL\r\nFOO\r\n
		expect +OK *
		signal TERM
		until grep -q '^<6>ended' log
		drain part
	END
	refute grep -q '^-ERR' part
}

@test "SIGTERM comes through to a client that never lets us wait" {
	own
	# In one line that never ends there is always something to read.
	"${user_prefix[@]}" "$SKEL" "${options[@]}" --timeout 0 --login-timeout 0 -- \
		"${backend[@]}" </dev/zero >/dev/null 2>log 3>&- &
	pid=$!
	started+=("$pid")
	wait_until 5 test -s requests
	kill -TERM "$pid"
	wait_until 5 gone "$pid"
	logged '^<6>ended .* why=terminated '
}

@test "SIGPIPE and SIGCHLD end nothing, nor do stops" {
	talk <<-END
		$begin
		signal PIPE
		signal CHLD
		signal STOP
		signal CONT
		signal ALRM
		send NOOP
		expect +OK *
		$end
	END
}

# bats test_tags=long
@test "the backend is ended after the session, however it clings" {
	on hello <<<'trap "" TERM HUP; echo $$ >process; echo OK 1
		while :; do sleep 60; done'
	talk <<-'END'
		expect +OK *
		send QUIT
		expect +OK *
		eof
	END
	wait_until 5 gone "$(cat process)"
}

@test "SIGKILL of the session: its backend hears the end of its input" {
	on list <<<'echo "lock $PWD/lock"; echo "msg - a $PWD/store/a"; echo OK'
	talk <<-END
		$begin
		shell ! flock -n lock true
		signal KILL
		eof
	END
	wait_until 5 asked end
	flock -n lock true
}

@test "a client that keeps sending after QUIT does not hold the session" {
	cat >client <<-'END'
	import socket, subprocess, sys, time
	ours, theirs = socket.socketpair()
	process = subprocess.Popen(sys.argv[1:], stdin=theirs, stdout=theirs,
	                           stderr=open("log", "wb"))
	theirs.close()
	ours.sendall(b"QUIT\r\n")
	end = time.monotonic() + 30
	while process.poll() is None and time.monotonic() < end:
	    try:
	        ours.send(b"NOOP\r\n" * 100)
	    except (BrokenPipeError, ConnectionResetError):
	        break
	assert process.wait(10) == 0
	got = ours.recv(4096)
	assert got == b"+OK POP3 server ready\r\n+OK goodbye\r\n", got
	END
	own
	python3 client "${user_prefix[@]}" "$SKEL" "${options[@]}" -- \
		"${backend[@]}"
}
