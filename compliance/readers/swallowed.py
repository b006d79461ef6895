"""The words in markup that no browser shows: comments, and what a comment or tag that never closes swallows."""

from __future__ import annotations

import re

from compliance.readers.limits import Meter
from compliance.readers.tokens import tokenize

LETTERS = re.compile(r"[^\W\d_]{2,}")
"""A text without two letters in a row says nothing."""

_CONDITION = re.compile(r"\s*\[(?:if [^\]]{0,200}|endif)\](?:>|--)?", re.IGNORECASE)


def words_in(markup: str, meter: Meter) -> list[tuple[str, int]]:
    """The texts in `markup`, each with its offset; without its tags, scripts, styles and conditions for old browsers."""
    words = _Words()
    tokenize(markup, words, meter)
    found = []
    for piece, start in words.found:
        condition = _CONDITION.match(piece)
        begin = condition.end() if condition is not None else 0
        said = piece[begin:].strip()
        if said:
            found.append((said, start + piece.index(said, begin)))
    return found


class _Words:
    """Takes the text out of markup that is no part of the page; scripts and styles in it are none."""

    is_foreign = False

    def __init__(self) -> None:
        self.found: list[tuple[str, int]] = []
        self._raw = False

    def start(self, name: str, attributes: dict[str, str], at: int, closes_itself: bool) -> None:
        self._raw = name in {"script", "style"}

    def end(self, name: str) -> None:
        self._raw = False

    def characters(self, text: str, at: int) -> None:
        if not self._raw:
            self.found.append((text, at))

    def comment(self, text: str, at: int) -> None:
        pass

    def doctype(self, text: str, at: int) -> None:
        pass

    def unclosed(self, at: int) -> None:
        pass
