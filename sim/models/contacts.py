"""Contacts: who is expected at which passage, and what becomes of those not served.

Rules 5 to 7 of the model's section 6, around the desk itself. The contacts awaited at a passage are a
linked list in the table of contacts; whoever comes back is put on the list of a later passage.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.clock import DAY_S
from sim.compiled import njit
from sim.models.access import PERMANENCE
from sim.models.choice import choose, first_passage, nearest_fixed, settle
from sim.models.codes import NO, NONE, YES, codes
from sim.models.facts import OUTCOMES, REASONS, STATUSES
from sim.models.plan import DeskRules
from sim.models.state import CONTACTS, State

__all__ = ["MOST_CONTACTS", "arrival_second", "close_door", "first_contacts", "follow_up", "not_served"]

(DOOR_CLOSED,) = codes(OUTCOMES, "door_closed")
EXPECTED = -1  # has not come yet
TOLD = -2  # was told of a cancellation and did not come: no contact
FIRST, NOT_SERVED, FOLLOW_UP = codes(REASONS, "first", "not_served", "follow_up")
(CANCELLED,) = codes(STATUSES, "cancelled")
MOST_CONTACTS = 3
SLOT_S = 900
"""Appointments are given every quarter of an hour."""


@njit
def arrival_second(rules: DeskRules, quantile: float, open_s: int, close_s: int) -> int:
    """The second at which a visitor arrives: a quantile of the profile over the announced hours."""
    if quantile < rules.early_share:
        return max(0, int(open_s - rules.early_s * (1.0 - quantile / rules.early_share)))
    left = (quantile - rules.early_share) / (1.0 - rules.early_share)
    third = (close_s - open_s) / 3.0
    total = rules.thirds[0] + rules.thirds[1] + rules.thirds[2]
    for k in range(3):
        share = rules.thirds[k] / total
        if left < share:
            return min(int(open_s + third * (k + left / share)), close_s - 1)
        left -= share
    return close_s - 1


@njit
def _expect(state: State, person: int, passage: int, attempt: int, reason: int, half_work: int) -> None:
    """Put a person on the list of a passage, with the moment and patience of her attempt."""
    n = state.count[CONTACTS]
    if n == len(state.contacts):
        larger = np.empty(2 * n, state.contacts.dtype)
        larger[:n] = state.contacts
        state.contacts = larger
    state.count[CONTACTS] = n + 1
    rules, needs = state.desk, state.needs
    p = state.passages[passage]
    c = state.contacts[n]
    a = attempt - 1
    c.person = person
    c.passage = passage
    c.attempt = attempt
    c.reason = reason
    c.half_work = half_work
    c.arrival_s = arrival_second(rules, needs.quantile[person, a], p.announced_open_s, p.announced_close_s)
    c.patience_s = needs.patience_s[person, a]
    c.work_s = needs.work_s[person] * (rules.follow_up_work if half_work == 1 else 1.0)
    c.appointment_s = -1
    if needs.appointment[person, a] < rules.appointment:
        slot = max(-(-c.arrival_s // SLOT_S) * SLOT_S, p.announced_open_s)
        if slot < p.announced_close_s:
            c.appointment_s = slot
    c.server = -1
    c.start_s = -1
    c.end_s = -1
    c.outcome = EXPECTED
    c.following = p.first_contact
    p.first_contact = n


@njit
def first_contacts(state: State, coming: NDArray[np.int64]) -> None:
    """Put everyone who chose a permanence on the list of the first passage she can take.

    Whoever finds no passage within the time after which people choose again does so at once.
    """
    needs, offer, persons = state.needs, state.offer, state.persons
    passages, roads, sites = state.passages, state.roads, state.sites
    again_s = state.desk.again_s
    for i in coming:
        alternative = persons.choice[i]
        at = needs.at[i]
        p = first_passage(offer, passages, roads, sites, alternative, needs.home[i], at)
        if p < 0 or offer.opens_at[p] > at + again_s:
            alternative = choose(needs, offer, passages, i, at, at + again_s)
            p = -1
            if alternative >= 0 and offer.kind[alternative] == PERMANENCE:
                p = first_passage(offer, passages, roads, sites, alternative, needs.home[i], at)
        if p >= 0:
            persons.first_passage_at[i] = offer.opens_at[p]
            _expect(state, i, p, YES, FIRST, NO)
        else:
            settle(persons, offer, i, alternative, at)


@njit
def _again(
    state: State, person: int, passage: int, attempt: int, reason: int, half_work: int, at: int
) -> None:
    """Put a person on the list of the site's next passage; without one in time she chooses again."""
    offer = state.offer
    until = at + state.desk.again_s
    p = state.passages[passage].next_at_site
    while p >= 0 and (offer.opens_at[p] <= at or state.passages[p].status >= 0):
        p = state.passages[p].next_at_site
    if p < 0 or offer.opens_at[p] > until:
        alternative = choose(state.needs, offer, state.passages, person, at, until)
        p = -1
        if alternative >= 0 and offer.kind[alternative] == PERMANENCE:
            home = state.needs.home[person]
            p = first_passage(offer, state.passages, state.roads, state.sites, alternative, home, at)
        if p < 0:
            settle(state.persons, offer, person, alternative, at)
            return
    _expect(state, person, p, attempt, reason, half_work)


@njit
def follow_up(state: State, contact: int, at: int) -> None:
    """Bring a person back for what was not solved, with part of the work, if she has a contact left."""
    c = state.contacts[contact]
    if c.attempt < MOST_CONTACTS:
        _again(state, c.person, c.passage, c.attempt + 1, FOLLOW_UP, YES, at)


@njit
def not_served(state: State, contact: int, at: int, used: int) -> None:
    """Rule 6: comes back, goes to the nearest fixed structure, or is lost.

    `used` is 1 when the contact took place, 0 when she was told not to come.
    """
    c = state.contacts[contact]
    person, attempt = c.person, c.attempt
    rules = state.desk
    fate = state.needs.fate[person, attempt - 1]
    if fate < rules.comes_back and attempt + used <= MOST_CONTACTS:
        reason = NOT_SERVED if used == 1 else c.reason
        _again(state, person, c.passage, attempt + used, reason, c.half_work, at)
    elif rules.comes_back <= fate < rules.comes_back + rules.goes_fixed:
        nearest = nearest_fixed(state.offer, state.needs.home[person], at // DAY_S)
        settle(state.persons, state.offer, person, nearest, at)
    else:
        settle(state.persons, state.offer, person, NONE, at)


@njit
def close_door(state: State, passage: int, at: int, cause: int) -> None:
    """Rule 7: cancel a passage at an instant; those not told come and find the door closed.

    Whoever has come by then cannot be told any more.
    """
    p = state.passages[passage]
    p.status = CANCELLED
    p.cause = cause
    needs = state.needs
    contact = p.first_contact
    while contact >= 0:
        c = state.contacts[contact]
        following = c.following
        person = c.person
        since = max(at, needs.at[person])  # her need may arise later the same morning
        comes = p.day * DAY_S + c.arrival_s
        if comes > at and needs.told[person, c.attempt - 1] < state.desk.told:
            c.outcome = TOLD
            not_served(state, contact, since, NO)
        else:
            c.outcome = DOOR_CLOSED
            not_served(state, contact, max(since, comes), YES)
        contact = following
