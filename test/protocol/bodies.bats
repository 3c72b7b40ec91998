# SPDX-License-Identifier: ISC
# backend-protocol, Bodies; the msg line: sizes, unique-ids, paths.
#
# bats file_tags=full

load ../lib/common
load ../lib/session

prepare() {
	cases
	lines="'list '*) cat msgs; echo OK ;;"
}

# The answer to one command after the login, all of it in `answer`, LF at the
# ends of lines: after 'RETR 1'
after() {
	session "${login[@]}" "$@" QUIT
	tail -n +4 out | sed '$d' | tr -d '\r' >answer
}

# How often a request was asked: times 2 'retr 1 u1'
times() {
	[ "$(grep -cxF -e "$2" requests)" -eq "$1" ] || { cat requests; return 1; }
}

# A file of N octets.
octets() {
	head -c "$1" /dev/zero | tr '\0' x
}

@test "P1.9 P3.11 P3.12: | lines go through as they are, whatever is in them" {
	printf '%s\n' . .. .x x '' '   ' '|' '||x' OK 'ERR no' 'msg - x' \
		$'\200\377' >u1
	printf 'lone\rCR\ncrlf\r\ntwo\r\r\nnul\0nul\n.\n' >>u1
	sed -e 's/$/\r/' -e 's/\r\r$/\r/' u1 >wanted
	size=$(($(wc -c <wanted)))
	echo "msg $size u1" >msgs
	backend_cases <<-END
		$lines
		'retr '*) sed 's/^/|/' u1; echo OK ;;
	END
	talk <<-END
		$begin
		send LIST 1
		expect +OK 1 $size
		send RETR 1
		expect +OK *
		mail u1
		send QUIT
		expect +OK *
		eof
	END
	not_logged '^<[0-4]>'
}

@test "a | line of two megabytes; a body without a final newline" {
	{ octets 2000000; echo; printf 'no end'; } >u1
	echo 'msg 2000010 u1' >msgs
	backend_cases <<-END
		$lines
		'retr '*) sed 's/^/|/' u1; printf '\n'; echo OK ;;
	END
	talk <<-END
		$begin
		send RETR 1
		expect +OK *
		mail u1
		send QUIT
		expect +OK *
		eof
	END
	not_logged '^<[0-4]>'
}

@test "body: an empty message; with | lines it says nothing more" {
	printf 'msg 0 u1\nmsg 3 u2\n' >msgs
	backend_cases <<-END
		$lines
		'retr 1 '*) printf 'body\nOK\n' ;;
		'retr 2 '*) printf 'body\n|x\n|\nOK\n' ;;
	END
	after 'RETR 1' 'RETR 2'
	printf '+OK message follows\n.\n+OK message follows\nx\n\n.\n' |
		diff - answer
	logged '^<4>note .*told=3 sent=5$'
}

@test "the text of OK is the client's, unless the body has streamed" {
	echo 'msg 20 u1' >msgs
	backend_cases <<-END
		$lines
		'retr '*) printf '|x\nOK as you wish\n' ;;
	END
	after 'RETR 1'
	[ "$(head -n 1 answer)" = '+OK as you wish' ]
}

# bats test_tags=long
@test "hold-back: after 64 KiB a failure is a clean answer, one octet on it is not" {
	local result
	octets 65535 >held
	echo 'msg 20 u1' >msgs
	while IFS=: read -r result answer; do
		backend_cases <<-END
			$lines
			'retr '*) printf '|'; cat held; printf '\n%s\n' '$result' ;;
		END
		after 'RETR 1' NOOP
		matches '+OK *' '+OK *' '+OK *' "$answer" '+OK *' '+OK *'
	done <<-END
		ERR it broke:-ERR it broke
		TEMP it broke:-ERR [SYS/TEMP] it broke
	END
	octets 65536 >held
	echo 'msg 20 u2' >>msgs
	for result in ERR TEMP 'ERR [IN-USE] no'; do
		backend_cases <<-END
			$lines
			'retr '*) printf '|'; cat held; printf '\n%s\n' '$result' ;;
		END
		session "${login[@]}" 'DELE 2' 'RETR 1' QUIT
		refute grep -q '^\.' out
		refute grep -q '^-ERR' out
		[ "$status" -eq 0 ]
		[ "$(tail -n 1 requests)" = 'retr 1 u1' ]
		logged '^<6>ended .*why="a body broke off"'
		not_logged '^<3>'
	done
}

