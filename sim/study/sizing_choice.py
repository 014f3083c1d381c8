"""The cheapest design that meets its targets: screening, then a race of those that remain, then a frontier.

Screening on few replications drops a design when a one-sided Student bound says that a target is missed
beyond its tolerance, or that it costs more than one shown to meet them all. The bounds hold together by
Bonferroni at half the error; the race (`selection.Race`) has the other half.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.measures.registry import MEASURES, POSITIONS
from sim.settings import Sizing, Target, Thresholds
from sim.study.selection import Race
from sim.study.statistics import half_width, moments

__all__ = ["Choice", "Goal", "adjusted_means", "choose", "frontier", "goals_of", "screen"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_BLOCK = 8
COST = "net_yearly_cost"


@dataclass(frozen=True, slots=True)
class Goal:
    """A target as the engine takes it: ``sign · mean(measure) ≤ sign · limit``, sign 1 for at most.

    A mean at the limit or better meets it, one worse by more than `tolerance` does not; between the two
    either answer is accepted.
    """

    measure: str
    sign: int
    limit: float
    tolerance: float

    def shortfall(self, values: Floats) -> Floats:
        """How far values miss the limit, in the measure's unit; negative when they meet it."""
        return self.sign * (values - self.limit)


def goals_of(targets: Mapping[str, Target], thresholds: Thresholds) -> tuple[Goal, ...]:
    """The targets of the settings, a target with two ends as two goals.

    Raises
    ------
    ValueError
        When a measure is unknown, has no end given, or needs its tolerance given; says which.
    """
    goals = []
    for name, target in targets.items():
        if name not in POSITIONS:
            raise ValueError(f"sizing.targets.{name}: no such measure")
        if target.at_least is None and target.at_most is None:
            raise ValueError(f"sizing.targets.{name}: at_least or at_most is missing")
        tolerance = target.tolerance
        if tolerance is None:
            field = MEASURES[POSITIONS[name]].threshold
            if field is None or name == "persons_helped":
                raise ValueError(f"sizing.targets.{name}: its tolerance is missing")
            tolerance = float(getattr(thresholds, field))
        if target.at_most is not None:
            goals.append(Goal(name, 1, target.at_most, tolerance))
        if target.at_least is not None:
            goals.append(Goal(name, -1, target.at_least, tolerance))
    return tuple(goals)


@dataclass(frozen=True)
class Choice:
    """What a sizing study concludes.

    `counts` are the replications of each design; `wanted` those asked for by now, (design, replication).
    `best` is None when no design meets the targets, or when the race is not decided within the most
    replications (`decided` tells which); `nearest` then is the design that misses them least. `met` is 1, 0
    or −1 by design and goal, by its own interval at the error of the race for those that raced.
    """

    wanted: tuple[tuple[int, int], ...]
    complete: bool
    survivors: tuple[int, ...]
    best: int | None
    runner_up: int | None
    nearest: int | None
    decided: bool
    feasible: Bools
    shortfall: Floats


def screen(cost: Floats, missed: Floats, goals: Sequence[Goal], zone: float, error: float) -> Bools:
    """Which designs remain after screening.

    Parameters
    ----------
    cost
        Shape (replications, designs).
    missed
        Shortfalls, shape (replications, designs, goals).
    goals
        Their tolerances are read.
    zone
        Costs closer than this are as good as equal.
    error
        Probability that a bound anywhere is wrong.
    """
    designs = cost.shape[1]
    family = designs * (len(goals) + 1)
    one_sided = 1 - 2 * error / family  # half_width is two-sided: its half is the one-sided bound
    tolerance = np.array([goal.tolerance for goal in goals])
    m = moments(missed)
    reach = half_width(m.sd, m.n, one_sided)
    known = ~np.isnan(m.mean).any(axis=1) & ~np.isnan(cost).any(axis=0)
    fails = (m.mean - reach > tolerance).any(axis=1) | ~known
    meets = (m.mean + reach <= tolerance).all(axis=1) & known
    remains = ~fails
    if meets.any():
        order = np.flatnonzero(meets)
        champion = int(order[np.argmin(cost[:, order].mean(axis=0))])
        apart = moments(cost - cost[:, [champion]])
        dearer = apart.mean - half_width(apart.sd, apart.n, one_sided) > zone
        remains &= ~dearer
        remains[champion] = True
    return np.asarray(remains)


