"""Load a territory from its folder, checked: every problem at once, with file, line, column and value."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.problems import Problems, nearest
from sim.territory.polygons import check_polygons
from sim.territory.roads import formula
from sim.territory.tables import Folder, Row, Table, shown
from sim.territory.territory import Commune, Exit, FixedStructure, RoundStop, Site, Territory, TravelModel

__all__ = ["known_territories", "load_territory"]

DATA = Path(__file__).parent / "data"
INSEE_CODE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}")
READINGS = ("announced", "happened")
WEEKS = ("even", "odd", "every")
FAR_KM = 50.0
MOST_MINUTES = 1440.0
MOST_KM = 5000.0

COMMUNES = (
    "insee_code",
    "name",
    "latitude",
    "longitude",
    "population",
    "share_75_plus",
    "epci_code",
    "epci_name",
    "epci_share_75_plus",
)
SITES = (
    "site_id",
    "name",
    "kind",
    "insee_code",
    "latitude",
    "longitude",
    "coordinate_precision",
    "address",
)
FIXED = ("id_fs", "name", "insee_code", "latitude", "longitude", "label_date", "in_itinerant_commune")
ROUNDS = ("round_id", "insee_code", "week", "weekday", "half_days_per_cycle")
EXITS = (
    "reading",
    "insee_code",
    "fixed_opens",
    "permanence_stops",
    "earliest",
    "latest",
    "latitude",
    "longitude",
    "point",
    "confidence",
    "note",
)
MATRICES = ("travel_time_minutes.csv", "travel_distance_km.csv")
TRAVEL = {
    "detour_factor": (1.0, 10.0),
    "floor_km": (0.0, 100.0),
    "fixed_min": (0.0, 120.0),
    "min_per_km": (0.01, 60.0),
    "earth_radius_km": (6300.0, 6400.0),
}

Floats = NDArray[np.float64]
T = TypeVar("T")


def known_territories() -> tuple[str, ...]:
    """Names of the territories that travel with the package, sorted."""
    return tuple(sorted(p.parent.name for p in DATA.glob("*/communes.csv")))


def load_territory(name_or_folder: str | Path) -> Territory:
    """Load a territory by its name, or from a folder of the same files.

    The two matrices may be absent together: the fitted formula then stands for them. The files
    `label_exits.csv`, `itinerant_france_services.csv` and `SOURCES.md` document the territory and
    may be absent.

    Parameters
    ----------
    name_or_folder
        One of `known_territories()`, else the path of a folder.

    Raises
    ------
    InputError
        With every problem found in the files.
    """
    problems = Problems()
    path = _find(name_or_folder, problems)
    problems.raise_if_any()
    folder = Folder(path, problems)
    communes, codes = _communes(folder)
    sites, site_ids = _sites(folder, communes, codes)
    itinerant = {site.insee_code for site in sites}
    fixed = _fixed(folder, communes, codes, itinerant)
    other_rounds = _other_rounds(folder, communes, codes)
    exits = _exits(folder, communes, codes, itinerant)
    travel = _travel(folder, site_ids)
    given = any(folder.has(file) for file in MATRICES)
    matrices = [_matrix(folder, file, site_ids) for file in MATRICES] if given else []
    check_polygons(folder, communes, codes)
    _documents(folder, codes)
    problems.raise_if_any()
    assert travel is not None  # a missing travel model is a problem, raised above
    minutes, km = matrices if given else _by_formula(travel, sites)
    minutes.flags.writeable = km.flags.writeable = False
    return Territory(
        name=path.name,
        folder=path,
        communes=tuple(sorted(communes.values(), key=lambda c: c.insee_code)),
        sites=tuple(sites),
        fixed=tuple(sorted(fixed, key=lambda f: f.id_fs)),
        other_rounds=tuple(sorted(other_rounds, key=lambda r: (r.round_id, r.insee_code, r.week, r.weekday))),
        exits=tuple(
            sorted(exits, key=lambda e: (e.reading, e.insee_code, e.fixed_opens, e.latitude, e.longitude))
        ),
        travel=travel,
        minutes=minutes,
        km=km,
        matrices_given=given,
        geojson=path / "communes.geojson",
        digest=folder.digest,
    )


def _find(name_or_folder: str | Path, problems: Problems) -> Path:
    """Return the folder of a known name, else the folder itself."""
    known = known_territories()
    text = str(name_or_folder)
    if text in known:
        return DATA / text
    path = Path(text)
    try:
        if text.strip() and path.is_dir():
            return path.resolve()
        found = f"{shown(text)}, which is not a folder" if text.strip() and path.exists() else shown(text)
    except (OSError, ValueError):
        found = shown(text)
    problems.add(
        "territory", found, f"one of {', '.join(known)}, or the path of a folder", nearest(text[:200], known)
    )
    return path


def _kept(seen: dict[str, int], row: Row, column: str, value: str | None) -> bool:
    """Remember an identifier and its line; False (and a problem) when it was there before."""
    if value is None:
        return False
    if value in seen:
        row.wrong(column, f"{shown(value)}, already on line {seen[value]}", "each identifier once")
        return False
    seen[value] = row.line
    return True


def _insee(row: Row, codes: Collection[str] | None = None) -> str | None:
    """Read an INSEE code; one of `codes` where they are given."""
    if not row.has("insee_code"):
        return None
    found = row.raw("insee_code")
    if codes is not None and found in codes:
        return found
    if not INSEE_CODE.fullmatch(found):
        lost = f"0{found}" if re.fullmatch(r"[0-9]{4}", found) else None
        near = lost if lost and (codes is None or lost in codes) else nearest(found[:50], codes or ())
        return row.wrong("insee_code", shown(found), "an INSEE code of five characters, as text", near)
    if codes is not None:
        return row.wrong("insee_code", shown(found), "a commune of communes.csv", nearest(found, codes))
    return found


def _point(row: Row) -> tuple[float, float] | None:
    latitude = row.number("latitude", -90, 90, "degrees north")
    longitude = row.number("longitude", -180, 180, "degrees east")
    return None if latitude is None or longitude is None else (latitude, longitude)


def _near_commune(row: Row, point: tuple[float, float] | None, commune: Commune | None) -> None:
    """Catch a swapped or mistyped point: a place is not far from its commune's point."""
    if point is None or commune is None:
        return
    degree_km = 111.2
    north = (point[0] - commune.latitude) * degree_km
    east = (point[1] - commune.longitude) * degree_km * math.cos(math.radians(commune.latitude))
    away = math.hypot(north, east)
    if away > FAR_KM:
        row.wrong(
            "latitude",
            f"a point {away:.0f} km from {commune.name}",
            f"a point within {FAR_KM:g} km of its commune (are latitude and longitude swapped?)",
        )


