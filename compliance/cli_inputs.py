"""What `adcheck check` reads: files, folders and globs under the settings of their config, and the campaign files among them."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.config import Config, Settings, find_config, load_config, matches, settings_for
from compliance.errors import AdcheckError, InputError
from compliance.text import Lines

if TYPE_CHECKING:
    from compliance.engine import Engine
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
        missing: folders and globs in which there was no file to check, and the error that says so.
    """

    options: Mapping[str, Any]
    suffixes: Sequence[str]
    rules_folder: str | None = None
    chosen: Path | bool = True
    own: frozenset[Path] = frozenset()
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
                found = [str(file) for file in self._walk(path)]
            elif name != "-" and not path.exists() and glob.has_magic(name):
                found = [
                    file for file in sorted(glob.glob(name, recursive=True)) if Path(file).is_file() and not self._excluded(Path(file))
                ]
            else:
                yield name, True
                continue
            if not found:
                hint = "See include and exclude of the config; Adcheck reads " + ", ".join(self.suffixes) + "."
                self.missing.append((name, InputError("there is no file to check", where=name, hint=hint)))
            yield from ((file, False) for file in found)

    def _walk(self, folder: Path) -> Iterator[Path]:
        settings = self.settings(folder)
        include = settings.get("include")
        base = settings.config.folder if settings.config is not None else folder
        packs = [Path(pack) for pack in settings.get("packs")]
        for path in sorted(folder.rglob("*")):
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
        from compliance.selection import narrowed

        packs = tuple(settings.get("packs"))
        select, ignore = settings.get("rules.select"), settings.get("rules.ignore")
        key = (packs, select, ignore)
        if key not in self.engines:
            if packs not in self.whole:
                self.whole[packs] = engine_of(self.rules_folder, packs)
            whole = self.whole[packs]
            try:
                book = narrowed(whole.rulebook, select, ignore)
            except InputError as error:
                name = f"rules.{'select' if error.where.endswith('select') else 'ignore'}"
                error.where = settings.values[name].origin if name in settings.values else error.where
                raise
            self.engines[key] = whole if book is whole.rulebook else Engine(book, whole.lexicon)
        return self.engines[key]

    def duties(self) -> frozenset[str]:
        """The ids of all duties of the rules in use, selected or not."""
        if not self.whole:
            self.engine(self.settings(None))
        return frozenset(duty for engine in self.whole.values() for duty in engine.rulebook.duties)


def read_campaign(
    data: bytes, kind: str, name: str, engine: Engine, settings: Settings, said: list[str]
) -> Iterator[tuple[Source, Record]]:
    """The posts of a campaign file, each with its source. `said` takes in how its columns were understood."""
    from compliance.findings.comments import without_comments
    from compliance.readers.campaign import Campaign, Mapper, decode
    from compliance.reports.source import Source

    mapping = {key: value for key, value in settings.under("mapping").items() if not key.startswith("values.")}
    values: dict[str, dict[str, str]] = {}
    for key, meant in settings.under("mapping.values").items():
        fact, _, cell = key.partition(".")
        values.setdefault(fact, {})[cell] = meant
    whole = cleaned = ""
    pieces: tuple[tuple[int, int, int], ...] = ()
    if kind == "markdown" and b"adcheck-ignore" in data:
        whole = decode(data)
        cleaned, pieces = without_comments(whole)
        data = cleaned.encode() if pieces else data
    campaign = Campaign(kind, data, engine.rulebook, Mapper(engine.rulebook.columns, mapping, values), settings.defaults)
    try:
        for record in campaign.records():
            if record.error is not None:
                record.error.where = f"{name or 'stdin'}{record.error.where or f':{record.line}'}"
            source = Source(name, record.id, record.line, record.raw, record.row, record.column, record.field, record.campaign)
            source = replace(source, ignore=record.ignore)
            yield _as_written(source, record, whole, cleaned, pieces) if pieces and record.raw is not None else (source, record)
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
    shown = [str(columns) for columns in campaign.mapper.seen.values() if columns.fields or columns.unused or len(columns.texts) > 1]
    return lines + (shown if len(shown) < 4 else [*shown[:3], f"and {len(shown) - 3} other sets of fields"])


def show_mapping(inputs: Inputs, name: str, kind: str, data: bytes) -> list[str]:
    """How a campaign file would be read, without judging it.

    Raises:
        InputError: it cannot be read.
    """
    from compliance.readers.campaign import Campaign, Mapper

    settings = inputs.settings(Path(name) if name != "-" else None)
    book = inputs.engine(settings).rulebook
    mapping = {key: value for key, value in settings.under("mapping").items() if not key.startswith("values.")}
    campaign = Campaign(kind, data, book, Mapper(book.columns, mapping))
    try:
        posts = sum(1 for _ in campaign.records())
    except AdcheckError as error:
        error.where = f"{name}{error.where}"
        raise
    return [*understood(campaign), f"{posts} posts"]
