# SPDX-License-Identifier: ISC
# Maildirs through pop3-skel: what a client sees of maildir(8)'s promises.

bats_require_minimum_version 1.5.0

setup_file() {
	load lib/maildir.bash
	maildir_setup_file
	cp "$POP3_SKEL" "$BATS_FILE_TMPDIR/bin/pop3-skel"
	chmod a+rx "$BATS_FILE_TMPDIR/bin/pop3-skel"
}

setup() {
	load lib/maildir.bash
	maildir_setup
	skel=$POP3_SKEL_BACKENDS/pop3-skel
	drop=()
	if [ "$(id -u)" -eq 0 ]; then
		drop=(setpriv "--reuid=$maildir_uid" "--regid=$maildir_uid"
			--clear-groups --)
	fi
	begin='expect +OK *
send USER demo
expect +OK*
send PASS demo
expect +OK *'
	end='send QUIT
expect +OK *
eof'
}

# Plays the script on standard input with a session over Maildirs.
session() {
	python3 "$BATS_TEST_DIRNAME/lib/talk.py" --stderr log -- "${drop[@]}" \
		"$skel" --cleartext always --auth-delay 0 -- \
		maildir -u users "$@"
}

@test "P3.1 P3.2 P3.4 P3.9: octets, order and unique-ids of a Maildir" {
	printf 'Subject: two\n\nbody\n.dot\n..\n.\nno end' >"$box/new/2.b"
	printf 'Subject: one\r\n\r\nCRLF\r\n' >"$box/cur/1.a,S=22,W=22:2,S"
	printf 'Subject: ten\n\n\377\n' >"$box/cur/10.c:2,"
	session <<-END
		$begin
		send STAT
		expect +OK 3 84
		send LIST
		expect +OK *
		expect 1 22
		expect 2 43
		expect 3 19
		expect .
		send UIDL
		expect +OK *
		expect 1 1.a
		expect 2 2.b
		expect 3 10.c
		expect .
		send RETR 1
		expect +OK *
		mail $box/cur/1.a,S=22,W=22:2,S
		send RETR 2
		expect +OK *
		mail $box/new/2.b
		send RETR 3
		expect +OK *
		mail $box/cur/10.c:2,
		$end
	END
	# It is only read: nothing has moved.
	(cd "$box" && find . -type f | sort) | diff <(printf '%s\n' \
		./cur/1.a,S=22,W=22:2,S ./cur/10.c:2, ./new/2.b) -
}

@test "a message whose flags change under the session is read and removed" {
	message new/1.a
	message new/2.b
	message new/3.c
	session <<-END
		$begin
		shell mv $box/new/1.a $box/cur/1.a:2,S
		send RETR 1
		expect +OK *
		mail $box/cur/1.a:2,S
		send UIDL 1
		expect +OK 1 1.a
		send DELE 1
		expect +OK *
		send DELE 2
		expect +OK *
		shell mv $box/cur/1.a:2,S $box/cur/1.a:2,RS
		shell mv $box/new/2.b $box/cur/2.b:2,
		$end
	END
	(cd "$box" && find . -type f) | diff <(echo ./new/3.c) -
}

@test "a message that is gone: -ERR to RETR, and QUIT has removed it" {
	message new/1.a
	message new/2.b
	session <<-END
		$begin
		shell rm $box/new/1.a
		send RETR 1
		expect -ERR *
		send DELE 1
		expect +OK *
		send DELE 2
		expect +OK *
		shell rm $box/new/2.b
		$end
	END
}

@test "P4.1: a read-only folder: some deleted messages not removed" {
	message new/1.a
	message cur/2.b:2,
	session <<-END
		$begin
		send DELE 1
		expect +OK *
		send DELE 2
		expect +OK *
		shell chmod 555 $box/new
		send QUIT
		expect -ERR *some deleted messages not removed
		eof
	END
	chmod 755 "$box/new"
	(cd "$box" && find . -type f) | diff <(echo ./new/1.a) -
	grep -q 'message not removed' log
}

@test "P4.4: without QUIT nothing is removed" {
	message new/1.a
	session <<-END
		$begin
		send DELE 1
		expect +OK *
		vanish
	END
	[ -e "$box/new/1.a" ]
}

@test "P2.7: the Maildir is locked for the session and free after it" {
	message new/1.a
	session <<-END
		$begin
		shell ! flock -n $box true
		$end
	END
	flock -n "$box" true
	exec 7<"$box"
	flock -n 7
	session <<-END
		expect +OK *
		send USER demo
		expect +OK*
		send PASS demo
		expect -ERR [IN-USE] *
		eof
	END
	exec 7<&-
}

