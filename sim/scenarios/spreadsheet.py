"""The cells of the first sheet of an .xlsx, as text."""

from __future__ import annotations

import io
import warnings
from datetime import date, datetime, time, timedelta

from sim.problems import Problems

__all__ = ["Cells", "cells_of_xlsx"]

Cells = list[tuple[int, list[str]]]
MOST_COLUMNS = 200


def cells_of_xlsx(content: bytes, name: str, most_lines: int, problems: Problems) -> Cells:
    """Return the lines of the first sheet with their numbers; a problem when there is none to read."""
    import openpyxl

    rows: Cells = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of decoration that it leaves out
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            sheet = book.worksheets[0]
            for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                rows.append((number, [_text(cell) for cell in row[:MOST_COLUMNS]]))
                if number > most_lines:
                    break
            book.close()
    except Exception as error:  # noqa: BLE001 - a damaged archive fails in any of a dozen libraries' ways
        reason = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
        problems.add(
            name, f"a spreadsheet that cannot be read ({reason})", "an .xlsx spreadsheet, or a CSV file"
        )
        return []
    return rows


def _text(cell: object) -> str:
    """Write a cell as a person sees it: 1 not 1.0, 09:30:00 for a time."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat() if cell.year > 1900 else cell.time().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell).strip()
