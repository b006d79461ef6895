"""What every campaign format is read into: rows of named values, each knowing where it stands in its file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from compliance.errors import AdcheckError

MOST_BYTES = 50_000_000
"""A campaign file may be that big; a stream of posts is JSONL, or goes through `adcheck scan`."""

Fit = Callable[[Sequence[str]], int]
"""How many fields of a post a row names, if it is the heading; 0 where none of them is the caption."""
HEAD = 30
"""So many rows are looked through for the heading: titles, notes and group headings stand above it."""


class Place(NamedTuple):
    """Line and column (from 1) at which a value is written; `literal` where it stands there letter by letter. Where it does but for its
    format's own signs (doubled quotes, the indent of a block), `written` is what stands there and `pieces` are the runs of the value in it:
    (offset in the value, offset in `written`, length)."""

    line: int
    column: int = 1
    literal: bool = False
    written: str | None = None
    pieces: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One row or object.

    Attributes:
        values: as the file names and writes them.
        line: on which it begins, from 1.
        row: the number that a spreadsheet shows beside it; None where the format has no rows.
        sheet: the sheet it stands on.
        places: of its values, by name.
        error: why it cannot be read; `values` is then empty.
        around: what the objects around it say, the inner ones first.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    line: int = 1
    row: int | None = None
    sheet: str | None = None
    places: Mapping[str, Place] = field(default_factory=dict)
    error: AdcheckError | None = None
    around: Mapping[str, Any] = field(default_factory=dict)

    def where(self, name: str) -> str:
        """The place of a value, as errors name it: `:line/name`."""
        return f":{self.place(name).line}/{name}"

    def place(self, name: str) -> Place:
        """Where a value is written; where the row begins if that is not known."""
        return self.places.get(name, Place(self.line))


def named(cells: Sequence[str]) -> tuple[str, ...]:
    """Headings as names that are all different: an empty one is called by its position, a second one is numbered."""
    names: list[str] = []
    for index, cell in enumerate(cells, 1):
        name = " ".join(str(cell).split()) or f"column {index}"
        number = 2
        while name in names:
            name = f"{' '.join(str(cell).split()) or f'column {index}'} {number}"
            number += 1
        names.append(name)
    return tuple(names)


def is_unnamed(heading: str) -> bool:
    """Whether a column has no heading, as `named` calls it."""
    return re.fullmatch(r"column \d+(?: \d+)?", heading) is not None
