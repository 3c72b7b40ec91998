# SPDX-License-Identifier: ISC
#
# The shell library, in every shell that it promises: pop3-skel.sh(7).
#
# bats file_tags=once

load ../lib/common
load ../lib/shells

# `out` is these lines, with LF.
answers() {
	printf '%s\n' "$@" | cmp - out && return
	diff <(printf '%s\n' "$@" | cat -A) <(cat -A out)
	cat log
	return 1
}

@test "a whole backend in five lines" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_login() { [ "$1:$2" = demo:demo ]; }
		on_list()  { sendmsg - welcome-1 /etc/motd; }
		pop3_run
	END
	same_session 'USER demo' 'PASS demo' 'UIDL 1' 'RETR 1' QUIT
	{
		printf '+OK %s\r\n' 'POP3 server ready' 'send PASS' '1 messages' \
			'1 welcome-1' 'message follows'
		sed 's/^\./../; s/$/\r/' /etc/motd
		printf '.\r\n+OK goodbye\r\n'
	} | cmp - out
	same_session 'USER demo' 'PASS demo ' QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *'
}

@test "mail_new: a head, the text; no file is ERR, a control character TEMP" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_login() { :; }
		on_list() { for i in 1 2 3 4 5; do sendmsg - "$i"; done; }
		on_retr() {
			case $2 in
			1) senddata mail_new '-a \n%s * "b"' "$PWD/text" ;;
			2) senddata mail_new text "$PWD/none" ;;
			3) senddata mail_new "$(printf 'a\nBcc: b')" "$PWD/text" ;;
			4) senddata mail_new 'Grüße =?' "$PWD/text" ;;
			# The same as a command of one's own runs it.
			5) mail() { mail_new 'Grüße =?' "$PWD/text"; }; senddata mail ;;
			esac
		}
		pop3_run
	END
	printf '.\n-n\nlast' >text
	touch -d '2026-12-01T12:00:00Z' text
	local head
	head=("From: postmaster@$(uname -n)" '' 'Date: Tue, 01 Dec 2026 12:00:00 +0000'
		"Message-ID: <*@$(uname -n)>" 'MIME-Version: 1.0'
		'Content-Type: text/plain;' ' charset="us-ascii"'
		'Content-Transfer-Encoding: 7bit' '' .. -n last .)
	check_mail_new() {
		session 'USER demo' 'PASS demo' 'RETR 1' 'RETR 2' 'RETR 3' 'RETR 4' \
			'RETR 5' QUIT
		head[1]='Subject: -a \n%s * "b"'
		local first=("${head[@]}")
		head[1]="Subject: =?UTF-8?B?$(printf 'Grüße =?' | base64)?="
		matches '+OK *' '+OK *' '+OK *' '+OK * octets' "${first[@]}" \
			'-ERR no such message' '-ERR [SYS/TEMP] *' \
			'+OK * octets' "${head[@]}" '+OK * octets' "${head[@]}" '+OK *' ||
			return
		LC_ALL=C refute grep -q '[^ -~]' <(tr -d '\r' <out)
	}
	each_shell check_mail_new
}

@test "stable_uid: one for each text, whatever is in it, and the same each time" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_login() { :; }
		on_list() {
			IFS=:
			for text in 'a b' 'a  b' '-n' '\n %s *' "$(printf 'a\nb')" ''; do
				sendmsg - "$(stable_uid "$text")"
			done
			sendmsg - "$(stable_uid one two)"
		}
		pop3_run
	END
	for text in 'a b' 'a  b' '-n' '\n %s *' $'a\nb' '' 'one two'; do
		printf 'msg - %s\n' "$(printf '%s\n' "$text" | sha256sum | cut -d' ' -f1)"
	done >expected
	check_stable_uid() {
		requests 'hello 1' 'list u'
		grep '^msg' out | diff expected -
	}
	each_shell check_stable_uid
}

# Bytes that a shell might eat, expand, or take for an option.
hostile_words() {
	local eight_bit='' i
	for ((i = 0x80; i <= 0xff; i++)); do
		eight_bit+=$(printf '%b' "\\x$(printf '%x' "$i")")
	done
	# shellcheck disable=SC2016 # As they are.
	printf '%s\n' '*' '/*' '-n' '-e' '--' '-' '\' '\\' '\n\t\c\0101' '[a-z]*' \
		'a\' '\a' '$HOME' '`id`' '$(id)' '"' "'" '%s%n%d' '!!' '~' '#' \
		'a;b|c&d' '{a,b}' '?' '=' 'x=y' '<x>' '|x' "$eight_bit" \
		"$(printf '%0200d' 0)" "$(printf '%200s' | tr ' ' '\\')"
}