@test "a body that fails late has begun: the client sees a part, and no dot" {
	octets 1000 >line
	echo 'msg 20 u1' >msgs
	backend_cases <<-END
		$lines
		'retr '*) yes "|\$(cat line)" | head -n 1000; echo ERR ;;
	END
	session "${login[@]}" 'RETR 1' QUIT
	[ "$(grep -c xxx out)" -gt 100 ]
	refute grep -q '^\.' out
	refute grep -q '^-ERR' out
}

@test "file: a body made on demand; the file stays" {
	printf 'Subject: f\n\n.dot\n' >f
	printf 'msg 23 u1\nmsg - u2\n' >msgs
	backend_cases <<-END
		$lines
		'retr '*) echo "file \$PWD/f"; echo OK from a file ;;
	END
	after 'LIST 2' 'RETR 1' 'RETR 2' 'TOP 2 0'
	printf '%s\n' '+OK 2 20' '+OK from a file' 'Subject: f' '' ..dot . \
		'+OK 20 octets' 'Subject: f' '' ..dot . '+OK message follows' \
		'Subject: f' '' . | diff - answer
	[ -e f ]
	times 1 'retr 2 u2'
	logged '^<4>note .*told=23 sent=20$'
}

@test "temp: as file, and unlinked; only one that is ours alone" {
	echo 'msg 2 u1' >msgs
	backend_cases <<-END
		$lines
		'retr '*)
			[ ! -e one ] || echo >f
			[ ! -e two ] || ln -f f g
			echo "temp \$PWD/f"
			echo OK
			;;
	END
	touch one
	after 'RETR 1'
	printf '%s\n' '+OK *' '' . | sed 's/\*/message follows/' | diff - answer
	[ ! -e f ]
	touch two
	after 'RETR 1'
	[ "$(cat answer)" = '-ERR [SYS/TEMP] the message cannot be had' ]
	[ -e f ]
	logged "^<4>note .*path=$PWD/f .*error=\"Operation not permitted\""
	rm -f f g one two
	[ "$(id -u)" -ne 0 ] || {
		after 'RETR 1' # once, for `own` gives all to the user
		echo >f
		chmod 644 f
		chmod 1777 .
		as_user timeout 20 "$SKEL" "${options[@]}" -- "${backend[@]}" \
			<sent >out 2>log
		grep -q '^-ERR \[SYS/TEMP\]' out
		[ -e f ]
	}
}

@test "temp of unknown size is read once, into the spool" {
	echo 'msg - u1' >msgs
	backend_cases <<-END
		$lines
		'retr '*) printf 'a\n\nb' >f; echo "temp \$PWD/f"; echo OK ;;
	END
	after STAT 'RETR 1' 'RETR 1'
	printf '%s\n' '+OK 1 8' '+OK 8 octets' a '' b . '+OK 8 octets' a '' b . |
		diff - answer
	times 1 'retr 1 u1'
	[ ! -e f ]
}

@test "file of unknown size: read before the next request, which may use it" {
	printf 'msg - u1\nmsg - u2\n' >msgs
	backend_cases <<-END
		$lines
		'retr '*)
			printf 'this is %s\n' "\${request##* }" >f
			echo "file \$PWD/f"
			echo OK
			;;
	END
	after STAT 'RETR 1' 'RETR 2'
	printf '%s\n' '+OK 2 24' '+OK 12 octets' 'this is u1' . \
		'+OK 12 octets' 'this is u2' . | diff - answer
	[ -e f ]
}

@test "msg with a PATH: no round trip for STAT, LIST, RETR, TOP, UIDL" {
	printf 'Subject: f\n\n.dot\nend' >f
	printf 'msg - u1 %s\nmsg 25 u2 %s\n' "$PWD/f" "$PWD/f" >msgs
	backend_cases <<-END
		$lines
	END
	after STAT 'LIST 1' 'RETR 1' 'RETR 2' 'TOP 2 1' 'UIDL 1'
	printf '%s\n' '+OK 2 50' '+OK 1 25' '+OK 25 octets' 'Subject: f' '' \
		..dot end . '+OK 25 octets' 'Subject: f' '' ..dot end . \
		'+OK message follows' 'Subject: f' '' ..dot . '+OK 1 u1' |
		diff - answer
	all_asked 'hello 1' 'login demo demo' 'list demo' 'commit 0'
}

@test "a PATH with blanks runs to the end of the line" {
	mkdir ' a  b'
	echo x >' a  b/ c '
	printf 'msg - u1 %s\n' "$PWD/ a  b/ c " >msgs
	backend_cases <<-END
		$lines
	END
	after 'RETR 1' 'DELE 1'
	[ "$(sed -n 2p answer)" = x ]
	grep -qxF "expunge 1 u1 $PWD/ a  b/ c " requests
}

