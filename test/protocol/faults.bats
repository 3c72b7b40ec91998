# SPDX-License-Identifier: ISC
# backend-protocol, Faults: each has one end, wherever it happens.
#
# bats file_tags=full

load ../lib/common
load ../lib/session

prepare_file() {
	faulty_backends
}

prepare() {
	cases
	failed='-ERR [SYS/TEMP] the mail backend failed'
	hello=("$failed")
	login=('+OK *' '+OK *' "$failed")
	retr=('+OK *' '+OK *' '+OK *' "$failed")
	dele=("${retr[@]:0:3}" '+OK *' 'Subject: x' '' text . "$failed")
	quit=("${dele[@]:0:8}" '+OK *' '+OK *'
		'-ERR [SYS/TEMP] some deleted messages not removed')
	points=(hello login list retr dele expunge commit)
}

# One session against a backend that has its fault at a request; the end is
# checked: ends POINT NAME WHAT [SEEN [ARGUMENT]...].
ends() {
	local point=$1 name=$2 what=$3 seen=${4-} asked
	fresh
	backend=("$faulty/$name" "$point" "${@:5}")
	printf '%s at %s\n' "$name" "$point"
	session "${whole[@]}"
	case $point in
	hello) matches "${hello[@]}" ;;
	login | list) matches "${login[@]}" ;;
	retr) matches "${retr[@]}" ;;
	dele) matches "${dele[@]}" ;;
	*) matches "${quit[@]}" ;;
	esac || return 1
	[ "$status" -eq 75 ] || return 1
	# A password may be part of what was seen.
	[ "$point" != login ] || seen=
	[ "$point:$what" != hello:exited ] || what='"exited before answering hello"'
	one_fault "$(request_of "$point")" "$what" ${seen:+"$seen"} || return 1
	[ "$point" != login ] || masked || return 1
	# It is not asked again, and is no more.
	mapfile -t asked <requests
	[[ ${asked[-1]} == "$point "* ]] || return 1
	none_left || return 1
	# Nothing is deleted but what the backend did before.
	[ "$point" = commit ] || [ -e mail/u2 ] || return 1
	[ "$point" = commit ] || [ "$point" = expunge ] || [ -e mail/u1 ]
}

# What is shown of an answer is the protocol's own, and no more.
masked() {
	local shown='("[A-Za-z|-]+ [.]{3}"|[A-Z]+|[a-z-]+|[.]{3})'
	grep '^<3>fault ' log | sed -E "s/ (seen|last)=$shown( |\$)/ \\3/g" |
		grep -E ' (seen|last)=' || return 0
	return 1
}

request_of() {
	case $1 in
	retr | dele | expunge) printf '"%s 1"' "$1" ;;
	commit) printf '"commit 2"' ;;
	*) printf '%s' "$1" ;;
	esac
}

everywhere() {
	local point
	for point in "${points[@]}"; do
		ends "$point" "$@" || return 1
	done
}

@test "without a fault the same session deletes both messages" {
	backend=("$faulty/well-behaved" none)
	session "${whole[@]}"
	matches "${quit[@]:0:10}" '+OK *'
	[ "$status" -eq 0 ]
	not_logged '^<[0-4]>'
	[ -z "$(ls mail)" ]
	[ "$(grep -c '>expunged ' log)" -eq 2 ]
	logged '^<6>update .* marked=2 expunged=2 commit=good$'
	all_asked 'hello 1' 'login demo demo' 'list demo' 'retr 1 u1' 'dele 1 u1' \
		'expunge 1 u1' 'expunge 2 u2' 'commit 2'
}

@test "faults of one request: versions, sizes, paths, bodies" {
	ends hello wrong-version '"hello not answered with OK 1"' '"OK 2 welcome"'
	ends list negative-size '"size is no number of octets"' '"msg -20 u1"'
	ends list relative-path '"path not absolute"' '"msg - u1 mail/u1"'
	ends retr two-bodies '"two kinds of body"' "\"file $work/mail/u1\""
	ends retr raw-cat-as-body '"unknown line"' '"Subject: x"'
}

