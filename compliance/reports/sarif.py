"""SARIF 2.1.0 for code scanning: fails as results, reviews as notes, with stable fingerprints that no line number enters."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from compliance.model import Checklist, Item, Outcome, Severity, Witness
from compliance.reports.json import VERSION
from compliance.reports.outline import place_of
from compliance.reports.source import Source
from compliance.text import fold

_LEVEL = {Severity.MINOR: "note", Severity.MODERATE: "warning", Severity.SERIOUS: "error", Severity.CRITICAL: "error"}


def render_sarif(results: list[tuple[Source, Checklist]]) -> str:
    """One run over all inputs. Rule ids are duty ids; columns are code points."""
    rules: dict[str, Item] = {}
    found: list[dict[str, Any]] = []
    for source, checklist in results:
        for item in checklist.items:
            if item.outcome >= Outcome.NEEDS_REVIEW:
                rules.setdefault(item.duty, item)
                found.append(_result(item, source, checklist, list(rules).index(item.duty)))
    reach = ",".join(results[0][1].reach) if results else ""
    rulebook = dict(results[0][1].rulebook) if results else {}
    run = {
        "tool": {
            "driver": {
                "name": "Adcheck",
                "version": VERSION,
                "semanticVersion": VERSION,
                "informationUri": "https://adcheck.dev",
                "rules": [_rule(item) for item in rules.values()],
                "properties": {"rulebook": rulebook},
            }
        },
        "automationDetails": {"id": f"adcheck/{reach}/"},
        "columnKind": "unicodeCodePoints",
        "results": found,
    }
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _rule(item: Item) -> dict[str, Any]:
    law = item.law[0] if item.law else None
    return {
        "id": item.duty,
        "name": "".join(part.capitalize() for part in item.duty.replace(".", "-").split("-")),
        "shortDescription": {"text": item.title},
        "fullDescription": {"text": f"{item.title}. {law.cite} ({law.authority})." if law else item.title},
        **({"helpUri": law.url} if law else {}),
        "defaultConfiguration": {"level": _LEVEL[item.severity]},
        "properties": {
            "tags": [item.topic, item.jurisdiction],
            "problem.severity": "error" if item.severity >= Severity.SERIOUS else "warning",
        },
    }


def _result(item: Item, source: Source, checklist: Checklist, index: int) -> dict[str, Any]:
    review = item.outcome is Outcome.NEEDS_REVIEW
    result: dict[str, Any] = {
        "ruleId": item.duty,
        "ruleIndex": index,
        "kind": "review" if review else "fail",
        "level": "none" if review else _LEVEL[item.severity],
        "message": {"text": item.message},
        "locations": [_location(witness, source, checklist) for witness in _placed(item)[:5]] or [_location(None, source, checklist)],
        "partialFingerprints": {"adcheck/v1": _fingerprint(item, source, checklist)},
        "properties": {
            "outcome": item.outcome.key,
            "gate": item.gate.key if item.gate is not None else None,
            "reason": item.reason,
            **({"record": source.id} if source.id else {}),
        },
    }
    fix = checklist.fix
    if (
        fix is not None
        and fix.only_if is None
        and item.duty in fix.cures
        and source.raw is not None
        and source.raw == checklist.document.segments[0].text
    ):
        result["fixes"] = [
            {
                "description": {"text": f"Put {fix.insert.strip()!r} first"},
                "artifactChanges": [
                    {
                        "artifactLocation": {"uri": source.name or "stdin"},
                        "replacements": [
                            {
                                "deletedRegion": {
                                    "startLine": source.line,
                                    "startColumn": source.column,
                                    "endLine": source.line,
                                    "endColumn": source.column,
                                },
                                "insertedContent": {"text": fix.insert},
                            }
                        ],
                    }
                ],
            }
        ]
    return result


def _placed(item: Item) -> list[Witness]:
    return [witness for witness in item.evidence if witness.span is not None]


def _location(witness: Witness | None, source: Source, checklist: Checklist) -> dict[str, Any]:
    origin = checklist.document.origin
    region: dict[str, Any] = {"startLine": source.line if origin is None else origin.line}
    if witness is not None and witness.span is not None:
        text = checklist.document.segments[witness.span.segment].text
        region["snippet"] = {"text": text[witness.span.start : witness.span.end]}
        start, end = (
            _in_source(witness.span.start, source, witness, checklist),
            _in_source(witness.span.end - 1, source, witness, checklist),
        )
        if start is not None and end is not None:
            region.update(startLine=start[0], startColumn=start[1], endLine=end[0], endColumn=end[1] + 1)
    uri = source.name or "stdin"
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": uri, **({"uriBaseId": "%SRCROOT%"} if not uri.startswith(("/", "stdin")) else {})},
            "region": region,
        }
    }


def _in_source(offset: int, source: Source, witness: Witness, checklist: Checklist) -> tuple[int, int] | None:
    """Line and column in the file of an offset in a segment; None where the segment does not stand in a file."""
    assert witness.span is not None
    if checklist.document.outline is not None:
        return place_of(checklist.document, witness.span.segment, offset)
    return source.at(offset) if witness.span.segment == 0 else None


def _fingerprint(item: Item, source: Source, checklist: Checklist) -> str:
    words = [fold(checklist.document.segments[w.span.segment].text[w.span.start : w.span.end]) for w in item.evidence if w.span is not None]
    parts = [item.duty, item.gate.key if item.gate is not None else "", source.name, source.id or "", *words]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()
