# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034 # For the tests.
#
# What the tests of pop3-skel share. At the head of a .bats file:
#
#	load ../lib/common
#
# and, where each of its tests begins alike, or the file needs something once:
#
#	prepare() { messages new/1.a; }
#	prepare_file() { ...; }
#
# The programs under test come from $POP3_SKEL_BUILD, the folder of a meson
# build: POP3_SKEL_BUILD=$PWD/build/ordinary bats test/pop3/quit.bats. scripts/test sets
# it, once per build.
#
# Each test then stands in a scratch folder of its own ($work, the current
# folder) that belongs to an ordinary user. Where the tests run as root, what
# is under test runs as that user, since pop3-skel refuses root. There are
#
#	$SKEL			pop3-skel
#	$ACCEPT			pop3-skel-accept (not in the static build)
#	$POP3_SKEL_BACKENDS	the folder of the installed backends
#	$POP3_SKEL_SH		the shell library
#	$TALK			talk.py; see there, or `talk` below
#	$box			the Maildir of "demo" (password "demo"), empty
#	$options, $backend	arrays: the words before and after `--`. They begin
#				as `--cleartext always --auth-delay 0` and as
#				`maildir -u $work/users`
#	$login			an array: demo's login, for `session`
#	$begin, $end		the same, and QUIT, for `talk`
#	$turned_away		... where that login is TEMP
#	$top			the top of the source tree
#
# and the functions below. A test with a backend of its own:
#
#	@test "P2.3 QUIT before a login: no commit" {
#		backend_script <<-'END'
#		while IFS= read -r line; do
#			printf '%s\n' "$line" >>requests
#			echo 'OK 1'
#		done
#		END
#		session QUIT
#		matches '+OK *' '+OK *'
#		[[ $(cat requests) = 'hello 1 '* ]]
#	}
#
# Test names hold no "number sign"; jobs in the background get 3>&-; nothing
# sleeps to give something time: wait_until.

common_uid=65534
common_here=$PWD
cd "${BASH_SOURCE[0]%/*}" || exit 1
common_lib=$PWD
cd "$common_here" || exit 1
top=${common_lib%/*/*}
# shellcheck source=test/lib/place.bash
. "$common_lib/place.bash"

setup_file() {
	place_kept
	common_setup_file
	prepare_file
}
prepare_file() { :; }

setup() {
	place_kept
	common_setup
	prepare
}
prepare() { :; }

teardown() {
	common_teardown
}

# Once per file: puts the programs where an ordinary user reaches them.
common_setup_file() {
	bats_require_minimum_version 1.5.0
	: "${POP3_SKEL_BUILD:?is to be the folder of a meson build}"
	common_python "$BATS_FILE_TMPDIR" || return 1
	if [ -z "${POP3_SKEL_STAGE-}" ]; then
		common_stage "$POP3_SKEL_BUILD" "$BATS_FILE_TMPDIR/stage" || return 1
		POP3_SKEL_STAGE=$BATS_FILE_TMPDIR/stage
	fi
	over_pipes=$POP3_SKEL_STAGE/over-pipes
	common_umask=$(umask)
	common_idle=$BATS_FILE_TMPDIR/idle
	mkfifo "$common_idle" || return 1
	export POP3_SKEL_STAGE over_pipes common_umask common_idle
	chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
}

# Where python3 is a script that looks for one, or has much to load, each start
# costs as much as a whole test: found once, here or by scripts/test, and the
# system's own, for which packages have what the tests use. $PATH begins with the
# folder $1/python, which has a link to it.
common_python() {
	[ -z "${POP3_SKEL_PYTHON-}" ] || return 0
	POP3_SKEL_PYTHON=/usr/bin/python3
	[ -x "$POP3_SKEL_PYTHON" ] ||
		POP3_SKEL_PYTHON=$(python3 -c 'import sys; print(sys.executable)') ||
		return 1
	mkdir -p "$1/python" && ln -sf "$POP3_SKEL_PYTHON" "$1/python/python3" ||
		return 1
	chmod a+rx "$1" "$1/python"
	export POP3_SKEL_PYTHON PATH=$1/python:$PATH
}

# Installs the build in the folder $1 below the folder $2, and makes the links
# sbin, libexec, share, man, systemd there, whatever the build's prefix is.
common_stage() {
	local name
	mkdir -p "$2" && chmod a+rx "$2" || return 1
	meson install -C "$1" --quiet --no-rebuild --destdir "$2/root" \
		>/dev/null || return 1
	for name in 'sbin:*/sbin' 'libexec:*/libexec/pop3-skel' \
		'share:*/share/pop3-skel' 'man:*/share/man' \
		'systemd:*/lib/systemd/system'; do
		ln -s "$(find "$2/root" -path "${name#*:}" -type d | head -n 1)" \
			"$2/${name%%:*}" 2>/dev/null || :
	done
	# What a session over pipes is run by.
	[ -x "$2/over-pipes" ] ||
		gcc -O1 -static -o "$2/over-pipes" "$common_lib/over-pipes.c" ||
		return 1
	[ -x "$2/sbin/pop3-skel" ]
}

# Whether AddressSanitizer is inside the program $1, or beside it.
common_sanitized() {
	nm "$1" 2>/dev/null | grep -c __asan_init >/dev/null
}

# The libraries that the program $1 needs, sorted, one a line, without the
# sanitizers' and what those need.
common_needed() {
	local also=
	! common_sanitized "$1" || also='/^lib\(asan\|ubsan\|m\|gcc_s\)\.so/d'
	readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]$/\1/p' |
		sed -e "$also" | sort
}

