"""`adcheck.toml`, or `[tool.adcheck]` in pyproject.toml: found upwards from the file that is checked, checked key by key, and resolved into
settings that each know where they come from. Later wins: default, config, overrides that fit the path, those that fit the campaign, option."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.errors import InputError, nearest
from compliance.intake import FIELDS
from compliance.model import INTERFACES
from compliance.readers.declared import FLAGS, read_declared
from compliance.readers.declared import KEYS as DECLARED
from compliance.tomlfile import key_lines

if TYPE_CHECKING:
    import pathspec

NAMES = ("adcheck.toml", "pyproject.toml")
SEVERITIES = ("minor", "moderate", "serious", "critical", "never")


@dataclass(frozen=True, slots=True)
class Key:
    """A setting: what it takes, its default, what it is for, and whether it may differ by path, and by campaign too."""

    kind: str
    about: str
    default: Any = None
    by_path: bool = True
    by_campaign: bool = True
    choices: tuple[str, ...] = ()


KEYS: Mapping[str, Key] = {
    "reach": Key("list", 'The markets that the posts reach, such as ["nl", "de"].'),
    "platform": Key("text", "Where they are posted; decides where a text is cut."),
    "surface": Key("text", "Feed, reel, story …; the platform's first if not given."),
    "language": Key("text", "The posts' language; guessed if not given."),
    "bio": Key("text", "The account's bio."),
    "campaign": Key("text", "The campaign that posts belong to which name none."),
    "as-of": Key("date", "The date whose law counts; the date in a calendar's row, else today."),
    "incomplete": Key("flag", "The platform may have shown more than is given.", False),
    "declared": Key("declared", 'Facts that you state of the posts, such as relationship = "gifted".'),
    "rules.select": Key("list", "Only these duties: ids (nl.*), topic:gift, jurisdiction:nl."),
    "rules.ignore": Key("list", "All duties but these."),
    "mapping": Key("mapping", 'Field of a post = column of a calendar, such as text = "Copy".'),
    "mapping.values": Key("values", 'What a cell\'s value means: [mapping.values.relationship] "barter deal" = "gifted".'),
    "packs": Key("list", "Folders of your own rules, beside this file.", (), False),
    "include": Key("list", "Which files of a folder are checked; all that Adcheck reads if not given.", None, False),
    "exclude": Key("list", "Which are left out.", (), False),
    "fail-on": Key("text", "Least severity of a fail that gives exit code 1.", "minor", by_campaign=False, choices=SEVERITIES),
    "strict": Key("flag", "Items that need review count as fails.", False, by_campaign=False),
    "interface": Key("text", "Language of the report.", "en", False, choices=INTERFACES),
}
"""Every setting by its name in the file."""
_OF_THE_RUN = frozenset({"include", "exclude", "fail-on", "strict"})
"""Settings that change no checklist."""
_TABLES = {"rules": ("select", "ignore")}


@dataclass(frozen=True, slots=True)
class Setting:
    """A value and where it comes from: `default`, `adcheck.toml:3` or `--reach`."""

    value: Any
    origin: str = "default"


@dataclass(frozen=True, slots=True)
class Override:
    """Settings for the files or campaigns that it names."""

    paths: tuple[str, ...]
    campaigns: frozenset[str]
    values: Mapping[str, Setting]


@dataclass(frozen=True, slots=True)
class Config:
    """A config file, checked. `values` is flat: `declared.relationship`, `mapping.values.relationship.barter deal`."""

    path: Path
    values: Mapping[str, Setting]
    overrides: tuple[Override, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder that its paths start from."""
        return self.path.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """What holds for one file, and for the campaigns in it."""

    values: Mapping[str, Setting]
    config: Config | None = None
    again: Callable[[str], Settings] | None = field(default=None, compare=False)

    def get(self, name: str) -> Any:
        """A setting's value; its default where nothing sets it."""
        found = self.values.get(name)
        return KEYS[name].default if found is None else found.value

    def under(self, name: str) -> dict[str, Any]:
        """The settings below a name: `declared` → its facts."""
        return {key.removeprefix(f"{name}."): setting.value for key, setting in self.values.items() if key.startswith(f"{name}.")}

    def defaults(self, campaign: str | None = None) -> dict[str, Any]:
        """What the readers take where a post itself says nothing."""
        settings = self.again(campaign) if campaign is not None and self.again is not None else self
        result = {name: settings.get(name) for name in ("platform", "surface", "language", "bio") if settings.get(name) is not None}
        result["declared"] = settings.under("declared")
        if settings.get("incomplete"):
            result["complete"] = False
        return result

    def told(self) -> list[Any]:
        """All that they say of what is read and how it is judged, as plain values; what holds for single campaigns in the file too."""
        overrides = self.config.overrides if self.config is not None else ()
        own = {key: setting.value for key, setting in self.values.items() if key not in _OF_THE_RUN}
        return [
            own,
            *([item.paths, sorted(item.campaigns), {k: v.value for k, v in item.values.items()}] for item in overrides if item.campaigns),
        ]


