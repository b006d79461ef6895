"""`rules/` → Rulebook: strict load, schema, links between files, digest. Loaded once per process and folder."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compliance.dutyfile import check_links, read_duty, where_of
from compliance.errors import InputError, RuleError, nearest
from compliance.intake import ColumnRules, Scheduler, column_rules, schedulers
from compliance.packed import PackedMap
from compliance.rulefile import (
    check_hosts,
    check_markets,
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
    """Load and check a rules folder, and with it the rule packs of a brand or agency: folders in the same format (`PACKED` says what they
    can hold), whose ids may not be taken and which the digest covers. The same folders are loaded once per process.

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
    # Places are told from the folder's own name on, so that an equal rulebook of another name is another one to remember.
    known_as = hashlib.sha256("\0".join([digest, root.name, *(pack.name for pack in extra)]).encode()).hexdigest()
    found: Rulebook = remembered("rulebook", known_as, lambda: _read_all(root, digest, extra))
    return found


PACKED = ("duties", "labels", "lexicon", "layouts", "jurisdictions.yaml", "platforms.yaml", "networks.yaml")
"""What a rule pack can hold: folders of rule files, and files whose entries are added to those of the rulebook."""


_KINDS = {"duties": "duty", "labels": "labels", "lexicon": "lexicon", "layouts": "layout"}
"""The schema of the files in each folder; a single file has the schema of its name."""


def _pack(folder: Path) -> Path:
    """The folder, if it is a rule pack."""
    files = sorted(folder.rglob("*.yaml")) if folder.is_dir() else []
    if not files:
        raise RuleError("there is no rule pack here", where=str(folder), hint=f"Give a folder that holds one of {', '.join(PACKED)}.")
    for path in files:
        if path.relative_to(folder).parts[0] not in PACKED:
            raise RuleError(
                "a rule pack cannot hold this file", where=str(path), hint=f"A pack holds {', '.join(PACKED)}; all else stays in rules/."
            )
    return folder


def _read_all(root: Path, digest: str, packs: tuple[Path, ...] = ()) -> Rulebook:
    from compliance.yamlfile import load  # a rulebook that was built before needs no YAML

    schema = RULES / "schema"

    known: dict[Path, Any] = {}

    def read(path: Path, kind: str) -> Any:
        if path not in known:
            known[path] = load(path, schema / f"{kind}.json", next((pack for pack in packs if path.is_relative_to(pack)), root))
        return known[path]

    def files(pattern: str) -> list[Path]:
        return [path for folder in (root, *packs) for path in sorted(folder.glob(pattern))]

    def entries_of(name: str) -> dict[str, tuple[str, Any]]:
        """The entries of a file that packs add to, each with its place."""
        found: dict[str, tuple[str, Any]] = {}
        for path in files(f"{name}.yaml"):
            for key, value in read(path, name)[name].items():
                where = f"{where_of(path, 1)}:{key}"
                if key in found:
                    raise RuleError(f"{key!r} is defined twice", where=where, hint=f"The other one is in {found[key][0]}.")
                found[key] = (where, value)
        return found

    for pack in packs:  # its own mistakes are told before the rulebook is read, which takes seconds
        for path in sorted(pack.rglob("*.yaml")):
            read(path, _KINDS.get(path.relative_to(pack).parts[0], path.stem))
    markets = entries_of("jurisdictions")
    jurisdictions = {key: jurisdiction_of(key, value) for key, (_, value) in markets.items()}
    check_markets(jurisdictions, {key: where for key, (where, _) in markets.items()})
    shown_on = entries_of("platforms")
    platforms = {key: platform_of(key, value) for key, (_, value) in shown_on.items()}
    check_hosts(platforms, {key: where for key, (where, _) in shown_on.items()})
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
        for name in ("personas", "messages", "marks", "combinations", "columns", "schedulers")
    }
    documented = optional["personas"] or {"personas": {}}
    combined = optional["combinations"] or {"combinations": {}, "business_words": ()}
    return Rulebook(
        version=read(root / "rulebook.yaml", "rulebook")["version"],
        digest=digest,
        entries=PackedMap(entries),
        modifiers=tuple(modifiers),
        combinations=tuple(combination_of(key, value) for key, value in combined["combinations"].items()),
        business_words=tuple(combined["business_words"]),
        duties=duties,
        jurisdictions=jurisdictions,
        platforms=platforms,
        networks=tuple(network_of(key, value) for key, (_, value) in entries_of("networks").items()),
        personas=documented["personas"],
        handle_words=tuple(documented.get("handles", {}).get("words", ())),
        handle_endings=tuple(documented.get("handles", {}).get("endings", ())),
        messages=optional["messages"] or {},
        marks=marks_of(optional["marks"]),
        columns=column_rules(optional["columns"]),
        schedulers=schedulers(optional["schedulers"], platforms),
        layouts=_layouts(files("layouts/*.yaml"), lambda path: layout_of(read(path, "layout"), path, platforms)),
    )


def _layouts(paths: Sequence[Path], read: Callable[[Path], Layout]) -> dict[str, Layout]:
    found: dict[str, Layout] = {}
    for path in paths:
        layout = read(path)
        if layout.platform in found:
            other = found[layout.platform].where
            raise RuleError(f"{layout.platform!r} has a layout already", where=layout.where, hint=f"The other one is in {other}.")
        found[layout.platform] = layout
    return found


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
