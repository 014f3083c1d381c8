"""Tests of agents: complete pairs a day against theory, planned leave, who holds which tour."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim.measures import check_invariants
from sim.models.cell import replicate
from sim.models.facts import AGENT_STATUSES, CAUSES, Facts
from sim.models.plan import Plan
from sim.scenarios.plan import make_plan
from sim.world import World, draw_world
from tests.crews_a_day import ABSENCES, RULES, crews_a_day
from tests.scripted import columns, compose, rounds_file, scripted, territory, with_sickness

LEVEL = 1e-3
PRESENT, LEAVE, TRAINING = (AGENT_STATUSES.index(s) for s in ("present", "leave", "training"))
THREE_CREWS = (
    "run.horizon.start=2021-09-06",  # a Monday: day 0
    "rounds.reading=per_commune",
    "fleet.vehicles=3",
)
# One passage for each of three vehicles on the Monday and the Wednesday of every week.
TWO_DAYS_A_WEEK = [
    (site, f"V{v + 1}", week, weekday, half_day)
    for v, (site, weekday, half_day) in enumerate(
        [
            ("mds-aubrelande", 1, "afternoon"),
            ("mairie-belcombe", 1, "afternoon"),
            ("salle-belcombe", 1, "morning"),
        ]
    )
    for week in (1, 2)
]


@cache
def exact_pairs(rule: str, availability: float = 0.75) -> float:
    """Expected complete pairs of 3 + 3 agents, summed over the 64 mornings there can be."""
    total = 0.0
    for here in product((0, 1), repeat=6):
        p = availability ** sum(here) * (1 - availability) ** (6 - sum(here))
        fs, cn = here[:3], here[3:]
        pairs = {
            "named": sum(a and b for a, b in zip(fs, cn, strict=True)),
            "pooled": min(sum(fs), sum(cn)),
            "any_two": (sum(fs) + sum(cn)) // 2,
        }[rule]
        total += p * pairs
    return total


def test_the_exact_sums_are_those_of_the_facts() -> None:
    """Tests the sums over 64 mornings against the figures published with the model: 1.69, 1.86, 2.00."""
    assert round(exact_pairs("named"), 2) == 1.69
    assert round(exact_pairs("pooled"), 2) == 1.86
    assert round(exact_pairs("any_two"), 2) == 2.00


def mondays(facts: Facts) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Passages held by two and passages not closed by a public holiday, by day with passages."""
    p = facts.passages
    open_days = p.cause != CAUSES.index("holiday")
    by_two = np.bincount(p.day[open_days], weights=p.held_by[open_days] == 2, minlength=facts.days)
    planned = np.bincount(p.day[open_days], minlength=facts.days)
    return by_two[planned > 0].astype(np.int64), planned[planned > 0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pairing", "rule"),
    [("named_strict", "named"), ("named", "named"), ("pooled", "pooled"), ("any_two", "any_two")],
)
def test_complete_pairs_a_day_with_independent_absence(tmp_path: Path, pairing: str, rule: str) -> None:
    """Tests 3 + 3 agents, each there with probability 0.75 whatever the others, over 20 000 mornings."""
    words = (*THREE_CREWS, "run.horizon.end=2031-08-31", rounds_file(tmp_path, TWO_DAYS_A_WEEK))
    plan, world = scripted(*words, f"staff.pairing={pairing}")
    rng = np.random.default_rng(20211004)
    held = []
    for _ in range(40):
        away = rng.random(world.sick.shape) < 0.25
        away[-1] = True  # no coordinator
        facts = replicate(plan, replace(world, sick=away))
        by_two, planned = mondays(facts)
        assert set(planned) == {3}
        held.append(by_two)
    pairs = np.concatenate(held)
    assert pairs.size > 18_000
    # Mornings are independent, so the interval is that of a mean.
    half = stats.norm.isf(LEVEL / 2) * pairs.std(ddof=1) / math.sqrt(pairs.size)
    assert half < 0.03
    assert abs(pairs.mean() - exact_pairs(rule)) < half


