"""What residents may choose among, by date: the attraction of every alternative, epoch by epoch.

V = ln(multiplier × hours a month^β) − ln 2 · minutes / halving, within reach (section 4 of the model);
an epoch begins when anything about the offer changes.
"""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.models.access import GIVES_UP, PERMANENCE, ROUND, Access
from sim.models.driving import Roads, places_minutes
from sim.models.plan import OfferByDate
from sim.scenarios.exits import ResolvedExits
from sim.scenarios.published import RoundsInForce, passages_a_month
from sim.scenarios.tours import Rounds
from sim.settings import Settings
from sim.territory.territory import Territory
from sim.world import world_calendar

__all__ = ["FAR_FUTURE", "expected_persons", "offer_by_date"]

FAR_FUTURE = 1 << 40
FORTNIGHTS_A_MONTH = 365.25 / 14 / 12


class _Places(NamedTuple):
    """Where and when the alternatives that are no permanence stand; hours a month of rounds' stops."""

    opens: NDArray[np.int64]
    closes: NDArray[np.int64]
    points: dict[int, list[tuple[float, float]]]
    stop_hours: dict[int, list[float]]


def offer_by_date(
    settings: Settings,
    territory: Territory,
    access: Access,
    roads: Roads,
    in_force: tuple[RoundsInForce, ...],
    exits: ResolvedExits,
) -> OfferByDate:
    """exp(−V) of every entry by epoch: V = ln(m · hours^β) − ln 2 · minutes / halving (section 4)."""
    demand = settings.demand
    days = len(world_calendar(settings).weekday)
    places = _other_places(settings, territory, access, exits)
    cuts = {0, *(p.from_day for p in in_force)}
    cuts |= set(places.opens.tolist()) | set(places.closes.tolist())
    epochs = sorted({max(c, 0) for c in cuts if c < days})
    cost = np.full((len(epochs), len(access.entry_alternative)), np.inf)
    minutes = np.full(len(access.entry_alternative), np.inf)
    cost[:, access.kind[access.entry_alternative] == GIVES_UP] = np.exp(-demand.gives_up_constant)
    site_hours = [_hours_a_month(p.rounds, settings.rounds.cycle) for p in in_force]
    hours_of_epoch = [
        site_hours[max(i for i, p in enumerate(in_force) if p.from_day <= first)] for first in epochs
    ]
    fixed_hours = demand.fixed_hours_per_week * 365.25 / 7 / 12
    for a, name in enumerate(access.ids[:-1]):
        entries = np.flatnonzero(access.entry_alternative == a)
        home = territory.commune_points[access.entry_commune[entries]]
        if access.kind[a] == PERMANENCE:
            sites = territory.sites_of(name.partition(":")[2])
            to = places_minutes(roads, home, np.array([(s.latitude, s.longitude) for s in sites]))
            minutes[entries] = to.min(axis=1)
            for e, hours_of in enumerate(hours_of_epoch):
                hours = np.array([hours_of.get(s.site_id, 0.0) for s in sites])
                if hours.sum() > 0:
                    near = to[:, hours > 0].min(axis=1)
                    cost[e, entries] = _cost(settings, demand.multiplier_permanence, hours.sum(), near)
        elif a in places.points:
            to = places_minutes(roads, home, np.array(places.points[a]))
            minutes[entries] = near = to.min(axis=1)
            if access.kind[a] == ROUND:
                hours = np.array(places.stop_hours[a])[to.argmin(axis=1)]
                cost[:, entries] = _cost(settings, demand.multiplier_permanence, hours, near)
                continue
            on = [e for e, first in enumerate(epochs) if places.opens[a] <= first < places.closes[a]]
            cost[np.ix_(np.array(on, np.int64), entries)] = _cost(
                settings, demand.multiplier_fixed, fixed_hours, near
            )
    position = {name: i for i, name in enumerate(access.ids)}
    epoch_of_day = np.searchsorted(np.array(epochs), np.arange(days), side="right") - 1
    return OfferByDate(
        entry_minutes=minutes,
        cost=cost,
        epoch_of_day=epoch_of_day,
        fixed_from=places.opens,
        fixed_until=places.closes,
        alternative_of_site=np.array(
            [position[f"permanence:{s.insee_code}"] for s in territory.sites], np.int64
        ),
        network=_network(cost[:, access.kind[access.entry_alternative] != PERMANENCE], epoch_of_day),
    )


