"""Invariants: they hold on consistent facts, and each kind of contradiction is named."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from sim.measures import BrokenFactsError, check_invariants
from sim.models.facts import Facts
from tests.made_up_facts import busy_year, context_of, empty_facts


def put(facts: Facts, table: str, column: str, where: object, value: object) -> Facts:
    """The facts with some cells of one column replaced."""
    rows = getattr(facts, table)
    values = getattr(rows, column).copy()
    values[where] = value
    return replace(facts, **{table: replace(rows, **{column: values})})


def served(facts: Facts) -> np.ndarray:
    return np.flatnonzero(facts.visits.outcome == 0)


def held(facts: Facts) -> np.ndarray:
    return np.flatnonzero(facts.passages.status == 0)


def _two_at_once(facts: Facts) -> Facts:
    """The second contact of a server begins inside her first one."""
    v = facts.visits
    rows = served(facts)
    key = v.passage[rows] * 100 + v.server[rows]
    order = np.lexsort((v.start_s[rows], key))
    pair = np.flatnonzero(key[order][1:] == key[order][:-1])[0]
    first, second = rows[order[pair]], rows[order[pair + 1]]
    return put(facts, "visits", "start_s", second, v.end_s[first] - 1)


def _same_person_twice(facts: Facts) -> Facts:
    """Two contacts of one passage are one person's, the second while the first is being served."""
    v = facts.visits
    rows = served(facts)
    first = next(i for i in rows if v.passage[i + 1] == v.passage[i] and v.arrival_s[i + 1] < v.end_s[i])
    for column in ("person_id", "home", "need", "need_at", "segment", "operator"):
        facts = put(facts, "visits", column, first + 1, getattr(v, column)[first])
    facts = put(facts, "visits", "attempt", first + 1, 2)
    at = np.flatnonzero(facts.persons.person_id == v.person_id[first + 1])
    return put(facts, "persons", "destination", at, 6)


def _agent_in_two_places(facts: Facts) -> Facts:
    """A home visit by an agent who is holding a permanence."""
    row = held(facts)[0]
    p = facts.passages
    visit = np.flatnonzero(facts.home_visits.outcome == 0)[-1]
    for column, value in (
        ("day", p.day[row]),
        ("start_s", p.open_s[row] + 60),
        ("end_s", p.open_s[row] + 3_660),
        ("agent_1", p.fs_agent[row]),
        ("requested_at", 0),
        ("lead_days", p.day[row]),
    ):
        facts = put(facts, "home_visits", column, visit, value)
    return facts


