# SPDX-License-Identifier: ISC
# The size file of a Maildir, maildir(8): what was counted is counted once.
#
# bats file_tags=full

load ../lib/common
load ../lib/session
load ../lib/maildir

prepare() {
	maildir_setup
	list=$box/pop3-skel-list
	keeps=(env POP3_FEATURES=sizes)
}

# One session of demo's, with these commands; what it counted is in `counted`,
# one "N OCTETS" a line.
visit() {
	aged "$box"/{new,cur}/*
	options+=(--debug)
	session 'USER demo' 'PASS demo' "$@" QUIT
	[ "$status" -eq 0 ]
	sed -n 's/.*backend="> sizes \(.*\)"$/\1/p' log | tr ' ' '\n' |
		paste -d ' ' - - | sed '/^ $/d' >counted
}

# What the last session counted.
counted() {
	printf '%s\n' "$@" | sed '/^$/d' | diff - counted
}

# maildir alone, asked these lines after its list, with what it needs to keep
# the file.
ask_keep() {
	own
	printf '%s\n' 'hello 1' 'list demo' "$@" |
		as_user "${keeps[@]}" "$maildir" --serve "$box" >out 2>log
}

# The sizes and unique-ids of the list in `out`.
told() {
	# A twin has no path.
	sed -n 's|^msg \([^ ]* [^ ]*\)\( .*/\(.*\)\)\{0,1\}$|\1 \3|p' out
}

