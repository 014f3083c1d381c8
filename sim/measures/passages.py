"""Passages: how far the rounds are held, how long to the next one, how many hours are open a week."""

from __future__ import annotations

import numpy as np

from sim.measures.context import DAY_S, YEAR_DAYS, Floats, MeasureContext, weeks_of
from sim.measures.estimators import NextEvent, covered, mean, ratio, time_to_next
from sim.measures.measure import Measure
from sim.models.facts import CAUSES, STATUSES, Facts

__all__ = ["HELD", "PASSAGES", "next_held", "open_hours", "passages", "site_passages"]

HELD, CLOSED, CANCELLED = range(len(STATUSES))
HOLIDAY, LEAVE, SICKNESS, BREAKDOWN, LATE, EXIT = range(len(CAUSES))

PASSAGES: tuple[Measure, ...] = (
    Measure(
        id="passages_planned",
        unit="passages a year",
        formula=(
            "Passages of the rounds dated over the horizon: held, closed with announcement, or cancelled."
        ),
        denominator="years of the horizon",
        label_fr="Passages prévus",
        label_en="Passages planned",
    ),
    Measure(
        id="passages_held",
        unit="passages a year",
        formula="Passages with status held.",
        denominator="years of the horizon",
        direction=1,
        label_fr="Passages tenus",
        label_en="Passages held",
    ),
    Measure(
        id="passages_held_by_two",
        unit="passages a year",
        formula="Passages held by two agents.",
        denominator="years of the horizon",
        direction=1,
        label_fr="Passages tenus à deux",
        label_en="Passages held by two",
    ),
    Measure(
        id="passages_held_by_one",
        unit="passages a year",
        formula="Passages held by one agent.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Passages tenus par un seul agent (le label en prévoit deux)",
        label_en="Passages held by one agent (the label provides for two)",
    ),
    Measure(
        id="held_share",
        unit="%",
        formula="Passages held over passages planned.",
        denominator="passages planned",
        direction=1,
        decimals=1,
        label_fr="Part des passages prévus qui sont tenus",
        label_en="Share of planned passages held",
    ),
    Measure(
        id="held_by_two_share",
        unit="%",
        formula=(
            "Passages held by two agents over passages planned, announced closings included in the "
            "denominator."
        ),
        denominator="passages planned",
        direction=1,
        decimals=1,
        threshold="held_by_two_points",
        label_fr="Part des passages prévus tenus à deux",
        label_en="Share of planned passages held by two",
    ),
    Measure(
        id="announced_held_share",
        unit="%",
        formula=(
            "Passages held over passages planned and not announced closed: how far the printed calendar "
            "is kept."
        ),
        denominator="passages planned and not announced closed",
        direction=1,
        decimals=1,
        label_fr="Part du calendrier annoncé qui est tenue",
        label_en="Share of the announced calendar that is kept",
    ),
    Measure(
        id="closed_announced",
        unit="passages a year",
        formula="Passages closed and announced at least the announcing time before.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Passages fermés, annoncés à l'avance",
        label_en="Passages closed, announced in advance",
    ),
    Measure(
        id="closed_holiday",
        unit="passages a year",
        formula="Passages announced closed because of a public holiday.",
        denominator="years of the horizon",
        label_fr="Fermés pour jour férié",
        label_en="Closed for a public holiday",
    ),
    Measure(
        id="closed_leave",
        unit="passages a year",
        formula="Passages announced closed because of leave or training.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Fermés pour congé ou formation",
        label_en="Closed for leave or training",
    ),
    Measure(
        id="closed_sickness",
        unit="passages a year",
        formula="Passages announced closed because of a sickness known in advance.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Fermés pour maladie connue à l'avance",
        label_en="Closed for a sickness known in advance",
    ),
    Measure(
        id="closed_exit",
        unit="passages a year",
        formula="Passages announced closed because the commune's own France Services has opened.",
        denominator="years of the horizon",
        label_fr="Fermés, la France Services de la commune prend le relais",
        label_en="Closed, the commune's own France Services takes over",
    ),
    Measure(
        id="cancelled",
        unit="passages a year",
        formula="Passages cancelled on the morning.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Passages annulés le matin même",
        label_en="Passages cancelled on the morning",
    ),
    Measure(
        id="cancelled_leave",
        unit="passages a year",
        formula="Passages cancelled on the morning because of leave or training.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Annulés pour congé ou formation",
        label_en="Cancelled for leave or training",
    ),
    Measure(
        id="cancelled_sickness",
        unit="passages a year",
        formula="Passages cancelled on the morning because of sickness.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Annulés pour maladie",
        label_en="Cancelled for sickness",
    ),
    Measure(
        id="cancelled_breakdown",
        unit="passages a year",
        formula="Passages cancelled because of a breakdown or a repair.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Annulés pour panne",
        label_en="Cancelled for a breakdown",
    ),
    Measure(
        id="cancelled_late",
        unit="passages a year",
        formula="Passages cancelled because set-up would have ended at or after closing.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Annulés pour arrivée trop tardive",
        label_en="Cancelled for arriving too late",
    ),
    Measure(
        id="opened_late",
        unit="%",
        formula="Passages held that opened after their announced opening over passages held.",
        denominator="passages held",
        direction=-1,
        decimals=1,
        label_fr="Part des passages ouverts en retard",
        label_en="Share of passages opened late",
    ),
    Measure(
        id="days_to_next_held_passage",
        unit="days",
        formula=(
            "Calendar days to the opening of the site's next held passage, averaged over the sites and "
            "the instants on offer that a held passage still follows."
        ),
        denominator="site-days on offer up to the site's last held passage",
        direction=-1,
        decimals=1,
        threshold="days_to_next_passage_days",
        label_fr="Jours jusqu'au prochain passage tenu",
        label_en="Days to the next held passage",
    ),
    Measure(
        id="open_hours_per_week",
        unit="hours a week",
        formula=(
            "Mean over complete weeks of the hours with at least one desk open (union of held passages, "
            "actual opening to closing)."
        ),
        denominator="ISO weeks whose Monday to Friday lie in the horizon",
        direction=1,
        decimals=1,
        label_fr="Heures d'ouverture par semaine",
        label_en="Hours open a week",
    ),
    Measure(
        id="weeks_under_24h",
        unit="weeks a year",
        formula=(
            "Complete weeks with fewer hours open than the label's weekly hours, weeks with a public "
            "holiday included."
        ),
        denominator="years of the horizon",
        direction=-1,
        decimals=1,
        threshold="weeks_under_24h_per_year",
        label_fr="Semaines sous les heures d'ouverture du label (24 h)",
        label_en="Weeks under the label's opening hours (24 h)",
    ),
    Measure(
        id="full_weeks_under_24h",
        unit="weeks a year",
        formula="The same among weeks of five working days only.",
        denominator="years of the horizon",
        direction=-1,
        decimals=1,
        label_fr="Semaines sans jour férié sous les heures du label (24 h)",
        label_en="Weeks without a public holiday under the label's hours (24 h)",
    ),
)


