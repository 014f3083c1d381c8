"""The rounds file: the contract's rounds.csv, or the spreadsheet a coordinator keeps.

Accepted: CSV with commas, semicolons or tabs, in UTF-8, UTF-16 with its mark, or Windows-1252; the
first sheet of an .xlsx; headers and days in French or English; hours as 9h30, 09:30, 9:30:00, 9,5
or whole seconds. Every problem is kept with its line and said at once.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.problems import Problems, nearest
from sim.scenarios.rounds_words import (
    CYCLE_WEEKS,
    HALF_DAY_WORDS,
    WEEK_WORDS,
    WEEKDAY_WORDS,
    column_of,
    half_day_of,
    plain,
    time_of,
    vehicle_of,
    week_numbers,
    weekday_of,
    weeks_of,
)
from sim.scenarios.site_names import SiteNames
from sim.scenarios.spreadsheet import cells_of_file
from sim.scenarios.tours import Rounds, Stop
from sim.territory.tables import shown
from sim.territory.territory import Territory

__all__ = ["COLUMNS", "read_rounds", "write_rounds"]

COLUMNS = (
    "scenario",
    "valid_from",
    "site_id",
    "vehicle",
    "week",
    "weekday",
    "half_day",
    "open_s",
    "close_s",
)
NEEDED = ("site_id", "vehicle", "week", "weekday", "half_day")
HOURS = ("open_s", "close_s")
MOST_LINES = 200_000

Hours = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the file: where it stands, and its cells by the contract's names."""

    where: str
    cells: Mapping[str, str]


def read_rounds(
    path: str | Path,
    territory: Territory,
    *,
    scenario: str | None = None,
    hours: Hours | None = None,
    even_week: int = 1,
    cycle_weeks: int | None = None,
) -> Rounds:
    """Read rounds from a file made by this program or by hand.

    Parameters
    ----------
    path
        A CSV file or an .xlsx.
    territory
        Its sites: a cell may hold a site_id, a site's name, or the name of a commune with one site.
    scenario
        Which scenario to take when the file holds several: this one, else `reference`, else the
        first. Of several `valid_from`, the earliest is taken.
    hours
        Announced hours by half-day, for a file without hours or with empty ones, in seconds.
    even_week
        Which week of the cycle "even" (*paire*) means: see `even_week_of`.
    cycle_weeks
        Length of the cycle; by default 2, or 4 when the file names a week 3 or 4.

    Returns
    -------
    Rounds
        Read, not yet judged: see `check_rounds`.

    Raises
    ------
    InputError
        With every problem found in the file.
    """
    problems = Problems()
    path = Path(path)
    lines = _chosen(_lines(path, problems), scenario, problems)
    length = cycle_weeks or _cycle(lines)
    sites = SiteNames(territory)
    stops = [
        stop
        for line in lines
        for stop in _stops(
            line, sites, hours=hours or {}, even_week=even_week, length=length, problems=problems
        )
    ]
    if not lines and not len(problems):
        problems.add(path.name, "no passage", "at least one line with a site, a vehicle, a week and a day")
    problems.raise_if_any()
    return Rounds(tuple(stops), length)


