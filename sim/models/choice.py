"""Where a resident goes when a need arises: random utility (McFadden 1974), Huff's attraction (1964).

She takes the alternative of least E·exp(−V), where E = −ln u is her Exp(1) taste for it, u drawn in
the world: the same as the largest V plus a Gumbel draw. So closing an alternative moves only those who had
chosen it. V = ln(multiplier × hours a month^β × place effect) − ln 2 · minutes / halving.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.compiled import njit, njit_leaf
from sim.models.access import FIXED, GIVES_UP, ROUND
from sim.models.driving import Roads, drive_minutes
from sim.models.facts import DESTINATIONS
from sim.models.records import NeedColumns, Offer, PersonColumns

__all__ = [
    "choose",
    "choose_elsewhere",
    "choose_permanences",
    "first_passage",
    "nearest_fixed",
    "settle",
]

_FIXED = DESTINATIONS.index("fixed")
_ROUND = DESTINATIONS.index("msa_round")
_GAVE_UP = DESTINATIONS.index("gave_up")
_LOST = DESTINATIONS.index("lost")
_WAITING = DESTINATIONS.index("waiting")


@njit_leaf
def _best(taste: Any, cost: Any, least: float) -> tuple[int, float]:
    """The entry of least −ln u · cost below `least`, -1 when there is none, and its value.

    Because −ln u ≥ 1 − u, most people are passed over without a logarithm, several entries at once.
    """
    below = 0
    for e in range(len(taste)):
        below += (1.0 - taste[e]) * cost[e] < least
    best = -1
    if below == 0:
        return best, least
    for e in range(len(taste)):
        u = taste[e]
        if (1.0 - u) * cost[e] < least:
            value = -np.log(u) * cost[e]
            if value < least:
                best, least = e, value
    return best, least


@njit_leaf
def choose_elsewhere(needs: NeedColumns, offer: Offer, persons: PersonColumns, least: Any) -> None:
    """Fill `persons` with what everybody would do at her own date without permanences, settled there."""
    for i in range(len(needs.home)):
        home, at = needs.home[i], needs.at[i]
        cost = offer.cost[offer.epoch_of_day[at // 86_400]]
        start, split = offer.entry_start[home], offer.first_permanence[home]
        taste = needs.taste[needs.taste_start[i] : needs.taste_start[i + 1]]
        entry, least[i] = _best(taste, cost[start:split], np.inf)
        alternative = offer.entry_alternative[start + entry]
        persons.choice[i] = alternative
        settle(persons, offer, i, alternative, at)


@njit
def choose_permanences(needs: NeedColumns, offer: Offer, least: Any, persons: PersonColumns) -> Any:
    """Of those who know the cell, who prefers a permanence to what she would do without; their positions.

    `least` is E·exp(−V) of the latter. Whoever comes to the cell is waiting until something becomes of her.
    """
    coming = np.empty(len(needs.home), np.int64)
    return coming[: _prefer_permanences(needs, offer, least, persons, coming)].copy()


@njit_leaf
def _prefer_permanences(
    needs: NeedColumns, offer: Offer, least: Any, persons: PersonColumns, coming: Any
) -> int:
    n = 0
    for i in range(len(needs.home)):
        if not needs.aware[i]:
            continue
        home = needs.home[i]
        cost = offer.cost[offer.epoch_of_day[needs.at[i] // 86_400]]
        split, stop = offer.first_permanence[home], offer.entry_start[home + 1]
        taste = needs.permanence_taste[needs.permanence_start[i] : needs.permanence_start[i + 1]]
        entry, _ = _best(taste, cost[split:stop], least[i])
        if entry >= 0:
            persons.choice[i] = offer.entry_alternative[split + entry]
            persons.destination[i] = _WAITING
            persons.ended_at[i] = -1
            persons.helped_at[i] = -1
            coming[n] = i
            n += 1
    return n


@njit_leaf
def choose(needs: NeedColumns, offer: Offer, passages: Any, i: int, at: int, until: int) -> int:
    """Choose again at an instant: permanences count only with a passage to come before `until`."""
    cost = offer.cost[offer.epoch_of_day[at // 86_400]]
    start, split = offer.entry_start[needs.home[i]], offer.first_permanence[needs.home[i]]
    taste = needs.taste[needs.taste_start[i] : needs.taste_start[i + 1]]
    entry, least = _best(taste, cost[start:split], np.inf)
    best = -1 if entry < 0 else start + entry
    first = needs.permanence_start[i]
    for t in range(first, needs.permanence_start[i + 1]):
        e = split + t - first
        value = -np.log(needs.permanence_taste[t]) * cost[e]
        if value < least:
            p = _search(offer, passages, offer.entry_alternative[e], at)
            end = offer.passage_start[offer.entry_alternative[e] + 1]
            if p < end and offer.opens_at[offer.passage_order[p]] <= until:
                best, least = e, value
    return -1 if best < 0 else offer.entry_alternative[best]


@njit_leaf
def _search(offer: Offer, passages: Any, alternative: int, at: int) -> int:
    """Position in `passage_order` of the first passage whose announced opening is at or after `at`.

    Passages held or cancelled are over, even when announced later: whoever lost patience before a late
    opening would otherwise be awaited where nobody looks any more.
    """
    end = offer.passage_start[alternative + 1]
    low, high = offer.passage_start[alternative], end
    while low < high:
        middle = (low + high) // 2
        if offer.opens_at[offer.passage_order[middle]] < at:
            low = middle + 1
        else:
            high = middle
    while low < end and passages[offer.passage_order[low]].status >= 0:
        low += 1
    return low


@njit_leaf
def first_passage(
    offer: Offer, passages: Any, roads: Roads, sites: int, alternative: int, home: int, at: int
) -> int:
    """The first passage of a commune's permanences at or after an instant, -1 when there is none.

    Passages that open together: the nearest site, then the least site_id (sites are numbered so
    that `passage_order` lists ties by site_id).
    """
    p = _search(offer, passages, alternative, at)
    end = offer.passage_start[alternative + 1]
    if p >= end:
        return -1
    best = offer.passage_order[p]
    opens = offer.opens_at[best]
    p += 1
    if p < end and offer.opens_at[offer.passage_order[p]] == opens:
        minutes = drive_minutes(roads, sites + home, passages[best].site)
        while p < end and offer.opens_at[offer.passage_order[p]] == opens:
            other = offer.passage_order[p]
            m = drive_minutes(roads, sites + home, passages[other].site)
            if m < minutes and passages[other].status < 0:
                best, minutes = other, m
            p += 1
    return best


@njit_leaf
def nearest_fixed(offer: Offer, home: int, day: int) -> int:
    """The nearest fixed structure open on a day within reach of a commune, -1 when there is none."""
    best, minutes = -1, np.inf
    for e in range(offer.entry_start[home], offer.entry_start[home + 1]):
        a = offer.entry_alternative[e]
        is_open = offer.kind[a] == FIXED and offer.fixed_from[a] <= day < offer.fixed_until[a]
        if is_open and offer.entry_minutes[e] < minutes:
            best, minutes = a, offer.entry_minutes[e]
    return best


@njit_leaf
def settle(persons: PersonColumns, offer: Offer, i: int, alternative: int, at: int) -> None:
    """Note where a need ended outside the cell; whoever was served already stays where she was."""
    if persons.served[i]:
        return
    if alternative < 0:
        persons.destination[i] = _LOST
    elif offer.kind[alternative] == FIXED:
        persons.destination[i] = _FIXED
    elif offer.kind[alternative] == ROUND:
        persons.destination[i] = _ROUND
    elif offer.kind[alternative] == GIVES_UP:
        persons.destination[i] = _GAVE_UP
        alternative = -1
    persons.ended_at[i] = alternative
    if alternative >= 0:
        persons.helped_at[i] = at
