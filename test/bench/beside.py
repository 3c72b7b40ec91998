# SPDX-License-Identifier: ISC
"""
What the benchmarks beside Dovecot share: builds, mail, servers, and the client
that loads them. Dovecot 2.3 is in its high-performance mode, with a static
passdb; all are on loopback TCP and on the same Maildirs.
"""
import functools
import glob
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.realpath(os.path.join(HERE, "..", ".."))
BUILDS = os.environ.get("POP3_SKEL_BUILDS", os.path.join(TOP, "build"))
UID = 65534
DOVECOT_PORT = 21112
NUSERS = 64

# As many messages as in the Maildirs, in no store at all: what is measured is the
# module.
RESIDENT = """
import sys
sys.path.insert(0, "{run}/resident")
import pop3_skel

class Mail(pop3_skel.Backend):
    def login(self, user, password):
        return pop3_skel.same(password, "secret")

    def list(self, user):
        return [pop3_skel.Message("m%d" % n, 1000) for n in range(100)]

pop3_skel.run(Mail, listen="{run}/resident/socket")
"""

DOVECOT = """
base_dir = {run}/dovecot
state_dir = {run}/state
log_path = {run}/dovecot.log
listen = 127.0.0.1
protocols = pop3
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain
mail_location = maildir:~/Maildir
first_valid_uid = {uid}
first_valid_gid = {uid}
default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
default_process_limit = 1000
default_client_limit = 4000
mail_max_userip_connections = 0
login_trusted_networks = 127.0.0.0/8
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={run}/mail/%u
}}
service pop3-login {{
  service_count = 0
  process_min_avail = 2
  chroot =
  inet_listener pop3 {{
    port = {port}
  }}
  inet_listener pop3s {{
    port = 0
  }}
}}
service pop3 {{
  service_count = 100
  process_min_avail = 2
  process_limit = 1000
}}
"""


class Failed(Exception):
    """It did not come to a figure."""


