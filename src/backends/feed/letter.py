# SPDX-License-Identifier: ISC
"""An item as a mail: the same item, the same octets."""
import datetime
import email.headerregistry
import email.message
import email.policy
import html
import html.parser
import re
import urllib.parse

# Characters of a title; of a text, which is cut.
TITLE, TEXT = 300, 1 << 20


class Plain(html.parser.HTMLParser):
    """HTML without its elements, a line for each block."""

    BLOCKS = frozenset("p div br li tr h1 h2 h3 h4 h5 h6 pre blockquote ul ol table "
                       "hr dt dd article section figure".split())
    HIDDEN = frozenset(("script", "style", "head"))

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.out, self.hidden = [], 0

    def handle_starttag(self, tag, attrs):
        if tag in self.HIDDEN:
            self.hidden += 1
        if tag in self.BLOCKS:
            self.out.append("\n")

    def handle_endtag(self, tag):
        if tag in self.HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        if tag in self.BLOCKS:
            self.out.append("\n")

    def handle_data(self, data):
        if not self.hidden:
            self.out.append(re.sub(r"\s+", " ", data))


def plain(text):
    parser = Plain()
    parser.feed(text)
    parser.close()
    lines = [line.strip() for line in "".join(parser.out).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def one_line(text, most=TITLE):
    text = " ".join(text.split())
    return text if len(text) <= most else text[:most - 1] + "…"


def sender(title, url):
    host = urllib.parse.urlsplit(url).hostname or ""
    if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,200}[a-z0-9])?", host) or ".." in host:
        host = "localhost"
    return email.headerregistry.Address(one_line(title or host, 100), "feed", host)


def web(link, url):
    """An address of the web, or nothing: no javascript:."""
    link = urllib.parse.urljoin(url, link)
    return link if link.startswith(("http://", "https://")) else ""


def letter(key, url, feed, item, when):
    """The octets of a mail, with CRLF."""
    origin = sender(feed, url)
    links = [link for link in (web(one, url) for one in [item.link, *item.files])
             if link]
    text = item.text if len(item.text) <= TEXT else item.text[:TEXT] + "…"
    title = plain(item.title) if "<" in item.title or "&" in item.title \
        else item.title
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
