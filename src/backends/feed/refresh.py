#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""feed-refresh FOLDER FILE SECONDS DEADLINE

Asks the feeds whose addresses are the lines of FILE for what is new, unless that
was done less than SECONDS ago, each in DEADLINE seconds. In FOLDER then are

    items       a line for each message, as keep-mail(1) takes it
    made/KEY    a mail, with CRLF, made once and never changed
    feeds/ID    of each feed, what it said last
    fetched     when that was

A feed that cannot be had, or not be read, is as it was. With --check FILE EVERY it
writes what would keep it from that, and asks nobody. Starts curl(1), and
nothing else; run for a refresh, and by no session that needs none.
"""
import concurrent.futures
import datetime
import fcntl
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)),
                                "@feed_dir@"))
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
from document import Broken, item_of, parse
from letter import host_of, letter

# Feeds of a file; feeds at once; octets of one; items of one, the newest.
FEEDS, AT_ONCE, OCTETS, ITEMS = 200, 8, 16 << 20, 1000
# Seconds for all of them, of the processor too: the session that waits has more.
ALL = 240
# Of the processor, for the new items of one; what is left has the next time.
WORK = 20


class Away(Exception):
    """Why a feed is not had."""


def say(url, what):
    """For the log, and without what an address may hold: a key, a name."""
    host = host_of(url) or "?"
    text = "".join(c if c.isprintable() else "?" for c in f"{host}: {what}")
    sys.stderr.write(f"<4>feed: {text[:300]}\n")


def replace(path, data):
    """The whole file, or the one that is there."""
    new = f"{path}.new"
    with open(new, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, path)


def addresses(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in file]
    urls = [line for line in lines if line and not line.startswith("#")]
    if len(urls) > FEEDS:
        sys.stderr.write(f"<4>feed: {path}: the first {FEEDS} alone are read\n")
    return list(dict.fromkeys(urls))[:FEEDS]


def digest(*texts):
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def ask(url, known, deadline):
    """What curl brings: its status, the headers, the body. The address is in no
    argument."""
    if any(c < " " or c == "\x7f" for c in url):
        raise Away("no address")
    settings = [f"url = {quoted(url)}"]
    for name, header in ("etag", "If-None-Match"), ("modified", "If-Modified-Since"):
        if known.get(name):
            settings.append(f"header = {quoted(header + ': ' + known[name])}")
    with tempfile.TemporaryFile() as headers, tempfile.TemporaryFile() as errors:
        with subprocess.Popen(
                ["curl", "-q", "--config", "-", "--silent", "--show-error",
                 "--globoff", "--location", "--max-redirs", "5",
                 "--proto", "=http,https", "--proto-redir", "=http,https",
                 "--connect-timeout", str(deadline), "--max-time", str(deadline),
                 "--max-filesize", str(OCTETS), "--user-agent", "pop3-skel-feed",
                 "--dump-header", f"/dev/fd/{headers.fileno()}"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                pass_fds=[headers.fileno()]) as curl:
            try:
                curl.stdin.write("\n".join(settings).encode() + b"\n")
                curl.stdin.close()
                # It says no length at times, or another.
                body = curl.stdout.read(OCTETS + 1)
                if len(body) > OCTETS:
                    raise Away(f"more than {OCTETS >> 20} MiB")
            except BrokenPipeError:
                body = b""
            finally:
                if sys.exc_info()[0] is not None:
                    curl.kill()
            status = curl.wait()
        errors.seek(0)
        if status != 0:
            text = errors.read(4096).decode(errors="replace")
            # What curl quotes may be the address.
            raise Away(f"curl ended with {status}" if url in text
                       else text.strip() or f"curl ended with {status}")
        headers.seek(0)
        return (*last_head(headers.read(1 << 20)), body)


def last_head(data):
    """Of several heads, where it went elsewhere, the last one."""
    status, fields = 0, {}
    for line in data.decode("latin-1").splitlines():
        if line.startswith("HTTP/"):
            words = line.split()
            status = int(words[1]) if words[1:] and words[1].isdigit() else 0
            fields = {}
        elif ":" in line:
            name, _, value = line.partition(":")
            value = value.strip()
            if value.isprintable() and value.isascii() and len(value) < 1024:
                fields[name.lower()] = value
    return status, fields


def refresh(folder, url, deadline):
    """What is known of one feed, brought up to date; None where nothing is."""
    path = os.path.join(folder, "feeds", digest(url)[:32])
    known = {}
    try:
        with open(path, "rb") as file:
            known = json.load(file)
    except (OSError, ValueError):
        pass
    try:
        status, fields, body = ask(url, known, deadline)
        if status == 304 and known:
            return known
        if status != 200:
            raise Away(f"status {status}")
        if time.process_time() > ALL / 2:
            raise Away("no time is left for it")
        items, whole = made(folder, url, parse(body))
        known = {"etag": fields.get("etag", "") if whole else "",
                 "modified": fields.get("last-modified", "") if whole else "",
                 "items": items}
        replace(path, json.dumps(known).encode())
    except (Away, Broken) as error:
        say(url, error)
    except OSError:
        raise
    except Exception as error:  # pylint: disable=broad-except
        # No feed is to stop the others, whatever is in it.
        say(url, f"it cannot be read: {type(error).__name__}")
    return known or None


def made(folder, url, feed):
    """Of each item its key, time and size; its mail is there then. And whether
    there was time for all."""
    found, late, wrong = {}, 0, []
    now, end = int(time.time()), time.thread_time() + WORK
    for node in feed.items[:ITEMS]:
        try:
            item = item_of(node)
            key = digest(url, item.name)[:40]
            if key in found:
                continue
            when = item.time if item.time is not None else now
            path = os.path.join(folder, "made", key)
            if not os.path.exists(path):
                if time.thread_time() >= end:
                    late += 1
                    continue
                replace(path, letter(key, url, feed.title, item, when))
            found[key] = [key, when, os.stat(path).st_size]
        except OSError:
            raise
        except Exception as error:  # pylint: disable=broad-except
            # Nor is an item.
            wrong.append(type(error).__name__)
    if wrong:
        say(url, f"items left out: {len(wrong)}, {wrong[0]}")
    if late:
        say(url, f"items left for the next time: {late}")
    return list(found.values()), not late


def sweep(folder, wanted):
    """What no feed has any more goes."""
    for name, keep in wanted.items():
        for file in os.listdir(os.path.join(folder, name)):
            if file not in keep:
                os.unlink(os.path.join(folder, name, file))


def limit():
    """What takes longer yet ends here: it lets go of the lock, and leaves what was
    there."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    if hard == resource.RLIM_INFINITY or hard > ALL:
        resource.setrlimit(resource.RLIMIT_CPU, (ALL, hard))


