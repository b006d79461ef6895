"""The answer: an item for each duty, the smallest fix, and the whole checklist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.model.document import Document
from compliance.model.facts import Disclosure, Facts, Signal, Witness
from compliance.model.scales import Gate, Outcome, Severity, Tri

INTERFACES = ("en", "nl")
"""The languages in which a checklist can be written."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A corrected text: labels joined in one leading block, nothing else changed. Applied and re-checked before it is offered."""

    text: str
    insert: str
    labels: tuple[str, ...]
    cures: tuple[str, ...]
    only_if: str | None = None


@dataclass(frozen=True, slots=True)
class LawRef:
    """The source that an item rests on, and how surely it was read: primary, secondary, memory or unsettled."""

    cite: str
    url: str
    authority: str
    certainty: str
    checked: str


@dataclass(frozen=True, slots=True)
class Suppression:
    """Why a person set a finding aside.

    Attributes:
        kind: `in_source` (a comment or the front matter of the file itself) or `external` (a suppression file).
        where: the place at which it is written, `file:line`.
        reason: in that person's words.
        until: the last day on which it holds (ISO date), or None.
        by, made: who wrote it, and when (ISO date), where that is told.
    """

    kind: str
    where: str
    reason: str
    until: str | None = None
    by: str | None = None
    made: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """The verdict on one duty in one market, with its evidence.

    `certainty` says how the law that decided was read: primary (at the authority itself), secondary, or unsettled (from memory, or
    in dispute), which never fails. Empty for an item that rests on no law.

    `suppression` is there where a person set the finding aside, `known` is true where the baseline has it; neither changes the outcome.
    """

    duty: str
    jurisdiction: str
    outcome: Outcome
    gate: Gate | None = None
    reason: str | None = None
    evidence: tuple[Witness, ...] = ()
    disclosure: Disclosure | None = None
    title: str = ""
    topic: str = ""
    severity: Severity = Severity.MODERATE
    message: str = ""
    law: tuple[LawRef, ...] = ()
    advice: str = ""
    certainty: str = ""
    suppression: Suppression | None = None
    known: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it counts: neither set aside nor known from the baseline."""
        return self.suppression is None and not self.known


@dataclass(frozen=True, slots=True)
class Profile:
    """What a profile's bio and posts say together.

    Attributes:
        persona: whether the person is made with AI, as far as anything on the profile tells.
        declared_in: where that is said, best first: platform_label, post, bio, bio_more (behind the bio's "more").
        silent: the posts (from 0) that do not say it themselves.
        experience: the posts that claim an experience.
        message: the same in a sentence or two.
    """

    handle: str | None
    persona: Tri
    declared_in: tuple[str, ...]
    silent: tuple[int, ...]
    experience: tuple[int, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """The whole answer. Renderers read this and nothing else.

    Attributes:
        language: the interface language of its sentences.
        says: for each signal id, what a post with it does, in plain words ("offers a personal discount code").
        names: display names in that language by kind and key ("topic.gift", "jurisdiction.nl", "segment.bio").
        judged_on, not_seen: what the verdict rests on, and what this input could not show.
        profile: for a post of a profile page, what the profile says as a whole.
        posts: for a page with several posts, the checklist of each; this one is then their sum, with the worst item of each duty.
    """

    document: Document
    facts: Facts
    items: tuple[Item, ...]
    fix: Fix | None
    reach: tuple[str, ...]
    as_of: str
    rulebook: Mapping[str, str]
    language: str
    says: Mapping[str, str]
    names: Mapping[str, str]
    signals: tuple[Signal, ...] = ()
    judged_on: tuple[str, ...] = ()
    not_seen: tuple[str, ...] = ()
    profile: Profile | None = None
    posts: tuple[Checklist, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The worst outcome among the items, set aside or not."""
        return max((item.outcome for item in self.items), default=Outcome.NOT_APPLICABLE)

    @property
    def open_items(self) -> tuple[Item, ...]:
        """The items that count: neither set aside nor known from the baseline."""
        return tuple(item for item in self.items if item.is_open)
