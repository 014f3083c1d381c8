"""Load a territory from its folder, checked: every problem at once, with file, line, column and value."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

from sim.problems import Problems, Said, nearest
from sim.territory.matrices import MATRICES, by_formula, read_matrix
from sim.territory.polygons import check_polygons
from sim.territory.tables import Folder, Row, shown
from sim.territory.territory import Commune, Exit, FixedStructure, RoundStop, Site, Territory, TravelModel

__all__ = ["known_territories", "load_territory"]

DATA = Path(__file__).parent / "data"
INSEE_CODE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}")
# Another département may hold permanences elsewhere: a new kind is taken, a misspelt one is not.
KINDS = ("mairie", "mds", "hotel_departement")
PRECISIONS = ("exact", "commune")
READINGS = ("announced", "happened")
WEEKS = ("even", "odd", "every")
A_COMMUNE = Said("a commune of communes.csv", "une commune de communes.csv")
FAR_KM = 50.0
DEGREE_KM = 111.2

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
FILES = (
    "communes.csv",
    "communes.geojson",
    "sites.csv",
    "fixed_france_services.csv",
    "other_rounds.csv",
    "exits.csv",
    "travel_model.json",
    *MATRICES,
    "label_exits.csv",
    "itinerant_france_services.csv",
    "SOURCES.md",
)
# Bounds that no real territory leaves: they catch a slip of the pen, not an unusual fit.
TRAVEL = {
    "detour_factor": (1.0, 10.0),
    "floor_km": (0.0, 100.0),
    "fixed_min": (0.0, 120.0),
    "min_per_km": (0.01, 60.0),
    "earth_radius_km": (6300.0, 6400.0),
}


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
    folder = Folder(path, problems, FILES)
    communes, codes = _communes(folder)
    misplaced = check_polygons(folder, communes, codes)
    placed = {code: commune for code, commune in communes.items() if code not in misplaced}
    sites, site_ids, itinerant = _sites(folder, placed, codes)
    fixed = _fixed(folder, placed, codes, itinerant)
    other_rounds = _other_rounds(folder, communes, codes)
    exits = _exits(folder, placed, codes, itinerant)
    travel = _travel(folder, site_ids)
    given = any(folder.has(file) for file in MATRICES)
    matrices = [read_matrix(folder, file, site_ids) for file in MATRICES] if given else []
    _documents(folder, codes)
    problems.raise_if_any()
    minutes, km = matrices if given else by_formula(travel, sites)
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
        found = shown(text)
        if text.strip() and path.exists():
            found = Said(f"{found}, which is not a folder", f"{found}, qui n'est pas un dossier")
    except (OSError, ValueError):
        found = shown(text)
    expected = Said(
        f"one of {', '.join(known)}, or the path of a folder",
        f"un territoire parmi {', '.join(known)}, ou le chemin d'un dossier",
    )
    problems.add(Said("territory", "territoire"), found, expected, nearest(text[:200], known))
    return path


def _once(seen: dict[str, int], row: Row, column: str, value: str) -> None:
    """Remember an identifier and its line; a problem when it was there before."""
    if value in seen:
        row.wrong(
            column,
            Said(
                f"{shown(value)}, already on line {seen[value]}", f"{shown(value)}, déjà ligne {seen[value]}"
            ),
            Said("each identifier once", "chaque identifiant une seule fois"),
        )
    elif value:
        seen[value] = row.line


def _insee(row: Row, codes: Collection[str] = ()) -> str:
    """Read an INSEE code, one of `codes` where they are given; empty when it is wrong."""
    if not row.has("insee_code"):
        return ""
    found = row.raw("insee_code")
    shaped = INSEE_CODE.fullmatch(found)
    if found in codes or (shaped and not codes):
        return found
    near = nearest(found[:50], codes)
    if re.fullmatch(r"[0-9]{4}", found) and (not codes or f"0{found}" in codes):
        near = f"0{found}"  # a spreadsheet took the code for a number
    expected = (
        A_COMMUNE
        if shaped
        else Said(
            "an INSEE code of five characters, as text", "un code INSEE de cinq caractères, en format texte"
        )
    )
    row.wrong("insee_code", shown(found), expected, near)
    return ""


def _point(row: Row, commune: Commune | None = None) -> tuple[float, float]:
    """Read latitude and longitude; a place lies not far from its commune's point."""
    latitude = row.number("latitude", -90, 90, Said("degrees north", "degrés nord"))
    longitude = row.number("longitude", -180, 180, Said("degrees east", "degrés est"))
    if commune is not None and math.isfinite(latitude + longitude):
        north = (latitude - commune.latitude) * DEGREE_KM
        east = (longitude - commune.longitude) * DEGREE_KM * math.cos(math.radians(commune.latitude))
        if (away := math.hypot(north, east)) > FAR_KM:
            row.wrong(
                "latitude",
                Said(
                    f"a point {away:.0f} km from {shown(commune.name)}",
                    f"un point à {away:.0f} km de {shown(commune.name)}",
                ),
                Said(
                    f"a point within {FAR_KM:g} km of its commune (are latitude and longitude swapped?)",
                    f"un point à moins de {FAR_KM:g} km de sa commune (latitude et longitude inversées ?)",
                ),
            )
    return latitude, longitude


