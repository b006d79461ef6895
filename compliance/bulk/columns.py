"""Which column of a dump is which field of a post: guessed by name, set by the user, refused with a suggestion where neither helps."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from compliance.errors import InputError, nearest
from compliance.intake import ColumnRules, spelling
from compliance.readers.declared import FLAGS as FACT_FLAGS
from compliance.readers.declared import KEYS as DECLARED

POST = ("text", "html", "platform", "surface", "language", "bio", "first_comment", "author", "declared", "complete", "reach", "as_of")
"""Fields that the judgement reads."""

ABOUT = ("id", "url", "date", "captured_at", "captured_by", "follower_band", "sector")
"""Fields that are copied into the record."""

FIELDS = (*POST, *ABOUT, *(f"declared.{key}" for key in DECLARED))

_ANY_TEXT = frozenset({"text", "bio", "first_comment", "author", "id", "date"})
"""Fields whose cells may hold anything: there the headings of content calendars are taken too."""


def _names(field: str, rules: ColumnRules) -> Iterator[str]:
    """What a field may be called, best first, as `_spelt` spells it."""
    bare = field.rpartition(".")[2]
    yield from (spelling(field), spelling(bare), *rules.dumps.get(field, ()))
    if field in _ANY_TEXT and field in rules.fields:
        yield from sorted(rules.fields[field].names, key=rules.fields[field].names.__getitem__)


def _spelt(name: str) -> str:
    """`createdAt`, `Created At` and `created-at` are one name; `id_` is another than `id`."""
    spelt = spelling(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.strip()))
    return f"{spelt}_" if name.endswith("_") else spelt


PLAIN, LIST, OBJECT = "plain", "list", "object"
"""What the cells of a column are. A column inside an object is named with dots (`snippet.description`)."""

_TAKES = {"declared": (OBJECT, PLAIN), "reach": (PLAIN, LIST), "sector": (PLAIN, LIST)}


def map_columns(
    kinds: Mapping[str, str], chosen: Mapping[str, Sequence[str]], where: str, rules: ColumnRules, twice: Collection[str] = ()
) -> dict[str, str]:
    """Field → column. What the user chose comes first (of several the first that is there; an empty choice leaves the field out), then the
    field's own name, then the names in `rules`, both of columns that are not inside another and whose cells the field can take. `kinds`
    says what the cells of each column are, `twice` which names several columns have.

    Raises:
        InputError: an unknown field, a column that is not there or whose name is not its own, or no column that could be the text.
    """
    columns = list(kinds)
    found: dict[str, str] = {}
    for field, named in chosen.items():
        if field not in FIELDS:
            raise InputError(f"unknown field {field!r}", where="--column", hint=nearest(field, FIELDS))
        there = next((column for column in named if column in kinds), None)
        if there is not None:
            found[field] = there
        elif "" not in named:
            raise InputError(f"there is no column {' or '.join(map(repr, named))}", where=where, hint=nearest(named[0], columns))
    taken = set(found.values())
    by_name: dict[str, str] = {}
    for column in columns:
        if "." not in column or column.partition(".")[0] not in kinds:
            by_name.setdefault(_spelt(column), column)
    for field in FIELDS:
        if field in chosen:
            continue
        for name in _names(field, rules):
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


_NO_LANGUAGE = frozenset({"und", "zxx", "mul", "mis", "qme", "qam", "qct", "qht", "qst", "art", "unknown"})
"""What platforms write where they know no language (ISO 639-2 and the codes of X)."""


def post_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of one row as `readers.read_record` takes them: declared facts together, empty cells left out."""
    post: dict[str, Any] = {}
    declared: dict[str, Any] = {}
    for field, value in values.items():
        if value is None or value in ("", []):
            continue
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


def meant(post: Mapping[str, Any], rules: ColumnRules) -> dict[str, Any]:
    """A post with its values in Adcheck's words, where `rules` know how people and programs write them: `IG` is instagram, `ja` a yes. What
    they do not know stays, and the reader says what is wrong with it."""
    told = {name: _meant(name, value, rules) for name, value in post.items() if name in _WORDED}
    if isinstance(post.get("declared"), Mapping):
        told["declared"] = {name: _meant(name, value, rules) for name, value in post["declared"].items()}
    return {**post, **told}


_WORDED = ("platform", "surface", "language", "complete")
_FLAGS = (*FACT_FLAGS, "complete")


def _meant(field: str, value: Any, rules: ColumnRules) -> Any:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return value
    word = spelling(shown(value))
    if field in _FLAGS:
        return True if word in rules.yes else False if word in rules.no else value
    return rules.fields[field].values.get(word, value) if field in rules.fields else value
