"""The desk at its extremes, on wrong input, and many permanences in one call."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings

from sim.models import desk_by_name
from sim.models.desk import desk_kernel, service_seconds
from sim.models.desk_by_name import Contact, Server, Visit, Window, run_desk
from sim.models.desk_many import desk_many
from sim.models.facts import OUTCOMES
from tests.reference.desk import Permanence
from tests.test_desk_reference import by_kernel, permanences

ONE = [Server("A1", [Window(0, 101)], {"x": 1.0})]


@pytest.mark.parametrize(
    ("work", "efficiency", "seconds"),
    [
        (0.0, 1.0, 0),
        (0.0, 0.7, 0),
        (1e-300, 1.0, 1),
        (0.49, 1.0, 1),
        (0.5, 1.0, 1),
        (1.49, 1.0, 1),
        (1.5, 1.0, 2),
        (2.5, 1.0, 3),
        (900.0, 0.7, 1286),
        (1260.0, 0.7, 1800),
        (3600.0, 1e-3, 3_600_000),
        (0.49999999999999994, 1.0, 1),
        (4503599627370497.5, 1.0, 4503599627370498),
    ],
)
def test_service_seconds(work: float, efficiency: float, seconds: int) -> None:
    """Tests that a half second is rounded up, that some work takes a second, and none takes none."""
    assert service_seconds(work, efficiency) == seconds


def test_nobody_comes() -> None:
    """Tests that an empty permanence ends at closing."""
    assert run_desk(0, 100, 30, ONE, []).end_s == 100


def test_nobody_serves() -> None:
    """Tests that without servers everybody is told so before closing and refused from closing on."""
    people = [Contact(1, 0, "x", 1.0, 9), Contact(2, 99, "x", 1.0, 9), Contact(3, 100, "x", 1.0, 9)]
    result = run_desk(0, 100, 0, [], people)
    assert [result.visits[i].outcome for i in (1, 2, 3)] == ["not_served_here"] * 2 + ["refused"]
    assert result.end_s == 100


def test_a_server_without_window() -> None:
    """Tests that a server who has no window serves nobody, yet makes her need one that is served here."""
    crew = [Server("A1", [Window(5, 5)], {"x": 1.0, "y": 0.0})]
    people = [Contact(1, 0, "x", 1.0, 500), Contact(2, 0, "y", 1.0, 500)]
    result = run_desk(0, 100, 7, crew, people)
    assert result.visits == {1: Visit("turned_away"), 2: Visit("not_served_here")}


def test_no_overtime() -> None:
    """Tests that with w = 0 a service may start at closing itself, in the order of that second."""
    people = [
        Contact(1, 0, "x", 100.0, 500),
        Contact(2, 50, "x", 0.0, 50),
        Contact(3, 51, "x", 7.0, 500),
        Contact(4, 52, "x", 7.0, 48),
        Contact(5, 53, "x", 7.0, 500),
        Contact(6, 100, "x", 7.0, 500),
    ]
    result = run_desk(0, 100, 0, ONE, people)
    assert result.visits == {
        1: Visit("served", "A1", 0, 100),
        2: Visit("served", "A1", 100, 100),
        3: Visit("served", "A1", 100, 107),
        4: Visit("reneged"),
        5: Visit("turned_away"),
        6: Visit("refused"),
    }
    assert result.end_s == 107


def test_opening_after_closing() -> None:
    """Tests that a desk that cannot open before *c + w* turns people away and loses no one."""
    people = [Contact(1, 0, "x", 1.0, 500), Contact(2, 0, "x", 1.0, 105), Contact(3, 99, "x", 1.0, 7)]
    result = run_desk(106, 100, 5, [Server("A1", [Window(0, 106)], {"x": 1.0})], people)
    assert [result.visits[i].outcome for i in (1, 2, 3)] == ["turned_away", "reneged", "turned_away"]


def test_everybody_at_once() -> None:
    """Tests that a thousand people at one second are served in the order of their ids."""
    people = [Contact(1000 - i, 10, "x", 1.0, 10_000) for i in range(1000)]
    result = run_desk(0, 100, 10_000, [Server("A1", [Window(0, 10_101)], {"x": 1.0})], people)
    assert [result.visits[i].start_s for i in range(1, 1001)] == list(range(10, 1010))


def test_patience_without_end() -> None:
    """Tests that the longest patience that is allowed does not overflow."""
    people = [Contact(1, 0, "x", 90.0, 2**61), Contact(2, 0, "x", 1.0, 2**61)]
    assert run_desk(0, 100, 0, ONE, people).visits[2] == Visit("served", "A1", 90, 91)


def arrays(n: int) -> dict[str, np.ndarray]:
    """Arguments of the kernel after the discipline, one server, `n` contacts a second apart."""
    return {
        "win_server": np.zeros(1, np.int64),
        "win_from": np.zeros(1, np.int64),
        "win_to": np.full(1, 2**61),
        "efficiency": np.ones((1, 1)),
        "first_choice": np.zeros((1, 1), np.bool_),
        "arrival": np.arange(n),
        "contact_id": np.arange(n),
        "patience": np.full(n, 2**60),
        "work": np.ones(n),
        "need": np.zeros(n, np.int64),
        "appointment": np.full(n, -1),
        "outcome": np.full(n, 99),
        "server": np.full(n, 99),
        "start": np.full(n, 99),
        "end": np.full(n, 99),
    }


@pytest.mark.parametrize(
    ("column", "values"),
    [("arrival", [0, 2, 1]), ("arrival", [0, 0, -1]), ("contact_id", [1, 1, 0])],
)
def test_contacts_out_of_order(column: str, values: list[int]) -> None:
    """Tests that contacts out of their order are refused and never silently simulated."""
    given_arrays = arrays(3)
    given_arrays["arrival"] = np.zeros(3, np.int64)
    given_arrays[column] = np.array(values)
    with pytest.raises(ValueError, match="sorted by arrival, then contact_id"):
        desk_kernel(0, 100, 0, 0, *given_arrays.values())


@pytest.mark.parametrize("need", [-1, 1, 2**40])
def test_need_without_column(need: int) -> None:
    """Tests that a need outside the table of efficiencies is refused and never read from elsewhere."""
    given_arrays = arrays(3)
    given_arrays["need"][1] = need
    with pytest.raises(ValueError, match="a need must be a column"):
        desk_kernel(0, 100, 0, 0, *given_arrays.values())


@pytest.mark.parametrize("servers", [[1, 0], [0, 2], [0, -1]])
def test_windows_out_of_order(servers: list[int]) -> None:
    """Tests that windows out of their order, or of a server that is not there, are refused."""
    given_arrays = arrays(1)
    given_arrays["win_server"] = np.array(servers)
    given_arrays["win_from"] = np.array([0, 0])
    given_arrays["win_to"] = np.array([9, 9])
    given_arrays["efficiency"] = np.ones((2, 1))
    given_arrays["first_choice"] = np.zeros((2, 1), np.bool_)
    with pytest.raises(ValueError, match="sorted by server"):
        desk_kernel(0, 100, 0, 0, *given_arrays.values())


def test_read_only_input_and_one_compiled_version() -> None:
    """Tests that frozen arrays and slices are taken as they are, and outputs start from nothing."""
    given_arrays = arrays(5)
    outputs = ("outcome", "server", "start", "end")
    for name, array in given_arrays.items():
        if name not in outputs:
            array.setflags(write=False)
    assert desk_kernel(2, 4, 1, 0, *given_arrays.values()) == 6
    kinds = [OUTCOMES[k] for k in given_arrays["outcome"]]
    assert kinds == ["served"] * 4 + ["refused"]
    assert given_arrays["start"].tolist() == [2, 3, 4, 5, -1]
    assert given_arrays["server"].tolist() == [0, 0, 0, 0, -1]
    assert len(desk_kernel.signatures) == 1


@pytest.mark.parametrize(
    ("message", "make"),
    [
        ("before it starts", lambda: Window(5, 4)),
        ("finite number", lambda: Server("A1", [], {"x": float("nan")})),
        ("finite number", lambda: Server("A1", [], {"x": -0.5})),
        ("finite number", lambda: Contact(1, 0, "x", float("inf"), 0)),
        ("patience", lambda: Contact(1, 0, "x", 1.0, -1)),
        ("appointment", lambda: Contact(1, 0, "x", 1.0, 1, -1)),
        ("discipline", lambda: run_desk(0, 9, 0, ONE, [], "lifo")),
        ("allowance", lambda: run_desk(0, 9, -1, ONE, [])),
        ("same name", lambda: run_desk(0, 9, 0, ONE * 2, [])),
        ("same contact_id", lambda: run_desk(0, 9, 0, ONE, [Contact(1, 0, "x", 1.0, 1)] * 2)),
        ("overlap", lambda: run_desk(0, 9, 0, [Server("A", [Window(0, 5), Window(4, 9)], {})], [])),
    ],
)
def test_wrong_input(message: str, make: Callable[[], object]) -> None:
    """Tests that objects that mean nothing are refused with what is wrong."""
    with pytest.raises(ValueError, match=message):
        make()


@settings(max_examples=60)
@given(permanences(), permanences(most=30), permanences())
def test_many_equals_one_by_one(one: Permanence, two: Permanence, three: Permanence) -> None:
    """Tests that permanences held in one call know nothing of one another."""
    days = [one, two, three]
    calls: list[tuple[object, ...]] = []

    def note(*arguments: object) -> int:
        calls.append(arguments)
        return desk_kernel(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk_by_name, "desk_kernel", note)
        ends = [by_kernel(p)[1] for p in days]
    needs = max(c[7].shape[1] for c in calls)

    def widen(table: np.ndarray) -> np.ndarray:
        return np.pad(table, ((0, 0), (0, needs - table.shape[1])))

    def offsets(column: int) -> np.ndarray:
        return np.cumsum([0] + [len(c[column]) for c in calls])

    def end_to_end(column: int) -> np.ndarray:
        return np.concatenate([c[column] for c in calls])

    contacts = offsets(9)
    outputs = [np.full(contacts[-1], 99) for _ in range(4)]
    permanence_end = np.empty(3, np.int64)
    desk_many(
        *(np.array([c[k] for c in calls]) for k in range(4)),
        offsets(4),
        *(end_to_end(k) for k in range(4, 7)),
        offsets(7),
        *(np.concatenate([widen(c[k]) for c in calls]) for k in (7, 8)),
        contacts,
        *(end_to_end(k) for k in range(9, 15)),
        *outputs,
        permanence_end,
    )
    assert permanence_end.tolist() == ends
    for k, output in enumerate(outputs):
        assert output.tolist() == end_to_end(15 + k).tolist()


@pytest.mark.slow
@pytest.mark.parametrize("discipline", [0, 1])
@pytest.mark.parametrize("appointments", [False, True])
def test_growth_with_visitors(discipline: int, appointments: bool) -> None:
    """Tests that a visitor costs about the same in a queue of two thousand and of two hundred thousand.

    A queue scanned at each start would cost a hundred times more; the heap's logarithm and the caches of
    the machine cost less than ten.
    """

    def cost(n: int) -> float:
        rng = np.random.default_rng(7)
        day = arrays(n)
        day["need"] = rng.integers(0, 3, n)
        day["work"] = rng.random(n) * 10  # arrivals a second apart: most people wait, many give up
        day["patience"] = rng.integers(0, 4 * n, n)
        day["win_server"] = np.arange(2)
        day["win_from"] = np.zeros(2, np.int64)
        day["win_to"] = np.full(2, 2**61)
        day["efficiency"] = np.array([[1.0, 0.0, 0.7], [0.5, 1.0, 1.0]])
        day["first_choice"] = day["efficiency"] == 1.0
        if appointments:
            day["appointment"] = rng.integers(0, n, n)
        laps = []
        for _ in range(5):
            began = time.perf_counter()
            desk_kernel(0, n, 2**40, discipline, *day.values())
            laps.append(time.perf_counter() - began)
        return min(laps) / n

    assert cost(200_000) < 20 * cost(2_000)
