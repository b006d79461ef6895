"""The live draft check on a site: turned on in the popup, the sign, the panel and the fix; after turning it off nothing is put into the page."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sites import AD, PLAIN

SITE = "https://strict.example"
SIGN = "[role=complementary][aria-label=Adcheck] button"
IS_THERE = """async (url) => { const [tab] = (await chrome.tabs.query({})).filter((item) => item.url === url);
  return (await chrome.scripting.executeScript({ target: { tabId: tab.id }, func: () => Boolean(globalThis.adcheck) }))[0].result; }"""
STORED = "async () => Object.keys((await chrome.storage.local.get('live')).live ?? {})"
REGISTERED = "async () => (await chrome.scripting.getRegisteredContentScripts()).map((script) => [script.id, script.matches, script.persistAcrossSessions])"


def popup_for(browser, page):
    """The popup of a page's tab, with the switch of its site."""
    popup = browser.extension_page(f"popup.html?tab={browser.tab(page)}")
    switch = popup.get_by_role("switch", name="Check drafts while I type on strict.example")
    expect(switch).to_be_visible()
    return popup, switch


def turn(browser, page, on):
    popup, switch = popup_for(browser, page)
    expect(switch).to_be_checked(checked=not on)
    switch.click()
    for _ in range(100):
        if (browser.worker.evaluate(REGISTERED) != []) == on:
            break
        popup.wait_for_timeout(30)
    expect(switch).to_be_checked(checked=on)
    expect(popup.locator("#told")).to_be_empty()
    popup.close()
    page.bring_to_front()


@pytest.fixture
def write(browser):
    """The page with two fields, the live check turned on; turned off again afterwards."""
    page = browser.open("strict.example/write")
    assert not browser.worker.evaluate(IS_THERE, page.url)
    turn(browser, page, on=True)
    yield page
    browser.worker.evaluate("(site) => switchLive(site, false)", SITE)


def words(page, field):
    return page.locator(field).evaluate("field => field.value ?? field.innerText")


@pytest.mark.parametrize("field", ["#draft", "#rich"])
def test_a_draft_is_judged_shown_and_mended_where_it_is_written(browser, write, field):
    write.click(field)
    write.keyboard.insert_text(PLAIN)
    expect(write.locator(SIGN)).to_contain_text("Does not apply")
    write.keyboard.press("Control+a")
    write.keyboard.insert_text(AD)
    sign = write.locator(SIGN)
    expect(sign).to_contain_text("Fix this")
    assert write.locator(".adcheck-panel").count() == 0
    sign.click()
    panel = write.locator("[data-adcheck] .adcheck-panel")
    expect(panel.locator(".summary-fail")).to_be_visible()
    expect(panel.locator(".source-line")).to_have_text("Read: the text you are writing")
    assert browser.last(write)["body"]["text"] == AD
    marked = "Met code LISA15" in browser.marked(write).get("fail", [])
    assert marked == (field == "#rich")  # words in a text field are selected, not marked
    panel.get_by_role("button", name="Put it in").click()
    expect(panel.locator(".summary-pass")).to_be_visible()
    expect(sign).to_contain_text("No problem found")
    assert words(write, field).endswith(AD)
    assert words(write, field) != AD
    write.locator(field).focus()
    write.keyboard.press("Control+z")
    expect(panel.locator(".summary-fail")).to_be_visible()
    assert words(write, field) == AD


def test_what_is_typed_into_the_panel_is_no_draft(write):
    write.fill("#draft", AD)
    write.locator(SIGN).click()
    panel = write.locator("[data-adcheck] .adcheck-panel")
    panel.get_by_role("button", name="Ignore with a reason").first.click()
    reason = panel.get_by_label("Reason")
    reason.press_sequentially("Agreed with legal")
    write.wait_for_timeout(700)
    expect(reason).to_have_value("Agreed with legal")
    expect(panel.locator(".summary-fail")).to_be_visible()


def test_it_runs_after_a_reload_and_no_longer_once_it_is_off(browser, write):
    assert browser.worker.evaluate(REGISTERED) == [[SITE, [f"{SITE}/*"], True]]
    write.reload()
    write.fill("#draft", AD)
    expect(write.locator(SIGN)).to_contain_text("Fix this")
    turn(browser, write, on=False)
    expect(write.locator(SIGN)).to_have_count(0)
    write.fill("#draft", f"{AD}!")
    write.wait_for_timeout(700)
    assert write.locator("[data-adcheck]").count() == 0
    write.reload()
    assert not browser.worker.evaluate(IS_THERE, write.url)
    assert browser.worker.evaluate(STORED) == []
    turn(browser, write, on=True)
    write.fill("#draft", AD)
    expect(write.locator(SIGN)).to_contain_text("Fix this")


def test_a_service_that_is_away_is_said_at_the_field_and_the_draft_stays(browser, write):
    browser.configure(address="http://127.0.0.1:9")
    write.fill("#draft", AD)
    sign = write.locator(SIGN)
    expect(sign).to_contain_text("Adcheck does not answer; your draft is untouched")
    sign.click()
    expect(write.locator("[data-adcheck] .problem")).to_contain_text("Your draft is untouched.")
    expect(write.locator("#draft")).to_have_value(AD)
    browser.configure()
    write.fill("#draft", f"{AD}.")
    expect(sign).to_contain_text("Fix this")
    expect(write.locator("[data-adcheck] .summary-fail")).to_be_visible()


def test_a_site_without_the_browsers_leave_is_never_turned_on(browser):
    page = browser.extension_page("options.html")
    refused = "async () => { try { await adcheck.client.ask('live', { site: 'http://strict.example', on: true }); } catch (error) { return error.message; } }"
    assert page.evaluate(refused) == "The browser did not allow Adcheck to reach this address."
    assert browser.worker.evaluate(STORED) == []
    assert browser.worker.evaluate(REGISTERED) == []
    expect(page.locator("#live")).to_have_text("On no site.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_settings_list_the_sites_and_turn_them_off(browser, write, scheme):
    popup, switch = popup_for(browser, write)
    expect(switch).to_be_checked()
    settings = browser.extension_page("options.html")
    expect(settings.locator("#live li p")).to_have_text(SITE)
    for shown in (popup, settings):
        shown.set_viewport_size({"width": 360, "height": 800})
        shown.emulate_media(color_scheme=scheme)
        found = Axe().run(shown)
        assert found.violations_count == 0, found.generate_report()
        assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth")
    settings.get_by_role("button", name="Turn off").click()
    expect(settings.locator("#live")).to_have_text("On no site.")
    assert browser.worker.evaluate(REGISTERED) == []
    write.bring_to_front()
    write.fill("#draft", AD)
    write.wait_for_timeout(700)
    assert write.locator(SIGN).count() == 0
