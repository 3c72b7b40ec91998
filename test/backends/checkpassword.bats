# SPDX-License-Identifier: ISC
# The backend checkpassword. Two kinds of checkers: Debian's checkpw and
# checkapoppw, which know nothing of us, and scripts that misbehave.
#
# bats file_tags=full

load ../lib/common
load ../lib/users

prepare() {
	begin='expect +OK *
send USER tester
expect +OK*
send PASS open sesame
expect +OK *'
	end='send QUIT
expect +OK *
eof'
}

# A system user as checkpw knows them.
add_tester() {
	own_etc
	add_user tester unused
	printf 'open sesame\n' | add_mail tester .password
	chmod 600 "$home/Maildir/.password"
}

# stdin, without its first line, is the checker; it needs no root.
checker() {
	{
		printf '#!/bin/sh\n'
		cat
	} >checker
	chmod a+rx checker
	backend=(checkpassword "$work/checker")
}

# bats test_tags=long
@test "checkpassword: a program written for qmail works unchanged" {
	add_tester
	printf 'Subject: one\n\ntext\n' | add_mail tester new/1.a
	backend=(checkpassword checkpw)
	talk_as_root <<-END
		expect +OK *
		send USER tester
		expect +OK*
		send PASS wrong
		expect -ERR [AUTH] login failed
		send USER ghost
		expect +OK*
		send PASS open sesame
		expect -ERR [AUTH] login failed
		send USER tester
		expect +OK*
		send PASS open sesame
		expect +OK 1 messages
		$(all_are tester)
		send RETR 1
		expect +OK *
		mail $home/Maildir/new/1.a
		send DELE 1
		expect +OK *
		$end
	END
	[ ! -e "$home/Maildir/new/1.a" ]
	[ "$(grep -c 'why=login' log)" -eq 2 ]
}

# bats test_tags=long
@test "P2.9 checkpassword: APOP by checkapoppw, which never sees a password" {
	add_tester
	printf 'x\n' | add_mail tester new/1.a
	backend=(checkpassword --logins apop checkapoppw)
	# Net::POP3 reads the timestamp and makes the digest.
	serve_as_root
	perl -MNet::POP3 -e '
		my $pop = Net::POP3->new("127.0.0.1", Port => shift) or die;
		defined $pop->apop("tester", "wrong") and die "wrong";
		my $n = $pop->apop("tester", "open sesame") // die $pop->message;
		$n == 1 or die $n;
		print @{$pop->get(1)};
		$pop->quit' "$port" | tr -d '\r' | cmp - "$home/Maildir/new/1.a"
	# Neither announced nor taken otherwise.
	talk_as_root <<-END
		match \\+OK .*<[^<>]+@[^<>]+>
		send CAPA
		expect +OK *
		body capa
		send USER tester
		expect -ERR [SYS/PERM] *
		send APOP tester $(printf '%032d' 0)
		expect -ERR [AUTH] *
		$end
	END
	run ! grep -E 'USER|SASL' capa
}

@test "checkpassword: the next program and its folder; arguments of the checker" {
	mkdir -p Mail/cur
	printf 'mail\n' >Mail/cur/1.a:2,
	checker <<-'END'
	printf '%s\n' "$@" >args
	tr '\0' '\n' <&3 | sed 3d >got
	exec 3<&-
	shift 2
	exec "$@"
	END
	backend+=('an argument' '*' -- maildir --serve Mail)
	session 'USER demo' 'PASS  a  b ' 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 messages' '+OK *' mail . '+OK *'
	printf '%s\n' demo ' a  b ' | cmp - got
	printf '%s\n' 'an argument' '*' "$(readlink -f \
		"$POP3_SKEL_BACKENDS/checkpassword")" --granted \
		"$POP3_SKEL_BACKENDS/maildir" --serve Mail | cmp - args
}

