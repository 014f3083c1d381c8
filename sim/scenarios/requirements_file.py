"""What the coordinator asks of planned rounds: rooms, market days, habits to keep, how often.

A CSV file or an .xlsx with one line a request, headers in French or English:

    site;jour;demi-journée;sauf;véhicule;semaine;passages en 4 semaines;ouverture;fermeture
    Verdun-sur-Garonne;vendredi;matin;;V2;;;;
    Valence;mardi;matin;oui;;;;;
    Montech;;;;;;4;;
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from sim.problems import Problems, Said, nearest
from sim.scenarios.planning.problem import HALF_DAYS, WORKING_WEEK, Pin, SessionChoice
from sim.scenarios.rounds_words import (
    HALF_DAY_WORDS,
    WEEKDAY_WORDS,
    half_day_of,
    plain,
    time_of,
    vehicle_of,
    week_numbers,
    weekday_of,
)
from sim.scenarios.site_names import SiteNames
from sim.scenarios.spreadsheet import cells_of_file
from sim.scenarios.tours import Rounds
from sim.territory.tables import shown
from sim.territory.territory import Territory

__all__ = ["Requirements", "read_requirements"]

HEADERS = {
    "site_id": ("site", "site id", "commune", "lieu", "permanence"),
    "weekday": ("weekday", "jour", "jours", "day", "days"),
    "half_day": ("half day", "demi journee", "moment"),
    "except": ("except", "sauf", "exclu"),
    "vehicle": ("vehicle", "vehicule", "voiture", "equipe"),
    "week": ("week", "semaine"),
    "passages": ("passages in 4 weeks", "passages en 4 semaines", "passages"),
    "open_s": ("open s", "open", "ouverture", "debut"),
    "close_s": ("close s", "close", "fermeture", "fin"),
}
TITLES = {
    "site_id": "site",
    "weekday": "jour",
    "half_day": "demi-journée",
    "except": "sauf",
    "vehicle": "véhicule",
    "week": "semaine",
    "passages": "passages en 4 semaines",
    "open_s": "ouverture",
    "close_s": "fermeture",
}
WORKING_DAYS = tuple(word for word in WEEKDAY_WORDS if weekday_of(word) in WORKING_WEEK)
COLUMN_OF = {name: column for column, names in HEADERS.items() for name in names}
Wrong = Callable[..., None]
Value = TypeVar("Value")
YES = ("oui", "yes", "x", "vrai", "true", "1")
NO = ("", "non", "no", "faux", "false", "0")
MOST_LINES = 10_000


@dataclass(frozen=True)
class Requirements:
    """What is asked of each site, by site_id; a site of which nothing is asked is not there.

    `passages` are in four weeks; `allowed` holds the (weekday, half_day) pairs left.
    """

    passages: Mapping[str, int] = field(default_factory=dict)
    allowed: Mapping[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    pins: Mapping[str, Pin] = field(default_factory=dict)
    own_sessions: Mapping[str, tuple[SessionChoice, ...]] = field(default_factory=dict)

    @property
    def four_weeks(self) -> bool:
        """Whether a fortnight is too short for the passages or weeks asked."""
        odd = any(number % 2 for number in self.passages.values())
        return odd or any((pin.week or 0) > 2 for pin in self.pins.values())

    def kept_by(self, rounds: Rounds) -> bool:
        """Whether every passage of rounds is on a half-day left to its site, with its vehicle and week."""
        for stop in rounds.stops:
            cells, pin = self.allowed.get(stop.site_id), self.pins.get(stop.site_id, Pin())
            if cells is not None and (stop.weekday, stop.half_day) not in cells:
                return False
            if pin.vehicle not in (None, stop.vehicle):
                return False
        return all(
            pin.week in (None, *(stop.week for stop in rounds.of_site(site_id)))
            for site_id, pin in self.pins.items()
            if rounds.of_site(site_id)
        )


@dataclass(frozen=True)
class _Request:
    """One line, read."""

    site_id: str
    cells: frozenset[tuple[int, str]]
    narrows: bool
    excluded: bool
    vehicle: str | None
    week: int | None
    passages: int | None
    hours: SessionChoice | None


def read_requirements(path: str | Path, territory: Territory, vehicles: int | None = None) -> Requirements:
    """Read what is asked of planned rounds.

    Lines of one site add up: the half-days of its lines are all allowed, those of its lines marked
    `sauf` are taken away, and a vehicle, a week or a number of passages holds for the site. With
    `vehicles`, one beyond them is refused.

    Raises
    ------
    InputError
        With every problem found in the file.
    """
    problems = Problems()
    path = Path(path)
    requests = _requests(path, territory, vehicles, problems)
    merged = _merged(requests, path.name, problems)
    problems.raise_if_any()
    return merged


def _requests(path: Path, territory: Territory, vehicles: int | None, problems: Problems) -> list[_Request]:
    header: dict[int, str] = {}
    requests: list[_Request] = []
    sites = SiteNames(territory)
    filled = [
        line for line in cells_of_file(path, "requirements", MOST_LINES, problems) or [] if any(line[1])
    ]
    if len(filled) > MOST_LINES:
        problems.add(
            Said(f"{path.name}, line {filled[-1][0]}", f"{path.name}, ligne {filled[-1][0]}"),
            Said(f"more than {MOST_LINES} lines", f"plus de {MOST_LINES} lignes"),
            Said(f"at most {MOST_LINES} lines", f"au plus {MOST_LINES} lignes"),
        )
        return []
    for number, row in filled:
        where = Said(f"{path.name}, line {number}", f"{path.name}, ligne {number}")
        if not header:
            header = _header(row, where, problems)
            if "site_id" not in header.values():
                problems.add(
                    where,
                    "no column for the site",
                    "a column site",
                    expected_fr="une colonne site",
                    found_fr="aucune colonne pour le site",
                )
                return []
            continue
        cells = {column: row[i] for i, column in header.items() if i < len(row)}
        request = _request(cells, where, sites, vehicles, problems)
        if request is not None:
            requests.append(request)
    if not header and not len(problems):
        problems.add(
            path.name,
            "an empty file",
            "a header and a line for each request",
            expected_fr="un en-tête et une ligne par demande",
            found_fr="un fichier vide",
        )
    return requests


def _header(row: list[str], where: Said, problems: Problems) -> dict[int, str]:
    header: dict[int, str] = {}
    for i, cell in enumerate(row):
        column = COLUMN_OF.get(plain(cell))
        if column is None and cell:
            problems.add(
                Said(f"{where}, column {i + 1}", f"{where.fr}, colonne {i + 1}"),
                shown(cell),
                f"one of {', '.join(names[0] for names in HEADERS.values())}",
                nearest(plain(cell), COLUMN_OF),
                f"une colonne parmi {', '.join(TITLES.values())}",
            )
        elif column in header.values():
            problems.add(
                Said(f"{where}, column {i + 1}", f"{where.fr}, colonne {i + 1}"),
                Said(f"{shown(cell)} a second time", f"{shown(cell)} une deuxième fois"),
                Said("each column once", "chaque colonne une fois"),
            )
        elif column:
            header[i] = column
    return header


def _request(
    cells: Mapping[str, str], where: Said, sites: SiteNames, vehicles: int | None, problems: Problems
) -> _Request | None:
    before = len(problems)

    def wrong(column: str, expected: str, expected_fr: str, words: tuple[str, ...] = ()) -> None:
        text = cells.get(column, "")
        near = nearest(plain(text[:50]), words)
        problems.add(_cell(where, column), shown(text), expected, near, expected_fr)

    site_id = sites.find(cells.get("site_id", ""), _cell(where, "site_id"), problems)
    weekdays = _weekdays(cells.get("weekday", ""), wrong)
    half = cells.get("half_day", "")
    half_day = half_day_of(half)
    if half and not half_day:
        wrong("half_day", "morning, afternoon or nothing", "matin, après-midi ou rien", HALF_DAY_WORDS)
    mark = plain(cells.get("except", ""))
    if mark not in YES and mark not in NO:
        wrong("except", "yes or nothing", "oui ou rien", ("oui", "yes"))
    vehicle = vehicle_of(cells.get("vehicle", ""))
    if cells.get("vehicle") and not vehicle:
        wrong("vehicle", "a vehicle: V1, V2, … or its number", "un véhicule : V1, V2… ou son numéro")
    elif vehicle and vehicles is not None and int(vehicle[1:]) > vehicles:
        names = tuple(f"V{i}" for i in range(1, vehicles + 1))
        listed = ", ".join(names[:6]) + ("…" if vehicles > 6 else "")
        wrong("vehicle", f"one of {listed}", f"un véhicule parmi {listed}", names)
    weeks = week_numbers(cells.get("week", ""))
    if cells.get("week") and (len(weeks) != 1 or not 1 <= weeks[0] <= 4):
        wrong("week", "a week of the cycle, 1 to 4", "une semaine du cycle, de 1 à 4")
    passages = cells.get("passages", "")
    if passages and passages not in {"0", "1", "2", "3", "4"}:
        wrong("passages", "0 to 4 passages in four weeks", "0 à 4 passages en quatre semaines")
    hours = _hours(cells, half_day, wrong)
    if len(problems) > before:
        return None
    halves = (half_day,) if half_day else HALF_DAYS
    return _Request(
        site_id=site_id,
        cells=frozenset((day, half) for day in weekdays or WORKING_WEEK for half in halves),
        narrows=bool(weekdays or half_day),
        excluded=mark in YES,
        vehicle=vehicle or None,
        week=weeks[0] if weeks else None,
        passages=int(passages) if passages else None,
        hours=hours,
    )


def _cell(where: Said, column: str) -> Said:
    return Said(f"{where}, {HEADERS[column][0]}", f"{where.fr}, colonne « {TITLES[column]} »")


def _weekdays(text: str, wrong: Wrong) -> tuple[int, ...]:
    """'mardi', 'mardi et jeudi', '2, 4' → weekdays; empty when the cell is, or after saying why not."""
    words = [word for word in plain(text).split() if word not in {"et", "and", "le", "on"}]
    days = tuple(weekday_of(word) for word in words)
    if not all(day in WORKING_WEEK for day in days):
        wrong("weekday", "weekdays from Monday to Friday", "des jours du lundi au vendredi", WORKING_DAYS)
        return ()
    return tuple(sorted(set(days)))


def _hours(cells: Mapping[str, str], half_day: str, wrong: Wrong) -> SessionChoice | None:
    """The hours a line gives for its half-day; None without any, or after saying why not."""
    opens, closes = cells.get("open_s", ""), cells.get("close_s", "")
    if not opens and not closes:
        return None
    times = time_of(opens), time_of(closes)
    for column, time in zip(("open_s", "close_s"), times, strict=True):
        if time is None:
            wrong(column, "a time of day: 09:30 or 9h30", "une heure : 09:30 ou 9h30")
    if times[0] is None or times[1] is None:
        return None
    if not half_day:
        wrong("half_day", "the half-day of these hours", "la demi-journée de ces horaires")
    elif times[1] <= times[0]:
        wrong("close_s", "a closing after the opening", "une fermeture après l'ouverture")
    return SessionChoice(half_day, times[0], times[1])


def _merged(requests: list[_Request], name: str, problems: Problems) -> Requirements:
    by_site: dict[str, list[_Request]] = {}
    for request in requests:
        by_site.setdefault(request.site_id, []).append(request)
    passages: dict[str, int] = {}
    allowed: dict[str, tuple[tuple[int, str], ...]] = {}
    pins: dict[str, Pin] = {}
    sessions: dict[str, tuple[SessionChoice, ...]] = {}
    for site_id, lines in by_site.items():
        where = f"{name}, {site_id}"
        cells = _cells(lines)
        if cells is not None:
            allowed[site_id] = cells
            if not cells:
                problems.add(
                    where,
                    "no half-day left",
                    "at least one half-day of the week",
                    expected_fr="au moins une demi-journée de la semaine",
                    found_fr="aucune demi-journée restante",
                )
        vehicle = _only(
            {line.vehicle for line in lines}, Said(f"{where}, vehicle", f"{where}, véhicule"), problems
        )
        week = _only({line.week for line in lines}, Said(f"{where}, week", f"{where}, semaine"), problems)
        number = _only({line.passages for line in lines}, f"{where}, passages", problems)
        if vehicle is not None or week is not None:
            pins[site_id] = Pin(vehicle=vehicle, week=week)
        if number is not None:
            passages[site_id] = number
        hours = tuple(dict.fromkeys(line.hours for line in lines if line.hours is not None))
        if hours:
            sessions[site_id] = hours
    return Requirements(passages, allowed, pins, sessions)


def _cells(lines: list[_Request]) -> tuple[tuple[int, str], ...] | None:
    """The half-days left by the lines of a site; None when they say nothing of them."""
    if not any(line.narrows for line in lines):
        return None
    wanted = [line.cells for line in lines if line.narrows and not line.excluded]
    cells = {(day, half) for day in WORKING_WEEK for half in HALF_DAYS}
    if wanted:
        cells = set().union(*wanted)
    for line in lines:
        if line.narrows and line.excluded:
            cells -= line.cells
    return tuple(sorted(cells))


def _only(values: set[Value | None], where: str, problems: Problems) -> Value | None:
    """The one value that is not None; a problem when lines differ."""
    known = sorted((value for value in values if value is not None), key=str)
    if len(known) > 1:
        problems.add(
            where,
            ", ".join(map(str, known)),
            "one value for a site",
            expected_fr="une seule valeur par site",
        )
    return known[0] if known else None
