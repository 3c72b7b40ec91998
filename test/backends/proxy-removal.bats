# SPDX-License-Identifier: ISC
# proxy: what it removes elsewhere is what was shown here, and is in the archive,
# whatever the other server tells of its messages.
#
# bats file_tags=once

load ../lib/common

prepare() {
	export HOME=$work PYTHONDONTWRITEBYTECODE=1
	cat >there.py <<-'END'
		# A POP3 server whose messages are the lines of the file `mail`:
		# unique-id, size told or "-", and a word of the body. It hangs up
		# at the next command where there is a file `cut`, makes the file
		# `ended` at the end of a session, and has no list if `no-list` says so,
		# and no second session then.
		import os
		import socketserver
		import time

		def body(word):
		    return f"Subject: a\r\n\r\n{word}\r\n"

		class Session(socketserver.StreamRequestHandler):
		    def tell(self, *lines):
		        self.wfile.write("".join(line + "\r\n" for line in lines).encode())

		    def finish(self):
		        super().finish()
		        open("ended", "w").close()

		    def handle(self):
		        with open("mail") as file:
		            mail = [line.split() for line in file]
		        gone = set()
		        self.tell("+OK")
		        for line in self.rfile:
		            try:
		                os.unlink("cut")
		                return
		            except FileNotFoundError:
		                pass
		            word, *more = line.decode("utf-8", "replace").split()
		            if word == "LIST" and os.path.exists("no-list"):
		                os.rename("no-list", "one")
		                self.tell("-ERR not now")
		            elif word in ("LIST", "UIDL"):
		                self.tell("+OK", *(
		                    f"{n} {uid if word == 'UIDL' else len(body(text)) if size == '-' else size}"
		                    for n, (uid, size, text) in enumerate(mail, 1)), ".")
		            elif word == "PASS" and os.path.exists("one"):
		                until = time.monotonic() + 15
		                while not os.path.exists("ended") and time.monotonic() < until:
		                    time.sleep(0.01)
		                self.tell("+OK" if os.path.exists("ended") else "-ERR [IN-USE]")
		            elif word == "RETR":
		                self.tell("+OK", body(mail[int(more[0]) - 1][2])[:-2], ".")
		            elif word == "DELE":
		                gone.add(int(more[0]))
		                self.tell("+OK")
		            elif word == "QUIT":
		                with open("mail", "w") as file:
		                    for n, one in enumerate(mail, 1):
		                        if n not in gone:
		                            print(*one, file=file)
		                self.tell("+OK")
		                return
		            else:
		                self.tell("+OK")

		class Server(socketserver.ThreadingTCPServer):
		    daemon_threads = True

		with Server(("127.0.0.1", 0), Session) as server:
		    with open("port.new", "w") as file:
		        print(server.server_address[1], file=file)
		    os.rename("port.new", "port")
		    server.serve_forever()
	END
	own
	start there "$POP3_SKEL_PYTHON" there.py
	wait_until 60 [ -e port ]
	backend=(proxy --clear "pop3://127.0.0.1:$(cat port)")
}

# The messages there: there UID SIZE WORD ...
there() {
	printf '%s %s %s\n' "$@" >mail
	own
}

# The words of the bodies there are now: left WORD...
left() {
	[ "$(cut -d ' ' -f 3 mail | xargs)" = "$*" ]
}

@test "proxy: of twins none is removed in a later session, and nobody is told so" {
	there same - FIRST same - OTHER one - THIRD
	talk --timeout 60 <<-END
		$begin
		send RETR 2
		expect +OK *
		expect Subject: a
		expect
		expect OTHER
		expect .
		send DELE 2
		expect +OK *
		shell touch cut
		send QUIT
		expect -ERR [SYS/TEMP] *
		eof
	END
	left FIRST OTHER THIRD
	logged 'expunge: .*unique-id'
	# One of them is left, and who knows which; what has no twin is as ever.
	talk --timeout 60 <<-END
		$begin
		send DELE 1
		expect +OK *
		send DELE 3
		expect +OK *
		shell echo same - OTHER >mail; echo one - THIRD >>mail; touch cut
		send QUIT
		expect -ERR [SYS/TEMP] *
		eof
	END
	left OTHER
	# What is gone is gone, and it is the same session there that knows twins.
	there same - FIRST same - OTHER
	session "${login[@]}" 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK 2 *' '+OK *' '+OK *'
	left FIRST
}

@test "proxy: by IMAP another UIDVALIDITY, or an odd answer, is not taken for a message that is gone" {
	cat >odd.py <<-'END'
		import sys
		sys.dont_write_bytecode = True
		sys.path.insert(0, sys.argv[1])
		from imap import Imap
		from upstream import Gone, Refused

		class Message:
		    uid = "7.5"

		class Box:
		    def uid(self, *_):
		        return "OK", self.said

		def outcome(validity, said):
		    there = Imap.__new__(Imap)
		    there.box, there.validity, there.marked = Box(), validity, []
		    there.box.said = said
		    try:
		        there.remove(Message)
		    except (Gone, Refused) as error:
		        return type(error)
		    return there.marked

		head = b"1 (UID 5 BODY[HEADER.FIELDS (DATE)] "
		assert outcome("7", [(head + b"{2}", b"\r\n"), b")"]) == ["5"]
		assert outcome("7", [None]) is Gone
		assert outcome("7", [head + b'"")']) is Refused
		assert outcome("8", [(head + b"{2}", b"\r\n"), b")"]) is Refused
	END
	"$POP3_SKEL_PYTHON" odd.py "$top/src/backends/proxy"
}

