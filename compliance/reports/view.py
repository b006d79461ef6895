"""The checklist as a reader sees it: problems that one edit cures stand together, and the words of the text lead to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from compliance.model import Checklist, Gate, Item, LawRef, Outcome, Severity, Witness
from compliance.reports.outline import Part, parts_of, place_of

_ORDER = (Outcome.FAIL, Outcome.NEEDS_REVIEW, Outcome.PASS, Outcome.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the text that caused a verdict; `cue` is the id of the cue, label, combination or network that found them."""

    text: str
    segment: str
    says: str
    mark: str
    cue: str
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One market's say in a group; `aside` and `until` are why and how long a person set it aside."""

    duty: str
    market: str
    title: str
    message: str
    severity: str
    law: tuple[LawRef, ...]
    advice: str
    reason: str | None
    certainty: str
    aside: str = ""
    until: str = ""
    is_known: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Items with one cause and one cure, whatever the market."""

    id: str
    outcome: Outcome
    topic: str
    gate: str | None
    severity: Severity
    markets: tuple[str, ...]
    quotes: tuple[Quote, ...]
    entries: tuple[Entry, ...]
    is_cured: bool
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a segment: plain, or marked with the groups that it caused."""

    text: str
    mark: str = ""
    groups: tuple[str, ...] = ()
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class View:
    """A whole checklist, ready to be laid out."""

    outcome: Outcome
    counts: Mapping[str, int]
    groups: tuple[Group, ...]
    segments: tuple[tuple[str, bool, tuple[Piece, ...]], ...]
    outline: tuple[Part, ...] = ()
    prefix: str = ""

    def of(self, outcome: str) -> tuple[Group, ...]:
        """The groups with this outcome that nobody set aside."""
        return tuple(group for group in self.groups if group.outcome.key == outcome and group.is_open)

    @property
    def set_aside(self) -> int:
        """How many items a person or the baseline set aside."""
        return sum(len(group.entries) for group in self.aside)

    @property
    def aside(self) -> tuple[Group, ...]:
        """The groups that a person or the baseline set aside."""
        return tuple(group for group in self.groups if not group.is_open)


def view_of(checklist: Checklist, prefix: str = "") -> View:
    """Lay a checklist out. Where several stand on one page, each has a `prefix` of its own for the names of its items and marks."""
    buckets: dict[tuple[object, ...], list[Item]] = {}
    for item in checklist.items:
        buckets.setdefault(_cause(item), []).append(item)
    ordered = sorted(
        buckets.values(), key=lambda items: (_ORDER.index(items[0].outcome), -max(item.severity for item in items), items[0].topic)
    )
    numbered = [(f"{prefix}item-{index}", items) for index, items in enumerate(ordered, 1)]
    segments, marks = _segments(checklist, numbered, prefix)
    groups = tuple(_group(name, items, checklist, marks) for name, items in numbered)
    counts = {outcome.key: sum(1 for item in checklist.open_items if item.outcome is outcome) for outcome in _ORDER}
    outcome = max((item.outcome for item in checklist.open_items), default=Outcome.NOT_APPLICABLE)
    return View(outcome, counts, groups, segments, parts_of(checklist), prefix)


def _cause(item: Item) -> tuple[object, ...]:
    if item.outcome is Outcome.NOT_APPLICABLE:
        return (item.outcome, item.topic)
    label = item.disclosure.label if item.disclosure is not None and item.gate is not Gate.MISSING else None
    return (item.outcome, item.topic, item.gate, label, None if item.gate is not None else item.evidence, item.is_open)


