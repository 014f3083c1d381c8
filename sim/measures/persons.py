"""One pass over the needs: counted by where people live, what they need and where they ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.compiled import njit
from sim.measures.context import Ints
from sim.models.facts import DESTINATIONS, Facts

__all__ = ["PersonCounts", "count_persons"]

ITINERANT = DESTINATIONS.index("itinerant")


@dataclass(frozen=True, slots=True)
class PersonCounts:
    """How many needs there are of each sort.

    Attributes
    ----------
    destinations
        By commune and kind of end, shape (C, destinations).
    needs, operators
        By kind of need or by operator: those who have it, and of them those served at a permanence,
        shape (kinds, 2).
    otherwise
        Those served at a permanence by the kind of end without the cell, shape (destinations,).
    expected, expected_s
        Those who chose a permanence and whom a passage still followed, and seconds until the first in all.
    helped, helped_s
        Those served at a permanence and seconds from need to help in all.
    """

    destinations: Ints
    needs: Ints
    operators: Ints
    otherwise: Ints
    expected: int
    expected_s: int
    helped: int
    helped_s: int


def count_persons(facts: Facts, communes: int, needs: int, operators: int) -> PersonCounts:
    """Count the needs of a replication; the arguments say how many kinds there are of each."""
    persons = facts.persons
    counts = PersonCounts(
        np.zeros((communes, len(DESTINATIONS)), np.int64),
        np.zeros((needs, 2), np.int64),
        np.zeros((operators, 2), np.int64),
        np.zeros(len(DESTINATIONS), np.int64),
        *_count_coming(facts),
    )
    _count(
        persons.home, persons.need, persons.operator, persons.destination, persons.without_cell,
        counts.destinations, counts.needs, counts.operators, counts.otherwise,
    )  # fmt: skip
    return counts


def _count_coming(facts: Facts) -> tuple[int, int, int, int]:
    """Those expected at a permanence, and those helped there: how many, and their seconds."""
    persons = facts.persons
    # Alternatives sort permanences first: `permanence:INSEE`.
    permanences = sum(name.startswith("permanence:") for name in facts.alternatives)
    coming = np.flatnonzero(persons.first_passage_at >= 0)
    coming = coming[persons.choice[coming] < permanences]
    served = np.flatnonzero(persons.destination == ITINERANT)
    helped = served[persons.helped_at[served] >= 0]
    return (
        len(coming),
        int((persons.first_passage_at[coming] - persons.need_at[coming]).sum()),
        len(helped),
        int((persons.helped_at[helped] - persons.need_at[helped]).sum()),
    )


@njit
def _count(
    home: Ints,
    need: Ints,
    operator: Ints,
    destination: Ints,
    without_cell: Ints,
    destinations: Ints,
    needs: Ints,
    operators: Ints,
    otherwise: Ints,
) -> None:
    for i in range(len(home)):
        kind = destination[i]
        destinations[home[i], kind] += 1
        served = kind == ITINERANT
        if need[i] >= 0:
            needs[need[i], 0] += 1
            needs[need[i], 1] += served
        if operator[i] >= 0:
            operators[operator[i], 0] += 1
            operators[operator[i], 1] += served
        if served:
            otherwise[without_cell[i]] += 1
