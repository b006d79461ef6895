"""What `adcheck check` reads: files, folders and globs under the settings of their config, and the campaign files among them."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from compliance.config import Config, Settings, find_config, load_config, matches, settings_for
from compliance.errors import AdcheckError, InputError
from compliance.text import Lines

if TYPE_CHECKING:
    from compliance.engine import Engine
    from compliance.readers.campaign import Mapper
    from compliance.readers.jsonl import Record
    from compliance.reports.source import Source

_OWN_NAMES = frozenset(
    {"adcheck.toml", "pyproject.toml", "adcheck-baseline.json", "adcheck-suppressions.yaml", "adcheck-suppressions.json"}
)
_PASSED_OVER = frozenset({"node_modules", "__pycache__", "venv"})


@dataclass(slots=True)
class Inputs:
    """The command line's inputs, and the engine that the settings of each ask for.

    Attributes:
        options: settings given as options, flat as in `Config.values`; they win.
        suffixes: endings of the files that a folder is searched for.
        chosen: a config file named by --config; False where none is to be used.
        own: files that the run itself reads or writes (baseline, suppressions, reports); no posts, even if a folder holds them.
        as_found: named files are taken as if their folder had been named.
        missing: folders and globs in which there was no file to check, and the error that says so.
    """

    options: Mapping[str, Any]
    suffixes: Sequence[str]
    rules_folder: str | None = None
    chosen: Path | bool = True
    own: frozenset[Path] = frozenset()
    as_found: bool = False
    missing: list[tuple[str, InputError]] = field(default_factory=list)
    engines: dict[tuple[Any, ...], Engine] = field(default_factory=dict)
    whole: dict[tuple[str, ...], Engine] = field(default_factory=dict)

    def files(self, names: Sequence[str]) -> Iterator[tuple[str, bool]]:
        """Each file by its name, and whether it was named itself (a folder or glob may hold files that are no posts).

        Folders and globs with no file to check go into `missing`.
        """
        for name in names or ("-",):
            path = Path(name)
            if name != "-" and path.is_dir():
                found = [str(file) for file in self._wanted(sorted(path.rglob("*")), path)]
            elif name != "-" and not path.exists() and glob.has_magic(name):
                found = [
                    file for file in sorted(glob.glob(name, recursive=True)) if Path(file).is_file() and not self._excluded(Path(file))
                ]
            elif self.as_found and path.is_file():
                yield from ((name, False) for _ in self._wanted([path], path.parent if path.is_absolute() else Path()))
                continue
            else:
                yield name, True
                continue
            if not found:
                hint = "See include and exclude of the config; Adcheck reads " + ", ".join(self.suffixes) + "."
                self.missing.append((name, InputError("there is no file to check", where=name, hint=hint)))
            yield from ((file, False) for file in found)

    def _wanted(self, paths: Iterable[Path], folder: Path) -> Iterator[Path]:
        """Those of a folder's files that are to be checked where the folder is."""
        settings = self.settings(folder)
        include = settings.get("include")
        base = settings.config.folder if settings.config is not None else folder
        packs = [Path(pack) for pack in settings.get("packs")]
        for path in paths:
            parts = path.relative_to(folder).parts
            if any(part.startswith(".") or part in _PASSED_OVER or part.endswith("_files") for part in parts):
                continue
            if (
                not path.is_file()
                or path.name in _OWN_NAMES
                or path.resolve() in self.own
                or any(path.resolve().is_relative_to(pack) for pack in packs)
            ):
                continue
            wanted = matches(path, include, base) if include is not None else path.suffix.lower() in self.suffixes
            if wanted and not self._excluded(path):
                yield path

    def _excluded(self, path: Path) -> bool:
        settings = self.settings(path)
        exclude = settings.get("exclude")
        return bool(exclude) and settings.config is not None and matches(path, exclude, settings.config.folder)

    def settings(self, path: Path | None) -> Settings:
        """What holds for a file; None is standard input, which takes the config of the folder one is in."""
        return settings_for(path, self.options, self._config(path))

    def _config(self, path: Path | None) -> Config | None:
        if self.chosen is False:
            return None
        if isinstance(self.chosen, Path):
            return load_config(self.chosen.resolve())
        return find_config(path if path is not None else Path.cwd())

    def engine(self, settings: Settings) -> Engine:
        """The engine over the rules that the settings name: built in or another folder, with packs, narrowed to the selected duties."""
        from compliance import Engine
        from compliance.cli_rules import engine_of
        from compliance.selection import selected

        packs = tuple(settings.get("packs"))
        select, ignore = settings.get("rules.select"), settings.get("rules.ignore")
        key = (packs, select, ignore)
        if key not in self.engines:
            if packs not in self.whole:
                self.whole[packs] = engine_of(self.rules_folder, packs)
            whole = self.whole[packs]
            book = selected(settings, whole.rulebook)
            self.engines[key] = whole if book is whole.rulebook else Engine(book, whole.lexicon)
        return self.engines[key]

    def duties(self) -> frozenset[str]:
        """The ids of all duties of the rules in use, selected or not."""
        if not self.whole:
            self.engine(self.settings(None))
        return frozenset(duty for engine in self.whole.values() for duty in engine.rulebook.duties)


def _mapper(settings: Settings, engine: Engine, kind: str) -> Mapper:
    """The mapping of columns as the settings say it. A config's is meant for calendars, and other files of its folder need not have the column.

    Raises:
        InputError: a field that no post has; names the line of the config that says it.
    """
    from compliance.readers.campaign import Mapper

    mapping = {key: value for key, value in settings.under("mapping").items() if not key.startswith("values.")}
    values: dict[str, dict[str, str]] = {}
    for key, meant in settings.under("mapping.values").items():
        fact, _, cell = key.partition(".")
        values.setdefault(fact, {})[cell] = meant
    try:
        is_shared = kind not in {"table", "sheet"} and all(settings.values[f"mapping.{name}"].origin != "--map" for name in mapping)
        return Mapper(engine.rulebook.columns, mapping, values, is_shared=is_shared)
    except InputError as error:
        key = f"mapping.{error.where}"
        error.where = next((setting.origin for name, setting in settings.values.items() if f"{name}.".startswith(f"{key}.")), "--map")
        raise


