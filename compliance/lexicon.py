"""All forms of all languages → two automata and the id tables behind them.

The *screen* runs over folded bytes and answers "can anything be here?"; the *phrases* automaton runs over joined tokens and finds
every plain wording at its exact place. What neither can say, `patterns` does, for the groups whose anchor the screen saw.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation, MatchKind

from compliance.forms import BREAKS, SEPARATOR, Pattern, Patterns, compile_form
from compliance.packed import PackedMap
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
"""So many characters are looked up before the automata are built."""

_HEAD = 3
"""Plain wordings lie together by so many first characters, the separator among them; a shorter one lies alone."""

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
        self.entries: Mapping[str, Entry] = rulebook.entries
        self.modifiers: dict[str, Modifier] = {modifier.id: modifier for modifier in rulebook.modifiers}
        self.combinations = rulebook.combinations
        self.business_words = rulebook.business_words
        tables = remembered("lexicon", rulebook.digest, lambda: _Compiler(rulebook).tables())
        self.languages: tuple[str, ...] = tables["languages"]
        self.stops: dict[str, Stops] = tables["stops"]
        self.patterns: Patterns = tables["patterns"]
        self.targets: list[Target] = tables["targets"]
        self._groups: list[tuple[int, ...]] = tables["groups"]
        self._anchors: dict[str, int] = tables["anchors"]
        self._longest_anchor: int = tables["longest_anchor"]
        self._telling: list[bool] = tables["telling"]
        self._exact: list[bool] = tables["exact"]
        self._left: list[bool] = tables["left"]
        self._right: list[bool] = tables["right"]
        self._anchor_groups: list[tuple[int, ...]] = tables["anchor_groups"]
        self._sequences: PackedMap[dict[str, tuple[int, ...]]] = tables["sequences"]
        self._longest_sequence: int = tables["longest_sequence"]
        self._tag_ends: dict[str, tuple[int, ...]] = tables["tag_ends"]
        self._patience = _PATIENCE

    @functools.cached_property
    def _screen(self) -> BytesAhoCorasick:
        anchors = [anchor.encode() for anchor in self._anchors]
        return BytesAhoCorasick(anchors, MatchKind.Standard, Implementation.ContiguousNFA)

    @functools.cached_property
    def _automaton(self) -> tuple[AhoCorasick, list[tuple[int, ...]]]:
        """The automaton, and for each of its sequences the patterns that it stands for."""
        known = {**self._tag_ends, **{key: value for part in self._sequences.values() for key, value in part.items()}}
        return AhoCorasick(list(known), MatchKind.Standard, True, Implementation.ContiguousNFA), list(known.values())

    def prepare(self) -> None:
        """Build the automata now: for a server or a worker, which reads many texts, so that none of them waits."""
        self._patience = 0
        _ = self._screen, self._automaton

    @property
    def anchors(self) -> list[str]:
        """Every anchor of the screen, for benchmarks and tests."""
        return list(self._anchors)

    @property
    def sequences(self) -> list[str]:
        """Every plain wording as its joined tokens."""
        return [*self._tag_ends, *(sequence for part in self._sequences.values() for sequence in part)]

    def screen(self, folded: str) -> frozenset[int] | None:
        """None if nothing in the lexicon can be in `folded`; else the pattern groups whose anchor was seen (may be empty)."""
        data = folded.encode("utf-8", "surrogatepass")
        found, addressed = False, "@" in folded or "/" in folded or "www." in folded
        seen: set[int] = set()
        size = len(data)
        word = _WORD_BYTE
        for index, start, end in self._anchors_in(folded, data):
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
        return self.patterns.open((index for number in sorted(groups) for index in self._groups[number]), words)

    def phrases(self, text: str) -> list[tuple[int, int, int]]:
        """(pattern, start, end) of every plain wording in the joined tokens `text`; offsets exclude the separators."""
        result: list[tuple[int, int, int]] = []
        for patterns, start, end in self._sequences_in(text):
            begin = start + 1 if text[start] == SEPARATOR else start
            if begin == start and text[start - 1] == SEPARATOR:
                continue  # the end of a tag, standing as a word of its own
            finish = end - 1 if text[end - 1] == SEPARATOR else end
            result.extend((pattern, begin, finish) for pattern in patterns)
        return result

    # The automata take longer to build than a text to read, so that the first texts are looked up piece by piece, until that has cost as much.

    def _anchors_in(self, folded: str, data: bytes) -> Iterable[tuple[int, int, int]]:
        """(anchor, start, end) of every anchor in `data`, which is `folded` in UTF-8."""
        self._patience -= len(folded)
        if self._patience <= 0:
            found: Iterable[tuple[int, int, int]] = self._screen.find_matches_as_indexes(data, overlapping=True)
            return found
        return self._anchors_looked_up(folded)

    def _anchors_looked_up(self, folded: str) -> Iterator[tuple[int, int, int]]:
        sizes = (len(character.encode("utf-8", "surrogatepass")) for character in folded)
        offsets = range(len(folded) + 1) if folded.isascii() else [0, *accumulate(sizes)]
        for start in range(len(folded)):
            for end in range(start + 1, min(start + self._longest_anchor, len(folded)) + 1):
                number = self._anchors.get(folded[start:end])
                if number is not None:
                    yield number, offsets[start], offsets[end]

    def _sequences_in(self, text: str) -> Iterator[tuple[tuple[int, ...], int, int]]:
        """(patterns, start, end) of every sequence in `text`."""
        if self._patience > 0:
            yield from self._sequences_looked_up(text)
            return
        automaton, patterns = self._automaton
        for index, start, end in automaton.find_matches_as_indexes(text, overlapping=True):
            yield patterns[index], start, end

    def _sequences_looked_up(self, text: str) -> Iterator[tuple[tuple[int, ...], int, int]]:
        start = text.find(SEPARATOR)
        while start >= 0:
            for size in (_HEAD - 1, _HEAD):
                known = self._sequences.get(text[start : start + size])
                if known is None:
                    continue
                for end in range(start + size, min(start + self._longest_sequence, len(text)) + 1):
                    patterns = known.get(text[start:end])
                    if patterns is not None:
                        yield patterns, start, end
            start = text.find(SEPARATOR, start + 1)
        for sequence, patterns in self._tag_ends.items():
            start = text.find(sequence)
            while start >= 0:
                yield patterns, start, start + len(sequence)
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
        for number, (key, indexes) in enumerate(groups.items()):
            for anchor, exact in key:
                anchors[anchor] = anchors.get(anchor, True) and exact
                if not all(map(self._is_passive, indexes)):
                    telling.add(anchor)
                anchor_groups.setdefault(anchor, []).append(number)
        for host in hosts:
            anchors[host.lower()] = False
            telling.add(host.lower())
        for handle in handles:
            anchors[handle] = False
            telling.add(handle)
        heads: dict[str, dict[str, tuple[int, ...]]] = {}
        tag_ends: dict[str, tuple[int, ...]] = {}
        for sequence, found in sequences.items():
            part = heads.setdefault(sequence[:_HEAD], {}) if sequence.startswith(SEPARATOR) else tag_ends
            part[sequence] = tuple(found)
        return {
            "languages": tuple(sorted({entry.language for entry in self._rulebook.entries.values()} - {"platform"})),
            "stops": {modifier.id: Stops(modifier.stop) for modifier in self._rulebook.modifiers},
            "patterns": Patterns(self._patterns),
            "targets": self._targets,
            "groups": [tuple(indexes) for indexes in groups.values()],
            "anchors": {anchor: number for number, anchor in enumerate(anchors)},
            "longest_anchor": max(map(len, anchors), default=0),
            "telling": [anchor in telling for anchor in anchors],
            "exact": [anchors[anchor] and not stands_alone(anchor) for anchor in anchors],
            "left": [anchor[0].isalnum() for anchor in anchors],
            "right": [anchor[-1].isalnum() for anchor in anchors],
            "anchor_groups": [tuple(anchor_groups.get(anchor, ())) for anchor in anchors],
            "sequences": PackedMap(heads),
            "longest_sequence": max(map(len, sequences), default=0),
            "tag_ends": tag_ends,
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
