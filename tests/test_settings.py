"""Tests that parameters are frozen and strict, and that impossible combinations are said together."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from sim.compose import flat, load_settings
from sim.problems import InputError
from sim.settings import (
    SCENARIO_GROUPS,
    WORLD_PATHS,
    Settings,
    identity,
    world_parameters,
)


@pytest.fixture(scope="module")
def reference() -> Settings:
    return load_settings().reference


def test_settings_cannot_be_changed(reference: Settings) -> None:
    """Tests that neither a group nor a value can be assigned after validation."""
    with pytest.raises(ValidationError, match="frozen"):
        reference.fleet.vehicles = 4  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        reference.fleet = reference.fleet  # type: ignore[misc]


def test_settings_survive_json(reference: Settings) -> None:
    """Tests that writing and reading settings gives equal settings, dates and times of day included."""
    assert Settings.model_validate_json(reference.model_dump_json()) == reference


def test_times_of_day_are_text_outside_and_seconds_inside(reference: Settings) -> None:
    """Tests that 09:30 is 34 200 seconds in the model and 09:30 in every file."""
    assert reference.sessions.morning.opens == 34_200
    assert reference.model_dump()["sessions"]["morning"]["opens"] == "09:30"


@pytest.mark.parametrize("text", ["9:30", "9h30", "09h30", "09:30"])
def test_ways_to_write_a_time(text: str) -> None:
    """Tests that the hours people write are understood."""
    assert load_settings(f"sessions.morning.opens={text}").reference.sessions.morning.opens == 34_200


@pytest.mark.parametrize("text", ["9", "930", "24:00", "09:60", "null", "[9,30]", "half past nine"])
def test_ways_that_are_no_time(text: str) -> None:
    """Tests that a bare number is no time of day: it could mean hours, minutes or seconds."""
    with pytest.raises(InputError, match="a time of day such as 09:30"):
        load_settings(f"sessions.morning.opens={text}")


def test_world_paths_exist_and_cover_the_draws(reference: Settings) -> None:
    """Tests that every path of the world is a parameter: a renamed one cannot slip out."""
    parameters = world_parameters(reference)
    assert set(WORLD_PATHS) <= set(parameters)
    assert parameters["staff.sickness"] == {"spells_per_year": 0.7, "median_days": 12.0, "mean_days": 50.0}
    assert {path.partition(".")[0] for path in WORLD_PATHS} <= set(SCENARIO_GROUPS)


def test_world_is_the_same_for_every_scenario_of_every_study() -> None:
    """Tests that no shipped scenario changes a parameter of the outside world."""
    for study in ("three_or_four", "staffing", "label_exits"):
        settings = load_settings(f"study={study}")
        worlds = {json.dumps(world_parameters(scenario), default=str) for scenario in settings.scenarios}
        assert len(worlds) == 1


def test_identity_ignores_how_a_study_is_run() -> None:
    """Tests that workers, executor, detail and words keep a run's identity, and parameters change it."""
    base = identity(load_settings().reference)
    same = ("run.workers=2", "run.executor=serial", "run.detail=all", "run.language=en", "outputs=elsewhere")
    assert identity(load_settings(*same).reference) == base
    for word in ("run.seed=1", "run.horizon.end=2022-06-30", "desk.overtime_min=0", "staff.pairing=any_two"):
        assert identity(load_settings(word).reference) != base


def _where(*words: str) -> list[str]:
    with pytest.raises(InputError) as raised:
        load_settings(*words)
    return [problem.where for problem in raised.value.problems]


