# SPDX-License-Identifier: ISC
#
# pop3-skel-accept: where its sockets come from, its limits, what a session
# gets from it, how it stops, and what it costs.
#
# bats file_tags=once

load ../lib/common
load ../lib/examples

prepare() {
	program=("$SKEL" "${options[@]}" -- "${backend[@]}")
	words=()
}

# A session that says who it is and stays until its client sends a line or is
# gone.
session_script() {
	cat >session <<-'END'
	#!/bin/sh
	echo "$$ $REMOTE_ADDR $REMOTE_PORT"
	read -r line
	END
	chmod 755 session
	program=(./session)
}

# Runs pop3-skel-accept with $words on a port, told in $port, and with
# $program; its log is in accept.log.
accept() {
	port=$(free_port)
	start accept "$ACCEPT" --listen "127.0.0.1:$port" "${words[@]}" -- \
		"${program[@]}"
	accept=$pid
	wait_until 10 listening "$port"
}

# A client at the address $1 that only listens: what it got is in the file $2,
# its process in $client. It ends with the connection.
hold() {
	rm -f "$2"
	start "client-$2" socat -u -t 0 -T 60 "TCP4:127.0.0.1:$port,bind=$1" \
		"CREATE:$2"
	client=$pid
}

served() { hold "$1" "$2"; wait_until 10 test -s "$2"; }

turned_away() {
	hold "$1" "$2"
	wait_until 10 gone "$client"
	[ ! -s "$2" ]
}

log_has() { grep -qE -e "$1" accept.log; }

sessions() { pgrep -c -P "$accept" || :; }
sessions_are() { [ "$(sessions)" = "$1" ]; }

fetches() {
	curl -sS --max-time 20 --user demo:demo "$@" >got
	sed 's/$/\r/' "$box/new/1.a" | cmp - got
}

