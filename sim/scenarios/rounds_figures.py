"""Rounds in figures: what a cycle asks of vehicles and crews, and how its desks spread over the week."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from sim.scenarios.tours import DrivingRules, Rounds, day_tours, driving_minutes
from sim.territory.territory import Territory

__all__ = ["RoundsFigures", "figures_of_rounds"]


@dataclass(frozen=True, slots=True)
class RoundsFigures:
    """What rounds amount to in one cycle.

    Parameters
    ----------
    passages
        Passages.
    driving_min, km
        Driving, from and to the bases.
    duty_h
        Hours of duty of crews, a pair counted once.
    overtime_min
        Minutes planned beyond the end of the duty window, or beyond the most of a day's duty.
    vehicle_days
        Days on which a vehicle leaves, all vehicles together.
    most_tours_a_day
        Vehicles on the road on the busiest day: what one absence puts at risk.
    half_days_open
        Half-days with at least one desk open.
    least_hours_a_week
        Hours with a desk open in the week that has fewest.
    """

    passages: int
    driving_min: float
    km: float
    duty_h: float
    overtime_min: float
    vehicle_days: int
    most_tours_a_day: int
    half_days_open: int
    least_hours_a_week: float


def figures_of_rounds(rounds: Rounds, territory: Territory, rules: DrivingRules) -> RoundsFigures:
    """Compute the figures of rounds that can be timed, whether they keep the rules or not."""
    tours = day_tours(rounds, territory, rules)
    of_day = Counter((tour.week, tour.weekday) for tour in tours)
    most_s = rules.duty_most_h * 3600
    beyond = (
        max(0, tour.return_s - rules.duty_end_s, tour.duty_s - most_s, rules.duty_start_s - tour.departure_s)
        for tour in tours
    )
    return RoundsFigures(
        passages=len(rounds.stops),
        driving_min=driving_minutes(rounds, territory, rules.base_site, rules.bases),
        km=sum(tour.km for tour in tours),
        duty_h=sum(tour.duty_s for tour in tours) / 3600,
        overtime_min=sum(beyond) / 60,
        vehicle_days=len(tours),
        most_tours_a_day=max(of_day.values(), default=0),
        half_days_open=len({(s.week, s.weekday, s.half_day) for s in rounds.stops}),
        least_hours_a_week=min(
            (_open_s(rounds, week) / 3600 for week in range(1, rounds.cycle_weeks + 1)), default=0.0
        ),
    )


def _open_s(rounds: Rounds, week: int) -> int:
    """Seconds of a week during which at least one desk is open."""
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for stop in rounds.stops:
        if stop.week == week:
            spans[stop.weekday].append((stop.open_s, stop.close_s))
    total = 0
    for day in spans.values():
        until = 0
        for opens, closes in sorted(day):
            total += max(0, closes - max(opens, until))
            until = max(until, closes)
    return total
