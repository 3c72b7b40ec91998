# SPDX-License-Identifier: ISC
# backend-protocol: commands that the backend claims; state, user, lock; the
# ancestor's model.

load ../lib/common
load ../lib/session

prepare() {
	cases
}

# The ancestor's own example of USER and PASS, and all else that it had.
ancestor() {
	backend_cases <<-'END'
		'hello '*)
			printf 'command %s both\n' USER PASS NOOP
			printf 'command %s trans\n' STAT LIST RETR DELE RSET TOP UIDL
			echo OK 1 from the ancestor
			;;
		USER) echo ERR missing argument ;;
		'USER '*) user=${request#USER }; echo OK username accepted, send password ;;
		PASS) echo ERR missing argument ;;
		'PASS sesame')
			printf 'user %s\nstate trans\nOK welcome\n' "$user"
			;;
		'PASS '*) echo ERR invalid username or password ;;
		STAT) echo OK 2 320 ;;
		LIST) printf '|1 120\n|2 200\nOK 2 messages\n' ;;
		'LIST '*) echo "OK ${request#LIST } 120" ;;
		RETR\ 1) printf '|Subject: one\n|\n|.\nOK 120 octets\n' ;;
		RETR*) echo ERR no such message ;;
		'TOP 1 0') printf '|Subject: one\n|\nOK\n' ;;
		UIDL) printf 'body\nOK\n' ;;
		'DELE '*) echo "OK message ${request#DELE } deleted" ;;
		RSET) echo OK maildrop has 2 messages ;;
		NOOP) echo OK nothing ;;
		'list '*) echo DEFAULT ;;
		'commit '*) echo OK committed ;;
	END
}

@test "the ancestor's model: every command is the backend's" {
	ancestor
	session USER 'USER alice' PASS 'PASS wrong' 'USER alice' 'PASS sesame' \
		STAT LIST 'LIST 1' 'RETR 1' 'RETR 3' 'TOP 1 0' UIDL 'DELE 1' \
		RSET NOOP QUIT
	replies '+OK from the ancestor' '-ERR missing argument' \
		'+OK username accepted, send password' '-ERR missing argument' \
		'-ERR invalid username or password' \
		'+OK username accepted, send password' '+OK welcome' \
		'+OK 2 320' '+OK 2 messages' '1 120' '2 200' . '+OK 1 120' \
		'+OK 120 octets' 'Subject: one' '' .. . '-ERR no such message' \
		'+OK done' 'Subject: one' '' . '+OK done' . \
		'+OK message 1 deleted' '+OK maildrop has 2 messages' \
		'+OK nothing' '+OK committed'
	[ "$status" -eq 0 ]
	all_asked 'hello 1' USER 'USER alice' PASS 'PASS wrong' 'USER alice' \
		'PASS sesame' 'list alice' STAT LIST 'LIST 1' 'RETR 1' 'RETR 3' \
		'TOP 1 0' UIDL 'DELE 1' RSET NOOP 'commit 0'
	not_logged '^<[0-3]>'
	logged '^<6>login .*user=alice'
}

@test "the ancestor's model: disconnect without commit" {
	ancestor
	session 'USER alice' 'PASS sesame' 'DELE 1'
	all_asked 'hello 1' 'USER alice' 'PASS sesame' 'list alice' 'DELE 1'
}

@test "a failed claimed PASS, or secret command, counts as a guess" {
	ancestor
	options+=(--max-logins 2)
	session 'USER a' 'PASS 1' 'USER a' 'PASS 2' 'USER a' NOOP
	matches '+OK *' '+OK *' '-ERR invalid *' '+OK *' '-ERR invalid *'
	[ "$(grep -c '^<5>refused .*why=login' log)" -eq 2 ]
	backend_cases <<-'END'
		'hello '*) printf 'command XPIN auth secret\ncommand XDAY auth\nOK 1\n' ;;
		XPIN*) echo ERR wrong pin ;;
		XDAY*) echo ERR never ;;
	END
	session XDAY XDAY XDAY XDAY 'XPIN 1' 'XPIN 2' NOOP
	matches '+OK *' '-ERR *' '-ERR *' '-ERR *' '-ERR *' '-ERR wrong pin' \
		'-ERR wrong pin'
}

