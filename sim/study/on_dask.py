"""An executor on a `dask.distributed` cluster: one at an address, or one of this machine's own processes."""

from __future__ import annotations

import pickle
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from sim.problems import InputError, Problem
from sim.study.execute import MOST_DEATHS, Batches, Finished, after_death
from sim.study.replicate import Job, Task, run_task

__all__ = ["on_dask"]

_ANSWERS_WITHIN_S = 1.5
_A_WORKER_WITHIN_S = 30.0
_LONGEST_GREETING = 1_000_000


def on_dask(
    job: Job, batches: Callable[[int], Batches], address: str | None, workers: int
) -> Iterator[Finished]:
    """Run batches on the dask cluster at `address`, or on a local one of `workers` processes.

    Raises
    ------
    sim.problems.InputError
        When `distributed` is not installed, no scheduler answers at the address, or it has no worker.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise _not_installed() from error

    with ExitStack() as stack:
        here = address is None
        if address is None:
            from sim.study.dask_here import dask_here

            address = stack.enter_context(dask_here(workers))
        else:
            _a_scheduler_answers(address)
        try:
            client = stack.enter_context(Client(address, timeout=10, set_as_default=False))
        except (OSError, ValueError, TimeoutError) as error:
            raise _no_scheduler(address) from error
        try:
            client.wait_for_workers(1, timeout=_A_WORKER_WITHIN_S)
        except TimeoutError as error:
            raise _no_worker(address) from error
        power = workers if here else max(1, sum(client.nthreads().values()))
        yield from _run(job, client, batches(power), power)


def _run(job: Job, client: Any, pending: Batches, power: int) -> Iterator[Finished]:
    """Keep two batches a thread under way: one that runs, one that waits beside it."""
    from distributed import as_completed

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
            reason = f"its worker was lost {MOST_DEATHS} times ({cause!r})"
            yield from after_death(job, task, reason, pending, deaths)
        future.release()
        while len(running) < 2 * power and (following := pending.next()):
            done.add(start(following))


def _timed(job: Job, task: Task) -> tuple[bytes, float]:
    started = time.perf_counter()
    return run_task(job, task), time.perf_counter() - started


def _a_scheduler_answers(address: str) -> None:
    """Refuse at once an address where no scheduler speaks: a client would retry, or wait for ever.

    A scheduler speaks first, with the length of its greeting in eight bytes, the least one first.

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
        with socket.create_connection((host.strip("[]"), int(port)), timeout=_ANSWERS_WITHIN_S) as line:
            greeting = line.recv(8, socket.MSG_WAITALL) if scheme != "tls" else bytes(8)
    except (OSError, ValueError, OverflowError, UnicodeError) as error:
        raise _no_scheduler(address) from error
    if len(greeting) < 8 or int.from_bytes(greeting, "little") > _LONGEST_GREETING:
        raise _no_scheduler(address)


def _not_installed() -> InputError:
    return InputError(
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
    )


def _no_scheduler(address: str) -> InputError:
    return InputError(
        [
            Problem(
                "run.dask.address",
                f"'{address}', where no dask scheduler answers",
                "the address of a dask scheduler that answers, such as tcp://192.168.1.10:8786",
                None,
                "l'adresse d'un ordonnanceur dask qui répond, telle que tcp://192.168.1.10:8786",
                f"« {address} », où aucun ordonnanceur dask ne répond",
            )
        ]
    )


def _no_worker(address: str) -> InputError:
    waited = round(_A_WORKER_WITHIN_S)
    return InputError(
        [
            Problem(
                "run.dask.address",
                f"'{address}', where no worker came within {waited} s",
                f"a scheduler with workers; to start one: dask worker {address} --nthreads 1",
                None,
                f"un ordonnanceur qui a des processus de calcul ; pour en lancer un : "
                f"dask worker {address} --nthreads 1",
                f"« {address} », où aucun processus de calcul ne s'est présenté en {waited} s",
            )
        ]
    )
