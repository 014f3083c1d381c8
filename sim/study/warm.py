"""Compiled code made ready on the first run, by processes at once instead of by every worker.

Numba compiles for half a minute of a core what it then keeps on disk. What a replication compiles first
(draws, the plan, choices, the state) leads to the types of everything else; the desk needs none of them, and
trips, mornings and facts do not need each other. Nothing is simulated: what is compiled here a
replication would compile.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sim.models.cell import Cell
    from sim.models.state import State
    from sim.settings import Settings
    from sim.territory import Territory

__all__ = ["is_cold", "warm"]

_MARK = "complete"


def is_cold() -> bool:
    """Whether compiled code is still to be made on this machine, and can be made beforehand."""
    from sim.compiled import cache_folder

    can_fork = sys.platform == "linux" and threading.active_count() == 1
    return can_fork and not (cache_folder() / _MARK).is_file()


def warm(settings: Settings) -> None:
    """Compile what a replication uses, in other processes, and keep it on disk.

    What cannot be compiled here is compiled, or fails, where it is used.
    """
    from sim.compiled import cache_folder

    with _beside(lambda: _everything(settings)) as process:
        pass
    if process.exitcode == 0:
        with suppress(OSError):
            (cache_folder() / _MARK).touch()


@contextmanager
def _beside(work: Callable[[], object]) -> Iterator[Any]:
    """Do `work` in another process while the block runs."""
    process = multiprocessing.get_context("fork").Process(target=_quietly, args=(work,))
    process.start()
    try:
        yield process
    finally:
        process.join()


def _quietly(work: Callable[[], object]) -> None:
    gc.disable()  # the compiler makes millions of objects and keeps them: collecting is a tenth of its time
    try:
        work()
    except BaseException:  # noqa: BLE001 - whoever needs it meets the same and says so
        os._exit(1)


def _everything(settings: Settings) -> None:
    from sim.territory import load_territory

    territory = load_territory(settings.territory)
    with _beside(_desk):
        cell = _cell(settings, territory)
    with _beside(lambda: _trips(cell.state, cell.coming)):
        _mornings(cell.state)
    with _beside(lambda: _facts(cell, settings, territory)):
        _dawn(cell.state)


def _desk() -> None:
    import sim.models.desk  # noqa: F401 - compiled when imported


def _cell(settings: Settings, territory: Territory) -> Cell:
    """A replication laid out and not run: its tables have the types of every other's."""
    from sim.world import draw_world

    world = draw_world(settings, territory, 0)
    from sim.models.cell import Cell, need_columns
    from sim.models.elsewhere import elsewhere
    from sim.models.leave import plan_absence
    from sim.models.offer import make_offer
    from sim.scenarios.plan import make_plan

    plan = make_plan(settings, territory)
    with _beside(lambda: plan_absence(plan.staff, plan.team, plan.calendar, world)):
        elsewhere(world, need_columns(world), make_offer(plan, world, plan.passages), plan.offer.network)
    return Cell(plan, world)


def _trips(state: State, coming: NDArray[np.int64]) -> None:
    from sim.models.contacts import first_contacts
    from sim.models.fleet import open_at

    _compile(first_contacts, state, coming)
    _compile(open_at, state, 0)


def _mornings(state: State) -> None:
    import numpy as np

    from sim.models.bookings import booking_desk, make_routes
    from sim.models.morning import morning

    _compile(make_routes, state)
    _compile(booking_desk, state, 0, np.empty(0, np.int64))
    _compile(morning, state, 0, 0, 0)


def _dawn(state: State) -> None:
    """The start of a day, made of what two processes have compiled."""
    import numpy as np

    from sim.models.dawn import dawn

    requests = np.empty(0, np.int64)
    _compile(dawn, state, 0, 0, 0, requests)


def _facts(cell: Cell, settings: Settings, territory: Territory) -> None:
    """What is looked at once a replication has ended."""
    from sim.measures import measure, measure_context
    from sim.models.log import gather

    cell.close()  # of a horizon in which nothing happened
    measure(gather(cell), measure_context(settings, territory))


def _compile(kernel: Any, *arguments: Any) -> None:
    """Compile a kernel for arguments, without calling it."""
    from numba import typeof

    kernel.compile(tuple(typeof(argument) for argument in arguments))  # type: ignore[no-untyped-call]
