"""A passage held: the servers of its desk, the desk itself, and what its outcomes lead to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compiled import njit
from sim.models.codes import YES
from sim.models.contacts import follow_up, not_served
from sim.models.desk import desk_kernel
from sim.models.facts import DESTINATIONS, OUTCOMES, STATUSES
from sim.models.plan import DeskRules
from sim.models.state import WINDOWS, State
from sim.settings import Desk

__all__ = ["POST", "hold", "make_desk_rules"]

SERVED, RENEGED, TURNED_AWAY = (OUTCOMES.index(o) for o in ("served", "reneged", "turned_away"))
ITINERANT = DESTINATIONS.index("itinerant")
HELD = STATUSES.index("held")
POST = 2
"""The row of efficiencies of a self-service post, after the two trades."""
SHELL_GAPS = (19_903, 8_861, 3_936, 1_750, 701, 301, 132, 57, 23, 10, 4, 1)
"""Gaps of Ciura (2001), continued by × 2.25."""


@njit
def _servers(state: State, passage: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Codes and rows of efficiencies of a passage's servers, by their ids compared as text."""
    rules = state.desk
    p = state.passages[passage]
    posts = len(rules.post_code)
    code = np.empty(2 + posts, np.int64)
    row = np.empty(2 + posts, np.int64)
    n = 0
    for agent, kind in ((p.fs_agent, p.fs_row), (p.cn_agent, p.cn_row)):
        if agent >= 0:
            code[n] = agent
            row[n] = kind
            n += 1
    if n == 2 and rules.agent_rank[code[1]] < rules.agent_rank[code[0]]:
        code[0], code[1] = code[1], code[0]
        row[0], row[1] = row[1], row[0]
    for k in range(posts):
        code[n] = rules.post_code[k]
        row[n] = POST
        n += 1
    return code[:n], row[:n]


@njit
def _write_windows(
    state: State, passage: int, open_s: int, code: NDArray[np.int64], row: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The windows of the servers: to the end, but for the conseiller's gap during a workshop."""
    p = state.passages[passage]
    last = p.announced_close_s + state.desk.overtime_s + 1
    server = np.empty(len(code) + 1, np.int64)
    begin = np.empty(len(code) + 1, np.int64)
    end = np.empty(len(code) + 1, np.int64)
    n = 0
    for s in range(len(code)):
        begins = open_s
        if code[s] == p.workshop_agent:
            if p.workshop_s > open_s:
                server[n], begin[n], end[n] = s, open_s, p.workshop_s
                n += 1
            begins = max(open_s, p.workshop_end_s)
        server[n], begin[n], end[n] = s, begins, last
        n += 1
    for k in range(n):
        window = state.windows[state.count[WINDOWS]]
        state.count[WINDOWS] += 1
        window[0] = passage
        window[1] = code[server[k]]
        window[2] = begin[k]
        window[3] = end[k]
        window[4] = row[server[k]]
    return server[:n], begin[:n], end[:n]


@njit
def _awaited(state: State, passage: int) -> NDArray[np.int64]:
    """Rows of the contacts awaited at a passage, by arrival and contact_id."""
    n = 0
    c = state.passages[passage].first_contact
    while c >= 0:
        n += 1
        c = state.contacts[c].following
    rows = np.empty(n, np.int64)
    c = state.passages[passage].first_contact
    for i in range(n - 1, -1, -1):
        rows[i] = c
        c = state.contacts[c].following
    for gap in SHELL_GAPS:  # Shell's sort: lists are short, and nothing is allocated
        for i in range(gap, n):
            x = rows[i]
            j = i
            while j >= gap and _comes_before(state, x, rows[j - gap]):
                rows[j] = rows[j - gap]
                j -= gap
            rows[j] = x
    return rows


@njit
def _comes_before(state: State, a: int, b: int) -> bool:
    """Whether contact a is read before contact b: by arrival, then contact_id."""
    first, second = state.contacts[a].arrival_s, state.contacts[b].arrival_s
    return first < second or (first == second and _contact_id(state, a) < _contact_id(state, b))


@njit
def _contact_id(state: State, contact: int) -> Any:
    """The id of a contact: four times its person's, plus the attempt."""
    c = state.contacts[contact]
    return state.needs.person_id[c.person] * 4 + c.attempt


@njit
def hold(state: State, passage: int, open_s: int) -> int:
    """Hold a passage from its actual opening and return the second at which it ends.

    The seats (`fs_agent`, `cn_agent`, their rows of efficiencies and `workshop_*`) must be set.
    """
    p = state.passages[passage]
    close_s = p.announced_close_s
    code, row = _servers(state, passage)
    win_server, win_from, win_to = _write_windows(state, passage, open_s, code, row)
    efficiency = np.empty((len(code), state.desk.efficiency.shape[1]))
    first_choice = np.empty((len(code), state.desk.efficiency.shape[1]), np.bool_)
    for s in range(len(code)):
        efficiency[s] = state.desk.efficiency[row[s]]
        first_choice[s] = state.desk.first_choice[row[s]]
    rows = _awaited(state, passage)
    n = len(rows)
    room = np.empty((9, n), np.int64)  # one piece of memory: asking for each takes longer than the desk
    arrival, contact_id, patience, need, appointment = room[0], room[1], room[2], room[3], room[4]
    outcome, server, start, end = room[5], room[6], room[7], room[8]
    work = np.empty(n)
    for i in range(n):
        c = state.contacts[rows[i]]
        arrival[i] = c.arrival_s
        contact_id[i] = _contact_id(state, rows[i])
        patience[i] = c.patience_s
        work[i] = c.work_s
        need[i] = state.needs.need[c.person]
        appointment[i] = c.appointment_s
    ends = desk_kernel(
        open_s, close_s, state.desk.overtime_s, state.desk.discipline,
        win_server, win_from, win_to, efficiency, first_choice,
        arrival, contact_id, patience, work, need, appointment, outcome, server, start, end,
    )  # fmt: skip
    p.status = HELD  # nobody may come back to it
    day_start = p.day * 86_400
    for i in range(n):
        contact = rows[i]
        c = state.contacts[contact]
        c.outcome = outcome[i]
        if outcome[i] == SERVED:
            c.server = code[server[i]]
            c.start_s = start[i]
            c.end_s = end[i]
            persons = state.persons
            if not persons.served[c.person]:
                persons.served[c.person] = True
                persons.destination[c.person] = ITINERANT
                persons.helped_at[c.person] = day_start + start[i]
                persons.ended_at[c.person] = state.offer.alternative_of_site[p.site]
                if state.needs.unsolved[c.person]:
                    follow_up(state, contact, day_start + end[i])
            continue
        left_s = arrival[i]
        if outcome[i] == RENEGED:
            left_s = arrival[i] + patience[i]
        elif outcome[i] == TURNED_AWAY:
            left_s = close_s + state.desk.overtime_s
        not_served(state, contact, max(day_start + left_s, state.needs.at[c.person]), YES)
    p.open_s = open_s
    p.close_s = close_s
    p.overtime_s = state.desk.overtime_s
    p.end_s = ends
    return int(ends)


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
        efficiency=efficiency,
        first_choice=first_choice,
        agent_rank=rank,
        post_code=np.array([-2 - k for k in posts], np.int64),
    )
