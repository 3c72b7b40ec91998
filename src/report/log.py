# SPDX-License-Identifier: ISC
"""What is kept of the lines of the log.

All that is read is hostile: a line is taken where it is one of ours from its
first octet on, and nothing in quotes is a field; whatever is kept is bounded,
and what was left out for that is counted.
"""
import collections
import datetime
import errno
import heapq
import json
import re
import time

# Users, addresses and open sessions that are kept; words of ours; hours.
KEPT, KINDS, HOURS = 50000, 200, 5000
# Octets of a line, longer than any of ours; and of a name in it.
LONGEST, NAME = 16384, 1024
# Rows of the slowest requests.
SLOWEST = 10

VALUE = rb'(?:"[^"\\]*(?:\\.[^"\\]*)*(?:"|$)|[^ "]*)'
EVENT = (rb'(?:<[0-7]>)?(started|login|refused|fault|slow|expunged|ended)'
         rb'(?: session=([0-9a-f]{16}))?(?: user=(' + VALUE +
         rb'))?(?: address=([0-9a-fA-F.:]{2,45}))?(?= |$)(.*)')
# What stands before it in a file of syslog's, or comes from journalctl.
PREFIX = (rb'(?:(?:(\d{9,10})\.\d+'
          rb'|(\d{4}-\d\d-\d\dT\d\d:\d\d):(\d\d)(?:[.,]\d+)?'
          rb'(Z|[+-]\d\d:?\d\d)'
          rb'|(?:<\d{1,3}>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d):(\d\d))'
          rb' (?:[^ ]{1,255} )?pop3-skel[a-z-]{0,16}(?:\[(\d{1,10})\])?: )?')
LINE = re.compile(PREFIX + EVENT)
MESSAGE = re.compile(EVENT)
FIELD = re.compile(rb' ([a-z_]+)=(' + VALUE + rb')')
MONTHS = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun",
          b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
TALLY = ("retr", "retr_octets", "top", "top_octets", "dele", "dele_octets",
         "in", "out")


class Table:
    """Counts by key: of the keys that came last, and of all others together."""

    def __init__(self, most):
        self.most = most
        self.rows = collections.OrderedDict()
        self.others = 0

    def add(self, key, when=None, more=None, count=1):
        row = self.rows.get(key)
        if row is None:
            if len(self.rows) == self.most:
                self.others += self.rows.popitem(last=False)[1][0]
            row = self.rows[key] = [0, None, None]
        else:
            self.rows.move_to_end(key)
        row[0] += count
        if row[1] is None or (when is not None and when >= row[1]):
            row[1:] = when, more

    def total(self):
        return self.others + sum(row[0] for row in self.rows.values())

    def by_count(self):
        return sorted(self.rows.items(), key=lambda row: (-row[1][0], row[0]))


class Clock:
    """Seconds since 1970 of what syslog and journalctl write; local hours."""

    def __init__(self, now):
        self.year = time.localtime(now).tm_year
        self.tomorrow = now + 86400
        self.minutes, self.hours = {}, {}

    def minute(self, iso, zone, old):
        """Of a minute, its text as it stands there; None where it is none."""
        key = iso, zone, old
        if key not in self.minutes:
            if len(self.minutes) > 10000:
                self.minutes.clear()
            try:
                self.minutes[key] = self.iso(iso, zone) if iso else self.old(old)
            except (ValueError, OverflowError):
                self.minutes[key] = None
        return self.minutes[key]

    @staticmethod
    def iso(text, zone):
        zone = "+00:00" if zone == b"Z" else f"{zone[:3].decode()}:{zone[-2:].decode()}"
        return datetime.datetime.fromisoformat(text.decode() + zone).timestamp()

    def old(self, text):
        """Without a year: the last one that makes it no day to come."""
        parts = (MONTHS.index(text[:3]) + 1, int(text[4:6]), int(text[7:9]),
                 int(text[10:12]), 0, 0, 0, -1)
        for year in self.year + 1, self.year, self.year - 1:
            at = time.mktime((year, *parts))
            if at <= self.tomorrow:
                break
        return at

    def hour(self, at):
        """When the hour of the local clock began."""
        quarter = at // 900
        if quarter not in self.hours:
            if len(self.hours) > 10000:
                self.hours.clear()
            local = time.localtime(at)
            self.hours[quarter] = at - local.tm_min * 60 - local.tm_sec
        return self.hours[quarter]


