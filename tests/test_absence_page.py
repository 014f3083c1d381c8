"""The page of an absence holds what the terminal says of the day: departures, home visits, people to tell."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import yaml

from sim.report.folder import StudyFolder
from sim.report.reading import Reading
from sim.report.sections.absence import crews_section
from sim.report.sections.absence_vehicles import homes_in_words, vehicles_table
from sim.report.view import Paragraph, Table
from sim.report.words import Words

FR, EN = Words("fr"), Words("en")
_CREWS = [
    {
        "vehicle": "V1", "agents": "C A2", "usual_agents": "A1 A2", "site_id": "a", "half_day": "afternoon",
        "open_s": 48600, "close_s": 59400, "departure_s": 47100, "return_s": 60000, "status": "held",
        "held_by": 2, "expected": 6.15, "next_passage": "2021-10-18",
    },
    {
        "vehicle": "V3", "agents": "A6", "usual_agents": "A5 A6", "site_id": "b", "half_day": "morning",
        "open_s": 34200, "close_s": 41400, "departure_s": 30390, "return_s": 62634, "status": "held",
        "held_by": 1, "expected": 1.0, "next_passage": None,
    },
    {
        "vehicle": None, "agents": None, "usual_agents": "A3 A4", "site_id": "c", "half_day": "morning",
        "open_s": 34200, "close_s": 41400, "departure_s": 30390, "return_s": 62634, "status": "cancelled",
        "held_by": None, "expected": 0.0, "next_passage": None,
    },
]  # fmt: skip
_AGENTS = [("A2", "reserve", "permanence", 0.4, 0.0), ("C", "reserve", "permanence", 0.4, 0.0),
           ("A6", "permanence", "home_visits", 0.0, 0.75)]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> StudyFolder:
    """A folder of a day with three passages, of 20 simulations."""
    settings = {"study": {"name": "absence", "kind": "absence"}, "absence": {"date": "2021-10-04"}}
    (tmp_path / "settings.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    pd.DataFrame(_CREWS).to_csv(tmp_path / "crews.csv", index=False)
    columns = ["agent", "morning", "afternoon", "homes_morning", "homes_afternoon"]
    pd.DataFrame(_AGENTS, columns=columns).to_csv(tmp_path / "agents_of_the_day.csv", index=False)
    measures = [
        ("reference", k, name, value)
        for k in range(20)
        for name, value in (("homes_planned", k % 2), ("homes_moved", k % 10 == 0))
    ]
    frame = pd.DataFrame(measures, columns=["scenario", "replication", "measure", "value"])
    frame.astype({"value": float}).to_parquet(tmp_path / "measures.parquet")
    return StudyFolder(tmp_path)


def _cells(table: Table) -> list[list[str]]:
    return [[str(getattr(cell, "text", cell)).replace("\u00a0", " ") for cell in row] for row in table.rows]


def test_vehicles_have_their_times_and_home_visits(folder: StudyFolder) -> None:
    """Tests that each vehicle shows its crew, departure, return and home visits of its free half-day."""
    table = vehicles_table(Reading(folder, FR))
    assert table is not None
    rows = [[cell.replace("\u202f", " ").replace("’", "'") for cell in row] for row in _cells(table)]
    assert rows == [
        [
            "V1",
            "la coordination (C) et A2 (d'ordinaire A1 et A2)",
            "13 h 05",
            "16 h 40",
            "le matin, dans 8 simulations sur 20 ; le départ est alors plus tôt",
        ],
        [
            "V3",
            "A6 (d'ordinaire A5 et A6)",
            "8 h 26",
            "17 h 23",
            "l'après-midi, dans 15 simulations sur 20 ; le retour est alors plus tard",
        ],
    ]


def test_home_visits_of_the_day_and_those_to_move(folder: StudyFolder) -> None:
    """Tests that their means over simulations are said, and nothing where none is booked."""
    said = homes_in_words(Reading(folder, EN))
    assert said == "Home visits: 0.5 that day on average, of which 0.1 to be moved."
    (folder.path / "measures.parquet").unlink()
    assert homes_in_words(Reading(StudyFolder(folder.path), EN)) == ""


def test_passages_say_one_agent_nobody_to_tell_and_no_next(folder: StudyFolder) -> None:
    """Tests that a passage held by one, one without anybody to tell and one without a next are said."""
    section = crews_section(Reading(folder, EN))
    assert section is not None
    table = section.blocks[0]
    assert isinstance(table, Table)
    rows = _cells(table)
    assert rows[0][-1] == "Monday 18 October 2021"
    assert rows[1][4] == "held by one agent"
    assert rows[2][-2:] == ["usually nobody to tell", "none planned"]
    assert "nobody has left home yet" in table.note
    assert any(isinstance(block, Paragraph) and "to be moved" in block.text for block in section.blocks)
