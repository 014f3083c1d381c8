"""An event calendar in C, compiled where it runs."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks.permanence_year.problem import (
    AGENTS,
    ARRIVALS,
    LOG_MEAN,
    LOG_SD,
    MINUTES,
    PATIENCE_MEAN,
    PERMANENCES,
    Outputs,
)

NAME = "C, event calendar"
ROOM = 20_000
DOUBLES_A_VISITOR = 4

if shutil.which("cc") is None:
    raise ImportError("no C compiler on this machine")


@cache
def library() -> ctypes.CDLL:
    """Compile `calendar.c` once a process."""
    with tempfile.TemporaryDirectory() as folder:
        shared = Path(folder) / "calendar.so"
        source = Path(__file__).with_name("calendar.c")
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", shared, source, "-lm"], check=True)
        loaded = ctypes.CDLL(str(shared))
    loaded.permanence_year.restype = ctypes.c_int64
    return loaded


@cache
def room() -> tuple[np.ndarray, np.ndarray]:
    """Space for the record of visitors and for their waits."""
    return np.empty(ROOM * DOUBLES_A_VISITOR), np.empty(ROOM)


def simulate(seed: int) -> Outputs:
    log, wait = room()
    out = np.empty(6)
    double = ctypes.c_double
    visitors = library().permanence_year(
        ctypes.c_uint64(seed),
        ctypes.c_int64(PERMANENCES),
        double(MINUTES),
        ctypes.c_int64(AGENTS),
        double(ARRIVALS),
        double(LOG_MEAN),
        double(LOG_SD),
        double(PATIENCE_MEAN),
        ctypes.c_void_p(log.ctypes.data),
        ctypes.c_void_p(wait.ctypes.data),
        ctypes.c_int64(ROOM),
        ctypes.c_void_p(out.ctypes.data),
    )
    if visitors < 0:
        raise MemoryError(f"more than {ROOM} visitors")
    return Outputs(*out.tolist())
