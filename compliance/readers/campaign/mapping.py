"""Which column or field of a file is which field of a post: guessed from the names in `rules/columns.yaml`, or as the user says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from compliance.errors import InputError, nearest
from compliance.intake import ColumnRules, Flag, spelling
from compliance.readers.campaign.markdown import BODY
from compliance.readers.campaign.payload import flags_of
from compliance.readers.campaign.rows import is_unnamed

DECLARED = "declared"
"""The key of declared facts, in the words of the config."""

_SHORTEST = 4
"""A name that short is taken only where the heading is nothing else."""

_BESIDE = frozenset(
    {"platform", "surface", "reach", "date", "campaign", "relationship", "persona", "platform_label", "ai_label", "first_comment"}
)
"""Fields that only a post has."""

_TOLD = frozenset({"platform", "reach", "campaign", "relationship", "persona", "brand"})
"""Fields that no payload has at its top: who writes them speaks of the post in words of their own."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Field → heading; the headings that hold captions, each with its language where the heading names one; what is not used.

    Attributes:
        flags: heading → the switch of a publishing program that it is called as.
        facts: heading → the field and its value that a yes below it states.
        platforms: heading of captions → the platform that it names ("TikTok caption").
    """

    fields: Mapping[str, str]
    texts: tuple[tuple[str, str | None], ...]
    unused: tuple[str, ...]
    flags: Mapping[str, tuple[Flag, ...]] = field(default_factory=dict)
    facts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    platforms: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [f"{heading} → text{self._of(heading, language)}" for heading, language in self.texts]
        parts += [f"{heading} → {name}" for name, heading in self.fields.items()]
        parts += [f"{heading} → {name} = {value}" for heading, (name, value) in self.facts.items()]
        parts += [f"{heading} → {flags[0].says} (switch)" for heading, flags in self.flags.items()]
        unused = [heading for heading in self.unused if not is_unnamed(heading)]
        return ", ".join(parts) + (f"; not used: {', '.join(unused)}" if unused else "")

    def _of(self, heading: str, language: str | None) -> str:
        of = [part for part in (self.platforms.get(heading), language) if part]
        return f" ({', '.join(of)})" if of else ""


@dataclass(slots=True)
class Mapper:
    """Guesses the mapping of each set of headings once; `chosen` is field → heading as the user says it, and wins. Where `is_shared` it is
    said of many files, and holds for those that have such a heading."""

    rules: ColumnRules
    chosen: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    flags: Mapping[str, tuple[Flag, ...]] = field(default_factory=dict)
    is_shared: bool = False
    seen: dict[tuple[str, ...], Columns] = field(default_factory=dict)
    tried: dict[tuple[str, ...], Columns] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for at, name in [*((name, name) for name in self.chosen), *((f"values.{name}", name) for name in self.values)]:
            if name not in self.rules.fields:
                raise InputError(f"no field of a post is called {name!r}", where=at, hint=nearest(name, self.rules.fields))

    def of(self, headings: Sequence[str]) -> Columns:
        """The mapping of these headings."""
        key = tuple(headings)
        if key not in self.seen:
            self.seen[key] = self._guess(key)
        return self.seen[key]

    def fit(self, headings: Sequence[str]) -> int:
        """How many fields of a post these headings name; 0 where none of them holds captions. Asked of a row that may be the heading."""
        columns = self.guess(tuple(headings))
        return len(columns.texts) + len(columns.fields) if columns.texts else 0

    def is_told(self, data: Mapping[str, Any]) -> bool:
        """Whether an object says in words of its own of which platform, market, campaign or brand it is."""
        fields = self.guess(tuple(str(key) for key in data)).fields
        return any(isinstance(data.get(heading), (str, list)) for name, heading in fields.items() if name in _TOLD)

    def is_post(self, headings: tuple[str, ...]) -> bool:
        """Whether an object with these keys is a post: it has a caption, under a name that only posts have, or beside what only posts have."""
        texts = self.guess(headings).texts
        weak = self.rules.fields["text"].weak
        chosen = spelling(self.chosen.get("text", ""))
        sure = any(spelling(heading) not in weak or spelling(heading) == chosen for heading, _ in texts)
        return bool(texts) and (sure or not _BESIDE.isdisjoint(self.guess(headings).fields))

    def guess(self, headings: tuple[str, ...]) -> Columns:
        """The mapping of these headings, without taking them for those of the file."""
        if headings not in self.tried:
            self.tried[headings] = self._guess(headings)
        return self.tried[headings]

    def check_chosen(self) -> None:
        """Refuse a column that the user named and no row had.

        Raises:
            InputError: names it and the nearest.
        """
        if self.is_shared:
            return
        headings = list(dict.fromkeys(heading for key in self.seen for heading in key))
        known = {spelling(heading) for heading in headings}
        for name, heading in self.chosen.items():
            if spelling(heading) not in known and headings:
                raise InputError(f"there is no column {heading!r} for {name}", hint=nearest(heading, headings))

    def _guess(self, headings: tuple[str, ...]) -> Columns:
        spelt = {heading: spelling(heading) for heading in headings}
        fields: dict[str, str] = {}
        for name, wanted in self.chosen.items():
            found = next((heading for heading, text in spelt.items() if text == spelling(wanted)), None)
            if found is not None:
                fields[name] = found
        chosen = frozenset(fields if self.is_shared else self.chosen)
        free = [heading for heading in headings if heading not in fields.values() and heading not in {BODY, DECLARED}]
        for name, rule in self.rules.fields.items():
            if name in fields or name in chosen:
                continue
            passed = rule.weak if name == "text" and BODY in headings else ()  # a description beside an article is no caption
            ranked = sorted(
                (rule.names[spelt[heading]], headings.index(heading))
                for heading in free
                if spelt[heading] in rule.names and spelt[heading] not in passed
            )
            if ranked:
                fields[name] = headings[ranked[0][1]]
                free.remove(fields[name])
        texts: list[tuple[str, str | None]] = [(fields.pop("text"), None)] if "text" in fields else []
        platforms: dict[str, str] = {}
        for heading in free if "text" not in chosen else ():
            for language, platform in self._captions(spelt[heading]):
                texts.append((heading, language))
                if platform is not None:
                    platforms[heading] = platform
        if not texts and "text" not in chosen and BODY in headings:
            texts = [(BODY, None)]
        taken = {*fields.values(), *(heading for heading, _ in texts), DECLARED}
        rest = [heading for heading in headings if heading not in taken]
        flags = {heading: switch for heading in rest if (switch := flags_of(heading, self.flags))}
        facts = {
            heading: (name, rule.facts[spelt[heading]])
            for name, rule in self.rules.fields.items()
            for heading in rest
            if name not in fields and heading not in flags and spelt[heading] in rule.facts
        }
        if "platform" not in fields:  # a column for each platform, with a tick where the post goes there
            facts |= {
                heading: ("platform", self._platforms()[spelt[heading]])
                for heading in rest
                if heading not in flags and spelt[heading] in self._platforms()
            }
        unused = tuple(heading for heading in rest if heading not in facts and heading not in flags)
        return Columns(fields, tuple(texts), unused, flags, facts, platforms)

    def _captions(self, heading: str) -> Iterator[tuple[str | None, str | None]]:
        """The language and platform of a heading such as "caption nl": a caption's name with one of them before or behind it; else nothing."""
        words = heading.split()
        languages = self.rules.fields["language"].values if "language" in self.rules.fields else {}
        for start in range(len(words)):
            for end in range(len(words), start, -1):
                name = " ".join(words[start:end])
                rest = words[:start] + words[end:]
                if len(name) >= _SHORTEST and name in self.rules.fields["text"].names and 0 < len(rest) <= 2:
                    language = next((languages[word] for word in rest if word in languages), None)
                    platform = next((self._platforms()[word] for word in rest if word in self._platforms()), None)
                    if language or all(word in self._platforms() or word.isdigit() for word in rest):
                        yield language, platform
                        return

    def _platforms(self) -> Mapping[str, str]:
        return self.rules.fields["platform"].values if "platform" in self.rules.fields else {}