@test "a unique-id with a blank in it names no file: it is left out, and told" {
	printf 'Subject: not mine\n\n' >private
	chmod a+r private
	backend_script <<-END
		. "\$POP3_SKEL_SH"
		on_login() { :; }
		on_list() { sendmsg - "x $work/private"; sendmsg '9 y' z; sendmsg - good; }
		on_retr() { sendline 'Subject: good'; }
		pop3_run
	END
	session "${login[@]}" UIDL QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK *' '1 good' . '+OK *'
	logged "left out.*private"
	logged 'left out.* 9 y z'
	printf '%s\n' '#!/bin/sh' 'case $1 in list) ' \
		"printf '%s\n' '- x $work/private' '- good' ;; login) ;; *) exit 64 ;; esac" >program
	chmod a+rx program
	backend=(percall "$work/program")
	session "${login[@]}" UIDL QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK *' '1 good' . '+OK *'
	logged "left out.*private"
}

@test "hostile names and passwords reach the handlers octet by octet" {
	local -a lines=() wanted=()
	local word
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_hello() { any_user; add_command XSHOW auth; }
		on_login() { user=$1; password=$2; return 2; } # No delay then.
		on_XSHOW() { sendline "$user"; sendline "$password"; sendline "$1"; }
		pop3_run
	END
	while IFS= read -r word; do
		lines+=("USER $word" "PASS $word" "XSHOW $word")
		wanted+=("$word" "$word" "$word")
	done < <(hostile_words)
	while IFS= read -r word; do
		lines+=('USER u' "PASS $word" "XSHOW $word")
		wanted+=(u "$word" "$word")
	done < <(hostile_words | sed 's/.*/ &/; p; s/$/  /; p; s/^ //')
	lines+=('USER u' 'PASS ' 'XSHOW ' 'USER u' 'PASS  ' 'XSHOW')
	wanted+=(u '' '' u ' ' '')
	check_words() {
		session "${lines[@]}"
		# What stands between `+OK done` and the dot, unstuffed.
		perl -ne 'if (!$in) { $in = /^\+OK done/ } elsif (/^\.\r/) { $in = 0 }
			else { s/^\.//; print }' out |
			cmp - <(printf '%s\r\n' "${wanted[@]}")
	}
	each_shell check_words
}

@test "a handler's status is the answer where it gives none" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_login() { return "$2"; }
		on_list()  { sendmsg 3 a; }
		on_retr()  { sendline x; return 3; }
		on_dele()  { return 1; }
		pop3_run
	END
	options+=(--max-logins 9)
	same_session 'USER u' 'PASS 1' 'USER u' 'PASS 2' 'USER u' 'PASS 99' \
		'USER u' 'PASS 0' 'RETR 1' 'DELE 1' 'TOP 1 0' QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] login failed' '+OK *' \
		'-ERR [SYS/TEMP] *' '+OK *' '-ERR [SYS/TEMP] *' \
		'+OK *' '+OK 1 messages' '-ERR [SYS/TEMP] *' '-ERR refused' \
		'-ERR [SYS/TEMP] *' '+OK *'
}

