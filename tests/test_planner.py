"""The planner: equal to brute force, bounded, drivable, consistent, and clear when it fails."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.compose import load_settings
from sim.problems import InputError
from sim.scenarios.planner import (
    Pin,
    SessionChoice,
    gain_of_planning,
    move_site,
    plan,
    plan_for,
    planning_problem,
    usual_passages,
)
from sim.scenarios.planning import disk
from sim.scenarios.planning.conflicts import find_conflict, relax
from sim.scenarios.planning.kept import planned_rounds, read_kept
from sim.scenarios.planning.problem import (
    HALF_DAYS,
    DayLimits,
    PlannedSite,
    PlannedVehicle,
    PlanningProblem,
)
from sim.scenarios.planning.selection import Effort, select_tours
from sim.scenarios.rounds import DrivingRules, Rounds, Stop, check_rounds, driving_minutes
from sim.territory import load_territory
from sim.territory.territory import Territory
from tests.planning_brute_force import brute_force, spread_of_rounds

USUAL = (SessionChoice("morning", 34_200, 41_400), SessionChoice("afternoon", 48_600, 59_400))
SHORT = (
    SessionChoice("morning", 31_500, 35_100),
    SessionChoice("morning", 39_600, 43_200),
    SessionChoice("afternoon", 50_400, 54_000),
)
LIMITS = DayLimits(900, 600, 600, 2700, 27_900, 64_800, 36_000, 43_200)


@pytest.fixture(scope="module")
def territory() -> Territory:
    return load_territory("tarn_et_garonne")


@pytest.fixture(scope="module")
def reference():
    return load_settings("study=single").reference


def made(
    points: list[tuple[int, int]],
    passages: list[int],
    vehicles: int,
    weekdays: tuple[int, ...],
    *,
    weeks: int = 2,
    sessions: tuple[SessionChoice, ...] = USUAL,
    stops_most: int = 2,
) -> PlanningProblem:
    """Sites at points in minutes of drive from the base, Euclidean, in whole seconds."""
    xy = np.array([*points, (0, 0)], dtype=float)
    apart = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    seconds = np.ceil(60 * apart).astype(int)
    return PlanningProblem(
        sites=tuple(PlannedSite(f"s{i}", f"Site {i}", number, sessions) for i, number in enumerate(passages)),
        vehicles=tuple(PlannedVehicle(f"V{i + 1}", len(points), weekdays) for i in range(vehicles)),
        limits=replace(LIMITS, stops_most=stops_most),
        weeks=weeks,
        drive_s=tuple(tuple(int(v) for v in row) for row in seconds),
        drive_km=tuple(tuple(float(v) for v in row) for row in apart),
        label_s=5 * 3600,
    )


def as_territory(problem: PlanningProblem) -> tuple[Territory, DrivingRules]:
    """The made-up sites as a territory, for the checker of rounds."""
    tiny = load_territory("tiny")
    names = [site.site_id for site in problem.sites] + ["base"]
    sites = tuple(replace(tiny.sites[0], site_id=name) for name in names)
    minutes = np.array(problem.drive_s) / 60
    limits = problem.limits
    rules = DrivingRules(
        setup_min=limits.setup_s / 60,
        pack_min=limits.pack_s / 60,
        buffer_min=limits.buffer_s / 60,
        lunch_min=limits.lunch_s / 60,
        duty_start_s=limits.duty_start_s,
        duty_end_s=limits.duty_end_s,
        duty_most_h=limits.duty_most_s / 3600,
        amplitude_most_h=limits.amplitude_most_s / 3600,
        base_site="base",
    )
    return replace(tiny, sites=sites, minutes=minutes, km=np.array(problem.drive_km)), rules


def respects(problem: PlanningProblem, rounds: Rounds) -> None:
    """Every passage wanted, allowed and as pinned, and the rounds pass the checker."""
    for site in problem.sites:
        stops = rounds.of_site(site.site_id)
        assert len(stops) == site.passages
        for stop in stops:
            assert site.allowed is None or (stop.weekday, stop.half_day) in site.allowed
            assert site.pin.vehicle in {None, stop.vehicle}
            assert site.pin.weekday in {None, stop.weekday}
            assert site.pin.half_day in {None, stop.half_day}
        assert site.pin.week is None or site.pin.week in {stop.week for stop in stops}
    place, rules = as_territory(problem)
    names = [vehicle.name for vehicle in problem.vehicles]
    assert check_rounds(rounds, place, rules, names, allow_missing=True) == []
    weekdays = {vehicle.name: vehicle.weekdays for vehicle in problem.vehicles}
    assert all(stop.weekday in weekdays[stop.vehicle] for stop in rounds.stops)


POINT = st.tuples(st.integers(-60, 60), st.integers(-60, 60))
CELLS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from(HALF_DAYS)), min_size=1, max_size=6, unique=True
).map(lambda cells: tuple(sorted(cells)))
PIN = st.builds(
    Pin,
    vehicle=st.sampled_from([None, None, "V1"]),
    week=st.sampled_from([None, None, None, 1, 2]),
    weekday=st.sampled_from([None, None, 1, 2]),
    half_day=st.sampled_from([None, None, *HALF_DAYS]),
)


@st.composite
def problems(draw: st.DrawFn) -> PlanningProblem:
    """Territories of up to 7 sites with about as many half-days as they need, some of them restricted."""
    vehicles, weekdays = draw(st.sampled_from([(1, (1, 2)), (2, (1,)), (1, (1, 2, 3)), (2, (1, 2))]))
    room = 4 * vehicles * len(weekdays)
    most = {8: 7, 12: 5, 16: 4}[room]
    points = draw(st.lists(POINT, min_size=1, max_size=most))
    frequent = draw(st.integers(0, min(2, len(points))))
    problem = made(points, [2] * frequent + [1] * (len(points) - frequent), vehicles, weekdays)
    sites = []
    for site in problem.sites:
        kind = draw(st.sampled_from(["free", "free", "allowed", "pin"]))
        if kind == "allowed":
            site = replace(site, allowed=draw(CELLS))
        elif kind == "pin":
            site = replace(site, pin=draw(PIN))
        sites.append(site)
    return replace(problem, sites=tuple(sites))


@given(problem=problems())
@settings(max_examples=60)
def test_equal_to_brute_force(problem: PlanningProblem) -> None:
    """Tests that driving and spread are those of brute force, and that both agree when there is nothing."""
    best = brute_force(problem)
    if best is None:
        with pytest.raises(InputError):
            plan(problem)
        return
    result = plan(problem)
    respects(problem, result.rounds)
    assert result.proven
    assert round(result.driving_min * 60) == best[0]
    assert result.bound_min <= result.driving_min
    assert spread_of_rounds(problem, result.rounds) == best[1]
    for level in result.levels:
        assert level.bound <= level.value + 1e-6
        if level.proven and level.name != "most_driving_a_vehicle_s":
            assert level.value - level.bound < 0.51


@given(points=st.lists(POINT, min_size=1, max_size=4), data=st.data())
@settings(max_examples=25)
def test_equal_to_brute_force_in_four_weeks(points: list[tuple[int, int]], data: st.DataObject) -> None:
    """Tests that mixed frequencies of 1 to 4 passages in four weeks are planned as brute force does."""
    passages = data.draw(st.lists(st.integers(1, 4), min_size=len(points), max_size=len(points)))
    weekdays = data.draw(st.sampled_from([(1,), (1, 2)]))
    problem = made(points, passages, 1, weekdays, weeks=4)
    best = brute_force(problem)
    if best is None:
        with pytest.raises(InputError):
            plan(problem)
        return
    result = plan(problem)
    respects(problem, result.rounds)
    assert result.proven
    assert round(result.driving_min * 60) == best[0]
    assert spread_of_rounds(problem, result.rounds) == best[1]


@given(points=st.lists(st.tuples(st.integers(-25, 25), st.integers(-25, 25)), min_size=1, max_size=5))
@settings(max_examples=25)
def test_equal_to_brute_force_with_three_stops(points: list[tuple[int, int]]) -> None:
    """Tests that short sessions share a half-day where the drive between them allows, as brute force does."""
    problem = made(points, [1] * len(points), 1, (1,), sessions=SHORT, stops_most=3)
    best = brute_force(problem)
    if best is None:
        with pytest.raises(InputError):
            plan(problem)
        return
    result = plan(problem)
    respects(problem, result.rounds)
    assert round(result.driving_min * 60) == best[0]


def test_three_short_sessions_make_one_day() -> None:
    """Tests that three near sites with hour-long sessions are one vehicle-day, counted by hand."""
    problem = made([(10, 0), (14, 0), (18, 0)], [1, 1, 1], 1, (1, 2, 3, 4, 5), sessions=SHORT, stops_most=3)
    result = plan(problem)
    assert result.day_tours == 1
    assert result.driving_min == 36
    respects(problem, result.rounds)


@given(problem=problems())
@settings(max_examples=40)
def test_conflicts_are_irreducible(problem: PlanningProblem) -> None:
    """Tests that the requirements named cannot hold together and that each of them is needed for that."""
    conflict = find_conflict(problem)
    if conflict is None:
        assert select_tours(problem, feasibility_only=True).feasible
        return

    def impossible(kept: frozenset) -> bool:
        relaxed = relax(problem, kept)
        return bool(relaxed.sites) and not select_tours(relaxed, feasibility_only=True).feasible

    everything = frozenset(conflict.requirements)
    assert impossible(everything)
    assert not any(impossible(everything - {one}) for one in everything)
    assert conflict.words("fr")
    assert len(conflict.words("fr")) == len(conflict.words("en"))


@given(points=st.lists(POINT, min_size=2, max_size=9), vehicles=st.integers(1, 2), data=st.data())
@settings(max_examples=20)
def test_less_to_do_or_more_vehicles_never_mean_more_driving(
    points: list[tuple[int, int]], vehicles: int, data: st.DataObject
) -> None:
    """Tests that removing a site, or adding a vehicle, never increases proven driving."""
    frequent = data.draw(st.integers(0, 3))
    passages = [2 if i < frequent else 1 for i in range(len(points))]
    problem = made(points, passages, vehicles, (1, 2, 3))
    try:
        whole = plan(problem)
    except InputError:
        return
    gone = data.draw(st.sampled_from(problem.sites)).site_id
    less = plan(problem.without(frozenset({gone})))
    more = plan(made(points, passages, vehicles + 1, (1, 2, 3)))
    assert whole.proven
    assert less.proven
    assert more.proven
    assert less.driving_min <= whole.driving_min + 1e-9
    assert more.driving_min <= whole.driving_min + 1e-9


@pytest.mark.parametrize("vehicles", [2, 3, 4, 5])
def test_real_territory(territory: Territory, reference, vehicles: int) -> None:
    """Tests that 27 sites are planned to the proven least, 1 112 minutes, every half-day with a desk open."""
    rules = DrivingRules.from_settings(reference.day, territory.depot)
    problem = planning_problem(territory, rules, reference.sessions, vehicles)
    result = plan(problem)
    assert result.proven
    assert result.driving_min == pytest.approx(1111.6)
    assert result.bound_min == result.driving_min
    assert driving_minutes(result.rounds, territory) == pytest.approx(1111.6)
    assert result.day_tours == 14
    assert check_rounds(result.rounds, territory, rules, vehicles) == []
    assert spread_of_rounds(problem, result.rounds) == (2, 0, -20, 22)
    half_days = [sum(s.vehicle == v for s in result.rounds.stops) for v in result.rounds.vehicles()]
    assert len(half_days) == vehicles
    assert max(half_days) - min(half_days) <= 2


def test_extra_passages_keep_weekday_half_day_and_vehicle(territory: Territory, reference) -> None:
    """Tests that nine sites visited weekly keep their habits and that no vehicle is in two places."""
    settings_ = reference.model_copy(
        update={"rounds": reference.rounds.model_copy(update={"extra_passages": 9, "vehicles": 4})}
    )
    result = plan_for(settings_, territory)
    assert result.proven
    assert result.source == "shipped"
    assert len(result.rounds.stops) == 36
    weekly = [s for s in result.rounds.sites() if len(result.rounds.of_site(s)) == 2]
    assert len(weekly) == 9
    assert sum("montauban" in s or s == "hotel-departement" for s in weekly) == 4
    for site in weekly:
        first, second = result.rounds.of_site(site)
        assert (first.weekday, first.half_day, first.vehicle) == (
            second.weekday,
            second.half_day,
            second.vehicle,
        )
    rules = DrivingRules.from_settings(reference.day, territory.depot)
    assert check_rounds(result.rounds, territory, rules, 4) == []


def test_four_weeks_of_every_other_week_are_a_fortnight_twice(territory: Territory, reference) -> None:
    """Tests that two passages in four weeks everywhere drive exactly twice a fortnight's minutes."""
    rules = DrivingRules.from_settings(reference.day, territory.depot)
    result = plan(planning_problem(territory, rules, reference.sessions, 3, weeks=4))
    assert result.driving_min == pytest.approx(2 * 1111.6)
    assert result.rounds.cycle_weeks == 4
    assert check_rounds(result.rounds, territory, rules, 3) == []


