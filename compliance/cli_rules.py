"""`adcheck rules …`: list, show, count, test, lint, export and docs."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compliance.errors import InputError, nearest
from compliance.model import INTERFACES

if TYPE_CHECKING:
    from compliance.engine import Engine


def engine_of(rules_folder: str | Path | None, packs: tuple[str, ...] = ()) -> Engine:
    """The engine over a rules folder, or the one that Adcheck ships with; with the rule packs of a brand or agency."""
    from compliance import Engine, default_engine, load_rulebook
    from compliance.rulebook import RULES

    if rules_folder is None and not packs:
        return default_engine()
    return Engine(load_rulebook(rules_folder or RULES, packs))


def today(as_of: str | None) -> datetime.date:
    """The date that an option names, or today."""
    from compliance.engine import iso_date

    return datetime.date.fromisoformat(iso_date(as_of))


def _known(option: str, value: str, names: Iterable[str]) -> None:
    """Refuse a filter value that nothing is called."""
    known = sorted(names)
    if value and value not in known:
        raise InputError(f"{value!r} is not known", where=option, hint=nearest(value, known))


def _send(text: str, output: str | None) -> None:
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    try:
        Path(output).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror or error}", where=output, hint="Name a file in a folder that exists."
        ) from error


@click.group()
def rules() -> None:
    """Look at the rulebook, test it, and keep it right."""


@rules.command("list")
@click.option("--reach", "-r", help="Only these markets and their parents.")
@click.option("--format", "-f", "format_", type=click.Choice(["text", "json"]), default="text")
def rules_list(reach: str | None, format_: str) -> None:
    """List all duties."""
    engine = engine_of(None)
    duties = list(engine.rulebook.duties.values())
    if reach:
        wanted = {duty.id for duty in engine.plan(reach.split(","), None).duties}
        duties = [duty for duty in duties if duty.id in wanted]
    if format_ == "json":
        rows = [
            {
                "id": duty.id,
                "jurisdiction": duty.jurisdiction,
                "topic": duty.topic,
                "status": duty.status,
                "in_force": duty.since,
                "title": dict(duty.title),
            }
            for duty in duties
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for duty in duties:
        click.echo(f"{duty.id:38} {duty.status:8} {duty.severity.key:9} from {duty.since}  {duty.title['en']}")


@rules.command("show")
@click.argument("duty_id")
@click.option("--interface", type=click.Choice(INTERFACES), default="en")
def rules_show(duty_id: str, interface: str) -> None:
    """Show one duty as its reference page (Markdown)."""
    from compliance.rulepage import duty_page

    rulebook = engine_of(None).rulebook
    duty = rulebook.duties.get(duty_id)
    if duty is None:
        raise InputError(
            f"no duty is called {duty_id!r}", where="rules show", hint=nearest(duty_id, rulebook.duties, "See `adcheck rules list`.")
        )
    click.echo(duty_page(duty, rulebook, interface))


@rules.command("count")
@click.option("--as-of", help="The date on which ended duties count as ended; today if not given.")
@click.option("--format", "-f", "format_", type=click.Choice(["text", "json"]), default="text")
@click.option("--rules", "rules_folder", type=click.Path(file_okay=False), help="Another rules folder.")
def rules_count(as_of: str | None, format_: str, rules_folder: str | None) -> None:
    """How many duties, labels, cues and examples there are, by market and by language."""
    from compliance.rulebook import RULES, load_rulebook
    from compliance.upkeep.count import counts

    data = counts(load_rulebook(rules_folder or RULES), today(as_of).isoformat())
    click.echo(json.dumps(data, ensure_ascii=False, indent=2) if format_ == "json" else _count_text(data))


def _count_text(data: dict[str, Any]) -> str:
    lines = [f"rulebook {data['rulebook']['version']} {data['rulebook']['digest'][:19]}, as of {data['as_of']}"]
    for rows in (data["markets"], data["languages"]):
        names = list(rows[0])
        lines.append("")
        lines.append(f"{names[0]:9}" + "".join(f"{name:>10}" for name in names[1:]))
        lines += [f"{row[names[0]]:9}" + "".join(f"{row[name]:10}" for name in names[1:]) for row in rows]
    total = dict(data["total"])
    of = total.pop("examples_of")
    lines += ["", "all: " + ", ".join(f"{number} {name}" for name, number in total.items())]
    lines.append("examples: " + ", ".join(f"{number} of {name}" for name, number in of.items()))
    return "\n".join(lines)


@rules.command("test")
@click.argument("files", nargs=-1)
@click.option("--rules", "rules_folder", type=click.Path(file_okay=False), help="Another rules folder.")
@click.option("--pack", "packs", multiple=True, type=click.Path(file_okay=False), help="A rule pack to load with it.")
@click.pass_context
def rules_test(ctx: click.Context, files: tuple[str, ...], rules_folder: str | None, packs: tuple[str, ...]) -> None:
    """Run the examples of all rule files, or of those whose path contains one of FILES."""
    from compliance.ruletest import run_all

    count, failures = run_all(engine_of(rules_folder, packs), tuple(name.removeprefix("./") for name in files))
    if not count:
        raise InputError(
            f"no rule file has {' or '.join(files)} in its path",
            where="rules test",
            hint="Name a file or folder under rules/: nl/gift-label.",
        )
    for failure in failures:
        click.echo(str(failure))
    click.echo(f"{count - len({(f.where, f.example) for f in failures})} examples hold, {len(failures)} do not.")
    ctx.exit(1 if failures else 0)


@rules.command("docs")
@click.option("--output", "-o", type=click.Path(file_okay=False), default="docs/rules", help="Folder to write to.")
def rules_docs(output: str) -> None:
    """Write the reference pages of all duties and labels."""
    from compliance.rulepage import write_pages

    click.echo(f"{write_pages(engine_of(None).rulebook, Path(output))} pages written to {output}")


@rules.command("lint")
@click.option("--rules", "rules_folder", type=click.Path(file_okay=False), help="Another rules folder.")
@click.option("--as-of", help="The date from which the age of sources is counted; today if not given.")
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@click.option("--format", "-f", "format_", type=click.Choice(["text", "json"]), default="text")
@click.option("--notes/--no-notes", default=False, help="Show notes as well.")
@click.pass_context
def rules_lint(ctx: click.Context, rules_folder: str | None, as_of: str | None, strict: bool, format_: str, notes: bool) -> None:
    """Look for what the schema cannot see: stale sources, languages that lag, labels that no duty judges, unknown platform wordings.

    Exit code 1 on an error, with --strict also on a warning; 2 where the rules do not load at all.
    """
    from dataclasses import asdict

    from compliance.upkeep.lint import LEVELS, lint

    engine = engine_of(rules_folder)
    found = lint(engine.rulebook, engine.lexicon, today(as_of))
    counts = {level: sum(1 for finding in found if finding.level == level) for level in LEVELS}
    shown = [finding for finding in found if notes or finding.level != "note"]
    if format_ == "json":
        click.echo(
            json.dumps(
                {"rulebook": engine.rulebook.info(), "counts": counts, "findings": [asdict(item) for item in shown]},
                ensure_ascii=False,
                indent=2,
            )
        )
    else:
        for finding in shown:
            click.echo(str(finding))
        click.echo(
            f"{counts['error']} errors, {counts['warning']} warnings, {counts['note']} notes in rulebook {engine.rulebook.version} {engine.rulebook.digest[:19]}."
        )
    ctx.exit(1 if counts["error"] or (strict and counts["warning"]) else 0)


@rules.command("export")
@click.option("--format", "-f", "format_", type=click.Choice(["json", "csv"]), default="json")
@click.option("--market", default="", help="Only this market.")
@click.option("--language", default="", help="Only labels of this language.")
@click.option("--connection", default="", help="Only verdicts that cover this connection: gifted, affiliate …")
@click.option("--means", default="", help="sponsorship, ai_persona, ai_content or retouched.")
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="Write to this file.")
@click.option("--rules", "rules_folder", type=click.Path(file_okay=False), help="Another rules folder.")
def rules_export(
    format_: str, market: str, language: str, connection: str, means: str, output: str | None, rules_folder: str | None
) -> None:
    """The label atlas as data: every verdict of every instrument on every label, with its source and date."""
    from compliance.atlas import cells, connections_of, to_csv, to_json

    book = engine_of(rules_folder).rulebook
    if market:
        market = book.jurisdiction(market, "--market").id
    _known("--language", language, {entry.language for entry in book.labels.values()})
    _known("--connection", connection, {name for duty in book.duties.values() for name in connections_of(duty)})
    _known("--means", means, {entry.means or "" for entry in book.labels.values()})
    found = cells(book, market, language, connection, means)
    if not found:
        raise InputError("no verdict fits", where="rules export", hint="Widen the filters.")
    _send(to_json(found, book) if format_ == "json" else to_csv(found, book), output)
