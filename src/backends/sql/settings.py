# SPDX-License-Identifier: ISC
"""The settings of sql and sqlusers: a database, and what is asked of it."""
import configparser
import re

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
MAGIC = b"SQLite format 3\0"


class Trouble(Exception):
    """A sentence about what is wrong with them."""


def where(error):
    """The lines, and not what is in them: it may be a password."""
    lines = [line for line, _ in getattr(error, "errors", ())] or [error.lineno]
    return "line " + ", ".join(map(str, lines))


class Settings:
    """What a file says, or, of a file that is a database, the default."""

    def __init__(self, path, queries):
        self.queries = dict(queries)
        self.database = {"lock-wait": "2"}
        self.maildir = {}
        try:
            with open(path, "rb") as file:
                head = file.read(len(MAGIC))
            if head == MAGIC:
                self.database["sqlite"] = path
            else:
                self.read(path)
        except OSError as error:
            raise Trouble(f"{path}: {error}") from None
        except UnicodeDecodeError:
            raise Trouble(f"{path}: not in UTF-8") from None
        except configparser.MissingSectionHeaderError as error:
            raise Trouble(f"{path}: {where(error)}: no section yet") from None
        except (configparser.DuplicateOptionError,
                configparser.DuplicateSectionError) as error:
            raise Trouble(f"{path}: {where(error)}: once more") from None
        except configparser.Error as error:
            raise Trouble(f"{path}: {where(error)}: no NAME = VALUE") from None
        self.judge(path)

    def read(self, path):
        parser = configparser.RawConfigParser(
            delimiters="=", comment_prefixes="#", default_section="")
        with open(path, encoding="utf-8") as file:
            parser.read_file(file)
        for section in parser.sections():
            known = self.queries if section == "queries" else OTHERS.get(section)
            if known is None:
                raise Trouble(f"{path}: no section is named [{section}]")
            for name, value in parser.items(section):
                if name not in known:
                    raise Trouble(f"{path}: [{section}] has no {name}")
                getattr(self, section)[name] = value

    def judge(self, path):
        if ("sqlite" in self.database) == ("postgresql" in self.database):
            raise Trouble(f"{path}: [database] needs sqlite or postgresql, and "
                          "not both")
        if not re.fullmatch("[0-9]|1[0-9]|20", self.database["lock-wait"]):
            raise Trouble(f"{path}: lock-wait is 0 to 20 seconds")
        self.lock_wait = int(self.database["lock-wait"])
