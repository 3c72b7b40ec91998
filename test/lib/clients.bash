# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154 # From common.bash and the caller.
#
# Clients that people use, each of which fetches all of demo's mail, for tests on a port of this machine and for those inside a container. After lib/common.
#
#	clients_prepare BOX CERTIFICATE
#	clients_fetch curl tls 1995	# pop3s
#	clients_fetch curl stls 1110	# STLS
#	clients_fetch curl clear 1110	# neither
#
# succeeds where curl has each message of the Maildir BOX, and none more, byte
# for byte; they are in the files got/1 and so on. The server is 127.0.0.1, and CERTIFICATE its own, which alone is
# trusted.

# All, each with whether it keeps CRLF; the others store lines with LF, and are
# compared so.
declare -gA clients_keep_crlf=(
	[curl]=1 [openssl]=1 [gnutls]=1 [poplib]=1
	[netpop]='' [mpop]='' [fetchmail]='' [getmail]='' [neomutt]=''
)

# clients_can CLIENT WAY: getmail6 knows no STLS; some are for TLS, or insist on it.
clients_can() {
	case "$1 $2" in
	'getmail stls' | 'openssl clear' | 'gnutls clear' | 'neomutt clear') return 1 ;;
	esac
}

# A mail with LF at the end of each line, the last one too; or with CRLF.
clients_lf() {
	# shellcheck disable=SC1003 # That is sed's.
	sed 's/\r$//;$a\' "$1"
}
clients_crlf() {
	clients_lf "$1" | sed 's/$/\r/'
}

