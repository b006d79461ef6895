"""One engine for the whole run; hypothesis without deadlines, since the machine may be busy."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from compliance import Engine, default_engine

settings.register_profile(
    "adcheck", deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("adcheck")

AS_OF = "2026-11-23"


@pytest.fixture(scope="session")
def engine() -> Engine:
    return default_engine()
