"""A duty as a reference page, and the table of labels by market. The rule file is the only source; `docs/rules/` is generated from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from compliance.rulebook import Rulebook
from compliance.rules import Duty, LabelRow

_VERDICTS = ("accepted", "qualified", "ambiguous", "rejected")
_MARK = {"accepted": "accepted", "qualified": "with conditions", "ambiguous": "unclear", "rejected": "not enough"}


def duty_page(duty: Duty, rulebook: Rulebook, language: str = "en") -> str:
    """The reference page of one duty, in Markdown."""
    market = rulebook.jurisdictions[duty.jurisdiction]
    lines = [
        f"# {duty.title.get(language) or duty.title['en']}",
        "",
        f"`{duty.id}` · {market.name.get(language) or market.name['en']} · {duty.topic} · severity {duty.severity.key} · {duty.status} · "
        f"in force from {duty.since}" + (f" until {duty.until}" if duty.until else ""),
        "",
        "## Law",
        "",
    ]
    for law in duty.law.values():
        lines.append(f"- [{law.cite}]({law.url}): {law.authority}, {law.kind.replace('-', ' ')}, {law.certainty}, checked {law.checked}")
    lines += ["", "## When it applies", "", f"{_condition(duty.applies_when)}", "", "## What it asks for", "", _demand(duty), ""]
    if duty.rows:
        lines += ["## Labels", "", "| label | written | verdict | note |", "|---|---|---|---|"]
        for verdict in _VERDICTS:
            for rows in duty.rows.values():
                for row in rows:
                    if row.verdict == verdict:
                        lines.append(f"| `{row.label}` | {rulebook.entries[row.label].text} | {_MARK[verdict]} | {_note(row)} |")
        lines.append("")
    if duty.refines:
        lines += [f"It takes the place of {', '.join(f'`{parent}`' for parent in duty.refines)} in this market.", ""]
    lines += ["## What it cannot see", "", duty.known_gaps, "", "## Examples", ""]
    for example in duty.examples:
        gate = f", gate {example.gate.key}" if example.gate is not None else ""
        context = ", ".join(f"{key}: {_plain(value)}" for key, value in example.context.items())
        quoted = " ⏎ ".join(example.text.splitlines())
        lines.append(f"- **{example.outcome.key.replace('_', ' ')}**{gate}: “{quoted}”" + (f" ({context})" if context else ""))
    return "\n".join(lines) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {inner}" for key, inner in value.items())
    return str(value)


def _note(row: LabelRow) -> str:
    parts = []
    if row.connection:
        parts.append("for " + ", ".join(sorted(row.connection)))
    if row.needs:
        parts.append("needs " + ", ".join(need.replace("_", " ") for need in row.needs))
    if row.surface:
        parts.append("on " + ", ".join(sorted(row.surface)))
    if row.note:
        parts.append(row.note)
    if not row.law.is_certain:
        parts.append(f"source: {row.law.certainty}, so it can only ask for review")
    return "; ".join(parts).replace("|", "\\|")


def _condition(condition: Mapping[str, object]) -> str:
    parts = []
    for name, value in condition.items():
        if name == "any_of" and isinstance(value, list):
            parts.append("(" + " or ".join(_condition(part) for part in value) + ")")
        elif name == "not" and isinstance(value, Mapping):
            parts.append(f"not ({_condition(value)})")
        else:
            values = [value] if isinstance(value, str) else list(value)  # type: ignore[call-overload]
            parts.append(f"{name.replace('_', ' ')} is {' or '.join(values)}")
    return " and ".join(parts)


def _demand(duty: Duty) -> str:
    if duty.disclosure is None:
        return f"That {_condition(duty.facts or {})}."
    demand = duty.disclosure
    taken = [place.value.replace("_", " ") for place, verdict in demand.place.items() if verdict == "ok"]
    language = demand.language if isinstance(demand.language, str) else ", ".join(demand.language)
    words = {"any": "in any language", "audience": "in a language of the market", "message": "in the language of the post"}.get(
        language, f"in {language}"
    )
    return f"A label for {' or '.join(sorted(demand.means))}, {words}, standing: {', '.join(taken)}."


def label_table(rulebook: Rulebook) -> str:
    """Labels × markets in Markdown: the best and the worst verdict of each market's duties, where they differ."""
    markets = [name for name in rulebook.jurisdictions if any(duty.jurisdiction == name for duty in rulebook.duties.values())]
    lines = ["# Labels by market", "", "| label | written | " + " | ".join(markets) + " |", "|---|---|" + "---|" * len(markets)]
    for label, entry in sorted(rulebook.labels.items()):
        cells = []
        for market in markets:
            verdicts = {row.verdict for duty in rulebook.duties.values() if duty.jurisdiction == market for row in duty.rows.get(label, ())}
            cells.append(" / ".join(_MARK[verdict] for verdict in _VERDICTS if verdict in verdicts))
        if any(cells):
            lines.append(f"| `{label}` | {entry.text} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def pages(rulebook: Rulebook) -> dict[str, str]:
    """All generated pages by file name."""
    result = {f"{duty.id}.md": duty_page(duty, rulebook) for duty in rulebook.duties.values()}
    result["labels.md"] = label_table(rulebook)
    index = [
        "# Duties",
        "",
        "Generated from `rules/` by `make docs`.",
        "",
        "| duty | market | what | status | from |",
        "|---|---|---|---|---|",
    ]
    for duty in rulebook.duties.values():
        index.append(f"| [`{duty.id}`]({duty.id}.md) | {duty.jurisdiction} | {duty.title['en']} | {duty.status} | {duty.since} |")
    result["README.md"] = "\n".join([*index, "", "[Labels by market](labels.md)", ""])
    return result


def write_pages(rulebook: Rulebook, folder: Path) -> int:
    """Write all pages into `folder`, remove those of duties that are gone; the number of pages."""
    folder.mkdir(parents=True, exist_ok=True)
    written = pages(rulebook)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    for stale in folder.glob("*.md"):
        if stale.name not in written:
            stale.unlink()
    return len(written)
