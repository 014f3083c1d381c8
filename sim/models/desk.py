"""One permanence as an exact, compiled event loop: who is served by whom, when, and who is not.

Every contact and every server of a permanence is known before it opens, so the loop draws nothing
and needs nothing from outside. It follows section 6 of the model to the letter; `docs/model.md`
gives the rules in words and `tests/reference/desk.py` gives them as plain SimPy processes.

The loop visits only the instants at which somebody can start. Three remarks make that exact:

* After a dispatch no free server can serve anybody who waits. So an arrival can only be matched
  with the newcomer herself, and a dispatch over the whole queue is needed only when a server
  becomes able to start: at a service end inside a window, at a window start, at the opening.
* An appointment that becomes due changes the order of the queue, not who can be served, so it is
  read at the next dispatch and is no event.
* A window end or the end of somebody's patience takes a pair away and adds none, so both are read
  when a pair is formed. A visitor whose patience ends at *t* may still start at *t*.

The queue is one linked list per need in order of arrival, plus one heap per need of those whose
appointment is due. Only their heads can be next, so a dispatch costs (needs × servers) however many
people wait, and whoever lost patience is dropped when she reaches the head.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import float64, int64, types
from numba.core.options import DefaultOptions
from numpy.typing import NDArray

from sim.compiled import njit
from sim.models.facts import DISCIPLINES, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["NO_APPOINTMENT", "desk_kernel", "service_seconds"]

NO_APPOINTMENT = -1

_SERVED = OUTCOMES.index("served")
_RENEGED = OUTCOMES.index("reneged")
_TURNED_AWAY = OUTCOMES.index("turned_away")
_REFUSED = OUTCOMES.index("refused")
_NOT_SERVED_HERE = OUTCOMES.index("not_served_here")
_FIRST_CHOICE = DISCIPLINES.index("first_choice")
_WAITING = -1  # in the list of her need
_DUE = -2  # in the heap of her need
_NOBODY = -1
_NOT_HERE = -2
_NEVER = 2**62

CREW_COLUMNS, LIST_COLUMNS, COUNTS = 6, 4, 2
# A row per server: its window, the one after its last, from when and until when it can start in that
# window (_NEVER when none is left), its last service end, and since when it is idle.
_WINDOW, _STOP, _BEGIN, _UNTIL, _FREED, _IDLE_SINCE = range(CREW_COLUMNS)
# A row per need: first and last of the list, start and size of the heap.
_FIRST, _LAST, _HEAP, _HEAP_SIZE = range(LIST_COLUMNS)
# People in lists and heaps, those out of patience included; those whose appointment is to come.
_QUEUED, _TO_COME = range(COUNTS)

# Read-only arguments accept writeable arrays too, so one compiled version serves every caller.
INTS = types.Array(types.int64, 1, "C", readonly=True)
FLOATS = types.Array(types.float64, 1, "C", readonly=True)
FLOAT_TABLE = types.Array(types.float64, 2, "C", readonly=True)
BOOL_TABLE = types.Array(types.boolean, 2, "C", readonly=True)
OUT = int64[::1]


# Parts are compiled into the entry that calls them, and count no references to arrays, which would
# take more time than the queue does. They allocate nothing: the entries give them their scratch space.
_PART: dict[str, Any] = {"forceinline": True}
if hasattr(DefaultOptions, "_nrt"):
    _PART["_nrt"] = False


def compiled(signature: Any = None) -> Callable[[Any], Any]:
    """Compile to machine code kept on disk, in IEEE arithmetic; without a signature, a part of an entry."""
    options = _PART if signature is None else {}
    decorate: Callable[[Any], Any] = njit(
        signature, cache=True, fastmath=False, error_model="numpy", **options
    )
    return decorate


@compiled(int64(float64, float64))
def service_seconds(work_s: float, efficiency: float) -> int:
    """Whole seconds a server needs for a work content.

    Parameters
    ----------
    work_s
        Work content, seconds at efficiency 1, not negative.
    efficiency
        Share of that pace, above 0.

    Returns
    -------
    int
        ``max(1 if work_s > 0, floor(work_s / efficiency + 0.5))``, in float64 (model, section 5).
    """
    seconds = math.floor(work_s / efficiency + 0.5)
    return max(1, seconds) if work_s > 0.0 else seconds


@compiled()
def _push(heaps: Any, root: Any, size: Any, item: Any) -> None:
    """Add `item` to the binary min-heap of `size` items at `root`."""
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if heaps[root + parent] <= item:
            break
        heaps[root + i] = heaps[root + parent]
        i = parent
    heaps[root + i] = item


@compiled()
def _pop(heaps: Any, root: Any, size: Any) -> None:
    """Remove the least item of the binary min-heap of `size` items at `root`."""
    last = size - 1
    item = heaps[root + last]
    i = 0
    while True:
        child = 2 * i + 1
        if child >= last:
            break
        if child + 1 < last and heaps[root + child + 1] < heaps[root + child]:
            child += 1
        if heaps[root + child] >= item:
            break
        heaps[root + i] = heaps[root + child]
        i = child
    heaps[root + i] = item


@compiled()
def _move_on(crew: Any, win_from: Any, win_to: Any, open_s: Any, s: Any, t: Any) -> None:
    """Place server `s` at its first window that ends after `t`, and say when it can start there."""
    w = crew[s, _WINDOW]
    stop = crew[s, _STOP]
    while w < stop and (win_to[w] <= t or win_to[w] <= win_from[w]):
        w += 1
    crew[s, _WINDOW] = w
    if w < stop:
        crew[s, _IDLE_SINCE] = max(win_from[w], crew[s, _FREED])
        crew[s, _BEGIN] = max(crew[s, _IDLE_SINCE], open_s)
        crew[s, _UNTIL] = win_to[w]
    else:
        crew[s, _BEGIN] = _NEVER
        crew[s, _UNTIL] = _NEVER


@compiled()
def _set_up_crew(crew: Any, win_server: Any, win_from: Any, win_to: Any, open_s: Any) -> None:
    """Place every server at its first window."""
    w = 0
    for s in range(crew.shape[0]):
        crew[s, _WINDOW] = w
        while w < win_server.shape[0] and win_server[w] == s:
            w += 1
        crew[s, _STOP] = w
        crew[s, _FREED] = -_NEVER
        _move_on(crew, win_from, win_to, open_s, s, open_s)
    if w != win_server.shape[0]:
        raise ValueError("windows must be sorted by server, servers numbered from 0")


@compiled()
def _set_up_queue(lists: Any, count: Any, need: Any, appointment: Any) -> Any:
    """Empty the queue; return whether there are appointments, for which a heap per need is laid out."""
    some_appointment = False
    for v in range(appointment.shape[0]):
        some_appointment |= appointment[v] >= 0
    lists[:, _FIRST] = _NOBODY
    if some_appointment:
        lists[:, _HEAP_SIZE] = 0
        for v in range(need.shape[0]):
            lists[need[v], _HEAP_SIZE] += 1
        room = 0
        for k in range(lists.shape[0]):
            lists[k, _HEAP] = room
            room += lists[k, _HEAP_SIZE]
            lists[k, _HEAP_SIZE] = 0
    count[:] = 0
    return some_appointment


@compiled()
def _close_windows(crew: Any, win_from: Any, win_to: Any, open_s: Any, now: Any) -> None:
    """Have every server whose window has ended wait for its next one."""
    for s in range(crew.shape[0]):
        if crew[s, _UNTIL] <= now:
            _move_on(crew, win_from, win_to, open_s, s, now)


@compiled()
def _next_start(crew: Any, win_from: Any, win_to: Any, open_s: Any, now: Any) -> Any:
    """The next instant after `now` at which a server becomes able to start."""
    first = _NEVER
    for s in range(crew.shape[0]):
        if crew[s, _UNTIL] <= now:
            _move_on(crew, win_from, win_to, open_s, s, now)
        t = crew[s, _BEGIN]
        if t <= now:  # idle already, with nobody to serve before its next window
            w = crew[s, _WINDOW] + 1
            t = win_from[w] if w < crew[s, _STOP] else _NEVER
        if now < t < first:
            first = t
    return first


@compiled()
def _better(
    choice: Any, pace: Any, idle_since: Any, than_choice: Any, than_pace: Any, than_since: Any
) -> Any:
    """Whether a server's key is less than that of one before it, for one and the same visitor."""
    if choice != than_choice:
        return choice
    if pace != than_pace:
        return pace > than_pace
    return idle_since < than_since


