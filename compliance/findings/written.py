"""How a caption is written in its file: in a cell, a JSON string, a YAML scalar, a text; and where a label goes that is put before it.

Every format is asked for what the label looks like inside it, and only where the caption stands as it was read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Set
from typing import Any, NamedTuple

from compliance.errors import InputError

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_INDENT = re.compile(r"(?:[ ]*\r?\n)*[ ]+(?=\S)")
_BLOCK = re.compile(r"(?:^|[:\s-])[|>][+-]?\d?[+-]?[ \t]*(?:#[^\n]*)?\r?\n\Z")
"""The header of a YAML block, at the end of a text."""
_LINE_END = re.compile(r"[\r\n]")


class Replacement(NamedTuple):
    """What is written instead of `text[start:stop]`."""

    start: int
    stop: int
    words: str


def in_text(text: str, at: int, caption: str, label: str) -> Replacement | None:
    """In plain text: the label before the caption."""
    return Replacement(at, at, label) if text.startswith(_first_line(caption), at) else None


def in_markdown(text: str, at: int, caption: str, label: str) -> Replacement | None:
    """In the text under the front matter, or in a field of YAML or JSON front matter."""
    front = _FRONT.match(text)
    if text.startswith("{") and text[at - 1 : at] == '"':
        return in_json(text, at, caption, label)
    if front is None or at >= front.end(1):
        return in_text(text, at, caption, label)
    return in_yaml(text, at, caption, label)


def in_cell(text: str, at: int, caption: str, label: str) -> Replacement | None:
    """In a CSV: in a quoted cell, marks are doubled; an unquoted one takes only a label that needs no quoting."""
    is_quoted = text[at - 1 : at] == '"' and at > 0
    if not is_quoted and text[at : at + 1] == '"':
        at, is_quoted = at + 1, True
    first = _first_line(caption)
    written = first.replace('"', '""') if is_quoted else first
    if not text.startswith(written, at) or (not is_quoted and re.search('[,;|\t"\r\n]', label)):
        return None
    return Replacement(at, at, label.replace('"', '""'))


def in_json(text: str, at: int, caption: str, label: str) -> Replacement | None:
    """In a JSON string that begins (behind its quotation mark) at `at`."""
    if text[at - 1 : at] != '"':
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text, at - 1)
    except ValueError:
        return None
    return Replacement(at, at, _escaped(label, text[at:end].isascii())) if value == caption else None


def in_json_line(text: str, start: int, caption: str, label: str) -> Replacement | None:
    """In the value of `text` of the JSONL record on the line that begins at `start`."""
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    at = _value_at(line, "text")
    if at is None or json.JSONDecoder().raw_decode(line, at)[0] != caption:
        return None
    return Replacement(start + at + 1, start + at + 1, _escaped(label, line.isascii()))


def in_yaml(text: str, at: int, caption: str, label: str) -> Replacement | None:
    """In a YAML scalar: quoted, a block, or plain, which is put in quotes since a label's colon would make it a mapping."""
    line_start = text.rfind("\n", 0, at) + 1
    if at > line_start and text[line_start:at].isspace() and _BLOCK.search(text[max(line_start - 200, 0) : line_start]):
        return _in_block(text, line_start, caption, label)
    opening = text[at - 1 : at] if at else ""
    if opening not in {'"', "'"} and text[at : at + 1] in {'"', "'"}:
        opening, at = text[at], at + 1
    if opening == '"':
        return Replacement(at, at, _escaped(label, False))
    if opening == "'":
        return Replacement(at, at, label.replace("'", "''"))
    if not _LINE_END.search(caption) and text.startswith(caption, at):
        return Replacement(at, at + len(caption), json.dumps(label + caption, ensure_ascii=False))
    if text[at : at + 1] in {"|", ">"}:
        at = text.find("\n", at) + 1
    return _in_block(text, at, caption, label)


def _in_block(text: str, at: int, caption: str, label: str) -> Replacement | None:
    """In a block whose first line begins at `at`."""
    block = _INDENT.match(text, at)  # of a plain scalar of several lines nothing is changed
    if block is None:
        return None
    line = _LINE_END.split(text[block.end() :], maxsplit=1)[0].rstrip()
    return Replacement(block.end(), block.end(), label) if line and caption.startswith(line) else None


def changes_only(before: str, after: str, captions: Set[tuple[str, str]]) -> bool:
    """Whether two YAML texts (or the front matters of two Markdown texts) differ in nothing but that captions (before, after) have become others."""
    from compliance.yamlfile import load_placed

    fronts = _FRONT.match(before), _FRONT.match(after)
    if fronts[0] is not None and fronts[1] is not None:
        before, after = fronts[0][1], fronts[1][1]
    try:
        return _same([data for data, _ in load_placed(before)], [data for data, _ in load_placed(after)], captions)
    except InputError:
        return False


def _same(old: Any, new: Any, captions: Set[tuple[str, str]]) -> bool:
    if isinstance(old, dict) and isinstance(new, dict):
        return list(old) == list(new) and all(_same(old[key], new[key], captions) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(_same(first, second, captions) for first, second in zip(old, new, strict=True))
    # A reader may leave off blanks at the ends of a caption.
    return bool(old == new) or (isinstance(old, str) and isinstance(new, str) and (old.strip(), new.strip()) in captions)


def _first_line(caption: str) -> str:
    return _LINE_END.split(caption, maxsplit=1)[0]


def _escaped(label: str, as_ascii: bool) -> str:
    return json.dumps(label, ensure_ascii=as_ascii)[1:-1]


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
