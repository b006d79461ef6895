"""Label signals → Disclosures: where each label stands, and what stands beside it.

Placement is half of the law: a right word behind "more" or in a row of hashtags is no clear and conspicuous disclosure
(16 CFR 255.0(f); RSM art. 3; UWG s. 5a(4) as the media authorities read it).
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence

from compliance.layout import Layout, place_on_page
from compliance.lexicon import Lexicon
from compliance.model import SOURCE_ONLY, Disclosure, Document, Place, Signal, Stretch
from compliance.rules import Surface
from compliance.text import Token

_RUN = 4
"""So many hashtags in a row make a run in which a label drowns."""

_FIRST_LINE = 100
"""Characters that the first line of a box holds at most."""

_OTHER_SCOPES = frozenset({"first_comment", "bio", "alt", "author", "figcaption", "aria_label", "tooltip", "placeholder", "generated"})
_BRAND_SHAPES = frozenset({"mention", "hashtag", "name", "code", "url", "host"})


def find_disclosures(
    document: Document,
    signals: Sequence[Signal],
    tokens: Sequence[Sequence[Token]],
    lexicon: Lexicon,
    surface: Surface,
    layout: Layout | None = None,
) -> tuple[Disclosure, ...]:
    """All disclosures of a document: labels in the text, the platform's own label if declared, in reading order.

    With the `layout` of a page, only the labels that speak of that page, by their place on it.
    """
    found: list[Disclosure] = []
    declared = document.declared
    if declared.platform_label:
        found.append(Disclosure("platform.paid-partnership", "sponsorship", Place.PLATFORM, source="declared"))
    if declared.ai_label:
        found.append(Disclosure("platform.ai-label", "ai_content", Place.PLATFORM, source="declared"))
    labels: dict[int, list[Signal]] = {}
    for signal in signals:
        if (
            signal.kind == "label"
            and (layout is None or id(signal) in layout.own)
            and document.segments[signal.span.segment].hidden_by not in SOURCE_ONLY
        ):
            labels.setdefault(signal.span.segment, []).append(signal)
    stretches = _weak_stretches(document)
    for index, found_here in labels.items():
        segment = document.segments[index]
        lead_end, opening = _leading_block(tokens[index], found_here)
        if layout is not None and index == layout.body:
            opening = min((signal.span.start for signal in found_here if signal.span.start < layout.head_end), default=-1)
        for signal in found_here:
            weak = _stretch_at(stretches.get(index, ()), signal.span.start)
            entry = lexicon.entries[signal.id]
            at = _token_at(tokens[index], signal.span.start)
            last = _token_at(tokens[index], signal.span.end - 1)
            found.append(
                Disclosure(
                    label=signal.id,
                    means=entry.means or "sponsorship",
                    place=Place.AFTER_FOLD
                    if segment.visible and _is_cut(segment.fold, weak, signal.span.start)
                    else _place(segment.scope, segment.visible, segment.text, tokens[index], signal, at, lead_end, surface)
                    if layout is None
                    else place_on_page(document, signal, layout, surface),
                    span=signal.span,
                    language=signal.language,
                    connection=signal.connection,
                    negated=signal.effect is not None,
                    obscured=signal.obscured,
                    source="platform_label" if segment.scope == "platform_label" else "text",
                    first=opening == signal.span.start,
                    brand_beside=_brand_beside(tokens[index], at, last),
                    weakened_by=weak.weakened_by if weak is not None else (),
                )
            )
    return tuple(found)


def _weak_stretches(document: Document) -> dict[int, list[Stretch]]:
    """Where each segment of a page is seen badly, in order."""
    found: dict[int, list[Stretch]] = {}
    for stretch in document.outline.stretches if document.outline is not None else ():
        if stretch.weakened_by:
            found.setdefault(stretch.segment, []).append(stretch)
    return {segment: sorted(here, key=lambda stretch: stretch.start) for segment, here in found.items()}


def _stretch_at(stretches: Sequence[Stretch], offset: int) -> Stretch | None:
    at = bisect_right(stretches, offset, key=lambda stretch: stretch.start) - 1
    return stretches[at] if at >= 0 and offset < stretches[at].end else None


def _is_cut(fold: int | None, weak: Stretch | None, start: int) -> bool:
    """Whether text shows after a tap or scroll alone: a browser measured it, or it stands beyond the first line of a box that is cut off."""
    if fold is not None:
        return start >= fold
    return weak is not None and "clamped" in weak.weakened_by and start - weak.start >= _FIRST_LINE


def _leading_block(tokens: Sequence[Token], labels: Sequence[Signal]) -> tuple[int, int]:
    """(offset behind the block of labels that opens the text, offset of its first label). Emoji, separators and line breaks belong to it."""
    by_start: dict[int, int] = {}
    for label in labels:
        if label.effect is None:
            by_start[label.span.start] = max(label.span.end, by_start.get(label.span.start, 0))
    end = 0
    first = -1
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.start in by_start:
            end = by_start[token.start]
            first = token.start if first < 0 else first
            while at < len(tokens) and tokens[at].start < end:
                at += 1
            continue
        if token.shape == "newline" or (token.shape in {"other", "stop"} and not token.text.isalnum()):
            at += 1
            continue
        break
    return end, first


def _token_at(tokens: Sequence[Token], offset: int) -> int:
    index = bisect_right(tokens, offset, key=lambda token: token.start) - 1
    if 0 <= index < len(tokens) and offset < tokens[index].end:
        return index
    return max(len(tokens) - 1, 0)


def _place(
    scope: str, visible: bool, text: str, tokens: Sequence[Token], signal: Signal, at: int, lead_end: int, surface: Surface
) -> Place:
    if not visible or scope == "overlay_faint":
        return Place.HIDDEN
    if scope == "platform_label":
        return Place.PLATFORM
    if scope in _OTHER_SCOPES:
        return Place.OTHER_SEGMENT
    start = signal.span.start
    if start < lead_end:
        return Place.LEAD
    fold = Place.BEFORE_FOLD if scope == "overlay" else _fold(text, start, surface)  # a picture is seen at once
    if fold is Place.AFTER_FOLD:
        return fold
    if _in_run(tokens, at):
        return Place.HASHTAG_RUN
    return fold


def _fold(text: str, start: int, surface: Surface) -> Place:
    lines = text.count("\n", 0, start)
    if surface.lines is not None and lines >= 2 * surface.lines:
        return Place.AFTER_FOLD
    if start > surface.hidden:
        return Place.AFTER_FOLD
    if start > surface.visible or (surface.lines is not None and lines >= surface.lines):
        return Place.NEAR_FOLD
    return Place.BEFORE_FOLD


def _in_run(tokens: Sequence[Token], at: int) -> bool:
    """Whether the hashtag at `at` stands inside a row of hashtags and does not open it."""
    if at >= len(tokens) or tokens[at].shape != "hashtag":
        return False
    before = _tags_beside(tokens, range(at - 1, -1, -1))
    return before > 0 and before + 1 + _tags_beside(tokens, range(at + 1, len(tokens))) >= _RUN


def _tags_beside(tokens: Sequence[Token], places: range) -> int:
    """How many hashtags continue a run in one direction; no more than decide."""
    count = 0
    for place in places:
        if count == _RUN or not _continues_run(tokens[place]):
            break
        count += tokens[place].shape == "hashtag"
    return count


def _continues_run(token: Token) -> bool:
    if token.shape in {"hashtag", "newline", "stop"}:
        return True
    return token.shape == "other" and unicodedata.category(token.text[0])[0] in "SPZ" and token.text not in "\"'“”"


def _brand_beside(tokens: Sequence[Token], at: int, last: int) -> bool:
    """A mention, tag, link or capitalised name within two tokens of the label, or inside it."""
    window = [*range(max(0, at - 2), at), *range(at, last + 1), *range(last + 1, min(last + 4, len(tokens)))]
    return any(_names_brand(tokens, index) for index in window if index != at or at != last)


def _names_brand(tokens: Sequence[Token], index: int) -> bool:
    """Whether a token names somebody; a capital that only opens a sentence does not."""
    token = tokens[index]
    if token.shape not in _BRAND_SHAPES:
        return False
    if token.shape not in {"name", "code"}:
        return True
    return index > 0 and tokens[index - 1].shape in {"word", "name", "elision", "code"}
