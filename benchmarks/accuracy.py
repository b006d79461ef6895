"""How often Adcheck is right over labelled posts, with 95 % intervals. Measures; ships no text of others.

    python benchmarks/accuracy.py captions.jsonl --json run.json
    python benchmarks/accuracy.py captions.jsonl --compare run.json --plots docs/accuracy

Each line of a FILE is an object: `id`, `text`, `language`, `platform`, `labels` (`commercial`, `disclosed`, `ai_persona`: true, false or
null), and, where known, `bio`, `author`, `disclosure_kind`, `place` (the place class of its label) and `label_basis`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from metrics import LEVELS, Row, as_json, grouped

from compliance import AdcheckError, Checklist, Outcome, check, default_engine

AS_OF = "2026-11-23"
MARKET = {
    "en": "gb",
    "nl": "nl",
    "de": "de",
    "fr": "fr",
    "es": "es",
    "it": "it",
    "pt": "br",
    "pl": "pl",
    "da": "dk",
    "no": "no",
    "sv": "se",
    "ja": "jp",
    "ko": "kr",
    "zh": "cn",
    "hi": "in",
    "ar": "ae",
}
"""The market by whose law a post in a language is judged: where most of its speakers online live, of the markets that Adcheck knows.
English is judged for the United Kingdom, since the United States accept more wordings and would hide misses; Portuguese for Brazil.
A post in any other language is judged for the United Kingdom."""
PLATFORM = {"twitter": "x"}
AD_TOPICS = {"sponsorship", "gift", "affiliate", "own-brand", "platform-label"}
PLACES = {
    "clear": {"platform", "lead", "before_fold", "near_fold", "hashtag_run", "after_fold"},
    "late in caption": {"near_fold", "hashtag_run", "after_fold"},
}
"""Where the label of a row of that kind may stand: a clear one anywhere in the visible text, a late one not before the fold. Other kinds say
nothing about the place; a row's own `place`, one of these classes, says it exactly."""
BARS = (
    ("false alarms per 1,000 harmless posts", "false_alarms", "<=", 0.010),
    ("organic posts that fail", "organic_fail", "<=", 0.0),
    ("undisclosed ads flagged", "undisclosed_flagged", ">=", 0.80),
    ("disclosed ads recognised in the right place class", "disclosed_placed", ">=", 0.97),
    ("commercial or not, F1", "commercial_f1", ">=", 0.93),
    ("declared personas recognised", "persona_recognised", ">=", 0.95),
    ("people taken for a persona", "persona_false_alarms", "<=", 0.005),
)


def sponsorship(checklist: Checklist) -> Outcome:
    """The worst outcome among the items about the advertising label."""
    return max((item.outcome for item in checklist.items if item.topic in AD_TOPICS), default=Outcome.NOT_APPLICABLE)


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSONL file.

    Raises:
        click.ClickException: a line that is no JSON object; names the line.
    """
    result = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise click.ClickException(f"{path}:{number}: {error}. Give one JSON object a line.") from error
        if not isinstance(row, dict):
            raise click.ClickException(f"{path}:{number}: not an object. Give one JSON object a line.")
        result.append(row)
    return result


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The labelled posts of a JSONL file.

    Raises:
        click.ClickException: a line without id, text or labels.
    """
    rows = read_jsonl(path)
    for row in rows:
        missing = [name for name in ("id", "text", "labels") if not row.get(name)]
        if missing or "commercial" not in row["labels"]:
            raise click.ClickException(
                f"{path}: {row.get('id', 'a row without id')}: lacks {', '.join(missing) or 'labels.commercial'}. See --help for the fields."
            )
    return rows


def judge(row: dict[str, Any]) -> Row:
    """What Adcheck says of a labelled post."""
    labels, language = row["labels"], row.get("language") or "en"
    platform = PLATFORM.get(row.get("platform") or "", row.get("platform"))
    if platform not in default_engine().rulebook.platforms:
        platform = None
    result = check(
        text=row["text"],
        reach=[MARKET.get(language, "gb")],
        platform=platform,
        language=language,
        bio=row.get("bio") or None,
        author=row.get("author") or None,
        as_of=AS_OF,
    )
    fact = result.facts.values["commercial"]
    hint = any(signal.kind == "commercial" and signal.effect is None for signal in result.signals)
    kind = row.get("disclosure_kind") or ("organic" if labels["commercial"] is False else "other")
    found = [item.place.value for item in result.facts.disclosures if item.means == "sponsorship" and not item.negated]
    allowed = {row["place"]} if row.get("place") else PLACES.get(kind)
    order = ["platform", "lead", "before_fold", "near_fold", "hashtag_run", "after_fold", "other_segment", "hidden"]
    return Row(
        id=row["id"],
        language=language,
        platform=row.get("platform") or "",
        kind=kind,
        basis=row.get("label_basis") or "",
        commercial=labels["commercial"],
        disclosed=labels.get("disclosed"),
        ai_persona=labels.get("ai_persona"),
        level={"no": int(hint), "unknown": 2, "yes": 3}[fact.value.key],
        outcome=sponsorship(result).key,
        place=min(found, key=order.index, default=None),
        placed=None if allowed is None else bool(allowed & set(found)),
        persona=result.facts.values["ai_persona"].value.key,
        cues=tuple(dict.fromkeys(witness.id for witness in fact.witnesses)),
    )


def is_wrong(row: Row) -> bool:
    """Whether the row misses a bar."""
    if (row.ai_persona and row.persona != "yes") or (row.ai_persona is False and row.persona != "no"):
        return True
    if row.commercial is False:
        return row.flagged
    if row.commercial and row.disclosed is False:
        return not row.flagged
    return bool(row.commercial and row.disclosed and (row.place is None or row.placed is False))


