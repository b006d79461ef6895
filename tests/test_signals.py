"""What is a label or cue and what is not; the gated path against spaCy alone."""

from __future__ import annotations

import pytest
import spacy
from effort import function_calls
from hypothesis import given, settings
from hypothesis import strategies as st

import compliance.nlp as nlp
from compliance import check
from compliance.lexicon import Lexicon
from compliance.signals import read
from compliance.text import fold, joined, lex

ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=80)


def labels(text: str, lexicon: Lexicon) -> list[str]:
    return [signal.id for signal in read(text, lexicon).signals if signal.kind == "label" and signal.effect is None]


def rule_texts(engine):
    """Words, forms and examples of the rulebook, as material for texts that are full of hits."""
    pieces = []
    for entry in engine.rulebook.entries.values():
        for form in entry.forms[:6]:
            pieces.append(form.example)
    return pieces


@pytest.fixture(scope="module")
def pieces(engine):
    return rule_texts(engine)


@pytest.fixture(scope="module")
def fresh(engine):
    return Lexicon(engine.rulebook)


@settings(max_examples=45)  # the oracle takes a second a text
@given(data=st.data())
def test_gated_equals_ungated(engine, pieces, data):
    """The fast path finds exactly what PhraseMatcher and Matcher find alone, in any text."""
    parts = data.draw(st.lists(st.one_of(st.sampled_from(pieces), ANY, st.sampled_from([" ", "\n", "#", "# ad", "…", ". "])), max_size=8))
    text = data.draw(st.sampled_from([" ", "", "\n"])).join(parts)
    assert read(text, engine.lexicon).signals == nlp.ungated_reading(text, engine.lexicon).signals


@settings(max_examples=100)
@given(data=st.data())
def test_what_is_looked_up_is_what_the_automata_find(fresh, engine, pieces, data):
    """A new lexicon looks the first texts up piece by piece; a used one has built its automata."""
    text = data.draw(st.lists(st.one_of(st.sampled_from(pieces), ANY, st.just("#lisapartner")), max_size=3).map(" ".join))
    there, _ = joined(lex(text))
    fresh._patience = 2 * len(fold(text)) + 1
    engine.lexicon.prepare()
    assert fresh.screen(fold(text)) == engine.lexicon.screen(fold(text))
    assert sorted(fresh.phrases(there)) == sorted(engine.lexicon.phrases(there))


@given(ANY)
def test_nothing_crashes_and_spans_hold(engine, text):
    for signal in read(text, engine.lexicon).signals:
        assert 0 <= signal.span.start < signal.span.end <= len(text)


@pytest.mark.parametrize(
    "written",
    [
        "#аd",
        "＃ａｄ",
        "#𝗮𝗱",
        "#a\u200bd",
        "# ad",
        "#a d",
        "#ᴀᴅ",
        "🅰🅳 | coat",
        "#a̲d̲",
        "𝗔𝗱: coat",
        "Аdvertentie | jas",
        "# reclame",
        "#w e r b u n g",
        "Ｗｅｒｂｕｎｇ | Jacke",
        "#𝓅𝓊𝒷",
    ],
)
def test_obscured_labels_are_seen_as_obscured(engine, written):
    found = [signal for signal in read(f"{written} mijn nieuwe jas", engine.lexicon).signals if signal.kind == "label"]
    if not found:
        found = [signal for signal in read(written, engine.lexicon).signals if signal.kind == "label"]
    assert found, written
    assert all(signal.obscured for signal in found)


@pytest.mark.parametrize("written", ["#ad", "#Ad", "#AD", "Ad | coat", "(ad) coat", "Ad: coat", "#ad#spon", "coat #ad", "👩‍🦰 #ad"])
def test_plain_labels_are_not_obscured(engine, written):
    found = [signal for signal in read(written, engine.lexicon).signals if signal.id == "en.ad"]
    assert found
    assert not any(signal.obscured for signal in found)


