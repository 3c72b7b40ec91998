# SPDX-License-Identifier: ISC
"""A feed, RSS or Atom, taken apart: octets in, a title and items out. What
declares entities is refused, so that no few octets become many.
"""
import dataclasses
import datetime
import email.utils
import html
from typing import List, Optional
from xml.parsers import expat

# Elements in one another; all of them.
DEPTH, ELEMENTS = 100, 500000
# Elements of HTML that have no end.
VOID = "br", "hr", "img"
# Names of the elements that hold an item's text, the best one first.
TEXTS = "encoded", "content", "description", "summary"


class Broken(Exception):
    """Why it is no feed."""


@dataclasses.dataclass
class Item:
    """`name` is what the feed knows it by; `time` in seconds since 1970."""
    name: str
    title: str
    link: str
    time: Optional[int]
    text: str
    is_html: bool
    files: List[str]


@dataclasses.dataclass
class Feed:
    """An item is an element yet, for item_of()."""
    title: str
    items: List["Node"]


class Node:
    """An element: its name without a namespace, attributes, what is in it."""

    def __init__(self, name, attributes):
        self.name, self.attributes = name, attributes
        self.inside = []

    def all(self, name):
        return [one for one in self.inside
                if isinstance(one, Node) and one.name == name]

    def first(self, *names):
        for name in names:
            for one in self.all(name):
                return one
        return None

    def text(self):
        """All of it, without its elements."""
        return "".join(one if isinstance(one, str) else one.text()
                       for one in self.inside)

    def markup(self):
        """What is in it, as HTML."""
        return "".join(
            html.escape(one, quote=False) if isinstance(one, str) else
            "<{0}{1}>{2}{3}".format(one.name, "".join(
                f' {name}="{html.escape(value)}"'
                for name, value in one.attributes.items() if " " not in name),
                one.markup(), "" if one.name in VOID else f"</{one.name}>")
            for one in self.inside)


class Tree:
    """What expat calls."""

    def __init__(self):
        self.path = [Node("", {})]
        self.count = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.EntityDeclHandler = self.entity

    def start(self, name, attributes):
        self.count += 1
        if len(self.path) > DEPTH or self.count > ELEMENTS:
            raise Broken("too many elements")
        node = Node(name.rpartition(" ")[2], attributes)
        self.path[-1].inside.append(node)
        self.path.append(node)

    def end(self, _):
        self.path.pop()

    def characters(self, text):
        self.path[-1].inside.append(text)

    @staticmethod
    def entity(*_):
        raise Broken("it declares entities")


def moment(text):
    """Seconds since 1970 of a date by RFC 5322 or RFC 3339; None for neither."""
    text = text.strip()
    try:
        when = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        try:
            when = datetime.datetime.fromisoformat(
                text[:-1] + "+00:00" if text[-1:] in "Zz" else text)
        except ValueError:
            return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.timezone.utc)
    try:
        seconds = int(when.timestamp())
    except (OverflowError, ValueError):
        return None
    return seconds if 0 <= seconds < 253402300800 else None


def words(node):
    return " ".join(node.text().split()) if node is not None else ""


def address(node):
    """Of RSS the text, of Atom an attribute."""
    for link in node.all("link"):
        if link.attributes.get("rel", "alternate") == "alternate":
            found = link.attributes.get("href") or words(link)
            if found:
                return found
    guid = node.first("guid")
    if guid is not None and guid.attributes.get("isPermaLink") != "false" and \
            words(guid).startswith("http"):
        return words(guid)
    return ""


def content(node):
    """The text, and whether it is HTML."""
    found = node.first(*TEXTS)
    if found is None:
        return "", False
    kind = found.attributes.get("type", "")
    if kind == "xhtml":
        return found.markup(), True
    # In RSS nobody says which, and it mostly is HTML.
    is_html = kind in ("html", "text/html") or \
        (kind == "" and found.name in ("encoded", "description"))
    return found.text(), is_html


def item_of(node):
    title, link = words(node.first("title")), address(node)
    text, is_html = content(node)
    about = [value for name, value in node.attributes.items()
             if name.rpartition(" ")[2] == "about"]
    name = words(node.first("guid", "id")) or "".join(about) or link or \
        f"{title}\n{text}"
    times = (moment(words(node.first(each))) for each in
             ("pubDate", "published", "date", "updated", "issued"))
    files = [one.attributes.get("url") or one.attributes.get("href") or ""
             for one in node.all("enclosure") + [
                 link for link in node.all("link")
                 if link.attributes.get("rel") == "enclosure"]]
    return Item(name, title, link, next((t for t in times if t is not None), None),
                text, is_html, [file for file in files if file])


def parse(data):
    """A Feed; or Broken is raised."""
    tree = Tree()
    try:
        tree.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise Broken(f"no XML: {error}") from error
    except (LookupError, ValueError) as error:
        raise Broken(f"no XML: {type(error).__name__}") from error
    root = tree.path[0].inside[0]
    channel = root.first("channel") or root
    if root.name not in ("rss", "RDF", "feed"):
        raise Broken(f"it is none: <{root.name[:40]}>")
    nodes = channel.all("item") or root.all("item") or root.all("entry")
    return Feed(words(channel.first("title")), nodes)
