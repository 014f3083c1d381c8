"""`python -m sim.move SITE DAY HALF-DAY [key=value …]`: may a permanence move, and what it costs.

python -m sim.move Verdun-sur-Garonne vendredi matin
python -m sim.move mairie-lavit mardi après-midi rounds.file=mes_tournees.csv --write=nouvelles.csv
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.problems import InputError, Problem, Problems, Said, nearest, said_in

if TYPE_CHECKING:
    from sim.scenarios.planning.moves import Move
    from sim.territory.territory import Territory

__all__ = ["main"]

USAGE = {
    "fr": "usage : python -m sim.move SITE JOUR DEMI-JOURNÉE [clé=valeur…] [--write=FICHIER]",
    "en": "usage: python -m sim.move SITE DAY HALF-DAY [key=value…] [--write=FILE]",
}
DAYS = {
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
HALVES = {
    "fr": {"morning": "matin", "afternoon": "après-midi"},
    "en": {"morning": "morning", "afternoon": "afternoon"},
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer on standard output; 0 when answered, 2 when the question is wrong."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    language = "en" if "run.language=en" in words else "fr"
    written = [word.partition("=")[2] for word in words if word.startswith("--write=")]
    overrides = [word for word in words if "=" in word and not word.startswith("--")]
    asked = [word for word in words if "=" not in word and not word.startswith("-")]
    if {"-h", "--help"} & set(words):
        print(USAGE[language])
        return 0
    unknown = [word for word in words if word.startswith("-") and not word.startswith("--write=")]
    if len(asked) != 3 or unknown:
        print(USAGE[language], file=sys.stderr)
        return 2
    try:
        for line in _answer(asked, overrides, written, language):
            print(line)
    except InputError as error:
        count = len(error.problems)
        if language == "fr":
            head = f"L’entrée comporte {count} problème{'s' if count > 1 else ''}."
        else:
            head = f"The input has {count} problem{'s' if count > 1 else ''}."
        for line in (head, *(f"  - {line}" for line in said_in(error.problems, language))):
            print(line, file=sys.stderr)
        return 2
    return 0


def _answer(asked: list[str], overrides: list[str], written: list[str], language: str) -> list[str]:
    from sim.compose import load_settings
    from sim.scenarios.plan import roads_of
    from sim.scenarios.planner import move_site
    from sim.scenarios.rounds_file import write_rounds
    from sim.scenarios.rounds_in_force import base_rounds, driving_rules
    from sim.territory import load_territory
    from sim.world import access_of

    settings = load_settings("study=single", *overrides).reference
    territory = load_territory(settings.territory)
    site_id, weekday, half_day = _understood(asked, territory)
    access = access_of(territory, settings.demand.reach_min)
    rounds = base_rounds(settings, territory, access, roads_of(territory))
    moves = move_site(
        rounds,
        territory,
        driving_rules(settings, territory),
        settings.rounds.vehicles,
        site_id,
        weekday,
        half_day,
        settings.sessions,
    )
    head = f"{territory.site(site_id).name}, {DAYS[language][weekday - 1]} {HALVES[language][half_day]}"
    lines = [head + (" :" if language == "fr" else ":")]
    names = {site.site_id: site.name for site in territory.sites}
    lines += ["  " + _with_names(_line(move, language), names) for move in moves]
    if written and moves[0].feasible:
        write_rounds(moves[0].rounds, Path(written[0]))
        lines.append(f"{'écrit :' if language == 'fr' else 'written:'} rounds.file={written[0]}")
    return lines


def _understood(asked: list[str], territory: Territory) -> tuple[str, int, str]:
    from sim.scenarios.rounds_check import WORKING_WEEK
    from sim.scenarios.rounds_words import HALF_DAY_WORDS, WEEKDAY_WORDS, half_day_of, plain, weekday_of
    from sim.scenarios.site_names import SiteNames

    problems = Problems()
    site_id = SiteNames(territory).find(asked[0], "site", problems)
    weekday, half_day = weekday_of(asked[1]), half_day_of(asked[2])
    if weekday and weekday not in WORKING_WEEK:
        problems.add(
            Said("day", "jour"),
            f"'{asked[1]}'",
            Said("a working day, from Monday to Friday", "un jour ouvré, du lundi au vendredi"),
        )
    if not weekday:
        near = nearest(plain(asked[1]), WEEKDAY_WORDS)
        problems.add(Said("day", "jour"), f"'{asked[1]}'", Said("a weekday", "un jour de la semaine"), near)
    if not half_day:
        near = nearest(plain(asked[2]), HALF_DAY_WORDS)
        expected = Said("morning or afternoon", "matin ou après-midi")
        problems.add(Said("half-day", "demi-journée"), f"'{asked[2]}'", expected, near)
    problems.raise_if_any()
    return site_id, weekday, half_day


def _line(move: Move, language: str) -> str:
    """One way to move, in words: minutes, km, duty and overtime of a cycle, or why not."""
    weeks = ", ".join(str(week) for week in move.weeks)
    cycle = move.rounds.cycle_weeks
    signed = f"{move.minutes:+.0f} min", f"{move.km:+.1f} km", f"{move.duty_min:+.0f} min"
    numbers = [number.replace("-", "−") for number in signed]
    over = f"{move.overtime_min:.0f} min"
    reasons = (" ; " if language == "fr" else "; ").join(
        _reason(problem, language) for problem in move.problems
    )
    if language == "fr":
        who = f"({move.vehicle}, semaine{'s' if len(move.weeks) > 1 else ''} {weeks}) :"
        driving, km, duty = (number.replace(".", ",") for number in numbers)
        if not move.feasible:
            return f"non {who} {reasons}." + (f" Dépassement prévu : {over}." if move.overtime_min else "")
        return (
            f"oui {who} {driving} de route, {km}, {duty} de service en {cycle} semaines, dépassement {over}"
        )
    who = f"({move.vehicle}, week{'s' if len(move.weeks) > 1 else ''} {weeks}):"
    driving, km, duty = numbers
    if not move.feasible:
        return f"no {who} {reasons}." + (f" Overtime planned: {over}." if move.overtime_min else "")
    return f"yes {who} {driving} of driving, {km}, {duty} of duty in {cycle} weeks, overtime {over}"


def _with_names(text: str, names: Mapping[str, str]) -> str:
    """The text with sites by their names, where it has their ids."""
    return re.sub(r"[\w-]+", lambda found: names.get(found[0], found[0]), text)


def _reason(problem: Problem, language: str) -> str:
    """Why a move is not possible; where is known, it is what was asked."""
    if language == "fr":
        return f"{problem.found_fr or problem.found}, il faudrait {problem.expected_fr or problem.expected}"
    return f"{problem.found}, needed: {problem.expected}"


if __name__ == "__main__":
    sys.exit(main())
