# SPDX-License-Identifier: ISC
"""The sessions that a backend is judged by, in their order."""
import os

from channel import Fault, quoted
from findings import Findings
from guess import guesses
from program import found, trouble
from visit import Visit

# How far a session came.
STARTED, GREETED, LOGGED_IN, LISTED = range(4)
# A request that takes this part of its deadline is slow: of 30 seconds, 5.
SLOW = 6


class Away(Exception):
    """A user who may not log in again that soon."""


class Message:
    """One of the list."""

    def __init__(self, number, size, uid, path):
        self.number, self.size, self.uid, self.path = number, size, uid, path
        # What a client sees as its unique-id, as far as that can be told.
        self.key = uid if uid != b"-" else \
            os.path.basename(path) if path is not None else None
        self.body = None


def listed(reply):
    return [Message(number, *fields)
            for number, fields in enumerate(reply.messages, 1)]


class Run:
    """All sessions with one backend."""

    def __init__(self, about):
        self.about, self.findings = about, Findings()
        self.bare, self.step = True, STARTED
        self.messages, self.marked, self.offers = [], None, False
        self.resident = about.words[0].startswith("unix:")

    def add(self, key, seen):
        self.findings.add(key, seen)

    def check(self, *names):
        self.findings.check(*names)

    def ended(self, rows):
        for row in rows:
            self.add(*row)
        self.check("end")
        if not self.resident:
            self.check("child", "log")

    def visit(self, do, **how):
        """A session, up to its fault if there is one: whether there was none."""
        try:
            visit = Visit(self.about, self.bare, **how)
        except Fault as fault:
            self.add(fault.key, fault.seen)
            return False
        try:
            end = do(visit) or {}
            self.ended(visit.end(**end))
        except Away:
            for name in "stable", "kept", "gone", "full":
                self.findings.unmade(name, "[LOGIN-DELAY] keeps the user away")
            visit.drop()
            return False
        except Fault as fault:
            self.fault(visit, fault)
            return False
        return True

    def fault(self, visit, fault, before=""):
        """What ends a session, and what is on its standard error with it."""
        self.add(fault.key, before + fault.seen + visit.backend.said())
        for row in visit.drop():
            self.add(*row)

    def all(self):
        """Everything, and what was found."""
        self.check("start")
        if self.startable():
            self.first()
            if self.step >= GREETED:
                guesses(self)
                self.version()
            if self.step >= LISTED:
                self.second()
                self.deletions()
            self.judge_times()
        return self.findings

    def startable(self):
        if self.resident:
            return True
        about = self.about
        # As the first session sees it, with the PATH of the caller.
        path = found(about.words[0], about.told["POP3_SKEL_BACKENDS"],
                     os.environ.get("PATH", ""))
        rows = list(trouble(path))
        for row in rows:
            self.add(*row)
        about.words[0] = path
        return not rows

    def first(self):
        """With nothing in its environment; where that fails, with all of it."""
        self.visit(self.everything)
        if self.resident:
            for name in "bare", "child", "log":
                self.findings.skip(name, "a resident backend has its own")
            return
        self.check("bare")
        if self.step == LISTED:
            return
        kept, reached = self.findings, self.step
        self.findings, self.bare, self.step = Findings(), False, STARTED
        self.check("start", "bare")
        self.visit(self.everything)
        if self.step > reached:
            seen = "; ".join(rows[0][0] for _, rows, _ in kept.results() if rows)
            self.add("bare", "with your environment it came further than "
                     f"without: {seen}")
        else:
            self.findings, self.bare, self.step = kept, True, reached

    def everything(self, visit):
        """Each request, as a client that means well would cause them."""
        self.greeted(visit)
        self.logged_in(visit)
        if self.step == LOGGED_IN:
            self.list(visit)
        if self.step == LISTED:
            self.bodies(visit)
            self.marks(visit)
            self.sizes(visit)

    def greeted(self, visit):
        reply = visit.greeting
        self.check("hello", "lines", "result")
        if reply.word in (b"ERR", b"TEMP"):
            raise Fault("turned-away", "hello was answered "
                        f"{reply.word.decode()} {quoted(reply.text)}")
        if reply.word != b"OK" or reply.text.partition(b" ")[0] != b"1":
            raise Fault("version", "hello was answered "
                        + quoted(reply.word + b" " + reply.text))
        self.step = GREETED
        self.offers = visit.offers(b"apop") or visit.offers(b"sasl")
        self.check("unknown")
        answer = visit.ask(b"x-unknown some words", verb="NAME").word.decode()
        if answer != "DEFAULT":
            self.add("known", f"`x-unknown some words` was answered {answer}")

    def logged_in(self, visit):
        about = self.about
        if about.preauth:
            self.step = LOGGED_IN
            self.findings.skip("login", "--preauth")
            visit.take_locks(visit.greeting)
            return
        reply = visit.login(about.user, about.password)
        word = reply.word.decode()
        if word == "OK":
            self.check("login")
            self.step = LOGGED_IN
            visit.let_in(reply)
        elif not about.asked:
            self.findings.skip("login", "--user and --password-fd tell who is")
        elif word == "DEFAULT":
            self.findings.skip("login", "it has no logins by password")
        else:
            self.add("login-temp" if word == "TEMP" else "login-refused",
                     f"login was answered {word} {quoted(reply.text)}"
                     + visit.backend.said())

    def list(self, visit):
        self.check("list")
        reply = visit.list()
        word = reply.word.decode()
        if word == "DEFAULT" and visit.claimed(b"STAT"):
            self.findings.skip("uid", "it has commands of its own for messages")
            return
        if word != "OK":
            raise Fault("list-default" if word == "DEFAULT" else "list-refused",
                        f"list was answered {word} {quoted(reply.text)}")
        self.step = LISTED
        self.messages = listed(reply)
        if self.messages:
            self.check("uid")
            self.unique_ids()
        else:
            for name in "uid", "body", "mail", "size", "same", "stable", \
                    "kept", "gone", "full":
                self.findings.skip(name, "there is no message")

    def unique_ids(self):
        known = {}
        for one in self.messages:
            if one.uid == b"-":
                continue
            if one.uid in known:
                self.add("twin", f"messages {known[one.uid]} and {one.number} "
                         f"have {quoted(one.uid)}")
            known.setdefault(one.uid, one.number)
            if len(one.uid) > 70 or not all(0x21 <= octet <= 0x7e
                                            for octet in one.uid):
                self.add("uid-odd", f"message {one.number} has "
                         f"{quoted(one.uid)}, {len(one.uid)} octets")

    def sample(self):
        """The messages that are fetched: the first, the last, and between."""
        most, all_of_them = self.about.most, self.messages
        if len(all_of_them) <= most:
            return all_of_them
        step = (len(all_of_them) - 1) / max(1, most - 1)
        return [all_of_them[round(i * step)] for i in range(most)]

    def bodies(self, visit):
        sample = self.sample()
        if sample:
            self.check("body", "mail", "size", "same")
        sent = any(b"sent" in fields[0].split(b" ")
                   for fields in visit.greeting.get(b"events"))
        top = True
        for one in sample:
            body = self.fetched(visit, one)
            if body is None:
                continue
            one.body = body
            self.judge(one)
            if sent:
                sent = visit.ask(b"sent", str(one.number).encode(),
                                 one.uid).word != b"DEFAULT"
            again = self.fetched(visit, one)
            if again is not None:
                self.compare(one, again, "twice in one session")
            for lines in (b"0", b"2") if top and one.path is None else ():
                top = top and visit.ask(
                    b"top", str(one.number).encode(), one.uid,
                    lines).word != b"DEFAULT"

    def fetched(self, visit, one):
        body, why = visit.fetch(one.number, one.uid, one.path)
        if body is not None and why:
            self.add("irregular", f"message {one.number}: {why}")
        elif body is None:
            self.add("unreadable" if why.startswith("`/") else "refused",
                     f"message {one.number}: {why}")
        return body

    def judge(self, one):
        if one.size is not None and one.size != one.body.octets:
            self.add("size", f"message {one.number} was told as {one.size} "
                     f"octets, and has {one.body.octets}")
        if one.body.lines == 0:
            self.add("empty", f"message {one.number} has no octet")
            return
        for key, seen in one.body.trouble():
            self.add(key, f"message {one.number}: {quoted(seen)}" if seen else
                     f"message {one.number} has {key.replace('-', ' ', 1)} line")

    def compare(self, one, again, when):
        if again.digest() != one.body.digest():
            self.add("changed", f"message {one.number}, {quoted(one.uid)}, was "
                     f"asked for {when} and differs: {one.body.octets} octets, "
                     f"then {again.octets}")

    def marks(self, visit):
        """Marked, unmarked, marked: and then the client goes without QUIT."""
        for one in self.messages[:1]:
            request = b"dele", str(one.number).encode(), one.uid
            if visit.ask(*request).word in (b"OK", b"DEFAULT") and \
                    visit.ask(b"rset").word in (b"OK", b"DEFAULT"):
                visit.ask(*request)
                self.marked = one

    def sizes(self, visit):
        counted = [f" {one.number} {one.body.octets}" for one in self.sample()
                   if one.body is not None and one.size != one.body.octets]
        if counted:
            visit.ask(b"sizes" + "".join(counted[:100]).encode(), verb="sizes")

    def version(self):
        """A number that there is not, and an end in the middle of a line."""
        def two(visit):
            if visit.greeting.word == b"OK" and \
                    visit.greeting.text.partition(b" ")[0] == b"2":
                self.add("version-two", "`hello 2` was answered OK 2")
            return {"before": b"lo"}
        kept = self.findings.counts()
        if not self.visit(two, version=2):
            # To end there is as good as any other answer.
            self.findings.forget("exited", kept)

    def enter(self, visit):
        """As far as the list again, which it returns."""
        if not self.about.preauth:
            reply = visit.login(self.about.user, self.about.password)
            if reply.text.startswith(b"[LOGIN-DELAY]"):
                raise Away
            if reply.word != b"OK":
                raise Fault("login-refused", "the same login, a second time, "
                            f"was answered {reply.word.decode()}")
            visit.let_in(reply)
        else:
            visit.take_locks(visit.greeting)
        return listed(visit.list())

    def second(self):
        """What was marked is there; unique-ids and bodies are the same."""
        if not self.messages:
            return
        self.check("stable", "kept")

        def again(visit):
            now = {one.key: one for one in self.enter(visit)}
            before = {one.key: one for one in self.messages}
            new = [one for key, one in now.items() if key not in before]
            gone = [one for key, one in before.items() if key not in now]
            if self.marked in gone and not new:
                self.add("lost", f"message {self.marked.number}, "
                         f"{quoted(self.marked.uid)}, was marked in a session "
                         "that ended without QUIT, and is gone")
            for one in self.sample():
                there = now.get(one.key)
                if one.body is not None and there is not None:
                    body = self.fetched(visit, there)
                    if body is not None:
                        self.compare(one, body, "in two sessions")
            self.unstable(visit, gone, new)
            for one in now.values():
                if one.path is None:
                    # A client that goes while its message comes.
                    return {"with_output": True, "before":
                            f"retr {one.number} ".encode() + one.uid + b"\n"}
            return {"with_output": True}
        self.visit(again)

    def unstable(self, visit, gone, new):
        bodies = {one.body.alike(): one for one in gone if one.body is not None}
        for one in new[:3] if bodies else ():
            body = self.fetched(visit, one)
            before = bodies.get(body.alike()) if body is not None else None
            if before is not None:
                self.add("unstable", f"what had {quoted(before.uid)} has "
                         f"{quoted(one.uid)} in the next session")

    def deletions(self):
        if not self.about.delete:
            for name in "gone", "full":
                self.findings.skip(name, "--delete was not told")
            return
        from removal import removals
        removals(self)

    def judge_times(self):
        self.check("time")
        for name, seconds in self.about.times.items():
            if seconds > self.about.deadline / SLOW:
                self.add("slow", f"{name} took {seconds:.1f} s, of "
                         f"{self.about.deadline:g}")
