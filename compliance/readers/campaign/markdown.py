"""Markdown with front matter (YAML between `---`, TOML between `+++`, or a JSON object) → one row: its fields, and the body as `text`."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from compliance.errors import InputError
from compliance.readers.campaign.objects import in_block, read_json
from compliance.readers.campaign.rows import Place, Row
from compliance.tomlfile import key_lines

BODY = "body"
"""What the text under the front matter is called among the fields."""
SUPPRESSIONS = "adcheck-ignore"
"""The field of findings set aside: no field of the post."""
_FRONT = re.compile(
    r"\A(?:---[ \t]*\r?\n(?P<yaml>.*?)^(?:---|\.\.\.)|\+\+\+[ \t]*\r?\n(?P<toml>.*?)^\+\+\+)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_UNCLOSED = re.compile(r"\A(---|\+\+\+)[ \t]*\r?\n[\w-]+[ \t]*[:=]")
_OBJECT = re.compile(r"\A\{\s*[\"}]")


def read_markdown(text: str) -> Iterator[Row]:
    """The row of a text with front matter.

    Raises:
        InputError: front matter that is not valid, not closed, or not fields; `where` is `:line`.
    """
    values: Mapping[str, Any]
    places: dict[str, Place]
    if (match := _FRONT.match(text)) is not None:
        end = match.end()
        values, places = _yaml(match["yaml"]) if match["toml"] is None else _toml(match["toml"])
    elif _OBJECT.match(text) is not None and (end := _json_end(text)):
        [row] = read_json(text[:end], lambda _: True)
        values, places = row.values, dict(row.places)
    elif (opened := _UNCLOSED.match(text)) is not None:
        raise InputError(
            "the front matter is opened and never closed", where=":1", hint=f"End it with a line {opened[1]} above the text of the post."
        )
    else:
        values, places, end = {}, {}, 0
    values = {key: value for key, value in values.items() if key != SUPPRESSIONS}
    rest = text[end:]
    body = rest.lstrip("\r\n")
    line = text.count("\n", 0, end) + rest[: len(rest) - len(body)].count("\n") + 1
    if body.strip():
        values = {**values, BODY: body.rstrip()}
        places[BODY] = Place(line, 1, True)
    yield Row(values, 1, places=places)


def _yaml(source: str) -> tuple[Mapping[str, Any], dict[str, Place]]:
    from compliance.yamlfile import load_placed

    try:
        documents = load_placed(source)
    except InputError as error:
        error.where = f":{int(error.where[1:]) + 1}"
        raise
    data, marks = documents[0] if documents else ({}, {})
    if data is None:
        data = {}
    if not isinstance(data, dict):
        raise InputError("the front matter holds no fields", where=":2", hint="Write it as `platform: instagram`, a field a line.")
    values = {str(key): value for key, value in data.items()}
    places = {}
    for key, value in values.items():
        offset, line, column = marks.get((key,), (0, 1, 1))
        block = in_block(source, offset, value, line + 1) if isinstance(value, str) else None
        places[key] = block or Place(line + 1, column, isinstance(value, str) and source.startswith(value, offset))
    return values, places


def _toml(source: str) -> tuple[Mapping[str, Any], dict[str, Place]]:
    try:
        values = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise InputError(
            f"the front matter is not valid TOML: {error}", where=f":{int(line[1]) + 1 if line else 2}", hint="Mend the line."
        ) from error
    return values, {key: Place(line + 1) for key, line in key_lines(source).items()}


def _json_end(text: str) -> int:
    """Where the object ends that a text begins with, alone on its lines; 0 where there is none.

    Raises:
        InputError: it is opened on a line of its own and is not valid.
    """
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError) as error:
        if not text[1:].lstrip(" \t").startswith(("\n", "\r")):
            return 0
        line = getattr(error, "lineno", 1)
        raise InputError(f"the front matter is not valid JSON: {error}", where=f":{line}", hint="Mend the line.") from error
    return end if re.match(r"[ \t]*(?:\r?\n|\Z)", text[end:]) is not None else 0
