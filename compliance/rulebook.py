"""`rules/` → Rulebook: strict load, schema, links between files, digest. Loaded once per process and folder."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compliance.dutyfile import check_links, nearest, read_duty
from compliance.errors import InputError, RuleError
from compliance.intake import ColumnRules, Scheduler, column_rules, schedulers
from compliance.rulefile import (
    combination_of,
    cues_of,
    jurisdiction_of,
    labels_of,
    layout_of,
    marks_of,
    modifiers_of,
    network_of,
    platform_of,
)
from compliance.rules import (
    Combination,
    Duty,
    Entry,
    Jurisdiction,
    Layout,
    MarkRules,
    Modifier,
    Network,
    Platform,
)
from compliance.shipped_folder import shipped_folder
from compliance.store import remembered

RULES = shipped_folder("rules")


@dataclass(frozen=True, eq=False)
class Rulebook:
    """Everything in `rules/`, linked and checked. `digest` names this exact content in every report."""

    version: str
    digest: str
    entries: Mapping[str, Entry]
    modifiers: tuple[Modifier, ...]
    combinations: tuple[Combination, ...]
    business_words: tuple[str, ...]
    duties: Mapping[str, Duty]
    jurisdictions: Mapping[str, Jurisdiction]
    platforms: Mapping[str, Platform]
    networks: tuple[Network, ...]
    personas: Mapping[str, Mapping[str, Any]]
    handle_words: tuple[str, ...]
    handle_endings: tuple[str, ...]
    messages: Mapping[str, Any]
    layouts: Mapping[str, Layout]
    marks: MarkRules
    columns: ColumnRules
    schedulers: tuple[Scheduler, ...]

    @property
    def labels(self) -> Mapping[str, Entry]:
        """The labels alone."""
        return {key: entry for key, entry in self.entries.items() if entry.kind == "label"}

    @property
    def markets(self) -> tuple[str, ...]:
        """The ids of the markets that a post can reach, in file order."""
        return tuple(key for key, jurisdiction in self.jurisdictions.items() if jurisdiction.is_market)

    def jurisdiction(self, name: str, where: str = "/reach") -> Jurisdiction:
        """The market called `name` (any case, or an alias).

        Raises:
            InputError: no such market; names the nearest.
        """
        key = name.strip().lower().replace("_", "-")
        found = self.jurisdictions.get(key) or next((item for item in self.jurisdictions.values() if key in item.aliases), None)
        if found is None:
            raise InputError(f"unknown market {name!r}", where=where, hint=nearest(key, self.jurisdictions))
        return found

    def platform(self, name: str, surface: str | None = None) -> tuple[Platform, str]:
        """The platform called `name` and its surface (the first where none is named).

        Raises:
            InputError: no such platform or surface; names the nearest.
        """
        platform = self.platforms.get(name.strip().lower())
        if platform is None:
            raise InputError(f"unknown platform {name!r}", where="/platform", hint=nearest(name.lower(), self.platforms))
        if surface is None:
            return platform, next(iter(platform.surfaces))
        if surface.strip().lower() not in platform.surfaces:
            raise InputError(
                f"unknown surface {surface!r} of {platform.name}", where="/surface", hint=nearest(surface.lower(), platform.surfaces)
            )
        return platform, surface.strip().lower()

    def info(self) -> dict[str, str]:
        """`{version, digest}`, as every report prints it."""
        return {"version": self.version, "digest": self.digest}


@functools.lru_cache(maxsize=8)
def load_rulebook(folder: Path | str = RULES, packs: tuple[Path | str, ...] = ()) -> Rulebook:
    """Load and check a rules folder, and with it the rule packs of a brand or agency: folders with `duties/`, `labels/` and `lexicon/` in the
    same format, whose ids may not be taken and which the digest covers. The same folders are loaded once per process.

    Raises:
        RuleError: any file is wrong; names file, line and cure.
    """
    root = Path(folder).resolve()
    if not (root / "jurisdictions.yaml").is_file():
        raise RuleError(
            "there is no rulebook here",
            where=str(root),
            hint="Give a folder that holds rulebook.yaml, jurisdictions.yaml, labels/, lexicon/ and duties/.",
        )
    extra = tuple(_pack(Path(pack).resolve()) for pack in packs)
    digest = _digest(root, *extra)
    found: Rulebook = remembered("rulebook", digest, lambda: _read_all(root, digest, extra))
    return found


_PACKED = ("duties", "labels", "lexicon")


def _pack(folder: Path) -> Path:
    """The folder, if it is a rule pack."""
    files = sorted(folder.rglob("*.yaml")) if folder.is_dir() else []
    if not files:
        raise RuleError("there is no rule pack here", where=str(folder), hint="Give a folder that holds duties/, labels/ or lexicon/.")
    for path in files:
        if path.relative_to(folder).parts[0] not in _PACKED:
            raise RuleError(
                "a rule pack cannot hold this file", where=str(path), hint=f"A pack holds {', '.join(_PACKED)}; all else stays in rules/."
            )
    return folder


def _read_all(root: Path, digest: str, packs: tuple[Path, ...] = ()) -> Rulebook:
    from compliance.yamlfile import load  # a rulebook that was built before needs no YAML

    schema = RULES / "schema"

    def read(path: Path, kind: str) -> Any:
        return load(path, schema / f"{kind}.json", next((pack for pack in packs if path.is_relative_to(pack)), root))

    def files(pattern: str) -> list[Path]:
        return [path for folder in (root, *packs) for path in sorted(folder.glob(pattern))]

    entries: dict[str, Entry] = {}
    modifiers: list[Modifier] = []
    for path in files("labels/*.yaml"):
        for entry in labels_of(read(path, "labels"), path):
            _add(entries, entry)
    for path in files("lexicon/*.yaml"):
        data = read(path, "lexicon")
        for entry in cues_of(data, path):
            _add(entries, entry)
        modifiers.extend(modifiers_of(data, path))
    jurisdictions = {
        key: jurisdiction_of(key, value) for key, value in read(root / "jurisdictions.yaml", "jurisdictions")["jurisdictions"].items()
    }
    duties: dict[str, Duty] = {}
    for path in files("duties/*/*.yaml"):
        duty = read_duty(read(path, "duty"), path)
        if duty.id in duties:
            raise RuleError(
                f"the duty id {duty.id!r} is used twice",
                where=duty.where,
                hint=f"The other one is in {duties[duty.id].where}; give each duty its own id.",
            )
        duties[duty.id] = duty
    check_links(duties, entries, jurisdictions)
    optional = {
        name: (read(root / f"{name}.yaml", name) if (root / f"{name}.yaml").is_file() else None)
        for name in ("platforms", "networks", "personas", "messages", "marks", "combinations", "columns", "schedulers")
    }
    platforms = {key: platform_of(key, value) for key, value in (optional["platforms"] or {"platforms": {}})["platforms"].items()}
    documented = optional["personas"] or {"personas": {}}
    combined = optional["combinations"] or {"combinations": {}, "business_words": ()}
    return Rulebook(
        version=read(root / "rulebook.yaml", "rulebook")["version"],
        digest=digest,
        entries=entries,
        modifiers=tuple(modifiers),
        combinations=tuple(combination_of(key, value) for key, value in combined["combinations"].items()),
        business_words=tuple(combined["business_words"]),
        duties=duties,
        jurisdictions=jurisdictions,
        platforms=platforms,
        networks=tuple(network_of(key, value) for key, value in (optional["networks"] or {"networks": {}})["networks"].items()),
        personas=documented["personas"],
        handle_words=tuple(documented.get("handles", {}).get("words", ())),
        handle_endings=tuple(documented.get("handles", {}).get("endings", ())),
        messages=optional["messages"] or {},
        marks=marks_of(optional["marks"]),
        columns=column_rules(optional["columns"]),
        schedulers=schedulers(optional["schedulers"], platforms),
        layouts={path.stem: layout_of(read(path, "layout"), path, platforms) for path in sorted((root / "layouts").glob("*.yaml"))},
    )


def _digest(*folders: Path) -> str:
    """SHA-256 over the names and bytes of all rule files, so that a report can be reproduced."""
    total = hashlib.sha256()
    for root in folders:
        for path in sorted(root.rglob("*.yaml")):
            total.update(path.relative_to(root).as_posix().encode())
            total.update(b"\0" + path.read_bytes() + b"\0")
    return "sha256:" + total.hexdigest()


def _add(entries: dict[str, Entry], entry: Entry) -> None:
    if entry.id in entries:
        raise RuleError(f"{entry.id!r} is defined twice", where=entry.where, hint=f"The other one is in {entries[entry.id].where}.")
    entries[entry.id] = entry