@test "P1.13: a claimed command gets its arguments verbatim, or none" {
	backend_cases <<-'END'
		'hello '*) printf 'command XFOO both\nOK 1\n' ;;
		XFOO*) printf '|[%s]\nOK\n' "$request" ;;
	END
	session XFOO 'XFOO ' 'xfoo  a  b ' $'xFoO \344\377' 'XFOO *' \
		"$(printf 'XFOO %0248d' 0)" "$(printf 'XFOO %0249d' 0)" \
		$'XFOO a\tb' 'XFOO2' XFO QUIT
	replies '+OK POP3 server ready' '+OK done' '[XFOO]' . '+OK done' '[XFOO ]' . \
		'+OK done' '[XFOO  a  b ]' . '+OK done' $'[XFOO \344\377]' . \
		'+OK done' '[XFOO *]' . '+OK done' "[XFOO $(printf %0248d 0)]" . \
		'-ERR line too long' '-ERR invalid characters in a command' \
		'-ERR unknown AUTHORIZATION state command' \
		'-ERR unknown AUTHORIZATION state command' '+OK goodbye'
}

@test "P1.6 P1.7: unknown and unimplemented are kept apart, per state" {
	backend_cases <<-'END'
		'hello '*)
			printf 'command %s\n' 'XAUTH auth' 'XTRANS trans' 'XBOTH both'
			echo OK 1
			;;
	END
	options+=(--command XOPT:auth)
	a='-ERR unknown AUTHORIZATION state command'
	t='-ERR unknown TRANSACTION state command'
	n='-ERR command unimplemented'
	first='-ERR log in first'
	in='-ERR already logged in'
	session XAUTH XTRANS XBOTH XOPT XNONE STAT "${login[@]}" XAUTH XTRANS \
		XBOTH XOPT XNONE 'USER demo' QUIT
	matches '+OK *' "$n" "$first" "$n" "$n" "$a" "$first" '+OK *' '+OK *' \
		"$in" "$n" "$n" "$in" "$t" "$in" '+OK *'
	all_asked 'hello 1' XAUTH XBOTH XOPT 'login demo demo' 'list demo' XTRANS \
		XBOTH 'commit 0'
}

@test "add_command at run time: hello and --command, DEFAULT is our own" {
	backend_cases <<-'END'
		'hello '*) printf 'command STAT trans\ncommand XTWO trans\nOK 1\n' ;;
		'LIST 1') echo OK my own ;;
		XONE) echo OK one ;;
		XTWO) echo OK two ;;
	END
	options+=(--command LIST:trans --command XONE:both --command XTWO:auth)
	session XONE XTWO "${login[@]}" STAT LIST 'LIST 1' XONE XTWO QUIT
	replies '+OK POP3 server ready' '+OK one' '+OK two' '+OK send PASS' \
		'+OK 2 messages' '+OK 2 40' '+OK 2 messages' '1 20' '2 20' . \
		'+OK my own' '+OK one' '+OK two' '+OK goodbye'
	grep -qx STAT requests
	grep -qx LIST requests
}

# bats test_tags=long
@test "--command: names that cannot be claimed, and states that are none" {
	local word
	for word in QUIT:both STLS:auth CAPA:auth AUTH:auth X:auth xfoo:auth \
		XFOO XFOO: XFOO:never XFOO:AUTH 1FOO:auth :auth XF-O:auth \
		X2345678901234567:auth; do
		run -64 as_user "$SKEL" --log stderr --command "$word" true
	done
	backend_cases </dev/null
	options+=(--command USER:auth)
	session QUIT
	one_fault hello '"only one of USER and PASS is claimed"'
	options+=(--command PASS:auth)
	session QUIT
	matches '+OK *' '+OK *'
}