# bats test_tags=long
@test "what is no regular file is not opened as one; retr is asked" {
	local what
	echo secret >f
	ln -s f link
	mkfifo fifo
	printf 'msg 3 u1 %s\n' /dev/zero "$PWD/link" "$PWD/fifo" "$PWD" \
		"$PWD/none" >msgs
	backend_cases <<-END
		$lines
		'retr '*) printf '|x\nOK\n' ;;
	END
	after 'RETR 1' 'RETR 2' 'RETR 3' 'RETR 4' 'RETR 5'
	[ "$(grep -cx x answer)" -eq 5 ]
	[ "$(grep -c '^retr' requests)" -eq 5 ]
	for what in /dev/zero "$PWD/link" "$PWD/fifo" "$PWD" "$PWD/none"; do
		backend_cases <<-END
			$lines
			'retr '*) printf 'file %s\nOK\n' "$what" ;;
		END
		after 'RETR 1' NOOP
		matches '+OK *' '+OK *' '+OK *' '-ERR *' '+OK *' '+OK *'
		logged "^<4>note .*path=$what error="
	done
}

@test "a path that is gone: retr is asked; it may have moved" {
	echo moved >new
	printf 'msg 7 u1 %s\nmsg - u2 %s\nmsg - u3 %s\n' \
		"$PWD/a" "$PWD/b" "$PWD/c" >msgs
	backend_cases <<-END
		$lines
		'retr 3 '*) echo ERR it is gone ;;
		'retr '*) printf 'file %s\nOK\n' "\$PWD/new" ;;
	END
	after STAT 'LIST 3' 'RETR 1' 'RETR 2' 'RETR 2' 'RETR 3'
	printf '%s\n' '+OK 3 14' '+OK 3 0' '+OK message follows' moved . \
		'+OK 7 octets' moved . '+OK 7 octets' moved . '-ERR it is gone' |
		diff - answer
	times 1 'retr 1 u1'
	times 1 'retr 2 u2'
}

@test "retr with DEFAULT, ERR and TEMP: -ERR for this message" {
	printf 'msg 7 u1\nmsg 7 u2\nmsg 7 u3\n' >msgs
	backend_cases <<-END
		$lines
		'retr 1 '*) echo DEFAULT ;;
		'retr 2 '*) echo ERR ;;
		'retr 3 '*) echo TEMP ask again ;;
	END
	after 'RETR 1' 'RETR 2' 'RETR 3' 'RETR 1'
	printf '%s\n' '-ERR no such message' '-ERR no such message' \
		'-ERR [SYS/TEMP] ask again' '-ERR no such message' | diff - answer
	times 2 'retr 1 u1'
	grep -o 'what="no body.*' log | diff - <(printf '%s\n' \
		'what="no body for a message; retr answered DEFAULT" number=1 uid=u1')
}

@test "a path that cannot be opened, and no retr: the log says why, once" {
	ln -s /etc/passwd link
	printf 'msg - u1 %s\nmsg - u2 /nowhere\n' "$PWD/link" >msgs
	backend_cases <<-END
		$lines
		'retr '*) echo DEFAULT ;;
	END
	after STAT 'RETR 1'
	printf '%s\n' '+OK 2 0' '-ERR no such message' | diff - answer
	# Which words, the libc says.
	[ "$(grep -c ' uid=' log)" -eq 1 ]
	logged " uid=u1 path=$PWD/link error=\".*[Ss]ymbolic link.*\"$"
}

@test "unknown size, no path: fetched once, when a size is first needed" {
	printf 'msg - u1\nmsg - u2\n' >msgs
	backend_cases <<-END
		$lines
		'retr '*) printf '|Subject: x\n|\n|.\n|b\nOK\n' ;;
	END
	after NOOP 'UIDL 1' 'LIST 2' 'RETR 2' 'TOP 2 1' STAT LIST 'RETR 1' 'RETR 1'
	printf '%s\n' '+OK nothing done' '+OK 1 u1' '+OK 2 20' '+OK 20 octets' \
		'Subject: x' '' .. b . '+OK message follows' 'Subject: x' '' .. . \
		'+OK 2 40' '+OK 2 messages' '1 20' '2 20' . '+OK 20 octets' \
		'Subject: x' '' .. b . '+OK 20 octets' 'Subject: x' '' .. b . |
		diff - answer
	grep '^[rt]' requests | diff <(printf 'retr %s\n' '2 u2' '1 u1') -
}

