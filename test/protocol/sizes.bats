# SPDX-License-Identifier: ISC
# What pop3-skel counted it tells the backend at the end: `sizes`. What maildir
# makes of it is in backends/size-file.bats.
#
# bats file_tags=full

load ../lib/common
load ../lib/session

prepare() {
	recorder
	store a b
	on sizes <<<'echo OK'
}

@test "sizes: announced in hello and in the environment, but with --mode read-only" {
	on list <<<'printf "%s\n" "$POP3_FEATURES" >features; echo OK'
	session "${login[@]}" QUIT
	grep -qxE 'hello 1 x-unknown id=[0-9a-f]+ log next part sent sizes' requests
	grep -qxF 'log next part sent sizes' features
	options+=(--mode read-only)
	session "${login[@]}" QUIT
	grep -qxE 'hello 1 x-unknown id=[0-9a-f]+ log next part sent' requests
	grep -qxF 'log next part sent' features
}

@test "sizes: what STAT, LIST and RETR counted, and nothing that was told or not asked" {
	on list <<-'END'
		printf 'msg 29 a %s/store/a\nmsg - b %s/store/b\n' "$PWD" "$PWD"
		printf 'msg - c\nOK\n'
	END
	on retr <<-'END'
		printf '|%s\n' 'Subject: c' ''
		echo OK
	END
	asked=('login demo demo' 'list demo')
	session "${login[@]}" 'TOP 2 1' QUIT
	requested "${asked[@]}" 'commit 0'
	session "${login[@]}" 'RETR 2' QUIT
	requested "${asked[@]}" 'commit 0' 'sizes 2 20'
	session "${login[@]}" 'LIST 3' QUIT
	requested "${asked[@]}" 'retr 3 c' 'commit 0' 'sizes 3 14'
	session "${login[@]}" STAT 'RETR 2' QUIT
	requested "${asked[@]}" 'retr 3 c' 'commit 0' 'sizes 2 20 3 14'
	# Another than was told, which the client goes on to hear.
	session "${login[@]}" 'RETR 1' 'LIST 1' QUIT
	grep -q '^+OK 1 29' out
	requested "${asked[@]}" 'commit 0' 'sizes 1 20'
	options+=(--mode read-only)
	session "${login[@]}" 'RETR 2' QUIT
	requested "${asked[@]}" 'commit 0'
}

@test "sizes: nothing of what was changed just now, unless another was told" {
	for when in now '1 hour'; do
		touch -d "$when" store/a
		for does in STAT 'RETR 1'; do
			session "${login[@]}" "$does" 'LIST 1' QUIT
			grep -q '^+OK 1 20' out
			run -1 grep '^sizes.* 1 20' requests
		done
	done
	session "${login[@]}" STAT QUIT
	requested 'login demo demo' 'list demo' 'commit 0' 'sizes 2 20'
	on list <<<'echo "msg 19 a $PWD/store/a"; echo OK'
	session "${login[@]}" 'RETR 1' QUIT
	requested 'login demo demo' 'list demo' 'commit 0' 'sizes 1 20'
}

@test "sizes: nothing of what was removed" {
	session "${login[@]}" STAT 'DELE 1' QUIT
	requested 'login demo demo' 'list demo' 'dele 1 a' \
		"expunge 1 a $work/store/a" 'commit 1' 'sizes 2 20'
	session "${login[@]}" STAT 'DELE 1' QUIT
	requested 'login demo demo' 'list demo' 'dele 1 b' \
		"expunge 1 b $work/store/b" 'commit 1'
}

@test "sizes: nothing that a failed read left" {
	tracing -P "$work/store/b" -e inject=pread64:error=EIO
	own
	"${traced[@]}" "$SKEL" "${options[@]}" -- "${backend[@]}" \
		< <(printf '%s\r\n' "${login[@]}" STAT 'RETR 2' QUIT) >out 2>log
	matches '+OK *' '+OK *' '+OK *' '-ERR [SYS/TEMP] *' \
		'-ERR [SYS/TEMP] *' '+OK *'
	requested 'login demo demo' 'list demo' 'commit 0' 'sizes 1 20'
}

