"""The published calendar: the dated passages of a scenario, public holidays and exits applied.

A round is in force from a date on; a passage keeps its weekday, half-day and vehicle (section 2).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Literal

from sim.clock import Calendar
from sim.scenarios.tours import Rounds, Stop

__all__ = ["DatedPassage", "RoundsInForce", "passages_a_month", "publish"]


@dataclass(frozen=True, slots=True)
class RoundsInForce:
    """Rounds valid from a day of the calendar until the next ones."""

    from_day: int
    rounds: Rounds


@dataclass(frozen=True, slots=True)
class DatedPassage:
    """A dated permanence as announced.

    `holiday` when it is cancelled because of a public holiday; `moved_from` is the public holiday it was
    to fall on, where it was moved from one.
    """

    day: int
    site_id: str
    vehicle: str
    half_day: str
    open_s: int
    close_s: int
    holiday: bool = False
    moved_from: int | None = None


def publish(
    in_force: tuple[RoundsInForce, ...],
    calendar: Calendar,
    cycle: Literal["fortnight", "four_weeks", "monthly"],
    holiday: Literal["cancelled", "moved"],
    moved_within_days: int,
) -> tuple[DatedPassage, ...]:
    """Date the passages of the calendar, its tail included, sorted by day, opening and site_id.

    Parameters
    ----------
    in_force
        Rounds by first day, the first from day 0 or before; weeks count from the Monday on or
        before the first day of the horizon, whatever the day the rounds begin.
    calendar
        The horizon and its tail.
    cycle
        `fortnight` and `four_weeks` repeat strictly; `monthly` reads week w as the w-th such
        weekday of the month, and in rounds of two weeks also the (w + 2)-th.
    holiday
        `cancelled`, or `moved` to the vehicle's next free half-day of the same kind.
    moved_within_days
        How far a passage may be moved; beyond, it is cancelled.
    """
    passages: list[DatedPassage] = []
    days = len(calendar.weekday)
    for i, period in enumerate(in_force):
        until = min(in_force[i + 1].from_day, days) if i + 1 < len(in_force) else days
        first = max(period.from_day, 0)
        passages += [
            DatedPassage(day, stop.site_id, stop.vehicle, stop.half_day, stop.open_s, stop.close_s)
            for stop in period.rounds.stops
            for day in _days_of(stop, period.rounds.cycle_weeks, calendar, cycle, first, until)
        ]
    busy: dict[tuple[str, int, str], int] = defaultdict(int)
    for p in passages:
        if not calendar.public_holiday[p.day]:
            busy[p.vehicle, p.day, p.half_day] += 1
    dated = []
    for p in sorted(passages, key=lambda p: (p.day, p.open_s, p.site_id)):
        if calendar.public_holiday[p.day]:
            moved = None
            if holiday == "moved":
                for day in range(p.day + 1, min(p.day + moved_within_days + 1, days)):
                    if calendar.working[day] and not busy[p.vehicle, day, p.half_day]:
                        moved = day
                        break
            if moved is None:
                p = replace(p, holiday=True)
            else:
                busy[p.vehicle, moved, p.half_day] += 1
                p = replace(p, day=moved, moved_from=p.day)
        dated.append(p)
    return tuple(sorted(dated, key=lambda p: (p.day, p.open_s, p.site_id)))


def _days_of(
    stop: Stop, cycle_weeks: int, calendar: Calendar, cycle: str, first: int, until: int
) -> list[int]:
    if cycle == "monthly":
        ranks = {stop.week - 1} if cycle_weeks > 2 else {stop.week - 1, stop.week + 1}
        return [
            day
            for day in range(first, until)
            if calendar.weekday[day] == stop.weekday and int(calendar.month_day[day]) // 7 in ranks
        ]
    span = 7 * cycle_weeks
    day = calendar.first_monday + 7 * (stop.week - 1) + stop.weekday - 1
    day += -(-(first - day) // span) * span if day < first else 0
    return list(range(day, until, span))


def passages_a_month(cycle_weeks: int, cycle: str) -> float:
    """How many passages a month one stop of the cycle makes (the year's over 12)."""
    if cycle == "monthly":
        return 1.0 if cycle_weeks > 2 else 2.0
    return 365.25 / (7 * cycle_weeks) / 12
