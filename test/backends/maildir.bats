# SPDX-License-Identifier: ISC
# The maildir backend alone, over pipes: hello, list, retr, expunge. The rules
# named are those of maildir(8) and of pop3-skel-backend(7).

load ../lib/common
load ../lib/maildir

prepare() {
	maildir_setup
}

@test "hello: version 1 and no other; unknown words are ignored" {
	ask 'hello 1' 'hello 1 invented words' 'hello 01' 'hello 2' 'hello 10' \
		'hello' 'hello x' 'hello 1x' 'hello -1'
	answers 'OK 1' 'OK 1' 'OK 1' \
		'ERR maildir speaks version 1 alone' \
		'ERR maildir speaks version 1 alone' \
		'ERR maildir speaks version 1 alone' \
		'ERR maildir speaks version 1 alone' \
		'ERR maildir speaks version 1 alone' \
		'ERR maildir speaks version 1 alone'
}

@test "DEFAULT for every request that is none of its own" {
	messages new/1.a
	ask "${login[@]}" 'dele 1 -' rset 'top 1 - 0' 'apop demo x y' \
		'auth PLAIN' 'token demo X y' cancel 'commit 0' 'NOOP' 'later x'
	[ "$(grep -c '^DEFAULT$' out)" -eq 10 ]
	[ ! -s log ]
}

@test "end of input: exit 0, also in the middle of a line" {
	ask "${login[@]}"
	printf 'hello 1\nlogin demo' | as_user "$maildir" -u users >out
	answers 'OK 1'
}

@test "a request that is too long or holds control characters" {
	ask $'login demo de\tmo' $'hello 1\r'
	answers ERR ERR
	run -75 --separate-stderr as_user "$maildir" -u users \
		< <(head -c 13000 /dev/zero | tr '\0' a)
	[ -z "$output" ]
	[[ $stderr == '<3>maildir reason="request too long"' ]]
	printf 'hello 1\0\n' | as_user "$maildir" -u users >out 2>log
	answers ERR
	# 12292 octets with the LF are a request, as the protocol has it.
	{ head -c 12291 /dev/zero | tr '\0' a; echo; } |
		as_user "$maildir" -u users >out
	answers DEFAULT
}

@test "options: help, version, and what is refused" {
	run -0 "$maildir" --help
	[[ ${lines[0]} == 'Usage: maildir [-u USERS] [-m TEMPLATE]' ]]
	for word in --users --maildir --serve --help --version; do
		[[ $output == *"$word"* ]]
	done
	run -0 "$maildir" --version
	[[ $output =~ ^maildir\ \(pop3-skel\)\ [0-9][^\ ]*$ ]]
	run -64 "$maildir" --nonsense
	run -64 "$maildir" surplus
	run -64 "$maildir" -m '/mail/%x'
	run -64 "$maildir" -m ''
	run -64 "$maildir" -u
}

@test "list: the lock first, absolute paths, sizes from W= alone" {
	messages new/3.c
	messages 'cur/1.a,S=20,W=24:2,S'
	messages 'cur/2.b,S=20:2,'
	ask "${login[@]}"
	answers 'OK 1' LOGIN "lock $box/." \
		"msg 24 - $box/cur/1.a,S=20,W=24:2,S" \
		"msg - - $box/cur/2.b,S=20:2," \
		"msg - - $box/new/3.c" OK
	[ ! -s log ]
}

@test "list: order of arrival is numeric, then by unique part and octets" {
	local name names=(cur/none.x cur/9.a new/10.B cur/10.a cur/10.a+b
		new/10.b cur/100.a:2,S new/1000000000.z new/20000000000.a)
	for name in "${names[@]}"; do
		: >"$box/$name"
	done
	ask "${login[@]}"
	diff <(printf '%s\n' "${names[@]}") <(listed)
}

@test "list: the order stays when flags change" {
	: >"$box/new/5.a"
	: >"$box/cur/5.a-b:2,"
	ask "${login[@]}"
	diff <(printf '%s\n' new/5.a cur/5.a-b:2,) <(listed)
	mv "$box/new/5.a" "$box/cur/5.a:2,S"
	ask "${login[@]}"
	diff <(printf '%s\n' cur/5.a:2,S cur/5.a-b:2,) <(listed)
}

