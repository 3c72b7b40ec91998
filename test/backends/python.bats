# SPDX-License-Identifier: ISC
# pop3_skel, the Python module for backends: started for a session, and resident.
#
# bats file_tags=once

load ../lib/common
load ../lib/check
load ../lib/examples

prepare() {
	export PYTHONPATH=$POP3_SKEL_STAGE/share/python PYTHONDONTWRITEBYTECODE=1
}

# An example of the manual as a program, which finds the module in a bare
# environment, too: module_example PAGE NAME
module_example() {
	example "$1" "$2" |
		sed "s|^import pop3_skel|import sys; sys.path.insert(0, '$PYTHONPATH')\n&|" \
			>"$2"
	chmod 755 "$2"
}

# A backend whose class is on stdin, without its first line and its end.
class() {
	{
		printf '%s\n' '#!/usr/bin/env python3' 'import sys' 'import pop3_skel' \
			'class Mail(pop3_skel.Backend):'
		sed 's/^/    /'
		printf '%s\n' 'pop3_skel.run(Mail, listen=(sys.argv + [None])[1])'
	} >backend
	chmod 755 backend
	backend=("$work/backend")
}

# bats test_tags=long
@test "python: the examples of the manual, and their deletions, are clean" {
	module_example pop3_skel.3 welcome
	module_example pop3_skel.3 notes
	mkdir notes.d others.d sockets
	for folder in notes.d others.d; do
		printf 'first\n' >$folder/a.txt
		printf 'gr\303\274n\n' >"$folder/b $(printf '\303\274').txt"
		printf '%01100d\n' 0 >$folder/c.txt
	done
	own
	start resident ./notes others.d "$work/sockets/s"
	wait_until 20 [ -S sockets/s ]
	try welcome "$work/welcome"
	try notes --delete "$work/notes" "$work/notes.d"
	try resident --delete "unix:$work/sockets/s"
	tried
	clean welcome
	clean notes none
	clean resident 'a resident backend'
	[ "$(ls notes.d)" = c.txt ]
	[ "$(ls others.d | wc -l)" -eq 2 ]
	# The same through pop3-skel, in one as in the other.
	backend=("$work/notes" notes.d)
	touch -d 2026-12-01T12:00:00Z notes.d/c.txt
	session "${login[@]}" 'TOP 1 0' QUIT
	matches '+OK *' '+OK *' '+OK 1 messages' '+OK*' 'From: postmaster@*' \
		'Subject: c' 'Date: Tue, 01 Dec 2026 12:00:00 +0000' \
		'Message-ID: <*@*>' 'Content-*' 'Content-*' 'MIME-*' '' . '+OK *'
	backend=("unix:$work/sockets/s")
	session "${login[@]}" 'TOP 1 0' 'DELE 1' QUIT
	grep -q '^Subject: b =?utf-8?q?=C3=BC?=' out
	[ "$(ls others.d)" = c.txt ]
	not_logged fault
	# It ends when its last session has.
	talk <<-END
		$begin
		shell kill $pid
		until ! "$POP3_SKEL_PYTHON" -c 'import socket; socket.socket(1).connect("$work/sockets/s")' 2>/dev/null
		send NOOP
		expect +OK*
		send STAT
		expect +OK 1 *
		$end
	END
	wait_until 20 gone "$pid"
}

