"""The planner, measured: shipped territories, random ones up to 100 sites, growth of time and memory.

python -m benchmarks.planner           the tables of docs/rounds.md
python -m benchmarks.planner --ship    plans anew, and writes, the rounds shipped with the territories
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

from sim.scenarios.planning.kept import planned_rounds, ship
from sim.scenarios.planning.plan import plan
from sim.scenarios.planning.problem import (
    DayLimits,
    PlannedSite,
    PlannedVehicle,
    PlanningProblem,
    SessionChoice,
)

HOUR = 3600
SESSIONS = (
    SessionChoice("morning", 34_200, 41_400),
    SessionChoice("afternoon", 48_600, 59_400),
)
LIMITS = DayLimits(900, 600, 600, 2700, 27_900, 64_800, 10 * HOUR, 12 * HOUR)
SHIPPED = {
    "tarn_et_garonne": {
        "fortnight_2": ("rounds.vehicles=2",),
        "fortnight_3": ("rounds.vehicles=3",),
        "fortnight_4": ("rounds.vehicles=4", "fleet.vehicles=4"),
        "fortnight_5": ("rounds.vehicles=5", "fleet.vehicles=5"),
        "fortnight_4_plus_9": ("rounds.vehicles=4", "fleet.vehicles=4", "rounds.extra_passages=9"),
        "per_commune_3": ("rounds=per_commune", "rounds.vehicles=3"),
        "per_commune_4": ("rounds=per_commune", "rounds.vehicles=4", "fleet.vehicles=4"),
    },
    "tiny": {
        "fortnight_1": ("rounds.vehicles=1",),
        "fortnight_2": ("rounds.vehicles=2",),
        "fortnight_3": ("rounds.vehicles=3",),
        "fortnight_4": ("rounds.vehicles=4", "fleet.vehicles=4"),
    },
}
# sites, vehicles, half-width of the square in km, sites visited every week, weeks, stops a day
RANDOM = (
    (20, 2, 40, 0, 2, 2),
    (40, 3, 40, 0, 2, 2),
    (60, 4, 40, 0, 2, 2),
    (60, 4, 25, 0, 2, 2),
    (60, 5, 40, 15, 2, 2),
    (100, 6, 40, 0, 2, 2),
    (100, 6, 25, 0, 2, 2),
    (100, 8, 40, 30, 2, 2),
    (30, 3, 40, 0, 4, 2),
    (60, 5, 40, 0, 4, 2),
)


def random_territory(
    sites: int,
    vehicles: int,
    half_width_km: float,
    seed: int,
    *,
    weekly: int = 0,
    weeks: int = 2,
    stops_most: int = 2,
    sessions: tuple[SessionChoice, ...] = SESSIONS,
) -> PlanningProblem:
    """Sites drawn in a square around the base, driven by the formula of the real territory."""
    draw = np.random.default_rng(seed)
    points = np.vstack([draw.uniform(-half_width_km, half_width_km, (sites, 2)), [[0.0, 0.0]]])
    apart = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    km = 1.24 * np.maximum(apart, 1.0)
    np.fill_diagonal(km, 0.0)
    seconds = np.where(km > 0, np.rint(60 * (2.22 + 1.0278 * km)), 0).astype(int)
    mixed = (1, 2, 2, 3, 4)
    return PlanningProblem(
        sites=tuple(
            PlannedSite(
                site_id=f"s{i:03d}",
                name=f"s{i:03d}",
                passages=mixed[i % 5] if weeks == 4 else 2 if i < weekly else 1,
                sessions=sessions,
                weight=float(draw.integers(100, 5000)),
                remoteness_min=float(draw.integers(10, 50)),
            )
            for i in range(sites)
        ),
        vehicles=tuple(PlannedVehicle(f"V{i + 1}", sites) for i in range(vehicles)),
        limits=DayLimits(900, 600, 600, 2700, 27_900, 64_800, 10 * HOUR, 12 * HOUR, stops_most),
        weeks=weeks,
        drive_s=tuple(tuple(int(v) for v in row) for row in seconds),
        drive_km=tuple(tuple(round(float(v), 3) for v in row) for row in km),
    )


def _line(name: str, problem: PlanningProblem) -> str:
    began = perf_counter()
    result = plan(problem)
    seconds = perf_counter() - began
    most = {level.name: level.value for level in result.levels}["most_tours_a_day"]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"| {name} | {len(problem.sites)} | {problem.half_days} | {len(problem.vehicles)} | {result.columns} "
        f"| {result.driving_min:.1f} | {result.bound_min:.1f} | {100 * result.gap:.2f} % "
        f"| {'yes' if result.proven else 'no'} | {result.day_tours} | {most:.0f} | {seconds:.2f} "
        f"| {memory:.0f} |"
    )


HEAD = (
    "| territory | sites | passages | vehicles | columns | driving, min | bound, min | gap | proven | tours "
    "| most a day | s | peak MB |\n|" + " --- |" * 13
)


def measure() -> None:
    """Print one line a problem, each in its own process so that its peak memory is its own."""
    print(HEAD)
    for name, plans in SHIPPED.items():
        for kept in plans:
            _in_own_process(f"shipped:{name}:{kept}")
    for row in RANDOM:
        for seed in (1, 2):
            _in_own_process("random:" + ":".join(map(str, (*row, seed))))


def _in_own_process(word: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.planner", word], capture_output=True, text=True, check=False
    )
    print(done.stdout.strip() or done.stderr.strip().splitlines()[-1], flush=True)


def shipped_problem(territory_name: str, kept: str) -> PlanningProblem:
    """The problem whose plan is shipped under a name."""
    from sim.compose import load_settings
    from sim.scenarios.planner import problem_for
    from sim.territory import load_territory

    words = SHIPPED[territory_name][kept]
    settings = load_settings("study=single", f"territory={territory_name}", *words)
    return problem_for(settings.reference, load_territory(territory_name))


def scenario_problems() -> dict[str, PlanningProblem]:
    """What the scenarios of the studies plan on the real territory, by scenario and order."""
    from unittest.mock import patch

    from sim.compose import load_settings
    from sim.scenarios import planner
    from sim.scenarios.plan import make_plan
    from sim.territory import load_territory

    territory = load_territory("tarn_et_garonne")
    asked: dict[str, PlanningProblem] = {}
    known = {shipped_problem("tarn_et_garonne", kept).digest() for kept in SHIPPED["tarn_et_garonne"]}
    for file in sorted(Path("conf/scenario").glob("*.yaml")):
        problems: list[PlanningProblem] = []

        def noted(problem: PlanningProblem, *rest: object, into: list[PlanningProblem] = problems) -> object:
            into.append(problem)
            return planned_rounds(problem, *rest)

        with patch.object(planner, "planned_rounds", noted):
            make_plan(load_settings("study=single", f"scenario={file.stem}").reference, territory)
        for problem in problems:
            if problem.digest() not in known:
                known.add(problem.digest())
                number = 1 + sum(name.startswith(f"scenario_{file.stem}_") for name in asked)
                asked[f"scenario_{file.stem}_{number}"] = problem
    return asked


def write_shipped() -> None:
    """Plan and keep every shipped plan."""
    from sim.territory import load_territory

    for name, plans in SHIPPED.items():
        folder = load_territory(name).folder / "rounds"
        for kept in plans:
            result = plan(shipped_problem(name, kept))
            ship(result, folder, kept)
            print(name, kept, f"{result.driving_min:.1f} min", "proven" if result.proven else result.gap)
    folder = load_territory("tarn_et_garonne").folder / "rounds"
    for kept, problem in scenario_problems().items():
        result = plan(problem)
        ship(result, folder, kept)
        print(kept, f"{result.driving_min:.1f} min", "proven" if result.proven else result.gap)


def main(words: list[str]) -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ship", action="store_true", help="plan anew and write the shipped rounds")
    parser.add_argument(
        "problem", nargs="?", type=_problem, help="one line of the table: shipped:TERRITORY:NAME, or random:…"
    )
    asked = parser.parse_args(words)
    if asked.ship:
        write_shipped()
    elif asked.problem:
        print(_line(*asked.problem))
    else:
        measure()


def _problem(word: str) -> tuple[str, PlanningProblem]:
    """The name and the problem of one line of the table; ValueError for another word."""
    kind, *given = word.split(":")
    if kind == "shipped":
        name, kept = given
        if kept not in SHIPPED.get(name, {}):
            raise ValueError(word)
        return f"{name}, {kept}", shipped_problem(name, kept)
    if kind != "random":
        raise ValueError(word)
    sites, vehicles, half_width, weekly, weeks, stops, seed = map(int, given)
    problem = random_territory(
        sites, vehicles, half_width, seed, weekly=weekly, weeks=weeks, stops_most=stops
    )
    return f"random {seed}, {2 * half_width} km, {weeks} weeks", problem


if __name__ == "__main__":
    main(sys.argv[1:])
