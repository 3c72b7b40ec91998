# SPDX-License-Identifier: ISC
# src/examples: the same backend in some languages does the same in each.
#
# bats file_tags=once

load ../lib/common
load ../lib/check

# What runs each, a line each: NAME COMMAND
rows() {
	local at=$POP3_SKEL_STAGE/share/examples
	printf '%s\n' "sh $at/folder.sh" "py $at/folder.py" "pl $at/folder.pl" \
		"awk $at/folder.awk" "lua $at/folder.lua" \
		"c $BATS_FILE_TMPDIR/folder" "http $at/http.sh"
}

prepare_file() {
	gcc -Wall -Werror -o "$BATS_FILE_TMPDIR/folder" \
		"$POP3_SKEL_STAGE/share/examples/folder.c"
	chmod 755 "$BATS_FILE_TMPDIR/folder"
}

# Mails in the folder $1, which is called as no shell would like.
mails() {
	mkdir -p "$1/sub" "$1/.hidden"
	printf '%s\n' 'From: a@example.org' 'Subject: one' \
		'Date: Tue, 1 Dec 2026 12:00:00 +0000' \
		'Message-ID: <1.eml@example.org>' '' '.' '..dots' '' \
		"$(printf 'gr\303\274n \\n')" >"$1/1.eml"
	sed 's/one/two/; s/1\.eml/"2";$x/' "$1/1.eml" >"$1/\"2\";\$x"
	sed 's/one/three/; s/1\.eml/3/' "$1/1.eml" >"$1/3"
	cp "$1/3" "$1/.hidden/x"
	cp "$1/3" "$1/no unique-id"
	cp "$1/3" "$1/.dot"
}

# The same mails as JSON, from the folder $1, at $url.
web() {
	cat >web.py <<-'END'
		import http.server, json, os, re, sys, urllib.parse
		port, folder = int(sys.argv[1]), sys.argv[2]
		class Web(http.server.BaseHTTPRequestHandler):
		    def do_GET(self):
		        name = urllib.parse.unquote(self.path.removeprefix("/mails").strip("/"))
		        if not name:
		            return self.say([{"id": one} for one in sorted(os.listdir(folder))
		                             if one[0] != "." and os.path.isfile(folder + "/" + one)])
		        try:
		            with open(folder + "/" + name) as file:
		                head, _, text = file.read().partition("\n\n")
		        except OSError:
		            return self.send_error(404)
		        fields = dict(line.split(": ", 1) for line in head.split("\n"))
		        self.say({"id": name, "from": fields["From"], "date": fields["Date"],
		                  "subject": fields["Subject"], "text": text.rstrip("\n")})
		    def do_DELETE(self):
		        try:
		            os.unlink(folder + "/" + os.path.basename(urllib.parse.unquote(self.path)))
		            self.say(True)
		        except OSError:
		            self.send_error(404)
		    def say(self, what):
		        self.send_response(200)
		        self.end_headers()
		        self.wfile.write(json.dumps(what).encode())
		http.server.ThreadingHTTPServer(("127.0.0.1", port), Web).serve_forever()
	END
	port=$(free_port)
	start web python3 -X utf8 web.py "$port" "$1"
	wait_until 60 listening "$port"
	url=http://127.0.0.1:$port/mails
}

# bats test_tags=long
@test "examples: the same session in each language, octet by octet" {
	local name command at
	while read -r name command; do
		at="$work/a 'folder' of $name"
		mails "$at"
		backend=("$command" "$at")
		if [ "$name" = http ]; then
			web "$at"
			backend=("$command" "$url")
		fi
		session 'USER demo' 'PASS demo ' "${login[@]}" UIDL LIST 'RETR 1' \
			'RETR 2' 'TOP 3 1' 'DELE 2' QUIT
		[ ! -e "$at/1.eml" ]
		[ -e "$at/3" ]
		[ -e "$at/no unique-id" ]
		mv out "out.$name"
		ls -A "$at" >"left.$name"
		[ -e first ] || cp "out.$name" first
		[ -e left ] || cp "left.$name" left
		diff first "out.$name"
		diff left "left.$name"
		not_logged '^<[34]>'
	done < <(rows)
	matches_first
}
matches_first() {
	mv first out
	matches '+OK *' '+OK*' '-ERR [AUTH] *' '+OK*' '+OK 3 messages' '+OK*' '1 "2";$x' \
		'2 1.eml' '3 3' . '+OK*' '1 *' '2 *' '3 *' . '+OK*' From:* \
		'Subject: two' Date:* 'Message-ID: <"2";$x@*' '' .. ...dots '' 'gr* \n' . \
		'+OK*' From:* 'Subject: one' Date:* Message-ID:* '' .. ...dots '' \
		'gr* \n' . '+OK*' From:* 'Subject: three' Date:* Message-ID:* '' \
		.. . '+OK*' '+OK*'
}

# bats test_tags=long
@test "examples: each is judged clean, and what is not there is refused" {
	local name command at
	while read -r name command; do
		at=$work/mails-$name
		mails "$at"
		rm "$at/no unique-id"
		own
		if [ "$name" = http ]; then
			web "$at"
			own
			at=$url
		fi
		try "$name" --delete "$command" "$at"
	done < <(rows)
	tried
	while read -r name command; do
		clean "$name" none
		# Two were removed, one of them where no file can be written.
		[ "$(cd "mails-$name" && echo *)" = '3 sub' ]
	done < <(rows)
	while read -r name command; do
		at=$work/mails-$name
		[ "$name" != http ] || at=$url
		printf '%s\n' 'hello 1 log' 'login demo demo' 'retr 9 none' \
			'expunge 9 none' 'expunge 9 ../users' |
			as_user "$command" "$at" 2>log | sed -n 's/^TEMP/ERR/; s/^ERR .*/ERR/; /^OK/p; /^ERR/p' |
			diff - <(printf '%s\n' 'OK 1' OK ERR ERR ERR)
		[ -e users ]
	done < <(rows)
}
