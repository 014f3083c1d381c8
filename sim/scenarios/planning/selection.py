"""Which day tours are driven: the exact model of driving, then of the spread over the weekdays."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from math import isfinite
from statistics import median_low

import numpy as np
from numpy.typing import NDArray

from sim.scenarios.planning.calendar_classes import (
    vehicle_classes,
    week_patterns,
    weekday_classes,
)
from sim.scenarios.planning.problem import HALF_DAYS, PlanningProblem
from sim.scenarios.planning.program import Outcome, Program
from sim.scenarios.planning.tours import PlannedTour, enumerate_tours

__all__ = ["Effort", "Level", "SelectedTour", "Selection", "root_of", "select_tours", "session_seconds"]

# Levels below driving are sought less far.
LATER_NODES = 2000
HALVES = {"M": ("morning",), "A": ("afternoon",), "MA": HALF_DAYS}


@dataclass(frozen=True, slots=True)
class Effort:
    """Where the solver stops: nodes of its tree at each level, and seconds if the clock must decide."""

    nodes: int = 200_000
    seconds: float | None = None
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the objective: what was reached, the bound, and whether no better one exists."""

    name: str
    value: float
    bound: float
    proven: bool


@dataclass(frozen=True, slots=True)
class SelectedTour:
    """A tour, and how many times a cycle it is driven."""

    tour: PlannedTour
    times: int


@dataclass(frozen=True)
class Selection:
    """The tours chosen; `tours` is empty when nothing can be driven (`proven`) or nothing was found."""

    tours: tuple[SelectedTour, ...]
    levels: tuple[Level, ...]
    proven_infeasible: bool
    columns: int

    @property
    def feasible(self) -> bool:
        """Whether tours were found."""
        return bool(self.tours)


def root_of(problem: PlanningProblem, tour: PlannedTour) -> int:
    """The site of a tour that is visited most often, the first of several: the others follow it."""
    return min(tour.sites, key=lambda i: (-problem.sites[i].passages, i))


def session_seconds(problem: PlanningProblem) -> dict[str, int]:
    """The usual length of a session by half-day (the median over sites), seconds; 0 where there is none."""
    lengths: dict[str, list[int]] = defaultdict(list)
    for site in problem.sites:
        for session in site.sessions:
            lengths[session.half_day].append(session.close_s - session.open_s)
    return {half: median_low(lengths[half]) if lengths[half] else 0 for half in HALF_DAYS}


