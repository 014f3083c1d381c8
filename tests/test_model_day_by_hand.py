"""Tests of vehicle-days worked by hand, to the second: each comment is the sum that was done on paper."""

from __future__ import annotations

from dataclasses import replace
from math import asin, ceil, cos, floor, radians, sin, sqrt
from pathlib import Path

import pytest

from sim.measures import check_invariants
from sim.models.cell import replicate
from sim.models.facts import (
    ACTIVITIES,
    AGENT_STATUSES,
    CAUSES,
    DESTINATIONS,
    HOME_OUTCOMES,
    OUTCOMES,
    REASONS,
    Facts,
)
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

ONE_CREW = (
    "run.horizon.start=2021-09-06",  # a Monday in a week of its own: day 0
    "run.horizon.end=2021-12-31",
    "rounds.reading=per_commune",
    "rounds.vehicles=1",
    "fleet.vehicles=1",
    "staff.fs_agents=1",
    "staff.cn_agents=1",
)
BELCOMBE, AUBRELANDE = "permanence:99002", "permanence:99001"


def quantile(arrives: str, opens: str, closes: str) -> float:
    """The quantile of the profile (10 % early, then 45, 30 and 15 % by thirds) of an arrival."""
    second, first, last = clock(arrives) + 0.5, clock(opens), clock(closes)
    if second < first:
        return 0.1 * (1 - (first - second) / 900)
    thirds = 3 * (second - first) / (last - first)
    k = int(thirds)
    return 0.1 + 0.9 * ((0, 0.45, 0.75)[k] + (0.45, 0.30, 0.15)[k] * (thirds - k)) / 0.9


def in_words(facts: Facts, day: int, vehicle: int = 0) -> list[tuple[str, int, int]]:
    """The journal of a vehicle-day: activity, start, end."""
    return [
        (ACTIVITIES[activity], start, end)
        for v, d, activity, start, end in columns(
            facts.journal, "vehicle", "day", "activity", "start_s", "end_s"
        )
        if (v, d) == (vehicle, day)
    ]


def contacts(facts: Facts) -> list[tuple[int, int, str, str, int]]:
    """Contacts as (person, attempt, reason, outcome, day), in order of person and attempt."""
    v, p = facts.visits, facts.passages
    return sorted(
        (person, attempt, REASONS[reason], OUTCOMES[outcome], int(p.day[passage]))
        for person, attempt, reason, outcome, passage in columns(
            v, "person_id", "attempt", "reason", "outcome", "passage"
        )
    )


def destinations(facts: Facts) -> dict[int, str]:
    return {p: DESTINATIONS[d] for p, d in columns(facts.persons, "person_id", "destination")}


