"""Somebody is away: who drives what that morning, which passages go without, and what months of it change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.measures.context import months_of
from sim.models.cell import replicate
from sim.models.facts import HALF_DAY_USES, HOME_OUTCOMES, OUTCOMES, STATUSES, Facts
from sim.models.plan import Plan
from sim.scenarios.plan import make_plan
from sim.settings import Settings, StudySettings
from sim.study.cell_study import CellStudy, Prepared
from sim.study.written_answer import WrittenAnswer
from sim.territory.roads import commune_to_sites
from sim.world import World, draw_world

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.study.results import Results

__all__ = ["AFTER_DAYS", "Absent", "AbsencePrepared", "AbsenceResult", "AbsenceStudy", "run_absence"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

AFTER_DAYS = 56
"""A long absence is followed for eight weeks more: until then those it turned away may still be helped."""
HELD, CLOSED, CANCELLED = (STATUSES.index(s) for s in ("held", "closed_announced", "cancelled"))
DONE = HOME_OUTCOMES.index("done")
DOOR_CLOSED = OUTCOMES.index("door_closed")
DAY_S = 86_400
MONTH_COLUMNS = ("planned", "held_by_two", "held_by_one", "cancelled", "helped", "homes_done", "door_closed")


@dataclass(frozen=True)
class Absent:
    """Who is away, on which days of a calendar, both included."""

    agents: tuple[str, ...]
    first: int
    last: int


@dataclass(frozen=True)
class AbsencePrepared:
    """What every replication shares.

    `morning` is planned up to the day asked about, everybody else being there; `months` up to
    `AFTER_DAYS` after a long absence, with the usual leave and sickness, or None.
    """

    cell: Prepared
    settings: Settings
    absent: Absent
    morning: Plan
    months: Plan | None

    @property
    def day(self) -> int:
        """The day asked about, from the first day of the horizon."""
        return self.absent.first


def until_settings(settings: Settings, last: date) -> Settings:
    """The same settings with a horizon that ends on another day."""
    horizon = settings.run.horizon.model_copy(update={"end": last})
    return settings.model_copy(update={"run": settings.run.model_copy(update={"horizon": horizon})})


def calm(plan: Plan) -> Plan:
    """The plan with nobody on leave or in training, no breakdown and no traffic noise."""
    staff = plan.staff._replace(leave_policy=0, leave_days=0.0, training_days=0.0, initial_training_weeks=0.0)
    return replace(plan, staff=staff, day=plan.day._replace(leg_sigma=0.0), breakdown_share=0.0)


def with_absent(world: World, absent: Absent | None, *, others: bool) -> World:
    """The world with agents sick on the days of an absence; `others` keeps everybody's own sickness.

    Traffic of a world without the others' sickness is that of an average day too.
    """
    sick = world.sick.copy() if others else np.zeros_like(world.sick)
    if absent is not None:
        for name in absent.agents:
            sick[world.agents.index(name), absent.first : absent.last + 1] = True
    if others:
        return replace(world, sick=sick)
    return replace(world, sick=sick, day_factor=np.ones_like(world.day_factor))


@dataclass(frozen=True)
class AbsenceRun:
    """The facts of one world: that day with everybody and without the absent; likewise the months."""

    usual_day: Facts
    day: Facts
    usual_months: Facts | None
    months: Facts | None


@dataclass(frozen=True)
class AbsenceStudy:
    """`sim.study.replicate.Model` of an absence: every world is lived with it and without it."""

    def prepare(self, study: StudySettings) -> AbsencePrepared:
        """Plan the days needed; the whole study is checked like any other."""
        cell = CellStudy().prepare(study)
        settings = study.reference
        absence = settings.absence
        if absence.date is None:  # refused by the settings' own checks before
            raise ValueError("absence.date is null")
        last = absence.until or absence.date
        start = settings.run.horizon.start
        absent = Absent(tuple(absence.agents), (absence.date - start).days, (last - start).days)
        morning = make_plan(until_settings(settings, absence.date), cell.territory)
        months = None
        if last > absence.date:
            longer = until_settings(settings, last + timedelta(days=AFTER_DAYS))
            months = make_plan(longer, cell.territory)
        return AbsencePrepared(cell, settings, absent, calm(morning), months)

    def fingerprint(self, context: AbsencePrepared) -> str:
        """As of any study of the cell."""
        return CellStudy().fingerprint(context.cell)

    def inputs(self, context: AbsencePrepared) -> dict[str, bytes]:
        """As of any study of the cell."""
        return CellStudy().inputs(context.cell)

    def outputs(self, context: AbsencePrepared, results: Results) -> dict[str, bytes]:
        """The crews of the day, the effects of a long absence, and the answer in words."""
        from sim.study.absence_tables import absence_files

        return absence_files(context, results)

    def draw(self, context: AbsencePrepared, replication: int) -> tuple[World, World | None]:
        """The world up to the day, and up to the end of a long absence."""

        def world(plan: Plan) -> World:
            end = plan.calendar.start + timedelta(days=plan.calendar.days - 1)
            settings = until_settings(context.settings, end)
            pairs, vehicles = context.cell.pairs, len(plan.vehicles)
            return draw_world(settings, context.cell.territory, replication, pairs, vehicles)

        return world(context.morning), None if context.months is None else world(context.months)

    def run(self, context: AbsencePrepared, scenario: int, world: tuple[World, World | None]) -> AbsenceRun:  # noqa: ARG002 - the door's shape
        """Live the day, and the months, with and without the absence."""
        near, far = world
        usual_day = replicate(context.morning, with_absent(near, None, others=False))
        day = replicate(context.morning, with_absent(near, context.absent, others=False))
        if context.months is None or far is None:
            return AbsenceRun(usual_day, day, None, None)
        return AbsenceRun(
            usual_day,
            day,
            replicate(context.months, far),
            replicate(context.months, with_absent(far, context.absent, others=True)),
        )

    def check(self, context: AbsencePrepared, scenario: int, world: Any, facts: AbsenceRun) -> None:
        """Nothing beyond what the model of the cell is tested for."""

    def measure(
        self,
        context: AbsencePrepared,
        scenario: int,  # noqa: ARG002 - likewise
        facts: AbsenceRun,
    ) -> tuple[dict[str, float], dict[str, dict[str, Any]]]:
        """Persons expected and home visits that day, passages of the absence; the tables behind the files."""
        day = day_table(context, facts)
        homes = homes_of_day(context, facts)
        without = day["status"] == CANCELLED
        values = {
            "expected_that_day": float(day["expected"].sum()),
            "expected_without_crew": float(day["expected"][without].sum()),
            "homes_planned": float(homes["planned"].sum()),
            "homes_moved": float(homes["moved"].sum()),
        }
        tables: dict[str, dict[str, Any]] = {
            "day": day,
            "homes": homes,
            "agents": agents_of_day(context, facts),
        }
        if facts.months is not None and facts.usual_months is not None:
            tables["months"] = months_table(facts.usual_months, facts.months)
            tables["workload"] = workload_table(facts.usual_months, facts.months, context.absent)
            p = facts.usual_months.passages
            within = (p.day >= context.absent.first) & (p.day <= context.absent.last) & (p.status != CLOSED)
            tables["window"] = {"planned": np.array([np.count_nonzero(within)], np.float64)}
            values["planned_in_absence"] = float(np.count_nonzero(within))
        return values, tables

    def tables(self, context: AbsencePrepared, scenario: int, facts: AbsenceRun) -> Mapping[str, pa.Table]:  # noqa: ARG002 - the door's shape
        """No facts are kept: the day has no other detail than its crews."""
        return {}


def day_table(context: AbsencePrepared, facts: AbsenceRun) -> dict[str, Any]:
    """The day's passages: crews without the absent, crews otherwise, persons who would come.

    `expected` counts the contacts of the day when everybody is there; `leaves_s` is when the first of
    them leaves home, nan when nobody comes.
    """
    usual, now = facts.usual_day, facts.day
    rows = np.flatnonzero(now.passages.day == context.day)
    minutes, _ = commune_to_sites(context.cell.territory)
    visits = usual.visits
    leaves = visits.arrival_s - 60.0 * minutes[visits.home, usual.passages.site[visits.passage]]
    expected = np.zeros(len(rows))
    first = np.full(len(rows), np.nan)
    for k, row in enumerate(rows):
        mine = visits.passage == row
        expected[k] = np.count_nonzero(mine)
        if mine.any():
            first[k] = leaves[mine].min()
    p = now.passages
    return {
        "row": rows,
        "site": p.site[rows],
        "half_day": p.half_day[rows],
        "open_s": p.announced_open_s[rows],
        "close_s": p.announced_close_s[rows],
        "status": p.status[rows],
        "cause": p.cause[rows],
        "held_by": p.held_by[rows],
        "tour_vehicle": context.morning.passages["vehicle"][rows],
        "vehicle": p.vehicle[rows],
        "fs_agent": p.fs_agent[rows],
        "cn_agent": p.cn_agent[rows],
        "usual_vehicle": usual.passages.vehicle[rows],
        "usual_fs_agent": usual.passages.fs_agent[rows],
        "usual_cn_agent": usual.passages.cn_agent[rows],
        "expected": expected,
        "leaves_s": first,
    }


def homes_of_day(context: AbsencePrepared, facts: AbsenceRun) -> dict[str, Any]:
    """Home visits of the day with everybody there, and how many of them the absence moves."""
    usual, now = facts.usual_day.home_visits, facts.day.home_visits
    there = (usual.day == context.day) & (usual.outcome <= HOME_OUTCOMES.index("no_show"))
    moved = there & ~((now.day == context.day) & (now.outcome <= HOME_OUTCOMES.index("no_show")))
    return {
        "planned": np.array([np.count_nonzero(there)], np.float64),
        "moved": np.array([np.count_nonzero(moved)], np.float64),
    }


def agents_of_day(context: AbsencePrepared, facts: AbsenceRun) -> dict[str, Any]:
    """What each agent does in each half-day, positions in `facts.HALF_DAY_USES`."""
    rows = facts.day.agent_days
    mine = rows.day == context.day
    return {"agent": rows.agent[mine], "morning": rows.morning[mine], "afternoon": rows.afternoon[mine]}


def months_table(usual: Facts, now: Facts) -> dict[str, Any]:
    """By month of the horizon, without and with the absence: `MONTH_COLUMNS`, the first prefixed `usual_`."""
    months = months_of(now.first_day, now.days)
    table: dict[str, Any] = {}
    for prefix, facts in (("usual_", usual), ("", now)):
        for name, values in zip(
            MONTH_COLUMNS, _by_month(facts, months.of_day, len(months.names)), strict=True
        ):
            table[f"{prefix}{name}"] = values
    return table


def _by_month(facts: Facts, of_day: Ints, count: int) -> list[Floats]:
    p, h, persons = facts.passages, facts.home_visits, facts.persons

    def add(days: Ints) -> Floats:
        return np.bincount(of_day[days], minlength=count).astype(np.float64)

    helped = persons.helped_at[persons.helped_at >= 0] // DAY_S
    homes = h.day[h.outcome == DONE]
    knocked = facts.visits.passage[facts.visits.outcome == DOOR_CLOSED]
    return [
        add(p.day[p.status != CLOSED]),
        add(p.day[(p.status == HELD) & (p.held_by == 2)]),
        add(p.day[(p.status == HELD) & (p.held_by == 1)]),
        add(p.day[p.status == CANCELLED]),
        add(helped[helped < facts.days]) + add(homes),
        add(homes),
        add(p.day[knocked]),
    ]


def workload_table(usual: Facts, now: Facts, absent: Absent) -> dict[str, Any]:
    """Per agent during the absence: hours on the road or at a desk, reassignments, half-days in an office."""
    table: dict[str, Any] = {}
    permanence, visits = HALF_DAY_USES.index("permanence"), HALF_DAY_USES.index("home_visits")
    for prefix, facts in (("usual_", usual), ("", now)):
        a = facts.agent_days
        within = (a.day >= absent.first) & (a.day <= absent.last)
        duty = np.where(a.duty_start_s >= 0, (a.duty_end_s - a.duty_start_s) / 3600.0, 0.0)
        away = (
            np.isin(a.morning, (permanence, visits)) * 0.5 + np.isin(a.afternoon, (permanence, visits)) * 0.5
        )
        n = len(facts.agents)
        for name, weights in (
            ("hours", duty),
            ("field_days", away),
            ("reassigned", np.maximum(a.reassigned, 0)),
        ):
            table[f"{prefix}{name}"] = np.bincount(a.agent[within], weights[within], minlength=n)
    return table


class AbsenceResult(WrittenAnswer):
    """A study of an absence that ended: its folder and its answer in words."""


def run_absence(study: StudySettings, **options: Any) -> AbsenceResult:
    """Run a study of an absence; options as of `sim.study.run.run_study`.

    Raises
    ------
    sim.problems.InputError
        When the input is wrong or the folder cannot be written.
    """
    from sim.study.run import run_study

    return AbsenceResult(run_study(study, model=AbsenceStudy(), **options))
