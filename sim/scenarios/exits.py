"""Label exits: when a commune's own fixed structure opens, and when its permanence stops (section 11).

A reading of `exits.csv` gives both dates; any commune may be set by hand; dates may be drawn from
(earliest, likely, latest); a label may slip or be lost.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sim.models.access import label_structure_id
from sim.problems import Problems, Said
from sim.scenarios.commune_names import commune_codes
from sim.settings import Exits
from sim.territory.territory import Exit, Territory

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

__all__ = ["LabelStructure", "ResolvedExits", "resolve_exits", "triangular"]


@dataclass(frozen=True)
class LabelStructure:
    """A fixed structure opened by a label: where, from when, until when (None: for good)."""

    alternative: str
    insee_code: str
    latitude: float
    longitude: float
    opens: date
    closes: date | None


@dataclass(frozen=True)
class ResolvedExits:
    """What a scenario's exits amount to.

    `stops` gives, by INSEE code, the first day without a permanence, the honoured weeks included.
    """

    structures: tuple[LabelStructure, ...]
    stops: Mapping[str, date]


def triangular(u: float, earliest: date, likely: date, latest: date) -> date:
    """The `u`-quantile of a triangular distribution of dates (earliest, likely, latest)."""
    low, mode, high = earliest.toordinal(), likely.toordinal(), latest.toordinal()
    if high <= low:
        return likely
    share = (mode - low) / (high - low)
    if u < share:
        return date.fromordinal(round(low + (u * (high - low) * (mode - low)) ** 0.5))
    return date.fromordinal(round(high - ((1 - u) * (high - low) * (high - mode)) ** 0.5))


def resolve_exits(
    exits: Exits, territory: Territory, uniforms: Mapping[str, float] | None = None
) -> ResolvedExits:
    """The dated exits of a scenario.

    Parameters
    ----------
    exits
        The settings.
    territory
        Its rows of `exits.csv` and, for communes set by hand, its sites.
    uniforms
        For the reading `drawn`, one uniform of the world by INSEE code; without them the likely
        dates stand.

    Raises
    ------
    InputError
        When a commune set by hand is unknown or has no permanence, or a date cannot be read.
    """
    problems = Problems()
    by_hand = _by_hand(exits, territory, problems)
    problems.raise_if_any()
    reading = "announced" if exits.reading == "drawn" else exits.reading
    rows = [row for row in territory.exits_of(reading) if reading != "none"]
    rank: dict[str, int] = defaultdict(int)
    structures: list[LabelStructure] = []
    stops: dict[str, date] = {}
    for row in rows:
        rank[row.insee_code] += 1
        if row.insee_code in by_hand:
            continue
        opens, stop = _dates(row, exits, uniforms)
        structures.append(_structure(row, rank[row.insee_code], opens, exits))
        if stop is not None:
            stops[row.insee_code] = stop + timedelta(weeks=exits.honoured_weeks)
    for insee_code, day in sorted(by_hand.items()):
        if day is None:
            continue
        place = next((row for row in territory.exits if row.insee_code == insee_code), None)
        site = territory.sites_of(insee_code)[0]
        structures.append(
            LabelStructure(
                alternative=label_structure_id(insee_code, 1),
                insee_code=insee_code,
                latitude=place.latitude if place else site.latitude,
                longitude=place.longitude if place else site.longitude,
                opens=_months_later(day, exits.slip_months),
                closes=_closes(_months_later(day, exits.slip_months), exits),
            )
        )
        stops[insee_code] = day + timedelta(weeks=exits.honoured_weeks)
    return ResolvedExits(tuple(structures), stops)


def _by_hand(exits: Exits, territory: Territory, problems: Problems) -> dict[str, date | None]:
    """Communes set by hand: an INSEE code or a name, and a date or `never`."""
    found: dict[str, date | None] = {}
    codes = commune_codes(exits.communes, territory, problems)
    for key, value in exits.communes.items():
        if value == "never":
            day = None
        elif _DAY.fullmatch(value) and (read := _iso(value)) is not None:
            day = read
        else:
            problems.add(
                f"exits.communes.{key}",
                value or Said("no date", "aucune date"),
                Said(
                    "a date such as 2022-01-01, or never", "une date telle que 2022-01-01, ou never (jamais)"
                ),
            )
            continue
        if key in codes:
            found[codes[key]] = day
    return found


def _iso(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _dates(row: Exit, exits: Exits, uniforms: Mapping[str, float] | None) -> tuple[date, date | None]:
    opens, stops = row.fixed_opens, row.permanence_stops
    if exits.reading == "drawn" and row.earliest and row.latest and uniforms is not None:
        drawn = triangular(uniforms[row.insee_code], row.earliest, row.fixed_opens, row.latest)
        stops = None if stops is None else stops + (drawn - opens)
        opens = drawn
    return opens, stops


def _structure(row: Exit, rank: int, opens: date, exits: Exits) -> LabelStructure:
    effective = _months_later(opens, exits.slip_months)
    return LabelStructure(
        alternative=label_structure_id(row.insee_code, rank),
        insee_code=row.insee_code,
        latitude=row.latitude,
        longitude=row.longitude,
        opens=effective,
        closes=_closes(effective, exits),
    )


def _closes(opens: date, exits: Exits) -> date | None:
    return None if exits.lost_after_months is None else _months_later(opens, exits.lost_after_months)


def _months_later(day: date, months: int) -> date:
    """The same day of the month `months` later, or the last of that month."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")
