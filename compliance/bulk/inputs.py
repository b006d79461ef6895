"""Files and folders → shards. A shard is what one worker reads, judges and writes by itself: a Parquet row group, a stretch of lines of a
CSV or JSONL file, a packed file, a bundle of pages."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from compliance.bulk.columns import LIST, OBJECT, PLAIN, map_columns
from compliance.bulk.lines import Raw, csv_rows, decoded, fitting, lines, open_bytes, split_row
from compliance.errors import AdcheckError, InputError
from compliance.intake import ColumnRules

LINES_PER_SHARD = 10_000
PAGES_PER_SHARD = 100
_KINDS = {".parquet": "parquet", ".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".html": "html", ".htm": "html"}
_KINDS[".xhtml"] = "html"
_PACKED = {".gz", ".zst"}
_LOOKED_AT = 100
"""So many first lines of a JSONL file are read for the names of its keys."""

Mapped = Callable[..., dict[str, str]]
"""`map_columns` with what holds for all files: what the user chose, and the rules."""

_DEEPEST = 4
"""So deep inside objects a key is found."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One unit of work.

    Attributes:
        index: its number in the scan, from 0.
        kind: parquet, csv, jsonl or html.
        path: the file; for pages the folder.
        columns: field → column.
        row_group: of a Parquet file.
        start, end: byte offsets; `end` None means to the end of the file.
        first: the number of its first row or line, from 1.
        header: the column names of a CSV file, in order.
        pages: file names below the folder.
        sha256: of the whole input.
        name: what its parts are called.
    """

    index: int
    kind: str
    path: str
    columns: Mapping[str, str] = field(default_factory=dict)
    row_group: int = 0
    start: int = 0
    end: int | None = None
    first: int = 1
    rows: int | None = None
    header: tuple[str, ...] = ()
    delimiter: str = ","
    encoding: str = "utf-8"
    pages: tuple[str, ...] = ()
    sha256: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One input as the manifest lists it: path, kind, bytes, SHA-256, how its columns were understood, and the error where it has one."""

    path: str
    kind: str
    bytes: int
    sha256: str
    shards: int
    columns: Mapping[str, str]
    error: AdcheckError | None = None


def find_shards(
    paths: Iterable[str], chosen: Mapping[str, Sequence[str]], rules: ColumnRules, encoding: str = "utf-8", out: str | None = None
) -> tuple[list[Shard], list[Source]]:
    """All shards of the named files and folders, in a fixed order; the folder `out` is passed over. `rules` say what columns
    are called. A file that cannot be read is listed with its error, and the others are still cut.

    Raises:
        InputError: a name at which there is nothing, or nothing that could be read at all.
    """
    shards: list[Shard] = []
    sources: list[Source] = []
    for path, kind, pages in _files(paths, None if out is None else Path(out).resolve()):
        made: list[Shard] = []
        digest, size = "", 0
        error: AdcheckError | None = None
        try:
            digest, size = _digest(path, pages)
            made = list(_cut(path, kind, pages, partial(map_columns, chosen=chosen, rules=rules), encoding, len(shards)))
        except AdcheckError as found:
            error = found
        except (OSError, EOFError, ValueError) as found:  # pyarrow's errors are ValueErrors and OSErrors
            error = _unreadable(path, kind, found)
        sources.append(Source(path.as_posix(), kind, size, digest, len(made), made[0].columns if made else {}, error))
        shards += [replace(shard, sha256=digest) for shard in made] if error is None else []
    if not sources:
        raise InputError("there is nothing to scan", hint="Name Parquet, CSV, JSONL or HTML files, or folders that hold such.")
    return shards, sources


def _unreadable(path: Path, kind: str, error: Exception) -> InputError:
    what = {"parquet": "not a whole Parquet file", "csv": "cannot be read", "jsonl": "cannot be read", "html": "cannot be read"}[kind]
    reason = str(error).split("\n")[0][:160]
    hint = "It may have been cut off while it was copied; fetch it again." if kind == "parquet" or path.suffix in _PACKED else ""
    return InputError(f"{what}: {reason}", where=path.as_posix(), hint=hint)


