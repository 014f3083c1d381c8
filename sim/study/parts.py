"""Parts: what one batch of replications leaves, as one file that proves itself whole.

A part's name carries its first and last replication and the sha256 of its bytes. It is a zip of
a header and arrays, and of Arrow tables where facts are kept; it is read one table at a time. Tables
of measures are plain arrays: pyarrow looks for pandas on its first array, which no worker needs.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Iterator, KeysView, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.problems import InputError, Problem
from sim.study.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "Failure",
    "Part",
    "PartError",
    "Parts",
    "RunOutcome",
    "begun_with_others",
    "pack",
    "replications_kept",
]

FOLDER = "parts"
_NAME = re.compile(r"(\d{7})-(\d{7})\.([0-9a-f]{64})\.part")
_FORMAT = 1
_OPEN = 128
"""Parts kept open: enough for a thousand replications, few enough for any system and little memory."""


class PartError(Exception):
    """A part that is not what was written; says so in English, `fr` in French."""

    def __init__(self, text: str, fr: str) -> None:
        super().__init__(text)
        self.fr = fr


@dataclass(frozen=True)
class Failure:
    """A replication of a scenario that failed: where, how, and the line that runs it again alone."""

    scenario: str
    replication: int
    stage: str
    error: str
    traceback: str
    command: str


@dataclass(frozen=True)
class RunOutcome:
    """What one replication of one scenario leaves: measures, tables, facts when they are kept.

    `values` are measures by id (NaN: does not apply); `tables` and `facts` are columns by name,
    by table.
    """

    scenario: str
    replication: int
    values: Mapping[str, float]
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    facts: Mapping[str, pa.Table] = field(default_factory=dict)


def pack(
    digest: str,
    replications: Sequence[int],
    outcomes: Sequence[RunOutcome],
    failures: Sequence[Failure],
) -> bytes:
    """The bytes of a part.

    Parameters
    ----------
    digest
        Of the study they belong to.
    replications
        Complete in this part: every scenario ran, or failed.
    outcomes, failures
        Of those replications.
    """
    measures = sorted({measure for outcome in outcomes for measure in outcome.values})
    values = np.array(
        [[outcome.values.get(measure, np.nan) for measure in measures] for outcome in outcomes], np.float64
    ).reshape(len(outcomes), len(measures))
    header = {
        "format": _FORMAT,
        "digest": digest,
        "replications": list(map(int, replications)),
        "measures": measures,
        "runs": [[outcome.scenario, int(outcome.replication)] for outcome in outcomes],
        "failures": [asdict(failure) for failure in failures],
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:

        def put(name: str, content: bytes, compression: int = zipfile.ZIP_STORED) -> None:
            # ZipInfo: no time of writing inside.
            archive.writestr(zipfile.ZipInfo(name), content, compression, compresslevel=1)

        put("header.json", json.dumps(header, ensure_ascii=False).encode())
        put("values.f8", values.astype("<f8").tobytes())
        for name in sorted({name for outcome in outcomes for name in outcome.tables}):
            for key, column in _stacked(name, outcomes).items():
                put(f"tables/{name}/{key}.npy", _to_npy(column), zipfile.ZIP_DEFLATED)
        for row, outcome in enumerate(outcomes):
            for name, table in sorted(outcome.facts.items()):
                put(f"facts/{row}/{name}.arrow", _to_ipc(table))
    return out.getvalue()


def _stacked(name: str, outcomes: Sequence[RunOutcome]) -> dict[str, NDArray[Any]]:
    """One table of every run, with a column `run` that says whose a row is."""
    pieces: dict[str, list[NDArray[Any]]] = {"run": []}
    for row, outcome in enumerate(outcomes):
        columns = outcome.tables.get(name, {})
        lengths = {len(column) for column in columns.values()}
        pieces["run"].append(np.full(max(lengths, default=0), row, np.int32))
        for key, column in columns.items():
            pieces.setdefault(str(key), []).append(np.asarray(column))
    return {key: np.concatenate(columns) for key, columns in pieces.items()}


def _to_npy(column: NDArray[Any]) -> bytes:
    out = io.BytesIO()
    np.save(out, column, allow_pickle=False)
    return out.getvalue()


def _to_ipc(table: pa.Table) -> bytes:
    from pyarrow import ipc

    out = io.BytesIO()
    options = ipc.IpcWriteOptions(compression="zstd", use_threads=False)
    with ipc.new_stream(out, table.schema, options=options) as writer:
        writer.write_table(table)
    return out.getvalue()


class Part:
    """A part that was read and found whole; tables are read when asked for.

    Raises
    ------
    PartError
        When the bytes are not those that were written.
    sim.problems.InputError
        When the file is there and cannot be read: it may be whole.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        match = _NAME.fullmatch(path.name)
        if not match:
            raise PartError(
                f"{path.name} is no name of a part", f"{path.name} n'est pas un nom de fichier de l'étude"
            )
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise _unreadable(path, error) from error
        if found != match[3]:
            raise PartError(
                f"{path.name} is damaged: its bytes are not those that were written",
                f"{path.name} est abîmé : son contenu n'est plus celui qui a été écrit",
            )
        self._archive = zipfile.ZipFile(path)
        self._members = frozenset(self._archive.namelist())
        header = json.loads(self._archive.read("header.json"))
        raw = self._archive.read("values.f8")
        if header.get("format") != _FORMAT:
            raise PartError(
                f"{path.name} was written by another version",
                f"{path.name} a été écrit par une autre version",
            )
        self.digest: str = header["digest"]
        self.replications: tuple[int, ...] = tuple(header["replications"])
        self.measures: tuple[str, ...] = tuple(header["measures"])
        self.runs: tuple[tuple[str, int], ...] = tuple((name, number) for name, number in header["runs"])
        self.failures: tuple[Failure, ...] = tuple(Failure(**failure) for failure in header["failures"])
        self.values: NDArray[np.float64] = np.frombuffer(raw, "<f8").reshape(
            len(self.runs), len(self.measures)
        )

    def table_names(self) -> tuple[str, ...]:
        """The tables of measures in this part."""
        return tuple(
            sorted({member.split("/")[1] for member in self._members if member.startswith("tables/")})
        )

    def fact_names(self) -> frozenset[str]:
        """The tables of facts kept in this part."""
        return frozenset(member.split("/")[2][:-6] for member in self._members if member.startswith("facts/"))

    def table(self, name: str) -> dict[str, NDArray[Any]]:
        """A table of measures of every run as columns, empty when absent; `run` is a position in `runs`."""
        start = f"tables/{name}/"
        return {
            member[len(start) : -4]: np.load(io.BytesIO(self._archive.read(member)), allow_pickle=False)
            for member in sorted(self._members)
            if member.startswith(start)
        }

    def facts(self, run: int, name: str) -> pa.Table | None:
        """A table of facts of one run, None when its facts were not kept."""
        member = f"facts/{run}/{name}.arrow"
        if member not in self._members:
            return None
        from pyarrow import ipc

        return ipc.open_stream(self._archive.read(member)).read_all()