@test "a claimed command with a file, a temp, a stream, and ERR after it" {
	printf '.x\ny' >f
	backend_cases <<-'END'
		'hello '*) printf 'command XGET both\nOK 1\n' ;;
		'XGET file') printf 'file %s/f\nOK from a file\n' "$PWD" ;;
		'XGET temp') cp f g; printf 'temp %s/g\nOK\n' "$PWD" ;;
		'XGET none') printf 'file %s/none\nOK\n' "$PWD" ;;
		'XGET big') yes '|0123456' | head -n 100000; echo OK lost ;;
		'XGET err') printf '|a\n|b\nERR no\n' ;;
		'XGET void') printf 'body\nOK void\n' ;;
	END
	session 'XGET file' 'XGET temp' 'XGET none' 'XGET err' 'XGET void' \
		'XGET big' QUIT
	head -n 15 out | tr -d '\r' | diff <(printf '%s\n' \
		'+OK POP3 server ready' '+OK from a file' ..x y . \
		'+OK done' ..x y . '-ERR the message cannot be had' '-ERR no' \
		'+OK void' . '+OK message follows' 0123456) -
	[ "$(grep -c 0123456 out)" -eq 100000 ]
	tail -n 2 out | tr -d '\r' | diff <(printf '%s\n' . '+OK goodbye') -
	[ ! -e g ]
}

@test "state trans: list follows with the name of a user line, this or earlier" {
	backend_cases <<-'END'
		'hello '*) printf 'command %s auth\n' XONE XTWO; echo OK 1 ;;
		'XONE '*) printf 'user %s\nOK\n' "${request#XONE }" ;;
		'XTWO') printf 'state trans\nOK welcome\n' ;;
		'XTWO '*) printf 'state trans\nuser %s\nOK\n' "${request#XTWO }" ;;
	END
	session 'XONE alice' XTWO STAT QUIT
	matches '+OK *' '+OK done' '+OK welcome' '+OK 2 40' '+OK *'
	all_asked 'hello 1' 'XONE alice' XTWO 'list alice' 'commit 0'
	fresh
	session 'XONE alice' 'XONE bob' 'XTWO carol' QUIT
	all_asked 'hello 1' 'XONE alice' 'XONE bob' 'XTWO carol' 'list carol' \
		'commit 0'
}

@test "fault: state trans for nobody, for whom the client named, or again" {
	backend_cases <<-'END'
		'hello '*) printf 'command %s both\n' XIN XBODY XUSER; echo OK 1 ;;
		XIN) printf 'state trans\nOK\n' ;;
		XBODY) printf 'user demo\nstate trans\n|x\nOK\n' ;;
		XUSER) printf 'user root\nERR\n' ;;
	END
	for before in NOOP 'USER demo' XUSER; do
		session "$before" XIN
		matches '+OK *' '*' '-ERR [SYS/TEMP] *'
		one_fault XIN '"state trans without a user"' OK
		[ "$status" -eq 75 ]
	done
	refute grep -q '^list' requests
	session XBODY
	one_fault XBODY '"state trans with a body"' OK
	session "${login[@]}" XIN
	one_fault XIN '"state trans in TRANSACTION"' OK
	backend_cases <<-'END'
		'hello '*) printf 'command XIN auth\nOK 1\n' ;;
		XIN) printf 'user demo\nstate update\nOK\n' ;;
	END
	session XIN
	one_fault XIN '"unknown state"' '"state update"'
}

@test "close with state trans: the answer, the end, and no list" {
	backend_cases <<-'END'
		'hello '*) printf 'command XIN auth\nOK 1\n' ;;
		XIN) printf 'user demo\nstate trans\nclose\nOK that is all\n' ;;
	END
	session XIN STAT
	matches '+OK *' '+OK that is all'
	all_asked 'hello 1' XIN
	[ "$status" -eq 0 ]
}

@test "what comes before ERR and TEMP is dropped, but for close" {
	backend_cases <<-'END'
		'hello '*) printf 'command %s auth\n' XONE XTWO XEND; echo OK 1 ;;
		XONE) printf 'user alice\nstate trans\n|x\nlock %s/l\nERR\n' "$PWD" ;;
		XTWO) printf 'user alice\nfile /etc/passwd\nTEMP\n' ;;
		XEND) printf 'close\nERR no more\n' ;;
	END
	talk <<-'END'
		expect +OK *
		send XONE
		expect -ERR refused
		shell flock -n l true
		send XTWO
		expect -ERR [SYS/TEMP] try again later
		send XEND
		expect -ERR no more
		eof
	END
	refute grep -q '^list' requests
}

