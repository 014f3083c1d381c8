"""Planned absence: leave and training placed from the wishes of the world by a policy (section 7).

The coordinator's staff take their five statutory weeks as weeks and the days beyond one by one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import YEAR_DAYS, Calendar
from sim.compiled import njit
from sim.models.codes import code, codes
from sim.models.facts import AGENT_STATUSES
from sim.models.plan import StaffRules, Team
from sim.world import World

__all__ = ["closed_days", "plan_absence"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

OFF, PRESENT, LEAVE, TRAINING = codes(AGENT_STATUSES, "off", "present", "leave", "training")
JOINT, CLOSED_WEEKS = 1, 2
FS, CN, COORDINATOR = (code(trade) for trade in range(3))
STATUTORY_WEEKS = 5
CLOSED_ORDER = (33, 52, 32, 34, 31, 1, 30, 35, 8, 18, 44, 29, 9, 19, 45)
"""ISO weeks in which a service that closes does so first: mid-August, the end of December, …"""
MOST_AWAY = 8
"""Single days are sought with nobody of the trade away, then one, … up to so many."""


class Weeks(NamedTuple):
    """The weeks of a calendar, numbered from the Monday on or before its first day.

    `of_day` and `year_of_day` by day; `monday` (may be negative), `year`, `iso` and `holidays` (half
    of its days or more are school holidays) by week. A week belongs to the year of its Thursday.
    """

    of_day: Ints
    year_of_day: Ints
    monday: Ints
    year: Ints
    iso: Ints
    holidays: Bools


@lru_cache(maxsize=16)
def _weeks(calendar: Calendar) -> Weeks:
    n = len(calendar.weekday)
    of_day = (np.arange(n) - calendar.first_monday) // 7
    monday = calendar.first_monday + 7 * np.arange(int(of_day[-1]) + 1)
    year_of_day = calendar.year - calendar.year[0]
    school = np.bincount(of_day, weights=calendar.school_holiday) / np.bincount(of_day)
    return Weeks(
        of_day=of_day,
        year_of_day=year_of_day,
        monday=monday,
        year=year_of_day[np.clip(monday + 3, 0, n - 1)],
        iso=np.array([calendar.date(int(d)).isocalendar().week for d in monday + 3], np.int64),
        holidays=school >= 0.5,
    )


def plan_absence(rules: StaffRules, team: Team, calendar: Calendar, world: World) -> Ints:
    """Planned status by (agent, day of the calendar): off, present, leave or training.

    `staggered`: agents in the order of their names take the week (or day) they wish for most among
    those in which fewest of their trade are away. `joint`: the same for pairs, both agents away
    together. `closed_weeks`: everybody is away in the weeks the service closes, the rest staggered.
    The days of a calendar year only partly in the calendar count in proportion.

    Wishes are Exp(1) draws divided by a weight, the least first: a random order in which a week of
    school holidays is `holiday_weight` times likelier to come first (Efraimidis & Spirakis 2006).

    Returns
    -------
    NDArray[np.int64]
        Shape (agents, days), positions in `facts.AGENT_STATUSES`.
    """
    weeks = _weeks(calendar)
    rows = np.array([world.agents.index(name) for name in team.names])
    week_weight = np.where(weeks.holidays, rules.holiday_weight, 1.0)
    day_weight = np.where(calendar.school_holiday, rules.holiday_weight, 1.0)
    week_wish = -np.log(world.week_wish[rows][:, weeks.year, np.minimum(weeks.iso, 53)]) / week_weight
    day_wish = -np.log(world.day_wish[rows]) / day_weight
    years = int(weeks.year_of_day[-1]) + 1
    status = np.full((len(team.names), len(calendar.weekday)), OFF, np.int64)
    status[:, calendar.working] = PRESENT
    _place(
        status,
        team.trade,
        team.pair,
        weeks,
        _closed(rules.closed_weeks if rules.leave_policy == CLOSED_WEEKS else 0, weeks, years),
        np.argsort(week_wish, axis=1, kind="stable"),
        np.argsort(day_wish, axis=1, kind="stable"),
        np.argsort(world.training_wish[rows], axis=1, kind="stable"),
        np.minimum(np.bincount(weeks.year_of_day, minlength=years) / YEAR_DAYS, 1.0),
        rules,
    )
    return status


def closed_days(closed_weeks: int, calendar: Calendar) -> Bools:
    """The days of the weeks in which a service that closes so many weeks a year does."""
    weeks = _weeks(calendar)
    return _closed(closed_weeks, weeks, int(weeks.year_of_day[-1]) + 1)[weeks.of_day]


def _closed(closed_weeks: int, weeks: Weeks, years: int) -> Bools:
    """The weeks in which the service closes."""
    closed = np.zeros(len(weeks.monday), np.bool_)
    if closed_weeks <= 0:
        return closed
    for year in range(years):
        left = closed_weeks
        for number in CLOSED_ORDER:
            found = np.flatnonzero((weeks.iso == number) & (weeks.year == year))
            if left > 0 and len(found):
                closed[found] = True
                left -= 1
    return closed


@njit
def _place(
    status: Ints,
    trade: Ints,
    pair: Ints,
    weeks: Weeks,
    closed: Bools,
    week_order: Ints,
    day_order: Ints,
    training_order: Ints,
    share_of_year: NDArray[np.float64],
    rules: StaffRules,
) -> None:
    """Place every absence, counting who of a group (a trade; with joint leave everybody) is away."""
    away = np.zeros((3, status.shape[1]), np.int64)
    rank = 0
    for a in range(len(trade)):
        if trade[a] == CN:
            span = round(rules.initial_training_weeks)
            for k in range(rank * span, min((rank + 1) * span, len(weeks.monday))):
                _take_week(status, away, weeks, a, CN, k, TRAINING)
            rank += 1
    for a in range(len(trade)):
        joint = rules.leave_policy == JOINT and trade[a] != COORDINATOR
        group = FS if joint else trade[a]
        leader = _leader(trade, pair, a) if joint else a
        for year in range(len(share_of_year)):
            days = int(rules.leave_days * share_of_year[year] + 0.5)
            if leader != a:
                days -= _follow(status, weeks, a, leader, year)
            for k in range(len(closed)):
                if closed[k] and weeks.year[k] == year:
                    days -= _take_week(status, away, weeks, a, group, k, LEAVE)
            if leader == a:
                whole = min(int(STATUTORY_WEEKS * share_of_year[year] + 0.5), max(days, 0) // 5)
                for _ in range(whole):
                    best = _best_week(status, away, weeks, closed, week_order[a], a, group, year)
                    if best < 0:
                        break
                    days -= _take_week(status, away, weeks, a, group, best, LEAVE)
            _take_days(status, away, weeks, day_order[a], a, group, year, days, LEAVE)
            training = int(rules.training_days * share_of_year[year] + 0.5)
            _take_days(status, away, weeks, training_order[a], a, group, year, training, TRAINING)


@njit
def _leader(trade: Ints, pair: Ints, a: int) -> int:
    """Whose leave an agent follows when pairs leave together: her pair's France Services agent."""
    for b in range(len(trade)):
        if pair[b] == pair[a] and trade[b] == FS:
            return b
    return a


