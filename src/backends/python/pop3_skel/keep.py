# SPDX-License-Identifier: ISC
"""From one session to the next: what was deleted, and what was in a message.
keep-mail(1) does it, as for the shell library; resident backends share it with
others that use the same name.
"""
from __future__ import annotations

import hashlib
import os
import pathlib
import re
import subprocess
import sys
from typing import Iterable, List, Union

from .backend import DEFAULT, Backend, Body, Message, Part
from .made import octets_of, pieces, text_of
from .password import folder

# Where a resident backend finds it, whom nobody tells.
FOLDERS = "/usr/libexec/pop3-skel", "/usr/local/libexec/pop3-skel"
# In a key: what means something to keep-mail, and what stands for no octets. Of
# the other control characters it says itself that they are none.
UNTOLD = re.compile("[\0\t\n\ud800-\udc7f\udd00-\udfff]")


def program() -> str:
    """keep-mail, as it is installed."""
    found = [os.path.join(each, "keep-mail") for each in (folder(), *FOLDERS)]
    return next(filter(os.path.exists, found), found[0])


class Keep:
    """What is known of a user's mailbox at the backend of this name; `mib` is how
    many MiB its bodies may have."""

    def __init__(self, name: str, user: str, mib: int = 64) -> None:
        self.mib = mib
        self.path = text_of(self._run(b"", "in", name, user)[:-1])

    def lock(self, backend: Backend) -> None:
        """For the session: as the last of login()."""
        backend.lock(os.path.join(self.path, "session"))

    def list(self, keys: Iterable[str]) -> List[Message]:
        """The messages of a whole list, whatever is in the keys: without those
        that were deleted; `data` is the key. Call it with all, or not at all.
        One with a control character, or with half a character as UTF-16 has
        it, is left out, and the log says so."""
        given = [UNTOLD.sub("\r", key) for key in keys if key]
        known = {self._uid(key): key for key in reversed(given)}
        told = self._run(octets_of("".join(key + "\n" for key in given)) + b" 0\n",
                         "list", self.path)
        found = []
        for line in told.splitlines():
            words = text_of(line).split(" ", 3)
            found.append(Message(
                words[2], None if words[1] == "-" else int(words[1]),
                words[3] if words[3:] else None, known.get(words[2])))
        return found

    def body(self, message: Message, given: Body) -> Body:
        """Keeps a body of any form but Part, and is what retr() is to return.
        While it is kept nobody asks for it."""
        if given is None or given is DEFAULT or isinstance(given, Part):
            return given
        if isinstance(given, os.PathLike):
            data = pathlib.Path(given).read_bytes()
        else:
            data = b"".join(pieces(given, message.uid))
        if not data.endswith(b"\n"):
            data += b"\n"
        told = self._run(data + b"\n 0\n", "put", self.path, message.uid,
                         str(self.mib))
        return pathlib.Path(text_of(told[:-1]).partition(" ")[2])

    def gone(self, messages: Iterable[Message]) -> None:
        """They are in no list any more: for commit()."""
        uids = [message.uid for message in messages]
        for uid in filter(UNTOLD.search, uids):
            raise OSError(f"gone: no list has {uid!a}")
        if uids:
            self._run(octets_of("".join(uid + "\n" for uid in uids)) + b" 0\n",
                      "gone", self.path)

    @staticmethod
    def _uid(key: str) -> str:
        octets = octets_of(key)
        # What looks as a digest might be another key's.
        if len(octets) <= 70 and all(0x21 <= octet <= 0x7e for octet in octets) and \
                not re.fullmatch("[0-9a-f]{32}", key):
            return key
        return hashlib.sha256(octets).hexdigest()[:32]

    @staticmethod
    def _run(given: bytes, *words: str) -> bytes:
        try:
            done = subprocess.run(
                [program(), *map(octets_of, words)], input=given,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        except ValueError as error:
            # A NUL, or what stands for no octets.
            raise OSError(f"{words[0]}: {error}") from None
        if done.returncode != 0:
            what = text_of(done.stderr).strip() or f"status {done.returncode}"
            raise OSError(f"{words[0]}: {what}")
        sys.stderr.write(text_of(done.stderr))
        return done.stdout