# Once per test.
common_setup() {
	export LC_ALL=C
	unset CREDENTIALS_DIRECTORY XDG_RUNTIME_DIR NOTIFY_SOCKET
	SKEL=$POP3_SKEL_STAGE/sbin/pop3-skel
	ACCEPT=$POP3_SKEL_STAGE/sbin/pop3-skel-accept
	TALK=$common_lib/talk.py
	export SKEL TALK
	export POP3_SKEL_BACKENDS=$POP3_SKEL_STAGE/libexec
	export POP3_SKEL_SH=$POP3_SKEL_STAGE/share/pop3-skel.sh
	work=$BATS_TEST_TMPDIR/work
	box=$work/demo/Maildir
	mkdir -p "$box/new" "$box/cur" "$box/tmp"
	cd "$work" || return 1
	printf '%s\n' "demo:{PLAIN}demo::::$work/demo" >users
	options=(--cleartext always --auth-delay 0)
	backend=(maildir -u "$work/users")
	login=('USER demo' 'PASS demo')
	begin='expect +OK *
send USER demo
expect +OK*
send PASS demo
expect +OK *'
	turned_away='expect +OK *
send USER demo
expect +OK *
send PASS demo
expect -ERR [SYS/TEMP] *'
	end='send QUIT
expect +OK *
eof'
	[ "$common_umask" = 0022 ] || chmod a+rx "$BATS_TEST_TMPDIR"
	own
}

# Ends what `start` and `serve` started. (mail in folders that a test made
# unreadable must not stay behind)
common_teardown() {
	local pid
	for pid in "${started[@]}"; do
		kill "$pid" 2>/dev/null || :
	done
	for pid in "${started[@]}"; do
		wait_until 5 gone "$pid" || kill -KILL "$pid" 2>/dev/null || :
	done
	[ "$EUID" -eq 0 ] || chmod -R u+rwX "$work" 2>/dev/null || :
}
started=()

gone() {
	! kill -0 "$1" 2>/dev/null
}

# Gives the scratch folder, and all in it, to the ordinary user.
own() {
	[ "$EUID" -eq 0 ] || return 0
	# It is smaller than chown, and is not everywhere: not in a systemd of ours.
	if [ "$PWD" != "$work" ] || [ -z "${over_pipes-}" ] ||
		! "$over_pipes" -u "$common_uid"; then
		chown -hR "$common_uid:$common_uid" "$work"
	fi
}

# Runs a command as the ordinary user.
as_user() {
	"${user_prefix[@]}" "$@"
}
user_prefix=()
common_drop=(setpriv --reuid="$common_uid" --regid="$common_uid"
	--clear-groups --)
[ "$EUID" -ne 0 ] || user_prefix=("${common_drop[@]}")

