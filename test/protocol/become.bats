# SPDX-License-Identifier: ISC
# `become`: pop3-skel may be started as root to give root up at the login.

load ../lib/common
load ../lib/users

prepare() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	# No namespace is needed: numbers are users.
	inside=()
}

# stdin is what the backend answers to login.
login_answer() {
	cat >answer
	backend_script <<-END
	cd "$work"
	while IFS= read -r line; do
		printf '%s\n' "\$line" >>requests
		case \$line in
		'hello '*) echo 'OK 1' ;;
		'login '*) cat answer ;;
		'list '*) echo "msg - one $work/mail"; echo OK ;;
		*) echo DEFAULT ;;
		esac
	done
	END
	printf 'text\n' >mail
	: >requests
	chmod 666 requests
}

root_session() {
	printf '%s\r\n' "$@" >sent
	status=0
	setpriv --groups 4,27 -- timeout 30 "$SKEL" "${options[@]}" -- \
		"${backend[@]}" <sent >out 2>log || status=$?
}

@test "become: groups, gid and uid are gone before the list is asked for" {
	login_answer <<-'END'
	become 4711 4712
	OK
	END
	talk_as_root <<-END
		expect +OK *
		shell grep -q '^Uid:.0' /proc/\$PID/status
		send USER demo
		expect +OK*
		send PASS demo
		expect +OK 1 *
		shell grep -qP '^Uid:(\\t4711){4}$' /proc/\$PID/status
		shell grep -qP '^Gid:(\\t4712){4}$' /proc/\$PID/status
		shell grep -qP '^Groups:\\t *$' /proc/\$PID/status
		shell grep -qP '^CapPrm:\\t0+$' /proc/\$PID/status
		shell grep -qP '^CapEff:\\t0+$' /proc/\$PID/status
		send QUIT
		expect +OK *
		eof
	END
}

@test "become: a file that the new user may not read is not sent" {
	login_answer <<-'END'
	become 4711 4712
	OK
	END
	chmod 600 mail
	root_session 'USER demo' 'PASS demo' 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '-ERR *' '+OK *'
	chmod 644 mail
	root_session 'USER demo' 'PASS demo' 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' text . '+OK *'
}

@test "become: a lock of the same answer is taken as the new user" {
	login_answer <<-END
	become 4711 4712
	lock $work/lock
	OK
	END
	mkdir -m 777 open
	root_session 'USER demo' 'PASS demo' QUIT
	grep -q -- '^-ERR' out
	[ ! -e lock ]
	login_answer <<-END
	become 4711 4712
	lock $work/open/lock
	OK
	END
	root_session 'USER demo' 'PASS demo' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *'
	[ "$(stat -c %u:%g:%a open/lock)" = 4711:4712:600 ]
}

# bats test_tags=long
@test "become: never to 0, nor to what is no number, nor without OK" {
	local bad
	for bad in '0 4712' '4711 0' '-1 4712' '4294967295 4712' '4711' \
		'4711 4712 1' 'root root' '4294967296 1' '04711x 1'; do
		login_answer < <(printf 'become %s\nOK\n' "$bad")
		root_session 'USER demo' 'PASS demo' STAT QUIT
		matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
		logged 'fault .*request=login'
		run ! grep -q list requests
	done
	for bad in ERR TEMP; do
		login_answer < <(printf 'become 4711 4712\n%s\n' "$bad")
		root_session 'USER demo' 'PASS demo' STAT QUIT
		matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
		logged 'fault .*become'
	done
	login_answer < <(printf 'lock %s\nbecome 4711 4712\nOK\n' "$work/mail")
	root_session 'USER demo' 'PASS demo' STAT QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
	logged 'what="lock before become"'
}

# bats test_tags=long
@test "become: nobody below --become-min, and the log names the option" {
	local low
	for low in '999 4712' '4711 99' '1 4712' '4711 8'; do
		login_answer < <(printf 'become %s\nOK\n' "$low")
		root_session 'USER demo' 'PASS demo' STAT QUIT
		matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
		logged "fault .*request=login what=\"become below --become-min\" seen=\"become $low\""
		run ! grep -q list requests
	done
	login_answer < <(printf 'become 1000 100\nOK\n')
	root_session 'USER demo' 'PASS demo' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *'
	# The administrator may name them; a gid that is not named stays.
	login_answer < <(printf 'become 999 8\nOK\n')
	options+=(--become-min 999:8)
	root_session 'USER demo' 'PASS demo' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *'
	options+=(--become-min 1 --become-min 1000)
	login_answer < <(printf 'become 1000 8\nOK\n')
	root_session 'USER demo' 'PASS demo' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *'
	# Not even so.
	options+=(--become-min 0:0)
	login_answer < <(printf 'become 0 0\nOK\n')
	root_session 'USER demo' 'PASS demo' QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
}

