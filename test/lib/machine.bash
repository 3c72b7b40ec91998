# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154 # From the environment.
#
# For what runs in a throw-away container (run-systemd.sh) where pop3-skel is
# installed: mailboxes, super-servers, and what each of these has to do. $manual
# is the source of pop3-skel(8).

# shellcheck source=test/lib/common.bash
. "${BASH_SOURCE[0]%/*}/common.bash"

# The mailboxes of demo1 to demo8 and their users file, $1. One name of demo1's
# cannot be served, and each session that sees it logs so.
machine_mail() {
	local i mail=/var/lib/pop3-skel
	mkdir -p "${1%/*}"
	for i in {1..8}; do
		printf 'demo%d:{PLAIN}demo::::%s/demo%d\n' "$i" "$mail" "$i"
		mkdir -p "$mail/demo$i/Maildir/"{new,cur,tmp}
		printf 'Subject: hello\n\n.dot\n' >"$mail/demo$i/Maildir/new/1.a"
	done >"$1"
	: >"$mail/demo1/Maildir/new/"$'2.no\nname'
	chown -R pop3-skel:pop3-skel "$mail" "$1"
}

# The example of the manual that is marked so, as a reader sees it.
activation() {
	awk -v mark=".\\\\\" activation: $1" '
		$0 == mark { found = 1; next }
		found && /^\.Ed/ { exit }
		found && !/^\.Bd/ { gsub(/\\e/, "\\"); print }
	' "$manual" | tee /tmp/activation
	[ -s /tmp/activation ]
}

# Starts a super-server as the unit "super", its stderr the journal's.
super() {
	systemd-run --quiet --unit=super --service-type=exec \
		--property=LimitNOFILE=1024 "$@"
}

# How many events of one word the journal has about one address.
events() {
	journalctl -b -o cat --no-pager | grep -c "^$1 session=.* address=$2 "
}

at_least() {
	[ "$(events "$1" "$2")" -ge "$3" ]
}

# One mail is fetched, whole: fetch HOST:PORT [NUMBER]
fetch() {
	curl -sS --max-time 20 "pop3://demo${2-1}:demo@$1/1" | cmp - <(
		printf 'Subject: hello\r\n\r\n.dot\r\n')
}

# A session whose backend logs something too; none of it is the client's.
hear() {
	"${BASH_SOURCE[0]%/*}/talk.py" --timeout 30 --connect "$1" <<-'END'
		expect +OK *
		send USER demo1
		expect +OK*
		send PASS demo
		expect +OK 1 message*
		send QUIT
		expect +OK *
		eof
	END
}

# What every way to start it has to do: serves HOST PORT
serves() {
	local at=$1:$2 i jobs=()
	wait_until 20 listening "$2"
	fetch "$at"
	hear "$at"
	for i in {1..8}; do
		fetch "$at" "$i" &
		jobs+=("$!")
	done
	for i in "${jobs[@]}"; do
		wait "$i" || return 1
	done
	# Of each session its address and its end are told, and no more.
	wait_until 10 at_least ended "$1" 10
	[ "$(events started "$1")" -eq 10 ]
	[ "$(journalctl -b -o cat --no-pager | grep -c '^ended ')" -eq 10 ]
	# demo1's name that cannot be served, as often as it was seen.
	[ "$(events backend "$1")" -eq 3 ]
}
