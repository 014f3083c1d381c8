"""Tests of bad days worked by hand: breakdowns of spares too, half-days lost, causes, lunches."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sim.measures import check_invariants
from sim.models.cell import replicate
from sim.models.facts import AGENT_STATUSES, CAUSES, HALF_DAY_USES, Facts
from sim.models.leave import plan_absence
from tests.scripted import (
    Person,
    Request,
    at,
    clock,
    columns,
    rounds_file,
    scripted,
    with_breakdown,
    with_people,
    with_requests,
    with_sickness,
)
from tests.test_model_day_by_hand import (
    AUBRELANDE,
    ONE_CREW,
    TWO_HALVES,
    contacts,
    in_words,
    quantile,
)

BREAKS = "fleet.breakdown_share_of_vehicle_days=1e-9"
PAIRS = (
    "run.horizon.start=2021-09-06",
    "run.horizon.end=2021-09-30",
    "rounds.reading=per_commune",
    "rounds.vehicles=2",
    "fleet.vehicles=2",
)
TWO_TOURS = [
    ("salle-belcombe", "V1", 1, 2, "morning"),
    ("mairie-aubrelande", "V2", 1, 2, "morning"),
    ("mds-aubrelande", "V2", 1, 3, "morning"),
]


def uses(facts: Facts, day: int, who: int, of: str = "agent") -> tuple[str, str]:
    """The uses of both half-days of an agent or a vehicle."""
    log = facts.agent_days if of == "agent" else facts.vehicle_days
    (row,) = [r[2:] for r in columns(log, of, "day", "morning", "afternoon") if r[:2] == (who, day)]
    return HALF_DAY_USES[row[0]], HALF_DAY_USES[row[1]]


def reassigned(facts: Facts, day: int) -> dict[int, int]:
    """Agents on the road on a day, and whether they were outside their own team."""
    rows = columns(facts.agent_days, "agent", "day", "duty_start_s", "reassigned")
    return {agent: out for agent, d, start, out in rows if d == day and start >= 0}


@pytest.mark.parametrize(
    ("vehicles", "second", "opens", "holder"),
    [
        (2, "13:01", "13:35", 1),  # it is there at 13:00: 20 min of drive, 15 of set-up
        (3, "12:30", "15:05", 2),  # breaks down on the way: the third is there at 14:30
        (3, "10:59", "13:35", 2),  # broken before it was called
        (3, "11:00", "13:35", 2),  # at the very second: it stands broken at the base
    ],
)
def test_a_spare_that_breaks_down_is_replaced_by_the_next(
    tmp_path: Path, vehicles: int, second: str, opens: str, holder: int
) -> None:
    """Tests which vehicle carries on, and when, after a breakdown at 11:00 with 120 minutes of delay."""
    words = (*ONE_CREW, f"fleet.vehicles={vehicles}", BREAKS)
    plan, world = scripted(*words, rounds_file(tmp_path, TWO_HALVES))
    world = with_breakdown(with_breakdown(world, 0, 0, "11:00"), 1, 0, second)
    facts = replicate(plan, world)
    check_invariants(facts)
    assert columns(facts.passages, "vehicle", "open_s")[:2] == [(0, clock("09:30")), (holder, clock(opens))]
    assert uses(facts, 0, 0, "vehicle") == ("permanence", "repair")
    assert uses(facts, 0, holder, "vehicle")[1] == "permanence"
    assert uses(facts, 0, 0) == uses(facts, 0, 1) == ("permanence", "permanence")
    assert reassigned(facts, 0) == {0: 1, 1: 1}  # they came back in another vehicle
    if holder == 2:
        assert uses(facts, 0, 1, "vehicle")[1] == "repair"


def test_the_last_spare_breaks_down_on_its_way(tmp_path: Path) -> None:
    """Tests that the afternoon is cancelled when the last hope breaks down, at 12:30, and is lost to all."""
    plan, world = scripted(*ONE_CREW, "fleet.vehicles=2", BREAKS, rounds_file(tmp_path, TWO_HALVES))
    hears = {"told": [0.0], "fate": [0.0]}
    people = [
        Person(at(0, when), AUBRELANDE, arrives=[quantile("14:00", "13:30", "16:30"), 0.5], **hears)
        for when in ("09:00", "12:45")
    ]
    world = with_people(with_breakdown(with_breakdown(world, 0, 0, "11:00"), 1, 0, "12:30"), people)
    facts = replicate(plan, world)
    check_invariants(facts)
    assert [CAUSES[c] for c in facts.passages.cause[1:2]] == ["breakdown"]
    assert contacts(facts) == [(1, 1, "first", "served", 14), (2, 1, "first", "served", 14)]
    # Agents are away from their base, and come back on the tow truck; the vehicles are repaired.
    assert uses(facts, 0, 0) == uses(facts, 0, 1) == ("permanence", "repair")
    assert uses(facts, 0, 0, "vehicle") == ("permanence", "repair")
    assert uses(facts, 0, 1, "vehicle")[1] == "repair"
    assert uses(facts, 1, 0) == ("reserve", "reserve")
    assert uses(facts, 1, 0, "vehicle") == ("repair", "repair")
    assert uses(facts, 2, 0, "vehicle") == ("reserve", "reserve")


def test_a_breakdown_at_the_base_leaves_its_crew_in_reserve(tmp_path: Path) -> None:
    """Tests that who never left can work at the base, and that the vehicle is repaired from then on."""
    stops = [("mairie-aubrelande", "V1", 1, 1, "afternoon")]
    for time, morning in (("12:29:59", "repair"), ("12:30", "reserve")):
        plan, world = scripted(*ONE_CREW, BREAKS, rounds_file(tmp_path, stops))
        facts = replicate(plan, with_breakdown(world, 0, 0, time))
        check_invariants(facts)
        assert uses(facts, 0, 0) == ("reserve", "reserve")
        assert uses(facts, 0, 0, "vehicle") == (morning, "repair")
    # A vehicle that breaks down in the middle of a permanence has held it.
    plan, world = scripted(*ONE_CREW, BREAKS, rounds_file(tmp_path, stops))
    facts = replicate(plan, with_breakdown(world, 0, 0, "14:00"))
    assert uses(facts, 0, 0, "vehicle") == ("reserve", "permanence")


@pytest.mark.parametrize(
    ("breaks", "tuesday", "wednesday"), [(False, "held", "sickness"), (True, "breakdown", "held")]
)
def test_the_coordinators_day_is_not_spent_without_a_vehicle(
    tmp_path: Path, breaks: bool, tuesday: str, wednesday: str
) -> None:
    """Tests half a day a week for A4's seat: spent on Tuesday, or kept when V2 is repaired that day."""
    words = (*PAIRS, "staff.fs_agents=2", "staff.cn_agents=2", "staff.coordinator_fte=0.1", BREAKS)
    plan, world = scripted(*words, "staff.pairing=named_strict", rounds_file(tmp_path, TWO_TOURS))
    world = with_sickness(world, {"A4": [1, 2]})
    facts = replicate(plan, with_breakdown(world, 1, 0, "17:00") if breaks else world)
    check_invariants(facts)
    found = {
        (day, vehicle): (CAUSES[cause] if cause >= 0 else "held", (first, second))
        for day, vehicle, cause, first, second in columns(
            facts.passages, "day", "vehicle", "cause", "fs_agent", "cn_agent"
        )
        if day < 7
    }
    assert found[1, 0] == ("held", (0, 1))
    for day, what in ((1, tuesday), (2, wednesday)):
        assert found[day, 1] == (what, (2, 4) if what == "held" else (-1, -1))


