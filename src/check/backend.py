# SPDX-License-Identifier: ISC
"""One request, one answer, one deadline: what pop3-skel(8) would call a fault
is one here, told as the mistake that it mostly is.
"""
import re
import time

import wire
from channel import GRACE, QUOTED, Channel, Fault, quoted
from mail import Message

# What a line has that comes late, in seconds.
LATE = 0.3
# Octets of a body that are read; and kept as they came.
BODY = 256 << 20
# What no file has.
FILE = 1 << 63
RAW = 1 << 20


class Reply:
    """All that came up to a result."""

    def __init__(self):
        self.word, self.text, self.seconds = b"", b"", 0.0
        self.details = []
        self.messages = []
        self.body = None
        self.place = None
        # Its lines as they came, up to RAW octets of them.
        self.raw, self.raw_octets, self.raw_cut = [], 0, False

    def keep(self, line):
        self.raw_octets += len(line)
        if self.raw_octets <= RAW or line[:1] != b"|":
            self.raw.append(line)
        else:
            self.raw_cut = True

    def get(self, word):
        return [fields for name, fields in self.details if name == word]

    def has(self, word):
        return any(name == word for name, _ in self.details)


class Backend(Channel):
    """One that is asked."""

    # Requests behind whose first answer, in all sessions, a late line was
    # waited for.
    settled = set()

    def idle(self, seconds=0.0):
        """Nothing comes unasked."""
        if self.lines or self.part or \
                self.listen(time.monotonic() + seconds):
            key = "unasked" if not self.asked else \
                "twice" if self.is_result() else "late"
            after = f"after the answer to {self.name()}" if self.asked \
                else "before any request"
            raise Fault(key, f"{after}: {quoted(self.held())}")

    def is_result(self):
        """Whether what came too much looks like one."""
        first = self.held().partition(b"\n")[0].partition(b" ")[0]
        return first in wire.RESULTS

    def ask(self, request, verb=None):
        """One request, and the reply to it."""
        verb = verb or request.split(b" ")[0].decode("latin-1")
        self.idle()
        # What it said before hello belongs to that.
        if self.asked:
            self.drain()
            self.heard, self.logged = b"", []
        self.asked = request
        begin = time.monotonic()
        try:
            self.write(request + b"\n", begin + self.deadline)
        except OSError:
            if not self.listen(time.monotonic() + 0.1):
                raise self.exited("it closed its input") from None
        reply = self.answer(verb, begin)
        reply.seconds = time.monotonic() - begin
        if self.lines or self.part:
            raise Fault("twice" if self.is_result() else "after",
                        f"behind the result of {self.name()}: "
                        f"{quoted(self.held())}")
        if verb not in self.settled:
            self.idle(LATE)
            self.settled.add(verb)
        return reply

    def answer(self, verb, begin):
        reply, waited, hole = Reply(), 0, False
        until = begin + self.deadline
        while True:
            if time.monotonic() > until:
                raise self.silent(verb, reply)
            if not self.lines:
                self.unended(verb)
                more = self.listen(until)
                if more is None:
                    raise self.silent(verb, reply)
                if not more:
                    raise self.exited()
                continue
            line = self.lines.popleft()
            reply.keep(line)
            if not line:
                hole = True
                continue
            if line[:1] == b"|" and verb in wire.BODIES:
                self.body_line(reply, line, hole)
                until = max(until, time.monotonic() + self.deadline)
                continue
            try:
                word, fields = self.parse(line, verb)
                if word == b"body" and (hole or reply.place == b"|"):
                    raise wire.Wrong("hole", "`body` in the middle of one")
                waited = self.take(reply, word, fields, waited)
            except wire.Wrong as wrong:
                key, what = wrong.args
                if key == "stray":
                    key = self.stray(line, verb)
                raise Fault(key, f"in the answer to {self.name()}: {what}, "
                            f"{self.shown(line)}") from wrong
            if word in wire.RESULTS:
                reply.word, reply.text = word, b" ".join(fields)
                self.judge(reply, verb)
                return reply
            if word in (b"msg", b"wait"):
                more = int(fields[0]) if word == b"wait" else self.deadline
                until = max(until, time.monotonic() + more)

    def unended(self, verb):
        """A line that is too long is so without its end, too."""
        body = verb in wire.BODIES and self.part[:1] == b"|"
        most = BODY if body else wire.LINE
        if len(self.part) >= most:
            raise Fault("endless" if body else "long", "in the answer to "
                        f"{self.name()}: more than {most} octets, "
                        f"{quoted(self.part)}")

    def parse(self, line, verb):
        if len(line) >= wire.LINE:
            raise wire.Wrong("long", f"more than {wire.LINE} octets")
        return wire.parse(line, verb)

    def shown(self, line):
        """A line of a reply; to a login the word alone, as in the log."""
        if self.asked.split(b" ")[0] in (b"login", b"PASS", b"apop", b"token"):
            word = re.match(rb"[A-Za-z-]*", line)[0]
            return quoted(word if word in wire.ROWS else b"") + " ..."
        return quoted(line)

    def body_line(self, reply, line, hole):
        if hole or reply.place not in (None, b"|", b"body"):
            raise Fault("hole" if hole else "bodies",
                        f"in the answer to {self.name()}, before "
                        f"{quoted(line)}")
        reply.place = reply.place or b"|"
        reply.body = reply.body or Message()
        reply.body.line(line[1:])
        if reply.body.octets > BODY:
            raise Fault("endless", f"in the answer to {self.name()}")

    def take(self, reply, word, fields, waited):
        """A detail line, as far as it can be wrong by itself."""
        reply.details.append((word, fields))
        if word == b"log":
            self.logged.append(fields[1])
        elif word == b"msg":
            reply.messages.append(wire.message(fields))
            if len(reply.messages) > wire.MESSAGES:
                raise wire.Wrong("endless", "more than 1,000,000 messages")
        elif word in (b"file", b"temp", b"part", b"body"):
            if reply.place is not None:
                raise wire.Wrong("bodies", "two kinds of body")
            if word != b"body":
                wire.absolute(fields[-1])
            if word == b"part":
                numbers = [wire.number(each, FILE) for each in fields[:2]]
                if None in numbers or sum(numbers) >= FILE:
                    raise wire.Wrong("fields", "no two numbers of octets")
            reply.place = word
            if word == b"body":
                reply.body = Message()
        elif word == b"lock":
            wire.absolute(fields[0])
            if reply.messages:
                raise wire.Wrong("place", "a lock behind the first msg")
        elif word == b"user" and b" " in fields[0]:
            raise wire.Wrong("fields", "a user name with a blank")
        elif word == b"wait":
            seconds = wire.number(fields[0])
            if seconds is None or seconds > 600:
                raise wire.Wrong("wait", "no number up to 600")
            waited += seconds
            if waited > 1800:
                raise wire.Wrong("wait", "more than 1800 seconds in sum")
        return waited

    def judge(self, reply, verb):
        """A result, beside what came before it."""
        if reply.word == b"DEFAULT" and any(
                word not in (b"log", b"wait", b"DEFAULT")
                for word, _ in reply.details) or \
                reply.word == b"DEFAULT" and reply.place:
            raise Fault("details", f"in the answer to {self.name()}")
        if reply.word == b"OK" and verb in ("retr", "top") \
                and reply.place is None:
            raise Fault("no-body", f"{self.name()} was answered OK without a body")

    def stray(self, line, verb):
        """What a line that is none of the protocol's mostly is."""
        if line == self.asked:
            return "echo"
        word = line.partition(b" ")[0]
        if word not in wire.ROWS and word.swapcase() in wire.ROWS:
            return "case"
        if word in (b"-e", b"-n", b"-en", b"-ne"):
            return "option"
        if word in (b"+OK", b"-ERR"):
            return "pop3"
        if line == b".":
            return "dot"
        if line[:2] in (b"b'", b'b"'):
            return "bytes"
        return "bars" if verb in ("retr", "top") else "stray"

    def silent(self, verb, reply):
        """No result in time: in a buffer, forgotten, or never meant."""
        what = f"asked {self.name()}, no result within {self.deadline:g} s"
        got = [word for word, _ in reply.details] or \
            ([reply.place] if reply.place else [])
        others = self.others()
        self.close_input()
        until = time.monotonic() + GRACE
        while self.listen(until):
            pass
        for line in self.lines:
            if line.partition(b" ")[0] in wire.RESULTS:
                return Fault("eaten" if others else "buffer",
                             f"{what}{others}; when its input ended there came "
                             f"{self.shown(line)}")
        if self.part.partition(b" ")[0] in wire.RESULTS:
            return Fault("unended", f"{what}; its last line, "
                         f"{self.shown(self.part)}, has no line feed")
        if got and reply.raw[-1][:1] == b"|" and reply.raw[-1].endswith(b"OK"):
            return Fault("glued", f"{what}; its last line is "
                         f"{quoted(reply.raw[-1][-QUOTED:])}")
        if got:
            return Fault("forgotten", f"{what}, but lines like "
                         f"{quoted(got[-1])}")
        return Fault("silent", what)
