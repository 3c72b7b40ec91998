# SPDX-License-Identifier: ISC
# What a session costs where that can be counted: no time, so it is the same on
# any machine. Of the static build, which is the one that is to be quick; each
# bound is a little above what was counted, and to be lowered with that.

load ../lib/common

prepare() {
	# A stage of the static build has what it leaves out from the ordinary one.
	! readelf -d "$SKEL" | grep -q NEEDED || skip "of the static build"
	messages new/{1..100}.a
	aged "$box"/new/*
	session "${login[@]}" STAT QUIT
	matches '+OK *' '+OK*' '+OK *' '+OK 100 *' '+OK *'
	[ -s "$box/pop3-skel-list" ]
}

# The memory of a session that waits, and of its backend, that is nobody
# else's, is at most so many KiB; there are so many messages.
holds() {
	need_sight
	talk <<-END
		$begin
		send STAT
		expect +OK $1 *
		shell cat /proc/\$PID/smaps_rollup >session
		shell cat /proc/\$(pgrep -P \$PID)/smaps_rollup >backend
		$end
	END
	awk '/^Anonymous:/ { n++; print $2; sum += $2 }
		END { exit n != 2 || sum > most }' most="$2" session backend
}

@test "system calls of a session on pipes whose sizes are known, with its log" {
	tracing -f
	# shellcheck disable=SC2002 # A pipe it is to be.
	cat sent | "${traced[@]}" "$SKEL" "${options[@]}" -- "${backend[@]}" \
		2>log | cat >out
	matches '+OK *' '+OK*' '+OK *' '+OK 100 *' '+OK *'
	sed '1,/execve(.*"--auth-delay"/d' trace |
		grep -E '^[0-9]+ +[a-z0-9_]+\(' >calls
	cut -d ' ' -f 2- calls | cut -d '(' -f 1 | sort | uniq -c | sort -rn
	wc -l <calls
	[ "$(wc -l <calls)" -gt 100 ]
	[ "$(wc -l <calls)" -le 140 ]
}

@test "memory of a session that waits, of 100 messages" {
	holds 100 144
}

@test "memory of a session that waits, of 3000 messages" {
	for n in {101..3000}; do
		: >"$box/cur/1700000000.M$n.host,W=0:2,S"
	done
	own
	holds 3000 640
}

# bats test_tags=long
@test "instructions of a session on pipes: STAT, LIST, UIDL, and a message of 1 MiB" {
	[ "$(uname -m)" = x86_64 ] || skip "they are those of another processor"
	valgrind --tool=none -q true 2>/dev/null || skip "valgrind does not work here"
	{
		printf 'Subject: long\n\n'
		yes 'a line of text, as long as they are, and then a little' |
			head -c 1048576
		echo
	} >"$box/cur/1700000000.long"
	aged "$box/cur/1700000000.long"
	session "${login[@]}" STAT QUIT
	matches '+OK *' '+OK*' '+OK *' '+OK 101 *' '+OK *'
	printf '%s\r\n' "${login[@]}" STAT LIST UIDL 'RETR 101' QUIT >sent
	own
	# shellcheck disable=SC2002 # A pipe it is to be.
	cat sent | "${user_prefix[@]}" valgrind -q --tool=callgrind \
		--trace-children=yes --callgrind-out-file="$work/counted.%p" \
		"$SKEL" "${options[@]}" -- "${backend[@]}" 2>log | cat >out
	[ "$(wc -c <out)" -gt 1048576 ]
	tail -n 1 out | grep '^+OK '
	# shellcheck disable=SC2016 # When it is asked.
	wait_until 30 eval '[ "$(cat counted.* | grep -c ^summary:)" = 2 ]'
	sed -n 's/^summary: //p' counted.* | sort -rn | tee instructions
	# pop3-skel, which has the message in its hands; and its backend.
	[ "$(sed -n 1p instructions)" -gt 1048576 ]
	[ "$(sed -n 1p instructions)" -le 3600000 ]
	[ "$(sed -n 2p instructions)" -le 340000 ]
}
