# SPDX-License-Identifier: ISC
"""What a session asked, as pop3-skel --record has it, asked again: the first
difference between the answers of then and of now.
"""
import itertools
import os
import re
import secrets

import wire
from channel import QUOTED, Fault, quoted
from mail import Message
from visit import Visit

MAGIC = b"pop3-skel record 1 "
LINE = re.compile(rb"\d+\.\d{3} (client|backend|session) ([<>+~.])(?: (.*))?")
CODE = re.compile(rb"\\x([0-9a-f]{2})")
# What is not asked again, for nobody kept what the client said.
EXCHANGES = {b"auth", b"more", b"cancel"}
LOGINS = {b"login", b"apop", b"token", b"PASS"}
# Lines that are about the moment alone, and one whose path is.
PASSING, ALONE = {b"log", b"wait"}, {b"temp"}
# The octets of a request at most, and those that none has.
REQUEST = 16384
# Those of a record, and of what came at once that are kept, as in pure/limit.h.
LARGEST, KEPT = 17 << 20, 16384
MORE = re.compile(rb"(\d{1,15}) octets more")
# A request's word: one of the protocol's, or a command of the backend's own.
VERB = re.compile(rb"(?:hello|login|apop|token|auth|more|cancel|list|retr|top|sent|"
                  rb"dele|rset|expunge|commit|sizes|[A-Z][A-Z0-9]*)(?: |\Z)")
# What ended a session, where that was the backend.
ITS_OWN = {b"fault", b"a body broke off", b"no maildrop",
           b"turned away by the backend"}
# What of a reply tells where a body is.
PLACES = {b"file", b"temp", b"part"}
CONTROL = re.compile(rb"[\0-\x1f\x7f]")


class NoRecord(Exception):
    """A sentence on a file that is none."""


class Turn:
    """A request, and the lines that answered it."""

    def __init__(self, request):
        self.request, self.lines = request, []
        # Of the last line, and of what came behind it, not all is here.
        self.cut = False
        # Whether the session ended in it, and not by the backend.
        self.broken_off = False
        self.verb = request.partition(b" ")[0]

    def result(self):
        word = self.lines[-1].partition(b" ")[0] if self.lines else b""
        return word if word in wire.RESULTS else None


class Got:
    """A command of the client's, and what it got behind +OK."""

    def __init__(self, command):
        self.command = command
        self.verb, *self.words = command.upper().split(b" ")
        self.lines, self.left_out = [], 0

    def take(self, sign, said):
        more = MORE.fullmatch(said)
        if sign == b"~" and more:
            self.left_out = int(more[1])
        elif sign == b"+" and self.lines:
            self.lines[-1] += said
        else:
            self.lines.append(said)

    def whole(self):
        return self.left_out or self.lines[-1:] == [b"."]

    def number(self):
        """That of a message, or None."""
        return wire.number(self.words[0]) if self.words and \
            self.verb in (b"RETR", b"TOP") else None


class Heard(Message):
    """One as a client gets it, as far as a record has it."""

    def __init__(self):
        super().__init__()
        self.first, self.room, self.dots = [], KEPT, 0

    def line(self, text):
        super().line(text)
        text = text.removesuffix(b"\r")
        self.dots += text[:1] == b"."
        if self.room > 0:
            self.room -= len(text) + 2
            self.first.append((b"." if text[:1] == b"." else b"") + text[:KEPT])

    def told(self, top):
        """The lines, up to `top` of the body where that is no None, and how many
        octets come behind them, or None for not known.
        """
        lines, octets = self.first, self.octets + self.dots
        if top is not None:
            end = lines.index(b"") + 1 + top if b"" in lines else len(lines)
            # Of the last one that is kept the end may be missing.
            if self.room > 0 or end < len(lines):
                lines = lines[:end]
                octets = sum(len(line) + 2 for line in lines)
            else:
                octets = None
        data = b"".join(line + b"\r\n" for line in lines) + b".\r\n"
        *ended, rest = data[:KEPT].split(b"\n")
        return [line.removesuffix(b"\r") for line in ended] + \
            ([rest] if rest else []), \
            None if octets is None else max(0, octets + 3 - KEPT)


class Reading(Visit):
    """A session in which what a client would get is kept."""
    message = Heard


def plain(text):
    return CODE.sub(lambda match: bytes([int(match[1], 16)]), text or b"")


