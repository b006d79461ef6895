"""Platform layouts: which parts of a saved page are a post, its caption, its author, the platform's own label.

The selectors are rule data (`rules/layouts/`), second-hand and bound to rot. A layout that finds nothing is said to have found nothing, and
the page is read as any other.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin, urlsplit

import soupsieve
from bs4 import Tag
from bs4.element import NavigableString

from compliance.errors import RuleError
from compliance.model import Document, Link, Origin, Outline, Segment, Stretch
from compliance.readers.computed import Computed
from compliance.readers.source import PlacedSoup
from compliance.readers.walker import Walked, walk
from compliance.rulebook import Rulebook
from compliance.rules import Layout, LayoutRow

MOST_POSTS = 500
"""Posts read from one page; what is left out is said."""

_LABEL_OF = {"sponsorship": "platform.paid-partnership", "ai_content": "platform.ai-label", "ai_persona": "platform.ai-creator"}
_READ = frozenset({"body", "aside", "figcaption", "hidden"})
_LONGEST_LABEL = 300
_LARGEST_LABEL = 60
"""Characters and nodes; what holds more is no label, so that looking for one costs little on any page."""
_NAMES = re.compile(r"[a-z][a-z0-9]*(?:, [a-z][a-z0-9]*)*")
_CUT = re.compile(r"(?:…|\.\.\.)\s*$")


@dataclass(slots=True)
class Parts:
    """What was found of one post or profile: texts with their place in the source, links, and what is known around them."""

    root: Tag
    segments: list[Segment] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    not_read: list[str] = field(default_factory=list)
    has_caption: bool = False
    has_more: bool = False
    language: str | None = None
    handle: str | None = None
    url: str | None = None
    posted: str | None = None


class Reader:
    """One page under one layout."""

    def __init__(
        self, layout: Layout, soup: PlacedSoup, markup: str, rulebook: Rulebook, url: str | None, computed: Computed | None = None
    ) -> None:
        self._layout = layout
        self._computed = computed
        self._soup = soup
        self._markup = markup
        self._platform = rulebook.platforms[layout.platform]
        self._url = url
        self._found: list[Tag] | None = None
        self._last: Tag | None = None
        self._known: dict[str, list[Tag]] = {}
        self.left_out = 0

    def posts(self) -> list[Parts]:
        """The posts of the page in their order; empty where the layout finds none, or finds roots and none of their captions."""
        roots = self._roots()
        found = [self._post(root, alone=len(roots) == 1) for root in roots]
        if not any(post.has_caption for post in found):
            return []
        if self._layout.distinct:  # comments and teasers are written as articles too; posts have addresses of their own
            addresses = [post.url for post in found if post.has_caption]
            if len(addresses) < 2 or None in addresses or len(set(addresses)) < len(addresses):
                return []
        return [post for post in found if post.segments]

    def profile(self) -> Parts | None:
        """The profile at the head of the page, outside its posts; None where there is no bio."""
        page = self._layout.page
        inside = {id(root) for root in self._roots()}
        bio = next((tag for tag in self._all(page.get("bio", ()), self._soup) if not _is_within(tag, inside)), None)
        if bio is None:
            return None
        more = self._all(page.get("bio_more", ()), self._soup)
        parts = Parts(bio)
        self._text(parts, bio, "bio", frozenset(id(tag) for tag in more))
        if not parts.segments:
            return None
        parts.has_more = bool(more)
        self._author(parts, page, self._soup)
        for row in self._layout.labels:  # what the platform says of the account stands on the profile, not in the post
            if row.everywhere and self._platform.labels[row.label or ""].means == "ai_persona":
                words = _wordings(tuple(self._platform.labels[row.label or ""].texts.values())) if row.texts else None
                tag = self._label(row, self._soup, frozenset({id(bio), *inside}), words)
                if tag is not None:
                    parts.segments.append(replace(self._shown(tag), scope="bio", label=_LABEL_OF["ai_persona"]))
                    break
        return parts

    def surface(self, url: str | None) -> str:
        """The surface that an address speaks of; the platform's first where none fits."""
        try:
            path = urlsplit(url or self._url or "").path
        except ValueError:
            path = ""
        found = next((name for name, pattern in self._layout.surfaces if path and re.search(pattern, path)), None)
        return found or next(iter(self._platform.surfaces))

    def reads_labels_in(self, language: str | None) -> bool:
        """Whether a label of the platform would be known on a page in `language`: by its hook, or by its wording."""
        rows = [row for row in self._layout.labels if self._platform.labels[row.label or ""].means == "sponsorship"]
        return (
            not rows or language is None or any(not row.texts or language in self._platform.labels[row.label or ""].texts for row in rows)
        )

    # ------------------------------------------------------------------------------------------------------------- parts

    def _roots(self) -> list[Tag]:
        if self._found is None:
            self._found = self._find_roots()
        return self._found

    def _find_roots(self) -> list[Tag]:
        for row in self._layout.posts:
            tags = self._select(row, self._soup)
            if tags:
                known = {id(tag) for tag in tags}
                outer = [tag for tag in tags if not _is_within(tag, known)]
                self.left_out = max(len(outer) - MOST_POSTS, 0)
                return outer[:MOST_POSTS]
        return []

    def _post(self, root: Tag, alone: bool) -> Parts:
        layout = self._layout
        parts = Parts(root)
        others = frozenset(id(tag) for tag in self._all(layout.parts.get("others", ()), root))
        more = self._all(layout.parts.get("more", ()), root)
        skip = others | {id(tag) for tag in more}
        whole = self._walk(root, skip)
        if not _is_seen(whole):
            return parts
        found = self._first(layout.parts["caption"], root, others)
        captions = frozenset(id(tag) for tag in found)
        for tag in found:
            self._text(parts, tag, "body" if layout.distinct else "caption", skip)
            parts.language = parts.language or _language(tag)
        parts.has_caption = bool(parts.segments)
        if more and parts.segments and _CUT.search(parts.segments[0].text):
            parts.not_read.append("caption_rest")
        for tag in self._first(layout.parts.get("title", ()), root, others)[:1]:
            if id(tag) not in captions:
                self._text(parts, tag, "title", skip)
        for tag in self._first(layout.parts.get("first_comment", ()), root, frozenset())[:1]:
            self._text(parts, tag, "first_comment", frozenset())
        self._author(parts, layout.parts, root, captions | others)
        parts.url = self._address(self._value(layout.parts.get("permalink", ()), root, captions | others)) or (self._url if alone else None)
        parts.posted = self._value(layout.parts.get("time", ()), root, others)
        parts.segments.extend(self._labels(root, alone, captions | others))
        if not parts.has_caption and parts.segments:  # a post without words, or one whose caption the layout no longer knows: read it whole
            self._text(parts, root, "body", skip)
        alts = [index for index, segment in enumerate(whole.segments) if segment.scope == "alt" and segment.text.strip()]
        parts.stretches.extend(_moved(whole.outline, {index: len(parts.segments) + at for at, index in enumerate(alts)}))
        parts.segments.extend(whole.segments[index] for index in alts)
        return parts

    def _author(self, parts: Parts, rows: Mapping[str, tuple[LayoutRow, ...]], root: Tag, outside: frozenset[int] = frozenset()) -> None:
        for tag in self._first(rows.get("author", ()), root, outside)[:1]:
            self._text(parts, tag, "author", frozenset())
        parts.handle = self._value(rows.get("handle", ()), root, outside)
        if parts.handle and not any(
            segment.scope == "author" and segment.text.strip().lstrip("@") == parts.handle for segment in parts.segments
        ):
            parts.segments.append(Segment(parts.handle, "author"))

    def _labels(self, root: Tag, alone: bool, outside: frozenset[int]) -> Iterator[Segment]:
        """The platform's own labels: by their hook, else by their wording in any language that is known."""
        seen: set[str] = set()
        for row in self._layout.labels:
            label = self._platform.labels[row.label or ""]
            if row.label in seen:
                continue
            where = self._soup if row.everywhere and alone else root
            words = _wordings(tuple(label.texts.values())) if row.texts else None
            tag = self._label(row, where, outside, words)
            if tag is None:
                continue
            seen.add(row.label or "")
            text = str(tag.get(row.attribute)) if row.attribute else ""
            if text:
                yield Segment(text, "platform_label", True, ((0, self._at(tag), 0),), label=_LABEL_OF[label.means])
                continue
            yield replace(self._shown(tag), scope="platform_label", visible=True, label=_LABEL_OF[label.means])

    def _label(self, row: LayoutRow, where: Tag, outside: frozenset[int], words: re.Pattern[str] | None) -> Tag | None:
        found: Tag | None = None
        for hook in self._select(row, where):
            tag = _around(hook, row.around) or hook
            text = " ".join((str(tag.get(row.attribute) or "")[:_LONGEST_LABEL] if row.attribute else _short_text(tag)).split())
            if not text or (words is not None and not words.fullmatch(text.casefold())):
                continue
            if _is_within(tag, outside) or id(tag) in outside or (not row.briefly and _is_unseen(self._walk(tag))):
                continue
            if words is None:
                return tag
            if found is None or _is_within(tag, {id(found)}):
                found = tag  # the innermost: what stands around it would belong to its words
        return found

    # ------------------------------------------------------------------------------------------------------------- pieces

    def _select(self, row: LayoutRow, root: Tag) -> list[Tag]:
        """The elements of a row in `root`; asked again of the same root, as captions and labels are, they are remembered."""
        if root is not self._last:
            self._last, self._known = root, {}
        found = self._known.get(row.select)
        if found is None:
            if _NAMES.fullmatch(row.select):  # names alone need no selector
                names = frozenset(row.select.split(", "))
                found = [tag for tag in root.descendants if isinstance(tag, Tag) and tag.name in names]
            else:
                found = _selector(row.select, self._layout.where).select(root)
            self._known[row.select] = found
        return found

    def _all(self, rows: Sequence[LayoutRow], root: Tag) -> list[Tag]:
        return next((tags for row in rows if (tags := self._select(row, root))), [])

    def _first(self, rows: Sequence[LayoutRow], root: Tag, outside: frozenset[int]) -> list[Tag]:
        """The outermost elements of the first row that finds some outside of `outside`."""
        for row in rows:
            tags = [tag for tag in self._select(row, root) if not _is_within(tag, outside) and id(tag) not in outside]
            known = {id(tag) for tag in tags}
            tags = [tag for tag in tags if not _is_within(tag, known) and tag.get_text(strip=True)]
            if tags:
                return tags
        return []

    def _value(self, rows: Sequence[LayoutRow], root: Tag, outside: frozenset[int] = frozenset()) -> str | None:
        for row in rows:
            for tag in self._select(row, root):
                if _is_within(tag, outside):
                    continue
                text = str(tag.get(row.attribute) or "").strip() if row.attribute else " ".join(tag.get_text().split())
                if row.take is not None:
                    match = re.search(row.take, text[:2000])
                    text = match[1] if match is not None else ""
                if text:
                    return text[:2000]
        return None

    def _address(self, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            return urljoin(self._url or f"https://{next(iter(self._platform.hosts), '')}/", value)
        except ValueError:
            return value

    def _walk(self, tag: Tag, skip: frozenset[int] = frozenset()) -> Walked:
        return walk(self._soup, self._markup, tag, skip - {id(tag)}, self._computed)

    def _shown(self, tag: Tag) -> Segment:
        """The text of a label: what is seen of it, else (of one shown for a while only) what is hidden now."""
        segments = self._walk(tag).segments
        return next((segment for segment in segments if segment.text.strip()), segments[0])

    def _text(self, parts: Parts, tag: Tag, scope: str, skip: frozenset[int]) -> None:
        """What is visible in an element as one segment, and what is hidden in it as another."""
        walked = self._walk(tag, skip)
        places = {}
        for index, segment in enumerate(walked.segments):
            if segment.scope in _READ and segment.text.strip():
                places[index] = len(parts.segments)
                parts.segments.append(replace(segment, scope=scope))
        parts.links.extend(replace(link, segment=places[link.segment]) for link in walked.links if link.segment in places)
        parts.stretches.extend(_moved(walked.outline, places))
        parts.not_read.extend(item for item in walked.not_read if item not in parts.not_read)

    def _at(self, tag: Tag) -> int:
        starts = self._soup.starts
        return starts[min((tag.sourceline or 1) - 1, len(starts) - 1)] + (tag.sourcepos or 0)


def _moved(outline: Outline, places: Mapping[int, int]) -> Iterator[Stretch]:
    """The stretches of some segments of a walk, which now stand at other places."""
    return (replace(stretch, segment=places[stretch.segment]) for stretch in outline.stretches if stretch.segment in places)


def outline_of(parts: Parts, places: Mapping[int, int], line_starts: Sequence[int], around: Sequence[Stretch] = ()) -> Outline:
    """The outline of one post: what was found of it, at its new `places`, and what stands `around` it, in the order of the source."""
    stretches = [replace(stretch, segment=places[stretch.segment]) for stretch in parts.stretches if stretch.segment in places]
    return Outline(tuple(sorted((*stretches, *around), key=lambda stretch: (stretch.line, stretch.column))), tuple(line_starts))


def document_of(parts: Parts, origin: Origin, base: Document) -> Document:
    """The Document of one post: what was found, and what `base` says of the whole page."""
    order = sorted(range(len(parts.segments)), key=lambda index: parts.segments[index].scope not in {"caption", "body"})
    places = {old: new for new, old in enumerate(order)}
    return replace(
        base,
        segments=tuple(parts.segments[index] for index in order),
        links=tuple(replace(link, segment=places[link.segment]) for link in parts.links),
        language=base.language or parts.language,
        kind="post" if any(segment.scope == "caption" for segment in parts.segments) else "page",
        outline=outline_of(parts, places, base.outline.line_starts if base.outline is not None else (0,)),
        not_read=(*base.not_read, *parts.not_read),
        origin=origin,
    )


@functools.lru_cache(maxsize=512)
def _selector(select: str, where: str) -> soupsieve.SoupSieve:
    try:
        return soupsieve.compile(select)
    except soupsieve.SelectorSyntaxError as error:
        raise RuleError(f"not a CSS selector: {select!r}", where=where, hint=str(error).splitlines()[0]) from error


def _around(tag: Tag, select: str | None) -> Tag | None:
    return None if select is None else _selector(select, "").closest(tag)


@functools.lru_cache(maxsize=64)
def _wordings(texts: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for a label's wordings in all languages."""
    folded = [re.escape(" ".join(text.split()).casefold()).replace(re.escape("{brand}"), r".{1,80}") for text in texts]
    return re.compile("|".join(sorted(set(folded), key=len, reverse=True)))


def _short_text(tag: Tag) -> str:
    """The element's text, or nothing where it holds more than a label does."""
    parts: list[str] = []
    length = 0
    for count, node in enumerate(tag.descendants):
        if type(node) is NavigableString:
            parts.append(node)
            length += len(node)
        if length > _LONGEST_LABEL or count > _LARGEST_LABEL:
            return ""
    return "".join(parts)


def _is_within(tag: Tag, roots: frozenset[int] | set[int]) -> bool:
    return bool(roots) and any(id(parent) in roots for parent in tag.parents)


def _is_seen(walked: Walked) -> bool:
    return any(segment.visible and segment.scope in _READ and segment.text.strip() for segment in walked.segments)


def _is_unseen(walked: Walked) -> bool:
    """Whether all of an element's words are hidden; one without words, such as an icon with a name, is not."""
    return not _is_seen(walked) and any(not segment.visible and segment.text.strip() for segment in walked.segments)


def _language(tag: Tag) -> str | None:
    """The language that the element itself names; a page of a platform names that of its interface, which is not the post's."""
    value = str(tag.get("lang") or "")
    return value[:2].lower() if re.match(r"[a-zA-Z]{2}(-|$)", value) else None
