# SPDX-License-Identifier: ISC
"""The sentences of findings on the list, on messages, and on ends; see findings."""

FAULT = "the session ends there, and the client hears -ERR [SYS/TEMP]"
AGAIN = "clients that leave mail on the server fetch it again and again"
UNREADABLE = "programs show, sort or file the mail wrongly"

MAIL = {
    "list-refused": (
        "list", "the login fails although the password was right",
        "answer list with its messages and OK; in the library a test that "
        "failed as the last word of on_list is ERR"),
    "list-temp": (
        "list", "the login fails although the password was right, with -ERR "
        "[SYS/TEMP], and nothing behind the list was tried",
        "find out what it could not reach or read, from what it said; where "
        "it said nothing let it write the reason to standard error; then try "
        "again. An empty mailbox is OK without msg lines; in the library a "
        "handler's status of 2 and more is TEMP"),
    "list-default": (
        "list", FAULT, "answer list with a msg line for each message, and OK"),
    "twin": (
        "uid", "pop3-skel tells both apart by what they are, which may change: "
        + AGAIN, "give each message a unique-id of its own"),
    "pattern": (
        "uid", "where no file fits it a shell leaves a pattern as it is, and "
        "the client sees a message that there is not",
        "pass it over: for f in mail/*; do [ -e \"$f\" ] || continue; ..."),
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
        "body", FAULT, "send | lines before OK, in the library with senddata "
        "COMMAND; where the message is empty say "
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
    "mbox": (
        "mail", "the line that begins with From and a blank is what an mbox has "
        "between two mails, and none of the header: some programs take all "
        "that follows for text",
        "leave the line out: sed '1{/^From /d;}'"),
    "before": (
        "mail", "a line that is no field stands before the header, which many "
        "programs then take for text, and the mail has no sender and no subject",
        "let the header's first line be the first that is written: take out the "
        "echo, or send it to standard error; save the file without a byte order "
        "mark"),
    "empty-first": (
        "mail", "an empty line ends the header, and this one is its first: all "
        "of the header is taken for text, and the mail has no sender and no "
        "subject", "leave out the empty line in front of the header"),
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
    "order": (
        "same", "the client files one message under the name of another, and "
        "may delete the wrong one",
        "look the message up by its unique-id, which each request has, and not "
        "by its number in a list that is made anew and sorted another way"),
    "reused": (
        "same", "a client that has this unique-id never fetches the other mail, "
        "or takes it for the one that it removed",
        "make the unique-id of the message itself, a file's name or a digest of "
        "the text, and of no place in a list; use none a second time"),
    "unstable": (
        "stable", AGAIN, "make the unique-id of what stays the same, a file's "
        "name or a digest of the text, and neither of the time nor of a count"),
    "lost": (
        "kept", "mail is gone though the client never said so",
        "remove in expunge or commit, and nowhere else"),
    "memory": (
        "gone", "the client was told that it is gone, and it comes back: "
        + AGAIN, "remove it where it is kept, before OK: what a backend only "
        "remembers ends with its session. Of a source that cannot delete let "
        "keep_expunge and keep_commit remember it, or keep_in's kin in Python"),
    "not-removed": (
        "gone", "at QUIT the client hears -ERR, the message is still there, and "
        "comes again in the next session",
        "let this user remove it: that takes the right to write in its folder, "
        "not to the file (as root, --run-as USER says whose rights are tried). "
        "Where nothing is ever removed leave on_expunge out, or answer DEFAULT"),
    "others-gone": (
        "gone", "mail is lost that nobody removed",
        "stop, and look at what is left before it is tried again; then remove "
        "the message whose unique-id the request has, and no other: its number "
        "is that of this session's list"),
    "unwritten": (
        "full", "the client was told that it is gone, and where the disk is "
        "full or may not be written it comes back",
        "answer OK when it is done, and not before: look at the status of each "
        "write, rename and close (`|| return 2` behind it), flush what is "
        "written, and answer TEMP where one failed"),
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
    "source": (
        "time", "each session costs the source as much as the first, clients ask "
        "every few minutes, and a source that is slow or counts makes them wait",
        "keep what was fetched: keep_list and keep_retr in a shell, "
        "pop3_skel.Keep in Python, pop3-skel-keep-mail elsewhere"),
}
