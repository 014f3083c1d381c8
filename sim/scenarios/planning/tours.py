"""Day tours: every way a vehicle can spend a day at one, two or three sites, and be back in time."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import dataclass

from sim.scenarios.planning.problem import PlannedSite, PlanningProblem, SessionChoice

__all__ = ["PlannedStop", "PlannedTour", "cells_of", "enumerate_tours", "gap_s", "why_not"]

Cell = tuple[int, str]


@dataclass(frozen=True, slots=True, order=True)
class PlannedStop:
    """A site, by its position, and the session chosen for it, by its position."""

    site: int
    session: int


@dataclass(frozen=True, slots=True)
class PlannedTour:
    """A day: stops in order of time, from and to a base.

    `weekdays` are those on which every stop is allowed; `half_days` says which half-days are
    occupied (`M`, `A` or `MA`); `value` is the sum of weight × hours, for ties.
    """

    base: int
    stops: tuple[PlannedStop, ...]
    drive_s: int
    km: float
    weekdays: frozenset[int]
    half_days: str
    value: float

    @property
    def sites(self) -> frozenset[int]:
        """Positions of the sites visited."""
        return frozenset(stop.site for stop in self.stops)


def cells_of(site: PlannedSite, weekdays: tuple[int, ...]) -> frozenset[Cell]:
    """The (weekday, half-day) pairs in which a site may be visited, its pin applied."""
    half_days = {session.half_day for session in site.sessions}
    cells = {(day, half) for day in weekdays for half in half_days}
    if site.allowed is not None:
        cells &= set(site.allowed)
    if site.pin.weekday is not None:
        cells = {cell for cell in cells if cell[0] == site.pin.weekday}
    if site.pin.half_day is not None:
        cells = {cell for cell in cells if cell[1] == site.pin.half_day}
    return frozenset(cells)


def gap_s(problem: PlanningProblem, here: PlannedStop, there: PlannedStop) -> int:
    """Seconds to spare between two stops that follow each other; negative when it cannot be driven."""
    limits = problem.limits
    before = problem.sites[here.site].sessions[here.session]
    after = problem.sites[there.site].sessions[there.session]
    midday = before.half_day == "morning" and after.half_day == "afternoon"
    needed = limits.pack_s + problem.drive_s[here.site][there.site] + limits.buffer_s + limits.setup_s
    return after.open_s - before.close_s - needed - (limits.lunch_s if midday else 0)


def why_not(problem: PlanningProblem, base: int, stops: tuple[PlannedStop, ...]) -> str | None:
    """The first rule a day breaks (`start`, `gap`, `end`, `amplitude`, `duty`); None when it is drivable."""
    limits, drive = problem.limits, problem.drive_s
    sessions = [problem.sites[stop.site].sessions[stop.session] for stop in stops]
    start = sessions[0].open_s - limits.setup_s - limits.buffer_s - drive[base][stops[0].site]
    if start < limits.duty_start_s:
        return "start"
    if any(gap_s(problem, here, there) < 0 for here, there in itertools.pairwise(stops)):
        return "gap"
    lunches = sum(here.half_day != there.half_day for here, there in itertools.pairwise(sessions))
    end = sessions[-1].close_s + limits.pack_s + drive[stops[-1].site][base]
    if end > limits.duty_end_s:
        return "end"
    if end - start > limits.amplitude_most_s:
        return "amplitude"
    if end - start - lunches * limits.lunch_s > limits.duty_most_s:
        return "duty"
    return None


def _tour(
    problem: PlanningProblem, base: int, stops: tuple[PlannedStop, ...], cells: list[frozenset[Cell]]
) -> PlannedTour | None:
    """The tour of these stops, or None when it can be driven on no weekday."""
    sites = problem.sites
    sessions: list[SessionChoice] = [sites[stop.site].sessions[stop.session] for stop in stops]
    weekdays = frozenset(
        day
        for day in problem.weekdays
        if all(
            (day, session.half_day) in cells[stop.site] for stop, session in zip(stops, sessions, strict=True)
        )
    )
    if not weekdays or why_not(problem, base, stops) is not None:
        return None
    places = [base, *(stop.site for stop in stops), base]
    legs = list(itertools.pairwise(places))
    halves = {session.half_day for session in sessions}
    return PlannedTour(
        base=base,
        stops=stops,
        drive_s=sum(problem.drive_s[a][b] for a, b in legs),
        km=sum(problem.drive_km[a][b] for a, b in legs),
        weekdays=weekdays,
        half_days="MA" if len(halves) == 2 else ("M" if "morning" in halves else "A"),
        value=sum(
            sites[stop.site].weight * (session.close_s - session.open_s) / 3600
            for stop, session in zip(stops, sessions, strict=True)
        ),
    )


def enumerate_tours(problem: PlanningProblem) -> tuple[PlannedTour, ...]:
    """Every day tour that some vehicle can drive, less those that another one replaces at no loss.

    Tours of sites visited once a cycle are interchangeable when they serve the same sites, occupy
    the same half-days and are allowed on the same weekdays: the shortest is kept, and of the
    shortest the one that gives the longer session to the site with more persons expected. A site
    visited several times keeps its session, so its tours are all kept.

    Returns
    -------
    tuple of PlannedTour
        In a fixed order.
    """
    cells = [cells_of(site, problem.weekdays) for site in problem.sites]
    choices = [
        PlannedStop(i, s)
        for i, site in enumerate(problem.sites)
        for s in range(len(site.sessions))
        if cells[i]
    ]

    def opening(stop: PlannedStop) -> tuple[int, int, int]:
        return (problem.sites[stop.site].sessions[stop.session].open_s, stop.site, stop.session)

    choices.sort(key=opening)
    found: list[PlannedTour] = []
    for base in sorted({vehicle.base for vehicle in problem.vehicles}):
        shorter: list[tuple[PlannedStop, ...]] = [()]
        for _ in range(problem.limits.stops_most):
            longer: list[tuple[PlannedStop, ...]] = []
            for begun in shorter:
                for stop in choices:
                    if any(stop.site == before.site for before in begun):
                        continue
                    if begun and opening(stop)[0] < opening(begun[-1])[0]:
                        continue
                    if not _extends(problem, base, begun, stop):
                        continue
                    stops = (*begun, stop)
                    tour = _tour(problem, base, stops, cells)
                    if tour is not None:
                        found.append(tour)
                    longer.append(stops)
            shorter = longer
    return _undominated(problem, found)


def _extends(problem: PlanningProblem, base: int, begun: tuple[PlannedStop, ...], stop: PlannedStop) -> bool:
    """Whether a day begun may go on, or begin, with this stop, however late the return."""
    if begun:
        return gap_s(problem, begun[-1], stop) >= 0
    return why_not(problem, base, (stop,)) != "start"


def _undominated(problem: PlanningProblem, tours: list[PlannedTour]) -> tuple[PlannedTour, ...]:
    groups: dict[tuple[object, ...], list[PlannedTour]] = defaultdict(list)
    for tour in tours:
        kept_stops = tuple(sorted(stop for stop in tour.stops if problem.sites[stop.site].passages > 1))
        groups[tour.base, tour.sites, tour.half_days, kept_stops].append(tour)
    kept: list[PlannedTour] = []
    for alike in groups.values():
        alike.sort(key=lambda tour: (tour.drive_s, -len(tour.weekdays), -tour.value, tour.stops))
        best: list[PlannedTour] = []
        for tour in alike:
            if not any(other.weekdays >= tour.weekdays for other in best):
                best.append(tour)
        kept.extend(best)
    kept.sort(key=lambda tour: (tour.base, tour.stops))
    return tuple(kept)
