"""Moving one site to another half-day: whether it can be driven, what it costs, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sim.problems import InputError, Problem, nearest
from sim.scenarios.rounds_check import check_rounds
from sim.scenarios.tours import DrivingRules, Rounds, day_tours
from sim.territory.territory import Territory

if TYPE_CHECKING:
    from sim.settings import Sessions

__all__ = ["Move", "move_site"]


@dataclass(frozen=True)
class Move:
    """A site moved, and what comes of it.

    Parameters
    ----------
    rounds
        The rounds after the move, whether they can be driven or not.
    vehicle, weeks
        Who visits the site then, and in which weeks of the cycle.
    problems
        Why it cannot be driven; empty when it can.
    minutes, km
        Driving in a cycle after less before.
    duty_min
        Minutes of duty in a cycle after less before, both agents of a pair counted once.
    overtime_min
        Minutes in a cycle beyond the end of duty, as planned: more than 0 only where it cannot be
        driven within the rules.
    """

    rounds: Rounds
    vehicle: str
    weeks: tuple[int, ...]
    problems: tuple[Problem, ...]
    minutes: float
    km: float
    duty_min: float
    overtime_min: float

    @property
    def feasible(self) -> bool:
        """Whether the rounds can still be driven."""
        return not self.problems


def move_site(
    rounds: Rounds,
    territory: Territory,
    rules: DrivingRules,
    vehicles: int,
    site_id: str,
    weekday: int,
    half_day: str,
    sessions: Sessions,
    *,
    vehicle: str | None = None,
    weeks: Mapping[int, int] | None = None,
) -> tuple[Move, ...]:
    """Try a site on another weekday and half-day, its other habits kept where possible.

    Parameters
    ----------
    rounds
        The rounds before.
    territory, rules, vehicles
        As for `check_rounds`.
    site_id, weekday, half_day
        The site and where it goes; weekday 1 is Monday.
    sessions
        The hours of a half-day, used when the half-day changes.
    vehicle
        The vehicle that visits it from then on; by default its own, then the others.
    weeks
        New week of the cycle for each week in which it is visited; by default the same, then, for a
        site visited once a cycle, the others.

    Returns
    -------
    tuple of Move
        What can be driven first, the vehicle and weeks kept first, then the least driving; never
        empty.

    Raises
    ------
    InputError
        When the site is not in the rounds.
    """
    before = rounds.of_site(site_id)
    if not before:
        names = rounds.sites()
        raise InputError(
            [
                Problem(
                    "site to move",
                    f"'{site_id}'",
                    "a site of the rounds",
                    nearest(site_id, names),
                    "un site des tournées",
                )
            ]
        )
    usual = before[0]
    fleet = [vehicle] if vehicle else [f"V{i + 1}" for i in range(vehicles)]
    if not vehicle:
        fleet.sort(key=lambda name: name != usual.vehicle)
    if weeks is not None:
        shifts = [dict(weeks)]
    elif len(before) == 1:
        others = [week for week in range(1, rounds.cycle_weeks + 1) if week != usual.week]
        shifts = [{usual.week: week} for week in (usual.week, *others)]
    else:
        shifts = [{}]
    known = set(check_rounds(rounds, territory, rules, vehicles, allow_missing=True))
    moves = [
        _move(rounds, territory, rules, vehicles, site_id, weekday, half_day, sessions, name, shift, known)
        for shift in shifts
        for name in fleet
    ]
    kept = (usual.vehicle, tuple(stop.week for stop in before))
    order = sorted(
        range(len(moves)),
        key=lambda i: (
            not moves[i].feasible,
            (moves[i].weeks != kept[1]) + (moves[i].vehicle != kept[0]),
            moves[i].minutes,
            i,
        ),
    )
    return tuple(moves[i] for i in order)


def _move(
    rounds: Rounds,
    territory: Territory,
    rules: DrivingRules,
    vehicles: int,
    site_id: str,
    weekday: int,
    half_day: str,
    sessions: Sessions,
    vehicle: str,
    weeks: Mapping[int, int],
    known: set[Problem],
) -> Move:
    hours = sessions.morning if half_day == "morning" else sessions.afternoon
    stops = []
    for stop in rounds.stops:
        if stop.site_id != site_id:
            stops.append(stop)
            continue
        same = stop.half_day == half_day
        stops.append(
            replace(
                stop,
                vehicle=vehicle,
                week=weeks.get(stop.week, stop.week),
                weekday=weekday,
                half_day=half_day,
                open_s=stop.open_s if same else hours.opens,
                close_s=stop.close_s if same else hours.closes,
            )
        )
    moved = Rounds(tuple(stops), rounds.cycle_weeks)
    problems = check_rounds(moved, territory, rules, vehicles, allow_missing=True)
    before, after = day_tours(rounds, territory, rules), day_tours(moved, territory, rules)
    return Move(
        rounds=moved,
        vehicle=vehicle,
        weeks=tuple(stop.week for stop in moved.of_site(site_id)),
        problems=tuple(problem for problem in problems if problem not in known),
        minutes=(sum(t.driving_s for t in after) - sum(t.driving_s for t in before)) / 60,
        km=sum(t.km for t in after) - sum(t.km for t in before),
        duty_min=(sum(t.duty_s for t in after) - sum(t.duty_s for t in before)) / 60,
        overtime_min=sum(max(0, t.return_s - rules.duty_end_s) for t in after) / 60,
    )
