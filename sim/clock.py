"""Dates: whole seconds and days from the first day of the horizon, working days, holidays.

An instant is `day × 86 400 + second of the day`, naive local time, no daylight-saving step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["DAY_S", "YEAR_DAYS", "Calendar", "make_calendar"]

DAY_S = 86_400
YEAR_DAYS = 365.25


@dataclass(frozen=True, eq=False)
class Calendar:
    """The days simulated and a tail after them in which people may still be waiting.

    Every array has shape (days + tail,). `weekday` is 1 for Monday; `cycle_day` counts from the
    Monday on or before the first day; `month` counts months from January 2000.
    """

    start: date
    days: int
    tail: int
    weekday: NDArray[np.int64]
    public_holiday: NDArray[np.bool_]
    school_holiday: NDArray[np.bool_]
    working: NDArray[np.bool_]
    month: NDArray[np.int64]
    month_day: NDArray[np.int64]
    year: NDArray[np.int64]

    def day(self, when: date) -> int:
        """The day number of a date (negative before the first day)."""
        return (when - self.start).days

    def date(self, day: int) -> date:
        """The date of a day number."""
        return self.start + timedelta(days=int(day))

    @property
    def first_monday(self) -> int:
        """The day number (zero or negative) of the Monday on or before the first day."""
        return -self.start.weekday()


@lru_cache(maxsize=16)
def make_calendar(start: date, end: date, tail: int, school_zone: str) -> Calendar:
    """The calendar of a horizon, French public holidays and school holidays included.

    Parameters
    ----------
    start, end
        First and last day of the horizon, both included.
    tail
        Days after the last one.
    school_zone
        A, B or C. Years for which no school calendar is published count as without school
        holidays.
    """
    import holidays
    from vacances_scolaires_france import SchoolHolidayDates, UnsupportedYearException

    days = (end - start).days + 1
    dates = [start + timedelta(days=i) for i in range(days + tail)]
    public = holidays.country_holidays("FR", years=range(start.year, dates[-1].year + 1))
    school, published = set(), SchoolHolidayDates()
    for year in range(start.year, dates[-1].year + 1):
        try:
            school |= set(published.holidays_for_year_and_zone(year, school_zone))
        except UnsupportedYearException:
            continue
    weekday = np.array([d.isoweekday() for d in dates], np.int64)
    public_holiday = np.array([d in public for d in dates], np.bool_)
    return Calendar(
        start=start,
        days=days,
        tail=tail,
        weekday=weekday,
        public_holiday=public_holiday,
        school_holiday=np.array([d in school for d in dates], np.bool_),
        working=(weekday <= 5) & ~public_holiday,
        month=np.array([(d.year - 2000) * 12 + d.month - 1 for d in dates], np.int64),
        month_day=np.array([d.day - 1 for d in dates], np.int64),
        year=np.array([d.year for d in dates], np.int64),
    )
