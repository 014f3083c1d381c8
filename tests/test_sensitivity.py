"""Sensitivity: screening and flips against closed forms, settings at a point, then a small study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import load_settings
from sim.measures.registry import DECISIONS
from sim.problems import InputError
from sim.register import load_register, number_leaves
from sim.study.assumptions import moved_assumptions, set_aside, settings_with
from sim.study.flips import find_flips, side
from sim.study.morris import LEVELS, effects, trajectories
from sim.study.sensitivity import layout_of, run_sensitivity

STUDY = load_settings("study=sensitivity", "territory=tiny")


@given(st.integers(1, 12), st.integers(1, 6), st.integers(0, 10**6))
def test_a_trajectory_moves_each_input_once(inputs: int, count: int, seed: int) -> None:
    """Tests that walks stay on the grid and move one input at a time, each exactly once."""
    for walk in trajectories(inputs, count, np.random.default_rng(seed)):
        assert walk.points.shape == (inputs + 1, inputs)
        on_grid = walk.points * (LEVELS - 1)
        assert np.allclose(on_grid, np.round(on_grid))
        assert walk.points.min() >= 0
        assert walk.points.max() <= 1 + 1e-12
        steps = np.diff(walk.points, axis=0)
        assert ((np.abs(steps) > 1e-9).sum(axis=1) == 1).all()
        assert sorted(walk.moved.tolist()) == list(range(inputs))
        assert np.array_equal(np.sign(steps[np.arange(inputs), walk.moved]), walk.signs)


def test_screening_of_a_straight_line_gives_its_slopes() -> None:
    """Tests that elementary effects of a linear function are its coefficients, without spread."""
    slopes = np.array([3.0, -2.0, 0.0, 0.5])
    walks = trajectories(4, 5, np.random.default_rng(1))
    found = effects(walks, np.stack([walk.points @ slopes for walk in walks]))
    assert np.allclose(found.mu, slopes)
    assert np.allclose(found.mu_star, np.abs(slopes))
    assert np.allclose(found.sigma, 0, atol=1e-12)


def test_screening_sees_interactions() -> None:
    """Tests that a product of two inputs shows as spread, and a third input as nothing."""
    walks = trajectories(3, 40, np.random.default_rng(2))
    outputs = np.stack([(walk.points[:, 0] - 0.5) * (walk.points[:, 1] - 0.5) for walk in walks])
    found = effects(walks, outputs)
    assert (found.sigma[:2] > found.mu_star[:2] * 0.8).all()
    assert found.mu_star[2] == 0


def test_screening_leaves_failed_points_out() -> None:
    """Tests that a missing output costs the two effects beside it and no others."""
    walks = trajectories(3, 3, np.random.default_rng(3))
    outputs = np.stack([walk.points @ np.array([1.0, 2.0, 3.0]) for walk in walks])
    outputs[0, 1] = np.nan
    found = effects(walks, outputs)
    assert np.allclose(found.mu, [1.0, 2.0, 3.0])


@given(
    st.floats(-3, 3).filter(lambda x: abs(x) > 0.05),
    st.floats(-40, 40),
    st.floats(0.5, 20),
    st.floats(20.5, 79.5),
)
def test_flips_of_a_straight_line_are_exact(slope: float, offset: float, delta: float, own: float) -> None:
    """Tests that a crossing is where the line meets the edge of the base's side, and that none is missed."""
    values = np.sort(np.append(np.linspace(20, 80, 5), own))
    line = offset + slope * (values - 50)
    flips = find_flips(values, line, np.zeros(6), np.full(6, delta), own)
    here = side(offset + slope * (own - 50), delta)
    edges = {"higher": [delta], "lower": [-delta], "same": [delta, -delta]}[here]
    crossings = [50 + (edge - offset) / slope for edge in edges]
    expected = [c for c in crossings if 20 + 1e-6 < c < 80 - 1e-6]
    found = [flip.at for flip in flips]
    for crossing in expected:
        assert any(abs(crossing - at) < 1e-6 * max(1, abs(crossing)) for at in found)
    for flip in flips:
        assert (flip.at >= own - 1e-9) if flip.direction == "above" else (flip.at <= own + 1e-9)
        assert flip.beyond != here
        assert flip.shown  # without noise every flip is certain


def test_a_flip_that_chance_explains_is_not_shown() -> None:
    """Tests that a flip is only shown when an interval beyond lies wholly on the other side."""
    values = np.array([0.0, 1.0, 2.0])
    difference = np.array([0.0, 0.0, 3.0])
    narrow = find_flips(values, difference, np.array([0.1, 0.1, 0.5]), np.ones(3), 1.0)
    wide = find_flips(values, difference, np.array([0.1, 0.1, 2.5]), np.ones(3), 1.0)
    assert [(f.direction, f.beyond, f.shown) for f in narrow] == [("above", "higher", True)]
    assert [f.shown for f in wide] == [False]
    assert narrow[0].at == pytest.approx(1 + 1 / 3)
    assert find_flips(values, np.zeros(3), np.ones(3), np.ones(3), 1.0) == ()


def test_every_ranged_assumption_is_moved_or_set_aside() -> None:
    """Tests that the register is the only list: each range of it is swept, or left for a reason given."""
    moved = {one.path for one in moved_assumptions(STUDY)}
    aside = set_aside(STUDY)
    values = number_leaves(STUDY.reference)
    ranged = {path for path, a in load_register().items() if a.has_range and path in values}
    assert moved | set(aside) == ranged
    assert not moved & set(aside)
    assert {"fleet.vehicles", "staff.fs_agents", "staff.cn_agents"} <= set(aside)
    assert len(moved) >= 60


