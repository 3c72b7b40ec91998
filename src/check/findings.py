# SPDX-License-Identifier: ISC
"""What is checked, in its order, and the sentences of each finding: why it
hurts, and what to change. What was seen is told where it was.
"""

CHECKS = {
    "start": "it starts",
    "bare": "a bare environment is enough",
    "hello": "hello is answered with OK 1",
    "lines": "each line of a reply is one of the protocol's",
    "result": "each request has one result, and at once",
    "unknown": "what it does not know is answered with DEFAULT",
    "login": "a user with the right password is let in",
    "guess": "nobody else is let in",
    "odd": "odd names and passwords are only compared",
    "list": "there is a list of messages",
    "uid": "each message has a unique-id of its own",
    "body": "each message can be had",
    "mail": "each message is a mail that programs can read",
    "size": "sizes are those of the messages",
    "same": "a unique-id stands for one body",
    "stable": "the next session has the same unique-ids",
    "kept": "without expunge nothing is removed",
    "gone": "what was said to be removed is gone",
    "full": "what cannot be written is not promised",
    "end": "it ends with its input",
    "child": "it leaves nothing running",
    "log": "what it tells the log has room there",
    "time": "each answer comes in time",
}

FAULT = "the session ends there, and the client hears -ERR [SYS/TEMP]"
AGAIN = "clients that leave mail on the server fetch it again and again"
LOST = "a client takes it for the whole message, and then removes it"
UNREADABLE = "programs show, sort or file the mail wrongly"

