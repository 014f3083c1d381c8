"""On which weekday, in which weeks and with which vehicle each chosen tour is driven."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import permutations

from sim.scenarios.planning.calendar_classes import VehicleClass, vehicle_classes, week_patterns
from sim.scenarios.planning.problem import HALF_DAYS, PlanningProblem
from sim.scenarios.planning.program import Outcome, Program
from sim.scenarios.planning.selection import (
    HALVES,
    Effort,
    Level,
    SelectedTour,
    Selection,
    root_of,
    session_seconds,
)
from sim.scenarios.planning.tours import PlannedTour

__all__ = ["PlacedTour", "Placement", "place_tours"]

# A vehicle may drive this much more than the least that balance allows: less than the noise of the road.
BALANCE_SLACK_S, BALANCE_SLACK_SHARE = 60.0, 0.02
# Vehicles are nearly interchangeable, so that the last seconds of balance cost a search without end.
BALANCE_NODES = 100
# Days and vehicles are chosen together up to this many columns, days before vehicles beyond.
JOINT_COLUMNS = 800
Timetable = tuple[tuple[int, PlannedTour], ...]


@dataclass(frozen=True, slots=True)
class PlacedTour:
    """A tour on one day of the cycle, with its vehicle."""

    tour: PlannedTour
    vehicle: str
    week: int
    weekday: int


@dataclass(frozen=True)
class Placement:
    """Where every tour is; empty when none was found within the effort."""

    tours: tuple[PlacedTour, ...]
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """Tours that keep one weekday and one vehicle: `timetables` are the ways to lay them in the weeks."""

    vehicles: tuple[VehicleClass, ...]
    weekdays: tuple[int, ...]
    timetables: tuple[Timetable, ...]
    half_days: int
    drive_s: int


def _units(problem: PlanningProblem, chosen: tuple[SelectedTour, ...]) -> tuple[_Unit, ...]:
    """Group the tours by the site visited several times a cycle that they share; others stand alone."""
    groups: list[list[PlannedTour]] = []
    together: dict[int, list[PlannedTour]] = defaultdict(list)
    for item in chosen:
        root = root_of(problem, item.tour)
        if problem.sites[root].passages == 1:
            groups += [[item.tour]] * item.times
        else:
            together[root] += [item.tour] * item.times
    classes = vehicle_classes(problem)
    units = []
    for tours in [*groups, *together.values()]:
        pins = {problem.sites[site].pin.vehicle for tour in tours for site in tour.sites} - {None}
        weekdays = frozenset.intersection(*(tour.weekdays for tour in tours))
        units.append(
            _Unit(
                vehicles=tuple(
                    each for each in classes if each.base == tours[0].base and pins <= set(each.names)
                ),
                weekdays=tuple(sorted(weekdays)),
                timetables=_timetables(problem, tours),
                half_days=sum(len(tour.half_days) for tour in tours),
                drive_s=sum(tour.drive_s for tour in tours),
            )
        )
    return tuple(units)


def _timetables(problem: PlanningProblem, tours: list[PlannedTour]) -> tuple[Timetable, ...]:
    """Every way to lay tours in the weeks so that each site keeps one of its week patterns."""
    allowed = [set(week_patterns(site.passages, problem.weeks, site.pin.week)) for site in problem.sites]
    found: dict[tuple[tuple[int, tuple[int, ...]], ...], Timetable] = {}
    for weeks in permutations(range(1, problem.weeks + 1), len(tours)):
        visited: dict[int, set[int]] = defaultdict(set)
        for tour, week in zip(tours, weeks, strict=True):
            for site in tour.sites:
                visited[site].add(week)
        if all(frozenset(when) in allowed[site] for site, when in visited.items()):
            table = tuple(sorted(zip(weeks, tours, strict=True), key=lambda entry: entry[0]))
            key = tuple((week, tuple(stop.site for stop in tour.stops)) for week, tour in table)
            found.setdefault(key, table)
    return tuple(found[key] for key in sorted(found))


class _Model:
    """One variable for each unit, weekday, timetable and bin; a bin is a vehicle, or a class of them."""

    def __init__(self, problem: PlanningProblem, units: tuple[_Unit, ...], *, named: bool) -> None:
        self.problem = problem
        self.units = units
        self.program = Program(problem.seed)
        self.columns: list[tuple[int, int, Timetable, tuple[str, ...]]] = []
        self.levels: list[Level] = []
        self.on: dict[tuple[int, int], list[int]] = defaultdict(list)
        self.on_half: dict[tuple[int, int, str], list[int]] = defaultdict(list)
        in_bin: dict[tuple[tuple[str, ...], int, int], list[int]] = defaultdict(list)
        for u, unit in enumerate(units):
            once = []
            bins = [
                (names, each.weekdays)
                for each in unit.vehicles
                for names in ([(name,) for name in each.names] if named else [each.names])
            ]
            for day in unit.weekdays:
                for table in unit.timetables:
                    for names, driven in bins:
                        if day not in driven:
                            continue
                        x = self.program.variable(0, 1, integer=True)
                        self.columns.append((u, day, table, names))
                        once.append(x)
                        for week, tour in table:
                            in_bin[names, day, week].append(x)
                            self.on[day, week].append(x)
                            for half in HALVES[tour.half_days]:
                                self.on_half[day, week, half].append(x)
            self.program.row(dict.fromkeys(once, 1.0), 1, 1)
        for (names, _, _), members in in_bin.items():
            self.program.row(dict.fromkeys(members, 1.0), upper=len(names))

    def reach(self, name: str, objective: dict[int, float], effort: Effort, slack: float = 1e-6) -> Outcome:
        """Minimise one level, note it and hold it, within a slack that counts as reached."""
        outcome = self.program.minimise(objective, nodes=effort.nodes, seconds=effort.seconds, gap_abs=slack)
        if outcome.feasible:
            self.levels.append(Level(name, outcome.value, outcome.bound, outcome.proven))
            self.program.row(objective, upper=outcome.value + 1e-6)
        return outcome

    def spread(self, effort: Effort) -> Outcome | None:
        """Reach the levels of the spread over the weekdays; None when there is no placement."""
        problem, program = self.problem, self.program
        slots = [(day, week) for day in problem.weekdays for week in range(1, problem.weeks + 1)]
        most = program.variable(0, len(problem.vehicles), integer=True)
        for slot in slots:
            program.row(dict.fromkeys(self.on[slot], 1.0) | {most: -1.0}, upper=0)
        outcome = self.reach("most_tours_a_day", {most: 1.0}, effort)
        if not outcome.feasible:
            return None
        last = outcome
        for name, objective in (*self._desks(), ("squares", self._squares(round(outcome.value)))):
            outcome = self.reach(name, objective, effort)
            if not outcome.feasible:
                break
            last = outcome
        return last

    def _desks(self) -> tuple[tuple[str, dict[int, float]], ...]:
        problem, program = self.problem, self.program
        lengths = session_seconds(problem)
        label = problem.label_s / 3600
        short: dict[int, float] = {}
        opened: dict[int, float] = {}
        for week in range(1, problem.weeks + 1):
            hours: dict[int, float] = {}
            for day in problem.weekdays:
                for half in HALF_DAYS:
                    flag = program.variable(0, 1, integer=True)
                    program.row(dict.fromkeys(self.on_half[day, week, half], -1.0) | {flag: 1.0}, upper=0)
                    hours[flag] = lengths[half] / 3600
                    opened[flag] = -1.0
            missed = program.variable(0, 1, integer=True)
            program.row(hours | {missed: label}, lower=label)
            short[missed] = 1.0
        return (("weeks_short_of_label", short), ("half_days_open", opened))

    def _squares(self, most: int) -> dict[int, float]:
        total: dict[int, float] = {}
        for members in self.on.values():
            steps = [self.program.variable(0, 1) for _ in range(most)]
            self.program.row(dict.fromkeys(members, 1.0) | dict.fromkeys(steps, -1.0), 0, 0)
            total |= {step: 2.0 * j + 1 for j, step in enumerate(steps)}
        return total

    def balance(self, effort: Effort) -> Outcome | None:
        """Reach the levels of the balance of vehicles: half-days, half-days in a week, driving."""
        problem, program = self.problem, self.program
        number, weeks = len(problem.vehicles), problem.weeks
        half_days = sum(unit.half_days for unit in self.units)
        mean_s = sum(unit.drive_s for unit in self.units) / number
        most = program.variable(-(-half_days // number), integer=True)
        least = program.variable(0, half_days // number, integer=True)
        most_week = program.variable(-(-half_days // (number * weeks)), integer=True)
        driving = program.variable(mean_s)
        for vehicle in problem.vehicles:
            mine = [x for x, column in enumerate(self.columns) if column[3] == (vehicle.name,)]
            occupied = {x: float(self.units[self.columns[x][0]].half_days) for x in mine}
            program.row(occupied | {most: -1.0}, upper=0)
            program.row(occupied | {least: -1.0}, lower=0)
            program.row(
                {x: float(self.units[self.columns[x][0]].drive_s) for x in mine} | {driving: -1.0}, upper=0
            )
            for week in range(1, weeks + 1):
                terms = {
                    x: float(sum(len(tour.half_days) for when, tour in self.columns[x][2] if when == week))
                    for x in mine
                }
                program.row(terms | {most_week: -1.0}, upper=0)
        slack_s = max(BALANCE_SLACK_S, BALANCE_SLACK_SHARE * mean_s)
        last = None
        for name, objective, slack in (
            ("most_half_days_a_vehicle", {most: 1.0}, 0.5),
            ("least_half_days_a_vehicle", {least: -1.0}, 0.5),
            ("most_half_days_a_vehicle_week", {most_week: 1.0}, 0.5),
            ("most_driving_a_vehicle_s", {driving: 1.0}, slack_s),
        ):
            outcome = self.reach(name, objective, effort, slack)
            if not outcome.feasible:
                break
            last = outcome
        return last


def place_tours(problem: PlanningProblem, selection: Selection, effort: Effort) -> Placement:
    """Place the tours chosen: the spread over the weekdays first, then the balance of vehicles."""
    units = _units(problem, selection.tours)
    patient = replace(effort, nodes=min(effort.nodes, BALANCE_NODES))
    together = _Model(problem, units, named=True)
    if len(together.columns) > JOINT_COLUMNS:
        days = _Model(problem, units, named=False)
        outcome = days.spread(effort)
        if outcome is None:
            return Placement((), ())
        fixed = tuple(
            replace(units[u], weekdays=(day,), timetables=(table,))
            for x, (u, day, table, _) in enumerate(days.columns)
            if outcome.values[x] > 0.5
        )
        named = _Model(problem, fixed, named=True)
        found = named.balance(patient)
        if found is not None:
            return _placement(named, found, (*days.levels, *named.levels))
    if together.spread(effort) is None:
        return Placement((), ())
    return _placement(together, together.balance(patient), tuple(together.levels))


def _placement(model: _Model, found: Outcome | None, levels: tuple[Level, ...]) -> Placement:
    if found is None:
        return Placement((), levels)
    tours = [
        PlacedTour(tour, names[0], week, day)
        for x, (_, day, table, names) in enumerate(model.columns)
        if found.values[x] > 0.5
        for week, tour in table
    ]
    tours.sort(key=lambda item: (item.week, item.weekday, item.vehicle))
    return Placement(tuple(tours), levels)
