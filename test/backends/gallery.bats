# SPDX-License-Identifier: ISC
# The backends of the gallery that need nothing but a shell: dir and command.
#
# bats file_tags=once

load ../lib/common
load ../lib/examples
load ../lib/check
load ../lib/clients

prepare() {
	export STATE_DIRECTORY=$work/state
	mkdir state
	echo 'demo:{PLAIN}demo' >users
	own
}

# The checker finds nothing to change: judged OPTION... BACKEND [ARG]...
judged() {
	echo demo | as_user "$check" --user demo --timeout 240 --password-fd 0 "$@" \
		>told || {
		cat told
		return 1
	}
}

# Two clients fetch all: what each has, octet for octet, is in curl/ and got/.
two_clients() {
	local count=$1 way=clear ca=none
	mkdir -p curl got
	own
	serve
	as_user curl -sS --max-time 60 -o 'curl/#1' \
		"pop3://demo:demo@127.0.0.1:$port/[1-$count]"
	clients_poplib
	diff -r curl got
	[ "$(ls curl | wc -l)" -eq "$count" ]
}

# Files of all kinds, each a day older than the next.
files() {
	mkdir -p files/sub
	printf 'Received: by x\nFROM: a@example.org\nX-Long: 1\n 2\n\n.\nas it is\n' >files/mail
	printf 'From: somebody\n\nis a text\n' >'files/letter to you.txt'
	printf 'Grüße\n' >$'files/\303\274.md'
	head -c 3000 /dev/urandom >'files/--attach'
	printf 'x' >files/.hidden
	printf 'x' >$'files/two\nlines'
	ln -s /etc/passwd files/link
	mkfifo files/fifo
	local day=1
	for file in mail 'letter to you.txt' $'\303\274.md' --attach; do
		touch -d "2026-11-0$day 12:00:00.5Z" "files/$file"
		day=$((day + 1))
	done
	own
}

# bats test_tags=long
@test "dir: files are mails, two clients read them, and in the next session no file is opened" {
	files
	backend=(dir --users "$work/users" files)
	two_clients 4
	sed 's/$/\r/' files/mail | cmp - curl/1
	"${POP3_SKEL_PYTHON:-python3}" - <<-'END'
		import email, email.policy
		def mail(number):
		    with open("curl/%d" % number, "rb") as file:
		        return email.message_from_binary_file(file, policy=email.policy.default)
		assert mail(2)["Subject"] == "letter to you.txt"
		assert mail(2)["Date"].datetime.isoformat() == "2026-11-02T12:00:00+00:00"
		assert mail(2).get_content().replace("\r", "") == "From: somebody\n\nis a text\n", mail(2).get_content()
		assert mail(3)["Subject"] == "ü.md"
		assert mail(3).get_content().replace("\r", "") == "Grüße\n"
		part, = mail(4).iter_attachments()
		assert part.get_filename() == "--attach"
		with open("files/--attach", "rb") as file:
		    assert part.get_content() == file.read()
	END
	# What is kept is not read again.
	chmod 0 files/mail files/--attach
	own
	session "${login[@]}" LIST 'RETR 4' 'DELE 1' QUIT
	[ "$(grep -c 'octets' out)" -eq 1 ]
	# A file that changed is another message; one that is deleted stays where it is.
	as_user touch $'files/\303\274.md'
	session "${login[@]}" STAT 'TOP 3 0' QUIT
	grep -q '^+OK 3 messages' out
	grep -q '^Subject: =?UTF-8?B?w7wubWQ=?=' out
	[ -e files/mail ]
	backend=(dir --users "$work/users" "$work/none")
	session "${login[@]}" STAT QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '-ERR *' '+OK *'
	logged 'No such file'
}