# The finding: its check, why it hurts, what to change.
FINDINGS = {
    "not-started": (
        "start", "nobody gets a greeting",
        "name a program that is there and may be executed by this user"),
    "not-executable": (
        "start", "nobody gets a greeting",
        "chmod +x it, and let the user enter the folders above"),
    "crlf": (
        "start", "the kernel and the shell take the CR for a part of each "
        "line's last word, of the interpreter's name first",
        "save the file with LF line ends: sed -i 's/\\r$//' FILE"),
    "interpreter": (
        "start", "the kernel says that there is no such file, and means the "
        "interpreter",
        "install it, or name one that is there in the first line"),
    "no-shebang": (
        "start", "the kernel does not know what to run it with",
        "begin the file with #! and the interpreter, in its very first octets"),
    "unreached": (
        "start", "nobody gets a greeting",
        "start the resident backend, and let this user write to its socket"),
    "bare": (
        "bare", "a super-server starts it without your variables, and then "
        "each session fails",
        "set what it needs in the script itself, name programs by their paths, "
        "and flush each answer without PYTHONUNBUFFERED or the like"),
    "unasked": (
        "hello", f"no request was made, so it answers none: {FAULT}",
        "write nothing before hello, and what is for people to standard error"),
    "version": (
        "hello", FAULT, "answer `hello 1 ...` with `OK 1`, a blank, and a "
        "greeting if one is wanted"),
    "turned-away": (
        "hello", "every client is turned away",
        "answer hello with OK 1; say TEMP only while nothing works"),
    "version-two": (
        "hello", "there is no such version, and what it will mean is not known",
        "answer hello with ERR where its number is not 1"),
    "stray": (
        "lines", FAULT,
        "send what programs and people write to standard error: in a shell "
        "begin with `exec 3<&0 4>&1 </dev/null >&2`, as the library does, and "
        "answer on 4"),
    "echo": (
        "lines", FAULT,
        "do not send the request back: take the echo out, or write it to "
        "standard error"),
    "case": (
        "lines", FAULT, "write results in capitals and other words in lower "
        "case, as in OK and msg"),
    "bars": (
        "lines", "the message never reaches the client: " + FAULT,
        "put a | before each line of the message: senddata, or sed 's/^/|/'"),
    "hole": (
        "lines", "an empty line of the mail without its | would be passed over, "
        "and header and body run together: " + FAULT,
        "put the | before empty lines of the message, too"),
    "place": (
        "lines", FAULT, "take the line out of this answer; the page has, in "
        "brackets, the requests that each may answer"),
    "fields": (
        "lines", FAULT, "write each field, with one blank between two, as the "
        "page has them"),
    "details": (
        "lines", "DEFAULT leaves all to pop3-skel, and lines before it say "
        "otherwise: " + FAULT, "end the answer with OK or ERR, or leave the "
        "other lines out"),
    "carriage": (
        "lines", FAULT, "end lines with LF alone: no \\r\\n, no println of "
        "another system, and no script that was saved with CRLF"),
    "control": (
        "lines", FAULT, "write a NUL in | lines alone"),
    "long": (
        "lines", FAULT, "keep lines below 8192 octets; | lines may be of any "
        "length"),
    "path": (
        "lines", FAULT, "name files by their whole paths: "
        "$(cd -- \"$folder\" && pwd)/name"),
    "bodies": (
        "lines", FAULT, "answer with one body: | lines, or file, temp, part or "
        "body"),
    "octets": (
        "lines", FAULT, "write the size in digits, or - where it is not known"),
    "wait": (
        "lines", FAULT, "ask for at most 600 seconds at once, and 1800 in one "
        "answer"),
    "buffer": (
        "result", f"the client waits until the deadline, and then {FAULT}",
        "flush after each answer: $| = 1 in Perl, flush=True in Python, "
        "stdbuf -oL or fflush() elsewhere, mawk -W interactive"),
    "eaten": (
        "result", f"the client waits until the deadline, and then {FAULT}",
        "give the programs that it runs </dev/null: this one waits for "
        "requests, and eats them"),
    "forgotten": (
        "result", f"the client waits until the deadline, and then {FAULT}",
        "end each answer with OK, ERR, TEMP or DEFAULT, on every way through "
        "the code, that for an empty mailbox too"),
    "silent": (
        "result", f"the client waits until the deadline, and then {FAULT}",
        "answer each request, with DEFAULT where there is nothing to do; give "
        "the programs that it runs </dev/null, for they may eat requests; say "
        "`wait` before what takes long"),
    "unread": (
        "result", f"the client waits until the deadline, and then {FAULT}",
        "read the next request, up to its newline, whenever one is answered"),
    "exited": (
        "result", FAULT, "go on after each answer, until the input ends; "
        "where something fails answer TEMP, and say why on standard error"),
    "twice": (
        "result", "the second is taken for the answer to the next request: "
        + FAULT,
        "answer once. In a subshell (a pipe, parentheses, a command "
        "substitution) a word for a result is not seen by the library, which "
        "then adds one: call it outside"),
    "after": (
        "result", FAULT, "write the result last, and what is for people to "
        "standard error"),
    "late": (
        "result", "it is taken for the answer to the next request: " + FAULT,
        "write nothing after the result; let no background process keep "
        "standard output"),
    "endless": (
        "result", "a client waits for ever, or fills its disk",
        "end the answer"),
    "known": (
        "unknown", "a request of tomorrow would be taken for done or refused",
        "let the last branch, for all that is not known, say DEFAULT"),
    "login-refused": (
        "login", "nobody reads mail", "let this user in; the password is the "
        "rest of the line, blanks and all"),
    "login-temp": (
        "login", "nobody reads mail", "find out why it says TEMP; its standard "
        "error may tell"),
    "locked": (
        "login", "the client hears -ERR [IN-USE]",
        "end the other session, and lock a path that each user has alone"),
    "guessed": (
        "guess", "anybody reads, and removes, this mail",
        "answer OK only where user and password are both right, and ERR in all "
        "other cases"),
    "guess-temp": (
        "guess", "TEMP costs no delay and counts for nothing, so that "
        "passwords are guessed as fast as it answers",
        "answer ERR where user or password are wrong, and TEMP only where that "
        "cannot be told"),
    "matched": (
        "odd", "who types a pattern or a piece of a program reads this mail",
        "compare names and passwords as they are: `[ \"$a\" = \"$b\" ]`, no "
        "pattern, no query made of strings, no eval"),
    "canary": (
        "odd", "whoever connects runs programs with this user's rights",
        "never let a name or a password become a part of a program: no eval, "
        "no sh -c, no system() with a string"),
    "list-refused": (
        "list", "the login fails although the password was right",
        "answer list with its messages and OK; in the library a test that "
        "failed as the last word of on_list is ERR"),
    "list-default": (
        "list", FAULT, "answer list with a msg line for each message, and OK"),
    "twin": (
        "uid", "pop3-skel tells both apart by what they are, which may change: "
        + AGAIN, "give each message a unique-id of its own"),
    "uid-blank": (
        "uid", FAULT, "leave blanks out of unique-ids: what follows one is "
        "taken for a path"),
    "uid-control": (
        "uid", FAULT, "use printable ASCII in unique-ids"),
    "uid-odd": (
        "uid", "POP3 allows 70 octets of printable ASCII: the client sees a "
        "digest of it, which no other server would give",
        "use at most 70 octets, and printable ASCII: a digest, say"),
    "no-body": (
        "body", FAULT, "send | lines before OK; where the message is empty say "
        "body, and ERR where there is none"),
    "refused": (
        "body", "a client sees a message that it cannot have, each time anew",
        "list only what can be had, and answer retr with the body"),
    "unreadable": (
        "body", "the client hears -ERR instead of the message",
        "name a regular file, no link, that this user may read"),
    "irregular": (
        "body", "no message is read from there: retr is asked each time, and "
        "where that has none the client hears -ERR",
        "name a regular file that this user may read, or answer retr and name "
        "no file"),
    "empty": (
        "body", "a client shows nothing, and " + UNREADABLE,
        "send at least a header"),
    "border": (
        "mail", "the text is taken for header lines, or these for text",
        "put an empty line between header and text"),
    "eight-bit": (
        "mail", UNREADABLE,
        "encode it: =?UTF-8?Q?...?= by RFC 2047"),
    "no-from": (
        "mail", UNREADABLE, "add a line From: NAME@HOST to its header"),
    "no-date": (
        "mail", UNREADABLE, "add a line Date: to its header, of when the mail "
        "was made: date -R"),
    "no-message-id": (
        "mail", "programs take two such mails for one, or one for two",
        "add a line Message-ID: <SOMETHING@HOST>, the same each time the mail "
        "is asked for; where the mail is stored as it came, that is its "
        "sender's"),
    "size": (
        "size", "clients that trust the size cut the mail, or wait",
        "say - for the size, or count two octets for each line end"),
    "changed": (
        "same", "a client that has this unique-id never fetches what is new, "
        "and one that is cut off fetches half of each",
        "make the body from the unique-id alone, or give another body another "
        "unique-id"),
    "unstable": (
        "stable", AGAIN, "make the unique-id of what stays the same, a file's "
        "name or a digest of the text, and neither of the time nor of a count"),
    "lost": (
        "kept", "mail is gone though the client never said so",
        "remove in expunge or commit, and nowhere else"),
    "memory": (
        "gone", "the client was told that it is gone, and it comes back: "
        + AGAIN, "remove it where it is kept, before OK: what a backend only "
        "remembers ends with its session"),
    "not-removed": (
        "gone", "the client hears that the message is still there",
        "let this user remove it; see what standard error says"),
    "others-gone": (
        "gone", "mail is lost that nobody removed",
        "remove the message whose unique-id the request has, and no other; "
        "its number is that of this session's list"),
    "unwritten": (
        "full", "the client was told that it is gone, and where the disk is "
        "full or may not be written it comes back",
        "look at the status of each write, rename and close before OK, and "
        "answer TEMP where one failed"),
    "stays": (
        "end", "pop3-skel waits for 2 seconds, then ends it, in the middle of "
        "whatever it does",
        "end when standard input ends; let no child keep it waiting"),
    "deaf": (
        "end", "pop3-skel waits for 2 seconds more, then kills it, in the "
        "middle of whatever it does",
        "let SIGTERM end it: it comes where a session has to be over"),
    "floods": (
        "log", "the log has the first 200 of a session and a count: the line "
        "that says why is not there",
        "write to standard error what is wrong, in a line, and no progress or "
        "trace"),
    "child": (
        "child", "they pile up, one for each session",
        "wait for what was started before the end, or let a service manager "
        "start it"),
    "slow": (
        "time", "clients give up, and the log says slow; past the deadline "
        "the session ends",
        "prepare what takes long before it is asked for, tell sizes where they "
        "are known, and say `wait` before what cannot be faster"),
}


