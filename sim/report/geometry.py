"""Outlines of communes on a flat map: GeoJSON degrees to whole units of 50 m, north up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Flat", "Outline", "outlines"]

_UNITS_PER_DEGREE = 111.32 * 20


@dataclass(frozen=True)
class Flat:
    """A local equirectangular projection around a point, in units of 50 m."""

    longitude: float
    latitude: float

    def point(self, longitude: float, latitude: float) -> tuple[float, float]:
        """East and north of the origin."""
        shrink = math.cos(math.radians(self.latitude))
        return (
            (longitude - self.longitude) * _UNITS_PER_DEGREE * shrink,
            (latitude - self.latitude) * _UNITS_PER_DEGREE,
        )


@dataclass(frozen=True)
class Outline:
    """One commune: its rings one after the other, a None between two."""

    code: str
    xs: tuple[float | None, ...]
    ys: tuple[float | None, ...]


def outlines(geojson: dict[str, Any]) -> tuple[Flat, tuple[Outline, ...], tuple[float, float, float, float]]:
    """The projection, the outlines, and the box (west, east, south, north) around them."""
    features = [f for f in geojson.get("features", []) if f.get("geometry")]
    corners = [point for f in features for ring in _rings(f["geometry"]) for point in ring]
    if not corners:
        return Flat(0.0, 0.0), (), (0.0, 1.0, 0.0, 1.0)
    west, south = min(p[0] for p in corners), min(p[1] for p in corners)
    east, north = max(p[0] for p in corners), max(p[1] for p in corners)
    flat = Flat((west + east) / 2, (south + north) / 2)
    shapes = []
    for feature in features:
        xs: list[float | None] = []
        ys: list[float | None] = []
        for ring in _rings(feature["geometry"]):
            if xs:
                xs.append(None)
                ys.append(None)
            for longitude, latitude in ring:
                x, y = flat.point(longitude, latitude)
                xs.append(float(round(x)))
                ys.append(float(round(y)))
        properties = feature.get("properties") or {}
        code = str(properties.get("code") or properties.get("insee_code") or "")
        shapes.append(Outline(code, tuple(xs), tuple(ys)))
    x0, y0 = flat.point(west, south)
    x1, y1 = flat.point(east, north)
    return flat, tuple(shapes), (x0, x1, y0, y1)


def _rings(geometry: dict[str, Any]) -> Sequence[Sequence[tuple[float, float]]]:
    coordinates = geometry.get("coordinates") or []
    if geometry.get("type") == "Polygon":
        return [[(p[0], p[1]) for p in ring] for ring in coordinates]
    if geometry.get("type") == "MultiPolygon":
        return [[(p[0], p[1]) for p in ring] for polygon in coordinates for ring in polygon]
    return []