def turns(text, name):
    """The backend's conversation in a record, with what the client got of it."""
    first, *lines = text.split(b"\n")
    if not first.startswith(MAGIC):
        raise NoRecord(f"{name} is no record of pop3-skel's")
    if len(text) > LARGEST:
        raise NoRecord(f"{name} is too long for a record")
    found, last, end = [], None, b""
    command, got = None, None
    # One that was cut off by a full disk has no end of its last line.
    for number, line in enumerate(lines[:-1], 2):
        match = LINE.fullmatch(line)
        if match is None:
            raise NoRecord(f"{name} line {number} is none of a record")
        who, sign, said = match[1], match[2], plain(match[3])
        if who == b"client" and sign == b"<":
            command, got = said, None
        elif who == b"client" and got is not None:
            got.take(sign, said)
        elif who == b"client" and command is not None:
            if said.startswith(b"+OK"):
                got = Got(command)
                found.append(got)
        elif who == b"session" or who == b"client":
            if who == b"session" and sign == b".":
                end = said
        elif sign == b">":
            # It is one request, and stays one.
            if len(said) > REQUEST or CONTROL.search(said) or \
                    not VERB.match(said):
                raise NoRecord(f"{name} line {number} is no request")
            last = Turn(said)
            found.append(last)
        elif last is None:
            raise NoRecord(f"{name} line {number} answers nothing")
        elif sign == b"~":
            last.cut = True
        elif sign == b"+" and last.lines:
            last.lines[-1] += said
        else:
            last.lines.append(said)
    if not found or found[0].verb != b"hello":
        raise NoRecord(f"{name} has no hello: no backend was asked")
    if last.result() is None and end not in ITS_OWN:
        last.broken_off = True
    return found


def lasting(lines):
    """Those that can be compared: no empty ones outside of bodies, no passing
    ones."""
    return [line for line in lines if line and
            line.partition(b" ")[0] not in PASSING]


