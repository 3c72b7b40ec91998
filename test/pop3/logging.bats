# SPDX-License-Identifier: ISC
# The log: its lines, where it goes, what never stands in it; and that no
# byte of it, or of the backend's stderr, ever reaches the client.

load ../lib/common
load ../lib/session

prepare() {
	recorder
	store a b
}

# In a mount namespace with a /dev/log that python listens on, as root: runs
# the client script on stdin with talk.py and these words for it; what came to
# /dev/log is in `syslog`, one datagram a line.
with_syslog() {
	need_private
	own
	cat >listener <<-'END'
	import os, socket, subprocess, sys
	log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	log.bind("/dev/log")
	os.chmod("/dev/log", 0o777)
	status = subprocess.call(sys.argv[1:])
	log.setblocking(False)
	with open("syslog", "wb") as out:
	    try:
	        while True:
	            out.write(log.recv(65536) + b"\n")
	    except BlockingIOError:
	        pass
	sys.exit(status)
	END
	unshare -m --propagation private -- sh -c 'mount -t tmpfs none /dev &&
		mknod -m 666 /dev/null c 1 3 && exec "$@"' - \
		python3 listener "$TALK" "$@" -- "${user_prefix[@]}" \
		"$SKEL" "${options[@]}" -- "${backend[@]}"
}

# A backend that writes to its stderr at each request.
loud() {
	sed -i 's/^printf .*requests$/&; echo "LOUD $line" >\&2/' backend
	[ "$(grep -c LOUD backend)" -eq 1 ]
}

@test "one line an event: an event word, the session, key=value" {
	session "${login[@]}" LIST 'RETR 1' 'DELE 1' QUIT
	refute grep -qvE '^<[0-7]>[a-z]+ session=[0-9a-f]{16}( [a-z_]+=("([^"\\]|\\.)*"|[^ "]+))*$' log
	id=$(sed -n 's/.* session=\([0-9a-f]*\) .*/\1/p' log | sort -u)
	[ "$(wc -l <<<"$id")" -eq 1 ]
	logged "^<6>login session=$id user=demo messages=2 tls=none mechanism=USER\$"
	logged "^<6>expunged session=$id user=demo number=1 uid=a octets=20\$"
	logged "^<6>update session=$id user=demo marked=1 expunged=1 commit=good\$"
	[ "$(tail -n 1 log | cut -d ' ' -f 1)" = '<6>ended' ]
	mv log first
	session QUIT
	refute grep -q "$id" log
}

@test "one summary at the end of each session, whatever its end" {
	summary='^<6>ended session=[0-9a-f]+( user=[^ ]+)? why=("[a-z ]+"|[a-z]+) retr=[0-9]+ retr_octets=[0-9]+ top=[0-9]+ top_octets=[0-9]+ dele=[0-9]+ dele_octets=[0-9]+ in=[0-9]+ out=[0-9]+ seconds=[0-9]+$'
	session QUIT
	logged "$summary"
	session
	logged "$summary"
	session "${login[@]}" 'RETR 2' 'TOP 1 0'
	logged "$summary"
	[ "$(grep -c '^<6>ended' log)" -eq 1 ]
	backend=(/nonexistent)
	session QUIT
	logged "$summary"
}

@test "the address of the client stands in it" {
	talk --on tcp --local 127.0.0.9 <<-END
		$begin
		$end
	END
	logged '^<6>login .* user=demo address=127\.0\.0\.1 messages=2 tls=none mechanism=USER$'
	logged '^<6>ended .* user=demo address=127\.0\.0\.1 why=quit '
}

@test "refused logins are logged with the name, and without the password" {
	on login <<<'echo ERR'
	session 'USER "quoted" name' 'USER quo"ted' 'PASS swordfish' QUIT
	logged '^<5>refused .* user="quo\\"ted" why=login$'
	not_logged swordfish
	session 'PASS swordfish' 'swordfish' 'PASS swordfish' 'USERswordfish' \
		"PASS $(times 300 swordfish)" QUIT
	refute grep -qi swordfish log
}

