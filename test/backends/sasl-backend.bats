# SPDX-License-Identifier: ISC
# The backend sasl: SCRAM, CRAM-MD5 and APOP, alone and behind pop3-skel; see
# pop3-skel-sasl(8). The client is lib/scram.py, and mpop.
#
# bats file_tags=full

load ../lib/common

prepare() {
	[ -x "$POP3_SKEL_BACKENDS/sasl" ] || skip "this build has no sasl"
	export PYTHONPATH=$common_lib PYTHONDONTWRITEBYTECODE=1
	# Each is there as often as there are kinds of lines; "pw" is right.
	"$POP3_SKEL_PYTHON" - "$work/demo" >users <<-'END'
		import sys
		from scram import line
		for user, field in {
		    "s256": line("SCRAM-SHA-256", "pw"),
		    "s1": line("SCRAM-SHA-1", "pw"),
		    "plain": "{PLAIN}pw",
		    "crypt": "$6$saltsalt$x",
		    "bad": "{SCRAM-SHA-256}4096,x,y,z",
		    "dear": line("SCRAM-SHA-256", "pw").replace("}4096", "}99999999"),
		    "none": "!"}.items():
		    print(f"{user}:{field}:65534:65534::{sys.argv[1]}")
	END
	export entered="next maildir|arg --serve|arg $box|OK"
	own
}

# Runs stdin, a program in Python that has all of scram.py; `Backend` is then
# run as the ordinary user. `entered` are the last lines of a login.
scram() {
	{
		cat <<-'END'
			import functools
			from scram import *
			prefix = sys.argv[1:]
			Backend = functools.partial(Backend, "-u", "users", prefix=prefix)
			entered = os.environ["entered"].split("|")
			lock = "lock " + entered[2][4:] + "/."
			TLS = "hello 1 x-unknown next tls-exporter=" + "ab" * 32
			def let_in(user):
			    return ["user " + user, lock, *entered]
			ERR, TEMP = ["ERR"], ["TEMP mailbox not available"]
		END
		cat
	} >script.py
	: >log
	"$POP3_SKEL_PYTHON" script.py "${user_prefix[@]}"
}

@test "sasl: each mechanism, with the right password and a wrong one, by each kind of line" {
	scram <<-'END'
		b = Backend("-o", "CRAM-MD5", "-o", "apop", hello=TLS)
		key = b"\xab" * 32
		for hash in "SCRAM-SHA-256", "SCRAM-SHA-1":
		    for mechanism in hash, hash + "-PLUS":
		        for user in "s256", "s1", "plain", "crypt", "none", "nobody", "../x":
		            knows = user == "plain" or user == "s" + hash[10:]
		            is_equal(b.scram(mechanism, user, "pw", key),
		                     let_in(user) if knows else ERR)
		            is_equal(b.scram(mechanism, user, "Pw", key), ERR)
		for user in "plain", "s256", "s1", "crypt", "nobody":
		    for password in "pw", "Pw":
		        good = user + password == "plainpw"
		        challenge = b.say("auth CRAM-MD5")
		        is_equal(b.say("more", cram(user, password, challenge)),
		                 let_in(user) if good else ERR)
		        digest = hashlib.md5(b"<1.2@host>" + password.encode()).hexdigest()
		        is_equal(b.ask(f"apop {user} {digest} <1.2@host>"),
		                 [lock, *entered] if good else ERR)
		# The name is as the file has it.
		is_equal(b.scram("SCRAM-SHA-256", "S256", "pw"), let_in("s256"))
		is_equal(b.scram("SCRAM-SHA-256", "PLAIN", "pw"), let_in("plain"))
		# The password itself, as maildir has it.
		is_equal(b.ask("login plain pw"), [lock, *entered])
		is_equal(b.ask("login PLAIN pw"), let_in("plain"))
		is_equal(b.ask("login plain Pw"), ERR)
		is_equal(b.ask("login nobody pw"), ERR, TEMP)
		b.end()
	END
}

