"""Intervals and verdicts of paired comparisons, from arrays of replications.

Every interval is Student's, on the replications (of a mean) or on their differences (of a scenario and the
reference, which share their worlds). A nan is a replication in which the measure does not exist: it is left
out, pair by pair, and `n` says how many are left. With fewer than two nothing is known of the spread: the
interval is nan, never a point. Where all are equal the interval is that point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "VERDICTS",
    "Moments",
    "Paired",
    "Verdict",
    "fieller",
    "half_width",
    "holm",
    "longer_arm",
    "moments",
    "paired",
    "quantiles",
    "sample_skewness",
    "t_quantile",
    "verdict",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Verdict = Literal["higher", "lower", "no_difference_that_matters", "not_enough_replications"]
VERDICTS: tuple[Verdict, ...] = ("higher", "lower", "no_difference_that_matters", "not_enough_replications")

# Differences of equal numbers leave rounding noise; a spread below this share of the values is none.
_NOISE = 1e-12


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean, sample standard deviation and count, any shape; nan where they are not known."""

    mean: Floats
    sd: Floats
    n: Ints

    def interval(self, confidence: float) -> tuple[Floats, Floats]:
        """Student's interval of the mean: low, high; nan with fewer than two values."""
        half = half_width(self.sd, self.n, confidence)
        return self.mean - half, self.mean + half


@dataclass(frozen=True, slots=True)
class Paired:
    """A scenario less the reference, measure by measure, shape (measures,) each.

    Attributes
    ----------
    difference
        Mean, standard deviation and count of the pairs' differences.
    p_value
        Two-sided, of no difference in mean (Student on the differences).
    share_above
        Share of pairs in which the scenario's value is above the reference's.
    share_below
        Share of pairs in which it is below.
    correlation
        Pearson's, of the pairs; nan where one side does not vary.
    variance_gain
        (Variance of one + variance of the other) / variance of the difference: how many times fewer
        replications the pairing needs than independent runs; nan where the difference does not vary.
    """

    difference: Moments
    p_value: Floats
    share_above: Floats
    share_below: Floats
    correlation: Floats
    variance_gain: Floats

    def share_better(self, direction: ArrayLike) -> Floats:
        """Share of pairs in which the scenario is better; nan for a measure without a direction."""
        sign = np.asarray(direction)
        return np.where(sign > 0, self.share_above, np.where(sign < 0, self.share_below, np.nan))


def t_quantile(p: float, degrees: ArrayLike) -> Floats:
    """Quantile of Student's t distribution; nan without a degree of freedom."""
    from scipy.special import stdtrit

    degrees = np.asarray(degrees, np.float64)
    found = stdtrit(np.where(degrees > 0, degrees, 1.0), p)
    quantile: Floats = np.where(degrees > 0, found, np.nan)
    return quantile


def half_width(sd: ArrayLike, n: ArrayLike, confidence: float) -> Floats:
    """Half-width of Student's interval of a mean: ``t · sd / √n``; nan with fewer than two values."""
    n = np.asarray(n)
    known = n >= 2
    root = np.sqrt(np.where(known, n, 1))
    half: Floats = t_quantile(0.5 + confidence / 2, n - 1) * np.asarray(sd) / root
    return np.where(known, half, np.nan)


def longer_arm(sd: ArrayLike, n: ArrayLike, skewness: ArrayLike, confidence: float) -> Floats:
    """The longer side of the interval of a mean corrected for skewness, never less than Student's half.

    Hall's monotone cubic transformation of the t statistic (Hall 1992, "On the removal of skewness by
    transformation", *J. R. Statist. Soc. B* 54), with Student's quantile for the normal's:
    ``3√n/γ · ((1 + γ/√n · (t − γ/(6√n)))^⅓ − 1)``, on the side of the long tail.

    Parameters
    ----------
    sd, n, skewness
        Of the sample, same shape; nan with fewer than two values.
    """
    n = np.asarray(n)
    half = half_width(sd, n, confidence)
    root = np.sqrt(np.maximum(n, 1))
    lean = np.abs(np.asarray(skewness)) / root
    t = t_quantile(0.5 + confidence / 2, n - 1)
    straight = ~(lean > 1e-6)
    lean = np.where(straight, 1.0, lean)
    # Seen from the long tail both signs of the skewness are one: the far quantile is −t.
    far = -3 / lean * (np.cbrt(1 - lean * (t + lean / 6)) - 1)
    arm: Floats = np.where(straight, half, np.maximum(half, far * np.asarray(sd) / root))
    return arm


