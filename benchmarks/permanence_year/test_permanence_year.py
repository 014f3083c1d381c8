"""The permanence-year under pytest-benchmark: every engine checked, then timed; the targets held."""

from __future__ import annotations

import statistics
from functools import cache

import pytest

from benchmarks.permanence_year.race import Engine, disagreements, load, race

ENGINES = ("c", "cimba", "ciw", "heapq", "salabim", "sim", "sim_calls", "simpy", "simpy_tuned")


@cache
def engine(name: str) -> Engine:
    """The engine, or a skipped test where it is not installed."""
    loaded = [one for one in load([name]) if isinstance(one, tuple) or one.module == f"engine_{name}"]
    if isinstance(loaded[0], tuple):
        pytest.skip(f"{name} is left out: {loaded[0][1]}")
    return loaded[0]


@pytest.mark.parametrize("name", ENGINES)
def test_a_year(name: str, benchmark: pytest.FixtureRequest) -> None:
    """Times a year of an engine that agrees with the reference figures."""
    one = engine(name)
    assert not disagreements(one, seconds=1.0)
    benchmark.pedantic(one.simulate, args=(1,), rounds=3 if name == "salabim" else 15)


def test_targets(benchmark: pytest.FixtureRequest) -> None:
    """Holds: at least 120 times faster than idiomatic SimPy, at most 6 times slower than C."""
    engines = {name: engine(name) for name in ("sim", "simpy", "c")}
    benchmark.pedantic(race, args=(list(engines.values()), 7), rounds=1)
    ratio = {name: statistics.median(one.ratios) for name, one in engines.items()}
    assert ratio["sim"] >= 120
    assert ratio["sim"] >= ratio["c"] / 6
