"""Where a checklist's text came from, for reports that name files and lines."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """A file (or `-`), the record's id and the line on which its text starts (from 1)."""

    name: str = ""
    id: str | None = None
    line: int = 1
    raw: str | None = None
