"""A page's layout as its own labels meet it: where the head ends, which labels speak of banners, where the paid links are.

A page carries labels that are not its own: over banners, in lists of other articles, in a text about advertising. Only those that
speak of the page make it an ad, and only those disclose it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from compliance.lexicon import Lexicon
from compliance.links import PaidLink
from compliance.model import Document, Place, Signal
from compliance.rules import Surface

_PROSE = 90
"""Characters from which a line of a page is prose and not a headline, a byline or a caption; half as many in scripts without spaces."""
_BARE = 30
"""Characters that may stand on a line beside a label that stands alone."""
_BESIDE = 160
"""Characters between a link and a label beside it: the same sentence or the next."""
_LATE = 0.6
"""The share of a page that most readers have not reached when they meet its links."""
_ABOUT = 4
"""So many different labels in one text: the text is about labels."""
_AROUND = frozenset({"header", "aside", "footer"})
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Layout:
    """Offsets in the page's own content (segment `body`); `head_end` is where its first line of prose begins.

    Attributes:
        prose_end: where the last line of prose ends.
        paid: the paid links in the content, in their order.
        own: the `id()` of each label signal that speaks of the page itself.
    """

    body: int
    head_end: int
    prose_end: int
    paid: tuple[PaidLink, ...]
    own: frozenset[int]

    @property
    def first_paid(self) -> int | None:
        """Where the first paid link begins; None if there is none."""
        return self.paid[0].start if self.paid else None

    @property
    def last_paid(self) -> int | None:
        """Where the last paid link ends; None if there is none."""
        return self.paid[-1].end if self.paid else None


def read_layout(document: Document, signals: Sequence[Signal], lexicon: Lexicon, slots: frozenset[str], paid: Sequence[PaidLink]) -> Layout:
    """The layout of a page. `slots` are the labels that also stand over banners; `own` holds the `id()` of each signal that is the page's."""
    body = next((index for index, segment in enumerate(document.segments) if segment.scope == "body"), 0)
    text = document.segments[body].text if document.segments else ""
    head_end, prose_end = _prose(text)
    lines = Counter(_bare(line) for line in text.split("\n") if len(line) < _PROSE)
    labels = [signal for signal in signals if signal.kind == "label"]
    own = [signal for signal in labels if _is_own(document, signal, body, lines, head_end, prose_end, slots)]
    named = {
        signal.id
        for signal in labels
        if signal.span.segment == body and signal.connection != "affiliate" and lexicon.entries[signal.id].means == "sponsorship"
    }
    if len(named) >= _ABOUT:
        own = [signal for signal in own if signal.connection == "affiliate" or signal.span.start < head_end or signal.span.segment != body]
    return Layout(
        body,
        head_end,
        prose_end,
        tuple(sorted((link for link in paid if link.segment == body), key=lambda link: link.end)),
        frozenset(id(signal) for signal in own),
    )


def _prose(text: str) -> tuple[int, int]:
    """(offset of the first line of prose, offset behind the last); the end of the text where there is none."""
    first, last = len(text), 0
    at = 0
    for line in text.split("\n"):
        if len(line) >= _PROSE or (len(line) >= _PROSE // 2 and len(_WIDE.findall(line)) * 2 > len(line)):
            first = min(first, at)
            last = at + len(line)
        at += len(line) + 1
    return first, last or len(text)


def _is_own(
    document: Document, signal: Signal, body: int, lines: Counter[str], head_end: int, prose_end: int, slots: frozenset[str]
) -> bool:
    """Whether a label speaks of the page. Around the content only a statement about links does; over a banner none."""
    text, scope = document.segments[signal.span.segment].text, document.segments[signal.span.segment].scope
    if scope in _AROUND:
        return signal.connection == "affiliate"
    if signal.span.segment != body:
        return scope not in {"nav", "teaser", "ad", "comments", "consent"}
    if signal.connection == "affiliate" or not stands_alone(text, signal):
        return True
    if signal.span.start < head_end:
        return not (signal.id in slots and lines[_bare(text[signal.span.start : signal.span.end])] > 1)
    return signal.id not in slots and signal.span.start >= prose_end


def _bare(line: str) -> str:
    return line.strip(" :.-–|*[]()").casefold()


def stands_alone(text: str, signal: Signal) -> bool:
    """Whether a label has its line to itself."""
    start = text.rfind("\n", 0, signal.span.start) + 1
    end = text.find("\n", signal.span.end)
    line = text[start : len(text) if end < 0 else end]
    return len(line.strip()) - (signal.span.end - signal.span.start) <= _BARE


def place_on_page(document: Document, signal: Signal, layout: Layout, surface: Surface) -> Place:
    """Where a label stands on a page, for one that speaks of the page. See rules/README.md for what the places mean there."""
    segment = document.segments[signal.span.segment]
    if not segment.visible:
        return Place.HIDDEN
    if segment.scope in _AROUND:
        return Place.NEAR_FOLD if _stands_before_links(document, signal, layout) else Place.OTHER_SEGMENT
    if signal.span.segment != layout.body:
        if segment.scope != "figcaption":
            return Place.OTHER_SEGMENT
        return Place.NEAR_FOLD if _stands_before_links(document, signal, layout) else Place.AFTER_LINK
    start = signal.span.start
    if start < layout.head_end:
        return Place.LEAD
    beyond = start - layout.head_end
    if beyond <= surface.visible:
        return Place.BEFORE_FOLD
    first, last = layout.first_paid, layout.last_paid
    late = beyond > surface.hidden or start >= _LATE * len(segment.text)
    if first is None or last is None:
        return Place.AFTER_FOLD if late else Place.NEAR_FOLD
    if signal.connection in {"affiliate", "discount"}:
        if start < first or start - first <= _BESIDE:
            return Place.BEFORE_FOLD
        before = bisect_right(layout.paid, start, key=lambda link: link.end)
        return Place.AFTER_FOLD if start > last or (late and 2 * before > len(layout.paid)) else Place.AFTER_LINK
    if start > first:
        return Place.AFTER_FOLD if start > last and late else Place.AFTER_LINK
    return Place.AFTER_FOLD if late else Place.NEAR_FOLD


def _stands_before_links(document: Document, signal: Signal, layout: Layout) -> bool:
    """Whether text outside the content stands, in the source, above its first paid link (or its first line of prose)."""
    here, body = document.segments[signal.span.segment], document.segments[layout.body]
    if not here.pieces or not body.pieces:
        return False
    wanted = layout.head_end if layout.first_paid is None else layout.first_paid
    return _source(here.pieces, signal.span.start) < _source(body.pieces, wanted)


def _source(pieces: Sequence[tuple[int, int, int]], offset: int) -> int:
    return pieces[max(bisect_right(pieces, offset, key=lambda piece: piece[0]) - 1, 0)][1]
