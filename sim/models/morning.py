"""A morning: which tours have their crew and vehicle, who is free for home visits, what is cancelled.

Tours short of a crew go without in the order of section 7: (permanences held, days since the sites'
last held passage, site_id). Confirmed home visits yield to permanences.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import njit
from sim.models.codes import NONE, codes
from sim.models.contacts import close_door
from sim.models.crews import ANY_TWO, NAMED, NAMED_STRICT, crews, crews_free, free_crew, on_tour
from sim.models.facts import AGENT_STATUSES, CAUSES, HALF_DAY_USES
from sim.models.fleet import DISPLACED, depart, repair_ends
from sim.models.state import State

__all__ = ["morning"]

PRESENT, SICK = AGENT_STATUSES.index("present"), AGENT_STATUSES.index("sickness")
LEAVE_CAUSE, SICKNESS_CAUSE, BREAKDOWN_CAUSE = codes(CAUSES, "leave", "sickness", "breakdown")
RESERVE, NO_CREW, REPAIR, ABSENT = (
    HALF_DAY_USES.index(u) for u in ("reserve", "no_crew", "repair", "absent")
)
COORDINATOR = 2


@njit
def morning(state: State, day: int, previous_day: int, instant: int) -> int:
    """Decide a morning and lay out its trips; return how many there are.

    Passages without crew or vehicle are cancelled at `instant`; visits of a route without crew are
    marked displaced. `previous_day` is the working day before, -1 on the first.
    """
    vehicles = len(state.vehicle_out)
    for v in range(vehicles):
        state.vehicle_out[v] = False
        if previous_day >= 0 and state.traffic.breaks[v, previous_day] and state.down_until[v] < previous_day:
            state.down_until[v] = repair_ends(state, v, previous_day)
    present = _roll_call(state, day)
    tours = _ranked_tours(state, day)
    seats = np.full((len(tours), 2), -1, np.int64)
    own = np.empty(len(tours), np.int64)
    half_days = np.empty(len(tours), np.int64)
    for k in range(len(tours)):
        own[k] = state.tour_vehicle[tours[k]]
        half_days[k] = _half_days(state, tours[k])
    stood_in = crews(
        present, state.trade, state.pair, state.staff.pairing, state.staff.solo, state.stand_in[0], own,
        half_days, seats,
    )  # fmt: skip
    state.stand_in[0] -= stood_in
    taken = _vehicles_for(state, day, seats, own)
    touring = on_tour(state.pair, own)
    lacking = [_absence_cause(state, day, present, touring, own[k]) for k in range(len(tours))]
    trips = 0
    for k in range(len(tours)):
        if taken[k] >= 0:
            _staff(state, tours[k], seats[k])
            _set_out(state, trips, day, tours[k], seats[k], taken[k])
            trips += 1
            continue
        staffed = _send_back(state, present, seats[k], half_days[k])
        cause = BREAKDOWN_CAUSE if staffed else lacking[k]
        for p in state.tour_passages[tours[k]]:
            if p >= 0 and state.passages[p].status < 0:
                close_door(state, p, instant, cause)
        route = _route_of_tour(state, day, tours[k])
        if route >= 0:
            _displace(state, route)
    for route in range(state.route_start[day], state.route_start[day + 1]):
        if state.routes[route].tour >= 0 or state.routes[route].visits == 0:
            continue
        first, second = _crew(state, present)
        vehicle = _free_vehicle(state, day, state.pair[first] if first >= 0 else NONE)
        if first < 0 or vehicle < 0:
            _displace(state, route)
            continue
        state.vehicle_out[vehicle] = True
        present[first] = False
        if second >= 0:
            present[second] = False
        depart(state, trips, day, NONE, route, vehicle, first, second)
        trips += 1
    _idle_vehicles(state, day, present)
    return trips


@njit
def _roll_call(state: State, day: int) -> NDArray[np.bool_]:
    """Who is there; opens the day's rows of agents."""
    present = np.empty(len(state.trade), np.bool_)
    for a in range(len(state.trade)):
        present[a] = state.status[a, day] == PRESENT
        row = state.agent_days[day, a]
        row.status = state.status[a, day]
        row.morning = RESERVE if present[a] else ABSENT
        row.afternoon = row.morning
        row.vehicle = -1
        row.duty_start_s = -1
        row.duty_end_s = -1
    return present


