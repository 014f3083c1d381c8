"""Positions in the closed sets of facts, typed for compiled code.

A Python constant passed to a compiled function would compile one version of it per value; a numpy
whole number does not. To a reader, and to mypy, it is an int.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["NO", "NONE", "YES", "code", "codes"]


def code(value: int) -> int:
    """A whole number for compiled code."""
    typed: Any = np.int64(value)
    return typed


def codes(closed_set: tuple[str, ...], *names: str) -> tuple[int, ...]:
    """The positions of names in a closed set; all of them when none is named."""
    return tuple(code(closed_set.index(name)) for name in names or closed_set)


NONE = code(-1)
NO, YES = code(0), code(1)