# What the programs have open, and what they hand to the system, is hidden from
# their own user: who looks there is root, or the test is skipped.
need_sight() {
	[ "$EUID" -eq 0 ] || skip "only root looks into our programs"
}

# Makes $traced what is to stand before a command: it then runs as the ordinary
# user, traced by strace(1), with these options of strace's, into the file
# `trace`. It is root who traces, and LeakSanitizer, which cannot work under
# strace, stays away.
tracing() {
	need_sight
	strace -o /dev/null true 2>/dev/null || skip "strace cannot trace here"
	traced=(env "ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0"
		strace -qq -o "$work/trace" "$@" "${common_drop[@]}")
}

# One session over pipes: sends each argument with a CRLF, all at once, then
# the end of input. `out` holds what came back, byte for byte, `log` the
# stderr, $status the exit status.
session() {
	: >sent
	[ $# -eq 0 ] || printf '%s\r\n' "$@" >sent
	session_from sent
}

# ... sends what printf makes of its arguments: session_raw 'USER a\r\nQUIT'
session_raw() {
	# shellcheck disable=SC2059 # The format is the point.
	printf "$@" >sent
	session_from sent
}

# ... sends what a file holds.
session_from() {
	local -a as=()
	local -a prefix=("${user_prefix[@]}")
	if [ "${prefix[*]}" = "${common_drop[*]}" ]; then
		as=(-u "$common_uid")
		prefix=()
	fi
	: >out
	: >log
	# It gives away the current folder alone.
	[ "${as[*]}:$PWD" = "-u $common_uid:$work" ] || own
	status=0
	"$over_pipes" "${as[@]}" "$1" out log "${prefix[@]}" "$SKEL" \
		"${options[@]}" -- "${backend[@]}" || status=$?
}

# One session as a client that waits for its answers: the statements of
# talk.py on stdin, its options as arguments (talk --on tcp <<'END'). The log
# is in `log`.
talk() {
	own
	# LeakSanitizer works from a process of its own, which a terminal's
	# hang-up ends as well, and is waited for without end.
	[[ " $* " != *' --on pty '* ]] ||
		local -x ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0
	"$TALK" --stderr log "$@" -- "${user_prefix[@]}" "$SKEL" \
		"${options[@]}" -- "${backend[@]}"
}

# The command fails. (`!` alone fails no test)
refute() {
	if "$@"; then
		return 1
	fi
}

# `out` has exactly these lines, each with CRLF.
replies() {
	printf '%s\r\n' "$@" >expected
	cmp -s expected out && return
	diff <(cat -A expected) <(cat -A out)
	return 1
}

# `out` has as many lines as there are arguments, each line with CRLF and
# matched by its argument, where only * is special: matches '+OK*' '-ERR [A]*'
matches() {
	local lines i pattern good=1
	mapfile -t lines <out
	lines=("${lines[@]/%$'\r'/<CR>}")
	[ "${#lines[@]}" -eq $# ] || good=
	for ((i = 0; i < $#; i++)); do
		pattern=${*:i+1:1}
		pattern=${pattern//\\/\\\\}
		pattern=${pattern//\[/\\[}
		pattern=${pattern//\]/\\]}
		pattern=${pattern//\?/\\?}
		# shellcheck disable=SC2053 # It is a pattern.
		[[ ${lines[i]-} == $pattern'<CR>' ]] || good=
	done
	[ -z "$good" ] || return 0
	printf 'expected:\n'
	printf '  %s\n' "$@"
	printf 'got:\n'
	printf '  %s\n' "${lines[@]}"
	[ ! -s log ] || sed 's/^/log: /' log
	return 1
}

# A file holds lines that end in CRLF, and no other CR or LF (P1.2).
only_crlf() {
	cmp -s <(tr -d "\r" <"$1" | sed "s/\$/\r/") "$1" && return
	printf 'a bare LF or a CR elsewhere in %s\n' "$1"
	return 1
}

# The log has a line that matches this extended regular expression; or none.
logged() {
	grep -qE -e "$1" log && return
	printf 'no line of the log matches %s\n' "$1"
	cat log
	return 1
}
not_logged() {
	grep -E -e "$1" log || return 0
	return 1
}

# Polls a command until it succeeds, the longer the more seldom: wait_until
# SECONDS COMMAND [ARG]... What never has anything to read is a sleep without a
# process.
wait_until() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000)) nap=10
	shift
	until "$@"; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		nap=$((nap < 60 ? nap + nap / 2 : 90))
		if [ -p "${common_idle-}" ]; then
			read -r -t "0.0$nap" <>"$common_idle" || :
		else
			sleep "0.0$nap"
		fi
	done
}

# Makes stdin, a POSIX shell script without its first line, the backend.
backend_script() {
	local script
	IFS= read -r -d '' script || :
	printf '#!/bin/sh\n%s' "$script" >"$work/backend"
	chmod a+rx "$work/backend"
	backend=("$work/backend")
}

# Stores stdin as a message of demo's: mail new/1.a
mail() {
	cat >"$box/$1"
}

# A small message of demo's for each name.
messages() {
	local name
	for name; do
		printf 'Subject: %s\n\ntext of %s\n' "$name" "$name" >"$box/$name"
	done
}

# These files were changed long ago: so what is counted of them is kept.
aged() {
	touch -ch -d '1 hour ago' "$@"
}

# The number of the first of two twins, by their names, in a list of them alone.
twin_number() {
	local first other
	first=$(stat -c %i "$box/$1")
	other=$(stat -c %i "$box/$2")
	echo "$((1 + (first > other)))"
}

# The names of what is in the Maildir, in order.
stored() {
	(cd "$box" && find new cur -type f | sort)
}

# Starts a command in the background, as the ordinary user, its stderr in the
# file `NAME.log` and its process in $pid: start NAME COMMAND [ARG]...
start() {
	local name=$1
	shift
	own
	# No function: that would be a shell of its own, with a $pid of its own.
	"${user_prefix[@]}" "$@" </dev/null >"$name.out" 2>"$name.log" 3>&- &
	pid=$!
	started+=("$pid")
}

# Serves the sessions of one port of 127.0.0.1, found in $port, with
# $SKEL, $options and $backend; the log is in serve.log.
serve() {
	port=$(free_port)
	start serve systemd-socket-activate --accept --inetd \
		-E POP3_SKEL_BACKENDS -E POP3_SKEL_SH -E STATE_DIRECTORY \
		-E LC_ALL \
		-l "127.0.0.1:$port" "$SKEL" --log syslog "${options[@]}" -- \
		"${backend[@]}"
	wait_until 5 listening "$port"
}

# A TCP port of loopback that nobody uses now, outside the range that the
# kernel gives to clients, and that no other test of this run gets.
free_port() {
	local candidate taken=${POP3_SKEL_PORTS-$BATS_RUN_TMPDIR}
	until candidate=$((10000 + (RANDOM % 20000)))
		(set -C && : >"$taken/port.$candidate") 2>/dev/null &&
			! listening "$candidate"; do
		:
	done
	printf '%s\n' "$candidate"
}

# The state of what listens is 0A, and its peer has no address and no port.
listening() {
	local hex four six
	printf -v hex '%04X' "$1"
	mapfile -t four </proc/net/tcp
	mapfile -t six 2>/dev/null </proc/net/tcp6 || :
	[[ "${four[*]} ${six[*]}" =~ :$hex\ 0+:0000\ 0A\  ]]
}

# 20 logins of demo's at once, each with so many seconds, for one message: one
# gets in, 19 hear IN-USE, and the mail is listed once. one_of_twenty SECONDS
one_of_twenty() {
	local i pids
	options+=(--debug)
	own
	: >answered
	for i in {1..20}; do
		"$TALK" --stderr "log.$i" --timeout "$1" -- "${user_prefix[@]}" \
			"$SKEL" "${options[@]}" -- "${backend[@]}" \
			>/dev/null 3>&- <<-'END' &
			expect +OK *
			send USER demo
			expect +OK *
			send PASS demo
			match \+OK 1 .*|-ERR \[IN-USE\] .*
			shell echo >>answered
			until [ "$(wc -l <answered)" -eq 20 ]
		END
		pids[i]=$!
	done
	for i in {1..20}; do
		wait "${pids[i]}"
	done
	cat log.* >log
	[ "$(grep -c 'refused .*why="in use"' log)" -eq 19 ]
	[ "$(grep -c 'backend="> list' log)" -eq 1 ]
}
