# SPDX-License-Identifier: ISC
# STLS (RFC 2595): TLS in the midst of a session, by pop3-skel-tls.
#
# bats file_tags=full

load ../lib/common
load ../lib/session
load ../lib/tls

prepare() {
	need_tls
	recorder
	mkdir run
	own
	options=(--auth-delay 0 --cleartext never --stls "$work/run/stls")
}

# Who makes it TLS, at run/stls.
serve_control() {
	own
	start tls "$TLS" --stls "$work/run/stls" --cert "$certs/mail.pem" "$@"
	tls=$pid
	wait_until 5 test -S run/stls
}

# client: a script of tls-client's, against $port.
client() {
	timeout 60 "$top/test/lib/tls-client" "$port" "$certs/mail.crt"
}

# What CAPA announces, into the file `capa`.
capabilities() {
	curl -sS --max-time 20 -X CAPA -v "pop3://127.0.0.1:$port/" \
		>capa 2>&1 || :
}

@test "P6.1 P6.4: STLS is announced where it can be had, before a login, and once" {
	store 1
	serve_control
	serve
	client <<-'END'
		def capa():
		    say("CAPA"); got = []
		    while not got or got[-1] != ".": got.append(line())
		    return got
		tcp(); line(); assert "STLS" in capa(); plain = Client.over
		say("STLS x"); assert line().startswith("-ERR")
		stls(); assert "STLS" not in capa()
		say("STLS"); assert line().startswith("-ERR there is TLS")
		assert "USER" in capa()
		login(); assert "STLS" not in capa()
		say("STLS"); assert line().startswith("-ERR already logged in")
		say("RETR 1"); assert line().startswith("+OK")
		while line() != ".": pass
		say("QUIT"); assert line().startswith("+OK"); assert end()
	END
	# Once nobody answers there it is not.
	kill "$tls" && wait_until 5 gone "$tls"
	client <<-'END'
		tcp(); line(); say("CAPA")
		while True:
		    got = line(); assert got != "STLS"
		    if got == ".": break
		say("STLS"); assert line().startswith("-ERR [SYS/TEMP] ")
		say("QUIT"); assert line().startswith("+OK ")
	END
}

@test "P6.2: what stands in clear behind STLS is never done" {
	serve_control
	options+=(--cleartext always)
	local more
	for more in 'NOOP' 'CAPA' 'USER demo' ''; do
		talk --on tcp <<-END
			expect +OK *
			raw STLS\r\n$more\r\n
			eof
		END
		logged 'refused .* why="octets in clear behind STLS"'
	done
	# Nor where only a part of it came.
	talk --on tcp <<-'END'
		expect +OK *
		raw STLS\r\nST
		eof
	END
	[ "$(sed 1d requests)" = end ]
	[ ! -s tls.log ] || refute grep refused tls.log
}

@test "what was said in clear is forgotten; what was counted is not" {
	cat >>on.hello <<'END'
printf '%s\n' apop 'OK 1'; printf '%s\n' "$line" >>hellos
END
	on login <<<'case $line in *demo) echo OK ;; *) echo ERR ;; esac'
	serve_control
	options=(--auth-delay 0 --cleartext always --stls "$work/run/stls" --max-logins 2)
	serve
	client <<-'END'
		tcp(); greeting = line(); assert "<" in greeting
		say("USER demo"); line(); say("PASS wrong"); assert line().startswith("-ERR")
		say("USER demo"); assert line().startswith("+OK")
		say("STLS"); assert line().startswith("+OK begin TLS"); upgrade({})
		say("PASS demo"); assert line() == "-ERR USER comes first"
		say("APOP demo 0123456789abcdef0123456789abcdef")
		assert line() == "-ERR command unimplemented"
		# It is the second that fails.
		say("USER demo"); line(); say("PASS wrong"); assert line().startswith("-ERR")
		end()
	END
	# Two backends: the second heard of TLS.
	[ "$(wc -l <hellos)" -eq 2 ]
	refute grep -q tls= <(sed -n 1p hellos)
	grep -q ' tls=TLSv1.3 tls-cipher=' <(sed -n 2p hellos)
	# Each has the same address, and the same session.
	diff <(sed -n 1p hellos | tr ' ' '\n' | grep -E '^(id|remote)') \
		<(sed -n 2p hellos | tr ' ' '\n' | grep -E '^(id|remote)')
}

