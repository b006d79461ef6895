"""Long text files as records: lines and CSV rows of bounded length, and the places where such a file can be cut into shards."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple, cast

from compliance.errors import InputError, TooBigError

MOST_BYTES = 10_000_000
"""So long a line or CSV row may be, in bytes; a longer one is passed over in pieces and never held."""

_MOST_LINES_IN_ROW = 2_000


class Raw(NamedTuple):
    """A line or CSV row: its first line (from 1) and byte offset, and its bytes or why it has none."""

    line: int
    start: int
    data: bytes
    error: InputError | None = None


def open_bytes(path: Path) -> IO[bytes]:
    """A file as bytes, unpacked where its name ends in .gz or .zst."""
    import pyarrow as pa

    if path.suffix.lower() in {".gz", ".zst"}:
        return cast("IO[bytes]", pa.input_stream(str(path), compression="gzip" if path.suffix.lower() == ".gz" else "zstd"))
    return path.open("rb")


def lines(stream: IO[bytes], start: int = 0, end: int | None = None, number: int = 1) -> Iterator[Raw]:
    """The lines of `stream`, which stands at byte `start`, up to byte `end`; `number` is the first one's."""
    rest, skipped = b"", 0
    while chunk := stream.read(1 << 20):
        pieces = (rest + chunk).split(b"\n")
        rest = pieces.pop()
        for piece in pieces:
            too_long = skipped or len(piece) > MOST_BYTES
            yield Raw(number, start, b"", _too_long()) if too_long else Raw(number, start, piece)
            start += skipped + len(piece) + 1
            number += 1
            skipped = 0
            if end is not None and start >= end:
                return
        if len(rest) > MOST_BYTES:
            skipped += len(rest)
            rest = b""
    if skipped:
        yield Raw(number, start, b"", _too_long())
    elif rest:
        yield Raw(number, start, rest)


def _too_long() -> InputError:
    return TooBigError(f"longer than {MOST_BYTES // 1_000_000} MB", hint="One post a line; a page goes into a file of its own.")


def csv_rows(found: Iterable[Raw], fits: Callable[[Raw], bool]) -> Iterator[Raw]:
    """Lines put together into CSV rows: a line break inside quotes belongs to the row. `fits` says whether a row of several lines is one.

    A quote that is never closed costs only the line on which it stands: that is given up, and reading goes on behind it.
    """
    source = iter(found)
    waiting: deque[Raw] = deque()

    def following() -> Raw | None:
        return waiting.popleft() if waiting else next(source, None)

    while (first := following()) is not None:
        if first.error is not None or first.data.count(b'"') % 2 == 0:
            yield first
            continue
        held, size, row = [first], len(first.data), None
        while size <= MOST_BYTES and len(held) < _MOST_LINES_IN_ROW and (line := following()) is not None:
            held.append(line)
            size += len(line.data)
            if line.error is not None:
                break
            if line.data.count(b'"') % 2:
                row = Raw(first.line, first.start, b"\n".join(item.data for item in held))
                break
        if row is not None and fits(row):
            yield row
            continue
        unclosed = InputError("a quote is opened and never closed", hint='Write a quote inside a field as "".')
        yield Raw(first.line, first.start, b"", unclosed)
        waiting.extendleft(reversed(held[1:]))


def split_row(raw: Raw, delimiter: str, encoding: str) -> list[str]:
    """The fields of a CSV row.

    Raises:
        InputError: other bytes than the encoding has, or quotes that do not fit.
    """
    text = decoded(raw, encoding)
    try:
        csv.field_size_limit(MOST_BYTES)
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        if "\r" in text:
            raise InputError("a line ends with CR alone", hint="Save the file with LF or CRLF at the end of each line.") from error
        raise InputError(f"broken quoting: {error}", hint='Write a quote inside a field as "".') from error


def decoded(raw: Raw, encoding: str) -> str:
    """The text of a line.

    Raises:
        InputError: not in that encoding, or the error that the line carries.
    """
    if raw.error is not None:
        raise raw.error
    try:
        return raw.data.decode("utf-8-sig" if encoding == "utf-8" and raw.line == 1 else encoding).removesuffix("\r")
    except UnicodeDecodeError as error:
        raise InputError(
            f"not valid {encoding} at byte {error.start}", hint="Save the file as UTF-8, or name its encoding: --encoding cp1252."
        ) from error


def fitting(width: int, delimiter: str, encoding: str) -> Callable[[Raw], bool]:
    """Whether a row has as many fields as the header."""

    def fits(raw: Raw) -> bool:
        try:
            return len(split_row(raw, delimiter, encoding)) == width
        except InputError:
            return False

    return fits
