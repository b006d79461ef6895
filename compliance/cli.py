"""The command line: `adcheck check | config | rules | mcp | serve`. The report goes to stdout and nothing else does.

Exit codes: 0 nothing at or above `--fail-on`, 1 something, 2 bad input, a bad rule, an unreadable file or no file at all.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from compliance.cli_config import config
from compliance.cli_mcp import mcp
from compliance.cli_rules import engine_of, rules
from compliance.errors import AdcheckError, InputError, NoPostError

if TYPE_CHECKING:  # the engine loads only for commands that judge, so that `--help` is quick
    from compliance.cli_inputs import Inputs
    from compliance.config import Settings
    from compliance.engine import Engine
    from compliance.model import Checklist, Document
    from compliance.reports.source import Source

_SUFFIXES = {
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
_SUFFIXES |= dict.fromkeys([".mhtml", ".mht", ".warc", ".gz"], "html")  # saved pages
_CAMPAIGN = ("markdown", "table", "sheet", "json", "yaml", "parquet")
_SUFFIXES |= {
    ".md": "markdown",
    ".markdown": "markdown",
    ".csv": "table",
    ".tsv": "table",
    ".tab": "table",
    ".xlsx": "sheet",
    ".xlsm": "sheet",
}
_SUFFIXES |= {".json": "json", ".yaml": "yaml", ".yml": "yaml", ".parquet": "parquet"}
_FORMATS = ("text", "json", "jsonl", "sarif", "html")


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
    type=click.Choice(["auto", "text", "html", "jsonl", "image", "capture", *_CAMPAIGN]),
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
@click.option("--interface", type=click.Choice(["en", "nl"]), help="Language of the report. Default: en.")
@click.option("--rules", "rules_folder", type=click.Path(file_okay=False), help="Another rules folder.")
@click.option("--config", "config_file", type=click.Path(dir_okay=False), help="This config, instead of the nearest above each file.")
@click.option("--no-config", is_flag=True, help="Use no config.")
@click.option("--map", "maps", multiple=True, metavar="FIELD=COLUMN", help="Which column of a calendar holds what: text=Copy.")
@click.option("--show-mapping", is_flag=True, help="Show how campaign files are read, and judge nothing.")
@click.pass_context
def check(ctx: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Judge FILES (captions, saved pages, screenshots, campaign files, captures; folders and globs of them), or standard input where none
    or - is given. Each post of a page and each row of a calendar has its own checklist."""
    from compliance.cli_inputs import show_mapping

    inputs = _inputs(options)
    results: list[tuple[Source, Checklist]] = []
    problems: list[tuple[Source, AdcheckError]] = []
    worst, is_jsonl = 0, False
    for name, is_named in inputs.files(files):
        kind = options["kind"] if options["kind"] != "auto" else _kind(name)
        if options["show_mapping"]:
            for line in show_mapping(inputs, name, kind, _bytes(name)) if kind in _CAMPAIGN else []:
                click.echo(f"{name}: {line}")
            continue
        is_jsonl = is_jsonl or kind == "jsonl"
        settings = inputs.settings(Path(name) if name != "-" else None)
        engine = _ready(inputs, settings)
        for source, documents, own_reach, own_date, error in _read(name, kind, engine, settings.defaults(), settings):
            if error is None:
                try:
                    reach, as_of = own_reach or _reach(settings), settings.get("as-of") or own_date
                    found = engine.check_posts(documents, reach, own_date or as_of if kind == "jsonl" else as_of, settings.get("interface"))
                    judged = list(_each(source, found)) if kind != "jsonl" else [(source, found)]
                    results.extend(judged)
                    worst = max(worst, _exit_code([checklist for _, checklist in judged], settings.get("fail-on"), settings.get("strict")))
                    continue
                except AdcheckError as wrong:
                    wrong.where = f"{source.name}:{source.line}{wrong.where}"
                    error = wrong
            if is_named or not isinstance(error, NoPostError):
                problems.append((source, error))
    if options["show_mapping"]:
        return
    _write(results, problems, options["format_"] or ("jsonl" if is_jsonl else "text"), options["output"])
    for _, error in problems:
        click.echo(f"adcheck: {error}", err=True)
    if problems or not results:
        if not results and not problems:
            click.echo("adcheck: there was nothing to check.", err=True)
        ctx.exit(2)
    ctx.exit(worst)


def _inputs(options: dict[str, Any]) -> Inputs:
    """The command line's inputs with the settings that were given as options."""
    from compliance.cli_inputs import Inputs

    given = {key: options[key] for key in ("platform", "surface", "language", "bio", "interface") if options[key] is not None}
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
    return Inputs(given, tuple(_SUFFIXES), options["rules_folder"], chosen)


def _ready(inputs: Inputs, settings: Settings) -> Engine:
    """The engine, once the settings that hold for all of a file have been found right."""
    engine = inputs.engine(settings)
    if settings.get("reach"):
        engine.plan(settings.get("reach"), settings.get("as-of"))
    if settings.get("platform"):
        engine.rulebook.platform(settings.get("platform"), settings.get("surface"))
    return engine


def _reach(settings: Settings) -> tuple[str, ...]:
    reach = settings.get("reach")
    if not reach:
        raise InputError("no market was named", hint="Say --reach nl,de, set reach in adcheck.toml, or add a column with the market.")
    return tuple(reach)


