# SPDX-License-Identifier: ISC
# Six clients that people use, and six mails that are easily broken: each
# fetches each unchanged, line ends aside.
#
# bats file_tags=once

load ../lib/common

prepare_file() {
	samples=$BATS_FILE_TMPDIR/samples
	"$top/scripts/sample-maildir" "$samples"
	export samples
}

prepare() {
	cp -R "$samples/." "$box/"
	mkdir got
	export HOME=$work
	# Delivers a mail from stdin as the next file in got/.
	cat >keep <<-END
		#!/bin/sh
		exec cat >"$work/got/\$((\$(ls "$work/got" | wc -l) + 1))"
	END
	chmod a+x keep
	serve
}

# A mail with LF at the end of each line, the last one too.
with_lf() {
	sed 's/\r$//;$a\' "$1"
}

# got/1 and so on are the samples in their order, and there is none more.
all_unchanged() {
	local stored number=0
	while IFS= read -r stored; do
		number=$((number + 1))
		with_lf "$stored" >expected
		with_lf "got/$number" | cmp expected - || {
			head -c 2000 "got/$number" | cat -A
			return 1
		}
	done < <(find "$samples" -type f -printf '%f %p\n' | sort |
		cut -d ' ' -f 2-)
	[ "$number" -eq 6 ]
	[ "$(find got -type f | wc -l)" -eq 6 ]
	# And all of it is still in the mailbox.
	diff -r -x pop3-skel-list "$samples" "$box"
}

@test "P3.4 P3.12: curl fetches every sample mail unchanged" {
	local number
	for number in 1 2 3 4 5 6; do
		curl -sS -o "got/$number" \
			"pop3://demo:demo@127.0.0.1:$port/$number"
	done
	all_unchanged
}

@test "P3.4 P3.12: fetchmail fetches every sample mail unchanged" {
	cat >fetchmailrc <<-END
		set invisible
		poll 127.0.0.1 protocol pop3 port $port uidl
			user demo password demo keep fetchall
			no rewrite mda "$work/keep"
	END
	chmod 600 fetchmailrc
	own
	as_user fetchmail --fetchmailrc fetchmailrc --pidfile "$work/pid" \
		--idfile "$work/ids" --sslproto '' --silent
	all_unchanged
}

@test "P3.4 P3.12: getmail fetches every sample mail unchanged" {
	mkdir getmail
	cat >getmail/rc <<-END
		[retriever]
		type = SimplePOP3Retriever
		server = 127.0.0.1
		port = $port
		username = demo
		password = demo
		[destination]
		type = MDA_external
		path = $work/keep
		[options]
		delivered_to = false
		received = false
		verbose = 0
	END
	own
	as_user getmail --getmaildir "$work/getmail" --rcfile rc
	all_unchanged
}

@test "P3.4 P3.12: mpop fetches every sample mail unchanged" {
	cat >mpoprc <<-END
		account demo
		host 127.0.0.1
		port $port
		user demo
		password demo
		tls off
		auth user
		keep on
		received_header off
		uidls_file $work/uidls
		delivery mda $work/keep
	END
	chmod 600 mpoprc
	own
	as_user mpop --file=mpoprc --quiet demo
	all_unchanged
}

@test "P3.4 P3.12: poplib of Python fetches every sample mail unchanged" {
	python3 - "$port" <<-'END'
		import poplib, sys
		box = poplib.POP3("127.0.0.1", int(sys.argv[1]), timeout=30)
		box.user("demo")
		box.pass_("demo")
		for number in range(1, box.stat()[0] + 1):
		    with open("got/%d" % number, "wb") as out:
		        for line in box.retr(number)[1]:
		            out.write(line + b"\n")
		box.quit()
	END
	all_unchanged
}

@test "P3.4 P3.12: Net::POP3 of Perl fetches every sample mail unchanged" {
	perl -MNet::POP3 - "$port" <<-'END'
		my $box = Net::POP3->new('127.0.0.1', Port => $ARGV[0],
			Timeout => 30) or die "no connection: $@";
		my $count = $box->login('demo', 'demo') or die 'no login';
		for my $number (1 .. $count) {
			open(my $out, '>', "got/$number") or die $!;
			$box->get($number, $out) or die 'no mail';
			close($out) or die $!;
		}
		$box->quit or die 'no quit';
	END
	all_unchanged
}
