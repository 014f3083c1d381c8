"""Tests that the data dictionary says what study folders hold, file by file and column by column."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sim import load_settings, run_study
from sim.models import facts
from sim.study.described_files import FILES
from sim.study.dictionary import described, dictionary_page, main, problems_of_folder
from sim.territory import load_territory
from tests.small_studies import TINY, run_of_its_kind

HAND_MADE = load_territory("tiny").folder / "rounds" / "fortnight_3.csv"
# Every kind of study, with what makes it write all its files; one replication leaves most nulls.
STUDIES = {
    "label_exits": ("study=label_exits", "run.replications=2"),
    "one_replication": ("study=single", "run.replications=1", "run.detail=all"),
    "until_precise": (
        "study=three_or_four",
        "run=until_precise",
        "run.precision.least=20",
        "run.precision.least=20",
        "run.precision.most=20",
    ),
    "long_absence": (
        "study=absence",
        "absence.date=2021-10-04",
        "absence.agents=[A3]",
        "absence.until=2021-11-30",
        "run.replications=2",
    ),
    "sizing": (
        "study=sizing",
        "sizing.vehicles=[1,2]",
        "sizing.pairs=[2]",
        "sizing.pairing=[pooled]",
        "sizing.extra_passages=[0]",
        "sizing.screening=4",
        "sizing.first=4",
        "sizing.most=8",
    ),
    "sensitivity": (
        "study=sensitivity",
        "run.replications=4",
        "sensitivity.replications=2",
        "sensitivity.trajectories=2",
        "sensitivity.trajectory_replications=1",
        "sensitivity.draws=3",
        "sensitivity.sobol=8",
        "sensitivity.only=[desk.patience_mean_min,demand.halving_min]",
    ),
    "calibration": ("study=calibration",),
    "rounds_by_hand": ("study=rounds", "run.replications=2", f"rounds.file={HAND_MADE}"),
}


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of one of `STUDIES`, run when it is first asked for."""
    outputs = tmp_path_factory.mktemp("dictionary")
    folders: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in folders:
            study = load_settings(*TINY, *STUDIES[name], f"outputs={outputs}")
            report = name == "until_precise"  # once is enough
            folders[name] = run_of_its_kind(study, outputs / "conf", report=report)
        return folders[name]

    return folder


@pytest.mark.parametrize("name", STUDIES)
def test_every_file_and_column_is_described(name: str, folder_of: Callable[[str], Path]) -> None:
    """Tests names, order, kinds, null rules and closed sets of everything a study writes."""
    assert problems_of_folder(folder_of(name)) == []


def test_every_description_is_of_something(folder_of: Callable[[str], Path]) -> None:
    """Tests that no file is described that no study writes."""
    written = {
        path.relative_to(folder_of(name)).as_posix()
        for name in STUDIES
        for path in folder_of(name).rglob("*")
        if path.is_file()
    }
    found = {file.name for name in written if (file := described(name))}
    # What needs a browser, what says that there is none, and documents that only the real territory has.
    rest = {file.name for file in FILES} - found
    assert rest <= {
        "figures/*.png",
        "figures/*.pdf",
        "figures/NO_BROWSER.txt",
        "report.pdf",
        "territory/label_exits.csv",
        "territory/itinerant_france_services.csv",
    }


def test_the_real_territory_is_described(tmp_path: Path) -> None:
    """Tests the files of the territory that travels with the package."""
    study = load_settings(
        "study=single",
        "run.replications=1",
        "run.horizon.end=2021-09-30",
        "run.executor=serial",
        f"outputs={tmp_path}",
    )
    folder = run_study(study, progress=lambda *_: None, report=False).folder
    assert problems_of_folder(folder) == []


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("sites2.csv", "scenario\na\n", "sites2.csv: not described"),
        ("not_moved.csv", "path,why,when\na,b,c\n", "column when is not described"),
        ("not_moved.csv", "path\na\n", "column why is described and missing"),
        ("not_moved.csv", "why,path\na,b\n", "not in the order described"),
        ("not_moved.csv", "path,why\na,\n", "why is null in 1 rows"),
        (
            "agents_of_the_day.csv",
            "agent,morning,afternoon,homes_morning,homes_afternoon\nA1,off,beach,0,0\n",
            "afternoon has 'beach'",
        ),
        (
            "weeks.csv",
            "scenario,week,open_hours,open_hours_ci95_low,open_hours_ci95_high\na,Monday,1,1,1\n",
            "week has 'Monday', described as date",
        ),
        (
            "weeks.csv",
            "scenario,week,open_hours,open_hours_ci95_low,open_hours_ci95_high\na,2021-07-05,many,1,1\n",
            "open_hours has 'many', described as real",
        ),
    ],
)
def test_what_is_not_as_described_is_found(name: str, content: str, problem: str, tmp_path: Path) -> None:
    """Tests that a stray file, column, null, kind or value is a problem."""
    (tmp_path / name).write_text(content, encoding="utf-8")
    found = problems_of_folder(tmp_path)
    assert len(found) == 1
    assert problem in found[0]
    assert main([str(tmp_path)]) == 2


def test_closed_sets_are_those_of_the_contract() -> None:
    """Tests the sets that people and other programs rely on."""
    sets = {
        (file.name, column.name): column.values for file in FILES for column in file.columns if column.values
    }
    assert set(sets["facts/visits.parquet", "outcome"]) == {
        "served",
        "reneged",
        "turned_away",
        "refused",
        "not_served_here",
        "door_closed",
    }
    assert set(sets["facts/visits.parquet", "reason"]) == {"first", "not_served", "follow_up"}
    assert set(sets["facts/passages.parquet", "status"]) == {"held", "closed_announced", "cancelled"}
    assert set(sets["facts/passages.parquet", "cause"]) == {
        "holiday",
        "leave",
        "sickness",
        "breakdown",
        "late",
        "exit",
    }
    assert set(sets["facts/home_visits.parquet", "outcome"]) == {
        "done",
        "no_show",
        "cancelled_by_person",
        "refused",
        "redirected",
        "backlog",
    }
    assert set(sets["comparison.csv", "verdict"]) == {
        "higher",
        "lower",
        "no_difference_that_matters",
        "not_enough_replications",
    }
    assert set(sets["budget.csv", "status"]) == {"acquired", "not_acquired", "ended", "not_budgeted"}
    assert set(sets["budget.csv", "basis"]) == {"voted", "simulated"}
    assert facts.DESTINATIONS == (
        "itinerant",
        "home",
        "fixed",
        "msa_round",
        "gave_up",
        "lost",
        "waiting",
    )


def test_the_page_is_up_to_date(root: Path) -> None:
    """Tests that docs/data-dictionary.md is what `python -m sim.study.dictionary` writes."""
    assert (root / "docs" / "data-dictionary.md").read_text(encoding="utf-8") == dictionary_page()
