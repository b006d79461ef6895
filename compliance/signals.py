"""Document → Signals: every cue and label, where it stands, and what turns it round.

The gate is the lexicon's screen: a text in which no anchor occurs has the empty reading.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from compliance.combinations import combine
from compliance.lexicon import ADDRESSES, PASSIVE, Lexicon, Target
from compliance.model import Document, Signal, Span
from compliance.patterns import Hit, pattern_hits
from compliance.text import Covers, Token, fold, joined, lex

_STRICT_LENGTH = 2
_FAR = 1 << 60
"""Behind every token."""
_STRICT_MARKS = frozenset("|:-–—/·•*()[]{}_~»«►➜→【】「」『』《》〈〉〔〕・")
_QUOTES = frozenset("\"'“”„«»‚‘’&+@$€=%")


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found in one text: its tokens and its signals (segment 0)."""

    tokens: tuple[Token, ...]
    signals: tuple[Signal, ...]


_EMPTY = Reading((), ())


def read(text: str, lexicon: Lexicon) -> Reading:
    """Find all signals in `text`. Never raises; a text without a cue costs one pass of the screen."""
    groups = lexicon.screen(fold(text))
    if groups is None:
        return _EMPTY
    tokens = lex(text)
    hits = phrase_hits(tokens, lexicon)
    hits += pattern_hits(tokens, lexicon.open_patterns(groups, {token.text for token in tokens}), lexicon.patterns)
    return Reading(tokens, signals_of(tokens, hits, lexicon))


def phrase_hits(tokens: Sequence[Token], lexicon: Lexicon) -> list[Hit]:
    """The plain wordings in `tokens`."""
    text, starts = joined(tokens)
    hits: list[Hit] = []
    for pattern, start, end in lexicon.phrases(text):
        first = bisect_left(starts, start + 1) - 1
        last = bisect_left(starts, end)
        if starts[first] != start and not (tokens[first].shape == "hashtag" and start - starts[first] > 2):
            continue  # not the end of a hashtag (`#*partner`)
        hits.append((pattern, first, last))
    return hits


def signals_of(tokens: Sequence[Token], hits: Sequence[Hit], lexicon: Lexicon) -> tuple[Signal, ...]:
    """Turn raw hits into signals: positions checked, masks and modifiers applied, the longest of each kept. Independent of the order of `hits`."""
    targets = lexicon.targets
    entries: list[tuple[int, int, Target]] = []
    masks: list[tuple[int, int, str]] = []
    modifiers: list[tuple[int, int, str]] = []
    pseudos: list[tuple[int, int, str]] = []
    for pattern, first, last in sorted(set(hits), key=lambda hit: (hit[1], -hit[2], hit[0])):
        target = targets[pattern]
        if target.role == "entry":
            if target.position != "standalone" or stands_alone(tokens, first, last):
                entries.append((first, last, target))
        elif target.role == "mask":
            masks.append((first, last, target.id))
        elif target.role == "modifier":
            modifiers.append((first, last, target.id))
        else:
            pseudos.append((first, last, target.id))
    if not entries:
        return ()
    covers = Covers(masks)
    kept = _longest(entry for entry in entries if not covers.hold(entry[0], entry[1], entry[2].id))
    kept = _without_inner_labels(kept, lexicon)
    if all(lexicon.entries[target.id].kind in PASSIVE for _, _, target in kept) and not any(token.shape in ADDRESSES for token in tokens):
        return ()
    covers = Covers(pseudos)
    acting = _Modifiers([modifier for modifier in modifiers if not covers.hold(*modifier)], lexicon)
    return tuple(_signal(tokens, first, last, target, acting, lexicon) for first, last, target in kept)


def _longest(entries: Iterable[tuple[int, int, Target]]) -> list[tuple[int, int, Target]]:
    """Of overlapping hits of one entry, the longest; a plainly written one before one found only in disguise."""
    kept: list[tuple[int, int, Target]] = []
    last_of: dict[str, tuple[int, int]] = {}
    ordered = sorted(entries, key=lambda item: (item[0], -item[1], item[2].obscured, item[2].position))
    for first, last, target in ordered:
        previous = last_of.get(target.id)
        if previous is not None and first < previous[1]:
            continue
        last_of[target.id] = (first, last)
        kept.append((first, last, target))
    return kept


def _without_inner_labels(entries: list[tuple[int, int, Target]], lexicon: Lexicon) -> list[tuple[int, int, Target]]:
    """A label inside a longer label of the same meaning and language is part of that one: "sponsored" in "sponsored by @x". In one of
    another language it stays, so that `#ad @x`, which Italy knows as a label of its own, is `#ad` elsewhere. What a platform itself
    prints holds the labels of every language."""
    labels = [(first, last, target.id, lexicon.entries[target.id]) for first, last, target in entries]
    labels = [label for label in labels if label[3].kind == "label"]
    if len(labels) < 2:
        return entries
    covers = Covers((first, last, (entry.means, entry.language)) for first, last, _, entry in labels)
    inner = {
        (first, last, id)
        for first, last, id, entry in labels
        if any(covers.hold_in_longer(first, last, (entry.means, language)) for language in (entry.language, "platform"))
    }
    return [(first, last, target) for first, last, target in entries if (first, last, target.id) not in inner]


