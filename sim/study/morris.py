"""Morris screening: which of many inputs matter, from few runs.

Morris (1991), "Factorial sampling plans for preliminary computational experiments", Technometrics 33, with
the mean of absolute effects of Campolongo, Cariboni & Saltelli (2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["LEVELS", "Effects", "Trajectory", "effects", "trajectories"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVELS = 4
"""Levels of the grid, 0, 1/3, 2/3 and 1 of each range; a step is 2/3, so that all are equally likely."""
STEP = LEVELS / (2 * (LEVELS - 1))


@dataclass(frozen=True, eq=False)
class Trajectory:
    """A walk that moves each of k inputs once.

    `points` has shape (k + 1, k), in units of the ranges; `moved` the input moved before each point but the
    first, shape (k,); `signs` whether up (1) or down (−1).
    """

    points: Floats
    moved: Ints
    signs: Floats


def trajectories(inputs: int, count: int, rng: np.random.Generator) -> tuple[Trajectory, ...]:
    """Random walks on the grid, each from a random point and through the inputs in a random order."""
    walks = []
    half = LEVELS // 2
    for _ in range(count):
        low = rng.integers(0, half, inputs) / (LEVELS - 1)
        up = rng.random(inputs) < 0.5
        order = rng.permutation(inputs)
        point = np.where(up, low, low + STEP)
        points = [point.copy()]
        for i in order:
            point[i] = low[i] + STEP if up[i] else low[i]
            points.append(point.copy())
        signs = np.where(up, 1.0, -1.0)[order]
        walks.append(Trajectory(np.array(points), order.astype(np.int64), signs))
    return tuple(walks)


@dataclass(frozen=True, eq=False)
class Effects:
    """Of each input, per whole range: mean effect, mean absolute effect, spread, error of the second.

    A spread as large as the mean absolute effect says that the effect depends on the other inputs, or is
    not a straight line. Shapes (inputs, …) as the outputs.
    """

    mu: Floats
    mu_star: Floats
    sigma: Floats
    error: Floats


def effects(walks: tuple[Trajectory, ...], outputs: Floats) -> Effects:
    """Elementary effects from the outputs along each walk.

    Parameters
    ----------
    walks
        As `trajectories` gave them.
    outputs
        Shape (walks, k + 1, …); nan leaves the two effects beside it out.
    """
    inputs = len(walks[0].moved)
    found = np.full((len(walks), inputs, *outputs.shape[2:]), np.nan)
    for w, walk in enumerate(walks):
        change = np.diff(outputs[w], axis=0)
        sign = walk.signs.reshape(-1, *([1] * (change.ndim - 1)))
        found[w, walk.moved] = sign * change / STEP
    there = ~np.isnan(found)
    n = there.sum(axis=0)
    filled = np.where(there, found, 0.0)
    mu = np.where(n > 0, filled.sum(axis=0) / np.maximum(n, 1), np.nan)
    mu_star = np.where(n > 0, np.abs(filled).sum(axis=0) / np.maximum(n, 1), np.nan)

    def spread(values: Floats, mean: Floats) -> Floats:
        apart = np.where(there, values - mean, 0.0)
        return np.where(n > 1, np.sqrt((apart**2).sum(axis=0) / np.maximum(n - 1, 1)), np.nan)

    error = spread(np.abs(found), mu_star) / np.sqrt(np.maximum(n, 1))
    return Effects(mu, mu_star, spread(found, mu), error)
