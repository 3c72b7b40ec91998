# SPDX-License-Identifier: ISC
# Against guessing: what a failed login costs, how many are borne, and the line
# that fail2ban reads.

load ../lib/common

prepare() {
	filter=$top/units/fail2ban/filter.d/pop3-skel.conf
	attempt='send USER demo
expect +OK*
send PASS wrong'
}

@test "a guess costs --auth-delay before its answer, whatever way it came" {
	options+=(--auth-delay 1)
	talk --on tcp <<-END
		expect +OK *
		send USER demo
		expect +OK*
		mark
		send PASS wrong
		expect -ERR [AUTH] *
		within 1 60
		mark
		send AUTH PLAIN $(printf '\0demo\0wrong' | base64)
		expect -ERR [AUTH] *
		within 1 60
		send USER demo
		expect +OK*
		send PASS demo
		expect +OK *
	END
	[ "$(grep -c 'refused .*user=demo address=127.0.0.1 why=login' log)" -eq 2 ]
}

# bats test_tags=long
@test "by default a guess costs two seconds, and three end the session" {
	options=(--cleartext always)
	talk <<-END
		expect +OK *
		$attempt
		silence 1.5
		expect -ERR [AUTH] *
	END
	options+=(--auth-delay 0)
	talk <<-END
		expect +OK *
		$attempt
		expect -ERR [AUTH] *
		$attempt
		expect -ERR [AUTH] *
		$attempt
		expect -ERR [AUTH] *
		eof
	END
	logged 'ended .*why="too many failed logins"'
}

@test "--max-logins: so many, and AUTH, APOP and PASS count alike" {
	backend_script <<-'END'
	while IFS= read -r line; do
		case $line in
		'hello '*) printf '%s\n' apop 'sasl XOAUTH2 OTHER' 'OK 1' ;;
		*) echo ERR ;;
		esac
	done
	END
	options+=(--max-logins 4)
	talk <<-END
		expect +OK *
		$attempt
		expect -ERR [AUTH] *
		send APOP demo $(printf '%032d' 0)
		expect -ERR [AUTH] *
		send AUTH OTHER
		expect -ERR [AUTH] *
		send AUTH XOAUTH2 $(printf 'user=a\1auth=Bearer b\1\1' | base64)
		expect -ERR [AUTH] *
		eof
	END
	options+=(--max-logins 1)
	talk <<-END
		expect +OK *
		$attempt
		expect -ERR [AUTH] *
		eof
	END
}

# bats test_tags=alone
@test "with --auth-delay 0 it is 50 ms, so that a late answer is seen" {
	# It says more as soon as its answer was read.
	cat >late <<-'END'
	import fcntl, os, struct, sys, termios
	for line in sys.stdin:
	    if line == "login demo wrong\n":
	        os.write(1, b"ERR\n")
	        while struct.unpack("i", fcntl.ioctl(1, termios.FIONREAD, b"1234"))[0]:
	            pass
	        os.write(1, b"OK wrong\n")
	        continue
	    if line.startswith("login "):
	        open("logins", "a").write("entered\n")
	    os.write(1, b"OK 1\n" if line.startswith("hello ") else b"OK\n")
	END
	backend=(python3 -E late)
	# The second login is there before the first is answered.
	session 'USER demo' 'PASS wrong' 'USER root' 'PASS guess' STAT QUIT
	matches '+OK *' '+OK *' '-ERR *'
	# What it said is masked behind its keyword: it may repeat a password.
	logged 'fault .*request=login what="output without a question" seen="OK \.\.\."$'
	[ ! -e logins ]
}

@test "a client that sends no more gets its answer no sooner" {
	options+=(--auth-delay 1)
	for on in tcp socketpair; do
		talk --on "$on" <<-'END'
			expect +OK *
			mark
			raw USER demo\r\nPASS wrong\r\n
			close
			expect +OK *
			expect -ERR [AUTH] *
			within 1 60
			eof
		END
		logged 'ended .*why="client closed"'
	done
}

# A session that lasted two seconds, whatever became of its client.
stayed() {
	logged "ended .*why=$1.*seconds=[2-9]\$"
}

# bats test_tags=long
@test "a client that hangs up escapes no delay: reset, closed, or over a pipe" {
	options+=(--auth-delay 2)
	for on in tcp socketpair pipe; do
		talk --on "$on" <<-END
			expect +OK *
			$attempt
			until grep -q why=login log
			vanish
		END
		stayed '"client gone"'
	done
}

