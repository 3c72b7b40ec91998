# SPDX-License-Identifier: ISC
# What hello tells of the connection: facts, a word with a `=` each; and what
# stands for the standard error of one that has none: `log`.

load ../lib/common
load ../lib/session

prepare() {
	recorder
	on hello <<<'env >environment; echo OK 1'
}

# hello's facts, a line each, and no other words with a `=`.
facts() {
	sed -n '1s/^hello 1 //p' requests | tr ' ' '\n' | grep '='
}

@test "facts: the number of the session, both ends, as the environment has them" {
	talk --on tcp <<-'END'
		expect +OK *
		send QUIT
		expect +OK *
		eof
	END
	facts | cut -d= -f1 |
		diff <(printf '%s\n' id remote remote-port local local-port) -
	facts | sed -e 's/^id=/SESSION_ID=/' -e 's/^remote=/REMOTE_ADDR=/' \
		-e 's/^remote-port=/REMOTE_PORT=/' -e 's/^local=/LOCAL_ADDR=/' \
		-e 's/^local-port=/LOCAL_PORT=/' -e 's/^/POP3_/' | sort |
		diff - <(grep -E '^POP3_(SESSION_ID|REMOTE|LOCAL)' environment | sort)
	[[ $(facts) == id=+([0-9a-f])$'\n'remote=127.0.0.1$'\n'* ]]
	logged "^<6>started session=$(facts | sed -n 's/^id=//p') address=127.0.0.1"
}

@test "facts: what is not known is not there" {
	session QUIT
	[[ $(facts) == id=+([0-9a-f]) ]]
	refute grep -q "remote\|local" requests
}

# bats test_tags=long
@test "facts: of a super-server and of a proxy only what is an address, as one" {
	export REMOTE_ADDR='[2001:DB8::1]' REMOTE_PORT='99 tls=no'
	session QUIT
	[ "$(facts | sed 1d)" = remote=2001:db8::1 ]
	export REMOTE_ADDR='192.0.2.7 remote=192.0.2.8'
	session QUIT
	[ "$(facts | wc -l)" -eq 1 ]
	unset REMOTE_ADDR REMOTE_PORT
	options+=(--proxy)
	talk --on tcp <<-'END'
		send PROXY TCP4 192.0.2.7 192.0.2.1 4711 995
		expect +OK *
	END
	facts | sed 1d | diff <(printf '%s\n' remote=192.0.2.7 \
		remote-port=4711 local=192.0.2.1 local-port=995) -
	talk --on tcp <<-'END'
		send PROXY UNKNOWN id=1 tls=1
		expect +OK *
	END
	# The proxy itself is who it is then.
	[[ $(facts | sed 1d) == remote=127.0.0.1$'\n'remote-port=+([0-9])$'\n'* ]]
}

@test "facts: no octet of the client's is among them" {
	session 'USER tls=evil' 'PASS id=evil' 'AUTH EVIL=x' QUIT
	sed 1q requests >hello
	refute grep evil hello environment
	[ "$(facts | wc -l)" -eq 1 ]
}

# The lines of the log that are the backend's, without the session.
told() {
	sed -n 's/^\(<.>\)backend session=[0-9a-f]* \(user=demo \)\{0,1\}/\1/p' log
}

@test "log: a line of the session's log with its priority, escaped, and none to the client" {
	on login <<<'printf "log 3 bad\nlog 7  two  blanks \n"; echo OK'
	on list <<-'END'
		printf 'log 5 plain\nlog 6 \nlog 4 a\001\377"b=c\nmsg 4 u\n'
		echo OK
	END
	on retr <<<'printf "|a\nlog 5 <3>amid\n|b\nlog 5 behind\nOK\n"'
	session "${login[@]}" 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 messages' '+OK *' a b . '+OK *'
	told | diff <(printf '%s\n' '<3>text=bad' '<7>text=" two  blanks "' \
		'<5>text=plain' '<4>text="a\x01\xff\"b=c"' '<5>text=<3>amid' \
		'<5>text=behind') -
	[ "$status" -eq 0 ]
}

@test "log: before every result, in reply to every request" {
	store a b
	# None but of what has a result of its own.
	for verb in hello login list dele rset noop expunge commit sizes; do
		on $verb <<-'END'
			echo "log 5 $verb"
			case $verb in
			hello) echo 'command NOOP trans'; echo OK 1 ;;
			NOOP | dele | rset) echo DEFAULT ;;
			list) echo "msg - a $PWD/store/a"; echo OK ;;
			expunge) echo ERR ;;
			commit) echo TEMP ;;
			*) echo OK ;;
			esac
		END
	done
	mv on.noop on.NOOP
	session "${login[@]}" STAT 'DELE 1' RSET 'DELE 1' NOOP QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK 1 *' '+OK *' '+OK *' '+OK *' \
		'+OK *' '-ERR [SYS/TEMP] *'
	told | diff <(printf '<5>text=%s\n' hello login list dele rset NOOP \
		expunge commit sizes) -
	not_logged '^<3>fault'
}

@test "log: with what came by standard error 200 lines, and one that says so" {
	on login <<-'END'
		yes 'by stderr' | head -n 150 >&2
		yes 'log 4 by log' | head -n 150
		echo OK
	END
	on list <<<'echo "log 3 more"; echo more >&2; echo OK'
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *'
	[ "$(told | grep -c 'text="by ')" -eq 200 ]
	[ "$(told | grep -c 'too many lines')" -eq 1 ]
	[ "$(told | wc -l)" -eq 201 ]
	logged 'like=backend count=10[0-9]$'
}

@test "log: of a long line as much as of one of standard error" {
	on login <<<'printf "log 5 %08100d\nOK\n" 7'
	session "${login[@]}" QUIT
	[ "$(told | grep -o '0*' | head -n 1 | wc -c)" -eq 1025 ]
	[ "$status" -eq 0 ]
}

@test "log: the deadline stays what it is" {
	on list <<<'while echo "log 5 still at it"; do sleep 0.1; done'
	options+=(--backend-timeout 1)
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
	logged '^<3>fault .*request=list what="no result before its deadline"'
	logged '^<5>backend .*text="still at it"'
}

# bats test_tags=long
@test "fault: a log line with another priority, or none" {
	for line in 'log 2 x' 'log 8 x' 'log 05 x' 'log x y' 'log <3> x'; do
		on list <<<"echo '$line'; echo OK"
		session "${login[@]}" QUIT
		logged '^<3>fault .*what="log with no priority from 3 to 7"'
		logged " seen=\"$line\""
	done
	for line in 'log' 'log 5' 'log  x'; do
		on list <<<"echo '$line'; echo OK"
		session "${login[@]}" QUIT
		logged '^<3>fault .*what="(too few fields|empty field)"'
	done
	[ -z "$(told)" ]
}

@test "log: of an answer to a login no more than its keyword is traced" {
	on login <<<'echo "log 5 it said secret"; echo nonsense'
	options+=(-d)
	session 'USER demo' 'PASS secret' QUIT
	logged 'backend="< log"$'
	logged '^<3>fault .* last="log \.\.\."'
	[ "$(grep -c secret log)" -eq 1 ]
}
