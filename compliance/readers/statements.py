"""What a page's source states about itself: JSON-LD, microdata, RDFa, meta, and the JSON that a platform puts into its pages.

A statement is a key, a value and where both stand. What it means is data (`rules/marks.yaml`); nothing here judges.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bs4 import Tag

from compliance.readers.json_reading import documents_in, read_lenient
from compliance.readers.source import PlacedSoup

_MOST_NODES = 200_000
_MOST_VALUE = 200
_MOST_INNER = 300
_MOST_ATTRIBUTES = 5_000
_NAMES = ("name", "username", "full_name", "title", "simpleText", "text", "url", "@id")
_JSON_LD = re.compile(r"ld\+json", re.IGNORECASE)
_PREFIX = re.compile(r"^(?:https?://(?:www\.)?schema\.org/|schema:)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """A key and its value.

    Attributes:
        source: json-ld, microdata, rdfa, meta, data, xmp, c2pa or png.
        value: for people; of an object, its name.
        raw: for comparison; of an object its texts.
        path: the keys above it, outermost first, in lower case.
        types, value_types: the types of the stating object and of what is named, in lower case.
        node: which object states it.
        at: its offset in the source, or None.
    """

    source: str
    key: str
    value: str
    raw: str
    path: tuple[str, ...] = ()
    types: frozenset[str] = frozenset()
    value_types: frozenset[str] = frozenset()
    node: str = ""
    at: int | None = None


_STATING = frozenset({"itemprop", "property", "typeof", "itemscope"})


def page_statements(soup: PlacedSoup, data_keys: frozenset[str]) -> Iterator[Statement]:
    """All statements of a page in source order; of platform data only those with one of `data_keys` (in lower case)."""
    attributes = 0
    for tag in soup.elements:
        if not tag.attrs and tag.name != "script":
            continue
        if tag.name == "script":
            yield from _script(tag, soup, data_keys)
            continue
        if tag.name == "meta" and (tag.get("name") or (tag.get("property") and not _typed(tag))):
            yield from _meta(tag, soup)
        if _STATING.isdisjoint(tag.attrs):
            continue
        attributes += 1
        if attributes > _MOST_ATTRIBUTES:
            continue
        if (tag.has_attr("itemscope") and tag.get("itemtype")) or tag.has_attr("itemprop"):
            yield from _attributes(tag, soup, "microdata", "itemscope", "itemtype", "itemprop")
        if tag.has_attr("typeof") or (tag.has_attr("property") and _typed(tag)):
            yield from _attributes(tag, soup, "rdfa", "typeof", "typeof", "property")


def line_and_column(soup: PlacedSoup, at: int) -> tuple[int, int]:
    """The line and column (from 1) of an offset in the source."""
    line = bisect_right(soup.starts, at)
    return line, at - soup.starts[line - 1] + 1


def offset_of(tag: Tag, soup: PlacedSoup) -> int:
    """Where a tag begins in the source."""
    return soup.starts[min((tag.sourceline or 1) - 1, len(soup.starts) - 1)] + (tag.sourcepos or 0)


def _meta(tag: Tag, soup: PlacedSoup) -> Iterator[Statement]:
    key = str(tag.get("name") or tag.get("property")).strip()
    content = str(tag.get("content") or "").strip()
    at = offset_of(tag, soup)
    if content.startswith("{"):
        for data in read_lenient(content):
            if isinstance(data, dict):
                for inner, value in data.items():
                    for item in value if isinstance(value, list) else [value]:
                        yield Statement("meta", f"{key}.{inner}", _shown(item), _raw(item), at=at)
        return
    yield Statement("meta", key, content[:_MOST_VALUE], content, at=at)


# ---------------------------------------------------------------------------------------------------- microdata and RDFa


def _typed(tag: Tag) -> bool:
    """Whether an RDFa type holds around the tag; `property` without one is Open Graph."""
    return tag.find_parent(attrs={"typeof": True}) is not None


def _attributes(tag: Tag, soup: PlacedSoup, source: str, scope: str, type_: str, key: str) -> Iterator[Statement]:
    at = offset_of(tag, soup)
    own = _types(tag.get(type_))
    above = [parent for parent in tag.parents if isinstance(parent, Tag) and parent.has_attr(scope)]
    path = tuple(_bare(str(parent.get(key))).casefold() for parent in reversed(above) if parent.get(key))
    if tag.has_attr(scope):
        steps = (*path, _bare(str(tag.get(key))).casefold()) if tag.get(key) else path
        for name in str(tag.get(type_) or "").split():
            yield Statement(source, "@type", _bare(name), _bare(name), steps, own, node=f"{source}:{at}", at=at)
    if not tag.get(key) or not above:
        return
    value = _text_of(tag, key, own)
    node = f"{source}:{offset_of(above[0], soup)}"
    for name in str(tag.get(key)).split():
        yield Statement(source, _bare(name), value[:_MOST_VALUE], value, path, _types(above[0].get(type_)), own, node, at)


def _text_of(tag: Tag, key: str, types: frozenset[str]) -> str:
    if types:
        within = itertools.islice(tag.descendants, _MOST_INNER)
        tag = next((inner for inner in within if isinstance(inner, Tag) and _bare(str(inner.get(key))) == "name"), tag)
    for attribute in ("content", "href", "src", "datetime"):
        if tag.get(attribute):
            return str(tag[attribute]).strip()
    return " ".join(itertools.islice(tag.stripped_strings, _MOST_INNER))[:2000]


def _bare(name: str) -> str:
    return _PREFIX.sub("", name.strip())


def _types(value: Any) -> frozenset[str]:
    names = value if isinstance(value, list) else str(value or "").split()
    return frozenset(_bare(str(name)).casefold() for name in names)


# ---------------------------------------------------------------------------------------------------- scripts


def _script(tag: Tag, soup: PlacedSoup, data_keys: frozenset[str]) -> Iterator[Statement]:
    kind = str(tag.get("type") or "")
    is_ld = bool(_JSON_LD.search(kind))
    if not tag.contents:
        return
    node = tag.contents[0]
    text = str(node)
    if not is_ld:
        lowered = text.lower()
        if not any(key in lowered for key in data_keys):
            return
    places = soup.places.get(id(node)) or []
    begin = places[0][1] if places else offset_of(tag, soup)
    offsets = _Offsets(text, begin)
    if is_ld:
        for data in read_lenient(text):
            yield from _walk("json-ld", data, offsets, None)
        return
    found = False
    for data in documents_in(text):
        found = True
        yield from _walk("data", data, offsets, data_keys)
    if not found:
        yield from _scan(text, begin, data_keys)


class _Offsets:
    """Where each key stands in a script: its first, second … appearance, in the order of the walk."""

    def __init__(self, text: str, begin: int) -> None:
        self._text = text
        self._begin = begin
        self._found: dict[str, Iterator[re.Match[str]]] = {}

    def next(self, key: str) -> int:
        """The offset of the next appearance of `key` as a key; the script's own where there is none."""
        if key not in self._found:
            self._found[key] = re.finditer(rf'"{re.escape(key)}"\s*:', self._text)
        match = next(self._found[key], None)
        return self._begin + (match.start() if match else 0)


