"""Marks: what only a page's source says is evidence and no label; what each field means is data. (Each rule's own examples: test_rules.)"""

from __future__ import annotations

import dataclasses
import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance import Engine, check, load_rulebook, read_page
from compliance.errors import InputError, RuleError
from compliance.model import Gate, Outcome
from compliance.rulebook import RULES
from compliance.rules import MarkRules
from compliance.ruletest import mark_failures

RULEBOOK = load_rulebook()
BODY = "<article><h1>Lampen</h1><p>Zo kies je een lamp voor de woonkamer.</p></article>"
SPONSOR = '<script type="application/ld+json">\n{"@type": "BlogPosting",\n  "sponsor": {"name": "Glowlab"}}\n</script>'


def marks(html):
    return read_page(html, RULEBOOK).marks


def ad_item(html, market="nl", **options):
    checklist = check(html=html, reach=[market], as_of="2026-11-23", **options)
    return checklist, next(item for item in checklist.items if item.duty == "nl.ad-label")


def test_a_sponsor_that_only_the_source_names_is_an_ad_without_a_label():
    checklist, item = ad_item(SPONSOR + BODY)
    assert checklist.facts.values["commercial"].value.key == "yes"
    assert (item.outcome, item.gate) == (Outcome.FAIL, Gate.MISSING)
    assert "Only the source of the page says so" in item.message
    assert [witness.id for witness in item.evidence] == ["mark.schema-sponsor"]
    assert item.evidence[0].note == "json-ld: sponsor = Glowlab (3:3)"
    assert checklist.says["mark.schema-sponsor"] == "its source names a sponsor"
    assert checklist.facts.disclosures == ()
    dutch = ad_item(SPONSOR + BODY, interface="nl")[1]
    assert "Alleen de bron van de pagina" in dutch.message


def test_what_the_platforms_data_say_may_have_been_shown():
    page = '<script type="application/json">{"items": [{"is_paid_partnership": true}]}</script>' + BODY
    _, item = ad_item(page, platform="instagram")
    assert (item.outcome, item.gate) == (Outcome.FAIL, Gate.MISSING)
    assert "look whether the platform shows one" in item.message
    assert ad_item(page, platform="instagram", complete=False)[1].outcome is Outcome.NEEDS_REVIEW


def test_a_visible_label_makes_it_good():
    _, item = ad_item(SPONSOR + "<article><p>Advertentie</p>" + BODY)
    assert item.outcome is Outcome.PASS


def test_without_the_mark_it_is_no_ad():
    checklist, item = ad_item(BODY)
    assert checklist.facts.values["commercial"].value.key == "no"
    assert item.outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    "value", ["trainedAlgorithmicMedia", "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"]
)
def test_an_ai_mark_asks_and_never_decides(value):
    page = f'<script type="application/ld+json">{{"@type": "ImageObject", "digitalSourceType": "{value}"}}</script>{BODY}'
    facts = check(html=page, reach=["nl"]).facts.values
    assert facts["ai_content"].value.key == "unknown"
    assert facts["ai_persona"].value.key == "no"
    assert facts["commercial"].value.key == "no"
    assert check(html=page, reach=["nl"], declared={"ai_content": "none"}).facts.values["ai_content"].value.key == "no"


def test_a_hint_for_a_person():
    funded = '<script type="application/ld+json">{"@type": "NewsArticle", "funder": {"name": "A fund"}}</script>'
    assert check(html=funded + BODY, reach=["nl"]).facts.values["commercial"].value.key == "unknown"
    named = '<meta name="sponsor" content="Acme">'
    assert check(html=named + BODY, reach=["nl"]).facts.values["commercial"].value.key == "unknown"
    tagged = '<meta name="sailthru.tags" content="sponsored-content">'
    assert check(html=tagged + BODY, reach=["nl"]).facts.values["commercial"].value.key == "no"


def test_false_friends():
    page = (
        '<meta name="author" content="Sponsored Sam"><meta name="partner" content="x"><meta property="article:content_tier" content="free">'
        '<script type="application/ld+json">{"@graph": [{"@type": "Article", "isAccessibleForFree": "False", "about": {"@type": "Event", "sponsor": '
        '{"name": "Acme"}}}, {"@type": "Organization", "sponsor": {"name": "Acme"}}]}</script>'
        '<script>var googletag = {"cmd": [{"sponsor": "Acme", "isAd": true, "sponsored": true}]};</script>'
        '<div class="ad-slot" data-sponsor="Acme"></div>'
    )
    assert marks(page + BODY) == ()


def test_one_sponsored_post_among_several_asks():
    nodes = [{"@type": "BlogPosting", "headline": "A"}, {"@type": "AdvertiserContentArticle", "headline": "B"}]
    several = f'<script type="application/ld+json">{json.dumps(nodes)}</script>{BODY}'
    assert [mark.strength for mark in marks(several)] == ["medium"]
    twice = f'<script type="application/ld+json">{json.dumps(nodes[1:])}</script>' * 2
    assert {mark.strength for mark in marks(twice + BODY)} == {"strong"}
    feed = '<script type="application/json">{"items": [{"is_paid_partnership": true}, {"is_paid_partnership": false}]}</script>'
    assert [mark.strength for mark in marks(feed + BODY)] == ["medium"]


@pytest.mark.parametrize(
    "source",
    [
        '{"@type": "AdvertiserContentArticle", "x": [1, 2,],}',
        '<!-- {"@type": "AdvertiserContentArticle"} -->',
        '//<![CDATA[\n{"@type": "AdvertiserContentArticle"}\n//]]>',
        '{"@type": "AdvertiserContentArticle", /* made by the shop */ "headline": "line\nbreak"};',
        '{"@type": "WebSite"}\n{"@type": "AdvertiserContentArticle"}',
    ],
)
def test_json_that_is_nearly_right(source):
    found = marks(f'<script type="application/ld+json">{source}</script>{BODY}')
    assert [mark.id for mark in found] == ["mark.schema-advertiser-content"]


