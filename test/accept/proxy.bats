# SPDX-License-Identifier: ISC
# PROXY headers, as HAProxy's specification of the protocol has them.
#
# bats file_tags=full

load ../lib/common

prepare() {
	options=(--auth-delay 0 --proxy)
	# Tells its environment, and knows demo.
	backend_script <<-'END'
		while IFS= read -r line; do
			case $line in
			hello*) env | sort >environment; echo 'OK 1' ;;
			'login demo demo'|list*) echo OK ;;
			*) echo DEFAULT ;;
			esac
		done
	END
	v2='\r\n\r\n\0\r\nQUIT\n'
	inet='\xc6\x33\x64\x07\xc0\x00\x02\x01\x04\x00\x00\x6e'
	v6='\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0'
	mapped='\0\0\0\0\0\0\0\0\0\0\xff\xff'
}

# A session of CAPA and QUIT behind a header, in one packet with it: served
# HEADER. What CAPA told is in `out`.
served() {
	rm -f environment
	talk --on tcp <<-END
		raw ${1}CAPA\r\nQUIT\r\n
		expect +OK *
		body out
		expect +OK *
		eof
	END
	# The proxy's octets are not the client's.
	logged ' in=12 '
}

# The backend was told exactly these.
told() {
	grep -E '^POP3_(REMOTE|LOCAL)_' environment | sed 's/^POP3_//' >got || :
	printf '%s\n' "$@" | sed '/^$/d' | diff - got
}

# ... that the connection itself is the client's.
told_connection() {
	[ "$(grep -c '^POP3_[A-Z]*_ADDR=127.0.0.1$' environment)" -eq 2 ]
	[ "$(grep -cE '^POP3_[A-Z]*_PORT=[0-9]+$' environment)" -eq 2 ]
}

local_client() {
	grep -q '^USER' out
}
not_local() {
	grep -q '^UIDL' out && ! local_client
}

# What begins so is answered by the connection's end alone, and never reaches
# a backend: refused WHY OCTETS
refused() {
	rm -f environment
	talk --on tcp <<-END || { printf 'sent: %s\n' "$2"; return 1; }
		raw $2
		eof
	END
	logged "refused session=[0-9a-f]+ address=127.0.0.1 why=\"$1\"" &&
		logged "ended session=[0-9a-f]+ address=127.0.0.1 why=\"$1\"" &&
		[ ! -e environment ]
}

@test "PROXY 1: TCP4 and TCP6, and commands right behind them" {
	served 'PROXY TCP4 198.51.100.7 192.0.2.1 1024 110\r\n'
	told LOCAL_ADDR=192.0.2.1 LOCAL_PORT=110 \
		REMOTE_ADDR=198.51.100.7 REMOTE_PORT=1024
	not_local
	logged 'started session=[0-9a-f]+ address=198.51.100.7 port=1024 local_address=192.0.2.1 local_port=110 '
	logged 'ended session=[0-9a-f]+ address=198.51.100.7 '
	served 'PROXY TCP6 2001:db8::7 2001:DB8:0::1 65535 0\r\n'
	told LOCAL_ADDR=2001:db8::1 LOCAL_PORT=0 \
		REMOTE_ADDR=2001:db8::7 REMOTE_PORT=65535
	not_local
	served 'PROXY TCP6 ::ffff:198.51.100.8 ::ffff:192.0.2.2 1 2\r\n'
	told LOCAL_ADDR=192.0.2.2 LOCAL_PORT=2 \
		REMOTE_ADDR=198.51.100.8 REMOTE_PORT=1
	not_local
}

@test "PROXY 1: UNKNOWN is served as it came, and is not local" {
	local rest
	for rest in '' ' ' ' ffff::1 ffff::2 65535 65535' ' \xff \t x'; do
		served "PROXY UNKNOWN$rest\r\n"
		told_connection
		not_local
	done
}

@test "PROXY 2: INET, INET6 and IPv4-mapped, and commands behind them" {
	served "$v2\x21\x11\0\x0c$inet"
	told LOCAL_ADDR=192.0.2.1 LOCAL_PORT=110 \
		REMOTE_ADDR=198.51.100.7 REMOTE_PORT=1024
	not_local
	served "$v2\x21\x21\0\x24$v6\x07$v6\x01\xff\xff\0\x6e"
	told LOCAL_ADDR=2001:db8::1 LOCAL_PORT=110 \
		REMOTE_ADDR=2001:db8::7 REMOTE_PORT=65535
	not_local
	served "$v2\x21\x21\0\x24$mapped\xc6\x33\x64\x08$mapped\xc0\0\x02\x02\0\x01\0\x02"
	told LOCAL_ADDR=192.0.2.2 LOCAL_PORT=2 \
		REMOTE_ADDR=198.51.100.8 REMOTE_PORT=1
	not_local
}

