# SPDX-License-Identifier: ISC
#
# pop3-skel-migration(7), step by step, on machines that a real Dovecot and a
# real Courier served before; fetchmail and getmail leave mail on the server,
# and fetch nothing twice.
#
# bats file_tags=once,long

load ../lib/common
load ../lib/examples
load ../lib/systemd
load ../lib/steps

prepare() {
	declare -f clients fetched new_mail >functions
}

need_pam() {
	[ -x "$POP3_SKEL_BACKENDS/pam" ] || skip 'this build has no pam'
}

# What is left on the server by both of them, for USER: each mail is a file.
# shellcheck disable=SC2154 # From the environment.
clients() {
	mkdir -p fetchmail getmail/state
	# shellcheck disable=SC2016 # For that script.
	printf '#!/bin/sh\nexec cat >"$1/mail.$(date +%%s%%N)"\n' >keep
	chmod +x keep
	printf '%s\n' 'poll 127.0.0.1 protocol pop3 uidl' \
		"user $1 password secret keep mda \"$work/keep $work/fetchmail\"" \
		>fetchmailrc
	chmod 600 fetchmailrc
	printf '%s\n' '[retriever]' 'type = SimplePOP3Retriever' \
		'server = 127.0.0.1' "username = $1" 'password = secret' \
		'[destination]' 'type = MDA_external' "path = $work/keep" \
		"arguments = ('$work/getmail',)" 'allow_root_commands = true' \
		'[options]' 'read_all = false' 'delete = false' \
		'delivered_to = false' 'received = false' >getmail/state/rc
}

# Both ask once more; how many mails each of them has by now: "N N".
fetched() {
	HOME=$work fetchmail --silent --fetchmailrc fetchmailrc \
		--idfile "$work/fetchids" --pidfile "$work/pid" \
		--sslproto '' >fetchmail.log 2>&1 || [ $? -eq 1 ]
	getmail --quiet --getmaildir "$work/getmail/state" --rcfile rc
	echo "$(find fetchmail -name 'mail.*' | wc -l)" \
		"$(find getmail -name 'mail.*' | wc -l)"
}

# Mail N in a Maildir, its owner's: new_mail MAILDIR N OWNER
new_mail() {
	mkdir -p "$1/new" "$1/cur" "$1/tmp"
	printf 'From: a@example.org\nSubject: %d\n\ntext of %d\n' "$2" "$2" \
		>"$1/new/170000000$2.M$2P1.host"
	chown -R "$3:" "$1"
}

@test "from Dovecot, virtual users: the page's steps, and nothing is fetched twice" {
	[ -x /usr/lib/dovecot/pop3 ] || skip 'needs dovecot-pop3d'
	example pop3-skel-migration.7 before >step.before
	example pop3-skel-migration.7 after >step.after
	example pop3-skel-migration.7 left >step.left
	example pop3-skel-migration.7 dovecot-look >step.look
	example pop3-skel-migration.7 dovecot-users >step.users
	example pop3-skel-migration.7 dovecot-options >step.options
	example pop3-skel-migration.7 dovecot-switch >step.switch
	inside_steps <<-'END'
		useradd --system --home-dir /var/vmail vmail
		mkdir /var/vmail
		for i in 1 2 3; do
			new_mail /var/vmail/alice "$i" vmail
		done
		new_mail /var/vmail/bob 1 vmail
		chown vmail: /var/vmail
		printf '%s:{PLAIN}secret::::::userdb_quota_rule=*:storage=1G\n' \
			alice bob >/etc/dovecot/users
		cat >/etc/dovecot/dovecot.conf <<-'CONF'
			protocols = pop3
			listen = 127.0.0.1
			ssl = no
			mail_location = maildir:/var/vmail/%u
			mail_uid = vmail
			mail_gid = vmail
			first_valid_uid = 1
			passdb {
			  driver = passwd-file
			  args = /etc/dovecot/users
			}
			userdb {
			  driver = passwd-file
			  args = /etc/dovecot/users
			}
		CONF
		systemctl start dovecot.service
		clients alice
		[ "$(fetched)" = '3 3' ]
		[ "$(fetched)" = '3 3' ]
		step before
		[ "$(wc -l <before)" -eq 3 ]
		curl -sS --user bob:secret pop3://127.0.0.1/ -X UIDL >bob
		step look | grep -qxF 'mail_location = maildir:/var/vmail/%u'

		step users | grep -qx ' *2 userdb_quota_rule'
		step options
		step switch 2>/dev/null
		step after
		# One arrives, and one only.
		new_mail /var/vmail/alice 4 vmail
		[ "$(fetched)" = '4 4' ]
		[ "$(fetched)" = '4 4' ]
		step left
		curl -sS --user bob:secret pop3://127.0.0.1/ -X UIDL | diff bob -
		step left
		systemctl --failed --no-legend
	END
	[ "$output" = /var/vmail/bob/dovecot-uidlist ] || { printf '<%s>\n' "$output"; false; }
}

