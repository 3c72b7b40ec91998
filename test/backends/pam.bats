# SPDX-License-Identifier: ISC
# The backend pam: system users, each served with their own rights.
#
# bats file_tags=once

load ../lib/common
load ../lib/users

prepare() {
	[ -x "$POP3_SKEL_BACKENDS/pam" ] || skip "this build has no pam"
	own_etc
	etc_file pam.d/pop3-skel <"$POP3_SKEL_STAGE/share/pam.d/pop3-skel"
	add_user tester ' open  sesame '
	backend=(pam)
	begin='expect +OK *
send USER tester
expect +OK*
raw PASS  open  sesame \r\n
expect +OK *'
	end='send QUIT
expect +OK *
eof'
}

@test "pam: a system user's mail, read and removed with the user's own uid" {
	printf 'Subject: one\n\ntext\n' | add_mail tester new/1.a
	talk_as_root <<-END
		$begin
		$(all_are tester)
		send RETR 1
		expect +OK *
		mail $home/Maildir/new/1.a
		send DELE 1
		expect +OK *
		$(all_are tester)
		$end
	END
	[ ! -e "$home/Maildir/new/1.a" ]
	logged 'login .*user=tester'
}

@test "pam: a wrong password, an unknown and a locked user hear the same" {
	add_user locked secret
	"${inside[@]}" usermod --lock locked
	talk_as_root <<-END
		expect +OK *
		send USER tester
		expect +OK*
		send PASS open sesame
		expect -ERR [AUTH] login failed
		send USER nobody-of-that-name
		expect +OK*
		send PASS secret
		expect -ERR [AUTH] login failed
		send USER locked
		expect +OK*
		send PASS secret
		expect -ERR [AUTH] login failed
		eof
	END
	[ "$(grep -c 'refused .*why=login' log)" -eq 3 ]
}

@test "pam: an empty password, and one of 8-bit octets" {
	add_user open x
	"${inside[@]}" passwd --quiet --delete open
	talk_as_root <<-END
		expect +OK *
		send USER open
		expect +OK*
		raw PASS \r\n
		expect -ERR [AUTH] login failed
	END
	talk_as_root <<-END
		expect +OK *
		send USER tester
		expect +OK*
		raw PASS \r\n
		expect -ERR [AUTH] login failed
		send USER tester
		expect +OK*
		raw PASS \xff\xfe\r\n
		expect -ERR [AUTH] login failed
		send USER tester
		expect +OK*
		raw PASS  open  sesame \r\n
		expect +OK *
		$end
	END
}

@test "pam: another user's mail is not had through links or rights" {
	add_user victim secret
	printf 'a secret\n' | add_mail victim new/1.v
	home=$BATS_TEST_TMPDIR/home/tester
	chmod 700 "$BATS_TEST_TMPDIR/home/victim"
	# A link to a message, readable or not ...
	printf 'world readable\n' >"$BATS_TEST_TMPDIR/readable"
	ln -s "$BATS_TEST_TMPDIR/home/victim/Maildir/new/1.v" "$home/Maildir/new/1.l"
	ln -s "$BATS_TEST_TMPDIR/readable" "$home/Maildir/new/2.l"
	printf 'own\n' | add_mail tester new/3.o
	# Whether or not a link is listed, no octet behind it is sent.
	talk_as_root <<-END
		$begin
		send RETR 1
		raw RETR 2\r\nRETR 3\r\nQUIT\r\n
		drain all
	END
	run ! grep -E 'secret|readable' all
	grep -q own all
	# ... and to a whole folder.
	rm -r "$home/Maildir/new"
	ln -s "$BATS_TEST_TMPDIR/home/victim/Maildir/new" "$home/Maildir/new"
	talk_as_root <<-END
		expect +OK *
		send USER tester
		expect +OK*
		raw PASS  open  sesame \r\n
		expect -ERR [SYS/TEMP] *
		eof
	END
	[ -e "$BATS_TEST_TMPDIR/home/victim/Maildir/new/1.v" ]
}

@test "pam: a maildrop in use is not listed; one that is missing is empty" {
	local folder
	options+=(--debug --lock-wait 0)
	exec 8<"$home/Maildir"
	flock 8
	for folder in Maildir "$home/Maildir/"; do
		backend=(pam -m "$folder")
		talk_as_root <<-END
			expect +OK *
			send USER tester
			expect +OK*
			raw PASS  open  sesame \r\n
			expect -ERR [IN-USE] *
			eof
		END
		not_logged 'backend="> list'
	done
	exec 8<&-
	backend=(pam -m Nowhere)
	talk_as_root <<-END
		expect +OK *
		send USER tester
		expect +OK*
		raw PASS  open  sesame \r\n
		expect +OK 0 *
		$end
	END
}

