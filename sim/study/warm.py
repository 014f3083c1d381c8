"""Compiled code made ready on the first run, by two processes at once instead of by every worker.

Numba compiles for half a minute what it then keeps on disk. What a replication compiles first (draws, the
plan, choices, the state) leads to the types of everything else; the desk needs none of them, and trips and
mornings do not need each other. Nothing is simulated: what is compiled here a replication would compile.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.settings import Settings

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
    try:
        work()
    except BaseException:  # noqa: BLE001 - whoever needs it meets the same and says so
        os._exit(1)


def _everything(settings: Settings) -> None:
    from sim.territory import load_territory
    from sim.world import draw_world

    with _beside(_desk):
        territory = load_territory(settings.territory)
        world = draw_world(settings, territory, 0)
    from sim.models.cell import Cell
    from sim.scenarios.plan import make_plan

    cell = Cell(make_plan(settings, territory), world)
    with _beside(lambda: _trips(cell.state, cell.coming)):
        _mornings(cell.state)
    _dawn(cell.state)


def _desk() -> None:
    import sim.models.desk  # noqa: F401 - compiled when imported


def _trips(state: Any, coming: Any) -> None:
    from sim.models.contacts import first_contacts
    from sim.models.fleet import advance

    _compile(first_contacts, state, coming)
    _compile(advance, state, 0)


def _mornings(state: Any) -> None:
    import numpy as np

    from sim.models.bookings import booking_desk
    from sim.models.morning import morning

    _compile(morning, state, 0, 0, 0)
    _compile(booking_desk, state, 0, np.empty(0, np.int64))


def _dawn(state: Any) -> None:
    """The start of a day, made of what two processes have compiled."""
    import numpy as np

    from sim.models.dawn import dawn

    requests = np.empty(0, np.int64)
    _compile(dawn, state, 0, 0, 0, requests, requests)


def _compile(kernel: Any, *arguments: Any) -> None:
    """Compile a kernel for arguments, without calling it."""
    from numba import typeof

    kernel.compile(tuple(typeof(argument) for argument in arguments))  # type: ignore[no-untyped-call]