def formula_minutes(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The tiny territory's invented formula, written a second time."""
    (la, oa), (lb, ob) = ((radians(x), radians(y)) for x, y in (a, b))
    h = sin((lb - la) / 2) ** 2 + cos(la) * cos(lb) * sin((ob - oa) / 2) ** 2
    return 2.0 + 1.05 * 1.25 * max(2 * 6371.0088 * asin(sqrt(h)), 1.0)


def test_two_sites_and_a_home_visit_to_the_second(tmp_path: Path) -> None:
    """Tests one crew's day: two short mornings in Belcombe, lunch, a home visit in Clairvent, overtime."""
    file = rounds_file(
        tmp_path,
        [
            ("salle-belcombe", "V1", 1, 1, "morning", "09:00", "10:30"),
            ("mairie-belcombe", "V1", 1, 1, "morning", "11:15", "12:45"),
        ],
    )
    plan, world = scripted(*ONE_CREW, file, "homes.policy=earliest")
    first, second = ("09:00", "10:30"), ("11:15", "12:45")
    sunday = at(13, "12:00")
    # The five needs arise on the Sunday; the last two only after the first site has opened.
    world = with_people(
        world,
        [
            Person(sunday, BELCOMBE, arrives=[quantile("08:50", *first)], work_min=30),
            Person(sunday, BELCOMBE, arrives=[quantile("09:10", *first)], work_min=14),
            Person(sunday, BELCOMBE, arrives=[quantile("10:20", *first)], work_min=30, need="admin_level_2"),
            Person(at(14, "09:00:01"), BELCOMBE, arrives=[quantile("11:10", *second)], work_min=30),
            Person(
                at(14, "11:15"),
                BELCOMBE,
                arrives=[quantile("12:40", *second)],
                work_min=50,
                need="digital_individual",
            ),
        ],
    )
    # Asked on Thursday, decided on Friday: the next working day is the Monday of the tour, day 14.
    world = with_requests(world, [Request(at(10, "10:00"), 11, home="99003", length_min=200)])
    facts = replicate(plan, world)
    check_invariants(facts)

    hall, clairvent, base = (45.1305, 2.1605), (45.01, 2.21), (45.052, 2.052)
    there = floor(formula_minutes(hall, clairvent) * 60 + 0.5)
    back = floor(formula_minutes(clairvent, base) * 60 + 0.5)
    # Booking: 12:55 packed + drive + 45 min of lunch is past 14:00, so the slot is 14:15.
    assert clock("14:00") < clock("12:55") + ceil(formula_minutes(hall, clairvent) * 60) + 2700
    assert columns(facts.home_visits, "booked_at", "day", "lead_days") == [(at(11, "08:00"), 14, 4)]
    lunch_ends = clock("14:10")  # packed 13:40, due to leave before 13:45: 30 minutes at least
    visit = lunch_ends + there  # past 14:15: starts when they arrive
    assert visit > clock("14:15")
    assert in_words(facts, 14) == [
        ("drive", clock("08:15:18"), clock("08:35")),  # 19.7 min; 09:00 less 15, 10 and the drive
        ("set_up", clock("08:35"), clock("08:50")),
        ("wait", clock("08:50"), clock("09:00")),
        ("hold", clock("09:00"), clock("10:50")),  # the third visitor is served until 10:50
        ("pack", clock("10:50"), clock("11:00")),
        ("drive", clock("11:00"), clock("11:03:42")),  # 3.7 min
        ("set_up", clock("11:03:42"), clock("11:18:42")),
        ("hold", clock("11:18:42"), clock("13:30")),  # opens late; the last visitor is served until 13:30
        ("pack", clock("13:30"), clock("13:40")),
        ("lunch", clock("13:40"), lunch_ends),
        ("drive", lunch_ends, visit),
        ("home_visit", visit, visit + 200 * 60),
        ("drive", visit + 200 * 60, visit + 200 * 60 + back),
    ]
    assert sorted(columns(facts.visits, "person_id", "server", "arrival_s", "start_s", "end_s")) == [
        (1, 0, clock("08:50"), clock("09:00"), clock("09:30")),  # nobody is served before the opening
        (2, 1, clock("09:10"), clock("09:10"), clock("09:30")),  # conseiller: 14 min / 0.7 = 20 min
        (3, 0, clock("10:20"), clock("10:20"), clock("10:50")),
        (4, 0, clock("11:10"), clock("11:18:42"), clock("11:48:42")),
        (5, 1, clock("12:40"), clock("12:40"), clock("13:30")),
    ]
    assert [OUTCOMES[o] for (o,) in columns(facts.visits, "outcome")] == ["served"] * 5
    monday = [row for row in columns(facts.passages, "day", "open_s", "end_s", "held_by") if row[0] == 14]
    assert sorted(monday) == [
        (14, clock("09:00"), clock("10:50"), 2),
        (14, clock("11:18:42"), clock("13:30"), 2),
    ]
    ends = visit + 200 * 60 + back
    assert ends > clock("18:00")
    driving = (1182 + 222) + there + back
    for agent in (0, 1):
        (row,) = [
            r
            for r in columns(
                facts.agent_days,
                "agent",
                "day",
                "duty_start_s",
                "duty_end_s",
                "driving_s",
                "overtime_s",
                "lunch_shortened",
            )
            if r[:2] == (agent, 14)
        ]
        assert row[2:] == (clock("08:15:18"), ends, driving, ends - clock("18:00"), 1)
    km = (formula_minutes(hall, clairvent) + formula_minutes(clairvent, base) - 4.0) / 1.05 - 15.24
    assert facts.home_visits.extra_km[0] == pytest.approx(km)
    assert HOME_OUTCOMES[facts.home_visits.outcome[0]] == "done"


TWO_HALVES = [("salle-belcombe", "V1", 1, 1, "morning"), ("mairie-aubrelande", "V1", 1, 1, "afternoon")]


@pytest.mark.parametrize(
    ("work_min", "morning_ends", "lunch", "opens"),
    [
        (0.0, "11:30", ("11:40", "12:25"), "13:30"),  # 45 minutes, then they wait until 12:45
        (35.0, "12:00", ("12:10", "12:45"), "13:30"),  # what is left before leaving at 12:45
        (65.0, "12:30", ("12:40", "13:10"), "13:45"),  # 30 at least: 13:10 + 20 of drive + 15 of set-up
        (200.0, "14:45", ("14:55", "15:25"), "16:00"),
    ],
)
def test_a_late_morning_shortens_lunch_then_the_afternoon_opens_late(
    tmp_path: Path, work_min: float, morning_ends: str, lunch: tuple[str, str], opens: str
) -> None:
    """Tests the cascade of a late morning: lunch to its minimum, then a late opening; closing never moves."""
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, TWO_HALVES))
    people = [Person(0, BELCOMBE, arrives=[quantile("11:25", "09:30", "11:30")], work_min=work_min)]
    people.append(Person(0, AUBRELANDE, arrives=[quantile("13:40", "13:30", "16:30")], work_min=1))
    facts = replicate(plan, with_people(world, people))
    check_invariants(facts)
    journal = in_words(facts, 0)
    assert ("lunch", clock(lunch[0]), clock(lunch[1])) in journal
    assert columns(facts.passages, "open_s", "close_s", "end_s")[:2] == [
        (clock("09:30"), clock("11:30"), clock(morning_ends)),
        (clock(opens), clock("16:30"), clock("16:30")),
    ]
    starts = dict(columns(facts.visits, "person_id", "start_s"))
    assert starts[2] == max(clock("13:40"), clock(opens))
    shortened = clock(lunch[1]) - clock(lunch[0]) < 45 * 60
    assert {r for a, r in columns(facts.agent_days, "agent", "lunch_shortened")[:2]} == {int(shortened)}


