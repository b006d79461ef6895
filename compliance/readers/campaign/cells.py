"""What stands in a cell → what Adcheck calls it: platforms with their surface, markets, choices, yes and no, dates."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from compliance.errors import InputError
from compliance.intake import Flag, spelling
from compliance.readers.campaign.mapping import Mapper
from compliance.readers.declared import CONNECTIONS
from compliance.rulebook import Rulebook

_LIST = re.compile(r"[,;/|+&\n]+|\s+(?:and|en|und|et|y|e)\s+")
_CHOICES: Mapping[str, tuple[str, ...]] = {
    "relationship": (*CONNECTIONS, "none"),
    "persona": ("synthetic", "human"),
    "ai_content": ("generated", "modified", "none"),
    "media": ("image", "video", "audio", "text"),
}
_FLAGS = frozenset({"platform_label", "ai_label", "retouched", "audience_under_18"})
DECLARED = (*_CHOICES, *sorted(_FLAGS), "brand")
"""The fields of a row that are declared facts."""


def stated(value: Any, mapper: Mapper) -> str:
    """A cell's text; empty where it says nothing, or that nobody knows yet."""
    if value is None or isinstance(value, dict):  # an object is no cell
        return ""
    text = ", ".join(str(item) for item in value) if isinstance(value, list) else str(value).strip()
    return "" if spelling(text) in mapper.rules.unknown else text


def read_choice(field: str, text: str, mapper: Mapper) -> str | bool:
    """A declared fact as a cell writes it.

    Raises:
        InputError: not a known value; says which are, and where others can be taught.
    """
    spelt = spelling(text)
    own = {spelling(key): value for key, value in mapper.values.get(field, {}).items()}
    meant = own.get(spelt) or mapper.rules.fields[field].values.get(spelt)
    if field in _CHOICES:
        if meant is not None or spelt.replace(" ", "_") in _CHOICES[field]:
            return meant or spelt.replace(" ", "_")
        hint = f"Known: {', '.join(_CHOICES[field])}; teach others in the config: [mapping.values.{field}] {text[:40]!r} = …"
        raise InputError(f"{text[:60]!r} is no value of {field}", hint=hint)
    if field in _FLAGS:
        if spelt in mapper.rules.yes or spelt in mapper.rules.no or meant is not None:
            return meant in {"true", "yes"} if meant is not None else spelt in mapper.rules.yes
        raise InputError(f"{text[:60]!r} is neither yes nor no", hint=f"Write yes or no into the column for {field}, or leave it empty.")
    return text


def read_flag(value: Any, flag: Flag, mapper: Mapper) -> Any:
    """What a cell under the name of a switch says: as written, or true or false for a yes or a no.

    Raises:
        InputError: a text that is neither.
    """
    word = spelling(value) if isinstance(value, str) else ""
    if not word or word in mapper.rules.unknown or flag.on != (True,):
        return value
    if word not in mapper.rules.yes and word not in mapper.rules.no:
        raise InputError(f"{value[:60]!r} is neither yes nor no", hint="Write true or false into the column, or leave it empty.")
    return word in mapper.rules.yes


def read_platforms(text: str, mapper: Mapper, rulebook: Rulebook) -> list[tuple[str, str | None]]:
    """The platforms of a cell such as "IG Reel + TikTok", each with its surface where the cell names one.

    Raises:
        InputError: an unknown platform; names the nearest.
    """
    own = {spelling(key): value for key, value in mapper.values.get("platform", {}).items()}
    known = {**{spelling(platform.name): key for key, platform in rulebook.platforms.items()}, **{key: key for key in rulebook.platforms}}
    known = {**mapper.rules.fields["platform"].values, **known, **own}
    found: list[tuple[str, str | None]] = []
    for part in [spelling(text)] if spelling(text) in known else [spelling(piece) for piece in _LIST.split(text) if piece.strip()]:
        words = part.split()
        for end in range(len(words), 0, -1):
            name = known.get(" ".join(words[:end]))
            if name is not None:
                rest = " ".join(words[end:])
                found.append((name, read_surface(rest, mapper) if rest else None))
                break
        else:
            rulebook.platform(part)
    return list(dict.fromkeys(found))


def read_surface(text: str, mapper: Mapper) -> str:
    """A surface as a cell writes it."""
    own = {spelling(key): value for key, value in mapper.values.get("surface", {}).items()}
    spelt = spelling(text)
    return own.get(spelt) or mapper.rules.fields["surface"].values.get(spelt) or spelt.replace(" ", "_")


def read_markets(text: str, mapper: Mapper, rulebook: Rulebook) -> tuple[str, ...]:
    """The markets of a cell, as ids, codes or names of countries.

    Raises:
        InputError: an unknown market; names the nearest.
    """
    own = {spelling(key): value for key, value in mapper.values.get("reach", {}).items()}
    names = {spelling(name): key for key, item in rulebook.jurisdictions.items() for name in item.name.values()}
    names = {**mapper.rules.fields["reach"].values, **names, **own}
    whole = names.get(spelling(text))
    if whole is not None:
        return (whole,)
    parts = [part.strip() for part in _LIST.split(text) if part.strip()]
    return tuple(dict.fromkeys(names.get(spelling(part)) or rulebook.jurisdiction(part, "").id for part in parts))


def read_language_cell(text: str, mapper: Mapper) -> str:
    """A language as a cell writes it: a code, or its name."""
    own = {spelling(key): value for key, value in mapper.values.get("language", {}).items()}
    return own.get(spelling(text)) or mapper.rules.fields["language"].values.get(spelling(text)) or text
