"""A study folder as the report reads it: tables by name, empty when a file is missing, and the territory."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import pandas as pd
import yaml

from sim.problems import InputError, Problem
from sim.report.geometry import Flat, Outline, outlines

__all__ = ["Scenario", "StudyFolder"]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TEXT = {"scenario": str, "insee_code": str, "site_id": str, "reference": str, "measure": str, "month": str}


@dataclass(frozen=True)
class Scenario:
    """A scenario in words, and what it changes."""

    name: str
    label_fr: str
    label_en: str
    sentence_fr: str = ""
    sentence_en: str = ""
    delta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class StudyFolder:
    """The files of one study, read when asked for.

    Raises
    ------
    sim.problems.InputError
        When the folder does not exist or holds no summary, on `check`.
    """

    path: Path

    def check(self) -> None:
        """Refuse a folder that holds no study."""
        if not self.path.is_dir():
            raise InputError(
                [
                    Problem(
                        str(self.path),
                        "no such folder",
                        "a study folder",
                        None,
                        "un dossier d'étude",
                        "rien à cet endroit",
                    )
                ]
            )
        held = any((self.path / name).is_file() for name in ("summary.csv", "calibration.csv"))
        if not held and not self.told("fr"):
            raise InputError(
                [
                    Problem(
                        str(self.path),
                        "no summary.csv",
                        "a study folder, with its summary.csv",
                        None,
                        "un dossier d'étude, avec son summary.csv",
                        "un dossier sans summary.csv",
                    )
                ]
            )

    def told(self, language: str) -> list[str]:
        """The lines of the answer that some studies write themselves; none for the others."""
        path = self.path / f"answer_{language}.txt"
        return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []

    def table(self, name: str) -> pd.DataFrame:
        """The table `name`.csv, or an empty frame when there is none."""
        return self._kept(self.path / f"{name}.csv", _read_csv)

    def facts(self, name: str) -> pd.DataFrame:
        """The table `name` of the detailed replications, or an empty frame."""
        return self._kept(self.path / "facts" / f"{name}.parquet", _read_parquet)

    def place_table(self, name: str) -> pd.DataFrame:
        """The table `name`.csv of the territory, or an empty frame."""
        return self._kept(self.path / "territory" / f"{name}.csv", _read_csv)

    @property
    def measures(self) -> pd.DataFrame:
        """Every measure of every replication, or an empty frame."""
        return self._kept(self.path / "measures.parquet", _read_parquet)

    def mean_of(self, measure: str) -> float | None:
        """The mean of a measure over the replications of every scenario, or None where it is not there."""
        table = self.measures
        if table.empty:
            return None
        values = table.loc[table["measure"] == measure, "value"].dropna().to_numpy(dtype=float)
        return float(values.mean()) if len(values) else None

    def _kept(self, path: Path, read: Callable[[Path], pd.DataFrame]) -> pd.DataFrame:
        """A table, read once; a copy on write, so that nobody changes another's."""
        if path not in self._tables:
            self._tables[path] = read(path)
        return self._tables[path].copy(deep=False)

    @cached_property
    def _tables(self) -> dict[Path, pd.DataFrame]:
        return {}

    @cached_property
    def geojson(self) -> dict[str, Any]:
        """The outlines of the communes, or no feature."""
        path = self.path / "territory" / "communes.geojson"
        if not path.is_file():
            return {"type": "FeatureCollection", "features": []}
        return cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))

    @cached_property
    def outlines(self) -> tuple[Flat, tuple[Outline, ...], tuple[float, float, float, float]]:
        """Projection, outlines and box of the communes."""
        return outlines(self.geojson)

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The resolved parameters, as written in settings.yaml."""
        path = self.path / "settings.yaml"
        if not path.is_file():
            return {}
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER) or {}  # noqa: S506 - a safe loader

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """The manifest, empty while the study is being written."""
        path = self.path / "manifest.json"
        return (json.loads(path.read_text(encoding="utf-8")) or {}) if path.is_file() else {}

    def setting(self, dotted: str, default: Any = None) -> Any:
        """A parameter of the reference, such as `run.horizon.start`."""
        node: Any = self.settings
        for key in dotted.split("."):
            node = node.get(key) if isinstance(node, dict) else None
        return default if node is None else node

    @cached_property
    def name(self) -> str:
        """The study's name."""
        return str(self.setting("study.name") or self.path.parent.name)

    @cached_property
    def horizon(self) -> tuple[date, date] | None:
        """First and last day simulated, when known."""
        start, end = self.setting("run.horizon.start"), self.setting("run.horizon.end")
        if start is None or end is None:
            return None
        return date.fromisoformat(str(start)[:10]), date.fromisoformat(str(end)[:10])

    @cached_property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios in the study's order, the reference first."""
        given = self.settings.get("scenarios")
        entries = given if isinstance(given, list) else []
        if isinstance(given, dict):
            entries = [{"name": name, **(body or {})} for name, body in given.items()]
        known = {
            str(entry["name"]): Scenario(
                name=str(entry["name"]),
                label_fr=str(entry.get("label_fr") or entry["name"]),
                label_en=str(entry.get("label_en") or entry["name"]),
                sentence_fr=str(entry.get("sentence_fr") or ""),
                sentence_en=str(entry.get("sentence_en") or ""),
                delta=entry.get("delta") or {},
            )
            for entry in entries
            if isinstance(entry, dict) and "name" in entry
        }
        summary = self.table("summary")
        present = list(dict.fromkeys(summary["scenario"])) if len(summary) else []
        comparison = self.table("comparison")
        first = str(comparison["reference"].iloc[0]) if len(comparison) else (present[0] if present else "")
        present = present or list(known)
        order = [name for name in known if name in present] + [name for name in present if name not in known]
        order.sort(key=lambda name: name != first)
        return tuple(known.get(name) or Scenario(name, name, name) for name in order)


def _read_parquet(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path) if path.is_file() else pd.DataFrame()


def _read_csv(path: Path) -> pd.DataFrame:
    if not path.is_file():
        return pd.DataFrame()
    try:
        return pd.read_csv(path, dtype=cast("Any", _TEXT), keep_default_na=True, encoding="utf-8")
    except pd.errors.EmptyDataError:
        return pd.DataFrame()
