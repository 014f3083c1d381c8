"""From the facts of one replication to its figures: every measure, and tables by place, agent and date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.measures.access import access, reach_of
from sim.measures.context import DAY_S, Floats, Ints, MeasureContext, months_of, weeks_of
from sim.measures.desk import DESK_KINDS, desk, desk_of, kinds_table, site_desks
from sim.measures.fleet import fleet, half_days_table, road_of
from sim.measures.flows import Flows, flows_of
from sim.measures.homes import DONE, LEAD_DAYS, homes, lead_curve, lead_table
from sim.measures.money import money
from sim.measures.net import ITINERANT, communes_table, ends, net
from sim.measures.passages import HELD, next_held, open_hours, passages, site_passages
from sim.measures.persons import count_persons
from sim.measures.registry import MEASURES
from sim.measures.work import AGENT_COLUMNS, agents_table, work
from sim.models.facts import DESTINATIONS, HALF_DAY_USES, OUTCOMES, Facts
from sim.settings import NEEDS

__all__ = ["Layout", "Measured", "layouts", "measure"]


@dataclass(frozen=True, eq=False)
class Measured:
    """The figures of one replication.

    `values` has one value per measure of the registry, nan where there is none. `tables` have the rows
    and columns of `layouts`; so would `flows`, of which only what is not zero is kept.
    """

    values: Floats
    tables: dict[str, Floats]
    flows: Flows


@dataclass(frozen=True, slots=True)
class Layout:
    """What the rows and columns of a table are; `key` names what a row is."""

    key: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]


def measure(facts: Facts, context: MeasureContext) -> Measured:
    """Every measure and table of one replication, by pure functions of its facts."""
    p = facts.passages
    contacts = desk_of(facts)
    operators = len(context.settings.demand.needs.operators)
    counts = count_persons(facts, len(context.communes), len(NEEDS), operators)
    communes = communes_table(facts, counts)
    ahead = next_held(facts)
    hours = open_hours(facts)
    curve = lead_curve(facts, context)
    road = road_of(facts)
    half_days = half_days_table(facts)
    agents = agents_table(facts)
    reach = reach_of(facts, context)
    flows = flows_of(facts, len(context.communes))
    effect = net(facts, context, counts, communes, flows)
    named = {
        **effect,
        **desk(facts, context, contacts, int(np.count_nonzero(p.status == HELD)), counts.expected),
        **passages(facts, context, ahead, hours),
        **homes(facts, curve),
        **fleet(facts, road, half_days),
        **work(facts, agents),
        **access(context, reach, communes),
        **money(facts, context, road, effect["persons_helped_by_cell"]),
    }
    outcomes, persons, waits = site_desks(facts, contacts, len(context.sites))
    return Measured(
        np.array([named[m.id] for m in MEASURES], np.float64),
        {
            "sites": np.concatenate(
                [persons, outcomes.sum(axis=1, keepdims=True), outcomes, waits, site_passages(facts, ahead)],
                axis=1,
            ),
            "communes": np.concatenate(
                [communes, reach.minutes[:, None], reach.days_without[:, None]], axis=1
            ),
            "agents": agents,
            "months": _months_table(facts),
            "lead_times": lead_table(curve),
            "half_days": half_days,
            "weeks": hours[:, None],
            "needs": kinds_table(contacts, counts.needs, facts.visits.need),
            "operators": kinds_table(contacts, counts.operators, facts.visits.operator),
        },
        flows,
    )


def layouts(
    context: MeasureContext, agents: tuple[str, ...], alternatives: tuple[str, ...]
) -> dict[str, Layout]:
    """Rows and columns of the tables of `measure`, the same for every replication of a scenario.

    Parameters
    ----------
    context
        The scenario's.
    agents, alternatives
        As in its facts.
    """
    horizon = context.settings.run.horizon
    first_day, days = horizon.start.toordinal(), (horizon.end - horizon.start).days + 1
    months, weeks = months_of(first_day, days), weeks_of(first_day, days)
    return {
        "sites": Layout(
            "site_id",
            context.sites,
            (
                "persons",
                "persons_served",
                "contacts",
                *OUTCOMES,
                "wait_mean_min",
                "wait_p90_min",
                "planned",
                "held",
                "held_by_two",
                "closed_announced",
                "cancelled",
                "days_to_next_held_passage",
            ),
        ),
        "communes": Layout(
            "insee_code", context.communes, (*DESTINATIONS, "minutes_nearest", "days_without_service")
        ),
        "agents": Layout("agent", agents, AGENT_COLUMNS),
        "months": Layout("month", months.names, ("served", "contacts", "passages_held", "home_visits")),
        "lead_times": Layout("days", tuple(map(str, range(LEAD_DAYS + 1))), ("share_waiting",)),
        "half_days": Layout("use", HALF_DAY_USES, ("half_days_a_year", "agent_half_days_a_year")),
        "flows": Layout("insee_code", context.communes, ends(alternatives)),
        "weeks": Layout("week", weeks.mondays, ("open_hours",)),
        "needs": Layout("need", NEEDS, DESK_KINDS),
        "operators": Layout("operator", tuple(context.settings.demand.needs.operators), DESK_KINDS),
    }


def _months_table(facts: Facts) -> Floats:
    """By calendar month: persons helped by the cell, contacts, passages held, home visits done."""
    months = months_of(facts.first_day, facts.days)
    p, persons, h = facts.passages, facts.persons, facts.home_visits
    helped = persons.helped_at[(persons.destination == ITINERANT) & (persons.helped_at >= 0)] // DAY_S
    visited = h.day[h.outcome == DONE]
    held = p.day[p.status == HELD]

    def by_month(days: Ints) -> Floats:
        return np.bincount(months.of_day[days], minlength=len(months.names)).astype(np.float64)

    homes_done = by_month(visited)
    return np.stack(
        [by_month(helped) + homes_done, by_month(p.day[facts.visits.passage]), by_month(held), homes_done],
        axis=1,
    )
