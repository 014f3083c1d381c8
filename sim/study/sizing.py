"""Sizing: the cheapest design that meets the targets, on the same worlds for all designs.

A run is (design, replication), numbered ``replication · designs + design``: a batch keeps one world and goes
through the designs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.measures import MEASURES, MeasureContext, check_invariants, measure, measure_context
from sim.models.cell import replicate
from sim.models.facts import Facts
from sim.models.plan import Plan
from sim.problems import InputError, Problem, french, nearest
from sim.scenarios.plan import make_plan
from sim.settings import Settings, Sizing, StudySettings
from sim.study.cell_study import CellStudy, Prepared
from sim.study.designs import Design, design_settings, designs_of
from sim.study.sizing_choice import Choice, Goal, choose, goals_of, most_allowed
from sim.study.written_answer import WrittenAnswer
from sim.world import World, draw_world

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.study.results import Results

__all__ = [
    "SizingPrepared",
    "SizingResult",
    "SizingSteps",
    "SizingStudy",
    "by_design",
    "choice_of",
    "run_sizing",
]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class SizingPrepared:
    """What every run shares: the designs that can be driven, with their plans; why the others cannot.

    `sizing` has its numbers of replications held to `run.replications`, which the designs of the answer are
    run in (`confirmed`).
    """

    cell: Prepared
    reference: Settings
    designs: tuple[Design, ...]
    settings: tuple[Settings, ...]
    plans: tuple[Plan, ...]
    contexts: tuple[MeasureContext, ...]
    impossible: tuple[tuple[Design, str], ...]
    goals: tuple[Goal, ...]
    pairs: int
    sizing: Sizing
    confirmed: int

    @property
    def count(self) -> int:
        """How many designs there are."""
        return len(self.designs)


@dataclass
class _LastWorld:
    """The world drawn last in this process: the runs of a batch share it."""

    number: int = -1
    world: World | None = None


@dataclass(frozen=True)
class SizingStudy:
    """`sim.study.replicate.Model` of a sizing study: one run is one design in one world."""

    _last: _LastWorld = field(default_factory=_LastWorld, compare=False, repr=False)

    def prepare(self, study: StudySettings) -> SizingPrepared:
        """Plan every design once; those that cannot be driven are kept with the reason.

        Raises
        ------
        sim.problems.InputError
            When targets are wrong, or no design can be driven.
        """
        reference = study.reference
        if any(_NO_TARGETS.fullmatch(word) for word in study.overrides):
            raise InputError([_no_target()])
        goals = _goals(reference)
        cell = CellStudy().prepare(study)
        kept: list[tuple[Design, Settings, Plan]] = []
        impossible: list[tuple[Design, str]] = []
        for design in designs_of(study):
            try:
                settings = design_settings(reference, design)
                kept.append((design, settings, make_plan(settings, cell.territory)))
            except (InputError, ValueError) as error:
                impossible.append((design, " ".join(str(error).split())))
        if not kept:
            raise InputError(
                [
                    Problem(
                        "sizing",
                        impossible[0][1],
                        "at least one design that can be driven",
                        None,
                        "au moins une organisation réalisable",
                        f"aucune organisation réalisable ({impossible[0][1]})",
                    )
                ]
            )
        return SizingPrepared(
            cell,
            reference,
            tuple(d for d, _, _ in kept),
            tuple(s for _, s, _ in kept),
            tuple(p for _, _, p in kept),
            tuple(measure_context(s, cell.territory) for _, s, _ in kept),
            tuple(impossible),
            goals,
            max(reference.sizing.pairs),
            _held_to(reference.sizing, study.run.replications),
            study.run.replications,
        )

    def fingerprint(self, context: SizingPrepared) -> str:
        """The territory, the rounds and what is tried."""
        tried = hashlib.sha256(context.reference.sizing.model_dump_json().encode()).hexdigest()
        return f"{CellStudy().fingerprint(context.cell)}:{tried}"

    def inputs(self, context: SizingPrepared) -> dict[str, bytes]:
        """As of any study of the cell."""
        return CellStudy().inputs(context.cell)

    def outputs(self, context: SizingPrepared, results: Results) -> dict[str, bytes]:
        """Every design with its figures, the frontier, and the answer in words."""
        from sim.study.sizing_tables import sizing_files

        return sizing_files(context, results)

    def draw(self, context: SizingPrepared, number: int) -> tuple[int, World]:
        """The design of this run and the world of its replication."""
        replication, design = divmod(number, context.count)
        if self._last.number != replication or self._last.world is None:
            self._last.world = draw_world(
                context.reference,
                context.cell.territory,
                replication,
                context.pairs,
                max(len(plan.vehicles) for plan in context.plans),
            )
            self._last.number = replication
        return design, self._last.world

    def run(self, context: SizingPrepared, scenario: int, world: tuple[int, World]) -> tuple[int, Facts]:  # noqa: ARG002 - the door's shape
        """The facts of the design."""
        design, drawn = world
        return design, replicate(context.plans[design], drawn)

    def check(
        self,
        context: SizingPrepared,
        scenario: int,  # noqa: ARG002 - the door's shape
        world: tuple[int, World],
        facts: tuple[int, Facts],
    ) -> None:
        """Raise when the facts break an invariant."""
        communes = len(context.cell.territory.communes)
        drawn = world[1]
        check_invariants(
            facts[1],
            needs_drawn=np.bincount(drawn.needs.home, minlength=communes),
            requests_drawn=np.bincount(drawn.homes.home, minlength=communes),
        )

    def measure(
        self,
        context: SizingPrepared,
        scenario: int,  # noqa: ARG002 - the door's shape
        facts: tuple[int, Facts],
    ) -> tuple[dict[str, float], dict[str, Any]]:
        """Every measure of the registry; no tables, which nobody would read for hundreds of designs."""
        design, made = facts
        values = measure(made, context.contexts[design]).values
        return {m.id: float(v) for m, v in zip(MEASURES, values, strict=True)}, {}

    def tables(self, context: Any, scenario: int, facts: Any) -> Mapping[str, pa.Table]:  # noqa: ARG002 - the door's shape
        """No facts are kept."""
        return {}


def _held_to(sizing: Sizing, replications: int) -> Sizing:
    """The same sizing run as seldom as `run.replications` asks: no more at first, then four times at most."""
    held = {name: min(getattr(sizing, name), replications) for name in ("screening", "first")}
    return sizing.model_copy(update={**held, "most": most_allowed(sizing.most, replications)})


# Hydra merges an empty group into the defaults: who writes it would silently get these.
_NO_TARGETS = re.compile(r"\+*sizing\.targets=\s*(\{\s*\}|\[\s*\]|null|)\s*")


def _no_target() -> Problem:
    example = '"sizing.targets=held_by_two_share ≥ 95 ± 1, home_lead_p90 ≤ 10"'
    return Problem(
        "sizing.targets",
        "nothing",
        f"at least one target, as a phrase that replaces the default ones: {example}",
        None,
        f"au moins un objectif, en une phrase qui remplace ceux donnés par défaut : {example}",
        "aucun objectif",
    )


def _goals(reference: Settings) -> tuple[Goal, ...]:
    try:
        goals = goals_of(reference.sizing.targets, reference.thresholds)
    except ValueError as error:
        said = error.args[0]
        where, _, found = str(said).partition(": ")
        name = where.rpartition(".")[2]
        raise InputError(
            [
                Problem(
                    where,
                    found,
                    "a measure of the registry, at_least or at_most (0 to 100 for a share), and a tolerance",
                    None if name in {m.id for m in MEASURES} else nearest(name, [m.id for m in MEASURES]),
                    "un indicateur du registre avec at_least ou at_most (de 0 à 100 pour une part), "
                    "et une tolérance",
                    french(said),
                )
            ]
        ) from error
    problems = []
    if not goals:
        problems.append(_no_target())
    if reference.sizing.service not in {m.id for m in MEASURES}:
        expected = "a measure of the registry"
        close = nearest(reference.sizing.service, [m.id for m in MEASURES])
        problems.append(
            Problem("sizing.service", reference.sizing.service, expected, close, "un indicateur du registre")
        )
    if problems:
        raise InputError(problems)
    return goals


def by_design(results: Results, designs: int) -> tuple[Floats, Bools]:
    """Measures in registry order, shape (replications, designs, measures), and which runs were made."""
    from sim.study.compare import in_registry_order

    flat = in_registry_order(results.measures, results.values)[0]
    replication, design = np.divmod(results.replications, designs)
    count = int(replication.max()) + 1 if len(replication) else 0
    values = np.full((count, designs, flat.shape[1]), np.nan)
    values[replication, design] = flat
    made = np.zeros((count, designs), np.bool_)
    made[replication, design] = True
    return values, made


@dataclass(frozen=True)
class SizingSteps:
    """`sim.study.steps.Steps` of a sizing study: screening, then those that could be the answer."""

    study: StudySettings

    def wanted(self, context: SizingPrepared, seen: Results | None) -> Sequence[int]:
        """The runs that the choice calls for by now."""
        if seen is None:
            return range(context.count * context.sizing.screening)
        return sorted(r * context.count + d for d, r in choice_of(context, seen).wanted)

    def most(self) -> int:
        """Every design as often as allowed."""
        sizing = _held_to(self.study.base.sizing, self.study.run.replications)
        return len(designs_of(self.study)) * max(sizing.most, self.study.run.replications)

    def files(self, context: SizingPrepared, results: Results) -> Mapping[str, bytes]:  # noqa: ARG002 - the door's shape
        """The model writes them."""
        return {}


def choice_of(context: SizingPrepared, results: Results) -> Choice:
    """The choice so far."""
    values, made = by_design(results, context.count)
    staffing = [design.staffing for design in context.designs]
    return choose(values, made, context.goals, context.sizing, staffing, context.confirmed)


class SizingResult(WrittenAnswer):
    """A sizing study that ended: its folder and its answer in words."""


def run_sizing(study: StudySettings, **options: Any) -> SizingResult:
    """Run a sizing study; options as of `sim.study.run.run_study`.

    Raises
    ------
    sim.problems.InputError
        When targets or designs are wrong, or the folder cannot be written.
    """
    from sim.study.run import run_study

    done = run_study(study, model=SizingStudy(), steps=SizingSteps(study), **options)
    return SizingResult(done)
