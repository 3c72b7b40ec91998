#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""proxy: a POP3 or IMAP account elsewhere, a backend of pop3-skel(8); see its
manual."""
import argparse
import os
import sys

# What is beside it in the source, and elsewhere where it is installed.
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "@proxy_dir@"))
sys.path += [os.path.join(HERE, "@python_dir@"), os.path.join(HERE, "../python")]
sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import pop3_skel
from accounts import Account, Accounts
from archive import Archive, fits, path_of, pieces
from imap import Imap
from pop3_skel.settings import Trouble
from upstream import Away, Busy, Gone, Place, Pop, Refused, Wrong

EX_USAGE, EX_CONFIG = 64, 78
# What the other server may take for an answer of ours, in seconds.
WAIT = 120
# Octets of a name or a password: no server takes such a line, and some hang up.
LONG = 1000
# Who is told nothing else.
LATER = "the mail server behind this one cannot tell now"


class Proxy(pop3_skel.Backend):
    """A session here is a session there."""

    def __init__(self, told, accounts):
        self.told, self.accounts = told, accounts
        self.account, self.secret = None, None
        self.there, self.archive, self.removing = None, None, False
        # By the messages' numbers: the session there, the key, the octets.
        self.copies = {}

    def hello(self):
        if "check" in self.features:
            self.check()

    def check(self):
        """What would keep somebody from an account. No other server is asked:
        it may be away for a moment, and come."""
        for name, account in (self.accounts.by_name if self.accounts else {}).items():
            try:
                account.secret()
            except (OSError, ValueError) as error:
                raise pop3_skel.Temp(
                    f"[{name}] of {self.accounts.path}: {account.file} cannot be "
                    f"used: {getattr(error, 'strerror', None) or error}") from None
        if self.accounts is not None and not self.accounts.by_name:
            raise pop3_skel.Temp(f"there is no account in {self.accounts.path}")
        folder = os.path.abspath((self.told.archive or "/").partition("%")[0] + "x")
        while self.told.archive and not os.path.exists(folder):
            folder = os.path.dirname(folder)
        if self.told.archive and not (
                os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)):
            raise pop3_skel.Temp(f"this user can make no archive in {folder}")

    # The session there.

    def trouble(self, what, error):
        place = self.account.place.name if self.account else ""
        self.log(f"{place}: {what}: {error}", 3)
        return pop3_skel.Temp(LATER)

    def open(self):
        account = self.account
        there = (Imap if account.place.imap else Pop)(account.place)
        try:
            there.login(account.user, self.secret, account.token)
        except BaseException:
            there.close()
            raise
        self.there = there

    def lose(self):
        if self.there is not None:
            self.there.close()
        self.there = None

    def connected(self):
        """The session there; another one where it is gone."""
        if self.there is None:
            if self.removing:
                # What was marked there is marked no more.
                raise Away("it was lost while messages were removed")
            self.open()
            self.there.messages()
        return self.there

    def asked(self, what, ask):
        """What the other server answers. A connection that is lost is made
        again, but not while messages are removed."""
        try:
            try:
                return ask(self.connected())
            except Away:
                self.lose()
                return ask(self.connected())
        except (Away, Busy, Wrong, Refused) as error:
            if not isinstance(error, Refused):
                self.lose()
            raise self.trouble(what, error or type(error).__name__) from None

    # The requests.

    def login(self, user, password):
        if max(len(user), len(password)) > LONG:
            return False
        # Another login of ours may have failed at the list.
        self.lose()
        folder = None
        if self.told.archive:
            try:
                folder = path_of(self.told.archive, user)
            except ValueError as error:
                self.log(f"archive: {error}", 4)
                return False
        if self.accounts is None:
            self.account = Account(self.told.place, user)
            self.secret = password
        elif not self.known(user, password):
            return False
        self.wait(WAIT)
        try:
            self.open()
            if folder:
                self.archive = Archive(folder, self.account.place,
                                       self.account.user)
        except Wrong:
            if self.accounts is None:
                return False
            raise self.trouble("login", "it refuses what is in "
                               + self.account.file) from None
        except Busy as busy:
            self.lose()
            raise pop3_skel.Err(f"[{busy}] says the server behind this one") \
                from None
        except (Away, OSError) as error:
            self.lose()
            raise self.trouble("login", error) from None
        if self.archive:
            self.lock(self.archive.folder)
        return True

    def known(self, user, password):
        """Whether it is that user's password here. Who is not there takes as
        long as who is first."""
        by_name = self.accounts.by_name
        account = by_name.get(user)
        somebody = account or next(iter(by_name.values()), None)
        if somebody is None or \
                not self.password_matches(somebody.field, password) or \
                account is None:
            return False
        self.account = account
        try:
            self.secret = account.secret()
        except OSError as error:
            raise self.trouble("login", error) from None
        return True

    def list(self, user):
        self.wait(WAIT)
        for uid, size in self.asked("list", lambda there: there.messages()):
            yield pop3_skel.Message(uid, size, data=self.there)

    def retr(self, message):
        try:
            return self.fetched(message)
        except Gone:
            return None

    def top(self, message, lines):
        try:
            return self.streamed("top", lambda there: there.top(message, lines))
        except Gone:
            return None

    def fetched(self, message):
        """From the other server, and by way of the archive where there is one."""
        self.wait(WAIT)
        if self.archive is None:
            return self.streamed("retr", lambda there: there.body(message))
        return pieces(self.asked("retr", lambda there: self.kept(there, message)))

    def kept(self, there, message):
        """An open file with the copy of what this session there has: in
        another one its unique-id may be another message's."""
        try:
            had, *known = self.copies.get(message.number, (None,))
            copy = self.archive.find(*known) if had is there else None
            if copy is None:
                key, copy = self.archive.keep(
                    message.uid, self.slowly(there.body(message)))
                self.copies[message.number] = \
                    there, key, os.fstat(copy.fileno()).st_size
            return copy
        except OSError as error:
            # In the middle of an answer.
            self.lose()
            raise self.trouble("archive", error) from None

    def slowly(self, body):
        """Nothing is told meanwhile but that it takes its time."""
        octets = 0
        for piece in body:
            octets += len(piece)
            if octets > 1 << 22:
                octets = 0
                self.wait(WAIT)
            yield piece

    def streamed(self, what, ask):
        """An answer that may break off, as then does the client's."""
        body = self.asked(what, ask)
        if body is None:
            return pop3_skel.DEFAULT

        def pieces_of_it():
            try:
                yield from body
            except Away as away:
                self.lose()
                raise self.trouble(what, away) from None
        return pieces_of_it()

    def dele(self, message):
        if not self.asked("dele", lambda there: there.can_remove()):
            raise pop3_skel.Err("[SYS/PERM] the server behind this one has no "
                                "UIDPLUS, and removes no single message")

    def expunge(self, message):
        self.wait(WAIT)
        try:
            self.asked("expunge", lambda there: self.remove(there, message))
        except Gone:
            return
        self.removing = True

    def remove(self, there, message):
        """In one session there what is kept and what goes are the same."""
        if self.archive is not None:
            with self.kept(there, message) as copy:
                if not fits(copy, message.size):
                    raise Refused("its copy is not as large as was told")
        there.remove(message)

    def commit(self, count):
        self.wait(WAIT)
        if self.removing:
            self.asked("commit", lambda there: there.commit())

    def end(self):
        self.lose()


