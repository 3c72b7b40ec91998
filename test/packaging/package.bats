# SPDX-License-Identifier: ISC
# The Debian package: built, checked, installed, used, removed and purged on a
# throw-away machine.
#
# bats file_tags=once,long,whole

load ../lib/common
load ../lib/examples

prepare_file() {
	[ "$(id -u)" -eq 0 ] || return 0
	deb=$("$top/scripts/package" "$BATS_FILE_TMPDIR") || return 1
	export deb
}

prepare() {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
}

@test "package: lintian has nothing to say; install, serve, remove, purge" {
	[ -f "$deb" ]
	version=$(dpkg-deb -f "$deb" Version)
	[ "$deb" = "$BATS_FILE_TMPDIR/pop3-skel_${version}_$(dpkg --print-architecture).deb" ]
	# lintian forgets a file in there.
	TMPDIR=$work lintian --allow-root --fail-on warning,error \
		--tag-display-limit 0 "$deb"
	# The programs that are started for every session are static.
	dpkg -x "$deb" tree
	[ "$(tree/usr/sbin/pop3-skel --version)" = "pop3-skel $version" ]
	for program in sbin/pop3-skel libexec/pop3-skel/maildir \
		libexec/pop3-skel/checkpassword libexec/pop3-skel/login-delay; do
		run -1 grep -c -E 'INTERP|NEEDED' \
			<(readelf -ldW "tree/usr/$program")
	done
	cat >inside <<-'END'
		set -euo pipefail
		. "$tests/lib/machine.bash"

		# What is on the machine, but for what dpkg and others keep.
		all() {
			find /etc /usr /lib /home /var/lib -xdev \
				-not -path '/var/lib/dpkg*' \
				-not -path '/var/lib/systemd*' \
				-not -path '/var/lib/apt*' \
				-not -path '/var/cache*' \
				-not -name '*-' -not -name .pwd.lock | sort
		}
		# Where nothing may start, nothing is seen not to.
		rm -f /usr/sbin/policy-rc.d
		all >/tmp/before
		dpkg --force-unsafe-io -i "$deb"
		id pop3-skel
		# Nothing listens yet, and nothing will by itself.
		for unit in pop3-skel.socket pop3-skel-accept.socket \
			pop3-skel-backend.socket \
			pop3-skel-proxy.socket pop3-skel-accept-proxy.socket \
			pop3-skel-tls.socket pop3-skel-stls.socket; do
			[ "$(systemctl is-enabled "$unit")" = disabled ]
			[ "$(systemctl is-active "$unit")" = inactive ]
		done
		closed() { ! listening "$1"; }
		closed 110

		# A users file to begin with, which only root and sessions read.
		[ "$(stat -c %U:%G:%a /etc/pop3-skel/users)" = \
			root:pop3-skel:640 ]
		! grep -v '^#' /etc/pop3-skel/users
		machine_mail /etc/pop3-skel/users
		systemctl enable --now pop3-skel.socket
		serves 127.0.0.1 110
		# An upgrade leaves it listening, and a session that is open.
		exec 5<>/dev/tcp/127.0.0.1/110
		read -r -t 20 -u 5 _
		dpkg --force-unsafe-io -i "$deb"
		listening 110
		printf 'QUIT\r\n' >&5
		read -r -t 20 -u 5 line
		[[ $line == '+OK '* ]]
		exec 5>&-
		fetch 127.0.0.1:110
		# The accept loop it starts anew, and the socket stays.
		loop() { systemctl show -P MainPID pop3-skel-accept.service; }
		systemctl disable --now pop3-skel.socket
		systemctl enable --now pop3-skel-accept.socket
		fetch 127.0.0.1:110
		before=$(loop)
		exec 5<>/dev/tcp/127.0.0.1/110
		read -r -t 20 -u 5 _
		dpkg --force-unsafe-io -i "$deb"
		fetch 127.0.0.1:110
		printf 'QUIT\r\n' >&5
		read -r -t 20 -u 5 line
		[[ $line == '+OK '* ]]
		exec 5>&-
		[ "$before" -ne 0 ] && [ "$(loop)" -ne "$before" ]
		grep -q '^demo1:' /etc/pop3-skel/users
		find /var/lib/pop3-skel -type f -print0 | xargs -0 sha256sum >/tmp/mail

		dpkg --force-unsafe-io -r pop3-skel
		wait_until 5 closed 110
		[ ! -e /usr/sbin/pop3-skel ]
		# What the administrator may have changed stays.
		[ -e /etc/default/pop3-skel ]
		dpkg --force-unsafe-io -P pop3-skel
		# Mail, and whose it is, are not the package's.
		sha256sum -c --quiet /tmp/mail
		rm /etc/pop3-skel/users
		rmdir /etc/pop3-skel
		rm -r /var/lib/pop3-skel
		all | diff /tmp/before -
		# One without users goes with the package.
		dpkg --force-unsafe-io -i "$deb"
		dpkg --force-unsafe-io -P pop3-skel
		rm -rf /var/lib/pop3-skel
		all | diff /tmp/before -
	END
	"$top/test/lib/run-systemd.sh" -J journal \
		-b "$work" -b "$BATS_FILE_TMPDIR" -b "$top/test" \
		-e "deb=$deb" -e "tests=$top/test" \
		-- bash "$work/inside" || {
		tail -n 20 journal
		return 1
	}
}

