"""One duty file → Duty, and what JSON Schema cannot say of it: links between files, and the examples that every duty must have."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compliance.errors import RuleError, nearest
from compliance.model import Gate, Outcome, Place, Severity
from compliance.rules import DisclosureDemand, Duty, Entry, Example, Jurisdiction, LabelRow, Law

_BEFORE_FOLD = {
    Place.PLATFORM: "ok",
    Place.LEAD: "ok",
    Place.BEFORE_FOLD: "ok",
    Place.NEAR_FOLD: "review",
    Place.HASHTAG_RUN: "fail",
    Place.AFTER_LINK: "review",
    Place.AFTER_FOLD: "fail",
    Place.OTHER_SEGMENT: "fail",
    Place.HIDDEN: "fail",
}
_PLACES: dict[str, dict[Place, str]] = {
    "before_fold": _BEFORE_FOLD,
    "lead": {**_BEFORE_FOLD, Place.BEFORE_FOLD: "fail", Place.NEAR_FOLD: "fail"},
    "visible": {**_BEFORE_FOLD, Place.NEAR_FOLD: "ok", Place.HASHTAG_RUN: "ok", Place.AFTER_LINK: "ok", Place.AFTER_FOLD: "ok"},
}


def read_duty(data: Mapping[str, Any], path: Path) -> Duty:
    """Build the duty of a file that its schema has passed.

    Raises:
        RuleError: the id does not match the file, or a source is named that is not there.
    """
    where = where_of(path, 3)
    jurisdiction = path.parent.name
    if data["id"] != f"{jurisdiction}.{path.stem}":
        raise RuleError(
            f"the id {data['id']!r} does not match the file", where=where, hint=f"Call it {jurisdiction}.{path.stem}, or move the file."
        )
    law = {
        key: Law(key, item["cite"], item["kind"], item["authority"], item["url"], item["checked"], item["certainty"])
        for key, item in data["law"].items()
    }

    def source(key: str | None) -> Law:
        if key is None:
            return next(iter(law.values()))
        if key not in law:
            raise RuleError(f"no law entry is called {key!r}", where=where, hint=nearest(key, law))
        return law[key]

    rows: dict[str, list[LabelRow]] = {}
    for verdict in ("accepted", "qualified", "ambiguous", "rejected"):
        for raw in data.get("labels", {}).get(verdict, ()):
            item = {"label": raw} if isinstance(raw, str) else raw
            row = LabelRow(
                item["label"],
                verdict,
                source(item.get("law")),
                frozenset(item.get("connection", ())),
                tuple(item.get("needs", ())),
                frozenset(item.get("surface", ())),
                item.get("otherwise", "ambiguous"),
                item.get("note", ""),
            )
            rows.setdefault(row.label, []).append(row)
    demand = data["requires"].get("disclosure")
    disclosure = None
    if demand is not None:
        place = demand["place"]
        table = _PLACES[place] if isinstance(place, str) else {**_BEFORE_FOLD, **{Place(name): verdict for name, verdict in place.items()}}
        language = demand["language"]
        disclosure = DisclosureDemand(
            frozenset(demand["means"]),
            table,
            source(demand.get("place_law")),
            language if isinstance(language, str) else tuple(language),
            source(demand.get("language_law")),
        )
    fix = data.get("fix", {})
    return Duty(
        id=data["id"],
        jurisdiction=jurisdiction,
        title=data["title"],
        topic=data["topic"],
        status=data["status"],
        severity=Severity[data["severity"].upper()],
        since=data["in_force"]["from"],
        until=data["in_force"].get("until"),
        refines=tuple(data.get("refines", ())),
        law=law,
        applies_when=data["applies_when"],
        disclosure=disclosure,
        facts=data["requires"].get("facts"),
        rows={label: tuple(items) for label, items in rows.items()},
        messages=data.get("messages", {}),
        fix_label=fix.get("label"),
        fix_advice=fix.get("advice"),
        known_gaps=data["known_gaps"],
        examples=tuple(_example(item) for item in data["examples"]),
        where=where,
    )


def _example(item: Mapping[str, Any]) -> Example:
    context = {key: value for key, value in item.items() if key not in {"text", "outcome", "gate", "marks", "why"}}
    gate = Gate[item["gate"].upper()] if "gate" in item else None
    return Example(item["text"], Outcome[item["outcome"].upper()], gate, tuple(item.get("marks", ())), context)


def check_links(duties: Mapping[str, Duty], entries: Mapping[str, Entry], jurisdictions: Mapping[str, Jurisdiction]) -> None:
    """What JSON Schema cannot say: links between files, and the examples that every duty must have."""
    for duty in duties.values():
        if duty.jurisdiction not in jurisdictions:
            raise RuleError(f"no market is called {duty.jurisdiction!r}", where=duty.where, hint=nearest(duty.jurisdiction, jurisdictions))
        named = [*duty.rows, *([duty.fix_label] if duty.fix_label else [])]
        for label in named:
            if label not in entries or entries[label].kind != "label":
                raise RuleError(
                    f"no label is called {label!r}",
                    where=duty.where,
                    hint=nearest(label, {k: v for k, v in entries.items() if v.kind == "label"})[:200],
                )
        for parent in duty.refines:
            if parent not in duties:
                raise RuleError(f"it refines {parent!r}, which does not exist", where=duty.where, hint=nearest(parent, duties))
        if duty.status == "draft":  # judges nothing yet, and may still lack its examples and its fix
            continue
        if duty.disclosure is not None and duty.fix_label is None:
            raise RuleError(
                "a duty that asks for a label needs fix: {label: …}", where=duty.where, hint="Name the label that Adcheck should propose."
            )
        if duty.fix_label is not None and not any(row.verdict in {"accepted", "qualified"} for row in duty.rows.get(duty.fix_label, ())):
            raise RuleError(
                f"the fix {duty.fix_label!r} is not among the accepted labels", where=duty.where, hint="Accept it, or propose another."
            )
        outcomes = {example.outcome for example in duty.examples}
        can_fail = duty.status == "stable" and any(law.is_certain for law in duty.law.values())
        for needed in (Outcome.PASS, Outcome.NOT_APPLICABLE):
            if needed not in outcomes:
                raise RuleError(f"there is no example of {needed.key}", where=duty.where, hint="Give at least one of each outcome.")
        if not outcomes & {Outcome.FAIL, Outcome.NEEDS_REVIEW} or (can_fail and Outcome.FAIL not in outcomes and duty.first_law.is_certain):
            raise RuleError(
                "there is no example of fail", where=duty.where, hint="Give one; needs_review for a duty that can at most ask for review."
            )
        if duty.status == "stable" and not any(law.is_certain for law in duty.law.values()):
            raise RuleError(
                "a stable duty needs a law that is certain", where=duty.where, hint="Set status: preview, or name a source that was read."
            )


def where_of(path: Path, depth: int) -> str:
    """A rule file's name from its rules folder or pack on, below which it stands `depth` parts deep: `rules/labels/nl.yaml`."""
    return "/".join(path.parts[-depth - 1 :])
