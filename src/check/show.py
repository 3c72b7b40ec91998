# SPDX-License-Identifier: ISC
"""What was found: for programs, TAP; for a person, a table."""
import re
import textwrap

from results import summary

LABELS = "seen", "why", "change"
# A path may hold what would be a line of its own.
CONTROL = re.compile(r"[\0-\x1f\x7f]")
GREEN, RED, DIM, PLAIN = "\033[32m", "\033[31m", "\033[2m", "\033[0m"


def tap(results, notes):
    number = 0
    for title, rows, why_not in results:
        number += 1
        bad = "not " if rows else ""
        skip = f" # SKIP {why_not}" if why_not else ""
        yield f"{bad}ok {number} - {title}{skip}"
        for row in rows:
            for label, text in zip(LABELS, row):
                yield f"# {label}: {CONTROL.sub('?', text)}"
    for note in (*notes, summary(results)[0]):
        yield f"# {note}"
    yield f"1..{number}"


def table(results, notes, width, colour):
    def painted(text, how):
        return f"{how}{text}{PLAIN}" if colour else text

    width = max(40, min(width, 100))
    for title, rows, why_not in results:
        if rows:
            yield f"  {painted('CHANGE', RED)}     {title}"
        elif why_not:
            yield painted(f"  not tried  {title}: {why_not}", DIM)
        else:
            yield f"  {painted('good', GREEN)}       {title}"
        for row in rows:
            for label, text in zip(LABELS, row):
                yield from textwrap.wrap(
                    text, width, initial_indent=f"             {label:<7}",
                    subsequent_indent=" " * 20, break_long_words=False,
                    break_on_hyphens=False)
    for note in notes:
        for line in textwrap.wrap(note, width, initial_indent="  ",
                                  subsequent_indent="    "):
            yield painted(line, DIM)
    told, bad = summary(results)
    for line in textwrap.wrap(told, width):
        yield painted(line, RED if bad else GREEN)
