# SPDX-License-Identifier: ISC
# Who the client is: one answer from many sources, and whether he is local.
#
# bats file_tags=full

load ../lib/common

prepare() {
	options=(--auth-delay 0)
	# Tells its environment, and knows nobody.
	backend_script <<-'END'
		while IFS= read -r line; do
			case $line in
			hello*) env | sort >environment; echo 'OK 1' ;;
			*) echo DEFAULT ;;
			esac
		done
	END
}

# The backend was told exactly these POP3_REMOTE_* and POP3_LOCAL_*.
told() {
	grep -E '^POP3_(REMOTE|LOCAL)_' environment >got || :
	printf '%s\n' "$@" | sed '/^$/d' | diff - got
}

# One session over a pipe with these in its environment: NAME=VALUE...
with() {
	rm -f environment
	own
	printf 'CAPA\r\nQUIT\r\n' | as_user env "$@" "$SKEL" "${options[@]}" -- \
		"${backend[@]}" 2>log | cat >out
}

# With --cleartext local, and so USER announced to who is local.
local_client() {
	grep -q '^USER' out
}
not_local() {
	grep -q '^UIDL' out && ! local_client
}

over_tcp() {
	talk --on tcp "$@" <<<"$capabilities"
}

# A client's part: what CAPA tells is in `out`.
capabilities='expect +OK *
send CAPA
body out
shell grep ^POP3_REMOTE_ADDR= environment
send QUIT
expect +OK *
eof'

@test "environment: a TCP client and the end that he came to, IPv4" {
	over_tcp --local 127.0.0.9
	grep -x POP3_REMOTE_ADDR=127.0.0.1 environment ||
		grep -x POP3_REMOTE_ADDR=127.0.0.9 environment
	grep -x POP3_LOCAL_ADDR=127.0.0.9 environment
	grep -xE 'POP3_REMOTE_PORT=[1-9][0-9]*' environment
	grep -xE 'POP3_LOCAL_PORT=[1-9][0-9]*' environment
	local_client
	logged 'started session=[0-9a-f]+ address=127.0.0.[19] port=[0-9]+ local_address=127.0.0.9 local_port=[0-9]+ backend='
	logged 'ended session=[0-9a-f]+ address=127.0.0.[19] '
}

@test "environment: a TCP client and the end that he came to, IPv6" {
	over_tcp --local ::1
	grep -x POP3_REMOTE_ADDR=::1 environment
	grep -x POP3_LOCAL_ADDR=::1 environment
	grep -xE 'POP3_REMOTE_PORT=[1-9][0-9]*' environment
	local_client
	logged 'started session=[0-9a-f]+ address=::1 '
}

@test "environment: an IPv4-mapped client is an IPv4 one, and local" {
	over_tcp --local ::ffff:127.0.0.1
	grep -x POP3_REMOTE_ADDR=127.0.0.1 environment
	grep -x POP3_LOCAL_ADDR=127.0.0.1 environment
	local_client
	logged 'started session=[0-9a-f]+ address=127.0.0.1 '
}

@test "environment: what the kernel knows stands above what was told" {
	export REMOTE_ADDR=198.51.100.7 TCPREMOTEIP=198.51.100.8
	over_tcp
	grep -x POP3_REMOTE_ADDR=127.0.0.1 environment
	local_client
	not_logged 198.51.100
}

# bats test_tags=long
@test "environment: over a pipe, what a super-server told" {
	with REMOTE_ADDR=198.51.100.1 REMOTE_PORT=1024
	told POP3_REMOTE_ADDR=198.51.100.1 POP3_REMOTE_PORT=1024
	logged 'started session=[0-9a-f]+ address=198.51.100.1 port=1024 '
	with TCPREMOTEIP=2001:DB8:0::2 TCPREMOTEPORT=65535 \
		TCPLOCALIP=2001:db8::3 TCPLOCALPORT=110
	told POP3_LOCAL_ADDR=2001:db8::3 POP3_LOCAL_PORT=110 \
		POP3_REMOTE_ADDR=2001:db8::2 POP3_REMOTE_PORT=65535
	with REMOTE_HOST=198.51.100.2
	told POP3_REMOTE_ADDR=198.51.100.2
	with SOCAT_PEERADDR='[2001:0db8:0000:0000:0000:0000:0000:0004]' \
		SOCAT_PEERPORT=1 SOCAT_SOCKADDR='[::ffff:192.0.2.1]' \
		SOCAT_SOCKPORT=995
	told POP3_LOCAL_ADDR=192.0.2.1 POP3_LOCAL_PORT=995 \
		POP3_REMOTE_ADDR=2001:db8::4 POP3_REMOTE_PORT=1
	with NCAT_REMOTE_ADDR=198.51.100.3 NCAT_REMOTE_PORT=2 \
		NCAT_LOCAL_ADDR=192.0.2.2 NCAT_LOCAL_PORT=110
	told POP3_LOCAL_ADDR=192.0.2.2 POP3_LOCAL_PORT=110 \
		POP3_REMOTE_ADDR=198.51.100.3 POP3_REMOTE_PORT=2
	# A name is passed over, and the next one asked.
	with REMOTE_ADDR=host.example TCPREMOTEIP=198.51.100.4 TCPREMOTEPORT=x
	told POP3_REMOTE_ADDR=198.51.100.4
	# The first that is right, and nothing of a second.
	with REMOTE_ADDR=198.51.100.5 TCPREMOTEIP=198.51.100.6 \
		TCPREMOTEPORT=7 TCPLOCALIP=192.0.2.3
	told POP3_REMOTE_ADDR=198.51.100.5
}

