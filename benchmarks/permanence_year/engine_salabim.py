"""salabim: a component per visitor, a resource, requests that fail when patience ends."""

from __future__ import annotations

import random
from collections.abc import Generator

import salabim

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

NAME = "salabim"


class Visitor(salabim.Component):
    def setup(
        self, agents: salabim.Resource, rng: random.Random, record: list[tuple[int, float, float]]
    ) -> None:
        self.agents = agents
        self.rng = rng
        self.record = record

    def process(self) -> Generator[object, None, None]:
        arrival = self.env.now()
        leaves = arrival + self.rng.expovariate(1 / PATIENCE_MEAN)
        yield self.request(self.agents, fail_at=min(leaves, MINUTES))
        if self.failed():
            self.record.append((RENEGED if leaves < MINUTES else TURNED_AWAY, 0.0, 0.0))
            return
        service = self.rng.lognormvariate(LOG_MEAN, LOG_SD)
        self.record.append((SERVED, self.env.now() - arrival, service))
        yield self.hold(service)
        self.release()


class Door(salabim.Component):
    def setup(
        self, agents: salabim.Resource, rng: random.Random, record: list[tuple[int, float, float]]
    ) -> None:
        self.inside = {"agents": agents, "rng": rng, "record": record}

    def process(self) -> Generator[object, None, None]:
        while True:
            yield self.hold(self.inside["rng"].expovariate(ARRIVALS / MINUTES))
            if self.env.now() >= MINUTES:
                return
            Visitor(**self.inside)


def simulate(seed: int) -> Outputs:
    rng = random.Random(seed)
    record: list[tuple[int, float, float]] = []
    for _ in range(PERMANENCES):
        env = salabim.Environment(trace=False, random_seed="", yieldless=False)
        agents = salabim.Resource("agents", capacity=AGENTS, monitor=False, env=env)
        Door(agents=agents, rng=rng, record=record, env=env)
        env.run()
    return outputs(*zip(*record, strict=True))
