# SPDX-License-Identifier: ISC
"""A password, against what a users file has of it."""
from __future__ import annotations

import hmac
import os
import re
import subprocess
import sys

from .made import octets_of

# Checked here, as it needs no hash.
PLAIN = re.compile(rb"\{(PLAIN|CLEAR|CLEARTEXT)\}", re.IGNORECASE)


class Unknown(Exception):
    """It cannot be told; the text is for the log, and has no secret."""


def folder() -> str:
    """Where the installed backends are."""
    return os.environ.get("POP3_SKEL_BACKENDS") or \
        os.path.dirname(os.path.realpath(sys.argv[0]))


def matches(field: str, password: str) -> bool:
    """Whether the password is that of the field, as maildir(8) has it."""
    wanted, given = octets_of(field), octets_of(password)
    if not wanted or b"\0" in wanted + given:
        raise Unknown("no field of a password")
    plain = PLAIN.match(wanted)
    if plain:
        return hmac.compare_digest(wanted[plain.end():], given)
    program = os.path.join(folder(), "maildir-crypt")
    try:
        # By a pipe: arguments and the environment are for all to see.
        status = subprocess.run(
            [program], input=b"%s\0%s\0" % (wanted, given), check=False,
            stdout=subprocess.DEVNULL).returncode
    except OSError as error:
        raise Unknown(f"{program}: {error.strerror}") from None
    if status == 2:
        raise Unknown("no hash that is known, or one that takes too much")
    if status not in (0, 1):
        raise Unknown(f"{program} failed, {status}")
    return status == 0
