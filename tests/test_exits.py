"""Tests of label exits: the readings, dates by hand and drawn, and where people go afterwards."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.measures import check_invariants
from sim.models.cell import replicate
from sim.models.facts import DESTINATIONS, Facts
from sim.problems import InputError
from sim.scenarios.exits import ResolvedExits, resolve_exits, triangular
from sim.scenarios.plan import make_plan
from sim.world import World, draw_world
from tests.scripted import Person, at, columns, compose, scripted, territory, with_people

BASE = ("study=single", "territory=tiny", "run.horizon.end=2022-12-31")
BELCOMBE, LABEL, STRUCTURE = "permanence:99002", "fixed:99002:1", "fixed:1"


def resolved(*words: str, uniforms: dict[str, float] | None = None) -> ResolvedExits:
    return resolve_exits(compose(*BASE, *words).exits, territory(), uniforms)


@pytest.mark.parametrize(
    ("words", "stops", "structures"),
    [
        (("exits=none",), {}, []),
        (
            ("exits=announced",),
            {"99002": date(2022, 1, 1)},
            [(LABEL, date(2022, 1, 1), None)],
        ),
        # As it happened the structure opened six months later and the permanence went on.
        (("exits=happened",), {}, [(LABEL, date(2022, 7, 1), None)]),
        (
            ("exits=announced", "exits.slip_months=6"),
            {"99002": date(2022, 1, 1)},
            [(LABEL, date(2022, 7, 1), None)],
        ),
        (
            ("exits=announced", "exits.lost_after_months=3"),
            {"99002": date(2022, 1, 1)},
            [(LABEL, date(2022, 1, 1), date(2022, 4, 1))],
        ),
        (
            ("exits=announced", "exits.honoured_weeks=5"),
            {"99002": date(2022, 2, 5)},
            [(LABEL, date(2022, 1, 1), None)],
        ),
        (
            ("exits=none", "exits.communes=99001:2021-10-31,99002:never", "exits.slip_months=4"),
            {"99001": date(2021, 10, 31)},
            [("fixed:99001:1", date(2022, 2, 28), None)],
        ),
        (("exits=announced", "exits.communes=99002:never"), {}, []),
        (
            ("exits=announced", "exits.communes=Belcombe-en-Chimère:2021-12-01"),
            {"99002": date(2021, 12, 1)},
            [(LABEL, date(2021, 12, 1), None)],
        ),
    ],
)
def test_what_each_reading_amounts_to(
    words: tuple[str, ...], stops: dict[str, date], structures: list[tuple[str, date, date | None]]
) -> None:
    """Tests first days without a permanence, and openings and closings of the communes' own structures."""
    exits = resolved(*words)
    assert dict(exits.stops) == stops
    assert [(s.alternative, s.opens, s.closes) for s in exits.structures] == structures


def test_mistakes_about_communes_are_said_together() -> None:
    """Tests an unknown commune, one without a permanence, and dates that are none, all in one list."""
    wrong = compose(*BASE).exits.model_copy(
        update={"communes": {"Belcombe": "2022-01-01", "99003": "2022-01-01", "99002": "soon"}}
    )
    with pytest.raises(InputError) as caught:
        resolve_exits(wrong, territory())
    told = [(p.where, p.found, p.nearest) for p in caught.value.problems]
    assert ("exits.communes.Belcombe", "Belcombe", "Belcombe-en-Chimère") in told
    assert [where for where, _, _ in told][1:] == ["exits.communes.99003", "exits.communes.99002"]


@given(st.floats(0, 1), st.integers(0, 400), st.integers(0, 400))
def test_drawn_dates_are_quantiles_of_a_triangle(u: float, before: int, after: int) -> None:
    """Tests the quantile against scipy's triangular distribution, to the day."""
    likely = date(2022, 1, 1)
    earliest, latest = likely - timedelta(days=before), likely + timedelta(days=after)
    found = triangular(u, earliest, likely, latest)
    assert earliest <= found <= latest
    width = before + after
    if width:
        exact = stats.triang.ppf(u, before / width, loc=earliest.toordinal(), scale=width)
        assert abs(found.toordinal() - exact) <= 0.5 + 1e-6


