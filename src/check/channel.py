# SPDX-License-Identifier: ISC
"""A backend as pop3-skel(8) has it: a program on pipes, or a resident one on its
socket; its start, its output, its end.
"""
import collections
import ctypes
import os
import re
import resource
import select
import signal
import socket
import subprocess
import time

# Seconds after the end of its input.
GRACE = 2
# Octets of what is quoted.
QUOTED = 60
# ... of what it said itself, where a path comes first.
WORDS = 240
# Lines of standard error that pop3-skel(8) has in its log, of a session.
LOGGED = 200
PR_SET_CHILD_SUBREAPER = 36
# What a shell says of words that another one knows.
BASHISM = re.compile(rb"[^\n]*(?:(?:\[\[|source|declare|typeset|shopt|mapfile|"
                     rb"readarray|let|function): not found|Bad substitution|"
                     rb"Syntax error: (?:\"\(\"|Bad for loop|redirection))[^\n]*")
SYNTAX = re.compile(rb"syntax ?error|unexpected token", re.IGNORECASE)
LAST = "; its last words: "
# Lines of its log that are told with a finding.
TOLD = 3
# What is in no output, and what it was made to be.
HIDDEN = set()


class Fault(Exception):
    """What ends a session: a finding, and what was seen."""

    def __init__(self, key, seen):
        super().__init__(key, seen)
        self.key, self.seen = key, seen
        # What a shell said of what it does not know.
        self.bashism = b""


def hide(*secrets):
    """Leaves these out of all that is quoted from now on."""
    HIDDEN.update(filter(None, secrets))


def quoted(text, most=QUOTED):
    """Octets as printable ASCII, bounded, without what is secret."""
    if not text:
        return "nothing"
    for secret in sorted(HIDDEN, key=len, reverse=True):
        text = text.replace(secret, b"...")
    short = ascii(text[:most].decode("latin-1"))[1:-1].replace("\\'", "'")
    return f"`{short}`" + ("..." if len(text) > most else "")


def adopt():
    """What a backend leaves behind becomes ours, and is seen."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def nobody(group):
    """Whether that group is empty and we have no child; the cheap question."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return False
    except ChildProcessError:
        pass
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    except OSError:
        pass
    return False


def relatives(group):
    """Processes of a group, or that became our children: {pid: name}."""
    found = {}
    for name in () if nobody(group) else os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", "rb") as file:
                before, _, after = file.read().rpartition(b")")
        except OSError:
            continue
        state, parent, its_group = after.split()[:3]
        if state != b"Z" and (int(its_group) == group
                              or int(parent) == os.getpid()):
            found[int(name)] = before.partition(b"(")[2]
    return found


