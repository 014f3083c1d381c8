"""The cell as a study runs it: territory and plans prepared once, then worlds, facts, measures."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measures import (
    MEASURES,
    Layout,
    MeasureContext,
    check_invariants,
    layouts,
    measure,
    measure_context,
)
from sim.measures.moves import changes_by_need, moved_persons
from sim.models.cell import replicate
from sim.models.facts import Facts
from sim.models.plan import Plan
from sim.problems import InputError, Problems
from sim.register import register_rows
from sim.scenarios.plan import make_plan, rounds_of
from sim.scenarios.rounds_file import COLUMNS as ROUNDS_COLUMNS
from sim.settings import Settings, StudySettings
from sim.study.calendar_files import calendar_files
from sim.study.exits_tables import exits_inputs, exits_outputs
from sim.study.planning_gain import check_file_given, planning_gain_files
from sim.study.tables import packed
from sim.territory import Territory, load_territory
from sim.world import World, draw_world, world_calendar

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.study.results import Results

__all__ = ["CellStudy", "Prepared"]


@dataclass(frozen=True)
class Prepared:
    """What every replication of a study shares; per scenario where it is a tuple."""

    territory: Territory
    settings: tuple[Settings, ...]
    plans: tuple[Plan, ...]
    contexts: tuple[MeasureContext, ...]
    layouts: tuple[Mapping[str, Layout], ...]
    pairs: int
    confidence: float


@dataclass(frozen=True)
class CellStudy:
    """`sim.study.replicate.Model` for the cell."""

    def prepare(self, study: StudySettings) -> Prepared:
        """Load the territory and plan every scenario; every problem of all of them at once."""
        check_file_given(study)
        territory = load_territory(study.base.territory)
        problems = Problems()
        plans = []
        for settings in study.scenarios:
            try:
                plans.append(make_plan(settings, territory))
            except InputError as error:
                problems.extend(problem for problem in error.problems if problem not in set(problems))
        problems.raise_if_any()
        contexts = tuple(measure_context(settings, territory) for settings in study.scenarios)
        return Prepared(
            territory,
            study.scenarios,
            tuple(plans),
            contexts,
            tuple(
                layouts(context, plan.team.names, plan.access.ids)
                for plan, context in zip(plans, contexts, strict=True)
            ),
            max(max(s.staff.fs_agents, s.staff.cn_agents) for s in study.scenarios),
            study.study.confidence,
        )

    def fingerprint(self, context: Prepared) -> str:
        """The territory's digest and that of the rounds."""
        return f"{context.territory.digest}:{hashlib.sha256(_rounds(context)).hexdigest()}"

    def inputs(self, context: Prepared) -> dict[str, bytes]:
        """Territory, rounds, published calendars, register of assumptions: the folder stands alone."""
        folder = context.territory.folder
        files = {
            f"territory/{path.relative_to(folder).as_posix()}": path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".") and "__pycache__" not in path.parts
        }
        return {
            **files,
            "rounds.csv": _rounds(context),
            "assumptions.csv": _assumptions(context.settings[0]),
            **calendar_files(context.settings, context.territory),
            **planning_gain_files(context.settings[0], context.territory),
            **exits_inputs(context.settings, context.plans, context.contexts, context.territory),
        }

    def outputs(self, context: Prepared, results: Results) -> dict[str, bytes]:
        """Summary, comparison and every table made from measures."""
        from sim.study.compare import study_files

        return {
            **study_files(context.settings, context.layouts, results, context.confidence),
            **exits_outputs(context.settings, context.plans, context.territory, results),
        }

    def draw(self, context: Prepared, replication: int) -> World:
        """The outside world, for the largest staff of the study."""
        vehicles = max(len(plan.vehicles) for plan in context.plans)
        return draw_world(context.settings[0], context.territory, replication, context.pairs, vehicles)

    def run(self, context: Prepared, scenario: int, world: World) -> Facts:
        """The facts of one scenario; drawn dates of exit make another plan in every world."""
        settings, plan = context.settings[scenario], context.plans[scenario]
        if settings.exits.reading == "drawn":
            drawn = dict(zip(plan.communes, world.exit_u.tolist(), strict=True))
            plan = make_plan(settings, context.territory, drawn)
        return replicate(plan, world)

    def check(self, context: Prepared, scenario: int, world: World, facts: Facts) -> None:  # noqa: ARG002 - the door's shape
        """Raise when the facts break an invariant, people lost or invented included."""
        communes = len(context.territory.communes)
        check_invariants(
            facts,
            needs_drawn=np.bincount(world.needs.home, minlength=communes),
            requests_drawn=np.bincount(world.homes.home, minlength=communes),
        )

    def measure(
        self, context: Prepared, scenario: int, facts: Facts
    ) -> tuple[dict[str, float], dict[str, dict[str, Any]]]:
        """Every measure of the registry, and the tables as columns."""
        measured = measure(facts, context.contexts[scenario])
        values = {m.id: float(v) for m, v in zip(MEASURES, measured.values, strict=True)}
        return values, packed(measured, context.layouts[scenario])

    def paired(
        self, context: Prepared, scenario: int, facts: Facts, reference: Facts
    ) -> dict[str, dict[str, Any]]:
        """Who ends elsewhere than in the reference, where the two differ by their exits."""
        if context.settings[scenario].exits == context.settings[0].exits:
            return {}
        return {
            "from_to": moved_persons(reference, facts),
            "changes_by_need": changes_by_need(reference, facts),
        }

    def tables(self, context: Prepared, scenario: int, facts: Facts) -> Mapping[str, pa.Table]:
        """The facts as tables."""
        from sim.study.facts_tables import facts_tables

        return facts_tables(facts, context.settings[scenario], context.territory)


def _csv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def _rounds(context: Prepared) -> bytes:
    """`rounds.csv`: the cycle of every scenario, from each date it changes."""
    rows: list[tuple[object, ...]] = []
    for settings in context.settings:
        calendar = world_calendar(settings)
        for epoch in rounds_of(settings, context.territory):
            valid_from = calendar.start + timedelta(days=max(epoch.from_day, 0))
            rows.extend(
                (
                    settings.scenario.name,
                    valid_from.isoformat(),
                    stop.site_id,
                    stop.vehicle,
                    stop.week,
                    stop.weekday,
                    stop.half_day,
                    stop.open_s,
                    stop.close_s,
                )
                for stop in epoch.rounds.stops
            )
    return _csv(ROUNDS_COLUMNS, rows)


def _assumptions(settings: Settings) -> bytes:
    """`assumptions.csv`: the register with the values of the reference."""
    header = (
        "path",
        "label_fr",
        "label_en",
        "value",
        "unit",
        "unit_en",
        "low",
        "high",
        "confidence",
        "source",
        "note",
    )
    rows = [
        (
            row.assumption.path,
            row.assumption.label_fr,
            row.assumption.label_en,
            row.value,
            row.assumption.unit,
            row.assumption.unit_en,
            row.assumption.low,
            row.assumption.high,
            row.assumption.confidence,
            row.assumption.source,
            row.assumption.note,
        )
        for row in register_rows(settings)
    ]
    return _csv(header, rows)
