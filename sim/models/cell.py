"""The cell in SimPy: mornings, trips of vehicles and the booking desk, from plan and world to facts.

Three kinds of process: the coordinator's mornings, a trip for each vehicle that leaves the base,
and inside a morning the booking desk. A trip is carried from one synchronisation point to the next
by `fleet.advance`; the engine orders what the vehicles, the desk and the mornings do to each other.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from sim.clock import DAY_S
from sim.models.agents import plan_absence
from sim.models.bookings import book, empty_routes, make_routes
from sim.models.choice import choose_all
from sim.models.facts import AGENT_STATUSES, DESTINATIONS, HOME_OUTCOMES, Facts
from sim.models.fleet import DISPLACED, DONE, TRIP, Traffic, advance
from sim.models.log import gather
from sim.models.morning import morning
from sim.models.offer import make_offer
from sim.models.passage import first_contacts
from sim.models.plan import Plan
from sim.models.records import (
    AGENT_DAY,
    CONTACT,
    JOURNAL,
    PERSON,
    REQUEST,
    VEHICLE_DAY,
    NeedColumns,
)
from sim.streams import item_key
from sim.world import World

__all__ = ["Cell", "replicate"]

Event = Generator[simpy.Event, Any, None]

SICK = AGENT_STATUSES.index("sickness")
CLOSED_ANNOUNCED = 1
LEAVE_CAUSE = 1
WAITING = DESTINATIONS.index("waiting")
REFUSED = HOME_OUTCOMES.index("refused")
REDIRECTED = HOME_OUTCOMES.index("redirected")
BACKLOG = HOME_OUTCOMES.index("backlog")


def replicate(plan: Plan, world: World, replication: int | None = None) -> Facts:
    """Simulate one scenario in one world.

    Nothing is drawn and nothing is kept: the same plan and world give the same facts.
    """
    cell = Cell(plan, world)
    cell.run()
    return gather(cell)


class Cell:
    """The state of one replication: tables that compiled code reads and writes, and the clock."""

    def __init__(self, plan: Plan, world: World) -> None:
        self.plan = plan
        self.world = world
        calendar = plan.calendar
        days = len(calendar.weekday)
        vehicles = len(plan.vehicles)
        self.planned = plan_absence(plan.staff, plan.team, calendar, world)
        rows = [world.agents.index(name) for name in plan.team.names]
        sick = world.sick[rows] & calendar.working
        self.status = np.where(sick, SICK, self.planned)
        self.passages = plan.passages.copy()
        self._close_announced()
        self.offer = make_offer(plan, world, self.passages)
        n = world.needs
        self.needs = NeedColumns(
            n.person_id, n.home, n.at, n.need, n.aware, n.work_s, n.unsolved, n.quantile,
            n.patience_s, n.fate, n.told, n.appointment, n.taste_start, n.taste,
        )  # fmt: skip
        self.persons = np.zeros(len(n.home), PERSON)
        self.persons["destination"] = WAITING
        for name in ("ended_at", "helped_at", "first_passage_at"):
            self.persons[name] = -1
        choose_all(self.needs, self.offer, self.persons)
        itinerant = int((self.offer.kind[self.persons["choice"]] == 0).sum())
        self.contacts = np.zeros(2 * itinerant + 1024, CONTACT)
        self.count = np.zeros(1, np.int64)
        self.windows = np.zeros((len(self.passages) * (3 + len(plan.desk.post_code)), 5), np.int64)
        self.window_count = np.zeros(1, np.int64)
        h = world.homes
        self.requests = np.zeros(len(h.home), REQUEST)
        for name in REQUEST.names or ():
            if name not in ("extra_km", "displaced"):
                self.requests[name] = -1
        # a request the desk has not decided on by the end is backlog, whatever it would decide
        decided = h.redirected & (h.handled_day < calendar.days)
        self.requests["outcome"][decided] = REDIRECTED
        self.asked_day = h.requested_at // DAY_S
        self.routes = empty_routes(days, vehicles)
        self.route_start = np.zeros(days + 1, np.int64)
        make_routes(
            self.planned, plan.team.trade, plan.team.pair, plan.staff.pairing, plan.homes.by_pair == 0,
            vehicles, calendar.working, plan.tour_day, plan.tour_passages, self.passages, plan.day,
            plan.base, self.routes, self.route_start,
        )  # fmt: skip
        self.journal = np.zeros(64 + 40 * (len(plan.tour_day) + len(h.home)), JOURNAL)
        self.journal_count = np.zeros(1, np.int64)
        self.agent_days = np.zeros((days, len(plan.team.names)), AGENT_DAY)
        self.vehicle_days = np.zeros((days, vehicles), VEHICLE_DAY)
        self.vehicle_out = np.zeros(vehicles, np.bool_)
        self.vehicle_down_until = np.full(vehicles, -1, np.int64)
        self.last_held = np.full(len(plan.sites), -14, np.int64)
        by_text = sorted(range(len(plan.sites)), key=lambda s: plan.sites[s])
        self.site_rank = np.empty(len(plan.sites), np.int64)
        self.site_rank[by_text] = np.arange(len(plan.sites))
        self.coordinator_days = np.zeros(1)
        self.traffic = Traffic(
            leg_key=world.leg_key,
            place_key=place_keys(plan.sites, plan.communes),
            day_factor=world.day_factor,
            first_ordinal=calendar.start.toordinal(),
            breaks=np.ascontiguousarray(world.breakdown[:vehicles] < plan.breakdown_share),
            breaks_s=np.ascontiguousarray(world.breakdown_s[:vehicles]),
            repair_days=np.ascontiguousarray(world.repair_days[:vehicles]),
        )
        self.trips = np.zeros(max(2 * vehicles, 1), TRIP)
        self.tour_start = np.searchsorted(plan.tour_day, np.arange(days + 1))
        self.displaced: list[int] = []
        order = np.argsort(h.handled_day, kind="stable")
        self.asked = order[~h.redirected[order]]
        self.asked_start = np.searchsorted(h.handled_day[self.asked], np.arange(days + 1))
        self.env = simpy.Environment()

    def _close_announced(self) -> None:
        """Close, announced in advance, the passages that planned leave closes (joint, closed weeks)."""
        plan = self.plan
        if plan.staff.leave_policy == 0:
            return
        away = self.planned == 2
        for p in range(len(self.passages)):
            row = self.passages[p]
            if row["status"] == CLOSED_ANNOUNCED:
                continue
            mine = plan.team.pair == row["vehicle"]
            if plan.staff.leave_policy == 2:
                mine = plan.team.trade < 2
            if mine.any() and away[mine, row["day"]].all():
                self.passages["status"][p] = CLOSED_ANNOUNCED
                self.passages["cause"][p] = LEAVE_CAUSE

    def run(self) -> None:
        """Run to the end of the horizon and close the books."""
        first_contacts(
            self.plan.desk, self.needs, self.offer, self.plan.roads, len(self.plan.sites),
            self.passages, self.persons, self.contacts, self.count,
        )  # fmt: skip
        self.env.process(self._mornings())
        self.env.run(until=self.plan.calendar.days * DAY_S)
        open_requests = (self.requests["outcome"] == -1) | (self.requests["outcome"] == DISPLACED)
        self.requests["outcome"][open_requests] = BACKLOG

    def _mornings(self) -> Event:
        """Each working day at the start of duty: crews, trips, then the booking desk."""
        plan, calendar = self.plan, self.plan.calendar
        starts = plan.day.duty_starts
        previous = -1
        accrued_week = -1
        for day in np.flatnonzero(calendar.working[: calendar.days]).tolist():
            yield self.env.timeout(day * DAY_S + starts - self.env.now)
            week = (day - calendar.first_monday) // 7
            if week != accrued_week:
                self.coordinator_days[0] += 5 * plan.staff.coordinator_fte
                accrued_week = week
            self._room()
            trips = morning(
                day, previous, day * DAY_S + starts, len(plan.vehicles), plan.base, len(plan.sites),
                plan.staff, plan.day, self.traffic, plan.desk, self.needs, self.offer, plan.roads,
                calendar.working, self.status, plan.team.trade, plan.team.pair, self.coordinator_days,
                self.tour_start[day], self.tour_start[day + 1], plan.tour_vehicle, plan.tour_passages,
                self.passages, self.persons, self.contacts, self.count, plan.homes.by_pair == 0,
                self.routes, self.route_start[day], self.route_start[day + 1], self.requests,
                self.world.homes.cancelled, self.agent_days, self.vehicle_days, self.vehicle_out,
                self.vehicle_down_until, self.last_held, self.site_rank, self.trips,
            )  # fmt: skip
            for k in range(trips):
                self.env.process(self._trip(self.trips[k : k + 1].copy(), day))
            self._booking_desk(day)
            previous = day

    def _trip(self, trip: Any, day: int) -> Event:
        """One vehicle away from its base: wake at each opening, hold, go on."""
        plan, homes = self.plan, self.world.homes
        while True:
            self._room()
            opens = advance(
                trip, plan.base, len(plan.sites), plan.day, plan.homes, self.traffic, plan.desk,
                self.needs, self.offer, plan.roads, plan.calendar.working, self.passages, self.persons,
                self.contacts, self.count, self.windows, self.window_count, self.requests,
                homes.no_show, homes.length_s, self.asked_day, self.journal, self.journal_count,
                self.agent_days, self.vehicle_days, self.vehicle_out, self.vehicle_down_until,
                self.last_held,
            )  # fmt: skip
            if opens == DONE:
                return
            yield self.env.timeout(day * DAY_S + opens - self.env.now)

    def _booking_desk(self, day: int) -> None:
        """Rebook what was displaced, then the requests transmitted for today, in order of asking."""
        displaced = np.flatnonzero(self.requests["outcome"] == DISPLACED)
        self.requests["displaced"][displaced] += 1
        new = self.asked[self.asked_start[day] : self.asked_start[day + 1]]
        for request in (*displaced.tolist(), *new.tolist()):
            self._book(request, day)

    def _book(self, request: int, day: int) -> None:
        plan = self.plan
        home = int(self.world.homes.home[request])
        booked = book(
            plan.roads, plan.day, plan.homes, self.routes, self.route_start, self.requests, request,
            len(plan.sites) + home, day, int(self.asked_day[request]), int(plan.commune_zone[home]),
            plan.calendar.weekday,
        )  # fmt: skip
        self.requests["outcome"][request] = -1 if booked else REFUSED

    def _room(self) -> None:
        """Keep room for the contacts one step may add: at most one for each there is."""
        if 2 * self.count[0] > len(self.contacts):
            larger = np.zeros(4 * int(self.count[0]), CONTACT)
            larger[: len(self.contacts)] = self.contacts
            self.contacts = larger


def place_keys(sites: tuple[str, ...], communes: tuple[str, ...]) -> Any:
    """Keys of places, sites first, for the traffic noise of a leg."""
    return np.array(
        [item_key(f"site:{s}") for s in sites] + [item_key(f"commune:{c}") for c in communes], np.uint64
    )