@test "no faults: a size that is wrong is noted, a fifo is not opened" {
	backend=("$faulty/lying-size")
	session "${whole[@]}"
	matches "${quit[@]:0:10}" '+OK *'
	[ "$status" -eq 0 ]
	logged '^<4>note .*told=5 sent=20$'
	fresh
	backend=("$faulty/fifo-as-path")
	session 'USER demo' 'PASS demo' STAT 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK 1 20' '+OK 20 octets' \
		'Subject: x' '' text . '+OK *'
	[ "$status" -eq 0 ]
	grep -qx 'retr 1 u1' requests
}

@test "fault: a line that is none of the protocol's" {
	everywhere garbage '"unknown line"' \
		'"Segmentation fault (core dumped)"'
	everywhere chatters '"unknown line"' \
		'"Connecting to the database..."'
	everywhere lower-case '"unknown line"' '"ok 1"'
	everywhere echoes '"*"' '*'
}

@test "fault: a line that is not allowed in this reply" {
	everywhere wrong-place '"line not allowed here"'
	everywhere more-unasked '"line not allowed here"' '"MORE YQ=\="'
}

@test "fault: DEFAULT with details or a text; to hello at all" {
	points=(login list retr dele)
	everywhere details-before-default '"details before DEFAULT"' DEFAULT
	everywhere default-with-text '"too many fields"' \
		'"DEFAULT as you like"'
	ends hello details-before-default '"line not allowed here"' DEFAULT
	ends hello says '"line not allowed here"' DEFAULT DEFAULT
}

@test "fault: NUL, CR, an overlong line, one without an end" {
	everywhere nul-in-reply '"NUL in a line"' '"OK 1 a\\x00b"'
	everywhere cr-in-reply '"CR in a line"' '"OK 1\\x0d"'
	everywhere huge-line '"line too long"' '"OK 1 *"'
	everywhere endless-line '"line too long"' xxxx*
}

@test "a quotation has at most 60 octets; a line of 8,192 passes" {
	ends hello endless-line '"line too long"'
	grep -qE ' seen=x{60}( |$)' log
	backend=("$faulty/says" hello "OK 1 $(printf '%08186d' 7)")
	session QUIT
	[ "$(head -n 1 out | wc -c)" -eq 512 ]
	matches '+OK 0000*' '+OK *'
	[ "$status" -eq 0 ]
}

@test "fault: output after the result" {
	everywhere answers-twice '"output after the result"'
	everywhere floods-stdout '"output after the result"' '"OK\\x0aOK*"'
}

@test "fault: exit, with its status or signal, and its last words" {
	everywhere dies exited
	[ "$(grep -c '^<3>fault .* status=3$' log)" -eq 1 ]
	logged '^<5>backend .*text="cannot go on"'
	everywhere crashes exited
	logged '^<3>fault .* signal=9$'
	everywhere dies-in-a-line exited O
}

@test "fault: end of output, or of its attention" {
	everywhere closes-output '"closed its output"'
	fresh
	backend=("$faulty/closes-input" login)
	session "${whole[@]}"
	matches "${login[@]}"
	one_fault list '"closed its input"'
	none_left
}

@test "fault: no result before the deadline" {
	options+=(--backend-timeout 1)
	ends hello hangs '"no result before its deadline"'
	logged '^<3>fault .* seconds=[1-9]'
	ends retr hangs '"no result before its deadline"'
	ends commit hangs '"no result before its deadline"'
	# A part of a line extends nothing.
	ends list drips '"no result before its deadline"' OOO*
	# Nor do lines that say nothing, however many there are.
	ends hello floods-with '"no result before its deadline"' '' ''
	ends list floods-with '"no result before its deadline"' '' 'wait 0'
}

