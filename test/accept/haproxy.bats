# SPDX-License-Identifier: ISC
# A real HAProxy in front: its clients' addresses, and its health checks.
#
# bats file_tags=once

load ../lib/common
load ../lib/examples

prepare() {
	printf 'Subject: hello\n\n.dot\n' >"$box/new/1.a"
	# maildir, once it has told who it is asked for.
	backend_script <<-END
		printf '%s\n' "\${POP3_REMOTE_ADDR-none} \${POP3_LOCAL_ADDR-none}" \
			"\${POP3_LOCAL_PORT-none}" >>"$work/clients"
		exec "\$POP3_SKEL_BACKENDS/maildir" -u "$work/users"
	END
	: >clients
}

# An HAProxy before the server at $port, on $front: proxied LINE-OF-ITS...
proxied() {
	front=$(free_port)
	cat >haproxy.cfg <<-END
		global
			stats socket $work/admin level admin
		defaults
			mode tcp
			timeout connect 20s
			timeout client 20s
			timeout server 20s
		frontend pop3
			bind 127.0.0.1:$front
			bind ::1:$front
			default_backend skel
		backend skel
			option tcp-check
			tcp-check expect string +OK
			tcp-check send QUIT\r\n
			tcp-check expect string +OK
			$* inter 500ms
	END
	start haproxy haproxy -db -f "$work/haproxy.cfg"
	wait_until 10 listening "$front"
	# Its own question is served, whoever it says that it is.
	wait_until 20 healthy
}

healthy() {
	as_user socat - "UNIX-CONNECT:$work/admin" <<<'show stat' |
		grep -q '^skel,pop3,.*,UP,.*,L7OK,'
}

# Fetches the mail as a client at this address; the backend hears of it.
fetched_from() {
	curl -sS --max-time 20 --interface "$1" "pop3://demo:demo@$2:$front/1" |
		cmp - <(printf 'Subject: hello\r\n\r\n.dot\r\n')
	grep -A 1 -x "$1 $3" clients | grep -x "$front"
}

@test "HAProxy: send-proxy tells the client's address" {
	options=(--cleartext local --proxy)
	serve
	proxied "server pop3 127.0.0.1:$port send-proxy check"
	fetched_from 127.0.0.77 127.0.0.1 127.0.0.1
	fetched_from ::1 '[::1]' ::1
}

@test "HAProxy: send-proxy-v2 tells it, with the line of the manual" {
	options=(--cleartext local --proxy)
	serve
	proxied "$(example pop3-skel.8 server |
		sed "s/:1110/:$port/") proxy-v2-options unique-id,crc32c"
	fetched_from 127.0.0.78 127.0.0.1 127.0.0.1
	fetched_from ::1 '[::1]' ::1
}

@test "HAProxy: a hundred clients get in; of one address as many as its table lets in" {
	local lines
	options=(--cleartext local --proxy)
	serve
	front=$(free_port)
	lines=$(example pop3-skel.8 haproxy)
	lines=${lines/:995 ssl crt \/etc\/haproxy\/mail.pem alpn pop3/127.0.0.1:$front}
	{
		printf 'defaults\n mode tcp\n timeout connect 20s\n'
		printf ' timeout client 60s\n timeout server 60s\n'
		printf '%s\n' "${lines/:1110/:$port}"
	} >haproxy.cfg
	start haproxy haproxy -db -f "$work/haproxy.cfg"
	wait_until 10 listening "$front"
	cat >crowd.py <<-'PY'
		import socket, sys
		def come(addresses):
		    held, greeted = [], 0
		    for a in addresses:
		        held.append(socket.create_connection(
		            ("127.0.0.1", int(sys.argv[1])), 60, (a, 0)))
		    for s in held:
		        try:
		            greeted += s.recv(3) == b"+OK"
		        except OSError:
		            pass
		    print(greeted)
		    return held
		crowd = come("127.0.1.%d" % (i + 1) for i in range(100))
		one = come(["127.0.0.5"] * 25)
	PY
	run -0 as_user "$POP3_SKEL_PYTHON" crowd.py "$front"
	[ "$output" = $'100\n20' ] || { echo "$output"; false; }
}
