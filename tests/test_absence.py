"""An absence: the crews of a morning by the rules, whom to tell by when, and what a long one changes."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pandas as pd
import pytest

from sim import load_settings
from sim.problems import InputError
from sim.report.sections.absence import _calls_first
from sim.study.absence import AbsenceResult, run_absence
from sim.study.absence_tables import Passage
from sim.study.absence_words import _told_before

DAY = "2021-09-06"


def absent(tmp_path: Path, agents: str, *words: str, day: str = DAY) -> AbsenceResult:
    """Run a study of an absence on the small territory, in few replications."""
    study = load_settings(
        "study=absence",
        "territory=tiny",
        f"absence.date={day}",
        f"absence.agents=[{agents}]",
        "run.replications=4",
        "run.executor=serial",
        f"outputs={tmp_path}",
        *words,
    )
    result = run_absence(study, progress=lambda *_: None, report=False)
    assert [failure.error for failure in result.failed] == []
    return result


def crews(result: AbsenceResult) -> pd.DataFrame:
    """The passages of the day."""
    return pd.read_csv(result.folder / "crews.csv").sort_values(["site_id"]).reset_index(drop=True)


def test_nobody_left_closes_every_door(tmp_path: Path) -> None:
    """Tests that with everybody away each passage goes without, with an hour by which to tell people."""
    result = absent(tmp_path, "A1,A2,A3,A4,A5,A6,C")
    day = crews(result)
    assert len(day) > 0
    assert set(day["status"]) == {"cancelled"}
    assert day["agents"].isna().all()
    assert set(day["cause"]) == {"sickness"}
    told = day.dropna(subset=["tell_before_s"])
    assert (told["tell_before_s"] < told["close_s"]).all()
    assert (told["tell_before_s"] % 300 == 0).all()
    said = "\n".join(result.answer_lines("fr")).replace("\u00a0", " ").replace("\u202f", " ")
    assert "les personnes à prévenir" in said
    assert "supposées présentes" not in said


def test_calls_are_listed_in_their_order() -> None:
    """Tests that people are told by the time that their passage asks for, those with nobody to tell last."""
    told = [(None, 2.0, 30_000), (47_000, 6.0, 48_600), (50_000, 0.0, 34_200), (32_000, 1.0, 48_600)]
    passages = [
        cast(Passage, SimpleNamespace(tell_before_s=before, expected=expected, open_s=opens))
        for before, expected, opens in told
    ]
    ordered = [p.tell_before_s for p in sorted(passages, key=_told_before)]
    assert ordered == [32_000, 47_000, None, 50_000]
    rows = [SimpleNamespace(status="cancelled", **vars(p)) for p in passages]
    assert [row.tell_before_s for row in sorted(rows, key=_calls_first)] == [32_000, 47_000, None, 50_000]


def test_an_absent_agent_holds_nothing_and_others_take_over(tmp_path: Path) -> None:
    """Tests that the absent are in no crew, crews are two people, and nobody holds two tours."""
    day = crews(absent(tmp_path, "A1,A4"))
    seen: dict[str, str] = {}
    for row in day.itertuples():
        names = row.agents.split() if isinstance(row.agents, str) else []
        assert not {"A1", "A4"} & set(names)
        if row.status == "held":
            assert len(set(names)) == row.held_by == 2
            for name in names:
                assert seen.setdefault(name, row.vehicle) == row.vehicle


def test_alone_when_the_policy_says_so(tmp_path: Path) -> None:
    """Tests that with one agent left a passage closes, or is held by one under the policy of solo."""
    away = "A1,A2,A3,A4,A5,C"
    closed = crews(absent(tmp_path / "cancel", away))
    assert "held" not in set(closed["status"])
    alone = absent(tmp_path / "solo", away, "staff.short_crew=solo")
    held = crews(alone)[crews(alone)["status"] == "held"]
    assert len(held)
    assert set(held["held_by"]) == {1}
    assert set(held["agents"]) == {"A6"}
    assert any("un seul agent (le label en prévoit deux)" in line for line in alone.answer_lines("fr"))


def test_usual_crews_are_those_without_the_absence(tmp_path: Path) -> None:
    """Tests that what is called usual does not depend on who is away."""
    one, two = crews(absent(tmp_path / "one", "A1")), crews(absent(tmp_path / "two", "A6"))
    columns = ["site_id", "usual_agents", "planned_vehicle", "expected", "expected_p10", "expected_p90"]
    pd.testing.assert_frame_equal(one[columns], two[columns])


def test_a_day_nobody_works_is_refused(tmp_path: Path) -> None:
    """Tests that a Sunday is refused with the next working day, before anything runs."""
    with pytest.raises(InputError, match=r"nobody works.*2021-09-06"):
        absent(tmp_path, "A1", day="2021-09-05")


def test_a_long_absence_is_followed_by_month(tmp_path: Path) -> None:
    """Tests that months without four agents hold fewer passages by two, earlier ones as many as before."""
    result = absent(tmp_path, "A1,A2,A3,A5", "absence.until=2021-11-30")
    months = pd.read_csv(result.folder / "absence_months.csv")
    by_two = months[months["figure"] == "held_by_two"].set_index("month")["difference"]
    assert (by_two["2021-10"] < 0) or (by_two["2021-11"] < 0)
    assert (months["month"] >= "2021-09").all()
    effects = pd.read_csv(result.folder / "absence_effects.csv").set_index("name")
    assert effects.loc["held_by_two", "difference"] == pytest.approx(by_two.sum())
    assert (effects["low"] <= effects["difference"] + 1e-9).all()
    work = pd.read_csv(result.folder / "absence_agents.csv").set_index("agent")
    assert (work.loc[["A1", "A2", "A3", "A5"], "hours_a_week"] == 0).all()
    assert (work.loc["A4", "usual_hours_a_week"]) > 0
    assert any("30 novembre 2021" in line for line in result.answer_lines("fr"))


def test_words_and_tables_say_the_same_of_each_agent(tmp_path: Path) -> None:
    """Tests that crews, agents of the day and the answer agree, home visits of a free half-day included."""
    seen_homes = 0
    for day in ("2021-09-06", "2021-09-07", "2021-09-08"):
        result = absent(tmp_path / day, "A1", "homes.requests_per_week=60", day=day)
        held = crews(result)
        held = held[held["status"] == "held"]
        agents = pd.read_csv(result.folder / "agents_of_the_day.csv").set_index("agent")
        for row in held.itertuples():
            for agent in row.agents.split():
                assert agents.loc[agent, row.half_day] == "permanence"
        at_desks = {agent for names in held["agents"] for agent in names.split()}
        uses = agents[["morning", "afternoon"]]
        assert set(agents.index[(uses == "permanence").any(axis=1)]) == at_desks
        text = "\n".join(result.answer_lines("fr"))
        office = text.partition("Hors permanence")[2].partition("\n")[0]
        there = ~uses.isin(["absent", "off"]).all(axis=1)
        for agent in agents.index[there]:
            assert (f" {agent}" in office) == (agent not in at_desks and agent != "C")
        for vehicle, passages in held.groupby("vehicle"):
            crew = passages["agents"].iloc[0].split()
            free = {"morning", "afternoon"} - set(passages["half_day"])
            homes = max((agents.loc[crew, f"homes_{half}"].max() for half in free), default=0)
            lines = re.split(rf"  {vehicle}\s:", text)[1].split("\n  V")[0].split("\n\n")[0]
            assert ("visites à domicile dans" in lines) == (homes > 0)
            seen_homes += homes > 0
    assert seen_homes


def test_a_large_fleet_has_its_own_breakdowns(tmp_path: Path) -> None:
    """Tests that worlds are drawn for every vehicle of the fleet, however many."""
    assert len(crews(absent(tmp_path, "A1", "fleet.vehicles=80"))) > 0
