"""Facts as the tables of the contract: names for codes, dates for days, null for what does not apply."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.clock import DAY_S
from sim.models.facts import (
    ACTIVITIES,
    CAUSES,
    DISCIPLINES,
    HALF_DAYS,
    HOME_OUTCOMES,
    OUTCOMES,
    REASONS,
    STATUSES,
    Facts,
)
from sim.settings import NEEDS, Settings
from sim.territory import Territory

__all__ = ["facts_tables", "server_id"]

Ints = NDArray[np.int64]


def server_id(code: int, agents: Sequence[str]) -> str:
    """The id of a server: the agent's, or P1, P2… for self-service posts (coded -2, -3…)."""
    return agents[code] if code >= 0 else f"P{-1 - code}"


def facts_tables(facts: Facts, settings: Settings, territory: Territory) -> dict[str, pa.Table]:
    """Visits, passages, home visits and journal of one replication.

    Parameters
    ----------
    facts
        Of one replication of one scenario.
    settings
        Of that scenario: names of segments, operators and booking channels.
    territory
        Names of sites and communes.

    Returns
    -------
    dict
        Tables by name, without `scenario` and `replication`.
    """
    communes = [commune.insee_code for commune in territory.communes]
    sites = [site.site_id for site in territory.sites]
    day_name = _day_names(facts)
    passage_ids = _passage_ids(facts, sites, day_name)
    return {
        "visits": _visits(facts, settings, communes, passage_ids, day_name),
        "passages": _passages(facts, sites, passage_ids, day_name),
        "home_visits": _home_visits(facts, settings, communes, day_name),
        "journal": _journal(facts, day_name),
    }


Named = Callable[[Ints], pa.Array]


def _named(codes: Ints, names: Sequence[str]) -> pa.Array:
    """Names of codes, null for -1."""
    return pa.DictionaryArray.from_arrays(_whole(codes).cast(pa.int32()), pa.array(names, pa.string())).cast(
        pa.string()
    )


def _whole(values: Ints) -> pa.Array:
    """Whole numbers, null for -1."""
    values = np.ascontiguousarray(values, np.int64)
    return pa.array(values, pa.int64(), mask=values < 0)


def _day_names(facts: Facts) -> Named:
    first = date.fromordinal(facts.first_day)
    last = max(
        [
            facts.days - 1,
            *(int(days.max()) for days in (facts.passages.day, facts.home_visits.day) if days.size),
        ]
    )
    names = [(first + timedelta(days=i)).isoformat() for i in range(last + 1)]
    return lambda days: _named(days, names)


def _passage_ids(facts: Facts, sites: Sequence[str], day_name: Named) -> pa.Array:
    """`2021-07-06_morning_SITE`, with `_2` for a second passage of a site in one half-day."""
    p = facts.passages
    seen: dict[str, int] = {}
    ids = []
    columns = (day_name(p.day).to_pylist(), p.half_day.tolist(), p.site.tolist())
    for day, half_day, site in zip(*columns, strict=True):
        name = f"{day}_{HALF_DAYS[half_day]}_{sites[site]}"
        seen[name] = seen.get(name, 0) + 1
        ids.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return pa.array(ids, pa.string())


