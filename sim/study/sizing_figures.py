"""The figures of each design of a sizing study, the same for its tables and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.measures.registry import DECISIONS, POSITIONS
from sim.study.sizing import SizingPrepared
from sim.study.sizing_choice import COST, adjusted_means
from sim.study.statistics import half_width, moments

__all__ = ["STANDINGS", "Figures", "Standing", "figures_of", "shown_measures", "tolerances"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Standing = Literal["meets", "within_tolerance", "misses"]
STANDINGS: tuple[Standing, ...] = ("meets", "within_tolerance", "misses")


@dataclass(frozen=True)
class Figures:
    """What tables and words both show.

    `mean` and `half_width` have shape (designs, measures): of each design's own replications, but for the
    means of cost and service, which are as if all designs had run in the same worlds, unless they are
    targets. `short_by` has shape (designs, targets), negative where the target is met.
    """

    mean: Floats
    half_width: Floats
    n: Ints
    short_by: Floats

    def standing(self, design: int, tolerance: Floats) -> Standing:
        """How the means stand against the targets: `meets`, `within_tolerance` or `misses`."""
        short = self.short_by[design]
        if (short <= 0).all():
            return "meets"
        return "within_tolerance" if (short <= tolerance).all() else "misses"


def figures_of(context: SizingPrepared, values: Floats) -> Figures:
    """The figures of every design from its runs, shape (replications, designs, measures)."""
    m = moments(values)
    half = half_width(m.sd, m.n, 0.95)
    mean = m.mean.copy()
    for name in {COST, context.reference.sizing.service} - {goal.measure for goal in context.goals}:
        mean[:, POSITIONS[name]] = adjusted_means(values[:, :, POSITIONS[name]])
    short = np.stack([g.shortfall(mean[:, POSITIONS[g.measure]]) for g in context.goals], axis=1)
    return Figures(mean, half, m.n[:, POSITIONS[COST]], short)


def shown_measures(context: SizingPrepared) -> list[str]:
    """The measures shown of each design: decisions, targets, service; each once."""
    named = [*DECISIONS, *(goal.measure for goal in context.goals), context.reference.sizing.service]
    return list(dict.fromkeys(named))


def tolerances(context: SizingPrepared) -> Floats:
    """One per target."""
    return np.array([goal.tolerance for goal in context.goals])
