"""JSONL, one post a line → Documents. A bad line is reported and the others are still read."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

from compliance.errors import AdcheckError, InputError, NotJsonError, TooBigError, nearest
from compliance.model import Document, Mark
from compliance.readers.caption import read_caption
from compliance.readers.visibility import as_seen, read_visibility
from compliance.rulebook import Rulebook

KEYS = (
    "id",
    "text",
    "html",
    "image",
    "platform",
    "surface",
    "language",
    "bio",
    "first_comment",
    "author",
    "title",
    "declared",
    "complete",
    "reach",
    "as_of",
    "url",
    "computed",
    "visibility",
    "campaign",
)
_KNOWN = frozenset(KEYS)
MOST_LINE = 10_000_000
_NOTHING = (None, "null", "~")
"""YAML, whose values are read as they are written, has these words for it."""
_IGNORE = re.compile(r"\s*adcheck[\s_-]*ignore\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Record:
    """One post of a file: the line (from 1) on which its text begins, its id, and either its Documents (several for a page with several
    posts) or the error. `reach` and `as_of` as the record names them.

    Attributes:
        row: the number that a spreadsheet shows beside it; None where the format has no rows.
        column: at which the text begins in its line, or the sheet's column, from 1.
        field: the column or field that holds the text.
        raw: the text, where it stands in the file letter by letter.
        campaign: the campaign that the record names.
        ignore: what the record itself sets aside, each with the line (from 1) that it stands on.
    """

    line: int
    id: str | None
    documents: tuple[Document, ...]
    error: AdcheckError | None = None
    reach: tuple[str, ...] | None = None
    as_of: str | None = None
    row: int | None = None
    column: int = 1
    field: str | None = None
    raw: str | None = None
    campaign: str | None = None
    ignore: tuple[tuple[int, str], ...] = ()


def without_ignore(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """A record without its field `adcheck_ignore` (spelt as headings are: `Adcheck ignore`), and what that sets aside, each with its field.

    It holds `rule: reason`, several on lines of their own, a list of such, or an object of rule to reason.
    """
    found: list[tuple[str, str]] = []
    names = [name for name in values if _IGNORE.fullmatch(name)]
    for name in names:
        value = values[name]
        if isinstance(value, dict):
            value = [f"{rule}: {reason}" for rule, reason in value.items()]
        for entry in value if isinstance(value, list) else [value]:
            lines = str(entry).splitlines() if entry not in _NOTHING else []
            found += [(name, line.strip()) for line in lines if line.strip()]
    return {name: value for name, value in values.items() if name not in names}, found


def read_jsonl(
    lines: Iterable[bytes | str],
    rulebook: Rulebook,
    where: str = "",
    defaults: Mapping[str, Any] | None = None,
    posts: Callable[[dict[str, Any], int], Iterator[Record]] | None = None,
) -> Iterator[Record]:
    """Read a stream of lines; blank lines are skipped. Never raises for the content of a line. `posts` reads the object of a line in place of
    the reader for Adcheck's own records; its errors begin with the line, `:3`."""
    for number, raw in enumerate(lines, 1):
        place = f"{where}:{number}" if where else f"line {number}"
        record_id: str | None = None
        try:
            if len(raw) > MOST_LINE:
                raise TooBigError("the line is longer than 10 MB", hint="Split the file; one post a line.")
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8") if isinstance(raw, bytes) else raw
            if not text.strip():
                continue
            data = _parse(text)
            data, own = without_ignore(data)
            ignore = tuple((number, words) for _, words in own)
            record_id = str(data["id"]) if data.get("id") is not None else None
            if posts is not None:
                for record in posts(data, number):
                    if record.error is not None:
                        record.error.where = f"{place}{record.error.where.removeprefix(f':{number}')}"
                    yield replace(record, ignore=ignore)
                continue
            posted = None if data.keys() <= _KNOWN else _scheduled(data, rulebook, defaults or {})
            if posted is not None:
                yield Record(number, record_id, posted[0], as_of=posted[1], ignore=ignore)
                continue
            documents = read_record({**(defaults or {}), **data}, rulebook)
            reach = read_reach(data.get("reach"))
            yield Record(number, record_id, documents, None, reach, data.get("as_of"), campaign=data.get("campaign"), ignore=ignore)
        except UnicodeDecodeError as error:
            yield Record(
                number,
                None,
                (),
                InputError("not valid UTF-8", where=place, hint=f"Byte {error.start} of the line; save the file as UTF-8."),
            )
        except AdcheckError as error:
            error.where = f"{place}{error.where}"
            yield Record(number, record_id, (), error)


def _scheduled(data: Mapping[str, Any], rulebook: Rulebook, defaults: Mapping[str, Any]) -> tuple[tuple[Document, ...], str | None] | None:
    """The posts of a scheduler's payload and their date; None for an object that is none."""
    from compliance.readers.campaign.payload import posts_in, scheduler_of

    scheduler = scheduler_of(data, rulebook)
    if scheduler is None:
        return None
    documents: list[Document] = []
    as_of = None
    for post, marks, _ in posts_in(data, scheduler, rulebook):
        as_of = post.pop("as_of", as_of)
        documents += read_scheduled(post, marks, rulebook, defaults)
    return tuple(documents), as_of


