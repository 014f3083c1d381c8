"""Replications of a study until its decision measures are precise: the aims, the steps, what was reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.measures.registry import DECISIONS, POSITIONS
from sim.settings import StudySettings
from sim.study.compare import in_registry_order, practical_thresholds
from sim.study.precision import Aim, Precision, Rule, next_total, stopping_point

if TYPE_CHECKING:
    from sim.study.results import Results

__all__ = ["UntilPrecise"]

Floats = NDArray[np.float64]
_COLUMNS = ("scenario", "measure", "half_width", "longer_arm", "asked", "reached", "n", "precise_from")


@dataclass(frozen=True)
class UntilPrecise:
    """As many replications as the paired difference of every decision measure needs.

    The interval watched is the simultaneous one that the verdict is read from. A study of one scenario
    watches its means instead.
    """

    study: StudySettings

    def wanted(self, context: Any, seen: Results | None) -> Sequence[int]:  # noqa: ARG002 - the door's shape
        """The first replications, then as many more as `next_total` says."""
        rule = self.rule
        if seen is None:
            return range(next_total(np.empty((0, 0)), (), rule))
        values, aims = self._watched(seen)
        return range(next_total(values, aims, rule))

    def most(self) -> int:
        """The cap."""
        return self.study.run.precision.most

    @property
    def rule(self) -> Rule:
        """When to stop, with the confidence of each interval of the family."""
        asked = self.study.run.precision
        family = max(len(self.study.scenarios) - 1, 1) * len(DECISIONS)
        confidence = 1 - (1 - self.study.study.confidence) / family
        return Rule(min(asked.least, asked.most), asked.most, asked.ahead, confidence)

    def _watched(self, seen: Results) -> tuple[Floats, list[Aim]]:
        """Differences (or means) by replication, scenario by scenario, and what is asked of each."""
        values = in_registry_order(seen.measures, seen.values)
        columns = [POSITIONS[m] for m in DECISIONS]
        asked = self.study.run.precision
        thresholds = practical_thresholds(self.study.reference.thresholds, values[0])
        aims = [Aim(asked.half_width_share * thresholds[m], asked.relative, thresholds[m]) for m in DECISIONS]
        if len(values) == 1:
            return values[0][:, columns], aims
        apart = [values[s][:, columns] - values[0][:, columns] for s in range(1, len(values))]
        return np.concatenate(apart, axis=1), aims * len(apart)

    def outcome(self, results: Results) -> Precision:
        """Where every aim stands with all replications."""
        values, aims = self._watched(results)
        return stopping_point(values, aims, self.rule)

    def files(self, context: Any, results: Results) -> Mapping[str, bytes]:  # noqa: ARG002 - the door's shape
        """`precision.csv`: half-width reached and asked, by scenario and decision measure."""
        import pandas as pd

        from sim.study.tables import csv_bytes

        if len(results.replications) < 2:
            return {}
        found = self.outcome(results)
        names = results.scenarios[1:] or results.scenarios
        rows = []
        for i, (scenario, measure) in enumerate((s, m) for s in names for m in DECISIONS):
            half, arm, asked = found.half_width[i], found.arm[i], found.allowed[i]
            rows.append((scenario, measure, half, arm, asked, bool(arm <= asked), found.n, found.at))
        frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype({"precise_from": "Int64"})
        return {"precision.csv": csv_bytes(frame)}
