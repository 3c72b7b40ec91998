# SPDX-License-Identifier: ISC
# Clients that people use fetch every sample byte for byte, by TLS from the first
# octet and by STLS.
#
# bats file_tags=once

load ../lib/common
load ../lib/clients
load ../lib/tls

prepare() {
	need_tls
	options=(--auth-delay 0 --cleartext never --stls "$work/run/stls")
	mkdir run
	rm -r "$box"
	"$top/scripts/sample-maildir" "$box"
	port_stls=$(free_port)
	serve_behind --listen "127.0.0.1:$port_stls"
	serve_tls --stls "$work/run/stls"
	wait_until 5 test -S run/stls
	wait_until 5 listening "$port_stls"
	clients_prepare "$box" "$certs/mail.crt"
}

# fetches CLIENT: all of it, each way that it knows; the log says so.
fetches() {
	local ways=1
	clients_fetch "$1" tls "$port"
	if clients_can "$1" stls; then
		clients_fetch "$1" stls "$port_stls"
		ways=2
	fi
	# By TLS, in a session each.
	grep -c '^<6>login .* tls=TLSv1\.[23] cipher=' behind.log | grep -qx "$ways"
	refute grep -q '^<6>login .* tls=none' behind.log
}

@test "clients: curl" {
	fetches curl
}

@test "clients: openssl s_client" {
	fetches openssl
}

# bats test_tags=long
@test "clients: gnutls-cli" {
	fetches gnutls
}

@test "clients: poplib" {
	fetches poplib
}

@test "clients: Net::POP3" {
	fetches netpop
}

@test "clients: mpop" {
	fetches mpop
}

@test "clients: fetchmail" {
	fetches fetchmail
}

@test "clients: getmail6" {
	fetches getmail
}

@test "clients: neomutt" {
	fetches neomutt
}
