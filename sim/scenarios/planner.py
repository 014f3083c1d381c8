"""The planner behind one door: from settings and a territory to rounds with their bound."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.problems import InputError, Problem
from sim.scenarios.habits import near_habits
from sim.scenarios.planning.from_territory import planning_problem, usual_sessions
from sim.scenarios.planning.kept import planned_rounds
from sim.scenarios.planning.moves import Move, move_site
from sim.scenarios.planning.plan import plan
from sim.scenarios.planning.problem import Pin, PlanningProblem, SessionChoice
from sim.scenarios.planning.result import PlanningResult
from sim.scenarios.planning.selection import Effort, Level
from sim.scenarios.requirements_file import Requirements, read_requirements
from sim.scenarios.rounds_figures import RoundsFigures, figures_of_rounds
from sim.scenarios.tours import DrivingRules, Rounds, vehicle_number
from sim.territory.territory import Territory

if TYPE_CHECKING:
    from sim.settings import Settings

__all__ = [
    "Effort",
    "Gain",
    "Level",
    "Move",
    "Pin",
    "PlanningProblem",
    "PlanningResult",
    "SessionChoice",
    "days_of",
    "gain_of_planning",
    "move_site",
    "plan",
    "plan_for",
    "planned_rounds",
    "planning_problem",
    "problem_for",
    "usual_passages",
]


@dataclass(frozen=True)
class Gain:
    """What planning would gain over rounds made by hand, the same passages a cycle at every site.

    `by_hand` and `after` are the figures of both in a cycle; `same_days` those of the best rounds in which
    every site keeps its week, weekday and half-day, so that nobody has anything to learn anew. `rounds` are
    the planned ones, with as many days as can be as people know them.
    """

    by_hand: RoundsFigures
    after: RoundsFigures
    same_days: RoundsFigures
    planned: PlanningResult
    rounds: Rounds

    @property
    def minutes(self) -> float:
        """Minutes of driving that planning saves in a cycle; negative where rules were stretched by hand."""
        return self.by_hand.driving_min - self.after.driving_min


def gain_of_planning(settings: Settings, territory: Territory, rounds: Rounds) -> Gain:
    """Compare rounds made by hand with planned ones that visit the same sites as often.

    The planned ones keep the hours of each site where they differ from those of the settings, use as
    many vehicles, and keep every rule. Rooms, market days and habits are kept where the file
    `rounds.requirements` says them; others are unknown to the program.

    Raises
    ------
    InputError
        When a site is unknown, or nobody can plan such passages within the rules.
    """
    usual = usual_sessions(settings.sessions)
    passages: dict[str, int] = {}
    own: dict[str, tuple[SessionChoice, ...]] = {}
    day: dict[tuple[int, int, str], int] = {}
    for stop in rounds.stops:
        passages[stop.site_id] = passages.get(stop.site_id, 0) + 1
        hours = SessionChoice(stop.half_day, stop.open_s, stop.close_s)
        if hours not in usual:
            others = tuple(choice for choice in usual if choice.half_day != stop.half_day)
            own[stop.site_id] = (hours, *others)
        key = (stop.week, stop.weekday, stop.vehicle)
        day[key] = day.get(key, 0) + 1
    vehicles = max([settings.rounds.vehicles, *(vehicle_number(name) for name in rounds.vehicles())])
    base = settings.fleet.base_site or territory.depot
    rules = DrivingRules.from_settings(settings.day, base)
    asked = Requirements()
    if settings.rounds.requirements is not None:
        asked = read_requirements(settings.rounds.requirements, territory)

    def planned(
        allowed: Mapping[str, Collection[tuple[int, str]]], pins: Mapping[str, Pin]
    ) -> PlanningResult:
        problem = planning_problem(
            territory,
            rules,
            settings.sessions,
            vehicles,
            passages,
            weeks=rounds.cycle_weeks,
            stops_most=max([2, *day.values()]),
            own_sessions=own,
            allowed={site_id: cells for site_id, cells in allowed.items() if site_id in passages},
            pins={site_id: pin for site_id, pin in pins.items() if site_id in passages},
            label_hours=settings.thresholds.label_hours_per_week,
        )
        return planned_rounds(problem, territory.folder / "rounds")

    freely = planned(asked.allowed, asked.pins)
    return Gain(
        by_hand=figures_of_rounds(rounds, territory, rules),
        after=figures_of_rounds(freely.rounds, territory, rules),
        rounds=near_habits(freely.rounds, rounds, asked.kept_by),
        same_days=figures_of_rounds(planned({}, days_of(rounds)).rounds, territory, rules),
        planned=freely,
    )


def days_of(rounds: Rounds) -> dict[str, Pin]:
    """Each site's week, weekday and half-day as they are; the week only where it is visited once a cycle."""
    pins = {}
    for site_id in rounds.sites():
        first, *others = rounds.of_site(site_id)
        week = None if others else first.week
        pins[site_id] = Pin(week=week, weekday=first.weekday, half_day=first.half_day)
    return pins


