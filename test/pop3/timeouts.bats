# SPDX-License-Identifier: ISC
# RFC 1939 section 3: the autologout timer, and the other deadlines.
#
# bats file_tags=full

load ../lib/common
load ../lib/session

prepare() {
	recorder
}

# A mail that no socket's or pipe's buffers hold.
large() {
	python3 -c 'open("store/large", "w").write("0123456789abcde\n" * 1000000)'
}

# bats test_tags=long
@test "P1.8: on expiry nothing is sent, nothing removed, and it ends" {
	store a
	options+=(--timeout 1)
	for on in tcp pipe; do
		talk --on "$on" <<-END
			$begin
			send DELE 1
			expect +OK *
			mark
			eof
			within 0.9 9
		END
		requested 'login demo demo' 'list demo' 'dele 1 a'
		logged '^<6>ended .* why="no command for 1 s" '
	done
}

@test "P1.8: a command starts the timer anew" {
	options+=(--timeout 2)
	talk <<-END
		$begin
		mark
		silence 0.9
		send NOOP
		expect +OK *
		silence 0.9
		send FOO
		expect -ERR *
		silence 0.9
		within 2.6 60
		$end
	END
}

@test "P1.8: a drip of octets starts no timer anew" {
	options+=(--timeout 1)
	talk <<-END
		$begin
		mark
		drip 0.2 NOOP NOOP NOOP NOOP NOOP NOOP NOOP NOOP NOOP NOOP NOOP
		eof 1
		within 0.9 9
	END
	logged '^<6>ended .* why="no command for 1 s" '
}

@test "P1.8: nor does an overlong line in pieces" {
	options+=(--timeout 1)
	times 5000 x >much
	{
		printf '%s\n' "$begin" mark
		for _ in {1..8}; do
			printf '%s\n' 'bytes much' 'until sleep 0.2'
		done
		printf '%s\n' 'eof 1' 'within 0.9 9'
	} >script
	talk <script
	logged '^<6>ended .* why="no command for 1 s" '
}

@test "P1.8: ten minutes by default; less is obeyed, and noted" {
	session QUIT
	not_logged 'ten minutes'
	options+=(--timeout 599)
	session QUIT
	logged '^<5>note .* what="idle timer below the ten minutes of RFC 1939"'
	# The first line of a session is that it started.
	head -n 1 log | grep -q '^<6>started '
	options+=(--timeout 0)
	session QUIT
	not_logged 'ten minutes'
}

# bats test_tags=long
@test "P1.8: --timeout 0 is never; the backend may set another" {
	options+=(--timeout 0)
	talk <<-END
		$begin
		silence 1.2
		$end
	END
	on login <<<'printf "%s\n" "option timeout 1" OK'
	talk <<-END
		$begin
		eof
	END
	logged 'ended .* why="no command for 1 s" '
}

@test "--login-timeout is absolute: good commands do not extend it" {
	options+=(--login-timeout 1)
	{
		printf '%s\n' 'expect +OK *' mark
		for _ in {1..6}; do
			printf '%s\n' 'send CAPA' 'until sleep 0.25'
		done
		printf '%s\n' 'drain' 'within 0.9 9'
	} >script
	talk <script
	requested
	logged '^<6>ended .* why="not logged in after 1 s" '
}

@test "--login-timeout sends nothing when it strikes" {
	options+=(--login-timeout 1)
	talk --on pipe <<-'END'
		expect +OK *
		send USER demo
		expect +OK *
		eof
	END
	logged '^<6>ended .* why="not logged in after 1 s" '
}

@test "--login-timeout ends with the login" {
	options+=(--login-timeout 1)
	talk <<-END
		$begin
		silence 1.3
		$end
	END
}

@test "--login-timeout strikes while the backend thinks, and it is ended" {
	options+=(--login-timeout 1)
	on login <<<'read -r line'
	talk <<-'END'
		expect +OK *
		send USER demo
		expect +OK *
		send PASS demo
		eof
	END
	logged '^<6>ended .* why="not logged in after 1 s" '
}

@test "after --login-timeout a backend that stays costs no processor time" {
	options+=(--login-timeout 1)
	on hello <<<'echo OK 1; exec sleep 60'
	talk <<-'END'
		expect +OK *
		eof
		# It has two seconds then, and they are not spent spinning.
		until sleep 1.5
		shell awk '$14 + $15 > 50 { exit 1 }' /proc/$PID/stat
	END
}

@test "--backend-timeout: the client hears of it, the log names the request" {
	options+=(--backend-timeout 1)
	store a
	on retr <<<'exec sleep 60'
	on list <<<'echo "msg - a"; echo OK'
	talk <<-END
		$begin
		mark
		send RETR 1
		expect -ERR [SYS/TEMP] *
		eof
		within 0.9 9
		status 75
	END
	logged '^<3>fault .* request="retr 1" what="no result before its deadline" lines=0 seconds=[1-9]'
	logged '^<6>ended .* why=fault '
}

@test "the idle timer stands still while the backend takes its time" {
	options+=(--timeout 1)
	store a
	on dele <<<'sleep 2; echo OK'
	talk --on pipe <<-END
		$begin
		send DELE 1
		expect +OK *
		$end
	END
}

# bats test_tags=long
@test "P1.8: a client that stops reading is idle; the log says so" {
	options+=(--timeout 1)
	large
	for on in tcp pipe; do
		talk --on "$on" --rcvbuf 4096 <<-END
			$begin
			send RETR 1
			expect +OK *
			until grep -q '^<6>ended' log
			drain part
		END
		logged '^<6>ended .* why="client stopped reading for 1 s" retr=0 '
		[ "$(stat -c %s part)" -lt 16000000 ]
		refute cmp -s <(tail -c 5 part) <(printf '\r\n.\r\n')
	done
}

# bats test_tags=long
@test "P1.8: a client that reads slowly, but reads, is served" {
	options+=(--timeout 1)
	large
	truncate -s 1600000 store/large
	{
		printf '%s\n' "$begin" 'send RETR 1' 'expect +OK *' mark
		for _ in {1..6}; do
			printf '%s\n' 'until sleep 0.3' 'read 170000'
		done
		printf '%s\n' 'within 1.7 60' 'body' "$end"
	} >script
	talk --rcvbuf 16384 <script
}

# bats test_tags=long
@test "a client that reads nothing does not use up the backend's deadline" {
	options+=(--backend-timeout 1)
	on list <<<'echo "msg 16000000 a"; echo OK'
	on retr <<<'yes "|0123456789abc" | head -n 1000000; echo OK'
	talk --on tcp --rcvbuf 4096 <<-END
		$begin
		send RETR 1
		expect +OK *
		until sleep 1.5
		lines 1000000
		$end
	END
	not_logged fault
}
