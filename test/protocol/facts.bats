# SPDX-License-Identifier: ISC
# What hello tells of the connection: facts, a word with a `=` each.

load ../lib/common
load ../lib/session

prepare() {
	recorder
	on hello <<<'env >environment; echo OK 1'
}

# hello's facts, a line each, and no other words with a `=`.
facts() {
	sed -n '1s/^hello 1 //p' requests | tr ' ' '\n' | grep =
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
	[ "$(sed 1q requests | wc -w)" -eq 5 ]
}

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
