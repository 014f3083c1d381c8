"""The desk against queueing theory: long days whose averages are known in closed form.

Tolerances are intervals over independent runs: each is narrow (asserted), and holds the theoretical
value at 99.9 %. Times are whole seconds, so the mean service is made a million of them and rounding
is far below the intervals. Runs start empty; their first part is left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, factorial, log, sqrt

import numpy as np
import pytest
from scipy.stats import t as student

from sim.models.desk import desk_kernel
from sim.models.facts import OUTCOMES

pytestmark = pytest.mark.slow

SECOND = 1_000_000  # seconds of the desk in one unit of time of the theory
RUNS = 60
VISITORS = 20_000
WARM_UP = 4_000
FOR_EVER = 2**60
SERVED = OUTCOMES.index("served")
RENEGED = OUTCOMES.index("reneged")


@dataclass(frozen=True)
class Run:
    """Visitors of one run after its warm-up, in units of the theory."""

    arrival: np.ndarray
    wait: np.ndarray  # until the start, or until leaving unserved
    sojourn: np.ndarray
    reneged: np.ndarray
    first: np.ndarray  # whoever has an appointment


Sample = Callable[[np.random.Generator, int], np.ndarray]


def run(
    seed: int,
    rate: float,
    service: Sample,
    servers: int = 1,
    patience: Sample | None = None,
    share_first: float = 0.0,
) -> Run:
    """Simulate one long day of Poisson arrivals; a share of visitors has an appointment always due."""
    rng = np.random.default_rng([2021, seed])
    n = VISITORS
    arrival = np.floor(rng.exponential(1 / rate, n).cumsum() * SECOND).astype(np.int64)
    work = service(rng, n) * SECOND
    patience_s = np.full(n, FOR_EVER)
    if patience is not None:
        patience_s = np.floor(patience(rng, n) * SECOND).astype(np.int64)
    first = rng.random(n) < share_first
    outcome, server, start, end = np.empty((4, n), np.int64)
    desk_kernel(
        0,
        int(arrival[-1]) + 1,
        FOR_EVER,
        0,
        np.arange(servers),
        np.zeros(servers, np.int64),
        np.full(servers, int(arrival[-1]) + FOR_EVER + 2),
        np.ones((servers, 1)),
        np.zeros((servers, 1), np.bool_),
        arrival,
        np.arange(n),
        patience_s,
        work,
        np.zeros(n, np.int64),
        np.where(first, 0, -1),
        outcome,
        server,
        start,
        end,
    )
    reneged = outcome == RENEGED
    assert np.all(reneged | (outcome == SERVED))
    left = np.where(reneged, arrival + patience_s, end)
    began = np.where(reneged, left, start)
    kept = slice(WARM_UP, None)
    return Run(
        arrival[kept] / SECOND,
        (began - arrival)[kept] / SECOND,
        (left - arrival)[kept] / SECOND,
        reneged[kept],
        first[kept],
    )


def assert_mean(values: list[float], theory: float, relative: float) -> None:
    """Assert that the 99.9 % interval of independent values holds `theory` and is that narrow."""
    sample = np.array(values)
    half = student.ppf(0.9995, len(sample) - 1) * sample.std(ddof=1) / sqrt(len(sample))
    assert half < relative * abs(theory), f"interval too wide: {half:.5f} for {theory:.5f}"
    assert abs(sample.mean() - theory) <= half, f"{sample.mean():.5f} ± {half:.5f}, theory {theory:.5f}"


def exponential(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.standard_exponential(n)


def constant(rng: np.random.Generator, n: int) -> np.ndarray:
    return np.ones(n)


def lognormal(cv: float) -> Sample:
    """Service of mean 1 and the given coefficient of variation."""
    sigma = sqrt(log(1 + cv * cv))
    return lambda rng, n: np.exp(rng.standard_normal(n) * sigma - sigma * sigma / 2)


def erlang_c(servers: int, load: float) -> float:
    """Probability of waiting in M/M/c, `load` in erlangs (Erlang 1917)."""
    last = load**servers / factorial(servers) * servers / (servers - load)
    return last / (sum(load**k / factorial(k) for k in range(servers)) + last)


def erlang_b(servers: int, load: float) -> float:
    """Share of arrivals lost in M/G/c/c (Erlang 1917)."""
    terms = [load**k / factorial(k) for k in range(servers + 1)]
    return terms[-1] / sum(terms)


def erlang_a(servers: int, rate: float, impatience: float) -> tuple[float, float]:
    """Share who abandon and mean wait of all in M/M/c+M, services of rate 1 (Palm 1957).

    From the stationary law of the birth–death process: births at `rate`, deaths at
    min(n, c) + max(n − c, 0) × impatience.
    """
    weights = [1.0]
    for n in range(1, 400):
        weights.append(weights[-1] * rate / (min(n, servers) + max(n - servers, 0) * impatience))
    in_queue = sum(max(n - servers, 0) * p for n, p in enumerate(weights)) / sum(weights)
    return in_queue * impatience / rate, in_queue / rate


@pytest.mark.parametrize("load", [0.5, 0.8])
def test_mm1(load: float) -> None:
    """Tests the mean wait of M/M/1, load / (1 − load), and P(wait > 2) = load · exp(−2(1 − load))."""
    runs = [run(seed, load, exponential) for seed in range(RUNS)]
    assert_mean([r.wait.mean() for r in runs], load / (1 - load), 0.04)
    assert_mean([(r.wait > 2).mean() for r in runs], load * exp(-2 * (1 - load)), 0.03)


@pytest.mark.parametrize(("servers", "load"), [(2, 1.2), (4, 3.4)])
def test_mmc(servers: int, load: float) -> None:
    """Tests the probability of waiting (Erlang C) and the mean wait of M/M/c."""
    runs = [run(seed, load, exponential, servers) for seed in range(RUNS)]
    waits = erlang_c(servers, load)
    assert_mean([(r.wait > 0).mean() for r in runs], waits, 0.03)
    assert_mean([r.wait.mean() for r in runs], waits / (servers - load), 0.06)


@pytest.mark.parametrize(("servers", "rate", "impatience"), [(2, 1.8, 0.5), (3, 4.5, 1.0)])
def test_mmc_with_impatience(servers: int, rate: float, impatience: float) -> None:
    """Tests the share who abandon and the mean wait of M/M/c+M (Erlang A), also beyond saturation."""

    def patience(rng: np.random.Generator, n: int) -> np.ndarray:
        return rng.standard_exponential(n) / impatience

    runs = [run(seed, rate, exponential, servers, patience) for seed in range(RUNS)]
    abandon, wait = erlang_a(servers, rate, impatience)
    assert_mean([r.reneged.mean() for r in runs], abandon, 0.03)
    assert_mean([r.wait.mean() for r in runs], wait, 0.03)


@pytest.mark.parametrize(("service", "cv"), [(constant, 0.0), (lognormal(0.6), 0.6), (lognormal(1.5), 1.5)])
def test_mg1(service: Sample, cv: float) -> None:
    """Tests the mean wait of M/G/1: load (1 + cv²) / 2(1 − load) (Pollaczek 1930, Khinchine 1932)."""
    load = 0.7
    runs = [run(seed, load, service) for seed in range(RUNS)]
    assert_mean([r.wait.mean() for r in runs], load * (1 + cv * cv) / (2 * (1 - load)), 0.06)


def test_loss() -> None:
    """Tests that without patience the share lost is Erlang's B, whatever the law of service."""

    def patience(rng: np.random.Generator, n: int) -> np.ndarray:
        return np.zeros(n)

    for service in (constant, lognormal(1.5)):
        runs = [run(seed, 2.5, service, 3, patience) for seed in range(RUNS)]
        assert_mean([r.reneged.mean() for r in runs], erlang_b(3, 2.5), 0.02)