def _communes(folder: Folder) -> tuple[dict[str, Commune], set[str]]:
    """Return the sound communes by code, and all codes that could be read."""
    communes: dict[str, Commune] = {}
    seen: dict[str, int] = {}
    table = folder.table("communes.csv", COMMUNES)
    for row in table or ():
        code = _insee(row)
        _kept(seen, row, "insee_code", code)
        name = row.text("name", name="the name of a commune")
        point = _point(row)
        population = row.whole("population", 0, 10_000_000, "residents")
        own = _share(row, "share_75_plus")
        of_epci = _share(row, "epci_share_75_plus")
        epci_code, epci_name = row.text("epci_code", blank=True), row.text("epci_name", blank=True)
        if row.sound and own is None and of_epci is None:
            row.wrong(
                "share_75_plus",
                "nothing here nor in epci_share_75_plus",
                "a share from 0 to 1 in one of the two",
            )
        if not row.sound or code is None or point is None:
            continue
        share = own if own is not None else of_epci
        communes[code] = Commune(
            insee_code=code,
            name=_sure(name),
            latitude=point[0],
            longitude=point[1],
            population=_sure(population),
            share_75_plus=_sure(share),
            share_75_plus_is_own=own is not None,
            epci_code=_sure(epci_code),
            epci_name=_sure(epci_name),
        )
    if table is not None and not table.rows:
        folder.problems.add(table.file, "no commune", "at least one commune")
    elif communes and len(communes) == len(seen) and not any(c.population for c in communes.values()):
        folder.problems.add(
            f"{table.file if table else ''}, column population", "0 everywhere", "at least one resident"
        )
    return communes, set(seen)


