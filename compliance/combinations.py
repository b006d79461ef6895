"""Signals and shapes that mean little alone and something together → further signals, one for each part, so that each can be shown.

`rules/combinations.yaml` says which parts, how near to each other, and with what strength.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence

from compliance.model import Signal, Span
from compliance.rules import Combination, Part
from compliance.text import Token

_CAMEL = re.compile(r"#(?:[A-Z]+[a-z]+|[A-Z]{2,}|[0-9]+){2,}[A-Z]*$")
_DIGIT_CODE = re.compile(r"[A-Z]{3,}_?\d{2,3}")
_SHORTEST_ECHO = 5
_BREAKS = {"line": frozenset({"newline"}), "sentence": frozenset({"newline", "stop"})}

Place = tuple[int, int]
"""Start and end of a part in the text."""


def combine(
    text: str, tokens: Sequence[Token], signals: Sequence[Signal], combinations: Sequence[Combination], business_words: Sequence[str]
) -> tuple[Signal, ...]:
    """The signals that the signals and tokens of one text give together. Pure; in the order of the rules."""
    active = [signal for signal in signals if signal.effect is None]
    if not tokens or any(signal.kind == "commercial" and signal.strength == "strong" for signal in active):
        return ()  # what a cue says outright needs no hints beside it
    kinds = {signal.kind for signal in active}
    found: list[Signal] = []
    text_shapes = _Shapes(text, tokens, business_words)
    for rule in combinations:
        if kinds & rule.unless:
            continue
        places = []
        for part in rule.parts:
            standing = _places(part, active, text_shapes)
            if len(standing) < part.count:
                break
            places.append(standing)
        else:
            chosen = _together(rule, places, tokens)
            found += [
                Signal("commercial", f"combination.{rule.id}", Span(0, start, end), rule.strength, rule.connection)
                for start, end in sorted(set(chosen))
            ]
    return tuple(found)


def _places(part: Part, signals: Sequence[Signal], shapes: _Shapes) -> list[Place]:
    if part.kinds or part.cues:
        return [
            (signal.span.start, signal.span.end)
            for signal in signals
            if (signal.kind in part.kinds or signal.id.partition(".")[2] in part.cues)
            and (not part.strengths or signal.strength in part.strengths)
        ]
    return shapes.places(part)


class _Shapes:
    """The tokens of a text by shape, and which hashtags and mentions look like those of a business."""

    def __init__(self, text: str, tokens: Sequence[Token], business_words: Sequence[str]) -> None:
        self._text = text
        self._tokens = tokens
        self._words = business_words
        self._handles: frozenset[str] | None = None

    def places(self, part: Part) -> list[Place]:
        """Where tokens stand that fit `part`."""
        if part.shapes:
            return [
                (token.start, token.end)
                for token in self._tokens
                if token.shape in part.shapes or ("digit_code" in part.shapes and self._is_digit_code(token))
            ]
        if part.mention:
            return self._mentions(part.mention)
        tests: dict[str, Callable[[Token], bool]] = {"echoes_mention": self._echoes, "camel_case": self._is_camel}
        return [
            (token.start, token.end) for token in self._tokens if token.shape == "hashtag" and all(tests[name](token) for name in part.tags)
        ]

    def _mentions(self, wanted: str) -> list[Place]:
        """The mentions of a business by the words in their handles, or those that are mentioned more than once."""
        mentions = [token for token in self._tokens if token.shape == "mention"]
        if wanted == "repeated":
            names = Counter(token.text for token in mentions)
            return [(token.start, token.end) for token in mentions if names[token.text] > 1]
        return [(token.start, token.end) for token in mentions if any(word in token.text for word in self._words)]

    def _is_digit_code(self, token: Token) -> bool:
        """LENA50, but neither ANNA nor GPT4."""
        return token.shape == "code" and _DIGIT_CODE.fullmatch(self._text[token.start : token.end]) is not None

    def _is_camel(self, token: Token) -> bool:
        return _CAMEL.match(self._text[token.start : token.end]) is not None

    def _echoes(self, token: Token) -> bool:
        """Whether the tag and a handle in the same text begin alike or one holds the other: #WellaHair and @wellahair."""
        if self._handles is None:
            self._handles = frozenset(_letters(other.text) for other in self._tokens if other.shape == "mention")
        tag = _letters(token.text)
        return any(
            len(handle) >= _SHORTEST_ECHO
            and (tag.startswith(handle[:_SHORTEST_ECHO]) or handle in tag or (len(tag) >= _SHORTEST_ECHO and tag in handle))
            for handle in self._handles
        )


def _letters(text: str) -> str:
    return "".join(character for character in text if character.isalpha())


def _together(rule: Combination, places: Sequence[Sequence[Place]], tokens: Sequence[Token]) -> list[Place]:
    """The places of the parts that stand near enough to each other; none where a part is missing or two share their only place."""
    unit = _units(rule.within, tokens)
    for anchor in sorted(set(places[0]) if rule.ordered else {place for part in places for place in part}):
        chosen: list[Place] = []
        for part, standing in zip(rule.parts, places, strict=True):
            last = chosen[-1] if rule.ordered and chosen else None
            near = [
                place for place in standing if place not in chosen and unit(last or anchor, place) and (last is None or place[0] >= last[1])
            ]
            if len(near) < part.count:
                break
            chosen += near[: part.count]
        else:
            return chosen
    return []


def _units(within: str | int, tokens: Sequence[Token]) -> Callable[[Place, Place], bool]:
    """Whether a place stands in the same text, line or sentence as an anchor, or at most so many tokens behind it."""
    starts = [token.start for token in tokens]
    if within == "text":
        return lambda anchor, place: True
    if isinstance(within, int):
        return lambda anchor, place: 0 <= bisect_left(starts, place[0]) - bisect_left(starts, anchor[0]) <= within
    breaks = [token.start for token in tokens if token.shape in _BREAKS[within]]
    return lambda anchor, place: bisect_left(breaks, anchor[0]) == bisect_left(breaks, place[0])
