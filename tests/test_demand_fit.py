"""Tests of the calibration: the expectation against simulated worlds, and parameters found again."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sim.models.access import PERMANENCE
from sim.models.cell import replicate
from sim.scenarios.plan import make_plan
from sim.study import calibration, demand_fit
from sim.study.demand_fit import Calibration, Target, calibrate, expected_demand, targets
from sim.world import draw_world
from tests.scripted import compose, territory

LEVEL = 1e-3


def test_the_parameters_in_force_meet_their_targets() -> None:
    """Tests the real territory with the fitted values of the configuration: every target is met."""
    found = expected_demand(compose("study=single"), territory("tarn_et_garonne"))
    assert found.year_1 == pytest.approx(2.0, abs=0.5)
    assert found.year_2 / found.year_1 == pytest.approx(1.8, abs=0.2)
    assert found.plateau == pytest.approx(4.5, abs=0.5)
    assert found.aware_month_24 >= 0.895
    assert 6 <= found.visits_per_structure_day <= 11
    assert found.gives_up_share == pytest.approx(1 / 3, abs=0.03)
    assert found.sd_log_site_mean == pytest.approx(1.0, abs=0.15)


@pytest.mark.slow
def test_the_expectation_is_the_mean_of_simulated_choices() -> None:
    """Tests persons who choose a permanence, per planned half-day of years 1 and 2, over 240 worlds."""
    words = (
        "study=single",
        "territory=tiny",
        "demand.needs_per_person_per_year=1",
        "demand.commune_effect_sigma=0",
        "demand.place_effect_sigma=0.3",
        "homes.requests_per_week=0",
    )
    settings = compose(*words, "run.horizon.end=2023-06-30")
    place = territory()
    expected = expected_demand(settings, place)
    plan = make_plan(settings, place)
    years = [(0, 365), (365, 730)]
    half_days = [((plan.passages["day"] >= a) & (plan.passages["day"] < b)).sum() for a, b in years]
    rows = []
    for r in range(240):
        persons = replicate(plan, draw_world(settings, place, r)).persons
        chose = plan.access.kind[persons.choice] == PERMANENCE
        day = persons.need_at // 86_400
        rows.append(
            [(chose & (day >= a) & (day < b)).sum() / n for (a, b), n in zip(years, half_days, strict=True)]
        )
    found = np.array(rows)
    half = stats.t.isf(LEVEL / 2, 239) * found.std(axis=0, ddof=1) / np.sqrt(240)
    # The expectation is a mean over 64 antithetic draws of place effects: within 1 % of the exact one.
    value = np.array([expected.year_1, expected.year_2])
    assert (half < 0.06 * value).all()
    assert (np.abs(found.mean(axis=0) - value) < half + 0.01 * value).all()


def test_expected_persons_scale_with_needs() -> None:
    """Tests that twice the needs give twice the persons, and the same shares."""
    words = ("study=single", "territory=tiny")
    one = expected_demand(compose(*words, "demand.needs_per_person_per_year=0.4"), territory())
    two = expected_demand(compose(*words, "demand.needs_per_person_per_year=0.8"), territory())
    for name in ("year_1", "year_2", "year_3", "plateau", "visits_per_structure_day", "reach_per_1000"):
        assert getattr(two, name) == pytest.approx(2 * getattr(one, name), rel=1e-9), name
    for name in ("gives_up_share", "aware_month_24", "sd_log_site_mean"):
        assert getattr(two, name) == pytest.approx(getattr(one, name), rel=1e-9), name


def test_effects_of_place_make_sites_differ() -> None:
    """Tests that a larger sigma spreads the sites' means."""
    words = ("study=single", "territory=tiny")
    spread = [
        expected_demand(compose(*words, f"demand.place_effect_sigma={s}"), territory()).sd_log_site_mean
        for s in (0.0, 0.5, 1.0)
    ]
    assert spread[0] < spread[1] < spread[2]


@cache
def fitted(*words: str) -> Calibration:
    return calibrate(compose("study=calibration", "territory=tiny", *words), territory())


@pytest.mark.slow
def test_a_fit_finds_the_parameters_that_made_its_targets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests identifiability: targets computed from known parameters give these parameters back."""
    known = {
        "demand.multiplier_fixed": 2.0,
        "demand.gives_up_constant": 2.5,
        "demand.awareness.midpoint_months": 6.0,
        "demand.awareness.scale_months": 4.0,
        "demand.place_effect_sigma": 0.6,
    }
    words = ("study=calibration", "territory=tiny", *(f"{k}={v}" for k, v in known.items()))
    truth = expected_demand(compose(*words), territory())
    values = (
        truth.year_1,
        truth.year_2 / truth.year_1,
        truth.plateau,
        truth.aware_month_24,
        truth.visits_per_structure_day,
        truth.gives_up_share,
        truth.sd_log_site_mean,
    )
    made = tuple(replace_target(t, float(v), 0.01 * float(v)) for t, v in zip(targets(), values, strict=True))
    monkeypatch.setattr(demand_fit, "targets", lambda: made)
    fit = calibrate(compose("study=calibration", "territory=tiny"), territory())
    for path, value in known.items():
        assert fit.values[path.removeprefix("demand.")] == pytest.approx(value, rel=0.02), path
    assert all(abs(r.deviation) < 0.05 for r in fit.residuals)


def replace_target(target: Target, value: float, tolerance: float) -> Target:
    return target._replace(low=value, high=value, tolerance=tolerance)


@pytest.mark.slow
def test_what_a_fit_says_of_itself() -> None:
    """Tests residuals, condition number and the combination least determined, on the tiny territory."""
    fit = fitted()
    assert fit.condition > 1
    assert fit.evaluations > 3
    assert sum(x * x for x in fit.loosest.values()) == pytest.approx(1.0)
    assert fit.values["multiplier_permanence"] == 1.0
    assert set(fit.standard_errors) == set(fit.values) - {"multiplier_permanence"}
    for r in fit.residuals:
        outside = max(r.target.low - r.expected, r.expected - r.target.high, 0.0) / r.target.tolerance
        assert abs(r.deviation) == pytest.approx(outside)
    again = calibrate(compose("study=calibration", "territory=tiny"), territory())
    assert {f.name: getattr(again, f.name) for f in fields(again)} == {
        f.name: getattr(fit, f.name) for f in fields(fit)
    }
    assert replace(again, evaluations=0) == replace(fit, evaluations=0)


@pytest.mark.slow
def test_the_values_kept_are_those_of_the_fit() -> None:
    """Tests that `python -m sim study=calibration` would write the calibrated values in force again."""
    settings = compose("study=calibration")
    demand = settings.demand
    fit = calibrate(settings, territory("tarn_et_garonne"))
    kept = {
        "multiplier_permanence": demand.multiplier_permanence,
        "multiplier_fixed": demand.multiplier_fixed,
        "gives_up_constant": demand.gives_up_constant,
        "awareness.midpoint_months": demand.awareness.midpoint_months,
        "awareness.scale_months": demand.awareness.scale_months,
        "place_effect_sigma": demand.place_effect_sigma,
    }
    assert kept == pytest.approx(fit.values, rel=5e-4)


def test_a_package_that_is_read_only_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that the fit is written into the package whole or not at all."""
    conf, docs = tmp_path / "conf", tmp_path / "docs"
    conf.mkdir()
    docs.mkdir()
    assert calibration._can_be_written(conf, docs)
    monkeypatch.setattr(calibration.os, "access", lambda place, _: place != docs)
    assert not calibration._can_be_written(conf, docs)
