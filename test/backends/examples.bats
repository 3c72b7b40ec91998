# SPDX-License-Identifier: ISC
#
# The examples of the manual pages do what the pages say, in every shell.
#
# bats file_tags=once

load ../lib/common
load ../lib/shells
load ../lib/examples
load ../lib/maildir

# What mail_new makes of the message of the day; LF at the line ends.
motd() {
	"$POP3_SKEL_BACKENDS/make-mail" 'Message of the day' /etc/motd
}

@test "every example of every page has a test" {
	example_names >names
	# Pages and marks were found at all.
	[ "$(grep -c '^pop3-skel-backend.7 ' names)" -ge 10 ]
	while read -r page name; do
		# Those lines have a test of their own, whatever the page.
		[ "$name" != inetd ] || continue
		sed '/^\t*#/d' "$top"/test/*/*.bats |
			grep -qE "(example.* $page|activation) $name( |\)|\$)" ||
			printf 'no test: %s %s\n' "$page" "$name"
	done <names | tee unknown
	[ ! -s unknown ]
	# A name stands for one display.
	[ -z "$(sort names | uniq -d)" ]
}

@test "inetd.conf lines: 19 words at most, and of programs that there are" {
	example_names | grep ' inetd$' >pages
	[ -s pages ]
	while read -r page name; do
		# shellcheck disable=SC2046 # One word each.
		set -- $(example "$page" "$name")
		printf '%s: %s\n' "$page" "$*"
		[ "$1 $2 $3 ${4%%.*}" = 'pop3 stream tcp nowait' ]
		[ $# -le $((6 + 19)) ]
		[ "$6" = /usr/sbin/pop3-skel ] && [ "$7" = pop3-skel ]
		[ -x "$POP3_SKEL_BACKENDS/$8" ]
	done <pages
}

@test "pop3-skel.8: the message of the day by hand, and its options file" {
	for shell in "${shells[@]}"; do
		run_example "$shell" pop3-skel.8 motd -e "s/ sh / $shell /" \
			>out 2>log
		sed -n '/^+OK [0-9]* octets/,/^\.\r$/p' out | sed '1d; $d; s/^\.//; s/\r$//' |
			cmp - <(motd)
	done
	example pop3-skel.8 options >options-file
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_list() { sendmsg - a /etc/motd; }
		on_login() { :; }
		pop3_run
	END
	options+=(--options options-file)
	session 'USER u' 'PASS p' 'DELE 1' QUIT
	matches '+OK mail.example.org ready' '+OK *' '+OK *' '-ERR *' '+OK *'
}

@test "maildir.8: the size file that it shows is one" {
	messages new/1700000000.M1P1.host new/1700000009.M2P1.host
	example maildir.8 list >"$box/pop3-skel-list"
	sed '$d' "$box/pop3-skel-list" | seal | cmp - "$box/pop3-skel-list"
	# The inodes are those of an example, too.
	sed -i '$d; s|/4703|/'"$(stat -c %i "$box"/new/*0.M1P1.host)|" \
		"$box/pop3-skel-list"
	seal <"$box/pop3-skel-list" >list
	cat list >"$box/pop3-skel-list"
	chmod 600 "$box/pop3-skel-list"
	session 'USER demo' 'PASS demo' LIST QUIT
	grep -q '^1 1044' out
	not_logged 'size file'
}

@test "maildir.8: a users file, a Maildir, a session by hand, a hash" {
	for shell in "${shells[@]}"; do
		rm -rf home users
		run_example "$shell" maildir.8 users >out
		tail -n 3 out | cmp - <(example maildir.8 answer |
			sed "s|/tmp/|$work/|")
	done
	for shell in "${shells[@]}"; do
		# No terminal: the password comes from stdin.
		run_example "setsid -w $shell" maildir.8 mkpasswd \
			-e "$(by_path mkpasswd)" <<<'a secret' >line
		sed "s|/home/alice|$work/demo|" line >users
		session 'USER alice' 'PASS a secret' QUIT
		matches '+OK *' '+OK *' '+OK 0 messages' '+OK *'
	done
}

# An example that is a script becomes the backend; what sed makes of it in
# between is the other arguments: backend_example PAGE NAME [SED_OPTION]...
backend_example() {
	example "$1" "$2" | sed -e 1d "${@:3}" | backend_script
}

# What sed is told so that a program is meant by its path, since some shells
# (busybox-static's) have one of that name themselves: by_path NAME [PATH]
by_path() {
	printf 's!\\([ (]\\)%s\\([ )]\\)!\\1%s\\2!' "$1" \
		"${2-$(command -v "$1")}"
}

@test "backend.7: a backend to begin with, with the library and without" {
	# Its mail is on stdin.
	check_welcome() {
		sed 's/^\./../; s/$/\r/' >mail
		same_session 'USER demo' 'PASS demo' 'UIDL 1' 'RETR 1' QUIT
		{
			printf '+OK %s\r\n' 'POP3 server ready' 'send PASS' \
				'1 messages' '1 welcome-1' \
				"$(($(wc -c <mail) - $(grep -c '^\.\.' mail))) octets"
			cat mail
			printf '.\r\n+OK goodbye\r\n'
		} | cmp - out
		same_session 'USER demo' 'PASS wrong' QUIT
		matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *'
	}
	backend_example pop3-skel-backend.7 welcome
	motd | check_welcome
	backend_example pop3-skel-backend.7 plain
	printf '%s\n' 'From: demo@example.org' 'Subject: Welcome' \
		'Date: Tue, 1 Dec 2026 12:00:00 +0000' \
		'Message-ID: <welcome-1@example.org>' '' 'It works.' | check_welcome
}

@test "the first mail of every beginning has From, Subject, Date and Message-ID" {
	check_head() {
		local head
		session 'USER demo' 'PASS demo' 'TOP 1 0' QUIT
		for head in 'From: [^ ]*@[^ ]*' 'Subject: ..*' \
			'Message-ID: <[^ <>]*@[^ <>]*>' \
			'Date: [A-Z][a-z][a-z], [ 0-9]*[0-9] [A-Z][a-z][a-z] 20.*:.. [+-][0-9]{4}'; do
			[ "$(tr -d '\r' <out | grep -cxE -e "$head")" -eq 1 ] && continue
			printf 'no %s\n' "$head"
			cat out log
			return 1
		done
	}
	mkdir notes
	echo text >notes/a.txt
	backend=("$work/backend" notes)
	for name in welcome plain python perl xnow user-and-pass; do
		example pop3-skel-backend.7 "$name" >backend
		chmod a+rx backend
		check_head
	done
}

@test "backend.7: on a terminal, and with a port for curl" {
	for shell in "${shells[@]}"; do
		program=$(command -v "${shell%% *}")
		example pop3-skel-backend.7 welcome |
			sed "1s|.*|#!$program${shell#"${shell%% *}"}|" >welcome
		example pop3-skel-backend.7 terminal >terminal
		motd >mail
		own
		# As `talk` does.
		ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 "$TALK" \
			--on pty --stderr log -- "${user_prefix[@]}" env \
			PATH="${SKEL%/*}:$PATH" sh ./terminal <<-'END'
			expect +OK *
			send USER demo
			expect +OK*
			send PASS demo
			expect +OK 1 messages
			send RETR 1
			expect +OK *
			mail mail
			send QUIT
			expect +OK*
			eof
		END
		[ -x welcome ]
	done
	port=$(free_port)
	# exec, so that what is ended after the test is the server.
	example pop3-skel-backend.7 port | sed -e "s/1110/$port/" \
		-e '1s/^/exec /' -e 's/ -l/ -E POP3_SKEL_SH -E POP3_SKEL_BACKENDS&/' >port
	start port env PATH="${SKEL%/*}:$PATH" sh ./port
	wait_until 20 listening "$port"
	curl -s "pop3://demo:demo@127.0.0.1:$port/1" | tr -d '\r' | cmp - <(motd)
}

@test "backend.7: the session that it shows" {
	mkdir mail
	printf 'Subject: one\n\n1\n' >mail/1A2B
	aged mail/1A2B
	# Each request is awaited, and answered as the page has it.
	example pop3-skel-backend.7 session | sed '/^> hello /!s/^\(.\{36\}\).*/\1/' |
		sed "s/ *\$//; s|/var/mail/alice|$work/mail|" >script
	backend_script <<-'END'
		id=$(sed -n '1s/.* \(id=[^ ]*\) .*/\1/p' script)
		while IFS= read -r wanted; do
			case $wanted in
			'> '*)
				IFS= read -r line || exit 3
				case $line in 'hello '*" id=$POP3_SESSION_ID "*)
					line="${line%%" id="*} $id ${line#* id=* }"
				esac
				[ "> $line" = "$wanted" ] || exit 4
				;;
			'< '*) printf '%s\n' "${wanted#< }" ;;
			esac <&3
		done 3<&0 <script
		cat >rest
		echo done >after
	END
	options+=(-d)
	REMOTE_ADDR=192.0.2.7 talk <<-END
		expect +OK welcome to my server
		send USER alice
		expect +OK*
		send PASS correct  horse
		expect +OK 2 messages
		send NOOP
		expect +OK*
		send RETR 1
		expect +OK*
		mail mail/1A2B
		send RETR 2
		expect +OK *
		lines 3
		send DELE 2
		expect +OK *
		send UIDL
		expect +OK *
		body
		send STAT
		expect +OK 1 19
		send QUIT
		expect +OK *
		eof
	END
	wait_until 20 [ -e after ]
	[ ! -s rest ]
	not_logged fault
	not_logged 'note'
}

