"""Executors on this machine: the same batches in this process or in several (`on_dask`: on a cluster).

Each gives finished parts in any order; the study's bytes do not depend on it. A worker that dies
costs one batch, which runs again; a replication that keeps killing its worker is a failure.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from sim.study.replicate import Job, Task, failed_task, run_task

__all__ = [
    "MOST_DEATHS",
    "Batches",
    "Finished",
    "after_death",
    "few_copies",
    "processes",
    "serial",
    "settle_in",
    "start_method",
    "start_process",
]

TARGET_S = 1.0
"""A batch lasts about this long: overhead of a few milliseconds, little lost by kill -9."""
MOST_DEATHS = 3
"""A replication that ended its process as often is a failure."""

Finished = tuple[Task, bytes]


class Batches:
    """The replications still to run, cut into batches by what a replication was seen to cost."""

    def __init__(self, replications: Iterable[int], workers: int) -> None:
        self._todo = deque(sorted(replications))
        self._again: deque[Task] = deque()
        self._workers = workers
        self._seconds = 0.0
        self._ran = 0.0

    def next(self) -> Task | None:
        """The next batch, None when nothing is left to start."""
        if self._again:
            return self._again.popleft()
        if not self._todo:
            return None
        if not self._ran:
            size = 1
        else:
            size = max(1, round(TARGET_S * self._ran / max(self._seconds, 1e-9)))
            size = min(size, max(1, len(self._todo) // (2 * self._workers)))  # workers end together
        return Task(tuple(self._todo.popleft() for _ in range(min(size, len(self._todo)))))

    def learn(self, task: Task, seconds: float) -> None:
        """Take note of what a batch cost; recent batches count more."""
        self._seconds = 0.5 * self._seconds + seconds
        self._ran = 0.5 * self._ran + len(task.replications)

    def give_back(self, task: Task) -> None:
        """Run the replications of a batch again, one by one."""
        self._again.extend(Task((number,)) for number in task.replications)


def serial(job: Job, batches: Batches) -> Iterator[Finished]:
    """Run every batch in this process."""
    while task := batches.next():
        started = time.perf_counter()
        content = run_task(job, task)
        batches.learn(task, time.perf_counter() - started)
        yield task, content


def processes(job: Job, batches: Batches, workers: int) -> Iterator[Finished]:
    """Run batches in worker processes on this machine."""
    method = start_method()
    context = multiprocessing.get_context(method)
    deaths: Counter[int] = Counter()
    crew: list[_Worker] = []
    try:
        with few_copies():
            while len(crew) < workers and (task := batches.next()):
                crew.append(_Worker(context, job, crew, task))
        while crew:
            ready = wait([end for worker in crew for end in (worker.pipe, worker.process.sentinel)])
            for worker in [w for w in crew if w.pipe in ready or w.process.sentinel in ready]:
                task, content = worker.task, None
                try:
                    if worker.pipe.poll():
                        content, seconds = worker.pipe.recv()
                        batches.learn(task, seconds)
                except (EOFError, OSError, pickle.UnpicklingError):
                    content = None
                if content is None:
                    crew.remove(worker)
                    worker.end()
                    reason = f"its process died {MOST_DEATHS} times ({worker.how_it_ended()})"
                    yield from after_death(job, task, reason, batches, deaths)
                    if following := batches.next():
                        crew.append(_Worker(context, job, crew, following))
                    continue
                if isinstance(content, BaseException):
                    raise content
                if following := batches.next():
                    worker.start(following)
                else:
                    crew.remove(worker)
                    worker.end()
                yield task, content
    finally:
        for worker in crew:
            worker.end(at_once=True)


def after_death(
    job: Job, task: Task, reason: str, batches: Batches, deaths: Counter[int]
) -> Iterator[Finished]:
    """Give back a batch whose process died; a replication alone that did so too often is a failure."""
    if len(task.replications) == 1:
        (number,) = task.replications
        deaths[number] += 1
        if deaths[number] >= MOST_DEATHS:
            yield task, failed_task(job, task, reason)
            return
    batches.give_back(task)


def start_process(
    context: Any, target: Callable[..., None], arguments: tuple[Any, ...], others: Iterable[Connection]
) -> tuple[Any, Connection]:
    """A process that runs `target(*arguments, pipe, inherited)`, and the other end of its pipe.

    `others` are the ends held here of the pipes to processes already running, which a forked one inherits.
    """
    pipe, theirs = context.Pipe()
    inherited = [pipe, *others] if context.get_start_method() == "fork" else []
    process = context.Process(target=target, args=(*arguments, theirs, inherited), daemon=True)
    with warnings.catch_warnings():
        # Threads alive here belong to BLAS and Arrow, which both prepare for being forked.
        warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
        process.start()
    theirs.close()
    return process, pipe


def settle_in(inherited: Iterable[Connection]) -> None:
    """What such a process does first: let go of what it inherited, and end with the one that began it."""
    for other in inherited:
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()


class _Worker:
    """A process, the pipe to it, and what it runs."""

    process: Any
    pipe: Connection

    def __init__(self, context: Any, job: Job, others: list[_Worker], task: Task) -> None:
        self.process, self.pipe = start_process(context, _work, (job,), [other.pipe for other in others])
        self.start(task)

    def start(self, task: Task) -> None:
        self.task = task
        with suppress(BrokenPipeError, ConnectionResetError):  # it died: its sentinel says so
            self.pipe.send(task)

    def end(self, *, at_once: bool = False) -> None:
        with suppress(OSError):
            if not at_once:
                self.pipe.send(None)
        self.pipe.close()
        if at_once and self.process.is_alive():
            self.process.kill()
        self.process.join()

    def how_it_ended(self) -> str:
        code = self.process.exitcode
        if code is not None and code < 0:
            return f"signal {-code}"
        return f"exit code {code}"


def _work(job: Job, pipe: Connection, inherited: list[Connection]) -> None:
    """Run tasks until told to stop; end with the parent, however it ends."""
    settle_in(inherited)
    with suppress(EOFError, OSError):
        while task := pipe.recv():
            started = time.perf_counter()
            answer: bytes | BaseException
            try:
                answer = run_task(job, task)
            except Exception as error:  # noqa: BLE001 - a fault of the machinery: the parent raises it
                answer = error
            pipe.send((answer, time.perf_counter() - started))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def start_method() -> str:
    """`fork` where it is safe (start in 10 ms, the prepared study shared), else `spawn`."""
    if sys.platform == "linux" and threading.active_count() == 1:
        return "fork"
    return "spawn"


@contextmanager
def few_copies() -> Iterator[None]:
    """Keep the garbage collector from touching, hence copying, the pages that workers share."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
