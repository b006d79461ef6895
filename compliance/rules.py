"""What a rule file says, as frozen types. `rulebook` builds them; nothing here reads files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from compliance.model import Gate, Outcome, Place, Severity

Texts = Mapping[str, str]
"""One sentence per interface language: `{"en": …, "nl": …}`."""


class Form(NamedTuple):
    """One way of writing a label or cue, and the sentence that proves it.

    `position` is hashtag, standalone or anywhere.
    """

    pattern: str
    example: str
    position: str = "anywhere"


@dataclass(frozen=True, slots=True)
class Entry:
    """A label or a cue: what a wording is, in one language, apart from any law."""

    id: str
    kind: str
    language: str
    strength: str
    forms: tuple[Form, ...]
    connection: str | None = None
    means: str | None = None
    text: str = ""
    says: Texts = field(default_factory=dict)
    miss: tuple[str, ...] = ()
    not_in: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Modifier:
    """Words that turn a cue round: "not", "geen", "if I were". After ConText: direction, scope, terminators, pseudo forms."""

    id: str
    language: str
    effect: str
    direction: str
    scope: int
    targets: frozenset[str]
    forms: tuple[Form, ...]
    stop: tuple[str, ...] = ()
    pseudo: tuple[str, ...] = ()
    where: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a combination: signals of these kinds or cue names, or tokens of a shape; at least `count` of them."""

    kinds: frozenset[str] = frozenset()
    cues: frozenset[str] = frozenset()
    strengths: frozenset[str] = frozenset()
    shapes: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    mention: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class Combination:
    """Parts that together show advertising. `within` is text, line, sentence, or how many tokens may lie between two parts' beginnings; `ordered`:
    each part stands behind the one before; `unless` names kinds that forbid it."""

    id: str
    strength: str
    connection: str | None
    says: Texts
    parts: tuple[Part, ...]
    within: str | int
    ordered: bool
    unless: frozenset[str]
    examples: tuple[str, ...]
    miss: tuple[str, ...]


# What a duty consists of has no slots: frozen classes with slots are unpickled field by field, which for all duties takes as long as a check.


@dataclass(frozen=True)
class Law:
    """A source of law. `certainty` is primary, secondary, memory or unsettled; only the first two can make a duty fail."""

    key: str
    cite: str
    kind: str
    authority: str
    url: str
    checked: str
    certainty: str

    @property
    def is_certain(self) -> bool:
        """True where a breach may be called one."""
        return self.certainty in {"primary", "secondary"}


@dataclass(frozen=True)
class LabelRow:
    """What one instrument says of one label."""

    label: str
    verdict: str
    law: Law
    connection: frozenset[str] = frozenset()
    needs: tuple[str, ...] = ()
    surface: frozenset[str] = frozenset()
    otherwise: str = "ambiguous"
    note: str = ""


@dataclass(frozen=True)
class DisclosureDemand:
    """What kind of label a duty asks for, where, and in which language."""

    means: frozenset[str]
    place: Mapping[Place, str]
    place_law: Law
    language: str | tuple[str, ...]
    language_law: Law


