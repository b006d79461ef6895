"""A real Firefox with the extension in it, driven over its own WebDriver BiDi: no driver program, the same folder as Chromium's."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path

import sites
import websocket
from driving import EXTENSION, Browser, Page, called, wait

ID = "adcheck@adcheck.dev"
PREFERENCES = {
    "network.dns.localDomains": "",
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.enabled": False,
    "browser.startup.homepage": "about:blank",
    "intl.locale.requested": "en-US",
    "browser.download.folderList": 2,
    "browser.download.alwaysOpenPanel": False,
    "general.smoothScroll": False,
    "dom.events.testing.asyncClipboard": True,  # a page may read the clipboard without a question
}
KEYS = {"Escape": "\ue00c", "Enter": "\ue007", "Tab": "\ue004", "End": "\ue010", "Control": "\ue009", "Shift": "\ue008", "Alt": "\ue00a"}
EXTENSION_OF = f"WebExtensionPolicy.getByID('{ID}').extension"
MENU = "document.getElementById('contentAreaContextMenu')"
POPUP = "[...document.querySelectorAll('browser')].find((one) => one.currentURI?.spec.endsWith('/popup.html'))"
SIDEBAR = "document.getElementById('sidebar').contentDocument?.getElementById('webext-panels-browser')"
CLICK = """async (id) => {
  const { ExtensionParent } = ChromeUtils.importESModule("resource://gre/modules/ExtensionParent.sys.mjs");
  await ExtensionParent.apiManager.global.browserActionFor(WebExtensionPolicy.getByID(id).extension).triggerAction(window);
}"""
# A popup or sidebar that is still loading never answers: null after a while.
INSIDE = """(code) => new Promise((done) => { const messageManager = %s?.messageManager; if (!messageManager) { done(null); return; } const name = `adcheck:${Math.random()}`;
  messageManager.addMessageListener(name, (message) => done(message.data));
  const inside = `((document) => { let said = null; try { said = ${code}; } catch { } sendAsyncMessage("${name}", said); })(content.document)`;
  messageManager.loadFrameScript(`data:,${encodeURIComponent(inside)}`, false);
  setTimeout(() => done(null), 1000); })"""
PRESS = """(selector) => { const box = document.querySelector(selector).getBoundingClientRect();
  const at = [box.x + box.width / 2, box.y + box.height / 2];
  for (const type of ["mousedown", "mouseup"]) content.synthesizeMouseEvent(type, ...at, { button: 0, clickCount: 1 }, {});
  return true; }"""
GRANT = """async (id, word, origins) => {
  const { ExtensionPermissions } = ChromeUtils.importESModule("resource://gre/modules/ExtensionPermissions.sys.mjs");
  await ExtensionPermissions[word](id, { permissions: [], origins }, WebExtensionPolicy.getByID(id).extension);
}"""
# A key that goes through the browser's window, as one of the keyboard does, so that its shortcuts hear it.
KEY = """(() => { const typist = Cc["@mozilla.org/text-input-processor;1"].createInstance(Ci.nsITextInputProcessor);
  if (!typist.beginInputTransactionForTests(window)) return false;
  const keys = [["Alt", "AltLeft", 18], ["Shift", "ShiftLeft", 16], ["A", "KeyA", 65]].map(([key, code, keyCode]) => new KeyboardEvent("", { key, code, keyCode }));
  for (const key of keys) typist.keydown(key);
  for (const key of keys.reverse()) typist.keyup(key);
  return true; })()"""

FOCUS = "gBrowser.selectedBrowser.focus()"  # and not the address bar, as after a click in the page
COMPOSE = """(text) => { const typist = (window.adcheckTypist ??= Cc["@mozilla.org/text-input-processor;1"].createInstance(Ci.nsITextInputProcessor));
  if (!typist.beginInputTransactionForTests(window)) throw new Error("another input method is at work");
  typist.setPendingCompositionString(text);
  typist.appendClauseToPendingComposition(text.length, typist.ATTR_RAW_CLAUSE);
  typist.setCaretInPendingComposition(text.length);
  typist.flushPendingComposition(); }"""


class Session:
    """One browser with one BiDi session."""

    def __init__(self, profile: Path, preferences: dict[str, object]):
        path = shutil.which("firefox-esr") or shutil.which("firefox")
        assert path, "the browser tests need Firefox: make browser"
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in {**PREFERENCES, **preferences}.items()]
        (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.process = subprocess.Popen(
            [path, "--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", str(port), "--remote-allow-system-access"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.socket = self._connect(port)
        self.number = 0
        self.events: list[dict] = []
        self.send("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})

    def _connect(self, port: int) -> websocket.WebSocket:
        until = time.monotonic() + 60
        while True:
            try:
                return websocket.create_connection(f"ws://127.0.0.1:{port}/session", suppress_origin=True, timeout=60)
            except OSError:
                if time.monotonic() > until or self.process.poll() is not None:
                    raise
                time.sleep(0.1)

    def send(self, method: str, **parameters):
        """One command and its result; events that come meanwhile are kept."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("type") == "event":
                self.events.append(answer)
            elif answer.get("id") == self.number:
                if answer["type"] == "error":
                    raise RuntimeError(f"{method}: {answer['error']}: {answer['message']}")
                return answer["result"]

    def tabs(self) -> dict[str, str]:
        """The address of each tab, by its context."""
        return {found["context"]: found["url"] for found in self.send("browsingContext.getTree", maxDepth=0)["contexts"]}

    def evaluate(self, expression: str, **target):
        """The JSON of what the expression (which may be a promise) gives."""
        result = self.send(
            "script.evaluate", expression=f"(async () => JSON.stringify(await ({expression}) ?? null))()", target=target, awaitPromise=True, userActivation=True
        )  # fmt: skip
        if result["type"] == "exception":
            raise AssertionError(f"{result['exceptionDetails']['text']} in {expression[:300]}")
        return json.loads(result["result"]["value"])

    def close(self) -> None:
        try:
            self.send("browser.close")
        except (RuntimeError, OSError, websocket.WebSocketException):
            self.process.terminate()
        self.socket.close()
        self.process.wait(timeout=30)


