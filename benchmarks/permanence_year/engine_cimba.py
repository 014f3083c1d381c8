"""Cimba: Python processes compiled to its C engine, a model spawned per visitor."""

# Cimba reads annotations as types: no `from __future__ import annotations` here.
import cimba as cb

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

NAME = "Cimba"
DAY = 1440.0  # one permanence a day, so that services end before the next one
GAP = MINUTES / ARRIVALS
LEAVE = 1  # signal of the timer


class Desk(cb.Model):
    agents: cb.Resource = cb.Resource(capacity=AGENTS)
    outcome: cb.Dataset = cb.Dataset()
    wait: cb.Dataset = cb.Dataset()
    service: cb.Dataset = cb.Dataset()

    @cb.process
    def arrivals(self):
        for day in range(PERMANENCES):
            closing = day * DAY + MINUTES
            cb.hold(day * DAY - cb.now() + cb.random.exponential(GAP))
            while cb.now() < closing:
                cb.spawn(Visitor, desk=self, closing=closing)
                cb.hold(min(cb.random.exponential(GAP), closing - cb.now()))


class Visitor(cb.Model):
    desk: cb.Ref[Desk]
    closing: cb.Param[float]

    @cb.process
    def visit(self):
        arrival = cb.now()
        patience = cb.random.exponential(PATIENCE_MEAN)
        cb.this_process().timer_set(min(patience, self.closing - arrival), LEAVE)
        if self.desk.agents.acquire(1) == 0:
            cb.this_process().timers_clear()
            service = cb.random.lognormal(LOG_MEAN, LOG_SD)
            self.desk.outcome.record(SERVED)
            self.desk.wait.record(cb.now() - arrival)
            self.desk.service.record(service)
            cb.hold(service)
            self.desk.agents.release(1)
        else:
            self.desk.outcome.record(RENEGED if arrival + patience < self.closing else TURNED_AWAY)
            self.desk.wait.record(0.0)
            self.desk.service.record(0.0)
        cb.release(self)


desk = Desk()
for series in (desk.outcome, desk.wait, desk.service):
    series.capture()


def simulate(seed: int) -> Outputs:
    result = cb.Experiment(desk, seed=seed).run()[desk]
    columns = [series.trial(0, 0)[1] for series in (result.outcome, result.wait, result.service)]
    return outputs(columns[0].astype(int), *columns[1:])
