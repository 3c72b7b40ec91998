# SPDX-License-Identifier: ISC
# pop3-skel-tls: TLS from its first octet, on a port of its own; and clients that
# are none, or bad ones.
#
# bats file_tags=full

load ../lib/common
load ../lib/session
load ../lib/tls

prepare() {
	need_tls
	options=(--auth-delay 0 --cleartext never)
}

# client: a script of tls-client's, against $port.
client() {
	timeout 60 "$top/test/lib/tls-client" "$port" "$certs/mail.crt"
}

# What is left of it is the one process that began.
nothing_left() {
	wait_until 20 none_serves
	[ "$(all_of_tls)" = "$tls" ]
}
none_serves() {
	! pgrep -P "$behind" >/dev/null &&
		[ "$(find "/proc/$tls/fd" -lname 'socket:*' | wc -l)" -le 2 ]
}

refusals() {
	grep -c '^<5>refused ' tls.log || :
}

@test "curl fetches what is stored, byte for byte, by TLS 1.2 and 1.3, and resumes" {
	local version
	"$top/scripts/sample-maildir" "$work/sample"
	rm -r "$box" && mv sample "$box"
	serve_behind
	serve_tls
	fetch() {
		curl -sS --max-time 20 --cacert "$certs/mail.crt" "$@"
	}
	# As many as the sample has, against what comes without TLS.
	port_tls=$port
	options=(--cleartext always)
	serve
	count=$(stored | wc -l)
	[ "$count" -gt 5 ]
	for version in 1.2 1.3; do
		fetch --tlsv$version --tls-max $version \
			"pop3s://demo:demo@127.0.0.1:$port_tls/[1-$count]" >got
		curl -sS "pop3://demo:demo@127.0.0.1:$port/[1-$count]" | cmp - got
	done
	[ -s got ]
	for version in tls1_2 tls1_3; do
		own
		as_user openssl s_client -connect "127.0.0.1:$port_tls" -$version \
			-sess_out "$work/session" -ign_eof <<<QUIT >one 2>&1
		as_user openssl s_client -connect "127.0.0.1:$port_tls" -$version \
			-sess_in "$work/session" -sess_out "$work/next" \
			-ign_eof <<<QUIT >two 2>&1
		grep -q '^New, TLS' one
		grep -q '^Reused, TLS' two
	done
	# A ticket of TLS 1.3 is used once: there is another each time.
	as_user openssl s_client -connect "127.0.0.1:$port_tls" -tls1_3 \
		-sess_in "$work/next" -ign_eof <<<QUIT >three 2>&1
	grep -q '^Reused, TLS' three
	not_logged 'ERROR' <tls.log
	[ "$(refusals)" -eq 0 ]
}

@test "what is agreed to: versions, ciphers, ALPN, no renegotiation, the name" {
	serve_behind
	(cd "$work" && make_certificate other other.example.org &&
		key=rsa:2048 make_certificate rsa localhost mail.example.org &&
		key=ed25519 make_certificate ed25519 mail.example.org)
	serve_tls --cert "$work/other.crt" --key "$work/other.key" \
		--cert "$work/rsa.pem" --cert "$work/ed25519.pem"
	hello() {
		openssl s_client -connect "127.0.0.1:$port" "$@" \
			<<<QUIT >hello 2>&1
	}
	hello -tls1_3 -ign_eof -alpn imap,pop3
	grep -q '^ALPN protocol: pop3$' hello
	refute hello -alpn imap
	grep -q 'no application protocol' hello
	refute hello -tls1_1 -cipher DEFAULT@SECLEVEL=0
	refute hello -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256
	refute hello -tls1_2 -cipher AES128-GCM-SHA256
	# Ours, not the client's first.
	hello -tls1_2 -cipher \
		ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384
	grep -q 'Cipher is ECDHE-ECDSA-AES256-GCM-SHA384' hello
	# R is s_client's word for another handshake.
	{
		sleep 0.5
		echo R
		sleep 0.5
	} | openssl s_client -connect "127.0.0.1:$port" -tls1_2 >hello 2>&1 || :
	grep -q 'no renegotiation' hello
	hello -tls1_2 -sigalgs RSA-PSS+SHA256
	grep -q 'subject=CN = rsa$' hello
	hello -tls1_3 -sigalgs RSA-PSS+SHA256
	grep -q 'subject=CN = rsa$' hello
	hello -tls1_3 -sigalgs RSA-PSS+SHA256 -servername mail.example.org
	grep -q 'subject=CN = rsa$' hello
	# Another for the same hosts, of a kind that is there, and one for others.
	refute hello -tls1_3 -sigalgs ed25519
	refute hello -tls1_3 -sigalgs RSA-PSS+SHA256 \
		-servername other.example.org
	hello -servername other.example.org
	grep -q 'subject=CN = other$' hello
	hello -servername mail.example.org
	grep -q 'subject=CN = mail$' hello
	hello -servername unheard.example.org
	grep -q 'subject=CN = mail$' hello
	nothing_left
}

