"""What is interchangeable: weekdays, vehicles, and the weeks of the cycle in which a site may be visited."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

from sim.scenarios.planning.problem import HALF_DAYS, PlanningProblem
from sim.scenarios.planning.tours import cells_of

__all__ = ["VehicleClass", "vehicle_classes", "week_patterns", "weekday_classes"]


@dataclass(frozen=True, slots=True)
class VehicleClass:
    """Vehicles that nothing tells apart: same base, same weekdays, none named by a pin."""

    names: tuple[str, ...]
    base: int
    weekdays: frozenset[int]


def vehicle_classes(problem: PlanningProblem) -> tuple[VehicleClass, ...]:
    """Group the vehicles that are interchangeable, in the order of their first one."""
    pinned = {site.pin.vehicle for site in problem.sites}
    groups: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for vehicle in problem.vehicles:
        own = vehicle.name if vehicle.name in pinned else None
        groups[vehicle.base, tuple(sorted(set(vehicle.weekdays))), own].append(vehicle.name)
    known = {vehicle.name: vehicle for vehicle in problem.vehicles}
    return tuple(
        VehicleClass(tuple(names), known[names[0]].base, frozenset(known[names[0]].weekdays))
        for names in groups.values()
    )


def weekday_classes(problem: PlanningProblem) -> tuple[tuple[int, ...], ...]:
    """Group the weekdays on which the same vehicles and the same rooms are free."""
    classes = vehicle_classes(problem)
    cells = [cells_of(site, problem.weekdays) for site in problem.sites]
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for day in problem.weekdays:
        free = tuple(day in group.weekdays for group in classes)
        rooms = tuple((day, half) in allowed for allowed in cells for half in HALF_DAYS)
        groups[free, rooms].append(day)
    return tuple(tuple(days) for days in groups.values())


def week_patterns(passages: int, weeks: int, pinned: int | None = None) -> tuple[frozenset[int], ...]:
    """The sets of weeks in which a site may be visited: every other week for two in four.

    Two passages in four weeks are a fortnight apart, so that nobody waits three weeks for the next.
    """
    all_weeks = range(1, weeks + 1)
    if weeks == 4 and passages == 2:
        patterns = [frozenset({1, 3}), frozenset({2, 4})]
    else:
        patterns = [frozenset(chosen) for chosen in combinations(all_weeks, passages)]
    return tuple(pattern for pattern in patterns if pinned is None or pinned in pattern)
