"""What the planner answers: the rounds, how good they are, and how good they could be."""

from __future__ import annotations

from dataclasses import dataclass

from sim.scenarios.planning.selection import Level
from sim.scenarios.tours import Rounds

__all__ = ["PlanningResult"]


@dataclass(frozen=True)
class PlanningResult:
    """Planned rounds.

    Parameters
    ----------
    rounds
        The stops of the cycle.
    driving_min, bound_min
        Minutes of driving in a cycle, and the least that any rounds could have.
    km
        Distance driven in a cycle.
    gap
        (driving − bound) / driving; 0 when `proven`.
    proven
        Whether no rounds can drive less.
    levels
        Every level of the objective, in order, with its bound.
    day_tours
        Vehicle-days in a cycle.
    columns
        Variables of the selection model: what memory and time grow with.
    seconds
        Time taken to plan; that of the first planning when the plan was kept.
    digest
        Of the problem.
    source
        `planned`, `shipped` or `cache`.
    """

    rounds: Rounds
    driving_min: float
    bound_min: float
    km: float
    gap: float
    proven: bool
    levels: tuple[Level, ...]
    day_tours: int
    columns: int
    seconds: float
    digest: str
    source: str = "planned"
