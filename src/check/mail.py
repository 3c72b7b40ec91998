# SPDX-License-Identifier: ISC
"""A message as it passes by: its octets as POP3 counts them, two digests, and
what a mail client would stumble over.
"""
import hashlib
import re

# Octets of a header that are looked at.
HEAD = 1 << 18
# Lines in front of it that are looked behind; and what an editor puts there.
BEFORE = 4
BOM = b"\xef\xbb\xbf"
# What is made anew each time where a mail is, but does not tell two apart.
PASSING = re.compile(rb"(date|message-id):", re.IGNORECASE)
FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")


class Message:
    """Fed with lines, without LF, in order."""

    def __init__(self):
        self.octets = 0
        self.lines = 0
        self.names = set()
        self.in_head = True
        self.odd = None
        # Lines before the first field.
        self.before = []
        self.eight_bit = None
        self.head_octets = 0
        self.whole, self.rest = hashlib.sha256(), hashlib.sha256()

    def line(self, text):
        text = text.removesuffix(b"\r")
        self.octets += len(text) + 2
        self.lines += 1
        self.whole.update(text + b"\n")
        if not self.in_head or not PASSING.match(text):
            self.rest.update(text + b"\n")
        if self.in_head:
            self.head(text)

    def head(self, text):
        self.head_octets += len(text)
        if self.lines == 1 and text.startswith(BOM):
            self.before.append(text)
            text = text.removeprefix(BOM)
        if self.eight_bit is None and any(octet > 0x7f for octet in text):
            self.eight_bit = text
        field = FIELD.match(text)
        if field:
            self.names.add(field[1].lower())
        elif not self.names and (text or self.lines == 1) and \
                len(self.before) < BEFORE:
            self.before.append(text)
        elif not text:
            self.in_head = False
        elif text[:1] not in (b" ", b"\t") or not self.names:
            # Neither a field nor the rest of one: the body, without a border.
            self.odd = text
            self.in_head = False
        if self.head_octets > HEAD:
            self.in_head = False

    def file(self, stream, octets=None):
        """A file, or so many octets of it; False where there are fewer."""
        held = b""
        while octets is None or octets > 0:
            piece = stream.read(1 << 16 if octets is None
                                else min(octets, 1 << 16))
            if not piece:
                break
            if octets is not None:
                octets -= len(piece)
            *lines, held = (held + piece).split(b"\n")
            for line in lines:
                self.line(line)
        if held:
            self.line(held)
        return not octets

    def digest(self):
        return self.whole.digest()

    def alike(self):
        """The digest of all that is not new each time."""
        return self.rest.digest()

    def trouble(self):
        """The findings that its header is: a key, and what was seen."""
        odd, before = self.odd, self.before
        if before and not self.names:
            # No header at all: a text, or one behind an empty line.
            odd = before[0] or None
        elif before:
            yield "mbox" if before[0].startswith(b"From ") else \
                "before" if before[0] else "empty-first", before[0]
        if odd is not None:
            yield "border", odd
        elif self.in_head:
            yield "border", b"its last line is one of the header"
        if self.eight_bit is not None:
            yield "eight-bit", self.eight_bit
        if odd is None or self.names:
            for name in (b"from", b"date", b"message-id"):
                if name not in self.names:
                    yield "no-" + name.decode(), b""
