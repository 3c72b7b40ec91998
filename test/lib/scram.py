# SPDX-License-Identifier: ISC
"""The client's side of SCRAM (RFC 5802), CRAM-MD5 and APOP, for tests: with
ways to be wrong."""
import base64
import hashlib
import hmac
import os
import subprocess
import sys


class Scram:
    """One exchange. `binding` is what tls-exporter says; `head` the gs2 header."""

    def __init__(self, mechanism, user, password, binding=b"", head=None):
        self.hash = "sha256" if "SHA-256" in mechanism else "sha1"
        self.password = password.encode()
        self.plus = mechanism.endswith("-PLUS")
        self.binding = binding if self.plus else b""
        self.head = head or ("p=tls-exporter,," if self.plus else "n,,")
        self.nonce = base64.b64encode(os.urandom(12)).decode()
        name = user.replace("=", "=3D").replace(",", "=2C")
        self.bare = f"n={name},r={self.nonce}"

    def first(self):
        return (self.head + self.bare).encode()

    def hmac(self, key, text):
        return hmac.new(key, text, self.hash).digest()

    def final(self, challenge):
        challenge = challenge.decode()
        fields = dict(f.split("=", 1) for f in challenge.split(","))
        assert fields["r"].startswith(self.nonce)
        self.salt, self.rounds = base64.b64decode(fields["s"]), int(fields["i"])
        salted = hashlib.pbkdf2_hmac(self.hash, self.password, self.salt, self.rounds)
        channel = base64.b64encode(self.head.encode() + self.binding).decode()
        bare = f"c={channel},r={fields['r']}"
        whole = f"{self.bare},{challenge},{bare}".encode()
        key = self.hmac(salted, b"Client Key")
        signature = self.hmac(hashlib.new(self.hash, key).digest(), whole)
        self.server = self.hmac(self.hmac(salted, b"Server Key"), whole)
        proof = bytes(a ^ b for a, b in zip(key, signature))
        return f"{bare},p={base64.b64encode(proof).decode()}".encode()

    def right(self, verifier):
        return verifier == b"v=" + base64.b64encode(self.server)


def cram(user, password, challenge):
    return f"{user} {hmac.new(password.encode(), challenge, 'md5').hexdigest()}".encode()


def line(mechanism, password, rounds=4096, salt=b"saltsaltsalt"):
    """A password field for a users file."""
    name = "sha256" if "SHA-256" in mechanism else "sha1"
    salted = hashlib.pbkdf2_hmac(name, password.encode(), salt, rounds)
    key = hmac.new(salted, b"Client Key", name).digest()
    parts = [salt, hashlib.new(name, key).digest(),
             hmac.new(salted, b"Server Key", name).digest()]
    return "{%s}%d,%s" % (mechanism, rounds, ",".join(
        base64.b64encode(p).decode() for p in parts))


class Backend:
    """The program sasl, asked over pipes."""

    def __init__(self, *words, hello="hello 1 x-unknown next", prefix=()):
        # What it logs, in `log`.
        with open("log", "ab") as log:
            self.process = subprocess.Popen(
                [*prefix, os.environ["POP3_SKEL_BACKENDS"] + "/sasl", *words],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        self.hello = self.ask(hello)

    def ask(self, request):
        self.process.stdin.write(request.encode() + b"\n")
        self.process.stdin.flush()
        lines = []
        while True:
            lines.append(self.process.stdout.readline().decode().rstrip("\n"))
            if not lines[-1] or lines[-1].split()[0] in (
                    "OK", "ERR", "TEMP", "DEFAULT", "MORE"):
                return lines

    def say(self, verb, data=None):
        """auth or more, with octets: the challenge as octets, or the answer."""
        if data is not None:
            verb += " " + (base64.b64encode(data).decode() or "=")
        answer = self.ask(verb)
        if answer[-1].startswith("MORE "):
            assert len(answer) == 1
            text = answer[0][5:]
            return b"" if text == "=" else base64.b64decode(text, validate=True)
        return answer

    def scram(self, mechanism, *args, **keys):
        """A whole exchange, to the answer at its end; the client in `client`."""
        self.client = Scram(mechanism, *args, **keys)
        answer = self.say("auth " + mechanism, self.client.first())
        if isinstance(answer, bytes):
            answer = self.say("more", self.client.final(answer))
        if isinstance(answer, bytes):
            assert self.client.right(answer), answer
            answer = self.say("more", b"")
        return answer

    def end(self):
        self.process.stdin.close()
        assert self.process.wait(10) == 0


def is_equal(got, *wanted):
    if got not in wanted:
        sys.exit(f"got {got}, wanted {wanted}")
