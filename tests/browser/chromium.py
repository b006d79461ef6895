"""A real Chromium with the extension in it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import sites

EXTENSION = Path(__file__).resolve().parents[2] / "extension"
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--ignore-certificate-errors", "--enable-unsafe-extension-debugging",
]  # fmt: skip


def chromium() -> str:
    path = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
    assert path, "the browser tests need Chromium: make browser"
    return path


def open_extension(playwright, folder, profile, port, **options):
    """A Chromium with the extension in `folder`: (context, service worker)."""
    rules = ",".join(f"MAP {host}:443 127.0.0.1:{port}" for host in sites.HOSTS)
    context = playwright.chromium.launch_persistent_context(
        str(profile), executable_path=chromium(), channel="chromium", headless=True, ignore_https_errors=True, locale="en-GB",
        viewport={"width": 1100, "height": 800}, **options,
        args=[*FLAGS, f"--host-resolver-rules={rules}", f"--disable-extensions-except={folder}", f"--load-extension={folder}"],
    )  # fmt: skip
    worker = context.service_workers[0] if context.service_workers else context.wait_for_event("serviceworker", timeout=15_000)
    return context, worker


def with_access(folder: Path) -> Path:
    """A copy of the extension that may read the fixture hosts without a click, as after the user's permission (its prompt cannot be answered headless)."""
    shutil.copytree(EXTENSION, folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["host_permissions"].append("https://*/*")
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


class Chromium:
    """The browser with the extension; `check` runs a command in a page as a click on the extension's button does."""

    def __init__(self, context, worker, address):
        self.context, self.address = context, address
        self.id = worker.url.split("/")[2]
        self.problems: list[str] = []

    @property
    def worker(self):
        return next(item for item in self.context.service_workers if self.id in item.url)

    def configure(self, **settings):
        self.worker.evaluate(
            "(settings) => chrome.storage.local.set(settings)", {"address": self.address, "reach": ["nl"], "ready": True, **settings}
        )

    def open(self, url):
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.problems.append(f"{url}: {error}"))
        page.on(
            "console",
            lambda message: (
                self.problems.append(f"{url}: {message.text}") if message.type == "error" and "404" not in message.text else None
            ),
        )
        page.goto(f"https://{url}")
        return page

    def run(self, page, command="check", wait=".summary"):
        page.bring_to_front()
        self.worker.evaluate(
            "async ([url, command]) => { const [tab] = (await chrome.tabs.query({})).filter((item) => item.url === url); await run(tab.id, command); }",
            [page.url, command],
        )
        panel = page.locator("[data-adcheck] .adcheck-panel")
        if wait:
            panel.locator(wait).first.wait_for(timeout=20_000)
        return panel

    def tab(self, page):
        return self.worker.evaluate("async (url) => (await chrome.tabs.query({})).find((tab) => tab.url === url).id", page.url)

    def last(self, page):
        """What was sent and answered last for a tab."""
        key = f"last.{self.tab(page)}"
        return self.worker.evaluate("async (key) => (await chrome.storage.session.get(key))[key]", key)

    def marked(self, page):
        """The words that are marked in the page, by outcome."""
        return page.evaluate(
            "Object.fromEntries([...CSS.highlights].map(([name, found]) => [name.replace('adcheck-', ''), [...found].map(String)]))"
        )

    def extension_page(self, path):
        page = self.context.new_page()
        page.goto(f"chrome-extension://{self.id}/{path}")
        return page
