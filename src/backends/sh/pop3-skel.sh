# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# shellcheck disable=SC2119,SC2120 # The words' arguments are their callers'.
#
# A backend of pop3-skel in any POSIX shell: source this file, define handlers,
# call pop3_run.
#
#	. "$POP3_SKEL_SH"
#	on_login() { [ "$1:$2" = demo:demo ]; }
#	on_list()  { sendmsg - welcome-1; }
#	on_retr()  { senddata mail_new 'Message of the day' /etc/motd; }
#	pop3_run
#
# pop3-skel.sh(7) is the manual, pop3-skel-backend(7) the protocol beneath.
# Names that begin with pop3_ or POP3_ are taken. Nothing here starts a process
# but senddata, stable_uid, mail_new, make_mail, login_users and keep_*. It works
# under set -eu, and where IFS is not the default.

# Requests are read from 3 and answered on 4. What else is written goes to the
# log, and no child reads a request.
exec 3<&0 4>&1 </dev/null >&2

# Not exported, whatever the environment holds: a password passes through.
unset -v pop3_rest pop3_word pop3_first
pop3_lf='
'
pop3_version=
pop3_answered=1
# The folder of what is kept, of whose mailbox it is, and the unique-ids that are
# to be gone at commit.
pop3_keep=
pop3_kept=
pop3_gone=

# pop3_put TEXT: one line on stdout, as it is. mksh has no builtin printf, and
# a program would show its arguments to everybody.
case ${KSH_VERSION-} in
'@(#)'*) pop3_put() { print -r -- "$1"; } ;;
*) pop3_put() { printf '%s\n' "$1"; } ;;
esac

# pop3_whole LINE: whether it is one; refused where a newline or the like in it,
# from a file's name say, would make another line of its rest.
pop3_whole() {
	case $1 in
	*[[:cntrl:]]*)
		pop3_put "<4>not sent: control character in ${1%%[[:cntrl:]]*}" >&2
		return 2
		;;
	esac
}

# pop3_detail LINE: a line of a reply.
pop3_detail() {
	pop3_whole "$1" || return
	pop3_put "$1" >&4
}

# log_line PRIORITY TEXT: a line of the log. Where no line of a reply may be
# written, behind a result or in what senddata runs, it goes by way of stderr.
log_line() {
	pop3_whole "log $1 $2" || return
	if [ "$pop3_answered" ] || ! { true >&4; } 2>/dev/null; then
		pop3_put "<$1>$2" >&2
	else
		pop3_put "log $1 $2" >&4
	fi
}

# pop3_result WORD [TEXT]: the last line of a reply.
pop3_result() {
	pop3_answered=1
	pop3_detail "$1${2:+ $2}" || pop3_put "$1" >&4
}

# pop3_join [WORD]...: the words with blanks between, whatever IFS is.
pop3_join() {
	pop3_text=${1-}
	[ $# -eq 0 ] || shift
	for pop3_word; do
		pop3_text="$pop3_text $pop3_word"
	done
}

# Results: one of these, last; or the handler's status stands for it.
sendok() { pop3_join "$@" && pop3_result "OK$pop3_version" "$pop3_text"; }
senderr() { pop3_join "$@" && pop3_result ERR "$pop3_text"; }
sendtemp() { pop3_join "$@" && pop3_result TEMP "$pop3_text"; }
senddefault() { pop3_result DEFAULT; }
sendmore() { pop3_result MORE "${1-}"; }

# hand_over PROGRAM [ARGUMENT]...: after a good login, another backend goes on.
hand_over() {
	pop3_word=$1
	shift
	case $pop3_word in
	*/*) ;;
	*)
		[ ! -f "${POP3_SKEL_BACKENDS-}/$pop3_word" ] ||
			pop3_word=${POP3_SKEL_BACKENDS-}/$pop3_word
		;;
	esac
	case $pop3_word in
	*/*) [ -f "$pop3_word" ] && [ -x "$pop3_word" ] ;;
	*) command -v "$pop3_word" >/dev/null ;;
	esac || {
		pop3_put "<3>cannot hand over to $pop3_word"
		return 2
	}
	sendok
	exec "$pop3_word" "$@" <&3 >&4 3<&- 4>&-
}

# next_backend NAME [ARGUMENT]...: ... and this one ends: pop3-skel starts it.
next_backend() {
	pop3_detail "next $1" || return
	shift
	for pop3_word; do
		pop3_detail "arg $pop3_word" || return
	done
}

# sendmsg SIZE UID [PATH]: a message that is refused is left out of the list;
# the others are not to suffer for a file's name.
# A blank would make what is behind it the path of a file.
sendmsg() {
	case $1$2 in
	*' '*) log_line 4 "sendmsg: left out, for a blank is in it: $1 $2" || : ;;
	*) pop3_detail "msg $1 $2${3:+ $3}" || : ;;
	esac
}

