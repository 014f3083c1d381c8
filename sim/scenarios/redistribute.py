"""Freed half-days given away: extra passages where persons × days waited is largest.

Decided once, before the simulation. Each freed half-day of a vehicle goes to the site, among those
its day can still reach and return from, whose commune gains most; a commune that received one waits
less, so the next goes elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from sim.scenarios.rounds_check import check_rounds
from sim.scenarios.tours import DrivingRules, Rounds, Stop
from sim.territory.territory import Territory

__all__ = ["redistribute"]


def redistribute(
    kept: Rounds,
    freed: tuple[Stop, ...],
    persons: Mapping[str, float],
    territory: Territory,
    rules: DrivingRules,
) -> Rounds:
    """The rounds with freed half-days used for extra passages.

    Parameters
    ----------
    kept
        The rounds without the communes that left.
    freed
        Their stops: each keeps its vehicle, week, weekday, half-day and hours and gets another site.
    persons
        Persons a year expected at each commune's permanences, by INSEE code.
    territory
        Sites and roads.
    rules
        What a vehicle-day must respect.

    Returns
    -------
    Rounds
        A freed half-day from which no site can be reached in time stays free.
    """
    stops = list(kept.stops)
    communes = {site_id: territory.site(site_id).insee_code for site_id in kept.sites()}
    passages = Counter(communes[s.site_id] for s in stops)
    names = sorted({s.vehicle for s in (*stops, *freed)})
    open_slots = sorted(freed, key=lambda s: (s.week, s.weekday, s.half_day != "morning", s.vehicle))
    days = 7 * kept.cycle_weeks
    while open_slots:
        best: tuple[float, str, int] | None = None
        for k, slot in enumerate(open_slots):
            for site_id, code in communes.items():
                here = [
                    s
                    for s in stops
                    if s.site_id == site_id and (s.week, s.weekday) == (slot.week, slot.weekday)
                ]
                gain = persons.get(code, 0.0) * days / (2 * passages[code])
                if here or (best is not None and (-gain, site_id, k) >= best):
                    continue
                if _drivable(
                    stops, replace(slot, site_id=site_id), names, territory, rules, kept.cycle_weeks
                ):
                    best = (-gain, site_id, k)
        if best is None:
            break
        _, site_id, k = best
        stops.append(replace(open_slots.pop(k), site_id=site_id))
        passages[communes[site_id]] += 1
    return Rounds(tuple(stops), kept.cycle_weeks)


def _drivable(
    stops: list[Stop],
    stop: Stop,
    names: list[str],
    territory: Territory,
    rules: DrivingRules,
    cycle_weeks: int,
) -> bool:
    """Whether the vehicle's day can take one more stop."""
    same = [s for s in stops if (s.week, s.weekday, s.vehicle) == (stop.week, stop.weekday, stop.vehicle)]
    day = Rounds((*same, stop), cycle_weeks)
    return not check_rounds(day, territory, rules, names, allow_missing=True, allow_inconsistent=True)