# Hundredths of a second of CPU that a process has used.
cpu() {
	local stat
	stat=$(cat "/proc/$1/stat")
	# shellcheck disable=SC2086 # Its fields.
	set -- ${stat##*) }
	printf '%d\n' $((${12} + ${13}))
}

# Sets a soft limit of the accept loop, as its own user.
limit() {
	as_user prlimit --pid "$accept" "--$1=$2:"
}

@test "a mail through an IPv4, an IPv6 and a unix socket" {
	messages new/1.a
	words=(--listen "[::1]:$(free_port)" -l "$work/socket")
	accept
	fetches "pop3://127.0.0.1:$port/1"
	fetches "pop3://${words[1]}/1"
	"$TALK" --timeout 20 -- socat - "UNIX-CONNECT:$work/socket" <<-'END'
		expect +OK *
		send USER demo
		expect +OK*
		send PASS demo
		expect +OK *
		send QUIT
		expect +OK *
	END
	[ "$(grep -c '>started listen=' accept.log)" -eq 3 ]
	[ "$(grep -c '>login .*user=demo' accept.log)" -eq 3 ]
	kill "$accept"
	wait "$accept"
	[ ! -e socket ]
}

@test "a unix socket that nobody listens on any more is replaced" {
	messages new/1.a
	words=(-l "$work/socket")
	accept
	kill -KILL "$accept"
	wait_until 10 gone "$accept"
	[ -S socket ]
	accept
	kill "$accept"
	wait "$accept"
	log_has 'ended why=stopped'
}

@test "[::] takes both families" {
	messages new/1.a
	port=$(free_port)
	start accept "$ACCEPT" --listen "[::]:$port" -- "${program[@]}"
	wait_until 10 listening "$port"
	fetches "pop3://127.0.0.1:$port/1"
	fetches "pop3://[::1]:$port/1"
	# IPv4-mapped addresses are shown as IPv4.
	wait_until 10 log_has '>login .*address=127\.0\.0\.1 '
}

@test "sockets of systemd, several at once; LISTEN_ stays here" {
	local second
	cat >program <<-'END'
	#!/bin/sh
	env | grep -E '^(LISTEN_|NOTIFY_|WATCHDOG_)' || echo nothing
	END
	chmod 755 program
	port=$(free_port)
	second=$(free_port)
	start accept systemd-socket-activate -E WATCHDOG_USEC=1 \
		-l "127.0.0.1:$port" -l "127.0.0.1:$second" --fdname one:two \
		"$ACCEPT" -- ./program
	wait_until 10 listening "$second"
	[ "$(socat -u "TCP4:127.0.0.1:$second" -)" = nothing ]
	[ "$(socat -u "TCP4:127.0.0.1:$port" -)" = nothing ]
	[ "$(grep -c '>started listen=127' accept.log)" -eq 2 ]
}

@test "inetd, wait: descriptor 0 is the socket; it goes when it is idle" {
	messages new/1.a
	port=$(free_port)
	# As inetd has it: the listening socket is 0, 1 and 2.
	start accept systemd-socket-activate --inetd -l "127.0.0.1:$port" \
		-E POP3_SKEL_BACKENDS sh -c \
		'exec "$@" >&0 2>&0' - "$ACCEPT" --idle-exit 1 -- "${program[@]}"
	wait_until 10 listening "$port"
	fetches "pop3://127.0.0.1:$port/1"
	# 60 seconds where nothing else is said.
	wait "$pid"
	! log_has 'started|login'
}

@test "inetd, wait: a session does not get the listening socket" {
	cat >program <<-'END'
	#!/bin/sh
	[ -e /proc/$$/fd/2 ] || echo none
	ls -l /proc/$$/fd | grep -c 'socket:'
	END
	chmod 755 program
	port=$(free_port)
	start accept systemd-socket-activate --inetd -l "127.0.0.1:$port" sh -c \
		'exec "$@" >&0 2>&0' - "$ACCEPT" --idle-exit 1 -- ./program
	wait_until 10 listening "$port"
	printf 'none\n2\n' | diff - <(socat -u "TCP4:127.0.0.1:$port" - 2>&1)
}

@test "without any socket it says what to do" {
	run -75 "$ACCEPT" </dev/null
	[[ $output == *'fault what="no listening socket: say --listen '* ]]
}

@test "a connection is not a listening socket" {
	port=$(free_port)
	start accept systemd-socket-activate --accept -l "127.0.0.1:$port" \
		"$ACCEPT"
	wait_until 10 listening "$port"
	hold 127.0.0.1 got
	wait_until 10 log_has 'fault what="cannot accept from .*Accept=no'
}

@test "usage" {
	local word
	"$ACCEPT" --help >out
	for word in listen max-sessions max-per-source rate-per-source \
		failures-per-source leave-sessions \
		stop-timeout idle-exit check help version; do
		grep -qe "--$word" out
	done
	[[ $("$ACCEPT" --version) == 'pop3-skel-accept '[0-9]* ]]
	for word in --nonsense -x '--max-sessions 0' '--max-sessions 1x' \
		'--max-per-source -1' '--stop-timeout 99999999' --listen; do
		# shellcheck disable=SC2086 # An option and its value.
		run -64 "$ACCEPT" $word </dev/null
		[[ $output == *'fault what='* ]]
	done
	run -64 "$ACCEPT" --listen 127.0.0.1:0 -- /no/such/program
	[[ $output == *'cannot execute /no/such/program'* ]]
	: >unrunnable
	for word in no-such-program unrunnable ''; do
		PATH=$work:$PATH run -64 timeout 10 "$ACCEPT" --listen 127.0.0.1:0 -- "$word"
		[[ $output == *"cannot execute $word: "* ]]
	done
	for word in 110 localhost:110 127.0.0.1:65536 127.0.0.1: ::1:110 \
		'[::1]' '[127.0.0.1]:110' ''; do
		run -75 "$ACCEPT" --listen "$word" -- /bin/true </dev/null
		[[ $output == *'cannot listen on'*'not ADDR:PORT'* ]]
	done
	# A script that names no program, or one that is not there.
	printf 'echo hello\n' >no-shell
	printf '#!/no/such/shell\n' >lost
	chmod 755 no-shell lost
	for word in 'no-shell: Exec format error' \
		'lost: No such file or directory'; do
		run -64 timeout 10 "$ACCEPT" --listen 127.0.0.1:0 -- "./${word%%:*}"
		[[ $output == *"cannot execute ./$word"* ]]
	done
	run -64 "$ACCEPT" --max-sessions 0
	[[ $output == *'--max-sessions 0 is no number from 1 to 1000000"'* ]]
	run -64 "$ACCEPT" --stop-timeout 99999999
	[[ $output == *'--stop-timeout 99999999 is no number from 0 to 86400"'* ]]
}

@test "pop3-skel-accept.8: a port of one's own, for a try" {
	port=$(free_port)
	messages new/1.a
	printf 'demo:{PLAIN}demo::::%s/demo\n' "$work" >users
	# The shell itself is ended, and what it waited for would stay.
	example pop3-skel-accept.8 listen |
		sed "s/1110/$port/; s/^pop3-skel-accept/exec &/" >try
	own
	start accept env PATH="${ACCEPT%/*}:${SKEL%/*}:$PATH" sh ./try
	wait_until 10 listening "$port"
	fetches "pop3://127.0.0.1:$port/1"
}

@test "a port that is taken is told" {
	session_script
	accept
	run -75 "$ACCEPT" --listen "127.0.0.1:$port" -- /bin/true </dev/null
	[[ $output == *"127.0.0.1:$port: Address already in use"* ]]
}

@test "the program: arguments as they are, no shell" {
	# shellcheck disable=SC2016 # Nothing is to be expanded.
	program=(printf '%s|' 'a  b' '' '$HOME' '*' ';true')
	accept
	# shellcheck disable=SC2016
	[ "$(socat -u "TCP4:127.0.0.1:$port" -)" = 'a  b||$HOME|*|;true|' ]
}

@test "the program: pop3-skel beside it where none is named" {
	messages new/1.a
	port=$(free_port)
	start accept env -C / "$ACCEPT" --listen "127.0.0.1:$port"
	wait_until 10 listening "$port"
	"$TALK" --connect "127.0.0.1:$port" <<-'END'
		expect +OK POP3*
		send QUIT
		expect +OK*
		eof
	END
	log_has "started listen=127.0.0.1:$port program=$POP3_SKEL_STAGE.*/pop3-skel\$"
}

@test "the manual's example serves this machine" {
	messages new/1.a
	port=$(free_port)
	example pop3-skel-accept.8 listen | sed "s/1110/$port/" >example.sh
	start accept env PATH="${ACCEPT%/*}:$PATH" sh ./example.sh
	wait_until 10 listening "$port"
	fetches "pop3://127.0.0.1:$port/1"
	kill "$(pgrep -P "$pid")"
	wait "$pid"
}

@test "a session starts clean: descriptors, signals, address" {
	cat >program <<-'END'
	#!/bin/sh
	ls /proc/$$/fd >fds
	tr '\n' ' ' <fds
	grep -E '^Sig(Blk|Ign)' /proc/$$/status | tr '\n\t' '  '
	echo "$REMOTE_ADDR $REMOTE_PORT $REMOTE_HOST."
	END
	chmod 755 program
	port=$(free_port)
	# dash has its script and an old output open as 10 and 11; glibc ignores the two signals of its
	# threads, 32 and 33, in what it spawns.
	start accept env REMOTE_HOST=wrong REMOTE_ADDR=wrong sh -c \
		'trap "" PIPE QUIT USR1; exec "$@" 7<users 8<users' - \
		"$ACCEPT" --listen "127.0.0.1:$port" -- ./program
	wait_until 10 listening "$port"
	socat -u "TCP4:127.0.0.1:$port,bind=127.0.0.9:$((port + 1))" - >out
	cat out
	grep -qxE "0 1 (1[01] )*2 SigBlk: 0{16} SigIgn: 0{7}[01][08]0{7} 127\.0\.0\.9 $((port + 1)) \." out
}

@test "max-sessions: the others wait in the queue, and get their turn" {
	session_script
	words=(--max-sessions 1 --max-per-source 0)
	accept
	served 127.0.0.1 one
	first=$client
	hold 127.0.0.2 two
	wait_until 10 log_has 'note what="max-sessions is reached; others wait"'
	sessions_are 1
	[ ! -s two ]
	kill "$first"
	wait_until 10 test -s two
	sessions_are 1
}

@test "max-sessions: a long queue of one socket does not starve another" {
	program=(/bin/sh -c "echo here; [ -e '$work/go' ] || sleep 1")
	words=(--max-sessions 1 --max-per-source 0 -l "$work/socket")
	accept
	own
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		hold 127.0.0.1 "got-$i"
	done
	[ "$(socat -u "UNIX-CONNECT:$work/socket" -)" = here ]
	[ ! -s got-12 ]
	touch go
	wait_until 20 test -s got-12
}

@test "max-sessions: who waits for a slow backend's greeting is not silent" {
	printf '%s\n' '#!/bin/sh' 'sleep 7' 'echo here' 'exec sleep 60' >program
	chmod 755 program
	program=(./program)
	words=(--max-sessions 1)
	accept
	hold 127.0.0.1 one
	wait_until 10 sessions_are 1
	hold 127.0.0.2 two
	wait_until 20 test -s one
}

@test "max-per-source: one more is refused, costs no process, and is told once" {
	local i
	session_script
	words=(--max-per-source 2)
	accept
	served 127.0.0.1 one
	first=$client
	served 127.0.0.1 two
	for i in 1 2 3 4 5; do
		turned_away 127.0.0.1 three
	done
	sessions_are 2
	served 127.0.0.2 four
	[ "$(grep -c '>refused why=max-per-source address=127.0.0.1 count=1$' \
		accept.log)" -eq 1 ]
	kill "$first"
	wait_until 10 sessions_are 2
	served 127.0.0.1 five
	[ "$(grep -c '>refused' accept.log)" -eq 1 ]
}

@test "max-per-source: IPv6 by 64 bits" {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	session_script
	own
	run -0 timeout 30 unshare --net sh -euc '
		ip link set lo up
		for a in 2001:db8::1 2001:db8::2 2001:db8:0:1::1; do
			ip addr add $a/64 dev lo nodad
		done
		accept=$1
		shift
		setpriv --reuid=65534 --regid=65534 --clear-groups "$accept" \
			--listen "[::]:1110" --max-per-source 1 --stop-timeout 0 \
			-- ./session 2>log &
		pid=$!
		client() {
			socat -u "TCP6:[2001:db8::1]:1110,retry=100,interval=0.05,bind=[$1]" -
		}
		{ client 2001:db8::1 >one & } 2>&1
		until [ -s one ]; do sleep 0.02; done
		client 2001:db8::2
		echo refused
		{ client 2001:db8:0:1::1 >two & } 2>&1
		until [ -s two ]; do sleep 0.02; done
		kill $pid
		wait $pid
		cut -d " " -f 2 one two
	' - "$ACCEPT" 3>&-
	[ "$output" = $'refused\n2001:db8::1\n2001:db8:0:1::1' ]
	grep -q '>refused why=max-per-source address=2001:db8::2' log
}

@test "rate-per-source: so many a minute, then refused" {
	program=(/bin/echo here)
	words=(--rate-per-source 3)
	accept
	for i in 1 2 3; do
		[ "$(socat -u "TCP4:127.0.0.1:$port" -)" = here ]
	done
	turned_away 127.0.0.1 four
	log_has '>refused why=rate-per-source address=127.0.0.1 count=1$'
	[ "$(socat -u "TCP4:127.0.0.1:$port,bind=127.0.0.2" -)" = here ]
}

@test "silent clients of one address leave the others unaffected" {
	local i clients=300
	messages new/1.a
	words=(--max-per-source 5)
	accept
	flood $clients 127.0.0.7
	[ "$(cat flood)" = "$((clients - 5)) closed" ]
	fetches "pop3://127.0.0.1:$port/1"
	wait_until 10 sessions_are 5
}

# Opens N silent connections from an address and keeps them; writes to `flood`
# how many of them were closed at once.
flood() {
	# The client is nobody in particular, and python3 may be root's alone.
	local user_prefix=()
	start flood python3 -c '
import os, socket, sys, time
port, count, address = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
held = []
for i in range(count):
    s = socket.create_connection(("127.0.0.1", port), 20, (address, 0))
    held.append(s)
closed = 0
for s in held:
    s.settimeout(20)
    try:
        closed += s.recv(1) == b""
    except ConnectionResetError:
        closed += 1
print(closed, "closed", file=open("flood.tmp", "w"))
os.rename("flood.tmp", "flood")
time.sleep(600)
' "$port" "$@"
	wait_until 60 test -e flood
}

@test "silent clients of many addresses make way for those that wait" {
	local speaker
	messages new/1.a
	words=(--max-sessions 4)
	accept
	# One that has spoken stays, however long it says no more.
	{
		printf '%s\n' 'expect +OK*' 'send CAPA' 'expect +OK*' body \
			'until test -e enough' 'send QUIT' 'expect +OK*' eof
	} >script
	"$TALK" --timeout 60 --connect "127.0.0.1:$port" <script 3>&- &
	speaker=$!
	for i in 1 2 3; do
		served "127.0.0.1$i" "silent-$i"
	done
	wait_until 10 sessions_are 4
	fetches --max-time 50 "pop3://127.0.0.1:$port/1"
	touch enough
	wait "$speaker"
	log_has '>note what="max-sessions is reached; others wait" sessions=4'
	[ "$(grep -c 'why=terminated' accept.log)" -ge 1 ]
}

# N silent connections, each from an address of its own, that stay.
crowd() {
	local user_prefix=()
	start crowd python3 -c '
import socket, sys, time
port, count = int(sys.argv[1]), int(sys.argv[2])
held = []
for i in range(count):
    s = socket.socket()
    s.setblocking(False)
    s.bind(("127.1.%d.%d" % (i // 250, i % 250 + 1), 0))
    try:
        s.connect(("127.0.0.1", port))
    except BlockingIOError:
        pass
    held.append(s)
open("crowded", "w")
time.sleep(600)
' "$port" "$@"
	wait_until 60 test -e crowded
}

@test "a long queue of silent clients is through in seconds, however few the sessions" {
	program=(/bin/sh -c 'echo here; exec sleep 600')
	words=(--max-sessions 10)
	accept
	crowd 200
	hold 127.0.0.1 next
	# A session at a time for five seconds each would be 100 seconds.
	wait_until 40 test -s next
	log_has '>note what="max-sessions is reached; others wait" sessions=10'
	! log_has '>fault'
}

@test "silent clients of one address go before one of another, which came first" {
	words=(--max-sessions 4)
	accept
	served 127.0.0.1 alone
	alone=$client
	for i in 1 2 3; do
		served 127.0.0.2 "crowd-$i"
	done
	wait_until 10 sessions_are 4
	hold 127.0.0.3 next
	wait_until 20 test -s next
	kill -0 "$alone"
	# One waited, one went.
	sessions_are 4
	[ "$(grep -c 'why=terminated' accept.log)" -eq 1 ]
}

@test "failures-per-source: where logins fail the next clients wait, others do not" {
	# A session fails, or not, as its client says.
	program=(/bin/sh -c 'echo here; read -r line; [ "$line" != guess ] || exit 77')
	words=(--failures-per-source 12)
	accept
	echo fine | socat -t 10 - "TCP4:127.0.0.1:$port,bind=127.0.0.1" >out
	python3 - "$port" <<-'END'
	import socket, sys
	held = [socket.create_connection(("127.0.0.1", int(sys.argv[1])), 20)
	    for i in range(12)]
	for s in held:
	    assert s.recv(5) == b"here\n"
	for s in held:
	    s.sendall(b"guess\n")
	for s in held:
	    assert s.recv(5) == b""
	END
	wait_until 10 sessions_are 0
	hold 127.0.0.1 later
	waits=$client
	hold 127.0.0.1 last
	wait_until 10 log_has \
		'>note what="logins fail there; its clients wait" why=failures-per-source address=127.0.0.1 count=1$'
	served 127.0.0.2 other
	kill "$client"
	wait_until 10 sessions_are 0
	[ ! -s later ]
	# One in five seconds; and while it may fail too, no other.
	wait_until 20 test -s later
	sessions_are 1
	[ ! -s last ]
	kill "$waits"
	wait_until 20 test -s last
	[ "$(grep -c 'failures-per-source' accept.log)" -eq 1 ]
}

@test "failures-per-source: a client that is gone while it waits costs no session" {
	program=(/bin/sh -c 'echo here >>starts; exit 77')
	words=(--failures-per-source 6 --stop-timeout 1)
	accept
	for i in 1 2 3 4 5 6; do
		socat -u "TCP4:127.0.0.1:$port" - >out
	done
	wait_until 10 sessions_are 0
	python3 - "$port" <<-'END'
	import socket, struct, sys
	for i in range(20):
	    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
	    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
	    s.close()
	END
	hold 127.0.0.1 next
	wait_until 25 gone "$client"
	[ "$(wc -l <starts)" -eq 7 ]
	# Those that wait are let go at the end.
	hold 127.0.0.1 next
	wait_until 10 pgrep -f 'CREATE:next'
	kill "$accept"
	wait_until 10 gone "$client"
	wait_until 10 gone "$accept"
}

@test "a guesser that resets gets no more guesses than one that waits" {
	words=(--max-per-source 2)
	program=("$SKEL" --cleartext always --auth-delay 60 -- "${backend[@]}")
	accept
	python3 - "$port" <<-'END'
	import socket, struct, sys, threading, time
	end = time.monotonic() + 8
	def guess():
	    while time.monotonic() < end:
	        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 9)
	        s.settimeout(9)
	        try:
	            if s.recv(512):
	                s.sendall(b"USER demo\r\nPASS wrong\r\n")
	                s.recv(512)
	                time.sleep(0.015)
	        except OSError:
	            pass
	        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
	            struct.pack("ii", 1, 0))
	        s.close()
	threads = [threading.Thread(target=guess) for i in range(4)]
	for t in threads: t.start()
	for t in threads: t.join()
	END
	# Two keep their places; the others are turned away.
	[ "$(grep -c 'why=login' accept.log)" -eq 2 ]
	sessions_are 2
	log_has '>refused why=max-per-source '
}

@test "a flood of refused addresses is a bounded number of lines" {
	words=(--max-per-source 1 --max-sessions 300)
	program=(/bin/sleep 600)
	accept
	crowd 100
	rm crowded
	crowd 100
	wait_until 20 log_has 'address=127.1.0.60 '
	[ "$(grep -c '>refused' accept.log)" -eq 60 ]
}

@test "out of descriptors: says so, waits without spinning, goes on" {
	local before
	session_script
	accept
	served 127.0.0.1 one
	limit nofile 5
	before=$(cpu "$accept")
	hold 127.0.0.1 two
	wait_until 10 log_has \
		'>fault what="cannot accept; the clients wait" error="Too many open files" sessions=1$'
	sleep 1
	[ $(($(cpu "$accept") - before)) -le 20 ]
	[ ! -s two ]
	limit nofile 64
	wait_until 10 test -s two
	wait_until 10 log_has '>note what="sessions can be started again"'
	[ "$(grep -c '>fault' accept.log)" -eq 1 ]
}

@test "out of processes: says so, and the client waits for its session" {
	local before
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	session_script
	# A user of its own, whose processes are counted.
	user_prefix=(setpriv --reuid=64321 --regid=64321 --clear-groups)
	chmod 777 .
	accept
	limit nproc 1
	before=$(cpu "$accept")
	hold 127.0.0.1 one
	wait_until 10 log_has \
		'>fault what="cannot start a session; its client waits" error="Resource temporarily unavailable" sessions=0$'
	sleep 1
	[ $(($(cpu "$accept") - before)) -le 20 ]
	[ ! -s one ]
	kill -0 "$client"
	limit nproc 1000
	wait_until 10 test -s one
}

@test "a program that is away for a moment costs no client" {
	session_script
	accept
	served 127.0.0.1 one
	mv session elsewhere
	hold 127.0.0.1 two
	wait_until 10 log_has '>fault what="cannot start a session; its client waits" error="No such file or directory"'
	mv elsewhere session
	wait_until 10 test -s two
	kill -0 "$accept"
}

@test "SIGTERM: no new clients, sessions end in peace, exit 0" {
	messages new/1.a
	accept
	{
		printf '%s\n' 'expect +OK*' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK*' 'send DELE 1' \
			'expect +OK*' "shell kill $accept" \
			"until ! grep -q ':$(printf %04X "$port") 0*:0000 0A' /proc/net/tcp" \
			'silence 0.3' 'send QUIT' 'expect +OK*' eof
	} >script
	"$TALK" --connect "127.0.0.1:$port" <script
	wait "$accept"
	[ -z "$(stored)" ]
	log_has '>ended why=stopped sessions=1$'
}

@test "P4.4 SIGTERM: after stop-timeout the sessions are ended, no mark counts" {
	messages new/1.a
	words=(--stop-timeout 1)
	accept
	{
		printf '%s\n' 'expect +OK*' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK*' 'send DELE 1' \
			'expect +OK*' "shell kill $accept" mark eof \
			'within 0.5 9'
	} >script
	"$TALK" --connect "127.0.0.1:$port" <script
	wait "$accept"
	[ "$(stored)" = new/1.a ]
	log_has '>ended session=.* why=terminated '
}

@test "P4.4 --leave-sessions: SIGTERM ends the loop, and QUIT removes what was marked" {
	messages new/1.a
	words=(--leave-sessions)
	accept
	{
		printf '%s\n' 'expect +OK*' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK*' 'send DELE 1' \
			'expect +OK*' "shell kill $accept" \
			"shell until ! kill -0 $accept 2>/dev/null; do :; done" \
			'send QUIT' 'expect +OK*' eof
	} >script
	"$TALK" --connect "127.0.0.1:$port" <script
	wait "$accept"
	[ -z "$(stored)" ]
	log_has '>ended why=stopped sessions=1 left=1$'
}

@test "a second SIGTERM ends the sessions at once" {
	session_script
	words=(--stop-timeout 600)
	accept
	served 127.0.0.1 one
	kill "$accept"
	wait_until 10 eval '! listening "$port"'
	kill "$accept"
	wait "$accept"
	wait_until 10 gone "$client"
}

@test "P1.8 the client sees the end before the session's process has ended" {
	backend_script <<-'END'
		while read -r line; do echo 'OK 1'; done
		sleep 600
		: >ended
	END
	program=("$SKEL" --timeout 1 -- "${backend[@]}")
	accept
	"$TALK" --timeout 30 --connect "127.0.0.1:$port" <<-END
		expect +OK*
		eof
		shell pgrep -P $accept
	END
	[ ! -e ended ]
}

@test "a session that is killed is told, and no other is harmed" {
	session_script
	accept
	served 127.0.0.1 one
	served 127.0.0.1 two
	read -r pid _ <one
	kill -KILL "$pid"
	wait_until 10 log_has \
		">fault what=\"a session was killed\" pid=$pid signal=9\$"
	sessions_are 1
}

@test "a log that nobody reads any more ends nothing" {
	session_script
	mkfifo pipe
	own
	head -n 1 pipe >first 3>&- &
	reader=$!
	port=$(free_port)
	start accept sh -c 'exec "$@" 2>pipe' - "$ACCEPT" \
		--listen "127.0.0.1:$port" --max-per-source 1 -- ./session
	accept=$pid
	wait_until 10 listening "$port"
	wait_until 10 test -s first
	wait "$reader"
	served 127.0.0.1 one
	turned_away 127.0.0.1 two
	served 127.0.0.2 three
	kill -0 "$accept"
}

@test "never reads an octet of a client's, nor writes one" {
	session_script
	port=$(free_port)
	tracing -y -e \
		trace=read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg
	user_prefix=()
	start accept "${traced[@]}" "$ACCEPT" --listen "127.0.0.1:$port" -- ./session
	wait_until 20 listening "$port"
	printf 'QUIT\r\n' | socat -t 10 - "TCP4:127.0.0.1:$port" >out
	[ -s out ]
	kill "$(pgrep -P "$pid" | head -n 1)"
	wait "$pid"
	grep -q 'signalfd' trace
	! grep -E '^[a-z0-9]+\([0-9]+<(TCP|socket:)' trace
}

@test "the service manager hears READY, STATUS, WATCHDOG, STOPPING" {
	session_script
	own
	start manager socat -u "UNIX-RECV:$work/notify" "CREATE:notified"
	wait_until 10 test -S notify
	port=$(free_port)
	start accept env NOTIFY_SOCKET="$work/notify" WATCHDOG_USEC=200000 \
		"$ACCEPT" --listen "127.0.0.1:$port" --max-sessions 1 -- ./session
	accept=$pid
	wait_until 10 listening "$port"
	wait_until 10 grep -q READY=1 notified
	served 127.0.0.1 one
	hold 127.0.0.1 two
	wait_until 10 grep -q \
		'STATUS=1 sessions, 1 waiting, 1 served' notified
	wait_until 10 grep -q 'WATCHDOG=1WATCHDOG=1' notified
	kill "$accept"
	wait_until 10 grep -q STOPPING=1 notified
}

@test "inetd, wait: a service manager that is inetd's hears nothing" {
	program=(/bin/echo here)
	own
	start manager socat -u "UNIX-RECV:$work/notify" "CREATE:notified"
	wait_until 10 test -S notify
	port=$(free_port)
	start accept systemd-socket-activate --inetd -l "127.0.0.1:$port" \
		-E NOTIFY_SOCKET="$work/notify" -E WATCHDOG_USEC=200000 \
		"$ACCEPT" --idle-exit 1 -- "${program[@]}"
	wait_until 10 listening "$port"
	[ "$(socat -u "TCP4:127.0.0.1:$port" -)" = here ]
	wait "$pid"
	# What it said would be there before this.
	printf last | socat -u - "UNIX-SENDTO:$work/notify"
	wait_until 10 test -s notified
	[ "$(cat notified)" = last ]
}

@test "idle it does nothing, and needs less than 768 KiB of its own" {
	need_sight
	local plain=$ACCEPT before
	if common_sanitized "$ACCEPT"; then
		plain=${POP3_SKEL_BUILD%/*}/clang/src/accept/pop3-skel-accept
		[ -x "$plain" ] || skip 'only a build with sanitizers is here'
	fi
	session_script
	ACCEPT=$plain
	accept
	served 127.0.0.1 one
	kill "$client"
	wait_until 10 sessions_are 0
	# The status is not told, for there is nobody to tell it to.
	sleep 1.2
	before=$(grep ctxt "/proc/$accept/status")
	sleep 1
	[ "$(grep ctxt "/proc/$accept/status")" = "$before" ]
	# A library's clean pages are the page cache's, and count as "private" or
	# not by who else on the machine has it open; its own file's count.
	awk -v self="$(readlink "/proc/$accept/exe")" '
		/^[0-9a-f]+-[0-9a-f]+ / { file = $6 }
		/^(Private|Shared)_Dirty/ { own += $2 }
		/^Private_Clean/ && file == self { own += $2 }
		END { print own " KiB"; exit !(own > 0 && own < 768) }' \
		"/proc/$accept/smaps"
}

@test "libsystemd is linked by the accept loop alone" {
	readelf -d "$ACCEPT" | grep -q 'NEEDED.*libsystemd'
	! readelf -d "$SKEL" | grep -E 'NEEDED.*(systemd|crypt|ssl)'
}
