# SPDX-License-Identifier: ISC
"""Whose account is where: each user's own, or those of a file."""
import configparser
import dataclasses

from upstream import Place

KNOWN = {"password", "url", "user", "password-file", "token-file"}


class Trouble(Exception):
    """A sentence about what is wrong."""


@dataclasses.dataclass
class Account:
    """`field` is that of the password here; without it, it is the one there."""

    place: Place
    user: str
    field: str = ""
    file: str = ""
    token: bool = False

    def secret(self):
        """Read for each login: a token is another one each hour."""
        with open(self.file, encoding="utf-8", errors="surrogateescape") as file:
            told = file.read(65536).strip()
        if not told or "\n" in told:
            raise OSError(0, "not one line", self.file)
        return told


class Accounts:
    """By the names that users log in with here."""

    def __init__(self, path, place_of):
        self.by_name, self.path = {}, path
        parser = configparser.RawConfigParser(
            delimiters="=", comment_prefixes="#", default_section="")
        # Names as they are.
        parser.optionxform = str
        try:
            with open(path, encoding="utf-8") as file:
                parser.read_file(file)
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            raise Trouble(f"{path}: {error}") from None
        for name in parser.sections():
            self.by_name[name] = self.account(name, dict(parser.items(name)),
                                              place_of)

    def account(self, name, told, place_of):
        where = f"{self.path}: [{name}]"
        for word in sorted(told.keys() - KNOWN):
            raise Trouble(f"{where} has no {word}")
        files = [word for word in ("password-file", "token-file") if word in told]
        if not told.get("password") or "url" not in told or len(files) != 1:
            raise Trouble(f"{where} needs password and url, and password-file or "
                          "token-file")
        return Account(place_of(told["url"]), told.get("user", name),
                       told["password"], told[files[0]], files[0] == "token-file")
