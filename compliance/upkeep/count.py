"""How much a rulebook holds, by market and by language. Only what the rule files say is counted; nothing is judged."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from compliance.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class MarketCount:
    """A market's own duties, without those of its parents.

    Attributes:
        duties: of any status; `stable` of them can fail a post, `ended` of them no longer bind on the date asked for.
        verdicts: rows that say accepted, qualified, ambiguous or rejected of a label; `labels` counts each label once.
        sources: entries of law.
        examples: worked posts, each of them a test.
    """

    market: str
    duties: int
    stable: int
    ended: int
    sources: int
    labels: int
    verdicts: int
    examples: int


@dataclass(frozen=True, slots=True)
class LanguageCount:
    """A language's words. `forms` are the wordings of labels, cues and modifiers together; `examples` the sentences that test them, misses included."""

    language: str
    labels: int
    cues: int
    modifiers: int
    forms: int
    examples: int


def by_market(rulebook: Rulebook, as_of: str) -> list[MarketCount]:
    """A row for each market and parent, in the order of jurisdictions.yaml. `as_of` is an ISO date."""
    rows = []
    for name in rulebook.jurisdictions:
        duties = [duty for duty in rulebook.duties.values() if duty.jurisdiction == name]
        rows.append(
            MarketCount(
                market=name,
                duties=len(duties),
                stable=sum(duty.status == "stable" for duty in duties),
                ended=sum(duty.until is not None and duty.until < as_of for duty in duties),
                sources=sum(len(duty.law) for duty in duties),
                labels=len({label for duty in duties for label in duty.rows}),
                verdicts=sum(len(rows) for duty in duties for rows in duty.rows.values()),
                examples=sum(len(duty.examples) for duty in duties),
            )
        )
    return rows


def by_language(rulebook: Rulebook) -> list[LanguageCount]:
    """A row for each language that has words, by its code."""
    rows = []
    for language in sorted({entry.language for entry in rulebook.entries.values()}):
        entries = [entry for entry in rulebook.entries.values() if entry.language == language]
        modifiers = [modifier for modifier in rulebook.modifiers if modifier.language == language]
        forms = sum(len(entry.forms) for entry in entries) + sum(len(modifier.forms) for modifier in modifiers)
        labels = len([entry for entry in entries if entry.kind == "label"])
        rows.append(
            LanguageCount(
                language=language,
                labels=labels,
                cues=len(entries) - labels,
                modifiers=len(modifiers),
                forms=forms,
                examples=forms + sum(len(entry.miss) for entry in entries),
            )
        )
    return rows


def counts(rulebook: Rulebook, as_of: str) -> dict[str, Any]:
    """Both tables and their totals, ready for JSON. A label that several markets judge counts once in the total."""
    markets = [asdict(row) for row in by_market(rulebook, as_of)]
    languages = [asdict(row) for row in by_language(rulebook)]
    total = {name: sum(row[name] for row in markets) for name in ("duties", "stable", "ended", "sources", "verdicts")}
    words = {name: sum(row[name] for row in languages) for name in ("labels", "cues", "modifiers", "forms")}
    networks = sum(len(network.examples) + len(network.miss) for network in rulebook.networks)
    examples = {
        "duties": sum(row["examples"] for row in markets),
        "words": sum(row["examples"] for row in languages),
        "networks": networks,
    }
    return {
        "rulebook": rulebook.info(),
        "as_of": as_of,
        "markets": markets,
        "languages": languages,
        "total": {**total, **words, "examples": sum(examples.values()), "examples_of": examples},
    }