@njit
def _send_back(state: State, present: NDArray[np.bool_], seats: NDArray[np.int64], half_days: int) -> bool:
    """Free the crew of a tour without a vehicle, if it has one; the coordinator's time is not spent."""
    staffed = False
    for agent in seats:
        if agent >= 0:
            present[agent] = True
            staffed = True
            if state.trade[agent] == COORDINATOR:
                state.stand_in[0] += 0.5 * half_days
    return staffed


@njit
def _absence_cause(
    state: State, day: int, present: NDArray[np.bool_], touring: NDArray[np.bool_], own: int
) -> int:
    """Why the tour of the pair `own` lacks its crew: sickness first, when one who could sit there is ill.

    With named pairs that is its own pair, and without `named_strict` those without a tour; with pooled
    ones the trades of which nobody is left.
    """
    pairing = state.staff.pairing
    left = np.zeros(2, np.bool_)
    for a in range(len(state.trade)):
        if present[a] and state.trade[a] != COORDINATOR:
            left[state.trade[a]] = True
    for a in range(len(state.trade)):
        if state.status[a, day] != SICK or state.trade[a] == COORDINATOR:
            continue
        if pairing == NAMED_STRICT or pairing == NAMED:
            could = state.pair[a] == own or (pairing == NAMED and not touring[a])
        else:
            could = pairing == ANY_TWO or not left[state.trade[a]]
        if could:
            return SICKNESS_CAUSE
    return LEAVE_CAUSE


@njit
def _half_days(state: State, tour: int) -> int:
    """Half-days in which a tour has a passage to hold."""
    seen = np.zeros(2, np.int64)
    for p in state.tour_passages[tour]:
        if p >= 0 and state.passages[p].status < 0:
            seen[state.passages[p].half_day] = 1
    return int(seen.sum())


@njit
def _ranked_tours(state: State, day: int) -> NDArray[np.int64]:
    """The day's tours with a passage to hold, the first to be staffed first."""
    first, last = state.tour_start[day], state.tour_start[day + 1]
    tours = np.empty(last - first, np.int64)
    key = np.empty((last - first, 3), np.int64)
    n = 0
    for t in range(first, last):
        held, since, name = 0, -1, 1 << 60
        for p in state.tour_passages[t]:
            if p >= 0 and state.passages[p].status < 0:
                site = state.passages[p].site
                held += 1
                since = max(since, day - state.last_held[site])
                name = min(name, state.site_rank[site])
        if held == 0:
            continue
        j = n
        while j > 0 and _before(held, since, name, key[j - 1]):
            tours[j] = tours[j - 1]
            key[j] = key[j - 1]
            j -= 1
        tours[j] = t
        key[j, 0], key[j, 1], key[j, 2] = held, since, name
        n += 1
    return tours[:n]


@njit
def _before(held: int, since: int, name: int, other: NDArray[np.int64]) -> bool:
    if held != other[0]:
        return bool(held > other[0])
    if since != other[1]:
        return bool(since > other[1])
    return bool(name < other[2])


@njit
def _free_vehicle(state: State, day: int, own: int) -> int:
    """A vehicle at the base that is not under repair, a crew's `own` if it may be, -1 without."""
    found = -1
    for v in range(len(state.vehicle_out)):
        if state.down_until[v] < day and not state.vehicle_out[v] and (found < 0 or v == own):
            found = v
    return found