@test "fault: more time than there is" {
	everywhere waits-too-long '"wait for more than 600 s, or for no number"' \
		'"wait 601"'
	everywhere waits-too-often '"waits for more than 1800 s in sum"' \
		'"wait 1"'
	ends list says '"wait for *"' '"wait -1"' 'wait -1\nOK'
	ends list says '"too few fields"' wait 'wait\nOK'
}

@test "fault: it exits while a grandchild holds its output" {
	for point in list retr; do
		ends "$point" grandchild-holds-stdout exited
		logged '^<3>fault .* status=4$'
	done
}

@test "fault: a backend that ignores TERM is killed, with its group" {
	ends commit ignores-term '"unknown line"' garbage
}

@test "a backend that has left its group is killed as well" {
	own
	backend=(perl -e 'open(my $f, ">", "pids"); print $f "$$\n"; close $f;
		$SIG{TERM} = "IGNORE"; setpgrp(0, getpgrp(getppid()));
		$| = 1; print /^hello/ ? "OK 1\n" : "DEFAULT\n" while <STDIN>;
		sleep 1000')
	session QUIT
	matches '+OK *' '+OK *'
	gone "$(cat pids)"
}

@test "a backend that ignores its end gets TERM; that is noted" {
	backend=("$faulty/ignores-eof" none)
	session "${whole[@]}"
	matches "${quit[@]:0:10}" '+OK *'
	[ "$status" -eq 0 ]
	none_left
	logged '^<4>note .*what="the backend did not end with its input"'
}

@test "a flood on stderr reaches nobody's mail, and the log in part" {
	backend=("$faulty/floods-stderr" login)
	session "${whole[@]}"
	matches "${quit[@]:0:10}" '+OK *'
	none_left
	[ "$(grep -c '^<5>backend .*text="so it goes"' log)" -eq 200 ]
	[ "$(grep -c '^<5>backend .*text="too many lines: ' log)" -eq 1 ]
}

@test "what leaves the group is left alone, and holds nothing up" {
	backend=("$faulty/forks-a-daemon" login)
	session "${whole[@]}"
	matches "${quit[@]:0:10}" '+OK *'
	kill "$(cat daemon)"
	none_left
}

# The session works meanwhile: it counts a large message, and waits for nobody.
# bats test_tags=long
@test "fault: output without a question, before a request that was sent with others" {
	truncate -s 256M large
	aged large
	options+=(--debug)
	backend_script <<-'END'
		while read -r verb rest; do
			printf '%s\n' "$verb $rest" >>requests
			case $verb in
			hello) echo OK 1 ;;
			login) echo OK ;;
			list)
				echo "msg - u1 $PWD/large"
				echo OK
				until grep -q 'client="< STAT"' log; do :; done
				echo OK
				;;
			expunge) echo DEFAULT ;;
			*) echo OK ;;
			esac
		done
	END
	talk --timeout 60 <<-END
		status 75
		$begin
		raw STAT\r\nDELE 1\r\nQUIT\r\n
		expect +OK 1 *
		expect -ERR *SYS/TEMP*
		eof
	END
	one_fault list '"output without a question"' '"OK\\x0a"'
	refute grep -E '^(dele|expunge|commit) ' requests
}

@test "fault: output without a question; between requests" {
	backend=("$faulty/answers-late-twice" list)
	talk --timeout 30 <<-END
		status 75
		expect +OK *
		send USER demo
		expect +OK *
		send PASS demo
		expect +OK *
		eof
	END
	one_fault list '"output without a question"' '"OK\\x0a"'
	none_left
	[ -e mail/u1 ]
}

@test "fault: death between requests is seen at once" {
	for how in 'exit 3' 'sleep 1000 & exit 3' 'exec sleep 1000 >&-'; do
		fresh
		backend_cases <<-END
			'list '*)
				printf '%s\n' "\$\$" >>pids
				printf 'msg 20 u1\nOK\n'
				$how
				;;
		END
		talk --timeout 20 <<-END
			status 75
			expect +OK *
			send USER demo
			expect +OK *
			send PASS demo
			expect +OK *
			eof
		END
		one_fault list '"* between requests"'
		none_left
	done
}

