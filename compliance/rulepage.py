"""A duty as a reference page, and the table of labels by market. The rule file is the only source; `docs/rules/` is generated from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from compliance.atlas import Cell, by_label, cells, chain, coverage, platform_label_cells, to_csv, to_json
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
    """Labels × markets in Markdown, each verdict linked to the duty that it comes from."""
    table = by_label(cells(rulebook))
    markets = [name for name in rulebook.jurisdictions if any(name in row for _, row in table)]
    lines = [
        "# Labels by market",
        "",
        "What each market's instruments say of each wording, if it stands in a good place. Generated from `rules/`; also as",
        "[JSON](labels.json) and [CSV](labels.csv), or filtered by `adcheck rules export`. A verdict with ° rests on a source that was not",
        "read or on unsettled law: it asks for review and never fails.",
        "",
        "| label | written | " + " | ".join(markets) + " |",
        "|---|---|" + "---|" * len(markets),
    ]
    for label, row in table:
        shown = [" ".join(dict.fromkeys(_verdict_link(cell) for cell in row.get(market, ()))) for market in markets]
        lines.append(f"| `{label}` | {rulebook.entries[label].text} | " + " | ".join(shown) + " |")
    return "\n".join(lines) + "\n"


def _verdict_link(cell: Cell) -> str:
    sure = "" if cell.certainty in {"primary", "secondary"} else "°"
    return f"[{_MARK[cell.verdict]}{sure}]({cell.duty}.md)"


def market_page(name: str, rulebook: Rulebook) -> str:
    """One market: who judges, what is inherited, and topic by topic its duties, or why there is none."""
    market = rulebook.jurisdictions[name]
    parents = chain(rulebook, name)[1:]
    lines = [
        f"# {market.name['en']}",
        "",
        f"`{name}` · languages: {', '.join(market.languages) or 'those of the markets below'} · {'; '.join(market.regulators)}",
        "",
    ]
    if market.note:
        lines += [market.note, ""]
    if parents:
        lines += ["Inherits: " + ", ".join(rulebook.jurisdictions[parent].name["en"] for parent in parents) + ".", ""]
    lines += ["| topic | duties |", "|---|---|"]
    for topic, duties in coverage(rulebook)[name].items():
        if duties:
            told = "<br>".join(f"[`{duty.id}`]({duty.id}.md) {duty.title['en']} ({duty.status}, from {duty.since})" for duty in duties)
        else:
            told = "Not covered: " + why_not_covered(rulebook, name, topic, "en")
        lines.append(f"| {_topic(rulebook, topic)} | {told} |")
    return "\n".join(lines) + "\n"


def _topic(rulebook: Rulebook, topic: str) -> str:
    texts = rulebook.messages.get("topics_names", {}).get(topic)
    return str(texts["en"]) if texts else topic


def why_not_covered(rulebook: Rulebook, market: str, topic: str, language: str) -> str:
    """Why a market has no duty on a topic: its own reason, else its parent's, else that no source was found."""
    reasons = (rulebook.jurisdictions[name].not_covered.get(topic) for name in chain(rulebook, market))
    own = next((reason for reason in reasons if reason), rulebook.messages.get("not_covered", {}))
    return str(own.get(language) or own.get("en", "no source was found."))


def platform_page(rulebook: Rulebook) -> str:
    """Each platform's folds and own labels, and whether each instrument lets the platform's advertising label alone suffice."""
    lines = [
        "# Platforms",
        "",
        "Generated from `rules/platforms.yaml` and the duty files.",
        "",
        "## Does the platform's own label suffice?",
        "",
    ]
    lines += ["| market | duty | verdict | rests on | checked | note |", "|---|---|---|---|---|---|"]
    for cell in platform_label_cells(rulebook):
        needs = f" (needs {', '.join(need.replace('_', ' ') for need in cell.needs)})" if cell.needs else ""
        source = f"[{cell.cite}]({cell.url}), {cell.certainty}" if cell.verdict in _MARK else ""
        note = cell.note.replace("|", "\\|")
        lines.append(
            f"| {cell.market} | [`{cell.duty}`]({cell.duty}.md) | {_MARK.get(cell.verdict, 'not stated: asks for review')}{needs} | {source} | "
            f"{cell.checked if source else ''} | {note} |"
        )
    for platform in rulebook.platforms.values():
        lines += ["", f"## {platform.name}", ""]
        if platform.labels:
            lines += ["| label | means | wording | source | checked |", "|---|---|---|---|---|"]
            for key, label in platform.labels.items():
                texts = "; ".join(f"{language}: {text.replace('{BRAND}', '…')}" for language, text in label.texts.items())
                other = f", other languages {label.texts_certainty}" if len(label.texts) > 1 else ""
                lines.append(
                    f"| {key.replace('_', ' ')} | {label.means} | {texts} | {label.source} ({label.certainty}{other}) | {label.checked} |"
                )
            lines.append("")
        lines += ["| surface | surely shows | surely hidden after | lines | source | checked |", "|---|---|---|---|---|---|"]
        for name, surface in platform.surfaces.items():
            lines.append(
                f"| {name} | {surface.visible} | {surface.hidden} | {surface.lines or ''} | {surface.source} ({surface.certainty}) | {surface.checked} |"
            )
    return "\n".join(lines) + "\n"


def pages(rulebook: Rulebook) -> dict[str, str]:
    """All generated pages by file name."""
    result = {f"{duty.id}.md": duty_page(duty, rulebook) for duty in rulebook.duties.values()}
    everything = cells(rulebook)
    result["labels.md"] = label_table(rulebook)
    result["labels.json"] = to_json(everything, rulebook)
    result["labels.csv"] = to_csv(everything, rulebook)
    result["platforms.md"] = platform_page(rulebook)
    result.update({f"market-{name}.md": market_page(name, rulebook) for name in rulebook.markets})
    index = [
        "# Duties",
        "",
        "Generated from `rules/` by `make docs`. [Labels by market](labels.md) · [Platforms](platforms.md)",
        "",
        "Markets: " + " · ".join(f"[{rulebook.jurisdictions[name].name['en']}](market-{name}.md)" for name in rulebook.markets),
        "",
        "| duty | market | what | status | from |",
        "|---|---|---|---|---|",
    ]
    for duty in rulebook.duties.values():
        index.append(f"| [`{duty.id}`]({duty.id}.md) | {duty.jurisdiction} | {duty.title['en']} | {duty.status} | {duty.since} |")
    result["README.md"] = "\n".join([*index, ""])
    return result


def write_pages(rulebook: Rulebook, folder: Path) -> int:
    """Write all pages into `folder`, remove those of duties that are gone; the number of pages."""
    folder.mkdir(parents=True, exist_ok=True)
    written = pages(rulebook)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    for stale in folder.glob("*.md"):
        if stale.name not in written:
            stale.unlink()
    return len(written)
