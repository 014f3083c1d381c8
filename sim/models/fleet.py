"""A vehicle-day: drive, set up, hold, pack, lunch, drive, hold or visit homes, back (section 8).

`depart` lays out a trip of a tour, of a route of home visits, or of both; `advance` carries it to its
next synchronisation point, the opening of a permanence, or to its end. Between two such points
nothing outside the vehicle matters but a spare vehicle, so nothing else is an event.
"""

from __future__ import annotations

import numpy as np

from sim.compiled import njit
from sim.models.codes import codes
from sim.models.contacts import close_door
from sim.models.driving import drive_km, drive_minutes
from sim.models.facts import ACTIVITIES, CAUSES, HALF_DAY_USES, HOME_OUTCOMES
from sim.models.passage import hold
from sim.models.state import JOURNAL, State
from sim.streams import combine, normal

__all__ = ["DISPLACED", "DONE", "advance", "depart", "next_opening", "open_at", "repair_ends"]

DRIVE, SET_UP, HOLD, PACK, LUNCH, HOME_VISIT, WAIT, _ = codes(ACTIVITIES)
LATE, BREAKDOWN = codes(CAUSES, "late", "breakdown")
VISITS, PERMANENCE, RESERVE, REPAIRED = codes(HALF_DAY_USES, "home_visits", "permanence", "reserve", "repair")
VISITED, NO_SHOW, BY_PERSON = codes(HOME_OUTCOMES, "done", "no_show", "cancelled_by_person")
DISPLACED = -2
"""The outcome of a request whose visit was displaced, until the desk books it again."""
DONE = -1
AT_PERMANENCE, AT_HOME = 0, 1
COORDINATOR = 2
DAY_S = 86_400
LUNCH_AHEAD_S = 3600


@njit
def _driving_seconds(state: State, day: int, a: int, b: int) -> int:
    """Matrix time × leg noise (by date and destination) × the day's factor, whole seconds."""
    if a == b:
        return 0
    traffic, sigma = state.traffic, state.day.leg_sigma
    z = normal(traffic.leg_key, combine(traffic.place_key[b], np.uint64(traffic.first_ordinal + day)))
    noise = np.exp(sigma * z - 0.5 * sigma**2)
    return int(np.floor(drive_minutes(state.roads, a, b) * 60.0 * noise * traffic.day_factor[day] + 0.5))


@njit
def _note(state: State, k: int, activity: int, to: int, start_s: int, end_s: int, km: float) -> None:
    """Add an activity to the vehicle's journal; activities of no length are left out."""
    if end_s <= start_s and km == 0.0:
        return
    trip = state.trips[k]
    row = state.journal[state.count[JOURNAL]]
    state.count[JOURNAL] += 1
    row.vehicle = trip.vehicle
    row.day = trip.day
    row.activity = activity
    row.place_from = trip.place
    row.place_to = to
    row.start_s = start_s
    row.end_s = end_s
    row.km = km


@njit
def depart(
    state: State, k: int, day: int, tour: int, route: int, vehicle: int, agent_1: int, agent_2: int
) -> None:
    """Lay out trip `k`: its permanences and home visits in order of their planned start.

    `tour` or `route` is -1 when the trip has none. Visits the person cancelled are left out.
    """
    trip = state.trips[k]
    trip.day = day
    trip.vehicle = vehicle
    trip.agent_1 = agent_1
    trip.agent_2 = agent_2
    trip.place = state.base
    trip.free_s = state.day.duty_starts
    trip.depart_s = -1
    trip.open_s = -1
    trip.broken_s = -1
    trip.next_stop = 0
    trip.driving_s = 0
    trip.morning_worked = 0
    trip.lunch_shortened = 0
    trip.lunch_taken = 0
    n = 0
    if tour >= 0:
        for j in range(state.tour_passages.shape[1]):
            p = state.tour_passages[tour, j]
            if p >= 0 and state.passages[p].status < 0:
                trip.kind[n] = AT_PERMANENCE
                trip.what[n] = p
                trip.where[n] = state.passages[p].site
                trip.start_s[n] = state.passages[p].announced_open_s
                n += 1
    if route >= 0:
        visits = state.routes[route]
        for j in range(visits.visits):
            request = visits.request[j]
            if state.cancelled[request]:
                state.requests[request].outcome = BY_PERSON
                continue
            trip.kind[n] = AT_HOME
            trip.what[n] = request
            trip.where[n] = visits.place[j]
            trip.start_s[n] = visits.start_s[j]
            n += 1
    for i in range(1, n):
        j = i
        while j > 0 and trip.start_s[j] < trip.start_s[j - 1]:
            for column in (trip.kind, trip.what, trip.where, trip.start_s):
                column[j], column[j - 1] = column[j - 1], column[j]
            j -= 1
    trip.stops = n