def settings_for(file: Path | None, options: Mapping[str, Any], config: Config | None) -> Settings:
    """What holds for a file (None: standard input) under the options of the command line, flat as in `Config.values`."""

    def resolved(campaign: str | None) -> Settings:
        values: dict[str, Setting] = dict(config.values) if config is not None else {}
        for override in config.overrides if config is not None else ():
            if _fits(override, file, config, campaign):
                values.update(override.values)
        values |= {
            key: Setting(value, "--map" if key.startswith("mapping.") else f"--{key.split('.')[0]}") for key, value in options.items()
        }
        return Settings(values, config, resolved)

    found = resolved(None)
    named = found.get("campaign")
    return found if named is None else resolved(named)


def _fits(override: Override, file: Path | None, config: Config | None, campaign: str | None) -> bool:
    if override.paths and (file is None or config is None or not matches(file, override.paths, config.folder)):
        return False
    return not override.campaigns or (campaign is not None and campaign.strip().casefold() in override.campaigns)


def matches(file: Path, patterns: Sequence[str], folder: Path) -> bool:
    """Whether a file fits one of the patterns, written as in .gitignore and from `folder` on."""
    try:
        relative = file.resolve().relative_to(folder.resolve()).as_posix()
    except ValueError:
        return False
    return _spec(tuple(patterns)).match_file(relative)


@functools.lru_cache(maxsize=64)
def _spec(patterns: tuple[str, ...]) -> pathspec.GitIgnoreSpec:
    import pathspec

    return pathspec.GitIgnoreSpec.from_lines(patterns)


def find_config(start: Path) -> Config | None:
    """The nearest config at or above a file or folder; a pyproject.toml without `[tool.adcheck]` is passed over.

    Raises:
        InputError: it is wrong.
    """
    start = start.resolve()
    for folder in (start, *start.parents) if start.is_dir() else start.parents:
        for name in NAMES:
            path = folder / name
            if path.is_file():
                found = load_config(path)
                if found is not None:
                    return found
    return None