class _Model:
    """The set-partitioning model: every site visited as often as wanted, no more vehicles than there are.

    Weekdays, vehicles and weeks that are interchangeable are counted, not told apart; a week is told
    apart only where a pin names one, or where days of three stops meet in a cycle of four weeks.
    Sites visited several times follow the *root* of their day: whoever shares a day with a site
    visited more often does so at every one of its own passages.
    """

    def __init__(self, problem: PlanningProblem, tours: tuple[PlannedTour, ...]) -> None:
        self.problem = problem
        self.tours = tours
        self.vehicles = vehicle_classes(problem)
        self.days = weekday_classes(problem)
        pinned = any(site.pin.week is not None for site in problem.sites)
        crowded = problem.weeks == 4 and any(len(tour.stops) > 2 for tour in tours)
        self.weeks: tuple[int, ...] = tuple(range(1, problem.weeks + 1)) if pinned or crowded else (0,)
        self.program = Program(problem.seed)
        self.columns: list[tuple[int, int, int, int]] = []
        self.roots: dict[tuple[int, int, int], list[int]] = defaultdict(list)
        self.levels: list[Level] = []
        self._add_columns()
        self._serve_sites()
        self._respect_vehicles()

    def _patterns(self, site: int) -> tuple[frozenset[int], ...]:
        chosen = self.problem.sites[site]
        return week_patterns(chosen.passages, self.problem.weeks, chosen.pin.week)

    def _add_columns(self) -> None:
        """One variable for each tour, vehicle class, weekday class and week."""
        problem = self.problem
        for t, tour in enumerate(self.tours):
            root = root_of(problem, tour)
            pins = {problem.sites[i].pin.vehicle for i in tour.sites} - {None}
            least = min(problem.sites[i].passages for i in tour.sites)
            for k, group in enumerate(self.vehicles):
                if group.base != tour.base or pins - set(group.names):
                    continue
                for c, days in enumerate(self.days):
                    if days[0] not in tour.weekdays or days[0] not in group.weekdays:
                        continue
                    for week in self.weeks:
                        if week and not all(
                            any(week in pattern for pattern in self._patterns(i)) for i in tour.sites
                        ):
                            continue
                        most = 1 if week or problem.sites[root].passages == 1 else least
                        self.program.variable(0, most, integer=True)
                        self.columns.append((t, k, c, week))

    def _serve_sites(self) -> None:
        """Every site as often as wanted, always the same session, weekday class, vehicle class and root."""
        problem = self.problem
        serving: list[list[int]] = [[] for _ in problem.sites]
        for x, (t, *_) in enumerate(self.columns):
            for i in self.tours[t].sites:
                serving[i].append(x)
        for i, site in enumerate(problem.sites):
            if site.passages == 1:
                self.program.row(dict.fromkeys(serving[i], 1.0), 1, 1)
                continue
            habits: dict[tuple[int, int, int, int], dict[int, dict[int, float]]] = defaultdict(
                lambda: defaultdict(dict)
            )
            for x in serving[i]:
                t, k, c, week = self.columns[x]
                tour = self.tours[t]
                session = next(stop.session for stop in tour.stops if stop.site == i)
                habits[root_of(problem, tour), session, k, c][week][x] = 1.0
            chosen: list[int] = []
            for (root, _, k, c), by_week in habits.items():
                patterns = self._patterns(i) if self.weeks != (0,) else (frozenset({0}),)
                flags = [self.program.variable(0, 1, integer=True) for _ in patterns]
                chosen += flags
                if root == i:
                    self.roots[i, k, c] += flags
                for week in self.weeks:
                    terms = by_week.get(week, {})
                    for flag, pattern in zip(flags, patterns, strict=True):
                        if week in pattern:
                            terms[flag] = -1.0 if week else -float(site.passages)
                    self.program.row(terms, 0, 0)
            self.program.row(dict.fromkeys(chosen, 1.0), 1, 1)

    def _respect_vehicles(self) -> None:
        """No more vehicle-days on a weekday than there are vehicles, whole weeks for frequent sites."""
        problem = self.problem
        for k, group in enumerate(self.vehicles):
            for c, days in enumerate(self.days):
                room = len(days) * len(group.names)
                for week in self.weeks:
                    terms = {x: 1.0 for x, column in enumerate(self.columns) if column[1:] == (k, c, week)}
                    if terms:
                        self.program.row(terms, upper=room * (1 if week else problem.weeks))
                halves = {
                    flag: 1.0 if site.passages == 2 else 2.0
                    for i, site in enumerate(problem.sites)
                    if problem.weeks == 4
                    for flag in self.roots.get((i, k, c), ())
                }
                if halves:
                    self.program.row(halves, upper=2 * room)

    def driving(self) -> dict[int, float]:
        """Seconds of driving of each column."""
        return {x: float(self.tours[t].drive_s) for x, (t, *_) in enumerate(self.columns)}

    def keep(self, objective: dict[int, float], value: float, slack: float = 1e-6) -> None:
        """Hold a level reached while the next ones are sought."""
        self.program.row(objective, upper=value + slack)

    def reach(self, name: str, objective: dict[int, float], effort: Effort) -> Outcome:
        """Minimise one level, note it and hold it."""
        outcome = self.program.minimise(
            objective, nodes=effort.nodes, seconds=effort.seconds, gap_abs=1e-6, gap_rel=effort.gap
        )
        if outcome.feasible:
            self.levels.append(Level(name, outcome.value, outcome.bound, outcome.proven))
            self.keep(objective, outcome.value)
        return outcome

    def close_dear_columns(self, best: float) -> None:
        """Close the columns that no selection as good as the best one can use, by reduced costs."""
        relaxed, reduced = self.program.reduced_costs(self.driving())
        if isfinite(relaxed):
            dear = [x for x in range(len(self.columns)) if relaxed + reduced[x] > best + 0.5]
            self.program.close(dear)

    def spread(self) -> _Spread:
        """Add how many tours of each kind fall on each weekday of each week."""
        return _Spread(self)


