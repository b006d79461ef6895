"""A profile: its bio is read with each of its posts, and what stands behind the bio's "more" is kept apart.

Which part of a bio shows is a fact of the page where the page says so (hidden elements, `line-clamp`), else of the platform's fold.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from bs4 import Tag

from compliance.model import Document, Outline, Segment, Stretch
from compliance.readers.layouts import Parts
from compliance.readers.styles import Styles
from compliance.rules import Platform

_AROUND = 3
_INSIDE = 50
"""So many elements around a bio, and in it, are asked for a clamp."""


def bio_segments(profile: Parts, platform: Platform, styles: Styles) -> tuple[Segment, ...]:
    """The profile's segments: bio and author; the part of the bio behind "more" as an invisible bio segment of its own."""
    lines = _clamped_lines(profile.root, styles)
    fold = platform.surfaces.get("bio")
    found: list[Segment] = []
    for segment in profile.segments:
        at = None
        if segment.scope == "bio" and segment.visible and segment.label is None:
            if lines is not None:
                at = _line_start(segment.text, lines)
            if at is None and profile.has_more and fold is not None:
                at = _line_start(segment.text, fold.lines) if fold.lines is not None else None
                at = min(at if at is not None else len(segment.text), fold.hidden)
        if at is not None and segment.text[at:].strip():
            found.extend(cut(segment, at))
        else:
            found.append(segment)
    return tuple(found)


def with_bio(document: Document, segments: tuple[Segment, ...]) -> Document:
    """A post with the profile's bio and name beside it."""
    own = {(segment.scope, segment.text.strip()) for segment in document.segments}
    added = tuple(segment for segment in segments if (segment.scope, segment.text.strip()) not in own)
    stretches = [
        _stretch(index, segment, document.outline)
        for index, segment in enumerate(added, len(document.segments))
        if document.outline is not None and segment.pieces and segment.text.strip()
    ]
    outline = document.outline
    if outline is not None:
        ordered = sorted((*outline.stretches, *stretches), key=lambda stretch: (stretch.line, stretch.column))
        outline = replace(outline, stretches=tuple(ordered))
    return replace(document, segments=(*document.segments, *added), outline=outline)


def _stretch(index: int, segment: Segment, outline: Outline) -> Stretch:
    """A part of the profile in the outline: beside the post, and clamped where it shows after a tap on "more" alone."""
    at = segment.pieces[0][1]
    line = bisect_right(outline.line_starts, at)
    state = "hidden" if segment.hidden_by else "aside"
    clamped = ("clamped",) if not segment.visible and not segment.hidden_by else ()
    return Stretch(index, 0, len(segment.text), line, at - outline.line_starts[line - 1] + 1, state, segment.hidden_by, clamped)


def cut(segment: Segment, at: int) -> tuple[Segment, Segment]:
    """A segment in two at an offset: what shows, and what does not. The pieces lead to the same places in the source."""
    before, after = [], []
    for start, source, length in segment.pieces:
        if start < at:
            before.append((start, source, min(length, at - start)))
            if start + length > at:
                after.append((0, source + at - start, start + length - at))
        else:
            after.append((start - at, source, length))
    return (
        replace(segment, text=segment.text[:at], pieces=tuple(before)),
        replace(segment, text=segment.text[at:], visible=False, pieces=tuple(after)),
    )


def _clamped_lines(tag: Tag, styles: Styles) -> int | None:
    """The lines that a clamp leaves of a bio, whether its style attribute or a rule sets it; None without one."""
    for item in (tag, *list(tag.parents)[:_AROUND], *tag.find_all(True, limit=_INSIDE)):
        declared = styles.of(item)[0]
        lines = declared.get("-webkit-line-clamp", declared.get("line-clamp", "")).split(" ")[0]
        if lines.isascii() and lines.isdigit() and 0 < int(lines) < 1000:
            return int(lines)
    return None


def _line_start(text: str, lines: int) -> int | None:
    """The offset of the written line with number `lines` (from 0); None where the text has no more lines than that."""
    at = -1
    for _ in range(lines):
        at = text.find("\n", at + 1)
        if at < 0:
            return None
    return at + 1
