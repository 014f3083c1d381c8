"""Tests of dates: working days, public and school holidays, numbering from the first day."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.clock import DAY_S, make_calendar

SUMMER = make_calendar(date(2021, 7, 1), date(2022, 12, 31), 84, "C")


def test_public_holidays_of_18_months_by_hand() -> None:
    """Tests the French holidays of the default horizon against a list from the law, Easter by hand."""
    expected = {
        date(2021, 7, 14), date(2021, 8, 15), date(2021, 11, 1), date(2021, 11, 11), date(2021, 12, 25),
        date(2022, 1, 1), date(2022, 4, 18), date(2022, 5, 1), date(2022, 5, 8), date(2022, 5, 26),
        date(2022, 6, 6), date(2022, 7, 14), date(2022, 8, 15), date(2022, 11, 1), date(2022, 11, 11),
        date(2022, 12, 25), date(2023, 1, 1),
    }  # fmt: skip
    found = {SUMMER.date(d) for d in np.flatnonzero(SUMMER.public_holiday)}
    assert found == expected


def test_school_holidays_of_zone_c() -> None:
    """Tests that Toulouse's calendar is read: 2022 winter holidays of zone C, not those of A or B."""
    winter = [SUMMER.day(date(2022, 2, 21)), SUMMER.day(date(2022, 3, 4))]
    assert SUMMER.school_holiday[winter].all()
    assert not SUMMER.school_holiday[SUMMER.day(date(2022, 2, 14))]  # zone B and A are off, C is not
    assert not SUMMER.school_holiday[SUMMER.day(date(2022, 3, 8))]
    other = make_calendar(date(2021, 7, 1), date(2022, 12, 31), 84, "B")
    assert other.school_holiday[SUMMER.day(date(2022, 2, 14))]


def test_years_without_a_published_school_calendar_have_no_school_holidays() -> None:
    """Tests that a far horizon is simulated all the same."""
    far = make_calendar(date(2060, 7, 1), date(2060, 7, 31), 0, "C")
    assert not far.school_holiday.any()
    assert far.public_holiday[13]  # 14 July


@settings(max_examples=15)
@given(st.dates(date(2015, 1, 1), date(2030, 1, 1)), st.integers(0, 800), st.integers(0, 100))
def test_days_and_dates_are_one_to_one(start: date, days: int, tail: int) -> None:
    """Tests numbering, weekdays, months and Mondays for any horizon."""
    calendar = make_calendar(start, start + timedelta(days=days), tail, "C")
    assert calendar.days == days + 1
    assert len(calendar.weekday) == days + 1 + tail
    for d in (0, days, days + tail):
        when = calendar.date(d)
        assert calendar.day(when) == d
        assert calendar.weekday[d] == when.isoweekday()
        assert calendar.month[d] == (when.year - 2000) * 12 + when.month - 1
        assert (calendar.month_day[d], calendar.year[d]) == (when.day - 1, when.year)
    assert calendar.date(calendar.first_monday).weekday() == 0
    assert -6 <= calendar.first_monday <= 0
    assert not (calendar.working & (calendar.weekday > 5)).any()
    assert not (calendar.working & calendar.public_holiday).any()
    assert (calendar.working | calendar.public_holiday | (calendar.weekday > 5)).all()


def test_a_day_has_86_400_seconds_on_the_nights_the_clocks_change() -> None:
    """Tests naive local time: the days around the change to summer time are numbered without a step."""
    spring = SUMMER.day(date(2022, 3, 27))
    assert DAY_S == 86_400
    assert SUMMER.date(spring + 1) == date(2022, 3, 28)
