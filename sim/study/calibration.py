"""`study=calibration`: fit the demand, show what it fits and what it cannot know, keep the values.

Writes a study folder, and in a checkout `docs/calibration.md` and `conf/calibrated/TERRITORY.yaml`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from sim.calibrated import calibrated_yaml, write_calibrated
from sim.settings import StudySettings
from sim.study.demand_fit import PERIOD, Calibration, calibrate
from sim.study.manifest import command_line, describe_files, git_state, machine, versions
from sim.study.store import Store, make_folder
from sim.study.unused import unused
from sim.territory.load import load_territory
from sim.where import conf_folder

__all__ = ["CalibrationResult", "calibration_markdown", "run_calibration"]

Language = Literal["fr", "en"]
_DIGITS = 6
"""Significant digits kept: more would only be rounding of another machine."""


@dataclass(frozen=True)
class CalibrationResult:
    """A calibration that ended: its folder, its fit, and the files it wrote elsewhere."""

    folder: Path
    fit: Calibration
    written: tuple[Path, ...]
    failed: tuple[str, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """What the command line ends with."""
        return 0

    def answer_lines(self, language: str = "fr") -> list[str]:
        """The residuals in words and a table, for a terminal."""
        french = language == "fr"
        out = [
            "Calage de la demande sur la fréquentation attendue (pas sur la fréquentation réelle)."
            if french
            else "Demand fitted to the expected attendance (not to real attendance).",
            "",
        ]
        head = ("Cible", "Visée", "Obtenue") if french else ("Target", "Aim", "Fitted")
        rows = [head]
        for r in self.fit.residuals:
            aim = (
                f"{r.target.low:.2f}"
                if r.target.low == r.target.high
                else f"{r.target.low:g}–{r.target.high:g}"
            )
            name = _FRENCH.get(r.target.name, r.target.name) if french else r.target.name
            rows.append((name, aim, f"{r.expected:.2f}"))
        if french:
            rows = [(a, b.replace(".", ","), c.replace(".", ",")) for a, b, c in rows]
        width = max(len(row[0]) for row in rows)
        out += [f"  {a:<{width}}  {b:>8}  {c:>8}" for a, b, c in rows]
        condition = f"{self.fit.condition:.0f}"
        out += [
            "",
            f"Conditionnement de l'ajustement : {condition} (au-delà de 100, les données ne suffiraient pas)."
            if french
            else f"Condition number of the fit: {condition} (above 100 the data would not be enough).",
            f"Rapport : {self.folder / 'report.html'}"
            if french
            else f"Report: {self.folder / 'report.html'}",
            f"Dossier : {self.folder}" if french else f"Folder: {self.folder}",
        ]
        if self.written:
            files = ", ".join(str(p) for p in self.written)
            out.append(f"Valeurs écrites : {files}" if french else f"Values written: {files}")
        return out


_FRENCH = {
    "persons per planned half-day, months 1–12": "personnes par demi-journée prévue, mois 1 à 12",
    "year 2 / year 1": "année 2 / année 1",
    "persons per planned half-day at the plateau": "personnes par demi-journée prévue, au plateau",
    "awareness at month 24": "notoriété au mois 24",
    "visits a day per fixed structure, 250 days": "visites par jour et par France Services fixe, 250 jours",
    "share of needs given up": "part des besoins pour lesquels aucun lieu n’est choisi",
    "sd of ln(site mean)": "écart-type de ln(moyenne par site)",
}


def run_calibration(study: StudySettings) -> CalibrationResult:
    """Fit, write the study folder, and in a checkout the documentation and the calibrated option.

    Raises
    ------
    InputError
        When the territory or the rounds cannot be used, or the folder cannot be written.
    """
    started = time.monotonic()
    for french, english in unused(study):
        sys.stderr.write(f"{french if study.run.language == 'fr' else english}\n")
    territory = load_territory(study.base.territory)
    fit = calibrate(study.reference, territory)
    values = {name: float(f"{value:.{_DIGITS}g}") for name, value in fit.values.items()}
    now = datetime.now()
    folder = make_folder(Path(study.base.outputs), study.study.name, now)
    markdown = calibration_markdown(fit, values, territory.name)
    provenance = _provenance(fit, territory.name)
    with Store(folder) as store:
        store.write_text("settings.yaml", study.to_yaml())
        store.write_text("calibration.md", markdown)
        store.write_text("calibrated.yaml", calibrated_yaml(values, provenance))
        store.write_text("calibration.csv", _residuals_csv(fit))
        notes = _report(store.folder, study.run.language)
        manifest = {
            "study": study.study.name,
            "command_line": command_line(study.overrides),
            "seed": study.run.seed,
            "replications": {"asked": 0, "done": 0, "failed": []},
            "digest": hashlib.sha256(study.to_yaml().encode("utf-8")).hexdigest(),
            "versions": versions(),
            "git": git_state(),
            "machine": machine(),
            "wall_time_s": round(time.monotonic() - started, 3),
            "notes": notes,
            "files": describe_files(store.folder, store.files()),
        }
        store.write_text("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
    written = []
    conf = conf_folder()
    docs = conf.parent / "docs"
    if not _can_be_written(conf, docs):
        sys.stderr.write(
            f"{_shown(conf)} est en lecture seule : le calage reste dans {_shown(folder)} seulement.\n"
            if study.run.language == "fr"
            else f"{_shown(conf)} is read-only: the fit stays in {_shown(folder)} only.\n"
        )
    else:
        written.append(write_calibrated(values, provenance, territory.name, conf))
        if docs.is_dir():
            name = (
                "calibration.md"
                if territory.name == "tarn_et_garonne"
                else f"calibration-{territory.name}.md"
            )
            (docs / name).write_text(markdown, encoding="utf-8")
            written.append(docs / name)
    return CalibrationResult(folder, fit, tuple(_shown(p) for p in written))


def _can_be_written(conf: Path, docs: Path) -> bool:
    """Whether the package takes the values: all of what is written there, or nothing is."""
    places = [place for place in (conf, conf / "calibrated", docs) if place.is_dir()]
    return all(os.access(place, os.W_OK) for place in places)


def _report(folder: Path, language: Language) -> list[str]:
    """Build the page; a fault there must not cost a calibration that is done."""
    from sim.report import write_report

    try:
        write_report([folder], language)
    except Exception as error:  # noqa: BLE001 - the values are written; the page can be built again
        return [f"report: {type(error).__name__}: {error}"]
    return []


def _shown(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _provenance(fit: Calibration, territory: str) -> list[str]:
    first, last = PERIOD
    return [
        f"Fitted by `python -m sim study=calibration territory={territory}` on persons expected per planned",
        f"half-day from {first} to {last}; targets, residuals and what they leave open: docs/calibration.md.",
        "Not fitted to the cell's real attendance, which is not known.",
        *(
            f"{r.target.name}: {r.expected:.3g} (aim {_aim(r.target.low, r.target.high)})"
            for r in fit.residuals
        ),
        f"condition number {fit.condition:.3g}",
    ]


def _aim(low: float, high: float) -> str:
    return f"{low:.3g}" if low == high else f"{low:g} to {high:g}"


def _residuals_csv(fit: Calibration) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["target", "low", "high", "tolerance", "expected", "deviation", "source"])
    for r in fit.residuals:
        t = r.target
        expected, deviation = f"{r.expected:.6g}", f"{round(r.deviation, 6):g}"
        writer.writerow([t.name, f"{t.low:.6g}", f"{t.high:.6g}", t.tolerance, expected, deviation, t.source])
    return out.getvalue()


def calibration_markdown(fit: Calibration, values: dict[str, float], territory: str) -> str:
    """`docs/calibration.md`: what was fitted, how well, and what the targets cannot tell."""
    e = fit.expected
    rows = "\n".join(
        f"| {r.target.name} | {_aim(r.target.low, r.target.high)} | {r.target.tolerance:g} "
        f"| {r.expected:.3f} | {round(r.deviation, 2) + 0.0:.2f} | {r.target.source} |"
        for r in fit.residuals
    )
    parameters = "\n".join(
        f"| `demand.{name}` | {value:.4g} | {_error(fit, name)} |" for name, value in values.items()
    )
    strongest = sorted(fit.loosest.items(), key=lambda item: -abs(item[1]))
    loosest = ", ".join(f"{weight:+.2f} `{name}`" for name, weight in strongest if abs(weight) > 0.1)
    return f"""# Calibration of the demand

