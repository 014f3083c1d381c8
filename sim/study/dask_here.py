"""A dask cluster of this machine: a scheduler in this process, and workers forked where that is safe.

`distributed.LocalCluster` starts each worker as a new interpreter that imports everything again, three
seconds of processor each; a forked one has it all. One that dies is replaced.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from sim.study.execute import few_copies, settle_in, start_method, start_process

__all__ = ["dask_here"]

_MOST_REPLACED = 1000
_CONFIG = {
    "distributed.worker.profile.enabled": False,  # it reads every stack a hundred times a second
    "distributed.admin.tick.interval": "1s",  # else fifty times a second
    "distributed.admin.tick.limit": "1h",  # nobody is told that a compiled batch kept the loop waiting
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.worker.memory.pause": False,  # a study's memory is flat; nothing is to be spilled
    "distributed.worker.memory.terminate": False,
}


@contextmanager
def dask_here(workers: int) -> Iterator[str]:
    """The address of a scheduler with so many workers of one thread; all end with the block."""
    import dask
    from distributed import LocalCluster

    options = {"n_workers": 0, "processes": True, "dashboard_address": None}
    with (
        dask.config.set(_CONFIG),
        closing(_Workers(workers)) as crew,
        LocalCluster(**options, silence_logs=logging.CRITICAL) as cluster,
    ):
        crew.serve(cluster.scheduler_address)
        try:
            yield cluster.scheduler_address
        finally:
            crew.close()  # before the scheduler, which would wait for them


class _Workers:
    """Processes that serve a scheduler, each replaced when it dies."""

    def __init__(self, count: int) -> None:
        context = multiprocessing.get_context(start_method())
        self._address: str | None = None
        self._ended, self._end = multiprocessing.Pipe(duplex=False)
        self._crew: list[tuple[Any, Connection]] = []
        with few_copies():
            for _ in range(count):
                self._crew.append(self._start(context))
        self._watch = threading.Thread(target=self._replace_the_dead, daemon=True)

    def serve(self, address: str) -> None:
        """Tell them where the scheduler is."""
        self._address = address
        for _, pipe in self._crew:
            pipe.send(address)
        self._watch.start()

    def close(self) -> None:
        """End them all; a second time does nothing."""
        with suppress(OSError):
            self._end.send(None)
        if self._watch.is_alive():
            self._watch.join()
        self._end.close()
        for process, pipe in self._crew:
            process.kill()
            process.join()
            pipe.close()
        self._crew.clear()

    def _start(self, context: Any) -> tuple[Any, Connection]:
        return start_process(context, _serve, (), [pipe for _, pipe in self._crew])

    def _replace_the_dead(self) -> None:
        """Start another worker for each that ends; from nothing, since this process has threads by now."""
        context = multiprocessing.get_context("spawn")
        for _ in range(_MOST_REPLACED):
            ready = wait([self._ended, *(process.sentinel for process, _ in self._crew)])
            if self._ended in ready:
                return
            for place, (process, pipe) in enumerate(self._crew):
                if process.sentinel in ready:
                    pipe.close()
                    self._crew[place] = self._start(context)
                    self._crew[place][1].send(self._address)


def _serve(pipe: Connection, inherited: list[Connection]) -> None:
    """Run a dask worker for the scheduler whose address comes through the pipe."""
    settle_in(inherited)
    with suppress(EOFError, OSError):
        address = pipe.recv()
        asyncio.run(_work(address))


async def _work(address: str) -> None:
    import dask
    from distributed import Worker

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # importing it sets its own
    with dask.config.set(_CONFIG):
        async with Worker(address, nthreads=1, memory_limit=0) as worker:
            await worker.finished()