@test "sasl: what is offered: PLUS with the octets of a channel, others where asked for" {
	scram <<-'END'
		plain = "sasl SCRAM-SHA-256 SCRAM-SHA-1"
		plus = "sasl SCRAM-SHA-256-PLUS SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-1"
		is_equal(Backend().hello, [plain, "OK 1"])
		is_equal(Backend(hello=TLS).hello, [plus, "OK 1"])
		is_equal(Backend("--offer", "cram-md5", "--offer=APOP", "--no-password",
		                 hello=TLS).hello,
		         [plus + " CRAM-MD5", "apop", "no-password", "OK 1"])
		# Of what is no such value there is none.
		for value in "", "a", "abc", "AB", "xy", "ab" * 65, "ab=":
		    b = Backend(hello=f"hello 1 tls-exporter={value} next")
		    is_equal(b.hello, [plain, "OK 1"])
		is_equal(b.say("auth SCRAM-SHA-256-PLUS"), ERR)
		is_equal(b.say("auth CRAM-MD5"), ERR)
		is_equal(b.say("auth PLAIN"), ERR)
		is_equal(b.ask("apop plain " + "0" * 32 + " <a@b>"), ["DEFAULT"])
		is_equal(b.ask("list x"), ["DEFAULT"])
		b = Backend("--no-password")
		is_equal(b.ask("login plain pw"), ["DEFAULT"])
		assert os.path.getsize("log") == 0
		# Without `next` nobody could go on; without a key salts would change.
		open("empty", "w").close()
		refused = ["TEMP logins are not available"]
		is_equal(Backend(hello="hello 1 x-unknown").hello, refused)
		is_equal(Backend("-k", "nowhere").hello, refused)
		is_equal(Backend("--key", "empty").hello, refused)
	END
	[ "$(wc -l <log)" -eq 3 ]
	grep -q '^<3>sasl: no word next in hello: ' log
	grep -q '^<3>sasl reason="no key for the salts of unknown users: name a file with --key" error="No such file or directory" path="nowhere"' log
	run -64 "$POP3_SKEL_BACKENDS/sasl" more
	run -64 "$POP3_SKEL_BACKENDS/sasl" --offer PLAIN
	run -64 "$POP3_SKEL_BACKENDS/sasl" -m %x
	"$POP3_SKEL_BACKENDS/sasl" --version | grep -q '^sasl (pop3-skel) '
}