class FirefoxPage(Page):
    def __init__(self, browser, context):
        self.browser, self.context, self.send = browser, context, browser.session.send

    def run(self, expression):
        return self.browser.session.evaluate(expression, context=self.context)

    def go(self, address):
        self.send("browsingContext.navigate", context=self.context, url=address, wait="complete")
        self.browser.chrome(FOCUS)

    def front(self):
        self.send("browsingContext.activate", context=self.context)
        self.browser.chrome(FOCUS)

    def mouse(self, x, y, button=0):
        actions = [
            {"type": "pointerMove", "x": round(x), "y": round(y)},
            {"type": "pointerDown", "button": button},
            {"type": "pointerUp", "button": button},
        ]
        self.send("input.performActions", context=self.context, actions=[{"type": "pointer", "id": "mouse", "actions": actions}])

    def press(self, keys):
        codes = [KEYS.get(key, key) for key in keys.split("+")]
        self._keys([{"type": "keyDown", "value": code} for code in codes] + [{"type": "keyUp", "value": code} for code in reversed(codes)])

    def type(self, text):
        pause = {"type": "pause", "duration": 10}  # milliseconds; editors read what was typed on their own time, and no hand is faster
        self._keys(
            [action for letter in text for action in ({"type": "keyDown", "value": letter}, {"type": "keyUp", "value": letter}, pause)]
        )

    def _keys(self, actions):
        self.send("input.performActions", context=self.context, actions=[{"type": "key", "id": "keys", "actions": actions}])

    def compose(self, text):
        self.front()
        self.browser.chrome(COMPOSE, text)

    def commit(self, text):
        self.browser.chrome("(text) => { window.adcheckTypist.commitCompositionWith(text); }", text)

    def close(self):
        self.send("browsingContext.close", context=self.context)

    def saved(self, act):
        folder = self.browser.downloads
        before = set(folder.iterdir())
        act()

        def done():
            new = set(folder.iterdir()) - before
            return [path for path in new if path.stat().st_size and not any(other.suffix == ".part" for other in new)]

        return wait(done, lambda: "no file was saved")[0].read_text(encoding="utf-8")

    def world(self):
        def run(code):
            result = self.send(
                "script.evaluate", expression=code, target={"context": self.context, "sandbox": "adcheck"}, awaitPromise=True
            )
            assert result["type"] == "success", result["exceptionDetails"]["text"]
            return plain(result["result"])

        return run


def plain(value):
    """BiDi's description of a value as the value."""
    kind, inner = value["type"], value.get("value")
    if kind == "array":
        return [plain(one) for one in inner]
    if kind == "object":
        return {name: plain(one) for name, one in inner}
    return inner


