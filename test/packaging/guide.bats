# SPDX-License-Identifier: ISC
#
# pop3-skel-admin(7): what it has one do is done, word for word; what begins with
# the package is in package.bats.
#
# bats file_tags=once,long

load ../lib/common
load ../lib/examples
load ../lib/systemd
load ../lib/steps

prepare() {
	declare -f alice_gets >functions
}

# The last line of the mail that the MTA has for alice by now; it is removed.
alice_gets() {
	echo "alice:{PLAIN}secret::::/var/lib/pop3-skel/alice" >"$(users_file)"
	chgrp pop3-skel "$(users_file)"
	chmod 640 "$(users_file)"
	wait_until 30 eval 'find /var/lib/pop3-skel/alice/Maildir/new -type f 2>/dev/null | grep -q .'
	systemctl start pop3-skel.socket
	curl -sS --user alice:secret pop3://127.0.0.1/1 | sed -n 's/\r$//; $p'
	talk_to 'expect +OK*' 'send USER alice' 'expect +OK*' \
		'send PASS secret' 'expect +OK*' 'send DELE 1' 'expect +OK*' \
		'send QUIT' 'expect +OK*' eof
	find /var/lib/pop3-skel/alice -name '*.*' -type f
}

@test "Postfix delivers so that pop3-skel may read and remove it" {
	# Only one MTA may be installed.
	apt-get download -qq postfix >/dev/null 2>&1 || skip 'needs postfix'
	example pop3-skel-admin.7 postfix >step.postfix
	inside_steps <<-'END'
		DEBIAN_FRONTEND=noninteractive dpkg --force-all -i postfix_*.deb >dpkg.log 2>&1
		systemctl start postfix.service
		step postfix
		printf 'Subject: hi\n\nby Postfix\n' | /usr/sbin/sendmail alice@example.org
		alice_gets
	END
	[ "$output" = 'by Postfix' ] || { printf '<%s>\n' "$output"; false; }
}

@test "Exim delivers so that pop3-skel may read and remove it" {
	[ -x /usr/sbin/exim4 ] || skip 'needs exim4-daemon-light'
	{
		printf '%s\n' 'keep_environment =' 'log_file_path = syslog'
		example pop3-skel-admin.7 exim
	} >exim.conf
	inside_steps <<-'END'
		echo 'alice: alice' >/etc/exim4/pop3-skel
		cp exim.conf /etc/exim4/exim4.conf
		printf 'Subject: hi\n\nby Exim\n' | exim4 -odi alice@example.org
		alice_gets
	END
	[ "$output" = 'by Exim' ] || { printf '<%s>\n' "$output"; false; }
}
