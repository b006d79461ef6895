"""What was found in a Document, and what the law asks about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.model.scales import Place, Tri


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one segment."""

    segment: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Signal:
    """A cue or label found in the text.

    Attributes:
        kind: `label` or one of the cue kinds of the lexicon.
        id: the cue's or label's id, `nl.discount-code`.
        strength: strong, medium, weak or none.
        effect: `negated`, `hypothetical` or `other_speaker` where a modifier acts on it, else None.
        obscured: found only after look-alike letters, spacing or invisible characters were undone.
    """

    kind: str
    id: str
    span: Span
    strength: str = "strong"
    connection: str | None = None
    language: str | None = None
    effect: str | None = None
    obscured: bool = False


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A label in its place.

    Attributes:
        label: the label's id.
        means: sponsorship, ai_persona, ai_content or retouched.
        source: text, platform_label or declared.
        first: no other word stands before it in the leading label block.
        brand_beside: a mention, hashtag or name stands directly beside it.
        weakened_by: of WEAKENED_BY, why it is hard to see on its page.
    """

    label: str
    means: str
    place: Place
    span: Span | None = None
    language: str | None = None
    connection: str | None = None
    negated: bool = False
    obscured: bool = False
    source: str = "text"
    first: bool = False
    brand_beside: bool = False
    weakened_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Witness:
    """Why a fact has its value: a signal's words, a declaration, a link or a mark."""

    source: str
    id: str
    span: Span | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A three-valued fact and its witnesses."""

    value: Tri
    witnesses: tuple[Witness, ...] = ()


@dataclass(frozen=True, slots=True)
class Facts:
    """The closed list of what the law asks about. A new word is data; a new fact is a change here.

    `persona` says how the fact `ai_persona` was read: declared, strong, possible, none or unknown.
    """

    values: Mapping[str, Fact]
    connection: Mapping[str, tuple[Witness, ...]]
    disclosures: tuple[Disclosure, ...]
    platform: str | None = None
    surface: str | None = None
    language: str | None = None
    language_known: bool = False
    complete: bool = True
    contradictions: tuple[tuple[str, tuple[Witness, ...]], ...] = ()
    persona: str = "unknown"
