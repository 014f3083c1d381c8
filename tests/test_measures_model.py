"""Measures of a real replication, computed a second time from the published tables with pandas."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sim import load_settings
from sim.measures import MEASURES, check_invariants, measure
from sim.study.cell_study import CellStudy

START, END = pd.Timestamp("2021-07-01"), pd.Timestamp("2022-03-31")


@dataclass(frozen=True)
class Replication:
    figures: dict[str, float]
    tables: dict[str, Any]
    visits: pd.DataFrame
    passages: pd.DataFrame
    homes: pd.DataFrame
    journal: pd.DataFrame
    years: float


@pytest.fixture(scope="module")
def one() -> Replication:
    study = load_settings("study=single", f"run.horizon.end={END.date()}", "staff.pairing=named")
    cell = CellStudy()
    prepared = cell.prepare(study)
    facts = cell.run(prepared, 0, cell.draw(prepared, 3))
    check_invariants(facts)
    measured = measure(facts, prepared.contexts[0])
    frames = {name: table.to_pandas() for name, table in cell.tables(prepared, 0, facts).items()}
    for frame in frames.values():
        if "date" in frame.columns:
            frame["date"] = pd.to_datetime(frame["date"])
    return Replication(
        {m.id: float(v) for m, v in zip(MEASURES, measured.values, strict=True)},
        measured.tables,
        frames["visits"],
        frames["passages"],
        frames["home_visits"],
        frames["journal"],
        ((END - START).days + 1) / 365.25,
    )


def test_the_desk_from_the_visits(one: Replication) -> None:
    """Tests outcomes, waits, service within 15 minutes and served per half-day from the table of visits."""
    seen = one.visits.merge(
        one.passages[["passage_id", "announced_open_s", "close_s", "status"]], on="passage_id", validate="m:1"
    )
    assert len(seen) == len(one.visits) > 500
    served = seen[seen["outcome"] == "served"]
    wait = (served["start_s"] - np.maximum(served["arrival_s"], served["announced_open_s"])) / 60
    assert one.figures["wait_mean"] == pytest.approx(wait.mean())
    assert one.figures["wait_p90"] == pytest.approx(np.quantile(wait, 0.9, method="inverted_cdf"))
    assert one.figures["served_share"] == pytest.approx(100 * len(served) / len(seen))
    admitted = seen["outcome"].isin(["served", "reneged", "turned_away"]).sum()
    assert one.figures["served_within_15"] == pytest.approx(100 * (wait <= 15).sum() / admitted)
    held = (one.passages["status"] == "held").sum()
    assert one.figures["served_per_half_day"] == pytest.approx(len(served) / held)
    for outcome, count in seen["outcome"].value_counts().items():
        assert one.figures[f"contacts_{outcome}"] * one.years == pytest.approx(count)
    assert one.figures["persons_arrived"] * one.years == pytest.approx(seen["person_id"].nunique())
    followed = seen[seen["reason"] == "follow_up"]["person_id"].nunique()
    assert followed > 0


def test_the_use_of_time_from_the_servers(one: Replication) -> None:
    """Tests the share of opening spent with a person from the servers' windows of the table of passages."""
    import json

    crewed = busy = 0.0
    close = one.passages.set_index("passage_id")["close_s"]
    for row in one.passages[one.passages["status"] == "held"].itertuples():
        for window in json.loads(row.servers):
            if window["id"][0] in "AC":
                crewed += min(window["to_s"], row.close_s) - min(window["from_s"], row.close_s)
    served = one.visits[one.visits["outcome"] == "served"]
    for row in served[served["server"].str.match("[AC]")].itertuples():
        busy += min(row.end_s, close[row.passage_id]) - min(row.start_s, close[row.passage_id])
    assert one.figures["busy_share"] == pytest.approx(100 * busy / crewed)


def test_passages_from_their_table(one: Replication) -> None:
    """Tests shares held and counts by cause."""
    p = one.passages
    assert one.figures["held_by_two_share"] == pytest.approx(100 * (p["held_by"] == 2).mean())
    assert one.figures["held_share"] == pytest.approx(100 * (p["status"] == "held").mean())
    cancelled = p[p["status"] == "cancelled"]["cause"].value_counts()
    assert cancelled.sum() > 0
    for cause in ("leave", "sickness", "breakdown", "late"):
        assert one.figures[f"cancelled_{cause}"] * one.years == pytest.approx(cancelled.get(cause, 0))


