"""Faults of machines and people: processes killed, disks full, files damaged; nothing finished is lost."""

from __future__ import annotations

import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim import load_settings
from sim.problems import InputError
from sim.settings import StudySettings
from sim.study import execute, finish, run
from sim.study.execute import Batches
from sim.study.on_dask import on_dask
from sim.study.parts import Part
from sim.study.run import Interrupted, run_study
from tests.fake_study import FakeModel
from tests.test_study_run import content, go, study

SMALL = ("territory=tiny", "run.horizon.end=2021-08-31", "run.executor=serial")
KINDS = {
    "comparison": ("study=three_or_four", "study.scenarios=[reference,relief_pair]", "run.replications=5"),
    "precision": (
        "study=three_or_four",
        "study.scenarios=[reference,relief_pair]",
        "run.precision.enabled=true",
        "run.precision.least=4",
        "run.precision.most=12",
        "run.precision.ahead=2",
        "run.precision.half_width_share=0.001",
        "run.precision.relative=null",
    ),
    "drawn": ("study=single", "run.assumptions=drawn", "run.replications=5"),
    "sizing": (
        "study=sizing",
        "sizing.vehicles=[1,2]",
        "sizing.pairs=[1,2]",
        "sizing.pairing=[pooled]",
        "sizing.extra_passages=[0]",
        "sizing.reminders=[true]",
        "sizing.leave_policy=[staggered]",
        "sizing.screening=3",
        "sizing.first=4",
        "sizing.most=8",
        "run.replications=9",
    ),
    "sensitivity": (
        "study=sensitivity",
        "sensitivity.only=[desk.patience_mean_min,homes.requests_per_week]",
        "sensitivity.replications=3",
        "sensitivity.trajectories=2",
        "sensitivity.trajectory_replications=2",
        "sensitivity.draws=4",
        "run.replications=4",
    ),
    "absence": (
        "study=absence",
        "absence.date=2021-07-12",
        "absence.agents=[A1]",
        "absence.until=2021-07-20",
        "run.replications=5",
    ),
}


def run_kind(settings: StudySettings, progress: Any = lambda *_: None) -> Path:
    """Run a study with what runs its kind; its folder."""
    from importlib import import_module

    from sim.__main__ import _RUNNERS

    module, name = _RUNNERS[settings.study.kind]
    result = getattr(import_module(module), name)(
        settings, progress=progress, report=False, tell=lambda _: None
    )
    assert not result.failed
    folder: Path = result.folder
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_settings_alone_reproduce_a_study(kind: str, tmp_path: Path) -> None:
    """Tests that `settings=FILE`, and nothing else, gives the same bytes of every kind of study."""
    first = run_kind(load_settings(*SMALL, *KINDS[kind], "run.seed=11", f"outputs={tmp_path / 'one'}"))
    alone = tmp_path / "settings.yaml"
    alone.write_bytes((first / "settings.yaml").read_bytes())
    second = run_kind(load_settings(f"settings={alone}", f"outputs={tmp_path / 'two'}"))
    assert content(first) == content(second)
    assert len(content(first)) >= 5


@pytest.mark.parametrize("kind", KINDS)
def test_any_order_of_completion_gives_the_same_bytes(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that batches that end in any order change nothing."""
    expected = content(run_kind(load_settings(*SMALL, *KINDS[kind], f"outputs={tmp_path / 'one'}")))
    in_order = execute.serial

    def shuffled(job: Any, batches: execute.Batches) -> Iterator[execute.Finished]:
        finished = list(in_order(job, batches))
        random.Random(7).shuffle(finished)
        yield from finished

    monkeypatch.setattr(execute, "serial", shuffled)
    monkeypatch.setattr(execute, "TARGET_S", 0.05)
    assert content(run_kind(load_settings(*SMALL, *KINDS[kind], f"outputs={tmp_path / 'two'}"))) == expected


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_line_of_a_failure_runs_it_again(
    kind: str, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that a failed run of each kind is data, and that its line, as it is, runs it alone."""
    from importlib import import_module

    name, module = {
        "drawn": ("DrawnAssumptions", "sim.study.drawn"),
        "sizing": ("SizingStudy", "sim.study.sizing"),
        "sensitivity": ("SensitivityStudy", "sim.study.sensitivity"),
        "absence": ("AbsenceStudy", "sim.study.absence"),
    }.get(kind, ("CellStudy", "sim.study.cell_study"))
    model = getattr(import_module(module), name)
    measured, calls = model.measure, []

    def fails_once(*words: Any) -> Any:
        calls.append(words)
        if len(calls) == 3:
            raise RuntimeError("the third run fails")
        return measured(*words)

    monkeypatch.setattr(model, "measure", fails_once)
    from sim.__main__ import _RUNNERS

    settings = load_settings(*SMALL, *KINDS[kind], f"outputs={tmp_path / 'un dossier'}")
    where, runner = _RUNNERS[settings.study.kind]
    result = getattr(import_module(where), runner)(settings, progress=lambda *_: None, report=False)
    (failure,) = result.failed
    assert failure.stage == "measures"
    assert "the third run fails" in failure.traceback
    words = shlex.split(failure.command)
    assert words[:3] == ["python", "-m", "sim.study.again"]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, *words[1:]]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") >= 2


