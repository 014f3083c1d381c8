"""One point of a growth curve, in a process of its own: `python -m benchmarks.point word…` prints JSON.

The words are those of the command line; `shrunk` before them is for territories of benchmarks.large.
Replication 0 warms the caches; the next ones are timed, in processor time of the thread: world, model,
invariants and measures of one scenario.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from typing import Any

from benchmarks.large import shrink_reach
from benchmarks.stages import timed
from sim import load_settings
from sim.study.cell_study import CellStudy
from sim.study.kept_memory import keep_memory

__all__ = ["measure_point"]


def measure_point(words: list[str], replications: int = 3) -> dict[str, Any]:
    """Milliseconds of processor time a replication, its stages, and what it handled."""
    keep_memory()
    study = load_settings("study=single", *words)
    model = CellStudy()
    began = time.process_time()
    prepared = model.prepare(study)
    ready = time.process_time() - began
    seconds, needs, contacts, requests = [], [], [], []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with timed() as clock:
        for replication in range(replications + 1):
            if replication == 1:
                clock.seconds.clear()
            began = time.thread_time()
            world = model.draw(prepared, replication)
            facts = model.run(prepared, 0, world)
            model.check(prepared, 0, world, facts)
            model.measure(prepared, 0, facts)
            if replication > 0:
                seconds.append(time.thread_time() - began)
                needs.append(len(world.needs.home))
                contacts.append(len(facts.visits.passage))
                requests.append(len(world.homes.home))
            del world, facts
    return {
        "words": words,
        "ms": 1000 * statistics.median(seconds),
        "stages": {stage: 1000 * spent / replications for stage, spent in clock.seconds.items()},
        "needs": statistics.fmean(needs),
        "contacts": statistics.fmean(contacts),
        "requests": statistics.fmean(requests),
        "passages": len(prepared.plans[0].passages),
        "prepare_s": ready,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "peak_before_mb": before / 1024,
    }


if __name__ == "__main__":
    given = sys.argv[1:]
    if given[0] == "shrunk":
        shrink_reach()
    print(json.dumps(measure_point(given[given[0] == "shrunk" :])))
