"""A week in the life: each vehicle's days as lines of activities, and the same week moving on the map."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pandas as pd

from sim.report import maps, timelines
from sim.report.frames import has, rows_of
from sim.report.maps import Place
from sim.report.palette import light
from sim.report.reading import Reading
from sim.report.sections.places import rounds_places, shortened, shortening
from sim.report.view import Block, Cell, Key, Paragraph, Picture, Plot, Section, Table, Week
from sim.report.words import Words, inert

__all__ = ["week_section"]

HOUR = 3600
# Activity: role of its colour, how its key is drawn, in French, in English.
ACTIVITIES = {
    "drive": ("a_drive", "thin", "Route", "Driving"),
    "set_up": ("a_prep", "area", "Installation", "Setting up"),
    "hold": ("a_hold", "area", "Permanence", "Permanence"),
    "pack": ("a_prep", "area", "Rangement", "Packing"),
    "lunch": ("a_lunch", "area", "Pause de midi", "Lunch"),
    "home_visit": ("a_home", "outline", "Visite à domicile", "Home visit"),
    "wait": ("rule", "outline", "Attente", "Waiting"),
    "repair": ("a_stop", "area", "Panne, réparation", "Breakdown, repair"),
}
_KEYS = ("hold", "home_visit", "drive", "set_up", "lunch", "wait", "repair")


def week_section(reading: Reading) -> Section | None:
    """One week of one replication: timeline by day and vehicle, animation, and the journal as a table."""
    words = reading.words
    journal = reading.folder.facts("journal")
    if not has(
        journal, "scenario", "replication", "vehicle", "date", "activity", "place_to", "start_s", "end_s"
    ):
        return None
    scenario = reading.reference.name
    rows = journal[journal["scenario"] == scenario]
    if rows.empty:
        return None
    rows = rows[rows["replication"] == rows["replication"].min()]
    rows = rows.assign(date=rows["date"].astype(str).str[:10])
    monday = _typical_week(rows)
    if monday is None:
        return None
    days = [(monday + timedelta(days=i)).isoformat() for i in range(5)]
    rows = rows[rows["date"].isin(days)].sort_values(["date", "vehicle", "start_s"])
    vehicles = sorted(rows["vehicle"].astype(str).unique())
    title = words(f"Semaine du {words.day(monday)}", f"Week of {words.day(monday)}")
    blocks: list[Block] = [
        Paragraph(
            words(
                f"Une semaine telle qu'une simulation l'a jouée ({reading.label(scenario)}, simulation n° "
                f"{int(rows['replication'].iloc[0])}). Ce n'est pas un calendrier.",
                f"One week as one simulation played it ({reading.label(scenario)}, simulation no. "
                f"{int(rows['replication'].iloc[0])}). It is not a calendar.",
            )
        ),
        _timeline(reading, rows, days, vehicles, title),
    ]
    moving = _moving(reading, rows, days, vehicles)
    if moving:
        blocks.append(moving)
    return Section("semaine", words("Une semaine de la cellule", "A week of the cell"), tuple(blocks))


def _typical_week(rows: pd.DataFrame) -> date | None:
    """The full week nearest to the middle of the horizon, with a home visit if any has one."""
    dates = sorted({date.fromisoformat(day) for day in rows["date"]})
    if not dates:
        return None
    middle = dates[len(dates) // 2]
    mondays: dict[date, int] = {}
    for day in dates:
        if day.weekday() < 5:
            monday = day - timedelta(days=day.weekday())
            mondays[monday] = mondays.get(monday, 0) + 1
    visited = {
        day - timedelta(days=day.weekday())
        for day in (date.fromisoformat(d) for d in rows.loc[rows["activity"] == "home_visit", "date"])
    }
    most = max(mondays.values())
    full = [m for m, n in mondays.items() if n == most]
    return min(full, key=lambda m: (m not in visited, abs((m - middle).days), m))


def _place(reading: Reading, place: object) -> str:
    name = str(place)
    if name.startswith("home:"):
        return reading.words(
            f"domicile, {reading.commune_name(name[5:])}", f"home, {reading.commune_name(name[5:])}"
        )
    return reading.site_name(name)


def _short(reading: Reading, place: object) -> str:
    name = str(place)
    if name in reading.sites.index and "commune" in reading.sites.columns:
        return str(reading.sites.loc[name, "commune"])
    return reading.commune_name(name[5:]) if name.startswith("home:") else name


def _activity(words: Words, activity: str) -> str:
    known = ACTIVITIES.get(activity)
    return words(known[2], known[3]) if known else activity


def _timeline(
    reading: Reading, rows: pd.DataFrame, days: list[str], vehicles: list[str], title: str
) -> Picture:
    words = reading.words
    on_the_road = set(zip(rows["date"], rows["vehicle"].astype(str), strict=True))
    labels = [
        (f"{day} {vehicle}", f"{words.day(day, 'EEE d')} · {vehicle}")
        for day in days
        for vehicle in vehicles
        if (day, vehicle) in on_the_road
    ]
    frame = pd.DataFrame(
        [
            {
                "row": f"{item.date} {item.vehicle}",
                "activity": str(item.activity) if str(item.activity) in ACTIVITIES else "wait",
                "start_s": int(item.start_s),
                "end_s": int(item.end_s),
                "title": f"{_activity(words, str(item.activity))}, {inert(_place(reading, item.place_to))}, "
                f"{words.hours(item.start_s, item.end_s)}",
                "short": inert(_short(reading, item.place_to)),
            }
            for item in rows_of(rows)
        ]
    )
    held, homes = (int((rows["activity"] == kind).sum()) for kind in ("hold", "home_visit"))
    km = float(rows["km"].sum()) if "km" in rows.columns else 0.0
    sentence = words(
        f"{title} : {_counted(held, homes, words)}, {words.number(km)} km, "
        f"véhicules sortis : {len(vehicles)}.",
        f"{title}: {_counted(held, homes, words)}, {words.number(km)} km, vehicles out: {len(vehicles)}.",
    )
    listed: list[list[Cell | str]] = [
        [
            words.day(item.date, "EEEE d"),
            str(item.vehicle),
            words.hours(item.start_s, item.end_s),
            _activity(words, str(item.activity)),
            shortened(_place(reading, item.place_to)),
        ]
        for item in rows_of(rows)
    ]
    return Picture(
        ident="semaine-lignes",
        title=title,
        sentence=sentence,
        plot=Plot(timelines.day_timeline, (frame, words), {"rows": labels, "looks": _looks(words)}),
        keys=tuple(
            Key(
                words("Installation, rangement", "Setting up, packing")
                if key == "set_up"
                else _activity(words, key),
                *ACTIVITIES[key][:2],
            )
            for key in _KEYS
            if key in set(frame["activity"])
        ),
        table=Table(
            caption=words("Le journal de la semaine", "The journal of the week"),
            headers=(
                words("Jour", "Day"),
                words("Véhicule", "Vehicle"),
                words("Heures", "Hours"),
                words("Activité", "Activity"),
                words("Lieu", "Place"),
            ),
            rows=listed,
            note=shortening({_place(reading, place) for place in rows["place_to"].unique()}, words),
        ),
    )


def _looks(words: Words) -> dict[str, timelines.Look]:
    return {
        key: timelines.Look(
            words(fr, en),
            light(role),
            thin=shape == "thin",
            outlined=shape == "outline",
            named=key in ("hold", "home_visit"),
        )
        for key, (role, shape, fr, en) in ACTIVITIES.items()
    }


def _counted(held: int, homes: int, words: Words) -> str:
    return ", ".join(
        (
            words.counted(held, "permanence tenue|permanences tenues", "permanence held|permanences held"),
            words.counted(homes, "visite à domicile|visites à domicile", "home visit|home visits"),
        )
    )


def _moving(reading: Reading, rows: pd.DataFrame, days: list[str], vehicles: list[str]) -> Week | None:
    words = reading.words
    _, shapes, box = reading.map
    if not shapes:
        return None
    west, east, south, north = box
    pad = 0.02 * (east - west)

    def spot(place: object) -> tuple[float, float] | None:
        found = reading.point(str(place).removeprefix("home:"))
        if found is None:
            return None
        x, y = found
        width, height = east - west + 2 * pad, north - south + 2 * pad
        return round((x - west + pad) / width, 4), round((north + pad - y) / height, 4)

    day_start = int(rows["start_s"].min()) // HOUR * HOUR
    day_length = -(-(int(rows["end_s"].max()) - day_start) // HOUR) * HOUR
    tracks: list[dict[str, Any]] = []
    for vehicle in vehicles:
        steps = []
        for item in rows_of(rows[rows["vehicle"] == vehicle]):
            start, end = spot(item.place_from), spot(item.place_to)
            if start is None or end is None:
                continue
            offset = days.index(str(item.date)) * day_length - day_start
            what = _activity(words, str(item.activity))
            where = _short(reading, item.place_to)
            text = words(f"{what} – {where}", f"{what} – {where}")
            steps.append([int(item.start_s) + offset, int(item.end_s) + offset, *start, *end, text])
        tracks.append(
            {
                "name": words(
                    f"Véhicule {vehicle.removeprefix('V')}", f"Vehicle {vehicle.removeprefix('V')}"
                ),
                "steps": steps,
            }
        )
    data = {
        "dayLength": day_length,
        "dayStart": day_start,
        "days": [words.day(day, "EEEE d MMMM") for day in days],
        "tracks": tracks,
        "idle": words("à la base", "at the base"),
        "french": words.language == "fr",
    }
    places = [
        Place(p.x, p.y, p.label, "site", None, p.short)
        for p in rounds_places(reading, reading.reference.name)[0]
    ]
    picture = Picture(
        ident="semaine-carte",
        title=words("La même semaine sur la carte", "The same week on the map"),
        sentence=words(
            "Les véhicules se déplacent sur la carte au fil de la semaine ; le journal ci-dessus dit la "
            "même chose en texte.",
            "The vehicles move on the map through the week; the journal above says the same in text.",
        ),
        plot=Plot(maps.commune_map, (shapes, box), {"classes": {}, "titles": {}, "places": places}),
        keys=tuple(Key(track["name"], f"v{i % 5 + 1}", "dot") for i, track in enumerate(tracks)),
    )
    return Week(json.dumps(data, ensure_ascii=False, separators=(",", ":")), picture)
