# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2034,SC2154
#
# For the tests that drive the maildir backend alone, over pipes; after
# lib/common and common_setup.

# Once per test. The users file names the uid and gid of the ordinary user;
# $login is what comes before all else.
maildir_setup() {
	maildir=$POP3_SKEL_BACKENDS/maildir
	words=()
	login=('hello 1' 'login demo demo' 'list demo')
	printf '%s\n' "demo:{PLAIN}demo:$common_uid:$common_uid::$work/demo" \
		>users
	own
}

# Sends the lines given, all at once, to `maildir -u users` with the words of
# $words behind. The answers are in `out`, the log in `log`.
ask() {
	: >out
	: >log
	printf '%s\n' "$@" |
		as_user "$maildir" -u users "${words[@]}" >out 2>log
}

# As ask, of `maildir --serve DIR`.
ask_serve() {
	local dir=$1
	shift
	printf '%s\n' "$@" | as_user "$maildir" --serve "$dir" >out 2>log
}

# The `out` is exactly these lines; LOGIN stands for those of demo's login.
answers() {
	local line
	for line; do
		[ "$line" != LOGIN ] || printf 'lock %s/.\n' "$box"
		printf '%s\n' "${line/#LOGIN/OK}"
	done >expected
	diff expected out
}

# The names of the messages listed in `out`, in order.
listed() {
	sed -n 's|^msg [^ ]* [^ ]* .*/Maildir/||p' out
}

# A backend that stays, to be asked line by line with `say`: started by
# `start_backend COMMAND`, ended by stop_backend.
start_backend() {
	mkfifo requests replies
	"$@" <requests >replies 2>log 3>&- &
	asked=$!
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
	wait "$asked"
}

# Puts the last line behind the lines of a size file.
seal() {
	perl -e 'local $/; my $text = <STDIN>; use integer; my $sum = -3750763034362895579;
		$sum = ($sum ^ ord) * 1099511628211 for split //, $text;
		printf "%send %d %016x\n", $text, ($text =~ tr/\n//) - 1, $sum'
}
