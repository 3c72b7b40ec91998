# SPDX-License-Identifier: ISC
# The backend feed: items of feeds that a server of our own has, which counts.
#
# bats file_tags=long

load ../lib/common
load ../lib/examples
load ../lib/check

prepare() {
	export STATE_DIRECTORY=$work/state
	mkdir state web
	echo 'demo:{PLAIN}demo' >users
	echo 'other:{PLAIN}other' >>users
	web=$(free_port)
	start web "${POP3_SKEL_PYTHON:-python3}" "$common_lib/feeds.py" "$web" "$work/web"
	wait_until 60 listening "$web"
	base=http://127.0.0.1:$web
	backend=(feed -u "$work/users" feeds)
	source=$STATE_DIRECTORY/.kept/feed%20${work//\//%2F}%2Ffeeds/-
}

# What the server was asked since the last time.
asked() {
	touch web/asked
	sort web/asked
	: >web/asked
}

# As if the last time were long ago.
later() {
	touch -d '-1 day' "$source/fetched"
}

@test "feed: 200 items are asked for once, and not at all in the second session; two clients read them" {
	echo "$base/items/200" >feeds
	session "${login[@]}" LIST UIDL 'RETR 200' QUIT
	grep -q '^+OK 200 messages' out
	grep -q '^Subject: Item 200' out
	LC_ALL=C grep -q '^Date: Tue, 01 Dec 2026 12:03:20 +0000' out
	[ "$(grep -cE '^[0-9]+ [0-9a-f]{40}' out)" -eq 200 ]
	# Sizes are known, and right.
	not_logged 'size'
	[ "$(asked)" = '/items/200 200' ]
	grep -E '^[0-9]+ ' out >before
	session "${login[@]}" LIST UIDL 'DELE 1' QUIT
	grep -E '^[0-9]+ ' out | diff before -
	serve
	mkdir curl mpop
	own
	as_user curl -sS --max-time 100 -o 'curl/#1' \
		"pop3://demo:demo@127.0.0.1:$port/[1-199]"
	printf '#!/bin/sh\nexec cat >"%s/mpop/$(ls "%s/mpop" | wc -l)"\n' \
		"$work" "$work" >keep
	chmod a+x keep
	as_user env HOME="$work" mpop --host=127.0.0.1 --port="$port" --user=demo \
		--passwordeval='echo demo' --tls=off --auth=user --keep=on \
		--received-header=off --delivery=mda,"$work/keep" \
		--uidls-file="$work/uids" --quiet
	[ "$(cat curl/* | tr -d '\r' | sha256sum)" = "$(cd mpop &&
		cat $(seq 0 198 | awk '{ print $1 + 1, $1 }' | sort | cut -d' ' -f2) |
		tr -d '\r' | sha256sum)" ]
	[ -z "$(asked)" ]
	# The other user shares what was fetched, and not what was deleted.
	session 'USER other' 'PASS other' STAT QUIT
	grep -q '^+OK 200 messages' out
	[ -z "$(asked)" ]
	later
	session "${login[@]}" STAT QUIT
	grep -q '^+OK 199 messages' out
	[ "$(asked)" = '/items/200 304' ]
}

@test "feed: what is slow, huge, broken, away or a bomb keeps what there was, and the others" {
	cat >web/good <<-'END'
		<feed xmlns="http://www.w3.org/2005/Atom"><title>Grüße "x"</title>
		<entry><title type="html">A &amp;lt;b&amp;gt; title</title><id>urn:1</id>
		<updated>2026-12-01T12:00:00+01:00</updated><link href="/one?a=b"/>
		<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">1 &lt; 2<br/>
		<script>x()</script></div></content></entry>
		<entry><id>urn:2</id><summary>--=_x
		.</summary></entry>
		<entry><id>urn:2</id><title>again</title></entry></feed>
	END
	cat >web/bomb <<-'END'
		<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
		<rss><channel><title>&b;</title></channel></rss>
	END
	printf '<rss><channel><item><title>half' >web/broken
	printf '<html/>' >web/page
	cp web/good web/turns
	printf '%s\n' '# All of them.' '' "$base/good" "$base/turns" >feeds
	session "${login[@]}" STAT QUIT
	grep -q '^+OK 4 messages' out
	cp web/broken web/turns
	printf "$base/%s\n" bomb broken page none away local endless silent \
		'token-a"b\c' >>feeds
	echo 'file:///etc/passwd' >>feeds
	later
	backend=(feed -u "$work/users" --deadline 20 feeds)
	session "${login[@]}" UIDL 'RETR 3' 'RETR 5' QUIT
	grep -q '^+OK 5 messages' out
	logged '127.0.0.1: it declares entities'
	logged '127.0.0.1: no XML: '
	logged '127.0.0.1: it is none: <html>'
	logged '127.0.0.1: status 404'
	logged '127.0.0.1: more than 16 MiB'
	logged '127.0.0.1: curl: .*time'
	[ "$(grep -c 'Protocol ..file' log)" -eq 2 ]
	not_logged 'token|passwd'
	refute grep -rq root: "$STATE_DIRECTORY"
	tr -d '\r' <out >unix
	grep -qx 'Subject: Item 1' unix
	"${POP3_SKEL_PYTHON:-python3}" - "$source/made" "$base" <<-'END'
		import email, email.policy, os, sys
		mails = []
		for name in os.listdir(sys.argv[1]):
		    with open(os.path.join(sys.argv[1], name), "rb") as file:
		        mails.append(email.message_from_binary_file(file, policy=email.policy.default))
		mail, other = [m for m in mails if m["Subject"] == "A <b> title"]
		assert not mail.defects and mail["Message-ID"] != other["Message-ID"]
		assert mail["From"].addresses[0].display_name == 'Grüße "x"', mail["From"]
		assert mail["Date"].datetime.isoformat() == "2026-12-01T11:00:00+00:00"
		text = mail.get_body(("plain",)).get_content().replace("\r", "")
		assert text == "1 < 2\n\n%s/one?a=b\n" % sys.argv[2], text
		assert "1 &lt; 2<br>" in mail.get_body(("html",)).get_content()
		assert len([m for m in mails if m["Subject"] == "(no title)"]) == 2
	END
	# What no feed has any more is gone, its mail too.
	echo "$base/items/2" >feeds
	later
	session "${login[@]}" STAT QUIT
	grep -q '^+OK 2 messages' out
	[ "$(ls "$source/made" | wc -l)" -eq 2 ]
	[ "$(ls "$source/feeds" | wc -l)" -eq 1 ]
	# No file of addresses: what was there still is.
	rm feeds
	later
	session "${login[@]}" STAT QUIT
	grep -q '^+OK 2 messages' out
	logged 'not refreshed'
}

@test "feed: no item stops the others, no feed the others, and none has more than its time" {
	{
		echo '<rss><channel><title>T</title>'
		for link in 'http://[x' '//[' 'http://a℀b'; do
			echo "<item><guid>g$link</guid><title>linked</title><link>$link</link>"
			echo "<enclosure url='$link'/></item>"
		done
		echo '<item><guid>m</guid><title>&lt;![foo bar]&gt;marked</title>'
		echo '<description>&lt;![foo bar]&gt;1 &lt;p a=">">2&amp;#'
		printf '%05000d;</description></item>' 1
		for date in '31 Dec 2020 23:59:59 -99999999999999' \
			'31 Dec 99999999999999999999 23:59:59 GMT'; do
			echo "<item><guid>$date</guid><title>dated</title><pubDate>$date</pubDate></item>"
		done
		echo '<item><guid>q</guid><title>quoted</title><description>'
		printf "%0150000d" 0 | sed "s/0/\&lt;a b='/g"
		echo '</description></item></channel></rss>'
	} >web/hostile
	printf '%s\n' "$base/hostile" 'http://[x/token-secret' "$base/items/2" >feeds
	own
	# Seconds of the processor.
	(ulimit -t 60 && as_user "$POP3_SKEL_BACKENDS/feed" --refresh "$work/feeds") 2>said || {
		tail -n 1 said
		return 1
	}
	[ "$(wc -l <said)" -eq 1 ]
	grep -q '^<4>feed: ?: curl' said
	mapfile -t tops < <(seq -f 'TOP %g 0' 9)
	session "${login[@]}" "${tops[@]}" QUIT
	tr -d '\r' <out >unix
	grep -q '^+OK 9 messages' unix
	[ "$(grep -c '^Subject: Item ' unix)" -eq 2 ]
	[ "$(grep -cE '^Subject: (linked|marked|dated|quoted)$' unix)" -eq 7 ]
	refute grep -q Traceback log said
	# What there was no time for comes the next time; a mail that cannot be made
	# is missing alone.
	sed 's/^WORK = .*/WORK = 0/' "$POP3_SKEL_BACKENDS/feed-refresh" >hasty
	sed 's/^WORK = .*/WORK = 20\
from letter import letter as made_of\
def letter(*all):\
    return None if all[3].name == "urn:1" else made_of(*all)/' \
		"$POP3_SKEL_BACKENDS/feed-refresh" >wrong
	chmod a+x hasty wrong
	echo "$base/items/3" >feeds
	refreshed() {
		own
		as_user env PYTHONPATH="$POP3_SKEL_STAGE/share/feed" \
			"./$1" "$source" feeds 0 20 2>said
		wc -l <"$source/items"
		cat said
	}
	[ "$(refreshed hasty)" = $'0\n<4>feed: 127.0.0.1: items left for the next time: 3' ]
	[ "$(refreshed wrong)" = $'2\n<4>feed: 127.0.0.1: items left out: 1, TypeError' ]
	[ "$(asked | tail -n 2)" = $'/items/3 200\n/items/3 200' ]
}

@test "feed: refreshed by cron, and never by a session; nothing of an address in an argument" {
	echo "http://user:key-secret@127.0.0.1:$web/items/3?token=key-secret" >feeds
	cp feeds "$work/web/none"
	backend=(feed -u "$work/users" --every never "$work/feeds")
	session "${login[@]}" STAT QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '-ERR *' '+OK *'
	[ -z "$(asked)" ]
	logged "nothing was fetched yet: $work/feeds"
	echo "http://user:key-secret@127.0.0.1:$web/silent" >feeds
	own
	start refresh "$POP3_SKEL_BACKENDS/feed" --deadline 60 --refresh "$work/feeds"
	curls() {
		grep -lsa '^curl' /proc/[0-9]*/cmdline | grep -q . &&
			grep -qsa 'pop3-skel-feed' $(grep -lsa '^curl' /proc/[0-9]*/cmdline)
	}
	wait_until 60 curls
	refute grep -qsa 'key-[s]ecret' /proc/[0-9]*/cmdline
	kill "$pid"
	# shellcheck disable=SC2016 # As it is.
	example pop3-skel-feed.8 cron | sed -e 's|^\*/15 \* \* \* \* pop3-skel ||' \
		-e "s|/var/lib/pop3-skel|$STATE_DIRECTORY|" \
		-e "s|/usr/libexec/pop3-skel|$POP3_SKEL_BACKENDS|" \
		-e "s|/etc/pop3-skel/feeds|$work/feeds|" >job
	grep -q -- --refresh job
	echo "$base/items/3" >feeds
	own
	as_user sh ./job
	[ "$(asked)" = '/items/3 200' ]
	session "${login[@]}" 'RETR 2' 'DELE 2' QUIT
	grep -q '^+OK 3 messages' out
	session "${login[@]}" STAT QUIT
	grep -q '^+OK 2 messages' out
	[ -z "$(asked)" ]
	echo demo | as_user "$check" --user demo --timeout 240 --password-fd 0 --delete \
		"${backend[@]}" >told || {
		cat told
		return 1
	}
	[ -z "$(asked)" ]
	local bad
	for bad in '' --none '--every' '--every x' '--deadline 0' 'a b'; do
		# shellcheck disable=SC2086 # They are words.
		run -64 "$POP3_SKEL_BACKENDS/feed" $bad
		[[ $output == '<3>feed: '*' feed --refresh FILE' ]]
	done
}
