# SPDX-License-Identifier: ISC
"""What a backend is, and what it answers with."""
from __future__ import annotations

import dataclasses
import email.message
import os
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, Optional, Union

from .password import Unknown, matches

if TYPE_CHECKING:
    from .session import Session


class _Default:
    """What pop3-skel does without a backend."""

    def __repr__(self) -> str:
        return "DEFAULT"


DEFAULT = _Default()


class Err(Exception):
    """The answer is ERR, with this text."""


class Temp(Exception):
    """The answer is TEMP, with this text: it cannot be told now."""


@dataclasses.dataclass
class More:
    """A challenge, in base64, in answer to auth and more."""

    challenge: str = ""


@dataclasses.dataclass
class Part:
    """A body that is these octets of a file."""

    offset: int
    octets: int
    path: Union[str, os.PathLike]


@dataclasses.dataclass
class Message:
    """One message of a list. `size` is in octets as POP3 counts them, None where
    it is not known; with a `path` nobody is asked for the body; `data` is the
    backend's own."""

    uid: str
    size: Optional[int] = None
    path: Union[str, os.PathLike, None] = None
    data: Any = None
    number: int = 0


Body = Union[email.message.EmailMessage, bytes, str, os.PathLike, Part,
             Iterable[bytes], None, _Default]


class Backend:
    """One session. What a subclass does not define is answered DEFAULT.

    A method returns None or True for OK, False for ERR, a text for OK with a
    text, or DEFAULT; it raises Err or Temp. Any other exception is TEMP, and a
    line of the log. Where somebody logs in only True, or a text, is OK.
    """

    #: The facts and features of hello.
    facts: Dict[str, str]
    features: frozenset
    #: The messages of the list, from 1 on by their numbers.
    messages: List[Message]

    # What a session asks; see the manual.

    def hello(self) -> Union[str, bool, None]:
        """The text of the greeting, or None."""

    def login(self, user: str, password: str) -> Any:
        """Whether this user has this password."""
        return DEFAULT

    def apop(self, user: str, digest: str, timestamp: str) -> Any:
        """Whether this digest is that of the timestamp and the secret."""
        return DEFAULT

    def token(self, user: str, mechanism: str, token: str) -> Any:
        """Whether this token is this user's."""
        return DEFAULT

    def auth(self, mechanism: str, response: Optional[str]) -> Any:
        """The first message of a SASL exchange, in base64."""
        return DEFAULT

    def more(self, response: str) -> Any:
        """The next one."""
        return DEFAULT

    def cancel(self) -> Any:
        """The client broke the exchange off."""
        return DEFAULT

    def list(self, user: str) -> Iterable[Union[Message, str]]:
        """The messages; a str is a unique-id alone."""
        raise NotImplementedError("a backend needs list()")

    def retr(self, message: Message) -> Body:
        """The body; None where there is none any more."""
        return DEFAULT

    def top(self, message: Message, lines: int) -> Body:
        """Its header and so many lines; more is cut."""
        return DEFAULT

    def sent(self, message: Message) -> Any:
        """It is out; after events("sent")."""
        return DEFAULT

    def dele(self, message: Message) -> Any:
        """May it be marked?"""
        return DEFAULT

    def rset(self) -> Any:
        """May all marks be taken off?"""
        return DEFAULT

    def expunge(self, message: Message) -> Any:
        """Remove it, now or in commit()."""
        return DEFAULT

    def commit(self, count: int) -> Any:
        """The last request of QUIT; so many expunge() were OK."""
        return DEFAULT

    def sizes(self, sizes: Dict[int, int]) -> Any:
        """What was counted: octets by the messages' numbers."""
        return DEFAULT

    def end(self) -> None:
        """The session is over; nobody hears an answer."""

    def password_matches(self, field: str, password: str) -> bool:
        """Whether this is the password of a field of a users file, or of a
        hash; where that cannot be told, TEMP and a line of the log."""
        try:
            return matches(field, password)
        except Unknown as unknown:
            self.log(f"password: {unknown}", 3)
            raise Temp("the password cannot be checked now") from None

    # What a method may say besides; pop3-skel-backend(7) tells where.

    def detail(self, word: str, *fields: Any) -> None:
        """A line of the reply: what the methods below are made of."""
        if word == "command" and "secret" in fields:
            self._session.secret.add(str(fields[0]))
        self._session.line(" ".join([word, *map(str, fields)]))

    def lock(self, path: Union[str, os.PathLike]) -> None:
        """Held until the session ends."""
        self.detail("lock", os.path.abspath(os.fspath(path)))
        self._session.flush()

    def wait(self, seconds: int) -> None:
        """The answer may take so long from now."""
        self.detail("wait", seconds)
        self._session.flush()

    def log(self, text: str, priority: int = 6) -> None:
        """A line of the log."""
        self._session.log(text, priority)

    def close(self) -> None:
        """The session ends after this answer."""
        self.detail("close")

    def set_user(self, name: str) -> None:
        """Whose mail it is, where that is not who logged in."""
        self.detail("user", name)

    def next_backend(self, name: str, *arguments: str) -> None:
        """An installed backend goes on."""
        self.detail("next", name)
        for argument in arguments:
            self.detail("arg", argument)

    def command(self, name: str, states: str = "both",
                secret: bool = False) -> None:
        """In hello: claims a command; do_NAME(arguments) answers it."""
        self.detail("command", name, states, *(["secret"] if secret else []))

    def events(self, *words: str) -> None:
        """In hello: requests that come to nobody who did not ask."""
        self.detail("events", *words)

    _session: Session
