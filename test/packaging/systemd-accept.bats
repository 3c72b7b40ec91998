# SPDX-License-Identifier: ISC
#
# pop3-skel-accept.socket, one accept loop in the whole sandbox, under a real
# systemd.
#
# bats file_tags=once

load ../lib/common
load ../lib/examples
load ../lib/systemd

@test "enabled with one command: a mail by curl, the session in the journal" {
	inside <<-'END'
		systemctl enable --quiet --now pop3-skel-accept.socket
		for url in pop3://127.0.0.1/1 'pop3://[::1]/1'; do
			curl -sS --user demo:demo "$url" >got
			sed 's/$/\r/' "$box/new/1.a" | cmp - got
		done
		in_journal 'ended .* user=demo '
		journal -g user=demo | grep -c '^login '
		wait_until 20 eval 'systemctl show -P StatusText pop3-skel-accept |
			grep -x "0 sessions, 0 waiting, 2 served"'
		systemctl --failed --no-legend
		reported
	END
	[ "$output" = $'2\n0 sessions, 0 waiting, 2 served' ] ||
		{ echo "$output"; false; }
}

@test "options of the default file, for both programs" {
	inside <<-'END'
		cat >>"$(default_file)" <<-'OPTIONS'
			POP3_SKEL_OPTIONS="--greeting 'two  words' --mode read-only"
			POP3_SKEL_ACCEPT_OPTIONS="--max-per-source 2"
		OPTIONS
		systemctl start pop3-skel-accept.socket
		talk_to 'expect +OK two  words' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK*' 'send DELE 1' 'expect -ERR*'
		hold() {
			socat -u "TCP:127.0.0.1:110,bind=$1" - >"held-$2" &
		}
		hold 127.0.0.2 one
		wait_until 20 [ -s held-one ]
		hold 127.0.0.2 two
		wait_until 20 [ -s held-two ]
		[ -z "$(socat -u TCP:127.0.0.1:110,bind=127.0.0.2 -)" ]
		curl -sS --user demo:demo pop3://127.0.0.1/1 >got
		grep -q 'text of' got
		in_journal 'refused why=max-per-source address=127.0.0.2 count=1'
	END
}

@test "users who change are known at the next login; without their file: TEMP" {
	inside <<-'END'
		systemctl start pop3-skel-accept.socket
		live_users 110
	END
	[ -z "$output" ] || { echo "$output"; false; }
}

@test "400 connections in a second fail no unit" {
	inside <<-'END'
		systemctl start pop3-skel-accept.socket
		python3 - <<-'PY'
			import socket
			for i in range(400):
			    socket.create_connection(("127.0.0.1", 110),
			        source_address=("127.0.1.%d" % (i % 100 + 1), 0)).close()
		PY
		curl -sS --user demo:demo pop3://127.0.0.1/1 | head -n 1
		wait_until 300 eval 'systemctl show -P StatusText pop3-skel-accept |
			grep -q "^0 sessions, 0 waiting, 401 served"'
		systemctl is-active pop3-skel-accept.service
		systemctl --failed --no-legend
	END
	[ "$output" = $'Subject: new/1.a\r\nactive' ] || { echo "$output"; false; }
}

@test "fail2ban reads each failed login, and none that a user of this machine forged" {
	inside <<-'END'
		systemctl start pop3-skel-accept.socket
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

@test "P4.4 systemctl stop leaves sessions; those that are killed lose nothing" {
	inside -e "kill=$(example pop3-skel-accept.8 kill)" <<-'END'
		systemctl start pop3-skel-accept.socket
		stopped='systemctl stop pop3-skel-accept.socket pop3-skel-accept.service'
		talk_to 'expect +OK*' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK*' "shell $stopped" \
			'send RETR 2' 'expect +OK*' body \
			'send QUIT' 'expect +OK*' eof
		in_journal 'ended why=stopped sessions=1 left=1$'
		in_journal 'pop3-skel.* remains running after unit stopped'
		systemctl start pop3-skel-accept.socket
		# As the manual has it.
		printf '%s\n' "$kill" >kill
		marked 'sh ./kill'
		in_journal 'ended .* user=demo .*why=terminated '
		systemctl --failed --no-legend
	END
	[ -z "$output" ] || { echo "$output"; false; }
}

@test "P4.4 RuntimeMaxSec: the session outlives the loop, and the next client is served" {
	inside <<-'END'
		restart_with pop3-skel-accept.service <<-'UNIT'
			[Service]
			RuntimeMaxSec=2
		UNIT
		systemctl start pop3-skel-accept.socket
		declare -f journal in_journal wait_until >functions
		talk_to 'expect +OK*' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK*' 'send DELE 1' 'expect +OK*' \
			'shell bash -c ". ./functions; in_journal \"Service reached runtime time limit\""' \
			'send QUIT' 'expect +OK*' eof
		[ ! -e "$box/new/1.a" ]
		# The socket starts it again for the next one.
		curl -sS --user demo:demo pop3://127.0.0.1/1 >got
		grep -q 'text of' got
	END
}

@test "P4.4 a crash of the backend: nothing is lost, and the journal tells" {
	inside <<-'END'
		systemctl start pop3-skel-accept.socket
		marked 'pkill -KILL -x maildir'
		in_journal 'fault .* signal=9'
		in_journal 'ended .* user=demo '
		systemctl is-active pop3-skel-accept.service
	END
	[ "$output" = active ]
}

# POP3_SKEL_SESSIONS says how many, at least.
@test "restarted, killed and stopped under load: nobody is refused, and no session cut" {
	inside -e "many=${POP3_SKEL_SESSIONS:-200}" <<-'END'
		for i in 1 2 3 4; do
			cp -a "$home/demo" "$home/user$i"
			echo "user$i:{PLAIN}demo::::$home/user$i" >>"$(users_file)"
		done
		cat >>"$(default_file)" <<-'OPTIONS'
			POP3_SKEL_ACCEPT_OPTIONS="--max-per-source 0"
		OPTIONS
		restart_with pop3-skel-accept.service <<-'UNIT'
			[Unit]
			StartLimitIntervalSec=0
		UNIT
		systemctl start pop3-skel-accept.socket
		"${TALK%/*}/load.py" "$many" 110 2>sessions &
		load=$!
		main() { systemctl show -P MainPID pop3-skel-accept.service; }
		wait_until 20 eval '[ "$(main)" -ne 0 ]'
		turns=0
		while [ ! -e enough ]; do
			[ "$turns" -lt 6 ] || [ ! -e many ] || touch enough
			sleep 0.7
			before=$(main)
			case $((turns % 3)) in
			0) systemctl restart pop3-skel-accept.service ;;
			1) systemctl kill --kill-whom=main -s KILL pop3-skel-accept.service ;;
			2) systemctl stop pop3-skel-accept.service 2>/dev/null ;;
			esac
			wait_until 20 eval '[ "$(main)" -ne 0 ] &&
				[ "$(main)" -ne "$before" ] || [ -e enough ]'
			turns=$((turns + 1))
		done
		wait "$load"
		[ "$turns" -ge 6 ] && [ "$(cat sessions)" -ge "$many" ] ||
			echo "$turns turns, $(cat sessions) sessions"
		echo "# $(cat sessions) sessions, $turns times another loop" >>told
		journal -g 'fault|ended .*user=' | grep -v ' why=quit ' || :
		systemctl --failed --no-legend
	END
	sed 's/^/# /' "$work/told" >&3
	[ -z "$output" ] || { echo "$output"; false; }
}

