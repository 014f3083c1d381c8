"""Simulation of an itinerant public-service cell: residents, desks, pairs, vehicles, homes.

`load_settings(*words)` composes a study as on the command line, `run_study` runs it into a study
folder, `simulate` runs one replication of one scenario in memory. Importing `sim` loads nothing
else: each of the three is found when first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.compose import load_settings
    from sim.study.run import run_study
    from sim.study.simulate import simulate

__all__ = ["__version__", "load_settings", "run_study", "simulate"]

__version__ = "0.1.0"

_HOMES = {"load_settings": "sim.compose", "run_study": "sim.study.run", "simulate": "sim.study.simulate"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute '{name}'")
    found = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