def test_too_late_to_open_is_cancelled(tmp_path: Path) -> None:
    """Tests that a set-up that would end at or after closing cancels the passage, cause late."""
    for work_min, ends, status in ((229.0, "15:14", 0), (230.0, "15:15", 2)):
        # Ends 15:15: packed 15:25, lunch until 15:55, on site 16:15, ready 16:30, which is closing.
        plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, TWO_HALVES))
        people = [Person(0, BELCOMBE, arrives=[quantile("11:25", "09:30", "11:30")], work_min=work_min)]
        people.append(
            Person(0, AUBRELANDE, arrives=[quantile("14:00", "13:30", "16:30"), 0.5], fate=[0.0, 0.0])
        )
        # Of two who would hear of it, one has come before the door is known to stay closed, at 16:15.
        hears = {"told": [0.0], "fate": [0.0], "work_min": 1.0}
        people += [
            Person(0, AUBRELANDE, arrives=[quantile(come, "13:30", "16:30"), 0.5], **hears)
            for come in ("16:14", "16:16")
        ]
        facts = replicate(plan, with_people(world, people))
        check_invariants(facts)
        assert facts.passages.end_s[0] == clock(ends)
        assert facts.passages.status[1] == status
        if status == 2:
            assert CAUSES[facts.passages.cause[1]] == "late"
            assert contacts(facts)[1:] == [
                (2, 1, "first", "door_closed", 0),
                (2, 2, "not_served", "served", 14),
                (3, 1, "first", "door_closed", 0),
                (3, 2, "not_served", "served", 14),
                (4, 1, "first", "served", 14),
            ]
        else:
            assert facts.passages.open_s[1] == clock("16:29")


