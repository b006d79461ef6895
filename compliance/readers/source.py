"""A page's source: bytes to text, and a Beautiful Soup tree in which each piece of text knows where it stood."""

from __future__ import annotations

import re
import warnings
from typing import Any

from bs4 import BeautifulSoup, Comment, Doctype, Tag
from bs4.builder._htmlparser import HTMLParserTreeBuilder
from bs4.element import NavigableString, PageElement

from compliance.errors import InputError
from compliance.readers.charset import decode_bytes
from compliance.readers.limits import DEEPEST, MOST_BYTES, Meter, check_size, too_deep
from compliance.readers.nesting import BREAKOUT, FOREIGN, HEAD, HEADINGS, INTEGRATION, OPENS, VOID, walls_for
from compliance.readers.tokens import tokenize

__all__ = ["MOST_BYTES", "PlacedSoup", "decode", "parse"]

_ONCE = frozenset(["html", "head", "body"])
_NODES = 256


class _Builder(HTMLParserTreeBuilder):
    """Beautiful Soup's builder for HTML, fed by a tokenizer that cuts as browsers do and tells positions."""

    def feed(self, markup: Any, _parser_class: Any = None) -> None:
        """Parse `markup`."""
        soup = self.soup
        assert isinstance(soup, PlacedSoup)
        tokenize(markup, soup, soup.meter)
        soup.endData()


