# SPDX-License-Identifier: ISC
# "When it does not work" of pop3-skel-backend(7): each symptom is there when its
# cause is, in the words of the page.

load ../lib/common
load ../lib/check

page=$top/src/protocol/pop3-skel-backend.7
failed='-ERR [SYS/TEMP] the mail backend failed'
later='-ERR [SYS/TEMP] try again later'
left='-ERR some deleted messages not removed'

# NAME|WHAT THE CLIENT HEARS|WHAT THE LOG HAS|THE CAUSE, over a good backend.
# A client that hears nothing wrong, or a log that is not asked, has nothing there.
rows() {
	cat <<-END
		start|$failed|the backend cannot be started|
		hello|$failed|exited before answering hello|none/such || exit 1
		stray|$failed|unknown line|on_list() { echo Connecting >&4; sendmsg - one; }
		silent|$failed|no result before its deadline|on_list() { sendmsg - one; pop3_answered=1; }
		wrong-password|-ERR [AUTH] login failed|why=login|on_login() { [ "\$2" = "demo " ]; }
		clear|-ERR logins in clear are not allowed here; use TLS|a secret in clear; see --cleartext|
		login-temp|$later|login answered TEMP|on_login() { echo no database >&2; return 2; }
		list|-ERR the maildrop cannot be opened|list answered ERR|on_list() { sendmsg - one; [ -e none ]; }
		in-use|-ERR [IN-USE] the maildrop is in use|in use|on_list() { lock "\$PWD/lock"; sendmsg - one; }
		no-message|-ERR no such message|no body for a message|on_list() { sendmsg - one "\$PWD/none"; }; unset -f on_retr
		message-temp|$later||on_retr() { echo the source is down >&2; return 2; }
		broken||a body broke off|on_list() { sendmsg 200000 one; }; on_retr() { senddata sh -c "yes | head -c 200000; exit 1"; }
		not-removed|$left|nothing is removed; expunge answered DEFAULT|unset -f on_expunge
		refused|$left|not removed; expunge answered ERR|on_expunge() { rm -- "\$PWD/none"; }
		no-quit||client closed|
		size||a message has not the size that was told|on_list() { sendmsg 5 one; }
	END
}

# A backend without a fault, but for what is on stdin.
good_but() {
	{
		cat <<-'END'
			#!/bin/sh
			. "$POP3_SKEL_SH"
			on_login() { [ "$1:$2" = demo:demo ]; }
			on_list() { sendmsg - one; }
			mail() {
				printf '%s\n' 'From: a@example.org' \
					'Date: Tue, 1 Dec 2026 12:00:00 +0000' \
					'Message-ID: <1@example.org>' '' "text $1"
			}
			on_retr() { senddata mail "$2"; }
			on_expunge() { :; }
		END
		cat
		printf 'pop3_run\n'
	} >backend
	chmod 755 backend
	backend=("$work/backend")
}

# What the page has on a symptom, without its macros, in one line.
on_page() {
	awk -v name="$1" '/^\.\\" symptom: / { on = $3 == name; next } /^\.El/ { on = 0 }
		on' "$page" | sed 's/^\.[A-Z][a-z] //; s/ \(Li\|Cm\|No\) / /g; s/\\&//g' |
		paste -sd ' '
}

@test "symptoms: each of the page has its cause here" {
	{
		rows | cut -d '|' -f 1
		printf '%s\n' again edited header root slow
	} | sort | diff - <(sed -n 's/^\.\\" symptom: //p' "$page" | sort)
}

# bats test_tags=long
@test "symptoms: what the client hears and what the log says, by their cause" {
	local name heard logs cause
	while IFS='|' read -r name heard logs cause; do
		good_but <<<"$cause"
		options=(--cleartext always --auth-delay 0 --lock-wait 0)
		ends=(QUIT)
		case $name in
		start) chmod 644 backend ;;
		# The one that waits: for an answer that does not come.
		silent) options+=(--backend-timeout 1) ;;
		clear) options+=(--cleartext never) ;;
		in-use)
			: >lock
			own
			exec 7<lock
			flock -x 7
			;;
		no-quit) ends=() ;;
		esac
		session "${login[@]}" 'RETR 1' 'DELE 1' "${ends[@]}" 7<&-
		exec 7<&-
		{
			printf '%s: %s, %s\n' "$name" "$heard" "$logs"
			cat out log
		} >seen
		[ -z "$heard" ] || grep -qxF -e "$heard"$'\r' out || { cat seen; false; }
		[ -z "$logs" ] || grep -qF -e "$logs" log || { cat seen; false; }
		# The same words are on the page.
		on_page "$name" >told
		case $name in
		hello | refused) heard= ;;
		esac
		grep -qF -e "$heard" told || { cat seen told; false; }
		grep -qF -e "$logs" told || { cat seen told; false; }
		case $name in
		login-temp | message-temp) grep -q '^<5>backend ' log ;;
		broken) [ "$(tail -c 3 out)" != $'.\r' ] ;;
		no-quit) not_logged '^<[0-9]>update' ;;
		esac
	done < <(rows)
	# And where nothing is wrong, no word of all this.
	good_but <<<:
	options=(--cleartext always)
	session "${login[@]}" 'RETR 1' 'DELE 1' QUIT
	refute grep '^-ERR' out
	# But for how busy the machine is.
	grep -v '^<5>slow' log >others
	refute grep '^<[345]>' others
}

# bats test_tags=long
@test "symptoms: those of mail clients; root, a slow list, and what was edited" {
	good_but <<<'on_list() { sendmsg - "$$"; }; on_retr() { senddata mail; }'
	cp backend again
	good_but <<<'mail() { echo text; }'
	cp backend header
	own
	try again "$work/again"
	try header "$work/header"
	good_but <<<'on_list() { sleep 5.1; sendmsg - one; }'
	options=(--cleartext always)
	session "${login[@]}" QUIT
	logged '^<5>slow .* request=list seconds=[0-9]+$'
	on_page slow | grep -qF 'the log has slow'
	good_but <<<'on_retr() { senddata mail before; }'
	session "${login[@]}" 'RETR 1' QUIT
	grep -q '^text before' out
	sed -i s/before/after/ backend
	session "${login[@]}" 'RETR 1' QUIT
	grep -q '^text after' out
	tried
	finds again 'the next session has the same unique-ids' 'in the next session' \
		'what stays the same'
	on_page again | grep -qF 'the next session has the same unique-ids'
	finds header 'each message is a mail that programs can read' 'text' \
		'an empty line between'
	on_page header | grep -qF 'each message is a mail that programs can read'
	[ "$EUID" -eq 0 ] || return 0
	printf '%s\r\n' "${login[@]}" |
		"$SKEL" --cleartext always "$work/backend" >out 2>log || :
	grep -qF -- '-ERR [SYS/PERM] the server is not set up' out
	logged 'pop3-skel runs as root'
	on_page root | grep -qF -- '-ERR [SYS/PERM] the server is not set up'
	on_page root | grep -qF 'pop3-skel runs as root'
}
