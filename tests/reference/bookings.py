"""The booking desk in plain Python, section 10 of the model read aloud: every slot tried, the best kept.

Shares nothing with `sim.models.bookings` but the drives. For a pooled team, no illness and no
breakdown, so that no visit is ever displaced.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import ceil
from typing import NamedTuple

import numpy as np

from sim.models.driving import drive_minutes
from sim.models.leave import plan_absence
from sim.models.plan import Plan
from sim.world import World

__all__ = ["book_all"]

MORNING, AFTERNOON = 0, 1


class Place(NamedTuple):
    """A slot in a route: its day, the route, after how many visits, the start, the driving it adds."""

    day: int
    route: int
    gap: int
    start: int
    extra: float


@dataclass
class Route:
    """A free half-day or day of a crew: from where and when, to where and when, visits (start, place)."""

    day: int
    leaves: int
    leaves_from: int
    due: int
    due_at: int
    after_a_morning: bool
    before_an_afternoon: bool
    visits: list[tuple[int, int]] = field(default_factory=list)


def routes_of(plan: Plan, world: World) -> list[Route]:
    """The routes of the calendar, by day: halves of tours in their order, then whole days of spare crews."""
    present = plan_absence(plan.staff, plan.team, plan.calendar, world) == 1
    tours: dict[int, list[list[int]]] = defaultdict(list)
    for t, day in enumerate(plan.tour_day.tolist()):
        rows = [p for p in plan.tour_passages[t].tolist() if p >= 0 and plan.passages["status"][p] != 1]
        if rows:
            tours[day].append(sorted(rows, key=lambda p: plan.passages["announced_open_s"][p]))
    routes = []
    times = plan.day
    for day in np.flatnonzero(plan.calendar.working).tolist():
        for rows in tours[day]:
            first, last = plan.passages[rows[0]], plan.passages[rows[-1]]
            if last["half_day"] == MORNING:
                leaves = int(last["announced_close_s"]) + times.pack
                routes.append(Route(day, leaves, int(last["site"]), times.duty_ends, plan.base, True, False))
            elif first["half_day"] == AFTERNOON:
                due = int(first["announced_open_s"]) - times.buffer - times.set_up
                routes.append(Route(day, times.duty_starts, plan.base, due, int(first["site"]), False, True))
        crews = min((present[plan.team.trade == trade, day]).sum() for trade in (0, 1))
        spare = min(crews, len(plan.vehicles)) - len(tours[day])
        routes += [
            Route(day, times.duty_starts, plan.base, times.duty_ends, plan.base, False, False)
            for _ in range(spare)
        ]
    return routes


def slots(plan: Plan, routes: list[Route], place: int, today: int) -> list[Place]:
    """The earliest start in every gap of every route of the days to come."""
    rules, times = plan.homes, plan.day

    def minutes(a: int, b: int) -> float:
        return drive_minutes(plan.roads, a, b)

    def seconds(a: int, b: int) -> int:
        return ceil(minutes(a, b) * 60)

    found = []
    for r, route in enumerate(routes):
        if not today < route.day <= today + rules.refused_after_days:
            continue
        for gap in range(len(route.visits) + 1):
            before = route.visits[gap - 1] if gap else None
            after = route.visits[gap] if gap < len(route.visits) else None
            here = before[1] if before else route.leaves_from
            there = after[1] if after else route.due_at
            free = before[0] + rules.planned_s if before else route.leaves
            due = after[0] if after else route.due
            morning_before = before[0] < times.noon_s if before else route.after_a_morning
            afternoon_after = after[0] >= times.noon_s if after else route.before_an_afternoon
            first = ceil(rules.first_start / rules.slot) * rules.slot
            for start in range(first, rules.last_start + 1, rules.slot):
                in_morning = start < times.noon_s
                if (route.after_a_morning and in_morning) or (route.before_an_afternoon and not in_morning):
                    continue
                lunch_before = times.lunch if morning_before and not in_morning else 0
                lunch_after = times.lunch if in_morning and afternoon_after else 0
                leaves = start + rules.planned_s + lunch_after
                if (
                    start >= free + lunch_before + seconds(here, place)
                    and leaves + seconds(place, there) <= due
                ):
                    extra = minutes(here, place) + minutes(place, there) - minutes(here, there)
                    found.append(Place(route.day, r, gap, start, extra))
                    break
    return found


def book_all(plan: Plan, world: World, policy: str) -> dict[int, Place | None]:
    """The slot of every request the desk decides within the horizon, None when refused, by request."""
    routes = routes_of(plan, world)
    homes, rules = world.homes, plan.homes
    asked = [
        q
        for q in np.argsort(homes.handled_day, kind="stable").tolist()
        if not homes.redirected[q] and homes.handled_day[q] < plan.calendar.days
    ]
    booked: dict[int, Place | None] = {}
    for q in asked:
        commune = int(homes.home[q])
        found = slots(plan, routes, len(plan.sites) + commune, int(homes.handled_day[q]))
        if policy == "zone_day":
            found = [s for s in found if plan.calendar.weekday[s.day] == plan.commune_zone[commune]]
        if not found:
            booked[q] = None
            continue
        first = min(s.day for s in found)
        if policy == "earliest":
            best = min((s for s in found if s.day == first), key=lambda s: (s.start, s.extra))
        else:
            bound = int(homes.requested_at[q]) // 86_400 + rules.lead_bound_days
            near = [s for s in found if s.day <= max(bound, first)] if first <= bound else []
            near = near or [s for s in found if s.day == first]
            least = min(s.extra for s in near)
            best = next(s for s in near if s.extra <= least + 1e-9)
        routes[best.route].visits.insert(best.gap, (best.start, len(plan.sites) + commune))
        booked[q] = best
    return booked