class PlacedSoup(BeautifulSoup):
    """BeautifulSoup that notes where in the source each tag and each piece of text stood, and closes tags as a browser would.

    Attributes:
        starts: the offset at which each line begins; `starts[tag.sourceline - 1] + tag.sourcepos` is where a tag stands.
        places: for the `id()` of a string, its pieces as (text, offset).
        lost: the offset of a comment or tag that never closes and swallows the rest; None where all was read.
        nodes, elements: everything in the tree, and the elements alone, in the order of the source; going through them is much faster than
            through the tree.
        seen_by: the page's styles, once a walk has read them.
    """

    def __init__(self, markup: str, meter: Meter | None = None) -> None:
        self.starts = [0, *(match.end() for match in re.finditer("\n", markup))]
        self.places: dict[int, list[tuple[str, int]]] = {}
        self.lost: int | None = None
        self.nodes: list[PageElement] = []
        self.elements: list[Tag] = []
        self.seen_by: Any = None
        self.meter = meter or Meter()
        self._markup = markup
        self._pending: list[tuple[str, int]] = []
        self._classes: set[str] = set()
        self._ids: set[str] = set()
        self._line = 1
        self._line_start = self._counted = 0
        self._nodes = 0
        super().__init__(markup, builder=_Builder(multi_valued_attributes=None))

    def named(self, *names: str) -> list[Tag]:
        """The elements of these names, in the order of the source."""
        return [tag for tag in self.elements if tag.name in names]

    def present(self) -> frozenset[str]:
        """Every class and id of the page, as selectors write them: `.label`, `#top`."""
        return frozenset(["." + name for names in self._classes for name in str(names).split()] + ["#" + str(name) for name in self._ids])

    # -------------------------------------------------------------------------------------------------- what the tokenizer calls

    @property
    def is_foreign(self) -> bool:
        """Whether a picture (SVG) or a formula is open."""
        return bool(self.open_tag_counter["svg"] or self.open_tag_counter["math"])

    def start(self, name: str, attributes: dict[str, str], at: int, closes_itself: bool) -> None:
        """A start tag.

        Raises:
            TooBigError: nested deeper than 512 elements.
        """
        if self._pending:
            self.endData()
        open_tags = self.open_tag_counter
        foreign = False
        if open_tags["svg"] or open_tags["math"]:
            foreign = not (name in BREAKOUT and self._close(FOREIGN, INTEGRATION))
        elif name in _ONCE and open_tags[name]:
            self._add_attributes(name, attributes)
            self._note_names(attributes)
            return
        if open_tags["head"] and self.tagStack[-1].name == "head" and name not in HEAD:
            self.popTag()
        if not foreign:
            for names, walls in OPENS.get(name, ()):
                if any(map(open_tags.get, names)):
                    self._close(names, walls)
        if len(self.tagStack) > DEEPEST:
            raise too_deep()
        if attributes:
            self._note_names(attributes)
        line, column = self._position(at)
        tag = self.handle_starttag(name, None, None, attributes, line, column)
        if tag is not None and (name in VOID or (foreign and closes_itself)):
            self.popTag()
        if tag is not None:
            self.nodes.append(tag)
            self.elements.append(tag)

    def end(self, name: str) -> None:
        """An end tag; without its element it is passed over."""
        if self._pending:
            self.endData()
        if name == "br":
            self.start("br", {}, self._counted, False)
        elif name in HEADINGS:  # the end of one heading ends any other
            self._close(HEADINGS, walls_for(name))
        elif name not in {"html", "body"} and self.open_tag_counter[name]:  # what stands behind the body is shown at its end
            self._close(frozenset([name]), walls_for(name))

    def characters(self, text: str, at: int) -> None:
        """A stretch of text or one character reference."""
        if self.tagStack[-1].name == "head" and text.strip():
            self.popTag()
        self._pending.append((text, at))

    def comment(self, text: str, at: int) -> None:
        """A comment."""
        self.endData()
        self._pending.append((text, at))
        self.endData(Comment)

    def doctype(self, text: str, at: int) -> None:
        """The document type."""
        self.endData()
        self._pending.append((text, at))
        self.endData(Doctype)

    def unclosed(self, at: int) -> None:
        """All from `at` on is lost to a visitor."""
        self.lost = at

    # -------------------------------------------------------------------------------------------------- Beautiful Soup's own steps

    def endData(self, containerClass: type[NavigableString] | None = None) -> None:
        """A text is complete: put it into the tree and remember where its pieces stood."""
        pieces = self._pending
        if not pieces:
            return
        self._pending = []
        text = pieces[0][0] if len(pieces) == 1 else "".join(piece for piece, _ in pieces)
        if containerClass is None and not self.preserve_whitespace_tag_stack and text.isspace() and not text.strip(self.ASCII_SPACES):
            text = "\n" if "\n" in text else " "
        string = self.string_container(containerClass)(text)
        self.places[id(string)] = pieces
        parent = self.currentTag
        string.setup(parent, self._most_recent_element)
        self._most_recent_element = string
        assert parent is not None
        parent.contents.append(string)
        self.nodes.append(string)
        self._nodes += 1
        if self._nodes % _NODES == 0:
            self.meter.pass_nodes(_NODES)

    def popTag(self) -> Tag | None:
        """The innermost element closes."""
        tag = self.tagStack.pop()
        self.open_tag_counter[tag.name] -= 1
        for stack in (self.preserve_whitespace_tag_stack, self.string_container_stack):
            if stack and stack[-1] is tag:
                stack.pop()
        if self.tagStack:
            self.currentTag = self.tagStack[-1]
        return self.currentTag

    # -------------------------------------------------------------------------------------------------- inside

    def _close(self, names: frozenset[str], walls: frozenset[str]) -> bool:
        """Close the innermost element of these names and all in it, unless a wall stands before it."""
        stack = self.tagStack
        for index in range(len(stack) - 1, 0, -1):
            name = stack[index].name
            if name in names:
                while len(stack) > index:
                    self.popTag()
                return True
            if name in walls:
                return False
        return False

    def _note_names(self, attributes: dict[str, str]) -> None:
        if "class" in attributes:
            self._classes.add(attributes["class"])
        if "id" in attributes:
            self._ids.add(attributes["id"])

    def _add_attributes(self, name: str, attributes: dict[str, str]) -> None:
        for tag in self.tagStack:
            if tag.name == name:
                for key, value in attributes.items():
                    tag.attrs.setdefault(key, value)

    def _position(self, at: int) -> tuple[int, int]:
        """Line (from 1) and column (from 0); `at` only grows."""
        if at > self._counted:
            lines = self._markup.count("\n", self._counted, at)
            if lines:
                self._line += lines
                self._line_start = self._markup.rfind("\n", self._counted, at) + 1
            self._counted = at
        return self._line, at - self._line_start


def decode(html: str | bytes) -> str:
    """The text of a page; bytes are decoded as a browser would (BOM, meta charset, guess).

    Raises:
        InputError: not a text.
        TooBigError: over 5 MB.
    """
    if isinstance(html, bytes):
        check_size(len(html), "bytes")
        html = decode_bytes(html)
    if not isinstance(html, str):
        raise InputError("html must be a text", where="/html", hint="Send the page as a string.")
    check_size(len(html), "characters")
    return _UNSHOWABLE.sub("\ufffd", html)


_UNSHOWABLE = re.compile("[\x00\ud800-\udfff]")


def parse(markup: str, meter: Meter | None = None) -> PlacedSoup:
    """The tree of `markup`; never raises for what it says.

    Raises:
        TooBigError: nested too deeply, too many nodes, or too slow (`readers.limits`).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return PlacedSoup(markup, meter)
