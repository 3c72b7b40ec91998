# SPDX-License-Identifier: ISC
"""What is checked, in its order, and the sentences of each finding: why it
hurts, and what to change. What was seen is told where it was. Those on messages
are in findings_mail.
"""
from findings_mail import FAULT, MAIL

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
    "bom": (
        "start", "the kernel looks for #! in the first two octets, and finds "
        "three that an editor put there, a byte order mark",
        "save the file without it: sed -i '1s/^\\xEF\\xBB\\xBF//' FILE"),
    "env-words": (
        "start", "the kernel gives env all that stands behind its name as one "
        "word, and env looks for a program that is named so",
        "name the interpreter by its path, or write #!/usr/bin/env -S"),
    "syntax": (
        "start", "nobody gets a greeting",
        "mend the line that it names, or the one before it: `sh -n FILE`, `bash -n "
        "FILE`, `python3 -m py_compile FILE` and `perl -c FILE` tell the same"),
    "bashism": (
        "start", "what only bash knows is no program and no syntax to "
        "another shell, and #!/bin/sh is one: the line does not do what it says",
        "begin the file with #!/bin/bash, or write what every shell knows: "
        "`[ \"$a\" = \"$b\" ]`, no arrays; `checkbashisms FILE` lists it"),
    "unreached": (
        "start", "nobody gets a greeting",
        "start the resident backend, and let this user write to its socket"),
    "bare": (
        "bare", "a super-server starts it without your variables, and then "
        "each session fails",
        "set what it needs in the script itself, name programs by their paths, "
        "and flush each answer without PYTHONUNBUFFERED or the like"),
    "folder": (
        "bare", "a super-server starts it in the folder /, and what is named "
        "from another one is not there",
        "name files by their whole paths, or begin with a cd: "
        "cd \"${0%/*}\" || exit, or cd \"$STATE_DIRECTORY\""),
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
    "option": (
        "lines", "not every shell's echo takes options: dash writes them as "
        "they are, and " + FAULT,
        "use printf: printf '%s\\n' \"$line\", in place of echo -e and echo -n"),
    "pop3": (
        "lines", "that is what POP3 says to clients, which is pop3-skel's to do: "
        + FAULT, "answer OK and ERR, without a sign, and msg lines; send no "
        "CR and no dots at the end"),
    "dot": (
        "lines", "the dot at the end of a message is POP3's, which pop3-skel "
        "sends: " + FAULT, "leave the line out: the result ends the message"),
    "bytes": (
        "lines", "that is how Python shows octets, with their quotes: " + FAULT,
        "write octets to sys.stdout.buffer, or decode() them first"),
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
        "lines", FAULT, "write the size in digits and nothing else, or - where "
        "it is not known: no thousands separators (a locale's, or printf "
        "\"%'d\"), no exponent (awk's print of a large number; use printf "
        "\"%d\"), no unit"),
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
    "unended": (
        "result", f"the client waits until the deadline, and then {FAULT}",
        "end each line with a line feed: printf '%s\\n' OK"),
    "glued": (
        "result", f"the client waits until the deadline, and then {FAULT}",
        "end the last line of the message before the result: a file may lack "
        "that end; senddata adds it, and sed does not, so add an echo"),
    "temp": (
        "result", "TEMP says that something is broken just now: the client "
        "hears -ERR [SYS/TEMP], and nothing was tried",
        "find out why from what it said, and mend that; where there is "
        "nothing to do for a request answer DEFAULT, and ERR where it is "
        "refused; in the library a handler's status of 2 and more is TEMP"),
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
        "where something fails answer TEMP, and say why on standard error; "
        "exit for no ERR; under set -e a command that fails ends a shell, "
        "so write `|| ...` behind it"),
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
        "login", "nobody reads mail", "let this user in, or mend the name or the "
        "password that was given, which may be wrong; the password is the "
        "rest of the line, blanks and all"),
    "login-temp": (
        "login", "TEMP says that it cannot be told just now who this is: nobody "
        "reads mail, and nothing behind the login was tried",
        "find out what it could not reach or read, from what it said; where "
        "it said nothing let it write the reason to standard error; then try "
        "again. To a wrong password the answer is ERR; in the library a "
        "handler's status of 2 and more is TEMP, a test's that has bad syntax too"),
    "login-default": (
        "login", "DEFAULT to a login is a refusal, and hello offers no other "
        "way: nobody reads mail",
        "answer login with OK or ERR, or let hello offer apop, sasl or a command; "
        "where others make the login, try it with --preauth USER"),
    "locked": (
        "login", "the client hears -ERR [IN-USE]",
        "end the other session, and lock a path that each user has alone"),
    "guessed": (
        "guess", "anybody reads, and removes, this mail",
        "answer OK only where user and password are both right, and ERR in all "
        "other cases"),
    "trimmed": (
        "guess", "a password has blanks of its own: some who have the right one "
        "are refused, and some who have not are let in",
        "read each line by `IFS= read -r line`, and take all behind the user's "
        "name, in quotes: password=${line#login * }"),
    "backslash": (
        "odd", "read without -r eats backslashes: who has one in the password "
        "is refused, and a file's name with one is another",
        "read each line by `IFS= read -r line`, and write it by printf '%s\\n'"),
    "format": (
        "guess", "the password is taken for a format: who has a % in it is "
        "refused, and some who have not the right one are let in",
        "give printf a format of its own: printf '%s' \"$password\"; the same "
        "in awk, Perl and C"),
    "words": (
        "guess", "only the password's first word is compared: anybody who has "
        "that reads this mail, and who has a blank in it may be refused",
        "take all behind the user's name for the password: `read -r verb user "
        "password` with IFS=' ', in Python split(' ', 2), in awk no $3"),
    "guess-temp": (
        "guess", "TEMP costs no delay and counts for nothing, so that "
        "passwords are guessed as fast as it answers",
        "answer ERR where user or password are wrong, and TEMP only where that "
        "cannot be told"),
    "unquoted": (
        "odd", "without quotes the shell makes words and files' names of what "
        "the client said, and the test is about something else",
        "put each \"$name\" in double quotes: [ \"$1:$2\" = \"$a:$b\" ]"),
    "matched": (
        "odd", "who types a pattern or a piece of a program reads this mail",
        "compare names and passwords as they are: `[ \"$a\" = \"$b\" ]`, no "
        "pattern, no query made of strings, no eval"),
    "canary": (
        "odd", "whoever connects runs programs with this user's rights",
        "never let a name or a password become a part of a program: no eval, "
        "no sh -c, no system() with a string"),
    **MAIL,
}
