"""Tests of lengths that are lognormal up to a longest value and keep their mean."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.compose import load_settings
from sim.lengths import law, length
from sim.problems import InputError

CASES = [(50.0, 0.6, 180.0), (75.0, 0.3, 180.0), (90.0, 0.6, 150.0), (30.0, 0.9, 120.0), (162.0, 2.0, 180.0)]


@pytest.mark.parametrize(("mean", "cv", "longest"), CASES)
def test_the_mean_is_kept_and_the_longest_never_exceeded(mean: float, cv: float, longest: float) -> None:
    """Tests the mean by quadrature over uniforms, the law against scipy's, and both ends of the draws."""
    before, sigma, share, top = law(mean, cv, longest)
    u = (np.arange(200_000) + 0.5) / 200_000
    lengths = np.array([length(x, before, sigma, share, top) for x in u])
    assert lengths.mean() == pytest.approx(mean, rel=1e-4)
    assert (np.diff(lengths) >= 0).all()
    whole = stats.lognorm(sigma, scale=before * math.exp(-(sigma**2) / 2))
    assert share == pytest.approx(whole.cdf(longest), rel=1e-9)
    assert lengths[1000::20_000] == pytest.approx(whole.ppf(u[1000::20_000] * share), rel=1e-7)
    assert 0 < length(2.0**-54, before, sigma, share, top) < length(1 - 2.0**-53, before, sigma, share, top)
    assert length(1 - 2.0**-53, before, sigma, share, top) == pytest.approx(longest, rel=1e-9)
    assert length(1 - 2.0**-53, before, sigma, share, top) <= longest


def test_by_default_hardly_anything_is_cut() -> None:
    """Tests that defaults cut fewer than one length in 150, from a mean before the cut at most 2 % larger."""
    for mean, cv in ((50.0, 0.6), (51.0, 0.6), (36.0, 0.6), (30.0, 0.6), (75.0, 0.3)):
        before, _, share, _ = law(mean, cv, 180.0)
        assert 1 - share < 0.007
        assert mean < before < 1.02 * mean


def test_without_a_longest_value_the_law_is_lognormal() -> None:
    """Tests that null cuts nothing, and that no work and no spread need no cut."""
    assert law(50.0, 0.6, None) == (50.0, math.sqrt(math.log1p(0.36)), 1.0, math.inf)
    assert length(0.5, *law(0.0, 0.6, 180.0)) == 0.0
    assert length(0.9, *law(100.0, 0.0, 180.0)) == 100.0


def test_a_mean_too_near_the_longest_is_refused() -> None:
    """Tests the problem that names the parameter and says from where on it would do."""
    for words, least in (
        (("homes.length_mean_min=170",), "189 or more"),
        (("demand.needs.work_mean_min.digital_individual=200",), "223 or more"),
        (("demand.needs.correspondent_extra_min=130",), "185 or more"),
    ):
        with pytest.raises(InputError) as refused:
            load_settings(*words)
        (problem,) = refused.value.problems
        assert problem.where.endswith("longest_min")
        assert least in problem.expected
    with pytest.raises(ValueError, match="a mean of 170"):
        law(170.0, 0.6, 180.0)
    load_settings("homes.length_mean_min=170", "homes.length_longest_min=null")
