"""The cheapest design that meets its targets: screening, then a race of those that remain, then a frontier.

Screening drops a design when a one-sided Student bound says that a target is missed beyond its tolerance, or
that it costs more than one shown to meet them all; it looks after few replications of all designs, then
between the laps of the race of those that remain (`selection.Race`), which decides what is close. The bounds
hold together by Bonferroni, all looks included, at half the error; the race has the other half.
The designs of the answer then run in as many worlds as any study, so that their figures are as sure.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.measures.registry import MEASURES, POSITIONS
from sim.problems import Said
from sim.settings import Sizing, Target, Thresholds
from sim.study.selection import Race, Status
from sim.study.statistics import half_width, moments

__all__ = ["SHOWN", "Choice", "Goal", "Shown", "adjusted_means", "choose", "frontier", "goals_of", "screen"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_BLOCK = 8
COST = "net_yearly_cost"

Shown = Literal["meets", "misses", "no_cheaper", "undecided", "failed"]
SHOWN: tuple[Shown, ...] = ("meets", "misses", "no_cheaper", "undecided", "failed")
"""What the simulations show of a design, with the error asked: it meets every target within its tolerance, it
misses one, it is no cheaper than one that meets them (and was left there), none of these, or a run failed."""


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
            raise ValueError(Said(f"sizing.targets.{name}: no such measure", "un indicateur inconnu"))
        if target.at_least is None and target.at_most is None:
            raise ValueError(
                Said(f"sizing.targets.{name}: at_least or at_most is missing", "ni at_least ni at_most")
            )
        if MEASURES[POSITIONS[name]].unit == "%" and not _a_share(target):
            raise ValueError(
                Said(f"sizing.targets.{name}: a share outside 0 to 100", "une part hors de 0 à 100 %")
            )
        tolerance = target.tolerance
        if tolerance is None:
            field = MEASURES[POSITIONS[name]].threshold
            if field is None or name == "persons_helped":
                raise ValueError(Said(f"sizing.targets.{name}: its tolerance is missing", "aucune tolérance"))
            tolerance = float(getattr(thresholds, field))
        if target.at_most is not None:
            goals.append(Goal(name, 1, target.at_most, tolerance))
        if target.at_least is not None:
            goals.append(Goal(name, -1, target.at_least, tolerance))
    return tuple(goals)


def _a_share(target: Target) -> bool:
    return all(end is None or 0 <= end <= 100 for end in (target.at_least, target.at_most))


@dataclass(frozen=True)
class Choice:
    """What a sizing study concludes.

    Attributes
    ----------
    wanted
        The runs asked for by now, (design, replication).
    complete
        Whether the choice is made; what is wanted besides only tells more of the designs of the answer.
    survivors
        Designs left after screening.
    best
        The design recommended; None when none meets the targets.
    decided
        Whether that is shown within the replications allowed.
    runner_up
        The next cheapest that meets the targets on average with another staffing, or dearer by more than the
        zone.
    equals
        Designs of the same staffing as the best, as cheap within the zone, that meet the targets too.
    nearest
        Without a best, the design that misses the targets least.
    shown
        What is shown of each design.
    """

    wanted: tuple[tuple[int, int], ...]
    complete: bool
    survivors: tuple[int, ...]
    best: int | None = None
    decided: bool = False
    runner_up: int | None = None
    equals: tuple[int, ...] = ()
    nearest: int | None = None
    shown: tuple[Shown, ...] = ()

    @property
    def named(self) -> tuple[int, ...]:
        """The designs of the answer."""
        return tuple(d for d in (self.best, self.runner_up, self.nearest) if d is not None)


@dataclass(frozen=True)
class _Means:
    """Mean cost, as if all had run in the same worlds, mean shortfalls of each, and what is compared."""

    cost: Floats
    shortfall: Floats
    tolerance: Floats
    zone: float
    staffing: Sequence[Hashable]

    @property
    def fine(self) -> Bools:
        """Designs that meet every target on average, within its tolerance."""
        return np.asarray((self.shortfall <= self.tolerance).all(axis=1) & ~np.isnan(self.cost))

    def preferred(self, candidates: NDArray[np.int64], cheapest: int) -> int:
        """Of those as cheap as the cheapest within the zone, the one furthest from missing a target."""
        equal = candidates[np.abs(self.cost[candidates] - self.cost[cheapest]) <= self.zone]
        if not len(equal):
            return cheapest
        worst = (self.shortfall[equal] / self.tolerance).max(axis=1)
        return int(equal[np.lexsort((self.cost[equal], worst))[0]])

    def nearest(self) -> int | None:
        """The design that misses the targets least: worst shortfall in tolerances, their sum, cost."""
        size = np.maximum(self.shortfall, 0.0) / self.tolerance
        worst, total = size.max(axis=1), size.sum(axis=1)
        known = ~np.isnan(worst)
        if not known.any():
            return None
        order = np.lexsort((self.cost, np.where(known, total, np.inf), np.where(known, worst, np.inf)))
        return int(order[0])

    def like(self, best: int) -> Bools:
        """Designs of the same staffing as the best, as cheap within the zone; itself too."""
        same = np.array([one == self.staffing[best] for one in self.staffing], np.bool_)
        return np.asarray(same & (np.abs(self.cost - self.cost[best]) <= self.zone))

    def runner_up(self, best: int, shown: Sequence[Shown]) -> int | None:
        """The next cheapest that meets the targets on average, is not shown to miss one nor like the best."""
        possible = np.array([one not in {"misses", "failed"} for one in shown], np.bool_)
        candidates = np.flatnonzero(self.fine & possible & ~self.like(best))
        return int(candidates[np.argmin(self.cost[candidates])]) if len(candidates) else None

    def equals(self, best: int) -> tuple[int, ...]:
        """Those like the best that meet the targets too."""
        return tuple(int(d) for d in np.flatnonzero(self.fine & self.like(best)) if d != best)


def screen(
    cost: Floats, missed: Floats, goals: Sequence[Goal], zone: float, error: float, bounds: int = 0
) -> tuple[Bools, Bools]:
    """Which designs remain after screening, and which of the others are shown to miss a target.

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
    bounds
        How many bounds are looked at in all, at least those of this look.
    """
    family = max(bounds, cost.shape[1] * (len(goals) + 1))
    one_sided = 1 - 2 * error / family  # half_width is two-sided: its half is the one-sided bound
    tolerance = np.array([goal.tolerance for goal in goals])
    m = moments(missed)
    reach = half_width(m.sd, m.n, one_sided)
    known = ~np.isnan(m.mean).any(axis=1) & ~np.isnan(cost).any(axis=0)
    fails = (m.mean - reach > tolerance).any(axis=1)
    meets = (m.mean + reach <= tolerance).all(axis=1) & known
    remains = ~fails & known
    if meets.any():
        order = np.flatnonzero(meets)
        champion = int(order[np.argmin(cost[:, order].mean(axis=0))])
        apart = moments(cost - cost[:, [champion]])
        dearer = apart.mean - half_width(apart.sd, apart.n, one_sided) > zone
        remains &= ~dearer
        remains[champion] = True
    return np.asarray(remains), np.asarray(fails)


def choose(
    values: Floats,
    made: Bools,
    goals: Sequence[Goal],
    sizing: Sizing,
    staffing: Sequence[Hashable] | None = None,
    confirmed: int = 0,
) -> Choice:
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
    staffing
        What makes two designs different for people, one per design; default: each differs.
    confirmed
        Replications of the designs of the answer, once it is known; they change no choice.
    """
    made = made[: sizing.most]
    values = values[: sizing.most]
    replications, designs = values.shape[:2]
    first = range(sizing.screening)
    wanted = [(d, r) for r in first for d in range(designs)]
    if replications < sizing.screening:
        return Choice(tuple(wanted), complete=False, survivors=())
    cost = values[:, :, POSITIONS[COST]]
    missed = np.stack([g.shortfall(values[:, :, POSITIONS[g.measure]]) for g in goals], axis=2)
    # A design with a failed run is out from the start: what it would have dropped is tried instead.
    broken: Bools = np.asarray((made & (np.isnan(cost) | np.isnan(missed).any(axis=2))).any(axis=0))
    cost = np.where(broken, np.nan, cost)
    bounds = designs * (len(goals) + 1) * (1 + len(_laps(sizing)))
    error, zone = sizing.error / 2, sizing.cost_zone_eur
    remains, fails = screen(cost[: sizing.screening], missed[: sizing.screening], goals, zone, error, bounds)
    left = np.flatnonzero(remains)
    race = _race(cost, missed, made, left, goals, sizing, bounds)
    wanted += race.wanted
    if not race.complete:
        return Choice(tuple(wanted), complete=False, survivors=tuple(left.tolist()))
    # Runs made since, to tell more of the designs of the answer, change nothing here.
    then = np.zeros(cost.shape, np.bool_)
    for design, replication in wanted:
        then[replication, design] = True
    means = _Means(
        adjusted_means(np.where(then, cost, np.nan)),
        moments(np.where(then[:, :, None], missed, np.nan)).mean,
        np.array([g.tolerance for g in goals]),
        sizing.cost_zone_eur,
        staffing if staffing is not None else range(designs),
    )
    best = _best(race, means, left)
    shown = _shown(designs, broken, fails, left, race)
    choice = Choice(
        tuple(wanted),
        complete=True,
        survivors=tuple(left.tolist()),
        best=best,
        decided=race.over,
        runner_up=None if best is None else means.runner_up(best, shown),
        equals=() if best is None else means.equals(best),
        nearest=means.nearest() if best is None else None,
        shown=shown,
    )
    had = {r for _, r in wanted}
    more = [(d, r) for d in choice.named for r in range(max(confirmed, max(had) + 1))]
    return replace(choice, wanted=tuple(dict.fromkeys([*wanted, *more])))