@test "become: none after the first, and each with the OK of its own reply" {
	login_answer <<-'END'
	become 4711 4712
	become 4711 4712
	OK
	END
	root_session 'USER demo' 'PASS demo' STAT QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
	logged 'fault .*what="a second become"'
	run ! grep -q list requests
	# After that reply none is taken, not even as an answer.
	login_answer <<-'END'
	become 4711 4712
	OK
	become 4713 4713
	OK
	END
	root_session 'USER demo' 'PASS demo' STAT QUIT
	logged 'fault .*what="(output after the result|line not allowed here)"'
	backend_script <<-'END'
	while read -r verb rest; do
		case $verb in
		hello) printf '%s\n' 'sasl X' 'OK 1' ;;
		auth) printf '%s\n' 'become 4711 4712' MORE ;;
		more) printf '%s\n' 'user demo' OK ;;
		*) echo OK ;;
		esac
	done
	END
	root_session 'AUTH X' eA== STAT QUIT
	matches '+OK *' '-ERR [SYS/TEMP] *'
	logged 'fault .*request=auth what="become without OK"'
}

# bats test_tags=long
@test "become: before it root makes no lock, and opens and unlinks no file" {
	local line
	for line in "lock $work/made" "file $work/secret" \
		"part 0 8 $work/secret" "temp $work/secret"; do
		printf 'of root\n' >secret
		chmod 600 secret
		backend_script <<-END
		while read -r verb rest; do
			case \$verb in
			hello) printf '%s\n' 'command XGET auth' 'OK 1' ;;
			XGET) printf '%s\n' '$line' OK ;;
			*) echo OK ;;
			esac
		done
		END
		root_session XGET QUIT
		matches '+OK *' '-ERR [SYS/TEMP] *'
		logged 'fault .*what="a? ?(lock|file) before become"'
		[ ! -e made ]
		[ "$(cat secret)" = 'of root' ]
		run ! grep 'of root' out
	done
	# With --allow-root it was asked for.
	options+=(--allow-root)
	root_session XGET QUIT
	matches '+OK *' '+OK *' 'of root' . '+OK *'
}

@test "become: where pop3-skel is no root it means nothing" {
	login_answer <<-'END'
	become 4711 4712
	OK
	END
	session 'USER demo' 'PASS demo' 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' text . '+OK *'
}

@test "a session of root without become is refused, with what to do in the log" {
	login_answer <<-'END'
	OK
	END
	root_session 'USER demo' 'PASS demo' STAT QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/PERM] *'
	logged 'refused .*user=demo.*--allow-root'
	[ "$status" -eq 75 ]
	run ! grep -q list requests
	options+=(--allow-root)
	root_session 'USER demo' 'PASS demo' 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *' text . '+OK *'
}

@test "maildir as root: become from the users file's uid and gid" {
	printf '%s\n' "demo:{PLAIN}demo:4711:4712::$work/demo" \
		"none:{PLAIN}none::::$work/demo" \
		"root:{PLAIN}root:0:0::$work/demo" >users
	messages new/1.a
	chown -R 4711:4712 demo
	chmod 700 demo
	talk_as_root <<-END
		expect +OK *
		send USER none
		expect +OK*
		send PASS none
		expect -ERR [SYS/TEMP] *
		send USER root
		expect +OK*
		send PASS root
		expect -ERR [SYS/TEMP] *
		send USER demo
		expect +OK*
		send PASS demo
		expect +OK 1 *
		shell $top/test/lib/all-are "\$PID" 4711 4712
		send DELE 1
		expect +OK *
		send QUIT
		expect +OK *
		eof
	END
	[ -z "$(stored)" ]
}

# bats test_tags=long
@test "become: a backend that stays root, and does not end, holds nobody up" {
	login_answer <<-'END'
	become 4711 4712
	OK
	END
	cat >>backend <<-'END'
	echo $$ >pid
	trap '' TERM
	sleep 100
	END
	root_session 'USER demo' 'PASS demo' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *'
	logged 'note .*did not end'
	started+=("$(cat pid)")
	# It was not ended by us, which would be another test.
	kill -0 "$(cat pid)"
	kill -KILL -- "-$(cat pid)"
}