@test "list: hostile names are listed whole or left out and logged" {
	local long lf=$'1.a\nmsg 1 evil' cr=$'1.b\r' tab=$'1.c\tx'
	long=6.$(head -c 253 /dev/zero | tr '\0' x)
	: >"$box/new/$lf"
	: >"$box/new/$cr"
	: >"$box/new/$tab"
	: >"$box/cur/:2,S"
	: >"$box/new/.hidden"
	: >"$box/new/2.a blank  two"
	: >"$box/new/3.-x"
	: >"$box/new/-rf"
	: >"$box/new/4."$'\303\244\377'
	: >"$box/new/$long"
	ask "${login[@]}"
	diff <(printf '%s\n' new/-rf 'new/2.a blank  two' new/3.-x \
		new/4.$'\303\244\377' "new/$long") <(listed)
	[ "$(wc -l <log)" -eq 4 ]
	grep -qF 'reason="control character in name" path="1.a\x0amsg 1 evil' log
	grep -qF 'path="1.b\x0d"' log
	grep -qF 'path="1.c\x09x"' log
	grep -qF '<4>maildir reason="name has no unique part" path=":2,S"' log
}

@test "list: a flood of names that cannot be served does not flood the log" {
	local i
	for ((i = 0; i < 100; i++)); do
		: >"$box/new/$i."$'\r'
	done
	ask "${login[@]}"
	[ -z "$(listed)" ]
	[ "$(wc -l <log)" -eq 11 ]
	grep -q 'more names left out' log
}

@test "list: folders, links and FIFOs are no messages" {
	mkdir "$box/new/1.dir"
	ln -s /etc/passwd "$box/new/2.link"
	mkfifo "$box/cur/3.fifo"
	messages new/4.a
	ask "${login[@]}"
	diff <(echo new/4.a) <(listed)
	[ "$(grep -c 'reason="not a regular file"' log)" -eq 2 ]
	[ "$(wc -l <log)" -eq 2 ]
}

@test "list: new or cur or both may be missing" {
	messages new/1.a
	rm -r "$box/cur" "$box/tmp"
	ask "${login[@]}"
	diff <(echo new/1.a) <(listed)
	mv "$box/new" "$box/cur"
	ask "${login[@]}"
	diff <(echo cur/1.a) <(listed)
	rm -r "$box/cur"
	ask "${login[@]}"
	answers 'OK 1' LOGIN "lock $box/." OK
	[ ! -s log ]
}

@test "list: a missing Maildir is an empty maildrop without a lock; logged" {
	rm -r "$box"
	ask "${login[@]}"
	answers 'OK 1' OK OK
	echo "<5>maildir reason=\"no Maildir, so no messages\" path=\"$box\"" |
		diff - log
}

@test "list: a home that is missing, as where a disk is not mounted, is TEMP, never empty" {
	mv demo elsewhere
	ask "${login[@]}"
	answers 'OK 1' OK 'TEMP mailbox not available'
	grep -qF '<3>maildir reason="no Maildir, nor its home: is a disk not mounted?" error="No such file or directory" path="'"$box\"" log
	: >demo
	ask "${login[@]}"
	answers 'OK 1' OK 'TEMP mailbox not available'
}

@test "list: what cannot be read is TEMP and logged, never empty" {
	messages new/1.a
	chmod 0 "$box/cur"
	ask "${login[@]}"
	answers 'OK 1' LOGIN 'TEMP mailbox not available'
	grep -qF '<3>maildir reason="Maildir cannot be read" error="Permission denied" path="'"$box/cur\" uid=$common_uid" log
	chmod 755 "$box/cur"
	chmod 0 "$box"
	ask "${login[@]}"
	answers 'OK 1' OK 'TEMP mailbox not available'
	chmod 755 "$box"
	rm -r "$box"
	: >"$box"
	ask "${login[@]}"
	answers 'OK 1' OK 'TEMP mailbox not available'
	grep -qF 'Not a directory' log
}

