"""What measures need beside the facts: the scenario's settings, the place, and what a year costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.clock import DAY_S, YEAR_DAYS
from sim.scenarios.budget import RunningCost, running_cost
from sim.settings import Settings
from sim.territory import Territory
from sim.territory.roads import commune_to_fixed, commune_to_sites, formula

__all__ = [
    "DAY_S",
    "YEAR_DAYS",
    "MeasureContext",
    "Months",
    "Weeks",
    "measure_context",
    "months_of",
    "weeks_of",
]

# A day beyond any horizon: open for ever.
NEVER = 2**40

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


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
    minutes
        By car from each commune to each access point, shape (C, P), P = S + F + K + R.
    own
        Whether an access point stands in the commune, shape (C, P).
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
    minutes: Floats
    own: Bools
    fixed_dates: Ints
    fixed_hours_per_month: float
    round_hours_per_month: Floats
    cost: RunningCost

    @property
    def largest(self) -> int:
        """Position of the most populated commune that has a site."""
        return int(self.itinerant[np.argmax(self.population[self.itinerant])])


def measure_context(settings: Settings, territory: Territory) -> MeasureContext:
    """The context of one scenario, made once and used for all its replications."""
    start = settings.run.horizon.start
    outside = [i for i, structure in enumerate(territory.fixed) if not structure.in_itinerant_commune]
    itinerant = np.unique(territory.site_communes)
    rounds = list(dict.fromkeys(stop.round_id for stop in territory.other_rounds))
    communes = len(territory.communes)

    to_sites, _ = commune_to_sites(territory)
    to_fixed, _ = commune_to_fixed(territory)
    points = territory.commune_points
    stopped_at = [territory.commune_position[stop.insee_code] for stop in territory.other_rounds]
    reached = np.union1d(itinerant, np.array(stopped_at, np.int64))
    to_reached, _ = formula(
        territory.travel,
        points[:, 0, None],
        points[:, 1, None],
        points[None, reached, 0],
        points[None, reached, 1],
    )
    to_rounds = np.empty((communes, len(rounds)))
    round_own = np.zeros((communes, len(rounds)), np.bool_)
    round_hours = np.empty(len(rounds))
    for r, name in enumerate(rounds):
        stops = [stop for stop in territory.other_rounds if stop.round_id == name]
        at = [territory.commune_position[stop.insee_code] for stop in stops]
        to_rounds[:, r] = to_reached[:, np.searchsorted(reached, at)].min(axis=1)
        round_own[at, r] = True
        half_days = sum(stop.half_days_per_cycle for stop in stops) / len(set(at))
        round_hours[r] = half_days * settings.demand.round_half_day_h * YEAR_DAYS / 14 / 12

    fixed_communes = [territory.commune_position[territory.fixed[i].insee_code] for i in outside]
    everyone = np.arange(communes)[:, None]
    return MeasureContext(
        settings=settings,
        communes=tuple(c.insee_code for c in territory.communes),
        population=territory.population.astype(np.float64),
        sites=tuple(s.site_id for s in territory.sites),
        site_communes=territory.site_communes,
        itinerant=itinerant,
        minutes=np.concatenate(
            [to_sites, to_fixed[:, outside], to_reached[:, np.searchsorted(reached, itinerant)], to_rounds],
            axis=1,
        ),
        own=np.concatenate(
            [
                everyone == territory.site_communes,
                everyone == np.array(fixed_communes, np.int64),
                everyone == itinerant,
                round_own,
            ],
            axis=1,
        ),
        fixed_dates=np.array(
            [((territory.fixed[i].opens - start).days, NEVER) for i in outside], np.int64
        ).reshape(-1, 2),
        fixed_hours_per_month=settings.demand.fixed_hours_per_week * YEAR_DAYS / 7 / 12,
        round_hours_per_month=round_hours,
        cost=running_cost(settings),
    )


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
