"""Progress for people: a time left only when it means something, totals that never go back."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import pytest

from sim.study import progress
from sim.study.progress import TerminalProgress


def told(moments: Sequence[tuple[float, int, int]], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The lines of a study told at these moments: seconds, done, total."""
    clock = iter([moment for moment, _, _ in moments])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    stream = io.StringIO()
    tell = TerminalProgress("fr", stream, every_s=0.0)
    for _, done, total in moments:
        tell(done, total, 0)
    return stream.getvalue().splitlines()


def test_no_time_left_from_the_first_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that a first batch of 20 s of compilation announces nothing, and later the pace counts alone."""
    lines = told([(0, 0, 1000), (20, 1, 1000), (21, 30, 1000), (23, 101, 1000)], monkeypatch)
    assert [("reste" in line) for line in lines] == [False, False, True]
    assert lines[-1].endswith("reste 27 s")  # 3 s for 100: 899 left


def test_a_resumed_study_counts_its_own_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that what was done before the study was resumed is no part of the pace."""
    lines = told([(0, 500, 1000), (5, 510, 1000), (15, 610, 1000)], monkeypatch)
    assert lines[-1].endswith("reste 39 s")


def test_totals_grow_with_the_steps_of_a_study(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that a step that ends is a full bar, the next starts its own, and no count goes back."""
    lines = told([(0, 0, 10), (1, 5, 10), (2, 10, 10), (3, 10, 30), (4, 20, 30), (5, 30, 30)], monkeypatch)
    counts = [tuple(map(int, re.findall(r"(\d+)/(\d+)", line)[0])) for line in lines]
    assert counts == sorted(counts)
    filled = [line.count("█") + line.count("#") for line in lines]
    assert filled[0] == 12
    assert filled[1] == 24
    assert filled[-2] == 12
    assert filled[-1] == 24
    assert "étape suivante" in lines[-1]
