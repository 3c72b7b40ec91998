# SPDX-License-Identifier: ISC
"""The settings of sql and sqlusers: a database, and what is asked of it."""
import re

from pop3_skel.settings import Trouble, sections, strange

# The layouts that need no settings. :NAME stands for a value.
USERS = {
    "login": "SELECT password, maildir FROM users WHERE name = :user",
    "stranger": "SELECT password FROM users LIMIT 1",
}
MAIL = {
    "login": "SELECT password FROM users WHERE name = :user",
    "stranger": USERS["stranger"],
    "list": "SELECT id, octets FROM mail WHERE owner = :user ORDER BY id",
    "body": "SELECT body FROM mail WHERE owner = :user AND id = :uid",
    "delete": "DELETE FROM mail WHERE owner = :user AND id = :uid",
    "sizes": "UPDATE mail SET octets = :octets "
             "WHERE owner = :user AND id = :uid",
}
OTHERS = {"database": ("sqlite", "locks", "postgresql", "lock-wait"),
          "maildir": ("uidl",)}
# Those of ours, and no cast, which has two colons.
VALUE = re.compile(r"(?<![:\w]):(user|uid|octets|remote|local|tls)\b")
# Texts in quotes, and what is passed over, in which a quote begins no text.
QUOTED = re.compile(
    r"""--[^\n]* | /\*.*?\*/ | \$(\w*)\$.*?\$\1\$ |
        (?P<text> \b[eE]'(?:[^'\\]|\\.)*' | '[^']*' | "[^"]*")""",
    re.DOTALL | re.VERBOSE)
MAGIC = b"SQLite format 3\0"


class Settings:
    """What a file says, or, of a file that is a database, the default."""

    def __init__(self, path, queries):
        self.queries = dict(queries)
        self.database = {"lock-wait": "2"}
        self.maildir = {}
        try:
            with open(path, "rb") as file:
                head = file.read(len(MAGIC))
        except OSError as error:
            raise Trouble(f"{path}: {error}") from None
        if head == MAGIC:
            self.database["sqlite"] = path
        else:
            self.read(path)
        self.judge(path)

    def read(self, path):
        for section, told in sections(path).items():
            known = self.queries if section == "queries" else OTHERS.get(section)
            if known is None:
                raise Trouble(f"{path}: no section is named [{section}]")
            for name, value in told.items():
                if name not in known:
                    raise Trouble(f"{path}: [{section}] has no {strange(name)}")
                getattr(self, section)[name] = value

    def judge(self, path):
        if ("sqlite" in self.database) == ("postgresql" in self.database):
            raise Trouble(f"{path}: [database] needs sqlite or postgresql, and "
                          "not both")
        if not re.fullmatch("[0-9]|1[0-9]|20", self.database["lock-wait"]):
            raise Trouble(f"{path}: lock-wait is 0 to 20 seconds")
        for name, query in self.queries.items():
            for text in QUOTED.finditer(query):
                word = VALUE.search(text["text"] or "")
                if word:
                    raise Trouble(f"{path}: [queries] {name}: {word[0]} stands "
                                  "in quotes, where it is no value")
        self.lock_wait = int(self.database["lock-wait"])
