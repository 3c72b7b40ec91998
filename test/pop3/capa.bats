# SPDX-License-Identifier: ISC
# RFC 2449: CAPA, and that it tells the truth.

load ../lib/common
load ../lib/session

prepare() {
	recorder
}

# The capabilities of the first CAPA of `out`, or of the second.
capabilities() {
	tr -d '\r' <out | awk -v want="${1:-1}" '
		/^\+OK capabilities/ { n++; inside = 1; next }
		/^\.$/ { inside = 0 }
		inside && n == want'
}

# The first, or second, CAPA has this line, whole.
announced() {
	capabilities "${2:-1}" | grep -qxF -e "$1"
}

@test "P5.1: CAPA in both states, case-insensitive, without arguments" {
	session CAPA capa 'CAPA x' "${login[@]}" CaPa 'CAPA TOP' QUIT
	[ "$(grep -c '^+OK capabilities' out)" -eq 3 ]
	[ "$(grep -c '^-ERR ' out)" -eq 2 ]
	[ "$(grep -cx $'\\.\r' out)" -eq 3 ]
	only_crlf out
}

@test "P5.2: what is announced before the login is announced after it" {
	on hello <<<'printf "%s\n" "sasl SCRAM-SHA-256" "capa X-OURS 1" \
		"option login-delay 300" "option expire 60" "OK 1"'
	on login <<<'printf "%s\n" "capa X-MORE" OK'
	session CAPA "${login[@]}" CAPA QUIT
	capabilities 1 | sort >before
	capabilities 2 | sort >after
	[ -z "$(comm -23 before after)" ]
	[ "$(comm -13 before after)" = X-MORE ]
	announced USER 2
	announced 'SASL PLAIN LOGIN SCRAM-SHA-256' 2
}

@test "P5.3 P5.4: TOP, UIDL and USER are announced, and are there" {
	store a
	session CAPA "${login[@]}" 'TOP 1 0' 'UIDL 1' QUIT
	for tag in TOP UIDL USER; do
		announced "$tag"
	done
	[ "$(grep -c '^+OK ' out)" -eq 7 ]
	refute grep -q '^-ERR' out
}

@test "P5.4: USER is not announced where it would be refused" {
	options=(--cleartext never)
	session CAPA QUIT
	announced TOP
	refute announced USER
	refute grep -q '^SASL' out
	options=(--cleartext always)
	on hello <<<'printf "%s\n" no-password "OK 1"'
	session CAPA QUIT
	refute announced USER
	refute grep -q '^SASL' out
}

@test "P5.5: AUTH works with an initial response, as SASL announces" {
	session CAPA "AUTH PLAIN $(printf '\0demo\0demo' | base64)" STAT QUIT
	announced 'SASL PLAIN LOGIN'
	asked 'login demo demo'
	grep -qx $'+OK 0 0\r' out
}

@test "P5.6 P5.12: RESP-CODES and AUTH-RESP-CODE, and codes follow" {
	on login <<<'echo ERR'
	session CAPA "${login[@]}" QUIT
	announced RESP-CODES
	announced AUTH-RESP-CODE
	grep -q '^-ERR \[AUTH\] ' out
}

@test "P5.7: LOGIN-DELAY: the largest, with USER before the login only" {
	options+=(--login-delay 300)
	session CAPA "${login[@]}" CAPA QUIT
	announced 'LOGIN-DELAY 300'
	announced 'LOGIN-DELAY 300' 2
	on hello <<<'printf "%s\n" "option login-delay 600 USER" "OK 1"'
	on login <<<'printf "%s\n" "option login-delay 60" OK'
	session CAPA "${login[@]}" CAPA QUIT
	announced 'LOGIN-DELAY 600 USER'
	announced 'LOGIN-DELAY 60' 2
}

@test "P5.8: PIPELINING is announced" {
	session CAPA NOOP CAPA QUIT
	announced PIPELINING
}

@test "P5.9: EXPIRE: a number or NEVER, with USER before the login only" {
	options+=(--expire NEVER)
	session CAPA QUIT
	announced 'EXPIRE NEVER'
	on hello <<<'printf "%s\n" "option expire 7 USER" "OK 1"'
	on login <<<'printf "%s\n" "option expire 30" OK'
	session CAPA "${login[@]}" CAPA QUIT
	announced 'EXPIRE 7 USER'
	announced 'EXPIRE 30' 2
}

@test "P5.7 P5.9: without an option neither is announced" {
	session CAPA QUIT
	refute grep -qE '^(LOGIN-DELAY|EXPIRE)' out
}

@test "P5.10: IMPLEMENTATION is one word, without a version" {
	session CAPA QUIT
	announced 'IMPLEMENTATION pop3-skel'
}

@test "P5.11: no tag of ours begins with X; each has a name" {
	session CAPA "${login[@]}" CAPA QUIT
	capabilities >tags
	[ "$(wc -l <tags)" -ge 8 ]
	refute grep -qi '^X' tags
	refute grep -qvE '^[A-Z][A-Z-]*( [!-~]+)*$' tags
}

@test "P1.4: a line of CAPA has 512 octets at most" {
	on hello <<<"echo 'capa X-LONG $(times 503 x)'; echo OK 1"
	session CAPA QUIT
	announced "X-LONG $(times 503 x)"
	[ "$(awk '{ if (length > n) n = length } END { print n }' out)" -eq 511 ]
	on hello <<<"echo 'capa X-LONG $(times 504 x)'; echo OK 1"
	session CAPA QUIT
	matches '-ERR [SYS/TEMP] *'
	# Twenty-six mechanisms of eighteen letters, and two of ours.
	on hello <<<"printf 'sasl M%017d\n' \$(seq 26); echo OK 1"
	session CAPA QUIT
	[ "$(awk '/^SASL/ { print length }' out)" -eq 511 ]
	on hello <<<"printf 'sasl M%017d\n' \$(seq 26); echo sasl M; echo OK 1"
	session CAPA QUIT
	matches '-ERR [SYS/TEMP] *'
}

@test "STLS is not announced, and is unimplemented, without TLS" {
	session CAPA STLS QUIT
	refute announced STLS
	grep -qxe $'-ERR command unimplemented\r' out
}