def _kind(path: Path) -> str | None:
    suffix = path.suffix.lower()
    if suffix in _PACKED:
        inner = _KINDS.get(Path(path.stem).suffix.lower())
        return inner if inner in {"csv", "jsonl"} else None
    return _KINDS.get(suffix)


def _files(paths: Iterable[str], out: Path | None) -> Iterator[tuple[Path, str, tuple[str, ...]]]:
    """(file, kind, ()) for each file, (folder, "html", its pages) for the pages of a folder, in order of name. A file is taken
    once, however often and under whatever name it is given."""
    seen: set[Path] = set()

    def is_new(file: Path) -> bool:
        known = file.resolve() in seen
        seen.add(file.resolve())
        return not known

    for name in paths:
        path = Path(name)
        if path.is_dir():
            inside = sorted(
                item
                for item in path.rglob("*")
                if item.is_file() and not _passed_over(item.relative_to(path)) and not (out and out in item.resolve().parents)
            )
            pages = tuple(item.relative_to(path).as_posix() for item in inside if _kind(item) == "html" and is_new(item))
            if pages:
                yield path, "html", pages
            for item in inside:
                kind = _kind(item)
                if kind is not None and kind != "html" and is_new(item):
                    yield item, kind, ()
            continue
        if not path.exists():
            raise InputError("there is no such file or folder", where=name, hint="Name a file that exists.")
        kind = _kind(path)
        if kind is None:
            raise InputError(
                "not a kind of file that scan reads",
                where=name,
                hint="Known: " + " ".join(_KINDS) + ", and .csv and .jsonl packed as .gz or .zst.",
            )
        if is_new(path):
            yield (path.parent, kind, (path.name,)) if kind == "html" else (path, kind, ())


def _passed_over(name: Path) -> bool:
    """Hidden files and folders, and what a browser keeps beside a page that it saves."""
    return any(part.startswith(".") for part in name.parts) or any(part.endswith("_files") for part in name.parts[:-1])


def _digest(path: Path, pages: tuple[str, ...]) -> tuple[str, int]:
    if not pages:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest(), path.stat().st_size
    total = hashlib.sha256()
    size = 0
    for page in pages:
        data = (path / page).read_bytes()
        size += len(data)
        total.update(page.encode() + b"\0" + hashlib.sha256(data).digest())
    return total.hexdigest(), size


