"""Ciw: a network of one node with reneging, simulated permanence by permanence."""

from __future__ import annotations

import ciw

from benchmarks.permanence_year.problem import (
    AGENTS,
    ARRIVALS,
    LOG_MEAN,
    LOG_SD,
    MINUTES,
    PATIENCE_MEAN,
    PERMANENCES,
    RENEGED,
    SERVED,
    TURNED_AWAY,
    Outputs,
    outputs,
)

NAME = "Ciw"


def simulate(seed: int) -> Outputs:
    ciw.seed(seed)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(ARRIVALS / MINUTES)],
        service_distributions=[ciw.dists.Lognormal(LOG_MEAN, LOG_SD)],
        reneging_time_distributions=[ciw.dists.Exponential(1 / PATIENCE_MEAN)],
        number_of_servers=[AGENTS],
    )
    record: list[tuple[int, float, float]] = []
    for _ in range(PERMANENCES):
        simulation = ciw.Simulation(network)
        simulation.simulate_until_max_time(MINUTES)
        for row in simulation.get_all_records():
            if row.record_type == "service":
                record.append((SERVED, row.waiting_time, row.service_time))
            else:
                record.append((RENEGED, 0.0, 0.0))
        for still_there in simulation.nodes[1].all_individuals:
            if still_there.service_start_date is False:
                record.append((TURNED_AWAY, 0.0, 0.0))
            else:
                wait = still_there.service_start_date - still_there.arrival_date
                record.append((SERVED, wait, still_there.service_time))
    return outputs(*zip(*record, strict=True))
