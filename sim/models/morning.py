"""A morning: which tours have their crew and vehicle, who is free for home visits, what is cancelled.

Tours short of a crew go without in the order of section 7: (permanences held, days since the sites'
last held passage, site_id). Confirmed home visits yield to permanences.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.compiled import njit
from sim.models.agents import ANY_TWO, NAMED, NAMED_STRICT, crews
from sim.models.driving import Roads
from sim.models.facts import AGENT_STATUSES, CAUSES, HALF_DAY_USES
from sim.models.fleet import DISPLACED, Traffic, depart, down_until
from sim.models.passage import DeskRules, close_door
from sim.models.plan import DayTimes, StaffRules
from sim.models.records import NeedColumns, Offer

__all__ = ["morning"]

PRESENT = AGENT_STATUSES.index("present")
SICK = AGENT_STATUSES.index("sickness")
LEAVE_CAUSE, SICKNESS_CAUSE = CAUSES.index("leave"), CAUSES.index("sickness")
BREAKDOWN_CAUSE = CAUSES.index("breakdown")
RESERVE, NO_CREW = HALF_DAY_USES.index("reserve"), HALF_DAY_USES.index("no_crew")
REPAIR, ABSENT = HALF_DAY_USES.index("repair"), HALF_DAY_USES.index("absent")


@njit
def _rank(
    tours: Any,
    tour_passages: Any,
    passages: Any,
    last_held: Any,
    site_rank: Any,
    day: int,
) -> Any:
    """The day's tours, the first to be staffed first."""
    n = len(tours)
    held = np.zeros(n, np.int64)
    since = np.zeros(n, np.int64)
    name = np.zeros(n, np.int64)
    for k in range(n):
        name[k] = 1 << 60
        for j in range(tour_passages.shape[1]):
            p = tour_passages[tours[k], j]
            if p >= 0 and passages[p].status < 0:
                held[k] += 1
                since[k] = max(since[k], day - last_held[passages[p].site])
                name[k] = min(name[k], site_rank[passages[p].site])
    order = np.arange(n)
    for i in range(1, n):
        x = order[i]
        j = i - 1
        while j >= 0:
            y = order[j]
            if held[y] != held[x]:
                first = held[y] > held[x]
            elif since[y] != since[x]:
                first = since[y] > since[x]
            else:
                first = name[y] < name[x]
            if first:
                break
            order[j + 1] = y
            j -= 1
        order[j + 1] = x
    return order


