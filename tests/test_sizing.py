"""Sizing: the cheapest design that meets its targets, on made-up designs, then on a small territory."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sim import load_settings
from sim.measures.registry import MEASURES, POSITIONS
from sim.problems import InputError
from sim.report.words import Words
from sim.settings import Sizing, Target
from sim.study import again
from sim.study.designs import Design, design_settings, designs_of
from sim.study.run import Interrupted
from sim.study.sizing import SizingStudy, run_sizing
from sim.study.sizing_choice import Choice, Goal, adjusted_means, choose, frontier, goals_of, most_allowed
from sim.study.sizing_edge_words import edge_lines, on_the_edge
from sim.study.sizing_figures import Figures
from sim.study.sizing_words import _gap

COST, HELD, LEAD = (POSITIONS[m] for m in ("net_yearly_cost", "held_by_two_share", "home_lead_p90"))
GOALS = (Goal("held_by_two_share", -1, 95.0, 1.0), Goal("home_lead_p90", 1, 10.0, 2.0))


def sizing(**changes: object) -> Sizing:
    """The default sizing with some numbers changed."""
    return load_settings("study=sizing").base.sizing.model_copy(update=changes)


def outcome(
    rng: np.random.Generator, cost: list[float], held: list[float], lead: list[float], asked: Sizing
) -> tuple[Choice, dict[tuple[int, int], int]]:
    """Let a study of made-up designs run to its end; how often each run was asked for."""
    designs = len(cost)
    truth = np.full((asked.most, designs, len(MEASURES)), np.nan)
    worlds = rng.normal(0, 1, (asked.most, 1))
    truth[:, :, COST] = np.array(cost) + 200 * worlds + rng.normal(0, 30, (asked.most, designs))
    truth[:, :, HELD] = np.array(held) + worlds + rng.normal(0, 1, (asked.most, designs))
    truth[:, :, LEAD] = np.array(lead) + worlds + rng.normal(0, 2, (asked.most, designs))
    made = np.zeros((asked.most, designs), np.bool_)
    made[: asked.screening] = True
    asks: dict[tuple[int, int], int] = {}
    while True:
        count = int(np.flatnonzero(made.any(axis=1)).max()) + 1
        values = np.where(made[:count, :, None], truth[:count], np.nan)
        choice = choose(values, made[:count], GOALS, asked)
        missing = [run for run in choice.wanted if not made[run[1], run[0]]]
        for design, replication in missing:
            made[replication, design] = True
            asks[design, replication] = asks.get((design, replication), 0) + 1
        if not missing:
            return choice, asks


def test_the_cheapest_that_meets_the_targets() -> None:
    """Tests that the cheapest design that meets both targets is recommended, in nearly all of 100 studies."""
    cost = [60e3, 80e3, 95e3, 99e3, 155e3, 160e3]
    held = [80.0, 98.0, 97.5, 98.0, 99.0, 99.5]
    lead = [5.0, 20.0, 7.0, 6.0, 5.0, 5.0]
    rng = np.random.default_rng(1)
    right = 0
    for _ in range(100):
        choice, _ = outcome(rng, cost, held, lead, sizing(screening=6, first=12, most=100))
        right += choice.best == 2 and choice.decided
        assert 0 not in choice.survivors
        if choice.best == 2:
            assert choice.runner_up == 3
    assert right >= 95


def test_nothing_meets_the_targets() -> None:
    """Tests that the nearest design is named when none meets the targets, and none is recommended."""
    choice, _ = outcome(
        np.random.default_rng(2),
        [60e3, 80e3, 95e3],
        [80.0, 90.0, 97.0],
        [30.0, 25.0, 16.0],
        sizing(screening=6, first=12, most=60),
    )
    assert choice.best is None
    assert choice.runner_up is None
    assert choice.decided
    assert choice.nearest == 2
    assert choice.shown == ("misses", "misses", "misses")


def test_of_equally_cheap_designs_the_safest_is_recommended() -> None:
    """Tests that, within the zone of cost, the design furthest from missing a target is preferred."""
    choice, _ = outcome(
        np.random.default_rng(7),
        [60e3, 90_000.0, 90_400.0, 95e3],
        [80.0, 96.0, 99.0, 99.0],
        [5.0, 9.0, 4.0, 4.0],
        sizing(screening=6, first=12, most=100),
    )
    assert choice.best == 2
    assert choice.decided


def test_an_undecided_race_says_so() -> None:
    """Tests that a design on the edge of a target within few replications is not called certain."""
    choice, _ = outcome(np.random.default_rng(3), [60e3], [94.5], [9.0], sizing(screening=4, first=4, most=5))
    assert not choice.decided
    assert choice.complete


def test_runs_are_asked_for_once_and_only_of_those_left() -> None:
    """Tests that no run is made twice, and that a design screened out is not run again."""
    asked = sizing(screening=6, first=12, most=60)
    choice, asks = outcome(
        np.random.default_rng(4), [60e3, 80e3, 95e3], [70.0, 98.0, 98.0], [5.0, 6.0, 7.0], asked
    )
    assert set(asks.values()) == {1}
    assert choice.best == 1
    assert all(design in choice.survivors for design, _ in asks)


def test_a_design_whose_run_failed_is_never_recommended() -> None:
    """Tests that a run without a result takes its design out, and the study still ends."""
    asked = sizing(screening=4, first=8, most=20)
    rng = np.random.default_rng(5)
    values = np.full((20, 2, len(MEASURES)), np.nan)
    values[:, :, COST] = np.array([50e3, 70e3])
    values[:, :, HELD] = 99 + rng.normal(0, 0.1, (20, 2))
    values[:, :, LEAD] = 5 + rng.normal(0, 0.1, (20, 2))
    values[5, 0] = np.nan
    choice = choose(values, np.ones((20, 2), np.bool_), GOALS, asked)
    assert choice.best == 1
    assert choice.shown == ("failed", "meets")


def test_a_design_on_the_edge_as_cheap_as_the_best_does_not_hold_the_race_up() -> None:
    """Tests that a race is decided when what stays open is no cheaper than one that meets the targets."""
    choice, _ = outcome(
        np.random.default_rng(8),
        [60e3, 90_000.0, 89_900.0, 95e3],
        [80.0, 98.0, 94.4, 98.0],
        [5.0, 4.0, 11.0, 11.0],
        sizing(screening=6, first=12, most=40),
    )
    assert choice.decided
    assert choice.best == 1
    assert choice.shown[0] == "misses"
    assert choice.shown[1] == "meets"
    assert "undecided" not in choice.shown


def test_the_runner_up_differs_in_staffing_or_cost() -> None:
    """Tests that designs of the best's staffing at its cost are its equals, and the next is another."""
    rng = np.random.default_rng(9)
    worlds = rng.normal(0, 1, (8, 1))
    values = np.full((8, 4, len(MEASURES)), np.nan)
    values[:, :, COST] = np.array([90_000.0, 90_010.0, 90_500.0, 99e3]) + 10 * worlds
    values[:, :, HELD] = 98 + 0.1 * worlds
    values[:, :, LEAD] = np.array([4.0, 5.0, 5.0, 4.0]) + 0.1 * worlds
    asked = sizing(screening=4, first=8, most=8)
    choice = choose(values, np.ones((8, 4), np.bool_), GOALS, asked, ["a", "a", "b", "a"])
    assert (choice.best, choice.equals, choice.runner_up) == (0, (1,), 2)
    alone = choose(values, np.ones((8, 4), np.bool_), GOALS, asked, ["a", "a", "a", "a"])
    assert (alone.best, alone.equals, alone.runner_up) == (0, (1, 2), 3)


