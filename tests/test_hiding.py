"""Each way to hide a label, with what a visitor sees of it: a page of its own under tests/pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance import check
from compliance.errors import InputError
from compliance.model import HIDDEN_BY, SOURCE_ONLY, WEAKENED_BY
from compliance.readers import read_page
from compliance.readers.source import parse
from compliance.readers.styles import Styles
from compliance.rulebook import load_rulebook

RULEBOOK = load_rulebook()
PAGES = Path(__file__).parent / "pages"
LABEL = "Advertentie"
OUTCOMES = {
    "hidden_attribute": "attribute",
    "hidden_until_found": "attribute",
    "hidden_attribute_undone": "read",
    "display_inline": "display",
    "display_rule": "display",
    "display_rule_of_the_parent": "display",
    "display_rule_not_a_child": "read",
    "display_print_only": "read",
    "display_screen_only": "display",
    "display_phone_only": "read",
    "display_overruled": "read",
    "display_important": "display",
    "display_on_hover": "read",
    "display_by_attribute": "display",
    "display_by_not": "display",
    "visibility": "visibility",
    "visibility_undone": "read",
    "opacity": "opacity",
    "opacity_of_two": "opacity",
    "font_nothing": "tiny",
    "font_tiny": "tiny",
    "font_tiny_of_the_parent": "tiny",
    "font_small": "read small",
    "text_indent": "off_screen",
    "off_screen_left": "off_screen",
    "off_screen_top": "off_screen",
    "off_screen_translate": "off_screen",
    "clip_rect": "clipped",
    "clip_path": "clipped",
    "height_nothing": "collapsed",
    "one_pixel": "collapsed",
    "height_shown": "read",
    "scale_nothing": "scaled",
    "same_colour": "same_colour",
    "same_colour_of_a_box": "same_colour",
    "same_colour_old_markup": "same_colour",
    "same_colour_oklch": "same_colour",
    "transparent": "same_colour",
    "low_contrast": "low_contrast",
    "faint": "read faint",
    "faint_oklch": "read faint",
    "dark_oklch": "read",
    "grey_that_can_be_read": "read",
    "colour_on_a_picture": "read",
    "colour_elsewhere": "read",
    "aria_hidden": "read aria_hidden",
    "clamped": "read clamped",
    "cut_height": "read clamped",
    "reordered": "read reordered",
    "template": "template",
    "noscript": "noscript",
    "details_closed": "closed",
    "details_summary": "read",
    "details_open": "read",
    "dialog_closed": "closed",
    "comment": "comment",
    "comment_with_markup": "comment",
    "comment_bogus": "comment",
    "comment_closed_oddly": "read",
    "comment_at_once_closed": "read",
    "comment_in_a_script": "read",
    "unclosed_comment": "unclosed",
    "unclosed_tag": "unclosed",
    "paragraph_after_a_hidden_one": "read",
    "div_that_closes_itself": "attribute",
    "second_attribute": "read",
    "alt": "alt",
    "aria_label": "aria_label",
    "tooltip": "tooltip",
    "placeholder": "placeholder",
    "figcaption": "figcaption",
    "generated": "generated",
    "generated_from_attribute": "generated",
    "table_cells": "read",
    "entity": "read",
    "aside": "aside",
}
"""`read` (in order, with what weakens it), the reason by which it is hidden, or the scope in which it is only said."""


def outcome_of(document, label=LABEL):
    """What became of the label: where its stretch stands in the outline."""
    for stretch in document.outline.stretches:
        segment = document.segments[stretch.segment]
        if label in segment.text[stretch.start : stretch.end]:
            if stretch.state == "read" and segment.scope == "body":
                return " ".join(["read", *stretch.weakened_by])
            return stretch.hidden_by or segment.scope
    return "nowhere"


@pytest.mark.parametrize("name", OUTCOMES)
def test_each_technique(name):
    html = (PAGES / f"{name}.html").read_bytes()
    document = read_page(html, RULEBOOK)
    assert outcome_of(document) == OUTCOMES[name]
    shown = [segment.text for segment in document.segments if segment.visible and segment.scope == "body"]
    assert (LABEL in shown[0]) == OUTCOMES[name].startswith("read")


def test_every_page_has_its_outcome():
    assert {path.stem for path in PAGES.glob("*.html")} == set(OUTCOMES)


def test_every_reason_is_told_in_both_languages_and_shown_by_a_page():
    for section, reasons in (("hidden_by", HIDDEN_BY), ("weakened_by", WEAKENED_BY)):
        assert set(RULEBOOK.messages[section]) == set(reasons)
        assert all({"en", "nl"} <= set(RULEBOOK.messages[section][reason]) for reason in reasons)
    shown = {word for outcome in OUTCOMES.values() for word in outcome.split()}
    assert set(HIDDEN_BY) - shown == {"measured"}
    assert set(WEAKENED_BY) - shown == {"below_fold"}


PAGE = '<div id="top"><p>Fiets</p><p style="display:none">Advertentie</p></div>'


@pytest.mark.parametrize(
    ("computed", "outcome"),
    [
        ([{"path": "div > p:nth-child(2)", "visible": True}], "read"),
        ([{"path": "#top", "visible": True}], "read"),
        ([{"path": "#top", "visible": True}, {"path": "#top > p:nth-child(2)", "visible": False, "reason": "clipped"}], "clipped"),
        ([{"path": "#top > p:nth-child(2)", "visible": False}], "measured"),
        ([{"path": "#top > p:nth-child(2)", "visible": True, "below_fold": True}], "read below_fold"),
        ([{"start": PAGE.index(LABEL), "end": PAGE.index(LABEL) + len(LABEL), "visible": True}], "read"),
        ([{"start": 0, "end": len(PAGE), "visible": True}, {"start": 14, "end": 66, "visible": False, "reason": "opacity"}], "opacity"),
        ([{"path": "#nowhere", "visible": True}], "display"),
    ],
)
def test_what_a_browser_measured_wins(computed, outcome):
    document = read_page(PAGE, RULEBOOK, computed=computed)
    assert outcome_of(document) == outcome
    assert ("measurements" in document.not_read) == ("#nowhere" in str(computed))


def test_the_measured_fold_is_an_offset():
    document = read_page("<p>boven<p>onder", RULEBOOK, computed=[{"path": "p:nth-child(2)", "visible": True, "below_fold": True}])
    body = document.segments[0]
    assert body.text[body.fold :].strip() == "onder"


@pytest.mark.parametrize(
    ("computed", "where"),
    [
        ("all", "/computed"),
        ([1], "/computed/0"),
        ([{"path": "p"}], "/computed/0/visible"),
        ([{"path": "p", "visible": "yes"}], "/computed/0/visible"),
        ([{"path": "p", "visible": True, "shown": 1}], "/computed/0/shown"),
        ([{"path": "p", "visible": False, "reason": "magic"}], "/computed/0/reason"),
        ([{"path": "p ~ a", "visible": True}], "/computed/0/path"),
        ([{"visible": True}], "/computed/0"),
        ([{"path": "p", "start": 1, "end": 2, "visible": True}], "/computed/0"),
        ([{"start": 3, "visible": True}], "/computed/0/end"),
        ([{"start": 3, "end": 2, "visible": True}], "/computed/0/start"),
        ([{"start": 0, "end": 10_000, "visible": True}], "/computed/0/end"),
        ([{"path": "p", "visible": True}] * 20_001, "/computed"),
    ],
)
def test_wrong_measurements_name_their_place(computed, where):
    with pytest.raises(InputError) as caught:
        read_page(PAGE, RULEBOOK, computed=computed)
    assert caught.value.where == where
    assert caught.value.hint


@pytest.mark.parametrize("name", [name for name, outcome in OUTCOMES.items() if not outcome.startswith("read")])
def test_a_label_in_the_source_alone_is_missing_and_a_hidden_one_obscured(name):
    result = check(
        html=(PAGES / f"{name}.html").read_text(encoding="utf-8"), declared={"relationship": "paid"}, reach=["nl"], as_of="2026-11-23"
    )
    note = RULEBOOK.messages["notes"]["label_in_source"]["en"]
    assert (note in result.not_seen) == (OUTCOMES[name] in SOURCE_ONLY)
    hidden = [item.place.value for item in result.facts.disclosures]
    assert ("hidden" in hidden) == (OUTCOMES[name] in set(HIDDEN_BY) - SOURCE_ONLY)
    assert {item.gate.key for item in result.items if item.topic == "sponsorship" and item.gate} <= {
        "missing",
        "obscured",
        "wording",
        "placement",
    }


TEXT = (
    "<h1>Een week met de bakfiets</h1>{label}<p>"
    + "De fiets rijdt licht en schakelt zonder haperen over natte klinkers langs de vaart. " * 3
    + "</p>"
)


@pytest.mark.parametrize(
    ("label", "outcome", "gate"),
    [
        ("<p>Advertentie</p>", "pass", None),
        ('<p style="font-size:8px">Advertentie</p>', "needs_review", "obscured"),
        ('<p style="color:#bbb">Advertentie</p>', "needs_review", "obscured"),
        ('<p aria-hidden="true">Advertentie</p>', "pass", None),
        ('<p style="display:none">Advertentie</p>', "fail", "obscured"),
        ("<!-- Advertentie -->", "fail", "missing"),
        ("<template><p>Advertentie</p></template>", "fail", "missing"),
    ],
)
def test_how_well_a_label_is_seen_decides(label, outcome, gate):
    result = check(html=TEXT.replace("{label}", label), declared={"relationship": "paid"}, reach=["nl"], as_of="2026-11-23")
    [item] = [
        item for item in result.items if item.topic == "sponsorship" and item.outcome.key != "not_applicable" and item.jurisdiction == "nl"
    ]
    assert (item.outcome.key, item.gate.key if item.gate is not None else None) == (outcome, gate)
    assert ("small letters" in item.message) == (outcome == "needs_review")


@pytest.mark.parametrize(("before", "place"), [("", "lead"), ("De fiets rijdt licht en schakelt fijn. " * 5, "after_fold")])
def test_beyond_the_first_line_of_a_clamped_box_a_label_is_behind_more(before, place):
    html = (
        f'<h1>Fiets</h1><p style="display:-webkit-box;-webkit-line-clamp:2;overflow:hidden">{before}<b>Advertentie:</b> zo fietst het.</p>'
    )
    result = check(html=html, reach=["nl"], as_of="2026-11-23")
    assert [item.place.value for item in result.facts.disclosures] == [place]


@pytest.mark.parametrize(
    "selector",
    [
        ".a",
        "#b",
        "p.a",
        "div .a",
        r".sm\:x",
        r"#b .sm\:x",
        r".\61",
        ".a:not(.zz)",
        ".a[title='.zz']",
        "[title='x(.zz)']",
        ".a:not(:not(.a))",
        "p:not(.zz) , .zz",
    ],
)
def test_a_rule_is_dropped_only_where_no_element_can_meet_it(selector):
    """Rules that ask for classes or ids that a page lacks are dropped unread; with every name known, none is."""
    page = (
        f"<style>{selector} {{ display: none }}</style>"
        '<div id="b"><p class="a sm:x" title="x(.zz)">Advertentie</p><p class="a" title=".zz">fiets</p></div>'
    )
    soup = parse(page)
    every = Styles([f"{selector} {{ display: none }}"])
    kept = Styles([f"{selector} {{ display: none }}"], present=soup.present())
    assert [kept.of(tag) for tag in soup.elements] == [every.of(tag) for tag in soup.elements]
