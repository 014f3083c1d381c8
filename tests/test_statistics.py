"""Intervals, paired comparisons and verdicts against closed forms, hand examples and repeated studies."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study.statistics import (
    fieller,
    half_width,
    holm,
    moments,
    paired,
    quantiles,
    t_quantile,
    verdict,
)

NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)
COLUMN = st.lists(NUMBERS | st.just(math.nan), min_size=0, max_size=30)


def test_t_quantiles() -> None:
    """Tests Student's quantiles against printed tables and the normal law far away."""
    for degrees, expected in ((1, 12.706), (2, 4.303), (9, 2.262), (19, 2.093), (99, 1.984)):
        assert float(t_quantile(0.975, degrees)) == pytest.approx(expected, abs=5e-4)
    assert float(t_quantile(0.975, 10**7)) == pytest.approx(1.959964, abs=1e-5)
    assert np.isnan(t_quantile(0.975, 0))


@given(COLUMN)
def test_moments_leave_nan_out(values: list[float]) -> None:
    """Tests mean, spread and count of a column with missing values against numpy."""
    array = np.array(values, np.float64)
    kept = array[~np.isnan(array)]
    found = moments(array)
    assert found.n == kept.size
    if kept.size == 0:
        assert np.isnan(found.mean)
    else:
        assert found.mean == pytest.approx(kept.mean(), abs=1e-6)
    if kept.size < 2:
        assert np.isnan(found.sd)
        assert np.isnan(found.interval(0.95)[0])
    else:
        assert found.sd == pytest.approx(kept.std(ddof=1), abs=1e-5)


def test_equal_values_are_a_point() -> None:
    """Tests that a measure that never varies has an interval of no width, whatever binary rounding does."""
    found = moments(np.full((37, 1), 208_601.332_817))
    low, high = found.interval(0.95)
    assert found.sd[0] == 0.0
    assert low[0] == high[0] == found.mean[0]
    assert found.mean[0] == pytest.approx(208_601.332_817, rel=1e-15)


def test_interval_by_hand() -> None:
    """Tests the interval of 10, 12, 14: mean 12, sd 2, t with two degrees of freedom 4.303."""
    found = moments(np.array([10.0, 12.0, 14.0]))
    low, high = found.interval(0.95)
    assert (float(low), float(high)) == pytest.approx(
        (12 - 4.3027 * 2 / 3**0.5, 12 + 4.3027 * 2 / 3**0.5), abs=1e-3
    )


def test_fewer_than_two_replications_say_nothing() -> None:
    """Tests that one replication gives a mean without an interval, and never a verdict."""
    pair = paired(np.array([[5.0]]), np.array([[900.0]]))
    assert pair.difference.mean[0] == 895.0
    low, high = pair.difference.interval(0.95)
    assert np.isnan(low[0])
    assert np.isnan(pair.p_value[0])
    assert verdict(low[0], high[0], 10.0) == "not_enough_replications"
    none = paired(np.empty((0, 1)), np.empty((0, 1)))
    assert none.difference.n[0] == 0
    assert np.isnan(none.difference.mean[0])
    assert np.isnan(none.share_above[0])


def test_paired_by_hand() -> None:
    """Tests differences, shares, correlation and gain of four pairs, one of them incomplete."""
    reference = np.array([[10.0], [12.0], [14.0], [11.0]])
    scenario = np.array([[11.0], [14.0], [14.0], [np.nan]])
    pair = paired(reference, scenario)
    assert pair.difference.n[0] == 3
    assert pair.difference.mean[0] == pytest.approx(1.0)
    assert pair.difference.sd[0] == pytest.approx(1.0)
    assert pair.share_better([1])[0] == pytest.approx(2 / 3)
    assert pair.share_better([-1])[0] == 0.0
    assert np.isnan(pair.share_better([0])[0])
    assert pair.correlation[0] == pytest.approx(np.corrcoef([10, 12, 14], [11, 14, 14])[0, 1])
    assert pair.variance_gain[0] == pytest.approx((4 + 3) / 1)
    # t = 1 / (1 / √3) with two degrees of freedom.
    assert pair.p_value[0] == pytest.approx(0.2254, abs=5e-4)