# A session of these commands has $2 lines of the log that match $1, and at its
# end the count of $3 more.
few() {
	local pattern=$1 written=$2 more=$3
	shift 3
	session "$@"
	[ "$(grep -cE "$pattern" log)" -eq "$written" ] || { head log; false; }
	[ "$(grep -c '>note .*what="more lines like others"' log)" -eq 1 ]
	logged "note .*what=\"more lines like others\" like=.* count=$more\$"
	# ... and the summary is the last.
	[[ $(tail -n 1 log) == *'>ended '* ]]
	[ "$(wc -l <log)" -le $((written + 4)) ]
}

# bats test_tags=long
@test "a client that repeats itself is logged once, and counted" {
	local i all=() many=() names=()
	for ((i = 0; i < 300; i++)); do
		all+=("RETR $((i + 1))")
		many+=('RETR 1')
		names+=("USER u$i" 'PASS x')
	done
	# Passwords in clear, each way.
	options=(--cleartext never --max-errors 300)
	few '>refused .*clear' 1 299 "${many[@]/*/USER demo}"
	few '>refused .*clear' 1 299 "${many[@]/*/AUTH PLAIN AGRlbW8AZGVtbw==}"
	few '>refused .*clear' 1 299 "${names[@]:0:300}"
	options=(--cleartext always --auth-delay 0)
	# Logins that are neither right nor wrong, of one and of many names.
	on login <<<'echo TEMP not now'
	few '>refused .*login answered TEMP' 5 295 "${names[@]}"
	names=("${names[@]/#USER*/USER demo}")
	few '>refused .*login answered TEMP' 1 299 "${names[@]}"
	rm on.login
	# A maildrop that cannot be had.
	on list <<<'echo TEMP not now'
	few '>refused .*list answered TEMP' 1 299 "${names[@]}"
	rm on.list
	# A file that cannot be served: a line for each message, up to five.
	on retr <<<'printf "%s\n" "file /no/such/file" OK'
	on list <<<'for i in $(seq 300); do echo "msg 9 u$i"; done; echo OK'
	few '>note .*what="a message cannot be had" number=[1-5] ' 5 295 \
		"${login[@]}" "${all[@]}" QUIT
	session "${login[@]}" "${many[@]}" QUIT
	[ "$(grep -c '^-ERR ' out)" -eq 300 ]
	[ "$(grep -c '>note .*what="a message cannot be had" number=1 ' log)" -eq 1 ]
	not_logged 'more lines'
	# What the backend writes itself.
	loud
	session "${login[@]}" "${many[@]}" QUIT
	[ "$(grep -c '>backend ' log)" -eq 201 ]
	logged "note .* like=backend count=$(($(wc -l <requests) - 1 - 200))\$"
}

@test "each failed login has its line, however many there may be" {
	local i guesses=()
	for ((i = 0; i < 30; i++)); do
		guesses+=('USER demo' 'PASS wrong')
	done
	options+=(--max-logins 30)
	on login <<<'echo ERR'
	session "${guesses[@]}"
	[ "$(grep -c '>refused .*user=demo why=login$' log)" -eq 30 ]
	not_logged 'more lines'
}

