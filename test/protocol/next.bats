# SPDX-License-Identifier: ISC
# `next`: who let the client in names the installed backend that goes on.

load ../lib/common
load ../lib/session
load ../lib/examples

# The front, which knows alice, and the backends of a folder of this test's.
prepare() {
	mkdir backends
	export POP3_SKEL_BACKENDS=$work/backends
	backend_script <<-'END'
		while IFS= read -r line; do
			printf '%s\n' "$line" >>front
			case $line in
			'hello '*) cat offers 2>/dev/null; echo OK 1 hi ;;
			'login '*) cat says ;;
			*) echo DEFAULT ;;
			esac
		done
		echo end >>front
	END
	printf 'next second\narg --of\narg a  b \narg \nuser bob\nOK come in\n' >says
	second <<-'END'
		printf '<%s>' "$@" >argv
		printf '%s\n' "$POP3_FEATURES" >features
		while IFS= read -r line; do
			printf '%s\n' "$line" >>requests
			case $line in
			'hello '*) cat greets 2>/dev/null || echo OK 1 second ;;
			'list '*) printf 'msg - a %s/mail\nOK\n' "$PWD" ;;
			'expunge '*) echo OK ;;
			*) echo DEFAULT ;;
			esac
		done
		echo end >>requests
	END
	printf 'Subject: x\n\ntext\n' >mail
	options+=(--next other --next second)
}

# The backend of that name, in the folder of the installed ones.
second() {
	{
		printf '#!/bin/sh\n'
		cat
	} >backends/second
	chmod a+rx backends/second
}

# The client hears that it cannot be, and the session is over.
no_next() {
	session "${login[@]}" NOOP
	[ "$status" -eq 75 ]
	matches '+OK hi' '+OK *' "-ERR [SYS/TEMP] ${1-the mail backend failed}"
	[ ! -e requests ]
}

@test "next: the first is told the end, the second is greeted and asked for the list" {
	session "${login[@]}" 'RETR 1' 'DELE 1' QUIT
	[ "$status" -eq 0 ]
	matches '+OK hi' '+OK *' '+OK come in' '+OK *' 'Subject: x' '' text . \
		'+OK *' '+OK *'
	[ "$(sed 1d front | xargs)" = 'login demo demo end' ]
	[ "$(cat argv)" = '<--of><a  b ><>' ]
	grep -qxE 'hello 1 x-unknown id=[0-9a-f]+ .*\block .*\bnext\b.*' requests
	grep -qw next features
	requested 'list bob' 'dele 1 a' "expunge 1 a $work/mail" 'commit 1'
	logged 'login .*user=bob'
	logged '^<6>next .*backend=second$'
}

@test "next: without arguments, and maildir where --next lists none" {
	echo 'next second' >says
	echo OK >>says
	session "${login[@]}" QUIT
	[ "$(cat argv)" = '<>' ]
	requested 'list demo' 'commit 0'
	rm requests argv
	options=(--cleartext always --auth-delay 0)
	no_next
	one_fault login '"next is none that --next lists"' OK
	mv backends/second backends/maildir
	printf '%s\n' 'next maildir' OK >says
	session "${login[@]}" QUIT
	requested 'list demo' 'commit 0'
}

@test "next: maildir itself goes on" {
	export POP3_SKEL_BACKENDS=$POP3_SKEL_STAGE/libexec
	options=(--cleartext always --auth-delay 0)
	messages new/1.a
	printf '%s\n' 'next maildir' 'arg --serve' "arg $box" OK >says
	session "${login[@]}" 'DELE 1' QUIT
	[ "$status" -eq 0 ]
	matches '+OK hi' '+OK *' '+OK 1 messages' '+OK *' '+OK *'
	[ -z "$(stored)" ]
}

@test "next: the manual's own answer" {
	export POP3_SKEL_BACKENDS=$POP3_SKEL_STAGE/libexec
	options=(--cleartext always --auth-delay 0)
	messages new/1.a
	example pop3-skel-backend.7 next |
		sed -e 's/^< //' -e "s|/home/alice/Maildir|$box|" >says
	[ "$(wc -l <says)" -eq 5 ]
	session "${login[@]}" 'DELE 1' QUIT
	[ "$status" -eq 0 ]
	[ -z "$(stored)" ]
	logged '^<6>login .*user=alice messages=1 '
}

@test "next: its hello replaces all that was offered, but --command" {
	printf '%s\n' 'command XONE both' 'capa X-ONE' 'option goodbye one' \
		'sasl FOO' >offers
	printf '%s\n' 'command XTWO trans' 'capa X-TWO' 'OK 1' >greets
	sed -i '1i capa X-LOGIN' says
	options+=(--command XTHREE:trans)
	session "${login[@]}" CAPA XONE XTWO XTHREE QUIT
	grep -q '^X-TWO' out
	[ "$(grep -c 'X-ONE\|X-LOGIN\|FOO' out)" -eq 0 ]
	[ "$(grep -c '^+OK one' out)" -eq 0 ]
	requested 'list bob' XTWO XTHREE 'commit 0'
}

@test "next: its hello may lock, and a lock of the login's stays" {
	printf 'lock %s/l2\nOK 1\n' "$work" >greets
	sed -i "1i lock $work/l1" says
	"$TALK" --stderr log -- "${user_prefix[@]}" "$SKEL" "${options[@]}" -- \
		"${backend[@]}" <<-END
		expect +OK *
		send USER demo
		expect +OK*
		send PASS demo
		expect +OK *
		shell ! flock -n l1 true
		shell ! flock -n l2 true
		$end
	END
	flock -n l1 true
	flock -n l2 true
}

