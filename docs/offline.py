"""A site that needs nothing but itself: what its pages load is in it, and so is what they link to.

A link to another site is fine: the reader follows it, or not.  A script, font, style or picture
from elsewhere would be fetched behind the reader's back, and be missing without a network.
"""

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

FOLLOWED = {"a", "area"}  # what a reader follows; all other addresses are fetched
NOT_FETCHED = {"author", "index", "search", "next", "prev", "canonical", "help", "license"}
ELSEWHERE = re.compile(r"\s*(?:https?:|wss?:|//)", re.IGNORECASE)
IN_STYLE = re.compile(r"""(?:url\(|@import)\s*["']?\s*((?:https?:)?//[^"')\s;]+)""", re.IGNORECASE)
IN_SCRIPT = re.compile(
    r"""(?:\bfetch|\bimport|importScripts|\.open|\bfrom|\bsrc\s*=|WebSocket|EventSource|Worker)"""
    r"""\s*\(?\s*(?:["'`]\w+["'`]\s*,\s*)?["'`]((?:https?:|wss?:)?//[^"'`]+)""",
    re.IGNORECASE,
)


class Page(HTMLParser):
    """What a page loads, what it links to, and the places in it that can be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.places = {"", "top"}
        self.inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        """Addresses and ids of one tag."""
        values = {name: value or "" for name, value in given}
        self.inside = tag
        self.places |= {values[name] for name in ("id", "name") if name in values}
        self.loads += in_style(values.get("style", ""))
        fetched = tag not in FOLLOWED and values.get("rel") not in NOT_FETCHED
        for name in ("src", "href", "xlink:href", "data", "poster", "action", "srcset"):
            if name in values:
                several = values[name].split(",") if name == "srcset" else [values[name]]
                addresses = [one.split()[0] if one.split() else "" for one in several]
                (self.loads if fetched else self.links).extend(addresses)

    def handle_data(self, data: str) -> None:
        """The text inside of styles and scripts."""
        if self.inside == "style":
            self.loads += in_style(data)
        elif self.inside == "script":
            self.loads += in_script(data)

    def handle_endtag(self, tag: str) -> None:
        """What follows is text again."""
        self.inside = ""


def in_style(text: str) -> list[str]:
    """Addresses elsewhere that a style loads."""
    return IN_STYLE.findall(text)


def in_script(text: str) -> list[str]:
    """Addresses elsewhere that a script loads, if it names them where it does."""
    return IN_SCRIPT.findall(text)


def faults(site: Path) -> Iterator[str]:
    """One line for each thing that is loaded from elsewhere, and each link that leads nowhere."""
    kinds = {".css": in_style, ".js": in_script}
    for file in sorted(site.rglob("*")):
        name = file.relative_to(site)
        if file.suffix in kinds:
            text = file.read_text(encoding="utf-8")
            yield from (f"{name} loads {a}" for a in kinds[file.suffix](text))
        elif file.suffix in (".html", ".svg"):
            page = page_of(file)
            yield from (f"{name} loads {a}" for a in page.loads if ELSEWHERE.match(a))
            for address in dict.fromkeys([*page.links, *page.loads]):
                if not leads(site, file, address):
                    yield f"{name} links to {address}, which is not there"


@cache
def page_of(file: Path) -> Page:
    """A page, read once."""
    return Page(file.read_text(encoding="utf-8"))


def leads(site: Path, file: Path, address: str) -> bool:
    """Whether an address leads elsewhere, or to a page and a place that are there."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return True
    target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
    if not target.is_file() or not target.is_relative_to(site.resolve()):
        return False
    return target.suffix != ".html" or unquote(parts.fragment) in page_of(target).places
