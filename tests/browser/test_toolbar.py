"""A real click on the toolbar, with the extension as it is: no page may be read before it, this one tab after it."""

from __future__ import annotations

import base64
import json

import pytest
from chromium import EXTENSION, Chromium, open_extension
from playwright.sync_api import expect


@pytest.fixture(scope="module")
def plain(playwright, service, platforms, tmp_path_factory):
    context, worker = open_extension(playwright, EXTENSION, tmp_path_factory.mktemp("profile"), platforms)
    opened = Chromium(context, worker, service)
    opened.configure()
    yield opened
    context.close()


def click_toolbar(browser, host):
    """Clicks the extension's button and returns how to run something in the popup that opens."""
    session = browser.context.browser.new_browser_cdp_session()

    def targets(kind, part):
        return [
            one for one in session.send("Target.getTargets", {"filter": [{}]})["targetInfos"] if one["type"] == kind and part in one["url"]
        ]

    session.send("Extensions.triggerAction", {"id": browser.id, "targetId": targets("tab", host)[0]["targetId"]})
    found = []
    for _ in range(100):
        found = targets("page", "popup.html")
        if found:
            break
        browser.context.pages[0].wait_for_timeout(50)
    assert found, "the popup did not open"
    popup = session.send("Target.attachToTarget", {"targetId": found[0]["targetId"], "flatten": False})["sessionId"]

    def run(expression):
        message = json.dumps({"id": 1, "method": "Runtime.evaluate", "params": {"expression": expression, "userGesture": True}})
        session.send("Target.sendMessageToTarget", {"sessionId": popup, "message": message})

    return run


def test_first_run_opens_the_settings(plain):
    page = next((one for one in plain.context.pages if "options.html" in one.url), None) or plain.context.wait_for_event("page")
    expect(page.locator("#intro")).to_contain_text("no account, no telemetry")
    page.close()


def test_a_click_checks_the_post_and_may_take_a_picture(plain):
    page = plain.context.pages[0]
    page.goto("https://www.instagram.com/")
    page.bring_to_front()
    refused = plain.worker.evaluate("""async () => {
      const [tab] = await chrome.tabs.query({ active: true });
      try { await run(tab.id, "check"); } catch (error) { return error.message; }
    }""")
    assert refused == "The browser lets no extension read this page."
    popup = click_toolbar(plain, "instagram")
    page.wait_for_timeout(300)
    popup("document.querySelector('[data-do=check]').click()")
    panel = page.locator("[data-adcheck] .adcheck-panel")
    expect(panel.locator(".summary").first).to_be_visible()
    expect(panel.locator(".source-line")).to_contain_text("by the layout of Instagram")
    popup = click_toolbar(plain, "instagram")
    page.wait_for_timeout(300)
    popup("document.querySelector('[data-do=feed]').click()")
    expect(panel.locator(".feed h2")).to_have_text("Posts checked: 12")
    panel.get_by_text("with a picture").click()
    with page.expect_download() as started:
        panel.get_by_role("button", name="Save evidence").click()
    records = [json.loads(line) for line in started.value.path().read_text(encoding="utf-8").splitlines()]
    pictured = [record for record in records if "screenshot" in record]
    assert 3 <= len(pictured) < 12
    assert base64.b64decode(pictured[0]["screenshot"].removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")
    assert len(pictured[0]["box"]) == 4
