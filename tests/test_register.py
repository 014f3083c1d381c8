"""Tests that the register of assumptions covers every number about the world, once, with its range."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.compose import load_settings
from sim.register import (
    assumptions_markdown,
    ceiling,
    load_register,
    number_leaves,
    register_rows,
    write_assumptions_md,
)
from sim.report.sections.money import line_name
from sim.report.words import Words
from sim.settings import Settings


@pytest.fixture(scope="module")
def reference() -> Settings:
    return load_settings().reference


def test_every_number_is_registered_and_every_entry_exists(reference: Settings) -> None:
    """Tests that no number about the world is hidden, and no entry describes nothing."""
    assert set(load_register()) == set(number_leaves(reference))


def test_every_default_lies_in_its_range(reference: Settings) -> None:
    """Tests that the value used is one that the register calls possible."""
    for row in register_rows(reference):
        what = row.assumption
        if what.has_range:
            assert isinstance(row.value, (int, float)), what.path
            assert what.low is not None
            assert what.high is not None
            assert what.low <= row.value <= what.high, what.path


def test_every_entry_is_complete() -> None:
    """Tests that labels, unit and source are there, and that what was not found is class C."""
    for path, what in load_register().items():
        assert what.label_fr, path
        assert what.label_en, path
        assert what.label_fr != what.label_en or what.unit == "agents", path
        assert what.unit, path
        assert what.source, path
        if "non trouvé" in what.note:
            assert what.confidence == "C", path


def test_a_budget_line_has_one_name() -> None:
    """Tests that an amount of the budget is called in the register as it is in the budget table."""
    lines = [(path, what) for path, what in load_register().items() if re.fullmatch(r"budget\.\w+_eur", path)]
    assert len(lines) == 13
    for path, what in lines:
        line = path.removeprefix("budget.").removesuffix("_eur")
        for words, label in ((Words("fr"), what.label_fr), (Words("en"), what.label_en)):
            assert words(label, label) == line_name(line, words), path


def test_labels_are_told_apart() -> None:
    """Tests that no two assumptions of a group carry the same label, which a reader could not tell apart."""
    for language in ("label_fr", "label_en"):
        seen = [(what.group, getattr(what, language)) for what in load_register().values()]
        assert len(seen) == len(set(seen))


def test_rows_follow_the_settings_at_hand() -> None:
    """Tests that the register of a study shows what that study assumed, not the defaults."""
    settings = load_settings("desk.patience_mean_min=45").reference
    row = next(row for row in register_rows(settings) if row.assumption.path == "desk.patience_mean_min")
    assert row.value == 45
    assert (row.assumption.low, row.assumption.high) == (30, 90)


def test_ceiling_is_the_upper_end_of_the_range() -> None:
    """Tests that what is thinned is drawn at the register's upper end, or at the value when it is higher."""
    assert ceiling("demand.needs_per_person_per_year", 0.5) == 1
    assert ceiling("demand.needs_per_person_per_year", 1.5) == 1.5
    assert ceiling("demand.reach_min", 45) == 45


def test_a_wrong_register_is_refused_whole(tmp_path: Path) -> None:
    """Tests that every incomplete entry of a register is named, not the first only."""
    file = tmp_path / "register.yaml"
    file.write_text(
        "sources: {x: X}\nunits: {min: min}\n"
        "desk:\n"
        "  a: {fr: A, en: A, unit: min, range: [2, 1], source: x, confidence: A}\n"
        "  b: {fr: B, en: B, unit: min, range: null, source: nobody, confidence: A}\n"
        "  c: {fr: C, en: C, unit: min, range: null, source: x, confidence: D}\n"
        "  d: {fr: D, en: D, unit: min, range: [1, 2], source: x, confidence: C}\n",
        encoding="utf-8",
    )
    with pytest.raises(ValueError, match=r"desk\.a: range 2 to 1; desk\.b: 'nobody'; desk\.c: confidence D$"):
        load_register(file)


def test_the_document_is_up_to_date(reference: Settings, root: Path, tmp_path: Path) -> None:
    """Tests that docs/assumptions.md is what `python -m sim.register` writes."""
    write_assumptions_md(reference, tmp_path / "assumptions.md")
    written = (tmp_path / "assumptions.md").read_text(encoding="utf-8")
    assert written == (root / "docs" / "assumptions.md").read_text(encoding="utf-8")
    assert written == assumptions_markdown(reference)
    for path in load_register():
        assert f"`{path}`" in written