@pytest.mark.slow
def test_the_table_of_the_documentation_is_what_the_model_gives(root: Path) -> None:
    """Tests each mean of docs/model.md against 15 replications, within the errors of both."""
    rows = {}
    for line in (root / "docs" / "model.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] in ABSENCES:
            rows[cells[0]] = [[float(x) for x in cell.split(" ± ")] for cell in cells[1:5]]
            closed = float(cells[5])
            assert closed == pytest.approx(crews_a_day(cells[0], "pooled", 4)[2], abs=0.06)
    assert rows.keys() == ABSENCES.keys()
    for absence, cells in rows.items():
        for rule, (printed, half) in zip(RULES, cells, strict=True):
            mean, error, _ = crews_a_day(absence, rule, 15)
            assert abs(mean - printed) < half + 3.5 * error, (absence, rule, mean)


def test_each_rule_on_the_same_morning(tmp_path: Path) -> None:
    """Tests who may leave when A1 and A4 are ill: one named pair, two pooled, two of any trade."""
    held = {}
    for pairing in ("named_strict", "named", "pooled", "any_two"):
        words = (*THREE_CREWS, "run.horizon.end=2021-12-31", rounds_file(tmp_path, TWO_DAYS_A_WEEK))
        plan, world = scripted(*words, f"staff.pairing={pairing}")
        facts = replicate(plan, with_sickness(world, {"A1": [0], "A4": [0], "A6": [7], "A2": [7]}))
        check_invariants(facts)
        p = facts.passages
        for day in (0, 7):
            on = (p.day == day) & (p.held_by == 2)
            held[pairing, day] = (
                sorted(
                    (p.vehicle[on] + 1).tolist(),
                ),
                sorted(facts.agents[a] for a in np.concatenate([p.fs_agent[on], p.cn_agent[on]])),
            )
    # Day 0: pair 3 (A5, A6) is complete; A3 may leave with A2.
    assert held["named_strict", 0] == ([3], ["A5", "A6"])
    assert held["named", 0] == ([3], ["A5", "A6"])  # it has a tour, so it takes over no other
    assert held["pooled", 0][1] == held["any_two", 0][1] == ["A2", "A3", "A5", "A6"]
    # Day 7: A4 is the only conseiller; any two makes two crews of the four who are there.
    assert held["named_strict", 7] == ([2], ["A3", "A4"])
    assert len(held["pooled", 7][0]) == 1
    assert held["any_two", 7][1] == ["A1", "A3", "A4", "A5"]


def test_a_complete_pair_without_a_tour_takes_over(tmp_path: Path) -> None:
    """Tests two tours and four pairs: the first-ranked tours whose pairs are incomplete are taken over."""
    stops = [s for s in TWO_DAYS_A_WEEK if s[1] != "V3"]
    words = (*THREE_CREWS, "run.horizon.end=2021-12-31", "staff.fs_agents=4", "staff.cn_agents=4",
             rounds_file(tmp_path, stops))  # fmt: skip
    crews = {}
    for pairing in ("named_strict", "named"):
        plan, world = scripted(*words, f"staff.pairing={pairing}", pairs=4)
        facts = replicate(plan, with_sickness(world, {"A1": [0, 7], "A4": [0], "A7": [0]}))
        p = facts.passages
        for day in (0, 7):
            rows = [r for r in columns(p, "day", "vehicle", "fs_agent", "cn_agent", "held_by") if r[0] == day]
            crews[pairing, day] = {v: (facts.agents[a], facts.agents[b]) for _, v, a, b, h in rows if h == 2}
    assert crews["named_strict", 0] == {}
    # mairie-belcombe (V2) comes before mds-aubrelande (V1): pair 3, the only complete one, holds it.
    assert crews["named", 0] == {1: ("A5", "A6")}
    assert crews["named_strict", 7] == {1: ("A3", "A4")}
    assert crews["named", 7] == {0: ("A5", "A6"), 1: ("A3", "A4")}


def test_takeover_never_does_worse_than_none_with_a_coordinator(tmp_path: Path) -> None:
    """Tests that a pair keeps its own tour, so that the coordinator can complete another pair's."""
    held = {}
    for pairing in ("named_strict", "named"):
        words = (*THREE_CREWS, "run.horizon.end=2021-12-31", "staff.coordinator_fte=0.5")
        plan, world = scripted(*words, rounds_file(tmp_path, TWO_DAYS_A_WEEK), f"staff.pairing={pairing}")
        facts = replicate(plan, with_sickness(world, {"A3": [0], "A6": [0], "A5": [0]}))
        on = (facts.passages.day == 0) & (facts.passages.held_by == 2)
        held[pairing] = sorted(facts.agents[a] for a in facts.passages.fs_agent[on])
    assert held["named_strict"] == held["named"] == ["A1", "C"]


def test_the_last_tours_go_without(tmp_path: Path) -> None:
    """Tests the ranking: more permanences first, then the site that waited longest, then the site's id."""
    stops = [
        ("salle-belcombe", "V1", 1, 1, "morning"),
        ("mairie-aubrelande", "V1", 1, 1, "afternoon"),
        ("mds-aubrelande", "V2", 1, 1, "afternoon"),
        ("mairie-belcombe", "V3", 1, 1, "afternoon"),
    ]
    words = (*THREE_CREWS, "run.horizon.end=2021-12-31", rounds_file(tmp_path, stops))
    plan, world = scripted(*words)
    ill = {"A1": [0, 14, 28, 42], "A3": [0, 14, 42]}
    facts = replicate(plan, with_sickness(world, ill))
    sites = territory().sites
    held = {
        day: sorted(sites[s].site_id for d, s, h in columns(facts.passages, "day", "site", "held_by")
                    if d == day and h == 2)
        for day in (0, 14, 28, 42)
    }  # fmt: skip
    both = ["mairie-aubrelande", "salle-belcombe"]
    # One crew on day 0 and 14: the tour of two permanences. Two on day 28: neither other site was ever
    # held, so the ids decide. One on day 42 again: two permanences still come first.
    assert held == {0: both, 14: both, 28: [both[0], "mairie-belcombe", both[1]], 42: both}
    later = replicate(plan, with_sickness(world, {"A1": [28, 42], "A3": [0, 14], "A5": [0, 14]}))
    held_42 = {
        sites[s].site_id for d, s, h in columns(later.passages, "day", "site", "held_by") if (d, h) == (42, 2)
    }
    # Day 28 gave the second crew to mairie-belcombe; on day 42 mds-aubrelande has waited longer.
    assert held_42 == {*both, "mds-aubrelande"}


def test_one_agent_rather_than_a_closed_door(tmp_path: Path) -> None:
    """Tests `solo`: singles hold the desks that have no crew, and nobody sits alone while two could."""
    words = (*THREE_CREWS, "run.horizon.end=2021-12-31", rounds_file(tmp_path, TWO_DAYS_A_WEEK))
    for short_crew, by in (("solo", [1, 1, 2]), ("cancel", [-1, -1, 2])):
        plan, world = scripted(*words, f"staff.short_crew={short_crew}")
        facts = replicate(plan, with_sickness(world, {"A2": [0], "A4": [0]}))
        check_invariants(facts)
        assert sorted(h for d, h in columns(facts.passages, "day", "held_by") if d == 0) == by
    plan, world = scripted(*words, "staff.short_crew=solo")
    facts = replicate(plan, with_sickness(world, {"A2": [0], "A4": [0]}))
    alone = [r for r in columns(facts.agent_days, "day", "agent", "solo_half_days") if r[0] == 0 and r[2]]
    # A6, the only conseiller, goes to the first-ranked tour (mairie-belcombe, of pair 2) with A3.
    assert [facts.agents[a] for _, a, _ in alone] == ["A1", "A5"]


def test_the_coordinator_stands_in_up_to_her_share(tmp_path: Path) -> None:
    """Tests that days accrue weekly by her share, and that a tour of one half-day takes half a day of it."""
    words = (*THREE_CREWS, "run.horizon.end=2021-12-31", rounds_file(tmp_path, TWO_DAYS_A_WEEK))
    plan, world = scripted(*words, "staff.coordinator_fte=0.1", "staff.pairing=pooled")
    # All France Services agents are away on every Monday: she can be in one seat of one tour at most.
    every = {a: range(0, 100, 7) for a in ("A1", "A3", "A5")}
    facts = replicate(plan, with_sickness(world, every))
    check_invariants(facts)
    p = facts.passages
    coordinator = facts.agents.index("C")
    stood = p.day[(p.fs_agent == coordinator) & (p.held_by == 2)]
    # 0.5 days accrue a week and a tour costs 0.5: every Monday, once.
    assert stood.tolist() == [d for d in range(0, 100, 7) if d in set(p.day[p.status != 1].tolist())]
    few, world = scripted(*words, "staff.coordinator_fte=0.05")
    p = replicate(few, with_sickness(world, every)).passages
    assert np.unique(np.diff(p.day[p.fs_agent == coordinator])).tolist() == [14]


# Planned leave, over several worlds.


@cache
def team_of_three(*words: str) -> tuple[Plan, tuple[World, ...]]:
    settings = compose(
        "study=single",
        "territory=tiny",
        "run.horizon.start=2022-01-01",
        "run.horizon.end=2023-12-31",
        "staff.sickness.spells_per_year=0",
        "demand.needs_per_person_per_year=0",
        "homes.requests_per_week=0",
        *words,
    )
    plan = make_plan(settings, territory())
    return plan, tuple(draw_world(settings, territory(), r) for r in range(12))


def statuses(facts: Facts) -> NDArray[np.int64]:
    """Status by (agent, working day)."""
    return facts.agent_days.status.reshape(-1, len(facts.agents)).T


@pytest.mark.parametrize("policy", ["staggered", "joint", "closed_weeks"])
def test_everyone_has_her_days_of_leave_and_training(policy: str) -> None:
    """Tests 38.5 days of leave (±1 for rounding by year) and 6 of training a year for every agent."""
    plan, worlds = team_of_three(f"staff.leave_policy={policy}", "staff.initial_training_weeks=0")
    for world in worlds[:4]:
        status = statuses(replicate(plan, world))
        years = world.calendar.year[np.flatnonzero(world.calendar.working[: world.calendar.days])]
        for year in (2022, 2023):
            leave = (status[:, years == year] == LEAVE).sum(axis=1)
            assert ((leave == 38) | (leave == 39)).all(), (policy, leave)
            assert ((status[:, years == year] == TRAINING).sum(axis=1) == 6).all()


def test_staggered_leave_never_takes_two_of_one_trade() -> None:
    """Tests that with three agents of a trade and two whole years it can always be avoided, and is."""
    plan, worlds = team_of_three("staff.initial_training_weeks=0")
    for world in worlds:
        status = statuses(replicate(plan, world))
        for trade in (0, 1):
            away = (status[plan.team.trade == trade] != PRESENT).sum(axis=0)
            assert away.max() == 1


def test_initial_training_is_one_conseiller_after_the_other() -> None:
    """Tests four weeks each from the first Monday, never two at once, and only conseillers."""
    plan, worlds = team_of_three("staff.leave_days_per_year=0", "staff.training_days_per_year=0",
                                 "run.horizon.start=2022-01-03")  # fmt: skip
    status = statuses(replicate(plan, worlds[0]))
    first = [np.flatnonzero(status[plan.team.names.index(a)] == TRAINING) for a in ("A2", "A4", "A6")]
    assert [(f[0], f[-1], f.size) for f in first] == [(0, 19, 20), (20, 39, 20), (40, 59, 20)]
    assert not (status[[plan.team.names.index(a) for a in ("A1", "A3", "A5", "C")]] == TRAINING).any()


def test_joint_leave_closes_the_pairs_passages_with_notice() -> None:
    """Tests that both agents leave on the same days and that only their vehicle's passages are closed."""
    plan, worlds = team_of_three("staff.leave_policy=joint", "staff.initial_training_weeks=0",
                                 "staff.training_days_per_year=0", "staff.coordinator_fte=0",
                                 "fleet.breakdown_share_of_vehicle_days=0")  # fmt: skip
    facts = replicate(plan, worlds[0])
    check_invariants(facts)
    status = statuses(facts)
    names = list(plan.team.names)
    for pair in range(3):
        one, two = (status[names.index(f"A{2 * pair + k}")] == LEAVE for k in (1, 2))
        assert np.array_equal(one, two)
    p = facts.passages
    leave = p.cause == CAUSES.index("leave")
    assert leave.any()
    assert (p.status[leave] == 1).all()
    rank = {int(d): i for i, d in enumerate(facts.working_days)}
    for row in range(p.day.size):
        if p.cause[row] == CAUSES.index("holiday"):
            continue
        away = all(
            status[names.index(f"A{2 * p.vehicle[row] + k}"), rank[int(p.day[row])]] == LEAVE for k in (1, 2)
        )
        assert (p.status[row] == 1) == away
    assert not (p.status == 2).any()  # nothing is cancelled on the morning


def test_closed_weeks_close_the_whole_service() -> None:
    """Tests three weeks in which every agent is away and every passage is announced closed."""
    plan, worlds = team_of_three("staff.leave_policy=closed_weeks", "staff.initial_training_weeks=0")
    facts = replicate(plan, worlds[0])
    status = statuses(facts)
    agents = plan.team.trade < 2
    shut = facts.working_days[(status[agents] == LEAVE).all(axis=0)]
    weeks = sorted({plan.calendar.date(int(d)).isocalendar()[:2] for d in shut})
    assert weeks == [(2022, 32), (2022, 33), (2022, 52), (2023, 32), (2023, 33), (2023, 52)]
    p = facts.passages
    closed = np.isin(p.day, shut)
    assert closed.any()
    assert (p.status[closed] == 1).all()
    assert (p.cause[~closed & (p.status == 1)] == CAUSES.index("holiday")).all()


def test_school_holidays_are_wished_for() -> None:
    """Tests that leave falls more on school holidays when they weigh more (the weight is a preference)."""
    share = []
    for weight in (1.0, 6.0):
        plan, worlds = team_of_three(f"staff.leave_holiday_weight={weight}", "staff.initial_training_weeks=0")
        on = []
        for world in worlds[:6]:
            facts = replicate(plan, world)
            school = plan.calendar.school_holiday[facts.working_days]
            on.append((statuses(facts) == LEAVE)[:, school].sum() / (statuses(facts) == LEAVE).sum())
        share.append(float(np.mean(on)))
    usual = float(plan.calendar.school_holiday[facts.working_days].mean())
    assert share[0] == pytest.approx(usual, abs=0.08)
    assert share[1] > share[0] + 0.1
