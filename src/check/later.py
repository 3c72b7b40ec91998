# SPDX-License-Identifier: ISC
"""Sessions behind the first: another version, the same once more, and from another
folder.
"""
import os

import figures
import judge
from channel import quoted
from results import Findings


def version(run):
    """A number that there is not, and an end in the middle of a line."""
    def two(visit):
        if visit.greeting.word == b"OK" and \
                visit.greeting.text.partition(b" ")[0] == b"2":
            run.add("version-two", "`hello 2` was answered OK 2")
        return {"before": b"lo"}
    kept = run.findings.counts()
    if not run.visit(two, version=2):
        # To end there is as good as any other answer.
        run.findings.forget("exited", kept)


def unstable(run, visit, gone, new):
    bodies = {one.body.alike(): one for one in gone if one.body is not None}
    for one in new[:3] if bodies else ():
        body = run.fetched(visit, one)
        before = bodies.get(body.alike()) if body is not None else None
        if before is not None:
            run.add("unstable", f"what had {quoted(before.uid)} has "
                    f"{quoted(one.uid)} in the next session")


def second(run):
    """What was marked is there; unique-ids and bodies are the same."""
    if not run.messages:
        return
    run.check("stable", "kept")

    def again(visit):
        run.about.figures.part = figures.NEXT_LIST
        messages = run.enter(visit)
        run.later = len(messages)
        now = {one.key: one for one in messages}
        run.about.figures.part = figures.NEXT_MESSAGES
        before = {one.key: one for one in run.messages}
        new = [one for key, one in now.items() if key not in before]
        gone = [one for key, one in before.items() if key not in now]
        if run.marked in gone and not new:
            run.add("lost", f"message {run.marked.number}, "
                    f"{quoted(run.marked.uid)}, was marked in a session "
                    "that ended without QUIT, and is gone")
        for one in run.sample():
            there = now.get(one.key)
            if one.body is not None and there is not None:
                body = run.fetched(visit, there)
                if body is not None:
                    run.tell(judge.again(one, body, "in two sessions",
                                         run.messages))
        unstable(run, visit, gone, new)
        for one in now.values():
            if one.path is None:
                # A client that goes while its message comes.
                return {"with_output": True, "before":
                        f"retr {one.number} ".encode() + one.uid + b"\n"}
        return {"with_output": True}
    run.visit(again)
    run.about.figures.part = None


def elsewhere(run):
    """The same from the root folder, where a super-server starts it; what is
    named from here in its arguments would not be there, and is the caller's."""
    if run.resident or run.later is None or any(
            word[:1] != "/" and os.path.exists(word)
            for word in run.about.words[1:]):
        return
    kept, counts = run.findings, []
    run.findings = Findings()
    run.visit(lambda visit: counts.append(len(run.enter(visit))), folder="/")
    rows = [rows[0][0] for _, rows, _ in run.findings.results() if rows]
    run.findings = kept
    if counts and counts[0] != run.later:
        run.add("folder", "in a session that was started in the folder / the "
                f"list has {counts[0]}, and here {run.later}")
    elif rows and not counts:
        run.add("folder", "a session that was started in the folder / did "
                "not come to its list: " + "; ".join(rows))
