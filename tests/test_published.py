"""Tests of the published calendar: dates worked by hand, public holidays, rounds that change."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.clock import Calendar, make_calendar
from sim.scenarios.plan import make_plan, rounds_of
from sim.scenarios.published import DatedPassage, RoundsInForce, passages_a_month, publish
from sim.scenarios.tours import Rounds, Stop
from sim.world import world_calendar
from tests.scripted import clock, compose, territory

AFTERNOON = (clock("13:30"), clock("16:30"))
MORNING = (clock("09:30"), clock("11:30"))


def stop(site: str, week: int, weekday: int, half_day: str = "afternoon", vehicle: str = "V1") -> Stop:
    return Stop(site, vehicle, week, weekday, half_day, *(MORNING if half_day == "morning" else AFTERNOON))


def dated(
    stops: list[Stop],
    calendar: Calendar,
    *,
    weeks: int = 2,
    cycle: str = "fortnight",
    holiday: str = "cancelled",
    within: int = 10,
) -> tuple[DatedPassage, ...]:
    rounds = RoundsInForce(0, Rounds(tuple(stops), weeks))
    return publish((rounds,), calendar, cycle, holiday, within)  # type: ignore[arg-type]


def dates(passages: tuple[DatedPassage, ...], calendar: Calendar, site: str = "a") -> list[date]:
    return [calendar.date(p.day) for p in passages if p.site_id == site and not p.holiday]


LAUNCH = make_calendar(date(2021, 7, 1), date(2021, 9, 30), 0, "C")  # a Thursday


def test_a_fortnight_counts_from_the_monday_on_or_before_the_start() -> None:
    """Tests week 1 from Monday 28 June 2021: a Friday of week 1, a Monday of weeks 1 and 2."""
    assert dates(dated([stop("a", 1, 5)], LAUNCH), LAUNCH) == [
        date(2021, 7, 2), date(2021, 7, 16), date(2021, 7, 30), date(2021, 8, 13), date(2021, 8, 27),
        date(2021, 9, 10), date(2021, 9, 24),
    ]  # fmt: skip
    # The Monday of week 1 was before the launch: the first passage is a fortnight later.
    assert dates(dated([stop("a", 1, 1)], LAUNCH), LAUNCH)[:2] == [date(2021, 7, 12), date(2021, 7, 26)]
    assert dates(dated([stop("a", 2, 1)], LAUNCH), LAUNCH)[:2] == [date(2021, 7, 5), date(2021, 7, 19)]


def test_the_first_and_third_tuesday_of_the_month() -> None:
    """Tests `monthly` over a quarter: gaps of 14 or 21 days, 24 passages a year."""
    passages = dated([stop("a", 1, 2)], LAUNCH, cycle="monthly")
    assert dates(passages, LAUNCH) == [
        date(2021, 7, 6), date(2021, 7, 20), date(2021, 8, 3), date(2021, 8, 17), date(2021, 9, 7),
        date(2021, 9, 21),
    ]  # fmt: skip
    second = dated([stop("a", 2, 2)], LAUNCH, cycle="monthly")
    assert dates(second, LAUNCH)[:2] == [date(2021, 7, 13), date(2021, 7, 27)]
    years = make_calendar(date(2021, 1, 1), date(2024, 12, 31), 0, "C")
    many = [p.day for p in dated([stop("a", 1, 2)], years, cycle="monthly")]
    assert len(many) == 4 * 24
    assert set(np.diff(many).tolist()) == {14, 21}
    assert passages_a_month(2, "monthly") == 2.0
    once = dated([stop("a", 4, 2)], LAUNCH, weeks=4, cycle="monthly")
    assert dates(once, LAUNCH)[:2] == [date(2021, 7, 27), date(2021, 8, 24)]


def test_four_weeks() -> None:
    """Tests a cycle of four weeks and its passages a month."""
    passages = dated([stop("a", 3, 4)], LAUNCH, weeks=4, cycle="four_weeks")
    assert dates(passages, LAUNCH) == [date(2021, 7, 15), date(2021, 8, 12), date(2021, 9, 9)]
    assert passages_a_month(4, "four_weeks") == pytest.approx(365.25 / 28 / 12)


AUTUMN = make_calendar(date(2021, 11, 1), date(2021, 12, 31), 0, "C")  # Monday 1 November is a holiday


def test_a_public_holiday_cancels_with_notice() -> None:
    """Tests Thursday 11 November 2021: the passage stands in the calendar, cancelled."""
    passages = dated([stop("a", 2, 4)], AUTUMN)
    assert [(AUTUMN.date(p.day), p.holiday) for p in passages[:2]] == [
        (date(2021, 11, 11), True),
        (date(2021, 11, 25), False),
    ]


@pytest.mark.parametrize(
    ("others", "within", "expected"),
    [
        ([], 10, date(2021, 11, 12)),  # the Friday
        ([stop("b", 2, 5)], 10, date(2021, 11, 15)),  # the vehicle is busy on Friday: Monday
        ([stop("b", 2, 5, "morning")], 10, date(2021, 11, 12)),  # busy in the morning only
        ([stop("b", 2, 5, vehicle="V2")], 10, date(2021, 11, 12)),  # another vehicle is busy
        ([stop("b", 2, 5)], 3, None),  # Monday is four days later
        ([stop("b", 2, 5)], 4, date(2021, 11, 15)),
    ],
)
def test_a_holiday_moves_a_passage_to_the_next_free_half_day(
    others: list[Stop], within: int, expected: date | None
) -> None:
    """Tests `moved`: the vehicle's next free half-day of the same kind within N days, else cancelled."""
    passages = dated([stop("a", 2, 4), *others], AUTUMN, holiday="moved", within=within)
    first = next(p for p in passages if p.site_id == "a")
    assert (None if first.holiday else AUTUMN.date(first.day)) == expected
    assert (first.open_s, first.vehicle) == (AFTERNOON[0], "V1")


