"""Tests of what is compiled before the first run: it is what a replication calls, and it is told once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sim.study import warm

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = """
from sim import load_settings
from sim.measures import measure, measure_context
from sim.measures.flows import _tally
from sim.measures.persons import _count
from sim.models.bookings import make_routes
from sim.models.contacts import first_contacts
from sim.models.dawn import dawn
from sim.models.fleet import open_at
from sim.models.log import _by_group, gather
from sim.study import warm
from sim.territory import load_territory

settings = load_settings('run.horizon.end=2021-09-30').reference
territory = load_territory(settings.territory)
cell = warm._cell(settings, territory)
warm._trips(cell.state, cell.coming)
warm._mornings(cell.state)
warm._dawn(cell.state)
warm._facts(cell, settings, territory)
kernels = (make_routes, first_contacts, open_at, dawn, _by_group, _tally, _count)
beforehand = [len(kernel.signatures) for kernel in kernels]
cell = warm._cell(settings, territory)
cell.run()
measure(gather(cell), measure_context(settings, territory))
print(beforehand, [len(kernel.signatures) for kernel in kernels])
"""


def test_what_is_compiled_beforehand_is_what_a_replication_calls() -> None:
    """Tests in a fresh process that running a replication asks for no other version of the entries."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[1, 1, 1, 1, 1, 1, 1] [1, 1, 1, 1, 1, 1, 1]"


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


def test_compiled_code_is_kept_where_numba_is_told_to(tmp_path: Path) -> None:
    """Tests that NUMBA_CACHE_DIR holds the folder of this code's digest."""
    program = "import sim.compiled as c\nprint(c.cache_folder(), c.config.CACHE_DIR)"
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    folder, told = done.stdout.split()
    assert folder == told
    assert Path(folder).parent == tmp_path
    assert Path(folder).name.startswith("kernels-")
