"""Many permanences in one call: the loop of `sim.models.desk`, one after the other.

For studies of desks alone, where nothing happens between permanences; the cell holds them one by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from sim.models.desk import (
    BOOL_TABLE,
    COUNTS,
    CREW_COLUMNS,
    FLOAT_TABLE,
    FLOATS,
    INTS,
    LIST_COLUMNS,
    OUT,
    compiled,
    desk_loop,
)

__all__ = ["desk_many"]


@compiled()
def _hold_many(
    open_s: Any,
    close_s: Any,
    overtime_s: Any,
    discipline: Any,
    win_offset: Any,
    win_server: Any,
    win_from: Any,
    win_to: Any,
    server_offset: Any,
    efficiency: Any,
    first_choice: Any,
    contact_offset: Any,
    arrival: Any,
    contact_id: Any,
    patience: Any,
    work: Any,
    need: Any,
    appointment: Any,
    outcome: Any,
    server: Any,
    start: Any,
    end: Any,
    permanence_end: Any,
    crew: Any,
    lists: Any,
    count: Any,
    following: Any,
    leaves: Any,
    due: Any,
    to_come: Any,
) -> None:
    """Hold one permanence after the other in the same scratch space."""
    for m in range(open_s.shape[0]):
        w0, w1 = win_offset[m], win_offset[m + 1]
        s0, s1 = server_offset[m], server_offset[m + 1]
        v0, v1 = contact_offset[m], contact_offset[m + 1]
        permanence_end[m] = desk_loop(
            open_s[m],
            close_s[m],
            overtime_s[m],
            discipline[m],
            win_server[w0:w1],
            win_from[w0:w1],
            win_to[w0:w1],
            efficiency[s0:s1],
            first_choice[s0:s1],
            arrival[v0:v1],
            contact_id[v0:v1],
            patience[v0:v1],
            work[v0:v1],
            need[v0:v1],
            appointment[v0:v1],
            outcome[v0:v1],
            server[v0:v1],
            start[v0:v1],
            end[v0:v1],
            crew[: s1 - s0],
            lists,
            count,
            following,
            leaves,
            due,
            to_come,
        )


@compiled(
    types.void(
        *(INTS, INTS, INTS, INTS),
        *(INTS, INTS, INTS, INTS),
        *(INTS, FLOAT_TABLE, BOOL_TABLE),
        *(INTS, INTS, INTS, INTS, FLOATS, INTS, INTS),
        *(OUT, OUT, OUT, OUT, OUT),
    )
)
def desk_many(
    open_s: NDArray[np.int64],
    close_s: NDArray[np.int64],
    overtime_s: NDArray[np.int64],
    discipline: NDArray[np.int64],
    win_offset: NDArray[np.int64],
    win_server: NDArray[np.int64],
    win_from: NDArray[np.int64],
    win_to: NDArray[np.int64],
    server_offset: NDArray[np.int64],
    efficiency: NDArray[np.float64],
    first_choice: NDArray[np.bool_],
    contact_offset: NDArray[np.int64],
    arrival: NDArray[np.int64],
    contact_id: NDArray[np.int64],
    patience: NDArray[np.int64],
    work: NDArray[np.float64],
    need: NDArray[np.int64],
    appointment: NDArray[np.int64],
    outcome: NDArray[np.int64],
    server: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    permanence_end: NDArray[np.int64],
) -> None:
    """Hold many independent permanences in one call.

    Arguments are those of `desk_kernel`, laid end to end: permanence *m* owns the rows
    ``offset[m]:offset[m + 1]`` of windows, servers (rows of `efficiency` and `first_choice`) and
    contacts, and one element of the first four arrays and of `permanence_end`, where its end is
    written. Servers are numbered from 0 within their permanence.

    Raises
    ------
    ValueError
        As `desk_kernel`, for any permanence.
    """
    most_servers = 0
    most_contacts = 0
    for m in range(open_s.shape[0]):
        most_servers = max(most_servers, server_offset[m + 1] - server_offset[m])
        most_contacts = max(most_contacts, contact_offset[m + 1] - contact_offset[m])
    _hold_many(
        open_s,
        close_s,
        overtime_s,
        discipline,
        win_offset,
        win_server,
        win_from,
        win_to,
        server_offset,
        efficiency,
        first_choice,
        contact_offset,
        arrival,
        contact_id,
        patience,
        work,
        need,
        appointment,
        outcome,
        server,
        start,
        end,
        permanence_end,
        np.empty((most_servers, CREW_COLUMNS), np.int64),
        np.empty((efficiency.shape[1], LIST_COLUMNS), np.int64),
        np.empty(COUNTS, np.int64),
        np.empty(most_contacts, np.int64),
        np.empty(most_contacts, np.int64),
        np.empty(most_contacts, np.int64),
        np.empty(most_contacts, np.int64),
    )
