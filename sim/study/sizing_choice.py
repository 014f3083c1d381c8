"""The cheapest design that meets its targets: which runs it takes, what is recommended, what comes next.

Every design is run in a few worlds, then those that could be the answer in more (`selection`), until the
answer is shown or nothing may run on. The designs of the answer then run in as many worlds as any study, so
that their figures are as sure.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.measures.registry import MEASURES, POSITIONS
from sim.problems import Said
from sim.settings import Sizing, Target, Thresholds
from sim.study.selection import Rules, Selected, all_made, looks, select
from sim.study.statistics import moments

__all__ = [
    "SHOWN",
    "Choice",
    "Goal",
    "Shown",
    "adjusted_means",
    "choose",
    "frontier",
    "goals_of",
    "most_allowed",
]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
COST = "net_yearly_cost"
_MOST_NAMED = 20
_TIMES = 4

Shown = Literal["meets", "misses", "no_cheaper", "undecided", "failed"]
SHOWN: tuple[Shown, ...] = ("meets", "misses", "no_cheaper", "undecided", "failed")
"""What the simulations show of a design, with the error asked: it meets every target within its tolerance, it
misses one, it is no cheaper than one that meets them (and was left there), none of these, or a run failed."""


def most_allowed(most: int, replications: int) -> int:
    """Runs of a design in the race at most: `sizing.most`, but never over four times `run.replications`."""
    return min(most, _TIMES * replications)


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
        candidates = np.flatnonzero(self.fine & self._possible(shown) & ~self.like(best))
        return int(candidates[np.argmin(self.cost[candidates])]) if len(candidates) else None

    def equals(self, best: int, shown: Sequence[Shown]) -> tuple[int, ...]:
        """Those like the best that meet the targets on average too."""
        alike = np.flatnonzero(self.fine & self._possible(shown) & self.like(best))
        return tuple(int(d) for d in alike if d != best)

    def _possible(self, shown: Sequence[Shown]) -> Bools:
        return np.array([one not in {"misses", "failed"} for one in shown], np.bool_)


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
    designs = values.shape[1]
    cost = values[:, :, POSITIONS[COST]]
    missed = np.stack([g.shortfall(values[:, :, POSITIONS[g.measure]]) for g in goals], axis=2)
    # A design with a failed run is out from the start: what it would have dropped is tried instead.
    broken: Bools = np.asarray((made & (np.isnan(cost) | np.isnan(missed).any(axis=2))).any(axis=0))
    cost = np.where(broken, np.nan, cost)
    tolerances = np.array([g.tolerance for g in goals])
    steps = looks(sizing.screening, sizing.most)
    rules = Rules(tolerances, sizing.cost_zone_eur, sizing.error, steps, min(sizing.first, sizing.most))
    found = select(cost, missed, made, rules)
    survivors = tuple(np.flatnonzero(found.screened).tolist())
    if not found.complete:
        return Choice(_runs(found.counts), complete=False, survivors=survivors)
    shown = _shown(found, broken)
    counts = found.counts
    # Whoever is named is run as often as any scenario; her figures may then say that another is to be named.
    for _ in range(_MOST_NAMED):
        if not all_made(made, counts):
            return Choice(_runs(counts), complete=False, survivors=survivors)
        then = np.arange(len(made))[:, None] < counts
        means = _Means(
            adjusted_means(np.where(then, cost, np.nan)),
            moments(np.where(then[:, :, None], missed, np.nan)).mean,
            tolerances,
            sizing.cost_zone_eur,
            staffing if staffing is not None else range(designs),
        )
        best = _best(found, shown, means)
        choice = Choice(
            _runs(counts),
            complete=True,
            survivors=survivors,
            best=best,
            decided=found.over,
            runner_up=None if best is None else means.runner_up(best, shown),
            equals=() if best is None else means.equals(best, shown),
            nearest=means.nearest() if best is None else None,
            shown=shown,
        )
        wanted = counts.copy()
        wanted[list(choice.named)] = np.maximum(wanted[list(choice.named)], confirmed)
        wanted[list(choice.equals)] = np.maximum(wanted[list(choice.equals)], rules.first)
        if (wanted == counts).all():
            break
        counts = wanted
    return choice


def _runs(counts: NDArray[np.int64]) -> tuple[tuple[int, int], ...]:
    """Each design in its first worlds, world by world."""
    most = int(counts.max(initial=0))
    return tuple((int(d), r) for r in range(most) for d in np.flatnonzero(counts > r))


def _best(found: Selected, shown: Sequence[Shown], means: _Means) -> int | None:
    """The design recommended: the one shown; if none is, the cheapest that meets the targets on average."""
    if found.best is not None:
        return means.preferred(np.flatnonzero(found.met), found.best)
    fine = np.flatnonzero(means.fine & np.array([one == "undecided" for one in shown], np.bool_))
    if not len(fine):
        return None
    return means.preferred(fine, int(fine[np.argmin(means.cost[fine])]))


def _shown(found: Selected, broken: Bools) -> tuple[Shown, ...]:
    """What the selection shows of each design."""
    conditions = [broken, found.met, found.missed, found.no_cheaper]
    kinds: list[Shown] = ["failed", "meets", "misses", "no_cheaper"]
    return tuple(
        next((kind for kind, holds in zip(kinds, conditions, strict=True) if holds[d]), "undecided")
        for d in range(len(broken))
    )


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
