# SPDX-License-Identifier: ISC
"""
The rows of `table` here: what each of them measures, what it must come to, and
what it is to come to.
"""
import glob
import os
import re
import statistics
import subprocess
import time
from typing import NamedTuple

import beside

# What listens where; Dovecot is what the others are held against.
SERVERS = {
    "static": (21111, beside.start_accept),
    "ordinary": (21113, beside.start_accept),
    "dash": (21114, beside.start_shell),
    "tcpserver": (21110, beside.start_tcpserver),
    "Python": (21115, beside.start_resident),
    "Dovecot": (beside.DOVECOT_PORT, beside.start_dovecot),
}
# How many are idle at once.
IDLE = 60


class Server:
    """One of them, started when it is first asked for."""

    # What its logins are counted for.
    seconds = 1.5

    def __init__(self, where, name, folder):
        self.where, self.name, self.folder = where, name, folder
        self.port, self.processes = SERVERS[name][0], ()

    def up(self):
        if self.processes:
            return
        made = SERVERS[self.name][1](self.where, self.port, *(
            () if self.name == "Dovecot" else (self.folder,)))
        self.processes = made if isinstance(made, tuple) else (made,)
        beside.wait_for(lambda: beside.listens(self.port),
                        "nothing listens on port %d" % self.port)
        self.pid = self.processes[-1].pid

    def load(self, how, *args):
        self.up()
        return beside.load(self.where, self.port, how, *map(str, args))

    def down(self):
        for process in self.processes:
            beside.end(process)
        self.processes = ()


# ---- the works: each is done by a server, and comes to figures by name

def logins(server, users, at_once):
    """USER, PASS, STAT on 100 messages, QUIT."""
    beside.mail(server.where, users)
    return server.load("login", "--user", users + "%d", "-n", 10 ** 6, "--time",
                       server.seconds, "-c", at_once, "--cmds", "STAT")


def bodies(server, users, sessions, depth):
    """All messages, as often: one client, who has so many RETR before him."""
    beside.mail(server.where, users.replace("%d", ""))
    server.up()
    before, spent = len(beside.tree(server.pid)), beside.cpu(server.pid)
    figures = server.load("fetch", "--user", users, "-n", sessions, "-c", 1,
                          "--pipeline", depth)
    beside.wait_for(lambda: len(beside.tree(server.pid)) <= before or
                    server.name == "Dovecot", "sessions do not end")
    figures["cpu_s_per_GiB"] = (beside.cpu(server.pid) - spent) / (
        figures["bytes"] / 2 ** 30)
    return figures


def idle(server):
    """More than a fresh server has: Dovecot keeps processes afterwards."""
    beside.mail(server.where, "u")
    server.down()
    server.up()
    figures = server.load("idle", "--user", "u%d", "-n", IDLE, "--mem-pid",
                          server.pid)
    return {"kib": (figures["pss_kib"] - figures["pss_kib_base"]) / IDLE}


def stat_ms(server, users):
    figures = server.load("login", "--user", users, "-n", 1, "-c", 1, "--cmds",
                          "STAT")
    return figures["pass_ms_p50"] + figures["cmd_ms_p50"]["STAT"]


def kept(server, users, pattern):
    return glob.glob("%s/mail/%s/Maildir/%s" % (
        server.where, users,
        ("dovecot" if server.name == "Dovecot" else "pop3-skel") + pattern))


def first(server, users):
    """Leaves what was counted, and no process that counted it."""
    beside.mail(server.where, users)
    for name in kept(server, users, "*"):
        os.remove(name)
    figures = {"ms": stat_ms(server, users)}
    beside.wait_for(
        lambda: kept(server, users,
                     ".index.log" if server.name == "Dovecot" else "-list"),
        "nothing of the sizes was kept")
    time.sleep(0.1)
    return figures


def later(server, users):
    beside.mail(server.where, users)
    if not kept(server, users, "*"):
        first(server, users)
    return {"ms": statistics.median(stat_ms(server, users) for _ in range(5))}


