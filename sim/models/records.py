"""The tables a replication works on: one record type each, read and written by compiled code.

They are the working form of the log: `sim.models.facts` is what is left of them at the end.
Every field is a whole number but `work_s`, `km` and `extra_km`; -1 means "none".
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "AGENT_DAY",
    "CONTACT",
    "JOURNAL",
    "MOST_VISITS",
    "PASSAGE",
    "REQUEST",
    "ROUTE",
    "TRIP",
    "VEHICLE_DAY",
    "NeedColumns",
    "Offer",
    "PersonColumns",
    "Traffic",
    "record",
]

MOST_VISITS = 10
"""Home visits a route may hold: more than a duty window has room for."""


def record(*names: str, floats: tuple[str, ...] = ()) -> np.dtype[np.void]:
    """A record type of whole numbers, with the named fields as floats."""
    return np.dtype([(n, np.float64 if n in floats else np.int64) for n in names])


CONTACT = record(
    "person",
    "passage",
    "attempt",
    "reason",
    "half_work",
    "arrival_s",
    "patience_s",
    "work_s",
    "appointment_s",
    "server",
    "start_s",
    "end_s",
    "outcome",
    "following",
    floats=("work_s",),
)
PASSAGE = record(
    "site",
    "day",
    "half_day",
    "tour",
    "vehicle",
    "fs_agent",
    "cn_agent",
    "fs_row",
    "cn_row",
    "announced_open_s",
    "announced_close_s",
    "open_s",
    "close_s",
    "overtime_s",
    "end_s",
    "status",
    "cause",
    "held_by",
    "workshop_s",
    "workshop_agent",
    "workshop_end_s",
    "first_contact",
    "next_at_site",
)
ROUTE = np.dtype(
    [
        *((n, np.int64) for n in ("day", "tour", "leave_s", "from_place", "to_place", "arrive_s", "visits")),
        ("lunch_before", np.int64),
        ("lunch_after", np.int64),
        ("start_s", np.int64, (MOST_VISITS,)),
        ("place", np.int64, (MOST_VISITS,)),
        ("request", np.int64, (MOST_VISITS,)),
        ("leg_min", np.float64, (MOST_VISITS + 1,)),  # drive planned over each gap between two engagements
        ("longest_s", np.int64),  # the longest of these gaps
    ]
)
REQUEST = record(
    "booked_at",
    "day",
    "start_s",
    "end_s",
    "vehicle",
    "agent_1",
    "agent_2",
    "outcome",
    "lead_days",
    "extra_km",
    "displaced",
    "route",
    floats=("extra_km",),
)
JOURNAL = record(
    "vehicle",
    "day",
    "activity",
    "place_from",
    "place_to",
    "start_s",
    "end_s",
    "km",
    floats=("km",),
)
AGENT_DAY = record(
    "status",
    "vehicle",
    "duty_start_s",
    "duty_end_s",
    "driving_s",
    "overtime_s",
    "morning",
    "afternoon",
    "solo_half_days",
    "lunch_shortened",
    "reassigned",
)
VEHICLE_DAY = record("morning", "afternoon")


MOST_STOPS = MOST_VISITS + 4
TRIP = np.dtype(
    [
        *((n, np.int64) for n in ("day", "vehicle", "agent_1", "agent_2", "stops", "next_stop", "place")),
        *((n, np.int64) for n in ("free_s", "depart_s", "open_s", "broken_s", "driving_s", "morning_worked")),
        *((n, np.int64) for n in ("lunch_shortened", "lunch_taken")),
        ("kind", np.int64, (MOST_STOPS,)),  # 0 permanence, 1 home visit
        ("what", np.int64, (MOST_STOPS,)),  # passage or request
        ("where", np.int64, (MOST_STOPS,)),
        ("start_s", np.int64, (MOST_STOPS,)),
    ]
)


class Traffic(NamedTuple):
    """The world's roads and vehicles: traffic of the day, leg noise, breakdowns, repairs."""

    leg_key: np.uint64
    place_key: NDArray[np.uint64]
    day_factor: NDArray[np.float64]
    first_ordinal: int
    breaks: NDArray[np.bool_]
    breaks_s: NDArray[np.int64]
    repair_days: NDArray[np.int64]


class NeedColumns(NamedTuple):
    """The columns of `DrawnNeeds` that compiled code reads after the first choice."""

    person_id: NDArray[np.int64]
    home: NDArray[np.int64]
    at: NDArray[np.int64]
    need: NDArray[np.int64]
    aware: NDArray[np.bool_]
    work_s: NDArray[np.float64]
    unsolved: NDArray[np.bool_]
    quantile: NDArray[np.float64]
    patience_s: NDArray[np.int64]
    fate: NDArray[np.float64]
    told: NDArray[np.float64]
    appointment: NDArray[np.float64]
    taste_start: NDArray[np.int64]
    taste: NDArray[np.float64]
    permanence_start: NDArray[np.int64]
    permanence_taste: NDArray[np.float64]


class PersonColumns(NamedTuple):
    """What becomes of each need: columns of `facts.Persons`, and whether she was served at the cell."""

    choice: NDArray[np.int64]
    destination: NDArray[np.int64]
    ended_at: NDArray[np.int64]
    helped_at: NDArray[np.int64]
    first_passage_at: NDArray[np.int64]
    served: NDArray[np.bool_]


class Offer(NamedTuple):
    """What residents may choose among, by date.

    `cost` is exp(−V), shape (epochs, entries), infinite where an entry is not on offer;
    `epoch_of_day` has one value a day of the calendar. Passages of alternative a that are
    announced open are `passage_order[passage_start[a]:passage_start[a + 1]]`, by opening.
    `fixed_from`, `fixed_until` bound the days a fixed structure is open, by alternative.
    """

    entry_start: NDArray[np.int64]
    first_permanence: NDArray[np.int64]
    entry_alternative: NDArray[np.int64]
    entry_minutes: NDArray[np.float64]
    cost: NDArray[np.float64]
    epoch_of_day: NDArray[np.int64]
    kind: NDArray[np.int64]
    fixed_from: NDArray[np.int64]
    fixed_until: NDArray[np.int64]
    passage_start: NDArray[np.int64]
    passage_order: NDArray[np.int64]
    opens_at: NDArray[np.int64]
    alternative_of_site: NDArray[np.int64]
