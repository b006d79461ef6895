"""A page's HTML → Document: what a visitor reads, in order, with the place of every word in the source.

BeautifulSoup parses; nothing is executed or fetched. Marks that only the source carries (JSON-LD, meta, `rel`) are kept apart: evidence, not disclosure.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from compliance.errors import InputError
from compliance.model import Document, Segment
from compliance.readers.caption import MOST_CHARACTERS, read_language
from compliance.readers.computed import Computed, read_computed
from compliance.readers.declared import read_declared
from compliance.readers.images import page_image_marks
from compliance.readers.marks import find_marks
from compliance.readers.site import find_site_marks
from compliance.readers.source import PlacedSoup, decode, parse
from compliance.readers.walker import walk
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
    folder: Path | None = None,
    computed: Sequence[Mapping[str, Any]] | None = None,
) -> Document:
    """Read a page or a fragment of HTML; bytes are decoded as a browser would (BOM, meta charset, guess).

    Segments: `body` (the article or main part, else everything outside navigation, asides and footers), `aside`, each hidden stretch with
    its reason, captions of figures, and texts in attributes or style rules. Marks come from the source and from images in it, and from
    images in `folder` that stand beside a saved page. `computed` is what a browser measured (`readers.computed`).

    Raises:
        InputError: nothing to read, or a wrong measurement.
        TooBigError: a limit of `readers.limits`.
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
    measurements = read_computed(computed, len(markup))
    measured = Computed(measurements, soup) if measurements else None
    walked = walk(soup, markup, computed=measured)
    segments = list(walked.segments)
    if bio and bio.strip():
        segments.append(Segment(bio[:MOST_CHARACTERS], "bio"))
    if not any(segment.text.strip() for segment in segments):
        raise InputError("the page shows no text", where="/html", hint="Save the page after it has loaded, or paste the caption instead.")
    image_marks, not_read = page_image_marks(soup, rulebook, folder)
    return Document(
        segments=tuple(segments),
        links=walked.links,
        marks=(*find_marks(soup, rulebook), *find_site_marks(soup), *image_marks),
        declared=read_declared(declared),
        platform=platform,
        surface=surface,
        language=read_language(language) or _page_language(soup),
        kind="page",
        complete=complete,
        not_read=(*walked.not_read, *not_read, *(("measurements",) if measured is not None and measured.missed else ())),
        outline=walked.outline,
    )


def _page_language(soup: PlacedSoup) -> str | None:
    value = next((str(html.get("lang") or "") for html in soup.named("html")), "")
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
