"""Checklists of the posts of one page → their sum: for each duty the item of the post that fares worst, every fact and signal in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from compliance.model import Checklist, Disclosure, Document, Fact, Facts, Item, Signal, Span, Tri, Witness


def joined(posts: Sequence[Checklist]) -> Checklist:
    """One checklist for a page with several posts; `posts` holds theirs. Of one post, its own checklist.

    The segments of the posts stand one after the other in the document of the sum, so that every span still leads to its words.
    """
    if len(posts) == 1:
        return posts[0]
    starts = []
    total = 0
    for post in posts:
        starts.append(total)
        total += len(post.document.segments)
    shifted = [_Shift(start, post) for start, post in zip(starts, posts, strict=True)]
    first = posts[0]
    items: dict[str, Item] = {}
    for shift in shifted:
        for item in shift.items():
            known = items.get(item.duty)
            if known is None or item.outcome > known.outcome:
                items[item.duty] = item
    return replace(
        first,
        document=_document(shifted),
        facts=_facts(shifted),
        items=tuple(items.values()),
        fix=None,
        says={key: value for post in posts for key, value in post.says.items()},
        signals=tuple(signal for shift in shifted for signal in shift.signals()),
        judged_on=tuple(dict.fromkeys(name for post in posts for name in post.judged_on)),
        not_seen=tuple(dict.fromkeys(name for post in posts for name in post.not_seen)),
        posts=tuple(posts),
    )


class _Shift:
    """A post's checklist with its segments counted from `start`."""

    def __init__(self, start: int, post: Checklist) -> None:
        self._start = start
        self.post = post

    def span(self, span: Span | None) -> Span | None:
        return None if span is None else Span(span.segment + self._start, span.start, span.end)

    def witnesses(self, witnesses: Sequence[Witness]) -> tuple[Witness, ...]:
        return tuple(replace(witness, span=self.span(witness.span)) for witness in witnesses)

    def disclosure(self, item: Disclosure) -> Disclosure:
        return replace(item, span=self.span(item.span))

    def items(self) -> list[Item]:
        return [
            replace(
                item,
                evidence=self.witnesses(item.evidence),
                disclosure=None if item.disclosure is None else self.disclosure(item.disclosure),
            )
            for item in self.post.items
        ]

    def signals(self) -> list[Signal]:
        return [replace(signal, span=Span(signal.span.segment + self._start, signal.span.start, signal.span.end)) for signal in self.post.signals]

    def document(self) -> Document:
        document = self.post.document
        return replace(document, links=tuple(replace(link, segment=link.segment + self._start) for link in document.links))


def _document(shifted: Sequence[_Shift]) -> Document:
    documents = [shift.document() for shift in shifted]
    first = documents[0]
    return replace(
        first,
        segments=tuple(segment for document in documents for segment in document.segments),
        links=tuple(link for document in documents for link in document.links),
        marks=tuple(dict.fromkeys(mark for document in documents for mark in document.marks)),
        language=_common([document.language for document in documents]),
        kind="feed",
        complete=all(document.complete for document in documents),
        not_read=tuple(dict.fromkeys(name for document in documents for name in document.not_read)),
        origin=None if first.origin is None else replace(first.origin, index=0, line=1, url=None, posted=None),
    )


def _facts(shifted: Sequence[_Shift]) -> Facts:
    """Each fact as strong as in the post where it is strongest, with the witnesses of all of these."""
    values: dict[str, Fact] = {}
    connection: dict[str, tuple[Witness, ...]] = {}
    for shift in shifted:
        for name, fact in shift.post.facts.values.items():
            known = values.get(name, Fact(Tri.NO))
            seen = shift.witnesses(fact.witnesses)
            if name not in values or fact.value > known.value:
                values[name] = Fact(fact.value, seen)
            elif fact.value is known.value:
                values[name] = Fact(fact.value, tuple(dict.fromkeys((*known.witnesses, *seen))))
        for name, witnesses in shift.post.facts.connection.items():
            connection[name] = (*connection.get(name, ()), *shift.witnesses(witnesses))
    facts = [shift.post.facts for shift in shifted]
    return replace(
        facts[0],
        values=values,
        connection=connection,
        disclosures=tuple(shift.disclosure(item) for shift in shifted for item in shift.post.facts.disclosures),
        language=_common([item.language for item in facts]),
        language_known=all(item.language_known for item in facts),
        complete=all(item.complete for item in facts),
        contradictions=tuple((name, shift.witnesses(seen)) for shift in shifted for name, seen in shift.post.facts.contradictions),
    )


def _common(values: Sequence[str | None]) -> str | None:
    return values[0] if len(set(values)) == 1 else None