def test_two_passages_of_one_holiday_do_not_meet() -> None:
    """Tests that a half-day given to one moved passage is taken for the next."""
    stops = [stop("a", 1, 1), stop("b", 1, 1, "morning"), stop("c", 1, 1, vehicle="V2")]
    stops += [stop("d", 1, 2, vehicle="V2")]
    passages = dated(stops, AUTUMN, holiday="moved")
    moved = {p.site_id: AUTUMN.date(p.day) for p in reversed(passages)}
    # Tuesday for V1's morning and afternoon; V2 holds d on Tuesday and takes c on Wednesday.
    assert moved == {
        "a": date(2021, 11, 2),
        "b": date(2021, 11, 2),
        "c": date(2021, 11, 3),
        "d": date(2021, 11, 2),
    }


def test_new_rounds_begin_on_their_day_without_moving_the_weeks() -> None:
    """Tests that a change of rounds in mid-cycle keeps week 1 where it was."""
    old, new = Rounds((stop("a", 1, 5), stop("b", 2, 5))), Rounds((stop("b", 2, 5),))
    change = LAUNCH.day(date(2021, 7, 30))
    passages = publish(
        (RoundsInForce(0, old), RoundsInForce(change, new)), LAUNCH, "fortnight", "cancelled", 0
    )
    assert dates(passages, LAUNCH, "a") == [date(2021, 7, 2), date(2021, 7, 16)]
    assert dates(passages, LAUNCH, "b")[:4] == [
        date(2021, 7, 9), date(2021, 7, 23), date(2021, 8, 6), date(2021, 8, 20),
    ]  # fmt: skip


def test_a_change_after_the_calendar_is_no_change() -> None:
    """Tests rounds that would begin long after the last day."""
    old = Rounds((stop("a", 1, 5),))
    far = RoundsInForce(10_000, Rounds(()))
    assert publish((RoundsInForce(0, old), far), LAUNCH, "fortnight", "cancelled", 0) == dated(
        [*old.stops], LAUNCH
    )


@given(
    st.lists(
        st.tuples(
            st.sampled_from("abcdef"), st.integers(1, 2), st.integers(1, 5), st.sampled_from(["V1", "V2"])
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda s: (s[1], s[2], s[3]),
    ),
    st.sampled_from(["cancelled", "moved"]),
)
def test_any_calendar_keeps_vehicles_in_one_place(
    stops: list[tuple[str, int, int, str]], holiday: str
) -> None:
    """Tests that no half-day of a vehicle is given twice and that nothing is open on a day off."""
    calendar = make_calendar(date(2021, 4, 1), date(2021, 7, 31), 14, "C")
    passages = dated([stop(s, w, d, vehicle=v) for s, w, d, v in stops], calendar, holiday=holiday)
    held = [p for p in passages if not p.holiday]
    assert len({(p.vehicle, p.day, p.half_day) for p in held}) == len(held)
    assert all(calendar.working[p.day] for p in held)
    plain = dated([stop(s, w, d, vehicle=v) for s, w, d, v in stops], calendar)
    assert len(passages) == len(plain)
    assert [p.day for p in passages] == sorted(p.day for p in passages)


def test_the_real_year_has_702_half_days_less_holidays() -> None:
    """Tests 27 sites × 26 passages over 364 days, and that holidays are announced closed."""
    settings = compose("study=single", "run.horizon.start=2021-07-05", "run.horizon.end=2022-07-03")
    real = territory("tarn_et_garonne")
    passages = make_plan(settings, real).passages
    year = passages[passages["day"] < 364]
    assert len(year) == 702
    assert set(np.bincount(year["site"]).tolist()) == {26}
    off = world_calendar(settings).public_holiday[year["day"]]
    assert ((year["status"] == 1) == off).all()
    assert set(year["cause"][off].tolist()) == {0}
    assert rounds_of(settings, real)[0].rounds.cycle_weeks == 2
