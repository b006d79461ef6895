"""The tables of a scan as one static page: plots beside accessible tables, no script, nothing fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape

from compliance.bulk import need, plots
from compliance.bulk.checkpoint import Folder, output_error, written
from compliance.bulk.summary import ANY, TILES, Table, summarise, write_csv
from compliance.bulk.words import Words
from compliance.model import Gate
from compliance.reports.html import STYLE, TEMPLATES
from compliance.rulebook import Rulebook

_MOST_ROWS = 14
_MOST_LINES = 5


@dataclass(frozen=True, slots=True)
class Chart:
    """A plot with its words and the table behind it."""

    name: str
    title: str
    note: str
    svg: str
    table: Table


def write_report(folder: Folder, out: Path, rulebook: Rulebook, language: str = "en") -> tuple[Path, dict[str, Table]]:
    """Write `index.html` in `language` and one CSV file a table into `out`; returns the page and the tables.

    Raises:
        InputError: no records, or such that cannot be read.
        OutputError: `out` cannot be written.
    """
    need("bulk")
    manifest = folder.known() or {}
    tables = summarise(folder)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for table in tables.values():
            write_csv(table, out)
        page = out / "index.html"
        with written(page) as temporary:
            temporary.write_text(_page(folder, manifest, tables, Words(rulebook, language)), encoding="utf-8")
    except OSError as error:
        raise output_error(error, out) from error
    return page, tables


def _page(folder: Folder, manifest: Mapping[str, Any], tables: dict[str, Table], words: Words) -> str:
    parts = manifest.get("parts", ())
    finished = folder.finished(parts)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(percent=words.percent, number=words.number, date=words.date)
    overview = tables["overview"].records()
    found = said_of(words.text)
    headings = headings_in(words.text)
    return environment.get_template("dashboard.html").render(
        _=words.text,
        words=words,
        style=STYLE.read_text(encoding="utf-8"),
        manifest=manifest,
        posts=overview[0]["of"],
        rejected=sum(int(shard["rejected"]) for shard in finished.values()),
        shards=len(parts),
        unfinished=len(parts) - len(finished),
        overview=overview,
        tiles=[record for record in overview if record["found"] in TILES and record["share"] is not None],
        found=found,
        headings=headings,
        charts=[(chart, *_cells(chart, words, headings)) for chart in _charts(tables, words)],
        tables=sorted(tables),
        markets=words.listed(words.named("market", market) for market in manifest.get("reach", ())),
    )


def said_of(_: Callable[[str], str]) -> dict[str, str]:
    """The lines of the overview in words."""
    return {
        "commercial": _("commercial"),
        "perhaps commercial": _("perhaps commercial"),
        "commercial without an advertising label": _("commercial without an advertising label"),
        "commercial, label attempted (disguised, hidden, behind the fold, elsewhere)": _(
            "commercial, label attempted (disguised, hidden, behind the fold, elsewhere)"
        ),
        "commercial, label present": _("commercial, label present"),
        "commercial, label opens the post or is the platform's": _("commercial, label opens the post or is the platform's"),
        "commercial, the platform's own label not used": _("commercial, the platform's own label not used"),
        "commercial, own brand": _("commercial, own brand"),
        "commercial, advertiser identified": _("commercial, advertiser identified"),
        "commercial on a sensitive topic": _("commercial on a sensitive topic"),
        "AI persona": _("AI persona"),
        "AI persona, said so in the post": _("AI persona, said so in the post"),
        "AI persona that tells an experience": _("AI persona that tells an experience"),
        "AI persona that claims expertise": _("AI persona that claims expertise"),
        "content made or altered by AI": _("content made or altered by AI"),
        "content made or altered by AI, not said so": _("content made or altered by AI, not said so"),
    }


def headings_in(_: Callable[[str], str]) -> dict[str, str]:
    """The columns of the tables in words."""
    return {
        "market": _("market"),
        "topic": _("topic"),
        "gate": _("gate"),
        "label": _("label"),
        "outcome": _("outcome"),
        "platform": _("platform"),
        "language": _("language"),
        "week": _("week"),
        "sector": _("sector"),
        "follower_band": _("follower band"),
        "author": _("account"),
        "posts": _("posts"),
        "applicable": _("a duty applies"),
        "verdicts": _("verdicts"),
        "share": _("share"),
        "fail": _("fail"),
        "needs_review": _("needs review"),
        "pass": _("pass"),
        "fail_share": _("fail, share"),
        "needs_review_share": _("needs review, share"),
        "pass_share": _("pass, share"),
    }


def _charts(tables: Mapping[str, Table], words: Words) -> list[Chart]:
    _ = words.text
    charts: list[Chart] = []
    markets = tables["market"].records()
    several = len(markets) > 2  # one market, and "any"
    bars = _(
        "Shares among the posts to which a duty applies (their number in brackets). The line at the end of the fails is their 95% interval."
    )

    def add(name: str, title: str, note: str, svg: str) -> None:
        charts.append(Chart(name, title, note, svg, tables[name]))

    judged = sorted((record for record in markets if record["applicable"] and (several or record["market"] != ANY)), key=_by_fail)
    if judged:
        add("market", _("Outcome by market"), bars, plots.stacked_outcomes("market", judged, "market", words))
    gates = tables["gate"].records()
    if gates:
        note = _(
            "Gates are judged in this order. Each verdict of fail or needs review on a label is counted at the gate that stopped the best label."
        )
        add("gate", _("What labels fall short in"), note, plots.stacked_gates("gate", gates, [gate.key for gate in Gate], words))
    topics = [record for record in tables["topic"].records() if record["applicable"]]
    if topics:
        note = _("Share of fails, in percent, among the posts to which a duty of that topic applies.")
        add("topic", _("Fails by topic"), note, plots.heatmap("topic", topics, "topic", "fail_share", words))
    labels = _most(tables["label"], "label")
    if labels:
        note = _("Share of passes, in percent, where that label came nearest; the labels seen most. The language stands in brackets.")
        add("label", _("Labels that pass"), note, plots.heatmap("label", labels, "label", "pass_share", words, "pass"))
    weeks = [record for record in tables["week"].records() if record["applicable"]]
    if len({record["week"] for record in weeks}) > 1:
        chosen = [record["market"] for record in sorted(judged, key=lambda record: (record["market"] != ANY, *_by_fail(record)))]
        note = _(
            "Share of fails among the posts to which a duty applies, by ISO week of posting. The band is the 95% interval of the first line."
        )
        add("week", _("Fails by week"), note, plots.lines("week", weeks, chosen[:_MOST_LINES], words))
    titles = {
        "platform": (_("Fails by platform"), _("Outcome by platform")),
        "language": (_("Fails by language"), _("Outcome by language")),
        "sector": (_("Fails by sector"), _("Outcome by sector")),
        "follower_band": (_("Fails by follower band"), _("Outcome by follower band")),
    }
    for name, (fails, outcome) in titles.items():
        found = [record for record in _most(tables[name], name) if several or record["market"] != ANY]
        if found and several:
            note = _("Share of fails, in percent, among the posts to which a duty applies.")
            add(name, fails, note, plots.heatmap(name, found, name, "fail_share", words))
        elif found:
            add(name, outcome, bars, plots.stacked_outcomes(name, found, name, words))
    return charts


def _by_fail(record: plots.Record) -> tuple[float, str]:
    return -(record["fail_share"] or 0.0), record["market"]


def _most(table: Table, key: str) -> list[dict[str, Any]]:
    """The records of the values that stand for most posts."""
    records = [record for record in table.records() if record["applicable"]]
    size: Counter[str] = Counter()
    for record in records:
        size[record[key]] = max(size[record[key]], record["applicable"])
    order = {value: place for place, (value, _) in enumerate(size.most_common(_MOST_ROWS))}
    return sorted((record for record in records if record[key] in order), key=lambda record: order[record[key]])


def _cells(chart: Chart, words: Words, headings: Mapping[str, str]) -> tuple[list[str], list[list[str]]]:
    """Head and cells of the table beside a plot: each share with its interval in one cell."""
    records = chart.table.records()
    head = [column for column in chart.table.columns if not column.endswith(("_low", "_high")) and column not in {"low", "high"}]
    rows = [[_cell(record, column, words) for column in head] for record in records]
    return [headings[column] for column in head], rows


def _cell(record: plots.Record, column: str, words: Words) -> str:
    value = record[column]
    if value is None:
        return ""
    if column.endswith("share"):
        stem = column.removesuffix("share")
        return f"{words.percent(value)} ({words.percent(record[stem + 'low'])} – {words.percent(record[stem + 'high'])})"
    return words.number(value) if isinstance(value, int) else words.named(column, value)