class Channel:
    """One that was started, or connected to."""

    def __init__(self, words, environment, deadline, **how):
        self.deadline, self.asked = deadline, b""
        self.process = self.socket = self.over = None
        # What came and was not read yet: lines, and the beginning of one.
        self.lines, self.part = collections.deque(), b""
        self.last_words, self.log_lines = b"", 0
        # Of the request that is asked: its standard error, its `log` lines.
        self.heard, self.logged = b"", []
        self.bashism = b""
        if words[0].startswith("unix:"):
            self.connect(words[0][len("unix:"):])
        else:
            self.start(words, environment, **how)

    def connect(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        until = time.monotonic() + min(5, self.deadline)
        while True:
            try:
                # A queue that is full would keep us for good.
                self.socket.settimeout(max(0.1, until - time.monotonic()))
                self.socket.connect(path)
                break
            except OSError as error:
                if time.monotonic() > until:
                    raise Fault("unreached", f"{path}: "
                                f"{error.strerror or error}") from error
                time.sleep(0.05)
        self.into = self.out = self.socket.fileno()
        self.socket.setblocking(False)
        self.err = None

    def start(self, words, environment, full=False, folder=None):
        def before():
            if full:
                # A disk that takes nothing more.
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        try:
            self.process = subprocess.Popen(
                words, env=environment, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, cwd=folder,
                process_group=0, preexec_fn=before if full else None)
        except (OSError, ValueError) as error:
            raise Fault("not-started", f"{words[0]}: "
                        f"{getattr(error, 'strerror', error)}") from error
        # Readable when it is over, whoever holds its output open.
        self.over = os.pidfd_open(self.process.pid)
        self.into = self.process.stdin.fileno()
        os.set_blocking(self.into, False)
        self.out = self.process.stdout.fileno()
        self.err = self.process.stderr.fileno()

    def write(self, data, until):
        """All of it; who reads nothing does not keep us."""
        while data:
            left = max(0, until - time.monotonic())
            if not select.select([], [self.into], [], left)[1]:
                raise Fault("unread", f"asked {self.name()}, it had read no end "
                            f"of the request within {self.deadline:g} s")
            try:
                data = data[os.write(self.into, data):]
            except BlockingIOError:
                # A pipe has room, but not for as much.
                data = data[os.write(self.into, data[:1]):]

    def held(self):
        return b"\n".join((*self.lines, self.part))

    def hear(self):
        """A piece of its standard error, which is there; whether it was one."""
        piece = os.read(self.err, 1 << 16)
        self.log_lines += piece.count(b"\n")
        self.last_words = (self.last_words + piece)[-4096:]
        self.heard = (self.heard + piece)[-4096:]
        if not self.bashism and (found := BASHISM.search(self.heard)):
            self.bashism = found[0]
        if not piece:
            self.err = None
        return bool(piece)

    def listen(self, until):
        """More output: True, or False at its end, None where there was none."""
        while True:
            left = until - time.monotonic()
            files = [file for file in (self.out, self.err, self.over)
                     if file is not None]
            ready = select.select(files, [], [], max(0, left))[0]
            if not ready:
                return None
            if self.err in ready:
                self.hear()
            if self.out in ready:
                try:
                    piece = os.read(self.out, 1 << 18)
                except ConnectionError:
                    piece = b""
                *lines, self.part = (self.part + piece).split(b"\n")
                self.lines.extend(lines)
                return bool(piece)
            if self.over in ready:
                return False

    def drain(self, seconds=0.0):
        """What is on its standard error, or comes there in this time."""
        until, left = time.monotonic() + seconds, seconds
        while self.err is not None and left >= 0 and \
                select.select([self.err], [], [], left)[0]:
            self.hear()
            left = until - time.monotonic()

    def said(self, over=False):
        """What it said on this request, for a person: the last line of its
        standard error, or, where the session is over, of all of that; and what
        it logged."""
        self.drain(0.1)
        lines = (self.heard.strip() or over and self.last_words.strip()
                 or b"").splitlines()
        said = LAST + quoted(lines[-1], WORDS) if lines else ""
        if self.logged:
            more = len(self.logged) - TOLD
            said += "; it logged " + ", ".join(
                quoted(line, WORDS) for line in self.logged[-TOLD:]) + (
                    f", and before that {more} more" if more > 0 else "")
        return said

    def name(self):
        """The request, its secrets left out."""
        verb = self.asked.split(b" ")[0]
        shown = verb if verb in (b"hello", b"login", b"apop", b"token", b"auth",
                                 b"more", b"PASS") else self.asked
        return quoted(shown)

    def others(self):
        """What it runs, for a person."""
        if self.process is None:
            return ""
        names = relatives(self.process.pid)
        names.pop(self.process.pid, None)
        return ", while this ran: " + ", ".join(sorted(
            {quoted(name) for name in names.values()})) if names else ""

    def exited(self, how="it closed its output"):
        """The fault that it listens or speaks no more."""
        if self.process is not None:
            try:
                status = self.process.wait(0.5)
                how = f"it exited with status {status}" if status >= 0 else \
                    f"it was ended by signal {-status}"
            except subprocess.TimeoutExpired:
                pass
        if self.part:
            how += ", and its last line has no line feed"
        asked = f"asked {self.name()}, " if self.asked else "before hello, "
        self.drain(0.1)
        wrong = SYNTAX.search(self.last_words) and \
            self.asked.partition(b" ")[0] in (b"", b"hello")
        return Fault("syntax" if wrong else "exited", asked + how)

    def close_input(self):
        try:
            if self.socket is not None:
                self.socket.shutdown(socket.SHUT_WR)
            else:
                self.process.stdin.close()
        except OSError:
            pass

    def end(self, with_output=False, before=b""):
        """The end of its input, and what is left: findings."""
        found = []
        try:
            self.write(before, time.monotonic() + GRACE)
        except (OSError, Fault):
            pass
        self.close_input()
        until = time.monotonic() + GRACE
        if with_output and self.process is not None:
            self.process.stdout.close()
            while self.process.poll() is None and time.monotonic() < until:
                if self.err is None:
                    time.sleep(0.02)
                elif select.select([self.err], [], [], 0.02)[0]:
                    self.hear()
        else:
            while self.listen(until):
                self.lines.clear()
                self.part = b""
        if self.socket is not None:
            if time.monotonic() > until:
                found.append(("stays", "the connection was still open"))
            self.socket.close()
            return found
        if self.log_lines > LOGGED:
            self.drain(0.1)
            last = self.last_words.strip().splitlines()[-1:]
            found.append(("floods", f"{self.log_lines} lines in one session, "
                          f"the last of them {quoted(b''.join(last))}"))
        try:
            self.process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            found.append(("stays", f"{GRACE} s after its input had ended it "
                          "was still there"))
            return found + self.kill()
        until = time.monotonic() + 0.5
        left = relatives(self.process.pid)
        while left and time.monotonic() < until:
            time.sleep(0.02)
            left = relatives(self.process.pid)
        if left:
            found.append(("child", "still running: " + ", ".join(
                sorted({quoted(name) for name in left.values()}))))
        return found + self.kill()

    def deaf(self):
        """Whether it is there, and SIGTERM is not what ends it."""
        try:
            with open(f"/proc/{self.process.pid}/status", "rb") as file:
                masks = re.findall(rb"^Sig(?:Blk|Ign|Cgt):\t(\w+)$",
                                   file.read(), re.M)
        except OSError:
            return False
        return any(int(mask, 16) >> signal.SIGTERM - 1 & 1 for mask in masks)

    def kill(self):
        """Nothing of it stays: what was found on the way."""
        found = []
        if self.socket is not None:
            self.socket.close()
            return found
        self.process.poll()
        for number, seconds in (signal.SIGTERM, GRACE), (signal.SIGKILL, 1):
            if number == signal.SIGKILL and self.deaf():
                found.append(("deaf", f"{GRACE} s after SIGTERM it was still "
                              "there"))
            until = time.monotonic() + seconds
            while (left := relatives(self.process.pid)) and \
                    time.monotonic() < until:
                for pid in left:
                    try:
                        os.kill(pid, number)
                    except OSError:
                        pass
                time.sleep(0.02)
        for stream in (self.process.stdin, self.process.stdout,
                       self.process.stderr):
            try:
                stream.close()
            except OSError:
                pass
        os.close(self.over)
        self.err = None
        return found
