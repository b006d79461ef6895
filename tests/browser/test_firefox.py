"""The same extension folder in a real Firefox: a click on the toolbar, the panel, highlights, the feed, and no trace left."""

from __future__ import annotations

import json

import pytest
import sites
from chromium import EXTENSION
from firefox import Firefox
from test_extension import POSTS

ID = "adcheck@adcheck.dev"
PANEL = "document.querySelector('[data-adcheck]')?.shadowRoot.querySelector('.adcheck-panel')"
CLICK = f"""(async () => {{
  const {{ ExtensionParent }} = ChromeUtils.importESModule("resource://gre/modules/ExtensionParent.sys.mjs");
  await ExtensionParent.apiManager.global.browserActionFor(WebExtensionPolicy.getByID("{ID}").extension).triggerAction(window);
  return true;
}})()"""
POPUP = "[...document.querySelectorAll('browser')].some((one) => one.currentURI?.spec.endsWith('/popup.html'))"
TRACE = "[document.documentElement.outerHTML, document.adoptedStyleSheets.length, CSS.highlights.size]"
MARKED = "Object.fromEntries([...CSS.highlights].map(([name, found]) => [name, [...found].map(String)]))"


class Opened:
    """Firefox with the extension; its settings page is the way to ask the extension things."""

    def __init__(self, browser: Firefox, port: int, address: str):
        self.browser, self.port = browser, port
        browser.install(EXTENSION)
        self.chrome = browser.chrome()
        self.page = browser.tab()
        overrides = "".join(f"dns.addIPOverride('{host}', '127.0.0.1');" for host in sites.HOSTS)
        browser.evaluate(
            self.chrome,
            f"(() => {{ const dns = Cc['@mozilla.org/network/native-dns-override;1'].getService(Ci.nsINativeDNSResolverOverride); {overrides} return true; }})()",
        )
        self.settings = self.find("options.html")
        browser.until(self.settings, "Boolean(globalThis.adcheck)")
        self.configure(address=address, reach=["nl"], ready=True)

    def find(self, name: str) -> str:
        for _ in range(200):
            found = [item for item in self.browser.send("browsingContext.getTree")["contexts"] if name in item["url"]]
            if found:
                return found[0]["context"]
        raise AssertionError(f"{name} did not open")

    def configure(self, **settings) -> None:
        self.browser.evaluate(self.settings, f"browser.storage.local.set({json.dumps(settings)})")

    def open(self, url: str) -> None:
        host, path = url.split("/", 1)
        self.browser.send("browsingContext.navigate", context=self.page, url=f"https://{host}:{self.port}/{path}", wait="complete")
        self.browser.send("browsingContext.activate", context=self.page)

    def run(self, command: str = "check", wait: str = ".summary") -> None:
        """A click on the toolbar's button, which lets the extension into this one tab, and the popup's choice."""
        self.browser.until(self.chrome, f"!{POPUP}")
        assert self.browser.evaluate(self.chrome, CLICK)
        self.browser.until(self.chrome, POPUP)
        self.browser.evaluate(
            self.settings,
            "(async () => { const tab = (await browser.tabs.query({})).find((one) => one.active);"
            f" await adcheck.client.ask('run', {{ tab: tab.id, command: '{command}' }}); }})()",
        )
        self.browser.evaluate(self.chrome, "(() => { for (const popup of document.querySelectorAll('panel')) popup.hidePopup(); })()")
        self.browser.until(self.page, f"Boolean({PANEL}?.querySelector('{wait}'))")

    def said(self, selector: str) -> str:
        return self.browser.evaluate(self.page, f"{PANEL}.querySelector('{selector}').textContent")

    def close_panel(self) -> None:
        self.browser.evaluate(self.page, f"{PANEL}.querySelector('.close').click()")
        self.browser.until(self.page, f"!{PANEL}")


@pytest.fixture(scope="module")
def opened(service, platforms, tmp_path_factory):
    browser = Firefox(tmp_path_factory.mktemp("firefox"), {})
    try:
        yield Opened(browser, platforms, service)
    finally:
        browser.close()