def test_a_constant_difference() -> None:
    """Tests that costs apart by a constant give a point, a certain p-value and no gain to speak of."""
    rng = np.random.default_rng(1)
    base = rng.normal(200_000, 300, (50, 2))
    pair = paired(base, base + np.array([61_573.28, 0.0]))
    low, high = pair.difference.interval(0.999)
    assert low[0] == high[0] == pytest.approx(61_573.28)
    assert pair.difference.mean[1] == 0.0
    assert pair.p_value.tolist() == [0.0, 1.0]
    assert np.isnan(pair.variance_gain).all()
    assert pair.share_better([1, 1]).tolist() == [1.0, 0.0]
    assert verdict(low[0], high[0], 1_000.0) == "higher"
    assert verdict(low[1], high[1], 0.0) == "no_difference_that_matters"


def test_two_constants_have_no_correlation() -> None:
    """Tests that a measure that does not vary has no correlation rather than a wrong one."""
    pair = paired(np.full((9, 1), 3.0), np.full((9, 1), 4.0))
    assert np.isnan(pair.correlation[0])


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=25))
def test_paired_is_antisymmetric(pairs: list[tuple[float, float]]) -> None:
    """Tests that exchanging scenario and reference exchanges signs and shares and nothing else."""
    one = np.array([[a] for a, _ in pairs])
    two = np.array([[b] for _, b in pairs])
    there, back = paired(one, two), paired(two, one)
    assert there.difference.mean == pytest.approx(-back.difference.mean)
    assert there.difference.sd == pytest.approx(back.difference.sd)
    assert there.share_above == back.share_below
    assert there.p_value == pytest.approx(back.p_value)
    assert there.correlation == pytest.approx(back.correlation, nan_ok=True)


@pytest.mark.parametrize("n", [5, 20, 100])
def test_coverage_of_paired_intervals(n: int) -> None:
    """Tests that the 95 % interval of a paired difference covers in 93 to 97 % of 2 000 studies."""
    rng = np.random.default_rng(n)
    studies, difference = 2_000, 3.0
    shared = rng.normal(0, 10, (n, studies))
    reference = 100 + shared + rng.normal(0, 4, (n, studies))
    scenario = 100 + difference + shared + rng.normal(0, 4, (n, studies))
    pair = paired(reference, scenario)
    low, high = pair.difference.interval(0.95)
    covers = np.mean((low <= difference) & (difference <= high))
    assert 0.93 <= covers <= 0.97
    # The pairing is worth what theory says: 2 · 116 / 32.
    assert np.median(pair.variance_gain) == pytest.approx(2 * 116 / 32, rel=0.25 if n == 5 else 0.1)
    # With the very same worlds, the width is 2 t s / √n.
    assert high - low == pytest.approx(2 * half_width(pair.difference.sd, np.full(studies, n), 0.95))


def test_false_verdicts_under_no_difference() -> None:
    """Tests that when nothing differs, 28 intervals together are wrong in at most 5 % of studies."""
    rng = np.random.default_rng(2)
    studies, family, n = 1_500, 28, 20
    low, high = moments(rng.normal(0, 1, (n, studies * family))).interval(1 - 0.05 / family)
    wrong = ((low > 0) | (high < 0)).reshape(studies, family).any(axis=1).mean()
    # Bonferroni's bound is 5 %; independent measures come close to it.
    assert wrong <= 0.05 + 3 * (0.05 * 0.95 / studies) ** 0.5
    assert wrong >= 0.02


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (2.1, 5.0, "higher"),
        (-5.0, -2.1, "lower"),
        (-1.9, 1.9, "no_difference_that_matters"),
        (-2.0, 2.0, "no_difference_that_matters"),
        (2.0, 5.0, "not_enough_replications"),  # touches +δ: not wholly above
        (-5.0, -2.0, "not_enough_replications"),
        (-1.0, 2.1, "not_enough_replications"),
        (-9.0, 9.0, "not_enough_replications"),
        (math.nan, math.nan, "not_enough_replications"),
        (2.5, 2.5, "higher"),
        (0.0, 0.0, "no_difference_that_matters"),
    ],
)
def test_verdict(low: float, high: float, expected: str) -> None:
    """Tests what a simultaneous interval says against a threshold of ±2."""
    assert verdict(low, high, 2.0) == expected