def test_the_answer_is_confirmed_without_changing_it() -> None:
    """Tests that the designs of the answer alone run on to the number asked, and that the choice stays."""
    asked = sizing(screening=6, first=12, most=20)
    rng = np.random.default_rng(10)
    cost, held, lead = np.array([60e3, 80e3, 95e3]), np.array([70.0, 98.0, 98.0]), np.array([5.0, 6.0, 7.0])
    values = np.full((60, 3, len(MEASURES)), np.nan)
    for column, truth, sd in ((COST, cost, 30.0), (HELD, held, 0.5), (LEAD, lead, 0.5)):
        values[:, :, column] = truth + rng.normal(0, sd, (60, 3))
    first = choose(values, np.ones((60, 3), np.bool_), GOALS, asked, confirmed=60)
    later = values.copy()
    later[20:, 1, COST] = 200e3
    second = choose(later, np.ones((60, 3), np.bool_), GOALS, asked, confirmed=60)
    assert first == second
    assert (first.best, first.runner_up) == (1, 2)
    often = {d: sum(1 for one, _ in first.wanted if one == d) for d in range(3)}
    assert often == {0: 6, 1: 60, 2: 60}
    assert len(set(first.wanted)) == len(first.wanted)


@given(
    arrays.arrays(np.float64, (4,), elements=st.floats(-100, 100)),
    arrays.arrays(np.float64, (6,), elements=st.floats(-100, 100)),
    st.integers(0, 2**24 - 1),
)
def test_adjusted_means_undo_the_worlds(design: np.ndarray, world: np.ndarray, bits: int) -> None:
    """Tests that differences between designs are exact when value = design + world, whatever was not run."""
    made = np.array([(bits >> i) & 1 for i in range(24)], np.bool_).reshape(6, 4)
    made[0] = True  # a world that all share connects them
    values = np.where(made, design + world[:, None], np.nan)
    found = adjusted_means(values)
    assert np.allclose(found - found[0], design - design[0], atol=1e-6)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=12))
