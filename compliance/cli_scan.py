"""`adcheck scan` and `adcheck report`: dumps of any size, and what they add up to."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from compliance.cli_rules import engine_of
from compliance.errors import InputError
from compliance.model import INTERFACES

STRATA = ("platform", "language", "market", "week", "sector", "follower_band", "author")


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="IN…")
@click.option(
    "--out", "-o", required=True, type=click.Path(file_okay=False), help="Folder for the records; an unfinished scan in it is gone on with."
)
@click.option(
    "--reach",
    "-r",
    required=True,
    help="Markets to judge for, comma-separated: nl,de,us-ny; `europe` and other regions name all of theirs.",
)
@click.option("--as-of", help="The date whose law counts (2026-11-23); today if not given. A column as_of wins.")
@click.option("--platform", "-p", help="Platform of rows that do not name one.")
@click.option("--surface", help="Surface of rows that do not name one.")
@click.option("--language", help="Language of rows that do not name one.")
@click.option("--declared", "-d", multiple=True, metavar="KEY=VALUE", help="A fact that holds for all rows: relationship=paid.")
@click.option("--incomplete", is_flag=True, help="The platform may have shown more than the dump holds.")
@click.option(
    "--column",
    "-c",
    "columns",
    multiple=True,
    metavar="FIELD=COLUMN",
    help="Which column is which field: text=caption; FIELD= leaves it out. Repeat it where files name a field differently.",
)
@click.option("--encoding", default="utf-8", show_default=True, help="Encoding of CSV and JSONL files.")
@click.option("--sample", type=click.IntRange(min=1), help="Judge so many posts, drawn at random.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed draws the same posts.")
@click.option("--stratify", type=click.Choice(STRATA), help="Draw from each value of this field in proportion, at least one post.")
@click.option("--jsonl/--no-jsonl", default=True, help="Write the records as JSONL beside Parquet.")
@click.option("--guess-language", is_flag=True, help="Guess the language of every post that does not name it, for tables by language.")
@click.option("--workers", "-w", type=click.IntRange(min=1), default=None, help="Processes; as many as there are processors if not given.")
@click.option("--engine", "executor", type=click.Choice(["local", "ray"]), default="local", show_default=True, help="Where the shards run.")
@click.option("--ray-address", help="A running Ray cluster; one is started on this machine if not given.")
@click.option("--max-rejects", type=click.IntRange(min=0), default=0, show_default=True, help="So many bad rows still give exit code 0.")
@click.option("--restart", is_flag=True, help="Throw away what the folder holds.")
@click.option("--quiet", "-q", is_flag=True, help="No progress bar.")
@click.option("--rules", "rules_folder", type=click.Path(file_okay=False), help="Another rules folder.")
@click.option(
    "--pack", "packs", multiple=True, type=click.Path(file_okay=False), help="A folder of your own rules, loaded with the others."
)
@click.pass_context
def scan(ctx: click.Context, /, inputs: tuple[str, ...], **options: Any) -> None:
    """Judge every post in IN… (Parquet, CSV, JSONL, also packed as .gz or .zst, folders of HTML) and write one record per post.

    A scan that was stopped or killed goes on where it was when the same command is given again. Exit codes: 0 all rows judged; 2 some
    could not be (see rejects.jsonl), a file or option is bad, or the output cannot be written.
    """
    from compliance.bulk import need

    need("bulk")
    from compliance.bulk.scan import Options
    from compliance.bulk.scan import scan as run

    if options["stratify"] and not options["sample"]:
        raise InputError("says how to draw a sample", where="--stratify", hint="Give --sample too, or leave it out.")
    if options["ray_address"] and options["executor"] != "ray":
        raise InputError("is for Ray", where="--ray-address", hint="Give --engine ray too, or leave it out.")
    engine = engine_of(options["rules_folder"], options["packs"])
    defaults = {key: options[key] for key in ("platform", "surface", "language") if options[key] is not None}
    if defaults.get("platform"):
        engine.rulebook.platform(defaults["platform"], defaults.get("surface"))
    if options["declared"]:
        defaults["declared"] = dict(_pair(pair, "--declared", "relationship=gifted") for pair in options["declared"])
        defaults["declared"] = {
            key: {"true": True, "false": False}.get(str(value).lower(), value) for key, value in defaults["declared"].items()
        }
    if options["incomplete"]:
        defaults["complete"] = False
    chosen = Options(
        reach=_markets(options["reach"], engine.rulebook),
        defaults=defaults,
        columns=_columns(options["columns"]),
        workers=options["workers"] or _processors(),
        rules=options["rules_folder"],
        packs=options["packs"],
        **{
            name: options[name]
            for name in ("as_of", "encoding", "sample", "seed", "stratify", "jsonl", "guess_language", "executor", "ray_address", "restart")
        },
    )
    with _Progress(options["quiet"]) as progress:
        try:
            ending = run(inputs, options["out"], engine, chosen, progress)
        except KeyboardInterrupt:
            click.echo("adcheck: stopped; the same command goes on from here.", err=True)
            ctx.exit(130)
    for error in ending.problems:
        click.echo(f"adcheck: {error}", err=True)
    counts = ending.counts
    shown = ", ".join(f"{counts[name]:,} {name.replace('_', ' ')}" for name in ("fail", "needs_review", "pass", "not_applicable"))
    resumed = f" ({ending.resumed} of {ending.shards} shards were there before)" if ending.resumed else ""
    click.echo(f"{counts['records']:,} posts in {options['out']}{resumed}: {shown}.", err=True)
    if counts["rejected"]:
        rows = "1 row" if counts["rejected"] == 1 else f"{counts['rejected']:,} rows"
        click.echo(f"adcheck: {rows} could not be judged; {options['out']}/rejects.jsonl says why.", err=True)
    if options["sample"] and counts["records"] < options["sample"]:
        click.echo(f"adcheck: there are fewer posts than --sample {options['sample']} asks for; all were taken.", err=True)
    if counts["undated"]:
        hint = "Write dates as 2026-11-23, or as Unix seconds."
        click.echo(f"adcheck: the date of {counts['undated']:,} posts could not be read and is left out. {hint}", err=True)
    ctx.exit(2 if ending.problems or counts["rejected"] > options["max_rejects"] else 0)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False))
@click.option("--out", "-o", type=click.Path(file_okay=False), help="Folder for the page and the tables; FOLDER/report if not given.")
@click.option("--rules", "rules_folder", type=click.Path(file_okay=False), help="Another rules folder; names labels and markets.")
@click.option(
    "--lang", "--interface", "language", type=click.Choice(INTERFACES), default="en", show_default=True, help="Language of the page."
)
def report(folder: str, out: str | None, rules_folder: str | None, language: str) -> None:
    """Add up the records that `adcheck scan` wrote into FOLDER: rates with 95% intervals as a static page and as CSV.

    The tables' columns and values are the same in every language.
    """
    from compliance.bulk import need

    need("bulk")
    from compliance import load_rulebook
    from compliance.bulk.checkpoint import Folder
    from compliance.bulk.dashboard import write_report

    scanned = Folder(folder)
    packs = scanned.packs()
    rulebook = load_rulebook(rules_folder, packs) if rules_folder else load_rulebook(packs=packs)
    page, _ = write_report(scanned, Path(out) if out else Path(folder) / "report", rulebook, language)
    click.echo(page.as_posix())


def _pair(pair: str, option: str, example: str) -> tuple[str, str]:
    key, sign, value = pair.partition("=")
    if not sign:
        raise InputError(f"cannot read {pair!r}", where=option, hint=f"Write it as {example}.")
    return key.strip(), value.strip()


def _columns(pairs: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for field, column in (_pair(pair, "--column", "text=caption") for pair in pairs):
        found.setdefault(field, []).append(column)
    return found


def _markets(value: str, rulebook: Any) -> tuple[str, ...]:
    """The markets named, a region's name standing for all its markets."""
    found: list[str] = []
    for name in (part.strip().lower() for part in value.split(",") if part.strip()):
        region = [market for market in rulebook.markets if rulebook.jurisdictions[market].region == name]
        found += region or [name]
    return tuple(dict.fromkeys(found))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