@test "a list that fails undoes state trans; the next may succeed" {
	backend_cases <<-'END'
		'hello '*) printf 'command XIN auth\nOK 1\n' ;;
		XIN*) printf 'user %s\nstate trans\nlock %s/l\nOK\n' "${request#* }" "$PWD" ;;
		'list alice') echo ERR no mail for you ;;
	END
	talk <<-'END'
		expect +OK *
		send XIN alice
		expect -ERR no mail for you
		shell flock -n l true
		send STAT
		expect -ERR log in first
		send XIN bob
		expect +OK *
		shell ! flock -n l true
		send STAT
		expect +OK 2 40
		send QUIT
		expect +OK *
		eof
	END
}

@test "lock in a claimed command's answer, in TRANSACTION too" {
	backend_cases <<-'END'
		'hello '*) printf 'command XLOCK trans\nOK 1\n' ;;
		'XLOCK'*) printf 'lock %s/%s\nOK\n' "$PWD" "${request#* }" ;;
	END
	: >busy
	own
	exec 8<busy
	flock 8
	talk <<-'END'
		expect +OK *
		send USER demo
		expect +OK *
		send PASS demo
		expect +OK *
		send XLOCK l
		expect +OK *
		shell ! flock -n l true
		send XLOCK l
		expect +OK *
		send XLOCK busy
		expect -ERR [IN-USE] *
		eof
	END
	exec 8<&-
	flock -n l true
	not_logged '^<3>'
}

@test "P6.3: claimed USER, PASS and secret commands need cover; APOP does not" {
	backend_cases <<-'END'
		'hello '*)
			printf 'command %s\n' 'USER auth' 'PASS auth' 'APOP auth' \
				'XPIN both secret' 'XDAY both'
			echo OK 1
			;;
		'APOP '*) printf 'user demo\nstate trans\nOK\n' ;;
		USER* | PASS* | XPIN* | XDAY*) echo OK ;;
	END
	options+=(--cleartext never)
	session 'USER a' 'PASS b' 'XPIN 1' XDAY 'APOP a b' 'XPIN 2' XDAY QUIT
	matches '+OK *' '-ERR *TLS*' '-ERR *TLS*' '-ERR *TLS*' '+OK *' '+OK *' \
		'-ERR *TLS*' '+OK *' '+OK *'
	all_asked 'hello 1' XDAY 'APOP a b' 'list demo' XDAY 'commit 0'
	# `local` knows a pipe's other end for nobody's.
	options=(--auth-delay 0)
	session 'USER a' 'XPIN 1' QUIT
	matches '+OK *' '-ERR *TLS*' '-ERR *TLS*' '+OK *'
}

@test "--debug shows no argument of PASS, APOP and secret commands" {
	backend_cases <<-'END'
		'hello '*)
			printf 'command %s\n' 'USER auth' 'PASS auth' 'APOP auth' \
				'XPIN auth secret' 'XDAY auth'
			echo OK 1
			;;
		USER* | PASS* | XPIN* | APOP* | XDAY*)
			printf '|%s\nOK %s\n' "$request" "${request#* }"
			;;
	END
	options+=(--debug)
	session 'USER alice' 'PASS hunter2' 'APOP hunter2' 'xpin hunter2' \
		'XDAY monday' QUIT
	logged '^<7>trace .*alice'
	logged '^<7>trace .*monday'
	logged '^<7>trace .*backend="< OK"'
	not_logged hunter2
}

@test "claimed USER and PASS: DEFAULT is our own login" {
	backend_cases <<-'END'
		'hello '*) printf 'command USER auth\ncommand PASS auth\nOK 1\n' ;;
	END
	session 'USER alice' 'PASS a  b ' STAT QUIT
	matches '+OK *' '+OK send PASS' '+OK *' '+OK 2 40' '+OK *'
	all_asked 'hello 1' 'USER alice' 'PASS a  b ' 'login alice a  b ' \
		'list alice' 'commit 0'
}

@test "P5.4: with USER claimed PLAIN and LOGIN are not offered" {
	backend_cases <<-'END'
		'hello '*) printf 'command USER auth\ncommand PASS auth\nOK 1\n' ;;
	END
	session CAPA QUIT
	grep -q '^USER' out
	refute grep -q '^SASL' out
}
