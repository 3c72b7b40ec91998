# SPDX-License-Identifier: ISC
# Each super-server of pop3-skel(8), started by the very lines that the manual
# gives, on a throw-away machine: a mail comes whole, several at a time do, the
# log stays away from the client and knows his address.
#
# bats file_tags=once,long

load ../lib/common
load ../lib/systemd

prepare_file() {
	[ "$(id -u)" -eq 0 ] || return 0
	# Debian's inetds exclude each other, so they are unpacked only.
	inetds=${XDG_CACHE_HOME:-$HOME/.cache}/pop3-skel-test/inetds
	export inetds
	[ -d "$inetds" ] || unpack openbsd-inetd inetutils-inetd xinetd rlinetd
}

prepare() {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
}

# Downloads packages, and unpacks them into $inetds.
unpack() {
	local part name
	mkdir -p "${inetds%/*}"
	part=$(mktemp -d "$inetds.XXXXXX")
	cd "$part"
	for name; do
		apt-get -qq -o APT::Sandbox::User=root download "$name" || {
			apt-get -qq update
			apt-get -qq -o APT::Sandbox::User=root download "$name"
		}
		dpkg -x "$name"_*.deb "$part"
	done
	rm -- *.deb
	mv -T "$part" "$inetds" 2>/dev/null || rm -r "$part"
	cd "$OLDPWD"
}

# Runs stdin inside, with the functions of test/lib/machine.bash.
on_machine() {
	local source=$top/src
	{
		cat <<-'END'
			. "${TALK%/*}/machine.bash"
			machine_mail "$(users_file)"
			ln -sf /usr/local/sbin/pop3-skel* /usr/sbin/
			cp -R "$inetds/usr/." /usr/
		END
		cat
	} >script
	inside -b "$inetds" -b "$source" -e "inetds=$inetds" \
		-e "manual=$source/session/pop3-skel.8" <script
}

@test "activation: openbsd-inetd, also over IPv6 and past 256 a minute" {
	on_machine <<-'END'
		activation inetd >/etc/inetd.conf
		sed 's/tcp/tcp6/' /tmp/activation >>/etc/inetd.conf
		super /usr/sbin/inetd -i
		serves 127.0.0.1 110
		fetch '[::1]:110'
		wait_until 10 at_least ended ::1 1
		for ((i = 0; i < 260; i++)); do
			exec 5<>/dev/tcp/127.0.0.1/110
			read -r -t 20 -u 5 _
			exec 5<&- 5>&-
		done
		fetch 127.0.0.1:110
	END
}

@test "activation: pop3-skel-accept under an inetd that waits" {
	on_machine <<-'END'
		activation wait >/etc/inetd.conf
		super /usr/sbin/inetd -i
		serves 127.0.0.1 110
		# One process took them all; without it inetd listens again.
		accept=$(pgrep -x pop3-skel-accep)
		kill "$accept"
		wait_until 10 gone "$accept"
		fetch 127.0.0.1:110
	END
}

@test "activation: inetutils-inetd" {
	on_machine <<-'END'
		activation inetd >/etc/inetd.conf
		super --remain-after-exit /usr/sbin/inetutils-inetd
		serves 127.0.0.1 110
	END
}

@test "activation: xinetd" {
	on_machine <<-'END'
		activation xinetd >/etc/xinetd.conf
		super /usr/sbin/xinetd -dontfork -f /etc/xinetd.conf
		serves 127.0.0.1 110
	END
}

@test "activation: rlinetd" {
	on_machine <<-'END'
		activation rlinetd >/etc/rlinetd.conf
		super /usr/sbin/rlinetd -d -f /etc/rlinetd.conf
		serves 127.0.0.1 110
	END
}

@test "activation: tcpserver" {
	on_machine <<-'END'
		super sh -c "$(activation tcpserver)"
		serves 127.0.0.1 110
	END
}

@test "activation: tcpsvd" {
	on_machine <<-'END'
		super sh -c "$(activation tcpsvd)"
		serves 127.0.0.1 110
	END
}

@test "activation: socat" {
	on_machine <<-'END'
		super sh -c "$(activation socat)"
		serves 127.0.0.1 110
		fetch '[::1]:110'
		wait_until 10 at_least ended ::1 1
	END
}

@test "activation: ncat" {
	on_machine <<-'END'
		super --uid=pop3-skel sh -c "$(activation ncat)"
		serves 127.0.0.1 1110
	END
}