@test "unknown size: what cannot be told now fails STAT; what is gone counts 0" {
	printf 'msg 5 u1\nmsg - u2\n' >msgs
	backend_cases <<-END
		$lines
		'retr '*) if [ -e now ]; then echo ERR; else echo TEMP; touch now; fi ;;
	END
	after STAT STAT LIST 'RETR 2'
	printf '%s\n' '-ERR [SYS/TEMP] try again later' '+OK 2 5' \
		'+OK 2 messages' '1 5' '2 0' . '-ERR no such message' |
		diff - answer
}

@test "a message that was gone, and came back: STAT, LIST and RETR tell its size" {
	# By its path, and by its body.
	printf 'msg - u1 %s\nmsg - u2\n' "$PWD/f" >msgs
	backend_cases <<-END
		$lines
		'retr 1 '*) printf 'Subject: f\n\n.dot\n' >f; echo ERR ;;
		'retr 2 '*)
			if [ -e back ]; then printf '|x\nOK\n'; else echo ERR; fi
			touch back
			;;
	END
	after STAT LIST 'RETR 1' 'RETR 2' STAT 'LIST 2'
	printf '%s\n' '+OK 2 0' '+OK 2 messages' '1 20' '2 3' . \
		'+OK 20 octets' 'Subject: f' '' ..dot . '+OK 3 octets' x . \
		'+OK 2 23' '+OK 2 3' | diff - answer
	times 1 'retr 1 u1'
	times 2 'retr 2 u2'
	not_logged 'what="a message has not the size'
	# RETR itself finds it there again.
	rm f back
	after 'LIST 1' 'LIST 2' 'RETR 2' 'RETR 1'
	printf '%s\n' '+OK 1 0' '+OK 2 0' '+OK 3 octets' x . \
		'+OK message follows' 'Subject: f' '' ..dot . | diff - answer
	not_logged 'what="a message has not the size'
}

@test "--spool-max: -ERR for the message that is too large, and its size is true" {
	options+=(--spool-max 50)
	printf 'msg - u1\nmsg - u2\nmsg - u3\n' >msgs
	backend_cases <<-END
		$lines
		'retr 2 '*) printf '|%080d\nOK\n' 7 ;;
		'retr '*) printf '|small\nOK\n' ;;
	END
	after STAT 'LIST 2' 'RETR 2' 'RETR 1' 'RETR 3' 'TOP 2 0'
	printf '%s\n' '+OK 3 96' '+OK 2 82' \
		'-ERR [SYS/TEMP] the message is too large' \
		'+OK 7 octets' small . '+OK 7 octets' small . \
		'-ERR [SYS/TEMP] the message is too large' | diff - answer
	[ "$(grep -c '^<4>note .*spool' log)" -eq 1 ]
	times 1 'retr 2 u2'
}

@test "a spool that may not grow: -ERR for the message, and no more" {
	backend_cases <<-'END'
		'list '*) printf 'msg - u1\nmsg - u2\nOK\n' ;;
		'retr 1 '*) yes '|text' | head -n 100000; echo OK ;;
	END
	(
		ulimit -f 64
		session "${login[@]}" 'RETR 1' 'LIST 2' QUIT
		matches '+OK *' '+OK *' '+OK *' '-ERR [SYS/TEMP] *' \
			'+OK 2 20' '+OK *'
		[ "$status" -eq 0 ]
	)
}

@test "a file that may not be read: its size is not 0, for STAT, LIST and itself" {
	local answer
	echo four >good
	echo secret >bad
	printf 'msg - u1 %s\nmsg - u2 %s\n' "$PWD/good" "$PWD/bad" >msgs
	for answer in DEFAULT 'file PATH\nOK'; do
		chmod 0 bad
		backend_cases <<-END
			$lines
			'retr '*) printf '${answer/PATH/$PWD/bad}\n' ;;
		END
		after STAT LIST 'LIST 2' 'RETR 2' 'TOP 2 0' STAT 'LIST 1' \
			'UIDL 2' 'DELE 2' STAT
		sed 's/ the message cannot be had$//' answer |
			diff <(printf '%s\n' '-ERR [SYS/TEMP]'{,,,,,} \
				'+OK 1 6' '+OK 2 u2' \
				'+OK message marked for deletion' '+OK 1 6') -
		# Once for a message, whatever is asked of it.
		[ "$(grep -c '^<4>note ' log)" -eq 1 ]
		logged "^<4>note .* number=2 uid=u2 path=$PWD/bad error=\"Permission denied\"\$"
		[ "$status" -eq 0 ]
	done
	# The backend knows that it is gone.
	backend_cases <<-END
		$lines
		'retr '*) echo ERR ;;
	END
	after STAT
	[ "$(cat answer)" = '+OK 2 6' ]
}

