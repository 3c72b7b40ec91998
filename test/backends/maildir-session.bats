# SPDX-License-Identifier: ISC
# Maildirs through pop3-skel: what a client sees of maildir(8)'s promises.
#
# bats file_tags=full

load ../lib/common

@test "P3.1 P3.2 P3.4 P3.9: octets, order and unique-ids of a Maildir" {
	printf 'Subject: two\n\nbody\n.dot\n..\n.\nno end' >"$box/new/2.b"
	printf 'Subject: one\r\n\r\nCRLF\r\n' >"$box/cur/1.a,S=22,W=22:2,S"
	printf 'Subject: ten\n\n\377\n' >"$box/cur/10.c:2,"
	talk <<-END
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
	stored | diff <(printf '%s\n' cur/1.a,S=22,W=22:2,S cur/10.c:2, \
		new/2.b) -
}

@test "a message whose flags change under the session is read and removed" {
	messages new/1.a new/2.b new/3.c
	talk <<-END
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
	stored | diff <(echo new/3.c) -
}

# The unique-ids of a session, in $1.
unique_ids() {
	session 'USER demo' 'PASS demo' UIDL QUIT
	sed -n 's/^[1-9] \(.*\)\r$/\1/p' out | sort >"$1"
}

@test "P3.9: twins keep their unique-ids when a flag changes or another of them goes" {
	messages new/1.a 'cur/1.a:2,S' 'cur/1.a,S=9:2,' new/2.b
	unique_ids before
	[ "$(sort -u before | wc -l)" -eq 4 ]
	mv "$box/new/1.a" "$box/cur/1.a:2,FS"
	mv "$box/cur/1.a:2,S" "$box/cur/1.a:2,RS"
	unique_ids after
	diff before after
	rm "$box/cur/1.a,S=9:2,"
	unique_ids after
	[ "$(comm -13 before after | wc -l)" -eq 0 ]
	[ "$(wc -l <after)" -eq 3 ]
	# One that is alone now keeps it.
	rm "$box/cur/1.a:2,RS"
	unique_ids after
	[ "$(comm -13 before after | wc -l)" -eq 0 ]
	[ "$(wc -l <after)" -eq 2 ]
	grep -q '^1\.a,[0-9]*$' after
	not_logged 'unique-id'
}

@test "P3.9: twins are read and removed, each by its number" {
	messages new/1.a 'cur/1.a:2,S'
	n=$(twin_number 'cur/1.a:2,S' new/1.a)
	talk <<-END
		$begin
		send RETR $n
		expect +OK *
		mail $box/cur/1.a:2,S
		send DELE $n
		expect +OK *
		$end
	END
	stored | diff <(echo new/1.a) -
}

@test "a message that is gone: -ERR to RETR, and QUIT has removed it" {
	messages new/1.a new/2.b
	talk <<-END
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
	messages new/1.a cur/2.b:2,
	talk <<-END
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
	stored | diff <(echo new/1.a) -
	grep -q 'message not removed' log
}

@test "P4.4: without QUIT nothing is removed" {
	messages new/1.a
	talk <<-END
		$begin
		send DELE 1
		expect +OK *
		vanish
	END
	[ -e "$box/new/1.a" ]
}

# bats test_tags=long
@test "P2.7: the Maildir is locked for the session and free after it" {
	messages new/1.a
	talk <<-END
		$begin
		shell ! flock -n $box true
		$end
	END
	flock -n "$box" true
	exec 7<"$box"
	flock -n 7
	talk <<-END
		expect +OK *
		send USER demo
		expect +OK*
		send PASS demo
		expect -ERR [IN-USE] *
		eof
	END
	exec 7<&-
	logged 'refused session=[0-9a-f]+ user=demo why="in use" path=.*/demo/Maildir(/\.)?$'
}

@test "a missing Maildir is an empty maildrop; an unreadable one an error" {
	rm -r "$box"
	talk <<-END
		$begin
		send STAT
		expect +OK 0 0
		$end
	END
	mkdir -p "$box/new"
	messages new/1.a
	own
	chmod 0 "$box/new"
	talk <<-END
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
	session 'USER demo' 'PASS x' QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *'
	mv out known
	session 'USER ghost' 'PASS x' QUIT
	cmp known out
}

@test "a name in capitals: the mail and the log are those of the file's spelling" {
	messages new/1.a
	session 'USER DEMO' 'PASS demo' 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK *' '+OK *'
	[ -z "$(stored)" ]
	logged 'login session=.* user=demo '
	not_logged 'user=DEMO'
}

