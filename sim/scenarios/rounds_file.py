"""The rounds file: the contract's rounds.csv, or the spreadsheet a coordinator keeps."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

from sim.scenarios.tours import Rounds
from sim.territory.territory import Territory

__all__ = ["COLUMNS", "read_rounds", "write_rounds"]

COLUMNS = (
    "scenario",
    "valid_from",
    "site_id",
    "vehicle",
    "week",
    "weekday",
    "half_day",
    "open_s",
    "close_s",
)


def read_rounds(path: str | Path, territory: Territory) -> Rounds:
    raise NotImplementedError


def write_rounds(
    rounds: Rounds, path: str | Path, *, scenario: str = "reference", valid_from: date | None = None
) -> None:
    """Write rounds in the format of the contract, which `read_rounds` accepts."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for stop in rounds.stops:
        writer.writerow(
            (
                scenario,
                valid_from.isoformat() if valid_from else "",
                stop.site_id,
                stop.vehicle,
                stop.week,
                stop.weekday,
                stop.half_day,
                stop.open_s,
                stop.close_s,
            )
        )
    Path(path).write_text(text.getvalue(), encoding="utf-8")
