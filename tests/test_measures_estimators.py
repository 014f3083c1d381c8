"""Estimators against hand examples, brute force and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.measures.estimators import (
    covered,
    distinct,
    gini,
    kaplan_meier,
    kaplan_meier_quantile,
    mean,
    quantile,
    ratio,
    time_to_next,
)
from tests.made_up_facts import ints

WHOLE = st.lists(st.integers(0, 40), min_size=1, max_size=60)


@given(WHOLE, st.integers(1, 100))
def test_quantile_is_the_inverted_cdf(values: list[int], percent: int) -> None:
    """Tests that a quantile is the least value with at least that share of the values at or below it."""
    array = np.array(values)
    found = quantile(array, percent / 100)
    assert found in values
    # In whole numbers, where a share of n is exact.
    assert 100 * np.count_nonzero(array <= found) >= percent * array.size
    assert 100 * np.count_nonzero(array < found) < percent * array.size


def test_quantile_of_a_whole_share() -> None:
    """Tests that 0.9 of 30 values is the 27th, though 0.9 × 30 may exceed 27 in binary."""
    assert quantile(np.arange(1, 31), 0.9) == 27
    assert quantile(np.arange(1, 11), 0.7) == 7
    assert np.isnan(quantile(np.empty(0), 0.5))


def test_ratio_and_mean_of_nothing() -> None:
    """Tests that a ratio over nothing and the mean of nothing do not exist, rather than being zero."""
    assert np.isnan(ratio(0, 0))
    assert np.isnan(ratio(3, 0))
    assert ratio(3, 4) == 0.75
    assert np.isnan(mean(np.empty(0)))
    assert mean(ints(1, 2, 6)) == 3.0


def test_kaplan_meier_by_hand() -> None:
    """Tests the estimate of a textbook: weeks of remission of 21 children, some still in remission."""
    # The treated arm of Freireich et al. 1963, as in Kalbfleisch & Prentice: + is censored.
    durations = ints(6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35)
    seen = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], bool)
    survival = kaplan_meier(durations, seen)
    expected = {
        5: 1.0,
        6: 0.8571,
        7: 0.8067,
        10: 0.7529,
        13: 0.6902,
        16: 0.6275,
        22: 0.5378,
        23: 0.4482,
        35: 0.4482,
    }
    for day, value in expected.items():
        assert survival[day] == pytest.approx(value, abs=5e-5), day
    assert kaplan_meier_quantile(survival, 0.5) == 23
    # Nine in ten have not been reached when the last one leaves: at least 35.
    assert kaplan_meier_quantile(survival, 0.9) == 35


@given(WHOLE)
def test_kaplan_meier_without_censoring(values: list[int]) -> None:
    """Tests that without censoring the curve is the empirical one and its quantiles are those of the data."""
    durations = np.array(values)
    survival = kaplan_meier(durations, np.ones(durations.size, bool))
    for day in range(survival.size):
        assert survival[day] == pytest.approx((durations > day).mean())
    for q in (0.1, 0.5, 0.9, 1.0):
        assert kaplan_meier_quantile(survival, q) == quantile(durations, q)


@given(WHOLE, st.data())
def test_kaplan_meier_never_rewards_a_backlog(values: list[int], data: st.DataObject) -> None:
    """Tests that making a request wait instead of visiting it never lowers the curve."""
    durations = np.array(values)
    seen = np.array(data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    before = kaplan_meier(durations, seen)
    worse = seen.copy()
    worse[data.draw(st.integers(0, len(values) - 1))] = False
    after = kaplan_meier(durations, worse)
    assert (after >= before - 1e-12).all()


def test_kaplan_meier_of_nothing() -> None:
    """Tests that without a request there is no curve and no lead time."""
    survival = kaplan_meier(ints(), np.empty(0, bool))
    assert survival.size == 0
    assert np.isnan(kaplan_meier_quantile(survival, 0.9))


def test_time_to_next_by_hand() -> None:
    """Tests two sites: events at 4 and 10 of one open from 0, and at 6 of one open from 2 to 8."""
    found = time_to_next(ints(1, 0, 0, 1), ints(6, 10, 4, 9), ints(0, 2), ints(20, 8))
    # Site 0: 4²/2 + 6²/2 over 10. Site 1: 4²/2 over 4; the event at 9 is outside its opening.
    assert found.integral.tolist() == [26.0, 8.0]
    assert found.length.tolist() == [10.0, 4.0]
    assert found.average == pytest.approx(34.0 / 14.0)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 59)), max_size=25, unique=True), st.data())
def test_time_to_next_against_every_instant(events: list[tuple[int, int]], data: st.DataObject) -> None:
    """Tests the exact integral against a sum over small steps, for random events and openings."""
    opens = np.array(data.draw(st.lists(st.integers(0, 30), min_size=3, max_size=3)))
    closes = opens + np.array(data.draw(st.lists(st.integers(0, 30), min_size=3, max_size=3)))
    group = np.array([g for g, _ in events], np.int64)
    at = np.array([t for _, t in events], np.int64)
    found = time_to_next(group, at, opens, closes)
    for g in range(3):
        mine = sorted(t for h, t in events if h == g and opens[g] <= t < closes[g])
        steps = [min(t - s for t in mine if t > s) - 0.5 for s in range(opens[g], mine[-1])] if mine else []
        assert found.integral[g] == pytest.approx(sum(steps))
        assert found.length[g] == len(steps)


def test_time_to_next_of_nothing() -> None:
    """Tests that with no event ahead the average does not exist."""
    assert np.isnan(time_to_next(ints(), ints(), ints(0), ints(10)).average)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=20))
def test_covered_is_the_union(intervals: list[tuple[int, int]]) -> None:
    """Tests the length of a union against a set of unit cells."""
    intervals.sort()
    start = np.array([a for a, _ in intervals], np.int64)
    end = np.array([a + n for a, n in intervals], np.int64)
    cells = {x for a, n in intervals for x in range(a, a + n)}
    assert covered(start, end).sum() == len(cells)


def test_gini_closed_forms() -> None:
    """Tests equality, one who has all, two values, a uniform law and an exponential one."""
    even = np.ones(4)
    assert gini(even * 3.0, even) == pytest.approx(0.0)
    # One of n has all: (n − 1) / n.
    assert gini(np.array([0.0, 0.0, 0.0, 5.0]), even) == pytest.approx(0.75)
    # A share p of people has a share s: s − p.
    assert gini(np.array([1.0, 4.0]), np.array([8.0, 2.0])) == pytest.approx(8.0 / 16.0 - 0.2)
    grid = (np.arange(20_000) + 0.5) / 20_000
    heads = np.ones(grid.size)
    assert gini(grid, heads) == pytest.approx(1.0 / 3.0, abs=1e-4)
    assert gini(-np.log1p(-grid), heads) == pytest.approx(0.5, abs=1e-3)
    assert np.isnan(gini(np.zeros(3), np.ones(3)))


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), min_size=2, max_size=12))
def test_gini_is_the_mean_difference(groups: list[tuple[int, int]]) -> None:
    """Tests the index against half the mean absolute difference between two people over the mean."""
    people = np.repeat([v for v, _ in groups], [w for _, w in groups]).astype(float)
    found = gini(np.array([v for v, _ in groups], float), np.array([w for _, w in groups], float))
    if people.sum() == 0:
        assert np.isnan(found)
        return
    expected = np.abs(people[:, None] - people[None, :]).mean() / (2.0 * people.mean())
    assert found == pytest.approx(expected, abs=1e-12)


@given(st.lists(st.integers(-5, 5), max_size=30))
def test_distinct(values: list[int]) -> None:
    """Tests that distinct values are those of a set, sorted."""
    assert distinct(np.array(values, np.int64)).tolist() == sorted(set(values))
