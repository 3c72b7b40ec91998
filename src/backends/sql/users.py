#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""sqlusers: users in a table, whose mail maildir(8) has; a backend of
pop3-skel(8); see its manual."""
import os
import sys

# What is beside it in the source, and elsewhere where it is installed.
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "@sql_dir@"))
sys.path += [os.path.join(HERE, "@python_dir@"), os.path.join(HERE, "../python")]
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
from login import Login, main
from settings import USERS


class Users(Login):
    """A login, and maildir goes on."""

    QUERIES, NEEDED = USERS, ("password", "maildir")

    def let_in(self, row):
        folder = row["maildir"]
        if not str(folder).startswith("/"):
            raise self.trouble("login", "maildir is no absolute path")
        uidl = self.settings.maildir.get("uidl")
        self.next_backend("maildir", "--serve", str(folder),
                          *(["--uidl", uidl] if uidl else []))
        return True


main(Users, "sqlusers",
     "Users in a database, and their Maildirs; see pop3-skel-sqlusers(8).")
