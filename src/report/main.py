#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""pop3-skel-report: the log of pop3-skel(8) at a glance; see its manual."""
import argparse
import datetime
import gzip
import os
import re
import subprocess
import sys
import tempfile
import time

# What is beside it in the source, and elsewhere where it is installed.
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "@report_dir@"))
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
from log import Log
from show import as_json, metrics, shown

EX_USAGE, EX_TEMPFAIL = 64, 75
# How much before --since a session may have begun that the journal has.
LEAD = 3600
# Not what a line says of itself, which anybody may choose, but what the journal
# vouches for: a unit for each session, accept loops, and TLS in front.
OURS = [r"_SYSTEMD_SLICE=system-pop3\x2dskel.slice",
        r"_SYSTEMD_SLICE=system-pop3\x2dskel\x2dproxy.slice",
        "_SYSTEMD_UNIT=pop3-skel-accept.service",
        r"_SYSTEMD_SLICE=system-pop3\x2dskel\x2daccept.slice",
        "_SYSTEMD_UNIT=pop3-skel-tls.service"]


class Trouble(Exception):
    """A sentence, and the status to end with."""


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Trouble(f"{message}; see --help", EX_USAGE)


def options(words):
    parser = Parser(
        prog="pop3-skel-report", allow_abbrev=False, add_help=False,
        description="The log of pop3-skel(8) at a glance: who is on, sessions "
        "and failed logins\nby hour, last logins, slow requests, faults. From "
        "the journal, or from FILEs\n(- is standard input).",
        usage="%(prog)s [OPTION]... [FILE]...", formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Exit status: 0, 64 usage, 75 a log cannot be read or the "
        "report not written.\nSee pop3-skel-report(8).")
    parser.add_argument("files", metavar="FILE", nargs="*",
                        help=argparse.SUPPRESS)
    parser.add_argument("--since", metavar="WHEN",
                        help="30m, 24h, 7d, today, yesterday, a date, a time")
    parser.add_argument("--unit", metavar="UNIT", action="append", default=[],
                        help="of this unit in the journal, too")
    parser.add_argument("--all", action="store_true", help="no row left out")
    parser.add_argument("--prometheus", metavar="FILE", nargs="?", const="",
                        help="metrics, into FILE or to standard output")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("-h", "--help", action="help", help="print this")
    parser.add_argument("-V", "--version", action="version",
                        version="pop3-skel-report @version@",
                        help="print the version")
    return parser.parse_args(words)


def moment(text, now):
    """Seconds since 1970 of --since."""
    ago = re.fullmatch(r"(\d{1,6})([mhd])", text)
    if ago:
        return now - int(ago[1]) * {"m": 60, "h": 3600, "d": 86400}[ago[2]]
    today = datetime.date.fromtimestamp(now)
    try:
        if text in ("today", "yesterday"):
            day = today - datetime.timedelta(text == "yesterday")
            return int(time.mktime(day.timetuple()))
        if re.fullmatch(r"\d\d:\d\d(:\d\d)?", text):
            text = f"{today} {text}"
        if re.fullmatch(r"\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?", text):
            return int(datetime.datetime.fromisoformat(text).timestamp())
    except (ValueError, OverflowError):
        pass
    raise Trouble(f"--since {text} is no time", EX_USAGE)


def read_journal(log, units):
    words = ["journalctl", "--no-pager", "--quiet", "--output=short-unix",
             f"--since=@{log.since - LEAD}"]
    matches = OURS + [f"_SYSTEMD_UNIT={name}" for name in units]
    words += " + ".join(matches).split(" ")
    try:
        with subprocess.Popen(words, stdout=subprocess.PIPE,
                              stdin=subprocess.DEVNULL) as journal:
            log.read(journal.stdout)
    except OSError as error:
        raise Trouble(f"journalctl: {error.strerror}; name a file of the log",
                      EX_TEMPFAIL) from error
    if journal.returncode != 0:
        raise Trouble("journalctl failed", EX_TEMPFAIL)
    log.drop_gone()


def read_file(log, name):
    try:
        if name == "-":
            log.read(sys.stdin.buffer)
        else:
            with (gzip.open if name.endswith(".gz") else open)(name, "rb") as file:
                log.read(file)
    except (OSError, EOFError) as error:
        raise Trouble(f"{name}: {getattr(error, 'strerror', None) or error}",
                      EX_TEMPFAIL) from error


def write(path, lines):
    """Beside it, and renamed: who reads it sees all of it, or the last one."""
    beside = None
    try:
        with tempfile.NamedTemporaryFile(
                "w", dir=os.path.dirname(path) or ".", prefix=".pop3-skel-",
                delete=False) as file:
            beside = file.name
            file.writelines(line + "\n" for line in lines)
            os.fchmod(file.fileno(), 0o644)
        os.rename(beside, path)
    except OSError as error:
        if beside is not None:
            os.unlink(beside)
        raise Trouble(f"{path}: {error.strerror}", EX_TEMPFAIL) from error


def tell(lines):
    try:
        for line in lines:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:
        # Such as head: it has what it wants.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise Trouble(f"standard output: {error.strerror}",
                      EX_TEMPFAIL) from error


def main():
    told = options(sys.argv[1:])
    now = int(time.time())
    counters = told.prometheus is not None
    if any(" " in name or not name for name in told.unit):
        raise Trouble("--unit is no unit", EX_USAGE)
    if told.prometheus and not told.prometheus.endswith(".prom"):
        # A log that was meant to be read is not to be written over.
        raise Trouble(f"--prometheus {told.prometheus}: node_exporter reads "
                      "*.prom alone", EX_USAGE)
    since = told.since
    if counters and since is not None and re.fullmatch(r"\d+[mhd]", since):
        raise Trouble(f"--since {since} moves on with the clock: what is "
                      "counted from there is no counter", EX_USAGE)
    if since is None and not told.files:
        since = "today" if counters else "24h"
    log = Log(None if since is None else moment(since, now), now)
    for name in told.files:
        read_file(log, name)
    if not told.files:
        read_journal(log, told.unit)
    elif log.last is not None:
        now = log.last
    if not counters:
        tell((as_json if told.json else shown)(log, now, told.all))
    elif told.prometheus == "":
        tell(metrics(log))
    else:
        write(told.prometheus, metrics(log))


if __name__ == "__main__":
    try:
        main()
    except Trouble as trouble:
        print(f"pop3-skel-report: {ascii(trouble.args[0])[1:-1]}",
              file=sys.stderr)
        sys.exit(trouble.args[1])
    except KeyboardInterrupt:
        sys.exit(130)
