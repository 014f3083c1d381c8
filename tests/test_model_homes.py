"""Tests of the booking desk by hand: which day, which start, who is refused, who is displaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.measures import check_invariants
from sim.models.cell import replicate
from sim.models.facts import ACTIVITIES, HOME_OUTCOMES, Facts
from sim.scenarios.plan import make_plan
from sim.world import draw_world
from tests.reference.bookings import book_all
from tests.scripted import (
    Request,
    at,
    clock,
    columns,
    compose,
    rounds_file,
    scripted,
    territory,
    with_requests,
    with_sickness,
)
from tests.test_model_day_by_hand import ONE_CREW, formula_minutes

CLAIRVENT, BASE, HALL = (45.01, 2.21), (45.052, 2.052), (45.1305, 2.1605)
# Week 1, Monday: a morning in Belcombe, the afternoon free. Every other working day is free.
ONE_MORNING = [("mairie-belcombe", "V1", 1, 1, "morning")]
THURSDAY = Request(at(3, "10:00"), 4)  # asked on Thursday, decided on Friday


def outcomes(facts: Facts) -> list[str]:
    return [HOME_OUTCOMES[o] for o in facts.home_visits.outcome]


@pytest.mark.parametrize(
    ("words", "day", "start"),
    [
        # From the base and back: 2 × 19.4 min. From Belcombe on the way back: 20.3 + 19.4 − 18.0.
        (("homes.policy=earliest",), 7, "09:00"),
        (("homes.policy=cheapest_insertion", "homes.lead_bound_days=14"), 14, "13:00"),
        (("homes.policy=cheapest_insertion", "homes.lead_bound_days=10"), 7, "09:00"),
        (
            ("homes.policy=cheapest_insertion", "homes.lead_bound_days=0"),
            7,
            "09:00",
        ),  # the first after the bound
        # One intercommunalité, hence Mondays: that of the tour is the cheaper of two within the bound.
        (("homes.policy=zone_day",), 14, "13:00"),
        (("homes.policy=zone_day", "homes.lead_bound_days=5"), 7, "09:00"),
    ],
)
def test_which_day_a_policy_chooses(tmp_path: Path, words: tuple[str, ...], day: int, start: str) -> None:
    """Tests one request under each policy: the day, the slot, the kilometres it adds."""
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, ONE_MORNING), *words)
    facts = replicate(plan, with_requests(world, [THURSDAY]))
    check_invariants(facts)
    out, across = formula_minutes(BASE, CLAIRVENT), formula_minutes(HALL, CLAIRVENT)
    # Packed at 11:40, lunch until 12:25, 20.3 of drive: the next quarter of an hour from 12:30 is 13:00.
    assert facts.home_visits.start_s[0] == clock(start)
    to_km = {7: 2 * (out - 2) / 1.05, 14: (across - 2 + out - 2) / 1.05 - 15.24}[day]
    assert facts.home_visits.extra_km[0] == pytest.approx(to_km)


def test_a_day_of_visits_fills_slot_by_slot(tmp_path: Path) -> None:
    """Tests six requests of one commune: five fit a day, with lunch, and the sixth goes to the next.

    Planned 85 minutes each, on quarters of an hour: 09:00, 10:30, 12:00 (over at 13:25); lunch until
    14:10, so 14:15; 15:45 (over at 17:10); 17:15 is past the last start of 16:30.
    """
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, ONE_MORNING), "homes.policy=earliest")
    requests = [Request(at(3, "10:00") + k, 4, length_min=60) for k in range(6)]
    facts = replicate(plan, with_requests(world, requests))
    check_invariants(facts)
    starts = [(d, s) for d, s in columns(facts.home_visits, "day", "start_s")]
    assert starts == [(7, clock(t)) for t in ("09:00", "10:30", "12:00", "14:15", "15:45")] + [
        (8, clock("09:00"))
    ]
    assert facts.home_visits.extra_km[1:5].max() == pytest.approx(0.0)  # in one commune nothing is added
    work = [a for v, d, a in columns(facts.journal, "vehicle", "day", "activity") if d == 7]
    assert work.count(4) == 1  # one lunch


def test_requests_are_decided_in_the_order_of_asking(tmp_path: Path) -> None:
    """Tests that a request transmitted earlier is booked earlier, whichever was asked first in the list."""
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, ONE_MORNING), "homes.policy=earliest")
    facts = replicate(plan, with_requests(world, [Request(at(3, "16:00"), 7), Request(at(2, "09:00"), 4)]))
    days = facts.home_visits.day.tolist()
    assert days == [8, 7]
    assert (facts.home_visits.booked_at // 86_400).tolist() == [7, 4]


def test_no_slot_in_time_is_refused(tmp_path: Path) -> None:
    """Tests a horizon of booking of two days from a Friday: the weekend has no route."""
    words = (
        *ONE_CREW,
        rounds_file(tmp_path, ONE_MORNING),
        "homes.policy=earliest",
        "homes.lead_bound_days=1",
    )
    for days, outcome in ((2, "refused"), (3, "done")):
        plan, world = scripted(*words, f"homes.refused_after_days={days}")
        facts = replicate(plan, with_requests(world, [THURSDAY]))
        assert outcomes(facts) == [outcome]


def test_a_displaced_visit_goes_before_new_requests_and_keeps_its_date(tmp_path: Path) -> None:
    """Tests a visit whose crew is ill: rebooked the same morning for the next day, before a newer request."""
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, ONE_MORNING), "homes.policy=earliest")
    requests = [Request(at(6, "10:00"), 7), THURSDAY]
    facts = replicate(plan, with_sickness(with_requests(world, requests), {"A2": [7]}))
    check_invariants(facts)
    rows = columns(facts.home_visits, "day", "start_s", "lead_days", "displaced")
    # The older request was booked for day 7; it takes the first slot of day 8, the newer one the second.
    assert rows == [(8, clock("10:30"), 2, 0), (8, clock("09:00"), 5, 1)]


def test_visits_in_a_morning_free_before_an_afternoon_desk(tmp_path: Path) -> None:
    """Tests that the morning's route ends in time for lunch, drive, buffer and set-up of the desk."""
    stops = [("mairie-aubrelande", "V1", 1, weekday, "afternoon") for weekday in (1,)]
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, stops), "homes.policy=earliest")
    requests = [Request(at(10, "10:00") + k, 11, length_min=75) for k in range(4)]
    facts = replicate(plan, with_requests(world, requests))
    check_invariants(facts)
    on_tour = sorted(s for d, s in columns(facts.home_visits, "day", "start_s") if d == 14)
    # To be at the desk at 13:05 after 45 of lunch and 19.6 of drive, 85 minutes must be over by 12:00.
    assert on_tour == [clock("09:00"), clock("10:30")]
    desk = [o for d, o in columns(facts.passages, "day", "open_s") if d == 14]
    assert desk == [clock("13:30")]


