"""Small helpers that read a column of a study table whose statistics may be named in several ways."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

__all__ = ["column", "has", "interval", "number"]


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