class Parser(argparse.ArgumentParser):
    """One whose complaint is a line of the log, and that ends as others do."""

    def error(self, message):
        sys.stderr.write(f"<3>proxy: {message}; see proxy --help\n")
        sys.exit(EX_USAGE)


def settings(words):
    parser = Parser(
        prog="proxy", allow_abbrev=False, description="A POP3 or IMAP account "
        "elsewhere; see pop3-skel-proxy(8).")
    add = parser.add_argument
    add("--listen", metavar="PATH", help="stay, and serve a socket; or systemd")
    add("--for", metavar="USER", dest="asker",
        help="who may ask there, beside root")
    add("--accounts", metavar="FILE", help="whose account is where")
    add("--archive", metavar="MAILDIR",
        help="keep a copy of what is fetched or deleted; %%u is the user")
    add("--ca", metavar="FILE", help="trust these certificates alone")
    add("--clear", action="store_true", help="without TLS")
    add("url", nargs="?", metavar="URL",
        help="pop3s://HOST[:PORT], pop3:, imaps:, or imap: with /FOLDER")
    told = parser.parse_args(words)
    if (told.accounts is None) == (told.url is None):
        parser.error("either URL or --accounts")

    def place_of(url):
        try:
            return Place(url, told.ca, told.clear)
        except (OSError, ValueError) as error:
            raise Trouble(error) from None
    told.place = place_of(told.url) if told.url else None
    try:
        path_of(told.archive or "", "name@domain")
    except ValueError as error:
        raise Trouble(error) from None
    accounts = Accounts(told.accounts, place_of) if told.accounts else None
    return told, accounts


def main():
    try:
        told, accounts = settings(sys.argv[1:])
    except Trouble as trouble:
        sys.stderr.write(f"<3>proxy: {trouble}\n")
        sys.exit(EX_CONFIG)
    pop3_skel.run(lambda: Proxy(told, accounts), listen=told.listen,
                  asker=told.asker)


main()
