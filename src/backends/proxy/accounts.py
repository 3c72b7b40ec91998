# SPDX-License-Identifier: ISC
"""Whose account is where: each user's own, or those of a file."""
import configparser
import dataclasses
import re

from upstream import Place

KNOWN = {"password", "url", "user", "password-file", "token-file"}


class Trouble(Exception):
    """A sentence about what is wrong."""


def where(error):
    """The lines, and not what is in them: it may be a password."""
    lines = [line for line, _ in getattr(error, "errors", ())] or [error.lineno]
    return "line " + ", ".join(map(str, lines))


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
        for name in parser.sections():
            self.by_name[name] = self.account(name, dict(parser.items(name)),
                                              place_of)

    def account(self, name, told, place_of):
        place = f"{self.path}: [{name}]"
        for word in sorted(told.keys() - KNOWN):
            # What else stands before a "=" may be half a password.
            known = re.fullmatch("[a-z-]+", word)
            raise Trouble(f"{place} has no {word if known else 'such name'}")
        files = [word for word in ("password-file", "token-file") if word in told]
        if not told.get("password") or "url" not in told or len(files) != 1:
            raise Trouble(f"{place} needs password and url, and password-file or "
                          "token-file")
        return Account(place_of(told["url"]), told.get("user", name),
                       told["password"], told[files[0]], files[0] == "token-file")
