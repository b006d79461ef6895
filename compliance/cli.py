"""The command line: `adcheck check | rules | serve`. The report goes to stdout and nothing else does.

Exit codes: 0 nothing at or above `--fail-on`, 1 something, 2 bad input, a bad rule, an unreadable file or no file at all.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from compliance.cli_rules import engine_of, rules
from compliance.errors import AdcheckError, InputError

if TYPE_CHECKING:  # the engine loads only for commands that judge, so that `--help` is quick
    from compliance.engine import Engine
    from compliance.model import Checklist, Document
    from compliance.reports.source import Source

_SUFFIXES = {
    ".txt": "text",
    ".md": "text",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "capture",
}
_SUFFIXES |= dict.fromkeys([".mhtml", ".mht", ".warc", ".gz"], "html")  # saved pages
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
@click.option("--reach", "-r", required=True, help="Markets that the post reaches, comma-separated: nl,de,us-ny.")
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
    type=click.Choice(["auto", "text", "html", "jsonl", "image", "capture"]),
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
    default="minor",
    help="Least severity of a fail that gives exit code 1.",
)
@click.option("--strict", is_flag=True, help="Items that need review count as fails.")
@click.option("--incomplete", is_flag=True, help="The platform may have shown more than is given (pasted posts, scraped text).")
@click.option("--interface", type=click.Choice(["en", "nl"]), default="en", help="Language of the report.")
@click.option("--rules", "rules_folder", type=click.Path(file_okay=False), help="Another rules folder.")
@click.pass_context
def check(ctx: click.Context, /, files: tuple[str, ...], **options: Any) -> None:
    """Judge FILES (captions, saved pages, screenshots, JSONL, captures), or standard input where none or - is given. Each post of a page has its own checklist."""
    engine = engine_of(options["rules_folder"])
    defaults = {key: options[key] for key in ("platform", "surface", "language", "bio") if options[key] is not None}
    defaults["declared"] = _declared(options["declared"])
    if options["incomplete"]:
        defaults["complete"] = False
    reach = [part.strip() for part in options["reach"].split(",") if part.strip()]
    engine.plan(reach, options["as_of"])
    if defaults.get("platform"):
        engine.rulebook.platform(defaults["platform"], defaults.get("surface"))
    results: list[tuple[Source, Checklist]] = []
    problems: list[tuple[Source, AdcheckError]] = []
    is_jsonl = False
    for name in files or ("-",):
        kind = options["kind"] if options["kind"] != "auto" else _kind(name)
        is_jsonl = is_jsonl or kind == "jsonl"
        for source, documents, own_reach, own_date, error in _read(name, kind, engine, defaults):
            if error is None:
                try:
                    found = engine.check_posts(documents, own_reach or reach, own_date or options["as_of"], options["interface"])
                    results.extend(_each(source, found) if kind != "jsonl" else [(source, found)])
                    continue
                except AdcheckError as judged:
                    judged.where = f"{source.name}:{source.line}{judged.where}"
                    error = judged
            if error is not None:
                problems.append((source, error))
    _write(results, problems, options["format_"] or ("jsonl" if is_jsonl else "text"), options["output"])
    for _, error in problems:
        click.echo(f"adcheck: {error}", err=True)
    if problems or not results:
        if not results and not problems:
            click.echo("adcheck: there was nothing to check.", err=True)
        ctx.exit(2)
    ctx.exit(_exit_code([checklist for _, checklist in results], options["fail_on"], options["strict"]))


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


def _read(name: str, kind: str, engine: Engine, defaults: dict[str, Any]) -> Iterator[_Read]:
    from compliance.readers import read_caption, read_capture, read_image, read_jsonl, read_posts
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
    try:
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
    if kind not in {"text", "html"}:
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
