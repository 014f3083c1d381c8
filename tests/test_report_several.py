"""Communes with several sites or several structures: what the page says of them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pandas as pd

from sim.report.reading import Reading
from sim.report.sections.exits import _who
from sim.report.sections.places import _same_day
from sim.report.words import Words

SITES = pd.DataFrame({"insee_code": ["1", "1", "2"]}, index=["early", "late", "alone"])
FIXED = pd.DataFrame(
    {
        "name": ["France services Nord", "France services Sud", "France services Sud bis"],
        "insee_code": ["1", "1", "1"],
        "label_date": ["2022-11-15", "2023-01-01", "2023-01-01"],
    }
)


def _reading(hours: dict[str, int]) -> Reading:
    """As much of a reading as is read here, with rounds where each site opens on the same Thursday."""
    rounds = pd.DataFrame({"site_id": list(hours), "open_s": list(hours.values())})
    rounds = rounds.assign(scenario="reference", valid_from="2021-07-01", week=1, weekday=4)
    made = SimpleNamespace(
        words=Words("en"),
        sites=SITES,
        reference=SimpleNamespace(name="reference"),
        commune_name=lambda code: {"1": "Twotown", "2": "Oneville"}[code],
        site_name=str.title,
        folder=SimpleNamespace(table=lambda _: rounds, place_table=lambda _: FIXED),
    )
    return cast(Reading, made)


def test_a_later_site_of_the_same_commune_is_explained() -> None:
    """Tests that the note names the site that opens later the same day, and no site of another commune."""
    said = _same_day(_reading({"early": 34200, "late": 48600, "alone": 48600}))
    assert "Twotown" in said
    assert "(Late)" in said
    assert "Oneville" not in said
    assert "Early" not in said
    assert "no reason to close" not in _same_day(_reading({"early": 34200, "late": 34200}))
    assert _same_day(_reading({"early": 34200, "alone": 48600})) == ""


def test_structures_of_one_commune_are_told_apart() -> None:
    """Tests that several structures of a commune have their name where the date tells it, else a number."""
    rows = pd.DataFrame(
        {
            "commune": ["Twotown", "Twotown", "Oneville"],
            "insee_code": ["1", "1", "2"],
            "structure": ["fixed:1:1", "fixed:1:2", "fixed:2:1"],
            "fixed_opens": ["2022-11-15", "2023-01-01", "2023-01-01"],
        }
    )
    said = [_who(_reading({}), rows, row) for row in rows.itertuples()]
    assert said == ["Twotown (France services Nord)", "Twotown (structure 2)", "Oneville"]