@compiled()
def _best_server(
    crew: Any,
    win_from: Any,
    win_to: Any,
    open_s: Any,
    efficiency: Any,
    first_choice: Any,
    by_first_choice: Any,
    k: Any,
    now: Any,
) -> Any:
    """Who starts somebody arriving for need `k`: a server, _NOBODY yet, or _NOT_HERE ever."""
    best = _NOT_HERE
    best_choice = False
    best_pace = 0.0
    best_since = _NEVER
    for s in range(crew.shape[0]):
        pace = efficiency[s, k]
        if not pace > 0.0:
            continue
        if best == _NOT_HERE:
            best = _NOBODY
        if crew[s, _UNTIL] <= now:
            _move_on(crew, win_from, win_to, open_s, s, now)
        if crew[s, _BEGIN] > now:
            continue
        choice = by_first_choice and first_choice[s, k]
        since = crew[s, _IDLE_SINCE]
        if best < 0 or _better(choice, pace, since, best_choice, best_pace, best_since):
            best = s
            best_choice = choice
            best_pace = pace
            best_since = since
    return best


@compiled()
def _enqueue_due(lists: Any, due: Any, outcome: Any, k: Any, v: Any) -> None:
    """Put a visitor whose appointment is due in the heap of her need."""
    outcome[v] = _DUE
    _push(due, lists[k, _HEAP], lists[k, _HEAP_SIZE], v)
    lists[k, _HEAP_SIZE] += 1


