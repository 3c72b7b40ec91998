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
	sed '/^$/,$d' mail | cut -d ' ' -f 1 | paste -s | grep -qx \
		$'From:\tSubject:\tDate:\tMessage-ID:'
	grep -q '^-ERR \[AUTH\]' out
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
