# SPDX-License-Identifier: ISC
"""The syntax of replies, as pop3-skel-backend(7) has it: a line in, its word
and fields out, or what is wrong with it.
"""

LINE, PATH, UID, USER = 8192, 4095, 70, 255
MESSAGES = 1000000

LOGINS = {"login", "apop", "token", "auth", "more"}
BODIES = {"retr", "top", "NAME"}
RESULTS = {b"OK", b"ERR", b"TEMP", b"DEFAULT", b"MORE"}
NO_CLOSE = {"sent", "expunge", "commit", "sizes"}

# The word: the requests in whose answer it may stand (None: any), and how many
# fields it has, the last of which may hold blanks.
ROWS = {
    b"OK": (None, 0, 1), b"ERR": (None, 0, 1), b"TEMP": (None, 0, 1),
    b"DEFAULT": (None, 0, 0), b"MORE": ({"auth", "more"}, 0, 1),
    b"msg": ({"list"}, 2, 3), b"user": (LOGINS | {"NAME"}, 1, 1),
    b"lock": (LOGINS | {"hello", "list", "NAME"}, 1, 1),
    b"become": (LOGINS, 2, 2), b"next": (LOGINS, 1, 1), b"arg": (LOGINS, 1, 1),
    b"file": (BODIES, 1, 1), b"temp": (BODIES, 1, 1), b"part": (BODIES, 3, 3),
    b"body": (BODIES, 0, 0), b"command": ({"hello"}, 2, 3),
    b"capa": (LOGINS | {"hello"}, 1, 1), b"apop": ({"hello"}, 0, 0),
    b"sasl": ({"hello"}, 1, 1), b"no-password": ({"hello"}, 0, 0),
    b"any-user": ({"hello"}, 0, 0), b"option": (LOGINS | {"hello"}, 2, 2),
    b"events": ({"hello"}, 1, 1), b"state": ({"NAME"}, 1, 1),
    b"close": (None, 0, 0), b"wait": (None, 1, 1), b"log": (None, 2, 2),
}


class Wrong(Exception):
    """The finding that a line is, and what is wrong with it in a few words."""


def has_control(text):
    return any(octet < 0x20 or octet == 0x7f for octet in text)


def parse(line, verb):
    """The word of a line without its LF, and its fields."""
    if b"\0" in line:
        raise Wrong("control", "a NUL in a line")
    if b"\r" in line:
        raise Wrong("carriage", "a CR in a line")
    word, blank, rest = line.partition(b" ")
    row = ROWS.get(word)
    if row is None:
        raise Wrong("stray", "no line of the protocol")
    allowed, least, most = row
    if (allowed is not None and verb not in allowed) \
            or (word == b"DEFAULT" and verb == "hello") \
            or (word == b"close" and verb in NO_CLOSE) \
            or (word == b"wait" and verb in ("sent", "sizes")):
        raise Wrong("place", "a line that is not allowed there")
    if not blank:
        fields = []
    elif most == 0:
        raise Wrong("fields", "too many fields")
    else:
        fields = rest.split(b" ", most - 1)
    if len(fields) < least:
        raise Wrong("fields", "too few fields")
    if b"" in fields[:-1]:
        raise Wrong("fields", "an empty field")
    return word, fields


def number(field, below=1 << 64):
    """As our C has it: digits, no more than needed."""
    if not field.isdigit() or len(field) > 20 or \
            (len(field) > 1 and field[:1] == b"0"):
        return None
    value = int(field)
    return value if value < below else None


def absolute(path):
    if path[:1] != b"/":
        raise Wrong("path", "a path that is not absolute")
    if has_control(path):
        raise Wrong("path", "a control character in a path")
    if len(path) > PATH:
        raise Wrong("path", f"a path of more than {PATH} octets")


def message(fields):
    """The fields of a msg line: size or None, unique-id, path or None."""
    size = None if fields[0] == b"-" else number(fields[0], 1 << 43)
    if fields[0] != b"-" and size is None:
        raise Wrong("octets", "a size that is no number of octets")
    if not fields[1]:
        raise Wrong("fields", "an empty field")
    if has_control(fields[1]):
        raise Wrong("uid-control", "a control character in a unique-id")
    if len(fields) < 3:
        return size, fields[1], None
    if fields[2][:1] != b"/" and (b" /" in fields[2]
                                  or b"/" not in fields[2]):
        raise Wrong("uid-blank", "a unique-id with a blank")
    absolute(fields[2])
    return size, fields[1], fields[2]