def test_mixed_frequencies_on_the_real_territory(territory: Territory, reference) -> None:
    """Tests that 1, 2, 3 and 4 passages in four weeks are planned together, as often as asked."""
    ids = [site.site_id for site in territory.sites]
    passages = {site_id: (2, 1, 4, 3)[i % 4] for i, site_id in enumerate(ids)}
    rules = DrivingRules.from_settings(reference.day, territory.depot)
    problem = planning_problem(territory, rules, reference.sessions, 3, passages, weeks=4)
    result = plan(problem)
    assert result.bound_min <= result.driving_min
    assert result.gap < 0.01
    assert {s: len(result.rounds.of_site(s)) for s in ids} == passages
    assert check_rounds(result.rounds, territory, rules, 3) == []


def test_same_problem_same_rounds(territory: Territory, reference) -> None:
    """Tests that planning twice gives the same rounds, levels and bound."""
    rules = DrivingRules.from_settings(reference.day, territory.depot)
    passages = usual_passages(territory, extra_passages=5)
    problem = planning_problem(territory, rules, reference.sessions, 4, passages)
    first, second = plan(problem), plan(problem)
    assert first.rounds == second.rounds
    assert first.levels == second.levels
    assert first.digest == second.digest


def test_plans_are_kept(reference, monkeypatch, tmp_path) -> None:
    """Tests that a problem already planned is not planned twice, nor by another process; another one is."""
    monkeypatch.setattr("sim.scenarios.planning.kept._MADE", {})
    monkeypatch.setattr("sim.scenarios.planning.disk._folder", lambda: tmp_path)
    tiny = load_territory("tiny")
    rules = DrivingRules.from_settings(reference.day, tiny.depot)
    problem = planning_problem(tiny, rules, reference.sessions, 2)
    first = planned_rounds(problem)
    again = planned_rounds(problem)
    other = planned_rounds(replace(problem, label_s=0))
    assert (first.source, again.source, other.source) == ("planned", "cache", "planned")
    assert again.rounds is first.rounds
    assert other.digest != first.digest
    monkeypatch.setattr("sim.scenarios.planning.kept._MADE", {})
    monkeypatch.setattr("sim.scenarios.planning.kept.plan", None)  # another process would not plan either
    assert planned_rounds(problem) == replace(first, source="cache")
    assert len(list(tmp_path.iterdir())) == 2
    for file in tmp_path.iterdir():
        file.write_text("{", encoding="utf-8")
    assert disk.kept(first.digest, Effort()) is None
    assert disk.kept(first.digest, Effort(seconds=1.0)) is None


