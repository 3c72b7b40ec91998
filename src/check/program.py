# SPDX-License-Identifier: ISC
"""Where a backend is, what it inherits, and why the kernel would not start it."""
import os

from channel import quoted

# What pop3-skel leaves out of what it inherits, by how names begin.
DROPPED = ("LISTEN_", "NOTIFY_SOCKET", "WATCHDOG_", "SSL", "TLS", "SSH_",
           "REMOTE", "LOCAL", "PEER", "PROTO", "LANG", "LC_", "POP3_")
PATH = "/usr/local/bin:/usr/bin:/bin"
FEATURES = "log next part sent sizes"
FACTS = {"remote": "127.0.0.1", "remote-port": "50110",
         "local": "127.0.0.1", "local-port": "110"}
# Octets of a file that are looked at.
SCRIPT = 1 << 16


def found(name, folder, path):
    """A backend's path: one without a slash is installed, or in PATH."""
    if "/" in name:
        return name
    for place in [folder, *path.split(":")]:
        at = os.path.join(place, name)
        if os.path.isfile(at) and os.access(at, os.X_OK):
            return at
    return name


def environment(base, told, session, timeout):
    """That of a session, on top of what there is."""
    inherited = {name: value for name, value in base.items()
                 if not name.startswith(DROPPED)}
    facts = {"POP3_" + {"remote": "REMOTE_ADDR", "local": "LOCAL_ADDR"}.get(
        name, name.upper().replace("-", "_")): value
        for name, value in FACTS.items()}
    return {"PATH": PATH, **inherited, **facts, **told, "LC_ALL": "C",
            "POP3_PROTOCOL": "1", "POP3_SESSION_ID": session,
            "POP3_BACKEND_TIMEOUT": f"{max(1, int(timeout))}",
            "POP3_FEATURES": FEATURES}


def trouble(path):
    """The findings that a file is before it runs: keys, and what was seen."""
    if not os.path.isfile(path):
        yield "not-started", f"{path}: there is no such file"
        return
    try:
        with open(path, "rb") as file:
            text = file.read(SCRIPT)
    except OSError:
        text = b"\x7fELF"
    first = text.partition(b"\n")[0]
    if not os.access(path, os.X_OK):
        yield "not-executable", f"{path} may not be executed"
    if text[:4] == b"\x7fELF" or b"\0" in text:
        return
    if text.startswith(b"\xef\xbb\xbf"):
        yield "bom", f"{path} begins with the octets EF BB BF"
        return
    if text[:2] != b"#!":
        yield "no-shebang", f"{path} begins with {quoted(first)}"
        return
    if b"\r\n" in text:
        line = text[:text.index(b"\r\n")].count(b"\n") + 1
        yield "crlf", f"line {line} of {path} ends in CRLF"
        return
    words = first[2:].split()
    program = os.fsdecode(words[0]) if words else ""
    if not os.path.isfile(program):
        yield "interpreter", f"{path} begins with {quoted(first)}"
    elif os.path.basename(program) == "env" and len(words) > 2 and \
            words[1][:1] != b"-":
        yield "env-words", f"{path} begins with {quoted(first)}"
    elif os.path.basename(program) == "env" and len(words) > 1 and \
            words[1][:1] != b"-" and b"=" not in words[1]:
        name = os.fsdecode(words[1])
        if not any(os.access(os.path.join(place, name), os.X_OK)
                   for place in PATH.split(":")):
            yield "interpreter", f"{path} begins with {quoted(first)}, and " \
                f"{name} is not in {PATH}"
