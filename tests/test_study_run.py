"""How studies run: same bytes whatever the executor, failures as data, nothing finished is lost."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim.compose import load_settings
from sim.problems import InputError
from sim.settings import StudySettings
from sim.study import execute, finish, run
from sim.study.parts import Part, PartError
from sim.study.run import Interrupted, run_study
from sim.study.store import Store
from tests.fake_study import FakeModel

NOT_COMPARED = {"manifest.json", "settings.yaml"}
NOR_BY_SUFFIX = {".html", ".pdf", ".xlsx"}


def study(tmp_path: Path, *words: str) -> StudySettings:
    return load_settings(f"outputs={tmp_path}", "run.executor=serial", *words)


def go(settings: StudySettings, model: FakeModel | None = None) -> run.StudyResult:
    said: list[str] = []
    return run_study(settings, progress=lambda *_: None, model=model or FakeModel(), tell=said.append)


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a study that must not depend on how it was run."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and path.name not in NOT_COMPARED
        and path.suffix not in NOR_BY_SUFFIX
        and "figures" not in path.parts
    }


@pytest.fixture(autouse=True)
def _no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report is made from the real model's files."""
    monkeypatch.setattr(finish, "_report", lambda *_: [])


@pytest.fixture
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a study of twelve replications that nothing disturbed."""
    return content(go(study(tmp_path_factory.mktemp("expected"), "run.replications=12")).folder)


def test_folder_and_files(tmp_path: Path) -> None:
    """Tests that a study leaves the folder of the contract, proven by its manifest, and nothing else."""
    result = go(study(tmp_path, "run.replications=4", "run.detail=[1,3]"))
    assert result.folder.parent == tmp_path.resolve() / "three_or_four"
    assert list(tmp_path.glob("*/*")) == [tmp_path / "three_or_four" / result.folder.name]
    time.strptime(result.folder.name, "%Y-%m-%d_%H-%M-%S")
    manifest = json.loads((result.folder / "manifest.json").read_text())
    listed = {entry["name"]: entry for entry in manifest["files"]}
    present = {p.relative_to(result.folder).as_posix() for p in result.folder.rglob("*") if p.is_file()}
    assert set(listed) == present - {"manifest.json"}
    assert listed["measures.parquet"]["rows"] == 5 * 4 * 3
    assert listed["facts/visits.parquet"]["rows"] == 5 * 2 * 50
    assert manifest["replications"] == {"asked": 4, "done": 4, "failed": []}
    assert result.exit_code == 0
    visits = pd.read_parquet(result.folder / "facts" / "visits.parquet")
    assert list(visits.columns[:2]) == ["scenario", "replication"]
    assert sorted(set(visits["replication"])) == [1, 3]


def test_measures_are_those_of_the_model(tmp_path: Path) -> None:
    """Tests that measures come out as they were given, in scenario × replication order, NaN as null."""
    result = go(study(tmp_path, "run.replications=3"))
    frame = result.measures
    assert list(frame.columns) == ["scenario", "replication", "measure", "value"]
    world = np.random.default_rng((82, 2)).standard_normal(50)
    chosen = frame[
        (frame["scenario"] == "relief_pair")
        & (frame["replication"] == 2)
        & (frame["measure"] == "persons_helped")
    ]
    assert chosen["value"].tolist() == [float((world + 2).sum())]
    assert frame[frame["measure"] == "wait_p90"]["value"].isna().all()
    order = frame.drop_duplicates(["scenario", "replication"])
    assert order["scenario"].tolist() == [s for s in result.scenarios for _ in range(3)]
    assert order["replication"].tolist() == [0, 1, 2] * 5


@pytest.mark.parametrize(
    "words",
    [
        ("run.executor=processes", "run.workers=1"),
        ("run.executor=processes", "run.workers=2"),
        ("run.executor=processes", "run.workers=5"),
    ],
)
def test_same_bytes_from_any_number_of_processes(
    tmp_path: Path, expected: dict[str, bytes], words: tuple[str, ...]
) -> None:
    """Tests that processes give the bytes that one process gives."""
    result = go(study(tmp_path, "run.replications=12", *words), FakeModel(sleep_s=0.002))
    assert content(result.folder) == expected


def test_same_bytes_from_spawned_processes(
    tmp_path: Path, expected: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that processes started afresh, as on Windows and macOS, give the same bytes."""
    monkeypatch.setattr(execute, "start_method", lambda: "spawn")
    words = ("run.executor=processes", "run.workers=2", "run.replications=12")
    assert content(go(study(tmp_path, *words)).folder) == expected


