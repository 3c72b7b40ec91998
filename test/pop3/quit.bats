# SPDX-License-Identifier: ISC
# RFC 1939 section 6: QUIT and the UPDATE state, and every other end.

load ../lib/common
load ../lib/session

prepare() {
	recorder
	store a b c
}

# An expunge that says so in the file `reached`, and takes until the file `go`
# is there.
slow_expunge() {
	on expunge <<-'END'
	: >reached
	while [ ! -e go ]; do
		sleep 0.02
	done
	rm -- "${line#* * * }" && echo OK
	END
}

@test "P4.1 P4.2: the marked ones are removed, in order, and no other" {
	session "${login[@]}" 'DELE 3' 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' '+OK *'
	requested 'login demo demo' 'list demo' 'dele 3 c' \
		"expunge 1 a $work/store/a" "expunge 3 c $work/store/c" 'commit 2'
	[ "$(kept)" = b ]
	[ "$status" -eq 0 ]
}

@test "P4.1: the answer comes after the removal, and after commit" {
	slow_expunge
	on commit <<<'while [ ! -e went ]; do sleep 0.02; done; echo OK'
	talk <<-END
		$begin
		send DELE 1
		expect +OK *
		send QUIT
		until test -e reached
		silence 0.2
		shell touch go
		until test ! -e store/a
		silence 0.2
		shell touch went
		expect +OK *
		eof
	END
}

@test "P4.1: what was not removed is said; after an ERR the others go on" {
	on expunge <<-'END'
	case $line in
	*' 1 '*) echo 'ERR cannot' ;;
	*' 2 '*) echo 'ERR [SYS/PERM] never' ;;
	*) rm "${line#* * * }" && echo OK ;;
	esac
	END
	session "${login[@]}" 'DELE 1' 'DELE 2' 'DELE 3' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' \
		'-ERR some deleted messages not removed'
	requested 'login demo demo' 'list demo' 'dele 1 a' \
		"expunge 1 a $work/store/a" "expunge 2 b $work/store/b" \
		"expunge 3 c $work/store/c" 'commit 1'
	[ "$(kept)" = 'a b' ]
	[ "$status" -eq 0 ]
}

@test "P4.1: a fault at expunge stops the rest: -ERR SYS/TEMP" {
	on expunge <<-'END'
	case $line in
	*' 2 '*) exit 7 ;;
	*) rm "${line#* * * }" && echo OK ;;
	esac
	END
	session "${login[@]}" 'DELE 1' 'DELE 2' 'DELE 3' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' \
		'-ERR [SYS/TEMP] some deleted messages not removed'
	[ "$(kept)" = 'b c' ]
	refute grep -q 'expunge 3\|commit' requests
	logged '^<3>fault .* request="expunge 2" what=exited lines=0 status=7$'
	[ "$status" -eq 75 ]
}

@test "P4.1: a fault at commit: -ERR SYS/TEMP" {
	on commit <<<'echo what; echo OK'
	session "${login[@]}" 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' \
		'-ERR [SYS/TEMP] some deleted messages not removed'
	logged '^<3>fault .* request="commit 1" what="unknown line" seen=what'
	[ "$status" -eq 75 ]
}

@test "P4.1: an expunge that hangs has the backend's deadline" {
	options+=(--backend-timeout 1)
	on expunge <<<'exec sleep 60'
	session "${login[@]}" 'DELE 1' 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *' \
		'-ERR [SYS/TEMP] some deleted messages not removed'
	logged '^<3>fault .* request="expunge 1" .*seconds=[1-9]'
	[ "$(kept)" = 'a b c' ]
}

@test "P4.3: lock and connection are let go, also where it failed" {
	on list <<<'echo "lock $PWD/lock"; echo "msg 20 a $PWD/store/a"; echo OK'
	for answer in OK ERR; do
		on expunge <<<"echo $answer"
		talk <<-END
			$begin
			send DELE 1
			expect +OK *
			shell ! flock -n lock true
			send QUIT
			expect $([ "$answer" = OK ] && echo +OK || echo -ERR) *
			eof
		END
		flock -n lock true
	done
}

# bats test_tags=long
@test "P4.4: end of file, with and without half a command, removes nothing" {
	for last in '' QUI QUIT 'QUIT\r' 'QUIT '; do
		session_raw 'USER demo\r\nPASS demo\r\nDELE 1\r\n'"$last"
		matches '+OK *' '+OK *' '+OK *' '+OK *'
		requested 'login demo demo' 'list demo' 'dele 1 a'
		[ "$(kept)" = 'a b c' ]
		[ "$status" -eq 0 ]
	done
	# The line itself is what counts, not its CR.
	session_raw 'USER demo\r\nPASS demo\r\nDELE 1\r\nQUIT\n'
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK goodbye'
	[ "$(kept)" = 'b c' ]
}

@test "P4.4: QUIT without LF before a half-close removes nothing, on sockets" {
	for on in socketpair tcp; do
		talk --on "$on" <<-END
			$begin
			send DELE 1
			expect +OK *
			raw QUIT
			close
			eof
		END
		requested 'login demo demo' 'list demo' 'dele 1 a'
	done
	[ "$(kept)" = 'a b c' ]
}

# bats test_tags=long
@test "P4.4: a reset, SIGTERM, SIGHUP, SIGINT and SIGKILL remove nothing" {
	for how in vanish 'signal TERM' 'signal HUP' 'signal INT' 'signal KILL'; do
		talk --on tcp <<-END
			$begin
			send DELE 1
			expect +OK *
			send NOOP
			expect +OK *
			$how
		END
		wait_until 5 asked end
		requested 'login demo demo' 'list demo' 'dele 1 a'
	done
	[ "$(kept)" = 'a b c' ]
}

