"""Sobol indices: which share of the spread of an output each of a few inputs makes, alone and with others.

Sobol' (2001), "Global sensitivity indices for nonlinear mathematical models", Mathematics and Computers in
Simulation 55; the design and the first-order estimator of Saltelli et al. (2010), Computer Physics
Communications 181, and the total index of Jansen (1999), as `scipy.stats.sobol_indices` has them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Indices", "LEAST", "MOST_INPUTS", "design", "indices"]

Floats = NDArray[np.float64]

LEAST = 8
MOST_INPUTS = 12
"""Beyond, the runs are many and the indices small: a screening says which few to keep."""
_RESAMPLED = 1000


def design(inputs: int, count: int, rng: np.random.Generator) -> Floats:
    """Points of the unit cube, shape (count · (inputs + 2), inputs): A, B, then A with each column of B.

    Parameters
    ----------
    inputs
        How many inputs, at least one.
    count
        Rows of A and B, a power of two: a scrambled Sobol' sequence fills the cube evenly in these.
    """
    from scipy.stats import qmc

    both = qmc.Sobol(2 * inputs, scramble=True, rng=rng).random(count)
    a, b = both[:, :inputs], both[:, inputs:]
    mixed = np.repeat(a[None], inputs, axis=0)
    for i in range(inputs):
        mixed[i, :, i] = b[:, i]
    return np.concatenate([a, b, *mixed])


@dataclass(frozen=True, eq=False)
class Indices:
    """Of each input and output, shape (inputs, outputs): shares of the variance with 95 % intervals.

    `first` is what the input makes alone, `total` with all it shares with the others; intervals, shape (2,
    inputs, outputs), by resampling rows (percentiles). nan where an output does not vary. `n` rows were used.
    """

    first: Floats
    total: Floats
    first_ci: Floats
    total_ci: Floats
    n: int


def indices(outputs: Floats, inputs: int, rng: np.random.Generator) -> Indices:
    """The indices from the outputs at the points of a design.

    Parameters
    ----------
    outputs
        Shape (rows · (inputs + 2), outputs), in the order of `design`; nan leaves its row out everywhere.
    inputs
        How many inputs.
    rng
        For the resampling.
    """
    rows = outputs.reshape(inputs + 2, -1, outputs.shape[-1])
    whole = rows[:, ~np.isnan(rows).any(axis=(0, 2))]
    n = whole.shape[1]
    empty = np.full((inputs, outputs.shape[-1]), np.nan)
    if n < 2:
        return Indices(empty, empty, np.stack([empty] * 2), np.stack([empty] * 2), n)
    first, total = _estimates(whole)
    resampled = np.array([_estimates(whole[:, rng.integers(0, n, n)]) for _ in range(_RESAMPLED)])
    varies = ~np.isnan(first[0])
    ends = np.full((2, 2, *first.shape), np.nan)
    # A resample may lack the only row where an output varied: it says nothing of this output.
    ends[..., varies] = np.nanquantile(resampled[..., varies], (0.025, 0.975), axis=0).swapaxes(0, 1)
    return Indices(first, total, ends[0], ends[1], n)


def _estimates(rows: Floats) -> tuple[Floats, Floats]:
    """First-order and total indices, shape (inputs, outputs), of rows of shape (inputs + 2, n, outputs)."""
    a, b, mixed = rows[0], rows[1], rows[2:]
    centre = rows[:2].mean(axis=(0, 1))
    variance = rows[:2].var(axis=(0, 1))
    alone = ((b - centre) * (mixed - a)).mean(axis=1)
    with_others = 0.5 * ((a - mixed) ** 2).mean(axis=1)
    varies = variance > 0
    return (
        np.divide(alone, variance, out=np.full(alone.shape, np.nan), where=varies),
        np.divide(with_others, variance, out=np.full(with_others.shape, np.nan), where=varies),
    )
