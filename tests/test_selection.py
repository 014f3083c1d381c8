"""Selection of the cheapest that meets its targets: on systems whose best is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sim.study.selection import Rules, Selected, looks, select

Draw = Callable[[np.random.Generator, int], tuple[np.ndarray, np.ndarray]]
MOST = 5000


def normal(
    means: list[float], shortfalls: list[list[float]], *, sd: float = 2.0, shared: float = 0.5
) -> Draw:
    """Normal systems that share part of their noise: costs, and by how much each misses each target."""

    def draw(rng: np.random.Generator, worlds: int) -> tuple[np.ndarray, np.ndarray]:
        missed = np.array(shortfalls, np.float64).reshape(len(means), -1)

        def noise(*shape: int) -> np.ndarray:
            common = rng.standard_normal((worlds, 1, *shape[1:]))
            own = rng.standard_normal((worlds, *shape))
            return sd * (np.sqrt(shared) * common + np.sqrt(1 - shared) * own)

        return np.array(means) + noise(len(means)), missed + noise(*missed.shape)

    return draw


def race(
    draw: Draw,
    rng: np.random.Generator,
    *,
    error: float = 0.1,
    start: int = 8,
    first: int = 12,
    most: int = MOST,
) -> Selected:
    """Run a selection to its end, zone and tolerances 1."""
    cost, missed = draw(rng, most)
    rules = Rules(np.ones(missed.shape[2]), 1.0, error, looks(start, most), first)
    made = np.zeros(cost.shape, np.bool_)
    while True:
        status = select(np.where(made, cost, np.nan), np.where(made[:, :, None], missed, np.nan), made, rules)
        if status.complete:
            return status
        made = np.arange(most)[:, None] < status.counts


def quick(
    draw: Draw, rng: np.random.Generator, *, error: float = 0.1, first: int = 12, most: int = MOST
) -> Selected:
    """The same with every run made beforehand, which changes nothing but the time it takes."""
    cost, missed = draw(rng, most)
    rules = Rules(np.ones(missed.shape[2]), 1.0, error, looks(8, most), first)
    return select(cost, missed, np.ones(cost.shape, np.bool_), rules)


@pytest.mark.parametrize("shared", [0.0, 0.6], ids=["independent", "common random numbers"])
def test_the_best_of_six_is_selected_as_often_as_promised(shared: float) -> None:
    """Tests the probability of correct selection where it is hardest: all others just one zone behind."""
    rng = np.random.default_rng(2001)
    draw = normal([0.0, 1.0, 1.0, 1.0, 1.0, 1.0], [[]] * 6, shared=shared)
    found = [quick(draw, rng, most=1000) for _ in range(400)]
    assert sum(one.best == 0 and one.over for one in found) / 400 >= 0.9
    assert np.mean([one.counts[0] for one in found]) > 8  # it had to go on after the first look


def test_the_best_under_targets() -> None:
    """Tests that cheaper systems that miss a target by its tolerance are refused, as often as promised."""
    rng = np.random.default_rng(2010)
    shortfalls = [[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]]
    draw = normal([0.0, -5.0, 1.0, -3.0, 1.0, 1.0], shortfalls)
    found = [quick(draw, rng) for _ in range(200)]
    assert sum(one.best == 0 for one in found) / 200 >= 0.9
    assert all(one.over for one in found)


def test_nobody_meets_the_targets() -> None:
    """Tests that the selection ends without a best when every system misses a target."""
    status = race(normal([0.0] * 4, [[3.0]] * 4), np.random.default_rng(3))
    assert status.over
    assert status.best is None
    assert status.missed.all()


def test_nothing_is_affirmed_where_the_cap_comes_first() -> None:
    """Tests that a cheaper system on the edge of a target keeps the selection open, unless it is shown."""
    draw = normal([0.0, 5.0], [[0.5], [-9.0]], sd=8.0)
    status = race(draw, np.random.default_rng(4), most=40)
    assert not status.over
    assert status.best == 1
    assert not status.missed[0]
    assert not status.met[0]


def test_either_answer_within_a_tolerance_ends_it() -> None:
    """Tests that a mean anywhere between a target and its tolerance is decided in the end."""
    for shortfall in np.linspace(0.0, 1.0, 5):
        status = race(normal([0.0, 5.0], [[float(shortfall)], [-9.0]]), np.random.default_rng(5))
        assert status.over
        assert status.best == (1 if status.missed[0] else 0)


def test_a_target_of_nothing_at_all_can_be_met_within_its_tolerance() -> None:
    """Tests that a mean surely above its limit and surely near it is accepted, however early it is above."""
    cost = np.zeros((400, 1))
    missed = np.random.default_rng(11).binomial(1, 0.25, (400, 1, 1)).astype(np.float64)
    rules = Rules(np.ones(1), 1.0, 0.05, looks(8, 400), 40)
    status = select(cost, missed, np.ones((400, 1), np.bool_), rules)
    assert status.best == 0
    assert status.over


def test_what_is_rare_is_given_time_to_come() -> None:
    """Tests that a system that fails seldom and badly is not said to meet its target."""
    rng = np.random.default_rng(6)

    def draw(rng: np.random.Generator, worlds: int) -> tuple[np.ndarray, np.ndarray]:
        bad = rng.random((worlds, 20, 1)) < 0.125 + 0.02
        return np.zeros((worlds, 20)) + np.arange(20), -0.5 + 10.5 * bad + 0.1 * rng.standard_normal(
            bad.shape
        )

    wrong = sum(quick(draw, rng, first=40, error=0.05, most=400).best is not None for _ in range(60))
    assert wrong <= 4


def test_only_those_that_could_be_the_answer_run_on() -> None:
    """Tests that dearer systems wait while a cheaper one seems to do, and run on when it does not."""
    draw = normal([0.0, 50.0, 100.0], [[-3.0], [-3.0], [9.0]], sd=1.0)
    status = race(draw, np.random.default_rng(7), first=27)
    assert status.best == 0
    assert status.counts.tolist() == [27, 8, 8]
    late = normal([0.0, 50.0], [[0.6], [-3.0]], sd=1.0)
    status = race(late, np.random.default_rng(8))
    assert (status.best, bool(status.missed[0])) == (1, True)
    assert status.counts[1] >= 12


def test_more_spread_takes_more_worlds() -> None:
    """Tests that it takes longer when systems are noisier, and less long on common random numbers."""

    def length(sd: float, shared: float) -> float:
        rng = np.random.default_rng(9)
        draw = normal([0.0, 1.0, 1.0], [[]] * 3, sd=sd, shared=shared)
        return float(np.mean([quick(draw, rng, most=1000).counts.max() for _ in range(60)]))

    assert length(4.0, 0.0) > 1.5 * length(2.0, 0.0)
    assert length(4.0, 0.9) < 0.5 * length(4.0, 0.0)


def test_certain_differences_are_seen_at_once() -> None:
    """Tests that systems apart by a constant need no more than the first look, the cheaper of two kept."""
    world = np.random.default_rng(10).normal(0, 100, (8, 1))
    cost = world + np.array([3.0, 1.0, 1.0, 2.0])
    rules = Rules(np.zeros(0), 0.5, 0.05, looks(8, 8), 8)
    status = select(cost, np.zeros((8, 4, 0)), np.ones((8, 4), np.bool_), rules)
    assert status.over
    assert status.best == 1
    assert status.no_cheaper.tolist() == [True, False, True, True]


def test_a_target_met_exactly_and_surely_is_met() -> None:
    """Tests that a shortfall that never varies and equals the tolerance is accepted."""
    rules = Rules(np.ones(1), 1.0, 0.05, looks(8, 8), 8)
    status = select(np.ones((8, 1)), np.ones((8, 1, 1)), np.ones((8, 1), np.bool_), rules)
    assert status.met[0]
    assert status.best == 0


def test_a_system_without_a_cost_is_out() -> None:
    """Tests that a system that could not be observed is never the answer, and the others go on."""
    cost = np.array([[np.nan, 1.0]] * 8)
    rules = Rules(np.ones(1), 1.0, 0.05, looks(8, 8), 8)
    status = select(cost, np.full((8, 2, 1), -1.0), np.ones((8, 2), np.bool_), rules)
    assert status.best == 1
    assert status.over


def test_looks_grow_by_half() -> None:
    """Tests the numbers of worlds between looks, the cap included, and a cap below the first."""
    assert looks(8, 50) == (8, 12, 18, 27, 41, 50)
    assert looks(8, 5) == (5,)
