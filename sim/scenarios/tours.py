"""Rounds as data: stops of a cycle, the rules of a day's driving, and the vehicle-days they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby, pairwise
from math import floor
from typing import TYPE_CHECKING

from sim.territory.roads import site_drive
from sim.territory.territory import Territory

if TYPE_CHECKING:
    from sim.settings import DayRules

__all__ = [
    "HALF_DAYS_FR",
    "WEEKDAYS",
    "WEEKDAYS_FR",
    "DayTour",
    "DrivingRules",
    "Rounds",
    "Stop",
    "clock",
    "day_tours",
    "drive_s",
    "driving_minutes",
    "even_week_of",
    "plan_day",
    "vehicle_number",
]

HALF_DAYS = ("morning", "afternoon")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKDAYS_FR = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
HALF_DAYS_FR = {"morning": "matin", "afternoon": "après-midi"}


def clock(seconds: int) -> str:
    """Write seconds of the day as 09:30, or 09:30:15 when there are odd seconds."""
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    hours, minutes, odd = seconds // 3600, seconds % 3600 // 60, seconds % 60
    return f"{sign}{hours:02d}:{minutes:02d}" + (f":{odd:02d}" if odd else "")


def vehicle_number(vehicle: str) -> int:
    """'V3' → 3, so that V10 sorts after V2; 0 for anything else."""
    digits = vehicle[1:]
    return int(digits) if vehicle[:1] == "V" and digits.isascii() and digits.isdigit() else 0


def even_week_of(start: date) -> int:
    """Which week of a fortnight the even ISO weeks are, for a horizon that starts on this date.

    Week 1 contains the Monday on or before the start: 2021-07-01 lies in ISO week 26, so 1.
    """
    return 1 if start.isocalendar().week % 2 == 0 else 2


@dataclass(frozen=True, slots=True)
class Stop:
    """One passage of the cycle: a vehicle at a site, with its announced hours.

    Parameters
    ----------
    site_id
        A site of the territory.
    vehicle
        `V1`, `V2`, …
    week
        Week of the cycle, from 1.
    weekday
        1 is Monday.
    half_day
        `morning` or `afternoon`.
    open_s, close_s
        Announced hours, seconds of the day.
    where
        Where it was read (file and line), for messages; not part of what a stop is.
    """

    site_id: str
    vehicle: str
    week: int
    weekday: int
    half_day: str
    open_s: int
    close_s: int
    where: str = field(default="", compare=False, repr=False)


def _order(stop: Stop) -> tuple[object, ...]:
    return (
        stop.week,
        stop.weekday,
        vehicle_number(stop.vehicle),
        stop.vehicle,
        stop.open_s,
        stop.site_id,
        stop.half_day,
        stop.close_s,
    )


@dataclass(frozen=True, slots=True)
class Rounds:
    """The stops of one cycle, sorted by week, weekday, vehicle, opening and site.

    `cycle_weeks` is 2 for a strict fortnight, 4 for four weeks or for the weeks of a month.
    Whether they can be driven is said by `check_rounds`.
    """

    stops: tuple[Stop, ...]
    cycle_weeks: int = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "stops", tuple(sorted(self.stops, key=_order)))

    def vehicles(self) -> tuple[str, ...]:
        """Names of the vehicles used, V2 before V10."""
        return tuple(sorted({s.vehicle for s in self.stops}, key=lambda v: (vehicle_number(v), v)))

    def sites(self) -> tuple[str, ...]:
        """Ids of the sites served, sorted."""
        return tuple(sorted({s.site_id for s in self.stops}))

    def of_site(self, site_id: str) -> tuple[Stop, ...]:
        """Return the passages of a site, in order."""
        return tuple(s for s in self.stops if s.site_id == site_id)


@dataclass(frozen=True, slots=True)
class DrivingRules:
    """What a planned vehicle-day must respect.

    Minutes for `*_min`, seconds of the day for `*_s`, hours for `*_h`. `base_site` is where the day
    starts and ends, but for vehicles that `bases` names with another base. A morning permanence closes
    at `morning_ends_s` at the latest, an afternoon one opens at `afternoon_starts_s` at the earliest:
    this defines the half-days.
    """

    setup_min: float
    pack_min: float
    buffer_min: float
    lunch_min: float
    duty_start_s: int
    duty_end_s: int
    duty_most_h: float
    amplitude_most_h: float
    base_site: str
    bases: Mapping[str, str] = field(default_factory=dict, hash=False)
    morning_ends_s: int = 13 * 3600
    afternoon_starts_s: int = 12 * 3600

    @classmethod
    def from_settings(cls, day: DayRules, base_site: str) -> DrivingRules:
        """Take the rules from the settings of a day; `base_site` falls to the territory's depot."""
        return cls(
            setup_min=day.setup_min,
            pack_min=day.pack_min,
            buffer_min=day.buffer_min,
            lunch_min=day.lunch_min,
            duty_start_s=day.duty_starts,
            duty_end_s=day.duty_ends,
            duty_most_h=day.duty_most_h,
            amplitude_most_h=day.amplitude_most_h,
            base_site=base_site,
        )

    def base_of(self, vehicle: str) -> str:
        """The site from which a vehicle leaves and to which it comes back."""
        return self.bases.get(vehicle, self.base_site)


