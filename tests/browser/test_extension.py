"""The extension's own machinery in both browsers: its background part, menu and key, the first run, the warning, and errors that are said."""

from __future__ import annotations

import pytest
from driving import wait
from sites import AD

BADGE = "Promise.all([browser.action.getBadgeText({}), browser.action.getTitle({})])"


def test_the_service_gone_is_said_and_the_draft_kept(browser):
    browser.configure(address="http://127.0.0.1:9")
    page = browser.open("strict.example/write")
    page.insert("#draft", AD)
    browser.command(page, wait_for=".problem")
    page.part(".problem").says("The Adcheck service at http://127.0.0.1:9 does not answer.")
    page.part(".problem").says("adcheck serve")
    assert page.value("#draft") == AD
    browser.configure()
    page.button("Check again").click()
    page.part(".summary-fail").shown()
    page.press("Escape")


def test_a_stopped_background_wakes(browser):
    page = browser.open("www.instagram.com/p/ad/")
    browser.command(page, wait_for=".summary-fail")
    kept = browser.last(page)
    browser.stop_background()
    page.evaluate("document.querySelector('h1').append('!')")
    page.button("Check again").click()
    wait(lambda: browser.last(page)["body"]["text"] == kept["body"]["text"] + "!")  # what was kept before it was stopped is there too
    page.part(".summary-fail").shown()


@pytest.mark.parametrize("way", ["menu", "shortcut"])
def test_menu_and_key_check_too(browser, way):
    page = browser.open("www.instagram.com/p/ad/")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
    if browser.name == "firefox":  # in Chromium only a worker that is there can be sent the event
        browser.stop_background()
    if way == "menu":
        browser.menu(page, "h1")
    else:
        browser.shortcut(page)
    page.part(".source-line").says("Read: the selected text")


def test_first_run_asks_tests_and_says_where_text_goes(browser):
    browser.configure(ready=False)
    page = browser.extension_page("options.html?first")
    page.part("#intro").says("no account, no telemetry")
    page.part("#where").says("on this machine, and nowhere else")
    page.insert("#address", "http://127.0.0.1:9")
    page.button("Test and save").click()
    page.part("#told").says("does not answer")
    page.insert("#address", "http://reviews.example")
    page.part("#where").says("Text leaves this machine: it goes to reviews.example")
    page.button("Test and save").click()
    page.part("#told").says("https")
    page.insert("#address", browser.address)
    page.button("Test and save").click()
    page.part("#answer").says("It answers. Rulebook")
    page.part("#markets label", "Germany").click()
    page.part("#saved").says("Saved")
    assert browser.ask("browser.storage.local.get('reach')")["reach"] == ["nl", "de"]


def test_a_badge_warns_while_text_leaves_the_machine(browser):
    browser.configure(address="https://reviews.example")
    wait(lambda: "https://reviews.example" in browser.ask(BADGE)[1])
    assert browser.ask(BADGE)[0] == "↗"
    popup = browser.extension_page(f"popup.html?tab={browser.tab(browser.settings)}")
    popup.part("#where.where-away").says("reviews.example")
    browser.configure()
    wait(lambda: browser.ask(BADGE)[0] == "")
