"""The cells of a CSV file, or of the first sheet of an .xlsx, as text."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sim.problems import Problems, Said, nearest, system_reason
from sim.territory.tables import shown

if TYPE_CHECKING:
    from openpyxl.worksheet.cell_range import CellRange

__all__ = ["Cells", "cells_of_file", "cells_of_xlsx"]

Cells = list[tuple[int, list[str]]]
FRENCH = {"rounds": "des tournées", "requirements": "des demandes"}
MOST_COLUMNS = 200
# Headings above the table, which do not count as its lines.
LINES_ABOVE = 20
MOST_BYTES = 50_000_000
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"


def cells_of_file(path: Path, what: str, most_lines: int, problems: Problems) -> Cells | None:
    """Return the lines of a file with their numbers; None after saying why it cannot be read.

    CSV with commas, semicolons or tabs, in UTF-8, UTF-16 with its mark, or Windows-1252; or .xlsx.
    `what` says what the file holds, for messages.
    """
    content = _bytes(path, what, problems)
    if content is None:
        return None
    if content.startswith(b"PK\x03\x04") and OPEN_DOCUMENT in content[:200]:
        problems.add(
            path.name,
            Said("an OpenDocument spreadsheet (.ods)", "un classeur OpenDocument (.ods)"),
            Said(
                "a CSV file or an .xlsx spreadsheet: save it as .xlsx or .csv",
                "un fichier CSV ou un classeur .xlsx : enregistrez-le en .xlsx ou en .csv",
            ),
        )
        return None
    if content.startswith(b"PK\x03\x04"):
        return cells_of_xlsx(content, path.name, most_lines, problems)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        problems.add(
            path.name,
            Said("an old .xls spreadsheet", "un ancien classeur .xls"),
            Said("a CSV file or an .xlsx spreadsheet", "un fichier CSV ou un classeur .xlsx"),
        )
        return None
    return _cells_of_csv(content, path.name, most_lines, problems)


def cells_of_xlsx(content: bytes, name: str, most_lines: int, problems: Problems) -> Cells:
    """Return the lines of the first sheet with their numbers; a problem when there is none to read."""
    import openpyxl

    rows: Cells = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of decoration that it leaves out
            book = openpyxl.load_workbook(io.BytesIO(content), data_only=True)
            sheet = book.worksheets[0]
            for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                rows.append((number, [_text(cell) for cell in row[:MOST_COLUMNS]]))
                if number > most_lines + LINES_ABOVE:
                    break
            _fill_merged(rows, sheet.merged_cells.ranges)
    except Exception as error:  # noqa: BLE001 - a damaged archive fails in any of a dozen libraries' ways
        reason = str(error).splitlines()[0][:100] if str(error) else type(error).__name__
        problems.add(
            name,
            Said(
                f"a spreadsheet that cannot be read ({reason})",
                "un classeur qui ne peut pas être lu (abîmé, protégé, ou d'un autre format)",
            ),
            Said("an .xlsx spreadsheet, or a CSV file", "un classeur .xlsx, ou un fichier CSV"),
        )
        return []
    return rows


def _fill_merged(rows: Cells, ranges: Iterable[CellRange]) -> None:
    """A cell merged over several lines of a column holds its value in each of them, as a person reads it."""
    for area in ranges:
        if area.min_col != area.max_col or area.max_row > len(rows):
            continue
        column = area.min_col - 1
        for _, row in rows[area.min_row : area.max_row]:
            if column < len(row):
                row[column] = rows[area.min_row - 1][1][column]


def _text(cell: object) -> str:
    """Write a cell as a person sees it: 1 not 1.0, 9,5 not 9.5, 09:30:00 for a time."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, float):
        return str(cell).replace(".", ",")
    if isinstance(cell, datetime):
        return cell.isoformat() if cell.year > 1900 else cell.time().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell).strip()


def _bytes(path: Path, what: str, problems: Problems) -> bytes | None:
    """Return what a file holds; None after saying why it cannot be read."""
    expected = Said(
        f"a CSV file or an .xlsx spreadsheet of {what}",
        f"un fichier CSV ou un classeur .xlsx : {FRENCH[what]}",
    )
    try:
        if path.is_dir():
            problems.add(str(path), Said("a folder", "un dossier"), expected)
        elif not path.exists():
            siblings = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
            problems.add(
                shown(str(path)),
                Said("no such file", "aucun fichier de ce nom"),
                expected,
                nearest(path.name, siblings),
            )
        elif not path.is_file():
            problems.add(
                str(path),
                Said("something that is not a file", "quelque chose qui n'est pas un fichier"),
                expected,
            )
        elif path.stat().st_size > MOST_BYTES:
            problems.add(str(path), Said("a file over 50 MB", "un fichier de plus de 50 Mo"), expected)
        else:
            return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None)
        found = (
            system_reason(error)
            if reason
            else Said("a name that cannot be a file's", "un nom qui ne peut pas être celui d'un fichier")
        )
        problems.add(shown(str(path)), found, expected)
    return None


def _decoded(content: bytes, name: str, problems: Problems) -> str:
    """Return the text of a file: UTF-8, UTF-16 with its mark, else Windows-1252."""
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    problems.add(
        name,
        Said("bytes that are no text", "des octets qui ne sont pas du texte"),
        Said(
            "text in UTF-8 or Windows-1252 (CSV), or an .xlsx spreadsheet",
            "du texte en UTF-8 ou Windows-1252 (CSV), ou un classeur .xlsx",
        ),
    )
    return ""


def _cells_of_csv(content: bytes, name: str, most_lines: int, problems: Problems) -> Cells:
    """Cut a text into cells, by the separator its first line uses most; a little more than `most_lines`."""
    text = _decoded(content, name, problems)
    first = next((line for line in text.splitlines() if line.strip(" \t;,")), "")
    separator = max(";,\t", key=first.count)
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for row in reader:
            rows.append((line, [cell.strip() for cell in row]))
            line = reader.line_num + 1
            if len(rows) > most_lines + LINES_ABOVE:
                break
    except csv.Error as error:
        problems.add(
            Said(f"{name}, line {line}", f"{name}, ligne {line}"),
            Said(f"a line that cannot be read ({error})", "une ligne qui ne peut pas être lue"),
            Said("quotes that are closed", "des guillemets fermés"),
        )
    return rows
