"""Results of a study: measures as one array, tables streamed in the order of replications."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.study.parts import Parts
from sim.study.store import Store

__all__ = ["Results", "collect", "write_facts", "write_measures"]

_ROWS_A_GROUP = 1 << 16


@dataclass(frozen=True)
class Results:
    """What all replications gave.

    `values` has shape (scenarios, replications, measures), NaN where a measure does not apply or
    the replication failed; `done` has shape (scenarios, replications).
    """

    scenarios: tuple[str, ...]
    replications: NDArray[np.int64]
    measures: tuple[str, ...]
    values: NDArray[np.float64]
    done: NDArray[np.bool_]
    parts: Parts

    def table_names(self) -> tuple[str, ...]:
        """The tables of measures that replications left."""
        names: dict[str, None] = {}
        for part in self.parts.each():
            names.update(dict.fromkeys(part.table_names()))
        return tuple(names)

    def tables(self, name: str) -> Iterator[tuple[int, int, dict[str, NDArray[Any]]]]:
        """One table of every run that is done: scenario and replication as positions, columns by name.

        In the order of replications, then of scenarios, whatever batches they came in.
        """
        position = {scenario: i for i, scenario in enumerate(self.scenarios)}
        row = {int(number): i for i, number in enumerate(self.replications)}
        last, starts = None, np.empty(0, np.int64)
        columns: dict[str, NDArray[Any]] = {}
        for number, part in self.parts.in_order():
            if part is not last:
                last, columns = part, part.table(name)
                owner = columns.pop("run", np.empty(0, np.int32))
                starts = np.searchsorted(owner, np.arange(len(part.runs) + 1))
            if not columns:
                continue
            if number not in row:
                continue
            mine = [(position[s], run) for run, (s, n) in enumerate(part.runs) if n == number]
            for scenario, run in sorted(mine):
                span = slice(int(starts[run]), int(starts[run + 1]))
                yield scenario, row[number], {key: column[span] for key, column in columns.items()}


def collect(parts: Parts, scenarios: Sequence[str]) -> Results:
    """Read the measures of every complete replication."""
    position = {scenario: i for i, scenario in enumerate(scenarios)}
    replications = np.array(sorted(parts.done), np.int64)
    row = {int(number): i for i, number in enumerate(replications)}
    names = tuple(sorted({measure for part in parts.each() for measure in part.measures}))
    column = {measure: i for i, measure in enumerate(names)}
    values = np.full((len(scenarios), len(replications), len(names)), np.nan)
    done = np.zeros((len(scenarios), len(replications)), bool)
    for number, part in parts.in_order():
        to = [column[measure] for measure in part.measures]
        for run, (scenario, n) in enumerate(part.runs):
            if n == number:
                values[position[scenario], row[n], to] = part.values[run]
                done[position[scenario], row[n]] = True
    return Results(tuple(scenarios), replications, names, values, done, parts)


def write_measures(results: Results, store: Store) -> None:
    """Write `measures.parquet`: scenario, replication, measure, value (null: does not apply)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema(
        [
            ("scenario", pa.string()),
            ("replication", pa.int64()),
            ("measure", pa.string()),
            ("value", pa.float64()),
        ]
    )
    n = len(results.measures)
    step = max(1, _ROWS_A_GROUP // max(1, n))
    names = pa.array(results.measures, pa.string())
    with store.writing("measures.parquet") as path, pq.ParquetWriter(path, schema) as writer:
        for i, scenario in enumerate(results.scenarios):
            rows = np.flatnonzero(results.done[i])
            for start in range(0, len(rows), step):
                chosen = rows[start : start + step]
                values = results.values[i, chosen].ravel()
                columns = [
                    pa.array(np.full(len(values), scenario, object), pa.string()),
                    pa.array(np.repeat(results.replications[chosen], n)),
                    pa.DictionaryArray.from_arrays(np.tile(np.arange(n), len(chosen)), names).cast(
                        pa.string()
                    ),
                    pa.array(values, mask=np.isnan(values)),
                ]
                writer.write_table(pa.table(columns, schema=schema), row_group_size=max(1, len(values)))


def write_facts(results: Results, store: Store) -> None:
    """Write `facts/*.parquet` of the replications that kept their facts, one row group a run."""
    names = sorted({name for part in results.parts.each() for name in part.fact_names()})
    for name in names:
        with store.writing(f"facts/{name}.parquet") as path:
            _write_facts(results, name, path)


def _write_facts(results: Results, name: str, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    position = {scenario: i for i, scenario in enumerate(results.scenarios)}
    try:
        for number, part in results.parts.in_order():
            mine = [(position[s], run) for run, (s, n) in enumerate(part.runs) if n == number]
            for scenario, run in sorted(mine):
                table = part.facts(run, name)
                if table is None:
                    continue
                table = table.add_column(
                    0, "scenario", pa.array([results.scenarios[scenario]] * len(table), pa.string())
                ).add_column(1, "replication", pa.array(np.full(len(table), number, np.int64)))
                if writer is None:
                    writer = pq.ParquetWriter(path, table.schema, compression="zstd")
                writer.write_table(table, row_group_size=max(1, len(table)))
    finally:
        if writer is not None:
            writer.close()
