# SPDX-License-Identifier: ISC
"""A Maildir with a copy of what was fetched or is to be deleted."""
import hashlib
import os
import time

# Octets that are read at once.
PIECE = 1 << 16


def path_of(template, user):
    """%u is the user, %n and %d its parts, %% a percent sign."""
    name, _, domain = user.partition("@")
    words = {"u": user, "n": name, "d": domain, "%": "%"}
    made, parts = [], iter(template)
    for letter in parts:
        if letter == "%":
            letter = words.get(next(parts, ""))
            if not letter:
                raise ValueError(f"{template}: a % that is none, or no domain")
        made.append(letter)
    return "".join(made)


class Archive:
    """One user's."""

    def __init__(self, folder, place, account):
        self.folder = folder
        self.seed = f"{place.name}\0{place.folder}\0{account}\0"
        for name in "tmp", "new", "cur":
            os.makedirs(os.path.join(folder, name), 0o700, exist_ok=True)
        self.paths = {}

    def key(self, uid):
        return hashlib.sha256((self.seed + uid).encode(
            "utf-8", "surrogateescape")).hexdigest()[:40]

    def find(self, uid):
        """An open file with the copy, or None."""
        wanted = self.key(uid)
        # Other programs move it, and change its flags: it is looked for again.
        for _ in range(3):
            if wanted not in self.paths:
                self.read()
            path = self.paths.get(wanted)
            if path is None:
                return None
            try:
                return open(path, "rb")
            except FileNotFoundError:
                del self.paths[wanted]
        return None

    def read(self):
        """The names that there are, by what ours have in the middle."""
        self.paths = {}
        for folder in "new", "cur":
            folder = os.path.join(self.folder, folder)
            for name in os.listdir(folder):
                parts = name.split(".", 2)
                if len(parts) == 3 and parts[1].startswith("P"):
                    self.paths[parts[1][1:]] = os.path.join(folder, name)

    def keep(self, uid, body):
        """It is on the disk, as a whole, when this returns an open file."""
        made = os.path.join(self.folder, "tmp", ".".join((
            str(time.time_ns()), str(os.getpid()), self.key(uid))))
        file = open(made, "x+b")
        try:
            for piece in body:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
            name = f"{int(time.time())}.P{self.key(uid)}.{os.uname().nodename}"
            path = os.path.join(self.folder, "new", name)
            os.rename(made, path)
        except BaseException:
            file.close()
            os.unlink(made)
            raise
        folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self.paths[self.key(uid)] = path
        file.seek(0)
        return file


def pieces(file):
    with file:
        yield from iter(lambda: file.read(PIECE), b"")
