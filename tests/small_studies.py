"""Small real studies, one of every kind, on the little territory: made when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from sim.settings import StudySettings

TINY = ("territory=tiny", "run.horizon.end=2022-03-31", "run.executor=serial")
SMALL = {
    "three_or_four": ("study=three_or_four", "run.replications=4"),
    "drawn": ("study=three_or_four", "run.replications=3", "run.assumptions=drawn"),
    "single": ("study=single", "run.replications=2"),
    "staffing": ("study=staffing", "run.replications=3"),
    "label_exits": ("study=label_exits", "run.replications=2"),
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
        "sensitivity.only=[desk.patience_mean_min,demand.halving_min]",
    ),
    "absence": (
        "study=absence",
        "absence.date=2021-10-04",
        "absence.agents=[A3]",
        "absence.until=2021-11-30",
        "run.replications=2",
    ),
    "calibration": ("study=calibration",),
}
RUNNERS = {
    "absence": ("sim.study.absence", "run_absence"),
    "calibration": ("sim.study.calibration", "run_calibration"),
    "sensitivity": ("sim.study.sensitivity", "run_sensitivity"),
    "sizing": ("sim.study.sizing", "run_sizing"),
}


def run_of_its_kind(study: StudySettings, conf: Path, *, report: bool = False) -> Path:
    """Run a study by the function of its kind and return its folder; a calibration writes into `conf`.

    `report` is for the studies of scenarios; the other kinds do as they are used to.
    """
    from sim import run_study

    if study.study.kind not in RUNNERS:
        return run_study(study, progress=lambda *_: None, report=report).folder
    module, function = RUNNERS[study.study.kind]
    with pytest.MonkeyPatch.context() as patch:
        if study.study.kind == "calibration":  # no checkout: nothing is written beside the study
            patch.setattr(f"{module}.conf_folder", lambda: conf)
        folder: Path = getattr(import_module(module), function)(study).folder
    return folder


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of one of `SMALL`, with its report, without images."""
    from sim import load_settings
    from sim.report import write_report

    outputs = tmp_path_factory.mktemp("small")
    folders: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in folders:
            study = load_settings(*TINY, *SMALL[name], f"outputs={outputs}/{name}")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("SIM_BROWSER", "")
                made = run_of_its_kind(study, outputs / "conf")
                write_report([made], images=False)
            folders[name] = made
        return folders[name]

    return folder
