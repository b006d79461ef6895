"""What a test does with a browser, the same words for Chromium and Firefox: pages, their parts, keys, clicks, and questions to the extension."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

EXTENSION = Path(__file__).resolve().parents[2] / "extension"
BROWSERS = ["chromium", "firefox"]
SECONDS = 45  # that anything may take on a busy machine
STEP = 0.05

# What a selector names in the page and in the extension's open shadow roots; of these what has the text, or the name, or all.
FIND = """((selector, text) => [document, ...[...document.querySelectorAll("[data-adcheck], ad-compliance-check")].map((host) => host.shadowRoot)]
  .flatMap((root) => [...root?.querySelectorAll(selector) ?? []])
  .filter((one) => text === null || (one.getAttribute("aria-label") ?? one.textContent).includes(text)))"""
# The middle of the first of them, unless it is on the move or something lies over it.
MIDDLE = f"""async (selector, text) => {{
  const [one] = {FIND}(selector, text);
  if (!one) return null;
  one.scrollIntoView({{ block: "nearest", behavior: "instant" }});
  const middle = () => {{ const box = one.getBoundingClientRect(); return [box.left + box.width / 2, box.top + box.height / 2]; }};
  const before = middle();
  await new Promise((done) => setTimeout(done, 40));
  const [x, y] = middle();
  let hit = document.elementFromPoint(x, y);
  for (let inner = hit; inner?.shadowRoot; hit = inner) {{ inner = inner.shadowRoot.elementFromPoint(x, y); if (!inner || inner === hit) break; }}
  return x === before[0] && y === before[1] && hit !== null && (one.contains(hit) || hit.closest("label")?.contains(one)) ? [x, y] : null;
}}"""
TRACE = "[document.documentElement.outerHTML, document.adoptedStyleSheets.length, CSS.highlights.size, document.querySelectorAll('[data-adcheck]').length]"
MARKED = "Object.fromEntries([...CSS.highlights].map(([name, found]) => [name.replace('adcheck-', ''), [...found].map(String)]))"


def called(expression: str, arguments: tuple) -> str:
    """An expression, or a function with its arguments, as one expression."""
    return f"({expression})(...{json.dumps(arguments)})" if arguments else expression


def wait(condition: Callable[[], object], said: Callable[[], object] = lambda: "", pause: Callable[[], object] = lambda: time.sleep(STEP)):
    """What `condition` gives, as soon as that is something."""
    end = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, f"waited {SECONDS} s; {said()}"
        pause()
    return found


class Part:
    """The elements of a page that a selector names, looked for at each use, also in the extension's shadow roots."""

    def __init__(self, page: Page, selector: str, text: str | None = None):
        self.page, self.selector, self.text = page, selector, text

    def __repr__(self):
        return f"{self.selector} {self.text or ''}".strip()

    def each(self, read: str, *arguments):
        """What a JavaScript function of one element gives, for each."""
        return self.page.evaluate(
            f"(selector, text, ...rest) => {FIND}(selector, text).map((one) => ({read})(one, ...rest))",
            self.selector,
            self.text,
            *arguments,
        )

    def first(self, read: str, *arguments):
        """The same for the first, waited for."""
        return wait(lambda: self.each(read, *arguments), lambda: f"no {self}")[0]

    def count(self) -> int:
        return len(self.each("() => 1"))

    def texts(self) -> list[str]:
        """As they are drawn."""
        return self.each("(one) => one.innerText")

    def says(self, text: str) -> None:
        """Waits until the first has this text in it."""
        wait(
            lambda: any(text in found for found in self.each("(one) => one.textContent")[:1]),
            lambda: f"{self} says {self.texts()}, not {text!r}",
        )

    def shown(self) -> Part:
        """Waits until there is one that is drawn."""
        wait(lambda: any(self.each("(one) => one.getClientRects().length > 0")), lambda: f"{self} is not shown")
        return self

    def gone(self) -> None:
        wait(lambda: not self.count(), lambda: f"{self} is still there")

    def click(self) -> None:
        """A press and release of the mouse in the middle of the first, once it stands still and nothing lies over it."""
        self.page.mouse(*wait(lambda: self.page.evaluate(MIDDLE, self.selector, self.text), lambda: f"no way to click {self}"))