@test "checkpassword: three strings with a NUL each, on descriptor 3, to its end" {
	checker <<-'END'
	cat <&3 >got
	[ "$(tr -cd '\0' <got | wc -c)" -eq 3 ] && [ ! -t 3 ] || exit 111
	exit 1
	END
	session 'USER demo' 'PASS secret' QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *'
	perl -0777 -ne 'exit !/^demo\0secret\0<\d+>\0$/' got
}

# bats test_tags=long
@test "checkpassword: what exit statuses say" {
	local status
	checker <<-'END'
	exit "$(tr '\0' '\n' <&3 | sed -n 2p)"
	END
	for status in 1 3; do
		session 'USER demo' "PASS $status" QUIT
		matches '+OK *' '+OK *' '-ERR [AUTH] login failed' '+OK *'
		logged 'why=login'
	done
	for status in 0 2 111 100 7 255; do
		session 'USER demo' "PASS $status" 'USER demo' 'PASS 1' QUIT
		matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *' \
			'-ERR [AUTH] *' '+OK *'
		logged 'backend .*the checker'
		[ "$(grep -c 'why=login' log)" -eq 1 ]
	done
	checker <<-'END'
	kill -KILL $$
	END
	session 'USER demo' 'PASS x' QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
	logged 'ended with signal 9'
}

@test "checkpassword: what a checker leaves running delays no verdict" {
	checker <<-'END'
	cat <&3 >/dev/null
	sleep 60 &
	exit 1
	END
	options+=(--backend-timeout 5)
	session 'USER demo' 'PASS x' QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *'
}

@test "checkpassword: a checker that drops no groups leaves none of root's" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	inside=(setpriv --groups=0,4 --)
	checker <<-'END'
	cat <&3 >/dev/null
	exec setpriv --reuid=4711 --regid=4712 --keep-groups -- "$@"
	END
	backend+=(-- maildir --serve "$work/mail")
	mkdir -p mail/new
	chmod a+rx . mail mail/new
	talk_as_root <<-END
		expect +OK *
		send USER demo
		expect +OK*
		send PASS x
		expect +OK 0 messages
		shell $top/test/lib/all-are "\$PID" 4711 4712
		send QUIT
		expect +OK *
		eof
	END
}

@test "checkpassword: no checker, or one that cannot run" {
	backend=(checkpassword "$work/none")
	session 'USER demo' 'PASS x' QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
	logged 'No such file'
	run -64 "$POP3_SKEL_BACKENDS/checkpassword"
	run -64 "$POP3_SKEL_BACKENDS/checkpassword" --logins magic x
	"$POP3_SKEL_BACKENDS/checkpassword" --help | grep -q 'Usage: checkpassword'
	"$POP3_SKEL_BACKENDS/checkpassword" --version |
		grep -q '^checkpassword (pop3-skel) '
}

@test "checkpassword: one that closes descriptor 4, or whose next does not start" {
	checker <<-'END'
	exec 4>&-
	exec "$@"
	END
	session 'USER demo' 'PASS x' QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
	logged 'closed descriptor 4'
	checker <<-'END'
	exec "$@"
	END
	backend+=(-- "$work/none")
	session 'USER demo' 'PASS x' QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
	logged 'fault .*status=75'
	[ "$status" -eq 75 ]
}

@test "checkpassword: what the checker left open is not the next program's" {
	checker <<-'END'
	exec "$@" 7<users
	END
	printf '%s\n' '#!/bin/sh' 'ls /proc/$$/fd >fds' \
		'while read -r line; do echo OK; done' >next
	chmod a+rx next
	backend+=(-- ./next)
	session 'USER demo' 'PASS x' QUIT
	matches '+OK *' '+OK *' '+OK 0 messages' '+OK *'
	# dash has its script open as 10.
	run ! grep -E '^[3-9]$' fds
}

@test "checkpassword: a checker that stays root is refused" {
	own_etc
	checker <<-'END'
	exec "$@"
	END
	options+=(--allow-root)
	chmod a+rx "$work"
	talk_as_root <<-END
		expect +OK *
		send USER root
		expect +OK*
		send PASS x
		expect -ERR [SYS/TEMP] *
		$end
	END
	logged 'nobody but root'
}

