# SPDX-License-Identifier: ISC
"""One connection to a database, of either kind, and those that are kept."""
import collections
import fcntl
import hashlib
import os
import sqlite3
import time
import urllib.parse

from pop3_skel.settings import Trouble
from settings import VALUE

try:
    import psycopg2
    import psycopg2.extensions
except ImportError:
    # Who has SQLite needs none.
    psycopg2 = None

# Connections that are kept for the next sessions.
KEPT = 8


class Lost(Exception):
    """The connection is no more, or none can be had; the text is for the log."""


class Refused(Exception):
    """The database did not do it, and says why."""


def said(error):
    """The first line, for the log."""
    return " ".join(str(error).split("\n", 1)[0].split()) or type(error).__name__


def digest(user):
    return hashlib.sha256(b"pop3-skel\0" + user.encode())


class Connection:
    """What both kinds have in common."""

    def __init__(self):
        self.changing = False

    def rows(self, query, values):
        """The columns' names, and all rows."""
        cursor = self.execute(query, values)
        names = [column[0] for column in cursor.description or ()]
        return names, cursor.fetchall() if names else []

    def begin(self):
        self.execute(self.BEGIN)
        self.changing = True

    def change_one(self, query, values):
        """In a transaction: whether one row was changed. Of several none is."""
        self.execute("SAVEPOINT one")
        try:
            count = self.execute(query, values).rowcount
            if count > 1:
                raise Refused(f"{count} rows would go for one message")
        except Refused:
            self.execute("ROLLBACK TO SAVEPOINT one")
            raise
        self.execute("RELEASE SAVEPOINT one")
        return count == 1

    def change_all(self, query, rows):
        """In a transaction of its own, with each of these values."""
        self.begin()
        for values in rows:
            self.execute(query, values)
        self.commit()

    def commit(self):
        self.execute("COMMIT")
        self.changing = False

    def writable(self):
        """For --check: what has to be, as far as this side knows."""

    def fit(self):
        """Whether it can be kept for another session, with nothing of this."""
        try:
            if self.changing:
                self.changing = False
                self.execute("ROLLBACK")
            self.unlock()
        except (Lost, Refused):
            return False
        return True


class Sqlite(Connection):
    """A file of this machine."""

    BEGIN = "BEGIN IMMEDIATE"

    def __init__(self, settings):
        super().__init__()
        path = self.path = os.path.abspath(settings.database["sqlite"])
        self.locks = settings.database.get("locks", path + ".locks")
        self.lock_wait, self.held = settings.lock_wait, None
        try:
            self.database = sqlite3.connect(
                f"file:{urllib.parse.quote(path)}?mode=rw", uri=True,
                timeout=10, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise Lost(f"{path}: {said(error)}") from None
        self.database.text_factory = lambda text: text.decode(
            "utf-8", "surrogateescape")

    def execute(self, query, values=()):
        try:
            return self.database.execute(query, values)
        except (sqlite3.Error, UnicodeEncodeError, OverflowError) as error:
            if self.changing and not self.database.in_transaction:
                # Of a full disk, say: all of it was rolled back.
                raise Lost(said(error)) from None
            raise Refused(said(error)) from None

    def writable(self):
        locks = os.path.abspath(self.locks)
        while not os.path.lexists(locks):
            locks = os.path.dirname(locks)
        folders = os.path.dirname(self.path), locks
        for path, how in (self.path, os.W_OK), *(
                (folder, os.W_OK | os.X_OK) for folder in folders):
            if not os.access(path, how, effective_ids=True):
                raise Refused(f"{path} may not be written to by this user")

    def lock(self, user):
        """A flock of ours, which ends with us: whether it was had in time."""
        self.unlock()
        path = os.path.join(self.locks, digest(user).hexdigest())
        until = time.monotonic() + self.lock_wait
        try:
            os.makedirs(self.locks, 0o700, exist_ok=True)
            while not self.had(path):
                if self.held is None:
                    # Its file was removed, as old: of the next one, then.
                    continue
                if time.monotonic() >= until:
                    self.unlock()
                    return False
                time.sleep(0.05)
            return True
        except OSError as error:
            self.unlock()
            raise Refused(f"no lock: {path}: {error.strerror}") from None

    def had(self, path):
        """Whether it is ours now, and what others would find is that file."""
        if self.held is None:
            self.held = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
                                | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(self.held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        try:
            if os.path.samestat(os.fstat(self.held),
                                os.stat(path, follow_symlinks=False)):
                return True
        except FileNotFoundError:
            pass
        self.unlock()
        return False

    def unlock(self):
        if self.held is not None:
            os.close(self.held)
            self.held = None

    def close(self):
        self.unlock()
        self.database.close()


class Postgresql(Connection):
    """A server, here or elsewhere, which other hosts may ask as well."""

    BEGIN = "BEGIN"
    # No answer comes later than these; the words of the settings go before.
    LIMITS = {"connect_timeout": "5", "tcp_user_timeout": "15000"}

    def __init__(self, settings):
        super().__init__()
        self.lock_wait, self.locked = settings.lock_wait, False
        try:
            try:
                words = psycopg2.extensions.parse_dsn(
                    settings.database["postgresql"])
            except psycopg2.Error:
                # Which may be part of a password.
                raise Lost("postgresql: a word that is none") from None
            self.database = psycopg2.connect(**{
                "application_name": "pop3-skel", **self.LIMITS, **words})
            self.database.autocommit = True
            self.database.set_client_encoding("UTF8")
            self.execute("SET statement_timeout = '20s'")
        except psycopg2.Error as error:
            raise Lost(said(error)) from None

    def execute(self, query, values=None):
        if values is not None:
            query = VALUE.sub(r"%(\1)s", query.replace("%", "%%"))
        cursor = self.database.cursor()
        try:
            cursor.execute(query, values)
        except psycopg2.Error as error:
            if self.database.closed:
                raise Lost(said(error)) from None
            raise Refused(said(error)) from None
        except UnicodeEncodeError as error:
            raise Refused(said(error)) from None
        return cursor

    def commit(self):
        # Of a transaction that failed it makes a roll-back, and no error.
        if self.execute("COMMIT").statusmessage != "COMMIT":
            raise Refused("it was rolled back")
        self.changing = False

    def lock(self, user):
        """An advisory lock, which ends with the connection: whether it was had
        in time."""
        self.unlock()
        key = int.from_bytes(digest(user).digest()[:8], "big", signed=True)
        until = time.monotonic() + self.lock_wait
        while True:
            if self.execute(f"SELECT pg_try_advisory_lock({key})").fetchone()[0]:
                self.locked = True
                return True
            if time.monotonic() >= until:
                return False
            time.sleep(0.05)

    def unlock(self):
        if self.locked:
            self.locked = False
            self.execute("SELECT pg_advisory_unlock_all()")

    def close(self):
        self.database.close()


class Pool:
    """The connections of a program that stays; more than a few are closed."""

    def __init__(self, settings):
        self.settings = settings
        self.kind = Sqlite if "sqlite" in settings.database else Postgresql
        self.kept = collections.deque()
        if self.kind is Postgresql and psycopg2 is None:
            raise Trouble("postgresql needs psycopg2, Debian's package "
                          "python3-psycopg2")

    def get(self):
        try:
            return self.kept.pop()
        except IndexError:
            return self.kind(self.settings)

    def lost(self, connection):
        """The others are of the same age, or older."""
        connection.close()
        while self.kept:
            self.kept.pop().close()

    def put(self, connection):
        if connection.fit() and len(self.kept) < KEPT:
            self.kept.append(connection)
        else:
            connection.close()
