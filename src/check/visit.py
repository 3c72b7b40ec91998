# SPDX-License-Identifier: ISC
"""One session with a backend, as pop3-skel(8) would have it: its start, logins,
the list, messages.
"""
import fcntl
import hashlib
import os
import re
import secrets
import stat
import time

from backend import Backend
from channel import Fault, hide, quoted
from mail import Message
from program import FACTS, FEATURES, environment, found

# Seconds, as --lock-wait of pop3-skel's.
LOCK_WAIT = 2
TIMESTAMP = b"<1.2.check@localhost>"


class Visit:
    """One that says hello when it is made; `about` is what is the same in all."""
    # What a file is read into.
    message = Message

    def __init__(self, about, bare=True, version=1, **how):
        self.about = about
        about.figures.sessions += 1
        self.session = secrets.token_hex(8)
        self.bare, self.locks = bare, {}
        self.user = about.user
        words = about.words
        if not words[0].startswith("unix:"):
            words = [found(words[0], about.told["POP3_SKEL_BACKENDS"],
                           self.base().get("PATH", "")), *words[1:]]
        self.backend, self.greeting = self.begin(words, **how), None
        try:
            self.greeting = self.hello(version, about.preauth)
        except Fault as fault:
            fault.seen += self.backend.said(True)
            fault.bashism = self.backend.bashism
            self.drop()
            raise

    def base(self):
        return {} if self.bare else dict(os.environ)

    def begin(self, words, **how):
        told = environment(self.base(), self.about.told, self.session,
                           self.about.deadline)
        return Backend(words, told, self.about.deadline, **how)

    def ask(self, *words, verb=None):
        reply = self.backend.ask(b" ".join(words), verb)
        name = words[0].split(b" ")[0].decode("latin-1")
        self.about.figures.answered(name, reply.seconds)
        return reply

    def hello(self, version=1, lock=False):
        facts = " ".join(f"{name}={value}" for name, value in FACTS.items())
        lock = " lock" if lock else ""
        self.backend.idle(0.05)
        if self.about.hello is not None and version == 1 and self.greeting is None:
            return self.ask(re.sub(rb"(?<= id=)\S+", self.session.encode(),
                                   self.about.hello))
        return self.ask(f"hello {version} x-unknown id={self.session} {facts} "
                        f"{FEATURES}{lock}".encode(),
                        verb=None if version == 1 else "NAME")

    def offers(self, word):
        return self.greeting.has(word)

    def claimed(self, name):
        return any(fields[0] == name for fields in self.greeting.get(b"command"))

    def login(self, user, password):
        """The reply to a login in the first of the ways that there are."""
        if self.claimed(b"USER"):
            reply = self.ask(b"USER", user, verb="NAME")
            if reply.word == b"OK" and not reply.has(b"state"):
                name = reply.get(b"user")
                reply = self.ask(b"PASS", password, verb="NAME")
                reply.details += [(b"user", each) for each in name]
            if reply.word == b"OK" and not reply.has(b"state"):
                reply.word = b"ERR"
            return reply
        if self.offers(b"no-password") and self.offers(b"apop"):
            return self.apop(user, password)
        reply = self.ask(b"login", user, password)
        if reply.word == b"DEFAULT" and self.offers(b"apop"):
            reply = self.apop(user, password)
        return reply

    def apop(self, user, password):
        digest = hashlib.md5(TIMESTAMP + password).hexdigest().encode()
        hide(digest)
        return self.ask(b"apop", user, digest, TIMESTAMP)

    def let_in(self, reply):
        """What follows a good login: locks, and who goes on."""
        self.take_locks(reply)
        for fields in reply.get(b"user"):
            self.user = fields[0]
        name = reply.get(b"next")
        if name:
            self.backend.end()
            words = [name[0][0], *(fields[0] for fields in reply.get(b"arg"))]
            words = [os.fsdecode(word) for word in words]
            words[0] = os.path.join(self.about.told["POP3_SKEL_BACKENDS"],
                                    words[0])
            self.backend = self.begin(words)
            self.greeting = self.hello(lock=True)
            self.take_locks(self.greeting)

    def take_locks(self, reply):
        """Those that are there; to make one is pop3-skel's."""
        for fields in reply.get(b"lock"):
            try:
                file = os.open(fields[0], os.O_RDONLY | os.O_NOFOLLOW
                               | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError as error:
                if not os.path.isdir(os.path.dirname(fields[0])):
                    raise Fault("path", f"lock {quoted(fields[0])}: "
                                f"{error.strerror}") from error
                continue
            about = os.fstat(file)
            if (about.st_dev, about.st_ino) in self.locks:
                os.close(file)
                continue
            self.locks[about.st_dev, about.st_ino] = file
            until = time.monotonic() + LOCK_WAIT
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except OSError as error:
                    if time.monotonic() > until:
                        raise Fault("locked", "another session holds "
                                    f"{quoted(fields[0])}") from error
                    time.sleep(0.05)

    def list(self):
        reply = self.ask(b"list", self.user)
        self.take_locks(reply)
        return reply

    def fetch(self, number, uid, path):
        """A message: its body or None, and what is wrong with where it is."""
        why = ""
        if path is not None:
            try:
                return self.file(path), ""
            except OSError as error:
                if not (isinstance(error, FileNotFoundError)
                        or error.errno is None):
                    return None, f"{quoted(path)}: {error.strerror}"
                if error.errno is None:
                    why = f"{quoted(path)}: {error}"
        reply = self.ask(b"retr", str(number).encode(), uid)
        if reply.word != b"OK":
            return None, f"{self.backend.name()} was answered " \
                f"{reply.word.decode()} {quoted(reply.text)}"
        body, wrong = self.body(reply)
        return body, wrong or why

    def body(self, reply):
        if reply.body is not None:
            return reply.body, ""
        fields = reply.get(reply.place)[0]
        try:
            if reply.place == b"part":
                return self.file(fields[2], int(fields[0]), int(fields[1])), ""
            message = self.file(fields[0])
            if reply.place == b"temp":
                self.unlink(fields[0])
            return message, ""
        except OSError as error:
            return None, f"{quoted(fields[-1])}: {error.strerror or error}"

    def file(self, path, offset=0, octets=None):
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
                       | os.O_CLOEXEC)
        with os.fdopen(file, "rb") as stream:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise OSError("no regular file")
            stream.seek(offset)
            message = self.message()
            if not message.file(stream, octets) and octets is not None:
                raise OSError("the file ends before the part does")
            return message

    @staticmethod
    def unlink(path):
        """As pop3-skel does with `temp`: this user's own, and of one name."""
        about = os.lstat(path)
        if about.st_uid != os.geteuid() or about.st_nlink != 1:
            raise OSError("not this user's, or not of one name")
        os.unlink(path)

    def end(self, **how):
        """The end: its findings."""
        try:
            return self.backend.end(**how)
        finally:
            self.unlock()

    def drop(self):
        """The end after a fault: its findings."""
        self.unlock()
        return self.backend.kill()

    def unlock(self):
        for file in self.locks.values():
            os.close(file)
        self.locks.clear()