@test "from Courier, system users: the page's steps, and nothing is fetched twice" {
	# It conflicts with Dovecot's, so it is nowhere but there.
	need_pam
	apt-get download -qq courier-pop >/dev/null 2>&1 &&
		[ -x /usr/sbin/authdaemond ] || skip 'needs courier-pop'
	example pop3-skel-migration.7 before >step.before
	example pop3-skel-migration.7 after >step.after
	example pop3-skel-migration.7 left >step.left
	example pop3-skel-migration.7 courier-look >step.look
	example pop3-skel-migration.7 courier-options >step.options
	example pop3-skel-migration.7 courier-switch >step.switch
	inside_steps <<-'END'
		dpkg -x courier-pop_*.deb tree
		cp -a tree/etc/. /etc
		cp -a tree/usr/. /usr
		cp -a tree/lib/. /lib
		systemctl daemon-reload
		systemd-tmpfiles --create courier-pop.conf
		useradd --create-home alice
		echo alice:secret | chpasswd
		for i in 1 2 3; do
			new_mail /home/alice/Maildir "$i" alice
		done
		systemctl start courier-authdaemon.service courier-pop.service
		wait_until 20 listening 110
		clients alice
		[ "$(fetched)" = '3 3' ]
		[ "$(fetched)" = '3 3' ]
		step before
		[ "$(wc -l <before)" -eq 3 ]
		step look | grep -qx 'authmodulelist="authpam"'

		step options
		step switch 2>/dev/null
		step left
		step after
		new_mail /home/alice/Maildir 4 alice
		[ "$(fetched)" = '4 4' ]
		[ "$(fetched)" = '4 4' ]
		step left
		systemctl --failed --no-legend
	END
	[ "$output" = /home/alice/Maildir/courierpop3dsizelist ] || { printf '<%s>\n' "$output"; false; }
}

@test "from qmail-pop3d: its checker stays, and so do its unique-ids" {
	example pop3-skel-migration.7 qmail-options >step.options
	example pop3-skel-migration.7 qmail-switch >step.switch
	inside_steps <<-'END'
		useradd --create-home alice
		new_mail /home/alice/Maildir 1 alice
		# What qmail-pop3d moves to cur keeps its name in front of `:`.
		new_mail /home/alice/Maildir 2 alice
		mv /home/alice/Maildir/new/1700000002.M2P1.host \
			/home/alice/Maildir/cur/1700000002.M2P1.host,S=50:2,S
		echo secret >/home/alice/Maildir/.password
		chown alice: /home/alice/Maildir/.password
		chmod 600 /home/alice/Maildir/.password
		step options
		step switch 2>/dev/null
		curl -sS --user alice:secret pop3://127.0.0.1/ -X UIDL | tr -d '\r'
		# The socket found nothing amiss; without its drop-in it would.
		! journal | grep 'turns clients away' || echo found
		systemctl stop pop3-skel.socket
		rm /etc/systemd/system/pop3-skel.socket.d/user.conf
		systemctl daemon-reload
		systemctl start pop3-skel.socket
		in_journal 'turns clients away: its checker cannot be root'
		# And without the service's nobody's password is wrong.
		rm /etc/systemd/system/pop3-skel@.service.d/become.conf
		systemctl daemon-reload
		login_says 110 alice secret '-ERR [SYS/TEMP] *'
		in_journal 'checker cannot be root here.*become\.conf'
		[ -z "$(journal -g why=login)" ]
		systemctl --failed --no-legend
	END
	[ "$output" = $'1 1700000001.M1P1.host\n2 1700000002.M2P1.host,S=50' ] ||
		{ printf '<%s>\n' "$output"; false; }
}

@test "from an mbox of UW's: Dovecot converts it, and its unique-ids are kept" {
	need_pam
	[ -x /usr/bin/doveadm ] || skip 'needs dovecot-core'
	example pop3-skel-migration.7 mbox >step.mbox
	example pop3-skel-migration.7 courier-options |
		sed 's/--uidl courier/--uidl dovecot:%08Xv%08Xu/' >step.options
	inside_steps <<-'END'
		useradd --create-home bob
		echo bob:secret | chpasswd
		printf '%s\n' 'From MAILER-DAEMON Fri Nov 20 10:00:00 2026' \
			'From: Mail System Internal Data <MAILER-DAEMON@host>' \
			"Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA" \
			'X-IMAP: 1202794557 0000019502' 'Status: RO' '' \
			'This text is part of the internal format.' '' \
			'From a@example.org Fri Nov 20 10:00:01 2026' \
			'Subject: one' 'X-UID: 19501' 'Status: RO' '' one '' \
			'From a@example.org Fri Nov 20 10:00:02 2026' \
			'Subject: two' 'X-UID: 19502' 'Status: RO' '' two '' \
			>/var/mail/bob
		chown bob:mail /var/mail/bob
		chmod 660 /var/mail/bob
		printf '%s\n' 'mail_location = mbox:~/mail:INBOX=/var/mail/%u' \
			'ssl = no' 'mail_privileged_group = mail' \
			>/etc/dovecot/dovecot.conf
		step mbox
		step options
		systemctl start pop3-skel.socket
		curl -sS --user bob:secret pop3://127.0.0.1/ -X UIDL | tr -d '\r'
	END
	[ "$output" = $'1 47b1303d00004c2d\n2 47b1303d00004c2e' ] ||
		{ printf '<%s>\n' "$output"; false; }
}