@compiled()
def _enqueue(lists: Any, following: Any, outcome: Any, k: Any, v: Any) -> None:
    """Put a visitor at the end of the list of her need."""
    outcome[v] = _WAITING
    following[v] = _NOBODY
    if lists[k, _FIRST] == _NOBODY:
        lists[k, _FIRST] = v
    else:
        following[lists[k, _LAST]] = v
    lists[k, _LAST] = v


@compiled()
def _fall_due(
    lists: Any, due: Any, to_come: Any, count: Any, outcome: Any, need: Any, appointment: Any, now: Any
) -> None:
    """Move those whose appointment has come from the list of their need to its heap."""
    n = need.shape[0]
    while count[_TO_COME] > 0:
        v = to_come[0] % n
        if appointment[v] > now:
            break
        _pop(to_come, 0, count[_TO_COME])
        count[_TO_COME] -= 1
        if outcome[v] == _WAITING:
            _enqueue_due(lists, due, outcome, need[v], v)


@compiled()
def _first_due(lists: Any, due: Any, count: Any, outcome: Any, leaves: Any, k: Any, now: Any) -> Any:
    """Who is first among those waiting for need `k` with an appointment that is due."""
    while lists[k, _HEAP_SIZE] > 0:
        v = due[lists[k, _HEAP]]
        if leaves[v] >= now:
            return v
        outcome[v] = _RENEGED
        count[_QUEUED] -= 1
        _pop(due, lists[k, _HEAP], lists[k, _HEAP_SIZE])
        lists[k, _HEAP_SIZE] -= 1
    return _NOBODY


@compiled()
def _first_in_list(
    lists: Any, following: Any, count: Any, outcome: Any, leaves: Any, k: Any, now: Any
) -> Any:
    """Who is first among the others waiting for need `k`."""
    v = lists[k, _FIRST]
    while v != _NOBODY:
        if outcome[v] == _WAITING:
            if leaves[v] >= now:
                break
            outcome[v] = _RENEGED
            count[_QUEUED] -= 1
        v = following[v]
    lists[k, _FIRST] = v
    return v