def test_frontier_against_brute_force(points: list[tuple[int, int]]) -> None:
    """Tests that a design is on the frontier when no other is as cheap and better, or cheaper and as good."""
    cost, service = (np.array(column, np.float64) for column in zip(*points, strict=True))
    on = frontier(cost, service, 1)
    for i in range(len(points)):
        beaten = any(
            cost[j] <= cost[i] and service[j] >= service[i] and (cost[j], service[j]) != (cost[i], service[i])
            for j in range(len(points))
        )
        if on[i]:
            assert not beaten
        elif not beaten:
            twins = (cost == cost[i]) & (service == service[i])
            assert on[twins].sum() == 1


def test_targets_become_goals() -> None:
    """Tests that both ends of a target count, and that the tolerance falls to the practical threshold."""
    thresholds = load_settings().reference.thresholds
    goals = goals_of(
        {"wait_p90": Target(at_least=1.0, at_most=20.0), "lost": Target(at_most=5.0, tolerance=1.0)},
        thresholds,
    )
    assert [(g.measure, g.sign, g.limit) for g in goals] == [
        ("wait_p90", 1, 20.0),
        ("wait_p90", -1, 1.0),
        ("lost", 1, 5.0),
    ]
    assert goals[0].tolerance == thresholds.wait_p90_min
    assert goals[0].shortfall(np.array([25.0, 15.0])).tolist() == [5.0, -5.0]
    assert goals[1].shortfall(np.array([0.0, 3.0])).tolist() == [1.0, -2.0]


@pytest.mark.parametrize(
    ("word", "where"),
    [
        ("sizing.targets.held_by_to_share.at_least=90", "sizing.targets.held_by_to_share"),
        ("sizing.targets.lost.at_most=10", "sizing.targets.lost"),
        ("sizing.targets.wait_p90.tolerance=3", "sizing.targets.wait_p90"),
        ("sizing.service=happiness", "sizing.service"),
    ],
)
def test_wrong_targets_are_refused_in_words(tmp_path: Path, word: str, where: str) -> None:
    """Tests that an unknown measure, a missing end or tolerance is refused, and nothing is left."""
    with pytest.raises(InputError) as refused:
        run_sizing(load_settings("study=sizing", "territory=tiny", f"outputs={tmp_path}", word))
    assert [problem.where for problem in refused.value.problems] == [where]
    assert not list(tmp_path.iterdir())