@test "backend.7: Python" {
	example pop3-skel-backend.7 python >backend
	chmod a+rx backend
	backend=("$work/backend")
	session 'USER any' 'PASS demo' 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 messages' '+OK * octets' \
		'From: clock@example.org' 'Subject: the time' 'Date: * +0000' \
		'Message-ID: <*@example.org>' '' '*:*:*' . '+OK *'
	session 'USER any' 'PASS  demo' 'USER any' 'PASS ' QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *' '-ERR [AUTH] *' '+OK *'
	not_logged fault
}

@test "backend.7: Perl, and what it says is gone is gone in the next session" {
	example pop3-skel-backend.7 perl >backend
	chmod a+rx backend
	backend=("$work/backend" notes)
	mkdir notes notes/d.txt
	printf 'first\r\n.\n' >notes/a.txt
	printf 'second' >notes/b-2.txt
	printf 'third\n' >'notes/c 3.txt'
	printf 'fourth\n' >notes/e.md
	touch -d 2026-11-25T12:00:00Z notes/*.txt
	session 'USER any' 'PASS demo' UIDL 'RETR 1' 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK 2 messages' '+OK *' '1 1795608000-a.txt' \
		'2 1795608000-b-2.txt' . '+OK * octets' 'From: notes@example.org' \
		'Subject: a.txt' 'Date: Wed, 25 Nov 2026 12:00:00 +0000' \
		'Message-ID: <1795608000-a.txt@example.org>' '' first \
		.. . '+OK *' '+OK *'
	[ "$(cd notes && echo *)" = 'b-2.txt c 3.txt d.txt e.md' ]
	session 'USER any' 'PASS demo' UIDL QUIT
	matches '+OK *' '+OK *' '+OK 1 messages' '+OK *' '1 *-b-2.txt' . '+OK *'
	# What cannot be removed, or is another by now, is there and said so.
	own
	chmod a-w notes
	session 'USER any' 'PASS demo' 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '-ERR some deleted messages *'
	chmod u+w notes
	talk <<-'END'
		expect +OK *
		send USER any
		expect +OK *
		send PASS demo
		expect +OK 1 messages
		send DELE 1
		expect +OK *
		shell echo more >>notes/b-2.txt
		send QUIT
		expect -ERR some deleted messages *
	END
	[ "$(cat notes/b-2.txt)" = secondmore ]
	not_logged fault
}

@test "backend.7: a queue folder, and expunge" {
	backend_example pop3-skel-backend.7 queue
	check_queue() {
		rm -rf queue
		mkdir queue queue/folder
		printf 'Subject: %s\n' one >queue/-n
		printf 'Subject: %s\n' two >'queue/a b'
		printf 'Subject: %s\n' three >$'queue/c\nOK'
		printf 'Subject: %s\n' four >'queue/e*'
		backend+=(queue)
		session 'USER demo' 'PASS demo' 'RETR 2' 'DELE 1' 'DELE 3' QUIT
		matches '+OK *' '+OK *' '+OK 3 messages' '+OK *' 'Subject: two' . \
			'+OK *' '+OK *' '+OK *' || return 1
		[ "$(cd queue && printf '<%s>' *)" = $'<a b><c\nOK><folder>' ] ||
			return 1
		rm -rf queue/*
		session 'USER demo' 'PASS demo' QUIT
		matches '+OK *' '+OK *' '+OK 0 messages' '+OK *' || return 1
		# Two at once are refused; a folder that is not writable says so.
		: >queue/x
		own
		chmod a-w queue
		session 'USER demo' 'PASS demo' 'DELE 1' QUIT
		matches '+OK *' '+OK *' '+OK 1 messages' '+OK *' \
			'-ERR some deleted messages not removed' || return 1
		flock queue true
		exec 9<queue
		flock 9
		session 'USER demo' 'PASS demo' QUIT
		exec 9<&-
		matches '+OK *' '+OK *' '-ERR [IN-USE] *'
	}
	each_shell check_queue
}

@test "backend.7: a command of its own" {
	backend_example pop3-skel-backend.7 xnow
	check_xnow() {
		session XNOW 'USER demo' 'PASS demo' CAPA xnow 'XNOW 1' QUIT
		sed -i '/^[A-WY-Z.]/d' out
		matches '+OK *' '+OK * 20*' '+OK *' '+OK *' '+OK *' XNOW \
			'+OK * 20*' '+OK * 20*' '+OK *'
	}
	each_shell check_xnow
}

@test "backend.7: USER and PASS as the ancestor had them" {
	backend_example pop3-skel-backend.7 user-and-pass
	same_session USER 'USER demo' 'PASS x' 'USER demo' 'PASS demo' \
		'RETR 1' 'USER demo' QUIT
	grep '^+OK\|^-ERR' out >replies
	mv replies out
	matches '+OK POP3 server ready' '-ERR missing argument' \
		'+OK username accepted, send password' \
		'-ERR invalid username or password' \
		'+OK username accepted, send password' '+OK 1 messages' \
		'+OK * octets' '-ERR already logged in' \
		'+OK *'
}

@test "backend.7: handing over, with the library and with exec" {
	mkdir accounts
	mv demo accounts/alice
	box=$work/accounts/alice/Maildir
	printf ' a secret \n' >accounts/alice/password
	check_hand_over() {
		rm -f "$box"/*/*
		messages new/1.a
		backend+=("$work/accounts")
		session 'USER alice' 'PASS a secret' 'USER bob' 'PASS x' \
			'USER alice' 'PASS  a secret ' 'DELE 1' QUIT
		matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *' '-ERR [AUTH] *' \
			'+OK *' '+OK 1 messages' '+OK *' '+OK *' || return 1
		[ -z "$(stored)" ]
	}
	backend_example pop3-skel-backend.7 hand-over
	each_shell check_hand_over
	{
		printf 'users=$1\n'
		example pop3-skel-backend.7 preamble
		printf '%s\n' 'while IFS= read -r line <&3; do' 'case $line in' \
			"'hello 1 '*) echo OK 1 >&4 ;;" \
			"'login alice  a secret ')" 'dir=$users/alice/Maildir'
		example pop3-skel-backend.7 exec
		printf '%s\n' ';;' 'login*) echo ERR >&4 ;;' esac 'done'
	} | backend_script
	each_shell check_hand_over
}

