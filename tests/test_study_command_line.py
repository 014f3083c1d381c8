"""Studies from the command line and from the script of the documentation, as a person runs them."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sim.study.store import Store
from tests.test_study_run import content

pytestmark = pytest.mark.slow

QUICK = ("run.horizon.start=2021-07-01", "run.horizon.end=2021-08-31", "run.seed=83", "run.detail=none")


def start(root: Path, *words: str, module: str = "sim") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *words],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_interrupted_from_the_keyboard_then_resumed_by_the_line_it_prints(root: Path, tmp_path: Path) -> None:
    """Tests that Ctrl-C ends with 130 and the line that goes on, and that this line completes the folder."""
    words = (f"outputs={tmp_path / 'one'}", "study=single", "run.replications=400", "run.workers=2", *QUICK)
    process = start(root, *words)
    deadline = time.monotonic() + 120
    while len(list(tmp_path.glob("one/*/*/parts/0*.part"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # a terminal sends it to every process of the group
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    (line,) = [one for one in errors.splitlines() if "run.resume=" in one]
    (folder,) = (tmp_path / "one").glob("*/*")
    kept = len(list((folder / "parts").glob("0*.part")))
    assert kept >= 3
    resume = shlex.split(line.partition("python -m sim ")[2])
    process = start(root, *resume)
    output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert str(folder) in output
    undisturbed = start(root, f"outputs={tmp_path / 'two'}", *words[1:])
    assert undisturbed.communicate(timeout=300)[1]
    assert undisturbed.returncode == 0
    (other,) = (tmp_path / "two").glob("*/*")
    assert content(folder) == content(other)


def test_a_folder_in_use_is_refused(root: Path, tmp_path: Path) -> None:
    """Tests that a second process on one folder ends with 2, in words."""
    words = (f"outputs={tmp_path}", "study=single", "run.replications=2", "run.executor=serial", *QUICK)
    process = start(root, *words)
    assert process.communicate(timeout=300)
    assert process.returncode == 0
    (folder,) = tmp_path.glob("*/*")
    with Store(folder):
        process = start(root, f"run.resume={folder}")
        _, errors = process.communicate(timeout=200)
    assert process.returncode == 2
    assert "un autre programme en train d" in errors
    assert "Traceback" not in errors


def test_the_script_of_the_documentation(root: Path, tmp_path: Path) -> None:
    """Tests that docs/first_study.py runs and prints verdicts, and the measures of one replication."""
    words = [f"outputs={tmp_path}", "run.replications=2", "run.workers=2", *QUICK]
    command = [sys.executable, "docs/first_study.py", *words]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "net_yearly_cost" in done.stdout
    assert re.search(r"four_vehicles, replication 3: \d+ persons helped", done.stdout)
    assert re.search(r"served +\d+", done.stdout)