# Each word alone cannot hold with the default values of the others.
IMPOSSIBLE: list[tuple[tuple[str, ...], str, str]] = [
    (("sessions.morning.closes=09:00",), "sessions.morning.closes", "later than 09:30"),
    (("sessions.afternoon.closes=13:30",), "sessions.afternoon.closes", "later than 13:30"),
    (("sessions.morning.closes=14:00",), "sessions.afternoon.opens", "14:00"),
    (("sessions.morning.opens=08:00",), "sessions.morning.opens", "08:10 or later"),
    (("sessions.afternoon.closes=17:55",), "sessions.afternoon.closes", "17:50 or earlier"),
    (("day.lunch_least_min=50",), "day.lunch_least_min", "at most 45"),
    (("day.duty_ends=07:00",), "day.duty_ends", "later than 07:45"),
    (("day.amplitude_most_h=9",), "day.amplitude_most_h", "at least 10"),
    (("rounds.vehicles=4",), "rounds.vehicles", "at most 3"),
    (("fleet.on_breakdown=spare",), "fleet.on_breakdown", "above 3"),
    (("fleet.fuel_eur_per_l={20x1: 2.0}",), "fleet.fuel_eur_per_l.20x1", "a year such as 2022"),
    (("staff.fs_agents=0",), "staff.fs_agents, staff.cn_agents", "at least one pair"),
    (("staff.pairing=named", "staff.fs_agents=4"), "staff.pairing", "as many of one trade"),
    (("staff.pairing=named_strict", "staff.cn_agents=2"), "staff.pairing", "as many of one trade"),
    (
        ("staff.leave_policy=closed_weeks", "staff.closed_weeks_per_year=0"),
        "staff.closed_weeks_per_year",
        "1 to 7 weeks",
    ),
    (
        ("staff.leave_policy=closed_weeks", "staff.closed_weeks_per_year=9"),
        "staff.closed_weeks_per_year",
        "1 to 7 weeks",
    ),
    (("staff.leave_days_per_year=250",), "staff.leave_days_per_year", "at most 200"),
    (("staff.sickness.mean_days=5",), "staff.sickness.mean_days", "at least the median, 12"),
    (("desk.early_share=0.2",), "desk.early_share, desk.arrival_thirds", "sum to 1"),
    (("desk.early_min=0",), "desk.early_min", "more than 0"),
    (("desk.comes_back_share=0.9",), "desk.comes_back_share, desk.goes_fixed_share", "at most 1 together"),
    (("desk.workshops.length_min=170",), "desk.workshops.length_min", "ends by minute 180"),
    (("desk.workshops.capacity=0",), "desk.workshops.capacity", "at least 1 place"),
    (("demand.needs.mix.self_service=0.5",), "demand.needs.mix", "sum to 1"),
    (("demand.needs.mix={naps: 0.0}",), "demand.needs.mix.naps", "one of admin_level_1"),
    (("demand.needs.segments.senior=0",), "demand.needs.segments", "sum to 1"),
    (("demand.needs.operators.cnaf=1",), "demand.needs.operators", "sum to 1"),
    (("demand.season.tax_operator=impots",), "demand.season.tax_operator", "france_titres"),
    (("demand.season.tax_index=0.5",), "demand.season.tax_index", "can carry alone"),
    (("demand.season.tax_campaigns=[[2021-06-08,2021-04-08]]",), "demand.season.tax_campaigns", "end after"),
    (("demand.season.tax_month_day=[04-08,13-01]",), "demand.season.tax_month_day", "such as 04-08"),
    (("demand.season.tax_month_day=[06-08,04-08]",), "demand.season.tax_month_day", "end after the start"),
    (("homes.channels.town_hall.share=0.1",), "homes.channels", "sum to 1"),
    (("homes.channels.town_hall.closes=08:00",), "homes.channels.town_hall.closes", "later than 09:00"),
    (("homes.last_start=08:30",), "homes.last_start", "09:00"),
    (("homes.lead_bound_days=60",), "homes.lead_bound_days", "at most 28"),
    (
        ("homes.cancelled_share=0.97",),
        "homes.cancelled_share, homes.no_show_share_with_reminders",
        "at most 1",
    ),
    (("rounds.holiday=moved", "rounds.moved_within_days=0"), "rounds.moved_within_days", "at least 1 day"),
    (("exits.slip_months=6",), "exits.slip_months", "exits.reading other than none"),
    (("exits=announced", "exits.lost_after_months=0"), "exits.lost_after_months", "at least 1 month"),
    (("exits.communes={82089: soon}",), "exits.communes.82089", "a date such as 2022-07-01, or never"),
    (("run.horizon.end=2021-06-30",), "run.horizon.end", "2021-07-01"),
    (("run.horizon.end=2041-01-01",), "run.horizon", "at most 10 years"),
    (("run.horizon.start=2021-01-04",), "run.horizon.start", "no service before its launch"),
    (("run.replications=1",), "run.replications", "2 or more"),
    (("run.detail=[0,100]",), "run.detail", "from 0 to 99"),
    (("study.scenarios=[reference]",), "study.scenarios", "at least 2 scenarios"),
    (("study.scenarios=[reference,solo,solo]",), "study.scenarios", "each scenario once"),
    (("absence.date=2021-10-04",), "absence", "study=absence"),
    (("study=absence", "absence.agents=[A1]"), "absence.date", "a date such as"),
    (("study=absence", "absence.date=2021-10-04"), "absence.agents", "[A3,A5]"),
    (("study=absence", "absence.date=2030-10-04", "absence.agents=[A1]"), "absence.date", "run.horizon"),
    (("study=absence", "absence.date=2021-10-04", "absence.agents=[A9]"), "absence.agents", "A1, A2"),
    (
        ("study=absence", "absence.date=2021-10-04", "absence.agents=[A1]", "absence.until=2021-10-01"),
        "absence.until",
        "2021-10-04 (absence.date) or later",
    ),
]


