# SPDX-License-Identifier: ISC
# pop3-skel-check: each mistake is told apart by its sentences, and a backend
# without one is clean.
#
# bats file_tags=once

load ../lib/common
load ../lib/shells
load ../lib/session
load ../lib/check
load ../lib/examples

prepare_file() {
	faulty_backends
}

lines="each line of a reply is one of the protocol's"
result='each request has one result, and at once'
mail='each message is a mail that programs can read'

# bats test_tags=long
@test "check: each program with a fault is told apart" {
	local table=$work/table program at seen change title also options bad=
	cat >"$table" <<-'END'
		answers-late-twice:list:R:after the answer to:answer once
		answers-twice:rset:R:behind the result of:answer once
		chatters:list:L:Connecting:exec 3<&0 4>&1
		closes-input:login:R:it closed its input:go on after each answer
		closes-output:list:R:it closed its output:go on after each answer
		cr-in-reply:list:L:a CR in a line:LF alone
		crashes:list:R:ended by signal 9:go on after each answer
		default-with-text:dele:L:too many fields:one blank between two
		details-before-default:dele:L:in the answer to .dele 1 u1:leave the other lines out
		dies:retr:R:status 3; its last words. .cannot go on:go on after
		dies-in-a-body:retr 64:R:it exited with status 5:go on after
		dies-in-a-line:list:R:it exited with status 0:go on after
		drips:list:R:no result within 2 s:answer each request
		echoes-its-option:list:L:`-e msg:use printf
		echoes:list:L:no line of the protocol:do not send the request back
		ends-with-a-dot:retr:L:protocol, `[.]`:the result ends the message
		exits-on-a-refusal:login:R:exited with status 1:exit for no ERR
		endless-line:list:L:`xxxxx:below 8192
		floods-stdout:list:R:behind the result:answer once
		garbage:retr:L:Segmentation:put a | before
		glues-the-result:retr:R:its last line is .|textOK:add an echo
		grandchild-holds-stdout:list:R:it exited with status 4:go on after
		hangs:list:R:no result within:answer each request
		groups-digits:list:L:no number of octets, .msg 1,234:no thousands separators
		has-a-tab-in-a-unique-id:list:each message has a unique-id of its own:`msg - u.t1:printable ASCII
		huge-line:list:L:more than 8192:below 8192
		lists-its-pattern:list:each message has a unique-id of its own:message 1 has .[*].:pass it over
		lower-case:list:L:`ok 1:in capitals
		more-unasked:dele:L:`MORE:take the line out
		negative-size::L:`msg -20 u1:in digits
		nul-in-reply:list:L:a NUL in a line:a NUL in | lines alone
		raw-cat-as-body::L:`Subject. x:put a | before
		relative-path::L:not absolute:whole paths
		says-what-curl-got:login:L:a CR in a line:LF alone
		shows-bytes:login:L:no line of the protocol:sys.stdout.buffer
		speaks-pop3:list:L:`+OK 1 message:without a sign
		two-bodies::L:two kinds of body:answer with one body
		waits-too-long:list:L:no number up to 600:at most 600
		waits-too-often:list:L:more than 1800:at most 600
		wrong-place:list:L:`apop:take the line out
		wrong-version::hello is answered with OK 1:`OK 2 welcome:with .OK 1
		lying-size::sizes are those of the messages:told as 5 octets, and has 20:two octets for each line end
		forks-a-daemon:login:it leaves nothing running:sleep:wait for what was started
		ignores-eof:none:it ends with its input:2 s after its input:end when standard input ends
		ignores-term:commit:it ends with its input:2 s after SIGTERM:let SIGTERM end it:L
		fifo-as-path::each message can be had:no regular file:answer retr and name
		floods-stderr:login:what it tells the log has room there:20000 lines in one session, the last of them .so it goes:in a line
		well-behaved:none:::
	END
	while IFS=: read -r program at title seen change also; do
		options=
		[[ $seen != 'no result'* ]] && [[ $program != glues* ]] || options='--timeout 2'
		[ "$at" != commit ] || options=--delete
		# shellcheck disable=SC2086 # Words.
		try "$program" $options "$faulty/$program" $at
	done <"$table"
	tried
	while IFS=: read -r program at title seen change also; do
		case $title in
		L) title=$lines ;;
		R) title=$result ;;
		esac
		# Their mails are no more than a subject and a text, which is told too.
		finds "$program" "${title:-$mail}" "${seen:-has no from line}" \
			"${change:-add a line From}" \
			"${title:+$mail}${also:+$'\n'$lines}" || bad=1
	done <"$table"
	[ -z "$bad" ]
	# Each program has its row.
	(cd "$faulty" && printf '%s\n' *) | grep -vxE 'good.sh|says|floods-with' |
		diff - <(cut -d: -f1 "$table" | sort)
}

