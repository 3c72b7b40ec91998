# SPDX-License-Identifier: ISC
# --record: both conversations of a session in a file of its own, without what is
# secret; and a session that cannot be recorded is served all the same.
#
# bats file_tags=full

load ../lib/common
load ../lib/session

prepare() {
	recorder
	store a b
	options+=(--record "$work/records")
}

# The one record, without the times, is in the file `said`.
recorded() {
	local names=(records/*)
	[ "${#names[@]}" -eq 1 ]
	[ "$(stat -c '%a %U' "${names[0]}")" = "600 $(stat -c %U records)" ]
	head -n 1 "${names[0]}" | grep -qxE \
		'pop3-skel record 1 [0-9]{8}T[0-9]{6}Z [0-9a-f]{16} .*/backend'
	[[ ${names[0]} == *"$(head -n 1 "${names[0]}" | cut -d ' ' -f 5)" ]]
	refute grep -vE '^[0-9]+\.[0-9]{3} (client|backend|session) [<>+~.]( |$)' \
		<(sed 1d "${names[0]}")
	sed -e 1d -e 's/^[^ ]* //' "${names[0]}" >said
}

@test "record: both conversations, each line in its place, and how it ended" {
	on retr <<<'printf "%s\n" "|Subject: x" "|" "|.a \\ and $(printf "\\303\\274")" OK'
	on list <<<'printf "%s\n" "msg - one" "msg - two" OK'
	session "${login[@]}" LIST 'RETR 1' 'DELE 2' NOOP
	matches '+OK *' '+OK*' '+OK *' '+OK *' '1 *' '2 *' . '+OK *' Subject:* '' \
		'..a*' . '+OK *' '+OK*'
	[ "$(stat -c %a records)" = 700 ]
	recorded
	grep -v '^backend > hello 1 ' said | diff - <(
		printf '%s\n' 'backend < OK 1' "client > $(sed -n 1p out | tr -d '\r')" \
			'client < USER demo' 'client > +OK send PASS' \
			'client < PASS ***' 'backend > login' 'backend < OK' \
			'backend > list demo' 'backend < msg - one' \
			'backend < msg - two' 'backend < OK' \
			'client > +OK 2 messages' 'client < LIST'
		for at in '1 one' '2 two'; do
			printf '%s\n' "backend > retr $at" \
				'backend < |Subject: x' 'backend < |' \
				'backend < |.a \x5c and \xc3\xbc' 'backend < OK'
		done
		printf '%s\n' 'client > +OK 2 messages' 'client > 1 27' \
			'client > 2 27' 'client > .' 'client < RETR 1' \
			'client > +OK 27 octets' 'client > Subject: x' 'client >' \
			'client > ..a \x5c and \xc3\xbc' 'client > .' \
			'client < DELE 2' 'backend > dele 2 two' \
			'backend < DEFAULT' \
			'client > +OK message marked for deletion' \
			'client < NOOP' 'client > +OK nothing done' \
			'backend > sizes 1 27 2 27' 'backend < DEFAULT' \
			'session . client closed'
	)
	# A record is not what a second one begins with.
	session QUIT
	[ "$(ls records | wc -l)" -eq 2 ]
}

@test "record: no password, digest, token or SASL answer is in it, however it comes" {
	local words
	options+=(--max-logins 20)
	on hello <<<'printf "%s\n" apop "sasl XOAUTH2 OTHER" "command XKEY auth secret" "OK 1"'
	on login <<<'echo "ERR ${line#* }"'
	on apop <<<'echo "ERR ${line#* }"'
	on token <<<'echo "ERR ${line#* }"'
	on auth <<<'echo "MORE ${line##* }"'
	on more <<<'printf "%s\n" "user ${line#* }" "ERR ${line#* }"'
	on XKEY <<<'printf "%s\n" "|${line#* }" "OK ${line#* }"'
	printf '%s\n' 'USER demo' 'PASS hunter2' "AUTH PLAIN $(printf '\0demo\0hunter2' |
		base64)" 'AUTH PLAIN' "$(printf '\0demo\0hunter2' | base64)" \
		'APOP demo d41d8cd98f00b204e9800998ecf8427e' \
		"AUTH XOAUTH2 $(printf 'user=demo\1auth=Bearer hunter2\1\1' | base64)" \
		'' 'AUTH OTHER aHVudGVyMgo=' aHVudGVyMgo= 'XKEY hunter2' \
		'hunter2' 'XOTHER hunter2' >says
	mapfile -t words <says
	session "${words[@]}" QUIT
	recorded
	grep -qx 'client < XKEY \*\*\*' said
	grep -qx 'backend > XKEY' said
	refute grep -rE "hunter2|d41d8cd9|aHVudGVyMg|$(printf '\0demo\0hunter2' | base64)" records
	[ "$(grep -c '^backend > ' said)" -ge 8 ]
	# One that is confused says it again, and that is a fault.
	on token <<<'echo "${line#* }"'
	rm -r records
	session "${words[6]}" QUIT
	recorded
	printf '%s\n' 'backend > token' 'backend < ...' \
		'client > -ERR [SYS/TEMP] the mail backend failed' 'session . fault' | diff - <(tail -n 4 said)
}