def test_days_to_the_next_passage_at_many_instants(one: Replication) -> None:
    """Tests the exact average against instants every quarter of an hour, site by site."""
    held = one.passages[one.passages["status"] == "held"]
    total = count = 0.0
    for _, mine in held.groupby("site_id"):
        opens = ((mine["date"] - START).dt.days * 86_400 + mine["announced_open_s"]).to_numpy()
        opens = np.sort(opens)
        at = np.arange(450, opens[-1], 900)
        ahead = opens[np.searchsorted(opens, at, side="right")] - at
        total += ahead.sum()
        count += at.size
    assert one.figures["days_to_next_held_passage"] == pytest.approx(total / count / 86_400, abs=0.002)


def test_weeks_minute_by_minute(one: Replication) -> None:
    """Tests the hours open of each week by marking every second that some desk is open."""
    held = one.passages[one.passages["status"] == "held"]
    hours: dict[pd.Timestamp, float] = {}
    for day, mine in held.groupby("date"):
        is_open = np.zeros(86_400, bool)
        for row in mine.itertuples():
            is_open[int(row.open_s) : int(row.close_s)] = True
        monday = day - pd.Timedelta(days=day.weekday())
        hours[monday] = hours.get(monday, 0.0) + is_open.sum() / 3600
    first = START - pd.Timedelta(days=START.weekday())
    mondays = pd.date_range(first, END, freq="7D")
    found = one.tables["weeks"][:, 0]
    assert found == pytest.approx([hours.get(m, 0.0) for m in mondays])
    complete = [m >= START and m + pd.Timedelta(days=4) <= END for m in mondays]
    under = sum(c and hours.get(m, 0.0) < 24 for c, m in zip(complete, mondays, strict=True))
    assert one.figures["weeks_under_24h"] * one.years == pytest.approx(under)


def test_homes_from_their_table(one: Replication) -> None:
    """Tests outcomes and the curve of lead times by the product-limit formula, row by row."""
    h = one.homes
    for outcome in ("done", "no_show", "cancelled_by_person", "redirected"):
        assert one.figures[f"home_{outcome}"] * one.years == pytest.approx((h["outcome"] == outcome).sum())
    assert one.figures["home_backlog"] == (h["outcome"] == "backlog").sum()
    asked = pd.to_datetime(h["requested_at"]).dt.normalize()
    exits = []
    for outcome, day, request in zip(h["outcome"], h["date"], asked, strict=True):
        if outcome in {"done", "no_show", "cancelled_by_person"}:
            exits.append(((day - request).days, outcome == "done"))
        elif outcome == "refused":
            exits.append((min(28, (END - request).days), False))
        elif outcome == "backlog":
            exits.append(((END - request).days, False))
    survival, curve = 1.0, []
    for day in range(61):
        at_risk = sum(t >= day for t, _ in exits)
        events = sum(t == day and seen for t, seen in exits)
        survival *= 1 - events / at_risk if at_risk else 1.0
        curve.append(survival)
    assert one.tables["lead_times"][:, 0] == pytest.approx(curve)
    reached = [day for day, s in enumerate(curve) if s <= 0.1 + 1e-9]
    if reached:
        assert one.figures["home_lead_p90"] == reached[0]


def test_the_road_from_the_journal(one: Replication) -> None:
    """Tests kilometres, driving hours and emissions."""
    j = one.journal
    assert one.figures["km"] * one.years == pytest.approx(j["km"].sum())
    drives = j[j["activity"] == "drive"]
    hours = (drives["end_s"] - drives["start_s"]).sum() / 3600
    assert one.figures["driving_hours"] * one.years == pytest.approx(hours)
    assert one.figures["co2_kg"] * one.years == pytest.approx(0.180 * j["km"].sum())


def test_figures_agree_with_each_other(one: Replication) -> None:
    """Tests that figures which share a whole add up, and that shares are shares."""
    v = one.figures
    assert v["persons_helped"] == pytest.approx(
        v["helped_at_permanences"] + v["helped_at_home"] + v["helped_at_fixed"] + v["helped_at_msa_round"]
    )
    assert v["needs"] * one.years == pytest.approx(
        (v["persons_helped"] + v["gave_up"] + v["lost"]) * one.years + v["waiting_at_end"]
    )
    assert v["helped_at_permanences"] == pytest.approx(
        v["helped_from_fixed"] + v["helped_from_msa_round"] + v["helped_from_nowhere"]
    )
    assert v["passages_planned"] == pytest.approx(v["passages_held"] + v["closed_announced"] + v["cancelled"])
    assert v["cancelled"] == pytest.approx(
        sum(v[f"cancelled_{cause}"] for cause in ("leave", "sickness", "breakdown", "late"))
    )
    for m in MEASURES:
        if m.unit == "%" and not math.isnan(v[m.id]):
            assert 0.0 <= v[m.id] <= 100.0, m.id
    assert 0.0 <= v["gini_served"] <= 1.0
