"""What a reader makes of its input: one post or page, with its texts, links, marks and what was declared of it."""

from __future__ import annotations

from dataclasses import dataclass

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