@test "PROXY 2: what follows the addresses is passed over" {
	local many
	served "$v2\x21\x11\0\x13$inet\x04\0\x04QUIT"
	told LOCAL_ADDR=192.0.2.1 LOCAL_PORT=110 \
		REMOTE_ADDR=198.51.100.7 REMOTE_PORT=1024
	# 12,288 octets, as a certificate may have.
	many="\x05\x2f\xf1$(printf '%012273d' 0)"
	served "$v2\x21\x11\x30\0$inet$many"
	told LOCAL_ADDR=192.0.2.1 LOCAL_PORT=110 \
		REMOTE_ADDR=198.51.100.7 REMOTE_PORT=1024
}

@test "PROXY 2: LOCAL is the proxy itself, whatever else it says" {
	served "$v2\x20\0\0\0"
	told_connection
	local_client
	served "$v2\x20\x11\0\x0c$inet"
	told_connection
	local_client
	served "$v2\x20\xff\0\x03abc"
	told_connection
	local_client
}

@test "PROXY 2: UNSPEC is served as it came, and is not local" {
	served "$v2\x21\0\0\0"
	told_connection
	not_local
	served "$v2\x21\0\0\x03abc"
	told_connection
	not_local
}

@test "PROXY 2: a datagram's addresses are served as UNSPEC" {
	local family
	for family in "\x12\0\x0c$inet" "\x22\0\x24$v6\x01$v6\x02\x04\0\0\x6e" \
		'\x32\0\0'; do
		served "$v2\x21$family"
		told_connection
		not_local
	done
}

@test "PROXY 2: UNIX is local, and has no address" {
	served "$v2\x21\x31\0\xd8$(printf '%0216d' 0)"
	told ''
	local_client
	logged 'started session=[0-9a-f]+ backend='
}

@test "PROXY: local is judged by the address in the header" {
	served 'PROXY TCP4 127.0.0.9 127.0.0.1 1024 110\r\n'
	local_client
	served 'PROXY TCP6 ::1 ::1 1024 110\r\n'
	local_client
	served "$v2\x21\x11\0\x0c\x7f\0\0\x05\xc0\x00\x02\x01\x04\x00\x00\x6e"
	local_client
	talk --on tcp <<-'END'
		raw PROXY TCP4 198.51.100.7 127.0.0.1 1024 110\r\n
		expect +OK *
		send USER demo
		expect -ERR *
	END
	logged 'refused session=[0-9a-f]+ address=198.51.100.7 '
}

@test "PROXY: a header in single octets" {
	local header
	for header in 'PROXY TCP4 198.51.100.7 192.0.2.1 1024 110\r\n' \
		"$v2\x21\x11\0\x12$inet\x04\0\x03abc"; do
		talk --on tcp <<-END
			drip 0.002 $header
			expect +OK *
			send NOOP
			expect -ERR *
			send QUIT
			expect +OK *
			eof
		END
		logged 'started session=[0-9a-f]+ address=198.51.100.7 port=1024 '
		logged ' in=12 '
	done
}