@test "checkpassword: a record of more than 512 octets is wrong unasked" {
	checker <<-'END'
	cat <&3 >got
	exit 1
	END
	local password
	password=$(printf '%0600d' 0)
	session "AUTH PLAIN $(printf '\0demo\0%s' "$password" | base64 -w 0)" QUIT
	matches '+OK *' '-ERR [AUTH] *' '+OK *'
	[ ! -e got ]
	# demo, password and <seconds>, with a NUL each: all that fits
	password=$(printf '%0493d' 0)
	session "AUTH PLAIN $(printf '\0demo\0%s' "$password" | base64 -w 0)" QUIT
	matches '+OK *' '-ERR [AUTH] *' '+OK *'
	[ "$(wc -c <got)" -eq 512 ]
}

@test "checkpassword: the client's address, as under tcpserver" {
	checker <<-'END'
	printf '%s\n' "$PROTO $TCPREMOTEIP $TCPLOCALIP" >got
	exit 1
	END
	talk --on tcp <<-'END'
		expect +OK *
		send USER demo
		expect +OK*
		send PASS x
		expect -ERR [AUTH] *
	END
	echo 'TCP 127.0.0.1 127.0.0.1' | cmp - got
}

# bats test_tags=long
@test "checkpassword: the end of a session leaves no process, whoever hangs" {
	checker <<-'END'
	exec "$@"
	END
	cat >next <<-'END'
	#!/bin/sh
	trap '' TERM
	echo $PPID $$ >pids
	while IFS= read -r line; do
		echo OK
	done
	sleep 60
	sleep 60
	END
	chmod a+rx next
	backend+=(-- ./next)
	session 'USER demo' 'PASS x' QUIT
	matches '+OK *' '+OK *' '+OK 0 messages' '+OK *'
	read -r parent child <pids
	gone "$parent"
	# Until init has reaped it, it still has a number.
	wait_until 5 gone "$child"
}

@test "no password is in the arguments or the environment of any process" {
	checker <<-'END'
	for name in /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do
		tr '\0' '\n' <"$name" 2>/dev/null
	done >seen
	exec "$@"
	END
	session 'USER demo' 'PASS correct-horse' QUIT
	matches '+OK *' '+OK *' '+OK 0 messages' '+OK *'
	grep -q granted seen
	run ! grep correct-horse seen
}

# bats test_tags=long
@test "checkpassword: 20 logins of one user at once: the mail is listed once, 19 hear IN-USE" {
	mkdir -p Maildir/new
	printf 'mail\n' >Maildir/new/1.a
	checker <<-'END'
	cat <&3 >/dev/null
	exec 3<&-
	exec "$@"
	END
	one_of_twenty 120
}

@test "checkpassword: the Maildir is locked with the login, where it opens and a line may hold its path" {
	checker <<-'END'
	cat <&3 >/dev/null
	exec 3<&-
	cd "$(cat home)" || exit 111
	exec "$@"
	END
	options+=(--debug)
	printf '%s' "$work" >home
	session 'USER demo' 'PASS x' QUIT
	matches '+OK *' '+OK *' '+OK 0 *' '+OK *'
	not_logged 'backend="< lock'
	mkdir -p Maildir/new $'odd\001home/Maildir/new'
	session 'USER demo' 'PASS x' QUIT
	matches '+OK *' '+OK *' '+OK 0 *' '+OK *'
	# With the login, whose lines the log masks, and with the list once more.
	logged 'backend="< lock"'
	grep -qF "backend=\"< lock $work/Maildir/.\"" log
	printf '%s' $'odd\001home' >home
	session 'USER demo' 'PASS x' QUIT
	not_logged 'backend="< lock'
}