# A backend without a mistake but for what stdin puts in place of its handlers.
mistake() {
	{
		cat <<-'END'
			#!/bin/sh
			. "$POP3_SKEL_SH"
			cd "${STATE_DIRECTORY:-.}" || exit
			on_login() { [ "$1:$2" = demo:demo ]; }
			on_list() { sendmsg - one; sendmsg - two; }
			mail() {
				printf '%s\n' 'From: a@example.org' "Subject: $1" \
					'Date: Tue, 1 Dec 2026 12:00:00 +0000' \
					"Message-ID: <$1@example.org>" '' text
			}
			on_retr() { senddata mail "$2"; }
		END
		cat
		printf 'pop3_run\n'
	} >"$1"
	chmod 755 "$1"
	own
}

@test "check: what is on standard error is told with each fault and each TEMP" {
	local verb word
	for verb in hello login list retr; do
		mistake "$verb" <<-END
			on_$verb() {
				echo "cannot open the store for $verb" >&2
				return 2
			}
		END
		mistake "$verb-says" <<-END
			on_$verb() {
				echo "cannot open the store for $verb" >&2
				echo garbage >&4
			}
		END
		try "$verb" "$work/$verb"
		try "$verb-says" "$work/$verb-says"
	done
	tried
	for verb in hello login list retr; do
		for word in "$verb:TEMP" "$verb-says:"; do
			grep "^# seen: .*${word#*:}.* last words: .cannot open the store for $verb" \
				"tries/${word%:*}/told" || {
				cat "tries/${word%:*}/told"
				false
			}
		done
	done
	grep -q '^# seen: a login .* TEMP; its last words: .cannot open' tries/login/told
}