def test_a_breakdown_waits_for_the_spare_vehicle(tmp_path: Path) -> None:
    """Tests that the morning under way is completed, then the drive waits 120 minutes for the spare."""
    words = (*ONE_CREW, "fleet.vehicles=2", "fleet.breakdown_share_of_vehicle_days=1e-9")
    plan, world = scripted(*words, rounds_file(tmp_path, TWO_HALVES))
    facts = replicate(plan, with_breakdown(world, 0, 0, "11:00"))
    check_invariants(facts)
    # The spare is there at 13:00 (11:00 + 120 min); 20 min of drive, 15 of set-up.
    assert columns(facts.passages, "vehicle", "open_s", "status")[:2] == [
        (0, clock("09:30"), 0),
        (1, clock("13:35"), 0),
    ]
    # They wait for it beside the one that broke down, lunch over.
    assert in_words(facts, 0, vehicle=0)[-2:] == [
        ("lunch", clock("11:40"), clock("12:25")),
        ("wait", clock("12:25"), clock("13:00")),
    ]
    spare = in_words(facts, 0, vehicle=1)
    assert ("drive", clock("13:00"), clock("13:20")) in spare
    assert spare[-1] == ("drive", clock("16:40"), clock("16:43:18"))  # 3.3 min back to the base


def test_a_breakdown_without_spare_cancels_the_rest_and_the_repair_days(tmp_path: Path) -> None:
    """Tests the afternoon and the next working day cancelled, cause breakdown, and the day after held."""
    stops = [
        *TWO_HALVES,
        ("hotel-departement", "V1", 1, 2, "afternoon"),
        ("mds-aubrelande", "V1", 1, 3, "afternoon"),
    ]
    words = (*ONE_CREW, "fleet.breakdown_share_of_vehicle_days=1e-9")
    plan, world = scripted(*words, rounds_file(tmp_path, stops))
    people = [Person(0, AUBRELANDE, arrives=[quantile("14:00", "13:30", "16:30")], fate=[0.0])]
    facts = replicate(plan, with_people(with_breakdown(world, 0, 0, "11:00"), people))
    check_invariants(facts)
    first_week = [
        (day, status, CAUSES[cause] if cause >= 0 else None)
        for day, status, cause in columns(facts.passages, "day", "status", "cause")
        if day < 7
    ]
    assert first_week == [(0, 0, None), (0, 2, "breakdown"), (1, 2, "breakdown"), (2, 0, None)]
    # She finds the door closed on Monday; her site's next passage is that of the next fortnight.
    assert contacts(facts) == [(1, 1, "first", "door_closed", 0), (1, 2, "not_served", "served", 14)]
    # The vehicle stands where it broke down: nobody drives it home.
    assert sum(a == "drive" for a, _, _ in in_words(facts, 0)) == 1


def test_a_breakdown_before_the_first_drive_with_and_without_spare(tmp_path: Path) -> None:
    """Tests a vehicle that breaks down at the base: the spare beside it leaves in its place, or nobody."""
    stops = [("mairie-aubrelande", "V1", 1, 1, "afternoon")]
    for vehicles, row in ((2, (1, clock("13:30"), 0)), (1, (0, -1, 2))):
        words = (*ONE_CREW, f"fleet.vehicles={vehicles}", "fleet.breakdown_share_of_vehicle_days=1e-9")
        plan, world = scripted(*words, rounds_file(tmp_path, stops))
        facts = replicate(plan, with_breakdown(world, 0, 0, "12:55", repair_days=2))
        check_invariants(facts)
        assert columns(facts.passages, "vehicle", "open_s", "status")[0] == row
        # 3.3 min there and back; the crew is there in both cases
        present = AGENT_STATUSES.index("present")
        driven = 2 * 198 if vehicles == 2 else 0
        assert columns(facts.agent_days, "status", "driving_s")[:2] == [(present, driven)] * 2


