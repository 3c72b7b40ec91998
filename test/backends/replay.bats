# SPDX-License-Identifier: ISC
# pop3-skel-check --replay: what a record of pop3-skel has is asked again, and the
# first difference told.
#
# bats file_tags=once

load ../lib/common
load ../lib/session
load ../lib/check

# alice, the messages of store/, and what is asked, in the file `asked`.
prepare() {
	mkdir store
	printf 'From: a\n\none\n' >store/u1
	printf '%s\n' 'From: b' '' two "$(times 200 x)" >store/u2
	backend_script <<-'END'
	while IFS= read -r line; do
		printf '%s\n' "$line" >>asked
		case $line in
		'hello 1 '*) printf '%s\n' 'log 6 hello' 'OK 1' ;;
		'login alice secret') echo OK ;;
		'login '*) echo ERR ;;
		'list alice')
			for file in store/*; do
				echo "msg - ${file#*/}"
			done
			echo OK
			;;
		'retr '*' u1')
			temp=$(mktemp "$PWD/temp.XXXXXX")
			cat store/u1 >"$temp"
			printf '%s\n' "temp $temp" OK
			;;
		'retr '*)
			sed 's/^/|/' "store/${line##* }" 2>/dev/null &&
				echo OK || echo ERR
			;;
		'expunge '*) rm -- "store/${line##* }" && echo OK || echo ERR ;;
		'commit '*) echo OK ;;
		*) echo DEFAULT ;;
		esac
	done
	END
	options+=(--record "$work/records")
}

