"""Safe fixes, written into files: the leading label that was judged again, put where the caption begins and nowhere else.

Only captions whose place in the file is exact: text and Markdown, the text of a JSONL record, a cell of a CSV. Never HTML.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import InputError
from compliance.findings.atomic import write_whole

_SUFFIXES = frozenset([".txt", ".md", ".markdown", ".jsonl", ".ndjson", ".csv", ".tsv"])


@dataclass(frozen=True, slots=True)
class Edit:
    """A label to put into a file.

    Attributes:
        name: the file.
        insert: the label, `Reclame: `.
        text: the caption as it was read; an edit is made only where the file still has it.
        line: from 1, on which the record of a JSONL stands, else on which the caption begins.
        column: from 1, in code points, at which the caption begins; of no use for JSONL.
    """

    name: str
    insert: str
    text: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after its edits, as text with its own line ends."""

    name: str
    before: str
    after: str
    has_mark: bool

    def diff(self) -> str:
        """The change as a unified diff."""
        lines = difflib.unified_diff(_lines(self.before), _lines(self.after), f"a/{self.name}", f"b/{self.name}")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    def write(self) -> None:
        """Put the file in its place, whole or not at all.

        Raises:
            InputError: it cannot be written.
        """
        write_whole(Path(self.name), (b"\xef\xbb\xbf" if self.has_mark else b"") + self.after.encode("utf-8"))


def changes_of(edits: Iterable[Edit]) -> list[Change]:
    """What each file becomes, in the order of the edits. An edit whose place is not exactly as it was read is left out.

    Raises:
        InputError: a file cannot be read any more.
    """
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(edit.name, []).append(edit)
    changes = []
    for name, group in by_file.items():
        before, has_mark = _read(name)
        places = [(place, words) for edit in group if (found := _place(edit, before)) is not None for place, words in [found]]
        after = before
        for place, words in sorted(dict.fromkeys(places), reverse=True):
            after = after[: place.start] + words + after[place.stop :]
        if after != before:
            changes.append(Change(name, before, after, has_mark))
    return changes


def _read(name: str) -> tuple[str, bool]:
    try:
        data = Path(name).read_bytes()
        return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8"), data.startswith(b"\xef\xbb\xbf")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=name, hint="It was there a moment ago; run again.") from error
    except UnicodeDecodeError as error:
        raise InputError("is no longer UTF-8", where=name, hint="Save the file as UTF-8.") from error


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """What is replaced in the text of a file."""

    start: int
    stop: int


def _place(edit: Edit, text: str) -> tuple[_Place, str] | None:
    start = _line_start(text, edit.line)
    suffix = Path(edit.name).suffix.lower()
    if start is None or suffix not in _SUFFIXES:
        return None
    if suffix in {".jsonl", ".ndjson"}:
        return _in_record(edit, text, start)
    at = start + edit.column - 1
    if suffix in {".csv", ".tsv"}:
        return _in_cell(edit, text, at)
    first = re.split(r"[\r\n]", edit.text, maxsplit=1)[0]
    return (_Place(at, at), edit.insert) if text.startswith(first, at) else None


def _line_start(text: str, number: int) -> int | None:
    at = 0
    for _ in range(number - 1):
        at = text.find("\n", at) + 1
        if at == 0:
            return None
    return at


def _in_cell(edit: Edit, text: str, at: int) -> tuple[_Place, str] | None:
    """In a quoted cell, marks are doubled; an unquoted one takes only a label that needs no quoting."""
    if text[at : at + 1] == '"':
        at += 1
    is_quoted = text[at - 1 : at] == '"' and at > 0
    first = re.split(r"[\r\n]", edit.text, maxsplit=1)[0]
    written = first.replace('"', '""') if is_quoted else first
    if not text.startswith(written, at) or (not is_quoted and re.search('[,;\t"\r\n]', edit.insert)):
        return None
    return _Place(at, at), edit.insert.replace('"', '""')


def _in_record(edit: Edit, text: str, start: int) -> tuple[_Place, str] | None:
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    at = _value_at(line, "text")
    if at is None or json.JSONDecoder().raw_decode(line, at)[0] != edit.text:
        return None
    return _Place(start + at + 1, start + at + 1), json.dumps(edit.insert, ensure_ascii=line.isascii())[1:-1]


def _value_at(line: str, wanted: str) -> int | None:
    """Where the string that is the value of a top-level key begins (its quotation mark); of a key given twice, the last, as readers take it."""
    decoder = json.JSONDecoder()
    found = None
    try:
        at = _skip(line, 0)
        while line[at] in "{,":
            key, at = decoder.raw_decode(line, _skip(line, at + 1))
            at = _skip(line, _skip(line, at) + 1)  # behind the colon
            if key == wanted:
                found = at if line[at] == '"' else None
            at = _skip(line, decoder.raw_decode(line, at)[1])
    except (ValueError, IndexError):
        return None
    return found


def _skip(line: str, at: int) -> int:
    while line[at : at + 1] in {" ", "\t", "\r"}:
        at += 1
    return at


def _lines(text: str) -> Sequence[str]:
    """Lines as a diff counts them: ended by a line feed alone."""
    return [part for part in re.split(r"(?<=\n)", text) if part]