@test "every request comes to its handler, its fields as arguments" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		for name in hello login apop token auth more cancel list retr top \
		    sent dele rset expunge commit sizes XNAME; do
			eval "on_$name() { sendok \"$name [\${1-}] [\${2-}] [\${3-}]\"; }"
		done
		on_end() { printf 'the end\n'; }
		pop3_run
	END
	check_requests() {
		requests 'hello 1 x-one x-two' 'login u  a b ' 'apop u 0123 <a@b>' \
			'token u XOAUTH2 a b' 'auth MECH' 'auth MECH aGk=' 'more =' \
			cancel 'list u' 'retr 3 a' 'top 3 a 10' 'sent 3 a' 'dele 3 a' \
			rset 'expunge 3 a' 'expunge 3 a /p q  r ' 'commit 0' XNAME \
			'XNAME  a  b ' 'sizes 3 20 4 44' 'future 1 2' \
			'FUTURE 1 2' || return 1
		answers 'OK 1 hello [1] [x-one x-two] []' 'OK login [u] [ a b ] []' \
			'OK apop [u] [0123] [<a@b>]' 'OK token [u] [XOAUTH2] [a b]' \
			'OK auth [MECH] [] []' 'OK auth [MECH] [aGk=] []' \
			'OK more [=] [] []' 'OK cancel [] [] []' 'OK list [u] [] []' \
			'OK retr [3] [a] []' 'OK top [3] [a] [10]' \
			'OK sent [3] [a] []' 'OK dele [3] [a] []' \
			'OK rset [] [] []' 'OK expunge [3] [a] []' \
			'OK expunge [3] [a] [/p q  r ]' 'OK commit [0] [] []' \
			'OK XNAME [] [] []' 'OK XNAME [ a  b ] [] []' \
			'OK sizes [3] [20] []' DEFAULT DEFAULT || return 1
		[ "$(cat log)" = 'the end' ]
	}
	each_shell check_requests
}

@test "sizes: a call of the handler for each message, until one fails" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_sizes() { printf 'sizes [%s] [%s] [%s]\n' "$1" "$2" "$#"; [ "$1" -lt 7 ]; }
		pop3_run
	END
	check_sizes() {
		requests 'sizes 3 20 4 0' 'sizes 6 1' 'sizes 6 1 7 2 8 3' || return 1
		answers OK OK ERR || return 1
		printf 'sizes [%s] [2]\n' '3] [20' '4] [0' '6] [1' '6] [1' '7] [2' |
			diff - log
	}
	each_shell check_sizes
}

@test "what no handler is defined for is DEFAULT; hello is OK 1" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		pop3_run
	END
	check_default() {
		requests 'hello 1' 'hello 1 x' 'login a b' 'list a' 'retr 1 a' \
			'commit 0' XNAME || return 1
		answers 'OK 1' 'OK 1' DEFAULT DEFAULT DEFAULT DEFAULT DEFAULT ||
			return 1
		# Versions: an integer of its own.
		requests 'hello 2 x' 'hello 10' || return 1
		answers 'ERR this backend speaks version 1' \
			'ERR this backend speaks version 1'
	}
	each_shell check_default
}

@test "every word writes its line" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_login() { log_line 5 'a  b'; set_user 'a b'; become 1 2; lock '/l 1'; next_backend m 'a b' '' -c; sendok a b; }
		on_list()  { sendmsg - a; sendmsg 12 b '/p q '; senderr; }
		on_retr()  { sendfile '/a b'; sendtemp later; }
		on_top()   { sendtempfile '/a b'; senddefault; }
		on_XPART() { send_part 4711 815 '/a b'; }
		on_auth()  { sendmore; }
		on_more()  { sendmore aGk=; }
		on_XNAME() { state_trans; close_client; more_time 5; }
		on_hello() {
			add_command XA auth
			add_command XB both secret
			capability X-A b c
			offer_apop
			offer_sasl A-B C
			no_password
			any_user
			want_events sent
			set_option goodbye 'so long'
			sendok welcome  you
		}
		pop3_run
	END
	check_words() {
		requests 'login a b' 'list a' 'retr 1 a' 'top 1 a 0' 'auth A' \
			'more =' XNAME XPART 'hello 1' || return 1
		answers 'log 5 a  b' 'user a b' 'become 1 2' 'lock /l 1' 'next m' \
			'arg a b' 'arg ' 'arg -c' 'OK a b' \
			'msg - a' 'msg 12 b /p q ' ERR \
			'file /a b' 'TEMP later' 'temp /a b' DEFAULT MORE 'MORE aGk=' \
			'state trans' close 'wait 5' OK 'part 4711 815 /a b' OK \
			'command XA auth' 'command XB both secret' 'capa X-A b c' apop \
			'sasl A-B C' no-password any-user 'events sent' \
			'option goodbye so long' \
			'OK 1 welcome you'
	}
	each_shell check_words
}

