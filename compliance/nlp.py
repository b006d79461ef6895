"""The spaCy side: our lexer as a tokenizer, the `adcheck` pipeline components, and the oracle.

Nothing else imports spaCy. `ungated_reading` finds everything by PhraseMatcher and Matcher alone, without any gate; it is the
oracle against which the fast path is tested.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from spacy.language import Language
from spacy.matcher import Matcher, PhraseMatcher
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from compliance.forms import SEPARATOR, matcher_pattern
from compliance.intent import commercial_probability
from compliance.lexicon import Lexicon, load_lexicon
from compliance.rulebook import RULES, load_rulebook
from compliance.signals import Reading, read, signals_of
from compliance.text import Token, lex

_VOCAB = Vocab()


def token_doc(tokens: Sequence[Token], vocab: Vocab = _VOCAB) -> Doc:
    """A Doc whose words are the folded tokens and whose TAG is each token's shape; what patterns are matched on."""
    return Doc(vocab, words=[token.text for token in tokens], spaces=[True] * len(tokens), tags=[token.shape for token in tokens])


@functools.lru_cache(maxsize=4)
def _all_matchers(lexicon: Lexicon) -> tuple[PhraseMatcher, Matcher, dict[int, list[int]]]:
    phrases = PhraseMatcher(_VOCAB, attr="ORTH")
    others = Matcher(_VOCAB)
    for index, pattern in enumerate(lexicon.patterns):
        if pattern.sequences and all(sequence.startswith(SEPARATOR) and sequence.endswith(SEPARATOR) for sequence in pattern.sequences):
            for sequence in pattern.sequences:
                words = sequence.strip(SEPARATOR).split(SEPARATOR)
                phrases.add(str(index), [Doc(_VOCAB, words=words)])
        elif pattern.sequences:
            others.add(str(index), [_sequence_pattern(sequence) for sequence in pattern.sequences], greedy="LONGEST")
        else:
            others.add(str(index), [matcher_pattern(pattern.atoms)], greedy="LONGEST")
    return phrases, others, {}


def _sequence_pattern(sequence: str) -> list[dict[str, Any]]:
    words = sequence.strip(SEPARATOR).split(SEPARATOR)
    if not sequence.startswith(SEPARATOR):
        return [{"TEXT": {"REGEX": f"^#.+{words[0]}$"}, "TAG": "hashtag"}]
    return [*({"ORTH": word} for word in words[:-1]), {"TEXT": {"REGEX": f"^{words[-1]}"}}]


def ungated_reading(text: str, lexicon: Lexicon) -> Reading:
    """The same reading as `signals.read`, by spaCy alone and without a gate. Slow; for tests and explanation."""
    tokens = lex(text)
    if not tokens:
        return Reading((), ())
    phrases, others, _ = _all_matchers(lexicon)
    doc = token_doc(tokens)
    strings = _VOCAB.strings
    hits = [(int(strings[key]), start, end) for matcher in (phrases, others) for key, start, end in matcher(doc)]
    return Reading(tokens, signals_of(tokens, hits, lexicon))


class LexTokenizer:
    """Our lexer as a spaCy tokenizer: hashtags, mentions, links, prices and emoji clusters are whole, and `doc.text` is the text as given."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """A Doc whose text is `text`, white space and all."""
        words: list[str] = []
        spaces: list[bool] = []
        at = 0
        for token in lex(text):
            if token.end <= at:
                continue
            start = max(token.start, at)
            self._gap(text[at:start], words, spaces)
            words.append(text[start : token.end])
            spaces.append(False)
            at = token.end
        self._gap(text[at:], words, spaces)
        return Doc(self.vocab, words=words, spaces=spaces)

    @staticmethod
    def _gap(gap: str, words: list[str], spaces: list[bool]) -> None:
        """White space between tokens: one space belongs to the token before it, anything more is a token."""
        if gap.startswith(" ") and words and not words[-1].isspace():
            spaces[-1] = True
            gap = gap[1:]
        if gap:
            words.append(gap)
            spaces.append(False)

    def to_bytes(self, **_: object) -> bytes:
        """Nothing to save: the lexer is code."""
        return b""

    def from_bytes(self, _data: bytes, **_kwargs: object) -> LexTokenizer:
        """Nothing to load."""
        return self

    def to_disk(self, _path: object, **_kwargs: object) -> None:
        """Nothing to save."""

    def from_disk(self, _path: object, **_kwargs: object) -> LexTokenizer:
        """Nothing to load."""
        return self


class AdcheckComponent:
    """Writes every signal to `doc.spans["adcheck"]`; the label of a span is its kind, `kb_id_` the cue's or label's id."""

    def __init__(self, lexicon: Lexicon, spans_key: str) -> None:
        self._lexicon = lexicon
        self._key = spans_key

    def __call__(self, doc: Doc) -> Doc:
        """Read `doc.text` and write the signals as spans; a span that no token fits is widened to whole tokens."""
        reading = read(doc.text, self._lexicon)
        spans: list[Span] = []
        for signal in reading.signals:
            span = doc.char_span(signal.span.start, signal.span.end, label=signal.kind, kb_id=signal.id, alignment_mode="expand")
            if span is not None:
                span._.adcheck_effect = signal.effect
                span._.adcheck_obscured = signal.obscured
                spans.append(span)
        doc.spans[self._key] = spans
        return doc


@Language.factory("adcheck", default_config={"rules": None, "spans_key": "adcheck"})  # type: ignore[untyped-decorator]
def create_component(nlp: Language, name: str, rules: str | None, spans_key: str) -> Callable[[Doc], Doc]:
    """The `adcheck` pipeline component: `import compliance.nlp; spacy.blank("nl").add_pipe("adcheck")`."""
    for extension in ("adcheck_effect", "adcheck_obscured"):
        if not Span.has_extension(extension):
            Span.set_extension(extension, default=None)
    rulebook = load_rulebook(rules or RULES)
    return AdcheckComponent(load_lexicon(rulebook.digest, rulebook), spans_key)


class IntentComponent:
    """Writes the probability that a text is commercial to `doc.cats["commercial"]`, where the cues leave the question open: there is a
    weak or medium commercial cue and no strong one. Elsewhere the category stays away."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def __call__(self, doc: Doc) -> Doc:
        """Read `doc.text`; the model is not asked where cues have answered."""
        reading = read(doc.text, self._lexicon)
        strengths = {signal.strength for signal in reading.signals if signal.kind == "commercial" and signal.effect is None}
        if strengths & {"weak", "medium"} and "strong" not in strengths:
            doc.cats["commercial"] = commercial_probability(reading.tokens)
        return doc


@Language.factory("adcheck_intent", default_config={"rules": None})  # type: ignore[untyped-decorator]
def create_intent_component(nlp: Language, name: str, rules: str | None) -> Callable[[Doc], Doc]:
    """The intent model as a pipeline component: `spacy.blank("nl").add_pipe("adcheck_intent")`."""
    rulebook = load_rulebook(rules or RULES)
    return IntentComponent(load_lexicon(rulebook.digest, rulebook))
