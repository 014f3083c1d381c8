"""What a territory is: small frozen records, and one object that holds them all.

Records are made by `sim.territory.load`, which checks them; nothing here reads a file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Commune", "Exit", "FixedStructure", "RoundStop", "Site", "Territory", "TravelModel"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune: where its residents are taken to live, and how many they are.

    `share_75_plus` is the commune's own share of residents aged 75 and over when it is known
    (`share_75_plus_is_own`), else that of its intercommunality (EPCI). Degrees are WGS 84.
    """

    insee_code: str
    name: str
    latitude: float
    longitude: float
    population: int
    share_75_plus: float
    share_75_plus_is_own: bool
    epci_code: str
    epci_name: str


@dataclass(frozen=True, slots=True)
class Site:
    """A place where a permanence can be held."""

    site_id: str
    name: str
    kind: str
    insee_code: str
    commune: str
    latitude: float
    longitude: float
    address: str
    coordinate_precision: str


@dataclass(frozen=True, slots=True)
class FixedStructure:
    """A fixed France Services, and the date its label opens it to the public.

    `in_itinerant_commune`: its commune has a permanence, so that it opens only through the
    readings of `exits.csv`, never on `opens` by itself.
    """

    id_fs: str
    name: str
    insee_code: str
    commune: str
    latitude: float
    longitude: float
    opens: date
    in_itinerant_commune: bool


@dataclass(frozen=True, slots=True)
class RoundStop:
    """A stop of another itinerant service.

    `week` is `even`, `odd` or `every` (ISO weeks), `weekday` 1 is Monday, `half_days_per_cycle`
    counts half-days in 14 days.
    """

    round_id: str
    insee_code: str
    commune: str
    week: str
    weekday: int
    half_days_per_cycle: float


@dataclass(frozen=True, slots=True)
class Exit:
    """One reading of how a commune leaves the rounds: its fixed structure opens, its permanence stops.

    `permanence_stops` is None when it never stops; `earliest` and `latest` bound `fixed_opens`
    where the date is assumed, and are None together where it is known.
    """

    reading: str
    insee_code: str
    commune: str
    fixed_opens: date
    permanence_stops: date | None
    earliest: date | None
    latest: date | None
    latitude: float
    longitude: float
    point: str
    confidence: str
    note: str


@dataclass(frozen=True, slots=True)
class TravelModel:
    """The fitted formula of driving, used wherever no matrix gives the pair.

    ``road_km = detour_factor * max(great_circle_km, floor_km)`` and
    ``drive_min = fixed_min + min_per_km * road_km``; 0 for the same place.
    """

    detour_factor: float
    floor_km: float
    fixed_min: float
    min_per_km: float
    earth_radius_km: float
    depot: str
    status: str


@dataclass(frozen=True, eq=False)
class Territory:
    """A territory, checked: everything the model knows of the place.

    Communes are sorted by INSEE code, fixed structures by `id_fs`, stops of other rounds by round,
    commune, week and weekday, exits by reading, commune and date; **sites keep the order of their
    file**. `minutes` and `km` have shape (sites, sites), read-only, rows from, columns to: the two
    matrices of the folder, or the fitted formula where the folder has none (`matrices_given` says
    which). `digest` is the sha256 of the names and bytes of the files.
    """

    name: str
    folder: Path
    communes: tuple[Commune, ...]
    sites: tuple[Site, ...]
    fixed: tuple[FixedStructure, ...]
    other_rounds: tuple[RoundStop, ...]
    exits: tuple[Exit, ...]
    travel: TravelModel
    minutes: Floats
    km: Floats
    matrices_given: bool
    geojson: Path
    digest: str

    @cached_property
    def commune_position(self) -> dict[str, int]:
        """Position of each commune in `communes`, by INSEE code."""
        return {commune.insee_code: i for i, commune in enumerate(self.communes)}

    @cached_property
    def site_position(self) -> dict[str, int]:
        """Position of each site in `sites`, by site_id."""
        return {site.site_id: i for i, site in enumerate(self.sites)}

    @cached_property
    def fixed_position(self) -> dict[str, int]:
        """Position of each fixed structure in `fixed`, by id_fs."""
        return {structure.id_fs: i for i, structure in enumerate(self.fixed)}

    @cached_property
    def site_communes(self) -> Ints:
        """Position in `communes` of each site's commune, shape (sites,)."""
        return _frozen(np.array([self.commune_position[s.insee_code] for s in self.sites], dtype=np.int64))

    @cached_property
    def itinerant_communes(self) -> tuple[str, ...]:
        """INSEE codes of the communes that have at least one site, sorted."""
        return tuple(sorted({site.insee_code for site in self.sites}))

    @cached_property
    def population(self) -> Ints:
        """Residents of each commune, shape (communes,)."""
        return _frozen(np.array([c.population for c in self.communes], dtype=np.int64))

    @cached_property
    def share_75_plus(self) -> Floats:
        """Share aged 75 and over of each commune, shape (communes,)."""
        return _frozen(np.array([c.share_75_plus for c in self.communes], dtype=np.float64))

    @cached_property
    def commune_points(self) -> Floats:
        """Latitude and longitude of each commune, shape (communes, 2), degrees."""
        return _points(self.communes)

    @cached_property
    def site_points(self) -> Floats:
        """Latitude and longitude of each site, shape (sites, 2), degrees."""
        return _points(self.sites)

    @cached_property
    def fixed_points(self) -> Floats:
        """Latitude and longitude of each fixed structure, shape (fixed, 2), degrees."""
        return _points(self.fixed)

    @property
    def depot(self) -> str:
        """The site_id of the vehicles' base."""
        return self.travel.depot

    def commune(self, insee_code: str) -> Commune:
        """Return the commune of this INSEE code; KeyError when there is none."""
        return self.communes[self.commune_position[insee_code]]

    def site(self, site_id: str) -> Site:
        """Return the site of this id; KeyError when there is none."""
        return self.sites[self.site_position[site_id]]

    def sites_of(self, insee_code: str) -> tuple[Site, ...]:
        """Return the sites of a commune, in the order of `sites`; empty when it has none."""
        return tuple(site for site in self.sites if site.insee_code == insee_code)

    def exits_of(self, reading: str) -> tuple[Exit, ...]:
        """Return the exits of one reading, by commune and date."""
        return tuple(row for row in self.exits if row.reading == reading)


def _frozen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    array.flags.writeable = False
    return array


def _points(places: tuple[Commune, ...] | tuple[Site, ...] | tuple[FixedStructure, ...]) -> Floats:
    points = np.array([(p.latitude, p.longitude) for p in places], dtype=np.float64)
    return _frozen(points.reshape(-1, 2))
