"""What changed in outcomes between two rulebooks, on posts that the user names: the question before every merge of a rule change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from compliance.engine import Engine
from compliance.model import Checklist, Document
from compliance.rules import Duty

_ABSENT = "no such duty"


@dataclass(frozen=True, slots=True)
class Change:
    """One duty that comes out otherwise for one post. Outcomes are keys such as "fail", or "no such duty"."""

    post: str
    duty: str
    before: str
    after: str
    gate_before: str | None
    gate_after: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Two rulebooks compared: duties that came and went, labels that came and went, and every changed outcome."""

    old: dict[str, str]
    new: dict[str, str]
    duties_added: tuple[str, ...]
    duties_removed: tuple[str, ...]
    duties_edited: tuple[str, ...]
    labels_added: tuple[str, ...]
    labels_removed: tuple[str, ...]
    posts: int
    changes: tuple[Change, ...]

    def counts(self) -> list[tuple[str, str, str, int]]:
        """(duty, before, after, how many posts), the commonest first."""
        counted = Counter((change.duty, change.before, change.after) for change in self.changes)
        return [(*key, number) for key, number in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))]

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "old": self.old,
            "new": self.new,
            "duties": {"added": list(self.duties_added), "removed": list(self.duties_removed), "edited": list(self.duties_edited)},
            "labels": {"added": list(self.labels_added), "removed": list(self.labels_removed)},
            "posts": self.posts,
            "counts": [{"duty": duty, "before": before, "after": after, "posts": number} for duty, before, after, number in self.counts()],
            "changes": [
                {
                    "post": change.post,
                    "duty": change.duty,
                    "before": {"outcome": change.before, "gate": change.gate_before},
                    "after": {"outcome": change.after, "gate": change.gate_after},
                    "words": change.words,
                }
                for change in self.changes
            ],
        }


def compare(
    old: Engine, new: Engine, posts: Iterable[tuple[str, Document, Document]], reach: Sequence[str], as_of: str | None
) -> Difference:
    """Judge each post by both rulebooks for the markets in `reach` (empty: all that both know) and gather what differs.

    `posts` holds (name, the post read with the old rulebook, the same read with the new one).

    Raises:
        InputError: a market that one of the rulebooks does not know, or a wrong date.
    """
    shared = [name for name in new.rulebook.markets if name in old.rulebook.markets]
    markets = list(reach) or shared
    changes: list[Change] = []
    number = 0
    for name, before, after in posts:
        number += 1
        changes += _changes(name, old.check(before, markets, as_of, advise=False), new.check(after, markets, as_of, advise=False))
    return Difference(
        old=old.rulebook.info(),
        new=new.rulebook.info(),
        duties_added=tuple(sorted(new.rulebook.duties.keys() - old.rulebook.duties.keys())),
        duties_removed=tuple(sorted(old.rulebook.duties.keys() - new.rulebook.duties.keys())),
        duties_edited=tuple(
            sorted(
                key
                for key in new.rulebook.duties.keys() & old.rulebook.duties.keys()
                if _content(new.rulebook.duties[key]) != _content(old.rulebook.duties[key])
            )
        ),
        labels_added=tuple(sorted(new.rulebook.labels.keys() - old.rulebook.labels.keys())),
        labels_removed=tuple(sorted(old.rulebook.labels.keys() - new.rulebook.labels.keys())),
        posts=number,
        changes=tuple(changes),
    )


def _content(duty: Duty) -> tuple[Any, ...]:
    return tuple(getattr(duty, name) for name in duty.__dataclass_fields__ if name != "where")  # two folders have two names


def _changes(name: str, before: Checklist, after: Checklist) -> list[Change]:
    old = {item.duty: item for item in before.items}
    new = {item.duty: item for item in after.items}
    found = []
    for duty in sorted(old.keys() | new.keys()):
        first, second = old.get(duty), new.get(duty)
        one, two = (item.outcome.key if item is not None else _ABSENT for item in (first, second))
        gates = tuple(item.gate.key if item is not None and item.gate is not None else None for item in (first, second))
        if one == two and gates[0] == gates[1]:
            continue
        if {one, two} == {_ABSENT, "not_applicable"}:
            continue
        shown = second if second is not None and second.evidence else first
        checklist = after if shown is second else before
        words = ""
        if shown is not None:
            spans = [witness.span for witness in shown.evidence if witness.span is not None]
            words = " … ".join(checklist.document.segments[span.segment].text[span.start : span.end] for span in spans[:3])
        found.append(Change(name, duty, one, two, gates[0], gates[1], words))
    return found