@test "-d traces both conversations, and secrets are masked" {
	options+=(-d --max-errors 100)
	on hello <<<'printf "%s\n" apop "command XKEY auth secret" "OK 1"'
	on XKEY <<<'echo ERR'
	on apop <<<'echo ERR'
	options+=(--max-logins 100)
	session 'XKEY swordfish' 'PASS swordfish' swordfish 'pass  swordfish' \
		"PASS$(printf '\t')swordfish" 'PASSswordfish' swordfish1234567890 \
		"APOP demo $(times 16 5f)" 'USER demo' 'PASS swordfish' \
		'RETR 1' 'PASS swordfish' 'XKEY swordfish' QUIT
	logged '^<7>trace .* client="> \+OK '
	logged '^<7>trace .* client="< USER demo"$'
	logged '^<7>trace .* client="< PASS \*\*\*"$'
	logged '^<7>trace .* client="< XKEY \*\*\*"$'
	logged '^<7>trace .* client="< APOP \*\*\*"$'
	logged '^<7>trace .* client="< RETR 1"$'
	logged '^<7>trace .* backend="> hello 1 '
	logged '^<7>trace .* backend="> login"$'
	logged '^<7>trace .* backend="> list demo"$'
	logged '^<7>trace .* backend="< msg - a '
	refute grep -qi 'swordfish\|5f5f' log
	printf '\0demo\0swordfish' | base64 >initial
	session "AUTH PLAIN $(cat initial)" QUIT
	session "AUTH PLAIN" "$(cat initial)" QUIT
	refute grep -qF -e "$(cat initial)" -e swordfish log
	logged '^<7>trace .* client="< AUTH '
	# Without it there is no trace.
	options=(--cleartext always)
	session "${login[@]}" QUIT
	not_logged '^<7>'
}

@test "what the backend writes to its stderr is logged, with its priority" {
	on login <<-'END'
	printf '%s\n' plain '<3>bad' '<9>odd' '' "$(printf 'a\tb\033')" >&2
	printf 'no end' >&2
	echo OK
	END
	session "${login[@]}" QUIT
	logged '^<5>backend .* text=plain$'
	logged '^<3>backend .* text=bad$'
	logged '^<5>backend .* text=<9>odd$'
	logged '^<5>backend .* text="a\\x09b\\x1b"$'
	logged '^<5>backend .* text="no end"$'
	[ "$(grep -c '^<.>backend' log)" -eq 5 ]
}

@test "a backend that floods its stderr: 200 lines, and the session goes on" {
	on login <<<'yes flood | head -n 100000 >&2; echo OK'
	session "${login[@]}" STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK 2 40' '+OK *'
	[ "$(grep -c '^<.>backend .* text=flood$' log)" -eq 200 ]
	logged '^<5>backend .* text="too many lines: no more are shown"$'
}

@test "a stderr that nobody reads does not hold the session up" {
	options+=(--debug)
	mkfifo full
	exec 7<>full
	{
		printf '%s\r\n' "${login[@]}"
		yes 'UIDL 1' | head -n 3000 | sed 's/$/\r/'
		printf 'QUIT\r\n'
	} >sent
	own
	as_user timeout 60 "$SKEL" "${options[@]}" -- "${backend[@]}" \
		<sent >out 2>&7
	exec 7>&-
	[ "$(grep -c '^+OK 1 a' out)" -eq 3000 ]
}

@test "--log none writes nothing; stderr may be closed" {
	loud
	options+=(--log none --debug)
	session "${login[@]}" QUIT
	[ ! -s log ]
	[ "$(wc -l <out)" -eq 4 ]
	options=(--cleartext always --debug)
	printf '%s\r\n' "${login[@]}" QUIT | as_user "$SKEL" "${options[@]}" -- \
		"${backend[@]}" 2>&- | cat >out
	[ "$(wc -l <out)" -eq 4 ]
}

# bats test_tags=long
@test "stderr is the client: no byte of the log or the backend's reaches it" {
	loud
	options+=(--debug --timeout 500)
	for target in auto stderr syslog; do
		for on in tcp socketpair pipe; do
			talk --stderr-too --on "$on" --timeout 30 <<-'END'
				raw USER demo\r\nPASS demo\r\nRETR 1\r\nFOO\r\nDELE 1\r\nRSET\r\nQUIT\r\n
				expect +OK POP3 server ready
				expect +OK send PASS
				expect +OK 2 messages
				expect +OK *
				mail store/a
				expect -ERR unknown *
				expect +OK *
				expect +OK 2 messages
				expect +OK goodbye
				eof
			END
		done
		options=(--cleartext always --debug --log "$target")
	done
}