# bats test_tags=long
@test "an error of the system at a message: its size is not 0, and the log has path and error" {
	local call error
	echo four >good
	echo four >bad
	printf 'msg - u1 %s\nmsg - u2 %s\n' "$PWD/good" "$PWD/bad" >msgs
	backend_cases <<-END
		$lines
		'retr '*) printf 'file %s\nOK\n' "\$PWD/bad" ;;
	END
	for call in openat fstat,newfstatat pread64; do
		for error in EIO ESTALE EMFILE ENFILE ENOMEM; do
			injecting "$call:error=$error" "$PWD/bad"
			after STAT LIST 'LIST 2' 'RETR 2' 'LIST 1'
			sed 's/ the message cannot be had$//' answer |
				diff <(printf '%s\n' '-ERR [SYS/TEMP]'{,,,} \
					'+OK 1 6') -
			injected
			logged "^<4>note .* uid=u2 path=$PWD/bad error=."
		done
	done
	# It shrank since it was opened.
	injecting pread64:retval=0 "$PWD/bad"
	after STAT 'LIST 2' 'LIST 1'
	sed 's/ the message cannot be had$//' answer |
		diff <(printf '%s\n' '-ERR [SYS/TEMP]'{,} '+OK 1 6') -
	logged '^<4>note .* uid=u2 .* error="it became shorter"$'
}

@test "a body that fails at its first octets is -ERR; later it breaks off" {
	octets 200000 | fold -w 99 >bad
	printf 'msg 202021 u1 %s\n' "$PWD/bad" >msgs
	backend_cases <<-END
		$lines
	END
	injecting pread64:error=EIO "$PWD/bad"
	after 'RETR 1' 'TOP 1 0' NOOP
	printf '%s\n' '-ERR [SYS/TEMP] the message cannot be had'{,} \
		'+OK nothing done' | diff - answer
	injecting pread64:error=EIO:when=3 "$PWD/bad"
	session "${login[@]}" 'RETR 1' QUIT
	refute grep -q '^\.' out
	logged "^<4>note .* uid=u1 path=$PWD/bad error="
	logged '^<6>ended .*why="a message could not be read"'
}

@test "a full spool folder: not 0, and not too large; better when there is room" {
	mkdir tmp
	printf 'msg - u1\nmsg 3 -\n' >msgs
	backend_cases <<-END
		$lines
		'retr '*) printf '|x\nOK\n' ;;
	END
	injecting pwrite64:error=ENOSPC
	TMPDIR=$PWD/tmp after STAT LIST 'LIST 1' 'RETR 1' UIDL 'LIST 2'
	sed 's/ the message cannot be had$//' answer |
		diff <(printf '%s\n' '-ERR [SYS/TEMP]'{,,,,} '+OK 2 3') -
	logged "^<4>note .* uid=u1 path=$PWD/tmp error=\"No space left on device\"\$"
	not_logged 'fit into the spool'
	# Twice in vain, and then there is room.
	injecting pwrite64:error=ENOSPC:when=1..2
	after STAT 'LIST 1' STAT 'RETR 1'
	printf '%s\n' '-ERR [SYS/TEMP] the message cannot be had'{,} \
		'+OK 2 6' '+OK 3 octets' x . | diff - answer
}

@test "the spool is one unlinked file, in TMPDIR" {
	need_sight
	mkdir tmp
	printf 'msg - u1\nmsg - u2\n' >msgs
	backend_cases <<-END
		$lines
		'retr '*) printf '|x\nOK\n' ;;
	END
	own
	TMPDIR=$PWD/tmp talk <<-END
		$begin
		send STAT
		expect +OK 2 6
		shell ls -l /proc/\$PID/fd | grep -c "$PWD/tmp/.*deleted" | grep -qx 1
		shell [ -z "\$(ls tmp)" ]
		send QUIT
		expect +OK *
		eof
	END
	TMPDIR=$PWD/nowhere talk <<-END
		$begin
		send STAT
		expect -ERR [SYS/TEMP] the message cannot be had
		send RETR 1
		expect -ERR [SYS/TEMP] the message cannot be had
		send QUIT
		expect +OK *
		eof
	END
}

