#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""talk.py - plays one client's part of a conversation and checks the other.

    talk.py [OPTION]... -- COMMAND [ARG]...  <SCRIPT
    talk.py [OPTION]... --connect HOST:PORT  <SCRIPT

The first form starts COMMAND with the connection as its stdin and stdout:

    --on socketpair   an AF_UNIX socket pair (default)
    --on pipe         two pipes
    --on pty          a terminal (no echo, output untranslated)
    --on tcp          an accepted TCP connection on loopback
    --local ADDR      ... on this address: 127.0.0.1 (default), ::1, 127.0.0.9
    --stderr FILE     COMMAND's stderr (default: shown when the script fails)
    --stderr-too      stderr is the connection as well, as under inetd
    --rcvbuf N        our receive buffer, to be a client that does not read
    --timeout S       for any one expectation (default 10)

Exit 0 when the whole script held, 1 with a transcript on stderr when it did
not. Text is UTF-8; \\r \\n \\t \\0 \\e \\\\ and \\xHH stand for octets. Blank
lines and lines that begin with "#" are skipped. One statement a line:

    send TEXT         TEXT and CRLF (on a terminal: and LF)
    raw TEXT          TEXT alone
    flood N TEXT      TEXT and CRLF, N times, as fast as it is taken
    drip S TEXT       TEXT, one octet every S seconds
    bytes FILE        what the file holds
    expect GLOB       the next line, which ends in CRLF, is this; only * and ?
                      are special: expect -ERR [AUTH] *
    match REGEX       ... matches the whole of this regular expression
    skip N            N lines, whatever they are
    body [FILE]       lines up to the one that is "."; unstuffed, with their
                      CRLFs, into FILE
    lines N           as body, and there are N of them
    mail FILE         as body, and it is the message stored in FILE: LF or CRLF
                      there, each line CRLF here, the last one too
    read N            N octets, whatever they are
    drain [FILE]      everything up to the end of the connection
    eof [S]           the end of the connection, and nothing before it
    silence S         nothing comes for S seconds, and the connection stays
    close             we send no more (half-close)
    vanish            we are gone: TCP resets, everything else closes
    signal NAME       a signal for COMMAND: signal TERM
    status N          COMMAND ends with this exit status (default: 0, or any
                      after `signal KILL`); with -N, by signal N
    mark              remembers the time
    within A B        between A and B seconds have passed since `mark`
    until CMD         polls sh -c CMD until it succeeds
    shell CMD         sh -c CMD succeeds; $PID is COMMAND

Without `eof` or `drain`, the script's end closes the connection. COMMAND has
the timeout to end by itself; a COMMAND that stays is killed, and that fails.
An example:

    talk.py --on tcp -- pop3-skel --cleartext always <<'END'
    expect +OK *
    send USER demo
    expect +OK*
    send PASS demo
    expect +OK 1 message*
    send RETR 1
    expect +OK *
    mail Maildir/new/1.a
    vanish
    END
