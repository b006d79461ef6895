"""A shard → its rows, streamed: each the fields of one post, or why there is none."""

from __future__ import annotations

import datetime
import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from compliance.bulk.columns import post_of, value_at
from compliance.bulk.inputs import Shard
from compliance.bulk.lines import csv_rows, decoded, fitting, lines, open_bytes, split_row
from compliance.errors import AdcheckError, InputError, NotJsonError

_BATCH = 1_000


class Row(NamedTuple):
    """One post of a dump: the file and its row (line of a text file, row of a Parquet file, from 1) with the fields, or the error."""

    source: str
    number: int
    post: dict[str, Any]
    error: AdcheckError | None = None


def rows_of(shard: Shard) -> Iterator[Row]:
    """Stream a shard.

    Raises:
        OSError, ValueError: the file itself cannot be read (pyarrow's errors are of these classes).
    """
    return {"parquet": _parquet, "csv": _csv, "jsonl": _jsonl, "html": _pages}[shard.kind](shard)


def _row(shard: Shard, number: int, values: Mapping[str, Any]) -> Row:
    try:
        return Row(shard.path, number, post_of(values))
    except AdcheckError as error:
        return Row(shard.path, number, {"id": values.get("id")}, error)


def _parquet(shard: Shard) -> Iterator[Row]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(shard.path, memory_map=True, pre_buffer=False) as file:
        number = shard.first
        inside = {column: column.partition(".")[0] for column in shard.columns.values() if column not in file.schema_arrow.names}
        fields = list(shard.columns)
        for batch in file.iter_batches(_BATCH, [shard.row_group], list(dict.fromkeys(shard.columns.values())), use_threads=False):
            table = [
                [value_at({inside[column]: cell}, column) for cell in batch.column(inside[column]).to_pylist()]
                if column in inside
                else batch.column(column).to_pylist()
                for column in shard.columns.values()
            ]
            for cells in zip(*table, strict=True):
                yield _row(shard, number, dict(zip(fields, map(_plain, cells), strict=True)))
                number += 1


def _plain(cell: Any) -> Any:
    """Dates as ISO texts, bytes as text, no number as nothing: what JSON would carry."""
    if isinstance(cell, str) or cell is None:
        return cell
    if isinstance(cell, datetime.date):
        return cell.isoformat()
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, float) and math.isnan(cell):
        return None
    return cell


def _jsonl(shard: Shard) -> Iterator[Row]:
    columns = tuple(shard.columns.items())
    with open_bytes(Path(shard.path)) as stream:
        if shard.start:
            stream.seek(shard.start)
        for raw in lines(stream, shard.start, shard.end, shard.first):
            try:
                text = decoded(raw, shard.encoding)
                if not text.strip():
                    continue
                data = _object(text)
            except AdcheckError as error:
                yield Row(shard.path, raw.line, {}, error)
                continue
            yield _row(shard, raw.line, {field: value_at(data, column) for field, column in columns})


def _object(text: str) -> dict[str, Any]:
    try:
        data = json.loads(text, parse_constant=lambda _: None)  # NaN is how many a tool writes that there is no value
    except json.JSONDecodeError as error:
        raise NotJsonError(f"not JSON: {error}", hint='Each line is one object, such as {"id": "1", "text": "…"}.') from error
    except RecursionError as error:
        raise NotJsonError("nested too deeply", hint='Each line is one object, such as {"id": "1", "text": "…"}.') from error
    except ValueError as error:
        raise NotJsonError("a number has too many digits", hint="Write it as a text.") from error
    if not isinstance(data, dict):
        raise InputError("not an object", hint="Each line is one object with a text or html.")
    return data


def _csv(shard: Shard) -> Iterator[Row]:
    places = [(field, shard.header.index(column)) for field, column in shard.columns.items()]
    width = len(shard.header)
    packed = shard.path.endswith((".gz", ".zst"))
    with open_bytes(Path(shard.path)) as stream:
        if packed:
            found = lines(stream)
            next(found)  # the header
        else:
            stream.seek(shard.start)
            found = lines(stream, shard.start, shard.end, shard.first)
        for raw in csv_rows(found, fitting(width, shard.delimiter, shard.encoding)):
            try:
                cells = split_row(raw, shard.delimiter, shard.encoding)
                if not cells:
                    continue
                if len(cells) != width:
                    raise InputError(
                        f"{len(cells)} fields where the header names {width}", hint="Put a field that holds the delimiter in quotes."
                    )
            except AdcheckError as error:
                yield Row(shard.path, raw.line, {}, error)
                continue
            yield _row(shard, raw.line, {field: cells[place] for field, place in places})


def _pages(shard: Shard) -> Iterator[Row]:
    for name in shard.pages:
        path = Path(shard.path) / name
        try:
            yield Row(path.as_posix(), 1, {"html": path.read_bytes(), "id": name})
        except OSError as error:
            yield Row(path.as_posix(), 1, {"id": name}, InputError(f"cannot be read: {error.strerror or error}"))