@functools.lru_cache(maxsize=256)
def load_config(path: Path) -> Config | None:
    """A config file; None for a pyproject.toml without `[tool.adcheck]`.

    Raises:
        InputError: it cannot be read, is not TOML, or has an unknown key or a wrong value; names file, line and cure.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", where=str(path), hint="Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise InputError(f"not valid TOML: {error}", where=f"{path}:{line[1] if line else 1}", hint="Mend the line.") from error
    prefix = ""
    if path.name == "pyproject.toml":
        tools = data.get("tool", {})
        if not isinstance(tools, dict) or "adcheck" not in tools:
            return None
        data, prefix = tools["adcheck"], "tool.adcheck."
        if not isinstance(data, dict):
            raise InputError("tool.adcheck is a table", where=str(path), hint="Write [tool.adcheck].")
    return _Reader(path, key_lines(text, prefix)).config(data)


class _Reader:
    """Checks the tables of one file."""

    def __init__(self, path: Path, lines: Mapping[str, int]) -> None:
        self._path = path
        self._lines = lines

    def config(self, data: Mapping[str, Any]) -> Config:
        top = {key: value for key, value in data.items() if key != "overrides"}
        overrides = data.get("overrides", [])
        if not isinstance(overrides, list) or not all(isinstance(item, dict) for item in overrides):
            raise self._error("overrides are tables", "overrides", "Write [[overrides]].")
        return Config(
            self._path, self._values(top, ""), tuple(self._override(item, f"overrides.{index}.") for index, item in enumerate(overrides))
        )

    def _override(self, data: Mapping[str, Any], at: str) -> Override:
        where = {key: data[key] for key in ("paths", "campaigns") if key in data}
        if not where:
            raise self._error("an override names no paths and no campaigns", at.rstrip("."), 'Such as paths = ["instagram/**"].')
        for key, value in where.items():
            self._check(key, "list", value, at + key)
        rest = {key: value for key, value in data.items() if key not in where}
        for key in rest if "campaigns" in where else ():
            if key in KEYS and KEYS[key].by_path and not KEYS[key].by_campaign:
                raise self._error(f"{key} cannot differ by campaign", at + key, "Name paths alone: it holds for whole files.")
        campaigns = frozenset(name.strip().casefold() for name in where.get("campaigns", ()))
        return Override(tuple(where.get("paths", ())), campaigns, self._values(rest, at))

    def _values(self, data: Mapping[str, Any], at: str) -> dict[str, Setting]:
        result: dict[str, Setting] = {}
        known = ["overrides", "paths", "campaigns", *dict.fromkeys(name.split(".")[0] for name in KEYS)]
        for name, value in data.items():
            if name in _TABLES:
                if not isinstance(value, dict):
                    raise self._error(f"{name} is a table", at + name, f"Write [{name}].")
                for part, inner in value.items():
                    if part not in _TABLES[name]:
                        raise self._unknown(f"{name}.{part}", part, _TABLES[name], at)
                    self._add(result, f"{name}.{part}", inner, at)
            elif name not in KEYS or "." in name:
                raise self._unknown(name, name, known, at)
            elif at and not KEYS[name].by_path:
                raise self._error(f"{name} cannot differ by path", at + name, "Set it for all files, above the overrides.")
            elif KEYS[name].kind == "declared":
                self._declared(result, value, at)
            elif KEYS[name].kind == "mapping":
                self._mapping(result, value, at)
            else:
                self._add(result, name, value, at)
        return result

    def _add(self, result: dict[str, Setting], name: str, value: Any, at: str) -> None:
        key = KEYS[name]
        if key.kind == "list" and isinstance(value, str):
            value = [part.strip() for part in value.split(",") if part.strip()]
        if key.kind == "date":
            value = str(value)
        self._check(name, key.kind, value, at + name)
        if key.choices and value not in key.choices:
            raise self._error(f"{value!r} is no value of {name}", at + name, "Known: " + ", ".join(key.choices) + ".")
        if name == "packs":
            value = [str((self._path.parent / item).resolve()) for item in value]
        result[name] = Setting(tuple(value) if isinstance(value, list) else value, self._origin(at + name))

    def _declared(self, result: dict[str, Setting], value: Any, at: str) -> None:
        for key, fact in value.items() if isinstance(value, dict) else [("", None)]:
            try:
                read_declared({key: fact} if key else value, "")
            except InputError as error:
                raise self._error(error.message, f"{at}declared.{key}".rstrip("."), _misplaced(key, "declared") or error.hint) from error
            result[f"declared.{key}"] = Setting(fact, self._origin(f"{at}declared.{key}"))

    def _mapping(self, result: dict[str, Setting], value: Any, at: str) -> None:
        if not isinstance(value, dict):
            raise self._error("mapping is a table", f"{at}mapping", 'Such as text = "Copy" under [mapping].')
        for name, heading in value.items():
            if name == "values" and isinstance(heading, dict):
                for fact, meanings in heading.items():
                    self._check_field(f"mapping.values.{fact}", fact, at)
                    for cell, meant in meanings.items() if isinstance(meanings, dict) else [("", None)]:
                        self._check(f"mapping.values.{fact}", "text", meant, f"{at}mapping.values.{fact}")
                        self._check_meaning(fact, cell, meant, at)
                        result[f"mapping.values.{fact}.{cell}"] = Setting(meant, self._origin(f"{at}mapping.values.{fact}.{cell}"))
                continue
            self._check_field(f"mapping.{name}", name, at)
            self._check(f"mapping.{name}", "text", heading, f"{at}mapping.{name}")
            result[f"mapping.{name}"] = Setting(heading, self._origin(f"{at}mapping.{name}"))

    def _check_field(self, name: str, field_: str, at: str) -> None:
        if field_ not in FIELDS:
            hint = _misplaced(field_, "mapping") or nearest(field_, FIELDS)
            raise self._error(f"no field of a post is called {field_!r}", at + name, hint)

    def _check_meaning(self, fact: str, cell: str, meant: Any, at: str) -> None:
        """Refuse a meaning that the declared fact does not take; what markets and platforms are called the rules know."""
        flag = {"true": True, "yes": True, "false": False, "no": False}.get(meant, meant)
        try:
            read_declared({fact: flag if fact in FLAGS else meant} if fact in DECLARED else {})
        except InputError as error:
            raise self._error(error.message, f"{at}mapping.values.{fact}.{cell}", error.hint) from error

    def _check(self, name: str, kind: str, value: Any, at: str) -> None:
        fits = {
            "list": isinstance(value, list) and all(isinstance(item, str) for item in value),
            "flag": isinstance(value, bool),
        }.get(kind, isinstance(value, str))
        if not fits:
            asked = {"list": 'a list of texts, such as ["a", "b"]', "flag": "true or false"}.get(kind, "a text in quotes")
            raise self._error(f"{name} has a wrong value", at, f"It takes {asked}.")

    def _unknown(self, name: str, last: str, known: Sequence[str], at: str) -> InputError:
        return self._error(f"unknown key {name!r}", at + name, _misplaced(last, name.rpartition(".")[0]) or nearest(last, known))

    def _origin(self, at: str) -> str:
        return f"{self._path.name}:{self._line(at)}"

    def _line(self, at: str) -> int:
        while at and at not in self._lines:
            at = at.rpartition(".")[0]
        return self._lines.get(at, 1)

    def _error(self, message: str, at: str, hint: str) -> InputError:
        return InputError(message, where=f"{self._path}:{self._line(at)}", hint=hint)


def _misplaced(key: str, table: str) -> str:
    """The cure for a setting that stands below a table's heading and so belongs to the table: TOML's commonest slip."""
    return f"{key} is a setting of its own: write it above [{table}]." if table and key in KEYS and "." not in key else ""