@test "a session with everything in it is the same in all shells" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_hello() {
			add_command XEVAL both
			add_command XKEY auth secret
			capability X-THING a b
			offer_sasl ROUNDS XOAUTH2
			set_option expire NEVER
			set_option login-delay '60 USER'
			sendok welcome 'to  this'
		}
		on_XEVAL() {
			case $1 in *' '*) senderr "[IN-USE] $1" ;; *) sendtemp ;; esac
		}
		on_XKEY() {
			[ "$1" = 'a key ' ] || return
			set_user keeper
			state_trans
		}
		on_login()  { return 3; }
		on_token()  { [ "$1 $2 $3" != 'u XOAUTH2 token' ]; }
		on_auth()   { sendmore "$2"; }
		on_more()   { [ "$1" = = ] && sendmore QUJD || sendmore; }
		on_cancel() { printf 'cancelled\n'; }
		on_list() {
			lock "$PWD/lock"
			for uid in line data file temp gone; do
				sendmsg - "$uid"
			done
			sendmsg 10 streamed
			sendok "mail of $1"
		}
		on_retr() {
			case $2 in
			line) sendline '.dot'; sendline; sendline ' blank ' ;;
			data) senddata printf 'no line end' ;;
			file) sendfile "$PWD/file" ;;
			temp) cp file copy; sendtempfile "$PWD/copy" ;;
			streamed) sendline 12345678 ;;
			*) senderr 'gone for good' ;;
			esac
		}
		on_top() {
			if [ "$2" = streamed ]; then
				sendline "top $3"
			else
				senddefault
			fi
		}
		on_dele()    { [ "$2" != line ]; }
		on_rset()    { sendok 'unmarked, all'; }
		on_expunge() { printf '%s\n' "$*" >>expunged; }
		on_commit()  { sendok "$1 gone"; }
		pop3_run
	END
	printf 'a file\r\n' >file
	# Two that are refused, two that the client broke off behind a challenge.
	options+=(--max-logins 5)
	same_session CAPA 'XEVAL a  b ' XEVAL 'USER u' 'PASS p' \
		"AUTH XOAUTH2 $(printf 'user=u\1auth=Bearer token\1\1' | base64)" '' \
		'AUTH ROUNDS' '' YQ== '*' 'AUTH ROUNDS YQ==' '*' 'XKEY a key' \
		'XKEY a key ' STAT 'TOP 6 3' LIST UIDL 'RETR 1' 'RETR 2' 'RETR 3' \
		'RETR 4' 'RETR 5' 'RETR 6' 'TOP 1 0' 'DELE 1' 'DELE 2' RSET 'DELE 3' \
		'DELE 6' QUIT
	diff - <(sed 's/\r$//; s/ $/ $/' out) <<-'END'
		+OK welcome to  this
		+OK capabilities follow
		TOP
		UIDL
		RESP-CODES
		AUTH-RESP-CODE
		PIPELINING
		IMPLEMENTATION pop3-skel
		USER
		SASL PLAIN LOGIN ROUNDS XOAUTH2
		LOGIN-DELAY 60 USER
		EXPIRE NEVER
		X-THING a b
		.
		-ERR [IN-USE] a  b $
		-ERR [SYS/TEMP] try again later
		+OK send PASS
		-ERR [SYS/TEMP] try again later
		+ eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJtYWlsIn0=
		-ERR [AUTH] login failed
		+ $
		+ QUJD
		+ $
		-ERR authentication cancelled
		+ YQ==
		-ERR authentication cancelled
		-ERR refused
		+OK mail of keeper
		+OK 6 56
		+OK message follows
		top 3
		.
		+OK 6 messages
		1 17
		2 13
		3 8
		4 8
		5 0
		6 10
		.
		+OK unique-ids follow
		1 line
		2 data
		3 file
		4 temp
		5 gone
		6 streamed
		.
		+OK 17 octets
		..dot

		 blank $
		.
		+OK 13 octets
		no line end
		.
		+OK 8 octets
		a file
		.
		+OK 8 octets
		a file
		.
		-ERR gone for good
		+OK message follows
		12345678
		.
		+OK message follows
		..dot

		.
		-ERR refused
		+OK message marked for deletion
		+OK unmarked, all
		+OK message marked for deletion
		+OK message marked for deletion
		+OK 2 gone
	END
	printf '%s\n' '3 file ' '6 streamed ' >wanted
	for shell in "${shells[@]}"; do cat wanted; done | cmp - expunged
	[ ! -e copy ]
	[ -e lock ]
	logged 'text=cancelled$'
}

