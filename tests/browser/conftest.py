"""The service, the platforms' pages, and both browsers with the extension. Fails, and is never skipped, where a browser is missing."""

from __future__ import annotations

import pytest
import sites
from chromium import Chromium, with_access
from driving import BROWSERS
from firefox import Firefox
from locators import Located
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


@pytest.fixture(scope="package")
def playwright():
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def firefox(service, platforms, tmp_path_factory):
    """One Firefox for all modules (so too Chromium); what its user may give it is given."""
    opened = Firefox(tmp_path_factory.mktemp("firefox"), platforms, service)
    opened.allow("https://*/*")
    yield opened
    opened.close()


@pytest.fixture(scope="package")
def chromium(playwright, service, platforms, tmp_path_factory):
    folder = with_access(tmp_path_factory.mktemp("extension") / "adcheck")
    opened = Chromium(playwright, folder, tmp_path_factory.mktemp("profile"), platforms, service)
    yield opened
    opened.close()


@pytest.fixture(scope="module", params=BROWSERS)
def _browser(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def browser(_browser):
    """Each browser in turn, as on the first day; after the test no page may have had an error."""
    _browser.clean()
    yield _browser
    assert _browser.problems == []


@pytest.fixture
def located(chromium):
    """Chromium with Playwright's locators, as on the first day; after the test no page may have had an error."""
    chromium.clean()
    yield Located(chromium)
    assert chromium.problems == []
