# SPDX-License-Identifier: ISC
# Resident backends: unix:PATH, who may serve there and who may ask; and the
# kit's side of it, with maildir.
#
# bats file_tags=full

load ../lib/common
load ../lib/session
load ../lib/examples

prepare() {
	[ "$EUID" -eq 0 ] || skip "needs root, for other users"
	mkdir run
	chmod 755 run
	at=$work/run/socket
	cat >resident.py <<'END'
import os, socket, socketserver, sys, time

class Session(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile:
            with open("requests", "ab") as out:
                out.write(line)
            verb = line.split()[0].decode()
            if verb == os.environ.get("STUCK"):
                time.sleep(30)
            answer = {"hello": "OK 1", "login": "OK", "list": "msg - u1\nmsg - u2\nOK",
                      "retr": os.environ.get("BODY", "|Subject: x\n|\n|text") + "\nOK",
                      "expunge": "OK",
                      "commit": "OK"}.get(verb, "DEFAULT")
            if verb == "login" and "SAYS" in os.environ:
                answer = os.environ["SAYS"] + "\n" + answer
            self.wfile.write(answer.encode() + b"\n")
        with open("requests", "ab") as out:
            out.write(b"end\n")
        if "CLINGS" in os.environ:
            time.sleep(30)

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

path = sys.argv[1]
if os.path.exists(path):
    os.unlink(path)
server = Server(path, Session)
if "DROP" in os.environ:
    os.setgid(int(os.environ["DROP"]))
    os.setuid(int(os.environ["DROP"]))
server.serve_forever()
END
	: >requests
	backend=("unix:$at")
}

# Starts it as the ordinary user, or with a prefix of this test's.
resident() {
	start resident "${POP3_SKEL_PYTHON:-python3}" "$work/resident.py" "$at"
	resident=$pid
	wait_until 20 answers_there
	# That was a session, too.
	wait_until 5 grep -qx end requests
	: >requests
}
answers_there() {
	[ -S "$at" ] && "${user_prefix[@]}" socat -u OPEN:/dev/null \
		"UNIX-CONNECT:$at" 2>/dev/null
}

whole_session() {
	session "${login[@]}" 'RETR 1' 'DELE 1' 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK 2 messages' '+OK *' 'Subject: x' '' text . \
		'+OK *' '+OK *' '+OK *'
}

@test "resident: a whole session, as with a backend that is started" {
	resident
	whole_session
	[ "$status" -eq 0 ]
	not_logged '^<[0-4]>'
	logged "^<6>started .*backend=unix:$at\$"
	[[ $(sed 1q requests) == 'hello 1 x-unknown id='*' log next part sent sizes' ]]
	requested 'login demo demo' 'list demo' 'retr 1 u1' 'dele 1 u1' \
		'expunge 1 u1' 'expunge 2 u2' 'commit 2'
}

# bats test_tags=long
@test "resident: a hundred sessions, eight at a time, with one process" {
	resident
	# shellcheck disable=SC2016 # For sh.
	seq 100 | "${user_prefix[@]}" xargs -P 8 -I @@ sh -c '
		printf "USER demo\r\nPASS demo\r\nRETR 1\r\nQUIT\r\n" |
			"$@" 2>>logs | grep -c "^text"' - "$SKEL" \
		"${options[@]}" -- "${backend[@]}" >counts || :
	[ "$(grep -cx 1 counts)" -eq 100 ] || {
		grep -E "^<[0-5]>" logs
		false
	}
}

# The manual's own, with three messages; its process is in $pid.
example_backend() {
	example pop3-skel-backend.7 resident >example
	chmod a+rx example
	"${POP3_SKEL_PYTHON:-python3}" -c 'import sqlite3, sys
db = sqlite3.connect("store")
db.execute("CREATE TABLE mail (id INTEGER PRIMARY KEY AUTOINCREMENT, text)")
db.executemany("INSERT INTO mail (text) VALUES (?)",
    [("Subject: %d\n\ntext" % n,) for n in range(3)])
db.commit()'
	start example "${POP3_SKEL_PYTHON:-python3}" example "$at" store
	wait_until 20 answers_there
}

# bats test_tags=long
@test "resident: the manual's own; what is removed is gone in the next session" {
	example_backend
	[ "$(wc -l <example)" -le 45 ]
	session "${login[@]}" UIDL 'RETR 2' 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK 3 messages' '+OK *' '1 1' '2 2' '3 3' . \
		'+OK *' 'Subject: 1' '' text . '+OK *' '+OK *'
	session "${login[@]}" UIDL QUIT
	matches '+OK *' '+OK *' '+OK 2 messages' '+OK *' '1 2' '2 3' . '+OK *'
}

# bats test_tags=long
@test "resident: a thousand sessions of the manual's own, and no process more" {
	example_backend
	"${user_prefix[@]}" "${POP3_SKEL_PYTHON:-python3}" -c '
import subprocess, sys
from concurrent.futures import ThreadPoolExecutor

def session(n):
    done = subprocess.run(sys.argv[1:], stderr=subprocess.DEVNULL,
        input=b"USER demo\r\nPASS demo\r\nRETR 1\r\nQUIT\r\n",
        stdout=subprocess.PIPE)
    return done.stdout.count(b"\nSubject: 0\r\n")

with ThreadPoolExecutor(4) as four:
    print(*four.map(session, range(1000)), sep="\n")' \
		"$SKEL" "${options[@]}" -- "${backend[@]}" >counts
	[ "$(grep -cx 1 counts)" -eq 1000 ]
	kill -0 "$pid"
}

# So many sessions have got their mail.
served_through_it() {
	[ "$(grep -ls '^text' got/* | wc -l)" -ge "$1" ]
}

# What dies while nothing is asked of it ends the session before the client's
# next word is read.
# bats test_tags=long
@test "resident: restarted again and again under load: served, or TEMP" {
	local i
	resident
	mkdir got
	own
	# shellcheck disable=SC2016 # For sh.
	seq 60 | "${user_prefix[@]}" xargs -P 4 -I @@ sh -c '
		printf "USER demo\r\nPASS demo\r\nRETR 1\r\nQUIT\r\n" |
			"$@" >got/@@ 2>got/@@.log' - "$SKEL" "${options[@]}" -- \
		"${backend[@]}" 3>&- &
	started+=("$!")
	for i in {1..5}; do
		wait_until 60 served_through_it $((i * 4))
		kill -KILL "$resident" 2>/dev/null || :
		resident
	done
	wait "${started[1]}" || :
	[ "$(find got -name '*.log' | wc -l)" -eq 60 ]
	for i in {1..60}; do
		grep -q -e '^text' -e '^-ERR \[SYS/TEMP\]' "got/$i" ||
			grep -q 'what="closed its output between requests"' \
				"got/$i.log" || {
			cat "got/$i" "got/$i.log"
			false
		}
	done
	[ "$(grep -l '^text' got/* | wc -l)" -gt 20 ]
}

@test "resident: it is not there yet; the client waits, and is served" {
	rm -f "$at"
	{
		sleep 0.7
		exec "${user_prefix[@]}" "${POP3_SKEL_PYTHON:-python3}" \
			"$work/resident.py" "$at"
	} 3>&- 2>/dev/null &
	started+=("$!")
	whole_session
}

# bats test_tags=long
@test "resident: it is not there: -ERR after 5 s, and a line with path and reason" {
	session "${login[@]}"
	replies '-ERR [SYS/TEMP] the mail backend failed'
	[ "$status" -eq 75 ]
	logged "^<3>fault .*what=\"the backend cannot be reached\" backend=unix:$at error=\"No such file or directory\"\$"
	logged '^<6>ended .*seconds=[56]$'
}

# bats test_tags=long
@test "resident: a client that is gone while it waits ends the session" {
	talk <<-'END'
		shell sleep 0.3
	END
	wait_until 3 logged '^<6>ended .*why="client gone"'
}

@test "resident: a full queue: waited for to the deadline" {
	cat >full.py <<'END'
import socket, sys, time
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(0)
held = [socket.socket(socket.AF_UNIX)]
held[0].connect(sys.argv[1])
open("full", "w").close()
time.sleep(60)
END
	start full "${POP3_SKEL_PYTHON:-python3}" full.py "$at"
	wait_until 20 [ -e full ]
	options+=(--backend-timeout 1)
	session "${login[@]}"
	replies '-ERR [SYS/TEMP] the mail backend failed'
	logged '^<3>fault .*what="the backend.s queue is full"'
}

@test "resident: a folder that others may write to is not trusted" {
	resident
	chmod 777 run
	session "${login[@]}"
	replies '-ERR [SYS/TEMP] the mail backend failed'
	logged '^<3>fault .*what="others may serve there"'
	logged "error=\"a folder that others may write to\" path=$work/run\$"
	chmod 755 run
	whole_session
	# Nor one above it; but where only what is one's own can be moved.
	chmod 777 .
	session "${login[@]}"
	logged 'what="others may serve there"'
	logged "error=\"a folder that others may write to\" path=$work\$"
	chmod 1777 .
	whole_session
}

@test "resident: what another user serves is not asked" {
	local user_prefix=(setpriv --reuid=64321 --regid=64321 --clear-groups)
	chmod 777 .
	chown 64321 run requests
	"${user_prefix[@]}" "${POP3_SKEL_PYTHON:-python3}" resident.py "$at" \
		3>&- 2>/dev/null &
	started+=("$!")
	wait_until 20 [ -S "$at" ]
	chown 65534 run
	chmod 755 .
	chmod 666 "$at"
	user_prefix=("${common_drop[@]}")
	session
	replies '-ERR [SYS/TEMP] the mail backend failed'
	logged 'what="others may serve there"'
	logged "error=\"another user listens\" path=$at\$"
	[ ! -s requests ]
}

# bats test_tags=long
@test "resident: stuck in a request: its deadline, and nothing is lost" {
	local verb
	options+=(--backend-timeout 1)
	for verb in hello login list retr expunge commit; do
		export STUCK=$verb
		resident
		session "${login[@]}" 'RETR 1' 'DELE 1' QUIT
		[ "$status" -eq 75 ]
		logged "^<3>fault .*request=\"?$verb.* what=\"no result before its deadline\""
		kill "$resident"
		wait_until 5 gone "$resident"
	done
}

@test "resident: stuck in UPDATE: the lock is held till it is closed upon, the outcome unknown" {
	local verb
	options+=(--backend-timeout 1)
	export SAYS="lock $work/lock" CLINGS=1
	touch lock
	for verb in expunge commit; do
		export STUCK=$verb
		resident
		own
		talk <<-END
			$begin
			send DELE 1
			expect +OK *
			send QUIT
			until grep -q '^<3>fault .*request="*$verb' log
			shell ! flock -n lock true
			expect -ERR [SYS/TEMP] *
			shell flock -n lock true
			status 75
		END
		logged "^<4>update .* marked=1 expunged=$([ $verb = commit ] &&
			echo 1 || echo 0) commit=unknown\$"
		logged '^<6>ended .* dele=0 dele_octets=0 '
		kill "$resident"
		wait_until 5 gone "$resident"
	done
}

