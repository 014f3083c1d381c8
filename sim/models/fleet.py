"""A vehicle-day: drive, set up, hold, pack, lunch, drive, hold or visit homes, back (section 8).

`depart` makes a trip of a tour, of a route of home visits, or of both; `advance` carries it to its
next synchronisation point, the opening of a permanence, or to its end. Between two such points
nothing outside the vehicle matters but a spare vehicle, so nothing else is an event.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import njit
from sim.models.driving import Roads, drive_km, drive_minutes
from sim.models.facts import ACTIVITIES, CAUSES, HALF_DAY_USES, HOME_OUTCOMES
from sim.models.passage import DeskRules, close_door, hold
from sim.models.plan import DayTimes, HomeRules
from sim.models.records import MOST_VISITS, NeedColumns, Offer
from sim.streams import combine, normal

__all__ = ["DONE", "TRIP", "Traffic", "advance", "depart"]

DRIVE, SET_UP, HOLD, PACK, LUNCH, HOME_VISIT, WAIT, REPAIR = range(len(ACTIVITIES))
LATE = CAUSES.index("late")
BREAKDOWN = CAUSES.index("breakdown")
VISITS = HALF_DAY_USES.index("home_visits")
PERMANENCE = HALF_DAY_USES.index("permanence")
DONE_AT_HOME, NO_SHOW = HOME_OUTCOMES.index("done"), HOME_OUTCOMES.index("no_show")
BY_PERSON = HOME_OUTCOMES.index("cancelled_by_person")
DISPLACED = -2
DONE = -1

MOST_STOPS = MOST_VISITS + 4
TRIP = np.dtype(
    [
        *(
            (n, np.int64)
            for n in (
                "day", "tour", "route", "vehicle", "agent_1", "agent_2", "stops", "next_stop", "place",
                "free_s", "depart_s", "open_s", "driving_s", "worked", "morning_worked", "lunch_shortened",
                "lunch_taken",
            )
        ),
        ("kind", np.int64, (MOST_STOPS,)),  # 0 permanence, 1 home visit
        ("what", np.int64, (MOST_STOPS,)),  # passage or request
        ("where", np.int64, (MOST_STOPS,)),
        ("start_s", np.int64, (MOST_STOPS,)),
    ]
)  # fmt: skip


class Traffic(NamedTuple):
    """The world's roads and vehicles: traffic of the day, leg noise, breakdowns, repairs."""

    leg_key: np.uint64
    place_key: NDArray[np.uint64]
    day_factor: NDArray[np.float64]
    first_ordinal: int
    breaks: NDArray[np.bool_]
    breaks_s: NDArray[np.int64]
    repair_days: NDArray[np.int64]


@njit
def _driving_seconds(roads: Roads, times: DayTimes, traffic: Traffic, day: int, a: int, b: int) -> int:
    """Matrix time × leg noise (by date and destination) × the day's factor, whole seconds."""
    if a == b:
        return 0
    z = normal(traffic.leg_key, combine(traffic.place_key[b], np.uint64(traffic.first_ordinal + day)))
    noise = np.exp(times.leg_sigma * z - 0.5 * times.leg_sigma**2)
    return int(np.floor(drive_minutes(roads, a, b) * 60.0 * noise * traffic.day_factor[day] + 0.5))


@njit
def _note(
    journal: Any, journal_count: Any, trip: Any, activity: int, to: int, start_s: int, end_s: int, km: float
) -> None:
    """Add an activity to the vehicle's journal; activities of no length are left out."""
    if end_s <= start_s and km == 0.0:
        return
    n = journal_count[0]
    journal_count[0] = n + 1
    row = journal[n]
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
    trip: Any,
    day: int,
    tour: int,
    route: int,
    vehicle: int,
    agent_1: int,
    agent_2: int,
    base: int,
    sites: int,
    times: DayTimes,
    tour_passages: Any,
    passages: Any,
    routes: Any,
    requests: Any,
    request_cancelled: Any,
) -> None:
    """Lay out a trip: its permanences and home visits in order of their planned start."""
    trip.day = day
    trip.tour = tour
    trip.route = route
    trip.vehicle = vehicle
    trip.agent_1 = agent_1
    trip.agent_2 = agent_2
    trip.place = base
    trip.free_s = times.duty_starts
    trip.depart_s = -1
    trip.open_s = -1
    trip.next_stop = 0
    trip.driving_s = 0
    trip.worked = 0
    trip.morning_worked = 0
    trip.lunch_shortened = 0
    trip.lunch_taken = 0
    n = 0
    if tour >= 0:
        for j in range(tour_passages.shape[1]):
            p = tour_passages[tour, j]
            if p >= 0 and passages[p].status < 0:
                trip.kind[n] = 0
                trip.what[n] = p
                trip.where[n] = passages[p].site
                trip.start_s[n] = passages[p].announced_open_s
                n += 1
    if route >= 0:
        for j in range(routes[route].visits):
            request = routes[route].request[j]
            if request_cancelled[request]:
                requests[request].outcome = BY_PERSON
                continue
            trip.kind[n] = 1
            trip.what[n] = request
            trip.where[n] = routes[route].place[j]
            trip.start_s[n] = routes[route].start_s[j]
            n += 1
    for i in range(1, n):
        j = i
        while j > 0 and trip.start_s[j] < trip.start_s[j - 1]:
            for field in (trip.kind, trip.what, trip.where, trip.start_s):
                field[j], field[j - 1] = field[j - 1], field[j]
            j -= 1
    trip.stops = n


