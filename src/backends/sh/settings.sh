# SPDX-License-Identifier: ISC
# shellcheck shell=sh
#
# What dir, command, feed and percall say of their settings, for --check: their
# on_hello reads this behind the library, and no session does.

# amiss TEXT: what would keep somebody from the mail.
amiss() {
	sendtemp "$1"
	return 2
}

# program_there PROGRAM: whether it could be started.
program_there() {
	case $1 in
	*/*) [ -f "$1" ] && [ -x "$1" ] ;;
	*) command -v "$1" >/dev/null ;;
	esac
}

# users_there FILE FACTS: whether login_users could use this file. Where no login
# comes, by hello's FACTS, none is needed.
users_there() {
	case " $2 " in
	*' lock '*) return 0 ;;
	esac
	users_say=$(pop3_put 'hello 1 check' | pop3_program maildir ${1:+-u "$1"} -m /) ||
		return 2
	users_say=${users_say##*"$pop3_lf"}
	case $users_say in
	OK*) ;;
	*) amiss "${users_say#TEMP }" ;;
	esac
}

# from_there MAILBOX: whether make_mail takes it; an empty one is its own.
from_there() {
	make_mail ${1:+--from "$1"} --date 0 -- check /dev/null >/dev/null ||
		amiss "--from $1 is no mailbox: write a@example.org or 'Name <a@example.org>'"
}
