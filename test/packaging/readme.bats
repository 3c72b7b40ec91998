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