@test "fault: output after QUIT's last answer is logged" {
	backend=("$faulty/answers-late-twice" commit)
	session "${whole[@]}"
	matches "${quit[@]:0:10}" '+OK *'
	[ "$status" -eq 75 ]
	one_fault '"commit 2"' '"output without a question"' '"OK\\x0a"'
	none_left
}

@test "to exit after the last answer is no fault" {
	backend_cases <<-'END'
		'commit '*) echo OK; exit 7 ;;
	END
	session "${whole[@]}"
	[ "$status" -eq 0 ]
	not_logged '^<[0-4]>'
}

@test "fault in a body: -ERR up to 64 KiB, past that no dot" {
	ends retr dies-in-a-body exited '' 64
	logged '^<3>fault .* status=5$'
	fresh
	backend=("$faulty/dies-in-a-body" retr 600)
	session "${whole[@]}"
	[ "$status" -eq 75 ]
	one_fault '"retr 1"' exited
	refute grep -q '^\.' out
	refute grep -q '^-ERR' out
	[ "$(grep -c fifteen out)" -gt 0 ]
	none_left
	[ -e mail/u1 ]
}

@test "fault in a body that has begun, whatever it is: no dot, no -ERR" {
	local end what
	while IFS=: read -r end what; do
		fresh
		backend_cases <<-END
			'retr '*)
				yes '|fifteen octets.' | head -n 40000
				$end
				;;
		END
		case $what in *silent*) options+=(--backend-timeout 1) ;; esac
		session "${whole[@]}"
		[ "$status" -eq 75 ]
		one_fault '"retr 1"' "$what"
		[ "$(grep -c fifteen out)" -gt 0 ]
		refute grep -q '^\.' out
		refute grep -q '^-ERR' out
		[ "$(tail -n 1 requests)" = 'retr 1 u1' ]
	done <<-'END'
		echo garbage:"unknown line"
		printf 'OK\0\n':"NUL in a line"
		printf '%09000d' 1:"line too long"
		echo file /etc/motd:"two kinds of body"
		echo DEFAULT:"details before DEFAULT"
		printf 'OK\nOK\n':"output after the result"
		kill -9 $$:exited
		printf '|refute end'; exit 0:exited
		exec sleep 1000:"no result before its deadline"
	END
}

@test "fault before hello: it speaks unasked, or dies" {
	local what
	for what in 'echo welcome' 'exit 3' 'kill -9 $$' 'exec >&-; sleep 1000'; do
		backend_script <<<"$what"
		session QUIT
		matches "$failed"
		[ "$status" -eq 75 ]
		# It is seen before the question or after it.
		[ "$(grep -cE '^<3>fault .*request=(start|hello) ' log)" -eq 1 ]
		case $what in
		exit* | kill*) one_fault '*' '"exited before answering hello"' ;;
		esac
	done
}

@test "fault: hello not answered as it must be" {
	local answer
	for answer in OK 'OK 2' 'OK 10' 'OK 1x' 'OK one' 'OK  1' 'OK 01' 'OK -1'; do
		ends hello says '"hello not answered with OK 1"' \
			"*${answer#OK}*" "$answer"
	done
}

@test "fault: what hello may not claim, offer or set" {
	local line
	for line in 'command QUIT both' 'command CAPA auth' 'command STLS auth' \
		'command AUTH auth' 'command X auth' 'command xfoo auth' \
		'command XFOO' 'command XFOO never' 'command 1FOO auth' \
		'command XFOO auth hidden' 'command X2345678901234567 auth' \
		'command XFOO-A auth' 'capa' 'capa ' 'capa .' 'capa a\tb' \
		'sasl' 'sasl plain' 'sasl X2345678901234567890-' \
		'option timeout' 'option timeout -1' 'option timeout 1s' \
		'option colour red' 'option expire soon' \
		'option login-delay NEVER' 'apop now' 'no-password x' \
		'any-user x' 'wait' 'body' 'file /etc/motd' '|text' \
		'msg - x' 'lock /tmp' 'state trans' 'expunge' 'close now'; do
		ends hello says '*' '*' "$line\nOK 1"
	done
	ends hello says '"only one of USER and PASS is claimed"' '"OK 1"' \
		'command USER auth\nOK 1'
	ends hello says '"only one of USER and PASS is claimed"' '"OK 1"' \
		'command USER auth\ncommand PASS both\nOK 1'
}