@test "PROXY: what is no header ends the connection without a word" {
	local bad
	for bad in 'USER demo\r\n' 'X' '\n' '\r\n\r\n\0\r\nQUIT\r' 'PROXX' \
		'proxy TCP4 198.51.100.7 192.0.2.1 1024 110\r\n' \
		'PROXY\r\n' 'PROXY \r\n' 'PROXY  UNKNOWN\r\n' \
		'PROXY UNKNOWNX\r\n' 'PROXY UNKNOWN\n' 'PROXY UNKNOWN \0\r\n' \
		'PROXY TCP4 198.51.100.7 192.0.2.1 1024 110\n' \
		'PROXY TCP4 198.51.100.7 192.0.2.1 1024\r\n' \
		'PROXY TCP4 198.51.100.7 192.0.2.1 1024 110 \r\n' \
		'PROXY TCP4  198.51.100.7 192.0.2.1 1024 110\r\n' \
		'PROXY TCP4 198.51.100.7 192.0.2.1 1024 110 1\r\n' \
		'PROXY TCP4 198.51.100.7 192.0.2.1 65536 110\r\n' \
		'PROXY TCP4 198.51.100.7 192.0.2.1 -1 110\r\n' \
		'PROXY TCP4 198.51.100.7 192.0.2.1 1024 011\r\n' \
		'PROXY TCP4 198.51.100.07 192.0.2.1 1024 110\r\n' \
		'PROXY TCP4 2001:db8::1 192.0.2.1 1024 110\r\n' \
		'PROXY TCP4 host.example 192.0.2.1 1024 110\r\n' \
		'PROXY TCP6 198.51.100.7 192.0.2.1 1024 110\r\n' \
		'PROXY UDP4 198.51.100.7 192.0.2.1 1024 110\r\n' \
		"PROXY UNKNOWN $(printf '%093d' 0)"; do
		refused 'bad PROXY header' "$bad"
	done
	for bad in "\x11\x11\0\x0c$inet" "\x22\x11\0\x0c$inet" \
		"\x31\x11\0\x0c$inet" "\x21\x11\0\x0b$inet" \
		"\x21\x21\0\x0c$inet" "\x21\x13\0\x0c$inet" \
		"\x21\x10\0\x0c$inet" "\x21\x03\0\0" "\x21\x41\0\x0c$inet" \
		"\x21\x31\0\x0c$inet" "\x21\x11\xff\xff$inet"; do
		refused 'bad PROXY header' "$v2$bad"
	done
}

@test "PROXY 1: 107 octets are a header, 108 are none" {
	served "PROXY UNKNOWN $(printf '%091d' 0)\r\n"
	refused 'bad PROXY header' "PROXY UNKNOWN $(printf '%092d' 0)\r\n"
}

@test "PROXY: to wait for the header costs no processor time" {
	options+=(--timeout 1)
	talk --on tcp <<-'END'
		until sleep 2.5
		shell awk '$14 + $15 > 50 { exit 1 }' /proc/$PID/stat
	END
}

@test "PROXY: a header that does not come in time" {
	options+=(--login-timeout 1)
	refused 'no PROXY header in time' 'PROXY TCP4'
	refused 'no PROXY header in time' "$v2\x21\x11\0\x0c"
	# A drip of octets is no excuse.
	talk --on tcp <<-'END'
		drip 0.2 PROXY UNKNOWN 0123456789012345678
		eof
	END
	logged 'ended .* why="no PROXY header in time"'
	[ ! -e environment ]
}

@test "PROXY: a client who leaves, and SIGTERM, before the header" {
	talk --on tcp <<-'END'
		raw PROXY
		close
		eof
	END
	logged 'ended .* why="no PROXY header" '
	talk --on tcp <<-'END'
		raw PROXY TCP4
		silence 2
		signal TERM
		eof
	END
	logged 'ended .* why=terminated '
}

# A session whose client has reset, or closed, its connection before pop3-skel
# is started, after it sent $1: started_late WHAT reset|close.
started_late() {
	cat >starter <<-'END'
	#!/bin/sh
	# Starts late: when the client is gone, as the kernel has it.
	until [ -e gone ]; do sleep 0.02; done
	exec "$@"
	END
	chmod 755 starter
	own
	python3 - "$1" "$2" "${user_prefix[@]}" ./starter "$SKEL" \
		"${options[@]}" -- "${backend[@]}" <<-'END'
	import os, socket, struct, subprocess, sys
	server = socket.create_server(("127.0.0.1", 0))
	client = socket.create_connection(server.getsockname())
	accepted, _ = server.accept()
	client.sendall(sys.argv[1].encode())
	with open("log", "wb") as log:
	    child = subprocess.Popen(sys.argv[3:], stdin=accepted,
	        stdout=accepted, stderr=log)
	if sys.argv[2] == "reset":
	    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
	        struct.pack("ii", 1, 0))
	client.close()
	open("gone", "w")
	sys.exit(child.wait(20))
	END
	rm gone
}

@test "a client that has reset before its session starts is no refusal" {
	local header
	export REMOTE_ADDR=127.0.0.1
	for header in '' 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2'; do
		started_late "$header" reset
		[ "$(cut -d ' ' -f 1 log)" = '<7>ended' ]
		logged 'address=127.0.0.1 why="client gone"'
	done
	options=(--cleartext always)
	started_late 'QUIT' reset
	[ "$(cut -d ' ' -f 1 log)" = '<7>ended' ]
	[ ! -e environment ]
}

