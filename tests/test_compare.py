"""From arrays of replications to the files of a study: contents, columns, verdicts, bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim import load_settings
from sim.measures import DECISIONS, MEASURES, POSITIONS, Layout, Measured, layouts, measure
from sim.models.facts import DESTINATIONS
from sim.study.compare import (
    COMPARISON_COLUMNS,
    SUMMARY_COLUMNS,
    comparison_frame,
    in_registry_order,
    practical_thresholds,
    study_files,
    summary_frame,
)
from sim.study.statistics import moments, paired
from sim.study.tables import TABLES, TableMoments, budget_frame, csv_bytes, packed, table_frame, unpacked
from tests.made_up_facts import busy_year, reference

# The columns that the contract names, in its order.
CONTRACT = {
    "summary": "scenario, measure, label_fr, label_en, unit, mean, sd, ci95_low, ci95_high, p10, p90, n",
    "comparison": "reference, scenario, measure, decision, difference, ci95_low, ci95_high, ci_sim_low,"
    " ci_sim_high, threshold, share_better, p_value, p_holm, correlation, variance_gain, verdict, n",
    "communes": "scenario, insee_code, itinerant, home, fixed, msa_round, gave_up, lost, waiting,"
    " itinerant_ci95_low, itinerant_ci95_high, minutes_nearest, days_without_service",
    "budget": "scenario, basis, exercise, section, line, kind, status, amount",
}


def names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def made_up_values(scenarios: int, replications: int, seed: int = 0) -> NDArray[np.float64]:
    """Values in registry order: a shared world, and a shift of 100 a scenario in every measure."""
    rng = np.random.default_rng(seed)
    world = rng.normal(1_000, 50, (1, replications, len(MEASURES)))
    own = rng.normal(0, 10, (scenarios, replications, len(MEASURES)))
    return world + own + 100 * np.arange(scenarios)[:, None, None]


def test_contract_columns() -> None:
    """Tests that summary and comparison have the columns of the contract, in its order."""
    assert list(SUMMARY_COLUMNS) == names(CONTRACT["summary"])
    assert list(COMPARISON_COLUMNS) == names(CONTRACT["comparison"])
    values = made_up_values(3, 5)
    assert list(summary_frame(["a", "b", "c"], values).columns) == names(CONTRACT["summary"])
    frame = comparison_frame(["a", "b", "c"], values, reference().thresholds, 0.95)
    assert list(frame.columns) == names(CONTRACT["comparison"])


def test_summary() -> None:
    """Tests mean, spread, interval and deciles of each measure of each scenario."""
    values = made_up_values(2, 40)
    frame = summary_frame(["a", "b"], values).set_index(["scenario", "measure"])
    assert len(frame) == 2 * len(MEASURES) - 1  # the marginal cost exists beside the reference only
    row = frame.loc[("b", "wait_p90")]
    mine = values[1, :, POSITIONS["wait_p90"]]
    assert row["mean"] == pytest.approx(mine.mean())
    assert row["sd"] == pytest.approx(mine.std(ddof=1))
    assert row["ci95_high"] - row["mean"] == pytest.approx(2.0227 * mine.std(ddof=1) / 40**0.5, rel=1e-3)
    assert row["p10"] == np.quantile(mine, 0.1, method="inverted_cdf")
    assert row["p90"] == np.quantile(mine, 0.9, method="inverted_cdf")
    assert row["n"] == 40
    assert row["label_fr"] == "Attente sur place, 9 personnes sur 10"


def test_marginal_cost_is_a_ratio_of_differences() -> None:
    """Tests that the cost of one more person helped is Δ cost over Δ persons, with its interval."""
    values = made_up_values(2, 30)
    cost, people = POSITIONS["net_yearly_cost"], POSITIONS["persons_helped"]
    values[1, :, cost] = values[0, :, cost] + 5_000.0
    values[1, :, people] = values[0, :, people] + np.linspace(90.0, 110.0, 30)
    row = summary_frame(["a", "b"], values).set_index(["scenario", "measure"]).loc[("b", "marginal_net_cost")]
    assert row["mean"] == pytest.approx(50.0)
    assert 48.0 < row["ci95_low"] < 50.0 < row["ci95_high"] < 52.0
    assert np.isnan(row["sd"])
    assert row["n"] == 30


def test_comparison_family_is_scenarios_times_decisions() -> None:
    """Tests that simultaneous intervals share the error over scenarios × decision measures."""
    values = made_up_values(4, 25)
    frame = comparison_frame(["r", "a", "b", "c"], values, reference().thresholds, 0.95)
    assert set(frame["reference"]) == {"r"}
    assert len(frame) == 3 * (len(MEASURES) - 1)
    decided = frame[frame["decision"]]
    assert list(decided["measure"]) == list(DECISIONS) * 3
    for row in decided.itertuples():
        pair = paired(values[0], values["rabc".index(row.scenario)])
        single = 1 - 0.05 / (3 * 7)
        low, high = pair.difference.interval(single)
        assert row.ci_sim_low == pytest.approx(low[POSITIONS[row.measure]])
        assert row.ci_sim_high == pytest.approx(high[POSITIONS[row.measure]])
        assert row.ci_sim_high - row.ci_sim_low > row.ci95_high - row.ci95_low
        assert row.p_value <= row.p_holm
    others = frame[~frame["decision"]]
    for column in ("ci_sim_low", "ci_sim_high", "threshold", "p_holm", "verdict"):
        assert others[column].isna().all(), column
    assert others["ci95_low"].notna().all()


def test_verdicts_in_the_frame() -> None:
    """Tests each verdict in the table: above, below, inside, and not enough."""
    values = made_up_values(2, 30)
    rng = np.random.default_rng(5)

    def apart(name: str, mean: float, sd: float) -> None:
        i = POSITIONS[name]
        values[1, :, i] = values[0, :, i] + mean + sd * rng.normal(0, 1, 30)

    apart("wait_p90", 12.0, 2.0)
    apart("home_lead_p90", -9.0, 1.0)
    apart("held_by_two_share", 0.2, 0.5)
    apart("days_to_next_held_passage", 0.9, 1.5)
    values[1, :, POSITIONS["net_yearly_cost"]] = values[0, :, POSITIONS["net_yearly_cost"]] + 1_000.01
    values[1, :, POSITIONS["weeks_under_24h"]] = values[0, :, POSITIONS["weeks_under_24h"]]
    values[:, :, POSITIONS["persons_helped"]] = np.nan
    frame = comparison_frame(["r", "s"], values, reference().thresholds, 0.95).set_index("measure")
    assert frame.loc[list(DECISIONS), "verdict"].to_dict() == {
        "wait_p90": "higher",
        "home_lead_p90": "lower",
        "held_by_two_share": "no_difference_that_matters",
        "days_to_next_held_passage": "not_enough_replications",
        "net_yearly_cost": "higher",
        "weeks_under_24h": "no_difference_that_matters",
        "persons_helped": "not_enough_replications",
    }
    assert frame.loc["persons_helped", "n"] == 0
    assert frame.loc["home_lead_p90", "share_better"] == 1.0
    assert frame.loc["wait_p90", "share_better"] == 0.0


def test_thresholds() -> None:
    """Tests that ±δ of persons helped is 2 % of those the cell helps in the reference, the others as set."""
    values = np.zeros((10, len(MEASURES)))
    values[:, POSITIONS["persons_helped_by_cell"]] = np.linspace(2_000, 2_200, 10)
    assert practical_thresholds(reference().thresholds, values) == {
        "persons_helped": pytest.approx(42.0),
        "held_by_two_share": 2.0,
        "days_to_next_held_passage": 1.0,
        "home_lead_p90": 3.0,
        "wait_p90": 5.0,
        "weeks_under_24h": 2.0,
        "net_yearly_cost": 1_000.0,
    }


def test_a_failed_replication_is_left_out() -> None:
    """Tests that a replication that failed in one scenario counts in no pair with it, and in others."""
    values = made_up_values(3, 12)
    values[1, 4] = np.nan
    frame = comparison_frame(["r", "a", "b"], values, reference().thresholds, 0.95)
    assert set(frame[frame["scenario"] == "a"]["n"]) == {11}
    assert set(frame[frame["scenario"] == "b"]["n"]) == {12}
    summary = summary_frame(["r", "a", "b"], values)
    counts = summary[summary["measure"] != "marginal_net_cost"].groupby("scenario")["n"].unique()
    assert {k: v.tolist() for k, v in counts.items()} == {"r": [12], "a": [11], "b": [12]}


def test_one_scenario_has_no_comparison() -> None:
    """Tests that a single scenario gives a summary, and a comparison of columns only."""
    frame = comparison_frame(["r"], made_up_values(1, 4), reference().thresholds, 0.95)
    assert len(frame) == 0
    assert csv_bytes(frame).decode() == ",".join(COMPARISON_COLUMNS) + "\n"


def test_measures_in_any_order() -> None:
    """Tests that values come back in registry order, missing measures as nan, unknown ones refused."""
    values = np.array([[[3.0, 1.0]]])
    ordered = in_registry_order(("wait_p90", "km"), values)
    assert ordered[0, 0, POSITIONS["wait_p90"]] == 3.0
    assert ordered[0, 0, POSITIONS["km"]] == 1.0
    assert np.isnan(ordered).sum() == len(MEASURES) - 2
    with pytest.raises(KeyError):
        in_registry_order(("winner",), np.zeros((1, 1, 1)))


@given(
    st.lists(
        st.lists(st.floats(-1e5, 1e5) | st.just(float("nan")), min_size=4, max_size=4),
        min_size=0,
        max_size=20,
    )
)
def test_streamed_moments(rows: list[list[float]]) -> None:
    """Tests that moments added one replication at a time are those of all at once, nan left out."""
    table = TableMoments((2, 2))
    for row in rows:
        table.add(np.array(row).reshape(2, 2))
    all_at_once = moments(np.array(rows).reshape(-1, 2, 2))
    found = table.moments
    assert found.n.tolist() == all_at_once.n.tolist()
    assert found.mean == pytest.approx(all_at_once.mean, nan_ok=True, abs=1e-6)
    assert found.sd == pytest.approx(all_at_once.sd, nan_ok=True, abs=1e-3)


def test_streamed_moments_keep_no_replication() -> None:
    """Tests that the memory of a table does not grow with replications."""
    table = TableMoments((3, 4))
    held = [v.nbytes for v in vars(table).values()]
    for i in range(500):
        table.add(np.full((3, 4), float(i)))
    assert [v.nbytes for v in vars(table).values()] == held
    assert table.moments.mean == pytest.approx(249.5)


def test_packed_tables_come_back() -> None:
    """Tests that tables survive the way through a part, the sparse one included."""
    facts, context = busy_year(1)
    named = layouts(context, facts.agents, facts.alternatives)
    measured = measure(facts, context)
    parts = packed(measured, named)
    assert set(parts) == set(TABLES)
    for name in TABLES:
        back = unpacked(name, parts[name], named[name])
        whole = measured.flows.dense() if name == "flows" else measured.tables[name]
        assert np.array_equal(back, whole, equal_nan=True), name
        assert len({column.size for column in parts[name].values()}) == 1
    assert parts["flows"]["cell"].size == np.count_nonzero(measured.flows.dense())


def test_csv_bytes() -> None:
    """Tests ten significant digits, nothing for null, whole numbers as they are, no negative zero."""
    frame = pd.DataFrame(
        {
            "name": ["é", "b", None],
            "value": [1.0 / 3.0, -0.0, np.nan],
            "n": [1, 2, 3],
            "decision": [True, False, True],
            "amount": [53_655.10, 1e-9, 108_331.36],
        }
    )
    assert csv_bytes(frame).decode("utf-8") == (
        "name,value,n,decision,amount\né,0.3333333333,1,True,53655.1\nb,0,2,False,1e-09\n,,3,True,108331.36\n"
    )


@dataclass(frozen=True)
class Given:
    """Replications held in memory, in the shape of a study's results."""

    scenarios: tuple[str, ...]
    runs: list[list[Measured]]
    named: list[dict[str, Layout]]

    @property
    def measures(self) -> tuple[str, ...]:
        return tuple(sorted(POSITIONS))

    @property
    def values(self) -> NDArray[np.float64]:
        order = [POSITIONS[m] for m in self.measures]
        return np.array([[run.values[order] for run in runs] for runs in self.runs])  # noqa: PD011 - no frame

    def tables(self, name: str) -> Iterator[tuple[int, int, Mapping[str, NDArray[Any]]]]:
        for r in range(len(self.runs[0])):
            for s in range(len(self.scenarios)):
                yield s, r, packed(self.runs[s][r], self.named[s])[name]