# bats test_tags=long
@test "environment: what is no address or no port is not taken" {
	local value
	for value in '' ' ' host.example 127.1 1.2.3 1.2.3.4.5 01.2.3.4 \
		0x7f.0.0.1 256.1.1.1 '1.2.3.4 ' ' 1.2.3.4' 1.2.3.4/32 \
		$'1.2.3.4\nfault user=root' '::1%lo' '[::1' '::1]' '[]' ':' \
		'[1.2.3.4]x' "$(printf '%0200d' 1)" '%s%s%n' \
		1:2:3:4:5:6:7:8:9; do
		with "REMOTE_ADDR=$value" REMOTE_PORT=1 "TCPREMOTEIP=$value" \
			"REMOTE_HOST=$value" "SOCAT_PEERADDR=$value" \
			"NCAT_REMOTE_ADDR=$value" || return 1
		told '' || { printf 'taken: %s\n' "$value"; return 1; }
		grep -q '^+OK' out
		logged 'started session=[0-9a-f]+ backend='
		not_logged '^fault|address='
	done
	for value in '' x 65536 99999999999999999999 -1 +1 ' 1' '1 ' 007 0x10 \
		$'1\nX=1'; do
		with REMOTE_ADDR=198.51.100.1 "REMOTE_PORT=$value" || return 1
		told POP3_REMOTE_ADDR=198.51.100.1 ||
			{ printf 'taken: %s\n' "$value"; return 1; }
	done
}

@test "environment: what super-servers left is not the backend's" {
	with REMOTE_ADDR=198.51.100.1 REMOTE_HOST=evil TCPREMOTEINFO=evil \
		TCPREMOTEHOST=evil SOCAT_PEERADDR=evil \
		NCAT_REMOTE_ADDR=evil NCAT_PROTO=evil \
		SSL_CLIENT_S_DN=evil LISTEN_FDS=1 LISTEN_PID=1 \
		NOTIFY_SOCKET=/run/evil WATCHDOG_USEC=1 PROTO=evil \
		POP3_USER=evil KEPT=kept
	grep -x KEPT=kept environment
	run grep -E 'evil|^(LISTEN|WATCHDOG)' environment
	[ "$status" -eq 1 ]
}

# bats test_tags=long
@test "local: a unix socket and a terminal are, a pipe is not" {
	talk <<-'END'
		expect +OK *
		send CAPA
		body out
	END
	local_client
	talk --on pty <<-'END'
		expect +OK *
		send CAPA
		body out
	END
	local_client
	with NOTHING=
	not_local
	with REMOTE_ADDR=127.0.0.1
	not_local
}

@test "local: a client from afar behind a unix socket is not" {
	export REMOTE_ADDR=198.51.100.1
	talk <<-'END'
		expect +OK *
		send CAPA
		body out
		send USER demo
		expect -ERR *
	END
	not_local
	logged 'refused session=[0-9a-f]+ address=198.51.100.1 '
	export REMOTE_ADDR=127.0.0.3
	talk <<-'END'
		expect +OK *
		send CAPA
		body out
	END
	local_client
	told POP3_REMOTE_ADDR=127.0.0.3
}

# bats test_tags=long
@test "environment: what the real socat and ncat tell, over a unix socket and pipes" {
	local told
	port=$(free_port)
	start socat socat "TCP6-LISTEN:$port,ipv6only=0,fork" \
		"EXEC:$SKEL --log none -- $work/backend"
	wait_until 10 listening "$port"
	for told in '127.0.0.1 127.0.0.1' '[::1] ::1'; do
		"$TALK" --connect "${told% *}:$port" <<<"$capabilities"
		local_client
		grep -x "POP3_REMOTE_ADDR=${told#* }" environment
		grep -x "POP3_LOCAL_ADDR=${told#* }" environment
		grep -x "POP3_LOCAL_PORT=$port" environment
	done
	port=$(free_port)
	start ncat ncat -lk 127.0.0.1 "$port" \
		-e "$SKEL --log none -- $work/backend"
	wait_until 10 listening "$port"
	"$TALK" --connect "127.0.0.1:$port" <<<"$capabilities"
	not_local
	grep -x "POP3_REMOTE_ADDR=127.0.0.1" environment
	grep -x "POP3_LOCAL_PORT=$port" environment
}
