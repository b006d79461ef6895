"""A page with any number of posts → one Document each, by the platform's layout, else by the generic reader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bs4 import Tag
from bs4.element import PageElement

from compliance.errors import InputError
from compliance.model import Document, Mark, Origin, Outline, Segment
from compliance.readers.caption import MOST_CHARACTERS, read_language
from compliance.readers.computed import Computed, read_computed
from compliance.readers.declared import read_declared
from compliance.readers.layouts import Parts, Reader, document_of
from compliance.readers.marks import find_marks
from compliance.readers.page import read_page
from compliance.readers.platform import address_of, site_of
from compliance.readers.profile import bio_segments, with_bio
from compliance.readers.saved import SavedPage, unpack
from compliance.readers.source import PlacedSoup, parse
from compliance.readers.walker import styles_of
from compliance.rulebook import Rulebook
from compliance.rules import Layout


@dataclass(frozen=True, slots=True)
class _Known:
    """What the caller knows of a page."""

    surface: str | None
    language: str | None
    bio: str | None
    declared: Mapping[str, Any] | None
    complete: bool
    folder: Path | None
    computed: Sequence[Mapping[str, Any]] | None


def read_posts(
    html: str | bytes | tuple[SavedPage, ...],
    rulebook: Rulebook,
    *,
    url: str | None = None,
    platform: str | None = None,
    surface: str | None = None,
    language: str | None = None,
    bio: str | None = None,
    declared: Mapping[str, Any] | None = None,
    complete: bool = True,
    folder: Path | None = None,
    computed: Sequence[Mapping[str, Any]] | None = None,
) -> tuple[Document, ...]:
    """Read a page, saved or pasted: one Document for an ordinary page, one for each post of a feed or profile.

    Args:
        html: HTML, or a saved file as bytes (HTML, MHTML, WARC), or what `saved.unpack` made of one; of a WARC file all pages are read.
        rulebook: for the layouts and the names of platforms.
        url: the address of the page, where it is known better than the file says.
        platform, surface: the layout of this platform is used, whatever the page says of itself.
        language, bio, declared, complete, folder, computed: as for `read_page`.

    Raises:
        InputError: nothing to read, a damaged file, an unknown platform.
        TooBigError: a page or file that is too big.
    """
    if surface is not None and platform is None:
        raise InputError("a surface was named without its platform", where="/surface", hint="Name the platform too, such as blog.")
    if platform is not None:
        if not isinstance(platform, str):
            raise InputError("must be a name", where="/platform", hint="Such as blog.")
        found, named = rulebook.platform(platform, surface)
        platform, surface = found.id, named if surface is not None else None
    known = _Known(surface, language, bio, declared, complete, folder, computed)
    pages = html if isinstance(html, tuple) else unpack(html)
    documents: list[Document] = []
    problem: InputError | None = None
    for page in pages:
        try:
            documents.extend(_read(page, rulebook, url or page.url, platform, known))
        except InputError as error:  # of an archive, the pages that can be read are
            problem = error
    if problem is not None:
        if not documents:
            raise problem
        documents = [replace(document, not_read=(*document.not_read, "archive_pages")) for document in documents]
    return tuple(documents)


def _read(page: SavedPage, rulebook: Rulebook, url: str | None, platform: str | None, known: _Known) -> list[Document]:
    site = platform or site_of(page.markup, url, rulebook)
    layout = rulebook.layouts.get(site or "blog")
    if layout is not None and not (layout.distinct and not _may_have_several(page.markup)):
        documents = _by_layout(layout, page, rulebook, url, known)
        if documents:
            return documents
    is_outdated = layout is not None and not layout.distinct
    document = read_page(
        page.markup,
        rulebook,
        platform=platform,
        surface=known.surface,
        language=known.language,
        bio=known.bio,
        declared=known.declared,
        folder=known.folder,
        computed=known.computed,
        complete=known.complete and (platform is not None or not is_outdated),  # a label of the platform would not have been told from text
    )
    note = (f"layout:{site}",) if is_outdated else ()
    origin = Origin(url=url, saved=page.saved) if url or page.saved else None
    return [replace(document, not_read=(*document.not_read, *page.not_read, *note), origin=origin)]


def _may_have_several(markup: str) -> bool:
    """Whether a page can hold several whole posts, told without parsing it."""
    return max(markup.count("entry-content"), markup.count("e-content"), markup.count("articleBody")) > 1


def _by_layout(layout: Layout, page: SavedPage, rulebook: Rulebook, url: str | None, known: _Known) -> list[Document]:
    """The posts of a page, and its profile's bio with each; empty where the layout finds neither."""
    soup = parse(page.markup)
    url = url or address_of(page.markup)
    measurements = read_computed(known.computed, len(page.markup))
    reader = Reader(layout, soup, page.markup, rulebook, url, Computed(measurements, soup) if measurements else None)
    posts = reader.posts()
    profile = reader.profile()
    if not posts and profile is None:
        return []
    around = bio_segments(profile, rulebook.platforms[layout.platform], styles_of(soup)) if profile is not None else ()
    if known.bio and known.bio.strip():
        around = (*around, Segment(known.bio[:MOST_CHARACTERS], "bio"))
    marks = find_marks(soup, rulebook)
    own = _marks_of(posts, marks) if len(posts) > 1 else {}
    unclear = len(posts) > 1 and any(mark.means != "none" for mark in marks) and sum(map(len, own.values())) < len(marks)
    base = Document(
        segments=(),
        marks=marks if len(posts) < 2 else (),
        declared=read_declared(known.declared),
        platform=layout.platform,
        outline=Outline((), tuple(soup.starts)),
        language=read_language(known.language),
        complete=known.complete and reader.reads_labels_in(_interface(soup)),
        not_read=(*page.not_read, *(("more_posts",) if reader.left_out else ()), *(("feed_marks",) if unclear else ())),
    )
    first = Origin("profile" if profile is not None else "feed" if len(posts) > 1 else "post", saved=page.saved, layout=layout.platform)
    handle = profile.handle if profile is not None else None
    documents = []
    for index, parts in enumerate(posts):
        line = parts.root.sourceline or 1
        origin = replace(first, index=index, of=len(posts), line=line, url=parts.url, handle=parts.handle or handle, posted=parts.posted)
        surface = known.surface or reader.surface(parts.url)
        documents.append(with_bio(document_of(parts, origin, replace(base, surface=surface, marks=own.get(index, base.marks))), around))
    if not documents and profile is not None:  # a profile that shows no post's words
        origin = replace(first, line=profile.root.sourceline or 1, url=url, handle=handle)
        surface = known.surface or reader.surface(url)
        not_read = (*base.not_read, *profile.not_read)
        documents.append(replace(base, segments=around, surface=surface, kind="profile", not_read=not_read, origin=origin))
    return documents


def _marks_of(posts: Sequence[Parts], marks: Sequence[Mark]) -> dict[int, tuple[Mark, ...]]:
    """The marks that stand inside each post of a feed; of those elsewhere the source does not say which post they are of."""
    found = {}
    for index, parts in enumerate(posts):
        root = parts.root
        last: PageElement = root
        while isinstance(last, Tag) and last.contents:
            last = last.contents[-1]
        behind = last.find_next(True)
        begin = (root.sourceline or 1, (root.sourcepos or 0) + 1)
        end = (behind.sourceline or 1, (behind.sourcepos or 0) + 1) if isinstance(behind, Tag) else None
        found[index] = tuple(
            mark for mark in marks if mark.line and begin <= (mark.line, mark.column) and (end is None or (mark.line, mark.column) < end)
        )
    return found


def _interface(soup: PlacedSoup) -> str | None:
    """The language of a platform's page: that of its interface, so that of its labels."""
    return next((str(html.get("lang") or "")[:2].lower() for html in soup.named("html")), "") or None
