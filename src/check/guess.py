# SPDX-License-Identifier: ISC
"""Logins that are to fail: by guesses, and by what a program could take for a
pattern, a format or a piece of itself.
"""
import os
import re
import secrets
import shutil
import tempfile

from channel import Fault
from visit import TIMESTAMP, Visit

# Sessions that may end in the middle of it.
FAULTS = 3
# What test(1) says of what has become several words.
UNQUOTED = re.compile(rb"too many arguments|(unexpected|unknown|binary) operator|"
                      rb"argument expected|missing \]")


def wrong(user, password):
    """Guesses at somebody's password, what each of them is, and what it is
    taken for where it is let in."""
    made_up = secrets.token_hex(8).encode()
    yield made_up, made_up, "a user and a password that were made up"
    if user is None:
        return
    yield user, made_up, "a password that was made up"
    yield user, b"", "an empty password"
    if password is not None:
        yield user, password + b"x", "the right password and one octet more"
        yield user, b" " + password, "the right password behind a blank", "trimmed"
        yield user, password + b" ", "the right password and a blank", "trimmed"
        yield user, password + b" x", "the right password and a word more", "words"
        yield user, password + b"%s", "the right password and %s behind it", \
            "format"
        if b" " in password:
            yield user, password.replace(b" ", b"  "), \
                "the right password and more blanks in it", "trimmed"
        if len(password) > 1:
            yield user, password[:-1], "the right password without its end"
        if password.swapcase() != password:
            yield user, password.swapcase(), "the right password in other case"


def odd(user, password, name, path):
    """Pairs of which neither is anybody's."""
    run = name.encode()
    file = os.fsencode(path)
    yield b"[^:]*", b".*", "patterns"
    yield b"*", b"*", "stars"
    yield b"'or'1'='1", b"' OR '1'='1", "a condition of SQL"
    yield b'"', b'"', "quotes"
    yield b"%s%n\\n", b"%s%s%n\\n\\0", "a format"
    yield b"\xc3\xa9\xff", b"\xc3\xa9\xff", "octets above 7F"
    yield b"a" * 255, b"x" * 7000, "a long name and a long password"
    yield b"$(>" + run + b")", b"$(>" + file + b")", "a command"
    yield b"`>" + run + b"`", b"';>" + file + b";'", "a command in quotes"
    if user is not None:
        yield user, b".*", "a pattern for the password"
        yield user, b"*", "a star for the password"
        yield user, b"$(>" + file + b")", "a command for the password"
    if password is not None:
        yield user, password[:1] + b"\\" + password[1:], \
            "the right password and a backslash in it", "backslash"


def attempt(run, tries, key):
    """Each login in turn; a session that ended goes on in another. Who lets in
    the first lets in everybody: False."""
    visit, faults = None, 0
    for number, (user, password, what, *taken) in enumerate(tries):
        try:
            if visit is None:
                run.now = None
                visit = run.now = Visit(run.about, run.bare)
            word = visit.login(user, password).word
        except Fault as fault:
            if visit is not None:
                run.fault(visit, fault, f"with {what}, ")
            else:
                run.add(fault.key, f"with {what}, {fault.seen}")
            visit, faults = None, faults + 1
            if faults == FAULTS:
                break
            continue
        if word == b"TEMP":
            visit.backend.drain(0.1)
            bare = UNQUOTED.search(visit.backend.heard) and \
                run.findings.new("bashism")
            run.add("unquoted" if bare else "guess-temp",
                    f"a login with {what} was answered TEMP")
        elif word == b"OK":
            # A pattern takes a backslash, too.
            run.add(taken[0] if taken and run.findings.new("matched") else key,
                    f"a login with {what} was answered OK")
            visit.drop()
            visit = None
            if number == 0 and key == "guessed":
                return False
    if visit is not None:
        run.ended(visit.end())
    return True


def offered(visit, user):
    """What hello offers besides passwords, each with what nobody has: the reply,
    and what it was."""
    made_up = secrets.token_hex(8).encode()
    if visit.offers(b"apop"):
        yield visit.ask(b"apop", user, made_up * 2, TIMESTAMP), \
            "a digest that was made up"
    names = [name for fields in visit.greeting.get(b"sasl")
             for name in fields[0].split(b" ")]
    for name in names:
        if name in (b"XOAUTH2", b"OAUTHBEARER"):
            yield visit.ask(b"token", user, name, made_up), \
                "a token that was made up"
        elif name not in (b"PLAIN", b"LOGIN"):
            reply = visit.ask(b"auth", name, b"=")
            yield reply, f"an empty message of {name.decode()}"
            if reply.word == b"MORE":
                visit.ask(b"cancel")


def others(run):
    """A session of these."""
    def each(visit):
        for reply, what in offered(visit, run.about.user):
            if reply.word in (b"OK", b"TEMP"):
                run.add("guessed" if reply.word == b"OK" else "guess-temp",
                        f"a login with {what} was answered "
                        f"{reply.word.decode()}")
    run.visit(each)


def guesses(run):
    about = run.about
    if about.preauth:
        for name in "guess", "odd":
            run.findings.skip(name, "--preauth")
        return
    run.check("guess")
    right = about.password if run.step > 1 else None
    if not attempt(run, wrong(about.user, right), "guessed"):
        run.findings.skip("odd", "anybody is let in")
        return
    if run.offers:
        others(run)
    run.check("odd")
    folder = tempfile.mkdtemp(prefix="pop3-skel-check.")
    try:
        name = "pop3-skel-check." + secrets.token_hex(4)
        path = os.path.join(folder, "canary")
        attempt(run, odd(about.user, right, name, path), "matched")
        for canary in name, path:
            if os.path.exists(canary):
                os.unlink(canary)
                run.add("canary", "a command in a user's name or password "
                        "was run")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
