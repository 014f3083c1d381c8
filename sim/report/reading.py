"""One study read for one language: scenarios with their style, measures in words, differences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from sim.measures.registry import DECISIONS, MEASURES
from sim.report.figures import Series
from sim.report.folder import Scenario, StudyFolder
from sim.report.frames import at, number
from sim.report.geometry import Flat, Outline, outlines
from sim.report.palette import scenario_styles
from sim.report.sentences import Difference, MeasureWords
from sim.report.words import Words, inert

__all__ = ["COST", "HELPED", "HELD", "LEAD", "NEXT", "Reading"]

HELPED = "persons_helped"
HELD = "held_by_two_share"
NEXT = "days_to_next_held_passage"
LEAD = "home_lead_p90"
COST = "net_yearly_cost"

_REGISTRY = {m.id: m for m in MEASURES}


@dataclass(frozen=True)
class Reading:
    """A study folder and the words it is told in."""

    folder: StudyFolder
    words: Words

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios, the reference first."""
        return self.folder.scenarios

    @property
    def reference(self) -> Scenario:
        """The scenario that others are compared with."""
        return self.folder.scenarios[0]

    def label(self, name: str) -> str:
        """A scenario's label in the language."""
        for scenario in self.folder.scenarios:
            if scenario.name == name:
                return self.words(scenario.label_fr, scenario.label_en)
        return name

    @cached_property
    def series(self) -> tuple[Series, ...]:
        """The scenarios as they are drawn."""
        styles = scenario_styles([s.name for s in self.scenarios])
        return tuple(Series(s.name, inert(self.label(s.name)), *styles[s.name]) for s in self.scenarios)

    def style(self, name: str) -> Series:
        """One scenario as it is drawn."""
        return next(one for one in self.series if one.name == name)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """summary.csv by scenario and measure."""
        table = self.folder.table("summary")
        return table.set_index(["scenario", "measure"], drop=False) if len(table) else table

    @cached_property
    def comparison(self) -> pd.DataFrame:
        """comparison.csv by scenario and measure."""
        table = self.folder.table("comparison")
        return table.set_index(["scenario", "measure"], drop=False) if len(table) else table

    def measure(self, ident: str) -> MeasureWords:
        """A measure in words: from the registry, else from the labels of the summary."""
        known = _REGISTRY.get(ident)
        if known:
            return MeasureWords(
                ident,
                known.label_fr,
                known.label_en,
                known.unit,
                known.unit_fr,
                known.decimals,
                known.direction,
            )
        rows = self.summary[self.summary["measure"] == ident] if len(self.summary) else self.summary
        if len(rows):
            row = rows.iloc[0]
            return MeasureWords(ident, str(row["label_fr"]), str(row["label_en"]), str(row["unit"]), "", 1, 0)
        return MeasureWords(ident, ident, ident, "", "", 1, 0)

    def level(self, scenario: str, measure: str, column: str = "mean") -> float | None:
        """A column of the summary, or None."""
        return _cell(self.summary, scenario, measure, column)

    def difference(self, scenario: str, measure: str) -> Difference | None:
        """A measure of a scenario against the reference, or None where it was not compared."""
        table = self.comparison
        if not len(table) or (scenario, measure) not in table.index:
            return None
        gap = _cell(table, scenario, measure, "difference")
        if gap is None:
            return None
        verdict = table.loc[(scenario, measure), "verdict"]
        low, high = _cell(table, scenario, measure, "ci95_low"), _cell(table, scenario, measure, "ci95_high")
        return Difference(
            scenario=scenario,
            measure=self.measure(measure),
            difference=gap,
            ci95_low=gap if low is None else low,
            ci95_high=gap if high is None else high,
            ci_sim_low=_cell(table, scenario, measure, "ci_sim_low"),
            ci_sim_high=_cell(table, scenario, measure, "ci_sim_high"),
            threshold=_cell(table, scenario, measure, "threshold"),
            share_better=_cell(table, scenario, measure, "share_better"),
            verdict=str(verdict) if isinstance(verdict, str) and verdict else None,
            n=int(_cell(table, scenario, measure, "n") or 0),
        )

    @cached_property
    def alternatives(self) -> tuple[Scenario, ...]:
        """The scenarios compared with the reference, cheapest first."""

        def cost(scenario: Scenario) -> float:
            gap = self.difference(scenario.name, COST)
            return gap.difference if gap else math.inf

        return tuple(sorted(self.scenarios[1:], key=cost))

    @cached_property
    def headline(self) -> Scenario | None:
        """The scenario that the question names: the fourth team, else the first compared."""
        names = {s.name: s for s in self.scenarios[1:]}
        return names.get("four_vehicles") or (self.scenarios[1] if len(self.scenarios) > 1 else None)

    @property
    def decisions(self) -> tuple[str, ...]:
        """The decision measures, in the registry's order."""
        return DECISIONS

    @cached_property
    def map(self) -> tuple[Flat, tuple[Outline, ...], tuple[float, float, float, float]]:
        """Projection, outlines and box of the communes."""
        return outlines(self.folder.geojson)

    @cached_property
    def communes(self) -> pd.DataFrame:
        """The territory's communes by INSEE code."""
        table = self.folder.place_table("communes")
        return table.set_index("insee_code", drop=False) if len(table) else table

    @cached_property
    def sites(self) -> pd.DataFrame:
        """The territory's sites by id."""
        table = self.folder.place_table("sites")
        return table.set_index("site_id", drop=False) if len(table) else table

    def commune_name(self, code: str) -> str:
        """A commune's name, or its code."""
        if len(self.communes) and code in self.communes.index:
            return str(self.communes.loc[code, "name"])
        return code

    def site_name(self, site: str) -> str:
        """A site's name, or its id."""
        if len(self.sites) and site in self.sites.index:
            return str(self.sites.loc[site, "name"])
        return site

    def point(self, place: str) -> tuple[float, float] | None:
        """Where a site, or a commune given by its code, stands on the map; None without coordinates."""
        table = self.sites if place in self.sites.index else self.communes
        if place not in table.index or not {"longitude", "latitude"} <= set(table.columns):
            return None
        longitude, latitude = number(at(table, place, "longitude")), number(at(table, place, "latitude"))
        return None if longitude is None or latitude is None else self.map[0].point(longitude, latitude)

    @property
    def years(self) -> float:
        """Length of the horizon in years of 365.25 days; one where it is not known."""
        if self.folder.horizon is None:
            return 1.0
        start, end = self.folder.horizon
        return ((end - start).days + 1) / 365.25


def _cell(table: pd.DataFrame, scenario: str, measure: str, column: str) -> float | None:
    if not len(table) or column not in table.columns or (scenario, measure) not in table.index:
        return None
    value: Any = table.loc[(scenario, measure), column]
    if isinstance(value, pd.Series):
        value = value.iloc[0]
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None