def test_a_morning_without_crew_and_who_is_told(tmp_path: Path) -> None:
    """Tests rule 7: those told do not come and use no contact; those not told find the door closed."""
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, TWO_HALVES), "desk.told_share=0.3")
    morning = {"goes_to": BELCOMBE, "second_choice": "fixed:1"}
    people = [
        Person(0, told=[0.29], fate=[0.59], **morning),
        Person(0, told=[0.30], fate=[0.59], **morning),
        Person(0, told=[0.31], fate=[0.60], **morning),
        Person(0, told=[0.10], fate=[0.79], **morning),
        Person(0, told=[0.10], fate=[0.80], **morning),
        Person(0, told=[0.90], fate=[0.80], **morning),
    ]
    facts = replicate(plan, with_sickness(with_people(world, people), {"A2": [0]}))
    check_invariants(facts)
    assert [CAUSES[c] for c in facts.passages.cause[:2]] == ["sickness"] * 2
    assert contacts(facts) == [
        (1, 1, "first", "served", 14),
        (2, 1, "first", "door_closed", 0),
        (2, 2, "not_served", "served", 14),
        (3, 1, "first", "door_closed", 0),
        (6, 1, "first", "door_closed", 0),
    ]
    assert destinations(facts) == {
        1: "itinerant",
        2: "itinerant",
        3: "fixed",
        4: "fixed",
        5: "lost",
        6: "lost",
    }
    helped = dict(columns(facts.persons, "person_id", "helped_at"))
    assert helped[4] == at(0, "07:45")  # told at the start of duty
    assert helped[3] > at(0, "09:15")  # went there from the closed door


def test_three_contacts_then_lost(tmp_path: Path) -> None:
    """Tests that after the third closed door *comes back* means lost, and that being told uses no contact."""
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, TWO_HALVES))
    people = [Person(0, BELCOMBE), Person(0, BELCOMBE, told=[0.0, 1.0, 1.0])]
    ill = {"A1": [0, 14, 28]}
    facts = replicate(plan, with_sickness(with_people(world, people), ill))
    check_invariants(facts)
    assert contacts(facts) == [
        (1, 1, "first", "door_closed", 0),
        (1, 2, "not_served", "door_closed", 14),
        (1, 3, "not_served", "door_closed", 28),
        # She is told each time she would come for the first time: her fate for it stays the same.
        (2, 1, "first", "served", 42),
    ]
    assert destinations(facts) == {1: "lost", 2: "itinerant"}


def test_each_attempt_has_its_own_moment_patience_and_fate(tmp_path: Path) -> None:
    """Tests a visitor who loses patience, is turned away, then goes to the fixed structure."""
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, TWO_HALVES), "staff.efficiency_outside_trade=0")
    hours = ("09:30", "11:30")
    # A1 alone can serve administration: on each of three mornings somebody long comes first.
    long = [
        Person(
            at(14 * k, "00:00"), BELCOMBE, arrives=[quantile("09:20", *hours)], work_min=180, fate=[0.99] * 3
        )
        for k in range(3)
    ]
    unlucky = Person(
        0,
        BELCOMBE,
        arrives=[quantile("10:00", *hours), quantile("11:00", *hours), quantile("09:40", *hours)],
        patience_min=[20, 600, 5],
        fate=[0.1, 0.1, 0.7],
    )
    facts = replicate(plan, with_people(world, [*long, unlucky]))
    check_invariants(facts)
    mine = [row for row in contacts(facts) if row[0] == 4]
    assert mine == [
        (4, 1, "first", "reneged", 0),
        (4, 2, "not_served", "turned_away", 14),
        (4, 3, "not_served", "reneged", 28),
    ]
    assert destinations(facts)[4] == "fixed"
    assert dict(columns(facts.persons, "person_id", "helped_at"))[4] == at(28, "09:45")
    came = [arrival for person, arrival in columns(facts.visits, "person_id", "arrival_s") if person == 4]
    assert came == [clock("10:00"), clock("11:00"), clock("09:40")]


