"""Agents: who is present on which day, and who works with whom on a morning.

Leave and training are planned from the wishes of the world by a policy; sickness is the world's.
A complete crew has two agents (section 7 of the model).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.clock import YEAR_DAYS, Calendar
from sim.compiled import njit
from sim.models.facts import AGENT_STATUSES
from sim.models.plan import StaffRules, Team
from sim.world import World

__all__ = ["ANY_TWO", "NAMED", "NAMED_STRICT", "POOLED", "crews", "crews_planned", "plan_absence"]

POOLED, NAMED, NAMED_STRICT, ANY_TWO = range(4)
OFF, PRESENT, LEAVE, TRAINING, SICK = (
    AGENT_STATUSES.index(s) for s in ("off", "present", "leave", "training", "sickness")
)
LEGAL_WEEKS = 5
"""French agents take their statutory leave in weeks; days beyond are taken one by one."""
CLOSED_ORDER = (33, 52, 32, 34, 31, 1, 30, 35, 8, 18, 44, 29, 9, 19, 45)
"""ISO weeks in which a service that closes does so first: mid-August, the end of December, …"""


def plan_absence(rules: StaffRules, team: Team, calendar: Calendar, world: World) -> NDArray[np.int64]:
    """Planned status by (agent, day of the calendar): off, present, leave or training.

    `staggered`: agents in the order of their names take the week (or day) they wish for most among
    those in which fewest of their trade are away. `joint`: the same for pairs, both agents away
    together. `closed_weeks`: everybody is away in the weeks the service closes, the rest staggered.
    The days of a calendar year only partly in the horizon count in proportion.

    Returns
    -------
    NDArray[np.int64]
        Shape (agents, days), positions in `facts.AGENT_STATUSES`.
    """
    rows = np.array([world.agents.index(name) for name in team.names])
    n = len(calendar.weekday)
    # weeks numbered from Monday: the week of a day, and its position in the year's wishes
    week = (np.arange(n) - calendar.first_monday) // 7
    weeks = int(week[-1]) + 1
    monday = calendar.first_monday + 7 * np.arange(weeks)
    thursday = np.clip(monday + 3, 0, n - 1)
    year = calendar.year - calendar.year[0]
    week_year = year[thursday]
    iso = np.array([calendar.date(int(d)).isocalendar().week for d in monday + 3])
    free = calendar.school_holiday
    week_free = np.array(
        [free[max(m, 0) : max(m + 5, 0)].mean() >= 0.5 if m + 5 > 0 and m < n else False for m in monday]
    )
    weight = np.where(week_free, rules.holiday_weight, 1.0)
    # Exp/weight: the least is the first wish, in proportion to the weights (Efraimidis & Spirakis 2006)
    wish = -np.log(world.week_wish[rows][:, week_year, np.minimum(iso, 53)]) / weight
    day_weight = np.where(free, rules.holiday_weight, 1.0)
    day_wish = -np.log(world.day_wish[rows]) / day_weight
    closed = np.zeros(weeks, np.bool_)
    if rules.leave_policy == 2:
        for y in range(int(year[-1]) + 1):
            left = rules.closed_weeks
            for number in CLOSED_ORDER:
                found = np.flatnonzero((iso == number) & (week_year == y))
                if left > 0 and len(found):
                    closed[found] = True
                    left -= 1
    status = np.full((len(team.names), n), OFF, np.int64)
    status[:, calendar.working] = PRESENT
    share_of_year = np.bincount(year, minlength=int(year[-1]) + 1) / YEAR_DAYS
    _take_leave(
        status,
        team.trade,
        team.pair,
        calendar.working,
        week,
        year,
        week_year,
        closed,
        np.argsort(wish, axis=1, kind="stable"),
        np.argsort(day_wish, axis=1, kind="stable"),
        np.argsort(world.training_wish[rows], axis=1, kind="stable"),
        np.minimum(share_of_year, 1.0),
        rules.leave_days,
        rules.training_days,
        rules.leave_policy == 1,
        round(rules.initial_training_weeks),
    )
    return status


@njit
def _take_leave(
    status: Any,
    trade: Any,
    pair: Any,
    working: Any,
    week: Any,
    year: Any,
    week_year: Any,
    closed: Any,
    week_order: Any,
    day_order: Any,
    training_order: Any,
    share_of_year: Any,
    leave_days: float,
    training_days: float,
    joint: bool,
    initial_weeks: int,
) -> None:
    agents, n = status.shape
    weeks = len(week_year)
    # away[g, d]: how many of group g (a trade, or with joint leave everybody) are away on day d
    away = np.zeros((3, n), np.int64)
    rank = 0
    for a in range(agents):  # a conseiller's initial training: one after the other from launch
        if trade[a] == 1 and initial_weeks > 0:
            for d in range(n):
                if rank * initial_weeks <= week[d] < (rank + 1) * initial_weeks and status[a, d] == 1:
                    status[a, d] = 3
                    away[1, d] += 1
            rank += 1
    for a in range(agents):
        group = trade[a]
        follows = joint and trade[a] == 1 and pair[a] >= 0
        leader = a
        if follows:
            for b in range(agents):
                if pair[b] == pair[a] and trade[b] == 0:
                    leader = b
        if joint and trade[a] < 2:
            group = 0
        for y in range(len(share_of_year)):
            budget = int(leave_days * share_of_year[y] + 0.5)
            if leader != a:  # the second agent of a pair is away when the first is
                for d in range(n):
                    if year[d] == y and status[leader, d] == 2 and status[a, d] == 1:
                        status[a, d] = 2
                        budget -= 1
            for k in range(weeks):
                if closed[k] and week_year[k] == y:
                    for d in range(n):
                        if week[d] == k and status[a, d] == 1:
                            status[a, d] = 2
                            away[group, d] += 1
                            budget -= 1
            if leader == a:
                whole = min(int(LEGAL_WEEKS * share_of_year[y] + 0.5), max(budget, 0) // 5)
                for _ in range(whole):
                    best, best_away = -1, 1_000_000
                    for j in range(weeks):
                        k = week_order[a, j]
                        if week_year[k] != y or closed[k]:
                            continue
                        theirs, own = 0, 0
                        for d in range(
                            max(0, 7 * k + week_start(week)), min(n, 7 * k + week_start(week) + 5)
                        ):
                            if working[d]:
                                theirs += away[group, d]
                                if status[a, d] == 1:
                                    own += 1
                        if own >= 4 and theirs < best_away:
                            best, best_away = k, theirs
                    if best < 0:
                        break
                    for d in range(n):
                        if week[d] == best and status[a, d] == 1:
                            status[a, d] = 2
                            away[group, d] += 1
                            budget -= 1
            _take_days(status, away, group, a, year, y, working, day_order, max(budget, 0), 2)
            days = int(training_days * share_of_year[y] + 0.5)
            _take_days(status, away, group, a, year, y, working, training_order, days, 3)


@njit
def week_start(week: Any) -> int:
    """The day of the Monday of week 0 (zero or negative)."""
    d = 0
    while week[d] == 0:
        d += 1
    return d - 7


@njit
def _take_days(
    status: Any,
    away: Any,
    group: int,
    a: int,
    year: Any,
    y: int,
    working: Any,
    order: Any,
    days: int,
    what: int,
) -> None:
    """Take single days in the order wished for, those with nobody of the group away first."""
    level = 0
    while days > 0 and level < 8:
        for j in range(order.shape[1]):
            d = order[a, j]
            if year[d] == y and working[d] and status[a, d] == 1 and away[group, d] <= level:
                status[a, d] = what
                away[group, d] += 1
                days -= 1
                if days == 0:
                    return
        level += 1


@njit
def crews_planned(status: Any, trade: Any, pair: Any, day: int, pairing: int, tours: int) -> int:
    """Crews left for home visits on a day if nobody falls ill, after `tours` tours are staffed."""
    fs, cn, complete = 0, 0, 0
    for a in range(len(trade)):
        if status[a, day] == 1:
            if trade[a] == 0:
                fs += 1
            elif trade[a] == 1:
                cn += 1
                for b in range(len(trade)):
                    if pair[b] == pair[a] and trade[b] == 0 and status[b, day] == 1:
                        complete += 1
    if pairing == ANY_TWO:
        return max((fs + cn) // 2 - tours, 0)
    if pairing == POOLED:
        return max(min(fs, cn) - tours, 0)
    return max(complete - tours, 0)


@njit
def _take(present: Any, trade: Any, pair: Any, kind: int, wanted: int, reserved: Any) -> int:
    """The agent of a trade (2: either) for a seat: the wanted pair's own, then one whose pair has no tour."""
    found = -1
    for a in range(len(trade)):
        if present[a] and (trade[a] == kind or (kind == 2 and trade[a] < 2)):
            if pair[a] == wanted:
                return a
            if found < 0 or (reserved[pair[found]] and not reserved[pair[a]]):
                found = a
    return found