@test "check: what it logs is told with what it was asked meanwhile, and no secret" {
	local secret='a 100% "secret"' name
	mistake login <<-'END'
		on_login() {
			log_line 4 "no database for $1 with $2"
			return 2
		}
	END
	mistake list <<-'END'
		set -x
		on_login() {
			log_line 6 "this one is in: $2"
			[ "$1:$2" = 'alice:a 100% "secret"' ]
		}
		on_list() {
			set +x
			for text in one two three four; do
				log_line 4 "$text"
			done
			echo "a 100% \"secret\" is it" >&2
			return 2
		}
	END
	mistake dele <<-'END'
		on_login() { text=$2; [ "$1:$2" = 'alice:a 100% "secret"' ]; }
		on_list() { log_line 6 'a list'; sendmsg - one; }
		on_retr() { log_line 4 'not the same'; senddata mail "$$"; }
		on_dele() { log_line 4 "cannot mark, says $text"; return 2; }
	END
	mistake again <<-'END'
		on_login() { [ "$1:$2" = 'alice:a 100% "secret"' ]; }
		on_list() {
			[ ! -e once ] || {
				log_line 4 'too early'
				return 2
			}
			: >once
			sendmsg - one
		}
	END
	for name in login list dele again; do
		try "$name" --user alice --password-fd 4 "$work/$name" 4<<<"$secret"
	done
	tried
	finds login 'a user with the right password is let in' \
		'answered TEMP .*; it logged .no database for alice with [.]*`$' 'try again' \
		'nobody else is let in'$'\n''odd names and passwords are only compared'
	finds list 'there is a list of messages' \
		'last words: .[.]* is it.; it logged .two., .three., .four., and before that 1 more' \
		'from what it said' 'what it tells the log has room there'
	refute grep 'this one is in' tries/list/told
	finds dele 'each request has one result, and at once' \
		'.dele 1 one. was answered TEMP .*; it logged .cannot mark, says [.]*`$' \
		'mend that' 'a unique-id stands for one body'
	grep -q 'in two sessions and .*; it logged .not the same' tries/dele/told
	finds again 'there is a list of messages' \
		'a second time, was answered TEMP .*; it logged .too early' 'try again'
	refute grep -r -e secret -e SECRET tries/*/told
}

# bats test_tags=long
@test "check: a login that cannot be told, or is answered with nothing, is no good end" {
	local name
	local in='a user with the right password is let in'
	mistake temp <<<'on_login() { [ "$1:$2" != demo:demo ] || return 2; false; }'
	mistake default <<<'on_login() { senddefault; }'
	mistake other <<<'on_hello() { offer_sasl X-CHAT; }; on_login() { senddefault; }'
	mistake needs <<<'on_login() { [ "$1:$2" = demo:demo ] || return 1; [ "${WANTED-}" ] || return 2; }'
	mistake refuses <<<'on_login() { [ "$1:$2:${WANTED-}" = demo:demo:one ]; }'
	mistake wrong <<<'on_login() { [ "$1:$2" = alice:demo ]; }'
	export WANTED=one
	for name in temp default other needs refuses wrong; do
		try "$name" "$work/$name"
	done
	try given --user bob --password-fd 4 "$work/wrong" 4<<<hunter2
	tried
	finds temp "$in" 'login was answered TEMP' 'find out what it could not reach'
	grep -qx '# 12 good, 1 to change, 10 not tried: nobody was let in' tries/temp/told
	finds default "$in" 'login was answered DEFAULT' 'with --preauth USER'
	finds given "$in" 'login was answered ERR nothing$' \
		'let this user in, or mend the name or the password that was given'
	finds needs 'a bare environment is enough' 'without: login was answered TEMP' \
		'set what it needs'
	finds refuses 'a bare environment is enough' 'without: login was answered ERR' \
		'set what it needs'
	clean other 'a client|let in'
	clean wrong 'tell who is|let in'
	grep -qx 'ok 7 - .* # SKIP demo with the password demo is not let in: tell who is, .*' \
		tries/wrong/told
	grep -qx '# 12 good, 0 to change, 11 not tried: 10 of them, nobody was let in; 1 of them, demo with .*' \
		tries/wrong/told
}

# bats test_tags=long
@test "check: how long, how often, and how often the source is asked; valid TAP" {
	mistake asks <<-'END'
		on_list() { echo list >>asked; sendmsg - one; sendmsg - two; }
		on_retr() { echo "$2" >>asked; senddata mail "$2"; }
	END
	mistake keeps <<-'END'
		on_list() { keep_in keeps "$1" && keep_list printf '%s\n' one two; }
		on_retr() { keep_retr "$2" fetched; }
		fetched() { echo "$1" >>asked; mail "$1"; }
	END
	for name in asks keeps; do
		mkdir -p "tries/$name"
		: >"tries/$name/asked"
		try "$name" --source asked "$work/$name"
	done
	try none --source nothing "$work/asks"
	tried
	finds asks 'each answer comes in time' 'asked 2 times more' 'keep_list and keep_retr'
	grep -qx '# requests to the source of the mail: 1 for the list, 2 for 2 messages, 2 for these again; in the next session 1 for the list, 2 for these' \
		tries/asks/told
	grep -q '^# .* mail: 0 for the list, 2 for 2 .*; in the next session 0 for the list, 0 for these$' \
		tries/keeps/told
	refute grep 'times more' tries/keeps/told
	grep -qE '^# the longest answers, of 240 s each: ([a-z-]+ [0-9.]+ s(, |$)){9}$' tries/asks/told
	grep -qE '^# requests in [6-9] sessions: .*list 3.*; messages fetched: 2$' tries/asks/told
	[ "$(cat tries/none/status)" -eq 64 ]
	grep -qx 'pop3-skel-check: --source nothing: No such file or directory' tries/none/errors
	# A plan, results in their order, and comments.
	[ "$(grep -cE '^(not )?ok [0-9]+ - [^#]+( # SKIP .+)?$' tries/asks/told)" -eq 23 ]
	sed -nE 's/^(not )?ok ([0-9]+) .*/\2/p' tries/asks/told | diff - <(seq 23)
	refute grep -vE '^(#|(not )?ok |1[.][.]23$)' tries/asks/told
}