def test_a_follow_up_takes_half_the_work_and_is_one_of_three_contacts(tmp_path: Path) -> None:
    """Tests that an unsolved need returns with half its work, and keeps it when it must return again."""
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, TWO_HALVES))
    hours = ("09:30", "11:30")
    people = [
        Person(0, BELCOMBE, arrives=[0.5], work_min=31, unsolved=True),
        # Her follow-up finds both agents taken and her patience short; she comes a third time.
        Person(
            0,
            BELCOMBE,
            arrives=[0.4, quantile("09:40", *hours), 0.6],
            patience_min=[600, 1, 600],
            work_min=20,
            unsolved=True,
            fate=[0.9, 0.1, 0.9],
        ),
        *(
            Person(at(14, "00:00"), BELCOMBE, arrives=[quantile("09:20", *hours)], work_min=60)
            for _ in range(2)
        ),
    ]
    facts = replicate(plan, with_people(world, people))
    check_invariants(facts)
    assert contacts(facts)[:5] == [
        (1, 1, "first", "served", 0),
        (1, 2, "follow_up", "served", 14),
        (2, 1, "first", "served", 0),
        (2, 2, "follow_up", "reneged", 14),
        (2, 3, "not_served", "served", 28),
    ]
    work = {(p, a): w for p, a, w in columns(facts.visits, "person_id", "attempt", "work_s")}
    assert work[1, 1] == 1860.0
    assert work[1, 2] == 930.0
    assert work[2, 1] == 1200.0
    assert work[2, 2] == work[2, 3] == 600.0
    assert destinations(facts)[2] == "itinerant"


def test_served_at_the_third_contact_has_no_follow_up(tmp_path: Path) -> None:
    """Tests that a follow-up would be a fourth contact, and is not made."""
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, TWO_HALVES))
    people = [Person(0, BELCOMBE, unsolved=True), Person(at(1, "00:00"), BELCOMBE, unsolved=True)]
    facts = replicate(plan, with_sickness(with_people(world, people), {"A1": [0, 14]}))
    check_invariants(facts)
    assert contacts(facts) == [
        (1, 1, "first", "door_closed", 0),
        (1, 2, "not_served", "door_closed", 14),
        (1, 3, "not_served", "served", 28),
        (2, 1, "first", "door_closed", 14),
        (2, 2, "not_served", "served", 28),
        (2, 3, "follow_up", "served", 42),
    ]


def test_a_workshop_is_a_gap_in_the_conseillers_windows(tmp_path: Path) -> None:
    """Tests that it waits for the service under way, ends when announced, and keeps her from the desk."""
    words = ("desk.workshops.per_month_per_cn=1", "desk.workshops.sign_ups_mean=50")
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, TWO_HALVES), *words)
    hours = ("13:30", "16:30")
    people = [  # the workshop is announced from 14:00 to 16:00
        Person(
            0, AUBRELANDE, arrives=[quantile("13:50", *hours)], work_min=20, need="digital_individual"
        ),
        Person(
            0, AUBRELANDE, arrives=[quantile("14:05", *hours)], work_min=30, need="admin_level_1"
        ),
        Person(
            0, AUBRELANDE, arrives=[quantile("14:06", *hours)], work_min=30, need="digital_individual"
        ),
        Person(
            0, AUBRELANDE, arrives=[quantile("14:07", *hours)], work_min=7, need="digital_individual"
        ),
        Person(
            0, AUBRELANDE, arrives=[quantile("15:50", *hours)], work_min=20, need="admin_level_2"
        ),
        Person(
            0, AUBRELANDE, arrives=[quantile("15:51", *hours)], work_min=20, need="digital_individual"
        ),
    ]  # fmt: skip
    facts = replicate(plan, with_people(world, people))
    check_invariants(facts)
    assert columns(facts.workshops, "start_s", "end_s", "places")[0] == (clock("14:10"), clock("16:00"), 8)
    served = {p: (s, b) for p, s, b in columns(facts.visits, "person_id", "server", "start_s")}
    assert served == {
        1: (1, clock("13:50")),
        2: (0, clock("14:05")),
        3: (0, clock("14:35")),  # A1 serves digital needs, slower: 30 / 0.7 min = 42 min 51 s
        4: (0, clock("15:17:51")),  # floor(1800 / 0.7 + 0.5) = 2571
        5: (0, clock("15:50")),
        6: (1, clock("16:00")),  # the conseiller is back at 16:00
    }
    windows = [w for w in columns(facts.windows, "passage", "server", "from_s", "to_s") if w[:2] == (1, 1)]
    assert windows == [
        (1, 1, clock("13:30"), clock("14:00")),
        (1, 1, clock("16:00"), clock("16:45:01")),
    ]


