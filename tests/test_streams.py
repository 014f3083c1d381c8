"""Tests of the random streams: draws belong to names, and are distributed as they should be."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats

from sim.streams import (
    StreamReusedError,
    Streams,
    combine,
    exponential,
    item_key,
    item_keys,
    normal,
    poisson,
    stable_hash,
    uniform,
)

# Chance that a test of a distribution fails although all is well: none does, the draws are fixed.
LEVEL = 1e-3
KEY = Streams(82, 0).key("a test")


def draws(function: object, key: np.uint64, n: int) -> NDArray[np.float64]:
    return np.array([function(key, np.uint64(i)) for i in range(n)])  # type: ignore[operator]


def test_asking_twice_for_a_name_is_an_error() -> None:
    """Tests that two quantities can never share a stream, and that another name is given out."""
    streams = Streams(1, 0)
    first = streams.key("needs: date")
    with pytest.raises(StreamReusedError, match="needs: date"):
        streams.key("needs: date")
    assert streams.key("needs: second") != first


def test_names_hash_alike_everywhere() -> None:
    """Tests values fixed once: another machine, version or hash seed must give the same streams."""
    assert stable_hash("needs: taste") == (1368694843, 617717407, 636328061, 479611139)
    assert stable_hash("") == (1097459402, 1086189529, 1971866958, 1886824078)
    assert int(item_key("commune:82121")) == 8304846155941763271
    assert int(Streams(82, 0).key("needs: taste")) == 13246492550669056183
    assert int(Streams(82, 1).key("needs: taste")) == 489470287289946002


def test_a_draw_is_fixed_by_stream_and_item() -> None:
    """Tests values fixed once of every standard variate."""
    stream, item = np.uint64(1), np.uint64(2)
    assert uniform(stream, item) == pytest.approx(0.1184596377161859, abs=1e-15)
    assert exponential(stream, item) == pytest.approx(-math.log(uniform(stream, item)), abs=1e-15)
    assert normal(stream, item) == pytest.approx(stats.norm.ppf(uniform(stream, item)), abs=1e-12)


@pytest.mark.parametrize("name", ["seed", "replication", "name", "item"])
def test_streams_differ_in_each_part_of_their_key(name: str) -> None:
    """Tests that seed, replication, name and item each give other draws, uncorrelated ones."""
    keys = {
        "seed": [Streams(s, 0).key("x") for s in (1, 2)],
        "replication": [Streams(1, r).key("x") for r in (0, 1)],
        "name": [Streams(1, 0).key(n) for n in ("x", "y")],
        "item": [Streams(1, 0).key("x")] * 2,
    }[name]
    n = 20_000
    shift = n if name == "item" else 0
    a = np.array([uniform(keys[0], np.uint64(i)) for i in range(n)])
    b = np.array([uniform(keys[1], np.uint64(i + shift)) for i in range(n)])
    assert not np.isin(a, b).any()
    # the correlation of independent uniforms has standard deviation 1 / √n
    assert abs(np.corrcoef(a, b)[0, 1]) < stats.norm.isf(LEVEL / 2) / math.sqrt(n)


def test_uniforms_fill_the_unit_square() -> None:
    """Tests successive items and their pairs against uniformity, by Kolmogorov–Smirnov and χ²."""
    u = draws(uniform, KEY, 100_000)
    assert 0.0 < u.min() < u.max() < 1.0
    assert stats.kstest(u, "uniform").pvalue > LEVEL
    cells = np.histogram2d(u[:-1:2], u[1::2], bins=20, range=[[0, 1], [0, 1]])[0].ravel()
    assert stats.chisquare(cells).pvalue > LEVEL


def test_keys_made_of_two_parts_spread_as_well() -> None:
    """Tests uniforms of a grid of (name, moment): neither rows nor columns nor diagonals hang together."""
    names = [item_key(f"agent:A{i}") for i in range(40)]
    grid = np.array(
        [[uniform(KEY, np.uint64(combine(k, np.uint64(738_000 + d)))) for d in range(500)] for k in names]
    )
    assert stats.kstest(grid.ravel(), "uniform").pvalue > LEVEL
    centred = grid - 0.5
    for other in (np.roll(centred, 1, axis=0), np.roll(centred, 1, axis=1), np.roll(centred, (1, 1), (0, 1))):
        z = 12 * (centred * other).mean() * math.sqrt(grid.size)
        assert abs(z) < stats.norm.isf(LEVEL / 2)
    assert len({int(combine(k, np.uint64(d))) for k in names for d in range(500)}) == grid.size


def test_normals_and_exponentials_have_their_distribution() -> None:
    """Tests the two transforms by Kolmogorov–Smirnov, tails of the normal included."""
    z = draws(normal, KEY, 100_000)
    assert stats.kstest(z, "norm").pvalue > LEVEL
    beyond = int((np.abs(z) > 3).sum())
    assert stats.binomtest(beyond, z.size, 2 * stats.norm.sf(3)).pvalue > LEVEL
    assert stats.kstest(draws(exponential, KEY, 100_000), "expon").pvalue > LEVEL


@given(st.floats(1e-9, 1 - 1e-9), st.floats(1e-3, 3_000))
def test_the_poisson_quantile_is_the_quantile(u: float, mean: float) -> None:
    """Tests that the least k with P(N ≤ k) ≥ u is found, up to the rounding of the sum."""
    k = poisson(u, mean)
    assert stats.poisson.cdf(k, mean) >= u - 1e-9
    assert k == 0 or stats.poisson.cdf(k - 1, mean) < u + 1e-9


@given(st.floats(1e-6, 1 - 1e-6), st.floats(0, 500), st.floats(0, 500))
def test_a_larger_mean_never_gives_fewer(u: float, mean: float, more: float) -> None:
    """Tests monotony in the mean: with the same uniform, more needs only add needs."""
    assert poisson(u, mean + more) >= poisson(u, mean)
    assert poisson(u, 0.0) == 0


def test_poisson_counts_have_mean_and_variance_of_theory() -> None:
    """Tests 20 000 counts of mean 3.7 cell by cell (χ²)."""
    mean, n = 3.7, 20_000
    counts = np.array([poisson(float(u), mean) for u in draws(uniform, KEY, n)])
    cells = np.bincount(np.minimum(counts, 12), minlength=13)
    expected = stats.poisson.pmf(np.arange(12), mean) * n
    expected = np.append(expected, n - expected.sum())
    assert stats.chisquare(cells, expected).pvalue > LEVEL


def test_keys_of_many_items_are_those_of_each() -> None:
    """Tests the names, the order, and that what a caller writes does not reach the next."""
    expected = [item_key("site:82001-a"), item_key("site:82088-b")]
    first = item_keys("site", ["82001-a", "82088-b"])
    assert first.tolist() == [int(key) for key in expected]
    first[:] = 0
    assert item_keys("site", ("82001-a", "82088-b")).tolist() == [int(key) for key in expected]
    assert item_keys("commune", ["82001-a"]).tolist() == [int(item_key("commune:82001-a"))]
    assert item_keys("site", []).shape == (0,)
