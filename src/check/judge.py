# SPDX-License-Identifier: ISC
"""A list and its messages: what is wrong with them, a key of the findings and
what was seen for each.
"""
import os
import re

from channel import quoted

# What a shell leaves where no file fits it.
PATTERN = re.compile(rb"(.*/)?\*(\.[a-z]+)?")


class Message:
    """One of the list."""

    def __init__(self, number, size, uid, path):
        self.number, self.size, self.uid, self.path = number, size, uid, path
        # What a client sees as its unique-id, as far as that can be told.
        self.key = uid if uid != b"-" else \
            os.path.basename(path) if path is not None else None
        self.body = None


def listed(reply):
    return [Message(number, *fields)
            for number, fields in enumerate(reply.messages, 1)]


def sample(messages, most):
    """Those that are fetched: the first, the last, and between."""
    if len(messages) <= most:
        return messages
    step = (len(messages) - 1) / max(1, most - 1)
    return [messages[round(i * step)] for i in range(most)]


def unique_ids(messages):
    known = {}
    for one in messages:
        if one.uid == b"-":
            continue
        if one.uid in known:
            yield "twin", f"messages {known[one.uid]} and {one.number} " \
                f"have {quoted(one.uid)}"
        known.setdefault(one.uid, one.number)
        if PATTERN.fullmatch(one.uid):
            yield "pattern", f"message {one.number} has {quoted(one.uid)}"
        elif len(one.uid) > 70 or not all(0x21 <= octet <= 0x7e
                                          for octet in one.uid):
            yield "uid-odd", f"message {one.number} has " \
                f"{quoted(one.uid)}, {len(one.uid)} octets"


def body(one):
    """What is wrong with the body that a message has."""
    if one.size is not None and one.size != one.body.octets:
        yield "size", f"message {one.number} was told as {one.size} " \
            f"octets, and has {one.body.octets}"
    if one.body.lines == 0:
        yield "empty", f"message {one.number} has no octet"
        return
    for key, seen in one.body.trouble():
        yield key, f"message {one.number}: {quoted(seen)}" if seen else \
            f"message {one.number} has {key.replace('-', ' ', 1)} line"


def again(one, now, when, messages):
    """... and with what it is when it is asked for again."""
    if now.digest() == one.body.digest():
        return
    asked = f"message {one.number}, {quoted(one.uid)}, was asked for {when} and "
    for other in messages:
        if other is not one and other.body is not None and \
                other.body.digest() == now.digest():
            yield "order", f"{asked}is then what message {other.number}, " \
                f"{quoted(other.uid)}, was"
            return
    yield "changed", f"{asked}differs: {one.body.octets} octets, then {now.octets}"