@njit
def crews(
    present: Any,
    trade: Any,
    pair: Any,
    pairing: int,
    solo: int,
    coordinator_days: float,
    tour_vehicle: Any,
    tour_half_days: Any,
    seats: Any,
) -> float:
    """Staff a morning's tours, already ranked; return the days the coordinator stood in.

    Parameters
    ----------
    present
        Whether each agent is there, shape (agents,); those seated are taken off.
    coordinator_days
        Days the coordinator may still stand in; half a day counts for a tour of one half-day.
    tour_vehicle, tour_half_days
        The vehicle (hence the pair) each ranked tour belongs to, and its half-days.
    seats
        Written: the two agents of each tour, -1 for an empty seat, shape (tours, 2).
    """
    tours = len(tour_vehicle)
    pairs = 0
    for a in range(len(trade)):
        pairs = max(pairs, pair[a] + 1)
    reserved = np.zeros(max(pairs, 1), np.bool_)
    for k in range(tours):
        seats[k, 0] = -1
        seats[k, 1] = -1
        if tour_vehicle[k] < pairs:
            reserved[tour_vehicle[k]] = True
    coordinator = -1
    for a in range(len(trade)):
        if trade[a] == 2 and present[a]:
            coordinator = a
    stood_in = 0.0
    if pairing == NAMED or pairing == NAMED_STRICT:
        fs_of = np.full(max(pairs, 1), -1, np.int64)
        cn_of = np.full(max(pairs, 1), -1, np.int64)
        for a in range(len(trade)):
            if present[a] and trade[a] == 0:
                fs_of[pair[a]] = a
            if present[a] and trade[a] == 1:
                cn_of[pair[a]] = a
        complete = 0
        for p in range(pairs):
            if fs_of[p] >= 0 and cn_of[p] >= 0:
                complete += 1
        used = np.zeros(max(pairs, 1), np.bool_)
        # with takeover the complete pairs staff as many of the first-ranked tours, each its own if it can
        most = min(complete, tours) if pairing == NAMED else tours
        for k in range(most):
            p = tour_vehicle[k]
            if p < pairs and fs_of[p] >= 0 and cn_of[p] >= 0:
                seats[k, 0], seats[k, 1] = fs_of[p], cn_of[p]
                used[p] = True
        if pairing == NAMED:
            for k in range(most):
                if seats[k, 0] < 0:
                    best = -1
                    for p in range(pairs):
                        if not used[p] and fs_of[p] >= 0 and cn_of[p] >= 0:
                            if best < 0 or (reserved[best] and not reserved[p]):
                                best = p
                    seats[k, 0], seats[k, 1] = fs_of[best], cn_of[best]
                    used[best] = True
        for k in range(tours):
            if seats[k, 0] >= 0:
                present[seats[k, 0]] = False
                present[seats[k, 1]] = False
        for k in range(tours):
            p = tour_vehicle[k]
            if seats[k, 0] >= 0 or p >= pairs:
                continue
            fs, cn = fs_of[p], cn_of[p]
            fs = fs if fs >= 0 and present[fs] else -1
            cn = cn if cn >= 0 and present[cn] else -1
            cost = 0.5 * tour_half_days[k]
            if coordinator >= 0 and (fs >= 0) != (cn >= 0) and stood_in + cost <= coordinator_days:
                if stood_in == 0.0 or present[coordinator]:
                    seats[k, 0] = fs if fs >= 0 else coordinator
                    seats[k, 1] = cn if cn >= 0 else coordinator
                    stood_in += cost
                    present[coordinator] = False
                    coordinator = -1
            elif solo == 1 and (fs >= 0 or cn >= 0):
                seats[k, 0], seats[k, 1] = fs, cn
                if fs >= 0 and cn >= 0:
                    seats[k, 1] = -1
            for j in range(2):
                if seats[k, j] >= 0:
                    present[seats[k, j]] = False
        return stood_in

    for k in range(tours):
        v = tour_vehicle[k]
        if pairing == POOLED:
            first = _take(present, trade, pair, 0, v, reserved)
            second = _take(present, trade, pair, 1, v, reserved)
        else:
            first = _take(present, trade, pair, 0, v, reserved)
            second = _take(present, trade, pair, 1, v, reserved)
            if first < 0 and second >= 0:
                present[second] = False
                first = _take(present, trade, pair, 1, v, reserved)
                present[second] = True
            elif second < 0 and first >= 0:
                present[first] = False
                second = _take(present, trade, pair, 0, v, reserved)
                present[first] = True
        cost = 0.5 * tour_half_days[k]
        if (first >= 0) != (second >= 0) and coordinator >= 0 and stood_in + cost <= coordinator_days:
            if first < 0:
                first = coordinator
            else:
                second = coordinator
            stood_in += cost
            coordinator = -1
        if first >= 0 and second >= 0:
            seats[k, 0], seats[k, 1] = first, second
            present[first] = False
            present[second] = False
        # else: this tour and those after it lack an agent; singles may still go alone
    if solo == 1:
        for k in range(tours):
            if seats[k, 0] < 0 and seats[k, 1] < 0:
                alone = _take(present, trade, pair, 2, tour_vehicle[k], reserved)
                if alone >= 0:
                    seats[k, 0 if trade[alone] == 0 else 1] = alone
                    present[alone] = False
    return stood_in
