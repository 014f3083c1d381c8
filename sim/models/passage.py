"""A passage from its list of contacts: who comes, the desk, what becomes of those not served.

Rules 5 to 7 of the model's section 6 around the desk itself: the contacts waiting for a passage are
a linked list in the table of contacts; holding it writes their outcomes and puts those who come
back, or come for a follow-up, on the list of a later passage.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import njit
from sim.models.access import PERMANENCE
from sim.models.choice import choose, first_passage, nearest_fixed, settle
from sim.models.desk import desk_kernel
from sim.models.driving import Roads
from sim.models.facts import DESTINATIONS, OUTCOMES, REASONS, STATUSES
from sim.models.records import NeedColumns, Offer
from sim.settings import Desk

__all__ = ["DeskRules", "close_door", "first_contacts", "hold", "make_desk_rules"]

_SERVED = OUTCOMES.index("served")
_DOOR_CLOSED = OUTCOMES.index("door_closed")
_EXPECTED = -1  # has not come yet
_TOLD = -2  # was told of a cancellation and did not come: no contact
_FIRST = REASONS.index("first")
_NOT_SERVED = REASONS.index("not_served")
_FOLLOW_UP = REASONS.index("follow_up")
_ITINERANT = DESTINATIONS.index("itinerant")
_CANCELLED = STATUSES.index("cancelled")
_CONTACTS = 3


class DeskRules(NamedTuple):
    """The parameters of the desk, in seconds and shares, for compiled code.

    `efficiency` and `first_choice` have one row per kind of server (France Services agent,
    conseiller numérique, self-service post) and one column per need. `agent_rank` orders agents and
    `post_code` lists self-service posts (coded -2 − k) by their ids compared as text.
    """

    discipline: int
    overtime_s: int
    early_share: float
    early_s: float
    thirds: NDArray[np.float64]
    comes_back: float
    goes_fixed: float
    told: float
    again_s: int
    appointment: float
    follow_up_work: float
    workshop_s: int
    efficiency: NDArray[np.float64]
    first_choice: NDArray[np.bool_]
    agent_rank: NDArray[np.int64]
    post_code: NDArray[np.int64]


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
        if left < share or k == 2:
            return min(int(open_s + third * (k + min(left / share, 1.0))), close_s - 1)
        left -= share
    return close_s - 1


@njit
def _expect(
    rules: DeskRules,
    needs: NeedColumns,
    passages: Any,
    contacts: Any,
    count: Any,
    person: int,
    passage: int,
    attempt: int,
    reason: int,
    half_work: int,
) -> None:
    """Put a person on the list of a passage, with the moment and patience of her attempt."""
    n = count[0]
    count[0] = n + 1
    c = contacts[n]
    a = attempt - 1
    p = passages[passage]
    c.person = person
    c.passage = passage
    c.attempt = attempt
    c.reason = reason
    c.half_work = half_work
    c.arrival_s = arrival_second(rules, needs.quantile[person, a], p.announced_open_s, p.announced_close_s)
    c.patience_s = needs.patience_s[person, a]
    c.work_s = needs.work_s[person] * rules.follow_up_work if half_work == 1 else needs.work_s[person]
    c.appointment_s = -1
    if needs.appointment[person, a] < rules.appointment:
        slot = -(-c.arrival_s // 900) * 900
        if slot < p.announced_close_s:
            c.appointment_s = slot
    c.server = -1
    c.start_s = -1
    c.end_s = -1
    c.outcome = _EXPECTED
    c.following = passages[passage].first_contact
    passages[passage].first_contact = n


@njit
def first_contacts(
    rules: DeskRules,
    needs: NeedColumns,
    offer: Offer,
    roads: Roads,
    sites: int,
    passages: Any,
    persons: Any,
    contacts: Any,
    count: Any,
) -> None:
    """Put everyone whose choice is a permanence on the list of the first passage she can take.

    Whoever finds no passage within the time after which people choose again does so at once.
    Everybody else has ended where she chose to go.
    """
    for i in range(len(needs.home)):
        alternative = persons[i].choice
        at = needs.at[i]
        if alternative >= 0 and offer.kind[alternative] == PERMANENCE:
            p = first_passage(offer, passages, roads, sites, alternative, needs.home[i], at)
            if p >= 0 and offer.opens_at[p] > at + rules.again_s:
                p = -1
            if p < 0:
                alternative = choose(needs, offer, i, at, at + rules.again_s)
                if alternative >= 0 and offer.kind[alternative] == PERMANENCE:
                    p = first_passage(offer, passages, roads, sites, alternative, needs.home[i], at)
            if p >= 0:
                persons[i].first_passage_at = offer.opens_at[p]
                _expect(rules, needs, passages, contacts, count, i, p, 1, _FIRST, 0)
                continue
        settle(persons, offer, i, alternative, at)


@njit
def _after(
    rules: DeskRules,
    needs: NeedColumns,
    offer: Offer,
    roads: Roads,
    sites: int,
    passages: Any,
    persons: Any,
    contacts: Any,
    count: Any,
    person: int,
    passage: int,
    attempt: int,
    reason: int,
    half_work: int,
    at: int,
) -> None:
    """Put a person on the list of the site's next passage, or let her choose again."""
    p = passages[passage].next_at_site
    while p >= 0 and offer.opens_at[p] <= at:
        p = passages[p].next_at_site
    if p >= 0 and offer.opens_at[p] <= at + rules.again_s:
        _expect(rules, needs, passages, contacts, count, person, p, attempt, reason, half_work)
        return
    alternative = choose(needs, offer, person, at, at + rules.again_s)
    if alternative >= 0 and offer.kind[alternative] == PERMANENCE:
        p = first_passage(offer, passages, roads, sites, alternative, needs.home[person], at)
        if p >= 0:
            _expect(rules, needs, passages, contacts, count, person, p, attempt, reason, half_work)
            return
    settle(persons, offer, person, alternative, at)


