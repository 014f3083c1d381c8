"""The data dictionary: a page for people, and a check of a study folder against it.

`python -m sim.study.dictionary` writes docs/data-dictionary.md; with study folders, it says instead what
in them is not as described.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from sim.measures import MEASURES
from sim.study.described import Column, DescribedFile
from sim.study.described_files import FILES

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["described", "dictionary_page", "problems_of_folder"]

_MEASURES = frozenset(measure.id for measure in MEASURES)
_STANDS_FOR = {"<measure>": r"[a-z0-9_]+?", "<site>": r"[a-z0-9-]+"}


def described(name: str) -> DescribedFile | None:
    """The description of a file, by its path from the study folder; None when there is none."""
    depth = name.count("/")
    for file in FILES:
        if file.name.count("/") == depth and fnmatchcase(name, file.name):
            return file
    return None


def problems_of_folder(folder: Path) -> list[str]:
    """What a study folder holds that is not as described: files, columns, nulls, kinds, closed sets.

    Parameters
    ----------
    folder
        A study folder.

    Returns
    -------
    list of str
        One sentence per problem; empty when the dictionary says it all.
    """
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and "parts" not in p.parts):
        name = path.relative_to(folder).as_posix()
        if name.startswith("."):
            continue
        file = described(name)
        if file is None:
            found.append(f"{name}: not described")
        elif path.suffix in {".csv", ".parquet"} and file.columns:
            found += [f"{name}: {problem}" for problem in _problems_of_table(_read(path), file)]
    return found


def _read(path: Path) -> pa.Table:
    """The table as it is written: in a CSV every value as text, nothing as null."""
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return pq.read_table(path)
    import pyarrow as pa
    from pyarrow import csv

    with path.open(encoding="utf-8") as lines:
        header = next(lines).rstrip("\n").split(",")
    return csv.read_csv(
        path,
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()),
            strings_can_be_null=True,
            null_values=[""],
            quoted_strings_can_be_null=True,
        ),
    )


def _problems_of_table(table: pa.Table, file: DescribedFile) -> Iterator[str]:
    matched: dict[str, list[str]] = {column.name: [] for column in file.columns}
    order = []
    for name in table.column_names:
        column = _column(name, file)
        if column is None:
            if not file.more_columns:
                yield f"column {name} is not described"
            continue
        matched[column.name].append(name)
        order.append(column.name)
        yield from _problems_of_column(table[name], column)
    yield from (f"column {name} is described and missing" for name, names in matched.items() if not names)
    expected = [name for name, names in matched.items() if names and "<" not in name]
    if [name for name in order if "<" not in name] != expected and not file.more_columns:
        yield f"columns are not in the order described: {', '.join(order)}"


def _column(name: str, file: DescribedFile) -> Column | None:
    """The description of a column, by its own name before any that stands for several."""
    for column in file.columns:
        if column.name == name:
            return column
    for column in reversed(file.columns):  # the longest ending first
        for stands, pattern in _STANDS_FOR.items():
            if stands in column.name:
                match = re.fullmatch(re.escape(column.name).replace(re.escape(stands), f"({pattern})"), name)
                if match and (stands != "<measure>" or match[1] in _MEASURES):
                    return column
    return None


def _problems_of_column(values: pa.ChunkedArray, column: Column) -> Iterator[str]:
    import pyarrow as pa

    if not column.null and values.null_count:
        yield f"column {column.name} is null in {values.null_count} rows, and is never null"
    written = values.type
    known = values.drop_null().unique().to_pylist()
    if pa.types.is_string(written):
        wrong = [value for value in known if not _reads_as(value, column)]
    else:
        right = {"whole": pa.types.is_int64, "real": pa.types.is_float64, "yes_no": pa.types.is_boolean}
        if column.kind not in right or not right[column.kind](written):
            yield f"column {column.name} is {written}, described as {column.kind}"
        wrong = []
    if column.values:
        wrong += [value for value in known if value not in column.values]
    if wrong:
        yield f"column {column.name} has {wrong[0]!r}, described as {column.kind} {' '.join(column.values)}"


def _reads_as(value: str, column: Column) -> bool:
    try:
        match column.kind:
            case "whole":
                int(value)
            case "real":
                float(value)
            case "yes_no":
                return value in {"True", "False"}
            case "date":
                date.fromisoformat(value)
            case "instant":
                datetime.fromisoformat(value)
            case "json":
                return value.startswith(("[", "{"))
    except ValueError:
        return False
    return True


_KINDS = {
    "text": "text",
    "whole": "whole number",
    "real": "number",
    "yes_no": "True or False",
    "date": "date",
    "instant": "instant",
    "json": "JSON",
}
_HEAD = """# Data dictionary