def _communes(folder: Folder) -> tuple[dict[str, Commune], set[str]]:
    """Return the sound communes by code, and all codes; none when the file is cut, to be compared with."""
    communes: dict[str, Commune] = {}
    seen: dict[str, int] = {}
    file = folder.label("communes.csv")
    rows = folder.table("communes.csv", COMMUNES)
    for row in rows:
        code = _insee(row)
        _once(seen, row, "insee_code", code)
        name = row.text("name", name=Said("the name of a commune", "le nom d'une commune"))
        latitude, longitude = _point(row)
        population = row.whole("population", 0, 10_000_000, Said("residents", "des habitants"))
        own, of_epci = (
            row.number(column, 0, 1, Said("a share", "une part"))
            if row.has(column) and row.raw(column)
            else None
            for column in ("share_75_plus", "epci_share_75_plus")
        )
        epci_code, epci_name = row.text("epci_code", blank=True), row.text("epci_name", blank=True)
        share = own if own is not None else of_epci
        if share is None:
            if row.has("share_75_plus") and row.has("epci_share_75_plus"):
                row.wrong(
                    "share_75_plus",
                    Said("nothing here nor in epci_share_75_plus", "rien ici ni dans epci_share_75_plus"),
                    Said("a share from 0 to 1 in one of the two", "une part de 0 à 1 dans l'une des deux"),
                )
        elif row.sound:
            communes[code] = Commune(
                insee_code=code,
                name=name,
                latitude=latitude,
                longitude=longitude,
                population=population,
                share_75_plus=share,
                share_75_plus_is_own=own is not None,
                epci_code=epci_code,
                epci_name=epci_name,
            )
    for row in rows:
        if INSEE_CODE.fullmatch(code := row.raw("insee_code")):
            seen.setdefault(code, row.line)
    if folder.was_read("communes.csv") and not rows:
        folder.problems.add(
            file, Said("no commune", "aucune commune"), Said("at least one commune", "au moins une commune")
        )
    if communes and len(communes) == len(rows) and not any(c.population for c in communes.values()):
        folder.problems.add(
            Said(f"{file}, column population", f"{file}, colonne population"),
            Said("0 in every commune", "0 dans toutes les communes"),
            Said("at least one resident", "au moins un habitant"),
        )
    return communes, set() if "communes.csv" in folder.cut else set(seen)


def _sites(
    folder: Folder, communes: Mapping[str, Commune], codes: set[str]
) -> tuple[list[Site], dict[str, int], set[str]]:
    """Return the sound sites in file order, the line of every id, and the communes of all sites.

    The last two are empty when the file is cut: other files cannot be compared with it.
    """
    sites: list[Site] = []
    seen: dict[str, int] = {}
    itinerant: set[str] = set()
    rows = folder.table("sites.csv", SITES)
    for row in rows:
        site_id = row.identifier("site_id")
        _once(seen, row, "site_id", site_id)
        name = row.text("name", name=Said("the name of a site", "le nom d'un site"))
        kind = _kind(row)
        code = _insee(row, codes)
        latitude, longitude = _point(row, communes.get(code))
        itinerant |= {code} - {""}
        precision = row.one_of("coordinate_precision", PRECISIONS)
        address = row.text("address", blank=True)
        if row.sound:
            sites.append(
                Site(
                    site_id=site_id,
                    name=name,
                    kind=kind,
                    insee_code=code,
                    commune=_name(communes, code),
                    latitude=latitude,
                    longitude=longitude,
                    address=address,
                    coordinate_precision=precision,
                )
            )
    for row in rows:
        if row.shifted:
            seen.setdefault(row.raw("site_id"), row.line)
        itinerant |= {row.raw("insee_code")} & codes
    if folder.was_read("sites.csv") and not rows:
        folder.problems.add(
            folder.label("sites.csv"),
            Said("no site", "aucun site"),
            Said("at least one site", "au moins un site"),
        )
    return (sites, {}, set()) if "sites.csv" in folder.cut else (sites, seen, itinerant)


