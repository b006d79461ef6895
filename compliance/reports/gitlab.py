"""GitLab's code quality report: a JSON list that a merge request compares with that of its target by fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections import Counter

from compliance.findings.fingerprints import finding_fingerprint
from compliance.model import Item, Outcome, Severity
from compliance.reports.places import Problems, Results, findings_in, first_line, in_checkout, sentence_of, words_of
from compliance.reports.source import Source

_SEVERITY = {Severity.MINOR: "minor", Severity.MODERATE: "major", Severity.SERIOUS: "critical", Severity.CRITICAL: "blocker"}


def render_gitlab(results: Results, problems: Problems = ()) -> str:
    """Fails by their severity and questions as info; what was set aside or is in the baseline is left out."""
    seen: Counter[str] = Counter()
    entries = []
    for source, checklist, item in findings_in(results):
        if not item.is_open:
            continue
        words = words_of(item, source, checklist)
        line = words[0].region.line if words else first_line(source, checklist)
        end = (words[0].region.end_line if words else 0) or line
        name = finding_fingerprint(item, checklist, source)
        seen[name] += 1
        if seen[name] > 1:  # GitLab drops all but one of the same fingerprint
            name = hashlib.sha256(f"{name} {seen[name]}".encode()).hexdigest()
        entries.append(_entry(item, sentence_of(item, source, checklist), name, _path(source), line, end))
    for source, error in problems:
        name = hashlib.sha256(f"{source.name}\0{source.id or ''}\0{error.message}".encode("utf-8", "replace")).hexdigest()
        entries.append(
            {
                "description": str(error),
                "check_name": "adcheck.unreadable",
                "fingerprint": name,
                "severity": "blocker",
                "location": {"path": _path(source), "lines": {"begin": source.line}},
            }
        )
    return json.dumps(entries, ensure_ascii=False, indent=2) + "\n"


def _path(source: Source) -> str:
    return in_checkout(source.name, "CI_PROJECT_DIR") or "stdin"


def _entry(item: Item, description: str, fingerprint: str, path: str, line: int, end: int) -> dict[str, object]:
    return {
        "description": description,
        "check_name": item.duty,
        "fingerprint": fingerprint,
        "severity": _SEVERITY[item.severity] if item.outcome is Outcome.FAIL else "info",
        "location": {"path": path, "lines": {"begin": line, "end": end}},
    }
