# SPDX-License-Identifier: ISC
#
# pop3-skel.socket, a unit for each session, under a real systemd.
#
# bats file_tags=once

load ../lib/common
load ../lib/systemd

@test "enabled with one command: a mail by curl, the session in the journal" {
	inside <<-'END'
		systemctl enable --quiet --now pop3-skel.socket
		for url in pop3://127.0.0.1/1 'pop3://[::1]/1'; do
			curl -sS --user demo:demo "$url" >got
			sed 's/$/\r/' "$box/new/1.a" | cmp - got
		done
		in_journal 'ended .* user=demo '
		journal -g user=demo | grep -c '^login '
		journal -g user=nobody | grep -c . || :
		systemctl --failed --no-legend
		reported
	END
	[ "$output" = $'2\n0' ] || { echo "$output"; false; }
}

@test "options of the default file, quoted words and all" {
	inside <<-'END'
		echo "POP3_SKEL_OPTIONS=\"--greeting 'two  words' --mode read-only\"" \
			>>"$(default_file)"
		systemctl start pop3-skel.socket
		talk_to 'expect +OK two  words' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK*' 'send DELE 1' 'expect -ERR*'
	END
}

@test "users who change are known at the next login; without their file: TEMP" {
	inside <<-'END'
		systemctl start pop3-skel.socket
		live_users 110
		wait_until 20 [ "$(active)" = 0 ]
	END
	[ -z "$output" ] || { echo "$output"; false; }
}

@test "the limits: sessions in all, and of one address" {
	inside <<-'END'
		restart_with pop3-skel.socket <<-'UNIT'
			[Socket]
			MaxConnections=3
			MaxConnectionsPerSource=2
		UNIT
		systemctl start pop3-skel.socket
		hold() {
			socat -u "TCP:127.0.0.1:110,bind=$1" - >"held-$2" &
		}
		hold 127.0.0.1 one
		wait_until 20 [ -s held-one ]
		hold 127.0.0.1 two
		wait_until 20 [ -s held-two ]
		[ -z "$(socat -u TCP:127.0.0.1:110 -)" ]
		hold 127.0.0.2 three
		wait_until 20 [ -s held-three ]
		[ -z "$(socat -u TCP:127.0.0.1:110,bind=127.0.0.3 -)" ]
		kill %1
		wait_until 20 eval 'curl -sS --user demo:demo pop3://127.0.0.1/1 2>&1 |
			grep -q "text of"'
	END
}

@test "400 connections in a second fail no unit" {
	inside <<-'END'
		systemctl start pop3-skel.socket
		python3 - <<-'PY'
			import socket
			for i in range(400):
			    socket.create_connection(("127.0.0.1", 110),
			        source_address=("127.0.1.%d" % (i % 100 + 1), 0)).close()
		PY
		wait_until 300 eval '[ "$(active)" = 0 ]'
		systemctl is-active pop3-skel.socket
		systemctl --failed --no-legend
		curl -sS --user demo:demo pop3://127.0.0.1/1 | head -n 1
	END
	[ "$output" = $'active\nSubject: new/1.a\r' ] || { echo "$output"; false; }
}

@test "fail2ban reads each failed login, and none that a user of this machine forged" {
	inside <<-'END'
		systemctl start pop3-skel.socket
		forged
		for i in 1 2 3; do
			talk_to 'expect +OK*' 'send USER demo' 'expect +OK*' \
				'send PASS wrong' 'expect -ERR [AUTH] *'
		done
		guessers
	END
	[ "$output" = $'127.0.0.1\n127.0.0.1\n127.0.0.1' ] ||
		{ echo "$output"; false; }
}

@test "P4.4 systemctl stop: nothing is lost, and the journal tells" {
	inside <<-'END'
		systemctl start pop3-skel.socket
		marked "systemctl stop 'pop3-skel@*'"
		in_journal 'ended .* user=demo .*why=terminated '
		# Stopping the socket alone ends no session.
		talk_to 'expect +OK*' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK*' 'send DELE 1' 'expect +OK*' \
			'shell systemctl stop pop3-skel.socket' \
			'send QUIT' 'expect +OK*' eof
		[ ! -e "$box/new/1.a" ]
	END
}

@test "P4.4 RuntimeMaxSec: nothing is lost, and the journal tells" {
	inside <<-'END'
		restart_with pop3-skel@.service <<-'UNIT'
			[Service]
			RuntimeMaxSec=2
		UNIT
		systemctl start pop3-skel.socket
		marked true
		in_journal 'ended .* user=demo .*why=terminated '
		in_journal 'Service reached runtime time limit'
	END
}

@test "P4.4 a crash of the backend: nothing is lost, and the journal tells" {
	inside <<-'END'
		systemctl start pop3-skel.socket
		marked 'pkill -KILL -x maildir'
		in_journal 'fault .* signal=9'
		in_journal 'ended .* user=demo '
	END
}

@test "stop under load: every session ends, and no unit fails" {
	inside <<-'END'
		systemctl start pop3-skel.socket
		for i in 1 2 3 4; do
			while :; do
				curl -s --user demo:demo pop3://127.0.0.1/2 || :
			done >/dev/null &
		done
		wait_until 30 eval '[ "$(journal | grep -c "^ended.*user=demo")" -ge 8 ]'
		systemctl stop pop3-skel.socket 'pop3-skel@*'
		kill $(jobs -p)
		wait_until 20 eval '[ "$(active)" = 0 ]'
		systemctl --failed --no-legend
		ls "$box/new"
	END
	[ "$output" = $'1.a\n2.b\n3.c' ] || { echo "$output"; false; }
}

@test "the programs are replaced while a session is open" {
	inside <<-'END'
		systemctl start pop3-skel.socket
		skel=$(command -v pop3-skel || echo /usr/local/sbin/pop3-skel)
		talk_to 'expect +OK*' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK*' \
			"shell printf '#!/bin/sh\necho new\n' >$skel.new; chmod 755 $skel.new; mv $skel.new $skel" \
			'shell [ "$(socat -u TCP:127.0.0.1:110 -)" = new ]' \
			'send RETR 1' 'expect +OK*' body 'send DELE 1' 'expect +OK*' \
			'send QUIT' 'expect +OK*' eof
		[ ! -e "$box/new/1.a" ]
	END
}