_SHOWN = {"fail": "fail", "needs_review": "review", "pass": "pass", "rejected": "rejected"}


class _Progress:
    """The bar on stderr: rows, rate, time left, and what was found so far."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: Any = None
        self._counts: Counter[str] = Counter()

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def planned(self, sources: Sequence[Any], shards: Sequence[Any], finished: Mapping[str, Mapping[str, Any]]) -> None:
        """Say how the columns were understood, and open the bar."""
        for source in sources:
            if source.columns and not self._quiet:
                click.echo(f"{source.path}: {', '.join(f'{field} = {column}' for field, column in source.columns.items())}", err=True)
        import tqdm

        rows = [shard.rows for shard in shards]
        total = None if None in rows else sum(rows)
        self._bar = tqdm.tqdm(
            total=total,
            initial=sum(int(counts["rows"]) for counts in finished.values()),  # no part of the rate
            unit=" posts",
            unit_scale=True,
            file=sys.stderr,
            disable=self._quiet,
            mininterval=0.5,
            dynamic_ncols=True,
        )
        for counts in finished.values():
            self.news({**{name: int(counts[name]) for name in _SHOWN}, "rows": 0})

    def news(self, new: Mapping[str, int]) -> None:
        """Move the bar."""
        self._counts.update(new)
        counts = self._counts
        self._bar.set_postfix({shown: counts[name] for name, shown in _SHOWN.items()}, refresh=False)
        self._bar.update(new["rows"])
