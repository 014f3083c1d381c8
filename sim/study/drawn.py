"""A study whose every replication has its own assumptions, drawn from their ranges in the register.

The intervals of such a study cover chance and assumptions together. The rounds stay those planned with the
assumptions as they stand; all scenarios of a replication have the same assumptions and the same world.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.measures import MEASURES, MeasureContext, check_invariants, measure, measure_context
from sim.models.cell import replicate
from sim.models.facts import Facts
from sim.models.plan import Plan
from sim.scenarios.plan import make_plan, rounds_of
from sim.scenarios.published import RoundsInForce
from sim.settings import Settings, StudySettings
from sim.streams import stable_hash
from sim.study.assumptions import Moved, moved_assumptions, settings_with
from sim.study.cell_study import CellStudy, Prepared
from sim.study.tables import packed
from sim.world import World, draw_world

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.study.results import Results

__all__ = ["DrawnAssumptions", "DrawnPrepared", "drawn_values"]


@dataclass(frozen=True)
class DrawnPrepared:
    """What every replication shares: the study of the cell, the rounds, what is drawn."""

    cell: Prepared
    rounds: tuple[tuple[RoundsInForce, ...], ...]
    moved: tuple[Moved, ...]
    seed: int


@dataclass(frozen=True)
class Life:
    """One replication: its world, and the scenarios under its assumptions."""

    world: World
    settings: tuple[Settings, ...]
    plans: tuple[Plan, ...]
    contexts: tuple[MeasureContext, ...]


def drawn_values(moved: tuple[Moved, ...], seed: int, replication: int) -> dict[str, float]:
    """The assumptions of a replication, each from its own stream: one more changes none of the others."""
    values = {}
    for one in moved:
        key = (replication, *stable_hash(f"assumption: {one.path}"))
        u = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key)).random(1)
        values[one.path] = one.at(float(one.triangle(u)[0]))
    return values


@dataclass(frozen=True)
class DrawnAssumptions:
    """`sim.study.replicate.Model` for the cell with assumptions drawn."""

    def prepare(self, study: StudySettings) -> DrawnPrepared:
        """As for any study of the cell; the rounds are planned once."""
        cell = CellStudy().prepare(study)
        rounds = tuple(rounds_of(settings, cell.territory) for settings in study.scenarios)
        return DrawnPrepared(cell, rounds, moved_assumptions(study), study.run.seed)

    def fingerprint(self, context: DrawnPrepared) -> str:
        """As of any study of the cell, with the ranges drawn from."""
        ranges = repr([(m.path, m.low, m.high, m.value) for m in context.moved])
        digest = hashlib.sha256(ranges.encode()).hexdigest()
        return f"{CellStudy().fingerprint(context.cell)}:drawn:{digest}"

    def inputs(self, context: DrawnPrepared) -> dict[str, bytes]:
        """As of any study of the cell."""
        return CellStudy().inputs(context.cell)

    def outputs(self, context: DrawnPrepared, results: Results) -> dict[str, bytes]:
        """As of any study of the cell."""
        return CellStudy().outputs(context.cell, results)

    def draw(self, context: DrawnPrepared, replication: int) -> Life:
        """The assumptions, then the world under them."""
        values = drawn_values(context.moved, context.seed, replication)
        territory = context.cell.territory
        settings = tuple(settings_with(one, values) for one in context.cell.settings)
        vehicles = max(len(plan.vehicles) for plan in context.cell.plans)
        world = draw_world(settings[0], territory, replication, context.cell.pairs, vehicles)
        plans = tuple(
            make_plan(one, territory, _exits(one, territory.communes, world), rounds)
            for one, rounds in zip(settings, context.rounds, strict=True)
        )
        return Life(world, settings, plans, tuple(measure_context(one, territory) for one in settings))

    def run(self, context: DrawnPrepared, scenario: int, world: Life) -> tuple[Life, Facts]:  # noqa: ARG002 - the door's shape
        """The facts of one scenario."""
        return world, replicate(world.plans[scenario], world.world)

    def check(
        self,
        context: DrawnPrepared,
        scenario: int,  # noqa: ARG002 - the door's shape
        world: Life,
        facts: tuple[Life, Facts],
    ) -> None:
        """Raise when the facts break an invariant."""
        communes = len(context.cell.territory.communes)
        check_invariants(
            facts[1],
            needs_drawn=np.bincount(world.world.needs.home, minlength=communes),
            requests_drawn=np.bincount(world.world.homes.home, minlength=communes),
        )

    def measure(
        self, context: DrawnPrepared, scenario: int, facts: tuple[Life, Facts]
    ) -> tuple[dict[str, float], dict[str, dict[str, Any]]]:
        """Every measure of the registry, and the tables as columns."""
        life, made = facts
        measured = measure(made, life.contexts[scenario])
        values = {m.id: float(v) for m, v in zip(MEASURES, measured.values, strict=True)}
        return values, packed(measured, context.cell.layouts[scenario])

    def tables(
        self, context: DrawnPrepared, scenario: int, facts: tuple[Life, Facts]
    ) -> Mapping[str, pa.Table]:
        """The facts as tables."""
        from sim.study.facts_tables import facts_tables

        life, made = facts
        return facts_tables(made, life.settings[scenario], context.cell.territory)


def _exits(settings: Settings, communes: Any, world: World) -> dict[str, float] | None:
    """The world's uniforms for dates of exit that are drawn."""
    if settings.exits.reading != "drawn":
        return None
    return dict(zip((c.insee_code for c in communes), world.exit_u.tolist(), strict=True))