@pytest.mark.parametrize("name", ["tarn_et_garonne", "tiny"])
def test_shipped_plans(name: str, root) -> None:
    """Tests that every shipped plan passes the checker and is as good as planning it again would be."""
    from benchmarks.planner import SHIPPED, shipped_problem

    place = load_territory(name)
    for kept in SHIPPED[name]:
        problem = shipped_problem(name, kept)
        shipped = read_kept(place.folder / "rounds", problem.digest())
        assert shipped is not None, kept
        assert shipped.proven
        fresh = plan(problem)
        assert shipped.driving_min == pytest.approx(fresh.driving_min)
        assert [(a.name, round(a.value)) for a in shipped.levels[:6]] == [
            (b.name, round(b.value)) for b in fresh.levels[:6]
        ]
        respects(problem, shipped.rounds)


def test_pins_and_rooms_on_the_real_territory(territory: Territory, reference) -> None:
    """Tests that Verdun stays on Friday morning and Valence avoids its market, at a cost that is said."""
    pins = {"mairie-verdun-sur-garonne": Pin(weekday=5, half_day="morning", vehicle="V2", week=1)}
    market = [(day, half) for day in range(1, 6) for half in HALF_DAYS if (day, half) != (2, "morning")]
    result = plan_for(reference, territory, pins=pins, allowed={"mds-valence": market})
    (stop,) = result.rounds.of_site("mairie-verdun-sur-garonne")
    assert (stop.week, stop.weekday, stop.half_day, stop.vehicle) == (1, 5, "morning", "V2")
    (stop,) = result.rounds.of_site("mds-valence")
    assert (stop.weekday, stop.half_day) != (2, "morning")
    assert result.driving_min >= 1111.6 - 1e-9
    assert result.proven
    half_days = [sum(s.vehicle == f"V{i}" for s in result.rounds.stops) for i in (1, 2, 3)]
    assert max(half_days) - min(half_days) <= 2