@pytest.mark.parametrize(
    "text",
    [
        "#adidas run today",
        "#adorable puppy",
        "#SummerAd was fun",
        "AD 2024",
        "Ad en ik gaan naar zee",
        "Ad kwam langs met taart",
        "Dat was ad rem van je",
        "een ad hoc oplossing",
        "Wir wollen Anzeige erstatten",
        "Die Anzeige ist raus, die Polizei ermittelt",
        "Ich habe gegen ihn Strafanzeige gestellt",
        "an ad-free evening",
        "born in 50 AD and still here",
        "Ik zag een advertentie in de krant",
        "Die Werbung im Fernsehen nervt",
        "Il y a trop de publicité à la télé",
        "#additional #advanced #badminton",
    ],
)
def test_these_are_no_labels(engine, text):
    assert labels(text, engine.lexicon) == []


@pytest.mark.parametrize(
    "text",
    [
        "This is not sponsored, I just love it",
        "#notsponsored my coat",
        "Dit is geen reclame, gewoon een fijne jas",
        "Niet gesponsord, zelf gekocht",
        "Das ist keine Werbung, nur meine Meinung",
        "Nicht gesponsert, selbst gekauft",
        "Ceci n'est pas une publicité",
        "Vidéo non sponsorisée",
        "unpaid, I bought it myself",
    ],
)
def test_denials_turn_round(engine, text):
    assert labels(text, engine.lexicon) == []
    assert check(text=text, reach=["nl", "de", "fr", "gb", "us"], as_of="2026-11-23").facts.values["commercial"].value.key == "no"


def test_a_signal_keeps_its_place_in_utf8_and_emoji(engine):
    text = "👩‍🦰 Größe! Met code LISA15 krijg je korting"
    [signal] = [
        s for s in read(text, engine.lexicon).signals if s.connection == "discount" and "LISA15" in text[s.span.start : s.span.end]
    ][:1]
    assert "code LISA15" in text[signal.span.start : signal.span.end]


def test_the_component_joins_any_pipeline():
    pipeline = spacy.blank("nl")
    pipeline.add_pipe("adcheck")
    doc = pipeline("Reclame | Met code LISA15 krijg je 15% korting op @glowlab!")
    found = {(span.label_, span.kb_id_) for span in doc.spans["adcheck"]}
    assert ("label", "nl.reclame") in found
    assert any(label == "commercial" for label, _ in found)


def test_the_component_in_a_pipeline_with_our_tokenizer():
    pipeline = spacy.blank("xx")
    pipeline.tokenizer = nlp.LexTokenizer(pipeline.vocab)
    pipeline.add_pipe("adcheck")
    doc = pipeline("➡️https://x.example/a  #ad#spon\n\n@merk.nl")
    assert doc.text == "➡️https://x.example/a  #ad#spon\n\n@merk.nl"
    assert "#ad" in [token.text for token in doc]
    assert {span.kb_id_ for span in doc.spans["adcheck"]} >= {"en.ad", "en.spon"}


@pytest.fixture(scope="module")
def tokenizer():
    return nlp.LexTokenizer(spacy.blank("xx").vocab)


@given(ANY)
def test_the_tokenizer_keeps_every_character(tokenizer, text):
    text = text.encode("utf-8", "replace").decode()
    assert tokenizer(text).text == text


@pytest.mark.parametrize(
    "line", ["Reclame | #ad sponsored by @x", "Met code LISA15 krijg je 15% korting", "#ad #spon", "geen reclame, niet gesponsord"]
)
def test_thousands_of_labels_cost_in_proportion(line):
    """Four times as much text asks for about four times as many calls, from the words to the checklist; each label once asked every other."""

    def calls(lines: int) -> int:
        html = "".join(f"<p>{line}</p>" for _ in range(lines))
        return function_calls(lambda: check(html=html, reach=["nl", "us"], as_of="2026-11-23"))

    calls(10)
    assert calls(800) < 4.8 * calls(200)
