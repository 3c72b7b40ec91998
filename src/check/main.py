#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""pop3-skel-check: a backend of pop3-skel(8), tried and judged; see its manual."""
import argparse
import getpass
import glob
import os
import pwd
import stat
import sys

# What is beside it in the source, and elsewhere where it is installed.
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "@check_dir@"))
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import channel
import show
from figures import Figures, Source
from replay import LARGEST, NoRecord, replay, turns
from run import Run

EX_USAGE = 64
NOBODY = 65534


class Trouble(Exception):
    """A sentence, and the status to end with."""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Trouble(f"{message}; see --help", EX_USAGE)


class About:
    """What is the same in all sessions."""

    def __init__(self, told):
        self.words = [told.backend, *told.args]
        self.deadline, self.most = told.timeout, told.messages
        self.delete, self.preauth = told.delete, told.preauth is not None
        self.asked = told.user is not None or self.preauth
        self.user = os.fsencode(told.preauth or told.user or "demo")
        self.password = b"demo"
        # What --replay asks first.
        self.hello = None
        self.figures = Figures(told.timeout, told.source)
        self.told = {"POP3_SKEL_SH": library(), "POP3_SKEL_BACKENDS": backends()}
        # Who starts a service says where it may keep what it does.
        if os.environ.get("STATE_DIRECTORY"):
            self.told["STATE_DIRECTORY"] = os.environ["STATE_DIRECTORY"]


def library():
    told = os.environ.get("POP3_SKEL_SH", "")
    beside = os.path.join(HERE, "../backends/sh/pop3-skel.sh")
    return told if told.startswith("/") else os.path.realpath(
        beside if os.path.exists(beside) else os.path.join(HERE, "@library@"))


def backends():
    told = os.environ.get("POP3_SKEL_BACKENDS", "")
    # In a checkout: what was built last.
    built = max(glob.glob(os.path.join(HERE, "../../build/*/src/backends/make-mail")),
                key=os.path.getmtime, default=None)
    return told if told.startswith("/") else os.path.realpath(
        os.path.dirname(built) if built else os.path.join(HERE, "@backend_dir@"))


def seconds(text):
    value = float(text)
    if not 0 < value <= 1800:
        raise ValueError
    return value


def options(words):
    parser = Parser(
        prog="pop3-skel-check", allow_abbrev=False, add_help=False,
        description="Runs a backend of pop3-skel(8) through every request, and "
        "against it, and\ntells what was seen, why it hurts, and what to "
        "change. BACKEND is a program, or\nunix:PATH. TAP, or a table on a "
        "terminal.",
        usage="%(prog)s [OPTION]... [--] BACKEND [ARG]...",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Exit status: 0, 1 something is to be changed, 64 usage.\n"
        "See pop3-skel-check(8).")
    parser.add_argument("backend", metavar="BACKEND", help=argparse.SUPPRESS)
    parser.add_argument("args", metavar="ARG", nargs=argparse.REMAINDER,
                        help=argparse.SUPPRESS)
    parser.add_argument("--user", metavar="USER",
                        help="who logs in; demo, with this password, is tried "
                        "else")
    parser.add_argument("--password-fd", metavar="N", type=int,
                        help="the password is the first line of descriptor N")
    parser.add_argument("--preauth", metavar="USER",
                        help="no login: the backend lists for USER")
    parser.add_argument("--delete", action="store_true",
                        help="remove messages, too: one or two of them")
    parser.add_argument("--replay", metavar="FILE",
                        help="ask what this record of pop3-skel --record has, "
                        "and tell the first difference")
    parser.add_argument("--source", metavar="FILE",
                        help="a log of the source of the mail, a line for each "
                        "request: count them")
    parser.add_argument("--messages", metavar="N", type=int, default=20,
                        help="fetch so many messages at most; 20")
    parser.add_argument("--timeout", metavar="SECONDS", type=seconds,
                        default=30, help="the deadline of an answer; 30")
    parser.add_argument("--run-as", metavar="USER",
                        help="as root: with the rights of USER; nobody")
    parser.add_argument("-h", "--help", action="help", help="print this")
    parser.add_argument("-V", "--version", action="version",
                        version="pop3-skel-check @version@",
                        help="print the version")
    told = parser.parse_args(words)
    if told.args[:1] == ["--"]:
        del told.args[0]
    if not told.backend or told.messages < 1:
        raise Trouble("no backend, or no message to fetch; see --help", EX_USAGE)
    if told.replay is not None and told.preauth is not None:
        raise Trouble("--preauth is the record's where there is --replay",
                      EX_USAGE)
    if told.password_fd is not None and told.user is None:
        raise Trouble("--password-fd needs --user", EX_USAGE)
    return told


