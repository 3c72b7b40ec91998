# SPDX-License-Identifier: ISC
# make-mail: what it writes is read by Python's email, which others wrote.

load ../lib/common
load ../lib/examples

prepare() {
	make=$POP3_SKEL_BACKENDS/make-mail
	printf 'Grüße\n.\nFrom here\nlast' >text
	touch -d @1796126400 text
}

# bats test_tags=long
@test "make-mail: words of any alphabet and length, names and files come back as they were" {
	cat >check.py <<-'END'
		import email, email.policy, os, random, subprocess, sys

		make = sys.argv[1]
		random.seed(7)
		def made(*words, text=b"x\n"):
		    out = subprocess.run([make, "--date", "86400", *words], input=text,
		                         stdout=subprocess.PIPE, check=True).stdout
		    head = out.partition(b"\n\n")[0]
		    assert max(map(len, head.split(b"\n"))) <= 78, head
		    assert b"\r" not in head and head.isascii(), head
		    mail = email.message_from_bytes(out, policy=email.policy.default)
		    assert not mail.defects and mail["Message-ID"] and mail["Date"], out
		    assert [k for k in mail.keys() if k == "Bcc"] == [], out
		    return mail

		def subject(text, want=None):
		    got = made(text)["Subject"]
		    assert got == (text if want is None else want), (text, got)

		for text in ("a", "Grüße", "=?UTF-8?B?YQ==?= as it is", "a\u2028b", "😀" * 200,
		             "word " * 60 + "end", "x" * 70, "ü" + " y" * 300, '"\\"', "e\u0301"):
		    subject(text)
		subject("a\nBcc: b", "a Bcc: b")
		subject(b"\xff \xc3(\xed\xa0\x80".decode(errors="surrogateescape"), "? ?(???")
		for _ in range(40):
		    subject("".join(random.choice("aZ0 =?_äß€漢😀")
		                    for _ in range(random.randrange(1, 200))).strip() or "a")
		for name in ("Jürgen Müller", "A. B. \\ C", 'say "hi"', "Ann, Bob"):
		    who = made("--from", name + " <a@example.org>", "--to", "b@example.org", "s")
		    box = who["From"].addresses[0]
		    assert (box.display_name, box.addr_spec) == (name, "a@example.org"), who["From"]
		    assert who["To"] == "b@example.org"
		for text in (b"", b"\n", b"plain\n", "ü\n".encode(), b"y" * 998 + b"\n", b"no end"):
		    mail = made("s", text=text)
		    assert mail["Content-Transfer-Encoding"] != "base64", text
		    assert mail.get_content().rstrip("\n") == text.decode().rstrip("\n"), text
		for text in (b"z" * 999 + b"\nq\n", b"a\0b\n", b"a\rb\n"):
		    mail = made("s", text=text)
		    assert mail["Content-Transfer-Encoding"] == "base64", text
		    assert mail.get_payload(decode=True) == text.replace(b"\n", b"\r\n"), text
		assert made("s", text=b"caf\xe9\n").get_content() == "caf\xe9\r\n"
		names = ("a.pdf", "Grüße.txt", 'q"uote', "two words.html", "l" * 200, "100%'*.csv")
		words = []
		files = [random.randbytes(n) for n in (0, 1, 56, 57, 58, 100000)]
		for name, data in zip(names, files):
		    with open(name, "wb") as file:
		        file.write(data)
		    words += ["--attach", "./" + name]
		with open("page", "wb") as file:
		    file.write("<p>ü".encode())
		mail = made("--html", "page", *words, "s", text=b"--=_m_\n")
		assert mail.get_content_type() == "multipart/mixed"
		assert mail.get_body(("plain",)).get_content() == "--=_m_\n"
		assert mail.get_body(("html",)).get_content() == "<p>ü\n"
		got = [(p.get_filename(), p.get_payload(decode=True)) for p in mail.iter_attachments()]
		assert got == list(zip(names, files)), [g[0] for g in got]
		print("good")
	END
	run -0 "${POP3_SKEL_PYTHON:-python3}" check.py "$make"
	[ "$output" = good ]
}

@test "make-mail: the same mail is the same octets, another has another Message-ID" {
	"$make" subject text >one
	sleep 1
	"$make" subject text | cmp - one
	grep -x 'Date: Tue, 01 Dec 2026 12:00:00 +0000' one
	"$make" other text | grep ^Message-ID: >>ids
	"$make" --to a@example.org subject text | grep ^Message-ID: >>ids
	"$make" --attach text subject text | grep ^Message-ID: >>ids
	"$make" --date 1 subject text | grep ^Message-ID: >>ids
	grep ^Message-ID: one >>ids
	[ "$(sort -u ids | wc -l)" -eq 5 ]
	# Of --id alone.
	"$make" --id 7 subject text | grep ^Message-ID: >id
	"$make" --id 7 --date 1 other text | grep ^Message-ID: | cmp - id
}

@test "make-mail: what cannot be is said, with a status of its own" {
	local words status_
	while read -r status_ words; do
		# shellcheck disable=SC2086 # They are words.
		run "$make" $words </dev/null
		printf '%s: %s: %s\n' "$words" "$status" "$output"
		[ "$status" -eq "$status_" ]
		[[ $output == *make-mail* ]] && [[ $output != *Subject:* ]]
	done <<-'END'
		64
		64 subject
		64 a b c
		64 --date -1 a text
		64 --date 99999999999999 a text
		64 --from nobody a text
		64 --from a@b@c a text
		64 --from a@example.org> a text
		64 --to <@> a text
		64 --none a text
		64 --html text --html text a text
		1 a none
		1 --attach none a text
		75 a .
	END
	run -75 sh -c "exec '$make' a text >/dev/full"
	run -0 "$make" --version
	[[ $output == 'make-mail (pop3-skel) '* ]]
}

@test "pop3-skel-make-mail.1: a report of each day's" {
	example pop3-skel-make-mail.1 report | sed "s|/srv/reports|$work|" >backend
	chmod a+rx backend
	printf '1;2\n' >2026-11-26.csv
	own
	backend=(./backend)
	session "${login[@]}" UIDL 'RETR 1' QUIT
	tr -d '\r' <out >unix
	grep -qx '1 2026-11-26.csv' unix
	grep -qx 'From: =?UTF-8?B?QsO8cm8=?=' unix
	grep -qx ' filename="2026-11-26.csv"' unix
	grep -qx '1;2' unix
	grep -qx "$(base64 2026-11-26.csv)" unix
	echo demo | as_user "$POP3_SKEL_STAGE/sbin/pop3-skel-check" --user demo \
		--password-fd 0 ./backend >told || {
		cat told
		return 1
	}
}
