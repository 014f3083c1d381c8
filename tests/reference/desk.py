"""A permanence in plain SimPy, section 6 of the model read aloud: the specification that runs.

One process per visitor, one per server, one per server's windows, and a dispatcher that acts after
all events of an instant. It shares nothing with `sim.models.desk` and is written for reading, not
for speed.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from math import floor
from typing import Any

import simpy

__all__ = ["Contact", "Fate", "Permanence", "Server", "hold"]

# The order of events within one instant (rule 1). SimPy's own zero-delay events have priority 1.
SERVICE_END, WINDOW_END, WINDOW_START, DISPATCH, PATIENCE_END, ARRIVAL, THE_REST = range(2, 9)


@dataclass(frozen=True)
class Server:
    """Name, half-open windows, pace at each need and needs of first choice."""

    name: str
    windows: tuple[tuple[int, int], ...]
    efficiency: dict[str, float]
    first_choice: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Contact:
    """One person who comes once."""

    contact_id: int
    arrival: int
    need: str
    work: float
    patience: int
    appointment: int | None = None


@dataclass(frozen=True)
class Permanence:
    """Opening, closing, overtime allowance, queue discipline, servers and contacts."""

    opening: int
    closing: int
    overtime: int
    discipline: str
    servers: tuple[Server, ...]
    contacts: tuple[Contact, ...]


@dataclass
class Fate:
    """What became of a contact."""

    outcome: str | None = None
    server: str | None = None
    start: int | None = None
    end: int | None = None
    left: int | None = None


class At(simpy.Event):
    """An event at an instant, at its place in the order of that instant."""

    def __init__(self, env: simpy.Environment, instant: int, order: int) -> None:
        super().__init__(env)
        self._ok = True
        self._value = None
        env.schedule(self, priority=order, delay=instant - env.now)


class Clerk:
    """A server while the permanence runs: in a window or not, busy or not, idle since when."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.window_start: int | None = None
        self.busy = False
        self.last_end: int | None = None
        self.given: simpy.Event | None = None

    @property
    def free(self) -> bool:
        return self.window_start is not None and not self.busy

    @property
    def idle_since(self) -> int:
        assert self.window_start is not None
        return self.window_start if self.last_end is None else max(self.window_start, self.last_end)


class Waiting:
    """Somebody in the queue, and the event that calls her."""

    def __init__(self, contact: Contact, called: simpy.Event) -> None:
        self.contact = contact
        self.called = called


