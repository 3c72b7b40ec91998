# SPDX-License-Identifier: ISC
# keep-mail, and the words of the shell library that run it: what was deleted and
# what was in a message, from one session to the next.
#
# bats file_tags=once

load ../lib/common
load ../lib/shells
load ../lib/examples
load ../lib/check

prepare() {
	keep=$POP3_SKEL_BACKENDS/keep-mail
	export STATE_DIRECTORY=$work/state
	mkdir state
	own
}

# keep WORD...: as the ordinary user; what it says is in `told`.
keep() {
	as_user "$keep" "$@" 2>told
}

# The list, of these keys; or of one that ends with another status.
listed() {
	printf '%s\n' "$@" ' 0' | keep list "$folder"
}

# The unique-ids of what is deleted: removed UID...
removed() {
	printf '%s\n' "$@" ' 0' | keep gone "$folder"
}

@test "keep-mail: a message that is deleted is in no list, until the source had it no more for long" {
	folder=$(keep in feed 'us/er')
	[ "$folder" = "$work/state/.kept/feed/us%2Fer" ]
	[ "$(stat -c %a "$folder")" = 700 ]
	[ "$(listed a b c)" = $'msg - a\nmsg - b\nmsg - c' ]
	cp -p "$folder/list" before
	removed b none
	[ "$(listed c b a)" = $'msg - c\nmsg - a' ]
	# Nothing new, nothing written.
	local inode
	inode=$(stat -c %i "$folder/list")
	listed c b a >/dev/null
	[ "$(stat -c %i "$folder/list")" = "$inode" ]
	# A folder that is not mounted.
	[ -z "$(listed '')" ]
	[ "$(listed a b c)" = $'msg - a\nmsg - c' ]
	listed a c >/dev/null
	grep -q '^a [1-9][0-9]* b$' "$folder/list"
	inode=$(stat -c %i "$folder/list")
	listed a c >/dev/null
	[ "$(stat -c %i "$folder/list")" = "$inode" ]
	as_user sed -i "s/^a [0-9]* b/a $(($(date +%s) - 30 * 86400 + 600)) b/" "$folder/list"
	listed a c >/dev/null
	grep -q ' b$' "$folder/list"
	as_user sed -i "s/^a [0-9]* b/a $(($(date +%s) - 30 * 86400 - 1)) b/" "$folder/list"
	listed a c >/dev/null
	refute grep -q ' b$' "$folder/list"
	[ "$(listed a b c)" = $'msg - a\nmsg - b\nmsg - c' ]
	# However many, it does not grow for ever: the longest absent go.
	{
		echo 'pop3-skel-kept 1'
		seq -f "a $(date +%s) %.0f" 65536
		printf 'g 0 new\nend 65537\n'
	} | as_user tee "$folder/list" >/dev/null
	[ "$(listed a)" = 'msg - a' ]
	grep -q '^a [0-9]* new$' "$folder/list"
	grep -q '^a [0-9]* 2$' "$folder/list"
	refute grep -q '^a [0-9]* 1$' "$folder/list"
}

@test "keep-mail: a source that fails, or is cut off, has lost nothing" {
	folder=$(keep in feed user)
	[ "$(listed a b)" = $'msg - a\nmsg - b' ]
	removed a
	local before input status_
	before=$(sha256sum <"$folder/list")
	while read -r status_ input; do
		status=0
		# shellcheck disable=SC2059 # It is one.
		printf "$input" | keep list "$folder" >out || status=$?
		[ "$status" -eq "$status_" ]
		[ ! -s out ]
		status=0
		# shellcheck disable=SC2059
		printf "$input" | keep gone "$folder" >out || status=$?
		[ "$status" -eq "$status_" ]
		[ ! -s out ]
		# shellcheck disable=SC2059
		printf "$input" | keep put "$folder" b >out || status=$?
		[ "$status" -eq "$status_" ]
		[ ! -s out ]
	done <<-'END'
		3 b\n 3\n
		1 b\n\n 1\n
		255 b\n 255\n
		75 b\n
		75 b\n 0
		75 b\n 0\nb
		75 b\n 256\n
		75 b\n -1\n
		75 b 0\n
		75 b\n0\n
	END
	[ "$(sha256sum <"$folder/list")" = "$before" ]
	[ -z "$(ls "$folder/mail" "$folder/size" | grep -v :)" ]
	printf 'damaged' | as_user tee "$folder/list" >/dev/null
	status=0
	listed a || status=$?
	[ "$status" -eq 75 ]
	grep -q 'it is damaged' told
}