"""

import argparse
import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import termios
import time
import tty


class Failed(Exception):
    pass


def octets(text):
    """Text of the script as it goes over the wire."""
    table = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0",
             b"e": b"\x1b", b"\\": b"\\"}

    def one(found):
        what = found.group(1)
        if what[:1] == b"x":
            return bytes([int(what[1:], 16)])
        return table[what]

    return re.sub(rb"\\(x[0-9a-fA-F]{2}|[rnt0e\\])", one, os.fsencode(text))


def glob(pattern):
    parts = re.split(rb"([*?])", octets(pattern))
    table = {b"*": b".*", b"?": b"."}
    return re.compile(
        b"".join(table.get(p, re.escape(p)) for p in parts), re.DOTALL)


def show(data):
    text = repr(data)[2:-1].replace("\\'", "'")
    return text if len(text) <= 300 else text[:280] + "... (%d)" % len(data)


class Talk:
    def __init__(self, options):
        self.options = options
        self.process = None
        self.read_fd = self.write_fd = -1
        self.socket = None
        self.buffer = b""
        # A terminal's Enter key is one octet.
        self.line_end = b"\n" if options.on == "pty" else b"\r\n"
        self.ended = False
        self.status = 0
        self.status_any = False
        self.start = self.marked = time.monotonic()
        self.transcript = []
        self.stderr = None

    def note(self, mark, text):
        at = time.monotonic() - self.start
        if len(self.transcript) < 2000:
            self.transcript.append("%8.3f %s %s" % (at, mark, text))

    # ---- the connection

    def connect(self):
        host, _, port = self.options.connect.rpartition(":")
        self.use(socket.create_connection(
            (host.strip("[]"), int(port)), self.options.timeout))

    def use(self, sock):
        sock.setblocking(False)
        self.socket = sock
        self.read_fd = self.write_fd = sock.fileno()

    def tcp_pair(self):
        family = socket.AF_INET6 if ":" in self.options.local \
            else socket.AF_INET
        listener = socket.socket(family)
        listener.bind((self.options.local, 0))
        listener.listen(1)
        ours = socket.socket(family)
        if self.options.rcvbuf:
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF,
                            self.options.rcvbuf)
        ours.connect(listener.getsockname()[:2])
        ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        theirs, _ = listener.accept()
        listener.close()
        return ours, theirs

    def spawn(self):
        on = self.options.on
        theirs, before = [], None
        if on == "pipe":
            in_read, in_write = os.pipe()
            out_read, out_write = os.pipe()
            theirs = [in_read, out_write]
            self.read_fd, self.write_fd = out_read, in_write
            child_in, child_out = in_read, out_write
        elif on == "pty":
            master, slave = pty.openpty()
            settings = termios.tcgetattr(slave)
            settings[3] &= ~(termios.ECHO | termios.ECHONL)
            settings[1] &= ~termios.OPOST
            termios.tcsetattr(slave, termios.TCSANOW, settings)
            tty.setraw(master)
            termios.tcsetattr(slave, termios.TCSANOW, settings)
            theirs = [slave]
            self.read_fd = self.write_fd = master
            child_in = child_out = slave

            def before():
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        else:
            if on == "tcp":
                ours, other = self.tcp_pair()
            else:
                ours, other = socket.socketpair()
                if self.options.rcvbuf:
                    other.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF,
                                     self.options.rcvbuf)
            self.use(ours)
            child_in = child_out = other.detach()
            theirs = [child_in]
        if self.options.stderr_too:
            error = child_out
        elif self.options.stderr:
            error = open(self.options.stderr, "wb")
        else:
            error = self.stderr = os.fdopen(
                os.memfd_create("stderr"), "w+b")
        os.set_blocking(self.read_fd, False)
        os.set_blocking(self.write_fd, False)
        self.process = subprocess.Popen(
            self.options.command, stdin=child_in, stdout=child_out,
            stderr=error, start_new_session=True, preexec_fn=before)
        for fd in theirs:
            os.close(fd)

    def fill(self, seconds):
        """Reads once; False when nothing came in time."""
        if self.ended:
            return False
        if not select.select([self.read_fd], [], [], max(0, seconds))[0]:
            return False
        try:
            data = os.read(self.read_fd, 1 << 16)
        except BlockingIOError:
            return False
        except (ConnectionResetError, OSError) as e:
            self.note("!", e.strerror)
            data = b""
        if not data:
            self.ended = True
            self.note("<", "(end)")
        self.buffer += data
        return True

    def write(self, data):
        """Writes all of it, and keeps reading meanwhile, as clients do."""
        deadline = time.monotonic() + self.options.timeout
        while data:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Failed("the other side takes nothing: %s left"
                             % show(data))
            ready = select.select([] if self.ended else [self.read_fd],
                                  [self.write_fd], [], left)
            if ready[0]:
                self.fill(0)
            if ready[1]:
                try:
                    data = data[os.write(self.write_fd, data):]
                    deadline = time.monotonic() + self.options.timeout
                except BlockingIOError:
                    pass
                except (BrokenPipeError, ConnectionResetError) as e:
                    self.note("!", "not sent: %s: %s" % (e.strerror,
                                                         show(data)))
                    return

    def line(self):
        deadline = time.monotonic() + self.options.timeout
        while b"\n" not in self.buffer:
            if self.ended:
                raise Failed("the connection ended; left: %s"
                             % show(self.buffer))
            if not self.fill(deadline - time.monotonic()) and \
                    time.monotonic() >= deadline:
                raise Failed("no line for %g s; so far: %s"
                             % (self.options.timeout, show(self.buffer)))
        at = self.buffer.index(b"\n") + 1
        line, self.buffer = self.buffer[:at], self.buffer[at:]
        self.note("<", show(line[:-2] if line.endswith(b"\r\n") else line))
        if not line.endswith(b"\r\n"):
            raise Failed("a line that does not end in CRLF: %s" % show(line))
        return line[:-2]

    def body(self):
        """The lines of a body, unstuffed, and all of it with CRLFs."""
        deadline = time.monotonic() + self.options.timeout
        while not (self.buffer.startswith(b".\r\n") or
                   b"\r\n.\r\n" in self.buffer):
            if self.ended:
                raise Failed("the connection ended in a body after %d octets"
                             % len(self.buffer))
            if self.fill(deadline - time.monotonic()):
                # Joining pieces one by one would be quadratic.
                pieces, tail = [self.buffer], b"\r\n" + self.buffer
                self.buffer = b""
                while b"\r\n.\r\n" not in tail and \
                        self.fill(deadline - time.monotonic()):
                    tail = tail[-4:] + self.buffer
                    pieces.append(self.buffer)
                    self.buffer = b""
                self.buffer = b"".join(pieces)
            elif time.monotonic() >= deadline:
                raise Failed("no end of the body for %g s"
                             % self.options.timeout)
        if self.buffer.startswith(b".\r\n"):
            stuffed, self.buffer = b"", self.buffer[3:]
        else:
            at = self.buffer.index(b"\r\n.\r\n") + 2
            stuffed, self.buffer = self.buffer[:at], self.buffer[at + 3:]
        self.note("<", "body of %d octets: %s" % (len(stuffed),
                                                  show(stuffed)))
        if re.search(rb"(?<!\r)\n", stuffed):
            raise Failed("a bare LF in the body")
        if re.search(rb"(?m)^\.(?!\.)", stuffed):
            raise Failed("a line of the body begins with a single dot")
        return re.sub(rb"(?m)^\.\.", b".", stuffed)

    # ---- statements

    def do_send(self, text):
        self.note(">", text)
        self.write(octets(text) + self.line_end)

    def do_raw(self, text):
        self.note(">", text + " (raw)")
        self.write(octets(text))

    def do_flood(self, text):
        count, _, text = text.partition(" ")
        self.note(">", "%s (%s times)" % (text, count))
        self.write((octets(text) + self.line_end) * int(count))

    def do_drip(self, text):
        pause, _, text = text.partition(" ")
        self.note(">", text + " (drip)")
        data = octets(text)
        for i in range(len(data)):
            self.write(data[i:i + 1])
            if self.ended:
                return
            end = time.monotonic() + float(pause)
            while time.monotonic() < end:
                self.fill(end - time.monotonic())
                if self.ended:
                    return

    def do_bytes(self, name):
        self.note(">", "the file " + name)
        with open(name, "rb") as f:
            self.write(f.read())

    def do_expect(self, pattern):
        line = self.line()
        if not glob(pattern).fullmatch(line):
            raise Failed("expected %s, got %s" % (pattern, show(line)))

    def do_match(self, pattern):
        line = self.line()
        if not re.fullmatch(os.fsencode(pattern), line, re.DOTALL):
            raise Failed("expected /%s/, got %s" % (pattern, show(line)))

    def do_skip(self, count):
        for _ in range(int(count or 1)):
            self.line()

    def do_body(self, name):
        data = self.body()
        if name:
            with open(name, "wb") as f:
                f.write(data)

    def do_lines(self, count):
        got = self.body().count(b"\n")
        if got != int(count):
            raise Failed("expected %s lines, got %d" % (count, got))

    def do_mail(self, name):
        with open(name, "rb") as f:
            stored = f.read()
        if stored and not stored.endswith(b"\n"):
            stored += b"\n"
        wanted = re.sub(rb"(?<!\r)\n", b"\r\n", stored)
        got = self.body()
        if got != wanted:
            at = next((i for i, (a, b) in enumerate(zip(got, wanted))
                       if a != b), min(len(got), len(wanted)))
            raise Failed("not the mail in %s: %d octets, expected %d; first "
                         "difference at %d: %s instead of %s" %
                         (name, len(got), len(wanted), at,
                          show(got[at:at + 40]), show(wanted[at:at + 40])))

    def do_read(self, count):
        deadline = time.monotonic() + self.options.timeout
        left = int(count)
        while left > len(self.buffer):
            left -= len(self.buffer)
            self.buffer = b""
            if self.ended or (not self.fill(deadline - time.monotonic()) and
                              time.monotonic() >= deadline):
                raise Failed("%d octets are missing" % left)
        self.buffer = self.buffer[left:]
        self.note("<", "%s octets" % count)

    def do_drain(self, name):
        deadline = time.monotonic() + self.options.timeout
        pieces = []
        while not self.ended:
            pieces.append(self.buffer)
            self.buffer = b""
            if not self.fill(deadline - time.monotonic()) and \
                    time.monotonic() >= deadline:
                raise Failed("the connection does not end")
        data = b"".join(pieces) + self.buffer
        self.buffer = b""
        self.note("<", show(data))
        if name:
            with open(name, "wb") as f:
                f.write(data)

    def do_eof(self, seconds):
        seconds = float(seconds or self.options.timeout)
        deadline = time.monotonic() + seconds
        while not self.ended and not self.buffer:
            if not self.fill(deadline - time.monotonic()) and \
                    time.monotonic() >= deadline:
                raise Failed("the connection did not end in %g s" % seconds)
        if self.buffer:
            raise Failed("expected the end, got %s" % show(self.buffer))

    def do_silence(self, seconds):
        deadline = time.monotonic() + float(seconds)
        while time.monotonic() < deadline:
            if self.buffer:
                raise Failed("expected nothing, got %s" % show(self.buffer))
            if self.ended:
                raise Failed("expected silence, got the end")
            self.fill(deadline - time.monotonic())

    def do_close(self, _):
        self.note(">", "(end)")
        if self.socket:
            self.socket.shutdown(socket.SHUT_WR)
        elif self.read_fd != self.write_fd:
            os.close(self.write_fd)
            self.write_fd = -1
        else:
            self.write(b"\x04")

    def do_vanish(self, _):
        self.note(">", "(gone)")
        if self.socket:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                   struct.pack("ii", 1, 0))
        self.hang_up()

    def do_signal(self, name):
        self.note("!", "SIG" + name)
        if name == "KILL":
            self.status_any = True
        self.process.send_signal(getattr(signal, "SIG" + name))

    def do_status(self, status):
        self.status = int(status)
        self.status_any = False

    def do_mark(self, _):
        self.marked = time.monotonic()

    def do_within(self, text):
        low, high = map(float, text.split())
        took = time.monotonic() - self.marked
        self.note("!", "%.3f s" % took)
        if not low <= took <= high:
            raise Failed("took %.3f s, not %g to %g" % (took, low, high))

    def shell(self, command):
        env = dict(os.environ)
        if self.process:
            env["PID"] = str(self.process.pid)
        return subprocess.run(["sh", "-c", command], env=env,
                              stdin=subprocess.DEVNULL).returncode

    def do_shell(self, command):
        status = self.shell(command)
        if status != 0:
            raise Failed("exit status %d" % status)

    def do_until(self, command):
        deadline = time.monotonic() + self.options.timeout
        while self.shell(command) != 0:
            if time.monotonic() > deadline:
                raise Failed("not in %g s" % self.options.timeout)
            time.sleep(0.02)

    # ---- the whole

    def hang_up(self):
        if self.socket:
            self.socket.close()
        else:
            for fd in {self.read_fd, self.write_fd} - {-1}:
                os.close(fd)
        self.socket, self.read_fd, self.write_fd = None, -1, -1
        self.ended = True

    def finish(self):
        self.hang_up()
        if not self.process:
            return
        try:
            status = self.process.wait(self.options.timeout)
        except subprocess.TimeoutExpired:
            raise Failed("the command does not end")
        self.note("!", "exit status %d" % status)
        if not self.status_any and status != self.status:
            raise Failed("expected exit status %d, got %d"
                         % (self.status, status))

    def play(self, script):
        where = "start"
        try:
            if self.options.connect:
                self.connect()
            else:
                self.spawn()
            for number, line in enumerate(script, 1):
                line = line.rstrip("\n").lstrip(" \t")
                if not line or line.startswith("#"):
                    continue
                where = "line %d: %s" % (number, line)
                verb, _, rest = line.partition(" ")
                action = getattr(self, "do_" + verb, None)
                if not action:
                    raise Failed("no such statement")
                action(rest)
            where = "end"
            self.finish()
            return 0
        except (Failed, OSError, ValueError) as e:
            for line in self.transcript[-60:]:
                print(line, file=sys.stderr)
            print("talk: %s: %s" % (where, e), file=sys.stderr)
            return 1
        finally:
            self.clean_up()

    def clean_up(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.stderr and sys.exc_info()[0] is None:
            self.stderr.seek(0)
            for line in self.stderr.read().decode(errors="replace") \
                    .splitlines():
                print("stderr: " + line, file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(
        usage="talk.py [OPTION]... (-- COMMAND [ARG]... | "
              "--connect HOST:PORT) <SCRIPT")
    parser.add_argument("--on", default="socketpair",
                        choices=["socketpair", "pipe", "pty", "tcp"])
    parser.add_argument("--connect")
    parser.add_argument("--local", default="127.0.0.1")
    parser.add_argument("--stderr")
    parser.add_argument("--stderr-too", action="store_true")
    parser.add_argument("--rcvbuf", type=int)
    parser.add_argument("--timeout", type=float, default=10)
    parser.add_argument("command", nargs="*")
    options = parser.parse_args()
    if bool(options.command) == bool(options.connect):
        parser.error("either a command or --connect")
    sys.exit(Talk(options).play(sys.stdin))


if __name__ == "__main__":
    main()
