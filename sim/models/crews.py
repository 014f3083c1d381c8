"""Crews: who works with whom on a morning, by the pairing rule in force (section 7 of the model).

A complete crew has two agents. Tours come ranked, the first to be staffed first; when crews are
fewer, the last go without, or with one agent alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import njit
from sim.models.codes import code
from sim.models.facts import AGENT_STATUSES

__all__ = [
    "ANY_TWO",
    "NAMED",
    "NAMED_STRICT",
    "POOLED",
    "crews",
    "crews_free",
    "crews_planned",
    "free_crew",
    "on_tour",
]

POOLED, NAMED, NAMED_STRICT, ANY_TWO = range(4)
FS, CN, COORDINATOR = (code(trade) for trade in range(3))
EITHER = code(-1)
NOBODY = code(-1)
PRESENT = AGENT_STATUSES.index("present")

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@njit
def crews(
    present: Bools,
    trade: Ints,
    pair: Ints,
    pairing: int,
    solo: int,
    coordinator_days: float,
    tour_vehicle: Ints,
    tour_half_days: Ints,
    seats: Ints,
) -> float:
    """Staff a morning's tours, already ranked; return the days the coordinator stood in.

    Parameters
    ----------
    present
        Whether each agent is there, shape (agents,); those seated are taken off.
    trade, pair
        0 France Services agent, 1 conseiller numérique, 2 coordinator; pair of each (-1: none).
    pairing
        `pooled`: any France Services agent with any conseiller. `any_two`: any two agents, of both
        trades first. `named`: a tour has its own pair when that is complete, else the first-ranked are
        taken over by complete pairs without a tour. `named_strict`: its own pair or none.
    solo
        1: a tour without a crew is held by one agent, if one is left.
    coordinator_days
        Days the coordinator may still stand in for one agent; half a day for a tour of one half-day.
    tour_vehicle, tour_half_days
        The vehicle (hence the pair) each ranked tour belongs to, and its half-days.
    seats
        Written: the two agents of each tour, -1 for an empty seat, shape (tours, 2).
    """
    seats[:] = NOBODY
    touring = on_tour(pair, tour_vehicle)
    if pairing in (NAMED, NAMED_STRICT):
        _seat_pairs(present, trade, pair, pairing, tour_vehicle, seats)
    coordinator = NOBODY
    for a in range(len(trade)):
        if trade[a] == COORDINATOR and present[a]:
            coordinator = a
    stood_in = 0.0
    for k in range(len(tour_vehicle)):
        if seats[k, 0] != NOBODY:
            continue
        first, second = _candidates(present, trade, pair, pairing, touring, tour_vehicle[k])
        cost = 0.5 * tour_half_days[k]
        alone = (first == NOBODY) != (second == NOBODY)
        if alone and coordinator != NOBODY and stood_in + cost <= coordinator_days:
            first = coordinator if first == NOBODY else first
            second = coordinator if second == NOBODY else second
            stood_in += cost
            coordinator = NOBODY
        if first != NOBODY and second != NOBODY:
            _seat(present, seats, k, first, second)
    if solo == 1:
        _seat_alone(present, trade, pair, pairing, touring, tour_vehicle, seats)
    return stood_in


@njit
def _seat(present: Bools, seats: Ints, k: int, first: int, second: int) -> None:
    seats[k, 0], seats[k, 1] = first, second
    for agent in (first, second):
        if agent != NOBODY:
            present[agent] = False


@njit
def _member(present: Bools, trade: Ints, pair: Ints, kind: int, which: int) -> int:
    """The agent of a trade in a pair, if she is there."""
    for a in range(len(trade)):
        if present[a] and trade[a] == kind and pair[a] == which:
            return a
    return NOBODY


@njit
def _seat_pairs(
    present: Bools, trade: Ints, pair: Ints, pairing: int, tour_vehicle: Ints, seats: Ints
) -> None:
    """Seat complete pairs on their own tours; with takeover, those without one hold the first left."""
    for k in range(len(tour_vehicle)):
        first = _member(present, trade, pair, FS, tour_vehicle[k])
        second = _member(present, trade, pair, CN, tour_vehicle[k])
        if first != NOBODY and second != NOBODY:
            _seat(present, seats, k, first, second)
    if pairing == NAMED_STRICT:
        return
    for k in range(len(tour_vehicle)):
        for p in range(pair.max() + 1):
            first = _member(present, trade, pair, FS, p)
            second = _member(present, trade, pair, CN, p)
            if seats[k, 0] == NOBODY and first != NOBODY and second != NOBODY:
                _seat(present, seats, k, first, second)


@njit
def on_tour(pair: Ints, tour_vehicle: Ints) -> Bools:
    """Whether the vehicle of each agent's pair has a tour today, shape (agents,)."""
    busy = np.zeros(max(pair.max(), tour_vehicle.max() if len(tour_vehicle) else 0) + 1, np.bool_)
    for v in tour_vehicle:
        busy[v] = True
    out = np.empty(len(pair), np.bool_)
    for a in range(len(pair)):
        out[a] = pair[a] >= 0 and busy[pair[a]]
    return out