@test "no TLS comes of it: the session ends, in time, with nothing left" {
	serve_control --handshake-time 1
	options+=(--login-timeout 3)
	local what
	for what in 'raw garbage\r\n' 'silence 0.1' 'close'; do
		talk --on tcp <<-END
			expect +OK *
			send STLS
			expect +OK begin TLS
			$what
			drain
		END
		logged '^<6>ended .* why="(no TLS came of STLS|client gone|no PROXY header)"'
	done
	# The time to log in goes on.
	kill "$tls" && wait_until 5 gone "$tls"
	serve_control --handshake-time 60
	talk --on tcp <<-'END'
		mark
		expect +OK *
		silence 1
		send STLS
		expect +OK begin TLS
		eof
		within 2.5 9
	END
	logged 'why="not logged in after 3 s"'
}

@test "STLS and a password at once: the log has both, and nobody else's TLS" {
	store 1
	serve_control
	serve
	curl -sS --max-time 20 --ssl-reqd --cacert "$certs/mail.crt" \
		"pop3://demo:demo@127.0.0.1:$port/1" |
		cmp - <(printf 'Subject: 1\r\n\r\ntext\r\n')
	wait_until 5 grep -q '^list demo' requests
	openssl s_client -connect "127.0.0.1:$port" -starttls pop3 -quiet \
		-verify_quiet <<<QUIT >out 2>err || { cat out err tls.log; false; }
	grep -q '^+OK' out
}

# control SCRIPT [WORD]: Python, as root, with hand(COUNT), a connection to run/stls
# that hands over so many descriptors, and what there is to see of $tls.
control() {
	timeout 60 python3 - "$tls" "${2-}" <<-END
		import array, os, re, socket, sys, time
		def connect():
		    s = socket.socket(socket.AF_UNIX); s.connect("run/stls"); return s
		def hand(count):
		    with connect() as s:
		        ours, theirs = socket.socketpair()
		        s.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
		            array.array("i", [theirs.fileno()] * count))])
		        ours.close(); theirs.close()
		        try: assert s.recv(1) == b""
		        except ConnectionResetError: pass
		def opened(): return len(os.listdir("/proc/%s/fd" % sys.argv[1]))
		def slept():
		    return int(re.search("^voluntary.*:\\s*(.*)", open("/proc/%s/status" %
		        sys.argv[1]).read(), re.M)[1])
		$1
	END
}

# How many descriptors pop3-skel-tls has open.
open_now() {
	find "/proc/$tls/fd" -type l | wc -l
}
open_are() {
	[ "$(open_now)" -eq "$1" ]
}

@test "the control socket: more than one descriptor, and none: nothing stays open" {
	need_sight
	serve_control
	local before
	before=$(open_now)
	control 'for count in 0, 1, 2, 3, 2, 2, 5: hand(count)'
	wait_until 10 open_are "$before"
}

@test "the control socket: out of descriptors it waits without spinning, and goes on" {
	need_sight
	serve_control
	as_user prlimit --pid "$tls" \
		"--nofile=$(($(open_now) + 1)):"
	control 'held = [connect() for i in range(16)]
while not "cannot accept" in open("tls.log").read(): time.sleep(0.02)
before, until = slept(), time.time() + 20
while slept() < before + 5: assert time.time() < until; time.sleep(0.02)'
	as_user prlimit --pid "$tls" --nofile=64:
	store 1
	serve
	client <<-'END'
		stls(); login()
	END
}

@test "the control socket: --max-sessions at a time, and who comes then waits" {
	need_sight
	serve_control --max-sessions 2 --handshake-time 60
	local before
	before=$(open_now)
	control 'held = [connect() for i in range(3)]
until = time.time() + 20
while not opened() >= int(sys.argv[2]) + 2: assert time.time() < until; time.sleep(0.02)
before = slept()
while slept() < before + 5: assert time.time() < until; time.sleep(0.02)
assert opened() == int(sys.argv[2]) + 2, opened()
held.clear()
hand(1)' "$before"
}