clients_prepare() {
	local file
	ca=$2
	for file in "$1"/new/* "$1"/cur/*; do
		clients_lf "$file" | sha256sum >&3
		clients_crlf "$file" | sha256sum >&4
	done 3>clients.lf 4>clients.crlf
	sort -o clients.lf clients.lf
	sort -o clients.crlf clients.crlf
	count=$(wc -l <clients.lf)
	[ "$count" -gt 5 ] || return 1
	# Delivers a mail from stdin as the next file in got/.
	cat >keep <<-END
		#!/bin/sh
		exec cat >"$work/got/\$((\$(ls "$work/got" | wc -l) + 1))"
	END
	chmod a+x keep
	export HOME=$work
}

clients_fetch() {
	local client=$1 way=$2 port=$3 file
	rm -rf got
	mkdir got
	own
	"clients_$client" >clients.log 2>&1 || {
		printf '%s by %s:\n' "$client" "$way"
		cat clients.log
		return 1
	}
	for file in got/*; do
		if [ "${clients_keep_crlf[$client]}" ]; then
			sha256sum <"$file"
		else
			clients_lf "$file" | sha256sum
		fi
	done | sort >got.sums
	if [ "${clients_keep_crlf[$client]}" ]; then
		diff clients.crlf got.sums
	else
		diff clients.lf got.sums
	fi || {
		printf '%s by %s:\n' "$client" "$way"
		head -c 2000 clients.log
		return 1
	}
}

clients_curl() {
	local scheme=pop3s tls=(--ssl-reqd --cacert "$ca")
	[ "$way" = tls ] || scheme=pop3
	[ "$way" != clear ] || tls=()
	as_user curl -sS --max-time 60 "${tls[@]}" -o 'got/#1' \
		"$scheme://demo:demo@127.0.0.1:$port/[1-$count]"
}

# One session as a person would type it, by a program of TLS: what stands behind
# each +OK of RETR. By STLS the program keeps the greeting to itself.
clients_by_hand() {
	local before=3
	[ "$way" = tls ] || before=2
	{
		printf 'USER demo\r\nPASS demo\r\n'
		printf 'RETR %d\r\n' $(seq "$count")
		printf 'QUIT\r\n'
	} | as_user timeout 300 "$@" | LC_ALL=C awk -v before="$before" '
		!body && /^\+OK/ { if (++said > before && said <= before + '"$count"')
			body = "got/" (said - before); next }
		!body { next }
		$0 == ".\r" { close(body); body = ""; next }
		{ sub(/^\./, ""); print >body }'
}

clients_openssl() {
	local stls=()
	[ "$way" = tls ] || stls=(-starttls pop3)
	clients_by_hand openssl s_client -connect "127.0.0.1:$port" -CAfile "$ca" \
		-verify_return_error -quiet "${stls[@]}"
}

# It writes each octet by a system call of its own.
clients_gnutls() {
	local stls=()
	[ "$way" = tls ] || stls=(--starttls-proto=pop3)
	clients_by_hand gnutls-cli --x509cafile "$ca" --logfile="$work/session" \
		-p "$port" "${stls[@]}" 127.0.0.1
}

clients_poplib() {
	as_user python3 - "$way" "$port" "$ca" <<-'END'
		import poplib, ssl, sys
		way, port = sys.argv[1], int(sys.argv[2])
		context = None if way == "clear" else \
		    ssl.create_default_context(cafile=sys.argv[3])
		if way == "tls":
		    box = poplib.POP3_SSL("127.0.0.1", port, timeout=30,
		                          context=context)
		else:
		    box = poplib.POP3("127.0.0.1", port, 30)
		if way == "stls":
		    box.stls(context)
		box.user("demo")
		box.pass_("demo")
		for number in range(1, box.stat()[0] + 1):
		    with open("got/%d" % number, "wb") as out:
		        for line in box.retr(number)[1]:
		            out.write(line + b"\r\n")
		box.quit()
	END
}

clients_netpop() {
	as_user perl -MNet::POP3 - "$way" "$port" "$ca" <<-'END'
		my ($way, $port, $ca) = @ARGV;
		my @trust = (SSL_ca_file => $ca);
		my $box = Net::POP3->new('127.0.0.1', Port => $port, Timeout => 30,
			SSL => $way eq 'tls', @trust) or die "no connection: $@";
		$way ne 'stls' or $box->starttls(@trust) or die "no STLS: $@";
		my $count = $box->login('demo', 'demo') or die 'no login';
		for my $number (1 .. $count) {
			open(my $out, '>', "got/$number") or die $!;
			$box->get($number, $out) or die 'no mail';
			close($out) or die $!;
		}
		$box->quit or die 'no quit';
	END
}

clients_mpop() {
	local upgrade=off tls=(--tls=on --tls-trust-file="$ca")
	[ "$way" = tls ] || upgrade=on
	[ "$way" != clear ] || tls=(--tls=off --auth=user)
	rm -f uids
	as_user mpop --host=127.0.0.1 --port="$port" --user=demo \
		--passwordeval='echo demo' "${tls[@]}" \
		--tls-starttls="$upgrade" --keep=on --received-header=off \
		--delivery=mda,"$work/keep" --uidls-file="$work/uids" --quiet
}

clients_fetchmail() {
	local how=ssl trust="sslcertck sslcertfile '$ca' sslcommonname localhost"
	[ "$way" = tls ] || how='sslproto TLS1.2+'
	[ "$way" != clear ] || how="sslproto ''" trust=
	rm -f fetchmailrc ids
	cat >fetchmailrc <<-END
		set invisible
		poll 127.0.0.1 protocol pop3 port $port uidl
			user demo password demo keep fetchall no rewrite $how
			$trust
			mda "$work/keep"
	END
	chmod 600 fetchmailrc
	own
	as_user fetchmail -f fetchmailrc --pidfile "$work/pid" \
		--idfile "$work/ids" --nosyslog
}

clients_getmail() {
	local kind=SimplePOP3SSLRetriever trust="ca_certs = $ca"
	[ "$way" != clear ] || kind=SimplePOP3Retriever trust=
	rm -rf getmail
	mkdir getmail
	cat >getmail/rc <<-END
		[retriever]
		type = $kind
		server = 127.0.0.1
		port = $port
		username = demo
		password = demo
		$trust
		[destination]
		type = MDA_external
		path = $work/keep
		[options]
		read_all = true
		delivered_to = false
		received = false
	END
	own
	as_user getmail --getmaildir "$work/getmail" --rcfile rc
}

# Its <fetch-mail> works in a terminal alone.
clients_neomutt() {
	local scheme=pops
	[ "$way" = tls ] || scheme=pop
	rm -rf inbox
	mkdir -p inbox/new inbox/cur inbox/tmp
	cat >neomuttrc <<-END
		set pop_host="$scheme://demo@127.0.0.1:$port/" pop_pass=demo
		set pop_delete=no pop_reconnect=no mbox_type=Maildir
		set folder="$work/inbox" spool_file="$work/inbox" quit=yes wait_key=no
		set ssl_force_tls=yes ssl_starttls=yes
		set ssl_ca_certificates_file="$ca"
	END
	own
	as_user env TERM=vt100 timeout 60 script -qec \
		"neomutt -n -F neomuttrc -f inbox -e 'push <fetch-mail><quit>'" \
		/dev/null </dev/null
	mv inbox/new/* inbox/cur/* got 2>/dev/null || :
}
