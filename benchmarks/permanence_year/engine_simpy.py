"""SimPy as its documentation teaches it: a process per visitor, a Resource, AnyOf for patience."""

from __future__ import annotations

import random
from collections.abc import Generator

import simpy

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

NAME = "SimPy, idiomatic"

Record = list[tuple[int, float, float]]
Events = Generator[simpy.Event, object, None]


def visitor(env: simpy.Environment, agents: simpy.Resource, rng: random.Random, record: Record) -> Events:
    arrival = env.now
    patience = rng.expovariate(1 / PATIENCE_MEAN)
    closing = MINUTES - arrival
    with agents.request() as request:
        yield request | env.timeout(min(patience, closing))
        if not request.triggered:
            record.append((RENEGED if patience < closing else TURNED_AWAY, 0.0, 0.0))
            return
        wait = env.now - arrival
        service = rng.lognormvariate(LOG_MEAN, LOG_SD)
        yield env.timeout(service)
        record.append((SERVED, wait, service))


def arrivals(env: simpy.Environment, agents: simpy.Resource, rng: random.Random, record: Record) -> Events:
    while True:
        yield env.timeout(rng.expovariate(ARRIVALS / MINUTES))
        if env.now >= MINUTES:
            return
        env.process(visitor(env, agents, rng, record))


def simulate(seed: int) -> Outputs:
    rng = random.Random(seed)
    record: Record = []
    for _ in range(PERMANENCES):
        env = simpy.Environment()
        env.process(arrivals(env, simpy.Resource(env, AGENTS), rng, record))
        env.run()
    return outputs(*zip(*record, strict=True))
