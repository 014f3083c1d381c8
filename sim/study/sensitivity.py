"""Sensitivity: which assumptions drive the answer, and at which value each would flip the verdict.

A run is (point, replication): a point is a set of values of the assumptions, a replication a world drawn with
the same keys whatever the point. Points are, in this order: the assumptions as they stand; each assumption
at `levels` values of its range; Morris trajectories; sets of assumptions drawn from their ranges; those of
Sobol indices. The rounds
stay those planned with the assumptions as they stand: a printed calendar does not follow an assumption.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.measures import MEASURES, MeasureContext, check_invariants, measure, measure_context
from sim.models.cell import replicate
from sim.models.facts import Facts
from sim.models.plan import Plan
from sim.problems import InputError, Problem
from sim.scenarios.plan import make_plan, rounds_of
from sim.scenarios.published import RoundsInForce
from sim.settings import Sensitivity, Settings, StudySettings
from sim.streams import stable_hash
from sim.study.assumptions import Moved, moved_assumptions, set_aside, settings_with
from sim.study.cell_study import CellStudy, Prepared
from sim.study.morris import Trajectory, trajectories
from sim.study.sobol import LEAST, MOST_INPUTS, design
from sim.study.written_answer import WrittenAnswer
from sim.world import World, draw_world

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.study.results import Results

__all__ = [
    "Layout",
    "SensitivityPrepared",
    "SensitivityResult",
    "SensitivitySteps",
    "SensitivityStudy",
    "run_sensitivity",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Layout:
    """Which points there are and how their runs are numbered: ``point · most + replication``."""

    moved: tuple[Moved, ...]
    asked: Sensitivity
    base: int  # replications of the assumptions as they stand
    walks: tuple[Trajectory, ...]
    draws: Floats  # shares of the ranges, shape (draws, assumptions)
    sobol: Floats  # likewise, in the order of `sobol.design`

    @property
    def most(self) -> int:
        """Replications that a point may have."""
        a = self.asked
        return max(self.base, a.replications, a.trajectory_replications, a.draws, 1)

    @property
    def first_walk(self) -> int:
        """The first point of the trajectories."""
        return 1 + len(self.moved) * self.asked.levels

    @property
    def first_draw(self) -> int:
        """The first of the points drawn."""
        return self.first_walk + len(self.walks) * (len(self.moved) + 1)

    @property
    def first_sobol(self) -> int:
        """The first of the points for Sobol indices."""
        return self.first_draw + len(self.draws)

    @property
    def points(self) -> int:
        """How many points there are."""
        return self.first_sobol + len(self.sobol)

    def level(self, assumption: int, level: int) -> int:
        """The point of one assumption at one of its levels."""
        return 1 + assumption * self.asked.levels + level

    def walk(self, walk: int, step: int) -> int:
        """The point of a trajectory after so many steps."""
        return self.first_walk + walk * (len(self.moved) + 1) + step

    def values(self, point: int) -> dict[str, float]:
        """The values of the assumptions at a point, those that stay left out."""
        if point == 0:
            return {}
        if point < self.first_walk:
            i, level = divmod(point - 1, self.asked.levels)
            return {self.moved[i].path: self.moved[i].at(level / (self.asked.levels - 1))}
        if point < self.first_draw:
            w, step = divmod(point - self.first_walk, len(self.moved) + 1)
            shares = self.walks[w].points[step]
        elif point < self.first_sobol:
            shares = self.draws[point - self.first_draw]
        else:
            shares = self.sobol[point - self.first_sobol]
        return {one.path: one.at(float(share)) for one, share in zip(self.moved, shares, strict=True)}

    def first_runs(self) -> list[int]:
        """What is run whatever it gives: the base, both ends of every range, walks, draws, Sobol points."""
        a = self.asked
        numbers = list(range(self.base))
        for i in range(len(self.moved)):
            for level in (0, a.levels - 1):
                numbers += self.runs(self.level(i, level), a.replications)
        for w in range(len(self.walks)):
            for step in range(len(self.moved) + 1):
                numbers += self.runs(self.walk(w, step), a.trajectory_replications)
        numbers += [self.first_draw * self.most + d * self.most + d for d in range(len(self.draws))]
        for point in range(self.first_sobol, self.points):
            numbers += self.runs(point, a.trajectory_replications)
        return numbers

    def runs(self, point: int, replications: int) -> list[int]:
        """The runs of a point in the first worlds."""
        return [point * self.most + r for r in range(replications)]


def layout_of(study: StudySettings) -> Layout:
    """The points of a study; a function of its settings and seed."""
    moved = moved_assumptions(study)
    # No point is run more often than the assumptions as they stand, whose worlds it shares.
    base, asked = study.run.replications, study.base.sensitivity
    held = {name: min(getattr(asked, name), base) for name in ("replications", "trajectory_replications")}
    asked = asked.model_copy(update=held)

    def generator(name: str) -> np.random.Generator:
        return np.random.default_rng(np.random.SeedSequence(study.run.seed, spawn_key=stable_hash(name)))

    walks = trajectories(len(moved), asked.trajectories, generator("sensitivity: trajectories"))
    draws = _shares(moved, asked.draws, generator("sensitivity: draws"))
    return Layout(moved, asked, base, walks, draws, _sobol_shares(moved, asked, generator))


def _shares(moved: Sequence[Moved], count: int, rng: np.random.Generator) -> Floats:
    """Values drawn as shares of the ranges, triangular about each assumption's own value.

    Latin hypercube: of each assumption, one draw in each of `count` equally likely parts of its range
    (McKay, Beckman & Conover 1979).
    """
    shares = np.empty((count, len(moved)))
    for i, one in enumerate(moved):
        u = (rng.permutation(count) + rng.random(count)) / max(count, 1)
        shares[:, i] = one.triangle(u)
    return shares


def _sobol_shares(
    moved: Sequence[Moved], asked: Sensitivity, generator: Callable[[str], np.random.Generator]
) -> Floats:
    """The points for Sobol indices, triangular as those drawn.

    Raises
    ------
    sim.problems.InputError
        When the number is no power of two, or more assumptions are moved than indices are good for.
    """
    rows = asked.sobol
    if not rows:
        return np.empty((0, len(moved)))
    power = max(LEAST, 1 << (rows - 1).bit_length())
    problems = []
    if rows != power:
        problems.append(
            Problem(
                "sensitivity.sobol",
                str(rows),
                f"a power of two from {LEAST} on, such as {power}",
                None,
                f"une puissance de deux, {LEAST} au moins ; par exemple {power}",
            )
        )
    if len(moved) > MOST_INPUTS:
        problems.append(
            Problem(
                "sensitivity.sobol",
                f"{rows}, with {len(moved)} assumptions",
                f"at most {MOST_INPUTS} of them, named in sensitivity.only=[…]: the first of sensitivity.csv "
                "of a study without it",
                None,
                f"{MOST_INPUTS} hypothèses au plus, nommées dans sensitivity.only=[…] : les premières de "
                "sensitivity.csv dans une étude sans ce réglage",
                f"{rows}, avec {len(moved)} hypothèses",
            )
        )
    if problems:
        raise InputError(problems)
    points = design(len(moved), rows, generator("sensitivity: sobol"))
    return np.stack([one.triangle(points[:, i]) for i, one in enumerate(moved)], axis=1)


@dataclass(frozen=True)
class SensitivityPrepared:
    """What every run shares. `rounds` are those of each scenario, whatever the assumptions."""

    cell: Prepared
    settings: tuple[Settings, ...]
    rounds: tuple[tuple[RoundsInForce, ...], ...]
    layout: Layout
    aside: Mapping[str, str]
    pairs: int


@dataclass(frozen=True)
class _Point:
    """One point made ready: settings, plans, contexts of every scenario."""

    number: int
    settings: tuple[Settings, ...]
    plans: tuple[Plan, ...]
    contexts: tuple[MeasureContext, ...]


@dataclass
class _LastPoint:
    """The point made ready last in this process: the runs of a batch share it."""

    point: _Point | None = None


@dataclass(frozen=True)
class SensitivityStudy:
    """`sim.study.replicate.Model` of a study of assumptions."""

    _last: _LastPoint = field(default_factory=_LastPoint, compare=False, repr=False)

    def prepare(self, study: StudySettings) -> SensitivityPrepared:
        """Plan the rounds of every scenario and lay out the points."""
        cell = CellStudy().prepare(study)
        rounds = tuple(rounds_of(settings, cell.territory) for settings in study.scenarios)
        return SensitivityPrepared(
            cell, study.scenarios, rounds, layout_of(study), set_aside(study), cell.pairs
        )

    def fingerprint(self, context: SensitivityPrepared) -> str:
        """The territory, the rounds, what is moved and from where to where."""
        moved = repr([(m.path, m.low, m.high, m.value) for m in context.layout.moved])
        asked = f"{context.layout.base} {context.layout.asked.model_dump_json()}"
        tried = hashlib.sha256(f"{moved}{asked}".encode()).hexdigest()
        return f"{CellStudy().fingerprint(context.cell)}:{tried}"

    def inputs(self, context: SensitivityPrepared) -> dict[str, bytes]:
        """As of any study of the cell."""
        return CellStudy().inputs(context.cell)

    def outputs(self, context: SensitivityPrepared, results: Results) -> dict[str, bytes]:
        """Effects, tornado, flips, layers of certainty, and the answer in words."""
        from sim.study.sensitivity_tables import sensitivity_files

        return sensitivity_files(context, results)

    def draw(self, context: SensitivityPrepared, number: int) -> tuple[_Point, World]:
        """The point of this run and the world of its replication, drawn with the point's assumptions."""
        point, replication = divmod(number, context.layout.most)
        ready = self._last.point
        if ready is None or ready.number != point:
            ready = self._last.point = _ready(context, point)
        world = draw_world(
            ready.settings[0],
            context.cell.territory,
            replication,
            context.pairs,
            max(len(plan.vehicles) for plan in context.cell.plans),
        )
        return ready, world

    def run(
        self,
        context: SensitivityPrepared,  # noqa: ARG002 - the door's shape
        scenario: int,
        world: tuple[_Point, World],
    ) -> tuple[_Point, Facts]:
        """The facts of one scenario at this point."""
        point, drawn = world
        return point, replicate(point.plans[scenario], drawn)

    def check(
        self,
        context: SensitivityPrepared,
        scenario: int,  # noqa: ARG002 - the door's shape
        world: tuple[_Point, World],
        facts: tuple[_Point, Facts],
    ) -> None:
        """Raise when the facts break an invariant."""
        communes = len(context.cell.territory.communes)
        check_invariants(
            facts[1],
            needs_drawn=np.bincount(world[1].needs.home, minlength=communes),
            requests_drawn=np.bincount(world[1].homes.home, minlength=communes),
        )

    def measure(
        self,
        context: SensitivityPrepared,  # noqa: ARG002 - the door's shape
        scenario: int,
        facts: tuple[_Point, Facts],
    ) -> tuple[dict[str, float], dict[str, Any]]:
        """Every measure of the registry; no tables."""
        point, made = facts
        values = measure(made, point.contexts[scenario]).values
        return {m.id: float(v) for m, v in zip(MEASURES, values, strict=True)}, {}

    def tables(self, context: Any, scenario: int, facts: Any) -> Mapping[str, pa.Table]:  # noqa: ARG002 - the door's shape
        """No facts are kept."""
        return {}