# bats test_tags=long
@test "dir: with --delete a file goes at the end of the session, unless it was changed" {
	local left name program
	files
	backend=(dir -u "$work/users" --delete --from 'Büro <a@example.org>' "$work/files")
	session "${login[@]}" 'DELE 1' 'DELE 2'
	[ -e files/mail ]
	[ -e 'files/letter to you.txt' ]
	talk <<-END
		$begin
		send DELE 1
		expect +OK *
		send DELE 2
		expect +OK *
		shell echo more >>"files/letter to you.txt"
		send QUIT
		expect -ERR [SYS/TEMP] *
		eof
	END
	[ ! -e files/mail ]
	[ -e 'files/letter to you.txt' ]
	logged 'not removed: .*/letter to you.txt'
	session "${login[@]}" 'RETR 3' QUIT
	grep -q '^+OK 3 messages' out
	grep -q '^Subject: letter to you.txt' out
	grep -q '^From: =?UTF-8?B?QsO8cm8=?=' out
	mkdir -p each/demo
	cp files/--attach each/demo/a
	own
	backend=(dir -u "$work/users" "$work/each/%u")
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK *'
	# A name that is none of a folder leads to none.
	for name in .. . a/../..; do
		for program in dir feed; do
			backend=("$program" "$work/each/%u")
			options=(--preauth "$name")
			session QUIT
			grep -q '^-ERR' out
			logged "^<3>backend .*text=\"$program: no f[a-z]* for such a user: "
		done
	done
	options=(--cleartext always)
	judged --delete dir -u "$work/users" --delete "$work/files"
	left=$(find files | wc -l)
	judged --delete dir -u "$work/users" "$work/files"
	[ "$(find files | wc -l)" -eq "$left" ]
}

@test "dir: with --delete a file stays that took another's place, of the same time and name" {
	mkdir files
	echo one | tee files/a files/b files/c >files/d
	touch -d 2026-11-01 files/[a-d]
	own
	backend=(dir -u "$work/users" --delete "$work/files")
	talk <<-END
		$begin
		send DELE 1
		expect +OK *
		send DELE 2
		expect +OK *
		send DELE 3
		expect +OK *
		shell echo two >files/new && touch -r files/a files/new && mv files/new files/a
		shell echo more >>files/b && touch -r files/d files/b
		send QUIT
		expect -ERR [SYS/TEMP] *
		eof
	END
	[ "$(cat files/[a-d])" = $'two\none\nmore\none' ]
	[ ! -e files/c ]
	logged 'not removed: .*/files/a'
	logged 'not removed: .*/files/b'
	session "${login[@]}" 'RETR 1' 'DELE 1' 'DELE 2' 'DELE 3' QUIT
	tr -d '\r' <out | grep -qx 'two'
	grep -q '^+OK 3 messages' out
	[ -z "$(ls files)" ]
}

# bats test_tags=long
@test "command: what commands print, once for each day, and two clients read it" {
	example pop3-skel-command.8 file | sed "s|^command  *df.*|&; echo >>$work/asked|" >file
	printf '\nsubject Grüße\ncommand echo "\\$HOME is %%s"; echo .\nevery 100000000\nfrom a@example.org\n' >>file
	grep -q asked file
	own
	backend=(command -u "$work/users" file)
	two_clients 3
	grep -q "^From: postmaster@" curl/1
	grep -q '^Subject: Disks' curl/1
	grep -q '^Filesystem' curl/1
	LC_ALL=C grep -q '^Date: .* 00:00:00 +0000' curl/1
	grep -q '^From: a@example.org' curl/3
	[ "$(sed '1,/^\r$/d' curl/3)" = $'$HOME is %s\r\n.\r' ]
	[ "$(wc -l <asked)" -eq 1 ]
	judged --delete command -u "$work/users" file
	[ "$(wc -l <asked)" -eq 1 ]
}

