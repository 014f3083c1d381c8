"""The one registry of measures, in the order of tables and report; each group stands beside its formulas."""

from __future__ import annotations

from sim.measures.access import ACCESS
from sim.measures.desk import DESK
from sim.measures.fleet import FLEET
from sim.measures.homes import HOMES
from sim.measures.measure import Measure
from sim.measures.money import MONEY
from sim.measures.net import NET
from sim.measures.passages import PASSAGES
from sim.measures.work import WORK

__all__ = ["DECISIONS", "GROUPS", "MEASURES", "POSITIONS", "Measure", "measure_named"]

GROUPS: dict[str, tuple[Measure, ...]] = {
    "net": NET,
    "desk": DESK,
    "passages": PASSAGES,
    "homes": HOMES,
    "fleet": FLEET,
    "work": WORK,
    "access": ACCESS,
    "money": MONEY,
}
MEASURES: tuple[Measure, ...] = tuple(m for group in GROUPS.values() for m in group)
POSITIONS: dict[str, int] = {m.id: i for i, m in enumerate(MEASURES)}
DECISIONS: tuple[str, ...] = tuple(m.id for m in MEASURES if m.decision)


def measure_named(name: str) -> Measure:
    """The measure with that id.

    Raises
    ------
    KeyError
        When there is none.
    """
    return MEASURES[POSITIONS[name]]
