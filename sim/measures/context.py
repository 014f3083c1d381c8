"""What measures need beside the facts: the scenario's settings, the place, and what a year costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import DAY_S, YEAR_DAYS
from sim.scenarios.budget import RunningCost, running_cost
from sim.settings import Settings
from sim.territory import Territory
from sim.territory.roads import commune_to_points, commune_to_sites
from sim.territory.territory import RoundStop

__all__ = [
    "DAY_S",
    "HOURS_WITHIN_MIN",
    "NEVER",
    "YEAR_DAYS",
    "MeasureContext",
    "Months",
    "Near",
    "Weeks",
    "measure_context",
    "months_of",
    "weeks_of",
]

# A day beyond any horizon: open for ever.
NEVER = 2**40
# An hour counts as accessible within this drive: the reference of the national programme.
HOURS_WITHIN_MIN = 20
# Communes whose access is looked at together: bounds the memory of a large territory.
_BLOCK = 512

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Near(NamedTuple):
    """Pairs of a commune and an access point: those of commune c are `start[c]:start[c + 1]`, by point.

    `minutes` by car; `own` tells the points that stand in the commune.
    """

    start: Ints
    point: Ints
    minutes: Floats
    own: Bools


@dataclass(frozen=True, eq=False)
class MeasureContext:
    """The scenario and the place as arrays. Communes, sites: in the order of the territory.

    An access point is, in this order: a site; a fixed structure outside the communes of the rounds; one
    fixed structure per commune of the rounds, which opens when `Facts.fixed_opens` says so; another
    round of the territory.

    Attributes
    ----------
    settings
        The scenario's.
    communes
        INSEE codes, C of them.
    population
        Inhabitants, shape (C,).
    sites
        Ids, S of them.
    site_communes
        Commune of each site, shape (S,).
    itinerant
        Communes with at least one site, sorted, shape (K,).
    near
        The access points that can matter to each commune; `minutes` and `own` are the whole tables.
    fixed_dates
        Half-open days in which the structures outside the rounds are open, shape (F, 2).
    fixed_hours_per_month
        Of one fixed structure.
    round_hours_per_month
        Of each other round's nearest stop, shape (R,).
    cost
        What a year costs.
    """

    settings: Settings
    communes: tuple[str, ...]
    population: Floats
    sites: tuple[str, ...]
    site_communes: Ints
    itinerant: Ints
    near: Near
    fixed_dates: Ints
    fixed_hours_per_month: float
    round_hours_per_month: Floats
    cost: RunningCost
    territory: Territory

    @cached_property
    def minutes(self) -> Floats:
        """By car from each commune to each access point, shape (C, P), P = S + F + K + R."""
        return access_rows(self.territory, slice(None))[0]

    @cached_property
    def own(self) -> Bools:
        """Whether an access point stands in the commune, shape (C, P)."""
        return access_rows(self.territory, slice(None))[1]

    @property
    def largest(self) -> int:
        """Position of the most populated commune that has a site."""
        return int(self.itinerant[np.argmax(self.population[self.itinerant])])


def measure_context(settings: Settings, territory: Territory) -> MeasureContext:
    """The context of one scenario, made once and used for all its replications."""
    demand = settings.demand
    opens = [(territory.fixed[i].opens - settings.run.horizon.start).days for i in _outside(territory)]
    fixed_dates = np.array([(day, NEVER) for day in opens], np.int64).reshape(-1, 2)
    rounds = _rounds(territory)
    round_hours = np.array(
        [
            sum(stop.half_days_per_cycle for stop in stops)
            / len({stop.insee_code for stop in stops})
            * demand.round_half_day_h
            * YEAR_DAYS
            / 14
            / 12
            for stops in rounds.values()
        ],
        np.float64,
    )
    itinerant = np.unique(territory.site_communes)
    always = np.zeros(len(territory.sites) + len(opens) + len(itinerant) + len(rounds), np.bool_)
    always[len(territory.sites) :][: len(opens)] = fixed_dates[:, 0] <= 0
    always[len(always) - len(rounds) :] = True
    return MeasureContext(
        settings=settings,
        communes=tuple(c.insee_code for c in territory.communes),
        population=territory.population.astype(np.float64),
        sites=tuple(s.site_id for s in territory.sites),
        site_communes=territory.site_communes,
        itinerant=itinerant,
        near=_near(territory, always),
        fixed_dates=fixed_dates,
        fixed_hours_per_month=demand.fixed_hours_per_week * YEAR_DAYS / 7 / 12,
        round_hours_per_month=round_hours,
        cost=running_cost(settings),
        territory=territory,
    )


def _outside(territory: Territory) -> list[int]:
    """The fixed structures outside the communes of the rounds."""
    return [i for i, structure in enumerate(territory.fixed) if not structure.in_itinerant_commune]


def _rounds(territory: Territory) -> dict[str, list[RoundStop]]:
    """The stops of each other round."""
    stops: dict[str, list[RoundStop]] = {}
    for stop in territory.other_rounds:
        stops.setdefault(stop.round_id, []).append(stop)
    return stops


def access_rows(territory: Territory, communes: slice) -> tuple[Floats, Bools]:
    """Minutes to every access point, and whether it stands in the commune, for some communes."""
    outside, itinerant = _outside(territory), np.unique(territory.site_communes)
    points = territory.commune_points
    to_sites, _ = commune_to_sites(territory, communes)
    to_fixed, _ = commune_to_points(
        territory, territory.fixed_points[outside, 0], territory.fixed_points[outside, 1], communes
    )
    to_inside, _ = commune_to_points(territory, points[itinerant, 0], points[itinerant, 1], communes)
    rows = np.arange(len(points))[communes, None]
    minutes = [to_sites, to_fixed, to_inside]
    fixed = np.array([territory.commune_position[territory.fixed[i].insee_code] for i in outside], np.int64)
    own = [rows == territory.site_communes, rows == fixed, rows == itinerant]
    for stops in _rounds(territory).values():
        at = np.array([territory.commune_position[stop.insee_code] for stop in stops], np.int64)
        to_stops, _ = commune_to_points(territory, points[at, 0], points[at, 1], communes)
        minutes.append(to_stops.min(axis=1, keepdims=True))
        own.append((rows == at).any(axis=1, keepdims=True))
    return np.concatenate(minutes, axis=1), np.concatenate(own, axis=1)


def _near(territory: Territory, always: Bools) -> Near:
    """The points that can matter, found in blocks of communes.

    They are the own ones, those within `HOURS_WITHIN_MIN`, and all no further than the nearest that is
    always on offer: on no day is one beyond it the nearest.
    """
    counts, points, minutes, own = [], [], [], []
    communes = len(territory.communes)
    for first in range(0, communes, _BLOCK):
        to_points, inside = access_rows(territory, slice(first, first + _BLOCK))
        most = to_points[:, always].min(axis=1, initial=np.inf)
        kept = (to_points <= np.maximum(most, HOURS_WITHIN_MIN)[:, None]) | inside
        counts.append(kept.sum(axis=1))
        points.append(np.nonzero(kept)[1])
        minutes.append(to_points[kept])
        own.append(inside[kept])
    start = np.concatenate(([0], np.cumsum(np.concatenate(counts))))
    return Near(start, np.concatenate(points), np.concatenate(minutes), np.concatenate(own))


@dataclass(frozen=True, eq=False)
class Months:
    """Calendar months of a horizon: their names (`2021-07`) and the month of each day."""

    names: tuple[str, ...]
    of_day: Ints
    years: Ints


@dataclass(frozen=True, eq=False)
class Weeks:
    """ISO weeks that a horizon touches.

    `mondays` names each by its Monday; `of_day` gives the week of each day; `complete` tells the weeks
    whose Monday to Friday all lie in the horizon.
    """

    mondays: tuple[str, ...]
    of_day: Ints
    complete: Bools


@lru_cache(maxsize=32)
def months_of(first_day: int, days: int) -> Months:
    """The months of a horizon that starts on a proleptic Gregorian ordinal."""
    dates = [date.fromordinal(first_day + i) for i in range(days)]
    names = [f"{d:%Y-%m}" for d in dates]
    unique = tuple(dict.fromkeys(names))
    position = {name: i for i, name in enumerate(unique)}
    return Months(
        unique, np.array([position[n] for n in names], np.int64), np.array([d.year for d in dates], np.int64)
    )


@lru_cache(maxsize=32)
def weeks_of(first_day: int, days: int) -> Weeks:
    """The ISO weeks of a horizon that starts on a proleptic Gregorian ordinal."""
    first = date.fromordinal(first_day)
    monday = first - timedelta(days=first.weekday())
    of_day = (np.arange(days) + first.weekday()) // 7
    count = int(of_day[-1]) + 1
    begins = np.arange(count) * 7 - first.weekday()
    return Weeks(
        tuple((monday + timedelta(weeks=w)).isoformat() for w in range(count)),
        of_day,
        (begins >= 0) & (begins + 4 < days),
    )