def _visits(
    facts: Facts, settings: Settings, communes: Sequence[str], passage_ids: pa.Array, day_name: Named
) -> pa.Table:
    v = facts.visits
    needs = settings.demand.needs
    servers, positions = np.unique(v.server, return_inverse=True)
    names = [server_id(int(code), facts.agents) for code in servers]
    return pa.table(
        {
            "passage_id": passage_ids.take(pa.array(v.passage)),
            "contact_id": pa.array(v.contact_id),
            "person_id": pa.array(v.person_id),
            "attempt": pa.array(v.attempt),
            "reason": _named(v.reason, REASONS),
            "home_insee": _named(v.home, communes),
            "segment": _named(v.segment, tuple(needs.segments)),
            "need": _named(v.need, NEEDS),
            "operator": _named(v.operator, tuple(needs.operators)),
            "need_date": day_name(v.need_at // DAY_S),
            "date": day_name(facts.passages.day[v.passage]),
            "arrival_s": pa.array(v.arrival_s),
            "patience_s": pa.array(v.patience_s),
            "work_s": pa.array(v.work_s),
            "appointment_s": _whole(v.appointment_s),
            "server": _named(np.where(v.server == -1, -1, positions), names),
            "start_s": _whole(v.start_s),
            "end_s": _whole(v.end_s),
            "outcome": _named(v.outcome, OUTCOMES),
        }
    )


def _passages(facts: Facts, sites: Sequence[str], passage_ids: pa.Array, day_name: Named) -> pa.Table:
    p = facts.passages
    return pa.table(
        {
            "passage_id": passage_ids,
            "site_id": _named(p.site, sites),
            "date": day_name(p.day),
            "half_day": _named(p.half_day, HALF_DAYS),
            "vehicle": _named(p.vehicle, facts.vehicles),
            "fs_agent": _named(p.fs_agent, facts.agents),
            "cn_agent": _named(p.cn_agent, facts.agents),
            "announced_open_s": _whole(p.announced_open_s),
            "announced_close_s": _whole(p.announced_close_s),
            "open_s": _whole(p.open_s),
            "close_s": _whole(p.close_s),
            "overtime_s": _whole(p.overtime_s),
            "discipline": _named(p.discipline, DISCIPLINES),
            "end_s": _whole(p.end_s),
            "status": _named(p.status, STATUSES),
            "cause": _named(p.cause, CAUSES),
            "held_by": _whole(np.where(p.status == STATUSES.index("held"), p.held_by, -1)),
            "servers": _servers(facts),
        }
    )


def _servers(facts: Facts) -> pa.Array:
    """Servers of each passage with their windows, as JSON; null where nobody served."""
    rows = [
        (
            {need: float(share) for need, share in zip(NEEDS, shares, strict=True)},
            [need for need, first in zip(NEEDS, firsts, strict=True) if first],
        )
        for shares, firsts in zip(facts.efficiencies, facts.first_choices, strict=True)
    ]
    found: dict[int, list[dict[str, Any]]] = {}
    w = facts.windows
    columns = (w.passage.tolist(), w.server.tolist(), w.from_s.tolist(), w.to_s.tolist(), w.row.tolist())
    for passage, server, from_s, to_s, row in zip(*columns, strict=True):
        efficiency, first_choice = rows[row]
        found.setdefault(passage, []).append(
            {
                "id": server_id(server, facts.agents),
                "from_s": from_s,
                "to_s": to_s,
                "efficiency": efficiency,
                "first_choice": first_choice,
            }
        )
    texts = [
        json.dumps(found[i], separators=(",", ":")) if i in found else None
        for i in range(len(facts.passages.site))
    ]
    return pa.array(texts, pa.string())


def _home_visits(facts: Facts, settings: Settings, communes: Sequence[str], day_name: Named) -> pa.Table:
    h = facts.home_visits
    extra = np.ascontiguousarray(h.extra_km, np.float64)
    crews = [
        ",".join(facts.agents[agent] for agent in crew if agent >= 0) or None
        for crew in zip(h.agent_1.tolist(), h.agent_2.tolist(), strict=True)
    ]
    return pa.table(
        {
            "request_id": pa.array(h.request_id),
            "insee_code": _named(h.home, communes),
            "channel": _named(h.channel, tuple(settings.homes.channels)),
            "requested_at": _instants(facts, h.requested_at),
            "booked_at": _instants(facts, h.booked_at),
            "date": day_name(h.day),
            "start_s": _whole(h.start_s),
            "end_s": _whole(h.end_s),
            "vehicle": _named(h.vehicle, facts.vehicles),
            "agents": pa.array(crews, pa.string()),
            "outcome": _named(h.outcome, HOME_OUTCOMES),
            "lead_days": _whole(h.lead_days),
            "extra_km": pa.array(extra, mask=np.isnan(extra) | (h.vehicle < 0)),
        }
    )


def _instants(facts: Facts, at: Ints) -> pa.Array:
    """ISO 8601 local times, null for -1."""
    midnight = datetime.combine(date.fromordinal(facts.first_day), datetime.min.time())
    texts = [(midnight + timedelta(seconds=s)).isoformat() if s >= 0 else None for s in at.tolist()]
    return pa.array(texts, pa.string())


def _journal(facts: Facts, day_name: Named) -> pa.Table:
    j = facts.journal
    return pa.table(
        {
            "vehicle": _named(j.vehicle, facts.vehicles),
            "date": day_name(j.day),
            "activity": _named(j.activity, ACTIVITIES),
            "place_from": _named(j.place_from, facts.places),
            "place_to": _named(j.place_to, facts.places),
            "start_s": _whole(j.start_s),
            "end_s": _whole(j.end_s),
            "km": pa.array(np.ascontiguousarray(j.km, np.float64)),
        }
    )