@test "the programs are replaced while a session is open" {
	inside <<-'END'
		systemctl start pop3-skel-accept.socket
		skel=/usr/local/sbin/pop3-skel
		talk_to 'expect +OK*' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK*' \
			"shell printf '#!/bin/sh\necho new\n' >$skel.new; chmod 755 $skel.new; mv $skel.new $skel" \
			'shell [ "$(socat -u TCP:127.0.0.1:110 -)" = new ]' \
			"shell cp -p $skel-accept $skel.new; mv $skel.new $skel-accept" \
			'send RETR 1' 'expect +OK*' body 'send DELE 1' 'expect +OK*' \
			'send QUIT' 'expect +OK*' eof
		[ ! -e "$box/new/1.a" ]
		systemctl restart pop3-skel-accept.service
		[ "$(socat -u TCP:127.0.0.1:110 -)" = new ]
	END
}

@test "a loop that hangs, or dies, is started anew by systemd" {
	inside <<-'END'
		restart_with pop3-skel-accept.service <<-'UNIT'
			[Service]
			WatchdogSec=1
		UNIT
		systemctl start pop3-skel-accept.socket
		curl -sS --user demo:demo pop3://127.0.0.1/1 >got
		systemctl kill --kill-whom=main -s STOP pop3-skel-accept.service
		in_journal 'Watchdog timeout'
		curl -sS --user demo:demo pop3://127.0.0.1/1 | head -n 1
		systemctl kill --kill-whom=main -s KILL pop3-skel-accept.service
		curl -sS --user demo:demo pop3://127.0.0.1/1 | head -n 1
	END
	[ "$output" = $'Subject: new/1.a\r\nSubject: new/1.a\r' ] ||
		{ echo "$output"; false; }
}

@test "idle-exit: the loop goes when nobody needs it, the socket stays" {
	inside <<-'END'
		echo 'POP3_SKEL_ACCEPT_OPTIONS="--idle-exit 1"' >>"$(default_file)"
		systemctl start pop3-skel-accept.socket
		curl -sS --user demo:demo pop3://127.0.0.1/1 | head -n 1
		in_journal 'ended why=idle'
		wait_until 20 eval '! systemctl is-active -q pop3-skel-accept.service'
		curl -sS --user demo:demo pop3://127.0.0.1/1 | head -n 1
		systemctl --failed --no-legend
	END
	[ "$output" = $'Subject: new/1.a\r\nSubject: new/1.a\r' ] ||
		{ echo "$output"; false; }
}

@test "the two pairs exclude each other" {
	inside <<-'END'
		systemctl start pop3-skel.socket
		systemctl start pop3-skel-accept.socket
		curl -sS --user demo:demo pop3://127.0.0.1/1 | head -n 1
		systemctl is-active pop3-skel.socket pop3-skel-accept.socket || :
		systemctl start pop3-skel.socket
		curl -sS --user demo:demo pop3://127.0.0.1/1 | head -n 1
		systemctl is-active pop3-skel.socket pop3-skel-accept.socket || :
	END
	printf '%s\n' $'Subject: new/1.a\r' inactive active \
		$'Subject: new/1.a\r' active inactive | diff - <(echo "$output")
}
