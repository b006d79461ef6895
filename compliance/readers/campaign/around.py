"""What a row, an object or the objects around it say of a post beside its caption."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from compliance.errors import InputError
from compliance.intake import FIELDS, spelling
from compliance.readers.campaign.cells import (
    DECLARED,
    read_choice,
    read_language_cell,
    read_markets,
    read_platforms,
    read_surface,
    stated,
)
from compliance.readers.campaign.dates import read_date
from compliance.readers.campaign.mapping import DECLARED as STATED
from compliance.readers.campaign.mapping import Columns, Mapper
from compliance.rulebook import Rulebook

OF_A_PAYLOAD = frozenset({"reach", "language", "campaign", "brand", "relationship", "persona", "ai_content"})
"""What may stand beside a program's own keys."""
OF_A_LIST = OF_A_PAYLOAD | {"platform", "author", "bio"}
"""What an object says of all posts in it."""


@dataclass(frozen=True, slots=True)
class Around:
    """Facts of a post, as `readers.jsonl.KEYS` call them, its platforms with their surfaces, and what is no fact of it.

    Attributes:
        used: heading → field, of what says something.
        is_undated: there is a date, and it cannot be read in one way only.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    declared: Mapping[str, Any] = field(default_factory=dict)
    platforms: tuple[tuple[str, str | None], ...] = ()
    reach: tuple[str, ...] | None = None
    as_of: str | None = None
    id: str | None = None
    campaign: str | None = None
    is_undated: bool = False
    used: Mapping[str, str] = field(default_factory=dict)

    def within(self, outer: Around) -> Around:
        """These facts, and where they are silent those around them."""
        return replace(
            self,
            facts={**outer.facts, **self.facts},
            declared={**outer.declared, **self.declared},
            platforms=self.platforms or outer.platforms,
            reach=self.reach or outer.reach,
            campaign=self.campaign or outer.campaign,
        )


def read_around(
    columns: Columns,
    values: Mapping[str, Any],
    mapper: Mapper,
    rulebook: Rulebook,
    where: Callable[[str], str] | None,
    only: Container[str] = FIELDS,
) -> Around:
    """Read the values beside the captions.

    Args:
        columns: which of them is what.
        where: a heading → its place, for the error that a value is unknown; None passes such values over.
        only: the fields that count.

    Raises:
        InputError: a value that is not known.
    """
    given = values.get(STATED)
    declared: dict[str, Any] = dict(given) if isinstance(given, Mapping) else {}
    facts: dict[str, Any] = {}
    found: dict[str, Any] = {}
    used: dict[str, str] = {}
    for heading, (name, value) in columns.facts.items():
        if name not in only or spelling(stated(values.get(heading), mapper)) not in mapper.rules.yes:
            continue
        if name == "platform":
            found.setdefault(name, []).append((value, None))
        else:
            declared.setdefault(name, value)
    for key, heading in columns.fields.items():
        text = stated(values.get(heading), mapper) if key in only else ""
        if not text:
            continue
        try:
            if key == "platform":
                found[key] = read_platforms(text, mapper, rulebook)
            elif key == "reach":
                found[key] = read_markets(text, mapper, rulebook)
            elif key == "surface":
                found[key] = read_surface(text, mapper)
            elif key == "language":
                facts[key] = read_language_cell(text, mapper)
            elif key in DECLARED:
                declared[key] = read_choice(key, text, mapper)
            elif key == "date":
                declared[key], found[key] = text, read_date(text, mapper.rules.months)
            elif key in {"author", "bio", "first_comment", "title"}:
                facts[key] = text
            else:
                found[key] = text
        except InputError as error:
            if where is None:
                continue
            error.where = where(heading)
            raise
        used[heading] = key
    surface = found.get("surface")
    platforms = tuple((name, own or _surface(name, surface, rulebook)) for name, own in found.get("platform", ()))
    is_undated = "date" in found and found["date"] is None
    return Around(
        facts, declared, platforms, found.get("reach"), found.get("date"), found.get("id"), found.get("campaign"), is_undated, used
    )


def _surface(platform: str, surface: str | None, rulebook: Rulebook) -> str | None:
    """The surface, where that platform has it: a column "Reel" beside two platforms is meant for the one that has reels."""
    return surface if surface in rulebook.platforms[platform].surfaces else None
