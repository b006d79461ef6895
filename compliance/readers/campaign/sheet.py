"""XLSX → rows, with the numbers and letters that the spreadsheet shows. Needs `adcheck[campaign]`."""

from __future__ import annotations

import datetime
import io
import itertools
import zipfile
from collections.abc import Iterator
from typing import Any

from compliance.errors import InputError, TooBigError
from compliance.readers.campaign.rows import IsHeader, Place, Row, named

_HEAD = 10
_MOST_UNPACKED = 500_000_000


def read_sheets(data: bytes, is_header: IsHeader) -> Iterator[Row]:
    """The rows of every sheet with a heading that names a caption column; of the first sheet where none has.

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
            if sum(part.file_size for part in archive.infolist()) > _MOST_UNPACKED:
                raise TooBigError("the workbook is larger than 500 MB when unpacked", hint="Split it, or save the sheet as CSV.")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    except TooBigError:
        raise
    except Exception as error:  # openpyxl and zipfile raise many kinds for what is cut off or no workbook
        raise InputError(f"not a workbook that can be read: {error}", hint="Save it again as .xlsx, or as CSV.") from error
    try:
        found = [(sheet.title, *_heading(sheet, is_header)) for sheet in book.worksheets]
        headed = [(title, at) for title, at, sure in found if sure] or [(title, at) for title, at, _ in found[:1]]
        for title, at in headed:
            yield from _rows(book[title], title, at)
    finally:
        book.close()


def _heading(sheet: Any, is_header: IsHeader) -> tuple[int, bool]:
    for index, cells in enumerate(itertools.islice(sheet.iter_rows(values_only=True), _HEAD)):
        if is_header(named([_text(cell) for cell in cells])):
            return index, True
    return 0, False


def _rows(sheet: Any, title: str, at: int) -> Iterator[Row]:
    names: tuple[str, ...] = ()
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        texts = [_text(cell) for cell in cells]
        if number == at + 1:
            names = named(texts)
        elif names and any(text.strip() for text in texts):
            values = {name: text for name, text in zip(names, texts, strict=False) if text}
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
