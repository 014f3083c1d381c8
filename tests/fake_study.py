"""A model of almost nothing with the doors of the real one, for tests of how studies run."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from sim.study.results import Results


@dataclass(frozen=True)
class FakeModel:
    """Draws from a named generator, one measure that differs by scenario, one table, one table of facts."""

    sleep_s: float = 0.0
    fails: frozenset[tuple[str, int]] = frozenset()
    world_fails: frozenset[int] = frozenset()
    breaks: frozenset[tuple[str, int]] = frozenset()
    dies: frozenset[int] = frozenset()
    dies_once: str | None = None  # a folder: the first process to run replication 3 dies, and says so there
    fingerprint_text: str = "fake"
    rows: int = 3
    trace: list[int] = field(default_factory=list, compare=False)

    def prepare(self, study: Any) -> Any:
        return {"names": tuple(s.scenario.name for s in study.scenarios), "seed": study.run.seed}

    def fingerprint(self, context: Any) -> str:
        return self.fingerprint_text

    def inputs(self, context: Any) -> dict[str, bytes]:
        return {"rounds.csv": b"scenario\n" + "".join(f"{n}\n" for n in context["names"]).encode()}

    def outputs(self, context: Any, results: Results) -> dict[str, bytes]:
        lines = ["scenario,replication,total"]
        for scenario, replication, columns in results.tables("sites"):
            number = results.replications[replication]
            lines.append(f"{results.scenarios[scenario]},{number},{columns['persons'].sum()!r}")
        means = [f"{n},all,{np.nanmean(results.values[i])!r}" for i, n in enumerate(results.scenarios)]
        return {"sites.csv": "\n".join(lines + means).encode() + b"\n", "summary.csv": b"scenario,measure\n"}

    def draw(self, context: Any, replication: int) -> np.ndarray:
        self.trace.append(replication)
        if replication in self.dies:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.dies_once and replication == 3:
            mark = Path(self.dies_once) / "died"
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        if replication in self.world_fails:
            raise RuntimeError("no world")
        time.sleep(self.sleep_s)
        return np.random.default_rng((context["seed"], replication)).standard_normal(50)

    def run(self, context: Any, scenario: int, world: np.ndarray) -> np.ndarray:
        return world + scenario

    def check(self, context: Any, scenario: int, world: Any, facts: np.ndarray) -> None:
        if (context["names"][scenario], int(self.trace[-1])) in self.breaks:
            raise RuntimeError("people appeared from nowhere")

    def measure(
        self, context: Any, scenario: int, facts: np.ndarray
    ) -> tuple[dict[str, float], dict[str, Any]]:
        key = (context["names"][scenario], int(self.trace[-1]))
        if key in self.fails:
            raise ZeroDivisionError("nobody came")
        values = {
            "persons_helped": float(facts.sum()),
            "wait_p90": float("nan"),
            "spread": float(facts.std()),
        }
        sites = {"site_id": np.array([f"s{i}" for i in range(self.rows)]), "persons": facts[: self.rows]}
        return values, {"sites": sites}

    def tables(self, context: Any, scenario: int, facts: np.ndarray) -> dict[str, pa.Table]:
        return {"visits": pa.table({"contact_id": np.arange(len(facts)), "work_s": facts})}