@dataclass(frozen=True)
class _Raced:
    """How far a race came: runs asked for, whether all were made, whether it is over, and its last status.

    `fails` are those of the race that a later look of the screening shows to miss a target.
    """

    wanted: list[tuple[int, int]]
    complete: bool
    over: bool
    status: Status | None
    fails: Bools | None = None


def _laps(sizing: Sizing) -> list[int]:
    """Replications of those in the race at the end of each lap: the first, then blocks up to the most."""
    start = max(min(sizing.first, sizing.most), sizing.screening)
    return [*range(start, sizing.most, _BLOCK), sizing.most]


def _race(
    cost: Floats,
    missed: Floats,
    made: Bools,
    left: NDArray[np.int64],
    goals: Sequence[Goal],
    sizing: Sizing,
    bounds: int,
) -> _Raced:
    """Run the race of the designs left on the runs at hand, screening once more after each lap."""
    wanted: list[tuple[int, int]] = []
    if len(left) == 0:
        return _Raced(wanted, complete=True, over=True, status=None)
    tolerance = np.array([g.tolerance for g in goals])
    error, zone = sizing.error / 2, sizing.cost_zone_eur
    fails: Bools = np.zeros(len(left), np.bool_)
    alive: Bools = np.ones(len(left), np.bool_)
    race: Race | None = None
    status: Status | None = None
    n = sizing.screening
    for lap in _laps(sizing):
        wanted += [(int(d), r) for r in range(n, lap) for d in left[alive]]
        if len(made) < lap or not made[n:lap, left[alive]].all():
            return _Raced(wanted, complete=False, over=False, status=None)
        if race is None:
            first = (cost[:lap, left], missed[:lap, left])
            race = Race(*first, tolerance / 2, tolerance / 2, zone, error)
        else:
            for r in range(n, lap):
                race.add(cost[r, left], missed[r, left])
        n, alive = lap, race.status.alive
        remains, misses = screen(cost[:n, left[alive]], missed[:n, left[alive]], goals, zone, error, bounds)
        fails[alive] = misses
        out: Bools = np.zeros(len(left), np.bool_)
        out[alive] = ~remains
        status = race.leave(out)
        alive = status.alive
        if status.over:
            break
    return _Raced(wanted, complete=True, over=status is not None and status.over, status=status, fails=fails)


