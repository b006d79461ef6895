"""Where a checklist's text came from, for reports that name files and lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from compliance.model import Checklist
from compliance.text import Lines


class Insertion(NamedTuple):
    """Words that take the place of a stretch (often an empty one) of one line; columns from 1 in code points, the end behind the last."""

    line: int
    column: int
    end_column: int
    words: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a text stands.

    Attributes:
        name: the file; empty for standard input. id: the record's.
        line, column: where the text starts, from 1; of a spreadsheet, its row and column.
        raw: the text, where it stands in the file letter by letter.
        row: of a table, the number that a spreadsheet shows beside it.
        field: the column or field that holds the text (`Caption`, `Sheet1!Caption`, `posts.0.value.0.content`).
        campaign: the campaign that the post belongs to, where the file or the config tells.
        ignore: what the record itself sets aside, each with the line that it stands on.
        fix: what its safe fix is in the file itself, with quotes and escapes as they must be there; None where that is not known.
    """

    name: str = ""
    id: str | None = None
    line: int = 1
    raw: str | None = None
    row: int | None = None
    column: int = 1
    field: str | None = None
    campaign: str | None = None
    ignore: tuple[tuple[int, str], ...] = ()
    fix: Insertion | None = None

    def at(self, offset: int) -> tuple[int, int] | None:
        """Line and column in the file of an offset in the text; None where the text does not stand there letter by letter."""
        if self.raw is None:
            return None
        line, column = Lines(self.raw).at(offset)
        return line + self.line - 1, column + (self.column - 1 if line == 1 else 0)

    @property
    def place(self) -> str:
        """Row and field in words, as a report shows them; empty where the text is the whole file."""
        return " ".join(part for part in (f"row {self.row}" if self.row else "", self.field or "") if part)


def post_name(checklist: Checklist) -> str | None:
    """What a post of a page is called: by its address, else by its place on the page; None where nothing tells."""
    origin = checklist.document.origin
    if origin is None:
        return None
    return origin.url or (f"{origin.index + 1}/{origin.of}" if origin.of > 1 else None)
