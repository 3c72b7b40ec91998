# SPDX-License-Identifier: ISC
"""The report for a person, for Prometheus, and as JSON.

What is shown of a log is printable ASCII, whatever stood there.
"""
import collections
import json
import re
import time

from log import SLOWEST, TALLY

# Rows of a table, without --all.
ROWS, HOURS_SHOWN = 20, 24
# What a session tells at its end.
ENDED = {"retr": "sent by RETR", "top": "sent by TOP", "dele": "removed",
         "in": "from clients", "out": "to clients"}
# Columns of a line, and those that give way.
WIDTH = 80
NAMES = "user", "last user", "kind", "mechanism", "hour"


def plain(value):
    """Octets of a log as printable ASCII."""
    return re.sub(r"[^ -~]", "?", (value or b"-").decode("latin-1"))


def local(at, form="%Y-%m-%d %H:%M:%S"):
    return "-" if at is None else time.strftime(form, time.localtime(at))


def table(head, rows, everything=True, most=ROWS):
    """A heading, and the rows that there is room for. Numbers stand to the
    right; names that are too long for the line are cut."""
    more = 0 if everything else max(0, len(rows) - most)
    rows = rows[:len(rows) - more]
    if rows:
        right = [isinstance(cell, int) for cell in rows[0]]
        lines = [head] + [[str(cell) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*lines)]
        name = head.index(next(word for word in head if word in NAMES))
        widths[name] = max(8, widths[name] - max(
            0, sum(widths) + 2 * len(widths) - WIDTH))
        for line in lines:
            yield "".join(
                "  " + (cell.rjust if to_right else cell.ljust)(width)
                for cell, to_right, width in zip(
                    (cut(cell, width) for cell, width in zip(line, widths)),
                    right, widths)).rstrip()
    if more:
        yield f"  and {more} more; --all shows them"


def by_time(users):
    """The last one first."""
    return sorted(users.rows.items(), key=lambda row: row[1][1] or 0,
                  reverse=True)


def cut(text, width):
    return text if len(text) <= width else text[:width - 2] + ".."


def on_now(log, now, everything):
    states = collections.Counter(one.state for one in log.on.values())
    yield f"\nON NOW: {len(log.on)}" + "".join(
        f", {states[name]} in {name}" for name in sorted(states))
    rows = [("-" if one.since is None else max(0, int(now - one.since)),
             one.state, plain(one.user), plain(one.address))
            for one in log.on.values()]
    rows.sort(key=lambda row: 0 if row[0] == "-" else -row[0])
    yield from table(("seconds", "state", "user", "address"), rows, everything)
    if log.unseen:
        yield f"  and {log.unseen} of which no line tells the end"


def by_hour(log, everything):
    yield "\nBY HOUR"
    rows = [(local(hour, "%Y-%m-%d %H:00"), *log.hours[hour])
            for hour in sorted(log.hours, key=lambda hour: hour or 0)]
    earlier = log.earlier
    if not everything and len(rows) > HOURS_SHOWN:
        earlier = [sum(column) for column in
                   zip(earlier, *(row[1:] for row in rows[:-HOURS_SHOWN]))]
        rows = rows[-HOURS_SHOWN:]
    if any(earlier):
        rows.insert(0, ("earlier", *earlier))
    yield from table(("hour", *log.counts), rows)


def by_kind(title, kinds, everything):
    yield f"\n{title}: {kinds.total()}"
    rows = [(count, local(at), plain(what))
            for what, (count, at, _) in kinds.by_count()]
    yield from table(("count", "last", "kind"), rows, everything)
    if kinds.others:
        yield f"  and {kinds.others} of other kinds"


def failures(log, everything):
    yield f"\nFAILED LOGINS: {log.sources.total()}"
    rows = [(count, local(at), plain(user), plain(address))
            for address, (count, at, user) in log.sources.by_count()]
    yield from table(("failed", "last", "last user", "address"), rows,
                     everything, SLOWEST)
    if log.sources.others:
        yield f"  and {log.sources.others} from other addresses"


def slowest(log, total):
    yield f"\nSLOW REQUESTS: {total}"
    rows = [(seconds, local(at or None), plain(request), plain(user),
             plain(session)) for seconds, at, request, user, session
            in sorted(log.slowest, reverse=True)]
    yield from table(("seconds", "when", "request", "user", "session"), rows)
    if total > len(rows):
        yield f"  and {total - len(rows)} more that were no slower"


def ways(log, everything):
    total = log.ways.total()
    yield f"\nWAYS TO LOG IN: {total}"
    rows = [(count, f"{100 * count / total:5.1f}%", plain(tls),
             plain(mechanism))
            for (tls, mechanism), (count, _, _) in log.ways.by_count()]
    yield from table(("logins", "", "tls", "mechanism"), rows, everything)
    if log.ways.others:
        yield f"  and {log.ways.others} by other ways"


