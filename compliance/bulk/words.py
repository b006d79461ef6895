"""What a report says, in one language: names of values, sentences of the catalogues, numbers and dates."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

from compliance.bulk.summary import ANY
from compliance.reports.html import words_in
from compliance.rulebook import Rulebook
from compliance.wording import names_of

_ROOM = 40
"""Letters of a name in a plot."""


class Words:
    """The words of a report in `language`; `text` turns an English sentence of the interface into it."""

    def __init__(self, rulebook: Rulebook, language: str) -> None:
        self.language = language
        self.text: Callable[[str], str] = words_in(language)
        self._locale = Locale.parse(language)
        self._percent = self._locale.percent_formats[None].pattern
        self._names = {
            "language": dict(self._locale.languages),
            "platform": {key: platform.name for key, platform in rulebook.platforms.items()},
            "label": {key: f"{entry.text} ({entry.language})" for key, entry in rulebook.entries.items() if entry.kind == "label"},
        }
        for key, name in names_of(rulebook, language).items():
            kind, _, value = key.partition(".")
            self._names.setdefault("market" if kind == "jurisdiction" else kind, {})[value] = name
        self._names["market"][ANY] = self.text("in any market")
        self._names["outcome"] = {
            "fail": self.text("fail"),
            "needs_review": self.text("needs review"),
            "pass": self.text("pass"),
        }

    def named(self, column: str, value: Any) -> str:
        """The name of a value of a column; itself where it has none."""
        return str(self._names.get(column, {}).get(value, value))

    def short(self, column: str, value: Any) -> str:
        """The name of a value where there is little room: on one line, and cut off where it is long."""
        name = " ".join("".join(letter if letter.isprintable() else " " for letter in self.named(column, value)).split())
        return name if len(name) <= _ROOM else name[: _ROOM - 1] + "…"

    def number(self, value: float) -> str:
        """A whole number with the separators of the language."""
        return str(format_decimal(value, locale=self._locale))

    def percent(self, share: float | None, digits: int = 1) -> str:
        """A share (0 to 1) in percent; empty where there is none."""
        if share is None:
            return ""
        return str(format_percent(share, self._percent.replace("0", f"0.{'0' * digits}" if digits else "0"), locale=self._locale))

    def date(self, iso: str) -> str:
        """An ISO date written out."""
        return str(format_date(datetime.date.fromisoformat(iso), "long", locale=self._locale))

    def listed(self, names: Iterable[str]) -> str:
        """A, B and C."""
        return str(format_list(list(names), locale=self._locale))
