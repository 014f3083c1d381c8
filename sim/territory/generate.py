"""Generate a made-up territory of any size, in the same files as a real one.

Run it as ``python -m sim.territory.generate FOLDER [--departments=N] [--communes=N] [--sites=N] [--seed=N]``.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, cos, radians, sqrt
from pathlib import Path

import numpy as np

from sim.problems import Problems, Said, nearest, said_in, system_reason
from sim.territory.matrices import MATRICES, by_formula
from sim.territory.tables import shown
from sim.territory.territory import Site, TravelModel

__all__ = ["generate_territory", "main"]

USAGE = """usage : python -m sim.territory.generate DOSSIER [--departments=1] [--communes=195] [--sites=27]
        [--seed=1]
écrit un territoire inventé (départements, communes, sites, graine) dans un dossier nouveau ou vide
writes a made-up territory (departments, communes, sites, seed) to a folder that is new or empty"""

# The shape of the generated world: nothing here says anything of a real place.
CELL_KM = 4.4
DEGREE_KM = 111.2
SOUTH, WEST = 42.5, -4.0
EPCI_CELLS = 5
COMMUNES_PER_FIXED = 16
SITES_PER_EXIT = 4
MOST_IN_MATRICES = 500
MOST_PER_DEPARTMENT = 999
MOST_DEPARTMENTS = 99
TRAVEL = TravelModel(
    detour_factor=1.25,
    floor_km=1.0,
    fixed_min=2.0,
    min_per_km=1.05,
    earth_radius_km=6371.0088,
    depot="hotel-departement",
    status="made up: no road was measured",
)
STARTS = ("Aubre", "Belzi", "Clari", "Dorlo", "Estri", "Folma", "Grivo", "Hauli", "Islo", "Jonqui", "Kerlo")
MIDDLES = ("ba", "che", "di", "fo", "gue", "lou", "mi", "na", "ro", "sse", "ta", "vi", "zo")
ENDS = (
    "brelle",
    "chac",
    "dourne",
    "fin",
    "gnol",
    "lac",
    "menche",
    "nuit",
    "pont",
    "querre",
    "sargue",
    "vrille",
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A generated commune: its square of the grid and its people."""

    code: str
    name: str
    department: int
    latitude: float
    longitude: float
    square: tuple[float, float, float, float]
    population: int
    epci: str
    share_75_plus: float


def generate_territory(
    folder: str | Path, departments: int = 1, communes: int = 195, sites: int = 27, seed: int = 1
) -> Path:
    """Write the files of a made-up territory and return its folder.

    The same arguments give the same bytes. Communes are squares of a grid, their populations
    lognormal around one larger chief town in each department; names say that they are invented.
    Above 500 sites the two matrices are left out, and the loader takes the fitted formula.

    Parameters
    ----------
    folder
        Where to write; made if need be.
    departments
        How many blocks of communes, 1 to 99.
    communes, sites
        In all, shared evenly between departments.
    seed
        Any whole number from 0.

    Raises
    ------
    ValueError
        When the numbers cannot make a territory.
    """
    if not 1 <= departments <= MOST_DEPARTMENTS:
        raise ValueError(f"departments: {departments}, expected 1 to {MOST_DEPARTMENTS}")
    if not departments <= communes <= departments * MOST_PER_DEPARTMENT:
        raise ValueError(f"communes: {communes}, expected 1 to {MOST_PER_DEPARTMENT} for each department")
    if sites < departments:
        raise ValueError(f"sites: {sites}, expected at least one for each department")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    places = _places(departments, communes, seed)
    held = _sites(places, departments, sites, seed)
    _write_communes(folder, places)
    _write_polygons(folder, places)
    _write_sites(folder, held)
    _write_offer(folder, places, held, seed)
    _write_travel(folder, held)
    _write_sources(folder, departments, communes, sites, seed)
    return folder


def _rng(seed: int, name: str) -> np.random.Generator:
    """One generator for one name, so that one more draw somewhere moves nothing elsewhere."""
    from sim.streams import stable_hash

    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=stable_hash(name)))