@test "sasl: cancelled, malformed, out of turn and replayed: nobody is let in, and the next one is" {
	scram <<-'END'
		b = Backend("-o", "CRAM-MD5", hello=TLS)
		good = lambda: is_equal(b.scram("SCRAM-SHA-256", "s256", "pw"),
		                        let_in("s256"))
		start = lambda head=None: Scram("SCRAM-SHA-256", "s256", "pw", head=head)
		auth = lambda data: b.say("auth SCRAM-SHA-256", data)
		# Broken off at each step; then there is nothing to go on with.
		c = start()
		final = c.final(auth(c.first()))
		is_equal(b.ask("cancel"), ["OK"])
		is_equal(b.say("more", final), ERR)
		c = start()
		assert c.right(b.say("more", c.final(auth(c.first()))))
		is_equal(b.ask("cancel"), ["OK"])
		is_equal(b.say("more", b""), ERR)
		is_equal(b.ask("cancel"), ["OK"])
		is_equal(b.ask("more ="), ERR)
		good()
		# Instead of nothing behind our proof.
		c = start()
		b.say("more", c.final(auth(c.first())))
		is_equal(b.say("more", b"x"), ERR)
		# A second start ends the first one.
		c, d = start(), start()
		final = c.final(auth(c.first()))
		auth(d.first())
		is_equal(b.say("more", final), ERR)
		good()
		# No first message; none at first is asked for, once.
		is_equal(b.say("auth SCRAM-SHA-256"), b"")
		is_equal(b.say("more", b""), ERR)
		for text in (b"", b"x", b"n,,", b"n,,n=,r=", b"n,,n=s256", b"n,,n=s256,r=",
		             b"x,,n=s256,r=abc", b"n,,m=x,n=s256,r=abc",
		             b"n,,n=\xff\xfe,r=abc", b"n,,n=s256\x00,r=abc", b"\x00" * 9,
		             b"p=tls-exporter,,n=s256,r=abc", b"p=tls-unique,,n=s256,r=abc",
		             b"n,," + b"n=" * 4000):
		    is_equal(auth(text), ERR)
		for text in "!", "a", "=a", "n" * 11000:
		    is_equal(b.ask("auth SCRAM-SHA-256 " + text), ERR)
		# No last message.
		for change in (lambda f: b"", lambda f: f[:-4], lambda f: f + b"A",
		               lambda f: f.replace(b",r=", b",r=x"),
		               lambda f: f.replace(b"c=biws", b"c=eSws"),
		               lambda f: f.replace(b"c=biws", b"c=AAAA"),
		               lambda f: f[:f.index(b",p=")],
		               lambda f: f[:f.index(b",p=")] + b",p=" + b"A" * 43 + b"=",
		               lambda f: f[:f.index(b",p=")] + b",p=AAAA",
		               lambda f: b"\xff" * 2000):
		    c = start()
		    is_equal(b.say("more", change(c.final(auth(c.first())))), ERR)
		good()
		# What was said once is of no use again, here or in another session.
		c = start()
		first, final = c.first(), c.final(auth(c.first()))
		assert c.right(b.say("more", final))
		is_equal(b.say("more", b""), let_in("s256"))
		for other in b, Backend(hello=TLS):
		    assert other.say("auth SCRAM-SHA-256", first)
		    is_equal(other.say("more", final), ERR)
		# CRAM-MD5 is the server's to begin.
		is_equal(b.say("auth CRAM-MD5", b"plain x"), ERR)
		is_equal(b.say("auth CRAM-MD5", b""), ERR)
		challenge = b.say("auth CRAM-MD5")
		answer = cram("plain", "pw", challenge)
		is_equal(b.say("more", answer), let_in("plain"))
		assert b.say("auth CRAM-MD5") != challenge
		is_equal(b.say("more", answer), ERR)
		for text in b"", b"plain", b"plain ", b" " + answer[6:], answer + b"0", b"\0":
		    b.say("auth CRAM-MD5")
		    is_equal(b.say("more", text), ERR)
		good()
		b.end()
	END
	[ ! -s log ]
}

@test "sasl: a channel that is not the client's, PLUS taken off the list, and who acts for another" {
	scram <<-'END'
		b, clear = Backend(hello=TLS), Backend()
		def login(backend, mechanism, head, key=b""):
		    return backend.scram(mechanism, "s256", "pw", key, head=head)
		good, key = let_in("s256"), b"\xab" * 32
		is_equal(login(b, "SCRAM-SHA-256-PLUS", None, key), good)
		is_equal(login(b, "SCRAM-SHA-256-PLUS", None, b"\xac" + key[1:]), ERR)
		is_equal(login(b, "SCRAM-SHA-256-PLUS", None), ERR)
		is_equal(login(b, "SCRAM-SHA-256-PLUS", "p=tls-unique,,", key), ERR)
		is_equal(login(b, "SCRAM-SHA-256-PLUS", "n,,"), ERR)
		is_equal(login(b, "SCRAM-SHA-256-PLUS", "y,,"), ERR)
		# The client knows PLUS, and thinks that we do not.
		is_equal(login(b, "SCRAM-SHA-256", "y,,"), ERR)
		is_equal(login(b, "SCRAM-SHA-256", "n,,"), good)
		is_equal(login(clear, "SCRAM-SHA-256", "y,,"), good)
		is_equal(login(clear, "SCRAM-SHA-256", "p=tls-exporter,,", key), ERR)
		is_equal(login(b, "SCRAM-SHA-256", "n,a=s1,"), ERR)
		is_equal(login(b, "SCRAM-SHA-256", "n,a=plain,"), ERR)
		is_equal(login(b, "SCRAM-SHA-256", "n,a=s256,"), good)
	END
}