@test "resident: silent at the end, it is closed upon; that is noted" {
	export CLINGS=1
	resident
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK *'
	logged 'what="the backend did not end with its input"'
	logged '^<6>ended .*seconds=[23]$'
}

@test "resident: killed in a session: a fault, and the next one is well" {
	resident
	talk <<-END || :
		$begin
		shell kill -KILL $resident
		send RETR 1
		expect -ERR [SYS/TEMP] the mail backend failed
	END
	logged '^<3>fault '
	resident
	whole_session
}

# bats test_tags=long
@test "resident: become counts where root said it, whoever opened the socket" {
	# Root listens, as a service manager does for a unit; who answers is not.
	user_prefix=()
	chown 0 run .
	export SAYS='become 65534 65534' DROP=64321
	chmod 666 requests
	start resident "${POP3_SKEL_PYTHON:-python3}" "$work/resident.py" "$at"
	wait_until 20 [ -S "$at" ]
	chown 0 run .
	printf '%s\r\n' "${login[@]}" QUIT |
		"$SKEL" "${options[@]}" -- "${backend[@]}" >out 2>log || :
	logged '^<3>fault .*what="become by who is not root"'
	refute grep -q '^list' requests
	kill "$pid"
	wait_until 5 gone "$pid"
	# And where it was root.
	unset DROP
	start resident "${POP3_SKEL_PYTHON:-python3}" "$work/resident.py" "$at"
	chown 0 run .
	wait_until 20 answers_there
	printf '%s\r\n' "${login[@]}" QUIT |
		"$SKEL" "${options[@]}" -- "${backend[@]}" >out 2>log
	logged '^<6>login .*messages=2 tls=none mechanism=USER$'
}