def test_a_drawn_date_moves_opening_and_stop_together() -> None:
    """Tests the announced gap between opening and stop kept; without a uniform the likely date stands."""
    early = resolved("exits=drawn", uniforms={"99002": 0.0})
    late = resolved("exits=drawn", uniforms={"99002": 1.0})
    assert dict(early.stops) == {"99002": date(2021, 10, 1)} == {"99002": early.structures[0].opens}
    assert dict(late.stops) == {"99002": date(2022, 7, 1)} == {"99002": late.structures[0].opens}
    assert dict(resolved("exits=drawn").stops) == dict(resolved("exits=announced").stops)
    higher = [resolved("exits=drawn", uniforms={"99002": u / 10}).stops["99002"] for u in range(11)]
    assert higher == sorted(higher)


def ends(facts: Facts) -> dict[int, tuple[str, str | None, int]]:
    """Where each need ended: destination, alternative, instant helped."""
    return {
        p: (DESTINATIONS[d], facts.alternatives[e] if e >= 0 else None, h)
        for p, d, e, h in columns(facts.persons, "person_id", "destination", "ended_at", "helped_at")
    }


def test_an_exit_worked_by_hand_in_three_communes() -> None:
    """Tests who goes where when Belcombe's own structure opens on Friday 1 October 2021.

    Belcombe's permanences are held on the Mondays of week 2: the last on 27 September, twelve weeks
    after 5 July; the next would have been on 11 October.
    """
    words = ("run.horizon.end=2021-12-31", "exits.communes=99002:2021-10-01")
    plan, world = scripted(*words)
    first_october = plan.calendar.day(date(2021, 10, 1))
    last = plan.calendar.day(date(2021, 9, 27))
    mine = plan.passages[np.isin(plan.passages["site"], [3, 4])]
    assert mine["day"].max() == last
    world = with_people(
        world,
        [
            # of Belcombe itself
            Person(at(last, "12:00"), BELCOMBE, LABEL, home="99002"),  # the last passage is still hers
            Person(at(last + 1, "06:00"), BELCOMBE, LABEL, home="99002"),  # no passage to come: chooses again
            Person(at(first_october - 1, "23:59"), BELCOMBE, LABEL, home="99002"),
            Person(at(first_october, "00:00"), BELCOMBE, LABEL, home="99002"),  # the new offer holds
            # of Aubrelande: went to Belcombe; now to her own permanences, or gives up
            Person(at(first_october + 3, "10:00"), BELCOMBE, "permanence:99001", home="99001"),
            Person(at(first_october + 3, "10:00"), BELCOMBE, "gives_up", home="99001"),
            # of Clairvent: had not chosen Belcombe, and stays where she was
            Person(at(first_october + 3, "10:00"), STRUCTURE, LABEL, home="99003"),
            # not served on the last day, would come back: there is no passage any more
            Person(
                at(last, "12:00"), BELCOMBE, LABEL, home="99002", patience_min=[0.0], need="admin_level_2"
            ),
        ],
    )
    facts = replicate(plan, world)
    check_invariants(facts)
    end = ends(facts)
    assert end[1][:2] == ("itinerant", BELCOMBE)
    # Until 1 October the structure is not open: whoever chooses again before finds no better than giving up.
    assert end[2] == end[3] == ("gave_up", None, -1)
    assert end[4] == ("fixed", LABEL, at(first_october, "00:00"))
    assert end[5][:2] == ("itinerant", "permanence:99001")
    assert end[6] == ("gave_up", None, -1)
    assert end[7] == ("fixed", STRUCTURE, at(first_october + 3, "10:00"))
    assert end[8] == ("gave_up", None, -1)
    assert facts.site_dates[3].tolist() == facts.site_dates[4].tolist() == [0, first_october]
    assert facts.fixed_opens.tolist() == [-1, first_october, 0]


def test_a_label_that_slips_leaves_days_without_any_service() -> None:
    """Tests the months between the last passage and the late opening, and those after the label is lost."""
    words = ("run.horizon.end=2022-06-30", "exits.communes=99002:2021-10-01")
    for more, opens, closes in (
        (("exits.slip_months=2",), date(2021, 12, 1), date(2023, 1, 1)),
        (("exits.lost_after_months=2",), date(2021, 10, 1), date(2021, 12, 1)),
    ):
        plan, world = scripted(*words, *more)
        days = [
            plan.calendar.day(d) for d in (date(2021, 10, 2), opens - timedelta(1), opens, date(2022, 3, 1))
        ]
        people = [Person(at(d, "12:00"), LABEL, home="99002") for d in days if d >= 0]
        end = ends(replicate(plan, with_people(world, people)))
        for (destination, _, _), d in zip(end.values(), days, strict=True):
            is_open = opens <= plan.calendar.date(d) < closes
            assert destination == ("fixed" if is_open else "gave_up")