class Session:
    """One that has begun and not ended."""

    __slots__ = "since", "user", "address", "state", "pid"

    def __init__(self, since, user, address, state, pid):
        self.since, self.user, self.address = since, user, address
        self.state, self.pid = state, pid


class Log:
    """What is kept of all lines."""

    counts = "sessions", "logins", "failed", "refused", "faults", "slow"

    def __init__(self, since, now):
        self.since = since
        self.clock = Clock(now)
        self.first = self.last = None
        self.undated = self.unseen = 0
        self.on, self.pids = collections.OrderedDict(), {}
        self.hours = {}
        self.earlier = [0] * len(self.counts)
        self.users, self.sources = Table(KEPT), Table(KEPT)
        self.ways, self.whys, self.whats = Table(KINDS), Table(KINDS), Table(KINDS)
        self.slowest = []
        self.tally = dict.fromkeys(TALLY, 0)
        self.events = {b"started": self.started, b"login": self.login,
                       b"refused": self.refused, b"fault": self.fault,
                       b"slow": self.slow, b"expunged": self.expunged,
                       b"ended": self.ended}

    def read(self, stream):
        held, overlong = b"", False
        while chunk := stream.read(1 << 20):
            first, *lines = chunk.split(b"\n")
            held = held if overlong else held + first
            overlong |= len(held) > LONGEST
            if lines:
                if not overlong:
                    self.line(held)
                held = lines.pop()
                overlong = len(held) > LONGEST
                for line in lines:
                    self.line(line)
            if overlong:
                held = b""
        self.line(held)

    def line(self, line):
        if line[:1] == b"{" and len(line) <= LONGEST:
            self.entry(line)
            return
        found = LINE.match(line) if len(line) <= LONGEST else None
        if found is None:
            return
        unix, iso, second, zone, old, old_second, pid, *event = found.groups()
        at = None
        if unix is not None:
            at = int(unix)
        elif iso is not None or old is not None:
            at = self.clock.minute(iso, zone, old)
            if at is None:
                return
            at = int(at) + int(second or old_second)
        self.event(at, pid, *event)

    def entry(self, line):
        """A line of journalctl -o json."""
        try:
            entry = json.loads(line)
            text = entry["MESSAGE"]
            at = int(entry["__REALTIME_TIMESTAMP"]) // 1000000
            # Of a number it would be as many octets.
            text = text.encode() if isinstance(text, str) else bytes([*text])
            pid = str(entry.get("_PID", ""))[:10].encode()
            known = entry["SYSLOG_IDENTIFIER"].startswith("pop3-skel")
        except (ValueError, TypeError, KeyError, AttributeError,
                RecursionError):
            return
        found = MESSAGE.match(text)
        if known and found and len(text) <= LONGEST and 0 <= at < 10 ** 11:
            self.event(at, pid, *found.groups())

    def event(self, at, pid, word, session, user, address, rest):
        counted = self.since is None or (at is not None and at >= self.since)
        self.undated += at is None
        if counted and at is not None:
            if self.first is None or at < self.first:
                self.first = at
            if self.last is None or at > self.last:
                self.last = at
        if user is not None:
            user = unquoted(user)[:NAME]
        self.events[word](counted, at, pid, session, user, address, rest)

    def count(self, what, at, by=1):
        hour = None if at is None else self.clock.hour(at)
        row = self.hours.get(hour)
        if row is None:
            if len(self.hours) >= HOURS:
                oldest = min(h for h in self.hours if h is not None)
                self.earlier = [a + b for a, b in
                                zip(self.earlier, self.hours.pop(oldest))]
            row = self.hours[hour] = [0] * len(self.counts)
        row[self.counts.index(what)] += by

    def begin(self, session, *what):
        if len(self.on) == KEPT:
            self.pids.pop(self.on.popitem(last=False)[1].pid, None)
            self.unseen += 1
        self.on[session] = Session(*what)
        if what[-1]:
            self.pids[what[-1]] = session

    def end(self, session):
        ended = self.on.pop(session, None)
        if ended is not None and self.pids.get(ended.pid) == session:
            del self.pids[ended.pid]

    def started(self, counted, at, pid, session, user, address, _):
        if session is None:
            return
        self.end(session)
        self.begin(session, at, user, address, "authorization", pid)
        if counted:
            self.count("sessions", at)

    def login(self, counted, at, pid, session, user, address, rest):
        if session is None or user is None:
            return
        if session not in self.on:
            self.begin(session, at, user, address, "authorization", pid)
        now = self.on[session]
        now.user, now.address, now.state = user, address, "transaction"
        if counted:
            fields = dict(FIELD.findall(rest))
            self.count("logins", at)
            self.users.add(user, at, address)
            self.ways.add((fields.get(b"tls", b"-")[:64],
                           fields.get(b"mechanism", b"-")[:64]), at)

    def refused(self, counted, at, pid, session, user, address, rest):
        if not counted:
            return
        fields = dict(FIELD.findall(rest))
        why = unquoted(fields.get(b"why", b""))[:80]
        count = number(fields.get(b"count"), 1) if session is None else 1
        if why == b"login":
            self.count("failed", at)
            self.sources.add(address or b"-", at, user)
        else:
            self.count("refused", at, count)
            self.whys.add(why, at, None, count)

    def fault(self, counted, at, pid, session, user, address, rest):
        fields = dict(FIELD.findall(rest))
        what = unquoted(fields.get(b"what", b""))[:80]
        if session is None and what == b"a session was killed":
            self.end(self.pids.get(fields.get(b"pid", b"")))
        if counted:
            self.count("faults", at)
            self.whats.add(what, at, user)

    def slow(self, counted, at, pid, session, user, address, rest):
        if not counted:
            return
        fields = dict(FIELD.findall(rest))
        self.count("slow", at)
        row = (number(fields.get(b"seconds"), 0), at or 0,
               unquoted(fields.get(b"request", b"-"))[:80], user or b"-",
               session or b"-")
        (heapq.heappush if len(self.slowest) < SLOWEST else
         heapq.heappushpop)(self.slowest, row)

    def expunged(self, counted, at, pid, session, *_):
        if session in self.on:
            self.on[session].state = "update"

    def ended(self, counted, at, pid, session, user, address, rest):
        self.end(session)
        if counted and session is not None:
            for key, value in FIELD.findall(rest):
                name = key.decode()
                if name in self.tally:
                    self.tally[name] += number(value, 0)

    def drop_gone(self):
        """Where the log is this machine's: no process, no session."""
        for session, one in list(self.on.items()):
            if one.pid and not is_there(one.pid.decode()):
                self.end(session)
                self.unseen += 1

    def totals(self):
        rows = [self.earlier, *self.hours.values()]
        return dict(zip(self.counts, map(sum, zip(*rows))))


def unquoted(value):
    """As it stands in the log, where \\x0a is an octet and \\" a quote."""
    return value[1:].removesuffix(b'"') if value[:1] == b'"' else value


def number(text, otherwise):
    """What our C calls a number."""
    return int(text) if text and len(text) < 20 and text.isdigit() else otherwise


def is_there(pid):
    try:
        with open(f"/proc/{pid}/comm", "rb") as file:
            return file.read().startswith(b"pop3-skel")
    except OSError as error:
        return error.errno not in (errno.ENOENT, errno.ESRCH)