def _group(name: str, items: list[Item], checklist: Checklist, marks: Mapping[tuple[int, int, int], str]) -> Group:
    first = items[0]
    names = checklist.names
    quotes: dict[tuple[str, str], Quote] = {}
    for item in items:
        for witness in item.evidence:
            quote = _quote(witness, checklist, marks)
            if quote is not None:
                quotes.setdefault((quote.text, quote.segment), quote)
    fix = checklist.fix
    return Group(
        id=name,
        outcome=first.outcome,
        topic=names.get(f"topic.{first.topic}", first.topic),
        gate=names.get(f"gate.{first.gate.key}", first.gate.key) if first.gate is not None else None,
        severity=max(item.severity for item in items),
        markets=tuple(dict.fromkeys(names.get(f"jurisdiction.{item.jurisdiction}", item.jurisdiction) for item in items)),
        quotes=tuple(quotes.values()),
        entries=tuple(
            Entry(
                item.duty,
                names.get(f"jurisdiction.{item.jurisdiction}", item.jurisdiction),
                item.title,
                item.message,
                names.get(f"severity.{item.severity.key}", item.severity.key),
                item.law,
                item.advice,
                item.reason,
                item.certainty,
                item.suppression.reason if item.suppression is not None else "",
                (item.suppression.until or "") if item.suppression is not None else "",
                item.known,
            )
            for item in items
        ),
        is_cured=fix is not None and any(item.duty in fix.cures and item.is_open for item in items),
        is_open=first.is_open,
    )


def _quote(witness: Witness, checklist: Checklist, marks: Mapping[tuple[int, int, int], str]) -> Quote | None:
    if witness.span is None:
        if witness.source in {"declared", "platform"}:
            return None
        return Quote(
            witness.note or witness.id, checklist.names.get("segment.marks", "source"), checklist.says.get(witness.id, ""), "", witness.id
        )
    span = witness.span
    segment = checklist.document.segments[span.segment]
    scope = checklist.names.get(f"segment.{segment.scope}", segment.scope)
    mark = marks.get((span.segment, span.start, span.end), "")
    line, column = place_of(checklist.document, span.segment, span.start) or (0, 0)
    return Quote(segment.text[span.start : span.end], scope, checklist.says.get(witness.id, ""), mark, witness.id, line, column)


def _segments(
    checklist: Checklist, numbered: list[tuple[str, list[Item]]], prefix: str
) -> tuple[tuple[tuple[str, bool, tuple[Piece, ...]], ...], dict[tuple[int, int, int], str]]:
    """The segments cut where marks begin and end, and for each span the id of its first marked piece."""
    spans: dict[int, list[tuple[int, int, str, Outcome]]] = {}
    for name, items in numbered:
        for item in items:
            if item.outcome is Outcome.NOT_APPLICABLE:
                continue
            for witness in item.evidence:
                if witness.span is not None:
                    counted = item.outcome if item.is_open else Outcome.NOT_APPLICABLE  # what is set aside leads to its item, and no more
                    spans.setdefault(witness.span.segment, []).append((witness.span.start, witness.span.end, name, counted))
    result = []
    marks: dict[tuple[int, int, int], str] = {}
    for index, segment in enumerate(checklist.document.segments):
        found = spans.get(index, [])
        cuts = sorted({0, len(segment.text), *(start for start, _, _, _ in found), *(end for _, end, _, _ in found)})
        pieces = []
        for begin, end in pairwise(cuts):
            covering = [span for span in found if span[0] <= begin and end <= span[1]]
            if not covering:
                pieces.append(Piece(segment.text[begin:end]))
                continue
            mark = f"{prefix}mark-{index}-{begin}"
            for start, stop, _, _ in covering:
                marks.setdefault((index, start, stop), mark)
            groups = tuple(dict.fromkeys(span[2] for span in covering))
            pieces.append(Piece(segment.text[begin:end], mark, groups, max(span[3] for span in covering)))
        is_told = checklist.document.outline is None or index == 0 or bool(found)  # of a page, the outline has the rest
        if segment.text.strip() and is_told:
            result.append((checklist.names.get(f"segment.{segment.scope}", segment.scope), segment.visible, tuple(pieces)))
    return tuple(result), marks
