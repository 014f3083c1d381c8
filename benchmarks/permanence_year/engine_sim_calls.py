"""This project's compiled desk as the model of the cell uses it: one call per permanence."""

from __future__ import annotations

import numpy as np

from benchmarks.permanence_year.engine_sim import SECONDS, draw
from benchmarks.permanence_year.problem import AGENTS, PERMANENCES, Outputs, outputs
from sim.models.desk import desk_kernel

NAME = "sim (numba, 648 calls)"


def simulate(seed: int) -> Outputs:
    arrival, patience, work = draw(seed)
    n = len(arrival)
    bounds = np.searchsorted(arrival, np.arange(PERMANENCES + 1) * SECONDS).tolist()
    contact_id = np.arange(n)
    need = np.zeros(n, np.int64)
    appointment = np.full(n, -1)
    outcome, server, start, end = np.empty((4, n), np.int64)
    win_server = np.arange(AGENTS)
    efficiency = np.ones((AGENTS, 1))
    first_choice = np.zeros((AGENTS, 1), np.bool_)
    for m in range(PERMANENCES):
        here = slice(bounds[m], bounds[m + 1])
        opens = m * SECONDS
        closes = opens + SECONDS
        desk_kernel(
            opens,
            closes,
            0,
            0,
            win_server,
            np.full(AGENTS, opens),
            np.full(AGENTS, closes + 1),
            efficiency,
            first_choice,
            arrival[here],
            contact_id[here],
            patience[here],
            work[here],
            need[here],
            appointment[here],
            outcome[here],
            server[here],
            start[here],
            end[here],
        )
    return outputs(outcome, (start - arrival) / 60, (end - start) / 60)
