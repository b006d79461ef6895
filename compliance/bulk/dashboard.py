"""The tables of a scan as one static page: plots beside accessible tables, no script, nothing fetched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape

from compliance.bulk import need, plots
from compliance.bulk.checkpoint import Folder, output_error, written
from compliance.bulk.summary import ANY, TILES, Table, summarise, write_csv
from compliance.model import Gate
from compliance.reports.html import STYLE, TEMPLATES
from compliance.rulebook import Rulebook
from compliance.wording import names_of

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


def write_report(folder: Folder, out: Path, rulebook: Rulebook) -> tuple[Path, dict[str, Table]]:
    """Write `index.html` and one CSV file a table into `out`; returns the page and the tables.

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
            temporary.write_text(_page(folder, manifest, tables, rulebook), encoding="utf-8")
    except OSError as error:
        raise output_error(error, out) from error
    return page, tables


def _page(folder: Folder, manifest: Mapping[str, Any], tables: dict[str, Table], rulebook: Rulebook) -> str:
    names = _names(rulebook)
    parts = manifest.get("parts", ())
    finished = folder.finished(parts)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(default=True), trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = lambda share: "" if share is None else f"{100 * share:.1f} %"
    charts = _charts(tables, names)
    overview = tables["overview"].records()
    return environment.get_template("dashboard.html").render(
        style=STYLE.read_text(encoding="utf-8"),
        manifest=manifest,
        posts=overview[0]["of"],
        rejected=sum(int(shard["rejected"]) for shard in finished.values()),
        shards=len(parts),
        unfinished=len(parts) - len(finished),
        overview=overview,
        tiles=[record for record in overview if record["found"] in TILES and record["share"] is not None],
        charts=[(chart, *_cells(chart, names)) for chart in charts],
        tables=sorted(tables),
        markets=[plots.named(names, "market", market) for market in manifest.get("reach", ())],
    )


def _names(rulebook: Rulebook) -> dict[str, dict[str, str]]:
    """What the values of each column are called."""
    names: dict[str, dict[str, str]] = {}
    for key, name in names_of(rulebook, "en").items():
        kind, _, value = key.partition(".")
        names.setdefault("market" if kind == "jurisdiction" else kind, {})[value] = name
    names["market"][ANY] = "in any market"
    names["platform"] = {key: platform.name for key, platform in rulebook.platforms.items()}
    names["label"] = {key: f"{entry.text} ({entry.language})" for key, entry in rulebook.entries.items() if entry.kind == "label"}
    return names


_OF_APPLICABLE = "among the posts to which a duty applies"
_GROUPS = {"platform": "platform", "language": "language", "sector": "sector", "follower_band": "follower band"}


def _charts(tables: Mapping[str, Table], names: plots.Names) -> list[Chart]:
    charts: list[Chart] = []
    markets = tables["market"].records()
    several = len(markets) > 2  # one market, and "any"

    def add(name: str, title: str, note: str, svg: str) -> None:
        charts.append(Chart(name, title, note, svg, tables[name]))

    judged = sorted((record for record in markets if record["applicable"] and (several or record["market"] != ANY)), key=_by_fail)
    if judged:
        note = f"Shares {_OF_APPLICABLE} (their number in brackets). The line at the end of the fails is their 95 % interval."
        add("market", "Outcome by market", note, plots.stacked_outcomes("market", judged, "market", names))
    gates = tables["gate"].records()
    if gates:
        note = "Gates are judged in this order. Each verdict of fail or needs review on a label is counted at the gate that stopped the best label."
        add("gate", "What labels fall short in", note, plots.stacked_gates("gate", gates, [gate.key for gate in Gate], names))
    topics = [record for record in tables["topic"].records() if record["applicable"]]
    if topics:
        note = "Share of fails, in percent, among the posts to which a duty of that topic applies."
        add("topic", "Fails by topic", note, plots.heatmap("topic", topics, "topic", "fail_share", names))
    labels = _most(tables["label"], "label")
    if labels:
        note = "Share of passes, in percent, where that label came nearest; the labels seen most. The language stands in brackets."
        add("label", "Labels that pass", note, plots.heatmap("label", labels, "label", "pass_share", names, "pass"))
    weeks = [record for record in tables["week"].records() if record["applicable"]]
    if len({record["week"] for record in weeks}) > 1:
        chosen = [record["market"] for record in sorted(judged, key=lambda record: (record["market"] != ANY, *_by_fail(record)))][
            :_MOST_LINES
        ]
        note = f"Share of fails {_OF_APPLICABLE}, by ISO week of posting. The band is the 95 % interval of the first line."
        add("week", "Fails by week", note, plots.lines("week", weeks, chosen, names))
    for name, shown in _GROUPS.items():
        found = [record for record in _most(tables[name], name) if several or record["market"] != ANY]
        if found and several:
            note = f"Share of fails, in percent, {_OF_APPLICABLE}."
            add(name, f"Fails by {shown}", note, plots.heatmap(name, found, name, "fail_share", names))
        elif found:
            note = f"Shares {_OF_APPLICABLE} (their number in brackets). The line at the end of the fails is their 95 % interval."
            add(name, f"Outcome by {shown}", note, plots.stacked_outcomes(name, found, name, names))
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


def _cells(chart: Chart, names: plots.Names) -> tuple[list[str], list[list[str]]]:
    """Head and cells of the table beside a plot: each share with its interval in one cell."""
    records = chart.table.records()
    head = [column for column in chart.table.columns if not column.endswith(("_low", "_high")) and column not in {"low", "high"}]
    rows = [[_cell(record, column, names) for column in head] for record in records]
    return [column.removesuffix("_share").replace("_", " ") + (" share" if column.endswith("_share") else "") for column in head], rows


def _cell(record: plots.Record, column: str, names: plots.Names) -> str:
    value = record[column]
    if value is None:
        return ""
    if column.endswith("share"):
        stem = column.removesuffix("share")
        return f"{100 * value:.1f} % ({100 * record[stem + 'low']:.1f}-{100 * record[stem + 'high']:.1f})"
    return f"{value:,}" if isinstance(value, int) else plots.named(names, column, value)
