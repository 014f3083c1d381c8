"""Flows: needs and home-visit requests by commune of residence and place where they ended.

Of communes × places nearly every pair is empty, so only the others are kept: counted commune by commune,
at a cost in proportion to the needs and not to the pairs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.compiled import njit
from sim.measures.context import Floats, Ints
from sim.measures.net import ends, positions_of_nowhere, request_ends
from sim.models.facts import Facts

__all__ = ["Flows", "flows_of"]


@dataclass(frozen=True, slots=True)
class Flows:
    """How many ended where: cells in ascending order, commune × columns + end, and persons in each.

    Attributes
    ----------
    shape
        Communes and ends, whose order is that of `net.ends`.
    cell, persons
        The cells that are not empty, shape (cells,) each.
    """

    shape: tuple[int, int]
    cell: Ints
    persons: Floats

    def at(self, end: int) -> float:
        """Persons who ended at one place."""
        return float(self.persons[self.cell % self.shape[1] == end].sum())

    def dense(self) -> Floats:
        """The whole table, shape (C, ends)."""
        flat = np.zeros(self.shape[0] * self.shape[1])
        flat[self.cell] = self.persons
        return flat.reshape(self.shape)


def flows_of(facts: Facts, communes: int) -> Flows:
    """Where the residents of each commune ended; a redirected request is counted as its need."""
    persons, requests = facts.persons, facts.home_visits
    columns = len(ends(facts.alternatives))
    cell, count = _tally(
        persons.home, persons.ended_at, persons.destination, positions_of_nowhere(len(facts.alternatives)),
        requests.home, request_ends(facts), communes, columns,
    )  # fmt: skip
    return Flows((communes, columns), cell, count)


@njit
def _tally(
    home: Ints,
    ended_at: Ints,
    destination: Ints,
    nowhere: Ints,
    request_home: Ints,
    request_end: Ints,
    communes: int,
    columns: int,
) -> tuple[Ints, Floats]:
    """Sort needs and requests by commune by counting them, then count the ends of one commune at a time.

    Requests whose end is -1 are left out. One row of the table is kept, and cleared after each commune.
    """
    filled = np.zeros(communes + 1, np.int64)
    for c in home:
        filled[c + 1] += 1
    for c in request_home:
        filled[c + 1] += 1
    for c in range(communes):
        filled[c + 1] += filled[c]
    of_commune = np.empty(len(home) + len(request_home), np.int32)
    for i in range(len(home)):
        none = nowhere[destination[i]]
        of_commune[filled[home[i]]] = ended_at[i] if none < 0 else none
        filled[home[i]] += 1
    for i in range(len(request_home)):
        of_commune[filled[request_home[i]]] = request_end[i]
        filled[request_home[i]] += 1
    row, seen = np.zeros(columns, np.int64), np.empty(columns, np.int64)
    cell, persons = np.empty(16 * communes, np.int64), np.empty(16 * communes)
    n = first = 0
    for c in range(communes):
        ends = 0
        for e in of_commune[first : filled[c]]:
            if e < 0:
                continue
            if row[e] == 0:
                seen[ends] = e
                ends += 1
            row[e] += 1
        if n + ends > len(cell):
            cell = np.concatenate((cell, np.empty(n + ends, np.int64)))
            persons = np.concatenate((persons, np.empty(n + ends)))
        for e in np.sort(seen[:ends]):
            cell[n] = c * columns + e
            persons[n] = row[e]
            row[e] = 0
            n += 1
        first = filled[c]
    return cell[:n].copy(), persons[:n].copy()
