"""For a terminal: one block per input, worst first, with the words, the law and the smallest fix."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from compliance.model import Checklist, Item, Outcome
from compliance.reports.outline import Row, place_of, rows_of
from compliance.reports.source import Source
from compliance.text import Lines

_SIGN = {Outcome.FAIL: "FAIL", Outcome.NEEDS_REVIEW: "REVIEW", Outcome.PASS: "pass", Outcome.NOT_APPLICABLE: "n/a"}
_READ = {"primary": "read at the authority", "secondary": "read in a secondary source", "unsettled": "unsettled"}
_WIDTH = 96
_ROWS = 40


def render_text(results: list[tuple[Source, Checklist]]) -> str:
    """All checklists; passes and inapplicable duties only counted."""
    return "\n".join(_one(source, checklist) for source, checklist in results)


def _one(source: Source, checklist: Checklist) -> str:
    origin = checklist.document.origin
    line = origin.line if origin is not None and origin.of > 1 else source.line if source.place else None
    place = f"{source.name}:{line}" if source.name and line is not None else source.name
    name = " ".join(part for part in (place, source.place, f"[{source.id}]" if source.id else "") if part) or "input"
    lines = [
        f"{name}: {_headline(checklist)}",
        f"  markets {', '.join(checklist.reach)} · law of {checklist.as_of} · rulebook {checklist.rulebook['version']} {checklist.rulebook['digest']}",
    ]
    shown = sorted(
        (item for item in checklist.items if item.outcome >= Outcome.NEEDS_REVIEW), key=lambda item: (-item.outcome, -item.severity)
    )
    for item in shown:
        lines.append("")
        lines.extend(_item(item, source, checklist))
    if checklist.fix is not None:
        fix = checklist.fix
        lines.append("")
        lines.append(
            "  Smallest fix"
            + (f" (if it is so: {fix.only_if.replace('_', ' ')})" if fix.only_if else "")
            + f": put “{fix.insert.strip()}” first"
        )
        lines.extend(textwrap.indent(textwrap.fill(fix.text.splitlines()[0], _WIDTH - 4), "    ").splitlines())
        if len(fix.text.splitlines()) > 1:
            lines.append("    …")
    lines.extend(_outline(checklist))
    counts = ", ".join(
        f"{sum(1 for item in checklist.items if item.outcome is outcome)} {outcome.key.replace('_', ' ')}" for outcome in reversed(Outcome)
    )
    lines.extend(
        ["", f"  {counts}", f"  Judged on: {_named(checklist.judged_on, checklist)}. Not seen: {_named(checklist.not_seen, checklist)}."]
    )
    profile = checklist.profile
    if profile is not None and origin is not None and origin.index == origin.of - 1:
        lines.extend(["", f"  Profile {profile.handle or ''}".rstrip()])
        lines.extend(textwrap.indent(textwrap.fill(profile.message, _WIDTH - 4), "    ").splitlines())
    return "\n".join(lines) + "\n"


def _named(keys: Sequence[str], checklist: Checklist) -> str:
    return ", ".join(checklist.names.get(f"segment.{key}", key.replace("_", " ")) for key in keys)


def _headline(checklist: Checklist) -> str:
    return {
        Outcome.FAIL: "something fails",
        Outcome.NEEDS_REVIEW: "a person should look",
    }.get(checklist.outcome, "no problem found in what was given")


def _item(item: Item, source: Source, checklist: Checklist) -> list[str]:
    gate = f" [{item.gate.key}]" if item.gate is not None else ""
    how = f", law {_READ[item.certainty]}" if item.certainty in _READ else ""
    lines = [f"  {_SIGN[item.outcome]:6} {item.duty}{gate} ({item.severity.key}{how}) {item.title}"]
    lines.extend(textwrap.indent(textwrap.fill(item.message, _WIDTH - 9), "         ").splitlines())
    for witness in item.evidence:
        if witness.span is not None:
            segment = checklist.document.segments[witness.span.segment]
            in_source = place_of(checklist.document, witness.span.segment, witness.span.start)
            line, column = in_source or Lines(segment.text).at(witness.span.start)
            if segment.scope == "caption" and in_source is None:
                line, column = (source.at(witness.span.start) if source.raw == segment.text else None) or (line + source.line - 1, column)
            where = f"{segment.scope} {line}:{column}"
            lines.append(f"         “{segment.text[witness.span.start : witness.span.end]}” ({where})")
        else:
            lines.append(f"         {witness.source}: {witness.id} {witness.note}".rstrip())
    for law in item.law:
        lines.append(f"         {law.cite} ({law.authority}; {law.certainty}) {law.url}")
    if item.advice:
        lines.extend(textwrap.indent(textwrap.fill("Do: " + item.advice, _WIDTH - 9), "         ").splitlines())
    return lines


def _outline(checklist: Checklist) -> list[str]:
    """What a page shows and hides, by line and column; of long pages first of all what is hidden, weakened or holds a label."""
    rows = rows_of(checklist)
    if not rows:
        return []
    telling = [row for row in rows if row.has_label or row.why]
    shown = rows if len(rows) <= _ROWS else (telling or rows)[:_ROWS]
    lines = ["", "  Outline of the page (line:column, [labels])"]
    lines.extend(_row(row, checklist) for row in shown)
    if len(shown) < len(rows):
        lines.append(f"    … and {len(rows) - len(shown)} more stretches; --format json has them all.")
    return lines


def _row(row: Row, checklist: Checklist) -> str:
    state = checklist.names.get(f"state.{row.stretch.state}", row.stretch.state)
    about = "; ".join(part for part in (state if row.stretch.state != "spoken" else row.scope, row.why) if part)
    text = "".join(f"[{piece}]" if is_label else piece for piece, is_label in row.pieces).strip()
    return f"    {row.stretch.line}:{row.stretch.column:<5} {about}: {textwrap.shorten(text, _WIDTH, placeholder=' …')}"
