"""Folding, lexing, offsets: on arbitrary Unicode."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.text import Covers, Lines, fold, fold_map, from_utf16, hashtag_parts, lex, to_utf16

ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
TRICKY = st.text(st.sampled_from("#aAdDаԁαɑᴀᴅ🅰🅳ａｄ𝗮𝗱\u200b\u200d\u0301\u0332\u034fİßﬁ '’-\n👩👧\ufe0f@_.1%€:|"), max_size=40)


@given(st.one_of(ANY, TRICKY))
def test_fold_settles(text):
    """Folding what is folded changes nothing that a rule could see: no upper case, no invisible characters come back."""
    folded = fold(text)
    assert "\u200b" not in folded
    assert fold(folded) == fold(fold(folded))


@given(st.one_of(ANY, TRICKY))
def test_the_map_leads_back(text):
    mapped = fold_map(text)
    assert mapped.raw == text
    assert mapped.folded == fold(text)
    previous = 0
    for index in range(len(mapped.folded)):
        start, end = mapped.to_raw(index, index + 1)
        assert 0 <= start < end <= len(text)
        assert start >= previous
        previous = start


@given(st.one_of(ANY, TRICKY))
def test_tokens_stand_in_order_and_inside(text):
    last = 0
    for token in lex(text):
        assert 0 <= token.start < token.end <= len(text)
        assert token.start >= last or not text.isascii()
        assert token.text
        last = token.end


@given(st.one_of(ANY, TRICKY, st.text("ab.@/:-+w1é ", max_size=20)))
def test_the_quick_lexer_cuts_as_the_whole_one(text):
    from compliance import text as module

    quick = lex(text)
    gate = module._MAY_HOLD_ADDRESS
    try:
        module._MAY_HOLD_ADDRESS = re.compile("")
        assert lex(text) == quick
    finally:
        module._MAY_HOLD_ADDRESS = gate


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.integers(0, 60))
def test_utf16_round_trip(text, offset):
    offset = min(offset, len(text))
    assert to_utf16(text, offset) == len(text[:offset].encode("utf-16-le")) // 2
    assert from_utf16(text, to_utf16(text, offset)) == offset


@given(st.text(st.characters(codec="utf-8"), max_size=80), st.integers(0, 80))
def test_line_and_column(text, offset):
    offset = min(offset, max(len(text) - 1, 0))
    line, column = Lines(text).at(offset)
    lines = text.splitlines(keepends=True) or [""]
    assert sum(len(part) for part in lines[: line - 1]) + column - 1 == offset


@pytest.mark.parametrize(
    "written",
    ["#аd", "＃ａｄ", "#𝗮𝗱", "#𝒂𝒅", "#a\u200bd", "#\u200dad", "#αd", "#аԁ", "#ᴀᴅ", "#🅰🅳", "#a\u034fd", "#a̲d̲", "#ɑd", "#ⓐⓓ", "#ᵃᵈ"],
)
def test_disguises_fold_to_the_label(written):
    assert fold(written) == "#ad"
    [token] = lex(written)
    assert token.obscured


@pytest.mark.parametrize("word", ["реклама", "αγάπη", "광고", "広告", "विज्ञापन", "слово", "größe", "été"])
def test_real_words_of_other_scripts_are_no_disguise(word):
    assert not any(token.obscured for token in lex(word))


def test_a_true_cyrillic_word_stays():
    assert fold("реклама") == "реклама"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("#ad#spon", ["#ad", "#spon"]),
        ("➡️https://x.example/z?tag=a-20 ok", ["➡", "https://x.example/z?tag=a-20", "ok"]),
        ("j’ai testé l'huile", ["j'", "ai", "testé", "l'", "huile"]),
        ("I've 15 % off", ["i've", "15%", "off"]),
        ("KI-generiert", ["ki", "-", "generiert"]),
        ("@merk.nl, €10", ["@merk.nl", ",", "€10"]),
        ("aujourd’hui", ["aujourd'hui"]),
        ("Markennennung*Werbung", ["markennennung", "*", "werbung"]),
        ("Werbung/Anzeige", ["werbung", "/", "anzeige"]),
    ],
)
def test_lexing(text, tokens):
    assert [token.text for token in lex(text)] == tokens


@pytest.mark.parametrize(
    ("tag", "parts"),
    [("#SummerAd", ("summer", "ad")), ("#not_an_ad", ("not", "an", "ad")), ("#AD2024", ("ad", "2024")), ("#adidas", ("adidas",))],
)
def test_hashtag_parts(tag, parts):
    assert hashtag_parts(tag) == parts


def test_shapes():
    shapes = {token.text: token.shape for token in lex("LISA15 Anna kopen 15% €5 #x @y 12:30 x.example/a 2024")}
    assert shapes == {
        "lisa15": "code",
        "anna": "name",
        "kopen": "word",
        "15%": "percent",
        "€5": "price",
        "#x": "hashtag",
        "@y": "mention",
        "12:30": "time",
        "x.example/a": "url",
        "2024": "number",
    }


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.sampled_from("ab"))), st.integers(0, 12), st.integers(0, 12))
def test_covers_find_what_a_look_at_each_stretch_finds(stretches, first, last):
    covers = Covers(stretches)
    holding = [(begin, end) for begin, end, name in stretches if name == "a" and begin <= first and last <= end]
    assert covers.hold(first, last, "a") == bool(holding)
    assert covers.hold_in_longer(first, last, "a") == any(stretch != (first, last) for stretch in holding)
