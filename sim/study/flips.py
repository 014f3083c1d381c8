"""At which value of an assumption a verdict flips: where the difference crosses the practical threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["Flip", "Side", "find_flips", "side"]

Floats = NDArray[np.float64]
Side = Literal["higher", "same", "lower"]


@dataclass(frozen=True, slots=True)
class Flip:
    """A crossing on one side of the assumption's own value.

    `at` is the value, `direction` whether the verdict changes `above` or `below` it, `beyond` what it
    becomes. `shown` says whether some value beyond has its interval wholly on that side of the
    threshold; otherwise chance alone could make it.
    """

    at: float
    direction: Literal["above", "below"]
    beyond: Side
    shown: bool


def side(difference: float, threshold: float) -> Side:
    """Where a mean difference stands against ±threshold."""
    return "higher" if difference > threshold else "lower" if difference < -threshold else "same"


def find_flips(
    values: Floats, difference: Floats, half_width: Floats, threshold: Floats, own: float
) -> tuple[Flip, ...]:
    """The crossings nearest to the assumption's own value, below it and above it.

    Between two neighbouring values the difference and the threshold are taken as straight lines.

    Parameters
    ----------
    values
        Values tried, ascending, the own among them, shape (v,).
    difference, half_width, threshold
        Mean difference of the verdict's measure, half-width of its interval, threshold, at each value.
    own
        The assumption's own value.
    """
    here = int(np.argmin(np.abs(values - own)))
    base = side(difference[here], threshold[here])
    found = []
    for step, direction in ((-1, "below"), (1, "above")):
        k = here
        while 0 <= k + step < len(values):
            if np.isnan(difference[k + step]):
                break
            beyond = side(difference[k + step], threshold[k + step])
            if beyond != base:
                at = _crossing(values, difference, threshold, k, k + step, base, beyond)
                rest = range(k + step, len(values) if step > 0 else -1, step)
                shown = any(_shown(difference[j], half_width[j], threshold[j], base) for j in rest)
                found.append(Flip(at, direction, beyond, shown))  # type: ignore[arg-type]
                break
            k += step
    return tuple(found)


def _crossing(
    values: Floats, difference: Floats, threshold: Floats, a: int, b: int, base: Side, beyond: Side
) -> float:
    """Where the line from a to b meets the edge that the base stands behind."""
    # From `higher` or towards it, the edge is +δ; from `lower` or towards it, −δ.
    upper = base == "higher" or (base == "same" and beyond == "higher")
    edge = threshold if upper else -threshold
    left, right = difference[a] - edge[a], difference[b] - edge[b]
    share = left / (left - right) if left != right else 0.5
    return float(values[a] + share * (values[b] - values[a]))


def _shown(difference: float, half_width: float, threshold: float, base: Side) -> bool:
    """Whether the interval leaves the base's side of the threshold altogether."""
    low, high = difference - half_width, difference + half_width
    if base == "higher":
        return high < threshold
    if base == "lower":
        return low > -threshold
    return low > threshold or high < -threshold
