# SPDX-License-Identifier: ISC
# shellcheck shell=bash disable=SC2154
#
# For the tests that need a real systemd: what is installed in the stage runs
# in a throw-away container, whose network is its own. After lib/common.
#
#	inside <<-'END'
#		systemctl enable --now pop3-skel.socket
#		curl -sS --user demo:demo pop3://127.0.0.1/1
#	END
#
# runs the script there, with -eu, under bash, as root. The programs, the units
# and the user are installed; demo has a Maildir, in $box, and the password
# demo; the template of /etc/default is empty. The script has the functions
# below, and what it prints is in $output. Options of run-systemd.sh may come
# before.

inside() {
	[ "$(id -u)" -eq 0 ] || skip 'needs root'
	{
		declare -f wait_until messages in_journal journal talk_to marked \
			forged guessers default_file users_file login_says live_users \
			restart_with active reported report_says
		cat "$common_lib/inside.bash" -
	} >"$work/inside"
	run -0 "$common_lib/run-systemd.sh" -t 400 "$@" -b "$POP3_SKEL_STAGE" \
		-b "$work" -b "$common_lib" -e POP3_SKEL_STAGE="$POP3_SKEL_STAGE" \
		-e work="$work" -e TALK="$TALK" -- bash -eu "$work/inside"
}

# The journal of our units, as journalctl's options have it.
journal() {
	journalctl --sync
	journalctl --no-pager -o cat -u 'pop3-skel*' "$@"
}

# A line of it matches this extended regular expression, soon. (-q would end
# journalctl by a signal, where the journal is long)
in_journal() {
	wait_until 20 eval "journal | grep -cE -e '$1' >/dev/null" || {
		printf 'no line of the journal matches %s\n' "$1"
		journal
		return 1
	}
}

# A user of this machine writes failed logins of 203.0.113.9 into the journal, as
# a session would, each way there is.
forged() {
	local line='refused session=0123456789abcdef user=demo address=203.0.113.9 why=login'
	local as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	local name
	for name in pop3-skel pop3-skel-accept; do
		"${as[@]}" logger -t "$name" "$line"
		"${as[@]}" systemd-cat -t "$name" echo "$line"
		printf '%s\n' "SYSLOG_IDENTIFIER=$name" "_SYSTEMD_UNIT=$name.service" \
			'_SYSTEMD_SLICE=system-pop3\x2dskel.slice' "MESSAGE=$line" |
			"${as[@]}" logger --journald
	done
	journalctl --sync
	[ "$(journalctl --no-pager -o cat -g 203.0.113.9 | wc -l)" -eq 6 ]
}

# The addresses of failed logins that fail2ban reads with our filter.
guessers() {
	local matches
	cp -r /etc/fail2ban fail2ban
	cp "$POP3_SKEL_STAGE/share/fail2ban/filter.d/pop3-skel.conf" fail2ban/filter.d
	printf '%s\n' '[pop3-skel]' 'enabled = true' 'backend = systemd' \
		>fail2ban/jail.local
	fail2ban-client -c fail2ban -d >dump 2>dump.log
	mapfile -t matches < <(python3 -c '
import ast, sys
for line in sys.stdin:
    if line.startswith("[") and "addjournalmatch" in line:
        words = ast.literal_eval(line)
        if words[1] == "pop3-skel":
            print("\n".join(words[3:]))' <dump)
	[ "${#matches[@]}" -gt 0 ]
	journalctl --sync
	journalctl --no-pager -o cat "${matches[@]}" |
		sed -n 's/^refused .* address=\([^ ]*\) why=login$/\1/p'
}

# talk.py with the server: the script's lines as arguments.
talk_to() {
	printf '%s\n' "$@" | "$TALK" --timeout 30 --connect 127.0.0.1:110
}

# A session marks a message; then the command is run, and the session is over
# without a word, its mail where it was.
marked() {
	talk_to 'expect +OK*' 'send USER demo' 'expect +OK*' 'send PASS demo' \
		'expect +OK*' 'send DELE 1' 'expect +OK*' "shell $*" eof
	[ -e "$box/new/1.a" ]
	[ -z "$(journal -g "^(expunged|update)")" ]
}

# Where the units look.
default_file() {
	systemctl cat pop3-skel@.service | sed -n 's/^EnvironmentFile=-//p'
}
users_file() {
	"$POP3_SKEL_STAGE/libexec/maildir" --help |
		grep -o '/[^ ]*/users\>' | tail -n 1
}

# login_says PORT USER PASSWORD REPLY: what the login is answered.
login_says() {
	printf '%s\n' 'expect +OK*' "send USER $2" 'expect +OK*' "send PASS $3" \
		"expect $4" 'send QUIT' 'expect +OK*' eof |
		"$TALK" --timeout 30 --connect "127.0.0.1:$1"
}

# What changes in the users file counts from the next login on, at PORT, and a
# file that is not there, or may not be read, keeps nobody out for good.
live_users() {
	local file
	file=$(users_file)
	curl -sS --user demo:demo "pop3://127.0.0.1:$1/1" | grep -q '^Subject'
	sed -i 's/{PLAIN}demo/{PLAIN}other/' "$file"
	echo "new:{PLAIN}new::::$home/demo" >>"$file"
	curl -sS --user demo:other "pop3://127.0.0.1:$1/1" | grep -q '^Subject'
	curl -sS --user new:new "pop3://127.0.0.1:$1/1" | grep -q '^Subject'
	login_says "$1" demo demo '-ERR [AUTH] *'
	sed -i /^new/d "$file"
	login_says "$1" new new '-ERR [AUTH] *'
	[ "$(journal -g why=login | grep -c .)" -eq 2 ]
	chmod 600 "$file"
	login_says "$1" demo other '-ERR [SYS/TEMP] *'
	in_journal "users file cannot be opened.*Permission denied.*$file"
	rm "$file"
	login_says "$1" demo other '-ERR [SYS/TEMP] *'
	in_journal "users file cannot be opened.*No such file.*$file"
	[ "$(journal -g why=login | grep -c .)" -eq 2 ]
	systemctl --failed --no-legend
}

# What pop3-skel-report makes of the journal behind two sessions of demo's: they
# are there, and nothing that somebody else wrote; who is on; who was killed.
reported() {
	forged
	report_says 2 '[]'
	exec 5<>/dev/tcp/127.0.0.1/110
	printf 'USER demo\r\nPASS demo\r\n' >&5
	report_says 3 '[("demo", "127.0.0.1", "transaction")]'
	kill -KILL "$(pgrep -x pop3-skel)"
	report_says 3 '[]'
	exec 5>&-
}

# report_says SESSIONS ON, soon: so many, each with a login, and these are on.
report_says() {
	wait_until 20 python3 -c '
import json, os, subprocess, sys
j = json.loads(subprocess.check_output(
    [os.environ["POP3_SKEL_STAGE"] + "/sbin/pop3-skel-report", "--json"]))
t, n = j["totals"], int(sys.argv[1])
sys.exit((t["sessions"], t["logins"], t["failed"]) != (n, n, 0) or
    [(u["user"], u["logins"]) for u in j["users"]] != [("demo", n)] or
    [(o["user"], o["address"], o["state"]) for o in j["on"]] !=
    eval(sys.argv[2]))' "$@"
}

# A drop-in for a unit, from stdin: restart_with UNIT
restart_with() {
	mkdir -p "/run/systemd/system/$1.d"
	cat >"/run/systemd/system/$1.d/test.conf"
	systemctl daemon-reload
}

# The sessions' units that are there now.
active() {
	systemctl list-units --no-legend --plain 'pop3-skel@*' | wc -l
}