BROKEN: dict[str, tuple[Callable[[Facts], Facts], str]] = {
    "outcome": (lambda f: put(f, "visits", "outcome", 0, 9), "outcome of a contact is outside its set"),
    "no cause": (lambda f: put(f, "passages", "cause", f.passages.status != 0, -1), "not held has no cause"),
    "a cause": (lambda f: put(f, "passages", "cause", held(f), 2), "held has a cause"),
    "no destination": (lambda f: put(f, "persons", "destination", 5, -1), "did not end anywhere"),
    "door": (
        lambda f: put(f, "visits", "outcome", np.flatnonzero(f.visits.outcome == 1)[0], 5),
        "door closed is for cancelled passages",
    ),
    "announced": (
        lambda f: put(f, "passages", "status", f.visits.passage[served(f)[0]], 1),
        "came to a passage announced closed",
    ),
    "no server": (lambda f: put(f, "visits", "server", served(f)[0], -1), "served is to have a server"),
    "early start": (
        lambda f: put(f, "visits", "arrival_s", served(f)[0], f.visits.start_s[served(f)[0]] + 1),
        "starts before the arrival",
    ),
    "before opening": (
        lambda f: put(f, "passages", "open_s", f.visits.passage[served(f)[0]], 59_000),
        "starts before the opening",
    ),
    "after overtime": (
        lambda f: put(f, "passages", "overtime_s", slice(None), -20_000),
        "starts after the overtime allowance",
    ),
    "no patience": (
        lambda f: put(f, "visits", "patience_s", served(f), 0),
        "starts after patience ended",
    ),
    "backwards": (
        lambda f: put(f, "visits", "end_s", served(f)[0], f.visits.start_s[served(f)[0]] - 1),
        "ends before it starts",
    ),
    "refused in time": (
        lambda f: put(f, "visits", "outcome", np.flatnonzero(f.visits.outcome == 1)[0], 3),
        "refused is to arrive at or after closing",
    ),
    "four contacts": (lambda f: put(f, "visits", "attempt", 0, 4), "more than three contacts"),
    "server twice": (_two_at_once, "a server serves two at once"),
    "outside a window": (
        lambda f: put(f, "windows", "to_s", slice(None), f.windows.from_s + 1),
        "outside a window of its server",
    ),
    "person twice": (_same_person_twice, "a person has two contacts at once"),
    "unknown person": (lambda f: put(f, "visits", "person_id", 0, 17), "a person who has no need"),
    "another need": (
        lambda f: put(f, "visits", "need", 0, (f.visits.need[0] + 1) % 5),
        "a contact and its need differ in need",
    ),
    "served nowhere": (
        lambda f: put(f, "persons", "destination", np.flatnonzero(f.persons.destination == 0)[0], 5),
        "itinerant is to have been served",
    ),
    "no place": (
        lambda f: put(f, "persons", "ended_at", np.flatnonzero(f.persons.destination == 2)[0], -1),
        "ended at no place",
    ),
    "helped early": (
        lambda f: put(f, "persons", "helped_at", np.flatnonzero(f.persons.need_at > 0)[0], 0),
        "helped before her need",
    ),
    "needs unsorted": (lambda f: put(f, "persons", "person_id", 0, 2**50), "not sorted by person_id"),
    "visit beyond the horizon": (
        lambda f: put(f, "home_visits", "day", np.flatnonzero(f.home_visits.outcome == 0)[0], f.days),
        "outside the horizon",
    ),
    "lead time": (
        lambda f: put(f, "home_visits", "lead_days", np.flatnonzero(f.home_visits.outcome == 0)[0], 400),
        "lead time is not the days",
    ),
    "redirected and no need": (
        lambda f: put(f, "home_visits", "outcome", 0, 4),
        "are not its redirected needs",
    ),
    "agent twice": (_agent_in_two_places, "an agent is in two places"),
    "one seat": (lambda f: put(f, "passages", "cn_agent", held(f)[0], -1), "held by as many as sit there"),
    "both seats": (
        lambda f: put(f, "passages", "cn_agent", held(f)[0], f.passages.fs_agent[held(f)[0]]),
        "sits in both seats",
    ),
    "vehicle twice": (
        lambda f: put(f, "journal", "end_s", np.flatnonzero(f.journal.activity == 0)[0], 80_000),
        "does two things at once",
    ),
    "unseen permanence": (
        lambda f: put(f, "journal", "activity", np.flatnonzero(f.journal.activity == 2)[0], 6),
        "not those of the vehicles' journal",
    ),
    "half-day missing": (
        lambda f: put(f, "vehicle_days", "day", 0, f.vehicle_days.day[-1]),
        "a half-day of a vehicle is missing",
    ),
    "agent's half-day missing": (
        lambda f: put(f, "agent_days", "agent", 0, 1),
        "a half-day of an agent is missing",
    ),
    "no use": (lambda f: put(f, "agent_days", "morning", 0, -1), "a half-day of an agent has no use"),
    "another use": (
        lambda f: put(f, "vehicle_days", "afternoon", f.vehicle_days.afternoon == 1, 2),
        "in a half-day of another use",
    ),
    "opens early": (lambda f: put(f, "passages", "open_s", held(f)[0], 0), "opens before its hour"),
    "never opens": (
        lambda f: put(f, "passages", "open_s", held(f)[0], 80_000),
        "opens at or after its closing",
    ),
    "ends early": (lambda f: put(f, "passages", "end_s", held(f)[0], 0), "ends before its closing"),
    "no passage": (lambda f: put(f, "visits", "passage", 0, 10**6), "a contact is at no passage"),
    "no window": (lambda f: put(f, "windows", "passage", 0, -1), "a window is at no passage"),
    "no site": (lambda f: put(f, "passages", "site", 0, -1), "a passage is at no site"),
    "no half-day": (lambda f: put(f, "passages", "half_day", 0, 2), "a passage is in no half-day"),
    "no vehicle": (lambda f: put(f, "passages", "vehicle", held(f)[0], -1), "held without a vehicle"),
    "no such agent": (lambda f: put(f, "passages", "fs_agent", held(f)[0], 99), "by an unknown agent"),
    "no such vehicle": (lambda f: put(f, "journal", "vehicle", 0, 7), "an activity is of nobody known"),
    "no such activity": (lambda f: put(f, "journal", "activity", 0, 70), "an activity is outside its set"),
    "permanence for nothing": (
        lambda f: put(f, "vehicle_days", "afternoon", slice(None), 1),
        "half-days of a vehicle are for permanences",
    ),
}


def test_they_hold() -> None:
    """Tests that consistent facts of a whole horizon, and of no activity, pass."""
    facts, context = busy_year(2)
    check_invariants(facts)
    check_invariants(empty_facts(context_of()))
    communes = len(context.communes)
    check_invariants(
        facts,
        needs_drawn=np.bincount(facts.persons.home, minlength=communes),
        requests_drawn=np.bincount(facts.home_visits.home, minlength=communes),
    )


@pytest.mark.parametrize("name", BROKEN)
def test_each_contradiction_is_named(name: str) -> None:
    """Tests that one wrong cell raises, with a sentence that says what is wrong and where first."""
    change, sentence = BROKEN[name]
    facts, _ = busy_year(2)
    with pytest.raises(BrokenFactsError) as error:
        check_invariants(change(facts))
    assert any(sentence in broken for broken in error.value.broken), error.value.broken
    assert "scenario made_up, replication 0" in str(error.value)


def test_people_are_conserved() -> None:
    """Tests that a need or a request that the world drew and the facts lost is found."""
    facts, context = busy_year(2)
    drawn = np.bincount(facts.persons.home, minlength=len(context.communes))
    drawn[3] += 1
    with pytest.raises(BrokenFactsError, match="needs of a commune were lost or invented"):
        check_invariants(facts, needs_drawn=drawn)
    asked = np.bincount(facts.home_visits.home, minlength=len(context.communes))
    asked[7] += 1
    with pytest.raises(BrokenFactsError, match="requests of a commune were lost or invented"):
        check_invariants(facts, requests_drawn=asked)


def test_the_error_travels() -> None:
    """Tests that what is broken survives the way back from a worker process."""
    facts, _ = busy_year(2)
    with pytest.raises(BrokenFactsError) as error:
        check_invariants(put(facts, "visits", "attempt", 0, 4))
    back = pickle.loads(pickle.dumps(error.value))
    assert str(back) == str(error.value)
    assert back.broken == error.value.broken
