# SPDX-License-Identifier: ISC
"""What sql and sqlusers have in common: a login by a row."""
import argparse
import sys
import time

import pop3_skel
from database import Lost, Pool, Refused
from pop3_skel.settings import Trouble
from settings import Settings

EX_USAGE, EX_CONFIG = 64, 78
# How long the row of somebody else is kept, in seconds.
STRANGER = 300


class Shared:
    """What all sessions of a program have in common."""

    def __init__(self, settings):
        self.settings, self.pool = settings, Pool(settings)
        self.stranger, self.until = None, 0.0


class Login(pop3_skel.Backend):
    """A session with a connection of its own."""

    QUERIES, NEEDED = {}, ("password",)

    def __init__(self, shared):
        self.shared, self.settings = shared, shared.settings
        self.connection, self.told = None, {}
        self.user = None

    def hello(self):
        self.told = {name: self.facts.get(name)
                     for name in ("remote", "local", "tls")}
        if "check" in self.features:
            self.needed(self.look("login", user="")[0])
            self.look("stranger")

    # The database.

    def trouble(self, what, error):
        self.log(f"database: {what}: {error}", 3)
        return pop3_skel.Temp("the database cannot tell now")

    def connected(self):
        """The connection; a new one has the lock of the maildrop again."""
        if self.connection is None:
            connection = self.shared.pool.get()
            try:
                had = self.user is None or connection.lock(self.user)
            except (Lost, Refused):
                connection.close()
                raise
            if not had:
                self.shared.pool.put(connection)
                raise Refused("the maildrop is another session's by now")
            self.connection = connection
        return self.connection

    def lost(self):
        connection, self.connection = self.connection, None
        if connection is not None:
            self.shared.pool.lost(connection)

    def asked(self, what, ask):
        """What a connection answers. Where one is lost another is tried."""
        try:
            try:
                return ask(self.connected())
            except Lost:
                self.lost()
                return ask(self.connected())
        except Lost as lost:
            self.lost()
            raise self.trouble(what, lost) from None
        except Refused as refused:
            raise self.trouble(what, refused) from None

    def look(self, name, **values):
        """The columns' names and the rows of a query of the settings."""
        query = self.settings.queries[name]
        return self.asked(name, lambda connection: connection.rows(
            query, {**self.told, **values}))

    # The login.

    def row_of(self, user):
        """Theirs, or None."""
        try:
            user.encode()
        except UnicodeEncodeError:
            # No text of a database's.
            return None
        names, rows = self.look("login", user=user)
        if len(rows) > 1:
            raise self.trouble("login", f"{len(rows)} rows for one user")
        if not rows:
            return None
        self.needed(names)
        return dict(zip(names, rows[0]))

    def needed(self, names):
        for name in self.NEEDED:
            if name not in names:
                raise self.trouble("login", f"there is no column {name}")

    def somebody(self):
        """Somebody's hash, for who has none: that takes as long. It is asked
        for before it is known who is meant."""
        shared, now = self.shared, time.monotonic()
        if now >= shared.until:
            rows = self.look("stranger")[1]
            shared.stranger = rows[0][0] if rows else None
            shared.until = now + STRANGER
        return shared.stranger

    def login(self, user, password):
        stranger = self.somebody()
        row = self.row_of(user)
        field = row["password"] if row else None
        if field is None:
            if stranger is not None:
                self.password_matches(str(stranger), password)
            return False
        if not self.password_matches(str(field), password):
            return False
        name = row.get("user")
        if name is not None:
            self.set_user(str(name))
        return self.let_in(row)

    def let_in(self, row):
        raise NotImplementedError

    def end(self):
        connection, self.connection = self.connection, None
        if connection is not None:
            self.shared.pool.put(connection)


class Parser(argparse.ArgumentParser):
    """One whose complaint is a line of the log, and that ends as others do."""

    def error(self, message):
        sys.stderr.write(f"<3>{self.prog}: {message}; see {self.prog} --help\n")
        sys.exit(EX_USAGE)


def main(kind, name, about):
    """The command line, and sessions until their end."""
    parser = Parser(
        prog=name, description=about, allow_abbrev=False)
    parser.add_argument("--listen", metavar="PATH",
                        help="stay, and serve a socket; or systemd")
    parser.add_argument("--for", metavar="USER", dest="asker",
                        help="who may ask there, beside root")
    parser.add_argument("settings", metavar="FILE",
                        help="settings, or a database of SQLite")
    told = parser.parse_args()
    try:
        shared = Shared(Settings(told.settings, kind.QUERIES))
        pop3_skel.run(lambda: kind(shared), listen=told.listen,
                      asker=told.asker)
    except Trouble as trouble:
        sys.stderr.write(f"<3>{name}: {trouble}\n")
        sys.exit(EX_CONFIG)
