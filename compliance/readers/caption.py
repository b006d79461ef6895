"""A caption or draft, with what is known around it → Document."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from compliance.errors import InputError, TooBigError
from compliance.model import Document, Link, Segment
from compliance.readers.declared import read_declared
from compliance.rulebook import Rulebook
from compliance.text import lex

MOST_CHARACTERS = 200_000
_LANGUAGE = re.compile(r"[a-z]{2}(-[a-z]{2,4})?$", re.IGNORECASE)


def read_caption(
    text: str,
    rulebook: Rulebook,
    *,
    platform: str | None = None,
    surface: str | None = None,
    language: str | None = None,
    bio: str | None = None,
    first_comment: str | None = None,
    author: str | None = None,
    title: str | None = None,
    declared: Mapping[str, Any] | None = None,
    complete: bool = True,
) -> Document:
    """Read one post.

    Args:
        text: the caption as posted or drafted.
        rulebook: for the names of platforms and surfaces.
        platform, surface: where it is posted; decides the fold.
        language: ISO 639-1, if known.
        bio, first_comment, author, title: other texts around it; `author` is the account's handle, `title` that of a video or article.
        declared: facts that the author states (see `readers.declared`).
        complete: False if the platform may have shown more than is given here.

    Raises:
        InputError: an empty text, an unknown platform, surface or declared fact.
        TooBigError: more than 200,000 characters.
    """
    if not isinstance(text, str):
        raise InputError("text must be a text", where="/text", hint="Send the caption as a string.")
    if not text.strip("\x00 \t\r\n\u200b\ufeff"):
        raise InputError("the text is empty", where="/text", hint="Give the caption that is to be checked.")
    segments = [Segment(_clean(text, "/text"), "caption")]
    for scope, value in (("title", title), ("bio", bio), ("first_comment", first_comment), ("author", author)):
        if value is not None and not isinstance(value, str):
            raise InputError(f"{scope} must be a text", where=f"/{scope}", hint="Leave it out if it is not known.")
        if value and value.strip():
            segments.append(Segment(_clean(value, f"/{scope}"), scope))
    if surface is not None and platform is None:
        raise InputError("a surface was named without its platform", where="/surface", hint="Name the platform too, such as instagram.")
    if platform is not None:
        found, surface = rulebook.platform(_name(platform, "/platform"), None if surface is None else _name(surface, "/surface"))
        platform = found.id
    return Document(
        segments=tuple(segments),
        links=links_in(segments),
        declared=read_declared(declared),
        platform=platform,
        surface=surface,
        language=read_language(language),
        kind="caption",
        complete=bool(complete),
    )


def read_language(language: str | None) -> str | None:
    """A language code, in lower case and without its region.

    Raises:
        InputError: not a language code.
    """
    if language is None or language == "":
        return None
    if not isinstance(language, str) or not _LANGUAGE.match(language):
        raise InputError(f"{language!r} is no language code", where="/language", hint="Write it as nl or en.")
    return language[:2].lower()


def _name(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise InputError("must be a name", where=where, hint="Such as instagram.")
    return value


def _clean(text: str, where: str) -> str:
    """NULs and half surrogates cannot be shown or encoded; they become the replacement character, so that offsets stay."""
    if len(text) > MOST_CHARACTERS:
        raise TooBigError(
            f"the text has {len(text):,} characters; a post has at most {MOST_CHARACTERS:,}",
            where=where,
            hint="Check one post at a time; send a page as html, many posts as JSONL.",
        )
    return re.sub("[\x00\ud800-\udfff]", "\ufffd", text)


def links_in(segments: Sequence[Segment]) -> tuple[Link, ...]:
    """The addresses written in the text of segments."""
    return tuple(
        Link(segment.text[token.start : token.end], (), index, token.start, token.end)
        for index, segment in enumerate(segments)
        if "." in segment.text
        for token in lex(segment.text)
        if token.shape in {"url", "host"}
    )
