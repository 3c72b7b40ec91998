# SPDX-License-Identifier: ISC
#
# The units: what systemd says of them, what their sandboxes leave open, and
# the drop-ins, each with a backend that needs it.
#
# bats file_tags=once

load ../lib/common
load ../lib/examples
load ../lib/systemd

@test "systemd-analyze verify: exit 0, and not a word" {
	inside <<-'END'
		cd "$(dirname "$(systemctl show -P FragmentPath pop3-skel.socket)")"
		systemd-analyze verify ./pop3-skel.socket ./pop3-skel@.service \
			./pop3-skel-accept.socket ./pop3-skel-accept.service \
			./pop3-skel-backend.socket ./pop3-skel-backend.service \
			./pop3-skel-proxy.socket ./pop3-skel-proxy@.service \
			./pop3-skel-accept-proxy.socket ./pop3-skel-tls.socket \
			./pop3-skel-stls.socket ./pop3-skel-tls.service
	END
	[ -z "$output" ] || { echo "$output"; false; }
}

# exposure UNIT MOST
exposure() {
	local figure
	cp "$POP3_SKEL_STAGE/systemd/$1" .
	figure=$(systemd-analyze security --no-pager --offline=true "./$1" |
		sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
	echo "# exposure of $1: $figure, at most $2" >&3
	[ -n "$figure" ] && awk "BEGIN { exit !($figure <= $2) }"
}

@test "TLS that cannot start, without a certificate, is tried twelve times a minute, and not twice a second" {
	[ "$(sed -n 's/^RestartSec=//p' "$top/units/pop3-skel-tls.service.in")" = 5s ]
	grep -qx 'StartLimitIntervalSec=0' "$top/units/pop3-skel-tls.service.in"
}

@test "exposure: at most 1.2 for what stays, 2.5 for a session's own" {
	exposure pop3-skel-accept.service 1.2
	exposure pop3-skel-backend.service 1.2
	exposure pop3-skel@.service 2.5
	exposure pop3-skel-proxy@.service 2.5
	exposure pop3-skel-tls.service 1.2
}

@test "what the manual says of the exposure is what systemd says" {
	local unit
	for unit in pop3-skel@.service pop3-skel-accept.service; do
		cp "$POP3_SKEL_STAGE/systemd/$unit" .
		systemd-analyze security --no-pager --offline=true "./$unit" |
			sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p'
	done >told
	sed -n 's/^\.It Pa pop3-skel.*\.service Ta .* Ta \([0-9.]*\)$/\1/p' \
		"$top/src/accept/pop3-skel-accept.8" | cmp - told
}

@test "sysusers: a user without a login, whose home is the state directory" {
	inside <<-'END'
		getent passwd pop3-skel | cut -d : -f 6-7
		systemctl start pop3-skel.socket
		curl -sS --user demo:demo pop3://127.0.0.1/1 >got
		stat -c '%U %a' /var/lib/pop3-skel
	END
	[ "$output" = $'/var/lib/pop3-skel:/usr/sbin/nologin\npop3-skel 750' ] ||
		{ echo "$output"; false; }
}

@test "the backend pair: mail of one maildir for both pairs; a restart ends no session" {
	# shellcheck disable=SC2016 # For the shell there.
	example maildir.8 units |
		sed 's|/etc/default/pop3-skel|"$(default_file)"|' >enable
	inside <<-'END'
		. ./enable 2>/dev/null
		stat -c '%U:%G %a' /run/pop3-skel /run/pop3-skel/backend
		n=3
		for pair in pop3-skel pop3-skel-accept; do
			systemctl start $pair.socket
			talk_to 'expect +OK*' 'send USER demo' 'expect +OK*' \
				'send PASS demo' "expect +OK $n *" \
				'shell systemctl restart pop3-skel-backend.service' \
				'send DELE 1' 'expect +OK*' \
				'send QUIT' 'expect +OK*' eof || journal | tail -n 20
			: $((n--))
			curl -sS --user demo:demo pop3://127.0.0.1/1 | grep -c '^text of'
		done
		ls "$box/new"
		[ "$(journal -g '^login ' | grep -c .)" -eq 4 ]
		# Its socket is the sessions', and it asks who is there.
		! setpriv --reuid=65534 --regid=65534 --clear-groups \
			socat -u OPEN:/dev/null UNIX-CONNECT:/run/pop3-skel/backend \
			2>/dev/null || echo open
		[ -z "$(printf 'hello 1\n' | setpriv --reuid=65534 --regid=65534 \
			--groups="$(id -g pop3-skel)" \
			socat -t 5 - UNIX-CONNECT:/run/pop3-skel/backend \
			2>/dev/null)" ]
		in_journal 'asked by who may not, uid 65534'
		systemctl stop pop3-skel-backend.socket pop3-skel-backend.service
		[ ! -e /run/pop3-skel/backend ] || echo left
		systemctl --failed --no-legend
	END
	[ "$output" = $'root:root 755\nroot:pop3-skel 660\n1\n1\n3.c' ] ||
		{ echo "$output"; false; }
}

# with_drop_in NAME SCRIPT: the script runs for either pair, with the drop-in
# $drop_in in its place; $service is the unit with the sessions, $socket what to
# start.
with_drop_in() {
	cp "$top/units/drop-ins/$1.conf" drop-in.conf
	{
		printf '%s\n' 'for pair in pop3-skel pop3-skel-accept; do' \
			'case $pair in *accept) service=$pair.service ;;' \
			'*) service=$pair@.service ;; esac' \
			'drop_in() { mkdir -p "/run/systemd/system/$service.d"' \
			'cp drop-in.conf "/run/systemd/system/$service.d"' \
			'systemctl daemon-reload; systemctl restart $pair.socket; }'
		cat
		printf '%s\n' 'systemctl stop "$pair*"' 'done' \
			'systemctl --failed --no-legend'
	} >script
	inside <script
	[ -z "$output" ] || { echo "$output"; false; }
}

# A backend whose mail is what a command prints, or nothing where it fails.
prints() {
	cat >prints <<-END
	#!/bin/sh
	while IFS= read -r line; do
		case \$line in
		'hello 1 '*) echo 'OK 1' ;;
		'login '*) echo OK ;;
		'list '*) printf '%s\n' 'msg - one' OK ;;
		'retr '*) if text=\$($* 2>&2); then printf '|%s\n' "\$text"; echo OK
			else echo ERR; fi ;;
		*) echo DEFAULT ;;
		esac
	done
	END
	chmod 755 prints
}

