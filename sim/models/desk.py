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
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numba import boolean, float64, int64, njit, types
from numpy.typing import NDArray

from sim.models.facts import DISCIPLINES, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "NO_APPOINTMENT",
    "Contact",
    "DeskResult",
    "Server",
    "Window",
    "desk_kernel",
    "desk_many",
    "run_desk",
    "service_seconds",
]

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
_NEVER = 2**62

_SERVER_COLUMNS = 5
_WINDOW, _STOP, _BEGIN, _UNTIL, _FREED = range(_SERVER_COLUMNS)

# Read-only arguments accept writeable arrays too, so one compiled version serves every caller.
_INTS = types.Array(types.int64, 1, "C", readonly=True)
_FLOATS = types.Array(types.float64, 1, "C", readonly=True)
_FLOAT_TABLE = types.Array(types.float64, 2, "C", readonly=True)
_BOOL_TABLE = types.Array(types.boolean, 2, "C", readonly=True)
_OUT = int64[::1]
_OUT_TABLE = int64[:, ::1]


def _compiled(*signature: Any) -> Callable[[Any], Any]:
    """Compile ahead of the first call, keep the machine code on disk, keep IEEE arithmetic."""
    decorate: Callable[[Any], Any] = njit(*signature, cache=True, fastmath=False, error_model="numpy")
    return decorate


@_compiled(int64(float64, float64))
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
    seconds = np.int64(math.floor(work_s / efficiency + 0.5))
    if work_s > 0.0 and seconds < 1:
        return np.int64(1)
    return seconds


@_compiled()
def _push(heap: Any, size: Any, item: Any) -> None:
    """Add `item` to a binary min-heap of `size` items."""
    i = size
    while i > 0:
        parent = (i - 1) >> 1
        if heap[parent] <= item:
            break
        heap[i] = heap[parent]
        i = parent
    heap[i] = item


@_compiled()
def _pop(heap: Any, size: Any) -> None:
    """Remove the least item of a binary min-heap of `size` items."""
    item = heap[size - 1]
    last = size - 1
    i = 0
    while True:
        child = 2 * i + 1
        if child >= last:
            break
        if child + 1 < last and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= item:
            break
        heap[i] = heap[child]
        i = child
    heap[i] = item


@_compiled()
def _move_on(state: Any, s: Any, t: Any, open_s: Any, win_from: Any, win_to: Any) -> None:
    """Place server `s` at its first window that ends after `t`, and say when it can start there."""
    p = state[s, _WINDOW]
    stop = state[s, _STOP]
    while p < stop and (win_to[p] <= t or win_to[p] <= win_from[p]):
        p += 1
    state[s, _WINDOW] = p
    if p < stop:
        state[s, _BEGIN] = max(win_from[p], max(state[s, _FREED], open_s))
        state[s, _UNTIL] = win_to[p]
    else:
        state[s, _BEGIN] = _NEVER
        state[s, _UNTIL] = _NEVER


@_compiled()
def _idle_since(state: Any, s: Any, win_from: Any) -> Any:
    """The later of the start of the present window and the last service end."""
    return max(win_from[state[s, _WINDOW]], state[s, _FREED])


@_compiled()
def _start(
    v: Any,
    s: Any,
    t: Any,
    k: Any,
    open_s: Any,
    win_from: Any,
    win_to: Any,
    efficiency: Any,
    work: Any,
    outcome: Any,
    server: Any,
    start: Any,
    end: Any,
    state: Any,
) -> Any:
    """Let server `s` start visitor `v` at `t`; return the end of the service."""
    until = t + service_seconds(work[v], efficiency[s, k])
    outcome[v] = _SERVED
    server[v] = s
    start[v] = t
    end[v] = until
    state[s, _FREED] = until
    if until >= state[s, _UNTIL]:
        _move_on(state, s, until, open_s, win_from, win_to)
    else:
        state[s, _BEGIN] = until
    return until