# Over real worlds.


@cache
def one_world(replication: int, end: str = "2022-06-30") -> World:
    settings_ = compose(*BASE, f"run.horizon.end={end}", *ALIKE)
    return draw_world(settings_, territory(), replication)


ALIKE = (
    "homes.requests_per_week=0",
    "demand.needs_per_person_per_year=1",
    "demand.awareness.midpoint_months=0",
)


@cache
def run(replication: int, *words: str) -> Facts:
    plan = make_plan(compose(*BASE, "run.horizon.end=2022-06-30", *ALIKE, *words), territory())
    return replicate(plan, one_world(replication))


def destinations(facts: Facts) -> Any:
    return np.bincount(facts.persons.destination, minlength=len(DESTINATIONS))


DAYS = st.dates(date(2021, 7, 1), date(2022, 6, 30))


@settings(max_examples=12)
@given(
    st.dictionaries(st.sampled_from(["99001", "99002"]), DAYS, min_size=1),
    st.sampled_from(["keep", "redistribute"]),
    st.integers(0, 3),
    st.sampled_from([(0, "null"), (3, "null"), (0, "2")]),
    st.integers(0, 3),
)
def test_people_are_conserved_across_any_exit(
    communes: dict[str, date], policy: str, weeks: int, label: tuple[int, str], replication: int
) -> None:
    """Tests that the same people end somewhere once, and that nothing differs before anything changed."""
    by_hand = ",".join(f"{code}:{day}" for code, day in sorted(communes.items()))
    words = (
        f"exits.communes={by_hand}",
        f"exits.policy={policy}",
        f"exits.honoured_weeks={weeks}",
        f"exits.slip_months={label[0]}",
        f"exits.lost_after_months={label[1]}",
    )
    before, after = run(replication), run(replication, *words)
    for facts in (before, after):
        needs = np.bincount(one_world(replication).needs.home, minlength=3)
        check_invariants(facts, needs_drawn=needs)
    assert np.array_equal(before.persons.person_id, after.persons.person_id)
    assert destinations(before).sum() == destinations(after).sum()
    # Whoever waits at the end waits for a passage after it.
    calendar = one_world(replication).calendar
    for facts in (before, after):
        waiting = facts.persons.destination == DESTINATIONS.index("waiting")
        assert (facts.persons.need_at[waiting] >= at(calendar.days - 57, "00:00")).all()
    # Until eight weeks before the first change nobody can see it coming: not one contact differs.
    first = min(calendar.day(day) for day in communes.values())
    names = ("passage", "person_id", "attempt", "arrival_s", "server", "start_s", "end_s", "outcome")
    unchanged = [
        [row for row in columns(facts.visits, *names) if facts.passages.day[row[0]] < first - 56]
        for facts in (before, after)
    ]
    assert unchanged[0] == unchanged[1]


def test_the_difference_between_two_scenarios_is_made_of_people_one_can_name() -> None:
    """Tests the people whose end differs when Belcombe leaves: they had something to do there."""
    before, after = run(0), run(0, "exits.communes=99002:2021-12-01")
    a, b = ends(before), ends(after)
    moved = {p for p in a if a[p][:2] != b[p][:2]}
    assert 20 < len(moved) < len(a) / 2
    chose = {
        p: {before.alternatives[c], after.alternatives[d]}
        for (p, c), (_, d) in zip(
            columns(before.persons, "person_id", "choice"),
            columns(after.persons, "person_id", "choice"),
            strict=True,
        )
    }
    at_belcombe = {p for p in moved if chose[p] & {BELCOMBE, LABEL}}
    # The others met the same desk with other people before them in the queue.
    others = moved - at_belcombe
    assert len(others) < 0.2 * len(moved)
    assert all("permanence:99001" in chose[p] for p in others)
    for name in set(DESTINATIONS) - {"home"}:
        gained = sum(b[p][0] == name for p in moved) - sum(a[p][0] == name for p in moved)
        code = DESTINATIONS.index(name)
        assert gained == destinations(after)[code] - destinations(before)[code]