@test "P6.5: the channel binding is the client's own, his certificate a fact and no login" {
	recorder
	serve_behind
	(cd "$work" && make_certificate person)
	serve_tls --client-ca "$work/person.crt"
	own
	openssl s_client -connect "127.0.0.1:$port" -ign_eof -tls1_3 \
		-keymatexport EXPORTER-Channel-Binding -keymatexportlen 32 \
		-cert person.crt -key person.key <<<$'STAT\nQUIT' >one 2>&1
	grep -q '^-ERR log in first' one
	binding=$(sed -n 's/^    Keying material: //p' one)
	[ "${#binding}" -eq 64 ]
	grep -q " tls-exporter=${binding,,}\$\| tls-exporter=${binding,,} " requests
	digest=$(openssl x509 -in person.crt -outform DER | sha256sum)
	grep -q " tls-client=${digest%% *} " requests
	# None is asked of who has none; a stranger's is no handshake.
	openssl s_client -connect "127.0.0.1:$port" -ign_eof <<<QUIT >/dev/null 2>&1
	refute grep tls-client requests
	refute openssl s_client -connect "127.0.0.1:$port" -ign_eof \
		-cert "$certs/mail.crt" -key "$certs/mail.key" <<<QUIT >two 2>&1
	wait_until 5 grep -q 'refused why="TLS handshake" address=127.0.0.1 error=' tls.log
	# TLS 1.2 is bound with the extended master secret alone.
	openssl s_client -connect "127.0.0.1:$port" -ign_eof -tls1_2 <<<QUIT >/dev/null 2>&1
	grep -q ' tls=TLSv1.2 .* tls-exporter=' requests
}

@test "no client of TLS: one line each, and nothing is left" {
	serve_behind
	serve_tls --handshake-time 1
	# Plain POP3, garbage, a hello that breaks off, one who resets, who waits.
	client <<-'END'
		tcp().sendall(b"CAPA\r\n")
		while Client.raw.recv(99): pass
		tcp().sendall(os.urandom(4096)); Client.raw.shutdown(1)
		while Client.raw.recv(99): pass
		tcp().sendall(b"\x16\x03\x01\x02\0\x01\0"); Client.raw.close()
		tcp().sendall(b"\x16\x03\x01\x02\0\x01\0"); reset()
		tcp().sendall(b"\x16\x03\x01"); assert Client.raw.recv(99) == b""
		# Who says nothing is nobody, but does not stay.
		tcp().close()
		assert tcp().recv(99) == b""
	END
	nothing_left
	[ "$(refusals)" -eq 6 ]
	[ "$(grep -c 'error="no handshake in time"$' tls.log)" -eq 2 ]
	# None of them came to a session.
	[ "$(wc -l <behind.log)" -eq 1 ]
}

@test "new keys without end, in one go: such a client is ended, and one with a few is not" {
	gcc -o key-updates "$top/test/lib/key-updates.c" -lssl -lcrypto
	serve_behind
	serve_tls
	run -0 ./key-updates "$port" 40
	[[ $output == '-ERR log in first'* ]] || { echo "$output"; false; }
	run -0 ./key-updates "$port" 3000
	[ -z "$output" ]
	nothing_left
}

@test "no memory for one client: he is let go with a line, and the next one is served" {
	local nth
	serve_behind
	# strace(1) is root's, and what it runs is not.
	user_prefix=()
	# What is watched third and fourth: the first client, and pop3-skel for him.
	for nth in 3 4; do
		tracing -e trace=epoll_ctl -e "inject=epoll_ctl:error=ENOMEM:when=$nth"
		port=$(free_port)
		start tls "${traced[@]}" "$TLS" \
			--listen "127.0.0.1:$port" --to "unix:$work/behind" \
			--cert "$certs/mail.pem"
		wait_until 5 listening "$port"
		tls=$(pgrep -P "$pid")
		started+=("$tls")
		client <<-'END'
			tcp()
			try: upgrade({}); assert line() is None
			except (OSError, EOFError): pass
			tls(); say("QUIT"); line(); assert end()
		END
		grep -q 'refused why="TLS handshake" address=127.0.0.1 error="no memory"$' tls.log
		[ "$(refusals)" -eq 1 ]
		kill "$tls" && wait_until 10 gone "$pid"
	done
}

