"""`calendar/` of a study folder: what is announced in every scenario, to read, to import and to drive.

`calendar.csv` has every scenario. The `.ics` files beside it are the reference's; where a scenario announces
something else for a vehicle or a commune, that file is in a folder of its name, unless an earlier one has
the very same. `index.csv` says which file is whose.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from sim.models.leave import closed_days
from sim.scenarios.icalendar_files import icalendar_files
from sim.scenarios.plan import rounds_of
from sim.scenarios.published import publish
from sim.scenarios.published_words import AnnouncedPassage, announce
from sim.scenarios.tours import HALF_DAYS_FR
from sim.settings import Settings
from sim.territory import Territory
from sim.world import world_calendar

__all__ = ["CALENDAR_COLUMNS", "announced_of", "calendar_files", "inert"]

CALENDAR_COLUMNS = (
    "scenario",
    "date",
    "weekday",
    "half_day",
    "half_day_fr",
    "site_id",
    "site",
    "commune",
    "insee_code",
    "vehicle",
    "opens",
    "closes",
    "open_s",
    "close_s",
    "status",
    "status_code",
    "week_parity",
    "uid",
)
INDEX_COLUMNS = ("scenario", "of", "file")


def announced_of(settings: Settings, territory: Territory) -> tuple[AnnouncedPassage, ...]:
    """What a scenario announces for its horizon: holidays, closed weeks and exits applied.

    The weeks that pairs take off together (`joint` leave) are drawn: no calendar can announce them.
    """
    calendar = world_calendar(settings)
    dated = publish(
        rounds_of(settings, territory),
        calendar,
        settings.rounds.cycle,
        settings.rounds.holiday,
        settings.rounds.moved_within_days,
    )
    closed = frozenset[int]()
    if settings.staff.leave_policy == "closed_weeks":
        shut = closed_days(settings.staff.closed_weeks_per_year, calendar)
        closed = frozenset(shut.nonzero()[0].tolist())
    return announce(dated, calendar, territory, closed)


def calendar_files(scenarios: Sequence[Settings], territory: Territory) -> dict[str, bytes]:
    """The files by name, from the study folder.

    Parameters
    ----------
    scenarios
        The settings of each, the reference first.
    territory
        The territory.
    """
    announced = {settings.scenario.name: announced_of(settings, territory) for settings in scenarios}
    files = {"calendar/calendar.csv": _table(announced)}
    found: dict[str, dict[str, bytes]] = {}
    communes = {code: territory.commune(code).name for code in territory.itinerant_communes}
    for settings in scenarios:
        mine = announced[settings.scenario.name]
        if found and mine == announced[scenarios[0].scenario.name]:
            found[settings.scenario.name] = found[scenarios[0].scenario.name]
            continue
        before: tuple[AnnouncedPassage, ...] = ()
        if settings.exits.reading != "none" or settings.exits.communes:
            without = settings.exits.model_copy(update={"reading": "none", "communes": {}})
            before = announced_of(settings.model_copy(update={"exits": without}), territory)
        found[settings.scenario.name] = icalendar_files(
            mine,
            stamp=settings.run.horizon.start,
            before=before,
            vehicles=sorted({p.vehicle for p in (*mine, *before)}),
            communes=communes,
        )
    return files | _each_once(found)


def _each_once(found: Mapping[str, Mapping[str, bytes]]) -> dict[str, bytes]:
    """The `.ics` files of all scenarios, those that are the same written once, and the index."""
    reference = next(iter(found))
    files: dict[str, bytes] = {}
    written: dict[tuple[str, bytes], str] = {}
    rows: list[tuple[str, str, str]] = []
    for scenario, named in found.items():
        folder = "" if scenario == reference else f"{re.sub(r'[^A-Za-z0-9_-]', '-', scenario)}/"
        for name, content in named.items():
            path = written.setdefault((name, content), f"{folder}{name}")
            files[f"calendar/{path}"] = content
            rows.append((scenario, name.removesuffix(".ics"), path))
    return files | {"calendar/index.csv": _csv(INDEX_COLUMNS, rows)}


def _table(announced: dict[str, tuple[AnnouncedPassage, ...]]) -> bytes:
    return _csv(
        CALENDAR_COLUMNS,
        (
            (
                scenario,
                p.day.isoformat(),
                p.weekday_fr,
                p.half_day,
                HALF_DAYS_FR[p.half_day],
                p.site.site_id,
                inert(p.site.name),
                inert(p.site.commune),
                p.site.insee_code,
                p.vehicle,
                _clock(p.open_s),
                _clock(p.close_s),
                p.open_s,
                p.close_s,
                p.status_fr,
                p.status,
                p.parity_fr,
                p.uid,
            )
            for scenario, passages in announced.items()
            for p in passages
        ),
    )


def inert(text: str) -> str:
    """A name that no spreadsheet takes for a formula: an apostrophe before it where one would."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _csv(header: Iterable[str], rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}"