def test_every_combination_is_a_design() -> None:
    """Tests that designs are the product of the lists, each with its own name and its own settings."""
    study = load_settings("study=sizing", "territory=tiny")
    designs = designs_of(study)
    lists = study.base.sizing
    sizes = (lists.vehicles, lists.pairs, lists.pairing, lists.sessions, lists.extra_passages)
    assert len(designs) == np.prod([len(x) for x in sizes]) * len(lists.reminders) * len(lists.leave_policy)
    assert len(designs) >= 200
    assert len({design.name for design in designs}) == len(designs)
    made = design_settings(
        study.reference, Design(4, 3, "named", "longer_mornings", 2, reminders=False, leave_policy="joint")
    )
    assert (made.fleet.vehicles, made.rounds.vehicles, made.staff.fs_agents, made.staff.cn_agents) == (
        4, 3, 3, 3,
    )  # fmt: skip
    assert (made.staff.pairing, made.staff.leave_policy, made.homes.reminders) == ("named", "joint", False)
    assert made.sessions == lists.sessions["longer_mornings"]
    assert made.rounds.extra_passages == 2


TINY = (
    "study=sizing",
    "territory=tiny",
    "run.horizon.end=2021-09-30",
    "run.executor=serial",
    "sizing.vehicles=[1,2]",
    "sizing.pairs=[1,2]",
    "sizing.pairing=[pooled]",
    "sizing.extra_passages=[0]",
    "sizing.reminders=[true]",
    "sizing.leave_policy=[staggered]",
    "sizing.screening=3",
    "sizing.first=4",
    "sizing.most=6",
    "run.replications=9",
)


def test_a_sizing_study_of_a_small_territory(tmp_path: Path) -> None:
    """Tests that a study leaves its designs, frontier and answer, the same bytes from several processes."""
    silent = {"progress": lambda *_: None, "report": False}
    one = run_sizing(load_settings(*TINY, f"outputs={tmp_path / 'one'}"), **silent)
    assert [failure.error for failure in one.failed] == []
    two = run_sizing(
        load_settings(*TINY, "run.executor=processes", "run.workers=2", f"outputs={tmp_path / 'two'}"),
        **silent,
    )
    for name in ("designs.csv", "frontier.csv", "answer_fr.txt", "answer_en.txt", "measures.parquet"):
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes()
    number = int(pd.read_parquet(one.folder / "measures.parquet")["replication"].max())
    assert again.main([str(one.folder), "reference", str(number)]) == 0
    designs = pd.read_csv(one.folder / "designs.csv")
    impossible = pd.read_csv(one.folder / "impossible_designs.csv")
    assert len(designs) + len(impossible) == 8
    named = designs["role"].notna()
    assert (designs.loc[named, "n"] == 9).all()
    assert designs.loc[~named, "n"].between(3, 6).all()
    asked = pd.read_csv(one.folder / "targets.csv").set_index("measure")
    for name, target in asked.iterrows():
        sign = 1 if target["bound"] == "at_most" else -1
        short = (sign * (designs[name] - target["limit"])).clip(lower=0)
        assert np.allclose(short, designs[f"{name}_short_by"])
    short = designs[[f"{name}_short_by" for name in asked.index]].to_numpy()
    assert ((designs["means"] == "meets") == (short == 0).all(axis=1)).all()
    missed = (short > asked["tolerance"].to_numpy()).any(axis=1)
    assert ((designs["means"] == "misses") == missed).all()
    assert designs["frontier"].any()
    by_fleet = designs.groupby(["vehicles", "pairs"])["net_yearly_cost"].mean()
    for fewer, more in itertools.pairwise(sorted(by_fleet.index, key=lambda x: x[1])):
        if fewer[1] < more[1]:
            assert by_fleet[fewer] < by_fleet[more]
    french, english = one.answer_lines("fr"), one.answer_lines("en")
    assert any("Organisations essayées" in line for line in french)
    assert any("Designs tried" in line for line in english)


