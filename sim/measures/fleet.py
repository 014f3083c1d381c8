"""Vehicles: kilometres, hours, and what half-days are used for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.measures.context import YEAR_DAYS, Floats, months_of
from sim.measures.measure import Measure
from sim.models.facts import ACTIVITIES, HALF_DAY_USES, Facts

__all__ = ["FLEET", "Road", "fleet", "half_days_table", "road_of"]

DRIVE = ACTIVITIES.index("drive")
PERMANENCE = HALF_DAY_USES.index("permanence")

FLEET: tuple[Measure, ...] = (
    Measure(
        id="km",
        unit="km a year",
        formula="Kilometres driven by all vehicles.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Kilomètres parcourus",
        label_en="Kilometres driven",
    ),
    Measure(
        id="driving_hours",
        unit="hours a year",
        formula="Hours driven by all vehicles.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Heures de route des véhicules",
        label_en="Driving hours of the vehicles",
    ),
    Measure(
        id="free_half_days",
        unit="half-days a year",
        formula=(
            "Half-days of vehicles on working days used neither for a permanence nor for home visits, "
            "with a crew free: use reserve."
        ),
        denominator="years of the horizon",
        label_fr="Demi-journées de réserve",
        label_en="Half-days in reserve",
    ),
    Measure(
        id="half_days_outside_permanences",
        unit="half-days a year",
        formula="Half-days of vehicles on working days without a permanence, all uses.",
        denominator="years of the horizon",
        label_fr="Demi-journées hors permanence",
        label_en="Half-days outside permanences",
    ),
    Measure(
        id="half_days_home_visits",
        unit="half-days a year",
        formula="Half-days of vehicles on working days with use home_visits.",
        denominator="years of the horizon",
        label_fr="Demi-journées hors permanence : domicile",
        label_en="Half-days outside permanences: home visits",
    ),
    Measure(
        id="half_days_no_crew",
        unit="half-days a year",
        formula="Half-days of vehicles on working days with use no_crew.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Demi-journées hors permanence : sans équipe disponible",
        label_en="Half-days outside permanences: no crew available",
    ),
    Measure(
        id="half_days_repair",
        unit="half-days a year",
        formula="Half-days of vehicles on working days with use repair.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Demi-journées hors permanence : réparation",
        label_en="Half-days outside permanences: repair",
    ),
    Measure(
        id="follow_up_hours",
        unit="hours a year",
        formula="Hours of follow-up work done in half-days without a permanence.",
        denominator="years of the horizon",
        label_fr="Heures de suivi faites",
        label_en="Follow-up hours done",
    ),
    Measure(
        id="follow_up_left",
        unit="hours",
        formula="Hours of follow-up work left on the last day of the horizon.",
        direction=-1,
        label_fr="Heures de suivi restant à faire au dernier jour",
        label_en="Follow-up hours left on the last day",
    ),
)


@dataclass(frozen=True, slots=True)
class Road:
    """Kilometres by calendar year, and hours driven."""

    km: dict[int, float]
    hours: float

    @property
    def total_km(self) -> float:
        """Over the horizon."""
        return sum(self.km.values())


def road_of(facts: Facts) -> Road:
    """What the journal says of the road."""
    j = facts.journal
    years = months_of(facts.first_day, facts.days).years
    first = int(years[0])
    km = np.bincount(years[j.day] - first, weights=j.km, minlength=int(years[-1]) - first + 1)
    driving = (j.end_s - j.start_s)[j.activity == DRIVE].sum()
    return Road({first + i: float(v) for i, v in enumerate(km)}, float(driving) / 3600.0)


def half_days_table(facts: Facts) -> Floats:
    """Half-days a year on working days by use, of vehicles and of agents, shape (uses, 2)."""
    years = facts.days / YEAR_DAYS
    kinds = len(HALF_DAY_USES)
    columns = [
        np.bincount(log.morning, minlength=kinds) + np.bincount(log.afternoon, minlength=kinds)
        for log in (facts.vehicle_days, facts.agent_days)
    ]
    return np.stack(columns, axis=1) / years


def fleet(facts: Facts, road: Road, half_days: Floats) -> dict[str, float]:
    """Values of `FLEET`; `half_days` is `half_days_table`."""
    years = facts.days / YEAR_DAYS
    use = dict(zip(HALF_DAY_USES, half_days[:, 0].tolist(), strict=True))
    return {
        "km": road.total_km / years,
        "driving_hours": road.hours / years,
        "free_half_days": use["reserve"],
        "half_days_outside_permanences": sum(use.values()) - use["permanence"],
        "half_days_home_visits": use["home_visits"],
        "half_days_no_crew": use["no_crew"],
        "half_days_repair": use["repair"],
        "follow_up_hours": facts.follow_up_done_min / 60.0 / years,
        "follow_up_left": facts.follow_up_left_min / 60.0,
    }