@test "record, --debug: of the client's line what is known to be no secret, whatever came before it; no words of a login's answer" {
	local secret words long
	secret=$(printf '\0demo\0hunter2' | base64)
	printf -v long '%0.300d' 0
	options+=(--debug --max-errors 100 --max-logins 100)
	on hello <<<'printf "%s\n" apop "sasl OTHER" "command XOWN trans" "command XKEY auth secret" "OK 1"'
	on login <<<'printf "%s\n" "user demo" "capa X-${line##* }" "OK welcome ${line##* }"'
	on auth <<<'echo MORE ='
	on more <<<'echo "ERR ${line##* }"'
	on cancel <<<'echo "ERR ${line#* }"'
	on XOWN <<<'echo "OK ${line#* }"'
	words=('AUTH NONE' "$secret" 'AUTH hunter2' hunter2 "AUTH NONE $secret"
		'AUTH PLAIN =' "$secret" 'AUTH OTHER' '*' "$secret" 'AUTH OTHER' '!'
		"$secret" 'CAPA hunter2' 'STLS hunter2' 'USER demo hunter2'
		hunter2 'hunter2 hunter2' "hunter2$long" "USER hunter2$long"
		"AUTH PLAIN $secret$long" "$secret" "PASS hunter2$long" hunter2
		'XOWN hunter2' 'XKEY hunter2' 'RETR hunter2' 'APOP demo hunter2'
		PASS hunter2 $'USER hunter2\t' 'QUIT hunter2'
		'USER demo' 'pass hunter2'
		'AUTH PLAIN' "$secret" 'AUTH OTHER' "$secret" 'AUTH NONE' hunter2
		"AUTH PLAIN $secret" 'AUTH LOGIN' aHVudGVyMg== aHVudGVyMg==
		"$secret$secret" 'PASS hunter2' 'XKEY hunter2' 'DELE hunter2'
		'TOP 1 hunter2' 'NOOP hunter2' 'STAT hunter2' "LIST 1 $long hunter2"
		'XOWN 1 two' 'QUIT hunter2' "hunter2$long" 'TOP 1 2')
	session "${words[@]}" QUIT
	recorded
	refute grep -rE 'hunter2|aHVudGVyMg|ZGVtb' records log
	[ "$(grep -c '^client < ' said)" -eq $((${#words[@]} + 1)) ]
	LC_ALL=C grep '^client < ' said | cut -c 10- | LC_ALL=C sort -u | diff - <(
		printf '%s\n' '***' 'APOP ***' 'AUTH ***' 'CAPA ***' 'DELE ***' \
			'LIST ***' 'NOOP ***' PASS 'PASS ***' QUIT 'QUIT ***' \
			'RETR ***' 'STAT ***' 'STLS ***' 'TOP ***' 'TOP 1 2' \
			'USER ***' 'USER demo' 'XKEY ***' 'XOWN ***' 'XOWN 1 two' \
			'pass ***'
	)
	# What is ours to say is there, and so is what belongs to no secret.
	grep -qx 'client > -ERR mechanism not offered' said
	grep -qx 'client > +OK 1 two' said
	[ "$(grep -A 1 '^backend < OK$' said | grep -c '^client > +OK$')" -eq 1 ]
}

@test "record: a long line goes on, and of a long body what is left out is counted" {
	on list <<<'printf "%s\n" "msg - one" OK'
	on retr <<<'printf "|Subject: x\n|\n|%0.3000d\n" 7; head -c 100000 /dev/zero | tr "\0" y | fold | sed "s/^/|/"; echo; echo OK'
	session "${login[@]}" 'RETR 1' QUIT
	recorded
	# Of 3,000 octets 1,024 are in each line; the body is fetched once.
	[ "$(grep -c '^backend [+] 0*7\?$' said)" -eq 2 ]
	[ "$(grep -c '^client [+] 0*7\?$' said)" -eq 2 ]
	[ "$(grep -c '^client ~ [0-9]* octets more$' said)" -eq 1 ]
	[ "$(grep -c '^backend ~ [0-9]* octets more$' said)" -eq 1 ]
	[ "$(wc -c <said)" -lt 50000 ]
}

@test "record: a full disk ends it with one line, and never the session" {
	on list <<<'i=0; while [ $i -lt 300 ]; do i=$((i + 1)); printf "msg 10 %060d\n" $i; done; echo OK'
	own
	printf '%s\r\n' "${login[@]}" UIDL QUIT |
		as_user prlimit --fsize=8192 "$SKEL" "${options[@]}" -- \
			"${backend[@]}" 2>log | cat >out
	[ "${PIPESTATUS[*]}" = '0 0 0' ]
	[ "$(wc -l <out)" -eq 306 ]
	[ "$(grep -c 'the record ends here' log)" -eq 1 ]
	logged '^<4>note .* what="the record ends here" error="File too large"$'
	[ "$(stat -c %s records/*)" -eq 8192 ]
}

@test "record: no folder that others may write to, or that is not one" {
	local why
	mkdir others strangers 'a b'
	chmod 770 others
	ln -s 'a b' link
	: >file
	[ "$EUID" -ne 0 ] || chown root:root strangers
	while IFS=: read -r name why; do
		[ "$name" != strangers ] || [ "$EUID" -eq 0 ] || continue
		options=(--cleartext always --record "$work/$name")
		own
		[ "$name" != strangers ] || chown root:root strangers
		status=0
		printf '%s\r\n' "${login[@]}" QUIT |
			as_user "$SKEL" "${options[@]}" -- "${backend[@]}" \
				>out 2>log || status=$?
		[ "$status" -eq 0 ]
		matches '+OK *' '+OK*' '+OK *' '+OK*'
		[ "$(grep -c record log)" -eq 1 ]
		logged "^<4>note .* what=\"there is no record\" error=\"?$why"
		refute as_user "$SKEL" --check "${options[@]}" -- "${backend[@]}" \
			2>told
		grep -q "^pop3-skel: no record can be made in .*/$name ($why.*): give" told
	done <<-'END'
		others:not this user's, or others
		strangers:not this user's, or others
		link:Not a directory
		file:Not a directory
		none/none:No such file
	END
	# From a file of options, and with a blank in its name.
	printf 'record %s\n' "$work/a b" >opts
	options=(--cleartext always --options opts)
	session "${login[@]}" QUIT
	[ "$(ls 'a b' | wc -l)" -eq 1 ]
	own
	as_user "$SKEL" --check "${options[@]}" -- "${backend[@]}"
}