@test "P3.9: a unique-id made from the body, from a file's name, or given" {
	printf '|Subject: x\n|\n|text\n' >body
	touch 17.a:2,S
	touch 18.b,S=0
	printf 'msg - -\nmsg - - %s\nmsg - - %s\nmsg - u4 %s\nmsg 20 -\n' \
		"$PWD/17.a:2,S" "$PWD/18.b,S=0" "$PWD/17.a:2,S" >msgs
	backend_cases <<-END
		$lines
		'retr 5 '*) printf '|y\nOK\n' ;;
		'retr '*) cat body; echo OK ;;
	END
	hash=$(sed 's/^|//' body | sha256sum)
	other=$(echo y | sha256sum)
	after UIDL 'UIDL 1' 'RETR 1' STAT
	printf '%s\n' '+OK unique-ids follow' "1 ${hash%% *}" '2 17.a' '3 18.b' \
		'4 u4' "5 ${other%% *}" . "+OK 1 ${hash%% *}" '+OK 20 octets' \
		'Subject: x' '' text . | diff - <(sed '$d' answer)
	times 1 'retr 1 -'
	times 1 'retr 5 -'
}

@test "P3.9: a unique-id stays, though the body can be had only later" {
	backend_cases <<-'END'
		'list '*) printf 'msg 20 -\nmsg 20 -\nOK\n' ;;
		'retr 1 '*)
			[ -e again ] || { >again; echo ERR; continue; }
			printf '|one\nOK\n'
			;;
		'retr 2 '*) printf '|two\nOK\n' ;;
	END
	session "${login[@]}" UIDL 'UIDL 1' UIDL QUIT
	tr -d '\r' <out | sed -n 's/^+OK 1 /1 /; /^1 /p' >first
	[ "$(uniq -c first | awk '{ print $1 }')" = 3 ]
	# So that UIDL with a number costs no look at all the others.
	[ "$(grep -c '^retr' requests)" -eq 2 ]
}

@test "P3.9: a unique-id without a body is that of one session" {
	backend_cases <<-'END'
		'list '*) printf 'msg - -\nmsg 20 -\nOK\n' ;;
		'retr '*)
			[ -e again ] || { echo ERR; continue; }
			printf '|one\nOK\n'
			;;
	END
	after UIDL
	sed -n 's/^[12] //p' answer >uids
	after UIDL
	sed -n 's/^[12] //p' answer >>uids
	[ "$(sort -u uids | wc -l)" -eq 4 ]
	grep -c '^[!-~]\{1,70\}$' uids | grep -qx 4
	# It stays, though its size and its body are had later.
	backend_cases <<-'END'
		'list '*) printf 'msg - -\nOK\n' ;;
		'retr '*)
			[ -e again ] || { >again; echo ERR; continue; }
			printf '|one\nOK\n'
			;;
	END
	after 'UIDL 1' 'LIST 1' 'UIDL 1' 'RETR 1'
	[ "$(sed -n 1p answer)" = "$(sed -n 3p answer)" ]
	[ "$(sed -n 2p answer)" = '+OK 1 5' ]
	[ "$(sed -n 4p answer)" = '+OK 5 octets' ]
}

@test "P3.9: a line of the log keeps no unique-id from being made of its body" {
	printf 'msg - -\nmsg 20 -\nmsg 3 u3\n' >msgs
	backend_cases <<-END
		$lines
		'retr 1 '*) echo ERR ;;
		'retr 2 '*) printf '|two\nOK\n' ;;
	END
	hash=$(echo two | sha256sum)
	after STAT 'UIDL 2'
	logged '^<5>note .*what="no body for a message'
	printf '%s\n' '+OK 3 23' "+OK 2 ${hash%% *}" | diff - answer
}

@test "P3.9: unique-ids that POP3 does not allow are hashes to the client" {
	long=$(octets 71)
	printf 'msg 3 %s\n' "$long" "$(octets 70)" $'\344' "$(octets 8000)" '~' \
		>msgs
	backend_cases <<-END
		$lines
		'retr '*) printf '|x\nOK\n' ;;
	END
	after UIDL 'RETR 1' 'RETR 3' 'DELE 1'
	sed -n 's/^[1-5] //p' answer >uids
	printf %s "$long" | sha256sum | cut -c 1-64 | diff - <(sed -n 1p uids)
	octets 70 | diff - <(sed -n 2p uids | tr -d '\n')
	printf '\344' | sha256sum | cut -c 1-64 | diff - <(sed -n 3p uids)
	octets 8000 | sha256sum | cut -c 1-64 | diff - <(sed -n 4p uids)
	[ "$(sed -n 5p uids)" = '~' ]
	grep -qxF "retr 1 $long" requests
	grep -qxF $'retr 3 \344' requests
	grep -qxF "expunge 1 $long" requests
}