Territory `{territory}`. Written by `python -m sim study=calibration`; do not edit.

The cell's real attendance is not known (`docs/sources/facts.md`). What is known is what comparable
services saw. Five parameters are fitted by least squares, deviations counted in tolerances, on persons
**expected** (choice probabilities, averaged over place effects) per **planned** half-day, without
cancellations, from {PERIOD[0]} to {PERIOD[1]}, no commune leaving. Fixed, with ranges in the register:
needs per person, β of hours, halving of distance. Only ratios of attraction matter, so the permanences'
multiplier is 1.

| target | aim | tolerance | fitted | deviation (tolerances) | source |
| --- | --: | --: | --: | --: | --- |
{rows}

| parameter | value | standard error |
| --- | --: | --: |
{parameters}

Standard errors read each tolerance as one standard deviation of its target: they say how loosely the
targets hold the parameters, not how well the parameters are known.

## Reported, not fitted

- persons per planned half-day in year 3: {e.year_3:.2f}, {e.year_3 / e.year_2:.2f} × year 2. Facts say
  ×1.3–1.5, which a plateau of 4.5 does not allow after ×1.8: the two sources disagree, the plateau was kept.
- mature reach: {e.reach_per_1000:.0f} persons a year per 1 000 inhabitants of the communes served,
  {e.reach_per_1000_without_largest:.0f} without the largest commune (facts: 51–90).

## What the targets cannot tell

Condition number of the scaled Jacobian: {fit.condition:.1f}. The combination held least is {loosest}.

- A later, steeper ramp-up and an earlier, slower one give nearly the same two yearly means.
- Needs per person, β and the halving of distance cannot be told from the multiplier and the constant of
  giving up by these totals: they are swept in the sensitivity study instead.
- Nothing here says which commune attracts more than its population and distance: that is the place effect,
  drawn anew in each replication.
"""


def _error(fit: Calibration, name: str) -> str:
    return "fixed" if name not in fit.standard_errors else f"{fit.standard_errors[name]:.2g}"