@test "pam: root has no mail here; an expired password needs a human" {
	"${inside[@]}" sh -c 'echo root:toor | chpasswd'
	add_user gone secret
	"${inside[@]}" chage --lastday 0 gone
	talk_as_root <<-END
		expect +OK *
		send USER root
		expect +OK*
		send PASS toor
		expect -ERR [AUTH] login failed
		send USER gone
		expect +OK*
		send PASS secret
		expect -ERR [SYS/PERM] *expired*
		send USER tester
		expect +OK*
		raw PASS  open  sesame \r\n
		expect +OK *
		$(all_are tester)
		$end
	END
	logged 'backend .*nobody becomes root'
}

@test "pam: what modules leave open and do at their end is nobody's" {
	add_user victim secret
	cat >module.c <<-'END'
	#include <fcntl.h>
	#include <pwd.h>
	#include <security/pam_modules.h>

	static void cleanup(pam_handle_t *pam, void *data, int status)
	{
		getpwnam("victim");
	}

	int pam_sm_authenticate(pam_handle_t *pam, int flags, int argc,
				const char **argv)
	{
		open("/etc/shadow", O_RDONLY);
		return pam_set_data(pam, "test", "", cleanup);
	}
	END
	gcc -shared -fPIC -o module.so module.c
	chmod a+rx .
	etc_file pam.d/pop3-skel <<-END
		auth required $work/module.so
		account required pam_permit.so
	END
	talk_as_root <<-END
		expect +OK *
		send USER tester
		expect +OK*
		send PASS x
		expect +OK *
		$(all_are tester)
		shell ! ls -l /proc/\$(pgrep -P \$PID)/fd | grep shadow
		$end
	END
}

@test "pam: a home that is not there, a service that is broken: TEMP" {
	rm -r "$home"
	talk_as_root <<-END
		expect +OK *
		send USER tester
		expect +OK*
		raw PASS  open  sesame \r\n
		expect -ERR [SYS/TEMP] *
		eof
	END
	etc_file pam.d/pop3-skel <<<'auth required no_such_module.so'
	talk_as_root <<-END
		expect +OK *
		send USER tester
		expect +OK*
		send PASS x
		expect -ERR [SYS/TEMP] logins are not available
		$end
	END
	logged 'backend .*pam: PAM'
	not_logged 'why=login'
}

@test "pam: the folder, and unique-ids, by option; the client's address for PAM; no root needed" {
	mv "$home/Maildir" "$home/Mail"
	backend=(pam -m Mail --service other-name --uidl name)
	etc_file pam.d/other-name <<-END
		auth required pam_permit.so
		account required pam_access.so accessfile=$BATS_TEST_TMPDIR/access
	END
	printf '%s\n' '+:tester:127.0.0.1' '-:ALL:ALL' >"$BATS_TEST_TMPDIR/access"
	printf 'x\n' >"$home/Mail/cur/1.x,S=2:2,S"
	chmod a+r "$home/Mail/cur/1.x,S=2:2,S"
	talk_as_root --on tcp <<-END
		expect +OK *
		send USER tester
		expect +OK*
		send PASS whatever
		expect +OK 1 *
		send UIDL 1
		expect +OK 1 1.x,S=2
		$end
	END
	talk_as_root --on tcp --local ::1 <<-END
		expect +OK *
		send USER tester
		expect +OK*
		send PASS whatever
		expect -ERR [AUTH] *
		$end
	END
	# Not root: only oneself.
	local uid
	uid=$("${inside[@]}" id -u tester)
	printf '%s\n' '+:ALL:ALL' >"$BATS_TEST_TMPDIR/access"
	inside+=(setpriv "--reuid=$uid" "--regid=$uid" --clear-groups)
	talk_as_root <<-END
		expect +OK *
		send USER daemon
		expect +OK*
		send PASS whatever
		expect -ERR [SYS/PERM] *
		send USER tester
		expect +OK*
		send PASS whatever
		expect +OK 1 *
		$end
	END
}

@test "pam: not root, a password that PAM cannot judge is not called wrong" {
	local uid
	add_user other secret
	etc_file pam.d/pop3-skel <<-END
		auth required pam_deny.so
		account required pam_permit.so
	END
	uid=$("${inside[@]}" id -u tester)
	inside+=(setpriv "--reuid=$uid" "--regid=$uid" --clear-groups)
	talk_as_root <<-END
		expect +OK *
		send USER other
		expect +OK*
		send PASS secret
		expect -ERR [SYS/TEMP] *
		send USER tester
		expect +OK*
		send PASS whatever
		expect -ERR [AUTH] *
		$end
	END
	logged 'backend .*PAM needs root for any user but our own'
	[ "$(grep -c 'refused .*why=login' log)" -eq 1 ]
}

@test "pam: --help, --version, and words that it does not know" {
	"$POP3_SKEL_BACKENDS/pam" --help | grep -q 'Usage: pam'
	"$POP3_SKEL_BACKENDS/pam" --version | grep -q '^pam (pop3-skel) '
	run -64 "$POP3_SKEL_BACKENDS/pam" more
	run -64 "$POP3_SKEL_BACKENDS/pam" --nonsense
}
