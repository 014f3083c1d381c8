"""What a dask cluster costs beside worker processes: a fixed part, and a part for each replication.

``python -m benchmarks.dask_overhead 100 400 --rounds 3`` runs the default study, without facts and report, in
processes of their own, executors in turn, and writes the processor time of the program with all its workers.
The slope between two numbers of replications is the cost of batches; what is left is the cost of starting.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

_RUN = """
import sys
from sim import load_settings
from sim.study.run import run_study
run_study(load_settings(*sys.argv[1:]), progress=lambda *_: None, report=False)
"""
EXECUTORS = ("processes", "dask")


def measured(executor: str, replications: int, folder: str) -> tuple[float, float]:
    """Processor and wall seconds of one study."""
    words = (
        f"run.replications={replications}",
        f"run.executor={executor}",
        "run.workers=2",
        "run.detail=none",
        f"outputs={folder}",
    )
    before, started = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-c", _RUN, *words], check=True)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return cpu, time.perf_counter() - started


def main() -> None:
    """Measure, and print medians over rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("replications", type=int, nargs=2, help="a small number and a large one")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    few, many = sorted(asked.replications)
    cpu: dict[tuple[str, int], list[float]] = {}
    wall: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for executor in EXECUTORS:
            measured(executor, 2, folder)  # compiled code and files read once
        for _ in range(asked.rounds):
            for count in (few, many):
                for executor in EXECUTORS:
                    c, w = measured(executor, count, folder)
                    cpu.setdefault((executor, count), []).append(c)
                    wall.setdefault((executor, count), []).append(w)
    print("executor   replications   processor s   wall s   (medians)")
    for (executor, count), values in cpu.items():
        times = f"{statistics.median(values):11.2f} {statistics.median(wall[executor, count]):8.2f}"
        print(f"{executor:10} {count:12} {times}")
    slope = {
        executor: [
            (b - a) / (many - few) for a, b in zip(cpu[executor, few], cpu[executor, many], strict=True)
        ]
        for executor in EXECUTORS
    }
    own, dask = (statistics.median(slope[executor]) for executor in EXECUTORS)
    start = [d - p - few * (dask - own) for p, d in zip(cpu["processes", few], cpu["dask", few], strict=True)]
    print(
        f"a replication: {1000 * own:.1f} ms in processes, {1000 * dask:.1f} on dask: {dask / own - 1:+.1%}"
    )
    print(f"starting the cluster: {statistics.median(start):+.2f} s of processor time")


if __name__ == "__main__":
    main()
