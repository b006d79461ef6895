"""Token patterns compared in place, against spaCy's Matcher on the same patterns: made-up forms in made-up texts."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st
from spacy.matcher import Matcher
from spacy.vocab import Vocab

from compliance.errors import RuleError
from compliance.forms import compile_form, matcher_pattern
from compliance.nlp import token_doc
from compliance.patterns import pattern_hits
from compliance.text import lex

WORDS = ["a", "b", "ab", "code"]
ATOMS = [*WORDS, "a?", "code?", "a|b", "b|code?", "ab*", "co*", "{CODE}", "{CODE}?", "{PERCENT}", "<1>", "<3>"]
VOCAB = Vocab()


@given(
    form=st.lists(st.sampled_from(ATOMS), min_size=2, max_size=6).map(" ".join),
    text=st.lists(st.sampled_from([*WORDS, "abc", "LISA15", "15%", ".", "\n"]), max_size=14).map(" ".join),
)
def test_hits_are_those_of_the_matcher(form, text):
    try:
        pattern = compile_form(form, "here")
    except RuleError:
        assume(False)
    assume(not pattern.sequences)
    tokens = lex(text)
    matcher = Matcher(VOCAB)
    matcher.add("form", [matcher_pattern(pattern.atoms)], greedy="LONGEST")
    found = {(start, end) for _, start, end in matcher(token_doc(tokens, VOCAB))} if tokens else set()
    assert {(first, last) for _, first, last in pattern_hits(tokens, [0], [pattern])} == found
