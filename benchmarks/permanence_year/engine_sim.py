"""This project's compiled desk: the whole year in one call."""

from __future__ import annotations

import numpy as np

from benchmarks.permanence_year.problem import (
    AGENTS,
    ARRIVALS,
    LOG_MEAN,
    LOG_SD,
    MINUTES,
    PATIENCE_MEAN,
    PERMANENCES,
    Outputs,
    outputs,
)
from sim.models.desk_many import desk_many
from sim.models.facts import OUTCOMES

NAME = "sim (numba, one call)"
SECONDS = int(MINUTES * 60)

assert OUTCOMES[:3] == ("served", "reneged", "turned_away")  # the order of problem.py


def draw(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Arrivals on one axis of end-to-end permanences, patience, work content, all in seconds.

    Poisson permanences end to end are one Poisson process, and its points given their number are
    normalised sums of exponentials: no sorting.
    """
    rng = np.random.default_rng(seed)
    n = int(rng.poisson(ARRIVALS * PERMANENCES))
    sums = rng.standard_exponential(n + 1).cumsum()
    arrival = (sums[:-1] * (SECONDS * PERMANENCES / sums[-1])).astype(np.int64)
    patience = (rng.standard_exponential(n) * (PATIENCE_MEAN * 60)).astype(np.int64)
    work = np.exp(rng.standard_normal(n) * LOG_SD + (LOG_MEAN + np.log(60.0)))
    return arrival, patience, work


def simulate(seed: int) -> Outputs:
    arrival, patience, work = draw(seed)
    n = len(arrival)
    opens = np.arange(PERMANENCES + 1) * SECONDS
    servers = np.arange(PERMANENCES + 1) * AGENTS
    nothing = np.zeros(PERMANENCES, np.int64)
    window_from = np.repeat(opens[:-1], AGENTS)
    outcome, server, start, end = np.empty((4, n), np.int64)
    desk_many(
        opens[:-1],
        opens[1:],
        nothing,
        nothing,
        servers,
        np.tile(np.arange(AGENTS), PERMANENCES),
        window_from,
        window_from + (SECONDS + 1),
        servers,
        np.ones((PERMANENCES * AGENTS, 1)),
        np.zeros((PERMANENCES * AGENTS, 1), np.bool_),
        np.searchsorted(arrival, opens),
        arrival,
        np.arange(n),
        patience,
        work,
        np.zeros(n, np.int64),
        np.full(n, -1),
        outcome,
        server,
        start,
        end,
        np.empty(PERMANENCES, np.int64),
    )
    return outputs(outcome, (start - arrival) / 60, (end - start) / 60)
