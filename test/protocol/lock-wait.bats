# SPDX-License-Identifier: ISC
# --lock-wait: a maildrop that another session lets go just now.

load ../lib/common
load ../lib/session

teardown() {
	touch go
	common_teardown
}

prepare() {
	recorder
	on login <<<'echo "lock $PWD/lock"; sleep 0.7; echo OK'
	login='expect +OK *
send USER demo
expect +OK *
send PASS demo
until grep -q login requests'
	# Held until there is a file `go`.
	touch lock
	own
	flock lock sh -c 'until [ -e go ]; do sleep 0.05; done' 3>&- &
	started+=("$!")
	wait_until 5 held
}

held() {
	! flock -n lock true
}

# bats test_tags=long
@test "--lock-wait: a lock that is let go meanwhile is had; the deadline stands still" {
	options+=(--lock-wait 30 --backend-timeout 2)
	talk <<-END
		$login
		silence 2.5
		shell touch go
		expect +OK *
		shell ! flock -n lock true
		$end
	END
	# Not for ever: the rest of the answer is to come in time.
	on login <<<'echo "lock $PWD/lock"; sleep 60'
	options=(--cleartext always --lock-wait 30 --backend-timeout 2)
	talk <<-END
		$login
		mark
		expect -ERR [SYS/TEMP] *
		within 1 9
		status 75
	END
	logged 'what="no result before its deadline"'
}

# bats test_tags=long
@test "--lock-wait: IN-USE after it, at once with 0, and always to a list" {
	options+=(--lock-wait 1)
	talk <<-END
		$login
		mark
		expect -ERR [IN-USE] *
		within 0.5 9
		eof
	END
	options=(--cleartext always --lock-wait 0)
	talk <<-END
		$login
		expect -ERR [IN-USE] *
		eof
	END
	options=(--cleartext always --lock-wait 60)
	on login <<<'echo OK'
	on list <<<'echo "lock $PWD/lock"; echo OK'
	talk <<-END
		$login
		expect -ERR [IN-USE] *
		eof
	END
	[ "$(grep -c "refused .*why=\"in use\" path=$PWD/lock\$" log)" -eq 1 ]
}

# bats test_tags=long
@test "--lock-wait: a backend that dies meanwhile is a fault at once, not IN-USE" {
	local end
	options+=(--lock-wait 30)
	for end in 'exit 3' 'kill -KILL $$'; do
		on login <<<"echo \"lock \$PWD/lock\"; sleep 0.3; $end"
		talk <<-END
			$login
			mark
			expect -ERR [SYS/TEMP] *
			within 0 15
			eof
			status 75
		END
		not_logged 'why="in use"'
		logged 'fault .*request=login what="exited while it waited for a lock" seen="lock \.\.\." .*(status=3|signal=9)$'
	done
	# So it is before the greeting.
	options+=(--preauth demo)
	on hello <<<'echo "lock $PWD/lock"; exit 3'
	talk <<-END
		mark
		expect -ERR [SYS/TEMP] *
		within 0 15
		eof
		status 75
	END
	logged "fault .*request=hello what=\"exited while it waited for a lock\" seen=\"lock $PWD/lock\" .*status=3\$"
}

# bats test_tags=long
@test "--lock-wait: ends with the client, with SIGTERM, and with the login's time" {
	local on
	options+=(--lock-wait 60)
	for on in tcp socketpair pipe; do
		talk --on "$on" <<-END
			$login
			silence 0.2
			vanish
		END
		logged 'ended .*why="client gone"'
	done
	talk <<-END
		$login
		silence 0.2
		signal TERM
		eof
	END
	logged 'ended .*why=terminated'
	options+=(--login-timeout 2)
	talk <<-END
		$login
		eof
	END
	logged 'ended .*why="not logged in after 2 s"'
}
