"""Tests of extreme values: empty, overloaded, never and always absent; the log stays consistent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.measures import MEASURES, check_invariants, measure, measure_context
from sim.models.cell import Cell, replicate
from sim.models.facts import AGENT_STATUSES, CAUSES, DESTINATIONS, HOME_OUTCOMES, OUTCOMES, Facts
from sim.scenarios.plan import make_plan
from sim.settings import Settings
from sim.world import draw_world
from tests.scripted import Person, at, columns, compose, rounds_file, scripted, territory, with_people

BASE = ("study=single", "territory=tiny", "run.horizon.end=2021-12-31")


def run(*words: str) -> tuple[Settings, Facts]:
    """One replication with every check the study makes, its measures included."""
    settings = compose(*BASE, *words)
    world = draw_world(settings, territory(), 1)
    facts = replicate(make_plan(settings, territory()), world)
    check_invariants(
        facts,
        needs_drawn=np.bincount(world.needs.home, minlength=3),
        requests_drawn=np.bincount(world.homes.home, minlength=3),
    )
    measured = measure(facts, measure_context(settings, territory()))
    assert len(measured.values) == len(MEASURES)
    assert not np.isinf(np.array(measured.values, float)).any()
    return settings, facts


def test_nobody_needs_anything() -> None:
    """Tests an empty department: the cell drives its rounds and helps nobody."""
    _, facts = run("demand.needs_per_person_per_year=0", "homes.requests_per_week=0")
    assert facts.persons.person_id.size == facts.visits.passage.size == facts.home_visits.day.size == 0
    assert (facts.passages.status == 0).sum() > 20
    assert (facts.passages.end_s >= facts.passages.close_s)[facts.passages.status == 0].all()


def test_fifty_times_the_needs() -> None:
    """Tests an overload: every desk is busy from opening to the last start, and nobody is forgotten."""
    _, facts = run("demand.needs_per_person_per_year=25", "demand.awareness.midpoint_months=-20")
    held = facts.passages.status == 0
    served = np.bincount(facts.visits.passage[facts.visits.outcome == 0], minlength=held.size)
    assert facts.visits.passage.size > 3_000
    # Two agents and two posts for three hours and a quarter: the desks cannot serve more than that.
    assert 15 < served[held].max() < 60
    turned_away = (facts.visits.outcome == OUTCOMES.index("turned_away")).sum()
    assert turned_away > 0.1 * facts.visits.passage.size
    assert (facts.visits.attempt <= 3).all()


def test_nobody_is_ever_ill() -> None:
    """Tests that without sickness, leave, training and breakdowns every passage is held by two."""
    _, facts = run(
        "staff.sickness.spells_per_year=0",
        "staff.leave_days_per_year=0",
        "staff.training_days_per_year=0",
        "staff.initial_training_weeks=0",
        "fleet.breakdown_share_of_vehicle_days=0",
    )
    open_days = facts.passages.cause != CAUSES.index("holiday")
    assert (facts.passages.held_by[open_days] == 2).all()
    statuses = set(facts.agent_days.status.tolist())
    assert statuses == {AGENT_STATUSES.index("present")}


def test_everyone_is_always_ill() -> None:
    """Tests that nothing is held, that people end elsewhere, and that no home is visited."""
    settings = compose(*BASE)
    world = draw_world(settings, territory(), 1)
    facts = replicate(make_plan(settings, territory()), replace(world, sick=np.ones_like(world.sick)))
    check_invariants(facts)
    assert not (facts.passages.status == 0).any()
    assert set(facts.passages.cause.tolist()) <= {CAUSES.index("sickness"), CAUSES.index("holiday")}
    assert not (facts.persons.destination == DESTINATIONS.index("itinerant")).any()
    assert not (facts.home_visits.outcome == HOME_OUTCOMES.index("done")).any()
    assert facts.journal.km.sum() == 0


def test_no_home_requests() -> None:
    """Tests a cell that is never asked to visit anybody."""
    _, facts = run("homes.requests_per_week=0")
    assert facts.home_visits.day.size == 0
    assert facts.visits.passage.size > 0


def test_more_home_requests_than_can_be_visited() -> None:
    """Tests that what finds no slot within 28 days is refused, and that no route is overfull."""
    _, facts = run("homes.requests_per_week=120")
    outcomes = np.bincount(facts.home_visits.outcome, minlength=len(HOME_OUTCOMES))
    assert outcomes[HOME_OUTCOMES.index("refused")] > outcomes[HOME_OUTCOMES.index("done")] > 50
    done = facts.home_visits.outcome == HOME_OUTCOMES.index("done")
    assert (facts.home_visits.lead_days[done] >= 1).all()


def test_one_vehicle_and_one_pair() -> None:
    """Tests the smallest cell."""
    _, facts = run("fleet.vehicles=1", "rounds.vehicles=1", "staff.fs_agents=1", "staff.cn_agents=1")
    assert set(facts.journal.vehicle.tolist()) == {0}
    assert (facts.passages.status == 0).any()


def test_a_week() -> None:
    """Tests the shortest horizon: people wait at the end for passages after it."""
    _, facts = run(
        "run.horizon.end=2021-07-07",
        "demand.awareness.midpoint_months=-20",
        "demand.needs_per_person_per_year=10",
    )
    assert facts.days == 7
    assert (facts.persons.destination == DESTINATIONS.index("waiting")).any()
    assert facts.persons.person_id.size == facts.persons.destination.size > 0


def test_a_day_and_a_public_holiday() -> None:
    """Tests horizons of one day: Wednesday 14 July 2021, on which nobody works, and the day before."""
    for day, working in (("2021-07-14", 0), ("2021-07-13", 1)):
        _, facts = run(f"run.horizon.start={day}", f"run.horizon.end={day}")
        assert facts.working_days.size == working
        assert facts.agent_days.agent.size == working * 7


def test_everything_on_public_holidays(tmp_path: Path) -> None:
    """Tests a week whose only passage falls on Thursday 11 November 2021."""
    stops = [("mairie-aubrelande", "V1", 1, 4, "afternoon")]
    words = ("run.horizon.start=2021-11-08", "run.horizon.end=2021-11-14", "rounds.reading=per_commune")
    for policy, status in (("cancelled", 1), ("moved", 0)):
        plan, world = scripted(*words, rounds_file(tmp_path, stops), f"rounds.holiday={policy}")
        facts = replicate(plan, with_people(world, [Person(0, "permanence:99001")]))
        check_invariants(facts)
        assert facts.passages.status.tolist() == [status]
        assert plan.calendar.date(int(facts.passages.day[0])) == date(2021, 11, 11 if status else 12)


@pytest.mark.parametrize("efficiency", ["0", "1"])
def test_efficiency_outside_the_trade(efficiency: str) -> None:
    """Tests agents who cannot, and agents who can as well, serve outside their trade."""
    _, facts = run(f"staff.efficiency_outside_trade={efficiency}", "demand.needs_per_person_per_year=2")
    v = facts.visits
    served = v.outcome == 0
    digital = v.need == 2
    by_fs = served & digital & (v.server >= 0) & (facts.agent_trades[np.maximum(v.server, 0)] == 0)
    assert by_fs.any() == (efficiency == "1")


def test_nobody_serves_a_need_without_an_efficiency(tmp_path: Path) -> None:
    """Tests level 2 at a desk held by a conseiller alone: told on arrival, and back at a later passage."""
    words = (
        "rounds.reading=per_commune",
        "staff.short_crew=solo",
        "staff.fs_agents=1",
        "staff.cn_agents=1",
        "fleet.vehicles=1",
        "rounds.vehicles=1",
        "run.horizon.start=2021-09-06",
        "run.horizon.end=2021-12-31",
    )
    stops = [("mairie-aubrelande", "V1", 1, 1, "afternoon")]
    plan, world = scripted(*words, rounds_file(tmp_path, stops))
    sick = np.zeros_like(world.sick)
    sick[world.agents.index("A1"), 0] = True
    people = [Person(0, "permanence:99001", need="admin_level_2"), Person(0, "permanence:99001")]
    facts = replicate(plan, with_people(replace(world, sick=sick), people))
    rows = sorted(columns(facts.visits, "person_id", "attempt", "outcome"))
    assert rows == [(1, 1, OUTCOMES.index("not_served_here")), (1, 2, 0), (2, 1, 0)]
    assert facts.passages.held_by[0] == 1


def test_patience_of_a_second_and_of_a_lifetime() -> None:
    """Tests that the impatient are served by a free agent or not at all, and that the stoic never leave."""
    many = ("demand.needs_per_person_per_year=8", "demand.awareness.midpoint_months=-20")
    _, hasty = run("desk.patience_mean_min=0.001", *many)
    v = hasty.visits
    opens = hasty.passages.open_s[v.passage]
    served = v.outcome == 0
    assert (v.start_s[served] - v.arrival_s[served] <= v.patience_s[served]).all()
    assert (v.arrival_s[served] >= opens[served] - 1).all()
    assert (v.outcome == OUTCOMES.index("reneged")).sum() > served.sum() / 4
    _, stoic = run("desk.patience_mean_min=1000000", *many)
    assert not (stoic.visits.outcome == OUTCOMES.index("reneged")).any()
    assert (stoic.visits.outcome == OUTCOMES.index("turned_away")).any()


def test_work_of_nothing_and_of_a_whole_session() -> None:
    """Tests services of no length (all served) and services longer than a session (one a server)."""
    names = ("admin_level_1", "admin_level_2", "digital_individual", "self_service", "social_orientation")
    nothing = [f"demand.needs.work_mean_min.{n}=0" for n in names]
    _, facts = run(*nothing, "demand.needs.correspondent_extra_min=0", "demand.needs_per_person_per_year=5")
    open_door = facts.visits.outcome != OUTCOMES.index("door_closed")
    on_time = facts.passages.open_s == facts.passages.announced_open_s
    patient = facts.visits.arrival_s >= facts.passages.announced_open_s[facts.visits.passage]
    clear = open_door & on_time[facts.visits.passage] & patient
    assert (facts.visits.outcome[clear] == 0).all()
    assert (facts.visits.end_s == facts.visits.start_s)[facts.visits.outcome == 0].all()
    long = [f"demand.needs.work_mean_min.{n}=240" for n in names]
    unlimited = ("demand.needs.work_longest_min=null", "demand.needs.work_cv=0.01")
    _, facts = run(*long, *unlimited, "demand.needs_per_person_per_year=5")
    served = facts.visits.outcome == 0
    per_server = np.bincount(facts.visits.passage[served])
    assert per_server.max() <= 4  # two agents and two posts


def test_a_spare_vehicle_of_which_nothing_remains() -> None:
    """Tests that vehicles are hardly ever there: passages are cancelled for breakdowns, never for crews."""
    _, facts = run(
        "fleet.breakdown_share_of_vehicle_days=0.9",
        "staff.sickness.spells_per_year=0",
        "fleet.repair_mean_days=1",
        "staff.leave_days_per_year=0",
        "staff.training_days_per_year=0",
        "staff.initial_training_weeks=0",
    )
    causes = facts.passages.cause[facts.passages.status == 2]
    assert set(causes.tolist()) == {CAUSES.index("breakdown")}
    assert causes.size > 10


def test_more_vehicles_than_the_world_draws_for() -> None:
    """Tests a hundred vehicles: each has its own breakdowns."""
    settings = compose(*BASE, "fleet.vehicles=100", "fleet.breakdown_share_of_vehicle_days=0.1")
    world = draw_world(settings, territory(), 0, vehicles=100)
    facts = replicate(make_plan(settings, territory()), world)
    check_invariants(facts)
    d = facts.vehicle_days
    repaired = np.bincount(d.vehicle, weights=d.morning == 5, minlength=100)
    assert (repaired > 0).mean() > 0.9
    assert repaired.max() < facts.working_days.size / 2
    with pytest.raises(ValueError, match="64 vehicles"):
        replicate(make_plan(settings, territory()), draw_world(settings, territory(), 0))


def test_no_one_is_awaited_at_a_passage_that_is_over(tmp_path: Path) -> None:
    """Tests the lists of contacts behind the log: at the end nobody stands on the list of a past passage."""
    settings = compose(
        *BASE,
        "demand.needs_per_person_per_year=10",
        "exits.communes=99001:2021-10-01",
        "demand.awareness.midpoint_months=-20",
        "desk.told_share=0.5",
    )
    for r in range(4):
        cell = Cell(make_plan(settings, territory()), draw_world(settings, territory(), r))
        cell.run()
        rows = cell.contacts
        over = cell.passages["day"][rows["passage"]] < cell.plan.calendar.days
        assert over.sum() > 500
        assert not (over & (rows["outcome"] == -1)).any()
    # A site met again the same day: she loses patience before a late opening, when the commune's other
    # desk has long been held, and no passage of hers is to come within eight weeks.
    stops = [
        ("mds-aubrelande", "V1", 1, 1, "afternoon"),
        ("salle-belcombe", "V1", 1, 1, "morning"),
        ("mairie-aubrelande", "V2", 1, 1, "afternoon"),
    ]
    words = (
        "run.horizon.start=2021-09-06",
        "run.horizon.end=2021-12-31",
        "rounds.reading=per_commune",
        "fleet.vehicles=2",
        "rounds.vehicles=2",
        "exits.communes=99001:2021-09-07",
        "exits.slip_months=9",
    )
    plan, world = scripted(*words, rounds_file(tmp_path, stops))
    hours = "permanence:99001"
    people = [
        Person(0, "permanence:99002", "gives_up", arrives=[0.99], work_min=120),  # keeps V1 until 13:30
        Person(at(0, "13:29"), hours, "fixed:1", home="99003", patience_min=[0.0], arrives=[0.05]),
    ]
    cell = Cell(plan, with_people(world, people))
    cell.run()
    rows = cell.contacts
    over = cell.passages["day"][rows["passage"]] < cell.plan.calendar.days
    assert not (over & (rows["outcome"] == -1)).any()