@pytest.fixture(scope="module")
def given_study() -> tuple[list[Any], Given]:
    study = load_settings()
    chosen = [study.scenarios[0], study.scenarios[3]]
    runs, named = [], []
    for s in range(2):
        made = [busy_year(10 + 5 * s + r) for r in range(3)]
        runs.append([measure(facts, context) for facts, context in made])
        named.append(layouts(made[0][1], made[0][0].agents, made[0][0].alternatives))
    return chosen, Given(("reference", "four_vehicles"), runs, named)


def test_files_of_a_study(given_study: tuple[list[Any], Given]) -> None:
    """Tests every file: its columns, its rows by scenario, its means, and the same bytes a second time."""
    settings, results = given_study
    files = study_files(settings, results.named, results, 0.95)
    assert files == study_files(settings, results.named, results, 0.95)
    frames = {
        name.removesuffix(".csv"): pd.read_csv(
            io.BytesIO(content), dtype={"insee_code": str, "exercise": str}
        )
        for name, content in files.items()
    }
    assert set(frames) == {"summary", "comparison", "budget", *TABLES}
    for name, columns in CONTRACT.items():
        assert list(frames[name].columns) == names(columns), name
    for name, frame in frames.items():
        assert set(frame["scenario"]) <= set(results.scenarios), name

    communes = frames["communes"]
    assert len(communes) == 2 * 195
    mean = np.mean([m.tables["communes"][:, :7] for m in results.runs[0]], axis=0)
    mine = communes[communes["scenario"] == "reference"]
    assert mine[list(DESTINATIONS)].to_numpy() == pytest.approx(mean)
    total = mine[list(DESTINATIONS)].to_numpy().sum()
    assert total == pytest.approx(60_000 + 450)
    assert (mine["itinerant_ci95_low"] <= mine["itinerant"]).all()

    flows = frames["flows"]
    assert list(flows.columns) == [
        "scenario", "insee_code", "ended", "persons", "persons_ci95_low", "persons_ci95_high",
    ]  # fmt: skip
    assert flows[flows["scenario"] == "reference"]["persons"].sum() == pytest.approx(total)

    sites = frames["sites"]
    assert len(sites) == 2 * 27
    for column in ("persons", "served", "reneged", "wait_mean_min", "planned", "held", "cancelled"):
        assert {f"{column}_mean", f"{column}_ci95_low", f"{column}_ci95_high"} <= set(sites.columns)
    assert set(frames["agents"]["agent"]) == {"A1", "A2", "A3", "A4", "A5", "A6", "C"}
    assert list(frames["months"]["month"][:2]) == ["2021-07", "2021-08"]
    assert list(frames["lead_times"].columns[:3]) == ["scenario", "days", "share_waiting"]
    assert frames["lead_times"]["days"].tolist() == [*range(61)] * 2
    assert list(frames["half_days"].columns[:3]) == ["scenario", "use", "half_days_a_year"]
    assert list(frames["weeks"].columns[:3]) == ["scenario", "week", "open_hours"]
    assert set(frames["budget"]["basis"]) == {"voted", "simulated"}


