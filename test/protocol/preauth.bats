# SPDX-License-Identifier: ISC
# --preauth: somebody else did the login.

load ../lib/common
load ../lib/users

prepare() {
	messages new/1.a
}

@test "--preauth: the session begins in TRANSACTION" {
	options=(--preauth demo)
	backend=(maildir --serve demo/Maildir)
	session STAT 'USER demo' 'RETR 1' 'DELE 1' QUIT
	matches '+OK *' '+OK 1 *' '-ERR already logged in' \
		'+OK *' 'Subject: new/1.a' '' 'text of new/1.a' . '+OK *' '+OK *'
	[ -z "$(stored)" ]
	logged 'login .*user=demo'
	# However the line may be secured: no secret crosses it.
	options+=(--cleartext never)
	session STAT QUIT
	matches '+OK *' '+OK 0 0' '+OK *'
}

@test "--preauth: the greeting is the answer to PASS, whatever list says" {
	backend_script <<-'END'
	while IFS= read -r line; do
		printf '%s\n' "$line" >>requests
		case $line in
		'hello '*) printf '%s\n' apop 'OK 1 hello' ;;
		'list '*) cat list ;;
		*) echo DEFAULT ;;
		esac
	done
	END
	options=(--preauth 'who@example.org')
	printf 'OK listed\n' >list
	session QUIT
	matches '+OK *' '+OK *'
	grep -qx 'list who@example.org' requests
	for answer in ERR 'ERR [IN-USE] busy' TEMP DEFAULT nonsense; do
		printf '%s\n' "$answer" >list
		session STAT QUIT
		[ "$(head -c 5 out)" = '-ERR ' ]
		[ "$(wc -l <out)" -eq 1 ]
	done
}

# bats test_tags=long
@test "--preauth: no time to log in runs, and root is refused as ever" {
	options=(--preauth demo --login-timeout 1)
	backend=(maildir --serve demo/Maildir)
	talk <<-'END'
		expect +OK *
		silence 1.5
		send NOOP
		expect +OK *
	END
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	inside=()
	talk_as_root <<-'END'
		status 75
		expect -ERR [SYS/PERM] *
		eof
	END
}

# bats test_tags=long
@test "--preauth: a lock in answer to hello, before the list; elsewhere not" {
	backend_script <<-END
	while IFS= read -r line; do
		printf '%s\\n' "\$line" >>requests
		case \$line in
		'hello '*) printf '%s\\n' 'lock $work/l' 'OK 1' ;;
		'list '*) cat list ;;
		*) echo DEFAULT ;;
		esac
	done
	END
	echo OK >list
	options=(--preauth demo)
	talk <<-'END'
		expect +OK *
		shell ! flock -n l true
		send QUIT
		expect +OK *
		shell flock -n l true
		eof
	END
	grep -qxE 'hello 1 x-unknown id=[0-9a-f]+ lock log next part sent sizes' requests
	exec 8<l
	flock 8
	rm requests
	session STAT QUIT
	exec 8<&-
	matches '-ERR [IN-USE] *'
	[ "$(cut -d' ' -f1 requests)" = hello ]
	# Where a login comes first the lock is for that.
	options=(--cleartext always)
	rm requests
	session QUIT
	matches '-ERR [SYS/TEMP] *'
	logged "fault .*request=hello what=\"line not allowed here\" seen=\"lock $work/l\""
	run ! grep -qw lock requests
}

@test "--preauth: maildir finds its Maildir in use before it lists it" {
	options=(--preauth demo --debug)
	backend=(maildir --serve demo/Maildir)
	exec 8<"$box"
	flock 8
	session STAT QUIT
	exec 8<&-
	matches '-ERR [IN-USE] *'
	not_logged 'backend="> list'
}

@test "--preauth: what is no user name" {
	local name
	for name in '' 'a b' "$(printf '%0256d' 0)"; do
		options=(--preauth "$name")
		session QUIT
		[ "$status" -eq 64 ]
	done
}

# A session of talk with qmail-popup, checkpw and pop3-skel in a chain.
popup() {
	"$TALK" --stderr log --on tcp -- "${inside[@]}" \
		"$top/test/lib/qmail-popup" host checkpw \
		sh -c 'exec "$0" --preauth "$USER" maildir --serve Maildir' \
		"$SKEL" && return
	cat log
	return 1
}

# bats test_tags=long
@test "--preauth: at the end of qmail-popup's chain, with Debian's checkpw" {
	own_etc
	add_user tester unused
	printf 'open sesame\n' | add_mail tester .password
	chmod 600 "$home/Maildir/.password"
	printf 'Subject: one\n\ntext\n' | add_mail tester new/1.a
	popup <<-END
		expect +OK <*
		send USER tester
		expect +OK*
		send PASS wrong
		expect -ERR *
		eof
	END
	popup <<-END
		expect +OK <*
		send USER tester
		expect +OK*
		send PASS open sesame
		expect +OK *
		send RETR 1
		expect +OK *
		mail $home/Maildir/new/1.a
		send DELE 1
		expect +OK *
		send QUIT
		expect +OK *
		eof
	END
	[ ! -e "$home/Maildir/new/1.a" ]
}
