# SPDX-License-Identifier: ISC
"""Whose account is where: each user's own, or those of a file."""
import dataclasses

from pop3_skel.settings import Trouble, sections, strange
from upstream import Place

KNOWN = {"password", "url", "user", "password-file", "token-file"}


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
        self.path = path
        self.by_name = {name: self.account(name, told, place_of)
                        for name, told in sections(path).items()}

    def account(self, name, told, place_of):
        place = f"{self.path}: [{name}]"
        for word in sorted(told.keys() - KNOWN):
            raise Trouble(f"{place} has no {strange(word)}")
        files = [word for word in ("password-file", "token-file") if word in told]
        if not told.get("password") or "url" not in told or len(files) != 1:
            raise Trouble(f"{place} needs password and url, and password-file or "
                          "token-file")
        return Account(place_of(told["url"]), told.get("user", name),
                       told["password"], told[files[0]], files[0] == "token-file")