def _share(row: Row, column: str) -> float | None:
    return row.number(column, 0, 1, "a share") if row.raw(column) or not row.has(column) else None


def _sites(
    folder: Folder, communes: Mapping[str, Commune], codes: set[str]
) -> tuple[list[Site], dict[str, int]]:
    """Return the sound sites in file order, and the line of every id that could be read."""
    sites: list[Site] = []
    seen: dict[str, int] = {}
    table = folder.table("sites.csv", SITES)
    for row in table or ():
        site_id = row.identifier("site_id")
        _kept(seen, row, "site_id", site_id)
        name = row.text("name", name="the name of a site")
        kind = row.text("kind", name="a kind of site, such as mairie or mds")
        code = _insee(row, codes or None)
        point = _point(row)
        precision = row.text("coordinate_precision", name="how exact the point is: exact or commune")
        address = row.text("address", blank=True)
        _near_commune(row, point, communes.get(code or ""))
        if not row.sound or site_id is None or code is None or point is None:
            continue
        sites.append(
            Site(
                site_id=site_id,
                name=_sure(name),
                kind=_sure(kind),
                insee_code=code,
                commune=_name(communes, code),
                latitude=point[0],
                longitude=point[1],
                address=_sure(address),
                coordinate_precision=_sure(precision),
            )
        )
    if table is not None and not table.rows:
        folder.problems.add(table.file, "no site", "at least one site")
    return sites, seen


def _fixed(
    folder: Folder, communes: Mapping[str, Commune], codes: set[str], itinerant: set[str]
) -> list[FixedStructure]:
    fixed: list[FixedStructure] = []
    seen: dict[str, int] = {}
    for row in folder.table("fixed_france_services.csv", FIXED) or ():
        id_fs = row.identifier("id_fs")
        _kept(seen, row, "id_fs", id_fs)
        name = row.text("name", name="the name of a structure")
        code = _insee(row, codes or None)
        point = _point(row)
        opens = row.day("label_date")
        inside = row.one_of("in_itinerant_commune", ("yes", "no"))
        _near_commune(row, point, communes.get(code or ""))
        if row.sound and itinerant and (inside == "yes") != (code in itinerant):
            has = "has" if code in itinerant else "has no"
            expected = "yes" if code in itinerant else "no"
            row.wrong(
                "in_itinerant_commune", shown(inside), f"{expected}: commune {code} {has} site in sites.csv"
            )
        if not row.sound or id_fs is None or code is None or point is None or opens is None:
            continue
        fixed.append(
            FixedStructure(
                id_fs=id_fs,
                name=_sure(name),
                insee_code=code,
                commune=_name(communes, code),
                latitude=point[0],
                longitude=point[1],
                opens=opens,
                in_itinerant_commune=inside == "yes",
            )
        )
    return fixed


def _other_rounds(folder: Folder, communes: Mapping[str, Commune], codes: set[str]) -> list[RoundStop]:
    stops: list[RoundStop] = []
    seen: dict[tuple[object, ...], int] = {}
    for row in folder.table("other_rounds.csv", ROUNDS) or ():
        round_id = row.identifier("round_id")
        code = _insee(row, codes or None)
        week = row.one_of("week", WEEKS)
        weekday = row.whole("weekday", 1, 7, "a weekday, 1 for Monday")
        half_days = row.number("half_days_per_cycle", 0.05, 28, "half-days in 14 days")
        key = (round_id, code, week, weekday)
        if row.sound and key in seen:
            row.wrong("round_id", f"the stop of line {seen[key]} again", "each stop once")
        seen.setdefault(key, row.line)
        if row.sound and round_id is not None and code is not None:
            stops.append(
                RoundStop(
                    round_id=round_id,
                    insee_code=code,
                    commune=_name(communes, code),
                    week=_sure(week),
                    weekday=_sure(weekday),
                    half_days_per_cycle=_sure(half_days),
                )
            )
    return stops


