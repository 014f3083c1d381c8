"""From a territory and settings to a planning problem."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import floor
from typing import TYPE_CHECKING

import numpy as np

from sim.clock import DAY_S
from sim.problems import Problems, Said, nearest
from sim.scenarios.planning.problem import (
    HALF_DAYS,
    WORKING_WEEK,
    DayLimits,
    Pin,
    PlannedSite,
    PlannedVehicle,
    PlanningProblem,
    SessionChoice,
)
from sim.scenarios.tours import DrivingRules
from sim.territory.roads import commune_to_sites
from sim.territory.territory import Territory

if TYPE_CHECKING:
    from sim.settings import Sessions

__all__ = ["planning_problem", "usual_sessions"]


def usual_sessions(sessions: Sessions) -> tuple[SessionChoice, ...]:
    """The hours of the settings as the two choices of every site."""
    return (
        SessionChoice("morning", sessions.morning.opens, sessions.morning.closes),
        SessionChoice("afternoon", sessions.afternoon.opens, sessions.afternoon.closes),
    )


def planning_problem(
    territory: Territory,
    rules: DrivingRules,
    sessions: Sessions,
    vehicles: int | Mapping[str, str],
    passages: Mapping[str, int] | None = None,
    *,
    weeks: int = 2,
    stops_most: int = 2,
    own_sessions: Mapping[str, Iterable[SessionChoice]] | None = None,
    allowed: Mapping[str, Collection[tuple[int, str]]] | None = None,
    pins: Mapping[str, Pin] | None = None,
    weights: Mapping[str, float] | None = None,
    home_visits: Mapping[str, float] | None = None,
    vehicle_weekdays: Mapping[str, Collection[int]] | None = None,
    label_hours: float = 24.0,
) -> PlanningProblem:
    """Say what is to be planned on a territory.

    Parameters
    ----------
    territory
        Sites, matrices, communes.
    rules
        Buffers, lunch, duty bounds, and the base of vehicles that name none.
    sessions
        Usual hours of a morning and of an afternoon.
    vehicles
        How many (V1 to Vn, at `rules.base_site`), or the base site of each by name.
    passages
        Passages per cycle by site_id; a site that is absent or has 0 is not visited. By default every
        site once a fortnight.
    weeks
        Weeks of the cycle: 2 or 4.
    stops_most
        The most stops of a day; three only fit where sessions are short.
    own_sessions
        Sites whose hours differ, or may be chosen among several.
    allowed
        (weekday, half_day) pairs when the room of a site is free.
    pins
        What is fixed beforehand.
    weights
        Persons expected by site_id; by default the population of its commune, shared by its sites.
    home_visits
        Expected requests by INSEE code; by default population × share aged 75 and over.
    vehicle_weekdays
        Weekdays on which a vehicle is driven, when not Monday to Friday.
    label_hours
        Hours a week with a desk open that the label asks for.

    Raises
    ------
    InputError
        With every name, weekday, half-day or number that cannot be.
    """
    if passages is None:
        passages = {site.site_id: weeks // 2 for site in territory.sites}
    fleet = {f"V{i + 1}": rules.base_site for i in range(vehicles)} if isinstance(vehicles, int) else vehicles
    own_sessions, allowed, pins = own_sessions or {}, allowed or {}, pins or {}
    weights, vehicle_weekdays = weights or {}, vehicle_weekdays or {}
    problems = Problems()
    named = {
        "passages": passages,
        "hours of a site": own_sessions,
        "allowed half-days": allowed,
        "pins": pins,
    }
    _check_names(territory, fleet, named, problems)
    _check_when(weeks, passages, own_sessions, allowed, problems)
    _check_pins(pins, fleet, weeks, problems)
    problems.raise_if_any()
    visited = [site for site in territory.sites if passages.get(site.site_id, 0) > 0]
    places = [territory.site_position[site.site_id] for site in visited]
    bases = sorted({territory.site_position[base] for base in fleet.values()})
    rows = places + bases
    remoteness = _remoteness(territory, home_visits)
    usual = usual_sessions(sessions)
    return PlanningProblem(
        sites=tuple(
            PlannedSite(
                site_id=site.site_id,
                name=site.name,
                passages=passages[site.site_id],
                sessions=tuple(own_sessions.get(site.site_id, usual)),
                allowed=tuple(sorted(allowed[site.site_id])) if site.site_id in allowed else None,
                pin=pins.get(site.site_id, Pin()),
                weight=round(weights.get(site.site_id, _population(territory, site.insee_code)), 3),
                remoteness_min=round(float(remoteness[territory.site_position[site.site_id]]), 1),
            )
            for site in visited
        ),
        vehicles=tuple(
            PlannedVehicle(
                name,
                len(places) + bases.index(territory.site_position[base]),
                tuple(sorted(vehicle_weekdays.get(name, WORKING_WEEK))),
            )
            for name, base in fleet.items()
        ),
        limits=_limits(rules, stops_most),
        weeks=weeks,
        drive_s=tuple(tuple(floor(float(territory.minutes[a, b]) * 60 + 0.5) for b in rows) for a in rows),
        drive_km=tuple(tuple(round(float(territory.km[a, b]), 3) for b in rows) for a in rows),
        label_s=round(label_hours * 3600),
    )


def _limits(rules: DrivingRules, stops_most: int) -> DayLimits:
    setup, pack, buffer, lunch = (
        floor(minutes * 60 + 0.5)
        for minutes in (rules.setup_min, rules.pack_min, rules.buffer_min, rules.lunch_min)
    )
    return DayLimits(
        setup_s=setup,
        pack_s=pack,
        buffer_s=buffer,
        lunch_s=lunch,
        duty_start_s=rules.duty_start_s,
        duty_end_s=rules.duty_end_s,
        duty_most_s=floor(rules.duty_most_h * 3600),
        amplitude_most_s=floor(rules.amplitude_most_h * 3600),
        stops_most=stops_most,
    )


def _population(territory: Territory, insee_code: str) -> float:
    return territory.commune(insee_code).population / len(territory.sites_of(insee_code))


def _remoteness(territory: Territory, home_visits: Mapping[str, float] | None) -> np.ndarray:
    """Mean minutes from each site to where home visits are expected, shape (sites,)."""
    minutes, _ = commune_to_sites(territory)
    if home_visits is None:
        expected = territory.population * territory.share_75_plus
    else:
        expected = np.array([home_visits.get(c.insee_code, 0.0) for c in territory.communes])
    total = float(expected.sum())
    if total <= 0:
        return np.zeros(len(territory.sites))
    return np.asarray((minutes * expected[:, None]).sum(axis=0) / total)


def _check_names(
    territory: Territory, fleet: Mapping[str, str], ids: Mapping[str, Iterable[str]], problems: Problems
) -> None:
    """Every site named is one of the territory."""
    known = territory.site_position
    if not fleet:
        problems.add("vehicles", "none", "at least one vehicle", None, "au moins un véhicule", "aucun")
    for name, base in fleet.items():
        if base not in known:
            problems.add(
                f"base of {name}",
                f"'{base}'",
                "a site of the territory",
                nearest(base, known),
                "un site du territoire",
            )
    for what, named in ids.items():
        for site_id in named:
            if site_id not in known:
                problems.add(
                    what,
                    f"'{site_id}'",
                    "a site of the territory",
                    nearest(site_id, known),
                    "un site du territoire",
                )


def _check_when(
    weeks: int,
    passages: Mapping[str, int],
    own_sessions: Mapping[str, Iterable[SessionChoice]],
    allowed: Mapping[str, Collection[tuple[int, str]]],
    problems: Problems,
) -> None:
    """Numbers, hours and half-days are possible."""
    if weeks not in {2, 4}:
        problems.add("cycle", f"{weeks} weeks", "2 or 4 weeks", None, "2 ou 4 semaines", f"{weeks} semaines")
    for site_id, number in passages.items():
        if not 0 <= number <= weeks:
            problems.add(
                f"passages of {site_id}",
                number,
                f"0 to {weeks} in a cycle of {weeks} weeks",
                expected_fr=f"de 0 à {weeks} dans un cycle de {weeks} semaines",
            )
    for site_id, choices in own_sessions.items():
        for choice in choices:
            if choice.half_day not in HALF_DAYS or not 0 <= choice.open_s < choice.close_s <= DAY_S:
                problems.add(
                    f"hours of {site_id}",
                    choice,
                    "a morning or an afternoon that closes after it opens",
                    expected_fr="un matin ou un après-midi qui ferme après avoir ouvert",
                )
    for site_id, cells in allowed.items():
        for day, half in cells:
            if not 1 <= day <= 7 or half not in HALF_DAYS:
                problems.add(
                    f"allowed half-days of {site_id}",
                    f"{day} {half}",
                    "1 to 7 and morning or afternoon",
                    expected_fr="1 à 7, et matin ou après-midi",
                )


def _check_pins(pins: Mapping[str, Pin], fleet: Mapping[str, str], weeks: int, problems: Problems) -> None:
    """Pins name vehicles, weeks, weekdays and half-days that exist."""
    for site_id, pin in pins.items():
        at = Said(f"pin of {site_id}", f"demande pour {site_id}")
        if pin.vehicle is not None and pin.vehicle not in fleet:
            problems.add(
                at,
                f"vehicle '{pin.vehicle}'",
                f"one of {', '.join(fleet)}",
                nearest(pin.vehicle, fleet),
                f"un véhicule parmi {', '.join(fleet)}",
                f"véhicule « {pin.vehicle} »",
            )
        if pin.week is not None and not 1 <= pin.week <= weeks:
            problems.add(at, f"week {pin.week}", f"1 to {weeks}", None, f"1 à {weeks}", f"semaine {pin.week}")
        if pin.weekday is not None and not 1 <= pin.weekday <= 7:
            problems.add(
                at, f"weekday {pin.weekday}", "1 (Monday) to 7", None, "1 (lundi) à 7", f"jour {pin.weekday}"
            )
        if pin.half_day is not None and pin.half_day not in HALF_DAYS:
            problems.add(
                at,
                f"'{pin.half_day}'",
                "morning or afternoon",
                nearest(pin.half_day, HALF_DAYS),
                "morning (matin) ou afternoon (après-midi)",
            )
