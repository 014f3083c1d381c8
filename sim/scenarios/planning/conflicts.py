"""Why there are no rounds: a set of requirements that cannot hold together, none of which is superfluous."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from sim.clock import DAY_S
from sim.problems import Problem, Said
from sim.scenarios.planning.problem import WORKING_WEEK, PlannedSite, PlannedVehicle, PlanningProblem
from sim.scenarios.planning.reach import far_sites, remedy
from sim.scenarios.planning.selection import Effort, select_tours
from sim.scenarios.tours import clock

__all__ = ["Conflict", "Requirement", "find_conflict", "relax", "requirements_of", "why_infeasible"]

Kind = Literal["visit", "allowed", "pin", "vehicles", "duty", "handling", "stops"]
# Half a second of solving for each question: what is not proven impossible counts as possible.
CHECK = Effort(nodes=2000)
# More sites than this, of which nothing is asked but a visit, are said in one clause.
MANY_SITES = 4
_MOST_NAMED = 3
WEEKDAYS_FR = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
HALVES_FR = {"morning": "matin", "afternoon": "après-midi"}


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something asked of the rounds: of one site, or of every day when `site_id` is empty."""

    kind: Kind
    site_id: str = ""


@dataclass(frozen=True)
class Conflict:
    """Requirements of a problem that cannot hold together; without any one of them, rounds exist."""

    problem: PlanningProblem
    requirements: tuple[Requirement, ...]

    def words(self, language: Literal["fr", "en"]) -> tuple[str, ...]:
        """Say the requirements: a clause a site or a rule, and one for many sites that are only visited."""
        clauses, only_visited = [], []
        for site in self.problem.sites:
            kinds = {item.kind for item in self.requirements if item.site_id == site.site_id}
            if kinds == {"visit"}:
                only_visited.append(site)
            elif kinds:
                clauses.append(_site_words(site, kinds, self.problem.weeks, language))
        if len(only_visited) > MANY_SITES:
            clauses.append(_visits_words(only_visited, self.problem.weeks, language))
        else:
            clauses += [_site_words(site, {"visit"}, self.problem.weeks, language) for site in only_visited]
        clauses += [
            _rule_words(item.kind, self.problem, language) for item in self.requirements if not item.site_id
        ]
        return tuple(clauses)


def requirements_of(problem: PlanningProblem) -> tuple[Requirement, ...]:
    """Everything asked, in the order in which one tries to do without it."""
    asked = [Requirement("duty"), Requirement("handling"), Requirement("stops")]
    asked += [Requirement("visit", site.site_id) for site in problem.sites]
    asked += [Requirement("allowed", site.site_id) for site in problem.sites if site.allowed is not None]
    asked += [Requirement("pin", site.site_id) for site in problem.sites if site.pin != type(site.pin)()]
    asked.append(Requirement("vehicles"))
    return tuple(asked)


def relax(problem: PlanningProblem, kept: frozenset[Requirement]) -> PlanningProblem:
    """The problem with these requirements only."""
    sites = tuple(
        replace(
            site,
            allowed=site.allowed if Requirement("allowed", site.site_id) in kept else None,
            pin=site.pin if Requirement("pin", site.site_id) in kept else type(site.pin)(),
        )
        for site in problem.sites
    )
    limits = problem.limits
    if Requirement("duty") not in kept:
        limits = replace(
            limits,
            duty_start_s=-DAY_S,
            duty_end_s=2 * DAY_S,
            duty_most_s=3 * DAY_S,
            amplitude_most_s=3 * DAY_S,
        )
    if Requirement("handling") not in kept:
        limits = replace(limits, setup_s=0, pack_s=0, buffer_s=0, lunch_s=0)
    if Requirement("stops") not in kept:
        limits = replace(limits, stops_most=max(limits.stops_most, 3))
    vehicles = problem.vehicles
    if Requirement("vehicles") not in kept:
        days = tuple(sorted({*WORKING_WEEK, *problem.weekdays}))
        vehicles = tuple(replace(vehicle, weekdays=days) for vehicle in vehicles)
        vehicles += tuple(
            PlannedVehicle(f"more {i}", problem.vehicles[0].base, days) for i in range(problem.half_days)
        )
    relaxed = replace(problem, sites=sites, limits=limits, vehicles=vehicles)
    gone = {site.site_id for site in problem.sites if Requirement("visit", site.site_id) not in kept}
    return relaxed.without(frozenset(gone))


