"""The dates of calendars and payloads, as people and programs write them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from types import MappingProxyType

from compliance.intake import spelling


def read_date(text: str, months: Mapping[str, int] = MappingProxyType({})) -> str | None:
    """The ISO date of a cell, whatever time stands behind it; None where it cannot be read in one way only (03/04/2026 is in March or in
    April). `months`: how they are called."""
    parts = _in_numbers(text.strip()) or _in_words(text.strip(), months)
    try:
        return datetime.date(*parts).isoformat() if parts is not None else None
    except ValueError:
        return None


def _in_numbers(text: str) -> tuple[int, int, int] | None:
    match = re.match(r"(\d{4})([-/.]?)(\d{1,2})\2(\d{1,2})(?![\d/.-])", text)
    if match is not None:
        return int(match[1]), int(match[3]), int(match[4])
    match = re.match(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4}|\d{2})(?![\d/.-])", text)
    if match is None:
        return None
    first, second, year = int(match[1]), int(match[3]), int(match[4]) + (2000 if len(match[4]) == 2 else 0)
    if match[2] == "." or first > 12 or first == second:  # dots are written day first everywhere
        return year, second, first
    return (year, first, second) if second > 12 else None


def _in_words(text: str, months: Mapping[str, int]) -> tuple[int, int, int] | None:
    words = spelling(text).split()
    named = [months[word] for word in words if word in months]
    years = [int(word) for word in words if re.fullmatch(r"20\d\d", word)]
    days = [int(match[1]) for word in words[:4] if (match := re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th|er|e|o)?", word))]
    return (years[0], named[0], days[0]) if len(named) == 1 and years and days else None