@test "fault: more commands, capabilities or mechanisms than fit" {
	ends hello says '"too many commands"' '*' \
		"$(printf 'command X%d auth\\n' {1..49})OK 1"
	ends hello says '"too many capabilities"' '*' \
		"$(printf "capa X%0400d\\\\n" {1..11})OK 1"
	ends hello says '"no mechanism, or too many"' '*' \
		"$(printf "sasl X%017d\\\\n" {1..30})OK 1"
}

@test "fault: a msg line that is none" {
	local line
	for line in 'msg' 'msg -' 'msg - ' 'msg 20' 'msg  u1' 'msg -5 u1' \
		'msg 5- u1' 'msg x u1' 'msg 08 u1' 'msg 9000000000000 u1' \
		'msg - u1 ' 'msg - u1 mail/u1' 'msg - u1 ./u1' 'msg - u\001' \
		'msg - u\177' 'msg - u1 /a\tb'; do
		ends list says '*' "*${line%%\\*}*" "$line\nOK"
	done
	ends list says '"size is no number of octets"' '"msg -5 u1"' \
		'msg -5 u1\nOK'
	ends list says '"path not absolute"' '"msg - u1 mail/u1"' \
		'msg - u1 mail/u1\nOK'
}

@test "fault: a lock after the first msg, or of what cannot be locked" {
	ends list says '"lock after the first msg"' "\"lock $work/l\"" \
		"msg 20 u1\nlock $work/l\nOK"
	ends list says '"path not absolute"' '"lock l"' 'lock l\nOK'
	ends list says '"cannot lock"' '*' "lock $work/no/such/folder\nOK"
	logged ' error="No such file or directory" '
	# In reply to a login its path is not shown.
	ends login says '"cannot lock"' '' "lock /dev/null\nOK"
	logged ' seen="lock \.\.\." error="Invalid argument" '
	ends list says '"too many locks"' "\"lock $work/9\"" \
		"$(printf 'lock PATH/%d\\n' {1..9} | sed "s|PATH|$work|g")OK"
	ln -s users link
	ends list says '"cannot lock"' '*' "lock $work/link\nOK"
}

@test "fault: DEFAULT to list, unless STAT is claimed" {
	ends list says '"list answered DEFAULT"' DEFAULT DEFAULT
}

@test "fault: retr with OK and no body, or two, or none of the kinds" {
	ends retr says '"OK without a body"' OK OK
	ends retr says '"two kinds of body"' '"file /a"' '|x\nfile /a\nOK'
	ends retr says '"two kinds of body"' '|x' 'file /a\n|x\nOK'
	ends retr says '"two kinds of body"' '"temp /b"' 'file /a\ntemp /b\nOK'
	ends retr says '"two kinds of body"' body 'file /a\nbody\nOK'
	ends retr says '"two kinds of body"' '"file /a"' 'body\nfile /a\nOK'
	ends retr says '"path not absolute"' '"file mail/u1"' 'file mail/u1\nOK'
	ends retr says '"too few fields"' file 'file\nOK'
	# A mail without the bars; one that is all answers.
	ends retr says '"unknown line"' '"Subject: x"' 'Subject: x\n\ntext\nOK'
	ends retr says '"unknown line"' '"OK, that is it"' 'OK, that is it'
	ends retr says '"line not allowed here"' '"msg from him"' 'msg from him'
}