def test_an_interrupted_sizing_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    """Tests that a study stopped in its second stage and resumed ends as one that was left alone."""
    words = (
        *TINY,
        "sizing.targets.held_by_two_share.at_least=1",
        "sizing.targets.home_lead_p90.at_most=1000",
        "sizing.targets.full_weeks_under_24h.at_most=1000",
    )
    alone = run_sizing(
        load_settings(*words, f"outputs={tmp_path / 'one'}"), progress=lambda *_: None, report=False
    )
    assert any("Recommandée" in line for line in alone.answer_lines("fr"))
    first_stage = len(pd.read_csv(alone.folder / "designs.csv")) * 3

    def stop(done: int, total: int, failed: int) -> None:
        if total > first_stage and done >= first_stage:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted) as stopped:
        run_sizing(load_settings(*words, f"outputs={tmp_path / 'two'}"), progress=stop, report=False)
    again_settings = load_settings(f"run.resume={stopped.value.folder}")
    resumed = run_sizing(again_settings, progress=lambda *_: None, report=False)
    for name in ("designs.csv", "frontier.csv", "answer_fr.txt", "measures.parquet"):
        assert (resumed.folder / name).read_bytes() == (alone.folder / name).read_bytes()


def test_a_choice_that_is_not_confirmed_says_so(tmp_path: Path) -> None:
    """Tests that a design chosen on few worlds that misses its target in more of them is not called good."""
    words = (*TINY, "run.replications=9", "sizing.targets=passages tenus à deux ≥ 99.9 % ± 0.1")
    result = run_sizing(load_settings(*words, f"outputs={tmp_path}"), progress=lambda *_: None, report=False)
    designs = pd.read_csv(result.folder / "designs.csv")
    best = designs[designs["role"] == "recommended"]
    text = "\n".join(result.answer_lines("en"))
    if len(best):
        assert ("is not confirmed" in text) == (best["means"].item() == "misses")
        assert not ("is not confirmed" in text and "With probability" in text)
    else:
        assert "None of the designs tried meets all the targets" in text
        assert (designs["role"] == "nearest").sum() == 1
        assert "beyond the tolerance" in text
    assert "101" not in text.split("Share of planned passages")[1].splitlines()[0]


def test_page_and_terminal_name_the_same_most(tmp_path: Path) -> None:
    """Tests that the runs allowed of a design are held to four times `run.replications`, for both to say."""
    words = (*TINY, "sizing.most=50", "run.replications=3", f"outputs={tmp_path}")
    assert SizingStudy().prepare(load_settings(*words)).sizing.most == most_allowed(50, 3) == 12
    assert most_allowed(400, 20) == 80
    assert most_allowed(400, 1000) == 400


def test_gaps_are_rounded_as_levels_are() -> None:
    """Tests that a gap is rounded to the nearest, and never shown as none where there is one."""
    goal = Goal("full_weeks_under_24h", 1, 0.0, 1.0)
    french = {short: _gap(goal, short, Words("fr")).replace("\u00a0", " ") for short in (0.324, 0.36, 0.02)}
    assert french[0.324].startswith("0,3 ")
    assert french[0.36].startswith("0,4 ")
    assert french[0.02].startswith("moins de 0,1 ")


def test_cheaper_designs_on_the_edge_are_named(tmp_path: Path) -> None:
    """Tests that what is cheaper and not ruled out is said with what it saves and its interval."""
    context = SizingStudy().prepare(load_settings(*TINY, f"outputs={tmp_path}"))
    designs, measures = context.count, len(MEASURES)
    mean = np.zeros((designs, measures))
    mean[:, COST] = 90e3 + 5e3 * np.arange(designs)
    mean[:, HELD] = 94.2
    short = np.full((designs, len(context.goals)), -1.0)
    short[:, 0] = 0.8
    figures = Figures(mean, np.full((designs, measures), 0.5), np.full(designs, 400), short)
    shown = ("misses", "undecided", "meets", *["no_cheaper"] * (designs - 3))
    choice = Choice((), complete=True, survivors=(1, 2), best=2, shown=shown)
    assert on_the_edge(context, figures, choice, 2) == [1]
    (line,) = edge_lines(context, figures, choice, 2, Words("fr"))
    said = line.replace("\u202f", " ").replace("\u00a0", " ")
    assert "5 000 € de moins par an" in said
    assert "entre 93,7 et 94,7 pour un objectif de 95,0, en 400 simulations" in said