def _impossible(problem: PlanningProblem) -> bool:
    """Whether it is proven that there are no rounds."""
    return bool(problem.sites) and select_tours(problem, CHECK, feasibility_only=True).proven_infeasible


def find_conflict(
    problem: PlanningProblem, impossible: Callable[[PlanningProblem], bool] = _impossible
) -> Conflict | None:
    """An irreducible set of requirements that cannot hold together, by a deletion filter.

    Each requirement in turn is left out for good when the others remain impossible without it
    (Chinneck and Dravnieks 1991), in blocks first, then one by one.

    Returns
    -------
    Conflict or None
        None when the problem is not proven impossible.
    """
    if not impossible(problem):
        return None
    kept = list(requirements_of(problem))
    size = max(1, len(kept) // 2)
    while True:
        start = 0
        while start < len(kept):
            rest = kept[:start] + kept[start + size :]
            if impossible(relax(problem, frozenset(rest))):
                kept = rest
            else:
                start += size
        if size == 1:
            return Conflict(problem, tuple(kept))
        size = max(1, size // 2)


def why_infeasible(problem: PlanningProblem, proven: bool) -> list[Problem]:
    """Say why planning failed, as a problem of the input."""
    conflict = find_conflict(problem) if proven else None
    if conflict is None:
        sites, vehicles = len(problem.sites), len(problem.vehicles)
        return [
            Problem(
                "rounds",
                f"none within the effort allowed, for {sites} sites and {vehicles} vehicles",
                "fewer constraints, more vehicles, or a longer search",
                found_fr=f"aucune tournée dans le temps accordé, pour {sites} sites et {vehicles} véhicules",
                expected_fr="moins de contraintes, plus de véhicules, ou une recherche plus longue",
            )
        ]
    found = Said(
        "requirements that cannot hold together: " + "; ".join(conflict.words("en")),
        "des exigences incompatibles : " + " ; ".join(conflict.words("fr")),
    )
    expected = Said(
        "one of them loosened (without any one of them, rounds exist)",
        "d'en assouplir une (sans l'une quelconque d'entre elles, des tournées existent)",
    )
    far = far_sites(problem)
    if not far or not any(item.kind == "duty" for item in conflict.requirements):
        return [_problem(found, expected)]
    names = ", ".join(problem.sites[site.site].name for site in far)
    found = Said(
        f"{found}. Out of reach of every vehicle in this window, at these hours: {names}",
        f"{found.fr}. Hors d'atteinte de tout véhicule dans cette fenêtre, à ces horaires : {names}",
    )
    way = remedy(problem, far)
    if way is None:
        return [_problem(found, expected)]
    return [
        _problem(
            found,
            Said(
                f"{way}, which is enough for all of them; or other hours (sessions)",
                f"{way.fr}, ce qui suffit pour tous ; ou d'autres horaires (sessions)",
            ),
        )
    ]


def _problem(found: Said, expected: Said) -> Problem:
    return Problem(
        "rounds",
        str(found),
        str(expected),
        expected_fr=expected.fr,
        found_fr=found.fr,
        where_fr="tournées",
    )


def _visits_words(sites: list[PlannedSite], weeks: int, language: Literal["fr", "en"]) -> str:
    number = sum(site.passages for site in sites)
    names = _some([site.name for site in sites], language)
    if language == "fr":
        return f"{number} passages en {weeks} semaines ({names})"
    return f"{number} passages in {weeks} weeks ({names})"


def _some(names: list[str], language: Literal["fr", "en"]) -> str:
    """The first few names, and how many others there are."""
    others = len(names) - _MOST_NAMED
    if others < 2:
        return ", ".join(names)
    tail = f" et {others} autres" if language == "fr" else f" and {others} others"
    return ", ".join(names[:_MOST_NAMED]) + tail


def _site_words(site: PlannedSite, kinds: set[Kind], weeks: int, language: Literal["fr", "en"]) -> str:
    french = language == "fr"
    words = [site.name]
    if french:
        words.append(f"{site.passages} passage{'s' if site.passages > 1 else ''} en {weeks} semaines")
    else:
        words.append(f"{site.passages} passage{'s' if site.passages > 1 else ''} in {weeks} weeks")
    if "allowed" in kinds and site.allowed is not None:
        when = [
            f"{WEEKDAYS_FR[day - 1]} {HALVES_FR[half]}" if french else f"{WEEKDAYS_EN[day - 1]} {half}"
            for day, half in sorted(site.allowed, key=lambda cell: (cell[0], cell[1] != "morning"))
        ]
        words.append(("seulement le " if french else "only on ") + ", ".join(when) if when else "no half-day")
    if "pin" in kinds:
        pin, fixed = site.pin, []
        if pin.week is not None:
            fixed.append(f"semaine {pin.week}" if french else f"week {pin.week}")
        if pin.weekday is not None:
            fixed.append((WEEKDAYS_FR if french else WEEKDAYS_EN)[pin.weekday - 1])
        if pin.half_day is not None:
            fixed.append(HALVES_FR[pin.half_day] if french else pin.half_day)
        if pin.vehicle is not None:
            fixed.append(f"véhicule {pin.vehicle}" if french else f"vehicle {pin.vehicle}")
        words.append(("fixé : " if french else "fixed: ") + " ".join(fixed))
    return ", ".join(words)


def _rule_words(kind: Kind, problem: PlanningProblem, language: Literal["fr", "en"]) -> str:
    limits, french = problem.limits, language == "fr"
    start, end = clock(limits.duty_start_s), clock(limits.duty_end_s)
    duty, amplitude = limits.duty_most_s / 3600, limits.amplitude_most_s / 3600
    setup, pack, buffer, lunch = (
        f"{seconds / 60:g}" for seconds in (limits.setup_s, limits.pack_s, limits.buffer_s, limits.lunch_s)
    )
    if kind == "duty":
        if french:
            return (
                f"départ de la base à {start} au plus tôt et retour à {end} au plus tard, "
                f"{duty:g} h de travail et {amplitude:g} h d'amplitude au plus"
            )
        return (
            f"leaving the base at {start} or later and back by {end}, at most {duty:g} h of duty "
            f"and {amplitude:g} h of amplitude"
        )
    if kind == "handling":
        if french:
            return f"{setup} min d'installation, {buffer} de marge, {pack} de rangement, {lunch} de déjeuner"
        return f"{setup} min of set-up, {buffer} of buffer, {pack} of packing, {lunch} of lunch"
    if kind == "stops":
        most = limits.stops_most
        return f"{most} arrêts par jour au plus" if french else f"at most {most} stops a day"
    return _vehicle_words(problem, french=french)


def _vehicle_words(problem: PlanningProblem, *, french: bool) -> str:
    number = len(problem.vehicles)
    if french:
        text = "un seul véhicule" if number == 1 else f"{number} véhicules seulement"
    else:
        text = "one vehicle only" if number == 1 else f"{number} vehicles only"
    partial = []
    for vehicle in problem.vehicles:
        if set(vehicle.weekdays) != set(WORKING_WEEK):
            names = WEEKDAYS_FR if french else WEEKDAYS_EN
            partial.append(
                f"{vehicle.name} : " + ", ".join(names[day - 1] for day in sorted(vehicle.weekdays))
            )
    return text + (f" ({' ; '.join(partial)})" if partial else "")
