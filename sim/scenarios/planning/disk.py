"""Plans made on this machine, kept between processes and runs: a study never plans a problem twice.

A folder for each version of the planner and its solver; a plan is a small JSON file, written whole or not at
all. What cannot be read or written is planned again: the cache is never needed.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import asdict
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import gettempdir

from sim.scenarios.planning.result import PlanningResult
from sim.scenarios.planning.selection import Effort, Level
from sim.scenarios.tours import Rounds, Stop

__all__ = ["keep", "kept"]

_PLANNING = Path(__file__).parent
_PACKAGE = _PLANNING.parents[1]
# Versions of the planner whose plans are kept, and the most plans of one.
_VERSIONS, _PLANS = 2, 4000


@cache
def _folder() -> Path | None:
    """The first folder that can be written, named by the planner's code and the solver's version."""
    total = sha256(version("highspy").encode())
    for file in sorted(_PLANNING.glob("*.py")):
        total.update(file.read_bytes())
    name = f"plans-{total.hexdigest()[:16]}"
    for parent in (_PACKAGE / "__pycache__", Path.home() / ".cache" / "sim", Path(gettempdir()) / "sim"):
        folder = parent / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".writable").touch()
        except OSError:
            continue
        others = sorted(parent.glob("plans-*"), key=lambda f: f.stat().st_mtime, reverse=True)
        for old in others[_VERSIONS:]:
            shutil.rmtree(old, ignore_errors=True)
        return folder
    return None


def _file(digest: str, effort: Effort) -> Path | None:
    """Where a plan is kept; nowhere when the clock decides where the solver stops."""
    folder = _folder()
    if folder is None or effort.seconds is not None:
        return None
    return folder / f"{digest}-{effort.nodes}-{effort.gap:g}.json"


def kept(digest: str, effort: Effort) -> PlanningResult | None:
    """The plan of a problem made earlier on this machine, or None."""
    file = _file(digest, effort)
    if file is None:
        return None
    try:
        entry = json.loads(file.read_text(encoding="utf-8"))
        stops, weeks = (Stop(*stop) for stop in entry.pop("stops")), entry.pop("cycle_weeks")
        levels = tuple(Level(**level) for level in entry.pop("levels"))
        return PlanningResult(
            rounds=Rounds(tuple(stops), weeks), levels=levels, digest=digest, source="cache", **entry
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


def keep(result: PlanningResult, effort: Effort) -> None:
    """Keep a plan for other processes and later runs, where there is room."""
    file = _file(result.digest, effort)
    if file is None:
        return
    entry = {
        "cycle_weeks": result.rounds.cycle_weeks,
        "driving_min": result.driving_min,
        "bound_min": result.bound_min,
        "km": result.km,
        "gap": result.gap,
        "proven": result.proven,
        "levels": [asdict(level) for level in result.levels],
        "day_tours": result.day_tours,
        "columns": result.columns,
        "seconds": result.seconds,
        "stops": [
            (s.site_id, s.vehicle, s.week, s.weekday, s.half_day, s.open_s, s.close_s)
            for s in result.rounds.stops
        ],
    }
    try:
        if sum(1 for _ in file.parent.iterdir()) > _PLANS:
            return
        temporary = file.with_name(f".{file.name}.{os.getpid()}")
        temporary.write_text(json.dumps(entry), encoding="utf-8")
        temporary.replace(file)
    except OSError:
        return
