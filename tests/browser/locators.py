"""The same Chromium with Playwright's own pages and locators, for tests that are written in them."""

from __future__ import annotations

from chromium import ChromiumPage


class Located:
    def __init__(self, browser):
        self.browser, self.context, self.address = browser, browser.context, browser.address
        self.configure, self.problems = browser.configure, browser.problems

    @property
    def worker(self):
        return next(item for item in self.context.service_workers if self.browser.id in item.url)

    def open(self, url):
        return self.browser.open(url).own

    def extension_page(self, path):
        return self.browser.extension_page(path).own

    def run(self, page, command="check", wait=".summary"):
        """What a choice in the popup does; the panel."""
        self.browser.command(self._page(page), command, wait)
        return page.locator("[data-adcheck] .adcheck-panel")

    def tab(self, page):
        return self.browser.tab(self._page(page))

    def last(self, page):
        return self.browser.last(self._page(page))

    def marked(self, page):
        return self._page(page).marked()

    def _page(self, own):
        return ChromiumPage(None, own)
