# SPDX-License-Identifier: ISC
"""What --delete asks for: one message is removed, and seen to be gone."""
from channel import quoted


def remove(run, visit, promised):
    """The first message, as at QUIT; what was answered goes to promised."""
    messages = run.enter(visit)
    if not messages:
        return
    one = messages[0]
    words = [b"expunge", str(one.number).encode(), one.uid]
    if one.path is not None:
        words.append(one.path)
    answer = visit.ask(*words)
    good = answer.word == b"OK"
    said = visit.backend.said()
    commit = visit.ask(b"commit", b"1" if good else b"0")
    promised.update(one=one, others={other.key for other in messages[1:]},
                    word=answer.word, text=answer.text, commit=commit.word,
                    good=good and commit.word in (b"OK", b"DEFAULT"))
    promised["said"] = said + visit.backend.said()


def there(run, removed, *names):
    """The unique-ids of a session of its own; None where that of the one that was
    removed is another mail's there, and these checks are not made."""
    keys, found = {}, []

    def look(visit):
        keys.update((one.key, one) for one in run.enter(visit))
        before = [one.body for one in run.messages
                  if one.key == removed.key and one.body is not None]
        now = keys.get(removed.key)
        if now is None or not before or not (
                run.findings.new("changed") and run.findings.new("order")):
            return
        body, _ = visit.fetch(now.number, now.uid, now.path)
        if body is not None and body.alike() != before[0].alike():
            found.append(now)
    run.visit(look)
    if not found:
        return set(keys)
    run.add("reused", f"expunge of {quoted(removed.uid)} was answered OK, and in "
            "the next session that unique-id was used again for another mail")
    for name in names:
        run.findings.unmade(name, "a unique-id was used again for another mail")
    return None


def removals(run):
    if not run.messages:
        return
    if not run.findings.new("unstable"):
        for name in "gone", "full":
            run.findings.skip(name, "nothing is removed where the next session "
                              "has other unique-ids")
        return
    if run.resident:
        run.findings.skip("full", "a resident backend has its disk elsewhere")
    else:
        run.check("full")
        promised = {}
        kept = run.findings
        # Any other answer, and any fault, is the truth where nothing is written.
        run.findings = type(kept)()
        run.visit(lambda visit: remove(run, visit, promised), full=True)
        run.findings = kept
        keys = there(run, promised["one"], "full", "gone") \
            if promised.get("good") else set()
        if keys is None:
            return
        if promised.get("good") and promised["one"].key in keys:
            run.add("unwritten", "where no file could be written, expunge of "
                    f"{quoted(promised['one'].uid)} was answered OK, and the "
                    f"message is there in the next session{promised['said']}")
    promised = {}
    run.check("gone")
    run.visit(lambda visit: remove(run, visit, promised))
    if not promised:
        # It did not come that far, and why is told.
        if "gone" not in run.findings.why_not:
            run.findings.unmade("gone", "the session that was to remove "
                                "something did not come that far")
        return
    one, what = promised["one"], quoted(promised["one"].uid)
    if promised["word"] == b"DEFAULT":
        run.findings.unmade("gone", "expunge is answered DEFAULT, which "
                            "removes nothing")
        return
    if not promised["good"]:
        answers = promised["word"], promised["text"], promised["commit"]
        run.add("not-removed", "expunge of {} was answered {} {}, and commit "
                "{}{}".format(what, answers[0].decode(), quoted(answers[1]),
                              answers[2].decode(), promised["said"]))
        return
    keys = there(run, one, "gone")
    if keys is None:
        return
    if one.key in keys:
        run.add("memory", f"expunge of {what} was answered OK, and it is "
                f"there in the next session{promised['said']}")
    elif promised["others"] and not promised["others"] & keys:
        run.add("others-gone", f"after expunge of {what} the other messages "
                "are gone, too")
