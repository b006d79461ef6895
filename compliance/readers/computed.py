"""What a browser measured: which texts of a page are seen and which stand below the first screen. It wins over what the style says.

A measurement is for an element and all in it that was not measured itself (`path`), or for a stretch of the source (`start`, `end`, code
points of the `html` that was given).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bs4 import Tag

from compliance.errors import InputError, TooBigError
from compliance.model import HIDDEN_BY
from compliance.readers.hiding import Look, measured_look
from compliance.readers.source import PlacedSoup

MOST = 20_000
"""So many measurements are taken at once."""

KEYS = ("path", "start", "end", "visible", "reason", "below_fold")
_HINT = 'Such as {"path": "body > p:nth-child(2)", "visible": false, "reason": "display"} or {"start": 120, "end": 180, "visible": true}.'
_STEP = re.compile(r"(?:#(?P<id>[^\s>:#]+)|(?P<tag>[a-zA-Z][\w-]*))(?::nth-child\((?P<nth>[1-9]\d{0,5})\))?\Z")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One of them, checked."""

    visible: bool
    reason: str | None = None
    below_fold: bool = False
    path: str | None = None
    start: int = 0
    end: int = 0


class Computed:
    """All measurements of one page.

    Attributes:
        ranges: where the stretches of the source begin, in order; the shortest counts where they overlap.
        missed: how many paths lead to no element, as where the browser's tree differs from the source.
    """

    def __init__(self, measurements: Sequence[Measurement], soup: PlacedSoup) -> None:
        self._tags: dict[int, Measurement] = {}
        self._looks: dict[tuple[Look, int], Look] = {}
        self._kept = measurements
        self.missed = 0
        found: dict[str, Tag | None] = {}
        identities = {str(tag.attrs["id"]): tag for tag in reversed(soup.find_all(id=True))}
        for item in measurements:
            if item.path is not None:
                tag = _element(item.path, soup, found, identities)
                if tag is None:
                    self.missed += 1
                else:
                    self._tags[id(tag)] = item
        self.ranges, self._over = _flat([item for item in measurements if item.path is None])

    def look(self, tag: Tag, look: Look) -> Look:
        """The look of `tag`, where it was measured."""
        item = self._tags.get(id(tag))
        return look if item is None else self._measured(item, look)

    def cut(self, pieces: Sequence[tuple[str, int]], markup: str, look: Look) -> list[tuple[str, int, Look]]:
        """The pieces of a text, cut where a measured stretch of the source begins or ends."""
        result: list[tuple[str, int, Look]] = []
        for text, source in pieces:
            end = source + (len(text) if markup.startswith(text, source) else 1)
            at = source
            while at < end:
                index = bisect_right(self.ranges, at) - 1
                stop = self.ranges[index + 1] if index + 1 < len(self.ranges) else end
                item = self._over[index] if index >= 0 else None
                seen = look if item is None else self._measured(item, look)
                stop = min(stop, end)
                result.append((text[at - source : stop - source] if end - source == len(text) else text, at, seen))
                at = stop
        return result

    def _measured(self, item: Measurement, look: Look) -> Look:
        key = (look, id(item))
        if key not in self._looks:
            self._looks[key] = measured_look(look, item.visible, item.reason, item.below_fold)
        return self._looks[key]


def read_computed(raw: Any, size: int, where: str = "/computed") -> tuple[Measurement, ...]:
    """Check and type measurements; `size` is the length of the page's source.

    Raises:
        InputError: not a list, an unknown key or reason, a stretch outside the source, a path that cannot be read.
        TooBigError: more than 20,000.
    """
    if raw is None:
        return ()
    if not isinstance(raw, list | tuple):
        raise InputError("computed must be a list", where=where, hint=_HINT)
    if len(raw) > MOST:
        raise TooBigError(f"computed has {len(raw):,} entries", where=where, hint=f"At most {MOST:,}: measure elements that hold text.")
    return tuple(_measurement(item, size, f"{where}/{index}") for index, item in enumerate(raw))


