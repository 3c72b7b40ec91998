# SPDX-License-Identifier: ISC
"""An account elsewhere by IMAP."""
import imaplib
import re

from upstream import PATIENCE, Away, Busy, Gone, Refused, Wrong, bearer, said

UID = re.compile(rb"\bUID (\d+)")
SIZE = re.compile(rb"\bRFC822\.SIZE (\d+)")
DELETED = re.compile(rb"\\Deleted\b", re.IGNORECASE)
# How many messages are named in one command.
AT_ONCE = 200


class Imap:
    """A session with an IMAP server, in one folder."""

    def __init__(self, place):
        self.place, self.box, self.marked = place, None, []
        try:
            if place.tls:
                self.box = imaplib.IMAP4_SSL(
                    place.host, place.port, ssl_context=place.context,
                    timeout=PATIENCE)
            else:
                self.box = imaplib.IMAP4(place.host, place.port, PATIENCE)
                if place.upgrade:
                    self.box.starttls(place.context)
        except (OSError, imaplib.IMAP4.error) as error:
            self.close()
            raise Away(said(error)) from None

    def asked(self, do, *words):
        """The data of an answer; NO and BAD are Refused."""
        try:
            kind, data = do(*words)
        except imaplib.IMAP4.abort as error:
            raise Away(said(error)) from None
        except imaplib.IMAP4.error as error:
            raise Refused(said(error)) from None
        except UnicodeError:
            # Its text has the letter.
            raise Refused("a word that cannot be sent") from None
        except OSError as error:
            raise Away(said(error)) from None
        if kind != "OK":
            raise Refused(said(Exception(data[0] if data else kind)))
        return data

    def login(self, user, secret, token):
        box = self.box
        plain = [b"\0".join(word.encode("utf-8", "surrogateescape")
                            for word in ("", user, secret))]
        told = [bearer(user, secret)] if token else plain
        mechanism = "XOAUTH2" if token else "PLAIN"
        try:
            # LOGIN has no letters but ASCII.
            if f"AUTH={mechanism}" in box.capabilities or \
                    not token and not (user + secret).isascii():
                # A second challenge says why not, for machines.
                self.asked(box.authenticate, mechanism,
                           lambda _: told.pop() if told else b"")
            elif token:
                raise Away("it does not know XOAUTH2")
            else:
                self.asked(box.login, quoted(user), secret)
        except Refused as refused:
            if re.search(r"\[(INUSE|LIMIT)\]", str(refused)):
                raise Busy("IN-USE") from None
            if "[UNAVAILABLE]" in str(refused):
                raise Away(str(refused)) from None
            raise Wrong from None

    def messages(self):
        """Each unique-id and size; what somebody marked as deleted is not."""
        box = self.box
        self.asked(box.select, quoted(self.place.folder))
        validity = box.response("UIDVALIDITY")[1][0]
        if validity is None:
            raise Refused("it tells no UIDVALIDITY")
        self.validity = validity.decode()
        self.capable = "UIDPLUS" in self.asked(box.capability)[0].decode().split()
        found = []
        data = self.asked(box.uid, "FETCH", "1:*", "(UID RFC822.SIZE FLAGS)")
        for line in data:
            line = line if isinstance(line, bytes) else b""
            uid, size = UID.search(line), SIZE.search(line)
            if uid and size and not DELETED.search(line):
                found.append((int(uid[1]), int(size[1])))
        return [(f"{self.validity}.{uid}", size) for uid, size in sorted(found)]

    def uid(self, message):
        validity, _, uid = message.uid.partition(".")
        if validity != self.validity:
            raise Refused("its UIDVALIDITY is another by now")
        return uid

    def part(self, message, what):
        """These octets, or none where the message is gone."""
        uid = self.uid(message)
        data = self.asked(self.box.uid, "FETCH", uid, f"(BODY.PEEK[{what}])")
        for piece in data:
            if isinstance(piece, tuple) and b"BODY[" in piece[0].upper():
                return piece[1]
        if any(data):
            raise Refused("its answer has no body")
        raise Gone

    def body(self, message):
        return [self.part(message, "").replace(b"\r\n", b"\n")]

    def top(self, message, lines):
        return [self.part(message, "" if lines else "HEADER")
                .replace(b"\r\n", b"\n")]

    def can_remove(self):
        """Without UIDPLUS what others marked would be removed, too."""
        return self.capable

    def remove(self, message):
        self.part(message, "HEADER.FIELDS (DATE)")
        self.marked.append(self.uid(message))

    def commit(self):
        """All of them now, and what is still there is told."""
        left = []
        for begin in range(0, len(self.marked), AT_ONCE):
            left += self.expunged(self.marked[begin:begin + AT_ONCE])
        self.marked = []
        if left:
            raise Refused(f"not removed: {' '.join(left)}")

    def expunged(self, some):
        names, ask = ",".join(some), self.box.uid
        try:
            self.asked(ask, "STORE", names, "+FLAGS.SILENT", r"(\Deleted)")
            self.asked(ask, "EXPUNGE", names)
        except Refused:
            # They are to be seen again, then.
            self.asked(ask, "STORE", names, "-FLAGS.SILENT", r"(\Deleted)")
        return self.asked(ask, "SEARCH", "UID", names)[0].decode().split()

    def close(self):
        box, self.box = self.box, None
        if box is not None:
            box.shutdown()


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