def _each(source: Source, checklist: Checklist) -> Iterator[tuple[Source, Checklist]]:
    """The checklist, or those of a page's posts, each named by its address."""
    from dataclasses import replace

    from compliance.reports import post_name

    for post in checklist.posts or (checklist,):
        origin = post.document.origin
        named = bool(checklist.posts) or (origin is not None and origin.layout is not None)
        yield replace(source, id=post_name(post) if named else source.id), post


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


def _kind(name: str) -> str:
    from compliance.readers.images import SUFFIXES

    suffix = "" if name == "-" else Path(name).suffix.lower()
    return "image" if suffix in SUFFIXES else _SUFFIXES.get(suffix, "text")


_Read = tuple["Source", "tuple[Document, ...]", "tuple[str, ...] | None", "str | None", "AdcheckError | None"]


def _read(name: str, kind: str, engine: Engine, defaults: dict[str, Any], settings: Settings | None = None) -> Iterator[_Read]:
    from compliance.readers import read_caption, read_capture, read_image, read_jsonl, read_posts
    from compliance.readers.capture import is_capture_bytes
    from compliance.readers.saved import unpack
    from compliance.reports.source import Source

    shown = "" if name == "-" else Path(name).as_posix()
    try:
        stream = _open(name)
    except OSError as error:
        yield (
            Source(shown),
            (),
            None,
            None,
            InputError(f"cannot be read: {error.strerror or error}", where=name, hint="Name a file that exists and can be read."),
        )
        return
    with stream:
        if kind == "jsonl":
            for record in read_jsonl(stream, engine.rulebook, shown, defaults):
                yield Source(shown, record.id, record.line), record.documents, record.reach, record.as_of, record.error
            return
        data = stream.read()
    source = Source(shown)
    if kind == "json" and is_capture_bytes(data):
        kind = "capture"
    try:
        if kind in _CAMPAIGN and settings is not None:
            from compliance.cli_inputs import read_campaign

            for place, record in read_campaign(data, kind, shown, engine, settings):
                yield place, record.documents, record.reach, record.as_of, record.error
            return
        if kind == "html":
            pages = unpack(data)
            raw = pages[0].markup if pages[0].is_file else None
            documents = read_posts(pages, engine.rulebook, folder=Path(name).parent if name != "-" else None, **defaults)
        elif kind == "image":
            raw, documents = None, (read_image(data, engine.rulebook, **defaults),)
        elif kind == "capture":
            raw, documents = None, read_capture(data, engine.rulebook)
        else:
            raw = _utf8(data, shown or "stdin")
            documents = (read_caption(raw, engine.rulebook, **defaults),)
        yield Source(shown, None, 1, raw), documents, None, None, None
    except AdcheckError as error:
        error.where = f"{shown or 'stdin'}{error.where}"
        yield source, (), None, None, error


def _bytes(name: str) -> bytes:
    try:
        with _open(name) as stream:
            return stream.read()
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror or error}", where=name, hint="Name a file that exists and can be read."
        ) from error


def _open(name: str) -> IO[bytes]:
    return sys.stdin.buffer if name == "-" else Path(name).open("rb")


def _utf8(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig").rstrip("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"not valid UTF-8 at byte {error.start}", where=name, hint="Save the file as UTF-8.") from error


def _write(results: list[tuple[Source, Checklist]], problems: list[tuple[Source, AdcheckError]], format_: str, output: str | None) -> None:
    from compliance.reports import FORMATS

    if not results and not (format_ == "jsonl" and problems):
        return
    if format_ == "jsonl":
        report = FORMATS[format_](results) + "".join(
            json.dumps(
                {"id": source.id, "source": {"name": source.name, "line": source.line}, "error": error.to_dict()}, ensure_ascii=False
            )
            + "\n"
            for source, error in problems
        )
    else:
        report = FORMATS[format_](results)
    _put(report, output)


def _put(report: str, output: str | None) -> None:
    if output is None:
        sys.stdout.write(report)
        sys.stdout.flush()
        return
    try:
        Path(output).write_text(report, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror or error}", where=output, hint="Name a file in a folder that exists."
        ) from error


def _exit_code(checklists: list[Checklist], fail_on: str, strict: bool) -> int:
    from compliance.model import Outcome, Severity

    if fail_on == "never":
        return 0
    least = Outcome.NEEDS_REVIEW if strict else Outcome.FAIL
    bar = Severity[fail_on.upper()]
    return int(any(item.outcome >= least and item.severity >= bar for checklist in checklists for item in checklist.items))


main.add_command(rules)
main.add_command(config)
main.add_command(mcp)


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
    kind = options["kind"] if options["kind"] != "auto" else _kind(file)
    if kind not in {"text", "markdown", "html"}:
        raise InputError("a capture is made of a caption or a saved page", where=file, hint="Name a .txt or .html file, or say --input.")
    digest = hashlib.sha256(Path(file).read_bytes()).hexdigest() if file != "-" and Path(file).is_file() else None
    for source, documents, _, _, error in _read(file, kind, engine, defaults):
        if error is not None:
            raise error
        _put(write_capture(documents, taken=datetime.date.today().isoformat(), name=source.name or None, sha256=digest), options["output"])


@main.command()
@click.option("--host", default=None, help="Address to listen on; anything but this machine needs ADCHECK_TOKEN.")
@click.option("--port", type=int, default=None, help="Port; a free one if it is taken.")
@click.option("--open/--no-open", "open_browser", default=False, help="Open the page in a browser.")
def serve(host: str | None, port: int | None, open_browser: bool) -> None:
    """Serve the page and the API on this machine."""
    from compliance.web.server import run

    run(host=host, port=port, open_browser=open_browser)


if __name__ == "__main__":
    main()
