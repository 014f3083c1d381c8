"""Memory kept from one replication to the next, where the C library is glibc.

It gives arrays over 32 MB back to the system when they are freed, and the system clears every page again for
the next replication: more than half the time of a world of millions of needs.
"""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from functools import cache

__all__ = ["keep_memory"]

# Parameters of mallopt(3).
_TRIM_THRESHOLD, _MMAP_MAX = -1, -4


@cache
def keep_memory() -> None:
    """Have this process keep the memory it frees for itself; elsewhere than on glibc nothing is changed."""
    if not sys.platform.startswith("linux"):
        return
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL("libc.so.6").mallopt
        mallopt(_MMAP_MAX, 0)
        mallopt(_TRIM_THRESHOLD, -1)
