"""What planning would gain over a coordinator's file: in the folder, the terminal and the report."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim import load_settings, run_study
from sim.problems import InputError
from sim.report.folder import StudyFolder
from sim.report.reading import Reading
from sim.report.sections.planning import planning_section, planning_sentences
from sim.report.words import Words
from sim.scenarios.planner import days_of, gain_of_planning
from sim.scenarios.rounds import read_rounds
from sim.study.run import StudyResult
from sim.territory import load_territory

# Two far sites on two mornings of a fortnight, which one day could visit.
BY_HAND = """site;véhicule;semaine;jour;demi-journée
salle-belcombe;1;1;lundi;matin
mairie-belcombe;1;1;mardi;matin
mairie-aubrelande;1;1;mercredi;matin
hotel-departement;1;1;jeudi;matin
mds-aubrelande;1;2;vendredi;après-midi
"""
SHORT = ("territory=tiny", "run.horizon.end=2021-09-30", "run.executor=serial", "run.replications=2")


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("by_hand") / "mes tournées.csv"
    path.write_text(BY_HAND, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory, by_hand: Path) -> StudyResult:
    outputs = tmp_path_factory.mktemp("gain")
    study = load_settings("study=rounds", *SHORT, f"rounds.file={by_hand}", f"outputs={outputs}")
    return run_study(study, progress=lambda *_: None)


def test_one_line_runs_the_file_beside_planned_rounds(result: StudyResult) -> None:
    """Tests that both are simulated on the same worlds, and that only the first drives the file."""
    assert result.scenarios == ("rounds_by_hand", "rounds_planned")
    rounds = result.frame("rounds")
    days = {
        name: set(zip(rows["site_id"], rows["week"], rows["weekday"], rows["half_day"], strict=True))
        for name, rows in rounds.groupby("scenario")
    }
    assert ("salle-belcombe", 1, 1, "morning") in days["rounds_by_hand"]
    assert days["rounds_by_hand"] != days["rounds_planned"]
    taken = result.frame("planned_rounds")
    assert days["rounds_planned"] == set(
        zip(taken["site_id"], taken["week"], taken["weekday"], taken["half_day"], strict=True)
    )
    assert set(result.comparison["scenario"]) == {"rounds_planned"}


def test_the_figures_are_those_of_both_rounds(result: StudyResult, by_hand: Path) -> None:
    """Tests the file of figures against the drives themselves, and that keeping the days gains no more."""
    table = result.frame("planning_gain").set_index("quantity")
    territory = load_territory("tiny")
    base = territory.site_position[territory.depot]
    alone = float(
        sum(territory.minutes[base, k] + territory.minutes[k, base] for k in range(len(territory.sites)))
    )
    assert table.loc["driving_min", "by_hand"] == pytest.approx(alone)
    planned, same = (table.loc["driving_min", name] for name in ("planned", "planned_same_days"))
    assert planned < same == pytest.approx(alone)
    assert table.loc["vehicle_days", "by_hand"] == 5
    assert table.loc["half_days_open", "by_hand"] == 5
    assert table.loc["least_hours_a_week", "by_hand"] == 3
    assert 0 < table.loc["sites_moved", "planned"] <= 5
    hours = {"morning": (34_200, 41_400), "afternoon": (48_600, 59_400)}
    rounds = read_rounds(by_hand, territory, hours=hours)
    gain = gain_of_planning(load_settings("study=single", "territory=tiny").reference, territory, rounds)
    assert gain.minutes == pytest.approx(alone - planned)
    assert days_of(rounds)["mds-aubrelande"].week == 2


def test_the_planned_rounds_can_be_taken_up(result: StudyResult, tmp_path: Path) -> None:
    """Tests that the planned rounds are a file of rounds, over which planning gains nothing."""
    given = result.folder / "planned_rounds.csv"
    study = load_settings("study=single", *SHORT, f"rounds.file={given}", f"outputs={tmp_path}")
    again = run_study(study, progress=lambda *_: None, report=False)
    table = again.frame("planning_gain").set_index("quantity")
    assert (table["by_hand"] == table["planned"]).all()
    (said,) = planning_sentences(Reading(StudyFolder(again.folder), Words("fr")))
    assert said.startswith("Planifier les mêmes passages ne ferait rien gagner")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_gain_is_said(result: StudyResult, language: str) -> None:
    """Tests that the terminal and the report say minutes, km and a year's worth, and list the days."""
    words = Words(language)  # type: ignore[arg-type]
    reading = Reading(StudyFolder(result.folder), words)
    sentences = planning_sentences(reading)
    lines = result.answer_lines(language)  # type: ignore[arg-type]
    assert len(sentences) == 2
    assert all(sentence in lines for sentence in sentences)
    table = pd.read_csv(result.folder / "planning_gain.csv").set_index("quantity")
    saved = table.loc["driving_min", "by_hand"] - table.loc["driving_min", "planned"]
    assert words.counted(saved, "minute|minutes", "minute|minutes") in sentences[0]
    section = planning_section(reading)
    assert section is not None
    figures, days = (block for block in section.blocks if block.kind == "table")
    assert len(figures.rows) == 9
    assert len(days.rows) == table.loc["sites_moved", "planned"]
    page = (result.folder / "report.html").read_text(encoding="utf-8")
    assert section.title in page


def test_planned_rounds_say_nothing_of_a_gain(tmp_path: Path) -> None:
    """Tests that a study without a file has neither the files nor the section."""
    study = load_settings("study=single", *SHORT, f"outputs={tmp_path}")
    made = run_study(study, progress=lambda *_: None, report=False)
    assert not (made.folder / "planning_gain.csv").exists()
    reading = Reading(StudyFolder(made.folder), Words("fr"))
    assert planning_sentences(reading) == []
    assert planning_section(reading) is None


def test_the_study_asks_for_its_file(tmp_path: Path) -> None:
    """Tests that the study of hand-made rounds without a file is refused in words, and leaves nothing."""
    study = load_settings("study=rounds", *SHORT, f"outputs={tmp_path / 'out'}")
    with pytest.raises(InputError) as caught:
        run_study(study, progress=lambda *_: None)
    (problem,) = caught.value.problems
    assert problem.say("fr").startswith("rounds.file : trouvé rien ; attendu : votre fichier de tournées")
    assert not list(tmp_path.rglob("*.yaml"))
