"""The study folder on disk: whole files or none, one writer, refusals in words."""

from __future__ import annotations

import errno
import os
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.problems import InputError
from sim.study.parts import Failure, Part, PartError, Parts, RunOutcome, pack, replications_kept
from sim.study.store import DiskFullError, Store, make_folder, sha256_of


def test_a_file_is_whole_or_absent(tmp_path: Path) -> None:
    """Tests that a write that fails half-way leaves the file of before, and no temporary file."""
    with Store(tmp_path) as store:
        store.write_text("a.csv", "before\n")

        def fail_half_way() -> None:
            with store.writing("a.csv") as path:
                path.write_text("half")
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail_half_way()
        assert (tmp_path / "a.csv").read_text() == "before\n"
        assert [p.name for p in store.files()] == ["a.csv"]
        store.write_text("deep/er/b.csv", "x\n")
        assert [p.relative_to(store.folder).as_posix() for p in store.files()] == ["a.csv", "deep/er/b.csv"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "deep"]


def test_leftovers_of_a_killed_process_go(tmp_path: Path) -> None:
    """Tests that temporary files of a process that was killed are removed, and nothing else."""
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / ".part-x.part").write_text("half")
    (tmp_path / "kept.csv").write_text("kept")
    with Store(tmp_path) as store:
        store.remove_leftovers()
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["kept.csv"]


@pytest.mark.parametrize(("code", "kind"), [(errno.ENOSPC, DiskFullError), (errno.EACCES, InputError)])
def test_refusals_say_what_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[InputError]
) -> None:
    """Tests that a full disk and a forbidden file are refused in words with the file's name."""

    def refuse(path: Path, data: bytes) -> int:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with Store(tmp_path) as store, pytest.raises(kind) as caught:
        store.write_text("summary.csv", "x")
    assert "summary.csv" in str(caught.value)
    assert os.strerror(code) in str(caught.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """Tests that a missing folder is refused."""
    with pytest.raises(InputError, match="no such folder"):
        Store(tmp_path / "nothing")


def test_the_lock_ends_with_its_process(tmp_path: Path) -> None:
    """Tests that the lock of a process killed with kill -9 holds nobody back, and its file goes."""
    script = (
        "import os, signal, sys; from pathlib import Path; from sim.study.store import Store\n"
        "store = Store(Path(sys.argv[1])); os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    assert done.returncode == -9
    assert (tmp_path / ".lock").exists()
    with Store(tmp_path):
        assert (tmp_path / ".lock").exists()
    assert not (tmp_path / ".lock").exists()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    """Tests that a worker forked while the folder was open does not hold it after its parent closed it."""
    store = Store(tmp_path)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - the child only waits
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    store.close()
    script = (
        "import sys; from pathlib import Path; from sim.study.store import Store; Store(Path(sys.argv[1]))"
    )
    try:
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, capture_output=True)
    finally:
        os.close(writer)
        os.waitpid(child, 0)


def test_names_of_folders(tmp_path: Path) -> None:
    """Tests that folders are named by their second, the next free one when it is taken."""
    now = datetime(2024, 2, 28, 23, 59, 59)
    names = [make_folder(tmp_path, "single", now).name for _ in range(2)]
    assert names == ["2024-02-28_23-59-59", "2024-02-29_00-00-00"]
    assert [p.name for p in tmp_path.iterdir()] == ["single"]


def outcome(replication: int, scenario: str = "reference") -> RunOutcome:
    rng = np.random.default_rng(replication)
    return RunOutcome(
        scenario,
        replication,
        {"a": float(rng.normal()), "b": float("nan")},
        {"sites": {"name": np.array(["é", "f"]), "x": rng.normal(size=2)}},
        {"visits": pa.table({"n": [1, replication]})},
    )


def test_a_part_gives_back_what_it_was_given(tmp_path: Path) -> None:
    """Tests that values, tables, facts and failures come out of a part as they went in."""
    failure = Failure("reference", 4, "model", "E: x", "trace", "line")
    with Store(tmp_path) as store:
        parts = Parts(store, "digest")
        part = parts.add((2, 3, 4), pack("digest", (2, 3, 4), [outcome(2), outcome(3)], [failure]))
        assert part.replications == (2, 3, 4)
        assert part.runs == (("reference", 2), ("reference", 3))
        np.testing.assert_array_equal(
            part.values, [[outcome(2).values["a"], np.nan], [outcome(3).values["a"], np.nan]]
        )
        table = part.table("sites")
        assert table["name"].tolist() == ["é", "f"] * 2
        assert table["run"].tolist() == [0, 0, 1, 1]
        np.testing.assert_array_equal(table["x"][2:], outcome(3).tables["sites"]["x"])
        assert part.table("agents") == {}
        facts = part.facts(1, "visits")
        assert facts is not None
        assert facts["n"].to_pylist() == [1, 3]
        assert part.facts(0, "journal") is None
        assert part.failures == (failure,)
        assert parts.done == {2, 3, 4}
        assert replications_kept(tmp_path) == 3


def test_the_bytes_of_a_part_are_those_of_its_content() -> None:
    """Tests that a part packed twice has the same bytes: no time, no order of a dictionary."""
    one = pack("digest", (1,), [outcome(1)], [])
    shuffled = RunOutcome(
        "reference",
        1,
        dict(reversed(outcome(1).values.items())),
        outcome(1).tables,
        outcome(1).facts,
    )
    assert pack("digest", (1,), [shuffled], []) == one


@given(position=st.integers(0, 10**6), bit=st.integers(0, 7), cut=st.booleans())
def test_any_damage_to_a_part_is_found(
    tmp_path_factory: pytest.TempPathFactory, position: int, bit: int, cut: bool
) -> None:
    """Tests that a part with any bit flipped, or cut anywhere, is refused."""
    folder = tmp_path_factory.mktemp("part")
    with Store(folder) as store:
        path = Parts(store, "digest").add((1,), pack("digest", (1,), [outcome(1)], [])).path
    data = bytearray(path.read_bytes())
    if cut:
        data = data[: position % len(data)]
    else:
        data[position % len(data)] ^= 1 << bit
    path.write_bytes(bytes(data))
    with pytest.raises(PartError, match=re.escape(path.name)):
        Part(path)


def test_sha256_of_a_file(tmp_path: Path) -> None:
    """Tests the digest against the published one of three letters (FIPS 180-2, appendix B.1)."""
    (tmp_path / "abc").write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_of(tmp_path / "abc") == expected
