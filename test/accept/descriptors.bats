# SPDX-License-Identifier: ISC
# What comes in from who starts us: descriptors, signals, alarms, limits and
# the environment; and what of it the backend finds.
#
# bats file_tags=full

load ../lib/common
load ../lib/session

prepare() {
	recorder
	store a
}

# A backend that notes in the file `facts` what it was started with.
probe() {
	cat >probe <<-'END'
	import os, stat, sys
	stray = []
	for fd in range(3, 5000):
	    try:
	        os.fstat(fd)
	        stray.append(os.readlink("/proc/self/fd/%d" % fd))
	    except OSError:
	        pass
	with open("facts", "w") as facts:
	    print("stray", stray, file=facts)
	    for fd in range(3):
	        print(fd, "pipe" if stat.S_ISFIFO(os.fstat(fd).st_mode) else "?",
	              "nonblocking" if not os.get_blocking(fd) else "blocking",
	              file=facts)
	    for line in open("/proc/self/status"):
	        if line.startswith(("SigIgn", "SigBlk", "SigPnd", "ShdPnd")):
	            print(line.strip(), file=facts)
	    print("group", os.getpgrp() == os.getpid(), file=facts)
	    for name, value in sorted(os.environ.items()):
	        print("env %s=%s" % (name, value), file=facts)
	for line in sys.stdin:
	    if line.startswith("hello"):
	        print("OK 1", flush=True)
	    elif line.startswith("list"):
	        print("msg - a %s/store/a\nOK" % os.getcwd(), flush=True)
	    elif line.startswith("login"):
	        print("OK", flush=True)
	    else:
	        print("DEFAULT", flush=True)
	END
	# The interpreter itself ignores SIGPIPE; so what it found is asked of
	# the shell before it. It must be an exec, with nothing in between.
	printf '#!/bin/sh\ngrep ^SigIgn /proc/$$/status >ignored\n%s\n' \
		'exec python3 -E probe' >probe.sh
	chmod +x probe.sh
	backend=(./probe.sh)
}

# A conversation, as the file `script` has it, with a pop3-skel that is started
# by the file `starter`, in python.
talk_started() {
	own
	"$TALK" --stderr log "$@" -- "${user_prefix[@]}" python3 starter \
		"$SKEL" "${options[@]}" -- "${backend[@]}" <script
}

@test "without descriptor 0 or 1 there is no client: exit status 64" {
	own
	for closed in '<&-' '>&-' '<&- >&-' '<&- >&- 2>&-'; do
		status=0
		as_user timeout 20 sh -c "exec \"\$@\" $closed" - \
			"$SKEL" -- "${backend[@]}" </dev/null || status=$?
		[ "$status" -eq 64 ]
	done
	[ ! -e requests ]
}

@test "without descriptor 2: nothing of ours takes its place" {
	own
	printf '%s\r\n' "${login[@]}" 'RETR 1' 'DELE 1' QUIT |
		as_user "$SKEL" "${options[@]}" -- "${backend[@]}" 2>&- |
		cat >out
	matches '+OK *' '+OK *' '+OK *' '+OK *' 'Subject: a' '' text . \
		'+OK *' '+OK goodbye'
	[ "$(kept)" = '*' ]
}

@test "the backend has three pipes and nothing else, whatever was open" {
	need_sight
	probe
	cat >starter <<-'END'
	import os, resource, socket, sys
	soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
	resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
	stray = os.open("store/a", os.O_RDWR)
	for fd in (3, 4, 7, 10, 63, 255, 1000, 1500, 4000):
	    if fd != stray and fd < min(hard, 4096):
	        os.dup2(stray, fd)
	os.set_inheritable(stray, True)
	os.execv(sys.argv[1], sys.argv[1:])
	END
	printf '%s\n' "$begin" \
		'shell ! ls -l /proc/$PID/fd | grep -v "socket:\|pipe:\|log$\|^total"' \
		"$end" >script
	talk_started
	grep -qx 'stray \[\]' facts
	grep -qx '0 pipe blocking' facts
	grep -qx '1 pipe blocking' facts
	grep -qx '2 pipe blocking' facts
}