KILLED = """
import sys
from importlib import import_module
from sim.__main__ import _RUNNERS
from sim.compose import load_settings
from sim.study import execute, run
execute.TARGET_S = 0.02
run.code_digest = lambda: "the code may change under this test"
settings = load_settings(*sys.argv[1:])
module, name = _RUNNERS[settings.study.kind]
getattr(import_module(module), name)(settings, progress=lambda *_: None, report=False)
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["precision", "sizing", "sensitivity"])
def test_killed_at_twenty_random_moments(
    kind: str, tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that a study that decides step by step, killed 20 times and resumed, ends with the same bytes."""
    words = [*SMALL[:2], *KINDS[kind], "run.executor=processes", "run.workers=2"]
    monkeypatch.setattr(run, "code_digest", lambda: "the code may change under this test")
    expected = content(run_kind(load_settings(*words, f"outputs={tmp_path / 'expected'}")))
    rng = np.random.default_rng(20211004)
    environment = {**os.environ, "PYTHONPATH": str(root)}
    kills = finished = 0
    while kills < 20:
        outputs = tmp_path / f"outputs_{finished}"
        folder: Path | None = None
        while kills < 20 and not (folder and (folder / "manifest.json").exists()):
            more = [f"run.resume={folder}", "run.workers=2"] if folder else [f"outputs={outputs}", *words]
            process = subprocess.Popen(
                [sys.executable, "-c", KILLED, *more], cwd=root, env=environment, start_new_session=True
            )
            had = set(outputs.glob("*/*/parts/*.part"))
            while process.poll() is None and set(outputs.glob("*/*/parts/*.part")) <= had:
                time.sleep(0.002)
            time.sleep(float(rng.uniform(0.0, 0.15)))
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
            assert process.wait() in {0, -signal.SIGKILL}
            (folder,) = outputs.glob("*/*")
        assert folder is not None
        if not (folder / "manifest.json").exists():
            monkeypatch.setattr(execute, "TARGET_S", 0.02)
            run_kind(load_settings(f"run.resume={folder}"))
        assert content(folder) == expected
        finished += 1


@pytest.mark.parametrize("kind", ["sizing", "sensitivity", "precision"])
def test_interrupted_in_a_later_step(kind: str, tmp_path: Path) -> None:
    """Tests that Ctrl-C tells the counts that are in the folder, and that going on gives the same bytes."""
    expected = content(run_kind(load_settings(*SMALL, *KINDS[kind], f"outputs={tmp_path / 'one'}")))
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int, failed: int) -> None:
        told.append((done, total))
        if len({total for _, total in told}) > 1 and done > told[0][1] + 1:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as stopped:
        run_kind(load_settings(*SMALL, *KINDS[kind], f"outputs={tmp_path / 'two'}"), stop)
    totals = [total for _, total in told]
    assert totals == sorted(totals)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert (stopped.value.done, stopped.value.total) == told[-1]
    kept = {n for path in (stopped.value.folder / "parts").iterdir() for n in Part(path).replications}
    assert len(kept) == stopped.value.done
    french = stopped.value.lines("fr")
    assert f"{stopped.value.done} simulations sur {stopped.value.total}" in french[0]
    line = french[1].partition("python -m sim ")[2]
    assert content(run_kind(load_settings(*shlex.split(line)))) == expected


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
from sim.__main__ import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.slow
def test_a_full_disk_is_said_in_french_with_the_line_that_goes_on(root: Path, tmp_path: Path) -> None:
    """Tests that a file the disk refuses ends the study with 2, in French, and that the line goes on."""
    environment = {**os.environ, "PYTHONPATH": str(root)}
    words = [*SMALL, *KINDS["comparison"], f"outputs={tmp_path / 'o'}", "run.detail=none"]
    # Enough for the settings and the parts, not for the tables that are made of them.
    command = [sys.executable, "-c", LIMITED, "30000", *words]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "L’étude n’a pas pu continuer ; ce qui est fini est gardé." in done.stderr
    assert "un disque plein" in done.stderr
    assert "5 simulations finies sur 5" in done.stderr
    assert "Traceback" not in done.stderr
    line = done.stderr.partition("python -m sim ")[2].split("\n")[0].rstrip(".")
    (folder,) = (tmp_path / "o").glob("*/*")
    assert str(folder) in line
    assert not (folder / "manifest.json").exists()
    assert not list(folder.rglob(".part-*"))
    expected = content(run_kind(load_settings(*words[:-2], f"outputs={tmp_path / 'p'}", words[-1])))
    assert content(run_kind(load_settings(*shlex.split(line)))) == expected


