# SPDX-License-Identifier: ISC
# RFC 1939 section 7: TOP.

load ../lib/common
load ../lib/session

prepare() {
	recorder
}

# What TOP of so many lines of each file is to send, status line and all:
# tops LINES,LINES... FILE...
tops() {
	python3 - "$@" <<-'END'
	import re, sys
	for name in sys.argv[2:]:
	    data = re.sub(rb"\r?\n", b"\r\n", open(name, "rb").read())
	    if data and not data.endswith(b"\n"):
	        data += b"\r\n"
	    lines = data.split(b"\r\n")[:-1]
	    blank = lines.index(b"") if b"" in lines else len(lines)
	    for count in sys.argv[1].split(","):
	        out = b"+OK message follows\r\n"
	        for line in lines[:blank + 1 + int(count)]:
	            out += (b"." if line[:1] == b"." else b"") + line + b"\r\n"
	        sys.stdout.buffer.write(out + b".\r\n")
	END
}

# A session with the TOPs of all messages answers so: same_tops LINES,LINES...
same_tops() {
	local number=0 file lines
	{
		printf '%s\r\n' 'USER demo' 'PASS demo'
		for file in store/*; do
			number=$((number + 1))
			for lines in ${1//,/ }; do
				printf 'TOP %s %s\r\n' "$number" "$lines"
			done
		done
		printf 'QUIT\r\n'
	} >sent
	session_from sent
	{
		printf '%s\r\n' '+OK POP3 server ready' '+OK send PASS' \
			"+OK $number messages"
		tops "$1" store/*
		printf '+OK goodbye\r\n'
	} | cmp - out
}

@test "P3.8: headers, the blank line, and so many lines of the body" {
	printf 'A: 1\nB: 2\n\none\n.two\n\nfour' >store/a
	same_tops 0,1,2,3,4,5,4294967296
	# By hand: so that not two agree who are both wrong.
	session "${login[@]}" 'TOP 1 0' 'TOP 1 2' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' 'A: 1' 'B: 2' '' . \
		'+OK *' 'A: 1' 'B: 2' '' one ..two . '+OK *'
}

@test "P3.8: messages without a body, a header, a blank line, or anything" {
	printf '' >store/a
	printf '\nbody\n' >store/b
	printf 'A: 1\nno blank line\n' >store/c
	printf 'A: 1\n\n' >store/d
	printf 'A: 1\r\n\r\n.\r\nx\r\n' >store/e
	printf 'A: 1\n\r\r\n\rx\n\n\nbody\n' >store/f
	same_tops 0,1,2
}

@test "P3.8: the blank line around the edge of the read buffer" {
	python3 - <<-'END'
	n = 0
	for end in b"\n", b"\r\n":
	    for at in range(65531, 65540):
	        data = b"A: " + b"x" * (at - 3) + end + end + b".b" + end + b"c"
	        open("store/%02d" % n, "wb").write(data)
	        n += 1
	END
	same_tops 0,1
}

@test "P3.8: both arguments, no sign, no more: else -ERR" {
	store a b
	options+=(--max-errors 100)
	commands=(TOP 'TOP ' 'TOP 1' 'TOP 1 ' 'TOP 1 -1' 'TOP 1 +1' 'TOP 1 x'
		'TOP 1 1 1' 'TOP  1 1' 'TOP 0 1' 'TOP 3 1' 'TOP -1 1' 'TOP x 1'
		'TOP 1  1' 'TOP 1 1 ' 'TOP 1 18446744073709551616'
		'TOP 4294967297 1' 'TOP 2 0')
	session "${login[@]}" 'DELE 2' "${commands[@]}" QUIT
	[ "$(grep -c '^-ERR ' out)" -eq ${#commands[@]} ]
	[ "$(grep -c '^+OK ' out)" -eq 5 ]
}

@test "P3.8: TOP marks nothing, and is counted by itself" {
	store a
	options+=(--mode fetch-once)
	session "${login[@]}" 'TOP 1 100' QUIT
	requested 'login demo demo' 'list demo' 'commit 0'
	logged ' retr=0 retr_octets=0 top=1 top_octets=20 dele=0 '
}
