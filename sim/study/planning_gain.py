"""What planning would gain over rounds made by hand: figures of both, and the planned rounds to take up.

Written in a study whose reference drives `rounds.file`: `planning_gain.csv`, and `planned_rounds.csv` in the
format of the contract, which `rounds.file` accepts.
"""

from __future__ import annotations

import csv
import io

from sim.problems import InputError, Problems, Said
from sim.scenarios.plan import roads_of
from sim.scenarios.planner import Gain, gain_of_planning
from sim.scenarios.rounds_file import COLUMNS
from sim.scenarios.rounds_in_force import base_rounds
from sim.scenarios.tours import Rounds
from sim.settings import Settings, StudySettings
from sim.territory import Territory
from sim.world import access_of

__all__ = ["GAIN_COLUMNS", "GAIN_UNITS", "check_file_given", "planning_gain_files"]

GAIN_COLUMNS = ("scenario", "cycle_weeks", "quantity", "unit", "by_hand", "planned_same_days", "planned")
GAIN_UNITS = {
    "driving_min": "min",
    "km": "km",
    "duty_h": "h",
    "overtime_min": "min",
    "vehicle_days": "vehicle-days",
    "most_tours_a_day": "vehicles",
    "half_days_open": "half-days",
    "least_hours_a_week": "h",
    "sites_moved": "sites",
}
STUDY = "rounds"


def check_file_given(study: StudySettings) -> None:
    """Refuse the study of hand-made rounds where no file of rounds is given.

    Raises
    ------
    InputError
        When `rounds.file` is missing.
    """
    if study.study.name == STUDY and study.reference.rounds.file is None:
        problems = Problems()
        problems.add(
            "rounds.file",
            Said("nothing", "rien"),
            Said("your file of rounds: rounds.file=FILE", "votre fichier de tournées : rounds.file=FICHIER"),
        )
        problems.raise_if_any()


def planning_gain_files(settings: Settings, territory: Territory) -> dict[str, bytes]:
    """The two files for the reference of a study; none when its rounds are planned, or cannot be."""
    if settings.rounds.file is None or settings.rounds.planned_anew:
        return {}
    access = access_of(territory, settings.demand.reach_min)
    rounds = base_rounds(settings, territory, access, roads_of(territory))
    try:
        gain = gain_of_planning(settings, territory, rounds)
    except InputError:  # the file keeps rules that a planner cannot: sites left out, odd hours
        return {}
    name = settings.scenario.name
    return {
        "planning_gain.csv": _csv(GAIN_COLUMNS, _rows(name, rounds, gain)),
        "planned_rounds.csv": _csv(COLUMNS, _stops(gain.rounds, settings)),
    }


def _rows(name: str, rounds: Rounds, gain: Gain) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = [
        (name, rounds.cycle_weeks, quantity, unit, *map(_number, values))
        for quantity, unit in GAIN_UNITS.items()
        if quantity != "sites_moved"
        for values in (
            [getattr(figures, quantity) for figures in (gain.by_hand, gain.same_days, gain.after)],
        )
    ]
    moved = sum(_habit(rounds, site) != _habit(gain.rounds, site) for site in gain.rounds.sites())
    return [*rows, (name, rounds.cycle_weeks, "sites_moved", GAIN_UNITS["sites_moved"], 0, 0, moved)]


def _habit(rounds: Rounds, site_id: str) -> set[tuple[int, int, str]]:
    """When people find a site open: weeks, weekdays and half-days of the cycle."""
    return {(stop.week, stop.weekday, stop.half_day) for stop in rounds.of_site(site_id)}


def _number(value: float) -> float | int:
    return value if isinstance(value, int) else round(value, 6)


def _stops(rounds: Rounds, settings: Settings) -> list[tuple[object, ...]]:
    first = settings.run.horizon.start.isoformat()
    return [
        ("planned", first, s.site_id, s.vehicle, s.week, s.weekday, s.half_day, s.open_s, s.close_s)
        for s in rounds.stops
    ]


def _csv(header: tuple[str, ...], rows: list[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")