@test "a hashed password with blanks at both ends" {
	[ -x "$POP3_SKEL_BACKENDS/maildir-crypt" ] ||
		skip "this build has no maildir-crypt"
	messages new/1.a
	echo "demo:$(perl -e 'print crypt(" a  b ", "\$6\$salt")')::::$work/demo" \
		>users
	talk <<-END
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

# bats test_tags=long
@test "20 logins of one user at once: the mail is listed once, 19 hear IN-USE" {
	messages new/1.a
	one_of_twenty 60
}

@test "a Maildir that is a symbolic link is served, and locked" {
	messages new/1.a
	mv "$box" real
	ln -s "$work/real" "$box"
	session 'USER demo' 'PASS demo' 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK *' '+OK *'
	[ -z "$(find real -type f)" ]
	exec 7<real
	flock -n 7
	session 'USER demo' 'PASS demo' QUIT
	exec 7<&-
	matches '+OK *' '+OK *' '-ERR [IN-USE] *'
}

@test "a size that no mail has is not taken from a name" {
	messages new/1.a,W=99999999999999
	session 'USER demo' 'PASS demo' 'LIST 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 *' "+OK 1 $(sed 's/$/\r/' \
		"$box/new/1.a,W=99999999999999" | wc -c)" '+OK *'
}

@test "a link put in a message's place is not followed" {
	messages new/1.a
	printf 'secret\n' >secret
	talk <<-END
		$begin
		shell ln -sf $work/secret $box/new/1.a
		send RETR 1
		expect -ERR *
		$end
	END
}

@test "as root: everything is the user's own, and others' mail is not had" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	printf '%s\n' "demo:{PLAIN}demo:$common_uid:$common_uid::$work/demo" \
		>users
	messages new/1.a
	own
	chmod 700 "$work/demo"
	mkdir -p victim/new
	printf 'secret\n' >victim/new/1.a
	chmod 700 victim
	"$TALK" --stderr log -- "$SKEL" "${options[@]}" -- "${backend[@]}" <<-END
		$begin
		shell test "\$(ps -o uid= -p \$PID | tr -d ' ')" = $common_uid
		shell ! ps -o uid= --ppid \$PID | grep -v $common_uid
		send DELE 1
		expect +OK *
		$end
	END
	[ -z "$(stored)" ]
	rmdir "$box/new"
	ln -s "$work/victim/new" "$box/new"
	"$TALK" --stderr log -- "$SKEL" "${options[@]}" -- "${backend[@]}" <<-END
		expect +OK *
		send USER demo
		expect +OK*
		send PASS demo
		expect -ERR [SYS/TEMP] *
	END
	[ -e victim/new/1.a ]
}

@test "another program's login: --serve after --preauth" {
	messages new/1.a
	options+=(--preauth demo)
	backend=(maildir --serve demo/Maildir)
	talk <<-END
		expect +OK *
		send RETR 1
		expect +OK *
		mail $box/new/1.a
		send DELE 1
		expect +OK *
		$end
	END
	[ -z "$(stored)" ]
}

# bats test_tags=long
@test "10,000 messages: in order, by number and unique-id" {
	perl -e 'for (map { $_ * 7919 % 10000 } 0..9999) {
		open F, ">", sprintf "%s/cur/%d.M%dP1.host,W=%d:2,S", $ARGV[0],
			1700000000 + int($_ / 10), 100000 + $_, $_ + 1
	}' "$box"
	perl -e 'print "$_ $_\n" for 1..10000' >sizes
	perl -e 'printf "%d %d.M%dP1.host\n", $_ + 1,
		1700000000 + int($_ / 10), 100000 + $_ for 0..9999' >ids
	session 'USER demo' 'PASS demo' LIST UIDL QUIT
	tr -d '\r' <out | grep -v '^[+.]' | cmp - <(cat sizes ids)
	[ "$(grep -c '^+OK' out)" -eq 6 ]
}

# The octets and messages that a quota has left of what was there, as Maildir++
# adds them up.
quota_sum() {
	awk 'NR > 1 { octets += $1; count += $2 } END { print octets, count }' \
		"$box/maildirsize"
}

@test "what is removed is taken off a quota, in one line, and only where there is one" {
	messages new/1.a new/2.b cur/3.c:2,S
	octets=$(cat "$box"/???/* | wc -c)
	session 'USER demo' 'PASS demo' 'DELE 1' QUIT
	[ ! -e "$box/maildirsize" ]
	octets=$(cat "$box"/???/* | wc -c)
	printf '100000S,10C\n%d 2\n' "$octets" >"$box/maildirsize"
	own
	session 'USER demo' 'PASS demo' 'DELE 1' QUIT
	left=$(cat "$box"/???/* | wc -c)
	[ "$(quota_sum)" = "$left 1" ]
	# Not where nothing was removed, and a broken one is no trouble.
	session 'USER demo' 'PASS demo' 'DELE 1' RSET QUIT
	[ "$(wc -l <"$box/maildirsize")" -eq 3 ]
	mv "$box/maildirsize" elsewhere
	ln -s "$work/elsewhere" "$box/maildirsize"
	session 'USER demo' 'PASS demo' 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' '+OK *'
	[ -z "$(stored)" ]
	[ "$(wc -l <elsewhere)" -eq 3 ]
	grep -q 'what was removed is not taken off.*maildirsize' log
}