@test "resident: unix:PATH takes no arguments, and an absolute path" {
	local words
	for words in 'unix:run/socket' "unix:$at more" 'unix:'; do
		# shellcheck disable=SC2206 # Words.
		backend=($words)
		session
		[ "$status" -eq 64 ]
		logged '^<3>fault what="unix:.* is not unix:PATH'
	done
}

@test "resident: what 65534 serves is ours where it is one user alone" {
	resident
	whole_session
	# Here another user is called that, too.
	chown -R 64321 run
	chmod 666 "$at"
	setpriv --reuid=64321 --regid=64321 --clear-groups \
		unshare --user --map-user=65534 "$SKEL" "${options[@]}" -- \
		"${backend[@]}" </dev/null >out 2>log || :
	logged 'what="others may serve there" .*error="another user.s folder"'
}

# Behind root's socket anybody may answer: who is not root here.
behind_roots() {
	local user_prefix=()
	rm -f "$at"
	chown 0 run
	DROP=64321 start other "${POP3_SKEL_PYTHON:-python3}" "$work/resident.py" "$at"
	wait_until 20 [ -S "$at" ]
	chmod 666 "$at" requests
}

@test "resident: temp counts where root or we said it, whoever opened the socket" {
	printf 'Subject: mine\n\ntext\n' >mine
	export BODY="temp $work/mine"
	resident
	cp -p mine kept
	session "${login[@]}" 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK 2 messages' '+OK *' 'Subject: mine' '' \
		text . '+OK *'
	[ ! -e mine ]
	mv kept mine
	own
	kill "$resident"
	wait_until 5 gone "$resident"
	behind_roots
	printf '%s\r\n' "${login[@]}" 'RETR 1' QUIT |
		as_user "$SKEL" "${options[@]}" -- "${backend[@]}" >out 2>log || :
	logged '^<3>fault .*request="retr 1" what="temp by who is neither root nor we"'
	[ -e mine ]
}