class Desk:
    """The processes of one permanence around one queue."""

    def __init__(self, permanence: Permanence, dispatch_every_second: bool) -> None:
        self.p = permanence
        self.limit = permanence.closing + permanence.overtime
        instants = [permanence.opening, permanence.closing]
        instants += [c.arrival for c in permanence.contacts]
        instants += [w[0] for s in permanence.servers for w in s.windows]
        self.first = min(instants)
        self.env = simpy.Environment(initial_time=self.first)
        self.queue: list[Waiting] = []
        self.fates = {c.contact_id: Fate() for c in permanence.contacts}
        self.ends = [permanence.closing]
        self.clerks = [Clerk(s) for s in permanence.servers]
        self.dispatch_asked: set[int] = set()
        for clerk in self.clerks:
            self.env.process(self.attend(clerk))
            self.env.process(self.serve(clerk))
        for contact in sorted(permanence.contacts, key=lambda c: c.contact_id):
            self.env.process(self.visit(contact))
        self.env.process(self.dispatcher(dispatch_every_second))

    def run(self) -> tuple[dict[int, Fate], int]:
        self.env.run()
        return self.fates, max(self.ends)

    def attend(self, clerk: Clerk) -> Generator[simpy.Event, Any, None]:
        """Open and close the windows of one server."""
        for start, stop in sorted(clerk.server.windows):
            if start == stop:
                continue
            yield At(self.env, start, WINDOW_START)
            clerk.window_start = start
            self.ask_dispatch()
            yield At(self.env, stop, WINDOW_END)
            clerk.window_start = None

    def serve(self, clerk: Clerk) -> Generator[simpy.Event, Any, None]:
        """Take one visitor after the other; services of no length never come here."""
        while True:
            clerk.given = self.env.event()
            seconds = yield clerk.given
            yield At(self.env, self.env.now + seconds, SERVICE_END)
            clerk.busy = False
            clerk.last_end = self.env.now
            self.ask_dispatch()

    def visit(self, contact: Contact) -> Generator[simpy.Event, Any, None]:
        """Arrive, wait, and be served or not."""
        fate = self.fates[contact.contact_id]
        yield At(self.env, contact.arrival, ARRIVAL)
        fate.left = self.env.now
        if self.env.now >= self.p.closing:
            fate.outcome = "refused"
            return
        if not any(s.efficiency.get(contact.need, 0.0) > 0.0 for s in self.p.servers):
            fate.outcome = "not_served_here"
            return
        me = Waiting(contact, self.env.event())
        self.queue.append(me)
        self.dispatch()
        if me not in self.queue:
            return
        patience_end = At(self.env, contact.arrival + contact.patience, PATIENCE_END)
        the_rest = At(self.env, self.limit, THE_REST)
        happened = yield me.called | patience_end | the_rest
        if me.called in happened:
            return
        self.queue.remove(me)
        fate.outcome = "reneged" if patience_end in happened else "turned_away"
        fate.left = self.env.now

    def ask_dispatch(self) -> None:
        """Have the dispatcher act in this instant, after its other events."""
        if self.env.now not in self.dispatch_asked:
            self.dispatch_asked.add(self.env.now)
            At(self.env, self.env.now, DISPATCH).callbacks.append(lambda _: self.dispatch())

    def dispatcher(self, every_second: bool) -> Generator[simpy.Event, Any, None]:
        """Dispatch at the opening, at *c + w* and when an appointment falls due, or every second."""
        instants: Iterable[int]
        if every_second:
            instants = range(self.first, self.limit + 1)
        else:
            due = {c.appointment for c in self.p.contacts if c.appointment is not None}
            instants = sorted(t for t in due | {self.p.opening, self.limit} if t >= self.first)
        for t in instants:
            yield At(self.env, t, DISPATCH)
            self.dispatch()

    def dispatch(self) -> None:
        """Take the feasible pair of least key until there is none (rule 3)."""
        now = self.env.now
        if not self.p.opening <= now <= self.limit:
            return
        while True:
            pairs = [
                (self.key(clerk, person), clerk, person)
                for clerk in self.clerks
                for person in self.queue
                if clerk.free and clerk.server.efficiency.get(person.contact.need, 0.0) > 0.0
            ]
            if not pairs:
                return
            _, clerk, person = min(pairs, key=lambda pair: pair[0])
            self.begin(clerk, person)

    def key(self, clerk: Clerk, person: Waiting) -> tuple[float | str, ...]:
        contact = person.contact
        due = contact.appointment is not None and self.env.now >= contact.appointment
        order = (
            contact.arrival,
            contact.contact_id,
            -clerk.server.efficiency[contact.need],
            clerk.idle_since,
            clerk.server.name,
        )
        if self.p.discipline == "first_choice":
            return (not due, contact.need not in clerk.server.first_choice, *order)
        return (not due, *order)

    def begin(self, clerk: Clerk, person: Waiting) -> None:
        contact = person.contact
        work = contact.work
        seconds = max(1 if work > 0 else 0, floor(work / clerk.server.efficiency[contact.need] + 0.5))
        now = self.env.now
        self.queue.remove(person)
        self.fates[contact.contact_id] = Fate("served", clerk.server.name, now, now + seconds, now + seconds)
        self.ends.append(now + seconds)
        person.called.succeed()
        if seconds == 0:
            clerk.last_end = now
        else:
            clerk.busy = True
            assert clerk.given is not None
            clerk.given.succeed(seconds)


def hold(permanence: Permanence, dispatch_every_second: bool = False) -> tuple[dict[int, Fate], int]:
    """Hold a permanence.

    Parameters
    ----------
    permanence
        What is known before it opens.
    dispatch_every_second
        Also dispatch at every second up to *c + w*, to show that no other instant matters.

    Returns
    -------
    tuple
        The fate of each contact by contact_id, and the second at which the permanence ends.
    """
    return Desk(permanence, dispatch_every_second).run()
