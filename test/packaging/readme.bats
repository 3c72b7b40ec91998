# SPDX-License-Identifier: ISC
# README.md keeps its word.
#
# bats file_tags=once

load ../lib/common

prepare() {
	readme=$top/README.md
}

@test "README: the backend in six lines is a mailbox, its mail has a head" {
	[ "$(grep -c '^```sh$' "$readme")" -eq 1 ]
	sed -n '/^```sh$/,/^```$/p' "$readme" | sed '/^```/d' >six
	[ "$(wc -l <six)" -eq 6 ]
	chmod a+rx six
	backend=("$work/six")
	session 'USER demo' 'PASS wrong' 'USER demo' 'PASS demo' 'RETR 1' QUIT
	sed -e 's/\r$//' -e '1,6d' -e '/^\.$/,$d' out >mail
	sed '1,/^$/d' mail | cmp - /etc/motd
	sed '/^$/,$d' mail | grep -o '^[^ ]*:' | paste -s >fields
	[[ $(cat fields) == $'From:\tSubject:\tDate:\tMessage-ID:\tMIME-Version:\t'* ]]
	grep -q '^-ERR \[AUTH\]' out
}

@test "README: the lines in the picture of a session are those of a session" {
	backend_script <<-'END'
	. "$POP3_SKEL_SH"
	on_login() { [ "$1:$2" = demo:demo ]; }
	on_list() { sendmsg - welcome-1; }
	on_retr() { senddata mail_new 'Message of the day' /etc/motd; }
	on_expunge() { :; }
	on_commit() { :; }
	pop3_run
	END
	options+=(-d)
	talk <<-END
		$begin
		send RETR 1
		expect +OK *
		body
		send DELE 1
		expect +OK *
		$end
	END
	# Its words up to what differs from session to session, in their order.
	sed -n 's/.*class="l"[^>]*>\([^<]*\)<.*/\1/p' "$top/src/manual/session.svg" |
		sed -e '/up to a dot/d' -e 's/[,…].*//' -e 's/octets//' -e 's/ *$//' \
			-e 's/^+OK [0-9]*$/+OK/' -e 's/^PASS .*/PASS ***/' >pictured
	[ "$(wc -l <pictured)" -gt 20 ]
	grep 'trace session' log | sed -n 's/.*\(client\|backend\)="[<>] \(.*\)"$/\2/p' >seen
	[ "$(wc -l <seen)" -gt 20 ]
	awk 'NR == FNR { seen[++n] = $0; next }
		{ do { if (++at > n) { print "not said: " $0; exit 1 } }
		  while (index(seen[at], $0) != 1) }' seen pictured
}

@test "pop3-skel in the folder that it was built in finds library and backends" {
	mkdir -p build/backends
	cp "$POP3_SKEL_BUILD/src/pop3-skel" build
	cp "$POP3_SKEL_BUILD"/src/backends/{pop3-skel.sh,percall,maildir,make-mail} \
		build/backends
	[ ! -e /usr/local/share/pop3-skel ] || skip 'one is installed'
	unset POP3_SKEL_SH POP3_SKEL_BACKENDS
	SKEL=$work/build/pop3-skel
	session 'USER demo' 'PASS demo' QUIT
	matches '+OK *' '+OK*' '+OK 0 *' '+OK *'
	sed -n '/^```sh$/,/^```$/p' "$readme" | sed '/^```/d' >six
	chmod a+rx six
	backend=("$work/six")
	session 'USER demo' 'PASS demo' 'TOP 1 0' QUIT
	grep -q '^Message-ID: ' out
	printf 'env >environment\n' >>six
	session QUIT
	grep -qx "POP3_SKEL_BACKENDS=$work/build/backends" environment
	# What is said is said.
	export POP3_SKEL_SH=/nowhere/pop3-skel.sh
	session QUIT
	matches '-ERR *'
	logged 'text=.*/nowhere/pop3-skel.sh'
}

@test "README: every file, program and option that it names is there" {
	# What is in backquotes and looks like one.
	grep -oE '`[^`]+`' "$readme" | tr -d '`' | sort -u >named
	while IFS= read -r name; do
		case $name in
		./scripts/*) name=${name%% *} && [ -x "$top/$name" ] ;;
		scripts/* | src/* | test/*) [ -e "$top/$name" ] ;;
		*.c) find "$top/src" -name "${name##*/}" | grep -q . ;;
		*'('[0-9]')')
			find "$POP3_SKEL_STAGE/root" -name "${name%(*}.${name: -2:1}*" |
				grep -q .
			;;
		--*) "$SKEL" --help | grep -q -e "$name" ;;
		*) continue ;;
		esac || { printf 'README names %s\n' "$name" && return 1; }
	done <named
	[ "$(grep -c . named)" -gt 20 ]
}

@test "README: the picture has every folder of the house" {
	local name
	sed -n '/^## The code/,/^## Goals/p' "$readme" >code
	for name in "$top"/src/*/; do
		name=${name%/}
		grep -qw "${name##*/}/" code || { printf 'not there: %s\n' "$name" && return 1; }
	done
}
