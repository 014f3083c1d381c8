"""A year of visitors drawn beforehand, for the engines in plain Python that are quicker that way."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.permanence_year.problem import ARRIVALS, LOG_MEAN, LOG_SD, MINUTES, PATIENCE_MEAN, PERMANENCES


def draw(seed: int) -> Iterator[list[tuple[float, float, float]]]:
    """Permanence by permanence, the visitors in order: arrival, patience, service, in minutes."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(ARRIVALS, PERMANENCES)
    n = int(counts.sum())
    permanence = np.repeat(np.arange(PERMANENCES), counts)
    arrival = np.sort(permanence * MINUTES + rng.random(n) * MINUTES) - permanence * MINUTES
    patience = rng.standard_exponential(n) * PATIENCE_MEAN
    service = np.exp(rng.standard_normal(n) * LOG_SD + LOG_MEAN)
    visitors = list(zip(arrival.tolist(), patience.tolist(), service.tolist(), strict=True))
    first = 0
    for count in counts.tolist():
        yield visitors[first : first + count]
        first += count
