"""A page's HTML → Document: what a visitor reads, in order, with the place of every word in the source.

BeautifulSoup parses; nothing is executed or fetched. Marks that only the source carries (JSON-LD, meta, `rel`) are kept apart: evidence, not disclosure.
"""

from __future__ import annotations

import re
import warnings
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from bs4 import BeautifulSoup, Tag, XMLParsedAsHTMLWarning
from bs4.builder import ParserRejectedMarkup
from bs4.builder._htmlparser import BeautifulSoupHTMLParser, HTMLParserTreeBuilder
from bs4.dammit import UnicodeDammit
from bs4.element import NavigableString

from compliance.errors import InputError, TooBigError
from compliance.model import Document, Link, Segment
from compliance.readers.caption import MOST_CHARACTERS, read_language
from compliance.readers.declared import read_declared
from compliance.readers.marks import find_marks
from compliance.rulebook import Rulebook

MOST_BYTES = 5_000_000
_DEEPEST = 512
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
_RAIL = frozenset(["aside", "nav", "footer"])
_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*0(?:\.0+)?\s*(?:;|!|$)|font-size\s*:\s*0(?:\.0+)?(?:px|em|rem|%|pt)?\s*(?:;|!|$)",
    re.IGNORECASE,
)


class _PlacedParser(BeautifulSoupHTMLParser):
    """The parser makes itself known to its soup, which asks it where it is."""

    def __init__(self, soup: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(soup, *args, **kwargs)
        soup.parser = self


class _PlacedBuilder(HTMLParserTreeBuilder):
    """Beautiful Soup's builder on html.parser, with the parser above."""

    def feed(self, markup: Any, _parser_class: Any = _PlacedParser) -> None:
        """Parse `markup`."""
        super().feed(markup, _parser_class)


class _PlacedSoup(BeautifulSoup):
    """BeautifulSoup on html.parser that notes where in the source each piece of text stood; lxml tells no positions."""

    def __init__(self, markup: str) -> None:
        starts = [0]
        for match in re.finditer("\n", markup):
            starts.append(match.end())
        self._starts = starts
        self._pending: list[tuple[str, int]] = []
        self.places: dict[int, list[tuple[str, int]]] = {}
        self.parser: Any = None
        super().__init__(markup, builder=_PlacedBuilder(multi_valued_attributes=None))

    def handle_data(self, data: str) -> None:
        """A piece of text, an entity or a character reference."""
        line, column = self.parser.getpos() if self.parser is not None else (1, 0)
        at = self._starts[min(line - 1, len(self._starts) - 1)] + column
        self._pending.append((data, at))
        super().handle_data(data)

    def object_was_parsed(self, o: Any, parent: Any = None, most_recent_element: Any = None) -> None:
        """A string node is complete: remember where its pieces stood."""
        if isinstance(o, NavigableString):
            self.places[id(o)] = self._pending
            self._pending = []
        super().object_was_parsed(o, parent, most_recent_element)


def read_page(
    html: str | bytes,
    rulebook: Rulebook,
    *,
    platform: str | None = None,
    surface: str | None = None,
    language: str | None = None,
    bio: str | None = None,
    declared: Mapping[str, Any] | None = None,
    complete: bool = True,
) -> Document:
    """Read a page or a fragment of HTML; bytes are decoded as a browser would (BOM, meta charset, guess).

    Segments: `body` (the article or main part, else everything outside navigation, asides and footers), `aside`, `alt`, and what is
    hidden, as invisible segments.

    Raises:
        InputError: nothing to read.
        TooBigError: over 5 MB, or nested deeper than 512 elements.
    """
    markup = _decode(html)
    if not markup.strip("\x00 \t\r\n\ufeff"):
        raise InputError("the page is empty", where="/html", hint="Give the page's HTML.")
    if surface is not None and platform is None:
        raise InputError("a surface was named without its platform", where="/surface", hint="Name the platform too, such as blog.")
    if platform is not None:
        if not isinstance(platform, str):
            raise InputError("must be a name", where="/platform", hint="Such as blog.")
        found, surface = rulebook.platform(platform, surface)
        platform = found.id
    elif "blog" in rulebook.platforms:
        platform, surface = "blog", next(iter(rulebook.platforms["blog"].surfaces))
    soup = _parse(markup)
    walker = _Walker(soup, markup)
    walker.walk()
    segments = walker.segments()
    if bio and bio.strip():
        segments.append(Segment(bio[:MOST_CHARACTERS], "bio"))
    if not any(segment.text.strip() for segment in segments):
        raise InputError("the page shows no text", where="/html", hint="Save the page after it has loaded, or paste the caption instead.")
    return Document(
        segments=tuple(segments),
        links=tuple(walker.links),
        marks=tuple(find_marks(soup)),
        declared=read_declared(declared),
        platform=platform,
        surface=surface,
        language=read_language(language) or _page_language(soup),
        kind="page",
        complete=complete,
        not_read=tuple(walker.not_read),
    )


def _decode(html: str | bytes) -> str:
    if isinstance(html, bytes):
        if len(html) > MOST_BYTES:
            raise TooBigError(f"the page has {len(html):,} bytes", where="/html", hint="At most 5 MB; save the article alone.")
        html = UnicodeDammit(html, is_html=True).unicode_markup or html.decode("utf-8", "replace")
    if not isinstance(html, str):
        raise InputError("html must be a text", where="/html", hint="Send the page as a string.")
    if len(html) > MOST_BYTES:
        raise TooBigError(f"the page has {len(html):,} characters", where="/html", hint="At most 5 MB; save the article alone.")
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", html)


def _parse(markup: str) -> _PlacedSoup:
    if _depth(markup) > _DEEPEST:
        raise TooBigError(f"the page is nested deeper than {_DEEPEST} elements", where="/html", hint="Save the article alone.")
    opened = markup.rfind("<!--")
    if opened > markup.rfind("-->"):  # browsers hide everything behind a comment that is never closed
        markup = markup[:opened] + " " * (len(markup) - opened)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        warnings.filterwarnings("ignore", module="bs4")
        try:
            return _PlacedSoup(markup)
        except (ParserRejectedMarkup, AssertionError, RecursionError) as error:
            raise InputError(
                "this is not HTML that can be read", where="/html", hint="Save the page again, or paste the text instead."
            ) from error


_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)[^<>]*?(/?)>")
_VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"])
_SELF_CLOSING = frozenset(["p", "li", "dt", "dd", "tr", "td", "th", "option", "thead", "tbody", "tfoot", "colgroup", "rp", "rt"])


