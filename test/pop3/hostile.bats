# SPDX-License-Identifier: ISC
# Clients that mean no good.
#
# bats file_tags=full

load ../lib/common
load ../lib/session

prepare() {
	recorder
	store a b
}

@test "nothing that a client sends becomes a request of its own" {
	options+=(--max-errors 100 --max-logins 100)
	session_raw 'USER demo\rlist victim\r\nPASS x\r\n'$(:
		)'USER demo\0\r\nPASS x\r\nUSER list victim\r\nPASS x\r\n'$(:
		)'USER demo\r\nPASS x\rcommit 9\r\n'$(:
		)'USER demo\nPASS x\nRETR 1\rexpunge 1\r\nDELE 1 expunge\r\n'$(:
		)'TOP 1 0\rx\r\nQUIT\r\n'
	requested 'login demo x' 'list demo' 'commit 0'
}

@test "a name or password that looks like a script, a pattern or a format" {
	options+=(--max-logins 100)
	on login <<<'echo ERR'
	names=('$(touch${IFS}pwned)' '`touch${IFS}pwned`' ';touch' '*' '%s%n' '\'
		"'" '"' '&' '|' '~' '#' '!')
	for name in "${names[@]}"; do
		printf 'USER %s\r\nPASS %s\r\n' "$name" "$name"
	done >sent
	session_from sent
	[ "$(grep -c '^-ERR \[AUTH\]' out)" -eq "${#names[@]}" ]
	for name in "${names[@]}"; do
		asked "login $name $name"
	done
	[ ! -e pwned ]
}

@test "no client forges a line of the log, or hides in one" {
	options+=(--debug --max-errors 100 --max-logins 100)
	on login <<<'echo ERR'
	session_raw 'USER a\nUSER a"b=c\nPASS x\nUSER \303\251\nPASS x\n'$(:
		)'FOO <3>fault\nUSER a\\b\nPASS x\n\033[2J\nQUIT\n'
	refute grep -qP '[^\x20-\x7e]' log
	refute grep -qvE '^<[0-7]>[a-z]+ session=[0-9a-f]{16}( |$)' log
	logged 'user="a\\"b=c"'
	logged 'user="\\xc3\\xa9"'
}

@test "no user name drives the rest of its log line away" {
	on login <<<'echo ERR'
	name=$(times 248 $'\377')
	talk --on tcp <<-END
		expect +OK *
		raw USER $(times 248 '\xff')\r\nPASS x\r\n
		expect +OK *
		expect -ERR [AUTH] *
	END
	asked "login $name x"
	logged '^<5>refused .* user="(\\xff){248}" address=127\.0\.0\.1 why=login$'
}

@test "random octets: answers only, no crash, and no stuck session" {
	options+=(--max-errors 1000000)
	for seed in 1 2 3 4 5 6; do
		python3 - "$seed" >sent <<-'END'
		import random, sys
		r = random.Random(int(sys.argv[1]))
		words = [b"USER demo", b"PASS demo", b"LIST", b"RETR 1", b"TOP 1 1",
		         b"STAT", b"UIDL", b"DELE 1", b"RSET", b"CAPA", b"NOOP",
		         b"AUTH PLAIN", b"*", b"AUTH LOGIN", b"=", b"APOP a b",
		         b"\0", b" ", b"\xff", b"\r", b"x" * 300, b"x" * 13000]
		out = b""
		for _ in range(400):
		    for _ in range(r.randrange(3)):
		        out += r.choice(words)
		    if r.random() < .3:
		        out += bytes(r.randrange(256) for _ in range(r.randrange(40)))
		    out += r.choice([b"\r\n", b"\n", b" ", b"\r\n", b"\r"])
		sys.stdout.buffer.write(out)
		END
		session_from sent
		[ "$status" -eq 0 ]
		only_crlf out
		refute grep -q 'expunge\|commit' requests
		[ "$(kept)" = 'a b' ]
	done
}

@test "commands whose numbers overflow, in every place for one" {
	options+=(--max-errors 1000)
	commands=()
	for number in 2147483647 2147483648 4294967295 4294967296 4294967297 \
		9223372036854775807 9223372036854775808 18446744073709551615 \
		18446744073709551616 18446744073709551617 \
		99999999999999999999999999999; do
		commands+=("RETR $number" "DELE $number" "LIST $number"
			"UIDL $number" "TOP $number 0" "RETR -$number")
	done
	session "${login[@]}" "${commands[@]}" STAT QUIT
	[ "$(grep -c '^-ERR ' out)" -eq ${#commands[@]} ]
	requested 'login demo demo' 'list demo' 'commit 0'
}

@test "a session of 100,000 commands uses no more memory than one of ten" {
	[ -z "${POP3_SKEL_SANITIZED-}" ] || skip "sanitizers take more"
	talk --on tcp --timeout 60 <<-END
		$begin
		send RETR 1
		expect +OK *
		mail store/a
		shell grep VmHWM /proc/\$PID/status >before
		flood 20000 RETR 1
		flood 40000 UIDL 1
		flood 20000 TOP 2 0
		flood 20000 STAT
		read 2080000
		shell grep VmHWM /proc/\$PID/status >after
		$end
	END
	[ "$(($(tr -dc 0-9 <after) - $(tr -dc 0-9 <before)))" -lt 512 ]
}

@test "secrets do not stay in memory after the login" {
	[ -z "${POP3_SKEL_SANITIZED-}" ] || skip "not the memory of the product"
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	cat >memory <<-'END'
	import re, sys
	held = open("/proc/%s/mem" % sys.argv[1], "rb", 0)
	seen = 0
	for line in open("/proc/%s/maps" % sys.argv[1]):
	    start, end = (int(x, 16) for x in line.split()[0].split("-"))
	    if " rw" in line:
	        held.seek(start)
	        data = held.read(end - start)
	        seen += data.count(b"demo")
	        assert b"swordfish" not in data, line
	assert seen > 0
	END
	talk <<-'END'
		expect +OK *
		send USER demo
		expect +OK *
		send PASS swordfish of great length
		expect +OK *
		send NOOP
		expect +OK *
		shell python3 memory $PID
		send QUIT
		expect +OK *
	END
}
