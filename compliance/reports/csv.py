"""A row for each duty that applies, for spreadsheets and statistics."""

from __future__ import annotations

import csv
import io

from compliance.findings.fingerprints import finding_fingerprint
from compliance.model import Checklist, Item, Outcome
from compliance.reports.places import Problems, Results, first_line, words_of
from compliance.reports.source import Source

COLUMNS = (
    "file",
    "line",
    "column",
    "record",
    "as_of",
    "duty",
    "jurisdiction",
    "topic",
    "outcome",
    "gate",
    "reason",
    "severity",
    "certainty",
    "words",
    "message",
    "fix",
    "law",
    "url",
    "set_aside",
    "fingerprint",
)
# A spreadsheet would take these for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def render_csv(results: Results, problems: Problems = ()) -> str:
    """Duties that do not apply are left out; an input that could not be read is a row with the outcome `error`."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n", restval="")
    writer.writeheader()
    for source, checklist in results:
        for item in checklist.items:
            if item.outcome > Outcome.NOT_APPLICABLE:
                writer.writerow(_harmless(_row(item, source, checklist)))
    for source, error in problems:
        row = {"file": source.name, "line": str(source.line), "record": source.id or "", "outcome": "error", "message": str(error)}
        writer.writerow(_harmless(row))
    return out.getvalue()


def _row(item: Item, source: Source, checklist: Checklist) -> dict[str, str]:
    words = words_of(item, source, checklist)
    fix = checklist.fix
    aside = f"{item.suppression.reason} ({item.suppression.where})" if item.suppression is not None else "baseline" if item.known else ""
    return {
        "file": source.name,
        "line": str(words[0].region.line if words else first_line(source, checklist)),
        "column": str(words[0].region.column or "") if words else "",
        "record": source.id or "",
        "as_of": checklist.as_of,
        "duty": item.duty,
        "jurisdiction": item.jurisdiction,
        "topic": item.topic,
        "outcome": item.outcome.key,
        "gate": item.gate.key if item.gate is not None else "",
        "reason": item.reason or "",
        "severity": item.severity.key,
        "certainty": item.certainty,
        "words": " | ".join(found.text for found in words),
        "message": item.message,
        "fix": fix.insert.strip() if fix is not None and item.duty in fix.cures else "",
        "law": item.law[0].cite if item.law else "",
        "url": item.law[0].url if item.law else "",
        "set_aside": aside,
        "fingerprint": finding_fingerprint(item, checklist, source),
    }


def _harmless(row: dict[str, str]) -> dict[str, str]:
    return {key: harmless(value) for key, value in row.items()}


def harmless(value: str) -> str:
    """`value` as a cell that no spreadsheet runs as a formula: with an apostrophe before it where it looks like one."""
    return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
