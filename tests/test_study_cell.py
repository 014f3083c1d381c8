"""A study of the cell itself: the contract's folder, the same bytes however run, the answer in words."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from sim import load_settings, run_study, simulate
from sim.measures import MEASURES
from sim.models import facts as f
from sim.problems import InputError
from sim.report.sentences import verdict_words
from sim.settings import NEEDS
from sim.study import again
from sim.study.run import StudyResult
from tests.test_study_run import content

SHORT = (
    "study=three_or_four",
    "run.replications=2",
    "run.horizon.start=2021-07-01",
    "run.horizon.end=2021-09-30",
    "run.seed=83",
    "run.executor=serial",
)

COLUMNS = {
    "visits": """passage_id contact_id person_id attempt reason home_insee segment need operator need_date
        date arrival_s patience_s work_s appointment_s server start_s end_s outcome""",
    "passages": """passage_id site_id date half_day vehicle fs_agent cn_agent announced_open_s
        announced_close_s open_s close_s overtime_s discipline end_s status cause held_by servers""",
    "home_visits": """request_id insee_code channel requested_at booked_at date start_s end_s vehicle
        agents outcome lead_days extra_km""",
    "journal": "vehicle date activity place_from place_to start_s end_s km",
}


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    """A short study of the default scenarios, first replication in detail."""
    outputs = tmp_path_factory.mktemp("cell")
    return run_study(load_settings(f"outputs={outputs}", *SHORT), progress=lambda *_: None)


def test_every_file_of_the_contract(result: StudyResult) -> None:
    """Tests that a study leaves every file that the contract names, and that none failed."""
    assert [failure.error for failure in result.failed] == []
    names = {
        path.relative_to(result.folder).as_posix() for path in result.folder.rglob("*") if path.is_file()
    }
    expected = (
        "settings.yaml manifest.json measures.parquet summary.csv comparison.csv sites.csv communes.csv"
    )
    expected += " agents.csv budget.csv rounds.csv assumptions.csv report.html"
    assert names >= {*expected.split(), *(f"facts/{table}.parquet" for table in COLUMNS)}
    assert not [name for name in names if name.startswith(("parts/", ".")) or "/." in name]


@pytest.mark.parametrize("table", sorted(COLUMNS))
def test_facts_have_the_columns_of_the_contract(result: StudyResult, table: str) -> None:
    """Tests that each table of facts has the columns of the contract, in its order."""
    schema = pq.read_schema(result.folder / "facts" / f"{table}.parquet")
    assert schema.names == ["scenario", "replication", *COLUMNS[table].split()]
    for name in schema.names:
        if name.endswith("_s") and name != "work_s":
            assert str(schema.field(name).type) == "int64"


def test_facts_are_in_closed_sets(result: StudyResult) -> None:
    """Tests that names are those of the closed sets, dates ISO 8601, and nulls where nothing applies."""
    visits, passages = result.frame("facts/visits"), result.frame("facts/passages")
    assert set(visits["outcome"]) <= set(f.OUTCOMES)
    assert set(visits["reason"]) <= set(f.REASONS)
    assert set(visits["need"]) <= set(NEEDS)
    assert visits["date"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    assert visits[["patience_s", "work_s", "arrival_s", "home_insee", "operator"]].notna().all(axis=None)
    served = visits["outcome"] == "served"
    assert visits.loc[served, ["server", "start_s", "end_s"]].notna().all(axis=None)
    assert visits.loc[~served, ["server", "start_s"]].isna().all(axis=None)
    assert not visits.duplicated(["scenario", "replication", "contact_id"]).any()
    assert set(passages["status"]) <= set(f.STATUSES)
    assert set(passages["cause"].dropna()) <= set(f.CAUSES)
    assert not passages.duplicated(["scenario", "replication", "passage_id"]).any()
    held = passages["status"] == "held"
    assert set(passages.loc[held, "held_by"]) <= {1, 2}
    assert passages.loc[~held, ["held_by", "servers", "end_s"]].isna().all(axis=None)
    key = ["scenario", "replication", "passage_id"]
    joined = visits.merge(passages, on=key, how="left", validate="many_to_one", suffixes=("", "_p"))
    assert (joined["date"] == joined["date_p"]).all()


def test_servers_name_who_served(result: StudyResult) -> None:
    """Tests that everybody served was served by a server of her passage, able to, from inside a window."""
    visits, passages = result.frame("facts/visits"), result.frame("facts/passages")
    key = ["scenario", "replication", "passage_id"]
    servers = passages.set_index(key)["servers"]
    served = visits[visits["outcome"] == "served"]
    assert len(served) > 100
    for row in served.iloc[:: max(1, len(served) // 200)].itertuples():
        windows = json.loads(servers[row.scenario, row.replication, row.passage_id])
        assert any(
            window["id"] == row.server
            and window["from_s"] <= row.start_s < window["to_s"]
            and window["efficiency"][row.need] > 0
            for window in windows
        )


def test_home_visits_and_journal(result: StudyResult) -> None:
    """Tests that requests are dated, and that visits done have a vehicle and a crew."""
    homes, journal = result.frame("facts/home_visits"), result.frame("facts/journal")
    assert set(homes["outcome"]) <= set(f.HOME_OUTCOMES)
    assert homes["requested_at"].map(pd.Timestamp.fromisoformat).notna().all()
    done = homes[homes["outcome"] == "done"]
    assert len(done)
    assert done[["date", "start_s", "end_s", "vehicle", "agents", "lead_days"]].notna().all(axis=None)
    assert done["agents"].str.fullmatch(r"(A\d+|C)(,(A\d+|C))?").all()
    assert set(journal["activity"]) <= set(f.ACTIVITIES)
    assert (journal["end_s"] >= journal["start_s"]).all()


def test_measures_hold_the_registry(result: StudyResult) -> None:
    """Tests that measures.parquet has every measure of the registry for every run."""
    frame = result.measures
    assert set(frame["measure"]) == {measure.id for measure in MEASURES}
    assert len(frame) == len(result.scenarios) * 2 * len(MEASURES)
    assert not frame.duplicated(["scenario", "replication", "measure"]).any()


def test_rounds_are_accepted_as_input(result: StudyResult, tmp_path: Path) -> None:
    """Tests that the reference's rows of rounds.csv, given as hand-made rounds, give the same study."""
    rounds = pd.read_csv(result.folder / "rounds.csv", dtype=str)
    assert set(rounds["scenario"]) == set(result.scenarios)
    mine = tmp_path / "rounds.csv"
    rounds[rounds["scenario"] == "reference"].to_csv(mine, index=False)
    words = [word for word in SHORT if not word.startswith("study=")]
    one = simulate(load_settings("study=single", f"rounds.file={mine}", *words))
    other = simulate(load_settings("study=single", *words))
    assert dict(one.measures) == pytest.approx(dict(other.measures), nan_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("run.executor=processes", "run.workers=2"),
        ("run.executor=processes", "run.workers=1"),
        ("run.executor=dask", "run.workers=2"),
    ],
)
def test_same_bytes_from_every_executor(result: StudyResult, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Tests that every executor gives the same bytes of the cell's study."""
    other = run_study(
        load_settings(f"outputs={tmp_path}", *SHORT, *words), progress=lambda *_: None, report=False
    )
    assert content(other.folder) == content(result.folder)


@pytest.mark.slow
def test_detail_changes_nothing_else(result: StudyResult, tmp_path: Path) -> None:
    """Tests that keeping no facts changes no other file."""
    other = run_study(
        load_settings(f"outputs={tmp_path}", *SHORT, "run.detail=none"), progress=lambda *_: None
    )
    bare = {name: data for name, data in content(result.folder).items() if not name.startswith("facts/")}
    assert content(other.folder) == bare


@pytest.mark.slow
def test_settings_alone_reproduce_the_study(result: StudyResult, tmp_path: Path) -> None:
    """Tests that settings.yaml of a study, run again, gives the same bytes, settings.yaml included."""
    settings = load_settings(f"settings={result.folder / 'settings.yaml'}")
    assert settings.to_yaml() == (result.folder / "settings.yaml").read_text(encoding="utf-8")
    moved = load_settings(f"settings={result.folder / 'settings.yaml'}", f"outputs={tmp_path}")
    other = run_study(moved, progress=lambda *_: None, report=False)
    assert content(other.folder) == content(result.folder)


def test_simulate_is_a_replication_of_the_study(result: StudyResult) -> None:
    """Tests that `simulate` gives the measures and facts that the study wrote for that run."""
    one = simulate(load_settings(*SHORT), replication=1, scenario="relief_pair")
    frame = result.measures
    mine = frame[(frame["scenario"] == "relief_pair") & (frame["replication"] == 1)].set_index("measure")[
        "value"
    ]
    assert {name: mine[name] for name in one.measures} == pytest.approx(
        dict(one.measures), nan_ok=True, rel=0
    )
    first = simulate(load_settings(*SHORT), scenario="four_vehicles")
    written = result.frame("facts/visits")
    written = written[written["scenario"] == "four_vehicles"].drop(columns=["scenario", "replication"])
    pd.testing.assert_frame_equal(first.visits, written.reset_index(drop=True))
    assert first.table("sites").index.name == "site_id"
    assert first.table("agents").index[-1] == "C"
    with pytest.raises(AttributeError):
        first.replication = 3  # type: ignore[misc]


def test_simulate_refuses_what_is_not_there() -> None:
    """Tests that a misspelt scenario is refused with the nearest name."""
    settings = load_settings(*SHORT)
    with pytest.raises(InputError, match="Did you mean 'relief_pair'"):
        simulate(settings, scenario="relief_pairs")
    with pytest.raises(InputError, match="0 or more"):
        simulate(settings, replication=-1)


def test_one_replication_again(result: StudyResult, capsys: pytest.CaptureFixture[str]) -> None:
    """Tests that the line of a failure runs one replication of one scenario, and refuses nonsense."""
    assert again.main([str(result.folder), "reference", "1"]) == 0
    printed = dict(line.split() for line in capsys.readouterr().out.splitlines())
    frame = result.measures
    mine = frame[(frame["scenario"] == "reference") & (frame["replication"] == 1)].set_index("measure")[
        "value"
    ]
    assert float(printed["persons_helped"]) == pytest.approx(mine["persons_helped"])
    assert again.main([str(result.folder), "referense", "1"]) == 2
    assert "reference" in capsys.readouterr().err
    assert again.main([str(result.folder / "nothing"), "reference", "1"]) == 2
    assert again.main(["reference"]) == 2
    assert again.main([str(result.folder), "reference", "one"]) == 2


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_answer_never_names_a_winner_without_a_verdict(result: StudyResult, language: str) -> None:
    """Tests that every line of the answer is backed by the verdict that comparison.csv holds."""
    from sim.report.folder import StudyFolder
    from sim.report.reading import Reading
    from sim.report.words import Words

    lines = result.answer_lines("fr" if language == "fr" else "en")
    text = "\n".join(lines)
    words = Words("fr" if language == "fr" else "en")
    reading = Reading(StudyFolder(result.folder), words)
    for scenario in reading.scenarios[1:]:
        start = next(
            i for i, line in enumerate(lines) if line.startswith(f"{reading.label(scenario.name)} "[:-1])
        )
        block = lines[start : start + 1 + len(reading.decisions)]
        for ident in reading.decisions:
            gap = reading.difference(scenario.name, ident)
            assert gap is not None
            line = next(one for one in block if gap.measure.label(words) in one)
            assert line.endswith(verdict_words(gap, words))
    assert words("Ceci ne couvre pas nos hypothèses.", "This does not cover our assumptions.") in lines
    assert (
        words("Non calé sur la fréquentation réelle", "Not calibrated on the cell’s real attendance") in text
    )
    assert "nan" not in text.lower().split()
    assert re.search(r"report\.html", text)


def test_answer_on_constructed_verdicts(tmp_path: Path) -> None:
    """Tests the sentences of the answer on verdicts made by hand: better, worse, the same, not enough."""
    folder = tmp_path / "three_or_four" / "2024-01-01_00-00-00"
    folder.mkdir(parents=True)
    (folder / "settings.yaml").write_text(
        "study: {name: three_or_four, question_fr: '3 ou 4 équipes ?', question_en: '3 or 4 teams?'}\n"
        "scenarios:\n- {name: reference, label_fr: 3 équipes, label_en: 3 teams}\n"
        "- {name: four_vehicles, label_fr: 4 équipes, label_en: 4 teams}\n",
        encoding="utf-8",
    )
    verdicts = {
        "persons_helped": (40.0, 30.0, 50.0, "higher"),
        "held_by_two_share": (3.0, 2.5, 3.5, "higher"),
        "days_to_next_held_passage": (0.1, 0.0, 0.2, "no_difference_that_matters"),
        "home_lead_p90": (5.0, 4.0, 6.0, "higher"),
        "wait_p90": (-3.0, -9.0, 3.0, "not_enough_replications"),
        "weeks_under_24h": (0.0, 0.0, 0.0, "no_difference_that_matters"),
        "net_yearly_cost": (61600.0, 61500.0, 61700.0, "higher"),
    }
    decisions = [measure.id for measure in MEASURES if measure.decision]
    assert set(verdicts) == set(decisions)
    named = {
        "reference": "reference",
        "scenario": "four_vehicles",
        "decision": True,
        "share_better": 0.97,
        "n": 100,
    }
    rows = [
        {**named, "measure": name, "difference": d, "ci95_low": low, "ci95_high": high, "verdict": verdict}
        for name, (d, low, high, verdict) in verdicts.items()
    ]
    pd.DataFrame(rows).to_csv(folder / "comparison.csv", index=False)
    words = {"label_fr": "", "label_en": "", "unit": ""}
    levels = [
        {
            "scenario": scenario,
            "measure": name,
            **words,
            "mean": 10.0,
            "ci95_low": 9.0,
            "ci95_high": 11.0,
            "n": 9,
        }
        for scenario in ("reference", "four_vehicles")
        for name in decisions
    ]
    pd.DataFrame(levels).to_csv(folder / "summary.csv", index=False)
    result = StudyResult(folder, "reference", ("reference", "four_vehicles"), 100)
    text = "\n".join(result.answer_lines("fr")).replace("\u202f", " ").replace("\u00a0", " ")
    assert "« 4 équipes » aide 40 personnes de plus par an" in text
    assert "61 600 € de plus par an" in text
    assert re.search(r"dégradations démontrées : .*domicile", text, re.IGNORECASE)
    assert re.search(
        r"pas assez de simulations pour trancher.*attente|attente.*Pas assez", text, re.IGNORECASE
    )
    assert "Fait mieux dans 97 simulations sur 100" in text
    assert "Coûte plus" in text


def test_all_replications_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that a study none of whose replications ended is told, with the lines that run them again."""
    from sim.study.cell_study import CellStudy

    def broken(*_: object) -> None:
        raise RuntimeError("no facts")

    monkeypatch.setattr(CellStudy, "run", broken)
    result = run_study(load_settings(f"outputs={tmp_path}", *SHORT), progress=lambda *_: None, report=False)
    assert result.exit_code == 3
    text = "\n".join(result.answer_lines("fr"))
    assert "Aucune simulation n’a abouti" in text
    assert "python -m sim.study.again" in text
    assert np.unique([failure.stage for failure in result.failed]).tolist() == ["model"]
