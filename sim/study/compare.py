"""The comparison of scenarios: summary, paired differences with verdicts, and every table of the study.

The family of simultaneous intervals and of Holm's p-values is (scenarios beside the reference) × (decision
measures). Other measures have a plain interval and a plain p-value; threshold, verdict and whatever else
belongs to the family are null for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.measures.measured import Layout
from sim.measures.registry import DECISIONS, MEASURES, POSITIONS, Measure
from sim.scenarios.budget import budget_lines
from sim.settings import Settings, Thresholds
from sim.study.statistics import Moments, Paired, fieller, holm, moments, paired, quantiles, verdict
from sim.study.tables import TABLES, TableMoments, budget_frame, csv_bytes, table_frame, unpacked

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "COMPARISON_COLUMNS",
    "SUMMARY_COLUMNS",
    "Streamed",
    "comparison_frame",
    "in_registry_order",
    "practical_thresholds",
    "study_files",
    "summary_frame",
]

Floats = NDArray[np.float64]

SUMMARY_COLUMNS = (
    *("scenario", "measure", "label_fr", "label_en", "unit"),
    *("mean", "sd", "ci95_low", "ci95_high", "p10", "p90", "n"),
)
COMPARISON_COLUMNS = (
    *("reference", "scenario", "measure", "decision"),
    *("difference", "ci95_low", "ci95_high", "ci_sim_low", "ci_sim_high", "threshold"),
    *("share_better", "p_value", "p_holm", "correlation", "variance_gain", "verdict", "n"),
)
_LEVEL = 0.95


class Streamed(Protocol):
    """What all replications gave: `sim.study.results.Results`, or anything of its shape."""

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names, the reference first."""

    @property
    def measures(self) -> tuple[str, ...]:
        """Ids of the last axis of `values`."""

    @property
    def values(self) -> Floats:
        """Shape (scenarios, replications, measures), nan where a replication failed."""

    def tables(self, name: str) -> Iterator[tuple[int, int, Mapping[str, NDArray[Any]]]]:
        """Scenario, replication and columns of one table, in the order of replications."""


def in_registry_order(measures: Sequence[str], values: Floats) -> Floats:
    """The last axis of `values` in the order of the registry; nan for a measure that is not there.

    Raises
    ------
    KeyError
        When a measure is not in the registry.
    """
    ordered = np.full((*values.shape[:-1], len(MEASURES)), np.nan)
    ordered[..., [POSITIONS[m] for m in measures]] = values
    return ordered


def practical_thresholds(thresholds: Thresholds, reference: Floats) -> dict[str, float]:
    """Half-width ±δ of what does not matter, by decision measure, in the measure's unit.

    That of persons helped in all is a share of those the cell helps, mean of the reference.

    Parameters
    ----------
    thresholds
        The settings'.
    reference
        Values of the reference in registry order, shape (replications, measures).
    """
    found = {m.id: float(getattr(thresholds, m.threshold)) for m in MEASURES if m.threshold is not None}
    by_cell = moments(reference[:, POSITIONS["persons_helped_by_cell"]])
    found["persons_helped"] *= float(by_cell.mean)
    return found


def summary_frame(scenarios: Sequence[str], values: Floats) -> pd.DataFrame:
    """Each measure of each scenario: mean, spread, 95 % interval of the mean, deciles of the replications.

    Parameters
    ----------
    scenarios
        Names, the reference first.
    values
        In registry order, shape (scenarios, replications, measures).
    """
    import pandas as pd

    rows = []
    for s, scenario in enumerate(scenarios):
        m = moments(values[s])
        low, high = m.interval(_LEVEL)
        p10, p90 = quantiles(values[s], 0.1), quantiles(values[s], 0.9)
        for i, measure in enumerate(MEASURES):
            words = (scenario, measure.id, measure.label_fr, measure.label_en, measure.unit)
            if not measure.against_reference:
                rows.append((*words, m.mean[i], m.sd[i], low[i], high[i], p10[i], p90[i], m.n[i]))
            elif s > 0:
                rows.append((*words, *_marginal(values[0], values[s])))
    return pd.DataFrame(rows, columns=list(SUMMARY_COLUMNS))


def _marginal(reference: Floats, scenario: Floats) -> tuple[float, float, float, float, float, float, int]:
    """Net cost of one additional person helped: ratio of mean differences, Fieller's interval, no deciles."""
    cost, helped = POSITIONS["net_yearly_cost"], POSITIONS["persons_helped"]
    apart = scenario - reference
    ratio, low, high, n = fieller(apart[:, cost], apart[:, helped], _LEVEL)
    nan = float("nan")
    return ratio, nan, low, high, nan, nan, n


