"""The command line: `adcheck check | scan | report | config | rules | capture | mcp | serve`. The report goes to stdout and nothing else does.

Exit codes: 0 nothing at or above `--fail-on`, 1 something, 2 bad input, a bad rule, an unreadable file or no file at all.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compliance.cli_check import CAMPAIGN, SUFFIXES, Judge, bytes_of, kind_of, read
from compliance.cli_config import config
from compliance.cli_findings import (
    Findings,
    changed_among,
    edits_of,
    findings_options,
    further_reports,
    has_colour,
    tell,
    tell_left_out,
    with_fixes,
    write_fixes,
)
from compliance.cli_mcp import mcp
from compliance.cli_rules import engine_of, rules
from compliance.cli_scan import report, scan
from compliance.cli_upkeep import diff, new
from compliance.errors import AdcheckError, InputError, NoPostError
from compliance.model import INTERFACES

if TYPE_CHECKING:  # the engine loads only for commands that judge, so that `--help` is quick
    from compliance.cli_inputs import Inputs
    from compliance.findings.fixes import Edit
    from compliance.model import Checklist
    from compliance.reports.source import Source

_FORMATS = ("text", "json", "jsonl", "sarif", "junit", "github", "gitlab", "markdown", "html", "csv")


class _Group(click.Group):
    """Turns every AdcheckError into one clear line on stderr and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except AdcheckError as error:
            click.echo(f"adcheck: {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option("0.1.0", prog_name="adcheck")
def main() -> None:
    """Check whether posts and pages say that they are advertising, as each market's regulator asks, and whether a made-up persona says what it is."""


@main.command()
@click.argument("files", nargs=-1)
@click.option("--reach", "-r", help="Markets that the posts reach, comma-separated: nl,de,us-ny; else as the config says.")
@click.option("--platform", "-p", help="Platform, such as instagram; decides where the text is cut.")
@click.option("--surface", help="Surface of the platform, such as feed or story.")
@click.option("--language", help="Language of the post, such as nl; guessed if not given.")
@click.option("--bio", help="The account's bio, if known.")
@click.option("--campaign", help="The campaign that posts belong to which name none.")
@click.option(
    "--declared",
    "-d",
    multiple=True,
    metavar="KEY=VALUE",
    help="A declared fact: relationship=gifted, persona=synthetic, platform_label=true.",
)
@click.option("--as-of", help="The date whose law counts (2026-11-23); today if not given.")
@click.option(
    "--input",
    "kind",
    type=click.Choice(["auto", "text", "html", "jsonl", "image", "capture", *CAMPAIGN]),
    default="auto",
    help="What the input is; by its file name if not given.",
)
@click.option(
    "--format", "-f", "format_", type=click.Choice(_FORMATS), default=None, help="Report format. Default: text; jsonl for JSONL input."
)
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="Write the report to this file instead of stdout.")
@click.option(
    "--fail-on",
    type=click.Choice(["minor", "moderate", "serious", "critical", "never"]),
    help="Least severity of a fail that gives exit code 1. Default: minor.",
)
@click.option("--strict", is_flag=True, help="Items that need review count as fails.")
@click.option("--incomplete", is_flag=True, help="The platform may have shown more than is given (pasted posts, scraped text).")
@click.option("--interface", type=click.Choice(INTERFACES), help="Language of the report. Default: en.")
@click.option("--rules", "rules_folder", type=click.Path(file_okay=False), help="Another rules folder.")
@click.option("--config", "config_file", type=click.Path(dir_okay=False), help="This config, instead of the nearest above each file.")
@click.option("--no-config", is_flag=True, help="Use no config.")
@click.option(
    "--as-found",
    is_flag=True,
    help="Take named files as if their folder had been named: include and exclude hold, and what is no post is left aside. For hooks.",
)
@click.option("--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Which column of a calendar holds what: text=Copy.")
@click.option("--show-mapping", is_flag=True, help="Show how campaign files are read, and judge nothing.")
@findings_options
@click.pass_context
def check(ctx: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Judge FILES (captions, saved pages, screenshots, campaign files, captures; folders and globs of them), or standard input where none
    or - is given. Each post of a page and each row of a calendar has its own checklist."""
    inputs = _inputs(options)
    findings = Findings.of(options)
    also = further_reports(options["also"], _FORMATS)
    names = changed_among(inputs, files, options["changed_since"])
    if options["show_mapping"]:
        _show_mappings(inputs, names, options["kind"])
        return
    judge = Judge(inputs, options, findings)
    results = findings.settle(judge.all(names), inputs.duties())
    if options["write_fixes"] or options["show_fixes"]:
        from compliance.findings.fixes import changes_of

        left_out: list[Edit] = []
        changes = changes_of(edits_of(results), left_out)
        tell_left_out(left_out)
        if options["show_fixes"]:
            _put("".join(change.diff() for change in changes), options["output"])
            ctx.exit(2 if judge.problems else int(bool(changes)))
        if changes:
            unwritten = write_fixes(changes)
            findings = Findings.of(options)
            judge = Judge(inputs, options, findings)
            results = findings.settle(judge.all(names), inputs.duties())
            judge.problems.extend(unwritten)
    _write(results, judge.problems, options["format_"] or ("jsonl" if judge.is_jsonl else "text"), options["output"], options["colour"])
    for format_, file in also:
        _write(results, judge.problems, format_, file, "never")
    findings.tell(judge.is_strict)
    for _, error in judge.problems:
        tell(str(error))
    if judge.problems or not results:
        if options["changed_since"] and not names and not judge.problems:
            click.echo(f"adcheck: nothing changed since {options['changed_since']}.", err=True)
            ctx.exit(0)
        if not results and not judge.problems:
            click.echo("adcheck: there was nothing to check.", err=True)
        ctx.exit(0 if options["as_found"] and not judge.problems else 2)
    if judge.is_strict and findings.notices:
        ctx.exit(1)
    ctx.exit(0 if options["write_baseline"] else judge.exit_code(results))


def _show_mappings(inputs: Inputs, names: list[tuple[str, bool]], asked: str) -> None:
    from compliance.cli_inputs import show_mapping

    problems: list[AdcheckError] = [error for _, error in inputs.missing]
    for name, is_named in names:
        kind = kind_of(name) if asked == "auto" else asked
        try:
            for line in show_mapping(inputs, name, kind, bytes_of(name)) if kind in {*CAMPAIGN, "jsonl"} else []:
                click.echo(f"{name}: {line}")
        except AdcheckError as error:
            if is_named or not isinstance(error, NoPostError):
                problems.append(error)
    for problem in problems:
        click.echo(f"adcheck: {problem}", err=True)
    if problems:
        sys.exit(2)


def _inputs(options: dict[str, Any]) -> Inputs:
    """The command line's inputs with the settings that were given as options."""
    from compliance.cli_inputs import Inputs

    given = {key: options[key] for key in ("platform", "surface", "language", "bio", "campaign", "interface") if options[key] is not None}
    given |= {key: options[name] for key, name in (("as-of", "as_of"), ("fail-on", "fail_on")) if options[name] is not None}
    given |= {key: True for key in ("strict", "incomplete") if options[key]}
    if options["reach"] is not None:
        given["reach"] = tuple(part.strip() for part in options["reach"].split(",") if part.strip())
    given |= {f"declared.{key}": value for key, value in _declared(options["declared"]).items()}
    for pair in options["maps"]:
        key, sign, heading = pair.partition("=")
        if not sign:
            raise InputError(f"cannot read {pair!r}", where="--map", hint="Write it as text=Copy.")
        given[f"mapping.{key.strip()}"] = heading.strip()
    chosen: Path | bool = not options["no_config"]
    if options["config_file"]:
        chosen = Path(options["config_file"])
    own = [options["output"], options["baseline"], *options["suppressions"], *(pair.partition("=")[2] for pair in options["also"])]
    own_paths = frozenset(Path(name).resolve() for name in own if name)
    return Inputs(given, tuple(SUFFIXES), options["rules_folder"], chosen, own_paths, options["as_found"])


def _declared(pairs: tuple[str, ...]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign:
            raise InputError(f"cannot read {pair!r}", where="--declared", hint="Write it as relationship=gifted.")
        facts[key.strip()] = {"true": True, "false": False}.get(value.strip().lower(), value.strip())
    from compliance.readers.declared import read_declared

    read_declared(facts, "--declared")
    return facts


def _write(
    results: list[tuple[Source, Checklist]], problems: list[tuple[Source, AdcheckError]], format_: str, output: str | None, colour: str
) -> None:
    from compliance.reports import FORMATS

    # What a program reads is written even where nothing could be judged, so that it can tell that from a run that did not happen.
    if not results and format_ in {"text", "json", "html"}:
        return
    extra = {"colour": has_colour(colour, output)} if format_ == "text" else {}
    if format_ == "sarif":
        results = with_fixes(results)
    _put(FORMATS[format_](results, problems, **extra), output)


def _put(report: str, output: str | None) -> None:
    """Write a report, as UTF-8 except on a terminal that speaks something else. A file name that is no Unicode is shown with escapes."""
    if output is None:
        if sys.stdout.isatty():
            sys.stdout.write(report.encode(sys.stdout.encoding, "backslashreplace").decode(sys.stdout.encoding))
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(report.encode("utf-8", "backslashreplace"))
        sys.stdout.flush()
        return
    try:
        Path(output).write_bytes(report.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror or error}",
            where=output,
            hint="Name a file in a folder that exists and that you may write to.",
        ) from error


for command in (rules, config, mcp, scan, report):
    main.add_command(command)
for command in (new, diff):
    rules.add_command(command)


@main.command()
@click.argument("file")
@click.option("--platform", "-p", help="Platform, such as instagram.")
@click.option("--surface", help="Surface of the platform, such as feed or story.")
@click.option("--language", help="Language of the post, such as nl.")
@click.option("--bio", help="The account's bio, if known.")
@click.option("--declared", "-d", multiple=True, metavar="KEY=VALUE", help="A declared fact: relationship=gifted.")
@click.option("--incomplete", is_flag=True, help="The platform may have shown more than is given.")
@click.option(
    "--input", "kind", type=click.Choice(["auto", "text", "html"]), default="auto", help="What the input is; by its file name if not given."
)
@click.option("--output", "-o", type=click.Path(dir_okay=False), help="Write the capture to this file instead of stdout.")
@click.option("--rules", "rules_folder", type=click.Path(file_okay=False), help="Another rules folder.")
def capture(file: str, **options: Any) -> None:
    """Read FILE (a caption or saved page) and write what was read as a capture, which `adcheck check` judges again by later rules."""
    import datetime
    import hashlib

    from compliance.readers import write_capture

    engine = engine_of(options["rules_folder"])
    defaults = {key: options[key] for key in ("platform", "surface", "language", "bio") if options[key] is not None}
    defaults["declared"] = _declared(options["declared"])
    if options["incomplete"]:
        defaults["complete"] = False
    kind = options["kind"] if options["kind"] != "auto" else kind_of(file)
    if kind not in {"text", "markdown", "html"}:
        raise InputError("a capture is made of a caption or a saved page", where=file, hint="Name a .txt or .html file, or say --input.")
    digest = hashlib.sha256(Path(file).read_bytes()).hexdigest() if file != "-" and Path(file).is_file() else None
    for source, documents, _, _, error in read(file, kind, engine, defaults):
        if error is not None:
            raise error
        _put(write_capture(documents, taken=datetime.date.today().isoformat(), name=source.name or None, sha256=digest), options["output"])


@main.command()
@click.option("--host", default=None, help="Address to listen on; anything but this machine needs ADCHECK_TOKEN.")
@click.option("--port", type=int, default=None, help="Port; a free one if it is taken.")
@click.option("--open/--no-open", "open_browser", default=False, help="Open the page in a browser.")
@click.option(
    "--allow-origin",
    "origins",
    multiple=True,
    metavar="ORIGIN",
    help="A site that may embed the widget: https://cms.example. Off by default.",
)
def serve(host: str | None, port: int | None, open_browser: bool, origins: tuple[str, ...]) -> None:
    """Serve the page and the API on this machine."""
    from compliance.web.server import run

    run(host=host, port=port, open_browser=open_browser, origins=origins)


if __name__ == "__main__":
    main()
