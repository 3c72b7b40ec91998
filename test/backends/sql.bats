# SPDX-License-Identifier: ISC
# sql and sqlusers: mail and users in a database, SQLite and a real PostgreSQL.
#
# bats file_tags=once,long,whole

load ../lib/common
load ../lib/check
load ../lib/clients
load ../lib/examples
load ../lib/postgres

prepare_file() {
	postgres_start
}
teardown_file() {
	postgres_stop
}

prepare() {
	export HOME=$work PYTHONDONTWRITEBYTECODE=1
	options+=(--keep-going)
	printf '[database]\nlock-wait = 0\npostgresql = %s\n' \
		"host=$postgres user=test dbname=postgres" >pg
	{
		printf '%s;\n' 'SET client_min_messages = error' \
			'DROP TABLE IF EXISTS users, mail CASCADE'
		example pop3-skel-sql.8 postgresql-tables
		printf '%s;\n' "INSERT INTO users VALUES ('demo', '{PLAIN}demo')"
	} | postgres_run postgres
}

# A small message, or more, of demo's in PostgreSQL; or these files.
pg_mail() {
	local name
	for name; do
		[ -e "$name" ] || printf 'Subject: %s\n\ntext of %s\n' "$name" \
			"$name" >"$name"
		printf "INSERT INTO mail (owner, body) VALUES ('demo',
			pg_read_binary_file('%s'));\n" "$(realpath "$name")"
	done >statements
	own
	postgres_run postgres <statements
}

# What PostgreSQL says to a query: tells QUERY
tells() {
	postgres_run postgres --command="$1"
}

# The same in SQLite, as the manual makes it, in mail.db.
lite_mail() {
	local name
	for name; do
		[ -e "$name" ] || printf 'Subject: %s\n\ntext of %s\n' "$name" \
			"$name" >"$name"
		if [ -e mail.db ]; then
			lite "INSERT INTO mail (owner, body) VALUES ('demo',
				CAST('$(cat "$name")' || char(10) AS BLOB))"
			continue
		fi
		example pop3-skel-sql.8 sqlite |
			sed "s|/usr/share/pop3-skel|$POP3_SKEL_STAGE/share|" >fill
		python3 fill <"$name"
	done
	own
}
lite() {
	python3 - "$1" <<-'END'
		import sqlite3, sys
		with sqlite3.connect("mail.db", timeout=60) as db:
		    for row in db.execute(sys.argv[1]):
		        print(*row, sep="|")
	END
}

# A resident one on sockets/NAME: stays NAME PROGRAM FILE
stays() {
	mkdir -p sockets
	start "$1" "$POP3_SKEL_BACKENDS/$2" --listen "$work/sockets/$1" "$3"
	wait_until 60 [ -S "sockets/$1" ]
}

# Messages with all that a client may want to see of one.
whole_mail() {
	local name
	for name; do
		printf '%s\n' 'From: a@example.org' "Subject: $name" \
			'Date: Tue, 1 Dec 2026 12:00:00 +0000' \
			"Message-ID: <$name@example.org>" '' "text of $name" >"$name"
	done
}

@test "sql: started and resident, on SQLite and PostgreSQL, nothing is to be changed" {
	whole_mail a b c
	pg_mail a b c
	lite_mail a b c
	stays pg sql "$work/pg"
	try lite --delete sql "$work/mail.db"
	try started sql "$work/pg"
	tried
	try resident --delete "unix:$work/sockets/pg"
	tried
	clean lite none
	clean started
	clean resident 'a resident backend'
	[ "$(lite 'SELECT count(*) FROM mail')" -lt 3 ]
	[ "$(tells 'SELECT count(*) FROM mail')" -eq 2 ]
}