@test "stderr is the client: nor do a fault, or options that make no sense" {
	on list <<<'echo broken; echo more >&2'
	loud
	talk --stderr-too --on tcp <<-'END'
		expect +OK *
		send USER demo
		expect +OK *
		send PASS demo
		expect -ERR [SYS/TEMP] the mail backend failed
		eof
		status 75
	END
	backend=(/nonexistent)
	talk --stderr-too <<-'END'
		expect -ERR [SYS/TEMP] the mail backend failed
		eof
		status 75
	END
	options=(--no-such-option)
	talk --stderr-too <<-'END'
		expect -ERR [SYS/TEMP] the server is not set up
		eof
		status 64
	END
}

@test "stderr is the client: the log goes to syslog, and so does the backend's" {
	loud
	with_syslog --stderr-too --on tcp <<-END
		$begin
		send DELE 1
		expect +OK *
		$end
	END
	# RFC 3164: facility mail (2) and the severity; date, tag, process.
	date='[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8}'
	grep -qE "^<22>$date pop3-skel\[[0-9]+\]: login session=[0-9a-f]+ user=demo address=127.0.0.1 messages=2 tls=none mechanism=USER\$" syslog
	grep -qE "^<22>$date pop3-skel\[[0-9]+\]: expunged .* uid=a\$" syslog
	grep -qE "^<22>$date pop3-skel\[[0-9]+\]: ended .* why=quit " syslog
	grep -qE "^<21>$date pop3-skel\[[0-9]+\]: backend .* text=\"LOUD expunge 1 a .*\"\$" syslog
	refute grep -q 'pop3-skel.*<[0-9]>' syslog
}

@test "--log syslog: also where stderr could be had" {
	options+=(--log syslog)
	with_syslog --stderr log <<-END
		$begin
		$end
	END
	grep -q 'ended .* why=quit ' syslog
	[ ! -s log ]
}

@test "a /dev/log that nobody reads does not hold the session up" {
	options+=(--log syslog --debug)
	{
		printf '%s\n' "$begin" 'flood 2000 NOOP' 'skip 2000' "$end"
	} >script
	with_syslog --stderr log <script
	# The listener read only at the end: what a queue holds came.
	[ "$(wc -l <syslog)" -gt 5 ]
	[ "$(wc -l <syslog)" -lt 2000 ]
}

@test "no /dev/log: the session is served" {
	need_private
	options+=(--log syslog)
	own
	unshare -m --propagation private -- sh -c 'mount -t tmpfs none /dev &&
		mknod -m 666 /dev/null c 1 3 && exec "$@"' - \
		"$TALK" --stderr log -- "${user_prefix[@]}" \
		"$SKEL" "${options[@]}" -- "${backend[@]}" <<-END
		$begin
		$end
	END
}

@test "TEMP is one line of the log: which request, or what the backend had to say itself" {
	local texts=
	on hello <<<'printf "%s\n" "command XFOO trans" "command XKEY trans secret" "OK 1"'
	on list <<<'printf "%s\n" "msg 10 one" "msg - two" "msg 10 three" OK'
	on retr <<<'case $line in *one) echo TEMP ;; *two) echo TEMP the source is down ;; *) printf "%s\n" "log 3 no disk" TEMP ;; esac'
	on XFOO <<<'echo "no table" >&2; echo TEMP'
	on XKEY <<<'echo "TEMP ${line#* }"'
	on dele <<<'echo TEMP'
	on rset <<<'echo TEMP'
	session "${login[@]}" 'RETR 1' STAT 'RETR 3' 'XFOO' 'XKEY hunter2' 'DELE 1' RSET QUIT
	[ "$(grep -c '^-ERR' out)" -eq 7 ]
	sed -nE 's/^(<.>(note|backend)) session=[^ ]* user=demo /\1 /p' log |
		diff - <(printf '%s\n' \
			'<4>note what="a request was answered TEMP" request="retr 1"' \
			'<4>note what="a request was answered TEMP" request="retr 2" text="the source is down"' \
			'<3>backend text="no disk"' '<5>backend text="no table"' \
			'<4>note what="a request was answered TEMP" request=XKEY' \
			'<4>note what="a request was answered TEMP" request="dele 1"' \
			'<4>note what="a request was answered TEMP" request=rset')
}