@test "sasl: who is not there is told what others are told, and always the same" {
	scram <<-'END'
		def told(mechanism, user, *words):
		    b = Backend(*words)
		    is_equal(b.scram(mechanism, user, "pw"), ERR, let_in(user))
		    b.end()
		    return b.client.salt, b.client.rounds
		salts = set()
		open("key", "w").write("another")
		for mechanism in "SCRAM-SHA-256", "SCRAM-SHA-1":
		    for user in "nobody", "another", "crypt", "none", "plain", "..":
		        salt, rounds = told(mechanism, user)
		        # The users file's own.
		        assert rounds == 4096 and len(salt) == len(b"saltsaltsalt")
		        salts.add(salt)
		assert len(salts) == 12
		salt = told("SCRAM-SHA-256", "nobody")
		is_equal(told("SCRAM-SHA-256", "nobody"), salt)
		is_equal(told("SCRAM-SHA-256", "NOBODY"), salt)
		assert told("SCRAM-SHA-256", "nobody", "-k", "key") != salt
		assert os.path.getsize("log") == 0
		# Where there is none to go by; and with other rounds.
		with open("users", "w") as users:
		    users.write("plain:{PLAIN}pw\n")
		for user in "nobody", "plain":
		    b = Backend()
		    b.scram("SCRAM-SHA-256", user, "x")
		    is_equal((len(b.client.salt), b.client.rounds), (16, 10000))
		with open("users", "w") as users:
		    users.write("plain:{PLAIN}pw\nx:" +
		                line("SCRAM-SHA-1", "pw", 77, b"x" * 64) + "\n")
		for user in "nobody", "plain":
		    b = Backend()
		    b.scram("SCRAM-SHA-1", user, "x")
		    is_equal((len(b.client.salt), b.client.rounds), (64, 77))
	END
}

@test "sasl: a line that is none, a users file that is not there: TEMP, and what to do" {
	scram <<-'END'
		b = Backend()
		auth = lambda user: b.say("auth SCRAM-SHA-256", b"n,,n=%s,r=abc" % user)
		for user in b"bad", b"dear":
		    is_equal(auth(user), TEMP)
		    is_equal(b.ask("more ="), ERR)
		is_equal(b.scram("SCRAM-SHA-256", "s256", "pw"), let_in("s256"))
		with open("users", "a") as users:
		    users.write("homeless:{PLAIN}pw\nno colon\n")
		is_equal(b.scram("SCRAM-SHA-256", "homeless", "pw"), TEMP)
		is_equal(auth(b"nobody"), TEMP)
		os.unlink("users")
		is_equal(auth(b"s256"), TEMP)
	END
	grep -qF "reason=\"bad password hash: put a line of gsasl --mkpasswd's there, or {PLAIN} before a password in clear\" line=5 file=\"users\" user=\"bad\"" log
	grep -qF 'reason="SCRAM with too many rounds: maildir(8) has the limit" line=6 file="users" user="dear"' log
	grep -qF 'reason="no home for %h: put one into the sixth ' log
	grep -q ' line=8 file="users" user="homeless"' log
	grep -qF 'reason="no colon: a line is user:password, and what may follow" line=9 file="users"' log
	grep -qF 'reason="users file cannot be opened"' log
}

@test "sasl: as root it becomes the user before anything is touched, and root no more" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	user_prefix=()
	scram <<-'END'
		b = Backend()
		ids = lambda: [l.split()[1:] for l in open(f"/proc/{b.process.pid}/status")
		               if l.startswith(("Uid", "Gid", "Groups", "CapEff"))]
		is_equal(b.scram("SCRAM-SHA-256", "s256", "Pw"), ERR)
		assert ids()[0] == ["0"] * 4
		is_equal(b.scram("SCRAM-SHA-256", "s256", "pw"),
		         ["user s256", "become 65534 65534", lock, *entered],
		         ["become 65534 65534", "user s256", lock, *entered])
		is_equal(ids(), [["65534"] * 4, ["65534"] * 4, [], ["0" * 16]])
		# What was given up does not come back.
		is_equal(b.say("auth SCRAM-SHA-256"), ["TEMP logins are not available"])
		with open("users", "w") as users:
		    users.write("u:{PLAIN}pw:0:0::/\nv:{PLAIN}pw\n")
		for user in "u", "v":
		    is_equal(Backend().scram("SCRAM-SHA-1", user, "pw"), TEMP)
	END
}