def choose(values: Floats, made: Bools, goals: Sequence[Goal], sizing: Sizing) -> Choice:
    """The choice so far, and which runs it calls for next.

    A function of the values alone, so that a resumed study makes the same choice.

    Parameters
    ----------
    values
        Measures in registry order, shape (replications, designs, measures).
    made
        Whether a run was made, shape (replications, designs); one that failed was.
    goals
        The targets.
    sizing
        Numbers of replications, error, zone.
    """
    replications, designs = values.shape[:2]
    cost = values[:, :, POSITIONS[COST]]
    missed = np.stack([g.shortfall(values[:, :, POSITIONS[g.measure]]) for g in goals], axis=2)
    first = range(sizing.screening)
    wanted = [(d, r) for r in first for d in range(designs)]
    nothing = np.zeros(designs, np.bool_)
    if replications < sizing.screening:
        return Choice(
            tuple(wanted), False, (), None, None, None, False, nothing, np.full((designs, len(goals)), np.nan)
        )
    shortfall = moments(missed).mean
    # A design with a failed run is out from the start: what it would have dropped is tried instead.
    broken = (made & (np.isnan(cost) | np.isnan(missed).any(axis=2))).any(axis=0)
    cost = np.where(broken, np.nan, cost)
    remains = screen(
        cost[: sizing.screening], missed[: sizing.screening], goals, sizing.cost_zone_eur, sizing.error / 2
    )
    left = np.flatnonzero(remains)
    survivors = tuple(left.tolist())

    tolerance = np.array([g.tolerance for g in goals])

    def chosen(best: int | None, feasible: Bools, *, complete: bool, decided: bool) -> Choice:
        nearest = _nearest(shortfall, tolerance) if best is None else None
        return Choice(
            tuple(wanted),
            complete,
            survivors,
            best,
            _runner_up(best, cost, shortfall, tolerance),
            nearest,
            decided,
            feasible,
            shortfall,
        )

    feasible: Bools = np.zeros(designs, np.bool_)
    if len(left) == 0:
        return chosen(None, feasible, complete=True, decided=True)
    start = max(min(sizing.first, sizing.most), sizing.screening)
    wanted += [(int(d), r) for r in range(sizing.screening, start) for d in left]
    if replications < start or not made[:start, left].all():
        return chosen(None, feasible, complete=False, decided=False)
    race = Race(
        cost[:start, left],
        missed[:start, left],
        tolerance / 2,
        tolerance / 2,
        sizing.cost_zone_eur,
        sizing.error / 2,
    )
    status = race.status
    n = start
    while not status.over and n < sizing.most:
        stop = min(n + _BLOCK, sizing.most)
        alive = left[status.alive]
        wanted += [(int(d), r) for r in range(n, stop) for d in alive]
        if replications < stop or not made[n:stop, alive].all():
            return chosen(None, feasible, complete=False, decided=False)
        for r in range(n, stop):
            status = race.add(cost[r, left], missed[r, left])
            if status.over:
                break
        n = stop
    feasible[left] = (status.met == 1).all(axis=1)
    if status.over:
        best = None
        if status.best is not None:
            equal = np.flatnonzero(feasible)
            best = _preferred(equal, cost, shortfall, tolerance, sizing.cost_zone_eur, int(left[status.best]))
        return chosen(best, feasible, complete=True, decided=True)
    open_ = left[status.alive]
    # Undecided within the most replications: the cheapest that meets the targets on average, said as such.
    fine = open_[(shortfall[open_] <= tolerance).all(axis=1)]
    best = None
    if len(fine):
        cheapest = int(fine[np.argmin(moments(cost[:, fine]).mean)])
        best = _preferred(fine, cost, shortfall, tolerance, sizing.cost_zone_eur, cheapest)
    return chosen(best, feasible, complete=True, decided=False)


def _preferred(
    candidates: NDArray[np.int64],
    cost: Floats,
    shortfall: Floats,
    tolerance: Floats,
    zone: float,
    cheapest: int,
) -> int:
    """Of the candidates as cheap as the cheapest within the zone, the one furthest from missing a target."""
    mean = moments(cost).mean
    equal = candidates[np.abs(mean[candidates] - mean[cheapest]) <= zone]
    if not len(equal):
        return cheapest
    worst = (shortfall[equal] / tolerance).max(axis=1)
    return int(equal[np.lexsort((mean[equal], worst))[0]])


def _nearest(shortfall: Floats, tolerance: Floats) -> int | None:
    """The design that misses the targets least: worst shortfall in tolerances, then their sum."""
    size = np.maximum(shortfall, 0.0) / tolerance
    worst, total = size.max(axis=1), size.sum(axis=1)
    known = ~np.isnan(worst)
    if not known.any():
        return None
    order = np.lexsort((np.where(known, total, np.inf), np.where(known, worst, np.inf)))
    return int(order[0])


def _runner_up(best: int | None, cost: Floats, shortfall: Floats, tolerance: Floats) -> int | None:
    """The next cheapest design that meets the targets on average."""
    if best is None:
        return None
    mean = moments(cost).mean
    fine: Bools = np.asarray((shortfall <= tolerance).all(axis=1))
    fine[best] = False
    candidates = np.flatnonzero(fine & ~np.isnan(mean))
    return int(candidates[np.argmin(mean[candidates])]) if len(candidates) else None


def adjusted_means(values: Floats) -> Floats:
    """Mean of each design as if all had been run in all the worlds.

    Designs dropped early were run in fewer worlds, and worlds differ more than designs do. Least squares of
    value = design + world, missing runs left out, by alternating between the two (they differ less each time,
    and stop at 1e-12 of the size).

    Parameters
    ----------
    values
        One measure, shape (replications, designs); nan where a run was not made or has no value.
    """
    there = ~np.isnan(values)
    full = np.where(there, values, 0.0)
    of_design, of_world = there.sum(axis=0), there.sum(axis=1)
    world = np.zeros(len(values))
    design = np.zeros(values.shape[1])
    size = np.abs(full).max(initial=0.0)
    for _ in range(1000):
        before = design
        total = (full - np.where(there, world[:, None], 0.0)).sum(axis=0)
        design = total / np.maximum(of_design, 1)
        world = (full - np.where(there, design, 0.0)).sum(axis=1) / np.maximum(of_world, 1)
        world -= world[of_world > 0].mean() if (of_world > 0).any() else 0.0
        if np.abs(design - before).max(initial=0.0) <= 1e-12 * size:
            break
    return np.where(of_design > 0, design, np.nan)


def frontier(cost: Floats, service: Floats, direction: int) -> Bools:
    """Designs that no other beats on both mean cost and mean service, ties kept once.

    Parameters
    ----------
    cost, service
        Means, shape (designs,); nan is never on the frontier.
    direction
        1 when more service is better, -1 when less is.
    """
    gain = direction * service
    known = ~(np.isnan(cost) | np.isnan(gain))
    order = np.lexsort((-gain, cost))
    on = np.zeros(len(cost), np.bool_)
    best = -np.inf
    for i in order:
        if known[i] and gain[i] > best:
            on[i] = True
            best = gain[i]
    return on