def moments(values: Floats) -> Moments:
    """Moments over the first axis, nan left out.

    Parameters
    ----------
    values
        Shape (replications, …).
    """
    there = ~np.isnan(values)
    n = there.sum(axis=0)
    total = np.where(there, values, 0.0).sum(axis=0)
    mean = np.where(n > 0, total / np.maximum(n, 1), np.nan)
    apart = np.where(there, values - np.where(n > 0, mean, 0.0), 0.0)
    # A second pass takes the rounding of the first mean out: equal values give a spread of exactly zero.
    mean = mean + np.where(n > 0, apart.sum(axis=0) / np.maximum(n, 1), 0.0)
    apart = np.where(there, values - np.where(n > 0, mean, 0.0), 0.0)
    sd = np.where(n > 1, np.sqrt((apart * apart).sum(axis=0) / np.maximum(n - 1, 1)), np.nan)
    size = np.where(there, np.abs(values), 0.0).max(axis=0, initial=0.0)
    sd = np.where(sd <= _NOISE * size, 0.0, sd)
    return Moments(mean, sd, n.astype(np.int64))


def sample_skewness(values: Floats) -> Floats:
    """Adjusted Fisher–Pearson skewness over the first axis, nan left out; 0 where it is not known."""
    m = moments(values)
    apart = np.where(np.isnan(values), 0.0, values - m.mean)
    n = np.maximum(m.n, 1)
    size = ((apart**2).sum(axis=0) / n) ** 1.5
    third = (apart**3).sum(axis=0) / n
    plain = np.divide(third, size, out=np.zeros(third.shape), where=(size > 0) & (m.sd > 0) & (m.n > 2))
    return np.asarray(plain * np.sqrt(n * np.maximum(n - 1, 0)) / np.maximum(n - 2, 1))


def quantiles(values: Floats, q: float) -> Floats:
    """Inverted-CDF quantile over the first axis, nan left out; nan where nothing is left."""
    if values.shape[0] == 0:
        return np.full(values.shape[1:], np.nan)
    ordered = np.sort(values, axis=0)  # nan last
    n = (~np.isnan(values)).sum(axis=0)
    k = np.maximum(np.ceil(q * n - 1e-9).astype(np.int64) - 1, 0)
    picked: Floats = np.take_along_axis(ordered, k[None], axis=0)[0]
    return picked


def paired(reference: Floats, scenario: Floats) -> Paired:
    """Compare a scenario with the reference on the same worlds.

    Parameters
    ----------
    reference, scenario
        Shape (replications, measures); row r of both is the same world.
    """
    apart = scenario - reference
    both = ~np.isnan(apart)
    size = np.where(both, np.maximum(np.abs(reference), np.abs(scenario)), 0.0)
    apart = np.where(np.abs(apart) <= _NOISE * size, 0.0, apart)
    difference = moments(apart)
    # Noise of the two magnitudes, not of their difference: a cost apart by a constant has no spread.
    noise = difference.sd <= _NOISE * size.max(axis=0, initial=0.0)
    difference = Moments(difference.mean, np.where(noise, 0.0, difference.sd), difference.n)
    n = np.maximum(difference.n, 1)
    above = np.where(difference.n > 0, (both & (apart > 0)).sum(axis=0) / n, np.nan)
    below = np.where(difference.n > 0, (both & (apart < 0)).sum(axis=0) / n, np.nan)

    one = moments(np.where(both, reference, np.nan))
    other = moments(np.where(both, scenario, np.nan))
    product = np.where(both, (reference - one.mean) * (scenario - other.mean), 0.0).sum(axis=0)
    spread = one.sd * other.sd * np.maximum(difference.n - 1, 1)
    correlation = np.divide(product, spread, out=np.full(spread.shape, np.nan), where=spread > 0)
    varies = difference.sd > 0
    gain = np.full(varies.shape, np.nan)
    np.divide(one.sd**2 + other.sd**2, difference.sd**2, out=gain, where=varies)
    return Paired(difference, _p_value(difference), above, below, np.clip(correlation, -1.0, 1.0), gain)


