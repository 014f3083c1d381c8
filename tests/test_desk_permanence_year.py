"""The permanence-year of desks reproduces the six figures found by other engines."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest
from scipy.stats import t as student

from benchmarks.permanence_year import engine_sim, engine_sim_calls
from benchmarks.permanence_year.problem import REFERENCE, ROUNDED, Outputs

YEARS = 400


@pytest.mark.parametrize("figure", Outputs._fields)
def test_reference_figure(figure: str) -> None:
    """Tests that the mean of many years is the reference, within its 99.9 % interval."""
    years = np.array([getattr(engine_sim.simulate(seed), figure) for seed in range(YEARS)])
    half = student.ppf(0.9995, YEARS - 1) * years.std(ddof=1) / sqrt(YEARS)
    expected = getattr(REFERENCE, figure)
    assert half < 0.02 * expected
    assert abs(years.mean() - expected) <= half + getattr(ROUNDED, figure)


def test_one_call_equals_many() -> None:
    """Tests that a year in one call and in one call per permanence is the same year."""
    assert engine_sim.simulate(5) == engine_sim_calls.simulate(5)