@test "ignored signals, a blocked mask, a group: the backend has the defaults" {
	probe
	cat >starter <<-'END'
	import os, signal, sys
	for number in range(1, signal.SIGSYS + 1):
	    try:
	        signal.signal(number, signal.SIG_IGN)
	    except (OSError, ValueError):
	        pass
	signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
	os.execv(sys.argv[1], sys.argv[1:])
	END
	printf '%s\n' "$begin" 'signal TERM' eof >script
	talk_started
	# But for 32 to 34, which C libraries keep to themselves.
	ignored=$(sed 's/.*\t//' ignored)
	[ $((16#$ignored & ~(7 << 31))) -eq 0 ]
	grep -qx $'SigBlk:\t0000000000000000' facts
	grep -qx 'group True' facts
	logged '^<6>ended .* why=terminated '
}

@test "SIGCHLD ignored by who started us: how the backend ended is known" {
	on dele <<<'exit 3'
	cat >starter <<-'END'
	import os, signal, sys
	signal.signal(signal.SIGCHLD, signal.SIG_IGN)
	os.execv(sys.argv[1], sys.argv[1:])
	END
	printf '%s\n' "$begin" 'send DELE 1' 'expect -ERR [SYS/TEMP] *' eof \
		'status 75' >script
	talk_started
	logged '^<3>fault .* request="dele 1" what=exited lines=0 status=3$'
}

@test "SIGPIPE ignored or not: a client that is gone ends no unit" {
	python3 -c 'open("store/a", "w").write("0123456789abcde\n" * 100000)'
	for action in SIG_IGN SIG_DFL; do
		cat >starter <<-END
		import os, signal, sys
		signal.signal(signal.SIGPIPE, signal.$action)
		os.execv(sys.argv[1], sys.argv[1:])
		END
		printf '%s\n' "$begin" 'send RETR 1' 'expect +OK *' vanish \
			'status 0' >script
		talk_started --on pipe
		logged '^<6>ended .* why="client gone" '
	done
}

@test "a pending alarm of who started us ends nothing" {
	cat >starter <<-'END'
	import os, signal, sys
	signal.alarm(1)
	os.execv(sys.argv[1], sys.argv[1:])
	END
	printf '%s\n' "$begin" 'silence 1.5' "$end" >script
	talk_started
}

@test "no environment at all: the backend finds PATH, and LC_ALL is C" {
	probe
	own
	printf '%s\r\n' "${login[@]}" QUIT | as_user env -i "$SKEL" \
		"${options[@]}" -- ./probe.sh 2>log | cat >out
	matches '+OK *' '+OK *' '+OK *' '+OK *'
	grep -qx 'env PATH=/usr/local/bin:/usr/bin:/bin' facts
	grep -qx 'env LC_ALL=C' facts
	grep -qx 'env POP3_PROTOCOL=1' facts
	grep -qxE 'env POP3_SESSION_ID=[0-9a-f]{16}' facts
	grep -q '^env POP3_SKEL_SH=/.*/pop3-skel.sh$' facts
	grep -q '^env POP3_SKEL_BACKENDS=/' facts
	refute grep -qv '^env \(PATH\|LC_ALL\|POP3_[A-Z_]*\|PWD\|OLDPWD\|SHLVL\|_\)=' \
		<(grep ^env facts)
}

@test "what super-servers leave is not the backend's; the rest is inherited" {
	probe
	LISTEN_FDS=1 LISTEN_PID=1 NOTIFY_SOCKET=/x WATCHDOG_USEC=1 \
		REMOTE_ADDR=192.0.2.9 REMOTE_PORT=4321 TCPREMOTEIP=192.0.2.1 \
		SSL_CIPHER=x SOCAT_PEERADDR=1.2.3.4 SOCAT_VERSION=x \
		NCAT_REMOTE_ADDR=192.0.2.9 NCAT_PROTO=TCP POP3_FORGED=1 \
		POP3_TLS=TLSv1.3 LC_ALL=de_DE.UTF-8 MY_OWN=kept \
		session "${login[@]}" QUIT
	grep -qx 'env MY_OWN=kept' facts
	grep -qx 'env POP3_REMOTE_ADDR=192.0.2.9' facts
	grep -qx 'env POP3_REMOTE_PORT=4321' facts
	grep -qx 'env LC_ALL=C' facts
	refute grep -E '^env (LISTEN_|NOTIFY|WATCHDOG|REMOTE|TCP|SSL|SOCAT|NCAT|POP3_FORGED|POP3_TLS)' facts
}

@test "too few descriptors: a clean -ERR, and status 75" {
	own
	for limit in 5 6 8; do
		printf '%s\r\n' QUIT | as_user sh -c '
			exec 3>&- 4>&- 5>&- 6>&- 7>&-
			ulimit -n "$1"; shift; exec "$@"' - "$limit" "$SKEL" "${options[@]}" -- "${backend[@]}" \
			2>log >out || status=$?
		matches '-ERR [SYS/TEMP] *'
		[ "$status" -eq 75 ]
		logged '^<3>fault .* request=start '
	done
}

@test "files, /dev/null and /dev/full for a connection" {
	own
	printf '%s\r\n' "${login[@]}" 'RETR 1' QUIT >sent
	as_user "$SKEL" "${options[@]}" -- "${backend[@]}" <sent >out 2>log
	matches '+OK *' '+OK *' '+OK *' '+OK *' 'Subject: a' '' text . \
		'+OK goodbye'
	as_user "$SKEL" "${options[@]}" -- "${backend[@]}" </dev/null >out 2>log
	matches '+OK *'
	as_user timeout 20 "$SKEL" "${options[@]}" -- "${backend[@]}" \
		<sent >/dev/full 2>log
	logged '^<6>ended '
	refute grep -q '^expunge' requests
}

@test "a pipe in and a socket out, and a socket in and a pipe out" {
	cat >client <<-'END'
	import os, socket, subprocess, sys
	words = b"USER demo\r\nPASS demo\r\nRETR 1\r\nQUIT\r\n"
	wanted = (b"+OK POP3 server ready\r\n+OK send PASS\r\n+OK 1 messages\r\n"
	          b"+OK message follows\r\nSubject: a\r\n\r\ntext\r\n.\r\n"
	          b"+OK goodbye\r\n")
	for pipe_in in True, False:
	    ours, theirs = socket.socketpair()
	    read, write = os.pipe()
	    ends = (read, theirs) if pipe_in else (theirs, write)
	    process = subprocess.Popen(sys.argv[1:], stdin=ends[0],
	                               stdout=ends[1], stderr=open("log", "wb"))
	    theirs.close()
	    os.close(read if pipe_in else write)
	    if pipe_in:
	        os.write(write, words)
	        os.close(write)
	        got = b"".join(iter(lambda: ours.recv(4096), b""))
	    else:
	        ours.sendall(words)
	        got = b"".join(iter(lambda: os.read(read, 4096), b""))
	    assert got == wanted, got
	    assert process.wait(20) == 0
	END
	own
	python3 client "${user_prefix[@]}" "$SKEL" "${options[@]}" -- \
		"${backend[@]}"
}

@test "O_NONBLOCK is never set on a descriptor that we were given" {
	cat >client <<-'END'
	import fcntl, os, socket, subprocess, sys
	def flags(fd):
	    return fcntl.fcntl(fd, fcntl.F_GETFL)
	def serve(child_in, child_out, ours_in, ours_out):
	    before = flags(child_in), flags(child_out)
	    process = subprocess.Popen(sys.argv[1:], stdin=child_in,
	                               stdout=child_out, stderr=open("log", "wb"))
	    os.write(ours_out, b"USER demo\nPASS demo\nRETR 1\n")
	    got = b""
	    while b"\n.\r\n" not in got:
	        got += os.read(ours_in, 4096)
	    assert (flags(child_in), flags(child_out)) == before
	    os.write(ours_out, b"QUIT\n")
	    assert process.wait(20) == 0
	    assert (flags(child_in), flags(child_out)) == before
	a, b = os.pipe(), os.pipe()
	serve(a[0], b[1], b[0], a[1])
	ours, theirs = socket.socketpair()
	serve(theirs.fileno(), theirs.fileno(), ours.fileno(), ours.fileno())
	END
	own
	python3 client "${user_prefix[@]}" "$SKEL" "${options[@]}" -- \
		"${backend[@]}"
}
