# SPDX-License-Identifier: ISC
# sql: who has the lock of a maildrop in SQLite, and who has it no more.
#
# bats file_tags=once

load ../lib/common

prepare() {
	export HOME=$work PYTHONDONTWRITEBYTECODE=1
	options+=(--keep-going)
}

@test "sql: who logs in again after a list that failed has the maildrop, and the next one after him" {
	cat >tables.py <<-'END'
		import sqlite3, sys
		with sqlite3.connect("mail.db", timeout=60) as db:
		    db.execute(sys.argv[1])
	END
	for statement in 'CREATE TABLE users (name, password)' \
		"INSERT INTO users VALUES ('demo', '{PLAIN}demo'), ('other', '{PLAIN}other')"; do
		"$POP3_SKEL_PYTHON" tables.py "$statement"
	done
	printf '[database]\nsqlite = %s\nlock-wait = 0\n' "$work/mail.db" >conf
	start sql "$POP3_SKEL_BACKENDS/sql" --listen "$work/s" "$work/conf"
	wait_until 60 [ -S s ]
	backend=("unix:$work/s")
	# Nobody is in the way of another who comes meanwhile, either.
	cat >other <<-END
		printf 'USER demo\r\nPASS demo\r\nQUIT\r\n' |
			${user_prefix[*]} "$SKEL" --log none ${options[*]} -- unix:$work/s | grep -q "\$1"
	END
	talk --timeout 60 <<-END
		$turned_away
		shell "$POP3_SKEL_PYTHON" tables.py 'CREATE TABLE mail (id, owner, octets, body)'
		shell sh ./other '^+OK 0 '
		send USER demo
		expect +OK *
		send PASS demo
		expect +OK 0 *
		shell sh ./other '^-ERR .IN-USE. '
		$end
	END
	logged 'list: no such table: mail'
	session "${login[@]}" QUIT
	matches '+OK *' '+OK *' '+OK 0 *' '+OK *'
}

@test "sql: a lock whose file was removed meanwhile is nobody's" {
	cat >locks.py <<-'END'
		import fcntl, os, sqlite3, sys, threading, time
		sys.dont_write_bytecode = True
		sys.path.insert(0, sys.argv[1])
		from database import Sqlite, digest

		class Settings:
		    database = {"sqlite": "mail.db"}

		def one(wait):
		    Settings.lock_wait = wait
		    return Sqlite(Settings)

		sqlite3.connect("mail.db").close()
		maker = one(0)
		maker.lock("demo")
		maker.unlock()
		path = os.path.join("mail.db.locks", digest("demo").hexdigest())
		# A cleaner has it, while somebody waits for it.
		cleaner = os.open(path, os.O_RDWR)
		fcntl.flock(cleaner, fcntl.LOCK_EX)
		first, second, had = one(60), one(0), []
		waiting = threading.Thread(
		    target=lambda: had.append(first.lock("demo")), daemon=True)
		waiting.start()
		while first.held is None and waiting.is_alive():
		    time.sleep(0.01)
		os.unlink(path)
		os.close(cleaner)
		waiting.join()
		assert had == [True]
		assert not second.lock("demo")
		# Another lock of its own, and none, as often as it likes.
		assert first.lock("other") and second.lock("demo")
		assert second.lock("demo")
		open_now = len(os.listdir("/proc/self/fd"))
		assert second.lock("demo")
		assert len(os.listdir("/proc/self/fd")) == open_now
	END
	own
	PYTHONPATH=$top/src/backends/python \
		as_user "$POP3_SKEL_PYTHON" locks.py "$top/src/backends/sql"
}
