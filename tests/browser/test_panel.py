"""The panel in both browsers: it says what the site says, copies, saves, ignores with a reason; axe-core, light, dark and in forced colours."""

from __future__ import annotations

import json
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from driving import wait
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
    page.part(".ignored").says("Ignored: agreed with legal")
    settings = browser.extension_page("options.html")
    settings.part("#markets label").shown()  # the page has all that it waits for
    export = settings.button("Save as a suppression file")
    wait(lambda: export.each("(one) => !one.disabled") == [True])
    [saved] = json.loads(settings.saved(export.click))["suppressions"]
    assert saved["rule"] == rule
    assert saved["scope"] == scope
    assert saved["reason"] == "agreed with legal"
    assert saved["until"] is None
    assert ("fingerprint" in saved, "campaign" in saved) == (scope == "once", scope == "campaign")
    settings.close()
    page.front()
    page.button("Undo").click()
    page.part(".ignored").gone()
    assert browser.ask("adcheck.client.ask('suppressions')") == []


def test_the_side_panel_leads_to_the_words_in_the_page(browser):
    page = browser.open("www.instagram.com/p/ad/")
    browser.command(page, wait_for=".summary-fail")
    side = browser.extension_page(f"panel.html?tab={browser.tab(page)}")
    side.part(".quotes button").click()
    page.until("CSS.highlights.has('adcheck-chosen')")


def test_the_side_panel_opens_by_a_click(chromium):
    chromium.clean()
    page = chromium.open("www.instagram.com/p/ad/")
    popup = chromium.extension_page(f"popup.html?tab={chromium.tab(page)}")
    wait(lambda: popup.part("#health").texts() != [""])
    popup.button("Open the side panel").click()
    popup.own.wait_for_timeout(200)
    assert popup.part("#told").texts() == [""]


@pytest.mark.parametrize("media", [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}])
def test_axe_finds_no_violation(chromium, media):
    chromium.clean()
    page = chromium.open("www.instagram.com/p/ad/")
    page.own.emulate_media(**media, reduced_motion="reduce")
    chromium.command(page, wait_for=".summary-fail")
    ground = page.part(".adcheck-panel").first("(box) => getComputedStyle(box).backgroundColor")
    assert ground == {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 22, 27)"}.get(media.get("color_scheme"), "rgb(255, 255, 255)")
    page.button("Ignore with a reason").click()
    page.part(".fold").each("(fold) => { fold.open = true; }")
    found = Axe().run(page.own, context={"include": [["[data-adcheck]"]]})
    assert found.violations_count == 0, found.generate_report()
    tab = chromium.tab(page)
    for path in (f"popup.html?tab={tab}", "options.html", f"panel.html?tab={tab}"):
        shown = chromium.extension_page(path)
        shown.own.set_viewport_size({"width": 360, "height": 800})
        shown.own.emulate_media(**media)
        shown.part(".summary-fail, #health:not(:empty), #markets label").shown()
        found = Axe().run(shown.own)
        assert found.violations_count == 0, found.generate_report()
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        shown.close()
    assert chromium.problems == []
