"""Tests of common random numbers: scenarios meet the same people, and a replication is its own world."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from sim import load_settings
from sim.models.cell import replicate
from sim.models.facts import Facts
from sim.study.cell_study import CellStudy, Prepared
from sim.world import World
from tests.scripted import columns, same_bytes

WORDS = (
    "territory=tiny",
    "run.horizon.end=2022-06-30",
    "demand.needs_per_person_per_year=6",
    "demand.awareness.midpoint_months=0",
)
STUDIES = {
    "three_or_four": ("study.scenarios=[reference,relief_pair,four_vehicles]",),
    "staffing": (),
    "label_exits": (),
}


@cache
def study(name: str) -> tuple[Prepared, World]:
    model = CellStudy()
    prepared = model.prepare(load_settings(f"study={name}", *WORDS, *STUDIES[name]))
    return prepared, model.draw(prepared, 2)


@cache
def facts_of(name: str) -> tuple[Facts, ...]:
    prepared, world = study(name)
    return tuple(replicate(plan, world) for plan in prepared.plans)


@pytest.mark.parametrize("name", STUDIES)
def test_whoever_several_scenarios_meet_is_the_same_person(name: str) -> None:
    """Tests need, work at the first attempt and patience at the same attempt of every person_id."""
    need: dict[int, tuple[int, ...]] = {}
    work: dict[int, float] = {}
    patience: dict[tuple[int, int], int] = {}
    met = set()
    shared = 0
    for facts in facts_of(name):
        rows = columns(facts.visits, "person_id", "home", "need_at", "need", "segment", "operator")
        for person, *what in rows:
            assert need.setdefault(person, tuple(what)) == tuple(what)
        for person, attempt, reason, w, p in columns(
            facts.visits, "person_id", "attempt", "reason", "work_s", "patience_s"
        ):
            assert patience.setdefault((person, attempt), p) == p
            if reason == 0:
                assert work.setdefault(person, w) == w
            elif reason == 2:  # half the work of the first contact that was solved in part
                assert w == work[person] * 0.5
        people = {person for person, *_ in rows}
        shared += len(people & met)
        met |= people
        assert np.array_equal(facts.persons.person_id, facts_of(name)[0].persons.person_id)
    assert shared > 500


@pytest.mark.parametrize("name", STUDIES)
def test_moments_of_arrival_are_those_of_the_attempt(name: str) -> None:
    """Tests that an attempt in a half-day of the same hours arrives at the same second in every scenario."""
    arrival: dict[tuple[int, int, int], int] = {}
    for facts in facts_of(name):
        half_day = facts.passages.half_day[facts.visits.passage]
        for (person, attempt, second), half in zip(
            columns(facts.visits, "person_id", "attempt", "arrival_s"), half_day.tolist(), strict=True
        ):
            assert arrival.setdefault((person, attempt, half), second) == second
    assert len(arrival) > 300


def test_absence_and_requests_do_not_know_the_scenario() -> None:
    """Tests that the same agent is ill on the same days, and that the same requests are made, everywhere."""
    many = facts_of("three_or_four")
    ill: dict[tuple[str, int], bool] = {}
    for facts in many:
        for agent, day, status in columns(facts.agent_days, "agent", "day", "status"):
            key = (facts.agents[agent], day)
            assert ill.setdefault(key, status == 4) == (status == 4)
        for name in ("request_id", "home", "channel", "requested_at"):
            assert np.array_equal(getattr(facts.home_visits, name), getattr(many[0].home_visits, name))
    assert any(ill.values())


def test_the_same_plan_and_world_give_the_same_bytes() -> None:
    """Tests that replicating twice, and drawing the world again, change not one bit."""
    prepared, world = study("three_or_four")
    again = CellStudy().draw(prepared, 2)
    for plan, facts in zip(prepared.plans, facts_of("three_or_four"), strict=True):
        assert same_bytes(facts, replicate(plan, world))
        assert same_bytes(facts, replicate(plan, again))


def test_replications_share_nobody() -> None:
    """Tests that two replications have other people, other work and other absences."""
    prepared, world = study("three_or_four")
    other = CellStudy().draw(prepared, 3)
    assert set(world.needs.work_s.tolist()) & set(other.needs.work_s.tolist()) <= {0.0}
    assert not np.array_equal(world.sick, other.sick)
    one, two = (replicate(prepared.plans[0], w) for w in (world, other))
    assert not same_bytes(one, two)


def test_common_numbers_are_worth_their_name() -> None:
    """Tests that the paired difference of two scenarios varies less than that of unpaired replications."""
    prepared, _ = study("three_or_four")
    helped = []
    for r in range(24):
        world = CellStudy().draw(prepared, r)
        helped.append([(replicate(prepared.plans[k], world).persons.helped_at >= 0).sum() for k in (0, 2)])
    reference, four = np.array(helped, float).T
    paired = np.var(four - reference, ddof=1)
    unpaired = np.var(four, ddof=1) + np.var(reference, ddof=1)
    # F with 23 and 23 degrees of freedom is above 3.9 once in a thousand were they equal
    assert unpaired / paired > 3.9
