# SPDX-License-Identifier: ISC
# What was a password is overwritten as soon as it has served.

load ../lib/common

prepare() {
	[ "$(id -u)" -eq 0 ] || skip "needs root, to look into processes"
	# So that the text stands nowhere else, not even in an argument.
	password=$(printf 'nee%s' dle-in-a-haystack)
	printf '%s\n' "demo:{PLAIN}$password::::$work/demo" >users
	# The loader saves registers, with what was copied through them, on the
	# stack, where it binds lazily, as the sanitizers do.
	export LD_BIND_NOW=1
	look="! $top/test/lib/in-memory"
}

b64() {
	# shellcheck disable=SC2059 # The format is the point.
	printf "$@" | base64 -w 0
}

# after STATEMENTS: logs in by these; then neither process holds the password.
after() {
	talk <<-END
		expect +OK *
		$1
		expect +OK *
		send NOOP
		expect +OK *
		shell $look \$PID dle-in-a-haystack ${2-}
		shell for pid in \$(ps -o pid= --ppid \$PID); do $look \$pid dle-in-a-haystack ${2-} || exit 1; done
		send QUIT
		expect +OK *
		eof
	END
}

# bats test_tags=long
@test "a search that finds what is there" {
	talk <<-END
		expect +OK *
		send USER a-name-to-be-found
		expect +OK *
		shell $top/test/lib/in-memory \$PID a-name-to-be-found
	END
}

# bats test_tags=long
@test "after PASS no process holds the password" {
	after "send USER demo
		expect +OK*
		send PASS $password"
}

# bats test_tags=long
@test "after AUTH PLAIN and LOGIN no process holds it, nor its base64" {
	local text
	text=$(b64 '\0demo\0%s' "$password")
	after "send AUTH PLAIN $text" "${text:20}"
	after "send AUTH PLAIN
		expect + *
		send $text" "${text:20}"
	text=$(b64 '%s' "$password")
	after "send AUTH LOGIN
		expect + *
		send $(b64 demo)
		expect + *
		send $text" "${text:8}"
}

# bats test_tags=long
@test "after a failed login no process holds what was tried" {
	after "send USER demo
		expect +OK*
		send PASS wrong-dle-in-a-haystack
		expect -ERR *
		send USER demo
		expect +OK*
		send PASS $password"
}

# bats test_tags=long
@test "after a token no process holds it" {
	backend_script <<-'END'
	while IFS= read -r line; do
		case $line in
		'hello '*) printf '%s\n' 'sasl XOAUTH2 OAUTHBEARER' 'OK 1' ;;
		*)
			echo OK
			exec "$POP3_SKEL_BACKENDS/maildir" --serve demo/Maildir
			;;
		esac
	done
	END
	local text
	text=$(b64 'user=demo\1auth=Bearer %s\1\1' "$password")
	after "send AUTH XOAUTH2 $text" "${text:30:20}"
	# Nor one whose end was mistyped.
	talk <<-END
		expect +OK *
		send AUTH XOAUTH2 ${text%????}AB*=
		expect -ERR invalid base64
		send NOOP
		expect -ERR *
		shell $look \$PID dle-in-a-haystack ${text:30:20}
	END
}

# bats test_tags=long
@test "after a login by checkpassword no process holds the password" {
	printf '%s\n' '#!/bin/sh' 'cat <&3 >/dev/null' 'cd demo' \
		'exec "$@" 3<&-' >checker
	chmod a+rx checker
	backend=(checkpassword "$work/checker")
	after "send USER demo
		expect +OK*
		send PASS $password"
}

# private PID PROGRAM: it runs this one, and its /proc is root's, as it is where
# nobody may look in.
private() {
	[ "/proc/$1/exe" -ef "$2" ] &&
		[ "$(stat -c %u "/proc/$1/environ")" -eq 0 ]
}

# hidden NAME COMMAND [ARG]...: a process of ours, waiting for its input, into
# which another of the same user cannot look.
hidden() {
	local pid
	echo "$@"
	mkfifo "$1"
	exec {input}<>"$1"
	"${user_prefix[@]}" "${@:2}" <"$1" >/dev/null 3>&- {input}>&- &
	pid=$!
	started+=("$pid")
	wait_until 10 private "$pid" "$2"
	run -1 as_user ./peek "$pid"
	kill "$pid"
	exec {input}>&-
}

# bats test_tags=long
@test "another process of the same user does not look into ours" {
	local name
	gcc -D_GNU_SOURCE -o peek "$top/test/lib/peek.c"
	own
	# This is how it looks where one may.
	start other sleep 60
	run -0 as_user ./peek "$pid"
	[ "$(wc -l <<<"$output")" -eq 6 ]
	hidden skel "$SKEL" "${options[@]}" -- "${backend[@]}"
	hidden maildir "$POP3_SKEL_BACKENDS/maildir" -u users
	hidden serve "$POP3_SKEL_BACKENDS/maildir" --serve "$box"
	hidden checkpassword "$POP3_SKEL_BACKENDS/checkpassword" true
	mkdir times
	hidden login-delay "$POP3_SKEL_BACKENDS/login-delay" 1 times cat
	for name in pam sasl maildir-crypt; do
		[ ! -x "$POP3_SKEL_BACKENDS/$name" ] ||
			hidden "$name" "$POP3_SKEL_BACKENDS/$name"
	done
	[ ! -x "$ACCEPT" ] ||
		hidden accept "$ACCEPT" --listen "127.0.0.1:$(free_port)"
}

@test "nor into those of a session, before and after the login" {
	gcc -D_GNU_SOURCE -o peek "$top/test/lib/peek.c"
	cat >look <<-'END'
	for pid in $1 $(pgrep -P "$1"); do
		setpriv --reuid=65534 --regid=65534 --clear-groups \
			./peek "$pid" && exit 1
	done
	[ -n "$pid" ]
	END
	talk <<-END
		expect +OK *
		shell sh ./look \$PID
		send USER demo
		expect +OK *
		send PASS $password
		expect +OK *
		shell sh ./look \$PID
		send QUIT
		expect +OK *
		eof
	END
}

@test "leaks are found all the same" {
	printf '%s\n' '#include <stdlib.h>' '#include <sys/prctl.h>' \
		'int main(void) { prctl(PR_SET_DUMPABLE, 0);' \
		'void *volatile p = malloc(4711); p = NULL; return 0; }' >leak.c
	gcc -fsanitize=address -o leak leak.c "$top/test/leaks.c"
	run -23 as_user env ASAN_OPTIONS=exitcode=23 ./leak
	[[ $output == *'of 4711 byte(s)'* ]]
}
