# SPDX-License-Identifier: ISC
#
# Handing over: a backend does its own login, then another program serves the
# mail; pop3-skel-backend(7).

load ../lib/common
load ../lib/shells

# A session with a login that failed, one that did not, and a deletion.
session_of_alice() {
	rm -f "$box"/*/*
	messages new/1.a cur/2.b:2,S
	talk <<-END
		expect +OK *
		send USER alice
		expect +OK *
		send PASS wrong
		expect -ERR [AUTH] *
		send USER alice
		expect +OK *
		send PASS  a  secret\\ 
		expect +OK 2 messages
		send UIDL 2
		expect +OK 2 2.b
		send RETR 1
		expect +OK *
		mail $box/new/1.a
		send DELE 2
		expect +OK *
		send QUIT
		expect +OK *
		eof
	END
	[ "$(stored)" = new/1.a ] && not_logged fault
}

# bats test_tags=long
@test "handing over: the library's hand_over, in five shells" {
	backend_script <<-END
		. "\$POP3_SKEL_SH"
		on_login() {
			[ "\$1" = alice ] && [ "\$2" = ' a  secret\\ ' ] || return 1
			hand_over maildir --serve '$box'
		}
		pop3_run
	END
	each_shell session_of_alice
}

# bats test_tags=long
@test "handing over: without the library, in five shells" {
	backend_script <<-END
		exec 3<&0 4>&1 </dev/null >&2
		while IFS= read -r line <&3; do
			case \$line in
			'hello 1'|'hello 1 '*) echo 'OK 1' >&4 ;;
			'login alice  a  secret\\ ')
				echo OK >&4
				exec "\$POP3_SKEL_BACKENDS/maildir" --serve '$box' \\
					<&3 >&4 3<&- 4>&- ;;
			'login '*) echo ERR >&4 ;;
			*) echo DEFAULT >&4 ;;
			esac
		done
	END
	each_shell session_of_alice
}

@test "handing over: the new program has the requests, the replies, the log alone" {
	cat >second <<-'END'
		#!/bin/bash
		ls -l /proc/$$/fd >descriptors
		while read -r verb rest; do
			case $verb in
			list) echo "list $rest" >&2
				printf '%s\n' 'msg - one' 'msg - two' 'OK from the second' ;;
			retr) printf '%s\n' "|$rest" OK ;;
			*) echo DEFAULT ;;
			esac
		done
	END
	chmod a+rx second
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_login() { set_user "$1@example.org"; hand_over ./second; }
		on_list()  { sendtemp 'the first one is still here'; }
		pop3_run
	END
	check_second() {
		session 'USER u' 'PASS p' 'RETR 2' QUIT
		matches '+OK *' '+OK *' '+OK from the second' '+OK *' '2 two' . \
			'+OK *' || return 1
		logged 'text="list u@example.org"' || return 1
		# Three pipes, no other, and no socket.
		[ "$(awk '/ -> (pipe|socket):/ { printf "%s ", $9 }' \
			descriptors)" = '0 1 2 ' ]
	}
	each_shell check_second
}

@test "handing over: a program that is not there is a TEMP, and the log says so" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_login() { hand_over "$2"; }
		on_list()  { sendmsg - one; }
		pop3_run
	END
	mkdir folder
	: >not-executable
	check_missing() {
		session 'USER u' 'PASS no-such-program' 'USER u' 'PASS ./no-such' \
			'USER u' 'PASS ./folder' 'USER u' 'PASS ./not-executable' QUIT
		matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *' \
			'-ERR [SYS/TEMP] *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *' \
			'-ERR [SYS/TEMP] *' '+OK *' || return 1
		logged '^<3>backend .*text="cannot hand over to no-such-program"'
	}
	each_shell check_missing
}
