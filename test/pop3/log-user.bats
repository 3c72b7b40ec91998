# SPDX-License-Identifier: ISC
# The log: whose session a line is about, what is traced of one user's, and
# which of a backend's answers were slow.
#
# bats file_tags=full

load ../lib/common
load ../lib/session

prepare() {
	recorder
	store a b
	on hello <<<'printf "%s\n" apop "sasl XOAUTH2 OTHER" "OK 1"'
	# At each request a line of the log that is the backend's.
	sed -i 's/^printf .*requests$/&; echo "<6>heard" >\&2/' backend
	[ "$(grep -c heard backend)" -eq 1 ]
}

# base64 of what printf makes of the arguments.
b64() {
	# shellcheck disable=SC2059 # The format is the point.
	printf "$@" | base64 -w 0
}

# Whatever way a login comes, it is answered so.
answers() {
	local verb
	for verb in login apop token; do
		on "$verb" <<<"echo $1"
	done
}

# From the line on that matches $2, all lines of the log have user=$1.
from_then_on() {
	sed -n "/$2/,\$p" log >after
	[ "$(wc -l <after)" -gt 1 ] || { cat log; return 1; }
	[ "$(tail -n 1 after | cut -d ' ' -f 1)" = '<6>ended' ]
	refute grep -vE " session=[0-9a-f]+ user=$1 " after
}

@test "each line of a session says who the user is, once a login named one" {
	local plain words
	plain="AUTH PLAIN $(b64 '\0demo\0demo')"
	options+=(--debug)
	session "${login[@]}" 'DELE 1' QUIT
	from_then_on demo 'client="> +OK send PASS'
	logged '^<6>expunged .* user=demo '
	logged '^<6>update .* user=demo '
	# Those of the login itself, while it is judged; of a fault then, too.
	for words in "$plain" "APOP demo $(times 16 5f)" \
		"AUTH XOAUTH2 $(b64 'user=demo\1auth=Bearer t\1\1')"; do
		answers OK
		session "$words" QUIT
		from_then_on demo 'backend="> [a-z]*"$'
		logged '^<6>backend .* user=demo text=heard$'
		answers nonsense
		session "$words" QUIT
		from_then_on demo '^<3>fault '
	done
	answers OK
	# Whoever was logged in before has no first line without it.
	options=(--preauth demo)
	session QUIT
	from_then_on demo '^<6>started '
	# The end of a session whose maildrop was no good.
	options=(--cleartext always)
	on list <<<'echo nonsense'
	session "${login[@]}" QUIT
	from_then_on demo '^<3>fault '
	on list <<<'echo "lock $PWD/locked"; echo OK'
	: >locked
	own
	options+=(--lock-wait 0)
	flock locked true
	exec 7<>locked
	flock 7
	session "${login[@]}" QUIT
	exec 7>&-
	from_then_on demo '^<5>refused .* why="in use" '
}

@test "a name that a failed login had, or another way to log in, stays nobody's" {
	options+=(--debug --max-logins 9)
	on login <<<'case $line in *right*) echo OK ;; *) echo ERR ;; esac'
	on auth <<<'echo ERR'
	session 'USER eve' 'PASS wrong' NOOP "AUTH PLAIN $(b64 '\0eve\0wrong')" \
		NOOP 'USER eve' 'AUTH OTHER =' QUIT
	# The reply to a guess is behind it, and what comes then.
	refute grep -E 'user=eve.*client="(> -ERR|< (NOOP|QUIT))' log
	[ "$(grep -c '^<5>refused .* user=eve why=login$' log)" -eq 2 ]
	logged '^<7>trace session=[0-9a-f]+ backend="> auth"$'
	logged '^<5>refused session=[0-9a-f]+ why=login$'
	logged '^<6>ended session=[0-9a-f]+ why=quit '
	# The name that counts is the backend's.
	on login <<<'printf "%s\n" "user demo" OK'
	session "AUTH PLAIN $(b64 '\0Demo@example.org\0right')" QUIT
	logged '^<6>backend .* user=Demo@example.org text=heard$'
	logged '^<6>login .* user=demo messages=2 '
	logged '^<6>ended .* user=demo why=quit '
}

