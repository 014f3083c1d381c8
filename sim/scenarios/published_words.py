"""The published calendar in words: each dated passage with its place, its identity and what is announced.

A passage is known by its site, the fortnight it was planned in and its rank there: not by the scenario,
the vehicle, the weekday or the hours, so that publishing again moves it instead of adding another.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Literal

from sim.clock import Calendar
from sim.scenarios.published import DatedPassage
from sim.territory.territory import Site, Territory

__all__ = ["AnnouncedPassage", "Status", "announce", "passage_ids", "withdrawn"]

# A Monday: fortnights are counted from it whatever the first day of the horizon.
FORTNIGHTS_FROM = date(2021, 6, 28)
WEEKDAYS_FR = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

Status = Literal["planned", "moved", "cancelled_holiday", "cancelled_leave", "withdrawn", "handed_over"]


@dataclass(frozen=True, slots=True)
class AnnouncedPassage:
    """A passage as residents and agents read it.

    Parameters
    ----------
    uid
        Its identity, the same in every scenario and horizon.
    day
        The date it is announced for.
    half_day
        `morning` or `afternoon`.
    site
        The place.
    vehicle
        `V1`, `V2`, …
    open_s, close_s
        Announced hours, seconds of the day.
    status
        `planned`; `moved` from a public holiday; `cancelled_holiday`, `cancelled_leave`; `withdrawn`: it
        stood in the calendar before communes left and does no more; `handed_over`: another vehicle drives it.
    moved_from
        The public holiday it was to fall on, where it was moved.
    """

    uid: str
    day: date
    half_day: str
    site: Site
    vehicle: str
    open_s: int
    close_s: int
    status: Status = "planned"
    moved_from: date | None = None

    @property
    def weekday_fr(self) -> str:
        """The day of the week in French."""
        return WEEKDAYS_FR[self.day.weekday()]

    @property
    def parity_fr(self) -> str:
        """Whether its ISO week is even (paire) or odd (impaire)."""
        return "paire" if self.day.isocalendar().week % 2 == 0 else "impaire"

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody will be there."""
        return self.status not in ("planned", "moved")

    @property
    def status_fr(self) -> str:
        """What is announced."""
        if self.status == "moved" and self.moved_from is not None:
            return f"tenue prévue, déplacée du {self.moved_from:%d/%m/%Y} (jour férié)"
        return {
            "planned": "tenue prévue",
            "moved": "tenue prévue",
            "cancelled_holiday": "annulée : jour férié",
            "cancelled_leave": "annulée : fermeture du service",
            "withdrawn": "annulée : n'est plus au calendrier",
            "handed_over": "assurée par un autre véhicule",
        }[self.status]


def announce(
    dated: Iterable[DatedPassage],
    calendar: Calendar,
    territory: Territory,
    closed_days: frozenset[int] = frozenset(),
) -> tuple[AnnouncedPassage, ...]:
    """The passages of the horizon, its tail left out, in order of date, opening and site_id.

    Parameters
    ----------
    dated
        As `sim.scenarios.published.publish` gives them.
    calendar
        The horizon.
    territory
        Its sites.
    closed_days
        Days on which the whole service is closed, announced in advance.
    """
    within = [p for p in dated if 0 <= p.day < calendar.days or 0 <= _planned_day(p) < calendar.days]
    announced = []
    for passage, uid in zip(within, passage_ids(within, calendar, territory), strict=True):
        if passage.day >= calendar.days:
            continue
        status: Status = "planned"
        if passage.holiday:
            status = "cancelled_holiday"
        elif passage.day in closed_days:
            status = "cancelled_leave"
        elif passage.moved_from is not None:
            status = "moved"
        announced.append(
            AnnouncedPassage(
                uid,
                calendar.date(passage.day),
                passage.half_day,
                territory.site(passage.site_id),
                passage.vehicle,
                passage.open_s,
                passage.close_s,
                status,
                None if passage.moved_from is None else calendar.date(passage.moved_from),
            )
        )
    return tuple(sorted(announced, key=_order))


def withdrawn(
    before: Iterable[AnnouncedPassage], after: Iterable[AnnouncedPassage]
) -> tuple[AnnouncedPassage, ...]:
    """The passages of a calendar that another no longer has: to be cancelled where both are imported."""
    kept = {passage.uid for passage in after}
    return tuple(
        replace(passage, status="withdrawn", moved_from=None) for passage in before if passage.uid not in kept
    )


def passage_ids(dated: Iterable[DatedPassage], calendar: Calendar, territory: Territory) -> list[str]:
    """The identity of each passage: site, first day of its fortnight, rank among the site's passages then.

    The fortnight is that of the day it was planned for, a public holiday included.
    """
    dated = list(dated)
    of_fortnight: dict[tuple[str, date], list[int]] = defaultdict(list)
    for i in sorted(range(len(dated)), key=lambda i: (_planned_day(dated[i]), dated[i].open_s)):
        of_fortnight[dated[i].site_id, _fortnight(calendar.date(_planned_day(dated[i])))].append(i)
    place = _slug(Path(territory.name).name)
    ids = [""] * len(dated)
    for (site_id, monday), rows in of_fortnight.items():
        for rank, i in enumerate(rows, 1):
            ids[i] = f"{_slug(site_id)}-{monday:%Y%m%d}-{rank}@{place}.itinerante"
    return ids


def _planned_day(passage: DatedPassage) -> int:
    return passage.day if passage.moved_from is None else passage.moved_from


def _fortnight(day: date) -> date:
    return FORTNIGHTS_FROM + timedelta(days=(day - FORTNIGHTS_FROM).days // 14 * 14)


def _order(passage: AnnouncedPassage) -> tuple[date, int, str]:
    return passage.day, passage.open_s, passage.site.site_id


def _slug(text: str) -> str:
    """Letters, digits and hyphens that stand for a name in any calendar; names that differ stay apart."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    if slug == text.replace("_", "-"):
        return slug
    mark = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{slug}-{mark}".strip("-")