@test "command: one that fails, or takes too long, is none; arguments are as they are" {
	backend=(command -u "$work/users" --deadline 1 Slow sh -c "echo a; exec sleep 600")
	session "${login[@]}" 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '-ERR [SYS/TEMP]*' '+OK *'
	logged 'Slow: the command ended with 124'
	backend=(command -u "$work/users" Fails sh -c 'echo half; exit 1')
	session "${login[@]}" 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '-ERR [SYS/TEMP]*' '+OK *'
	logged 'Fails: the command ended with 1'
	# So are STAT and LIST of whoever has it, which need its size; it may be told.
	{
		printf 'subject Good\ncommand echo good\n\n'
		printf 'subject Bad\ncommand echo half; exit 1\n\n'
		example pop3-skel-command.8 failing | sed 's|/usr/local/sbin/backup|sh -c "exit 3"|'
	} >file
	own
	backend=(command -u "$work/users" file)
	session "${login[@]}" STAT UIDL 'RETR 1' 'LIST 1' LIST 'RETR 3' QUIT
	[ "$(grep -c '^-ERR \[SYS/TEMP\]' out)" -eq 2 ]
	grep -q '^2 [0-9a-f]' out
	[ "$(tr -d '\r' <out | grep -cx 'good')" -eq 1 ]
	tr -d '\r' <out | grep -qx 'failed with 3'
	backend=(command -u "$work/users" --every week "It's" printf '%s,' "it's" '' 'a b$*' '*')
	session "${login[@]}" 'RETR 1' QUIT
	tr -d '\r' <out | grep -qx "Subject: It's"
	tr -d '\r' <out | grep -qx "it's,,a b\$\*,\*,"
	local bad
	for bad in 'subject x' 'command x' 'subject x\nevery never\ncommand y' \
		'what' 'subject x\ndeadline 900\ncommand y' \
		'subject x\ncommand y\nsubject z\ncommand y' \
		'subject x\ncommand y\ncommand z' 'subject x\001\ncommand y' \
		'subject x\ncommand y\n\nsubject x\ncommand z'; do
		# shellcheck disable=SC2059 # It is one.
		printf "$bad\n" >file
		backend=(command -u "$work/users" file)
		session "${login[@]}" QUIT
		matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
		logged 'file line [1-5]: '
	done
	# One of another system is as good.
	printf 'subject x\r\ncommand echo y\r\n\r\n# z\r\nsubject z\r\ncommand echo z' >file
	backend=(command -u "$work/users" file)
	session "${login[@]}" 'RETR 1' 'RETR 2' QUIT
	tr -d '\r' <out | grep -qx 'Subject: x'
	[ "$(tr -d '\r' <out | grep -cx '[yz]')" -eq 2 ]
	for bad in '' --none '--every' '--every never x' '--deadline 591 x' '-u'; do
		# shellcheck disable=SC2206 # They are words.
		backend=(command $bad)
		session QUIT
		matches '-ERR [SYS/TEMP] *'
		logged 'SUBJECT PROGRAM'
		[ "${bad%% *}" != --none ] || continue
		backend=(dir ${bad/never/})
		session QUIT
		matches '-ERR [SYS/TEMP] *'
	done
}

# bats test_tags=long
@test "command: what it leaves in the background ends with it, and is not waited for" {
	local pid
	cat >file <<-'END'
		subject Left
		command sleep 600 & echo $! >left; trap '' TERM; sleep 601 & echo $! >>left; echo hi
		deadline 100

		subject Late
		command sh -c "trap '' TERM; exec sleep 602" & echo $! >late; sleep 603
		deadline 1
	END
	touch late
	own
	backend=(command -u "$work/users" "$work/file")
	session "${login[@]}" 'RETR 1' 'RETR 2' QUIT
	tr -d '\r' <out | grep -qx hi
	grep -q '^-ERR \[SYS/TEMP\]' out
	logged 'Late: the command ended with 124'
	[ "$(wc -l <left)" -eq 2 ]
	for pid in $(cat left late); do
		wait_until 60 gone "$pid"
	done
}
