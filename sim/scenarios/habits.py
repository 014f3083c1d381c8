"""Of rounds that are equally good, those nearest to the timetable people know.

What is planned does not tell one weekday from another, nor one week: days may change places in a week, and
weeks in a cycle, without changing a tour, a drive, an hour open or a spread. So among these the rounds are
taken in which most sites keep their weekday and half-day, then their week, then their vehicle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import permutations

from sim.scenarios.tours import Rounds, Stop

__all__ = ["near_habits"]

WORKING_WEEK = (1, 2, 3, 4, 5)
Moved = Mapping[tuple[int, int], tuple[int, int]]


def near_habits(rounds: Rounds, known: Rounds, allowed: Callable[[Rounds], bool]) -> Rounds:
    """Exchange days and weeks of `rounds` so that they are as near as can be to `known`.

    Parameters
    ----------
    rounds
        Planned rounds.
    known
        The rounds people know.
    allowed
        Whether rounds still do what is asked of them: rooms and pins tell weekdays apart.

    Returns
    -------
    Rounds
        The nearest that are allowed; `rounds` itself when no other is nearer. Where every site is visited
        once a cycle the days of each week are exchanged freely, else those of all weeks alike.
    """
    usual = {site_id: known.of_site(site_id)[0] for site_id in known.sites()}
    once = len(rounds.stops) == len(rounds.sites())
    weeks = tuple(range(1, rounds.cycle_weeks + 1))
    found: list[tuple[tuple[int, int, int], Rounds]] = []
    for order in permutations(weeks) if once else _turns(weeks):
        days = _best_days(rounds, usual, dict(zip(weeks, order, strict=True)), once=once)
        moved = _vehicles(_moved(rounds, days), known)
        found.append((_kept(moved, usual), moved))
    ranked = sorted(range(len(found)), key=lambda i: (tuple(-n for n in found[i][0]), i))
    start = _kept(rounds, usual)
    for i in ranked:
        if found[i][0] <= start:
            break
        if allowed(found[i][1]):
            return found[i][1]
    return rounds


def _turns(weeks: tuple[int, ...]) -> list[tuple[int, ...]]:
    """The orders of weeks that keep passages as far apart as they are: each begins elsewhere in the cycle."""
    return [weeks[i:] + weeks[:i] for i in range(len(weeks))]


def _best_days(rounds: Rounds, usual: Mapping[str, Stop], weeks: Mapping[int, int], *, once: bool) -> Moved:
    """Where each (week, weekday) goes: the exchange of weekdays with which most sites keep theirs."""
    groups = [(week,) for week in weeks] if once else [tuple(weeks)]
    days: dict[tuple[int, int], tuple[int, int]] = {}
    for group in groups:
        best = max(
            permutations(WORKING_WEEK),
            key=lambda order, group=group: sum(  # type: ignore[misc]
                _nearness(stop, usual.get(stop.site_id), weeks[stop.week], order[stop.weekday - 1])
                for stop in rounds.stops
                if stop.week in group and stop.weekday in WORKING_WEEK
            ),
        )
        days |= {(week, day): (weeks[week], best[day - 1]) for week in group for day in WORKING_WEEK}
    return days


def _nearness(stop: Stop, known: Stop | None, week: int, weekday: int) -> int:
    """How much of a site's habit a passage keeps: weekday and half-day before the week."""
    if known is None or (weekday, stop.half_day) != (known.weekday, known.half_day):
        return 0
    return 1000 + (week == known.week)


def _moved(rounds: Rounds, days: Moved) -> Rounds:
    stops = []
    for stop in rounds.stops:
        week, weekday = days.get((stop.week, stop.weekday), (stop.week, stop.weekday))
        stops.append(replace(stop, week=week, weekday=weekday))
    return Rounds(tuple(stops), rounds.cycle_weeks)


def _vehicles(rounds: Rounds, known: Rounds) -> Rounds:
    """Give vehicles the names under which most of their sites know them."""
    of_site = {stop.site_id: stop.vehicle for stop in known.stops}
    names = sorted({*rounds.vehicles(), *known.vehicles()})
    used = rounds.vehicles()
    if len(names) > 6:  # hundreds of exchanges are tried, not millions
        return rounds
    best = max(
        permutations(names, len(used)),
        key=lambda order: (
            sum(
                of_site.get(stop.site_id) == dict(zip(used, order, strict=True))[stop.vehicle]
                for stop in rounds.stops
            ),
            order == used,
        ),
    )
    name = dict(zip(used, best, strict=True))
    return Rounds(tuple(replace(s, vehicle=name[s.vehicle]) for s in rounds.stops), rounds.cycle_weeks)


def _kept(rounds: Rounds, usual: Mapping[str, Stop]) -> tuple[int, int, int]:
    """Sites that keep weekday and half-day, of these the week too, and those that keep their vehicle."""
    firsts = [(rounds.of_site(site_id)[0], usual.get(site_id)) for site_id in rounds.sites()]
    known = [(now, then) for now, then in firsts if then is not None]
    same = [
        (now, then) for now, then in known if (now.weekday, now.half_day) == (then.weekday, then.half_day)
    ]
    return (
        len(same),
        sum(now.week == then.week for now, then in same),
        sum(now.vehicle == then.vehicle for now, then in known),
    )
