"""The label atlas: what each market's instruments say of each disclosure wording. Made from the duty files alone; nothing is judged here.

A verdict that rests on memory or on unsettled law is shown as such: it can ask for review and never fail.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass

from compliance.rulebook import Rulebook
from compliance.rules import Duty, Entry, LabelRow

VERDICTS = ("accepted", "qualified", "ambiguous", "rejected")
PLATFORM_LABEL = "platform.paid-partnership"
_NOT_STATED = "not stated"
_TOPIC_OF = {"gifted": "gift", "affiliate": "affiliate", "own_brand": "own-brand"}


@dataclass(frozen=True, slots=True)
class Cell:
    """What one instrument says of one label.

    Attributes:
        verdict: accepted, qualified (accepted under `needs`), ambiguous or rejected; "not stated" where the instrument is silent.
        certainty: primary, secondary, memory or unsettled.
        connection, surface: where the verdict holds; empty means everywhere.
        cite, url, authority, checked: the source, and the day on which it was read (ISO).
    """

    label: str
    text: str
    language: str
    means: str
    market: str
    duty: str
    status: str
    verdict: str
    certainty: str
    connection: tuple[str, ...]
    surface: tuple[str, ...]
    needs: tuple[str, ...]
    note: str
    cite: str
    authority: str
    url: str
    checked: str
    since: str
    until: str

    @property
    def can_fail(self) -> bool:
        """Whether this verdict alone can make a post fail."""
        return self.verdict == "rejected" and self.certainty in {"primary", "secondary"} and self.status == "stable"


_FIELDS = (
    "label",
    "text",
    "language",
    "means",
    "market",
    "duty",
    "status",
    "verdict",
    "certainty",
    "connection",
    "surface",
    "needs",
    "note",
    "cite",
    "authority",
    "url",
    "checked",
    "since",
    "until",
)


def cells(rulebook: Rulebook, market: str = "", language: str = "", connection: str = "", means: str = "") -> list[Cell]:
    """Every verdict of every instrument on every label, by label, market and duty; each argument narrows, empty means all.

    A row without a connection holds for all those that its duty covers, and so it stays under any filter that its duty meets.
    """
    order = {name: index for index, name in enumerate(rulebook.jurisdictions)}
    found = [
        _cell(duty, row, rulebook.entries[label])
        for duty in rulebook.duties.values()
        if not market or duty.jurisdiction == market
        for label, rows in duty.rows.items()
        if (not language or rulebook.entries[label].language == language) and (not means or rulebook.entries[label].means == means)
        for row in rows
        if not connection or _covers(duty, row, connection)
    ]
    return sorted(found, key=lambda cell: (cell.language, cell.text.lower(), cell.label, order[cell.market], cell.duty, cell.verdict))


def _cell(duty: Duty, row: LabelRow, entry: Entry) -> Cell:
    return Cell(
        label=entry.id,
        text=entry.text,
        language=entry.language,
        means=entry.means or "",
        market=duty.jurisdiction,
        duty=duty.id,
        status=duty.status,
        verdict=row.verdict,
        certainty=row.law.certainty,
        connection=tuple(sorted(row.connection)),
        surface=tuple(sorted(row.surface)),
        needs=row.needs,
        note=row.note,
        cite=row.law.cite,
        authority=row.law.authority,
        url=row.law.url,
        checked=row.law.checked,
        since=duty.since,
        until=duty.until or "",
    )


def _covers(duty: Duty, row: LabelRow, connection: str) -> bool:
    if row.connection:
        return connection in row.connection
    own = connections_of(duty)
    return not own or connection in own


def connections_of(duty: Duty) -> frozenset[str]:
    """The material connections that a duty's `applies_when` names; empty where it names none."""
    wanted = duty.applies_when.get("connection", ())
    return frozenset([wanted] if isinstance(wanted, str) else wanted)


def platform_label_cells(rulebook: Rulebook) -> list[Cell]:
    """For each market's duties that ask for an advertising label: whether the platform's own label suffices alone."""
    entry = rulebook.entries.get(PLATFORM_LABEL)
    found: list[Cell] = []
    for name in rulebook.jurisdictions:
        for duty in rulebook.duties.values():
            if duty.jurisdiction != name or duty.disclosure is None or "sponsorship" not in duty.disclosure.means or entry is None:
                continue
            rows = duty.rows.get(PLATFORM_LABEL, ())
            found.extend(_cell(duty, row, entry) for row in rows)
            if not rows:
                silent = LabelRow(PLATFORM_LABEL, _NOT_STATED, duty.first_law)
                found.append(_cell(duty, silent, entry))
    return found


def to_json(found: Iterable[Cell], rulebook: Rulebook) -> str:
    """The cells as JSON with the rulebook's version and digest."""
    rows = [{name: list(value) if isinstance(value := getattr(cell, name), tuple) else value for name in _FIELDS} for cell in found]
    return json.dumps({"rulebook": rulebook.info(), "cells": rows}, ensure_ascii=False, indent=2) + "\n"


def to_csv(found: Iterable[Cell], rulebook: Rulebook) -> str:
    """The cells as CSV (RFC 4180, header first); lists are joined with spaces, the last column is the rulebook's digest.

    A value that a spreadsheet would run as a formula is written with an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*_FIELDS, "rulebook"])
    for cell in found:
        values = [" ".join(value) if isinstance(value := getattr(cell, name), tuple) else value for name in _FIELDS]
        writer.writerow(["'" + value if value[:1] in {"=", "+", "-", "@", "\t"} else value for value in [*values, rulebook.digest]])
    return out.getvalue()


def by_label(found: Iterable[Cell]) -> list[tuple[str, dict[str, list[Cell]]]]:
    """The cells as a table: (label, {market: its cells}), in the order given."""
    table: dict[str, dict[str, list[Cell]]] = {}
    for cell in found:
        table.setdefault(cell.label, {}).setdefault(cell.market, []).append(cell)
    return list(table.items())


TOPICS = (
    "sponsorship",
    "gift",
    "affiliate",
    "own-brand",
    "ai-persona",
    "ai-content",
    "retouched",
    "persona-claim",
    "claim",
    "child",
    "trader",
)


def coverage(rulebook: Rulebook) -> dict[str, dict[str, list[Duty]]]:
    """For each market the duties by topic, those of its parents included; an empty list is "not covered".

    A general label duty that names gifts, affiliate links or one's own brand covers that topic as well.
    """
    result: dict[str, dict[str, list[Duty]]] = {}
    for name in rulebook.markets:
        above = set(chain(rulebook, name))
        topics: dict[str, list[Duty]] = {topic: [] for topic in TOPICS}
        for duty in rulebook.duties.values():
            if duty.jurisdiction in above and duty.status not in {"draft", "deprecated"}:
                for topic in {duty.topic: None, **dict.fromkeys(_topics_named(duty))}:
                    topics.setdefault(topic, []).append(duty)
        result[name] = topics
    return result


def _topics_named(duty: Duty) -> list[str]:
    """The topics that a label duty covers through the connections that it names."""
    if duty.disclosure is None or "sponsorship" not in duty.disclosure.means:
        return []
    return [topic for connection, topic in _TOPIC_OF.items() if connection in connections_of(duty)]


def chain(rulebook: Rulebook, market: str) -> list[str]:
    """A market and all its parents, nearest first."""
    found = [market]
    for parent in rulebook.jurisdictions[market].parents:
        found.extend(name for name in chain(rulebook, parent) if name not in found)
    return found
