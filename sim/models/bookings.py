"""The booking desk of home visits: which day, which vehicle's route, which start.

Routes are the crewed half-days without a permanence of the calendar (section 10 of the model). A
visit is inserted into a route at a start on the grid of slots, where planned drives, lunch and the
visits already confirmed leave room for its planned length.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.clock import DAY_S
from sim.compiled import njit
from sim.models.agents import crews_planned
from sim.models.driving import Roads, drive_km, drive_minutes
from sim.models.plan import DayTimes, HomeRules
from sim.models.records import MOST_VISITS, ROUTE

__all__ = ["CHEAPEST", "EARLIEST", "ZONE_DAY", "book", "make_routes"]

EARLIEST, CHEAPEST, ZONE_DAY = range(3)


@njit
def make_routes(
    status: Any,
    trade: Any,
    pair: Any,
    pairing: int,
    one_agent: bool,
    vehicles: int,
    working: Any,
    tour_day: Any,
    tour_passages: Any,
    passages: Any,
    times: DayTimes,
    base: int,
    routes: Any,
    route_start: Any,
) -> int:
    """Write the routes home visits may be booked on, by day; return how many there are.

    A tour with a free morning or afternoon lends it; crews beyond the day's tours lend whole days,
    as many as there are vehicles beyond them. `route_start` (days + 1,) receives where each day's
    routes begin.
    """
    n = 0
    t = 0
    days = len(working)
    for d in range(days):
        route_start[d] = n
        first = t
        while t < len(tour_day) and tour_day[t] == d:
            t += 1
        if not working[d]:
            continue
        tours = 0
        for k in range(first, t):
            opens, closes = -1, -1
            opening, closing = -1, -1
            for j in range(tour_passages.shape[1]):
                p = tour_passages[k, j]
                if p < 0 or passages[p].status == 1:
                    continue
                if opens < 0 or passages[p].announced_open_s < opens:
                    opens, opening = passages[p].announced_open_s, passages[p].site
                if passages[p].announced_close_s > closes:
                    closes, closing = passages[p].announced_close_s, passages[p].site
            if opens < 0:
                continue
            tours += 1
            if closes <= times.noon_s + 1800:  # the afternoon is free
                r = routes[n]
                r.day, r.tour, r.visits = d, k, 0
                r.leave_s, r.from_place = closes + times.pack, closing
                r.arrive_s, r.to_place = times.duty_ends, base
                r.lunch_before, r.lunch_after = 1, 0
                n += 1
            elif opens >= times.noon_s:  # the morning is free
                r = routes[n]
                r.day, r.tour, r.visits = d, k, 0
                r.leave_s, r.from_place = times.duty_starts, base
                r.arrive_s, r.to_place = opens - times.buffer - times.set_up, opening
                r.lunch_before, r.lunch_after = 0, 1
                n += 1
        if one_agent:
            there = 0
            for a in range(len(trade)):
                if trade[a] < 2 and status[a, d] == 1:
                    there += 1
            spare = max(there - 2 * tours, 0)
        else:
            spare = crews_planned(status, trade, pair, d, pairing, tours)
        for _ in range(min(spare, vehicles - tours)):
            r = routes[n]
            r.day, r.tour, r.visits = d, -1, 0
            r.leave_s, r.from_place = times.duty_starts, base
            r.arrive_s, r.to_place = times.duty_ends, base
            r.lunch_before, r.lunch_after = 0, 0
            n += 1
    route_start[days] = n
    return n


def empty_routes(days: int, vehicles: int) -> Any:
    """Room for every route of the calendar."""
    return np.zeros(days * max(vehicles, 1), ROUTE)


@njit
def _seconds(roads: Roads, a: int, b: int) -> int:
    return int(np.ceil(drive_minutes(roads, a, b) * 60.0))


@njit
def _place_in(
    roads: Roads, times: DayTimes, rules: HomeRules, route: Any, gap: int, place: int
) -> tuple[int, float]:
    """The earliest start in a gap of a route and the extra driving minutes; start -1 when none.

    A lunch is due wherever the route passes noon between two places of work.
    """
    n = route.visits
    work_before = gap > 0 or route.lunch_before == 1
    if gap > 0:
        before = route.place[gap - 1]
        free_s = route.start_s[gap - 1] + rules.planned_s
        is_morning = route.start_s[gap - 1] < times.noon_s
    else:
        before = route.from_place
        free_s = route.leave_s
        is_morning = route.leave_s <= times.noon_s + 1800
    if gap < n:
        after = route.place[gap]
        due_s = route.start_s[gap]
        lunch_after = due_s >= times.noon_s
    else:
        after = route.to_place
        due_s = route.arrive_s
        lunch_after = route.lunch_after == 1
    extra = (
        drive_minutes(roads, before, place)
        + drive_minutes(roads, place, after)
        - drive_minutes(roads, before, after)
    )
    reach_s = free_s + _seconds(roads, before, place)
    leave_s = rules.planned_s + _seconds(roads, place, after)
    # a half-day that holds a permanence takes no visit, were there room around the permanence
    first_half = 1 if route.lunch_before == 1 else 0
    last_half = 0 if route.lunch_after == 1 else 1
    for afternoon in range(first_half, last_half + 1):
        earliest = max(reach_s, rules.first_start)
        if afternoon == 1:
            if work_before and is_morning:
                earliest = max(earliest, reach_s + times.lunch)
            earliest = max(earliest, times.noon_s)
        start = -(-earliest // rules.slot) * rules.slot
        if start > rules.last_start or (afternoon == 0 and start >= times.noon_s):
            continue
        lunch = times.lunch if afternoon == 0 and lunch_after else 0
        if start + leave_s + lunch <= due_s:
            return start, extra
    return -1, extra


@njit
def book(
    roads: Roads,
    times: DayTimes,
    rules: HomeRules,
    routes: Any,
    route_start: Any,
    requests: Any,
    request: int,
    place: int,
    today: int,
    asked_day: int,
    zone_weekday: int,
    weekday: Any,
) -> bool:
    """Book a request on a day after today; False when no slot is free within the horizon of booking.

    `earliest` takes the first day and start; `cheapest_insertion` the least extra driving among the
    days at most `lead_bound_days` after the request, else the first day after them; `zone_day` the
    least extra driving on the days of the commune's weekday.
    """
    best, best_gap, best_start = -1, -1, -1
    best_cost = np.inf
    last = min(today + rules.refused_after_days, len(route_start) - 2)
    for d in range(today + 1, last + 1):
        if rules.policy == ZONE_DAY and weekday[d] != zone_weekday:
            continue
        if best >= 0:
            if rules.policy == EARLIEST:
                break
            if d > asked_day + rules.lead_bound_days:
                break
        for r in range(route_start[d], route_start[d + 1]):
            route = routes[r]
            if route.visits >= MOST_VISITS:
                continue
            for gap in range(route.visits + 1):
                start, extra = _place_in(roads, times, rules, route, gap, place)
                if start < 0:
                    continue
                cost = start + extra / 1e4 if rules.policy == EARLIEST else extra
                if cost < best_cost - 1e-9:
                    best, best_gap, best_start, best_cost = r, gap, start, cost
    if best < 0:
        return False
    route = routes[best]
    before = route.place[best_gap - 1] if best_gap > 0 else route.from_place
    after = route.place[best_gap] if best_gap < route.visits else route.to_place
    km = drive_km(roads, before, place) + drive_km(roads, place, after) - drive_km(roads, before, after)
    for j in range(route.visits, best_gap, -1):
        route.start_s[j] = route.start_s[j - 1]
        route.place[j] = route.place[j - 1]
        route.request[j] = route.request[j - 1]
    route.start_s[best_gap] = best_start
    route.place[best_gap] = place
    route.request[best_gap] = request
    route.visits += 1
    requests[request].booked_at = today * DAY_S + 8 * 3600
    requests[request].day = route.day
    requests[request].start_s = best_start
    requests[request].route = best
    requests[request].extra_km = km
    return True