# bats test_tags=long
@test "check: what is silent elsewhere is told: logins, unique-ids, bodies, mails" {
	local table=$work/table name title seen change script bad=
	cat >"$table" <<-'END'
		any-login|nobody else is let in|made up|where user and password are both right|on_login() { :; }
		no-password|nobody else is let in|an empty password|where user and password|on_login() { case $2 in demo | '') ;; *) return 1 ;; esac; }
		case|nobody else is let in|in other case|where user and password|on_login() { [ "$1" = demo ] && case $2 in [Dd][Ee][Mm][Oo]) ;; *) false ;; esac; }
		temp-login|nobody else is let in|answered TEMP|answer ERR where user or password|on_login() { [ "$1:$2" = demo:demo ] || return 2; }
		digest|nobody else is let in|a digest that was made up|where user and password|on_hello() { offer_apop; }; on_apop() { :; }
		token|nobody else is let in|a token that was made up|where user and password|on_hello() { offer_sasl XOAUTH2 X-CHAT; }; on_token() { :; }; on_auth() { sendmore; }; on_cancel() { :; }
		pattern|odd names and passwords are only compared|with patterns|compare names|on_login() { echo demo:demo | grep -q "^$1:$2\$"; }
		eval|odd names and passwords are only compared|was run|never let a name|on_login() { (eval "x=$2") 2>/dev/null; [ "$1:$2" = demo:demo ]; }
		unknown|what it does not know is answered with DEFAULT|answered OK|say DEFAULT|senddefault() { case $pop3_verb in x-*) sendok ;; *) pop3_result DEFAULT ;; esac; }
		empty-list|there is a list of messages|list was answered ERR|the last word of on_list|on_list() { false; }
		twins|each message has a unique-id of its own|messages 1 and 2|of its own|on_list() { sendmsg - one; sendmsg - one; }
		long-uid|each message has a unique-id of its own|71 octets|70 octets|on_list() { sendmsg - "$(printf %071d 1)"; }
		refused|each message can be had|message 2: .retr 2 two. was answered ERR|list only what|on_retr() { [ "$2" = one ] && senddata mail one; }
		no-file|each message can be had|was answered DEFAULT|list only what|on_list() { sendmsg - one "$PWD/none"; }; unset -f on_retr
		link|each message can be had|/l[^/]*: |a regular file, no link|ln -s mail/u1 l; on_list() { sendmsg - one "$PWD/l"; }
		part|each line of a reply is one of the protocol's|no two numbers of octets, .part 9223372036854775807 1|as the page has them|on_retr() { echo "part 9223372036854775807 1 $PWD/mail/u1" >&4; sendok; }
		no-size|sizes are those of the messages|told as 4 octets|count two octets|on_list() { sendmsg 4 one; }
		changing|a unique-id stands for one body|twice in one session|from the unique-id alone|i=0; on_retr() { i=$((i + 1)); senddata mail "$i"; }
		changes|a unique-id stands for one body|in two sessions|from the unique-id alone|on_retr() { senddata mail "$$"; }
		counting|the next session has the same unique-ids|in the next session|of what stays the same|on_list() { sendmsg - "$$"; }; on_retr() { senddata mail same; }
		border|each message is a mail that programs can read|a text|an empty line between|mail() { printf '%s\n' 'From: a' 'Date: b' 'Message-ID: c' 'a text'; }
		head-alone|each message is a mail that programs can read|its last line|an empty line between|mail() { printf '%s\n' 'From: a' 'Date: b' 'Message-ID: c'; }
		umlaut|each message is a mail that programs can read|Subject: .xfc|encode it|mail() { printf '%s\n' 'From: a' 'Date: b' 'Message-ID: c' "$(printf 'Subject: \374')" '' x; }
		no-date|each message is a mail that programs can read|has no date|date -R|mail() { printf '%s\n' 'From: a' 'Message-ID: c' '' x; }
		no-id|each message is a mail that programs can read|has no message-id|the same each time|mail() { printf '%s\n' 'From: a' 'Date: c' '' x; }
		nothing|each message can be had|no octet|at least a header|mail() { :; }
		early|without expunge nothing is removed|is gone|in expunge or commit|on_list() { [ -e gone ] || sendmsg - one; sendmsg - two; }; on_dele() { : >gone; }
		child|it leaves nothing running|sleep|wait for what was started|on_login() { sleep 60 >/dev/null 2>&1 & [ "$1:$2" = demo:demo ]; }
		slow|each answer comes in time|list took|prepare what|on_list() { sleep 0.8; sendmsg - one; }
		subshell|each request has one result, and at once|.list demo.: .OK|In a subshell|on_list() { echo one | while read -r x; do sendmsg - "$x"; sendok; done; }
		environment|a bare environment is enough|came further|set what it needs|on_list() { sendmsg - "${WANTED?}"; }
	END
	export WANTED=one
	while IFS='|' read -r name title seen change script; do
		mistake "$name" <<<"$script"
		# With a sixth of it for each answer.
		case $name in
		slow) try slow --timeout 3 "$work/slow" ;;
		*) try "$name" "$work/$name" ;;
		esac
	done <"$table"
	tried
	while IFS='|' read -r name title seen change script; do
		finds "$name" "$title" "$seen" "$change" || bad=1
	done <"$table"
	[ -z "$bad" ]
}