@test "fault: an empty line in a body, or body behind a line of one" {
	local hole='"an empty line in a body: is its | missing?"'
	local again='"body after a | line: is its | missing?"'
	# A mail that was sent without its bars: it must not look whole.
	ends retr says "$hole" body '|Subject: hi\n\nbody\nOK'
	ends retr says "$hole" '|b' '|a\n\n|b\nOK'
	ends retr says "$hole" '|b' '\n|b\nOK'
	ends retr says "$hole" '|b' '|a\n\nwait 5\n|b\nOK'
	ends retr says "$hole" body 'body\n\nbody\nOK'
	ends retr says "$again" body '|a\nbody\n|b\nOK'
	# One that has begun has no dot.
	fresh
	backend_cases <<-'END'
		'retr '*) yes '|fifteen octets.' | head -n 40000; printf '\n|b\nOK\n' ;;
	END
	session "${whole[@]}"
	one_fault '"retr 1"' "$hole" '|b'
	refute grep -q '^\.' out
	[ -e mail/u1 ]
	# Elsewhere it means nothing.
	backend_cases <<-'END'
		'list '*) printf '\nmsg 20 u1\n\nmsg 20 u2\n\nOK\n' ;;
		'retr '*) printf '\nwait 5\n\nfile %s\n\nOK\n' "$PWD/mail/u1" ;;
	END
	session "${whole[@]}"
	not_logged '^<3>'
}

@test "what the backend wrote to its stderr stands before the fault" {
	backend_cases <<-'END'
		'list '*)
			trap '' TERM
			echo garbage
			sleep 0.03
			echo 'the database is away' >&2
			exit 3
			;;
	END
	session 'USER demo' 'PASS demo' QUIT
	grep -n 'database is away\|^<3>fault' log >order
	[ "$(wc -l <order)" -eq 2 ]
	head -n 1 order | grep -q 'database is away'
	# Who holds it open is not waited for.
	backend_cases <<-'END'
		'list '*) setsid sleep 5 & echo garbage; exit 3 ;;
	END
	session 'USER demo' 'PASS demo' QUIT
	one_fault list '"unknown line"' garbage
}

@test "a fault says what did come since the request" {
	options+=(--backend-timeout 1)
	ends list hangs '"no result before its deadline"*lines=0 seconds=[1-9]'
	ends retr says '"no result before its deadline"*lines=2 last="|a line"' \
		'' 'wait 1\n|a line'
	ends list says '"unknown line" seen=garbage lines=1 last="msg 20 u1"' \
		'' 'msg 20 u1\ngarbage'
	ends expunge dies 'exited lines=0 status=3'
}

@test "a fault names the field that is wrong" {
	ends list says '"a unique-id with a blank"' '"msg 20 my id /var/mail/x"' \
		'msg 20 my id /var/mail/x\nOK'
	ends list says '"a unique-id with a blank, or path not absolute"' \
		'"msg 20 my id"' 'msg 20 my id\nOK'
	ends list says '"control character in a unique-id"' '*' 'msg 20 a\001\nOK'
	ends list says '"control character in a path"' '*' 'msg 20 a /\001\nOK'
	ends login says '"a user name with a blank"' '' 'user a b\nOK'
}

@test "of an answer to a login a fault shows the keyword alone" {
	local answer shown
	while IFS=: read -r answer shown; do
		fresh
		backend=("$faulty/says" login "$answer")
		session 'USER demo' 'PASS hunter2'
		logged "^<3>fault .* request=login what=.* seen=$shown( |\$)"
		not_logged hunter2
	done <<-'END'
		msg 1 hunter2\nOK:"msg \.\.\."
		hunter2:\.\.\.
		ERR no\n|hunter2:"[|] \.\.\."
		body\nOK:body
		OK\nhunter2:\.\.\.
	END
	options+=(--backend-timeout 1)
	backend=("$faulty/says" login 'user hunter2\nwait 1')
	session 'USER demo' 'PASS hunter2'
	logged '^<3>fault .* lines=2 last="wait \.\.\."'
	not_logged hunter2
}