@test "list: wants the user who logged in" {
	messages new/1.a
	ask 'hello 1' 'list demo' 'login demo demo' 'list other' 'list' \
		'login demo wrong' 'list demo'
	answers 'OK 1' 'TEMP mailbox not available' LOGIN \
		'TEMP mailbox not available' 'TEMP mailbox not available' \
		ERR 'TEMP mailbox not available'
}

@test "list: it touches nothing: no move to cur, no flag, no quota file" {
	messages new/1.a
	messages cur/2.b:2,
	echo '1000S' >"$box/maildirsize"
	touch -d @1000000000 "$box/maildirsize" "$box/new" "$box/cur" \
		"$box"
	find "$box" -printf '%P %T@ %C@ %i\n' | sort >before
	ask "${login[@]}" 'retr 1 -' 'commit 0'
	find "$box" -printf '%P %T@ %C@ %i\n' | sort | diff before -
}

# bats test_tags=long
@test "list: mail that moves meanwhile is listed once, and not missed" {
	local i lists=()
	for ((i = 0; i < 100; i++)); do
		: >"$box/new/$i.a"
	done
	for ((i = 0; i < 1500; i++)); do
		lists+=('list demo')
	done
	# From new to cur, then through some flags, all the while.
	perl -e 'chdir $ARGV[0]; my %at = map { $_ => "new/$_.a" } 0..99;
		for my $flags ("", "S", "RS", "FRS", "FRST") { for (0..99) {
			select undef, undef, undef, 0.0003;
			rename $at{$_}, "cur/$_.a:2,$flags";
			$at{$_} = "cur/$_.a:2,$flags"; } }' "$box" 3>&- &
	ask 'login demo demo' "${lists[@]}"
	wait $!
	tail -n +3 out | awk '/^lock/ { if (lists++ && n != 100) bad++; n = 0; delete seen }
		/^msg/ { sub(".*/", ""); sub(":.*", ""); if (!seen[$0]++) n++
			else bad++ }
		END { print bad + 0, n, lists }' | diff <(echo 0 100 1500) -
}

# bats test_tags=long
@test "list: 10,000 messages in order, and twice the same" {
	# Made in an order of their own, numbered in that of arrival.
	perl -e 'for (map { $_ * 7919 % 10000 } 0..9999) {
		open F, ">", sprintf "%s/cur/%d.M%dP1.host,W=%d:2,S", $ARGV[0],
			1700000000 + int($_ / 10), 100000 + $_, $_ + 1
	}' "$box"
	ask "${login[@]}" 'list demo'
	perl -e 'printf "msg %d - %s/cur/%d.M%dP1.host,W=%d:2,S\n", $_ + 1,
		$ARGV[0], 1700000000 + int($_ / 10), 100000 + $_, $_ + 1
		for 0..9999' "$box" >expected
	grep '^msg' out >got
	cat expected expected | cmp - got
	[ ! -s log ]
}

@test "list: 100,000 messages in bounded memory" {
	! grep -q __asan_init "$maildir" || skip "ASan maps terabytes"
	perl -e 'for (0..99999) {
		open F, ">", sprintf "%s/new/%d.M%dP1.host.example", $ARGV[0],
			1700000000 + $_ * 7919 % 100000, $_ }' "$box"
	# 100,000 names of 33 octets and 32 more each are less than 8 MB.
	(ulimit -v 40000 && ask "${login[@]}")
	[ "$(grep -c '^msg' out)" -eq 100000 ]
	listed | cut -c5-14 | sort -nc
}

@test "retr: a message is found by its unique part when flags change" {
	messages new/1.a
	messages new/2.b
	start_backend as_user "$maildir" -u users
	say 'hello 1'; say 'login demo demo'; say 'list demo'
	[ "${reply[1]}" = "msg - - $box/new/1.a" ]
	mv "$box/new/1.a" "$box/cur/1.a:2,S"
	say 'retr 1 -'
	[ "${reply[*]}" = "file $box/cur/1.a:2,S OK" ]
	# Again, and asked with the unique-id that pop3-skel derived.
	mv "$box/cur/1.a:2,S" "$box/cur/1.a:2,RS"
	say 'retr 1 1.a'
	[ "${reply[*]}" = "file $box/cur/1.a:2,RS OK" ]
	say 'retr 2 -'
	[ "${reply[*]}" = "file $box/new/2.b OK" ]
	rm "$box/cur/1.a:2,RS"
	say 'retr 1 -'
	[ "${reply[*]}" = 'ERR no such message' ]
	stop_backend
}

