# SPDX-License-Identifier: ISC
# RFC 1939 sections 5 and 7: STAT, LIST and UIDL; section 11: sizes.

load ../lib/common
load ../lib/session

prepare() {
	recorder
}

# The octets of each file as POP3 counts them (RFC 1939 section 11).
octets() {
	python3 - "$@" <<-'END'
	import re, sys
	for name in sys.argv[1:]:
	    data = re.sub(rb"\r?\n", b"\r\n", open(name, "rb").read())
	    print(len(data) + (2 if data and not data.endswith(b"\n") else 0))
	END
}

@test "P3.1 P3.2: STAT and LIST leave out what is marked; numbers stay" {
	store a b c d
	printf 'x' >>store/c
	session "${login[@]}" STAT LIST 'DELE 2' 'DELE 3' STAT LIST RSET STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK 4 83' \
		'+OK *' '1 20' '2 20' '3 23' '4 20' . '+OK *' '+OK *' \
		'+OK 2 40' '+OK *' '1 20' '4 20' . '+OK *' '+OK 4 83' '+OK *'
}

@test "P3.1 P3.2: an empty maildrop, and one of which all is marked" {
	session "${login[@]}" STAT LIST UIDL 'LIST 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK 0 0' '+OK *' . '+OK *' . \
		'-ERR *' '+OK *'
	store a
	session "${login[@]}" 'DELE 1' STAT LIST UIDL RSET QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK 0 0' '+OK *' . '+OK *' . \
		'+OK *' '+OK *'
}

@test "P3.3 P3.10: LIST n and UIDL n" {
	store a b c
	session "${login[@]}" 'LIST 2' 'UIDL 3' 'LIST 2' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK 2 20' '+OK 3 c' '+OK 2 20' '+OK *'
}

@test "P3.3 P3.10: of a message that is not there: -ERR" {
	store a b
	options+=(--max-errors 100)
	arguments=(0 00 3 -1 +1 1x x1 '1 2' 4294967297 18446744073709551617
		' 1' '1 ' 1.0 0x1 1e0 01 $'1\t' "$(times 200 1)")
	commands=()
	for argument in "${arguments[@]}"; do
		commands+=("LIST $argument" "UIDL $argument")
	done
	session "${login[@]}" 'DELE 2' 'LIST 2' 'UIDL 2' "${commands[@]}" QUIT
	[ "$(grep -c '^-ERR ' out)" -eq $((2 + ${#commands[@]})) ]
	[ "$(grep -c '^+OK ' out)" -eq 5 ]
}

@test "P3.9: a unique-id is 1 to 70 octets of 21 to 7E, and no two are one" {
	printf 'one\n' >one
	printf 'two\n' >two
	on list <<-END
	printf '%s\n' 'msg 5 same' 'msg 5 same' 'msg 5 same $work/one' \
		'msg 5 same $work/two' 'msg 5 ok' 'msg 5 $(times 70 m)' \
		'msg 5 $(times 71 l)' 'msg 5 $(printf '\303\251')' \
		'msg 5 $(times 70 m)' 'msg 5 -' 'msg - - $work/one' OK
	END
	on retr <<<'printf "|%s\n" mail; echo OK'
	session "${login[@]}" UIDL QUIT
	sed -n 's/\r$//; /^1 /,/^\./p' out | grep -v '^\.' >ids
	[ "$(wc -l <ids)" -eq 11 ]
	grep -qx '5 ok' ids
	grep -qx '11 one' ids
	[ "$(cut -d ' ' -f 1 ids | tr '\n' ' ')" = '1 2 3 4 5 6 7 8 9 10 11 ' ]
	refute grep -vxE '[0-9]+ [!-~]{1,70}' ids
	[ "$(cut -d ' ' -f 2 ids | sort -u | wc -l)" -eq 11 ]
	# They persist: the next session has the same.
	mv ids before
	session "${login[@]}" UIDL QUIT
	sed -n 's/\r$//; /^1 /,/^\./p' out | grep -v '^\.' | diff before -
}

@test "P3.9: unique-ids stay without UPDATE, and marked ones are left out" {
	store a b c
	session "${login[@]}" 'DELE 1' UIDL
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' '2 b' '3 c' .
	session "${login[@]}" UIDL QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '1 a' '2 b' '3 c' . '+OK *'
}

@test "P3.11: every line end counts two, an open last line too, no dot twice" {
	printf '' >store/a
	printf '\n' >store/b
	printf 'no end' >store/c
	printf 'a\r\nb\nc\r\n' >store/d
	printf '.\n..\n.x' >store/e
	printf 'a\rb\r\rc\n\r' >store/f
	printf '\r\n\n\r\n' >store/g
	printf 'NUL \0 here\n\377\n' >store/h
	session "${login[@]}" LIST STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK 8 messages' '1 0' '2 2' '3 8' \
		'4 9' '5 11' '6 11' '7 6' '8 15' . '+OK 8 62' '+OK *'
}

@test "P3.11: line ends around the edge of the read buffer" {
	python3 - <<-'END'
	import itertools
	n = 0
	for ends in itertools.product([b"\n", b"\r\n", b"\r", b""], repeat=2):
	    for at in range(65534, 65539):
	        data = b"x" * at + ends[0] + b"y" + ends[1]
	        open("store/%03d" % n, "wb").write(data)
	        n += 1
	END
	octets store/* >sizes
	[ "$(wc -l <sizes)" -eq 80 ]
	session "${login[@]}" LIST QUIT
	sed -n 's/^[0-9]* \([0-9]*\)\r$/\1/p' out | cmp sizes -
}

@test "P3.11: a size that the backend told is told, and a lie is logged once" {
	store a b
	on list <<<'printf "%s\n" "msg 7 a $PWD/store/a" "msg 8 b $PWD/store/b" OK'
	session "${login[@]}" LIST 'RETR 1' 'RETR 1' 'RETR 2' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '1 7' '2 8' . \
		'+OK *' 'Subject: a' '' text . '+OK *' 'Subject: a' '' text . \
		'+OK *' 'Subject: b' '' text . '+OK *'
	[ "$(grep -c ' told=' log)" -eq 1 ]
	logged '^<4>note .* user=demo .* told=7 sent=20$'
}

@test "10,000 messages: STAT, LIST and UIDL in order, STAT to the octet" {
	on list <<<'i=0; while [ $((i += 1)) -le 10000 ]; do
		printf "msg %d id-%d\n" $i $i; done; echo OK'
	session "${login[@]}" STAT LIST UIDL 'LIST 10000' 'LIST 10001' QUIT
	{
		printf '+OK POP3 server ready\n+OK send PASS\n'
		printf '+OK 10000 messages\n+OK 10000 50005000\n'
		printf '+OK 10000 messages\n'
		seq 1 10000 | sed 's/.*/& &/'
		printf '.\n+OK unique-ids follow\n'
		seq 1 10000 | sed 's/.*/& id-&/'
		printf '.\n+OK 10000 10000\n-ERR no such message\n+OK goodbye\n'
	} | sed 's/$/\r/' | cmp - out
}
