"""Which rounds a scenario drives, and from when: a hand-made file or planned, then changed by exits.

`keep` frees the half-days of a commune that leaves, `redistribute` gives them to the sites where most
person-days are waited, `replan` plans the remaining sites anew (section 9 of the model).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sim.clock import Calendar
from sim.models.access import Access
from sim.models.driving import Roads
from sim.problems import InputError
from sim.scenarios.exits import LabelStructure, ResolvedExits
from sim.scenarios.habits import near_habits
from sim.scenarios.offer_by_date import expected_persons, offer_by_date
from sim.scenarios.planner import Pin, gain_of_planning, plan_for, usual_passages
from sim.scenarios.published import RoundsInForce
from sim.scenarios.redistribute import redistribute
from sim.scenarios.requirements_file import Requirements, read_requirements
from sim.scenarios.rounds_given import driving_rules, read_given
from sim.scenarios.tours import Rounds, Stop
from sim.settings import Settings
from sim.territory.territory import Territory

__all__ = ["base_rounds", "driving_rules", "person_days_waited", "rounds_in_force"]


def rounds_in_force(
    settings: Settings,
    territory: Territory,
    calendar: Calendar,
    access: Access,
    roads: Roads,
    exits: ResolvedExits,
) -> tuple[RoundsInForce, ...]:
    """The rounds by first day of validity.

    Raises
    ------
    InputError
        When the rounds cannot be read, driven or planned, with every problem.
    """
    base = rounds = base_rounds(settings, territory, access, roads)
    changes = sorted({max(calendar.day(stop), 0) for stop in exits.stops.values()} | {0})
    in_force = []
    for day in changes:
        gone = frozenset(code for code, stop in exits.stops.items() if calendar.day(stop) <= day)
        if gone and settings.exits.policy == "replan":
            rounds = _replanned(settings, territory, access, roads, base, rounds, gone)
        elif gone:
            opened = tuple(replace(s, closes=None) for s in exits.structures if calendar.day(s.opens) <= day)
            rounds = _without(settings, territory, access, roads, rounds, gone, opened)
        in_force.append(RoundsInForce(day, rounds))
    return tuple(in_force)


def _without(
    settings: Settings,
    territory: Territory,
    access: Access,
    roads: Roads,
    rounds: Rounds,
    gone: frozenset[str],
    opened: tuple[LabelStructure, ...],
) -> Rounds:
    """The rounds in force so far, less the communes gone; what that frees is kept or given to other sites.

    A half-day given away before stays where it was given, so that people need not learn it again.
    """
    kept = Rounds(_staying(rounds, territory, gone), rounds.cycle_weeks)
    freed = tuple(stop for stop in rounds.stops if stop not in kept.stops)
    if settings.exits.policy == "keep" or not kept.stops:
        return kept
    persons = _expected(settings, territory, access, roads, kept, opened)
    return redistribute(kept, freed, persons, territory, driving_rules(settings, territory))


def _replanned(
    settings: Settings,
    territory: Territory,
    access: Access,
    roads: Roads,
    base: Rounds,
    known: Rounds,
    gone: frozenset[str],
) -> Rounds:
    """Rounds planned anew for the sites that remain, as near as equally good ones can be to those known."""
    kept = Rounds(_staying(base, territory, gone), base.cycle_weeks)
    if not kept.stops:
        return kept
    extra = settings.rounds.extra_passages
    passages = usual_passages(
        territory,
        weeks=4 if settings.rounds.cycle == "four_weeks" else 2,
        reading=settings.rounds.reading,
        extra_passages=extra,
        expected=person_days_waited(settings, territory, access, roads, kept) if extra else None,
        without=gone,
    )
    asked = Requirements()
    if settings.rounds.requirements is not None:
        asked = read_requirements(settings.rounds.requirements, territory)
    return near_habits(plan_for(settings, territory, passages).rounds, known, asked.kept_by)


def _staying(rounds: Rounds, territory: Territory, gone: frozenset[str]) -> tuple[Stop, ...]:
    return tuple(s for s in rounds.stops if territory.site(s.site_id).insee_code not in gone)


def base_rounds(settings: Settings, territory: Territory, access: Access, roads: Roads) -> Rounds:
    """The rounds before any exit: the hand-made file, or its passages planned; else planned from nothing.

    Shipped plans are used as they are.
    """
    if settings.rounds.file is not None:
        by_hand = read_given(settings.rounds.file, settings, territory)
        return (
            gain_of_planning(settings, territory, by_hand).rounds if settings.rounds.planned_anew else by_hand
        )
    planned = plan_for(_usual(settings, settings.rounds.timetable_of_vehicles), territory)
    if settings.rounds.timetable_of_vehicles is None and settings.rounds.extra_passages == 0:
        return planned.rounds
    passages = usual_passages(
        territory,
        weeks=4 if settings.rounds.cycle == "four_weeks" else 2,
        reading=settings.rounds.reading,
        extra_passages=min(settings.rounds.extra_passages, len(planned.rounds.sites())),
        expected=person_days_waited(settings, territory, access, roads, planned.rounds),
    )
    if settings.rounds.timetable_of_vehicles is None:
        return plan_for(settings, territory, passages).rounds
    return _same_timetable(settings, territory, planned.rounds, passages)


def _same_timetable(
    settings: Settings, territory: Territory, rounds: Rounds, passages: Mapping[str, int]
) -> Rounds:
    """Rounds with the days and hours of others, as far as extra passages leave them drivable.

    Days and hours decide how many come and how they spread: keeping them leaves between two fleets
    only what the fleets change. Days are let go first, then hours.
    """
    timetable = _timetable(rounds, passages)
    hours = {site_id: Pin(half_day=pin.half_day) for site_id, pin in timetable.items()}
    for pins in (timetable, hours):
        try:
            return plan_for(settings, territory, passages, pins=pins).rounds
        except InputError:
            continue
    return plan_for(settings, territory, passages).rounds


def _usual(settings: Settings, vehicles: int | None) -> Settings:
    """The same settings with usual passages, for another number of vehicles if one is given."""
    update = {"extra_passages": 0, "vehicles": vehicles or settings.rounds.vehicles}
    return settings.model_copy(update={"rounds": settings.rounds.model_copy(update=update)})


def _timetable(rounds: Rounds, passages: Mapping[str, int]) -> dict[str, Pin]:
    """Each site's day and hours as they are; the week too, unless it is now visited more often."""
    pins = {}
    for site_id in rounds.sites():
        stops = rounds.of_site(site_id)
        week = stops[0].week if passages[site_id] == len(stops) == 1 else None
        pins[site_id] = Pin(week=week, weekday=stops[0].weekday, half_day=stops[0].half_day)
    return pins


