"""How tables and figures stand on an A4 page, decided from their shape: beside, in two columns, full width.

Widths and heights are in millimetres, estimated from the number of characters; the style sheet does the rest.
"""

from __future__ import annotations

import re

from sim.report.view import Cell, Picture, Table

__all__ = ["HALF", "column_shares", "in_columns", "is_tight", "table_beside"]

PAGE = 184.0
"""Width of the text."""
GAP = 5.0
HALF = (PAGE - GAP) / 2
_TALLEST = 205.0
"""What may stand on one page under a heading and a sentence."""
_PLAIN, _STRONG, _WORD = 1.17, 1.25, 1.27
"""A character of a cell, of the header of a row or a short cell, of the header of a column."""
_SHORT = 12
_PADDING, _LINE, _ROW = 1.9, 2.65, 0.7
_SMALLER = 0.92
"""The type of a table set in two columns against that of the others."""
_TIGHTER, _MANY = 0.84, 8
"""The type of a table of so many columns beside long texts."""
_LEAST = 17
"""Characters a line under which a text is not narrowed."""
_MOST = 60
_PIXEL = 25.4 / 96
_READABLE = 0.72
"""Scale under which the texts of a narrow figure are no longer read with ease."""
_READABLE_ALONE = 0.6
"""The same for a figure that has one width, whose table would have half a page."""
_ROWS_OF_COLUMNS = 24


def _characters(cell: Cell | str) -> int:
    if isinstance(cell, str):
        return len(cell)
    return max(len(cell.text), *(len(line) + 2 for _, line in cell.lines), 0)


def _column(table: Table, i: int) -> tuple[float, float]:
    """The least and the best width of a column: numbers and words stay whole, texts go on below."""
    cells = [row[i] for row in table.rows if i < len(row)]
    word = max((len(part) for part in re.split(r"[\s-]", table.headers[i])), default=0)
    longest = max((_characters(cell) for cell in cells), default=0)
    whole = any(isinstance(cell, Cell) and cell.number and not cell.lines for cell in cells)
    each = _PLAIN if i and longest > _SHORT else _STRONG
    least = max(word * _WORD, (longest if whole else min(longest, _LEAST)) * each)
    best = max(least, min(longest, _MOST) * each)
    return least + _PADDING, best + _PADDING


def _least(table: Table) -> float:
    return sum(_column(table, i)[0] for i in _columns(table))


def _columns(table: Table) -> range:
    return range(len(table.headers))


def _length(table: Table) -> float:
    """The height of a table at its least width."""
    lines = [max((-(-_characters(cell) // _LEAST) for cell in row[:1]), default=1) for row in table.rows]
    return 12.0 + sum(max(n, 1) * _LINE + _ROW for n in lines)


def column_shares(table: Table, room: float | None = None) -> list[float]:
    """The share of each column in the width of the table, in per cent; `room` where it is not a page's."""
    room = room or (HALF / _SMALLER if in_columns(table) else PAGE / _TIGHTER if is_tight(table) else PAGE)
    columns = [_column(table, i) for i in _columns(table)]
    least, best = (sum(column[k] for column in columns) for k in (0, 1))
    give = min(max((room - least) / (best - least), 0.0), 1.0) if best > least else 1.0
    widths = [low + (high - low) * give for low, high in columns]
    return [round(100 * width / sum(widths), 1) for width in widths]


def in_columns(table: Table) -> bool:
    """Whether a table has so many narrow rows that it is set in two columns."""
    return len(table.rows) > _ROWS_OF_COLUMNS and _least(table) * _SMALLER <= HALF


def is_tight(table: Table) -> bool:
    """Whether many columns stand beside a text so long that smaller type saves pages."""
    longest = max((_characters(row[0]) for row in table.rows), default=0)
    return longest > 2 * _MOST and len(table.headers) >= _MANY


def table_beside(picture: Picture, heights: dict[int, float]) -> float | None:
    """The width of a table that stands beside its figure; none when it stands under it.

    Parameters
    ----------
    heights
        Height in pixels of the figure at each of its widths.
    """
    if picture.table is None:
        return None
    narrow, wide = min(heights), max(heights)
    alone = wide == narrow
    room = PAGE - GAP - (_READABLE_ALONE if alone else _READABLE) * narrow * _PIXEL
    least, best = _least(picture.table), sum(_column(picture.table, i)[1] for i in _columns(picture.table))
    if least > room:
        return None
    needed = min(max(best, HALF), room)
    beside = max(heights[narrow] / narrow * (PAGE - GAP - needed), _length(picture.table))
    under = heights[wide] / wide * (HALF if alone else PAGE) + _length(picture.table)
    return needed if beside < min(under, _TALLEST) else None