def test_infeasible_input_is_said_in_words(territory: Territory, reference) -> None:
    """Tests that three far sites on one weekly morning with one vehicle are named, and nothing else."""
    tuesday = [(2, "morning")]
    sites = {"mairie-laguepie": 2, "mairie-parisot": 1, "mairie-dunes": 1}
    settings_ = reference.model_copy(update={"rounds": reference.rounds.model_copy(update={"vehicles": 1})})
    with pytest.raises(InputError) as caught:
        plan_for(
            settings_,
            territory,
            sites,
            allowed={"mairie-laguepie": tuesday, "mairie-parisot": tuesday},
        )
    (problem,) = caught.value.problems
    text = problem.say("fr")
    assert "Mairie de Laguépie, 2 passages en 2 semaines, seulement le mardi matin" in text
    assert "Mairie de Parisot, 1 passage en 2 semaines, seulement le mardi matin" in text
    assert "un seul véhicule" in text
    assert "Dunes" not in text
    assert "déjeuner" not in text
    assert "Mairie de Parisot, 1 passage in 2 weeks, only on Tuesday morning" in problem.say("en")


def test_sites_out_of_reach_are_all_said_with_what_is_enough(territory: Territory) -> None:
    """Tests that three-hour sessions on the real territory name every far site and a window that does."""
    words = ("study=single", "sessions=three_hours")
    settings_ = load_settings(*words).reference
    with pytest.raises(InputError) as caught:
        plan_for(settings_, territory)
    (problem,) = caught.value.problems
    base = territory.site_position[territory.depot]
    for i, site in enumerate(territory.sites):
        # 09:00 less 25 minutes from 07:45, or 17:00 and 10 until 18:00: 50 minutes of drive at most
        alone = min(territory.minutes[base, i], territory.minutes[i, base]) <= 50
        assert alone == (site.name not in problem.found), site.name
    assert "Hors d'atteinte de tout véhicule" in problem.say("fr")
    for key in ("day.duty_starts", "day.duty_ends"):
        value = problem.expected.partition(f"({key}=")[2].partition(")")[0]
        assert len(value) == 5
        enough = load_settings(*words, f"{key}={value}").reference
        assert len(plan_for(enough, territory).rounds.sites()) == 27
    minute = int(problem.expected.partition("(day.duty_starts=07:")[2][:2])
    late = load_settings(*words, f"day.duty_starts=07:{minute + 5:02d}").reference
    with pytest.raises(InputError):
        plan_for(late, territory)