@test "keep-mail: a body is kept whole, and the oldest go where there is no room" {
	folder=$(keep in feed user)
	listed a b c d e >/dev/null
	printf 'Subject: a\n\n1\r\n\n.\nlast\n 0\n' | keep put "$folder" a >out
	read -r word path <out
	[ "$word" = file ]
	printf 'Subject: a\r\n\r\n1\r\n\r\n.\r\nlast\r\n' | cmp - "$path"
	[ "$(listed a b)" = "msg $(stat -c %s "$path") a $path"$'\nmsg - b' ]
	# A piece of it, after a crash, is none.
	as_user truncate -s 5 "$path"
	[ "$(listed a b)" = $'msg - a\nmsg - b' ]
	[ ! -e "$path" ]
	# Of more than a quarter the size alone.
	{ head -c 262145 /dev/zero && printf '\n 0\n'; } | keep put "$folder" a 1 >out
	read -r word path <out
	[ "$word" = file ]
	[ "$(stat -c %s "$path")" -eq 262147 ]
	[ "$(listed a b)" = $'msg 262147 a\nmsg - b' ]
	# It is there for the session, and of such ones as many as of others.
	[ "$(keep have "$folder" a)" = "file $path" ]
	[ "$(keep have "$folder" b)" = 'key b' ]
	as_user touch -d '-2 minutes' "$path"
	{ head -c 1048570 /dev/zero && printf '\n 0\n'; } | keep put "$folder" b 1 >out
	[ "$(keep have "$folder" b)" = "$(cat out)" ]
	[ "$(keep have "$folder" a)" = 'key a' ]
	[ ! -e "$path" ]
	read -r word path <out
	[ "$(listed a b)" = $'msg 262147 a\nmsg 1048572 b' ]
	as_user touch -d '-2 hours' "$path"
	listed a b c d e f >/dev/null
	[ ! -e "$path" ]
	# The sixth of a fifth: at no time more than 1 MiB.
	for uid in a b c d e f; do
		{ head -c 209000 /dev/zero && printf '\n 0\n'; } |
			keep put "$folder" "$uid" 1 >out
		as_user touch -d "-$((100 - $(printf '%d' "'$uid") + 97)) minutes" \
			"$(cut -d' ' -f2 out)"
		[ "$(cat "$folder"/mail/* | wc -c)" -le 1048576 ]
	done
	listed a b c d e f >out
	[ "$(grep -c '^msg 209002 [a-f]$' out)" -ge 1 ]
	grep -q '^msg 209002 a$' out
	grep -q '^msg 209002 f /' out
	# With the message its body goes.
	listed a >out
	[ -z "$(ls "$folder/mail")" ]
	[ "$(ls "$folder/size" | wc -l)" -eq 1 ]
	status=0
	printf 'x\n 0\n' | keep put "$folder" f || status=$?
	[ "$status" -eq 1 ]
	[ -z "$(ls "$folder/mail")" ]
}

