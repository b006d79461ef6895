"""The guess of a language: the tables that are read quickly give the library's own answers."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from compliance.language import _model, guess_language

SOME = ("ar", "da", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "no", "pl", "pt", "sr", "sv", "zh")
TEXTS = st.text(st.characters(codec=None, exclude_categories=()), min_size=1, max_size=120)


@pytest.fixture(scope="module")
def library():
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(SOME))
    return identifier


@pytest.fixture(scope="module")
def examples(engine):
    return [form.example for entry in engine.rulebook.entries.values() for form in entry.forms[:3]]


def agrees(library, text):
    (best, score), (_, second), *_ = library.rank(text)
    # The library adds in single precision: what is equal within its rounding has no one answer.
    return _model(SOME).likeliest(text) == best or score - second < 1e-3


@settings(max_examples=300)
@given(data=st.data())
def test_the_answer_is_the_librarys(library, examples, data):
    pieces = data.draw(st.lists(st.one_of(st.sampled_from(examples), TEXTS), min_size=1, max_size=3))
    assert agrees(library, " ".join(pieces))


@given(TEXTS)
@example("ЖИВЕЛА СРБИЈА И СЛОБОДА")
@example("\x00")
@example("\ud800 lone surrogate")
def test_so_it_is_for_any_text(library, text):
    assert agrees(library, text)


@pytest.mark.parametrize(
    ("text", "among", "language"),
    [
        ("Zondag met de kinderen naar het bos", SOME, "nl"),
        ("日曜日は子どもたちと森へ", SOME, "ja"),
        ("#zon @anna https://x.example", SOME, None),
        ("Zondag met de kinderen", ("nl",), "nl"),
        ("Zondag met de kinderen", (), None),
        ("Zondag met de kinderen naar het bos", ("nl", "de", "x-elvish"), "nl"),
        ("Zondag met de kinderen naar het bos", ("x-elvish", "x-orcish"), None),
    ],
)
def test_what_is_guessed(text, among, language):
    assert guess_language(text, among) == language


def test_each_set_of_languages_has_tables_of_its_own():
    text = "Zondag met de kinderen naar het bos"
    assert guess_language(text, (*SOME[:6], "nl")) == "nl"
    assert guess_language(text, (*SOME[:6], "no")) != "nl"
