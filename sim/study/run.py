"""Run a study: one folder from the first second to the manifest, resumed where it was left."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.problems import InputError, StoppedError
from sim.scenarios.rounds_given import check_given
from sim.study import execute
from sim.study.finish import failed, finish
from sim.study.interrupted import (
    Interrupted,
    Remembered,
    as_ctrl_c,
    interrupted,
    with_the_line_that_resumes,
)
from sim.study.manifest import code_digest, cores
from sim.study.parts import Parts
from sim.study.progress import Progress, TerminalProgress
from sim.study.replicate import Job, Model
from sim.study.results import collect
from sim.study.resume import check_same_settings, complete_as_it_is, open_folder
from sim.study.steps import Fixed, Steps, only
from sim.study.store import Store
from sim.study.study_result import StudyResult, shown
from sim.study.unused import unused

if TYPE_CHECKING:
    from sim.settings import StudySettings

__all__ = ["Interrupted", "StudyResult", "run_study", "shown"]


def run_study(
    study: StudySettings,
    *,
    progress: Progress | None = None,
    model: Model | None = None,
    steps: Steps | None = None,
    tell: Callable[[str], None] | None = None,
    now: datetime | None = None,
    report: bool = True,
) -> StudyResult:
    """Run every scenario of a study on the same worlds and write its folder.

    Parameters
    ----------
    study
        As `sim.load_settings` gives it.
    progress
        Told of each finished batch; default a bar on stderr.
    model
        What is run; default the cell.
    steps
        Which replications, step by step; default as `run.replications` and `run.precision` say.
    tell
        Told what a user should know on the way (a damaged part that runs again); default stderr.
    now
        The time in the folder's name; default now.
    report
        Build the report too; `python -m sim.report FOLDER` builds it later.

    Raises
    ------
    sim.problems.InputError
        When the input is wrong, the folder cannot be written, or another process writes it.
    Interrupted
        On Ctrl-C: what is finished is kept.
    """
    started = time.monotonic()
    tell = tell or _to_stderr
    progress = Remembered(progress or TerminalProgress(study.run.language))
    steps = steps or _steps(study)
    check_given(study)
    stood = _standing(Path(study.base.outputs, study.study.name))
    folder, new = open_folder(study, now)
    for french, english in unused(study):
        tell(french if study.run.language == "fr" else english)
    try:
        with as_ctrl_c(), Store(folder) as store:
            store.remove_leftovers()
            if new:
                store.write_text("settings.yaml", study.to_yaml())
            else:
                check_same_settings(study, store)
            _make_ready(study, tell)
            return _run(study, model or _model(study), steps, store, progress, tell, started, report=report)
    except KeyboardInterrupt:
        raise interrupted(folder, progress.total or steps.most()) from None
    except StoppedError as error:
        raise with_the_line_that_resumes(error, folder, progress.total) from error
    except InputError:
        if new:
            _remove_if_empty_handed(folder, stood)
        raise


def _standing(folder: Path) -> Path:
    """The folder, or the nearest above it that is there already."""
    folder = folder.absolute()
    return next((one for one in (folder, *folder.parents) if one.is_dir()), folder)


def _make_ready(study: StudySettings, tell: Callable[[str], None]) -> None:
    """Compile on the first run of this version on this machine, before anything that compiles is imported."""
    from sim.study.warm import is_cold, warm

    if is_cold():
        tell(
            "Premier lancement sur cette machine : le moteur se prépare, une demi-minute de plus cette fois."
            if study.run.language == "fr"
            else "First run on this machine: the engine gets ready, half a minute more this time."
        )
        warm(study.reference)


def _model(study: StudySettings) -> Model:
    if study.run.assumptions == "drawn":
        from sim.study.drawn import DrawnAssumptions

        return DrawnAssumptions()
    from sim.study.cell_study import CellStudy

    return CellStudy()


def _steps(study: StudySettings) -> Steps:
    if study.run.precision.enabled:
        from sim.study.precision_steps import UntilPrecise

        return UntilPrecise(study)
    return Fixed(study.run.replications)


def _remove_if_empty_handed(folder: Path, stood: Path) -> None:
    """A study refused before its first replication leaves nothing behind but what `stood` there before."""
    if (folder / "parts").is_dir() or (folder / "manifest.json").is_file():
        return
    shutil.rmtree(folder, ignore_errors=True)
    for made in folder.absolute().parents:
        if made == stood:
            break
        with suppress(OSError):
            made.rmdir()


def _run(
    study: StudySettings,
    model: Model,
    steps: Steps,
    store: Store,
    progress: Progress,
    tell: Callable[[str], None],
    started: float,
    *,
    report: bool,
) -> StudyResult:
    context = model.prepare(study)
    digest = _digest(study, model.fingerprint(context))
    scenarios = tuple(settings.scenario.name for settings in study.scenarios)
    parts = Parts(store, digest)
    french = study.run.language == "fr"
    done = complete_as_it_is(store, digest, study, tell)
    if done is not None:
        return done
    (store.folder / "manifest.json").unlink(missing_ok=True)  # it comes last again
    for complaint in parts.load(retry_failed=True):
        tell(f"{complaint.fr} ; ses simulations sont refaites." if french else f"{complaint}; it runs again.")
    detail = study.run.detail
    kept = None if detail == "all" else frozenset() if detail == "none" else frozenset(detail)
    job = Job(model, context, scenarios, kept, digest, str(shown(store.folder)))
    inputs = cache(lambda: store.write_all(model.inputs(context)))
    meanwhile: deque[Callable[[], object]] = deque([inputs, *([_load_what_reports_need] if report else [])])
    wanted = steps.wanted(context, None)
    while True:
        _replicate(study, job, parts, wanted, progress, meanwhile)
        results = only(collect(parts, scenarios), wanted)
        following = steps.wanted(context, results)
        if set(following) <= set(wanted):
            break
        wanted = following
    return finish(study, model, steps, context, digest, inputs, store, results, tell, started, report=report)


def _digest(study: StudySettings, fingerprint: str) -> str:
    """The identity of every run of a study: settings, territory, rounds, code."""
    from sim.settings import identity

    what = {
        "scenarios": [identity(settings) for settings in study.scenarios],
        "replications": study.run.replications,
        "precision": study.run.precision.model_dump(),
        "detail": study.run.detail,
        "prepared": fingerprint,
        "code": code_digest(),
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def _replicate(
    study: StudySettings,
    job: Job,
    parts: Parts,
    wanted: Sequence[int],
    progress: Progress,
    meanwhile: deque[Callable[[], object]],
) -> None:
    """Run the replications wanted that no part holds yet; between two parts, what has to be done anyway."""
    todo = [number for number in wanted if number not in parts.done]
    workers = study.run.workers or cores()
    progress(len(wanted) - len(todo), len(wanted), failed(parts))
    if not todo:
        return
    finished: Iterator[execute.Finished]
    if study.run.executor == "serial":
        finished = execute.serial(job, execute.Batches(todo, 1))
    elif study.run.executor == "processes":
        workers = min(workers, len(todo))
        finished = execute.processes(job, execute.Batches(todo, workers), workers)
    else:
        from sim.study.on_dask import on_dask

        finished = on_dask(
            job, lambda power: execute.Batches(todo, power), study.run.dask.address, min(workers, len(todo))
        )
    try:
        for received, (task, content) in enumerate(finished, 1):
            parts.add(task.replications, content)
            progress(sum(number in parts.done for number in wanted), len(wanted), failed(parts))
            # first batches are short: once every worker has a whole one, this process has a second to itself
            if meanwhile and received >= workers and study.run.executor != "serial":
                meanwhile.popleft()()
    finally:
        finished.close()  # type: ignore[attr-defined]


def _load_what_reports_need() -> None:
    """Load libraries while replications run; a fault there is told when the report is built."""
    with suppress(Exception):
        import sim.report.write  # noqa: F401


def _to_stderr(text: str) -> None:
    sys.stderr.write(text + "\n")
