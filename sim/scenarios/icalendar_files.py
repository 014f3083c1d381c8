"""The published calendar as iCalendar files (RFC 5545), one a vehicle and one a commune, in French.

The same calendar gives the same bytes whenever it is written: the stamp is the first day of the horizon,
never the clock. An event's sequence number is 0 as first announced and 1 once communes that leave have
changed or withdrawn it, so that a calendar program that holds the first takes the second.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from sim.scenarios.published_words import AnnouncedPassage, withdrawn
from sim.territory.territory import Site

if TYPE_CHECKING:
    from icalendar import Event, Timezone

__all__ = ["icalendar_files", "place_of"]

ZONE = "Europe/Paris"
PRODUCT = "-//Cellule Proximité des services publics//Calendrier des permanences//FR"
NBSP = "\u00a0"


def icalendar_files(
    passages: Iterable[AnnouncedPassage],
    *,
    stamp: date,
    before: Iterable[AnnouncedPassage] = (),
    vehicles: Iterable[str] = (),
    communes: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """The files by name, `V1.ics` and `82088.ics`.

    Parameters
    ----------
    passages
        What is announced.
    stamp
        The date all events are stamped with.
    before
        What was announced before communes left: passages that are no more are written as cancelled, in
        the file of their former vehicle also those that another drives.
    vehicles, communes
        Vehicles, and names by INSEE code, that have a file though nothing may be announced for them.
    """
    passages = tuple(passages)
    first = {passage.uid: passage for passage in before}
    now = {passage.uid: passage for passage in passages}
    gone = withdrawn(first.values(), now.values())
    by_vehicle: dict[str, list[bytes]] = {vehicle: [] for vehicle in vehicles}
    by_commune: dict[str, list[bytes]] = {code: [] for code in communes or {}}
    names = dict(communes or {})
    for uid, passage in first.items():
        if uid in now and now[uid].vehicle != passage.vehicle:
            handed = replace(passage, status="handed_over", moved_from=None)
            by_vehicle.setdefault(passage.vehicle, []).append(_event(handed, stamp, 1))
    for passage in sorted((*passages, *gone), key=lambda p: (p.day, p.open_s, p.site.site_id)):
        changed = bool(first) and first.get(passage.uid) != passage
        event = _event(passage, stamp, int(changed))
        by_vehicle.setdefault(passage.vehicle, []).append(event)
        by_commune.setdefault(passage.site.insee_code, []).append(event)
        names.setdefault(passage.site.insee_code, passage.site.commune)
    files = {
        f"{vehicle}.ics": _file(f"Permanences itinérantes – {vehicle_fr(vehicle)}", events)
        for vehicle, events in sorted(by_vehicle.items())
    }
    files |= {
        f"{code}.ics": _file(f"Permanences itinérantes – {names[code]}", events)
        for code, events in sorted(by_commune.items())
    }
    return files


def vehicle_fr(vehicle: str) -> str:
    """`V1` as people say it: véhicule 1."""
    return f"véhicule {vehicle[1:]}"


def place_of(site: Site) -> str:
    """The name and address of a site on one line."""
    name = site.name if site.commune in site.name or site.commune in site.address else ""
    parts = [name or f"{site.name}, {site.commune}", site.address]
    return ", ".join(part for part in parts if part)


def clock_fr(second: int) -> str:
    """A time of the day: 9 h 30, 14 h."""
    hours, minutes = divmod(second // 60, 60)
    return f"{hours}{NBSP}h" + (f"{NBSP}{minutes:02d}" if minutes else "")


@lru_cache(maxsize=65_536)
def _event(passage: AnnouncedPassage, stamp: date, revision: int) -> bytes:
    from icalendar import Event

    event: Event = Event()
    cancelled = passage.is_cancelled
    what = f"France Services itinérante – {passage.site.name}"
    if passage.site.commune not in passage.site.name:
        what += f", {passage.site.commune}"
    event.add("uid", passage.uid)
    event.add("dtstamp", datetime.combine(stamp, time(), UTC))
    event.add("sequence", revision)
    event.add("summary", f"Annulée : {what}" if cancelled else what)
    event.add("dtstart", _moment(passage.day, passage.open_s))
    event.add("dtend", _moment(passage.day, passage.close_s))
    event.add("location", place_of(passage.site))
    event.add("description", _description(passage))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    event.add("categories", ["Permanence", vehicle_fr(passage.vehicle)])
    if passage.site.coordinate_precision == "exact":
        event.add("geo", (passage.site.latitude, passage.site.longitude))
    content: bytes = event.to_ical()
    return content


def _description(passage: AnnouncedPassage) -> str:
    hours = f"{clock_fr(passage.open_s)} à {clock_fr(passage.close_s)}"
    status = f"{passage.status_fr[0].upper()}{passage.status_fr[1:]}.".replace(" :", f"{NBSP}:")
    return f"Permanence de {hours}, semaine {passage.parity_fr}, {vehicle_fr(passage.vehicle)}.\n{status}"


def _moment(day: date, second: int) -> datetime:
    from zoneinfo import ZoneInfo

    return datetime.combine(day, time(), ZoneInfo(ZONE)) + timedelta(seconds=second)


@lru_cache(maxsize=1)
def _zone() -> bytes:
    """Paris time: the rule of the European Union since 1996."""
    from icalendar import Timezone, TimezoneDaylight, TimezoneStandard, vRecur

    zone: Timezone = Timezone()
    zone.add("tzid", ZONE)
    winter, summer = timedelta(hours=1), timedelta(hours=2)
    for part, name, before, after, month, starts in (
        (TimezoneDaylight(), "CEST", winter, summer, 3, datetime(1996, 3, 31, 2)),
        (TimezoneStandard(), "CET", summer, winter, 10, datetime(1996, 10, 27, 3)),
    ):
        part.add("dtstart", starts)
        part.add("rrule", vRecur({"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": "-1SU"}))
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        part.add("tzname", name)
        zone.add_component(part)
    content: bytes = zone.to_ical()
    return content


def _file(name: str, events: list[bytes]) -> bytes:
    """A calendar around events already written: each is written once, for its vehicle and its commune."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", ZONE)
    content: bytes = calendar.to_ical()
    head, end, _ = content.partition(b"END:VCALENDAR")
    return head + _zone() + b"".join(events) + end + b"\r\n"
