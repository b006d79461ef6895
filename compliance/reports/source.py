"""Where a checklist's text came from, for reports that name files and lines."""

from __future__ import annotations

from dataclasses import dataclass

from compliance.model import Checklist


@dataclass(frozen=True, slots=True)
class Source:
    """A file (empty for standard input), the record's id, and the line and column at which its text starts (from 1).

    `raw` is what stands there letter by letter, where that is known.
    """

    name: str = ""
    id: str | None = None
    line: int = 1
    raw: str | None = None
    column: int = 1


def post_name(checklist: Checklist) -> str | None:
    """What a post of a page is called: by its address, else by its place on the page; None where nothing tells."""
    origin = checklist.document.origin
    if origin is None:
        return None
    return origin.url or (f"{origin.index + 1}/{origin.of}" if origin.of > 1 else None)
