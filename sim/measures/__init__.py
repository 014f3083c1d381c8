"""Measures: pure functions of the facts of one replication, and the registry that names them."""

from sim.measures.context import MeasureContext, measure_context
from sim.measures.invariants import BrokenFactsError, check_invariants
from sim.measures.measure import Measure
from sim.measures.measured import Layout, Measured, layouts, measure
from sim.measures.registry import DECISIONS, GROUPS, MEASURES, POSITIONS, measure_named

__all__ = [
    "DECISIONS",
    "GROUPS",
    "MEASURES",
    "POSITIONS",
    "BrokenFactsError",
    "Layout",
    "Measure",
    "MeasureContext",
    "Measured",
    "check_invariants",
    "layouts",
    "measure",
    "measure_context",
    "measure_named",
]