def _best(race: _Raced, means: _Means, left: NDArray[np.int64]) -> int | None:
    """The design recommended: the race's, or, undecided, the cheapest that meets the targets on average."""
    status = race.status
    if status is None:
        return None
    if race.over:
        if status.best is None:
            return None
        held = left[(status.met == 1).all(axis=1)]
        return means.preferred(held, int(left[status.best]))
    fine = left[status.alive & means.fine[left]]
    if not len(fine):
        return None
    return means.preferred(fine, int(fine[np.argmin(means.cost[fine])]))


def _shown(
    designs: int, broken: Bools, fails: Bools, left: NDArray[np.int64], race: _Raced
) -> tuple[Shown, ...]:
    """What screening and race show of each design."""
    shown: list[Shown] = ["misses" if fails[d] else "no_cheaper" for d in range(designs)]
    status = race.status
    for place, d in enumerate(left):
        if status is None:
            shown[d] = "undecided"
        elif (status.met[place] == -1).any() or (race.fails is not None and race.fails[place]):
            shown[d] = "misses"
        elif (status.met[place] == 1).all():
            shown[d] = "meets"
        else:
            shown[d] = "undecided" if status.alive[place] else "no_cheaper"
    for d in np.flatnonzero(broken):
        shown[d] = "failed"
    return tuple(shown)


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