@njit
def morning(
    day: int,
    previous_day: int,
    instant: int,
    vehicles: int,
    base: int,
    sites: int,
    staff: StaffRules,
    times: DayTimes,
    traffic: Traffic,
    rules: DeskRules,
    needs: NeedColumns,
    offer: Offer,
    roads: Roads,
    working: Any,
    status: Any,
    trade: Any,
    pair: Any,
    coordinator_days: Any,
    first_tour: int,
    last_tour: int,
    tour_vehicle: Any,
    tour_passages: Any,
    passages: Any,
    persons: Any,
    contacts: Any,
    count: Any,
    one_agent: bool,
    routes: Any,
    first_route: int,
    last_route: int,
    requests: Any,
    request_cancelled: Any,
    agent_days: Any,
    vehicle_days: Any,
    vehicle_out: Any,
    vehicle_down_until: Any,
    last_held: Any,
    site_rank: Any,
    trips: Any,
) -> int:
    """Decide a morning and lay out its trips; return how many there are.

    `coordinator_days[0]` holds the days the coordinator may still stand in. Passages without crew or
    vehicle are cancelled at `instant`; visits of a route without crew are marked displaced.
    """
    agents = len(trade)
    if previous_day >= 0:
        for v in range(vehicles):
            if traffic.breaks[v, previous_day] and vehicle_down_until[v] < previous_day:
                vehicle_down_until[v] = down_until(traffic, v, previous_day, working)
    present = np.empty(agents, np.bool_)
    anyone_sick = False
    for a in range(agents):
        present[a] = status[a, day] == PRESENT
        if status[a, day] == SICK and trade[a] < 2:
            anyone_sick = True
        row = agent_days[day, a]
        row.status = status[a, day]
        use = RESERVE if present[a] else ABSENT
        row.morning = use
        row.afternoon = use
        row.vehicle = -1
        row.duty_start_s = -1
        row.duty_end_s = -1
    for v in range(vehicles):
        vehicle_out[v] = False

    n = 0
    candidates = np.empty(last_tour - first_tour, np.int64)
    for t in range(first_tour, last_tour):
        for j in range(tour_passages.shape[1]):
            p = tour_passages[t, j]
            if p >= 0 and passages[p].status < 0:
                candidates[n] = t
                n += 1
                break
    candidates = candidates[:n]
    tours = candidates[_rank(candidates, tour_passages, passages, last_held, site_rank, day)]
    half_days = np.zeros(n, np.int64)
    own = np.empty(n, np.int64)
    for k in range(n):
        own[k] = tour_vehicle[tours[k]]
        seen = np.zeros(2, np.bool_)
        for j in range(tour_passages.shape[1]):
            p = tour_passages[tours[k], j]
            if p >= 0 and passages[p].status < 0:
                seen[passages[p].half_day] = True
        half_days[k] = int(seen[0]) + int(seen[1])
    seats = np.empty((n, 2), np.int64)
    stood_in = crews(
        present, trade, pair, staff.pairing, staff.solo, coordinator_days[0], own, half_days, seats
    )
    coordinator_days[0] -= stood_in

    count_trips = 0
    taken = np.full(n, -1, np.int64)
    for k in range(n):  # each staffed tour its own vehicle where it runs
        v = own[k]
        staffed = seats[k, 0] >= 0 or seats[k, 1] >= 0
        if staffed and v < vehicles and vehicle_down_until[v] < day and not vehicle_out[v]:
            taken[k] = v
            vehicle_out[v] = True
    for k in range(n):
        staffed = seats[k, 0] >= 0 or seats[k, 1] >= 0
        if staffed and taken[k] < 0:
            for v in range(vehicles):
                if vehicle_down_until[v] < day and not vehicle_out[v]:
                    taken[k] = v
                    vehicle_out[v] = True
                    break
    for k in range(n):
        t = tours[k]
        staffed = seats[k, 0] >= 0 or seats[k, 1] >= 0
        if staffed and taken[k] >= 0:
            first, second = seats[k, 0], seats[k, 1]
            both = first >= 0 and second >= 0
            for j in range(tour_passages.shape[1]):
                p = tour_passages[t, j]
                if p < 0 or passages[p].status >= 0:
                    continue
                row = passages[p]
                row.fs_agent = first
                row.cn_agent = second
                row.fs_row = trade[first] if first >= 0 and trade[first] < 2 else 0
                row.cn_row = trade[second] if second >= 0 and trade[second] < 2 else 1
                row.held_by = 2 if both else 1
                row.workshop_agent = second if both and row.workshop_s >= 0 and row.cn_row == 1 else -1
            for agent in (first, second):
                if agent >= 0:
                    mine = pair[agent] == own[k] or trade[agent] == 2
                    agent_days[day, agent].reassigned = 0 if mine and taken[k] == own[k] else 1
            route = -1
            for r in range(first_route, last_route):
                if routes[r].tour == t:
                    route = r
            depart(
                trips[count_trips], day, t, route, taken[k], first, second, base, sites, times,
                tour_passages, passages, routes, requests, request_cancelled,
            )  # fmt: skip
            count_trips += 1
            continue
        cause = BREAKDOWN_CAUSE if staffed else SICKNESS_CAUSE if anyone_sick else LEAVE_CAUSE
        if staffed:
            for agent in (seats[k, 0], seats[k, 1]):
                if agent >= 0:
                    present[agent] = True
        for j in range(tour_passages.shape[1]):
            p = tour_passages[t, j]
            if p >= 0 and passages[p].status < 0:
                close_door(
                    rules, needs, offer, roads, sites, passages, persons, contacts, count, p, instant, cause
                )  # fmt: skip
        for r in range(first_route, last_route):
            if routes[r].tour == t:
                _displace(routes[r], requests)

    for r in range(first_route, last_route):
        if routes[r].tour >= 0 or routes[r].visits == 0:
            continue
        first, second = _free_crew(present, trade, pair, staff.pairing, one_agent)
        vehicle = -1
        for v in range(vehicles):
            if vehicle < 0 and vehicle_down_until[v] < day and not vehicle_out[v]:
                vehicle = v
        if first < 0 or vehicle < 0:
            _displace(routes[r], requests)
            continue
        vehicle_out[vehicle] = True
        present[first] = False
        if second >= 0:
            present[second] = False
        depart(
            trips[count_trips], day, -1, r, vehicle, first, second, base, sites, times,
            tour_passages, passages, routes, requests, request_cancelled,
        )  # fmt: skip
        count_trips += 1

    for v in range(vehicles):
        use = RESERVE
        if vehicle_down_until[v] >= day:
            use = REPAIR
        elif not vehicle_out[v]:
            first, second = _free_crew(present, trade, pair, staff.pairing, one_agent)
            if first < 0:
                use = NO_CREW
            else:
                present[first] = False
                if second >= 0:
                    present[second] = False
        vehicle_days[day, v].morning = use
        vehicle_days[day, v].afternoon = use
    return count_trips


@njit
def _displace(route: Any, requests: Any) -> None:
    for j in range(route.visits):
        requests[route.request[j]].outcome = DISPLACED


@njit
def _free_crew(present: Any, trade: Any, pair: Any, pairing: int, one_agent: bool) -> tuple[int, int]:
    """A crew from the agents left: one agent, a complete pair, or any two, by the rule in force."""
    for a in range(len(trade)):
        if not present[a] or trade[a] == 2:
            continue
        if one_agent:
            return a, -1
        for b in range(len(trade)):
            if b == a or not present[b] or trade[b] == 2:
                continue
            if pairing == ANY_TWO and b > a:
                return a, b
            if trade[a] == 0 and trade[b] == 1:
                if (pairing == NAMED or pairing == NAMED_STRICT) and pair[a] != pair[b]:
                    continue
                return a, b
    return -1, -1