class Firefox(Browser):
    """The extension as it is; `allow` gives it what its user gives when the browser asks."""

    name = "firefox"

    def __init__(self, folder, port, address):
        self.port, self.address, self.downloads = port, address, folder / "saved"
        self.downloads.mkdir()
        self._problems: list[str] = []
        (folder / "profile").mkdir()
        self.session = Session(folder / "profile", {"browser.download.dir": str(self.downloads)})
        send = self.session.send
        self.id = send("webExtension.install", extensionData={"type": "path", "path": str(EXTENSION)})["extension"]
        assert self.id == ID
        self.window = send("browsingContext.getTree", **{"moz:scope": "chrome"})["contexts"][0]["context"]
        self.first = FirefoxPage(self, next(iter(self.session.tabs())))
        self.chrome(
            """(hosts) => { const dns = Cc["@mozilla.org/network/native-dns-override;1"].getService(Ci.nsINativeDNSResolverOverride);
            for (const host of hosts) dns.addIPOverride(host, "127.0.0.1"); }""",
            sites.HOSTS,
        )
        self.settings = self._found("options.html?first")
        self.settings.until("Boolean(globalThis.adcheck?.client)")
        send("session.subscribe", events=["log.entryAdded"])
        self.configure()

    @property
    def problems(self):
        self.session.send("session.status")  # what came before this answer has been heard
        for event in self.session.events:
            entry = event["params"]
            if entry["level"] == "error":
                self._problems.append(f"{entry['source'].get('context')}: {entry['text']}")
        self.session.events.clear()
        return self._problems

    def chrome(self, expression, *arguments):
        """Evaluates in the browser's own window."""
        return self.session.evaluate(called(expression, arguments), context=self.window)

    def _found(self, part, known=()):
        """The tab that the extension opens."""
        contexts = wait(lambda: [context for context, url in self.session.tabs().items() if part in url and context not in known])
        return FirefoxPage(self, contexts[0])

    def new(self):
        self.first.front()
        if self.first.evaluate("location.href") == "about:blank":
            return self.first
        return FirefoxPage(self, self.session.send("browsingContext.create", type="tab")["context"])

    def extension_page(self, path):
        known = set(self.session.tabs())
        self.ask("async (url) => { await browser.tabs.create({ url }); }", path)
        page = self._found(path.split("?")[0], known)
        page.until("document.readyState === 'complete'")
        return page

    def url(self, url):
        host, path = url.split("/", 1)
        return f"https://{host}:{self.port}/{path}"

    def clean(self):
        """Leaves no tab of an earlier test."""
        for context in self.session.tabs():
            if context not in (self.first.context, self.settings.context):
                self.session.send("browsingContext.close", context=context)
        self.first.go("about:blank")
        super().clean()

    def allow(self, *origins):
        self.chrome(GRANT, ID, "add", origins)

    def forbid(self, *origins):
        self.chrome(GRANT, ID, "remove", origins)

    def stop_background(self):
        self.chrome(f"(async () => {{ await {EXTENSION_OF}.terminateBackground({{ ignoreDevToolsAttached: true }}); }})()")
        assert self.chrome(f"{EXTENSION_OF}.backgroundState") == "stopped"

    def toolbar(self, page):
        page.front()
        self.chrome("(() => { for (const popup of document.querySelectorAll('panel')) popup.hidePopup(); })()")
        wait(lambda: not self.chrome(f"Boolean({POPUP})"))
        self.chrome(CLICK, ID)
        wait(lambda: self.chrome(f"Boolean({POPUP})") and self.popup("Boolean(document.getElementById('where')?.textContent)"))

        def press(selector):
            self.popup(f"({PRESS})({json.dumps(selector)})")

        return press

    def popup(self, expression):
        """Evaluates in the popup, of which BiDi does not speak."""
        return self.chrome(INSIDE % POPUP, expression)

    def sidebar(self, expression):
        """Evaluates in the extension's page in the sidebar."""
        return self.chrome(INSIDE % SIDEBAR, expression)

    def answer(self, allow):
        """Presses a button of the browser's own question."""
        wait(lambda: self.chrome("PopupNotifications.panel.state") == "open")
        button = "button" if allow else "secondaryButton"
        asked = self.chrome(
            f"(() => {{ const [question] = PopupNotifications.panel.children; const said = question.textContent; question.{button}.click(); return said; }})()"
        )
        wait(lambda: self.chrome("PopupNotifications.panel.state") == "closed")
        return asked

    def menu(self, page, selector):
        """A press of the right button, and of the entry that the extension has in the menu."""
        x, y = page.part(selector).first(
            "(one) => { const box = one.getBoundingClientRect(); return [box.left + 20, box.top + box.height / 2]; }"
        )
        page.mouse(x, y, button=2)
        wait(lambda: self.chrome(f"{MENU}.state") == "open")
        self.chrome(
            f"(() => {{ const entry = [...{MENU}.querySelectorAll('menuitem')].find((one) => one.id.startsWith('adcheck') && !one.hidden); {MENU}.activateItem(entry); }})()"
        )

    def shortcut(self, page):
        page.front()
        assert self.chrome(KEY)

    def close(self):
        self.session.close()