class _Modifiers:
    """The modifiers of a text, by where they end and begin: a hit asks only those within the widest scope of it."""

    def __init__(self, modifiers: Iterable[tuple[int, int, str]], lexicon: Lexicon) -> None:
        directed = [(begin, end, name, lexicon.modifiers[name].direction == "forward") for begin, end, name in modifiers]
        self._before = sorted((end, begin, name) for begin, end, name, forward in directed if forward)
        self._behind = sorted((begin, end, name) for begin, end, name, forward in directed if not forward)
        self._scope = max((lexicon.modifiers[name].scope for _, _, name, _ in directed), default=0)

    def near(self, first: int, last: int) -> Iterator[tuple[int, int, int, str]]:
        """(distance, first token between, token behind the last between, modifier) of each that may act on `first:last`."""
        for end, _, name in self._before[bisect_right(self._before, (first - self._scope, _FAR)) : bisect_left(self._before, (first + 1,))]:
            yield first - end, end, first, name
        for begin, _, name in self._behind[bisect_left(self._behind, (last,)) : bisect_left(self._behind, (last + self._scope,))]:
            yield begin - last, last, begin, name


def _signal(tokens: Sequence[Token], first: int, last: int, target: Target, modifiers: _Modifiers, lexicon: Lexicon) -> Signal:
    entry = lexicon.entries[target.id]
    obscured = target.obscured or any(token.obscured for token in tokens[first:last])
    return Signal(
        kind=entry.kind,
        id=entry.id,
        span=Span(0, tokens[first].start, tokens[last - 1].end),
        strength=entry.strength,
        connection=entry.connection,
        language=None if entry.language == "platform" else entry.language,
        effect=_effect(tokens, first, last, entry.kind, modifiers, lexicon),
        obscured=obscured,
    )


def _effect(tokens: Sequence[Token], first: int, last: int, kind: str, modifiers: _Modifiers, lexicon: Lexicon) -> str | None:
    """The effect of the nearest modifier in whose scope the hit stands (ConText: direction, scope, terminators)."""
    best: tuple[int, str] | None = None
    for distance, begin, end, name in modifiers.near(first, last):
        modifier = lexicon.modifiers[name]
        if kind not in modifier.targets and not (kind == "profile_persona" and "ai_persona" in modifier.targets):
            continue
        if distance >= modifier.scope or lexicon.stops[name].stand_in(tokens[begin:end]):
            continue
        if best is None or (distance, modifier.effect) < best:
            best = (distance, modifier.effect)
    return best[1] if best else None


def stands_alone(tokens: Sequence[Token], first: int, last: int) -> bool:
    """Whether the words `first:last` stand by themselves as a label does, and not in the run of a sentence.

    Very short words ("ad") ask for a plain separator, since they are ordinary words in many languages.
    """
    strict = last - first == 1 and len(tokens[first].text) <= _STRICT_LENGTH
    left = first == 0 or _separates(tokens, first - 1, strict, leftwards=True)
    right = last == len(tokens) or _separates(tokens, last, strict, leftwards=False)
    return left and right


def _separates(tokens: Sequence[Token], index: int, strict: bool, leftwards: bool) -> bool:
    token = tokens[index]
    if token.shape in {"newline", "hashtag", "mention"}:
        return True
    if token.shape in {"url", "host", "email"}:
        return not strict or not leftwards
    if token.shape == "stop":
        return not strict
    if token.shape != "other":
        return False
    if token.text in _QUOTES:
        return False
    glued_here = not token.spaced
    glued_there = index + 1 < len(tokens) and not tokens[index + 1].spaced
    if token.text in "-_" and glued_here and glued_there and tokens[index + 1].shape not in {"newline", "other"}:
        return False  # a hyphenated word: "ad-free"
    if strict:
        return token.text in _STRICT_MARKS or _is_pictorial(token.text)
    return True


def _is_pictorial(text: str) -> bool:
    return unicodedata.category(text[0]) in {"So", "Sk"}


def find_signals(document: Document, lexicon: Lexicon) -> tuple[tuple[Signal, ...], tuple[tuple[Token, ...], ...]]:
    """All signals of a document with the tokens of each segment (empty for a segment without a cue), in reading order."""
    signals: list[Signal] = []
    tokens: list[tuple[Token, ...]] = []
    for index, segment in enumerate(document.segments):
        reading = read(segment.text, lexicon)
        tokens.append(reading.tokens)
        joint = combine(segment.text, reading.tokens, reading.signals, lexicon.combinations, lexicon.business_words)
        for signal in (*reading.signals, *joint):
            signals.append(
                signal
                if index == 0
                else Signal(
                    signal.kind,
                    signal.id,
                    Span(index, signal.span.start, signal.span.end),
                    signal.strength,
                    signal.connection,
                    signal.language,
                    signal.effect,
                    signal.obscured,
                )
            )
        if segment.label is not None and segment.label in lexicon.entries:  # the platform's own label, in whatever language it is written
            tokens[index] = tokens[index] or lex(segment.text)
            entry = lexicon.entries[segment.label]
            signals.append(Signal("label", entry.id, Span(index, 0, len(segment.text)), entry.strength, entry.connection, entry.language))
    return tuple(signals), tuple(tokens)