def _exits(
    folder: Folder, communes: Mapping[str, Commune], codes: set[str], itinerant: set[str]
) -> list[Exit]:
    exits: list[Exit] = []
    seen: dict[tuple[object, ...], int] = {}
    for row in folder.table("exits.csv", EXITS) or ():
        reading = row.one_of("reading", READINGS)
        code = _insee(row, codes or None)
        if code is not None and itinerant and code not in itinerant:
            row.wrong(
                "insee_code",
                f"{shown(code)}, which has no site",
                "a commune with a site: the others open by fixed_france_services.csv",
                nearest(code, itinerant),
            )
        opens = row.day("fixed_opens")
        stops = row.day("permanence_stops", blank=True)
        earliest, latest = row.day("earliest", blank=True), row.day("latest", blank=True)
        _check_dates(row, opens, stops, earliest, latest)
        point = _point(row)
        _near_commune(row, point, communes.get(code or ""))
        what = row.text("point", blank=True)
        confidence = row.text("confidence", blank=True)
        note = row.text("note", blank=True)
        key = (reading, code, opens, point)
        if row.sound and key in seen:
            row.wrong("reading", f"the exit of line {seen[key]} again", "each exit once")
        seen.setdefault(key, row.line)
        if not row.sound or reading is None or code is None or opens is None or point is None:
            continue
        exits.append(
            Exit(
                reading=reading,
                insee_code=code,
                commune=_name(communes, code),
                fixed_opens=opens,
                permanence_stops=stops,
                earliest=earliest,
                latest=latest,
                latitude=point[0],
                longitude=point[1],
                point=_sure(what),
                confidence=_sure(confidence),
                note=_sure(note),
            )
        )
    return exits


def _check_dates(
    row: Row, opens: date | None, stops: date | None, earliest: date | None, latest: date | None
) -> None:
    """The dates of an exit follow each other: a range around the opening, the stop not before it."""
    if opens is not None and stops is not None and stops < opens:
        row.wrong(
            "permanence_stops",
            f"{stops}, before the fixed structure opens ({opens})",
            "the day it opens or later, or nothing when it never stops",
        )
    if (not row.raw("earliest")) != (not row.raw("latest")) and row.has("earliest") and row.has("latest"):
        row.wrong("latest", "a range with one end", "both earliest and latest, or neither")
    if opens is not None and earliest is not None and latest is not None and not earliest <= opens <= latest:
        row.wrong("earliest", f"{earliest} to {latest}", f"a range that holds fixed_opens ({opens})")


def _travel(folder: Folder, site_ids: Mapping[str, int]) -> TravelModel | None:
    found = folder.json("travel_model.json")
    if found is None:
        return None
    label = folder.label("travel_model.json")
    if not isinstance(found, dict):
        folder.problems.add(
            label, shown(found), "an object with detour_factor, fixed_min, min_per_km, depot, …"
        )
        return None
    numbers: dict[str, float] = {}
    for key, (low, high) in TRAVEL.items():
        value = found.get(key)
        if key not in found:
            near = nearest(key, (str(k) for k in found if k not in TRAVEL))
            folder.problems.add(f"{label}, {key}", "nothing", f"a number from {low:g} to {high:g}", near)
        elif isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            folder.problems.add(f"{label}, {key}", shown(value), f"a number from {low:g} to {high:g}")
        else:
            numbers[key] = float(value)
    depot = found.get("depot")
    if not isinstance(depot, str) or (site_ids and depot not in site_ids):
        near = nearest(depot[:200], site_ids) if isinstance(depot, str) else None
        folder.problems.add(f"{label}, depot", shown(depot), "the site_id of the vehicles' base", near)
        return None
    if len(numbers) < len(TRAVEL):
        return None
    status = found.get("status", "")
    return TravelModel(depot=depot, status=status if isinstance(status, str) else "", **numbers)