@pytest.mark.parametrize("source", ["{", '{"@type": "AdvertiserContentArticle', "[" * 5000, "null", "AdvertiserContentArticle"])
def test_json_that_says_nothing_certain(source):
    assert marks(f'<script type="application/ld+json">{source}</script>{BODY}') == ()


@pytest.mark.parametrize("kind", ["application/ld+json", "application/json"])
@pytest.mark.timeout(60)
def test_depth_and_size_cost_little(kind):
    deep = '{"sponsor_tags": ' * 400 + '"' + "x" * 2_000_000 + '"' + "}" * 400
    wide = json.dumps([{"is_paid_partnership": False, "sponsor": "x"}] * 30_000)
    comments = "{" + "/*" * 500_000
    slashes = '"is_paid_partnership"' + "\\" * 1_000_000
    for source in (deep, wide, comments, slashes):
        marks(f'<script type="{kind}">{source}</script>{BODY}')


def test_each_mark_knows_its_place():
    page = f'<!doctype html>\n<html><head>\n  <meta name="sponsor" content="Acme">\n<script>\nvar a = {{"is_paid_partnership": true}};\n</script></head><body>{BODY}'
    found = [(mark.source, mark.line, mark.column) for mark in marks(page)]
    assert found == [("meta", 3, 3), ("data", 5, 10)]
    lines = page.split("\n")
    assert lines[4][9:].startswith('"is_paid_partnership"')


def test_the_same_key_twice_has_two_places():
    source = '{"@type": "Article", "about": {"sponsor": "Run"},\n"sponsor": [{"name": "Acme"}]}'
    [mark] = marks(f'<script type="application/ld+json">{source}</script>{BODY}')
    assert (mark.value, mark.line, mark.column) == ("Acme", 2, 1)


def test_the_report_lists_them():
    from compliance.reports import to_dict

    [mark] = to_dict(check(html=SPONSOR + BODY, reach=["nl"]))["marks"]
    assert mark == {
        "source": "json-ld", "name": "sponsor", "value": "Glowlab", "id": "mark.schema-sponsor", "means": "sponsor", "strength": "strong",
        "line": 3, "column": 3,
    }  # fmt: skip


NEW = """
  example-virtual:
    in: [data]
    keys: [is_virtual_creator]
    means: ai_persona
    strength: medium
    says: {en: its data call the creator virtual, nl: de gegevens noemen de maker virtueel}
    source: an example
    checked: "2026-11-29"
    certainty: memory
    examples: ['<script>{"is_virtual_creator": true}</script>']
"""


@pytest.fixture
def own_rules(tmp_path):
    folder = tmp_path / "rules"
    shutil.copytree(RULES, folder)
    return folder


def test_a_new_field_is_data(own_rules):
    path = own_rules / "marks.yaml"
    path.write_text(path.read_text(encoding="utf-8") + NEW, encoding="utf-8")
    book = load_rulebook(own_rules)
    assert book.digest != RULEBOOK.digest
    assert list(mark_failures(book)) == []
    page = '<script>var user = {"is_virtual_creator": true};</script>' + BODY
    engine = Engine(book)
    facts = engine.check(read_page(page, book), ["nl"]).facts.values
    assert facts["ai_persona"].value.key == "unknown"
    assert read_page(page, RULEBOOK).marks == ()


def test_a_wrong_mark_file_names_its_line(own_rules):
    path = own_rules / "marks.yaml"
    path.write_text(path.read_text(encoding="utf-8") + NEW.replace("strength:", "strenght:"), encoding="utf-8")
    with pytest.raises(RuleError, match=r"marks\.yaml:\d+.*strenght"):
        load_rulebook(own_rules)


def test_what_is_known_from_memory_is_never_strong(own_rules):
    path = own_rules / "marks.yaml"
    path.write_text(path.read_text(encoding="utf-8") + NEW.replace("strength: medium", "strength: strong"), encoding="utf-8")
    with pytest.raises(RuleError, match=r"marks\.yaml"):
        load_rulebook(own_rules)


def test_a_rule_whose_examples_do_not_hold_is_reported():
    rule = RULEBOOK.marks.rules["mark.tiktok-ad"]
    wrong = dataclasses.replace(rule, within=frozenset(), values=frozenset({"false"}))
    book = dataclasses.replace(RULEBOOK, marks=MarkRules(RULEBOOK.marks.articles, RULEBOOK.marks.elsewhere, {rule.id: wrong}))
    assert {failure.problem.split(";")[0] for failure in mark_failures(book)} == {"not recognised", "recognised, but is a miss"}


PIECES = st.sampled_from(
    ["{", "}", "[", "]", ",", ":", '"sponsor"', '"@type"', '"Article"', '"is_paid_partnership"', "true", "null", '"', "\\", "=", "JSON.parse(", "'", "<!--",
     "</script>", "<script>", '<script type="application/ld+json">', '<div itemscope itemtype="Article">', '<i itemprop="sponsor">', '<p typeof="Article">',
     '<b property="sponsor">', '<meta name="parsely-page" content="{">', '<img src="data:image/png;base64,rdf:RDFadobe">', "x", "\n"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_source(source):
    try:
        document = read_page("<p>x</p>" + source, RULEBOOK)
    except InputError as error:
        assert error.hint
        return
    lines = ("<p>x</p>" + source).split("\n")
    for mark in document.marks:
        assert mark.id in RULEBOOK.marks.rules
        assert 1 <= mark.line <= len(lines)
        assert 1 <= mark.column <= len(lines[mark.line - 1]) + 1
