"""All forms of all languages → two automata and the id tables behind them.

The *screen* runs over folded bytes and answers "can anything be here?"; the *phrases* automaton runs over joined tokens and finds
every plain wording at its exact place. What neither can say, `patterns` does, for the groups whose anchor the screen saw.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation, MatchKind

from compliance.forms import BREAKS, SEPARATOR, Pattern, Patterns, compile_form
from compliance.rulebook import Rulebook
from compliance.rules import Entry, Modifier
from compliance.store import remembered
from compliance.text import Token, lex, stands_alone

_WORD_BYTE = bytes(1 if (chr(byte).isalnum() and byte < 128) or byte == 95 else 0 for byte in range(256))
_SPACED_TAG = re.compile(r"#\w?[^\S\n]")
"""A hash followed by a space, or by one letter and a space: `# ad`, `#a d`. No anchor can hold these, so they open the gate by themselves."""


_CODED = re.compile(r"[a-z]{3,}_?\d{2,3}\b[^\n]{0,60}\d\s?%|\d\s?%[^\n]{0,60}[a-z]{3,}_?\d{2,3}\b")
"""A code and a percentage in one line: an offer that needs no word of any language."""

_PATIENCE = 10_000
"""So many characters are looked up before the automaton of the phrases is built."""

PASSIVE = frozenset({"praise", "product", "offer", "thanks", "source", "possession"})
"""Kinds that say nothing alone; they open the gate only in a text that has a mention or an address."""
ADDRESSES = frozenset({"mention", "url"})


class Target(NamedTuple):
    """What a pattern stands for.

    `role` is entry, mask (a wording inside which `id` does not count), modifier or pseudo.
    """

    role: str
    id: str
    position: str = "anywhere"
    obscured: bool = False


class Group(NamedTuple):
    """Token patterns that share their anchors: (pattern index, atoms)."""

    anchors: tuple[tuple[str, bool], ...]
    patterns: tuple[int, ...]


class Stops:
    """The wordings that end the scope of a modifier: single tokens, and sequences of several."""

    def __init__(self, wordings: Iterable[str]) -> None:
        sequences = {tuple(token.text for token in lex(wording)) for wording in wordings}
        self._words = frozenset(sequence[0] for sequence in sequences if len(sequence) == 1)
        self._sequences = tuple(sorted(sequence for sequence in sequences if len(sequence) > 1))

    def stand_in(self, tokens: Sequence[Token]) -> bool:
        """Whether one of them, a line break or the end of a sentence is among `tokens`."""
        words = [token.text for token in tokens]
        if any(token.shape in BREAKS or token.text in self._words for token in tokens):
            return True
        return any(
            tuple(words[at : at + len(sequence)]) == sequence
            for sequence in self._sequences
            for at in range(len(words) - len(sequence) + 1)
        )


class Lexicon:
    """The compiled words of a rulebook. Immutable once built; safe to share between threads."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.entries: dict[str, Entry] = dict(rulebook.entries)
        self.modifiers: dict[str, Modifier] = {modifier.id: modifier for modifier in rulebook.modifiers}
        self.stops: dict[str, Stops] = {modifier.id: Stops(modifier.stop) for modifier in rulebook.modifiers}
        self.combinations = rulebook.combinations
        self.business_words = rulebook.business_words
        tables = remembered("lexicon", rulebook.digest, lambda: _Compiler(rulebook).tables())
        self.patterns: Patterns = tables["patterns"]
        self.targets: list[Target] = tables["targets"]
        self.groups: list[Group] = tables["groups"]
        self._anchors: list[str] = tables["anchors"]
        self._telling: list[bool] = tables["telling"]
        self._exact: list[bool] = tables["exact"]
        self._left: list[bool] = tables["left"]
        self._right: list[bool] = tables["right"]
        self._anchor_groups: list[tuple[int, ...]] = tables["anchor_groups"]
        self._sequences: dict[str, int] = tables["sequences"]
        self._tag_ends: dict[str, int] = tables["tag_ends"]
        self._sequence_patterns: list[tuple[int, ...]] = tables["sequence_patterns"]
        self._screen = BytesAhoCorasick([anchor.encode() for anchor in self._anchors], MatchKind.Standard, Implementation.ContiguousNFA)
        self._patience = _PATIENCE

    @functools.cached_property
    def _automaton(self) -> AhoCorasick:
        return AhoCorasick(list(self._sequences), MatchKind.Standard, True, Implementation.ContiguousNFA)

    @functools.cached_property
    def _longest(self) -> int:
        return max(map(len, self._sequences), default=0)

    @property
    def anchors(self) -> list[str]:
        """Every anchor of the screen, for benchmarks and tests."""
        return self._anchors

    @property
    def sequences(self) -> list[str]:
        """Every plain wording as its joined tokens."""
        return list(self._sequences)

    def screen(self, folded: str) -> frozenset[int] | None:
        """None if nothing in the lexicon can be in `folded`; else the pattern groups whose anchor was seen (may be empty)."""
        data = folded.encode("utf-8", "surrogatepass")
        found, addressed = False, "@" in folded or "/" in folded or "www." in folded
        seen: set[int] = set()
        size = len(data)
        word = _WORD_BYTE
        for index, start, end in self._screen.find_matches_as_indexes(data, overlapping=True):
            if self._exact[index] and (
                (self._left[index] and start and word[data[start - 1]]) or (self._right[index] and end < size and word[data[end]])
            ):
                continue
            found = found or addressed or self._telling[index]
            seen.update(self._anchor_groups[index])
        if not found and _SPACED_TAG.search(folded) is None and not (addressed and "%" in folded and _CODED.search(folded)):
            return None
        return frozenset(seen)

    def open_patterns(self, groups: frozenset[int], words: set[str]) -> list[int]:
        """The token patterns of `groups` whose obligatory words are all among `words`; no other can match."""
        return self.patterns.open((index for number in sorted(groups) for index in self.groups[number].patterns), words)

    def phrases(self, text: str) -> list[tuple[int, int, int]]:
        """(pattern, start, end) of every plain wording in the joined tokens `text`; offsets exclude the separators."""
        result: list[tuple[int, int, int]] = []
        for index, start, end in self._occurrences(text):
            begin = start + 1 if text[start] == SEPARATOR else start
            if begin == start and text[start - 1] == SEPARATOR:
                continue  # the end of a tag, standing as a word of its own
            finish = end - 1 if text[end - 1] == SEPARATOR else end
            result.extend((pattern, begin, finish) for pattern in self._sequence_patterns[index])
        return result

    def _occurrences(self, text: str) -> Iterable[tuple[int, int, int]]:
        """(sequence, start, end) of every sequence in `text`. The automaton takes long to build, so that the first texts are looked up
        piece by piece, until that has cost as much."""
        self._patience -= len(text)
        return self._looked_up(text) if self._patience > 0 else self._automaton.find_matches_as_indexes(text, overlapping=True)

    def _looked_up(self, text: str) -> Iterator[tuple[int, int, int]]:
        start = text.find(SEPARATOR)
        while start >= 0:
            for end in range(start + 2, min(start + self._longest, len(text)) + 1):
                number = self._sequences.get(text[start:end])
                if number is not None:
                    yield number, start, end
            start = text.find(SEPARATOR, start + 1)
        for sequence, number in self._tag_ends.items():
            start = text.find(sequence)
            while start >= 0:
                yield number, start, start + len(sequence)
                start = text.find(sequence, start + 1)


