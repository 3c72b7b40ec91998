# SPDX-License-Identifier: ISC
# AUTH with mechanisms that are the backend's: auth, more, cancel.

load ../lib/common

prepare() {
	# Two rounds, then the user of the last.
	backend_script <<-'END'
	while IFS= read -r line; do
		printf '%s\n' "$line" >>requests
		case $line in
		'hello '*) printf '%s\n' 'sasl TWO-STEPS' 'OK 1' ;;
		'auth TWO-STEPS') echo MORE ;;
		'auth TWO-STEPS '* | 'more b25l') echo 'MORE Y2hhbGxlbmdl' ;;
		'more dHdv') printf '%s\n' 'user demo' OK ;;
		'more d2FpdA==') printf '%s\n' 'user demo' "lock $PWD/lock" MORE ;;
		'more b2Rk') echo 'MORE not base64' ;;
		'more bm9ib2R5') echo OK ;;
		'more dGVtcA==') echo 'TEMP not now' ;;
		'more ZA==') echo DEFAULT ;;
		'more '*) echo ERR ;;
		'list demo') echo OK ;;
		*) echo DEFAULT ;;
		esac
	done
	END
}

asked() {
	sed 1d requests | diff <(printf '%s\n' "$@") -
}

@test "P7.13: rounds are relayed; an empty challenge is '+ '" {
	session 'AUTH TWO-STEPS' b25l dHdv QUIT
	matches '+OK *' '+ ' '+ Y2hhbGxlbmdl' '+OK 0 messages' '+OK *'
	asked 'auth TWO-STEPS' 'more b25l' 'more dHdv' 'list demo' 'commit 0'
	logged 'login .*user=demo'
}

@test "P7.3 P7.13: an initial response, an empty one, and an empty answer" {
	session 'AUTH two-steps aW5pdGlhbA==' dHdv QUIT
	matches '+OK *' '+ Y2hhbGxlbmdl' '+OK 0 messages' '+OK *'
	session 'AUTH TWO-STEPS =' '' QUIT
	matches '+OK *' '+ Y2hhbGxlbmdl' '-ERR [AUTH] *' '+OK *'
	grep -qx 'auth TWO-STEPS aW5pdGlhbA==' requests
	grep -qx 'auth TWO-STEPS =' requests
	grep -qx 'more =' requests
	# Where the client says so itself.
	session 'AUTH TWO-STEPS' = QUIT
	grep -cx 'more =' requests | grep -qx 2
}

@test "P7.4: a cancelled exchange is told by cancel, and may begin anew" {
	session 'AUTH TWO-STEPS' '*' 'AUTH TWO-STEPS' b25l '*' \
		'AUTH TWO-STEPS' b25l dHdv QUIT
	matches '+OK *' '+ ' '-ERR authentication cancelled' \
		'+ ' '+ *' '-ERR authentication cancelled' \
		'+ ' '+ *' '+OK 0 messages' '+OK *'
	asked 'auth TWO-STEPS' cancel 'auth TWO-STEPS' 'more b25l' cancel \
		'auth TWO-STEPS' 'more b25l' 'more dHdv' 'list demo' 'commit 0'
}

@test "P7.5: bad base64 is never relayed" {
	session 'AUTH TWO-STEPS b25' 'AUTH TWO-STEPS b25l x' \
		'AUTH TWO-STEPS' b25 'AUTH TWO-STEPS' 'b 5l' \
		'AUTH TWO-STEPS' $'b25l\t' 'AUTH TWO-STEPS' '=b25' QUIT
	matches '+OK *' '-ERR invalid base64' '-ERR invalid base64' \
		'+ ' '-ERR invalid base64' '+ ' '-ERR invalid base64' \
		'+ ' '-ERR invalid base64' '+ ' '-ERR invalid base64' '+OK *'
	asked 'auth TWO-STEPS' cancel 'auth TWO-STEPS' cancel \
		'auth TWO-STEPS' cancel 'auth TWO-STEPS' cancel
}

@test "P7.6: the longest answer, and one that no line can hold" {
	local most
	most=$(printf '%012284d' 0)
	session 'AUTH TWO-STEPS' "$most" 'AUTH TWO-STEPS' "${most}AAAA" \
		'AUTH TWO-STEPS' "$most$most" QUIT
	matches '+OK *' '+ ' '-ERR [AUTH] *' '+ ' '-ERR line too long' \
		'+ ' '-ERR line too long' '+OK *'
	asked 'auth TWO-STEPS' "more $most" 'auth TWO-STEPS' cancel \
		'auth TWO-STEPS' cancel
}

@test "ERR, DEFAULT and TEMP end an exchange; the first two are guesses" {
	session 'AUTH TWO-STEPS' eA== 'AUTH TWO-STEPS' ZA== \
		'AUTH TWO-STEPS' dGVtcA== QUIT
	matches '+OK *' '+ ' '-ERR [AUTH] *' '+ ' '-ERR [AUTH] *' \
		'+ ' '-ERR [SYS/TEMP] not now' '+OK *'
	[ "$(grep -c 'why=login' log)" -eq 2 ]
}

@test "faults: OK without a user, a challenge that is not base64" {
	session 'AUTH TWO-STEPS' bm9ib2R5 QUIT
	matches '+OK *' '+ ' '-ERR [SYS/TEMP] *'
	logged 'fault .*request=more what="a login of nobody"'
	session 'AUTH TWO-STEPS' b2Rk QUIT
	matches '+OK *' '+ ' '-ERR [SYS/TEMP] *'
	logged 'fault .*request=more what="MORE with what is not base64"'
}

@test "user and lock before a MORE are dropped with that round" {
	talk <<-'END'
		status 75
		expect +OK *
		send AUTH TWO-STEPS
		expect + *
		send d2FpdA==
		expect + *
		shell flock -n lock true
		send bm9ib2R5
		expect -ERR [SYS/TEMP] *
	END
	logged 'fault .*request=more what="a login of nobody"'
}

@test "a client that vanishes in the middle of an exchange" {
	talk <<-'END'
		expect +OK *
		send AUTH TWO-STEPS
		expect + *
		raw b2
		vanish
	END
	asked 'auth TWO-STEPS'
}

# bats test_tags=long
@test "P7.13: real mechanisms of GNU SASL, with mpop for a client" {
	local mechanism
	cp "$top/test/lib/sasl-backend" .
	backend=("$work/sasl-backend" SCRAM-SHA-256 SCRAM-SHA-1
		CRAM-MD5 DIGEST-MD5)
	printf 'Subject: one\n\ntext of it\n' >mail
	serve
	for mechanism in scram-sha-256 scram-sha-1 cram-md5 digest-md5; do
		fetch_with "$mechanism" demo
		grep -qx 'text of it' inbox
		run ! fetch_with "$mechanism" wrong
	done
	# What it was not asked for, it does not do.
	grep -q '^auth SCRAM-SHA-256' requests
	grep -q '^more ' requests
	run ! grep -q '^login' requests
}

# fetch_with MECHANISM PASSWORD: by mpop, into inbox.
fetch_with() {
	rm -rf home inbox
	mkdir home
	own
	as_user env HOME="$work/home" mpop --host=127.0.0.1 --port="$port" \
		--user=demo --passwordeval="echo $2" --auth="$1" --tls=off \
		--keep=on --delivery=mbox,"$work/inbox" --uidls-file="$work/home/u"
}
