"""What stands in one rule file, as rule objects: labels, cues, modifiers, combinations, markets, platforms, layouts, networks, marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from compliance.dutyfile import where_of
from compliance.errors import RuleError, nearest
from compliance.rules import (
    Combination,
    Entry,
    Form,
    Jurisdiction,
    Layout,
    LayoutRow,
    MarkRule,
    MarkRules,
    Modifier,
    Network,
    Part,
    Platform,
    PlatformLabel,
    Surface,
)


def labels_of(data: Mapping[str, Any], path: Path) -> list[Entry]:
    """The labels of `labels/<lang>.yaml`."""
    language = _language(data, path)
    result = []
    for key, value in data["labels"].items():
        forms = tuple(
            Form(str(pattern), example, position)
            for position in ("hashtag", "standalone", "anywhere")
            for pattern, example in value.get(position, {}).items()
        )
        result.append(
            Entry(
                id=f"{language}.{key}",
                kind="label",
                language=language,
                strength=value["strength"],
                forms=forms,
                connection=value.get("connection"),
                means=value["means"],
                text=value["text"],
                miss=tuple(value.get("miss", ())),
                not_in=tuple(value.get("not_in", ())),
                where=f"{where_of(path, 2)}:{key}",
            )
        )
    return result


def cues_of(data: Mapping[str, Any], path: Path) -> list[Entry]:
    """The cues of `lexicon/<lang>.yaml`."""
    language = _language(data, path)
    return [
        Entry(
            id=f"{language}.{key}",
            kind=value["kind"],
            language=language,
            strength=value["strength"],
            forms=tuple(Form(str(pattern), example) for pattern, example in value["forms"].items()),
            connection=value.get("connection"),
            says=value["says"],
            miss=tuple(value.get("miss", ())),
            not_in=tuple(value.get("not_in", ())),
            where=f"{where_of(path, 2)}:{key}",
        )
        for key, value in data["cues"].items()
    ]


def modifiers_of(data: Mapping[str, Any], path: Path) -> list[Modifier]:
    """The modifiers of `lexicon/<lang>.yaml`."""
    language = _language(data, path)
    return [
        Modifier(
            id=f"{language}.{key}",
            language=language,
            effect=value["effect"],
            direction=value["direction"],
            scope=value["scope"],
            targets=frozenset(value["targets"]),
            forms=tuple(Form(str(pattern), example) for pattern, example in value["forms"].items()),
            stop=tuple(value.get("stop", ())),
            pseudo=tuple(value.get("pseudo", ())),
            where=f"{where_of(path, 2)}:{key}",
        )
        for key, value in data.get("modifiers", {}).items()
    ]


def combination_of(key: str, value: Mapping[str, Any]) -> Combination:
    """One entry of `combinations.yaml`."""
    parts = tuple(
        Part(
            **{f"{name}s": frozenset(part.get(name, ())) for name in ("kind", "cue", "strength", "shape", "tag")},
            mention=part.get("mention"),
            count=part.get("count", 1),
        )
        for part in value["all"]
    )
    return Combination(
        key,
        value["strength"],
        value.get("connection"),
        value["says"],
        parts,
        value["within"],
        value.get("ordered", False),
        frozenset(value.get("unless", ())),
        tuple(value["examples"]),
        tuple(value["miss"]),
    )


def _language(data: Mapping[str, Any], path: Path) -> str:
    language = str(data["language"])
    if language != path.stem:
        raise RuleError(
            f"language is {language!r} in a file named {path.name}",
            where=where_of(path, 2),
            hint="Name the file after its language.",
        )
    return language


def jurisdiction_of(key: str, value: Mapping[str, Any]) -> Jurisdiction:
    """One market of `jurisdictions.yaml`."""
    return Jurisdiction(
        key,
        value["name"],
        tuple(value["languages"]),
        tuple(value.get("parents", ())),
        tuple(value.get("aliases", ())),
        tuple(value["regulators"]),
        value.get("market", True),
        value.get("not_covered", {}),
        value.get("note", ""),
        value.get("region", "europe"),
    )


def check_markets(jurisdictions: Mapping[str, Jurisdiction], places: Mapping[str, str]) -> None:
    """That the markets' parents are there, that none is its own ancestor, and that each alias is one market's.

    Raises:
        RuleError: with the place of the wrong one, from `places`.
    """
    names: dict[str, str] = {key: key for key in jurisdictions}
    for key, jurisdiction in jurisdictions.items():
        for parent in jurisdiction.parents:
            if parent not in jurisdictions:
                raise RuleError(f"no market is called {parent!r}", where=places[key], hint=nearest(parent, jurisdictions))
        above, parents = set(jurisdiction.parents), list(jurisdiction.parents)
        while parents:
            further = [name for name in jurisdictions[parents.pop()].parents if name in jurisdictions and name not in above]
            above.update(further)
            parents += further
        if key in above:
            raise RuleError(f"{key!r} is its own ancestor", where=places[key], hint="Leave one of the parents out.")
        for alias in jurisdiction.aliases:
            if names.setdefault(alias, key) != key:
                raise RuleError(f"the alias {alias!r} is {names[alias]!r}'s", where=places[key], hint="Leave it out.")


def check_hosts(platforms: Mapping[str, Platform], places: Mapping[str, str]) -> None:
    """That each host is one platform's.

    Raises:
        RuleError: with the place of the wrong one, from `places`.
    """
    owners: dict[str, str] = {}
    for key, platform in platforms.items():
        for host in platform.hosts:
            if owners.setdefault(host, key) != key:
                raise RuleError(f"the host {host!r} is {owners[host]!r}'s", where=places[key], hint="Leave it out.")


def platform_of(key: str, value: Mapping[str, Any]) -> Platform:
    """One platform of `platforms.yaml`."""
    surfaces = {
        name: Surface(
            item["fold"]["visible"],
            item["fold"]["hidden"],
            item["fold"].get("lines"),
            item["source"],
            item["certainty"],
            item["checked"],
            item.get("note", ""),
        )
        for name, item in value["surfaces"].items()
    }
    labels = {
        name: PlatformLabel(
            item["means"],
            item["texts"],
            item["source"],
            item["checked"],
            item["certainty"],
            item.get("texts_certainty", item["certainty"]),
            item.get("note", ""),
        )
        for name, item in value.get("labels", {}).items()
    }
    return Platform(key, value["name"], tuple(value["hosts"]), value["visual"], surfaces, labels, frozenset(value.get("slots", ())))


def layout_of(data: Mapping[str, Any], path: Path, platforms: Mapping[str, Platform]) -> Layout:
    """The layout in `layouts/<platform>.yaml`."""
    where = where_of(path, 2)
    key = str(data["platform"])
    if key != path.stem or key not in platforms:
        raise RuleError(f"{key!r} is not the platform that the file is named after", where=where, hint=nearest(path.stem, platforms))
    platform = platforms[key]
    sources = data["sources"]

    def rows(items: Sequence[Mapping[str, Any]], part: str) -> tuple[LayoutRow, ...]:
        found = []
        for item in items:
            values = dict(item)
            source = sources.get(values.pop("from"))
            if source is None:
                raise RuleError(f"no source {item['from']!r}", where=f"{where}:{part}", hint=nearest(item["from"], sources))
            if values.get("label") is not None and values["label"] not in platform.labels:
                raise RuleError(
                    f"no label {values['label']!r} of {key}", where=f"{where}:{part}", hint=nearest(values["label"], platform.labels)
                )
            found.append(LayoutRow(seen=source["seen"], source=source["what"], **values))
        return tuple(found)

    for item in data.get("surfaces", ()):
        if item["surface"] not in platform.surfaces:
            raise RuleError(f"no surface {item['surface']!r} of {key}", where=where, hint=nearest(item["surface"], platform.surfaces))
    return Layout(
        platform=key,
        site_names=tuple(data.get("site_names", ())),
        surfaces=tuple((item["surface"], item["path"]) for item in data.get("surfaces", ())),
        posts=rows(data["posts"], "posts"),
        parts={name: rows(items, name) for name, items in data["post"].items()},
        page={name: rows(items, name) for name, items in data.get("page", {}).items()},
        labels=rows(data.get("labels", ()), "labels"),
        composers=rows(data.get("composers", ()), "composers"),
        distinct=data.get("distinct", False),
        where=where,
    )


def network_of(key: str, value: Mapping[str, Any]) -> Network:
    """One entry of `networks.yaml`."""
    return Network(
        key,
        value["name"],
        value.get("kind", "affiliate"),
        value["strength"],
        tuple(value.get("hosts", ())),
        tuple(value.get("params", ())),
        tuple(value.get("paths", ())),
        tuple(value["examples"]),
        tuple(value.get("miss", ())),
    )


def marks_of(data: Mapping[str, Any] | None) -> MarkRules:
    """What `marks.yaml` knows; nothing where there is no such file."""
    if data is None:
        return MarkRules()

    def lower(value: Mapping[str, Any], key: str) -> frozenset[str]:
        return frozenset(item.casefold() for item in value.get(key, ()))

    rules = {
        key: MarkRule(
            id=f"mark.{key}",
            places=frozenset(value["in"]),
            keys=lower(value, "keys"),
            values=lower(value, "values"),
            contains=tuple(sorted(lower(value, "contains"))),
            types=lower(value, "types"),
            value_types=lower(value, "value_types"),
            within=lower(value, "within"),
            means=value["means"],
            strength=value["strength"],
            says=value["says"],
            examples=tuple(value["examples"]),
            miss=tuple(value.get("miss", ())),
        )
        for key, value in data["marks"].items()
    }
    return MarkRules(lower(data, "articles"), lower(data, "elsewhere"), {rule.id: rule for rule in rules.values()})
