"""The home lead time read on the curve drawn, and why the mean of simulations is another figure."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pandas as pd

from sim.report.home_lead import crossing, crossings_in_words, mean_apart
from sim.report.reading import Reading
from sim.report.words import Words

CURVES = pd.DataFrame(
    {
        "scenario": ["reference"] * 4 + ["slow"] * 4,
        "days": [0, 7, 14, 21] * 2,
        "share_waiting": [1.0, 0.4, 0.1, 0.05, 1.0, 0.9, 0.5, 0.2],
    }
)


def _reading(language: str, mean: float) -> Reading:
    """As much of a reading as these words read: labels and one measure's mean, p10 and p90."""
    figures = {"mean": mean, "p10": 4.0, "p90": 41.0}
    made = SimpleNamespace(
        words=Words("fr" if language == "fr" else "en"),
        label=lambda name: {"reference": "3 équipes", "slow": "lent"}[name],
        level=lambda name, _measure, column="mean": figures[column] if name == "reference" else None,
    )
    return cast(Reading, made)


def test_crossing_of_a_curve() -> None:
    """Tests that the day is the first with one in ten or fewer waiting, or the last day of the curve."""
    assert crossing(CURVES[CURVES["scenario"] == "reference"]) == (14.0, True)
    assert crossing(CURVES[CURVES["scenario"] == "slow"]) == (21.0, False)
    assert crossing(CURVES.iloc[:0]) is None


def test_the_sentence_gives_the_curve() -> None:
    """Tests that the sentence gives each curve's crossing, whatever the mean of simulations is."""
    said = crossings_in_words(_reading("en", 23.0), CURVES, ["reference", "slow"])
    assert "3 équipes: 14 days; lent: more than 21 days." in said
    assert "23" not in said


def test_why_the_mean_differs() -> None:
    """Tests that a mean over the crossing is explained with where 8 simulations in 10 fall, and only then."""
    said = mean_apart(_reading("fr", 23.0), CURVES, ["reference", "slow"])
    assert "moyenne" in said
    assert "23 jours" in said
    assert "tirée vers le haut" in said
    assert "entre 4 et 41 jours" in said
    assert "tirée vers le haut" not in mean_apart(_reading("fr", 9.0), CURVES, ["reference"])
    assert mean_apart(_reading("fr", 14.2), CURVES, ["reference"]) == ""
