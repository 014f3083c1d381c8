"""Calibration: the demand parameters that reproduce the attendance expected of such a service.

Fitted on persons *expected* per planned half-day, without cancellations, from 2021-07 to 2024-06
(section 4 of the model): probabilities of the choice, not simulated visitors. β, the halving time
and needs per person are fixed assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.clock import YEAR_DAYS, Calendar
from sim.models.access import FIXED, GIVES_UP, PERMANENCE
from sim.models.plan import Plan
from sim.scenarios.plan import make_plan
from sim.settings import Settings
from sim.territory.territory import Territory
from sim.world import awareness, season_index

__all__ = [
    "PERIOD",
    "Calibration",
    "Expected",
    "Residual",
    "Target",
    "calibrate",
    "expected_demand",
    "targets",
]

Floats = NDArray[np.float64]

PERIOD = (date(2021, 7, 1), date(2024, 6, 30))
WORKED_DAYS = 250
"""Days a year a fixed structure receives, as facts.md counts its visits."""
PLACES = 64
"""Antithetic draws of place effects over which expectations are taken."""
FITTED = (
    "multiplier_fixed",
    "gives_up_constant",
    "awareness.midpoint_months",
    "awareness.scale_months",
    "place_effect_sigma",
)
_START = np.array([0.0, 1.0, 8.0, 6.0, 0.75])
_LOW = np.array([-5.0, -8.0, -12.0, 0.5, 0.05])
_HIGH = np.array([5.0, 12.0, 36.0, 36.0, 2.0])


class Target(NamedTuple):
    """What is aimed at: a value (or a range low–high) and the deviation that counts as one."""

    name: str
    low: float
    high: float
    tolerance: float
    source: str


@dataclass(frozen=True)
class Residual:
    """A target, what the fitted parameters give, and the deviation in tolerances (0 inside a range)."""

    target: Target
    expected: float
    deviation: float


@dataclass(frozen=True)
class Expected:
    """What given parameters lead one to expect."""

    year_1: float
    year_2: float
    year_3: float
    plateau: float
    aware_month_24: float
    visits_per_structure_day: float
    gives_up_share: float
    sd_log_site_mean: float
    reach_per_1000: float
    reach_per_1000_without_largest: float


@dataclass(frozen=True)
class Calibration:
    """The fitted parameters by dotted path below `demand`, how well they fit, what they leave open.

    `condition` is the condition number of the scaled Jacobian of the fit; `loosest` the combination
    of parameters (in tolerances of the targets) that the targets determine least.
    """

    values: dict[str, float]
    residuals: tuple[Residual, ...]
    expected: Expected
    condition: float
    loosest: dict[str, float]
    standard_errors: dict[str, float]
    evaluations: int


def targets() -> tuple[Target, ...]:
    """The targets of the fit, from `facts.md`."""
    return (
        Target("persons per planned half-day, months 1–12", 2.0, 2.0, 0.5, "launch 1.5–2.5, B"),
        Target("year 2 / year 1", 1.8, 1.8, 0.2, "×1.7–2 in year 2, B/C"),
        Target("persons per planned half-day at the plateau", 4.5, 4.5, 0.5, "mature 4.5, C"),
        Target("awareness at month 24", 0.9, 1.0, 0.005, "plateau after 18–30 months, B/C"),
        Target("visits a day per fixed structure, 250 days", 6.0, 11.0, 1.0, "Sénat 2022, A"),
        Target("share of needs given up", 1 / 3, 1 / 3, 0.03, "32 % gave up, INSEE 2021, A"),
        Target("sd of ln(site mean)", 1.0, 1.0, 0.15, "lognormal, sigma ≈ 1.07, B/C"),
    )


class _Problem:
    """The expectation as a function of the parameters, everything else computed once."""

    def __init__(self, settings: Settings, territory: Territory) -> None:
        horizon = settings.run.horizon.model_copy(update={"start": PERIOD[0], "end": PERIOD[1]})
        run = settings.run.model_copy(update={"horizon": horizon})
        exits = settings.exits.model_copy(update={"reading": "none", "communes": {}})
        neutral = settings.demand.model_copy(
            update={"multiplier_permanence": 1.0, "multiplier_fixed": 1.0, "gives_up_constant": 0.0}
        )
        self.settings = settings.model_copy(update={"run": run, "exits": exits, "demand": neutral})
        self.territory = territory
        self.plan: Plan = make_plan(self.settings, territory)
        self.calendar: Calendar = self.plan.calendar
        days = self.calendar.days
        demand = settings.demand
        index, _ = season_index(self.settings, self.calendar)
        self.index = index[:days]
        self.rate = (
            territory.population * demand.share_in_difficulty * demand.needs_per_person_per_year / YEAR_DAYS
        )
        access = self.plan.access
        self.kind = access.kind[access.entry_alternative]
        self.start = access.entry_start[:-1]
        permanences = np.flatnonzero(access.kind == PERMANENCE)
        self.permanences = permanences
        self.entries = [np.flatnonzero(access.entry_alternative == a) for a in permanences]
        half = np.random.default_rng(20210701).standard_normal((PLACES // 2, len(permanences)))
        self.places = np.concatenate([half, -half])
        passages = self.plan.passages[self.plan.passages["day"] < days]
        ends = [self.calendar.day(date(2021 + k, 7, 1)) for k in range(4)]
        self.year = np.searchsorted(ends[1:3], np.arange(days), side="right")
        self.half_days = np.bincount(self.year[passages["day"]], minlength=3).astype(float)
        self.site_commune = self.plan.offer.alternative_of_site
        per_site = np.bincount(passages["site"], minlength=len(territory.sites)) / (days / YEAR_DAYS)
        self.site_half_days = per_site
        opens = self.plan.offer.fixed_from
        self.open_at_end = int(((access.kind == FIXED) & (opens < days)).sum())
        itinerant = np.isin(np.arange(len(territory.communes)), territory.site_communes)
        self.population_served = float(territory.population[itinerant].sum())
        self.largest = int(np.argmax(np.where(itinerant, territory.population, -1)))

    def shares(self, parameters: Floats, epoch: int) -> tuple[Floats, Floats, Floats]:
        """Of aware residents of each commune: share to each permanence, to fixed structures, giving up.

        Shapes (places, permanences) as persons a day, (communes,), (communes,), the last two means
        over places; the first is weighted by the communes' rates.
        """
        log_fixed, gives_up, _, _, sigma = parameters
        with np.errstate(divide="ignore"):
            base = 1.0 / self.plan.offer.cost[epoch]
        base = base * np.where(self.kind == FIXED, np.exp(log_fixed), 1.0)
        base = np.where(self.kind == GIVES_UP, np.exp(gives_up), base)
        by_place = np.zeros((len(self.places), len(self.permanences)))
        fixed = np.zeros(len(self.start))
        given_up = np.zeros(len(self.start))
        for d, z in enumerate(self.places):
            weight = base.copy()
            effect = np.exp(sigma * z - sigma**2 / 2)
            for k, entries in enumerate(self.entries):
                weight[entries] *= effect[k]
            share = weight / np.repeat(np.add.reduceat(weight, self.start), self._length())
            for k, entries in enumerate(self.entries):
                home = self.plan.access.entry_commune[entries]
                by_place[d, k] = (share[entries] * self.rate[home]).sum()
            fixed += np.add.reduceat(np.where(self.kind == FIXED, share, 0.0), self.start)
            given_up += np.add.reduceat(np.where(self.kind == GIVES_UP, share, 0.0), self.start)
        return by_place, fixed / len(self.places), given_up / len(self.places)

    def unaware(self, parameters: Floats, epoch: int) -> tuple[Floats, Floats]:
        """Of residents who do not know the cell: share to fixed structures, share giving up, by commune."""
        with np.errstate(divide="ignore"):
            weight = 1.0 / self.plan.offer.cost[epoch]
        weight = weight * np.where(self.kind == FIXED, np.exp(parameters[0]), 1.0)
        weight = np.where(self.kind == GIVES_UP, np.exp(parameters[1]), weight)
        weight = np.where(self.kind == PERMANENCE, 0.0, weight)
        total = np.add.reduceat(weight, self.start)
        fixed = np.add.reduceat(np.where(self.kind == FIXED, weight, 0.0), self.start) / total
        given_up = np.add.reduceat(np.where(self.kind == GIVES_UP, weight, 0.0), self.start) / total
        return fixed, given_up

    def _length(self) -> NDArray[np.int64]:
        return np.diff(self.plan.access.entry_start)

    def expect(self, parameters: Floats) -> Expected:
        """What the parameters lead one to expect over the period."""
        days = self.calendar.days
        curve = self.settings.demand.awareness.model_copy(
            update={"midpoint_months": float(parameters[2]), "scale_months": float(parameters[3])}
        )
        demand = self.settings.demand.model_copy(update={"awareness": curve})
        aware = awareness(self.settings.model_copy(update={"demand": demand}), self.calendar)[:days]
        epoch_of_day = self.plan.offer.epoch_of_day[:days]
        persons = np.zeros(3)
        total_rate = self.rate.sum()
        fixed_visits = given_up_share = 0.0
        for epoch in np.unique(epoch_of_day):
            by_place, fixed, given_up = self.shares(parameters, int(epoch))
            fixed_un, given_up_un = self.unaware(parameters, int(epoch))
            here = epoch_of_day == epoch
            daily = by_place.sum(axis=1).mean()
            persons += np.bincount(
                self.year, weights=np.where(here, aware * self.index * daily, 0), minlength=3
            )
            last = here & (self.year == 2)
            share_of_year = self.index[last].sum() / self.index[self.year == 2].sum()
            known = aware[last].mean() if last.any() else 0.0
            mixed_fixed = known * fixed + (1 - known) * fixed_un
            mixed_up = known * given_up + (1 - known) * given_up_un
            fixed_visits += share_of_year * (mixed_fixed * self.rate).sum()
            given_up_share += share_of_year * (mixed_up * self.rate).sum() / total_rate
        by_place, _, _ = self.shares(parameters, int(epoch_of_day[-1]))
        yearly = by_place * YEAR_DAYS * self.index[self.year == 2].mean()
        plateau = yearly.sum(axis=1).mean() / self.site_half_days.sum()
        position = {int(a): k for k, a in enumerate(self.permanences)}
        where = np.array([position[int(a)] for a in self.site_commune])
        of_commune = np.zeros(len(self.permanences))
        np.add.at(of_commune, where, self.site_half_days)
        on_offer = self.site_half_days > 0
        means = (yearly / np.maximum(of_commune, 1e-9))[:, where[on_offer]]
        sd = np.log(np.maximum(means, 1e-12)).std(axis=1, ddof=1).mean() if on_offer.sum() > 1 else 0.0
        month_24 = min(self.calendar.day(date(2023, 7, 1)), days - 1)
        largest = [k for k, a in enumerate(self.permanences) if self.plan.access.commune[a] == self.largest]
        without = yearly.sum(axis=1).mean() - yearly[:, largest].sum(axis=1).mean()
        smaller = self.population_served - float(self.territory.population[self.largest])
        per_half_day = persons / np.maximum(self.half_days, 1)
        structure_days = max(self.open_at_end, 1) * WORKED_DAYS
        return Expected(
            year_1=float(per_half_day[0]),
            year_2=float(per_half_day[1]),
            year_3=float(per_half_day[2]),
            plateau=float(plateau),
            aware_month_24=float(aware[month_24]),
            visits_per_structure_day=float(fixed_visits * YEAR_DAYS / structure_days),
            gives_up_share=float(given_up_share),
            sd_log_site_mean=float(sd),
            reach_per_1000=float(yearly.sum(axis=1).mean() / self.population_served * 1000),
            reach_per_1000_without_largest=float(without / smaller * 1000) if smaller > 0 else float("nan"),
        )


def _values(expected: Expected) -> Floats:
    return np.array(
        [
            expected.year_1,
            expected.year_2 / expected.year_1,
            expected.plateau,
            expected.aware_month_24,
            expected.visits_per_structure_day,
            expected.gives_up_share,
            expected.sd_log_site_mean,
        ]
    )


def _deviations(values: Floats) -> Floats:
    """How far each value is outside its target, in tolerances."""
    aims = targets()
    low = np.array([t.low for t in aims])
    high = np.array([t.high for t in aims])
    tolerance = np.array([t.tolerance for t in aims])
    outside: Floats = np.minimum(values - low, 0.0) + np.maximum(values - high, 0.0)
    deviations: Floats = outside / tolerance
    return deviations


def expected_demand(settings: Settings, territory: Territory) -> Expected:
    """What the parameters in force lead one to expect over the period of calibration."""
    demand = settings.demand
    parameters = np.array(
        [
            np.log(demand.multiplier_fixed / demand.multiplier_permanence),
            demand.gives_up_constant - np.log(demand.multiplier_permanence),
            demand.awareness.midpoint_months,
            demand.awareness.scale_months,
            demand.place_effect_sigma,
        ]
    )
    return _Problem(settings, territory).expect(parameters)


def calibrate(settings: Settings, territory: Territory) -> Calibration:
    """Fit the demand to its targets by least squares, deviations counted in tolerances.

    Only ratios of attractions matter, so the permanences' multiplier is 1 and the fixed structures'
    and the constant of giving up are relative to it.

    Returns
    -------
    Calibration
        Trust-region least squares (Branch, Coleman & Li 1999) from one start; standard errors and
        condition from the Jacobian at the optimum.
    """
    from scipy.optimize import least_squares

    problem = _Problem(settings, territory)
    fit = least_squares(
        lambda p: _deviations(_values(problem.expect(p))),
        _START,
        bounds=(_LOW, _HIGH),
        diff_step=1e-4,
        xtol=1e-10,
        ftol=1e-10,
    )
    expected = problem.expect(fit.x)
    values = _values(expected)
    deviations = _deviations(values)
    jacobian = _jacobian(problem, fit.x)
    _, singular, rows = np.linalg.svd(jacobian, full_matrices=False)
    loosest = rows[-1]
    with np.errstate(divide="ignore"):
        covariance = (rows.T / np.maximum(singular, 1e-12) ** 2) @ rows
    names = ("multiplier_permanence", *FITTED)
    fitted = [1.0, float(np.exp(fit.x[0])), *(float(v) for v in fit.x[1:])]
    return Calibration(
        values=dict(zip(names, fitted, strict=True)),
        residuals=tuple(
            Residual(t, float(v), float(d)) for t, v, d in zip(targets(), values, deviations, strict=True)
        ),
        expected=expected,
        condition=float(singular[0] / max(singular[-1], 1e-12)),
        loosest=dict(zip(FITTED, (float(x) for x in loosest), strict=True)),
        standard_errors=dict(zip(FITTED, (float(x) for x in np.sqrt(np.diag(covariance))), strict=True)),
        evaluations=int(fit.nfev),
    )


def _jacobian(problem: _Problem, at: Floats) -> Floats:
    """Derivatives of the target values, in tolerances, ranges counted as points (central differences).

    A range would hide a parameter it does not bind; the condition should not depend on that.
    """
    tolerance = np.array([t.tolerance for t in targets()])
    columns = []
    for i in range(len(at)):
        step = np.zeros(len(at))
        step[i] = 1e-3 * max(abs(at[i]), 1.0)
        up, down = _values(problem.expect(at + step)), _values(problem.expect(at - step))
        columns.append((up - down) / (2 * step[i]) / tolerance)
    return np.stack(columns, axis=1)
