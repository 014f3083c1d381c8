"""Home visits: requests by outcome, and the time from request to visit over all of them."""

from __future__ import annotations

import numpy as np

from sim.measures.context import DAY_S, YEAR_DAYS, Floats, MeasureContext
from sim.measures.estimators import kaplan_meier, kaplan_meier_quantile, mean
from sim.measures.measure import Measure
from sim.models.facts import HOME_OUTCOMES, Facts

__all__ = ["HOMES", "LEAD_DAYS", "homes", "lead_curve", "lead_table"]

DONE, NO_SHOW, CANCELLED_BY_PERSON, REFUSED, REDIRECTED, BACKLOG = range(len(HOME_OUTCOMES))
# The survival curve is tabulated from 0 to this many days.
LEAD_DAYS = 60

HOMES: tuple[Measure, ...] = (
    Measure(
        id="home_requested",
        unit="requests a year",
        formula="Requests for a home visit.",
        denominator="years of the horizon",
        label_fr="Visites à domicile demandées",
        label_en="Home visits requested",
    ),
    Measure(
        id="home_done",
        unit="visits a year",
        formula="Home visits done.",
        denominator="years of the horizon",
        direction=1,
        label_fr="Visites à domicile faites",
        label_en="Home visits done",
    ),
    Measure(
        id="home_no_show",
        unit="requests a year",
        formula="Home visits where nobody was found.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Visites à domicile, personne absente",
        label_en="Home visits, nobody found",
    ),
    Measure(
        id="home_cancelled_by_person",
        unit="requests a year",
        formula="Home visits cancelled by the person.",
        denominator="years of the horizon",
        label_fr="Visites à domicile annulées par la personne",
        label_en="Home visits cancelled by the person",
    ),
    Measure(
        id="home_refused",
        unit="requests a year",
        formula="Requests without a slot within `homes.refused_after_days`.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Demandes sans créneau dans le délai",
        label_en="Requests without a slot in time",
    ),
    Measure(
        id="home_redirected",
        unit="requests a year",
        formula="Requests redirected to a permanence by the eligibility check.",
        denominator="years of the horizon",
        label_fr="Demandes orientées vers une permanence",
        label_en="Requests redirected to a permanence",
    ),
    Measure(
        id="home_backlog",
        unit="requests",
        formula="Requests still without a visit on the last day of the horizon.",
        direction=-1,
        label_fr="Demandes en attente au dernier jour",
        label_en="Requests waiting on the last day",
    ),
    Measure(
        id="home_displaced",
        unit="visits a year",
        formula="Times a confirmed visit gave way to a permanence and was booked again.",
        denominator="years of the horizon",
        direction=-1,
        decimals=1,
        label_fr="Visites déplacées pour une permanence",
        label_en="Visits displaced by a permanence",
    ),
    Measure(
        id="home_lead_p50",
        unit="days",
        formula=(
            "Kaplan–Meier median of the days from request to visit; when the curve stays above one half, "
            "its last day (at least that)."
        ),
        denominator="requests not redirected",
        direction=-1,
        label_fr="Délai à domicile, une demande sur deux",
        label_en="Home lead time, one request in two",
    ),
    Measure(
        id="home_lead_p90",
        unit="days",
        formula=(
            "Kaplan–Meier 90 % quantile of the days from request to visit; when the curve stays above one"
            " tenth, its last day (at least that)."
        ),
        denominator="requests not redirected",
        direction=-1,
        threshold="home_lead_p90_days",
        label_fr="Délai à domicile, 9 demandes sur 10",
        label_en="Home lead time, 9 requests in 10",
    ),
    Measure(
        id="home_within_10",
        unit="%",
        formula=(
            "Kaplan–Meier share of requests visited at most 10 days after the request; unlike the 90 % "
            "quantile it hardly depends on a season where requests find no slot. When no request is followed "
            "so long, the share by the last day (at least that)."
        ),
        denominator="requests not redirected",
        direction=1,
        label_fr="Demandes à domicile visitées en 10 jours ou moins",
        label_en="Home requests visited within 10 days",
    ),
    Measure(
        id="home_extra_km",
        unit="km a visit",
        formula="Mean increase of the day's route by a home visit.",
        denominator="home visits done or where nobody was found",
        direction=-1,
        decimals=1,
        label_fr="Kilomètres en plus par visite à domicile",
        label_en="Extra kilometres per home visit",
    ),
)


def lead_curve(facts: Facts, context: MeasureContext) -> Floats:
    """Kaplan–Meier share of requests not yet visited, by days since the request.

    Done: seen on the day of the visit. Nobody found, or cancelled by the person: censored on the day of
    the appointment, which is when the cell was ready. Refused: censored after
    `homes.refused_after_days`, since no slot came within them, whatever the day it was said. Backlog:
    censored on the last day of the horizon. Redirected requests are not home visits and are left out.
    """
    h = facts.home_visits
    asked = h.requested_at // DAY_S
    to_end = facts.days - 1 - asked
    refused = h.outcome == REFUSED
    kept = h.outcome != REDIRECTED
    appointment = (h.outcome <= CANCELLED_BY_PERSON) & (h.day >= 0)
    days = np.where(appointment, h.day - asked, to_end)
    days = np.where(refused, np.minimum(context.settings.homes.refused_after_days, to_end), days)
    seen = h.outcome == DONE
    return kaplan_meier(np.clip(days, 0, np.maximum(to_end, 0))[kept], seen[kept])


def lead_table(curve: Floats) -> Floats:
    """The curve from 0 to `LEAD_DAYS` days, flat after its last day, shape (days, 1)."""
    table = np.full((LEAD_DAYS + 1, 1), np.nan)
    if curve.size:
        table[:, 0] = curve[np.minimum(np.arange(LEAD_DAYS + 1), curve.size - 1)]
    return table


def homes(facts: Facts, curve: Floats) -> dict[str, float]:
    """Values of `HOMES`; `curve` is `lead_curve`."""
    years = facts.days / YEAR_DAYS
    h = facts.home_visits
    outcomes = np.bincount(h.outcome, minlength=len(HOME_OUTCOMES))
    visited = h.outcome <= NO_SHOW
    return {
        "home_requested": h.outcome.size / years,
        "home_done": outcomes[DONE] / years,
        "home_no_show": outcomes[NO_SHOW] / years,
        "home_cancelled_by_person": outcomes[CANCELLED_BY_PERSON] / years,
        "home_refused": outcomes[REFUSED] / years,
        "home_redirected": outcomes[REDIRECTED] / years,
        "home_backlog": float(outcomes[BACKLOG]),
        "home_displaced": h.displaced.sum() / years,
        "home_lead_p50": kaplan_meier_quantile(curve, 0.5),
        "home_lead_p90": kaplan_meier_quantile(curve, 0.9),
        "home_within_10": 100 * (1 - float(curve[min(10, curve.size - 1)])) if curve.size else np.nan,
        "home_extra_km": mean(h.extra_km[visited]),
    }
