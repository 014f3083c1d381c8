"""Tests of what is compiled before the first run: it is what a replication calls, and it is told once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sim.study import warm

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = """
from sim.models.cell import Cell
from sim.models.contacts import first_contacts
from sim.models.dawn import dawn
from sim.models.fleet import open_at
from sim.study import warm
from tests.scripted import scripted

cell = Cell(*scripted())
warm._trips(cell.state, cell.coming)
warm._mornings(cell.state)
warm._dawn(cell.state)
kernels = (first_contacts, open_at, dawn)
beforehand = [len(kernel.signatures) for kernel in kernels]
cell.run()
print(beforehand, [len(kernel.signatures) for kernel in kernels])
"""


def test_what_is_compiled_beforehand_is_what_a_replication_calls() -> None:
    """Tests in a fresh process that running a replication asks for no other version of the entries."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[1, 1, 1] [1, 1, 1]"


def test_a_machine_is_cold_until_all_was_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests the mark: left when compiling ended well, not when it failed."""
    monkeypatch.setattr("sim.compiled.cache_folder", lambda: tmp_path)
    monkeypatch.setattr(warm.threading, "active_count", lambda: 1)
    assert warm.is_cold() == (sys.platform == "linux")
    monkeypatch.setattr(warm, "_everything", lambda settings: 1 / 0)
    warm.warm(None)  # type: ignore[arg-type]
    assert warm.is_cold() == (sys.platform == "linux")
    monkeypatch.setattr(warm, "_everything", lambda settings: None)
    warm.warm(None)  # type: ignore[arg-type]
    assert not warm.is_cold()