@pytest.mark.parametrize(("fte", "visited"), [(0.1, 2), (0.2, 1)])
def test_home_visits_take_the_coordinators_time_too(tmp_path: Path, fte: float, visited: int) -> None:
    """Tests half a day for the desk of Tuesday morning; the afternoon's visit waits when it was the last."""
    stops = [("salle-belcombe", "V1", 1, 2, "morning")]
    words = (*ONE_CREW, f"staff.coordinator_fte={fte}", "homes.policy=earliest", rounds_file(tmp_path, stops))
    plan, world = scripted(*words)
    world = with_requests(world, [Request(at(-4, "10:00"), 0)])
    facts = replicate(plan, with_sickness(world, {"A2": [1]}))
    check_invariants(facts)
    assert columns(facts.passages, "day", "fs_agent", "cn_agent", "held_by")[0] == (1, 0, 2, 2)
    # Asked on the Thursday before, decided on Monday. A2 is well again on Wednesday.
    assert columns(facts.home_visits, "day", "displaced")[0] == (visited, int(visited > 1))


def absent(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], away: dict[int, str], tmp_path: Path
) -> Facts:
    """Two tours on a Tuesday of three pairs, some of whose agents are on leave or ill."""
    stops = [("salle-belcombe", "V1", 1, 2, "morning"), ("mairie-aubrelande", "V2", 1, 2, "morning")]
    plan, world = scripted(
        *PAIRS, "staff.fs_agents=3", "staff.cn_agents=3", *words, rounds_file(tmp_path, stops)
    )

    def planned(*given: Any) -> Any:
        status = plan_absence(*given)
        for agent, what in away.items():
            status[agent, 1] = AGENT_STATUSES.index(what)
        return status

    monkeypatch.setattr("sim.models.cell.plan_absence", planned)
    facts = replicate(plan, world)
    check_invariants(facts)
    return facts


