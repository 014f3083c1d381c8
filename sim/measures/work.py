"""The agents' work: hours, driving, amplitude, overtime, lunches, half-days alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.measures.context import YEAR_DAYS, Floats
from sim.measures.estimators import distinct, quantile
from sim.measures.homes import NO_SHOW
from sim.measures.measure import Measure
from sim.measures.passages import HELD
from sim.models.facts import ACTIVITIES, Facts

__all__ = ["AGENT_COLUMNS", "WORK", "agents_table", "work"]

LUNCH = ACTIVITIES.index("lunch")
COORDINATOR = 2
AGENT_COLUMNS = (
    "hours_per_week",
    "driving_hours_per_week",
    "amplitude_max_h",
    "overtime_p90_min",
    "overtime_hours",
    "shortened_lunches",
    "solo_half_days",
    "reassignments",
    "days_on_the_road",
    "days_absent",
)

WORK: tuple[Measure, ...] = (
    Measure(
        id="agent_hours",
        unit="hours a week",
        formula=(
            "Mean over agents, the coordinator left out, of the hours on the road (duty less lunch) a "
            "calendar week."
        ),
        denominator="agents, weeks of the horizon",
        decimals=1,
        label_fr="Heures en tournée par agent et par semaine",
        label_en="Hours on rounds per agent and week",
    ),
    Measure(
        id="agent_hours_spread",
        unit="hours a week",
        formula="Largest less smallest of the agents' hours on the road a week, the coordinator left out.",
        denominator="weeks of the horizon",
        direction=-1,
        decimals=1,
        label_fr="Écart d'heures en tournée entre agents",
        label_en="Spread of hours on rounds between agents",
    ),
    Measure(
        id="agent_driving_hours",
        unit="hours a week",
        formula=(
            "Mean over agents, the coordinator left out, of driving hours a calendar week, the passenger "
            "counted as well."
        ),
        denominator="agents, weeks of the horizon",
        direction=-1,
        decimals=1,
        label_fr="Heures de route par agent et par semaine",
        label_en="Driving hours per agent and week",
    ),
    Measure(
        id="longest_amplitude",
        unit="hours",
        formula="Longest time from leaving the base to being back, over all agents and days.",
        direction=-1,
        decimals=1,
        label_fr="Plus longue amplitude d'une journée",
        label_en="Longest amplitude of a day",
    ),
    Measure(
        id="overtime_p90",
        unit="minutes",
        formula="Inverted-CDF 90 % quantile of the overtime of an agent's day on the road.",
        denominator="agent-days on the road",
        direction=-1,
        label_fr="Dépassement d'horaire, 9 journées sur 10",
        label_en="Overtime, 9 days in 10",
    ),
    Measure(
        id="overtime_hours",
        unit="hours a year",
        formula="Hours worked beyond the end of duty, all agents.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Heures de dépassement, tous agents",
        label_en="Overtime hours, all agents",
    ),
    Measure(
        id="shortened_lunches",
        unit="lunches a year",
        formula="Agent-days with a lunch shorter than planned.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Pauses de midi écourtées",
        label_en="Shortened lunches",
    ),
    Measure(
        id="solo_half_days",
        unit="half-days a year",
        formula="Half-days that an agent holds alone, all agents.",
        denominator="years of the horizon",
        direction=-1,
        label_fr="Demi-journées tenues seul",
        label_en="Half-days held alone",
    ),
    Measure(
        id="reassignments",
        unit="days a year",
        formula="Agent-days spent with another pair or another vehicle than one's own.",
        denominator="years of the horizon",
        label_fr="Journées hors de son équipe habituelle",
        label_en="Days outside one's usual team",
    ),
)


def agents_table(facts: Facts) -> Floats:
    """Columns `AGENT_COLUMNS` by agent, shape (agents, columns).

    Hours and driving are a week of the calendar, absences included; overtime hours, lunches, half-days
    and days are a year. Hours on the road leave out the lunch of the vehicle.
    """
    d = facts.agent_days
    agents = len(facts.agents)
    years, weeks = facts.days / YEAR_DAYS, facts.days / 7.0
    road = d.duty_start_s >= 0
    amplitude = np.where(road, d.duty_end_s - d.duty_start_s, 0)

    duty = amplitude - _lunch_s(facts, road)

    def total(values: NDArray[Any]) -> Floats:
        return np.bincount(d.agent, weights=values, minlength=agents).astype(np.float64)

    table = np.empty((agents, len(AGENT_COLUMNS)))
    table[:, 0] = total(duty) / 3600.0 / weeks
    table[:, 1] = total(d.driving_s) / 3600.0 / weeks
    table[:, 4] = total(d.overtime_s) / 3600.0 / years
    table[:, 5] = total(d.lunch_shortened) / years
    table[:, 6] = total(d.solo_half_days) / years
    table[:, 7] = total(d.reassigned) / years
    table[:, 8] = total(road) / years
    table[:, 9] = total(d.status >= 2) / years
    by_agent = np.flatnonzero(road)
    by_agent = by_agent[np.argsort(d.agent[by_agent], kind="stable")]
    start = np.searchsorted(d.agent[by_agent], np.arange(agents + 1))
    for agent in range(agents):
        mine = by_agent[start[agent] : start[agent + 1]]
        table[agent, 2] = amplitude[mine].max(initial=0) / 3600.0
        table[agent, 3] = quantile(d.overtime_s[mine], 0.9) / 60.0
    return table


def _lunch_s(facts: Facts, road: NDArray[np.bool_]) -> Floats:
    """Seconds of lunch of each agent-day on the road, taken beside any vehicle of that day.

    The row of an agent-day names the last vehicle. When a spare took over after a breakdown, the one before
    is that of the permanences and home visits of the same agent.
    """
    d, j, p, h = facts.agent_days, facts.journal, facts.passages, facts.home_visits
    vehicles, agents = len(facts.vehicles), len(facts.agents)
    lunch = j.activity == LUNCH
    eaten = np.bincount(
        j.day[lunch] * vehicles + j.vehicle[lunch],
        weights=(j.end_s - j.start_s)[lunch],
        minlength=facts.days * vehicles,
    )
    seconds = np.zeros(road.size)
    out = np.flatnonzero(road & (d.vehicle >= 0))
    seconds[out] = eaten[d.day[out] * vehicles + d.vehicle[out]]

    row_of = np.full(facts.days * agents, -1, np.int64)
    row_of[d.day[out] * agents + d.agent[out]] = out
    pairs = []
    for agent, day, vehicle, worked in (
        (p.fs_agent, p.day, p.vehicle, p.status == HELD),
        (p.cn_agent, p.day, p.vehicle, p.status == HELD),
        (h.agent_1, h.day, h.vehicle, h.outcome <= NO_SHOW),
        (h.agent_2, h.day, h.vehicle, h.outcome <= NO_SHOW),
    ):
        some = np.flatnonzero(worked & (agent >= 0) & (vehicle >= 0))
        row = row_of[day[some] * agents + agent[some]]
        other = (row >= 0) & (vehicle[some] != d.vehicle[row])
        pairs.append(row[other] * vehicles + vehicle[some][other])
    row, vehicle = np.divmod(distinct(np.concatenate(pairs)), vehicles)
    np.add.at(seconds, row, eaten[d.day[row] * vehicles + vehicle])
    return seconds


def work(facts: Facts, agents: Floats) -> dict[str, float]:
    """Values of `WORK`; `agents` is `agents_table`."""
    d = facts.agent_days
    field = agents[facts.agent_trades != COORDINATOR]
    hours = field[:, 0]
    return {
        "agent_hours": float(hours.mean()) if hours.size else float("nan"),
        "agent_hours_spread": float(np.ptp(hours)) if hours.size else float("nan"),
        "agent_driving_hours": float(field[:, 1].mean()) if hours.size else float("nan"),
        "longest_amplitude": float(agents[:, 2].max(initial=0.0)),
        "overtime_p90": quantile(d.overtime_s[d.duty_start_s >= 0], 0.9) / 60.0,
        "overtime_hours": float(agents[:, 4].sum()),
        "shortened_lunches": float(agents[:, 5].sum()),
        "solo_half_days": float(agents[:, 6].sum()),
        "reassignments": float(agents[:, 7].sum()),
    }
