"""Lognormal lengths that never exceed a longest value, with the mean asked for.

A lognormal law has no longest value: a single home visit of twenty hours would be drawn some day. Here
the law is the lognormal conditioned not to exceed the longest value, its mean before conditioning chosen
such that the mean after is the one given. A length is drawn by inversion from one uniform.
"""

from __future__ import annotations

from functools import lru_cache
from math import erfc, exp, inf, log, log1p, sqrt
from typing import NamedTuple

import numpy as np

from sim.compiled import njit
from sim.settings import MOST_OF_LONGEST
from sim.streams import normal_quantile

__all__ = ["Law", "law", "length"]


class Law(NamedTuple):
    """A lognormal law cut at a longest value.

    `before` is its mean if it were not cut, `sigma` the standard deviation of its logarithm, `share` the
    probability not to be cut, `longest` infinite where there is none.
    """

    before: float
    sigma: float
    share: float
    longest: float


@lru_cache(maxsize=64)
def law(mean: float, cv: float, longest: float | None) -> Law:
    """The law of a mean, cut at a longest value (None: not cut).

    Parameters
    ----------
    mean, longest
        In one unit; `mean` is at most `MOST_OF_LONGEST` of `longest`.
    cv
        Coefficient of variation before the cut.

    Raises
    ------
    ValueError
        If the mean is too near the longest value, or above it.
    """
    sigma = float(np.sqrt(np.log1p(cv**2)))
    if longest is None or mean == 0.0 or sigma == 0.0:
        return Law(mean, sigma, 1.0, inf)
    if mean > MOST_OF_LONGEST * longest:
        raise ValueError(f"a mean of {mean:g} with a longest value of {longest:g}")
    # The mean of the cut law grows with that of the whole one: halve an interval down to rounding.
    low, high = log(mean), log(longest) + 12.0 * log1p(cv**2) + 1.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if _cut_mean(middle, sigma, longest) < mean:
            low = middle
        else:
            high = middle
    before = exp(high)
    return Law(before, sigma, _below(_longest_z(high, sigma, longest)), longest)


def _longest_z(log_before: float, sigma: float, longest: float) -> float:
    """The longest value as a standard normal."""
    return (log(longest) - log_before) / sigma + 0.5 * sigma


def _below(z: float) -> float:
    """Φ(z)."""
    return 0.5 * erfc(-z / sqrt(2.0))


def _cut_mean(log_before: float, sigma: float, longest: float) -> float:
    """Mean of a lognormal given that it is below a value: e^(μ + σ²/2) Φ(b − σ) / Φ(b)."""
    z = _longest_z(log_before, sigma, longest)
    return exp(log_before) * _below(z - sigma) / _below(z)


@njit
def length(u: float, before: float, sigma: float, share: float, longest: float) -> float:
    """The length at a uniform, by inversion of a `Law` given by its fields."""
    z = normal_quantile(u * share)
    return float(min(before * np.exp(sigma * z - 0.5 * sigma**2), longest))
