# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
#
# For the tests of TLS, after lib/common: certificates, and who reads what comes.

# make_certificate NAME [HOST]...: a key on P-256 and a certificate of its own,
# for 127.0.0.1 and these hosts: NAME.key, NAME.crt, and both in NAME.pem.
make_certificate() {
	local name=$1 host names=IP:127.0.0.1
	shift
	for host; do
		names+=,DNS:$host
	done
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
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
