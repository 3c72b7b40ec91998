# SPDX-License-Identifier: ISC
# Maildirs in which others rename and remove while maildir reads: a list is
# whole, and a message counts as gone only where it is. `test/renames STAGE` is
# the whole of the last test, 100 rounds.
#
# bats file_tags=full

load ../lib/common
load ../lib/maildir

prepare() {
	maildir_setup
}

# Reading cur takes time enough for whoever is beside it, where $traced is.
slowly() {
	tracing -P "$box/cur" -e inject=getdents64:delay_enter=100000
}

# The backend, logged in, with its messages listed; maybe traced.
listed_backend() {
	[ $# -gt 0 ] || set -- as_user
	start_backend "$@" "$maildir" -u users
	say 'hello 1'
	say 'login demo demo'
	say 'list demo'
}

# One of two ways: removed, or an error and still there.
removed_or_not() {
	if [ "${reply[*]}" = OK ]; then
		run -1 grep -F "$1" <(stored)
	else
		[ "${reply[*]}" = 'ERR message not removed' ]
		stored | grep -qF "$1"
	fi
}

# Renames a message to and fro, until the file `stop` is there: churn NAME
churn() {
	perl -e 'my ($from, $to) = ("new/$ARGV[0]", "cur/$ARGV[0]:2,");
		until (-e "stop") {
			rename "demo/Maildir/$from", "demo/Maildir/$to";
			($from, $to) = ($to, $from);
		}' "$1" 3>&- &
	churning=$!
	started+=("$churning")
}

calm() {
	: >stop
	wait "$churning"
	rm stop
}

# Another program changes flags alone, and so the other one of two messages with
# one unique part gets the name of the marked one.
@test "twins whose flags change trade names: what was not marked stays" {
	printf 'A\n' >"$box/cur/5.x:2,S"
	printf 'B, never marked\n' >"$box/cur/5.x:2,"
	n=$(twin_number 'cur/5.x:2,S' 'cur/5.x:2,')
	talk <<-END
		$begin
		send RETR $n
		expect +OK *
		expect A
		expect .
		send DELE $n
		expect +OK *
		shell mv $box/cur/5.x:2,S $box/cur/5.x:2,FS
		shell mv $box/cur/5.x:2, $box/cur/5.x:2,S
		send QUIT
		match [+]OK .*|-ERR .*
	END
	grep -q 'never marked' "$box"/cur/*
	# What the client heard is so.
	if grep -q '^A$' "$box"/cur/*; then
		logged 'commit=good' && false
	fi
}

@test "twins whose flags change trade names: a body is its own unique-id's" {
	printf 'A\n' >"$box/cur/5.x:2,S"
	printf 'B, the other\n' >"$box/cur/5.x:2,"
	n=$(twin_number 'cur/5.x:2,S' 'cur/5.x:2,')
	talk <<-END
		$begin
		shell mv $box/cur/5.x:2,S $box/cur/5.x:2,FS
		shell mv $box/cur/5.x:2, $box/cur/5.x:2,S
		send RETR $n
		expect +OK *
		expect A
		expect .
		send RETR $((3 - n))
		expect +OK *
		expect B, the other
		expect .
		$end
	END
}

@test "a copy that takes the name of a marked message is not removed" {
	printf 'A\n' >"$box/cur/5.x:2,"
	talk <<-END
		$begin
		send DELE 1
		expect +OK *
		shell mv $box/cur/5.x:2, $box/cur/5.x:2,S
		shell echo a copy with other words >$box/cur/5.x:2,
		send QUIT
		expect +OK *
	END
	[ "$(stored)" = 'cur/5.x:2,' ]
	grep -q 'a copy' "$box/cur/5.x:2,"
}

@test "another file in the place of a marked message: an error, and it stays" {
	printf 'A\n' >"$box/cur/5.x:2,"
	talk <<-END
		$begin
		send DELE 1
		expect +OK *
		shell echo another >$box/tmp/x; mv $box/tmp/x $box/cur/5.x:2,
		send QUIT
		expect -ERR some deleted messages not removed
	END
	grep -q another "$box/cur/5.x:2,"
}

# No folder has changed for more than a tick of any clock.
older() {
	local stamp
	stamp=$(stat -c %.3Z "$box/new" "$box/cur" | sort -n | tail -n 1)
	[ $((${EPOCHREALTIME/./} / 1000 - ${stamp/./})) -gt 100 ]
}

@test "a folder that is removed and made again: what it had has moved, not gone" {
	messages new/1.a new/2.b
	listed_backend
	mv "$box/new/1.a" "$box/cur/1.a:2,S"
	rm "$box/new/2.b"
	rmdir "$box/new"
	as_user mkdir "$box/new"
	say "expunge 1 - $box/new/1.a"
	[ "${reply[*]}" = OK ]
	[ ! -e "$box/cur/1.a:2,S" ]
	say "expunge 2 - $box/new/2.b"
	[ "${reply[*]}" = OK ]
	stop_backend
	[ ! -s log ]
}

@test "a folder that is removed and made again: the client hears the truth" {
	messages new/1.a
	talk <<-END
		expect +OK *
		send USER demo
		expect +OK*
		send PASS demo
		expect +OK *
		send DELE 1
		expect +OK *
		shell mv $box/new/1.a $box/cur/1.a:2,S
		shell rmdir $box/new
		shell mkdir $box/new
		send RETR 1
		expect -ERR *
		send QUIT
		expect +OK *
		eof
	END
	[ -z "$(stored)" ]
}

@test "a message that was gone when it was asked for, and came back: no reading of then is believed" {
	messages new/1.a new/2.b new/3.c
	listed_backend
	mv "$box/new/2.b" "$box/tmp/2.b"
	rm "$box/new/1.a"
	wait_until 5 older
	say "retr 1 - $box/new/1.a"
	[ "${reply[*]}" = 'ERR no such message' ]
	mv "$box/tmp/2.b" "$box/cur/2.b:2,S"
	say "retr 2 - $box/new/2.b"
	[ "${reply[*]}" = "file $box/cur/2.b:2,S OK" ]
	mv "$box/cur/2.b:2,S" "$box/tmp/2.b"
	say "retr 2 - $box/new/2.b"
	[ "${reply[*]}" = 'ERR no such message' ]
	mv "$box/tmp/2.b" "$box/cur/2.b:2,S"
	say "expunge 2 - $box/new/2.b"
	removed_or_not 2.b
	[ ! -e "$box/cur/2.b:2,S" ]
	stop_backend
}

@test "a message that was gone when its size was asked for, and came back: not 0" {
	messages new/1.a
	talk <<-END
		expect +OK *
		send USER demo
		expect +OK*
		send PASS demo
		expect +OK *
		shell mv $box/new/1.a $box/tmp/1.a
		send STAT
		expect +OK 1 0
		shell mv $box/tmp/1.a $box/new/1.a
		send LIST 1
		expect +OK 1 $(($(wc -lc <"$box/new/1.a" | awk '{ print $1 "+" $2 }')))
		send QUIT
		expect +OK *
		eof
	END
}

@test "a folder that is put aside, and another in its place: nothing is known to be gone" {
	export POP3_BACKEND_TIMEOUT=1
	messages new/1.a
	listed_backend
	mv "$box/new" "$box/aside"
	as_user mkdir "$box/new"
	mv "$box/aside/1.a" "$box/new/1.a"
	say "expunge 1 - $box/new/1.a"
	[ "${reply[*]}" = 'ERR message not removed' ]
	say 'retr 1 -'
	[ "${reply[*]}" = 'TEMP message cannot be found' ]
	stop_backend
	[ -e "$box/new/1.a" ]
	grep -q 'does not stand still" path="1.a"' log
}

# bats test_tags=long
@test "a name that another system's rules made of it: never OK, never gone" {
	local name
	for name in 'cur/1.a;2,S' 'cur/1.a!2,S' 'cur/1.a-2,S' new/1.a.x \
		'cur/1.a 2' $'cur/1.a\001' $'cur/1.a:2,\001' $'cur/1.a\377'; do
		messages new/1.a
		listed_backend
		mv "$box/new/1.a" "$box/$name"
		say 'retr 1 -'
		[ "${reply[*]}" = 'TEMP message cannot be found' ]
		say "expunge 1 - $box/new/1.a"
		[ "${reply[*]}" = 'ERR message not removed' ]
		[ -e "$box/$name" ]
		stop_backend
		grep -q '<3>maildir reason=".*name.*" path="1.a"' log
		rm "$box/$name" requests replies
	done
}

@test "a name that only begins alike, or another listed message, is in nobody's way" {
	messages new/1.a new/1.a.b new/1.a,S=12 new/1.ab
	rm "$box/new/1.a,S=12"
	messages 'cur/1.a;2,S'
	listed_backend
	messages new/1.a7 new/1.ac
	rm "$box/new/1.a"
	say "expunge 1 - $box/new/1.a"
	[ "${reply[*]}" = OK ]
	stop_backend
	[ -e "$box/new/1.a.b" ]
	[ ! -s log ]
}

@test "a message that got a listed one's name is not gone" {
	messages new/1.a new/1.a.b
	listed_backend
	rm "$box/new/1.a.b"
	mv "$box/new/1.a" "$box/cur/1.a.b"
	say "expunge 1 - $box/new/1.a"
	[ "${reply[*]}" = 'ERR message not removed' ]
	[ -e "$box/cur/1.a.b" ]
	stop_backend
}

@test "list: a folder that never stands still is TEMP, in half of an answer's time" {
	local since
	export POP3_BACKEND_TIMEOUT=2
	messages new/1.a new/2.b
	slowly
	churn 1.a
	since=$EPOCHSECONDS
	printf '%s\n' 'login demo demo' 'list demo' |
		"${traced[@]}" "$maildir" -u users >out 2>log
	calm
	answers LOGIN 'TEMP mailbox not available'
	[ $((EPOCHSECONDS - since)) -le 4 ]
	grep -qF "<3>maildir reason=\"Maildir does not stand still\" error=\"Resource temporarily unavailable\" path=\"$box\"" log
	ask 'login demo demo' 'list demo'
	[ "$(grep -c '^msg' out)" -eq 2 ]
}

@test "expunge: where nothing stands still, what is seen is removed, the rest an ERR" {
	export POP3_BACKEND_TIMEOUT=2
	messages new/1.a new/2.b new/3.c
	slowly
	listed_backend "${traced[@]}"
	churn 3.c
	rm "$box/new/1.a"
	mv "$box/new/2.b" "$box/cur/2.b:2,S"
	say "expunge 1 - $box/new/1.a"
	[ "${reply[*]}" = 'ERR message not removed' ]
	say "expunge 2 - $box/new/2.b"
	[ "${reply[*]}" = OK ]
	[ ! -e "$box/cur/2.b:2,S" ]
	calm
	say "expunge 1 - $box/new/1.a"
	[ "${reply[*]}" = OK ]
	stop_backend
	grep -q '<3>maildir reason="message not found, the Maildir does not stand still" path="1.a"' log
}

# bats test_tags=long
@test "list: names that change while it reads them are in it" {
	# Each piece of the folder takes its time, and all are renamed meanwhile.
	slowly
	perl -e 'for (0..2499) { open F, ">", "$ARGV[0]/cur/$_.a:2," }' "$box"
	own
	# Letter after letter, for longer than three readings take.
	perl -e 'chdir $ARGV[0]; my $end = time + 4;
		for my $flag (("A".."Z", "a".."z") x 1000) {
			last if time >= $end;
			opendir D, "."; my @names = grep /a/, readdir D;
			rename $_, s/:2,.*/:2,$flag/r for @names }' \
		"$box/cur" 3>&- &
	renaming=$!
	started+=("$renaming")
	printf '%s\n' "${login[@]}" |
		"${traced[@]}" "$maildir" -u users >out
	wait "$renaming"
	[ "$(listed | sed 's/:.*//' | sort -u | wc -l)" -eq 2500 ]
	[ "$(listed | wc -l)" -eq 2500 ]
}

