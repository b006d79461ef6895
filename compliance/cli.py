"""The command line: `adcheck check | rules | serve`. The report goes to stdout and nothing else does.

Exit codes: 0 nothing at or above `--fail-on`, 1 something, 2 bad input, a bad rule, an unreadable file or no file at all.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from compliance.cli_findings import Findings, cache_of, edits_of, findings_options, further_reports, has_colour, only_changed
from compliance.cli_rules import engine_of, rules
from compliance.cli_scan import report, scan
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
@findings_options
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
    findings = Findings.of(options, frozenset(engine.rulebook.duties))
    also = further_reports(options["also"], _FORMATS)
    names = only_changed(files, options["changed_since"], frozenset(_SUFFIXES)) or ([] if options["changed_since"] else ["-"])
    judge = _Judge(engine, defaults, reach, options, findings)
    results = findings.settle(judge.all(names))
    if options["write_fixes"] or options["show_fixes"]:
        from compliance.findings.fixes import changes_of

        changes = changes_of(edits_of(results))
        if options["show_fixes"]:
            _put("".join(change.diff() for change in changes), options["output"])
            ctx.exit(2 if judge.problems else int(bool(changes)))
        for change in changes:
            change.write()
            click.echo(f"adcheck: {change.name}: fixed.", err=True)
        if changes:
            findings = Findings.of(options, findings.duties)
            judge = _Judge(engine, defaults, reach, options, findings)
            results = findings.settle(judge.all(names))
    _write(results, judge.problems, options["format_"] or ("jsonl" if judge.is_jsonl else "text"), options["output"], options["colour"])
    for format_, file in also:
        _write(results, judge.problems, format_, file, "never")
    findings.tell()
    for _, error in judge.problems:
        click.echo(f"adcheck: {error}", err=True)
    if judge.problems or not results:
        if options["changed_since"] and not names:
            click.echo(f"adcheck: nothing changed since {options['changed_since']}.", err=True)
            ctx.exit(0)
        if not results and not judge.problems:
            click.echo("adcheck: there was nothing to check.", err=True)
        ctx.exit(2)
    if options["strict"] and findings.notices:
        ctx.exit(1)
    ctx.exit(0 if options["write_baseline"] else _exit_code([found for _, found in results], options["fail_on"], options["strict"]))


class _Judge:
    """Files → checklists, and what could not be read."""

    def __init__(self, engine: Engine, defaults: dict[str, Any], reach: list[str], options: dict[str, Any], findings: Findings) -> None:
        self._engine = engine
        self._defaults = defaults
        self._reach = reach
        self._options = options
        self._findings = findings
        self._cache = cache_of(options, engine.rulebook.digest)
        self.problems: list[tuple[Source, AdcheckError]] = []
        self.is_jsonl = False

    def all(self, names: Sequence[str]) -> list[tuple[Source, Checklist]]:
        """The checklists of all files, in order."""
        results = [found for name in names for found in self._file(name)]
        if self._cache is not None:
            self._cache.tidy()
        return results

    def _file(self, name: str) -> list[tuple[Source, Checklist]]:
        kind = self._options["kind"] if self._options["kind"] != "auto" else _kind(name)
        self.is_jsonl = self.is_jsonl or kind == "jsonl"
        data = _bytes(name)
        key = (
            self._cache.key(_shown(name), kind, data)
            if self._cache is not None and data is not None and _is_whole(kind, name, data)
            else None
        )
        if key is not None and self._cache is not None and (kept := self._cache.get(key)) is not None:
            results: list[tuple[Source, Checklist]] = kept
        else:
            before = len(self.problems)
            results = list(self._judged(name, kind, data))
            if key is not None and self._cache is not None and len(self.problems) == before:
                self._cache.put(key, results)
        if data is not None and b"adcheck-ignore" in data:
            self._findings.read_comments(data.decode("utf-8", "replace"), _shown(name))
        return results

    def _judged(self, name: str, kind: str, data: bytes | None) -> Iterator[tuple[Source, Checklist]]:
        for source, documents, own_reach, own_date, error in _read(name, kind, self._engine, self._defaults, data):
            if error is None:
                try:
                    date = own_date or self._options["as_of"]
                    found = self._engine.check_posts(documents, own_reach or self._reach, date, self._options["interface"])
                    yield from _each(source, found) if kind != "jsonl" else [(source, found)]
                    continue
                except AdcheckError as judged:
                    judged.where = f"{source.name}:{source.line}{judged.where}"
                    error = judged
            self.problems.append((source, error))


def _bytes(name: str) -> bytes | None:
    """A file's content; None where it cannot be read (the reader says why) or comes from standard input."""
    try:
        return None if name == "-" else Path(name).read_bytes()
    except OSError:
        return None


def _is_whole(kind: str, name: str, data: bytes) -> bool:
    """Whether a file's results depend on nothing beside it: a page may have its images in files of their own."""
    if kind != "html":
        return True
    return Path(name).suffix.lower() in {".html", ".htm", ".xhtml"} and b"<img" not in data.replace(b"\0", b"").lower()


def _shown(name: str) -> str:
    """A file as reports name it: relative to the working folder where it lies in it, so that fingerprints do not depend on the machine."""
    if name == "-":
        return ""
    path = Path(name)
    here = Path.cwd()
    return (path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path).as_posix()


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


def _read(name: str, kind: str, engine: Engine, defaults: dict[str, Any], content: bytes | None = None) -> Iterator[_Read]:
    from dataclasses import replace

    from compliance.findings.suppressions import without_comments
    from compliance.readers import read_caption, read_capture, read_image, read_jsonl, read_posts
    from compliance.readers.saved import unpack
    from compliance.reports.source import Source

    shown = _shown(name)
    try:
        stream = _open(name) if content is None else io.BytesIO(content)
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
            text, pieces = without_comments(raw)
            document = read_caption(text, engine.rulebook, **defaults)
            first, *others = document.segments
            documents = (replace(document, segments=(replace(first, pieces=pieces), *others)) if pieces else document,)
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


def _write(
    results: list[tuple[Source, Checklist]], problems: list[tuple[Source, AdcheckError]], format_: str, output: str | None, colour: str
) -> None:
    from compliance.reports import FORMATS

    # What a program reads is written even where nothing could be judged, so that it can tell that from a run that did not happen.
    if not results and format_ in {"text", "json", "html"}:
        return
    extra = {"colour": has_colour(colour, output)} if format_ == "text" else {}
    _put(FORMATS[format_](results, problems, **extra), output)


def _put(report: str, output: str | None) -> None:
    if output is None:
        sys.stdout.write(report)
        sys.stdout.flush()
        return
    try:
        Path(output).write_text(report, encoding="utf-8", newline="")
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
    return int(any(item.outcome >= least and item.severity >= bar for checklist in checklists for item in checklist.open_items))


main.add_command(rules)
main.add_command(scan)
main.add_command(report)


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
