"""How many replications: until every decision measure is precise enough, and stays so (look-ahead).

The half-width of a measure's interval is watched as replications come in, or, where values are skewed, the
longer arm of the interval that corrects for it: a study whose rare large values have not come yet has a
small spread and a wrong mean together, and would stop just then. It may fall under its target by luck and
rise again, so the first number n at which all measures are precise only counts if they stay so over
the next f(n) replications (Hoad, Robinson & Davies 2010, "Automated selection of the number of replications
for a discrete-event simulation", J. Oper. Res. Soc. 61, with their f(n) = k for n ≤ 100, else ⌊k·n/100⌋).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.study.statistics import half_width, longer_arm

__all__ = [
    "Aim",
    "Precision",
    "Rule",
    "Running",
    "allowed",
    "look_ahead",
    "next_total",
    "running",
    "stopping_point",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Aim:
    """How precise one difference must be.

    `absolute` is a half-width in the measure's unit. `relative`, a share of the mean difference, applies
    only where the mean is further than `away_from_zero` from zero: a share of almost nothing asks for the
    moon. The larger of the two is allowed.
    """

    absolute: float
    relative: float | None = None
    away_from_zero: float = 0.0


@dataclass(frozen=True, slots=True)
class Rule:
    """When to stop: at least and at most so many replications, looking `ahead` of the first success."""

    least: int
    most: int
    ahead: int
    confidence: float


@dataclass(frozen=True, slots=True)
class Precision:
    """Where each column stands after `n` replications; nan where a measure never exists.

    `reached` says whether all of them met their aims; `at` is the first n from which they did, None
    otherwise. `arm` is held against `allowed`.
    """

    n: int
    at: int | None
    half_width: Floats
    arm: Floats
    allowed: Floats

    @property
    def reached(self) -> bool:
        """Whether every aim was met, look-ahead included."""
        return self.at is not None


def look_ahead(n: int, ahead: int) -> int:
    """Replications to look ahead of n: `ahead` up to a hundred, then in proportion (Hoad et al. 2010)."""
    return ahead if n <= 100 else ahead * n // 100


class Running(NamedTuple):
    """Every column after 1, 2, … rows, each of shape (replications, columns).

    The half-width of Student's interval and the longer arm of that corrected for skewness are nan with
    fewer than two values.
    """

    mean: Floats
    half_width: Floats
    arm: Floats
    n: Ints


def running(values: Floats, confidence: float) -> Running:
    """Follow every column row by row.

    Parameters
    ----------
    values
        Shape (replications, columns); nan is left out.
    confidence
        Of each interval.
    """
    there = ~np.isnan(values)
    count = there.cumsum(axis=0)
    # Sums of powers about a value inside the data, so that large means leave no rounding noise.
    first = np.array([column[~np.isnan(column)][:1].sum() for column in values.T])
    apart = np.where(there, values - first, 0.0)
    n = np.maximum(count, 1)
    mean, squares, cubes = (np.cumsum(apart**power, axis=0) / n for power in (1, 2, 3))
    variance = np.maximum(squares - mean**2, 0.0)
    spread = np.sqrt(variance * n / np.maximum(count - 1, 1))
    third = cubes - 3 * mean * squares + 2 * mean**3
    size = variance**1.5
    skewness = np.divide(third, size, out=np.zeros(third.shape), where=size > 0)
    skewness *= np.sqrt(n * np.maximum(n - 1, 0)) / np.maximum(n - 2, 1)
    half = half_width(spread, count, confidence)
    arm = longer_arm(spread, count, skewness, confidence)
    return Running(np.where(count > 0, mean + first, np.nan), half, arm, count)


def allowed(mean: Floats, aims: Sequence[Aim]) -> Floats:
    """The half-width allowed to each column at these means, same shape."""
    absolute = np.array([aim.absolute for aim in aims])
    relative = np.array([aim.relative or 0.0 for aim in aims])
    away = np.array([aim.away_from_zero for aim in aims])
    size = np.abs(np.nan_to_num(mean))
    return np.where(size > away, np.maximum(absolute, relative * size), absolute)


def stopping_point(values: Floats, aims: Sequence[Aim], rule: Rule) -> Precision:
    """Where the aims are met for good, were the replications these and in this order.

    A column without any value does not exist and stops nobody. With `rule.most` rows the look-ahead may be
    cut short: then the last rows alone must agree.

    Parameters
    ----------
    values
        Shape (replications, columns), a column per aim.
    aims
        One per column.
    rule
        When to stop.
    """
    seen = running(values, rule.confidence)
    room = allowed(seen.mean, aims)
    exists = seen.n[-1] > 0
    fine = ((seen.arm <= room) | ~exists).all(axis=1)
    n = len(values)
    found = None
    for at in range(rule.least, n + 1):
        end = at + look_ahead(at, rule.ahead)
        if end > n and n < rule.most:
            break
        if fine[at - 1 : min(end, n)].all():
            found = at
            break
    half, arm, asked = (np.where(exists, x[-1], np.nan) for x in (seen.half_width, seen.arm, room))
    return Precision(n, found, half, arm, asked)


def next_total(values: Floats, aims: Sequence[Aim], rule: Rule) -> int:
    """How many replications to have next, counted from the first; those at hand when it is time to stop.

    The half-width falls like 1/√n, which predicts the number needed; it is approached by at most half as
    many again as there are, since the spread is an estimate too. A function of the values alone: whoever
    runs the study, in however many pieces, takes the same steps.
    """
    n = len(values)
    if n < rule.least + look_ahead(rule.least, rule.ahead):
        return min(rule.least + look_ahead(rule.least, rule.ahead), rule.most)
    found = stopping_point(values, aims, rule)
    if found.reached or n >= rule.most:
        return n
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(found.arm > 0, found.arm / found.allowed, 0.0)
    worst = float(np.nanmax(ratio, initial=0.0))
    needed = rule.most if not np.isfinite(worst) else int(min(np.ceil(n * max(worst, 1.0) ** 2), rule.most))
    wanted = needed + look_ahead(needed, rule.ahead)
    step = max(rule.ahead, n // 2)
    return int(min(max(wanted, n + rule.ahead, n + 1), n + step, rule.most))
