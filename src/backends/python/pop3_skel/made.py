# SPDX-License-Identifier: ISC
"""What a backend needs beside: a mail, a comparison; text and octets."""
from __future__ import annotations

import datetime
import email.message
import hashlib
import hmac
import os
from typing import Any, Iterable, Iterator, Union

# Seconds since 1970, a moment, or the text of one.
When = Union[float, str, datetime.date]


def octets_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def text_of(octets: bytes) -> str:
    return octets.decode("utf-8", "surrogateescape")


def same(one: str, other: str) -> bool:
    """Compares secrets in a time that tells nothing of them."""
    return hmac.compare_digest(octets_of(one), octets_of(other))


def stable_uid(*parts: Any) -> str:
    """A unique-id of what stays the same: a name, a time, a text."""
    told = b"\0".join(octets_of(str(part)) for part in parts)
    return hashlib.sha256(told).hexdigest()[:40]


def moment(when: When) -> datetime.datetime:
    """In UTC where it does not say."""
    utc = datetime.timezone.utc
    if isinstance(when, (int, float)):
        return datetime.datetime.fromtimestamp(when, utc)
    told = datetime.datetime.fromisoformat(str(when))
    return told if told.tzinfo else told.replace(tzinfo=utc)


def mail(uid: str, subject: str, text: str, *, date: When,
         sender: str = "") -> email.message.EmailMessage:
    """A mail with all that a client wants, and the same whenever it is made of
    the same. So `date` is that of what it is about, and never of this call:
    seconds since 1970, a datetime, or a text such as "2026-12-01" or
    "2026-12-01 12:00:00+01:00"; in UTC where it does not say."""
    host = os.uname().nodename
    made = email.message.EmailMessage()
    made["From"] = sender or f"postmaster@{host}"
    made["Subject"] = " ".join(subject.split())
    made["Date"] = moment(date)
    made["Message-ID"] = f"<{stable_uid(uid)}@{host}>"
    made.set_content(text, cte=None if text.isascii() else "quoted-printable")
    return made


def pieces(given: Any, name: str) -> Iterable[bytes]:
    if isinstance(given, email.message.Message):
        # The borders of parts are else made anew each time.
        seed = stable_uid(name)
        for number, part in enumerate(given.walk()):
            if part.is_multipart() and part.get_boundary() is None:
                part.set_boundary(f"=_{seed}_{number}")
        return [given.as_bytes(policy=given.policy.clone(linesep="\n"))]
    if isinstance(given, str):
        return [octets_of(given)]
    return [given] if isinstance(given, (bytes, bytearray)) else given


def lines_of(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for piece in pieces:
        *lines, held = (held + piece).split(b"\n")
        yield from lines
    if held:
        yield held
