"""What every test shares: the same examples on every machine, and where the checkout is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

settings.register_profile(
    "suite",
    deadline=None,  # the first example of a compiled kernel pays for its compilation
    derandomize=True,  # a suite that fails, fails for everyone
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")


@pytest.fixture
def root() -> Path:
    """The folder of the checkout."""
    return ROOT
