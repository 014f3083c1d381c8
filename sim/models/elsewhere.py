"""Where each resident would go without the cell: found once a world, for every scenario it serves.

Fixed structures, other rounds and giving up depend on no staff and on no rounds; only exits change them.
Scenarios whose structures open and close alike share the answer, which is kept as long as its world.
"""

from __future__ import annotations

from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from sim.models.choice import choose_elsewhere
from sim.models.records import NeedColumns, Offer, PersonColumns
from sim.world import World

__all__ = ["Elsewhere", "elsewhere"]


class Elsewhere(NamedTuple):
    """The table of persons as if there were no permanence, and E·exp(−V) of where each one goes."""

    persons: PersonColumns
    least: NDArray[np.float64]


_known: WeakKeyDictionary[World, dict[bytes, Elsewhere]] = WeakKeyDictionary()


def elsewhere(world: World, needs: NeedColumns, offer: Offer, network: bytes) -> Elsewhere:
    """What everyone would do without the cell; `network` names the offer but for its permanences."""
    known = _known.setdefault(world, {})
    if network not in known:
        n = len(needs.home)
        nothing = [np.full(n, -1, np.int64) for _ in range(5)]
        found = Elsewhere(PersonColumns._make([*nothing, np.zeros(n, np.bool_)]), np.empty(n))
        choose_elsewhere(needs, offer, found.persons, found.least)
        known[network] = found
    return known[network]
