"""Safe fixes, written into files: the leading label that was judged again, put where the caption begins and nowhere else.

Only captions whose place in the file is exact: text and Markdown, front matter, a cell of a CSV, a string of JSON, JSONL or YAML. All other
bytes stay, whatever the encoding, the line ends and the quoting. Never HTML, workbooks or Parquet.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import InputError
from compliance.findings.atomic import write_whole
from compliance.findings.written import (
    Replacement,
    changes_only,
    in_cell,
    in_json,
    in_json_line,
    in_markdown,
    in_text,
    in_yaml,
)

_WRITERS: dict[str, Callable[[str, int, str, str], Replacement | None]] = {
    ".txt": in_text,
    **dict.fromkeys([".md", ".markdown"], in_markdown),
    **dict.fromkeys([".jsonl", ".ndjson"], in_json_line),
    **dict.fromkeys([".csv", ".tsv", ".tab"], in_cell),
    ".json": in_json,
    **dict.fromkeys([".yaml", ".yml"], in_yaml),
}
_RECORDS = frozenset([".jsonl", ".ndjson"])
_CHECKED = frozenset([".md", ".markdown", ".yaml", ".yml"])
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_CODECS = ("utf-8", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "iso8859-15", "gb18030", "shift_jis", "euc_kr", "big5")
"""What a file without a mark may be written in. Which it is shows in that the captions stand where they were read."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A label to put into a file.

    Attributes:
        name: the file.
        insert: the label, `Reclame: `.
        text: the caption as it was read; an edit is made only where the file still has it.
        line: from 1, on which the record of a JSONL stands, else on which the caption begins; 0 where that is not known.
        column: from 1, in code points, at which the caption begins; of no use for JSONL.
    """

    name: str
    insert: str
    text: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Written:
    """What an edit becomes in its file: `words` instead of a stretch that begins at `line` and `column` (from 1, in code points) and is
    `length` code points long, all on that line."""

    edit: Edit
    line: int
    column: int
    length: int
    words: str


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after its edits, as text with its own line ends; `content` is what it holds afterwards, `original` what it held."""

    name: str
    before: str
    after: str
    content: bytes
    replacements: tuple[Written, ...] = ()
    original: bytes | None = None

    def diff(self) -> str:
        """The change as a unified diff."""
        tab = "\t" if " " in self.name else ""  # ends a name that holds a blank, as git and patch have it
        lines = difflib.unified_diff(_lines(self.before), _lines(self.after), f"a/{self.name}{tab}", f"b/{self.name}{tab}")
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    def write(self) -> None:
        """Put the file in its place, whole or not at all.

        Raises:
            InputError: it cannot be written, or is no longer as it was when the change was made up.
        """
        try:
            is_same = self.original is None or Path(self.name).read_bytes() == self.original
        except OSError:
            is_same = False
        if not is_same:
            raise InputError("was changed meanwhile; nothing is written", where=self.name, hint="Run again.")
        write_whole(Path(self.name), self.content)


def changes_of(edits: Iterable[Edit], left_out: list[Edit] | None = None) -> list[Change]:
    """What each file becomes, in the order of the edits. An edit whose place is not exactly as it was read, or whose label cannot be
    written there, is left out and goes into `left_out`.

    Raises:
        InputError: a file cannot be read any more.
    """
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(edit.name, []).append(edit)
    changes = []
    for name, group in by_file.items():
        change, missed = _change(name, group)
        if change is not None:
            changes.append(change)
        if left_out is not None:
            left_out.extend(missed)
    return changes


def _change(name: str, edits: Sequence[Edit]) -> tuple[Change | None, Sequence[Edit]]:
    if Path(name).suffix.lower() not in _WRITERS:
        return None, edits
    try:
        data = Path(name).read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=name, hint="It was there a moment ago; run again.") from error
    best: tuple[int, str, str, bytes, list[Replacement | None]] | None = None
    for text, codec, mark in _readings(data):
        places = [_place(edit, text) for edit in edits]
        found = len(edits) - places.count(None)
        if best is None or found > best[0]:
            best = (found, text, codec, mark, places)
        if found == len(edits):
            break
    if best is None:
        return None, edits
    _, before, codec, mark, places = best
    after = before
    at_each: dict[int, Replacement] = {}  # of two labels for one caption, as for two platforms, the first; the other is found next time
    for place in places:
        if place is not None:
            at_each.setdefault(place.start, place)
    for place in sorted(at_each.values(), reverse=True):
        after = after[: place.start] + place.words + after[place.stop :]
    if after == before:
        return None, edits
    captions = {(edit.text.strip(), (edit.insert + edit.text).strip()) for edit in edits}
    if Path(name).suffix.lower() in _CHECKED and not _is_safe(name, before, after, captions):
        return None, edits
    try:
        content = mark + after.encode(codec)
    except UnicodeEncodeError:  # the encoding lacks a letter of the label
        return None, edits
    placed = [(edit, place) for edit, place in zip(edits, places, strict=True) if place is not None]
    written = tuple(_written(edit, place, before) for edit, place in placed if at_each[place.start] == place)
    return Change(name, before, after, content, written, data), [edit for edit, place in zip(edits, places, strict=True) if place is None]


def _written(edit: Edit, place: Replacement, text: str) -> Written:
    begin = text.rfind("\n", 0, place.start) + 1
    return Written(edit, text.count("\n", 0, begin) + 1, place.start - begin + 1, place.stop - place.start, place.words)


def _is_safe(name: str, before: str, after: str, captions: Set[tuple[str, str]]) -> bool:
    if Path(name).suffix.lower() in {".md", ".markdown"} and not before.startswith("---"):
        return True
    return changes_only(before, after, captions)


def _readings(data: bytes) -> Iterator[tuple[str, str, bytes]]:
    """The texts that a file's bytes can be, each with its encoding and mark, and each giving the same bytes again."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            tried = [(codec, mark)]
            break
    else:
        tried = [(codec, b"") for codec in _CODECS]
    for codec, mark in tried:
        try:
            text = data[len(mark) :].decode(codec)
            if text.encode(codec) == data[len(mark) :]:
                yield text, codec, mark
        except UnicodeError:
            continue
        if codec == "utf-8":
            return


def _place(edit: Edit, text: str) -> Replacement | None:
    start = _line_start(text, edit.line) if edit.line else None
    if start is None:
        return None
    suffix = Path(edit.name).suffix.lower()
    return _WRITERS[suffix](text, start if suffix in _RECORDS else start + edit.column - 1, edit.text, edit.insert)


def _line_start(text: str, number: int) -> int | None:
    at = 0
    for _ in range(number - 1):
        at = text.find("\n", at) + 1
        if at == 0:
            return None
    return at


def _lines(text: str) -> Sequence[str]:
    """Lines as a diff counts them: ended by a line feed alone."""
    return [part for part in re.split(r"(?<=\n)", text) if part]
