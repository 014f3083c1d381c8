"""The registry of measures: complete, in words, and documented."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from sim.measures import DECISIONS, GROUPS, MEASURES, POSITIONS, Measure, measure, measure_named
from sim.measures.__main__ import measures_page
from sim.settings import Thresholds
from tests.made_up_facts import busy_year

# The left-hand column of the wording guide, as it could slip into a label.
BANNED = re.compile(
    r"ne sert à rien|temps mort|taux d.occupation|non conforme|moins efficace|perdu|abandonn|refusé|jamais"
    r"|useless|idle|lost|abandon|refused",
    re.IGNORECASE,
)


def test_the_seven_that_decide() -> None:
    """Tests that exactly the seven measures with a practical threshold decide."""
    assert set(DECISIONS) == {
        "persons_helped",
        "held_by_two_share",
        "days_to_next_held_passage",
        "home_lead_p90",
        "wait_p90",
        "weeks_under_24h",
        "net_yearly_cost",
    }
    named = {m.threshold for m in MEASURES if m.threshold}
    # The label's weekly hours are a definition, not a threshold of a difference.
    assert named == set(Thresholds.model_fields) - {"label_hours_per_week"}


def test_ids() -> None:
    """Tests that ids are unique, short, snake_case, and found by name."""
    assert len(POSITIONS) == len(MEASURES)
    for m in MEASURES:
        assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", m.id), m.id
        assert len(m.id) <= 32, m.id
        assert measure_named(m.id) is m
    with pytest.raises(KeyError):
        measure_named("winner")


@pytest.mark.parametrize("m", MEASURES, ids=lambda m: m.id)
def test_words(m: Measure) -> None:
    """Tests that a measure is said in both languages, with its unit, in words that wound nobody."""
    assert m.unit
    assert m.unit_fr
    assert m.label_fr != m.label_en
    assert m.formula.endswith(".")
    assert not BANNED.search(m.label_fr), m.label_fr
    assert not BANNED.search(m.label_en), m.label_en
    if "15" in m.id or "20" in m.id or "30" in m.id:
        assert "en voiture" in m.label_fr or "minutes" in m.label_fr
    if m.id.startswith("population_within"):
        assert "en voiture" in m.label_fr
        assert "by car" in m.label_en
    if m.unit.endswith("a year"):
        assert "year" in m.denominator, "a yearly figure says that it is over the years of the horizon"


def test_every_measure_has_a_value() -> None:
    """Tests that one replication gives each measure once, and a number wherever the facts allow one."""
    facts, context = busy_year(3)
    values = measure(facts, context).values
    assert values.shape == (len(MEASURES),)
    without = {m.id for m, v in zip(MEASURES, values, strict=True) if np.isnan(v)}
    assert without == {m.id for m in MEASURES if m.against_reference}


def test_the_page_is_up_to_date(root: Path) -> None:
    """Tests that docs/measures.md is what the registry generates."""
    assert (root / "docs" / "measures.md").read_text(encoding="utf-8") == measures_page()
    assert sum(len(g) for g in GROUPS.values()) == len(MEASURES)
