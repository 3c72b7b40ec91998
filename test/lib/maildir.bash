# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034,SC2154
#
# Helpers for the tests that drive the maildir backend alone, over pipes.
#
# The program stands in $POP3_SKEL_BACKENDS. Where the tests run as root it is
# copied out of the build tree and runs as an ordinary user: root reads what
# cannot be read.

maildir_uid=65534

# Once per file.
maildir_setup_file() {
	: "${POP3_SKEL_BACKENDS:?is to be the folder of the built backends}"
	mkdir "$BATS_FILE_TMPDIR/bin"
	cp "$POP3_SKEL_BACKENDS/maildir" "$BATS_FILE_TMPDIR/bin/"
	if [ -x "$POP3_SKEL_BACKENDS/maildir-crypt" ]; then
		cp "$POP3_SKEL_BACKENDS/maildir-crypt" "$BATS_FILE_TMPDIR/bin/"
	fi
	chmod a+rx "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" \
		"$BATS_FILE_TMPDIR/bin" "$BATS_FILE_TMPDIR/bin/"*
	export POP3_SKEL_BACKENDS=$BATS_FILE_TMPDIR/bin
	export LC_ALL=C
	unset CREDENTIALS_DIRECTORY
}

# Once per test: a folder of the unprivileged user's, with an empty Maildir
# of "demo" and a users file, as the current folder.
maildir_setup() {
	maildir=$POP3_SKEL_BACKENDS/maildir
	work=$BATS_TEST_TMPDIR/work
	box=$work/demo/Maildir
	mkdir -p "$box/new" "$box/cur" "$box/tmp"
	cd "$work" || return 1
	printf '%s\n' "demo:{PLAIN}demo:$maildir_uid:$maildir_uid::$work/demo" \
		>users
	login=('hello 1' 'login demo demo' 'list demo')
	maildir_own
}

# Gives everything to the unprivileged user.
maildir_own() {
	chmod a+rx "$BATS_TEST_TMPDIR"
	if [ "$(id -u)" -eq 0 ]; then
		chown -hR "$maildir_uid:$maildir_uid" "$work"
	fi
}

# Runs a command as that user; as whoever runs the tests where that is not
# root.
as_user() {
	if [ "$(id -u)" -eq 0 ]; then
		setpriv --reuid="$maildir_uid" --regid="$maildir_uid" \
			--clear-groups -- "$@"
	else
		"$@"
	fi
}

# Sends the lines given, all at once, to `maildir -u users` with the words of
# $options. The answers are in `out`, the log in `log`.
ask() {
	: >out
	: >log
	printf '%s\n' "$@" |
		as_user "$maildir" -u users "${options[@]}" >out 2>log
}

# As ask, of `maildir --serve DIR`.
ask_serve() {
	local dir=$1
	shift
	printf '%s\n' "$@" | as_user "$maildir" --serve "$dir" >out 2>log
}

# The `out` is exactly these lines.
answers() {
	printf '%s\n' "$@" >expected
	diff expected out
}

# The names of the messages listed in `out`, in order.
listed() {
	sed -n 's|^msg [^ ]* [^ ]* .*/Maildir/||p' out
}

# A backend that stays, to be asked line by line with `say`.
start_backend() {
	mkfifo requests replies
	as_user "$maildir" -u users "${options[@]}" \
		<requests >replies 2>log 3>&- &
	backend=$!
	exec 8>requests 9<replies
}

# Sends one request; the answer's lines are in the array `reply`.
say() {
	local line
	reply=()
	printf '%s\n' "$1" >&8
	while IFS= read -r -t 10 -u 9 line; do
		reply+=("$line")
		case $line in
		OK | OK\ * | ERR | ERR\ * | TEMP | TEMP\ * | DEFAULT) return ;;
		esac
	done
	return 1
}

stop_backend() {
	exec 8>&- 9<&-
	wait "$backend"
}

message() {
	printf 'Subject: %s\n\ntext\n' "$1" >"$box/$1"
}