def check(path, every):
    """A sentence, and 1, where it could not be done."""
    wrong = None
    if every != "never" and shutil.which("curl") is None:
        wrong = "there is no program curl, which asks the feeds"
    elif path:
        try:
            urls = addresses(path)
        except OSError as error:
            wrong = f"the file {path} cannot be read: {error.strerror}"
        else:
            # As curl takes them, to which http: may be left out.
            strange = sum(1 for url in urls if not re.fullmatch(
                r"(https?://)?[^/:\s]+(:\d+)?(/\S*)?", url, re.IGNORECASE))
            if not urls:
                wrong = f"there is no address in {path}"
            elif strange:
                # It may hold a key.
                wrong = f"{strange} of the lines of {path} are no addresses " \
                    "of http: or https:"
    if wrong:
        print(wrong)
        sys.exit(1)


def main():
    if sys.argv[1:2] == ["--check"]:
        check(*sys.argv[2:])
        return
    folder, file, seconds, deadline = sys.argv[1:]
    limit()
    for name in "feeds", "made":
        os.makedirs(os.path.join(folder, name), mode=0o700, exist_ok=True)
    fetched = os.path.join(folder, "fetched")
    with open(os.path.join(folder, "refresh"), "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            # Another session did it while we waited for it.
            if time.time() - os.stat(fetched).st_mtime < int(seconds):
                return
        except FileNotFoundError:
            pass
        urls = addresses(file)
        end, feeds = time.monotonic() + ALL, []
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            # One whose turn comes too late is as it was.
            feeds = list(pool.map(lambda url: refresh(folder, url, max(1, min(
                int(deadline), int(end - time.monotonic())))), urls))
        items = sorted((item for feed in feeds if feed for item in feed["items"]),
                       key=lambda item: item[1])
        lines = [f"{key}\t{size}\t{folder}/made/{key}\n"
                 for key, _, size in items]
        replace(os.path.join(folder, "items"), "".join(lines).encode())
        sweep(folder, {"made": {item[0] for item in items},
                       "feeds": {digest(url)[:32] for url in urls}})
        replace(fetched, datetime.datetime.now().isoformat().encode())


try:
    main()
except OSError as problem:
    sys.stderr.write(f"<3>feed: {problem}\n")
    sys.exit(75)
