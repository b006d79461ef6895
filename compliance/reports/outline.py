"""A page's outline as a reader of a report sees it: what was visible, hidden and why, or out of reading order, and the labels in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import groupby, pairwise

from compliance.model import Checklist, Document, Stretch

LONGEST = 160
"""So many characters of a stretch are shown before and after its labels; the rest is told by its length."""

_PLAIN = 4
"""So many plain stretches in a row are shown one by one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One stretch.

    Attributes:
        stretch: where it stands.
        pieces: its text, shortened, as (text, whether it is a label).
        why: why it is hidden or what weakens it, in plain words; empty where it is plainly seen.
        scope: the display name of its segment.
    """

    stretch: Stretch
    pieces: tuple[tuple[str, bool], ...]
    why: str
    scope: str

    @property
    def has_label(self) -> bool:
        """Whether a label was found in it."""
        return any(is_label for _, is_label in self.pieces)


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that stand together; folded where they are many of one state and none of them tells anything."""

    rows: tuple[Row, ...]
    is_folded: bool


def parts_of(checklist: Checklist) -> tuple[Part, ...]:
    """The outline with long runs of plain stretches folded."""
    parts: list[Part] = []
    for (state, tells), rows in groupby(rows_of(checklist), key=lambda row: (row.stretch.state, row.has_label or bool(row.why))):
        group = tuple(rows)
        parts.append(Part(group, not tells and len(group) > (_PLAIN if state == "read" else 1)))
    return tuple(parts)


def rows_of(checklist: Checklist) -> tuple[Row, ...]:
    """The outline of a page in the order of its source; empty for a caption."""
    document = checklist.document
    if document.outline is None:
        return ()
    names = checklist.names
    rows = []
    for stretch, labels in zip(document.outline.stretches, labels_in(checklist), strict=True):
        segment = document.segments[stretch.segment]
        reasons = [names.get(f"hidden_by.{stretch.hidden_by}", stretch.hidden_by)] if stretch.hidden_by else []
        reasons += [names.get(f"weakened_by.{reason}", reason) for reason in stretch.weakened_by]
        pieces = _pieces(segment.text, stretch, labels)
        if any(text.strip() for text, _ in pieces):
            rows.append(Row(stretch, pieces, ", ".join(reasons), names.get(f"segment.{segment.scope}", segment.scope)))
    return tuple(rows)


def labels_in(checklist: Checklist) -> list[list[tuple[int, int]]]:
    """For each stretch of the outline, where labels stand in its segment, in order and without overlap."""
    outline = checklist.document.outline
    if outline is None:
        return []
    spans: dict[int, list[tuple[int, int]]] = {}
    for signal in checklist.signals:
        if signal.kind == "label":
            spans.setdefault(signal.span.segment, []).append((signal.span.start, signal.span.end))
    joined: dict[int, list[tuple[int, int]]] = {}
    for segment, found in spans.items():
        kept: list[tuple[int, int]] = []
        for start, end in sorted(found):
            if kept and start < kept[-1][1]:
                kept[-1] = (kept[-1][0], max(end, kept[-1][1]))
            else:
                kept.append((start, end))
        joined[segment] = kept
    result = []
    for item in outline.stretches:
        here = joined.get(item.segment, [])
        result.append(here[bisect_left(here, (item.start, 0)) : bisect_left(here, (item.end, 0))])
    return result


def place_of(document: Document, segment: int, offset: int) -> tuple[int, int] | None:
    """Line and column in the page's source, from 1, of a character of a segment; None where the source is not known."""
    pieces = document.segments[segment].pieces
    if document.outline is None or not pieces:
        return None
    start, source, length = pieces[max(bisect_right(pieces, offset, key=lambda piece: piece[0]) - 1, 0)]
    at = source + max(0, min(offset - start, length))
    line = bisect_right(document.outline.line_starts, at) - 1
    return line + 1, at - document.outline.line_starts[line] + 1


def _pieces(text: str, stretch: Stretch, labels: list[tuple[int, int]]) -> tuple[tuple[str, bool], ...]:
    cuts = [stretch.start, *(edge for span in labels for edge in span), max([stretch.end, *(end for _, end in labels)])]
    pieces: list[tuple[str, bool]] = []
    for index, (start, end) in enumerate(pairwise(cuts)):
        piece = " ".join(text[start:end].split())
        before, behind = text[start:end][:1].isspace(), text[start:end][-1:].isspace()
        if piece:
            is_label = index % 2 == 1
            pieces.append(((" " if before and index else "") + (piece if is_label else _short(piece)) + (" " if behind else ""), is_label))
    return tuple(pieces)


def _short(text: str) -> str:
    return text if len(text) <= 2 * LONGEST else f"{text[:LONGEST].rstrip()} … {text[-LONGEST:].lstrip()}"