@test "resident: killed while a lock is waited for: a fault at once" {
	export SAYS="lock $work/lock"
	touch lock
	resident
	own
	flock lock sh -c 'until [ -e go ]; do sleep 0.05; done' 3>&- &
	started+=("$!")
	wait_until 5 refute flock -n lock true
	options+=(--lock-wait 20)
	talk <<-END
		expect +OK *
		send USER demo
		expect +OK *
		send PASS demo
		until grep -q login requests
		mark
		shell kill -KILL $resident
		expect -ERR [SYS/TEMP] the mail backend failed
		within 0 5
		status 75
	END
	touch go
	logged '^<3>fault .*request=login what="closed its output while it waited for a lock"'
}

# maildir, listening, as a user who is not 65534: all of $work is theirs.
listening_maildir() {
	user_prefix=(setpriv --reuid=64321 --regid=64321 --clear-groups)
	chown -R 64321:64321 .
	"${user_prefix[@]}" "$POP3_SKEL_BACKENDS/maildir" -u users --listen "$at" \
		3>&- 2>maildir.log &
	started+=("$!")
	wait_until 10 [ -S "$at" ]
}

@test "maildir --listen: sessions of one that stays; nobody else may ask" {
	messages new/1.a new/2.b
	listening_maildir
	[ "$(stat -c %a "$at")" = 660 ]
	printf '%s\r\n' "${login[@]}" 'RETR 1' 'DELE 2' QUIT |
		"${user_prefix[@]}" "$SKEL" "${options[@]}" -- "${backend[@]}" \
			>out 2>log
	matches '+OK *' '+OK *' '+OK 2 messages' '+OK *' 'Subject: new/1.a' '' \
		'text of new/1.a' . '+OK *' '+OK *'
	[ "$(stored)" = new/1.a ]
	# Root may; another user hears nothing, whatever facts he claims.
	[ "$(echo 'hello 1' | socat -t 2 - "UNIX:$at")" = 'OK 1' ]
	chmod 666 "$at"
	for i in 1 2 3; do
		[ -z "$(printf '%s\n' 'hello 1 x-unknown id=1 remote=192.0.2.7' \
			'login demo demo' 'list demo' |
			setpriv --reuid=64322 --regid=64322 --clear-groups \
				socat -t 2 - "UNIX:$at" 2>/dev/null)" ]
	done
	# One line, for he may ask as often as he likes.
	[ "$(grep -c 'reason="asked by who may not, uid 64322: see --for"' \
		maildir.log)" -eq 1 ]
}

