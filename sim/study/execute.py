"""Executors: the same batches in this process, in several, or on a dask cluster.

Each gives finished parts in any order; the study's bytes do not depend on it. A worker that dies
costs one batch, which runs again; a replication that keeps killing its worker is a failure.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import socket
import sys
import threading
import time
import warnings
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from typing import Any

from sim.problems import InputError, Problem
from sim.study.replicate import Job, Task, failed_task, run_task

__all__ = ["Batches", "Finished", "on_dask", "processes", "serial"]

TARGET_S = 1.0
"""A batch lasts about this long: overhead of a few milliseconds, little lost by kill -9."""
_MOST_DEATHS = 3

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
    method = _start_method()
    context = multiprocessing.get_context(method)
    deaths: Counter[int] = Counter()
    crew: list[_Worker] = []
    try:
        with _few_copies():
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
                    yield from _after_death(job, task, worker, batches, deaths)
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


def _after_death(
    job: Job, task: Task, worker: _Worker, batches: Batches, deaths: Counter[int]
) -> Iterator[Finished]:
    if len(task.replications) == 1:
        (number,) = task.replications
        deaths[number] += 1
        if deaths[number] >= _MOST_DEATHS:
            yield (
                task,
                failed_task(job, task, f"its process died {_MOST_DEATHS} times ({worker.how_it_ended()})"),
            )
            return
    batches.give_back(task)


class _Worker:
    """A process, the pipe to it, and what it runs."""

    def __init__(self, context: Any, job: Job, others: list[_Worker], task: Task) -> None:
        self.pipe, theirs = context.Pipe()
        inherited = [self.pipe, *(other.pipe for other in others)] if _forks(context) else []
        self.process = context.Process(target=_work, args=(job, theirs, inherited), daemon=True)
        with warnings.catch_warnings():
            # Threads alive here belong to BLAS and Arrow, which both prepare for being forked.
            warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
            self.process.start()
        theirs.close()
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
    for other in inherited:
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
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


def _start_method() -> str:
    """`fork` where it is safe (start in 10 ms, the prepared study shared), else `spawn`."""
    if sys.platform == "linux" and threading.active_count() == 1:
        return "fork"
    return "spawn"


def _forks(context: Any) -> bool:
    return bool(context.get_start_method() == "fork")


@contextmanager
def _few_copies() -> Iterator[None]:
    """Keep the garbage collector from touching, hence copying, the pages that workers share."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def on_dask(
    job: Job, batches: Callable[[int], Batches], address: str | None, workers: int
) -> Iterator[Finished]:
    """Run batches on the dask cluster at `address`, or on a local one of `workers` processes.

    Raises
    ------
    sim.problems.InputError
        When `distributed` is not installed or no scheduler answers at the address.
    """
    try:
        from distributed import Client, LocalCluster, as_completed
    except ImportError as error:
        raise InputError(
            [
                Problem(
                    "run.executor",
                    "dask, but distributed is not installed",
                    "pip install sim[cluster]",
                    None,
                    "processes ou serial, ou d'abord : pip install sim[cluster]",
                    "dask, mais distributed n'est pas installé",
                )
            ]
        ) from error

    if address is not None:
        _someone_listens(address)
    cluster = None
    try:
        if address is None:
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                dashboard_address=None,
                silence_logs="CRITICAL",
            )
        client = Client(cluster if cluster is not None else address, timeout=10, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        if cluster is not None:
            cluster.close()
        raise _no_scheduler(address) from error
    try:
        power = max(1, sum(client.nthreads().values()) or workers)
        pending = batches(power)
        # A task's result, not scattered data: a worker that dies takes nothing that cannot be made again.
        shared = client.submit(pickle.loads, pickle.dumps(job), pure=False)
        deaths: Counter[int] = Counter()
        running: dict[Any, Task] = {}

        def start(task: Task) -> Any:
            future = client.submit(_timed, shared, task, pure=False)
            running[future] = task
            return future

        first = [start(task) for _ in range(2 * power) if (task := pending.next())]
        done = as_completed(first, loop=client.loop)
        for future in done:
            task = running.pop(future)
            if future.status == "finished":
                content, seconds = future.result()
                pending.learn(task, seconds)
                yield task, content
            else:
                cause = future.exception() if future.status == "error" else None
                if len(task.replications) == 1:
                    deaths[task.replications[0]] += 1
                if len(task.replications) == 1 and deaths[task.replications[0]] >= _MOST_DEATHS:
                    yield (
                        task,
                        failed_task(job, task, f"its worker was lost {_MOST_DEATHS} times ({cause!r})"),
                    )
                else:
                    pending.give_back(task)
            future.release()
            while len(running) < 2 * power and (following := pending.next()):
                done.add(start(following))
    finally:
        client.close()
        if cluster is not None:
            cluster.close()


def _no_scheduler(address: str | None) -> InputError:
    return InputError(
        [
            Problem(
                "run.dask.address",
                f"'{address}', where nothing answers",
                "the address of a dask scheduler that answers, such as tcp://192.168.1.10:8786",
                None,
                "l'adresse d'un ordonnanceur dask qui répond, telle que tcp://192.168.1.10:8786",
                f"« {address} », où rien ne répond",
            )
        ]
    )


def _someone_listens(address: str) -> None:
    """Refuse at once an address where nothing listens: a client would retry, then complain while it ends.

    Raises
    ------
    sim.problems.InputError
        When no scheduler can be there.
    """
    scheme, _, place = address.rpartition("://")
    if scheme not in {"", "tcp", "tls"}:
        return  # another transport, which only dask knows
    host, _, port = place.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
    except (OSError, ValueError, UnicodeError) as error:
        raise _no_scheduler(address) from error


def _timed(job: Job, task: Task) -> tuple[bytes, float]:
    started = time.perf_counter()
    return run_task(job, task), time.perf_counter() - started