@njit
def _not_served(
    rules: DeskRules,
    needs: NeedColumns,
    offer: Offer,
    roads: Roads,
    sites: int,
    passages: Any,
    persons: Any,
    contacts: Any,
    count: Any,
    c: int,
    at: int,
    used: int,
) -> None:
    """Rule 6: comes back, goes to the nearest fixed structure, or is lost."""
    person, attempt = contacts[c].person, contacts[c].attempt
    fate = needs.fate[person, attempt - 1]
    if fate < rules.comes_back:
        if attempt + used > _CONTACTS:
            settle(persons, offer, person, -1, at)
            return
        reason = _NOT_SERVED if used == 1 else contacts[c].reason
        _after(
            rules, needs, offer, roads, sites, passages, persons, contacts, count,
            person, contacts[c].passage, attempt + used, reason, contacts[c].half_work, at,
        )  # fmt: skip
    elif fate < rules.comes_back + rules.goes_fixed:
        settle(persons, offer, person, nearest_fixed(offer, needs.home[person], at // 86_400), at)
    else:
        settle(persons, offer, person, -1, at)


@njit
def close_door(
    rules: DeskRules,
    needs: NeedColumns,
    offer: Offer,
    roads: Roads,
    sites: int,
    passages: Any,
    persons: Any,
    contacts: Any,
    count: Any,
    passage: int,
    at: int,
    cause: int,
) -> None:
    """Rule 7: cancel a passage at an instant; those not told come and find the door closed."""
    passages[passage].status = _CANCELLED
    passages[passage].cause = cause
    day_start = passages[passage].day * 86_400
    c = passages[passage].first_contact
    while c >= 0:
        person, attempt = contacts[c].person, contacts[c].attempt
        if needs.told[person, attempt - 1] < rules.told:
            contacts[c].outcome = _TOLD
            told_at = max(at, needs.at[person])  # her need may arise later the same morning
            _not_served(
                rules, needs, offer, roads, sites, passages, persons, contacts, count, c, told_at, 0
            )  # fmt: skip
        else:
            contacts[c].outcome = _DOOR_CLOSED
            came_at = max(max(at, needs.at[person]), day_start + contacts[c].arrival_s)
            _not_served(
                rules, needs, offer, roads, sites, passages, persons, contacts, count, c, came_at, 1
            )  # fmt: skip
        c = contacts[c].following


@njit
def _insertion_order(contact_id: Any, arrival: Any, order: Any) -> None:
    """Sort positions by (arrival, contact_id); lists are short, or nearly sorted."""
    for i in range(1, len(order)):
        x = order[i]
        j = i - 1
        while j >= 0:
            y = order[j]
            if arrival[y] < arrival[x] or (arrival[y] == arrival[x] and contact_id[y] < contact_id[x]):
                break
            order[j + 1] = y
            j -= 1
        order[j + 1] = x


@njit
def hold(
    rules: DeskRules,
    needs: NeedColumns,
    offer: Offer,
    roads: Roads,
    sites: int,
    passages: Any,
    persons: Any,
    contacts: Any,
    count: Any,
    windows: Any,
    window_count: Any,
    passage: int,
    open_s: int,
) -> int:
    """Hold a passage from its actual opening and return the second at which it ends.

    The seats (`fs_agent`, `cn_agent`, their rows of efficiencies and `workshop_*`) must be set.
    `windows` receives a row (passage, server, from, to, row) per server and window.
    """
    p = passages[passage]
    close_s = p.announced_close_s
    last = close_s + rules.overtime_s + 1
    agents = 0
    seat = np.empty(2, np.int64)
    row = np.empty(2, np.int64)
    for agent, kind in ((p.fs_agent, p.fs_row), (p.cn_agent, p.cn_row)):
        if agent >= 0:
            seat[agents] = agent
            row[agents] = kind
            agents += 1
    if agents == 2 and rules.agent_rank[seat[1]] < rules.agent_rank[seat[0]]:
        seat[0], seat[1] = seat[1], seat[0]
        row[0], row[1] = row[1], row[0]
    posts = len(rules.post_code)
    servers = agents + posts
    code = np.empty(servers, np.int64)
    kinds = np.empty(servers, np.int64)
    win_server = np.empty(servers + 1, np.int64)
    win_from = np.empty(servers + 1, np.int64)
    win_to = np.empty(servers + 1, np.int64)
    w = 0
    for s in range(servers):
        code[s] = seat[s] if s < agents else rules.post_code[s - agents]
        kinds[s] = row[s] if s < agents else 2
        begins = open_s
        if s < agents and p.workshop_agent == code[s]:
            if p.workshop_s > open_s:
                win_server[w], win_from[w], win_to[w] = s, open_s, p.workshop_s
                w += 1
            begins = max(open_s, p.workshop_end_s)
        win_server[w], win_from[w], win_to[w] = s, begins, last
        w += 1
    efficiency = np.empty((servers, rules.efficiency.shape[1]))
    first_choice = np.empty((servers, rules.efficiency.shape[1]), np.bool_)
    for s in range(servers):
        efficiency[s] = rules.efficiency[kinds[s]]
        first_choice[s] = rules.first_choice[kinds[s]]
    for k in range(w):
        n = window_count[0]
        window_count[0] = n + 1
        windows[n, 0] = passage
        windows[n, 1] = code[win_server[k]]
        windows[n, 2] = win_from[k]
        windows[n, 3] = win_to[k]
        windows[n, 4] = kinds[win_server[k]]

    n = 0
    c = p.first_contact
    while c >= 0:
        n += 1
        c = contacts[c].following
    which = np.empty(n, np.int64)
    ids = np.empty(n, np.int64)
    moments = np.empty(n, np.int64)
    c = p.first_contact
    for i in range(n - 1, -1, -1):
        which[i] = c
        ids[i] = needs.person_id[contacts[c].person] * 4 + contacts[c].attempt
        moments[i] = contacts[c].arrival_s
        c = contacts[c].following
    order = np.arange(n)
    if n <= 64:
        _insertion_order(ids, moments, order)
    else:
        order = np.argsort(ids, kind="mergesort")
        order = order[np.argsort(moments[order], kind="mergesort")]
    arrival = np.empty(n, np.int64)
    contact_id = np.empty(n, np.int64)
    patience = np.empty(n, np.int64)
    work = np.empty(n)
    need = np.empty(n, np.int64)
    appointment = np.empty(n, np.int64)
    for i in range(n):
        c = which[order[i]]
        arrival[i] = contacts[c].arrival_s
        contact_id[i] = ids[order[i]]
        patience[i] = contacts[c].patience_s
        work[i] = contacts[c].work_s
        need[i] = needs.need[contacts[c].person]
        appointment[i] = contacts[c].appointment_s
    outcome = np.empty(n, np.int64)
    server = np.empty(n, np.int64)
    start = np.empty(n, np.int64)
    end = np.empty(n, np.int64)
    ends = desk_kernel(
        open_s, close_s, rules.overtime_s, rules.discipline,
        win_server[:w], win_from[:w], win_to[:w], efficiency, first_choice,
        arrival, contact_id, patience, work, need, appointment, outcome, server, start, end,
    )  # fmt: skip
    day_start = p.day * 86_400
    for i in range(n):
        c = which[order[i]]
        person = contacts[c].person
        contacts[c].outcome = outcome[i]
        if outcome[i] != _SERVED:
            left = arrival[i]
            if outcome[i] == 1:
                left = arrival[i] + patience[i]
            elif outcome[i] == 2:
                left = close_s + rules.overtime_s
            _not_served(
                rules, needs, offer, roads, sites, passages, persons, contacts, count,
                c, max(day_start + left, needs.at[person]), 1,
            )  # fmt: skip
            continue
        contacts[c].server = code[server[i]]
        contacts[c].start_s = start[i]
        contacts[c].end_s = end[i]
        if persons[person].served == 0:
            persons[person].served = 1
            persons[person].destination = _ITINERANT
            persons[person].helped_at = day_start + start[i]
            persons[person].ended_at = offer.alternative_of_site[p.site]
            if needs.unsolved[person] and contacts[c].attempt < _CONTACTS:
                _after(
                    rules, needs, offer, roads, sites, passages, persons, contacts, count,
                    person, passage, contacts[c].attempt + 1, _FOLLOW_UP, 1, day_start + end[i],
                )  # fmt: skip
    passages[passage].open_s = open_s
    passages[passage].close_s = close_s
    passages[passage].overtime_s = rules.overtime_s
    passages[passage].end_s = ends
    passages[passage].status = 0
    return ends


def make_desk_rules(
    desk: Desk,
    again_weeks: int,
    follow_up_work: float,
    efficiency: NDArray[np.float64],
    first_choice: NDArray[np.bool_],
    agents: tuple[str, ...],
) -> DeskRules:
    """The desk's parameters for compiled code; `agents` in the order of their positions."""
    by_text = sorted(range(len(agents)), key=lambda i: agents[i])
    rank = np.empty(len(agents), np.int64)
    rank[by_text] = np.arange(len(agents))
    posts = sorted(range(desk.self_service_posts), key=lambda k: f"P{k + 1}")
    return DeskRules(
        discipline=0 if desk.discipline == "fifo" else 1,
        overtime_s=round(desk.overtime_min * 60),
        early_share=float(desk.early_share),
        early_s=float(desk.early_min * 60),
        thirds=np.array(desk.arrival_thirds, np.float64),
        comes_back=float(desk.comes_back_share),
        goes_fixed=float(desk.goes_fixed_share),
        told=float(desk.told_share),
        again_s=again_weeks * 7 * 86_400,
        appointment=float(desk.appointment_share),
        follow_up_work=float(follow_up_work),
        workshop_s=round(desk.workshops.length_min * 60),
        efficiency=efficiency,
        first_choice=first_choice,
        agent_rank=rank,
        post_code=np.array([-2 - k for k in posts], np.int64),
    )
