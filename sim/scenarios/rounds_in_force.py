"""Which rounds a scenario drives, and from when: a hand-made file, or planned, then changed by exits."""

from __future__ import annotations

from sim.clock import Calendar
from sim.scenarios.exits import ResolvedExits
from sim.scenarios.published import RoundsInForce
from sim.scenarios.rounds_check import check_rounds
from sim.scenarios.rounds_file import read_rounds
from sim.scenarios.tours import DrivingRules, Rounds
from sim.settings import Settings
from sim.territory.territory import Territory

__all__ = ["base_rounds", "driving_rules", "rounds_in_force"]


def driving_rules(settings: Settings, territory: Territory) -> DrivingRules:
    """The rules a planned day must respect, from the settings."""
    return DrivingRules.from_settings(settings.day, settings.fleet.base_site or territory.depot)


def base_rounds(settings: Settings, territory: Territory) -> Rounds:
    """The rounds before any exit."""
    from pathlib import Path

    if settings.rounds.file is not None:
        rounds = read_rounds(Path(settings.rounds.file), territory)
        problems = check_rounds(
            rounds, territory, driving_rules(settings, territory), settings.fleet.vehicles
        )
        if problems:
            from sim.problems import InputError

            raise InputError(problems)
        return rounds
    name = f"fortnight_{settings.rounds.vehicles}.csv"
    return read_rounds(territory.folder / "rounds" / name, territory)


def rounds_in_force(
    settings: Settings, territory: Territory, calendar: Calendar, exits: ResolvedExits
) -> tuple[RoundsInForce, ...]:
    """The rounds by first day of validity; `keep` frees the half-days of a commune that leaves."""
    rounds = base_rounds(settings, territory)
    changes = sorted({max(calendar.day(stop), 0) for stop in exits.stops.values()} | {0})
    in_force = []
    for day in changes:
        gone = {code for code, stop in exits.stops.items() if calendar.day(stop) <= day}
        stops = tuple(s for s in rounds.stops if territory.site(s.site_id).insee_code not in gone)
        in_force.append(RoundsInForce(day, Rounds(stops, rounds.cycle_weeks)))
    return tuple(in_force)
