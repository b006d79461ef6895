"""For a terminal: one block per input, worst first, with the words, the law and the smallest fix."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from compliance.model import Checklist, Item, Outcome, Span
from compliance.reports.outline import Row, rows_of
from compliance.reports.places import Problems, Results, line_of, rank, region_of
from compliance.reports.source import Source

_SIGN = {Outcome.FAIL: "FAIL", Outcome.NEEDS_REVIEW: "REVIEW", Outcome.PASS: "pass", Outcome.NOT_APPLICABLE: "n/a"}
_READ = {"primary": "read at the authority", "secondary": "read in a secondary source", "unsettled": "unsettled"}
_WIDTH = 96
_ROWS = 40
_MOST_EXCERPTS = 4
_BEFORE = 40
_TURNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_STYLES = {"fail": "1;31", "needs_review": "1;33", "pass": "32", "rule": "1", "caret": "31", "soft": "2", "fix": "32"}


@dataclass(frozen=True, slots=True)
class _Paint:
    """Colours, where the terminal has them."""

    is_on: bool

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.is_on and style in _STYLES else text


def render_text(results: Results, problems: Problems = (), colour: bool = False) -> str:
    """All checklists; passes and inapplicable duties only counted. Inputs that could not be read are told on stderr alone."""
    paint = _Paint(colour)
    return "\n".join(_one(source, checklist, paint) for source, checklist in results)


def _one(source: Source, checklist: Checklist, paint: _Paint) -> str:
    origin = checklist.document.origin
    line = origin.line if origin is not None and origin.of > 1 else source.line if source.place else None
    place = f"{source.name}:{line}" if source.name and line is not None else source.name
    name = " ".join(part for part in (place, source.place, f"[{source.id}]" if source.id else "") if part) or "input"
    name = printable(name)
    about = f"markets {', '.join(checklist.reach)} · law of {checklist.as_of} · rulebook {checklist.rulebook['version']} {checklist.rulebook['digest']}"
    worst = max((item.outcome for item in checklist.open_items), default=Outcome.NOT_APPLICABLE)
    lines = [f"{paint('rule', name)}: {paint(worst.key, _headline(worst))}", paint("soft", f"  {about}")]
    shown = sorted((item for item in checklist.open_items if item.outcome >= Outcome.NEEDS_REVIEW), key=rank)
    for item in shown:
        lines.append("")
        lines.extend(_item(item, source, checklist, paint))
    aside = [item for item in checklist.items if not item.is_open]
    if aside:
        lines += ["", "  Set aside"]
        lines += [paint("soft", f"    {item.duty} ({item.outcome.key.replace('_', ' ')}): {_why(item)}") for item in aside]
    if checklist.fix is not None and shown:
        fix = checklist.fix
        lines.append("")
        lines.append(
            "  Smallest fix"
            + (f" (if it is so: {fix.only_if.replace('_', ' ')})" if fix.only_if else "")
            + f": put “{paint('fix', fix.insert.strip())}” first"
        )
        lines.extend(textwrap.indent(textwrap.fill(printable(fix.text.splitlines()[0]), _WIDTH - 4), "    ").splitlines())
        if len(fix.text.splitlines()) > 1:
            lines.append("    …")
    lines.extend(_outline(checklist))
    counts = ", ".join(
        f"{sum(1 for item in checklist.open_items if item.outcome is outcome)} {outcome.key.replace('_', ' ')}"
        for outcome in reversed(Outcome)
    )
    if aside:
        counts += f", {len(aside)} set aside"
    lines.extend(
        ["", f"  {counts}", f"  Judged on: {_named(checklist.judged_on, checklist)}. Not seen: {_named(checklist.not_seen, checklist)}."]
    )
    profile = checklist.profile
    if profile is not None and origin is not None and origin.index == origin.of - 1:
        lines.extend(["", f"  Profile {profile.handle or ''}".rstrip()])
        lines.extend(textwrap.indent(textwrap.fill(profile.message, _WIDTH - 4), "    ").splitlines())
    return "\n".join(lines) + "\n"


def _why(item: Item) -> str:
    note = item.suppression
    if note is None:
        return "in the baseline"
    return printable(note.reason + (f", until {note.until}" if note.until else "") + f" ({note.where})")


def _named(keys: Sequence[str], checklist: Checklist) -> str:
    return ", ".join(checklist.names.get(f"segment.{key}", key.replace("_", " ")) for key in keys)


def _headline(outcome: Outcome) -> str:
    return {
        Outcome.FAIL: "something fails",
        Outcome.NEEDS_REVIEW: "a person should look",
    }.get(outcome, "no problem found in what was given")


def _item(item: Item, source: Source, checklist: Checklist, paint: _Paint) -> list[str]:
    gate = f" [{item.gate.key}]" if item.gate is not None else ""
    how = f", law {_READ[item.certainty]}" if item.certainty in _READ else ""
    sign = paint(item.outcome.key, f"{_SIGN[item.outcome]:6}")
    lines = [f"  {sign} {paint('rule', item.duty)}{gate} ({item.severity.key}{how}) {item.title}"]
    lines.extend(textwrap.indent(textwrap.fill(printable(item.message), _WIDTH - 9), "         ").splitlines())
    shown = 0
    for witness in item.evidence:
        if witness.span is None:
            lines.append(printable(f"         {witness.source}: {witness.id} {witness.note}".rstrip()))
        elif shown < _MOST_EXCERPTS:
            shown += 1
            lines.extend(_excerpt(witness.span, source, checklist, paint))
    more = sum(1 for witness in item.evidence if witness.span is not None) - shown
    if more:
        lines.append(f"         … and {more} more; --format json has them all.")
    for law in item.law:
        lines.append(paint("soft", f"         {law.cite} ({law.authority}; {law.certainty}) {law.url}"))
    if item.advice:
        lines.extend(textwrap.indent(textwrap.fill("Do: " + item.advice, _WIDTH - 9), "         ").splitlines())
    return lines


def _excerpt(span: Span, source: Source, checklist: Checklist, paint: _Paint) -> list[str]:
    """The place, the line of the text, and carets under the words; a long line is cut around them, and wide letters count twice."""
    segment = checklist.document.segments[span.segment]
    text, at = line_of(segment, span.start)
    end = min(len(text), at + span.end - span.start)
    begin = max(0, at - _BEFORE)
    behind = min(len(text), max(end, begin + _WIDTH - 20))
    lead, words, rest = (printable(part) for part in (text[begin:at], text[at:end], text[end:behind]))
    lead = ("… " if begin else "") + lead
    place = region_of(checklist, source, span.segment, span.start, span.end)
    where = f"{printable(source.name) or 'input'}:{place.line}" + (f":{place.column}" if place.column else "") + f" ({segment.scope})"
    width = max(_columns(words), 1)
    return [
        f"         {paint('soft', where)}",
        f"         | {lead}{paint('rule', words)}{rest}{' …' if behind < len(text) else ''}",
        f"         | {' ' * _columns(lead)}{paint('caret', '^' * width)}",
    ]


def _columns(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    from wcwidth import wcswidth

    return max(int(wcswidth(text)), 0)


def printable(text: str) -> str:
    """Nothing that moves the cursor: control and direction marks are shown as a dot, a tab as a space."""
    return "".join(
        " " if letter == "\t" else "·" if unicodedata.category(letter) in {"Cc", "Cs"} or letter in _TURNS else letter for letter in text
    )


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
    text = printable("".join(f"[{piece}]" if is_label else piece for piece, is_label in row.pieces).strip())
    return f"    {row.stretch.line}:{row.stretch.column:<5} {about}: {textwrap.shorten(text, _WIDTH, placeholder=' …')}"
