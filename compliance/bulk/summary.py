"""The records of a scan → tables of rates with 95 % intervals, by market, topic, platform, language, gate, label, week and more."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from compliance.bulk.checkpoint import Folder, output_error, written
from compliance.errors import InputError
from compliance.reports.csv import harmless

ANY = "any"
"""The market under which the worst outcome of all markets stands."""

GROUPS = ("platform", "language", "week", "sector", "follower_band")

_PREPARE = """
-- Wilson's interval (1927) at 95 %: stays inside 0..1 and is right for small counts. p NULL gives NULL.
CREATE MACRO wilson(p, n, side) AS
    (p + 1.959964^2 / (2 * n) + side * 1.959964 * sqrt(greatest(p * (1 - p), 0) / n + 1.959964^2 / (4 * n^2))) / (1 + 1.959964^2 / n);
-- At 0 and 1 a bound is the share itself, which sums of weights miss by a rounding; greatest() passes over NULL.
CREATE MACRO low(p, n) AS CASE WHEN p IS NOT NULL THEN greatest(least(wilson(p, n, -1), p), 0) END;
CREATE MACRO high(p, n) AS CASE WHEN p IS NOT NULL THEN least(greatest(wilson(p, n, 1), p), 1) END;
"""
# Each is read once for all tables: millions of posts come down to as many rows as there are different ones.
_COUNTED = """
CREATE TEMP TABLE judged AS
    SELECT {groups}, market, outcome, count(*) AS count_, sum(weight) AS weight_, sum(weight * weight) AS square_
    FROM (
        SELECT {groups}, weight, entry.key AS market, entry.value AS outcome FROM posts, unnest(map_entries(outcomes)) AS each(entry)
        UNION ALL SELECT {groups}, weight, 'any', outcome FROM posts
    ) GROUP BY ALL;
CREATE TEMP TABLE verdict AS
    SELECT verdict.topic, verdict.market, verdict.label, verdict.gate, verdict.outcome,
        count(*) AS count_, sum(weight) AS weight_, sum(weight * weight) AS square_
    FROM (SELECT weight, unnest(verdicts) AS verdict FROM posts) GROUP BY ALL;
"""

# Counts are of posts read; shares weigh each post by how many it stands for, over the posts to which a duty applies. The size behind an
# interval is Kish's effective one, which is the plain count where all weights are equal.
_RATES = """
    SELECT {keys}, {counts}, {shares}
    FROM (SELECT *, outcome <> 'not_applicable' AS applies FROM {source}) GROUP BY ALL ORDER BY {order}
"""
_COUNTS = ", ".join(
    f"coalesce(sum(count_) FILTER ({which}), 0)::BIGINT AS {name}"
    for name, which in {
        "posts": "true",
        "applicable": "applies",
        "fail": "outcome = 'fail'",
        "needs_review": "outcome = 'needs_review'",
        "pass": "outcome = 'pass'",
    }.items()
)
_SHARE = """
    sum(weight_) FILTER (outcome = '{0}') / sum(weight_) FILTER (applies) AS {0}_share_,
    coalesce({0}_share_, CASE WHEN applicable > 0 THEN 0 END) AS {0}_share,
    (sum(weight_) FILTER (applies))^2 / sum(square_) FILTER (applies) AS {0}_n_,
    low({0}_share, {0}_n_) AS {0}_low, high({0}_share, {0}_n_) AS {0}_high