@pytest.mark.parametrize("policy", ["earliest", "cheapest_insertion", "zone_day"])
def test_planned_routes_hold_in_a_world_without_noise(policy: str) -> None:
    """Tests that with mean lengths and no traffic every visit starts at its confirmed slot, none overlaps."""
    words = ("study=single", "territory=tiny", "run.horizon.end=2022-03-31", f"homes.policy={policy}",
             "homes.requests_per_week=25", "homes.length_cv=0", "day.leg_noise_cv=0", "day.day_factor_cv=0",
             "demand.needs_per_person_per_year=0", "fleet.breakdown_share_of_vehicle_days=0")  # fmt: skip
    settings = compose(*words)
    facts = replicate(make_plan(settings, territory()), draw_world(settings, territory(), 0))
    check_invariants(facts)
    h = facts.home_visits
    done = h.outcome == HOME_OUTCOMES.index("done")
    assert done.sum() > 100
    assert (h.start_s[done] % 900 == 0).all()
    assert h.start_s[done].min() >= clock("09:00")
    assert h.start_s[done].max() <= clock("16:30")
    assert (facts.agent_days.overtime_s == 0).all()
    late = (facts.passages.status == 0) & (facts.passages.open_s > facts.passages.announced_open_s)
    assert not late.any()


UNTROUBLED = ("demand.needs_per_person_per_year=0", "staff.sickness.spells_per_year=0",
              "fleet.breakdown_share_of_vehicle_days=0", "run.horizon.end=2021-12-31")  # fmt: skip


@pytest.mark.parametrize("policy", ["earliest", "cheapest_insertion", "zone_day"])
@pytest.mark.parametrize(
    "words",
    [
        ("territory=tiny", "homes.requests_per_week=20", "fleet.vehicles=2", "rounds.vehicles=2"),
        ("territory=tiny", "homes.requests_per_week=30", "homes.lead_bound_days=5", "homes.slot_min=20"),
        ("homes.requests_per_week=12",),
        ("homes.requests_per_week=20", "homes.lead_bound_days=21"),
    ],
    ids=["tiny", "tiny_full", "real", "real_full"],
)
def test_the_desk_books_what_plain_python_books(policy: str, words: tuple[str, ...]) -> None:
    """Tests day and confirmed start of every request against every slot tried one by one."""
    settings = compose("study=single", *UNTROUBLED, *words, f"homes.policy={policy}", "day.leg_noise_cv=0",
                       "day.day_factor_cv=0", "homes.length_cv=0")  # fmt: skip
    place = territory(settings.territory)
    plan, world = make_plan(settings, place), draw_world(settings, place, 3)
    facts = replicate(plan, world)
    h = facts.home_visits
    expected = book_all(plan, world, policy)
    assert len(expected) > 100
    for q, slot in expected.items():
        if slot is None:
            assert HOME_OUTCOMES[h.outcome[q]] == "refused"
        else:
            assert HOME_OUTCOMES[h.outcome[q]] != "refused"
            assert (h.day[q], h.start_s[q]) == (slot.day, slot.start), (q, slot)


def test_nobody_has_lunch_in_the_middle_of_the_morning() -> None:
    """Tests two visits of one crew, early and in the afternoon: lunch starts at 11:30 at the earliest."""
    plan, world = scripted("rounds=fortnight", "homes.policy=earliest")
    facts = replicate(plan, with_requests(world, [Request(at(1, "10:00"), 4) for _ in range(12)]))
    check_invariants(facts)
    lunch = facts.journal.activity == ACTIVITIES.index("lunch")
    visits = facts.journal.activity == ACTIVITIES.index("home_visit")
    assert lunch.any()
    assert visits.sum() == 12
    assert facts.journal.start_s[lunch].min() >= clock("11:30")
