# SPDX-License-Identifier: ISC
#
# What a backend needs beside its files: to be root, and a root who may become
# another user. Where that is wanting no password was wrong, the log names the
# drop-in that gives it, and --check does so before.
#
# bats file_tags=once

load ../lib/common
load ../lib/users

prepare() {
	own_etc
	add_user tester secret
	wrong=
	mkdir -p "$work/demo"
	[ ! -x "$POP3_SKEL_BACKENDS/pam" ] ||
		etc_file pam.d/pop3-skel <"$POP3_SKEL_STAGE/share/pam.d/pop3-skel"
}

# as WHAT: who starts it from here on.
as() {
	inside=("${all_inside[@]}")
	case $1 in
	root) ;;
	nobody) inside+=(setpriv --no-new-privs --reuid=65534 --regid=65534 --clear-groups --) ;;
	*) inside+=(setpriv --bounding-set="-$1" --) ;;
	esac
}

# It was so, though the session's status is another.
heard() {
	grep -q ' < -ERR \[SYS/TEMP\]' said || wrong+="$row: $(cat said)"
}

# lacks WHOM DROP-IN: a session of his is TEMP, and --check says so before.
lacks() {
	as "$1"
	row="${backend[*]}, $1"
	"$TALK" --stderr log -- "${inside[@]}" "$SKEL" "${options[@]}" -- \
		"${backend[@]}" 2>said <<-'END' || heard
		expect +OK *
		send USER tester
		expect +OK*
		send PASS secret
		expect -ERR [SYS/TEMP] *
	END
	! grep -q why=login log || wrong+="$row: login"
	grep -q "$2" log || wrong+="$row: $(cat log)"
	"${inside[@]}" "$SKEL" --check "${options[@]}" "${backend[@]}" 2>log || :
	grep -q "$2" log || wrong+="$row, check: $(cat log)"
}

@test "rights: the log, and --check before it, name the drop-in" {
	all_inside=("${inside[@]}")
	printf '%s\n' "tester:{PLAIN}secret:1000:1000::$home" >users
	chmod 644 users
	for who in setuid setgid; do
		backend=(maildir -u "$work/users")
		lacks $who 'become\.conf'
		[ ! -x "$POP3_SKEL_BACKENDS/pam" ] || {
			backend=(pam)
			lacks $who 'become\.conf'
		}
	done
	backend=(pam)
	[ ! -x "$POP3_SKEL_BACKENDS/pam" ] || lacks nobody 'become\.conf'
	command -v checkpw >/dev/null || return 0
	as root
	printf 'secret\n' | add_mail tester .password
	chmod 600 "$home/Maildir/.password"
	backend=(checkpassword checkpw)
	lacks nobody 'unprivileged.*become\.conf'
	lacks setgid 'become\.conf'
	lacks sys_ptrace 'checkpassword\.conf'
	[ -z "$wrong" ] || { echo "$wrong"; false; }
	# Root with all of them hears nothing.
	as root
	for backend in "maildir -u $work/users" 'pam' 'checkpassword checkpw'; do
		[ -x "$POP3_SKEL_BACKENDS/${backend%% *}" ] || continue
		# shellcheck disable=SC2086 # Words.
		"${inside[@]}" "$SKEL" --check $backend 2>log
		[ "$(wc -l <log)" -eq 1 ]
		grep -q 'this was checked as root' log
	done
}

@test "pam: a service that is not there is nobody's wrong password" {
	[ -x "$POP3_SKEL_BACKENDS/pam" ] || skip 'this build has no pam'
	local how
	backend=(pam)
	for how in 'rm $f' 'rm $f; ln -s /nowhere $f' 'rm $f; mkdir $f' :; do
		"${inside[@]}" sh -c "f=/etc/pam.d/pop3-skel; rm -rf \$f; : >\$f; $how"
		talk_as_root <<-'END'
			expect +OK *
			send USER tester
			expect +OK*
			send PASS wrong
			expect -ERR [SYS/TEMP] *
			send PASS secret
		END
		not_logged 'why=login'
		logged 'no such PAM service.*error=.*/etc/pam.d/pop3-skel'
		"${inside[@]}" "$SKEL" --check pam 2>log || :
		logged 'turns clients away: the PAM service cannot be had'
	done
}
