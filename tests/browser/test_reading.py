"""What the extension reads in a page of each platform, what it marks there, and that it leaves no trace. In Chromium and in Firefox."""

from __future__ import annotations

import pytest
from driving import wait
from sites import AD, PLAIN

POSTS = [
    ("www.instagram.com/p/ad/", "Instagram"),
    ("x.com/lisa_x/status/1", "X (Twitter)"),
    ("www.tiktok.com/@lisa/video/1", "TikTok"),
    ("www.youtube.com/watch", "YouTube"),
    ("www.facebook.com/lisa/posts/1", "Facebook"),
    ("www.linkedin.com/feed/", "LinkedIn"),
]
HOST = "[data-adcheck]"


def item(result, duty="nl.ad-label"):
    return next(found for found in result["checklist"]["items"] if found["duty"] == duty)


@pytest.mark.parametrize(("url", "name"), POSTS)
def test_a_post_of_each_platform_is_read_by_its_layout(browser, url, name):
    page = browser.open(url)
    before = page.trace()
    browser.command(page, wait_for=".summary-fail")
    assert page.part(".source-line").texts() == [f"Read: the post, by the layout of {name}"]
    assert "nowhere else" in page.part(".where").texts()[0]
    assert browser.last(page)["body"]["text"] == AD
    assert page.marked()["fail"] == ["Met code LISA15"]
    assert page.trace()[0].replace(page.part(HOST).first("(host) => host.outerHTML"), "") == before[0]
    page.press("Escape")
    page.part(".adcheck-panel").gone()
    assert page.trace() == before


def test_breaks_keep_words_and_offsets_apart(browser):
    page = browser.open("www.instagram.com/p/broken/")
    browser.command(page)
    assert browser.last(page)["body"]["text"] == "Dol op @glowskin\nMet code LISA15 krijg je 15% korting\n#reclame"
    assert {word for words in page.marked().values() for word in words} >= {"#reclame"}


def test_a_label_behind_more_is_proved_from_the_boxes(browser):
    page = browser.open("www.instagram.com/p/more/")
    browser.command(page, wait_for=".summary-fail")
    result = browser.last(page)
    [unseen] = result["body"]["visibility"]
    assert unseen["reason"] == "collapsed"
    assert result["body"]["text"][unseen["start"] : unseen["end"]].endswith("#reclame")
    assert item(result)["gate"] == "placement"
    page.evaluate("document.querySelector('h1').style.cssText = ''")  # opened: the same words are now seen
    page.button("Check again").click()
    wait(lambda: browser.last(page)["body"]["visibility"] == [])


@pytest.mark.parametrize(
    ("path", "reason"), [("tiny", "tiny"), ("pale", "same_colour"), ("covered", "measured"), ("aside", "off_screen"), ("clear", None)]
)
def test_a_label_that_nobody_sees_does_not_count(browser, path, reason):
    page = browser.open(f"www.instagram.com/p/{path}/")
    browser.command(page)
    result = browser.last(page)
    unseen = [(result["body"]["text"][found["start"] : found["end"]], found["reason"]) for found in result["body"]["visibility"]]
    assert unseen == ([("Reclame", reason)] if reason else [])
    assert item(result)["outcome"] == ("fail" if reason else "pass")


@pytest.mark.parametrize("path", ["label", "localised"])
def test_the_platforms_own_label_is_read_in_any_language(browser, path):
    page = browser.open(f"www.instagram.com/p/{path}/")
    browser.command(page)
    assert browser.last(page)["body"]["declared"] == {"platform_label": True}


def test_renamed_classes_fall_to_the_generic_reading_and_say_so(browser):
    page = browser.open("www.instagram.com/p/renamed/")
    browser.command(page)
    page.part(".source-outdated").says("The layout known for Instagram found no post here")
    assert any("Instagram" in name for name in browser.last(page)["checklist"]["not_seen"])
    assert "code LISA15" in str(page.marked())


def test_an_ordinary_page_is_read_whole(browser):
    page = browser.open("blog.example/serum")
    browser.command(page)
    assert page.part(".source-line").texts() == ["Read: the whole page (generic)"]
    assert "code LISA15" in str(page.marked())


def test_the_selection_comes_first_then_the_editor(browser):
    page = browser.open("strict.example/write")
    page.insert("#draft", f"{PLAIN}. {AD}")
    browser.command(page, wait_for=".summary-fail")
    assert page.part(".source-line").texts() == ["Read: the text you are writing"]
    page.part(".quotes button").click()
    page.until("draft.value.slice(draft.selectionStart, draft.selectionEnd) === 'Met code LISA15'")
    page.button("Close").click()
    page.evaluate(f"(draft.focus(), draft.setSelectionRange(0, {len(PLAIN)}))")
    browser.command(page, wait_for=".summary-not_applicable")
    assert page.part(".source-line").texts() == ["Read: the selected text"]
    assert page.value("#draft") == f"{PLAIN}. {AD}"
    page.button("Close").click()
    page.insert("#rich", f"Kijk! {AD}")
    browser.command(page, wait_for=".summary-fail")
    page.until("CSS.highlights.has('adcheck-fail')")
    assert page.marked()["fail"] == ["Met code LISA15"]
    page.press("Escape")
    page.until("document.activeElement.id === 'rich'")


def test_a_quote_leads_to_its_words(browser):
    page = browser.open("www.instagram.com/feed500/")
    page.evaluate("document.querySelectorAll('article')[100].scrollIntoView({ block: 'center' })")
    browser.command(page)
    page.evaluate("scrollTo(0, 0)")
    page.part(".quotes button").click()
    top = "[...(CSS.highlights.get('adcheck-chosen') ?? [document.body])][0].getBoundingClientRect().top"
    page.until(f"scrollY > 1000 && {top} > 0 && {top} < innerHeight")


def test_a_single_page_navigation_is_noticed(browser):
    page = browser.open("www.instagram.com/spa/")
    browser.command(page, wait_for=".summary-fail")
    page.part("#next").click()
    page.part(".problem").says("The page has changed")
    assert page.marked() == {}
    page.button("Check again").click()
    page.part(".summary-not_applicable").shown()


def test_a_profile_is_checked_with_its_posts(browser):
    browser.configure(reach=["us"])
    page = browser.open("www.instagram.com/nova.example/")
    browser.command(page, "profile")
    page.part(".source-line").says("Read: the profile and its visible posts")
    checklist = browser.last(page)["checklist"]
    assert checklist["profile"]["persona"] == "yes"
    assert checklist["profile"]["declared_in"] == ["bio"]
    assert checklist["profile"]["experience"] == [0]
    page.part(".profile").says(checklist["profile"]["message"])
    assert len(checklist["posts"]) == 2
