"""Every noun of Adcheck, frozen. Logic lives elsewhere; these types only carry what one stage hands to the next.

All offsets are code points in `Segment.text`, half-open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum


class Keyed(IntEnum):
    """An ordered value with the name that JSON, rules and pages give it."""

    @property
    def key(self) -> str:
        """The name, in lower case."""
        return self.name.lower()


class Outcome(Keyed):
    """The verdict on one duty. Ordered: the worst wins (W3C EARL, as axe-core ranks them)."""

    NOT_APPLICABLE = 0
    PASS = 1
    NEEDS_REVIEW = 2
    FAIL = 3


class Tri(Keyed):
    """A three-valued fact."""

    NO = 0
    UNKNOWN = 1
    YES = 2


class Gate(Keyed):
    """What a disclosure can fail on, in the order in which it is judged."""

    MISSING = 0
    OBSCURED = 1
    LANGUAGE = 2
    WORDING = 3
    PLACEMENT = 4


class Severity(Keyed):
    """How much harm a breach does (axe-core's words)."""

    MINOR = 0
    MODERATE = 1
    SERIOUS = 2
    CRITICAL = 3


class Place(Enum):
    """Where a disclosure stands, best first."""

    PLATFORM = "platform"
    LEAD = "lead"
    BEFORE_FOLD = "before_fold"
    NEAR_FOLD = "near_fold"
    HASHTAG_RUN = "hashtag_run"
    AFTER_LINK = "after_link"
    AFTER_FOLD = "after_fold"
    OTHER_SEGMENT = "other_segment"
    HIDDEN = "hidden"


HIDDEN_BY = (
    "attribute",  # the `hidden` attribute
    "display",
    "visibility",
    "opacity",
    "tiny",
    "same_colour",
    "low_contrast",
    "off_screen",
    "clipped",
    "collapsed",
    "scaled",
    "closed",  # a closed details, dialog or popover
    "template",
    "noscript",
    "comment",
    "unclosed",  # swallowed by a comment or tag that never closes
    "measured",  # a browser measured that it is not seen
)
"""Why a text is not seen: the closed list."""

SOURCE_ONLY = frozenset({"template", "noscript", "comment", "unclosed"})
"""Of these, what no browser lays out at all: text there is no attempt to tell the visitor anything."""

WEAKENED_BY = ("aria_hidden", "below_fold", "clamped", "faint", "reordered", "small")
"""Why a text that is seen is seen badly, late or not by everybody: the closed list."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text that a visitor reads as one.

    Attributes:
        text: the text as the visitor sees it.
        scope: caption, first_comment, bio, author, title, overlay, overlay_faint or platform_label; of a page: body (its own content), header,
        nav, aside (what stands beside it), footer, teaser (links to other content), ad (a slot for banners), comments, consent, figcaption,
        alt, aria_label, tooltip, placeholder, generated (written by a style rule) or hidden.
        visible: False for text that only the source shows.
        pieces: (text offset, source offset, length) of each run that stands in a source file; empty for plain text.
        path: where the segment stands in a page (a CSS path), or None.
        hidden_by: for text that is not visible, why: one of HIDDEN_BY.
        fold: the offset at which the first screen ends, where a browser measured it.
        boxes: (text offset, left, top, width, height in pixels) of each line that was read from a picture.
        label: for a platform_label, the label that a layout knows it by, in whatever language it is written.
    """

    text: str
    scope: str = "caption"
    visible: bool = True
    pieces: tuple[tuple[int, int, int], ...] = ()
    path: str | None = None
    hidden_by: str | None = None
    fold: int | None = None
    boxes: tuple[tuple[int, int, int, int, int], ...] = ()
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a page's text that is seen in one way.

    Attributes:
        segment, start, end: the text.
        line, column: where it begins in the source, from 1.
        state: `read` in order, `aside` (around the content), `spoken` (shown on demand or read aloud: alt texts and the like) or `hidden`.
        hidden_by: one of HIDDEN_BY, where it is hidden.
        weakened_by: of WEAKENED_BY.
    """

    segment: int
    start: int
    end: int
    line: int
    column: int
    state: str = "read"
    hidden_by: str | None = None
    weakened_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """What a page shows, hides and says beside its reading order, in the order of the source; and where the source's lines begin."""

    stretches: tuple[Stretch, ...]
    line_starts: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Link:
    """A link: its address as written (never fetched), `rel` words, and where its text stands."""

    url: str
    rel: tuple[str, ...] = ()
    segment: int = 0
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A statement that only the source carries: JSON-LD, Open Graph, meta, platform data, image metadata. Evidence, never a disclosure.

    Attributes:
        source: json-ld, microdata, rdfa, meta, data, page (what the markup as a whole says of the site), payload (a scheduler's switch), xmp, c2pa or png.
        id: the rule in `rules/marks.yaml` that knows it.
        means: sponsor, ai_content, ai_persona or none.
        line, column: where it stands in the source, from 1; 0 where that is not known.
        connection: of a switch that is set, the relationship that it states.
    """

    source: str
    name: str
    value: str
    id: str = ""
    means: str = "none"
    strength: str = "none"
    line: int = 0
    column: int = 0
    connection: str | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """What the author or reviewer states about the post. None means: nothing was stated.

    `relationship` is a material connection (16 CFR 255.5; RSM art. 2) or `none`.
    """

    relationship: str | None = None
    brand: str | None = None
    persona: str | None = None
    ai_content: str | None = None
    retouched: bool | None = None
    media: str | None = None
    platform_label: bool | None = None
    ai_label: bool | None = None
    audience_under_18: bool | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where in its source a Document stood, and by which layout it was read.

    Attributes:
        page: post, feed or profile: what the page is that it stood on.
        index, of: its place among the posts of that page, from 0, and their number.
        line: the line of the source on which it begins, from 1.
        url: the address of the post, else of the page; as written, never fetched.
        handle: the account's handle, without @.
        posted, saved: when it was posted, and when the page was saved, as the source says it.
        layout: the platform whose layout found it; None for the generic reader.
    """

    page: str = "post"
    index: int = 0
    of: int = 1
    line: int = 1
    url: str | None = None
    handle: str | None = None
    posted: str | None = None
    saved: str | None = None
    layout: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One post or page, read. A saved Document ("capture") can be judged again by later rules.

    `complete` is False where the platform may have shown more than was given (a pasted post, a scraped text): a missing label that
    the platform's own mark could have supplied is then a question and not a breach.
    """

    segments: tuple[Segment, ...]
    links: tuple[Link, ...] = ()
    marks: tuple[Mark, ...] = ()
    declared: Declaration = Declaration()
    platform: str | None = None
    surface: str | None = None
    language: str | None = None
    kind: str = "caption"
    complete: bool = True
    not_read: tuple[str, ...] = ()
    outline: Outline | None = None
    origin: Origin | None = None


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
