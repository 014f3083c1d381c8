"""Tests of the chronometers: what they time, what they draw, and the guard of a release."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks.flame import flame_svg
from benchmarks.performance import MEASURED, excess, ratios, worse
from benchmarks.performance_page import performance_page
from benchmarks.profile import profile
from benchmarks.stages import STAGES, Clock
from sim.models import cell


def spin(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def test_a_stage_does_not_count_what_it_calls_of_others() -> None:
    """Tests exclusive times: 10 ms of its own and 30 ms of another's."""
    clock = Clock()
    inner = clock.around(lambda: spin(0.03), "inner")

    def work() -> None:
        spin(0.01)
        inner()

    clock.around(work, "outer")()
    assert clock.seconds["outer"] == pytest.approx(0.01, abs=0.008)
    assert clock.seconds["inner"] == pytest.approx(0.03, abs=0.008)


def test_stages_sum_to_the_whole_and_leave_no_trace() -> None:
    """Tests that the stages of a real replication cover its time, and that functions are put back."""
    before = cell.gather
    found = profile(3, ["territory=tiny", "run.horizon.end=2021-12-31"])
    assert cell.gather is before
    assert set(found.stages) == set(STAGES)
    assert found.stages["vehicle-days with their desks"] > 0
    assert 0.5 * found.whole < sum(found.stages.values()) < 2 * found.whole
    assert found.alone > found.whole
    assert "sum of stages" in found.table()


def test_a_flame_graph_is_wide_as_its_time() -> None:
    """Tests the SVG: well formed, a box a call, as wide as its share."""
    samples = Counter({("a", "b <x>"): 3, ("a", "c"): 1})
    drawn = ET.fromstring(flame_svg(samples, "A & B"))  # type: ignore[arg-type]
    space = "{http://www.w3.org/2000/svg}"
    boxes = drawn.findall(f"{space}g")
    titles = [box.findtext(f"{space}title") for box in boxes]
    assert titles == ["a – 100.0 %", "b <x> – 75.0 %", "c – 25.0 %"]
    widths = [float(box.find(f"{space}rect").attrib["width"]) for box in boxes]  # type: ignore[union-attr]
    assert widths[1] / widths[2] == pytest.approx(3, rel=0.01)


def test_a_slower_release_is_seen() -> None:
    """Tests that a ratio a fifth worse fails, and one a little worse does not."""
    assert worse({"x": 79.0, "y": 81.0}, {"x": 100.0, "y": 100.0}) == ["x: 79, 100 in the release"]
    assert worse({"x": 200.0}, {"x": 100.0, "gone": 1.0}) == []


def test_a_curve_that_doubles_is_not_linear() -> None:
    """Tests cost of one more at the end over the start."""
    assert excess({"1": {"ms": 2.0}, "10": {"ms": 20.0}}) == pytest.approx(1.0)
    assert excess({"1": {"ms": 2.0}, "10": {"ms": 200.0}}) == pytest.approx(10.0)


def test_the_page_is_what_was_measured(root: Path) -> None:
    """Tests docs/performance.md against benchmarks/measured.json, and that a release can be kept of it."""
    found = json.loads(MEASURED.read_text(encoding="utf-8"))
    assert (root / "docs" / "performance.md").read_text(encoding="utf-8") == performance_page(found)
    assert all(ratio > 0 for ratio in ratios(found).values())
