"""The manifest: what a study was made with, and the proof of each of its files."""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from sim.study.store import sha256_of

__all__ = ["code_digest", "command_line", "cores", "describe_files", "git_state", "machine", "versions"]

_PACKAGES = (
    "sim",
    "hydra-core",
    "numba",
    "numpy",
    "pandas",
    "plotly",
    "pyarrow",
    "pydantic",
    "scipy",
    "simpy",
)
_ROOT = Path(__file__).resolve().parents[1]
# What only shows results, or only reads words, cannot change them.
_NOT_THE_MODEL = ("report", "__main__.py", "compose.py")


@functools.cache
def code_digest() -> str:
    """The sha256 of the source that decides results, and of the versions of what computes them."""
    digest = hashlib.sha256()
    for path in sorted(_ROOT.rglob("*.py")):
        name = path.relative_to(_ROOT)
        if name.parts[0] not in _NOT_THE_MODEL:
            digest.update(f"{name.as_posix()}\0".encode())
            digest.update(path.read_bytes())
    for package in ("numpy", "numba", "scipy", "simpy"):
        digest.update(f"{package}={_version(package)}\0".encode())
    return digest.hexdigest()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def versions() -> dict[str, str | None]:
    """Versions of Python and of the packages a study rests on."""
    return {"python": platform.python_version(), **{package: _version(package) for package in _PACKAGES}}


def git_state() -> dict[str, Any]:
    """The commit of the checkout and whether it has changes; nulls outside a checkout."""
    nothing: dict[str, Any] = {"commit": None, "dirty": None}
    checkout = _ROOT.parent
    if not (checkout / ".git").exists():
        return nothing
    try:
        commit = _git(checkout, "rev-parse", "HEAD")
        return {"commit": commit.strip(), "dirty": bool(_git(checkout, "status", "--porcelain").strip())}
    except (OSError, subprocess.SubprocessError):
        return nothing


def _git(folder: Path, *words: str) -> str:
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    done = subprocess.run(  # noqa: S603 - fixed words, no input of a user
        ["git", *words],  # noqa: S607 - whichever git the user has
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )
    return done.stdout


def machine() -> dict[str, Any]:
    """Cores this process may use, and the system."""
    return {
        "cores": cores(),
        "system": platform.system(),
        "release": platform.release(),
        "cpu": platform.machine(),
    }


def cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def command_line(overrides: Sequence[str]) -> str:
    """What was typed; for a study run through Python, what would have been."""
    words: Sequence[str] = overrides
    if Path(sys.argv[0]).parent.name == "sim":
        words = sys.argv[1:]
    return shlex.join(["python", "-m", "sim", *words])


def describe_files(folder: Path, files: Iterable[Path]) -> list[dict[str, Any]]:
    """Name, rows (null where there are none), bytes and sha256 of each file."""
    return [
        {
            "name": path.relative_to(folder).as_posix(),
            "rows": _rows(path),
            "bytes": path.stat().st_size,
            "sha256": sha256_of(path),
        }
        for path in files
    ]


def _rows(path: Path) -> int | None:
    if path.suffix == ".csv":
        import csv

        with path.open(encoding="utf-8", newline="") as file:
            return max(0, sum(1 for _ in csv.reader(file)) - 1)
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        rows: int = pq.read_metadata(path).num_rows
        return rows
    return None
