# SPDX-License-Identifier: ISC
# What `option` and --login-delay, --expire announce, and what they may not.

load ../lib/common

# options_are HELLO LOGIN: what the backend's two answers hold, printf formats
options_are() {
	# shellcheck disable=SC2059 # They are formats.
	printf "$1" >hello
	# shellcheck disable=SC2059
	printf "$2" >login
	backend_script <<-'END'
	while IFS= read -r line; do
		case $line in
		'hello '*) cat hello; echo 'OK 1' ;;
		'login '*) cat login; echo OK ;;
		'list '*) echo OK ;;
		*) echo DEFAULT ;;
		esac
	done
	END
}

# tags TAG: its lines, from both states, on one line
tags() {
	grep "^$1" out | tr -d '\r' | paste -sd ,
}

@test "P5.7 P5.9: the option of the command line, and the backend's over it" {
	options+=(--login-delay 300 --expire 60)
	options_are '' ''
	session CAPA "${login[@]}" CAPA QUIT
	[ "$(tags LOGIN-DELAY)" = 'LOGIN-DELAY 300,LOGIN-DELAY 300' ]
	[ "$(tags EXPIRE)" = 'EXPIRE 60,EXPIRE 60' ]
	options_are 'option login-delay 900 USER\noption expire 0 USER\n' \
		'option login-delay 10\noption expire NEVER\n'
	session CAPA "${login[@]}" CAPA QUIT
	[ "$(tags LOGIN-DELAY)" = 'LOGIN-DELAY 900 USER,LOGIN-DELAY 10' ]
	[ "$(tags EXPIRE)" = 'EXPIRE 0 USER,EXPIRE NEVER' ]
}

@test "P5.7 P5.9: USER stands before the login alone, whoever said it" {
	options_are 'option expire 30 USER\n' \
		'option login-delay 5 USER\noption expire 7 USER\n'
	session CAPA "${login[@]}" CAPA QUIT
	[ "$(tags LOGIN-DELAY)" = 'LOGIN-DELAY 5' ]
	[ "$(tags EXPIRE)" = 'EXPIRE 30 USER,EXPIRE 7' ]
}

@test "P5.7: what was told with a login that failed is not announced" {
	options_are 'option expire 30\n' 'option expire 7\n'
	sed -i "s/cat login; echo OK/cat login; echo ERR/" backend
	session CAPA "${login[@]}" CAPA QUIT
	[ "$(tags EXPIRE)" = 'EXPIRE 30,EXPIRE 30' ]
}

@test "P5.9: fetch-once announces EXPIRE 0 over everything" {
	options+=(--mode fetch-once --expire NEVER)
	options_are 'option expire 30\n' 'option expire 7\n'
	session CAPA "${login[@]}" CAPA QUIT
	[ "$(tags EXPIRE)" = 'EXPIRE 0,EXPIRE 0' ]
}

# bats test_tags=long
@test "what cannot be announced: a fault of the backend's, usage on ours" {
	local bad
	for bad in 'login-delay NEVER' 'login-delay -1' 'login-delay 3 user' \
		'login-delay 3  USER' 'login-delay 3 USER ' 'login-delay ' \
		'login-delay' 'login-delay 18446744073709551616' 'expire never' \
		'expire x' 'expire 1 2' 'expire' 'retention 7' 'expire 3s'; do
		options_are "option $bad\\n" ''
		session CAPA QUIT
		matches '-ERR [SYS/TEMP] *'
		logged 'fault .*request=hello'
	done
	options_are '' 'option expire soon\n'
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
	logged 'fault .*request=login'
	for bad in '--expire never' '--expire -1' '--expire 0x1' \
		'--login-delay NEVER' '--login-delay 5s' '--login-delay='; do
		# shellcheck disable=SC2086 # Words.
		run -64 "$SKEL" $bad </dev/null
	done
}
