"""Models whose mean is known exactly, to see how often intervals hold it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["KNOWN", "Known"]


@dataclass(frozen=True)
class Known:
    """A model: its true mean, values of so many replications, and the half-width to ask of it."""

    truth: float
    draw: Callable[[np.random.Generator, int], np.ndarray]
    asked: float


def mean_wait(rng: np.random.Generator, count: int) -> np.ndarray:
    """Mean wait of 100 customers of an M/M/1 queue, λ = 1/2, μ = 1, from its stationary state on.

    The first waits not at all with probability 1/2, else Exp(μ − λ); each next by Lindley's recursion. Every
    customer's mean wait is then λ / (μ(μ − λ)) = 1.
    """
    wait = np.where(rng.random(count) < 0.5, 0.0, rng.exponential(2.0, count))
    total = np.zeros(count)
    for _ in range(100):
        total += wait
        wait = np.maximum(wait + rng.exponential(1.0, count) - rng.exponential(2.0, count), 0.0)
    return total / 100


KNOWN: dict[str, Known] = {
    "normal": Known(1.0, lambda rng, n: rng.normal(1.0, 3.0, n), 0.5),
    "uniform": Known(0.5, lambda rng, n: rng.random(n), 0.05),
    "Bernoulli, p = 0.3": Known(0.3, lambda rng, n: (rng.random(n) < 0.3).astype(np.float64), 0.07),
    "Bernoulli, p = 0.1": Known(0.1, lambda rng, n: (rng.random(n) < 0.1).astype(np.float64), 0.05),
    "lognormal, σ = 0.5": Known(float(np.exp(0.125)), lambda rng, n: rng.lognormal(0.0, 0.5, n), 0.1),
    "exponential": Known(1.0, lambda rng, n: rng.exponential(1.0, n), 0.15),
    "M/M/1, mean wait of 100": Known(1.0, mean_wait, 0.12),
}