@njit
def repair_ends(state: State, vehicle: int, day: int) -> int:
    """The last day of the repair of a vehicle that broke down on `day`, counted in working days."""
    left = state.traffic.repair_days[vehicle, day]
    d = day
    while left > 0 and d + 1 < len(state.working):
        d += 1
        if state.working[d]:
            left -= 1
    return d


@njit
def _spare(state: State, day: int, at_s: int) -> int:
    """A vehicle that stands at the base in working order at `at_s`, -1 when there is none."""
    for v in range(len(state.vehicle_out)):
        broken = state.traffic.breaks[v, day] and state.traffic.breaks_s[v, day] <= at_s
        if not state.vehicle_out[v] and state.down_until[v] < day and not broken:
            return v
    return -1


@njit
def _when_it_can_leave(state: State, k: int, at_s: int) -> int:
    """When the vehicle can leave if it was to leave at `at_s`; -1 when it broke down with no spare.

    A spare beside a vehicle at the base leaves in its place; away from the base it arrives `spare_after`
    seconds after the breakdown. One that breaks down before it could leave is replaced likewise.
    """
    trip = state.trips[k]
    day, traffic, vehicle = trip.day, state.traffic, trip.vehicle
    leaves = at_s
    while traffic.breaks[vehicle, day] and traffic.breaks_s[vehicle, day] <= leaves:
        trip.broken_s = traffic.breaks_s[vehicle, day]
        vehicle = _spare(state, day, trip.broken_s)
        if vehicle < 0:
            return -1
        state.vehicle_out[vehicle] = True
        if trip.place != state.base:
            leaves = max(at_s, trip.broken_s + state.day.spare_after)
    if vehicle != trip.vehicle:
        if trip.depart_s >= 0:  # they wait beside the one that broke down
            _note(state, k, WAIT, trip.place, trip.free_s, leaves, 0.0)
            trip.free_s = leaves
        trip.vehicle = vehicle
    return int(leaves)


@njit
def _use(state: State, k: int, in_morning: bool, use: int) -> None:
    """Note what a half-day of the vehicle and its agents was used for."""
    trip = state.trips[k]
    day = trip.day
    if in_morning:
        state.vehicle_days[day, trip.vehicle].morning = use
    else:
        state.vehicle_days[day, trip.vehicle].afternoon = use
    for agent in (trip.agent_1, trip.agent_2):
        if agent >= 0 and in_morning:
            state.agent_days[day, agent].morning = use
        elif agent >= 0:
            state.agent_days[day, agent].afternoon = use


@njit
def _hold(state: State, k: int) -> None:
    """Hold the permanence whose opening the trip waited for, then pack."""
    trip = state.trips[k]
    i = trip.next_stop
    p = state.passages[trip.what[i]]
    ends = hold(state, trip.what[i], trip.open_s)
    state.last_held[p.site] = trip.day
    p.vehicle = trip.vehicle
    _use(state, k, p.half_day == 0, PERMANENCE)
    if p.held_by == 1:
        for agent in (trip.agent_1, trip.agent_2):
            if agent >= 0:
                state.agent_days[trip.day, agent].solo_half_days += 1
    _note(state, k, HOLD, trip.place, trip.open_s, ends, 0.0)
    _note(state, k, PACK, trip.place, ends, ends + state.day.pack, 0.0)
    trip.free_s = ends + state.day.pack
    if p.half_day == 0:
        trip.morning_worked = 1
    trip.open_s = -1
    trip.next_stop += 1