@test "check: a program that cannot be started: which, and why" {
	printf '#!/bin/sh\r\necho OK 1\r\n' >dos
	printf '#!/bin/sh\n:\n: \r\n' >half
	printf '#!/no/such/shell\n' >lost
	printf '#!/usr/bin/env no-such-shell\n' >env
	printf 'echo OK 1\n' >bare
	printf '#!/bin/sh\n' >plain
	chmod 755 dos half lost env bare
	chmod 644 plain
	for name in dos half lost env bare plain none; do
		try "$name" "$work/$name"
	done
	tried
	finds dos 'it starts' 'line 1 of .*/dos ends in CRLF' 'LF line ends'
	finds half 'it starts' 'line 3 of' 'LF line ends'
	finds lost 'it starts' '#!/no/such/shell' 'one that is there'
	finds env 'it starts' 'no-such-shell is not in' 'one that is there'
	finds bare 'it starts' 'begins with .echo OK 1' 'begin the file with #!'
	finds plain 'it starts' 'may not be executed' 'chmod +x'
	finds none 'it starts' 'no such file' 'may be executed by this user'
	# What could not be tried is said to be so.
	[ "$(grep -c '# SKIP no session came that far$' tries/none/told)" -eq 22 ]
}

# bats test_tags=long
@test "check: what a shell makes of words, quotes and folders, and a mail of its first line" {
	local table=$work/table name title seen change script bad=
	local guess='nobody else is let in' start='it starts'
	local in='a user with the right password is let in'
	cat >"$table" <<-'END'
		trimmed|guess|behind a blank|IFS= read -r|on_login() { set -- $1 $2; [ "$1:$2" = demo:demo ]; }
		words|guess|a word more|the password: .read -r verb user|on_login() { case $2 in *' ') false ;; *) [ "$1:${2%% *}" = demo:demo ] ;; esac; }
		backslash|odd names and passwords are only compared|a backslash in it|IFS= read -r|on_login() { printf '%s\n' "$2" | { IFS= read word; [ "$1:$word" = demo:demo ]; }; }
		format|guess|and %s behind it|a format of its own|on_login() { [ "$1:$(printf "$2")" = demo:demo ]; }
		unquoted|odd names and passwords are only compared|TEMP; its last words: .*\[: |in double quotes|on_login() { case $2 in *' ' | ' '*) false ;; *) [ $1 = demo ] && [ $2 = demo ] ;; esac; }
		equals|start|: unexpected operator|begin the file with #!/bin/bash|on_hello() { [ demo == demo ] || :; }; on_login() { [ "$1" == demo ]; }
		double|start|\[\[: not found|begin the file with #!/bin/bash|on_list() { [[ "$1" = demo ]] || sendmsg - one; }
		syntax|start|Syntax error: .* unexpected|sh -n FILE|on_list() { if true; then sendmsg - one; }
		order|a unique-id stands for one body|is then what message 1, .one., was|by its unique-id|i=0; on_retr() { i=$((i + 1)); [ $i -lt 5 ] || i=1; case $i in 2) senddata mail two ;; *) senddata mail one ;; esac; }
		mbox|mail|.From a@example.org Tue|leave the line out|m() { echo 'From a@example.org Tue Dec  1 12:00:00 2026'; mail "$1"; }; on_retr() { senddata m "$2"; }
		before|mail|.sending one|take out the echo|m() { echo "sending $1"; mail "$1"; }; on_retr() { senddata m "$2"; }
		mark|mail|xef.xbb.xbfFrom: a|a byte order mark|m() { printf '\357\273\277'; mail "$1"; }; on_retr() { senddata m "$2"; }
		empty-first|mail|message 1 has empty first line|leave out the empty line|m() { echo; mail "$1"; }; on_retr() { senddata m "$2"; }
		no-header|mail|.no more|an empty line between|on_retr() { senddata echo 'no more'; }
		gone-meanwhile|each message can be had|cat: .*No such file|list only what|on_retr() { senddata cat nowhere || return 1; }
		folder|a bare environment is enough|the list has 1, and here 2|name files by their whole paths|on_list() { sendmsg - one; [ "$here" = / ] || sendmsg - two; }
		folder-none|a bare environment is enough|did not come to its list: .*was answered ERR|name files by their whole paths|on_list() { [ "$here" != / ] && sendmsg - one; }
		dies-in-a-loop|each request has one result, and at once|exited with status 1|under set -e|set -e; on_retr() { for x in 1 2; do grep -q "$x" /dev/null || exit; done; }
		eaten-once|each request has one result, and at once|no result within|</dev/null|on_list() { head -n 1 <&3 >/dev/null; }
	END
	while IFS='|' read -r name title seen change script; do
		mistake "$name" <<<"$script"
		sed -i 's/^cd /here=$PWD; cd /' "$name"
		case $name in
		eaten-once) try "$name" --timeout 2 "$work/$name" ;;
		*) try "$name" "$work/$name" ;;
		esac
	done <"$table"
	printf '\357\273\277#!/bin/sh\necho OK 1\n' >bom
	printf '#!/usr/bin/env bash -x\necho OK 1\n' >env-words
	chmod 755 bom env-words
	try bom "$work/bom"
	try env-words "$work/env-words"
	# From where it is named, it is found from anywhere.
	mkdir -p tries/named
	mistake tries/named/here <<<:
	try named ./here
	tried
	while IFS='|' read -r name title seen change script; do
		case $title in
		guess | start) title=${!title} ;;
		mail) title=$mail ;;
		esac
		case $name in
		equals) script=$guess$'\n'$in ;;
		*) script= ;;
		esac
		finds "$name" "$title" "$seen" "$change" "$script" || bad=1
	done <"$table"
	[ -z "$bad" ]
	finds bom "$start" 'the octets EF BB BF' 'save the file without it'
	finds env-words "$start" 'env bash -x' 'env -S'
	clean named
}

