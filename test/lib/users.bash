# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# System users for one test, made in a mount namespace that has an /etc of its
# own: nothing of the machine's changes. The test loads common.bash before.
# shellcheck disable=SC2016,SC2034,SC2154 # For other shells; from and for it.

# Makes the namespace; "${inside[@]}" COMMAND runs in it, as root.
own_etc() {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	mkdir -p "$BATS_TEST_TMPDIR/home"
	chmod a+rx "$BATS_TEST_TMPDIR/home"
	mkdir "$BATS_TEST_TMPDIR/etc" "$BATS_TEST_TMPDIR/etc.work"
	# A copy where the folder for it is not one that overlays may have.
	unshare -m sh -euc 'mount -t overlay overlay -o \
			"lowerdir=/etc,upperdir=$1/etc,workdir=$1/etc.work" \
			/etc 2>/dev/null || {
			cp -a /etc/. "$1/etc"
			mount --bind "$1/etc" /etc
		}
		: >"$1/ready"
		exec sleep 300' - "$BATS_TEST_TMPDIR" 3>&- &
	started+=("$!")
	inside=(nsenter -m -t "$!" --)
	wait_until 30 [ -e "$BATS_TEST_TMPDIR/ready" ]
}

# etc_file NAME: stdin, as a file of that /etc.
etc_file() {
	"${inside[@]}" sh -c 'cat >"/etc/$1"' - "$1"
}

# add_user NAME PASSWORD: with an empty Maildir; its home is in $home.
add_user() {
	home=$BATS_TEST_TMPDIR/home/$1
	"${inside[@]}" useradd --create-home --home-dir "$home" --shell /bin/sh "$1"
	printf '%s:%s\n' "$1" "$2" | "${inside[@]}" chpasswd
	"${inside[@]}" setpriv --reuid="$1" --regid="$1" --clear-groups -- \
		mkdir -m 700 "$home/Maildir" "$home/Maildir/new" \
		"$home/Maildir/cur" "$home/Maildir/tmp"
}

# add_mail NAME FILE: stdin, as a message of NAME's.
add_mail() {
	cat >"$BATS_TEST_TMPDIR/home/$1/Maildir/$2"
	"${inside[@]}" chown "$1:$1" "$BATS_TEST_TMPDIR/home/$1/Maildir/$2"
}

# As talk of common.bash, but started as root.
talk_as_root() {
	"$TALK" --stderr log "$@" -- "${inside[@]}" "$SKEL" "${options[@]}" -- \
		"${backend[@]}"
}

# A statement for talk: each id of pop3-skel, and of every process below it, is
# this user's, and no group is left. all_are NAME
all_are() {
	printf 'shell %s/all-are "$PID" %s %s\n' "$common_lib" \
		"$("${inside[@]}" id -u "$1")" "$("${inside[@]}" id -g "$1")"
}

# As serve of common.bash, but started as root.
serve_as_root() {
	user_prefix=("${inside[@]}")
	serve
}
