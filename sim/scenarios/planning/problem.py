"""What is planned: sites and their passages, vehicles, the rules of a day, the driving matrix."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace

__all__ = [
    "HALF_DAYS",
    "WORKING_WEEK",
    "DayLimits",
    "Pin",
    "PlannedSite",
    "PlannedVehicle",
    "PlanningProblem",
    "SessionChoice",
]

HALF_DAYS = ("morning", "afternoon")
WORKING_WEEK = (1, 2, 3, 4, 5)
# Raised when the planner may answer otherwise to the same problem: kept plans are then planned anew.
PLANNER_VERSION = 1


@dataclass(frozen=True, slots=True)
class SessionChoice:
    """Hours at which a permanence may be announced, seconds of the day, half-open."""

    half_day: str
    open_s: int
    close_s: int


@dataclass(frozen=True, slots=True)
class Pin:
    """What the coordinator has fixed for a site; None leaves it free."""

    vehicle: str | None = None
    week: int | None = None
    weekday: int | None = None
    half_day: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedSite:
    """A site to be visited.

    Parameters
    ----------
    site_id, name
        Its id, and the name people know it by, for messages.
    passages
        Passages per cycle, from 1 to the weeks of the cycle.
    sessions
        The hours that may be announced; one of them is chosen and kept.
    allowed
        (weekday, half_day) pairs when the room is free; None is any.
    pin
        What is fixed beforehand.
    weight
        Persons expected, in any unit: the longer session goes to the larger where all else is equal.
    remoteness_min
        Mean drive from the site to where home visits are expected, minutes.
    """

    site_id: str
    name: str
    passages: int
    sessions: tuple[SessionChoice, ...]
    allowed: tuple[tuple[int, str], ...] | None = None
    pin: Pin = Pin()
    weight: float = 1.0
    remoteness_min: float = 0.0


@dataclass(frozen=True, slots=True)
class PlannedVehicle:
    """A vehicle: its name, the row of its base in the matrices, the weekdays it is driven."""

    name: str
    base: int
    weekdays: tuple[int, ...] = WORKING_WEEK


@dataclass(frozen=True, slots=True)
class DayLimits:
    """What a vehicle-day must respect: durations in seconds, clock times in seconds of the day."""

    setup_s: int
    pack_s: int
    buffer_s: int
    lunch_s: int
    duty_start_s: int
    duty_end_s: int
    duty_most_s: int
    amplitude_most_s: int
    stops_most: int = 2


@dataclass(frozen=True, slots=True)
class PlanningProblem:
    """Everything the planner looks at, and nothing else.

    Parameters
    ----------
    sites
        The sites; site i has row and column i of the matrices.
    vehicles
        The vehicles that may be used.
    limits
        The rules of a vehicle-day.
    weeks
        Weeks of the cycle: 2 or 4.
    drive_s, drive_km
        Driving in whole seconds and km, rows from, columns to: the sites, then the bases.
    label_s
        Seconds a week with at least one desk open that the label asks for.
    seed
        Given to the solver, which is deterministic.

    Raises
    ------
    ValueError
        When shapes, counts or names do not fit together (a programming error: what people write is
        checked where it is read).
    """

    sites: tuple[PlannedSite, ...]
    vehicles: tuple[PlannedVehicle, ...]
    limits: DayLimits
    weeks: int
    drive_s: tuple[tuple[int, ...], ...]
    drive_km: tuple[tuple[float, ...], ...]
    label_s: int = 24 * 3600
    seed: int = 0

    def __post_init__(self) -> None:
        places = len(self.drive_s)
        if self.weeks not in {2, 4}:
            raise ValueError(f"a cycle of {self.weeks} weeks; expected 2 or 4")
        if len(self.drive_km) != places or any(
            len(row) != places for matrix in (self.drive_s, self.drive_km) for row in matrix
        ):
            raise ValueError("the matrices are not square, or not of one size")
        if any(not len(self.sites) <= vehicle.base < places for vehicle in self.vehicles):
            raise ValueError("a base is not a place of the matrices after the sites")
        if len({site.site_id for site in self.sites}) != len(self.sites):
            raise ValueError("a site is there twice")
        if len({vehicle.name for vehicle in self.vehicles}) != len(self.vehicles):
            raise ValueError("a vehicle is there twice")
        for site in self.sites:
            if not 1 <= site.passages <= self.weeks:
                raise ValueError(f"{site.site_id}: {site.passages} passages in {self.weeks} weeks")

    @property
    def weekdays(self) -> tuple[int, ...]:
        """Weekdays on which at least one vehicle is driven, sorted."""
        return tuple(sorted({day for vehicle in self.vehicles for day in vehicle.weekdays}))

    @property
    def half_days(self) -> int:
        """Passages in a cycle, all sites together."""
        return sum(site.passages for site in self.sites)

    def without(self, site_ids: frozenset[str]) -> PlanningProblem:
        """The same problem without these sites."""
        kept = [i for i, site in enumerate(self.sites) if site.site_id not in site_ids]
        places = kept + list(range(len(self.sites), len(self.drive_s)))
        gone = len(self.sites) - len(kept)
        return replace(
            self,
            sites=tuple(self.sites[i] for i in kept),
            vehicles=tuple(replace(vehicle, base=vehicle.base - gone) for vehicle in self.vehicles),
            drive_s=tuple(tuple(self.drive_s[i][j] for j in places) for i in places),
            drive_km=tuple(tuple(self.drive_km[i][j] for j in places) for i in places),
        )

    def digest(self) -> str:
        """The sha256 of all that is planned, in hexadecimal."""
        text = json.dumps([PLANNER_VERSION, asdict(self)], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
