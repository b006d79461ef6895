"""The service, the platforms' pages and a Chromium with the extension. Fails, and is never skipped, where a browser is missing."""

from __future__ import annotations

import pytest
import sites
from chromium import Chromium, open_extension, with_access
from playwright.sync_api import sync_playwright

from compliance.web import create_app


@pytest.fixture(scope="session")
def service():
    """The address of a running Adcheck."""
    served = sites.Served(create_app())
    yield f"http://127.0.0.1:{served.port}"
    served.close()


@pytest.fixture(scope="session")
def platforms():
    """The port under which all fixture hosts are served, with a certificate that nobody signed."""
    served = sites.Served(sites.application, ssl_context="adhoc")
    yield served.port
    served.close()


@pytest.fixture(scope="module")
def playwright():
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def _browser(playwright, service, platforms, tmp_path_factory):
    folder = with_access(tmp_path_factory.mktemp("extension") / "adcheck")
    context, worker = open_extension(playwright, folder, tmp_path_factory.mktemp("profile"), platforms)
    yield Chromium(context, worker, service)
    context.close()


@pytest.fixture
def browser(_browser):
    """A clean state before each test; after it no page may have had an error."""
    _browser.problems.clear()
    _browser.worker.evaluate("() => chrome.storage.local.clear()")
    _browser.worker.evaluate("() => chrome.storage.session.clear()")
    _browser.configure()
    yield _browser
    for page in _browser.context.pages[1:]:
        page.close()
    assert _browser.problems == []
