"""Access: who lives how far from a desk, how many hours are in reach, how evenly people are served."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.compiled import njit
from sim.measures.context import HOURS_WITHIN_MIN, NEVER, YEAR_DAYS, Floats, Ints, MeasureContext, Near
from sim.measures.estimators import gini
from sim.measures.measure import Measure
from sim.models.facts import DESTINATIONS, Facts

__all__ = ["ACCESS", "Reach", "access", "point_dates", "reach_of"]

HELD = 0
ITINERANT, HOME, FIXED, MSA_ROUND = (
    DESTINATIONS.index(d) for d in ("itinerant", "home", "fixed", "msa_round")
)
WITHIN_MIN = (15, 20, 30)

ACCESS: tuple[Measure, ...] = (
    Measure(
        id="population_within_15",
        unit="%",
        formula=(
            "Inhabitants at most 15 minutes by car from a permanence on offer, an open fixed France "
            "Services or another round's stop, averaged over the days."
        ),
        denominator="inhabitants of the territory",
        direction=1,
        decimals=1,
        label_fr="Habitants à 15 minutes en voiture ou moins d'un accueil",
        label_en="Inhabitants within 15 minutes by car of a desk",
    ),
    Measure(
        id="population_within_20",
        unit="%",
        formula="The same within 20 minutes by car.",
        denominator="inhabitants of the territory",
        direction=1,
        decimals=1,
        label_fr="Habitants à 20 minutes en voiture ou moins d'un accueil",
        label_en="Inhabitants within 20 minutes by car of a desk",
    ),
    Measure(
        id="population_within_30",
        unit="%",
        formula="The same within 30 minutes by car.",
        denominator="inhabitants of the territory",
        direction=1,
        decimals=1,
        label_fr="Habitants à 30 minutes en voiture ou moins d'un accueil",
        label_en="Inhabitants within 30 minutes by car of a desk",
    ),
    Measure(
        id="population_in_own_commune",
        unit="%",
        formula=(
            "Inhabitants of communes with a permanence on offer, an open fixed France Services or another"
            " round's stop, averaged over the days."
        ),
        denominator="inhabitants of the territory",
        direction=1,
        decimals=1,
        label_fr="Habitants ayant un accueil dans leur commune",
        label_en="Inhabitants with a desk in their commune",
    ),
    Measure(
        id="accessible_hours",
        unit="hours a month",
        formula=(
            "Announced hours a month of held passages, fixed France Services and other rounds within 20 "
            "minutes by car, mean over inhabitants."
        ),
        denominator="inhabitants of the territory",
        direction=1,
        label_fr="Heures d'accueil par mois à 20 minutes en voiture ou moins",
        label_en="Hours open a month within 20 minutes by car",
    ),
    Measure(
        id="gini_served",
        unit="index from 0 to 1",
        formula=(
            "Gini index, weighted by population, of the persons served by the cell per 1 000 inhabitants "
            "of their commune of residence."
        ),
        denominator="communes of the territory",
        direction=-1,
        decimals=3,
        label_fr="Inégalité entre communes des personnes aidées par la cellule",
        label_en="Inequality between communes of persons served by the cell",
    ),
    Measure(
        id="gini_helped",
        unit="index from 0 to 1",
        formula="The same for the persons helped in all places.",
        denominator="communes of the territory",
        direction=-1,
        decimals=3,
        label_fr="Inégalité entre communes des personnes aidées, tous lieux",
        label_en="Inequality between communes of persons helped, all places",
    ),
    Measure(
        id="days_without_service",
        unit="days in all communes",
        formula=(
            "Days of the horizon without permanence on offer, open fixed France Services or other round, "
            "summed over the communes of the rounds."
        ),
        direction=-1,
        label_fr="Jours sans aucun service dans une commune des tournées",
        label_en="Days without any service in a commune of the rounds",
    ),
)


@dataclass(frozen=True, slots=True)
class Reach:
    """Access of each commune, averaged over the days of the horizon, shape (C,) each.

    Attributes
    ----------
    minutes
        By car to the nearest access point on offer; nan while there is none.
    within
        Share of days with an access point within `WITHIN_MIN`, shape (C, 3).
    own
        Share of days with an access point in the commune.
    hours
        Hours a month within `HOURS_WITHIN_MIN`.
    days_without
        Days without any service in the commune; nan for a commune that has no site.
    """

    minutes: Floats
    within: Floats
    own: Floats
    hours: Floats
    days_without: Floats


def reach_of(facts: Facts, context: MeasureContext) -> Reach:
    """Access from the dates on which permanences, fixed structures and other rounds are on offer."""
    dates = np.clip(point_dates(facts.site_dates, facts.fixed_opens, facts.first_day, context), 0, facts.days)
    cuts = np.unique(np.concatenate(([0, facts.days], dates.ravel())))
    minutes, within, own, hours = _averages(
        context.near,
        np.searchsorted(cuts, dates),
        np.diff(cuts) / facts.days,
        np.array(WITHIN_MIN),
        _point_hours(facts, context, dates),
        HOURS_WITHIN_MIN,
    )
    minutes[np.isinf(minutes)] = np.nan
    without = np.full(len(context.communes), np.nan)
    without[context.itinerant] = np.rint((1.0 - own[context.itinerant]) * facts.days)
    return Reach(minutes, within, own, hours, without)


@njit
def _averages(
    near: Near, offered: Ints, weight: Floats, within_min: Ints, point_hours: Floats, hours_min: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """Averages of each commune over epochs: minutes to the nearest point, within, own; and hours in reach.

    `offered` bounds the epochs in which each point is on offer; a commune is looked at again only when one
    of its own points opens or closes.
    """
    communes, epochs = len(near.start) - 1, len(weight)
    minutes, own, hours = np.zeros(communes), np.zeros(communes), np.zeros(communes)
    within = np.zeros((communes, len(within_min)))
    for c in range(communes):
        pairs = range(near.start[c], near.start[c + 1])
        for k in pairs:
            if near.minutes[k] <= hours_min:
                hours[c] += point_hours[near.point[k]]
        epoch = 0
        while epoch < epochs:
            nearest, inside, until = np.inf, False, epochs
            for k in pairs:
                opens, closes = offered[near.point[k]]
                if opens <= epoch < closes:
                    nearest = min(nearest, near.minutes[k])
                    inside = inside or near.own[k]
                    until = min(until, closes)
                elif epoch < opens < closes:
                    until = min(until, opens)
            for e in range(epoch, until):
                minutes[c] += weight[e] * nearest
                for w in range(len(within_min)):
                    within[c, w] += weight[e] * (nearest <= within_min[w])
                own[c] += weight[e] * inside
            epoch = until
    return minutes, within, own, hours


def point_dates(site_dates: Ints, fixed_opens: Ints, first_day: int, context: MeasureContext) -> Ints:
    """Half-open days on which each access point is on offer, shape (P, 2); arguments as in `Facts`."""
    opens = fixed_opens[context.itinerant]
    inside = np.stack([np.where(opens < 0, NEVER, opens), np.full(opens.size, NEVER)], axis=1)
    lost = context.settings.exits.lost_after_months
    if lost is not None:
        for k in np.flatnonzero(opens >= 0):
            inside[k, 1] = opens[k] + _days_of_months(first_day + int(opens[k]), lost)
    rounds = np.tile(np.array([0, NEVER], np.int64), (context.round_hours_per_month.size, 1))
    return np.concatenate([site_dates, context.fixed_dates, inside, rounds])


def _days_of_months(ordinal: int, months: int) -> int:
    """Days from a date to the same day of the month `months` later (the 28th at most)."""
    day = date.fromordinal(ordinal)
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28)).toordinal() - ordinal


def _point_hours(facts: Facts, context: MeasureContext, dates: Ints) -> Floats:
    """Announced hours a month of each access point, averaged over the horizon, shape (P,)."""
    p = facts.passages
    held = p.status == HELD
    seconds = np.bincount(
        p.site[held],
        weights=(p.close_s - p.announced_open_s)[held],
        minlength=facts.site_dates.shape[0],
    )
    months = facts.days / YEAR_DAYS * 12
    open_share = (dates[:, 1] - dates[:, 0]) / facts.days
    sites, rounds = facts.site_dates.shape[0], context.round_hours_per_month.size
    fixed = context.fixed_hours_per_month * open_share[sites : open_share.size - rounds]
    return np.concatenate([seconds / 3600.0 / months, fixed, context.round_hours_per_month])


def access(context: MeasureContext, reach: Reach, communes: Floats) -> dict[str, float]:
    """Values of `ACCESS`; `communes` is the table by commune and destination."""
    population = context.population
    share = population / population.sum()
    heads = np.maximum(population, 1.0)
    by_cell = communes[:, ITINERANT] + communes[:, HOME]
    everywhere = by_cell + communes[:, FIXED] + communes[:, MSA_ROUND]
    return {
        **{
            f"population_within_{minutes}": 100.0 * float(share @ reach.within[:, i])
            for i, minutes in enumerate(WITHIN_MIN)
        },
        "population_in_own_commune": 100.0 * float(share @ reach.own),
        "accessible_hours": float(share @ reach.hours),
        "gini_served": gini(by_cell / heads, population),
        "gini_helped": gini(everywhere / heads, population),
        "days_without_service": float(np.nansum(reach.days_without)),
    }