def last_logins(log, everything):
    yield f"\nLAST LOGIN OF EACH USER: {len(log.users.rows)}"
    rows = [(local(at), count, plain(user), plain(address))
            for user, (count, at, address) in by_time(log.users)]
    yield from table(("last", "logins", "user", "address"), rows, everything)
    if log.users.others:
        yield f"  and {log.users.others} logins of others"


def shown(log, now, everything):
    """The report, line by line."""
    sums = log.totals()
    yield f"pop3-skel from {local(log.first)} to {local(log.last)} " \
        f"{time.strftime('%Z')}"
    if log.undated:
        yield f"{log.undated} lines have no time" + (
            "" if log.since is None else ", and are not counted")
    yield from on_now(log, now, everything)
    yield from by_hour(log, everything)
    yield from by_kind("FAULTS", log.whats, everything)
    yield from slowest(log, sums["slow"])
    yield from failures(log, everything)
    yield from by_kind("REFUSED OTHERWISE", log.whys, everything)
    yield from ways(log, everything)
    yield from last_logins(log, everything)


def metrics(log):
    """The same in the text format of Prometheus; nobody's name is in it."""
    def metric(name, kind, text, *samples):
        yield f"# HELP pop3_skel_{name} {text}"
        yield f"# TYPE pop3_skel_{name} {kind}"
        for labels, value in samples:
            inner = ",".join(
                f'{key}="' + plain(told).replace("\\", "\\\\").replace('"', '\\"')
                + '"' for key, told in labels.items())
            yield f"pop3_skel_{name}{{{inner}}} {value}" if inner else \
                f"pop3_skel_{name} {value}"

    def kinds(key, table):
        samples = [({key: what}, row[0]) for what, row in table.by_count()]
        if table.others:
            samples.append(({key: b"(others)"}, table.others))
        return samples

    sums = log.totals()
    states = collections.Counter(one.state for one in log.on.values())
    yield from metric("sessions_on", "gauge", "Sessions that are on now.",
                      *(({"state": state.encode()}, states[state]) for state in
                        ("authorization", "transaction", "update")))
    yield from metric("sessions_total", "counter", "Sessions that began.",
                      ({}, sums["sessions"]))
    ways = [({"tls": tls, "mechanism": mechanism}, row[0])
            for (tls, mechanism), row in log.ways.by_count()]
    if log.ways.others:
        ways.append(({"tls": b"(others)", "mechanism": b"(others)"},
                     log.ways.others))
    yield from metric("logins_total", "counter", "Logins.", *ways)
    yield from metric("failed_logins_total", "counter", "Logins that failed.",
                      ({}, sums["failed"]))
    yield from metric("refused_total", "counter",
                      "What else was refused, by its reason.",
                      *kinds("why", log.whys))
    yield from metric("faults_total", "counter", "Faults, by their kind.",
                      *kinds("what", log.whats))
    yield from metric("slow_requests_total", "counter",
                      "Requests that took the backend over 5 s.",
                      ({}, sums["slow"]))
    for name in TALLY:
        what, _, octets = name.partition("_")
        unit = "bytes" if octets or name in ("in", "out") else "messages"
        yield from metric(f"{what}_{unit}_total", "counter",
                          f"{unit.capitalize()} {ENDED[what]}.",
                          ({}, log.tally[name]))


def as_json(log, now, _):
    def text(value):
        return None if value is None else plain(value)

    yield json.dumps({
        "from": log.first, "to": log.last, "undated_lines": log.undated,
        "totals": log.totals(), "ended": log.tally,
        "on": [{"session": text(session), "user": text(one.user),
                "address": text(one.address), "state": one.state,
                "seconds": one.since and max(0, int(now - one.since))}
               for session, one in log.on.items()],
        "end_unknown": log.unseen,
        "earlier": dict(zip(log.counts, log.earlier)),
        "hours": [{"hour": hour, **dict(zip(log.counts, log.hours[hour]))}
                  for hour in sorted(log.hours, key=lambda hour: hour or 0)],
        "users": [{"user": text(user), "last": at, "address": text(address),
                   "logins": count} for user, (count, at, address)
                  in by_time(log.users)],
        "other_users_logins": log.users.others,
        "failed": [{"address": text(address), "count": count, "last": at,
                    "user": text(user)} for address, (count, at, user)
                   in log.sources.by_count()],
        "other_addresses_failed": log.sources.others,
        "slowest": [{"seconds": row[0], "at": row[1] or None,
                     "request": text(row[2]), "user": text(row[3]),
                     "session": text(row[4])}
                    for row in sorted(log.slowest, reverse=True)],
        "faults": [{"what": text(what), "count": row[0], "last": row[1]}
                   for what, row in log.whats.by_count()],
        "refused": [{"why": text(why), "count": row[0], "last": row[1]}
                    for why, row in log.whys.by_count()],
        "ways": [{"tls": text(tls), "mechanism": text(mechanism),
                  "logins": row[0]}
                 for (tls, mechanism), row in log.ways.by_count()],
    })