def _ready(context: SensitivityPrepared, point: int) -> _Point:
    """Make a point ready: a world parameter changes for all scenarios at once, or for none."""
    values = context.layout.values(point)
    settings = tuple(settings_with(one, values) for one in context.settings)
    territory = context.cell.territory
    return _Point(
        point,
        settings,
        tuple(
            make_plan(one, territory, in_force=rounds)
            for one, rounds in zip(settings, context.rounds, strict=True)
        ),
        tuple(measure_context(one, territory) for one in settings),
    )


@dataclass(frozen=True)
class SensitivitySteps:
    """`sim.study.steps.Steps`: ends of the ranges first, then between them where a verdict may flip."""

    study: StudySettings

    def wanted(self, context: SensitivityPrepared, seen: Results | None) -> Sequence[int]:
        """The runs wanted by now."""
        first = context.layout.first_runs()
        if seen is None:
            return sorted(first)
        from sim.study.sensitivity_tables import to_refine

        layout = context.layout
        between = [
            number
            for i in to_refine(context, seen)
            for level in range(1, layout.asked.levels - 1)
            for number in layout.runs(layout.level(i, level), layout.asked.replications)
        ]
        return sorted({*first, *between})

    def most(self) -> int:
        """Every point of the layout, as often as it is run."""
        layout = layout_of(self.study)
        return (
            len(layout.first_runs())
            + len(layout.moved) * (layout.asked.levels - 2) * layout.asked.replications
        )

    def files(self, context: SensitivityPrepared, results: Results) -> Mapping[str, bytes]:  # noqa: ARG002 - the door's shape
        """The model writes them."""
        return {}


class SensitivityResult(WrittenAnswer):
    """A study of assumptions that ended: its folder and its answer in words."""


def run_sensitivity(study: StudySettings, **options: Any) -> SensitivityResult:
    """Run a study of assumptions; options as of `sim.study.run.run_study`.

    Raises
    ------
    sim.problems.InputError
        When the input is wrong or the folder cannot be written.
    """
    from sim.study.run import run_study

    done = run_study(study, model=SensitivityStudy(), steps=SensitivitySteps(study), **options)
    return SensitivityResult(done)
