"""What the settings say of the rules: which duties are judged, by id, topic or jurisdiction; markets and platforms that the rules know."""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from compliance.config import Settings
from compliance.errors import AdcheckError, InputError, nearest
from compliance.readers.caption import read_language
from compliance.rulebook import Rulebook
from compliance.rules import Duty


def check_settings(settings: Settings, rulebook: Rulebook) -> None:
    """Refuse a market, platform, surface, language or date that the rules do not know.

    Raises:
        InputError: names the line of the config that says it, and the nearest.
    """
    name = "reach"
    try:
        for index, market in enumerate(settings.get("reach") or ()):
            rulebook.jurisdiction(market, f"/reach/{index}")
        name = "platform"
        if settings.get("platform"):
            rulebook.platform(settings.get("platform"))
            name = "surface"
            rulebook.platform(settings.get("platform"), settings.get("surface"))
        name = "language"
        read_language(settings.get("language"))
        name = "as-of"
        if settings.get("as-of") is not None:
            _check_date(settings.get("as-of"))
        meanings: dict[str, Callable[[str], object]] = {
            "platform": rulebook.platform,
            "reach": rulebook.jurisdiction,
            "language": read_language,
        }
        for name, setting in settings.values.items():
            if name.startswith("mapping.values."):
                meanings.get(name.split(".")[2], str)(setting.value)
    except AdcheckError as error:
        origin = settings.values[name].origin
        error.where = error.where if origin.startswith("--") else origin
        raise


def _check_date(text: str) -> None:
    try:
        datetime.date.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"{text[:40]!r} is not a date", where="/as_of", hint="Write it as 2026-11-23.") from error


def selected(settings: Settings, rulebook: Rulebook) -> Rulebook:
    """The rulebook with the duties that the settings select.

    Raises:
        InputError: a selector that fits no duty; names the line of the config that says it.
    """
    try:
        return narrowed(rulebook, settings.get("rules.select"), settings.get("rules.ignore"))
    except InputError as error:
        error.where = settings.values[error.where].origin if error.where in settings.values else error.where
        raise


def narrowed(rulebook: Rulebook, select: Sequence[str] | None, ignore: Sequence[str] | None) -> Rulebook:
    """The rulebook with the selected duties only. Its digest names the selection too, since the same rules then give other reports.

    Raises:
        InputError: a selector that fits no duty; names the nearest.
    """
    if not select and not ignore:
        return rulebook
    kept = _fitting(rulebook, select, "rules.select") if select else set(rulebook.duties)
    kept -= _fitting(rulebook, ignore or (), "rules.ignore")
    if not kept:
        raise InputError("no duty is left", where="rules", hint="Select more, or ignore fewer.")
    digest = hashlib.sha256("\0".join([rulebook.digest, *sorted(kept)]).encode()).hexdigest()
    duties = {key: duty for key, duty in rulebook.duties.items() if key in kept}
    return dataclasses.replace(rulebook, duties=duties, digest=f"sha256:{digest}")


def _fitting(rulebook: Rulebook, selectors: Iterable[str], where: str) -> set[str]:
    found: set[str] = set()
    for selector in selectors:
        kind, colon, name = selector.partition(":")
        fitting = {key for key, duty in rulebook.duties.items() if _fits(duty, kind, name if colon else "")}
        if not fitting:
            known = {
                "topic": {duty.topic for duty in rulebook.duties.values()},
                "jurisdiction": {duty.jurisdiction for duty in rulebook.duties.values()},
            }.get(kind if colon else "", set(rulebook.duties))
            hint = nearest(name if colon else selector, sorted(known), "" if colon else "See `adcheck rules list`.")
            raise InputError(f"{selector!r} fits no duty", where=where, hint=hint)
        found |= fitting
    return found


def _fits(duty: Duty, kind: str, name: str) -> bool:
    if kind == "topic" and name:
        return duty.topic == name
    if kind == "jurisdiction" and name:
        return duty.jurisdiction == name
    return not name and fnmatchcase(duty.id, kind)
