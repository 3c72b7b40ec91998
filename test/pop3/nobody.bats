# SPDX-License-Identifier: ISC
# Work for nobody: what takes long ends where the client is gone.

load ../lib/common
load ../lib/session

prepare() {
	recorder
}

# The client asks "$1", and is gone while that is at work: pop3-skel with it.
left_at() {
	local on
	for on in tcp socketpair pipe; do
		talk --on "$on" <<-END
			$begin
			send $1
			until ${2-awk '\$14 + \$15 > 10 { busy = 1 } END { exit !busy }' /proc/\$PID/stat}
			mark
			vanish
			until grep -q '^State:.Z' /proc/\$PID/status
			within 0 5
		END
		logged 'ended .*why="client gone"'
		not_logged '^<[0-3]>'
	done
}

# bats test_tags=long
@test "nobody: the octets of a file of 8 TiB are counted for a client that is there" {
	truncate -s 8T store/a || skip "no room for a file of 8 TiB"
	left_at STAT
}

# bats test_tags=long
@test "nobody: files are not spooled" {
	local i
	truncate -s 8T large || skip "no room for a file of 8 TiB"
	for i in {1..500}; do
		echo "echo msg - $i"
	done | on list
	echo 'echo OK' >>on.list
	on retr <<<'echo "file $PWD/large"; echo OK'
	options+=(--spool-max 100000000)
	left_at STAT '[ -s requests ] && grep -q retr requests'
}

# bats test_tags=long
@test "nobody: unique-ids are not made from bodies" {
	truncate -s 300M large
	on list <<<'echo msg - -; echo OK'
	on retr <<<'echo "file $PWD/large"; echo OK'
	left_at UIDL
}

# bats test_tags=long
@test "nobody: no answer of the backend's is waited for, nor a list read on" {
	on retr <<<'sleep 60'
	on list <<<'echo msg - -; echo OK'
	left_at STAT 'grep -q retr requests'
	# It goes on and on.
	on list <<-'END'
	echo "lock $PWD/lock"
	i=0
	while echo "msg 1 u$((i += 1))"; do
		sleep 0.01
	done
	END
	talk <<-END
		expect +OK *
		send USER demo
		expect +OK *
		send PASS demo
		until grep -q list requests && ! flock -n lock true
		mark
		vanish
		until flock -n lock true
		within 0 5
	END
	logged 'ended .*why="client gone"'
}

@test "nobody: a login is judged all the same" {
	on login <<<'sleep 1; echo judged >>requests; echo OK'
	talk <<-END
		expect +OK *
		send USER demo
		expect +OK *
		send PASS demo
		until grep -q login requests
		vanish
	END
	grep -q judged requests
	logged 'ended .*why="client gone"'
}

# bats test_tags=long
@test "nobody: maildir reads no large folder on" {
	tracing -e trace=getdents64 -e inject=getdents64:delay_enter=500000
	touch "$box/new/"{1..5000}.a-name-of-some-length
	own
	printf 'list x\n' | "${traced[@]}" \
		"$POP3_SKEL_BACKENDS/maildir" --serve "$box" | true
	[ "$(grep -c '^getdents64' trace)" -eq 1 ]
}
