"""The tables of a study: streamed replication by replication into moments, then pandas frames, then bytes.

Numbers are written with ten significant digits (`%.10g`), so that a file is the same bytes wherever the same
numbers were computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.measures.measured import Layout, Measured
from sim.models.facts import DESTINATIONS
from sim.scenarios.budget import BudgetLine
from sim.study.statistics import Moments

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "BUDGET_COLUMNS",
    "TABLES",
    "TableMoments",
    "budget_frame",
    "csv_bytes",
    "packed",
    "table_frame",
    "unpacked",
]

Floats = NDArray[np.float64]

# The tables of `sim.measures.measure` that become a file of that name.
TABLES = (
    "sites",
    "communes",
    "agents",
    "months",
    "lead_times",
    "half_days",
    "flows",
    "weeks",
    "needs",
    "operators",
)
# Columns written as `name_mean` rather than `name`.
_WITH_MEAN = frozenset({"sites", "agents", "months", "needs", "operators"})
_LEVEL = 0.95
BUDGET_COLUMNS = ("scenario", "basis", "exercise", "section", "line", "kind", "status", "amount")


class TableMoments:
    """Mean and spread of one table of one scenario, replication by replication (Welford 1962).

    Memory does not grow with replications. Floating-point sums depend on their order: add replications
    in the order of their numbers and the result is the same bytes, whoever ran them.

    Parameters
    ----------
    shape
        Rows and columns.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self._n = np.zeros(shape, np.int64)
        self._mean = np.zeros(shape)
        self._squares = np.zeros(shape)

    def add(self, values: Floats) -> None:
        """Add one replication; nan cells are left out."""
        there = ~np.isnan(values)
        self._n += there
        apart = np.where(there, values - self._mean, 0.0)
        self._mean += apart / np.maximum(self._n, 1)
        self._squares += apart * np.where(there, values - self._mean, 0.0)

    @property
    def moments(self) -> Moments:
        """Moments so far; the mean is nan where no replication had a value."""
        n = self._n
        variance = self._squares / np.maximum(n - 1, 1)
        return Moments(
            np.where(n > 0, self._mean, np.nan), np.where(n > 1, np.sqrt(variance), np.nan), n.copy()
        )


def packed(measured: Measured, layouts: Mapping[str, Layout]) -> dict[str, dict[str, NDArray[Any]]]:
    """The tables of one replication as columns by name; of `flows`, mostly zero, only what is not."""
    tables: dict[str, dict[str, NDArray[Any]]] = {}
    for name, values in measured.tables.items():
        tables[name] = {c: values[:, j] for j, c in enumerate(layouts[name].columns)}
    tables["flows"] = {"cell": measured.flows.cell, "persons": measured.flows.persons}
    return tables


def unpacked(name: str, columns: Mapping[str, NDArray[Any]], layout: Layout) -> Floats:
    """The table that `packed` made these columns of."""
    shape = (len(layout.rows), len(layout.columns))
    if name == "flows":
        flat = np.zeros(shape[0] * shape[1])
        flat[columns["cell"]] = columns["persons"]
        return flat.reshape(shape)
    return np.stack([columns[c] for c in layout.columns], axis=1).astype(np.float64)


def table_frame(
    name: str, scenarios: Sequence[str], layouts: Sequence[Layout], tables: Sequence[Moments]
) -> pd.DataFrame:
    """One table of all scenarios, means with their 95 % intervals.

    Parameters
    ----------
    name
        One of `TABLES`.
    scenarios, layouts, tables
        One per scenario: its name, the table's rows and columns, its moments.
    """
    import pandas as pd

    if name == "flows":
        pieces = [
            _flows(scenario, layout, m)
            for scenario, layout, m in zip(scenarios, layouts, tables, strict=True)
        ]
    else:
        pieces = [
            _wide(name, scenario, layout, m)
            for scenario, layout, m in zip(scenarios, layouts, tables, strict=True)
        ]
    frame = pd.concat([pd.DataFrame(piece) for piece in pieces], ignore_index=True)
    if name == "lead_times":
        frame["days"] = frame["days"].astype("int64")
    return frame


def _wide(name: str, scenario: str, layout: Layout, m: Moments) -> dict[str, Any]:
    low, high = m.interval(_LEVEL)
    columns: dict[str, Any] = {
        "scenario": np.full(len(layout.rows), scenario, object),
        layout.key: np.array(layout.rows, object),
    }
    if name == "communes":
        # The contract's order: the seven destinations, the interval of the first, then access.
        means = {c: m.mean[:, j] for j, c in enumerate(layout.columns)}
        columns |= {c: means[c] for c in DESTINATIONS}
        columns |= {"itinerant_ci95_low": low[:, 0], "itinerant_ci95_high": high[:, 0]}
        columns |= {c: v for c, v in means.items() if c not in DESTINATIONS}
        return columns
    for j, c in enumerate(layout.columns):
        columns[f"{c}_mean" if name in _WITH_MEAN else c] = m.mean[:, j]
        columns[f"{c}_ci95_low"] = low[:, j]
        columns[f"{c}_ci95_high"] = high[:, j]
    return columns


def _flows(scenario: str, layout: Layout, m: Moments) -> dict[str, Any]:
    """Long: one row per commune of residence and place where somebody ended in some replication."""
    low, high = m.interval(_LEVEL)
    row, column = np.nonzero(m.mean > 0)
    return {
        "scenario": np.full(row.size, scenario, object),
        layout.key: np.array(layout.rows, object)[row],
        "ended": np.array(layout.columns, object)[column],
        "persons": m.mean[row, column],
        "persons_ci95_low": low[row, column],
        "persons_ci95_high": high[row, column],
    }


def budget_frame(budgets: Iterable[tuple[str, Sequence[BudgetLine]]]) -> pd.DataFrame:
    """The lines of every scenario; amounts in euros, null where a line is not budgeted."""
    import pandas as pd

    rows = [
        (
            scenario,
            line.basis,
            line.exercise,
            line.section,
            line.line,
            line.kind,
            line.status,
            None if line.amount is None else float(line.amount),
        )
        for scenario, lines in budgets
        for line in lines
    ]
    return pd.DataFrame(rows, columns=list(BUDGET_COLUMNS)).astype({"amount": "float64"})


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """A frame as CSV: UTF-8, Unix line ends, ten significant digits, null as nothing, no negative zero."""
    floats = frame.select_dtypes("float64").columns
    written = frame.assign(**{c: frame[c] + 0.0 for c in floats})
    text: str = written.to_csv(index=False, float_format="%.10g", lineterminator="\n")
    return text.encode("utf-8")