@dataclass(frozen=True, slots=True)
class DayTour:
    """One vehicle on one day of the cycle, as planned.

    `departure_s` leaves the base so as to be on site `buffer + setup` before the first opening;
    `return_s` is back at the base after the last closing, packing and drive. `driving_s` and `km`
    are of the whole day; `duty_s` is the amplitude less lunch, where the day has both half-days.
    `spare_s` holds, for each gap between two stops, the seconds left after packing, lunch at midday,
    drive, buffer and set-up: negative when it cannot be driven.
    """

    vehicle: str
    week: int
    weekday: int
    stops: tuple[Stop, ...]
    departure_s: int
    return_s: int
    driving_s: int
    km: float
    duty_s: int
    spare_s: tuple[int, ...]

    @property
    def amplitude_s(self) -> int:
        """Seconds between leaving the base and being back."""
        return self.return_s - self.departure_s


def drive_s(territory: Territory, from_site: str, to_site: str) -> int:
    """Whole seconds of a drive between two sites (nearest second)."""
    return floor(site_drive(territory, from_site, to_site)[0] * 60 + 0.5)


def plan_day(stops: tuple[Stop, ...], territory: Territory, rules: DrivingRules) -> DayTour:
    """Time one vehicle-day, its stops in order of opening.

    Raises
    ------
    KeyError
        When a site or the base is not of the territory.
    """
    first, last = stops[0], stops[-1]
    base = rules.base_of(first.vehicle)
    setup, pack, buffer, lunch = (
        floor(minutes * 60 + 0.5)
        for minutes in (rules.setup_min, rules.pack_min, rules.buffer_min, rules.lunch_min)
    )
    out = drive_s(territory, base, first.site_id)
    back = drive_s(territory, last.site_id, base)
    driving = out + back
    km = site_drive(territory, base, first.site_id)[1]
    km += site_drive(territory, last.site_id, base)[1]
    spare = []
    lunches = 0
    for here, there in pairwise(stops):
        leg = drive_s(territory, here.site_id, there.site_id)
        midday = here.half_day == "morning" and there.half_day == "afternoon"
        lunches += midday
        driving += leg
        km += site_drive(territory, here.site_id, there.site_id)[1]
        needed = pack + (lunch if midday else 0) + leg + buffer + setup
        spare.append(there.open_s - here.close_s - needed)
    departure = first.open_s - setup - buffer - out
    arrival = last.close_s + pack + back
    return DayTour(
        vehicle=first.vehicle,
        week=first.week,
        weekday=first.weekday,
        stops=stops,
        departure_s=departure,
        return_s=arrival,
        driving_s=driving,
        km=km,
        duty_s=arrival - departure - lunches * lunch,
        spare_s=tuple(spare),
    )


def day_tours(rounds: Rounds, territory: Territory, rules: DrivingRules) -> tuple[DayTour, ...]:
    """Group the stops into vehicle-days, timed, by week, weekday and vehicle.

    Raises
    ------
    KeyError
        When a site or the base is not of the territory: see `check_rounds`.
    """
    return tuple(
        plan_day(tuple(stops), territory, rules)
        for _, stops in groupby(rounds.stops, key=lambda s: (s.week, s.weekday, s.vehicle))
    )


def driving_minutes(
    rounds: Rounds,
    territory: Territory,
    base_site: str | None = None,
    bases: Mapping[str, str] | None = None,
) -> float:
    """Minutes of planned driving in a whole cycle, from and to the base (default: the depot).

    `bases` names the vehicles that have another base.
    """
    total = 0.0
    for (_, _, vehicle), stops in groupby(rounds.stops, key=lambda s: (s.week, s.weekday, s.vehicle)):
        base = (bases or {}).get(vehicle) or base_site or territory.depot
        places = [base, *(stop.site_id for stop in stops), base]
        total += sum(site_drive(territory, a, b)[0] for a, b in pairwise(places))
    return total