def usual_passages(
    territory: Territory,
    *,
    weeks: int = 2,
    reading: str = "per_site",
    extra_passages: int = 0,
    expected: Mapping[str, float] | None = None,
    without: Collection[str] = (),
) -> dict[str, int]:
    """Passages per cycle of each site: one a fortnight, and extra ones where most people are expected.

    Parameters
    ----------
    territory
        Its sites and communes.
    weeks
        Weeks of the cycle, 2 or 4.
    reading
        `per_site`, or `per_commune`: one site for each commune, the vehicles' base or else the first.
    extra_passages
        Passages a fortnight beyond one a site: so many sites are visited every week.
    expected
        Persons expected by site_id, to choose these sites; by default the population of the commune
        shared by its sites.
    without
        INSEE codes of the communes that have left.

    Raises
    ------
    InputError
        When there are more extra passages than sites.
    """
    sites = [site for site in territory.sites if site.insee_code not in without]
    if reading == "per_commune":
        chosen: dict[str, str] = {}
        for site in sites:
            if site.site_id == territory.depot:
                chosen[site.insee_code] = site.site_id
            chosen.setdefault(site.insee_code, site.site_id)
        sites = [site for site in sites if chosen[site.insee_code] == site.site_id]
    if extra_passages > len(sites):
        raise InputError(
            [
                Problem(
                    "extra passages",
                    str(extra_passages),
                    f"at most {len(sites)}: one more a fortnight at each of the {len(sites)} sites visited",
                    expected_fr=f"au plus {len(sites)} : un de plus par quinzaine à chacun des sites",
                )
            ]
        )
    numbers: dict[str, int] = {}
    for site in sites:
        numbers[site.insee_code] = numbers.get(site.insee_code, 0) + 1

    def persons(site_id: str) -> float:
        if expected is not None:
            return expected.get(site_id, 0.0)
        code = territory.site(site_id).insee_code
        return territory.commune(code).population / numbers[code]

    ranked = sorted((site.site_id for site in sites), key=lambda site_id: (-persons(site_id), site_id))
    every_week = set(ranked[:extra_passages])
    return {site.site_id: (2 if site.site_id in every_week else 1) * weeks // 2 for site in sites}


def problem_for(
    settings: Settings,
    territory: Territory,
    passages: Mapping[str, int] | None = None,
    *,
    weeks: int | None = None,
    allowed: Mapping[str, Collection[tuple[int, str]]] | None = None,
    pins: Mapping[str, Pin] | None = None,
    own_sessions: Mapping[str, Iterable[SessionChoice]] | None = None,
    weights: Mapping[str, float] | None = None,
    home_visits: Mapping[str, float] | None = None,
    stops_most: int = 2,
) -> PlanningProblem:
    """Say what the settings ask to be planned; see `planning_problem` for the parameters.

    `weeks` is by default that of `rounds.cycle`: four weeks for `four_weeks`, else a fortnight (the
    monthly calendar repeats it in the 3rd and 4th week of the month). `passages` is by default
    `usual_passages`. What the file `rounds.requirements` asks is added: its passages replace those of
    the sites visited, its half-days narrow those allowed.
    """
    rounds = settings.rounds
    asked = Requirements()
    if rounds.requirements is not None:
        asked = read_requirements(rounds.requirements, territory)
    if weeks is None:
        weeks = 4 if rounds.cycle == "four_weeks" or asked.four_weeks else 2
    if passages is None:
        passages = usual_passages(
            territory, weeks=weeks, reading=rounds.reading, extra_passages=rounds.extra_passages
        )
    usual = usual_sessions(settings.sessions)
    sessions = {
        site_id: (*hours, *(choice for choice in usual if choice.half_day not in {h.half_day for h in hours}))
        for site_id, hours in asked.own_sessions.items()
    }
    return planning_problem(
        territory,
        DrivingRules.from_settings(settings.day, settings.fleet.base_site or territory.depot),
        settings.sessions,
        rounds.vehicles,
        {
            site_id: asked.passages.get(site_id, number * 4 // weeks) * weeks // 4
            for site_id, number in passages.items()
        },
        weeks=weeks,
        stops_most=stops_most,
        own_sessions={**sessions, **(own_sessions or {})},
        allowed=_both(allowed or {}, asked.allowed),
        pins={**asked.pins, **(pins or {})},
        weights=weights,
        home_visits=home_visits,
        label_hours=settings.thresholds.label_hours_per_week,
    )


def _both(
    one: Mapping[str, Collection[tuple[int, str]]], other: Mapping[str, Collection[tuple[int, str]]]
) -> dict[str, Collection[tuple[int, str]]]:
    """The half-days that both leave to each site."""
    return {
        site_id: (
            set(one[site_id]) & set(other[site_id])
            if site_id in one and site_id in other
            else one.get(site_id, other.get(site_id, ()))
        )
        for site_id in {**one, **other}
    }


def plan_for(
    settings: Settings,
    territory: Territory,
    passages: Mapping[str, int] | None = None,
    *,
    weeks: int | None = None,
    allowed: Mapping[str, Collection[tuple[int, str]]] | None = None,
    pins: Mapping[str, Pin] | None = None,
    own_sessions: Mapping[str, Iterable[SessionChoice]] | None = None,
    weights: Mapping[str, float] | None = None,
    home_visits: Mapping[str, float] | None = None,
    stops_most: int = 2,
    effort: Effort | None = None,
) -> PlanningResult:
    """Plan what the settings ask for; shipped and earlier plans are used as they are.

    Raises
    ------
    InputError
        When something named does not exist, or there are no such rounds: the message then holds
        requirements that cannot be met together, none of them superfluous.
    """
    problem = problem_for(
        settings,
        territory,
        passages,
        weeks=weeks,
        allowed=allowed,
        pins=pins,
        own_sessions=own_sessions,
        weights=weights,
        home_visits=home_visits,
        stops_most=stops_most,
    )
    return planned_rounds(problem, territory.folder / "rounds", effort)
