# SPDX-License-Identifier: ISC
#
# --check: a sentence for each thing that is amiss, before anybody is served.

load ../lib/common

# checked STATUS PATTERN...: with these $options and this $backend --check exits
# so, says nothing on standard output, and a line for each pattern.
checked() {
	local i=0 want=$1 status=0 lines
	shift
	own
	as_user "$SKEL" --check "${options[@]}" "${backend[@]}" \
		>out 2>log </dev/null || status=$?
	mapfile -t lines <log
	[ "$status" -eq "$want" ] && [ ! -s out ] && [ "${#lines[@]}" -eq $# ] ||
		{ echo "status $status"; cat out log; return 1; }
	for i in "${!lines[@]}"; do
		# shellcheck disable=SC2053 # It is a pattern.
		[[ ${lines[i]} == ${*:i+1:1} ]] ||
			{ echo "${lines[i]}"; return 1; }
	done
}

# Nobody listens at the path $1; and somebody does.
socket_at() {
	rm -f "$1"
	"$POP3_SKEL_PYTHON" -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$1"
}

@test "check: all is well, and not a word; no session, no lock, no mail touched" {
	messages new/1.a
	options+=(--debug-user demo --proxy)
	checked 0
	[ "$(stored)" = new/1.a ]
	[ "$(ls "$work")" = $'demo\nlog\nout\nusers' ]
}

@test "check: options that make no sense are told, and 64; a file of them may come, 75" {
	backend=()
	options=(--timeout soon)
	checked 64 'pop3-skel: --timeout soon is no number from 0 to 604800'
	options=(--frob)
	checked 64 'pop3-skel: unknown option --frob; see --help'
	options=(--options "$work/options")
	checked 75 "pop3-skel: cannot read the options file $work/options: No such*"
	echo 'mode readonly' >options
	checked 64 "pop3-skel: $work/options line 1: --mode readonly is none of: *"
	echo check >options
	options=(--options "$work/options" maildir -u "$work/users")
	checked 0
}

@test "check: the backend is started, and asked as a session would" {
	backend=(maildirr)
	checked 75 'pop3-skel: the backend maildirr cannot be started (*): install it, or name another behind the options'
	backend=(maildir --nonsense)
	checked 64 '*' '<3>backend text=*see maildir --help*' '<3>fault request=* *status=64' \
		'pop3-skel: the backend maildir cannot make sense of what stands behind its name: mend that'
	backend_script <<-'END'
		read -r line
		echo "$line" >asked
		echo 'ERR closed on Sundays'
	END
	checked 75 'pop3-skel: the backend *backend turns clients away: closed on Sundays'
	grep -qx 'hello 1 x-unknown id=[0-9a-f]* check log next part sent sizes' asked
	backend_script <<-'END'
		echo 'cannot do without a database' >&2
		exit 1
	END
	checked 75 '<5>backend text="cannot do without a database"' '<?>fault *' \
		'pop3-skel: the backend *backend does not answer hello (*): each client will hear that it failed; mend it, *'
	echo "echo 'OK 2'; cat >/dev/null" >>backend
	sed -i '/exit/d' backend
	checked 75 '*' '<?>fault *' '*hello not answered with OK 1*'
}

@test "check: the users file is there, can be read, and each line has a name" {
	local program
	for program in maildir sasl; do
		[ -x "$POP3_SKEL_BACKENDS/$program" ] || continue
		backend=("$program" -u "$work/users")
		[ "$program" = maildir ] || {
			head -c 32 /dev/urandom >key
			backend+=(--key "$work/key")
		}
		echo 'demo:{PLAIN}demo' >users
		checked 0
		rm users
		checked 75 "<3>backend text=*No such file or directory*$work/users*" \
			"pop3-skel: the backend $program turns clients away: the users file $work/users cannot be used"
		printf '%s\n' '# nobody yet' demo 'other:{PLAIN}demo' >users
		checked 75 '<3>backend text=*no colon*line=2*' '*cannot be used'
		# A session hears of it at the login, as ever.
		session QUIT
		matches '+OK *' '+OK*'
	done
}

# away TEXT: the backend of $backend, whose name is $1, is well but for what the text
# says, in the last line; what the log has is before it.
away() {
	local status=0 lines
	own
	as_user "$SKEL" --check "${options[@]}" "${backend[@]}" \
		>out 2>log </dev/null || status=$?
	mapfile -t lines <log
	[ "$status" -eq 75 ] && [ ! -s out ] &&
		[[ ${lines[-1]} == "pop3-skel: the backend ${backend[0]} turns clients away: "$1 ]] ||
		{ echo "status $status, not $1"; cat out log; return 1; }
}

@test "check: dir, command and feed say what is wrong with their files, folders and programs" {
	local name usual
	export STATE_DIRECTORY=$work/state
	mkdir state files
	printf 'subject A\ncommand date\n\nsubject B\ncommand if true; then echo B; fi\n' >commands
	printf '# none yet\nhttps://example.org/feed\nexample.org:8080/a?b\n' >feeds
	usual=(dir:files command:commands feed:feeds)
	for name in "${usual[@]}"; do
		backend=("${name%:*}" -u "$work/users" "$work/${name#*:}")
		checked 0
		backend[2]=$work/nobody
		away "the users file $work/nobody cannot be used"
		# Where there is no login nobody needs one.
		options+=(--preauth demo)
		checked 0
		options=("${options[@]:0:4}")
		backend=("${name%:*}" -u "$work/users" "$work/none")
		away '*none*'
		# A user's own may come.
		backend[3]=$work/files/%u
		[ "${name%:*}" = command ] || checked 0
	done
	[ "$(ls -A state files)" = $'files:\n\nstate:' ]
	for name in dir:files command:commands; do
		backend=("${name%:*}" -u "$work/users" --from bad "$work/${name#*:}")
		away '--from bad is no mailbox: write a@example.org or *'
	done
	backend=(dir -u "$work/users" "$work/users")
	away "there is no folder $work/users"
	backend=(command -u "$work/users" Subject "$work/files")
	away "there is no program $work/files that this user may run"
	backend=(command -u "$work/users" Subject date +%F)
	checked 0
	backend=(command -u "$work/users" "$work/commands")
	printf 'subject A\ncommand nonesuch -v | cat\n' >commands
	away 'there is no program nonesuch, for A'
	printf 'subject A\ncommand echo "\n' >commands
	away 'the shell does not take the command of A'
	printf 'subject A\ncommand date\nevry day\n' >commands
	away "$work/commands line 3 makes no sense: evry day"
	printf 'subject A\ncommand date\nsubject B\ncommand date\n' >commands
	away "$work/commands line 3 makes no sense: no empty line before it: subject B"
	printf 'subject A\ncommand date\n\nsubject A\ncommand who\n' >commands
	away "$work/commands line 5 makes no sense: another message has the subject A"
	printf 'subject A\tB\ncommand date\n' >commands
	away "$work/commands line 2 makes no sense: a control character in the subject"
	backend=(feed -u "$work/users" "$work/feeds")
	echo '# none' >feeds
	away "there is no address in $work/feeds"
	printf 'https://example.org/\ngopher://user:hunter2@example.org/\n' >feeds
	away "1 of the lines of $work/feeds are no addresses of http: or https:"
	refute grep hunter2 log
	echo https://example.org/ >feeds
	mkdir -p path xml
	: >xml/__init__.py
	PYTHONPATH=$work away 'feed-refresh does not run: it needs Python 3 with its XML parser, expat'
	ln -s "$(command -v sh)" "$(command -v python3)" "$(command -v env)" path
	user_prefix+=(env "PATH=$work/path")
	away 'there is no program curl, which asks the feeds'
}

@test "check: a folder that this user may not read, or not remove from" {
	[ "$EUID" -eq 0 ] || skip 'needs root'
	own() { chown -R "$common_uid:$common_uid" users; }
	own
	mkdir -m 755 files
	mkdir -m 700 closed
	chmod 755 .
	backend=(dir -u "$work/users" "$work/files")
	checked 0
	backend=(dir --delete -u "$work/users" "$work/files")
	away "nothing can be removed from the folder $work/files by this user, *"
	backend=(dir -u "$work/users" "$work/closed")
	away "the folder $work/closed may not be read by this user"
}

@test "check: percall has its program, proxy its accounts; options that make no sense are told" {
	local name
	backend=(percall "$work/program" x)
	away "there is no program $work/program that this user may run"
	printf '#!/bin/sh\nexit 2\n' >program
	away "there is no program $work/program that this user may run"
	chmod 755 program
	checked 0
	backend=(proxy --accounts "$work/accounts")
	printf '[demo]\npassword = {PLAIN}x\nurl = pop3s://example.org\npassword-file = %s\n' \
		"$work/secret" >accounts
	away "[[]demo] of $work/accounts: $work/secret cannot be used: No such file or directory"
	: >secret
	away '*secret cannot be used: not one line'
	echo hunter2 >secret
	checked 0
	: >accounts
	away "there is no account in $work/accounts"
	backend=(proxy --archive "$work/users/%u/Maildir" pop3s://example.org)
	away "this user can make no archive in $work/users"
	backend=(proxy --archive "$work/box/%u/Maildir" pop3s://example.org)
	checked 0
	for name in dir command feed proxy sql sqlusers; do
		backend=("$name" --frm bad "$work/users")
		checked 64 "<3>backend text=*--frm*" '<3>fault request=* *status=64' \
			"pop3-skel: the backend $name cannot make sense of what stands behind its name: mend that"
	done
}

@test "check: the users file that only root may read" {
	[ "$EUID" -eq 0 ] || skip 'needs root'
	chown 0:0 users
	chmod 600 users
	own() { :; }
	checked 75 '<3>backend text=*Permission denied*uid=65534*' '*cannot be used'
}

@test "check: sockets that are named are there, and may be trusted" {
	options+=(--stls "$work/stls")
	checked 75 "pop3-skel: nobody answers at the socket $work/stls (No such file or directory): start pop3-skel-stls.socket; until then STLS is not announced"
	socket_at stls
	checked 75 "pop3-skel: nobody answers at the socket $work/stls (Connection refused): *"
	chmod a+w .
	backend=("unix:$work/resident")
	socket_at resident
	checked 75 "pop3-skel: the socket $work/stls is not trusted, for $work is a folder that others may write to: *" \
		"pop3-skel: the socket $work/resident is not trusted, *"
	chmod go-w .
	options=()
	checked 75 "pop3-skel: nobody answers at the socket $work/resident (Connection refused): *"
	# It stays, and would not for nobody, who is the ordinary user here.
	[ "$EUID" -eq 0 ] || return 0
	rm resident
	own() { chown -R 64321:64321 "$work"; }
	user_prefix=(setpriv --reuid=64321 --regid=64321 --clear-groups)
	start resident "$POP3_SKEL_BACKENDS/maildir" -u "$work/users" \
		--listen "$work/resident"
	wait_until 5 [ -S resident ]
	checked 0
	rm users
	checked 75 "pop3-skel: the backend unix:$work/resident turns clients away: the users file *"
}

@test "check: a spool that cannot be made" {
	export TMPDIR=$work/none
	checked 75 "pop3-skel: no file can be made in $work/none (No such file or directory): make room there, *"
}

@test "check: in the journal a finding has the priority of a warning" {
	rm users
	JOURNAL_STREAM=1:2 checked 75 '<3>backend *' '<4>pop3-skel: *'
}

@test "options that make no sense: a client on a socket hears so, whatever he said; and the log" {
	local way
	for way in socketpair tcp; do
		options=(--timeout soon)
		talk --on "$way" <<-'END'
			expect -ERR [SYS/TEMP] the server is not set up
			eof
			status 64
		END
		logged '^<3>fault what="--timeout soon is no number from 0 to 604800"$'
		# A PROXY header, and a client who does not wait for the greeting.
		options=(--proxy --options "$work/none")
		talk --on "$way" <<-'END'
			send PROXY TCP4 192.0.2.1 192.0.2.2 1 110
			send CAPA
			expect -ERR [SYS/TEMP] the server is not set up
			eof
			status 64
		END
		logged '^<3>fault what="cannot read the options file '
	done
	# Where there is no socket a program started it.
	session QUIT
	[ "$status" -eq 64 ]
	[ ! -s out ]
}