@compiled()
def _take_least(
    crew: Any,
    efficiency: Any,
    first_choice: Any,
    by_first_choice: Any,
    lists: Any,
    following: Any,
    due: Any,
    count: Any,
    outcome: Any,
    leaves: Any,
    some_appointment: Any,
    now: Any,
) -> Any:
    """Take the feasible pair of least key off the queue: visitor, need, server, or _NOBODY thrice."""
    best = _NOBODY
    best_v = _NOBODY
    best_k = _NOBODY
    best_due = False
    best_choice = False
    best_pace = 0.0
    best_since = _NEVER
    for k in range(lists.shape[0]):
        v = _NOBODY
        if some_appointment:
            v = _first_due(lists, due, count, outcome, leaves, k, now)
        is_due = v != _NOBODY
        if best_due and not is_due:
            continue
        if not is_due:
            v = _first_in_list(lists, following, count, outcome, leaves, k, now)
            if v == _NOBODY:
                continue
        for s in range(crew.shape[0]):
            pace = efficiency[s, k]
            if crew[s, _BEGIN] > now or not pace > 0.0:
                continue
            choice = by_first_choice and first_choice[s, k]
            since = crew[s, _IDLE_SINCE]
            if best == _NOBODY or is_due != best_due:
                less = True
            elif v == best_v:
                less = _better(choice, pace, since, best_choice, best_pace, best_since)
            elif choice != best_choice:
                less = choice
            else:
                less = v < best_v
            if less:
                best = s
                best_v = v
                best_k = k
                best_due = is_due
                best_choice = choice
                best_pace = pace
                best_since = since
    if best != _NOBODY:
        count[_QUEUED] -= 1
        if best_due:
            _pop(due, lists[best_k, _HEAP], lists[best_k, _HEAP_SIZE])
            lists[best_k, _HEAP_SIZE] -= 1
        else:
            lists[best_k, _FIRST] = following[best_v]
    return best_v, best_k, best


@compiled()
def _engage(crew: Any, win_from: Any, win_to: Any, open_s: Any, s: Any, until: Any) -> None:
    """Keep server `s` busy until `until`."""
    crew[s, _FREED] = until
    if until < crew[s, _UNTIL]:
        crew[s, _BEGIN] = until
        crew[s, _IDLE_SINCE] = until
    else:
        _move_on(crew, win_from, win_to, open_s, s, until)


@compiled()
def _record(
    outcome: Any,
    server: Any,
    start: Any,
    end: Any,
    v: Any,
    what: Any,
    s: Any,
    t: Any,
    until: Any,
) -> None:
    """Write down what became of visitor `v`."""
    outcome[v] = what
    server[v] = s
    start[v] = t
    end[v] = until


@compiled()
def _admitted(arrival: Any, contact_id: Any, need: Any, needs: Any, close_s: Any) -> Any:
    """How many contacts come before closing; check that all are in their order and have a need."""
    n = 0
    for v in range(arrival.shape[0]):
        if not 0 <= need[v] < needs:
            raise ValueError("a need must be a column of the table of efficiencies")
        if arrival[v] < close_s:
            n = v + 1
        if v > 0 and (
            arrival[v] < arrival[v - 1]
            or (arrival[v] == arrival[v - 1] and contact_id[v] <= contact_id[v - 1])
        ):
            raise ValueError("contacts must be sorted by arrival, then contact_id")
    return n


@compiled()
def desk_loop(
    open_s: Any,
    close_s: Any,
    overtime_s: Any,
    discipline: Any,
    win_server: Any,
    win_from: Any,
    win_to: Any,
    efficiency: Any,
    first_choice: Any,
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
    crew: Any,
    lists: Any,
    count: Any,
    following: Any,
    leaves: Any,
    due: Any,
    to_come: Any,
) -> Any:
    """Hold one permanence; the last seven arguments are scratch space.

    `to_come` is a heap of appointment × contacts + position, `due` one heap of positions per need.
    """
    _set_up_crew(crew, win_server, win_from, win_to, open_s)
    admitted = _admitted(arrival, contact_id, need, lists.shape[0], close_s)
    some_appointment = _set_up_queue(lists, count, need, appointment)
    n = arrival.shape[0]
    for v in range(n):
        leaves[v] = arrival[v] + patience[v]
        _record(outcome, server, start, end, v, _REFUSED, _NOBODY, -1, -1)

    by_first_choice = discipline == _FIRST_CHOICE
    limit = close_s + overtime_s
    last_end = close_s
    now = -_NEVER  # what happened up to here has left nobody who waits to anybody who is free
    v_next = 0
    while True:
        t = _NEVER
        if count[_QUEUED] > 0:
            t = _next_start(crew, win_from, win_to, open_s, now)
        if v_next < admitted and arrival[v_next] < t:
            v = v_next
            v_next += 1
            now = arrival[v]
            k = need[v]
            s = _best_server(
                crew, win_from, win_to, open_s, efficiency, first_choice, by_first_choice, k, now
            )
            if s >= 0:
                until = now + service_seconds(work[v], efficiency[s, k])
                _engage(crew, win_from, win_to, open_s, s, until)
                _record(outcome, server, start, end, v, _SERVED, s, now, until)
                last_end = max(last_end, until)
            elif s == _NOT_HERE:
                outcome[v] = _NOT_SERVED_HERE
            else:
                count[_QUEUED] += 1
                if 0 <= appointment[v] <= now:
                    _enqueue_due(lists, due, outcome, k, v)
                else:
                    _enqueue(lists, following, outcome, k, v)
                    if appointment[v] >= 0:
                        _push(to_come, 0, count[_TO_COME], appointment[v] * n + v)
                        count[_TO_COME] += 1
        elif t <= limit:
            now = t
            _close_windows(crew, win_from, win_to, open_s, now)
            if some_appointment:
                _fall_due(lists, due, to_come, count, outcome, need, appointment, now)
            while count[_QUEUED] > 0:
                v, k, s = _take_least(
                    crew,
                    efficiency,
                    first_choice,
                    by_first_choice,
                    lists,
                    following,
                    due,
                    count,
                    outcome,
                    leaves,
                    some_appointment,
                    now,
                )
                if s == _NOBODY:
                    break
                until = now + service_seconds(work[v], efficiency[s, k])
                _engage(crew, win_from, win_to, open_s, s, until)
                _record(outcome, server, start, end, v, _SERVED, s, now, until)
                last_end = max(last_end, until)
        else:
            break
    for v in range(admitted):
        if outcome[v] < 0:
            outcome[v] = _RENEGED if leaves[v] <= limit else _TURNED_AWAY
    return last_end


