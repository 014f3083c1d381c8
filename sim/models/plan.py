"""The plan of one scenario: everything that is decided before the first morning and not drawn.

Made by `sim.scenarios.plan`; read by the model together with the world of a replication.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import Calendar
from sim.models.access import Access
from sim.models.driving import Roads

__all__ = ["DayTimes", "DeskRules", "HomeRules", "OfferByDate", "Plan", "StaffRules", "Team"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class DeskRules(NamedTuple):
    """The parameters of the desk, in seconds and shares, for compiled code.

    `efficiency` and `first_choice` have one row per kind of server (France Services agent,
    conseiller numérique, self-service post) and one column per need. `agent_rank` orders agents and
    `post_code` lists self-service posts (coded -2 − k) by their ids compared as text.
    """

    discipline: int
    overtime_s: int
    early_share: float
    early_s: float
    thirds: NDArray[np.float64]
    comes_back: float
    goes_fixed: float
    told: float
    again_s: int
    appointment: float
    follow_up_work: float
    efficiency: NDArray[np.float64]
    first_choice: NDArray[np.bool_]
    agent_rank: NDArray[np.int64]
    post_code: NDArray[np.int64]


class DayTimes(NamedTuple):
    """The rules of a vehicle-day, in whole seconds; coefficients of variation of the traffic.

    `noon_s` separates mornings from afternoons: half-way between the two sessions.
    """

    set_up: int
    pack: int
    buffer: int
    lunch: int
    lunch_least: int
    duty_starts: int
    duty_ends: int
    noon_s: int
    leg_sigma: float
    spare_after: int


class HomeRules(NamedTuple):
    """The booking desk of home visits, in whole seconds and days; `policy` as in the settings."""

    policy: int
    by_pair: int
    lead_bound_days: int
    refused_after_days: int
    planned_s: int
    buffer: int
    first_start: int
    last_start: int
    slot: int
    no_show: float
    no_show_wait: int


class StaffRules(NamedTuple):
    """Who may work with whom, and what planned absence amounts to.

    `pairing`: 0 pooled, 1 named, 2 named_strict, 3 any_two. `leave_policy`: 0 staggered, 1 joint,
    2 closed_weeks.
    """

    pairing: int
    solo: int
    leave_policy: int
    closed_weeks: int
    leave_days: float
    holiday_weight: float
    training_days: float
    initial_training_weeks: float
    coordinator_fte: float


@dataclass(frozen=True)
class Team:
    """The agents of a scenario, in the order of their names, the coordinator last.

    `trade` is 0 for a France Services agent, 1 for a conseiller numérique, 2 for the coordinator;
    `pair` numbers the pairs from 0 (-1 for the coordinator).
    """

    names: tuple[str, ...]
    trade: Ints
    pair: Ints


@dataclass(frozen=True)
class OfferByDate:
    """What residents may choose among, by date, before anything is drawn (see `records.Offer`).

    `network` is the same for two offers that differ in their permanences only.
    """

    entry_minutes: Floats
    cost: Floats
    epoch_of_day: Ints
    fixed_from: Ints
    fixed_until: Ints
    alternative_of_site: Ints
    network: bytes


@dataclass(frozen=True)
class Plan:
    """One scenario, ready to be simulated.

    `passages` holds records.PASSAGE rows of the horizon and its tail, sorted by day, half-day and
    site_id, those closed by announcement included; `tour_passages` has shape (tours, 4), padded
    with -1. `site_dates` has shape (sites, 2), half-open days on offer.
    """

    scenario: str
    calendar: Calendar
    access: Access
    roads: Roads
    sites: tuple[str, ...]
    communes: tuple[str, ...]
    commune_zone: Ints
    base: int
    vehicles: tuple[str, ...]
    team: Team
    passages: NDArray[np.void]
    tour_day: Ints
    tour_vehicle: Ints
    tour_passages: Ints
    offer: OfferByDate
    place_effect_sigma: float
    desk: DeskRules
    day: DayTimes
    homes: HomeRules
    staff: StaffRules
    breakdown_share: float
    sign_ups_mean: float
    workshop_capacity: int
    follow_up_s: float
    site_dates: Ints
    fixed_opens: Ints
