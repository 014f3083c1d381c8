"""Replications by precision: the rule, its steps, and how often its intervals are right."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sim import load_settings, run_study
from sim.measures.registry import DECISIONS
from sim.study.precision import Aim, Rule, allowed, look_ahead, next_total, running, stopping_point
from sim.study.statistics import half_width, longer_arm, paired, t_quantile, verdict
from tests.known_answers import KNOWN

RULE = Rule(least=20, most=2000, ahead=5, confidence=0.95)


def study(values: np.ndarray, aims: list[Aim], rule: Rule) -> np.ndarray:
    """The replications a sequential study of these values would make."""
    n = next_total(values[:0], aims, rule)
    while (following := next_total(values[:n], aims, rule)) != n:
        n = following
    return values[:n]


@given(
    arrays.arrays(
        np.float64,
        st.tuples(st.integers(2, 30), st.integers(1, 3)),
        elements=st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))),
    )
)
def test_running_is_students_interval_of_every_prefix(values: np.ndarray) -> None:
    """Tests that the half-width after n rows is t·s/√n of those rows, the arm no less."""
    mean, half, arm, count = running(values, 0.95)
    for n in range(1, len(values) + 1):
        for k in range(values.shape[1]):
            kept = values[:n, k][~np.isnan(values[:n, k])]
            assert count[n - 1, k] == len(kept)
            if len(kept):
                assert mean[n - 1, k] == pytest.approx(kept.mean(), rel=1e-9, abs=1e-6)
            if len(kept) > 1:
                expected = float(t_quantile(0.975, len(kept) - 1)) * kept.std(ddof=1) / len(kept) ** 0.5
                assert half[n - 1, k] == pytest.approx(expected, rel=1e-6, abs=1e-6)
                assert arm[n - 1, k] >= half[n - 1, k] * (1 - 1e-12)
            else:
                assert np.isnan(half[n - 1, k])


def test_look_ahead_of_hoad_robinson_davies() -> None:
    """Tests that the look-ahead is k up to a hundred replications, then grows in proportion."""
    assert [look_ahead(n, 5) for n in (20, 100, 101, 200, 399, 1000)] == [5, 5, 5, 10, 19, 50]


def test_relative_is_never_used_near_zero() -> None:
    """Tests that a share of the difference is allowed only where the difference is away from zero."""
    aims = [Aim(2.0, relative=0.1, away_from_zero=30.0)]
    asked = allowed(np.array([[0.0], [1e-9], [29.0], [-29.0], [31.0], [-400.0], [np.nan]]), aims)[:, 0]
    assert asked.tolist() == [2.0, 2.0, 2.0, 2.0, pytest.approx(3.1), 40.0, 2.0]


def test_a_lucky_dip_does_not_stop_the_study() -> None:
    """Tests that being precise once, and no more three replications later, does not count."""
    values = np.concatenate([np.tile([1.0, -1.0], 15), [60.0], np.zeros(2000)])[:, None]
    aims = [Aim(0.5)]
    half = running(values, 0.95).arm
    assert half[19:30].max() <= 0.5
    assert half[30, 0] > 0.5
    early = stopping_point(values[:30], aims, Rule(20, 2000, 15, 0.95))
    assert early.at is None
    late = stopping_point(values, aims, Rule(20, 2000, 15, 0.95))
    assert late.at is not None
    assert late.at > 30
    assert (half[late.at - 1 : late.at + look_ahead(late.at, 15)] <= 0.5).all()
    assert stopping_point(values[:30], aims, RULE).at == 20


def test_never_fewer_than_asked_never_more_than_allowed() -> None:
    """Tests that constant values still take the least, and that what is never reached stops at the most."""
    flat = np.zeros((500, 1))
    assert len(study(flat, [Aim(1.0)], RULE)) == 25
    wild = np.random.default_rng(1).normal(0, 1e9, (500, 1))
    rule = Rule(20, 300, 5, 0.95)
    done = study(wild, [Aim(1.0)], rule)
    assert len(done) == 300
    assert not stopping_point(done, [Aim(1.0)], rule).reached


def test_every_column_must_be_precise_but_those_that_do_not_exist() -> None:
    """Tests that the widest column decides, and that one without any value stops nobody."""
    rng = np.random.default_rng(2)
    values = np.column_stack([rng.normal(0, 1, 4000), rng.normal(0, 6, 4000), np.full(4000, np.nan)])
    rule = Rule(20, 4000, 5, 0.95)
    both = study(values, [Aim(0.5)] * 3, rule)
    alone = study(values[:, [1]], [Aim(0.5)], rule)
    assert len(both) == len(alone) > 300
    found = stopping_point(both, [Aim(0.5)] * 3, rule)
    assert found.reached
    assert np.isnan(found.half_width[2])


def test_steps_depend_on_values_alone() -> None:
    """Tests that a study with more replications at hand takes the same steps."""
    values = np.random.default_rng(3).normal(0, 3, (3000, 2))
    aims = [Aim(0.4), Aim(0.5)]
    assert np.array_equal(study(values, aims, RULE), study(values[:2500], aims, RULE))


@pytest.mark.parametrize("name", KNOWN)
def test_coverage_of_two_thousand_sequential_studies(name: str) -> None:
    """Tests that 95 % intervals hold the known mean in 93–97 % of 2 000 sequentially stopped studies."""
    known = KNOWN[name]
    asked = load_settings("run=until_precise").run.precision
    rng = np.random.default_rng(20211004)
    pool = known.draw(rng, 400_000)
    rule = Rule(asked.least, asked.most, asked.ahead, 0.95)
    covered, lengths = 0, []
    for _ in range(2000):
        done = study(rng.choice(pool, (rule.most, 1)), [Aim(known.asked)], rule)
        seen = running(done, 0.95)
        covered += bool(abs(seen.mean[-1, 0] - known.truth) <= seen.half_width[-1, 0])
        lengths.append(len(done))
    assert 0.93 <= covered / 2000 <= 0.97
    assert min(lengths) >= 100
    assert max(lengths) < rule.most
    assert len(set(lengths)) > 10


def test_rare_large_values_keep_a_study_going() -> None:
    """Tests that of two studies of one spread the skewed goes on longer: its arm is held to the aim."""
    even = np.tile([1.0, -1.0], 1000)[:, None]
    rare = np.where(np.arange(2000) % 10 == 9, 3.0, -1 / 3)[:, None]
    assert even.std() == pytest.approx(rare.std(), rel=1e-9)
    even_n, rare_n = (stopping_point(values, [Aim(0.15)], RULE).at or 0 for values in (even, rare))
    assert rare_n > 1.15 * even_n > 100


@given(st.floats(0.1, 10), st.integers(3, 500), st.floats(-8, 8), st.sampled_from([0.8, 0.95, 0.998]))
def test_longer_arm_against_the_transformation(sd: float, n: int, skewness: float, confidence: float) -> None:
    """Tests that the arm is where Hall's cubic of the t statistic meets the quantile, and the same for −γ."""
    arm = float(longer_arm(sd, n, skewness, confidence))
    half = float(half_width(sd, n, confidence))
    assert arm >= half
    assert arm == float(longer_arm(sd, n, -skewness, confidence))
    if arm > half and abs(skewness) > 0.01:
        root, g = np.sqrt(n), abs(skewness)
        t = -arm / sd * root
        cubic = t + g * t**2 / (3 * root) + g**2 * t**3 / (27 * n) + g / (6 * root)
        assert cubic == pytest.approx(-float(t_quantile(0.5 + confidence / 2, n - 1)), rel=1e-6)