@test "python: answers, bodies of each kind, exceptions, commands of its own" {
	class <<-'END'
		def hello(self):
		    self.command("XNOW")
		    self.detail("capa", "X-DEMO")
		    self.events("sent")
		    print("for the log")
		    return "good day"
		def login(self, user, password):
		    if user == "forgot":
		        return
		    if user == "broken":
		        raise KeyError(password)
		    if user == "busy":
		        raise pop3_skel.Err("[IN-USE] by another")
		    return password == " a b "
		def list(self, user):
		    import pathlib
		    self.files = pathlib.Path("text")
		    for uid in "bytes", "str", "mail", "path", "pieces", "gone", "bad", "part":
		        yield pop3_skel.Message(uid, data=len(uid))
		    yield pop3_skel.Message("own", 6, "text")
		def retr(self, message):
		    import email.message
		    if message.uid == "bytes":
		        return b"a\r\n\n.b"
		    if message.uid == "str":
		        return "\u00fc\n"
		    if message.uid == "mail":
		        mail = email.message.EmailMessage()
		        mail["Subject"] = "gr\u00fcn"
		        mail.set_content("text")
		        mail.add_attachment(b"\0\1", maintype="image", subtype="png")
		        return mail
		    if message.uid == "path":
		        return self.files
		    if message.uid == "pieces":
		        return (piece for piece in (b"on", b"e\ntw", b"o"))
		    if message.uid == "bad":
		        return (len(piece) for piece in (b"one", None))
		    if message.uid == "part":
		        return pop3_skel.Part(2, 3, self.files)
		def sent(self, message):
		    self.log(f"sent {message.uid} {message.data}")
		def expunge(self, message):
		    if message.number == 1:
		        raise pop3_skel.Temp("later")
		def commit(self, count):
		    return f"{count} gone"
		def do_XNOW(self, arguments):
		    return arguments.upper() or b"one\ntwo"
		def end(self):
		    self.log("the end")
	END
	printf 'four\n' >text
	session XNOW 'XNOW a b' 'USER forgot' 'PASS x' 'USER broken' 'PASS hunter2' \
		'USER busy' 'PASS x' QUIT
	matches '+OK good day' '+OK*' one two . '+OK A B' '+OK *' '-ERR [AUTH] *' \
		'+OK *' '-ERR [SYS/TEMP] *' '+OK *' '-ERR [IN-USE] by another' '+OK *'
	logged "^<3>backend .*login: KeyError [(].*/backend line [0-9]*[)]"
	not_logged hunter2
	logged 'text="for the log"'
	logged 'text="the end"'
	session 'USER u' 'PASS  a b ' 'RETR 1' 'RETR 2' 'RETR 4' 'RETR 5' 'RETR 6' \
		'RETR 7' 'RETR 8' 'RETR 9' 'DELE 1' 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK *' '+OK 9 octets' a '' ..b . '+OK 4 octets' \
		$'\303\274' . '+OK 6 octets' four . '+OK 10 octets' one two . '-ERR *' \
		'-ERR [SYS/TEMP] *' '+OK 4 octets' ur . '+OK 6 octets' four . '+OK *' \
		'+OK *' '-ERR [SYS/TEMP] some deleted messages not removed'
	logged 'text="retr: TypeError: .* line [0-9]*[)]"'
	logged 'text="sent pieces 6"'
	not_logged '^<3>fault'
	# The borders of parts are the same each time.
	for name in first second; do
		session 'USER u' 'PASS  a b ' 'RETR 3' QUIT
		cp out "$name"
	done
	grep -q '^Subject: =?utf-8?q?gr=C3=BCn?=' first
	[ "$(grep -c '^--=_' first)" -eq 3 ]
	cmp first second
}

@test "python: a resident one answers nobody but root and its own user" {
	[ "$EUID" -eq 0 ] || skip "needs root"
	class <<-'END'
		def login(self, user, password):
		    return True
	END
	mkdir sockets
	chown 4711 sockets
	stays() {
		python3 -c 'import os, sys, pop3_skel
os.setuid(4711)
sys.argv = ["backend", sys.argv[1]]
exec(open("backend").read())' "$work/sockets/s" </dev/null >resident.out \
			2>resident.log 3>&- &
		pid=$!
		started+=("$pid")
	}
	stays
	wait_until 20 [ -S sockets/s ]
	chmod 666 sockets/s
	asks() {
		"$@" timeout 20 python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
try:
    s.sendall(b"hello 1\n")
    print(s.recv(100))
except ConnectionError:
    print(b"")' "$work/sockets/s"
	}
	[ "$(asks env)" = "b'OK 1\\n'" ]
	[ "$(asks setpriv --reuid=4711 --clear-groups)" = "b'OK 1\\n'" ]
	[ "$(asks setpriv --reuid=4712 --clear-groups)" = "b''" ]
	[ "$(asks "${common_drop[@]}")" = "b''" ]
	grep -q '^<4>asked by who may not, uid 4712$' resident.log
	# A second one does not take the socket away; one that is left is taken.
	run -1 python3 ./backend "$work/sockets/s"
	[[ $output == *'somebody listens'* ]]
	kill -KILL "$pid"
	wait_until 20 gone "$pid" || wait "$pid" || :
	[ -S sockets/s ]
	stays
	wait_until 20 asks env
}

