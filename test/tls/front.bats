# SPDX-License-Identifier: ISC
# TLS that another program has ended: what a PROXY header tells of it, and what
# that allows; real HAProxy and stunnel.
#
# bats file_tags=once

load ../lib/common
load ../lib/examples
load ../lib/session
load ../lib/tls

prepare() {
	options=(--auth-delay 0 --cleartext never --proxy)
	recorder
	on hello <<<'env >environment; echo OK 1'
	printf 'Subject: hello\n\n.dot\n' >store/1
	# From 198.51.100.7, with 12 octets of addresses and the TLVs behind.
	v2='\r\n\r\n\0\r\nQUIT\n\x21\x11\0'
	inet='\xc6\x33\x64\x07\xc0\x00\x02\x01\x04\x00\x00\x6e'
	tls13='\x20\0\x1f\x01\0\0\0\0\x21\0\x07TLSv1.3\x23\0\x0dTLS_AES_X-1.2'
}

# A login by USER and PASS behind a header: logged_in HEADER.
logged_in() {
	talk --on tcp <<-END
		raw $1
		$begin
		$end
	END
}

refused_login() {
	talk --on tcp <<-END
		raw $1
		expect +OK *
		send CAPA
		body capa
		send USER demo
		expect -ERR *TLS*
	END
	refute grep -q '^USER\|^SASL' capa
}

# hello's facts about TLS, a line each.
facts() {
	sed -n '1s/^hello 1 //p' requests | tr ' ' '\n' | grep '^tls' || :
}

@test "PROXY tells of TLS: a login that never is in clear, facts, the log" {
	logged_in "$v2\x2e$inet$tls13"
	facts | diff <(printf '%s\n' tls=TLSv1.3 tls-cipher=TLS_AES_X-1.2) -
	grep '^POP3_TLS' environment | sort |
		diff <(printf '%s\n' POP3_TLS=TLSv1.3 POP3_TLS_CIPHER=TLS_AES_X-1.2) -
	logged '^<6>login .* address=198.51.100.7 messages=1 tls=TLSv1.3 cipher=TLS_AES_X-1.2 mechanism=USER$'
	# The certificate, and what binds SCRAM to the channel.
	logged_in "$v2\x5a$inet\x20\0\x4b\x01\0\0\0\0\xe0\0\x20$(times 32 A)\xe1\0\x20$(times 32 z)"
	facts | diff <(printf '%s\n' tls=unknown "tls-client=$(times 32 7a)" \
		"tls-exporter=$(times 32 41)") -
	grep -qx "POP3_TLS_CLIENT=$(times 32 7a)" environment
	grep -qx "POP3_TLS_EXPORTER=$(times 32 41)" environment
	logged ' tls=unknown mechanism=USER$'
	# What an inherited variable says of it is nobody's word.
	POP3_TLS=TLSv1.3 refused_login "$v2\x0c$inet"
	refute grep '^POP3_TLS' environment
}

@test "PROXY without TLS, or one that says there is none, is a login in clear" {
	refused_login "$v2\x0c$inet"
	refused_login "$v2\x1e$inet\x20\0\x0f\0\0\0\0\0\x21\0\x07TLSv1.3"
	refused_login 'PROXY TCP4 198.51.100.7 192.0.2.1 1024 110\r\n'
	refused_login '\r\n\r\n\0\r\nQUIT\n\x20\x11\0\x2e'"$inet$tls13"
	[ -z "$(facts)" ]
	options=(--auth-delay 0 --cleartext always --proxy)
	logged_in "$v2\x0c$inet"
	logged '^<6>login .* messages=1 tls=none mechanism=USER$'
}

@test "PROXY whose TLVs are cut, or no words, is no header" {
	local bad
	for bad in '\x0d@\x04' '\x0f@\x04\0\x01' \
		'\x16@\x20\0\x07\x01\0\0\0\0\x21\0' \
		'\x1a@\x20\0\x0b\x01\0\0\0\0\x21\0\x03T=1' \
		'\x1a@\x20\0\x0b\x01\0\0\0\0\x23\0\x03T 1' \
		'\x1c@\x20\0\x05\x01\0\0\0\0\x20\0\x05\x01\0\0\0\0'; do
		rm -f requests
		talk --on tcp <<-END
			raw $v2${bad/@/$inet}
			eof
		END
		logged '^<4>refused .* why="bad PROXY header"'
		[ ! -e requests ]
	done
}