class _Spread:
    """Counts of tours by weekday and week, tied to the columns of a model."""

    def __init__(self, model: _Model) -> None:
        self.model = model
        program, problem = model.program, model.problem
        self.kinds = sorted({tour.half_days for tour in model.tours})
        self.slots = [(day, week) for day in problem.weekdays for week in range(1, problem.weeks + 1)]
        self.count: dict[tuple[int, str, int, int], int] = {}
        for k, group in enumerate(model.vehicles):
            for day, week in self.slots:
                if day in group.weekdays:
                    for kind in self.kinds:
                        self.count[k, kind, day, week] = program.variable(0, len(group.names), integer=True)
                    program.row(
                        {self.count[k, kind, day, week]: 1.0 for kind in self.kinds}, upper=len(group.names)
                    )
        for k, group in enumerate(model.vehicles):
            for c, days in enumerate(model.days):
                if days[0] in group.weekdays:
                    self._tie(k, c, days)
                    if any(site.passages > 1 for site in problem.sites):
                        self._tie_weeks(k, c, days)

    def _tie(self, k: int, c: int, days: tuple[int, ...]) -> None:
        model = self.model
        for kind in self.kinds:
            for week in model.weeks:
                terms = {
                    x: -1.0
                    for x, (t, k_x, c_x, w_x) in enumerate(model.columns)
                    if (k_x, c_x, w_x) == (k, c, week) and model.tours[t].half_days == kind
                }
                weeks = (week,) if week else range(1, model.problem.weeks + 1)
                terms |= {self.count[k, kind, day, w]: 1.0 for day in days for w in weeks}
                model.program.row(terms, 0, 0)

    def _tie_weeks(self, k: int, c: int, days: tuple[int, ...]) -> None:
        """Whoever is visited several times a cycle takes the same weekday each time."""
        model, problem = self.model, self.model.problem
        units: dict[tuple[int, int], dict[int, float]] = defaultdict(dict)
        for passages in sorted({site.passages for site in problem.sites}):
            if passages == 1:
                terms = {
                    x: -1.0
                    for x, (t, k_x, c_x, _) in enumerate(model.columns)
                    if (k_x, c_x) == (k, c) and problem.sites[root_of(problem, model.tours[t])].passages == 1
                }
            else:
                terms = {
                    flag: -1.0
                    for i, site in enumerate(problem.sites)
                    if site.passages == passages
                    for flag in model.roots.get((i, k, c), ())
                }
            for day in days:
                for pattern in week_patterns(passages, problem.weeks):
                    number = model.program.variable(0, len(model.vehicles[k].names), integer=True)
                    terms[number] = 1.0
                    for week in pattern:
                        units[day, week][number] = 1.0
            model.program.row(terms, 0, 0)
        for (day, week), terms in units.items():
            counted = {self.count[k, kind, day, week]: -1.0 for kind in self.kinds}
            model.program.row(terms | counted, 0, 0)

    def on(self, day: int, week: int, half_day: str | None = None) -> list[int]:
        """The counts of the tours of a day, or of those that occupy one of its half-days."""
        return [
            number
            for (_, kind, day_n, week_n), number in self.count.items()
            if (day_n, week_n) == (day, week) and (half_day is None or half_day in HALVES[kind])
        ]

    def largest(self) -> dict[int, float]:
        """Objective: the most tours on one day."""
        most = self.model.program.variable(0, len(self.model.problem.vehicles), integer=True)
        for day, week in self.slots:
            self.model.program.row(dict.fromkeys(self.on(day, week), 1.0) | {most: -1.0}, upper=0)
        return {most: 1.0}

    def desks(self) -> tuple[dict[int, float], dict[int, float]]:
        """Objectives: weeks whose open hours miss the label's, and half-days with a desk open (negated)."""
        program, problem = self.model.program, self.model.problem
        lengths = session_seconds(problem)
        short: dict[int, float] = {}
        opened: dict[int, float] = {}
        for week in range(1, problem.weeks + 1):
            hours: dict[int, float] = {}
            for day in problem.weekdays:
                for half in HALF_DAYS:
                    flag = program.variable(0, 1, integer=True)
                    program.row(dict.fromkeys(self.on(day, week, half), -1.0) | {flag: 1.0}, upper=0)
                    hours[flag] = lengths[half] / 3600
                    opened[flag] = -1.0
            missed = program.variable(0, 1, integer=True)
            label = problem.label_s / 3600
            program.row(hours | {missed: label}, lower=label)
            short[missed] = 1.0
        return short, opened

    def squares(self, most: int) -> dict[int, float]:
        """Objective: the sum of squares of the tours on a day, as 1 + 3 + 5 + …."""
        program = self.model.program
        total: dict[int, float] = {}
        for day, week in self.slots:
            steps = [program.variable(0, 1) for _ in range(most)]
            program.row(dict.fromkeys(self.on(day, week), 1.0) | dict.fromkeys(steps, -1.0), 0, 0)
            total |= {step: 2.0 * j + 1 for j, step in enumerate(steps)}
        return total


