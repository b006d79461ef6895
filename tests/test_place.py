"""Where a label stands on a page, whose label it is, and which links pay: the reader, the facts and the verdicts together."""

from __future__ import annotations

from pathlib import Path

import pytest

from compliance import check, default_engine
from compliance.links import network_of, redirect_target
from compliance.model import Place
from compliance.readers import read_page

RULEBOOK = default_engine().rulebook
PAGES = Path(__file__).parent / "pages" / "place"


def judged(name: str, reach: str = "gb"):
    return check(html=(PAGES / name).read_text(encoding="utf-8"), reach=[reach], as_of="2026-11-23")


def advertising(checklist):
    return {item.duty: item.outcome.key for item in checklist.items if item.topic in {"sponsorship", "affiliate", "gift", "own-brand"}}


def places(checklist):
    return [(item.label, item.place) for item in checklist.facts.disclosures]


def scopes(name: str):
    document = read_page((PAGES / name).read_bytes(), RULEBOOK)
    return {segment.scope: segment.text for segment in document.segments if segment.text.strip()}


@pytest.mark.parametrize(
    ("page", "place", "outcome"),
    [
        ("affiliate-top.html", Place.LEAD, "pass"),
        ("affiliate-before-link.html", Place.BEFORE_FOLD, "pass"),
        ("affiliate-between.html", Place.AFTER_LINK, "needs_review"),
        ("affiliate-bottom.html", Place.AFTER_FOLD, "fail"),
        ("affiliate-footer.html", Place.OTHER_SEGMENT, "fail"),
        ("affiliate-sidebar.html", Place.OTHER_SEGMENT, "fail"),
        ("affiliate-site-line.html", Place.LEAD, "pass"),
    ],
)
def test_where_a_statement_about_links_stands(page, place, outcome):
    result = judged(page, "us")
    assert places(result) == [("en.commission-sentence", place)]
    placed = [item for item in result.items if item.duty == "us.affiliate-label"]
    assert result.facts.values["commercial"].value.key == "yes"
    assert [item.outcome.key for item in placed] == [outcome]


def test_no_statement_at_all_fails():
    assert advertising(judged("affiliate-none.html"))["gb.affiliate-label"] == "fail"


@pytest.mark.parametrize(
    "page",
    [
        "rail-links.html",
        "banners.html",
        "teasers.html",
        "about-labels.html",
        "news.html",
        "own-shop.html",
        "poor-markup.html",
        "cookie.html",
    ],
)
def test_what_does_not_make_a_page_an_ad(page):
    result = judged(page)
    assert "fail" not in advertising(result).values(), result.facts.values["commercial"]
    assert result.facts.values["commercial"].value.key == ("unknown" if page == "news.html" else "no")


@pytest.mark.parametrize(
    ("page", "label", "reach"),
    [
        ("advertorial-de.html", "de.anzeige", "de"),
        ("advertorial-fr.html", "fr.publireportage", "fr"),
        ("advertorial-nl.html", "en.advertorial", "nl"),
    ],
)
def test_a_label_in_the_head_of_an_article(page, label, reach):
    result = judged(page, reach)
    assert (label, Place.LEAD) in places(result)
    assert result.facts.values["commercial"].value.key == "yes"
    assert not any(item.outcome.key == "fail" and item.topic == "sponsorship" for item in result.items)


def test_a_code_beside_the_shop_link_is_advertising():
    result = judged("code-at-link.html")
    assert result.facts.values["commercial"].value.key == "yes"
    assert "discount" in result.facts.connection


def test_parts_of_a_page():
    found = scopes("teasers.html")
    assert "Ten sofas" in found["teaser"]
    assert "Ten sofas" not in found["body"]
    assert "one trick" in found["teaser"]
    assert found["nav"].split() == ["Home", "Advertise"]
    assert "Five lamps" in found["body"]
    assert "cookies" in scopes("cookie.html")["consent"]
    assert "this one" in scopes("rail-links.html")["comments"]
    assert "Advertisement" in scopes("banners.html")["ad"]
    poor = scopes("poor-markup.html")
    assert poor["body"].startswith("Five lamps")
    assert "Sofa" in poor["aside"]


@pytest.mark.parametrize("heading", ["You may also like", "Lees ook", "Das könnte dich auch interessieren", "À lire aussi", "Leggi anche"])
def test_a_box_of_other_articles_is_known_by_its_heading(heading):
    box = f"<div><h3>{heading}</h3><ul><li><span>Sponsored</span> <a href='/sofas'>Ten sofas</a></li></ul></div></article>"
    html = (PAGES / "affiliate-none.html").read_text(encoding="utf-8").replace("</article>", box)
    found = {segment.scope: segment.text for segment in read_page(html, RULEBOOK).segments}
    assert "Ten sofas" in found["teaser"]
    assert "Ten sofas" not in found["body"]


def test_the_label_in_a_class_named_like_a_banner_is_the_articles():
    html = (PAGES / "advertorial-de.html").read_text(encoding="utf-8").replace('class="kicker"', 'class="ad-label"')
    assert check(html=html, reach=["de"], as_of="2026-11-23").facts.values["commercial"].value.key == "yes"


@pytest.mark.parametrize(
    ("url", "network"),
    [
        ("https://out.blog.example/?url=https%3A%2F%2Famzn.to%2F3AbCdEf", "amazon-short"),
        ("https://l.example/r?x=1&u=https%253A%252F%252Fgo.example%252F%253Fto%253Dhttps%25253A%25252F%25252Famzn.to%25252F3", None),
        ("https://a.example/?murl=https://b.example/?ued=https://tidd.ly/3AbCdEf", "awin"),
        ("https://shop.example/lamp?utm_source=newsletter", None),
        ("https://bit.ly/3AbCdEf", "shortener"),
        ("/go/lumavac", "site-redirect"),
        ("/golf/lumavac", None),
        ("/lamps?ref=home", None),
        ("https://twitter.com/intent/tweet?url=https%3A%2F%2Famzn.to%2F3AbCdEf&via=anna", "share-button"),
        ("https://[::1", None),
        ("", None),
    ],
)
def test_links_are_read_and_never_followed(url, network):
    found = network_of(url, RULEBOOK)
    assert (found.id if found else None) == network


def test_a_link_to_the_pages_own_host_is_its_own():
    assert network_of("https://lamps.example/?ref=menu", RULEBOOK, "lamps.example") is None
    assert network_of("https://lamps.example/go/lumavac", RULEBOOK, "lamps.example").id == "site-redirect"
    assert network_of("https://lamps.example/go/lumavac", RULEBOOK) is None


def test_a_redirect_without_a_target_says_nothing():
    assert redirect_target("https://shop.example/?q=lamps") is None
    assert redirect_target("https://shop.example/?u=https%3A%2F%2Flumavac.example") == "https://lumavac.example"


def test_nofollow_alone_is_nothing():
    html = (PAGES / "affiliate-none.html").read_text(encoding="utf-8")
    plain = html.replace("https://www.amazon.co.uk/dp/B0ABCDEF12?tag=annalamps-21", "https://lumavac.example/").replace(
        "<a href", '<a rel="nofollow ugc" href'
    )
    assert check(html=plain, reach=["gb"], as_of="2026-11-23").facts.values["commercial"].value.key == "no"
    paid = plain.replace('"nofollow ugc"', '"sponsored"')
    assert check(html=paid, reach=["gb"], as_of="2026-11-23").facts.values["commercial"].value.key == "yes"


def test_the_labels_over_banners_are_known():
    for platform in RULEBOOK.platforms.values():
        assert platform.slots <= RULEBOOK.labels.keys()
