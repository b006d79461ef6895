"""One engine for the whole run; hypothesis without deadlines, since the machine may be busy."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from compliance import Engine, default_engine
from compliance.web import create_app

settings.register_profile(
    "adcheck", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("adcheck")

AS_OF = "2026-11-23"
LONGEST = ("test_signals.py", "test_scan.py", "test_scan_stopped.py", "test_integrations.py", "test_upkeep.py", "test_report_dir.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest begin, so that no process waits for them at the end."""
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


@pytest.fixture(scope="session")
def engine() -> Engine:
    return default_engine()


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def client():
    """The service, asked without a network."""
    return create_app().test_client()