@njit
def _spare(vehicle_out: Any, vehicle_down_until: Any, traffic: Traffic, day: int, at_s: int) -> int:
    """A vehicle that stands at the base in working order, -1 when there is none."""
    for v in range(len(vehicle_out)):
        broken = traffic.breaks[v, day] and traffic.breaks_s[v, day] <= at_s
        if not vehicle_out[v] and vehicle_down_until[v] < day and not broken:
            return v
    return -1


@njit
def _broken(
    trip: Any,
    times: DayTimes,
    traffic: Traffic,
    vehicle_out: Any,
    vehicle_down_until: Any,
    at_s: int,
    working: Any,
) -> int:
    """Mend the next drive: when it can leave if it was to leave at `at_s`, -1 when it cannot."""
    v, day = trip.vehicle, trip.day
    if not traffic.breaks[v, day] or traffic.breaks_s[v, day] > at_s:
        return at_s
    since = traffic.breaks_s[v, day]
    spare = _spare(vehicle_out, vehicle_down_until, traffic, day, since)
    if spare < 0:
        return -1
    vehicle_out[spare] = True
    trip.vehicle = spare
    if since <= times.duty_starts:
        return at_s
    return max(at_s, since + times.spare_after)


@njit
def down_until(traffic: Traffic, vehicle: int, day: int, working: Any) -> int:
    """The last day of the repair of a vehicle that broke down on `day`, counted in working days."""
    left = traffic.repair_days[vehicle, day]
    d = day
    while left > 0 and d + 1 < len(working):
        d += 1
        if working[d]:
            left -= 1
    return d


