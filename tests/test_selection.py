"""Selection of the best under constraints: on normal systems whose best is known."""

from __future__ import annotations

import numpy as np
import pytest

from sim.study.selection import Race, Status


def race(
    rng: np.random.Generator,
    means: np.ndarray,
    constraints: np.ndarray,
    *,
    sd: float = 2.0,
    shared: float = 0.5,
    error: float = 0.1,
    first: int = 12,
    most: int = 5000,
) -> Status:
    """Run a race of normal systems that share part of their noise, zone and tolerances 1, limits 0."""
    k, s = constraints.shape

    def observe(n: int) -> tuple[np.ndarray, np.ndarray]:
        def noise(*shape: int) -> np.ndarray:
            common = rng.standard_normal((n, 1, *shape[1:]))
            return sd * (np.sqrt(shared) * common + np.sqrt(1 - shared) * rng.standard_normal((n, *shape)))

        return means + noise(k), constraints + noise(k, s)

    run = Race(*observe(first), np.zeros(s), np.ones(s), 1.0, error)
    status = run.status
    while not status.over and status.n < most:
        objective, constraint = observe(1)
        status = run.add(objective[0], constraint[0])
    return status


@pytest.mark.parametrize("shared", [0.0, 0.6], ids=["independent", "common random numbers"])
def test_best_of_six_is_selected_as_often_as_promised(shared: float) -> None:
    """Tests the probability of correct selection where it is hardest: all others just one zone behind."""
    rng = np.random.default_rng(2001)
    means = np.array([0.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    right, lengths = 0, []
    for _ in range(400):
        status = race(rng, means, np.zeros((6, 0)), shared=shared)
        right += status.best == 0
        lengths.append(status.n)
    assert right / 400 >= 0.9
    assert np.mean(lengths) > 12  # it had to go on after the first stage


def test_best_under_constraints() -> None:
    """Tests that cheaper systems that break a constraint are refused, with the promised probability."""
    rng = np.random.default_rng(2010)
    means = np.array([0.0, -5.0, 1.0, -3.0, 1.0, 1.0])
    constraints = np.array([[-1, -1], [1, -1], [-1, -1], [-1, 1], [-1, -1], [-1, -1]], np.float64)
    right = sum(race(rng, means, constraints).best == 0 for _ in range(300))
    assert right / 300 >= 0.9


def test_nobody_meets_the_constraints() -> None:
    """Tests that the race ends without a best when every system breaks a constraint."""
    status = race(np.random.default_rng(3), np.zeros(4), np.full((4, 1), 3.0))
    assert status.over
    assert status.best is None
    assert (status.met == -1).all()


def test_more_spread_takes_more_observations() -> None:
    """Tests that the race lasts longer when systems are noisier, and shorter on common random numbers."""
    means = np.array([0.0, 1.0, 1.0])

    def length(sd: float, shared: float) -> float:
        rng = np.random.default_rng(4)
        return float(np.mean([race(rng, means, np.zeros((3, 0)), sd=sd, shared=shared).n for _ in range(60)]))

    assert length(4.0, 0.0) > 1.5 * length(2.0, 0.0)
    assert length(4.0, 0.9) < 0.5 * length(4.0, 0.0)


def test_certain_differences_are_seen_at_once() -> None:
    """Tests that systems apart by a constant need no more than the first observations, ties kept once."""
    world = np.random.default_rng(5).normal(0, 100, (5, 1))
    objective = world + np.array([3.0, 1.0, 1.0, 2.0])
    status = Race(objective, np.zeros((5, 4, 0)), np.zeros(0), np.zeros(0), 0.5, 0.05).status
    assert status.over
    assert status.best == 1


def test_a_limit_met_exactly_and_surely_is_met() -> None:
    """Tests that a constraint that never varies and equals its limit holds."""
    status = Race(np.ones((4, 1)), np.zeros((4, 1, 1)), np.zeros(1), np.ones(1), 1.0, 0.05).status
    assert status.met[0, 0] == 1
    assert status.best == 0


def test_a_system_that_cannot_be_observed_leaves() -> None:
    """Tests that a failed observation takes its system out, and the others go on."""
    rng = np.random.default_rng(6)
    run = Race(rng.normal(0, 5, (8, 2)), np.zeros((8, 2, 0)), np.zeros(0), np.zeros(0), 0.1, 0.05)
    assert not run.status.over
    status = run.add(np.array([np.nan, 1.0]), np.zeros((2, 0)))
    assert status.best == 1


@pytest.mark.parametrize(
    ("objective", "constraints", "tolerances", "zone", "error"),
    [
        (np.zeros((1, 2)), np.zeros((1, 2, 0)), np.zeros(0), 1.0, 0.05),
        (np.zeros((3, 2)), np.zeros((3, 1, 0)), np.zeros(0), 1.0, 0.05),
        (np.zeros((3, 2)), np.zeros((3, 2, 1)), np.zeros(1), 1.0, 0.05),
        (np.zeros((3, 2)), np.zeros((3, 2, 0)), np.zeros(0), 0.0, 0.05),
        (np.zeros((3, 2)), np.zeros((3, 2, 0)), np.zeros(0), 1.0, 0.0),
    ],
)
def test_wrong_arguments_are_refused(
    objective: np.ndarray, constraints: np.ndarray, tolerances: np.ndarray, zone: float, error: float
) -> None:
    """Tests that a race cannot begin with too few observations, other shapes or empty margins."""
    with pytest.raises(ValueError, match=r"shapes|above 0"):
        Race(objective, constraints, np.zeros(tolerances.shape), tolerances, zone, error)