def shown(line, at):
    """A line, or of a long one what is about the octet that differs."""
    start = max(0, at - QUOTED // 3) if len(line) > QUOTED else 0
    return ("..." if start else "") + quoted(line[start:])


def apart(*sides):
    """Two lines that are not the same; None: there is none."""
    at = len(os.path.commonprefix(sides)) if None not in sides else 0
    told = ["nothing more" if side is None else shown(side, at)
            for side in sides]
    return f"the record has {told[0]}, and now it is {told[1]}"


def same(one, other, masked):
    """Whether two lines say the same."""
    words = one.split(b" "), other.split(b" ")
    if words[0][0] != words[1][0]:
        return False
    # A size that is not told now is none that was wrong.
    if words[0][0] == b"msg" and min(map(len, words)) > 2 and \
            b"-" in (words[0][1], words[1][1]):
        return words[0][2:] == words[1][2:]
    return one == other or masked or words[0][0] in ALONE


def difference(then, now, masked, cut):
    """The first difference of two answers, in words, or None."""
    if cut:
        # The result came behind what is not there, and is compared.
        bars = [line[:1] == b"|" for line in then]
        head = len(bars) - bars[::-1].index(True) if True in bars else 0
        last = now[head - 1] if 0 < head <= len(now) else b""
        if head and last.startswith(then[head - 1]):
            now[head - 1] = then[head - 1]
        now = now[:head] + [line for line in now[head:] if line[:1] != b"|"]
    for number in range(max(len(then), len(now))):
        sides = [list_of[number] if number < len(list_of) else None
                 for list_of in (then, now)]
        if None not in sides:
            if same(*sides, masked):
                continue
            if masked:
                sides = [side.partition(b" ")[0] for side in sides]
        return f"line {number + 1} of the answer: {apart(*sides)}"
    return None


def as_far(then, now):
    """Of an answer so much as another one has, which ended somewhere."""
    now = now[:len(then)]
    if now and len(now) == len(then) and now[-1].startswith(then[-1]):
        now[-1] = then[-1]
    return now


class Replay:
    """One record, and one backend."""

    def __init__(self, about, record):
        self.about, self.record = about, record
        self.visit = None
        self.entered, self.asked = False, 0
        self.left_out = []
        # Paths by messages' numbers; what files the answers named hold: by these
        # numbers, or by commands of the backend's own. None: it is no file.
        self.paths, self.files = {}, {}

    def run(self):
        """The first difference in a sentence, or None."""
        for turn in self.record:
            if isinstance(turn, Got):
                wrong = self.compare(turn) if turn.whole() else None
                if wrong is not None:
                    return f"{quoted(turn.command)}: {wrong}"
                continue
            try:
                reply = self.again(turn)
            except Fault as fault:
                said = self.visit.backend.said(True) if self.visit else ""
                if turn.result() is None:
                    return None
                return f"{quoted(turn.request)}: the record has " \
                    f"{quoted(turn.lines[-1])}, and now: {fault.seen}{said}"
            if reply is None:
                self.left_out.append(turn.verb.decode("latin-1"))
                continue
            self.asked += 1
            masked = turn.verb in LOGINS | EXCHANGES
            then, now = lasting(turn.lines), lasting(reply.raw)
            if turn.broken_off:
                now = as_far(then, now)
            wrong = difference(then, now, masked, not turn.broken_off and
                               (turn.cut or reply.raw_cut))
            if wrong is None and turn.result() is None and \
                    not turn.broken_off:
                wrong = "the record ends in this answer, and now it is " + \
                    quoted(reply.word)
            if wrong is not None:
                return f"{quoted(turn.request)}: {wrong}"
        return None

    def compare(self, got):
        """What a client gets now of what is in a file, and what it got: the first
        difference in words, or None.
        """
        key = got.verb if got.number() is None else got.number()
        if key in self.files:
            file, wrong = self.files[key]
        elif key in self.paths:
            file, wrong = self.read(self.paths[key])
        else:
            return None
        if file is None:
            return wrong and f"the record has a body, and now: {wrong}"
        top = wire.number(got.words[1]) if got.verb == b"TOP" and \
            len(got.words) > 1 else None
        lines, more = file.told(top)
        for number, (then, now) in enumerate(
                itertools.zip_longest(got.lines, lines), 1):
            if then != now:
                return f"line {number} that the client gets: " + \
                    apart(then, now)
        if more not in (None, got.left_out):
            return f"the record has {got.left_out} octets more, and now " \
                f"there are {more}"
        return None

    def read(self, path):
        try:
            return self.visit.file(path), None
        except OSError as error:
            return None, f"{quoted(path)}: {error.strerror or error}"

    def end(self):
        if self.visit is not None:
            self.visit.drop()

    def again(self, turn):
        """The reply of now, or None where it is not asked."""
        verb, visit = turn.verb, self.visit
        if visit is None:
            self.about.hello = turn.request
            self.visit = Reading(self.about)
            return self.visit.greeting
        if verb == b"hello":
            # It was asked behind the login that named the next backend.
            return visit.greeting
        if verb in LOGINS and turn.request == verb or verb in EXCHANGES:
            return self.login(turn)
        if verb == b"USER":
            return visit.ask(verb, self.about.user, verb="NAME")
        if verb in (b"expunge", b"commit") and not self.about.delete:
            return None
        if verb.isupper() and turn.request == verb and any(
                fields[0] == verb and fields[-1].endswith(b"secret")
                for fields in visit.greeting.get(b"command")):
            return None
        if verb == b"list":
            if not self.entered:
                visit.user = turn.request.partition(b" ")[2]
            reply = visit.list()
            self.paths = {number: wire.message(fields)[2] for number, fields
                          in enumerate(reply.get(b"msg"), 1)
                          if len(fields) > 2}
            return reply
        reply = visit.ask(turn.request, verb="NAME" if verb.isupper() else
                          verb.decode("latin-1"))
        number = wire.number((turn.request + b" ").split(b" ")[1]) \
            if verb in (b"retr", b"top") else None
        if reply.place in PLACES:
            self.files[number or verb] = visit.body(reply)
        elif reply.place is not None:
            # Its lines are compared as those of the answer.
            self.files[number or verb] = None, None
        return reply

    def login(self, turn):
        """What let somebody in does so again, what did not does not."""
        visit, about, result = self.visit, self.about, turn.result()
        if turn.verb in EXCHANGES and result != b"OK" or turn.verb == b"token" \
                and result == b"ERR":
            return None
        password = about.password
        if result == b"ERR":
            password = secrets.token_hex(8).encode()
        if turn.verb == b"PASS":
            reply = visit.ask(b"PASS", password, verb="NAME")
        elif turn.verb == b"apop":
            reply = visit.apop(about.user, password)
        else:
            reply = visit.login(about.user, password)
        if reply.word == b"OK":
            self.entered = True
            visit.let_in(reply)
        return reply


def replay(about, record):
    """What is to be said, and whether there was no difference."""
    again = Replay(about, record)
    wrong = again.run()
    again.end()
    lines = []
    if again.left_out:
        lines.append("not asked again: "
                     + ", ".join(dict.fromkeys(again.left_out)))
    lines.append(f"no difference in {again.asked} answers" if wrong is None
                 else wrong)
    return lines, wrong is None
