# SPDX-License-Identifier: ISC
"""A session: a request in, its method called, the reply out."""
from __future__ import annotations

import email.message
import os
import sys
import traceback
from typing import Any, BinaryIO, Callable, List, Optional, Set

from .backend import DEFAULT, Backend, Body, Err, Message, More, Part, Temp
from .made import lines_of, octets_of, pieces, text_of

Factory = Callable[[], Backend]
LOGINS = ("login", "apop", "token", "auth", "more")
# Whose lines are not the author's: ours, and the standard library's.
OTHERS = os.path.dirname(__file__), os.path.dirname(os.__file__)
PACKAGES = "/site-packages/", "/dist-packages/"
# No request is longer, its LF included.
LONGEST = 12292
SECRET = (*LOGINS, "USER", "PASS", "APOP")


def installed(file: str) -> bool:
    """Whether nobody wrote this file for this backend."""
    return file.startswith("<") or \
        any(file.startswith(folder + "/") for folder in OTHERS) or \
        any(folder in file for folder in PACKAGES)


class Session:
    """The conversation of one session."""

    def __init__(self, factory: Factory, lines: BinaryIO,
                 replies: BinaryIO) -> None:
        self.lines, self.replies = lines, replies
        self.in_reply = False
        self.secret: Set[str] = set()
        self.backend = factory()
        self.backend._session = self
        self.backend.messages = []
        self.backend.facts, self.backend.features = {}, frozenset()

    def run(self) -> None:
        try:
            while (line := self.lines.readline(LONGEST)).endswith(b"\n"):
                self.request(line[:-1])
            if len(line) == LONGEST:
                self.log("request too long", 3)
        except (BrokenPipeError, ConnectionError):
            pass
        finally:
            self.in_reply = False
            try:
                self.backend.end()
            except Exception:  # pylint: disable=broad-except
                self.trouble("end")

    def line(self, text: str) -> None:
        if any(octet < " " or octet == "\x7f" for octet in text):
            raise ValueError(f"control character in a line: {text!r}")
        self.replies.write(octets_of(text) + b"\n")

    def flush(self) -> None:
        self.replies.flush()

    def log(self, text: str, priority: int) -> None:
        text = "".join(c if c >= " " and c != "\x7f" else "?" for c in text)
        if self.in_reply and "log" in self.backend.features:
            self.line(f"log {priority} {text[:1024]}")
            self.flush()
        else:
            sys.stderr.write(f"<{priority}>{text}\n")
            sys.stderr.flush()

    def trouble(self, verb: str) -> None:
        """The exception that there is, in the log."""
        kind, error, trace = sys.exc_info()
        # What a login fails with may hold a password, and so what is claimed
        # as secret.
        error = kind.__name__ if verb in SECRET or verb in self.secret else \
            traceback.format_exception_only(kind, error)[-1].strip()
        self.log(f"{verb}: {error} ({self.place(verb, trace)})", 3)

    def place(self, verb: str, trace: Any) -> str:
        """The author's last line; where that came when the method was over, with
        what it returned say, the first of the method."""
        name = "do_" + verb if verb.isupper() else verb
        code = getattr(getattr(self.backend, name, None), "__code__", None)
        lines = [(code.co_filename, code.co_firstlineno)] if code else []
        lines += [(frame.filename, frame.lineno or 0)
                  for frame in traceback.extract_tb(trace)]
        lines = [line for line in lines if not installed(line[0])]
        return "%s line %d" % lines[-1] if lines else \
            f"class {type(self.backend).__name__}"

    def request(self, line: bytes) -> None:
        verb, _, rest = text_of(line).partition(" ")
        self.in_reply = True
        try:
            result = self.answer(verb, rest)
        except Err as error:
            result = f"ERR {error}"
        except Temp as error:
            result = f"TEMP {error}"
        except (BrokenPipeError, ConnectionError):
            raise
        except Exception:  # pylint: disable=broad-except
            self.trouble(verb)
            result = "TEMP"
        self.in_reply = False
        try:
            self.line(result.rstrip(" "))
        except ValueError:
            self.line(result.partition(" ")[0])
        self.flush()

    def answer(self, verb: str, rest: str) -> str:
        """The result line; details are written already."""
        backend = self.backend
        if verb == "hello":
            return self.hello(rest)
        if verb == "list":
            return self.list(rest)
        if verb in ("retr", "top", "sent", "dele", "expunge"):
            number, _, more = rest.partition(" ")
            message = self.message(int(number), more.partition(" ")[0])
            extra = [int(more.rpartition(" ")[2])] if verb == "top" else []
            given = getattr(backend, verb)(message, *extra)
            if verb in ("retr", "top"):
                return self.body(given, message.uid)
        elif verb == "sizes":
            words = list(map(int, rest.split(" ")))
            given = backend.sizes(dict(zip(words[::2], words[1::2])))
        elif verb == "commit":
            given = backend.commit(int(rest))
        elif verb in ("rset", "cancel"):
            given = getattr(backend, verb)()
        elif verb in LOGINS:
            return self.login(verb, rest)
        elif verb.isalnum() and verb.isupper() and \
                hasattr(backend, "do_" + verb):
            given = getattr(backend, "do_" + verb)(rest)
            if isinstance(given, (email.message.EmailMessage, bytes,
                                  os.PathLike, Part)):
                return self.body(given, verb)
        else:
            given = DEFAULT
        return self.result(given)

    def message(self, number: int, uid: str) -> Message:
        """What was listed under this number, and no other."""
        messages = self.backend.messages
        # Its .number may be another session's, which has the same object.
        if not 0 < number <= len(messages) or messages[number - 1].uid != uid:
            raise Err("no such message")
        return messages[number - 1]

    @staticmethod
    def result(given: Any) -> str:
        if given is DEFAULT:
            return "DEFAULT"
        if isinstance(given, str):
            return f"OK {given}"
        return "OK" if given is None or given is True else "ERR"

    def hello(self, rest: str) -> str:
        version, *words = rest.split(" ")
        if version != "1":
            return "ERR this backend speaks version 1"
        self.backend.facts = dict(word.split("=", 1) for word in words
                                  if "=" in word)
        self.backend.features = frozenset(word for word in words
                                          if "=" not in word)
        given = self.backend.hello()
        if given is False:
            return "ERR"
        return f"OK 1 {given}" if isinstance(given, str) else "OK 1"

    def login(self, verb: str, rest: str) -> str:
        """Nobody is let in by a method that forgot to return something."""
        fields: List[Optional[str]] = list(rest.split(
            " ", {"login": 1, "auth": 1, "more": 0}.get(verb, 2)))
        if verb == "auth" and len(fields) == 1:
            fields.append(None)
        given = getattr(self.backend, verb)(*fields)
        if isinstance(given, More):
            return f"MORE {given.challenge}"
        if given is DEFAULT or given is True or isinstance(given, str):
            return self.result(given)
        return "ERR"

    def list(self, user: str) -> str:
        # What another login listed, and failed, is nobody's.
        messages = self.backend.messages = []
        for given in self.backend.list(user):
            one = Message(given) if isinstance(given, str) else given
            if not isinstance(one, Message):
                raise TypeError(f"in a list, neither Message nor str: {one!r}")
            if not isinstance(one.uid, str) or one.uid == "" or " " in one.uid:
                raise ValueError(f"no unique-id: {one.uid!r}")
            size = "-" if one.size is None else str(one.size)
            path = [] if one.path is None else \
                [os.path.abspath(os.fspath(one.path))]
            self.line(" ".join(["msg", size, one.uid, *path]))
            one.number = len(messages) + 1
            messages.append(one)
        return "OK"

    def body(self, given: Body, name: str) -> str:
        if given is DEFAULT:
            return "DEFAULT"
        if given is None:
            return "ERR"
        if isinstance(given, Part):
            path = os.path.abspath(os.fspath(given.path))
            self.line(f"part {given.offset} {given.octets} {path}")
        elif isinstance(given, os.PathLike):
            self.line(f"file {os.path.abspath(os.fspath(given))}")
        else:
            self.replies.write(b"body\n")
            for line in lines_of(pieces(given, name)):
                self.replies.write(b"|" + line + b"\n")
        return "OK"