@test "keep-mail: names, keys and folders of any kind" {
	local one two name
	refute keep in x ''
	grep -q '^<3>keep-mail: no user: keep_in NAME USER' told
	for name in 0 . .. ../.. 'a b' 'A/B' $'\n' '%' "$(printf '%0300d' 1)" \
		"$(printf '%0300d' 2)" $'\377'; do
		one=$(keep in "$name" x)
		two=$(keep in x "$name")
		[ "${one%/*/x}" = "$work/state/.kept" ]
		[ -d "$one" ]
		[ "${two%/x/*}" = "$work/state/.kept" ]
		[ -d "$two" ]
		printf '%s\n' "$one" "$two" >>all
	done
	keep in '' x >>all
	[ "$(sort all | uniq -d)" = "" ]
	[ "$(find state -path '*/.kept/*/*' -prune -o -name '*[!a-zA-Z0-9%.,@_-]*' -print)" = "" ]
	folder=$(keep in x y)
	local long
	long=$(printf '%04001d' 1)
	listed 'a b' 'a b' $'\303\274' "$(printf '%071d' 1)" $'x\ry' $'e\ef' "$long" \
		$'key\t12\t/some/where a' $'key2\t-\t/b' $'bad\tx\t/b' $'bad\t1\tb' $'bad\t1' \
		$'bad\t1\t/b\tc' >out
	grep -q 'not listed: 7 messages' told
	[ "$(grep -cE '^msg - [0-9a-f]{32}$' out)" -eq 3 ]
	grep -qx 'msg 12 key /some/where a' out
	grep -qx 'msg - key2 /b' out
	[ "$(wc -l <out)" -eq 5 ]
	[ "$(keep key "$folder" "$(sed -n '1s/msg - //p' out)")" = 'a b' ]
	# One that looks as the digest of another is not taken for it.
	one=$(printf 'a b' | sha256sum | cut -c -32)
	listed 'a b' "$one" "${one}0" >out
	[ "$(sort -u out | wc -l)" -eq 3 ]
	grep -qx "msg - ${one}0" out
	"${POP3_SKEL_PYTHON:-python3}" - "$POP3_SKEL_STAGE/share/python" "$one" >uids <<-'END'
		import sys
		sys.path.insert(0, sys.argv[1])
		from pop3_skel.keep import Keep
		for key in "a b", sys.argv[2], sys.argv[2] + "0":
		    print("msg -", Keep._uid(key))
	END
	cmp uids out
	status=0
	keep key "$folder" none || status=$?
	[ "$status" -eq 1 ]
	# What others may write is not believed.
	chmod o+w "$folder"
	status=0
	listed a || status=$?
	[ "$status" -eq 75 ] && grep -q 'others may write it' told
	rm -r "$folder"
	as_user ln -s /tmp "$folder"
	status=0
	listed a || status=$?
	[ "$status" -eq 75 ]
	for words in '' list 'list relative' 'in a' 'put / b x' 'none a'; do
		status=0
		# shellcheck disable=SC2086 # They are words.
		keep $words </dev/null || status=$?
		[ "$status" -eq 64 ]
	done
	unset STATE_DIRECTORY
	[ "$(HOME=$work XDG_STATE_HOME='' keep in a b)" = "$work/.local/state/pop3-skel/a/b" ]
	[ "$(XDG_STATE_HOME=$work/xdg keep in a b)" = "$work/xdg/pop3-skel/a/b" ]
	[ "$(STATE_DIRECTORY=$work/one:/two keep in a b)" = "$work/one/.kept/a/b" ]
}

@test "keep-mail: many at once spoil nothing" {
	folder=$(keep in feed user)
	listed $(seq 40) >/dev/null
	local i pids=()
	for i in $(seq 40); do
		{
			printf 'Subject: %s\n\n%s\n 0\n' "$i" "$i" | keep put "$folder" "$i"
			[ $((i % 2)) -eq 0 ] || removed "$i"
			listed $(seq 40)
		} >/dev/null 2>&1 3>&- &
		pids+=("$!")
	done
	wait "${pids[@]}"
	own
	# shellcheck disable=SC2046
	listed $(seq 40) >out
	[ "$(wc -l <out)" -eq 20 ]
	while read -r _ size uid path; do
		[ $((uid % 2)) -eq 0 ]
		printf 'Subject: %s\r\n\r\n%s\r\n' "$uid" "$uid" | cmp - "$path"
		[ "$(stat -c %s "$path")" -eq "$size" ]
	done <out
}

