"""The polygons of the communes: read for the map, checked against the communes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sim.problems import Said, french, nearest
from sim.territory.tables import Folder, shown
from sim.territory.territory import Commune

__all__ = ["check_polygons"]

FILE = "communes.geojson"
AWAY_DEGREES = 0.5
Box = tuple[float, float, float, float]


def check_polygons(folder: Folder, communes: Mapping[str, Commune], codes: set[str]) -> set[str]:
    """Check `communes.geojson`: one polygon per commune of `codes`, each around its commune's point.

    Returns
    -------
    set of str
        Codes of the communes whose point is far from their polygon: one of the two is wrong.
    """
    misplaced: set[str] = set()
    found = folder.json(FILE)
    if found is None:
        return misplaced
    label, problems = folder.label(FILE), folder.problems
    features = found.get("features") if isinstance(found, dict) else None
    if (
        not isinstance(found, dict)
        or found.get("type") != "FeatureCollection"
        or not isinstance(features, list)
    ):
        problems.add(
            label,
            Said("another kind of JSON", "un JSON d'une autre sorte"),
            Said(
                "a GeoJSON FeatureCollection with a list of features",
                "une FeatureCollection GeoJSON avec une liste de features",
            ),
        )
        return misplaced
    seen: set[str] = set()
    for number, feature in enumerate(features, start=1):
        where = f"{label}, feature {number}"
        properties = feature.get("properties") if isinstance(feature, dict) else None
        code = properties.get("code") if isinstance(properties, dict) else None
        if not isinstance(code, str):
            problems.add(
                f"{where}, properties.code",
                shown(code),
                Said("the INSEE code of a commune, as text", "le code INSEE d'une commune, en texte"),
            )
            continue
        where = f"{label}, feature {number} ({shown(code)})"
        if code in seen:
            problems.add(
                where,
                Said(f"a second feature for {shown(code)}", f"une deuxième feature pour {shown(code)}"),
                Said("one feature for each commune", "une feature par commune"),
            )
        elif codes and code not in codes:
            problems.add(
                where,
                Said(f"commune {shown(code)}", f"commune {shown(code)}"),
                Said("a commune of communes.csv", "une commune de communes.csv"),
                nearest(code[:50], codes),
            )
        seen.add(code)
        try:
            box = _box(feature.get("geometry"))
        except ValueError as error:
            problems.add(
                f"{where}, geometry",
                error.args[0],
                Said(
                    "a Polygon or MultiPolygon of closed rings, in degrees",
                    "un Polygon ou MultiPolygon d'anneaux fermés, en degrés",
                ),
            )
            continue
        commune = communes.get(code)
        if commune is not None and not _around(box, commune):
            misplaced.add(code)
            problems.add(
                where,
                Said(
                    f"a polygon far from the commune's point ({commune.latitude:g}, {commune.longitude:g})",
                    f"un polygone loin du point de la commune ({commune.latitude:g}, {commune.longitude:g})",
                ),
                Said(
                    "the polygon around the commune's point, longitude before latitude",
                    "le polygone autour du point de la commune, longitude avant latitude",
                ),
            )
    for code in sorted(codes - seen):
        name = f" ({communes[code].name})" if code in communes else ""
        problems.add(
            label,
            Said(f"no polygon for commune {code}{name}", f"aucun polygone pour la commune {code}{name}"),
            Said("one polygon for each commune", "un polygone par commune"),
        )
    return misplaced


def _around(box: Box, commune: Commune) -> bool:
    west, south, east, north = box
    return (
        west - AWAY_DEGREES <= commune.longitude <= east + AWAY_DEGREES
        and south - AWAY_DEGREES <= commune.latitude <= north + AWAY_DEGREES
    )


def _rings(geometry: object) -> Iterator[object]:
    """Yield the rings of a polygon or of several."""
    if not isinstance(geometry, dict):
        raise ValueError(Said("no geometry", "aucune géométrie"))
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(
            Said(f"a geometry of type {shown(kind)}", f"une géométrie de type {french(shown(kind))}")
        )
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        raise ValueError(Said("no coordinates", "aucune coordonnée"))
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            raise ValueError(Said("a polygon without rings", "un polygone sans anneau"))
        yield from polygon


def _box(geometry: object) -> Box:
    """West, south, east and north of a geometry, in degrees; ValueError says what is wrong with it."""
    west, south, east, north = 180.0, 90.0, -180.0, -90.0
    for ring in _rings(geometry):
        if not isinstance(ring, list) or len(ring) < 4:
            raise ValueError(
                Said("a ring of fewer than four positions", "un anneau de moins de quatre positions")
            )
        for position in ring:
            if not isinstance(position, list) or not 2 <= len(position) <= 4:
                raise ValueError(
                    Said(f"the position {shown(position)}", f"la position {french(shown(position))}")
                )
            longitude, latitude = position[0], position[1]
            if type(longitude) not in (int, float) or type(latitude) not in (int, float):
                raise ValueError(
                    Said(f"the position {shown(position)}", f"la position {french(shown(position))}")
                )
            if not -180 <= longitude <= 180 or not -90 <= latitude <= 90:
                raise ValueError(
                    Said(
                        f"the position {shown(position)}, out of range",
                        f"la position {shown(position)}, hors limites",
                    )
                )
            west, east = min(west, longitude), max(east, longitude)
            south, north = min(south, latitude), max(north, latitude)
        if ring[0] != ring[-1]:
            raise ValueError(
                Said("a ring that does not end where it starts", "un anneau qui ne finit pas où il commence")
            )
    return float(west), float(south), float(east), float(north)