def scratch():
    """A folder for all, for who removes it, also at SIGTERM: what was started
    is to end with us."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    where = tempfile.mkdtemp(prefix="pop3-skel-bench.")
    os.chmod(where, 0o755)
    return where


def run(*command, **how):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **how)


def wait_for(true, what):
    for _ in range(400):
        if true():
            return
        time.sleep(0.05)
    raise Failed(what)


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def build(name, compiler, *options):
    """As packages are: optimized, with no sanitizer."""
    folder = os.path.join(BUILDS, name)
    if not os.path.exists(folder + "/build.ninja"):
        run("meson", "setup", *options, folder, TOP,
            env={**os.environ, "CC": compiler})
    run("ninja", "-C", folder)
    return folder


@functools.cache
def stage(where, which):
    """A build, installed: with sbin, libexec and share below."""
    folder = "%s/%s" % (where, which)
    if which == "static":
        made = build("bench", "musl-gcc", "-Dstatic=true",
                     "-Dauto_features=disabled")
    else:
        made = build("bench-ordinary", "gcc", "-Daccept=enabled")
    run("bash", "-c", '. "$0" && common_stage "$1" "$2"',
        TOP + "/test/lib/common.bash", made, folder)
    return folder


@functools.cache
def mail(where, *names):
    """The Maildirs of mkmail.py with these names. """
    run(HERE + "/mkmail.py", where + "/mail", str(UID), *names)


@functools.cache
def users(where):
    with open(where + "/users", "w") as f:
        for name in [c + str(i) for c in "uw" for i in range(NUSERS)] + [
                "big", *("m%d" % 10 ** n for n in range(1, 6))]:
            f.write("%s:{PLAIN}secret::::%s/mail/%s\n" % (name, where, name))
    return where + "/users"


def environment(folder):
    return {**os.environ, "POP3_SKEL_BACKENDS": folder + "/libexec",
            "POP3_SKEL_SH": folder + "/share/pop3-skel.sh"}


def skel(where, folder, *backend):
    """A session, of what is installed in this folder."""
    return [folder + "/sbin/pop3-skel", "--", *(
        backend or [folder + "/libexec/maildir", "-u", users(where)])]


# Each in a session of its own, for the kernel shares a busy machine among them.
def start(command, log, env=None):
    with open(log, "w") as file:
        return subprocess.Popen(command, user=UID, group=UID, extra_groups=[],
                                start_new_session=True, stderr=file, env=env)


def start_tcpserver(where, port, folder):
    # As many at once as are asked for, no look-ups, no banner.
    return start(
        ["tcpserver", "-H", "-R", "-l0", "-b", "512", "-c", "1000",
         "127.0.0.1", str(port), *skel(where, folder)],
        where + "/tcpserver.log", environment(folder))


def start_accept(where, port, folder, *backend):
    return start(
        [stage(where, "ordinary") + "/sbin/pop3-skel-accept", "--listen",
         "127.0.0.1:%d" % port, "--max-sessions", "1000",
         "--max-per-source", "0", "--rate-per-source", "0", "--",
         *skel(where, folder, *backend)],
        where + "/accept-%d.log" % port, environment(folder))


def start_shell(where, port, folder):
    """
    The first backend of pop3-skel-backend(7), whose size is told, for with STAT
    it is make-mail that would be measured.
    """
    with open(TOP + "/src/protocol/pop3-skel-backend.7") as page:
        text = page.read().partition("example: welcome\n")[2]
    text = text.partition("indent\n")[2].partition("\n.Ed")[0]
    for old, new in (("\\&", ""), ("#!/bin/sh", "#!" + shutil.which("dash")),
                     ('"$1:$2" = demo:demo', '"$2" = secret'),
                     ("sendmsg -", "sendmsg 1000")):
        if old not in text:
            sys.exit("the first backend of pop3-skel-backend(7) has no " + old)
        text = text.replace(old, new)
    path = where + "/welcome"
    with open(path, "w") as file:
        file.write(text + "\n")
    os.chmod(path, 0o755)
    return start_accept(where, port, folder, path)


def start_resident(where, port, folder):
    """The backend, and who asks it, below one process."""
    at = where + "/resident"
    shutil.copytree(TOP + "/src/backends/python", at)
    os.chown(at, UID, UID)
    backend = start(["/usr/bin/python3", "-c", RESIDENT.format(run=where)],
                    where + "/resident.log")
    try:
        wait_for(lambda: os.path.exists(at + "/socket"), "no resident backend")
        return backend, start_accept(where, port, folder,
                                     "unix:%s/socket" % at)
    except BaseException:
        end(backend)
        raise


def start_dovecot(where, port=DOVECOT_PORT, text=DOVECOT):
    os.makedirs(where + "/dovecot", exist_ok=True)
    with open(where + "/dovecot.conf", "w") as f:
        f.write(text.format(run=where, uid=UID, port=port))
    return subprocess.Popen(["dovecot", "-F", "-c", where + "/dovecot.conf"],
                            start_new_session=True)


def end(process):
    process.send_signal(signal.SIGTERM)
    process.wait()


def tree(pid):
    """The process, and all below it: their /proc/PID/stat from the third on."""
    stats = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/stat" % name) as file:
                stats[int(name)] = file.read().rpartition(")")[2].split()
        except OSError:
            continue
    below = {pid: stats[pid]}
    while more := {p: s for p, s in stats.items()
                   if p not in below and int(s[1]) in below}:
        below.update(more)
    return below


def cpu(pid):
    """User and system time of these, and of those that were waited for."""
    return sum(int(n) for s in tree(pid).values() for n in s[11:15]) / \
        os.sysconf("SC_CLK_TCK")


def kib(pid, file, key):
    """A line of /proc/PID/smaps_rollup or status."""
    with open("/proc/%d/%s" % (pid, file)) as f:
        return next(int(line.split()[1]) for line in f
                    if line.startswith(key + ":"))


@functools.cache
def client(where, *libraries):
    run("gcc", "-O2", "-w", "-o", where + "/pop3bench",
        HERE + "/pop3bench.c", *libraries)
    return where + "/pop3bench"


def load(where, port, how, *args, libraries=()):
    out = subprocess.run(
        [client(where, *libraries), how, "--port", str(port), "--pass",
         "secret", "--nusers", str(NUSERS), *args],
        stdout=subprocess.PIPE, text=True).stdout
    result = json.loads((out or "{}").splitlines()[-1])
    if result.get("err") != 0:
        raise Failed("sessions failed: " + out)
    return result