@test "P3.9: no unique-id stands twice, and all are the same next time" {
	touch a b
	printf 'msg 3 twin\nmsg 3 other\nmsg 3 twin\nmsg 3 twin %s\nmsg 3 twin %s\n' \
		"$PWD/a" "$PWD/b" >msgs
	backend_cases <<-END
		$lines
	END
	after UIDL
	sed -n 's/^[1-5] //p' answer >uids
	[ "$(sort -u uids | wc -l)" -eq 5 ]
	[ "$(sed -n 2p uids)" = other ]
	refute grep -qx twin uids
	{ printf 'twin\0%s' "$PWD/a" | sha256sum | cut -c 1-64; } |
		diff - <(sed -n 4p uids)
	grep -v '^+OK' answer | grep -c '^[1-5] [!-~]\{1,70\}$' | grep -qx 5
	cp uids before
	after UIDL 'UIDL 3'
	sed -n 's/^[1-5] //p' answer | diff before -
	grep -qx "+OK 3 $(sed -n 3p before)" answer
}

@test "unique-ids that stand twice are noted once, with both" {
	printf 'msg 3 one\nmsg 3 twin\nmsg 3 two\nmsg 3 twin\nmsg 3 twin\n' >msgs
	backend_cases <<-END
		$lines
	END
	after UIDL 'UIDL 2' UIDL
	[ "$(grep -c 'note .*unique-id' log)" -eq 1 ]
	logged 'note session=.* what="two messages with one unique-id; each is replaced" uid=twin number=2 other=4$'
	printf 'msg 3 one\nmsg 3 two\n' >msgs
	after UIDL
	not_logged 'one unique-id'
}

@test "a wrong SIZE: sent whole, ended properly, logged once with both and which" {
	echo four >f
	printf 'msg 99 u1\nmsg 1 u2\nmsg 5 u3 %s\nmsg 6 u4 %s\n' "$PWD/f" \
		"$PWD/f" >msgs
	backend_cases <<-END
		$lines
		'retr '*) printf '|x\n|y\nOK\n' ;;
	END
	after 'RETR 4' 'RETR 1' 'RETR 2' 'RETR 3'
	printf '%s\n' four . x y . x y . four . |
		diff - <(grep -v '^+OK' answer)
	[ "$(grep -c '^<4>note .*size' log)" -eq 1 ]
	logged '^<4>note .* number=1 uid=u1 told=99 sent=6$'
}

@test "a SIZE that was told stays, though UIDL had to see the body" {
	printf 'msg 99 -\nmsg 98 -\n' >msgs
	backend_cases <<-END
		$lines
		'retr 1 '*) printf '|x\nOK\n' ;;
		'retr 2 '*) echo ERR ;;
	END
	after LIST UIDL LIST 'RETR 1'
	printf '%s\n' '1 99' '2 98' . '1 99' '2 98' . |
		diff - <(sed -n '/^[12] 9[89]$/,/^\.$/p' answer)
	logged '^<4>note .*told=99 sent=3$'
	times 1 'retr 1 -'
}

# bats test_tags=long
@test "P3.4: a file that ends before its length: no dot" {
	octets 30000000 | fold -w 999 >f
	printf 'msg - u1 %s\n' "$PWD/f" >msgs
	backend_cases <<-END
		$lines
	END
	talk --on tcp --rcvbuf 4096 --timeout 30 <<-END
		$begin
		send RETR 1
		expect +OK *
		read 100000
		shell truncate -s 20000000 f
		drain rest
	END
	[ "$(tail -c 3 rest)" != $'.\r' ]
	refute grep -q '^\.' rest
	logged '^<6>ended .*why="a message ended before its length"'
}

@test "P3.8: top: the backend's own, cut to what was asked" {
	printf 'msg 20 u1\nmsg - u2\n' >msgs
	backend_cases <<-END
		$lines
		'top '*) printf '|A: b\n|\n|1\n|2\n|3\nOK the top\n' ;;
	END
	after 'TOP 1 2' 'TOP 2 0' 'TOP 1 99'
	printf '%s\n' '+OK the top' 'A: b' '' 1 2 . '+OK the top' 'A: b' '' . \
		'+OK the top' 'A: b' '' 1 2 3 . | diff - answer
	sed -n '/^top\|^retr/p' requests |
		diff <(printf 'top %s\n' '1 u1 2' '2 u2 0' '1 u1 99') -
	not_logged '^<[0-4]>'
}

@test "P3.8: top answered DEFAULT: retr, and cut; not asked again" {
	printf 'msg 9 u1\nmsg - u2\n' >msgs
	backend_cases <<-END
		$lines
		'retr '*) printf '|A: b\n|\n|1\n|2\nOK\n' ;;
	END
	after 'TOP 1 1' 'TOP 2 1' 'TOP 1 0'
	grep -v '^+OK' answer |
		diff <(printf '%s\n' 'A: b' '' 1 . 'A: b' '' 1 . 'A: b' '' .) -
	sed -n '/^top\|^retr/p' requests |
		diff <(printf '%s\n' 'top 1 u1 1' 'retr 1 u1' 'retr 2 u2' 'retr 1 u1') -
}