@test "bodies: a second senddata in one reply is a fault, and so is sendline beside it" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		part() { printf 'Subject: x\n\ntext\n'; }
		on_login() { :; }
		on_list()  { sendmsg - a; sendmsg - b; }
		on_retr()  {
			senddata part
			case $2 in
			a) senddata part ;;
			b) sendline '' text ;;
			esac
		}
		pop3_run
	END
	broken() {
		local uid
		for uid in 1 2; do
			session 'USER demo' 'PASS demo' "RETR $uid" QUIT
			[ "$status" -eq 75 ]
			# No dot: the client does not take what came for the whole.
			! grep -qx $'\.\r' out
			logged '^<3>fault .*what="an empty line in a body: is its | missing\?"'
		done
	}
	each_shell broken
}

@test "bodies: senddata keeps the octets, and the status of what made them" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		unended() { cat mail; }
		failing() { cat mail; exit "$1"; }
		on_login() { :; }
		on_list()  { for uid in a b c d e f; do sendmsg - $uid; done; }
		on_retr()  {
			case $2 in
			a) senddata cat mail ;;
			b) cat mail | senddata ;;
			c) senddata unended ;;
			d) senddata failing 1 ;;
			e) senddata failing 2 ;;
			f) : | senddata ;;
			esac
		}
		pop3_run
	END
	# All octets, dots at line starts, no line end at its end.
	perl -e 'print map(pack("C*", $_, 0..9, 11..12, 14..255) . "\n.\n..x\n",
		0..9, 11..12, 14..255), "-n", "\\c"' >mail
	perl -pe 's/^\././; s/\n/\r\n/' mail >wanted
	printf '\r\n' >>wanted
	check_bodies() {
		talk <<-END
			expect +OK *
			send USER u
			expect +OK*
			send PASS p
			expect +OK*
			send RETR 1
			expect +OK $(wc -c <wanted) octets
			mail mail
			send RETR 2
			expect +OK $(wc -c <wanted) octets
			mail mail
			send RETR 3
			expect +OK $(wc -c <wanted) octets
			mail mail
			send RETR 4
			expect -ERR *
			send RETR 5
			expect -ERR [SYS/TEMP] *
			send RETR 6
			expect +OK 0 octets
			lines 0
			send QUIT
			expect +OK*
			eof
		END
	}
	each_shell check_bodies
}

@test "bodies: a source without a newline for long is not held back" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		slow() {
			printf 'first\n'
			until [ -e go ]; do sleep 0.05; done
			printf 'last\n'
		}
		on_retr() { senddata slow; }
		pop3_run
	END
	mkfifo -m 666 answers
	check_slow() {
		rm -f go
		own
		printf 'retr 1 a\n' | as_user "${backend[@]}" >answers 2>log 3>&- &
		started+=("$!")
		{
			head -n 2
			: >go
			cat
		} <answers >out
		answers body '|first' '|last' '' OK
	}
	each_shell check_slow
}

@test "lines: -n, backslashes, empty ones, several in one" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_retr() {
			sendline -n
			sendline '\c a\tb'
			sendline
			sendline ''
			sendline 'one

		two
		'
			sendline a 'b  c' '*'
		}
		pop3_run
	END
	check_lines() {
		requests 'retr 1 a'
		answers '|-n' '|\c a\tb' '|' '|' '|one' '|' '|two' '|' '|a b  c *' OK
	}
	each_shell check_lines
}