@pytest.mark.parametrize(("url", "name"), POSTS)
def test_a_post_of_each_platform_after_a_click_on_the_toolbar(opened, url, name):
    opened.open(url)
    before = opened.browser.evaluate(opened.page, TRACE)
    opened.run(wait=".summary-fail")
    assert opened.said(".source-line") == f"Read: the post, by the layout of {name}"
    assert opened.browser.evaluate(opened.page, MARKED)["adcheck-fail"] == ["Met code LISA15"]
    assert "nowhere else" in opened.said(".where")
    opened.close_panel()
    assert opened.browser.evaluate(opened.page, TRACE) == before


@pytest.mark.parametrize(
    ("path", "reason"),
    [("more", "collapsed"), ("tiny", "tiny"), ("pale", "same_colour"), ("covered", "measured"), ("aside", "off_screen"), ("clear", None)],
)
def test_what_nobody_sees_is_proved_from_the_boxes(opened, path, reason):
    opened.open(f"www.instagram.com/p/{path}/")
    opened.run()
    result = opened.browser.evaluate(
        opened.settings, "(async () => Object.values(await browser.storage.session.get()).findLast((one) => one.checklist))()"
    )
    assert [item["reason"] for item in result["body"]["visibility"]] == ([reason] if reason else [])
    opened.close_panel()


def test_renamed_classes_fall_to_the_generic_reading_and_say_so(opened):
    opened.open("www.instagram.com/p/renamed/")
    opened.run()
    assert "found no post here" in opened.said(".source-outdated")
    opened.close_panel()


def test_the_feed_view(opened):
    opened.open("www.instagram.com/")
    before = opened.browser.evaluate(opened.page, TRACE)
    opened.run("feed", ".feed")
    assert opened.said(".feed h2") == "Posts checked: 12"
    opened.close_panel()
    assert opened.browser.evaluate(opened.page, TRACE) == before


def test_the_service_gone_is_said_and_the_draft_kept(opened, service):
    opened.configure(address="http://127.0.0.1:9")
    opened.open("strict.example/write")
    opened.browser.evaluate(opened.page, f"(() => {{ draft.value = {sites.AD!r}; draft.focus(); }})()")
    opened.run(wait=".problem")
    assert "does not answer" in opened.said(".problem")
    assert opened.browser.evaluate(opened.page, "draft.value") == sites.AD
    opened.configure(address=service)
    opened.browser.evaluate(opened.page, f"{PANEL}.querySelector('.problem .button').click()")
    opened.browser.until(opened.page, f"Boolean({PANEL}?.querySelector('.summary-fail'))")
    opened.close_panel()


LEAVE = f"""(async () => {{
  const {{ ExtensionPermissions }} = ChromeUtils.importESModule("resource://gre/modules/ExtensionPermissions.sys.mjs");
  await ExtensionPermissions.add("{ID}", {{ permissions: [], origins: ["https://strict.example/*"] }}, WebExtensionPolicy.getByID("{ID}").extension);
  return true;
}})()"""
SIGN = "document.querySelector('[data-adcheck][role=complementary]')?.shadowRoot.querySelector('button').textContent"
TYPE = f"(() => {{ draft.focus(); draft.select(); return document.execCommand('insertText', false, {sites.AD!r}); }})()"


def test_the_live_check_runs_on_a_site_while_the_browser_gives_leave(opened):
    opened.open("strict.example/write")
    ask = "adcheck.client.ask('live', {{ site: 'https://strict.example', on: {} }}).catch((error) => error.message)"
    assert opened.browser.evaluate(opened.settings, ask.format("true")) == "The browser did not allow Adcheck to reach this address."
    opened.browser.evaluate(
        opened.settings, "browser.storage.session.set({ wanted: 'https://strict.example' })"
    )  # as the popup does, which may then be closed
    assert opened.browser.evaluate(opened.chrome, LEAVE)  # what its user answers to the prompt
    opened.browser.until(opened.settings, "browser.scripting.getRegisteredContentScripts().then((all) => all.length)")
    for _ in ("in the open tab", "after a reload"):
        assert opened.browser.evaluate(opened.page, TYPE)
        opened.browser.until(opened.page, f"{SIGN}?.includes('Fix this')")
        opened.open("strict.example/write")
    opened.browser.evaluate(opened.settings, ask.format("false"))
    allowed = "browser.permissions.contains({ origins: ['https://strict.example/*'] })"
    assert opened.browser.evaluate(opened.settings, allowed) is False
    assert opened.browser.evaluate(opened.settings, "browser.scripting.getRegisteredContentScripts()") == []