@test "top: ERR and TEMP are answers; a file is cut as well" {
	printf 'A: b\n\n1\n2\n' >f
	printf 'msg 20 u1\nmsg 20 u2\nmsg 20 u3\n' >msgs
	backend_cases <<-END
		$lines
		'top 1 '*) echo ERR no top ;;
		'top 2 '*) echo TEMP not now ;;
		'top 3 '*) printf 'file %s/f\nOK\n' "\$PWD" ;;
	END
	after 'TOP 1 1' 'TOP 2 1' 'TOP 3 1'
	printf '%s\n' '-ERR no top' '-ERR [SYS/TEMP] not now' \
		'+OK message follows' 'A: b' '' 1 . | diff - answer
	refute grep -q '^retr' requests
}

# bats test_tags=long
@test "a | line gives the backend its time anew; an unfinished one too" {
	options+=(--backend-timeout 2)
	echo 'msg 28 u1' >msgs
	backend_cases <<-END
		$lines
		'retr '*)
			for i in 1 2 3 4; do sleep 0.6; echo '|line'; done
			printf '|'
			sleep 0.6
			printf x
			sleep 0.7
			printf 'x\n'
			echo OK
			;;
	END
	after 'RETR 1'
	printf '%s\n' line line line line xx . | diff - <(sed 1d answer)
	[ "$status" -eq 0 ]
}

@test "a backend that falls silent in a body" {
	options+=(--backend-timeout 1)
	echo 'msg 32 u1' >msgs
	backend_cases <<-END
		$lines
		'retr '*) echo '|line'; exec sleep 1000 ;;
	END
	after 'RETR 1'
	matches '+OK *' '+OK *' '+OK *' '-ERR [SYS/TEMP] the mail backend failed'
	one_fault '"retr 1"' '"no result before its deadline"'
}

# bats test_tags=long
@test "the backend's deadline stands still while the client is slow" {
	options+=(--backend-timeout 1)
	octets 999 >line
	echo 'msg 10010000 u1' >msgs
	backend_cases <<-END
		$lines
		'retr '*) yes "|\$(cat line)" | head -n 10000; sleep 0.5; echo OK ;;
	END
	talk --on tcp --rcvbuf 4096 --timeout 60 <<-END
		$begin
		send RETR 1
		expect +OK *
		shell sleep 2.5
		lines 10000
		send QUIT
		expect +OK *
		eof
	END
	not_logged '^<[0-4]>'
}

@test "1 GiB of | lines in less than 2 MiB of memory" {
	[ -z "${POP3_SKEL_SANITIZED-}" ] || skip 'the sanitizers need their own'
	octets 1022 >line
	echo 'msg 1073741824 u1' >msgs
	backend_cases <<-END
		$lines
		'retr '*) yes "|\$(cat line)" | head -n 1048576; echo OK ;;
	END
	small="shell awk '/^RssAnon/ { kib = \$2 } END { exit !(kib > 0 && kib < 2048) }' /proc/\$PID/status"
	talk --timeout 300 <<-END
		$begin
		send RETR 1
		expect +OK *
		read 300000000
		$small
		read 700000000
		$small
		read 73741824
		$small
		expect .
		send QUIT
		expect +OK *
		eof
	END
	not_logged '^<[0-4]>'
}

# 40 octets each, and the unique-ids, in blocks that double: 62 MiB were seen.
@test "1,000,000 msg lines in 80 MiB; one more is a fault" {
	[ -z "${POP3_SKEL_SANITIZED-}" ] || skip 'the sanitizers need their own'
	backend_cases <<-'END'
		'list one') seq -f 'msg 100 unique-id-of-%.0f' 1000000; echo OK ;;
		'list '*) seq -f 'msg 100 u%.0f' 1000001; echo OK ;;
	END
	talk --timeout 120 <<-END
		expect +OK *
		send USER one
		expect +OK *
		send PASS x
		expect +OK 1000000 messages
		send STAT
		expect +OK 1000000 100000000
		send UIDL
		expect +OK *
		lines 1000000
		send LIST 1000000
		expect +OK 1000000 100
		shell awk '/^VmHWM/ { kib = \$2 } END { exit !(kib > 0 && kib < 81920) }' /proc/\$PID/status
		send QUIT
		expect +OK *
		eof
	END
	session "${login[@]}"
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
	one_fault list '"too many messages"' '"msg 100 u1000001"'
}
