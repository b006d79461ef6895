"""A page's HTML → Document: what a visitor reads, in order, with the place of every word in the source.

BeautifulSoup parses; nothing is executed or fetched. Marks that only the source carries (JSON-LD, meta, `rel`) are kept apart: evidence, not disclosure.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import Any

from bs4 import BeautifulSoup, Tag

from compliance.errors import InputError
from compliance.model import Document, Segment
from compliance.readers.caption import MOST_CHARACTERS, read_language
from compliance.readers.declared import read_declared
from compliance.readers.marks import find_marks
from compliance.readers.site import find_site_marks
from compliance.readers.source import decode, parse
from compliance.readers.walker import Walker
from compliance.rulebook import Rulebook


def read_page(
    html: str | bytes,
    rulebook: Rulebook,
    *,
    platform: str | None = None,
    surface: str | None = None,
    language: str | None = None,
    bio: str | None = None,
    declared: Mapping[str, Any] | None = None,
    complete: bool = True,
) -> Document:
    """Read a page or a fragment of HTML; bytes are decoded as a browser would (BOM, meta charset, guess).

    Segments: `body` (the article or main part, else everything outside navigation, asides and footers), `aside`, `alt`, and what is
    hidden, as invisible segments.

    Raises:
        InputError: nothing to read.
        TooBigError: over 5 MB, or nested deeper than 512 elements.
    """
    markup = decode(html)
    if not markup.strip("\x00 \t\r\n\ufeff"):
        raise InputError("the page is empty", where="/html", hint="Give the page's HTML.")
    if surface is not None and platform is None:
        raise InputError("a surface was named without its platform", where="/surface", hint="Name the platform too, such as blog.")
    if platform is not None:
        if not isinstance(platform, str):
            raise InputError("must be a name", where="/platform", hint="Such as blog.")
        found, surface = rulebook.platform(platform, surface)
        platform = found.id
    elif "blog" in rulebook.platforms:
        platform, surface = "blog", next(iter(rulebook.platforms["blog"].surfaces))
    soup = parse(markup)
    walker = Walker(soup, markup)
    walker.walk()
    segments = walker.segments()
    if bio and bio.strip():
        segments.append(Segment(bio[:MOST_CHARACTERS], "bio"))
    if not any(segment.text.strip() for segment in segments):
        raise InputError("the page shows no text", where="/html", hint="Save the page after it has loaded, or paste the caption instead.")
    return Document(
        segments=tuple(segments),
        links=tuple(walker.links),
        marks=(*find_marks(soup), *find_site_marks(soup)),
        declared=read_declared(declared),
        platform=platform,
        surface=surface,
        language=read_language(language) or _page_language(soup),
        kind="page",
        complete=complete,
        not_read=tuple(walker.not_read),
    )


def _page_language(soup: BeautifulSoup) -> str | None:
    html = soup.find("html")
    value = str(html.get("lang") or "") if isinstance(html, Tag) else ""
    return value[:2].lower() if re.match(r"[a-zA-Z]{2}(-|$)", value) else None


def source_offset(segment: Segment, offset: int) -> int | None:
    """Where in the page's source the character at `offset` of a segment stands; None for a text without a source."""
    if not segment.pieces:
        return None
    index = bisect_right(segment.pieces, (offset, float("inf"), 0)) - 1
    if index < 0:
        return segment.pieces[0][1]
    start, source, length = segment.pieces[index]
    return source + min(offset - start, length)
