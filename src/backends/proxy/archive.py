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
            if letter is None:
                raise ValueError(f"{template}: a % that is none")
            if letter in ("", ".", "..") or "/" in letter:
                raise ValueError(f"{template}: no folder for such a name")
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

    def key(self, uid, digest):
        """That of one message: others may have its unique-id, or have had it."""
        return hashlib.sha256((self.seed + uid).encode(
            "utf-8", "surrogateescape") + b"\0" + digest).hexdigest()[:40]

    def find(self, wanted, octets):
        """An open file with the copy that has this key, or None."""
        # Other programs move it, and change its flags: it is looked for again.
        for _ in range(3):
            if wanted not in self.paths:
                self.read()
            path = self.paths.get(wanted)
            if path is None:
                return None
            try:
                file = open(path, "rb")
            except FileNotFoundError:
                del self.paths[wanted]
                continue
            if os.fstat(file.fileno()).st_size == octets:
                return file
            # What others made of it is no copy.
            file.close()
            return None
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
        """The key, and an open file: a copy is on the disk, as a whole, when
        this returns."""
        made = os.path.join(self.folder, "tmp", ".".join((
            str(time.time_ns()), str(os.getpid()), os.urandom(8).hex())))
        file = open(made, "x+b")
        try:
            digest = hashlib.sha256()
            for piece in body:
                file.write(piece)
                digest.update(piece)
            key = self.key(uid, digest.digest())
            had = self.find(key, file.tell())
            if had is not None:
                file.close()
                os.unlink(made)
                return key, had
            file.flush()
            os.fsync(file.fileno())
            name = f"{int(time.time())}.P{key}.{os.uname().nodename}"
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
        self.paths[key] = path
        file.seek(0)
        return key, file


def fits(file, size):
    """Whether a message is told to be that large, however its line ends are
    counted, and one at its end that only we have."""
    octets = lines = 0
    for piece in iter(lambda: file.read(PIECE), b""):
        octets += len(piece)
        lines += piece.count(b"\n")
    file.seek(0)
    return octets - 1 <= size <= octets + lines


def pieces(file):
    with file:
        yield from iter(lambda: file.read(PIECE), b"")
