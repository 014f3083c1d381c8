"""The cheapest of several systems that meets its targets, with a stated probability of being right.

Systems are watched in more and more of the same worlds and dropped by one-sided bounds on means that hold
together by Bonferroni, all looks included: screening by Student's bounds on common random numbers as in
Nelson, Swann, Goldsman & Song (2001), "Simple procedures for selecting the best simulated system when the
number of alternatives is large", Operations Research 49(6), under constraints. Since the bounds hold together
whatever is looked at, replications may go where the answer is still open: to those that could be it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.study.statistics import half_width, longer_arm, moments, sample_skewness

__all__ = ["Rules", "Selected", "all_made", "looks", "select"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

_GROWTH = 1.5


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of a selection.

    Attributes
    ----------
    tolerances
        A mean shortfall of at most 0 meets a target, one beyond its tolerance misses it; between the two
        either answer is accepted. Shape (targets,), above 0.
    zone
        Costs closer than this are as good as equal.
    error
        Probability accepted that the selection is wrong.
    looks
        Numbers of worlds after which a system is looked at.
    first
        No system is declared to meet its targets in fewer worlds: what is rare must have had time to come.
    """

    tolerances: Floats
    zone: float
    error: float
    looks: tuple[int, ...]
    first: int


@dataclass(frozen=True, slots=True)
class Selected:
    """Where a selection stands; arrays have one entry a system.

    Attributes
    ----------
    counts
        In how many worlds each is to be run by now, the first ones.
    complete
        Whether all of these were; the rest is final only then.
    best
        The cheapest shown to meet every target within its tolerance.
    over
        Whether nothing else can be the answer: no other that meets the targets in full is cheaper by more
        than the zone, or none meets them at all.
    met, missed, no_cheaper
        Shown to meet every target within its tolerance; to miss one; to be no cheaper by more than the zone
        than the best.
    screened
        Those left after the first look.
    """

    counts: Ints
    complete: bool
    best: int | None
    over: bool
    met: Bools
    missed: Bools
    no_cheaper: Bools
    screened: Bools


def looks(start: int, most: int) -> tuple[int, ...]:
    """Numbers of worlds from `start` to `most`, each half as many again."""
    found = [min(start, most)]
    while found[-1] < most:
        found.append(min(most, int(np.ceil(found[-1] * _GROWTH))))
    return tuple(found)


def select(cost: Floats, missed: Floats, made: Bools, rules: Rules) -> Selected:
    """Run the selection on the worlds at hand.

    With probability 1 − `error` at least, the system called best meets every target within its tolerance,
    and no system that meets all of them in full is cheaper by more than the zone. Half the error is for
    calling best, at any look, any system that misses a target by more than its tolerance: error / (2 ·
    systems · looks from `first` on) a bound. A quarter is for dropping the cheapest that meets the targets
    as missing one, error / (4 · targets · looks), since it is one system, whichever it is; a quarter for
    dropping it as no cheaper than another, error / (4 · (systems − 1) · looks). Only systems that could be
    the answer run on: those no dearer, within the zone, than the cheapest that meets the targets on average.

    A pure function: a study that resumes makes the same choices.

    Parameters
    ----------
    cost
        Shape (worlds, systems); nan for a system that is out of the question.
    missed
        Mean shortfalls are sought: shape (worlds, systems, targets), at most 0 where a target is met.
    made
        Which systems were run in which worlds, shape (worlds, systems).
    """
    selection = _Selection(cost, missed, rules)
    while True:
        if not all_made(made, selection.counts):
            return selection.status(complete=False)
        selection.look()
        going_on = selection.going_on()
        if not going_on.any():
            return selection.status(complete=True)
        selection.go_on(going_on)


def all_made(made: Bools, counts: Ints) -> bool:
    """Whether each system was run in its first `counts` worlds; `made` has shape (worlds, systems)."""
    if len(made) < counts.max(initial=0):
        return False
    wanted = np.arange(len(made))[:, None] < counts
    return bool(made[wanted].all())


