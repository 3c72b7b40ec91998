# SPDX-License-Identifier: ISC
"""What was found: for programs, TAP; for a person, a table."""
import textwrap

LABELS = "seen", "why", "change"
GREEN, RED, DIM, PLAIN = "\033[32m", "\033[31m", "\033[2m", "\033[0m"


def tap(results, times):
    number = 0
    for title, rows, why_not in results:
        number += 1
        bad = "not " if rows else ""
        skip = f" # SKIP {why_not}" if why_not else ""
        yield f"{bad}ok {number} - {title}{skip}"
        for row in rows:
            for label, text in zip(LABELS, row):
                yield f"# {label}: {text}"
    if times:
        yield f"# the longest answers: {times}"
    yield f"1..{number}"


def table(results, times, width, colour):
    def painted(text, how):
        return f"{how}{text}{PLAIN}" if colour else text

    width = max(40, min(width, 100))
    good = bad = 0
    for title, rows, why_not in results:
        if rows:
            bad += 1
            yield f"  {painted('CHANGE', RED)}     {title}"
        elif why_not:
            yield painted(f"  not tried  {title}: {why_not}", DIM)
        else:
            good += 1
            yield f"  {painted('good', GREEN)}       {title}"
        for row in rows:
            for label, text in zip(LABELS, row):
                yield from textwrap.wrap(
                    text, width, initial_indent=f"             {label:<7}",
                    subsequent_indent=" " * 20, break_long_words=False,
                    break_on_hyphens=False)
    if times:
        yield painted(f"  the longest answers: {times}", DIM)
    yield painted(f"{good} good, {bad} to change", RED if bad else GREEN)
