# SPDX-License-Identifier: ISC
# The units of TLS, under a real systemd: port 995 and STLS before either pair.
#
# bats file_tags=once,long

load ../lib/common
load ../lib/examples
load ../lib/systemd
load ../lib/tls

prepare() {
	need_tls
	(cd "$work" && make_certificate one localhost && make_certificate two)
}

@test "units: 995 and STLS before either pair, renewed under a connection" {
	example pop3-skel-tls.8 hook >hook
	example pop3-skel-tls.8 only >only
	example pop3-skel-tls.8 enable >enable
	example pop3-skel-tls.8 without >without
	inside <<-'END'
		folder=$(dirname "$(users_file)")
		sed -i "s|/etc/pop3-skel|$folder|" hook
		mkdir lineage
		# As certbot does it.
		renew() {
			cp "$work/$1.crt" lineage/fullchain.pem
			cp "$work/$1.key" lineage/privkey.pem
			RENEWED_LINEAGE=$work/lineage sh ./hook
		}
		renew one
		# The lines of the manual, for this pair.
		enable() {
			sed "s/pop3-skel\(-proxy\)\?\.socket/$pair\1.socket/" $1 >this
			sh ./this 2>enabled || cat enabled
		}
		fetch() {
			curl -sS --max-time 60 --ssl-reqd --cacert "$work/$1.crt" \
				"$2" --user demo:demo >got || journal | tail -n 30
			tr -d '\r' <got | cmp - "$box/new/1.a"
		}
		messages new/1.a
		for pair in pop3-skel pop3-skel-accept; do
			# 995 is there, and somebody has come, before STLS is wanted.
			sed -i /POP3_SKEL_OPTIONS/d "$(default_file)"
			enable only
			fetch one pop3s://127.0.0.1/1
			echo "POP3_SKEL_OPTIONS='--cleartext never --stls /run/pop3-skel/stls'" \
				>>"$(default_file)"
			systemctl stop pop3-skel-accept.service 2>stopped
			enable enable
			fetch one pop3s://127.0.0.1/1
			fetch one pop3://127.0.0.1/1
			systemctl stop $pair.socket $pair-proxy.socket pop3-skel-accept.service
		done
		stat -c '%U:%G %a' /run/pop3-skel/proxy /run/pop3-skel/stls
		in_journal '^login .* tls=TLSv1.3 cipher=TLS_AES_256_GCM_SHA384 mechanism='
		systemctl start $pair.socket $pair-proxy.socket
		# It lives through the renewal, and ends as any.
		exec {to}> >(openssl s_client -connect 127.0.0.1:995 -quiet \
			-verify_quiet >live 2>/dev/null)
		wait_until 20 grep -q '^+OK' live
		old=$(systemctl show -P MainPID pop3-skel-tls.service)
		renew two
		[ "$(systemctl show -P MainPID pop3-skel-tls.service)" != "$old" ]
		fetch two pop3s://127.0.0.1/1
		printf 'QUIT\r\n' >&$to
		exec {to}>&-
		wait_until 20 eval '[ "$(grep -c "^+OK" live)" -eq 2 ]'
		# One that is not good is refused before anything goes.
		cp two.crt lineage/fullchain.pem
		cp one.key lineage/privkey.pem
		old=$(systemctl show -P MainPID pop3-skel-tls.service)
		! RENEWED_LINEAGE=$work/lineage sh ./hook 2>refused || echo taken
		grep -q 'key values mismatch' refused
		[ "$(systemctl show -P MainPID pop3-skel-tls.service)" = "$old" ]
		cmp two.key "$folder/key.pem"
		fetch two pop3s://127.0.0.1/1
		# The key is in no environment, no argument, no log.
		key=$(sed -n 2p "$work/one.key")
		! journal | grep -qF "$key"
		! cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>/dev/null |
			grep -qaF "$key"
		systemctl --failed --no-legend
		# The same without systemd, by the manual's other lines.
		systemctl stop 'pop3-skel*.socket' 'pop3-skel*.service'
		rm /run/pop3-skel/*
		cp one.crt fullchain.pem
		cp one.key privkey.pem
		sh ./without >without.log 2>&1 &
		wait_until 20 eval 'true <>/dev/tcp/127.0.0.1/995' 2>/dev/null
		fetch one pop3s://127.0.0.1/1
		ps -C pop3-skel-accept,pop3-skel-tls -o user:20=,group= | sort
	END
	[ "$output" = "$(printf '%s\n' 'root:pop3-skel-proxy 660' \
		'root:pop3-skel 660' 'pop3-skel            pop3-skel' \
		'pop3-skel-tls        pop3-skel')" ] ||
		{ echo "$output"; false; }
}

@test "units: every client of TLS fetches every sample by 995 and STLS, before either pair" {
	example pop3-skel-tls.8 only >only
	example pop3-skel-tls.8 enable >enable
	"$top/scripts/sample-maildir" "$work/sample"
	inside <<-'END'
		. "${TALK%/*}/common.bash"
		. "${TALK%/*}/clients.bash"
		rm -r "$box"
		cp -r sample "$box"
		chown -R pop3-skel: "$box"
		folder=$(dirname "$(users_file)")
		install -m 600 one.crt "$folder/cert.pem"
		install -m 600 one.key "$folder/key.pem"
		echo "POP3_SKEL_OPTIONS='--cleartext never --stls /run/pop3-skel/stls'" \
			>>"$(default_file)"
		clients_prepare "$box" "$work/one.crt"
		for pair in pop3-skel pop3-skel-accept; do
			sed -i "s/pop3-skel\(-proxy\)\?\.socket/$pair\1.socket/" only enable
			sh ./only 2>enabled
			# No other socket of ours is there.
			systemctl list-sockets --no-legend 'pop3-skel*' |
				awk '{ print $1 }' | sort | paste -sd' '
			! listening 110 || echo 'port 110 is open'
			sh ./enable 2>enabled
			for client in "${!clients_keep_crlf[@]}"; do
				# A write for each octet takes its time: once, at home.
				[ $client != gnutls ] || continue
				clients_fetch $client tls 995
				! clients_can $client stls || clients_fetch $client stls 110
			done
			systemctl stop 'pop3-skel*.socket'
			wait_until 20 eval '! listening 995' || echo '995 is left'
		done
		# Twice eight by 995, seven by STLS.
		journal | grep -c '^login .* tls=TLSv1.3 '
		journal | grep '^login ' | grep -vc ' tls=TLSv1.3 ' || :
		systemctl --failed --no-legend
	END
	[ "$output" = "$(printf '%s\n' \
		'/run/pop3-skel/proxy /run/pop3-skel/stls [::]:995' \
		'/run/pop3-skel/proxy /run/pop3-skel/stls [::]:995' 30 0)" ] ||
		{ echo "$output"; false; }
}