# A session, and its record in $record.
record_session() {
	rm -rf records
	session "$@"
	record=$(echo records/*)
}

# replayed STATUS LINE...: the record is asked again, and these are told.
replayed() {
	local wanted=$1
	shift
	status=0
	: >asked
	own
	as_user timeout 100 "$check" --timeout 60 --replay "$record" \
		--user alice --password-fd 4 "${more[@]}" "${backend[@]}" \
		4<<<secret >told 2>errors || status=$?
	printf '%s\n' "$@" | diff - told || {
		cat errors
		return 1
	}
	[ "$status" -eq "$wanted" ]
	[ ! -s errors ]
	refute grep -q secret told
}

@test "replay: the same again is no difference; nothing is removed, but where that is told" {
	more=()
	record_session 'USER alice' 'PASS wrong' 'USER alice' 'PASS secret' LIST \
		'RETR 1' 'RETR 2' 'DELE 1' QUIT
	matches '+OK *' '+OK*' '-ERR*' '+OK*' '+OK 2 *' '+OK *' '1 16' '2 *' . \
		'+OK *' 'From: a' '' one . '+OK *' 'From: b' '' two \
		"$(times 200 x)" . '+OK*' '+OK*'
	[ "$(ls store)" = u2 ]
	printf 'From: a\n\none\n' >store/u1
	replayed 0 'not asked again: expunge, commit' 'no difference in 8 answers'
	[ "$(echo store/*)" = 'store/u1 store/u2' ]
	# A password that is wrong is asked where one was, and each temp is gone.
	grep -v '^hello' asked | sed 's/^login alice [0-9a-f]\{16\}$/wrong/' |
		diff - <(printf '%s\n' wrong 'login alice secret' 'list alice' \
			'retr 1 u1' 'retr 2 u2' 'dele 1 u1' \
			'sizes 2 218')
	[ "$(echo temp.*)" = 'temp.*' ]
	more=(--delete)
	replayed 0 'no difference in 10 answers'
	[ "$(ls store)" = u2 ]
	# Now it is not as it was.
	replayed 1 '`list alice`: line 1 of the answer: the record has `msg - u1`, and now it is `msg - u2`'
	[ "$(ls store)" = u2 ]
}

@test "replay: the first difference, with both sides" {
	local line=$(times 200 x) name
	more=()
	record_session 'USER alice' 'PASS secret' 'RETR 2' QUIT
	printf '%s\n' 'From: b' '' two "${line/x/y}" >store/u2
	replayed 1 "\`retr 2 u2\`: line 4 of the answer: the record has \`|$(
		times 59 x)\`..., and now it is \`|y$(times 58 x)\`..."
	printf '%s\n' 'From: b' '' two "${line}z" >store/u2
	replayed 1 "\`retr 2 u2\`: line 4 of the answer: the record has ...\`$(
		times 20 x)\`, and now it is ...\`$(times 20 x)z\`"
	rm store/u2
	replayed 1 '`list alice`: line 2 of the answer: the record has `msg - u2`, and now it is `OK`'
	printf '%s\n' 'From: b' >store/u2
	sed -i "s/^'retr '\*)$/&\n		echo no store >\&2; exit 3/" backend
	grep -q 'no store' backend
	replayed 1 '`retr 2 u2`: the record has `OK`, and now: asked `retr 2 u2`, it exited with status 3; its last words: `no store`'
	# An octet above 7F in a request is one as any other.
	printf '%s\n' 'From: b' '' two "$line" >store/u2
	sed -i '/echo no store/d' backend
	printf '%s\n' 'pop3-skel record 1 a b c' '0.000 backend > hello 1 x' \
		'0.000 backend < log 6 hello' '0.000 backend < OK 1' \
		'0.000 backend > XFOO \xff' '0.000 backend < DEFAULT' '0.000 session . quit' >octets
	record=octets
	replayed 0 'no difference in 2 answers'
	# What the client broke off is compared as far as it came.
	record_session 'USER alice' 'PASS secret' 'RETR 2' QUIT
	sed '/backend < |two$/q' "$record" >broken
	[ "$(tail -n 1 broken | cut -d ' ' -f 2-)" = 'backend < |two' ]
	for name in '|two' '|t'; do
		sed -i "\$s/|.*/$name/" broken
		{ cat broken; echo '0.900 session . client gone'; } >gone
		for record in broken gone; do
			replayed 0 'no difference in 4 answers'
		done
	done
	sed '$s/|.*/|x/' broken >gone
	replayed 1 '`retr 2 u2`: line 3 of the answer: the record has `|x`, and now it is `|two`'
	# ... and what the backend broke off is not so any more.
	{ sed '$s/|.*/|two/' broken; echo '0.900 session . fault'; } >fault
	record=fault
	replayed 1 '`retr 2 u2`: line 4 of the answer: the record has nothing more, and now it is `|'"$(times 59 x)"'`...'
	sed -i "s/^'retr '\*)$/&\n		echo no store >\&2; exit 3/" backend
	# What ended there ends there.
	record_session 'USER alice' 'PASS secret' 'RETR 2'
	replayed 0 'no difference in 3 answers'
}

@test "replay: a login that goes on elsewhere, a long mail, what is no record" {
	local name
	more=()
	# Of a body as long as this the record has the beginning.
	for ((i = 0; i < 3000; i++)); do
		echo "line $i of some"
	done >>store/u2
	record_session 'USER alice' 'PASS secret' 'RETR 2' QUIT
	grep -q 'backend ~' "$record"
	replayed 0 'not asked again: commit' 'no difference in 5 answers'
	sed -i '10s/line/LINE/' store/u2
	replayed 1 '`retr 2 u2`: line 10 of the answer: the record has `|line 5 of some`, and now it is `|LINE 5 of some`'
	# With their sizes, which nobody has to be told.
	for name in 1 2; do
		printf 'From: a\n\nx\n' >"$box/cur/$name.a,W=14:2,S"
	done
	cp -R demo alone
	sed -i "s|^'login alice secret')|&\n		printf '%s\\\\n' 'next maildir' 'arg --serve' 'arg $work/alone/Maildir';|" \
		backend
	grep -q 'next maildir' backend
	record_session 'USER alice' 'PASS secret' LIST 'RETR 1' QUIT
	[ "$(grep -c 'backend > hello' "$record")" -eq 2 ]
	# A size that was not known then is no difference.
	sed -i 's/msg 14 - \(.*1\.a\)/msg - - \1/' "$record"
	[ "$(grep -c 'msg - - ' "$record")" -eq 1 ]
	replayed 0 'not asked again: commit' 'no difference in 4 answers'
	rm alone/Maildir/*/2.a*
	replayed 1 "\`list alice\`: line 3 of the answer: the record has $(
		grep -o 'msg 14 - .*/2\.a.*' "$record" | sed 's/\(.\{60\}\).*/`\1`.../'
	), and now it is \`OK\`"
	printf 'From: x\n\ny\n' >mail
	printf 'pop3-skel record 1 a b c\n0.000 backend < OK\n' >headless
	printf 'pop3-skel record 1 a b c\n0.000 client < OK\n' >empty
	# A request that would be two.
	printf '%s\n' 'pop3-skel record 1 a b c' '0.000 backend > hello 1' \
		'0.000 backend > dele 1 u1\x0aexpunge 1 u1' >two
	# One that only looks as if it were another, and those that there are not.
	for name in ' expunge 1 u1' 'retrieve 1 u1' 'Dele 1 u1' '\xff 1' 'X\xff' 'x'; do
		printf '%s\n' 'pop3-skel record 1 a b c' '0.000 backend > hello 1' \
			'0.000 backend < OK 1' "0.000 backend > $name" \
			'0.000 backend < OK' >strange
		status=0
		"$check" --delete --replay strange ./backend >told 2>errors || status=$?
		[ "$status" -eq 64 ]
		printf 'pop3-skel-check: strange line 4 is no request\n' | diff - errors
	done
	for name in none mail headless empty two; do
		status=0
		"$check" --replay "$name" ./backend >told 2>errors || status=$?
		[ "$status" -eq 64 ]
		[ "$(wc -l <errors)" -eq 1 ]
		grep -q "^pop3-skel-check: .*$name" errors
	done
}

@test "replay: a body that is in a file is told apart as a client gets it" {
	local bigger
	more=()
	printf 'From: a\r\n\r\n.one\n..two\nthree' >store/u1
	{
		printf 'From: b\n\n%s\n' "$(times 1500 x)"
		for ((i = 0; i < 1500; i++)); do
			echo ".line $i of some"
		done
	} >store/u2
	backend_script <<-'END'
	while IFS= read -r line; do
		case $line in
		'hello 1 '*) printf '%s\n' 'command XPIECE trans' 'OK 1' ;;
		'list '*)
			printf '%s\n' "msg - k1 $PWD/store/u1" 'msg - f1' 'msg - t1' \
				"msg - k2 $PWD/store/u2" 'msg - s1' OK
			;;
		'retr '*' f1') printf '%s\n' "file $PWD/store/u1" OK ;;
		'retr '*' t1')
			temp=$(mktemp "$PWD/temp.XXXXXX")
			cat store/u1 >"$temp"
			printf '%s\n' "temp $temp" OK
			;;
		'retr '*' s1') printf '%s\n' '|From: s' '|' '|said' OK ;;
		XPIECE*) printf '%s\n' "part 11 4 $PWD/store/u1" OK ;;
		'login '*) echo OK ;;
		*) echo DEFAULT ;;
		esac
	done
	END
	# change FILE SED COMMAND LINE THEN NOW: that is the first difference.
	change() {
		cp "store/$1" kept
		sed -i "$2" "store/$1"
		replayed 1 "\`$3\`: line $4 that the client gets: the record has $5, and now it is $6"
		cat kept >"store/$1"
	}
	record_session 'USER alice' 'PASS secret' 'RETR 1' 'RETR 4' 'TOP 4 0' \
		'TOP 4 3' 'TOP 4 1400' 'RETR 5' XPIECE QUIT
	replayed 0 'not asked again: commit' 'no difference in 6 answers'
	change u1 's/three/THREE/' 'RETR 1' 5 '`three`' '`THREE`'
	change u1 's/^[.]one/:one/' 'RETR 1' 3 '`..one`' '`:one`'
	change u2 '3s/x$/y/' 'RETR 4' 3 "...\`$(times 21 x)\`" "...\`$(times 20 x)y\`"
	# What the record has no more of is known by its length.
	bigger=$(sed -n 's/.* client ~ \([0-9]*\) octets more$/\1/p' "$record" | head -n 1)
	echo more >>store/u2
	replayed 1 "\`RETR 4\`: the record has $bigger octets more, and now there are $((bigger + 6))"
	sed -i '$d' store/u2
	replayed 0 'not asked again: commit' 'no difference in 6 answers'
	mv store/u2 away
	mkfifo store/u2
	replayed 1 "\`RETR 4\`: the record has a body, and now: \`$work/store/u2\`: no regular file"
	rm store/u2
	mv away store/u2
	# In the answers of the backend, by a command of its own, of TOP alone.
	record_session 'USER alice' 'PASS secret' XPIECE QUIT
	change u1 's/^[.]one/.uno/' XPIECE 1 '`..one`' '`..uno`'
	record_session 'USER alice' 'PASS secret' 'RETR 2' QUIT
	change u1 's/^[.]one/.uno/' 'RETR 2' 3 '`..one`' '`..uno`'
	record_session 'USER alice' 'PASS secret' LIST 'RETR 3' QUIT
	change u1 's/^[.]one/.uno/' 'RETR 3' 3 '`..one`' '`..uno`'
	[ "$(echo temp.*)" = 'temp.*' ]
	record_session 'USER alice' 'PASS secret' 'TOP 4 1' QUIT
	change u2 '3s/x$/y/' 'TOP 4 1' 3 "...\`$(times 21 x)\`" "...\`$(times 20 x)y\`"
}

# bats test_tags=long
@test "replay: what is no file is told at once; a backend that reads nothing is not waited for" {
	local name wrong
	mkfifo fifo
	while read -r name wrong; do
		status=0
		timeout 20 "$check" --replay "$name" ./backend >told 2>errors ||
			status=$?
		[ "$status" -eq 64 ]
		printf 'pop3-skel-check: %s: %s\n' "--replay $name" "$wrong" |
			diff - errors
	done <<-END
		$work/fifo no regular file
		/dev/zero no regular file
		$work Is a directory
		$work/none No such file or directory
	END
	# It makes its pipe a small one, answers, and reads no more.
	cat >backend <<-'END'
		#!/usr/bin/python3
		import fcntl, os, time
		fcntl.fcntl(0, fcntl.F_SETPIPE_SZ, 4096)
		os.read(0, 4096)
		os.write(1, b"OK 1\n")
		time.sleep(60)
	END
	chmod 755 backend
	printf '%s\n' 'pop3-skel record 1 a b c' '0.000 backend > hello 1' \
		'0.000 backend < OK 1' "0.000 backend > XFOO $(times 9000 x)" \
		'0.000 backend < DEFAULT' >record
	status=0
	timeout 50 "$check" --timeout 1 --replay record ./backend >told 2>errors ||
		status=$?
	[ "$status" -eq 1 ]
	grep -q '^`XFOO xxx.*: the record has `DEFAULT`, and now: asked `XFOO xxx.*, it had read no end of the request within 1 s' told
	# One that listens, and takes nobody, either.
	python3 -c 'import socket, time
s = socket.socket(socket.AF_UNIX); s.bind("full"); s.listen(0)
held = [socket.socket(socket.AF_UNIX) for _ in range(3)]
for one in held:
    one.setblocking(False)
    one.connect_ex("full")
print("ready", flush=True); time.sleep(60)' >ready 3>&- &
	listener=$!
	wait_until 20 grep -q ready ready
	status=0
	timeout 50 "$check" --timeout 1 "unix:$work/full" >told 2>errors ||
		status=$?
	kill "$listener"
	[ "$status" -eq 1 ]
	grep -q '^# seen: .*/full: ' told
}
