"""Tests that the short script of the documentation runs as it is printed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_the_script_of_the_documentation_runs(root: Path, tmp_path: Path) -> None:
    """Tests `docs/example.py` in another folder, on the tiny territory: its figures, its study folder."""
    words = ["territory=tiny", "run.horizon.end=2021-12-31", "run.replications=3", "run.executor=serial"]
    done = subprocess.run(
        [sys.executable, root / "docs" / "example.py", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(root), "PATH": "", "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    assert "% of the planned passages were held by two agents" in done.stdout
    assert "served" in done.stdout
    assert "persons_helped" in done.stdout
    (folder,) = (tmp_path / "outputs" / "three_or_four").iterdir()
    assert (folder / "comparison.csv").is_file()
    assert (folder / "report.html").is_file()
    assert done.stdout.rstrip().endswith(folder.name)
