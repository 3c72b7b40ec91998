# SPDX-License-Identifier: ISC
# AUTH (RFC 5034): the mechanisms that pop3-skel takes apart itself. Those that
# it relays are in sasl-relay.bats.

load ../lib/common

prepare() {
	# Notes each request; knows one password and one token.
	backend_script <<-'END'
	while IFS= read -r line; do
		printf '%s\n' "$line" >>requests
		case $line in
		'hello '*) printf '%s\n' 'sasl XOAUTH2 OAUTHBEARER' 'OK 1' ;;
		'login demo demo') echo OK ;;
		'token demo '*' good') echo OK ;;
		'token later '*) echo 'TEMP the token service is away' ;;
		'token odd '*) echo DEFAULT ;;
		'login '* | 'token '*) echo ERR ;;
		'list '*) echo OK ;;
		*) echo DEFAULT ;;
		esac
	done
	END
}

# base64 of what printf makes of the arguments
b64() {
	# shellcheck disable=SC2059 # The format is the point.
	printf "$@" | base64 -w 0
}

# The backend was asked exactly these, after hello.
asked() {
	sed 1d requests | diff <([ $# -eq 0 ] || printf '%s\n' "$@") -
}

@test "P7.1 P7.9 P5.5: PLAIN with its message on the line; no second AUTH" {
	session "AUTH PLAIN $(b64 '\0demo\0demo')" \
		"AUTH PLAIN $(b64 '\0demo\0demo')" 'USER demo' 'PASS demo' \
		'APOP demo x' QUIT
	matches '+OK *' '+OK 0 messages' \
		'-ERR already logged in' \
		'-ERR already logged in' \
		'-ERR already logged in' \
		'-ERR already logged in' '+OK *'
	asked 'login demo demo' 'list demo' 'commit 0'
}

@test "P7.2: without a message on the line the challenge is '+ ' exactly" {
	session 'AUTH PLAIN' "$(b64 '\0demo\0demo')" QUIT
	matches '+OK *' '+ ' '+OK 0 messages' '+OK *'
	session 'auth plain' "$(b64 'demo\0demo\0demo')" QUIT
	matches '+OK *' '+ ' '+OK 0 messages' '+OK *'
}

@test "P7.9: the password is taken octet for octet" {
	session "AUTH PLAIN $(b64 '\0demo\0 \\a  \303\244* ')" QUIT
	matches '+OK *' '-ERR [AUTH] *' '+OK *'
	asked "$(printf 'login demo  \\a  \303\244* ')"
}

@test "P7.9: PLAIN with missing or extra NULs, or another's name" {
	session "AUTH PLAIN $(b64 'demo\0demo')" \
		"AUTH PLAIN $(b64 'demo')" \
		"AUTH PLAIN $(b64 '\0demo\0de\0mo')" \
		"AUTH PLAIN $(b64 '\0\0demo')" \
		"AUTH PLAIN =" \
		"AUTH PLAIN $(b64 'root\0demo\0demo')" \
		"AUTH PLAIN $(b64 'dem\0demo\0demo')" QUIT
	matches '+OK *' '-ERR *' '-ERR *' '-ERR *' '-ERR *' '-ERR *' \
		'-ERR acting for another is not supported' \
		'-ERR acting for another is not supported' '+OK *'
	asked
}

# bats test_tags=long
@test "P7.9: CR, LF and other controls in decoded fields never pass" {
	local bad
	for bad in '\r' '\n' '\t' '\033' '\177' '\r\nOK'; do
		session "AUTH PLAIN $(b64 "\\0demo\\0de${bad}mo")" \
			"AUTH PLAIN $(b64 "\\0de${bad}mo\\0demo")" \
			"AUTH XOAUTH2 $(b64 "user=demo\\1auth=Bearer g${bad}d\\1\\1")" \
			"AUTH XOAUTH2 $(b64 "user=d${bad}o\\1auth=Bearer good\\1\\1")" \
			QUIT
		matches '+OK *' '-ERR invalid credentials' \
			'-ERR invalid credentials' '-ERR invalid credentials' \
			'-ERR invalid credentials' '+OK *'
	done
	session 'AUTH LOGIN' "$(b64 'demo')" "$(b64 'de\nmo')" \
		'AUTH LOGIN' "$(b64 'de\0mo')" "$(b64 'demo')" \
		'AUTH LOGIN' "$(b64 'demo')" "$(b64 'de\0mo')" QUIT
	matches '+OK *' \
		'+ VXNlcm5hbWU6' '+ UGFzc3dvcmQ6' '-ERR invalid credentials' \
		'+ VXNlcm5hbWU6' '+ UGFzc3dvcmQ6' '-ERR invalid credentials' \
		'+ VXNlcm5hbWU6' '+ UGFzc3dvcmQ6' '-ERR invalid credentials' \
		'+OK *'
	[ -z "$(grep -v hello requests)" ]
}

@test "P7.9: user names that would be paths, blank or too long never pass" {
	local name
	for name in ../demo .demo -demo a/b 'a b' '' "$(printf '%256d' 0)"; do
		session "AUTH PLAIN $(b64 '\0%s\0demo' "$name")" QUIT
		matches '+OK *' '-ERR invalid credentials' '+OK *'
	done
	[ -z "$(grep -v hello requests)" ]
}

@test "P7.11: LOGIN asks for both, or takes the name on the line" {
	session 'AUTH LOGIN' "$(b64 demo)" "$(b64 demo)" QUIT
	matches '+OK *' '+ VXNlcm5hbWU6' '+ UGFzc3dvcmQ6' '+OK 0 messages' \
		'+OK *'
	session "AUTH LOGIN $(b64 demo)" "$(b64 demo)" QUIT
	matches '+OK *' '+ UGFzc3dvcmQ6' '+OK 0 messages' '+OK *'
	rm requests
	session 'AUTH LOGIN' "$(b64 demo)" '' QUIT
	matches '+OK *' '+ VXNlcm5hbWU6' '+ UGFzc3dvcmQ6' '-ERR [AUTH] *' \
		'+OK *'
	asked 'login demo '
}

@test "P7.4: '*' cancels, at each step, and nothing was asked" {
	session 'AUTH PLAIN' '*' 'AUTH LOGIN' '*' \
		'AUTH LOGIN' "$(b64 demo)" '*' 'AUTH XOAUTH2' '*' \
		"AUTH PLAIN $(b64 '\0demo\0demo')" QUIT
	matches '+OK *' '+ ' '-ERR authentication cancelled' \
		'+ VXNlcm5hbWU6' '-ERR authentication cancelled' \
		'+ VXNlcm5hbWU6' '+ UGFzc3dvcmQ6' \
		'-ERR authentication cancelled' \
		'+ ' '-ERR authentication cancelled' '+OK 0 messages' '+OK *'
	asked 'login demo demo' 'list demo' 'commit 0'
}

@test "a client that sends no more in an exchange hears how it ended" {
	session 'AUTH LOGIN' "$(b64 demo)"
	matches '+OK *' '+ VXNlcm5hbWU6' '+ UGFzc3dvcmQ6' \
		'-ERR authentication broke off'
	logged 'ended .*why="client closed"'
}

# bats test_tags=long
@test "P7.3 P7.5: bad base64 and an empty message" {
	local bad
	for bad in 'AGRlbW8AZGVtb' 'AGRlbW8AZGVtbw=' 'AGRlbW8AZGVtbx==' \
		'AG=lbW8AZGVtbw==' 'AGRl bW8AZGVtbw==' 'AGRlbW8AZGVtbw==x' \
		'====' '==' '*' 'AGRlbW8AZGV_bw==' '-'; do
		session "AUTH PLAIN $bad" QUIT
		matches '+OK *' '-ERR invalid base64' '+OK *'
		[ "$bad" = '*' ] || {
			session 'AUTH PLAIN' "$bad" QUIT
			matches '+OK *' '+ ' '-ERR invalid base64' '+OK *'
		}
	done
	session 'AUTH PLAIN ' 'AUTH PLAIN =' "AUTH PLAIN  AGRlbW8AZGVtbw==" QUIT
	matches '+OK *' '-ERR invalid arguments' '-ERR invalid credentials' \
		'-ERR invalid base64' '+OK *'
	[ -z "$(grep -v hello requests)" ]
}

@test "P7.10: AUTH alone lists the mechanisms; unknown ones are -ERR" {
	session AUTH 'AUTH ' 'AUTH NONSENSE' 'AUTH PLAINER' 'AUTH LAIN' \
		'AUTH PLAIN LOGIN' "AUTH $(printf '%021d' 0)" QUIT
	matches '+OK *' '+OK *' PLAIN LOGIN XOAUTH2 OAUTHBEARER . \
		'+OK *' PLAIN LOGIN XOAUTH2 OAUTHBEARER . \
		'-ERR mechanism not offered' '-ERR mechanism not offered' \
		'-ERR mechanism not offered' '-ERR invalid base64' \
		'-ERR mechanism not offered' '+OK *'
}

@test "P7.8 P5.2: the SASL line of CAPA is the same after the login" {
	session CAPA "AUTH PLAIN $(b64 '\0demo\0demo')" CAPA QUIT
	[ "$(grep -c '^SASL PLAIN LOGIN XOAUTH2 OAUTHBEARER.$' out)" -eq 2 ]
	[ "$(grep -c '^USER.$' out)" -eq 2 ]
}

@test "P7.8: a failed AUTH leaves everything as it was" {
	session 'USER demo' "AUTH PLAIN $(b64 '\0demo\0wrong')" 'PASS demo' \
		'USER demo' 'PASS demo' QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '-ERR USER comes first' \
		'+OK *' '+OK 0 messages' '+OK *'
}

@test "P7.6: AUTH and its answers may have 12,288 octets, nothing else" {
	local long most
	# 12288 = 'AUTH XOAUTH2 ' and CRLF and 12272 of base64, 12273 possible
	long=$(printf 'user=demo\1auth=Bearer %9204s\1\1' '' | tr ' ' a |
		sed 's/authaBearera/auth=Bearer /' | head -c 9204 | base64 -w 0)
	[ "${#long}" -eq 12272 ]
	session "AUTH XOAUTH2 $long" 'AUTH XOAUTH2' "${long}AAAAAAAA" \
		'AUTH XOAUTH2' "${long}AAAAAAAAAAAAAAA" \
		"AUTH XOAUTH2 ${long}AA" QUIT
	matches '+OK *' '-ERR invalid credentials' \
		'+ ' '-ERR invalid credentials' \
		'+ ' '-ERR line too long' '-ERR line too long' '+OK *'
	rm requests
	# What 12,272 octets of base64 hold, and 12,284 on a line of their own.
	most=$(printf '%9180s' '' | tr ' ' t)
	long=$(b64 'user=demo\1auth=Bearer %s\1\1' "$most")
	[ "${#long}" -eq 12272 ]
	session "AUTH XOAUTH2 $long" '' 'AUTH XOAUTH2' \
		"$(b64 'user=demo\1auth=Bearer %s123456789\1\1' "$most")" '' QUIT
	matches '+OK *' '+ *' '-ERR [AUTH] *' '+ ' '+ *' '-ERR [AUTH] *' '+OK *'
	asked "token demo XOAUTH2 $most" "token demo XOAUTH2 ${most}123456789"
	rm requests
	session 'AUTH OAUTHBEARER' \
		"$(b64 'n,a=demo,\1auth=Bearer %s12345678\1\1' "$most")" AQ== QUIT
	matches '+OK *' '+ ' '+ *' '-ERR [AUTH] *' '+OK *'
	asked "token demo OAUTHBEARER ${most}12345678"
	session "USER $(printf '%0260d' 0)" QUIT
	matches '+OK *' '-ERR line too long' '+OK *'
}

@test "P7.12: XOAUTH2 with its message on the line, and on the next" {
	session "AUTH XOAUTH2 $(b64 'user=demo\1auth=Bearer good\1\1')" QUIT
	matches '+OK *' '+OK 0 messages' '+OK *'
	session 'AUTH XOAUTH2' "$(b64 'user=demo\1auth=bearer good\1\1')" QUIT
	matches '+OK *' '+ ' '+OK 0 messages' '+OK *'
	[ "$(grep -cx 'token demo XOAUTH2 good' requests)" -eq 2 ]
}

@test "P7.12: XOAUTH2's failure: a challenge in JSON, an answer, then -ERR" {
	session "AUTH XOAUTH2 $(b64 'user=demo\1auth=Bearer bad\1\1')" '' \
		"AUTH XOAUTH2 $(b64 'user=demo\1auth=Bearer bad\1\1')" '*' QUIT
	matches '+OK *' '+ *' '-ERR [AUTH] *' '+ *' '-ERR [AUTH] *' '+OK *'
	sed -n '2s/^+ \(.*\)\r$/\1/p' out | base64 -d |
		perl -MJSON::PP -0777 -ne '$j = decode_json $_;
			exit !($j->{status} eq "401" &&
				$j->{schemes} =~ /bearer/i && $j->{scope})'
	logged 'refused .*user=demo .*why=login'
	not_logged Bearer
}

@test "P7.12: OAUTHBEARER, its failure round, its names" {
	local message='n,a=demo,\1host=h\1port=110\1auth=Bearer %s\1\1'
	# shellcheck disable=SC2059 # The format is in it.
	session "AUTH OAUTHBEARER $(b64 "$message" bad)" AQ== \
		"AUTH OAUTHBEARER $(b64 "$message" good)" QUIT
	matches '+OK *' '+ *' '-ERR [AUTH] *' '+OK 0 messages' '+OK *'
	sed -n '2s/^+ \(.*\)\r$/\1/p' out | base64 -d |
		perl -MJSON::PP -0777 -ne '$j = decode_json $_;
			exit $j->{status} ne "invalid_token"'
	rm requests
	session "AUTH OAUTHBEARER $(b64 'y,a=a=2Cb=3Dc,\1auth=Bearer t\1\1')" \
		AQ== QUIT
	matches '+OK *' '+ *' '-ERR [AUTH] *' '+OK *'
	asked 'token a,b=c OAUTHBEARER t'
}

# bats test_tags=long
@test "P7.12: OAuth messages that are none" {
	local bad
	for bad in 'user=demo\1auth=Bearer good\1' 'user=demo\1auth=Bearer good' \
		'user=demo\1auth=Basic good\1\1' 'user=demo\1auth=Bearer \1\1' \
		'auth=Bearer good\1\1' '\1\1' \
		'user=demo\1\1' '' 'user=demo'; do
		session 'AUTH XOAUTH2' "$(b64 "$bad")" QUIT
		matches '+OK *' '+ ' '-ERR invalid credentials' '+OK *'
	done
	for bad in 'n,a=demo\1auth=Bearer good\1\1' 'n,\1auth=Bearer good\1\1' \
		'n,,,\1auth=Bearer good\1\1' 'p=x,,\1auth=Bearer good\1\1' \
		'p=x,a=demo,\1auth=Bearer good\1\1' '\1' ',,,,,,\1\1' \
		'n,b=demo,\1auth=Bearer good\1\1' 'n,a=de,mo,\1auth=Bearer good\1\1' \
		'n,a=d=mo,\1auth=Bearer good\1\1' 'n,a==2,\1auth=Bearer good\1\1' \
		'user=demo\1auth=Bearer good\1\1' 'n,a=demo,auth=Bearer good\1\1'; do
		session 'AUTH OAUTHBEARER' "$(b64 "$bad")" QUIT
		matches '+OK *' '+ ' '-ERR invalid credentials' '+OK *'
	done
	[ -z "$(grep -v hello requests)" ]
}

@test "a token that names no user: a clear answer, and one line of the log" {
	session "AUTH OAUTHBEARER $(b64 'n,,\1auth=Bearer good\1\1')" \
		"AUTH OAUTHBEARER $(b64 'y,a=,\1host=h\1auth=Bearer good\1\1')" \
		"AUTH XOAUTH2 $(b64 'user=\1auth=Bearer good\1\1')" QUIT
	matches '+OK *' '-ERR a user name is needed with the token' \
		'-ERR a user name is needed with the token' \
		'-ERR a user name is needed with the token' '+OK *'
	logged '^<5>refused session=[0-9a-f]+ why="a token without a user name"$'
	[ "$(grep -c refused log)" -eq 1 ]
	not_logged good
	asked
}

@test "TEMP and DEFAULT to a token: no failure round for the first" {
	session "AUTH XOAUTH2 $(b64 'user=later\1auth=Bearer t\1\1')" \
		"AUTH XOAUTH2 $(b64 'user=odd\1auth=Bearer t\1\1')" '' QUIT
	matches '+OK *' '-ERR [SYS/TEMP] the token service is away' \
		'+ *' '-ERR [AUTH] *' '+OK *'
	[ "$(grep -c 'why=login' log)" -eq 1 ]
}

@test "commands sent behind a failed login are all still there" {
	session 'AUTH PLAIN' "$(b64 '\0demo\0wrong')" \
		'USER demo' 'PASS a-long-and-wrong-password-of-somebody' \
		'USER demo' 'PASS demo' STAT NOOP QUIT
	matches '+OK *' '+ ' '-ERR [AUTH] *' '+OK *' '-ERR [AUTH] *' '+OK *' \
		'+OK 0 messages' '+OK 0 0' '+OK *' '+OK *'
	# ... and where they come in pieces.
	talk <<-END
		expect +OK *
		raw AUTH PLAIN\r\n
		expect + *
		raw $(b64 '\0demo\0wrong')\r\nUSER demo\r\nPA
		expect -ERR *
		raw SS demo\r\nSTAT\r\nQUIT\r\n
		expect +OK*
		expect +OK 0 messages
		expect +OK 0 0
		expect +OK *
		eof
	END
}

@test "a client that vanishes inside AUTH: nothing asked, nothing left" {
	talk <<-'END'
		expect +OK *
		send AUTH LOGIN
		expect + *
		raw ZGVtb
		vanish
	END
	asked
	logged 'ended .*why="client'
}

@test "no secret of AUTH is in a trace" {
	options+=(--debug)
	session "AUTH PLAIN $(b64 '\0demo\0hunter2')" \
		'AUTH PLAIN' "$(b64 '\0demo\0hunter2')" \
		"AUTH XOAUTH2 $(b64 'user=demo\1auth=Bearer hunter2\1\1')" '' QUIT
	logged 'trace.*AUTH [*]{3}'
	not_logged "hunter2|aHVudGVyM|$(b64 "\0demo\0hunter2")"
}
