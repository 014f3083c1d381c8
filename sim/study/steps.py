"""Which replications a study runs next: a fixed number, or whatever those at hand call for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from sim.study.results import Results

__all__ = ["Fixed", "Steps", "only"]


class Steps(Protocol):
    """Decides step by step, from what was asked for before alone: a resumed study takes the same steps."""

    def wanted(self, context: Any, seen: Results | None) -> Sequence[int]:
        """Every replication wanted by now, in order; those already wanted when it is time to stop.

        `context` is what the model prepared; `seen` has the replications wanted before, None at the start.
        """

    def most(self) -> int:
        """The most replications there can be."""

    def files(self, context: Any, results: Results) -> Mapping[str, bytes]:
        """Files that say how it was decided, by name."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """So many replications."""

    total: int

    def wanted(self, context: Any, seen: Results | None) -> Sequence[int]:  # noqa: ARG002 - the door's shape
        """All of them at once."""
        return range(self.total)

    def most(self) -> int:
        """All of them."""
        return self.total

    def files(self, context: Any, results: Results) -> Mapping[str, bytes]:  # noqa: ARG002 - the door's shape
        """Nothing was decided."""
        return {}


def only(results: Results, wanted: Sequence[int]) -> Results:
    """The results of some replications, the others left out."""
    kept = np.isin(results.replications, np.fromiter(wanted, np.int64, len(wanted)))
    if kept.all():
        return results
    return replace(
        results,
        replications=results.replications[kept],
        values=results.values[:, kept],
        done=results.done[:, kept],
    )
