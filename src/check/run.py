# SPDX-License-Identifier: ISC
"""The sessions that a backend is judged by, in their order."""
import os

import figures
import judge
import later
from channel import WORDS, Fault, quoted
from guess import guesses
from program import found, trouble
from results import Findings
from visit import Visit

# How far a session came.
STARTED, GREETED, LOGGED_IN, LISTED = range(4)
# A request that takes this part of its deadline is slow: of 30 seconds, 5.
SLOW = 6


class Away(Exception):
    """A user who may not log in again that soon."""


def refused(reply, again=""):
    """The fault that a list is which is none."""
    return Fault({b"DEFAULT": "list-default", b"TEMP": "list-temp"}.get(
        reply.word, "list-refused"), f"list{again} was answered "
        f"{reply.word.decode()} {quoted(reply.text)}")


class Run:
    """All sessions with one backend."""

    def __init__(self, about):
        self.about, self.findings = about, Findings()
        self.bare, self.step = True, STARTED
        self.messages, self.marked, self.offers = [], None, False
        self.resident = about.words[0].startswith("unix:")
        # The session that there is, and how a login in it was refused.
        self.now, self.refused = None, ""
        # How many messages the second session had.
        self.later = None

    def add(self, key, seen):
        """... and what the backend said meanwhile."""
        if self.now is not None and self.findings.new(key):
            seen += self.now.backend.said()
        self.findings.add(key, seen)

    def ask(self, visit, *words, **how):
        """A request to which TEMP is no answer that anybody can live with."""
        reply = visit.ask(*words, **how)
        if reply.word == b"TEMP":
            self.add("temp", f"{visit.backend.name()} was answered TEMP "
                     f"{quoted(reply.text)}")
        return reply

    def tell(self, rows):
        for row in rows:
            self.add(*row)

    def check(self, *names):
        self.findings.check(*names)

    def ended(self, rows):
        self.bashisms()
        self.tell(rows)
        self.check("end")
        if not self.resident:
            self.check("child", "log")

    def bashisms(self, told=b""):
        """What a shell said in a session that is over, of what it does not know."""
        visit, self.now = self.now, None
        told = told or visit is not None and visit.backend.bashism
        if told:
            self.add("bashism", "on standard error was "
                     + quoted(told, WORDS))

    def visit(self, do, **how):
        """A session, up to its fault if there is one: whether there was none."""
        self.now = None
        try:
            visit = self.now = Visit(self.about, self.bare, **how)
        except Fault as fault:
            self.add(fault.key, fault.seen)
            self.bashisms(fault.bashism)
            return False
        try:
            end = do(visit) or {}
            self.ended(visit.end(**end))
        except Away:
            for name in "stable", "kept", "gone", "full":
                self.findings.unmade(name, "[LOGIN-DELAY] keeps the user away")
            self.now = None
            visit.drop()
            return False
        except Fault as fault:
            self.fault(visit, fault)
            return False
        return True

    def fault(self, visit, fault, before=""):
        """What ends a session, and what is on its standard error with it."""
        self.bashisms()
        self.add(fault.key, before + fault.seen + visit.backend.said(True))
        self.tell(visit.drop())

    def all(self):
        """Everything, and what was found."""
        self.check("start")
        if self.startable():
            self.first()
            if self.step >= GREETED:
                guesses(self)
                later.version(self)
            if self.step >= LISTED:
                later.second(self)
                later.elsewhere(self)
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
        self.tell(rows)
        # From wherever it is started.
        about.words[0] = os.path.abspath(path) if "/" in path else path
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
        kept, reached, refused = self.findings, self.step, self.refused
        self.findings, self.bare, self.step = Findings(), False, STARTED
        self.check("start", "bare")
        self.visit(self.everything)
        if self.step > reached:
            rows = [rows[0][0] for _, rows, _ in kept.results() if rows]
            self.add("bare", "with your environment it came further than "
                     "without: " + "; ".join(rows or [refused]))
        else:
            self.findings, self.bare, self.step = kept, True, reached
            self.refused = refused

    def everything(self, visit):
        """Each request, as a client that means well would cause them."""
        self.about.figures.begin()
        self.greeted(visit)
        self.logged_in(visit)
        if self.step == LOGGED_IN:
            self.list(visit)
        if self.step == LISTED:
            self.bodies(visit)
            self.marks(visit)
            self.sizes(visit)
        self.about.figures.part = None

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
        if b"unexpected operator" in visit.backend.heard:
            # Quoted or not, what was asked has no blank in it.
            visit.backend.bashism = visit.backend.heard.strip()
        if word == "OK":
            self.check("login")
            self.step = LOGGED_IN
            visit.let_in(reply)
            return
        self.refused = f"login was answered {word} {quoted(reply.text)}"
        if word == "DEFAULT" and (self.offers or visit.offers(b"command")):
            self.findings.skip("login", "it has no login by a password, and "
                               "no other is made here: try it with a client")
        elif word == "DEFAULT":
            self.add("login-default", self.refused)
        elif word == "TEMP":
            self.add("login-temp", self.refused)
        elif about.asked:
            self.add("login-refused", self.refused)
        else:
            self.findings.skip("login", "demo with the password demo is not let "
                               "in: tell who is, by --user and --password-fd")
        for name in "list", "uid", "body", "mail", "size", "same", "stable", \
                "kept", "gone", "full":
            self.findings.skip(name, "nobody was let in")

    def list(self, visit):
        self.check("list")
        reply = visit.list()
        word = reply.word.decode()
        if word == "DEFAULT" and visit.claimed(b"STAT"):
            self.findings.skip("uid", "it has commands of its own for messages")
            return
        if word != "OK":
            raise refused(reply)
        self.step = LISTED
        self.messages = judge.listed(reply)
        if self.messages:
            self.check("uid")
            self.tell(judge.unique_ids(self.messages))
        else:
            for name in "uid", "body", "mail", "size", "same", "stable", \
                    "kept", "gone", "full":
                self.findings.skip(name, "there is no message")

    def fetched_at_all(self):
        return sum(1 for one in self.messages if one.body is not None)

    def sample(self):
        return judge.sample(self.messages, self.about.most)

    def bodies(self, visit):
        sample = self.sample()
        if sample:
            self.check("body", "mail", "size", "same")
        sent = any(b"sent" in fields[0].split(b" ")
                   for fields in visit.greeting.get(b"events"))
        top = True
        for one in sample:
            self.about.figures.part = figures.MESSAGES
            body = self.fetched(visit, one)
            if body is None:
                continue
            one.body = body
            self.tell(judge.body(one))
            number = str(one.number).encode()
            if sent:
                sent = self.ask(visit, b"sent", number, one.uid).word != b"DEFAULT"
            self.about.figures.part = None
            for lines in (b"0", b"2") if top and one.path is None else ():
                top = top and self.ask(visit, b"top", number, one.uid,
                                       lines).word != b"DEFAULT"
        self.about.figures.part = figures.AGAIN
        for one in sample:
            body = one.body and self.fetched(visit, one)
            if body is not None:
                self.tell(judge.again(one, body, "twice in one session", sample))

    def fetched(self, visit, one):
        body, why = visit.fetch(one.number, one.uid, one.path)
        if body is not None and why:
            self.add("irregular", f"message {one.number}: {why}")
        elif body is None:
            self.add("unreadable" if why.startswith("`/") else "refused",
                     f"message {one.number}: {why}")
        return body

    def marks(self, visit):
        """Marked, unmarked, marked: and then the client goes without QUIT."""
        for one in self.messages[:1]:
            request = b"dele", str(one.number).encode(), one.uid
            if self.ask(visit, *request).word in (b"OK", b"DEFAULT") and \
                    self.ask(visit, b"rset").word in (b"OK", b"DEFAULT"):
                self.ask(visit, *request)
                self.marked = one

    def sizes(self, visit):
        counted = [f" {one.number} {one.body.octets}" for one in self.sample()
                   if one.body is not None and one.size != one.body.octets]
        if counted:
            self.ask(visit, b"sizes" + "".join(counted[:100]).encode(),
                     verb="sizes")

    def enter(self, visit):
        """As far as the list again, which it returns."""
        if not self.about.preauth:
            reply = visit.login(self.about.user, self.about.password)
            if reply.text.startswith(b"[LOGIN-DELAY]"):
                raise Away
            if reply.word != b"OK":
                raise Fault("login-temp" if reply.word == b"TEMP" else
                            "login-refused", "the same login, a second time, "
                            f"was answered {reply.word.decode()} "
                            f"{quoted(reply.text)}")
            visit.let_in(reply)
        else:
            visit.take_locks(visit.greeting)
        reply = visit.list()
        if reply.word != b"OK":
            raise refused(reply, ", a second time,")
        return judge.listed(reply)

    def deletions(self):
        if not self.about.delete:
            for name in "gone", "full":
                self.findings.skip(name, "nothing is removed unless --delete "
                                   "says so")
            return
        from removal import removals
        removals(self)

    def judge_times(self):
        self.check("time")
        for name, seconds in self.about.figures.longest.items():
            if seconds > self.about.deadline / SLOW:
                self.add("slow", f"{name} took {seconds:.1f} s, of "
                         f"{self.about.deadline:g}")
        again = self.about.figures.asked[figures.NEXT_MESSAGES]
        if again:
            self.add("source", f"in the next session the source was asked {again} "
                     "times more for messages that it had given")
