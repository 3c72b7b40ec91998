# SPDX-License-Identifier: ISC
"""An account elsewhere: what both protocols have in common, and POP3."""
import base64
import poplib
import re
import ssl
import urllib.parse

# Of one wait for the other server, in seconds.
PATIENCE = 20
# The longest line that is taken, in octets.
LONGEST = 1 << 26
PORTS = {"pop3": 110, "pop3s": 995, "imap": 143, "imaps": 993}


class Away(Exception):
    """The other server does not answer, or says to come later: for the log."""


class Wrong(Exception):
    """It does not let this user in."""


class Busy(Exception):
    """It lets this user in, but not now: a response code of POP3."""


class Refused(Exception):
    """It said no to one request."""


class Gone(Exception):
    """The message is not there any more."""


class Place:
    """Where an account is: SCHEME://HOST[:PORT][/FOLDER]."""

    def __init__(self, url, authority=None, clear=False):
        told = urllib.parse.urlsplit(url)
        if told.scheme not in PORTS or not told.hostname or \
                "@" in told.netloc or told.query or told.fragment:
            # Who put a password before the host is not to read it in a log.
            raise ValueError("no pop3s:, pop3:, imaps: or imap: with a host: "
                             + url.rpartition("@")[2])
        self.scheme, self.host = told.scheme, told.hostname
        self.port = told.port or PORTS[told.scheme]
        self.folder = urllib.parse.unquote(told.path.lstrip("/")) or "INBOX"
        self.imap = told.scheme.startswith("imap")
        self.tls = told.scheme.endswith("s")
        # Without it the password would be for all to read.
        self.upgrade = not self.tls and not clear
        self.context = ssl.create_default_context(cafile=authority)
        self.name = f"{self.host}:{self.port}"


def bearer(user, token):
    """The message of XOAUTH2."""
    return f"user={user}\1auth=Bearer {token}\1\1".encode(
        "utf-8", "surrogateescape")


class Lines(poplib.POP3):
    """A connection, with lines of any length, and octets as they are."""

    def _putcmd(self, line):
        self._putline(line.encode("utf-8", "surrogateescape"))

    def _getline(self):
        line = self.file.readline(LONGEST)
        if not line.endswith(b"\n"):
            raise ConnectionError("the connection ended in a line")
        octets = len(line)
        line = line[:-1]
        return (line[:-1] if line.endswith(b"\r") else line), octets

    def login(self, user, secret):
        self.user(user)
        self.pass_(secret)

    def login_token(self, user, token):
        told = base64.b64encode(bearer(user, token)).decode()
        self._putcmd("AUTH XOAUTH2 " + told)
        line = self._getline()[0]
        if line.startswith(b"+ "):
            # Why not, for machines.
            self._putcmd("")
            line = self._getline()[0]
        if not line.startswith(b"+OK"):
            raise poplib.error_proto(line)

    def streamed(self, command):
        """A body, line by line, with its LFs."""
        self._shortcmd(command)
        return self.rest()

    def rest(self):
        while True:
            line = self._getline()[0]
            if line == b".":
                return
            yield (line[1:] if line.startswith(b".") else line) + b"\n"


class LinesTls(Lines, poplib.POP3_SSL):
    """The same under TLS from the start."""


def said(error):
    """An error as a text of one line."""
    told = error.args[0] if len(error.args) == 1 else error
    told = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    return " ".join(told.split())[:200] or type(error).__name__


class Pop:
    """A session with a POP3 server."""

    def __init__(self, place):
        self.place, self.box, self.uids = place, None, []
        try:
            if place.tls:
                self.box = LinesTls(place.host, place.port, timeout=PATIENCE,
                                    context=place.context)
            else:
                self.box = Lines(place.host, place.port, timeout=PATIENCE)
                if place.upgrade:
                    self.box.stls(place.context)
        except (OSError, poplib.error_proto) as error:
            self.close()
            raise Away(said(error)) from None

    def asked(self, do, *words):
        try:
            return do(*words)
        except poplib.error_proto as error:
            raise Refused(said(error)) from None
        except UnicodeError:
            # Its text has the letter.
            raise Refused("a word that cannot be sent") from None
        except OSError as error:
            raise Away(said(error)) from None

    def login(self, user, secret, token):
        try:
            self.asked(self.box.login_token if token else self.box.login,
                       user, secret)
        except Refused as refused:
            code = re.match(r"-ERR \[([A-Z/-]+)", str(refused))
            code = code[1] if code else ""
            if code in ("IN-USE", "LOGIN-DELAY"):
                raise Busy(code) from None
            if code.startswith("SYS"):
                raise Away(str(refused)) from None
            raise Wrong from None

    def messages(self):
        """Each unique-id and size, in the order of the numbers."""
        sizes = dict(line.split()[:2] for line in self.asked(self.box.list)[1])
        found = []
        for line in self.asked(self.box.uidl)[1]:
            number, uid = line.split()[:2]
            if int(number) != len(found) + 1 or number not in sizes:
                raise Refused("its lists are no lists of the same messages")
            found.append((uid.decode("ascii", "surrogateescape"),
                          int(sizes[number])))
        self.uids = [uid for uid, _ in found]
        return found

    def number(self, message):
        """Its number here; in a later session by a unique-id that was, and is,
        that of one message alone."""
        if message.data is self:
            return message.number
        count = self.uids.count(message.uid)
        if not count:
            raise Gone
        if count > 1 or message.data.uids.count(message.uid) > 1:
            raise Refused("several messages had its unique-id")
        return self.uids.index(message.uid) + 1

    def body(self, message):
        return self.lines(self.asked(
            self.box.streamed, f"RETR {self.number(message)}"))

    def top(self, message, lines):
        """None where it knows no such command."""
        try:
            return self.lines(self.asked(
                self.box.streamed, f"TOP {self.number(message)} {lines}"))
        except Refused:
            return None

    def lines(self, body):
        while True:
            line = self.asked(next, body, None)
            if line is None:
                return
            yield line

    def can_remove(self):
        return True

    def remove(self, message):
        self.asked(self.box.dele, self.number(message))

    def commit(self):
        """Its QUIT alone removes."""
        self.asked(self.box.quit)
        self.box = None

    def close(self):
        """Without QUIT, so that nothing is removed."""
        box, self.box = self.box, None
        if box is not None:
            box.close()
