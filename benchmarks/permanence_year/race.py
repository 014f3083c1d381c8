"""Check engines against the reference figures, then time them in interleaved rounds."""

from __future__ import annotations

import importlib
import pkgutil
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from math import sqrt

from scipy.stats import t as student

import benchmarks.permanence_year
from benchmarks.permanence_year.problem import REFERENCE, ROUNDED, Outputs

UNIT = "engine_simpy"  # idiomatic SimPy: what ratios are ratios to
LEVEL = 0.999  # of the interval that must hold each reference figure


@dataclass
class Engine:
    """An engine, what it took to get ready, and its milliseconds a year, one per round."""

    module: str
    name: str
    simulate: Callable[[int], Outputs]
    start_up_s: float
    ms: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)


def load(wanted: list[str] | None = None) -> Iterator[Engine | tuple[str, str]]:
    """Every engine that can be imported here, or its name and why it cannot.

    The time to get ready is the import and a first year: that of compilers included.
    """
    for found in pkgutil.iter_modules(benchmarks.permanence_year.__path__):
        if not found.name.startswith("engine_"):
            continue
        short = found.name.removeprefix("engine_")
        if wanted is not None and short not in wanted and found.name != UNIT:
            continue
        began = time.perf_counter()
        try:
            module = importlib.import_module(f"benchmarks.permanence_year.{found.name}")
        except ImportError as reason:
            yield short, str(reason)
            continue
        module.simulate(0)
        yield Engine(found.name, module.NAME, module.simulate, time.perf_counter() - began)


def disagreements(engine: Engine, seconds: float) -> list[str]:
    """What an engine finds otherwise than the reference, beyond chance.

    Simulates for about `seconds`, at least three years, and compares each mean with the reference
    through its interval (Student's t).
    """
    began = time.perf_counter()
    years: list[Outputs] = []
    while len(years) < 3 or (time.perf_counter() - began < seconds and len(years) < 400):
        years.append(engine.simulate(1000 + len(years)))
    quantile = student.ppf((1 + LEVEL) / 2, len(years) - 1)
    wrong = []
    for k, figure in enumerate(Outputs._fields):
        values = [year[k] for year in years]
        mean = statistics.fmean(values)
        half = quantile * statistics.stdev(values) / sqrt(len(years))
        if abs(mean - REFERENCE[k]) > half + ROUNDED[k]:
            wrong.append(f"{figure} {mean:.4g} ± {half:.2g}, reference {REFERENCE[k]:.5g}")
    return wrong


def race(engines: list[Engine], rounds: int, least_s: float = 0.3, slow_s: float = 2.0) -> None:
    """Time all engines one after the other, `rounds` times, in turning order.

    An engine quicker than `least_s` simulates several years a round and its median year counts; one
    slower than `slow_s` runs in three rounds only. The same seeds go to every engine; the ratio to
    idiomatic SimPy is taken inside each round, so that a machine that changes pace slows both.
    """
    once = {engine.module: _seconds(engine, 1) for engine in engines}
    for turn in range(rounds):
        for engine in engines[turn % len(engines) :] + engines[: turn % len(engines)]:
            if once[engine.module] > slow_s and turn >= 3:
                continue
            laps = max(1, round(least_s / once[engine.module]))
            year = statistics.median(_seconds(engine, 10_000 * (turn + 1) + lap) for lap in range(laps))
            engine.ms.append(year * 1000)
        unit = next(engine for engine in engines if engine.module == UNIT)
        for engine in engines:
            if len(engine.ms) > turn:
                engine.ratios.append(unit.ms[turn] / engine.ms[turn])


def _seconds(engine: Engine, seed: int) -> float:
    """Seconds of processor a year takes: time the machine spends on others does not count."""
    began = time.process_time()
    engine.simulate(seed)
    return time.process_time() - began
