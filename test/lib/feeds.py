#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""feeds.py PORT FOLDER: an HTTP server for feeds of all kinds, on 127.0.0.1. Each
request is a line in FOLDER/asked, its path and status. A path is a file of FOLDER,
with an ETag, or

    /items/N    RSS with N items
    /endless    RSS that never ends, without a length
    /silent     nothing at all, as long as the client waits
    /away       goes to /items/1, by way of /items
    /local      goes to file:///etc/passwd
"""
import hashlib
import http.server
import os
import sys

PORT, FOLDER = int(sys.argv[1]), sys.argv[2]


def rss(count):
    items = "".join(
        f"<item><title>Item {n}</title><guid>urn:{n}</guid>"
        f"<pubDate>Tue, 01 Dec 2026 12:{n // 60 % 60:02}:{n % 60:02} GMT</pubDate>"
        f"<description>&lt;p&gt;Text {n} ü&lt;/p&gt;</description></item>"
        for n in range(count, 0, -1))
    return f"<rss><channel><title>Many</title>{items}</channel></rss>".encode()


class Feeds(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **fields):
        with open(os.path.join(FOLDER, "asked"), "a", encoding="ascii") as asked:
            asked.write(f"{self.path} {status}\n")
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        name = self.path[1:]
        if name == "silent":
            self.rfile.read(1)
        elif name == "endless":
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"<rss><channel>" + b" " * 65536)
            except OSError:
                pass
        elif name in ("away", "items", "local"):
            self.answer(302, Location={"away": "/items", "items": "/items/1",
                                       "local": "file:///etc/passwd"}[name])
        elif name.startswith("items/"):
            self.tagged(rss(int(name[6:])))
        elif os.path.isfile(os.path.join(FOLDER, name)):
            with open(os.path.join(FOLDER, name), "rb") as file:
                self.tagged(file.read())
        else:
            self.answer(404)

    def tagged(self, body):
        tag = '"' + hashlib.sha256(body).hexdigest() + '"'
        if self.headers["If-None-Match"] == tag:
            self.answer(304, ETag=tag)
        else:
            self.answer(200, body, ETag=tag)


http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Feeds).serve_forever()
