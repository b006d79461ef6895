"""The extension in a real Chromium: what it reads, shows, marks, exports, and that it leaves no trace."""

from __future__ import annotations

import json
import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sites import AD, PLAIN

POSTS = [
    ("www.instagram.com/p/ad/", "Instagram"),
    ("x.com/lisa_x/status/1", "X (Twitter)"),
    ("www.tiktok.com/@lisa/video/1", "TikTok"),
    ("www.youtube.com/watch", "YouTube"),
    ("www.facebook.com/lisa/posts/1", "Facebook"),
    ("www.linkedin.com/feed/", "LinkedIn"),
]


def item(result, duty="nl.ad-label"):
    return next(found for found in result["checklist"]["items"] if found["duty"] == duty)


def trace(page):
    return page.evaluate(
        "[document.documentElement.outerHTML, document.adoptedStyleSheets.length, CSS.highlights.size, document.querySelectorAll('[data-adcheck]').length]"
    )


def until(page, expression):
    """Waits for an expression; Playwright's own waiting is stopped by a strict CSP."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"waited for {expression}")


@pytest.mark.parametrize(("url", "name"), POSTS)
def test_a_post_of_each_platform_is_read_by_its_layout(browser, url, name):
    page = browser.open(url)
    before = trace(page)
    panel = browser.run(page, wait=".summary-fail")
    expect(panel.locator(".source-line")).to_have_text(f"Read: the post, by the layout of {name}")
    assert browser.last(page)["body"]["text"] == AD
    assert browser.marked(page)["fail"] == ["Met code LISA15"]
    assert trace(page)[0].replace(page.locator("[data-adcheck]").evaluate("host => host.outerHTML"), "") == before[0]
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    assert trace(page) == before


def test_breaks_keep_words_and_offsets_apart(browser):
    page = browser.open("www.instagram.com/p/broken/")
    browser.run(page)
    assert browser.last(page)["body"]["text"] == "Dol op @glowskin\nMet code LISA15 krijg je 15% korting\n#reclame"
    marked = browser.marked(page)
    assert {word for words in marked.values() for word in words} >= {"#reclame"}


def test_a_label_behind_more_is_proved_from_the_boxes(browser):
    page = browser.open("www.instagram.com/p/more/")
    browser.run(page, wait=".summary-fail")
    result = browser.last(page)
    [unseen] = result["body"]["visibility"]
    assert unseen["reason"] == "collapsed"
    assert result["body"]["text"][unseen["start"] : unseen["end"]].endswith("#reclame")
    assert item(result)["gate"] == "placement"
    page.evaluate("document.querySelector('h1').style.cssText = ''")  # opened: the same words are now seen
    page.locator("[data-adcheck]").get_by_role("button", name="Check again").click()
    expect(page.locator("[data-adcheck] .summary").first).to_be_visible()
    page.wait_for_timeout(300)
    assert browser.last(page)["body"]["visibility"] == []


@pytest.mark.parametrize(
    ("path", "reason"), [("tiny", "tiny"), ("pale", "same_colour"), ("covered", "measured"), ("aside", "off_screen"), ("clear", None)]
)
def test_a_label_that_nobody_sees_does_not_count(browser, path, reason):
    page = browser.open(f"www.instagram.com/p/{path}/")
    browser.run(page)
    result = browser.last(page)
    unseen = [(result["body"]["text"][found["start"] : found["end"]], found["reason"]) for found in result["body"]["visibility"]]
    assert unseen == ([("Reclame", reason)] if reason else [])
    assert item(result)["outcome"] == ("fail" if reason else "pass")


@pytest.mark.parametrize("path", ["label", "localised"])
def test_the_platforms_own_label_is_read_in_any_language(browser, path):
    page = browser.open(f"www.instagram.com/p/{path}/")
    browser.run(page)
    assert browser.last(page)["body"]["declared"] == {"platform_label": True}


def test_renamed_classes_fall_to_the_generic_reading_and_say_so(browser):
    page = browser.open("www.instagram.com/p/renamed/")
    panel = browser.run(page)
    expect(panel.locator(".source-outdated")).to_contain_text("The layout known for Instagram found no post here")
    assert any("Instagram" in name for name in browser.last(page)["checklist"]["not_seen"])
    assert "code LISA15" in str(browser.marked(page))


def test_an_ordinary_page_is_read_whole(browser):
    page = browser.open("blog.example/serum")
    panel = browser.run(page)
    expect(panel.locator(".source-line")).to_have_text("Read: the whole page (generic)")
    assert "code LISA15" in str(browser.marked(page))


def test_the_selection_comes_first_then_the_editor(browser):
    page = browser.open("strict.example/write")
    page.fill("#draft", f"{PLAIN}. {AD}")
    panel = browser.run(page, wait=".summary-fail")
    expect(panel.locator(".source-line")).to_have_text("Read: the text you are writing")
    panel.locator(".quotes button").first.click()
    assert page.evaluate("getSelection().toString()") == "Met code LISA15"
    page.keyboard.press("Escape")
    page.evaluate(f"draft.focus(); draft.setSelectionRange(0, {len(PLAIN)})")
    panel = browser.run(page, wait=".summary-not_applicable")
    expect(panel.locator(".source-line")).to_have_text("Read: the selected text")
    expect(page.locator("#draft")).to_have_value(f"{PLAIN}. {AD}")
    panel.get_by_role("button", name="Close").click()
    page.locator("#rich").press_sequentially("Kijk! ")
    page.keyboard.insert_text(AD)
    panel = browser.run(page, wait=".summary-fail")
    assert browser.marked(page)["fail"] == ["Met code LISA15"]
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "rich"


def test_a_quote_leads_to_its_words(browser):
    page = browser.open("www.instagram.com/feed500/")
    page.evaluate("document.querySelectorAll('article')[100].scrollIntoView({ block: 'center' })")
    panel = browser.run(page)
    page.evaluate("scrollTo(0, 0)")
    panel.locator(".quotes button").first.click()
    top = "[...(CSS.highlights.get('adcheck-chosen') ?? [document.body])][0].getBoundingClientRect().top"
    until(page, f"scrollY > 1000 && {top} > 0 && {top} < innerHeight")


def test_the_corrected_caption_is_copied_and_the_report_saved(browser):
    browser.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = browser.open("www.instagram.com/p/ad/")
    panel = browser.run(page, wait=".fix")
    panel.get_by_role("button", name="Copy").click()
    expect(panel.locator(".fix button")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").endswith(AD)
    with page.expect_download() as started:
        panel.get_by_role("button", name="Save JSON").click()
    saved = json.loads(started.value.path().read_text(encoding="utf-8"))
    assert saved == browser.last(page)["checklist"]
    with page.expect_download() as started:
        panel.get_by_role("button", name="Save report").click()
    report = started.value.path().read_text(encoding="utf-8")
    assert "LISA15" in report
    assert "<script" not in report


def test_the_panel_says_what_the_site_says(browser):
    page = browser.open("www.instagram.com/p/ad/")
    panel = browser.run(page)
    site = browser.context.new_page()
    site.goto(f"{browser.address}/?reach=nl&platform=instagram&lang=en")
    site.fill("#text", AD)
    site.locator(".more summary").click()
    site.get_by_label("Profile text (bio)").fill("")
    expect(site.locator(".summary-fail")).to_be_visible()
    for root in (panel, site.locator("#panel")):
        for fold in root.locator(".fold").all():
            fold.evaluate("fold => { fold.open = true; }")

    def said(root):
        items = root.locator(".items > .item").evaluate_all("all => all.map((one) => one.innerText)")
        plain = root.locator(".plain li").all_inner_texts()
        return [re.sub(r"\s*(Ignore with a reason)?\s+", " ", text).strip() for text in (*items, *plain)]

    assert said(panel) == said(site.locator("#panel"))
    assert panel.locator(".fixed").inner_text() == site.locator("#fixed").inner_text()


def test_the_service_gone_is_said_and_the_draft_kept(browser):
    browser.configure(address="http://127.0.0.1:9")
    page = browser.open("strict.example/write")
    page.fill("#draft", AD)
    panel = browser.run(page, wait=".problem")
    expect(panel.locator(".problem")).to_contain_text("The Adcheck service at http://127.0.0.1:9 does not answer.")
    expect(panel.locator(".problem")).to_contain_text("adcheck serve")
    expect(page.locator("#draft")).to_have_value(AD)
    browser.configure()
    panel.get_by_role("button", name="Check again").click()
    expect(panel.locator(".summary-fail")).to_be_visible()


def test_a_single_page_navigation_is_noticed(browser):
    page = browser.open("www.instagram.com/spa/")
    panel = browser.run(page, wait=".summary-fail")
    page.click("#next")
    expect(panel.locator(".problem")).to_contain_text("The page has changed")
    assert browser.marked(page) == {}
    panel.get_by_role("button", name="Check again").click()
    expect(panel.locator(".summary-not_applicable")).to_be_visible()


def test_the_feed_view_marks_counts_and_exports(browser):
    page = browser.open("www.instagram.com/")
    before = trace(page)
    panel = browser.run(page, "feed", ".feed")
    expect(panel.locator(".feed h2")).to_have_text("Posts checked: 12")
    assert panel.locator(".feed .count").all_inner_texts()[0].split()[0] == "3"
    assert page.locator("[data-adcheck] .badge:visible").count() >= 4
    page.evaluate("scrollTo(0, 400)")
    page.wait_for_timeout(100)
    top, badges = page.evaluate("""() => {
      const tops = (elements) => [...elements].map((one) => one.getBoundingClientRect().top);
      const shown = document.querySelector("[data-adcheck]").shadowRoot.querySelectorAll(".badge:not([hidden])");
      return [tops(document.querySelectorAll("article")).find((top) => top > 20), tops(shown)];
    }""")
    assert any(abs(badge - top) <= 10 for badge in badges)
    with page.expect_download() as started:
        panel.get_by_role("button", name="Save evidence").click()
    records = [json.loads(line) for line in started.value.path().read_text(encoding="utf-8").splitlines()]
    assert len(records) == 12
    first = records[0]
    assert first["url"].startswith("https://www.instagram.com/p/")
    assert first["author"] == "maker0"
    assert first["outcome"] == "fail"
    assert first["posted"] == "2026-11-20T10:00:00Z"
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", first["rulebook"]["digest"])
    page.locator("[data-adcheck] .badge-fail:visible").first.click()
    expect(panel.locator(".summary-fail")).to_be_visible()
    page.keyboard.press("Escape")
    until(page, "!document.querySelector('[data-adcheck]')")
    assert trace(page) == before


def test_a_feed_of_500_posts(browser):
    page = browser.open("www.instagram.com/feed500/")
    started = time.perf_counter()
    panel = browser.run(page, "feed", ".feed")
    took = time.perf_counter() - started
    expect(panel.locator(".feed h2")).to_have_text("Posts checked: 500")
    frame = page.evaluate("""async () => {
      const times = [];
      for (let y = 0; y < 3000; y += 150) {
        scrollTo(0, y);
        const at = performance.now();
        await new Promise(requestAnimationFrame);
        times.push(performance.now() - at);
      }
      return times.sort((a, b) => a - b)[10];
    }""")
    assert took < 20
    assert frame < 100


def test_a_profile_is_checked_with_its_posts(browser):
    browser.configure(reach=["us"])
    page = browser.open("www.instagram.com/nova.example/")
    panel = browser.run(page, "profile")
    expect(panel.locator(".source-line")).to_contain_text("Read: the profile and its visible posts")
    checklist = browser.last(page)["checklist"]
    assert checklist["profile"]["persona"] == "yes"
    assert checklist["profile"]["declared_in"] == ["bio"]
    assert checklist["profile"]["experience"] == [0]
    expect(panel.locator(".profile").first).to_contain_text(checklist["profile"]["message"])
    assert len(checklist["posts"]) == 2


def test_a_stopped_service_worker_wakes(browser):
    page = browser.open("www.instagram.com/p/ad/")
    panel = browser.run(page, wait=".summary-fail")
    session = browser.context.browser.new_browser_cdp_session()
    [target] = [
        found
        for found in session.send("Target.getTargets")["targetInfos"]
        if found["type"] == "service_worker" and browser.id in found["url"]
    ]
    session.send("Target.closeTarget", {"targetId": target["targetId"]})
    page.wait_for_timeout(300)
    panel.get_by_role("button", name="Check again").click()
    expect(panel.locator(".summary-fail")).to_be_visible()
    expect(panel.locator(".busy")).to_have_count(0)
    page.wait_for_timeout(300)


@pytest.mark.parametrize(
    "event", ["chrome.contextMenus.onClicked.dispatch({ menuItemId: 'check' }, tab)", "chrome.commands.onCommand.dispatch('check', tab)"]
)
def test_menu_and_key_check_too(browser, event):
    page = browser.open("www.instagram.com/p/ad/")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
    browser.worker.evaluate(
        f"async (url) => {{ const tab = (await chrome.tabs.query({{}})).find((one) => one.url === url); {event}; }}", page.url
    )
    expect(page.locator("[data-adcheck] .source-line")).to_have_text("Read: the selected text")


def test_first_run_asks_tests_and_says_where_text_goes(browser):
    browser.configure(ready=False)
    page = browser.extension_page("options.html?first")
    expect(page.locator("#where")).to_contain_text("on this machine, and nowhere else")
    page.fill("#address", "http://127.0.0.1:9")
    page.get_by_role("button", name="Test and save").click()
    expect(page.locator("#told")).to_contain_text("does not answer")
    page.fill("#address", "http://reviews.example")
    expect(page.locator("#where")).to_contain_text("Text leaves this machine: it goes to reviews.example")
    page.get_by_role("button", name="Test and save").click()
    expect(page.locator("#told")).to_contain_text("https")
    page.fill("#address", browser.address)
    page.get_by_role("button", name="Test and save").click()
    expect(page.locator("#answer")).to_contain_text("It answers. Rulebook")
    page.get_by_label("Germany").check()
    expect(page.locator("#saved")).to_have_text("Saved")
    assert browser.worker.evaluate("async () => (await chrome.storage.local.get('reach')).reach") == ["nl", "de"]


def test_a_badge_warns_while_text_leaves_the_machine(browser):
    badge = "async () => [await chrome.action.getBadgeText({}), await chrome.action.getTitle({})]"
    browser.configure(address="https://reviews.example")
    for _ in range(50):
        text, title = browser.worker.evaluate(badge)
        if text and "reviews" in title:
            break
        time.sleep(0.05)
    assert text == "↗"
    assert "https://reviews.example" in title
    popup = browser.extension_page("popup.html?tab=1")
    expect(popup.locator("#where")).to_have_class("where where-away")
    browser.configure()
    popup.wait_for_timeout(300)
    assert browser.worker.evaluate(badge)[0] == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(browser, scheme):
    page = browser.open("www.instagram.com/p/ad/")
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    panel = browser.run(page, wait=".summary-fail")
    ground = panel.evaluate("box => getComputedStyle(box).backgroundColor")
    assert ground == {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 22, 27)"}[scheme]
    panel.get_by_role("button", name="Ignore with a reason").first.click()
    for fold in panel.locator(".fold summary").all():
        fold.click()
    found = Axe().run(page, context={"include": [["[data-adcheck]"]]})
    assert found.violations_count == 0, found.generate_report()
    tab = browser.tab(page)
    for path in (f"popup.html?tab={tab}", "options.html", f"panel.html?tab={tab}"):
        shown = browser.extension_page(path)
        shown.set_viewport_size({"width": 360, "height": 800})
        shown.emulate_media(color_scheme=scheme)
        expect(shown.locator(".summary-fail, #health:not(:empty), #markets label").first).to_be_visible()
        found = Axe().run(shown)
        assert found.violations_count == 0, found.generate_report()
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        shown.close()


def test_the_side_panel_opens_by_a_click(browser):
    page = browser.open("www.instagram.com/p/ad/")
    popup = browser.extension_page(f"popup.html?tab={browser.tab(page)}")
    expect(popup.locator("#health")).not_to_be_empty()
    popup.get_by_role("button", name="Open the side panel").click()
    popup.wait_for_timeout(200)
    expect(popup.locator("#told")).to_be_empty()


def test_the_side_panel_leads_to_the_words_in_the_page(browser):
    page = browser.open("www.instagram.com/p/ad/")
    browser.run(page, wait=".summary-fail")
    side = browser.extension_page(f"panel.html?tab={browser.tab(page)}")
    side.locator(".quotes button").first.click()
    until(page, "CSS.highlights.has('adcheck-chosen')")
