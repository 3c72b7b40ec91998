# SPDX-License-Identifier: ISC
# `part OFFSET OCTETS PATH`: a body that is a slice of a file.

load ../lib/common
load ../lib/session

# Two mails, and no end of a line at the end: 8 + 23 + 7 + 9 octets.
prepare() {
	recorder
	printf 'From 1\r\nSubject: one\n\n.dot\nend\nFrom 2\nA: b\r\n\r\nx' >box
	on list <<<'printf "msg 32 one\nmsg - two\nOK\n"'
	on retr <<-'END'
		case $line in
		*one) echo "part 8 23 $PWD/box" ;;
		*) echo "part 38 9 $PWD/box" ;;
		esac
		echo OK
	END
	# A mbox that no buffer holds, of lines of 16 octets, and another.
	big=6400000
}

big() {
	{
		echo before
		yes 0123456789abcde | head -n 400000
		echo behind
	} >box
	tr 0-9a-f g-v <box >other
	on list <<<'printf "msg 1 one\nmsg 1 two\nOK\n"'
	on retr <<<"echo 'part 7 $big $work/box'; echo OK"
}

# The file is another, or less, after the client has read a little of it: what
# came is the beginning of what it was, and there is no dot.
breaks() {
	sed -e '1d' -e '$d' -e 's/$/\r/' box >whole
	talk --on tcp --rcvbuf 4096 --timeout 30 <<-END
		$begin
		send DELE 2
		expect +OK *
		send ${2-RETR 1}
		expect +OK *
		read 100000
		shell $1
		send QUIT
		drain rest
	END
	[ "$(stat -c %s rest)" -lt "$((big - 99999))" ]
	tail -c +100001 whole | cmp -n "$(stat -c %s rest)" - rest
	[ "$(sed '1d;/^sizes/d' requests)" = "$(printf '%s\n' 'login demo demo' \
		'list demo' 'dele 2 two' "${3-retr 1 one}" end)" ]
	logged "^<4>note .*what=\"a message cannot be had\" .*path=$work/box error="
}

# After the login, without CRs.
answer() {
	session "${login[@]}" "$@" QUIT
	tail -n +4 out | sed '$d' | tr -d '\r'
}

@test "part: a body is a slice of a file; the file stays" {
	answer 'RETR 1' 'RETR 2' 'TOP 1 1' 'TOP 2 0' 'LIST 2' >got
	diff - got <<-'END'
		+OK message follows
		Subject: one

		..dot
		end
		.
		+OK 11 octets
		A: b

		x
		.
		+OK message follows
		Subject: one

		..dot
		.
		+OK message follows
		A: b

		.
		+OK 2 11
	END
	only_crlf out
	[ "$(head -n 1 box | tr -d '\r')" = 'From 1' ]
	# Its size was counted once; what was told and is not so is noted.
	[ "$(grep -c 'retr 2' requests)" -eq 1 ]
	logged '^<4>note .*uid=one told=32 sent=27$'
	[ "$(grep -c '^<[0-4]>' log)" -eq 1 ]
}

@test "part: to top, and to a command of the backend's own" {
	on hello <<<'printf "command XPART trans\nOK 1\n"'
	on top <<<'echo "part 38 9 $PWD/box"; echo OK'
	on XPART <<<'echo "part 0 8 $PWD/box"; echo OK here'
	answer 'TOP 1 0' XPART >got
	diff - got <<-'END'
		+OK message follows
		A: b

		.
		+OK here
		From 1
		.
	END
	refute grep -q '^retr' requests
}

@test "part: nothing of a file, all of it, up to its end" {
	on list <<<'printf "msg 0 a\nmsg 0 b\nmsg 0 c\nmsg - d\nOK\n"'
	on retr <<-'END'
		case $line in
		*a) echo "part 0 0 $PWD/box" ;;
		*b) echo "part 0 47 $PWD/box" ;;
		*c) echo "part 47 0 $PWD/box" ;;
		*d) echo "part 46 1 $PWD/box" ;;
		esac
		echo OK
	END
	answer 'RETR 1' 'RETR 2' 'RETR 3' 'RETR 4' >got
	{
		printf '%s\n' '+OK message follows' . '+OK message follows'
		tr -d '\r' <box | sed 's/^\./../'
		printf '\n'
		printf '%s\n' . '+OK message follows' . '+OK 3 octets' x .
	} | diff - got
}

# bats test_tags=long
@test "part: what is not all there: -ERR, a line of the log, and the session goes on" {
	for part in '0 48' '47 1' '48 0' '9223372036854775807 0' \
		'0 9223372036854775807'; do
		on retr <<<"echo 'part $part $PWD/box'; echo OK"
		answer 'RETR 1' STAT 'TOP 1 0' 'LIST 1' >got
		printf '%s\n' '-ERR [SYS/TEMP] the message cannot be had'{,,} \
			'+OK 1 32' | diff - got
		logged "^<4>note .*uid=one path=$work/box error=\"it ends before the part does\"\$"
	done
}