@test "retr: names with blanks and 8-bit are found again too" {
	: >"$box/new/1.a b"
	: >"$box/new/2."$'\377'
	start_backend as_user "$maildir" -u users
	say 'hello 1'; say 'login demo demo'; say 'list demo'
	mv "$box/new/1.a b" "$box/cur/1.a b:2,S"
	mv "$box/new/2."$'\377' "$box/cur/2."$'\377:2,S'
	say 'retr 1 1.a b'
	[ "${reply[*]}" = "file $box/cur/1.a b:2,S OK" ]
	say 'retr 2 -'
	[ "${reply[*]}" = "file $box/cur/2."$'\377:2,S OK' ]
	say "expunge 1 1.a b $box/new/1.a b"
	[ "${reply[*]}" = OK ]
	[ ! -e "$box/cur/1.a b:2,S" ]
	stop_backend
}

@test "retr: cur made after the list" {
	messages new/1.a
	rm -r "$box/cur"
	start_backend as_user "$maildir" -u users
	say 'hello 1'; say 'login demo demo'; say 'list demo'
	as_user mkdir "$box/cur"
	mv "$box/new/1.a" "$box/cur/1.a:2,S"
	say 'retr 1 -'
	[ "${reply[*]}" = "file $box/cur/1.a:2,S OK" ]
	stop_backend
}

@test "retr: numbers and unique-ids that were not listed" {
	messages new/1.a
	ask "${login[@]}" 'retr 0 -' 'retr 2 -' 'retr 1' 'retr' 'retr 1 1.b' \
		'retr 1 1.a2' 'retr x -' 'retr -1 -' 'retr 1x -' \
		'retr 18446744073709551617 -' "retr 1 - /etc/passwd"
	[ "$(grep -c '^ERR no such message$' out)" -eq 11 ]
}

@test "expunge: the message is removed and no other" {
	messages new/1.a
	messages cur/2.b:2,S
	messages cur/3.c:2,
	ask "${login[@]}" "expunge 2 - $box/cur/2.b:2,S" 'commit 1'
	tail -n 2 out | diff <(printf '%s\n' OK DEFAULT) -
	(cd "$box" && find . -type f | sort) |
		diff <(printf '%s\n' ./cur/3.c:2, ./new/1.a) -
}

@test "expunge: without a path, and with the unique-id written out" {
	messages new/1.a
	messages new/2.b
	ask "${login[@]}" 'expunge 1 -' "expunge 2 2.b $box/new/2.b"
	tail -n 2 out | diff <(printf '%s\n' OK OK) -
	[ -z "$(ls "$box/new")" ]
}

@test "expunge: found by the unique part when flags changed" {
	messages new/1.a
	messages new/1.ab
	start_backend as_user "$maildir" -u users
	say 'hello 1'; say 'login demo demo'; say 'list demo'
	mv "$box/new/1.a" "$box/cur/1.a,S=5:2,S"
	say "expunge 1 - $box/new/1.a"
	[ "${reply[*]}" = OK ]
	[ ! -e "$box/cur/1.a,S=5:2,S" ]
	[ -e "$box/new/1.ab" ]
	stop_backend
}

@test "expunge: a message that is gone counts as removed" {
	messages new/1.a
	messages new/2.b
	start_backend as_user "$maildir" -u users
	say 'hello 1'; say 'login demo demo'; say 'list demo'
	rm "$box/new/1.a"
	say "expunge 1 - $box/new/1.a"
	[ "${reply[*]}" = OK ]
	say "expunge 2 - $box/new/2.b"
	[ "${reply[*]}" = OK ]
	say "expunge 2 - $box/new/2.b"
	[ "${reply[*]}" = OK ]
	stop_backend
	[ ! -s log ]
}