def test_a_site_too_far_is_said(reference) -> None:
    """Tests that a site nobody can reach within the duty window is named with that window."""
    problem = made([(10, 0), (200, 0)], [1, 1], 3, (1, 2, 3, 4, 5))
    conflict = find_conflict(problem)
    assert conflict is not None
    assert [item.kind for item in conflict.requirements] == ["duty", "visit"]
    assert conflict.words("fr")[0].startswith("Site 1")
    assert "07:45" in conflict.words("fr")[1]


def test_names_that_do_not_exist_are_all_said(territory: Territory, reference) -> None:
    """Tests that every wrong name, number and half-day is listed at once, with the nearest name."""
    with pytest.raises(InputError) as caught:
        plan_for(
            reference,
            territory,
            {"mairie-dune": 1, "mairie-lavit": 3},
            pins={"mairie-lavit": Pin(vehicle="V9", weekday=8)},
            allowed={"mairie-lavit": [(1, "noon")]},
        )
    text = str(caught.value)
    assert "mairie-dunes" in text
    assert len(caught.value.problems) == 5


def test_moving_a_site(territory: Territory, reference) -> None:
    """Tests that a move comes with its exact minutes and km, and a clash with its reason."""
    rules = DrivingRules.from_settings(reference.day, territory.depot)
    result = plan_for(reference, territory)
    rounds = result.rounds
    (verdun,) = rounds.of_site("mairie-verdun-sur-garonne")
    moves = move_site(
        rounds, territory, rules, 3, "mairie-verdun-sur-garonne", 1, "morning", reference.sessions
    )
    assert len(moves) == 6
    best = moves[0]
    assert best.feasible
    assert best.overtime_min == 0
    assert check_rounds(best.rounds, territory, rules, 3) == []
    assert best.minutes == pytest.approx(driving_minutes(best.rounds, territory) - result.driving_min)
    assert best.minutes >= 0
    (moved,) = best.rounds.of_site("mairie-verdun-sur-garonne")
    assert (moved.weekday, moved.half_day) == (1, "morning")
    here = next(s for s in rounds.stops if s.vehicle == verdun.vehicle and s != verdun)
    clash = move_site(
        rounds,
        territory,
        rules,
        3,
        "mairie-verdun-sur-garonne",
        here.weekday,
        here.half_day,
        reference.sessions,
        vehicle=here.vehicle,
        weeks={verdun.week: here.week},
    )
    assert len(clash) == 1
    assert not clash[0].feasible
    assert any("two places" in str(problem) for problem in clash[0].problems)