def shown(figure: dict[str, Any] | float | None, per: int = 100) -> str:
    """A rate with its counts and interval, per 100 or 1,000."""
    if figure is None or (isinstance(figure, dict) and figure["rate"] is None):
        return "-"
    if not isinstance(figure, dict):
        return f"{figure:.3f}"
    counts = f"{figure['hits']}/{figure['total']} " if "hits" in figure else ""
    return f"{counts}{per * figure['rate']:.1f} [{per * figure['low']:.1f}-{per * figure['high']:.1f}]"


COLUMNS = (
    ("rows", None, 6),
    ("false alarms ‰", "false_alarms", 24),
    ("same, hard ‰", "false_alarms_hard", 24),
    ("fail ‰", "organic_fail", 23),
    ("undisclosed flagged %", "undisclosed_flagged", 25),
    ("disclosed placed %", "disclosed_placed", 25),
    ("precision %", "commercial_precision", 25),
    ("recall %", "commercial_recall", 25),
    ("F1", "commercial_f1", 7),
)


def table(groups: dict[str, dict[str, Any]]) -> str:
    """The figures as text, one line a group."""
    lines = [f"{'':24}" + "".join(f"{name:>{width}}" for name, _, width in COLUMNS)]
    for group, values in groups.items():
        if group != "all":
            lines.append(f"by {group}")
        for value, figures in values.items():
            cells = [
                str(figures["rows"]) if key is None else shown(figures[key], 1000 if name.endswith("‰") else 100)
                for name, key, _ in COLUMNS
            ]
            lines.append(f"  {value[:22]:22}" + "".join(f"{cell:>{width}}" for cell, (_, _, width) in zip(cells, COLUMNS, strict=True)))
    return "\n".join(lines)


def bars(figures: dict[str, Any]) -> list[str]:
    """Each bar of the project: the figure, what is asked, and whether it is met."""
    lines = []
    for name, key, sign, wanted in BARS:
        value = figures[key]
        rate = value["rate"] if isinstance(value, dict) else value
        met = "no rows" if rate is None else "met" if (rate <= wanted if sign == "<=" else rate >= wanted) else "MISSED"
        lines.append(f"  {name:52}{shown(value, 1000 if wanted <= 0.01 else 100):>28}   {sign} {wanted:<6} {met}")
    for base, value in figures["adjusted_precision"].items():
        lines.append(f"  {f'precision of a flag if {float(base):.1%} are undisclosed ads, %':52}{shown(value):>28}")
    return lines


def compared(old: dict[str, Any], groups: dict[str, Any], rows: list[Row]) -> list[str]:
    """What changed since the run `old`: figures over all rows, then each row that comes out otherwise."""
    before, now = old["groups"]["all"]["all"], groups["all"]["all"]
    lines = [f"since {old['rulebook']['digest'][:19]}"]
    for key, value in now.items():
        if key not in {"rows", "adjusted_precision"} and value != before.get(key):
            lines.append(f"  {key:24} {shown(before.get(key))} -> {shown(value)}")
    known = {row["id"]: row for row in old["rows"]}
    for row in rows:
        was = known.get(row.id)
        if was is None:
            lines.append(f"  new row {row.id}")
        elif (was["outcome"], was["level"], was["place"], was["persona"]) != (row.outcome, row.level, row.place, row.persona):
            lines.append(
                f"  {row.id}: {was['outcome']}, {LEVELS[was['level']]}, persona {was['persona']}"
                f" -> {row.outcome}, {LEVELS[row.level]}, persona {row.persona}"
            )
    return lines


@click.command(help=__doc__)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write figures and rows (without texts) here.")
@click.option("--compare", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A file of --json: print what changed since.")
@click.option("--plots", type=click.Path(file_okay=False, path_type=Path), help="Draw the plots into this folder, as PNG and SVG.")
@click.option("--worst", default=40, show_default=True, help="How many wrong rows to list.")
def main(files: tuple[Path, ...], out: Path | None, compare: Path | None, plots: Path | None, worst: int) -> None:
    """Measure, print, write, compare, draw."""
    rows: list[Row] = []
    texts: dict[str, str] = {}
    for path in files:
        for data in read_rows(path):
            try:
                rows.append(judge(data))
            except AdcheckError as error:
                raise click.ClickException(f"{path}: {data['id']}: {error}") from error
            texts[data["id"]] = " ".join(data["text"].split())
    groups = grouped(rows)
    click.echo(table(groups) + "\n\nbars, over all rows\n" + "\n".join(bars(groups["all"]["all"])))
    wrong = sorted((row for row in rows if is_wrong(row)), key=lambda row: (row.outcome != "fail", row.commercial is True, row.id))
    click.echo(f"\n{len(wrong)} rows come out wrong, the worst first" + ("" if len(wrong) <= worst else f" ({worst} shown)"))
    for row in wrong[:worst]:
        click.echo(f"  {row.outcome:14} {row.kind:18} {row.place or '-':12} {row.id}: {texts[row.id][:140]!r} {list(row.cues)}")
    if compare is not None:
        click.echo("\n" + "\n".join(compared(json.loads(compare.read_text(encoding="utf-8")), groups, rows)))
    if out is not None:
        data = {
            "as_of": AS_OF,
            "rulebook": default_engine().rulebook.info(),
            "files": [path.name for path in files],
            "groups": groups,
            "rows": [as_json(row) for row in rows],
        }
        out.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if plots is not None:
        from plots import draw

        for path in draw(rows, plots):
            click.echo(f"drawn: {path}")


if __name__ == "__main__":
    main()
