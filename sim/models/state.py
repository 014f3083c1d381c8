"""The state of one replication, handed to compiled code as one object.

A Numba structure reference: compiled code receives a pointer and reads fields by name, so a call costs
about a microsecond however many tables there are. What does not change during a replication comes
first, then the tables that are written.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import numpy as np
from numba import types
from numba.experimental import structref
from numpy.typing import NDArray

from sim.compiled import njit
from sim.models.driving import Roads
from sim.models.plan import DayTimes, DeskRules, HomeRules, StaffRules
from sim.models.records import NeedColumns, Offer, Traffic

__all__ = ["FIELDS", "State", "contacts_of", "new_state"]


class State(structref.StructRefProxy):
    """One replication: rules, world, offer, and the tables that record what happens.

    Attributes
    ----------
    desk, day, homes, staff
        The rules of the plan.
    needs, offer, roads, traffic
        The world and what residents may choose among.
    sites, base
        How many sites there are (homes are numbered after them); the vehicles' base.
    working, weekday
        By day of the calendar.
    status, trade, pair
        Of agents: status by (agent, day), positions in `facts.AGENT_STATUSES`.
    tour_vehicle, tour_passages, tour_start
        Vehicle-days of the calendar; those of day d are `tour_start[d]:tour_start[d + 1]`.
    cancelled, no_show, length_s, asked_day, home, zone
        Of home-visit requests: cancelled by the person, the uniform of the no-show, seconds, the day
        of asking, the commune, the weekday of its zone.
    site_rank
        Order of sites by their id as text.
    passages, persons, contacts, requests, routes, journal, agent_days, vehicle_days, trips
        Tables of `records`; `count` holds the rows used of contacts, windows and journal.
    windows
        Rows (passage, server, from, to, kind of server).
    route_start
        Routes of home visits of day d are `route_start[d]:route_start[d + 1]`.
    vehicle_out, down_until
        Whether a vehicle is away today; the last day of its repair.
    last_held
        The last day a passage was held, by site.
    stand_in
        Days the coordinator may still stand in, one value.
    """

    desk: DeskRules
    day: DayTimes
    homes: HomeRules
    staff: StaffRules
    needs: NeedColumns
    offer: Offer
    roads: Roads
    traffic: Traffic
    sites: int
    base: int
    working: NDArray[np.bool_]
    weekday: NDArray[np.int64]
    status: NDArray[np.int64]
    trade: NDArray[np.int64]
    pair: NDArray[np.int64]
    tour_vehicle: NDArray[np.int64]
    tour_passages: NDArray[np.int64]
    tour_start: NDArray[np.int64]
    cancelled: NDArray[np.bool_]
    no_show: NDArray[np.float64]
    length_s: NDArray[np.int64]
    asked_day: NDArray[np.int64]
    home: NDArray[np.int64]
    zone: NDArray[np.int64]
    site_rank: NDArray[np.int64]
    passages: Any
    persons: Any
    contacts: Any
    requests: Any
    routes: Any
    journal: Any
    agent_days: Any
    vehicle_days: Any
    trips: Any
    count: NDArray[np.int64]
    windows: NDArray[np.int64]
    route_start: NDArray[np.int64]
    vehicle_out: NDArray[np.bool_]
    down_until: NDArray[np.int64]
    last_held: NDArray[np.int64]
    stand_in: NDArray[np.float64]


FIELDS = tuple(State.__annotations__)
CONTACTS, WINDOWS, JOURNAL = range(3)


@structref.register
class StateType(types.StructRef):
    """The compiled type of `State`.

    Numba names a structure by all its fields, and every symbol by all its arguments: twenty thousand
    characters for each function that takes a state. Its name here is a digest of that name.
    """

    def __init__(self, fields: Any) -> None:
        super().__init__(fields)
        self.name = f"State_{sha256(self.name.encode()).hexdigest()[:16]}"

    def get_data_type(self) -> Any:
        """The payload, named likewise."""
        payload = types.StructRefPayload(self.name, ())
        payload._fields = self._fields
        return payload

    def preprocess_fields(self, fields: Any) -> Any:
        """Forget literal values, so that one compiled version serves every replication."""
        return tuple((name, types.unliteral(kind)) for name, kind in fields)


structref.define_proxy(State, StateType, list(FIELDS))


@njit
def new_state(
    desk: Any,
    day: Any,
    homes: Any,
    staff: Any,
    needs: Any,
    offer: Any,
    roads: Any,
    traffic: Any,
    sites: int,
    base: int,
    working: Any,
    weekday: Any,
    status: Any,
    trade: Any,
    pair: Any,
    tour_vehicle: Any,
    tour_passages: Any,
    tour_start: Any,
    cancelled: Any,
    no_show: Any,
    length_s: Any,
    asked_day: Any,
    home: Any,
    zone: Any,
    site_rank: Any,
    passages: Any,
    persons: Any,
    contacts: Any,
    requests: Any,
    routes: Any,
    journal: Any,
    agent_days: Any,
    vehicle_days: Any,
    trips: Any,
    count: Any,
    windows: Any,
    route_start: Any,
    vehicle_out: Any,
    down_until: Any,
    last_held: Any,
    stand_in: Any,
) -> State:
    """A state from its fields, in the order of `FIELDS`."""
    return State(
        desk, day, homes, staff, needs, offer, roads, traffic, sites, base, working, weekday, status, trade,
        pair, tour_vehicle, tour_passages, tour_start, cancelled, no_show, length_s, asked_day, home, zone,
        site_rank, passages, persons, contacts, requests, routes, journal, agent_days, vehicle_days, trips,
        count, windows, route_start, vehicle_out, down_until, last_held, stand_in,
    )  # fmt: skip


@njit
def contacts_of(state: State) -> Any:
    """The table of contacts, which grows."""
    return state.contacts