def test_per_commune_reading(territory: Territory) -> None:
    """Tests that the reading by commune visits 24 sites, the base for Montauban, and exits are left out."""
    passages = usual_passages(territory, reading="per_commune")
    assert len(passages) == 24
    assert set(passages.values()) == {1}
    assert "hotel-departement" in passages
    assert "mds-montauban-labat" not in passages
    left = usual_passages(territory, without={"82121"})
    assert len(left) == 23
    with pytest.raises(InputError):
        usual_passages(territory, extra_passages=28)


def test_gain_of_planning(territory: Territory, reference) -> None:
    """Tests that rounds of one site a day are worth exactly the star of drives less the planned minutes."""
    stops = []
    for i, site in enumerate(territory.sites):
        cell = divmod(i, 10)
        week, weekday = divmod(cell[1], 5)
        stops.append(
            Stop(site.site_id, f"V{cell[0] + 1}", week + 1, weekday + 1, "afternoon", 48_600, 59_400)
        )
    gain = gain_of_planning(reference, territory, Rounds(tuple(stops)))
    base = territory.site_position[territory.depot]
    assert gain.by_hand.driving_min == pytest.approx(2 * territory.minutes[base].sum())
    assert gain.by_hand.km == pytest.approx(2 * territory.km[base].sum(), abs=0.1)
    assert (gain.by_hand.vehicle_days, gain.by_hand.half_days_open) == (27, 10)
    assert (gain.after.vehicle_days, gain.after.most_tours_a_day, gain.after.half_days_open) == (14, 2, 20)
    assert gain.by_hand.least_hours_a_week == 15
    assert gain.after.least_hours_a_week == 25
    assert gain.by_hand.overtime_min == gain.after.overtime_min == 0
    assert gain.planned.driving_min == pytest.approx(1111.6)
    assert gain.minutes == pytest.approx(gain.by_hand.driving_min - 1111.6)
    assert gain.planned.source in {"shipped", "cache"}


def test_one_vehicle_is_not_enough_for_every_site(territory: Territory, reference) -> None:
    """Tests that a lack of vehicles is said as passages that ten days cannot hold, in one clause."""
    rules = DrivingRules.from_settings(reference.day, territory.depot)
    conflict = find_conflict(planning_problem(territory, rules, reference.sessions, 1))
    assert conflict is not None
    visits = [item for item in conflict.requirements if item.kind == "visit"]
    assert 11 <= len(visits) <= 21
    assert conflict.words("fr")[0].startswith(f"{len(visits)} passages en 2 semaines (")
    assert conflict.words("fr")[0].endswith(f" et {len(visits) - 3} autres)")
    assert conflict.words("en")[0].endswith(f" and {len(visits) - 3} others)")
    assert conflict.words("fr")[-1] == "un seul véhicule"


