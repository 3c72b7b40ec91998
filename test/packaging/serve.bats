# SPDX-License-Identifier: ISC
# scripts/serve, as a new user would run it.
#
# bats file_tags=once,long,whole

load ../lib/common
load ../lib/examples

# What the first test builds is the others'.
prepare_file() {
	mkdir "$BATS_FILE_TMPDIR/checkout"
	(cd "$top" && git ls-files -z -co --exclude-standard |
		tar -c --null -T -) | tar -x -C "$BATS_FILE_TMPDIR/checkout"
}

prepare() {
	checkout=$BATS_FILE_TMPDIR/checkout
	serve=$checkout/scripts/serve
	unset POP3_SKEL_BUILDS POP3_SKEL_BACKENDS POP3_SKEL_SH ASAN_OPTIONS UBSAN_OPTIONS
	port=$(free_port)
}

# Starts scripts/serve with these arguments, and waits for its one line.
serving() {
	"$serve" --port "$port" "$@" </dev/null >serve.out 2>serve.log 3>&- &
	pid=$!
	started+=("$pid")
	wait_until 300 said_or_gone
	grep '^Serving\.' serve.out || { cat serve.log && return 1; }
}

said_or_gone() {
	grep -qs '^Serving\.' serve.out || gone "$pid"
}

# The same words from an installed system are in examples.bats.
@test "the first trial of pop3-skel-backend(7), word for word in a checkout" {
	cd "$checkout"
	example pop3-skel-backend.7 welcome >welcome
	example pop3-skel-backend.7 terminal >terminal
	[ "$EUID" -ne 0 ] || chown -hR "$common_uid:$common_uid" .
	# Nothing but the session comes, the first time too, once it is built.
	"$TALK" --on pty --timeout 600 --stderr log -- "${user_prefix[@]}" \
		env -u POP3_SKEL_BUILDS PATH=/usr/bin:/bin sh ./terminal <<-'END'
		expect +OK POP3 server ready
		send USER demo
		expect +OK *
		send PASS demo
		expect +OK 1 messages
		send TOP 1 0
		expect +OK *
		expect From: *
		expect Subject: Message of the day
		expect Date: *
		expect Message-ID: *
		expect MIME-Version: 1.0
		expect Content-Type: text/plain;
		expect *charset="us-ascii"
		expect Content-Transfer-Encoding: 7bit
		lines 1
		send QUIT
		expect +OK *
		eof
	END
	# ... and with a port.
	example pop3-skel-backend.7 port | sed -e "s/1110/$port/" -e '1s/^/exec /' >port
	own
	start port env PATH="/usr/bin:/bin:$PWD/scripts" sh ./port
	wait_until 20 listening "$port"
	curl -s "pop3://demo:demo@127.0.0.1:$port/1" | grep -q '^Subject: Message'
}

@test "serve: the sample mailbox lists and fetches, byte for byte" {
	"$top/scripts/sample-maildir" "$work/sample"
	serving
	curl -sS "pop3://demo:demo@127.0.0.1:$port/" >list
	[ "$(wc -l <list)" -ge 4 ]
	number=0
	for file in $(printf '%s\n' sample/new/* sample/cur/* | sort -t / -k 3); do
		number=$((number + 1))
		curl -sS "pop3://demo:demo@127.0.0.1:$port/$number" >got
		cmp <(sed -e 's/\r$//; s/$/\r/' -e '$a\' "$file") got
	done
	[ "$number" -eq "$(wc -l <list)" ]
}

@test "serve: the line that it prints is one that works" {
	serving
	line=$(sed -n 's/.*Try: \(.*[^ ]\)  *(Ctrl-C.*/\1/p' serve.out)
	[ -n "$line" ]
	sh -c "$line" >got 2>errors
	grep -q '^Subject: ' got
}

@test "serve: a backend of one's own, by path" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_login() { [ "$1:$2" = me:secret ]; }
		on_list() { sendmsg - "welcome-$1" /etc/passwd; }
		pop3_run
	END
	serving "$work/backend"
	curl -sS "pop3://me:secret@127.0.0.1:$port/1" >got
	cmp <(sed 's/$/\r/' /etc/passwd) got
}

@test "serve: the modules for Python and Perl are found" {
	example pop3_skel.3 welcome >welcome
	chmod 755 welcome
	own
	serving "$work/welcome"
	curl -sS "pop3://demo:demo@127.0.0.1:$port/1" | grep -q '^Subject: Welcome'
	kill "$pid"
	wait_until 60 gone "$pid"
	sed -n '/^=head1 SYNOPSIS/,/^and then/s/^    //p' \
		"$top/src/backends/perl/Skeleton.pod" >motd
	chmod 755 motd
	serving "$work/motd"
	curl -sS "pop3://demo:demo@127.0.0.1:$port/1" | grep -q '^Subject: Message of the day'
}

