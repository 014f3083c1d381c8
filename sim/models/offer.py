"""What residents may choose among in one replication: the plan's offer with this world's places.

Adds the place effects of the world to the attractions, and the passages that are announced open.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.clock import DAY_S
from sim.models.access import PERMANENCE
from sim.models.facts import STATUSES
from sim.models.plan import Plan
from sim.models.records import Offer
from sim.world import World

__all__ = ["make_offer"]

CLOSED = STATUSES.index("closed_announced")


def make_offer(plan: Plan, world: World, passages: Any) -> Offer:
    """The offer of a replication; also links each passage of `passages` to the next at its site.

    Attractions of permanences carry exp(σ z − σ²/2), one normal z per commune, so that the mean
    over places is that of the plan.
    """
    access, by_date = plan.access, plan.offer
    sigma = plan.place_effect_sigma
    place = np.where(access.kind == PERMANENCE, np.exp(sigma * world.place_z - sigma**2 / 2), 1.0)
    opens_at = passages["day"] * DAY_S + passages["announced_open_s"]
    open_rows = np.flatnonzero(passages["status"] != CLOSED)
    alternative = by_date.alternative_of_site[passages["site"][open_rows]]
    # rows are sorted by day, half-day and site_id, so a stable sort by opening keeps ties by site_id
    order = np.lexsort((opens_at[open_rows], alternative))
    rows = open_rows[order]
    start = np.searchsorted(alternative[order], np.arange(len(access.ids) + 1))
    following = np.full(len(passages), -1, np.int64)
    by_site = open_rows[np.lexsort((opens_at[open_rows], passages["site"][open_rows]))]
    same = passages["site"][by_site[:-1]] == passages["site"][by_site[1:]]
    following[by_site[:-1][same]] = by_site[1:][same]
    passages["next_at_site"] = following
    return Offer(
        entry_start=access.entry_start,
        first_permanence=access.first_permanence,
        entry_alternative=access.entry_alternative,
        entry_minutes=by_date.entry_minutes,
        cost=by_date.cost / place[access.entry_alternative],
        epoch_of_day=by_date.epoch_of_day,
        kind=access.kind,
        fixed_from=by_date.fixed_from,
        fixed_until=by_date.fixed_until,
        passage_start=start.astype(np.int64),
        passage_order=rows,
        opens_at=opens_at,
        alternative_of_site=by_date.alternative_of_site,
    )
