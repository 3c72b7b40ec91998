# SPDX-License-Identifier: ISC
# What a backend asks for with `events`: to be told what was sent, `sent`,
# and to be asked whose a token is.
#
# bats file_tags=full

load ../lib/common
load ../lib/session

prepare() {
	recorder
	store a b
	on hello <<<'echo events sent; echo OK 1'
	on sizes <<<'echo OK'
	asked=('login demo demo' 'list demo')
	counted='sizes 1 20 2 20'
}

@test "sent: each RETR that went out, before the next command asks anything" {
	on sent <<<'echo OK'
	session "${login[@]}" 'RETR 1' 'DELE 1' 'RETR 2' 'RETR 2' QUIT
	requested "${asked[@]}" 'sent 1 a' 'dele 1 a' 'sent 2 b' 'sent 2 b' \
		"expunge 1 a $work/store/a" 'commit 1' 'sizes 2 20'
	[ "$(kept)" = b ]
}

@test "sent: where it was not asked for it does not come" {
	on hello <<<'echo OK 1'
	session "${login[@]}" 'RETR 1' NOOP QUIT
	requested "${asked[@]}" 'commit 0' 'sizes 1 20'
	grep -qE '^hello 1 .*\bsent\b' requests
}

@test "sent: announced in the environment as well" {
	on list <<<'printf "%s\n" "$POP3_FEATURES" >features; echo OK'
	session "${login[@]}" QUIT
	grep -qw sent features
	options+=(--mode read-only)
	session "${login[@]}" QUIT
	grep -qw sent features
}

@test "sent: a body of | lines and one of a file of the moment, too" {
	on list <<<'printf "%s\n" "msg 14 a" "msg - b" "msg - c" OK'
	on retr <<-'END'
		case $line in
		'retr 2 '*) printf '%s\n' "file $PWD/store/b" OK ;;
		*) printf '%s\n' '|Subject: a' '|' OK ;;
		esac
	END
	on sent <<<'echo OK'
	session "${login[@]}" 'RETR 1' 'RETR 2' 'RETR 3' QUIT
	requested "${asked[@]}" 'retr 1 a' 'sent 1 a' 'retr 2 b' 'sent 2 b' \
		'retr 3 c' 'sent 3 c' 'commit 0' 'sizes 2 20 3 14'
}

# bats test_tags=long
@test "sent: not before the next command was read, whatever that is" {
	on sent <<<'echo OK'
	local next
	for next in NOOP 'XNONE of ours' "$(times 300 x)" "$(times 13000 x)"; do
		"$TALK" --stderr log -- "${user_prefix[@]}" "$SKEL" \
			"${options[@]}" -- "${backend[@]}" <<-END
			$begin
			send RETR 1
			expect +OK *
			body
			silence 0.2
			shell ! grep -q '^sent' requests
			send $next
			match [+-](OK|ERR) .*
			shell grep -qx 'sent 1 a' requests
			$end
		END
	done
}

@test "sent: not for TOP, nor for a claimed RETR, nor at an end without a command" {
	session "${login[@]}" 'TOP 1 99' QUIT
	requested "${asked[@]}" 'commit 0'
	session "${login[@]}" 'RETR 1'
	requested "${asked[@]}" 'sizes 1 20'
	on hello <<<'printf "%s\n" "events sent" "command RETR trans" "OK 1"'
	on RETR <<<'printf "%s\n" "|Subject: x" "|" OK'
	session "${login[@]}" 'RETR 1' QUIT
	requested "${asked[@]}" 'RETR 1' 'commit 0'
}

@test "sent: not where the client did not take all of it" {
	on sent <<<'echo OK'
	yes 'a line of a message that is larger than what a kernel holds' |
		head -c 20000000 >store/a
	own
	"$TALK" --on tcp --rcvbuf 4096 --stderr log -- "${user_prefix[@]}" \
		"$SKEL" "${options[@]}" -- "${backend[@]}" <<-END
		$begin
		raw RETR 1\r\nNOOP\r\n
		expect +OK *
		read 100000
		vanish
	END
	wait_until 10 grep -qx end requests
	[ "$(grep -c '^sent' requests)" -eq 0 ]
	grep -q 'ended .*why="client gone" retr=0' log
}

@test "sent: DEFAULT: asked no more; ERR and TEMP: it comes again, and nobody hears" {
	session "${login[@]}" 'RETR 1' 'RETR 2' QUIT
	requested "${asked[@]}" 'sent 1 a' 'commit 0' "$counted"
	local says
	for says in ERR 'TEMP not now'; do
		on sent <<<"echo $says"
		session "${login[@]}" 'RETR 1' 'RETR 2' QUIT
		requested "${asked[@]}" 'sent 1 a' 'sent 2 b' 'commit 0' "$counted"
		[ "$(grep -c '^+OK' out)" -eq 6 ]
		[ "$status" -eq 0 ]
		[ "$(grep -c '^-ERR' out)" -eq 0 ]
		[ "$(grep -c 'fault' log)" -eq 0 ]
	done
}

