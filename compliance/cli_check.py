"""The files that `adcheck check` reads → checklists, each under the settings that hold for its file."""

from __future__ import annotations

import datetime
import io
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from compliance.cli_findings import cache_of
from compliance.errors import AdcheckError, InputError, NoPostError

if TYPE_CHECKING:  # the engine loads only for commands that judge, so that `--help` is quick
    from compliance.cli_findings import Findings
    from compliance.cli_inputs import Inputs
    from compliance.config import Settings
    from compliance.engine import Engine
    from compliance.model import Checklist, Document
    from compliance.reports.source import Source

    Results = list[tuple[Source, Checklist]]

CAMPAIGN = ("markdown", "table", "sheet", "json", "yaml", "parquet")
"""Kinds of campaign file, as `readers.campaign` reads them."""
SUFFIXES = {".txt": "text", ".html": "html", ".htm": "html", ".xhtml": "html", ".jsonl": "jsonl", ".ndjson": "jsonl"}
"""File name endings → what the file is read as."""
SUFFIXES |= dict.fromkeys([".mhtml", ".mht", ".warc", ".gz"], "html")  # saved pages
SUFFIXES |= {
    ".md": "markdown",
    ".markdown": "markdown",
    ".csv": "table",
    ".tsv": "table",
    ".tab": "table",
    ".xlsx": "sheet",
    ".xlsm": "sheet",
}
SUFFIXES |= {".json": "json", ".yaml": "yaml", ".yml": "yaml", ".parquet": "parquet"}


class Judge:
    """Files → checklists, and what could not be read.

    Attributes:
        problems: inputs that could not be read or judged.
        is_jsonl: whether one of the files was JSONL.
        is_strict: whether items that need review count as fails, by option or by the config of one of the files.
    """

    def __init__(self, inputs: Inputs, options: dict[str, Any], findings: Findings) -> None:
        self._inputs = inputs
        self._options = options
        self._findings = findings
        self._cache = cache_of(options)
        self._bars: list[tuple[str, bool]] = []
        self.problems: list[tuple[Source, AdcheckError]] = []
        self.is_jsonl = False
        self.is_strict = bool(options["strict"])

    def all(self, names: Sequence[tuple[str, bool]]) -> Results:
        """The checklists of all files, in order; of each name, whether it was named itself and not found in a folder."""
        from compliance.reports.source import Source

        self.problems.extend((Source(_shown(name)), error) for name, error in self._inputs.missing)
        results: Results = []
        for name, is_named in names:
            settings = self._inputs.settings(Path(name) if name != "-" else None)
            found = self._file(name, is_named, settings)
            bar = (settings.get("fail-on"), settings.get("strict"))
            self.is_strict = self.is_strict or bar[1]
            self._bars.extend([bar] * len(found))
            results.extend(found)
        if self._cache is not None:
            self._cache.tidy()
        return results

    def exit_code(self, results: Results) -> int:
        """The worst exit code over the results of `all`, each by the settings of its file."""
        return max((_exit_code(found, *bar) for (_, found), bar in zip(results, self._bars, strict=True)), default=0)

    def _file(self, name: str, is_named: bool, settings: Settings) -> Results:
        engine = _ready(self._inputs, settings)
        kind = self._options["kind"] if self._options["kind"] != "auto" else kind_of(name)
        self.is_jsonl = self.is_jsonl or kind == "jsonl"
        data = _bytes(name) if name != "-" else sys.stdin.buffer.read() if kind != "jsonl" else None
        key = None
        if self._cache is not None and data is not None and name != "-" and _is_whole(kind, name, data):
            key = self._cache.key(_shown(name), kind, data, _context(settings, engine))
        results: Results
        said: list[str]
        if key is not None and self._cache is not None and (kept := self._cache.get(key)) is not None:
            results, said = kept
        else:
            before, said = len(self.problems), []
            results = list(self._judged(name, kind, data, is_named, engine, settings, said))
            if key is not None and self._cache is not None and len(self.problems) == before:
                self._cache.put(key, (results, said))
        self._findings.says.extend(f"{_shown(name) or 'stdin'}: {line}" for line in said)
        if data is not None:
            self._findings.read_comments(data, _shown(name), kind)
        return results

    def _judged(
        self, name: str, kind: str, data: bytes | None, is_named: bool, engine: Engine, settings: Settings, said: list[str]
    ) -> Iterator[tuple[Source, Checklist]]:
        from dataclasses import replace

        for source, documents, own_reach, own_date, error in read(name, kind, engine, settings.defaults(), data, settings, said):
            if source.campaign is None and settings.get("campaign"):
                source = replace(source, campaign=settings.get("campaign"))
            if error is None:
                try:
                    as_of = settings.get("as-of")
                    date = own_date or as_of if kind == "jsonl" else as_of or own_date
                    found = engine.check_posts(documents, own_reach or _reach(settings), date, settings.get("interface"))
                    yield from _each(source, found) if kind != "jsonl" else [(source, found)]
                    continue
                except AdcheckError as judged:
                    judged.where = f"{source.name}:{source.line}{judged.where}"
                    error = judged
            if is_named or not isinstance(error, NoPostError):
                self.problems.append((source, error))


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


