"""Which column of a dump is which field of a post: guessed by name, set by the user, refused with a suggestion where neither helps."""

from __future__ import annotations

import contextlib
import difflib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from compliance.errors import InputError
from compliance.readers.declared import KEYS as DECLARED

POST = ("text", "html", "platform", "surface", "language", "bio", "first_comment", "author", "declared", "complete", "reach", "as_of")
"""Fields that the judgement reads."""

ABOUT = ("id", "url", "date", "captured_at", "captured_by", "follower_band", "sector")
"""Fields that are copied into the record."""

FIELDS = (*POST, *ABOUT, *(f"declared.{key}" for key in DECLARED))

_ALIASES: Mapping[str, tuple[str, ...]] = {
    "text": ("caption", "message", "post_text", "content", "body", "description", "full_text", "video_description", "post"),
    "html": ("page_html", "source_html"),
    "platform": ("network", "channel", "social_network"),
    "surface": ("placement", "post_format"),
    "language": ("lang", "language_code"),
    "bio": ("biography", "profile_text"),
    "first_comment": ("firstcomment",),
    "author": ("username", "handle", "account", "user", "creator", "influencer", "owner_username", "user_name", "channel_title"),
    "reach": ("market", "markets", "country", "jurisdiction"),
    "id": ("post_id", "media_id", "video_id", "tweet_id", "uid"),
    "url": ("permalink", "link", "post_url"),
    "date": (
        "posted_at",
        "created_at",
        "created_time",
        "published_at",
        "timestamp",
        "taken_at",
        "publish_date",
        "post_date",
        "create_time",
        "creation_time",
        "post_created",
    ),
    "captured_at": ("scraped_at", "collected_at", "crawled_at", "retrieved_at"),
    "captured_by": ("collector",),
    "follower_band": ("followers_band", "follower_tier"),
    "sector": ("industry", "category", "vertical"),
    "declared.platform_label": ("is_paid_partnership", "paid_partnership", "has_paid_product_placement", "brand_content_toggle"),
    "declared.ai_label": ("is_ai_generated", "aigc_label", "ai_generated"),
    "declared.relationship": ("material_connection",),
}


def _plain(name: str) -> str:
    """`createdAt`, `Created At` and `created-at` are one name."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[\s-]+", "_", name.strip()).lower()


PLAIN, LIST, OBJECT = "plain", "list", "object"
"""What the cells of a column are. A column inside an object is named with dots (`snippet.description`)."""

_TAKES = {"declared": (OBJECT, PLAIN), "reach": (PLAIN, LIST), "sector": (PLAIN, LIST)}


def map_columns(kinds: Mapping[str, str], chosen: Mapping[str, Sequence[str]], where: str, twice: Collection[str] = ()) -> dict[str, str]:
    """Field → column. What the user chose comes first (of several the first that is there; an empty choice leaves the field out), then equal names, then known aliases, both
    of columns that are not inside another and whose cells the field can take. `kinds` says what the cells of each column are, `twice`
    which names several columns have.

    Raises:
        InputError: an unknown field, a column that is not there or whose name is not its own, or no column that could be the text.
    """
    columns = list(kinds)
    found: dict[str, str] = {}
    for field, named in chosen.items():
        if field not in FIELDS:
            raise InputError(f"unknown field {field!r}", where="--column", hint=_nearest(field, FIELDS))
        there = next((column for column in named if column in kinds), None)
        if there is not None:
            found[field] = there
        elif "" not in named:
            raise InputError(f"there is no column {' or '.join(map(repr, named))}", where=where, hint=_nearest(named[0], columns))
    taken = set(found.values())
    by_name: dict[str, str] = {}
    for column in columns:
        if "." not in column or column.partition(".")[0] not in kinds:
            by_name.setdefault(_plain(column), column)
    for field in FIELDS:
        if field in chosen:
            continue
        bare = field.rpartition(".")[2]
        for name in (field, field.replace(".", "_"), bare, *_ALIASES.get(field, ())):
            column = by_name.get(name, "")
            if column and column not in taken and kinds[column] in _TAKES.get(field, (PLAIN,)):
                found[field] = column
                taken.add(column)
                break
    for field, column in found.items():
        if column in twice:
            raise InputError(f"several columns are called {column!r}", where=where, hint=f"Rename one, or leave it out: --column {field}=.")
    if "text" not in found and "html" not in found:
        shown = ", ".join(columns[:20]) or "none"
        raise InputError(
            "no column looks like the text of a post", where=where, hint=f"Name it: --column text=COLUMN. Columns here: {shown}."
        )
    return found


def _nearest(name: str, known: Iterable[str]) -> str:
    known = list(known)
    close = difflib.get_close_matches(name, known, 1)
    return f"Did you mean {close[0]!r}?" if close else "Known: " + ", ".join(known[:40]) + "."


def value_at(values: Mapping[str, Any], column: str) -> Any:
    """What a row holds in a column, inside objects too; None where there is none."""
    if column in values:
        return values[column]
    found: Any = values
    for name in column.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def shown(value: Any) -> str:
    """A given value as text: a whole number without decimals (how tables with gaps hold their ids), a list with commas."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


_WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_NO_LANGUAGE = frozenset({"und", "zxx", "mul", "mis", "qme", "qam", "qct", "qht", "qst", "art", "unknown"})
"""What platforms write where they know no language (ISO 639-2 and the codes of X)."""

_FLAGS = frozenset({"declared.retouched", "declared.platform_label", "declared.ai_label", "declared.audience_under_18", "complete"})


def post_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one row as `readers.read_record` takes them: declared facts together, flags as booleans, empty cells left out."""
    post: dict[str, Any] = {}
    declared: dict[str, Any] = {}
    for field, value in values.items():
        if value is None or value in ("", []):
            continue
        if field in _FLAGS and not isinstance(value, bool):
            value = _WORDS.get(str(value).strip().lower(), value)
        if field == "language" and isinstance(value, str):
            value = value.strip().replace("_", "-")
            if value.lower() in _NO_LANGUAGE:
                continue
        if field == "declared":
            if isinstance(value, str):
                with contextlib.suppress(ValueError, RecursionError):
                    value = json.loads(value)
            if not isinstance(value, Mapping):
                raise InputError("declared facts must be an object", where="/declared", hint='Such as {"relationship": "gifted"}.')
            declared.update({key: fact for key, fact in value.items() if fact is not None})
        elif field.startswith("declared."):
            declared[field[9:]] = value
        else:
            post[field] = str(value) if field == "author" and isinstance(value, int) else value
    if declared:
        post["declared"] = declared
    return post
