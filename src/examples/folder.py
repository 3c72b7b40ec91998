#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Each file of a folder is a mail: folder.py FOLDER"""
import os
import re
import sys

folder = os.fsencode(sys.argv[1])


def names():
    """Those that can be unique-ids, which have no blanks."""
    return sorted(name for name in os.listdir(folder)
                  if re.fullmatch(rb"[!-\-/-~][!-~]{0,69}", name)
                  and os.path.isfile(os.path.join(folder, name)))


def answer(request):
    verb, _, rest = request.partition(b" ")
    if verb == b"hello":
        return [b"OK 1"] if rest.split(b" ")[0] == b"1" else [b"ERR"]
    if verb == b"login":
        return [b"OK"] if rest == b"demo demo" else [b"ERR"]
    if verb == b"list":
        return [b"msg - " + name for name in names()] + [b"OK"]
    if verb in (b"retr", b"expunge"):
        path = os.path.join(folder, os.path.basename(rest.split(b" ")[1]))
        if verb == b"expunge":
            os.unlink(path)
            return [b"OK"]
        with open(path, "rb") as file:
            lines = file.read().removesuffix(b"\n").split(b"\n")
        return [b"|" + line for line in lines] + [b"OK"]
    return [b"DEFAULT"]


for line in sys.stdin.buffer:
    try:
        reply = answer(line.rstrip(b"\n"))
    except OSError as error:
        print(error, file=sys.stderr)
        reply = [b"ERR"]
    # A reply that stays in a buffer is none.
    sys.stdout.buffer.write(b"\n".join(reply) + b"\n")
    sys.stdout.buffer.flush()
