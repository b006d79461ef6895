"""Payloads of programs that publish posts → what they post, and what their switches say, by `rules/schedulers.yaml`."""

from __future__ import annotations

import functools
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from compliance.intake import Flag, Found, Scheduler
from compliance.model import Mark
from compliance.readers.campaign.dates import read_date
from compliance.rulebook import Rulebook

_MEANS = {"platform_label": "sponsor", "ai_label": "ai_content", "ai_persona": "ai_persona"}
_ABSENT = object()
_IDENTIFIER = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[a-z][a-z0-9]*(?:[A-Z][a-z0-9]*)+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TAG = re.compile(r"</?(?:p|br|strong|em|b|i|u|a|ul|ol|li|h[1-6]|span|div)\b[^>]*>", re.IGNORECASE)

_WRITTEN = {"true": True, "1": True, "false": False, "0": False}

Switch = tuple[Flag, str, Any]
"""A flag, the name under which it stands, and its value."""


def scheduler_of(data: Mapping[str, Any], rulebook: Rulebook) -> Scheduler | None:
    """The format that a payload is in, or None."""
    for scheduler in rulebook.schedulers:
        if (
            all(_is_there(data, path) for path in scheduler.every)
            and (not scheduler.some or any(_is_there(data, path) for path in scheduler.some))
            and not any(_is_there(data, path) for path in scheduler.none)
        ):
            return scheduler
    return None


def posts_in(data: Mapping[str, Any], scheduler: Scheduler, rulebook: Rulebook) -> Iterator[tuple[dict[str, Any], tuple[Mark, ...], str]]:
    """Each post of a payload: as a record (`readers.jsonl.KEYS`), its switches as marks, and the path of its caption."""
    base = scheduler.each.removesuffix(".*") if scheduler.each else ""
    items = at(data, base) if scheduler.each else [data]
    for index, item in enumerate(items if isinstance(items, list) else []):
        post, marks, text_at = _post(data, item, scheduler, rulebook)
        if text_at is not None:
            own = f"{base}.{index}.{text_at}" if scheduler.each and not text_at.startswith("/") else text_at.removeprefix("/")
            yield post, marks, own


def _post(
    data: Mapping[str, Any], item: Any, scheduler: Scheduler, rulebook: Rulebook
) -> tuple[dict[str, Any], tuple[Mark, ...], str | None]:
    post: dict[str, Any] = {}
    platform = _value(data, item, scheduler.platform, rulebook.platforms)
    written = _first(data, item, scheduler.platform.paths)[0]
    text, text_at = _first(data, item, [path.replace("{platform}", str(written)) for path in scheduler.text])
    title, title_at = _first(data, item, scheduler.title)
    plain = _plain if scheduler.markup else str
    comments = [plain(value) for path in scheduler.first_comment for value in _texts(data, item, path)]
    for key, value in (
        ("text", text and plain(text)),
        ("title", title if title_at != text_at else None),
        ("platform", platform),
        ("surface", _value(data, item, scheduler.surface)),
        ("author", _first(data, item, scheduler.handle)[0]),
        ("first_comment", "\n\n".join(comments) or None),
        ("as_of", read_date(_first(data, item, scheduler.date)[0] or "")),
    ):
        if value is not None:
            post[key] = value
    if "surface" in post and (platform is None or post["surface"] not in rulebook.platforms[platform].surfaces):
        del post["surface"]
    found = ((flag, flag.path.removeprefix("/"), _in(data, item, flag.path)) for flag in scheduler.flags)
    marks, declared = read_switches(found, platform, f"payload.{scheduler.id}")
    if declared:
        post["declared"] = declared
    return post, marks, text_at