@test "serve: README's feed in the mail client, word for word" {
	sed -n '/^## A feed/,/^Now the/s/^    //p' "$checkout/README.md" >words
	[ "$(wc -l <words)" -eq 4 ]
	mkdir web
	cat >web/rss20.xml <<-'END'
	<rss version="2.0"><channel><title>A planet</title>
	<item><title>First</title><guid>1</guid><description>one</description></item>
	</channel></rss>
	END
	web=$(free_port)
	start web "$POP3_SKEL_PYTHON" -m http.server --bind 127.0.0.1 \
		--directory web "$web"
	wait_until 30 listening "$web"
	# All but its first and last line; the feed is one of this machine.
	sed -e '1d;$d' -e "s|https://[^/]*|http://127.0.0.1:$web|" words | sh -e
	[ -s users ]
	[ -s feeds ]
	own
	read -r _ words < <(tail -n 1 words)
	# shellcheck disable=SC2086 # Words they are.
	serving $words
	curl -sS "pop3://demo:demo@127.0.0.1:$port/1" >got
	grep -q '^From: A planet <' got
	grep -q '^Subject: First' got
}

@test "serve: options of pop3-skel come before the backend" {
	printf '%s\n' 'expire 7' >"$work/more"
	serving -d --greeting "it's me" --auth-delay=0 --options "$work/more"
	printf '%s\n' 'expect +OK it\x27s me' 'send CAPA' 'body capa' 'send QUIT' \
		'expect +OK *' eof | "$TALK" --connect "127.0.0.1:$port"
	grep -q '^EXPIRE 7' capa
	wait_until 5 grep -q 'client="< QUIT"' serve.log
	grep -q '^building ' serve.log
}

@test "serve: an option of its own behind the backend is answered" {
	backend_script <<-'END'
		printf '%s\n' "$*" >&2
		. "$POP3_SKEL_SH"
		on_login() { :; }
		on_list() { :; }
		pop3_run
	END
	for word in --port=1 --port; do
		run -1 "$serve" "$work/backend" "$word" 1
		[[ $output == 'serve: --port comes before the backend; '* ]]
	done
	run -1 "$serve" --port "$port" --greeting
	[ "$output" = 'serve: --greeting needs a value' ]
	serving -d -- "$work/backend" --port 1
	curl -sS "pop3://me:secret@127.0.0.1:$port/"
	wait_until 5 grep -q -e '--port 1' serve.log || { cat serve.log && false; }
}

@test "serve: no unit tests are built for it" {
	serving
	[ -z "$(find "$checkout/build/serve" \
		-name 'unit-*' -type f)" ]
}

@test "serve: ended, it leaves nothing behind" {
	export TMPDIR=$work/tmp
	mkdir -m 1777 "$TMPDIR"
	serving
	[ -n "$(ls "$TMPDIR")" ]
	kill "$pid"
	wait "$pid" || :
	[ -z "$(ls "$TMPDIR")" ]
	! listening "$port"
}

@test "serve: what cannot be is said at once, in a sentence" {
	serving
	run -1 "$serve" --port "$port"
	[ "$output" = "serve: port $port is in use; choose another with --port" ]
	run -1 "$serve" --port 70000
	[ "$output" = 'serve: there is no port 70000' ]
	run -1 "$serve" --wrong
	[[ $output == 'serve: usage: '* ]]
	run -1 "$serve" --port "$(free_port)" ./missing
	[ "$output" = "serve: there is no file ./missing, as seen from $PWD" ]
	: >plain
	run -1 "$serve" --port "$(free_port)" ./plain
	[[ $output == 'serve: ./plain cannot be executed'* ]]
	run -1 "$serve" --port "$(free_port)" --timeout never
	[[ $output == *'pop3-skel does not take these options' ]]
	[[ $output == *'--timeout'* ]]
	run -1 "$serve" --port "$(free_port)" missing
	[[ $output == *'there is no backend missing; a file is told as ./missing' ]]
}

@test "serve --tls: a port of TLS and STLS, with the certificate that it names" {
	serving --tls
	wait_until 10 grep -q '^And: ' serve.out
	read -r _ _ _ ca url < <(grep '^And: curl --cacert ' serve.out)
	[ "$url" = "pop3s://demo:demo@127.0.0.1:$((port + 885))/1" ]
	curl -sS --max-time 20 --cacert "$ca" "$url" >one
	grep -q '^Subject: ' one
	curl -sS --max-time 20 --cacert "$ca" --ssl-reqd \
		"pop3://demo:demo@127.0.0.1:$port/1" | cmp - one
	kill "$pid"
	wait_until 20 gone "$pid"
	refute listening "$((port + 885))"
}
