# SPDX-License-Identifier: ISC
# Clients that people use log in by each mechanism that they know, and fetch
# the message. (mpop's SCRAM and the like are in sasl-relay.bats.)
#
# bats file_tags=once

load ../lib/common

prepare() {
	printf 'Subject: one\n\ntext of it\n' >mail
	export HOME=$work
	# Where an ordinary user reaches it.
	cp "$top/test/lib/sasl-backend" .
	backend=("$work/sasl-backend" APOP XOAUTH2 OAUTHBEARER
		CRAM-MD5 DIGEST-MD5)
	serve
}

# logged_in_by REQUEST: the way that the client took, and no other; forgets it.
logged_in_by() {
	wait_until 5 grep -q '^list ' requests
	grep -E '^(login|apop|token|auth) ' requests | grep -E -c "^$1" |
		grep -qx 1
	[ "$(grep -cE '^(login|apop|token|auth) ' requests)" -eq 1 ]
	rm requests
}

# The message, from stdin, with whatever a client puts before its header.
is_the_mail() {
	tr -d '\r' >got
	grep -qx 'Subject: one' got && grep -qx 'text of it' got
}

# by_curl REQUEST OPTION...
by_curl() {
	local request=$1
	shift
	curl -sS -m 20 "$@" "pop3://127.0.0.1:$port/1" | is_the_mail
	logged_in_by "$request"
}

@test "curl: USER and PASS" {
	# They come last to it, after any SASL: so there is none, where a backend
	# has claimed USER and PASS and leaves them to us all the same.
	backend_script <<-'END'
	while IFS= read -r line; do
		printf '%s\n' "$line" >>requests
		case $line in
		'hello '*) printf '%s\n' 'command USER auth' 'command PASS auth' \
			'OK 1' ;;
		'login demo demo') echo OK ;;
		'list '*) printf '%s\n' "msg - one $PWD/mail" OK ;;
		*) echo DEFAULT ;;
		esac
	done
	END
	serve
	by_curl 'login demo demo$' -u demo:demo
}

@test "curl: APOP, PLAIN, LOGIN, CRAM-MD5, DIGEST-MD5" {
	by_curl 'apop demo ' -u demo:demo --login-options 'AUTH=+APOP'
	by_curl 'login demo demo$' -u demo:demo --login-options 'AUTH=PLAIN'
	by_curl 'login demo demo$' -u demo:demo --login-options 'AUTH=PLAIN' \
		--sasl-ir
	by_curl 'login demo demo$' -u demo:demo --login-options 'AUTH=LOGIN'
	by_curl 'login demo demo$' -u demo:demo --login-options 'AUTH=LOGIN' \
		--sasl-ir
	by_curl 'auth CRAM-MD5' -u demo:demo --login-options 'AUTH=CRAM-MD5'
	by_curl 'auth DIGEST-MD5' -u demo:demo --login-options 'AUTH=DIGEST-MD5'
	# Left to itself it takes one of them.
	by_curl '' -u demo:demo
	by_curl '' "--user" demo:demo --login-options 'AUTH=*'
}

@test "curl: OAuth tokens, in one step and in two" {
	local mechanism
	for mechanism in XOAUTH2 OAUTHBEARER; do
		# It asks for none of the two by name, but takes the better.
		backend=("${backend[0]}" "$mechanism")
		serve
		by_curl "token demo $mechanism open-sesame\$" -u demo: \
			--oauth2-bearer open-sesame
		by_curl "token demo $mechanism open-sesame\$" -u demo: \
			--oauth2-bearer open-sesame --sasl-ir
	done
}

@test "P7.12: curl and mpop understand why a token is refused" {
	local mechanism
	for mechanism in XOAUTH2 OAUTHBEARER; do
		backend=("${backend[0]}" "$mechanism")
		serve
		# 67 is a login that was denied.
		run -67 curl -sS -m 20 -u demo: --oauth2-bearer wrong --sasl-ir \
			"pop3://127.0.0.1:$port/1"
		run -67 curl -sS -m 20 -u demo: --oauth2-bearer wrong \
			"pop3://127.0.0.1:$port/1"
		run -77 by_mpop "${mechanism,,}" wrong
	done
}

@test "curl: a wrong password is a login denied, each way" {
	local mechanism
	for mechanism in +APOP PLAIN LOGIN CRAM-MD5 DIGEST-MD5; do
		run -67 curl -sS -m 20 -u demo:wrong \
			--login-options "AUTH=$mechanism" \
			"pop3://127.0.0.1:$port/1"
	done
}