@test "a missing Maildir is an empty maildrop; an unreadable one an error" {
	rm -r "$box"
	session <<-END
		$begin
		send STAT
		expect +OK 0 0
		$end
	END
	mkdir -p "$box/new"
	message new/1.a
	maildir_own
	chmod 0 "$box/new"
	session <<-END
		expect +OK *
		send USER demo
		expect +OK*
		send PASS demo
		expect -ERR [SYS/TEMP] *
		send QUIT
		expect +OK *
		eof
	END
	chmod 755 "$box/new"
	grep -q 'Maildir cannot be read' log
}

@test "a wrong password and an unknown user hear the same" {
	session <<-END
		expect +OK *
		send USER demo
		expect +OK*
		send PASS wrong
		match (-ERR \\[AUTH\\] .*)
		send QUIT
		drain
	END
	printf 'USER %s\r\nPASS x\r\nQUIT\r\n' demo |
		"${drop[@]}" "$skel" --cleartext always --auth-delay 0 -- \
			maildir -u users >known 2>log
	printf 'USER %s\r\nPASS x\r\nQUIT\r\n' ghost |
		"${drop[@]}" "$skel" --cleartext always --auth-delay 0 -- \
			maildir -u users >unknown 2>log
	cmp known unknown
}

@test "a hashed password with blanks at both ends" {
	[ -x "$POP3_SKEL_BACKENDS/maildir-crypt" ] ||
		skip "this build has no maildir-crypt"
	message new/1.a
	echo "demo:$(perl -e 'print crypt(" a  b ", "\$6\$salt")')::::$work/demo" \
		>users
	session <<-END
		expect +OK *
		send USER demo
		expect +OK*
		send PASS a  b
		expect -ERR *
		send USER demo
		expect +OK*
		raw PASS  a  b \r\n
		expect +OK *
		$end
	END
}

@test "a link put in a message's place is not followed" {
	message new/1.a
	printf 'secret\n' >secret
	session <<-END
		$begin
		shell ln -sf $work/secret $box/new/1.a
		send RETR 1
		expect -ERR *
		$end
	END
}

@test "as root: everything is the user's own, and others' mail is not had" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	drop=()
	mkdir -p victim/new
	printf 'secret\n' >victim/new/1.a
	chmod 700 victim
	message new/1.a
	maildir_own
	chown -R 0:0 victim
	chmod 700 "$work/demo"
	session <<-END
		$begin
		shell test "\$(ps -o uid= -p \$PID | tr -d ' ')" = $maildir_uid
		shell ! ps -o uid= --ppid \$PID | grep -v $maildir_uid
		send DELE 1
		expect +OK *
		$end
	END
	[ -z "$(ls "$box/new")" ]
	rmdir "$box/new"
	ln -s "$work/victim/new" "$box/new"
	session <<-END
		expect +OK *
		send USER demo
		expect +OK*
		send PASS demo
		expect -ERR [SYS/TEMP] *
	END
	[ -e victim/new/1.a ]
}

@test "another program's login: --serve after --preauth" {
	message new/1.a
	python3 "$BATS_TEST_DIRNAME/lib/talk.py" --stderr log -- "${drop[@]}" \
		"$skel" --preauth demo -- maildir --serve demo/Maildir <<-END
		expect +OK *
		send RETR 1
		expect +OK *
		mail $box/new/1.a
		send DELE 1
		expect +OK *
		$end
	END
	[ -z "$(ls "$box/new")" ]
}

@test "10,000 messages: in order, by number and unique-id" {
	perl -e 'for (map { $_ * 7919 % 10000 } 0..9999) {
		open F, ">", sprintf "%s/cur/%d.M%dP1.host,W=%d:2,S", $ARGV[0],
			1700000000 + int($_ / 10), 100000 + $_, $_ + 1
	}' "$box"
	perl -e 'print "$_ $_\n" for 1..10000' >sizes
	perl -e 'printf "%d %d.M%dP1.host\n", $_ + 1,
		1700000000 + int($_ / 10), 100000 + $_ for 0..9999' >ids
	printf 'USER demo\r\nPASS demo\r\nLIST\r\nUIDL\r\nQUIT\r\n' |
		"${drop[@]}" "$skel" --cleartext always -- maildir -u users \
			2>log | tr -d '\r' >got
	grep -v '^[+.]' got | cmp - <(cat sizes ids)
	[ "$(grep -c '^+OK' got)" -eq 6 ]
}
