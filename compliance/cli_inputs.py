"""What `adcheck check` reads: files, folders and globs under the settings of their config, and the campaign files among them."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compliance.config import Config, Settings, find_config, load_config, matches, settings_for
from compliance.errors import AdcheckError, InputError

if TYPE_CHECKING:
    from compliance.engine import Engine
    from compliance.readers.jsonl import Record
    from compliance.reports.source import Source

_PASSED_OVER = frozenset({"node_modules", "__pycache__", "venv"})


@dataclass(slots=True)
class Inputs:
    """The command line's inputs, and the engine that the settings of each ask for.

    Attributes:
        options: settings given as options, flat as in `Config.values`; they win.
        suffixes: endings of the files that a folder is searched for.
        chosen: a config file named by --config; False where none is to be used.
    """

    options: Mapping[str, Any]
    suffixes: Sequence[str]
    rules_folder: str | None = None
    chosen: Path | bool = True
    engines: dict[tuple[Any, ...], Engine] = field(default_factory=dict)

    def files(self, names: Sequence[str]) -> Iterator[tuple[str, bool]]:
        """Each file by its name, and whether it was named itself (a folder or glob may hold files that are no posts).

        Raises:
            InputError: a folder or glob with no file to check.
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
                raise InputError(
                    "there is no file to check",
                    where=name,
                    hint="See include and exclude of the config; Adcheck reads " + ", ".join(self.suffixes) + ".",
                )
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
                or path.name in {"adcheck.toml", "pyproject.toml"}
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
        whole = engine_of(self.rules_folder, packs)
        key = (packs, select, ignore)
        if key not in self.engines:
            try:
                book = narrowed(whole.rulebook, select, ignore)
            except InputError as error:
                name = f"rules.{'select' if error.where.endswith('select') else 'ignore'}"
                error.where = settings.values[name].origin if name in settings.values else error.where
                raise
            self.engines[key] = whole if book is whole.rulebook else Engine(book, whole.lexicon)
        return self.engines[key]


def read_campaign(data: bytes, kind: str, name: str, engine: Engine, settings: Settings) -> Iterator[tuple[Source, Record]]:
    """The posts of a campaign file, each with its source. How its columns were understood goes to stderr."""
    from compliance.readers.campaign import Campaign, Mapper
    from compliance.reports.source import Source

    mapping = {key: value for key, value in settings.under("mapping").items() if not key.startswith("values.")}
    values: dict[str, dict[str, str]] = {}
    for key, meant in settings.under("mapping.values").items():
        fact, _, cell = key.partition(".")
        values.setdefault(fact, {})[cell] = meant
    campaign = Campaign(kind, data, engine.rulebook, Mapper(engine.rulebook.columns, mapping, values), settings.defaults)
    try:
        for record in campaign.records():
            if record.error is not None:
                record.error.where = f"{name}{record.error.where or f':{record.line}'}"
            yield Source(name, record.id, record.line, record.raw, record.row, record.column, record.field), record
    finally:
        for line in understood(campaign):
            click.echo(f"adcheck: {name}: {line}", err=True)


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