def _measurement(raw: Any, size: int, where: str) -> Measurement:
    if not isinstance(raw, Mapping):
        raise InputError("not an object", where=where, hint=_HINT)
    for key in raw:
        if key not in KEYS:
            raise InputError(f"unknown key {key!r}", where=f"{where}/{key}", hint="Known: " + ", ".join(KEYS) + ".")
    for key in ("visible", "below_fold"):
        if not isinstance(raw.get(key, False), bool):
            raise InputError(f"{key} must be true or false", where=f"{where}/{key}", hint=_HINT)
    if "visible" not in raw:
        raise InputError("visible is missing", where=f"{where}/visible", hint=_HINT)
    reason = raw.get("reason")
    if reason is not None and reason not in HIDDEN_BY:
        raise InputError(f"unknown reason {reason!r}", where=f"{where}/reason", hint="Known: " + ", ".join(HIDDEN_BY) + ".")
    if ("path" in raw) == ("start" in raw or "end" in raw):
        raise InputError("give either path, or start and end", where=where, hint=_HINT)
    seen = (raw["visible"], reason, raw.get("below_fold", False))
    if "path" in raw:
        path = raw["path"]
        if not isinstance(path, str) or not all(_STEP.match(step.strip()) for step in path.split(">")):
            raise InputError(
                f"cannot read the path {path!r}", where=f"{where}/path", hint="Steps joined by >: body > div:nth-child(2) > p, or #id."
            )
        return Measurement(*seen, path=path)
    start, end = raw.get("start"), raw.get("end")
    for key, value in (("start", start), ("end", end)):
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= size:
            raise InputError(f"{key} must be an offset in the html, from 0 to {size}", where=f"{where}/{key}", hint=_HINT)
    assert isinstance(start, int)
    assert isinstance(end, int)
    if start >= end:
        raise InputError("start must be before end", where=f"{where}/start", hint=_HINT)
    return Measurement(*seen, start=start, end=end)


def _element(path: str, soup: PlacedSoup, found: dict[str, Tag | None], identities: Mapping[str, Tag]) -> Tag | None:
    """The element at `path`; paths that begin alike share the way."""
    steps = [step.strip() for step in path.split(">")]
    tag: Tag | None = soup
    for index, step in enumerate(steps):
        key = ">".join(steps[: index + 1]) if len(steps) < 64 else f"{id(tag)}>{step}"
        if key not in found:
            found[key] = None if tag is None else _child(tag, step, identities, is_first=index == 0)
        tag = found[key]
        if tag is None:
            return None
    return tag


def _child(around: Tag, step: str, identities: Mapping[str, Tag], is_first: bool) -> Tag | None:
    match = _STEP.match(step)
    assert match is not None
    if match["id"]:
        return identities.get(match["id"])
    nth, name = int(match["nth"] or 0), match["tag"].lower()
    if is_first and not nth:
        return next((found for found in around.find_all(name, limit=1) if isinstance(found, Tag)), None)
    number = 0
    for child in around.contents:
        if isinstance(child, Tag):
            number += 1
            if (number == nth or not nth) and child.name == name:
                return child
    return None


def _flat(items: Sequence[Measurement]) -> tuple[list[int], list[Measurement | None]]:
    """Overlapping stretches → stretches one after the other, of which each has the measurement that is shortest there."""
    import heapq

    edges = sorted({item.start for item in items} | {item.end for item in items})
    waiting = sorted(items, key=lambda item: item.start)
    open_: list[tuple[int, int, Measurement]] = []
    over: list[Measurement | None] = []
    at = 0
    for edge in edges:
        while at < len(waiting) and waiting[at].start <= edge:
            heapq.heappush(open_, (waiting[at].end - waiting[at].start, -at, waiting[at]))
            at += 1
        while open_ and open_[0][2].end <= edge:
            heapq.heappop(open_)
        over.append(open_[0][2] if open_ else None)
    return edges, over
