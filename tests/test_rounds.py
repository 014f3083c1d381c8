"""Rounds: vehicle-days timed by hand, and every reason why rounds cannot be driven or remembered."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

import pytest

from sim.scenarios.rounds import (
    DrivingRules,
    Rounds,
    Stop,
    check_rounds,
    clock,
    day_tours,
    drive_s,
    driving_minutes,
    even_week_of,
    vehicle_number,
)
from sim.territory import Territory, load_territory

MORNING = ("morning", 9 * 3600 + 1800, 11 * 3600 + 1800)
AFTERNOON = ("afternoon", 13 * 3600 + 1800, 16 * 3600 + 1800)
SITES = ("hotel-departement", "mds-aubrelande", "mairie-aubrelande", "mairie-belcombe", "salle-belcombe")


def at(hour: int, minute: int = 0) -> int:
    return hour * 3600 + minute * 60


@pytest.fixture(scope="module")
def territory() -> Territory:
    return load_territory("tiny")


@pytest.fixture
def rules() -> DrivingRules:
    return DrivingRules(
        setup_min=15,
        pack_min=10,
        buffer_min=10,
        lunch_min=45,
        duty_start_s=at(7, 45),
        duty_end_s=at(18),
        duty_most_h=10,
        amplitude_most_h=12,
        base_site="hotel-departement",
    )


def good() -> tuple[Stop, ...]:
    """Five sites, one vehicle: two on Tuesday, two on Thursday, one on Friday of week 2."""
    return (
        Stop("mairie-aubrelande", "V1", 1, 2, *MORNING),
        Stop("mairie-belcombe", "V1", 1, 2, *AFTERNOON),
        Stop("hotel-departement", "V1", 1, 4, *MORNING),
        Stop("mds-aubrelande", "V1", 1, 4, *AFTERNOON),
        Stop("salle-belcombe", "V1", 2, 5, *MORNING),
    )


def test_a_day_by_hand(territory: Territory, rules: DrivingRules) -> None:
    """Tests a vehicle-day worked by hand, to the second.

    Base to Aubrelande 3.3 min, Aubrelande to Belcombe 18.4, Belcombe to base 18.0. Leave at
    09:30 − 15 − 10 − 3.3 min; midday needs 10 + 45 + 18.4 + 10 + 15 of 120 min; back at 16:30 + 10 + 18.
    """
    tour = day_tours(Rounds(good()), territory, rules)[0]
    assert (tour.vehicle, tour.week, tour.weekday) == ("V1", 1, 2)
    assert clock(tour.departure_s) == "09:01:42"
    assert clock(tour.return_s) == "16:58"
    assert tour.driving_s == round(39.7 * 60)
    assert tour.km == pytest.approx(1.25 + 15.58 + 15.24)
    assert tour.spare_s == (round(21.6 * 60),)
    assert tour.amplitude_s == at(16, 58) - at(9, 1) - 42
    assert tour.duty_s == tour.amplitude_s - 45 * 60


def test_a_half_day_by_hand(territory: Territory, rules: DrivingRules) -> None:
    """Tests that a day of one permanence has no lunch on duty and no gap."""
    tour = day_tours(Rounds(good()), territory, rules)[-1]
    assert (tour.week, tour.weekday, tour.spare_s) == (2, 5, ())
    assert tour.duty_s == tour.amplitude_s == 2 * 3600 + (15 + 10 + 10) * 60 + 2 * round(19.7 * 60)


def test_the_far_site(rules: DrivingRules) -> None:
    """Tests that the duty window of the facts holds Laguépie, 68 minutes from the base, in the morning."""
    real = load_territory("tarn_et_garonne")
    stops = (Stop("mairie-laguepie", "V1", 1, 1, *MORNING),)
    (tour,) = day_tours(Rounds(stops), real, rules)
    assert 67 <= tour.driving_s / 120 <= 68
    assert check_rounds(Rounds(stops), real, rules, 3, allow_missing=True) == []


def test_driving_of_a_cycle(territory: Territory, rules: DrivingRules) -> None:
    """Tests that the driving of a cycle is the sum of its tours, from and to the base."""
    rounds = Rounds(good())
    by_tour = sum(tour.driving_s for tour in day_tours(rounds, territory, rules)) / 60
    assert driving_minutes(rounds, territory) == pytest.approx(by_tour)
    from_belcombe = (18.4 + 18.4) + (18.0 + 3.3 + 18.2) + (3.7 + 3.7)
    assert driving_minutes(rounds, territory, "mairie-belcombe") == pytest.approx(from_belcombe)


def test_order_does_not_matter() -> None:
    """Tests that rounds are the same whatever the order of their stops, and V10 comes after V2."""
    stops = tuple(dataclasses.replace(s, vehicle=f"V{i + 1}") for i, s in enumerate(good() * 2))
    assert Rounds(stops) == Rounds(stops[::-1])
    assert Rounds(stops).vehicles() == tuple(f"V{i}" for i in range(1, 11))
    assert [vehicle_number(v) for v in ("V3", "V10", "van", "V")] == [3, 10, 0, 0]
    assert Rounds(good()).sites() == tuple(sorted(SITES))
    assert [s.week for s in Rounds(good()).of_site("salle-belcombe")] == [2]


def test_where_is_not_what(territory: Territory) -> None:
    """Tests that two equal stops read on different lines are the same stop."""
    first, second = (dataclasses.replace(good()[0], where=f"line {i}") for i in (1, 2))
    assert first == second
    assert hash(first) == hash(second)


def test_even_weeks() -> None:
    """Tests that week 1 is the even one when the start lies in an even ISO week."""
    assert even_week_of(date(2021, 7, 1)) == 1  # ISO week 26
    assert even_week_of(date(2021, 7, 5)) == 2


def test_good_rounds(territory: Territory, rules: DrivingRules) -> None:
    """Tests that rounds that can be driven and remembered have no problem."""
    assert check_rounds(Rounds(good()), territory, rules, 1) == []
    assert check_rounds(Rounds(good()), territory, rules, ["V1"]) == []


def test_two_in_one_half_day(territory: Territory, rules: DrivingRules) -> None:
    """Tests that short sessions may follow each other: two in a morning, three in a day."""
    stops = (
        Stop("hotel-departement", "V1", 1, 1, "morning", at(9), at(10)),
        Stop("mds-aubrelande", "V1", 1, 1, "morning", at(11), at(12)),
        Stop("mairie-belcombe", "V1", 1, 1, "afternoon", at(14), at(16)),
    )
    assert check_rounds(Rounds(stops), territory, rules, 1, allow_missing=True) == []
    (tour,) = day_tours(Rounds(stops), territory, rules)
    assert tour.spare_s == (round((60 - 10 - 3.3 - 25) * 60), round((120 - 10 - 45 - 18.2 - 25) * 60))


# Which stop of the good rounds is changed and how, and the message.
CASES: dict[str, tuple[int, dict[str, Any], str]] = {
    "unknown site": (
        0,
        {"site_id": "mairie-aubreland"},
        (
            "V1, week 1, Tuesday morning, mairie-aubreland: found site 'mairie-aubreland'; "
            "expected a site of the territory. Did you mean 'mairie-aubrelande'?"
        ),
    ),
    "unknown vehicle": (
        0,
        {"vehicle": "V4"},
        (
            "V4, week 1, Tuesday morning, mairie-aubrelande: found vehicle 'V4'; "
            "expected one of V1, V2, V3. Did you mean 'V3'?"
        ),
    ),
    "week outside the cycle": (
        0,
        {"week": 3},
        "V1, week 3, Tuesday morning, mairie-aubrelande: found week 3; expected a week of the cycle, 1 to 2.",
    ),
    "a Saturday": (
        0,
        {"weekday": 6},
        (
            "V1, week 1, Saturday morning, mairie-aubrelande: found weekday Saturday; "
            "expected one of Monday, Tuesday, Wednesday, Thursday, Friday."
        ),
    ),
    "no such weekday": (
        0,
        {"weekday": 0},
        (
            "V1, week 1, weekday 0 morning, mairie-aubrelande: found weekday 0; "
            "expected one of Monday, Tuesday, Wednesday, Thursday, Friday."
        ),
    ),
    "no such half-day": (
        0,
        {"half_day": "mornin"},
        (
            "V1, week 1, Tuesday mornin, mairie-aubrelande: found half-day 'mornin'; "
            "expected morning or afternoon. Did you mean 'morning'?"
        ),
    ),
    "closing before opening": (
        0,
        {"open_s": at(11), "close_s": at(10)},
        (
            "V1, week 1, Tuesday morning, mairie-aubrelande: found 11:00 to 10:00; "
            "expected a closing after the opening."
        ),
    ),
    "closing at opening": (
        0,
        {"close_s": at(9, 30)},
        (
            "V1, week 1, Tuesday morning, mairie-aubrelande: found 09:30 to 09:30; "
            "expected a closing after the opening."
        ),
    ),
    "a morning that lasts": (
        2,
        {"close_s": at(14)},
        (
            "V1, week 1, Thursday morning, hotel-departement: found a morning from 09:30 to 14:00; "
            "expected a morning that closes by 13:00."
        ),
    ),
    "an afternoon in the morning": (
        4,
        {"half_day": "afternoon"},
        (
            "V1, week 2, Friday afternoon, salle-belcombe: found an afternoon from 09:30 to 11:30; "
            "expected an afternoon that opens at 12:00 or later."
        ),
    ),
    "two places at once": (
        1,
        {"half_day": "morning", "open_s": at(11), "close_s": at(12)},
        (
            "V1, week 1, Tuesday morning, mairie-belcombe: found V1 in two places: at mairie-aubrelande "
            "until 11:30, at mairie-belcombe from 11:00; expected one place at a time for a vehicle."
        ),
    ),
    "no time for lunch": (
        1,
        {"open_s": at(13)},
        (
            "V1, week 1, Tuesday: found 90 min between closing mairie-aubrelande at 11:30 and opening "
            "mairie-belcombe at 13:00; expected at least 99 min (10 of packing, 45 of lunch, 18 of drive, "
            "10 of buffer, 15 of set-up)."
        ),
    ),
    "too early": (
        4,
        {"open_s": at(8)},
        (
            "V1, week 2, Friday: found leaving hotel-departement at 07:15:18 to open salle-belcombe at 08:00 "
            "(20 min of drive, 10 of buffer, 15 of set-up); expected leaving at 07:45 or later."
        ),
    ),
    "too late": (
        1,
        {"close_s": at(17, 45)},
        (
            "V1, week 1, Tuesday: found back at hotel-departement at 18:13 after closing "
            "mairie-belcombe at 17:45 (10 min of packing, 18 of drive); expected being back by 18:00."
        ),
    ),
    "a site left out": (
        4,
        {"site_id": "mairie-belcombe"},
        (
            "site salle-belcombe: found no passage in the cycle at Salle des fêtes de Belcombe; "
            "expected at least one passage at every site of the territory."
        ),
    ),
    "a site that changes its day": (
        4,
        {"site_id": "mairie-belcombe"},
        (
            "V1, week 2, Friday morning, mairie-belcombe: found another weekday, half-day or vehicle than at "
            "the site's first passage; expected Tuesday afternoon with V1, as in week 1."
        ),
    ),
    "twice in a half-day": (
        2,
        {"site_id": "mairie-aubrelande", "vehicle": "V2", "weekday": 2},
        (
            "V2, week 1, Tuesday morning, mairie-aubrelande: found a second passage in the same half-day, "
            "after that of V1; expected one passage at a site in a half-day."
        ),
    ),
}


@pytest.mark.parametrize(("index", "change", "message"), CASES.values(), ids=CASES)
def test_message(
    territory: Territory, rules: DrivingRules, index: int, change: dict[str, Any], message: str
) -> None:
    """Tests that what is wrong is said with the passage, what was found and what was expected."""
    stops = list(good())
    stops[index] = dataclasses.replace(stops[index], **change)
    assert message in [str(p) for p in check_rounds(Rounds(tuple(stops)), territory, rules, 3)]


def test_long_days(territory: Territory, rules: DrivingRules) -> None:
    """Tests the hard limits of duty and amplitude, on a day the duty window would allow."""
    rules = dataclasses.replace(rules, duty_start_s=0, duty_end_s=at(23))
    stops = (
        Stop("mairie-aubrelande", "V1", 1, 1, "morning", at(7), at(11, 30)),
        Stop("mairie-belcombe", "V1", 1, 1, "afternoon", at(13, 30), at(19)),
    )
    found = [str(p) for p in check_rounds(Rounds(stops), territory, rules, 1, allow_missing=True)]
    assert found == [
        "V1, week 1, Monday: found 12.19 h of duty; expected at most 10 h.",
        "V1, week 1, Monday: found 12.94 h from leaving the base to being back; expected at most 12 h.",
    ]


def test_a_day_that_overlaps_itself(territory: Territory, rules: DrivingRules) -> None:
    """Tests that the morning and the afternoon of one site do not overlap."""
    stops = (
        Stop("mairie-aubrelande", "V1", 1, 1, "morning", at(9, 30), at(12, 30)),
        Stop("mairie-aubrelande", "V1", 1, 1, "afternoon", at(12), at(16)),
    )
    found = check_rounds(Rounds(stops), territory, rules, 1, allow_missing=True, allow_inconsistent=True)
    assert [str(p) for p in found] == [
        (
            "V1, week 1, Monday afternoon, mairie-aubrelande: found an opening at 12:00, before the morning "
            "closes at 12:30; expected a morning that closes before the afternoon opens."
        )
    ]


def test_vehicles_of_another_base_leave_from_it(territory: Territory, rules: DrivingRules) -> None:
    """Tests that the day of a vehicle is judged from its own base, and driven from it."""
    stops = (Stop("salle-belcombe", "V1", 1, 1, "morning", at(8, 20), at(10)),)
    (problem,) = check_rounds(Rounds(stops), territory, rules, 1, allow_missing=True)
    assert problem.say("fr") == (
        "V1, semaine 1, lundi : trouvé un départ de la base (Hôtel du Département d'Aubrelande) à 07:35:18 "
        "pour ouvrir Salle des fêtes de Belcombe à 08:20 (20 min de route, 10 de marge, 15 d'installation) ; "
        "attendu : un départ à 07:45 ou plus tard."
    )
    bases = {"V1": "mairie-belcombe"}
    assert check_rounds(Rounds(stops), territory, rules, bases, allow_missing=True) == []
    near = dataclasses.replace(rules, bases=bases)
    (tour,) = day_tours(Rounds(stops), territory, near)
    there_and_back = drive_s(territory, "mairie-belcombe", "salle-belcombe") + drive_s(
        territory, "salle-belcombe", "mairie-belcombe"
    )
    assert tour.driving_s == there_and_back
    assert driving_minutes(Rounds(stops), territory, bases=bases) == pytest.approx(
        there_and_back / 60, abs=0.02
    )
    (unknown,) = check_rounds(Rounds(stops), territory, rules, {"V1": "mairie-belcomb"}, allow_missing=True)
    assert unknown.nearest == "mairie-belcombe"


def test_unknown_base(territory: Territory, rules: DrivingRules) -> None:
    """Tests that an unknown base is said once, with the nearest site."""
    rules = dataclasses.replace(rules, base_site="hotel-departemnt")
    (problem,) = check_rounds(Rounds(good()), territory, rules, 1)
    assert str(problem) == (
        "base of the vehicles: found 'hotel-departemnt'; "
        "expected a site of the territory. Did you mean 'hotel-departement'?"
    )


def test_what_may_be_allowed(territory: Territory, rules: DrivingRules) -> None:
    """Tests that a site left out, another day, and Saturdays pass when they are allowed."""
    stops = list(good())
    stops[4] = dataclasses.replace(stops[4], site_id="mairie-belcombe", weekday=6)
    rounds = Rounds(tuple(stops))
    assert len(check_rounds(rounds, territory, rules, 1)) == 3
    allowed = check_rounds(
        rounds, territory, rules, 1, weekdays=range(1, 7), allow_missing=True, allow_inconsistent=True
    )
    assert allowed == []


def test_every_problem_at_once(territory: Territory, rules: DrivingRules) -> None:
    """Tests that every mistake of hand-made rounds is said in one list, with its line when it was read."""
    changes: list[dict[str, Any]] = [
        {"site_id": "nowhere", "where": "rounds.csv, line 2"},
        {"vehicle": "V9"},
        {"weekday": 7},
        {"close_s": at(13)},
        {"week": 5},
    ]
    stops = tuple(dataclasses.replace(s, **c) for s, c in zip(good(), changes, strict=True))
    found = check_rounds(Rounds(stops), territory, rules, 3)
    assert [p.where for p in found if p.found == "site 'nowhere'"] == [
        "rounds.csv, line 2 (V1, week 1, Tuesday morning, nowhere)"
    ]
    assert len(found) == 6  # one for each stop, and mairie-aubrelande is left out