# The words of the bodies in the archive: archived WORD...
archived() {
	[ "$(find "$work/archive/" -path '*/new/*' -exec tail -q -n 1 {} + |
		sort | xargs)" = "$*" ]
}

@test "proxy: a unique-id that is two messages', or another's by now, and each is in the archive" {
	backend=(proxy --archive "$work/archive/%u" "${backend[@]:1}")
	there same - FIRST same - OTHER
	session "${login[@]}" 'RETR 1' 'RETR 2' 'DELE 1' 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK 2 *' '+OK *' 'Subject: a' '' FIRST . \
		'+OK *' 'Subject: a' '' OTHER . '+OK *' '+OK *' '+OK *'
	left
	archived FIRST OTHER
	# Other messages of the same size.
	there same - AFTER
	session "${login[@]}" 'RETR 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK *' 'Subject: a' '' AFTER . '+OK *'
	there same - FINAL
	session "${login[@]}" 'DELE 1' QUIT
	left
	archived AFTER FINAL FIRST OTHER
	# The same one is kept once, and again where others emptied the copy.
	there same - FINAL
	session "${login[@]}" 'RETR 1' 'RETR 1' QUIT
	archived AFTER FINAL FIRST OTHER
	for copy in archive/demo/new/*; do
		: >"$copy"
	done
	session "${login[@]}" 'DELE 1' QUIT
	left
	archived FINAL
	# What comes is not what was told.
	there one 5000 SHORT
	session "${login[@]}" 'RETR 1' 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK *' 'Subject: a' '' SHORT . \
		'+OK *' '-ERR [SYS/TEMP] *'
	left SHORT
	logged 'expunge: its copy is not as large as was told'
}

@test "proxy: no name makes a folder outside of the archive's" {
	backend=(proxy --archive "$work/archive/%d/%n" "${backend[@]:1}")
	there one - FIRST
	session 'USER victim@..' 'PASS x' 'USER victim@' 'PASS x' QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *' '-ERR [AUTH] *' '+OK *'
	[ ! -e victim ]
	[ ! -e archive ]
	logged 'archive: .*no folder for such a name'
	session 'USER victim@example.org' 'PASS x' QUIT
	[ -d archive/example.org/victim ]
}

@test "proxy: a login after a list that failed is a session there, and the first is over" {
	there one - FIRST
	: >no-list
	own
	talk --timeout 30 <<-END
		$turned_away
		send USER demo
		expect +OK *
		send PASS demo
		expect +OK 1 *
		$end
	END
}

@test "proxy: no part of a password is in an error" {
	printf '%s\n' '[demo]' 'password = {PLAIN}demo' 'hunter2' >accounts
	told() {
		own
		run -78 as_user "$POP3_SKEL_BACKENDS/proxy" --accounts "$work/accounts" \
			</dev/null
		[[ $output == "<3>proxy: "*"$1"* ]]
		[[ $output != *hunter2* ]]
	}
	told 'line 3: no NAME = VALUE'
	echo hunter2 >accounts
	told 'line 1: no section yet'
	printf '%s\n' '[demo]' 'password: hunter2=' >accounts
	told '[demo] has no such name'
	printf '[demo]\npassword = hunter2\344\n' >accounts
	told 'not in UTF-8'
	printf '%s\n' '[demo]' 'password = x' 'password-file = /x' \
		'url = pop3s://demo:hunter2@host' >accounts
	told 'with a host: host'
	printf '%s\n' '[database]' 'hunter2' >conf
	own
	run -78 as_user "$POP3_SKEL_BACKENDS/sql" "$work/conf" </dev/null
	[[ $output == "<3>sql: "*'line 2: no NAME = VALUE' ]]
	printf '%s\n' '[database]' 'password: hunter2=' >conf
	run -78 as_user "$POP3_SKEL_BACKENDS/sql" "$work/conf" </dev/null
	[[ $output == "<3>sql: "*'[database] has no such name' ]]
	cat >letters.py <<-'END'
		import sys
		sys.dont_write_bytecode = True
		sys.path.insert(0, sys.argv[1])
		from imap import Imap
		from upstream import Refused

		class Box:
		    capabilities = ()

		    def authenticate(self, mechanism, answer):
		        self.said = mechanism, answer(b"")
		        return "OK", [b""]

		    def login(self, user, secret):
		        return "OK", [secret.encode("ascii")]

		there = Imap.__new__(Imap)
		there.box = Box()
		there.login("demo", "hunt\u00e9r", False)
		assert there.box.said == ("PLAIN", "\0demo\0hunt\u00e9r".encode())
		try:
		    there.asked(there.box.login, "demo", "hunt\u00e9r")
		    assert False
		except Refused as refused:
		    assert "\\xe9" not in ascii(refused) and "4" not in str(refused)
	END
	"$POP3_SKEL_PYTHON" letters.py "$top/src/backends/proxy"
}