@test "maildir --listen: two sessions of a user: one is IN-USE" {
	messages new/1.a
	listening_maildir
	options+=(--lock-wait 0)
	"$TALK" --stderr log -- "${user_prefix[@]}" "$SKEL" "${options[@]}" -- \
		"${backend[@]}" <<-END
		$begin
		shell printf 'USER demo\r\nPASS demo\r\n' | ${user_prefix[*]} \
			$SKEL ${options[*]} -- ${backend[*]} 2>/dev/null | grep -qF '[IN-USE]'
		$end
	END
}

@test "maildir --listen: allow_nets is about the client of each session" {
	echo "near:{PLAIN}demo::::$work/demo::allow_nets=192.0.2.7" >>users
	listening_maildir
	for address in 192.0.2.7 192.0.2.8 192.0.2.7; do
		printf '%s\r\n' 'USER near' 'PASS demo' QUIT |
			REMOTE_ADDR=$address "${user_prefix[@]}" "$SKEL" \
				"${options[@]}" -- "${backend[@]}" 2>>log
	done >out
	sed -n 's/\r$//; 3~4p' out | diff <(printf '%s\n' '+OK 0 messages' \
		'-ERR [AUTH] login failed' '+OK 0 messages') -
}

@test "maildir --listen: a service manager's socket; none, or nobody, is refused" {
	user_prefix=(setpriv --reuid=64321 --regid=64321 --clear-groups)
	messages new/1.a
	chown -R 64321:64321 .
	"${user_prefix[@]}" systemd-socket-activate -l "$at" \
		"$POP3_SKEL_BACKENDS/maildir" -u "$work/users" --listen systemd \
		3>&- 2>maildir.log &
	started+=("$!")
	wait_until 10 [ -S "$at" ]
	printf '%s\r\n' "${login[@]}" QUIT |
		"${user_prefix[@]}" "$SKEL" "${options[@]}" -- "${backend[@]}" \
			>out 2>log
	matches '+OK *' '+OK *' '+OK 1 messages' '+OK *'
	run -69 "$POP3_SKEL_BACKENDS/maildir" --listen systemd
	run -64 "$POP3_SKEL_BACKENDS/maildir" --listen "$at" --for nobody
	run -64 "$POP3_SKEL_BACKENDS/maildir" --listen "$at" --for 65534
}

