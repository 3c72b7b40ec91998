#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""sql: mail in the tables of a database, a backend of pop3-skel(8); see its
manual."""
import os
import sys

# What is beside it in the source, and elsewhere where it is installed.
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "@sql_dir@"))
sys.path += [os.path.join(HERE, "@python_dir@"), os.path.join(HERE, "../python")]
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import pop3_skel
from database import Lost, Refused
from login import Login, main
from settings import MAIL


class Mail(Login):
    """A session: what is removed is removed in one transaction."""

    QUERIES = MAIL
    owner, began = None, False

    def hello(self):
        super().hello()
        if "check" in self.features:
            self.look("list", user="")
            self.look("body", user="", uid=None)
            self.asked("deletion", lambda connection: connection.writable())

    def login(self, user, password):
        # Of an earlier login, whose list failed, nothing is left.
        self.let_go()
        return super().login(user, password)

    def let_in(self, row):
        return True

    def list(self, user):
        if not self.asked("lock", lambda connection: connection.lock(user)):
            raise pop3_skel.Err("[IN-USE] another session has this maildrop")
        self.user = self.owner = user
        try:
            rows = self.look("list", user=user)[1]
        except pop3_skel.Temp:
            self.let_go()
            raise
        for uid, *more in rows:
            yield pop3_skel.Message(str(uid), more[0] if more else None,
                                    data=uid)

    def retr(self, message):
        rows = self.look("body", user=self.owner, uid=message.data)[1]
        body = rows[0][0] if rows else None
        return bytes(body) if isinstance(body, memoryview) else body

    def expunge(self, message):
        if not self.began:
            self.asked("delete", lambda connection: connection.begin())
            self.began = True
        if self.connection is None:
            raise pop3_skel.Temp("the database was lost")
        try:
            one = self.connection.change_one(
                self.settings.queries["delete"],
                {**self.told, "user": self.owner, "uid": message.data})
        except (Lost, Refused) as error:
            if isinstance(error, Lost):
                self.lost()
            raise self.trouble("delete", error) from None
        if not one:
            raise pop3_skel.Err("it is not there any more")

    def commit(self, count):
        if self.began and self.connection is None:
            raise pop3_skel.Temp("the database was lost, and nothing is removed")
        try:
            if self.began:
                self.connection.commit()
        except (Lost, Refused) as error:
            if isinstance(error, Lost):
                self.lost()
            raise self.trouble("commit", error) from None
        finally:
            self.let_go()

    def let_go(self):
        """Who is told that it is done may come again at once."""
        self.user = None
        if self.connection is not None and not self.connection.fit():
            self.lost()

    def sizes(self, sizes):
        query = self.settings.queries["sizes"]
        if not query:
            return pop3_skel.DEFAULT
        values = [{**self.told, "user": self.owner, "octets": octets,
                   "uid": self.messages[number - 1].data}
                  for number, octets in sizes.items()]
        try:
            self.connected().change_all(query, values)
        except (Lost, Refused):
            # They are counted again the next time.
            self.lost()
            return False
        return True


main(Mail, "sql", "Mail in the tables of a database; see pop3-skel-sql(8).")