@njit
def _vehicles_for(
    state: State, day: int, seats: NDArray[np.int64], own: NDArray[np.int64]
) -> NDArray[np.int64]:
    """A vehicle for each staffed tour: its own where it runs, else any free one; -1 without."""
    taken = np.full(len(own), -1, np.int64)
    for k in range(len(own)):
        v = own[k]
        if max(seats[k, 0], seats[k, 1]) >= 0 and v < len(state.vehicle_out) and state.down_until[v] < day:
            taken[k] = v
            state.vehicle_out[v] = True
    for k in range(len(own)):
        if max(seats[k, 0], seats[k, 1]) >= 0 and taken[k] < 0:
            taken[k] = _free_vehicle(state, day, NONE)
            if taken[k] >= 0:
                state.vehicle_out[taken[k]] = True
    return taken


@njit
def _set_out(state: State, trip: int, day: int, tour: int, seats: NDArray[np.int64], vehicle: int) -> None:
    """Lay out the trip of a staffed tour, with its home visits where the crew may make them."""
    route = _route_of_tour(state, day, tour)
    first, second = seats
    if first < 0:
        first, second = second, first
    if route >= 0 and not _may_visit(state, route, first, second):
        _displace(state, route)
        route = NONE
    depart(state, trip, day, tour, route, vehicle, first, second)


@njit
def _may_visit(state: State, route: int, first: int, second: int) -> bool:
    """Whether the crew of a tour makes the home visits of its free half-day.

    One agent alone holds the desk only, where visits are made by the pair; the coordinator comes along
    while her share lasts, for half a day more.
    """
    if second < 0:
        return bool(state.homes.by_pair == 0)
    if state.routes[route].visits > 0 and COORDINATOR in (state.trade[first], state.trade[second]):
        if state.stand_in[0] < 0.5:
            return False
        state.stand_in[0] -= 0.5
    return True


@njit
def _staff(state: State, tour: int, seats: NDArray[np.int64]) -> None:
    """Write who sits where at a tour's passages."""
    first, second = seats
    both = first >= 0 and second >= 0
    for p in state.tour_passages[tour]:
        if p < 0 or state.passages[p].status >= 0:
            continue
        row = state.passages[p]
        row.fs_agent = first
        row.cn_agent = second
        row.fs_row = state.trade[first] if first >= 0 and state.trade[first] != COORDINATOR else 0
        row.cn_row = state.trade[second] if second >= 0 and state.trade[second] != COORDINATOR else 1
        row.held_by = 2 if both else 1
        row.workshop_agent = second if both and row.workshop_s >= 0 and row.cn_row == 1 else -1


@njit
def _route_of_tour(state: State, day: int, tour: int) -> int:
    """The route of home visits a tour lends its free half-day to, -1 when it has none."""
    for r in range(state.route_start[day], state.route_start[day + 1]):
        if state.routes[r].tour == tour:
            return r
    return -1


@njit
def _displace(state: State, route: int) -> None:
    for j in range(state.routes[route].visits):
        state.requests[state.routes[route].request[j]].outcome = DISPLACED


@njit
def _crew(state: State, present: NDArray[np.bool_]) -> tuple[int, int]:
    return free_crew(present, state.trade, state.pair, state.staff.pairing, state.homes.by_pair == 0)


@njit
def _idle_vehicles(state: State, day: int, present: NDArray[np.bool_]) -> None:
    """Open the day's rows of vehicles: those that stay have a crew in reserve, none, or are repaired.

    A half-day in which, or before which, a vehicle breaks down is one of repair unless it is used.
    """
    crews_left = crews_free(present, state.trade, state.pair, state.staff.pairing, state.homes.by_pair == 0)
    for v in range(len(state.vehicle_out)):
        use = RESERVE
        if state.down_until[v] >= day:
            use = REPAIR
        elif not state.vehicle_out[v]:
            use = RESERVE if crews_left > 0 else NO_CREW
            crews_left -= 1
        breaks, breaks_s = state.traffic.breaks[v, day], state.traffic.breaks_s[v, day]
        state.vehicle_days[day, v].morning = REPAIR if breaks and breaks_s < state.day.noon_s else use
        state.vehicle_days[day, v].afternoon = REPAIR if breaks else use