@test "sizes: nothing of a message that is gone and counts as none" {
	rm store/a
	ln -s b store/a
	session "${login[@]}" STAT QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK 2 20' '+OK *'
	requested 'login demo demo' 'list demo' 'retr 1 a' 'commit 0' \
		'sizes 2 20'
}

# bats test_tags=long
@test "sizes: at every end but a fault" {
	session "${login[@]}" STAT
	requested 'login demo demo' 'list demo' 'sizes 1 20 2 20'
	for end in 'vanish' 'shell kill $PID
eof' 'shell kill -HUP $PID
eof'; do
		talk <<-END
			$begin
			send STAT
			expect +OK *
			$end
		END
		requested 'login demo demo' 'list demo' 'sizes 1 20 2 20'
	done
	options+=(--timeout 1)
	talk <<-END
		$begin
		send STAT
		expect +OK *
		eof
	END
	requested 'login demo demo' 'list demo' 'sizes 1 20 2 20'
	on rset <<<'echo nonsense'
	session "${login[@]}" STAT RSET QUIT
	logged 'fault .*request=rset'
	# It may still hear its end before it is ended.
	[ "$(sed '1d;/^end$/d' requests | xargs)" = \
		'login demo demo list demo rset' ]
}

@test "sizes: the client and the lock are gone by then" {
	on login <<-'END'
		printf 'lock %s/lock\nOK\n' "$PWD"
	END
	on sizes <<-'END'
		until [ -e closed ]; do sleep 0.02; done
		flock -n lock echo free >>noted
		echo OK
	END
	talk <<-END
		$begin
		send STAT
		expect +OK *
		send QUIT
		expect +OK *
		eof
		shell touch closed
	END
	grep -qx free noted
	not_logged fault
}

@test "sizes: DEFAULT ends it; else as many requests as are needed, each whole" {
	printf 'OK\n' >ok
	mkdir many
	echo 'a line' >many/m
	aged many/m
	on list <<-'END'
		i=0
		while [ $((i += 1)) -le 1500 ]; do echo "msg - $i $PWD/many/m"; done
		echo OK
	END
	session "${login[@]}" STAT QUIT
	[ "$(grep -c '^sizes ' requests)" -eq 2 ]
	[ "$(sed -n '/^sizes /p' requests | wc -L)" -lt 8192 ]
	sed -n 's/^sizes //p' requests | tr ' ' '\n' | paste -d ' ' - - |
		diff - <(for i in {1..1500}; do echo "$i 8"; done)
	on sizes <<<'echo DEFAULT'
	session "${login[@]}" STAT QUIT
	[ "$(grep -c '^sizes ' requests)" -eq 1 ]
	[ "$status" -eq 0 ]
	not_logged fault
}

@test "sizes: silence ends it after two seconds, and is no fault" {
	on sizes <<<'exec sleep 50'
	local -i since=SECONDS
	session "${login[@]}" STAT QUIT
	[ $((SECONDS - since)) -lt 20 ]
	[ "$status" -eq 0 ]
	not_logged 'fault|did not end'
	matches '+OK *' '+OK *' '+OK *' '+OK 2 40' '+OK *'
}

@test "sizes: a backend that is over after its last answer is no fault" {
	on commit <<<'echo OK; exit'
	session "${login[@]}" STAT QUIT
	[ "$status" -eq 0 ]
	not_logged fault
	on commit <<<'echo OK; exec <&-; sleep 1; exit'
	session "${login[@]}" STAT QUIT
	[ "$status" -eq 0 ]
	not_logged fault
}

@test "fault: an answer to sizes that is none" {
	on sizes <<<'echo nonsense'
	session "${login[@]}" STAT QUIT
	[ "$status" -eq 75 ]
	logged 'fault .*request=sizes what="unknown line" seen=nonsense'
	matches '+OK *' '+OK *' '+OK *' '+OK 2 40' '+OK *'
	for line in 'wait 5' close 'msg - x'; do
		on sizes <<<"echo '$line'; echo OK"
		session "${login[@]}" STAT QUIT
		logged 'fault .*request=sizes what="line not allowed here"'
	done
}
