# SPDX-License-Identifier: ISC
"""What was asked, how often, and how long it took: of the backend, and of the
source of its mail where that leaves a line for each request somewhere.
"""
import collections

# The parts of a trial that are told apart.
LIST, MESSAGES, AGAIN, NEXT_LIST, NEXT_MESSAGES = range(5)


class Source:
    """A file to which each request adds a line."""

    def __init__(self, path):
        # Once, by who may; pylint: disable=consider-using-with
        self.file = open(path, "rb")
        self.at = self.file.seek(0, 2)

    def more(self):
        """How many lines came since it was last asked."""
        count = 0
        # One that was emptied is read from its beginning.
        if self.file.seek(0, 2) < self.at:
            self.at = 0
        self.file.seek(self.at)
        while piece := self.file.read(1 << 16):
            count += piece.count(b"\n")
        self.at = self.file.tell()
        return count


class Figures:
    """Of all sessions."""

    def __init__(self, deadline, source=None):
        self.deadline, self.source = deadline, source
        self.sessions = 0
        self.requests, self.longest = collections.Counter(), {}
        self.part, self.asked = None, collections.Counter()

    def answered(self, name, seconds):
        self.requests[name] += 1
        self.longest[name] = max(self.longest.get(name, 0), seconds)
        if self.source is not None:
            self.asked[self.part] += self.source.more()

    def begin(self):
        """A session of which the parts are told apart."""
        self.asked.clear()
        self.part = LIST

    def lines(self, messages):
        """For a person: times, requests, and those to the source."""
        if not self.longest:
            return
        longest = sorted(self.longest.items(), key=lambda row: -row[1])
        yield f"the longest answers, of {self.deadline:g} s each: " + ", ".join(
            f"{name} {seconds:.2f} s" for name, seconds in longest)
        yield f"requests in {self.sessions} sessions: " + ", ".join(
            f"{name} {count}" for name, count in self.requests.most_common()) + \
            f"; messages fetched: {messages}"
        if self.source is None:
            yield "requests to the source of the mail: not counted, for that it " \
                "takes --source FILE"
            return
        yield "requests to the source of the mail: {} for the list, {} for {} " \
            "messages, {} for these again; in the next session {} for the list, " \
            "{} for these".format(self.asked[LIST], self.asked[MESSAGES], messages,
                                  *(self.asked[part] for part in
                                    (AGAIN, NEXT_LIST, NEXT_MESSAGES)))