_Step = tuple[str, Any, tuple[str, ...], dict[str, Any], int]


def _walk(source: str, data: Any, offsets: _Offsets, only: frozenset[str] | None) -> Iterator[Statement]:
    """Each key of `data` in the order of the text, without recursion; objects named by `@id` are looked up within `data`."""
    named = _named(data) if source == "json-ld" else {}
    stack: list[_Step] = [("", data, (), {}, -1)]
    seen = 0
    while stack and seen < _MOST_NODES:
        seen += 1
        key, value, path, owner, at = stack.pop()
        wanted = bool(key) and (only is None or key.casefold() in only)
        if wanted and at < 0:  # not when its object is met: an inner object may hold the same key before it
            at = offsets.next(key)
        if wanted and isinstance(value, list) and not value:
            yield Statement(source, key, "", "", path, at=at)
        if isinstance(value, list):
            stack.extend((key, inner, path, owner, at) for inner in reversed(value))
            continue
        if wanted:
            resolved = named.get(str(value.get("@id")), value) if isinstance(value, dict) else value
            types = _types(resolved.get("@type")) if isinstance(resolved, dict) else frozenset()
            node = ""
            if key == "@type":
                node = str(owner.get("headline") or owner.get("name") or owner.get("url") or owner.get("@id") or _raw(owner))[:1000]
            yield Statement(source, key, _shown(resolved), _raw(resolved), path, _types(owner.get("@type")), types, node, at)
        if isinstance(value, dict):
            below = (*path, key.casefold()) if key else path
            stack.extend((str(name), inner, below, value, -1) for name, inner in reversed(value.items()))


def _named(data: Any) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    stack = [data]
    while stack and len(found) < _MOST_NODES:
        value = stack.pop()
        if isinstance(value, list):
            stack.extend(value)
        elif isinstance(value, dict):
            if "@id" in value and len(value) > 1:
                found.setdefault(str(value["@id"]), value)
            stack.extend(value.values())
    return found


_SCALAR = re.compile(r'\s*(?:"((?:[^"\\]|\\.){0,200})"|(-?[0-9.]+|true|false|null)\b|([\[{])\s*([\]}])?)')


def _scan(text: str, begin: int, keys: frozenset[str]) -> Iterator[Statement]:
    """The keys of a script that is no JSON as a whole: read where they stand, with their plain values alone."""
    pattern = re.compile(r'\\{0,8}"(' + "|".join(re.escape(key) for key in sorted(keys)) + r')\\{0,8}"\s*:', re.IGNORECASE)
    for match in pattern.finditer(text):
        value = _SCALAR.match(text, match.end())
        if value is None or value[3]:  # an object or list without its end: what it holds is not known
            continue
        shown = value[1] if value[1] is not None else value[2]
        yield Statement("data", match[1], shown, shown, at=begin + match.start())


def _shown(value: Any) -> str:
    """A value for people: a text as it is, an object by its name."""
    for _ in range(4):
        if isinstance(value, list):
            value = value[0] if value else ""
        if not isinstance(value, dict):
            break
        inner = next((value[name] for name in _NAMES if value.get(name)), None)
        if inner is None:
            inner = next((item for item in value.values() if isinstance(item, dict)), None)
        if inner is None:
            return "named" if value else ""
        value = inner
    if isinstance(value, (dict, list)):
        return "named"
    return "" if value is None else (str(value).lower() if isinstance(value, bool) else str(value))[:_MOST_VALUE]


def _raw(value: Any) -> str:
    """A value for comparison: a text as it is, of an object its first texts. Bounded, so that no depth and no size costs much."""
    if not isinstance(value, (dict, list)):
        return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    texts: list[str] = []
    stack: list[Any] = [value]
    seen = 0
    while stack and seen < _MOST_INNER:
        seen += 1
        inner = stack.pop()
        if isinstance(inner, dict):
            stack.extend(itertools.islice(inner.values(), _MOST_INNER))
        elif isinstance(inner, list):
            stack.extend(inner[:_MOST_INNER])
        elif isinstance(inner, str):
            texts.append(inner[:1000])
    return " ".join(texts) or ("named" if value else "")
