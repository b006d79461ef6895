"""What a finding and a text are called, so that a baseline, a suppression and code scanning know them again.

No line number enters, so that a finding keeps its name when text above it moves.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Protocol

from compliance.model import Checklist, Document, Item
from compliance.text import fold

# White space as JavaScript's \s has it, so that a browser makes the same fingerprint.
_SPACE = re.compile("[\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")


class Place(Protocol):
    """Where a checklist's text came from; `reports.Source` is one."""

    @property
    def name(self) -> str:
        """The file, relative to the working folder; empty for standard input."""

    @property
    def id(self) -> str | None:
        """The record's id within it."""

    @property
    def line(self) -> int:
        """The line on which its text starts, from 1."""

    @property
    def campaign(self) -> str | None:
        """The campaign that it belongs to, where that is known."""

    @property
    def ignore(self) -> tuple[tuple[int, str], ...]:
        """What its record sets aside itself, each with the line that it stands on."""


def finding_fingerprint(item: Item, checklist: Checklist, place: Place | None) -> str:
    """The name of a finding: its duty, gate, file, record and folded words, as 64 hexadecimal digits."""
    segments = checklist.document.segments
    words = [fold(segments[w.span.segment].text[w.span.start : w.span.end]) for w in item.evidence if w.span is not None]
    gate = item.gate.key if item.gate is not None else ""
    name, record = ("", None) if place is None else (place.name, place.id)
    return hashlib.sha256("\0".join([item.duty, gate, name, record or "", *words]).encode("utf-8", "replace")).hexdigest()


def text_fingerprint(document: Document) -> str:
    """The name of a text, wherever it stands: `sha256:` and the digest of its first segment in NFC with white space joined and trimmed."""
    text = _SPACE.sub(" ", unicodedata.normalize("NFC", document.segments[0].text)).strip(" ")
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