# by_mpop MECHANISM PASSWORD: into inbox.
by_mpop() {
	rm -rf inbox uids
	own
	as_user mpop --host=127.0.0.1 --port="$port" --user=demo --tls=off \
		--passwordeval="echo $2" --auth="$1" --keep=on \
		--delivery=mbox,"$work/inbox" --uidls-file="$work/uids"
}

@test "mpop: user, apop, plain, login, xoauth2, oauthbearer, cram-md5" {
	local pair
	for pair in 'user:login demo demo$' 'apop:apop demo ' \
		'plain:login demo demo$' 'login:login demo demo$' \
		'cram-md5:auth CRAM-MD5' 'digest-md5:auth DIGEST-MD5'; do
		by_mpop "${pair%%:*}" demo
		is_the_mail <inbox
		logged_in_by "${pair#*:}"
	done
	for pair in xoauth2 oauthbearer; do
		by_mpop "$pair" open-sesame
		is_the_mail <inbox
		logged_in_by "token demo ${pair^^} open-sesame\$"
	done
}

@test "fetchmail: password, apop, cram-md5" {
	local auth
	cat >keep <<-END
		#!/bin/sh
		exec cat >"$work/inbox"
	END
	chmod a+x keep
	for auth in 'pop3 auth password:login demo demo$' 'apop:apop demo ' \
		'pop3 auth cram-md5:auth CRAM-MD5' 'pop3:'; do
		cat >fetchmailrc <<-END
			set invisible
			poll 127.0.0.1 protocol ${auth%%:*} port $port
				user demo password demo keep fetchall
				no rewrite mda "$work/keep"
		END
		chmod 600 fetchmailrc
		rm -f inbox
		own
		as_user fetchmail --fetchmailrc fetchmailrc --sslproto '' \
			--pidfile "$work/pid" --idfile "$work/ids" --silent
		is_the_mail <inbox
		logged_in_by "${auth#*:}"
	done
}

@test "getmail6: USER and PASS, APOP" {
	local use
	mkdir getmail
	for use in 'false:login demo demo$' 'true:apop demo '; do
		rm -rf inbox getmail/oldmail*
		mkdir -p inbox/new inbox/cur inbox/tmp
		cat >getmail/rc <<-END
			[retriever]
			type = SimplePOP3Retriever
			server = 127.0.0.1
			port = $port
			username = demo
			password = demo
			use_apop = ${use%%:*}
			[destination]
			type = Maildir
			path = $work/inbox/
		END
		own
		as_user getmail --getmaildir "$work/getmail" --rcfile rc --quiet
		cat inbox/new/* | is_the_mail
		logged_in_by "${use#*:}"
	done
}

@test "python's poplib: USER and PASS, APOP" {
	local way
	cat >fetch.py <<-'END'
	import poplib, sys
	pop = poplib.POP3("127.0.0.1", int(sys.argv[2]))
	try:
	    if sys.argv[1] == "apop":
	        pop.apop("demo", "wrong")
	    else:
	        pop.user("demo")
	        pop.pass_("wrong")
	    sys.exit("let in")
	except poplib.error_proto as e:
	    assert b"[AUTH]" in e.args[0], e
	if sys.argv[1] == "apop":
	    pop.apop("demo", "demo")
	else:
	    pop.user("demo")
	    pop.pass_("demo")
	print(b"\n".join(pop.retr(1)[1]).decode())
	pop.quit()
	END
	for way in apop login; do
		python3 fetch.py "$way" "$port" | is_the_mail
		[ "$(grep -c "^$way demo " requests)" -eq 2 ]
		rm requests
	done
}

@test "Perl's Net::POP3: login, apop, and SASL by Authen::SASL" {
	cat >fetch.pl <<-'END'
	use Net::POP3;
	my ($way, $port) = @ARGV;
	my $pop = Net::POP3->new('127.0.0.1', Port => $port) or die $@;
	my $n = $way =~ /[A-Z]/
		? $pop->auth(Authen::SASL->new(mechanism => $way, callback => {
			user => 'demo', pass => 'demo' }))
		: $pop->$way('demo', 'demo');
	defined $n && $n or die $pop->message;
	print @{$pop->get(1)};
	$pop->quit;
	END
	local way
	for way in 'login:login demo demo$' 'apop:apop demo ' \
		'PLAIN:login demo demo$' 'LOGIN:login demo demo$' \
		'CRAM-MD5:auth CRAM-MD5' 'DIGEST-MD5:auth DIGEST-MD5'; do
		perl -MAuthen::SASL fetch.pl "${way%%:*}" "$port" | is_the_mail
		logged_in_by "${way#*:}"
	done
}
