"""Where the words of a finding stand in the file that was checked, and the short forms that several reports share."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import AdcheckError
from compliance.model import Checklist, Fix, Item, Outcome, Segment, Severity
from compliance.reports.outline import place_of
from compliance.reports.source import Source

Results = Sequence[tuple[Source, Checklist]]
Problems = Sequence[tuple[Source, AdcheckError]]


@dataclass(frozen=True, slots=True)
class Region:
    """Lines and columns of a file, from 1; columns in code points, the end behind the last. Columns are 0 where only the line is known."""

    line: int
    column: int = 0
    end_line: int = 0
    end_column: int = 0


@dataclass(frozen=True, slots=True)
class Words:
    """Words that caused a finding, the name of the part of the post they stand in, and their place."""

    text: str
    scope: str
    region: Region


def words_of(item: Item, source: Source, checklist: Checklist) -> list[Words]:
    """The words of a finding, each once, in the order of the evidence."""
    found: dict[tuple[int, int, int], Words] = {}
    for witness in item.evidence:
        if witness.span is not None:
            span = witness.span
            segment = checklist.document.segments[span.segment]
            region = region_of(checklist, source, span.segment, span.start, span.end)
            found.setdefault((span.segment, span.start, span.end), Words(segment.text[span.start : span.end], segment.scope, region))
    return list(found.values())


def region_of(checklist: Checklist, source: Source, segment: int, start: int, end: int) -> Region:
    """Where a stretch of a segment stands in its file; its post's first line where the segment stands in no file that is known."""
    first = _at(checklist, source, segment, start)
    last = _at(checklist, source, segment, end - 1) if end > start else first
    if first is None or last is None:
        return Region(first_line(source, checklist))
    return Region(first[0], first[1], last[0], last[1] + (1 if end > start else 0))


def first_line(source: Source, checklist: Checklist) -> int:
    """The line on which a post begins."""
    origin = checklist.document.origin
    return source.line if origin is None else origin.line


def _at(checklist: Checklist, source: Source, segment: int, offset: int) -> tuple[int, int] | None:
    document = checklist.document
    if document.outline is not None:
        return place_of(document, segment, offset)
    if source.raw is None:
        return None
    pieces = document.segments[segment].pieces
    if pieces:
        offset = in_pieces(pieces, offset)
    elif segment != 0 or source.raw != document.segments[0].text:
        return None
    return source.at(offset)


def in_pieces(pieces: Sequence[tuple[int, int, int]], offset: int) -> int:
    """The offset in the source of an offset in a segment's text."""
    start, source, length = pieces[max(bisect_right(pieces, offset, key=lambda piece: piece[0]) - 1, 0)]
    return source + max(0, min(offset - start, length))


def in_checkout(name: str, variable: str) -> str:
    """A file's name as a pipeline's service knows it: from the top of the checkout, which the service names in an environment variable,
    and not from the folder of it that the job works in."""
    top = os.environ.get(variable)
    if not top or not name:
        return name
    path = Path(os.path.abspath(name))
    for folder in (Path(top), Path(top).resolve()):
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return name


def safe_fix(checklist: Checklist) -> Fix | None:
    """The fix that can be written without asking anybody: it cures a fail that counts, whatever the answer to an open question is."""
    fix = checklist.fix
    if fix is None or fix.only_if is not None or checklist.document.outline is not None:
        return None
    cured = any(item.duty in fix.cures and item.is_open and item.outcome is Outcome.FAIL for item in checklist.items)
    return fix if cured else None


def findings_in(results: Results) -> Iterator[tuple[Source, Checklist, Item]]:
    """The fails and questions of all results, in their order; those set aside too."""
    for source, checklist in results:
        for item in checklist.items:
            if item.outcome >= Outcome.NEEDS_REVIEW:
                yield source, checklist, item


def name_of(source: Source) -> str:
    """What a reader calls the input: its file, its record."""
    return " ".join(part for part in (source.name, source.place, f"[{source.id}]" if source.id else "") if part) or "input"


def sentence_of(item: Item, source: Source, checklist: Checklist) -> str:
    """A finding in one line, for formats that have one text for all: message, words, record, fix."""
    told = item.message
    post = ", ".join(part for part in (source.id, source.place) if part)
    if post:
        told += f" Post: {post}."
    words = words_of(item, source, checklist)
    if words:
        told += " Words: " + ", ".join(f"“{found.text}”" for found in words[:5]) + "."
    fix = checklist.fix
    if fix is not None and item.duty in fix.cures:
        told += f" Put “{fix.insert.strip()}” first."
    return told


def line_of(segment: Segment, offset: int) -> tuple[str, int]:
    """The line of a segment's text that holds `offset`, and the offset in it."""
    begin = max(segment.text.rfind(mark, 0, offset) for mark in "\n\r") + 1
    ends = [at for at in (segment.text.find(mark, offset) for mark in "\n\r") if at >= 0]
    return segment.text[begin : min(ends, default=len(segment.text))], offset - begin


def rank(item: Item) -> tuple[int, int]:
    """Worst first."""
    return -item.outcome, -item.severity


def is_grave(item: Item) -> bool:
    """Whether a fail is serious or worse."""
    return item.outcome is Outcome.FAIL and item.severity >= Severity.SERIOUS
