# SPDX-License-Identifier: ISC
# Clients that people use fetch every sample byte for byte, by TLS from the first
# octet and by STLS.
#
# bats file_tags=once

load ../lib/common
load ../lib/session
load ../lib/tls

prepare() {
	need_tls
	options=(--auth-delay 0 --cleartext never --stls "$work/run/stls")
	mkdir run
	rm -r "$box"
	"$top/scripts/sample-maildir" "$box"
	count=$(stored | wc -l)
	[ "$count" -gt 5 ]
	port_stls=$(free_port)
	serve_behind --listen "127.0.0.1:$port_stls"
	serve_tls --stls "$work/run/stls"
	wait_until 5 test -S run/stls
	wait_until 5 listening "$port_stls"
	ca=$certs/mail.crt
	export HOME=$work
	# What there is, as a client sees it, in the order of a session.
	python3 - "$port_stls" "$ca" <<-'END'
		import poplib, ssl, sys
		box = poplib.POP3("127.0.0.1", int(sys.argv[1]), 20)
		box.stls(ssl.create_default_context(cafile=sys.argv[2]))
		box.user("demo"); box.pass_("demo")
		for i in range(box.stat()[0]):
		    with open("message.%d" % (i + 1), "wb") as file:
		        for line in box.retr(i + 1)[1]: file.write(line + b"\r\n")
		box.quit()
	END
	[ "$(find . -name 'message.*' | wc -l)" -eq "$count" ]
	# The messages are those that are stored.
	for ((i = 1; i <= count; i++)); do
		tr -d '\r' <"message.$i" | sha256sum
	done | sort >is
	(cd "$box" && find new cur -type f -exec sh -c 'tr -d "\r" <"$1" |
		sed -e "\$a\\" | sha256sum' - {} \;) | sort | cmp - is
}

# Both ways in the log, by no clear one.
covered() {
	grep -c '^<6>login .* tls=TLSv1\.[23] cipher=' behind.log | grep -qx "$1"
	refute grep -q '^<6>login .* tls=none' behind.log
}

# All messages, each in a file got.N, against what there is.
got_all() {
	local i
	for ((i = 1; i <= count; i++)); do
		cmp "got.$i" "message.$i" || return 1
	done
	rm -f got.*
}

@test "clients: curl" {
	curl -sS --max-time 60 --cacert "$ca" -o 'got.#1' \
		"pop3s://demo:demo@127.0.0.1:$port/[1-$count]"
	got_all
	curl -sS --max-time 60 --cacert "$ca" --ssl-reqd -o 'got.#1' \
		"pop3://demo:demo@127.0.0.1:$port_stls/[1-$count]"
	got_all
	covered 3
}

@test "clients: poplib" {
	python3 - "$port" "$ca" <<-'END'
		import poplib, ssl, sys
		box = poplib.POP3_SSL("127.0.0.1", int(sys.argv[1]), timeout=20,
		    context=ssl.create_default_context(cafile=sys.argv[2]))
		box.user("demo"); box.pass_("demo")
		for i in range(box.stat()[0]):
		    with open("got.%d" % (i + 1), "wb") as file:
		        for line in box.retr(i + 1)[1]: file.write(line + b"\r\n")
		box.quit()
	END
	got_all
	covered 2
}

# The message of a session, behind so many lines that say +OK.
body() {
	LC_ALL=C awk -v before="$1" 'said < before { said += /^\+OK/; next }
		$0 == ".\r" { exit }
		{ sub(/^\./, ""); print }'
}

# One session of RETR, from stdin, as a person would type it: told COMMAND...
told() {
	local i
	for ((i = 1; i <= count; i++)); do
		printf '%s\r\n' 'USER demo' 'PASS demo' "RETR $i" QUIT |
			timeout 20 "$@" 2>/dev/null | body "$replies" >"got.$i"
	done
	got_all
}

@test "clients: openssl s_client" {
	replies=4
	told openssl s_client -connect "127.0.0.1:$port" -CAfile "$ca" \
		-verify_return_error -quiet
	# The greeting it keeps to itself.
	replies=3
	told openssl s_client -connect "127.0.0.1:$port_stls" -starttls pop3 \
		-CAfile "$ca" -verify_return_error -quiet
	covered $((2 * count + 1))
}

@test "clients: gnutls-cli" {
	command -v gnutls-cli || skip "needs gnutls-cli"
	local i
	for i in "-p $port:4" "-p $port_stls --starttls-proto=pop3:3"; do
		# shellcheck disable=SC2086 # Words.
		printf '%s\r\n' 'USER demo' 'PASS demo' 'RETR 1' QUIT |
			timeout 20 gnutls-cli --x509cafile "$ca" --logfile=session \
				${i%:*} 127.0.0.1 >got 2>&1
		body "${i##*:}" <got >got.1
		cmp got.1 message.1 || { cat -A got | head -60; false; }
	done
	covered 3
}

# by_mpop OPTION...
by_mpop() {
	rm -rf inbox uids
	mkdir -p inbox/new inbox/cur inbox/tmp
	own
	as_user mpop --host=127.0.0.1 --user=demo --passwordeval='echo demo' \
		--tls=on --tls-trust-file="$ca" --keep=on --received-header=off \
		--delivery=maildir,"$work/inbox" --uidls-file="$work/uids" "$@"
	find inbox/new -type f -exec sh -c 'tr -d "\r" <"$1" | sha256sum' - {} \; |
		sort | cmp - is
}

@test "clients: mpop" {
	by_mpop --port="$port" --tls-starttls=off
	by_mpop --port="$port_stls" --tls-starttls=on
	covered 3
}

@test "clients: fetchmail" {
	local way
	cat >keep <<-END
		#!/bin/sh
		cat >>"$work/inbox.\$\$"
	END
	chmod a+x keep
	for way in "$port|ssl" "$port_stls|sslproto TLS1.2+"; do
		rm -f inbox.*
		cat >fetchmailrc <<-END
			set invisible
			poll 127.0.0.1 protocol pop3 port ${way%%|*}
				user demo password demo keep fetchall no rewrite
				${way#*|} sslcertck sslcertfile "$ca" sslcommonname localhost
				mda "$work/keep"
		END
		chmod 600 fetchmailrc
		own
		as_user env HOME="$work" fetchmail -f fetchmailrc --nosyslog >fetched 2>&1 ||
			{ cat fetched; false; }
		[ "$(find . -name 'inbox.*' | wc -l)" -eq "$count" ]
	done
	covered 3
}

@test "clients: getmail6" {
	mkdir -p inbox/new inbox/cur inbox/tmp .config/getmail
	cat >.config/getmail/getmailrc <<-END
		[retriever]
		type = SimplePOP3SSLRetriever
		server = 127.0.0.1
		port = $port
		username = demo
		password = demo
		ca_certs = $ca
		[destination]
		type = Maildir
		path = $work/inbox/
		[options]
		read_all = true
		delivered_to = false
		received = false
	END
	own
	as_user env HOME="$work" getmail >getmail.log 2>&1 || { cat getmail.log; false; }
	[ "$(find inbox/new -type f | wc -l)" -eq "$count" ]
	covered 2
}