@test "the library keeps: a source is asked once for each message, and deletions count from QUIT on" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		names() {
			echo list >>"$work/asked"
			printf '%s\n' one 'two words' three
			return "$(cat "$work/fails")"
		}
		mail() {
			echo "$*" >>"$work/asked"
			printf 'Subject: %s\n\n.%s\n' "$2" "$1"
		}
		on_login()   { keep_in "it's" "$1"; }
		on_list()    { keep_list names; }
		on_retr()    { keep_retr "$2" mail 'a b'; }
		on_expunge() { keep_expunge "$2"; }
		on_commit()  { keep_commit; }
		pop3_run
	END
	export work
	check_keeps() {
		rm -rf state/.kept asked
		echo 0 >fails
		session "${login[@]}" LIST 'RETR 2' 'DELE 2' QUIT
		matches '+OK *' '+OK *' '+OK 3 *' '+OK *' '1 22' '2 28' '3 24' . \
			'+OK 28 octets' 'Subject: two words' '' '..a b' . '+OK *' '+OK *' ||
			return
		printf '%s\n' list 'a b one' 'a b two words' 'a b three' | cmp - asked ||
			return
		# Without QUIT nothing is remembered.
		session "${login[@]}" LIST 'RETR 2' 'DELE 1'
		matches '+OK *' '+OK *' '+OK 2 *' '+OK *' '1 22' '2 24' . \
			'+OK 24 octets' 'Subject: three' '' '..a b' . '+OK *' || return
		session "${login[@]}" STAT QUIT
		matches '+OK *' '+OK *' '+OK 2 *' '+OK 2 46' '+OK *' || return
		[ "$(sort asked | uniq -c | awk '$1 != ($2 == "list" ? 3 : 1)')" = '' ] ||
			return
		echo 75 >fails
		session "${login[@]}" STAT QUIT
		matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '-ERR *' '+OK *' || return
		echo 0 >fails
		session 'USER other' 'PASS x' STAT QUIT
		matches '+OK *' '+OK *' '+OK 3 *' '+OK 3 74' '+OK *' || return
		# What cannot be written is not promised.
		chmod a-w "$STATE_DIRECTORY/.kept/it%27s/demo"
		options+=(--debug)
		session "${login[@]}" 'DELE 1' QUIT
		chmod u+w "$STATE_DIRECTORY/.kept/it%27s/demo"
		matches '+OK *' '+OK *' '+OK 2 *' '+OK *' '-ERR [SYS/TEMP] *'
	}
	each_shell check_keeps
}

@test "the library keeps: one body under one unique-id in a session, however large it is" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		keep_mib=1
		# Another one each time, of another size.
		mail() {
			echo "$1" >>"$work/asked"
			printf 'Subject: %s\n\n' "$(wc -l <"$work/asked")"
			head -c "$(($1 + 10 * $(wc -l <"$work/asked")))" /dev/zero |
				tr '\0' x | fold
		}
		on_login()   { keep_in big "$1"; }
		on_list()    { keep_list printf '%s\n' 300000 2000000 100; }
		on_retr()    { keep_retr "$2" mail; }
		pop3_run
	END
	export work
	# Sizes are told from the second one on.
	session "${login[@]}" LIST QUIT
	[ "$(wc -l <asked)" -eq 3 ]
	rm -rf state/.kept/big/demo/mail/large.*
	session "${login[@]}" 'TOP 1 0' 'RETR 1' 'RETR 1' 'RETR 2' 'RETR 2' QUIT
	[ "$(grep '^Subject' out | tr -cd '0-9\n' | tr '\n' ' ')" = '4 4 4 5 5 ' ]
	[ "$(tr '\n' ' ' <asked)" = '300000 2000000 100 300000 2000000 ' ]
	# What is kept is asked once, too, by whoever asks behind his list.
	printf '%s\n' 'hello 1' 'login new x' 'list new' 'retr 3 100' 'retr 3 100' \
		>requests
	as_user "${backend[@]}" <requests >out
	[ "$(grep -c '^file ' out)" -eq 2 ]
	[ "$(grep '^file ' out | sort -u | wc -l)" -eq 1 ]
	[ "$(wc -l <asked)" -eq 6 ]
}

