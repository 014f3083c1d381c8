"""When the curve of home lead times is crossed, in words, and why the mean of simulations is not that day."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from sim.report.reading import LEAD, Reading
from sim.report.survival import LATE

__all__ = ["crossing", "crossings_in_words", "mean_apart"]

_SLACK = 1e-9


def crossing(curve: pd.DataFrame) -> tuple[float, bool] | None:
    """The first day at which one in ten or fewer still waits, and True; else the last day, and False.

    Parameters
    ----------
    curve
        `days` and `share_waiting` (0 to 1) of one scenario; None is given where it has no row.
    """
    rows = curve.dropna(subset=["share_waiting"]).sort_values("days")
    if rows.empty:
        return None
    under = rows.loc[rows["share_waiting"] <= LATE + _SLACK, "days"]
    return (float(under.iloc[0]), True) if len(under) else (float(rows["days"].iloc[-1]), False)


def crossings_in_words(reading: Reading, frame: pd.DataFrame, scenarios: Sequence[str]) -> str:
    """In how many days 9 requests in 10 have their visit, read on each curve drawn."""
    words = reading.words
    parts = []
    for name in scenarios:
        found = crossing(frame[frame["scenario"] == name])
        if found is None:
            continue
        day, is_reached = found
        days = words.counted(day, "jour|jours", "day|days")
        said = days if is_reached else words(f"plus de {days}", f"more than {days}")
        parts.append(words(f"{reading.label(name)} : {said}", f"{reading.label(name)}: {said}"))
    listed = words(" ; ", "; ").join(parts)
    return words(
        f"Jours au bout desquels 9 demandes sur 10 ont leur visite, toutes simulations réunies – {listed}.",
        f"Days after which 9 requests in 10 have their visit, all simulations together – {listed}.",
    )


def mean_apart(reading: Reading, frame: pd.DataFrame, scenarios: Sequence[str]) -> str:
    """Why the figure of the rest of the page differs from the curve; nothing where the two agree.

    Told of the scenario where they are furthest apart.
    """
    words = reading.words
    gaps = {}
    for name in scenarios:
        found, level = crossing(frame[frame["scenario"] == name]), reading.level(name, LEAD)
        if found is not None and found[1] and level is not None and round(level) != found[0]:
            gaps[name] = level - found[0]
    if not gaps:
        return ""
    name = max(gaps, key=lambda one: abs(gaps[one]))
    level, low, high = (reading.level(name, LEAD, column) for column in ("mean", "p10", "p90"))
    shown, label = words.counted(level, "jour|jours", "day|days"), reading.label(name)
    few = ""
    if gaps[name] > 0:
        few = words(
            ", tirée vers le haut par quelques simulations où les visites tardent beaucoup, par exemple "
            "quand des agents manquent longtemps",
            ", pulled up by a few simulations in which visits are very late, for instance when agents are "
            "missing for long",
        )
    spread = ""
    if low is not None and high is not None:
        within, same = words.range(low, high), words.counted(low, "jour|jours", "day|days")
        fr, en = f"compris {within} jours", f"{within} days"
        if round(low) == round(high):
            fr, en = f"de {same}", same
        spread = words(
            f" Dans 8 simulations sur 10, ce délai est {fr}.",
            f" In 8 simulations out of 10 this time is {en}.",
        )
    return words(
        f"Ailleurs dans cette page, le délai est la moyenne des délais de chaque simulation ({shown} pour "
        f"« {label} »){few}.{spread}",
        f"Elsewhere on this page the lead time is the mean of each simulation's own ({shown} for "
        f"“{label}”){few}.{spread}",
    )
