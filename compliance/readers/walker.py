"""One walk over a page's tree: the visible text in reading order, rails and hidden text apart."""

from __future__ import annotations

import re
from typing import Any

from bs4 import Tag
from bs4.element import NavigableString

from compliance.model import Link, Segment
from compliance.readers.hiding import is_hidden
from compliance.readers.parts import SCOPES, find_parts
from compliance.readers.source import MOST_BYTES, PlacedSoup

_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hgroup",
        "hr",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "search",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
    ]
)
_UNREAD = frozenset(
    [
        "script",
        "style",
        "template",
        "noscript",
        "iframe",
        "object",
        "embed",
        "canvas",
        "svg",
        "math",
        "head",
        "meta",
        "link",
        "select",
        "datalist",
        "audio",
        "video",
    ]
)


class _Run:
    """A segment in the making: text, where its pieces stood, and no double white space."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.pieces: list[tuple[int, int, int]] = []
        self.length = 0

    def add(self, text: str, source: int, source_length: int) -> None:
        self.parts.append(text)
        self.pieces.append((self.length, source, len(text) if source_length == len(text) else 0))
        self.length += len(text)

    def ends_with_space(self) -> bool:
        return not self.parts or self.parts[-1][-1:].isspace()

    def line_break(self) -> None:
        if self.parts and not self.parts[-1].endswith("\n"):
            if self.parts[-1] == " ":
                self.parts[-1] = "\n"
            else:
                self.parts.append("\n")
                self.length += 1

    @property
    def text(self) -> str:
        return "".join(self.parts)


class Walker:
    """One walk over the tree: visible text into the main run, rails and hidden text into runs of their own."""

    def __init__(self, soup: PlacedSoup, markup: str) -> None:
        self._soup = soup
        self._markup = markup
        self._parts = find_parts(soup)
        self._runs: dict[str, _Run] = {scope: _Run() for scope in SCOPES}
        self._alts: list[tuple[str, int]] = []
        self._open: list[tuple[Tag, str, int]] = []
        self.links: list[Link] = []
        self.not_read: list[str] = []

    def walk(self) -> None:
        """Visit every node without recursion, so that depth costs nothing."""
        stack: list[tuple[Any, str, bool]] = [(self._soup, "body", False)]
        while stack:
            node, run, leaving = stack.pop()
            if isinstance(node, NavigableString):
                if type(node) is NavigableString:
                    self._string(node, run)
                continue
            if not isinstance(node, Tag):
                continue
            name = node.name.lower() if node.name else ""
            if leaving:
                self._leave(node, run, name)
                continue
            if name in _UNREAD and node is not self._soup:
                if name in {"iframe", "video", "audio", "canvas"} and name not in self.not_read:
                    self.not_read.append(name)
                continue
            if run != "hidden":
                run = self._parts.get(id(node), run)
            if is_hidden(node) or (name == "details" and not node.has_attr("open")):
                run = "hidden" if is_hidden(node) else run
            if name in _BLOCKS:
                self._runs[run].line_break()
            if name == "img" and node.get("alt") and run != "hidden":
                self._alts.append((str(node["alt"]), self._source(node)))
            if name == "a" and node.get("href"):
                self._open.append((node, run, self._runs[run].length))
            stack.append((node, run, True))
            stack.extend((child, run, False) for child in reversed(node.contents))

    def _source(self, tag: Tag) -> int:
        starts = self._soup.starts
        return starts[min((tag.sourceline or 1) - 1, len(starts) - 1)] + (tag.sourcepos or 0)

    def _leave(self, node: Tag, run: str, name: str) -> None:
        if name in _BLOCKS:
            self._runs[run].line_break()
        if name == "a" and self._open and self._open[-1][0] is node:
            tag, where, start = self._open.pop()
            rel = tuple(str(tag.get("rel") or "").lower().split())
            scope = list(self._runs).index(where)
            self.links.append(Link(str(tag["href"]).strip(), rel, scope, start, self._runs[where].length))

    def _string(self, node: NavigableString, run: str) -> None:
        target = self._runs[run]
        pieces = self._soup.places.get(id(node)) or []
        if "".join(text for text, _ in pieces) != str(node):
            pieces = [(str(node), pieces[0][1] if pieces else 0)]
        for text, source in pieces:
            if self._markup[source : source + len(text)] != text:  # an entity: one character from several
                target.add(text, source, 0) if text.strip() else self._space(target, source)
                continue
            for match in re.finditer(r"\S+|\s+", text):
                if match[0].isspace():
                    self._space(target, source + match.start())
                else:
                    target.add(match[0], source + match.start(), len(match[0]))

    @staticmethod
    def _space(target: _Run, source: int) -> None:
        if not target.ends_with_space():
            target.add(" ", source, 1)

    def segments(self) -> list[Segment]:
        """The segments in a fixed order: the parts of the page, then alt texts. Links point into the parts."""
        result = [Segment(run.text[:MOST_BYTES], scope, scope != "hidden", tuple(run.pieces)) for scope, run in self._runs.items()]
        result.extend(Segment(text, "alt", True, ((0, source, 0),)) for text, source in self._alts)
        return result
