"""What a file of a study folder is said to hold: its columns, their units, when they are null, their sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Column", "DescribedFile", "Kind", "real", "text", "whole", "with_interval"]

Kind = Literal["text", "whole", "real", "yes_no", "date", "instant", "json"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name
        As in the file; `<measure>` stands for the id of any measure, `<site>` for that of any site.
    kind
        How its values are written.
    meaning
        An English sentence, without its last stop.
    unit
        Empty where there is none.
    null
        When it is null; empty: never.
    values
        Its closed set, where it has one.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    null: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DescribedFile:
    """A file of a study folder, or all files of a pattern.

    Attributes
    ----------
    name
        From the study folder; `*` stands for any name.
    meaning
        What it is for, a sentence.
    rows
        What a row is; empty where it is no table.
    columns
        In the order of the file; none where it is no table.
    when
        Where it is written; empty: in every comparison.
    more_columns
        Whether a file may have further columns, described elsewhere.
    """

    name: str
    meaning: str
    rows: str = ""
    columns: tuple[Column, ...] = ()
    when: str = ""
    more_columns: bool = False


def text(name: str, meaning: str, null: str = "", values: tuple[str, ...] = ()) -> Column:
    """A column of words."""
    return Column(name, "text", meaning, "", null, values)


def whole(name: str, meaning: str, unit: str = "", null: str = "") -> Column:
    """A column of whole numbers."""
    return Column(name, "whole", meaning, unit, null)


def real(name: str, meaning: str, unit: str = "", null: str = "") -> Column:
    """A column of numbers."""
    return Column(name, "real", meaning, unit, null)


def with_interval(
    name: str, meaning: str, unit: str, null: str = "", *, mean: str = ""
) -> tuple[Column, ...]:
    """A mean over replications and the ends of its 95 % interval; `mean` ends the name of the first."""
    unknown = " or ".join(part for part in (null, "fewer than two replications have a value") if part)
    return (
        real(f"{name}{mean}", meaning, unit, null),
        real(f"{name}_ci95_low", "lower end of its 95 % interval", unit, unknown),
        real(f"{name}_ci95_high", "upper end of its 95 % interval", unit, unknown),
    )