# bats test_tags=long
@test "a client that hangs up before the backend has answered escapes no delay" {
	backend_script <<-'END'
	while IFS= read -r line; do
		case $line in
		'hello '*) echo 'OK 1' ;;
		'login '*) : >asked; until [ -e gone ]; do sleep 0.02; done; echo ERR ;;
		*) echo OK ;;
		esac
	done
	END
	options+=(--auth-delay 2)
	talk --on tcp <<-'END'
		expect +OK *
		raw USER demo\r\nPASS wrong\r\n
		until [ -e asked ]
		vanish
		shell : >gone
	END
	stayed '"client gone"'
	# ... where it is known to be gone before the login is asked, none was.
	talk --on tcp <<-'END'
		raw USER demo\r\nPASS wrong\r\n
		vanish
	END
	not_logged 'ended .*seconds=[3-9]'
}

# bats test_tags=long
@test "the time to log in, in the delay: the client is cut off, the place is kept" {
	options+=(--auth-delay 3 --login-timeout 1)
	talk --on tcp <<-END
		expect +OK *
		$attempt
		mark
		eof
		within 0 2.5
	END
	logged 'ended .*why="not logged in after 1 s".*seconds=[3-9]$'
}

# bats test_tags=long
@test "QUIT behind a wrong password, or close in its answer, saves no delay" {
	options+=(--auth-delay 2)
	talk --on tcp <<-'END'
		expect +OK *
		mark
		raw USER demo\r\nPASS wrong\r\nQUIT\r\n
		expect +OK *
		expect -ERR [AUTH] *
		expect +OK *
		within 2 60
		eof
	END
	backend_script <<-'END'
	while IFS= read -r line; do
		case $line in
		'hello '*) echo 'OK 1' ;;
		*) printf '%s\n' close ERR ;;
		esac
	done
	END
	talk --on tcp <<-END
		expect +OK *
		$attempt
		until grep -q why=login log
		vanish
	END
	stayed '"c'
}

@test "a place that is kept after a failed login holds no lock, and no backend" {
	backend_script <<-'END'
	echo $$ >pid
	while IFS= read -r line; do
		case $line in
		'hello '*) echo 'OK 1' ;;
		*) echo ERR ;;
		esac
	done
	END
	need_sight
	options+=(--auth-delay 60)
	talk --on tcp <<-END
		expect +OK *
		$attempt
		until grep -q why=login log
		vanish
		until ! kill -0 \$(cat pid) 2>/dev/null
		shell grep -q '^State:.S' /proc/\$PID/status
		shell [ \$(ls -l /proc/\$PID/fd | grep -cE 'socket|users') -eq 0 ]
		signal TERM
	END
	logged 'ended .*why="client gone"'
}

@test "AUTH that is cancelled when its challenge told enough is a failed login" {
	backend_script <<-'END'
	while IFS= read -r line; do
		case $line in
		'hello '*) printf '%s\n' 'sasl OTHER' 'OK 1' ;;
		'auth '*' '*) echo 'MORE bm8=' ;;
		auth*) echo 'MORE =' ;;
		'more '*) echo 'MORE bm8=' ;;
		*) echo ERR ;;
		esac
	done
	END
	options+=(--auth-delay 1)
	talk --on tcp <<-'END'
		expect +OK *
		send AUTH OTHER
		expect + *
		send *
		expect -ERR *
		shell ! grep why=login log
		mark
		send AUTH OTHER Z3Vlc3M=
		expect + bm8=
		send *
		expect -ERR *
		within 1 60
		send AUTH OTHER
		expect + *
		send Z3Vlc3M=
		expect + bm8=
		vanish
	END
	[ "$(grep -c 'refused .*why=login' log)" -eq 2 ]
	logged 'ended .*seconds=[2-9]$'
}

# bats test_tags=long
@test "POP3_SKEL_FAILED: the exit status where a login failed, then and only then" {
	export POP3_SKEL_FAILED=77
	session 'USER demo' 'PASS demo' QUIT
	[ "$status" -eq 0 ]
	session 'USER demo' 'PASS wrong' 'USER demo' 'PASS demo' QUIT
	[ "$status" -eq 77 ]
	for POP3_SKEL_FAILED in 256 x ''; do
		session 'USER demo' 'PASS wrong' QUIT
		[ "$status" -eq 0 ]
	done
	unset POP3_SKEL_FAILED
	session 'USER demo' 'PASS wrong' QUIT
	[ "$status" -eq 0 ]
	# Behind a proxy it would count against the proxy.
	export POP3_SKEL_FAILED=77
	options+=(--proxy)
	talk --on tcp <<-END
		raw PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n
		expect +OK *
		$attempt
		expect -ERR *
		send QUIT
		expect +OK *
	END
	logged 'refused .*address=192.0.2.1 why=login'
}

