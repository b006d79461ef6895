"""Token patterns (forms with gaps, classes and optional parts) → hits: what spaCy's Matcher finds for the same patterns, longest first,
compared in place. A property test holds the two against each other (`nlp.ungated_reading`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from compliance.forms import BREAKS, Atom, Pattern, Patterns
from compliance.text import Token

Hit = tuple[int, int, int]
"""(pattern, first token, token behind the last)."""


def pattern_hits(tokens: Sequence[Token], indexes: Sequence[int], patterns: Patterns | Sequence[Pattern]) -> list[Hit]:
    """The hits in `tokens` of the patterns with these indexes. Of overlapping hits of one pattern the longest counts, then the first."""
    if not indexes:
        return []
    places = _Places(tokens)
    hits: list[Hit] = []
    for index in indexes:
        pattern = patterns[index]
        found = _fixed(tokens, pattern, places) if pattern.is_fixed else _elastic(tokens, pattern, places)
        hits += [(index, first, last) for first, last in found]
    return hits


class _Places:
    """Where each word and each shape stands in a text, in order."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.size = len(tokens)
        self.tokens = tokens
        self.words: dict[str, list[int]] = {}
        self.shapes: dict[str, list[int]] = {}
        for at, token in enumerate(tokens):
            self.words.setdefault(token.text, []).append(at)
            self.shapes.setdefault(token.shape, []).append(at)

    def of(self, atom: Atom) -> list[int]:
        """The places of the tokens that `atom` takes, in order."""
        if atom.is_prefix:
            return [at for at, token in enumerate(self.tokens) if token.text.startswith(atom.words)]
        known, wanted = (self.shapes, atom.shapes) if atom.shapes else (self.words, atom.words)
        if len(wanted) == 1:
            return known.get(wanted[0], [])
        return sorted(at for item in wanted for at in known.get(item, ()))


def _fixed(tokens: Sequence[Token], pattern: Pattern, places: _Places) -> list[tuple[int, int]]:
    """The hits of a pattern that always spans one token per atom."""
    length = len(pattern.atoms)
    hits: list[tuple[int, int]] = []
    for at in places.of(pattern.atoms[pattern.key]):
        start = at - pattern.key
        if start < 0 or start + length > places.size or (hits and start < hits[-1][1]):
            continue
        if all(atom.takes(tokens[start + place].text, tokens[start + place].shape) for place, atom in enumerate(pattern.atoms)):
            hits.append((start, start + length))
    return hits


def _elastic(tokens: Sequence[Token], pattern: Pattern, places: _Places) -> list[tuple[int, int]]:
    """The hits of a pattern with gaps or optional parts."""
    hits: list[tuple[int, int]] = []
    opening = pattern.atoms[0]
    for first, last in _windows(pattern, places):
        starts = range(first, last) if opening.is_optional else [at for at in places.of(opening) if first <= at < last]
        found = [(start, end) for start in starts for end in _ends(tokens, pattern.atoms, start, last)]
        taken: set[int] = set()
        for start, end in sorted(found, key=lambda hit: (hit[0] - hit[1], hit[0])):
            if taken.isdisjoint(range(start, end)):
                taken.update(range(start, end))
                hits.append((start, end))
    return hits


def _ends(tokens: Sequence[Token], atoms: Sequence[Atom], start: int, last: int) -> set[int]:
    """Where a match of `atoms` that begins with the token `start` can end, before `last`: all ways are gone at once, atom by atom."""
    standing = {start}
    for atom in atoms:
        if atom.gap:
            edge = standing
            for _ in range(atom.gap):
                edge = {at + 1 for at in edge if at < last and tokens[at].shape not in BREAKS}
                standing = standing | edge
        else:
            moved = {at + 1 for at in standing if at < last and atom.takes(tokens[at].text, tokens[at].shape)}
            standing = standing | moved if atom.is_optional else moved
        if not standing:
            return standing
    return standing - {start}


def _windows(pattern: Pattern, places: _Places) -> list[tuple[int, int]]:
    """Where a pattern with gaps can match: its longest reach around its key atom, overlapping stretches joined, and of these only such as
    hold a token for every obligatory atom."""
    windows: list[tuple[int, int]] = []
    reach = pattern.reach
    for at in places.of(pattern.atoms[pattern.key]):
        first, last = max(0, at - reach), min(places.size, at + reach + 1)
        if windows and first <= windows[-1][1]:
            windows[-1] = (windows[-1][0], last)
        else:
            windows.append((first, last))
    for atom in pattern.obligatory:
        if not windows:
            break
        standing = places.of(atom)
        windows = [window for window in windows if bisect_left(standing, window[0]) < bisect_left(standing, window[1])]
    return windows