@test "expunge: paths and numbers that are not the message's are refused" {
	local path
	messages new/1.a
	messages new/2.b
	printf x >demo/victim
	mkdir "$box/new/1.dir"
	messages new/1.dir/1.a
	ask "${login[@]}" 'expunge 1 - /etc/passwd' "expunge 1 - $box/new/2.b" \
		"expunge 1 - $box/new/../../victim" "expunge 3 - $box/new/1.a" \
		"expunge 1 2.b $box/new/1.a" "expunge 0 - $box/new/1.a" \
		"expunge 1 - $box/tmp/1.a" "expunge 1 - new/1.a" 'expunge 1' \
		"expunge 1 - $box/new/1.dir/1.a" "expunge 1 - $box/new/" \
		expunge "expunge 1 1.a$box/new/1.a"
	[ "$(grep -c '^ERR no such message$' out)" -eq 13 ]
	[ "$(grep -c '^<3>maildir reason="expunge of a message that was not listed"$' log)" -eq 13 ]
	for path in new/1.a new/2.b ../victim new/1.dir/1.a; do
		[ -e "$box/$path" ]
	done
	# And none at all before a list.
	ask 'hello 1' 'login demo demo' "expunge 1 - $box/new/1.a"
	answers 'OK 1' LOGIN 'ERR no such message'
	[ -e "$box/new/1.a" ]
}

@test "expunge: a read-only folder is an error and a log line" {
	messages new/1.a
	messages new/2.b
	chmod 555 "$box/new"
	ask "${login[@]}" "expunge 1 - $box/new/1.a" "expunge 2 - $box/new/2.b"
	tail -n 2 out | diff <(printf '%s\n' 'ERR message not removed' \
		'ERR message not removed') -
	grep -qF '<3>maildir reason="message not removed" error="Permission denied" path="1.a"' log
	[ -e "$box/new/1.a" ]
}

# The unique-id of a file that is not alone with its unique part.
twin_id() {
	printf '%s,%s\n' "${1// /:}" "$(stat -c %i "$box/$2")"
}

# Two twins, in the order of the list: in `first` and `second`.
in_order() {
	first=$1
	second=$2
	[ "$(twin_number "$1" "$2")" -eq 1 ] || { first=$2; second=$1; }
}

@test "list: twins keep their unique-ids when flags change or one of three goes" {
	local one two
	messages new/1.a cur/1.a:2,S cur/1.a,S=5:2,
	one=$(twin_id 1.a new/1.a)
	two=$(twin_id 1.a cur/1.a:2,S)
	ask "${login[@]}"
	# No path: what has one of two names may have the other one soon.
	grep -qxF "msg - $one" out
	grep -qxF "msg - $two" out
	mv "$box/new/1.a" "$box/cur/1.a:2,FS"
	mv "$box/cur/1.a:2,S" "$box/cur/1.a:2,"
	rm "$box/cur/1.a,S=5:2,"
	ask "${login[@]}"
	grep -qxF "msg - $one" out
	grep -qxF "msg - $two" out
	# The last one is no twin.
	rm "$box/cur/1.a:2,"
	ask "${login[@]}"
	grep -qF "msg - - $box/cur/1.a:2,FS" out
	[ ! -s log ]
}

@test "list: twins with blanks in their names, and requests by a twin's unique-id" {
	local one two
	messages 'new/1.a b' 'cur/1.a b:2,S'
	in_order 'new/1.a b' 'cur/1.a b:2,S'
	one=$(twin_id '1.a b' "$first")
	two=$(twin_id '1.a b' "$second")
	ask "${login[@]}" "retr 1 $one" "retr 2 $one" "retr 2 $two" \
		"expunge 1 $two $box/$first" "expunge 1 $one $box/$first" \
		"expunge 2 $two $box/$second"
	tail -n +5 out | diff <(printf '%s\n' "msg - $one" \
		"msg - $two" OK "file $box/$first" OK \
		'ERR no such message' "file $box/$second" OK \
		'ERR no such message' OK OK) -
	[ -z "$(stored)" ]
}

