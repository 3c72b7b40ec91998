# SPDX-License-Identifier: ISC
# Which secrets may cross the connection as they are: --cleartext, no-password.

load ../lib/common

prepare() {
	options=(--auth-delay 0)
	plain="AUTH PLAIN $(printf '\0demo\0demo' | base64)"
	backend_script <<-'END'
	while IFS= read -r line; do
		printf '%s\n' "$line" >>requests
		case $line in
		'hello '*) printf '%s\n' 'sasl XOAUTH2 OAUTHBEARER SCRAM-SHA-256' \
			'capa XEXTRA' apop 'OK 1' ;;
		*) echo OK ;;
		esac
	done
	END
}

# Refused, each way to show a secret; what shows none is not.
refused='expect +OK *
send CAPA
expect +OK *
body capa
send USER demo
expect -ERR *TLS*
send PASS demo
expect -ERR *TLS*
send AUTH PLAIN AGRlbW8AZGVtbw==
expect -ERR *TLS*
send AUTH login
expect -ERR *TLS*
send AUTH XOAUTH2
expect -ERR *TLS*
send AUTH OAUTHBEARER
expect -ERR *TLS*
send AUTH UNHEARD-OF
expect -ERR mechanism not offered
send AUTH
expect +OK *
expect SCRAM-SHA-256
expect .
send APOP demo 0123456789abcdef0123456789abcdef
expect +OK *'

# Allowed, and announced.
allowed="expect +OK *
send CAPA
expect +OK *
body capa
send USER demo
expect +OK*
send PASS demo
expect +OK *"

announced() {
	grep -qx $'USER\r' capa &&
		grep -qx $'SASL PLAIN LOGIN XOAUTH2 OAUTHBEARER SCRAM-SHA-256\r' capa
}

hidden() {
	run ! grep -q USER capa
	grep -qx $'SASL SCRAM-SHA-256\r' capa
}

@test "P6.3 P7.7: --cleartext never: neither announced nor taken; it says TLS" {
	options+=(--cleartext never)
	talk <<<"$refused"
	hidden
	grep -v -e hello -e apop -e list requests | cmp - /dev/null
	# Each is in the log, by its count, and none is a guess.
	[ "$(grep -c 'refused .*a secret in clear; see --cleartext' log)" -eq 1 ]
	logged 'note .*like="a secret in clear; see --cleartext" count=5$'
	not_logged why=login
}

# bats test_tags=long
@test "local, the default: loopback, a unix socket, a terminal" {
	talk --on tcp <<<"$allowed"
	announced
	talk --on tcp --local ::1 <<<"$allowed"
	announced
	talk --on tcp --local 127.0.0.9 <<<"$allowed"
	announced
	talk --on socketpair <<<"$allowed"
	announced
	talk --on pty <<<"$allowed"
	announced
}

@test "P6.3 P7.7: local is not a pipe, whose other end is unknown" {
	talk --on pipe <<<"$refused"
	hidden
	options+=(--cleartext local)
	talk --on pipe <<<"$refused"
}

@test "local is not an address that is none of loopback's" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	printf '%s\n' "$refused" >script
	own
	export TALK
	unshare -n sh -euc 'ip link set lo up
		ip address add 192.0.2.1/32 dev lo
		ip address add 2001:db8::1/128 dev lo nodad
		for address in 192.0.2.1 2001:db8::1; do
			"$TALK" --on tcp --local "$address" --stderr log -- \
				"$@" <script
		done' - "${user_prefix[@]}" "$SKEL" "${options[@]}" -- \
		"${backend[@]}"
	grep -q 'address=2001:db8::1' log
}

@test "always: a pipe too" {
	options+=(--cleartext always)
	talk --on pipe <<<"$allowed"
	announced
}

@test "P5.4: claimed USER, PASS and secret commands are bound alike" {
	backend_script <<-'END'
	while IFS= read -r line; do
		printf '%s\n' "$line" >>requests
		case $line in
		'hello '*) printf '%s\n' 'command USER auth' 'command PASS auth' \
			'command XKEY auth secret' 'command XASK auth' 'OK 1' ;;
		*) echo OK ;;
		esac
	done
	END
	options+=(--cleartext never)
	session CAPA 'USER demo' 'PASS demo' 'XKEY demo' 'XASK demo' QUIT
	matches '+OK *' '+OK *' TOP UIDL RESP-CODES AUTH-RESP-CODE PIPELINING \
		'IMPLEMENTATION *' . '-ERR *TLS*' '-ERR *TLS*' '-ERR *TLS*' \
		'+OK *' '+OK *'
	[ "$(sed 1d requests)" = 'XASK demo' ]
	options+=(--cleartext always)
	session CAPA 'USER demo' 'PASS demo' 'XKEY demo' QUIT
	grep -qx $'USER\r' out
	grep -qx 'XKEY demo' requests
}

@test "no-password: no USER, PASS, PLAIN or LOGIN, whatever sasl says" {
	backend_script <<-'END'
	while IFS= read -r line; do
		printf '%s\n' "$line" >>requests
		case $line in
		'hello '*) printf '%s\n' no-password 'sasl PLAIN LOGIN XOAUTH2' \
			'OK 1' ;;
		*) echo OK ;;
		esac
	done
	END
	options+=(--cleartext always)
	session CAPA 'USER demo' 'PASS demo' "$plain" 'AUTH LOGIN' AUTH QUIT
	matches '+OK *' '+OK *' TOP UIDL RESP-CODES AUTH-RESP-CODE PIPELINING \
		'IMPLEMENTATION *' 'SASL XOAUTH2' . \
		'-ERR [SYS/PERM] no logins by password here' \
		'-ERR *' '-ERR mechanism not offered' \
		'-ERR mechanism not offered' '+OK *' XOAUTH2 . '+OK *'
	[ "$(grep -c '' requests)" -eq 1 ]
}

@test "P5.4: without any password and without SASL there is neither tag" {
	backend_script <<-'END'
	while IFS= read -r line; do
		case $line in
		'hello '*) printf '%s\n' no-password 'OK 1' ;;
		*) echo DEFAULT ;;
		esac
	done
	END
	options+=(--cleartext always)
	session CAPA AUTH QUIT
	run ! grep -E 'USER|SASL' out
	tail -n 3 out | tr -d '\r' | sed -n 2p | grep -qx '\.'
}

@test "a login that answers DEFAULT: no password logins, and no guess" {
	backend_script <<-'END'
	while IFS= read -r line; do
		case $line in
		'hello '*) echo 'OK 1' ;;
		*) echo DEFAULT ;;
		esac
	done
	END
	options+=(--cleartext always)
	session 'USER demo' 'PASS demo' "$plain" QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/PERM] *' '-ERR [SYS/PERM] *' '+OK *'
	not_logged why=login
}
