"""Captures: Documents as JSON, so that what was seen on a day can be judged again by later rules.

A capture holds the texts with their places and all that was known around them, not the page. Every field of the model is written, and
nothing else is read: what goes in comes out equal.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from compliance.errors import InputError, NotJsonError, TooBigError
from compliance.model import Document
from compliance.readers.declared import read_declared
from compliance.rulebook import Rulebook

SCHEMA = "https://adcheck.dev/schema/capture-1.json"
MOST_CAPTURE = 50_000_000
_FAMILY = "https://adcheck.dev/schema/capture-"
_HEAD = 4096
_KEYS = frozenset({"schema", "taken", "source", "documents"})


def write_capture(documents: Sequence[Document], *, taken: str | None = None, name: str | None = None, sha256: str | None = None) -> str:
    """Documents as a capture.

    Args:
        documents: the posts of one input, in their order.
        taken: the day (ISO) on which it was read.
        name, sha256: of the file that was read, so that the capture can be held against it.
    """
    source = {key: value for key, value in (("name", name), ("sha256", sha256)) if value is not None}
    head: dict[str, Any] = {"schema": SCHEMA}
    if taken is not None:
        head["taken"] = taken
    if source:
        head["source"] = source
    lines = [f"{_json(key)}: {_json(value)}," for key, value in head.items()]
    posts = ",\n".join(_json(_plain(document)) for document in documents)  # a line each, so that two captures can be compared
    return "{\n" + "\n".join(lines) + f'\n"documents": [\n{posts}\n]\n}}\n'


def is_capture(data: Any) -> bool:
    """Whether parsed JSON says that it is a capture, of whatever version."""
    return isinstance(data, dict) and str(data.get("schema", "")).startswith(_FAMILY)


def is_capture_bytes(data: bytes) -> bool:
    """The same of a file that has not been parsed, by its head."""
    return _FAMILY.encode() in data[:_HEAD]


def read_capture(data: str | bytes, rulebook: Rulebook) -> tuple[Document, ...]:
    """The Documents of a capture.

    Raises:
        NotJsonError: not JSON.
        InputError: not a capture, one of another version, or one with a wrong value; `where` is a JSON pointer.
        TooBigError: over 50 MB.
    """
    if len(data) > MOST_CAPTURE:
        raise TooBigError("the capture is larger than 50 MB", hint="Split its documents over several captures.")
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise NotJsonError(f"the capture is not JSON: {error}", hint="Write it again with adcheck capture.") from error
    if not is_capture(parsed):
        raise InputError("this JSON is no capture", where="/schema", hint=f"A capture begins with {SCHEMA!r}; posts as JSON go into JSONL.")
    if parsed["schema"] != SCHEMA:
        raise InputError(f"the capture keeps {str(parsed['schema'])[:80]!r}", where="/schema", hint=f"This Adcheck reads {SCHEMA!r}.")
    for key in parsed:
        if key not in _KEYS:
            raise InputError(f"unknown key {key!r}", where=f"/{key}", hint="Known: " + ", ".join(sorted(_KEYS)) + ".")
    found = parsed.get("documents")
    if not isinstance(found, list) or not found:
        raise InputError("the capture holds no document", where="/documents", hint="Write it again with adcheck capture.")
    return tuple(
        _checked(_typed(Document, item, f"/documents/{index}"), f"/documents/{index}", rulebook) for index, item in enumerate(found)
    )


def _checked(document: Document, where: str, rulebook: Rulebook) -> Document:
    """The document, if its places exist and the rulebook knows its platform."""
    if not any(segment.text.strip() for segment in document.segments):
        raise InputError("the document holds no text", where=f"{where}/segments", hint="Write the capture again.")
    for index, link in enumerate(document.links):
        if not 0 <= link.segment < len(document.segments) or not 0 <= link.start <= link.end:
            raise InputError("the link stands in no segment", where=f"{where}/links/{index}", hint="Write the capture again.")
    if document.surface is not None and document.platform is None:
        raise InputError("a surface without its platform", where=f"{where}/surface", hint="Name the platform too.")
    try:
        if document.platform is not None:
            rulebook.platform(document.platform, document.surface)
        read_declared({field.name: getattr(document.declared, field.name) for field in dataclasses.fields(document.declared)})
    except InputError as error:
        error.where = f"{where}{error.where}"
        raise
    return document


# ------------------------------------------------------------------------------------------------------------- values and types


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return json.dumps(value) if re.search("[\ud800-\udfff]", text) else text  # half a character can only be written as an escape


def _plain(value: Any) -> Any:
    """A value as JSON has it; fields that have their default are left out."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name))
            for field in dataclasses.fields(value)
            if field.default is dataclasses.MISSING or getattr(value, field.name) != field.default
        }
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


@functools.cache
def _hints(kind: type) -> Mapping[str, Any]:
    return typing.get_type_hints(kind)


def _typed(kind: Any, value: Any, where: str) -> Any:
    """`value` as the model's type has it.

    Raises:
        InputError: it is not of that type.
    """
    if dataclasses.is_dataclass(kind):
        return _object(kind, value, where)
    origin = typing.get_origin(kind)
    if origin in {typing.Union, types.UnionType}:
        if value is None:
            return None
        return _typed(next(part for part in typing.get_args(kind) if part is not types.NoneType), value, where)
    if origin is tuple:
        return _tuple(typing.get_args(kind), value, where)
    if type(value) is not kind:  # a bool is no int here
        raise InputError(f"must be {_named(kind)}", where=where, hint="The capture was changed by hand or by another program.")
    return value


def _object(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, dict):
        raise InputError("must be an object", where=where, hint="The capture was changed by hand or by another program.")
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for key in value:
        if key not in fields:
            raise InputError(f"unknown key {str(key)[:40]!r}", where=f"{where}/{key}", hint="A later Adcheck wrote it; use that one.")
    for name, field in fields.items():
        if name not in value and field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise InputError(f"{name} is missing", where=where, hint="The capture was changed by hand or by another program.")
    hints = _hints(kind)
    return kind(**{name: _typed(hints[name], item, f"{where}/{name}") for name, item in value.items()})


def _tuple(parts: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise InputError("must be a list", where=where, hint="The capture was changed by hand or by another program.")
    if parts[-1] is Ellipsis:
        return tuple(_typed(parts[0], item, f"{where}/{index}") for index, item in enumerate(value))
    if len(parts) != len(value):
        raise InputError(f"must be a list of {len(parts)}", where=where, hint="The capture was changed by hand or by another program.")
    return tuple(_typed(part, item, f"{where}/{index}") for index, (part, item) in enumerate(zip(parts, value, strict=True)))


def _named(kind: Any) -> str:
    return {str: "a text", int: "a whole number", bool: "true or false", float: "a number"}.get(kind, str(kind))