@test "expunge: of two messages with one unique part never the other one" {
	messages new/1.a
	messages cur/1.a:2,S
	in_order new/1.a cur/1.a:2,S
	start_backend as_user "$maildir" -u users
	say 'hello 1'; say 'login demo demo'; say 'list demo'
	[ "${reply[1]}" = "msg - $(twin_id 1.a "$first")" ]
	[ "${reply[2]}" = "msg - $(twin_id 1.a "$second")" ]
	rm "$box/$first"
	say "expunge 1 - $box/$first"
	[ "${reply[*]}" = 'ERR message not removed' ]
	say "expunge 1 - $box/$second"
	[ "${reply[*]}" = 'ERR no such message' ]
	[ -e "$box/$second" ]
	say 'retr 1 -'
	[ "${reply[*]}" = 'TEMP message cannot be found' ]
	say "expunge 2 - $box/$second"
	[ "${reply[*]}" = OK ]
	[ ! -e "$box/$second" ]
	stop_backend
}

@test "expunge: the folder that was listed, whatever its path has become" {
	messages new/1.a
	mkdir -p victim/new
	printf 'keep\n' >victim/new/1.a
	own
	start_backend as_user "$maildir" -u users
	say 'hello 1'; say 'login demo demo'; say 'list demo'
	mv "$box/new" "$box/old"
	as_user ln -s "$work/victim/new" "$box/new"
	say "expunge 1 - $box/new/1.a"
	[ "${reply[*]}" = OK ]
	[ -e victim/new/1.a ]
	[ ! -e "$box/old/1.a" ]
	stop_backend
}

# bats test_tags=long
@test "expunge: 5,000 renamed and 5,000 gone messages at once" {
	perl -e 'for (0..9999) { open F, ">", "$ARGV[0]/new/$_.a" }' "$box"
	start_backend as_user "$maildir" -u users
	printf '%s\n' "${login[@]}" >&8
	head -n 10004 <&9 >/dev/null
	perl -e 'for (0..9999) {
		$_ % 2 ? rename "$ARGV[0]/new/$_.a", "$ARGV[0]/cur/$_.a:2,S"
		       : unlink "$ARGV[0]/new/$_.a" }' "$box"
	perl -e 'print "expunge ", $_ + 1, " - $ARGV[0]/new/$_.a\n"
		for 0..9999' "$box" >&8 3>&- &
	exec 8>&-
	[ "$(head -n 10000 <&9 | uniq -c | tr -s ' ')" = ' 10000 OK' ]
	[ -z "$(ls "$box/cur")" ]
	exec 9<&-
	wait "$asked"
	[ ! -s log ]
}

# bats test_tags=long
@test "--serve: list is the first request, of any user; paths are absolute" {
	messages cur/1.a:2,S
	ask_serve demo/Maildir// 'list somebody' \
		"expunge 1 - $box/cur/1.a:2,S"
	answers "lock $box/." "msg - - $box/cur/1.a:2,S" OK OK
	[ ! -e "$box/cur/1.a:2,S" ]
	ask_serve "$box" 'hello 1' 'login demo demo' 'list x'
	answers 'OK 1' DEFAULT "lock $box/." OK
	# Where no login comes before the list, the lock does.
	for words in '1 x lock' '1 lock' '1 lock lockx'; do
		ask_serve "$box" "hello $words" 'list x'
		answers "lock $box/." 'OK 1' "lock $box/." OK
	done
	for words in '1 locks' '1 x-lock' '1'; do
		ask_serve "$box" "hello $words"
		answers 'OK 1'
	done
	ask_serve "$work/nowhere" 'hello 1 lock'
	answers 'OK 1'
	ask_serve "$work/nowhere" 'list x'
	answers OK
}

@test "--serve: a list that fails ends the session" {
	chmod 0 "$box/new"
	ask_serve "$box" 'list x'
	answers close 'TEMP mailbox not available'
	ask_serve $'a\nb' 'list x'
	answers close 'TEMP mailbox not available'
	ask_serve "/$(head -c 3900 /dev/zero | tr '\0' a)" 'list x'
	answers close 'TEMP mailbox not available'
	ask_serve '' 'list x'
	answers close 'TEMP mailbox not available'
}

@test "--serve: never as root" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	messages new/1.a
	printf 'list x\n' | "$maildir" --serve "$box" >out 2>log
	answers close 'TEMP mailbox not available'
	printf 'hello 1 lock\n' | "$maildir" --serve "$box" >out 2>>log
	answers 'OK 1'
	grep -qF -- '--serve does not run as root' log
}
