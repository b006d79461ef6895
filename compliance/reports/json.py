"""The JSON contract: everything another program may read. Its schema is `compliance/schema/checklist.json`."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from compliance.findings.fingerprints import finding_fingerprint, text_fingerprint
from compliance.model import Checklist, Fact, Item, Outcome, Signal, Witness
from compliance.reports.outline import labels_in, place_of
from compliance.reports.places import Problems, Results
from compliance.reports.source import Source
from compliance.text import to_utf16

SCHEMA = "https://adcheck.dev/schema/checklist-1.json"
VERSION = "0.1.0"


def to_dict(checklist: Checklist, offsets: str = "codepoints", source: Source | None = None) -> dict[str, Any]:
    """The checklist as plain data. `offsets` is codepoints or utf16 (as JavaScript counts); `source` enters the findings' fingerprints."""
    return _Writer(checklist, offsets, source).checklist()


def render_json(results: Results, problems: Problems = ()) -> str:
    """One object for one input, a list for several. Inputs that could not be read are told on stderr alone."""
    data = [_with_source(source, checklist) for source, checklist in results]
    return json.dumps(data[0] if len(data) == 1 else data, ensure_ascii=False, indent=2) + "\n"


def render_jsonl(results: Results, problems: Problems = ()) -> str:
    """One checklist a line, each with its `id`; then a line for each input that could not be read."""
    lines = [_with_source(source, checklist) for source, checklist in results]
    lines += [
        {"id": source.id, "source": {"name": source.name, "line": source.line}, "error": error.to_dict()} for source, error in problems
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _with_source(source: Source, checklist: Checklist) -> dict[str, Any]:
    data = to_dict(checklist, source=source)
    head: dict[str, Any] = {}
    if source.id is not None:
        head["id"] = source.id
    if source.name:
        origin = checklist.document.origin
        head["source"] = {"name": source.name, "line": source.line if origin is None else origin.line}
        if source.place:
            head["source"] |= {"column": source.column, "row": source.row, "field": source.field}
    return {**head, **data}


class _Writer:
    def __init__(self, checklist: Checklist, offsets: str, source: Source | None) -> None:
        self._list = checklist
        self._source = source
        self._utf16 = offsets == "utf16"
        self._offsets = offsets

    def checklist(self) -> dict[str, Any]:
        checklist = self._list
        counts = {outcome.key: 0 for outcome in reversed(Outcome)}
        for item in checklist.items:
            counts[item.outcome.key] += 1
        data: dict[str, Any] = {
            "schema": SCHEMA,
            "adcheck": VERSION,
            "rulebook": dict(checklist.rulebook),
            "as_of": checklist.as_of,
            "reach": list(checklist.reach),
            "offsets": self._offsets,
            "fingerprint": text_fingerprint(checklist.document),
            "outcome": checklist.outcome.key,
            "counts": counts,
            "judged_on": list(checklist.judged_on),
            "not_seen": list(checklist.not_seen),
            "language": checklist.facts.language,
            "segments": [
                {
                    "scope": segment.scope,
                    "visible": segment.visible,
                    "text": segment.text,
                    **({"boxes": [list(box) for box in segment.boxes]} if segment.boxes else {}),
                    **({"hidden_by": segment.hidden_by} if segment.hidden_by else {}),
                }
                for segment in checklist.document.segments
            ],
            "marks": [
                {
                    "source": mark.source,
                    "name": mark.name,
                    "value": mark.value,
                    "id": mark.id,
                    "means": mark.means,
                    "strength": mark.strength,
                    **({"line": mark.line, "column": mark.column} if mark.line else {}),
                }
                for mark in checklist.document.marks
            ],
            "outline": self._outline(),
            "facts": self._facts(),
            "items": [self._item(item) for item in checklist.items],
            "fix": self._fix(),
            "signals": [self._signal(signal) for signal in checklist.signals],
        }
        if checklist.document.origin is not None:
            data["origin"] = asdict(checklist.document.origin)
        if checklist.profile is not None:
            profile = checklist.profile
            data["profile"] = {
                **asdict(profile),
                "persona": profile.persona.key,
                "declared_in": list(profile.declared_in),
                "silent": list(profile.silent),
                "experience": list(profile.experience),
            }
        if checklist.posts:
            data["posts"] = [to_dict(post, self._offsets, self._source) for post in checklist.posts]
        return data

    def _outline(self) -> list[dict[str, Any]] | None:
        outline = self._list.document.outline
        if outline is None:
            return None
        return [
            {
                "line": item.line,
                "column": item.column,
                "segment": item.segment,
                "start": self._offset(item.segment, item.start),
                "end": self._offset(item.segment, item.end),
                "state": item.state,
                "hidden_by": item.hidden_by,
                "weakened_by": list(item.weakened_by),
                "labels": [{"start": self._offset(item.segment, start), "end": self._offset(item.segment, end)} for start, end in labels],
            }
            for item, labels in zip(outline.stretches, labels_in(self._list), strict=True)
        ]

    def _offset(self, segment: int, offset: int) -> int:
        return to_utf16(self._list.document.segments[segment].text, offset) if self._utf16 else offset

    def _span(self, witness: Witness | Signal) -> dict[str, Any]:
        span = witness.span
        if span is None:
            return {}
        text = self._list.document.segments[span.segment].text
        return {
            "segment": span.segment,
            "start": self._offset(span.segment, span.start),
            "end": self._offset(span.segment, span.end),
            "quote": text[span.start : span.end],
            **self._place(span.segment, span.start),
        }

    def _place(self, segment: int, offset: int) -> dict[str, int]:
        place = place_of(self._list.document, segment, offset)
        return {} if place is None else {"line": place[0], "column": place[1]}

    def _witness(self, witness: Witness) -> dict[str, Any]:
        data: dict[str, Any] = {"source": witness.source, "id": witness.id, **self._span(witness)}
        if witness.note:
            data["note"] = witness.note
        if witness.id in self._list.says:
            data["says"] = self._list.says[witness.id]
        return data

    def _fact(self, fact: Fact) -> dict[str, Any]:
        return {"value": fact.value.key, "witnesses": [self._witness(witness) for witness in fact.witnesses]}

    def _facts(self) -> dict[str, Any]:
        facts = self._list.facts
        data: dict[str, Any] = {name: self._fact(fact) for name, fact in facts.values.items()}
        data["ai_persona"]["reading"] = facts.persona
        data["connection"] = {name: [self._witness(witness) for witness in witnesses] for name, witnesses in facts.connection.items()}
        data["disclosures"] = [
            {
                "label": item.label,
                "means": item.means,
                "place": item.place.value,
                "language": item.language,
                "negated": item.negated,
                "obscured": item.obscured,
                "source": item.source,
                **self._span(Witness(item.source, item.label, item.span)),
            }
            for item in facts.disclosures
        ]
        for fact, means in (("ai_persona_disclosed", "ai_persona"), ("ai_content_disclosed", "ai_content")):
            found = any(item.means == means and not item.negated and not item.obscured for item in facts.disclosures)
            data[fact] = {"value": "yes" if found else "no", "witnesses": []}
        return data

    def _item(self, item: Item) -> dict[str, Any]:
        fix = self._list.fix
        data: dict[str, Any] = {
            "duty": item.duty,
            "jurisdiction": item.jurisdiction,
            "topic": item.topic,
            "title": item.title,
            "outcome": item.outcome.key,
            "gate": item.gate.key if item.gate is not None else None,
            "reason": item.reason,
            "severity": item.severity.key,
            "label": item.disclosure.label if item.disclosure is not None else None,
            "message": item.message,
            "evidence": [self._witness(witness) for witness in item.evidence],
            "law": [
                {"cite": law.cite, "authority": law.authority, "url": law.url, "certainty": law.certainty, "checked": law.checked}
                for law in item.law
            ],
            "fix": fix.insert if fix is not None and item.duty in fix.cures else None,
            "advice": item.advice or None,
            "certainty": item.certainty or None,
        }
        if item.outcome >= Outcome.NEEDS_REVIEW:
            data["fingerprint"] = finding_fingerprint(item, self._list, self._source)
        if item.suppression is not None:
            data["suppression"] = asdict(item.suppression)
        if item.known:
            data["known"] = True
        return data

    def _fix(self) -> dict[str, Any] | None:
        fix = self._list.fix
        if fix is None:
            return None
        return {
            "text": fix.text,
            "insert": fix.insert,
            "at": 0,
            "labels": list(fix.labels),
            "cures": list(fix.cures),
            "only_if": fix.only_if,
        }

    def _signal(self, signal: Signal) -> dict[str, Any]:
        data = {"kind": signal.kind, "id": signal.id, "strength": signal.strength, **self._span(signal)}
        if signal.connection:
            data["connection"] = signal.connection
        if signal.effect:
            data["effect"] = signal.effect
        if signal.obscured:
            data["obscured"] = True
        if signal.id in self._list.says:
            data["says"] = self._list.says[signal.id]
        return data