def _p_value(difference: Moments) -> Floats:
    """Two-sided p-value of a mean difference of zero; a difference that never varies is certain."""
    from scipy.special import stdtr

    n = difference.n
    error = difference.sd / np.sqrt(np.maximum(n, 1))
    t = np.divide(np.abs(difference.mean), error, out=np.zeros(error.shape), where=error > 0)
    p: Floats = 2.0 * stdtr(np.maximum(n - 1, 1), -t)
    p = np.where(difference.sd == 0, np.where(difference.mean == 0, 1.0, 0.0), p)
    return np.where(n >= 2, p, np.nan)


def holm(p_values: ArrayLike) -> Floats:
    """Holm's step-down adjustment of a family of p-values (Holm 1979), same shape.

    A nan counts in the size of the family, since it was asked, and stays nan.
    """
    p = np.asarray(p_values, np.float64)
    flat = p.ravel()
    adjusted = np.full(flat.shape, np.nan)
    known = np.flatnonzero(~np.isnan(flat))
    order = known[np.argsort(flat[known], kind="stable")]
    scaled = flat[order] * (flat.size - np.arange(order.size))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted.reshape(p.shape)


def verdict(low: float, high: float, threshold: float) -> Verdict:
    """What a simultaneous interval says against a practical threshold ±δ.

    Wholly above +δ: higher; wholly below −δ: lower; inside [−δ, δ]: no difference that matters; else, and
    with nan, not enough replications.
    """
    if low > threshold:
        return "higher"
    if high < -threshold:
        return "lower"
    if low >= -threshold and high <= threshold:
        return "no_difference_that_matters"
    return "not_enough_replications"


def fieller(numerator: Floats, denominator: Floats, confidence: float) -> tuple[float, float, float, int]:
    """Ratio of two paired means and its interval by Fieller's theorem (Fieller 1954).

    Parameters
    ----------
    numerator, denominator
        Shape (replications,), pair by pair.

    Returns
    -------
    tuple
        Ratio, low, high, number of pairs. Low and high are nan where the denominator cannot be told from
        zero: the ratio may then be anything. The ratio is nan where the denominator is zero.
    """
    both = ~(np.isnan(numerator) | np.isnan(denominator))
    y, x = numerator[both], denominator[both]
    n = int(y.size)
    nan = float("nan")
    if n == 0 or x.mean() == 0.0:
        return nan, nan, nan, n
    ratio = float(y.mean() / x.mean())
    if n < 2:
        return ratio, nan, nan, n
    t2 = float(t_quantile(0.5 + confidence / 2, n - 1)) ** 2
    cov: NDArray[Any] = np.cov(np.stack([y, x]), ddof=1) / n
    # Roots r of (ȳ − r x̄)² = t² (s_yy − 2 r s_xy + r² s_xx).
    a = float(x.mean() ** 2 - t2 * cov[1, 1])
    b = float(x.mean() * y.mean() - t2 * cov[0, 1])
    c = float(y.mean() ** 2 - t2 * cov[0, 0])
    inside = b * b - a * c
    if a <= 0.0:
        return ratio, nan, nan, n
    root = max(inside, 0.0) ** 0.5
    return ratio, (b - root) / a, (b + root) / a, n