@test "a newline in a name makes no line of its own" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_list() {
			sendmsg - 'a
		OK' || printf 'no status\n'
			sendmsg - - '/x
		OK'
			sendmsg - good
		}
		on_retr() { sendok 'several
		lines'; }
		on_top()  { sendfile '/x
		OK'; }
		pop3_run
	END
	check_newline() {
		requests 'list u' 'retr 1 a' 'top 1 a 0' || return 1
		answers 'msg - good' OK OK TEMP || return 1
		[ "$(cat log)" = "$(printf '%s\n' \
			'<4>not sent: control character in msg - a' \
			'<4>not sent: control character in msg - - /x' \
			'<4>not sent: control character in OK several' \
			'<4>not sent: control character in file /x')" ]
	}
	each_shell check_newline
}

@test "log_line: a line of the reply; by way of stderr where there can be none" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		log_line 6 before
		made() { log_line 7 inside; log_line 5 'a
		b' || printf '%s\n' "$?"; }
		on_login() { sendok; log_line 3 behind; }
		on_list()  { log_line 4 within; log_line 5 'a
		OK' || sendok "$?"; }
		on_retr()  { senddata made; }
		on_top()   { log_line 5 left; senddefault; }
		on_end()   { log_line 5 end; }
		pop3_run
	END
	check_log_line() {
		requests 'login a b' 'list u' 'retr 1 a' 'top 1 a 0' || return 1
		answers OK 'log 4 within' 'OK 2' body '|2' '' OK 'log 5 left' \
			DEFAULT || return 1
		[ "$(cat log)" = "$(printf '%s\n' '<6>before' '<3>behind' \
			'<4>not sent: control character in log 5 a' '<7>inside' \
			'<4>not sent: control character in log 5 a' '<5>end')" ]
	}
	each_shell check_log_line
}

@test "stray output is a log line, and no child reads a request" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_login() { cat; echo OK stray; echo ERR >&2; }
		on_list()  { cat - /etc/hostname; sendmsg 1 a; }
		pop3_run
	END
	same_session 'USER u' 'PASS p' NOOP QUIT
	matches '+OK *' '+OK *' '+OK 1 messages' '+OK *' '+OK *'
	logged 'backend .*text="OK stray"'
	logged 'backend .*text=ERR'
}

@test "under set -eu, and with an IFS of its own" {
	backend_script <<-'END'
		set -eu
		IFS=:,-
		. "$POP3_SKEL_SH"
		on_hello() { capability X-A b c; offer_sasl A B; sendok a b c; }
		on_login() { [ "$1" = 'x:y,z' ] && [ "$2" = ' a:b ' ]; }
		on_list()  { sendmsg - 'a:b,c' "$file"; sendmsg - data; }
		on_retr()  { senddata printf 'a:b,c\n'; }
		pop3_run
	END
	sed -i "s|\"\$file\"|'$work/a:b, c'|" backend
	printf 'Subject: x\n\n:, \n' >'a:b, c'
	same_session 'USER x:y,z' 'PASS  a:b ' 'USER x:y,z' 'PASS x' \
		'RETR 1' 'UIDL 1' 'RETR 2' QUIT
	matches '+OK a b c' '+OK *' '+OK 2 messages' '-ERR *' '-ERR *' '+OK *' \
		'Subject: x' '' ':, ' . '+OK 1 a:b,c' '+OK *' 'a:b,c' . '+OK *'
	same_session 'USER x:y,z' 'PASS x' CAPA QUIT
	grep '^[+-]\|^S\|^X' out >short
	mv short out
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *' \
		'SASL PLAIN LOGIN A B' 'X-A b c' '+OK *'
}

@test "builtins only: a session starts no process, and shows no password" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_hello() { add_command XSHOW both secret; }
		on_login() { [ "$2" = 'a secret' ] && sendok "hello $1"; }
		on_list()  { sendmsg - one; sendmsg 12 two /etc/motd; }
		on_retr()  { sendline 'Subject: x'; sendline; sendline text; }
		on_XSHOW() { sendok "$1"; }
		pop3_run
	END
	check_processes() {
		printf '%s\n' 'hello 1 x' 'login u no' 'login u a secret' 'list u' \
			'retr 1 one' 'dele 1 one' rset 'expunge 1 one' 'commit 0' \
			'XSHOW a secret' >asked
		strace -f -qq -o trace -e trace=process "${backend[@]}" \
			<asked >out 2>log
		answers 'command XSHOW both secret' 'OK 1' ERR 'OK hello u' \
			'msg - one' 'msg 12 two /etc/motd' OK \
			'|Subject: x' '|' '|text' OK DEFAULT DEFAULT DEFAULT DEFAULT \
			'OK a secret' || return 1
		# The shell alone, with a child of its own where it makes one to start.
		! grep -E '(execve|clone|fork)' trace | sed 1d | grep .
	}
	each_shell check_processes
}

@test "a password never lands in the environment of a child" {
	backend_script <<-'END'
		. "$POP3_SKEL_SH"
		on_login() { env >environment; }
		pop3_run
	END
	check_environment() {
		rm -f environment
		own
		printf 'login u a secret\n' | as_user env pop3_rest=x pop3_word=x \
			pop3_first=x "${backend[@]}" >out
		answers OK
		grep -q '^PATH=' environment
		! grep -E 'secret|pop3_' environment
	}
	each_shell check_environment
}