# bats test_tags=long
@test "the delay ends with the time to log in, and by SIGTERM" {
	options+=(--auth-delay 30)
	talk <<-END
		expect +OK *
		$attempt
		until grep -q why=login log
		signal TERM
		eof
	END
	logged 'ended .*why=terminated'
	options=(--cleartext always --auth-delay 3 --login-timeout 1)
	talk <<-END
		expect +OK *
		$attempt
		eof
	END
	logged 'ended .*why="not logged in after 1 s"'
}

@test "TEMP neither counts nor delays" {
	backend_script <<-'END'
	while IFS= read -r line; do
		case $line in
		'hello '*) echo 'OK 1' ;;
		*) echo TEMP ;;
		esac
	done
	END
	options=(--cleartext always --auth-delay 60 --max-logins 1)
	talk <<-END
		expect +OK *
		$attempt
		expect -ERR [SYS/TEMP] *
		$attempt
		expect -ERR [SYS/TEMP] *
		send QUIT
		expect +OK *
		eof
	END
	not_logged why=login
}

@test "a claimed PASS, or a secret command, that says ERR is a failed login" {
	backend_script <<-'END'
	while IFS= read -r line; do
		case $line in
		'hello '*) printf '%s\n' 'command USER auth' 'command PASS auth' \
			'command XKEY auth secret' 'command XASK auth' 'OK 1' ;;
		USER*) printf '%s\n' "user ${line#* }" OK ;;
		*) echo ERR ;;
		esac
	done
	END
	options+=(--max-logins 2 --debug)
	session 'USER demo' 'PASS hunter2' 'XASK x' 'XKEY hunter3' NOOP
	matches '+OK *' '+OK *' '-ERR *' '-ERR *' '-ERR *'
	[ "$(grep -c 'refused .*why=login' log)" -eq 2 ]
	not_logged 'hunter[23]'
}

# bats test_tags=long
@test "fail2ban-regex matches each failed login, and nothing else" {
	options+=(--max-logins 9)
	talk --on tcp --local 127.0.0.1 <<-END
		expect +OK *
		$attempt
		expect -ERR [AUTH] *
		send AUTH PLAIN $(printf '\0d"e=m\303\244\0wrong' | base64)
		expect -ERR [AUTH] *
		send USER x address=10.0.0.1 why=login
		expect -ERR *
		send AUTH PLAIN $(printf '\0u"\\_address=10.0.0.2_why=login\0wrong' |
			base64)
		expect -ERR [AUTH] *
		send USER demo
		expect +OK*
		send PASS demo
		expect +OK *
	END
	cp log all
	talk --on tcp --local ::1 <<-END
		expect +OK *
		$attempt
		expect -ERR [AUTH] *
	END
	cat log >>all
	options+=(--cleartext never)
	talk --on tcp <<-END
		expect +OK *
		send USER demo
		expect -ERR *
	END
	cat log >>all
	[ "$(grep -c refused all)" -eq 5 ]
	cp -r /etc/fail2ban fail2ban
	cp "$filter" fail2ban/filter.d
	# As syslog writes them, and as the journal would with a priority left.
	sed 's/^<[0-9]>//; s/^/Nov 25 12:00:00 host pop3-skel[123]: /' all >a.log
	sed 's/^/2026-11-25T12:00:00+0000 host pop3-skel[123]: /' all >b.log
	sed 's/ pop3-skel\[/ pop3-skel-accept[/' a.log >c.log
	for name in a b c; do
		fail2ban-regex -c fail2ban --out ip "$name.log" pop3-skel >ips
		printf '%s\n' 127.0.0.1 127.0.0.1 127.0.0.1 ::1 | diff - ips
	done
	fail2ban-regex -c fail2ban --out user a.log pop3-skel >names
	printf '%s\n' demo 'd\"e=m\xc3\xa4' 'u\"\\_address=10.0.0.2_why=login' demo |
		diff - names
}

@test "the filter is installed for whoever wants it" {
	cmp "$filter" "$POP3_SKEL_STAGE/share/fail2ban/filter.d/pop3-skel.conf"
}
