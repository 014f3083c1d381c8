"""Small helpers that read study tables: rows, columns under either of their names, intervals, numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, cast

import pandas as pd

__all__ = ["at", "column", "has", "interval", "number", "rows_of"]


def column(table: pd.DataFrame, *stems: str) -> str | None:
    """The first present column among `stem_mean` and `stem`."""
    for stem in stems:
        for name in (f"{stem}_mean", stem):
            if name in table.columns:
                return name
    return None


def has(table: pd.DataFrame, *names: str) -> bool:
    """Whether the table has rows and every one of these columns."""
    return len(table) > 0 and set(names) <= set(table.columns)


def interval(table: pd.DataFrame, name: str) -> tuple[pd.Series[float], pd.Series[float]]:
    """Lower and upper bounds of the column `name`; the values themselves where there are none."""
    stem = name.removesuffix("_mean")
    low, high = f"{stem}_ci95_low", f"{stem}_ci95_high"
    values = pd.to_numeric(table[name])
    if low in table.columns and high in table.columns:
        return pd.to_numeric(table[low]).fillna(values), pd.to_numeric(table[high]).fillna(values)
    return values, values


def number(value: Any) -> float | None:
    """A finite number, or None."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def possible(end: float | None, unit: str = "") -> float | None:
    """An end of a level's interval, held to what the level can be; amounts of money may be negative.

    With few replications the interval of Student goes below nothing or above everything; what people read
    does not, the tables keep it as computed.
    """
    if end is None or unit.startswith("euro"):
        return end
    most = {"%": 100.0, "index from 0 to 1": 1.0}.get(unit, math.inf)
    return min(max(end, 0.0), most)


def at(table: pd.DataFrame, row: object, name: str) -> Any:
    """One cell."""
    return table.at[cast("Any", row), name]  # noqa: PD008 - one cell


def rows_of(table: pd.DataFrame) -> Iterable[Any]:
    """The rows as named tuples, whose fields are the columns."""
    return cast("Iterable[Any]", table.itertuples(index=False))
