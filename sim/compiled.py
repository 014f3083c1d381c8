"""Compiled code kept between runs: `njit` with a cache that is forgotten when any kernel changes.

Numba keys a cached function by its own file only, so a function that calls one in another file would
go on calling the old one after a change. The cache folder is therefore named by the digest of every
file that holds compiled code.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numba
from numba import config
from numba.core.options import DefaultOptions

__all__ = ["cache_folder", "njit", "njit_leaf"]

_PACKAGE = Path(__file__).parent
_KEPT = 4
_GIVEN: str = getattr(config, "CACHE_DIR", "")
_KERNELS = ("streams.py", "lengths.py", "world.py", "models")


def _digest() -> str:
    files = sorted(f for name in _KERNELS for f in [_PACKAGE / name, *(_PACKAGE / name).glob("*.py")])
    total = sha256(numba.__version__.encode())
    for file in files:
        if file.is_file():
            total.update(file.read_bytes())
    return total.hexdigest()[:16]


def cache_folder() -> Path:
    """Where compiled kernels are kept: NUMBA_CACHE_DIR if given, else the package, else the user's cache."""
    name = f"kernels-{_digest()}"
    given = [Path(_GIVEN)] if _GIVEN else []
    for parent in (
        *given,
        _PACKAGE / "__pycache__",
        Path.home() / ".cache" / "sim",
        Path(gettempdir()) / "sim",
    ):
        folder = parent / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            probe = folder / ".writable"
            probe.touch()
        except OSError:
            continue
        others = sorted(parent.glob("kernels-*"), key=lambda f: f.stat().st_mtime, reverse=True)
        for old in others[_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)
        return folder
    return Path(gettempdir())


config.CACHE_DIR = str(cache_folder())  # type: ignore[attr-defined]

if TYPE_CHECKING:
    Function = TypeVar("Function", bound=Callable[..., Any])

    @overload
    def njit(function: Function, /) -> Function: ...
    @overload
    def njit(*signatures: Any, **options: Any) -> Callable[[Function], Function]: ...
    def njit(*signatures: Any, **options: Any) -> Any:
        """Compile a function; its type stays what it was."""

    def njit_leaf(function: Function, /) -> Function:
        """Compile a function that allocates nothing, without counting references to its arrays."""
else:
    # nothing written in C calls these: without the wrapper for it there is a twentieth less to compile
    njit = partial(numba.njit, cache=True, no_cfunc_wrapper=True)
    # counting references costs more than what such a function does; the option is numba's own, unnamed
    _BARE = {"_nrt": False} if hasattr(DefaultOptions, "_nrt") else {}
    njit_leaf = partial(numba.njit, cache=True, no_cfunc_wrapper=True, **_BARE)