@njit
def _candidates(
    present: Bools, trade: Ints, pair: Ints, pairing: int, touring: Bools, own: int
) -> tuple[int, int]:
    """The agents who could take the seats of a tour of the pair `own`, NOBODY where there is none left."""
    if pairing in (NAMED, NAMED_STRICT):
        return _member(present, trade, pair, FS, own), _member(present, trade, pair, CN, own)
    first = _someone(present, trade, pair, FS, touring, own, NOBODY)
    second = _someone(present, trade, pair, CN, touring, own, NOBODY)
    if pairing == ANY_TWO and first == NOBODY and second != NOBODY:
        first = _someone(present, trade, pair, CN, touring, own, second)
    elif pairing == ANY_TWO and second == NOBODY and first != NOBODY:
        second = _someone(present, trade, pair, FS, touring, own, first)
    return first, second


@njit
def _someone(present: Bools, trade: Ints, pair: Ints, kind: int, touring: Bools, own: int, but: int) -> int:
    """An agent of a trade: of the tour's own pair, else of a pair without a tour, else the first left."""
    found = NOBODY
    for a in range(len(trade)):
        if not present[a] or a == but or trade[a] == COORDINATOR or kind not in (EITHER, trade[a]):
            continue
        if pair[a] == own:
            return a
        if found == NOBODY or (touring[found] and not touring[a]):
            found = a
    return found


@njit
def _seat_alone(
    present: Bools, trade: Ints, pair: Ints, pairing: int, touring: Bools, tour_vehicle: Ints, seats: Ints
) -> None:
    """One agent holds the desk of a tour without a crew; under `named_strict` one of its own pair."""
    for k in range(len(tour_vehicle)):
        if seats[k, 0] != NOBODY or seats[k, 1] != NOBODY:
            continue
        own = tour_vehicle[k]
        if pairing == NAMED_STRICT:
            alone = _member(present, trade, pair, FS, own)
            if alone == NOBODY:
                alone = _member(present, trade, pair, CN, own)
        else:
            alone = _someone(present, trade, pair, EITHER, touring, own, NOBODY)
        if alone != NOBODY and trade[alone] == FS:
            _seat(present, seats, k, alone, NOBODY)
        elif alone != NOBODY:
            _seat(present, seats, k, NOBODY, alone)


@njit
def free_crew(present: Bools, trade: Ints, pair: Ints, pairing: int, one_agent: bool) -> tuple[int, int]:
    """A crew from the agents left, by the rule in force: one agent, a complete pair, or any two."""
    for a in range(len(trade)):
        if not present[a] or trade[a] == COORDINATOR:
            continue
        if one_agent:
            return a, NOBODY
        for b in range(len(trade)):
            if b == a or not present[b] or trade[b] == COORDINATOR:
                continue
            if pairing == ANY_TWO and b > a:
                return a, b
            if trade[a] == FS and trade[b] == CN and (pairing == POOLED or pair[a] == pair[b]):
                return a, b
    return NOBODY, NOBODY


@njit
def crews_free(present: Bools, trade: Ints, pair: Ints, pairing: int, one_agent: bool) -> int:
    """How many crews `free_crew` makes of the agents left, one after the other.

    Every crew takes one agent, or one of each trade (of one pair unless pooled), or any two; so the order
    in which they are made does not change their number.
    """
    pairs = pair.max() + 1
    left = np.zeros((pairs + 1, 2), np.int64)
    for a in range(len(trade)):
        if present[a] and trade[a] != COORDINATOR:
            left[pairs if pairing == POOLED else pair[a], trade[a]] += 1
    if one_agent:
        return int(left.sum())
    if pairing == ANY_TWO:
        return int(left.sum() // 2)
    return int(np.minimum(left[:, 0], left[:, 1]).sum())


@njit
def crews_planned(
    status: Ints, trade: Ints, pair: Ints, day: int, pairing: int, one_agent: bool, tours: int
) -> int:
    """Crews left for home visits on a day if nobody falls ill, after `tours` tours are staffed by two."""
    present = np.empty(len(trade), np.bool_)
    for a in range(len(trade)):
        present[a] = status[a, day] == PRESENT
    n = crews_free(present, trade, pair, pairing, False)
    if one_agent and n >= tours:
        n = crews_free(present, trade, pair, pairing, True) - tours
    return int(max(n - tours, 0))