@test "list: a folder that nobody touches is read once, and nobody sleeps" {
	messages new/1.a cur/2.b:2,
	wait_until 5 older
	tracing -f
	"${traced[@]}" "$maildir" -u users \
		< <(printf '%s\n' "${login[@]}") >out
	[ "$(grep -c '^msg' out)" -eq 2 ]
	[ "$(grep -c 'getdents64(' trace)" -eq 4 ]
	run -1 grep nanosleep trace
}

# bats test_tags=long
@test "readings that fail, at every call: a list is whole or TEMP, OK is gone" {
	local call error when runs=0
	for call in getdents64 openat fstat,newfstatat,stat; do
		for error in ENOENT EIO; do
			for when in 1 2 3 4 5; do
				messages new/1.a cur/2.b:2,
				tracing -P "$box/new" -P "$box/cur" \
					-e "trace=$call" -e \
					"inject=$call:error=$error:when=$when"
				listed_backend "${traced[@]}"
				[ "${reply[*]}" = 'TEMP mailbox not available' ] ||
					[ "${#reply[@]}" -eq 4 ]
				mv "$box/new/1.a" "$box/cur/1.a:2,S"
				if [ "${#reply[@]}" -eq 4 ]; then
					say "expunge 1 - $box/new/1.a"
					removed_or_not 1.a
					say "expunge 2 - $box/cur/2.b:2,"
					removed_or_not 2.b
				fi
				stop_backend
				! grep -q INJECTED trace || runs=$((runs + 1))
				rm -f requests replies "$box"/cur/*
			done
		done
	done
	printf '%s\n' "$runs injected"
	[ "$runs" -ge 12 ]
}

# bats test_tags=long
@test "three rounds of 20,000 messages, renamed and removed by others all the while" {
	[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
	"$top/test/renames" --rounds 3 "$POP3_SKEL_STAGE" >figures
	cat figures
	grep -q 'renamed while it was listed' figures
	grep -q ', renamed meanwhile' figures
	grep -qx '3 rounds, what was said is true' figures
}