# A message of so many octets, and sessions. big OCTETS
big() {
	recorder
	head -c "$1" /dev/zero | tr '\0' x | fold >store/1
	options+=(--timeout 20)
	serve_behind
	serve_tls
}

@test "the end: a close_notify where the session ended; the client may end first" {
	big 2000000
	client <<-'END'
		tls(); login(); say("QUIT"); assert line().startswith("+OK ")
		assert end(), "no close_notify"
		# It says that it says no more, and reads on.
		tcp(); half = Half(); half.send(b"USER demo\r\nPASS demo\r\nRETR 1\r\nQUIT\r\n")
		half.close(); got = half.drain()
		assert half.notified and got.count(b"\r\n.\r\n+OK ") == 1 and len(got) > 2000000
		# Only TCP says so, in the midst of a command that then is none.
		tcp(); half = Half(); half.send(b"USER demo\r\nPASS demo\r\nDELE 1\r\nQUIT")
		Client.raw.shutdown(1); got = half.drain()
		assert half.notified and got.count(b"+OK") == 4, got
		# Nothing at all but the end.
		tcp(); half = Half(); half.send(b""); half.close(); half.drain()
		assert half.notified
	END
	nothing_left
	[ -e store/1 ]
	[ "$(refusals)" -eq 0 ]
	grep -q 'why="client closed"' behind.log
}

@test "the end: none where a session breaks off, in the midst of a message" {
	big 2000000
	client <<-'END' 3>&- &
		tls(); login(); say("RETR 1"); line()
		open("reading", "w")
		while not os.path.exists("killed"): time.sleep(0.02)
		assert not end(None)
	END
	client=$!
	wait_until 20 test -e reading
	pkill -KILL -P "$behind"
	touch killed
	wait "$client"
	nothing_left
}

# KiB that pop3-skel-tls has in memory, now (VmRSS) or at most so far (VmHWM).
memory() {
	awk -v what="$1:" '$1 == what { print $2 }' "/proc/$tls/status"
}

@test "a client that resets, vanishes in 50 MiB, or takes nothing of them" {
	# What AddressSanitizer keeps of what is freed is not ours.
	local -x ASAN_OPTIONS=${ASAN_OPTIONS-}:quarantine_size_mb=1
	local before
	big $((50 << 20))
	options=(--auth-delay 0 --timeout 1)
	client <<-'END'
		tls(); login(); reset()
		tls(); login(); say("RETR 1"); line(); reset()
		tls(); login(); say("RETR 1"); line(); Client.over.close()
		# Here the client has its end: what is there is not let go.
		tls(); login(); say("DELE 1"); line(); reset()
	END
	nothing_left
	[ -e store/1 ]
	[ "$(grep -c '^<6>login ' behind.log)" -eq 4 ]
	[ "$(refusals)" -eq 0 ]
	# One that takes all costs no more memory than one that takes little.
	before=$(memory VmRSS)
	client <<-'END'
		tls(); login(); say("RETR 1"); line(); n, last = 0, b""
		while not last.endswith(b"\r\n.\r\n"):
		    got = Client.over.recv(65536); n += len(got); last = (last + got)[-5:]
		assert n > 50 << 20, n
		say("QUIT"); assert line().startswith("+OK "); assert end()
	END
	[ "$(memory VmHWM)" -lt $((before + 2048)) ]
	kill "$behind" && wait_until 10 gone "$behind"
	# One that reads nothing: the session ends, and so it does.
	serve_behind
	client <<-'END' 3>&- &
		tls(); login(); say("RETR 1"); line()
		while not os.path.exists("over"): time.sleep(0.02)
		assert not end(None)
	END
	client=$!
	wait_until 20 grep -q 'why="client stopped reading for 1 s"' behind.log
	[ "$(memory VmHWM)" -lt $((before + 2048)) ]
	touch over
	wait "$client"
	nothing_left
}