@test "--tls-in-front: a sender of headers that cannot say it; nobody else" {
	options+=(--tls-in-front)
	logged_in 'PROXY TCP4 198.51.100.7 192.0.2.1 1024 110\r\n'
	[ "$(facts)" = tls=unknown ]
	logged ' address=198.51.100.7 .*tls=unknown mechanism=USER$'
	# One that says what is, is believed.
	refused_login "$v2\x1e$inet\x20\0\x0f\0\0\0\0\0\x21\0\x07TLSv1.3"
	# Without a header it is who connects from this machine.
	options=(--auth-delay 0 --cleartext never --tls-in-front)
	logged_in ''
	export REMOTE_ADDR=203.0.113.77
	talk <<-'END'
		expect +OK *
		send USER demo
		expect -ERR *TLS*
	END
}

@test "the log tells how each login came" {
	options=(--auth-delay 0 --cleartext always)
	backend=("$top/test/lib/sasl-backend" APOP XOAUTH2)
	cp "${backend[0]}" sasl && backend[0]=$work/sasl
	printf 'Subject: one\n\n' >mail
	session "AUTH PLAIN $(printf '\0demo\0demo' | base64)" QUIT
	logged '^<6>login .* tls=none mechanism=PLAIN$'
	session "auth xoauth2 $(printf 'user=demo\1auth=Bearer open-sesame\1\1' | base64)" QUIT
	logged '^<6>login .* tls=none mechanism=XOAUTH2$'
	session 'USER demo' 'PASS wrong' "AUTH PLAIN $(printf '\0demo\0demo' | base64)" QUIT
	logged '^<6>login .* tls=none mechanism=PLAIN$'
	backend_script <<-'END'
	while IFS= read -r line; do
		case $line in
		hello*) printf '%s\n' 'command XKEY auth secret' 'OK 1' ;;
		XKEY*) printf '%s\n' 'user demo' 'state trans' OK ;;
		*) echo OK ;;
		esac
	done
	END
	session 'XKEY abc' QUIT
	logged '^<6>login .* tls=none mechanism=XKEY$'
	options+=(--preauth demo)
	session QUIT
	logged '^<6>login .* messages=0 tls=none$'
}

# lines TEXT FROM TO...: with each pair of arguments replaced.
lines() {
	local text=$1
	shift
	while [ $# -gt 0 ]; do
		text=${text//"$1"/"$2"}
		shift 2
	done
	printf '%s\n' "$text"
}

# Fetches the mail over TLS from $front.
fetched() {
	curl -sS --max-time 20 --cacert "$certs/mail.crt" "$@" \
		"pop3s://demo:demo@127.0.0.1:$front/1" |
		cmp - <(printf 'Subject: hello\r\n\r\n.dot\r\n')
}

@test "HAProxy ends TLS, and says so, with the lines of the manual" {
	serve
	front=$(free_port)
	{
		printf 'defaults\n mode tcp\n timeout connect 20s\n'
		printf ' timeout client 20s\n timeout server 20s\n'
		lines "$(example pop3-skel.8 haproxy)" :995 "127.0.0.1:$front" \
			/etc/haproxy/mail.pem "$certs/mail.pem" \
			127.0.0.1:1110 "127.0.0.1:$port"
	} >haproxy.cfg
	start haproxy haproxy -db -f "$work/haproxy.cfg"
	wait_until 10 listening "$front"
	fetched --interface 127.0.0.77
	facts | diff <(printf '%s\n' tls=TLSv1.3 \
		tls-cipher=TLS_AES_256_GCM_SHA384) -
	grep -q ' remote=127.0.0.77 ' requests
	fetched --tls-max 1.2
	[[ $(facts) == tls=TLSv1.2$'\n'tls-cipher=ECDHE-ECDSA-* ]]
}

@test "stunnel ends TLS, and cannot say so, with the lines of the manual" {
	command -v stunnel || skip "needs stunnel"
	options+=(--tls-in-front)
	serve
	front=$(free_port)
	{
		printf 'foreground = yes\npid =\n'
		lines "$(example pop3-skel.8 stunnel)" 995 "127.0.0.1:$front" \
			/etc/stunnel/mail.pem "$certs/mail.pem" \
			127.0.0.1:1110 "127.0.0.1:$port"
	} >stunnel.conf
	start stunnel stunnel "$work/stunnel.conf"
	wait_until 10 listening "$front"
	fetched --interface 127.0.0.77
	[ "$(facts)" = tls=unknown ]
	grep -q ' remote=127.0.0.77 ' requests
}
