"""The best of several systems under constraints, with a stated probability of being right.

Fully sequential comparison of means on common random numbers: Kim & Nelson (2001), "A fully sequential
procedure for indifference-zone selection in simulation", ACM TOMACS 11(3), for the objective; Batur & Kim
(2010) for the check of constraints; run side by side as Andradóttir & Kim (2010) and, with several
constraints, Healey, Andradóttir & Kim (2014) do. A system whose constraints stay open, since it stands on the
edge of one, need not hold the race up when one that meets them all is as cheap: it is set aside when shown to
be no cheaper by more than the zone. Means of normal observations are assumed; pairs of systems
may be correlated in any way, which is what common random numbers need.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Race", "Status"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Status:
    """Where a race stands.

    `best` is the system selected, None while the race goes on or when no system meets the constraints;
    `over` tells these apart. `met` is 1 where a constraint is declared met, −1 not met, 0 undecided.
    """

    n: int
    alive: Bools
    met: Ints
    best: int | None
    over: bool


class Race:
    """Find the system with the least mean objective among those whose constraints hold.

    Constraint j of a system holds when its mean is at most ``limits[j]``; within ``tolerances[j]`` of the
    limit either answer is accepted. Objectives closer than `zone` are as good as equal. With probability
    1 − `error` at least the selected system is, within these margins, the best.

    The error is shared equally between the events that could go wrong: the best system's s constraints, and
    its removal by each other (k − 1), as beaten and, under constraints, as no cheaper, so that
    β = error / (s + 2(k − 1)) each, error / (k − 1) without constraints, and
    ``η = ((2β)^(−2/(n₀−1)) − 1) / 2``, ``h² = 2η(n₀ − 1)`` (Kim & Nelson's c = 1, pairs not independent).

    Parameters
    ----------
    objective
        First observations, shape (n₀, k), at least two.
    constraints
        Likewise, shape (n₀, k, s); s may be 0.
    limits, tolerances
        Shape (s,).
    zone
        Indifference zone of the objective, above 0.
    error
        Probability of a wrong selection accepted.

    Raises
    ------
    ValueError
        When shapes disagree, fewer than two observations are given, or a margin is not positive.
    """

    def __init__(
        self,
        objective: Floats,
        constraints: Floats,
        limits: Floats,
        tolerances: Floats,
        zone: float,
        error: float,
    ) -> None:
        n, k = objective.shape
        if n < 2 or constraints.shape[:2] != (n, k) or constraints.shape[2:] != limits.shape:
            raise ValueError(f"shapes {objective.shape}, {constraints.shape}, {limits.shape}")
        if zone <= 0 or (tolerances <= 0).any() or not 0 < error < 1:
            raise ValueError("zone, tolerances and error must be above 0")
        ways = 2 if limits.size else 1
        events = max(limits.size + ways * (k - 1), 1)
        eta = ((2 * error / events) ** (-2 / (n - 1)) - 1) / 2
        h2 = 2 * max(eta, 0.0) * (n - 1)
        self._zone, self._tolerances = zone, tolerances
        self._n = n
        self._total = objective.sum(axis=0)
        self._excess = (constraints - limits).sum(axis=0)
        self._limits = limits
        centred = objective - objective.mean(axis=0)
        products = centred.T @ centred / (n - 1)
        variance = np.diag(products)
        pairs = np.maximum(variance[:, None] + variance[None, :] - 2 * products, 0.0)
        # Rounding leaves a little of what cancels; systems apart by a constant have no variance.
        pairs[pairs <= 1e-12 * (variance[:, None] + variance[None, :])] = 0.0
        self._reach = h2 * pairs / (2 * zone)
        self._reach_close = h2 * pairs / zone
        self._reach_met = h2 * constraints.var(axis=0, ddof=1) / (2 * tolerances)
        self._alive = np.ones(k, np.bool_)
        self._met = np.zeros((k, limits.size), np.int8)
        self._decide()

    @property
    def status(self) -> Status:
        """Where the race stands."""
        alive = np.flatnonzero(self._alive)
        feasible = (self._met[alive] == 1).all(axis=1)
        over = len(alive) == 0 or (len(alive) == 1 and bool(feasible[0]))
        best = int(alive[0]) if over and len(alive) else None
        return Status(self._n, self._alive.copy(), self._met.copy(), best, over)

    def add(self, objective: Floats, constraints: Floats) -> Status:
        """Take one more observation of every system still in the race; others are ignored.

        A system that could not be observed (nan) leaves the race.

        Parameters
        ----------
        objective
            Shape (k,).
        constraints
            Shape (k, s).
        """
        self._n += 1
        self._alive &= ~(np.isnan(objective) | np.isnan(constraints).any(axis=1))
        running = self._alive
        self._total[running] += objective[running]
        self._excess[running] += (constraints - self._limits)[running]
        self._decide()
        return self.status

    def leave(self, systems: Bools) -> Status:
        """Take systems out of the race for a reason of one's own; shape (k,)."""
        self._alive &= ~systems
        return self.status

    def _decide(self) -> None:
        """Declare constraints, drop who breaks one, drop who is beaten by one that holds them all."""
        n = self._n
        margin = np.maximum(self._reach_met - self._tolerances * n / 2, 0.0)
        open_ = (self._met == 0) & self._alive[:, None]
        self._met[open_ & (self._excess <= -margin)] = 1
        open_ = (self._met == 0) & self._alive[:, None]
        self._met[open_ & (self._excess >= margin)] = -1
        self._alive &= ~(self._met == -1).any(axis=1)
        holds = self._alive & (self._met == 1).all(axis=1)
        behind = self._total[:, None] - self._total[None, :]
        room = np.maximum(self._reach - self._zone * n / 2, 0.0)
        beaten = (behind >= room) & (behind > 0) & holds[None, :]
        # Equal to the last cent and certain: the first of them stays.
        tied = (behind == 0) & (room == 0) & holds[None, :] & holds[:, None]
        beaten |= np.tril(tied, -1)
        self._alive &= ~beaten.any(axis=1)
        self._set_aside()

    def _set_aside(self) -> None:
        """Drop whoever is no cheaper, by more than the zone, than the cheapest that holds all constraints.

        The rule of Kim & Nelson with half the zone, against the cheapest less half the zone: only a system
        cheaper by a whole zone is dropped by mistake, with probability β.
        """
        holders = np.flatnonzero(self._alive & (self._met == 1).all(axis=1))
        if not self._limits.size or not len(holders):
            return
        champion = int(holders[np.argmin(self._total[holders])])
        half = self._zone / 2
        room = np.maximum(self._reach_close[:, champion] - half * self._n / 2, 0.0)
        no_cheaper = self._total - self._total[champion] + half * self._n >= room
        no_cheaper[champion] = False
        self._alive &= ~no_cheaper
