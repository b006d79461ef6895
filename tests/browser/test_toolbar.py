"""A real click on the toolbar, with the extension as it is: no page may be read before it, this one tab after it. In both browsers."""

from __future__ import annotations

import base64
import json

import pytest
from chromium import EXTENSION, Chromium
from driving import BROWSERS, wait
from sites import AD

RUN = """async () => { const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
  return adcheck.client.ask("run", { tab: tab.id, command: "check" }).catch((error) => error.message); }"""


@pytest.fixture(scope="module")
def _plain_chromium(playwright, service, platforms, tmp_path_factory):
    opened = Chromium(playwright, EXTENSION, tmp_path_factory.mktemp("profile"), platforms, service)
    yield opened
    opened.close()


@pytest.fixture
def plain(request):
    """A browser whose user has allowed nothing yet."""
    if request.param == "chromium":
        browser = request.getfixturevalue("_plain_chromium")
        browser.clean()
        yield browser
    else:
        browser = request.getfixturevalue("firefox")
        browser.clean()
        browser.forbid("https://*/*")
        yield browser
        browser.allow("https://*/*")
    assert browser.problems == []


firefox_only = pytest.mark.parametrize("plain", ["firefox"], indirect=True)  # a headless Chromium shows no question and no side panel
both = pytest.mark.parametrize("plain", BROWSERS, indirect=True)


@both
def test_first_run_opens_the_settings(plain):
    assert "?first" in plain.settings.evaluate("location.search")
    plain.settings.part("#intro").says("no account, no telemetry")


@both
def test_a_click_checks_the_post_and_may_take_a_picture(plain):
    page = plain.open("www.instagram.com/")
    before = page.trace()
    assert plain.ask(f"({RUN})()") == "The browser lets no extension read this page."
    plain.toolbar(page)("[data-do=check]")
    page.part(".summary").shown()
    page.part(".source-line").says("by the layout of Instagram")
    plain.toolbar(page)("[data-do=feed]")
    page.part(".feed h2").says("Posts checked: 12")
    page.part(".feed .choice input").click()
    records = [json.loads(line) for line in page.saved(page.button("Save evidence").click).splitlines()]
    pictured = [record for record in records if "screenshot" in record]
    assert 3 <= len(pictured) < 12
    assert base64.b64decode(pictured[0]["screenshot"].removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    assert len(pictured[0]["box"]) == 4
    page.button("Close").click()
    page.part(".adcheck-panel").gone()
    assert page.trace() == before


@firefox_only
def test_the_live_check_of_a_site_waits_for_the_browsers_own_question(plain):
    page = plain.open("strict.example/write")
    may = "browser.permissions.contains({ origins: ['https://strict.example/*'] })"
    press = plain.toolbar(page)
    press("#live")
    assert "strict.example" in plain.answer(allow=False)
    told = "[document.getElementById('told').textContent, document.getElementById('live').checked]"
    wait(lambda: plain.popup(told) == ["The browser did not allow Adcheck to reach this address.", False])
    assert plain.ask(may) is False
    assert plain.ask("browser.scripting.getRegisteredContentScripts()") == []
    press("#live")
    assert "strict.example" in plain.answer(allow=True)
    plain.settings.until("browser.scripting.getRegisteredContentScripts().then((all) => all.length)")
    sign = page.part("button > [role=status]")
    for _ in ("in the open tab", "after a reload"):
        page.insert("#draft", AD)
        sign.says("Fix this")
        page.go(plain.url("strict.example/write"))
    plain.ask("adcheck.client.ask('live', { site: 'https://strict.example', on: false })")
    assert plain.ask(may) is False
    assert plain.ask("browser.scripting.getRegisteredContentScripts()") == []


@firefox_only
def test_a_service_on_another_machine_waits_for_the_browsers_own_question(plain):
    page = plain.extension_page("options.html")
    page.part("#markets label").shown()
    page.insert("#address", "https://reviews.example")
    page.button("Test and save").click()
    assert "reviews.example" in plain.answer(allow=False)
    page.part("#told").says("The browser did not allow Adcheck to reach this address.")
    assert plain.ask("browser.storage.local.get('address')") == {"address": plain.address}


@firefox_only
def test_the_sidebar_opens_by_a_click_and_shows_the_last_checklist(plain):
    page = plain.open("www.instagram.com/p/ad/")
    press = plain.toolbar(page)
    press("[data-do=check]")
    page.part(".summary-fail").shown()
    plain.toolbar(page)("#side")
    wait(lambda: "LISA15" in (plain.sidebar("document.body.innerText") or ""))
    plain.sidebar("document.querySelector('.quotes button').click()")
    page.until("CSS.highlights.has('adcheck-chosen')")
    plain.chrome("SidebarController.hide()")
    page.press("Escape")