def test_what_happens_to_home_visits(tmp_path: Path) -> None:
    """Tests outcomes of requests: done, no-show, cancelled by the person, redirected, displaced, backlog."""
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, TWO_HALVES), "homes.policy=earliest")
    last = plan.calendar.days - 1
    asked = at(1, "10:00")
    requests = [
        Request(asked, 2, length_min=60),
        Request(asked, 2, no_show=0.0),
        Request(asked, 2, cancelled=True),
        Request(asked, 2, redirected=True),
        Request(at(last - 1, "10:00"), last),
    ]
    facts = replicate(plan, with_sickness(with_requests(world, requests), {"A1": [3]}))
    outcome = [HOME_OUTCOMES[o] for o in facts.home_visits.outcome]
    assert outcome == ["done", "no_show", "cancelled_by_person", "redirected", "backlog"]
    # All three were booked for Thursday, when A1 was ill; they were rebooked first, on Friday.
    assert columns(facts.home_visits, "day", "displaced", "lead_days")[:1] == [(4, 1, 3)]
    assert facts.home_visits.displaced[:3].tolist() == [1, 1, 1]
    # The second is planned after the first's 75 minutes and buffer of 10, on the quarter of an hour.
    assert facts.home_visits.start_s[:2].tolist() == [clock("09:00"), clock("10:30")]
    assert facts.home_visits.end_s[:2].tolist() == [clock("10:00"), clock("10:40")]


def test_one_agent_alone_visits_a_home_only_by_policy(tmp_path: Path) -> None:
    """Tests a conseiller alone with a desk, then a visit in the afternoon: displaced, or hers."""
    stops = [("mairie-belcombe", "V1", 1, 1, "morning")]
    words = (*ONE_CREW, "staff.short_crew=solo", "homes.policy=earliest", rounds_file(tmp_path, stops))
    for by, day, agents in (("pair", 15, (0, 1)), ("one_agent", 14, (1, -1))):
        plan, world = scripted(*words, f"homes.by={by}")
        world = with_sickness(with_requests(world, [Request(at(10, "10:00"), 11)]), {"A1": [14]})
        facts = replicate(plan, world)
        check_invariants(facts)
        assert columns(facts.passages, "day", "held_by", "cn_agent")[1] == (14, 1, 1)
        assert columns(facts.home_visits, "day", "agent_1", "agent_2") == [(day, *agents)]


@pytest.mark.parametrize(
    ("minutes", "end", "done", "left"),
    [
        (10, "2021-09-07", 10, 0),  # served on Monday, done on Tuesday
        (10, "2021-09-06", 0, 10),  # not on the same day
        (2000, "2021-09-08", 1680, 320),  # two agents, two half-days of 3.5 h: 840 minutes a day
        (2000, "2021-09-09", 2000, 0),
    ],
)
def test_follow_up_is_done_in_half_days_of_reserve(
    tmp_path: Path, minutes: int, end: str, done: int, left: int
) -> None:
    """Tests the work that one person served leaves behind, from the next working day on."""
    words = (*ONE_CREW, f"run.horizon.end={end}", f"staff.follow_up_min_per_person={minutes}")
    plan, world = scripted(*words, rounds_file(tmp_path, TWO_HALVES))
    facts = replicate(plan, with_people(world, [Person(0, BELCOMBE)]))
    assert (facts.follow_up_done_min, facts.follow_up_left_min) == (done, left)


def test_replaying_a_day_gives_the_same_facts(tmp_path: Path) -> None:
    """Tests that nothing is kept from one replication to the next: plan and world are left as they were."""
    plan, world = scripted(*ONE_CREW, rounds_file(tmp_path, TWO_HALVES))
    world = with_people(world, [Person(0, BELCOMBE)])
    before = plan.passages.tobytes(), world.needs.taste.tobytes()
    one, two = replicate(plan, world), replicate(plan, replace(world, replication=1))
    assert contacts(one) == contacts(two) == [(1, 1, "first", "served", 0)]
    assert (plan.passages.tobytes(), world.needs.taste.tobytes()) == before