class Page(ABC):
    """A tab."""

    browser: Browser

    @abstractmethod
    def run(self, expression: str):
        """What a JavaScript expression, or its promise, gives in the page's own world, as plain data."""

    @abstractmethod
    def go(self, address: str) -> None: ...

    @abstractmethod
    def front(self) -> None: ...

    @abstractmethod
    def mouse(self, x: float, y: float) -> None: ...

    @abstractmethod
    def press(self, keys: str) -> None:
        """One key, with its modifiers: `Escape`, `Control+z`."""

    @abstractmethod
    def type(self, text: str) -> None:
        """Key by key."""

    @abstractmethod
    def compose(self, text: str) -> None:
        """What an input method shows while its user has not chosen yet."""

    @abstractmethod
    def commit(self, text: str) -> None:
        """What its user has chosen."""

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def saved(self, act: Callable[[], None]) -> str:
        """The text of the file that `act` makes the browser save."""

    @abstractmethod
    def world(self) -> Callable[[str], object]:
        """How to run code in the world of a content script (the page's document, globals of its own); it gives the value of an expression."""

    def evaluate(self, expression: str, *arguments):
        return self.run(called(expression, arguments))

    def part(self, selector: str, text: str | None = None) -> Part:
        return Part(self, selector, text)

    def button(self, text: str) -> Part:
        return Part(self, "button", text)

    def until(self, expression: str):
        return wait(lambda: self.evaluate(expression), lambda: expression)

    def insert(self, selector: str, text: str) -> None:
        """Puts the text in place of what a field has, at once and undoably, as a paste does."""
        self.evaluate(
            """(selector, text) => { const field = document.querySelector(selector); field.focus(); field.select ? field.select() : getSelection().selectAllChildren(field);
            document.execCommand("insertText", false, text); }""",
            selector, text,
        )  # fmt: skip

    def value(self, selector: str) -> str:
        return self.evaluate(
            "(selector) => { const field = document.querySelector(selector); return field.value ?? field.innerText; }", selector
        )

    def trace(self) -> list:
        """All that the extension could leave behind."""
        return self.evaluate(TRACE)

    def marked(self) -> dict[str, list[str]]:
        """The words that are marked, by outcome."""
        return self.evaluate(MARKED)


class Browser(ABC):
    """A browser with the extension in it. `problems` are the errors that pages have had."""

    name: str
    address: str
    problems: list[str]
    settings: Page  # the page that the extension opens when it is installed; it stays open, to ask it things

    @abstractmethod
    def new(self) -> Page:
        """An empty tab, in front."""

    @abstractmethod
    def extension_page(self, path: str) -> Page: ...

    @abstractmethod
    def stop_background(self) -> None:
        """As the browser itself does after a while without events."""

    @abstractmethod
    def toolbar(self, page: Page) -> Callable[[str], None]:
        """Clicks the extension's button while `page` is in front, and gives how to press a part of the popup that opens."""

    @abstractmethod
    def menu(self, page: Page, selector: str) -> None:
        """The extension's entry in the context menu of an element."""

    @abstractmethod
    def shortcut(self, page: Page) -> None:
        """The extension's key."""

    @abstractmethod
    def url(self, url: str) -> str:
        """The address under which a fixture is served."""

    def ask(self, expression: str, *arguments):
        """What an expression gives where the extension's interfaces (`browser`) and `ask` are at hand."""
        return self.settings.evaluate(expression, *arguments)

    def configure(self, **settings) -> None:
        self.ask("(settings) => browser.storage.local.set(settings)", {"address": self.address, "reach": ["nl"], "ready": True, **settings})

    def clean(self) -> None:
        """As on the first day, with the service known."""
        self.problems.clear()
        self.ask("Promise.all([browser.storage.local.clear(), browser.storage.session.clear()])")
        self.configure()

    def open(self, url: str) -> Page:
        page = self.new()
        page.go(self.url(url))
        return page

    def tab(self, page: Page) -> int:
        """The browser's number of a page's tab."""
        return self.ask(
            "async (url) => (await browser.tabs.query({})).findLast((tab) => tab.url === url).id", page.evaluate("location.href")
        )

    def command(self, page: Page, command: str = "check", wait_for: str | None = ".summary") -> None:
        """What a choice in the popup does."""
        page.front()
        self.ask("(tab, command) => adcheck.client.ask('run', { tab, command })", self.tab(page), command)
        if wait_for:
            page.part(f".adcheck-panel {wait_for}").shown()

    def last(self, page: Page) -> dict:
        """What was sent and answered last for a tab."""
        return self.ask("(tab) => adcheck.client.ask('last', { tab })", self.tab(page))
