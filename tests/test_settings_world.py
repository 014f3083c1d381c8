"""Tests that the outside world reads the parameters of the world, and no other."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from sim.compose import load_settings
from sim.settings import WORLD_PATHS
from sim.territory.load import load_territory
from sim.world import draw_world

# The study's own, the same for all its scenarios.
OF_THE_STUDY = ("run.seed", "run.horizon", "territory")


class Recorder:
    """Settings that remember which parameters were read."""

    def __init__(self, model: BaseModel, path: str, read: set[str]) -> None:
        self._model, self._path, self._read = model, path, read

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._model, name)
        path = f"{self._path}.{name}".lstrip(".")
        if isinstance(value, BaseModel):
            return Recorder(value, path, self._read)
        self._read.add(path)
        return value


def test_the_world_reads_only_parameters_of_the_world() -> None:
    """Tests that no parameter a scenario may change is read while the world is drawn."""
    study = load_settings("territory=tiny", "run.horizon.end=2021-12-31")
    read: set[str] = set()
    recorder: Any = Recorder(study.base, "", read)
    draw_world(recorder, load_territory("tiny"), 0, 4)
    assert {"demand.needs.mix", "staff.sickness.mean_days", "homes.requests_per_week", "run.seed"} <= read
    allowed = (*WORLD_PATHS, *OF_THE_STUDY)
    outside = sorted(path for path in read if not any(path == p or path.startswith(f"{p}.") for p in allowed))
    assert not outside