@_compiled()
def _hold(
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
    state: Any,
    queue: Any,
    following: Any,
) -> Any:
    """Hold one permanence; `state`, `queue` and `following` are scratch space."""
    n = arrival.shape[0]
    servers, needs = efficiency.shape
    limit = close_s + overtime_s
    by_first_choice = discipline == _FIRST_CHOICE

    p = 0
    for s in range(servers):
        state[s, _WINDOW] = p
        while p < win_server.shape[0] and win_server[p] == s:
            p += 1
        state[s, _STOP] = p
        state[s, _FREED] = -_NEVER
        _move_on(state, s, open_s, open_s, win_from, win_to)
    if p != win_server.shape[0]:
        raise ValueError("windows must be sorted by server, servers numbered from 0")

    for k in range(needs):
        queue[k, 0] = _NOBODY
        queue[k, 1] = _NOBODY
    some_appointment = False
    for v in range(n):
        server[v] = -1
        start[v] = -1
        end[v] = -1
        if appointment[v] >= 0:
            some_appointment = True
        if v > 0 and (
            arrival[v] < arrival[v - 1] or (arrival[v] == arrival[v - 1] and contact_id[v] <= contact_id[v - 1])
        ):
            raise ValueError("contacts must be sorted by arrival, then contact_id")

    # Those whose appointment is to come, as appointment × n + position; those due, one heap a need.
    room = n if some_appointment else 0
    to_come = np.empty(room, np.int64)
    due = np.empty(room, np.int64)
    first_due = np.zeros(needs + 1 if some_appointment else 0, np.int64)
    count_due = np.zeros(needs if some_appointment else 0, np.int64)
    if some_appointment:
        for v in range(n):
            first_due[need[v] + 1] += 1
        for k in range(needs):
            first_due[k + 1] += first_due[k]
    count_to_come = 0

    admitted = n
    while admitted > 0 and arrival[admitted - 1] >= close_s:
        admitted -= 1
        outcome[admitted] = _REFUSED

    last_end = close_s
    now = -_NEVER  # nobody who waits can be served by anybody free at this instant
    waiting = 0  # never less than the number of people who wait
    i = 0
    while True:
        next_start = _NEVER
        if waiting > 0:
            for s in range(servers):
                t = state[s, _BEGIN]
                if t <= now:
                    if state[s, _UNTIL] <= now:
                        _move_on(state, s, now, open_s, win_from, win_to)
                        t = state[s, _BEGIN]
                    if t <= now:
                        p = state[s, _WINDOW] + 1
                        t = win_from[p] if p < state[s, _STOP] else _NEVER
                if now < t < next_start:
                    next_start = t
        if i < admitted and arrival[i] < next_start:
            v = i
            i += 1
            now = arrival[v]
            k = need[v]
            served_here = False
            best = -1
            best_choice = False
            best_efficiency = 0.0
            best_idle = _NEVER
            for s in range(servers):
                e = efficiency[s, k]
                if e > 0.0:
                    served_here = True
                    if state[s, _UNTIL] <= now:
                        _move_on(state, s, now, open_s, win_from, win_to)
                    if state[s, _BEGIN] <= now:
                        choice = by_first_choice and first_choice[s, k]
                        idle = _idle_since(state, s, win_from)
                        if best >= 0:
                            if choice != best_choice:
                                if best_choice:
                                    continue
                            elif e != best_efficiency:
                                if e < best_efficiency:
                                    continue
                            elif idle >= best_idle:
                                continue
                        best = s
                        best_choice = choice
                        best_efficiency = e
                        best_idle = idle
            if not served_here:
                outcome[v] = _NOT_SERVED_HERE
            elif best >= 0:
                until = _start(
                    v,
                    best,
                    now,
                    k,
                    open_s,
                    win_from,
                    win_to,
                    efficiency,
                    work,
                    outcome,
                    server,
                    start,
                    end,
                    state,
                )
                last_end = max(last_end, until)
            else:
                waiting += 1
                if appointment[v] >= 0 and appointment[v] <= now:
                    outcome[v] = _DUE
                    _push(due[first_due[k] :], count_due[k], v)
                    count_due[k] += 1
                else:
                    outcome[v] = _WAITING
                    following[v] = _NOBODY
                    if queue[k, 0] == _NOBODY:
                        queue[k, 0] = v
                    else:
                        following[queue[k, 1]] = v
                    queue[k, 1] = v
                    if appointment[v] >= 0:
                        _push(to_come, count_to_come, appointment[v] * n + v)
                        count_to_come += 1
            continue
        if next_start > limit:
            break

        now = next_start
        for s in range(servers):
            if state[s, _UNTIL] <= now:
                _move_on(state, s, now, open_s, win_from, win_to)
        while count_to_come > 0 and to_come[0] // n <= now:
            v = to_come[0] % n
            _pop(to_come, count_to_come)
            count_to_come -= 1
            if outcome[v] == _WAITING:
                outcome[v] = _DUE
                k = need[v]
                _push(due[first_due[k] :], count_due[k], v)
                count_due[k] += 1
        while waiting > 0:
            best = -1
            best_v = -1
            best_due = False
            best_choice = False
            best_efficiency = 0.0
            best_idle = _NEVER
            for k in range(needs):
                v = _NOBODY
                is_due = False
                if some_appointment:
                    heap = due[first_due[k] :]
                    while count_due[k] > 0:
                        head = heap[0]
                        if arrival[head] + patience[head] >= now:
                            v = head
                            is_due = True
                            break
                        outcome[head] = _RENEGED
                        waiting -= 1
                        _pop(heap, count_due[k])
                        count_due[k] -= 1
                if not is_due:
                    v = queue[k, 0]
                    while v != _NOBODY:
                        if outcome[v] == _WAITING:
                            if arrival[v] + patience[v] >= now:
                                break
                            outcome[v] = _RENEGED
                            waiting -= 1
                        v = following[v]
                    queue[k, 0] = v
                if v == _NOBODY:
                    continue
                for s in range(servers):
                    if state[s, _BEGIN] > now:
                        continue
                    e = efficiency[s, k]
                    if not e > 0.0:
                        continue
                    choice = by_first_choice and first_choice[s, k]
                    idle = _idle_since(state, s, win_from)
                    if best >= 0:
                        if is_due != best_due:
                            if best_due:
                                continue
                        elif choice != best_choice:
                            if best_choice:
                                continue
                        elif v != best_v:
                            if v > best_v:
                                continue
                        elif e != best_efficiency:
                            if e < best_efficiency:
                                continue
                        elif idle >= best_idle:
                            continue
                    best = s
                    best_v = v
                    best_due = is_due
                    best_choice = choice
                    best_efficiency = e
                    best_idle = idle
            if best < 0:
                break
            k = need[best_v]
            if best_due:
                _pop(due[first_due[k] :], count_due[k])
                count_due[k] -= 1
            else:
                queue[k, 0] = following[best_v]
            waiting -= 1
            until = _start(
                best_v,
                best,
                now,
                k,
                open_s,
                win_from,
                win_to,
                efficiency,
                work,
                outcome,
                server,
                start,
                end,
                state,
            )
            last_end = max(last_end, until)

    if waiting > 0:
        for v in range(n):
            if outcome[v] < 0:
                outcome[v] = _RENEGED if arrival[v] + patience[v] <= limit else _TURNED_AWAY
    return last_end


