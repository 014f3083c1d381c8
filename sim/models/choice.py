"""Where a resident goes when a need arises: random utility (McFadden 1974), Huff's attraction (1964).

She takes the alternative of least E·exp(−V), where E = −ln u is her Exp(1) taste for it, u drawn in
the world: the same as the largest V plus a Gumbel draw. So closing an alternative moves only those who had
chosen it. V = ln(multiplier × hours a month^β × place effect) − ln 2 · minutes / halving.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.compiled import njit, njit_leaf
from sim.models.access import FIXED, GIVES_UP, PERMANENCE, ROUND
from sim.models.driving import Roads, drive_minutes
from sim.models.facts import DESTINATIONS
from sim.models.records import NeedColumns, Offer

__all__ = ["choose", "choose_all", "first_passage", "nearest_fixed", "settle"]

_FIXED = DESTINATIONS.index("fixed")
_ROUND = DESTINATIONS.index("msa_round")
_GAVE_UP = DESTINATIONS.index("gave_up")
_LOST = DESTINATIONS.index("lost")


@njit_leaf
def _best(
    needs: NeedColumns, cost: Any, taste: int, first: int, last: int, least: float
) -> tuple[int, float]:
    """The entry of least −ln u · cost below `least` among entries first:last, -1 when there is none.

    `taste` is the position of the uniform of entry `first`. Because −ln u ≥ 1 − u, most entries are
    passed over without a logarithm.
    """
    best = -1
    for e in range(first, last):
        u = needs.taste[taste + e - first]
        if (1.0 - u) * cost[e] < least:
            value = -np.log(u) * cost[e]
            if value < least:
                best, least = e, value
    return best, least


@njit
def choose_all(needs: NeedColumns, offer: Offer, persons: Any) -> None:
    """Choose for every need at its own date; also what she would choose without the cell."""
    for i in range(len(needs.home)):
        cost = offer.cost[offer.epoch_of_day[needs.at[i] // 86_400]]
        home = needs.home[i]
        start, split, stop = (
            offer.entry_start[home],
            offer.first_permanence[home],
            offer.entry_start[home + 1],
        )
        taste = needs.taste_start[i]
        entry, least = _best(needs, cost, taste, start, split, np.inf)
        persons[i].without_cell = offer.entry_alternative[entry]
        if needs.aware[i]:
            permanence, _ = _best(needs, cost, taste + split - start, split, stop, least)
            entry = permanence if permanence >= 0 else entry
        persons[i].choice = offer.entry_alternative[entry]


@njit_leaf
def choose(needs: NeedColumns, offer: Offer, passages: Any, i: int, at: int, until: int) -> int:
    """Choose again at an instant: permanences count only with a passage to come before `until`."""
    epoch = offer.epoch_of_day[at // 86_400]
    e = offer.entry_start[needs.home[i]]
    best, choice = np.inf, -1
    for t in range(needs.taste_start[i], needs.taste_start[i + 1]):
        cost = -np.log(needs.taste[t]) * offer.cost[epoch, e]
        alternative = offer.entry_alternative[e]
        e += 1
        if cost >= best:
            continue
        if offer.kind[alternative] == PERMANENCE:
            p = _search(offer, passages, alternative, at)
            if p == offer.passage_start[alternative + 1] or offer.opens_at[offer.passage_order[p]] > until:
                continue
        best, choice = cost, alternative
    return choice


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
def settle(persons: Any, offer: Offer, i: int, alternative: int, at: int) -> None:
    """Note where a need ended outside the cell; whoever was served already stays where she was."""
    if persons[i].served == 1:
        return
    if alternative < 0:
        persons[i].destination = _LOST
    elif offer.kind[alternative] == FIXED:
        persons[i].destination = _FIXED
    elif offer.kind[alternative] == ROUND:
        persons[i].destination = _ROUND
    elif offer.kind[alternative] == GIVES_UP:
        persons[i].destination = _GAVE_UP
        alternative = -1
    persons[i].ended_at = alternative
    if alternative >= 0:
        persons[i].helped_at = at