def _shares(total: int, parts: int) -> list[int]:
    """Share a number evenly: 7 in 3 is 3, 2, 2."""
    return [total // parts + (i < total % parts) for i in range(parts)]


def _places(departments: int, communes: int, seed: int) -> list[_Place]:
    rng = _rng(seed, "communes")
    names = _names(communes, seed)
    across = ceil(sqrt(departments))
    block = ceil(sqrt(ceil(communes / departments)))
    places: list[_Place] = []
    for department, count in enumerate(_shares(communes, departments)):
        populations = np.exp(rng.normal(6.1, 0.9, count)).astype(np.int64) + 20
        chief = (min(block, count) // 2) + block * (ceil(count / block) // 2)
        chief = min(chief, count - 1)
        populations[chief] = 5 * populations.max()
        ages = rng.uniform(0.08, 0.16, count)
        for i in range(count):
            row = (department // across) * (block + 1) + i // block
            column = (department % across) * (block + 1) + i % block
            south = SOUTH + row * CELL_KM / DEGREE_KM
            width = CELL_KM / (DEGREE_KM * cos(radians(SOUTH)))
            west = WEST + column * width
            dy, dx = rng.uniform(0.25, 0.75, 2)
            epci = (i // block // EPCI_CELLS) * ceil(block / EPCI_CELLS) + i % block // EPCI_CELLS
            places.append(
                _Place(
                    code=f"{MOST_DEPARTMENTS - department:02d}{i + 1:03d}",
                    name=names[len(places)],
                    department=department,
                    latitude=round(south + dy * CELL_KM / DEGREE_KM, 5),
                    longitude=round(west + dx * width, 5),
                    square=(
                        round(west, 5),
                        round(south, 5),
                        round(west + width, 5),
                        round(south + CELL_KM / DEGREE_KM, 5),
                    ),
                    population=int(populations[i]),
                    epci=f"{MOST_DEPARTMENTS - department:02d}{epci + 1:02d}",
                    share_75_plus=round(float(ages[i]), 4),
                )
            )
    return places


def _names(count: int, seed: int) -> list[str]:
    """Return as many different names, all of an invented country."""
    stems = [f"{a}{b}{c}" for a in STARTS for b in MIDDLES for c in ENDS]
    order = _rng(seed, "names").permutation(len(stems))
    rounds = ceil(count / len(stems))
    names = [
        f"{stems[i]}-en-Chimère" + (f" {n + 1}" if n else "") for n in range(rounds) for i in order.tolist()
    ]
    return names[:count]


def _sites(
    places: Sequence[_Place], departments: int, sites: int, seed: int
) -> list[tuple[str, str, _Place]]:
    """Return (site_id, kind, commune): the base, desks of the chief towns, then town halls elsewhere."""
    rng = _rng(seed, "sites")
    held: list[tuple[str, str, _Place]] = []
    for department, count in enumerate(_shares(sites, departments)):
        here = [place for place in places if place.department == department]
        chief = max(here, key=lambda place: (place.population, place.code))
        others = [place for place in here if place is not chief]
        rng.shuffle(others)
        first = "hotel-departement" if department == 0 else f"hotel-{chief.code}"
        mine = [(first, "hotel_departement", chief)]
        extra = min(3, (count - 1) // 8) if others else count - 1
        mine += [(f"mds-{chief.code}-{i + 1}", "mds", chief) for i in range(extra)]
        rest = count - len(mine)
        for i in range(rest):
            place = others[i % len(others)]
            again = i // len(others)
            mine.append((f"mairie-{place.code}" + (f"-{again + 1}" if again else ""), "mairie", place))
        held += mine
    return held


def _write(folder: Path, file: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with (folder / file).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _write_communes(folder: Path, places: Sequence[_Place]) -> None:
    people: dict[str, list[_Place]] = {}
    for place in places:
        people.setdefault(place.epci, []).append(place)
    of_epci = {
        epci: sum(p.share_75_plus * p.population for p in here) / sum(p.population for p in here)
        for epci, here in people.items()
    }
    _write(
        folder,
        "communes.csv",
        (
            "insee_code",
            "name",
            "latitude",
            "longitude",
            "population",
            "share_75_plus",
            "epci_code",
            "epci_name",
            "epci_share_75_plus",
        ),
        (
            (
                p.code,
                p.name,
                p.latitude,
                p.longitude,
                p.population,
                p.share_75_plus if int(p.code) % 2 else "",
                p.epci,
                f"Communauté imaginaire {p.epci}",
                f"{of_epci[p.epci]:.4f}",
            )
            for p in places
        ),
    )


def _write_polygons(folder: Path, places: Sequence[_Place]) -> None:
    features = []
    for place in places:
        west, south, east, north = place.square
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        features.append(
            {
                "type": "Feature",
                "properties": {"code": place.code, "nom": place.name},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    (folder / "communes.geojson").write_text(text + "\n", encoding="utf-8")


def _write_sites(folder: Path, held: Sequence[tuple[str, str, _Place]]) -> None:
    kinds = {"hotel_departement": "Hôtel du Département", "mds": "Maison des solidarités", "mairie": "Mairie"}
    _write(
        folder,
        "sites.csv",
        (
            "site_id",
            "name",
            "kind",
            "insee_code",
            "commune",
            "latitude",
            "longitude",
            "coordinate_precision",
            "address",
        ),
        (
            (
                site_id,
                f"{kinds[kind]} de {place.name} ({site_id})",
                kind,
                place.code,
                place.name,
                place.latitude,
                place.longitude,
                "commune",
                "",
            )
            for site_id, kind, place in held
        ),
    )


def _write_offer(
    folder: Path, places: Sequence[_Place], held: Sequence[tuple[str, str, _Place]], seed: int
) -> None:
    """Write fixed structures, other rounds and exits."""
    rng = _rng(seed, "offer")
    itinerant = {place.code for _, _, place in held}
    free = [place for place in places if place.code not in itinerant]
    leaving = list(dict.fromkeys(place for _, kind, place in held if kind == "mairie"))
    rng.shuffle(free)
    rng.shuffle(leaving)
    standing = free[: ceil(len(places) / COMMUNES_PER_FIXED)]
    leaving = leaving[: len(held) // SITES_PER_EXIT]
    opens = {place.code: date(2022, 1 + 3 * (i % 4), 1) for i, place in enumerate(leaving)}
    fixed = [(place, date(2020, 1 + i % 12, 1), "no") for i, place in enumerate(standing)]
    fixed += [(place, opens[place.code], "yes") for place in leaving]
    _write(
        folder,
        "fixed_france_services.csv",
        (
            "id_fs",
            "name",
            "commune",
            "insee_code",
            "latitude",
            "longitude",
            "label_date",
            "in_itinerant_commune",
        ),
        (
            (
                1000 + i,
                f"France services {place.name}",
                place.name,
                place.code,
                place.latitude,
                place.longitude,
                day,
                inside,
            )
            for i, (place, day, inside) in enumerate(fixed)
        ),
    )
    stops = free[len(standing) : len(standing) + 6]
    _write(
        folder,
        "other_rounds.csv",
        ("round_id", "insee_code", "commune", "week", "weekday", "half_days_per_cycle"),
        (
            ("imaginaire", p.code, p.name, ("even", "odd")[i % 2], 1 + i // 2 % 5, 1)
            for i, p in enumerate(stops)
        ),
    )
    _write(
        folder,
        "exits.csv",
        (
            "reading",
            "insee_code",
            "commune",
            "fixed_opens",
            "permanence_stops",
            "earliest",
            "latest",
            "latitude",
            "longitude",
            "point",
            "confidence",
            "note",
        ),
        (
            (
                reading,
                place.code,
                place.name,
                opens[place.code],
                opens[place.code] if reading == "announced" or i % 2 else "",
                date(opens[place.code].year - 1, 7, 1) if reading == "announced" else "",
                date(opens[place.code].year + 1, 1, 1) if reading == "announced" else "",
                place.latitude,
                place.longitude,
                "structure",
                "C",
                "made up",
            )
            for reading in ("announced", "happened")
            for i, place in enumerate(leaving)
        ),
    )


def _write_travel(folder: Path, held: Sequence[tuple[str, str, _Place]]) -> None:
    model = {
        "status": TRAVEL.status,
        "distance": "road_km = detour_factor * max(great_circle_km, floor_km)",
        "time": "drive_min = fixed_min + min_per_km * road_km (0 for the same site)",
        "detour_factor": TRAVEL.detour_factor,
        "fixed_min": TRAVEL.fixed_min,
        "min_per_km": TRAVEL.min_per_km,
        "floor_km": TRAVEL.floor_km,
        "earth_radius_km": TRAVEL.earth_radius_km,
        "depot": TRAVEL.depot,
    }
    (folder / "travel_model.json").write_text(json.dumps(model, indent=1) + "\n", encoding="utf-8")
    for file in MATRICES:
        (folder / file).unlink(missing_ok=True)
    if len(held) > MOST_IN_MATRICES:
        return
    sites = [
        Site(site_id, "", kind, p.code, p.name, p.latitude, p.longitude, "", "commune")
        for site_id, kind, p in held
    ]
    minutes, km = by_formula(TRAVEL, sites)
    ids = [site.site_id for site in sites]
    for file, matrix, decimals in zip(MATRICES, (minutes, km), (1, 2), strict=True):
        rows = ((i, *(f"{x:.{decimals}f}" for x in row)) for i, row in zip(ids, matrix.tolist(), strict=True))
        _write(folder, file, ("site_id", *ids), rows)


def _write_sources(folder: Path, departments: int, communes: int, sites: int, seed: int) -> None:
    (folder / "SOURCES.md").write_text(
        "# Sources\n\nEverything here is made up by `sim.territory.generate`: "
        "places, people, dates, drives.\n\n"
        f"Departments {departments}, communes {communes}, sites {sites}, seed {seed}.\n",
        encoding="utf-8",
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the territory asked for; 0 when it is written, 2 when the line or the folder is wrong."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    if {"-h", "--help"} & set(words):
        print(USAGE)
        return 0
    problems = Problems()
    folders: list[str] = []
    numbers = {"departments": 1, "communes": 195, "sites": 27, "seed": 1}
    pending = list(words)
    while pending:
        word = pending.pop(0)
        if not word.startswith("--"):
            folders.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        value = value if equals or not pending else pending.pop(0)
        if name not in numbers:
            expected = ", ".join(f"--{known}" for known in numbers)
            near = nearest(name, numbers)
            problems.add(
                word,
                Said("an unknown option", "une option inconnue"),
                Said(f"one of {expected}", f"une option parmi {expected}"),
                f"--{near}" if near else None,
            )
        elif re.fullmatch(r"[0-9]{1,9}", value):
            numbers[name] = int(value)
        else:
            problems.add(
                f"--{name}", shown(value), Said("a whole number from 0", "un nombre entier, au moins 0")
            )
    if len(folders) != 1:
        problems.add(
            Said("folder", "dossier"),
            " ".join(folders) or Said("nothing", "rien"),
            Said("one folder, new or empty", "un seul dossier, nouveau ou vide"),
        )
    if not len(problems):
        _write_if_free(Path(folders[0]), numbers, problems)
    if len(problems):
        said = [*said_in(list(problems), "fr"), *said_in(list(problems), "en"), USAGE]
        print("\n".join(said), file=sys.stderr)
        return 2
    return 0


def _write_if_free(folder: Path, numbers: Mapping[str, int], problems: Problems) -> None:
    """Generate into a folder that is new or empty; what keeps it from being written is a problem."""
    try:
        if folder.is_dir() and any(folder.iterdir()):
            problems.add(
                str(folder),
                Said("a folder that holds files", "un dossier qui contient déjà des fichiers"),
                Said("a new or empty folder", "un dossier nouveau ou vide"),
            )
            return
        print(generate_territory(folder, **numbers))
    except OSError as error:
        problems.add(
            str(folder),
            system_reason(error),
            Said("a folder that can be written", "un dossier où l'on peut écrire"),
        )
    except ValueError as error:
        english = str(error)
        problems.add(
            Said("numbers", "nombres"),
            Said(english, ", ".join(f"--{name}={number}" for name, number in numbers.items())),
            Said(
                f"1 to {MOST_DEPARTMENTS} departments, 1 to {MOST_PER_DEPARTMENT} communes and at least one "
                "site for each",
                f"de 1 à {MOST_DEPARTMENTS} départements (departments), et pour chacun de 1 à "
                f"{MOST_PER_DEPARTMENT} communes et au moins un site",
            ),
        )


if __name__ == "__main__":
    sys.exit(main())
