"""SARIF 2.1.0 for code scanning: fails as results, questions as reviews, with stable fingerprints that no line number enters."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from compliance.findings.fingerprints import finding_fingerprint
from compliance.model import Checklist, Fix, Item, Outcome, Severity, Suppression
from compliance.reports.json import VERSION
from compliance.reports.places import Problems, Region, Results, findings_in, first_line, in_checkout, region_of, safe_fix, words_of
from compliance.reports.source import Insertion, Source

_LEVEL = {Severity.MINOR: "note", Severity.MODERATE: "warning", Severity.SERIOUS: "error", Severity.CRITICAL: "error"}
_MOST_PLACES = 5


def render_sarif(results: Results, problems: Problems = ()) -> str:
    """One run over all inputs. Rule ids are duty ids; columns are code points. What was set aside stays, with its suppression."""
    rules: dict[str, Item] = {}
    numbers: dict[str, int] = {}
    found: list[dict[str, Any]] = []
    has_baseline = any(item.known for _, _, item in findings_in(results))
    for source, checklist, item in findings_in(results):
        rules.setdefault(item.duty, item)
        number = numbers.setdefault(item.duty, len(numbers))
        found.append(_result(item, source, checklist, number, has_baseline))
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
        "invocations": [
            {
                "executionSuccessful": not problems,
                "toolExecutionNotifications": [
                    {
                        "level": "error",
                        "message": {"text": str(error)},
                        "locations": [_location(source, Region(source.line))],
                    }
                    for source, error in problems
                ],
            }
        ],
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
        "help": _help(item),
        **({"helpUri": law.url} if law else {}),
        "defaultConfiguration": {"level": _LEVEL[item.severity]},
        "properties": {
            "tags": [item.topic, item.jurisdiction],
            "severity": item.severity.key,
            "problem.severity": "error" if item.severity >= Severity.SERIOUS else "warning",
        },
    }


def _help(item: Item) -> dict[str, str]:
    """The law behind a rule, each source with how surely it was read."""
    sources = [f"{law.cite} ({law.authority}; read: {law.certainty}, {law.checked})" for law in item.law]
    text = "\n".join([item.title, *(f"{said}: {law.url}" for said, law in zip(sources, item.law, strict=True))])
    links = [f"- [{said}]({law.url})" for said, law in zip(sources, item.law, strict=True)]
    command = f"`adcheck rules show {item.duty}` prints the whole rule."
    return {"text": f"{text}\n{command.replace('`', '')}", "markdown": "\n".join([f"**{item.title}**", "", *links, "", command])}


def _result(item: Item, source: Source, checklist: Checklist, number: int, has_baseline: bool) -> dict[str, Any]:
    is_review = item.outcome is Outcome.NEEDS_REVIEW
    words = words_of(item, source, checklist)[:_MOST_PLACES]
    result: dict[str, Any] = {
        "ruleId": item.duty,
        "ruleIndex": number,
        "kind": "review" if is_review else "fail",
        "level": "none" if is_review else _LEVEL[item.severity],
        "message": {"text": item.message},
        "locations": [_location(source, found.region, found.text) for found in words]
        or [_location(source, Region(first_line(source, checklist)))],
        "partialFingerprints": {"adcheck/v1": finding_fingerprint(item, checklist, source)},
        "properties": {
            "outcome": item.outcome.key,
            "jurisdiction": item.jurisdiction,
            "topic": item.topic,
            "gate": item.gate.key if item.gate is not None else None,
            "reason": item.reason,
            "certainty": item.certainty or None,
            "law": [{"cite": law.cite, "url": law.url, "certainty": law.certainty} for law in item.law],
            **({"record": source.id} if source.id else {}),
        },
    }
    if has_baseline:
        result["baselineState"] = "unchanged" if item.known else "new"
    if item.suppression is not None:
        result["suppressions"] = [_suppression(item.suppression)]
    fix = safe_fix(checklist)
    if fix is not None and item.duty in fix.cures:
        result["fixes"] = _fixes(fix, source, checklist)
    return result


def _suppression(note: Suppression) -> dict[str, Any]:
    told = {"where": note.where, "until": note.until, "by": note.by, "made": note.made}
    return {
        "kind": "inSource" if note.kind == "in_source" else "external",
        "status": "accepted",
        "justification": note.reason,
        "properties": {key: value for key, value in told.items() if value is not None},
    }


def _fixes(fix: Fix, source: Source, checklist: Checklist) -> list[dict[str, Any]]:
    """The leading label as a replacement, as it must be written in the file; in a text that stands there as it is, before its first letter."""
    put = source.fix
    if put is None:
        at = region_of(checklist, source, 0, 0, 0)
        if not at.column or source.field is not None:
            return []
        put = Insertion(at.line, at.column, at.column, fix.insert)
    region = {"startLine": put.line, "startColumn": put.column, "endLine": put.line, "endColumn": put.end_column}
    replacement = {"deletedRegion": region, "insertedContent": {"text": put.words}}
    change = {"artifactLocation": _artifact(source), "replacements": [replacement]}
    return [{"description": {"text": f"Put {fix.insert.strip()!r} first"}, "artifactChanges": [change]}]


def _location(source: Source, region: Region, snippet: str | None = None) -> dict[str, Any]:
    told: dict[str, Any] = {"startLine": region.line}
    if region.column:
        told |= {"startColumn": region.column, "endLine": region.end_line, "endColumn": region.end_column}
    if snippet is not None:
        told["snippet"] = {"text": snippet}
    return {"physicalLocation": {"artifactLocation": _artifact(source), "region": told}}


def _artifact(source: Source) -> dict[str, str]:
    if not source.name:
        return {"uri": "stdin"}
    name = in_checkout(source.name, "GITHUB_WORKSPACE").encode("utf-8", "surrogateescape")
    if name.startswith(b"/"):
        return {"uri": "file://" + quote(name)}
    return {"uri": quote(name), "uriBaseId": "%SRCROOT%"}