@test "renewal: at SIGTERM it exits, and connections live on; another begins" {
	big 2000000
	client <<-'END' 3>&- &
		tls(); login(); one = Client.over
		tcp(); half = Half(); half.step(); two = Client.raw
		open("there", "w")
		while not os.path.exists("renewed"): time.sleep(0.02)
		# This one's hands were half shaken.
		half.send(b"QUIT\r\n"); half.drain(); assert half.notified
		Client.over = one; say("RETR 1"); line()
		while line() != ".": pass
		say("QUIT"); assert line().startswith("+OK "); assert end()
	END
	client=$!
	wait_until 20 test -e there
	before=$port
	kill "$tls"
	wait_until 5 gone "$tls"
	child=$(all_of_tls)
	[ -n "$child" ]
	refute listening "$port"
	(cd "$work" && make_certificate mail)
	start tls2 "$TLS" --listen "127.0.0.1:$port" --to "unix:$work/behind" \
		--cert "$work/mail.pem"
	tls=$pid
	wait_until 5 listening "$port"
	openssl s_client -connect "127.0.0.1:$port" -CAfile mail.crt \
		-verify_return_error -ign_eof <<<QUIT >/dev/null 2>&1
	touch renewed
	wait "$client"
	wait_until 10 gone "$child"
	nothing_left
	[ "$(wc -l <tls.log)" -eq 1 ]
}

@test "renewal: what comes together with SIGTERM is read by one process alone" {
	serve_behind
	for _ in 1 2 3; do
		serve_tls
		client <<-'END' 3>&- &
			all = [tls() for _ in range(12)]
			open("there", "w")
			while not os.path.exists("stopped"): time.sleep(0.02)
			for Client.over in all: say("USER demo")
			open("sent", "w")
			for Client.over in all: assert line().startswith("+OK")
			for Client.over in all: say("QUIT"); assert line().startswith("+OK "); assert end()
		END
		client=$!
		wait_until 30 test -e there
		# It finds all of them, and the signal, when it goes on.
		kill -STOP "$tls"
		touch stopped
		wait_until 30 test -e sent
		kill "$tls"
		kill -CONT "$tls"
		wait "$client"
		rm there stopped sent
	done
}

@test "--check: what is not good is said, and not begun" {
	run -0 --separate-stderr as_user "$TLS" --check --cert "$certs/mail.pem"
	[ -z "$output$stderr" ]
	(cd "$work" && make_certificate other)
	own
	run -75 as_user "$TLS" --check --cert "$certs/mail.crt" --key other.key
	[[ $output == *'cannot use the key other.key: key values mismatch'* ]]
	run -75 as_user "$TLS" --check --cert /dev/null
	[[ $output == *'cannot use the certificate /dev/null: '* ]]
	run -75 as_user "$TLS" --check --cert none.pem
	[[ $output == *'none.pem: No such file or directory'* ]]
	run -64 as_user "$TLS" --check
	[[ $output == *'there is no certificate: --cert'* ]]
	mkdir credentials && cp "$certs/mail.crt" credentials/cert &&
		cp "$certs/mail.key" credentials/key && own
	CREDENTIALS_DIRECTORY=$work/credentials run -0 as_user "$TLS" --check
	run -64 "$TLS" --cert "$certs/mail.pem" --nonsense
	[ "$EUID" -ne 0 ] || {
		run -64 "$TLS" --listen "127.0.0.1:$(free_port)" --cert "$certs/mail.pem"
		[[ $output == *'it runs as root: --user'* ]]
	}
}

@test "tickets: taken for two turns of their keys, and not after" {
	serve_behind
	serve_tls --ticket-time 2
	own
	resumed() {
		as_user openssl s_client -connect "127.0.0.1:$port" \
			-sess_in session -ign_eof <<<QUIT >two 2>&1
		grep -q "^$1, TLS" two
	}
	as_user openssl s_client -connect "127.0.0.1:$port" -sess_out session \
		-ign_eof <<<QUIT >/dev/null 2>&1
	resumed Reused
	wait_until 20 resumed New
}

