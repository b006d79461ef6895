"""The panel in both browsers: it says what the site says, copies, saves, ignores with a reason; axe-core, light, dark and in forced colours."""

from __future__ import annotations

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from driving import wait
from playwright.sync_api import expect
from sites import AD

SAID = """(root) => { for (const fold of root.querySelectorAll(".fold")) fold.open = true;
  return [...root.querySelectorAll(".items > .item"), ...root.querySelectorAll(".plain li")].map((one) => one.innerText); }"""


def test_the_corrected_caption_is_copied_and_the_report_saved(browser):
    page = browser.open("www.instagram.com/p/ad/")
    browser.command(page, wait_for=".fix")
    page.button("Copy").click()
    page.part(".fix button").says("Copied")
    assert page.evaluate("navigator.clipboard.readText()").endswith(AD)
    saved = json.loads(page.saved(page.button("Save JSON").click))
    assert saved == browser.last(page)["checklist"]
    report = page.saved(page.button("Save report").click)
    assert "LISA15" in report
    assert "<script" not in report


def test_the_panel_says_what_the_site_says(browser):
    page = browser.open("www.instagram.com/p/ad/")
    browser.command(page)
    site = browser.new()
    site.go(f"{browser.address}/?reach=nl&platform=instagram&lang=en")
    site.insert("#text", AD)
    site.part(".more summary").click()
    site.part(".summary-fail").shown()

    def said(root):
        return [re.sub(r"\s*(Ignore with a reason)?\s+", " ", text).strip() for text in root.first(SAID)]

    of_site = said(site.part("#panel"))
    assert len(of_site) > 3
    assert said(page.part(".adcheck-panel")) == of_site
    assert page.part(".fixed").texts() == site.part("#fixed").texts()


@pytest.mark.parametrize("scope", ["once", "campaign", "rule"])
def test_ignoring_needs_a_reason_can_be_undone_and_is_exported(browser, scope):
    browser.configure(campaign="spring")
    page = browser.open("www.instagram.com/p/ad/")
    browser.command(page, wait_for=".summary-fail")
    rule = page.part(".item-fail .duty").texts()[0]
    page.button("Ignore with a reason").click()
    page.part(f".reason input[value={scope}]").click()
    ignore = page.part(".reason button.main")
    ignore.click()
    assert page.part(".reason").count() == 1  # without a reason nothing is ignored
    page.part(".reason input[type=text]").click()
    page.type("agreed with legal")
    ignore.click()
    page.part(".fold-aside").says("Set aside: agreed with legal")
    settings = browser.extension_page("options.html")
    settings.part("#markets label").shown()  # the page has all that it waits for
    export = settings.button("Save as a suppression file")
    wait(lambda: export.each("(one) => !one.disabled") == [True])
    [saved] = json.loads(settings.saved(export.click))["suppressions"]
    assert saved["rule"] == rule
    assert saved["reason"] == "agreed with legal"
    assert ("text" in saved, "campaign" in saved, "until" in saved) == (scope == "once", scope == "campaign", False)
    settings.close()
    page.front()
    page.button("Undo").click()
    page.part(".fold-aside").gone()
    assert browser.ask("adcheck.client.ask('suppressions')") == []


def test_the_side_panel_leads_to_the_words_in_the_page(browser):
    page = browser.open("www.instagram.com/p/ad/")
    browser.command(page, wait_for=".summary-fail")
    side = browser.extension_page(f"panel.html?tab={browser.tab(page)}")
    side.part(".quotes button").click()
    page.until("CSS.highlights.has('adcheck-chosen')")


def test_the_side_panel_opens_by_a_click(located):
    page = located.open("www.instagram.com/p/ad/")
    popup = located.extension_page(f"popup.html?tab={located.tab(page)}")
    expect(popup.locator("#health")).not_to_be_empty()
    popup.get_by_role("button", name="Open the side panel").click()
    popup.wait_for_timeout(200)
    expect(popup.locator("#told")).to_be_empty()


MEDIA = {
    "light": {"color_scheme": "light", "forced_colors": "none"},
    "dark": {"color_scheme": "dark", "forced_colors": "none"},
    "forced": {"color_scheme": "light", "forced_colors": "active"},
}
GROUNDS = {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 22, 27)", "forced": "rgb(255, 255, 255)"}
# In forced colours a ground is no longer seen: what is pressed or stands apart needs a line of another colour around it.
LINED = """(one) => { const style = getComputedStyle(one); return parseFloat(style.borderTopWidth) > 0 && style.borderTopColor !== style.backgroundColor; }"""


def inspect(page, lined, **where):
    """axe-core finds nothing in any of the media, and the parts that need a line have one in forced colours."""
    for media in MEDIA.values():
        page.own.emulate_media(**media, reduced_motion="reduce")
        found = Axe().run(page.own, **where)
        assert found.violations_count == 0, (media, found.generate_report())
    lines = page.part(lined).each(LINED)
    assert lines
    assert all(lines), (lined, lines)


def test_axe_finds_no_violation_in_the_page(chromium):
    chromium.clean()
    page = chromium.open("www.instagram.com/p/ad/")
    chromium.command(page, wait_for=".summary-fail")
    page.button("Ignore with a reason").click()
    page.part(".fold").each("(fold) => { fold.open = true; }")
    inspect(
        page,
        ".adcheck-panel, .button, .card, .summary, .item, .reason, .reason input[type=text]",
        context={"include": [["[data-adcheck]"]]},
    )
    for name, ground in GROUNDS.items():
        page.own.emulate_media(**MEDIA[name])
        assert page.part(".adcheck-panel").each("(box) => getComputedStyle(box).backgroundColor") == [ground]
    page.part(".close").click()
    chromium.command(page, "feed", ".feed")
    page.part(".badge").shown()
    page.own.emulate_media(**MEDIA["forced"])
    assert all(page.part(".badge, .feed .button").each(LINED))
    assert chromium.problems == []


@pytest.mark.parametrize(
    ("path", "ready", "lined"),
    [
        ("popup.html", "#health:not(:empty)", ".button"),
        ("options.html", "#markets label", ".button, .card, .suppressions li, input[type=text]"),
        ("panel.html", ".summary-fail", ".button, .card, .summary"),
    ],
)
def test_axe_finds_no_violation_in_the_extensions_pages(chromium, path, ready, lined):
    chromium.clean()
    chromium.configure(live={"https://www.instagram.com": True})
    chromium.ask("adcheck.client.ask('suppress', { rule: 'nl.ad-label', scope: 'rule', text: '', reason: 'agreed' })")
    page = chromium.open("www.instagram.com/p/ad/")
    if path == "panel.html":
        chromium.command(page, wait_for=".summary-fail")
    shown = chromium.extension_page(f"{path}?tab={chromium.tab(page)}")
    shown.own.set_viewport_size({"width": 360, "height": 800})
    shown.part(ready).shown()
    inspect(shown, lined)
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert chromium.problems == []