@test "python: a list that failed leaves nothing to the next login, of another user" {
	class <<-'END'
		def login(self, user, password):
		    return True
		def list(self, user):
		    yield user + "-1"
		    yield user + "-2"
		    if user == "one":
		        raise pop3_skel.Temp("later")
		def retr(self, message):
		    return message.uid.encode()
		def expunge(self, message):
		    open("removed", "a").write(message.uid + "\n")
	END
	session 'USER one' 'PASS x' 'USER two' 'PASS x' 'RETR 1' 'DELE 2' QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] later' '+OK *' '+OK 2 messages' \
		'+OK *' two-1 . '+OK *' '+OK *'
	[ "$(cat removed)" = two-2 ]
	# Nor is anything meant but what was listed, under its number.
	printf '%s\n' 'hello 1' 'list one' 'list two' 'retr 0 two-1' \
		'expunge -1 two-1' 'expunge 1 one-1' 'expunge 3 two-1' \
		'retr 2 two-2' | as_user ./backend >out
	sed '1,/^msg - two-2/d' out | diff - <(printf '%s\n' OK \
		'ERR no such message'{,,,} body '|two-2' OK)
	[ "$(cat removed)" = two-2 ]
}

@test "python: a resident one outlives a want of descriptors, and endless lines; a file stays" {
	class <<-'END'
		def list(self, user):
		    return []
	END
	echo precious >mail
	run -1 --separate-stderr as_user python3 ./backend "$work/mail"
	[ "$(cat mail)" = precious ]
	[[ $stderr == *'mail is no socket'* ]]
	own
	start resident prlimit --nofile=20 python3 ./backend "$work/s"
	wait_until 20 [ -S s ]
	timeout 60 python3 - "$work/s" <<-'END'
		import socket, sys, time
		def asks(octets=b"hello 1\n"):
		    asker = socket.socket(socket.AF_UNIX)
		    asker.settimeout(30)
		    asker.connect(sys.argv[1])
		    asker.sendall(octets)
		    return asker
		many = [asks() for _ in range(30)]
		assert many[0].recv(100) == b"OK 1\n"
		while "<3>a connection cannot be taken" not in open("resident.log").read():
		    time.sleep(0.05)
		for asker in many:
		    asker.close()
		assert asks().recv(100) == b"OK 1\n"
		# Longer than any request.
		one = asks(b"x" * 12292)
		try:
		    assert one.recv(100) == b""
		except ConnectionError:
		    pass
		assert asks(b"hello 1 " + b"x" * 8000 + b"\n").recv(100) == b"OK 1\n"
	END
	grep -q '^<3>request too long$' resident.log
}

@test "python: what an exception says is not in the log where a command is secret" {
	class <<-'END'
		def hello(self):
		    self.command("XKEY", "auth", secret=True)
		    self.command("APOP", "auth")
		    self.command("XOPEN", "auth")
		def fails(self, arguments):
		    raise ValueError(arguments)
		do_XKEY = do_APOP = do_XOPEN = fails
		def list(self, user):
		    return []
	END
	session 'XOPEN here' 'XKEY hunter2' 'APOP hunter2 0123456789abcdef0123456789abcdef' QUIT
	logged 'XOPEN: ValueError: here '
	logged 'XKEY: ValueError [(]'
	logged 'APOP: ValueError [(]'
	not_logged hunter2
}

@test "python: the log names the author's line, be it a library that failed, or what was returned" {
	printf '%s\n' 'import json' 'def read(text):' '    return json.loads(text)' >helper.py
	class <<-'END'
		def login(self, user, password):
		    import json
		    return json.loads(password) # login
		def list(self, user):
		    yield "library"
		    yield "helper"
		    yield "returned"
		def retr(self, message): # returned
		    import json, os
		    if message.uid == "helper":
		        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
		        import helper
		        helper.read("hunter3")
		    if message.uid == "library":
		        json.loads("hunter3") # library
		    return (1, 2)
	END
	# line VERB EXCEPTION PLACE: the last is the file's line with such a comment.
	line() {
		local number
		number=$(grep -n "# $3\$" backend | cut -d : -f 1)
		logged "text=\"$1: $2.* [(][^ ]*/backend line $number[)]\""
	}
	session 'USER u' 'PASS hunter2' 'USER u' 'PASS true' 'RETR 1' 'RETR 2' 'RETR 3' QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *' '+OK 3 messages' \
		'-ERR [SYS/TEMP] *' '-ERR [SYS/TEMP] *' '-ERR [SYS/TEMP] *' '+OK *'
	line login JSONDecodeError login
	not_logged hunter
	line retr 'json.decoder.JSONDecodeError: ' library
	logged 'text="retr: json.decoder.JSONDecodeError: .* [(][^ ]*/helper.py line 3[)]"'
	line retr TypeError returned
	# Where there is no line of the author's at all.
	class <<-'END'
		def login(self, user, password):
		    return True
	END
	session 'USER u' 'PASS x' QUIT
	logged 'text="list: NotImplementedError: a backend needs list[(][)] [(]class Mail[)]"'
	# A list of what looks like messages.
	class <<-'END'
		def login(self, user, password):
		    return True
		def list(self, user): # list
		    return {"row": [17], "uid": [pop3_skel.Message(17)], "none": None}[user]
	END
	session 'USER row' 'PASS x' 'USER uid' 'PASS x' 'USER none' 'PASS x' QUIT
	line list 'TypeError: in a list, neither Message nor str: 17' list
	line list 'ValueError: no unique-id: 17' list
	line list "TypeError: 'NoneType' object is not iterable" list
}