def test_unknown_assumptions_are_refused() -> None:
    """Tests that an assumption without a range, or what scenarios compare, cannot be asked for."""
    for path in ("demand.reach_min", "fleet.vehicles", "desk.patience"):
        with pytest.raises(InputError):
            moved_assumptions(load_settings("study=sensitivity", f"sensitivity.only=[{path}]"))


@pytest.mark.parametrize("end", [0.0, 1.0])
def test_both_ends_of_every_range_are_possible(end: float) -> None:
    """Tests that each assumption alone, and all together, may stand at an end of their range."""
    moved = moved_assumptions(STUDY)
    for settings in STUDY.scenarios:
        for one in moved:
            made = settings_with(settings, {one.path: one.at(end)})
            assert number_leaves(made)[one.path] == pytest.approx(one.at(end))
        settings_with(settings, {one.path: one.at(end) for one in moved})


def test_shares_of_a_whole_stay_a_whole() -> None:
    """Tests that moving one share keeps the proportions of the others and their sum."""
    made = settings_with(STUDY.reference, {"demand.needs.mix.admin_level_2": 0.195})
    before, after = STUDY.reference.demand.needs.mix, made.demand.needs.mix
    assert sum(after.values()) == pytest.approx(1)
    assert after["admin_level_2"] == pytest.approx(0.195)
    assert after["admin_level_1"] / after["self_service"] == pytest.approx(
        before["admin_level_1"] / before["self_service"]
    )


def test_a_scenario_keeps_what_it_is_about() -> None:
    """Tests that an assumption the scenario sets is not moved in it, and that nothing else changes."""
    four = STUDY.scenarios[1]
    made = settings_with(four, {"fleet.vehicles": 2.0, "desk.patience_mean_min": 45.0})
    assert made.fleet.vehicles == four.fleet.vehicles
    assert made.desk.patience_mean_min == 45.0
    assert settings_with(four, {}) is four


def test_runs_are_numbered_without_overlap() -> None:
    """Tests that every point has its own numbers, and that a number finds its point and replication."""
    layout = layout_of(load_settings("study=sensitivity", "territory=tiny", "sensitivity.draws=7"))
    numbers = layout.first_runs()
    assert len(set(numbers)) == len(numbers)
    points = {n // layout.most for n in numbers}
    k, levels = len(layout.moved), layout.asked.levels
    assert max(points) == layout.points - 1
    ends = {layout.level(i, level) for i in range(k) for level in (0, levels - 1)}
    walks = {layout.walk(w, s) for w in range(len(layout.walks)) for s in range(k + 1)}
    assert points == {0} | ends | walks | set(range(layout.first_draw, layout.points))
    assert layout.values(0) == {}
    first = layout.moved[0]
    assert layout.values(layout.level(0, levels - 1)) == {first.path: first.high}
    assert set(layout.values(layout.walk(0, 3))) == {one.path for one in layout.moved}


def test_draws_fill_their_ranges_about_the_assumption() -> None:
    """Tests that draws follow the triangle on range and value, whose mean is (low + value + high) / 3."""
    layout = layout_of(load_settings("study=sensitivity", "territory=tiny", "sensitivity.draws=400"))
    assert layout.draws.min() >= 0
    assert layout.draws.max() <= 1
    for i, one in enumerate(layout.moved):
        peak = min(max((one.value - one.low) / (one.high - one.low), 0), 1)
        assert layout.draws[:, i].mean() == pytest.approx((1 + peak) / 3, abs=0.01)


WORDS = (
    "study=sensitivity",
    "territory=tiny",
    "run.horizon.end=2021-09-30",
    "run.executor=serial",
    "sensitivity.only=[desk.patience_mean_min,homes.requests_per_week,homes.refused_after_days]",
    "run.replications=4",
    "sensitivity.replications=3",
    "sensitivity.trajectories=2",
    "sensitivity.trajectory_replications=2",
    "sensitivity.draws=4",
)


def test_a_small_study_of_assumptions(tmp_path: Path) -> None:
    """Tests that a study leaves its tables and answer, the same bytes from several processes."""
    silent = {"progress": lambda *_: None, "report": False}
    one = run_sensitivity(load_settings(*WORDS, f"outputs={tmp_path / 'one'}"), **silent)
    assert [failure.error for failure in one.failed] == []
    other = load_settings(*WORDS, "run.executor=processes", "run.workers=2", f"outputs={tmp_path / 'two'}")
    two = run_sensitivity(other, **silent)
    files = ("sensitivity", "tornado", "flips", "layers")
    for name in (*(f"{f}.csv" for f in files), "answer_fr.txt", "answer_en.txt"):
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes()
    frames = {name: pd.read_csv(one.folder / f"{name}.csv") for name in files}
    assert len(frames["sensitivity"]) == 3 * len(DECISIONS)
    assert len(frames["tornado"]) == 3 * len(DECISIONS)
    assert set(frames["flips"]["path"]) <= {
        "desk.patience_mean_min",
        "homes.requests_per_week",
        "homes.refused_after_days",
    }
    assert frames["flips"]["measure"].iloc[0] == "persons_helped"
    inside = frames["flips"].dropna(subset=["flips_at"])
    assert (inside["flips_at"] >= inside["low"]).all()
    assert (inside["flips_at"] <= inside["high"]).all()
    assert frames["layers"]["draws"].eq(4).all()
    assert any("renverse" in line for line in one.answer_lines("fr"))
    assert any("Chance" in line for line in one.answer_lines("en"))
