# SPDX-License-Identifier: ISC
#
# Sessions behind a proxy, under a real systemd: what limits a client does not
# limit the proxy.
#
# bats file_tags=once,long

load ../lib/common
load ../lib/systemd
load ../lib/examples

@test "a hundred clients behind one proxy, by unix socket and by TCP, all get in" {
	cp "$top/units/drop-ins/proxy-tcp.conf" .
	cat >crowd.py <<-'PY'
		import socket, sys
		held = []
		for i in range(100):
		    if sys.argv[1][0] == "/":
		        s = socket.socket(socket.AF_UNIX)
		        s.connect(sys.argv[1])
		    else:
		        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		    s.settimeout(60)
		    s.sendall(b"PROXY TCP4 192.0.2.%d 192.0.2.200 1024 110\r\n" % (i + 1))
		    held.append(s)
		greeted = 0
		for s in held:
		    try:
		        greeted += s.recv(3) == b"+OK"
		    except OSError:
		        pass
		print(greeted)
	PY
	inside <<-'END'
		for pair in pop3-skel pop3-skel-accept; do
			mkdir -p "/run/systemd/system/$pair-proxy.socket.d"
			cp proxy-tcp.conf "/run/systemd/system/$pair-proxy.socket.d"
			systemctl daemon-reload
			[ "$pair" = pop3-skel ] || systemctl start pop3-skel-accept.socket
			systemctl start "$pair-proxy.socket"
			python3 crowd.py /run/pop3-skel/proxy
			python3 crowd.py 1110
			in_journal "started .* address=192.0.2.100 "
			systemctl stop 'pop3-skel*.socket' 'pop3-skel*.service'
		done
		! journal | grep max-per-source
		systemctl --failed --no-legend
	END
	[ "$output" = $'100\n100\n100\n100' ] || { echo "$output"; false; }
}

@test "pop3-skel-admin.7: one of several hosts: sql as a service, and sessions from the proxy's address alone" {
	example pop3-skel-admin.7 host | sed -e "s|/usr/share|/usr/local/share|" \
		-e "s|/usr/libexec|/usr/local/libexec|" \
		-e "s|/etc/default/pop3-skel|\"\$(default_file)\"|" >host
	grep -q 'sql --listen systemd' host
	example pop3-skel-sql.8 sqlite |
		sed "s|/usr/share|/usr/local/share|; s|mail.db|/var/lib/pop3-skel/&|" >fill
	# client ADDRESS: what a session from there hears, as of TLS (PP2_TYPE_SSL).
	cat >client.py <<-'PY'
		import socket, struct, sys
		s = socket.create_connection(("192.0.2.1", 1110), 60, (sys.argv[1], 0))
		tls = struct.pack("!BI", 1, 0) + struct.pack("!BH", 0x21, 7) + b"TLSv1.3"
		told = socket.inet_aton("203.0.113.5") + socket.inet_aton("192.0.2.254") + \
		    struct.pack("!HHBH", 1024, 995, 0x20, len(tls)) + tls
		s.sendall(b"\r\n\r\n\0\r\nQUIT\n\x21\x11" + struct.pack("!H", len(told)) + told)
		for line in b"", b"USER demo\r\n", b"PASS demo\r\n", b"RETR 1\r\n", b"QUIT\r\n":
		    try:
		        s.sendall(line)
		        heard = s.recv(1000)
		    except OSError:
		        heard = b""
		    print(heard.decode().split("\r")[0] or "nothing")
	PY
	inside <<-'END'
		ip link set lo up
		for address in 192.0.2.1 192.0.2.254 192.0.2.253; do
			ip addr add "$address/32" dev lo
		done
		mkdir -p /etc/pop3-skel
		printf '[database]\nsqlite = /var/lib/pop3-skel/mail.db\n' >/etc/pop3-skel/sql.conf
		echo text | python3 fill
		chown pop3-skel: /var/lib/pop3-skel/mail.db
		. ./host >/dev/null 2>&1
		python3 "$work/client.py" 192.0.2.254
		python3 "$work/client.py" 192.0.2.253
		in_journal 'login .* address=203.0.113.5 .* tls=TLSv1.3'
		systemctl --failed --no-legend
	END
	diff - <(sed 's/ready .*/ready/' <<<"$output") <<-'END'
		+OK POP3 server ready
		+OK send PASS
		+OK 1 messages
		+OK 6 octets
		+OK goodbye
		nothing
		nothing
		nothing
		nothing
		nothing
	END
}