@test "fault: it cannot be started" {
	local what
	printf 'echo OK 1\n' >script
	chmod 755 script
	printf '#!/bin/sh\necho OK 1\n' >plain
	chmod 644 plain
	printf '#!/no/such/shell\n' >lost
	chmod 755 lost
	for what in ./script ./plain ./lost ./none none-such-backend . /; do
		backend=("$what")
		session QUIT
		matches "$failed"
		[ "$status" -eq 75 ]
		one_fault start '"the backend cannot be started"'
		case $what in
		./*) logged "backend=$what error=.* searched=$work\$" ;;
		*/*) logged "backend=$what error=.*[^:]$" ;;
		*) logged "backend=$what error=.* searched=\"?$POP3_SKEL_BACKENDS:/" ;;
		esac
	done
}

@test "--reveal-errors: the client hears what the fault was" {
	options+=(--reveal-errors)
	hello=('-ERR [SYS/TEMP] unknown line')
	login=("${login[@]:0:2}" "${hello[0]}")
	retr=("${retr[@]:0:3}" "${hello[0]}")
	dele=("${dele[@]:0:8}" "${hello[0]}")
	everywhere garbage '"unknown line"'
}

@test "--keep-going: TRANSACTION outlives the backend; nothing is removed" {
	options+=(--keep-going)
	backend=("$faulty/garbage" retr)
	session 'USER demo' 'PASS demo' 'DELE 1' 'RETR 2' 'DELE 2' STAT NOOP \
		'UIDL 2' LIST 'RETR 2' 'TOP 2 0' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' "$failed" \
		'-ERR [SYS/TEMP] *' '+OK 1 20' '+OK *' '+OK 2 u2' '+OK *' \
		'2 20' . "$failed" "$failed" \
		'-ERR [SYS/TEMP] some deleted messages not removed'
	[ "$status" -eq 75 ]
	one_fault '"retr 2"' '"unknown line"' '"Segmentation fault*'
	none_left
	[ -e mail/u1 ]
	[ "$(grep -c '^\(retr\|expunge\|commit\)' requests)" -eq 1 ]
}

@test "--keep-going: RSET unmarks, and QUIT is well" {
	options+=(--keep-going)
	backend=("$faulty/dies" retr)
	session 'USER demo' 'PASS demo' 'DELE 1' 'RETR 2' RSET QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' "$failed" '+OK *' '+OK *'
	[ -e mail/u1 ]
}

@test "--keep-going: before TRANSACTION, in a body and in UPDATE all ends" {
	options+=(--keep-going)
	ends hello garbage '"unknown line"'
	ends login garbage '"unknown line"'
	ends list garbage '"unknown line"'
	ends expunge garbage '"unknown line"'
	ends commit garbage '"unknown line"'
	fresh
	backend=("$faulty/dies-in-a-body" retr 600)
	session "${whole[@]}"
	refute grep -q '^\.' out
	refute grep -q '^-ERR' out
	[ -e mail/u1 ]
}

@test "--keep-going: a death between requests ends nothing" {
	options+=(--keep-going)
	backend_cases <<-'END'
		'list '*) printf 'msg 20 u1\nOK\n'; exit 3 ;;
	END
	talk <<-'END'
		status 75
		expect +OK *
		send USER demo
		expect +OK *
		send PASS demo
		expect +OK *
		until grep -q ^.3.fault log
		send STAT
		expect +OK 1 20
		send DELE 1
		expect -ERR [SYS/TEMP] *
		send QUIT
		expect +OK *
		eof
	END
	one_fault list '"exited between requests"'
}

@test "after a fault no secret is in the log, with --debug too" {
	options+=(--debug)
	backend=("$faulty/echoes" login)
	session 'USER demo' 'PASS hunter2'
	matches '+OK *' '+OK *' "$failed"
	one_fault login '"unknown line"'
	backend=("$faulty/says" login "ERR it is not hunter2\n|hunter2")
	cp log log.1
	session 'USER demo' 'PASS hunter2'
	cat log.1 log >all
	grep -q 'trace ' all
	refute grep -q hunter2 all
}
