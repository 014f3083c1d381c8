"""Whether rounds can be driven and remembered: every problem at once, in words, French beside English."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from math import ceil

from sim.problems import Problem, Problems, Said, french, nearest
from sim.scenarios.tours import (
    HALF_DAYS,
    HALF_DAYS_FR,
    WEEKDAYS,
    WEEKDAYS_FR,
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
TO_MEND = Said("a site to mend", "un site à corriger")
TO_MEND_VEHICLE = Said("a vehicle to mend", "un véhicule à corriger")
# Lines of a file named for one vehicle-day.
MOST_PLACES = 4
A_SITE = Said("a site of the territory", "un site du territoire")


def check_rounds(
    rounds: Rounds,
    territory: Territory,
    rules: DrivingRules,
    vehicles: int | Collection[str] | Mapping[str, str],
    *,
    weekdays: Collection[int] = WORKING_WEEK,
    allow_missing: bool = False,
    allow_inconsistent: bool = False,
    excused: Collection[str] = (),
    doubtful: Collection[Stop] = (),
) -> list[Problem]:
    """List everything that keeps rounds from being driven, announced and remembered.

    Parameters
    ----------
    rounds
        The stops of a cycle.
    territory
        Sites and driving times.
    rules
        Buffers, lunch, duty window and its limits, and the base of vehicles that have no other.
    vehicles
        How many vehicles there are (V1 to Vn), their names, or the base of each by name.
    weekdays
        Weekdays on which permanences may be held, 1 is Monday.
    allow_missing
        A site may be left out of the rounds.
    allow_inconsistent
        A site may change weekday, half-day or vehicle from one passage to the next.
    excused
        Sites that may be left out: named in lines of a file that could not be read to their end; empty
        text lets every site be left out.
    doubtful
        Passages of such lines: their sound cells are checked, and beside the other passages for what a
        right cell instead of the wrong one cannot mend. They are not driven.

    Returns
    -------
    list of Problem
        Empty when the rounds can be driven.
    """
    problems = Problems()
    names = [f"V{i + 1}" for i in range(vehicles)] if isinstance(vehicles, int) else list(vehicles)
    if isinstance(vehicles, Mapping):
        rules = replace(rules, bases={**rules.bases, **vehicles})
    bases = dict.fromkeys((rules.base_site, *rules.bases.values()))
    for base in bases:
        if base not in territory.site_position:
            problems.add(
                Said("base of the vehicles", "base des véhicules"),
                Said(f"'{base}'", f"« {base} »"),
                A_SITE,
                nearest(base, territory.site_position),
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
    unsure = [stop for stop in doubtful if _check_doubtful(stop, names, weekdays, problems)]
    placed = _check_twice([*sound, *unsure], problems)
    sound = [stop for stop in sound if id(stop) in placed]
    if not allow_inconsistent:
        known = (stop for stop in unsure if stop.site_id and stop.vehicle)
        _check_consistent([*rounds.stops, *known], problems)
    if not allow_missing and "" not in excused:
        _check_served(rounds, territory, excused, problems)
    days: dict[tuple[int, int, str], list[Stop]] = defaultdict(list)
    for stop in sound:
        days[stop.week, stop.weekday, stop.vehicle].append(stop)
    beside: dict[tuple[int, int, str], list[Stop]] = defaultdict(list)
    for stop in unsure:
        if stop.vehicle and stop.week and 0 <= stop.open_s < stop.close_s:
            beside[stop.week, stop.weekday, stop.vehicle].append(stop)
    for key in dict.fromkeys([*days, *beside]):
        together = [*days.get(key, ()), *(stop for stop in beside.get(key, ()) if id(stop) in placed)]
        _check_apart(sorted(together, key=lambda s: (s.open_s, s.close_s)), territory, problems)
    for stops in days.values():
        if rules.base_of(stops[0].vehicle) in territory.site_position:
            _check_day(plan_day(tuple(stops), territory, rules), territory, rules, problems)
    return list(problems)


def _day(weekday: int) -> Said:
    """A weekday by its number."""
    if 1 <= weekday <= 7:
        return Said(WEEKDAYS[weekday - 1], WEEKDAYS_FR[weekday - 1])
    return Said(f"weekday {weekday}", f"jour {weekday}")


def _half(half_day: str) -> str:
    """A half-day in French."""
    return HALF_DAYS_FR.get(half_day, half_day)


def _at(stop: Stop) -> Said:
    """Say which passage: the line of the file when it was read, and the passage in words."""
    day = _day(stop.weekday)
    vehicle, site = stop.vehicle or TO_MEND_VEHICLE, stop.site_id or TO_MEND
    words = f"{vehicle}, week {stop.week}, {day} {stop.half_day}, {site}"
    words_fr = f"{french(vehicle)}, semaine {stop.week}, {day.fr} {_half(stop.half_day)}, {french(site)}"
    if not stop.where:
        return Said(words, words_fr)
    return Said(f"{stop.where} ({words})", f"{french(stop.where)} ({words_fr})")


def _on(tour: DayTour) -> Said:
    """Say which vehicle-day: the lines of the file when it was read, vehicle, week and weekday."""
    day = _day(tour.weekday)
    words = f"{tour.vehicle}, week {tour.week}, {day}"
    words_fr = f"{tour.vehicle}, semaine {tour.week}, {day.fr}"
    places = [stop.where for stop in tour.stops if stop.where]
    if (more := len(places) - MOST_PLACES) > 0:
        places = [*places[:MOST_PLACES], Said(f"and {more} more", f"et {more} de plus")]
    if not places:
        return Said(words, words_fr)
    return Said(f"{', '.join(places)} ({words})", f"{', '.join(map(french, places))} ({words_fr})")


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
            Said(f"site '{stop.site_id}'", f"le site « {stop.site_id} »"),
            A_SITE,
            nearest(stop.site_id, territory.site_position),
        )
    if not 1 <= stop.week <= cycle_weeks:
        problems.add(
            at,
            Said(f"week {stop.week}", f"semaine {stop.week}"),
            Said(f"a week of the cycle, 1 to {cycle_weeks}", f"une semaine du cycle, de 1 à {cycle_weeks}"),
        )
    if stop.weekday not in weekdays:
        allowed = [_day(day) for day in sorted(weekdays) if 1 <= day <= 7]
        day = WEEKDAYS[stop.weekday - 1] if 1 <= stop.weekday <= 7 else str(stop.weekday)
        problems.add(
            at,
            Said(f"weekday {day}", _day(stop.weekday).fr),
            Said(f"one of {', '.join(allowed)}", f"un jour parmi {', '.join(d.fr for d in allowed)}"),
        )
    if stop.half_day not in HALF_DAYS:
        problems.add(
            at,
            Said(f"half-day '{stop.half_day}'", f"demi-journée « {stop.half_day} »"),
            Said("morning or afternoon", "matin ou après-midi"),
            nearest(stop.half_day, HALF_DAYS),
        )
    opens, closes = clock(stop.open_s), clock(stop.close_s)
    if stop.close_s <= stop.open_s:
        problems.add(
            at,
            Said(f"{opens} to {closes}", f"de {opens} à {closes}"),
            Said("a closing after the opening", "une fermeture après l'ouverture"),
        )
    elif stop.half_day == "morning" and stop.close_s > rules.morning_ends_s:
        latest = clock(rules.morning_ends_s)
        problems.add(
            at,
            Said(f"a morning from {opens} to {closes}", f"un matin de {opens} à {closes}"),
            Said(f"a morning that closes by {latest}", f"un matin qui ferme à {latest} au plus tard"),
        )
    elif stop.half_day == "afternoon" and stop.open_s < rules.afternoon_starts_s:
        earliest = clock(rules.afternoon_starts_s)
        problems.add(
            at,
            Said(f"an afternoon from {opens} to {closes}", f"un après-midi de {opens} à {closes}"),
            Said(
                f"an afternoon that opens at {earliest} or later",
                f"un après-midi qui ouvre à {earliest} ou plus tard",
            ),
        )
    drivable = len(problems) == before
    if stop.vehicle not in vehicles:
        _unknown_vehicle(stop, at, vehicles, problems)
    return drivable


def _check_doubtful(
    stop: Stop, vehicles: Collection[str], weekdays: Collection[int], problems: Problems
) -> bool:
    """Check the sound cells of a line that has a wrong one; True when its half-day is known."""
    if stop.weekday and stop.weekday not in weekdays:
        allowed = [_day(day) for day in sorted(weekdays) if 1 <= day <= 7]
        problems.add(
            stop.where or _at(stop),
            Said(f"weekday {_day(stop.weekday)}", _day(stop.weekday).fr),
            Said(f"one of {', '.join(allowed)}", f"un jour parmi {', '.join(d.fr for d in allowed)}"),
        )
        return False
    if stop.vehicle and stop.vehicle not in vehicles:
        _unknown_vehicle(stop, stop.where or _at(stop), vehicles, problems)
    return bool(stop.weekday and stop.half_day)


def _unknown_vehicle(stop: Stop, at: str, vehicles: Collection[str], problems: Problems) -> None:
    problems.add(
        at,
        Said(f"vehicle '{stop.vehicle}'", f"le véhicule « {stop.vehicle} »"),
        Said(f"one of {', '.join(vehicles)}", f"un véhicule parmi {', '.join(vehicles)}"),
        nearest(stop.vehicle, vehicles),
    )


def _check_twice(stops: Iterable[Stop], problems: Problems) -> set[int]:
    """Two passages at one site in one half-day are one too many, whatever the vehicles.

    Returns the `id` of the others: what a second passage entails is not said again.
    """
    seen: dict[tuple[str, int, int, str], Stop] = {}
    placed: set[int] = set()
    for stop in stops:
        if not stop.site_id or not stop.week:
            placed.add(id(stop))
            continue
        key = (stop.site_id, stop.week, stop.weekday, stop.half_day)
        first = seen.setdefault(key, stop)
        placed.add(id(stop))
        if first is not stop:
            placed.discard(id(stop))
            also = f" ({first.where})" if first.where else ""
            also_fr = f" ({french(first.where)})" if first.where else ""
            problems.add(
                _at(stop),
                Said(
                    f"a second passage in the same half-day, after that of {first.vehicle}{also}",
                    f"un deuxième passage dans la même demi-journée, après celui de {first.vehicle}{also_fr}",
                ),
                Said("one passage at a site in a half-day", "un passage par site et par demi-journée"),
            )
    return placed


def _check_consistent(stops: Iterable[Stop], problems: Problems) -> None:
    """People must be able to remember: one weekday, half-day and vehicle for a site."""
    usual: dict[str, Stop] = {}
    for stop in stops:
        first = usual.setdefault(stop.site_id, stop)
        if (stop.weekday, stop.half_day, stop.vehicle) != (first.weekday, first.half_day, first.vehicle):
            day = WEEKDAYS[first.weekday - 1] if 1 <= first.weekday <= 7 else str(first.weekday)
            problems.add(
                _at(stop),
                Said(
                    "another weekday, half-day or vehicle than at the site's first passage",
                    "un autre jour, une autre demi-journée ou un autre véhicule qu'à son premier passage",
                ),
                Said(
                    f"{day} {first.half_day} with {first.vehicle}, as in week {first.week}",
                    f"{_day(first.weekday).fr} {_half(first.half_day)} avec {first.vehicle}, comme en "
                    f"semaine {first.week}, pour que les habitants s'en souviennent",
                ),
            )


def _check_served(rounds: Rounds, territory: Territory, excused: Collection[str], problems: Problems) -> None:
    served = {stop.site_id for stop in rounds.stops}
    for site in territory.sites:
        if site.site_id not in served and site.site_id not in excused:
            problems.add(
                f"site {site.site_id}",
                Said(
                    f"no passage in the cycle at {site.name}", f"aucun passage dans le cycle à : {site.name}"
                ),
                Said(
                    "at least one passage at every site of the territory",
                    "au moins un passage à chaque site du territoire",
                ),
            )


def _check_apart(stops: list[Stop], territory: Territory, problems: Problems) -> None:
    """A vehicle cannot be in two places at once."""
    for here, there in pairwise(stops):
        if there.open_s >= here.close_s:
            continue
        closes, opens = clock(here.close_s), clock(there.open_s)
        if there.site_id != here.site_id or not there.site_id:
            problems.add(
                _at(there),
                Said(
                    f"{there.vehicle} in two places: at {here.site_id or TO_MEND} until {closes}, "
                    f"at {there.site_id or TO_MEND} from {opens}",
                    f"{there.vehicle} à deux endroits : {_name(here.site_id, territory)} jusqu'à {closes}, "
                    f"{_name(there.site_id, territory)} dès {opens}",
                ),
                Said("one place at a time for a vehicle", "un seul endroit à la fois par véhicule"),
            )
        elif there.half_day != here.half_day:  # in one half-day it is a second passage, said already
            problems.add(
                _at(there),
                Said(
                    f"an opening at {opens}, before the morning closes at {closes}",
                    f"une ouverture à {opens}, avant la fermeture du matin à {closes}",
                ),
                Said(
                    "a morning that closes before the afternoon opens",
                    "un matin qui ferme avant que l'après-midi ouvre",
                ),
            )


def _check_day(tour: DayTour, territory: Territory, rules: DrivingRules, problems: Problems) -> None:
    """Check the duty window, the gaps and the lengths of one vehicle-day."""
    on, first, last = _on(tour), tour.stops[0], tour.stops[-1]
    base = rules.base_of(tour.vehicle)
    if tour.departure_s < rules.duty_start_s:
        minutes = drive_s(territory, base, first.site_id) / 60
        leaves, opens, earliest = clock(tour.departure_s), clock(first.open_s), clock(rules.duty_start_s)
        problems.add(
            on,
            Said(
                f"leaving {base} at {leaves} to open {first.site_id} at "
                f"{opens} ({minutes:.0f} min of drive, {rules.buffer_min:g} of buffer, "
                f"{rules.setup_min:g} of set-up)",
                f"un départ de la base ({_name(base, territory)}) à {leaves} pour ouvrir "
                f"{_name(first.site_id, territory)} à {opens} "
                f"({minutes:.0f} min de route, {rules.buffer_min:g} de marge, "
                f"{rules.setup_min:g} d'installation)",
            ),
            Said(f"leaving at {earliest} or later", f"un départ à {earliest} ou plus tard"),
        )
    for (here, there), spare in zip(pairwise(tour.stops), tour.spare_s, strict=True):
        between = there.open_s - here.close_s
        if spare < 0 <= between:  # in two places at once, said already
            least = ceil((between - spare) / 60)
            closes, opens = clock(here.close_s), clock(there.open_s)
            midday = here.half_day == "morning" and there.half_day == "afternoon"
            lunch = f", {rules.lunch_min:g} of lunch" if midday else ""
            lunch_fr = f", {rules.lunch_min:g} de déjeuner" if midday else ""
            minutes = drive_s(territory, here.site_id, there.site_id) / 60
            problems.add(
                on,
                Said(
                    f"{between / 60:.0f} min between closing {here.site_id} at {closes} and opening "
                    f"{there.site_id} at {opens}",
                    f"{between / 60:.0f} min entre la fermeture à {closes} "
                    f"({_name(here.site_id, territory)}) et l'ouverture à {opens} "
                    f"({_name(there.site_id, territory)})",
                ),
                Said(
                    f"at least {least} min ({rules.pack_min:g} of packing{lunch}, "
                    f"{minutes:.0f} of drive, {rules.buffer_min:g} of buffer, {rules.setup_min:g} of set-up)",
                    f"au moins {least} min ({rules.pack_min:g} de rangement{lunch_fr}, {minutes:.0f} de "
                    f"route, {rules.buffer_min:g} de marge, {rules.setup_min:g} d'installation)",
                ),
            )
    if tour.return_s > rules.duty_end_s:
        minutes = drive_s(territory, last.site_id, base) / 60
        back, closes, latest = clock(tour.return_s), clock(last.close_s), clock(rules.duty_end_s)
        problems.add(
            on,
            Said(
                f"back at {base} at {back} after closing {last.site_id} at "
                f"{closes} ({rules.pack_min:g} min of packing, {minutes:.0f} of drive)",
                f"un retour à la base ({_name(base, territory)}) à {back} après la fermeture à {closes} "
                f"de {_name(last.site_id, territory)} "
                f"({rules.pack_min:g} min de rangement, {minutes:.0f} de route)",
            ),
            Said(f"being back by {latest}", f"un retour à {latest} au plus tard"),
        )
    if tour.duty_s > rules.duty_most_h * 3600:
        problems.add(
            on,
            Said(f"{tour.duty_s / 3600:.2f} h of duty", f"{_hours(tour.duty_s)} de travail"),
            Said(f"at most {rules.duty_most_h:g} h", f"au plus {_number(rules.duty_most_h)} h"),
        )
    if tour.amplitude_s > rules.amplitude_most_h * 3600:
        problems.add(
            on,
            Said(
                f"{tour.amplitude_s / 3600:.2f} h from leaving the base to being back",
                f"{_hours(tour.amplitude_s)} du départ de la base au retour",
            ),
            Said(f"at most {rules.amplitude_most_h:g} h", f"au plus {_number(rules.amplitude_most_h)} h"),
        )


def _name(site_id: str, territory: Territory) -> str:
    """A site as people call it."""
    return territory.site(site_id).name if site_id else TO_MEND.fr


def _hours(seconds: int) -> str:
    return f"{seconds / 3600:.2f} h".replace(".", ",")


def _number(value: float) -> str:
    return f"{value:g}".replace(".", ",")