"""
_SHARES = ", ".join(_SHARE.format(outcome) for outcome in ("fail", "needs_review", "pass"))

# What of all posts, and of which posts, a regulator counts first.
_OVERVIEW = (
    ("commercial", "commercial = 'yes'", "true"),
    ("perhaps commercial", "commercial = 'unknown'", "true"),
    ("commercial without an advertising label", "disclosure_present = 'none'", "commercial = 'yes'"),
    (
        "commercial, label attempted (disguised, hidden, behind the fold, elsewhere)",
        "disclosure_present = 'attempted'",
        "commercial = 'yes'",
    ),
    ("commercial, label present", "disclosure_present = 'present'", "commercial = 'yes'"),
    ("commercial, label opens the post or is the platform's", "disclosure_place IN ('lead', 'platform')", "commercial = 'yes'"),
    (
        "commercial, the platform's own label not used",
        "platform_label_used = 'no'",
        "commercial = 'yes' AND platform_label_used <> 'unknown'",
    ),
    ("commercial, own brand", "own_brand = 'yes'", "commercial = 'yes'"),
    ("commercial, advertiser identified", "advertiser_identified = 'yes'", "commercial = 'yes'"),
    ("commercial on a sensitive topic", "len(sensitive_topics) > 0", "commercial = 'yes'"),
    ("AI persona", "ai_persona = 'yes'", "true"),
    ("AI persona, said so in the post", "ai_persona_disclosed IN ('platform', 'lead', 'before_fold', 'near_fold')", "ai_persona = 'yes'"),
    ("AI persona that tells an experience", "experience_claim_by_ai = 'yes'", "ai_persona = 'yes'"),
    ("AI persona that claims expertise", "expert_claim_by_ai = 'yes'", "ai_persona = 'yes'"),
    ("content made or altered by AI", "ai_content = 'yes'", "true"),
    ("content made or altered by AI, not said so", "ai_content_disclosed IS NULL", "ai_content = 'yes'"),
)


TILES = ("commercial", "commercial without an advertising label", "commercial, label present", "AI persona")
"""The lines of the overview that open the page."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name (that of the CSV file), what it shows, the names of its columns, its rows."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def records(self) -> list[dict[str, Any]]:
        """The rows by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


def summarise(folder: Folder) -> dict[str, Table]:
    """All tables of a scan, by name. Streams the parts; memory does not grow with the number of posts.

    Raises:
        InputError: there are no records in the folder, or they cannot be read.
    """
    parts = sorted(folder.posts.glob("part-*.parquet"))
    if not parts:
        raise InputError("there are no records here", where=folder.path.as_posix(), hint="Name the folder that adcheck scan --out wrote.")
    try:
        with duckdb.connect(config={"autoinstall_known_extensions": "false"}) as database:
            database.read_parquet([str(part) for part in parts]).create_view("posts")
            database.execute(_PREPARE)
            database.execute(_COUNTED.format(groups=", ".join(GROUPS)))
            return {table.name: table for table in _tables(database)}
    except duckdb.Error as error:
        raise InputError(
            f"the records cannot be read: {str(error).splitlines()[0]}",
            where=folder.posts.as_posix(),
            hint="Run the same adcheck scan again.",
        ) from error


def _tables(database: duckdb.DuckDBPyConnection) -> list[Table]:
    tables = [
        _table(database, "overview", "What was found", " UNION ALL BY NAME ".join(_overview(*line) for line in _OVERVIEW)),
        _rates(database, "market", "Outcome by market", ["market"], "judged"),
        _rates(database, "topic", "Outcome by topic and market", ["topic", "market"], "verdict"),
        _rates(database, "label", "Outcome of each label by market", ["label", "market"], "verdict", "label IS NOT NULL"),
        _table(
            database,
            "gate",
            "What failing and doubtful labels fall short in, by market",
            """SELECT market, gate, outcome, verdicts, weight_ / all_ AS share, all_^2 / squares_ AS n_,
                low(share, n_) AS low, high(share, n_) AS high
            FROM (SELECT *, sum(weight_) OVER (PARTITION BY market) AS all_, sum(square_) OVER (PARTITION BY market) AS squares_
                FROM (SELECT market, gate, outcome, sum(count_)::BIGINT AS verdicts, sum(weight_) AS weight_, sum(square_) AS square_
                    FROM verdict WHERE gate IS NOT NULL GROUP BY ALL))
            ORDER BY market, gate, outcome""",
        ),
    ]
    for name in GROUPS:
        shown = name.replace("_", " ")
        tables.append(_rates(database, name, f"Outcome by {shown} and market", [name, "market"], "judged", f"{name} IS NOT NULL"))
    return tables


def _overview(name: str, what: str, of: str) -> str:
    return f"""SELECT '{name.replace("'", "''")}' AS found, count(*) FILTER (({of}) AND ({what})) AS posts, count(*) FILTER ({of}) AS "of",
        sum(weight) FILTER ({of}) AS all_, coalesce(sum(weight) FILTER (({of}) AND ({what})), 0) / all_ AS share,
        all_^2 / sum(weight * weight) FILTER ({of}) AS n_,
        low(share, n_) AS low, high(share, n_) AS high FROM posts"""  # noqa: S608 - the fragments stand above


def _rates(database: duckdb.DuckDBPyConnection, name: str, title: str, keys: Sequence[str], source: str, where: str = "true") -> Table:
    sql = _RATES.format(keys=", ".join(keys), counts=_COUNTS, shares=_SHARES, source=f"{source} WHERE {where}", order=", ".join(keys))
    return _table(database, name, title, sql)


def _table(database: duckdb.DuckDBPyConnection, name: str, title: str, sql: str) -> Table:
    """The result of a query without its helper columns, whose names end in an underscore."""
    found = database.execute(sql)
    names = [column[0] for column in found.description or ()]
    kept = [at for at, column in enumerate(names) if not column.endswith("_")]
    return Table(name, title, tuple(names[at] for at in kept), tuple(tuple(row[at] for at in kept) for row in found.fetchall()))


def write_csv(table: Table, folder: Path) -> Path:
    """Write a table as CSV: shares with six digits, no value as an empty field, what looks like a formula with an apostrophe before it.

    Raises:
        OutputError: it cannot be written.
    """
    path = folder / f"{table.name}.csv"
    try:
        with written(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
            out = csv.writer(stream, lineterminator="\n")
            out.writerow(table.columns)
            out.writerows(map(_cell, row) for row in table.rows)
    except OSError as error:
        raise output_error(error, path) from error
    return path


def _cell(value: Any) -> Any:
    return f"{value:.6f}" if isinstance(value, float) else harmless(value) if isinstance(value, str) else value