def _context(settings: Settings, engine: Engine) -> dict[str, Any]:
    """All beside a file itself that can change its checklists: what its settings say (of each campaign too), the date, the rules."""
    today = datetime.date.today().isoformat()
    return {"settings": settings.told(), "as_of": settings.get("as-of") or today, "rulebook": engine.rulebook.digest}


def _exit_code(checklist: Checklist, fail_on: str, strict: bool) -> int:
    from compliance.model import Outcome, Severity

    if fail_on == "never":
        return 0
    least = Outcome.NEEDS_REVIEW if strict else Outcome.FAIL
    bar = Severity[fail_on.upper()]
    return int(any(item.outcome >= least and item.severity >= bar for item in checklist.open_items))


def _bytes(name: str) -> bytes | None:
    """A file's content; None where it cannot be read (the reader says why)."""
    try:
        return Path(name).read_bytes()
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


def bytes_of(name: str) -> bytes:
    """A file's content, or standard input's.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with _open(name) as stream:
            return stream.read()
    except OSError as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: OSError) -> InputError:
    return InputError(f"cannot be read: {error.strerror or error}", where=name, hint="Name a file that exists and can be read.")


def kind_of(name: str) -> str:
    """What a file is read as, by its name."""
    suffix = "" if name == "-" else Path(name).suffix.lower()
    if not suffix or suffix in SUFFIXES:
        return SUFFIXES.get(suffix, "text")
    from compliance.readers.images import SUFFIXES as PICTURES

    return "image" if suffix in PICTURES else "text"


_Read = tuple["Source", "tuple[Document, ...]", "tuple[str, ...] | None", "str | None", "AdcheckError | None"]


def read(
    name: str,
    kind: str,
    engine: Engine,
    defaults: dict[str, Any],
    content: bytes | None = None,
    settings: Settings | None = None,
    said: list[str] | None = None,
) -> Iterator[_Read]:
    """The posts of a file: source, Documents, their own markets and date, or the error.

    `content` is the file's, where it was read already. Without `settings` a campaign file is read as a text. `said` takes in how the
    columns of a campaign file were understood.
    """
    from dataclasses import replace

    from compliance import readers
    from compliance.findings.comments import without_comments
    from compliance.readers.capture import is_capture_bytes
    from compliance.reports.source import Source

    shown = _shown(name)
    try:
        stream = _open(name) if content is None else io.BytesIO(content)
    except OSError as error:
        yield Source(shown), (), None, None, _unreadable(name, error)
        return
    with stream:
        if kind == "jsonl":
            for record in readers.read_jsonl(stream, engine.rulebook, shown, defaults):
                source = Source(shown, record.id, record.line, campaign=record.campaign, ignore=record.ignore)
                yield source, record.documents, record.reach, record.as_of, record.error
            return
        data = stream.read()
    source = Source(shown)
    if kind == "json" and is_capture_bytes(data):
        kind = "capture"
    try:
        if kind in CAMPAIGN and settings is not None:
            from compliance.cli_inputs import read_campaign

            for place, record in read_campaign(data, kind, shown, engine, settings, [] if said is None else said):
                yield place, record.documents, record.reach, record.as_of, record.error
            return
        if kind == "html":
            from compliance.readers.saved import unpack

            pages = unpack(data)
            raw = pages[0].markup if pages[0].is_file else None
            documents = readers.read_posts(pages, engine.rulebook, folder=Path(name).parent if name != "-" else None, **defaults)
        elif kind == "image":
            raw, documents = None, (readers.read_image(data, engine.rulebook, **defaults),)
        elif kind == "capture":
            raw, documents = None, readers.read_capture(data, engine.rulebook)
        else:
            raw = _unicode(data)
            text, pieces = without_comments(raw)
            document = readers.read_caption(text, engine.rulebook, **defaults)
            first, *others = document.segments
            documents = (replace(document, segments=(replace(first, pieces=pieces), *others)) if pieces else document,)
        yield Source(shown, None, 1, raw), documents, None, None, None
    except AdcheckError as error:
        error.where = f"{shown or 'stdin'}{error.where}"
        yield source, (), None, None, error


def _open(name: str) -> IO[bytes]:
    return sys.stdin.buffer if name == "-" else Path(name).open("rb")


def _unicode(data: bytes) -> str:
    codec = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(codec).rstrip("\n")
    except UnicodeDecodeError as error:
        name = "UTF-16" if codec == "utf-16" else "UTF-8"
        raise InputError(f"not valid {name} at byte {error.start}", hint="Save the file as UTF-8.") from error