@pytest.mark.parametrize(
    ("pairing", "away", "cause"),
    [
        # No second France Services agent: A6, ill, is a conseiller, of whom there is one left.
        ("pooled", {2: "leave", 4: "leave", 5: "sickness"}, "leave"),
        ("pooled", {2: "leave", 4: "sickness"}, "sickness"),
        ("pooled", {2: "training", 4: "leave"}, "leave"),
        # Pair 2 lacks A3; pair 3, ill, may not take over.
        ("named_strict", {2: "leave", 4: "sickness"}, "leave"),
        ("named_strict", {2: "leave", 3: "sickness"}, "sickness"),
        # With takeover pair 3, without a tour, would have come.
        ("named", {2: "leave", 4: "sickness"}, "sickness"),
        ("named", {2: "leave", 4: "leave"}, "leave"),
        ("any_two", {2: "leave", 3: "leave", 4: "leave", 5: "sickness"}, "sickness"),
        ("any_two", {2: "leave", 3: "leave", 4: "leave", 5: "training"}, "leave"),
    ],
)
def test_the_cause_is_who_could_have_sat_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pairing: str, away: dict[int, str], cause: str
) -> None:
    """Tests sickness first, among those whose presence would have made a crew."""
    facts = absent(monkeypatch, (f"staff.pairing={pairing}",), away, tmp_path)
    causes = [c for d, c in columns(facts.passages, "day", "cause") if d == 1]
    assert sorted(causes) == [-1, CAUSES.index(cause)]


def test_who_is_outside_her_own_team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests partners, vehicles and the coordinator, at a desk and in the homes."""
    everyone = absent(monkeypatch, ("staff.pairing=pooled",), {}, tmp_path)
    assert reassigned(everyone, 1) == {0: 0, 1: 0, 2: 0, 3: 0}
    # A2 is away: A6, whose pair has no tour, sits beside A1 in V1. Pair 2 is as ever.
    mixed = absent(monkeypatch, ("staff.pairing=pooled",), {1: "leave"}, tmp_path)
    assert reassigned(mixed, 1) == {0: 1, 5: 1, 2: 0, 3: 0}
    # A4 and A6 are away: A3, first ranked, takes A2, and the coordinator sits beside A1.
    words = ("staff.pairing=pooled", "staff.coordinator_fte=0.2")
    stands_in = absent(monkeypatch, words, {3: "leave", 5: "leave"}, tmp_path)
    assert reassigned(stands_in, 1) == {0: 1, 1: 1, 2: 1, 6: 0}
    # Pair 2 and A1 are away: A2 visits homes with A5, in a vehicle that is not theirs.
    stops = [("salle-belcombe", "V1", 1, 5, "morning")]
    plan, world = scripted(*PAIRS, "homes.policy=earliest", rounds_file(tmp_path, stops))
    world = with_requests(world, [Request(at(0, "10:00"), 1)])
    facts = replicate(plan, with_sickness(world, {"A1": [2], "A3": [2], "A4": [2]}))
    check_invariants(facts)
    assert columns(facts.home_visits, "day", "agent_1", "agent_2", "vehicle") == [(2, 4, 1, 0)]
    assert reassigned(facts, 2) == {1: 1, 4: 1}
    assert uses(facts, 2, 1) == uses(facts, 2, 4) == ("home_visits", "reserve")


def test_lunch_follows_a_morning_that_came_to_nothing(tmp_path: Path) -> None:
    """Tests ten times the traffic: the morning is cancelled on arrival, lunch, then a late opening."""
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, TWO_HALVES))
    facts = replicate(plan, replace(world, day_factor=world.day_factor * 10))
    check_invariants(facts)
    # 19.7 min of drive become 197, from 08:45:18; 12:45 is 13:30 less 15, 10 and 20 min.
    assert in_words(facts, 0)[:3] == [
        ("drive", clock("08:45:18"), clock("12:02:18")),
        ("lunch", clock("12:02:18"), clock("12:45")),
        ("drive", clock("12:45"), clock("16:05")),
    ]
    assert columns(facts.passages, "open_s", "status", "cause")[:2] == [
        (-1, 2, CAUSES.index("late")),
        (clock("16:20"), 0, -1),
    ]
    assert uses(facts, 0, 0) == uses(facts, 0, 0, "vehicle") == ("permanence", "permanence")


def test_an_afternoon_that_opens_at_noon_has_its_lunch_before(tmp_path: Path) -> None:
    """Tests that lunch goes by the session, not by the hour half-way between the usual sessions."""
    stops = [
        ("salle-belcombe", "V1", 1, 1, "morning", "09:00", "10:30"),
        ("mairie-aubrelande", "V1", 1, 1, "afternoon", "12:10", "15:10"),
    ]
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, stops))
    facts = replicate(plan, world)
    check_invariants(facts)
    assert ("lunch", clock("10:40"), clock("11:25")) in in_words(facts, 0)
    assert facts.passages.open_s[1] == clock("12:10")


def test_a_margin_before_a_visit_does_not_shorten_lunch(tmp_path: Path) -> None:
    """Tests a crew on time all morning: the whole lunch, then straight to the visit."""
    stops = [("salle-belcombe", "V1", 1, 1, "morning", "09:30", "11:30")]
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, stops), "homes.policy=earliest")
    world = with_requests(world, [Request(at(10, "10:00"), 11, home="99002")])
    facts = replicate(plan, world)
    check_invariants(facts)
    lunch = [row for row in in_words(facts, 14) if row[0] == "lunch"]
    assert lunch == [("lunch", clock("11:40"), clock("12:25"))]
    assert {r for a, d, r in columns(facts.agent_days, "agent", "day", "lunch_shortened") if d == 14} == {0}
    assert columns(facts.home_visits, "day")[0] == (14,)
