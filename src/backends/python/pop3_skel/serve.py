# SPDX-License-Identifier: ISC
"""Where sessions come from: standard input, or a socket."""
from __future__ import annotations

import os
import pwd
import signal
import socket
import stat
import struct
import sys
import threading
import time
from typing import Any, Optional

from .session import Factory, Session

# Every user that a user namespace does not know has this number.
NOBODY = 65534


def run(factory: Factory, *, listen: Optional[str] = None,
        asker: Optional[str] = None) -> None:
    """One session on standard input and output; or, with `listen`, the path of
    a socket or "systemd", sessions until SIGTERM, a thread each. `asker` is the
    user that pop3-skel(8) runs as, if it is another."""
    if listen is not None:
        Listener(factory, listen, asker).run()
        return
    # What is printed elsewhere goes to the log, and no child reads a request.
    lines = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.dup2(2, 1)
    os.close(null)
    Session(factory, lines, replies).run()
    try:
        replies.close()
    except OSError:
        pass


class Listener:
    """Who may ask is root, the user that we are, and one more."""

    def __init__(self, factory: Factory, path: str,
                 asker: Optional[str]) -> None:
        self.factory = factory
        self.may_ask = {0, os.geteuid()}
        if not all_known():
            self.may_ask.discard(NOBODY)
        if asker is not None:
            self.may_ask.add(pwd.getpwnam(asker).pw_uid)
        self.socket = self.opened(path)

    @staticmethod
    def opened(path: str) -> socket.socket:
        if path == "systemd":
            if os.environ.get("LISTEN_PID") != str(os.getpid()) or \
                    os.environ.get("LISTEN_FDS") != "1":
                raise SystemExit("pop3_skel: no socket from systemd")
            return socket.socket(fileno=3)
        made = socket.socket(socket.AF_UNIX)
        try:
            # To connect to a file is refused as well, and it stays.
            if not stat.S_ISSOCK(os.lstat(path).st_mode):
                raise SystemExit(f"pop3_skel: {path} is no socket")
            with socket.socket(socket.AF_UNIX) as other:
                other.connect(path)
            raise SystemExit(f"pop3_skel: somebody listens on {path}")
        except ConnectionRefusedError:
            os.unlink(path)
        except FileNotFoundError:
            pass
        umask = os.umask(0o117)
        made.bind(path)
        os.umask(umask)
        made.listen(128)
        return made

    def take(self) -> None:
        """The next one. For want of descriptors, memory or threads, which may
        be there in a while, nobody but him goes unserved."""
        asker = None
        try:
            asker = self.socket.accept()[0]
            threading.Thread(target=self.serve, args=(asker,)).start()
        except (OSError, RuntimeError) as error:
            if asker is not None:
                asker.close()
            sys.stderr.write(f"<3>a connection cannot be taken: {error}\n")
            time.sleep(1)

    def run(self) -> None:
        """Until SIGTERM; the sessions that there are go on to their end."""
        def stop(*_: Any) -> None:
            self.socket.close()
            raise KeyboardInterrupt
        signal.signal(signal.SIGTERM, stop)
        try:
            while True:
                self.take()
        except KeyboardInterrupt:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def serve(self, asker: socket.socket) -> None:
        uid = struct.unpack("3i", asker.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]
        try:
            # What it did not take is flushed at the end, and may fail.
            with asker, asker.makefile("rb") as lines, \
                    asker.makefile("wb") as replies:
                if uid not in self.may_ask:
                    sys.stderr.write(f"<4>asked by who may not, uid {uid}\n")
                    return
                Session(self.factory, lines, replies).run()
        except OSError:
            pass


def all_known() -> bool:
    """Whether a user namespace knows all users."""
    with open("/proc/self/uid_map", encoding="ascii") as file:
        return file.read().split() == ["0", "0", "4294967295"]