class _Compiler:
    """Every form of every entry and modifier → what it stands for, and the tables beside the two automata."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook = rulebook
        self._patterns: list[Pattern] = []
        self._targets: list[Target] = []
        self._same: dict[Target, Target] = {}

    def tables(self) -> dict[str, Any]:
        """What a lexicon consists of."""
        rulebook = self._rulebook
        for entry in rulebook.entries.values():
            self._add_entry(entry)
        for modifier in rulebook.modifiers:
            for form in modifier.forms:
                self._add(form.pattern, Target("modifier", modifier.id), modifier.where)
            for pseudo in modifier.pseudo:
                self._add(pseudo, Target("pseudo", modifier.id), modifier.where)
        self._patterns = _rarest_first(self._patterns)
        return self._tables(
            [host for network in rulebook.networks for host in (network.hosts or [param.split("=")[0] + "=" for param in network.params])],
            [handle.lower() for persona in rulebook.personas.values() for handle in persona["handles"]],
        )

    def _add_entry(self, entry: Entry) -> None:
        for form in entry.forms:
            self._add(form.pattern, Target("entry", entry.id, form.position), entry.where)
            if form.position == "hashtag" and "*" not in form.pattern:
                for spaced in _spaced(form.pattern):
                    self._add(spaced, Target("entry", entry.id, "anywhere", obscured=True), entry.where)
        for mask in entry.not_in:
            self._add(mask, Target("mask", entry.id), entry.where)

    def _add(self, source: str, target: Target, where: str) -> None:
        self._patterns.append(compile_form(source, where))
        self._targets.append(self._same.setdefault(target, target))

    def _tables(self, hosts: Iterable[str], handles: Iterable[str]) -> dict[str, Any]:
        sequences: dict[str, list[int]] = {}
        groups: dict[tuple[tuple[str, bool], ...], list[int]] = {}
        anchors: dict[str, bool] = {}
        anchor_groups: dict[str, list[int]] = {}
        telling: set[str] = set()
        for index, pattern in enumerate(self._patterns):
            spaced = self._targets[index].obscured
            for sequence in pattern.sequences:
                sequences.setdefault(sequence, []).append(index)
            if not pattern.sequences:
                groups.setdefault(pattern.anchors, []).append(index)
            if (
                self._targets[index].role in {"entry", "modifier"}
                and not spaced
                and not (self._targets[index].role == "modifier" and pattern.sequences)
            ):
                for anchor, exact in pattern.anchors:
                    anchors[anchor] = anchors.get(anchor, True) and exact
                    if not self._is_passive(index):
                        telling.add(anchor)
        numbered = [Group(key, tuple(indexes)) for key, indexes in groups.items()]
        for number, group in enumerate(numbered):
            for anchor, exact in group.anchors:
                anchors[anchor] = anchors.get(anchor, True) and exact
                if not all(map(self._is_passive, group.patterns)):
                    telling.add(anchor)
                anchor_groups.setdefault(anchor, []).append(number)
        for host in hosts:
            anchors[host.lower()] = False
            telling.add(host.lower())
        for handle in handles:
            anchors[handle] = False
            telling.add(handle)
        return {
            "patterns": Patterns(self._patterns),
            "targets": self._targets,
            "groups": numbered,
            "anchors": list(anchors),
            "telling": [anchor in telling for anchor in anchors],
            "exact": [anchors[anchor] and not stands_alone(anchor) for anchor in anchors],
            "left": [anchor[0].isalnum() for anchor in anchors],
            "right": [anchor[-1].isalnum() for anchor in anchors],
            "anchor_groups": [tuple(anchor_groups.get(anchor, ())) for anchor in anchors],
            "sequences": {sequence: number for number, sequence in enumerate(sequences)},
            "tag_ends": {sequence: number for number, sequence in enumerate(sequences) if not sequence.startswith(SEPARATOR)},
            "sequence_patterns": [tuple(indexes) for indexes in sequences.values()],
        }

    def _is_passive(self, index: int) -> bool:
        target = self._targets[index]
        return target.role in {"entry", "mask"} and self._rulebook.entries[target.id].kind in PASSIVE


def _rarest_first(patterns: list[Pattern]) -> list[Pattern]:
    """Patterns with gaps or classes, looked for by whichever of their obligatory words the fewest forms share: "korting" opens fewer
    patterns than "code"."""
    common: Counter[str] = Counter()
    for pattern in patterns:
        common.update({word for atom in pattern.obligatory for word in atom.words})
    result = []
    for pattern in patterns:
        places = [at for at, atom in enumerate(pattern.atoms) if atom.words and not atom.is_optional and not atom.is_prefix]
        if pattern.sequences or not places:
            result.append(pattern)
            continue
        key = min(places, key=lambda at: (sum(common[word] for word in pattern.atoms[at].words), at))
        anchors = tuple((word, True) for word in pattern.atoms[key].words)
        result.append(pattern._replace(anchors=anchors, key=key))
    return result


def _spaced(hashtag: str) -> list[str]:
    """How a tag is pulled apart to escape a search: `# ad`, and `#a d` and `# a d` for short ones."""
    body = hashtag[1:]
    variants = [f"# {body}"]
    if 2 <= len(body) <= 12 and body.isalpha():
        variants += [" ".join([f"#{body[0]}", *body[1:]]), " ".join(["#", *body])]
    return variants


@functools.lru_cache(maxsize=4)
def load_lexicon(rulebook_digest: str, rulebook: Rulebook) -> Lexicon:
    """The compiled lexicon of a rulebook, built once per digest."""
    return Lexicon(rulebook)
