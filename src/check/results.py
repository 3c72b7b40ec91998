# SPDX-License-Identifier: ISC
"""What was found, by its check; and which checks were made at all."""
import collections

from findings import CHECKS, FINDINGS


class Findings:
    """Those of some sessions."""

    def __init__(self):
        self.seen = {name: {} for name in CHECKS}
        self.made = set()
        self.why_not = {}

    def add(self, key, seen):
        """The first of its kind is told, the others are counted."""
        rows = self.seen[FINDINGS[key][0]]
        first, count = rows.get(key, (seen, 0))
        rows[key] = first, count + 1

    def new(self, key):
        return key not in self.seen[FINDINGS[key][0]]

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


def summary(results):
    """How many checks went how, and why some were not made."""
    why_not = collections.Counter(why for _, rows, why in results
                                  if why and not rows)
    bad = sum(1 for _, rows, _ in results if rows)
    told = f"{len(results) - bad - sum(why_not.values())} good, {bad} to change"
    if why_not:
        told += f", {sum(why_not.values())} not tried: " + "; ".join(
            (f"{count} of them, " if len(why_not) > 1 else "") + why
            for why, count in why_not.most_common())
    return told, bad