class Findings:
    """What was found, by its check; and which checks were made at all."""

    def __init__(self):
        self.seen = {name: {} for name in CHECKS}
        self.made = set()
        self.why_not = {}

    def add(self, key, seen):
        """The first of its kind is told, the others are counted."""
        rows = self.seen[FINDINGS[key][0]]
        first, count = rows.get(key, (seen, 0))
        rows[key] = first, count + 1

    def counts(self):
        return {key: count for rows in self.seen.values()
                for key, (_, count) in rows.items()}

    def forget(self, key, counts):
        """As if one of this kind had not been found since then."""
        rows = self.seen[FINDINGS[key][0]]
        if key in rows and key not in counts:
            del rows[key]
        elif key in rows:
            rows[key] = rows[key][0], counts[key]

    def check(self, *names):
        self.made.update(names)

    def skip(self, name, why):
        self.why_not.setdefault(name, why)

    def unmade(self, name, why):
        """It was begun, and could not be."""
        self.made.discard(name)
        self.why_not[name] = why

    def results(self):
        """Of each check its title, its findings, or why it was not made."""
        for name, title in CHECKS.items():
            rows = [(seen if count == 1 else f"{seen}; and {count - 1} more "
                     "like it", *FINDINGS[key][1:])
                    for key, (seen, count) in self.seen[name].items()]
            why = None
            if not rows and name not in self.made:
                why = self.why_not.get(name, "no session came that far")
            yield title, rows, why