@pytest.mark.parametrize("target_s", [1e-9, 0.004, 10.0])
def test_same_bytes_from_any_batch_size(
    tmp_path: Path, expected: dict[str, bytes], target_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that batches of one, of a few and of many give the same bytes."""
    monkeypatch.setattr(execute, "TARGET_S", target_s)
    result = go(study(tmp_path, "run.replications=12"), FakeModel(sleep_s=0.001))
    assert content(result.folder) == expected


def test_detail_changes_no_other_file(tmp_path: Path) -> None:
    """Tests that keeping the facts of none, some or all replications changes no other file."""
    folders = [
        content(go(study(tmp_path / detail, "run.replications=4", f"run.detail={detail}")).folder)
        for detail in ("none", "[0,2]", "all")
    ]
    bare = [{name: data for name, data in files.items() if "facts" not in name} for files in folders]
    assert bare[0] == bare[1] == bare[2]
    assert [any("facts" in name for name in files) for files in folders] == [False, True, True]


@pytest.mark.parametrize("executor", ["serial", "processes"])
def test_a_failed_replication_is_data(tmp_path: Path, executor: str) -> None:
    """Tests that a failure is kept with its stage, traceback and line, and that the study goes on."""
    model = FakeModel(
        fails=frozenset({("relief_pair", 2)}),
        breaks=frozenset({("reference", 4)}),
        world_fails=frozenset({5}),
    )
    result = go(study(tmp_path, "run.replications=7", f"run.executor={executor}", "run.workers=2"), model)
    assert result.exit_code == 3
    found = [(f.replication, f.scenario, f.stage) for f in result.failed]
    assert found[:2] == [(2, "relief_pair", "measures"), (4, "reference", "invariants")]
    assert found[2:] == [(5, name, "world") for name in result.scenarios]
    assert "nobody came" in result.failed[0].traceback
    assert "in measure" in result.failed[0].traceback
    assert result.failed[0].command.endswith("relief_pair 2")
    assert "people appeared from nowhere" in result.failed[1].error
    manifest = json.loads((result.folder / "manifest.json").read_text())
    assert manifest["replications"]["done"] == 4
    assert len(manifest["replications"]["failed"]) == 7
    frame = result.measures
    runs = frame.drop_duplicates(["scenario", "replication"])
    assert len(runs) == 5 * 7 - 7


def test_failed_replications_run_again_on_resume(tmp_path: Path, expected: dict[str, bytes]) -> None:
    """Tests that a resumed study runs what failed again, and only that."""
    first = go(study(tmp_path, "run.replications=12"), FakeModel(fails=frozenset({("reference", 3)})))
    assert first.exit_code == 3
    model = FakeModel()
    second = go(study(tmp_path, "run.replications=12", f"run.resume={first.folder}"), model)
    assert second.exit_code == 0
    assert model.trace == [3]
    assert content(second.folder) == expected


def test_a_worker_that_dies_costs_one_batch(tmp_path: Path, expected: dict[str, bytes]) -> None:
    """Tests that the work of a killed worker is done again by another."""
    model = FakeModel(dies_once=str(tmp_path))
    result = go(
        study(tmp_path / "o", "run.replications=12", "run.executor=processes", "run.workers=2"), model
    )
    assert (tmp_path / "died").exists()
    assert result.exit_code == 0
    assert content(result.folder) == expected


def test_a_replication_that_kills_its_workers_is_a_failure(tmp_path: Path) -> None:
    """Tests that a replication whose process always dies is a failure, and alone in that."""
    words = ("run.replications=6", "run.executor=processes", "run.workers=2")
    result = go(study(tmp_path, *words), FakeModel(dies=frozenset({2})))
    assert {(f.replication, f.stage) for f in result.failed} == {(2, "process")}
    assert "signal 9" in result.failed[0].error
    assert set(result.measures["replication"]) == {0, 1, 3, 4, 5}


def interrupt_after(count: int) -> Callable[[int, int, int], None]:
    def progress(done: int, total: int, failed: int) -> None:
        if done >= count:
            raise KeyboardInterrupt

    return progress


@pytest.mark.parametrize("executor", ["serial", "processes"])
def test_interrupted_then_resumed(
    tmp_path: Path, expected: dict[str, bytes], executor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that Ctrl-C keeps what is finished, says how to go on, and that going on gives the same bytes."""
    monkeypatch.setattr(execute, "TARGET_S", 1e-9)
    settings = study(tmp_path, "run.replications=12", f"run.executor={executor}", "run.workers=2")
    with pytest.raises(Interrupted) as caught:
        run_study(settings, progress=interrupt_after(4), model=FakeModel())
    assert caught.value.done >= 4
    assert "run.resume=" in caught.value.lines("fr")[-1]
    folder = next(tmp_path.glob("*/*"))
    assert not (folder / "manifest.json").exists()
    kept = {number for path in (folder / "parts").iterdir() for number in Part(path).replications}
    model = FakeModel()
    result = go(study(tmp_path, "run.replications=12", f"run.resume={folder}"), model)
    assert result.folder == folder.resolve()
    assert set(model.trace) == set(range(12)) - kept
    assert content(folder) == expected


def test_bare_resume_takes_the_settings_of_the_folder(tmp_path: Path) -> None:
    """Tests that `run.resume=FOLDER` alone completes a study of other settings than the default."""
    settings = study(tmp_path, "study=staffing", "run.replications=5", "run.seed=7")
    with pytest.raises(Interrupted):
        run_study(settings, progress=interrupt_after(2), model=FakeModel())
    folder = next(tmp_path.glob("*/*"))
    result = go(load_settings(f"run.resume={folder}"))
    assert result.folder == folder.resolve()
    assert json.loads((folder / "manifest.json").read_text())["seed"] == 7
    assert content(folder) == content(go(study(tmp_path / "x", *settings.overrides[2:])).folder)


def test_resume_with_other_settings_is_refused(tmp_path: Path) -> None:
    """Tests that a folder is not completed with another seed or number of replications."""
    settings = study(tmp_path, "run.replications=6")
    with pytest.raises(Interrupted):
        run_study(settings, progress=interrupt_after(2), model=FakeModel())
    folder = next(tmp_path.glob("*/*"))
    before = content(folder)
    for word in ("run.seed=1", "run.replications=9", "staff.coordinator_fte=0.5"):
        with pytest.raises(InputError) as caught:
            go(study(tmp_path, "run.replications=6", word, f"run.resume={folder}"))
        assert word.split("=", maxsplit=1)[0] in str(caught.value)
    with pytest.raises(InputError, match="begun with others"):
        go(
            study(tmp_path, "run.replications=6", f"run.resume={folder}"),
            FakeModel(fingerprint_text="another territory"),
        )
    assert content(folder) == before


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied"])
def test_a_damaged_part_runs_again(tmp_path: Path, expected: dict[str, bytes], damage: str) -> None:
    """Tests that a damaged part is said, run again, and leaves no trace in the results."""
    settings = study(tmp_path, "run.replications=12")
    with pytest.raises(Interrupted):
        run_study(settings, progress=interrupt_after(3), model=FakeModel())
    folder = next(tmp_path.glob("*/*"))
    victim = sorted((folder / "parts").iterdir())[1]
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes({"cut": bytes(data[: len(data) // 2]), "flipped": bytes(data), "emptied": b""}[damage])
    with pytest.raises(PartError):
        Part(victim)
    said: list[str] = []
    resumed = study(tmp_path, "run.replications=12", f"run.resume={folder}")
    run_study(resumed, progress=lambda *_: None, model=FakeModel(), tell=said.append)
    assert len(said) == 1
    assert victim.name in said[0]
    assert content(folder) == expected


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    """Tests that a folder that is being written refuses another process, then lets it in."""
    settings = study(tmp_path, "run.replications=3")
    with pytest.raises(Interrupted):
        run_study(settings, progress=interrupt_after(1), model=FakeModel())
    folder = next(tmp_path.glob("*/*"))
    script = (
        "import sys; from pathlib import Path; from sim.study.store import Store; Store(Path(sys.argv[1]))"
    )
    with Store(folder):
        done = subprocess.run(
            [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=False
        )
        assert done.returncode != 0
        assert "another process is writing this study" in done.stderr
        with pytest.raises(InputError, match="another process"):
            Store(folder)
    subprocess.run([sys.executable, "-c", script, str(folder)], check=True, capture_output=True)


def test_interrupted_while_prepared(tmp_path: Path) -> None:
    """Tests that Ctrl-C before the first replication also gives the line that goes on, and that it does."""

    class Slow(FakeModel):
        def prepare(self, study: Any) -> Any:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as caught:
        go(study(tmp_path, "run.replications=3"), Slow())
    assert caught.value.done == 0
    result = go(study(tmp_path, "run.replications=3", f"run.resume={next(tmp_path.glob('*/*'))}"))
    assert result.exit_code == 0


def test_a_finished_study_resumed_runs_nothing(tmp_path: Path) -> None:
    """Tests that resuming a study that is done runs no replication again and gives the same bytes."""
    first = go(study(tmp_path, "run.replications=3", "run.detail=[1]"))
    before = content(first.folder)
    model = FakeModel()
    with pytest.raises(InputError) as caught:
        go(
            study(
                tmp_path, "run.replications=3", "run.detail=[1]", "run.seed=5", f"run.resume={first.folder}"
            )
        )
    assert "run.seed" in str(caught.value)
    again = go(study(tmp_path, "run.replications=3", "run.detail=[1]", f"run.resume={first.folder}"), model)
    assert model.trace == []
    assert content(again.folder) == before
    assert again.replications == 3
    with pytest.raises(InputError, match="begun with others"):
        go(
            study(tmp_path, "run.replications=3", "run.detail=[1]", f"run.resume={first.folder}"),
            FakeModel(fingerprint_text="another territory"),
        )
    (first.folder / "sites.csv").write_text("scenario\n")
    mended = go(study(tmp_path, "run.replications=3", "run.detail=[1]", f"run.resume={first.folder}"), model)
    assert sorted(model.trace) == [0, 1, 2]
    assert content(mended.folder) == before


def test_a_report_that_fails_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that a fault of the report is said, noted, and leaves a complete study."""
    monkeypatch.undo()

    def broken(*_: object) -> None:
        raise ValueError("no picture")

    monkeypatch.setattr("sim.report.write_report", broken)
    said: list[str] = []
    settings = study(tmp_path, "run.replications=2")
    result = run_study(settings, progress=lambda *_: None, model=FakeModel(), tell=said.append)
    assert result.exit_code == 0
    assert "no picture" in said[0]
    assert "python -m sim.report" in said[0]
    assert json.loads((result.folder / "manifest.json").read_text())["notes"] == [
        "report: ValueError: no picture"
    ]


def test_two_studies_in_one_second(tmp_path: Path) -> None:
    """Tests that studies begun in the same second have each their folder."""
    from datetime import datetime

    now = datetime(2024, 12, 31, 23, 59, 59)
    settings = study(tmp_path, "run.replications=2")
    folders = [
        run_study(settings, progress=lambda *_: None, model=FakeModel(), now=now).folder.name
        for _ in range(3)
    ]
    assert folders == ["2024-12-31_23-59-59", "2025-01-01_00-00-00", "2025-01-01_00-00-01"]


def test_outputs_that_cannot_be_written(tmp_path: Path) -> None:
    """Tests that an outputs folder that is a file is refused, not a traceback."""
    (tmp_path / "outputs").write_text("a file")
    with pytest.raises(InputError, match="cannot be written"):
        go(study(tmp_path / "outputs", "run.replications=2"))


def test_wrong_input_leaves_nothing(tmp_path: Path) -> None:
    """Tests that a study refused while it is prepared leaves no folder behind."""

    class Refusing(FakeModel):
        def prepare(self, study: Any) -> Any:
            from sim.problems import Problem

            raise InputError([Problem("rounds.csv:3", "S99", "a site")])

    with pytest.raises(InputError, match="S99"):
        go(study(tmp_path, "run.replications=2"), Refusing())
    assert not list(tmp_path.iterdir())


def test_a_full_disk_loses_nothing_finished(
    tmp_path: Path, expected: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests that a full disk is said, keeps what was finished, and that the study goes on with room."""
    monkeypatch.setattr(execute, "TARGET_S", 1e-9)
    settings = study(tmp_path, "run.replications=12")
    real = Path.write_bytes
    written = 0

    def write_bytes(path: Path, data: bytes) -> int:
        nonlocal written
        written += path.name.endswith(".part")
        if written > 3:
            real(path, data[:10])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", write_bytes)
    with pytest.raises(InputError) as caught:
        go(settings)
    monkeypatch.setattr(Path, "write_bytes", real)
    assert "no room left on the disk" in str(caught.value)
    assert "run.resume=" in str(caught.value)
    folder = next(tmp_path.glob("*/*"))
    assert len(list((folder / "parts").glob("*.part"))) == 3
    model = FakeModel()
    go(study(tmp_path, "run.replications=12", f"run.resume={folder}"), model)
    assert len(model.trace) == 9
    assert content(folder) == expected


def test_sigterm_is_an_interruption(tmp_path: Path) -> None:
    """Tests that a polite request to end does what Ctrl-C does, and that the handler is put back."""
    before = signal.getsignal(signal.SIGTERM)

    def progress(done: int, total: int, failed: int) -> None:
        if 2 <= done < total:
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(Interrupted):
        run_study(study(tmp_path, "run.replications=9"), progress=progress, model=FakeModel(sleep_s=0.2))
    assert signal.getsignal(signal.SIGTERM) == before


KILLED = """
import sys
from sim.compose import load_settings
from sim.study import execute, finish, run
from tests.fake_study import FakeModel
execute.TARGET_S = 0.02
finish._report = lambda *_: []
run.code_digest = lambda: "the code may change under this test"
run.run_study(load_settings(*sys.argv[1:]), progress=lambda *_: None, model=FakeModel(sleep_s=0.004))
"""


@pytest.mark.slow
def test_killed_at_random_moments(tmp_path: Path, root: Path) -> None:
    """Tests that kill -9 at 20 random moments, each time resumed, gives the bytes of an undisturbed run."""
    words = ["run.replications=200", "run.executor=processes", "run.workers=2"]
    expected = content(go(study(tmp_path / "expected", "run.replications=200"), FakeModel()).folder)
    moments = iter(np.random.default_rng(5).uniform(0.0, 0.1, 200))
    environment = {**os.environ, "PYTHONPATH": str(root)}

    def start(outputs: Path, *more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", KILLED, f"outputs={outputs}", *words, *more]
        return subprocess.Popen(command, cwd=root, env=environment, start_new_session=True)

    kills = 0
    for number in range(8):  # a quick machine may finish a study before it is killed often enough
        outputs = tmp_path / f"outputs_{number}"
        folder: Path | None = None
        while kills < 20 and not (folder and (folder / "manifest.json").exists()):
            process = start(outputs, *([f"run.resume={folder}"] if folder else []))
            had = len(list(outputs.glob("*/*/parts/*.part")))
            while process.poll() is None and len(list(outputs.glob("*/*/parts/*.part"))) <= had:
                time.sleep(0.002)
            time.sleep(float(next(moments)))
            if process.poll() is None:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
            process.wait()
            (folder,) = outputs.glob("*/*")
        assert folder is not None
        if not (folder / "manifest.json").exists():
            assert start(outputs, f"run.resume={folder}").wait() == 0
        assert content(folder) == expected
        if kills >= 5:
            break
    assert kills >= 5
    # Workers end with the parent, however it ends.
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and orphans(folder.parent):
        time.sleep(0.05)
    assert not orphans(folder.parent)


def orphans(outputs: Path) -> list[str]:
    """Command lines of processes that still run a study of this folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if str(outputs.parent) in line and "FakeModel" in line:
            found.append(line)
    return found


@pytest.mark.slow
def test_same_bytes_from_dask(
    tmp_path: Path, expected: dict[str, bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    """Tests that a real local dask cluster gives the same bytes, in silence, a worker killed included."""
    pytest.importorskip("distributed")
    words = ("run.replications=12", "run.executor=dask", "run.workers=2")
    result = go(study(tmp_path / "o", *words), FakeModel(sleep_s=0.05, dies_once=str(tmp_path)))
    assert (tmp_path / "died").exists()
    assert result.exit_code == 0
    assert content(result.folder) == expected
    assert "distributed" not in capfd.readouterr().err


@pytest.mark.slow
def test_a_cluster_by_its_address(tmp_path: Path, expected: dict[str, bytes]) -> None:
    """Tests that a cluster somebody else started is used by its address, and a wrong one refused."""
    distributed = pytest.importorskip("distributed")
    words = ("run.replications=12", "run.executor=dask")
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": "CRITICAL"}
    with distributed.LocalCluster(**options) as cluster:
        address = f"run.dask.address={cluster.scheduler_address}"
        result = go(study(tmp_path, *words, address))
        assert content(result.folder) == expected
    with pytest.raises(InputError, match=r"run\.dask\.address"):
        go(study(tmp_path, *words, "run.dask.address=tcp://127.0.0.1:9"))
    assert len(list(tmp_path.glob("*/*"))) == 1


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
def test_every_replication_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that a study where nothing ran says so, with the first cause and its line, without a report."""
    monkeypatch.undo()
    monkeypatch.setattr("sim.report.write_report", lambda *_: pytest.fail("no report of nothing"))
    said: list[str] = []
    settings = study(tmp_path, "run.replications=2")
    model = FakeModel(world_fails=frozenset({0, 1}))
    result = run_study(settings, progress=lambda *_: None, model=model, tell=said.append)
    assert result.exit_code == 3
    assert said == []
    text = "\n".join(result.answer_lines("en"))
    assert "No simulation was completed; first cause: RuntimeError: no world" in text
    assert result.failed[0].command in text
    assert text.count("no world") == 1