# bats test_tags=long
@test "checkpassword: a path that a hostile user tells is opened as that user, and as a folder" {
	mkdir -p victim Maildir/new
	own
	checker <<-'END'
	cat <&3 >/dev/null
	printf '%s\0' "$(cat told)" >&4
	exec "$@"
	END
	options+=(--debug)
	printf '%s' "$work/nowhere" >told
	session 'USER demo' 'PASS x' QUIT
	logged 'fault .*what="cannot lock"'
	[ ! -e nowhere ]
	# What may stand in no line is in none.
	for path in relative $'/a\nOK' "/$(printf '%05000d' 0)" ''; do
		printf '%s' "$path" >told
		session 'USER demo' 'PASS x' QUIT
		matches '+OK *' '+OK *' '+OK 0 *' '+OK *'
		[ "$(grep -c 'backend="< lock' log)" -eq 1 ]
	done
	chmod 0 victim
	printf '%s' "$work/victim" >told
	session 'USER demo' 'PASS x' QUIT
	logged 'fault .*what="cannot lock"'
}

# bats test_tags=long
@test "checkpassword: who was granted is what the kernel says, and nobody else" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	inside=()
	local grants grant
	grants=(
		# Another program in the checker's process, as a sudo rule has it.
		'exec setpriv --reuid=4711 --regid=4712 --clear-groups -- \
			sh -c '\''printf "\322\4\0\0\322\4\0\0" >&4
				exec sleep 30'\'''
		# A process of another user's that the descriptor was passed to.
		'setpriv --reuid=4713 --regid=4712 --clear-groups -- \
			sh -c "printf x >&4"
		exec setpriv --reuid=4711 --regid=4712 --clear-groups -- "$@"'
		# What is to be granted, but in a child.
		'setpriv --reuid=4711 --regid=4712 --clear-groups -- "$@"
		exit'
	)
	mkdir -p mail/new
	chmod a+rx . mail mail/new
	for grant in "${grants[@]}"; do
		printf '%s\n' "$grant"
		checker < <(printf 'cat <&3 >/dev/null\n%s\n' "$grant")
		backend+=(-- maildir --serve "$work/mail")
		talk_as_root <<-END
			expect +OK *
			send USER demo
			expect +OK*
			send PASS x
						expect -ERR [SYS/TEMP]*
			send QUIT
			expect +OK *
			eof
		END
		logged 'the checker: did not itself run what is granted'
	done
}

# bats test_tags=long
@test "checkpassword as root: a hostile user gets no end of the pipe in 200 logins" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	local rounds=200 thief i
	# The sanitizers make a start thirty times as long, and look for leaks
	# with ptrace(2), as the thief does.
	[ -z "${POP3_SKEL_SANITIZED-}" ] || rounds=20
	export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
	gcc -o steal "$top/test/lib/steal.c"
	checker <<-'END'
	exec setpriv --reuid=4711 --regid=4711 --clear-groups -- \
		sh -c 'exec "$@"' - "$@"
	END
	backend+=(-- maildir --serve "$work/mail")
	mkdir -p mail/new
	printf 'of the victim\n' >secret
	chown 4712:4712 secret
	chmod 600 secret
	chmod a+rx . mail mail/new
	setpriv --reuid=4711 --regid=4711 --clear-groups -- \
		./steal 4712 "$work/secret" >tried 3>&- &
	thief=$!
	started+=("$thief")
	wait_until 5 grep -q ready tried
	printf '%s\r\n' 'USER demo' 'PASS x' 'RETR 1' QUIT >sent
	options+=(--backend-timeout 2)
	for ((i = 0; i < rounds; i++)); do
		"$SKEL" "${options[@]}" -- "${backend[@]}" <sent >>out 2>>log || :
	done
	kill "$thief"
	# The thief was there, more than once each time.
	[ "$(grep -c 'nothing\|pipes' tried)" -gt "$rounds" ]
	[ "$(grep -c '^+OK POP3' out)" -eq "$rounds" ]
	run ! grep 'of the victim' out
}