def password(told):
    """Never from the command line, where everybody could read it."""
    if told.user is None:
        return b"demo"
    if told.password_fd is None:
        if not os.isatty(0):
            raise Trouble("--user needs --password-fd", EX_USAGE)
        try:
            return os.fsencode(getpass.getpass(f"Password of {told.user}: "))
        except EOFError:
            raise Trouble("no password was given", EX_USAGE) from None
    try:
        with os.fdopen(told.password_fd, "rb") as file:
            line = file.readline(8192)
    except OSError as error:
        raise Trouble(f"--password-fd: {error.strerror}", EX_USAGE) from error
    return line.removesuffix(b"\n")


def hide(secret):
    """In no output, nor what is made of it: see guess.py."""
    if secret != b"demo":
        channel.hide(secret, *(each for each in (secret.swapcase(), secret[:-1])
                               if len(each) > 2))


def source(path):
    try:
        return Source(path) if path is not None else None
    except OSError as error:
        raise Trouble(f"--source {path}: {error.strerror}", EX_USAGE) from error


def record(path):
    try:
        # A FIFO without a writer would never be open.
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY
                       | os.O_CLOEXEC)
        with os.fdopen(file, "rb") as stream:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise NoRecord(f"--replay {path}: no regular file")
            return turns(stream.read(LARGEST + 1), path)
    except OSError as error:
        raise Trouble(f"--replay {path}: {error.strerror}", EX_USAGE) from error
    except NoRecord as error:
        raise Trouble(error.args[0], EX_USAGE) from error


def become(name):
    """Root stays root only where that was said."""
    if os.geteuid() != 0:
        if name is not None:
            raise Trouble("--run-as is root's", EX_USAGE)
        return
    try:
        user = pwd.getpwnam(name) if name is not None else None
    except KeyError:
        raise Trouble(f"--run-as {name}: there is no such user",
                      EX_USAGE) from None
    uid, gid = (user.pw_uid, user.pw_gid) if user else (NOBODY, NOBODY)
    if uid != 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)


def main():
    told = options(sys.argv[1:])
    told.source = source(told.source)
    about = About(told)
    about.password = password(told)
    if about.asked:
        hide(about.password)
    # As who may read it.
    asked = record(told.replay) if told.replay is not None else None
    become(told.run_as)
    channel.adopt()
    if asked is not None:
        lines, same = replay(about, asked)
        print(*lines, sep="\n")
        return 0 if same else 1
    run = Run(about)
    results = list(run.all().results())
    notes = list(about.figures.lines(run.fetched_at_all()))
    if sys.stdout.isatty():
        colour = not os.environ.get("NO_COLOR") and \
            os.environ.get("TERM", "dumb") != "dumb"
        lines = show.table(results, notes, os.get_terminal_size(1).columns,
                           colour)
    else:
        lines = show.tap(results, notes)
    for line in lines:
        print(line)
    return 1 if any(rows for _, rows, _ in results) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        print(f"pop3-skel-check: {ascii(trouble.args[0])[1:-1]}",
              file=sys.stderr)
        sys.exit(trouble.args[1])
    except KeyboardInterrupt:
        sys.exit(130)