# bats test_tags=long
@test "check: what is buffered, forgotten or never answered is told apart" {
	printf '#!/usr/bin/perl\nwhile (<STDIN>) { print /^hello/ ? "OK 1\\n" : "DEFAULT\\n" }\n' \
		>buffered
	printf '#!/bin/sh\nexec mawk %s\n' \
		"'{ print /^hello/ ? \"OK 1\" : \"DEFAULT\"; fflush() }'" >reads-ahead
	mistake forgotten <<<'on_list() { sendmsg - one; pop3_answered=1; }'
	mistake eats <<<'on_list() { cat <&3 >/dev/null; sendmsg - one; }'
	chmod 755 buffered reads-ahead
	mistake no-end <<<'on_list() { printf OK >&4; pop3_answered=1; }'
	mistake no-end-at-all <<<'on_list() { printf OK >&4; exit; }'
	mistake no-body <<<'on_retr() { sendok; }'
	for name in buffered reads-ahead forgotten eats no-end no-end-at-all no-body; do
		try "$name" --timeout 1 "$work/$name"
	done
	tried
	finds buffered "$result" 'when its input ended there came' 'flush'
	finds reads-ahead "$result" 'when its input ended there came' \
		'mawk -W interactive'
	finds forgotten "$result" 'but lines like .msg' 'on every way through'
	finds no-end "$result" 'list demo.*; its last line, .OK., has no line feed$' \
		'end each line with a line feed'
	finds no-end-at-all "$result" \
		'status 0, and its last line has no line feed$' 'go on after'
	finds no-body 'each message can be had' '.retr 1 one. was answered OK without a body$' \
		'senddata COMMAND'
	finds eats "$result" 'while this ran: .cat.; when its input' '</dev/null'
}