def test_budget_frame() -> None:
    """Tests that a line that is not budgeted has no amount in the file, and others two decimals at most."""
    study = load_settings()
    from sim.scenarios.budget import budget_lines

    frame = budget_frame([("reference", budget_lines(study.reference, 30_000.0))])
    assert frame[frame["status"] == "not_budgeted"]["amount"].isna().all()
    assert frame[frame["status"] != "not_budgeted"]["amount"].notna().all()
    written = pd.read_csv(io.BytesIO(csv_bytes(frame)))
    assert written["amount"].sum() == pytest.approx(frame["amount"].sum())
    assert (written["amount"].dropna() * 100 % 1).round(6).isin([0.0, 1.0]).all()


def test_tables_by_scenario_of_another_size() -> None:
    """Tests that scenarios with more agents have more rows, each with its own names."""
    layout = [Layout("agent", ("A1", "C"), ("hours",)), Layout("agent", ("A1", "A2", "C"), ("hours",))]
    tables = [TableMoments((2, 1)), TableMoments((3, 1))]
    for table, rows in zip(tables, (2, 3), strict=True):
        table.add(np.arange(rows, dtype=float)[:, None])
        table.add(np.arange(rows, dtype=float)[:, None] + 1.0)
    frame = table_frame("agents", ["a", "b"], layout, [t.moments for t in tables])
    assert frame["agent"].tolist() == ["A1", "C", "A1", "A2", "C"]
    assert frame["hours_mean"].tolist() == [0.5, 1.5, 0.5, 1.5, 2.5]
