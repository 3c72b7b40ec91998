# SPDX-License-Identifier: ISC
#
# What the sockets check at their start, under a real systemd.
#
# bats file_tags=once,long

load ../lib/common
load ../lib/systemd
load ../lib/tls

prepare_file() { :; }

# each_pair: the script on stdin for either pair, with $pair its name, and the
# functions below. It ends with no unit failed.
each_pair() {
	{
		cat <<-'END'
			head -n 1 "$(default_file)" >default
			told() { { cat default; echo "$1=\"$2\""; } >"$(default_file)"; }
			fails() { ! systemctl start "$pair.socket" 2>/dev/null &&
				! listening 110 || echo "not refused: $1"; }
			greeted() { talk_to "expect $1" || journal | tail -n 20; }
			for pair in pop3-skel pop3-skel-accept; do
		END
		declare -f listening
		cat
		echo 'systemctl stop "$pair.socket" "$pair.service" 2>/dev/null || :'
		echo 'done; systemctl --failed --no-legend'
	} >script
	inside <script
	[ -z "$output" ] || { echo "$output"; false; }
}

@test "options that make no sense fail the start of the socket; mended, it starts, however often" {
	each_pair <<-'END'
		# More often than a unit may fail by default.
		for i in 1 2 3 4 5 6; do
			told POP3_SKEL_OPTIONS "--timeout soon$pair$i"
			fails timeout
			in_journal "pop3-skel: --timeout soon$pair$i is no number from 0 to"
		done
		told POP3_SKEL_OPTIONS 'maildir --nonsense'
		fails backend
		in_journal 'the backend maildir cannot make sense of what stands behind'
		told POP3_SKEL_ACCEPT_OPTIONS --frob
		[ "$pair" = pop3-skel ] || fails accept
		told POP3_SKEL_OPTIONS "--greeting 'it  works' --timeout 700"
		systemctl start $pair.socket
		greeted '+OK it  works'
	END
}

@test "what may come yet is told, and fails no start; what is checked has the rights of a session" {
	each_pair <<-'END'
		mv "$(users_file)" users
		systemctl start $pair.socket
		in_journal "users file $(users_file) cannot be used"
		journal -p 4 | grep -q 'pop3-skel: the backend maildir turns clients'
		mv users "$(users_file)"
		curl -sS --user demo:demo pop3://127.0.0.1/1 >got
		grep -q 'text of' got
		systemctl stop $pair.socket
		# Nobody but root reads it now.
		chmod 600 "$(users_file)"
		systemctl start $pair.socket
		in_journal "Permission denied.*uid=$(id -u pop3-skel)"
		chmod 640 "$(users_file)"
		journalctl --rotate --vacuum-time=1s >/dev/null 2>&1
	END
}

@test "broken while the socket is up: clients hear so, or wait; mended, it is right with the next one" {
	each_pair <<-'END'
		anew() { [ "$pair" = pop3-skel ] ||
			systemctl restart $pair.service 2>/dev/null || :; }
		systemctl start $pair.socket
		greeted '+OK *'
		told POP3_SKEL_OPTIONS '--timeout soon'
		anew
		for i in 1 2 3 4 5 6 7; do
			greeted '-ERR [SYS/TEMP] the server is not set up'
		done
		in_journal 'what="--timeout soon is no number'
		told POP3_SKEL_OPTIONS "--greeting mended"
		anew
		greeted '+OK mended'
		[ "$pair" = pop3-skel ] && continue
		# Those who come meanwhile are served by the next one.
		told POP3_SKEL_ACCEPT_OPTIONS '--frob'
		anew
		exec 5<>/dev/tcp/127.0.0.1/110
		wait_until 30 eval '[ "$(systemctl show -P NRestarts $pair)" -ge 7 ]'
		systemctl is-active -q $pair.socket || echo "the socket is gone"
		told NOTHING ''
		read -r -t 20 -u 5 line
		[[ $line == '+OK '* ]] || echo "not served: $line"
		exec 5>&-
		greeted '+OK *'
	END
}

@test "as the manual has it, by hand: what a unit would be told, and as whom" {
	load ../lib/examples
	example pop3-skel.8 check |
		sed 's|/etc/default/pop3-skel|"$(default_file)"|' >check
	inside <<-'END'
		echo "POP3_SKEL_OPTIONS=\"--greeting 'two  words' maildir\"" \
			>>"$(default_file)"
		. ./check
		echo "POP3_SKEL_OPTIONS=\"--greeting 'two  words' --mode reed\"" \
			>>"$(default_file)"
		status=0
		. ./check 2>told || status=$?
		echo "$status"
		grep -c 'mode reed is none of: normal' told
	END
	[ "$output" = $'64\n1' ] || { echo "$output"; false; }
}

@test "TLS: a certificate that is not good is told at the socket's start, and no start fails for it" {
	need_tls
	(cd "$work" && make_certificate one && make_certificate two)
	inside <<-'END'
		folder=$(dirname "$(users_file)")
		systemctl start pop3-skel-tls.socket
		in_journal "cannot use the certificate $folder/cert.pem: No such file.*: put a"
		ss -ltn | grep -q ":995 "
		systemctl stop pop3-skel-tls.socket pop3-skel-tls.service 2>/dev/null
		install -m 600 one.crt "$folder/cert.pem"
		install -m 600 two.key "$folder/key.pem"
		systemctl start pop3-skel-tls.socket pop3-skel-proxy.socket
		in_journal "cannot use the key $folder/key.pem: key values mismatch: put a"
		# A client waits; the key that is right is taken without more ado.
		curl -sS --max-time 180 --cacert one.crt --user demo:demo \
			pop3s://127.0.0.1/1 >got &
		wait_until 120 eval '[ "$(systemctl show -P NRestarts pop3-skel-tls)" -ge 7 ]'
		install -m 600 one.key "$folder/key.pem"
		wait $!
		grep -q 'text of' got
		systemctl stop pop3-skel-tls.socket pop3-skel-tls.service 2>/dev/null
		echo 'POP3_SKEL_TLS_OPTIONS=--frob' >>"$(default_file)"
		! systemctl start pop3-skel-tls.socket 2>/dev/null || echo started
		in_journal 'pop3-skel-tls: cannot make sense of --frob'
		systemctl reset-failed
	END
	[ -z "$output" ] || { echo "$output"; false; }
}
