"""The log of one replication: closed columns of what happened, the only thing measures may read.

Every table is a frozen dataclass of numpy arrays of equal length. Categories are small integers,
positions in the closed tuples below; -1 means "does not apply". Instants are whole seconds of the
day of the row (`*_s`), or whole seconds since the first day of the horizon (`*_at`); days count
from the first day of the horizon.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "ACTIVITIES",
    "AGENT_STATUSES",
    "CAUSES",
    "DESTINATIONS",
    "DISCIPLINES",
    "HALF_DAYS",
    "HALF_DAY_USES",
    "HOME_OUTCOMES",
    "OUTCOMES",
    "REASONS",
    "STATUSES",
    "AgentDays",
    "Facts",
    "HomeVisits",
    "Journal",
    "Passages",
    "Persons",
    "VehicleDays",
    "Visits",
    "Windows",
    "Workshops",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

OUTCOMES = ("served", "reneged", "turned_away", "refused", "not_served_here", "door_closed")
REASONS = ("first", "not_served", "follow_up")
STATUSES = ("held", "closed_announced", "cancelled")
CAUSES = ("holiday", "leave", "sickness", "breakdown", "late", "exit")
DISCIPLINES = ("fifo", "first_choice")
HALF_DAYS = ("morning", "afternoon")
HOME_OUTCOMES = ("done", "no_show", "cancelled_by_person", "refused", "redirected", "backlog")
DESTINATIONS = ("itinerant", "home", "fixed", "msa_round", "gave_up", "lost", "waiting")
ACTIVITIES = ("drive", "set_up", "hold", "pack", "lunch", "home_visit", "wait", "repair")
AGENT_STATUSES = ("off", "present", "leave", "training", "sickness")
HALF_DAY_USES = ("off", "permanence", "home_visits", "reserve", "no_crew", "repair", "absent")


@dataclass(frozen=True, slots=True)
class Visits:
    """Contacts at a permanence, one row each, sorted by passage, arrival, contact_id."""

    passage: Ints  # row of Passages
    contact_id: Ints
    person_id: Ints
    attempt: Ints  # from 1
    reason: Ints  # REASONS
    home: Ints  # commune, position in the territory
    segment: Ints
    need: Ints
    operator: Ints
    need_at: Ints  # instant the need arose, seconds since the first day of the horizon
    arrival_s: Ints
    patience_s: Ints
    work_s: Floats
    appointment_s: Ints
    server: Ints  # agent position, or -2-k for self-service post k, -1 when not served
    start_s: Ints
    end_s: Ints
    outcome: Ints  # OUTCOMES


@dataclass(frozen=True, slots=True)
class Windows:
    """Server windows of held passages: who could serve from when to when, with which row."""

    passage: Ints  # row of Passages
    server: Ints  # as in Visits
    from_s: Ints
    to_s: Ints  # half-open
    row: Ints  # row of Facts.efficiencies and Facts.first_choices


@dataclass(frozen=True, slots=True)
class Passages:
    """Planned passages of the horizon, sorted by day, half-day, site."""

    site: Ints  # position in the territory
    day: Ints
    half_day: Ints  # HALF_DAYS
    vehicle: Ints
    fs_agent: Ints  # who sits in the first seat, agent position, -1 none
    cn_agent: Ints
    announced_open_s: Ints
    announced_close_s: Ints
    open_s: Ints
    close_s: Ints
    overtime_s: Ints
    discipline: Ints
    end_s: Ints
    status: Ints  # STATUSES
    cause: Ints  # CAUSES
    held_by: Ints  # 2, 1 or -1


@dataclass(frozen=True, slots=True)
class HomeVisits:
    """Requests for a home visit, sorted by request_id; dates are those of the last booking."""

    request_id: Ints
    home: Ints  # commune
    channel: Ints
    requested_at: Ints
    booked_at: Ints
    day: Ints
    start_s: Ints
    end_s: Ints
    vehicle: Ints
    agent_1: Ints
    agent_2: Ints
    outcome: Ints  # HOME_OUTCOMES
    lead_days: Ints
    extra_km: Floats
    displaced: Ints  # times it was displaced by a permanence


@dataclass(frozen=True, slots=True)
class Journal:
    """Activities of vehicles, sorted by vehicle, day, start. Places: see `Facts.place_names`."""

    vehicle: Ints
    day: Ints
    activity: Ints  # ACTIVITIES
    place_from: Ints
    place_to: Ints
    start_s: Ints
    end_s: Ints
    km: Floats


@dataclass(frozen=True, slots=True)
class AgentDays:
    """Every agent on every working day of the horizon, sorted by day, agent."""

    agent: Ints
    day: Ints
    status: Ints  # AGENT_STATUSES
    vehicle: Ints
    duty_start_s: Ints  # -1 when not on the road
    duty_end_s: Ints
    driving_s: Ints
    overtime_s: Ints
    morning: Ints  # HALF_DAY_USES
    afternoon: Ints
    solo_half_days: Ints
    lunch_shortened: Ints
    reassigned: Ints  # 1 when not with her own pair or her pair's vehicle


@dataclass(frozen=True, slots=True)
class VehicleDays:
    """Every vehicle on every working day, sorted by day, vehicle: the use of both half-days."""

    vehicle: Ints
    day: Ints
    morning: Ints  # HALF_DAY_USES
    afternoon: Ints


@dataclass(frozen=True, slots=True)
class Persons:
    """Every need of the world, sorted by person_id, and where it ended (DESTINATIONS)."""

    person_id: Ints
    home: Ints
    need_at: Ints
    need: Ints
    segment: Ints
    operator: Ints
    redirected: Ints  # 1 when it came from a home-visit request
    choice: Ints  # alternative first chosen, position in Facts.alternatives
    ended_at: Ints  # alternative where it ended, -1 when lost, gave up or waiting
    destination: Ints
    helped_at: Ints  # instant first helped (itinerant: start of service; elsewhere: need), -1
    first_passage_at: Ints  # announced opening of the first passage she could take, -1
    without_cell: Ints  # destination she would have without any permanence: fixed, msa_round, gave_up


@dataclass(frozen=True, slots=True)
class Workshops:
    """Workshops held or dropped."""

    passage: Ints
    agent: Ints  # -1 when dropped
    start_s: Ints
    end_s: Ints
    sign_ups: Ints
    places: Ints  # sign-ups taken, up to capacity; 0 when dropped


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything one replication of one scenario leaves behind.

    `efficiencies` and `first_choices` have shape (rows, needs). `working_days` are the days of the
    horizon that are Monday to Friday and no public holiday. `site_dates` gives, per site, the
    half-open days [from, to) in which its permanences are on offer, shape (sites, 2).
    """

    scenario: str
    replication: int
    first_day: int  # proleptic Gregorian ordinal of day 0
    days: int
    working_days: Ints
    visits: Visits
    windows: Windows
    passages: Passages
    home_visits: HomeVisits
    journal: Journal
    agent_days: AgentDays
    vehicle_days: VehicleDays
    persons: Persons
    workshops: Workshops
    efficiencies: Floats
    first_choices: NDArray[np.bool_]
    agents: tuple[str, ...]  # A1, A2, …, C last
    agent_trades: Ints  # 0 France Services agent, 1 conseiller numérique, 2 coordinator
    vehicles: tuple[str, ...]
    places: tuple[str, ...]  # names by place code of the journal: sites, then home:INSEE
    alternatives: tuple[str, ...]  # permanence:INSEE, fixed:ID, round:ID, gives_up
    fixed_opens: Ints  # per commune of the territory, first day a fixed structure in it is open, -1
    site_dates: Ints
    follow_up_done_min: float
    follow_up_left_min: float