# misused SETTING REQUESTS RESULT LINE: a backend of these answers the last one
# with this result, and there is one line of the log, of a reply or on standard
# error, which begins with that one.
misused() {
	printf '%s\n' 'hello 1' "${2//|/$'\n'}" >requests
	as_user env user=demo lists='printf a\nb\n' retr='a mail' gone=a "$1" \
		"${backend[@]}" <requests >out 2>log || return
	sed -n 's/^log \([3-5]\) /<\1>/p' out >>log
	[ "$(tail -n 1 out)" = "$3" ] && [ "$(wc -l <log)" -eq $((${#4} > 0)) ] &&
		[[ $(cat log) == "$4"* ]] && return
	printf '%s\n' "not $*:"
	cat out log
	return 1
}

@test "keep_: what is called too early, for nobody, with too little or too soon ended, is told as that" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		mail() { echo "Subject: $1"; }
		ends() { echo x; exit "$1"; }
		on_login()   { [ "$user" = none ] || keep_in names ${user#nobody}; }
		on_list()    { keep_list $lists; }
		on_retr()    { keep_retr $retr; }
		on_expunge() { keep_expunge $gone; }
		on_commit()  { keep_commit; }
		pop3_run
	END
	check_misused() {
		local in='login demo x|list demo' key='[ARGUMENT]...'
		misused user=nobody 'login demo x' TEMP \
			'<3>keep-mail: no user: keep_in NAME USER' &&
			misused user=none "$in" TEMP \
				'<3>keep_list: call keep_in first, in on_login' &&
			misused user=none 'login demo x|retr 1 a' TEMP \
				'<3>keep_retr: call keep_in first, in on_login' &&
			misused user=none 'expunge 1 a' TEMP \
				'<3>keep_expunge: call keep_in first, in on_login' &&
			misused lists= "$in" TEMP \
				"<3>keep_list: an argument is missing: keep_list COMMAND $key" &&
			misused retr=a "$in|retr 1 a" TEMP \
				"<3>keep_retr: an argument is missing: keep_retr UID COMMAND $key" &&
			misused 'retr=mail a' "$in|retr 1 a" ERR \
				'<4>keep_retr: no message of the list has the unique-id mail: keep_retr UID COMMAND' &&
			misused gone= "$in|expunge 1 a" TEMP \
				'<3>keep_expunge: an argument is missing: keep_expunge UID' &&
			misused gone=1 "$in|expunge 1 a|commit 1" OK \
				'<5>keep-mail: not in the list, and so not deleted: 1 unique-ids (keep_expunge UID)' || return
		rm -rf state/.kept
		# A command that exits ends no more than itself.
		misused 'retr=a ends 7' "$in|retr 1 a" TEMP '' &&
			misused 'retr=a ends 0' "$in|retr 1 a" OK '' &&
			misused 'retr=a mail' "$in|retr 1 a" OK '' || return
	}
	each_shell check_misused
}

@test "login_users: a users file as maildir takes it, and its spelling of the name" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_login() { login_users "$file" "$1" "$2"; }
		on_list() { sendmsg - "$1-$login_user"; }
		pop3_run
	END
	printf '%s\n' 'demo:{PLAIN} pass word::::/x' 'bob:{NONE}' \
		'net:{PLAIN}x::::/x::allow_nets=192.0.2.0/24' >users
	check_users() {
		local -x file=$work/users
		session 'USER Demo' 'PASS  pass word' UIDL QUIT
		matches '+OK *' '+OK *' '+OK 1 *' '+OK*' '1 demo-demo' . '+OK *' || return
		session 'USER demo' 'PASS pass word' 'USER nobody' 'PASS x' 'USER net' \
			'PASS x'
		matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *' '-ERR [AUTH] *' '+OK *' \
			'-ERR [AUTH] *' || return
		file=$work/none
		session 'USER demo' 'PASS  pass word' QUIT
		matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
	}
	each_shell check_users
}

# bats test_tags=long
@test "pop3-skel.sh.7: the logs of an application, in which nothing is to be changed" {
	mkdir logs
	printf 'one\n' >logs/1.log
	printf 'two\n' >'logs/2 b.log'
	example pop3-skel.sh.7 logs | sed "s|/var/log/app|$work/logs|" >backend
	chmod a+rx backend
	own
	echo demo | as_user "$POP3_SKEL_STAGE/sbin/pop3-skel-check" --user demo \
		--password-fd 0 --delete ./backend >told || {
		cat told
		return 1
	}
	refute grep '# SKIP' told
	backend=(./backend)
	session "${login[@]}" 'TOP 1 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK*' 'From: *' 'Subject: The log' 'Date: *' \
		'Message-ID: *' '*' '*' '*' '*' '' '*' . '+OK *'
	[ "$(ls logs | wc -l)" -eq 2 ]
}

# bats test_tags=long
@test "pop3_skel.3: a folder that is only read, in which nothing is to be changed" {
	local module=$POP3_SKEL_STAGE/share/python
	mkdir cards
	printf 'one\n' >cards/1
	printf 'zwei: \303\274\n' >$'cards/2 \303\274'
	printf 'three' >cards/3
	touch -d 2026-12-01 cards/*
	mkdir cards/folder
	example pop3_skel.3 kept |
		sed "s|^import pop3_skel|sys.path.insert(0, '$module')\n&|" >kept
	chmod a+rx kept
	own
	echo demo | as_user env PYTHONDONTWRITEBYTECODE=1 \
		"$POP3_SKEL_STAGE/sbin/pop3-skel-check" --user demo --timeout 240 \
		--password-fd 0 --delete ./kept cards >told || {
		cat told
		return 1
	}
	refute grep '# SKIP' told
	[ "$(ls cards | wc -l)" -eq 4 ]
	backend=(./kept cards)
	session "${login[@]}" LIST 'RETR 1' QUIT
	grep -q '^+OK 2 messages' out
	grep -q '^Subject: 2 =?utf-8?' out
	# Nobody reads them again, unless one is changed.
	rm -r cards/*
	touch -d 2026-12-01 $'cards/2 \303\274' cards/3 $'cards/4\n'
	own
	cp out before
	session "${login[@]}" LIST 'RETR 1' QUIT
	cmp before out
	logged 'not listed: 1 messages whose keys have control characters'
	printf 'four\n' >cards/3
	session "${login[@]}" 'RETR 2' QUIT
	tr -d '\r' <out | grep -qx four
}

@test "keep_in: behind a list that failed another user has his own, and the same one his lock" {
	printf '%s\n' "other:{PLAIN}other::::$work" >>users
	mkdir -p folders/other
	echo text >folders/other/note
	own
	backend=(dir -u "$work/users" "$work/folders/%u")
	talk --timeout 30 <<-END
		$turned_away
		send USER other
		expect +OK *
		send PASS other
		expect +OK 1 *
		shell ls -d state/.kept/*/* >kept
		$end
	END
	grep -q '%2Ffolders%2Fother/other$' kept
	run -1 grep '%2Fdemo/other$' kept
	run -1 grep '%2Fother/demo$' kept
	rm -r state/.kept
	options+=(-d)
	talk --timeout 30 <<-END
		$turned_away
		shell mkdir folders/demo
		send USER demo
		expect +OK *
		send PASS demo
		expect +OK 0 *
		$end
	END
	[ "$(grep -c 'backend="< lock' log)" -eq 4 ]
}