@pytest.mark.parametrize(
    ("words", "where", "expected"), IMPOSSIBLE, ids=[" ".join(row[0]) for row in IMPOSSIBLE]
)
def test_impossible_combinations(words: tuple[str, ...], where: str, expected: str) -> None:
    """Tests that what cannot hold together is refused where it stands, with what would be possible."""
    with pytest.raises(InputError) as raised:
        load_settings(*words)
    problems = [problem for problem in raised.value.problems if problem.where == where]
    assert problems, [str(problem) for problem in raised.value.problems]
    assert expected in problems[0].expected
    assert problems[0].expected_fr


def test_combinations_are_said_together() -> None:
    """Tests that independent faults come in one list, each once although five scenarios share them."""
    wheres = _where("day.lunch_least_min=50", "desk.early_min=0", "run.replications=1", "fleet.vehicles=two")
    assert sorted(wheres) == ["day.lunch_least_min", "desk.early_min", "fleet.vehicles", "run.replications"]


POSSIBLE: list[tuple[str, ...]] = [
    ("staff.fs_agents=0", "staff.pairing=any_two"),
    ("study=single", "staff.fs_agents=0", "staff.short_crew=solo"),
    ("desk.workshops.length_min=170", "desk.workshops.per_month_per_cn=0"),
    ("desk.early_share=0", "desk.arrival_thirds=[0.5,0.3,0.2]", "desk.early_min=0"),
    ("exits=announced", "exits.lost_after_months=6"),
    ("exits.communes={82089: 2022-03-01, 82088: never}",),
    ("study=single", "run.replications=1", "run.detail=none"),
    ("study=absence", "absence.date=2021-10-04", "absence.agents=[A3,C]", "absence.until=2021-12-31"),
    ("run.horizon.end=2021-07-01",),
    ("run.horizon.end=2023-12-31", "demand.season.tax_index=1"),
    ("sessions=three_hours", "desk.overtime_min=0"),
    ("study=single", "fleet.vehicles=5", "fleet.on_breakdown=spare"),
]


@pytest.mark.parametrize("words", POSSIBLE, ids=[" ".join(words) for words in POSSIBLE])
def test_possible_combinations(words: tuple[str, ...]) -> None:
    """Tests that what looks odd but can be simulated is not refused."""
    assert load_settings(*words).scenarios


def test_flat_and_nested_agree(reference: Settings) -> None:
    """Tests that dotted paths name each value once."""
    values: dict[str, Any] = reference.model_dump(mode="json")
    paths = flat(values)
    assert paths["fleet.vehicles"] == 3
    assert paths["desk.arrival_thirds"] == [0.45, 0.3, 0.15]
    assert paths["exits.communes"] == {}


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("desk.patience_mean_min=1e300", "sans limite"),
        ("demand.needs_per_person_per_year=1e4", "deux fois par semaine"),
        ("budget.pay_eur=1e20", "budget"),
        ("day.setup_min=1e9", "une année de minutes"),
        ("desk.self_service_posts=99999", "aucune salle"),
        ("fleet.repair_mean_days=1e6", "dix ans"),
    ],
)
def test_numbers_have_an_upper_bound(word: str, said: str) -> None:
    """Tests that a number beyond what its parameter can mean is refused before anything runs, with why."""
    with pytest.raises(InputError) as refused:
        load_settings(word)
    assert said in refused.value.problems[0].say("fr")


def test_an_absence_of_one_is_named_once_on_a_working_day() -> None:
    """Tests that one agent needs no list, that none is named twice, and that nobody is away on a holiday."""
    alone = load_settings("study=absence", "absence.date=2021-10-04", "absence.agents=A3")
    assert alone.base.absence.agents == ["A3"]
    with pytest.raises(InputError) as refused:
        load_settings("study=absence", "absence.date=2021-11-11", "absence.agents=[A3,A3]")
    said = [problem.say("fr") for problem in refused.value.problems]
    assert "2021-11-12" in said[0]
    assert "A3 deux fois" in said[1]