def requirements(tmp_path, text: str, *words: str, name: str = "demandes.csv"):
    """Settings whose planned rounds must respect a file."""
    path = tmp_path / name
    path.write_bytes(text.encode("utf-8-sig"))
    return load_settings("study=single", f"rounds.requirements={path}", *words).reference


def test_requirements_file_of_a_french_spreadsheet(territory: Territory, tmp_path) -> None:
    """Tests that rooms, market days, habits, hours and frequencies of a file are all respected."""
    asked = requirements(
        tmp_path,
        "Commune;Jour;Demi-journée;Sauf;Véhicule;Semaine;Passages en 4 semaines;Ouverture;Fermeture\n"
        "Verdun-sur-Garonne;vendredi;matin;;2;1;;;\n"
        "mds-valence;mardi;matin;oui;;;;;\n"
        "Lavit;lundi, jeudi;;;;;;;\n"
        "Montech;;;;;;4;;\n"
        "Gramont;;;;;;0;;\n"
        "Dunes;;matin;;;;;9h45;11h15\n",
    )
    result = plan_for(asked, territory)
    (verdun,) = result.rounds.of_site("mairie-verdun-sur-garonne")
    assert (verdun.week, verdun.weekday, verdun.half_day, verdun.vehicle) == (1, 5, "morning", "V2")
    (valence,) = result.rounds.of_site("mds-valence")
    assert (valence.weekday, valence.half_day) != (2, "morning")
    assert result.rounds.of_site("mairie-lavit")[0].weekday in {1, 4}
    assert [stop.week for stop in result.rounds.of_site("mds-montech")] == [1, 2]
    assert result.rounds.of_site("mairie-gramont") == ()
    (dunes,) = result.rounds.of_site("mairie-dunes")
    assert (dunes.half_day, dunes.open_s, dunes.close_s) == ("morning", 35_100, 40_500)
    rules = DrivingRules.from_settings(asked.day, territory.depot)
    assert check_rounds(result.rounds, territory, rules, 3, allow_missing=True) == []


def test_odd_frequencies_of_a_file_make_a_cycle_of_four_weeks(territory: Territory, tmp_path) -> None:
    """Tests that a site asked once in four weeks gets it, the others twice, in a cycle of four weeks."""
    asked = requirements(tmp_path, "site,passages\nmairie-gramont,1\nmairie-laguepie,3\n")
    result = plan_for(asked, territory)
    assert result.rounds.cycle_weeks == 4
    counts = {site: len(result.rounds.of_site(site)) for site in result.rounds.sites()}
    assert counts.pop("mairie-gramont") == 1
    assert counts.pop("mairie-laguepie") == 3
    assert set(counts.values()) == {2}


def test_every_mistake_of_a_requirements_file_is_said(territory: Territory, tmp_path) -> None:
    """Tests that wrong sites, days, halves, marks, vehicles, weeks, numbers and hours are all listed."""
    asked = requirements(
        tmp_path,
        "site;jour;moment;sauf;véhicule;semaine;passages;début;fin;remarque\n"
        "Verdun;mardy;midi;peut-être;camion;9;7;25h;;\n"
        "Lavit;mardi;;;V1;;;;;\n"
        "Lavit;mardi;;oui;V2;;;;;\n"
        "Dunes;;;;;;;9h;8h;\n"
        "Auvillar;samedi;matin;;;;;10h;9h;\n",
    )
    with pytest.raises(InputError) as caught:
        plan_for(asked, territory)
    said = [problem.say("fr") for problem in caught.value.problems]
    assert not any(", line" in line or "half_day" in line or "expected" in line for line in said)
    for part in (
        "remarque",
        "Verdun",
        "mardy",
        "midi",
        "peut-être",
        "camion",
        "semaine du cycle",
        "0 à 4 passages",
        "25h",
        "demi-journée de ces horaires",
        "après l'ouverture",
        "samedi",
        "mairie-lavit, véhicule",
        "aucune demi-journée restante",
    ):
        assert any(part in line for line in said), part


@pytest.mark.parametrize("text", ["", "jour;moment\nmardi;matin\n"])
def test_a_requirements_file_without_sites_is_said(territory: Territory, tmp_path, text: str) -> None:
    """Tests that an empty file, or one without a column for the site, is refused in words."""
    with pytest.raises(InputError) as caught:
        plan_for(requirements(tmp_path, text), territory)
    assert len(caught.value.problems) == 1