def _network(cost: NDArray[np.float64], epoch_of_day: NDArray[np.int64]) -> bytes:
    """A digest of the costs of every day, the same however the days are cut into epochs."""
    rows: dict[bytes, int] = {}
    row_of_epoch = np.array([rows.setdefault(row.tobytes(), len(rows)) for row in cost], np.int64)
    return blake2b(b"".join(rows) + row_of_epoch[epoch_of_day].tobytes(), digest_size=16).digest()


def _cost(
    settings: Settings, multiplier: float, hours: float | NDArray[np.float64], minutes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """exp(−V), infinite beyond reach."""
    demand = settings.demand
    cost = 2.0 ** (minutes / demand.halving_min) / (multiplier * hours**demand.beta_hours)
    return np.where(minutes <= demand.reach_min, cost, np.inf)


def _other_places(settings: Settings, territory: Territory, access: Access, exits: ResolvedExits) -> _Places:
    """Fixed structures outside the communes of the rounds on their real dates, label structures, rounds."""
    calendar = world_calendar(settings)
    position = {name: i for i, name in enumerate(access.ids)}
    opens = np.full(len(access.ids), FAR_FUTURE, np.int64)
    closes = np.full(len(access.ids), FAR_FUTURE, np.int64)
    points: dict[int, list[tuple[float, float]]] = {}
    stop_hours: dict[int, list[float]] = {}
    for structure in territory.fixed:
        if not structure.in_itinerant_commune:
            a = position[f"fixed:{structure.id_fs}"]
            opens[a] = calendar.day(structure.opens)
            points[a] = [(structure.latitude, structure.longitude)]
    for label in exits.structures:
        a = position[label.alternative]
        opens[a] = calendar.day(label.opens)
        closes[a] = FAR_FUTURE if label.closes is None else calendar.day(label.closes)
        points[a] = [(label.latitude, label.longitude)]
    half_day = settings.demand.round_half_day_h * FORTNIGHTS_A_MONTH
    for stop in territory.other_rounds:
        a = position[f"round:{stop.round_id}"]
        home = territory.commune(stop.insee_code)
        point = (home.latitude, home.longitude)
        hours = stop_hours.setdefault(a, [])
        if point not in points.setdefault(a, []):
            points[a].append(point)
            hours.append(0.0)
        hours[points[a].index(point)] += stop.half_days_per_cycle * half_day
    return _Places(opens, closes, points, stop_hours)


def _hours_a_month(rounds: Rounds, cycle: str) -> dict[str, float]:
    """Announced hours a month at each site."""
    hours: dict[str, float] = defaultdict(float)
    month = passages_a_month(rounds.cycle_weeks, cycle)
    for stop in rounds.stops:
        hours[stop.site_id] += month * (stop.close_s - stop.open_s) / 3600
    return hours


def expected_persons(
    settings: Settings, territory: Territory, access: Access, offer: OfferByDate
) -> dict[str, float]:
    """Persons a year expected at each commune's permanences once everybody knows them, by INSEE code.

    With the offer of the last epoch, average places and no season: what a planner may know beforehand.
    """
    demand = settings.demand
    yearly = territory.population * demand.share_in_difficulty * demand.needs_per_person_per_year
    weight = 1.0 / offer.cost[-1]
    start = access.entry_start[:-1]
    share = weight / np.repeat(np.add.reduceat(weight, start), np.diff(access.entry_start))
    persons = np.bincount(
        access.entry_alternative, weights=share * yearly[access.entry_commune], minlength=len(access.ids)
    )
    return {
        access.ids[a].partition(":")[2]: float(persons[a]) for a in np.flatnonzero(access.kind == PERMANENCE)
    }