@dataclass(frozen=True)
class Example:
    """A worked case that is a test."""

    text: str
    outcome: Outcome
    gate: Gate | None
    marks: tuple[str, ...]
    context: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Duty:
    """One legal instrument's demand."""

    id: str
    jurisdiction: str
    title: Texts
    topic: str
    status: str
    severity: Severity
    since: str
    until: str | None
    refines: tuple[str, ...]
    law: Mapping[str, Law]
    applies_when: Mapping[str, Any]
    disclosure: DisclosureDemand | None
    facts: Mapping[str, Any] | None
    rows: Mapping[str, tuple[LabelRow, ...]]
    messages: Mapping[str, Texts]
    fix_label: str | None
    fix_advice: Texts | None
    known_gaps: str
    examples: tuple[Example, ...]
    where: str = ""

    @property
    def first_law(self) -> Law:
        """The source that the duty rests on where nothing else is named."""
        return next(iter(self.law.values()))

    def in_force(self, as_of: str) -> bool:
        """Whether the duty binds on the date `as_of` (ISO)."""
        return self.status not in {"draft", "deprecated"} and self.since <= as_of and (self.until is None or as_of <= self.until)


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A market or a parent of markets. `not_covered` says for a topic why there is no duty."""

    id: str
    name: Texts
    languages: tuple[str, ...]
    parents: tuple[str, ...]
    aliases: tuple[str, ...]
    regulators: tuple[str, ...]
    is_market: bool
    not_covered: Mapping[str, Texts] = field(default_factory=dict)
    note: str = ""
    region: str = "europe"


@dataclass(frozen=True, slots=True)
class Surface:
    """Where a platform cuts a text. Below `visible` characters a reader surely sees it, above `hidden` surely not without a tap."""

    visible: int
    hidden: int
    lines: int | None
    source: str
    certainty: str
    checked: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlatformLabel:
    """What a platform itself prints on a post, by language; `{BRAND}` stands for the partner's name.

    `certainty` speaks of the label and its English wording, `texts_certainty` of the other languages.
    """

    means: str
    texts: Texts
    source: str
    checked: str
    certainty: str
    texts_certainty: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform, its surfaces (the first is the default) and its own labels; `slots` are the labels that also stand over banners there."""

    id: str
    name: str
    hosts: tuple[str, ...]
    is_visual: bool
    surfaces: Mapping[str, Surface]
    labels: Mapping[str, PlatformLabel] = field(default_factory=dict)
    slots: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LayoutRow:
    """One way of finding a part of a page. Layouts are second-hand and rot, so each row says when and where it was seen.

    Attributes:
        select: a CSS selector.
        attribute: the attribute whose value is taken instead of the text.
        take: a regular expression; its first group is taken, and a row that does not match finds nothing.
        around: the nearest ancestor whose text is meant, where `select` finds a hook inside it.
        label: the platform's label (a key of `labels` in platforms.yaml) that the element is.
        texts: the element's words must be one of the wordings of that label; for rows without a hook of their own.
        everywhere: looked for on the whole page and not in the post alone, where the page has one post.
        briefly: the platform shows it for a while only, so that it counts even where it is hidden now.
    """

    select: str
    seen: str
    source: str
    attribute: str | None = None
    take: str | None = None
    around: str | None = None
    label: str | None = None
    texts: bool = False
    everywhere: bool = False
    briefly: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """How a platform lays out its pages. Rows of one part are tried in order; the first that finds something is used.

    Attributes:
        site_names: what `og:site_name` says on its pages.
        surfaces: (surface, regular expression on the address's path); the first that fits.
        posts: the elements that are a post each.
        parts: what is found in each post: caption, more, title, author, handle, permalink, time, first_comment, others.
        page: what is found once on a page: bio, bio_more, author, handle.
        labels: the platform's own labels.
        composers: fields in which a post is written.
        distinct: posts are articles, not captions, and the layout is used only where two or more with addresses of their own are found.
    """

    platform: str
    site_names: tuple[str, ...]
    surfaces: tuple[tuple[str, str], ...]
    posts: tuple[LayoutRow, ...]
    parts: Mapping[str, tuple[LayoutRow, ...]]
    page: Mapping[str, tuple[LayoutRow, ...]]
    labels: tuple[LayoutRow, ...]
    composers: tuple[LayoutRow, ...]
    distinct: bool = False
    where: str = ""

    @property
    def rows(self) -> tuple[LayoutRow, ...]:
        """All rows."""
        inner = [row for rows in (*self.parts.values(), *self.page.values()) for row in rows]
        return (*self.posts, *inner, *self.labels, *self.composers)


@dataclass(frozen=True, slots=True)
class Network:
    """An affiliate network, shop hub or shortener, known by host, parameter or path."""

    id: str
    name: str
    kind: str
    strength: str
    hosts: tuple[str, ...]
    params: tuple[str, ...]
    paths: tuple[str, ...]
    examples: tuple[str, ...]
    miss: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MarkRule:
    """What a key in a page's source or in an image's metadata says. All names are in lower case.

    Attributes:
        places: schema, meta, data and image: where it is stated.
        values, contains: what the value must be or hold; without both, anything that does not deny.
        types, value_types, within: the types of the stating object and of what is named, and a key above it.
        means: sponsor, ai_content, ai_persona or none.
    """

    id: str
    places: frozenset[str]
    keys: frozenset[str]
    values: frozenset[str]
    contains: tuple[str, ...]
    types: frozenset[str]
    value_types: frozenset[str]
    within: frozenset[str]
    means: str
    strength: str
    says: Texts
    examples: tuple[str, ...]
    miss: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class MarkRules:
    """All mark rules; the types that are a page's own article, and the keys below which something else is spoken of."""

    articles: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    rules: Mapping[str, MarkRule] = field(default_factory=dict)
