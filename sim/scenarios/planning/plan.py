"""The planner from end to end: tours, selection, placement, rounds."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from time import perf_counter

from sim.problems import InputError
from sim.scenarios.planning.conflicts import why_infeasible
from sim.scenarios.planning.placement import PlacedTour, place_tours
from sim.scenarios.planning.problem import PlanningProblem
from sim.scenarios.planning.result import PlanningResult
from sim.scenarios.planning.selection import Effort, Level, select_tours
from sim.scenarios.tours import Rounds, Stop

__all__ = ["plan"]


def plan(problem: PlanningProblem, effort: Effort | None = None) -> PlanningResult:
    """Plan the rounds of a cycle, level after level.

    (1) feasible and consistent; (2) least driving; (3) the fewest tours on the busiest day, then as
    few weeks as can be whose open hours miss the label's, as many half-days as can be with a desk
    open, the least sum of squares of the tours of a day; (4) balance of vehicles: half-days, half-days
    in a week, driving; (5) free half-days left whole and near where home visits are expected; ties
    give the longer session to the site with more persons expected.

    Levels 2, 3 and 5 are each the best over all rounds that reach the levels above; 4 is the best for
    the tours and days these have chosen (see `docs/rounds.md`).

    Raises
    ------
    InputError
        When there are no such rounds, with a set of requirements that cannot hold together, none of
        which could be left out; or when none were found within the effort.
    """
    began = perf_counter()
    effort = effort or Effort()
    whole = problem
    halved = _halved(problem)
    selection = select_tours(halved, effort)
    if not selection.feasible:
        raise InputError(why_infeasible(halved, selection.proven_infeasible))
    placement = place_tours(halved, selection, effort)
    if not placement.tours:
        raise InputError(why_infeasible(halved, False))
    repeats = whole.weeks // halved.weeks
    tours = [
        replace(tour, week=tour.week + turn * halved.weeks)
        for turn in range(repeats)
        for tour in placement.tours
    ]
    driving = selection.levels[0]
    value, bound = (repeats * seconds / 60 for seconds in (driving.value, _whole(driving.bound)))
    bound = min(bound, value)
    return PlanningResult(
        rounds=Rounds(tuple(_stops(halved, tours)), whole.weeks),
        driving_min=value,
        bound_min=bound,
        km=sum(item.tour.km for item in tours),
        gap=(value - bound) / value if value > 0 else 0.0,
        proven=driving.proven or value == bound,
        levels=_levels(selection.levels, placement.levels),
        day_tours=len(tours),
        columns=selection.columns,
        seconds=perf_counter() - began,
        digest=whole.digest(),
    )


def _levels(chosen: tuple[Level, ...], placed: tuple[Level, ...]) -> tuple[Level, ...]:
    """One line a level: the value that the placed tours have, the bound over every choice of tours."""
    reached = {level.name: level for level in placed}
    levels = []
    for level in chosen:
        value = reached.pop(level.name, level).value
        levels.append(Level(level.name, value, level.bound, level.proven and value <= level.value + 1e-6))
    return (*levels, *reached.values())


def _whole(bound_s: float) -> float:
    """Driving is in whole seconds: a bound is raised to the next one, numerical noise set aside."""
    return float(ceil(bound_s - 1e-3))


def _halved(problem: PlanningProblem) -> PlanningProblem:
    """Four weeks in which every site is visited every other week are a fortnight, twice."""
    even = all(site.passages % 2 == 0 and site.pin.week is None for site in problem.sites)
    if problem.weeks != 4 or not even:
        return problem
    return replace(
        problem,
        weeks=2,
        sites=tuple(replace(site, passages=site.passages // 2) for site in problem.sites),
    )


def _stops(problem: PlanningProblem, tours: list[PlacedTour]) -> list[Stop]:
    stops = []
    for item in tours:
        for stop in item.tour.stops:
            site = problem.sites[stop.site]
            session = site.sessions[stop.session]
            stops.append(
                Stop(
                    site_id=site.site_id,
                    vehicle=item.vehicle,
                    week=item.week,
                    weekday=item.weekday,
                    half_day=session.half_day,
                    open_s=session.open_s,
                    close_s=session.close_s,
                )
            )
    return stops