def comparison_frame(
    scenarios: Sequence[str], values: Floats, thresholds: Thresholds, confidence: float
) -> pd.DataFrame:
    """Each measure of each scenario against the reference, with a verdict on the decision measures.

    Parameters
    ----------
    scenarios
        Names, the reference first.
    values
        In registry order, shape (scenarios, replications, measures).
    thresholds
        Practical thresholds.
    confidence
        Of all simultaneous intervals together.
    """
    import pandas as pd

    others = range(1, len(scenarios))
    pairs = [paired(values[0], values[s]) for s in others]
    family = len(pairs) * len(DECISIONS)
    decisions = [POSITIONS[m] for m in DECISIONS]
    p_holm = np.full((len(pairs), len(MEASURES)), np.nan)
    if pairs:
        p_holm[:, decisions] = holm(np.stack([p.p_value[decisions] for p in pairs]))
    delta = practical_thresholds(thresholds, values[0])
    single = 1.0 - (1.0 - confidence) / max(family, 1)
    rows = []
    for k, pair in enumerate(pairs):
        named = {"reference": scenarios[0], "scenario": scenarios[k + 1]}
        rows += [named | row for row in _compared(pair, p_holm[k], delta, single)]
    return pd.DataFrame(rows, columns=list(COMPARISON_COLUMNS))


def _compared(
    pair: Paired, p_holm: Floats, thresholds: Mapping[str, float], single: float
) -> Iterator[dict[str, Any]]:
    """The rows of one scenario."""
    low, high = pair.difference.interval(_LEVEL)
    low_all, high_all = pair.difference.interval(single)
    better = pair.share_better([m.direction for m in MEASURES])
    for i, measure in enumerate(MEASURES):
        if measure.against_reference:
            continue
        yield {
            "measure": measure.id,
            "decision": measure.decision,
            "difference": pair.difference.mean[i],
            "ci95_low": low[i],
            "ci95_high": high[i],
            "share_better": better[i],
            "p_value": pair.p_value[i],
            "correlation": pair.correlation[i],
            "variance_gain": pair.variance_gain[i],
            "n": pair.difference.n[i],
            **_decided(measure, thresholds, low_all[i], high_all[i], p_holm[i]),
        }


def _decided(
    measure: Measure, thresholds: Mapping[str, float], low: float, high: float, p_holm: float
) -> dict[str, Any]:
    if not measure.decision:
        nan = float("nan")
        return {"ci_sim_low": nan, "ci_sim_high": nan, "threshold": nan, "p_holm": nan, "verdict": None}
    delta = thresholds[measure.id]
    return {
        "ci_sim_low": low,
        "ci_sim_high": high,
        "threshold": delta,
        "p_holm": p_holm,
        "verdict": verdict(low, high, delta),
    }


def study_files(
    settings: Sequence[Settings],
    layouts: Sequence[Mapping[str, Layout]],
    results: Streamed,
    confidence: float,
) -> dict[str, bytes]:
    """Every table of the study folder that comes from measures, by file name.

    Parameters
    ----------
    settings
        One per scenario, the reference first.
    layouts
        `sim.measures.layouts` of each scenario.
    results
        What all replications gave; each of its tables is read once, replication by replication.
    confidence
        Of all simultaneous intervals together.
    """
    scenarios = results.scenarios
    values = in_registry_order(results.measures, results.values)
    files = {
        "summary.csv": csv_bytes(summary_frame(scenarios, values)),
        "comparison.csv": csv_bytes(comparison_frame(scenarios, values, settings[0].thresholds, confidence)),
    }
    for name in TABLES:
        mine = [layout[name] for layout in layouts]
        frame = table_frame(name, scenarios, mine, _streamed(name, mine, results))
        files[f"{name}.csv"] = csv_bytes(frame)
    km = moments(np.moveaxis(values[:, :, POSITIONS["km"]], 1, 0)).mean
    files["budget.csv"] = csv_bytes(
        budget_frame(
            (scenario, budget_lines(one, None if np.isnan(driven) else float(driven)))
            for scenario, one, driven in zip(scenarios, settings, km, strict=True)
        )
    )
    return files


def _streamed(name: str, layouts: Sequence[Layout], results: Streamed) -> list[Moments]:
    tables = [TableMoments((len(layout.rows), len(layout.columns))) for layout in layouts]
    for scenario, _, columns in results.tables(name):
        tables[scenario].add(unpacked(name, columns, layouts[scenario]))
    return [table.moments for table in tables]
