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

from sim.problems import InputError, Problem, Problems, Said, nearest, system_reason
from sim.scenarios.rounds_words import (
    CYCLE_WEEKS,
    FRENCH_TITLES,
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

__all__ = ["COLUMNS", "Understood", "read_rounds", "understood_rounds", "write_rounds"]

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
# All scenarios and epochs of a large territory; above, nobody wrote it on purpose.
MOST_LINES = 200_000
# A cycle of one scenario: 40 half-days in four weeks for each of 500 vehicles.
MOST_PASSAGES = 20_000
# A heading or two above the titles is what spreadsheets have.
LINES_ABOVE = 10

Hours = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Understood:
    """What a file of rounds says: its sound passages, its problems, and what its other lines spoke of.

    Parameters
    ----------
    rounds
        The passages that could be read, not yet judged: see `check_rounds`.
    problems
        Everything that could not be read.
    named
        Sites of lines that could not be read to their end: they are not left out of the rounds. Empty
        text when a line may mean any site.
    doubtful
        Passages of lines with a wrong cell, as far as they could be read: see `check_rounds`.
    """

    rounds: Rounds
    problems: tuple[Problem, ...]
    named: frozenset[str]
    doubtful: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the file: where it stands, its cells by the contract's names, the headers as written."""

    where: Said
    cells: Mapping[str, str]
    titles: Mapping[str, str]

    def cell(self, column: str) -> Said:
        """Where a cell stands: by the contract's name in English, by the file's own in French."""
        title = self.titles.get(column, column)
        return Said(f"{self.where}, {column}", f"{self.where.fr}, colonne « {title[:50]} »")


def read_rounds(
    path: str | Path,
    territory: Territory,
    *,
    scenario: str | None = None,
    hours: Hours | None = None,
    even_week: int = 1,
    cycle_weeks: int | None = None,
) -> Rounds:
    """Read rounds from a file, as `understood_rounds` does, or raise.

    Raises
    ------
    InputError
        With every problem found in the file.
    """
    found = understood_rounds(
        path, territory, scenario=scenario, hours=hours, even_week=even_week, cycle_weeks=cycle_weeks
    )
    if found.problems:
        raise InputError(found.problems)
    return found.rounds


def understood_rounds(
    path: str | Path,
    territory: Territory,
    *,
    scenario: str | None = None,
    hours: Hours | None = None,
    even_week: int = 1,
    cycle_weeks: int | None = None,
) -> Understood:
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
    Understood
        The sound passages and, beside them, every problem.
    """
    problems = Problems()
    path = Path(path)
    lines = _chosen(_lines(path, problems), scenario, problems)
    if len(lines) > MOST_PASSAGES:
        problems.add(
            lines[MOST_PASSAGES].where,
            _many(len(lines)),
            Said(
                f"at most {MOST_PASSAGES} passages: a cycle cannot hold more",
                f"au plus {MOST_PASSAGES} passages : un cycle ne peut pas en contenir plus",
            ),
        )
        return Understood(Rounds((), cycle_weeks or CYCLE_WEEKS[0]), tuple(problems), frozenset())
    length = cycle_weeks or _cycle(lines)
    sites = SiteNames(territory)
    stops: list[Stop] = []
    doubtful: list[Stop] = []
    named: set[str] = set()
    for line in lines:
        before = len(problems)
        read = _stops(line, sites, hours=hours or {}, even_week=even_week, length=length, problems=problems)
        if len(problems) == before and all(map(_is_whole, read)):
            stops += read
        else:
            doubtful += read
            named.add(sites.meant(line.cells.get("site_id", "")))
    if not lines and not len(problems):
        problems.add(
            path.name,
            Said("no passage", "aucun passage"),
            Said(
                "at least one line with a site, a vehicle, a week and a day",
                "au moins une ligne avec un site, un véhicule, une semaine et un jour",
            ),
        )
    return Understood(Rounds(tuple(stops), length), tuple(problems), frozenset(named), tuple(doubtful))


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
            str(path),
            system_reason(error),
            Said("a file that can be written", "un fichier qui peut être écrit"),
        )
        problems.raise_if_any()


def _many(lines: int) -> Said:
    return Said(f"{lines} lines", f"{lines} lignes")


def _is_whole(stop: Stop) -> bool:
    """Whether every cell of a passage was read."""
    cells = stop.site_id, stop.vehicle, stop.week, stop.weekday, stop.half_day
    return all(cells) and stop.open_s >= 0 and stop.close_s >= 0


def _lines(path: Path, problems: Problems) -> list[_Line]:
    """Read the file into lines with known columns; problems where it cannot be."""
    cells = cells_of_file(path, "rounds", MOST_LINES, problems)
    if cells is None:
        return []
    filled = [(number, row) for number, row in cells if any(row)]
    if len(filled) > MOST_LINES:
        problems.add(
            Said(f"{path.name}, line {filled[MOST_LINES][0]}", f"{path.name}, ligne {filled[MOST_LINES][0]}"),
            Said(f"more than {MOST_LINES} lines", f"plus de {MOST_LINES} lignes"),
            Said(f"at most {MOST_LINES} lines", f"au plus {MOST_LINES} lignes"),
        )
        return []
    if not filled:
        if not len(problems):
            problems.add(
                path.name,
                Said("an empty file", "un fichier vide"),
                Said("a header and a line for each passage", "une ligne de titres et une ligne par passage"),
            )
        return []
    at = _header_at([row for _, row in filled])
    number, titles = filled[at]
    where = Said(f"{path.name}, line {number}", f"{path.name}, ligne {number}")
    header = _header(titles, where, problems)
    width = max(i for i, title in enumerate(titles) if title) + 1
    written = {column: titles[i] for i, column in header.items()}
    lines: list[_Line] = []
    for number, row in filled[at + 1 :] if header else ():
        where = Said(f"{path.name}, line {number}", f"{path.name}, ligne {number}")
        if _is_one(row, titles, width, where, problems):
            lines.append(
                _Line(where, {column: row[i] for i, column in header.items() if i < len(row)}, written)
            )
    return lines


def _header_at(rows: Sequence[Sequence[str]]) -> int:
    """Which line holds the titles: the first, or one of the next where a spreadsheet has a heading above."""
    for i, row in enumerate(rows[:LINES_ABOVE]):
        known = {found[0] for found in map(column_of, row) if found is not None}
        if len(known & set(NEEDED)) >= 2:
            return i
    return 0


def _is_one(row: Sequence[str], titles: Sequence[str], width: int, where: Said, problems: Problems) -> bool:
    """Whether a line may be read as a passage; what it is instead, or has too much, is said."""
    filled = [cell for cell in row if cell]
    if len(filled) == 1:
        problems.add(
            where,
            Said(
                f"a line with one cell, {shown(filled[0])}",
                f"une ligne d'une seule cellule, {shown(filled[0])}",
            ),
            Said(
                "a passage: site, vehicle, week, day and half-day; or an empty line",
                "un passage : site, véhicule, semaine, jour et demi-journée ; ou une ligne vide",
            ),
        )
        return False
    if [plain(cell) for cell in row[:width]] == [plain(title) for title in titles[:width]]:
        problems.add(
            where,
            Said("the header a second time", "la ligne de titres une deuxième fois"),
            Said(
                "one header, in front of all passages", "une seule ligne de titres, avant tous les passages"
            ),
        )
        return False
    extra = [cell for cell in row[width:] if cell]
    if extra:
        last = max(i for i, cell in enumerate(row) if cell) + 1
        problems.add(
            where,
            Said(
                f"{last} cells ({', '.join(map(shown, extra[:3]))} too many)",
                f"{last} cellules ({', '.join(map(shown, extra[:3]))} en trop)",
            ),
            Said(f"{width} cells, as in the header", f"{width} cellules, comme dans la ligne de titres"),
        )
    return True


def _header(row: Sequence[str], where: Said, problems: Problems) -> dict[int, str]:
    """Return the column of the contract at each position; a column that is missing is said here, once."""
    best: dict[str, tuple[int, int]] = {}
    others: list[str] = []
    for i, cell in enumerate(row):
        found = column_of(cell)
        if found is None:
            others.append(cell[:200])
            continue
        column, rank = found
        if column in best and best[column][0] == rank:
            problems.add(
                Said(f"{where}, column {i + 1}", f"{where.fr}, colonne {i + 1}"),
                Said(f"{shown(cell)} a second time", f"{shown(cell)} une deuxième fois"),
                Said("each column once", "chaque colonne une seule fois"),
            )
        elif column not in best or rank < best[column][0]:
            best[column] = (rank, i)
    for column in NEEDED:
        if column in best:
            continue
        names = [*FRENCH_TITLES[column], column]
        near = next((found for found in (nearest(name, others) for name in names) if found), None)
        but = f", but a column {shown(near)}" if near else ""
        but_fr = f", mais une colonne {shown(near)}" if near else ""
        problems.add(
            where,
            Said(f"no column {column}{but}", f"aucune colonne « {names[0]} »{but_fr}"),
            Said(f"the column {column}", f"la colonne « {names[0]} » (ou {column})"),
        )
    return {i: column for column, (_, i) in best.items()}


def _chosen(lines: list[_Line], scenario: str | None, problems: Problems) -> list[_Line]:
    """Keep the lines of one scenario, and of its first epoch."""
    names = list(dict.fromkeys(line.cells.get("scenario", "") for line in lines))
    if len(names) > 1:
        name = next((n for n in (scenario, "reference") if n in names), names[0])
        lines = [line for line in lines if line.cells.get("scenario", "") in (name, "")]
    dates: dict[str, date | None] = {}
    for line in lines:
        text = line.cells.get("valid_from", "")
        if text not in dates:
            dates[text] = _day(text)
            if text and dates[text] is None:
                problems.add(
                    line.cell("valid_from"),
                    shown(text),
                    Said(
                        "a date such as 2021-07-01, or nothing",
                        "une date telle que 2021-07-01 ou 01/07/2021, ou rien",
                    ),
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
    """Read the passages of one line: one, or one in each week it names.

    What a wrong cell says is left empty, 0, or -1 for a time; hours that cannot be read are the usual ones.
    """
    missing = [column for column in NEEDED if column not in line.titles]
    cells = {column: line.cells.get(column, "") for column in (*NEEDED, *HOURS)}

    def wrong(column: str, expected: Said, words: Iterable[str] = ()) -> None:
        if column not in missing:  # said once, with the header
            near = nearest(cells[column][:50].casefold(), words)
            problems.add(line.cell(column), shown(cells[column]), expected, near)

    site_id = "" if "site_id" in missing else sites.find(cells["site_id"], line.cell("site_id"), problems)
    vehicle = vehicle_of(cells["vehicle"])
    if not vehicle:
        wrong("vehicle", Said("a vehicle: V1, V2, … or its number", "un véhicule : V1, V2… ou son numéro"))
    weeks = weeks_of(cells["week"], even_week, length)
    if not weeks:
        wrong(
            "week",
            Said(
                f"a week of the cycle (1 to {length}), even, odd or every",
                f"une semaine du cycle (1 à {length}), paire, impaire ou toutes",
            ),
            WEEK_WORDS,
        )
    weekday = weekday_of(cells["weekday"])
    if not weekday:
        wrong(
            "weekday",
            Said("a weekday: 1 (Monday) to 7, or its name", "un jour : 1 (lundi) à 7, ou son nom"),
            WEEKDAY_WORDS,
        )
    half_day = half_day_of(cells["half_day"])
    if not half_day:
        wrong("half_day", Said("morning or afternoon", "matin ou après-midi"), HALF_DAY_WORDS)
    times = []
    for column, usual in zip(HOURS, hours.get(half_day, (None, None)), strict=True):
        time = time_of(cells[column]) if cells[column] else usual
        if time is None and (cells[column] or half_day):
            wrong(
                column,
                Said(
                    "a time of day: 09:30, 9h30, or seconds of the day",
                    "une heure : 9h30, 09:30 ou 9,5",
                ),
            )
            time = usual
        times.append(-1 if time is None else time)
    opens, closes = times
    return [
        Stop(
            site_id=site_id,
            vehicle=vehicle,
            week=week,
            weekday=weekday,
            half_day=half_day,
            open_s=opens,
            close_s=closes,
            where=line.where,
        )
        for week in weeks or (0,)
    ]
