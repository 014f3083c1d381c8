"""A study with assumptions drawn in every replication: both layers together, reproducible, one run again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim import load_settings, run_study
from sim.study import again
from sim.study.assumptions import moved_assumptions
from sim.study.drawn import DrawnAssumptions, drawn_values
from tests.test_study_run import content

WORDS = (
    "study=three_or_four",
    "study.scenarios=[reference,relief_pair]",
    "territory=tiny",
    "run.assumptions=drawn",
    "run.replications=3",
    "run.horizon.end=2021-09-30",
    "run.detail=[0]",
)


def test_every_replication_has_its_own_assumptions() -> None:
    """Tests that draws stay in their ranges, differ between replications and come again for the same one."""
    moved = moved_assumptions(load_settings(*WORDS))
    first, second = drawn_values(moved, 82, 0), drawn_values(moved, 82, 1)
    assert first == drawn_values(moved, 82, 0)
    assert first != second
    for one in moved:
        assert one.low - 1e-9 <= first[one.path] <= one.high + 1e-9


def test_an_assumption_more_changes_no_other() -> None:
    """Tests that each assumption has its own stream."""
    moved = moved_assumptions(load_settings(*WORDS))
    few = drawn_values(moved[::3], 82, 4)
    many = drawn_values(moved, 82, 4)
    assert all(many[path] == value for path, value in few.items())


def test_the_mean_of_the_triangle() -> None:
    """Tests that an assumption is drawn about its own value: its mean is (low + value + high) / 3."""
    one = next(m for m in moved_assumptions(load_settings()) if m.path == "desk.patience_mean_min")
    mean = np.mean([drawn_values((one,), 7, r)[one.path] for r in range(1500)])
    assert mean == pytest.approx((one.low + one.value + one.high) / 3, abs=1.0)


def test_scenarios_of_a_replication_share_assumptions_and_world() -> None:
    """Tests that a replication's scenarios differ by what they change alone."""
    study = load_settings(*WORDS)
    model = DrawnAssumptions()
    life = model.draw(model.prepare(study), 1)
    reference, relief = life.settings
    assert reference.desk == relief.desk
    assert reference.demand == relief.demand
    assert reference.desk != study.reference.desk
    assert relief.staff.fs_agents == study.scenarios[1].staff.fs_agents


def test_same_bytes_from_several_processes_and_one_run_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tests that such a study is reproducible, says what its intervals cover, and a run can be made alone."""
    folders = []
    for name, executor in (("one", "serial"), ("two", "processes")):
        study = load_settings(
            *WORDS, f"run.executor={executor}", "run.workers=2", f"outputs={tmp_path / name}"
        )
        result = run_study(study, progress=lambda *_: None, report=False)
        assert [failure.error for failure in result.failed] == []
        folders.append(result.folder)
    assert content(folders[0]) == content(folders[1])
    assert any("nos hypothèses ensemble" in line for line in result.answer_lines("fr"))
    fixed = load_settings(*WORDS, "run.assumptions=fixed", "run.executor=serial", f"outputs={tmp_path}/fixed")
    apart = run_study(fixed, progress=lambda *_: None, report=False)
    assert (apart.folder / "measures.parquet").read_bytes() != (folders[0] / "measures.parquet").read_bytes()
    capsys.readouterr()
    assert again.main([str(folders[0]), "relief_pair", "2"]) == 0
    shown = dict(line.split() for line in capsys.readouterr().out.splitlines())
    measures = result.measures
    mine = measures[(measures["scenario"] == "relief_pair") & (measures["replication"] == 2)]
    kept = mine.set_index("measure")["value"]["persons_helped"]
    assert float(shown["persons_helped"]) == pytest.approx(kept, rel=1e-9)
