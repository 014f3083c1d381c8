"""Who ends elsewhere in a scenario than in the reference: the same persons, paired one by one.

Both scenarios live in one world, so a need and a home-visit request have the same row in both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.measures.context import Ints
from sim.measures.net import destination_positions, end_positions, ends
from sim.models.facts import DESTINATIONS, Facts
from sim.settings import NEEDS

__all__ = ["MOVED_NEEDS", "MovedLayout", "changes_by_need", "moved_persons"]

MOVED_NEEDS = (*NEEDS, "home_visit")
"""Kinds of need as residents know them: a request for a home visit is one."""


@dataclass(frozen=True, slots=True)
class MovedLayout:
    """How `moved_persons` numbers its cells: commune of residence, end in the reference, end now."""

    ends: tuple[str, ...]

    def split(self, cells: Ints) -> tuple[Ints, Ints, Ints]:
        """Commune, end in the reference and end now of each cell, as positions."""
        pair, now = np.divmod(cells, len(self.ends))
        home, before = np.divmod(pair, len(self.ends))
        return home, before, now


def moved_persons(reference: Facts, facts: Facts) -> dict[str, Ints]:
    """Persons who end elsewhere than in the reference, as cells of `MovedLayout` with their number.

    Parameters
    ----------
    reference, facts
        Two scenarios in one world.

    Raises
    ------
    ValueError
        When the two do not have the same persons, requests and places.
    """
    _same_people(reference, facts)
    size = len(ends(facts.alternatives))
    before, now = end_positions(reference), end_positions(facts)
    cells = []
    for home, was, is_now in zip((facts.persons.home, facts.home_visits.home), before, now, strict=True):
        moved = (was != is_now) & (was >= 0) & (is_now >= 0)
        cells.append((home[moved] * size + was[moved]) * size + is_now[moved])
    cell, persons = np.unique(np.concatenate(cells), return_counts=True)
    return {"cell": cell, "persons": persons.astype(np.int64)}


def changes_by_need(reference: Facts, facts: Facts) -> dict[str, Ints]:
    """Persons by kind of need, kind of place in the reference and kind of place now, unchanged ones too.

    `cell` is (kind of need · 7 + destination in the reference) · 7 + destination now.
    """
    _same_people(reference, facts)
    size = len(DESTINATIONS)
    before, now = destination_positions(reference), destination_positions(facts)
    kinds = (facts.persons.need, np.full(len(facts.home_visits.home), len(NEEDS), np.int64))
    cells = []
    for kind, was, is_now in zip(kinds, before, now, strict=True):
        kept = (was >= 0) & (is_now >= 0)
        cells.append((kind[kept] * size + was[kept]) * size + is_now[kept])
    cell, persons = np.unique(np.concatenate(cells), return_counts=True)
    return {"cell": cell, "persons": persons.astype(np.int64)}


def _same_people(reference: Facts, facts: Facts) -> None:
    same = (
        reference.alternatives == facts.alternatives
        and np.array_equal(reference.persons.person_id, facts.persons.person_id)
        and np.array_equal(reference.home_visits.request_id, facts.home_visits.request_id)
    )
    if not same:
        raise ValueError(
            f"{facts.scenario}, replication {facts.replication}: not the persons of {reference.scenario}"
        )