Generated by `python -m sim.study.dictionary` from `sim/study/described_files.py`; do not edit. A test
compares it with real study folders: a file or column that is not here, or here and not there, fails.

A study folder is `outputs/<study>/<YYYY-MM-DD_HH-MM-SS>/`. Tables are UTF-8, CSV with a comma, or Parquet.
What does not apply is null (nothing between two commas), never a magic number. `*_s` are whole seconds of
the day of the row, but `patience_s`, `work_s` and `overtime_s`, which are durations. Dates are ISO 8601,
money is in euros including taxes, distances are in kilometres. INSEE codes, site ids and passage ids are
text: `82001`, never 82 001. The measures are in [measures.md](measures.md), the parameters in
[assumptions.md](assumptions.md) and [configuration.md](configuration.md).
`python -m sim.study.dictionary FOLDER` checks a folder against this page.

A name with `_ci95_low` and `_ci95_high` beside it is a mean over replications with its 95 % interval; the
three columns are described in one line.
"""


def dictionary_page() -> str:
    """The page, in Markdown."""
    lines = [
        _HEAD,
        "## Files",
        "",
        "| file | a row is | what for | written by |",
        "| --- | --- | --- | --- |",
    ]
    for file in FILES:
        name = f"[{file.name}](#{_anchor(file.name)})" if file.columns else f"`{file.name}`"
        row = (name, file.rows or "–", file.meaning, file.when or "comparisons and `single`")
        lines.append(f"| {' | '.join(row)} |")
    for file in FILES:
        if file.columns:
            lines += ["", f"## {file.name}", "", *_table(file)]
    return "\n".join(lines) + "\n"


def _anchor(name: str) -> str:
    return re.sub(r"[^a-z0-9_-]", "", name.lower())


def _table(file: DescribedFile) -> Iterator[str]:
    yield f"{file.meaning} One row per {file.rows}."
    if file.more_columns:
        yield "Further columns are described in `territory/SOURCES.md`."
    yield ""
    yield "| column | kind | unit | meaning | null when |"
    yield "| --- | --- | --- | --- | --- |"
    names = {column.name for column in file.columns}
    for column in file.columns:
        base = re.sub(r"_ci95_(low|high)$", "", column.name)
        if base != column.name and {base, f"{base}_mean"} & names:
            continue
        triple = f"{re.sub('_mean$', '', column.name)}_ci95_low" in names
        name = f"`{column.name}`" + (" and interval" if triple else "")
        meaning = column.meaning
        if column.values:
            meaning += f": {', '.join(f'`{value}`' for value in column.values)}"
        row = (name, _KINDS[column.kind], column.unit or "–", meaning, column.null or "never")
        yield f"| {' | '.join(row)} |"


def main(folders: Sequence[str]) -> int:
    """Write the page, or check folders."""
    if not folders:
        from sim.where import conf_folder

        page = conf_folder().parent / "docs" / "data-dictionary.md"
        page.write_text(dictionary_page(), encoding="utf-8")
        print(page.name)
        return 0
    found = [f"{folder}: {problem}" for folder in folders for problem in problems_of_folder(Path(folder))]
    for problem in found:
        print(problem)
    return 2 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
