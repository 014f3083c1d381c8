"""Positions in the closed sets of facts, typed for compiled code.

A Python constant passed to a compiled function would compile one version of it per value; a numpy
whole number does not.
"""

from __future__ import annotations

import numpy as np

__all__ = ["NO", "NONE", "YES", "codes"]


def codes(closed_set: tuple[str, ...], *names: str) -> tuple[np.int64, ...]:
    """The positions of names in a closed set; all of them when none is named."""
    return tuple(np.int64(closed_set.index(name)) for name in names or closed_set)


NONE = np.int64(-1)
NO, YES = np.int64(0), np.int64(1)