@njit
def _follow(status: Ints, weeks: Weeks, a: int, leader: int, year: int) -> int:
    """Be away when the leader is; the days taken."""
    days = 0
    for d in range(status.shape[1]):
        if weeks.year_of_day[d] == year and status[leader, d] == LEAVE and status[a, d] == PRESENT:
            status[a, d] = LEAVE
            days += 1
    return days


@njit
def _week_days(weeks: Weeks, k: int, days: int) -> tuple[int, int]:
    return max(0, weeks.monday[k]), min(days, weeks.monday[k] + 5)


@njit
def _take_week(status: Ints, away: Ints, weeks: Weeks, a: int, group: int, k: int, what: int) -> int:
    """Be away for the working days of a week; how many."""
    first, last = _week_days(weeks, k, status.shape[1])
    days = 0
    for d in range(first, last):
        if status[a, d] == PRESENT:
            status[a, d] = what
            away[group, d] += 1
            days += 1
    return days


@njit
def _best_week(
    status: Ints, away: Ints, weeks: Weeks, closed: Bools, order: Ints, a: int, group: int, year: int
) -> int:
    """The first wish among the weeks in which fewest of the group are away, -1 when none is left."""
    best, fewest = -1, 1 << 40
    for k in order:
        if weeks.year[k] != year or closed[k]:
            continue
        first, last = _week_days(weeks, k, status.shape[1])
        own, others = 0, 0
        for d in range(first, last):
            others += away[group, d]
            own += int(status[a, d] == PRESENT)
        if own >= 4 and others < fewest:
            best, fewest = k, others
    return best


@njit
def _take_days(
    status: Ints, away: Ints, weeks: Weeks, order: Ints, a: int, group: int, year: int, days: int, what: int
) -> None:
    """Take single days in the order wished for, those with fewest of the group away first."""
    for others in range(MOST_AWAY):
        for d in order:
            if days <= 0:
                return
            if weeks.year_of_day[d] == year and status[a, d] == PRESENT and away[group, d] <= others:
                status[a, d] = what
                away[group, d] += 1
                days -= 1
