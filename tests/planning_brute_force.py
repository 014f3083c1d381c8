"""Rounds by trying everything: an independent reading of the rules, for territories of a few sites."""

from __future__ import annotations

from itertools import combinations, pairwise

from sim.scenarios.planning.problem import PlanningProblem
from sim.scenarios.tours import Rounds


def weeks_of(passages: int, weeks: int) -> list[tuple[int, ...]]:
    if (passages, weeks) == (2, 4):
        return [(1, 3), (2, 4)]
    return list(combinations(range(1, weeks + 1), passages))


def day_seconds(problem: PlanningProblem, base: int, day: list[tuple[int, int]]) -> int | None:
    """Driving of a day given (site, session) pairs; None when it cannot be driven."""
    limits, drive = problem.limits, problem.drive_s
    day = sorted(day, key=lambda pair: problem.sites[pair[0]].sessions[pair[1]].open_s)
    if len(day) > limits.stops_most:
        return None
    hours = [problem.sites[site].sessions[session] for site, session in day]
    on_site = hours[0].open_s - limits.setup_s
    leave = on_site - limits.buffer_s - drive[base][day[0][0]]
    seconds = drive[base][day[0][0]]
    ate = False
    for (here, _), (there, _), before, after in zip(day, day[1:], hours, hours[1:], strict=False):
        ready = before.close_s + limits.pack_s
        if (before.half_day, after.half_day) == ("morning", "afternoon"):
            ready += limits.lunch_s
            ate = True
        ready += drive[here][there] + limits.buffer_s + limits.setup_s
        if ready > after.open_s:
            return None
        seconds += drive[here][there]
    back = hours[-1].close_s + limits.pack_s + drive[day[-1][0]][base]
    seconds += drive[day[-1][0]][base]
    worked = back - leave - (limits.lunch_s if ate else 0)
    fits = (
        leave >= limits.duty_start_s
        and back <= limits.duty_end_s
        and back - leave <= limits.amplitude_most_s
        and worked <= limits.duty_most_s
    )
    return seconds if fits else None


def spread_of(problem: PlanningProblem, visits: list[tuple[int, int, str, str]]) -> tuple[int, int, int, int]:
    """Most tours a day, weeks short of the label, −half-days open, squares."""
    lengths = {
        half: sorted(
            choice.close_s - choice.open_s
            for site in problem.sites
            for choice in site.sessions
            if choice.half_day == half
        )
        for half in ("morning", "afternoon")
    }
    tours: dict[tuple[int, int], set[str]] = {}
    opened: set[tuple[int, int, str]] = set()
    for week, weekday, vehicle, half in visits:
        tours.setdefault((week, weekday), set()).add(vehicle)
        opened.add((week, weekday, half))
    short = 0
    for week in range(1, problem.weeks + 1):
        seconds = sum(lengths[h][(len(lengths[h]) - 1) // 2] for w, _, h in opened if w == week)
        short += seconds < problem.label_s
    counts = [len(vehicles) for vehicles in tours.values()]
    return max(counts), short, -len(opened), sum(count**2 for count in counts)


def spread_of_rounds(problem: PlanningProblem, rounds: Rounds) -> tuple[int, int, int, int]:
    return spread_of(problem, [(s.week, s.weekday, s.vehicle, s.half_day) for s in rounds.stops])


def options_of(problem: PlanningProblem, site: int) -> list[tuple[str, int, int, tuple[int, ...]]]:
    """Every (vehicle, weekday, session, weeks) at which a site may be visited."""
    asked = problem.sites[site]
    pin = asked.pin
    return [
        (vehicle.name, weekday, session, weeks)
        for vehicle in problem.vehicles
        for weekday in vehicle.weekdays
        for session, choice in enumerate(asked.sessions)
        for weeks in weeks_of(asked.passages, problem.weeks)
        if (asked.allowed is None or (weekday, choice.half_day) in asked.allowed)
        and pin.vehicle in {None, vehicle.name}
        and pin.weekday in {None, weekday}
        and pin.half_day in {None, choice.half_day}
        and (pin.week is None or pin.week in weeks)
    ]


class _Search:
    """Sites placed one after the other, in every way, the best kept."""

    def __init__(self, problem: PlanningProblem) -> None:
        self.problem = problem
        self.base_of = {vehicle.name: vehicle.base for vehicle in problem.vehicles}
        self.options = [options_of(problem, i) for i in range(len(problem.sites))]
        self.order = sorted(
            range(len(problem.sites)), key=lambda i: (-problem.sites[i].passages, len(self.options[i]))
        )
        self.days: dict[tuple[str, int, int], list[tuple[int, int]]] = {}
        self.best: tuple[int, tuple[int, int, int, int]] | None = None

    def place(self, rank: int = 0) -> None:
        if rank == len(self.order):
            self.finish()
            return
        site = self.order[rank]
        for vehicle, weekday, session, weeks in self.options[site]:
            touched = [(vehicle, weekday, week) for week in weeks]
            for key in touched:
                self.days.setdefault(key, []).append((site, session))
            if all(self.possible(key) for key in touched):
                self.place(rank + 1)
            for key in touched:
                self.days[key].pop()

    def possible(self, key: tuple[str, int, int]) -> bool:
        day, sites = self.days[key], self.problem.sites
        if len(day) > self.problem.limits.stops_most:
            return False
        hours = sorted((sites[i].sessions[s].open_s, sites[i].sessions[s].close_s) for i, s in day)
        return all(before[1] <= after[0] for before, after in pairwise(hours))

    def same_roots(self) -> bool:
        """Whether whoever is visited several times always shares its day with the same busiest site."""
        sites = self.problem.sites
        roots: dict[int, set[int]] = {}
        for day in filter(None, self.days.values()):
            root = min((i for i, _ in day), key=lambda i: (-sites[i].passages, i))
            for i, _ in day:
                roots.setdefault(i, set()).add(root)
        return all(len(found) == 1 for i, found in roots.items() if sites[i].passages > 1)

    def finish(self) -> None:
        total = 0
        for (vehicle, _, _), day in self.days.items():
            if day:
                seconds = day_seconds(self.problem, self.base_of[vehicle], day)
                if seconds is None:
                    return
                total += seconds
        if (self.best and total > self.best[0]) or not self.same_roots():
            return
        visits = [
            (week, weekday, vehicle, self.problem.sites[i].sessions[s].half_day)
            for (vehicle, weekday, week), day in self.days.items()
            for i, s in day
        ]
        found = (total, spread_of(self.problem, visits))
        if self.best is None or found < self.best:
            self.best = found


def brute_force(problem: PlanningProblem) -> tuple[int, tuple[int, int, int, int]] | None:
    """The least driving in seconds, and the best spread of the rounds that reach it; None without rounds."""
    search = _Search(problem)
    search.place()
    return search.best
