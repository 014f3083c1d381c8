"""The polygons of the communes: read for the map, checked against the communes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sim.problems import nearest
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
        problems.add(label, "another kind of JSON", "a GeoJSON FeatureCollection with a list of features")
        return misplaced
    seen: set[str] = set()
    for number, feature in enumerate(features, start=1):
        where = f"{label}, feature {number}"
        properties = feature.get("properties") if isinstance(feature, dict) else None
        code = properties.get("code") if isinstance(properties, dict) else None
        if not isinstance(code, str):
            problems.add(f"{where}, properties.code", shown(code), "the INSEE code of a commune, as text")
            continue
        where = f"{label}, feature {number} ({shown(code)})"
        if code in seen:
            problems.add(where, f"a second feature for {shown(code)}", "one feature for each commune")
        elif codes and code not in codes:
            problems.add(
                where, f"commune {shown(code)}", "a commune of communes.csv", nearest(code[:50], codes)
            )
        seen.add(code)
        try:
            box = _box(feature.get("geometry"))
        except ValueError as error:
            problems.add(
                f"{where}, geometry", str(error), "a Polygon or MultiPolygon of closed rings, in degrees"
            )
            continue
        commune = communes.get(code)
        if commune is not None and not _around(box, commune):
            misplaced.add(code)
            problems.add(
                where,
                f"a polygon far from the commune's point ({commune.latitude:g}, {commune.longitude:g})",
                "the polygon around the commune's point, longitude before latitude",
            )
    for code in sorted(codes - seen):
        name = f" ({communes[code].name})" if code in communes else ""
        problems.add(label, f"no polygon for commune {code}{name}", "one polygon for each commune")
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
        raise ValueError("no geometry")
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("Polygon", "MultiPolygon"):
        raise ValueError(f"a geometry of type {shown(kind)}")
    polygons = [coordinates] if kind == "Polygon" else coordinates
    if not isinstance(polygons, list) or not polygons:
        raise ValueError("no coordinates")
    for polygon in polygons:
        if not isinstance(polygon, list) or not polygon:
            raise ValueError("a polygon without rings")
        yield from polygon


def _box(geometry: object) -> Box:
    """West, south, east and north of a geometry, in degrees; ValueError says what is wrong with it."""
    west, south, east, north = 180.0, 90.0, -180.0, -90.0
    for ring in _rings(geometry):
        if not isinstance(ring, list) or len(ring) < 4:
            raise ValueError("a ring of fewer than four positions")
        for position in ring:
            if not isinstance(position, list) or not 2 <= len(position) <= 4:
                raise ValueError(f"the position {shown(position)}")
            longitude, latitude = position[0], position[1]
            if type(longitude) not in (int, float) or type(latitude) not in (int, float):
                raise ValueError(f"the position {shown(position)}")
            if not -180 <= longitude <= 180 or not -90 <= latitude <= 90:
                raise ValueError(f"the position {shown(position)}, out of range")
            west, east = min(west, longitude), max(east, longitude)
            south, north = min(south, latitude), max(north, latitude)
        if ring[0] != ring[-1]:
            raise ValueError("a ring that does not end where it starts")
    return float(west), float(south), float(east), float(north)
