"""A mixed-integer program solved by HiGHS, one objective after another, each kept once reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Outcome", "Program"]


@dataclass(frozen=True)
class Outcome:
    """What the solver found: `value` is inf and `values` empty when there is no solution.

    `proven` says that the value is the least one, or that there is no solution.
    """

    value: float
    bound: float
    proven: bool
    values: NDArray[np.float64]
    nodes: int

    @property
    def feasible(self) -> bool:
        """Whether there is a solution."""
        return self.values.size > 0


class Program:
    """Variables and rows, collected, then minimised under as many objectives as wanted.

    HiGHS runs on one thread with a fixed seed and stops on nodes of its tree, not on the clock
    unless asked to, so that the same program has the same answer.
    """

    def __init__(self, seed: int = 0) -> None:
        self._lower: list[float] = []
        self._upper: list[float] = []
        self._integer: list[bool] = []
        self._rows: list[tuple[float, float, list[int], list[float]]] = []
        self._seed = seed
        self._start: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self._lower)

    def variable(self, lower: float = 0.0, upper: float = inf, *, integer: bool = False) -> int:
        """Add a variable and return its number."""
        self._lower.append(lower)
        self._upper.append(upper)
        self._integer.append(integer)
        return len(self._lower) - 1

    def row(self, terms: Mapping[int, float], lower: float = -inf, upper: float = inf) -> None:
        """Add ``lower <= sum of coefficient × variable <= upper``."""
        self._rows.append((lower, upper, list(terms), [float(v) for v in terms.values()]))

    def close(self, variables: Sequence[int]) -> None:
        """Set variables to zero for good."""
        for variable in variables:
            self._upper[variable] = 0.0

    def reduced_costs(self, objective: Mapping[int, float]) -> tuple[float, NDArray[np.float64]]:
        """Value and reduced costs of the linear relaxation; inf when it has no solution."""
        highs = self._load(objective)
        import highspy

        highs.changeColsIntegrality(
            len(self),
            np.arange(len(self), dtype=np.int32),
            np.full(len(self), int(highspy.HighsVarType.kContinuous), dtype=np.uint8),
        )
        highs.run()
        if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return inf, np.zeros(len(self))
        return float(highs.getInfo().objective_function_value), np.asarray(highs.getSolution().col_dual)

    def minimise(
        self,
        objective: Mapping[int, float],
        *,
        nodes: int | None = None,
        seconds: float | None = None,
        gap_abs: float = 1e-6,
        gap_rel: float = 0.0,
    ) -> Outcome:
        """Minimise an objective.

        Parameters
        ----------
        objective
            Coefficient of each variable.
        nodes, seconds
            Where to stop; the same nodes give the same answer, the same seconds need not.
        gap_abs, gap_rel
            How far from the bound a solution is good enough, and called proven.
        """
        limits = {"mip_rel_gap": gap_rel, "mip_abs_gap": gap_abs}
        if nodes is not None:
            limits["mip_max_nodes"] = nodes
        if seconds is not None:
            limits["time_limit"] = max(0.1, seconds)
        outcome, claimed = self._solve(objective, limits, self._start)
        if outcome.feasible and abs(outcome.value - claimed) > 1e-3 * max(1.0, abs(claimed)):
            # HiGHS 1.16 sometimes solves in presolve and hands back the start it was given.
            outcome, _ = self._solve(objective, limits, None)
        if outcome.feasible:
            self._start = outcome.values
        return outcome

    def _solve(
        self, objective: Mapping[int, float], limits: Mapping[str, float], start: NDArray[np.float64] | None
    ) -> tuple[Outcome, float]:
        """Solve once; the value is that of the solution, beside the one that HiGHS claims."""
        import highspy

        highs = self._load(objective)
        for option, limit in limits.items():
            highs.setOptionValue(option, limit)
        if start is not None:
            known = np.arange(len(start), dtype=np.int32)
            highs.setSolution(len(start), known, start)
        highs.run()
        status, info = highs.getModelStatus(), highs.getInfo()
        explored = int(info.mip_node_count)
        impossible = (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)
        if status in impossible:
            return Outcome(inf, inf, True, np.empty(0), explored), inf
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return Outcome(inf, float(info.mip_dual_bound), False, np.empty(0), explored), inf
        values = np.asarray(highs.getSolution().col_value, dtype=np.float64)
        integer = np.asarray(self._integer, dtype=bool)
        values[integer] = np.rint(values[integer])
        value = float(sum(c * values[v] for v, c in objective.items()))
        bound = min(value, float(info.mip_dual_bound)) if integer.any() else value
        proven = status == highspy.HighsModelStatus.kOptimal
        return Outcome(value, bound, proven, values, explored), float(info.objective_function_value)

    def _load(self, objective: Mapping[int, float]) -> Any:
        """A solver that holds the program."""
        import highspy

        class Quiet(highspy.Highs):
            """HiGHS prints its name from its constructor, before any option can be set."""

            def enableCallbacks(self) -> None:  # noqa: N802 - the name is HiGHS'
                self.setOptionValue("output_flag", False)
                super().enableCallbacks()  # type: ignore[no-untyped-call]

        highs = Quiet()  # type: ignore[no-untyped-call]
        highs.setOptionValue("threads", 1)
        highs.setOptionValue("parallel", "off")
        highs.setOptionValue("random_seed", self._seed % (2**31 - 1))
        lp = highspy.HighsLp()
        columns, rows = len(self), len(self._rows)
        cost = np.zeros(columns)
        for variable, coefficient in objective.items():
            cost[variable] = coefficient
        lp.num_col_, lp.num_row_ = columns, rows
        lp.col_cost_ = cost
        lp.col_lower_ = np.asarray(self._lower, dtype=np.float64)
        lp.col_upper_ = np.asarray(self._upper, dtype=np.float64)
        lp.row_lower_ = np.asarray([row[0] for row in self._rows], dtype=np.float64)
        lp.row_upper_ = np.asarray([row[1] for row in self._rows], dtype=np.float64)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        lp.a_matrix_.start_ = np.cumsum([0, *(len(row[2]) for row in self._rows)], dtype=np.int32)
        lp.a_matrix_.index_ = np.asarray([v for row in self._rows for v in row[2]], dtype=np.int32)
        lp.a_matrix_.value_ = np.asarray([c for row in self._rows for c in row[3]], dtype=np.float64)
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[flag] for flag in self._integer]
        highs.passModel(lp)
        return highs
