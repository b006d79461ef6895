"""JSON and YAML → objects with the places of their values, and which of them are posts."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from compliance.errors import NoPostError, NotJsonError
from compliance.readers.campaign.rows import Place, Row

if TYPE_CHECKING:
    from compliance.yamlfile import Places

IsPost = Callable[[Mapping[str, Any]], bool]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
_DEEPEST = 12
_STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
_RUN = re.compile(r"[^\\]+|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[0-9a-fA-F]{4}|\\u[0-9a-fA-F]{4}|\\.")
"""Letters that stand for themselves, or one escape."""


def read_json(text: str, is_post: IsPost) -> Iterator[Row]:
    """The posts in a JSON text: objects that are one, in whatever list they stand.

    Raises:
        NotJsonError: not JSON; `where` is `:line`.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotJsonError(
            f"not JSON: {error.msg}", where=f":{error.lineno}", hint="Mend the line; a post a line is JSONL: say --input jsonl."
        ) from error
    except RecursionError as error:
        raise NotJsonError("not JSON that can be read: it is nested too deeply", hint="Give a list of posts.") from error
    yield from _posts(data, _json_places(text), text, (), is_post)


def read_yaml(text: str, is_post: IsPost) -> Iterator[Row]:
    """The posts in a YAML text of one or more documents.

    Raises:
        InputError: not YAML; `where` is `:line`.
    """
    from compliance.yamlfile import load_placed

    for data, places in load_placed(text):
        yield from _posts(data, places, text, (), is_post)


def _posts(
    data: Any,
    places: Places,
    text: str,
    path: tuple[str | int, ...],
    is_post: IsPost,
    around: Mapping[str, Any] = MappingProxyType({}),
) -> Iterator[Row]:
    if len(path) > _DEEPEST:
        return
    if isinstance(data, dict):
        data = _merged(data)
        form = _form(data)
        if form is not None and is_post(form):
            yield Row(form, places.get((*path, "body"), places.get(path, (0, 1, 1)))[1], around=around)
            return
        if is_post(data):
            found = dict(_places_in(data, places, text, path, ()))
            values = {str(key): value for key, value in data.items()}
            yield Row(values, places.get(path, (0, 1, 1))[1], places=found, around=around)
            return
        around = {**around, **{str(key): value for key, value in data.items() if _is_said(key, value)}}
        for key, value in data.items():
            if isinstance(value, (list, dict)):
                yield from _posts(value, places, text, (*path, str(key)), is_post, around)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _posts(value, places, text, (*path, index), is_post, around)


def _is_said(key: Any, value: Any) -> bool:
    """Whether what an object holds beside its posts may be said of them all."""
    texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, (str, bool)) or texts or (key == "declared" and isinstance(value, dict))


def _merged(data: dict[str, Any]) -> dict[str, Any]:
    """An object with what YAML's merge key, `<<: *base`, takes in."""
    bases = data.get("<<")
    bases = bases if isinstance(bases, list) else [bases]
    if not all(isinstance(base, dict) for base in bases):
        return data
    return {**{key: value for base in reversed(bases) for key, value in base.items()}, **{k: v for k, v in data.items() if k != "<<"}}


def _form(data: Mapping[str, Any]) -> Mapping[str, str] | None:
    """The fields of a request in a batch as Meta's Graph API takes it, whose body is a form."""
    body = data.get("body")
    return dict(parse_qsl(body)) if isinstance(body, str) and "relative_url" in data else None


def _places_in(
    data: Any, places: Places, text: str, path: tuple[str | int, ...], own: tuple[str | int, ...]
) -> Iterator[tuple[str, Place]]:
    """The places of all values of a post, by their path in it: `caption`, `posts.0.value.0.content`."""
    place = places.get((*path, *own))
    if place is None:
        return
    if own:
        offset, line, column = place
        quoted = text[offset : offset + 1] in {'"', "'"}
        literal = isinstance(data, str) and text.startswith(data, offset + quoted)
        block = in_block(text, offset, data, line) if isinstance(data, str) and not literal else None
        string = _in_string(text, offset, data, line, column) if isinstance(data, str) and not literal else None
        yield ".".join(map(str, own)), block or string or Place(line, column + quoted, literal)
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield from _places_in(value, places, text, path, (*own, key if isinstance(key, int) else str(key)))


def in_block(text: str, offset: int, value: str, line: int) -> Place | None:
    """The place of a YAML block scalar whose header stands at `offset` on `line`; None for any other. Of a folded one only where it begins."""
    if text[offset : offset + 1] not in {"|", ">"}:
        return None
    begin = at = text.find("\n", offset) + 1
    indent: int | None = None
    done = 0
    pieces = []
    for part in value.splitlines(keepends=True):
        end = text.find("\n", at) + 1 or len(text)
        bare = part.rstrip("\n")
        if bare.strip():
            written = text[at:end]
            indent = len(written) - len(written.lstrip(" ")) - len(bare) + len(bare.lstrip(" ")) if indent is None else indent
            if written[indent:].rstrip("\r\n") != bare:
                return Place(line + 1)
            pieces.append((done, at + indent - begin, len(part)))
        done, at = done + len(part), end
    return Place(line + 1, 1, False, text[begin:at], tuple(pieces)) if pieces else Place(line + 1)


def _in_string(text: str, offset: int, value: str, line: int, column: int) -> Place | None:
    """The place of a string with escapes, whose quotation mark stands at `offset`; None where it is not written as JSON is."""
    match = _STRING.match(text, offset)
    if match is None:
        return None
    pieces = []
    done = 0
    for run in _RUN.finditer(match[1]):
        length = 1 if run[0].startswith("\\") else len(run[0])
        pieces.append((done, run.start(), length))
        done += length
    return Place(line, column + 1, False, match[1], tuple(pieces)) if done == len(value) else None


def _json_places(text: str) -> Places:
    """Where each value of a JSON text begins. The text has been parsed: only its places are looked for here."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    places: Places = {}
    stack: list[tuple[str, str | int | None]] = []
    for match in _TOKEN.finditer(text):
        piece = match[0]
        kind, at = stack[-1] if stack else ("", None)
        if piece == ",":
            stack[-1] = (kind, at + 1 if isinstance(at, int) else None)
        elif piece in {"}", "]"}:
            stack.pop()
        elif kind == "{" and at is None:
            stack[-1] = (kind, json.loads(piece))
        elif piece != ":":
            if len(stack) <= _DEEPEST:
                line = bisect_right(starts, match.start())
                places[tuple(part for _, part in stack if part is not None)] = (match.start(), line, match.start() - starts[line - 1] + 1)
            if piece in {"{", "["}:
                stack.append((piece, None if piece == "{" else 0))
    return places


def no_posts(keys: Mapping[str, Any] | None, captions: Sequence[str]) -> NoPostError:
    """What to say of a file in which nothing is a post; `captions` are the columns that would hold one."""
    if captions:
        return NoPostError(
            "no post was found", hint=f"{captions[0]!r} was taken for the caption and holds none; if it is another: --map text=FIELD."
        )
    seen = f" Its fields: {', '.join(list(keys)[:12])}." if keys else ""
    return NoPostError("no post was found", hint=f"Name the field that holds the caption with --map text=FIELD or in the config.{seen}")