# Bodies.
sendfile() { pop3_detail "file $1"; }
sendtempfile() { pop3_detail "temp $1"; }
send_part() { pop3_detail "part $1 $2 $3"; }

# sendline [TEXT]: one line of a body; more where there are newlines in TEXT.
sendline() {
	pop3_join "$@"
	set -- "$pop3_text"
	while :; do
		pop3_put "|${1%%"$pop3_lf"*}" >&4
		case $1 in
		*"$pop3_lf"*) set -- "${1#*"$pop3_lf"}" ;;
		*) return 0 ;;
		esac
	done
}

# pop3_program NAME: runs one of the programs behind the library.
pop3_program() {
	pop3_word=${POP3_SKEL_BACKENDS:+$POP3_SKEL_BACKENDS/}$1
	shift
	"$pop3_word" "$@"
}

# senddata [COMMAND [ARGUMENT]...]: the body is what COMMAND writes, and its
# status is kept; without one, what is on stdin.
senddata() {
	# A mail that is made needs nobody beside to put the bars.
	case ${1-} in
	mail_new)
		pop3_subject "$2" && pop3_program make-mail --body -- "$2" "$3" >&4
		return
		;;
	make_mail)
		shift
		pop3_program make-mail --body "$@" >&4
		return
		;;
	esac
	pop3_put body >&4
	pop3_status=0
	if [ $# -eq 0 ]; then
		pop3_program make-mail --body >&4 || pop3_status=2
	else
		pop3_status=$({
			{
				"$@" 3<&- 4>&- 5>&- && pop3_put 0 >&5 || pop3_put $? >&5
			} | pop3_program make-mail --body >&4
		} 5>&1) || pop3_status=2
	fi
	# Ends a last line that has no end; an empty line is passed over.
	pop3_put '' >&4
	return "${pop3_status:-2}"
}

# mail_new SUBJECT FILE: writes a mail that holds a text file, for senddata. Its
# Date is when the file was changed last, and its Message-ID is made of all that
# it holds, so that both are the same each time.
mail_new() { pop3_subject "$1" && pop3_program make-mail -- "$1" "$2"; }
pop3_subject() {
	case $1 in
	*[[:cntrl:]]*) return 2 ;;
	esac
}

# make_mail [OPTION]... SUBJECT [FILE]: the same with what make-mail(1) knows
# besides: senders, HTML and attachments.
make_mail() { pop3_program make-mail "$@"; }

# stable_uid TEXT...: writes a unique-id of what stays the same, a name and a time
# say, whatever is in it.
stable_uid() {
	pop3_join "$@"
	pop3_sum=$(pop3_put "$pop3_text" | sha256sum) || return 2
	pop3_put "${pop3_sum%% *}"
}

# login_users FILE USER PASSWORD: whether a users file, as of maildir(8), lets
# them in; then the account is in $login_user. An empty FILE is the usual one.
login_users() {
	login_user=$2
	pop3_text=$(pop3_put "hello 1${POP3_REMOTE_ADDR:+ remote=$POP3_REMOTE_ADDR}
login $2 $3" | pop3_program maildir ${1:+-u "$1"} -m /) || return 2
	case $pop3_text in
	*"${pop3_lf}user "*)
		login_user=${pop3_text#*"${pop3_lf}user "}
		login_user=${login_user%%"$pop3_lf"*}
		;;
	esac
	case ${pop3_text##*"$pop3_lf"} in
	OK | 'OK '*) ;;
	ERR*) return 1 ;;
	*) return 2 ;;
	esac
	[ "$login_user" = "$2" ] || set_user "$login_user"
}

# keep_in NAME USER: what is known of this user's mailbox stays from now on, in a
# folder of its own for each backend NAME; no other session has it meanwhile. A
# login may fail behind it, lose its lock, and be followed by another user's.
keep_in() {
	if [ "$pop3_kept" != "${2-}$pop3_lf${1-}" ]; then
		pop3_kept=
		pop3_keep=
		pop3_keep=$(pop3_program keep-mail in "${1-}" "${2-}") || return 2
		pop3_kept=$2$pop3_lf$1
	fi
	lock "$pop3_keep/session"
}

