# SPDX-License-Identifier: ISC
# A terminal: POP3 by hand.

load ../lib/common
load ../lib/session

prepare() {
	recorder
	store a
}

@test "a session by hand: Enter ends a command, answers end in CRLF" {
	talk --on pty <<-END
		$begin
		send RETR 1
		expect +OK *
		mail store/a
		send DELE 1
		expect +OK *
		$end
	END
	[ "$(kept)" = '*' ]
}

@test "a terminal is local: a password in clear is allowed there" {
	options=()
	talk --on pty <<-END
		$begin
		$end
	END
}

@test "the log is wanted on a terminal, without priorities" {
	options=(--cleartext always --debug)
	printf '%s\n' 'send QUIT' 'drain screen' | talk --on pty --stderr-too
	tr -d '\r' <screen >lines
	grep -qE '^trace session=[0-9a-f]{16} client="< QUIT"$' lines
	grep -qE '^ended session=[0-9a-f]{16} why=quit ' lines
	grep -qx '+OK goodbye' lines
	refute grep -q '<[0-9]>' lines
}

# bats test_tags=long
@test "a large message comes whole, and the terminal is left as it was" {
	python3 -c 'open("store/a", "w").write("0123456789abcde\n.\n" * 5000)'
	cat >client <<-'END'
	import fcntl, os, pty, select, subprocess, sys, termios
	ours, theirs = pty.openpty()
	settings = termios.tcgetattr(theirs)
	settings[1] &= ~termios.OPOST
	settings[3] &= ~termios.ECHO
	termios.tcsetattr(theirs, termios.TCSANOW, settings)
	before = termios.tcgetattr(theirs), fcntl.fcntl(theirs, fcntl.F_GETFL)
	process = subprocess.Popen(sys.argv[1:], stdin=theirs, stdout=theirs,
	                           stderr=open("log", "wb"))
	os.write(ours, b"USER demo\nPASS demo\nRETR 1\nQUIT\n")
	got = b""
	while process.poll() is None or select.select([ours], [], [], 0)[0]:
	    if select.select([ours], [], [], 0.05)[0]:
	        got += os.read(ours, 65536)
	    assert not fcntl.fcntl(theirs, fcntl.F_GETFL) & os.O_NONBLOCK
	assert process.returncode == 0
	after = termios.tcgetattr(theirs), fcntl.fcntl(theirs, fcntl.F_GETFL)
	assert before == after, (before, after)
	body = b"0123456789abcde\r\n..\r\n" * 5000
	assert got.endswith(b"\r\n" + body + b".\r\n+OK goodbye\r\n"), len(got)
	END
	own
	python3 client "${user_prefix[@]}" "$SKEL" "${options[@]}" -- \
		"${backend[@]}"
}

# bats test_tags=long
@test "P1.8: a terminal that takes nothing more is idle, and can be ended" {
	python3 -c 'open("store/a", "w").write("0123456789abcde\n" * 100000)'
	options+=(--timeout 1)
	talk --on pty <<-END
		$begin
		send RETR 1
		expect +OK *
		until grep -q '^<6>ended .* why="client stopped reading' log
	END
	options=(--cleartext always)
	talk --on pty <<-END
		$begin
		send RETR 1
		expect +OK *
		until sleep 0.2
		signal TERM
		until grep -q '^<6>ended .* why=terminated' log
	END
	# Nor does its log wait.
	options=(--cleartext always --debug --timeout 1)
	talk --on pty --stderr-too <<-END
		raw USER demo\nPASS demo\nRETR 1\n
		until grep -q '^State:.Z' /proc/\$PID/status
	END
}

# bats test_tags=long
@test "P4.4: the end of input key, Ctrl-C and a hung-up line remove nothing" {
	for how in close 'raw \x03' vanish; do
		talk --on pty <<-END
			$begin
			send DELE 1
			expect +OK *
			raw QUIT
			$how
		END
		wait_until 5 asked end
		requested 'login demo demo' 'list demo' 'dele 1 a'
		logged '^<6>ended '
	done
}
