# SPDX-License-Identifier: ISC
#
# More than one pair of units, under a real systemd: instances side by side, and
# the two pairs of which one is enough.
#
# bats file_tags=once,long

load ../lib/common
load ../lib/examples
load ../lib/systemd

@test "a second instance beside the first: its own port, options and sessions" {
	example pop3-skel-accept.8 instance |
		sed "s|/etc/default/pop3-skel|\$(default_file)|" >instance
	example pop3-skel-admin.7 instance-users >users-step
	inside <<-'END'
		. ./instance 2>/dev/null
		cat "$(default_file)" >>"$(default_file)-staff"
		echo 'POP3_SKEL_OPTIONS="--greeting first"' >>"$(default_file)"
		systemctl start pop3-skel-accept.socket
		talk_to 'expect +OK first' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK 3 *' \
			'shell printf "%s\n" "expect +OK POP3*" "send USER nobody" "expect +OK*" "send QUIT" "expect +OK*" eof | "$TALK" --timeout 30 --connect 127.0.0.2:1110' \
			'shell systemctl restart pop3-skel-accept@staff.service' \
			'send DELE 1' 'expect +OK*' 'send QUIT' 'expect +OK*' eof
		printf '%s\n' 'expect +OK POP3*' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK 2 *' 'send DELE 1' 'expect -ERR*' \
			'send QUIT' 'expect +OK*' eof |
			"$TALK" --timeout 30 --connect 127.0.0.2:1110
		# Users of its own, who are nobody's of the first one.
		rm -rf /etc/pop3-skel /etc/default/pop3-skel-staff
		ln -s "$(dirname "$(users_file)")" /etc/pop3-skel
		ln -s "$(default_file)-staff" /etc/default/pop3-skel-staff
		sh -eu ./users-step
		echo "other:{PLAIN}other::::$home/demo" >>/etc/pop3-skel/users-staff
		printf '%s\n' 'expect +OK*' 'send USER other' 'expect +OK*' \
			'send PASS other' 'expect +OK 2 *' 'send QUIT' 'expect +OK*' eof |
			"$TALK" --timeout 30 --connect 127.0.0.2:1110
		login_says 110 other other '-ERR [AUTH] *'
		# What is wrong with one is no matter of the other's.
		echo 'POP3_SKEL_OPTIONS=--frob' >"$(default_file)-staff"
		systemctl stop pop3-skel-accept@staff.socket 2>/dev/null
		! systemctl start pop3-skel-accept@staff.socket 2>/dev/null || echo started
		in_journal 'unknown option --frob'
		talk_to 'expect +OK first'
		systemctl reset-failed pop3-skel-accept@staff.socket
		systemctl --failed --no-legend
	END
	[ -z "$output" ] || { echo "$output"; false; }
}

@test "both pairs enabled: the accept loop is what is started; changed with two commands" {
	example pop3-skel-accept.8 switch >switch
	inside <<-'END'
		systemctl enable --quiet pop3-skel.socket pop3-skel-accept.socket
		# As at the start of the system: both in one transaction.
		printf '%s\n' '[Unit]' 'Wants=pop3-skel.socket pop3-skel-accept.socket' \
			>/run/systemd/system/both.target
		systemctl daemon-reload
		for i in 1 2 3; do
			systemctl start both.target
			wait_until 20 systemctl is-active -q pop3-skel-accept.socket
			systemctl is-active pop3-skel.socket || :
			curl -sS --user demo:demo pop3://127.0.0.1/1 | head -n 1
			systemctl stop both.target 'pop3-skel*.socket' 'pop3-skel*.service'
		done
		systemctl disable --quiet pop3-skel-accept.socket
		systemctl start pop3-skel.socket
		talk_to 'expect +OK*' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK*' 'shell sh ./switch 2>/dev/null' \
			'send QUIT' 'expect +OK*' eof
		systemctl is-enabled pop3-skel.socket pop3-skel-accept.socket || :
		curl -sS --user demo:demo pop3://127.0.0.1/1 | head -n 1
		systemctl --failed --no-legend
	END
	printf '%s\n' inactive $'Subject: new/1.a\r' inactive $'Subject: new/1.a\r' \
		inactive $'Subject: new/1.a\r' disabled enabled $'Subject: new/1.a\r' |
		diff - <(echo "$output")
}