# pop3_keeps COUNT USAGE [ARGUMENT]...: whether there are so many arguments, and
# keep_in was called; what is to be done is in the log.
pop3_keeps() {
	if [ -z "$pop3_keep" ]; then
		log_line 3 "${2%% *}: call keep_in first, in on_login and on_list"
	elif [ $# -lt $(($1 + 2)) ] || [ -z "$3" ]; then
		log_line 3 "${2%% *}: an argument is missing: $2"
	else
		return 0
	fi
	return 2
}

# keep_list COMMAND [ARGUMENT]...: the list is what COMMAND writes, a key on each
# line, without what was deleted. Behind the last of them comes its status.
keep_list() {
	pop3_keeps 1 'keep_list COMMAND [ARGUMENT]...' "$@" || return
	{
		("$@" 3<&- 4>&-)
		pop3_put "$pop3_lf $?"
	} | pop3_program keep-mail list "$pop3_keep" >&4
}

# keep_key UID: the key of a message, in $keep_key.
keep_key() {
	pop3_keeps 1 'keep_key UID' "$@" || return
	keep_key=$(pop3_program keep-mail key "$pop3_keep" "$1")
}

# keep_retr UID COMMAND [ARGUMENT]...: the body is what COMMAND writes, with the
# key behind its arguments; it is asked once, and not again. One that exits ends
# no more than itself.
keep_retr() {
	pop3_keeps 2 'keep_retr UID COMMAND [ARGUMENT]...' "$@" || return
	pop3_uid=$1
	shift
	pop3_text=$(pop3_program keep-mail have "$pop3_keep" "$pop3_uid") || {
		pop3_status=$?
		[ "$pop3_status" -ne 1 ] ||
			log_line 4 "keep_retr: no message of the list has the unique-id $pop3_uid: keep_retr UID COMMAND [ARGUMENT]..."
		return "$pop3_status"
	}
	case $pop3_text in
	'file /'*)
		pop3_detail "$pop3_text"
		return
		;;
	esac
	keep_key=${pop3_text#key }
	{
		("$@" "$keep_key" 3<&- 4>&-)
		pop3_put "$pop3_lf $?"
	} | pop3_program keep-mail put "$pop3_keep" "$pop3_uid" ${keep_mib:+"$keep_mib"} >&4
}

# keep_expunge UID: deleted, as soon as keep_commit has it.
keep_expunge() {
	pop3_keeps 1 'keep_expunge UID' "$@" || return
	pop3_gone=$pop3_gone$1$pop3_lf
}
keep_commit() {
	[ "$pop3_gone" ] || return 0
	pop3_put "$pop3_gone 0" | pop3_program keep-mail gone "$pop3_keep" &&
		pop3_gone=
}

# What a reply may do besides.
set_user() { pop3_detail "user $1"; }
become() { pop3_detail "become $1 $2"; }
lock() { pop3_detail "lock $1"; }
state_trans() { pop3_detail 'state trans'; }
close_client() { pop3_detail close; }
more_time() { pop3_detail "wait $1"; }
set_option() { pop3_detail "option $1 $2"; }
capability() { pop3_join "$@" && pop3_detail "capa $pop3_text"; }
add_command() { pop3_detail "command $1 $2${3:+ $3}"; }
offer_apop() { pop3_detail apop; }
offer_sasl() { pop3_join "$@" && pop3_detail "sasl $pop3_text"; }
no_password() { pop3_detail no-password; }
any_user() { pop3_detail any-user; }
want_events() { pop3_join "$@" && pop3_detail "events $pop3_text"; }

# Moves the first word of $pop3_rest to $pop3_word.
pop3_cut() {
	pop3_word=${pop3_rest%% *}
	case $pop3_rest in
	*' '*) pop3_rest=${pop3_rest#* } ;;
	*) pop3_rest= ;;
	esac
}

# Calls the handler, with the fields of the request for arguments; one that is
# absent is empty.
pop3_call() {
	case $pop3_verb in
	hello | login | auth | retr | sent | dele)
		pop3_cut
		"on_$pop3_verb" "$pop3_word" "$pop3_rest"
		;;
	apop | token | top | expunge)
		pop3_cut
		pop3_first=$pop3_word
		pop3_cut
		"on_$pop3_verb" "$pop3_first" "$pop3_word" "$pop3_rest"
		;;
	sizes)
		while [ "$pop3_rest" ] && [ -z "$pop3_answered" ]; do
			pop3_cut
			pop3_first=$pop3_word
			pop3_cut
			on_sizes "$pop3_first" "$pop3_word" || return
		done
		;;
	*) "on_$pop3_verb" "$pop3_rest" ;;
	esac
}

pop3_answer() {
	pop3_answered=
	pop3_version=
	if [ "$pop3_verb" = hello ]; then
		pop3_version=' 1'
		case $pop3_rest in
		1 | '1 '*) ;;
		*)
			senderr 'this backend speaks version 1'
			return 0
			;;
		esac
	fi
	if ! command -v "on_$pop3_verb" >/dev/null; then
		if [ "$pop3_version" ]; then sendok; else senddefault; fi
		return 0
	fi
	pop3_status=0
	pop3_call || pop3_status=$?
	[ -z "$pop3_answered" ] || return 0
	case $pop3_status in
	0) sendok ;;
	1) senderr ;;
	*) sendtemp ;;
	esac
}

pop3_run() {
	while IFS= read -r pop3_rest <&3; do
		pop3_cut
		pop3_verb=$pop3_word
		pop3_answer
	done
	! command -v on_end >/dev/null || on_end
}