def _kind(row: Row) -> str:
    """Read the kind of a site: one of the known ones, or a word like none of them."""
    kind = row.identifier("kind")
    if kind and kind not in KINDS and (near := nearest(kind, KINDS)):
        known = ", ".join(KINDS)
        expected = Said(
            f"one of {known}, or a word of its own", f"un mot parmi {known}, ou un mot bien à lui"
        )
        row.wrong("kind", shown(kind), expected, near)
    return kind


def _fixed(
    folder: Folder, communes: Mapping[str, Commune], codes: set[str], itinerant: set[str]
) -> list[FixedStructure]:
    fixed: list[FixedStructure] = []
    seen: dict[str, int] = {}
    for row in folder.table("fixed_france_services.csv", FIXED):
        id_fs = row.identifier("id_fs")
        _once(seen, row, "id_fs", id_fs)
        name = row.text("name", name=Said("the name of a structure", "le nom d'une structure"))
        code = _insee(row, codes)
        latitude, longitude = _point(row, communes.get(code))
        opens = row.day("label_date")
        inside = row.one_of("in_itinerant_commune", ("yes", "no"))
        if row.sound and itinerant and (inside == "yes") != (code in itinerant):
            expected = (
                Said(
                    f"yes: commune {code} has a site in sites.csv",
                    f"yes : la commune {code} a un site dans sites.csv",
                )
                if code in itinerant
                else Said(
                    f"no: commune {code} has no site in sites.csv",
                    f"no : la commune {code} n'a pas de site dans sites.csv",
                )
            )
            row.wrong("in_itinerant_commune", shown(inside), expected)
        if row.sound and opens is not None:
            fixed.append(
                FixedStructure(
                    id_fs=id_fs,
                    name=name,
                    insee_code=code,
                    commune=_name(communes, code),
                    latitude=latitude,
                    longitude=longitude,
                    opens=opens,
                    in_itinerant_commune=inside == "yes",
                )
            )
    return fixed


def _other_rounds(folder: Folder, communes: Mapping[str, Commune], codes: set[str]) -> list[RoundStop]:
    stops: dict[tuple[object, ...], RoundStop] = {}
    lines: dict[tuple[object, ...], int] = {}
    for row in folder.table("other_rounds.csv", ROUNDS):
        round_id = row.identifier("round_id")
        code = _insee(row, codes)
        week = row.one_of("week", WEEKS)
        weekday = row.whole("weekday", 1, 7, Said("a weekday, 1 for Monday", "un jour, 1 pour lundi"))
        half_days = row.number(
            "half_days_per_cycle", 0.05, 28, Said("half-days in 14 days", "des demi-journées en 14 jours")
        )
        key = (round_id, code, week, weekday)
        if row.sound and key in stops:
            row.wrong(
                "round_id",
                Said(f"the stop of line {lines[key]} again", f"l'arrêt de la ligne {lines[key]}, répété"),
                Said("each stop once", "chaque arrêt une seule fois"),
            )
        if row.sound:
            lines[key] = row.line
            stops[key] = RoundStop(
                round_id=round_id,
                insee_code=code,
                commune=_name(communes, code),
                week=week,
                weekday=weekday,
                half_days_per_cycle=half_days,
            )
    return list(stops.values())