@compiled(
    int64(
        *(int64, int64, int64, int64),
        *(INTS, INTS, INTS, FLOAT_TABLE, BOOL_TABLE),
        *(INTS, INTS, INTS, FLOATS, INTS, INTS),
        *(OUT, OUT, OUT, OUT),
    )
)
def desk_kernel(
    open_s: int,
    close_s: int,
    overtime_s: int,
    discipline: int,
    win_server: NDArray[np.int64],
    win_from: NDArray[np.int64],
    win_to: NDArray[np.int64],
    efficiency: NDArray[np.float64],
    first_choice: NDArray[np.bool_],
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
) -> int:
    """Hold one permanence and return the second at which it ends.

    All arrays are C-contiguous (a slice of a one-dimensional array is). Seconds are whole and count
    from any origin, the day's midnight by default; none may exceed 2**61 in size.

    Parameters
    ----------
    open_s, close_s
        Actual opening *o* (late if the vehicle is) and closing *c*. Nobody starts before *o*; a
        passage with *o* ≥ *c* is not held, which the caller decides.
    overtime_s
        Allowance *w* ≥ 0 after closing; the last possible start is *c + w*.
    discipline
        Position in `facts.DISCIPLINES`.
    win_server, win_from, win_to
        Half-open windows, shape (windows,), sorted by server then start; the windows of one server
        do not overlap. One that lasts to the end is written with the end *c + w + 1*.
    efficiency
        Pace of each server at each need, shape (servers, needs); 0 = cannot serve. Servers are in
        the order of their names compared as text: the order is the last criterion of a tie.
    first_choice
        Needs that are each server's first choice, shape (servers, needs); read by `first_choice`.
    arrival, contact_id
        Shape (contacts,), sorted by arrival, then contact_id; the ids of one instant differ.
    patience
        Seconds from arrival a visitor is ready to wait, not negative.
    work
        Work content, seconds, the float64 of section 5, not negative.
    need
        Positions in the columns of `efficiency`.
    appointment
        Second of the appointment, -1 where there is none.
    outcome, server, start, end
        Written in place, shape (contacts,): positions in `facts.OUTCOMES` (never `door_closed`);
        server, service start and service end, -1 for whoever is not served. Who reneged left at
        arrival + patience; who was turned away left at *c + w*.

    Returns
    -------
    int
        max(*c*, last service end).

    Raises
    ------
    ValueError
        If windows or contacts are not in their order, or a need has no column.
    """
    servers, needs = efficiency.shape
    lists = np.empty((4, arrival.shape[0]), np.int64)
    finished: int = desk_loop(
        open_s,
        close_s,
        overtime_s,
        discipline,
        win_server,
        win_from,
        win_to,
        efficiency,
        first_choice,
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
        np.empty((servers, CREW_COLUMNS), np.int64),
        np.empty((needs, LIST_COLUMNS), np.int64),
        np.empty(COUNTS, np.int64),
        lists[0],
        lists[1],
        lists[2],
        lists[3],
    )
    return finished