def _cut(path: Path, kind: str, pages: tuple[str, ...], understood: Mapped, encoding: str, index: int) -> Iterator[Shard]:
    shown = path.as_posix()
    if kind == "html":
        for at in range(0, len(pages), PAGES_PER_SHARD):
            bundle = pages[at : at + PAGES_PER_SHARD]
            yield Shard(index + at // PAGES_PER_SHARD, kind, shown, rows=len(bundle), pages=bundle)
    elif kind == "parquet":
        yield from _row_groups(path, understood, index)
    elif kind == "csv":
        yield from _csv_stretches(path, understood, encoding, index)
    else:
        with open_bytes(path) as stream:
            found = list(islice(lines(stream), _LOOKED_AT))
        if not found:
            raise InputError("the file is empty", where=shown, hint="Each line is one object with a text or html.")
        _not_utf16(found[0], shown)
        kinds = _keys(found, encoding)
        columns = understood(kinds, where=shown)
        with open_bytes(path) as stream:
            for start, end, first, rows in _stretches(lines(stream), path.suffix in _PACKED):
                yield Shard(index, kind, shown, columns, start=start, end=end, first=first, rows=rows, encoding=encoding)
                index += 1


def _not_utf16(head: Raw, where: str) -> None:
    if head.data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head.data[:4]:
        raise InputError("the file is UTF-16", where=where, hint="Save it as UTF-8.")


def _row_groups(path: Path, understood: Mapped, index: int) -> Iterator[Shard]:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        twice = {name for name in names if names.count(name) > 1}
        columns = understood(_fields(file.schema_arrow), where=path.as_posix(), twice=twice)
        first = 1
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            yield Shard(index + group, "parquet", path.as_posix(), columns, row_group=group, first=first, rows=rows)
            first += rows


def _fields(fields: Iterable[Any], prefix: str = "") -> dict[str, str]:
    """The columns of an Arrow schema or struct, those inside structs with dots, and what their cells are."""
    import pyarrow.types as types

    found = {}
    for item in fields:
        name = prefix + item.name
        if types.is_struct(item.type):
            found.update({name: OBJECT, **_fields(item.type, name + ".")})
        else:
            found[name] = LIST if types.is_nested(item.type) else PLAIN
    return found


def _csv_stretches(path: Path, understood: Mapped, encoding: str, index: int) -> Iterator[Shard]:
    shown = path.as_posix()
    with open_bytes(path) as stream:
        found = lines(stream)
        head = next(found, None)
        if head is None:
            raise InputError("the file is empty", where=shown, hint="The first line names the columns.")
        _not_utf16(head, shown)
        try:
            text = decoded(head, encoding)
            delimiter = (
                "\t" if path.name.lower().removesuffix(".gz").removesuffix(".zst").endswith(".tsv") else max(",;\t|", key=text.count)
            )
            header = tuple(split_row(head, delimiter, encoding))
        except AdcheckError as error:
            error.where = f"{shown}:1"
            raise
        rows = csv_rows(found, fitting(len(header), delimiter, encoding))
        columns = understood(dict.fromkeys(header, PLAIN), where=shown, twice={name for name in header if header.count(name) > 1})
        for start, end, first, count in _stretches(rows, path.suffix in _PACKED):
            yield Shard(
                index,
                "csv",
                shown,
                columns,
                start=start,
                end=end,
                first=first,
                rows=count,
                header=header,
                delimiter=delimiter,
                encoding=encoding,
            )
            index += 1


def _keys(found: Iterable[Raw], encoding: str) -> dict[str, str]:
    """The keys in the first lines of a JSONL file, those inside objects with dots, and what their values are."""
    kinds: dict[str, str] = {}
    for raw in found:
        try:
            data = json.loads(decoded(raw, encoding))
        except (AdcheckError, ValueError, RecursionError):
            continue
        if isinstance(data, dict):
            _kinds_of(data, "", kinds)
    return {name: kind or PLAIN for name, kind in kinds.items()}


def _kinds_of(data: Mapping[str, Any], prefix: str, kinds: dict[str, str]) -> None:
    for key, value in data.items():
        name = prefix + key
        kind = "" if value is None else OBJECT if isinstance(value, dict) else LIST if isinstance(value, list) else PLAIN
        if not kinds.get(name) or kind == PLAIN:  # one odd line does not decide what a column is
            kinds[name] = kind
        if isinstance(value, dict) and name.count(".") < _DEEPEST:
            _kinds_of(value, name + ".", kinds)


def _stretches(found: Iterable[Raw], whole: bool) -> Iterator[tuple[int, int | None, int, int]]:
    """(start, end, first line, rows) of each stretch; a packed file, in which nobody can jump, is one."""
    start, first, count = 0, 1, 0
    for raw in found:
        if count == 0:
            start, first = raw.start, raw.line
        elif count >= LINES_PER_SHARD and not whole:
            yield start, raw.start, first, count
            start, first, count = raw.start, raw.line, 0
        count += 1
    if count:
        yield start, None, first, count


def as_json(value: Any) -> Any:
    """A Shard or Source as the manifest holds it."""
    data = {name: getattr(value, name) for name in value.__dataclass_fields__}
    return {
        key: dict(item) if isinstance(item, Mapping) else str(item) if isinstance(item, AdcheckError) else item
        for key, item in data.items()
    }
