"""Days and weeks of planned rounds exchanged so that people find most of what they know."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import load_settings
from sim.scenarios.habits import near_habits
from sim.scenarios.plan import rounds_of
from sim.scenarios.requirements_file import Requirements
from sim.scenarios.rounds import Rounds, Stop, check_rounds
from sim.scenarios.rounds_figures import figures_of_rounds
from sim.scenarios.rounds_in_force import driving_rules
from sim.settings import Settings
from sim.territory import load_territory

HOURS = {"morning": (34_200, 41_400), "afternoon": (48_600, 59_400)}


def stop(site: str, week: int, weekday: int, half: str = "morning", vehicle: str = "V1") -> Stop:
    return Stop(site, vehicle, week, weekday, half, *HOURS[half])


def same_days(one: Rounds, other: Rounds) -> tuple[int, int]:
    """Sites with the same weekday and half-day, and of these the same week."""
    pairs = [(one.of_site(s)[0], other.of_site(s)[0]) for s in one.sites() if other.of_site(s)]
    same = [(a, b) for a, b in pairs if (a.weekday, a.half_day) == (b.weekday, b.half_day)]
    return len(same), sum(a.week == b.week for a, b in same)


def test_days_that_only_changed_places_are_found_again() -> None:
    """Tests that rounds whose days, weeks and vehicles are merely exchanged become those known."""
    known = Rounds((stop("a", 1, 1), stop("b", 1, 2, "afternoon"), stop("c", 2, 4, vehicle="V2")))
    planned = Rounds(
        (stop("a", 2, 5, vehicle="V2"), stop("b", 2, 3, "afternoon", "V2"), stop("c", 1, 2, vehicle="V1"))
    )
    assert near_habits(planned, known, lambda _: True) == known
    assert near_habits(planned, known, lambda _: False) == planned
    assert near_habits(known, known, lambda _: True) == known


def test_passages_of_one_site_stay_as_far_apart() -> None:
    """Tests that weeks turn together where a site is visited more than once, and days alike in all weeks."""
    known = Rounds((stop("a", 1, 3), stop("a", 3, 3), stop("b", 2, 4)), 4)
    planned = Rounds((stop("a", 2, 1), stop("a", 4, 1), stop("b", 1, 2)), 4)
    found = near_habits(planned, known, lambda _: True)
    assert {s.week for s in found.of_site("a")} in ({1, 3}, {2, 4})
    assert {s.weekday for s in found.of_site("a")} == {3}
    assert found.of_site("b")[0].weekday == 4
    assert (found.of_site("b")[0].week - found.of_site("a")[0].week) % 2 == 1


CELLS = st.lists(
    st.tuples(st.integers(1, 2), st.integers(1, 3), st.sampled_from(sorted(HOURS))), min_size=4, max_size=4
)


def every_exchange(rounds: Rounds, week: int, to: int) -> list[Rounds]:
    """The passages of one week moved to another, their weekdays in every order."""
    of = [s for s in rounds.stops if s.week == week]
    return [
        Rounds(tuple(stop(s.site_id, to, days[s.weekday - 1], s.half_day) for s in of))
        for days in permutations((1, 2, 3, 4, 5))
    ]


@given(CELLS, CELLS)
@settings(max_examples=15, deadline=None)
def test_no_exchange_is_nearer(
    planned: list[tuple[int, int, str]], known: list[tuple[int, int, str]]
) -> None:
    """Tests against every exchange of weeks and of the weekdays of each week."""
    one, two = (
        Rounds(tuple(stop(name, *cell) for name, cell in zip("abcd", cells, strict=True)))
        for cells in (planned, known)
    )
    best = (0, 0)
    for to in permutations((1, 2)):
        first, second = (
            max(same_days(moved, two) for moved in every_exchange(one, week, to[week - 1])) for week in (1, 2)
        )
        best = max(best, (first[0] + second[0], first[1] + second[1]))
    assert same_days(near_habits(one, two, lambda _: True), two) == best


@pytest.fixture(scope="module")
def replanned() -> Settings:
    return next(
        s for s in load_settings("study=label_exits").scenarios if s.scenario.name == "exits_announced_replan"
    )


def test_replanned_rounds_keep_most_habits_at_no_cost(
    replanned: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests, each time communes leave, that equally good rounds are taken in which most keep their day."""
    territory = load_territory("tarn_et_garonne")
    rules = driving_rules(replanned, territory)
    near = [epoch.rounds for epoch in rounds_of(replanned, territory)]
    monkeypatch.setattr("sim.scenarios.rounds_in_force.near_habits", lambda rounds, *_: rounds)
    plain = [epoch.rounds for epoch in rounds_of(replanned, territory)]
    for i in range(1, len(near)):
        assert check_rounds(near[i], territory, rules, 3, allow_missing=True) == []
        ours, theirs = (figures_of_rounds(rounds[i], territory, rules) for rounds in (near, plain))
        assert ours.driving_min == pytest.approx(theirs.driving_min)
        assert (ours.most_tours_a_day, ours.half_days_open) == (
            theirs.most_tours_a_day,
            theirs.half_days_open,
        )
        assert ours.least_hours_a_week == theirs.least_hours_a_week
        kept, before = same_days(near[i], near[i - 1])[0], same_days(plain[i], plain[i - 1])[0]
        assert kept >= before
        assert kept >= len(near[i].sites()) // 2


def test_rooms_are_kept(replanned: Settings, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that days are not exchanged where a room or a habit asked for would be lost."""
    territory = load_territory("tarn_et_garonne")
    path = tmp_path / "demandes.csv"
    path.write_text("site;jour;moment;véhicule\nLavit;jeudi;matin;V2\nDunes;vendredi;;\n", encoding="utf-8")
    asked = replanned.model_copy(
        update={"rounds": replanned.rounds.model_copy(update={"requirements": str(path)})}
    )
    last = rounds_of(asked, territory)[-1].rounds
    lavit = last.of_site("mairie-lavit")[0]
    assert (lavit.weekday, lavit.half_day, lavit.vehicle) == (4, "morning", "V2")
    assert last.of_site("mairie-dunes")[0].weekday == 5
    rules = Requirements(allowed={"a": ((1, "morning"),)})
    assert rules.kept_by(Rounds((stop("a", 1, 1),)))
    assert not rules.kept_by(Rounds((stop("a", 1, 2),)))