@test "resident: a way to the socket that a stranger could turn is not taken" {
	resident
	mkdir strangers
	ln -s "$at" strangers/link
	chown -h 64321 strangers strangers/link
	chmod 777 strangers
	# session would give all of it to our user again.
	for backend in "unix:$work/strangers/link" \
		"unix:$work/strangers/../run/socket"; do
		printf 'QUIT\r\n' | as_user "$SKEL" "${options[@]}" -- "$backend" \
			>out 2>log || :
		logged 'what="others may serve there"'
		logged "error=\"another user's folder\" path=$work/strangers\$"
	done
	ln -s run alias
	chown -h 64321 alias
	printf 'QUIT\r\n' | as_user "$SKEL" "${options[@]}" -- \
		"unix:$work/alias/socket" >out 2>log || :
	logged "error=\"a link that another user made\" path=$work/alias\$"
	# One that root made is.
	ln -s "$at" run/link
	chown -h 0 run/link
	backend=("unix:$work/run/link")
	whole_session
}

@test "maildir --listen as root: become, by root, before it is the user" {
	messages new/1.a
	printf '%s\n' "demo:{PLAIN}demo:64321:64321::$work/demo" >users
	chown -R 64321:64321 demo
	chown 0 . run
	"$POP3_SKEL_BACKENDS/maildir" -u users --listen "$at" 3>&- 2>maildir.log &
	started+=("$!")
	wait_until 10 [ -S "$at" ]
	printf '%s\r\n' "${login[@]}" 'RETR 1' QUIT |
		"$SKEL" "${options[@]}" -- "${backend[@]}" >out 2>log
	matches '+OK *' '+OK *' '+OK 1 messages' '+OK *' 'Subject: new/1.a' '' \
		'text of new/1.a' . '+OK *'
}

@test "maildir --listen: where it would not be trusted, or found, is said" {
	mkdir open
	chmod 1777 open
	refuses() {
		run -64 timeout 20 "$POP3_SKEL_BACKENDS/maildir" "${@:2}"
		[[ $output == *"$1"* ]]
	}
	refuses 'wants an absolute path, or the word systemd" path="run/socket"' \
		--listen run/socket
	refuses 'has at most 107 octets' --listen "/$(times 107 x)"
	refuses "others may write to the socket's folder" \
		--listen "$work/open/socket"
	refuses '--for is who may ask at --listen' --for root
	[ ! -e open/socket ]
}

@test "maildir --listen: nobody, or a connection in a socket's place, is said" {
	own
	run -64 as_user "$POP3_SKEL_BACKENDS/maildir" --listen "$at"
	# A connected socket as descriptor 3, as Accept=yes gives it.
	run -64 timeout 20 "${POP3_SKEL_PYTHON:-python3}" -c '
import os, socket, sys
a, b = socket.socketpair()
os.dup2(a.fileno(), 3)
os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
os.execv(sys.argv[1], [sys.argv[1], "--listen", "systemd"])' \
		"$POP3_SKEL_BACKENDS/maildir"
}

@test "next: a resident backend, which can execute none, lets maildir go on" {
	messages new/1.a
	export SAYS="next maildir
arg --serve
arg $box"
	resident
	session "${login[@]}" 'DELE 1' QUIT
	[ "$status" -eq 0 ]
	matches '+OK *' '+OK *' '+OK 1 messages' '+OK *' '+OK *'
	[ -z "$(stored)" ]
	wait_until 5 grep -qx end requests
	[ "$(sed 1d requests | xargs)" = 'login demo demo end' ]
}