def calls(server):
    """
    System calls of both processes, the log's too, in a session over pipes that
    knows the sizes.
    """
    where, trace = server.where, server.where + "/trace"
    beside.mail(where, "m100")
    skel = beside.skel(where, server.folder)
    skel[1:1] = ["--cleartext", "always", "--auth-delay", "0"]

    def session(*tracer):
        with open(where + "/pipes.log", "w") as log:
            done = subprocess.run(
                [*tracer, *skel], stdout=subprocess.PIPE, stderr=log,
                input=b"USER m100\r\nPASS secret\r\nSTAT\r\nQUIT\r\n",
                env=beside.environment(server.folder), user=beside.UID,
                group=beside.UID, extra_groups=[])
        if not re.fullmatch(rb"(\+OK.*\r\n){3}\+OK 100 .*\r\n\+OK.*\r\n",
                            done.stdout):
            raise beside.Failed("a session went wrong: %r" % done.stdout)

    session()
    beside.wait_for(lambda: kept(server, "m100", "-list"), "nothing was kept")
    with open(trace, "w"):
        os.chown(trace, beside.UID, beside.UID)
    session("strace", "-f", "-qq", "-o", trace)
    with open(trace) as file:
        # Without the execve that began it.
        return {"calls": len(re.findall(r"^\d+ +[a-z0-9_]+\(", file.read(),
                                        re.M)) - 1}


class Row(NamedTuple):
    name: str
    server: str
    work: tuple
    figure: str
    must: str = ""
    goal: str = ""
    # What is held against these is not its ratio to Dovecot's, and it is better
    # when smaller.
    itself: bool = False
    # Whether Dovecot does the same.
    beside: bool = True
    # At most.
    rounds: int = 1000


def logins_rows(name, server, users, at, must="", goal="", rounds=1000):
    none = [""] * len(at)
    return [Row("logins/s, %s, %d at once" % (name, n), server,
                (logins, users, n), "sess_per_s", m, g, rounds=rounds)
            for n, m, g in zip(at, must.split() or none, goal.split() or none)]


def sizes_rows(n, must="", later_must="", later_goal="", rounds=1000):
    name, box = "ms, %d messages" % n, "m%d" % n
    return [Row(name + ": first", "static", (first, box), "ms", must, "", True,
                rounds=rounds),
            Row(name + ": later", "static", (later, box), "ms", later_must,
                later_goal, True, rounds=rounds)]


ROWS = [
    *logins_rows("sizes in names", "static", "w", (1, 8, 64), "1.04 1.15 1.02",
                 "1.08 1.22 1.06"),
    *logins_rows("size file", "static", "u", (1, 8, 64), "1.00 1.10 0.98",
                 "1.05 1.20 1.05"),
    *logins_rows("library, dash", "dash", "u", (1, 8, 64), "0.70 0.72 0.67",
                 "0.80 0.90 0.85"),
    *logins_rows("ordinary build", "ordinary", "w", (1, 8, 64),
                 "0.57 0.63 0.55", "0.70 0.70 0.70"),
    Row("MB/s, 50 MiB messages", "static", (bodies, "big", 4, 1), "MB_per_s",
        "4.50", "4.70"),
    Row("CPU s/GiB, of these", "static", (bodies, "big", 4, 1),
        "cpu_s_per_GiB", "0.70", "0.62", True),
    Row("RETR/s, 32 deep, 100 x 4 KiB", "static", (bodies, "u%d", 20, 32),
        "msgs_per_s", "3.30", "3.90"),
    Row("RETR/s, 32 deep, 10000 x 2 KiB", "static", (bodies, "m10000", 1, 32),
        "msgs_per_s", "3.00", "3.30"),
    *sizes_rows(10000, "520", "13", "10"),
    Row("KiB of an idle session", "static", (idle,), "kib", "130", "100", True),
    Row("KiB ..., library, dash", "dash", (idle,), "kib", "215", "185", True),
    Row("system calls of a session", "static", (calls,), "calls", "140", "110",
        True, False, 1),
    # What was asked for before, and what the plots have besides.
    *logins_rows("Python, resident", "Python", "u", (8, 64), "0.50 0.50",
                 rounds=3),
    *logins_rows("by tcpserver", "tcpserver", "w", (8, 64), rounds=3),
    *logins_rows("sizes in names", "static", "w", (2, 4, 16, 32), rounds=3),
    *sizes_rows(10, rounds=3),
    *sizes_rows(100, rounds=3),
    *sizes_rows(1000, rounds=3),
    *sizes_rows(100000, rounds=2),
]