@test "the guide: ten commands from the package to mail over TLS, and what comes after" {
	local name
	for name in first fail2ban check check-proxy backup restore; do
		case $name in
		first) example pop3-skel-admin.7 first ;;
		fail2ban) example pop3-skel-admin.7 fail2ban ;;
		check) example pop3-skel-admin.7 check ;;
		check-proxy) example pop3-skel-admin.7 check-proxy ;;
		backup) example pop3-skel-admin.7 backup ;;
		restore) example pop3-skel-admin.7 restore ;;
		esac | sed 's/--user alice /--user alice:secret /' >"$name"
	done
	[ "$(wc -l <first)" -le 10 ]
	openssl req -x509 -newkey rsa:2048 -nodes -days 60 -subj /CN=mail.example.org \
		-addext subjectAltName=DNS:mail.example.org \
		-keyout privkey.pem -out fullchain.pem 2>/dev/null
	cp "$deb" .
	cat >inside <<-'END'
		set -euo pipefail
		. "$tests/lib/machine.bash"
		cd "$work"
		rm -f /usr/sbin/policy-rc.d
		step() {
			bash -euo pipefail "./$1"
		}
		# A client that is not of this machine, as far as anybody can see.
		ip addr add 192.0.2.1/32 dev lo
		echo 192.0.2.1 mail.example.org >>/etc/hosts
		export CURL_CA_BUNDLE=$work/fullchain.pem

		# What apt asks is answered.
		echo 'APT::Get::Assume-Yes "true";' >/etc/apt/apt.conf.d/yes
		# No terminal: mkpasswd takes the password from stdin.
		setsid -w bash -euo pipefail ./first <<<secret >got || { cat got; false; }
		tail -n 1 got | grep -qx $'It works.\r'
		journalctl -o cat --no-pager |
			grep -q '^login .*user=alice address=192.0.2.1 .*tls=TLSv1.3'

		step check
		step check-proxy
		refute() { if "$@"; then return 1; fi; }
		refute /usr/lib/nagios/plugins/check_pop -H mail.example.org -p 995 -S -D 90

		printf '[sshd]\nenabled = false\n' >/etc/fail2ban/jail.d/zz.conf
		systemctl start fail2ban.service
		wait_until 30 fail2ban-client ping
		step fail2ban
		refute curl -sS --user alice:wrong pop3s://mail.example.org/1
		wait_until 30 eval 'fail2ban-client status pop3-skel | grep "Total failed:.1$"'

		# A unique-id that another server told outlives the machine.
		list=/var/lib/pop3-skel/alice/Maildir/dovecot-uidlist
		echo '3 V1795676061 N9' >"$list"
		echo '5 :1.first' >>"$list"
		chown pop3-skel: "$list"
		mv /var/lib/pop3-skel/alice/Maildir/new/1.first \
			/var/lib/pop3-skel/alice/Maildir/cur/1.first:2,S
		echo 'POP3_SKEL_OPTIONS="maildir --uidl dovecot"' >>/etc/default/pop3-skel
		ids() { curl -sS --user alice:secret pop3s://mail.example.org/ -X UIDL; }
		ids >before
		grep -q 000000056b07d79d before
		rm "$list"
		step backup
		rm -r /var/lib/pop3-skel /etc/pop3-skel /etc/default/pop3-skel
		step restore
		ids | diff before -
	END
	"$top/test/lib/run-systemd.sh" -J journal -t 300 \
		-b "$work" -b "$BATS_FILE_TMPDIR" -b "$top/test" \
		-e "work=$work" -e "tests=$top/test" \
		-- bash "$work/inside" || {
		tail -n 20 journal
		return 1
	}
}

