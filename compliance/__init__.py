"""Adcheck: does a post say that it is an ad, as each market's regulator asks; does a made-up persona say what it is?

>>> from compliance import check
>>> check(text="Met code LISA15 krijg je 15% korting", reach=["nl"]).outcome.key
'fail'
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from compliance import readers
from compliance.engine import Engine, iso_date
from compliance.errors import AdcheckError, InputError, RuleError
from compliance.model import INTERFACES, Checklist, Document, Outcome
from compliance.rulebook import Rulebook, load_rulebook

if TYPE_CHECKING:
    from compliance.readers import read_caption, read_image, read_jsonl, read_page, read_posts

__version__ = "0.1.0"

__all__ = [
    "AdcheckError",
    "Checklist",
    "Document",
    "Engine",
    "InputError",
    "Outcome",
    "RuleError",
    "Rulebook",
    "check",
    "check_many",
    "default_engine",
    "load_rulebook",
    "read_caption",
    "read_image",
    "read_jsonl",
    "read_page",
    "read_posts",
]


def __getattr__(name: str) -> Any:
    """The readers, each loaded when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(readers, name)


@functools.cache
def default_engine() -> Engine:
    """The engine over the built-in rulebook, built once per process."""
    return Engine()


def check(
    *,
    text: str | None = None,
    html: str | bytes | None = None,
    image: bytes | str | None = None,
    document: Document | None = None,
    reach: Sequence[str],
    platform: str | None = None,
    surface: str | None = None,
    language: str | None = None,
    bio: str | None = None,
    first_comment: str | None = None,
    author: str | None = None,
    declared: Mapping[str, Any] | None = None,
    complete: bool = True,
    computed: Sequence[Mapping[str, Any]] | None = None,
    as_of: str | datetime.date | None = None,
    interface: str = "en",
) -> Checklist:
    """Judge one post, page or saved Document; a page with several posts gives their sum, with the checklist of each in `posts`.

    Args:
        text, html, document: exactly one of them; or an `image` (bytes, or base64), alone or with its text.
        reach: the markets that it reaches, ISO 3166 codes in lower case (`nl`, `gb`, `us-ny`).
        platform, surface, language, bio, first_comment, author: what is known around it.
        declared: facts that the author states; see `compliance.readers.declared`.
        complete: False if the platform may have shown more than is given.
        computed: what a browser measured of the page; see `compliance.readers.computed`.
        as_of: the date whose law counts; today if not given.
        interface: language of the sentences, `en` or `nl`.

    Raises:
        InputError: no or more than one input, an unknown market, platform or declared fact, an empty text.
    """
    engine = default_engine()
    given = sum(item is not None for item in (text, html, document))
    if given > 1 or (given == 0 and image is None) or (image is not None and (html is not None or document is not None)):
        raise InputError(
            "give exactly one of text, html and document",
            where="/text",
            hint="text for a caption, html for a page, image alone or with text.",
        )
    if interface not in INTERFACES:
        raise InputError(f"no sentences in {interface!r}", where="/interface", hint=f"Known: {', '.join(INTERFACES)}.")
    around: dict[str, Any] = {
        "platform": platform,
        "surface": surface,
        "language": language,
        "bio": bio,
        "first_comment": first_comment,
        "author": author,
        "declared": declared,
        "complete": complete,
    }
    if image is not None:
        document = readers.read_image(image, engine.rulebook, text=text, **around)
    elif text is not None:
        document = readers.read_caption(text, engine.rulebook, **around)
    elif html is not None:
        documents = readers.read_posts(
            html,
            engine.rulebook,
            platform=platform,
            surface=surface,
            language=language,
            bio=bio,
            declared=declared,
            complete=complete,
            computed=computed,
        )
        return engine.check_posts(documents, reach, iso_date(as_of), interface)
    assert document is not None
    return engine.check(document, reach, iso_date(as_of), interface)


def check_many(
    documents: Iterable[Document], reach: Sequence[str], as_of: str | datetime.date | None = None, interface: str = "en"
) -> Iterator[Checklist]:
    """Judge a stream of Documents; one checklist each, in order."""
    return default_engine().check_many(documents, reach, iso_date(as_of), interface)