# bats test_tags=long
@test "check --delete: what is promised is removed, for ever, on a full disk too" {
	local keeps='on_list() {
		for uid in one two three; do
			grep -qxF "$uid" gone 2>/dev/null || sendmsg - "$uid"
		done
	}'
	mistake good <<-END
		$keeps
		on_expunge() { echo "\$2" >>gone || return 2; }
	END
	mistake memory <<<'on_list() { sendmsg - one; }; on_expunge() { gone=$2; }'
	mistake promises <<-END
		$keeps
		on_expunge() { echo "\$2" >>gone; return 0; }
	END
	mistake all <<-END
		$keeps
		on_expunge() { printf '%s\n' one two three >>gone || return 2; }
	END
	mistake refuses <<<'on_expunge() { rm -- /none/such; }'
	# Its unique-ids are places in a list, and one is used again.
	mistake index <<-'END'
		on_list() {
			set -- mails/*
			n=0
			for file; do
				sendmsg - "$n"
				n=$((n + 1))
			done
		}
		file() { set -- "$1" mails/*; shift "$1"; echo "$2"; }
		on_retr() { senddata mail "$(file "$2")"; }
		on_expunge() { rm -- "$(file "$2")"; }
	END
	# ... and new ones in each session.
	mistake new <<-'END'
		on_list() {
			for file in mails/*; do
				sendmsg - "$$-${file#*/}"
			done
		}
		on_retr() { senddata mail "${2#*-}"; }
		on_expunge() { rm -- "mails/${2#*-}"; }
	END
	for name in index new; do
		mkdir -p "tries/$name/mails"
		touch "tries/$name/mails/one" "tries/$name/mails/two"
	done
	for name in good memory promises all refuses index new; do
		try "$name" --delete "$work/$name"
	done
	mistake never <<<:
	try never --delete "$work/never"
	try untold "$work/good"
	tried
	clean good
	[ "$(cat tries/good/gone)" = one ]
	finds promises 'what cannot be written is not promised' \
		'where no file could be written' 'the status of each write'
	finds memory 'what was said to be removed is gone' 'in the next session' \
		'before OK' 'what cannot be written is not promised'
	finds all 'what was said to be removed is gone' 'the other messages' \
		'and no other'
	finds refuses 'what was said to be removed is gone' 'No such file' \
		'let this user remove it'
	finds index 'a unique-id stands for one body' \
		'that unique-id was used again for another mail' 'no place in a list'
	[ "$(grep -c '# SKIP a unique-id was used again' tries/index/told)" -eq 2 ]
	[ "$(ls tries/index/mails)" = two ]
	finds new 'the next session has the same unique-ids' 'in the next session' \
		'what stays the same'
	[ "$(grep -c '# SKIP nothing is removed where' tries/new/told)" -eq 2 ]
	[ "$(echo tries/new/mails/*)" = 'tries/new/mails/one tries/new/mails/two' ]
	clean never 'expunge is answered DEFAULT'
	# Without being told it removes nothing.
	clean untold
	[ ! -e tries/untold/gone ]
}

# bats test_tags=long
@test "check: the examples of the manuals, and the installed backends, are clean" {
	local name
	for name in welcome plain python perl xnow user-and-pass queue hand-over; do
		example pop3-skel-backend.7 "$name" >"$name"
	done
	example pop3-skel.sh.7 welcome >library
	example pop3-skel.sh.7 report | sed "s/df -P/echo/" >report
	mkdir notes accounts queue.d
	touch notes/a.txt notes/b.txt notes/c.txt
	for name in new/1.a new/2.b new/3.c; do
		printf '%s\n' 'From: a@example.org' "Message-ID: <$name@example.org>" \
			'Date: Tue, 1 Dec 2026 12:00:00 +0000' '' text >"$box/$name"
		cp "$box/$name" queue.d
	done
	mkdir accounts/demo
	echo demo >accounts/demo/password
	cp -R "$box" accounts/demo/Maildir
	cp -R "$box" alone
	chmod 755 welcome plain python perl xnow user-and-pass queue hand-over \
		library report
	own
	for name in welcome plain python xnow user-and-pass library report; do
		try "$name" "$work/$name"
	done
	try perl --delete "$work/perl" "$work/notes"
	try queue --delete "$work/queue" "$work/queue.d"
	try hand-over "$work/hand-over" "$work/accounts"
	try maildir --delete maildir -u "$work/users"
	try preauth --preauth demo maildir --serve "$work/alone"
	mkdir delays
	chmod 777 delays
	mkdir later
	cp -R alone later/Maildir
	echo "demo:{PLAIN}demo::::$work/later" >later-users
	try login-delay --delete login-delay 300 "$work/delays" maildir \
		-u "$work/later-users"
	tried
	for name in welcome plain python xnow user-and-pass library report; do
		clean "$name"
	done
	clean hand-over
	clean perl none
	clean queue none
	clean maildir none
	clean preauth 'delete|preauth'
	clean login-delay LOGIN-DELAY
	# To remove writes nothing, so the second time another one went.
	[ "$(ls notes)" = c.txt ]
	[ "$(ls queue.d)" = 3.c ]
	[ "$(stored | wc -l)" -eq 1 ]
}