@pytest.mark.parametrize("sequential", [False, True], ids=["fixed", "sequential"])
def test_false_verdicts_when_nothing_differs(sequential: bool) -> None:
    """Tests that a study where no measure differs beyond its threshold declares one in 5 % of cases at most.

    The worst place is taken: every true difference exactly at the threshold.
    """
    rng = np.random.default_rng(82)
    family, wrong = 4 * 7, 0
    single = 1 - 0.05 / family
    rule = Rule(20, 400, 5, single)
    for _ in range(2000):
        common = rng.normal(0, 1, (400, 1))
        values = 1.0 + 2.0 * (0.6 * common + 0.8 * rng.normal(0, 1, (400, family)))
        done = study(values, [Aim(1.2)] * family, rule) if sequential else values[:30]
        low, high = paired(np.zeros(done.shape), done).difference.interval(single)
        said = {verdict(a, b, 1.0) for a, b in zip(low, high, strict=True)}
        wrong += bool(said & {"higher", "lower"})
    assert wrong / 2000 <= 0.05


def test_a_study_until_precise(tmp_path: Path) -> None:
    """Tests that a study stops at its cap when precision is not reached, and says of what."""
    words = (
        "study=three_or_four",
        "study.scenarios=[reference,relief_pair]",
        "territory=tiny",
        "run.precision.enabled=true",
        "run.precision.least=4",
        "run.precision.most=7",
        "run.precision.ahead=2",
        "run.horizon.end=2021-09-30",
        "run.executor=serial",
        "run.detail=none",
        f"outputs={tmp_path}",
    )
    result = run_study(load_settings(*words), progress=lambda *_: None, report=False)
    assert [failure.error for failure in result.failed] == []
    text = (result.folder / "precision.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["measure"] for row in rows] == list(DECISIONS)
    assert {row["scenario"] for row in rows} == {"relief_pair"}
    asked = json.loads((result.folder / "manifest.json").read_text())["replications"]["asked"]
    assert asked == int(rows[0]["n"])
    assert 6 <= asked <= 7
    reached = [row["reached"] == "True" for row in rows]
    assert all(reached) or asked == 7
    summary = result.comparison.set_index("measure")
    for row in rows:
        if row["half_width"]:
            low, high = summary.loc[row["measure"], ["ci_sim_low", "ci_sim_high"]]
            assert float(row["half_width"]) == pytest.approx((high - low) / 2, rel=1e-6, abs=1e-9)


def test_half_width_needs_two() -> None:
    """Tests that one replication has no interval."""
    assert np.isnan(half_width(np.array([0.0]), np.array([1]), 0.95)[0])