def read_switches(switches: Iterable[Switch], platform: str | None, name: str) -> tuple[tuple[Mark, ...], dict[str, Any]]:
    """What switches say: each that is there as a mark called `name`, and together as declared facts."""
    marks: list[Mark] = []
    declared: dict[str, Any] = {}
    for flag, where, value in switches:
        state = None if flag.platform is not None and flag.platform != platform else _state(value, flag)
        if state is None:
            continue
        strength = "strong" if state else "none"
        connection = flag.relationship if state else None
        marks.append(Mark("payload", where, "on" if state else "off", name, _MEANS[flag.says], strength, connection=connection))
        if flag.says == "ai_persona":
            if state:
                declared["persona"] = "synthetic"
        else:
            declared[flag.says] = declared.get(flag.says, False) or state
    sponsored = [mark.connection for mark in marks if mark.means == "sponsor" and mark.value == "on"]
    if sponsored and sponsored[0] is not None and len(set(sponsored)) == 1:  # with a second switch on, TikTok shows a paid partnership
        declared["relationship"] = sponsored[0]
    return tuple(marks), declared


@functools.lru_cache(maxsize=8)
def flags_by_name(schedulers: tuple[Scheduler, ...]) -> Mapping[str, tuple[Flag, ...]]:
    """The switches of all formats by their bare names, for tables and objects that name a platform of their own beside them. One name may
    hold several: the values of `commercialContentType` set different labels."""
    flags: dict[str, list[Flag]] = {}
    for flag in (flag for scheduler in schedulers for flag in scheduler.flags):
        here = flags.setdefault(_bare(flag.path), [])
        bare = replace(flag, path="", platform=None)
        here += [bare] if bare not in here else []
    return {name: tuple(here) for name, here in flags.items()}


def flags_of(heading: str, flags: Mapping[str, tuple[Flag, ...]]) -> tuple[Flag, ...]:
    """The switch that a heading names as programs write it (`is_aigc`, `isAigc`, `post_info.is_aigc`); words are no program's name."""
    return flags.get(_bare(heading), ()) if _IDENTIFIER.fullmatch(heading.rpartition(".")[2]) else ()


def _bare(path: str) -> str:
    return _HUMP.sub("_", path.rpartition(".")[2].removeprefix("/")).lower()


def _state(value: Any, flag: Flag) -> bool | None:
    if flag.on == (True,):  # forms and databases have no booleans
        value = _WRITTEN.get(str(value).lower(), value)
    if any(value is item or (value == item and type(value) is type(item)) for item in flag.on):
        return True
    return False if any(value is item or (value == item and type(value) is type(item)) for item in flag.off) else None


def _plain(text: str) -> str:
    """The text of a caption that an editor keeps as HTML; any other as it is."""
    if not _TAG.search(text):
        return text
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(re.sub(r"(?i)<br\s*/?>|</(?:p|li|h[1-6]|div)>", "\n", text), "html.parser")
    return soup.get_text().strip("\n")


def _first(data: Any, item: Any, paths: Iterable[str]) -> tuple[str | None, str | None]:
    for path in paths:
        value = _in(data, item, path)
        if isinstance(value, str) and value.strip():
            return value, path
    return None, None


def _texts(data: Any, item: Any, path: str) -> Iterator[str]:
    """The texts at a path; `1+` in it is that item of a list and all after it."""
    before, plus, after = path.partition("1+.")
    if not plus:
        found = [_in(data, item, path)]
    else:
        items = _in(data, item, before.rstrip("."))
        found = [at(entry, after) for entry in (items[1:] if isinstance(items, list) else [])]
    yield from (value for value in found if isinstance(value, str) and value.strip())


def _value(data: Any, item: Any, found: Found | None, known: Container[str] = ()) -> str | None:
    if found is None or found.fixed is not None:
        return found.fixed if found is not None else None
    for path in found.paths:
        value = _in(data, item, path)
        if isinstance(value, str):
            meant = found.values.get(value) or (value.lower() if value.lower() in known else None)
            if meant is not None:
                return meant
    return None


def _in(data: Any, item: Any, path: str) -> Any:
    return at(data, path[1:]) if path.startswith("/") else at(item, path)


def _is_there(data: Any, path: str) -> bool:
    return at(data, path) not in (_ABSENT, None)


def at(data: Any, path: str) -> Any:
    """The value at a path of keys and numbers joined by dots; an object of its own where there is none."""
    for part in path.split(".") if path else ():
        if isinstance(data, Mapping) and part in data:
            data = data[part]
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            return _ABSENT
    return data
