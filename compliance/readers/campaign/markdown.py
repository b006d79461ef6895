"""Markdown with front matter (YAML between `---`, TOML between `+++`) → one row: its fields, and the body as `text`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from compliance.errors import InputError
from compliance.readers.campaign.rows import Place, Row

BODY = "body"
"""What the text under the front matter is called among the fields."""
SUPPRESSIONS = "adcheck-ignore"
"""The field of findings set aside: no field of the post."""
_FRONT = re.compile(r"\A(---|\+\+\+)[ \t]*\r?\n(.*?)^\1[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)


def has_front_matter(text: str) -> bool:
    """Whether a text begins with front matter."""
    return _FRONT.match(text) is not None


def read_markdown(text: str) -> Iterator[Row]:
    """The row of a text with front matter.

    Raises:
        InputError: front matter that is not valid, or not fields; `where` is `:line`.
    """
    match = _FRONT.match(text)
    if match is None:
        yield Row({BODY: text.rstrip("\n")}, places={BODY: Place(1, 1, True)})
        return
    values, places = _toml(match[2]) if match[1] == "+++" else _yaml(match[2])
    values = {key: value for key, value in values.items() if key != SUPPRESSIONS}
    rest = text[match.end() :]
    body = rest.lstrip("\r\n")
    line = text.count("\n", 0, match.end()) + rest[: len(rest) - len(body)].count("\n") + 1
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
        places[key] = Place(line + 1, column, isinstance(value, str) and source.startswith(value, offset))
    return values, places


def _toml(source: str) -> tuple[Mapping[str, Any], dict[str, Place]]:
    try:
        return tomllib.loads(source), {}
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise InputError(
            f"the front matter is not valid TOML: {error}", where=f":{int(line[1]) + 1 if line else 2}", hint="Mend the line."
        ) from error