def _depth(markup: str) -> int:
    """An upper estimate of nesting, in one pass, before any parser builds a tree."""
    depth = deepest = 0
    for match in _TAG.finditer(markup):
        name = match[2].lower()
        if name in _VOID or name in _SELF_CLOSING or match[3]:
            continue
        depth = depth + 1 if not match[1] else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest


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


class _Walker:
    """One walk over the tree: visible text into the main run, rails and hidden text into runs of their own."""

    def __init__(self, soup: _PlacedSoup, markup: str) -> None:
        self._soup = soup
        self._markup = markup
        self._main = _main_part(soup)
        self._runs: dict[str, _Run] = {"body": _Run(), "aside": _Run(), "hidden": _Run()}
        self._alts: list[tuple[str, int]] = []
        self._open: list[tuple[Tag, str, int]] = []
        self.links: list[Link] = []
        self.not_read: list[str] = []

    def walk(self) -> None:
        """Visit every node without recursion, so that depth costs nothing."""
        stack: list[tuple[Any, str, bool]] = [(self._soup, "body" if self._main is None else "aside", False)]
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
            if node is self._main:
                run = "body"
            elif name in _RAIL and run == "body" and self._main is None:
                run = "aside"
            if _is_hidden(node) or (name == "details" and not node.has_attr("open")):
                run = "hidden" if _is_hidden(node) else run
            if name in _BLOCKS:
                self._runs[run].line_break()
            if name == "img" and node.get("alt") and run != "hidden":
                self._alts.append((str(node["alt"]), self._source(node)))
            if name == "a" and node.get("href"):
                self._open.append((node, run, self._runs[run].length))
            stack.append((node, run, True))
            stack.extend((child, run, False) for child in reversed(node.contents))

    def _source(self, tag: Tag) -> int:
        starts = self._soup._starts
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
        """The segments in a fixed order: body, aside, hidden, then alt texts. Links point into the first three."""
        scopes = {"body": ("body", True), "aside": ("aside", True), "hidden": ("hidden", False)}
        result = [Segment(run.text[:MOST_BYTES], scopes[name][0], scopes[name][1], tuple(run.pieces)) for name, run in self._runs.items()]
        result.extend(Segment(text, "alt", True, ((0, source, 0),)) for text, source in self._alts)
        return result


def _main_part(soup: BeautifulSoup) -> Tag | None:
    """The part that is the page's own content: the only article, or main."""
    articles = [tag for tag in soup.find_all("article") if tag.find_parent("article") is None]
    if len(articles) == 1:
        return articles[0]
    main = soup.find("main") or soup.find(role="main")
    return main if isinstance(main, Tag) else None


def _is_hidden(tag: Tag) -> bool:
    if tag.attrs is None or not tag.attrs:
        return False
    if tag.has_attr("hidden") and str(tag.get("hidden")).lower() != "until-found":
        return True
    if str(tag.get("aria-hidden", "")).lower() == "true" and tag.get_text(strip=True) != "":
        return bool(_HIDING.search(str(tag.get("style", ""))))
    style = tag.get("style")
    return bool(style and _HIDING.search(str(style)))


def _page_language(soup: BeautifulSoup) -> str | None:
    html = soup.find("html")
    value = str(html.get("lang") or "") if isinstance(html, Tag) else ""
    return value[:2].lower() if re.match(r"[a-zA-Z]{2}(-|$)", value) else None


def source_offset(segment: Segment, offset: int) -> int | None:
    """Where in the page's source the character at `offset` of a segment stands; None for a text without a source."""
    if not segment.pieces:
        return None
    index = bisect_right(segment.pieces, (offset, float("inf"), 0)) - 1
    if index < 0:
        return segment.pieces[0][1]
    start, source, length = segment.pieces[index]
    return source + min(offset - start, length)
