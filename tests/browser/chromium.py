"""A real Chromium with the extension in it, driven by Playwright."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import sites
from driving import EXTENSION, Browser, Page, wait

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--ignore-certificate-errors", "--enable-unsafe-extension-debugging",
]  # fmt: skip


def chromium() -> str:
    path = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
    assert path, "the browser tests need Chromium: make browser"
    return path


def with_access(folder: Path) -> Path:
    """A copy of the extension that may read the fixture hosts without a click, as after the user's permission (its prompt cannot be answered headless)."""
    shutil.copytree(EXTENSION, folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["host_permissions"].append("https://*/*")
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


class ChromiumPage(Page):
    """A tab; `own` is Playwright's page, for what it alone can do (media, axe)."""

    def __init__(self, browser, own):
        self.browser, self.own = browser, own
        if browser is not None:
            own.on("pageerror", lambda error: browser.problems.append(f"{own.url}: {error}"))
            own.on("console", self._heard)

    def _heard(self, message):
        if message.type == "error" and "404" not in message.text:
            self.browser.problems.append(f"{self.own.url}: {message.text}")

    def run(self, expression):
        return self.own.evaluate(expression)

    def go(self, address):
        self.own.goto(address)

    def front(self):
        self.own.bring_to_front()

    def mouse(self, x, y):
        self.own.mouse.click(x, y)

    def press(self, keys):
        self.own.keyboard.press(keys)

    def type(self, text):
        self.own.keyboard.type(text)

    def compose(self, text):
        self._session().send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})

    def commit(self, text):
        self._session().send("Input.insertText", {"text": text})

    def _session(self):
        self._own_session = getattr(self, "_own_session", None) or self.own.context.new_cdp_session(self.own)
        return self._own_session

    def close(self):
        self.own.close()

    def saved(self, act):
        with self.own.expect_download() as started:
            act()
        return started.value.path().read_text(encoding="utf-8")

    def world(self):
        session = self._session()
        frame = session.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        world = session.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "adcheck"})["executionContextId"]

        def run(code):
            answer = session.send("Runtime.evaluate", {"contextId": world, "expression": code, "awaitPromise": True, "returnByValue": True})
            assert "exceptionDetails" not in answer, answer["exceptionDetails"]
            return answer["result"].get("value")

        return run


class Chromium(Browser):
    name = "chromium"

    def __init__(self, playwright, folder, profile, port, address):
        self.problems, self.address = [], address
        rules = ",".join(f"MAP {host}:443 127.0.0.1:{port}" for host in sites.HOSTS)
        self.context = playwright.chromium.launch_persistent_context(
            str(profile), executable_path=chromium(), channel="chromium", headless=True, ignore_https_errors=True, locale="en-GB",
            viewport={"width": 1100, "height": 800}, permissions=["clipboard-read", "clipboard-write"],
            args=[*FLAGS, f"--host-resolver-rules={rules}", f"--disable-extensions-except={folder}", f"--load-extension={folder}"],
        )  # fmt: skip
        workers = self.context.service_workers or [self.context.wait_for_event("serviceworker", timeout=15_000)]
        self.id = workers[0].url.split("/")[2]
        opened = wait(lambda: [own for own in self.context.pages if "options.html?first" in own.url], pause=self._pump)
        self.settings = ChromiumPage(self, opened[0])
        self.settings.until("Boolean(globalThis.adcheck?.client)")
        self.configure()

    def _pump(self):
        """A moment in which Playwright hears of what has happened."""
        self.context.pages[0].wait_for_timeout(30)

    def new(self):
        return ChromiumPage(self, self.context.new_page())

    def extension_page(self, path):
        page = self.new()
        page.go(f"chrome-extension://{self.id}/{path}")
        return page

    def url(self, url):
        return f"https://{url}"

    def clean(self):
        """Leaves no tab of an earlier test."""
        for own in self.context.pages[1:]:
            if own is not self.settings.own:
                own.close()
        super().clean()

    def targets(self, kind, part):
        """The protocol's targets of a kind with `part` in their address, and a session to speak of them."""
        session = self.context.browser.new_browser_cdp_session()
        found = session.send("Target.getTargets", {"filter": [{}]})["targetInfos"]
        return session, [one for one in found if one["type"] == kind and part in one["url"]]

    def stop_background(self):
        session, [worker] = self.targets("service_worker", self.id)
        session.send("Target.closeTarget", {"targetId": worker["targetId"]})
        wait(lambda: not self.targets("service_worker", self.id)[1])

    def toolbar(self, page):
        session, [tab, *_] = self.targets("tab", page.own.url)
        session.send("Extensions.triggerAction", {"id": self.id, "targetId": tab["targetId"]})
        popup = wait(lambda: self.targets("page", "popup.html")[1])[0]
        popup_session = session.send("Target.attachToTarget", {"targetId": popup["targetId"], "flatten": False})["sessionId"]
        answers = []
        session.on(
            "Target.receivedMessageFromTarget", lambda event: answers.append(json.loads(event["message"])["result"]["result"].get("value"))
        )

        def run(expression):
            message = json.dumps({"id": 1, "method": "Runtime.evaluate", "params": {"expression": expression, "userGesture": True}})
            session.send("Target.sendMessageToTarget", {"sessionId": popup_session, "message": message})
            return wait(lambda: answers, pause=self._pump).pop()

        wait(lambda: run("Boolean(document.getElementById('where')?.textContent)"))
        return lambda selector: run(f"(document.querySelector({json.dumps(selector)}).click(), true)")

    def _dispatch(self, page, event):
        worker = next(item for item in self.context.service_workers if self.id in item.url)
        worker.evaluate(f"async (id) => {{ const tab = await chrome.tabs.get(id); {event}; }}", self.tab(page))

    def menu(self, page, selector):
        """The event only: a headless Chromium draws no menu."""
        self._dispatch(page, "chrome.contextMenus.onClicked.dispatch({ menuItemId: 'check' }, tab)")

    def shortcut(self, page):
        """The event only: a headless Chromium binds no key to it."""
        self._dispatch(page, "chrome.commands.onCommand.dispatch('check', tab)")

    def close(self):
        self.context.close()