@test "sql: sizes are kept, what is removed is gone, unique-ids stay" {
	local kind
	lite_mail a b c
	pg_mail a b c
	for kind in mail.db pg; do
		backend=(sql "$work/$kind")
		session "${login[@]}" LIST UIDL 'RETR 2' 'DELE 1' QUIT
		matches '+OK *' '+OK *' '+OK 3 *' '+OK*' '1 25' '2 25' '3 25' . \
			'+OK*' '1 1' '2 2' '3 3' . '+OK *' 'Subject: b' '' \
			'text of b' . '+OK *' '+OK *'
		logged 'update .*expunged=1 commit=good'
		session "${login[@]}" UIDL 'DELE 1' 'RSET' QUIT
		matches '+OK *' '+OK *' '+OK 2 *' '+OK*' '1 2' '2 3' . '+OK *' \
			'+OK *' '+OK *'
		not_logged 'counted|fault|database'
	done
	[ "$(lite 'SELECT id, octets FROM mail' | xargs)" = '2|25 3|25' ]
	[ "$(tells 'SELECT id, octets FROM mail ORDER BY id' | xargs)" = '2|25 3|25' ]
	# The highest number that is free again is not used again.
	lite 'DELETE FROM mail'
	lite_mail d
	[ "$(lite 'SELECT id FROM mail')" = 4 ]
}