@_compiled(
    int64(
        *(int64, int64, int64, int64),
        *(_INTS, _INTS, _INTS, _FLOAT_TABLE, _BOOL_TABLE),
        *(_INTS, _INTS, _INTS, _FLOATS, _INTS, _INTS),
        *(_OUT, _OUT, _OUT, _OUT),
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
        If windows or contacts are not in their order.
    """
    servers, needs = efficiency.shape
    n = arrival.shape[0]
    state = np.empty((servers, _SERVER_COLUMNS), np.int64)
    queue = np.empty((needs, 2), np.int64)
    following = np.empty(n, np.int64)
    return _hold(
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
        state,
        queue,
        following,
    )


@_compiled(
    types.void(
        *(_INTS, _INTS, _INTS, _INTS),
        *(_INTS, _INTS, _INTS, _INTS),
        *(_INTS, _FLOAT_TABLE, _BOOL_TABLE),
        *(_INTS, _INTS, _INTS, _INTS, _FLOATS, _INTS, _INTS),
        *(_OUT, _OUT, _OUT, _OUT, _OUT),
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
        If windows or contacts of a permanence are not in their order.
    """
    needs = efficiency.shape[1]
    most_servers = 0
    most_contacts = 0
    for m in range(open_s.shape[0]):
        most_servers = max(most_servers, server_offset[m + 1] - server_offset[m])
        most_contacts = max(most_contacts, contact_offset[m + 1] - contact_offset[m])
    state = np.empty((most_servers, _SERVER_COLUMNS), np.int64)
    queue = np.empty((needs, 2), np.int64)
    following = np.empty(most_contacts, np.int64)
    for m in range(open_s.shape[0]):
        w0, w1 = win_offset[m], win_offset[m + 1]
        s0, s1 = server_offset[m], server_offset[m + 1]
        v0, v1 = contact_offset[m], contact_offset[m + 1]
        permanence_end[m] = _hold(
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
            state,
            queue,
            following,
        )


@dataclass(frozen=True, slots=True)
class Window:
    """Seconds [from_s, to_s) in which a server may start a service."""

    from_s: int
    to_s: int

    def __post_init__(self) -> None:
        if self.to_s < self.from_s:
            raise ValueError(f"window ends at {self.to_s}, before it starts at {self.from_s}")


@dataclass(frozen=True, slots=True)
class Server:
    """An agent or a self-service post: its name, its windows, its pace at each need.

    A need that is missing from `efficiency` cannot be served.
    """

    name: str
    windows: Sequence[Window]
    efficiency: Mapping[str, float]
    first_choice: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if any(not value >= 0.0 or math.isinf(value) for value in self.efficiency.values()):
            raise ValueError(f"server {self.name}: an efficiency must be a finite number, 0 or more")


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who comes once: when, for what, how long she takes and waits (seconds)."""

    contact_id: int
    arrival_s: int
    need: str
    work_s: float
    patience_s: int
    appointment_s: int | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.work_s < math.inf:
            raise ValueError(f"contact {self.contact_id}: work must be a finite number, 0 or more")
        if self.patience_s < 0:
            raise ValueError(f"contact {self.contact_id}: patience is negative")
        if self.appointment_s is not None and self.appointment_s < 0:
            raise ValueError(f"contact {self.contact_id}: appointment is negative")


@dataclass(frozen=True, slots=True)
class Visit:
    """What became of one contact; `server`, `start_s`, `end_s` are None unless served."""

    outcome: str
    server: str | None = None
    start_s: int | None = None
    end_s: int | None = None


@dataclass(frozen=True, slots=True)
class DeskResult:
    """What became of each contact, by contact_id, and when the permanence ended."""

    end_s: int
    visits: Mapping[int, Visit] = field(default_factory=dict)


def run_desk(
    open_s: int,
    close_s: int,
    overtime_s: int,
    servers: Sequence[Server],
    contacts: Sequence[Contact],
    discipline: str = "fifo",
) -> DeskResult:
    """Hold one permanence given as objects with names.

    Parameters
    ----------
    open_s, close_s, overtime_s
        Actual opening, closing and overtime allowance, seconds.
    servers
        In any order; their names differ.
    contacts
        In any order; their ids differ.
    discipline
        `fifo` or `first_choice`.

    Raises
    ------
    ValueError
        If names or ids repeat, windows of one server overlap, the allowance is negative, or the
        discipline is unknown.
    """
    if discipline not in DISCIPLINES:
        raise ValueError(f"discipline must be one of {', '.join(DISCIPLINES)}, not {discipline}")
    if overtime_s < 0:
        raise ValueError("the overtime allowance is negative")
    if len({s.name for s in servers}) < len(servers):
        raise ValueError("two servers have the same name")
    if len({c.contact_id for c in contacts}) < len(contacts):
        raise ValueError("two contacts have the same contact_id")
    crew = sorted(servers, key=lambda s: s.name)
    people = sorted(contacts, key=lambda c: (c.arrival_s, c.contact_id))
    needs = sorted({c.need for c in people} | {k for s in crew for k in s.efficiency})
    column = {k: j for j, k in enumerate(needs)}

    windows: list[tuple[int, int, int]] = []
    efficiency = np.zeros((len(crew), len(needs)))
    first_choice = np.zeros((len(crew), len(needs)), dtype=np.bool_)
    for s, one in enumerate(crew):
        own = sorted((w.from_s, w.to_s) for w in one.windows if w.from_s < w.to_s)
        if any(after[0] < before[1] for before, after in zip(own, own[1:], strict=False)):
            raise ValueError(f"server {one.name}: two windows overlap")
        windows += [(s, *w) for w in own]
        for k, value in one.efficiency.items():
            efficiency[s, column[k]] = value
            first_choice[s, column[k]] = k in one.first_choice
    table = np.array(windows, dtype=np.int64).reshape(len(windows), 3)
    outcome, server, start, end = (np.empty(len(people), dtype=np.int64) for _ in range(4))
    finished = desk_kernel(
        open_s,
        close_s,
        overtime_s,
        DISCIPLINES.index(discipline),
        *(np.ascontiguousarray(table[:, j]) for j in range(3)),
        efficiency,
        first_choice,
        np.array([c.arrival_s for c in people], dtype=np.int64),
        np.array([c.contact_id for c in people], dtype=np.int64),
        np.array([c.patience_s for c in people], dtype=np.int64),
        np.array([c.work_s for c in people], dtype=np.float64),
        np.array([column[c.need] for c in people], dtype=np.int64),
        np.array(
            [NO_APPOINTMENT if c.appointment_s is None else c.appointment_s for c in people], dtype=np.int64
        ),
        outcome,
        server,
        start,
        end,
    )
    visits = {}
    for v, person in enumerate(people):
        kind = OUTCOMES[outcome[v]]
        visits[person.contact_id] = (
            Visit(kind, crew[server[v]].name, int(start[v]), int(end[v])) if kind == "served" else Visit(kind)
        )
    return DeskResult(int(finished), visits)
