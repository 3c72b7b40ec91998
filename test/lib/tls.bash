# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154,SC2034
#
# For the tests of TLS, after lib/common: certificates, pop3-skel-tls and the
# pop3-skel behind it, and who reads what comes.

# make_certificate NAME [HOST]...: a key on P-256, or of $key, and a certificate of
# its own, for 127.0.0.1 and these hosts: NAME.key, NAME.crt, and both in NAME.pem.
make_certificate() {
	local name=$1 host names=IP:127.0.0.1
	local kind=(ec -pkeyopt ec_paramgen_curve:P-256)
	[ -z "${key-}" ] || kind=("$key")
	shift
	for host; do
		names+=,DNS:$host
	done
	openssl req -x509 -newkey "${kind[@]}" -nodes \
		-keyout "$name.key" -out "$name.crt" -days 2 -subj "/CN=$name" \
		-addext "subjectAltName=$names" 2>/dev/null || return 1
	cat "$name.crt" "$name.key" >"$name.pem"
	chmod a+r "$name".*
}

# One for all tests of a file, as make_certificate makes them: $certs/mail.pem.
make_certificates() {
	certs=$BATS_FILE_TMPDIR
	(cd "$certs" && make_certificate mail mail.example.org localhost) || return 1
	export certs
}

prepare_file() {
	make_certificates
}

# Skips where this build has no pop3-skel-tls; else it is $TLS.
need_tls() {
	TLS=$POP3_SKEL_STAGE/sbin/pop3-skel-tls
	[ -x "$TLS" ] || skip "not in this build"
}

# serve_behind [OPTION]...: sessions of $SKEL, with $options and $backend, behind
# the socket `behind` that a PROXY header comes to. The log is behind.log.
serve_behind() {
	start behind "$ACCEPT" --listen-proxy "$work/behind" "$@" -- "$SKEL" \
		"${options[@]}" -- "${backend[@]}"
	behind=$pid
	wait_until 5 test -S behind
}

# serve_tls [OPTION]...: TLS before it, on $port; the log is tls.log, the
# process $tls.
serve_tls() {
	port=$(free_port)
	start tls "$TLS" --listen "127.0.0.1:$port" --to "unix:$work/behind" \
		--cert "$certs/mail.pem" "$@"
	tls=$pid
	wait_until 5 listening "$port"
}

# The process and the children of pop3-skel-tls that there are.
all_of_tls() {
	pgrep -f "^$TLS --listen 127.0.0.1:$port "
}
