"""One study read for one language: scenarios with their style, measures in words, differences."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import pandas as pd

from sim.measures.registry import DECISIONS, MEASURES
from sim.report.figures import Series
from sim.report.folder import Scenario, StudyFolder
from sim.report.frames import at, number, possible
from sim.report.geometry import Flat, Outline
from sim.report.palette import scenario_styles
from sim.report.sentences import Difference, MeasureWords
from sim.report.words import Words, inert, named

__all__ = ["COST", "HELPED", "HELD", "LEAD", "NEXT", "Reading"]

HELPED = "persons_helped"
HELD = "held_by_two_share"
NEXT = "days_to_next_held_passage"
LEAD = "home_lead_p90"
COST = "net_yearly_cost"

Rows = dict[tuple[str, str], dict[str, Any]]
_ENDS = ("ci95_low", "ci95_high")
_REGISTRY = {m.id: m for m in MEASURES}


@dataclass(frozen=True)
class Reading:
    """A study folder and the words it is told in; `others` stand beside it on the page."""

    folder: StudyFolder
    words: Words
    others: tuple[StudyFolder, ...] = ()

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """The scenarios, the reference first."""
        return self.folder.scenarios

    @property
    def reference(self) -> Scenario:
        """The scenario that others are compared with."""
        return self.folder.scenarios[0]

    def beside(self, name: str) -> pd.DataFrame:
        """A table of the folder or, where it has none, of the first other folder that has it."""
        for folder in (self.folder, *self.others):
            table = folder.table(name)
            if len(table):
                return table
        return pd.DataFrame()

    def label(self, name: str) -> str:
        """A scenario's label in the language."""
        for scenario in self.folder.scenarios:
            if scenario.name == name:
                return named(self.words(scenario.label_fr, scenario.label_en))
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
    def summary(self) -> Rows:
        """Rows of summary.csv by scenario and measure."""
        return _by_scenario_and_measure(self.folder.table("summary"))

    @cached_property
    def comparison(self) -> Rows:
        """Rows of comparison.csv by scenario and measure."""
        return _by_scenario_and_measure(self.folder.table("comparison"))

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
        row = next((row for (_, measure), row in self.summary.items() if measure == ident), None)
        if row is not None:
            return MeasureWords(ident, str(row["label_fr"]), str(row["label_en"]), str(row["unit"]), "", 1, 0)
        return MeasureWords(ident, ident, ident, "", "", 1, 0)

    def level(self, scenario: str, measure: str, column: str = "mean") -> float | None:
        """A column of the summary, or None; the ends of intervals as far as the measure can go."""
        value = number(self.summary.get((scenario, measure), {}).get(column))
        return possible(value, self.measure(measure).unit) if column in _ENDS else value

    def difference(self, scenario: str, measure: str) -> Difference | None:
        """A measure of a scenario against the reference, or None where it was not compared."""
        row = self.comparison.get((scenario, measure), {})
        gap = number(row.get("difference"))
        if gap is None:
            return None
        low, high = number(row.get("ci95_low")), number(row.get("ci95_high"))
        verdict = row.get("verdict")
        return Difference(
            scenario=scenario,
            measure=self.measure(measure),
            difference=gap,
            ci95_low=gap if low is None else low,
            ci95_high=gap if high is None else high,
            ci_sim_low=number(row.get("ci_sim_low")),
            ci_sim_high=number(row.get("ci_sim_high")),
            threshold=number(row.get("threshold")),
            share_better=number(row.get("share_better")),
            verdict=verdict if isinstance(verdict, str) and verdict else None,
            n=int(number(row.get("n")) or 0),
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
        """Projection, outlines and box of the communes, the same in each language."""
        return self.folder.outlines

    @cached_property
    def kept(self) -> dict[Hashable, Any]:
        """What several sections need and one of them has computed."""
        return {}

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
        return self._names[0].get(code, code)

    def site_name(self, site: str) -> str:
        """A site's name, or its id."""
        return self._names[1].get(site, site)

    @cached_property
    def _names(self) -> tuple[dict[str, str], dict[str, str]]:
        """Names of the communes by code, of the sites by id."""
        communes, sites = (
            {str(key): named(str(name)) for key, name in table["name"].items()} if len(table) else {}
            for table in (self.communes, self.sites)
        )
        return communes, sites

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


def _by_scenario_and_measure(table: pd.DataFrame) -> Rows:
    if not {"scenario", "measure"} <= set(table.columns):
        return {}
    return {
        (str(row["scenario"]), str(row["measure"])): cast("dict[str, Any]", row)
        for row in table.to_dict("records")
    }
