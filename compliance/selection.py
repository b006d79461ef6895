"""Which duties of a rulebook are judged: by id, topic or jurisdiction, as a config selects or ignores them."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from compliance.dutyfile import nearest
from compliance.errors import InputError
from compliance.rulebook import Rulebook
from compliance.rules import Duty


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
            hint = nearest(name if colon else selector, sorted(known)) if colon else nearest(selector, sorted(known)).split(" Known:")[0]
            raise InputError(f"{selector!r} fits no duty", where=where, hint=hint if len(hint) < 400 else "See `adcheck rules list`.")
        found |= fitting
    return found


def _fits(duty: Duty, kind: str, name: str) -> bool:
    if kind == "topic" and name:
        return duty.topic == name
    if kind == "jurisdiction" and name:
        return duty.jurisdiction == name
    return not name and fnmatchcase(duty.id, kind)
