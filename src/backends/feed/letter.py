# SPDX-License-Identifier: ISC
"""An item as a mail: the same item, the same octets."""
import datetime
import email.headerregistry
import email.message
import email.policy
import html
import re
import urllib.parse

# Characters of a title; of a text, which is cut.
TITLE, TEXT = 300, 1 << 20


BLOCKS = frozenset("p div br li tr h1 h2 h3 h4 h5 h6 pre blockquote ul ol table "
                   "hr dt dd article section figure".split())
# Elements that nobody sees, and how they end.
HIDDEN = {name: re.compile(f"</{name}\\b", re.IGNORECASE)
          for name in ("script", "style", "head")}
NAME = re.compile(r"/?[a-zA-Z][^\s/>]*")
# What ends a tag, or begins a value that may hold that.
IN_TAG = re.compile(r">|=\s*([\"'])")
# More digits than any character has, which are slow to read.
NUMBER = re.compile(r"&#[0-9]{20,};?")


def after_tag(text, at):
    """Where the tag ends in which `at` is; -1 if it does not."""
    while True:
        found = IN_TAG.search(text, at)
        if not found:
            return -1
        if not found[1]:
            return found.end()
        at = text.find(found[1], found.end()) + 1
        if at == 0:
            return -1


def after(text, what, at):
    end = text.find(what, at)
    return end if end < 0 else end + len(what)


def pieces(text):
    """HTML without its elements, a newline for each block. What does not end is
    the last: so each character is looked at a few times, whatever it is."""
    at = 0
    while at >= 0:
        begin = text.find("<", at)
        data = text[at:begin] if begin >= 0 else text[at:]
        yield re.sub(r"\s+", " ", html.unescape(NUMBER.sub("\ufffd", data)))
        if begin < 0:
            return
        found = NAME.match(text, begin + 1)
        if found:
            at = after_tag(text, found.end())
            name = found[0].lower()
            if name.lstrip("/") in BLOCKS:
                yield "\n"
            if at >= 0 and name in HIDDEN:
                end = HIDDEN[name].search(text, at)
                at = end.start() if end else -1
        elif text.startswith("<!--", begin):
            at = after(text, "-->", begin + 4)
        elif text.startswith(("<!", "<?", "</"), begin):
            at = after(text, ">", begin + 2)
        else:
            yield "<"
            at = begin + 1


def plain(text):
    lines = [line.strip() for line in "".join(pieces(text)).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def host_of(url):
    try:
        return urllib.parse.urlsplit(url).hostname or ""
    except ValueError:
        return ""


def one_line(text, most=TITLE):
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most - 1] + "…"


def sender(title, url):
    host = host_of(url)
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,200}[a-z0-9])?", host) or ".." in host:
        host = "localhost"
    return email.headerregistry.Address(one_line(title or host, 100), "feed", host)


def web(link, url):
    """An address of the web, or nothing: no javascript:."""
    try:
        link = urllib.parse.urljoin(url, link)
    except ValueError:
        return ""
    return link if link.startswith(("http://", "https://")) else ""


def letter(key, url, feed, item, when):
    """The octets of a mail, with CRLF."""
    origin = sender(feed, url)
    links = [link for link in (web(one, url) for one in [item.link, *item.files])
             if link]
    text = item.text if len(item.text) <= TEXT else item.text[:TEXT] + "…"
    title = item.title[:TEXT]
    if "<" in title or "&" in title:
        title = plain(title)
    mail = email.message.EmailMessage(policy=email.policy.SMTP)
    mail["From"] = origin
    mail["Subject"] = one_line(title) or "(no title)"
    mail["Date"] = datetime.datetime.fromtimestamp(when, datetime.timezone.utc)
    mail["Message-ID"] = f"<{key}@{origin.domain}>"
    shown = plain(text) if item.is_html else text
    body = "\n".join([shown, *([""] + links if links else [])]) + "\n"
    mail.set_content(body, cte="quoted-printable")
    if item.is_html:
        mail.add_alternative(
            "<html><body>\n" + text + "\n" + "".join(
                f'<p><a href="{html.escape(link)}">{html.escape(link)}</a></p>\n'
                for link in links) + "</body></html>\n",
            subtype="html", cte="quoted-printable")
        mail.set_boundary(f"=_{key}")
    return mail.as_bytes()