@test "backend.7: hashes of passwords, checked by another program" {
	[ -x "$POP3_SKEL_BACKENDS/maildir-crypt" ] ||
		skip "this build has no maildir-crypt"
	mkdir accounts
	mv demo accounts/alice
	perl -e 'print crypt(" a secret ", "\$6\$salt"), "\n"' >accounts/alice/hash
	check_hashes() {
		backend+=("$work/accounts")
		session 'USER alice' 'PASS a secret' 'USER bob' 'PASS x' \
			'USER alice' 'PASS  a secret ' QUIT
		matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *' '-ERR [AUTH] *' \
			'+OK *' '+OK 0 messages' '+OK *'
	}
	backend_example pop3-skel-backend.7 hashes
	each_shell check_hashes
	mv accounts/alice/hash accounts/alice/good
	echo none >accounts/alice/hash
	session 'USER alice' 'PASS x' QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
}

@test "backend.7: as root, a Maildir with its owner's rights" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	backend_example pop3-skel-backend.7 become -e "$(by_path setpriv)"
	mkdir -p accounts/alice
	printf 'a secret\n' >accounts/alice/password
	mv demo/Maildir accounts/alice
	box=$work/accounts/alice/Maildir
	messages new/1.a
	own
	chown root:root accounts/alice/password
	chmod 600 accounts/alice/password
	check_become() {
		backend+=("$work/accounts")
		"$TALK" --stderr log -- "$SKEL" "${options[@]}" -- \
			"${backend[@]}" <<-END
			expect +OK *
			send USER alice
			expect +OK*
			send PASS wrong
			expect -ERR [AUTH] *
			send USER alice
			expect +OK*
			send PASS a secret
			expect +OK 1 messages
			shell test "\$(ps -o uid= -p \$PID | tr -d ' ')" = $common_uid
			shell ! ps -o uid= --ppid \$PID | grep -v $common_uid
			send RETR 1
			expect +OK *
			mail $box/new/1.a
			send QUIT
			expect +OK*
			eof
		END
	}
	each_shell check_become
}

