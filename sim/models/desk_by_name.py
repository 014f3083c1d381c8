"""One permanence given as objects with names, for tests, documentation and exploration by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sim.models.desk import NO_APPOINTMENT, desk_kernel
from sim.models.facts import DISCIPLINES, OUTCOMES

__all__ = ["Contact", "DeskResult", "Server", "Visit", "Window", "run_desk"]


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
    visits: Mapping[int, Visit]


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
        if any(after[0] < before[1] for before, after in pairwise(own)):
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
