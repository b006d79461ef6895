"""CSV and TSV → rows. The separator is found by trying; broken quoting and rows that do not fit the heading are said and not guessed at."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from compliance.errors import InputError
from compliance.readers.campaign.rows import HEAD, Fit, Place, Row, named
from compliance.text import table_comments

_SEPARATORS = ",;\t|"
_TRIED = 50
_MOST_CELL = 1_000_000


class _Cells(NamedTuple):
    cells: list[str]
    first: int
    last: int


def read_table(text: str, fit: Fit) -> Iterator[Row]:
    """The rows below the heading: of the rows that name a caption column the one that names most fields (else the very first row).

    A row that cannot be read has its error; after broken quoting nothing more is read, since nobody can tell where the next row begins.
    """
    csv.field_size_limit(_MOST_CELL)
    # A line that sets findings aside is no row; it counts as an empty one, so that the others keep their numbers.
    for start, end in reversed(list(table_comments(text))):
        text = text[:start] + text[end:]
    lines = list(io.StringIO(text, newline=""))
    start = 0
    separator = None
    if lines and lines[0].lower().startswith("sep=") and len(lines[0].strip()) == 5:  # Excel's own way to say it
        start, separator = 1, lines[0].strip()[4]
    separator = separator or _separator(lines)
    rows = _records(lines, start, separator)
    head = list(itertools.islice(rows, HEAD))
    if not head:
        raise InputError("the table is empty", where=":1", hint="Give a heading row and a row for each post.")
    first = next((index for index, row in enumerate(head) if isinstance(row, Row) or row.cells), 0)
    fits = [fit(named(row.cells)) if isinstance(row, _Cells) else 0 for row in head]
    at = fits.index(max(fits)) if any(fits) else first
    heading = head[at]
    if isinstance(heading, Row):
        yield heading
        return
    names = named(heading.cells)
    number = at + 1
    for record in itertools.chain(head[at + 1 :], rows):
        number += 1
        if isinstance(record, Row):
            yield record
        elif any(cell.strip() for cell in record.cells):
            yield _row(record, names, number, lines, separator)


def _row(record: _Cells, names: Sequence[str], number: int, lines: Sequence[str], separator: str) -> Row:
    if len(record.cells) > len(names) and any(cell.strip() for cell in record.cells[len(names) :]):
        error = InputError(
            f"the row has {len(record.cells)} cells, the heading {len(names)}",
            where=f":{record.first}",
            hint='Put a text that holds the separator or a line break in quotes: "like, this".',
        )
        return Row(line=record.first, row=number, error=error)
    values = dict(itertools.zip_longest(names, record.cells[: len(names)], fillvalue=""))
    source = "".join(lines[record.first - 1 : record.last])
    places: dict[str, Place] = {}
    for (name, cell), (start, end) in zip(values.items(), _spans(source, separator), strict=False):
        written = source[start:end]
        if not cell or (written != cell and written.replace('""', '"') != cell):
            continue
        before = source[:start]
        line, column = record.first + before.count("\n"), start - (before.rfind("\n") + 1) + 1
        places[name] = Place(line, column, True) if written == cell else Place(line, column, False, written, _undoubled(written))
    return Row(values, record.first, number, places=places)


def _undoubled(written: str) -> tuple[tuple[int, int, int], ...]:
    """The runs of a cell whose quotation marks are doubled: each ends with the first mark of a pair."""
    pieces = []
    done = at = 0
    while at < len(written):
        pair = written.find('""', at)
        end = pair + 1 if pair >= 0 else len(written)
        pieces.append((done, at, end - at))
        done, at = done + end - at, end + 1
    return tuple(pieces)


def _spans(source: str, separator: str) -> Iterator[tuple[int, int]]:
    """Where each cell of a row begins and ends, without its quotation marks. The row has been read: only its places are looked for here."""
    plain, quoted = re.compile(f"[^{re.escape(separator)}\r\n]*"), re.compile('"((?:[^"]|"")*)"')
    at = 0
    while True:
        match = quoted.match(source, at) or plain.match(source, at)
        assert match is not None
        yield match.span(match.lastindex or 0)
        at = match.end() + 1
        if source[at - 1 : at] != separator:
            return


def _records(lines: Sequence[str], start: int, separator: str) -> Iterator[_Cells | Row]:
    reader = csv.reader(lines[start:], delimiter=separator, strict=True)
    while True:
        first = reader.line_num + start + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(line=first, error=_broken(str(error), first))
            return
        yield _Cells(cells, first, reader.line_num + start)


def _broken(problem: str, line: int) -> InputError:
    if "unexpected end" in problem:
        what = "a quote is opened in this row and never closed"
    elif "field limit" in problem:
        what = "a cell is longer than a million characters; a quote may be missing"
    else:
        what = f"the quoting is broken: {problem}"
    return InputError(
        f"{what}; the rows from here on are not read", where=f":{line}", hint='Write a quote inside a quoted text twice: "5"" heels".'
    )


def _separator(lines: Sequence[str]) -> str:
    """The separator under which most rows have as many cells as the first, and more than one."""

    def fit(separator: str) -> tuple[int, int]:
        widths = []
        try:
            for cells in itertools.islice(csv.reader(lines, delimiter=separator), _TRIED):
                if cells:
                    widths.append(len(cells))
        except csv.Error:
            pass
        most = max(set(widths), key=widths.count, default=1)
        return (widths.count(most) if most > 1 else 0, most)

    return max(_SEPARATORS, key=fit)