def read_scheduled(
    post: Mapping[str, Any], marks: tuple[Mark, ...], rulebook: Rulebook, defaults: Mapping[str, Any]
) -> tuple[Document, ...]:
    """A post that a program is to publish, with its switches. They are no statement of the user's, whose declared facts in `defaults` stay.

    Raises:
        InputError: as `read_record`.
    """
    around = {key: value for key, value in defaults.items() if key != "surface" or "platform" not in post}
    declared = {**post.get("declared", {}), **defaults.get("declared", {})}
    documents = read_record({**around, **post, "declared": declared}, rulebook)
    return tuple(replace(document, marks=(*document.marks, *marks)) for document in documents)


def _parse(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotJsonError(f"not JSON: {error}", hint='Each line is one object, such as {"id": "1", "text": "…"}.') from error
    if not isinstance(data, dict):
        raise InputError("not an object", hint="Each line is one object with a text, html or image.")
    return data


def read_reach(value: Any) -> tuple[str, ...] | None:
    """The markets that a record names.

    Raises:
        InputError: neither a list nor a text.
    """
    if value is None:
        return None
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return tuple(value)
    raise InputError("reach must be a list of markets", where="/reach", hint='Such as ["nl", "de"].')


def read_record(data: Mapping[str, Any], rulebook: Rulebook, extra: tuple[str, ...] = ()) -> tuple[Document, ...]:
    """One post or page as an object (a JSONL line, a request body) → its Documents, one for each post. `extra` names further keys that the caller reads itself.

    Raises:
        InputError: none of text, html and image, or html with another, an unknown key, a wrong value.
    """
    known = (*KEYS, *extra)
    for key in data:
        if key not in known:
            raise InputError(f"unknown key {key!r}", where=f"/{key}", hint=nearest(str(key), known))
    given = {key for key in ("text", "html", "image") if data.get(key) is not None}
    if not given or ("html" in given and len(given) > 1):
        raise InputError(
            "give either text or html", where="/text", hint="text for a caption, html for a page; an image alone or with its text."
        )
    if not isinstance(data.get("campaign", ""), str | None):
        raise InputError("campaign must be a text", where="/campaign", hint="The name of the campaign that the post belongs to.")
    complete = data.get("complete", True)
    if not isinstance(complete, bool):
        raise InputError(
            "complete must be true or false", where="/complete", hint="false if the platform may have shown more than is given."
        )
    if data.get("visibility") is not None and given != {"text"}:
        raise InputError("visibility goes with text alone", where="/visibility", hint="Send what was measured of html as computed.")
    if data.get("html") is not None:
        url = data.get("url")
        if url is not None and not isinstance(url, str):
            raise InputError("url must be a text", where="/url", hint="The address of the page; it is not fetched.")
        from compliance.readers.posts import read_posts  # and with it an HTML parser

        return read_posts(
            data["html"],
            rulebook,
            url=url,
            platform=data.get("platform"),
            surface=data.get("surface"),
            language=data.get("language"),
            bio=data.get("bio"),
            declared=data.get("declared"),
            complete=complete,
            computed=_in_code_points(data.get("computed"), data["html"]) if data.get("offsets") == "utf16" else data.get("computed"),
        )
    if data.get("computed") is not None:
        raise InputError("computed goes with html", where="/computed", hint="Send the page as html, or leave computed out.")
    if "image" in given:
        from compliance.readers.images import image_around, read_image

        return (read_image(data["image"], rulebook, complete=complete, **image_around(data)),)
    caption = read_caption(
        data["text"],
        rulebook,
        platform=data.get("platform"),
        surface=data.get("surface"),
        language=data.get("language"),
        bio=data.get("bio"),
        first_comment=data.get("first_comment"),
        author=data.get("author"),
        title=data.get("title"),
        declared=data.get("declared"),
        complete=complete,
    )
    seen = read_visibility(
        _in_code_points(data.get("visibility"), data["text"]) if data.get("offsets") == "utf16" else data.get("visibility"),
        len(data["text"]),
    )
    return (as_seen(caption, seen),)


def _in_code_points(computed: Any, html: Any) -> Any:
    """Measurements whose offsets count as JavaScript does, in code points; what is wrong in them is left for `read_computed` to say."""
    if not isinstance(computed, list) or not isinstance(html, str) or html.isascii():
        return computed
    units = [0, *accumulate(2 if ord(letter) > 0xFFFF else 1 for letter in html)]

    def converted(value: Any) -> Any:
        return bisect_left(units, value) if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= units[-1] else value

    return [
        {key: converted(value) if key in {"start", "end"} else value for key, value in item.items()} if isinstance(item, Mapping) else item
        for item in computed
    ]