def write_rounds(
    rounds: Rounds, path: str | Path, *, scenario: str = "reference", valid_from: date | None = None
) -> None:
    """Write rounds in the format of the contract, which `read_rounds` accepts; the file is replaced whole.

    Raises
    ------
    InputError
        When the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    first_day = valid_from.isoformat() if valid_from else ""
    writer.writerows(
        (scenario, first_day, s.site_id, s.vehicle, s.week, s.weekday, s.half_day, s.open_s, s.close_s)
        for s in rounds.stops
    )
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text.getvalue(), encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        problems = Problems()
        problems.add(
            str(path), error.strerror or "a file that cannot be written", "a file that can be written"
        )
        problems.raise_if_any()


def _lines(path: Path, problems: Problems) -> list[_Line]:
    """Read the file into lines with known columns; problems when it cannot be."""
    cells = cells_of_file(path, "rounds", MOST_LINES, problems)
    if cells is None:
        return []
    header: dict[int, str] = {}
    width = 0
    lines: list[_Line] = []
    for number, row in cells:
        if not any(row):
            continue
        where = f"{path.name}, line {number}"
        if not header:
            header, width = _header(row, where, problems), len(row)
            if not header:
                return []
            continue
        if len(lines) >= MOST_LINES:
            problems.add(where, f"more than {MOST_LINES} lines", f"at most {MOST_LINES} lines")
            break
        if any(row[width:]):
            problems.add(where, f"{len(row)} cells", f"{width} cells, as in the first line")
            continue
        lines.append(_Line(where, {column: row[i] for i, column in header.items() if i < len(row)}))
    if not header and not len(problems):
        problems.add(path.name, "an empty file", "a header and a line for each passage")
    return lines


def _header(row: Sequence[str], where: str, problems: Problems) -> dict[int, str]:
    """Return the column of the contract at each position; empty when one that is needed is missing."""
    best: dict[str, tuple[int, int]] = {}
    others: list[str] = []
    for i, cell in enumerate(row):
        found = column_of(cell)
        if found is None:
            others.append(cell[:200])
            continue
        column, rank = found
        if column in best and best[column][0] == rank:
            problems.add(f"{where}, column {i + 1}", f"{shown(cell)} a second time", "each column once")
        elif column not in best or rank < best[column][0]:
            best[column] = (rank, i)
    header = {i: column for column, (_, i) in best.items()}
    missing = [column for column in NEEDED if column not in best]
    for column in missing:
        near = nearest(column, others)
        but = f", but a column {shown(near)}" if near else ""
        problems.add(where, f"no column {column}{but}", f"the column {column}")
    return {} if missing else header


def _chosen(lines: list[_Line], scenario: str | None, problems: Problems) -> list[_Line]:
    """Keep the lines of one scenario, and of its first epoch."""
    names = list(dict.fromkeys(line.cells.get("scenario", "") for line in lines))
    if len(names) > 1:
        name = next((n for n in (scenario, "reference") if n in names), names[0])
        lines = [line for line in lines if line.cells.get("scenario", "") == name]
    dates: dict[str, date | None] = {}
    for line in lines:
        text = line.cells.get("valid_from", "")
        if text not in dates:
            dates[text] = _day(text)
            if text and dates[text] is None:
                problems.add(
                    f"{line.where}, valid_from", shown(text), "a date such as 2021-07-01, or nothing"
                )
    known = [day for day in dates.values() if day is not None]
    if len(dates) > 1 and known:
        first = min(known)
        lines = [line for line in lines if dates[line.cells.get("valid_from", "")] in (None, first)]
    return lines


def _day(text: str) -> date | None:
    """Read 2021-07-01, perhaps with a time after it, or 01/07/2021."""
    if m := re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T][0-9:.]+)?", text):
        year, month, day = m.groups()
    elif m := re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text):
        day, month, year = m.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _cycle(lines: Iterable[_Line]) -> int:
    """Weeks of the cycle: the least that holds every week named in the file."""
    most = max((week for line in lines for week in week_numbers(line.cells.get("week", ""))), default=1)
    return next((length for length in CYCLE_WEEKS if most <= length), CYCLE_WEEKS[-1])


def _stops(
    line: _Line, sites: SiteNames, *, hours: Hours, even_week: int, length: int, problems: Problems
) -> list[Stop]:
    """Read the passages of one line: one, or one in each week it names."""
    before = len(problems)
    cells = {column: line.cells.get(column, "") for column in (*NEEDED, *HOURS)}

    def wrong(column: str, expected: str, words: Iterable[str] = ()) -> None:
        found = cells[column]
        problems.add(f"{line.where}, {column}", shown(found), expected, nearest(plain(found[:50]), words))

    site_id = sites.find(cells["site_id"], f"{line.where}, site_id", problems)
    vehicle = vehicle_of(cells["vehicle"])
    if not vehicle:
        wrong("vehicle", "a vehicle: V1, V2, … or its number")
    weeks = weeks_of(cells["week"], even_week, length)
    if not weeks:
        wrong("week", f"a week of the cycle (1 to {length}), even, odd or every", WEEK_WORDS)
    weekday = weekday_of(cells["weekday"])
    if not weekday:
        wrong("weekday", "a weekday: 1 (Monday) to 7, or its name", WEEKDAY_WORDS)
    half_day = half_day_of(cells["half_day"])
    if not half_day:
        wrong("half_day", "morning or afternoon", HALF_DAY_WORDS)
    times = []
    for column, usual in zip(HOURS, hours.get(half_day, (None, None)), strict=True):
        time = time_of(cells[column]) if cells[column] else usual
        if time is None:
            wrong(column, "a time of day: 09:30, 9h30, or seconds of the day")
        times.append(time or 0)
    if len(problems) > before:
        return []
    return [
        Stop(
            site_id=site_id,
            vehicle=vehicle,
            week=week,
            weekday=weekday,
            half_day=half_day,
            open_s=times[0],
            close_s=times[1],
            where=line.where,
        )
        for week in weeks
    ]
