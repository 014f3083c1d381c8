"""SimPy without its processes: callbacks on timeouts, arrays drawn beforehand, patience read at a start."""

from __future__ import annotations

from collections import deque

import simpy
from simpy.events import Timeout

from benchmarks.permanence_year.drawn import draw
from benchmarks.permanence_year.problem import AGENTS, MINUTES, RENEGED, SERVED, TURNED_AWAY, Outputs, outputs

NAME = "SimPy, tuned (callbacks)"


class Desk:
    """One permanence: events are timeouts whose callback is a method."""

    def __init__(
        self, visitors: list[tuple[float, float, float]], record: list[tuple[int, float, float]]
    ) -> None:
        self.env = simpy.Environment()
        self.visitors = visitors
        self.record = record
        self.queue: deque[tuple[float, float, float]] = deque()
        self.free = AGENTS
        self.coming = 0
        if visitors:
            Timeout(self.env, visitors[0][0]).callbacks.append(self.arrive)
            self.env.run()
        closing = MINUTES
        for arrival, patience, _ in self.queue:
            record.append((RENEGED if arrival + patience < closing else TURNED_AWAY, 0.0, 0.0))

    def arrive(self, _: simpy.Event) -> None:
        one = self.visitors[self.coming]
        self.coming += 1
        if self.coming < len(self.visitors):
            Timeout(self.env, self.visitors[self.coming][0] - self.env.now).callbacks.append(self.arrive)
        if self.free:
            self.free -= 1
            self.start(one)
        else:
            self.queue.append(one)

    def start(self, one: tuple[float, float, float]) -> None:
        self.record.append((SERVED, self.env.now - one[0], one[2]))
        Timeout(self.env, one[2]).callbacks.append(self.leave)

    def leave(self, _: simpy.Event) -> None:
        now = self.env.now
        while self.queue and now <= MINUTES:
            one = self.queue.popleft()
            if one[0] + one[1] >= now:
                self.start(one)
                return
            self.record.append((RENEGED, 0.0, 0.0))
        self.free += 1


def simulate(seed: int) -> Outputs:
    record: list[tuple[int, float, float]] = []
    for visitors in draw(seed):
        Desk(visitors, record)
    return outputs(*zip(*record, strict=True))