def _free_half_day_min(problem: PlanningProblem, tour: PlannedTour) -> float:
    """Minutes from the half-day a tour leaves free to where home visits are expected."""
    if tour.half_days == "MA":
        return 0.0
    near = tour.stops[-1] if tour.half_days == "M" else tour.stops[0]
    return problem.sites[near.site].remoteness_min


def select_tours(
    problem: PlanningProblem,
    effort: Effort | None = None,
    *,
    tours: tuple[PlannedTour, ...] | None = None,
    feasibility_only: bool = False,
) -> Selection:
    """Choose the tours: least driving, then the best spread among all least-driving choices, then ties.

    Parameters
    ----------
    problem
        What is planned.
    effort
        Where the solver stops at each level.
    tours
        The tours of `enumerate_tours`, when they are known.
    feasibility_only
        Whether there are rounds at all, without any objective.
    """
    effort = effort or Effort()
    tours = enumerate_tours(problem) if tours is None else tours
    reached = {site for tour in tours for site in tour.sites}
    if len(reached) < len(problem.sites):
        return Selection((), (), True, 0)
    model = _Model(problem, tours)
    driving = model.driving()
    first = model.reach("driving_s", {} if feasibility_only else driving, effort)
    if not first.feasible:
        return Selection((), tuple(model.levels), first.proven, len(model.columns))
    if feasibility_only:
        return Selection(_chosen(model, first.values), tuple(model.levels), False, len(model.columns))
    model.close_dear_columns(first.value)
    last = _refine(model, first, effort)
    return Selection(_chosen(model, last.values), tuple(model.levels), False, len(model.columns))


def _refine(model: _Model, first: Outcome, effort: Effort) -> Outcome:
    """Go down the levels under the least driving; a level without an answer leaves the last one."""
    problem, last = model.problem, first
    spread = model.spread()
    largest = spread.largest()
    outcome = model.reach("most_tours_a_day", largest, effort)
    if not outcome.feasible:
        return last
    last = outcome
    most = round(outcome.value)
    short, opened = spread.desks()
    columns = range(len(model.columns))
    tours = [model.tours[t] for t, *_ in model.columns]
    later = [
        ("weeks_short_of_label", short),
        ("half_days_open", opened),
        ("squares", spread.squares(most)),
    ]
    if any(len(tour.half_days) < len(tour.stops) for tour in tours):
        later.append(("half_days_occupied", {x: float(len(tours[x].half_days)) for x in columns}))
    later += [
        ("free_near_homes_min", {x: _free_half_day_min(problem, tours[x]) for x in columns}),
        ("persons_hours", {x: -tours[x].value for x in columns}),
    ]
    effort = replace(effort, nodes=min(effort.nodes, LATER_NODES))
    for name, objective in later:
        outcome = model.reach(name, objective, effort)
        if not outcome.feasible:
            break
        last = outcome
    return last


def _chosen(model: _Model, values: NDArray[np.float64]) -> tuple[SelectedTour, ...]:
    times: dict[int, int] = defaultdict(int)
    for x, (t, *_) in enumerate(model.columns):
        times[t] += round(values[x])
    return tuple(SelectedTour(model.tours[t], number) for t, number in sorted(times.items()) if number)