class _Selection:
    """The state between two looks."""

    def __init__(self, cost: Floats, missed: Floats, rules: Rules) -> None:
        self._cost, self._missed, self._rules = cost, missed, rules
        systems, targets = missed.shape[1:]
        count = len(rules.looks)
        late = sum(n >= rules.first for n in rules.looks)
        error = rules.error
        # half_width is two-sided: twice the one-sided error
        self._met_at = 1 - error / (systems * max(late, 1))
        self._missed_at = 1 - error / (2 * max(targets, 1) * count)
        self._cost_at = 1 - error / (2 * max(systems - 1, 1) * count)
        first = cost[: rules.looks[0]]
        known: Bools = np.asarray(~np.isnan(first).any(axis=0))
        self._first_cost = np.where(known, np.where(known, first, 0.0).mean(axis=0), np.inf)
        self._place = np.zeros(systems, np.int64)
        self._fresh: Bools = known.copy()
        self._alive: Bools = known
        self._goals_met: Bools = np.zeros((systems, targets), np.bool_)
        self._misses: Bools = np.zeros(systems, np.bool_)
        self._no_cheaper = np.zeros(systems, np.bool_)
        self._fine = np.zeros(systems, np.bool_)
        self._screened: Bools | None = None
        self._best: int | None = None

    @property
    def counts(self) -> Ints:
        """In how many worlds each is to be run by now."""
        return np.array(self._rules.looks, np.int64)[self._place]

    def look(self) -> None:
        """Judge the systems that ran on, and drop whoever cannot be the answer."""
        counts = self.counts
        for n in np.unique(counts[self._fresh]):
            self._judge(np.flatnonzero(self._fresh & (counts == n)), int(n))
        self._fresh[:] = False
        self._alive = np.asarray(self._alive & ~self._misses)
        self._drop_no_cheaper(counts)
        if self._screened is None:
            self._screened = self._alive.copy()

    def _judge(self, systems: NDArray[np.intp], n: int) -> None:
        missed = self._missed[:n, systems]
        m = moments(missed)
        if n >= self._rules.first:
            reach = longer_arm(m.sd, m.n, sample_skewness(missed), self._met_at)
            self._goals_met[systems] |= m.mean + reach <= self._rules.tolerances
        shown = m.mean - half_width(m.sd, m.n, self._missed_at) > 0
        # Of two answers that are both right within a tolerance, the nearer.
        fails = shown & (m.mean > self._rules.tolerances / 2) & ~self._goals_met[systems]
        self._misses[systems] |= fails.any(axis=1)
        self._fine[systems] = (m.mean <= self._rules.tolerances).all(axis=1)

    def _drop_no_cheaper(self, counts: Ints) -> None:
        met = np.flatnonzero(self._alive & self._goals_met.all(axis=1))
        if not len(met):
            return
        common = int(counts[met].min())
        best = int(met[np.argmin(self._cost[:common, met].mean(axis=0))])
        self._best = best
        for system in np.flatnonzero(self._alive):
            if system == best:
                continue
            n = int(min(counts[system], counts[best]))
            apart = moments(self._cost[:n, system] - self._cost[:n, best])
            if apart.mean - half_width(apart.sd, apart.n, self._cost_at) > -self._rules.zone:
                self._no_cheaper[system] = True
                self._alive[system] = False

    def going_on(self) -> Bools:
        """Who runs on: whoever could still be the answer and may."""
        may: Bools = np.asarray(self._alive & (self._place < len(self._rules.looks) - 1))
        if self._best is not None:
            others: Bools = may.copy()
            others[self._best] = False
            if may[self._best] and others.any():  # costs are compared in the worlds that both have
                others[self._best] = self._place[self._best] <= self._place[others].max()
            return others
        fine = np.flatnonzero(may & self._fine)
        if not len(fine):
            return may
        likely = self._first_cost[fine].min()
        return np.asarray(may & (self._first_cost <= likely + self._rules.zone))

    def go_on(self, systems: Bools) -> None:
        """Take them to their next look."""
        self._place[systems] += 1
        self._fresh |= systems

    def status(self, *, complete: bool) -> Selected:
        """Where the selection stands."""
        alive = np.flatnonzero(self._alive)
        over = complete and (len(alive) == 0 or (len(alive) == 1 and int(alive[0]) == self._best))
        return Selected(
            self.counts,
            complete,
            self._best,
            over,
            self._goals_met.all(axis=1) & ~self._misses,
            self._misses,
            self._no_cheaper,
            self._alive if self._screened is None else self._screened,
        )