@njit
def _give_up(state: State, k: int) -> None:
    """The vehicle cannot go on: what is left of the day is cancelled or displaced.

    Half-days of which nothing was done are lost to the breakdown for a crew that is away from its base.
    """
    trip = state.trips[k]
    broken_s = max(trip.free_s, trip.broken_s)
    for j in range(trip.next_stop, trip.stops):
        if trip.kind[j] == AT_PERMANENCE:
            close_door(state, trip.what[j], trip.day * DAY_S + broken_s, BREAKDOWN)
        else:
            state.requests[trip.what[j]].outcome = DISPLACED
        if trip.depart_s < 0:
            continue
        for agent in (trip.agent_1, trip.agent_2):
            if agent < 0:
                continue
            row = state.agent_days[trip.day, agent]
            if _after_noon(state, k, j):
                row.afternoon = REPAIRED if row.afternoon == RESERVE else row.afternoon
            else:
                row.morning = REPAIRED if row.morning == RESERVE else row.morning
    trip.free_s = broken_s
    trip.stops = trip.next_stop


@njit
def _after_noon(state: State, k: int, stop: int) -> bool:
    """Whether a stop belongs to the afternoon: by its session, or by the start of a home visit."""
    trip = state.trips[k]
    if trip.kind[stop] == AT_PERMANENCE:
        return bool(state.passages[trip.what[stop]].half_day == 1)
    return bool(trip.start_s[stop] >= state.day.noon_s)


@njit
def _note_team(state: State, k: int) -> None:
    """Note the agents of a trip who are not with their own pair and their pair's vehicle."""
    trip = state.trips[k]
    for agent, other in ((trip.agent_1, trip.agent_2), (trip.agent_2, trip.agent_1)):
        if agent < 0 or state.trade[agent] == COORDINATOR:
            continue
        with_own = other < 0 or state.pair[other] == state.pair[agent]
        if not with_own or state.pair[agent] != trip.vehicle:
            state.agent_days[trip.day, agent].reassigned = 1


@njit
def _drive(state: State, k: int, place: int, at_s: int) -> int:
    """Drive to a place, leaving at `at_s`; return the second of arrival."""
    trip = state.trips[k]
    seconds = _driving_seconds(state, trip.day, trip.place, place)
    km = drive_km(state.roads, trip.place, place)
    if trip.depart_s < 0:
        trip.depart_s = at_s
    elif at_s > trip.free_s:
        _note(state, k, WAIT, trip.place, trip.free_s, at_s, 0.0)
    _note_team(state, k)
    _note(state, k, DRIVE, place, at_s, at_s + seconds, km)
    trip.driving_s += seconds
    trip.place = place
    return int(at_s + seconds)


@njit
def _visit(state: State, k: int, arrives: int) -> None:
    """Visit a home at its confirmed start, or on arrival when late."""
    trip = state.trips[k]
    i = trip.next_stop
    request = trip.what[i]
    r = state.requests[request]
    start = max(arrives, trip.start_s[i])
    _note(state, k, WAIT, trip.place, arrives, start, 0.0)
    if state.no_show[request] < state.homes.no_show:
        end = start + state.homes.no_show_wait
        r.outcome = NO_SHOW
        _note(state, k, WAIT, trip.place, start, end, 0.0)
    else:
        end = start + state.length_s[request]
        r.outcome = VISITED
        r.lead_days = trip.day - state.asked_day[request]
        _note(state, k, HOME_VISIT, trip.place, start, end, 0.0)
    r.start_s = start
    r.end_s = end
    r.vehicle = trip.vehicle
    r.agent_1 = trip.agent_1
    r.agent_2 = trip.agent_2
    in_morning = not _after_noon(state, k, i)
    if in_morning:
        trip.morning_worked = 1
    _use(state, k, in_morning, VISITS)
    trip.free_s = end
    trip.next_stop += 1


