"""The booking desk of home visits: which day, which vehicle's route, which start.

Routes are the crewed half-days without a permanence of the calendar (section 10 of the model). A
visit is inserted into a route at a start on the grid of slots, where planned drives, lunch and the
visits already confirmed leave room for its planned length.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.compiled import njit
from sim.models.codes import NO, NONE, YES
from sim.models.crews import crews_planned
from sim.models.driving import drive_km, drive_minutes, least_minutes
from sim.models.facts import HOME_OUTCOMES, STATUSES
from sim.models.fleet import DAY_S, DISPLACED
from sim.models.records import MOST_VISITS
from sim.models.state import State

__all__ = ["CHEAPEST", "DECIDES_S", "EARLIEST", "ZONE_DAY", "booking_desk", "make_routes"]

EARLIEST, CHEAPEST, ZONE_DAY = range(3)
CLOSED = STATUSES.index("closed_announced")
REFUSED = HOME_OUTCOMES.index("refused")
BOOKED = -1
DECIDES_S = 8 * 3600
"""The desk decides at eight in the morning."""
MORNING, AFTERNOON = range(2)


@njit
def make_routes(state: State) -> None:
    """Open the routes home visits may be booked on, by day.

    A tour with a free morning or afternoon lends it; crews beyond the day's tours lend whole days,
    as many as there are vehicles beyond them.
    """
    n = 0
    vehicles = len(state.vehicle_out)
    one_agent = state.homes.by_pair == 0
    times = state.day
    for d in range(len(state.working)):
        state.route_start[d] = n
        if not state.working[d]:
            continue
        tours = 0
        for t in range(state.tour_start[d], state.tour_start[d + 1]):
            opens, closes, first, last = _span(state, t)
            if first < 0:
                continue
            tours += 1
            if state.passages[last].half_day == MORNING:
                from_place = state.passages[last].site
                _open_route(state, n, d, t, closes + times.pack, from_place, times.duty_ends, state.base)
                state.routes[n].lunch_before = 1
                n += 1
            elif state.passages[first].half_day == AFTERNOON:
                arrive_s = opens - times.buffer - times.set_up
                to_place = state.passages[first].site
                _open_route(state, n, d, t, times.duty_starts, state.base, arrive_s, to_place)
                state.routes[n].lunch_after = 1
                n += 1
        spare = crews_planned(state.status, state.trade, state.pair, d, state.staff.pairing, one_agent, tours)
        for _ in range(min(spare, vehicles - tours)):
            _open_route(state, n, d, NONE, times.duty_starts, state.base, times.duty_ends, state.base)
            n += 1
    state.route_start[len(state.working)] = n


@njit
def _span(state: State, tour: int) -> tuple[int, int, int, int]:
    """First opening, last closing and the two passages of a tour, -1 when all are closed."""
    opens, closes, first, last = -1, -1, -1, -1
    for p in state.tour_passages[tour]:
        if p < 0 or state.passages[p].status == CLOSED:
            continue
        if first < 0 or state.passages[p].announced_open_s < opens:
            opens, first = state.passages[p].announced_open_s, p
        if state.passages[p].announced_close_s > closes:
            closes, last = state.passages[p].announced_close_s, p
    return opens, closes, first, last


@njit
def _open_route(
    state: State, n: int, day: int, tour: int, leave_s: int, from_place: int, arrive_s: int, to_place: int
) -> None:
    route = state.routes[n]
    route.day = day
    route.tour = tour
    route.visits = 0
    route.leave_s = leave_s
    route.from_place = from_place
    route.arrive_s = arrive_s
    route.to_place = to_place
    route.lunch_before = 0
    route.lunch_after = 0
    _measure_gaps(state, n)


@njit
def _measure_gaps(state: State, r: int) -> None:
    """Note the planned drive over each gap of a route, and how long the longest gap is."""
    route = state.routes[r]
    route.longest_s = -1
    for gap in range(route.visits + 1):
        before, free_s, after, due_s = _gap(state, r, gap)
        route.leg_min[gap] = drive_minutes(state.roads, before, after)
        route.longest_s = max(route.longest_s, due_s - free_s)


@njit
def _gap(state: State, r: int, gap: int) -> tuple[int, int, int, int]:
    """Where a vehicle is before a gap of a route and from when, where it is due after it and when."""
    route = state.routes[r]
    before = route.place[gap - 1] if gap > 0 else route.from_place
    free_s = route.start_s[gap - 1] + state.homes.planned_s if gap > 0 else route.leave_s
    after = route.place[gap] if gap < route.visits else route.to_place
    due_s = route.start_s[gap] if gap < route.visits else route.arrive_s
    return before, free_s, after, due_s


@njit
def _seconds(state: State, a: int, b: int) -> int:
    return int(np.ceil(drive_minutes(state.roads, a, b) * 60.0))


@njit
def _start_in(state: State, r: int, gap: int, place: int) -> int:
    """The earliest start in a gap of a route, -1 when there is none.

    A lunch is due wherever the route passes noon between two places of work.
    """
    route, rules, times = state.routes[r], state.homes, state.day
    before, free_s, after, due_s = _gap(state, r, gap)
    after_morning = route.lunch_before == 1 if gap == 0 else route.start_s[gap - 1] < times.noon_s
    before_afternoon = route.lunch_after == 1 if gap == route.visits else due_s >= times.noon_s
    reach_s = free_s + _seconds(state, before, place)
    needed_s = rules.planned_s + _seconds(state, place, after)
    if route.lunch_before == 0:
        start = -(-max(reach_s, rules.first_start) // rules.slot) * rules.slot
        lunch = times.lunch if before_afternoon else 0
        if start < min(times.noon_s, rules.last_start + 1) and start + needed_s + lunch <= due_s:
            return start
    if route.lunch_after == 0:
        lunch = times.lunch if after_morning else 0
        start = -(-max(reach_s + lunch, times.noon_s, rules.first_start) // rules.slot) * rules.slot
        if start <= rules.last_start and start + needed_s <= due_s:
            return start
    return -1


@njit
def _extra(state: State, r: int, gap: int, place: int, in_km: int) -> float:
    """Extra driving of a visit in a gap of a route, minutes or km."""
    before, _, after, _ = _gap(state, r, gap)
    roads = state.roads
    if in_km == YES:
        return drive_km(roads, before, place) + drive_km(roads, place, after) - drive_km(roads, before, after)
    leg = state.routes[r].leg_min[gap]
    return drive_minutes(roads, before, place) + drive_minutes(roads, place, after) - leg


@njit
def _least_cost(state: State, r: int, gap: int, place: int) -> float:
    """A bound below the cost of a gap: no visit starts before the vehicle is free, no drive beats a chord."""
    before, free_s, after, due_s = _gap(state, r, gap)
    rules, roads = state.homes, state.roads
    if due_s - free_s < rules.planned_s:
        return np.inf
    least = least_minutes(roads, before, place) + least_minutes(roads, place, after)
    extra = least - state.routes[r].leg_min[gap]
    return max(free_s, rules.first_start) + extra / 1e4 if rules.policy == EARLIEST else extra


@njit
def _book(state: State, request: int, today: int) -> bool:
    """Book a request on a day after today; False when no slot is free within the horizon of booking.

    `earliest` takes the first day and start; `cheapest_insertion` the least extra driving among the
    days at most `lead_bound_days` after the request, else on the first day after them;
    `zone_day` the least extra driving among the days of the commune's weekday.

    Passed over is only what could not win: a route without a gap as long as a visit; a gap whose bound is
    not under the best cost; an empty route of a spare crew after another, which would start and cost the
    same while the first found is kept. Spare crews' routes come last in a day and are filled in order, so
    that after an empty one all are.
    """
    rules = state.homes
    place = state.sites + state.home[request]
    best, best_gap, best_start = -1, -1, -1
    best_cost = np.inf
    spare_seen = False
    last = min(today + rules.refused_after_days, len(state.working) - 1)
    bound = state.asked_day[request] + rules.lead_bound_days
    for d in range(today + 1, last + 1):
        if rules.policy == ZONE_DAY and state.weekday[d] != state.zone[request]:
            continue
        if best >= 0 and (rules.policy == EARLIEST or d > bound):
            break
        for r in range(state.route_start[d], state.route_start[d + 1]):
            empty_spare = state.routes[r].tour < 0 and state.routes[r].visits == 0
            if empty_spare and spare_seen:
                break
            spare_seen = spare_seen or empty_spare
            if state.routes[r].visits >= MOST_VISITS or state.routes[r].longest_s < rules.planned_s:
                continue
            for gap in range(state.routes[r].visits + 1):
                if _least_cost(state, r, gap, place) >= best_cost - 1e-9:
                    continue
                start = _start_in(state, r, gap, place)
                if start < 0:
                    continue
                extra = _extra(state, r, gap, place, NO)
                cost = start + extra / 1e4 if rules.policy == EARLIEST else extra
                if cost < best_cost - 1e-9:
                    best, best_gap, best_start, best_cost = r, gap, start, cost
    if best < 0:
        return False
    asked = state.requests[request]
    asked.extra_km = _extra(state, best, best_gap, place, YES)
    asked.booked_at = today * DAY_S + DECIDES_S
    asked.day = state.routes[best].day
    asked.start_s = best_start
    route = state.routes[best]
    for j in range(route.visits, best_gap, -1):
        route.start_s[j] = route.start_s[j - 1]
        route.place[j] = route.place[j - 1]
        route.request[j] = route.request[j - 1]
    route.start_s[best_gap] = best_start
    route.place[best_gap] = place
    route.request[best_gap] = request
    route.visits += 1
    _measure_gaps(state, best)
    return True


@njit
def booking_desk(state: State, today: int, transmitted: Any) -> None:
    """Rebook what was displaced, then the requests transmitted for today, in order of asking."""
    for request in _displaced(state, today):
        # twice in the list when displaced today and before: booked again once
        if state.requests[request].outcome == DISPLACED:
            state.requests[request].displaced += 1
            state.requests[request].outcome = BOOKED if _book(state, request, today) else REFUSED
    for request in transmitted:
        state.requests[request].outcome = BOOKED if _book(state, request, today) else REFUSED


@njit
def _displaced(state: State, today: int) -> Any:
    """Requests on the routes of today and of the working day before that are displaced, in order of asking.

    No other can be: the desk books again, or refuses, every morning what was displaced since the last.
    """
    before = today - 1
    while before > 0 and not state.working[before]:
        before -= 1
    first, last = state.route_start[max(before, 0)], state.route_start[today + 1]
    found, n = np.empty((last - first) * MOST_VISITS, np.int64), 0
    for r in range(first, last):
        route = state.routes[r]
        for j in range(route.visits):
            if state.requests[route.request[j]].outcome == DISPLACED:
                found[n] = route.request[j]
                n += 1
    return np.sort(found[:n])
