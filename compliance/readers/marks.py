"""Marks that only a page's source carries. Evidence that a post is an ad or made with AI, and never a disclosure. What each means is data."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator

from compliance.model import Mark
from compliance.readers.metadata import xmp_statements
from compliance.readers.source import PlacedSoup, parse
from compliance.readers.statements import Statement, line_and_column, page_statements
from compliance.rulebook import Rulebook
from compliance.rules import MarkRule, MarkRules

_PLACES = {"json-ld": "schema", "microdata": "schema", "rdfa": "schema", "meta": "meta", "data": "data"}
_DENIALS = frozenset({"", "false", "0", "none", "no", "null", "undefined", "n/a", "[]", "{}"})
_TOP = frozenset({"@graph"})
_LAST = re.compile(r"[/#:]")


def find_marks(soup: PlacedSoup, rulebook: Rulebook) -> tuple[Mark, ...]:
    """The marks of a page, in source order, each with its line and column."""
    rules = rulebook.marks
    keys = frozenset(key for rule in rules.rules.values() if "data" in rule.places for key in rule.keys)
    statements = list(page_statements(soup, keys))
    several = _with_several_articles(statements, rules)
    denied = {statement.key.casefold() for statement in statements if statement.source == "data" and is_denied(statement.raw)}
    found: list[Mark] = []
    for statement, rule in recognised(statements, rules):
        is_of_one = statement.source in several or (statement.source == "data" and statement.key.casefold() in denied)
        strength = "medium" if rule.strength == "strong" and is_of_one else rule.strength
        line, column = line_and_column(soup, statement.at) if statement.at is not None else (0, 0)
        found.append(Mark(statement.source, statement.key, statement.value, rule.id, rule.means, strength, line, column))
    return tuple(dict.fromkeys(found))


def recognised(statements: Iterable[Statement], rules: MarkRules) -> Iterator[tuple[Statement, MarkRule]]:
    """Each statement that a rule knows, with that rule (the first that fits)."""
    by_key = _by_key(rules)
    for statement in statements:
        if not rules.elsewhere.isdisjoint(statement.path):
            continue
        for rule in by_key.get(statement.key.casefold(), ()):
            if _fits(statement, rule):
                yield statement, rule
                break


@functools.lru_cache(maxsize=4)
def _by_key(rules: MarkRules) -> dict[str, list[MarkRule]]:
    found: dict[str, list[MarkRule]] = {}
    for rule in rules.rules.values():
        for key in rule.keys:
            found.setdefault(key, []).append(rule)
    return found


def _fits(statement: Statement, rule: MarkRule) -> bool:
    if _PLACES.get(statement.source, "image") not in rule.places:
        return False
    if rule.types and rule.types.isdisjoint(statement.types):
        return False
    if rule.value_types and rule.value_types.isdisjoint(statement.value_types):
        return False
    if rule.within and rule.within.isdisjoint(statement.path):
        return False
    text = " ".join(statement.raw.casefold().split())
    if rule.contains:
        return any(piece in text for piece in rule.contains)
    if rule.values:
        return text in rule.values or _LAST.split(text)[-1] in rule.values
    return not is_denied(text)


def is_denied(value: str) -> bool:
    """Whether a value says that there is none: empty, false, 0, none, no."""
    return value.strip().casefold() in _DENIALS


def _with_several_articles(statements: Iterable[Statement], rules: MarkRules) -> frozenset[str]:
    """The kinds of source that list several posts side by side, so that a mark of one does not speak for the page."""
    nodes: dict[str, set[str]] = {}
    for statement in statements:
        if statement.key == "@type" and statement.value.casefold() in rules.articles and not (set(statement.path) - _TOP):
            nodes.setdefault(statement.source, set()).add(statement.node)
    return frozenset(source for source, found in nodes.items() if len(found) > 1)


def marks_in(source: str, rulebook: Rulebook) -> frozenset[str]:
    """The ids of the mark rules that know something in a piece of a page, or of an image's XMP."""
    if "rdf:RDF" in source:
        statements: Iterable[Statement] = xmp_statements(source.encode())
        return frozenset(rule.id for _, rule in recognised(statements, rulebook.marks))
    return frozenset(mark.id for mark in find_marks(parse(source), rulebook))
