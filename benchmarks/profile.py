"""Where the time of a replication goes: `python -m benchmarks.profile [--replications 20] [word…]`.

Prints a table, in processor time, and writes a flame graph to docs/images/profile.svg.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.flame import flame_svg, sampled
from benchmarks.stages import STAGES, timed
from sim import load_settings
from sim.study.cell_study import CellStudy
from sim.study.replicate import Job, Task, run_task

__all__ = ["Profile", "profile"]

FLAME = Path(__file__).resolve().parents[1] / "docs" / "images" / "profile.svg"


@dataclass(frozen=True)
class Profile:
    """Milliseconds of processor time per scenario and year; stages are exclusive, `whole` is untimed."""

    stages: dict[str, float]
    whole: float
    alone: float  # of one scenario alone, which draws the world for itself
    scenarios: int
    years: float

    def table(self) -> str:
        """In Markdown."""
        total = sum(self.stages.values())
        lines = ["| stage | ms a year | % |", "| --- | --: | --: |"]
        lines += [
            f"| {name} | {ms:.2f} | {100 * ms / total:.1f} |"
            for name, ms in self.stages.items()
            if ms > 0.0005
        ]
        lines.append(f"| **sum of stages** | **{total:.2f}** | **100** |")
        lines.append(f"| the same, not timed stage by stage | {self.whole:.2f} | |")
        return "\n".join(lines)


def profile(replications: int, words: list[str], flame: Path | None = None) -> Profile:
    """Run whole replications of a study in this process, without writing: once plain, once timed."""
    study = load_settings(*words)
    model = CellStudy()
    prepared = model.prepare(study)
    names = tuple(settings.scenario.name for settings in study.scenarios)
    job = Job(model, prepared, names, frozenset(), "", "")
    task = Task(tuple(range(1, replications + 1)))
    run_task(job, Task((0,)))
    horizon = study.run.horizon
    years = ((horizon.end - horizon.start).days + 1) / 365.25
    unit = 1000.0 / (years * len(names) * replications)

    began = time.thread_time()
    run_task(job, task)
    whole = time.thread_time() - began

    with timed() as clock:
        run_task(job, task)
    stages = clock.without_itself()

    if flame is not None:
        title = f"{len(names)} scenarios, {replications} replications: processor time of the worker"
        flame.write_text(flame_svg(sampled(lambda: run_task(job, task)), title), encoding="utf-8")
    return Profile(
        {stage: stages.get(stage, 0.0) * unit for stage in STAGES},
        whole * unit,
        (whole + stages[STAGES[0]] * (len(names) - 1)) * unit,
        len(names),
        years,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "words", nargs="*", help="words of the command line of sim; default: its default study"
    )
    parser.add_argument("--replications", type=int, default=20)
    parser.add_argument("--flame", type=Path, default=FLAME)
    given = parser.parse_args()
    given.flame.parent.mkdir(parents=True, exist_ok=True)
    found = profile(given.replications, given.words, given.flame)
    print(
        f"Milliseconds of processor time per scenario and year; {found.scenarios} scenarios × "
        f"{given.replications} replications × {found.years:.2f} years; a world is drawn once for all.\n"
    )
    print(found.table())
    print(f"\nA scenario alone, with a world for itself: {found.alone:.2f} ms a year.")
    print(f"Flame graph: {given.flame}")


if __name__ == "__main__":
    main()