@test "--debug-user traces that user's sessions, from the login on, without secrets" {
	options+=(--debug-user demo --max-logins 9)
	session 'USER other' 'PASS swordfish' STAT QUIT
	not_logged '^<7>'
	session FOO "${login[@]/PASS*/PASS swordfish}" 'RETR 1' QUIT
	logged '^<7>trace .* user=demo client="< PASS \*\*\*"$'
	logged '^<7>trace .* user=demo backend="> login"$'
	logged '^<7>trace .* user=demo backend="< msg - a '
	logged '^<7>trace .* user=demo client="< RETR 1"$'
	logged '^<7>trace .* user=demo client="> \+OK goodbye"$'
	not_logged 'FOO|hello|swordfish'
	session "AUTH PLAIN $(b64 '\0demo\0swordfish')" STAT QUIT
	logged '^<7>trace .* user=demo backend="> login"$'
	logged '^<7>trace .* user=demo client="< STAT"$'
	refute grep -F -e swordfish -e "$(b64 '\0demo\0swordfish')" log
	# A guess is traced as far as it is his, and no other session.
	on login <<<'case $line in *swordfish*) echo ERR no ;; *) echo OK ;; esac'
	session "${login[@]/PASS*/PASS swordfish}" swordfish 'USER other' \
		'PASS demo' STAT QUIT
	logged '^<7>trace .* user=demo backend="< ERR"$'
	[ "$(grep -c '^<7>' log)" -eq 4 ]
	[ "$(grep -c '^<7>trace .* user=demo ' log)" -eq 4 ]
	not_logged swordfish
	options=(--preauth demo --debug-user demo)
	session QUIT
	logged '^<7>trace .* user=demo backend="> hello 1 '
}

@test "--debug-user: a name of any octets is this one or none, or no name" {
	local name
	for name in '' 'a b' $'a\nb' $'\e[31m' "$(times 300 x)"; do
		options=(--debug-user "$name")
		session QUIT
		[ "$status" -eq 64 ]
		[ ! -s out ]
		[ "$(wc -l <log)" -eq 1 ]
		logged '^<3>fault what="--debug-user .* is not a user name"$'
	done
	# As a pattern, or a part, it is nobody.
	for name in '*' '.*' de demo2 DEMO '%s%n' '"' '../demo'; do
		options=(--cleartext always "--debug-user=$name")
		session "${login[@]}" QUIT
		not_logged '^<7>'
		[ "$status" -eq 0 ]
	done
	name=$(printf '%%s"\\\303\244')
	on hello <<<'printf "%s\n" any-user "OK 1"'
	options=(--cleartext always --debug-user "$name")
	session "USER $name" 'PASS x' QUIT
	logged '^<7>trace .* user="%s\\"\\\\\\xc3\\xa4" client="< QUIT"$'
}

# bats test_tags=long
@test "a request that took the backend more than 5 s is a slow line" {
	local pids=() pid user
	on list <<-'END'
	case $line in
	*late) sleep 5.3 && echo 'msg - x' && echo OK ;;
	*gone) sleep 20 ;;
	*) echo 'msg - x' && echo OK ;;
	esac
	END
	on retr <<-'END'
	yes '|0123456789012345678901234567890' | head -n 200000
	sleep 1
	echo OK
	END
	own
	# One that waits, one that does not, and one that reads late.
	{
		printf '%s\n' "$begin" "$end"
	} | sed 's/USER demo/USER late/' >late.script
	printf '%s\n' 'expect +OK *' 'send USER gone' 'expect +OK *' \
		'send PASS x' 'until sleep 5.3' vanish >gone.script
	printf '%s\n' "$begin" 'send RETR 1' 'until sleep 5.3' 'expect +OK *' \
		body "$end" | sed 's/USER demo/USER reads/' >reads.script
	for user in late gone reads; do
		"$TALK" --on tcp --stderr "$user.log" --timeout 30 -- \
			"${user_prefix[@]}" "$SKEL" "${options[@]}" -- \
			"${backend[@]}" <"$user.script" 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	cat late.log gone.log reads.log >log
	logged '^<5>slow session=[0-9a-f]+ user=late address=127\.0\.0\.1 request=list seconds=5$'
	logged '^<5>slow session=[0-9a-f]+ user=gone address=127\.0\.0\.1 request=list seconds=5$'
	logged '^<6>ended .* user=reads .* why=quit retr=1 '
	[ "$(grep -c '>slow ' log)" -eq 2 ]
}
