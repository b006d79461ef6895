"""XLSX → rows, with the numbers and letters that the spreadsheet shows. Needs `adcheck[campaign]`."""

from __future__ import annotations

import datetime
import io
import itertools
import zipfile
from collections.abc import Iterator
from typing import Any

from compliance.errors import InputError, TooBigError
from compliance.readers.campaign.rows import HEAD, Fit, Place, Row, named

_MOST_UNPACKED = 500_000_000
_MOST_WHOLE = 20_000_000
"""Only a workbook that can be held whole tells which of its cells are merged."""


def read_sheets(data: bytes, fit: Fit) -> Iterator[Row]:
    """The rows of every sheet with a heading that names a caption column; of the first sheet where none has.

    A cell that is merged down a column counts in each of its rows that says something of its own.

    Raises:
        InputError: no workbook, or openpyxl is not installed.
        TooBigError: over 500 MB when unpacked.
    """
    try:
        import openpyxl
    except ImportError as error:
        raise InputError("spreadsheets need openpyxl", hint="Install adcheck[campaign], or save the sheet as CSV.") from error
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(part.file_size for part in archive.infolist())
            if size > _MOST_UNPACKED:
                raise TooBigError("the workbook is larger than 500 MB when unpacked", hint="Split it, or save the sheet as CSV.")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=size > _MOST_WHOLE, data_only=True)
    except TooBigError:
        raise
    except Exception as error:  # openpyxl and zipfile raise many kinds for what is cut off or no workbook
        raise InputError(f"not a workbook that can be read: {error}", hint="Save it again as .xlsx, or as CSV.") from error
    try:
        found = [(sheet.title, *_heading(sheet, fit)) for sheet in book.worksheets]
        headed = [(title, at) for title, at, sure in found if sure] or [(title, at) for title, at, _ in found[:1]]
        for title, at in headed:
            yield from _rows(book[title], title, at)
    finally:
        book.close()


def _heading(sheet: Any, fit: Fit) -> tuple[int, bool]:
    head = [[_text(cell) for cell in cells] for cells in itertools.islice(sheet.iter_rows(values_only=True), HEAD)]
    fits = [fit(named(cells)) for cells in head]
    first = next((index for index, cells in enumerate(head) if any(cells)), 0)
    return (fits.index(max(fits)), True) if any(fits) else (first, False)


def _rows(sheet: Any, title: str, at: int) -> Iterator[Row]:
    names: tuple[str, ...] = ()
    merged = getattr(sheet, "merged_cells", None)
    ends = {(area.min_row, area.min_col): area.max_row for area in (merged.ranges if merged is not None else ()) if area.min_row > at + 1}
    above: dict[int, tuple[str, int]] = {}
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        texts = [_text(cell) for cell in cells]
        if number == at + 1:
            names = named(texts)
        elif names and any(text.strip() for text in texts):
            for column, text in enumerate(texts, 1):
                if (number, column) in ends:
                    above[column] = (text, ends[number, column])
            values = {
                name: text or (above[column][0] if column in above and number <= above[column][1] else "")
                for column, (name, text) in enumerate(zip(names, texts, strict=False), 1)
            }
            places = {name: Place(number, column) for column, name in enumerate(names, 1)}
            yield Row(values, number, number, title, places)


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime.datetime):
        return cell.date().isoformat()
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).replace("_x000D_", "").replace("\r\n", "\n")
