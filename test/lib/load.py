#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""load.py MANY PORT [CERTIFICATE]: clients, while servers come and go.

Four of them, user1 to user4 with the password demo, have one session after the
other at 127.0.0.1:PORT, over TLS where there is a CERTIFICATE to trust: two have
short ones, two stay for a second. They end when there is a file `enough`; `many`
is made when there were so many. While there is a file `hold` none begins another
session, and `held` is there when none has one.

What went wrong is on stdout, and is the end; how many sessions, on stderr.
"""

import os
import poplib
import ssl
import sys
import threading
import time

many, port = int(sys.argv[1]), int(sys.argv[2])
trust = ssl.create_default_context(cafile=sys.argv[3]) if sys.argv[3:] else None
done, wrong, waiting = [], [], [False] * 5


def session(i):
    if trust:
        pop = poplib.POP3_SSL("127.0.0.1", port, context=trust, timeout=60)
    else:
        pop = poplib.POP3("127.0.0.1", port, timeout=60)
    pop.user("user%d" % i)
    pop.pass_("demo")
    for _ in range(i % 2 * 10):
        time.sleep(0.1)
        pop.noop()
    assert b"text of new/2.b" in pop.retr(2)[1], "mail"
    pop.quit()


def client(i):
    while not os.path.exists("enough"):
        if os.path.exists("hold"):
            waiting[i] = True
            time.sleep(0.01)
            continue
        waiting[i] = False
        try:
            session(i)
            done.append(i)
        except Exception as error:
            wrong.append("%d: %r" % (i, error))


threads = [threading.Thread(target=client, args=(i,)) for i in (1, 2, 3, 4)]
for thread in threads:
    thread.start()
while not os.path.exists("enough"):
    time.sleep(0.02)
    if len(done) >= many:
        open("many", "w").close()
    if os.path.exists("hold") and all(waiting[1:]):
        open("held", "w").close()
    if wrong:
        open("enough", "w").close()
for thread in threads:
    thread.join()
print(*wrong, sep="\n", end="")
print(len(done), file=sys.stderr)