# by_mpop MECHANISM USER PASSWORD: into inbox.
by_mpop() {
	rm -rf inbox uids
	own
	as_user mpop --host=127.0.0.1 --port="$port" --user="$2" --tls=off \
		--passwordeval="echo $3" --auth="$1" --keep=on \
		--delivery=mbox,"$work/inbox" --uidls-file="$work/uids"
}

@test "sasl: mpop by SCRAM, CRAM-MD5 and APOP, and maildir's mail, byte for byte" {
	local pair
	export HOME=$work
	printf 'Subject: one\n\n.text\nof it\n' | mail new/1.a
	backend=(sasl -u "$work/users" -o CRAM-MD5 -o APOP)
	serve
	for pair in scram-sha-256:s256 scram-sha-1:s1 cram-md5:plain apop:plain; do
		by_mpop "${pair%:*}" "${pair#*:}" pw
		sed -n '/^Subject: one/,$p' inbox | head -n 4 |
			diff "$box/new/1.a" -
	done
	run -77 by_mpop scram-sha-256 s256 wrong
	run -77 by_mpop scram-sha-256 nobody pw
	[ ! -s inbox ]
}

# bats test_tags=long
@test "sasl: a whole session by SCRAM-SHA-256-PLUS behind TLS: the mail, a removal, the log" {
	printf 'Subject: one\n\n.text\n' | mail new/1.a
	printf 'Subject: two\n\nmore\n' | mail new/2.b
	cat >session.py <<-'END'
		import socket
		from scram import *
		ours, theirs = socket.socketpair()
		with open("log", "wb") as log:
		    subprocess.Popen(sys.argv[1:], stdin=theirs, stdout=theirs, stderr=log)
		theirs.close()
		lines = ours.makefile("rwb")
		# TLS 1.3, and what binds SCRAM to its channel.
		tls = b"\x01\0\0\0\0\x21\0\x07TLSv1.3\xe0\0\x20" + b"\xab" * 32
		tlvs = b"\x20\0" + bytes([len(tls)]) + tls
		lines.write(b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0" + bytes([12 + len(tlvs)]) +
		            b"\xc6\x33\x64\x07\xc0\0\x02\x01\x04\0\0\x6e" + tlvs)
		def hear():
		    lines.flush()
		    return lines.readline().rstrip(b"\r\n")
		def say(text):
		    lines.write(text.encode() + b"\r\n")
		    return hear()
		def challenge(data):
		    text = say(base64.b64encode(data).decode())
		    assert text.startswith(b"+ "), text
		    return base64.b64decode(text[2:])
		def listed():
		    return list(iter(lambda: hear(), b"."))
		assert hear().startswith(b"+OK")
		say("CAPA")
		assert any(l.startswith(b"SASL") and b" SCRAM-SHA-256-PLUS " in l + b" "
		           for l in listed())
		c = Scram("SCRAM-SHA-256-PLUS", "s256", "wrong", b"\xab" * 32)
		is_equal(say("AUTH SCRAM-SHA-256-PLUS"), b"+ ")
		challenge_1 = challenge(c.first())
		assert say(base64.b64encode(c.final(challenge_1)).decode()).startswith(b"-ERR [AUTH]")
		c = Scram("SCRAM-SHA-256-PLUS", "s256", "pw", b"\xab" * 32)
		text = say("AUTH SCRAM-SHA-256-PLUS " + base64.b64encode(c.first()).decode())
		assert c.right(challenge(c.final(base64.b64decode(text[2:]))))
		assert say("").startswith(b"+OK 2 ")
		assert say("RETR 1").startswith(b"+OK")
		is_equal(listed(), [b"Subject: one", b"", b"..text"])
		assert say("DELE 2").startswith(b"+OK")
		assert say("QUIT").startswith(b"+OK")
		is_equal(lines.read(), b"")
	END
	own
	"$POP3_SKEL_PYTHON" session.py "${user_prefix[@]}" "$SKEL" --auth-delay 0 \
		--cleartext never --proxy sasl -u "$work/users"
	[ "$(stored)" = new/1.a ]
	logged '^<6>login .*user=s256 .*tls=TLSv1.3.* mechanism=SCRAM-SHA-256-PLUS'
	[ "$(grep -c 'refused .*why=login' log)" -eq 1 ]
}