# Writes the size file: the lines given between a head ($head) and an end. What
# is counted in them, N, is so of the first file that has the name: N/INODE.
write_list() {
	local line number uid other name file
	for line; do
		read -r number uid other name <<<"$line"
		[[ $other = *[!0-9]* || $number = *[!0-9]* ]] ||
			line="$number/$other $uid $other $name"
		[[ $line != */* ]] || number=-
		for file in "$box"/{cur,new}/"$name"{,[:,]*}; do
			[[ $name && $number != *[!0-9]* && -e $file ]] ||
				continue
			number+=/$(stat -c %i "$file")
			line="$number $uid $other $name"
		done
		printf '%s\n' "$line"
	done | cat <(printf '%s\n' "${head-pop3-skel-list 1}") - | seal >"$list"
	chmod 600 "$list"
	own
}

# The lines of the size file but the first and the last, without the inodes of
# what was counted.
lines() {
	sed '1d; $d; s|^\([0-9]*\)/[0-9]* |\1 |' "$list" | diff <(printf '%s\n' "$@" | sed '/^$/d') -
}

# It is whole, by its own sum, and nothing else was left in the Maildir.
whole() {
	sed '$d' "$list" | seal | cmp - "$list"
	[ "$(cd "$box" && echo *)" = 'cur new pop3-skel-list tmp' ]
}

@test "what was counted is told by the next session's list, and not counted again" {
	messages new/1.a 'cur/2.b:2,S' 'cur/3 c,S=1:2,'
	visit STAT
	counted '1 37' '2 45' '3 51'
	cp out first
	[ "$(stat -c %a "$list")" = 600 ]
	lines '37 - - 1.a' '45 - - 2.b' '51 - - 3 c'
	whole
	visit STAT
	cmp first out
	counted
	logged "< msg 37 - $box/new/1.a"
}

# bats test_tags=long
@test "10,000 messages: the first session opens each, the second none, and looks at none" {
	perl -e 'for (0..9999) {
		$name = sprintf "%s/cur/%d.M%dP1.host:2,S", $ARGV[0], 1700000000 + $_, $_;
		open F, ">", $name;
		print F "x\n";
		close F;
		utime 1, 1, $name;
	}' "$box"
	own
	tracing -f -e trace=file
	for opened in 10000 0; do
		"${traced[@]}" "$SKEL" "${options[@]}" -- "${backend[@]}" \
			< <(printf '%s\r\n' 'USER demo' 'PASS demo' STAT QUIT) \
			>out 2>log
		grep -q '^+OK 10000 30000' out
		[ "$(grep -c 'cur/1' trace)" -eq "$opened" ]
	done
	whole
}

@test "a name that tells the size needs no line, and no file" {
	messages 'cur/1.a,W=55:2,S'
	visit STAT 'RETR 1'
	[ ! -e "$list" ]
}

@test "a size that RETR finds to be another is corrected" {
	messages new/1.a new/2.b 'new/3.c,W=5'
	visit STAT
	mail new/1.a <<<'rewritten in its place'
	visit 'RETR 1' 'RETR 2' 'RETR 3' 'LIST 1'
	grep -q '^+OK 1 37' out
	counted '1 24' '3 45'
	lines '24 - - 1.a' '37 - - 2.b' '45 - - 3.c'
	visit LIST
	grep -q '^1 24' out
	grep -q '^3 45' out
	# Where the name says another number neither is believed.
	counted '3 45'
}

@test "a count of a file that was not whole yet does not overrule its name" {
	messages 'new/1.a,W=47' new/2.b
	mv "$box/new/1.a,W=47" whole
	head -c 20 whole >"$box/new/1.a,W=47"
	visit 'RETR 1'
	counted '1 22'
	cat whole >"$box/new/1.a,W=47"
	visit LIST STAT
	grep -q '^1 47' out
	counted '1 47' '2 37'
	lines '47 - - 1.a' '37 - - 2.b'
	visit LIST
	grep -q '^1 47' out
	counted
}

@test "another file that has got the name of a message is counted for itself" {
	messages new/1.a new/2.b new/3.c
	visit STAT
	counted '1 37' '2 37' '3 37'
	echo 'rewritten beside it' >"$box/tmp/1"
	echo 'brought back from elsewhere' >"$box/tmp/2"
	mv "$box/tmp/1" "$box/new/1.a"
	mv "$box/tmp/2" "$box/cur/2.b:2,S"
	rm "$box/new/2.b"
	visit LIST
	grep -qx $'1 21\r' out
	grep -qx $'2 29\r' out
	counted '1 21' '2 29'
	lines '21 - - 1.a' '29 - - 2.b' '37 - - 3.c'
	visit LIST
	counted
	# Which file a number is of was not always kept.
	printf '%s\n' 'pop3-skel-list 1' '77 - - 1.a' | seal >"$list"
	visit LIST
	counted '1 21' '2 29' '3 37'
	whole
}

@test "an IMAP server's renames change nothing: flags, and new to cur" {
	messages new/1.a 'cur/2.b:2,'
	visit STAT
	mv "$box/new/1.a" "$box/cur/1.a:2,S"
	mv "$box/cur/2.b:2," "$box/cur/2.b:2,RS"
	visit STAT
	counted
	matches '+OK *' '+OK *' '+OK *' '+OK 2 80' '+OK *'
}

# bats test_tags=long
@test "a delivery: the new one alone is counted; a deletion: its line goes" {
	messages new/1.a 'cur/2.b:2,' new/4.d
	visit STAT
	messages new/3.c
	rm "$box/cur/2.b:2,"
	visit STAT
	counted '2 37'
	lines '37 - - 1.a' '37 - - 3.c' '37 - - 4.d'
	visit STAT 'DELE 1'
	counted
	lines '37 - - 3.c' '37 - - 4.d'
	whole
	# What was never counted leaves it alone.
	messages new/5.e
	before=$(stat -c %i "$list")
	visit 'DELE 3'
	[ "$(stat -c %i "$list")" = "$before" ]
}

@test "the order of the list: by time, then octet by octet" {
	messages new/10.a new/9.b new/9.a new/a new/010.a
	visit STAT
	lines '33 - - a' '37 - - 9.a' '37 - - 9.b' '41 - - 010.a' '39 - - 10.a'
	visit STAT
	counted
}

@test "two sessions: what the other one saw is kept" {
	messages new/1.a new/2.b
	own
	start_backend as_user "${keeps[@]}" "$maildir" --serve "$box"
	say 'list demo'
	say 'sizes 1 11'
	messages new/3.c new/0.z
	rm "$box/new/2.b"
	ask_keep 'sizes 1 90 2 91 3 93'
	lines '90 - - 0.z' '91 - - 1.a' '93 - - 3.c'
	stop_backend
	lines '90 - - 0.z' '11 - - 1.a' '93 - - 3.c'
	whole
}

@test "what was counted is kept by whoever gets the next file alone" {
	messages new/1.a
	: >"$box/pop3-skel-list.next"
	own
	exec 7<"$box/pop3-skel-list.next"
	flock 7
	ask_keep 'sizes 1 11'
	[ ! -e "$list" ]
	[ ! -s log ]
	exec 7<&-
	# What a killed one left is taken over.
	echo rubbish >"$box/pop3-skel-list.next"
	ask_keep 'sizes 1 11'
	lines '11 - - 1.a'
	whole
}

@test "a writer whose next file became the list in the meantime leaves it alone" {
	messages new/1.a
	write_list '77 - - 1.a'
	mv "$list" "$box/pop3-skel-list.next"
	tracing -e trace=flock -e inject=flock:delay_enter=1000000
	printf '%s\n' 'hello 1' 'list demo' 'sizes 1 11' >asked
	"${traced[@]}" "${keeps[@]}" "$maildir" --serve "$box" <asked >out 2>log \
		3>&- &
	wait_until 5 grep -q flock trace
	mv "$box/pop3-skel-list.next" "$list"
	wait $!
	lines '77 - - 1.a'
	whole
	[ ! -s log ]
}

@test "no size file without a pop3-skel that wants it" {
	messages new/1.a new/1.a:2,S
	keeps=(env)
	ask_keep 'sizes 1 11'
	[ "$(tail -n 1 out)" = OK ]
	[ ! -e "$list" ]
	keeps=(env 'POP3_FEATURES=xsizes sizesx size')
	ask_keep 'sizes 1 11'
	[ ! -e "$list" ]
	options+=(--mode read-only)
	session 'USER demo' 'PASS demo' STAT QUIT
	[ ! -e "$list" ]
	keeps=(env 'POP3_FEATURES=x sizes y')
	ask_keep 'sizes 1 11'
	[ -e "$list" ]
	rm "$list"
	# In hello as well: one that listens has no environment of the session.
	printf '%s\n' 'hello 1 x-unknown sizes' 'list demo' 'sizes 1 11' |
		as_user "$maildir" --serve "$box" >out
	[ -e "$list" ]
}

@test "sizes of what was not listed, or that are none" {
	messages new/1.a
	for sizes in '2 1' '0 1' '1' '1 x' 'x 1' '1 8796093022208' '1  2' ' 1 2'; do
		ask_keep "sizes $sizes"
		[ "$(tail -n 1 out)" = 'ERR no sizes of what was listed' ]
		[ ! -e "$list" ]
	done
	printf '%s\n' 'hello 1' 'sizes 1 1' |
		as_user "${keeps[@]}" "$maildir" --serve "$box" >out
	[ "$(tail -n 1 out)" = 'ERR no sizes of what was listed' ]
}

@test "twins: their unique-ids are on the disk before they are told" {
	messages new/1.a 'cur/1.a:2,S'
	tracing -e trace=fsync,write,renameat,renameat2,rename
	printf '%s\n' 'hello 1' 'list demo' >asked
	"${traced[@]}" "${keeps[@]}" "$maildir" --serve "$box" <asked >out
	sed 's/(.*//' trace | xargs >calls
	[ "$(cat calls)" = 'write write fsync renameat fsync write' ] ||
		[ "$(cat calls)" = 'write write fsync renameat2 fsync write' ]
	told | sed 's/.* 1\.a,\([0-9]*\) .*/- - \1 1.a/' >expected
	[ "$(wc -l <expected)" -eq 2 ]
	sed '1d; $d' "$list" | diff expected -
	whole
	# Once: then they are known.
	"${traced[@]}" "${keeps[@]}" "$maildir" --serve "$box" <asked >out
	[ "$(sed 's/(.*//' trace | xargs)" = 'write write' ]
}

@test "twins: whoever writes the file is waited for" {
	messages new/1.a 'cur/1.a:2,S'
	: >"$box/pop3-skel-list.next"
	own
	exec 7<"$box/pop3-skel-list.next"
	flock 7
	(
		sleep 0.3
		exec 7<&-
	) 3>&- &
	exec 7<&-
	ask_keep
	[ "$(told | grep -c ' 1.a,[0-9]* ')" -eq 2 ]
	lines "$(sed '1d; $d' "$list")"
	[ "$(wc -l <"$list")" -eq 4 ]
	wait
}

@test "twins: the same unique-ids where they cannot be written" {
	messages new/1.a 'cur/1.a:2,S'
	keeps=(env)
	ask_keep
	told >expected
	keeps=(env POP3_FEATURES=sizes)
	chmod 555 "$box"
	ask_keep
	chmod 755 "$box"
	told | diff expected -
	[ "$(grep -c 'size file not written' log)" -eq 1 ]
	[ "$(wc -l <log)" -eq 1 ]
}

# bats test_tags=long
@test "P3.9: a twin that survives keeps its unique-id, and is found by it" {
	messages new/1.a 'cur/1.a:2,S' new/2.b
	visit UIDL STAT
	uid=$(sed -n 's/^2 \(.*\)\r/\1/p' out)
	visit 'DELE 1'
	[ "$(stored | wc -l)" -eq 2 ]
	visit UIDL STAT
	counted
	[ "$(sed -n 's/^1 \(.*\)\r/\1/p' out)" = "$uid" ]
	mv "$box"/*/1.a* "$box/cur/1.a:2,FS"
	visit UIDL
	[ "$(sed -n 's/^1 \(.*\)\r/\1/p' out)" = "$uid" ]
	# Its file alone tells: without it, it is what its name says.
	cp "$list" kept
	rm "$list"
	visit UIDL
	[ "$(sed -n 's/^1 \(.*\)\r/\1/p' out)" = 1.a ]
	cp kept "$list"
	visit 'DELE 1' 'DELE 2'
	[ -z "$(stored)" ]
	lines ''
}

@test "P3.9: a twin that survives another's removal by somebody else" {
	messages new/1.a 'cur/1.a:2,S'
	# Inodes tell twins apart, and their order.
	own=$(stat -c %i "$box/new/1.a")
	visit UIDL
	uid=$(sed -n "s/^[12] \(.*,$own\)\r/\1/p" out)
	other=$(sed -n "/,$own\r/d; s/^[12] \(.*\)\r/\1/p" out)
	[ -n "$uid" ]
	[ -n "$other" ]
	rm "$box/cur/1.a:2,S"
	visit UIDL STAT
	[ "$(sed -n 's/^1 \(.*\)\r/\1/p' out)" = "$uid" ]
	# A third is no second.
	messages 'cur/1.a:2,T'
	visit UIDL
	sed -n 's/^[12] \(.*\)\r/\1/p' out >told
	grep -qxF "$uid" told
	! grep -qxF "$other" told ||
		[ "$(stat -c %i "$box/cur/1.a:2,T")" = "${other#*,}" ]
}

# The list as it is without a file is the one with it, and one line says why it
# is of no use; the next session that counts makes a good one.
ignored() {
	ask_keep
	told | diff plain -
	grep -qF "size file ignored: $1" log || {
		cat log
		return 1
	}
	[ "$(wc -l <log)" -eq 1 ]
}

# bats test_tags=long
@test "a file that is none of ours is ignored, with one line" {
	messages new/1.a new/2.b
	ask_keep
	told >plain
	write_list '11 - - 1.a' '22 - - 2.b'
	ask_keep
	told | diff <(printf '%s\n' '11 - 1.a' '22 - 2.b') -
	cp -p "$list" good
	mkdir folder
	mkfifo fifo
	for made in "cp -r folder $list" "cp -r fifo $list" \
		"ln -s $work/good $list" "ln -s nowhere $list"; do
		rm -rf "$list"
		$made
		ignored 'not a regular file'
	done
	rm "$list"
	ln good "$list"
	ignored 'it has more than one link'
	rm "$list"
	cp -p good "$list"
	for mode in 620 602 666; do
		chmod "$mode" "$list"
		ignored 'others may write it'
	done
	chmod 400 "$list"
	ask_keep 'sizes 1 12'
	lines '12 - - 1.a' '22 - - 2.b'
	chmod 0 "$list"
	ignored 'it cannot be read'
	ask_keep 'sizes 1 13 2 14'
	lines '13 - - 1.a' '14 - - 2.b'
	if [ "$EUID" -eq 0 ]; then
		chown 0:0 "$list"
		chmod 644 "$list"
		printf '%s\n' 'list demo' |
			as_user "${keeps[@]}" "$maildir" --serve "$box" \
				>out 2>log
		told | diff plain -
		grep -q 'of another owner' log
	fi
}

# bats test_tags=long
@test "a file that is damaged is ignored, with one line, and made anew" {
	messages new/1.a new/2.b
	ask_keep
	told >plain
	write_list '11 - - 1.a' '22 - - 2.b'
	cp "$list" good
	for ((n = 0; n < $(stat -c %s good); n += 7)); do
		head -c "$n" good >"$list"
		ignored ''
		# One bit.
		perl -pe 'BEGIN { $/ = undef } substr($_, '"$n"', 1) ^= chr(1 << '$((n % 7))')' \
			good >"$list"
		ignored ''
	done
	{ cat good; echo; } >"$list"
	ignored 'lines behind the last one'
	ask_keep 'sizes 1 11'
	lines '11 - - 1.a'
	whole
}

# bats test_tags=long
@test "a file that says what none says is ignored, with one line" {
	messages new/1.a new/2.b
	ask_keep
	told >plain
	while IFS='|' read -r why some; do
		write_list "${some%%;*}" ${some##*;}
		ignored "$why"
	done <<-'END'
		a line of too few fields|11 - 1.a
		a line of too few fields|11 -  1.a
		a size that is none|x - - 1.a
		a size that is none|-1 - - 1.a
		a size that is none|01 - - 1.a
		a size that is none|8796093022208 - - 1.a
		a size that is none|11/0 - - 1.a
		an inode that is none|- - 0 1.a
		an inode that is none|11 - x 1.a
		a name that no message has|11 - - 1.a:2,S
		a name that no message has|11 - - 1.a,W=3
		a unique-id, but none was imported|11 mine - 1.a
	END
	write_list '22 - - 2.b' '11 - - 1.a'
	ignored 'out of order'
	write_list '11 - - 1.a' '11 - - 1.a'
	ignored 'out of order'
	write_list '11 - - 1.a' '11 - 5 1.a'
	ignored 'out of order'
	write_list "11 - - 1.$(times 300 x)"
	ignored 'a name that no message has'
	write_list "11 - - 1.$(times 70000 x)"
	ignored 'cut off, or a line too long'
	for head in 'pop3-skel-list 2' 'pop3-skel-list' 'pop3-skel-list 1 ' \
		'pop3-skel-list 1 imported ' 'pop3-skel-list 1 imported X' \
		'pop3-skel-list 1 imported abcdefghijklmnopq' $'\xff'; do
		write_list '11 - - 1.a'
		ignored 'not its first line, or another version'
	done
}

# With unique-ids that were imported: the login fails, and the file stays.
needed() {
	cp -a "$list" before
	ask_keep 'sizes 1 11' "expunge 1 - $box/new/1.a"
	grep -qx close out
	grep -qx 'TEMP mailbox not available' out
	run -1 grep '^msg' out
	grep -qF "size file needed, for its unique-ids were imported: $1" log
	cmp before "$list"
	[ -e "$box/new/1.a" ]
}

@test "imported unique-ids are told, and stay when sizes come and messages go" {
	messages new/1.a 'cur/2.b:2,S' new/3.c
	head='pop3-skel-list 1 imported dovecot'
	write_list '11 mine - 1.a' '- 0000abcd4c3ef5e1 - 2.b' '33 gone - 2.x'
	ask_keep 'sizes 3 33' "expunge 1 mine $box/new/1.a"
	told | diff <(printf '%s\n' '11 mine 1.a' '- 0000abcd4c3ef5e1 2.b:2,S' \
		'- - 3.c') -
	[ "$(tail -n 1 out)" = OK ]
	[ ! -e "$box/new/1.a" ]
	grep -qx "$head" "$list"
	lines '- 0000abcd4c3ef5e1 - 2.b' '33 gone - 2.x' '33 - - 3.c'
	# A twin has it, and the other one has not.
	messages 'cur/2.b:2,FS'
	ask_keep
	[ "$(told | grep -c ' 0000abcd4c3ef5e1 ')" -eq 1 ]
	[ "$(told | grep -c ' 2.b,[0-9]* ')" -eq 1 ]
	cp out first
	mv "$box/cur/2.b:2,S" "$box/cur/2.b:2,T"
	ask_keep
	sed 's/2,T/2,S/' out | sort | diff <(sort first) -
	run -1 grep . log
}

# bats test_tags=long
@test "a damaged file with imported unique-ids: the login fails, and it is not replaced" {
	messages new/1.a new/2.b
	head='pop3-skel-list 1 imported dovecot'
	write_list '11 one - 1.a' '22 two - 2.b'
	cp "$list" good
	tr 2 3 <good >"$list"
	needed 'its sum is wrong'
	head -n 2 good >"$list"
	needed 'cut off'
	write_list '11 one - 1.a' '22 one - 2.b'
	needed 'a double unique-id'
	write_list '11 oné - 1.a'
	needed 'an illegal unique-id'
	write_list "11 $(times 71 x) - 1.a"
	needed 'an illegal unique-id'
	# Whoever cannot read its first line has the file beside it.
	tr p q <good >"$list"
	touch "$box/pop3-skel-list.imported"
	needed 'not its first line, or another version'
	ln -f good "$list"
	needed 'it has more than one link'
}

@test "imported unique-ids of twins that cannot be written are not told" {
	messages new/1.a 'cur/1.a:2,S'
	head='pop3-skel-list 1 imported dovecot'
	write_list '11 one - 1.a'
	chmod 555 "$box"
	printf '%s\n' 'hello 1' 'list demo' |
		as_user "${keeps[@]}" "$maildir" --serve "$box" >out 2>log
	chmod 755 "$box"
	run -1 grep '^msg' out
	grep -qx 'TEMP mailbox not available' out
	grep -q 'size file not written.*Permission denied' log
}

@test "imported unique-ids: a file that is missing fails the login, and none is made" {
	messages new/1.a new/2.b
	head='pop3-skel-list 1 imported dovecot'
	write_list '11 one - 1.a'
	ask_keep 'sizes 2 22'
	lines '11 one - 1.a' '22 - - 2.b'
	# It goes while a session is there.
	own
	start_backend as_user "${keeps[@]}" "$maildir" --serve "$box"
	say 'list demo'
	say 'sizes 2 33'
	mv "$list" kept
	stop_backend
	[ ! -e "$list" ]
	grep -q 'size file not written: its unique-ids were imported' log
	# From then on that it was there is known by the file beside it.
	ask_keep 'sizes 1 11'
	run -1 grep '^msg' out
	grep -qx 'TEMP mailbox not available' out
	[ "$(grep -c 'size file needed.*imported.*No such file' log)" -eq 1 ]
	[ ! -e "$list" ]
	ln -sf nowhere "$box/pop3-skel-list.imported"
	ask_keep
	grep -qx 'TEMP mailbox not available' out
	cp -p kept "$list"
	ask_keep
	told | diff <(printf '%s\n' '11 one 1.a' '22 - 2.b') -
	# Who removes both means it.
	rm "$list" "$box/pop3-skel-list.imported"
	ask_keep
	told | diff <(printf '%s\n' '- - 1.a' '- - 2.b') -
}

@test "what cannot be made again survives a session in which cur was away" {
	messages new/1.a 'cur/2.b:2,' 'cur/3.c:2,' 'cur/3.c:2,S'
	ask_keep
	twin=$(stat -c %i "$box/cur/3.c:2,S")
	rm "$box/cur/3.c:2,"
	for head in 'pop3-skel-list 1' 'pop3-skel-list 1 imported dovecot'; do
		uid=-
		[[ $head != *imported* ]] || uid=mine
		for away in missing empty; do
			write_list "22 $uid - 2.b" "- - $twin 3.c"
			ask_keep
			told >whole
			mv "$box/cur" cur
			[ "$away" = missing ] || mkdir "$box/cur"
			ask_keep 'sizes 1 11'
			told | diff <(echo '- - 1.a') -
			rm -rf "$box/cur"
			mv cur "$box/cur"
			ask_keep
			# A size can be counted again.
			told | sed 's/^11 - 1/- - 1/; s/^22 - 2/- - 2/' |
				diff <(sed 's/^22 - 2/- - 2/' whole) -
			grep -q "^- 3\.c,$twin " <(told)
		done
	done
	lines '11 - - 1.a' '22 mine - 2.b' "- - $twin 3.c"
}

# The inode of a file of the Maildir.
inode() {
	stat -c %i "$box/$1"
}

@test "imported unique-ids of twins survive a restore with other inodes" {
	messages new/1.a 'cur/1.a:2,S' 'cur/2.b:2,' 'cur/2.b:2,S' new/3.c
	head='pop3-skel-list 1 imported dovecot'
	# As they were before: two of one name, one of them imported; one of two
	# that is still there; and one whose twin was gone.
	write_list '11 one 7 1.a' '12 - 8 1.a' "21 two 9 2.b" \
		"22 - $(inode 'cur/2.b:2,S') 2.b" '33 three 9 3.c'
	ask_keep
	[ "$(told | grep -c "^- one 1\.a\|^- one ")" -eq 1 ]
	[ "$(told | grep -c '^- 1\.a,[0-9]* ')" -eq 1 ]
	[ "$(told | grep -c '^- two ')" -eq 1 ]
	grep -q "^22 2\.b,$(inode 'cur/2.b:2,S') " <(told)
	grep -qx -- '- three 3.c' <(told)
	cp out first
	# It is settled, flags or not.
	mv "$box/new/1.a" "$box/cur/1.a:2,FT"
	ask_keep
	sed 's|/[^ ]*||' out | diff <(sed 's|/[^ ]*||' first) -
	# One that has its line does not get the unique-id of one that is gone.
	mapfile -t rows < <({ inode 'cur/2.b:2,'; inode 'cur/2.b:2,S'; } |
		sort -n | sed 's/.*/- - & 2.b/')
	write_list '- mine 7 2.b' "${rows[@]}"
	ask_keep 'sizes 5 33'
	run -1 grep mine out
	grep -q '^- mine 7 2.b$' "$list"
	run -1 grep . log
}

@test "a file with what cannot be made again is on the disk before it takes its place" {
	messages new/1.a new/2.b
	own
	printf '%s\n' 'list demo' 'sizes 1 11' >asked
	for row in '|- - - 2.b' ' imported dovecot|- mine - 2.b' '|- - 7 2.x'; do
		head="pop3-skel-list 1${row%|*}"
		write_list "${row#*|}"
		tracing -e trace=fsync,renameat,renameat2,rename
		"${traced[@]}" "${keeps[@]}" "$maildir" --serve "$box" \
			<asked >out
		sed 's/(.*//; s/at2*$//' trace | xargs >>calls
	done
	diff calls - <<-'END'
		rename
		fsync rename fsync
		fsync rename fsync
	END
}

# bats test_tags=long
@test "killed at each system call of the write: the old file or the new one" {
	messages new/1.a 'cur/1.a:2,S' new/2.b
	local -A at
	keeps=(env)
	ask_keep
	told >plain
	keeps=(env POP3_FEATURES=sizes)
	ask_keep
	cp "$list" old
	ask_keep 'sizes 3 33'
	cp "$list" new
	run -1 cmp -s old new
	own
	printf '%s\n' 'list demo' 'sizes 3 33' >asked
	# The calls of the write, and which one each is of its kind.
	cp old "$list"
	tracing -e trace=openat,fstat,newfstatat,flock,ftruncate,write,close,renameat,renameat2,read
	"${traced[@]}" "${keeps[@]}" "$maildir" --serve "$box" <asked >out
	sed 's/(.*//' trace | awk -v from="$(grep -n 'list\.next.*O_CREAT' trace |
		cut -d: -f1)" '{ n[$1]++ } NR >= from { print $1, n[$1] }' >calls
	[ "$(grep -c . calls)" -ge 10 ]
	cmp new "$list"
	while read -r call n; do
		cp old "$list"
		tracing -e "trace=$call" -e "inject=$call:signal=KILL:when=$n"
		# In a shell of its own, which says that it was killed.
		status=0
		("${traced[@]}" "${keeps[@]}" "$maildir" --serve "$box" \
			<asked >out) 2>log || status=$?
		[ "$status" -eq 137 ]
		kind=new
		cmp -s new "$list" || { cmp old "$list" && kind=old; }
		at[${call%at}.$kind]=1
		# Whatever was left, the next one writes.
		ask_keep 'sizes 3 33'
		cmp new "$list"
		whole
	done <calls 2>/dev/null
	printf '%s\n' "${!at[@]}"
	[ "${at[flock.old]}${at[ftruncate.old]}${at[write.old]}" = 111 ]
	[ "${at[rename.old]}${at[close.new]}" = 11 ]
}

# bats test_tags=long
@test "a call that fails while it is written: the old file, one line, and no rest" {
	messages new/1.a
	ask_keep 'sizes 1 11'
	cp "$list" old
	for call in write renameat,renameat2,rename ftruncate; do
		when=1
		[ "$call" != write ] || when=3
		tracing -e "trace=$call" -e "inject=$call:error=EIO:when=$when"
		printf '%s\n' 'list demo' 'sizes 1 22' >asked
		"${traced[@]}" "${keeps[@]}" "$maildir" --serve "$box" \
			<asked >out 2>log
		grep -q INJECTED trace
		cmp old "$list"
		[ "$(grep -cE 'size file not written.*(Input/output|I/O) error' log)" -eq 1 ]
		[ "$(wc -l <log)" -eq 1 ]
		rm -f "$box/pop3-skel-list.next"
		whole
	done
}

@test "a read-only file system and a full disk: one line, and all is served" {
	need_private
	messages new/1.a new/2.b
	aged "$box"/new/*
	backend=(maildir -u "$work/users")
	asking=("$SKEL" "${options[@]}" -- "${backend[@]}")
	private 'mount --bind "$box" "$box"; mount -o remount,bind,ro "$box"' \
		"${asking[@]}" \
		< <(printf '%s\r\n' 'USER demo' 'PASS demo' STAT QUIT) >out 2>log
	matches '+OK *' '+OK *' '+OK *' '+OK 2 74' '+OK *'
	[ "$(grep -c 'size file not written.*Read-only file system' log)" -eq 1 ]
	# A disk where there is room for names, but not for what is in them.
	private 'mkdir tiny; chmod 777 tiny
		mount -t tmpfs -o size=16k,nr_inodes=40 none tiny
		cp -a "$box/." tiny/; chown -R '"$common_uid"' tiny
		mount --bind tiny "$box"
		cat /dev/zero >tiny/full 2>/dev/null || :' \
		"${asking[@]}" \
		< <(printf '%s\r\n' 'USER demo' 'PASS demo' STAT QUIT) >out 2>log
	matches '+OK *' '+OK *' '+OK *' '+OK 2 74' '+OK *'
	[ "$(grep -c 'size file not written.*No space left' log)" -eq 1 ]
	[ ! -e "$list" ]
}

@test "a file that may not grow: one line, and nobody dies of it" {
	messages new/1.a
	own
	printf '%s\n' 'hello 1' 'list demo' 'sizes 1 11' >asked
	as_user "${keeps[@]}" prlimit --fsize=10 "$maildir" --serve "$box" \
		<asked 2>&1 >/dev/null | cat >log
	grep -q 'size file not written.*File too large' log
	[ ! -e "$list" ]
	[ ! -e "$box/pop3-skel-list.next" ]
}

@test "as root: the size file is the user's; a Maildir of somebody else gets none" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	messages new/1.a
	aged "$box"/new/*
	own
	"$SKEL" "${options[@]}" -- "${backend[@]}" \
		< <(printf '%s\r\n' 'USER demo' 'PASS demo' STAT QUIT) >out 2>log
	matches '+OK *' '+OK *' '+OK *' '+OK 1 37' '+OK *'
	[ "$(stat -c '%u %a' "$list")" = "$common_uid 600" ]
	rm "$list"
	chown 12345 "$box"
	chmod 777 "$box"
	printf '%s\n' 'hello 1' 'list demo' 'sizes 1 11' |
		as_user "${keeps[@]}" "$maildir" --serve "$box" >out 2>log
	[ "$(tail -n 1 out)" = OK ]
	[ ! -e "$list" ]
	[ ! -s log ]
}

@test "handed over to by other backends it keeps the file as well" {
	messages new/1.a
	aged "$box"/new/*
	options+=(--preauth demo)
	backend=(maildir --serve "$box")
	session STAT QUIT
	lines '37 - - 1.a'
	rm "$list"
	options=(--cleartext always --auth-delay 0)
	mkdir times
	backend=(login-delay 1 "$work/times" maildir -u "$work/users")
	session 'USER demo' 'PASS demo' STAT QUIT
	lines '37 - - 1.a'
	rm "$list"
	backend_script <<-END
		. "\$POP3_SKEL_SH"
		on_login() { hand_over maildir --serve "$box"; }
		pop3_run
	END
	session 'USER demo' 'PASS demo' STAT QUIT
	lines '37 - - 1.a'
}