def test_an_unreadable_part_is_refused_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that a part that cannot be read just now is not thrown away: it may be whole."""

    def stop(done: int, total: int, failed: int) -> None:
        if done >= 3:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        run_study(study(tmp_path, "run.replications=6"), progress=stop, model=FakeModel())
    folder = next(tmp_path.glob("*/*"))
    victim = min((folder / "parts").iterdir())
    real = Path.open

    def refuse(path: Path, *words: Any, **options: Any) -> Any:
        if path.name == victim.name:
            raise PermissionError(13, "Permission denied")
        return real(path, *words, **options)

    resumed = study(tmp_path, "run.replications=6", f"run.resume={folder}")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="cannot be read") as refused:
        go(resumed)
    assert "un fichier illisible" in refused.value.problems[0].say("fr")
    monkeypatch.setattr(Path, "open", real)
    assert victim.is_file()
    model = FakeModel()
    monkeypatch.setattr(finish, "_report", lambda *_: [])
    go(resumed, model)
    assert len(model.trace) == 3


def test_a_table_cut_short_is_said_and_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that resuming a finished study whose parquet was cut says which file, and mends it."""
    monkeypatch.setattr(finish, "_report", lambda *_: [])
    first = go(study(tmp_path, "run.replications=4"))
    expected = content(first.folder)
    table = first.folder / "measures.parquet"
    table.write_bytes(table.read_bytes()[:50])
    said: list[str] = []
    resumed = study(tmp_path, "run.replications=4", f"run.resume={first.folder}")
    run_study(resumed, progress=lambda *_: None, model=FakeModel(), tell=said.append)
    assert said == [
        "measures.parquet : absent ou changé depuis la fin de l'étude ; ce qui manque est refait."
    ]
    assert content(first.folder) == expected


def test_every_refusal_of_a_folder_has_its_french(tmp_path: Path) -> None:
    """Tests that a folder that is a file, that does not exist or is another study's is refused in French."""
    (tmp_path / "file").write_text("a file")
    refused: list[InputError] = []
    for words in ((f"outputs={tmp_path / 'file'}",), (f"run.resume={tmp_path / 'nowhere'}",)):
        with pytest.raises(InputError) as caught:
            go(load_settings("run.executor=serial", "run.replications=2", *words))
        refused.append(caught.value)
    assert "une écriture impossible" in refused[0].problems[0].say("fr")
    assert all(p.expected_fr for error in refused for p in error.problems)


@pytest.mark.parametrize(
    "address", ["foo", "tcp://127.0.0.1:1", "tcp://127.0.0.1:99999", "a silent listener"]
)
def test_no_scheduler_at_the_address(address: str) -> None:
    """Tests that an address where no scheduler answers is refused within 3 s, in French."""
    pytest.importorskip("distributed")  # its import is no part of the wait
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = f"tcp://127.0.0.1:{silent.getsockname()[1]}" if address.startswith("a ") else address
        started = time.monotonic()
        with pytest.raises(InputError) as refused:
            next(on_dask(None, lambda _: Batches([0], 1), where, 1))  # type: ignore[arg-type]
        assert time.monotonic() - started < 3
    assert "ordonnanceur dask qui répond" in refused.value.problems[0].say("fr")


def test_a_scheduler_without_a_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that a scheduler that no worker joins is refused, with the line that starts one."""
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("sim.study.on_dask._A_WORKER_WITHIN_S", 0.2)
    options = {"n_workers": 0, "processes": True, "dashboard_address": None, "silence_logs": "CRITICAL"}
    with distributed.LocalCluster(**options) as cluster, pytest.raises(InputError) as refused:
        next(on_dask(None, lambda _: Batches([0], 1), cluster.scheduler_address, 1))  # type: ignore[arg-type]
    assert f"dask worker {cluster.scheduler_address}" in refused.value.problems[0].say("fr")