@njit
def advance(
    trips: Any,
    base: int,
    sites: int,
    times: DayTimes,
    homes: HomeRules,
    traffic: Traffic,
    rules: DeskRules,
    needs: NeedColumns,
    offer: Offer,
    roads: Roads,
    working: Any,
    passages: Any,
    persons: Any,
    contacts: Any,
    count: Any,
    windows: Any,
    window_count: Any,
    requests: Any,
    request_no_show: Any,
    request_length: Any,
    request_asked_day: Any,
    journal: Any,
    journal_count: Any,
    agent_days: Any,
    vehicle_days: Any,
    vehicle_out: Any,
    vehicle_down_until: Any,
    last_held: Any,
) -> int:
    """Carry a trip on; the second of the day of its next opening, or DONE when it is back.

    `trips` holds the one trip. Called first at the start of the day, then at each opening it returned, at which the permanence
    is held.
    """
    trip = trips[0]
    day = trip.day
    if trip.open_s >= 0:
        p = trip.what[trip.next_stop]
        ends = hold(
            rules, needs, offer, roads, sites, passages, persons, contacts, count, windows, window_count,
            p, trip.open_s,
        )  # fmt: skip
        last_held[passages[p].site] = day
        passages[p].vehicle = trip.vehicle
        half = passages[p].half_day
        if half == 0:
            vehicle_days[day, trip.vehicle].morning = PERMANENCE
        else:
            vehicle_days[day, trip.vehicle].afternoon = PERMANENCE
        for agent in (trip.agent_1, trip.agent_2):
            if agent >= 0:
                if half == 0:
                    agent_days[day, agent].morning = PERMANENCE
                else:
                    agent_days[day, agent].afternoon = PERMANENCE
                if passages[p].held_by == 1:
                    agent_days[day, agent].solo_half_days += 1
        _note(journal, journal_count, trip, HOLD, trip.place, trip.open_s, ends, 0.0)
        _note(journal, journal_count, trip, PACK, trip.place, ends, ends + times.pack, 0.0)
        trip.free_s = ends + times.pack
        trip.morning_worked = 1 if trip.start_s[trip.next_stop] < times.noon_s else trip.morning_worked
        trip.worked = 1
        trip.open_s = -1
        trip.next_stop += 1

    while trip.next_stop < trip.stops:
        i = trip.next_stop
        at_permanence = trip.kind[i] == 0
        place = trip.where[i]
        planned = int(np.ceil(drive_minutes(roads, trip.place, place) * 60.0))
        ready_before = times.set_up if at_permanence else 0
        leave_s = trip.start_s[i] - ready_before - times.buffer - planned
        at_s = trip.free_s
        if trip.morning_worked == 1 and trip.lunch_taken == 0 and trip.start_s[i] >= times.noon_s:
            lunch = min(times.lunch, max(times.lunch_least, leave_s - at_s))
            if lunch < times.lunch:
                trip.lunch_shortened = 1
            trip.lunch_taken = 1
            _note(journal, journal_count, trip, LUNCH, trip.place, at_s, at_s + lunch, 0.0)
            trip.free_s += lunch
            at_s = trip.free_s
        at_s = max(at_s, max(leave_s, times.duty_starts))
        if trip.place != place:
            at_s = _broken(
                trip, times, traffic, vehicle_out, vehicle_down_until, at_s, working
            )  # fmt: skip
        if at_s < 0:
            broken_at = max(trip.free_s, traffic.breaks_s[trip.vehicle, day])
            trip.free_s = broken_at
            for j in range(i, trip.stops):
                if trip.kind[j] == 0:
                    close_door(
                        rules, needs, offer, roads, sites, passages, persons, contacts, count,
                        trip.what[j], day * 86_400 + broken_at, BREAKDOWN,
                    )  # fmt: skip
                else:
                    requests[trip.what[j]].outcome = DISPLACED
            trip.stops = i
            if trip.worked == 0:
                return DONE
            break
        if trip.depart_s < 0:
            trip.depart_s = at_s
        elif at_s > trip.free_s:
            _note(journal, journal_count, trip, WAIT, trip.place, trip.free_s, at_s, 0.0)
        seconds = _driving_seconds(roads, times, traffic, day, trip.place, place)
        _note(
            journal,
            journal_count,
            trip,
            DRIVE,
            place,
            at_s,
            at_s + seconds,
            drive_km(roads, trip.place, place),
        )
        trip.driving_s += seconds
        trip.place = place
        arrives = at_s + seconds
        if at_permanence:
            p = trip.what[i]
            ready = arrives + times.set_up
            if ready >= passages[p].announced_close_s:
                close_door(
                    rules, needs, offer, roads, sites, passages, persons, contacts, count,
                    p, day * 86_400 + arrives, LATE,
                )  # fmt: skip
                trip.free_s = arrives
                trip.next_stop += 1
                continue
            _note(journal, journal_count, trip, SET_UP, place, arrives, ready, 0.0)
            trip.open_s = max(ready, passages[p].announced_open_s)
            _note(journal, journal_count, trip, WAIT, place, ready, trip.open_s, 0.0)
            return trip.open_s
        request = trip.what[i]
        start = max(arrives, trip.start_s[i])
        _note(journal, journal_count, trip, WAIT, place, arrives, start, 0.0)
        r = requests[request]
        if request_no_show[request] < homes.no_show:
            end = start + homes.no_show_wait
            r.outcome = NO_SHOW
            _note(journal, journal_count, trip, WAIT, place, start, end, 0.0)
        else:
            end = start + request_length[request]
            r.outcome = DONE_AT_HOME
            r.lead_days = day - request_asked_day[request]
            _note(journal, journal_count, trip, HOME_VISIT, place, start, end, 0.0)
        r.start_s = start
        r.end_s = end
        r.vehicle = trip.vehicle
        r.agent_1 = trip.agent_1
        r.agent_2 = trip.agent_2
        if trip.start_s[i] < times.noon_s:
            trip.morning_worked = 1
            vehicle_days[day, trip.vehicle].morning = VISITS
        else:
            vehicle_days[day, trip.vehicle].afternoon = VISITS
        for agent in (trip.agent_1, trip.agent_2):
            if agent >= 0:
                if trip.start_s[i] < times.noon_s:
                    agent_days[day, agent].morning = VISITS
                else:
                    agent_days[day, agent].afternoon = VISITS
        trip.worked = 1
        trip.free_s = end
        trip.next_stop += 1

    end_s = trip.free_s
    if trip.place != base:
        leaves = _broken(trip, times, traffic, vehicle_out, vehicle_down_until, end_s, working)
        if leaves >= 0:
            seconds = _driving_seconds(roads, times, traffic, day, trip.place, base)
            km = drive_km(roads, trip.place, base)
            _note(journal, journal_count, trip, DRIVE, base, leaves, leaves + seconds, km)
            trip.driving_s += seconds
            end_s = leaves + seconds
        trip.place = base
    if trip.depart_s >= 0:
        for agent in (trip.agent_1, trip.agent_2):
            if agent >= 0:
                row = agent_days[day, agent]
                row.vehicle = trip.vehicle
                row.duty_start_s = trip.depart_s
                row.duty_end_s = end_s
                row.driving_s = trip.driving_s
                row.overtime_s = max(0, end_s - times.duty_ends)
                row.lunch_shortened = trip.lunch_shortened
    return DONE