# bats test_tags=long
@test "next: none that is not listed, none by a path, none of PATH's" {
	mkdir bin
	cp backends/second bin/elsewhere
	cp backends/second elsewhere
	local name
	for name in third ../elsewhere "$work/elsewhere" ./second second/ '' \
		second,other; do
		printf 'next %s\nOK\n' "$name" >says
		no_next
		one_fault login '"next is none that --next lists"' OK
	done
	options+=(--next elsewhere)
	PATH=$work/bin:$PATH
	printf 'next elsewhere\nOK\n' >says
	no_next
	one_fault start '"the next backend cannot be started" backend=elsewhere error="No such file or directory"'
	for name in . .. ./second a/b /bin/sh ''; do
		status=0
		"$SKEL" --next "$name" </dev/null 2>log || status=$?
		[ "$status" -eq 64 ]
		grep -q 'is not the name of an installed backend' log
	done
}

# bats test_tags=long
@test "next: one that cannot be started, or fails, or does not want to" {
	chmod a-x backends/second
	no_next
	one_fault start '"the next backend cannot be started" backend=second error="Permission denied"'
	local says
	for says in 'exit 3' 'read line; echo OK 2' 'read line; echo nonsense'; do
		second <<<"$says"
		no_next
		grep -q '^<3>fault .*request=hello' log
	done
	for says in ERR TEMP; do
		second <<<"read -r line; echo $says full; read -r line"
		session "${login[@]}" NOOP
		matches '+OK hi' '+OK *' '-ERR [SYS/TEMP] full'
		logged 'refused .*why="the next backend turned the session away" text=full'
	done
}

@test "next: nothing without OK; what is over goes nowhere" {
	local says
	while IFS= read -r says; do
		printf 'next second\n%b\n' "$says" >says
		session "${login[@]}" QUIT
		[ ! -e argv ]
		[ "$(grep -c fault log)" -eq 0 ]
	done <<-'END'
		ERR
		TEMP
		close\nOK
	END
}

# bats test_tags=long
@test "fault: arg without next, a second next, too many or too long, another place" {
	local says what
	while IFS=: read -r says what; do
		printf '%b\n' "$says" OK >says
		no_next
		one_fault login "\"$what\""
		not_logged horse
	done <<-'END'
		arg horse:arg without next
		next second\nnext horse:a second next
		next:too few fields
		next second\narg:too few fields
	END
	{
		echo next second
		yes arg x | head -n 255
		echo OK
	} >says
	no_next
	one_fault login '"too many arguments"'
	{
		echo next second
		printf 'arg %08000d\n' 1 2 3
		echo OK
	} >says
	no_next
	one_fault login '"too many arguments"'
	sed -i '/^next/d; /^arg/d; 1i user x' says
	printf 'next second\n' >offers
	session QUIT
	one_fault hello '"line not allowed here"'
}

# bats test_tags=long
@test "next: a first one that stays is ended, and the second goes on" {
	backend_script <<-'END'
		trap : TERM
		echo $$ >first
		while read -r line; do
			case $line in
			'hello '*) echo OK 1 hi ;;
			*) cat says ;;
			esac
		done
		while :; do sleep 30; done
	END
	"$TALK" --stderr log --timeout 20 -- "${user_prefix[@]}" "$SKEL" \
		"${options[@]}" -- "${backend[@]}" <<-END
		expect +OK *
		send USER demo
		expect +OK*
		mark
		send PASS demo
		expect +OK come in
		within 1.5 12
		shell ! kill -0 \$(cat first)
		$end
	END
	logged 'note .*what="the backend did not end with its input"'
	requested 'list bob' 'commit 0'
}

@test "next: both share the lines that a session may log" {
	second <<-'END'
		seq 150 >&2
		while read -r line; do
			case $line in
			'hello '*) echo OK 1 ;;
			*) echo OK ;;
			esac
		done
	END
	{
		seq 150 | sed 's/^/log 5 first /'
		cat says
	} >more
	mv more says
	session "${login[@]}" QUIT
	[ "$(grep -c '^<5>backend .*text=first' log)" -eq 0 ]
	[ "$(grep -c '^<5>backend .*text="first ' log)" -eq 150 ]
	[ "$(grep -cE '^<5>backend .*text=[0-9]+$' log)" -eq 50 ]
	[ "$(grep -c 'text="too many lines: no more are shown"' log)" -eq 1 ]
	logged 'note .*what="more lines like others" like=backend count=100$'
}

@test "next: as root only after become" {
	[ "$EUID" -eq 0 ] || skip "needs root"
	user_prefix=()
	"$SKEL" --allow-root "${options[@]}" -- "${backend[@]}" \
		< <(printf '%s\r\n' "${login[@]}" QUIT) >out 2>log || status=$?
	matches '+OK hi' '+OK *' '-ERR [SYS/TEMP] *'
	one_fault login '"next as root"' '"OK ..."'
	[ ! -e argv ]
	sed -i '1i become 65533 65533' says
	own
	chmod 777 .
	rm -f front
	second <<-'END'
		id -u >who
		while read -r line; do
			case $line in
			'hello '*) echo OK 1 ;;
			*) echo OK ;;
			esac
		done
	END
	"$SKEL" "${options[@]}" -- "${backend[@]}" \
		< <(printf '%s\r\n' "${login[@]}" QUIT) >out 2>log
	matches '+OK hi' '+OK *' '+OK *' '+OK *'
	[ "$(cat who)" = 65533 ]
}