@test "P4.4: the idle timer removes nothing" {
	options+=(--timeout 1)
	talk <<-END
		$begin
		send DELE 1
		expect +OK *
		eof
	END
	requested 'login demo demo' 'list demo' 'dele 1 a'
}

# bats test_tags=long
@test "P4.4: QUIT pipelined behind what the client never took removes nothing" {
	on list <<<'i=0; while [ $((i += 1)) -le 20000 ]; do
		echo "msg $i unique-id-$i"; done; echo OK'
	options+=(--timeout 1)
	for how in 'shell :' 'signal TERM'; do
		talk --rcvbuf 4096 <<-END
			$begin
			raw UIDL\r\nDELE 1\r\nQUIT\r\n
			expect +OK *
			$how
			until grep -q '^<6>ended' log
		END
		requested 'login demo demo' 'list demo'
		not_logged '^<6>expunged'
	done
}

@test "P4.4: the backend's death removes nothing, and ends the session" {
	on noop <<<''
	on dele <<<'echo DEFAULT; exit 3'
	talk <<-END
		$begin
		send DELE 1
		expect +OK *
		eof
		status 75
	END
	[ "$(kept)" = 'a b c' ]
	refute grep -q 'expunge\|commit' requests
	logged '^<3>fault .* status=3$'
}

@test "P4.6: one answer to QUIT, and none to what comes after it" {
	session "${login[@]}" 'DELE 1' QUIT NOOP QUIT 'DELE 2'
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK goodbye'
	session QUIT QUIT
	matches '+OK *' '+OK goodbye'
}

@test "P4.6: the answer arrives though more was sent than is read" {
	for on in tcp socketpair; do
		talk --on "$on" <<-END
			$begin
			raw QUIT\r\n$(times 3000 NOOP_)
			expect +OK goodbye
			eof
		END
	done
}

@test "a client that keeps the connection after QUIT is not waited for long" {
	talk <<-END
		$begin
		send QUIT
		expect +OK *
		eof
		until test "\$(tail -n 1 requests)" = end
		until ! kill -0 \$PID || grep -q '^State:.Z' /proc/\$PID/status
	END
}

@test "SIGTERM during an expunge changes nothing" {
	slow_expunge
	talk <<-END
		$begin
		send DELE 1
		expect +OK *
		send DELE 3
		expect +OK *
		send QUIT
		until test -e reached
		signal TERM
		signal HUP
		silence 0.2
		shell touch go
		expect +OK *
		eof
	END
	[ "$(kept)" = b ]
	asked 'commit 2'
	logged 'ended .* why=quit'
}

@test "SIGTERM during commit changes nothing" {
	on commit <<<': >reached; while [ ! -e go ]; do sleep 0.02; done; echo OK'
	talk <<-END
		$begin
		send DELE 1
		expect +OK *
		send QUIT
		until test -e reached
		signal TERM
		silence 0.2
		shell touch go
		expect +OK *
		eof
	END
	[ "$(kept)" = 'b c' ]
}

# bats test_tags=long
@test "a client that vanishes during an expunge changes nothing" {
	for on in tcp socketpair pipe; do
		rm -f reached go
		store a b c
		slow_expunge
		talk --on "$on" <<-END
			$begin
			send DELE 1
			expect +OK *
			send DELE 3
			expect +OK *
			send QUIT
			until test -e reached
			shell (until [ -s vanished ]; do sleep 0.02; done; touch go) 3>&- >/dev/null 2>&1 &
			shell echo now >vanished
			vanish
		END
		wait_until 5 asked end
		[ "$(kept)" = b ]
		asked 'commit 2'
	done
}

@test "--goodbye is for success: a failure is not dressed up" {
	options+=(--goodbye 'all is well')
	on expunge <<<'echo ERR'
	session "${login[@]}" 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' \
		'-ERR some deleted messages not removed'
}

@test "a read-only file system at QUIT: some deleted messages not removed" {
	need_private
	messages new/1.a new/2.b
	backend=(maildir -u "$work/users")
	private 'mount --bind "$box" "$box"; mount -o remount,bind,ro "$box"' \
		"$SKEL" "${options[@]}" -- "${backend[@]}" \
		< <(printf '%s\r\n' "${login[@]}" 'DELE 1' QUIT) >out 2>log
	matches '+OK *' '+OK *' '+OK *' '+OK *' \
		'-ERR some deleted messages not removed'
	stored | diff <(printf '%s\n' new/1.a new/2.b) -
}

@test "a full disk at QUIT: some deleted messages not removed" {
	need_private
	messages new/1.a new/2.b
	backend=(maildir -u "$work/users")
	# On an overlay a removal is an addition: it needs an inode.
	mkdir tiny
	private 'mount -t tmpfs -o nr_inodes=9 none tiny
		mkdir tiny/upper tiny/work
		chmod 777 tiny/upper
		mount -t overlay -o \
		"lowerdir=$box/new,upperdir=tiny/upper,workdir=tiny/work" \
		none "$box/new"
		i=0
		while touch "tiny/$((i += 1))"; do :; done 2>/dev/null' \
		"$SKEL" "${options[@]}" -- "${backend[@]}" \
		< <(printf '%s\r\n' "${login[@]}" 'DELE 1' QUIT) >out 2>log
	matches '+OK *' '+OK *' '+OK 2 messages' '+OK *' \
		'-ERR some deleted messages not removed'
	logged 'message not removed.*No space left'
	stored | diff <(printf '%s\n' new/1.a new/2.b) -
}
