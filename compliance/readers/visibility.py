"""What a browser measured of a caption: which stretches of it are not seen, and where "more" begins.

A stretch behind "more" that runs to the end is where the caption is folded; any other stretch that is not seen becomes a segment of its own
that is not visible, and blanks take its place, so that offsets stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from compliance.errors import InputError, TooBigError
from compliance.model import HIDDEN_BY, Document, Segment

MOST = 2_000
"""So many stretches of one text are taken."""

KEYS = ("start", "end", "visible", "reason")
_HINT = 'Such as {"start": 0, "end": 7, "visible": false, "reason": "tiny"}.'


@dataclass(frozen=True, slots=True)
class Unseen:
    """A stretch of the text that is not seen, and why: one of HIDDEN_BY."""

    start: int
    end: int
    reason: str


def read_visibility(raw: Any, size: int, where: str = "/visibility") -> tuple[Unseen, ...]:
    """Check and type measurements of a text of `size` code points; what is seen needs no entry and is left out.

    Raises:
        InputError: not a list, an unknown key or reason, a stretch outside the text, or two that overlap.
        TooBigError: more than 2,000.
    """
    if raw is None:
        return ()
    if not isinstance(raw, list | tuple):
        raise InputError("visibility must be a list", where=where, hint=_HINT)
    if len(raw) > MOST:
        raise TooBigError(f"visibility has {len(raw):,} entries", where=where, hint=f"At most {MOST:,}: join what stands together.")
    found = sorted((_unseen(item, size, f"{where}/{index}") for index, item in enumerate(raw)), key=lambda item: item[0].start)
    for (before, _), (after, _) in pairwise(found):
        if after.start < before.end:
            raise InputError("two stretches overlap", where=where, hint=f"Cut them at {after.start}.")
    return tuple(item for item, is_seen in found if not is_seen)


def _unseen(raw: Any, size: int, where: str) -> tuple[Unseen, bool]:
    if not isinstance(raw, Mapping):
        raise InputError("not an object", where=where, hint=_HINT)
    for key in raw:
        if key not in KEYS:
            raise InputError(f"unknown key {key!r}", where=f"{where}/{key}", hint="Known: " + ", ".join(KEYS) + ".")
    if not isinstance(raw.get("visible"), bool):
        raise InputError("visible must be true or false", where=f"{where}/visible", hint=_HINT)
    reason = raw.get("reason")
    if reason is not None and reason not in HIDDEN_BY:
        raise InputError(f"unknown reason {reason!r}", where=f"{where}/reason", hint="Known: " + ", ".join(HIDDEN_BY) + ".")
    start, end = raw.get("start"), raw.get("end")
    for key, value in (("start", start), ("end", end)):
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= size:
            raise InputError(f"{key} must be an offset in the text, from 0 to {size}", where=f"{where}/{key}", hint=_HINT)
    assert isinstance(start, int)
    assert isinstance(end, int)
    if start >= end:
        raise InputError("start must be before end", where=f"{where}/start", hint=_HINT)
    return Unseen(start, end, reason or "measured"), raw["visible"]


def as_seen(document: Document, unseen: Sequence[Unseen]) -> Document:
    """The caption of a document as the browser shows it."""
    if not unseen:
        return document
    caption, *others = document.segments
    text, fold, hidden = caption.text, None, list(unseen)
    while hidden and hidden[-1].reason == "collapsed" and not text[hidden[-1].end : fold].strip():
        fold = hidden.pop().start
    for item in hidden:
        text = text[: item.start] + re.sub(r"[^\n]", " ", text[item.start : item.end]) + text[item.end :]
    made = [
        Segment(caption.text[item.start : item.end], caption.scope, visible=False, hidden_by=item.reason)
        for item in hidden
        if caption.text[item.start : item.end].strip()
    ]
    links = tuple(
        link for link in document.links if link.segment or not any(link.start < item.end and item.start < link.end for item in hidden)
    )
    shift = len(made)
    links = tuple(replace(link, segment=link.segment + shift) if link.segment else link for link in links)
    return replace(document, segments=(replace(caption, text=text, fold=fold), *made, *others), links=links)
