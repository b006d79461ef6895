"""What `rules/columns.yaml` and `rules/schedulers.yaml` say, as frozen types: how campaign files call their fields, and what the
programs send that publish posts. `rulebook` loads them; `readers.campaign` reads files by them."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from compliance.errors import RuleError

FIELDS = (
    "id",
    "text",
    "title",
    "platform",
    "surface",
    "reach",
    "language",
    "date",
    "author",
    "bio",
    "first_comment",
    "campaign",
    "brand",
    "relationship",
    "persona",
    "ai_content",
    "platform_label",
    "ai_label",
    "retouched",
    "audience_under_18",
    "media",
    "url",
)
"""The fields of a post that a column can hold; `rules/columns.yaml` says how each is called."""

_APART = re.compile(r"[^\w#]+|_+")


@functools.lru_cache(maxsize=8192)
def spelling(text: str) -> str:
    """The spelling under which headings and cells are compared: no case, accents, punctuation or underscores; a bare sign stays itself.

    >>> spelling("Post_copy (NL)"), spelling("Légende"), spelling(" ✓ ")
    ('post copy nl', 'legende', '✓')
    """
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(letter))
    return _APART.sub(" ", plain).strip() or text.strip()


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a post: the headings that name it, best first, what stands in its cells → what Adcheck calls it, the `weak` names that
    other things than posts have too, and the headings under which a yes states a value of it."""

    names: Mapping[str, int]
    values: Mapping[str, str]
    weak: frozenset[str] = frozenset()
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class ColumnRules:
    """How content calendars call their columns and write their values; all in the spelling of `spelling`. `titled`: the platforms on which
    a title is part of the post. `dumps`: field of `adcheck scan` → what data sets call it, best first."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    months: Mapping[str, int] = field(default_factory=dict)
    titled: frozenset[str] = frozenset()
    dumps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    examples: tuple[tuple[tuple[str, ...], Mapping[str, str]], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Where a payload holds a value: a fixed value, or paths (the first that is there) and what its values mean."""

    fixed: str | None = None
    paths: tuple[str, ...] = ("",)
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flag:
    """A switch of a payload: what it says when it is on or off, on which platform, and the relationship that it states."""

    path: str
    says: str
    on: tuple[Any, ...] = (True,)
    off: tuple[Any, ...] = (False,)
    relationship: str | None = None
    platform: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Scheduler:
    """A format of payload; paths as `rules/schedulers.yaml` writes them."""

    id: str
    name: str
    every: tuple[str, ...]
    some: tuple[str, ...]
    none: tuple[str, ...]
    each: str | None
    text: tuple[str, ...]
    title: tuple[str, ...]
    markup: bool
    platform: Found
    surface: Found | None
    date: tuple[str, ...]
    handle: tuple[str, ...]
    first_comment: tuple[str, ...]
    flags: tuple[Flag, ...]
    examples: tuple[tuple[Mapping[str, Any], tuple[Mapping[str, Any], ...]], ...]
    miss: tuple[Mapping[str, Any], ...]


def column_rules(data: Mapping[str, Any] | None) -> ColumnRules:
    """The rules of columns.yaml.

    Raises:
        RuleError: a heading that names two fields, or a cell that means two things.
    """
    if data is None:
        return ColumnRules()
    fields: dict[str, Field] = {}
    taken: dict[str, str] = {}
    for key, value in data["fields"].items():
        names: dict[str, int] = {}
        for name in value["names"]:
            owner = taken.setdefault(spelling(name), key)
            if owner != key:
                raise RuleError(
                    f"the heading {name!r} names {owner} and {key}", where=f"rules/columns.yaml:{key}", hint="Give it to one of them."
                )
            names.setdefault(spelling(name), len(names))
        values: dict[str, str] = {}
        for meaning, words in value.get("values", {}).items():
            for word in (meaning, *words):
                if values.setdefault(spelling(word), meaning) != meaning:
                    raise RuleError(
                        f"{word!r} means {values[spelling(word)]} and {meaning}",
                        where=f"rules/columns.yaml:{key}",
                        hint="Give it to one of them.",
                    )
        facts = {spelling(word): meaning for meaning, words in value.get("facts", {}).items() for word in words}
        for word in facts:
            if taken.setdefault(word, key) != key or word in names:
                raise RuleError(f"the heading {word!r} names two things", where=f"rules/columns.yaml:{key}", hint="Give it to one of them.")
        fields[key] = Field(names, values, _words(value.get("weak", ())), facts)
    return ColumnRules(
        fields,
        _words(data["yes_words"]),
        _words(data["no_words"]),
        _words(data["unknown_words"]),
        {spelling(word): number for number, words in enumerate(data["months"], 1) for word in words},
        frozenset(data["titled"]),
        _dumps(data["dumps"]),
        tuple((tuple(item["headings"]), item["fields"]) for item in data["examples"]),
    )


def _dumps(data: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    taken: dict[str, str] = {}
    for key, names in data.items():
        for name in names:
            if taken.setdefault(spelling(name), key) != key:
                raise RuleError(f"{name!r} names two fields", where=f"rules/columns.yaml:dumps:{key}", hint="Give it to one of them.")
    return {key: tuple(map(spelling, names)) for key, names in data.items()}


def _words(items: Iterable[str]) -> frozenset[str]:
    return frozenset(spelling(item) for item in items)


def schedulers(data: Mapping[str, Any] | None, platforms: Iterable[str]) -> tuple[Scheduler, ...]:
    """The payload formats of schedulers.yaml, in their order.

    Raises:
        RuleError: a platform that does not exist.
    """
    known = set(platforms)
    result = []
    for key, value in (data or {"schedulers": {}})["schedulers"].items():
        where = f"rules/schedulers.yaml:{key}"
        flags = tuple(
            Flag(
                item["path"],
                item["says"],
                tuple(item.get("on", (True,))),
                tuple(item.get("off", (False,))),
                item.get("relationship"),
                item.get("platform"),
            )
            for item in value.get("flags", ())
        )
        platform = _found(value["platform"])
        named = {*platform.values.values(), platform.fixed, *(flag.platform for flag in flags)} - {None}
        for wrong in sorted(str(name) for name in named - known):
            raise RuleError(f"no platform is called {wrong!r}", where=where, hint="See rules/platforms.yaml.")
        recognise = value["recognise"]
        result.append(
            Scheduler(
                key,
                value["name"],
                tuple(recognise["all"]),
                tuple(recognise.get("any", ())),
                tuple(recognise.get("none", ())),
                value.get("each"),
                tuple(value["text"]),
                tuple(value.get("title", ())),
                value.get("markup", False),
                platform,
                _found(value["surface"]) if "surface" in value else None,
                tuple(value.get("date", ())),
                tuple(value.get("handle", ())),
                tuple(value.get("first_comment", ())),
                flags,
                tuple((item["payload"], tuple(item["posts"])) for item in value["examples"]),
                tuple(value["miss"]),
            )
        )
    return tuple(result)


def _found(value: Mapping[str, Any]) -> Found:
    path = value.get("path", "")
    return Found(value.get("is"), (path,) if isinstance(path, str) else tuple(path), value.get("values", {}))