def _matrix(folder: Folder, file: str, site_ids: Mapping[str, int]) -> Floats:
    """Return a matrix in the order of the sites; whatever is wrong leaves zeros and a problem."""
    ids = list(site_ids)
    position = {site_id: i for i, site_id in enumerate(ids)}
    matrix = np.zeros((len(ids), len(ids)))
    table = folder.table(file, ("site_id",))
    if table is None:
        return matrix
    columns = [column for column in table.header if column != "site_id"]
    _same_sites(folder, f"{table.file}, line 1", columns, position, "column")
    rows: list[str] = []
    most = MOST_MINUTES if file == MATRICES[0] else MOST_KM
    unit = "minutes" if file == MATRICES[0] else "km"
    known = [column for column in dict.fromkeys(columns) if column in position]
    at = np.array([position[column] for column in known], dtype=np.int64)
    for row in table:
        origin = row.raw("site_id")
        rows.append(origin)
        if origin not in position:
            continue
        values = _numbers(row, known, most)
        if values is None:
            values = [row.number(column, 0, most, unit) or 0.0 for column in known]
        matrix[position[origin], at] = values
        if matrix[position[origin], position[origin]] != 0:
            row.wrong(origin, shown(row.raw(origin)), "0 from a site to itself")
    _same_sites(folder, table.file, rows, position, "line")
    return matrix


def _numbers(row: Row, columns: Iterable[str], most: float) -> list[float] | None:
    """Read a whole line of a matrix at once; None when a cell needs a closer look."""
    cells = [row.raw(column) for column in columns]
    if any("_" in cell for cell in cells):
        return None
    try:
        values = [float(cell) for cell in cells]
    except ValueError:
        return None
    return values if all(0 <= value <= most for value in values) else None


def _same_sites(folder: Folder, where: str, found: list[str], position: Mapping[str, int], what: str) -> None:
    """The lines and the columns of a matrix are the sites, each once."""
    if not position:
        return
    missing = [site_id for site_id in position if site_id not in set(found)]
    for extra in dict.fromkeys(x for x in found if x not in position):
        near = nearest(extra[:200], missing or position)
        folder.problems.add(where, f"the {what} {shown(extra)}", "the sites of sites.csv", near)
    for site_id in missing:
        folder.problems.add(where, f"no {what} for the site {site_id}", "every site of sites.csv")
    if what == "line":
        for site_id in sorted({x for x in found if found.count(x) > 1 and x in position}):
            folder.problems.add(where, f"several lines for the site {site_id}", "each site once")


def _by_formula(travel: TravelModel, sites: list[Site]) -> tuple[Floats, Floats]:
    latitude = np.array([site.latitude for site in sites])
    longitude = np.array([site.longitude for site in sites])
    minutes, km = formula(
        travel, latitude[:, None], longitude[:, None], latitude[None, :], longitude[None, :]
    )
    np.fill_diagonal(minutes, 0.0)
    np.fill_diagonal(km, 0.0)
    return minutes, km


def _documents(folder: Folder, codes: set[str]) -> None:
    """Look lightly at the files that document a territory, where there are any."""
    for file in ("label_exits.csv", "itinerant_france_services.csv"):
        if folder.has(file):
            table: Table | None = folder.table(file, ("insee_code",), digest=False)
            for row in table or ():
                _insee(row, codes or None)


def _name(communes: Mapping[str, Commune], code: str) -> str:
    """Return a commune's name; its code when its own line is wrong, which was said there."""
    return communes[code].name if code in communes else code


def _sure(value: T | None) -> T:
    """A cell of a sound row is there."""
    assert value is not None
    return value