def next_held(facts: Facts) -> NextEvent:
    """Seconds to the announced opening of the site's next held passage, over the days it is on offer."""
    p = facts.passages
    held = p.status == HELD
    dates = np.clip(facts.site_dates, 0, facts.days) * DAY_S
    at = p.day[held] * DAY_S + p.announced_open_s[held]
    return time_to_next(p.site[held], at, dates[:, 0], dates[:, 1])


def open_hours(facts: Facts) -> Floats:
    """Hours of each ISO week with at least one desk open, actual opening to closing."""
    p = facts.passages
    weeks = weeks_of(facts.first_day, facts.days)
    held = p.status == HELD
    opens = p.day[held] * DAY_S + p.open_s[held]
    order = np.argsort(opens, kind="stable")
    adds = covered(opens[order], (p.day[held] * DAY_S + p.close_s[held])[order])
    week = weeks.of_day[p.day[held][order]]
    return np.bincount(week, weights=adds, minlength=len(weeks.mondays)) / 3600.0


def passages(facts: Facts, context: MeasureContext, ahead: NextEvent, hours: Floats) -> dict[str, float]:
    """Values of `PASSAGES`; `ahead` is `next_held`, `hours` is `open_hours`."""
    years = facts.days / YEAR_DAYS
    p = facts.passages
    planned = p.status.size
    held = p.status == HELD
    status = np.bincount(p.status, minlength=len(STATUSES)).tolist()
    by_cause = np.bincount(
        (p.status * len(CAUSES) + p.cause)[~held], minlength=len(STATUSES) * len(CAUSES)
    ).reshape(len(STATUSES), len(CAUSES))
    by_two = np.count_nonzero(held & (p.held_by == 2))
    by_one = np.count_nonzero(held & (p.held_by == 1))

    weeks = weeks_of(facts.first_day, facts.days)
    working = np.bincount(weeks.of_day[facts.working_days], minlength=len(weeks.mondays))
    # Hours are sums of whole seconds: a week of exactly the label's hours is not under it.
    under = weeks.complete & (hours < context.settings.thresholds.label_hours_per_week - 1e-9)
    return {
        "passages_planned": planned / years,
        "passages_held": status[HELD] / years,
        "passages_held_by_two": by_two / years,
        "passages_held_by_one": by_one / years,
        "held_share": 100.0 * ratio(status[HELD], planned),
        "held_by_two_share": 100.0 * ratio(by_two, planned),
        "announced_held_share": 100.0 * ratio(status[HELD], planned - status[CLOSED]),
        "closed_announced": status[CLOSED] / years,
        "closed_holiday": by_cause[CLOSED, HOLIDAY] / years,
        "closed_leave": by_cause[CLOSED, LEAVE] / years,
        "closed_sickness": by_cause[CLOSED, SICKNESS] / years,
        "closed_exit": by_cause[CLOSED, EXIT] / years,
        "cancelled": status[CANCELLED] / years,
        "cancelled_leave": by_cause[CANCELLED, LEAVE] / years,
        "cancelled_sickness": by_cause[CANCELLED, SICKNESS] / years,
        "cancelled_breakdown": by_cause[CANCELLED, BREAKDOWN] / years,
        "cancelled_late": by_cause[CANCELLED, LATE] / years,
        "opened_late": 100.0 * ratio(np.count_nonzero(held & (p.open_s > p.announced_open_s)), status[HELD]),
        "days_to_next_held_passage": ahead.average / DAY_S,
        "open_hours_per_week": mean(hours[weeks.complete]),
        "weeks_under_24h": np.count_nonzero(under) / years,
        "full_weeks_under_24h": np.count_nonzero(under & (working == 5)) / years,
    }


def site_passages(facts: Facts, ahead: NextEvent) -> Floats:
    """By site: planned, held, by two, closed announced, cancelled, days to the next held, shape (S, 6)."""
    p = facts.passages
    sites = facts.site_dates.shape[0]
    status = np.bincount(p.site * len(STATUSES) + p.status, minlength=sites * len(STATUSES))
    status = status.reshape(sites, len(STATUSES))
    by_two = (p.status == HELD) & (p.held_by == 2)
    days = np.full(sites, np.nan)
    some = ahead.length > 0
    days[some] = ahead.integral[some] / ahead.length[some] / DAY_S
    return np.stack(
        [
            status.sum(axis=1),
            status[:, HELD],
            np.bincount(p.site[by_two], minlength=sites),
            status[:, CLOSED],
            status[:, CANCELLED],
            days,
        ],
        axis=1,
    ).astype(np.float64)
