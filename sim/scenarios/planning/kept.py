"""Plans that are kept: shipped with a territory, or made earlier in this process or on this machine."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict, replace
from pathlib import Path

from sim.scenarios.planning import disk
from sim.scenarios.planning.plan import plan
from sim.scenarios.planning.problem import PlanningProblem
from sim.scenarios.planning.result import PlanningResult
from sim.scenarios.planning.selection import Effort, Level
from sim.scenarios.rounds_file import write_rounds
from sim.scenarios.tours import Rounds, Stop

__all__ = ["PLANS", "planned_rounds", "read_kept", "ship"]

PLANS = "plans.json"
_MADE: dict[tuple[str, Effort], PlanningResult] = {}


def planned_rounds(
    problem: PlanningProblem, folder: Path | None = None, effort: Effort | None = None
) -> PlanningResult:
    """The rounds of a problem: those shipped, those made before, else planned now.

    Parameters
    ----------
    problem
        What is planned.
    folder
        The `rounds` folder of a territory, where shipped plans are; None looks nowhere.
    effort
        Where the solver stops.

    Raises
    ------
    InputError
        When there are no such rounds.
    """
    effort = effort or Effort()
    digest = problem.digest()
    if (digest, effort) not in _MADE:
        shipped = read_kept(folder, digest) if folder is not None else None
        made = shipped or disk.kept(digest, effort)
        if made is None:
            made = plan(problem, effort)
            disk.keep(made, effort)
        _MADE[digest, effort] = made
        return made
    return replace(_MADE[digest, effort], source="cache")


def read_kept(folder: Path, digest: str) -> PlanningResult | None:
    """The plan of this digest in a folder, or None."""
    index = folder / PLANS
    if not index.is_file():
        return None
    entry = json.loads(index.read_text(encoding="utf-8")).get(digest)
    if entry is None:
        return None
    with (folder / entry["file"]).open(encoding="utf-8", newline="") as lines:
        stops = tuple(
            Stop(
                site_id=row["site_id"],
                vehicle=row["vehicle"],
                week=int(row["week"]),
                weekday=int(row["weekday"]),
                half_day=row["half_day"],
                open_s=int(row["open_s"]),
                close_s=int(row["close_s"]),
            )
            for row in csv.DictReader(lines)
        )
    return PlanningResult(
        rounds=Rounds(stops, entry["cycle_weeks"]),
        driving_min=entry["driving_min"],
        bound_min=entry["bound_min"],
        km=entry["km"],
        gap=entry["gap"],
        proven=entry["proven"],
        levels=tuple(Level(**level) for level in entry["levels"]),
        day_tours=entry["day_tours"],
        columns=entry["columns"],
        seconds=entry["seconds"],
        digest=digest,
        source="shipped",
    )


def ship(result: PlanningResult, folder: Path, name: str) -> None:
    """Keep a plan in a territory's `rounds` folder under a name, `fortnight_3` say."""
    folder.mkdir(exist_ok=True)
    write_rounds(result.rounds, folder / f"{name}.csv")
    index = folder / PLANS
    plans = json.loads(index.read_text(encoding="utf-8")) if index.is_file() else {}
    plans = {digest: entry for digest, entry in plans.items() if entry["file"] != f"{name}.csv"}
    plans[result.digest] = {
        "file": f"{name}.csv",
        "cycle_weeks": result.rounds.cycle_weeks,
        "driving_min": round(result.driving_min, 6),
        "bound_min": round(result.bound_min, 6),
        "km": round(result.km, 3),
        "gap": round(result.gap, 9),
        "proven": result.proven,
        "day_tours": result.day_tours,
        "columns": result.columns,
        "seconds": round(result.seconds, 2),
        "levels": [asdict(level) for level in result.levels],
    }
    ordered = dict(sorted(plans.items(), key=lambda item: item[1]["file"]))
    index.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