def _expected(
    settings: Settings,
    territory: Territory,
    access: Access,
    roads: Roads,
    rounds: Rounds,
    opened: tuple[LabelStructure, ...] = (),
) -> dict[str, float]:
    """Persons a year expected by commune with these rounds and these label structures, for good."""
    in_force = (RoundsInForce(0, rounds),)
    offer = offer_by_date(settings, territory, access, roads, in_force, ResolvedExits(opened, {}))
    return expected_persons(settings, territory, access, offer)


def person_days_waited(
    settings: Settings, territory: Territory, access: Access, roads: Roads, rounds: Rounds
) -> dict[str, float]:
    """Persons × days waited for the next passage, by site: where one more passage is worth most.

    A commune with k passages in a cycle of D days makes its residents wait D / 2k on average; its
    sites share its person-days.
    """
    persons = _expected(settings, territory, access, roads, rounds)
    passages: dict[str, int] = {}
    for stop in rounds.stops:
        code = territory.site(stop.site_id).insee_code
        passages[code] = passages.get(code, 0) + 1
    waited = {}
    for site_id in rounds.sites():
        code = territory.site(site_id).insee_code
        sites = sum(territory.site(s).insee_code == code for s in rounds.sites())
        waited[site_id] = persons[code] * 7 * rounds.cycle_weeks / (2 * passages[code]) / sites
    return waited