@test "admin.7: users in an SQLite database" {
	[ -x "$POP3_SKEL_BACKENDS/maildir-crypt" ] ||
		skip "this build has no maildir-crypt"
	example pop3-skel-admin.7 sqlite >backend
	chmod a+rx backend
	backend=("$work/backend" "$work/users.db")
	python3 - "$box" "$(perl -e 'print crypt(" a secret ", "\$6\$salt")')" <<-'END'
		import sqlite3, sys
		db = sqlite3.connect("users.db")
		db.execute("CREATE TABLE users (name TEXT PRIMARY KEY, hash TEXT, maildir TEXT)")
		db.execute("INSERT INTO users VALUES ('alice', ?, ?)", [sys.argv[2], sys.argv[1]])
		db.execute("INSERT INTO users VALUES ('bob', 'none', ?)", [sys.argv[1]])
		db.commit()
	END
	messages new/1.a
	session 'USER alice' 'PASS a secret' 'USER nobody' 'PASS  a secret ' \
		"USER x'OR'1'='1" 'PASS  a secret '
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *' '-ERR [AUTH] *' '+OK *' \
		'-ERR [AUTH] *'
	session 'USER alice' 'PASS  a secret ' 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 messages' '+OK *' '+OK *'
	[ -z "$(stored)" ]
	session 'USER bob' 'PASS x' $'USER \303\244\377' 'PASS x' QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *' '-ERR [AUTH] *' '+OK *'
	not_logged fault
}

