"""Run a study: one folder from the first second to the manifest, resumed where it was left."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sim.problems import InputError, Problem, StoppedError
from sim.scenarios.rounds_given import check_given
from sim.study import execute
from sim.study.manifest import code_digest, command_line, cores, describe_files, git_state, machine, versions
from sim.study.parts import Failure, Parts, begun_with_others, replications_kept
from sim.study.progress import Progress, TerminalProgress
from sim.study.replicate import Job, Model
from sim.study.results import Results, collect, write_facts, write_measures
from sim.study.steps import Fixed, Steps, only
from sim.study.store import Store, make_folder, resume_line, sha256_of
from sim.study.unused import unused

if TYPE_CHECKING:
    import pandas as pd

    from sim.settings import StudySettings

__all__ = ["Interrupted", "StudyResult", "run_study", "shown"]

# How a study is run, and where: free to change when it is resumed.
_FREE = ("outputs", "run.workers", "run.executor", "run.resume", "run.language", "run.dask")


class Interrupted(KeyboardInterrupt):
    """A study that was stopped: what is finished is kept in `folder`; `resume` is the line that goes on."""

    def __init__(self, folder: Path, done: int, total: int, resume: str) -> None:
        super().__init__(f"{done}/{total}")
        self.folder = folder
        self.done = done
        self.total = total
        self.resume = resume

    def lines(self, language: str) -> list[str]:
        """What to tell the user."""
        if language == "fr":
            many = self.done > 1
            kept = f"{self.done} simulation{'s' if many else ''} sur {self.total} "
            kept += "sont gardées" if many else "est gardée"
            return [
                f"Interrompu : {kept} dans {self.folder}",
                f"Pour reprendre : {self.resume}",
            ]
        return [
            f"Interrupted: {self.done} replications of {self.total} are kept in {self.folder}",
            f"To go on: {self.resume}",
        ]


@dataclass(frozen=True)
class StudyResult:
    """A study that ended: its folder, what failed, and its tables as pandas frames, read when asked for."""

    folder: Path
    reference: str
    scenarios: tuple[str, ...]
    replications: int
    failed: tuple[Failure, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """What the command line ends with: 0, or 3 when replications failed."""
        return 3 if self.failed else 0

    def frame(self, name: str) -> pd.DataFrame:
        """The table `name` of the folder, such as `summary` or `facts/visits`."""
        import pandas as pd

        parquet = self.folder / f"{name}.parquet"
        if parquet.is_file():
            return pd.read_parquet(parquet)
        text = {"insee_code": str, "site_id": str, "exercise": str}
        return pd.read_csv(self.folder / f"{name}.csv", dtype=text)

    @cached_property
    def measures(self) -> pd.DataFrame:
        """Every measure of every replication."""
        return self.frame("measures")

    @cached_property
    def summary(self) -> pd.DataFrame:
        """Each measure of each scenario: mean, interval, spread."""
        return self.frame("summary")

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """Each measure of each scenario against the reference, with its verdict."""
        return self.frame("comparison")

    def answer_lines(self, language: Literal["fr", "en"] = "fr") -> list[str]:
        """The answer in words and a table, for a terminal."""
        from sim.study.answer import answer_lines

        return answer_lines(self, language)


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
    progress = _Remembered(progress or TerminalProgress(study.run.language))
    steps = steps or _steps(study)
    check_given(study)
    folder, new = _open_folder(study, now)
    for french, english in unused(study):
        tell(french if study.run.language == "fr" else english)
    try:
        with _signals(), Store(folder) as store:
            store.remove_leftovers()
            if new:
                store.write_text("settings.yaml", study.to_yaml())
            else:
                _same_settings(study, store)
            _make_ready(study, tell)
            return _run(study, model or _model(study), steps, store, progress, tell, started, report=report)
    except KeyboardInterrupt:
        name = str(shown(folder))
        total = progress.total or steps.most()
        raise Interrupted(Path(name), replications_kept(folder), total, resume_line(name)) from None
    except StoppedError as error:
        raise _with_the_line_that_resumes(error, folder, progress.total) from error
    except InputError:
        if new:
            _remove_if_empty_handed(folder)
        raise


class _Remembered:
    """Progress that remembers how many replications were asked for last."""

    def __init__(self, told: Progress) -> None:
        self._told = told
        self.total = 0

    def __call__(self, done: int, total: int, failed: int) -> None:
        """Pass it on."""
        self.total = total
        self._told(done, total, failed)


def _with_the_line_that_resumes(error: StoppedError, folder: Path, total: int) -> StoppedError:
    name = str(shown(folder))
    done = replications_kept(folder)
    line = resume_line(name)
    note = Problem(
        name,
        f"{done} replications of {total} finished",
        f"more room, then: {line}",
        None,
        f"plus de place, puis : {line}",
        f"{done} simulation{'s' if done > 1 else ''} finie{'s' if done > 1 else ''} sur {total}",
    )
    return StoppedError([*error.problems, note])


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


def _is_free(path: str) -> bool:
    return any(path == free or path.startswith(f"{free}.") for free in _FREE)


def _open_folder(study: StudySettings, now: datetime | None) -> tuple[Path, bool]:
    if study.run.resume is None:
        return make_folder(Path(study.base.outputs), study.study.name, now or datetime.now()), True
    folder = Path(study.run.resume)
    if not (folder / "settings.yaml").is_file():
        raise InputError(
            [
                Problem(
                    "run.resume",
                    str(folder),
                    "a study folder, with its settings.yaml",
                    None,
                    "un dossier d'étude, avec son settings.yaml",
                )
            ]
        )
    return folder, False


def _same_settings(study: StudySettings, store: Store) -> None:
    """Refuse to complete a folder with other parameters than it was begun with."""
    import yaml

    path = store.folder / "settings.yaml"
    try:
        begun = _flat(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(
            [
                Problem(
                    str(path),
                    f"it cannot be read ({error})",
                    "the settings of the study",
                    None,
                    "les réglages de l'étude",
                    "un fichier illisible",
                )
            ]
        ) from error
    asked = _flat(yaml.safe_load(study.to_yaml()))
    problems = [
        Problem(
            f"run.resume: {key}",
            str(asked.get(key)),
            f"{begun.get(key)}, with which the study was begun",
            None,
            f"{begun.get(key)}, avec quoi l'étude a commencé",
        )
        for key in sorted({*begun, *asked})
        if begun.get(key) != asked.get(key) and not _is_free(key)
    ]
    if problems:
        raise InputError(problems)


def _flat(values: Any, prefix: str = "") -> dict[str, Any]:
    if isinstance(values, dict) and values:
        return {
            key: value
            for name, part in values.items()
            for key, value in _flat(part, f"{prefix}{name}.").items()
        }
    if isinstance(values, list) and any(isinstance(item, dict) for item in values):
        return {
            key: value for i, part in enumerate(values) for key, value in _flat(part, f"{prefix}{i}.").items()
        }
    return {prefix.rstrip("."): values}


def _remove_if_empty_handed(folder: Path) -> None:
    """A study refused before its first replication leaves nothing behind."""
    if (folder / "parts").is_dir() or (folder / "manifest.json").is_file():
        return
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()


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
    done = _finished(store, digest, study, tell)
    if done is not None:
        return done
    (store.folder / "manifest.json").unlink(missing_ok=True)  # it comes last again
    for complaint in parts.load(retry_failed=True):
        tell(f"{complaint.fr} ; ses simulations sont refaites." if french else f"{complaint}; it runs again.")
    detail = study.run.detail
    kept = None if detail == "all" else frozenset() if detail == "none" else frozenset(detail)
    job = Job(model, context, scenarios, kept, digest, str(shown(store.folder)))
    inputs = cache(lambda: model.inputs(context))
    meanwhile: deque[Callable[[], object]] = deque([inputs, *([_load_what_reports_need] if report else [])])
    wanted = steps.wanted(context, None)
    while True:
        _replicate(study, job, parts, wanted, progress, meanwhile)
        results = only(collect(parts, scenarios), wanted)
        following = steps.wanted(context, results)
        if set(following) <= set(wanted):
            break
        wanted = following
    return _finish(study, model, steps, context, inputs, store, results, tell, started, report=report)


def _finished(
    store: Store, digest: str, study: StudySettings, tell: Callable[[str], None]
) -> StudyResult | None:
    """The study as it stands when it is complete: its manifest, and every file as the manifest says."""
    path = store.folder / "manifest.json"
    if not path.is_file():
        return None
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        begun, failed = manifest["digest"], manifest["replications"]["failed"]
        files = {entry["name"]: entry["sha256"] for entry in manifest["files"]}
        changed = [name for name, proof in files.items() if not _is(store.folder, name, proof)]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if begun != digest:
        raise begun_with_others(store.folder)
    if changed:
        listed = ", ".join(changed)
        tell(
            f"{listed} : absent ou changé depuis la fin de l'étude ; ce qui manque est refait."
            if study.run.language == "fr"
            else f"{listed}: missing or changed since the study ended; what is missing runs again."
        )
    if failed or changed:
        return None
    names = tuple(settings.scenario.name for settings in study.scenarios)
    return StudyResult(store.folder, names[0], names, int(manifest["replications"]["done"]))


def _is(folder: Path, name: str, proof: str) -> bool:
    """Whether a file is as the manifest says; those of the report may have been made again since."""
    from sim.report.proof import OF_THE_REPORT

    path = folder / name
    return path.is_file() and (name.startswith(OF_THE_REPORT) or sha256_of(path) == proof)


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
    progress(len(wanted) - len(todo), len(wanted), _failed(parts))
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
            progress(sum(number in parts.done for number in wanted), len(wanted), _failed(parts))
            # first batches are short: once every worker has a whole one, this process has a second to itself
            if meanwhile and received >= workers and study.run.executor != "serial":
                meanwhile.popleft()()
    finally:
        finished.close()  # type: ignore[attr-defined]


def _load_what_reports_need() -> None:
    """Load libraries while replications run; a fault there is told when the report is built."""
    with suppress(Exception):
        import sim.report.write  # noqa: F401


def _failed(parts: Parts) -> int:
    return len({failure.replication for failure in parts.failures})


def shown(folder: Path) -> Path:
    """The folder as a user would name it: relative to where she is when it is inside."""
    with suppress(ValueError):
        return folder.relative_to(Path.cwd())
    return folder


def _finish(
    study: StudySettings,
    model: Model,
    steps: Steps,
    context: Any,
    inputs: Callable[[], Mapping[str, bytes]],
    store: Store,
    results: Results,
    tell: Callable[[str], None],
    started: float,
    *,
    report: bool,
) -> StudyResult:
    """Write every file from the parts, the report if asked for, then the manifest; the parts go last."""
    write_measures(results, store)
    write_facts(results, store)
    failures = results.parts.failures
    done = len(results.replications) - _failed(results.parts)
    for name, content in {
        **inputs(),
        **model.outputs(context, results),
        **steps.files(context, results),
    }.items():
        store.write_bytes(name, content)
    # Nothing can be reported where nothing was simulated: the answer says why instead.
    notes = _report(store.folder, study.run.language, tell) if report and results.done.any() else []
    result = StudyResult(
        store.folder,
        study.reference.scenario.name,
        results.scenarios,
        done,
        failures,
        time.monotonic() - started,
        tuple(notes),
    )
    files = [path for path in store.files() if path.parent.name != "parts" and path.name != "manifest.json"]
    manifest = {
        "study": study.study.name,
        "command_line": command_line(study.overrides),
        "seed": study.run.seed,
        "scenarios": list(results.scenarios),
        "reference": result.reference,
        "replications": {
            "asked": len(results.replications),
            "done": result.replications,
            "failed": [asdict(failure) for failure in failures],
        },
        "digest": _digest(study, model.fingerprint(context)),
        "versions": versions(),
        "git": git_state(),
        "machine": machine(),
        "executor": {"kind": study.run.executor, "workers": study.run.workers or cores()},
        "finished": datetime.now().isoformat(timespec="seconds"),
        "wall_time_s": round(time.monotonic() - started, 3),
        "notes": notes,
        "files": describe_files(store.folder, files),
    }
    store.write_text("manifest.json", json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    if not failures:
        results.parts.remove()
    return replace(result, seconds=time.monotonic() - started)


def _report(folder: Path, language: Literal["fr", "en"], tell: Callable[[str], None]) -> list[str]:
    """Build the report; a fault there must not cost a study that is done."""
    try:
        from sim.report import write_report

        write_report([folder], language)
    except Exception as error:  # noqa: BLE001 - every figure is written; the report can be built again
        note = f"report: {type(error).__name__}: {error}"
        tell(f"{note} — python -m sim.report {shown(folder)}")
        return [note]
    return []


def _to_stderr(text: str) -> None:
    sys.stderr.write(text + "\n")


@contextmanager
def _signals() -> Iterator[None]:
    """Make a polite request to end (SIGTERM) do what Ctrl-C does, in the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
