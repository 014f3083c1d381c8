"""The start of a working day in one call: crews, the booking desk, and every trip to its first opening."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import njit
from sim.models.bookings import booking_desk
from sim.models.fleet import advance, next_opening
from sim.models.morning import morning
from sim.models.state import State

__all__ = ["dawn"]


@njit
def dawn(state: State, day: int, previous: int, now: int, transmitted: NDArray[np.int64]) -> int:
    """Start a day and return the second at which a permanence first opens, `fleet.DONE` when none does.

    `previous` is the working day before, `now` the instant duty starts; `transmitted` lists the requests
    that the desk decides on.
    """
    trips = morning(state, day, previous, now)
    booking_desk(state, day, transmitted)
    for k in range(trips):
        advance(state, k)
    return next_opening(state)
