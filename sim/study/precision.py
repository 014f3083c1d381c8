"""How many replications: until every decision measure is precise enough, and stays so (look-ahead).

The half-width of a measure's interval is watched as replications come in. It may fall under its target by
luck and rise again, so the first number n at which all measures are precise only counts if they stay so over
the next f(n) replications (Hoad, Robinson & Davies 2010, "Automated selection of the number of replications
for a discrete-event simulation", J. Oper. Res. Soc. 61, with their f(n) = k for n ≤ 100, else ⌊k·n/100⌋).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.study.statistics import half_width

__all__ = ["Aim", "Precision", "Rule", "allowed", "look_ahead", "next_total", "running", "stopping_point"]

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
    otherwise.
    """

    n: int
    at: int | None
    half_width: Floats
    allowed: Floats

    @property
    def reached(self) -> bool:
        """Whether every aim was met, look-ahead included."""
        return self.at is not None


def look_ahead(n: int, ahead: int) -> int:
    """Replications to look ahead of n: `ahead` up to a hundred, then in proportion (Hoad et al. 2010)."""
    return ahead if n <= 100 else ahead * n // 100


def running(values: Floats, confidence: float) -> tuple[Floats, Floats, Ints]:
    """Mean, half-width and count of every column after 1, 2, … rows.

    Parameters
    ----------
    values
        Shape (replications, columns); nan is left out.
    confidence
        Of each interval.

    Returns
    -------
    tuple
        Each of shape (replications, columns); the half-width is nan with fewer than two values.
    """
    there = ~np.isnan(values)
    count = there.cumsum(axis=0)
    # Sums of squares about a value inside the data, so that large means leave no rounding noise.
    first = np.array([column[~np.isnan(column)][:1].sum() for column in values.T])
    apart = np.where(there, values - first, 0.0)
    total, squares = apart.cumsum(axis=0), (apart**2).cumsum(axis=0)
    n = np.maximum(count, 1)
    mean = total / n
    spread = np.sqrt(np.maximum(squares - n * mean**2, 0.0) / np.maximum(count - 1, 1))
    known = count > 0
    half = half_width(spread, count, confidence)
    return np.where(known, mean + first, np.nan), half, count


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
    mean, half, count = running(values, rule.confidence)
    room = allowed(mean, aims)
    exists = count[-1] > 0
    fine = ((half <= room) | ~exists).all(axis=1)
    n = len(values)
    found = None
    for at in range(rule.least, n + 1):
        end = at + look_ahead(at, rule.ahead)
        if end > n and n < rule.most:
            break
        if fine[at - 1 : min(end, n)].all():
            found = at
            break
    return Precision(n, found, np.where(exists, half[-1], np.nan), np.where(exists, room[-1], np.nan))


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
        ratio = np.where(found.half_width > 0, found.half_width / found.allowed, 0.0)
    worst = float(np.nanmax(ratio, initial=0.0))
    needed = rule.most if not np.isfinite(worst) else int(min(np.ceil(n * max(worst, 1.0) ** 2), rule.most))
    wanted = needed + look_ahead(needed, rule.ahead)
    step = max(rule.ahead, n // 2)
    return int(min(max(wanted, n + rule.ahead, n + 1), n + step, rule.most))