def _unreadable(path: Path, error: OSError) -> InputError:
    reason = error.strerror or str(error)
    return InputError(
        [
            Problem(
                str(path),
                f"it cannot be read ({reason})",
                "a file that can be read, or no file: its replications then run again",
                None,
                "un fichier lisible, ou pas de fichier : ses simulations seront alors refaites",
                f"un fichier illisible ({reason})",
            )
        ]
    )


def begun_with_others(folder: Path) -> InputError:
    """The refusal to complete a study that was begun with something else."""
    expected = "the settings, territory, rounds and version of the program that began the study"
    return InputError(
        [
            Problem(
                str(folder),
                "a study begun with others",
                expected,
                None,
                "les réglages, le territoire, les tournées et la version du programme du début de l'étude",
                "une étude commencée avec d'autres",
            )
        ]
    )


def replications_kept(folder: Path) -> int:
    """How many replications the parts of a study folder hold, by what each says of itself."""
    numbers: set[int] = set()
    for path in (folder / FOLDER).glob("*.part"):
        with suppress(OSError, ValueError, KeyError, zipfile.BadZipFile), zipfile.ZipFile(path) as archive:
            numbers.update(json.loads(archive.read("header.json"))["replications"])
    return len(numbers)


class Parts:
    """The parts of one study folder: which replications are complete, and in which part."""

    def __init__(self, store: Store, digest: str) -> None:
        self._store = store
        self._digest = digest
        self._open = lru_cache(maxsize=_OPEN)(Part)  # each is read once a table
        self._where: dict[int, Path] = {}
        self._failed: dict[int, tuple[Failure, ...]] = {}

    @property
    def folder(self) -> Path:
        """Where the parts are."""
        return self._store.folder / FOLDER

    @property
    def done(self) -> KeysView[int]:
        """Replications that are complete; a view, which costs nothing and follows what is added."""
        return self._where.keys()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Every failure, by replication, in the order of the scenarios."""
        return tuple(failure for number in sorted(self._failed) for failure in self._failed[number])

    def load(self, *, retry_failed: bool = False) -> list[PartError]:
        """Take stock of the parts left by an earlier process; what is damaged is removed, to be run again.

        Returns
        -------
        list of PartError
            What was found wrong, one per part.

        Raises
        ------
        sim.problems.InputError
            When a whole part belongs to another study, territory or version, or a part cannot be read:
            nothing is touched then.
        """
        complaints: list[PartError] = []
        damaged = []
        for path in sorted(self.folder.glob("*.part")):
            try:
                part = self._open(path)
            except PartError as error:
                complaints.append(error)
                damaged.append(path)
                continue
            if part.digest != self._digest:
                raise begun_with_others(self._store.folder)
            self._note(part)
        for path in damaged:
            path.unlink(missing_ok=True)
        if retry_failed:
            for number in list(self._failed):
                del self._where[number], self._failed[number]
        return complaints

    def add(self, replications: Sequence[int], content: bytes) -> Part:
        """Write a part; when this returns, it survives the process and the machine."""
        name = f"{replications[0]:07d}-{replications[-1]:07d}.{hashlib.sha256(content).hexdigest()}.part"
        part = self._open(self._store.write_bytes(f"{FOLDER}/{name}", content))
        self._note(part)
        return part

    def _note(self, part: Part) -> None:
        for number in part.replications:
            if number in self._where and number not in self._failed:
                continue  # it is complete without a failure in another part already
            self._where[number] = part.path
            self._failed.pop(number, None)
            failures = tuple(failure for failure in part.failures if failure.replication == number)
            if failures:
                self._failed[number] = failures

    def in_order(self) -> Iterator[tuple[int, Part]]:
        """Every complete replication with its part, in the order of replications, few parts in memory."""
        last: Part | None = None
        for number in sorted(self._where):
            if last is None or last.path != self._where[number]:
                last = self._open(self._where[number])
            yield number, last

    def each(self) -> Iterator[Part]:
        """Every part that holds a replication, in the order of their names."""
        for path in sorted(set(self._where.values())):
            yield self._open(path)

    def remove(self) -> None:
        """Remove every part: the study is complete and its files say all."""
        self._open.cache_clear()
        for path in self.folder.glob("*.part"):
            path.unlink(missing_ok=True)
        if self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()