@test "sql: two clients read every sample from PostgreSQL, unchanged" {
	local client
	"$top/scripts/sample-maildir" "$box"
	pg_mail "$box"/new/* "$box"/cur/*
	stays pg sql "$work/pg"
	backend=("unix:$work/sockets/pg")
	serve
	clients_prepare "$box" none
	for client in curl mpop; do
		clients_fetch "$client" clear "$port"
	done
}

@test "sql: passwords by maildir-crypt, an account behind a name, settings of one's own" {
	local hash
	hash=$(mkpasswd -m sha512crypt secret)
	tells "UPDATE users SET password = '$hash';
		ALTER TABLE users ADD alias text, ADD net inet[];
		UPDATE users SET alias = 'me@example.org', net = '{127.0.0.0/8}';
		INSERT INTO users VALUES ('away', '{PLAIN}away', 'away', '{192.0.2.0/24}');
		INSERT INTO users VALUES ('none', '', 'none'), ('odd', 'odd', 'odd')"
	pg_mail a
	cat >>pg <<-'END'
		[queries]
		login = SELECT name AS "user", password FROM users
		    # a comment between two lines
		    WHERE alias = lower(:user)
		      AND (net IS NULL OR :remote::inet <<= ANY (net))
		list = SELECT 'm' || id FROM mail WHERE owner = :user
		body = SELECT convert_from(body, 'UTF8') || '100%' FROM mail
		    WHERE owner = :user AND 'm' || id = :uid
		delete = UPDATE mail SET owner = '' WHERE owner = :user AND 'm' || id = :uid
		sizes =
	END
	backend=(sql "$work/pg")
	talk --on tcp --timeout 60 <<-END
		expect +OK *
		send USER ME@example.org
		expect +OK *
		send PASS secre
		expect -ERR [AUTH] *
		# Not from here; and what is no hash is TEMP, and said.
		send USER away
		expect +OK *
		send PASS away
		expect -ERR [AUTH] *
		send USER none
		expect +OK *
		send PASS none
		expect -ERR [SYS/TEMP] *
		send USER odd
		expect +OK *
		send PASS odd
		expect -ERR [SYS/TEMP] *
		send USER ME@example.org
		expect +OK *
		send PASS secret
		expect +OK 1 *
		send UIDL
		expect +OK*
		expect 1 m*
		expect .
		send RETR 1
		expect +OK *
		expect Subject: a
		expect
		expect text of a
		expect 100%
		expect .
		send DELE 1
		expect +OK *
		$end
	END
	logged 'user=demo'
	[ "$(tells "SELECT owner FROM mail")" = '' ]
	logged 'password: no field of a password'
	logged 'password: no hash that is known'
	not_logged secret
}

@test "sql: of a deletion that the database does not do nobody is told that it is done" {
	pg_mail a b c
	backend=(sql "$work/pg")
	tells "CREATE OR REPLACE FUNCTION no() RETURNS trigger AS
		'BEGIN RAISE EXCEPTION ''not this one''; END' LANGUAGE plpgsql;
		CREATE TRIGGER one BEFORE DELETE ON mail FOR EACH ROW
		WHEN (OLD.body LIKE '%text of b%') EXECUTE FUNCTION no()"
	session "${login[@]}" 'DELE 1' 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK 3 *' '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
	logged 'database: delete: not this one'
	[ "$(grep -c '^<6>expunged' log)" -eq 1 ]
	[ "$(tells 'SELECT count(*) FROM mail')" -eq 2 ]
	# One that fails at the end of the transaction.
	tells "DROP TRIGGER one ON mail; CREATE CONSTRAINT TRIGGER last
		AFTER DELETE ON mail DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION no()"
	session "${login[@]}" 'DELE 1' 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK 2 *' '+OK *' '+OK *' '-ERR [SYS/TEMP] *'
	logged 'database: commit: not this one'
	[ "$(tells 'SELECT count(*) FROM mail')" -eq 2 ]
	# A query that would take more than the one.
	tells 'DROP TRIGGER last ON mail'
	printf '[queries]\ndelete = DELETE FROM mail WHERE owner = :user\n' >>pg
	session "${login[@]}" 'DELE 1' QUIT
	matches '+OK *' '+OK *' '+OK 2 *' '+OK *' '-ERR [SYS/TEMP] *'
	logged 'database: delete: 2 rows would go for one message'
	[ "$(tells 'SELECT count(*) FROM mail')" -eq 2 ]
}

@test "sql: without the database it is TEMP, and it connects again by itself" {
	pg_mail a b
	stays pg sql "$work/pg"
	backend=("unix:$work/sockets/pg")
	own
	"$TALK" --stderr log.talk --timeout 120 -- "${user_prefix[@]}" "$SKEL" \
		"${options[@]}" -- "${backend[@]}" >talked 2>&1 3>&- <<-END &
		$begin
		shell touch in
		until [ -e down ]
		send RETR 1
		expect -ERR [SYS/TEMP] *
		send DELE 1
		expect +OK *
		shell touch asked
		until [ -e up ]
		send RETR 2
		expect +OK *
		body
		$end
	END
	local talking=$!
	wait_until 60 [ -e in ]
	postgres_down
	touch down
	wait_until 60 [ -e asked ]
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
	"$SKEL" --check -- "${backend[@]}" >checked 2>&1 || :
	postgres_up
	touch up
	wait "$talking" || {
		cat talked
		return 1
	}
	session "${login[@]}" UIDL QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK*' '1 2' . '+OK *'
	[ "$(tells 'SELECT id FROM mail')" -eq 2 ]
}

@test "sql: who lost the lock with its connection removes nothing, the next one does" {
	pg_mail a
	stays one sql "$work/pg"
	stays two sql "$work/pg"
	cat >cut <<-END
		tell() {
			"$postgres_bin/psql" --quiet --tuples-only --no-align \
				--host="$postgres" --username=test --dbname=postgres \
				--command="SELECT \$1 FROM pg_stat_activity
				WHERE application_name = 'pop3-skel'"
		}
		tell 'pg_terminate_backend(pid)'
		until [ "\$(tell 'count(*)')" = 0 ]; do
			sleep 0.1
		done
	END
	own
	"$TALK" --stderr log.two --timeout 120 -- "${user_prefix[@]}" "$SKEL" \
		"${options[@]}" -- "unix:$work/sockets/two" >talked 2>&1 3>&- <<-END &
		until [ -e in ]
		$begin
		send DELE 1
		expect +OK *
		shell touch there
		until [ -e refused ]
		$end
	END
	local talking=$!
	backend=("unix:$work/sockets/one")
	talk --timeout 120 <<-END
		$begin
		send DELE 1
		expect +OK *
		shell sh ./cut
		shell touch in
		until [ -e there ]
		send QUIT
		expect -ERR [SYS/TEMP] *
		shell touch refused
		eof
	END
	logged "another session's by now"
	wait "$talking" || {
		cat talked
		return 1
	}
	[ "$(tells 'SELECT count(*) FROM mail')" -eq 0 ]
}

@test "sql: a lock ends with whoever holds it, on SQLite and on PostgreSQL" {
	local kind file
	for kind in lite pg; do
		"${kind}_mail" a
		file=$work/pg
		[ "$kind" = pg ] || {
			printf '[database]\nsqlite = %s\nlock-wait = 0\n' \
				"$work/mail.db" >lite.conf
			file=$work/lite.conf
		}
		stays "$kind.1" sql "$file"
		first=$pid
		stays "$kind.2" sql "$file"
		backend=("unix:$work/sockets/$kind.1")
		cat >other <<-END
			printf 'USER demo\r\nPASS demo\r\nQUIT\r\n' |
			${user_prefix[*]} "$SKEL" --log none ${options[*]} -- "unix:$work/sockets/$kind.2" |
			grep -q "\$1"
		END
		# Also once it is let go, at the end of another.
		talk --timeout 60 <<-END
			$begin
			shell sh ./other '^-ERR .IN-USE. another'
			shell kill -KILL $first
			until sh ./other '^+OK 1 '
			shell sh ./other '^+OK 1 '
			vanish
			status 75
		END
	done
}

@test "sql: three race for one maildrop and one deletion, and one wins each" {
	local name
	for name in 1 2 3; do
		stays "$name" sql "$work/pg"
	done
	own
	as_user /usr/bin/python3 - "${POP3_SKEL_RACES:-10}" "$postgres" "$SKEL" \
		"${options[@]}" -- <<-'END'
		import os, subprocess, sys
		import psycopg2
		rounds, server, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
		db = psycopg2.connect(host=server, user="test", dbname="postgres")
		db.autocommit = True
		ask = db.cursor()

		def say(session, *lines):
		    session.stdin.write("".join(line + "\r\n" for line in lines).encode())
		    session.stdin.flush()

		def hear(session):
		    return session.stdout.readline().decode().rstrip()

		for number in range(rounds):
		    ask.execute("INSERT INTO mail (owner, body) VALUES ('demo', 'a: b')")
		    all_of_them = [subprocess.Popen(
		        command + ["unix:%s/sockets/%d" % (os.getcwd(), n)], stdin=subprocess.PIPE,
		        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
		        for n in (1, 2, 3)]
		    for one in all_of_them:
		        assert hear(one).startswith("+OK")
		        say(one, "USER demo")
		        assert hear(one).startswith("+OK")
		    for one in all_of_them:
		        say(one, "PASS demo")
		    heard = [(hear(one), one) for one in all_of_them]
		    lost = [one for said, one in heard if said.startswith("-ERR [IN-USE]")]
		    won = [one for said, one in heard if said.startswith("+OK 1 ")]
		    assert len(won) == 1 and len(lost) == 2, heard
		    say(won[0], "DELE 1")
		    assert hear(won[0]).startswith("+OK")
		    for one in all_of_them:
		        say(one, "QUIT")
		    assert all(hear(one).startswith("+OK") for one in all_of_them)
		    # Again at once, by all of them: it is gone for each.
		    ask.execute("SELECT count(*) FROM mail")
		    assert ask.fetchone() == (0,)
		    for one in all_of_them:
		        one.communicate()
		print(rounds, "rounds")
	END
}

@test "sql: settings that make no sense are told, and nothing starts" {
	local what
	refuses() {
		printf '%b' "$1" >wrong
		own
		run -78 as_user "$POP3_SKEL_BACKENDS/${3-sql}" wrong </dev/null
		[[ $output == "<3>${3-sql}: wrong: "*"$2"* ]]
	}
	refuses '' 'needs sqlite or postgresql'
	refuses '[database]\nsqlite = a\npostgresql = b\n' 'not both'
	refuses '[database]\nmysql = a\n' 'has no mysql'
	refuses '[tables]\n' 'no section is named [tables]'
	refuses 'login = x\n' 'no section'
	refuses '[database]\nsqlite = a\nlock-wait = 99\n' 'lock-wait is 0 to 20'
	refuses '[database]\nsqlite = a\n[queries]\nlist = x\n' 'has no list' sqlusers
	local text
	for text in "':user'" "'it''s :user'" '":user"' "E'a\\\\':user'"; do
		refuses "[database]\nsqlite = a\n[queries]\nlist = SELECT id FROM mail\n WHERE owner = $text\n" \
			'[queries] list: :user stands in quotes, where it is no value'
	done
	run -78 as_user "$POP3_SKEL_BACKENDS/sql" none </dev/null
	[[ $output == '<3>sql: none: '*'No such file'* ]]
	for what in sql sqlusers; do
		run -64 as_user "$POP3_SKEL_BACKENDS/$what" --nonsense wrong </dev/null
		[[ $output == "<3>$what: unrecognized arguments: --nonsense; see $what --help" ]]
	done
	# What is wrong in a query is told by --check, and when it is asked.
	lite_mail a
	printf '[database]\nsqlite = mail.db\n[queries]\nlist = SELECT no FROM mail\n' \
		>wrong
	own
	backend=(sql "$work/wrong")
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '-ERR [SYS/TEMP] *' '+OK *'
	logged 'database: list: no such column: no'
	run as_user "$SKEL" --check -- "${backend[@]}"
	[ "$status" -ne 0 ]
	[[ $output == *'no such column: no'* ]]
	printf '[database]\nsqlite = mail.db\n[queries]\nbody = SELECT no FROM mail\n' \
		>wrong
	run as_user "$SKEL" --check -- "${backend[@]}"
	[ "$status" -ne 0 ]
	[[ $output == *'body: no such column: no'* ]]
	printf '[database]\nsqlite = mail.db\n[queries]\nlogin = SELECT name FROM users\n' \
		>wrong
	for what in sql sqlusers; do
		run as_user "$SKEL" --check -- "$what" "$work/wrong"
		[ "$status" -ne 0 ]
		[[ $output == *'login: there is no column password'* ]]
	done
}

@test "sqlusers: a login from a table, and maildir goes on; clean, and two clients" {
	local client
	"$top/scripts/sample-maildir" "$box"
	{
		printf 'DROP TABLE users;\n'
		example pop3-skel-sqlusers.8 users
		printf "INSERT INTO users VALUES ('demo', '%s', '%s');\n" \
			"$(mkpasswd -m sha512crypt -R 5000 demo)" "$box"
		printf "INSERT INTO users VALUES ('odd', '{PLAIN}odd', 'Maildir');\n"
	} | postgres_run postgres
	stays users sqlusers "$work/pg"
	backend=("unix:$work/sockets/users")
	session 'USER demo' 'PASS x' 'USER odd' 'PASS odd' "${login[@]}" 'DELE 1' QUIT
	matches '+OK *' '+OK *' '-ERR [AUTH] *' '+OK *' '-ERR [SYS/TEMP] *' \
		'+OK *' '+OK 6 *' '+OK *' '+OK *'
	[ "$(find "$box" -type f ! -name 'pop3-skel*' | wc -l)" -eq 5 ]
	"$top/scripts/sample-maildir" "$work/again"
	rm -r "$box"
	mv again "$box"
	own
	serve
	clients_prepare "$box" none
	for client in curl mpop; do
		clients_fetch "$client" clear "$port"
	done
	cp -R "$box" maildir
	own
	tells "UPDATE users SET maildir = '$work/maildir'" || return 1
	try started sqlusers "$work/pg"
	tried
	cat tries/started/told
	[ "$(cat tries/started/status)" -eq 0 ]
}

@test "pop3-skel-sql.8, pop3-skel-sqlusers.8: the settings and rights of the examples, and the guide" {
	local page
	tells "DROP TABLE users, mail;
		CREATE TABLE accounts (address text, account text, hash text,
			networks inet[], enabled boolean);
		INSERT INTO accounts VALUES ('me@example.org', 'demo', '{PLAIN}demo',
			'{127.0.0.0/8}', true);
		CREATE TABLE messages (number serial, account text, octets bigint,
			headers text, text text, seen timestamp);
		INSERT INTO messages (account, headers, text) VALUES
			('demo', E'Subject: a\n', 'text')"
	printf '[mail]\nhost=%s\nuser=test\ndbname=postgres\n' "$postgres" >services
	export PGSERVICEFILE=$work/services
	example pop3-skel-sql.8 settings >file
	own
	backend=(sql "$work/file")
	talk --on tcp --timeout 60 <<-END
		expect +OK *
		send USER Me@example.org
		expect +OK *
		send PASS demo
		expect +OK 1 *
		send UIDL
		expect +OK*
		expect 1 m1
		expect .
		send RETR 1
		expect +OK *
		expect Subject: a
		expect
		expect text
		expect .
		send DELE 1
		expect +OK *
		$end
	END
	[ "$(tells 'SELECT count(*) FROM messages WHERE seen IS NOT NULL')" -eq 1 ]
	messages new/1.a
	example pop3-skel-sqlusers.8 settings |
		sed "s|'/var/mail/'|'$work/'|" >file
	own
	backend=(sqlusers "$work/file")
	session 'USER me@example.org' 'PASS demo' UIDL QUIT
	matches '+OK *' '+OK *' '+OK 1 *' '+OK*' '1 1.a' . '+OK *'
	logged 'user=demo'
	# The tables are installed as the page shows them.
	example pop3-skel-sql.8 sqlite-tables |
		diff - <(sed 1d "$POP3_SKEL_STAGE/share/sql/sqlite.sql")
	example pop3-skel-sql.8 postgresql-tables |
		diff - <(sed 1d "$POP3_SKEL_STAGE/share/sql/postgresql.sql")
	# What the guide says of several hosts.
	{
		printf 'defaults\n mode tcp\n timeout connect 9s\n'
		printf ' timeout client 9s\n timeout server 9s\n'
		example pop3-skel-admin.7 frontend | sed "s|/etc/haproxy|$work|"
		example pop3-skel-admin.7 hosts
	} >haproxy.cfg
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-subj /CN=mail -keyout mail.pem -out mail.crt 2>/dev/null
	cat mail.crt >>mail.pem
	haproxy -c -f haproxy.cfg
	example pop3-skel-admin.7 keepalives | sed 's/^/SET /; s/$/;/' |
		postgres_run postgres
	# A role with no more than the page gives it.
	prepare
	{
		printf 'DO $$ BEGIN CREATE ROLE pop3 LOGIN; EXCEPTION
			WHEN duplicate_object THEN NULL; END $$;\n'
		example pop3-skel-sql.8 grant
	} | postgres_run postgres
	pg_mail a b
	sed -i s/user=test/user=pop3/ pg
	own
	backend=(sql "$work/pg")
	session "${login[@]}" LIST 'DELE 2' QUIT
	matches '+OK *' '+OK *' '+OK 2 *' '+OK*' '1 *' '2 *' . '+OK *' '+OK *'
	[ "$(tells 'SELECT octets FROM mail')" -eq 25 ]
}

@test "sql: --check tells what has to be writable and is not, and no quote in a comment is one" {
	[ "$EUID" -eq 0 ] || skip 'needs root'
	local what
	lite_mail a
	mkdir folder
	mv mail.db folder/
	cat >settings <<-'END'
		[database]
		sqlite = folder/mail.db
		[queries]
		list = SELECT id, octets /* it's theirs */ FROM mail -- it's ordered
		  WHERE owner = :user AND 'it''s' <> :user AND "id" > 0 ORDER BY id
	END
	own
	run -0 as_user "$SKEL" --check -- sql settings
	[ -z "$output" ]
	for what in folder folder/mail.db; do
		own
		chown 0:0 "$what"
		chmod go=rX "$what"
		run -75 as_user "$SKEL" --check -- sql settings
		[[ $output == *"database: deletion: $work/$what may not be written to by this user"* ]]
	done
	own
	mkdir -m 755 locks
	sed -i '2s|$|\nlocks = locks/of/ours|' settings
	run -75 as_user "$SKEL" --check -- sql settings
	[[ $output == *"database: deletion: $work/locks may not be written to by this user"* ]]
	chmod 1777 locks
	run -0 as_user "$SKEL" --check -- sql settings
}
