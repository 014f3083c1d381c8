"""Three tiers under pytest-benchmark: a kernel, one replication, a whole study."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from sim import load_settings, run_study
from sim.models.desk_by_name import Contact, Server, Window, run_desk
from sim.study.cell_study import CellStudy
from sim.study.replicate import Job, Task, run_task


@cache
def cell() -> tuple[CellStudy, Any, tuple[str, ...]]:
    """The default study, prepared once."""
    study = load_settings()
    model = CellStudy()
    return model, model.prepare(study), tuple(one.scenario.name for one in study.scenarios)


def test_kernel_a_busy_permanence(benchmark: Any) -> None:
    """Times one permanence of 60 contacts through the door that takes names."""
    rng = np.random.default_rng(1)
    contacts = [
        Contact(i, int(at), "admin_level_1", float(work), int(patience), None)
        for i, (at, work, patience) in enumerate(
            zip(
                np.sort(rng.uniform(34_200, 41_400, 60)),
                rng.lognormal(7, 0.5, 60),
                rng.exponential(3_600, 60),
                strict=True,
            )
        )
    ]
    servers = [Server(name, (Window(34_200, 42_301),), {"admin_level_1": 1.0}) for name in ("A1", "A2")]
    result = benchmark(run_desk, 34_200, 41_400, 900, servers, contacts)
    assert len(result.visits) == 60


def test_kernel_world(benchmark: Any) -> None:
    """Times the draw of one world of 18 months, the largest kernel that depends on no scenario."""
    model, prepared, _ = cell()
    world = benchmark(model.draw, prepared, 1)
    assert len(world.needs.home) > 10_000


def test_replication_of_one_scenario(benchmark: Any) -> None:
    """Times model, invariants and measures of one scenario in a world that is there."""
    model, prepared, _ = cell()
    world = model.draw(prepared, 1)

    def run() -> Any:
        facts = model.run(prepared, 0, world)
        model.check(prepared, 0, world, facts)
        return model.measure(prepared, 0, facts)

    values, _ = benchmark(run)
    assert values["persons_helped"] > 0


def test_replication_of_every_scenario(benchmark: Any) -> None:
    """Times a batch of one replication: its world, five scenarios, its part."""
    model, prepared, names = cell()
    job = Job(model, prepared, names, frozenset(), "", "")
    assert benchmark(run_task, job, Task((1,)))


def test_study_of_twenty_replications(benchmark: Any, tmp_path: Path) -> None:
    """Times a first verdict: settings to tables on disk, without the report."""

    def study() -> Any:
        settings = load_settings("run.replications=20", f"outputs={tmp_path}")
        return run_study(settings, report=False, progress=lambda *_: None)

    result = benchmark.pedantic(study, rounds=3, warmup_rounds=1)
    assert result.replications == 20


def test_study_with_its_report(benchmark: Any, tmp_path: Path) -> None:
    """Times the same with its report, pictures included where a browser is present."""

    def study() -> Any:
        return run_study(
            load_settings("run.replications=20", f"outputs={tmp_path}"), progress=lambda *_: None
        )

    result = benchmark.pedantic(study, rounds=1)
    assert (result.folder / "report.html").is_file()
