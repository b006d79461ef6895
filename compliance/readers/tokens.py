"""HTML text → start tags, end tags, text and comments, each with its offset, as the HTML standard cuts them (13.2.5).

Python's own `html.parser` cuts unclosed comments, raw text and broken references otherwise than browsers do, and differently in each
release; what a visitor does not see must not depend on that. Every step moves forward, so that the time is linear in the length.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Protocol

from compliance.readers.elements import names
from compliance.readers.limits import Meter

_SPACE = "\t\n\r\f "
_NAME = re.compile(r"[a-zA-Z][^\t\n\r\f />]*")
_ATTRIBUTE = re.compile(
    r"[\s/]*(?:(?P<end>>)|(?P<name>[^\s/>][^\s/>=]*)(?:\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<open>[\"'])|(?P<plain>[^\s>]*)))?)"
)
_COMMENT_END = re.compile("--!?>")
_TEXT_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*;?)")
_VALUE_REFERENCE = re.compile(r"&(?:#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[a-zA-Z][a-zA-Z0-9]*(?:;|(?![=a-zA-Z0-9])))")
_LONGEST_REFERENCE = 40
_RAW = names("script style xmp iframe noembed noframes")
_RAW_WITH_REFERENCES = frozenset(["textarea", "title"])
_RAW_END = {name: re.compile(f"</{name}(?=[{_SPACE}/>])", re.IGNORECASE) for name in (*_RAW, *_RAW_WITH_REFERENCES)}
_NODES = 256


class Tree(Protocol):
    """What is built from the tokens."""

    @property
    def is_foreign(self) -> bool:
        """Whether the innermost open element belongs to SVG or MathML."""

    def start(self, name: str, attributes: dict[str, str], at: int, closes_itself: bool) -> None:
        """A start tag."""

    def end(self, name: str) -> None:
        """An end tag."""

    def characters(self, text: str, at: int) -> None:
        """A stretch of text; a character reference is a stretch of its own."""

    def comment(self, text: str, at: int) -> None:
        """A comment, a bogus comment or a processing instruction."""

    def doctype(self, text: str, at: int) -> None:
        """The document type."""

    def unclosed(self, at: int) -> None:
        """All that follows is lost in a comment or a tag that never closes."""


def tokenize(markup: str, tree: Tree, meter: Meter) -> None:
    """Cut `markup` and hand the tokens to `tree` in order.

    Raises:
        TooBigError: too many tokens, or too slow.
    """
    size = len(markup)
    find = markup.find
    at = text_from = 0
    count = 0
    while True:
        at = find("<", at)
        if at < 0 or at + 1 >= size:
            break
        mark = markup[at + 1]
        if not (mark in "/!?" or (mark.isascii() and mark.isalpha())):
            at += 1
            continue
        count += 1
        if count % _NODES == 0:
            meter.pass_nodes(_NODES)
        if text_from < at:
            _text(markup, text_from, at, tree)
        if mark == "/":
            behind = _end_tag(markup, at, tree)
        elif mark == "!":
            behind = _declaration(markup, at, tree)
        elif mark == "?":
            behind = _bogus(markup, at, at + 1, tree)
        else:
            behind = _start_tag(markup, at, tree)
        if behind < 0:
            return
        at = text_from = behind
    if text_from < size:
        _text(markup, text_from, size, tree)
    meter.pass_nodes(count % _NODES)


def _text(markup: str, start: int, end: int, tree: Tree) -> None:
    if markup.find("&", start, end) < 0:
        tree.characters(markup[start:end], start)
        return
    for match in _TEXT_REFERENCE.finditer(markup, start, end):
        meant = _meant(match[0])
        if meant == match[0]:
            continue
        if start < match.start():
            tree.characters(markup[start : match.start()], start)
        tree.characters(meant, match.start())
        start = match.end()
    if start < end:
        tree.characters(markup[start:end], start)


def _meant(reference: str) -> str:
    """The characters that a reference stands for; itself where it is none."""
    if len(reference) <= _LONGEST_REFERENCE:
        return unescape(reference)
    if reference[1] == "#":
        return "\ufffd"
    return unescape(reference[:_LONGEST_REFERENCE]) + reference[_LONGEST_REFERENCE:]


def _value(value: str) -> str:
    return _VALUE_REFERENCE.sub(lambda match: _meant(match[0]), value) if "&" in value else value


def _start_tag(markup: str, at: int, tree: Tree) -> int:
    """Returns the offset behind the tag and, for raw text, behind its content; -1 where it never closes."""
    found = _NAME.match(markup, at + 1)
    assert found is not None
    name = found[0].lower()
    behind = found.end()
    attributes: dict[str, str] = {}
    while True:
        match = _ATTRIBUTE.match(markup, behind)
        if match is None or match["open"]:
            tree.unclosed(at)
            return -1
        behind = match.end()
        if match["end"]:
            break
        value = match["double"] or match["single"] or match["plain"] or ""
        attributes.setdefault(match["name"].lower(), _value(value))  # of two the first counts
    foreign = tree.is_foreign
    tree.start(name, attributes, at, markup[behind - 2] == "/")
    if foreign or name not in _RAW_END:
        if name == "plaintext" and not foreign:
            tree.characters(markup[behind:], behind)
            return -1
        return behind
    match = _RAW_END[name].search(markup, behind)
    until = match.start() if match else len(markup)
    if until > behind:
        if name in _RAW:
            tree.characters(markup[behind:until], behind)
        else:
            _text(markup, behind, until, tree)
    return until if match else -1


def _end_tag(markup: str, at: int, tree: Tree) -> int:
    found = _NAME.match(markup, at + 2)
    if found is None:
        return _bogus(markup, at, at + 2, tree)
    behind = markup.find(">", found.end()) + 1
    if not behind:
        tree.unclosed(at)
        return -1
    tree.end(found[0].lower())
    return behind


def _declaration(markup: str, at: int, tree: Tree) -> int:
    if not markup.startswith("--", at + 2):
        if markup[at + 2 : at + 9].lower() == "doctype":
            behind = markup.find(">", at) + 1
            if behind:
                tree.doctype(markup[at + 9 : behind - 1].strip(), at)
                return behind
        return _bogus(markup, at, at + 2, tree)
    start = at + 4
    for short in (">", "->"):
        if markup.startswith(short, start):
            return start + len(short)
    match = _COMMENT_END.search(markup, start)
    if match is None:
        tree.unclosed(at)
        return -1
    tree.comment(markup[start : match.start()], start)
    return match.end()


def _bogus(markup: str, at: int, start: int, tree: Tree) -> int:
    """A comment by mistake: it ends at the next `>`."""
    until = markup.find(">", start)
    if until < 0:
        tree.unclosed(at)
        return -1
    if until > start:
        tree.comment(markup[start:until], start)
    return until + 1