@test "python: a mail has the date that it is given, and none without" {
	python3 - <<-'END'
		import datetime, pop3_skel
		def date(when):
		    return pop3_skel.mail("u", "s", "t", date=when)["Date"]
		assert date(0) == "Thu, 01 Jan 1970 00:00:00 +0000"
		assert date(1796083200.9) == "Tue, 01 Dec 2026 00:00:00 +0000"
		for when in "2026-12-01", datetime.date(2026, 12, 1), \
		        datetime.datetime(2026, 12, 1):
		    assert date(when) == "Tue, 01 Dec 2026 00:00:00 +0000", when
		assert date("2026-12-01 12:00:00+01:00") == "Tue, 01 Dec 2026 12:00:00 +0100"
		for wrong in lambda: pop3_skel.mail("u", "s", "t"), lambda: date("soon"):
		    try:
		        wrong()
		    except (TypeError, ValueError) as error:
		        print(error)
		    else:
		        raise AssertionError
	END
}

@test "python: what is kept is asked for once, in one session and in the next" {
	export STATE_DIRECTORY=$work/state
	mkdir state
	own
	class <<-'END'
		def login(self, user, password):
		    self.keep = pop3_skel.Keep("counts", user, mib=1)
		    self.keep.lock(self)
		    return True
		def list(self, user):
		    return self.keep.list(["small", "large"])
		def retr(self, message):
		    with open("asked", "a") as asked:
		        asked.write(message.uid + "\n")
		    body = open("asked").read()
		    return self.keep.body(message, body.ljust(600000 if message.uid == "large" else 0, "x"))
	END
	session 'USER u' 'PASS x' 'RETR 1' 'RETR 2' 'RETR 1' 'RETR 2' QUIT
	[ "$(grep -c '^+OK 7 octets' out)" -eq 2 ]
	[ "$(cat asked)" = $'small\nlarge' ]
	session 'USER u' 'PASS x' LIST 'RETR 1' QUIT
	grep -q '^+OK 7 octets' out
	[ "$(cat asked)" = $'small\nlarge' ]
}

@test "python: a key that no list can have takes no other with it" {
	export STATE_DIRECTORY=$work/state
	mkdir state
	run -0 "${POP3_SKEL_PYTHON:-python3}" - 2>&1 <<-'END'
		import pop3_skel
		keep = pop3_skel.Keep("odd", "u")
		for odd in "\0", "\ud800", "\udfff", "\n", "\t", "\x7f":
		    told = keep.list(["a", f"b{odd}c", "\udcff", "d"])
		    print([message.data for message in told])
		def told(what, *given):
		    try:
		        return print("no error", what(*given))
		    except OSError:
		        print("OSError")
		for odd in "\0", "\ud800", "a\nd":
		    message = pop3_skel.Message(odd)
		    told(keep.body, message, "text")
		    told(keep.gone, [message])
		for odd in "\0", "\ud800":
		    told(pop3_skel.Keep, "odd", odd)
		print([message.data for message in keep.list(["a", "d"])])
	END
	[ "$(grep -cFx "['a', '\\udcff', 'd']" <<<"$output")" -eq 6 ]
	[ "$(grep -c 'not listed: 1 messages' <<<"$output")" -eq 6 ]
	[ "$(grep -cx OSError <<<"$output")" -eq 8 ]
	[ "${lines[-1]}" = "['a', 'd']" ]
}
