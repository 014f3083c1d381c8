"""Estimators on plain arrays: quantiles, Kaplan–Meier, time to the next event, union of hours, Gini."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "NextEvent",
    "covered",
    "distinct",
    "gini",
    "kaplan_meier",
    "kaplan_meier_quantile",
    "mean",
    "quantile",
    "ratio",
    "time_to_next",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A share of n that is whole on paper must stay whole in float64: 0.9 × 30 is 27, not 27.000…4.
_SLACK = 1e-9


def ratio(numerator: float | np.number[Any], denominator: float | np.number[Any]) -> float:
    """`numerator / denominator`, nan when the denominator is zero."""
    return float(numerator) / float(denominator) if denominator else float("nan")


def distinct(values: Ints) -> Ints:
    """The distinct values, sorted (a sort is quicker here than the hash table of `np.unique`)."""
    ordered = np.sort(values)
    first = np.ones(ordered.size, np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def mean(values: NDArray[np.float64] | Ints) -> float:
    """Arithmetic mean, nan when there is nothing."""
    return float(values.mean()) if values.size else float("nan")


def quantile(values: NDArray[np.float64] | Ints, q: float) -> float:
    """Inverted-CDF quantile: the least value with at least a share `q` of the values at or below it.

    Parameters
    ----------
    values
        Shape (n,), without nan, in any order.
    q
        In (0, 1].

    Returns
    -------
    float
        One of the values; nan when there is none. Definition 1 of Hyndman & Fan (1996).
    """
    n = values.size
    if n == 0:
        return float("nan")
    k = min(max(int(np.ceil(q * n - _SLACK)) - 1, 0), n - 1)
    return float(np.partition(values, k)[k])


def kaplan_meier(durations: Ints, seen: NDArray[np.bool_]) -> Floats:
    """Kaplan–Meier estimate of the share not yet reached after each whole duration.

    ``S(t) = prod over s <= t of (1 - d_s / n_s)``, `d_s` events at s and `n_s` at risk just before;
    at one duration events come before censorings (Kaplan & Meier 1958).

    Parameters
    ----------
    durations
        Whole and not negative, shape (n,).
    seen
        True where the event was seen, False where the duration is censored, shape (n,).

    Returns
    -------
    ndarray
        S at 0, 1, …, the longest duration; empty when there is none.
    """
    if durations.size == 0:
        return np.empty(0)
    length = int(durations.max()) + 1
    leaves = np.bincount(durations, minlength=length)
    events = np.bincount(durations[seen], minlength=length)
    at_risk = durations.size - np.concatenate(([0], np.cumsum(leaves)[:-1]))
    # The longest duration is at risk until it is reached, so that no factor divides by zero.
    survival: Floats = np.cumprod(1.0 - events / at_risk)
    return survival


def kaplan_meier_quantile(survival: Floats, q: float) -> float:
    """The first duration at which a share `q` has been reached.

    When the curve stays above ``1 - q``, its last duration, so that waiting longer than can be
    seen never looks like a missing value: the quantile is at least that. nan for an empty curve.
    """
    if survival.size == 0:
        return float("nan")
    reached = survival <= 1.0 - q + _SLACK
    return float(reached.argmax()) if reached.any() else float(survival.size - 1)


class NextEvent(NamedTuple):
    """Integral of the time to the next event and length of time it is taken over, shape (groups,)."""

    integral: Floats
    length: Floats

    @property
    def average(self) -> float:
        """Average over groups and instants together, nan when no instant has a next event."""
        return ratio(float(self.integral.sum()), float(self.length.sum()))


def time_to_next(group: Ints, at: Ints, opens: Ints, closes: Ints) -> NextEvent:
    """Time to the next event, integrated exactly over the instants that an event still follows.

    Between two events at a and b the time to the next one falls linearly from b − a to 0: its
    integral is ``(b - a)² / 2`` over a length b − a. A group's clock starts when it opens; what
    follows its last event is left out, since how long the next one takes is not seen.

    Parameters
    ----------
    group
        Group of each event, shape (n,); any order.
    at
        Instant of each event, shape (n,), in whole units; those outside the group's opening are
        left out.
    opens, closes
        Half-open opening of each group, shape (groups,).
    """
    groups = opens.size
    inside = (at >= opens[group]) & (at < closes[group])
    group, at = group[inside], at[inside]
    order = np.lexsort((at, group))
    group, at = group[order], at[order]
    before = opens[group].copy()
    same = group[1:] == group[:-1]
    before[1:][same] = at[:-1][same]
    gap = (at - before).astype(np.float64)
    return NextEvent(
        np.bincount(group, weights=gap * gap / 2.0, minlength=groups).astype(np.float64),
        np.bincount(group, weights=gap, minlength=groups).astype(np.float64),
    )


def covered(start: Ints, end: Ints) -> Floats:
    """What each half-open interval adds to the union of those that start before it.

    Parameters
    ----------
    start, end
        Shape (n,), sorted by start.

    Returns
    -------
    ndarray
        Shape (n,); the sum is the length of the union.
    """
    if start.size == 0:
        return np.empty(0)
    reached = np.maximum.accumulate(end)
    before = np.concatenate(([start[0]], reached[:-1]))
    adds: Floats = np.maximum(end - np.maximum(start, before), 0).astype(np.float64)
    return adds


def gini(values: Floats, weights: Floats) -> float:
    """Gini index of a quantity per head between groups of unequal size.

    Twice the area between the Lorenz curve (cumulated share of the quantity over cumulated share
    of the population, groups sorted by quantity per head) and the diagonal:
    ``1 - sum p_i (L_i + L_(i-1))``.

    Parameters
    ----------
    values
        Quantity per head of each group, not negative, shape (n,).
    weights
        Heads in each group, shape (n,); groups without anybody count for nothing.
    """
    total = float((values * weights).sum())
    if total <= 0.0:
        return float("nan")
    order = np.argsort(values, kind="stable")
    share = weights[order] / weights.sum()
    lorenz = np.cumsum(values[order] * weights[order]) / total
    return float(1.0 - (share * (lorenz + np.concatenate(([0.0], lorenz[:-1])))).sum())
