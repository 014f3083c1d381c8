"""Whether rounds can be driven and remembered: every problem at once, in words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from itertools import pairwise
from math import ceil

from sim.problems import Problem, Problems, nearest
from sim.scenarios.tours import (
    HALF_DAYS,
    WEEKDAYS,
    DayTour,
    DrivingRules,
    Rounds,
    Stop,
    clock,
    drive_s,
    plan_day,
)
from sim.territory.territory import Territory

__all__ = ["check_rounds"]

WORKING_WEEK = (1, 2, 3, 4, 5)


def check_rounds(
    rounds: Rounds,
    territory: Territory,
    rules: DrivingRules,
    vehicles: int | Collection[str],
    *,
    weekdays: Collection[int] = WORKING_WEEK,
    allow_missing: bool = False,
    allow_inconsistent: bool = False,
) -> list[Problem]:
    """List everything that keeps rounds from being driven, announced and remembered.

    Parameters
    ----------
    rounds
        The stops of a cycle.
    territory
        Sites and driving times.
    rules
        Buffers, lunch, duty window and its limits.
    vehicles
        How many vehicles there are (V1 to Vn), or their names.
    weekdays
        Weekdays on which permanences may be held, 1 is Monday.
    allow_missing
        A site may be left out of the rounds.
    allow_inconsistent
        A site may change weekday, half-day or vehicle from one passage to the next.

    Returns
    -------
    list of Problem
        Empty when the rounds can be driven.
    """
    problems = Problems()
    names = [f"V{i + 1}" for i in range(vehicles)] if isinstance(vehicles, int) else list(vehicles)
    base_known = rules.base_site in territory.site_position
    if not base_known:
        problems.add(
            "base of the vehicles",
            f"'{rules.base_site}'",
            "a site of the territory",
            nearest(rules.base_site, territory.site_position),
        )
    sound = [
        stop
        for stop in rounds.stops
        if _check_stop(
            stop,
            rounds.cycle_weeks,
            territory,
            rules=rules,
            vehicles=names,
            weekdays=weekdays,
            problems=problems,
        )
    ]
    _check_twice(sound, problems)
    if not allow_inconsistent:
        _check_consistent(rounds.stops, problems)
    if not allow_missing:
        _check_served(rounds, territory, problems)
    days: dict[tuple[int, int, str], list[Stop]] = defaultdict(list)
    for stop in sound:
        days[stop.week, stop.weekday, stop.vehicle].append(stop)
    for stops in days.values():
        if _check_apart(stops, problems) and base_known:
            _check_day(plan_day(tuple(stops), territory, rules), territory, rules, problems)
    return list(problems)


def _at(stop: Stop) -> str:
    """Say which passage: the line of the file when it was read, and the passage in words."""
    day = WEEKDAYS[stop.weekday - 1] if 1 <= stop.weekday <= 7 else f"weekday {stop.weekday}"
    words = f"{stop.vehicle}, week {stop.week}, {day} {stop.half_day}, {stop.site_id}"
    return f"{stop.where} ({words})" if stop.where else words


def _on(tour: DayTour) -> str:
    lines = ", ".join(stop.where for stop in tour.stops if stop.where)
    words = f"{tour.vehicle}, week {tour.week}, {WEEKDAYS[tour.weekday - 1]}"
    return f"{lines} ({words})" if lines else words


def _check_stop(
    stop: Stop,
    cycle_weeks: int,
    territory: Territory,
    *,
    rules: DrivingRules,
    vehicles: list[str],
    weekdays: Collection[int],
    problems: Problems,
) -> bool:
    """Check one passage alone; True when it can be put in a vehicle-day."""
    at, before = _at(stop), len(problems)
    if stop.site_id not in territory.site_position:
        problems.add(
            at,
            f"site '{stop.site_id}'",
            "a site of the territory",
            nearest(stop.site_id, territory.site_position),
        )
    if stop.vehicle not in vehicles:
        problems.add(
            at,
            f"vehicle '{stop.vehicle}'",
            f"one of {', '.join(vehicles)}",
            nearest(stop.vehicle, vehicles),
        )
    if not 1 <= stop.week <= cycle_weeks:
        problems.add(at, f"week {stop.week}", f"a week of the cycle, 1 to {cycle_weeks}")
    if stop.weekday not in weekdays:
        allowed = ", ".join(WEEKDAYS[d - 1] for d in sorted(weekdays) if 1 <= d <= 7)
        day = WEEKDAYS[stop.weekday - 1] if 1 <= stop.weekday <= 7 else str(stop.weekday)
        problems.add(at, f"weekday {day}", f"one of {allowed}")
    if stop.half_day not in HALF_DAYS:
        problems.add(
            at, f"half-day '{stop.half_day}'", "morning or afternoon", nearest(stop.half_day, HALF_DAYS)
        )
    if stop.close_s <= stop.open_s:
        problems.add(at, f"{clock(stop.open_s)} to {clock(stop.close_s)}", "a closing after the opening")
    elif stop.half_day == "morning" and stop.close_s > rules.morning_ends_s:
        problems.add(
            at,
            f"a morning from {clock(stop.open_s)} to {clock(stop.close_s)}",
            f"a morning that closes by {clock(rules.morning_ends_s)}",
        )
    elif stop.half_day == "afternoon" and stop.open_s < rules.afternoon_starts_s:
        problems.add(
            at,
            f"an afternoon from {clock(stop.open_s)} to {clock(stop.close_s)}",
            f"an afternoon that opens at {clock(rules.afternoon_starts_s)} or later",
        )
    return len(problems) == before


def _check_twice(stops: Iterable[Stop], problems: Problems) -> None:
    """Two passages at one site in one half-day are one too many, whatever the vehicles."""
    seen: dict[tuple[str, int, int, str], Stop] = {}
    for stop in stops:
        key = (stop.site_id, stop.week, stop.weekday, stop.half_day)
        first = seen.setdefault(key, stop)
        if first is not stop:
            also = f" ({first.where})" if first.where else ""
            problems.add(
                _at(stop),
                f"a second passage in the same half-day, after that of {first.vehicle}{also}",
                "one passage at a site in a half-day",
            )


def _check_consistent(stops: Iterable[Stop], problems: Problems) -> None:
    """People must be able to remember: one weekday, half-day and vehicle for a site."""
    usual: dict[str, Stop] = {}
    for stop in stops:
        first = usual.setdefault(stop.site_id, stop)
        if (stop.weekday, stop.half_day, stop.vehicle) != (first.weekday, first.half_day, first.vehicle):
            day = WEEKDAYS[first.weekday - 1] if 1 <= first.weekday <= 7 else str(first.weekday)
            problems.add(
                _at(stop),
                "another weekday, half-day or vehicle than at the site's first passage",
                f"{day} {first.half_day} with {first.vehicle}, as in week {first.week}",
            )


def _check_served(rounds: Rounds, territory: Territory, problems: Problems) -> None:
    served = {stop.site_id for stop in rounds.stops}
    for site in territory.sites:
        if site.site_id not in served:
            problems.add(
                f"site {site.site_id}",
                f"no passage in the cycle at {site.name}",
                "at least one passage at every site of the territory",
            )


def _check_apart(stops: list[Stop], problems: Problems) -> bool:
    """A vehicle cannot be in two places at once; True when its stops follow each other."""
    apart = True
    for here, there in pairwise(stops):
        if there.open_s >= here.close_s:
            continue
        apart = False
        if there.site_id != here.site_id:
            problems.add(
                _at(there),
                f"{there.vehicle} in two places: at {here.site_id} until {clock(here.close_s)}, "
                f"at {there.site_id} from {clock(there.open_s)}",
                "one place at a time for a vehicle",
            )
        elif there.half_day != here.half_day:  # in one half-day it is a second passage, said already
            problems.add(
                _at(there),
                f"an opening at {clock(there.open_s)}, before the morning closes at {clock(here.close_s)}",
                "a morning that closes before the afternoon opens",
            )
    return apart


def _check_day(tour: DayTour, territory: Territory, rules: DrivingRules, problems: Problems) -> None:
    """Check the duty window, the gaps and the lengths of one vehicle-day."""
    on, first, last = _on(tour), tour.stops[0], tour.stops[-1]
    if tour.departure_s < rules.duty_start_s:
        minutes = drive_s(territory, rules.base_site, first.site_id) / 60
        problems.add(
            on,
            f"leaving {rules.base_site} at {clock(tour.departure_s)} to open {first.site_id} at "
            f"{clock(first.open_s)} ({minutes:.0f} min of drive, {rules.buffer_min:g} of buffer, "
            f"{rules.setup_min:g} of set-up)",
            f"leaving at {clock(rules.duty_start_s)} or later",
        )
    for (here, there), spare in zip(pairwise(tour.stops), tour.spare_s, strict=True):
        if spare < 0:
            between = there.open_s - here.close_s
            midday = here.half_day == "morning" and there.half_day == "afternoon"
            lunch = f", {rules.lunch_min:g} of lunch" if midday else ""
            minutes = drive_s(territory, here.site_id, there.site_id) / 60
            problems.add(
                on,
                f"{between / 60:.0f} min between closing {here.site_id} at {clock(here.close_s)} and opening "
                f"{there.site_id} at {clock(there.open_s)}",
                f"at least {ceil((between - spare) / 60)} min ({rules.pack_min:g} of packing{lunch}, "
                f"{minutes:.0f} of drive, {rules.buffer_min:g} of buffer, {rules.setup_min:g} of set-up)",
            )
    if tour.return_s > rules.duty_end_s:
        minutes = drive_s(territory, last.site_id, rules.base_site) / 60
        problems.add(
            on,
            f"back at {rules.base_site} at {clock(tour.return_s)} after closing {last.site_id} at "
            f"{clock(last.close_s)} ({rules.pack_min:g} min of packing, {minutes:.0f} of drive)",
            f"being back by {clock(rules.duty_end_s)}",
        )
    if tour.duty_s > rules.duty_most_h * 3600:
        problems.add(on, f"{tour.duty_s / 3600:.2f} h of duty", f"at most {rules.duty_most_h:g} h")
    if tour.amplitude_s > rules.amplitude_most_h * 3600:
        problems.add(
            on,
            f"{tour.amplitude_s / 3600:.2f} h from leaving the base to being back",
            f"at most {rules.amplitude_most_h:g} h",
        )
