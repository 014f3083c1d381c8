"""Sobol indices: against a closed form, against SciPy, and in a study of a small territory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import sobol_indices

from sim import load_settings
from sim.problems import InputError
from sim.study.sensitivity import run_sensitivity
from sim.study.sobol import design, indices


def ishigami(x: np.ndarray, a: float = 7.0, b: float = 0.1) -> np.ndarray:
    """sin x₁ + a sin² x₂ + b x₃⁴ sin x₁ (Ishigami & Homma 1990), x in the cube from −π to π."""
    return np.asarray(np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0]))


def closed_form(a: float = 7.0, b: float = 0.1) -> tuple[np.ndarray, np.ndarray]:
    """First-order and total indices of the Ishigami function."""
    one = 0.5 * (1 + b * np.pi**4 / 5) ** 2
    two = a**2 / 8
    both = 8 * b**2 * np.pi**8 / 225
    variance = one + two + both
    return np.array([one, two, 0.0]) / variance, np.array([one + both, two, both]) / variance


def test_indices_of_the_ishigami_function() -> None:
    """Tests both indices and that their intervals hold the closed form."""
    rng = np.random.default_rng(1990)
    points = design(3, 4096, rng)
    found = indices(ishigami((2 * points - 1) * np.pi)[:, None], 3, rng)
    first, total = closed_form()
    assert found.first[:, 0] == pytest.approx(first, abs=0.02)
    assert found.total[:, 0] == pytest.approx(total, abs=0.02)
    assert (found.first_ci[0, :, 0] <= first + 1e-3).all()
    assert (first - 1e-3 <= found.first_ci[1, :, 0]).all()
    assert found.n == 4096


def test_indices_are_those_of_scipy() -> None:
    """Tests the estimators on two outputs at once against an independent implementation."""
    points = design(3, 64, np.random.default_rng(7))
    outputs = np.stack([ishigami((2 * points - 1) * np.pi), points @ np.array([3.0, 2.0, 1.0])], axis=1)
    rows = outputs.reshape(5, 64, 2).transpose(0, 2, 1)
    theirs = sobol_indices(func={"f_A": rows[0], "f_B": rows[1], "f_AB": rows[2:]}, n=64)
    mine = indices(outputs, 3, np.random.default_rng(8))
    assert pytest.approx(theirs.first_order, rel=1e-9, abs=1e-12) == mine.first.T
    assert pytest.approx(theirs.total_order, rel=1e-9, abs=1e-12) == mine.total.T


def test_a_run_that_failed_leaves_its_row_out() -> None:
    """Tests that one missing output removes one row, and an output that never varies has no index."""
    points = design(2, 32, np.random.default_rng(9))
    outputs = np.stack([points.sum(axis=1), np.ones(len(points))], axis=1)
    outputs[70, 0] = np.nan
    found = indices(outputs, 2, np.random.default_rng(10))
    assert found.n == 31
    assert np.isnan(found.first[:, 1]).all()
    assert found.total[:, 0] == pytest.approx([0.5, 0.5], abs=0.15)


WORDS = (
    "study=sensitivity",
    "territory=tiny",
    "run.horizon.end=2021-08-31",
    "run.executor=serial",
    "run.replications=2",
    "sensitivity.replications=2",
    "sensitivity.trajectories=1",
    "sensitivity.trajectory_replications=2",
    "sensitivity.draws=4",
)


def test_a_study_with_indices(tmp_path: Path) -> None:
    """Tests the table, and the sentence, of two assumptions in a small territory."""
    few = "sensitivity.only=[desk.patience_mean_min,homes.requests_per_week]"
    result = run_sensitivity(
        load_settings(*WORDS, few, "sensitivity.sobol=8", f"outputs={tmp_path}"),
        progress=lambda *_: None,
        report=False,
    )
    table = pd.read_csv(result.folder / "sobol.csv")
    assert set(table["path"]) == {"desk.patience_mean_min", "homes.requests_per_week"}
    assert (table["n"] == 8).all()
    known = table.dropna(subset=["total"])
    assert (known["total_ci95_low"] <= known["total_ci95_high"]).all()
    assert any("Sobol" in line for line in result.answer_lines("fr"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sensitivity.sobol=8",), "sensitivity.only"),
        (("sensitivity.only=[desk.patience_mean_min]", "sensitivity.sobol=12"), "16"),
        (("sensitivity.only=[desk.patience_mean_min]", "sensitivity.sobol=2"), "8"),
    ],
)
def test_too_many_assumptions_or_a_number_that_is_no_power_of_two(
    words: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    """Tests that indices of all assumptions at once are refused, and numbers that are no power of two."""
    with pytest.raises(InputError) as refused:
        run_sensitivity(load_settings(*WORDS, *words, f"outputs={tmp_path / 'new' / 'o'}"))
    assert not list(tmp_path.iterdir())  # folders made on the way included
    assert said in refused.value.problems[0].say("fr")
