"""The files a person gives with a study, hand-made rounds and requests for planned ones, checked early.

Nothing here needs compiled code, so that a wrong file is refused before a study folder is made.
"""

from __future__ import annotations

from pathlib import Path

from sim.problems import InputError, Problem
from sim.scenarios.requirements_file import read_requirements
from sim.scenarios.rounds_check import check_rounds
from sim.scenarios.rounds_file import understood_rounds
from sim.scenarios.tours import DrivingRules, Rounds, even_week_of
from sim.settings import Settings, StudySettings
from sim.territory import load_territory
from sim.territory.territory import Territory

__all__ = ["check_given", "driving_rules", "read_given"]


def driving_rules(settings: Settings, territory: Territory) -> DrivingRules:
    """The rules a planned day must respect, from the settings."""
    return DrivingRules.from_settings(settings.day, settings.fleet.base_site or territory.depot)


def check_given(study: StudySettings) -> None:
    """Read the territory and the files of every scenario.

    Raises
    ------
    InputError
        With every problem, each once.
    """
    problems: dict[Problem, None] = {}
    territory = load_territory(study.base.territory)
    files: set[object] = set()
    for settings in study.scenarios:
        by_hand = settings.rounds.file, settings.rounds.requirements
        what = by_hand, settings.rounds, settings.fleet, settings.day, settings.sessions
        if not any(by_hand) or repr(what) in files:
            continue
        files.add(repr(what))
        try:
            if settings.rounds.file is not None:
                read_given(settings.rounds.file, settings, territory)
        except InputError as error:
            problems.update(dict.fromkeys(error.problems))
        try:
            if settings.rounds.requirements is not None:
                read_requirements(settings.rounds.requirements, territory, _planned_with(settings))
        except InputError as error:
            problems.update(dict.fromkeys(error.problems))
    if problems:
        raise InputError(problems)


def _planned_with(settings: Settings) -> int:
    """The vehicles that planned rounds may use; with a hand-made file, those of the fleet."""
    return settings.rounds.vehicles if settings.rounds.file is None else settings.fleet.vehicles


def read_given(file: str, settings: Settings, territory: Territory) -> Rounds:
    """The hand-made rounds of a file, for the cycle, hours and vehicles of the settings.

    Raises
    ------
    InputError
        When they cannot be read or driven, with every problem.
    """
    hours = {
        "morning": (settings.sessions.morning.opens, settings.sessions.morning.closes),
        "afternoon": (settings.sessions.afternoon.opens, settings.sessions.afternoon.closes),
    }
    even_week = even_week_of(settings.run.horizon.start)
    # a week beyond the cycle in force is a slip of the pen, not a longer cycle
    weeks = {"fortnight": 2, "four_weeks": 4}.get(settings.rounds.cycle)
    found = understood_rounds(Path(file), territory, hours=hours, even_week=even_week, cycle_weeks=weeks)
    problems = list(found.problems)
    if found.rounds.stops or found.doubtful:
        problems += check_rounds(
            found.rounds,
            territory,
            driving_rules(settings, territory),
            settings.fleet.vehicles,
            allow_missing=settings.rounds.reading == "per_commune",
            excused=found.named,
            doubtful=found.doubtful,
        )
    if problems:
        raise InputError(problems)
    return found.rounds
