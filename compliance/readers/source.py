"""A page's source: bytes to text as a browser decodes them, and a tree in which each piece of text knows where it stood."""

from __future__ import annotations

import re
import warnings
from typing import Any

from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning
from bs4.builder import ParserRejectedMarkup
from bs4.builder._htmlparser import BeautifulSoupHTMLParser, HTMLParserTreeBuilder
from bs4.dammit import UnicodeDammit
from bs4.element import NavigableString

from compliance.errors import InputError, TooBigError

MOST_BYTES = 5_000_000
_DEEPEST = 512


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


class PlacedSoup(BeautifulSoup):
    """BeautifulSoup on html.parser that notes where in the source each piece of text stood; lxml tells no positions."""

    def __init__(self, markup: str) -> None:
        starts = [0]
        for match in re.finditer("\n", markup):
            starts.append(match.end())
        self.starts = starts
        self._pending: list[tuple[str, int]] = []
        self.places: dict[int, list[tuple[str, int]]] = {}
        self.parser: Any = None
        super().__init__(markup, builder=_PlacedBuilder(multi_valued_attributes=None))

    def handle_data(self, data: str) -> None:
        """A piece of text, an entity or a character reference."""
        line, column = self.parser.getpos() if self.parser is not None else (1, 0)
        at = self.starts[min(line - 1, len(self.starts) - 1)] + column
        self._pending.append((data, at))
        super().handle_data(data)

    def object_was_parsed(self, o: Any, parent: Any = None, most_recent_element: Any = None) -> None:
        """A string node is complete: remember where its pieces stood."""
        if isinstance(o, NavigableString):
            self.places[id(o)] = self._pending
            self._pending = []
        super().object_was_parsed(o, parent, most_recent_element)


def decode(html: str | bytes) -> str:
    """The text of a page; bytes are decoded as a browser would (BOM, meta charset, guess).

    Raises:
        InputError: not a text.
        TooBigError: over 5 MB.
    """
    if isinstance(html, bytes):
        if len(html) > MOST_BYTES:
            raise TooBigError(f"the page has {len(html):,} bytes", where="/html", hint="At most 5 MB; save the article alone.")
        html = UnicodeDammit(html, is_html=True).unicode_markup or html.decode("utf-8", "replace")
    if not isinstance(html, str):
        raise InputError("html must be a text", where="/html", hint="Send the page as a string.")
    if len(html) > MOST_BYTES:
        raise TooBigError(f"the page has {len(html):,} characters", where="/html", hint="At most 5 MB; save the article alone.")
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", html)


def parse(markup: str) -> PlacedSoup:
    """The tree of `markup`.

    Raises:
        InputError: not HTML.
        TooBigError: nested deeper than 512 elements.
    """
    if _depth(markup) > _DEEPEST:
        raise TooBigError(f"the page is nested deeper than {_DEEPEST} elements", where="/html", hint="Save the article alone.")
    opened = markup.rfind("<!--")
    if opened > markup.rfind("-->"):  # browsers hide everything behind a comment that is never closed
        markup = markup[:opened] + " " * (len(markup) - opened)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        warnings.filterwarnings("ignore", module="bs4")
        try:
            return PlacedSoup(markup)
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