@test "sent: with --mode fetch-once it comes before what that removes" {
	on sent <<<'echo OK'
	options+=(--mode fetch-once)
	session "${login[@]}" 'RETR 1' QUIT
	requested "${asked[@]}" 'sent 1 a' "expunge 1 a $work/store/a" 'commit 1'
	options+=(--mode read-only)
	session "${login[@]}" 'RETR 1' QUIT
	requested "${asked[@]}" 'sent 1 b' 'commit 0'
}

@test "sent: the whole message is out before the backend is asked" {
	on sent <<<'until [ -e taken ]; do sleep 0.02; done; echo OK'
	"$TALK" --stderr log -- "${user_prefix[@]}" "$SKEL" "${options[@]}" -- \
		"${backend[@]}" <<-END
		$begin
		raw RETR 1\r\nNOOP\r\n
		expect +OK *
		body
		shell : >taken
		expect +OK*
		$end
	END
	requested "${asked[@]}" 'sent 1 a' 'commit 0' 'sizes 1 20'
}

# bats test_tags=long
@test "sent: a fault is the answer to the next command, and nothing is removed" {
	local says what
	while IFS=: read -r says what; do
		on sent <<<"printf '%s\n' $says"
		session "${login[@]}" 'DELE 2' 'RETR 1' QUIT
		[ "$status" -eq 75 ]
		[ "$(tail -n 1 out)" = $'-ERR [SYS/TEMP] the mail backend failed\r' ]
		one_fault '"sent 1"' "\"$what\""
		[ "$(kept)" = 'a b' ]
	done <<-'END'
		close OK:line not allowed here
		'wait 1' OK:line not allowed here
		MORE:line not allowed here
		'|text' OK:line not allowed here
		'lock /l' OK:line not allowed here
		OK OK:output after the result
	END
	# It outlives that: the command is done, with what needs no backend.
	options+=(--keep-going)
	session "${login[@]}" 'RETR 1' 'RETR 2' STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' 'Subject: a' '' text . '+OK *' \
		'Subject: b' '' text . '+OK 2 40' '+OK *'
	one_fault '"sent 1"' '"output after the result"'
}

@test "events: a word that is none is a fault, for it would never come" {
	local says
	for says in 'events' 'events recieved' 'events sent x' 'events ' \
		'events sent ' 'events  sent'; do
		on hello <<<"printf '%s\n' '$says' 'OK 1'"
		session "${login[@]}" QUIT
		[ "$status" -eq 75 ]
		grep -q '^<3>fault .*request=hello' log
	done
	on hello <<<"printf '%s\n' 'events sent' 'events sent sent' 'OK 1'"
	session "${login[@]}" 'RETR 1' QUIT
	requested "${asked[@]}" 'sent 1 a' 'commit 0' 'sizes 1 20'
}

# The client names no user, with each mechanism: each login of TOKEN.
of_nobody() {
	bearer="AUTH OAUTHBEARER $(printf 'n,,\1auth=Bearer %s\1\1' "$1" | base64)"
	xoauth2="AUTH XOAUTH2 $(printf 'user=\1auth=Bearer %s\1\1' "$1" | base64)"
}

@test "token-user: a token alone tells whose it is" {
	on hello <<<'printf "%s\n" "events token-user sent" "sasl OAUTHBEARER XOAUTH2" "OK 1"'
	on token <<<'case $line in *good) echo user alice; echo OK ;; *) echo ERR ;; esac'
	of_nobody good
	local login
	for login in "$bearer" "$xoauth2"; do
		session "$login" 'RETR 1' QUIT
		set -- "${login#AUTH }"
		requested "token - ${1%% *} good" 'list alice' 'sent 1 a' \
			'commit 0' 'sizes 1 20'
		[ "$status" -eq 0 ]
		logged 'login .*user=alice'
	done
	# A wrong one is a failed login, of nobody.
	of_nobody bad
	session "$bearer" '' QUIT
	requested 'token - OAUTHBEARER bad'
	matches '+OK *' '+ *' '-ERR [AUTH] *' '+OK *'
	logged 'refused session=[0-9a-f]+ why=login'
}

@test "token-user: OK without a user line is a fault, also for who is called so" {
	on hello <<<'printf "%s\n" "events token-user" "sasl OAUTHBEARER" any-user "OK 1"'
	on token <<<'echo OK'
	of_nobody good
	session "$bearer" QUIT
	[ "$status" -eq 75 ]
	matches '+OK *' '-ERR [SYS/TEMP] *'
	one_fault token '"a login of nobody"' OK
	session "AUTH OAUTHBEARER $(printf 'n,a=-,\1auth=Bearer good\1\1' | base64)"
	[ "$status" -eq 75 ]
	one_fault token '"a login of nobody"' OK
	asked 'token - OAUTHBEARER good'
	# A user who is named needs none.
	session "AUTH OAUTHBEARER $(printf 'n,a=bob,\1auth=Bearer good\1\1' | base64)" QUIT
	requested 'token bob OAUTHBEARER good' 'list bob' 'commit 0'
}

@test "token-user: without it a token of nobody is refused, and never comes" {
	on hello <<<'printf "%s\n" "events sent" "sasl OAUTHBEARER XOAUTH2" "OK 1"'
	of_nobody good
	session "$bearer" "$xoauth2" QUIT
	matches '+OK *' '-ERR a user name is needed with the token' \
		'-ERR a user name is needed with the token' '+OK *'
	requested
}