@test "pop3-skel.sh.7: the same beginning, requests by hand, a report" {
	cmp <(example pop3-skel.sh.7 welcome) \
		<(example pop3-skel-backend.7 welcome)
	example pop3-skel.sh.7 welcome >welcome
	for shell in "${shells[@]}"; do
		run_example sh pop3-skel.sh.7 by-hand -e "s/ sh / $shell /" \
			-e "s|/usr/share/pop3-skel/pop3-skel.sh|$POP3_SKEL_SH|" \
			-e "s|/usr/libexec/pop3-skel|$POP3_SKEL_BACKENDS|" >out
		{
			printf '%s\n' 'OK 1' OK 'msg - welcome-1' OK
			motd | sed 's/^/|/'
			echo OK
		} | cmp - out
	done
	backend_example pop3-skel.sh.7 report
	check_report() {
		session 'USER demo' 'PASS demo' 'RETR 1' QUIT
		matches '+OK *' '+OK *' '+OK *' '+OK * octets' 'From: root@*' \
			'Subject: disks on 20*-*-*' 'Date: * 00:00:00 *' \
			'Message-ID: <disks-20*@*>' '' 'Filesystem*' '*' . '+OK *' ||
			return 1
	}
	each_shell check_report
	# A source that fails.
	printf '#!/bin/sh\necho half\nexit 1\n' >df
	chmod a+rx df
	check_failing() {
		session 'USER demo' 'PASS demo' 'RETR 1' QUIT
		matches '+OK *' '+OK *' '+OK *' '-ERR *' '+OK *'
	}
	backend_example pop3-skel.sh.7 report -e "$(by_path df "$work/df")"
	grep -qF "$work/df" backend
	each_shell check_failing
}
