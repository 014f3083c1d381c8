"""What must hold in any log of facts, whatever the scenario: checked on every replication."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from sim.clock import DAY_S
from sim.models.facts import (
    ACTIVITIES,
    AGENT_STATUSES,
    CAUSES,
    DESTINATIONS,
    HALF_DAY_USES,
    HALF_DAYS,
    HOME_OUTCOMES,
    OUTCOMES,
    REASONS,
    STATUSES,
    Facts,
)

__all__ = ["BrokenFactsError", "check_invariants"]

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

SERVED, RENEGED, TURNED_AWAY, REFUSED, NOT_SERVED_HERE, DOOR_CLOSED = range(len(OUTCOMES))
HELD, CLOSED, CANCELLED = range(len(STATUSES))
ITINERANT, HOME = DESTINATIONS.index("itinerant"), DESTINATIONS.index("home")
DONE, NO_SHOW, CANCELLED_BY_PERSON, _, REDIRECTED, _ = range(len(HOME_OUTCOMES))
PERMANENCE, AT_HOMES = HALF_DAY_USES.index("permanence"), HALF_DAY_USES.index("home_visits")
HOLD = ACTIVITIES.index("hold")
MOST_CONTACTS = 3


class BrokenFactsError(RuntimeError):
    """The facts contradict themselves: a fault of the model, never of the user.

    Attributes
    ----------
    broken
        One sentence per invariant that does not hold, with how often and where first.
    """

    def __init__(self, scenario: str, replication: int, broken: tuple[str, ...]) -> None:
        self.broken = broken
        super().__init__(f"scenario {scenario}, replication {replication}: " + "; ".join(broken))

    def __reduce__(self) -> tuple[Callable[..., BrokenFactsError], tuple[object, ...]]:
        """So that it travels between processes with all it says."""
        return _rebuilt, (str(self), self.broken)


def _rebuilt(message: str, broken: tuple[str, ...]) -> BrokenFactsError:
    error = BrokenFactsError("", 0, broken)
    error.args = (message,)
    return error


def check_invariants(
    facts: Facts, *, needs_drawn: Ints | None = None, requests_drawn: Ints | None = None
) -> None:
    """Raise when the facts of a replication contradict themselves.

    Parameters
    ----------
    facts
        One replication.
    needs_drawn, requests_drawn
        Needs (redirected ones included) and home-visit requests that the world drew over the horizon,
        per commune, shape (C,); when given, nobody may have been lost or invented.

    Raises
    ------
    BrokenFactsError
        With every invariant that does not hold.
    """
    broken = list(_closed_sets(facts))
    # The other checks use these values as positions: they can only be asked once these hold.
    if not broken:
        broken += _passages(facts)
        broken += _contacts(facts)
        broken += _servers(facts)
        broken += _persons(facts, needs_drawn)
        broken += _home_visits(facts, requests_drawn)
        broken += _nobody_in_two_places(facts)
        broken += _vehicles(facts)
        broken += _half_days(facts)
    if broken:
        raise BrokenFactsError(facts.scenario, facts.replication, tuple(broken))


def _where(wrong: Bools | np.bool_, sentence: str, **columns: Ints) -> Iterator[str]:
    """The sentence, with how many rows break it and what the first of them holds; nothing when none does."""
    if wrong.any():
        first = int(wrong.argmax())
        shown = ", ".join(f"{name} {int(values[first])}" for name, values in columns.items())
        yield f"{sentence} ({int(wrong.sum())} rows; first: row {first}{', ' + shown if shown else ''})"


def _outside(values: Ints, size: int) -> Bools:
    return (values < 0) | (values >= size)


def _closed_sets(facts: Facts) -> Iterator[str]:
    """Every code is in its set, every position in its table, every day in the horizon."""
    v, w, p, h = facts.visits, facts.windows, facts.passages, facts.home_visits
    j, a, d = facts.journal, facts.agent_days, facts.vehicle_days
    agents, vehicles, sites = len(facts.agents), len(facts.vehicles), facts.site_dates.shape[0]
    yield from _where(_outside(v.outcome, len(OUTCOMES)), "an outcome of a contact is outside its set")
    yield from _where(_outside(v.reason, len(REASONS)), "a reason of a contact is outside its set")
    yield from _where(_outside(v.passage, p.day.size), "a contact is at no passage")
    yield from _where(_outside(w.passage, p.day.size), "a window is at no passage")
    yield from _where(_outside(p.status, len(STATUSES)), "a status of a passage is outside its set")
    yield from _where(_outside(p.site, sites), "a passage is at no site")
    yield from _where(_outside(p.day, facts.days), "a passage is outside the horizon", day=p.day)
    yield from _where(_outside(p.half_day, len(HALF_DAYS)), "a passage is in no half-day")
    held = p.status == HELD
    where = {"site": p.site, "day": p.day}
    yield from _where(held & _outside(p.vehicle, vehicles), "a passage is held without a vehicle", **where)
    for seat in (p.fs_agent, p.cn_agent):
        yield from _where(seat >= agents, "a passage is held by an unknown agent", **where)
    yield from _where(_outside(h.outcome, len(HOME_OUTCOMES)), "an outcome of a request is outside its set")
    yield from _where(
        _outside(facts.persons.destination, len(DESTINATIONS)),
        "a need did not end anywhere",
        person=facts.persons.person_id,
    )
    for name, day, unit, units in (
        ("an activity", j.day, j.vehicle, vehicles),
        ("a day of an agent", a.day, a.agent, agents),
        ("a day of a vehicle", d.day, d.vehicle, vehicles),
    ):
        yield from _where(_outside(day, facts.days), f"{name} is outside the horizon", day=day)
        yield from _where(_outside(unit, units), f"{name} is of nobody known", day=day)
    yield from _where(_outside(j.activity, len(ACTIVITIES)), "an activity is outside its set")
    yield from _where(_outside(a.status, len(AGENT_STATUSES)), "a status of an agent is outside its set")


def _passages(facts: Facts) -> Iterator[str]:
    """A passage has a cause when it is not held; it opens and ends in order; crew and count agree."""
    p = facts.passages
    held = p.status == HELD
    where = {"site": p.site, "day": p.day}
    yield from _where(~held & _outside(p.cause, len(CAUSES)), "a passage not held has no cause", **where)
    yield from _where(held & (p.cause >= 0), "a passage held has a cause", **where)
    yield from _where(held & (p.open_s < p.announced_open_s), "a passage opens before its hour", **where)
    yield from _where(held & (p.open_s >= p.close_s), "a passage opens at or after its closing", **where)
    yield from _where(held & (p.end_s < p.close_s), "a passage ends before its closing", **where)
    seated = (p.fs_agent >= 0).astype(np.int64) + (p.cn_agent >= 0)
    yield from _where(held & (seated != p.held_by), "a passage is not held by as many as sit there", **where)
    yield from _where(
        held & (p.fs_agent >= 0) & (p.fs_agent == p.cn_agent), "an agent sits in both seats", **where
    )


def _contacts(facts: Facts) -> Iterator[str]:
    """Every contact has one outcome, in the order of time and of the rules of a permanence."""
    v, p = facts.visits, facts.passages
    who = {"contact": v.contact_id, "passage": v.passage}
    status = p.status[v.passage]
    served = v.outcome == SERVED
    close, opens = p.close_s[v.passage], p.open_s[v.passage]
    yield from _where(
        (status == CANCELLED) != (v.outcome == DOOR_CLOSED), "door closed is for cancelled passages", **who
    )
    yield from _where(status == CLOSED, "somebody came to a passage announced closed", **who)
    yield from _where(served != (v.server != -1), "served is to have a server", **who)
    yield from _where(served & (v.start_s < v.arrival_s), "a service starts before the arrival", **who)
    yield from _where(served & (v.start_s < opens), "a service starts before the opening", **who)
    yield from _where(
        served & (v.start_s > close + p.overtime_s[v.passage]),
        "a service starts after the overtime allowance",
        **who,
    )
    yield from _where(
        served & (v.start_s > v.arrival_s + v.patience_s), "a service starts after patience ended", **who
    )
    yield from _where(served & (v.end_s < v.start_s), "a service ends before it starts", **who)
    yield from _where(served & (p.end_s[v.passage] < v.end_s), "a permanence ends before a service", **who)
    late = v.arrival_s >= close
    open_door = v.outcome != DOOR_CLOSED
    yield from _where(
        open_door & (late != (v.outcome == REFUSED)), "refused is to arrive at or after closing", **who
    )
    yield from _where(_outside(v.attempt - 1, MOST_CONTACTS), "more than three contacts", person=v.person_id)


def _servers(facts: Facts) -> Iterator[str]:
    """No server serves two at once, nor starts outside a window."""
    v, w = facts.visits, facts.windows
    row = np.flatnonzero(v.outcome == SERVED)
    if not row.size:
        return
    least = min(int(v.server[row].min()), int(w.server.min(initial=0)))
    servers = max(int(v.server[row].max()), int(w.server.max(initial=0))) - least + 1
    mine = (v.passage[row] * servers + v.server[row] - least) * (2 * DAY_S)
    start = mine + v.start_s[row]
    order = np.argsort(start, kind="stable")
    overlap = np.zeros(row.size, np.bool_)
    overlap[1:] = start[order][1:] < (mine + v.end_s[row])[order][:-1]
    ordered = row[order]
    yield from _where(
        overlap, "a server serves two at once", passage=v.passage[ordered], contact=v.contact_id[ordered]
    )
    windows = (w.passage * servers + w.server - least) * (2 * DAY_S)
    begins = windows + w.from_s
    by_start = np.argsort(begins, kind="stable")
    last = np.searchsorted(begins[by_start], start, side="right") - 1
    window = by_start[np.maximum(last, 0)] if w.passage.size else np.zeros(row.size, np.int64)
    if w.passage.size:
        inside = (last >= 0) & (windows[window] == mine) & (v.start_s[row] < w.to_s[window])
    else:
        inside = np.zeros(row.size, np.bool_)
    yield from _where(
        ~inside,
        "a service starts outside a window of its server",
        passage=v.passage[row],
        contact=v.contact_id[row],
    )


def _persons(facts: Facts, needs_drawn: Ints | None) -> Iterator[str]:
    """Each need ends once; those served are those with a served contact; contacts follow one another."""
    n, v, p = facts.persons, facts.visits, facts.passages
    who = {"person": n.person_id}
    yield from _where(np.diff(n.person_id) <= 0, "needs are not sorted by person_id, or one stands twice")
    yield from _where(n.destination == HOME, "a need ended at home, where only requests end", **who)
    alternatives = len(facts.alternatives)
    yield from _where(_outside(n.choice, alternatives), "a need has no choice", **who)
    placed = n.destination < DESTINATIONS.index("gave_up")
    yield from _where(
        placed & _outside(n.ended_at, alternatives), "a need that was met ended at no place", **who
    )
    yield from _where(
        (n.helped_at >= 0) & (n.helped_at < n.need_at), "a person is helped before her need", **who
    )
    if needs_drawn is not None:
        counts = np.bincount(n.home, minlength=needs_drawn.size)
        yield from _where(counts != needs_drawn, "needs of a commune were lost or invented")
    if not v.passage.size:
        return

    # In the order of persons and attempts, which also makes finding the persons quick.
    order = np.argsort(v.person_id * (MOST_CONTACTS + 1) + v.attempt)  # equal only where told below
    person, passage, outcome = v.person_id[order], v.passage[order], v.outcome[order]
    at = np.minimum(np.searchsorted(n.person_id, person), n.person_id.size - 1)
    known = n.person_id[at] == person
    yield from _where(~known, "a contact of a person who has no need", person=person)
    for column in ("home", "need", "need_at", "segment", "operator"):
        differs = known & (getattr(n, column)[at] != getattr(v, column)[order])
        yield from _where(differs, f"a contact and its need differ in {column}", person=person)
    served = np.zeros(n.person_id.size, np.bool_)
    served[at[known & (outcome == SERVED)]] = True
    yield from _where(
        served != (n.destination == ITINERANT), "itinerant is to have been served at a permanence", **who
    )

    begins = p.day[passage] * DAY_S + v.arrival_s[order]
    leaves = np.where(outcome == SERVED, p.day[passage] * DAY_S + v.end_s[order], begins)
    same = person[1:] == person[:-1]
    yield from _where(
        same & (np.diff(v.attempt[order]) <= 0),
        "two contacts of a person have one attempt",
        person=person[1:],
    )
    yield from _where(
        same & (begins[1:] < leaves[:-1]), "a person has two contacts at once", person=person[1:]
    )


def _home_visits(facts: Facts, requests_drawn: Ints | None) -> Iterator[str]:
    """Each request has one outcome; each redirected one is a need of the same commune."""
    h = facts.home_visits
    who = {"request": h.request_id}
    done = h.outcome == DONE
    asked = h.requested_at // DAY_S
    yield from _where(done & _outside(h.day, facts.days), "a visit done is outside the horizon", **who)
    yield from _where(done & (h.day < asked), "a visit is done before it was asked for", **who)
    yield from _where(
        done & (h.lead_days != h.day - asked), "a lead time is not the days from request to visit", **who
    )
    yield from _where(done & (h.end_s < h.start_s), "a visit ends before it starts", **who)
    yield from _where(done & (h.agent_1 < 0), "a visit is done by nobody", **who)
    communes = 1 + max(int(h.home.max(initial=-1)), int(facts.persons.home.max(initial=-1)))
    redirected = np.bincount(h.home[h.outcome == REDIRECTED], minlength=communes)
    needs = np.bincount(facts.persons.home[facts.persons.redirected == 1], minlength=communes)
    yield from _where(redirected != needs, "redirected requests of a commune are not its redirected needs")
    if requests_drawn is not None:
        counts = np.bincount(h.home, minlength=requests_drawn.size)
        yield from _where(counts != requests_drawn, "requests of a commune were lost or invented")


def _nobody_in_two_places(facts: Facts) -> Iterator[str]:
    """No agent holds two permanences, or a permanence and a home visit, or two visits, at one time."""
    p, h = facts.passages, facts.home_visits
    held = p.status == HELD
    went = (h.outcome <= NO_SHOW) & (h.day >= 0) & (h.start_s >= 0)
    agent = np.concatenate([p.fs_agent[held], p.cn_agent[held], h.agent_1[went], h.agent_2[went]])
    base_p, base_h = p.day[held] * DAY_S, h.day[went] * DAY_S
    start = np.concatenate([base_p + p.open_s[held]] * 2 + [base_h + h.start_s[went]] * 2)
    end = np.concatenate([base_p + p.end_s[held]] * 2 + [base_h + h.end_s[went]] * 2)
    present = agent >= 0
    agent, start, end = agent[present], start[present], end[present]
    order = np.argsort(agent * (facts.days + 1) * DAY_S + start, kind="stable")
    agent, start, end = agent[order], start[order], end[order]
    overlap = (agent[1:] == agent[:-1]) & (start[1:] < end[:-1])
    yield from _where(overlap, "an agent is in two places", agent=agent[1:], day=start[1:] // DAY_S)


def _vehicles(facts: Facts) -> Iterator[str]:
    """A vehicle does one thing at a time; each permanence held stands in its journal."""
    j, p = facts.journal, facts.passages
    yield from _where(j.end_s < j.start_s, "an activity ends before it starts", vehicle=j.vehicle, day=j.day)
    key = (j.vehicle * facts.days + j.day) * (4 * DAY_S)
    order = np.argsort(key + j.start_s, kind="stable")
    key, start, end = key[order], j.start_s[order], j.end_s[order]
    overlap = (key[1:] == key[:-1]) & (start[1:] < end[:-1])
    yield from _where(
        overlap, "a vehicle does two things at once", vehicle=j.vehicle[order][1:], day=j.day[order][1:]
    )
    held, hold = p.status == HELD, j.activity == HOLD
    size = len(facts.vehicles) * facts.days
    passages = np.bincount(p.vehicle[held] * facts.days + p.day[held], minlength=size)
    holds = np.bincount(j.vehicle[hold] * facts.days + j.day[hold], minlength=size)
    yield from _where(passages != holds, "permanences held are not those of the vehicles' journal")


def _half_days(facts: Facts) -> Iterator[str]:
    """Both half-days of every vehicle and agent, on every working day, have one use; permanences agree."""
    p = facts.passages
    held = p.status == HELD
    logs = (
        ("a vehicle", len(facts.vehicles), facts.vehicle_days.vehicle, facts.vehicle_days, (p.vehicle,)),
        ("an agent", len(facts.agents), facts.agent_days.agent, facts.agent_days, (p.fs_agent, p.cn_agent)),
    )
    for name, units, unit, log, seats in logs:
        seen = np.bincount(log.day * units + unit, minlength=units * facts.days)
        expected = np.zeros((facts.days, units), np.int64)
        expected[facts.working_days] = 1
        yield from _where(seen != expected.ravel(), f"a half-day of {name} is missing or stands twice")
        uses = np.stack([log.morning, log.afternoon], axis=1)
        yield from _where(
            ((uses < 0) | (uses >= len(HALF_DAY_USES))).any(axis=1), f"a half-day of {name} has no use"
        )
        use = np.full((facts.days, units, 2), -1, np.int64)
        use[log.day, unit] = uses
        for seat in seats:
            sits = held & (seat >= 0)
            wrong = use[p.day[sits], seat[sits], p.half_day[sits]] != PERMANENCE
            yield from _where(
                wrong,
                f"{name} holds a permanence in a half-day of another use",
                day=p.day[sits],
                unit=seat[sits],
            )
        # A permanence that came too late to be held was still driven to.
        count = np.count_nonzero(uses == PERMANENCE)
        driven = sum(int(np.count_nonzero((p.status != CLOSED) & (seat >= 0))) for seat in seats)
        if count > driven:
            yield f"{count} half-days of {name} are for permanences, of which only {driven} are known"