def _exits(
    folder: Folder, communes: Mapping[str, Commune], codes: set[str], itinerant: set[str]
) -> list[Exit]:
    exits: dict[tuple[object, ...], Exit] = {}
    lines: dict[tuple[object, ...], int] = {}
    for row in folder.table("exits.csv", EXITS):
        reading = row.one_of("reading", READINGS)
        code = _insee(row, codes)
        if code and itinerant and code not in itinerant:
            row.wrong(
                "insee_code",
                Said(f"{shown(code)}, a commune without a site", f"{shown(code)}, une commune sans site"),
                Said(
                    "a commune with a site: the others open by fixed_france_services.csv",
                    "une commune qui a un site : les autres ouvrent par fixed_france_services.csv",
                ),
                nearest(code, itinerant),
            )
        opens = row.day("fixed_opens")
        stops = row.day("permanence_stops", blank=True)
        earliest, latest = row.day("earliest", blank=True), row.day("latest", blank=True)
        if opens is not None:
            _check_dates(row, opens, stops, earliest, latest)
        latitude, longitude = _point(row, communes.get(code))
        point = row.text("point", blank=True)
        confidence = row.text("confidence", blank=True)
        note = row.text("note", blank=True)
        key = (reading, code, opens, latitude, longitude)
        if row.sound and key in exits:
            row.wrong(
                "reading",
                Said(f"the exit of line {lines[key]} again", f"la sortie de la ligne {lines[key]}, répétée"),
                Said("each exit once", "chaque sortie une seule fois"),
            )
        if row.sound and opens is not None:
            lines[key] = row.line
            exits[key] = Exit(
                reading=reading,
                insee_code=code,
                commune=_name(communes, code),
                fixed_opens=opens,
                permanence_stops=stops,
                earliest=earliest,
                latest=latest,
                latitude=latitude,
                longitude=longitude,
                point=point,
                confidence=confidence,
                note=note,
            )
    return list(exits.values())


def _check_dates(
    row: Row, opens: date, stops: date | None, earliest: date | None, latest: date | None
) -> None:
    """The dates of an exit follow each other: a range around the opening, the stop not before it."""
    if stops is not None and stops < opens:
        row.wrong(
            "permanence_stops",
            Said(
                f"{stops}, before the fixed structure opens ({opens})",
                f"{stops}, avant l'ouverture de la structure fixe ({opens})",
            ),
            Said(
                "the day it opens or later, or nothing when it never stops",
                "le jour de son ouverture ou plus tard, ou rien si elle ne s'arrête pas",
            ),
        )
    if bool(row.raw("earliest")) != bool(row.raw("latest")):
        row.wrong(
            "latest",
            Said("a range with one end", "une seule borne sur deux"),
            Said("both earliest and latest, or neither", "earliest et latest, ou aucun des deux"),
        )
    if earliest is not None and latest is not None and not earliest <= opens <= latest:
        row.wrong(
            "earliest",
            Said(f"{earliest} to {latest}", f"de {earliest} à {latest}"),
            Said(
                f"a range that holds fixed_opens ({opens})",
                f"un intervalle qui contient fixed_opens ({opens})",
            ),
        )


def _travel(folder: Folder, site_ids: Mapping[str, int]) -> TravelModel:
    """Read the travel model; whatever is wrong with it is a problem."""
    found = folder.json("travel_model.json")
    label, problems = folder.label("travel_model.json"), folder.problems
    if not isinstance(found, dict):
        if found is not None:
            problems.add(
                label,
                shown(found),
                Said(
                    "an object with detour_factor, fixed_min, min_per_km, depot",
                    "un objet avec detour_factor, fixed_min, min_per_km, depot",
                ),
            )
        return TravelModel(1.0, 0.0, 0.0, 1.0, 6371.0, "", "")
    numbers: dict[str, float] = {}
    for key, (low, high) in TRAVEL.items():
        value = found.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            numbers[key] = float(value)
        else:
            near = (
                None
                if key in found
                else nearest(key, (k for k in found if k not in TRAVEL and k.isprintable()))
            )
            expected = Said(f"a number from {low:g} to {high:g}", f"un nombre de {low:g} à {high:g}")
            problems.add(f"{label}, {key}", shown(value), expected, near)
            numbers[key] = low
    depot = found.get("depot")
    if not isinstance(depot, str) or (site_ids and depot not in site_ids):
        near = nearest(depot[:200], site_ids) if isinstance(depot, str) else None
        base = Said("the site_id of the vehicles' base", "le site_id de la base des véhicules")
        problems.add(f"{label}, depot", shown(depot), base, near)
    return TravelModel(**numbers, depot=str(depot), status=str(found.get("status", "")))


def _documents(folder: Folder, codes: set[str]) -> None:
    """Look lightly at the files that document a territory, where there are any."""
    for file in ("label_exits.csv", "itinerant_france_services.csv"):
        if folder.has(file):
            for row in folder.table(file, ("insee_code",), digest=False):
                _insee(row, codes)


def _name(communes: Mapping[str, Commune], code: str) -> str:
    """Return a commune's name; its code when its own line is wrong, which was said there."""
    return communes[code].name if code in communes else code
