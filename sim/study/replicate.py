"""A batch of replications: each world drawn once, every scenario run on it, failures kept as data."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from sim.study.kept_memory import keep_memory
from sim.study.parts import Failure, RunOutcome, pack

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.settings import StudySettings
    from sim.study.results import Results

__all__ = ["Job", "Model", "PairedModel", "Task", "failed_task", "run_task"]


class Model(Protocol):
    """What a study runs: pure functions behind one door.

    `prepare` makes whatever is not random, once per study; what it returns is sent to worker
    processes and machines, so it can be pickled. `run`, `measure` and `tables` get the position of
    the scenario in the study.
    """

    def prepare(self, study: StudySettings) -> Any:
        """Check the input and make what every replication shares.

        Raises
        ------
        sim.problems.InputError
            With everything that is wrong in territory, rounds and scenarios.
        """

    def fingerprint(self, context: Any) -> str:
        """What of the prepared study is not in its settings: territory, rounds, code."""

    def inputs(self, context: Any) -> Mapping[str, bytes]:
        """Files of the study folder that hold what was prepared, by name."""

    def outputs(self, context: Any, results: Results) -> Mapping[str, bytes]:
        """Files of the study folder made from all replications, by name."""

    def draw(self, context: Any, replication: int) -> Any:
        """The outside world of one replication."""

    def run(self, context: Any, scenario: int, world: Any) -> Any:
        """The facts of one scenario in that world."""

    def measure(
        self, context: Any, scenario: int, facts: Any
    ) -> tuple[Mapping[str, float], Mapping[str, Any]]:
        """The measures by id (NaN: does not apply), and the tables behind the study's files."""

    def check(self, context: Any, scenario: int, world: Any, facts: Any) -> None:
        """Raise when the facts break an invariant."""

    def tables(self, context: Any, scenario: int, facts: Any) -> Mapping[str, pa.Table]:
        """The facts as the tables of the contract, without the columns `scenario` and `replication`."""


@runtime_checkable
class PairedModel(Protocol):
    """A model that also sets a scenario's facts beside those of the first scenario in the same world."""

    def paired(self, context: Any, scenario: int, facts: Any, reference: Any) -> Mapping[str, Any]:
        """Tables that need both; none where the scenarios are not to be set side by side."""


@dataclass(frozen=True)
class Job:
    """What a worker needs to run any replication of one study."""

    model: Model
    context: Any
    scenarios: tuple[str, ...]
    detail: frozenset[int] | None  # replications that keep their facts, None: all
    digest: str
    folder: str  # as it was named, for the line that runs a failure again

    def keeps_facts(self, replication: int) -> bool:
        """Whether a replication keeps its facts."""
        return self.detail is None or replication in self.detail

    def command(self, scenario: str, replication: int) -> str:
        """The line that runs one replication of one scenario again, alone, and shows its traceback."""
        return f'python -m sim.study.again "{self.folder}" {scenario} {replication}'


@dataclass(frozen=True)
class Task:
    """Replications to run together."""

    replications: tuple[int, ...]


def run_task(job: Job, task: Task) -> bytes:
    """Run a batch; its part, as bytes."""
    keep_memory()
    outcomes: list[RunOutcome] = []
    failures: list[Failure] = []
    for replication in task.replications:
        _replicate(job, replication, outcomes, failures)
    return pack(job.digest, task.replications, outcomes, failures)


def _replicate(job: Job, replication: int, outcomes: list[RunOutcome], failures: list[Failure]) -> None:
    def failed(scenario: str, stage: str, error: BaseException) -> None:
        failures.append(
            Failure(
                scenario,
                replication,
                stage,
                f"{type(error).__name__}: {error}",
                "".join(traceback.format_exception(error)),
                job.command(scenario, replication),
            )
        )

    try:
        world = job.model.draw(job.context, replication)
    except Exception as error:  # noqa: BLE001 - a failed replication is data
        for scenario in job.scenarios:
            failed(scenario, "world", error)
        return
    reference: Any = None
    for position, scenario in enumerate(job.scenarios):
        stage = "model"
        try:
            facts = job.model.run(job.context, position, world)
            stage = "invariants"
            job.model.check(job.context, position, world, facts)
            stage = "measures"
            values, tables = job.model.measure(job.context, position, facts)
            if isinstance(job.model, PairedModel):
                if position == 0:
                    reference = facts
                elif reference is not None:
                    tables = {**tables, **job.model.paired(job.context, position, facts, reference)}
            stage = "tables of facts"
            kept = job.model.tables(job.context, position, facts) if job.keeps_facts(replication) else {}
        except Exception as error:  # noqa: BLE001 - likewise
            failed(scenario, stage, error)
        else:
            outcomes.append(RunOutcome(scenario, replication, dict(values), dict(tables), kept))


def failed_task(job: Job, task: Task, reason: str) -> bytes:
    """The part of a batch whose process could not be kept alive."""
    failures = [
        Failure(scenario, replication, "process", reason, reason, job.command(scenario, replication))
        for replication in task.replications
        for scenario in job.scenarios
    ]
    return pack(job.digest, task.replications, [], failures)