@given(NUMBERS, st.floats(0, 1e6), st.floats(0, 1e6))
def test_verdict_mirrors(middle: float, half: float, threshold: float) -> None:
    """Tests that turning an interval around zero turns higher into lower and leaves the rest."""
    mirror = {"higher": "lower", "lower": "higher"}
    there = verdict(middle - half, middle + half, threshold)
    assert verdict(-middle - half, -middle + half, threshold) == mirror.get(there, there)


def test_holm_by_hand() -> None:
    """Tests the step-down adjustment of four p-values, and that one missing still counts in the family."""
    assert holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])
    adjusted = holm([0.01, math.nan, 0.04])
    assert adjusted[[0, 2]].tolist() == pytest.approx([0.03, 0.08])
    assert np.isnan(adjusted[1])
    assert holm(np.array([[0.5, 0.9], [0.8, 0.7]])).tolist() == [[1.0, 1.0], [1.0, 1.0]]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_is_between_plain_and_bonferroni(p: list[float]) -> None:
    """Tests that adjusted values keep the order and lie between the plain ones and Bonferroni's."""
    plain, adjusted = np.array(p), holm(p)
    assert (adjusted >= plain - 1e-15).all()
    assert (adjusted <= np.minimum(plain * len(p), 1.0) + 1e-15).all()
    order = np.argsort(plain, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.integers(0, 10))
def test_quantiles_leave_nan_out(values: list[int], missing: int) -> None:
    """Tests inverted-CDF quantiles of a column with missing values."""
    array = np.array([*map(float, values), *[math.nan] * missing])[:, None]
    for q in (0.1, 0.5, 0.9):
        assert quantiles(array, q)[0] == np.quantile(values, q, method="inverted_cdf")
    assert np.isnan(quantiles(np.full((3, 1), np.nan), 0.5)[0])


def test_fieller_by_hand() -> None:
    """Tests that with a denominator that does not vary the interval is the numerator's, divided by it."""
    cost = np.array([90.0, 100.0, 110.0, 100.0])
    people = np.full(4, 20.0)
    ratio, low, high, n = fieller(cost, people, 0.95)
    mean_low, mean_high = moments(cost).interval(0.95)
    assert (ratio, n) == (5.0, 4)
    assert (low, high) == pytest.approx((float(mean_low) / 20, float(mean_high) / 20))


def test_fieller_covers() -> None:
    """Tests that the interval of a ratio of paired means covers in 93 to 97 % of 2 000 studies."""
    rng = np.random.default_rng(3)
    inside = 0
    for _ in range(2_000):
        people = rng.normal(40, 30, 30)
        cost = 60_000 + 20 * people + rng.normal(0, 4_000, 30)
        _, low, high, _ = fieller(cost, people, 0.95)
        # Where people cannot be told from zero, no finite interval is claimed: it covers.
        inside += math.isnan(low) or low <= (60_000 + 20 * 40) / 40 <= high
    assert 0.93 <= inside / 2_000 <= 0.97


def test_fieller_without_more_people() -> None:
    """Tests that nobody helped in addition gives no cost per person, and few give one without an interval."""
    assert np.isnan(fieller(np.array([1.0, 2.0]), np.array([-3.0, 3.0]), 0.95)[0])
    ratio, low, high, _ = fieller(np.full(5, 100.0), np.array([-30.0, 40.0, -20.0, 30.0, 5.0]), 0.95)
    assert ratio == pytest.approx(20.0)
    assert np.isnan(low)
    assert np.isnan(high)
    assert np.isnan(fieller(np.empty(0), np.empty(0), 0.95)[0])
