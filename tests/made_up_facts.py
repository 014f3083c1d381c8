"""Facts that contradict nothing, made without the model: what measures and invariants are tested on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import load_settings
from sim.measures import MeasureContext, measure_context
from sim.models.facts import (
    AgentDays,
    Facts,
    HomeVisits,
    Journal,
    Passages,
    Persons,
    VehicleDays,
    Visits,
    Windows,
    Workshops,
)
from sim.settings import Settings
from sim.territory import load_territory

DAY_S = 86_400
HELD, CLOSED, CANCELLED = 0, 1, 2


@cache
def reference(*words: str) -> Settings:
    """The reference of the default study, with words of the command line."""
    return load_settings(*words).reference


@cache
def context_of(*words: str) -> MeasureContext:
    """The context of `reference`."""
    settings = reference(*words)
    return measure_context(settings, load_territory(settings.territory))


def ints(*values: int) -> NDArray[np.int64]:
    return np.array(values, np.int64)


def full(n: int, value: int) -> NDArray[np.int64]:
    return np.full(n, value, np.int64)


def table(kind: type, n: int, **columns: Any) -> Any:
    """A table of facts with the columns given, -1 in the others."""
    made = {}
    for name in kind.__dataclass_fields__:
        given = columns.pop(name, -1)
        made[name] = np.broadcast_to(np.asarray(given), (n,)).copy()
        if name in {"km", "work_s", "extra_km"}:
            made[name] = made[name].astype(np.float64)
        else:
            made[name] = made[name].astype(np.int64)
    assert not columns, columns
    return kind(**made)


def empty_facts(context: MeasureContext, agents: int = 2, vehicles: int = 1) -> Facts:
    """A service that does nothing: every half-day of every vehicle and agent in reserve."""
    horizon = context.settings.run.horizon
    days = (horizon.end - horizon.start).days + 1
    weekday = (np.arange(days) + horizon.start.weekday()) % 7
    working = np.flatnonzero(weekday < 5)
    names = (*(f"A{i + 1}" for i in range(agents)), "C")
    stops = tuple(dict.fromkeys(context.communes[c] for c in sorted(set(context.site_communes.tolist()))))
    everyone = len(names)
    return Facts(
        scenario="made_up",
        replication=0,
        first_day=horizon.start.toordinal(),
        days=days,
        working_days=working,
        visits=table(Visits, 0),
        windows=table(Windows, 0),
        passages=table(Passages, 0),
        home_visits=table(HomeVisits, 0),
        journal=table(Journal, 0),
        agent_days=table(
            AgentDays,
            working.size * everyone,
            agent=np.tile(np.arange(everyone), working.size),
            day=np.repeat(working, everyone),
            status=1,
            driving_s=0,
            overtime_s=0,
            morning=3,
            afternoon=3,
            solo_half_days=0,
            lunch_shortened=0,
            reassigned=0,
        ),
        vehicle_days=table(
            VehicleDays,
            working.size * vehicles,
            vehicle=np.tile(np.arange(vehicles), working.size),
            day=np.repeat(working, vehicles),
            morning=3,
            afternoon=3,
        ),
        persons=table(Persons, 0),
        workshops=table(Workshops, 0),
        efficiencies=np.ones((2, 5)),
        first_choices=np.ones((2, 5), np.bool_),
        agents=names,
        agent_trades=np.array([*(i % 2 for i in range(agents)), 2], np.int64),
        vehicles=tuple(f"V{i + 1}" for i in range(vehicles)),
        places=context.sites,
        alternatives=(*(f"permanence:{c}" for c in stops), "fixed:1", "round:msa", "gives_up"),
        fixed_opens=full(len(context.communes), -1),
        site_dates=np.tile(np.array([[0, days]], np.int64), (len(context.sites), 1)),
        follow_up_done_min=0.0,
        follow_up_left_min=0.0,
    )


def passages(facts: Facts, site: Any, day: Any, status: Any = HELD, **columns: Any) -> Facts:
    """The facts with these passages, in the afternoon 13:30 to 16:30 unless said otherwise."""
    site, day = np.broadcast_arrays(np.asarray(site), np.asarray(day))
    status = np.broadcast_to(np.asarray(status), day.shape)
    held = status == HELD
    given = {
        "half_day": 1,
        "vehicle": np.where(held, 0, -1),
        "fs_agent": np.where(held, 0, -1),
        "cn_agent": np.where(held, 1, -1),
        "announced_open_s": 48_600,
        "announced_close_s": 59_400,
        "open_s": 48_600,
        "close_s": 59_400,
        "overtime_s": 900,
        "discipline": 0,
        "end_s": 59_400,
        "cause": np.where(held, -1, 2),
        "held_by": np.where(held, 2, -1),
    } | columns
    return replace(facts, passages=table(Passages, day.size, site=site, day=day, status=status, **given))


def busy_year(seed: int, *words: str) -> tuple[Facts, MeasureContext]:
    """A whole horizon of consistent facts of about the size of a real one."""
    context = context_of(*words)
    rng = np.random.default_rng(seed)
    facts = empty_facts(context, agents=6, vehicles=3)
    sites, communes = len(context.sites), len(context.communes)

    # One site a half-day: site s on working day 2 s // 2 … of a 14-day cycle, vehicle by turns.
    slots = [(day, half) for day in facts.working_days.tolist() for half in (0, 1)]
    rows = []
    for vehicle in range(3):
        mine = [s for s in range(sites) if s % 3 == vehicle]
        for day, half in slots:
            place = 2 * (day % 14 - (day % 14) // 7 * 2) + half - 2
            if 0 <= place < len(mine):
                rows.append((day, half, mine[place], vehicle))
    rows.sort()
    day, half, site, vehicle = (np.array(c, np.int64) for c in zip(*rows, strict=True))
    n = day.size
    status = rng.choice([HELD, CLOSED, CANCELLED], n, p=[0.88, 0.04, 0.08])
    held = status == HELD
    opens = np.where(half == 0, 34_200, 48_600)
    closes = np.where(half == 0, 41_400, 59_400)
    late = rng.choice([0, 0, 0, 300], n)
    facts = passages(
        facts,
        site,
        day,
        status,
        half_day=half,
        vehicle=np.where(held, vehicle, -1),
        fs_agent=np.where(held, 2 * vehicle, -1),
        cn_agent=np.where(held, 2 * vehicle + 1, -1),
        announced_open_s=opens,
        announced_close_s=closes,
        open_s=opens + late,
        close_s=closes,
        end_s=closes,
        cause=np.where(held, -1, np.where(status == CLOSED, 0, rng.choice([1, 2, 3, 4], n))),
    )
    facts = _with_half_days(facts)

    # Needs: most go elsewhere; those who come are served one after the other, or not.
    needs = 60_000
    home = rng.choice(communes, needs, p=context.population / context.population.sum())
    comes = np.sort(rng.choice(needs, 6_000, replace=False))
    visit_passage = np.sort(rng.choice(np.flatnonzero(status != CLOSED), comes.size))
    order = rng.permutation(comes)
    cancelled = status[visit_passage] == CANCELLED
    rank = np.arange(comes.size) - np.searchsorted(visit_passage, visit_passage)
    server = rank % 2
    open_at = (opens + late)[visit_passage]
    start = open_at + (rank // 2) * 1_500
    outcome = np.where(cancelled, 5, np.where(start + 1_500 <= closes[visit_passage], 0, 1))
    served = outcome == 0
    arrival = np.minimum(open_at - 600 + rank * 500, np.where(served, start, closes[visit_passage] - 1))
    trade_agent = np.where(
        server == 0, facts.passages.fs_agent[visit_passage], facts.passages.cn_agent[visit_passage]
    )
    person = facts.persons
    destination = rng.choice([2, 3, 4, 5, 6], needs, p=[0.5, 0.05, 0.35, 0.05, 0.05])
    destination[order[served]] = 0
    alternatives = facts.alternatives
    permanences = len(alternatives) - 3
    ended = np.full(needs, -1, np.int64)
    ended[destination == 2], ended[destination == 3] = permanences, permanences + 1
    codes = {name: i for i, name in enumerate(alternatives)}
    of_site = np.array([codes[f"permanence:{context.communes[c]}"] for c in context.site_communes])
    place = of_site[facts.passages.site[visit_passage]]
    ended[order[served]] = place[served]
    need_at = rng.integers(0, facts.days * DAY_S, needs)
    came_at = facts.passages.day[visit_passage] * DAY_S + opens[visit_passage]
    need_at[order] = np.maximum(came_at - rng.integers(0, 14 * DAY_S, comes.size), 0)
    need_at[order] = np.minimum(need_at[order], came_at)
    choice = np.where(destination == 2, permanences, len(alternatives) - 1)
    choice[order] = place
    first_at = np.full(needs, -1, np.int64)
    first_at[order] = came_at
    helped_at = np.where(destination == 2, need_at, -1)
    helped_at[order[served]] = (facts.passages.day[visit_passage] * DAY_S + start)[served]
    person = table(
        Persons,
        needs,
        person_id=2_000_000_000_000 + 7 * np.arange(needs),
        home=home,
        need_at=need_at,
        need=rng.integers(0, 5, needs),
        segment=rng.integers(0, 5, needs),
        operator=rng.integers(-1, 6, needs),
        redirected=0,
        choice=choice,
        ended_at=ended,
        destination=destination,
        helped_at=helped_at,
        first_passage_at=first_at,
        without_cell=np.where(rng.random(needs) < 0.6, 2, 4),
    )
    visits = table(
        Visits,
        comes.size,
        passage=visit_passage,
        contact_id=np.arange(comes.size),
        person_id=person.person_id[order],
        attempt=1,
        reason=0,
        home=person.home[order],
        segment=person.segment[order],
        need=person.need[order],
        operator=person.operator[order],
        need_at=person.need_at[order],
        arrival_s=arrival,
        patience_s=np.where(outcome == 1, 60, 20_000),
        work_s=1_500,
        server=np.where(served, trade_agent, -1),
        start_s=np.where(served, start, -1),
        end_s=np.where(served, start + 1_500, -1),
        outcome=outcome,
    )
    row = np.flatnonzero(held)
    windows = table(
        Windows,
        2 * row.size,
        passage=np.repeat(row, 2),
        server=np.stack([facts.passages.fs_agent[row], facts.passages.cn_agent[row]], axis=1).ravel(),
        from_s=np.repeat((opens + late)[row], 2),
        to_s=np.repeat(closes[row] + 901, 2),
        row=np.tile([0, 1], row.size),
    )
    requests = 450
    asked = np.sort(rng.integers(0, facts.days, requests))
    lead = rng.integers(1, 40, requests)
    # Home visits are made by the coordinator, at an hour of their own, so that nobody is in two places.
    unique_day = np.full(requests, -1, np.int64)
    taken: set[int] = set()
    for i, wish in enumerate((asked + lead).tolist()):
        if wish < facts.days and wish not in taken:
            taken.add(wish)
            unique_day[i] = wish
    went = rng.choice([0, 1, 2], requests, p=[0.8, 0.1, 0.1])
    home_outcome = np.where(unique_day >= 0, went, np.where(rng.random(requests) < 0.5, 3, 5))
    visited = home_outcome <= 2
    facts = replace(
        facts,
        persons=person,
        visits=visits,
        windows=windows,
        home_visits=table(
            HomeVisits,
            requests,
            request_id=np.arange(requests),
            home=rng.integers(0, communes, requests),
            channel=0,
            requested_at=asked * DAY_S + 40_000,
            day=np.where(visited, unique_day, -1),
            start_s=np.where(visited, 61_000, -1),
            end_s=np.where(visited, 64_000, -1),
            agent_1=np.where(visited, 6, -1),
            outcome=home_outcome,
            lead_days=np.where(visited, unique_day - asked, -1),
            extra_km=np.where(visited, 12.5, 0.0),
            displaced=0,
        ),
    )
    return facts, context


def _with_half_days(facts: Facts) -> Facts:
    """Vehicles and agents in permanence where passages are held, and the drives that this takes."""
    p = facts.passages
    held = np.flatnonzero(p.status == HELD)
    position = np.full(facts.days, -1, np.int64)
    position[facts.working_days] = np.arange(facts.working_days.size)
    uses = {}
    for name, log, units in (
        ("vehicle", facts.vehicle_days, len(facts.vehicles)),
        ("agent", facts.agent_days, len(facts.agents)),
    ):
        use = np.full((facts.working_days.size, units, 2), 3, np.int64)
        for seat in (p.vehicle,) if name == "vehicle" else (p.fs_agent, p.cn_agent):
            use[position[p.day[held]], seat[held], p.half_day[held]] = 1
        uses[name] = use
        assert log.day.size == use.shape[0] * units
    days = np.unique(p.day[held] * 8 + p.vehicle[held])
    out_day, out_vehicle = days // 8, days % 8
    rows = [
        (out_vehicle, out_day, 0, 28_800, 32_000, 31.0),
        (p.vehicle[held], p.day[held], 2, p.open_s[held], p.close_s[held], 0.0),
        (out_vehicle, out_day, 4, 42_000, 44_700, 0.0),
        (out_vehicle, out_day, 0, 60_000, 63_000, 29.0),
    ]
    columns = [
        np.concatenate([np.broadcast_to(np.asarray(row[i], np.float64), row[0].shape) for row in rows])
        for i in range(6)
    ]
    order = np.lexsort((columns[3], columns[1], columns[0]))
    vehicle, day, activity, start, end = (c[order].astype(np.int64) for c in columns[:5])
    journal = table(
        Journal,
        order.size,
        vehicle=vehicle,
        day=day,
        activity=activity,
        start_s=start,
        end_s=end,
        km=columns[5][order],
    )
    agent_days, vehicle_days = facts.agent_days, facts.vehicle_days
    on_road = (uses["agent"] == 1).any(axis=2).ravel()
    return replace(
        facts,
        journal=journal,
        vehicle_days=replace(
            vehicle_days,
            morning=uses["vehicle"][:, :, 0].ravel().copy(),
            afternoon=uses["vehicle"][:, :, 1].ravel().copy(),
        ),
        agent_days=replace(
            agent_days,
            morning=uses["agent"][:, :, 0].ravel().copy(),
            afternoon=uses["agent"][:, :, 1].ravel().copy(),
            vehicle=np.where(on_road, agent_days.agent // 2, -1),
            duty_start_s=np.where(on_road, 28_800, -1),
            duty_end_s=np.where(on_road, 63_000, -1),
            driving_s=np.where(on_road, 6_200, 0),
        ),
    )