# bats test_tags=long
@test "root opens what only it may, and is nobody then; nor is the key seen" {
	need_sight
	mkdir secret && cp "$certs/mail.pem" secret && chmod 700 secret
	serve_behind
	chown -R root: secret
	port=$(free_port)
	"$TLS" --listen "127.0.0.1:$port" --to "unix:$work/behind" \
		--cert secret/mail.pem --user nobody:nogroup 2>tls.log 3>&- &
	tls=$!
	started+=("$tls")
	wait_until 5 listening "$port"
	awk '/^Uid:/ { exit $2 + $3 + $4 != 3 * 65534 }' "/proc/$tls/status"
	# In the midst of a session: no process of POP3 has it, anywhere.
	key=$(sed -n '/PRIVATE/,/PRIVATE/p' "$certs/mail.key" | sed -n 2p)
	# Its number as it is written, and as OpenSSL has it, from its low end.
	number=$(openssl pkey -in "$certs/mail.key" -text -noout |
		sed -n '/^priv:/,/^pub:/s/^  *//p' | tr -d ':\n' |
		grep -oE '.{64}$')
	reversed=$(fold -w 2 <<<"$number" | tac | tr -d '\n')
	[ "${#reversed}" -eq 64 ]
	"$top/test/lib/in-memory" "$tls" "0x$number" "0x$reversed"
	client <<-END
		tls(); login()
		for pid in subprocess.run(["pgrep", "-P", "$behind"], capture_output=True, text=True).stdout.split():
		    for one in [pid] + subprocess.run(["pgrep", "-P", pid], capture_output=True, text=True).stdout.split():
		        assert subprocess.run(["$top/test/lib/in-memory", one, "${key:8:40}", "0x$number", "0x$reversed"]).returncode == 1
		        for what in "cmdline", "environ":
		            held = open("/proc/" + one + "/" + what, "rb").read()
		            assert b"secret" not in held and b"${key:8:40}" not in held
		        assert "ssl" not in open("/proc/" + one + "/maps").read()
		        seen = True
		assert seen
	END
	refute grep -rF "${key:8:40}" behind.log tls.log
}

# bats test_tags=long
@test "2000 who stall their handshakes: others are served all the same" {
	options=(--auth-delay 0 --cleartext never)
	serve_behind
	serve_tls --max-sessions 1000
	ulimit -n 8192 2>/dev/null || skip "needs descriptors"
	client <<-'END'
		held = []
		for i in range(2000):
		    s = socket.socket(); s.setblocking(False)
		    s.bind(("127.0.%d.%d" % (1 + i // 200, 1 + i % 200), 0))
		    try: s.connect(("127.0.0.1", PORT))
		    except BlockingIOError: pass
		    held.append(s)
		since = time.time()
		tls(address="127.0.0.2"); login(); say("QUIT"); line()
		assert time.time() - since < 20, time.time() - since
	END
	[ "$(wc -l <tls.log)" -le 64 ]
	nothing_left
}

@test "--max-per-source, --rate-per-source: one too many is closed, and told once" {
	serve_behind
	serve_tls --max-per-source 2
	client <<-'END'
		tls(); one = Client.over
		tls(); two = Client.over
		for i in range(3):
		    tcp()
		    try: assert Client.raw.recv(9) == b""
		    except ConnectionResetError: pass
		tls(address="127.0.0.2")
	END
	[ "$(grep -c 'refused why=max-per-source address=127.0.0.1' tls.log)" -eq 1 ]
	[ "$(refusals)" -eq 1 ]
}

@test "a session that a failed login holds back counts for its source" {
	options=(--auth-delay 2 --cleartext never)
	serve_behind
	serve_tls --max-per-source 1
	client <<-'END'
		tls(); say("USER demo"); line(); say("PASS wrong"); reset()
		since = time.time()
		tcp()
		try: assert Client.raw.recv(9) == b""
		except ConnectionResetError: pass
		while True:
		    try: tls(); break
		    except (OSError, EOFError): time.sleep(0.05)
		assert time.time() - since > 1.5, time.time() - since
	END
	nothing_left
}

@test "pop3-skel that is not there yet, or not at all" {
	serve_tls
	client <<-'END' 3>&- &
		tls(); say("QUIT"); line(); assert end()
	END
	client=$!
	wait_until 5 sh -c "ls /proc/$tls/fd | grep -q 7"
	serve_behind
	wait "$client"
	kill "$behind"
	wait_until 5 gone "$behind"
	client <<-'END'
		tcp()
		try: upgrade({}); assert line() is None
		except (OSError, EOFError): pass
	END
	wait_until 10 grep -q '^<3>fault what="pop3-skel cannot be reached" error=' tls.log
}