@test "PROXY: a connection that closes without a word is no refusal" {
	started_late '' close
	[ "$(cut -d ' ' -f 1 log)" = '<7>ended' ]
	logged 'why="client gone"'
	talk --on tcp <<-'END'
		vanish
	END
	[ "$(cut -d ' ' -f 1 log)" = '<7>ended' ]
	talk --on tcp <<-'END'
		raw PROXY TCP4 192
		vanish
	END
	[ "$(cut -d ' ' -f 1 log)" = '<7>ended' ]
	[ ! -e environment ]
}

@test "PROXY: the time to log in begins behind the header" {
	options+=(--login-timeout 3)
	talk --on tcp <<-'END'
		silence 1.8
		raw PROXY TCP4 127.0.0.1 127.0.0.1 1024 110\r\n
		expect +OK *
		silence 1.8
		send USER demo
		expect +OK*
		send PASS demo
		expect +OK *
	END
}

@test "PROXY: there is one header, and none where none is asked for" {
	talk --on tcp <<-'END'
		raw PROXY UNKNOWN\r\nPROXY UNKNOWN\r\n
		expect +OK *
		expect -ERR *
	END
	options=(--cleartext local)
	talk --on tcp <<-'END'
		expect +OK *
		send PROXY TCP4 198.51.100.7 192.0.2.1 1024 110
		expect -ERR *
		send CAPA
		body out
	END
	local_client
	told_connection
	not_logged 198.51.100.7
}

@test "PROXY: from elsewhere only where --proxy-from says so" {
	local from header='PROXY TCP4 198.51.100.7 192.0.2.1 1024 110\r\n'
	# A unix socket behind which a super-server tells who connected.
	export REMOTE_ADDR=203.0.113.77
	talk <<-END
		raw $header
		eof
	END
	logged 'refused .* address=203.0.113.77 why="a PROXY header is not taken from there"'
	for from in 203.0.113.77 203.0.113.64/28 203.0.113.76/31 0.0.0.0/0; do
		options=(--proxy --proxy-from "$from")
		talk <<-END
			raw $header
			expect +OK *
		END
	done
	for from in 203.0.113.78 203.0.113.64/29 203.0.113.78/31 ::/0; do
		options=(--proxy --proxy-from 192.0.2.0/24 --proxy-from "$from")
		talk <<-END
			raw $header
			eof
		END
	done
	export REMOTE_ADDR=2001:db8::77
	options=(--proxy --proxy-from 192.0.2.0/24 --proxy-from 2001:db8::/120)
	talk <<-END
		raw $header
		expect +OK *
	END
	# A pipe may come from anywhere.
	options=(--proxy)
	unset REMOTE_ADDR
	session_raw "$header"
	[ ! -s out ]
	logged 'refused .* why="a PROXY header is not taken from there"'
}

@test "PROXY: a real peer elsewhere" {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	elsewhere() {
		ip link set lo up
		ip address add 192.0.2.9/32 dev lo
		talk --on tcp --local 192.0.2.9
	}
	export -f elsewhere talk own
	options+=(--proxy-from 192.0.2.8/30)
	in_network() {
		unshare --net bash -ec "$(declare -p options backend work \
			common_uid user_prefix)"$'\n'elsewhere
	}
	in_network <<-'END'
		raw PROXY TCP4 198.51.100.7 192.0.2.1 1024 110\r\n
		expect +OK *
	END
	logged 'started session=[0-9a-f]+ address=198.51.100.7 '
	options=(--proxy)
	in_network <<-'END'
		raw PROXY TCP4 198.51.100.7 192.0.2.1 1024 110\r\n
		eof
	END
	logged 'refused .* address=192.0.2.9 why="a PROXY header is not taken'
}

@test "--proxy-from: what is no network is said at the start" {
	local from
	for from in '' x 192.0.2.0/33 192.0.2.0/ 192.0.2.0/08 192.0.2/24 \
		2001:db8::/129 2001:db8::/-1 host.example \
		"$(printf '%0100d' 0)"; do
		options=(--proxy --proxy-from "$from")
		session QUIT
		[ "$status" -eq 64 ]
		logged '--proxy-from .* is not ADDRESS or ADDRESS/BITS'
		[ ! -s out ]
	done
	# Without --proxy it says nothing: the options of all sockets are the same.
	options=(--proxy-from 192.0.2.0/24)
	session QUIT
	[ "$status" -eq 0 ]
	matches '+OK *' '+OK *'
}
