"""Payloads of programs that publish posts → what they post, and what their switches say, by `rules/schedulers.yaml`."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from compliance.intake import Flag, Found, Scheduler
from compliance.model import Mark
from compliance.readers.campaign.cells import read_date
from compliance.rulebook import Rulebook

_MEANS = {"platform_label": "sponsor", "ai_label": "ai_content", "ai_persona": "ai_persona"}
_ABSENT = object()


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
    items = _at(data, base) if scheduler.each else [data]
    for index, item in enumerate(items if isinstance(items, list) else []):
        post, marks, text_at = _post(data, item, scheduler, rulebook)
        if text_at is not None:
            own = f"{base}.{index}.{text_at}" if scheduler.each and not text_at.startswith("/") else text_at.removeprefix("/")
            yield post, marks, own


def _post(
    data: Mapping[str, Any], item: Any, scheduler: Scheduler, rulebook: Rulebook
) -> tuple[dict[str, Any], tuple[Mark, ...], str | None]:
    def first(paths: tuple[str, ...]) -> tuple[str | None, str | None]:
        for path in paths:
            value = _in(data, item, path)
            if isinstance(value, str) and value.strip():
                return value, path
        return None, None

    post: dict[str, Any] = {}
    text, text_at = first(scheduler.text)
    for key, value in (
        ("text", text),
        ("platform", _value(data, item, scheduler.platform, rulebook.platforms)),
        ("surface", _value(data, item, scheduler.surface)),
        ("author", first(scheduler.handle)[0]),
        ("first_comment", first(scheduler.first_comment)[0]),
        ("as_of", read_date(first(scheduler.date)[0] or "")),
    ):
        if value is not None:
            post[key] = value
    if "surface" in post and "platform" not in post:
        del post["surface"]
    marks, declared = _switches(data, item, scheduler, post.get("platform"))
    if declared:
        post["declared"] = declared
    return post, marks, text_at


def _switches(data: Any, item: Any, scheduler: Scheduler, platform: str | None) -> tuple[tuple[Mark, ...], dict[str, Any]]:
    marks: list[Mark] = []
    declared: dict[str, Any] = {}
    for flag in scheduler.flags:
        if flag.platform is not None and flag.platform != platform:
            continue
        state = _state(_in(data, item, flag.path), flag)
        if state is None:
            continue
        marks.append(
            Mark(
                "payload",
                flag.path.removeprefix("/"),
                "on" if state else "off",
                f"payload.{scheduler.id}",
                _MEANS[flag.says],
                "strong" if state else "none",
            )
        )
        if flag.says == "ai_persona":
            if state:
                declared["persona"] = "synthetic"
        else:
            declared[flag.says] = declared.get(flag.says, False) or state
        if state and flag.relationship is not None:
            declared.setdefault("relationship", flag.relationship)
    if any(mark.means == "sponsor" and mark.value == "on" and not _owned(mark, scheduler) for mark in marks):
        declared.pop("relationship", None)  # both switches on: TikTok shows a paid partnership
    return tuple(marks), declared


def _owned(mark: Mark, scheduler: Scheduler) -> bool:
    return any(flag.relationship is not None and flag.path.removeprefix("/") == mark.name for flag in scheduler.flags)


def _state(value: Any, flag: Flag) -> bool | None:
    if isinstance(value, str) and value.lower() in {"true", "false"}:  # forms and query strings have no booleans
        value = value.lower() == "true"
    if any(value is item or (value == item and type(value) is type(item)) for item in flag.on):
        return True
    return False if any(value is item or (value == item and type(value) is type(item)) for item in flag.off) else None


def _value(data: Any, item: Any, found: Found | None, known: Container[str] = ()) -> str | None:
    if found is None or found.fixed is not None:
        return found.fixed if found is not None else None
    value = _in(data, item, found.path)
    if not isinstance(value, str):
        return None
    return found.values.get(value) or (value.lower() if value.lower() in known else None)


def _in(data: Any, item: Any, path: str) -> Any:
    return _at(data, path[1:]) if path.startswith("/") else _at(item, path)


def _is_there(data: Any, path: str) -> bool:
    return _at(data, path) not in (_ABSENT, None)


def _at(data: Any, path: str) -> Any:
    for part in path.split(".") if path else ():
        if isinstance(data, Mapping) and part in data:
            data = data[part]
        elif isinstance(data, list) and part.isdigit() and int(part) < len(data):
            data = data[int(part)]
        else:
            return _ABSENT
    return data
