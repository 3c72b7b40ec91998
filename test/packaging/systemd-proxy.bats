# SPDX-License-Identifier: ISC
#
# Sessions behind a proxy, under a real systemd: what limits a client does not
# limit the proxy.
#
# bats file_tags=once,long

load ../lib/common
load ../lib/systemd

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