def read_lines(
    stream: IO[bytes], name: str, engine: Engine, settings: Settings | None, defaults: Mapping[str, Any], said: list[str]
) -> Iterator[tuple[Source, Record]]:
    """The posts of a JSONL file, each with its source; without settings Adcheck's own records only."""
    from compliance.readers import read_jsonl
    from compliance.readers.campaign import Campaign
    from compliance.reports.source import Source

    campaign = None
    if settings is not None:
        campaign = Campaign("jsonl", b"", engine.rulebook, _mapper(settings, engine, "jsonl"), settings.defaults)
    for record in read_jsonl(stream, engine.rulebook, name, defaults, campaign.line if campaign is not None else None):
        yield Source(name, record.id, record.line, field=record.field, campaign=record.campaign, ignore=record.ignore), record
    if campaign is not None:
        said.extend(understood(campaign))


def read_campaign(
    data: bytes, kind: str, name: str, engine: Engine, settings: Settings, said: list[str]
) -> Iterator[tuple[Source, Record]]:
    """The posts of a campaign file, each with its source. `said` takes in how its columns were understood."""
    from compliance.findings.comments import without_comments
    from compliance.readers.campaign import Campaign, decode
    from compliance.reports.source import Source

    whole = cleaned = ""
    pieces: tuple[tuple[int, int, int], ...] = ()
    if kind == "markdown" and b"adcheck-ignore" in data:
        whole = decode(data)
        cleaned, pieces = without_comments(whole)
        data = cleaned.encode() if pieces else data
    campaign = Campaign(kind, data, engine.rulebook, _mapper(settings, engine, kind), settings.defaults)
    try:
        for record in campaign.records():
            if record.error is not None:
                record.error.where = f"{name or 'stdin'}{record.error.where or f':{record.line}'}"
            source = Source(name, record.id, record.line, record.raw, record.row, record.column, record.field, record.campaign)
            source = replace(source, ignore=record.ignore)
            is_moved = pieces and record.raw is not None and not any(document.segments[0].pieces for document in record.documents)
            yield _as_written(source, record, whole, cleaned, pieces) if is_moved else (source, record)
    finally:
        said.extend(understood(campaign))


def _as_written(source: Source, record: Record, whole: str, cleaned: str, pieces: Sequence[tuple[int, int, int]]) -> tuple[Source, Record]:
    """A post that was read from `cleaned`, with its place in the file as it is written, comments and all."""
    begin = sum(len(line) + 1 for line in cleaned.split("\n")[: source.line - 1]) + source.column - 1
    end = begin + len(source.raw or "")
    inside = [
        (max(at, begin) - begin, origin + max(begin - at, 0), min(at + length, end) - max(at, begin))
        for at, origin, length in pieces
        if at < end and at + length > begin
    ]
    first = inside[0][1]
    line, column = Lines(whole).at(first)
    moved = tuple((at, origin - first, length) for at, origin, length in inside)
    documents = tuple(
        replace(document, segments=(replace(document.segments[0], pieces=moved), *document.segments[1:])) for document in record.documents
    )
    return replace(source, raw=whole[first:], line=line, column=column), replace(record, documents=documents)


def understood(campaign: Any) -> list[str]:
    """How a campaign file was read, in a line or two; nothing for a text without fields."""
    lines = [f"read as a payload of {scheduler.name}" for scheduler in campaign.schedulers.values()]
    shown = [
        str(columns)
        for columns in campaign.mapper.seen.values()
        if columns.fields or columns.flags or columns.facts or columns.unused or len(columns.texts) > 1
    ]
    lines += shown if len(shown) < 4 else [*shown[:3], f"and {len(shown) - 3} other sets of fields"]
    if campaign.outer:
        lines.append("for all posts below: " + ", ".join(f"{key} → {field}" for key, field in campaign.outer.items()))
    if campaign.silent:
        lines.append(f"no caption in {_numbers('row', campaign.silent)}, not judged")
    if campaign.undated:
        unit = "row" if campaign.kind in {"table", "sheet", "parquet"} else "line"
        where = _numbers(unit, campaign.undated)
        lines.append(f"the date in {where} reads in no one way (write 2026-12-01): judged by the law of today, or of --as-of")
    return lines


def _numbers(unit: str, numbers: Sequence[int]) -> str:
    rest = f" and {len(numbers) - 5} more" if len(numbers) > 5 else ""
    return f"{unit}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers[:5]))}{rest}"


def show_mapping(inputs: Inputs, name: str, kind: str, data: bytes) -> list[str]:
    """How a campaign file would be read, without judging it.

    Raises:
        InputError: it cannot be read.
    """
    from compliance.readers.campaign import Campaign

    settings = inputs.settings(Path(name) if name != "-" else None)
    engine = inputs.engine(settings)
    book = engine.rulebook
    campaign = Campaign(kind, data, book, _mapper(settings, engine, kind), settings.defaults)
    try:
        if kind == "jsonl":
            from compliance.readers import read_jsonl

            posts = sum(1 for record in read_jsonl(data.splitlines(), book, name, posts=campaign.line) if record.error is None)
        else:
            posts = sum(1 for record in campaign.records() if record.error is None)
    except AdcheckError as error:
        error.where = f"{name}{error.where}"
        raise
    return [*understood(campaign), f"{posts} posts"]
