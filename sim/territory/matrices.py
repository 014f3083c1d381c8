"""The two matrices of driving between sites: read and checked, or made by the fitted formula."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.problems import Said, french, nearest
from sim.territory.roads import formula
from sim.territory.tables import Folder, Row, shown
from sim.territory.territory import Site, TravelModel

__all__ = ["MATRICES", "by_formula", "read_matrix"]

MATRICES = ("travel_time_minutes.csv", "travel_distance_km.csv")
UNITS = {MATRICES[0]: ("minutes", 1440.0), MATRICES[1]: ("km", 5000.0)}

LINE, COLUMN = Said("line", "ligne"), Said("column", "colonne")

Floats = NDArray[np.float64]


def read_matrix(folder: Folder, file: str, site_ids: Mapping[str, int]) -> Floats:
    """Read a matrix, from lines to columns, in the order of the sites.

    Whatever is wrong is a problem: other sites than those of `site_ids`, a negative number, a
    diagonal that is not zero. Symmetry is not asked for.
    """
    position = {site_id: i for i, site_id in enumerate(site_ids)}
    matrix = np.zeros((len(position), len(position)))
    rows = folder.table(file, ("site_id",))
    if not folder.was_read(file):
        return matrix
    label = folder.label(file)
    columns = [column for column in folder.header(file) if column != "site_id"]
    _check_sites(folder, Said(f"{label}, line 1", f"{label}, ligne 1"), columns, position, COLUMN)
    known = [column for column in dict.fromkeys(columns) if column in position]
    at = np.array([position[column] for column in known], dtype=np.int64)
    unit, most = UNITS[file]
    for row in rows:
        origin = row.raw("site_id")
        if origin in position:
            values = _numbers(row, known, most) or [row.number(c, 0, most, unit) for c in known]
            matrix[position[origin], at] = values
            if row.sound and matrix[position[origin], position[origin]] != 0:
                row.wrong(
                    origin,
                    shown(row.raw(origin)),
                    Said("0 from a site to itself", "0 d'un site à lui-même"),
                )
    _check_sites(folder, label, [row.raw("site_id") for row in rows], position, LINE)
    return matrix


def by_formula(travel: TravelModel, sites: Sequence[Site]) -> tuple[Floats, Floats]:
    """Minutes and km between sites by the fitted formula, zero from a site to itself."""
    latitude = np.array([site.latitude for site in sites])
    longitude = np.array([site.longitude for site in sites])
    minutes, km = formula(travel, latitude[:, None], longitude[:, None], latitude, longitude)
    np.fill_diagonal(minutes, 0.0)
    np.fill_diagonal(km, 0.0)
    return minutes, km


def _numbers(row: Row, columns: Iterable[str], most: float) -> list[float]:
    """Read a whole line at once; empty when a cell needs a closer look."""
    cells = [row.raw(column) for column in columns]
    try:
        values = [float(cell) for cell in cells]
    except ValueError:
        return []
    # float() takes 1_000, which no spreadsheet writes.
    return [] if any("_" in cell for cell in cells) or not all(0 <= v <= most for v in values) else values


def _check_sites(
    folder: Folder, where: str, found: Sequence[str], position: Mapping[str, int], what: Said
) -> None:
    """The lines and the columns of a matrix are the sites, each once."""
    if not position:
        return
    times = Counter(found)
    missing = [site_id for site_id in position if site_id not in times]
    for extra in times:
        if extra not in position:
            near = nearest(extra[:200], missing or position)
            folder.problems.add(
                where,
                Said(f"the {what} {shown(extra)}", f"la {what.fr} {french(shown(extra))}"),
                Said("the sites of sites.csv", "les sites de sites.csv"),
                near,
            )
    for site_id in missing:
        folder.problems.add(
            where,
            Said(
                f"no {what} for the site {shown(site_id)}", f"aucune {what.fr} pour le site {shown(site_id)}"
            ),
            Said("every site of sites.csv", "tous les sites de sites.csv"),
        )
    if what == LINE:  # a column twice is said with the header
        for site_id in (x for x, n in times.items() if n > 1 and x in position):
            folder.problems.add(
                where,
                Said(
                    f"several lines for the site {shown(site_id)}",
                    f"plusieurs lignes pour le site {shown(site_id)}",
                ),
                Said("each site once", "chaque site une seule fois"),
            )
