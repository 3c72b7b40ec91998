# SPDX-License-Identifier: ISC
"""A backend of pop3-skel(8) in Python: a class with a method for each request.

    import pop3_skel

    class Welcome(pop3_skel.Backend):
        def login(self, user, password):
            return pop3_skel.same(user, "demo") and pop3_skel.same(password, "demo")

        def list(self, user):
            return ["welcome-1"]

        def retr(self, message):
            return pop3_skel.mail(message.uid, "Welcome", "It works.",
                                  date="2026-12-01")

    pop3_skel.run(Welcome)

pop3_skel(3) is the manual, pop3-skel-backend(7) the protocol beneath.
"""
from .backend import DEFAULT, Backend, Err, Message, More, Part, Temp
from .keep import Keep
from .made import mail, same, stable_uid
from .serve import run

__all__ = ["DEFAULT", "Backend", "Err", "Keep", "Message", "More", "Part", "Temp",
           "mail", "run", "same", "stable_uid"]
