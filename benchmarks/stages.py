"""Where the time of a replication goes: stages timed exclusively, in processor time of the thread.

Functions are replaced where they are looked up, so nothing in the model knows that it is timed. What a
stage calls that is itself a stage counts there and not here; what is left of the engine's run is SimPy's.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

__all__ = ["STAGES", "Clock", "timed"]

# Where a function is looked up, and the stage its time belongs to, in the order of a replication.
_WHERE: tuple[tuple[str, str, str], ...] = (
    ("sim.study.cell_study", "draw_world", "world drawn"),
    ("sim.study.cell_study", "replicate", "tables of the cell laid out"),
    ("sim.models.cell", "plan_absence", "leave and training planned"),
    ("sim.models.cell", "make_offer", "offer by date"),
    ("sim.models.cell", "elsewhere", "choice of a place"),
    ("sim.models.cell", "choose_permanences", "choice of a place"),
    ("sim.models.cell", "new_state", "tables of the cell laid out"),
    ("sim.models.cell", "make_routes", "tables of the cell laid out"),
    ("sim.models.cell", "first_contacts", "first contacts listed"),
    ("simpy.Environment", "run", "SimPy: events and processes"),
    ("sim.models.cell", "dawn", "starts of days: crews, booking desk, first drives"),
    ("sim.models.cell", "open_at", "vehicle-days with their desks"),
    ("sim.models.cell", "gather", "facts gathered"),
    ("sim.study.cell_study", "check_invariants", "invariants"),
    ("sim.study.cell_study", "measure", "measures"),
    ("sim.study.cell_study", "packed", "measures"),
    ("sim.study.facts_tables", "facts_tables", "tables of facts (kept replications)"),
    ("sim.study.replicate", "pack", "part packed"),
)
STAGES = tuple(dict.fromkeys(stage for _, _, stage in _WHERE))


@dataclass
class Clock:
    """Seconds and calls by stage; `handed` counts what a stage called of other stages."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    handed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _open: list[str] = field(default_factory=list)
    _since: float = 0.0

    def _pass(self) -> None:
        now = time.thread_time()
        if self._open:
            self.seconds[self._open[-1]] += now - self._since
        self._since = now

    def around(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        """The function, its time counted to the stage but for what it calls of other stages."""

        def timed_function(*arguments: Any, **named: Any) -> Any:
            if self._open:
                self.handed[self._open[-1]] += 1
            self._pass()
            self._open.append(stage)
            self.calls[stage] += 1
            try:
                return function(*arguments, **named)
            finally:
                self._pass()
                self._open.pop()

        return timed_function

    def without_itself(self) -> dict[str, float]:
        """Seconds by stage, less what reading the clock itself takes of the stage and of its caller."""
        inner, outer = _cost_of_reading()
        return {
            stage: max(0.0, spent - inner * self.calls[stage] - outer * self.handed[stage])
            for stage, spent in self.seconds.items()
        }


def _cost_of_reading(times: int = 5000) -> tuple[float, float]:
    """Seconds that timing an empty function adds to its stage, and to the stage that calls it."""
    clock = Clock()
    nothing = clock.around(lambda: None, "inner")

    def loop() -> None:
        for _ in range(times):
            nothing()

    began = time.thread_time()
    for _ in range(times):
        pass
    bare = time.thread_time() - began
    clock.around(loop, "outer")()
    return clock.seconds["inner"] / times, (clock.seconds["outer"] - bare) / times


@contextmanager
def timed() -> Iterator[Clock]:
    """Time every stage while the block runs."""
    clock = Clock()
    before = []
    for module_name, name, stage in _WHERE:
        module: Any
        if module_name == "simpy.Environment":
            module = import_module("simpy").Environment
        else:
            module = import_module(module_name)
        function = getattr(module, name)
        before.append((module, name, function))
        setattr(module, name, clock.around(function, stage))
    try:
        yield clock
    finally:
        for module, name, function in reversed(before):
            setattr(module, name, function)
