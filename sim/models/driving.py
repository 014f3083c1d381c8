"""Driving times and distances inside compiled code: matrices between sites, the formula elsewhere.

Places are numbered: sites first (positions of the territory), then communes (their chef-lieu).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.compiled import njit, njit_leaf
from sim.territory.territory import Territory

__all__ = [
    "Roads",
    "drive_km",
    "drive_minutes",
    "formula_minutes",
    "least_minutes",
    "make_roads",
    "places_minutes",
]


class Roads(NamedTuple):
    """What compiled code needs to drive: coordinates of places, site matrices, the fitted formula.

    `minutes` and `km` have shape (sites, sites), or (0, 0) where the territory has no matrices;
    `sphere` has each place on the unit sphere, shape (places, 3).
    """

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    minutes: NDArray[np.float64]
    km: NDArray[np.float64]
    detour_factor: float
    floor_km: float
    fixed_min: float
    min_per_km: float
    earth_radius_km: float
    sphere: NDArray[np.float64]


def make_roads(territory: Territory) -> Roads:
    """The roads of a territory, places numbered sites first, then communes."""
    coordinates = np.concatenate([territory.site_points, territory.commune_points])
    model = territory.travel
    empty = np.zeros((0, 0))
    return Roads(
        latitude=np.ascontiguousarray(coordinates[:, 0]),
        longitude=np.ascontiguousarray(coordinates[:, 1]),
        minutes=np.array(territory.minutes) if territory.matrices_given else empty,
        km=np.array(territory.km) if territory.matrices_given else empty,
        detour_factor=float(model.detour_factor),
        floor_km=float(model.floor_km),
        fixed_min=float(model.fixed_min),
        min_per_km=float(model.min_per_km),
        earth_radius_km=float(model.earth_radius_km),
        sphere=_on_sphere(coordinates),
    )


def _on_sphere(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    latitude, longitude = np.radians(coordinates).T
    x, y = np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude)
    return np.ascontiguousarray(np.stack([x, y, np.sin(latitude)], axis=1))


@njit_leaf
def _formula_km(roads: Roads, lat_1: float, lon_1: float, lat_2: float, lon_2: float) -> float:
    """Haversine distance times the detour factor, the floor applied."""
    a, b = np.radians(lat_1), np.radians(lat_2)
    h = (
        np.sin((b - a) / 2.0) ** 2
        + np.cos(a) * np.cos(b) * np.sin((np.radians(lon_2) - np.radians(lon_1)) / 2.0) ** 2
    )
    great_circle = 2.0 * roads.earth_radius_km * np.arcsin(min(1.0, np.sqrt(h)))
    return roads.detour_factor * max(great_circle, roads.floor_km)


@njit_leaf
def formula_minutes(roads: Roads, lat_1: float, lon_1: float, lat_2: float, lon_2: float) -> float:
    """Driving minutes between two points by the fitted formula of `travel_model.json`."""
    return roads.fixed_min + roads.min_per_km * _formula_km(roads, lat_1, lon_1, lat_2, lon_2)


@njit_leaf
def drive_km(roads: Roads, a: int, b: int) -> float:
    """Road kilometres between two places; 0 from a place to itself."""
    if a == b:
        return 0.0
    if a < roads.km.shape[0] and b < roads.km.shape[0]:
        return roads.km[a, b]
    return _formula_km(roads, roads.latitude[a], roads.longitude[a], roads.latitude[b], roads.longitude[b])


@njit_leaf
def drive_minutes(roads: Roads, a: int, b: int) -> float:
    """Driving minutes between two places, without noise; 0 from a place to itself."""
    if a == b:
        return 0.0
    if a < roads.minutes.shape[0] and b < roads.minutes.shape[0]:
        return roads.minutes[a, b]
    return formula_minutes(
        roads, roads.latitude[a], roads.longitude[a], roads.latitude[b], roads.longitude[b]
    )


@njit_leaf
def least_minutes(roads: Roads, a: int, home: int) -> float:
    """A bound below `drive_minutes` to a commune's home, without trigonometry: a chord is under its arc."""
    if a == home:
        return 0.0
    p, q = roads.sphere[a], roads.sphere[home]
    chord = np.sqrt((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 + (p[2] - q[2]) ** 2)
    km = roads.detour_factor * max(roads.earth_radius_km * chord, roads.floor_km)
    return roads.fixed_min + roads.min_per_km * km - 1e-6


def places_minutes(
    roads: Roads, homes: NDArray[np.float64], places: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Minutes by the formula from each home to each place: (homes, 2), (places, 2) → (homes, places)."""
    return _formula_table(roads, np.ascontiguousarray(homes), np.ascontiguousarray(places))


@njit
def _formula_table(
    roads: Roads, homes: NDArray[np.float64], places: NDArray[np.float64]
) -> NDArray[np.float64]:
    out = np.empty((homes.shape[0], places.shape[0]))
    for i in range(homes.shape[0]):
        for j in range(places.shape[0]):
            out[i, j] = formula_minutes(roads, homes[i, 0], homes[i, 1], places[j, 0], places[j, 1])
    return out
