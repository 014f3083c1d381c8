"""Driving time and distance between any two points: the matrices for two sites, the formula elsewhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.territory.territory import Territory, TravelModel

__all__ = [
    "commune_to_fixed",
    "commune_to_points",
    "commune_to_sites",
    "drive",
    "formula",
    "great_circle_km",
    "place_matrices",
    "site_drive",
]

Floats = NDArray[np.float64]


def great_circle_km(
    latitude_1: ArrayLike,
    longitude_1: ArrayLike,
    latitude_2: ArrayLike,
    longitude_2: ArrayLike,
    earth_radius_km: float,
) -> Floats:
    """Great-circle distance by the haversine formula, in km, broadcasting; degrees in."""
    phi_1, phi_2 = np.radians(latitude_1), np.radians(latitude_2)
    half_phi = (phi_2 - phi_1) / 2
    half_lambda = (np.radians(longitude_2) - np.radians(longitude_1)) / 2
    h = np.sin(half_phi) ** 2 + np.cos(phi_1) * np.cos(phi_2) * np.sin(half_lambda) ** 2
    return np.asarray(2 * earth_radius_km * np.arcsin(np.sqrt(np.clip(h, 0.0, 1.0))), dtype=np.float64)


def formula(
    travel: TravelModel,
    latitude_1: ArrayLike,
    longitude_1: ArrayLike,
    latitude_2: ArrayLike,
    longitude_2: ArrayLike,
) -> tuple[Floats, Floats]:
    """Minutes and km by the fitted formula between different places, broadcasting.

    The floor holds even where the points coincide: two homes of a commune, or two sites known by
    their commune's point only, are different places.
    """
    great = great_circle_km(latitude_1, longitude_1, latitude_2, longitude_2, travel.earth_radius_km)
    km = travel.detour_factor * np.maximum(great, travel.floor_km)
    return travel.fixed_min + travel.min_per_km * km, km


def drive(
    territory: Territory,
    latitude_1: ArrayLike,
    longitude_1: ArrayLike,
    latitude_2: ArrayLike,
    longitude_2: ArrayLike,
    *,
    different: bool = False,
) -> tuple[Floats, Floats]:
    """Minutes and km of a drive between points by the fitted formula, broadcasting; degrees in.

    Parameters
    ----------
    territory
        Gives the formula. Its matrices are not looked up: for two sites see `site_drive`.
    latitude_1, longitude_1, latitude_2, longitude_2
        Degrees, any shapes that broadcast together.
    different
        Points that coincide are different places (two homes of one commune): the floor distance
        applies to them. By default they are one place: 0 minutes, 0 km.
    """
    minutes, km = formula(territory.travel, latitude_1, longitude_1, latitude_2, longitude_2)
    if different:
        return minutes, km
    same = np.equal(latitude_1, latitude_2) & np.equal(longitude_1, longitude_2)
    return np.where(same, 0.0, minutes), np.where(same, 0.0, km)


def site_drive(territory: Territory, from_site: str, to_site: str) -> tuple[float, float]:
    """Minutes and km of a drive between two sites, by the matrices; KeyError for an unknown site."""
    i, j = territory.site_position[from_site], territory.site_position[to_site]
    return float(territory.minutes[i, j]), float(territory.km[i, j])


def commune_to_points(
    territory: Territory,
    latitude: ArrayLike,
    longitude: ArrayLike,
    communes: slice | NDArray[np.int64] = slice(None),
) -> tuple[Floats, Floats]:
    """Minutes and km from communes to points, shape (communes, points).

    Residents live around their commune's point, never on the desk: the floor applies even where
    the points coincide. `communes` restricts the rows, to bound the memory of a large territory.
    """
    points = territory.commune_points[communes]
    return formula(
        territory.travel,
        points[:, 0, None],
        points[:, 1, None],
        np.atleast_1d(np.asarray(latitude, dtype=np.float64))[None, :],
        np.atleast_1d(np.asarray(longitude, dtype=np.float64))[None, :],
    )


def commune_to_sites(
    territory: Territory, communes: slice | NDArray[np.int64] = slice(None)
) -> tuple[Floats, Floats]:
    """Minutes and km from communes to every site, shape (communes, sites)."""
    points = territory.site_points
    return commune_to_points(territory, points[:, 0], points[:, 1], communes)


def commune_to_fixed(
    territory: Territory, communes: slice | NDArray[np.int64] = slice(None)
) -> tuple[Floats, Floats]:
    """Minutes and km from communes to every fixed structure, shape (communes, fixed)."""
    points = territory.fixed_points
    return commune_to_points(territory, points[:, 0], points[:, 1], communes)


def place_matrices(territory: Territory) -> tuple[Floats, Floats]:
    """Minutes and km between all places of a vehicle: the sites, then one home per commune.

    Shape (sites + communes, sites + communes): `territory.minutes` and `territory.km` between
    sites, the formula elsewhere. Two homes of one commune are different places, so that the floor
    stands on the diagonal of the homes; the diagonal of the sites is 0.
    """
    points = np.concatenate([territory.site_points, territory.commune_points])
    minutes, km = formula(
        territory.travel, points[:, 0, None], points[:, 1, None], points[None, :, 0], points[None, :, 1]
    )
    sites = len(territory.sites)
    minutes[:sites, :sites] = territory.minutes
    km[:sites, :sites] = territory.km
    return minutes, km