@njit
def _lunch(state: State, k: int, latest_s: int) -> None:
    """Lunch at the last place of work: shorter when the next start would be late, to its minimum.

    Who is free long before waits first: lunch starts at most an hour before the middle of the day.
    """
    trip = state.trips[k]
    day = state.day
    lunch = min(day.lunch, max(day.lunch_least, latest_s - trip.free_s))
    if lunch < day.lunch:
        trip.lunch_shortened = 1
    trip.lunch_taken = 1
    start = max(trip.free_s, min(latest_s - lunch, day.noon_s - LUNCH_AHEAD_S))
    _note(state, k, WAIT, trip.place, trip.free_s, start, 0.0)
    _note(state, k, LUNCH, trip.place, start, start + lunch, 0.0)
    trip.free_s = start + lunch


@njit
def open_at(state: State, second: int) -> int:
    """Hold what opens at a second of the day; the second of the next opening, DONE when none is left.

    Vehicles whose permanences open together go on in the order they left.
    """
    for k in range(len(state.trips)):
        if state.trips[k].open_s == second:
            advance(state, k)
    return next_opening(state)


@njit
def next_opening(state: State) -> int:
    """The second of the day at which the next permanence opens, DONE when every trip is over."""
    first = DONE
    for k in range(len(state.trips)):
        second = state.trips[k].open_s
        if second >= 0 and (first == DONE or second < first):
            first = second
    return int(first)


@njit
def advance(state: State, k: int) -> None:
    """Carry trip `k` on to its next opening, or back to the base.

    Called at the start of the day, then at the second `open_s` of each opening, when the permanence
    is held.
    """
    trip = state.trips[k]
    times = state.day
    if trip.open_s >= 0:
        _hold(state, k)
    while trip.next_stop < trip.stops:
        i = trip.next_stop
        place = trip.where[i]
        set_up = times.set_up if trip.kind[i] == AT_PERMANENCE else 0
        planned = int(np.ceil(drive_minutes(state.roads, trip.place, place) * 60.0))
        leave_s = trip.start_s[i] - set_up - times.buffer - planned
        if trip.morning_worked == 1 and trip.lunch_taken == 0 and _after_noon(state, k, i):
            # a visit was booked with room for the whole lunch, not for the margin before it as well
            _lunch(state, k, leave_s if trip.kind[i] == AT_PERMANENCE else trip.start_s[i] - planned)
        at_s = max(trip.free_s, leave_s, times.duty_starts)
        if trip.place != place:
            at_s = _when_it_can_leave(state, k, at_s)
            if at_s < 0:
                _give_up(state, k)
                break
        arrives = _drive(state, k, place, at_s)
        if trip.kind[i] == AT_HOME:
            _visit(state, k, arrives)
            continue
        p = state.passages[trip.what[i]]
        ready = arrives + times.set_up
        if ready >= p.announced_close_s:
            close_door(state, trip.what[i], trip.day * DAY_S + arrives, LATE)
            _use(state, k, p.half_day == 0, PERMANENCE)  # for which they drove
            if p.half_day == 0:
                trip.morning_worked = 1
            trip.free_s = arrives
            trip.next_stop += 1
            continue
        _note(state, k, SET_UP, place, arrives, ready, 0.0)
        trip.open_s = max(ready, p.announced_open_s)
        _note(state, k, WAIT, place, ready, trip.open_s, 0.0)
        return
    _return(state, k)


@njit
def _return(state: State, k: int) -> None:
    """Drive back to the base, and note the day of the agents; a broken vehicle is towed."""
    trip = state.trips[k]
    if trip.depart_s < 0:
        return
    end_s = trip.free_s
    if trip.place != state.base:
        leaves = _when_it_can_leave(state, k, end_s)
        if leaves >= 0:
            end_s = _drive(state, k, state.base, leaves)
    for agent in (trip.agent_1, trip.agent_2):
        if agent >= 0:
            row = state.agent_days[trip.day, agent]
            row.vehicle = trip.vehicle
            row.duty_start_s = trip.depart_s
            row.duty_end_s = end_s
            row.driving_s = trip.driving_s
            row.overtime_s = max(0, end_s - state.day.duty_ends)
            row.lunch_shortened = trip.lunch_shortened