def test_priority() -> None:
    """Tests that due appointments are a class of priority: both mean waits of Cobham (1954), M/G/1."""
    load, share, cv = 0.8, 0.4, 0.6
    residual = load * (1 + cv * cv) / 2
    before = 1 - share * load
    runs = [run(seed, load, lognormal(cv), share_first=share) for seed in range(RUNS)]
    assert_mean([r.wait[r.first].mean() for r in runs], residual / before, 0.02)
    assert_mean([r.wait[~r.first].mean() for r in runs], residual / before / (1 - load), 0.06)


def test_little() -> None:
    """Tests Little's law: people met at instants that look at nothing else = rate × mean time inside."""
    rate = 1.7
    differences, inside = [], []
    for seed in range(RUNS):
        r = run(seed, rate, lognormal(0.6), 2)
        leave = np.sort(r.arrival + r.sojourn)
        margin = r.sojourn.max()  # at the edges some of those inside came before the warm-up's end
        moments = np.random.default_rng([1961, seed]).uniform(r.arrival[0] + margin, r.arrival[-1], 50_000)
        met = np.searchsorted(r.arrival, moments, "right") - np.searchsorted(leave, moments, "right")
        inside.append(met.mean())
        differences.append(met.mean() / (rate * r.sojourn.mean()))
    assert_mean(differences, 1.0, 0.01)
    assert min(inside) > 2  # a busy desk, where the law says something