# POP3_SKEL_SESSIONS says how many, at least.
@test "upgraded, restarted and killed under load over TLS: nobody is refused, and no session cut" {
	load ../lib/tls
	make_certificate mail localhost
	cat >inside <<-'END'
		set -euo pipefail
		. "$tests/lib/machine.bash"
		cd "$work"
		rm -f /usr/sbin/policy-rc.d
		upgrade() { dpkg --force-unsafe-io -i "$deb" >>dpkg.log 2>&1; }
		upgrade
		machine_mail /etc/pop3-skel/users
		for i in 1 2 3 4; do
			box=/var/lib/pop3-skel/demo$i/Maildir
			echo "user$i:{PLAIN}demo::::${box%/*}"
			printf 'Subject: two\n\ntext of new/2.b\n' >"$box/new/2.b"
		done >>/etc/pop3-skel/users
		chown -R pop3-skel: /var/lib/pop3-skel
		install -m 600 mail.crt /etc/pop3-skel/cert.pem
		install -m 600 mail.key /etc/pop3-skel/key.pem
		for name in ACCEPT TLS; do
			echo "POP3_SKEL_${name}_OPTIONS='--max-per-source 0'"
		done >>/etc/default/pop3-skel
		systemctl start pop3-skel-accept-proxy.socket pop3-skel-tls.socket
		"$tests/lib/load.py" "$many" 995 mail.crt 2>sessions &
		load=$!
		main() { systemctl show -P MainPID "pop3-skel-$1.service"; }
		# The one that there was has gone, and another is there.
		another() { [ -e enough ] ||
			{ [ "$(main "$1")" -ne 0 ] && [ "$(main "$1")" -ne "$2" ]; }; }
		for name in accept tls; do
			wait_until 60 another $name 0
		done
		turns=0
		while [ ! -e enough ]; do
			[ "$turns" -lt 6 ] || [ ! -e many ] || touch enough
			accept=$(main accept) tls=$(main tls)
			case $((turns % 6)) in
			0) systemctl restart pop3-skel-tls.service ;;
			1) systemctl kill --kill-whom=main pop3-skel-tls.service ;;
			2) systemctl restart pop3-skel-accept.service ;;
			3) systemctl kill --kill-whom=main -s KILL pop3-skel-accept.service ;;
			4) upgrade ;;
			# Who was connected would lose his keys: nobody is, but
			# there are those who come while it is gone.
			5)
				rm -f held
				touch hold
				wait_until 60 eval '[ -e held ] || [ -e enough ]'
				systemctl kill --kill-whom=main -s KILL pop3-skel-tls.service
				rm hold
				;;
			esac
			case $((turns % 6)) in
			0 | 1 | 4 | 5) wait_until 60 another tls "$tls" ;;
			esac
			case $((turns % 6)) in
			2 | 3 | 4) wait_until 60 another accept "$accept" ;;
			esac
			turns=$((turns + 1))
		done
		wait "$load"
		[ "$turns" -ge 6 ] && [ "$(cat sessions)" -ge "$many" ]
		echo "# $(cat sessions) sessions over TLS, $turns turns" >told
		journalctl -b -o cat --no-pager -u 'pop3-skel*' \
			-g '^(fault|refused)|^ended .*user=' | grep -v ' why=quit ' || :
		systemctl --failed --no-legend
	END
	run "$top/test/lib/run-systemd.sh" -J journal -t 900 \
		-b "$work" -b "$BATS_FILE_TMPDIR" -b "$top/test" \
		-e "deb=$deb" -e "tests=$top/test" -e "work=$work" \
		-e "many=${POP3_SKEL_SESSIONS:-48}" -- bash "$work/inside"
	[ "$status" -eq 0 ] && [ -z "$output" ] || {
		echo "$output"
		tail -n 20 journal
		return 1
	}
	cat told >&3
}

# later A B: B is a version that replaces A.
later() {
	printf '%s -> %s\n' "$@"
	dpkg --compare-versions "$1" lt "$2"
}

@test "versions: the changelog's, and each commit and change is a later one" {
	mkdir -p tree/scripts/debian
	cp "$top/scripts/version" tree/scripts
	cp "$top/scripts/debian/changelog" tree/scripts/debian
	cd tree
	export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=a GIT_COMMITTER_NAME=a \
		GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_EMAIL=a@example.org
	release=$(scripts/version)
	[[ $release =~ ^[0-9]+(\.[0-9]+)+$ ]]
	git init -q .
	[ "$(scripts/version)" = "$release" ]
	git add -A
	git commit -qm one
	one=$(scripts/version)
	later "$release" "$one"
	[[ $one == "$release+1.20"??????.g* ]]
	[ "$(scripts/version)" = "$one" ]
	touch -d '2020-01-01 UTC' 'a new file'
	changed=$(scripts/version)
	later "$one" "$changed"
	[[ $changed == "$one.dirty.1577836800" ]]
	touch -d '2020-01-02 UTC' 'a new file'
	later "$changed" "$(scripts/version)"
	git add -A
	git commit -qm two
	later "$changed" "$(scripts/version)"
	git tag "v$release"
	[ "$(scripts/version)" = "$release" ]
	# A tree that lies in somebody else's checkout.
	mkdir -p other/scripts/debian
	cp scripts/version other/scripts
	cp scripts/debian/changelog other/scripts/debian
	[ "$(other/scripts/version)" = "$release" ]
	# The next release replaces all that was before it.
	sed -i '1s/(.*)/(0.1.1)/' other/scripts/debian/changelog
	later "$one" "$(other/scripts/version)"
}
