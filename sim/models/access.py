"""Where residents may go: every access point of the territory, future ones included.

The alternatives of the choice: each commune's permanences as one, each fixed France Services (those
that only a label exit would open included), each other round, and giving up. Their ids name their
random tastes, so the list may grow without moving a draw.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.compiled import njit
from sim.models.driving import Roads, formula_minutes
from sim.streams import item_key
from sim.territory.territory import Territory

__all__ = ["FIXED", "GIVES_UP", "PERMANENCE", "ROUND", "Access", "label_structure_id", "make_access"]

PERMANENCE, FIXED, ROUND, GIVES_UP = 0, 1, 2, 3


@dataclass(frozen=True)
class Access:
    """The alternatives, and for each commune those within reach.

    Entries are (commune, alternative) pairs within `reach_min` of driving, grouped by commune:
    those of commune c are `entry_start[c]:entry_start[c + 1]`: giving up, then the others that are no
    permanence, nearest first, then from `first_permanence[c]` on the permanences, nearest first.
    `points` lists every place an alternative has been given, shape
    (points, 2), and `point_alternative` which one.
    """

    ids: tuple[str, ...]
    kind: NDArray[np.int64]
    key: NDArray[np.uint64]
    commune: NDArray[np.int64]
    entry_start: NDArray[np.int64]
    first_permanence: NDArray[np.int64]
    entry_alternative: NDArray[np.int64]
    entry_commune: NDArray[np.int64]

    @property
    def gives_up(self) -> int:
        """The position of giving up, the last alternative."""
        return len(self.ids) - 1


def label_structure_id(insee_code: str, rank: int) -> str:
    """The id of the `rank`-th fixed structure (from 1) that a label exit opens in a commune."""
    return f"fixed:{insee_code}:{rank}"


def make_access(territory: Territory, roads: Roads, reach_min: float) -> Access:
    """The alternatives of a territory and the entries within reach of each commune.

    An alternative with several places (sites of a commune, stops of a round, a label structure
    whose readings differ) is in reach when one of them is.
    """
    position = {c.insee_code: i for i, c in enumerate(territory.communes)}
    places: dict[str, list[tuple[float, float]]] = defaultdict(list)
    kind: dict[str, int] = {}
    commune: dict[str, int] = {}

    def add(name: str, what: int, where: int, latitude: float, longitude: float) -> None:
        kind.setdefault(name, what)
        commune.setdefault(name, where)
        places[name].append((latitude, longitude))

    for site in sorted(territory.sites, key=lambda s: s.insee_code):
        name = f"permanence:{site.insee_code}"
        add(name, PERMANENCE, position[site.insee_code], site.latitude, site.longitude)
    for structure in territory.fixed:
        if not structure.in_itinerant_commune:
            where = position[structure.insee_code]
            add(f"fixed:{structure.id_fs}", FIXED, where, structure.latitude, structure.longitude)
    rank: dict[tuple[str, str], int] = defaultdict(int)
    for row in territory.exits:
        rank[row.reading, row.insee_code] += 1
        name = label_structure_id(row.insee_code, rank[row.reading, row.insee_code])
        add(name, FIXED, position[row.insee_code], row.latitude, row.longitude)
    for site in territory.sites:  # any commune of the rounds may be made to leave by hand
        name = label_structure_id(site.insee_code, 1)
        if name not in places:
            add(name, FIXED, position[site.insee_code], site.latitude, site.longitude)
    for stop in territory.other_rounds:
        home = territory.communes[position[stop.insee_code]]
        add(f"round:{stop.round_id}", ROUND, -1, home.latitude, home.longitude)

    ids = sorted(places, key=lambda name: (kind[name], name))
    points = np.array([p for name in ids for p in places[name]], np.float64).reshape(-1, 2)
    owner = np.array([i for i, name in enumerate(ids) for _ in places[name]], np.int64)
    start, alternative, minutes = _within_reach(
        roads,
        np.ascontiguousarray(territory.commune_points),
        np.ascontiguousarray(points),
        owner,
        len(ids),
        float(reach_min),
    )
    commune_of_entry = np.repeat(np.arange(len(territory.communes)), np.diff(start))
    # what attracts most comes first: a choice finds its best early and passes over the rest
    permanence = np.array([kind.get(name, GIVES_UP) == PERMANENCE for name in (*ids, "gives_up")])
    order = np.lexsort((alternative, minutes, permanence[alternative], commune_of_entry))
    alternative = alternative[order]
    others = np.bincount(commune_of_entry[~permanence[alternative]], minlength=len(territory.communes))
    ids.append("gives_up")
    return Access(
        ids=tuple(ids),
        kind=np.array([kind.get(name, GIVES_UP) for name in ids], np.int64),
        key=np.array([item_key(name) for name in ids], np.uint64),
        commune=np.array([commune.get(name, -1) for name in ids], np.int64),
        entry_start=start,
        first_permanence=start[:-1] + others,
        entry_alternative=alternative,
        entry_commune=commune_of_entry,
    )


@njit
def _within_reach(
    roads: Roads,
    homes: NDArray[np.float64],
    points: NDArray[np.float64],
    owner: NDArray[np.int64],
    alternatives: int,
    reach_min: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Entries by commune: giving up at 0 minutes, then alternatives with a point within `reach_min`."""
    start = np.zeros(len(homes) + 1, np.int64)
    # one degree of latitude is 111.19 km of great circle: further apart is out of reach for sure
    most_degrees = (reach_min / roads.min_per_km / roads.detour_factor) / 111.0
    found = np.empty(1024, np.int64)
    minutes = np.empty(1024)
    n = 0
    for c in range(len(homes)):
        if n + alternatives + 1 > len(found):
            found = np.concatenate((found, np.empty(len(found) + alternatives, np.int64)))
            minutes = np.concatenate((minutes, np.empty(len(minutes) + alternatives)))
        found[n] = alternatives
        minutes[n] = 0.0
        n += 1
        last = -1
        for p in range(len(owner)):
            if abs(points[p, 0] - homes[c, 0]) > most_degrees:
                continue
            away = formula_minutes(roads, homes[c, 0], homes[c, 1], points[p, 0], points[p, 1])
            if away > reach_min:
                continue
            if owner[p] == last:
                minutes[n - 1] = min(minutes[n - 1], away)
                continue
            last = owner[p]
            found[n] = last
            minutes[n] = away
            n += 1
        start[c + 1] = n
    return start, found[:n].copy(), minutes[:n].copy()