# bats test_tags=long
@test "part: a link, a fifo, a folder, nothing: none is opened" {
	ln -s box link
	mkfifo fifo
	for path in link fifo "." none box/x; do
		on retr <<<"echo 'part 0 1 $PWD/$path'; echo OK"
		answer 'RETR 1' NOOP >got
		printf '%s\n' '-ERR [SYS/TEMP] the message cannot be had' \
			'+OK nothing done' | diff - got
		logged "^<4>note .*uid=one path=$PWD/$path error="
	done
}

# bats test_tags=long
@test "fault: a part that is none" {
	on hello <<<'printf "command XPART trans\nOK 1\n"'
	while IFS='|' read -r what part; do
		on retr <<<"echo '$part'; echo OK"
		session "${login[@]}" 'RETR 1' QUIT
		matches '+OK *' '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
		one_fault '"retr 1"' "\"$what\"" "\"$part\""
	done <<-END
		too few fields|part 1 2
		empty field|part  1 /box
		part without two numbers|part -1 2 /box
		part without two numbers|part 1 +2 /box
		part without two numbers|part 01 2 /box
		part without two numbers|part 1 18446744073709551616 /box
		part without two numbers|part 1 2k /box
		part beyond any file|part 9223372036854775808 0 /box
		part beyond any file|part 1 9223372036854775807 /box
		part beyond any file|part 18446744073709551615 1 /box
		path not absolute|part 1 2 box
	END
	for lines in '|x\npart 0 1 /b' 'file /a\npart 0 1 /b' \
		'part 0 1 /b\npart 1 1 /b' 'part 0 1 /a\ntemp /b' \
		'part 0 1 /b\n|x' 'body\npart 0 1 /b'; do
		on retr <<<"printf '%s\\n' '${lines//\\n/\' \'}'; echo OK"
		session "${login[@]}" 'RETR 1' QUIT
		one_fault '"retr 1"' '"two kinds of body"'
	done
	on dele <<<'echo "part 0 1 $PWD/box"; echo OK'
	session "${login[@]}" 'DELE 1' QUIT
	one_fault '"dele 1"' '"line not allowed here"'
}

# bats test_tags=long
@test "part: the file shrinks before the dot: no dot" {
	big
	breaks 'truncate -s 3200000 box'
	logged '^<6>ended .*why="a message ended before its length"'
	# Behind what is sent, by an octet.
	big
	breaks 'truncate -s -1 box'
	logged '^<4>note .* error="it became shorter"$'
}

# bats test_tags=long
@test "part: the file is replaced before the dot: no dot" {
	big
	breaks 'mv other box'
	logged '^<4>note .* error="it is not there any more"$'
	logged '^<6>ended .*why="a message was replaced"'
	big
	breaks 'rm box'
	big
	breaks 'mv box away && ln -s away box'
	logged '^<6>ended .*why="a message was replaced"'
}

# bats test_tags=long
@test "part: replaced while TOP is sent: no dot" {
	big
	on top <<<"cat on.retr >/dev/null; echo 'part 7 $big $work/box'; echo OK"
	breaks 'mv other box' 'TOP 1 390000' 'top 1 one 390000'
}

# bats test_tags=long
@test "part: a file that grows meanwhile, as mailboxes do, is well" {
	big
	sed -e '1d' -e '$d' box >whole
	talk --on tcp --rcvbuf 4096 --timeout 30 <<-END
		$begin
		send RETR 1
		expect +OK *
		shell cat other >>box
		mail whole
		send QUIT
		expect +OK *
		eof
	END
	requested 'login demo demo' 'list demo' 'retr 1 one' 'commit 0' \
		"sizes 1 $((big * 17 / 16))"
}

# bats test_tags=long
@test "part: replaced while its size is counted: -ERR, and not 0" {
	on retr <<<'echo "part 38 9 $PWD/box"; echo OK'
	injecting pread64:delay_enter=3000000 "$work/box"
	cp box other
	own
	(
		wait_until 20 grep -q 'retr 2' requests &&
			wait_until 2 is_open "$work/box" && mv other box && : >moved
	) 3>&- &
	answer STAT 'LIST 1' >got
	wait $!
	[ -e moved ]
	printf '%s\n' '-ERR [SYS/TEMP] the message cannot be had' '+OK 1 32' |
		diff - got
	logged "^<4>note .*uid=two path=$work/box error=\"it is not there any more\"\$"
}

# Somebody has it open.
is_open() {
	find /proc/[0-9]*/fd -lname "$1" 2>/dev/null | grep -q .
}
