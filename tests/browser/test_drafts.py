"""The live draft check on a site: turned on in the popup, the sign, the panel and the fix; after turning it off nothing is put into the page. In both browsers."""

from __future__ import annotations

import time

import pytest
from driving import wait
from sites import AD, PLAIN

SITE = "https://strict.example"
SIGN = "button > [role=status]"
IS_THERE = """async (tab) => (await browser.scripting.executeScript({ target: { tabId: tab }, func: () => Boolean(globalThis.adcheck) }))[0].result"""
STORED = "browser.storage.local.get('live').then(({ live }) => Object.keys(live ?? {}))"
REGISTERED = "browser.scripting.getRegisteredContentScripts().then((all) => all.map((script) => [script.id, script.matches, script.persistAcrossSessions]))"
QUIET = 0.7  # seconds after which a check that is on would have begun


def popup_for(browser, page):
    """The popup of a page's tab, with the switch of its site."""
    popup = browser.extension_page(f"popup.html?tab={browser.tab(page)}")
    popup.part("#live-label").says("Check drafts while I type on strict.example")
    return popup, popup.part("#live").shown()


def turn(browser, page, on):
    popup, switch = popup_for(browser, page)
    assert switch.each("(box) => box.checked") == [not on]
    switch.click()
    wait(lambda: (browser.ask(REGISTERED) != []) == on)
    assert switch.each("(box) => box.checked") == [on]
    assert popup.part("#told").texts() == [""]
    popup.close()
    page.front()


@pytest.fixture
def write(browser):
    """The page with two fields, the live check turned on; turned off again afterwards."""
    page = browser.open("strict.example/write")
    assert not browser.ask(IS_THERE, browser.tab(page))
    turn(browser, page, on=True)
    yield page
    browser.ask("(site) => adcheck.client.ask('live', { site, on: false })", SITE)


@pytest.mark.parametrize("field", ["#draft", "#rich"])
def test_a_draft_is_judged_shown_and_mended_where_it_is_written(browser, write, field):
    before = write.trace()
    write.insert(field, PLAIN)
    write.part(SIGN).says("Does not apply")
    write.insert(field, AD)
    sign = write.part(SIGN)
    sign.says("Fix this")
    assert write.part(".adcheck-panel").count() == 0
    sign.click()
    write.part(".summary-fail").shown()
    assert write.part(".source-line").texts() == ["Read: the text you are writing"]
    assert browser.last(write)["body"]["text"] == AD
    marked = "Met code LISA15" in write.marked().get("fail", [])
    assert marked == (field == "#rich")  # words in a text field are selected, not marked
    write.button("Put it in").click()
    write.part(".summary-pass").shown()
    sign.says("No problem found")
    assert write.value(field).endswith(AD)
    assert write.value(field) != AD
    write.evaluate("(field) => document.querySelector(field).focus()", field)
    write.press("Control+z")
    write.part(".summary-fail").shown()
    assert write.value(field) == AD
    write.button("Close").click()
    browser.ask("(site) => adcheck.client.ask('live', { site, on: false })", SITE)
    sign.gone()
    write.evaluate("document.querySelector('#rich').replaceChildren()")  # what its writer wrote
    assert write.trace() == before


def test_what_is_typed_into_the_panel_is_no_draft(write):
    write.insert("#draft", AD)
    write.part(SIGN).click()
    write.button("Ignore with a reason").click()
    reason = write.part(".reason input[type=text]")
    wait(lambda: reason.each("(one) => one.getRootNode().activeElement === one") == [True])
    write.type("Agreed with legal")
    time.sleep(QUIET)
    assert reason.each("(one) => one.value") == ["Agreed with legal"]
    write.part(".summary-fail").shown()


def test_it_runs_after_a_reload_and_no_longer_once_it_is_off(browser, write):
    assert browser.ask(REGISTERED) == [[SITE, [f"{SITE}/*"], True]]
    address = browser.url("strict.example/write")
    write.go(address)
    write.insert("#draft", AD)
    write.part(SIGN).says("Fix this")
    turn(browser, write, on=False)
    write.part(SIGN).gone()
    write.insert("#draft", f"{AD}!")
    time.sleep(QUIET)
    assert write.part("[data-adcheck]").count() == 0
    write.go(address)
    assert not browser.ask(IS_THERE, browser.tab(write))
    assert browser.ask(STORED) == []
    turn(browser, write, on=True)
    write.insert("#draft", AD)
    write.part(SIGN).says("Fix this")


def test_a_service_that_is_away_is_said_at_the_field_and_the_draft_stays(browser, write):
    browser.configure(address="http://127.0.0.1:9")
    write.insert("#draft", AD)
    sign = write.part(SIGN)
    sign.says("Adcheck does not answer; your draft is untouched")
    sign.click()
    write.part(".problem").says("Your draft is untouched.")
    assert write.value("#draft") == AD
    browser.configure()
    write.insert("#draft", f"{AD}.")
    sign.says("Fix this")
    write.part(".summary-fail").shown()


def test_a_site_without_the_browsers_leave_is_never_turned_on(browser):
    page = browser.extension_page("options.html")
    refused = page.evaluate("adcheck.client.ask('live', { site: 'http://strict.example', on: true }).catch((error) => error.message)")
    assert refused == "The browser did not allow Adcheck to reach this address."
    assert browser.ask(STORED) == []
    assert browser.ask(REGISTERED) == []
    page.part("#live").says("On no site.")


def test_the_settings_list_the_sites_and_turn_them_off(browser, write):
    _, switch = popup_for(browser, write)
    assert switch.each("(box) => box.checked") == [True]
    settings = browser.extension_page("options.html")
    settings.part("#live li p").says(SITE)
    settings.front()
    settings.part("#markets label").shown()  # the page has all that it waits for
    settings.button("Turn off").click()
    settings.part("#live").says("On no site.")
    assert browser.ask(REGISTERED) == []
    write.front()
    write.insert("#draft", AD)
    time.sleep(QUIET)
    assert write.part(SIGN).count() == 0
