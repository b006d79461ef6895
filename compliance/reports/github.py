"""Workflow commands that GitHub shows as annotations beside the lines of a change."""

from __future__ import annotations

from compliance.model import Checklist, Item, Outcome, Severity
from compliance.reports.places import Problems, Results, findings_in, first_line, in_checkout, sentence_of, words_of
from compliance.reports.source import Source


def render_github(results: Results, problems: Problems = ()) -> str:
    """One command a finding; what was set aside or is in the baseline is left out, questions are notices."""
    lines = [_finding(item, source, checklist) for source, checklist, item in findings_in(results) if item.is_open]
    lines += [
        _command("error", str(error), file=_file(source), line=str(source.line), title="Adcheck: cannot be read")
        for source, error in problems
    ]
    return "".join(lines)


def _finding(item: Item, source: Source, checklist: Checklist) -> str:
    level = "notice"
    if item.outcome is Outcome.FAIL:
        level = "error" if item.severity >= Severity.SERIOUS else "warning"
    words = words_of(item, source, checklist)
    place = {"file": _file(source)}
    if words:
        region = words[0].region
        place["line"] = str(region.line)
        if region.end_line:
            place["endLine"] = str(region.end_line)
        if region.column and region.line == region.end_line:  # columns are ignored, and the annotation too, where the lines differ
            place |= {"col": str(region.column), "endColumn": str(region.end_column)}
    else:
        place["line"] = str(first_line(source, checklist))
    message = sentence_of(item, source, checklist)
    if item.law:
        message += f"\n{item.law[0].cite}: {item.law[0].url}"
    return _command(level, message, **place, title=f"{item.duty}: {item.title}")


def _file(source: Source) -> str:
    return in_checkout(source.name, "GITHUB_WORKSPACE")


def _command(level: str, message: str, **properties: str) -> str:
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{level} {told}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
