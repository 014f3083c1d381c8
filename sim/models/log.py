"""From the tables of a finished replication to its facts: what happened within the horizon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.compiled import njit
from sim.models import facts as f
from sim.models.state import JOURNAL, WINDOWS
from sim.streams import combine, item_keys, poisson, uniform

if TYPE_CHECKING:
    from sim.models.cell import Cell

__all__ = ["gather"]

PRESENT = f.AGENT_STATUSES.index("present")
RESERVE = f.HALF_DAY_USES.index("reserve")
LARGE = 64
"""Rows of a group from which sorting by insertion is slow: it costs their square."""
HALF_DAY_S = 3.5 * 3600
"""A half-day of work: the legal 35 hours a week over ten half-days."""


def _columns(rows: Any, kind: type, **more: Any) -> Any:
    """A table of facts from records: the fields it shares with them, and those given."""
    names = kind.__dataclass_fields__.keys()  # type: ignore[attr-defined]
    shared = {n: np.ascontiguousarray(rows[n]) for n in names if n not in more}
    return kind(**shared, **more)


def gather(cell: Cell) -> f.Facts:
    """The facts of a replication, sorted as their tables say."""
    plan, world = cell.plan, cell.world
    calendar = plan.calendar
    days = calendar.days
    within = int(np.searchsorted(cell.passages["day"], days))
    passages = cell.passages[:within]
    passages["status"][passages["status"] < 0] = f.STATUSES.index("cancelled")
    visits = _visits(cell, within)
    windows = cell.windows[: cell.count[WINDOWS]]
    windows = windows[_ordered(windows[:, 0], _text_rank(cell, windows[:, 1]), windows[:, 2])]
    persons = _persons(cell)
    working = np.flatnonzero(calendar.working[:days])
    # `take` moves records whole; an index moves them field by field, sixty times slower
    agent_days = cell.agent_days.take(working, axis=0).reshape(-1)
    vehicle_days = cell.vehicle_days.take(working, axis=0).reshape(-1)
    agents, vehicles = len(plan.team.names), len(plan.vehicles)
    journal = cell.journal[: cell.count[JOURNAL]]
    journal = journal.take(_ordered(journal["vehicle"] * days + journal["day"], journal["start_s"]))
    requests = cell.requests
    horizon = world.homes
    done, left = _follow_up(cell, visits, passages, working)
    return f.Facts(
        scenario=plan.scenario,
        replication=world.replication,
        first_day=calendar.start.toordinal(),
        days=days,
        working_days=working,
        visits=visits,
        windows=f.Windows(*(np.ascontiguousarray(windows[:, k]) for k in range(5))),
        passages=_columns(
            passages,
            f.Passages,
            discipline=np.where(passages["status"] == 0, plan.desk.discipline, -1),
        ),
        home_visits=_columns(
            requests,
            f.HomeVisits,
            request_id=horizon.request_id,
            home=horizon.home,
            channel=horizon.channel,
            requested_at=horizon.requested_at,
        ),
        journal=_columns(journal, f.Journal),
        agent_days=_columns(
            agent_days,
            f.AgentDays,
            agent=np.tile(np.arange(agents), len(working)),
            day=np.repeat(working, agents),
        ),
        vehicle_days=_columns(
            vehicle_days,
            f.VehicleDays,
            vehicle=np.tile(np.arange(vehicles), len(working)),
            day=np.repeat(working, vehicles),
        ),
        persons=persons,
        workshops=_workshops(cell, passages, visits),
        efficiencies=plan.desk.efficiency,
        first_choices=plan.desk.first_choice,
        agents=plan.team.names,
        agent_trades=plan.team.trade,
        vehicles=plan.vehicles,
        places=(*plan.sites, *(f"home:{c}" for c in plan.communes)),
        alternatives=plan.access.ids,
        fixed_opens=plan.fixed_opens,
        site_dates=plan.site_dates,
        follow_up_done_min=done / 60,
        follow_up_left_min=left / 60,
    )


def _text_rank(cell: Cell, codes: Any) -> Any:
    """The order of servers by their ids compared as text: agents, then self-service posts."""
    rules = cell.plan.desk
    rank = np.concatenate([rules.agent_rank, np.zeros(len(rules.post_code) + 1, np.int64)])
    posts = np.zeros(len(rules.post_code) + 2, np.int64)
    posts[-2 - rules.post_code] = np.arange(len(rules.post_code))
    agents = len(rules.agent_rank)
    return np.where(codes >= 0, rank[np.maximum(codes, 0)], agents + posts[np.maximum(-2 - codes, 0)])


def _ordered(group: Any, first: Any, second: Any = None) -> Any:
    """The stable order of rows by group (a small number from 0), then `first`, then `second`."""
    group, first = np.ascontiguousarray(group), np.ascontiguousarray(first)
    second = np.zeros(len(group), np.int64) if second is None else np.ascontiguousarray(second)
    return _by_group(group, int(group.max(initial=-1)) + 1, first, second)


@njit
def _by_group(group: Any, groups: int, first: Any, second: Any) -> Any:
    """Count, place, then sort each group by insertion; large groups by `first` before that."""
    start = np.zeros(groups + 1, np.int64)
    for g in group:
        start[g + 1] += 1
    for g in range(1, len(start)):
        start[g] += start[g - 1]
    order = np.empty(len(group), np.int64)
    filled = start.copy()
    for row in range(len(group)):
        order[filled[group[row]]] = row
        filled[group[row]] += 1
    for g in range(groups):
        rows = order[start[g] : start[g + 1]]
        if len(rows) > LARGE:
            rows[:] = rows[np.argsort(first[rows], kind="mergesort")]
        for i in range(1, len(rows)):
            row, j = rows[i], i
            while j > 0:
                before = rows[j - 1]
                if first[before] < first[row] or (
                    first[before] == first[row] and second[before] <= second[row]
                ):
                    break
                rows[j] = before
                j -= 1
            rows[j] = row
    return order


def _visits(cell: Cell, within: int) -> f.Visits:
    """Contacts that took place, by passage, arrival and contact_id."""
    contacts = cell.contacts
    rows = np.flatnonzero((contacts["outcome"] >= 0) & (contacts["passage"] < within))
    needs = cell.world.needs
    contact_id = needs.person_id[contacts["person"][rows]] * 4 + contacts["attempt"][rows]
    order = _ordered(contacts["passage"][rows], contacts["arrival_s"][rows], contact_id)
    contacts = contacts.take(rows[order])
    person = np.ascontiguousarray(contacts["person"])
    return f.Visits(
        passage=np.ascontiguousarray(contacts["passage"]),
        contact_id=contact_id[order],
        person_id=needs.person_id[person],
        attempt=np.ascontiguousarray(contacts["attempt"]),
        reason=np.ascontiguousarray(contacts["reason"]),
        home=needs.home[person],
        segment=needs.segment[person],
        need=needs.need[person],
        operator=needs.operator[person],
        need_at=needs.at[person],
        arrival_s=np.ascontiguousarray(contacts["arrival_s"]),
        patience_s=np.ascontiguousarray(contacts["patience_s"]),
        work_s=np.ascontiguousarray(contacts["work_s"]),
        appointment_s=np.ascontiguousarray(contacts["appointment_s"]),
        server=np.ascontiguousarray(contacts["server"]),
        start_s=np.ascontiguousarray(contacts["start_s"]),
        end_s=np.ascontiguousarray(contacts["end_s"]),
        outcome=np.ascontiguousarray(contacts["outcome"]),
    )


def _persons(cell: Cell) -> f.Persons:
    """Every need and where it ended; whatever was noted after the horizon is still waiting."""
    needs = cell.world.needs
    persons = cell.persons
    return f.Persons(
        person_id=needs.person_id,
        home=needs.home,
        need_at=needs.at,
        need=needs.need,
        segment=needs.segment,
        operator=needs.operator,
        redirected=needs.redirected.astype(np.int64),
        choice=persons.choice,
        ended_at=persons.ended_at,
        destination=persons.destination,
        helped_at=persons.helped_at,
        first_passage_at=persons.first_passage_at,
        without_cell=cell.without_cell,
    )


def _workshops(cell: Cell, passages: Any, visits: f.Visits) -> f.Workshops:
    """Workshops that were planned: held by the conseiller, or dropped with their passage or seat."""
    plan = cell.plan
    rows = np.flatnonzero((passages["workshop_s"] >= 0) & (passages["status"] != 1))
    held = (passages["status"][rows] == 0) & (passages["workshop_agent"][rows] >= 0)
    start = passages["workshop_s"][rows].copy()
    # its start waits for the service the conseiller has under way
    latest = np.full(len(passages), -1, np.int64)
    busy = (visits.server == passages["workshop_agent"][visits.passage]) & (visits.server >= 0)
    busy &= visits.start_s < passages["workshop_s"][visits.passage]
    np.maximum.at(latest, visits.passage[busy], visits.end_s[busy])
    start = np.maximum(start, np.maximum(latest[rows], passages["open_s"][rows]))
    end = passages["workshop_end_s"][rows]
    held &= start < end
    site_key = item_keys("site", plan.sites)
    sign_ups = _sign_ups(
        cell.world.sign_ups_key,
        site_key[passages["site"][rows]],
        passages["day"][rows] + plan.calendar.start.toordinal(),
        plan.sign_ups_mean,
    )
    return f.Workshops(
        passage=rows,
        agent=np.where(held, passages["workshop_agent"][rows], -1),
        start_s=np.where(held, start, -1),
        end_s=np.where(held, end, -1),
        sign_ups=sign_ups,
        places=np.where(held, np.minimum(sign_ups, plan.workshop_capacity), 0),
    )


@njit
def _sign_ups(stream: Any, site_key: Any, ordinal: Any, mean: float) -> Any:
    out = np.empty(len(ordinal), np.int64)
    for i in range(len(ordinal)):
        out[i] = poisson(uniform(stream, combine(site_key[i], np.uint64(ordinal[i]))), mean)
    return out


def _follow_up(cell: Cell, visits: f.Visits, passages: Any, working: Any) -> tuple[float, float]:
    """Seconds of follow-up work done in half-days of reserve, and left at the end.

    Each person served adds minutes of work from the next working day on; each agent's half-day of
    reserve takes up to a half-day of it.
    """
    days = len(cell.plan.calendar.weekday)
    served = visits.outcome == 0
    added = np.bincount(passages["day"][visits.passage[served]], minlength=days) * cell.plan.follow_up_s
    rows = cell.agent_days
    crew = cell.plan.team.trade < 2
    present = rows["status"][:, crew] == PRESENT
    reserve = (rows["morning"][:, crew] == RESERVE).astype(int) + (rows["afternoon"][:, crew] == RESERVE)
    room = (reserve * present).sum(axis=1) * HALF_DAY_S
    return _taken(added, room, working, cell.plan.calendar.days)


@njit
def _taken(added: Any, room: Any, working: Any, days: int) -> tuple[float, float]:
    """What is taken of the work added by then, day by day, and what is left at the end of `days`."""
    left, done, last = 0.0, 0.0, 0
    for day in working:
        for before in range(last, day):
            left += added[before]
        last = day
        now = min(left, room[day])
        done += now
        left -= now
    for before in range(last, days):
        left += added[before]
    return done, left