# bats test_tags=long
@test "check: a resident backend; one that becomes another; a user of its own" {
	local at=$BATS_TEST_TMPDIR/socket
	sqlite() {
		python3 -c 'import sqlite3, sys
db = sqlite3.connect("store")
db.execute("CREATE TABLE mail (id INTEGER PRIMARY KEY, text)")
for n in 1, 2, 3:
    db.execute("INSERT INTO mail (text) VALUES (?)", ["""From: a@example.org
Date: Tue, 1 Dec 2026 12:00:00 +0000
Message-ID: <%d@example.org>

text""" % n])
db.commit()'
	}
	sqlite
	example pop3-skel-backend.7 resident >resident
	mkdir "$at"
	[ "$EUID" -ne 0 ] || chown "$common_uid" "$at"
	start resident python3 ./resident "$at/s" "$work/store"
	wait_until 20 [ -S "$at/s" ]
	mistake own-user <<<'on_login() { [ "$1:$2" = "alice: a secret " ]; }'
	try resident --delete "unix:$at/s"
	try nobody-there --timeout 1 "unix:$at/none"
	try own-user --user alice --password-fd 4 "$work/own-user" 4<<<' a secret '
	try wrong-user --user alice --password-fd 4 "$work/own-user" 4<<<'hunter2'
	try unasked "$work/own-user"
	tried
	clean resident resident
	[ "$(python3 -c 'import sqlite3
print(*sqlite3.connect("store").execute("SELECT id FROM mail"))')" = '(2,) (3,)' ]
	finds nobody-there 'it starts' 'none: No such file' 'start the resident'
	clean own-user
	finds wrong-user 'a user with the right password is let in' \
		'login was answered ERR' 'let this user in'
	refute grep -r hunter2 tries/wrong-user
	clean unasked 'tell who is|let in'
	[ "$EUID" -eq 0 ] || return 0
	# As root it is nobody who runs it, unless root is meant.
	mistake who <<<'on_list() { id -u >uid; sendmsg - one; }'
	chmod 777 .
	"$check" ./who >told
	[ "$(cat uid)" = "$common_uid" ]
	"$check" --run-as root ./who >told
	[ "$(cat uid)" = 0 ]
}

@test "check: on a terminal a table, in colour where it is wanted; its own usage" {
	local words
	mistake good <<<:
	mistake bad <<<'on_list() { sendmsg - one; sendmsg - one; }'
	on_terminal() {
		script -qec "stty cols 90; $1 $check ./$2" /dev/null >shown </dev/null || :
		awk 'length > 104' shown >long
		[ ! -s long ]
	}
	on_terminal TERM=xterm good
	grep -q $'\033\\[32mgood\033\\[0m  *it starts' shown
	grep -q '^.*21 good, 0 to change' shown
	on_terminal 'NO_COLOR=1 TERM=xterm' bad
	refute grep -q $'\033' shown
	grep -q '^  CHANGE  *each message has a unique-id of its own' shown
	grep -q '^  *change  *give each message a unique-id of its own' shown
	grep -q '^20 good, 1 to change' shown
	# Who is asked for the password, and gives none.
	status=0
	timeout 60 python3 -c 'import os, pty, sys
pid, at = pty.fork()
if not pid:
    os.execv(sys.argv[1], sys.argv[1:])
seen = b""
try:
    while piece := os.read(at, 999):
        seen += piece
        if seen.endswith(b"x: "):
            os.write(at, b"\4")
except OSError:
    pass
print(seen.decode().replace("\r", ""))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))' \
		"$check" --user x ./good >shown || status=$?
	[ "$status" -eq 64 ]
	grep -q 'pop3-skel-check: no password was given$' shown
	refute grep -q Traceback shown
	for words in '' --nonsense '--user x ./good' '--password-fd 0 ./good' \
		'--messages 0 ./good' '--timeout 0 ./good' '--timeout x ./good'; do
		status=0
		# shellcheck disable=SC2086 # Words.
		"$check" $words </dev/null >out 2>log || status=$?
		[ "$status" -eq 64 ]
		[ ! -s out ]
		[ "$(wc -l <log)" -eq 1 ]
		grep -q '^pop3-skel-check: ' log
	done
}

@test "check: the session that its manual shows" {
	example pop3-skel-check.8 bare >bare
	chmod 755 bare
	own
	try bare "$work/bare"
	tried
	# Long lines are cut there.
	example pop3-skel-check.8 told | sed 's/\.\.\.$//' >wanted
	grep -A 3 '^not ok 4' tries/bare/told >got
	paste -d '\n' wanted got | while read -r line && read -r whole; do
		[[ $whole == "$line"* ]] || printf '%s\n%s\n' "$line" "$whole"
	done | tee wrong
	[ ! -s wrong ]
}