@test "drop-in network: a backend reaches the network, and not without" {
	prints "/usr/bin/python3 -c 'import socket
print(socket.create_connection((\"127.0.0.1\", 8080), 10).recv(99).decode())'"
	with_drop_in network <<-'END'
		cp prints /usr/local/libexec/pop3-skel/prints
		echo 'POP3_SKEL_OPTIONS=prints' >>"$(default_file)"
		[ "$pair" != pop3-skel ] ||
			{ socat TCP-LISTEN:8080,fork,reuseaddr EXEC:'echo from afar' & }
		wait_until 10 eval 'ss -ltn | grep -q :8080'
		systemctl start $pair.socket
		! curl -s --user a:b pop3://127.0.0.1/1 || echo open
		drop_in
		curl -s --user a:b pop3://127.0.0.1/1 | grep -q 'from afar' || journal | tail -n 20
	END
}

@test "drop-in jit: memory that is written and run, and not without" {
	prints "/usr/bin/python3 -c 'import mmap
mmap.mmap(-1, 4096, prot=7)
print(\"compiled\")'"
	with_drop_in jit <<-'END'
		cp prints /usr/local/libexec/pop3-skel/prints
		echo 'POP3_SKEL_OPTIONS=prints' >>"$(default_file)"
		systemctl start $pair.socket
		! curl -s --user a:b pop3://127.0.0.1/1 || echo open
		drop_in
		curl -s --user a:b pop3://127.0.0.1/1 | grep -q compiled || journal | tail -n 20
	END
}

@test "drop-in home: mail in home directories" {
	with_drop_in home <<-'END'
		mkdir -p /home/demo
		cp -a "$box" /home/demo
		chmod 755 /home /home/demo
		echo 'demo:{PLAIN}demo::::/home/demo' >"$(users_file)"
		drop_in
		talk_to 'expect +OK*' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK 3 *' 'send DELE 1' \
			'expect +OK*' 'send QUIT' 'expect +OK*' eof || journal | tail -n 20
		ls /home/demo/Maildir/new | grep -qx 1.a && echo there
		rm -r /home/demo/Maildir
	END
}

@test "drop-in user: mail of another user" {
	with_drop_in user <<-'END'
		id vmail >/dev/null 2>&1 || useradd --system vmail
		mkdir -p /var/vmail
		cp -a "$box" /var/vmail
		chown -R vmail:vmail /var/vmail
		chmod 700 /var/vmail
		echo 'demo:{PLAIN}demo::::/var/vmail' >"$(users_file)"
		drop_in
		talk_to 'expect +OK*' 'send USER demo' 'expect +OK*' \
			'send PASS demo' 'expect +OK 3 *' 'send DELE 1' \
			'expect +OK*' 'send QUIT' 'expect +OK*' eof || journal | tail -n 20
		ls /var/vmail/Maildir/new | grep -qx 1.a && echo there
		rm -r /var/vmail/Maildir
	END
}

@test "drop-in become: each user's mail with that user's rights" {
	with_drop_in become <<-'END'
		for n in 1 2; do
			mkdir -p $home/user$n
			cp -a "$box" $home/user$n
			chown -R 200$n:200$n $home/user$n
			chmod 700 $home/user$n
			echo "user$n:{PLAIN}demo:200$n:200$n::$home/user$n"
		done >"$(users_file)"
		chmod 755 $home
		drop_in
		for n in 1 2; do
			talk_to 'expect +OK*' "send USER user$n" 'expect +OK*' \
				'send PASS demo' 'expect +OK 3 *' \
				"shell pgrep -u 200$n -x pop3-skel >/dev/null" \
				"shell pgrep -u 200$n -x maildir >/dev/null" \
				'send DELE 1' 'expect +OK*' \
				'send QUIT' 'expect +OK*' eof || journal | tail -n 20
			ls $home/user$n/Maildir/new | grep -qx 1.a && echo there
		done
		rm -r $home/user?
	END
}

@test "every drop-in is documented, known to systemd, and not a hole by itself" {
	local file
	cd "$top/units/drop-ins"
	for file in *.conf; do
		[ "$(head -n 1 "$file")" = '# SPDX-License'-'Identifier: ISC' ]
		[ "$(sed -n '/^#/p;/^\[/q' "$file" | wc -l)" -ge 4 ]
		grep -q "${file%.conf}.conf" \
			"$top/src/accept/pop3-skel-accept.8"
	done
	cp ./*.conf "$work"
	inside <<-'END'
		for unit in pop3-skel@ pop3-skel-accept; do
			mkdir -p "/run/systemd/system/$unit.service.d"
			mkdir -p "/run/systemd/system/${unit%@}.socket.d"
			cp ./*.conf "/run/systemd/system/$unit.service.d"
			mv "/run/systemd/system/$unit.service.d"/{socket-user,proxy-tcp}.conf \
				"/run/systemd/system/${unit%@}.socket.d"
			cd "$(dirname "$(systemctl show -P FragmentPath pop3-skel.socket)")"
			systemd-analyze verify "./$unit.service" "./${unit%@}.socket"
			cd "$work"
		done
	END
	[ -z "$output" ] || { echo "$output"; false; }
}
