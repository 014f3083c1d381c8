"""The cell in SimPy: mornings, trips of vehicles and the booking desk, from plan and world to facts.

One process, the coordinator's mornings (crews, cancellations, then the booking desk), and an event at
each moment when permanences open, whose callback carries these vehicles on to the next by `fleet.open_at`.
The engine orders what vehicles, desk and mornings do to each other.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.clock import DAY_S
from sim.models.bookings import make_routes
from sim.models.choice import choose_permanences
from sim.models.contacts import first_contacts
from sim.models.dawn import dawn
from sim.models.elsewhere import elsewhere
from sim.models.facts import AGENT_STATUSES, CAUSES, HOME_OUTCOMES, STATUSES, Facts
from sim.models.fleet import DISPLACED, DONE, open_at
from sim.models.leave import closed_days, plan_absence
from sim.models.log import gather
from sim.models.offer import make_offer
from sim.models.plan import Plan
from sim.models.records import (
    AGENT_DAY,
    CONTACT,
    JOURNAL,
    REQUEST,
    ROUTE,
    TRIP,
    VEHICLE_DAY,
    NeedColumns,
    PersonColumns,
    Traffic,
)
from sim.models.state import FIELDS, contacts_of, new_state
from sim.streams import item_keys
from sim.world import World

__all__ = ["Cell", "replicate"]

SICK, LEAVE = AGENT_STATUSES.index("sickness"), AGENT_STATUSES.index("leave")
CLOSED = STATUSES.index("closed_announced")
LEAVE_CAUSE = CAUSES.index("leave")
REDIRECTED, BACKLOG = HOME_OUTCOMES.index("redirected"), HOME_OUTCOMES.index("backlog")
REFUSED = HOME_OUTCOMES.index("refused")
ACTIVITIES_A_TRIP = 48
"""Room in the journal: the most activities of a day with the most stops."""


def replicate(plan: Plan, world: World) -> Facts:
    """Simulate one scenario in one world.

    Nothing is drawn and nothing is kept: the same plan and world give the same facts.
    """
    cell = Cell(plan, world)
    cell.run()
    return gather(cell)


class Cell:
    """One replication: the tables compiled code reads and writes, and the clock that orders them."""

    def __init__(self, plan: Plan, world: World) -> None:
        self.plan = plan
        self.world = world
        calendar = plan.calendar
        planned = plan_absence(plan.staff, plan.team, calendar, world)
        self.passages = plan.passages.copy()
        close_for_leave(plan, planned, self.passages)
        offer = make_offer(plan, world, self.passages)
        needs = need_columns(world)
        without = elsewhere(world, needs, offer, plan.offer.network)
        self.without_cell = without.persons.destination
        self.persons = PersonColumns._make(column.copy() for column in without.persons)
        self.coming = choose_permanences(needs, offer, without.least, self.persons)
        self.requests = self._open_requests()
        days, vehicles = len(calendar.weekday), len(plan.vehicles)
        posts = len(plan.desk.post_code)
        self.journal = np.zeros(ACTIVITIES_A_TRIP * (len(plan.tour_day) + len(self.requests) + 1), JOURNAL)
        self.agent_days = np.zeros((days, len(plan.team.names)), AGENT_DAY)
        self.vehicle_days = np.zeros((days, vehicles), VEHICLE_DAY)
        self.windows = np.zeros((len(self.passages) * (3 + posts), 5), np.int64)
        self.count = np.zeros(3, np.int64)
        trips = np.zeros(max(vehicles, 1), TRIP)
        trips["open_s"] = -1
        tables: dict[str, Any] = {
            "desk": plan.desk,
            "day": plan.day,
            "homes": plan.homes,
            "staff": plan.staff,
            "needs": needs,
            "offer": offer,
            "roads": plan.roads,
            "traffic": traffic_of(plan, world),
            "sites": len(plan.sites),
            "base": plan.base,
            "working": calendar.working,
            "weekday": calendar.weekday,
            "status": planned,
            "trade": plan.team.trade,
            "pair": plan.team.pair,
            "tour_vehicle": plan.tour_vehicle,
            "tour_passages": plan.tour_passages,
            "tour_start": np.searchsorted(plan.tour_day, np.arange(days + 1)),
            "cancelled": world.homes.cancelled,
            "no_show": world.homes.no_show,
            "length_s": world.homes.length_s,
            "asked_day": world.homes.requested_at // DAY_S,
            "home": world.homes.home,
            "zone": plan.commune_zone[world.homes.home],
            "site_rank": np.argsort(np.argsort(np.array(plan.sites))),
            "passages": self.passages,
            "persons": self.persons,
            "contacts": np.zeros(2 * len(self.coming) + 64, CONTACT),
            "requests": self.requests,
            "routes": np.zeros(days * vehicles + 1, ROUTE),
            "journal": self.journal,
            "agent_days": self.agent_days,
            "vehicle_days": self.vehicle_days,
            "trips": trips,
            "count": self.count,
            "windows": self.windows,
            "route_start": np.zeros(days + 1, np.int64),
            "vehicle_out": np.zeros(vehicles, np.bool_),
            "down_until": np.full(vehicles, -1, np.int64),
            "last_held": np.full(len(plan.sites), -1, np.int64),
            "stand_in": np.zeros(1),
        }
        self.stand_in = tables["stand_in"]
        self.state = new_state(*(tables[name] for name in FIELDS))
        self.planned = planned
        self.env = simpy.Environment()

    def _open_requests(self) -> NDArray[np.void]:
        """The table of home-visit requests; those redirected by the end have become needs."""
        homes = self.world.homes
        requests = np.zeros(len(homes.home), REQUEST)
        for name in REQUEST.names or ():
            if name not in ("extra_km", "displaced"):
                requests[name] = -1
        # a request the desk has not decided on by the end is backlog, whatever it would decide
        decided = homes.redirected & (homes.handled_day < self.plan.calendar.days)
        requests["outcome"][decided] = REDIRECTED
        return requests

    @property
    def contacts(self) -> NDArray[np.void]:
        """Contacts, those never made included."""
        rows: NDArray[np.void] = contacts_of(self.state)[: self.count[0]]
        return rows

    def run(self) -> None:
        """Run to the end of the horizon and close the books."""
        self._open_routes()
        first_contacts(self.state, self.coming)
        self.env.process(self._mornings())
        self.env.run(until=self.plan.calendar.days * DAY_S)
        self.close()

    def close(self) -> None:
        """Close the books: requests without an outcome are backlog."""
        undone = (self.requests["outcome"] == -1) | (self.requests["outcome"] == DISPLACED)
        no_slot = (self.requests["outcome"] == REFUSED) | (self.requests["outcome"] == DISPLACED)
        for name in ("booked_at", "day", "start_s"):  # of a booking that a permanence displaced for good
            self.requests[name][no_slot] = -1
        self.requests["outcome"][undone] = BACKLOG

    def _open_routes(self) -> None:
        """Routes of home visits from planned absence, before anybody knows who will be sick."""
        make_routes(self.state)
        rows = [self.world.agents.index(name) for name in self.plan.team.names]
        self.planned[self.world.sick[rows] & self.plan.calendar.working] = SICK

    def _mornings(self) -> Generator[simpy.Event, Any, None]:
        """Each working day at the start of duty: crews, the booking desk, trips to their first openings."""
        plan, calendar, homes = self.plan, self.plan.calendar, self.world.homes
        order = np.argsort(homes.handled_day, kind="stable")
        asked = order[~homes.redirected[order]]
        start = np.searchsorted(homes.handled_day[asked], np.arange(len(calendar.weekday) + 1))
        duty_starts = plan.day.duty_starts
        previous = accrued = -1
        for day in np.flatnonzero(calendar.working[: calendar.days]).tolist():
            now = day * DAY_S + duty_starts
            yield self.env.timeout(now - self.env.now)
            week = (day - calendar.first_monday) // 7
            if week != accrued:
                self.stand_in[0] += 5 * plan.staff.coordinator_fte
                accrued = week
            transmitted = asked[start[day] : start[day + 1]]
            second = dawn(self.state, day, previous, now, transmitted)
            self._wake(day * DAY_S, second)
            previous = day

    def _wake(self, midnight: int, second: int) -> None:
        """Wake when the next permanences open, if any does today."""
        if second != DONE:
            opening = self.env.timeout(midnight + second - self.env.now)
            opening.callbacks.append(lambda _: self._wake(midnight, open_at(self.state, second)))


def close_for_leave(plan: Plan, planned: NDArray[np.int64], passages: NDArray[np.void]) -> None:
    """Close, announced in advance, the passages that planned leave closes (joint, closed weeks).

    With joint leave those of a pair's vehicle when both its agents are away; with closed weeks those
    of these weeks, though somebody may be in training then.
    """
    if plan.staff.leave_policy == 0:
        return
    away = planned == LEAVE
    shut = closed_days(plan.staff.closed_weeks, plan.calendar)
    for p in np.flatnonzero(passages["status"] != CLOSED):
        if plan.staff.leave_policy == 2:
            closed = shut[passages["day"][p]]
        else:
            mine = plan.team.pair == passages["vehicle"][p]
            closed = mine.any() and away[mine, passages["day"][p]].all()
        if closed:
            passages["status"][p] = CLOSED
            passages["cause"][p] = LEAVE_CAUSE


def need_columns(world: World) -> NeedColumns:
    """The columns of the world's needs that compiled code reads."""
    return NeedColumns(*(getattr(world.needs, name) for name in NeedColumns._fields))


def traffic_of(plan: Plan, world: World) -> Traffic:
    """The world's roads and vehicles for the plan's fleet."""
    vehicles = len(plan.vehicles)
    if vehicles > len(world.breakdown):
        raise ValueError(f"the world was drawn for {len(world.breakdown)} vehicles, the plan has {vehicles}")
    return Traffic(
        leg_key=world.leg_key,
        place_key=np.concatenate([item_keys("site", plan.sites), item_keys("commune", plan.communes)]),
        day_factor=world.day_factor,
        first_ordinal=plan.calendar.start.toordinal(),
        breaks=np.ascontiguousarray(world.breakdown[:vehicles] < plan.breakdown_share),
        breaks_s=np.ascontiguousarray(world.breakdown_s[:vehicles]),
        repair_days=np.ascontiguousarray(world.repair_days[:vehicles]),
    )
